//! One case for its page and its API: head, what may be done, what happened, forms as the reader may see them.

use super::{
    CaseRow, Order, context, form_entry, inbox,
    list::{COLUMNS, FROM, ROW, purpose, shown_name, state_of},
};
use crate::{
    App,
    audit::{self, Entry, Purpose},
    db::{FromRow, Parsed, Row, Sql, Tx},
    error::{Error, Result},
    id::Id,
    p, row,
    scope::Scope,
};
use jiff::Timestamp;
use rules::{
    account::{Content, Deed, Role, Sight, Subject},
    form::FormCode,
    referral::{
        self, Case, CommandName, Offer, Shortlist, State,
        disclosure::{self, Extent, Part, SafetySign, Stage, disclosed},
    },
};
use serde::Serialize;
use serde_json::{Map, Value as Json, value::RawValue};

/// A case as its reader may see it.
#[derive(Debug, Clone, Serialize)]
pub struct CaseView {
    /// The row of the list.
    #[serde(flatten)]
    pub row: CaseRow,
    /// The whole case.
    pub case: Case,
    /// The same as the document that is stored.
    #[serde(skip)]
    pub document: Box<RawValue>,
    /// Consent was taken back: who served the person no longer sees who it is.
    pub restricted: bool,
    /// How far the case has come for an institution that reads it; nothing for all others.
    pub stage: Option<Stage>,
    /// What concerns safety, for an institution that is to answer.
    pub safety: Vec<SafetySign>,
}

impl CaseView {
    /// How much of a part this reader learns at this stage.
    #[must_use]
    pub fn extent(&self, scope: &Scope, part: Part) -> Extent {
        disclosed(scope.role, self.case.state, part)
    }
}

struct Whole {
    row: CaseRow,
    document: Box<RawValue>,
}

impl FromRow for Whole {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        let Parsed(document) = row.get(COLUMNS)?;
        Ok(Whole { row: CaseRow::from_row(row)?, document })
    }
}

/// The case, within scope; the read is in the log before it is shown, and messages to the reader on it are read.
///
/// # Errors
/// There is none in scope.
pub async fn view(app: &App, scope: &Scope, id: Id) -> Result<CaseView> {
    let sql = Sql::new(&format!("SELECT {ROW}, r.body {FROM}"))
        .push(" AND r.home = {} AND r.id = {}", p![id.home_number(), id]);
    let found: Vec<Whole> = app.db.query(scope.referrals(sql)).await?;
    let Whole { mut row, document } = found.into_iter().next().ok_or(Error::NotFound)?;
    let mut case: Case = serde_json::from_str(document.get())?;
    row.mask(scope, rules::clock::china_date(app.now()));
    let restricted = row.restricted;
    let stage = scope.role.is_institution_staff().then(|| Stage::of(case.state));
    let safety = match stage {
        Some(Stage::Offered) => disclosure::safety(&case, told_grade(app, id).await?),
        _ => Vec::new(),
    };
    audit::record(&app.db, scope, Entry::read(purpose(scope), "referral", id), app.now()).await?;
    case.delivery = inbox::opened(app, scope, id).await?;
    Ok(CaseView { row, case, document, restricted, stage, safety })
}

/// The risk grade on the latest referral slip.
pub(crate) async fn told_grade(app: &App, id: Id) -> Result<Option<u8>> {
    let mut tx = app.db.begin().await?;
    let slip = latest_form(app, &mut tx, id, FormCode::F3).await?;
    drop(tx);
    let grade = slip.as_ref().and_then(|slip| slip.get("risk_grade")).and_then(Json::as_str);
    Ok(grade.and_then(|grade| grade.parse().ok()))
}

/// Those of some cases that are in the caller's scope: only to them lead links.
///
/// # Errors
/// The database is gone.
pub async fn within(app: &App, scope: &Scope, ids: &[Id]) -> Result<Vec<Id>> {
    let mut found = Vec::new();
    for id in ids {
        let sql = Sql::new("SELECT r.id FROM referral r WHERE")
            .push(" r.home = {} AND r.id = {}", p![id.home_number(), *id]);
        let rows: Vec<(Id,)> = app.db.query(scope.referrals(sql)).await?;
        found.extend(rows.into_iter().map(|(id,)| id));
    }
    Ok(found)
}

