//! One institution: profile, places, staff, history, and what the reader may do.

use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    division,
    failure::Failure,
    library::{self, Fields, OfferView, PastView},
    session::Session,
    shell::Shell,
};
use app::{
    id::Id,
    institution::{self, Institution},
    talent,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::{
    account::{Deed, Subject},
    institution::library::LibraryState,
};

#[derive(Template)]
#[template(path = "institution/show.html")]
struct ShowPage {
    shell: Shell,
    id: String,
    name: String,
    state: String,
    badge: &'static str,
    /// Why it stands where it stands.
    standing: String,
    version: i64,
    told: Vec<String>,
    facts: Vec<(String, String)>,
    services: Vec<String>,
    areas: Vec<String>,
    counts: Vec<(String, String)>,
    free: String,
    how: String,
    answered: String,
    staff: Vec<Member>,
    may_edit: bool,
    may_add_staff: bool,
    sees_staff_pages: bool,
    offers: Vec<OfferView>,
    /// Where their forms are sent.
    to: String,
    /// Years of training; an institution has none.
    years: Vec<i16>,
    /// What was typed into the form that was refused.
    typed: Typed,
    history: Vec<PastView>,
}

/// What was typed into a form that was refused, to be shown again.
#[derive(Default)]
pub(crate) struct Typed {
    pub name: String,
    pub reason: String,
    pub text: String,
    pub places: String,
    pub reference: String,
    pub year: String,
    pub hours: String,
}

impl Typed {
    pub(crate) fn of(fields: &Fields) -> Typed {
        Typed {
            name: fields.one("name"),
            reason: fields.one("reason"),
            text: fields.one("text"),
            places: fields.one("places"),
            reference: fields.one("reference"),
            year: fields.one("year"),
            hours: fields.one("hours"),
        }
    }

    /// The value of a field in the form of this action.
    pub(crate) fn value(&self, action: &str, field: &str) -> &str {
        if self.name != action {
            return "";
        }
        match field {
            "reason" => &self.reason,
            "text" => &self.text,
            "places" => &self.places,
            "reference" => &self.reference,
            "year" => &self.year,
            "hours" => &self.hours,
            _ => "",
        }
    }
}

struct Member {
    id: String,
    name: String,
    profession: String,
    state: String,
    badge: &'static str,
}

/// Staff of departments and institutions, doctors: one institution within their scope.
pub(crate) async fn show(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    page(&draw(&site, &session, parsed(&id)?, Typed::default(), Vec::new()).await?)
}

async fn draw(
    site: &Site,
    session: &Session,
    id: Id,
    typed: Typed,
    told: Vec<String>,
) -> Result<ShowPage, Failure> {
    let (app, language, scope) = (&site.app, session.language, &session.scope);
    let found = institution::get(app, scope, id).await?;
    let history = institution::history(app, scope, &found).await?;
    let offers = institution::actions(scope, &found, app.now());
    let staff = talent::list::staff(app, id).await?;
    let own = found.id == scope.organisation || scope.role.is_county_staff();
    let profile = &found.profile;
    let places = found.places;
    let free = places.free().max(0).to_string();
    let contracted = places.contracted.to_string();
    let state = found.entry.state;
    let (in_time, all) = (found.answered.0.to_string(), found.answered.1.to_string());
    Ok(ShowPage {
        shell: session.shell(&profile.name),
        id: id.to_string(),
        name: profile.name.clone(),
        state: language.code("library_state", state.code()),
        badge: library::badge(state.code()),
        standing: library::standing(language, &found.entry),
        version: found.version,
        told,
        facts: facts(site, session, &found),
        services: profile.services.iter().map(|code| language.code("service", code)).collect(),
        areas: profile.areas.iter().map(|area| division::path(&site.app, *area)).collect(),
        counts: [
            ("institution.contracted", places.contracted),
            ("institution.in_service", places.in_service),
            ("institution.reserved", places.reserved),
            ("institution.blocked", places.blocked),
        ]
        .map(|(key, count)| (language.text(key).into_owned(), count.to_string()))
        .to_vec(),
        free: language.with("institution.free_of", &[("free", &free), ("contracted", &contracted)]),
        how: match found.block_reason.as_deref() {
            Some(reason) => format!("{} {reason}", language.text("institution.places_how")),
            None => language.text("institution.places_how").into_owned(),
        },
        answered: language.with("institution.answered_of", &[("in_time", &in_time), ("all", &all)]),
        staff: if own || state == LibraryState::Listed { members(session, staff) } else { Vec::new() },
        may_edit: offers.iter().any(|offer| offer.command == "edit"),
        may_add_staff: own && institution::may_begin(scope),
        sees_staff_pages: scope.role.may(Deed::Read, Subject::Talent) && own,
        offers: library::offers(language, &offers),
        to: format!("/institutions/{id}/events"),
        years: Vec::new(),
        typed,
        history: library::history(language, &history, "institution_field"),
    })
}

fn members(session: &Session, staff: Vec<talent::list::Line>) -> Vec<Member> {
    let member = |line: talent::list::Line| Member {
        id: line.id.to_string(),
        name: line.name,
        profession: session.language.code("profession", &line.profession),
        badge: library::badge(&line.state),
        state: session.language.code("library_state", &line.state),
    };
    staff.into_iter().map(member).collect()
}

fn facts(site: &Site, session: &Session, found: &Institution) -> Vec<(String, String)> {
    let (language, profile) = (session.language, &found.profile);
    let or_none = |text: String| {
        if text.is_empty() { language.text("institution.none").into_owned() } else { text }
    };
    let day = |day: Option<jiff::civil::Date>| day.map(|d| d.to_string()).unwrap_or_default();
    let groups: Vec<String> =
        profile.disorder_groups.iter().map(|code| language.code("disorder_group", code)).collect();
    let groups = if groups.is_empty() {
        language.text("institution.all_disorders").into_owned()
    } else {
        groups.join(" · ")
    };
    let (from, to) = (profile.lowest_age.to_string(), profile.highest_age.to_string());
    let ages = language.with("institution.ages_from_to", &[("from", &from), ("to", &to)]);
    let licence = [profile.licence.clone().unwrap_or_default(), day(profile.licence_until)];
    let rows = [
        ("credit_code", profile.credit_code.clone()),
        ("kind", language.code("institution_kind", profile.kind.code())),
        ("level", language.code("network_level", profile.level.code())),
        ("address", format!("{} {}", division::path(&site.app, profile.division), profile.address)),
        ("contact", profile.contact.clone()),
        ("phone", profile.phone.clone()),
        ("hours", profile.hours.clone()),
        ("floor_area", profile.floor_area.map(|n| n.to_string()).unwrap_or_default()),
        ("disorder_groups", groups),
        ("lowest_age", ages),
        ("licence", licence.into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" · ")),
        ("promise_on", day(profile.promise_on)),
    ];
    rows.into_iter().map(|(key, value)| (language.code("institution_field", key), or_none(value))).collect()
}

/// Owner, county and prefecture, as the rules say: carries out an action upon the version that the page showed.
pub(crate) async fn act(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let (id, fields) = (parsed(&id)?, Fields(sent));
    let outcome = match fields.action() {
        Ok(action) => institution::act(&site.app, &session.scope, id, fields.version(), &action).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(_) => Ok(Redirect::to(&format!("/institutions/{id}")).into_response()),
        Err(error) => {
            let (status, told): (StatusCode, _) = library::told(&session, error, "institution_field")?;
            page_with(status, &draw(&site, &session, id, Typed::of(&fields), told).await?)
        }
    }
}
