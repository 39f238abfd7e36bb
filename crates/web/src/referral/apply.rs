//! `/cases/new` and a draft's own page: form F1 with the consent F12, saved or submitted in one go.

use super::{
    act::{checked, meanwhile},
    timeline, unsent, words,
};
use crate::{
    Site,
    address::parsed,
    answer::{Page, page as plain, page_with},
    failure::Failure,
    form::{Control, Group, Kind, Posted, Told, control, sheet},
    session::Session,
    shell::Shell,
};
use app::{
    Error, Problem,
    division::county_of,
    followup,
    id::Id,
    referral::{self as cases, Application, directory},
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use jiff::civil::Date;
use rules::{
    account::Role,
    clock::china_date,
    form::FormCode,
    referral::{CommandName, State as CaseState},
};
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

/// Institutions that an applicant names on the page at most.
const WISHES: usize = 3;

#[derive(Template)]
#[template(path = "referral/apply.html")]
struct ApplyPage {
    shell: Shell,
    action: String,
    version: String,
    application: Vec<Group>,
    consent_title: String,
    consent: Vec<Group>,
    /// Institutions that the person would like, best first.
    wishes: Vec<Control>,
    /// What was written before and not sent stands on the page again.
    restored: String,
    told: Vec<Told>,
    refusal: String,
    meanwhile: Vec<timeline::Happened>,
    /// A lead without consent may be told by others than the person and doctors.
    lead: bool,
}

/// What the address asks for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    /// A record of the register of severe mental disorders whose person is proposed.
    record: String,
}

impl Asked {
    fn record(&self) -> Result<Option<Id>, Error> {
        if self.record.is_empty() { Ok(None) } else { parsed(&self.record).map(Some) }
    }
}

/// What the page is drawn from.
struct Sheets {
    id: Option<Id>,
    /// The record whose person is proposed.
    record: Option<Id>,
    version: Option<i64>,
    form: Map<String, Json>,
    consent: Map<String, Json>,
    wishes: Vec<Uuid>,
}

#[derive(Default)]
struct Again<'a> {
    posted: Option<&'a Posted>,
    problems: Vec<Problem>,
    refusal: String,
    meanwhile: Vec<timeline::Happened>,
    restored: String,
}

/// The channel through which a role files (Measures, 2023: the person, a medical institution, others).
fn channel(role: Role) -> &'static str {
    match role {
        Role::Client | Role::ReferralWorker => "personal",
        Role::Doctor => "medical",
        _ => "assisted",
    }
}

/// What is known before anything is written: who files, through which channel, today.
fn beginning(site: &Site, session: &Session) -> Sheets {
    let today = china_date(site.app.now()).to_string();
    let role = session.scope.role;
    let relation = match role {
        Role::Client => "self",
        Role::Doctor => "doctor",
        Role::Committee => "committee",
        _ => "",
    };
    let mut form = Map::new();
    let mut set = |key: &str, value: &str| {
        if !value.is_empty() {
            form.insert(key.to_owned(), value.into());
        }
    };
    set("on", &today);
    set("applicant_relation", relation);
    set("identity_kind", "resident");
    if role != Role::ReferralWorker {
        set("applicant_name", &session.account.name);
    }
    if !matches!(role, Role::Client | Role::ReferralWorker) {
        set("applicant_organisation", &session.account.organisation);
    }
    let mut consent = Map::new();
    let kinds = ["identity", "health", "disability", "service"].map(Json::from).to_vec();
    let text = |key: &str| Json::from(session.language.text(key).into_owned());
    consent.insert("controller".to_owned(), text("apply.controller"));
    consent.insert("data_kinds".to_owned(), kinds.into());
    consent.insert("retention".to_owned(), text("apply.retention"));
    consent.insert("withdrawal_way".to_owned(), text("apply.withdrawal_way"));
    consent.insert("on".to_owned(), today.into());
    Sheets { id: None, record: None, version: None, form, consent, wishes: Vec::new() }
}

/// The same for the person of a record that the reader is in charge of: what stands on the record's page is not asked again. The
/// number is typed from the card, which is looked at together with the person.
async fn proposed(site: &Site, session: &Session, record: Id) -> Result<Sheets, Error> {
    let view = followup::show(&site.app, &session.scope, record).await?;
    if !view.is_in_charge {
        return Err(Error::NotFound);
    }
    let mut sheets = beginning(site, session);
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let known = [
        ("name", view.name),
        ("sex", view.sex.unwrap_or_default()),
        ("birth_date", day(view.born_on)),
        ("phone", view.phone.unwrap_or_default()),
        ("division", view.division.to_string()),
        ("disorder_group", view.profile.disorder),
        ("diagnosis_date", day(view.profile.diagnosed_on)),
        ("diagnosis_hospital", view.profile.hospital),
        ("in_severe_register", "yes".to_owned()),
        ("guardian_name", view.profile.guardian_name),
        ("guardian_phone", view.profile.guardian_phone),
    ];
    let told = known.into_iter().filter(|(_, value)| !value.is_empty());
    sheets.form.extend(told.map(|(key, value)| (key.to_owned(), Json::from(value))));
    sheets.record = Some(record);
    Ok(sheets)
}