/// The name of a case's person as the caller may see it; nothing where the case is not in scope, or the name not the caller's to see.
/// Nothing is logged: whoever shows it logs the read.
pub(crate) async fn name_of(app: &App, scope: &Scope, id: Id) -> Result<Option<String>> {
    let sql = Sql::new("SELECT r.client_name, r.state, r.restricted_at FROM referral r WHERE")
        .push(" r.home = {} AND r.id = {}", p![id.home_number(), id]);
    let rows: Vec<(String, String, Option<Timestamp>)> = app.db.query(scope.referrals(sql)).await?;
    let found = rows.into_iter().next();
    let name =
        found.map(|(name, state, restricted)| shown_name(scope, (&state, restricted.is_some()), &name));
    Ok(name.filter(|name| !name.is_empty()))
}

/// What this caller may do now, and what stands in the way of the rest.
///
/// # Errors
/// There is no such case in scope.
pub async fn actions(app: &App, scope: &Scope, id: Id) -> Result<Vec<Offer>> {
    let mut tx = app.db.begin().await?;
    let case = super::load(&mut tx, scope, id).await?;
    let facts = context::for_actions(app, &mut tx, scope, &case).await?;
    let context = facts.context(&app.tables, Vec::new());
    let actor = scope.acting_on(&scope.actor(), case.case_manager);
    Ok(referral::actions(&case, &actor, &context, app.now()))
}

/// What is read of a case by somebody who reads nothing else of it: in the log, as each read of a case.
///
/// # Errors
/// As the read, or the log cannot be written.
pub async fn alone<T>(app: &App, scope: &Scope, id: Id, read: impl Future<Output = Result<T>>) -> Result<T> {
    let found = read.await?;
    audit::record(&app.db, scope, Entry::read(purpose(scope), "referral", id), app.now()).await?;
    Ok(found)
}

/// The institutions that fit, best first and explained, and those that do not.
///
/// # Errors
/// There is no such case in scope, or the caller is not at the county's desk.
pub async fn shortlist(app: &App, scope: &Scope, id: Id) -> Result<Shortlist> {
    scope.permit(Deed::Read, Subject::Shortlist)?;
    let mut tx = app.db.begin().await?;
    let case = super::load(&mut tx, scope, id).await?;
    let facts = context::for_actions(app, &mut tx, scope, &case).await?;
    let context = facts.context(&app.tables, Vec::new());
    Ok(referral::shortlist(&case, &context, rules::clock::china_date(app.now())))
}

/// One thing that happened.
#[derive(Debug, Clone, Serialize)]
pub struct Moment {
    /// Number in the case.
    pub sequence: i64,
    /// Event code.
    pub name: String,
    /// The event with its data; empty where the reader may not see it.
    pub event: Json,
    /// Who.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// State before.
    pub from: Option<String>,
    /// State after.
    pub to: String,
    /// Rule.
    pub rule: String,
    /// Reason code.
    pub reason: Option<String>,
    /// Whether the clock that it ends was met.
    pub deadline_met: Option<bool>,
}
row!(Moment { sequence, name, event, actor, at, from, to, rule, reason, deadline_met });

/// Everything that happened, latest first, by home and case.
pub(crate) const MOMENTS: &str =
    "SELECT sequence, name, event, actor_name, at, from_state, to_state, rule, reason, deadline_met
        FROM referral_event WHERE home = $1 AND referral_id = $2 ORDER BY sequence DESC LIMIT 500";
/// What other institutions were asked and answered, and what the county decided before any of them was asked.
const OF_OTHERS: [&str; 11] = [
    "referred",
    "declined",
    "recalled_silent",
    "queued",
    "place_became_free",
    "institution_unlisted",
    "rejection_proposed",
    "rejected",
    "objected",
    "objection_upheld",
    "objection_dismissed",
];

