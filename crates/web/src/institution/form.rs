//! The form of an institution's profile, new or to be changed.

use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    failure::Failure,
    library::{FieldMaker, Fields, Filling, FormPage, Group, choices},
    session::Session,
};
use app::{
    Error, Problem,
    id::Id,
    institution::{self, ProfileEntry},
};
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::institution::{InstitutionKind, NetworkLevel, keeping::Editable};

/// What the form is about: a new record, or one with its version.
struct About {
    id: Option<Id>,
    version: i64,
    editable: Editable,
}

const NEW: About = About { id: None, version: 0, editable: Editable::All };

/// Manager without a record, civil affairs: the empty form.
pub(crate) async fn new(session: Session) -> Page {
    if !institution::may_begin(&session.scope) {
        return Err(Error::Forbidden.into());
    }
    page(&draw(&session, &NEW, &ProfileEntry::default(), &[])?)
}

fn entry_of(fields: &Fields) -> ProfileEntry {
    let one = |key: &str| fields.one(key);
    ProfileEntry {
        name: one("name"),
        credit_code: one("credit_code"),
        kind: one("kind"),
        level: one("level"),
        division: one("division"),
        address: one("address"),
        contact: one("contact"),
        phone: one("phone"),
        floor_area: one("floor_area"),
        hours: one("hours"),
        licence: one("licence"),
        licence_until: one("licence_until"),
        promise_on: one("promise_on"),
        lowest_age: one("lowest_age"),
        highest_age: one("highest_age"),
        disorder_groups: fields.all("disorder_groups"),
        services: fields.all("services"),
        areas: one("areas"),
    }
}

fn draw(
    session: &Session,
    about: &About,
    entry: &ProfileEntry,
    problems: &[Problem],
) -> Result<FormPage, Failure> {
    let language = session.language;
    let make = FieldMaker { language, names: "institution_field", hints: "institution_hint", problems };
    let groups = match about.editable {
        Editable::Contact => vec![contact(&make, entry, false)],
        Editable::All => vec![
            identity(&make, entry),
            contact(&make, entry, true),
            service(&make, entry)?,
            papers(&make, entry),
        ],
    };
    let heading = language.text(if about.id.is_some() { "institution.edit" } else { "institution.new" });
    let (to, back) = match about.id {
        Some(id) => (format!("/institutions/{id}/edit"), format!("/institutions/{id}")),
        None => ("/institutions/new".to_owned(), "/institutions".to_owned()),
    };
    Ok(FormPage {
        shell: session.shell(&heading),
        heading: heading.into_owned(),
        intro: if about.id.is_some() {
            String::new()
        } else {
            language.text("institution.begin").into_owned()
        },
        to,
        back,
        version: about.version,
        groups,
        problems: make.summary(),
    })
}

fn identity(make: &FieldMaker<'_>, entry: &ProfileEntry) -> Group {
    let language = make.language;
    let kinds = InstitutionKind::ALL.map(InstitutionKind::code);
    let kinds = choices(language, "institution_kind", kinds, std::slice::from_ref(&entry.kind));
    let levels = NetworkLevel::ALL.map(NetworkLevel::code);
    let levels = choices(language, "network_level", levels, std::slice::from_ref(&entry.level));
    Group {
        legend: language.text("institution.group_identity").into_owned(),
        fields: vec![
            make.field("name", Filling::Line, &entry.name, true),
            make.field("credit_code", Filling::Line, &entry.credit_code, true),
            make.list("kind", Filling::Select, kinds, true),
            make.list("level", Filling::Select, levels, true),
            make.field("division", Filling::Digits, &entry.division, true),
            make.field("address", Filling::Line, &entry.address, false),
            make.field("floor_area", Filling::Digits, &entry.floor_area, false),
        ],
    }
}

fn contact(make: &FieldMaker<'_>, entry: &ProfileEntry, draft: bool) -> Group {
    Group {
        legend: make.language.text("institution.group_contact").into_owned(),
        fields: vec![
            make.field("contact", Filling::Line, &entry.contact, !draft),
            make.field("phone", Filling::Line, &entry.phone, !draft),
            make.field("hours", Filling::Line, &entry.hours, !draft),
        ],
    }
}

fn service(make: &FieldMaker<'_>, entry: &ProfileEntry) -> Result<Group, Failure> {
    let language = make.language;
    let services = app::catalogue::services()?.services.iter().map(|s| s.code.as_str());
    let groups = app::catalogue::disorders()?.groups.iter().map(|g| g.code.as_str());
    Ok(Group {
        legend: language.text("institution.group_service").into_owned(),
        fields: vec![
            make.list(
                "services",
                Filling::Checks,
                choices(language, "service", services, &entry.services),
                false,
            ),
            make.list(
                "disorder_groups",
                Filling::Checks,
                choices(language, "disorder_group", groups, &entry.disorder_groups),
                false,
            ),
            make.field("lowest_age", Filling::Digits, &entry.lowest_age, false),
            make.field("highest_age", Filling::Digits, &entry.highest_age, false),
            make.field("areas", Filling::Text, &entry.areas, false),
        ],
    })
}

fn papers(make: &FieldMaker<'_>, entry: &ProfileEntry) -> Group {
    Group {
        legend: make.language.text("institution.group_papers").into_owned(),
        fields: vec![
            make.field("licence", Filling::Line, &entry.licence, false),
            make.field("licence_until", Filling::Day, &entry.licence_until, false),
            make.field("promise_on", Filling::Day, &entry.promise_on, false),
        ],
    }
}

/// Manager without a record, civil affairs: begins a record as a draft.
pub(crate) async fn begin(
    State(site): State<Site>,
    session: Session,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let entry = entry_of(&Fields(sent));
    match institution::begin(&site.app, &session.scope, &entry).await {
        Ok(id) => Ok(Redirect::to(&format!("/institutions/{id}")).into_response()),
        Err(Error::Invalid(problems)) => {
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &draw(&session, &NEW, &entry, &problems)?)
        }
        Err(error) => Err(error.into()),
    }
}

async fn about(site: &Site, session: &Session, id: Id) -> Result<(About, ProfileEntry), Failure> {
    let found = institution::get(&site.app, &session.scope, id).await?;
    let editable = institution::editable(&session.scope, &found)?;
    Ok((About { id: Some(id), version: found.version, editable }, found.profile.entry()))
}

/// Owner and county, as far as the rules let them write: the filled form.
pub(crate) async fn edit(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let (about, entry) = about(&site, &session, parsed(&id)?).await?;
    page(&draw(&session, &about, &entry, &[])?)
}

/// Owner and county, as far as the rules let them write: stores the profile.
pub(crate) async fn save(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let (id, fields) = (parsed(&id)?, Fields(sent));
    let entry = entry_of(&fields);
    match institution::save(&site.app, &session.scope, id, fields.version(), &entry).await {
        Ok(_) => Ok(Redirect::to(&format!("/institutions/{id}")).into_response()),
        Err(Error::Invalid(problems)) => {
            // The version of the page stays: what somebody changed meanwhile is not overwritten by a correction.
            let (about, _) = about(&site, &session, id).await?;
            let about = About { version: fields.version(), ..about };
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &draw(&session, &about, &entry, &problems)?)
        }
        Err(Error::Changed { .. }) => {
            // What was typed is kept; sending it again is then a decision upon the newest state.
            let (about, _) = about(&site, &session, id).await?;
            let mut form = draw(&session, &about, &entry, &[])?;
            form.problems = vec![(String::new(), session.language.text("library.changed_now").into_owned())];
            page_with(StatusCode::CONFLICT, &form)
        }
        Err(error) => Err(error.into()),
    }
}