/// Client, committee, doctor, federation, assisting subject, referral worker at the counter: an application, empty or for the person
/// of a record.
pub(crate) async fn new(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let sheets = match asked.record()? {
        Some(record) => proposed(&site, &session, record).await?,
        None => beginning(&site, &session),
    };
    begin(&site, &session, sheets).await
}

/// The page as it was left: with what was written on it and not sent, or else as it was saved.
async fn begin(site: &Site, session: &Session, mut sheets: Sheets) -> Page {
    let Some((written, restored)) = unsent::restored(site, session, &sheets.place()).await? else {
        return plain(&draw(site, session, &sheets, Again::default()).await?);
    };
    (sheets.form, sheets.consent) = read(site, session, &written)?;
    sheets.wishes = wishes(&written);
    // What was seen while writing: if a colleague has saved since, this must not pass for a change of that.
    sheets.version = written.version().or(sheets.version);
    let again = Again { posted: Some(&written), restored, ..Again::default() };
    plain(&draw(site, session, &sheets, again).await?)
}

impl Sheets {
    /// The address of the page.
    fn place(&self) -> String {
        match (self.id, self.record) {
            (Some(id), _) => format!("/cases/{id}/do/save"),
            (None, Some(record)) => format!("/cases/new?record={record}"),
            (None, None) => "/cases/new".to_owned(),
        }
    }

    /// The county of the residence, as far as it is known.
    fn county(&self, session: &Session) -> i64 {
        let written = self.form.get("division").and_then(Json::as_str).and_then(|code| code.parse().ok());
        let division: i64 = written.unwrap_or(session.scope.division);
        county_of(division)
    }
}

/// The institutions named, best first, each once.
fn wishes(posted: &Posted) -> Vec<Uuid> {
    let mut named: Vec<Uuid> = Vec::new();
    for rank in 1..=WISHES {
        let wish = posted.get(&format!("wish.{rank}")).and_then(|id| id.parse().ok());
        named.extend(wish.filter(|wish| !named.contains(wish)));
    }
    named
}

/// Who filed: the draft again.
pub(crate) async fn edit(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let id = parsed(&id)?;
    let draft = cases::draft(&site.app, &session.scope, id).await?;
    if draft.case.state == CaseState::Supplement {
        let path = super::page::path(id, CommandName::Resubmit);
        return Ok(Redirect::to(&path).into_response());
    }
    let mut consent = beginning(&site, &session).consent;
    consent.extend(draft.consent);
    let wishes = draft.case.filing.preferences;
    let version = Some(draft.version);
    let sheets = Sheets { id: Some(id), record: None, version, form: draft.form, consent, wishes };
    begin(&site, &session, sheets).await
}

/// Left out of the page: the channel follows from the account, the consent stands below.
const KNOWN: [&str; 2] = ["channel", "consent_given"];

/// One list for each wish; none where the county has no listed institution yet.
async fn wish_controls(site: &Site, session: &Session, sheets: &Sheets) -> Result<Vec<Control>, Failure> {
    let language = session.language;
    let listed = directory::listed(&site.app, sheets.county(session)).await?;
    if listed.is_empty() {
        return Ok(Vec::new());
    }
    let options: Vec<(String, String)> =
        listed.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    let control = |rank: usize| {
        let label = language.with("apply.wish", &[("rank", &rank.to_string())]);
        let chosen = sheets.wishes.get(rank - 1).map(|id| Id(*id).to_string()).unwrap_or_default();
        let control = Control::new(language, Kind::List, &format!("wish.{rank}"), &label);
        control.options(options.clone(), &[&chosen])
    };
    Ok((1..=WISHES).map(control).collect())
}

async fn draw(
    site: &Site,
    session: &Session,
    sheets: &Sheets,
    again: Again<'_>,
) -> Result<ApplyPage, Failure> {
    let (app, language) = (&site.app, session.language);
    let more = again.posted.and_then(|posted| posted.get("more")).unwrap_or_default();
    let groups =
        |code: FormCode, data: &Map<String, Json>, without: &[&str]| -> Result<Vec<Group>, Failure> {
            let prefix = words::code(&code);
            let problems = &again.problems;
            let drawing = sheet::Drawing {
                app,
                language,
                prefix: &prefix,
                data,
                problems,
                without,
                more,
                posted: again.posted,
            };
            Ok(sheet::groups(app.tables.form(code)?, &drawing))
        };
    let application = groups(FormCode::F1, &sheets.form, &KNOWN)?;
    // Capacity was asked above: it is the same person's.
    let mut consent = groups(FormCode::F12, &sheets.consent, &["capacity", "guardian_basis"])?;
    for control in consent.iter_mut().flat_map(|group| &mut group.controls) {
        if let Some((decider, _)) = &mut control.condition
            && decider == "F12.capacity"
        {
            "F1.capacity".clone_into(decider);
        }
    }
    let mut told = control::summary(&application);
    told.extend(control::summary(&consent));
    Ok(ApplyPage {
        shell: session.shell(&language.text("case.new")),
        action: sheets.place(),
        version: sheets.version.map(|version| version.to_string()).unwrap_or_default(),
        application,
        consent_title: words::title(app, language, FormCode::F12),
        consent,
        wishes: wish_controls(site, session, sheets).await?,
        restored: again.restored,
        told,
        refusal: again.refusal,
        meanwhile: again.meanwhile,
        lead: channel(session.scope.role) == "assisted",
    })
}