impl Moment {
    /// Whether the reader is told of it: an institution of nothing that others were asked, and at the ends of its part in
    /// the case only of what it did or was asked itself.
    pub(super) fn is_told(&self, scope: &Scope, state: State) -> bool {
        if !scope.role.is_institution_staff() {
            return true;
        }
        let own = scope.organisation.to_string();
        let named = self.event.pointer("/event/data/institution").and_then(Json::as_str);
        let done_by = self.event.get("organisation").and_then(Json::as_str);
        let is_own = named == Some(own.as_str()) || done_by == Some(own.as_str());
        match disclosed(scope.role, state, Part::Course) {
            Extent::Nothing => false,
            Extent::Own => is_own,
            Extent::All => is_own || !OF_OTHERS.contains(&self.name.as_str()),
        }
    }
}

/// Everything that happened, latest first.
///
/// # Errors
/// There is no such case in scope.
pub async fn moments(app: &App, scope: &Scope, id: Id) -> Result<Vec<Moment>> {
    let state = in_scope(app, scope, id).await?;
    let mut found: Vec<Moment> = app.db.all(MOMENTS, p![id.home_number(), id]).await?;
    found.retain(|moment| moment.is_told(scope, state));
    if scope.role.sight(Content::Health) != Sight::Scope {
        for moment in &mut found {
            moment.event = Json::Null;
        }
    }
    Ok(found)
}

/// The state of a case in scope.
pub(super) async fn in_scope(app: &App, scope: &Scope, id: Id) -> Result<State> {
    let sql = Sql::new("SELECT r.state FROM referral r WHERE")
        .push(" r.home = {} AND r.id = {}", p![id.home_number(), id]);
    let found: Vec<(String,)> = app.db.query(scope.referrals(sql)).await?;
    found.into_iter().next().map(|(state,)| state_of(&state)).ok_or(Error::NotFound)
}

/// A stored form.
#[derive(Debug, Clone, Serialize)]
pub struct FormView {
    /// Identifier.
    pub id: Id,
    /// Form code.
    pub code: String,
    /// Version of its definition.
    pub form_version: i64,
    /// Field key to value.
    pub data: Map<String, Json>,
    /// Who wrote it.
    pub written_by: String,
    /// When.
    pub at: Timestamp,
}

/// Records that the whole file of a case was taken away as one paper.
///
/// # Errors
/// The caller may not; the database is gone.
pub async fn taken_as_file(app: &App, scope: &Scope, id: Id) -> Result<()> {
    scope.permit(Deed::Export, Subject::CaseFile)?;
    let detail = serde_json::json!({ "kind": "case_file", "rows": 1 });
    let entry = Entry { action: "export", detail, ..Entry::read(purpose(scope), "referral", id) };
    audit::record(&app.db, scope, entry, app.now()).await
}

/// Which forms a role opens in whole or in part.
pub(crate) fn sees(scope: &Scope, state: &str, code: FormCode) -> bool {
    extent(scope, state_of(state), code) != Extent::Nothing
}

/// The group of content that a form belongs to.
pub(crate) fn content_of(code: FormCode) -> Content {
    match code {
        FormCode::F1 | FormCode::F2 | FormCode::F12 | FormCode::F13 => Content::Identity,
        FormCode::F3 | FormCode::F4 | FormCode::F9 => Content::Health,
        FormCode::F6 => Content::Agreement,
        _ => Content::Service,
    }
}

/// How much of the forms of a code a role opens: the application shows identity, assessments show health, the agreement
/// costs. The referral slip names nobody and is what an institution answers to.
fn extent(scope: &Scope, state: State, code: FormCode) -> Extent {
    let content = content_of(code);
    let part = match (code, content) {
        (FormCode::F3, _) => Part::Need,
        (_, Content::Identity) => Part::Identity,
        (_, Content::Health) => Part::Health,
        (_, Content::Agreement) => Part::Agreement,
        _ => Part::Service,
    };
    // A committee wrote the application itself and may read it; health content in it is left out below.
    let sees = scope.role == Role::System || scope.role.sight(content) == Sight::Scope;
    if sees { disclosed(scope.role, state, part) } else { Extent::Nothing }
}

/// Fields of the application that tell of health.
const HEALTH_FIELDS: [&str; 10] = [
    "disorder_group",
    "diagnosis",
    "icd10",
    "diagnosis_hospital",
    "diagnosis_date",
    "in_severe_register",
    "has_certificate",
    "certificate_number",
    "certificate_grade",
    "capacity",
];

