//! The form of a talent's profile, new or to be changed.

use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    failure::Failure,
    library::{Choice, Field, FieldMaker, Fields, Filling, FormPage, Group, choices},
    session::Session,
};
use app::{
    Error, Problem,
    id::Id,
    institution::{self, list},
    talent::{self, TalentEntry},
};
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::{account::Role, talent::Profession};
use serde::Deserialize;

/// For which institution the new talent is meant.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct For {
    institution: String,
}

/// Manager for the own institution, civil affairs: the empty form.
pub(crate) async fn new(State(site): State<Site>, session: Session, Query(meant): Query<For>) -> Page {
    if !institution::may_begin(&session.scope) {
        return Err(Error::Forbidden.into());
    }
    let entry = TalentEntry { institution: meant.institution, ..TalentEntry::default() };
    page(&draw(&site, &session, (None, 0), &entry, &[]).await?)
}

fn entry_of(fields: &Fields) -> TalentEntry {
    let one = |key: &str| fields.one(key);
    TalentEntry {
        name: one("name"),
        identity_number: one("identity_number"),
        profession: one("profession"),
        certificate: one("certificate"),
        certificate_number: one("certificate_number"),
        certificate_on: one("certificate_on"),
        certificate_until: one("certificate_until"),
        institution: one("institution"),
        division: one("division"),
        services: fields.all("services"),
        pledge_on: one("pledge_on"),
    }
}

/// The institutions to choose from: all in scope, by name. A manager has one, and it is not asked for.
async fn institutions(site: &Site, session: &Session, chosen: &str) -> Result<Vec<Choice>, Failure> {
    let mut filter = list::Filter::default();
    let mut found = Vec::new();
    loop {
        let page = list::page(&site.app, &session.scope, &filter).await?;
        found.extend(page.lines);
        let Some(next) = page.next else { break };
        filter.after = Some(next);
    }
    let choice = |line: list::Line| {
        let code = line.id.to_string();
        Choice { chosen: code == chosen, code, name: line.name }
    };
    Ok(found.into_iter().map(choice).collect())
}

async fn draw(
    site: &Site,
    session: &Session,
    (id, version): (Option<Id>, i64),
    entry: &TalentEntry,
    problems: &[Problem],
) -> Result<FormPage, Failure> {
    let language = session.language;
    let make = FieldMaker { language, names: "talent_field", hints: "talent_hint", problems };
    let mut work = Vec::new();
    if session.scope.role != Role::InstitutionManager {
        let list = institutions(site, session, &entry.institution).await?;
        work.push(make.list("institution", Filling::Select, list, false));
    }
    let services = app::catalogue::services()?.services.iter().map(|s| s.code.as_str());
    work.push(make.field("division", Filling::Digits, &entry.division, false));
    let services = choices(language, "service", services, &entry.services);
    work.push(make.list("services", Filling::Checks, services, false));
    work.push(make.field("pledge_on", Filling::Day, &entry.pledge_on, false));
    let certificate = vec![
        make.field("certificate", Filling::Line, &entry.certificate, false),
        make.field("certificate_number", Filling::Line, &entry.certificate_number, false),
        make.field("certificate_on", Filling::Day, &entry.certificate_on, false),
        make.field("certificate_until", Filling::Day, &entry.certificate_until, false),
    ];
    let group = |key: &str, fields: Vec<Field>| Group { legend: language.text(key).into_owned(), fields };
    let heading = language.text(if id.is_some() { "talent.edit" } else { "talent.new" });
    let (to, back) = match id {
        Some(id) => (format!("/talent/{id}/edit"), format!("/talent/{id}")),
        None => ("/talent/new".to_owned(), "/talent".to_owned()),
    };
    Ok(FormPage {
        shell: session.shell(&heading),
        heading: heading.into_owned(),
        intro: if id.is_some() { String::new() } else { language.text("talent.begin").into_owned() },
        to,
        back,
        version,
        groups: vec![
            group("talent.group_person", person(&make, entry, id.is_none())),
            group("talent.group_certificate", certificate),
            group("talent.group_work", work),
        ],
        problems: make.summary(),
    })
}

fn person(make: &FieldMaker<'_>, entry: &TalentEntry, new: bool) -> Vec<Field> {
    let language = make.language;
    let professions = Profession::ALL.map(Profession::code);
    let professions = choices(language, "profession", professions, std::slice::from_ref(&entry.profession));
    let mut number = make.field("identity_number", Filling::Line, &entry.identity_number, new);
    if !new {
        number.hint = language.text("talent.number_kept").into_owned();
    }
    vec![
        make.field("name", Filling::Line, &entry.name, true),
        number,
        make.list("profession", Filling::Select, professions, true),
    ]
}

/// Manager for the own institution, civil affairs: begins a record as a draft.
pub(crate) async fn begin(
    State(site): State<Site>,
    session: Session,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let entry = entry_of(&Fields(sent));
    match talent::begin(&site.app, &session.scope, &entry).await {
        Ok(id) => Ok(Redirect::to(&format!("/talent/{id}")).into_response()),
        Err(Error::Invalid(problems)) => {
            let form = draw(&site, &session, (None, 0), &entry, &problems).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &form)
        }
        Err(error) => Err(error.into()),
    }
}

/// Owner of a draft, county: the filled form.
pub(crate) async fn edit(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let found = talent::get(&site.app, &session.scope, parsed(&id)?).await?;
    talent::editable(&session.scope, &found)?;
    let about = (Some(found.id), found.version);
    page(&draw(&site, &session, about, &found.profile.entry(), &[]).await?)
}

/// Owner of a draft, county: stores the profile.
pub(crate) async fn save(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let (id, fields) = (parsed(&id)?, Fields(sent));
    let entry = entry_of(&fields);
    match talent::save(&site.app, &session.scope, id, fields.version(), &entry).await {
        Ok(_) => Ok(Redirect::to(&format!("/talent/{id}")).into_response()),
        Err(Error::Invalid(problems)) => {
            let form = draw(&site, &session, (Some(id), fields.version()), &entry, &problems).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &form)
        }
        Err(Error::Changed { found, .. }) => {
            let mut form = draw(&site, &session, (Some(id), found), &entry, &[]).await?;
            form.problems = vec![(String::new(), session.language.text("library.changed_now").into_owned())];
            page_with(StatusCode::CONFLICT, &form)
        }
        Err(error) => Err(error.into()),
    }
}