/// The same roles: saves or submits.
pub(crate) async fn create(
    State(site): State<Site>,
    session: Session,
    Query(asked): Query<Asked>,
    Form(posted): Form<Posted>,
) -> Page {
    send(&site, &session, (None, asked.record()?), &posted).await
}

/// Who filed: saves or submits the draft.
pub(crate) async fn change(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(posted): Form<Posted>,
) -> Page {
    let id = parsed(&id)?;
    send(&site, &session, (Some(id), None), &posted).await
}

/// What was written: the application and the consent.
type Pair = (Map<String, Json>, Map<String, Json>);

fn read(site: &Site, session: &Session, posted: &Posted) -> Result<Pair, Error> {
    let tables = &site.app.tables;
    let mut form = posted.form(tables.form(FormCode::F1)?, "F1");
    let mut consent = posted.form(tables.form(FormCode::F12)?, "F12");
    form.insert("channel".to_owned(), channel(session.scope.role).into());
    for (own, above) in [("capacity", "capacity"), ("guardian_basis", "guardian_relation")] {
        let full = form.get("capacity").and_then(Json::as_str) == Some("full");
        let said = form.get(above).filter(|_| own == "capacity" || !full);
        if let Some(value) = said {
            consent.insert(own.to_owned(), value.clone());
        }
    }
    form.insert("consent_given".to_owned(), cases::consent(&consent).is_some().into());
    Ok((form, consent))
}

async fn send(
    site: &Site,
    session: &Session,
    (id, record): (Option<Id>, Option<Id>),
    posted: &Posted,
) -> Page {
    let (form, consent) = read(site, session, posted)?;
    let version = posted.version();
    let mut sheets = Sheets { id, record, version, form, consent, wishes: wishes(posted) };
    if posted.get("find").is_some() || posted.get("more").is_some() {
        let again = Again { posted: Some(posted), ..Again::default() };
        return plain(&draw(site, session, &sheets, again).await?);
    }
    let submit = posted.get("do") != Some("save");
    let problems = if submit { problems(site, session, &sheets)? } else { Vec::new() };
    let outcome = if problems.is_empty() {
        let application = Application {
            form: sheets.form.clone(),
            consent: sheets.consent.clone(),
            preferences: sheets.wishes.clone(),
        };
        cases::apply_for(&site.app, &session.scope, id, version, &application, submit).await
    } else {
        Err(Error::Invalid(problems))
    };
    let mut again = Again { posted: Some(posted), ..Again::default() };
    let status = match outcome {
        Ok(outcome) => {
            app::referral::unsent::discard(&site.app, &session.scope, &sheets.place()).await?;
            let done = if submit { "submit" } else { "save" };
            return Ok(Redirect::to(&format!("/cases/{}?done={done}", outcome.id)).into_response());
        }
        Err(Error::Invalid(problems)) => {
            let named =
                |p: Problem| if p.field == "division" { Problem::new("F1.division", &p.code) } else { p };
            again.problems = problems.into_iter().map(named).collect();
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Err(Error::Refused(refusal)) => {
            again.refusal = words::refusal(session, &site.app, &refusal);
            StatusCode::CONFLICT
        }
        Err(Error::Changed { expected, found }) => {
            if let Some(id) = id {
                again.meanwhile = meanwhile(site, session, id, expected).await?;
            }
            sheets.version = Some(found);
            StatusCode::CONFLICT
        }
        Err(other) => return Err(other.into()),
    };
    page_with(status, &draw(site, session, &sheets, again).await?)
}

/// What stands in the way of submitting. A lead told by others may come without consent and with gaps: then name,
/// telephone and place are enough.
fn problems(site: &Site, session: &Session, sheets: &Sheets) -> Result<Vec<Problem>, Error> {
    let tables = &site.app.tables;
    let today = china_date(site.app.now());
    let agreed = cases::consent(&sheets.consent).is_some();
    let mut found = checked(tables.form(FormCode::F1)?, "F1", &sheets.form, today);
    if agreed {
        found.extend(checked(tables.form(FormCode::F12)?, "F12", &sheets.consent, today));
    } else if channel(session.scope.role) == "assisted" {
        let needed = ["F1.name", "F1.applicant_name", "F1.applicant_phone", "F1.division"];
        found.retain(|problem| needed.contains(&problem.field.as_str()) || problem.code != "required");
    } else {
        found.push(Problem::new("F12.registration", "no_purpose"));
    }
    Ok(found)
}