/// Leaves out what tells of health.
pub(crate) fn without_health(form: &mut FormView) {
    form.data.retain(|key, _| !HEALTH_FIELDS.contains(&key.as_str()));
}

/// The stored forms that the reader may open, latest first; the read is in the log before it is shown.
///
/// # Errors
/// There is no such case in scope.
pub async fn forms(app: &App, scope: &Scope, id: Id) -> Result<Vec<FormView>> {
    let sql = Sql::new("SELECT r.state, r.restricted_at FROM referral r WHERE")
        .push(" r.home = {} AND r.id = {}", p![id.home_number(), id]);
    let found: Vec<(String, Option<Timestamp>)> = app.db.query(scope.referrals(sql)).await?;
    let (state, restricted) = found.into_iter().next().ok_or(Error::NotFound)?;
    if restricted.is_some() && scope.role != Role::Client {
        return Ok(Vec::new());
    }
    let state = state_of(&state);
    let mut out = stored(app, id, |form, by| match extent(scope, state, form) {
        Extent::All => true,
        Extent::Own => by == scope.organisation,
        Extent::Nothing => false,
    })
    .await?;
    if scope.role.sight(Content::Health) != Sight::Scope {
        out.iter_mut().for_each(without_health);
    }
    if !out.is_empty() {
        let entry = Entry {
            detail: serde_json::json!({ "forms": out.len() }),
            ..Entry::read(Purpose::Referral, "forms", id)
        };
        audit::record(&app.db, scope, entry, app.now()).await?;
    }
    Ok(out)
}

/// The stored forms that are wanted by their code and the organisation that wrote them, latest first.
async fn stored(app: &App, id: Id, wanted: impl Fn(FormCode, Id) -> bool) -> Result<Vec<FormView>> {
    opened(app, app.db.all(STORED_FORMS, p![id.home_number(), id]).await?, wanted)
}

/// The same inside a transaction, by their code.
pub(crate) async fn stored_in(
    app: &App,
    tx: &mut Tx,
    id: Id,
    wanted: impl Fn(FormCode) -> bool,
) -> Result<Vec<FormView>> {
    opened(app, tx.all(STORED_FORMS, p![id.home_number(), id]).await?, |form, _| wanted(form))
}

/// Forms as they are stored, by home and case.
const STORED_FORMS: &str =
    "SELECT id, code, form_version, content, written_by_name, at, organisation_id FROM form_entry
    WHERE home = $1 AND referral_id = $2 ORDER BY at DESC, id DESC LIMIT 200";

fn opened(app: &App, found: Vec<Stored>, wanted: impl Fn(FormCode, Id) -> bool) -> Result<Vec<FormView>> {
    let mut out = Vec::new();
    for form in found {
        let known = FormCode::ALL.into_iter().find(|code| form_entry::code(*code) == form.code);
        if known.is_some_and(|code| wanted(code, form.organisation)) {
            let data = serde_json::from_str(&app.keys.unseal(&form.content)?)?;
            let Stored { id, code, form_version, written_by, at, .. } = form;
            out.push(FormView { id, code, form_version, data, written_by, at });
        }
    }
    Ok(out)
}

/// A form as it is stored.
struct Stored {
    id: Id,
    code: String,
    form_version: i64,
    content: Vec<u8>,
    written_by: String,
    at: Timestamp,
    /// The organisation of who wrote it.
    organisation: Id,
}
row!(Stored { id, code, form_version, content, written_by, at, organisation });

/// The forms that a decision is about; none for a command that is no such decision.
#[must_use]
pub fn decided_on(name: CommandName) -> &'static [FormCode] {
    match name {
        CommandName::ConfirmRejection => &[FormCode::F1],
        CommandName::UpholdObjection | CommandName::DismissObjection => &[FormCode::F13, FormCode::F1],
        CommandName::ApproveClosure | CommandName::RefuseClosure | CommandName::DischargeNotSuitable => {
            &[FormCode::F10]
        }
        _ => &[],
    }
}

