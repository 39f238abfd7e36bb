//! One talent: profile, training, history, and what the reader may do.

use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    division,
    failure::Failure,
    institution::show::Typed,
    library::{self, Fields, OfferView, PastView},
    session::Session,
    shell::Shell,
};
use app::{
    id::Id,
    talent::{self, Talent},
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use jiff::civil::Date;
use rules::{
    account::{Deed, Subject},
    clock::china_date,
};

#[derive(Template)]
#[template(path = "talent/show.html")]
struct ShowPage {
    shell: Shell,
    id: String,
    name: String,
    state: String,
    badge: &'static str,
    standing: String,
    version: i64,
    told: Vec<String>,
    facts: Vec<(String, String)>,
    leads: Vec<String>,
    expired: bool,
    employs: bool,
    training_done: String,
    training_missing: String,
    may_edit: bool,
    offers: Vec<OfferView>,
    to: String,
    years: Vec<i16>,
    typed: Typed,
    history: Vec<PastView>,
}

/// Staff of departments, institutions for their own: one talent within their scope.
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
    let (app, language) = (&site.app, session.language);
    let found = talent::get(app, &session.scope, id).await?;
    let today = china_date(app.now());
    let services = app::catalogue::services()?;
    let talent_facts = found.facts(today);
    let history = talent::history(app, &found).await?;
    let offers = talent::actions(&session.scope, &found, app.now());
    let leads = found.profile.services.iter().filter(|code| talent_facts.may_lead(code, services));
    let done = library::hours(talent_facts.training_minutes);
    let missing = talent_facts.training_missing(services);
    Ok(ShowPage {
        shell: session.shell(&found.profile.name),
        id: id.to_string(),
        name: found.profile.name.clone(),
        state: language.code("library_state", found.entry.state.code()),
        badge: library::badge(found.entry.state.code()),
        standing: library::standing(language, &found.entry),
        version: found.version,
        told,
        facts: facts(site, session, &found),
        leads: leads.map(|code| language.code("service", code)).collect(),
        expired: talent_facts.certificate_expired,
        employs: session.scope.role.may(Deed::Change, Subject::Workforce),
        training_done: language
            .with("talent.training_done", &[("year", &today.year().to_string()), ("hours", &done)]),
        training_missing: if missing == 0 {
            language.text("talent.training_enough").into_owned()
        } else {
            language.with("talent.training_missing", &[("hours", &library::hours(missing))])
        },
        may_edit: offers.iter().any(|offer| offer.command == "edit"),
        offers: library::offers(language, &offers),
        to: format!("/talent/{id}/events"),
        years: vec![today.year(), today.year() - 1],
        typed,
        history: library::history(language, &history, "talent_field"),
    })
}

fn facts(site: &Site, session: &Session, found: &Talent) -> Vec<(String, String)> {
    let (language, profile) = (session.language, &found.profile);
    let text = |key: &str| language.text(key).into_owned();
    let or_none = |value: String| if value.is_empty() { text("talent.none") } else { value };
    let day = |day: Option<Date>| day.map(|d| d.to_string()).unwrap_or_default();
    let checked = match (profile.needs_certificate(), found.verified) {
        (false, _) => text("talent.not_needed"),
        (true, true) => text("talent.verified"),
        (true, false) => text("talent.unverified"),
    };
    let services: Vec<String> = profile.services.iter().map(|c| language.code("service", c)).collect();
    let name = |key: &str| language.code("talent_field", key);
    vec![
        (name("identity_number"), found.masked_number.clone()),
        (name("profession"), language.code("profession", profile.profession.code())),
        (
            name("institution"),
            found.institution_name.clone().unwrap_or_else(|| text("talent.no_institution")),
        ),
        (name("division"), division::path(&site.app, profile.division)),
        (name("certificate"), or_none(profile.certificate.clone().unwrap_or_default())),
        (name("certificate_number"), or_none(profile.certificate_number.clone().unwrap_or_default())),
        (name("certificate_on"), or_none(day(profile.certificate_on))),
        (name("certificate_until"), or_none(day(profile.certificate_until))),
        (text("talent.certificate_state"), checked),
        (name("services"), or_none(services.join(" · "))),
        (name("pledge_on"), or_none(day(profile.pledge_on))),
    ]
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
        Ok(action) => talent::act(&site.app, &session.scope, id, fields.version(), &action).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(_) => Ok(Redirect::to(&format!("/talent/{id}")).into_response()),
        Err(error) => {
            let (status, told) = library::told(&session, error, "talent_field")?;
            page_with(status, &draw(&site, &session, id, Typed::of(&fields), told).await?)
        }
    }
}