/// For a role that opens forms only for a stated purpose: the latest forms that its next decision is about. The
/// decision is the purpose; it is in the log before anything is shown. Nothing for a decision that the caller may not
/// take now, and nothing where consent was taken back.
///
/// # Errors
/// There is no such case in scope.
pub async fn forms_to_decide(app: &App, scope: &Scope, id: Id, name: CommandName) -> Result<Vec<FormView>> {
    let codes = decided_on(name);
    let by_purpose = scope.role.sight(Content::Service) == Sight::WithPurpose;
    if codes.is_empty()
        || !by_purpose
        || restricted(app, scope, id).await?
        || !may(app, scope, id, name).await?
    {
        return Ok(Vec::new());
    }
    let mut out: Vec<FormView> = Vec::new();
    for form in stored(app, id, |form, _| codes.contains(&form)).await? {
        if out.iter().all(|latest| latest.code != form.code) {
            out.push(form);
        }
    }
    let shown: Vec<&str> = out.iter().map(|form| form.code.as_str()).collect();
    let detail = serde_json::json!({ "decision": name.code(), "forms": shown });
    log_decision(app, scope, id, detail).await?;
    Ok(out)
}

/// The disorder group for the slip of whoever may refer the case now, without opening the application to them: civil
/// affairs decides after two declines, and the slip needs no more of it.
///
/// # Errors
/// There is no such case in scope.
pub async fn slip_disorder(app: &App, scope: &Scope, id: Id) -> Result<Option<String>> {
    if restricted(app, scope, id).await? || !may(app, scope, id, CommandName::Refer).await? {
        return Ok(None);
    }
    let mut tx = app.db.begin().await?;
    let mut group = None;
    for code in [FormCode::F1, FormCode::F3] {
        let form = latest_form(app, &mut tx, id, code).await?;
        let written = form.as_ref().and_then(|form| form.get("disorder_group")).and_then(Json::as_str);
        group = group.or_else(|| written.filter(|group| !group.is_empty()).map(str::to_owned));
    }
    drop(tx);
    let detail = serde_json::json!({ "decision": CommandName::Refer.code(), "fields": ["disorder_group"] });
    log_decision(app, scope, id, detail).await?;
    Ok(group)
}

async fn restricted(app: &App, scope: &Scope, id: Id) -> Result<bool> {
    let sql = Sql::new("SELECT r.restricted_at FROM referral r WHERE")
        .push(" r.home = {} AND r.id = {}", p![id.home_number(), id]);
    let found: Vec<(Option<Timestamp>,)> = app.db.query(scope.referrals(sql)).await?;
    Ok(found.into_iter().next().ok_or(Error::NotFound)?.0.is_some())
}

async fn may(app: &App, scope: &Scope, id: Id, name: CommandName) -> Result<bool> {
    Ok(actions(app, scope, id).await?.iter().any(|offer| offer.command == name && offer.allowed))
}

async fn log_decision(app: &App, scope: &Scope, id: Id, detail: Json) -> Result<()> {
    let entry = Entry { detail, ..Entry::read(Purpose::Referral, "forms", id) };
    audit::record(&app.db, scope, entry, app.now()).await
}

/// The latest form of a code, for the rules; not shown to anybody from here.
pub(crate) async fn latest_form(
    app: &App,
    tx: &mut Tx,
    referral: Id,
    code: FormCode,
) -> Result<Option<Map<String, Json>>> {
    let sql = "SELECT content FROM form_entry WHERE home = $1 AND referral_id = $2 AND code = $3
        ORDER BY at DESC, id DESC LIMIT 1";
    let args = p![referral.home_number(), referral, form_entry::code(code)];
    let Some((content,)) = tx.opt::<(Vec<u8>,)>(sql, args).await? else { return Ok(None) };
    Ok(Some(serde_json::from_str(&app.keys.unseal(&content)?)?))
}

/// The order of a plain command by its name and data, as the API and the pages send it.
///
/// # Errors
/// The name is unknown or its data has another shape.
pub fn order(name: &str, data: Json, expected: Option<i64>) -> Result<Order> {
    let named = serde_json::json!({ "name": name, "data": data });
    let bare = serde_json::json!({ "name": name });
    let parsed = serde_json::from_value(named).or_else(|_| serde_json::from_value(bare));
    let command = parsed.map_err(|_| Error::invalid("data", "command_shape"))?;
    Ok(Order { command, forms: Vec::new(), expected })
}
