//! Visits: what the rules make of a form before it is saved, recording it, reading it, voiding it.

use super::{
    LONGEST,
    form::{VisitFields, field_of},
    held::{
        Adding, Happened, Held, Stored, TRACES, Trace, after, class_of, events, folded, found, load, log,
        may, save, traces_of,
    },
    within,
};
use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    db::Tx,
    error::{Error, Problem, Result},
    id::Id,
    p,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    Refusal,
    account::Deed as Doing,
    clock::china_date,
    followup::{
        Class, Classification, Findings, Incident, RiskGrade, classify,
        desk::Deed,
        implied,
        next_visit::{self, Course},
        register::Step,
        visit::{Adherence, Before, Found, LockUp, Visit, check},
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// A visit as it is sent.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The record.
    pub record: Id,
    /// Made by the sender, so that the same visit sent twice is one.
    pub id: Uuid,
    /// The version of the record that the sender saw; nothing where it does not matter.
    pub base: Option<i64>,
    /// The voided visit that this one corrects.
    pub replaces: Option<Id>,
    /// The form.
    pub fields: VisitFields,
}

/// What the rules make of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// The grade of risk that the incidents amount to; nothing where none is told.
    pub assessed: Option<RiskGrade>,
    /// The grade that the counts of dangerous behaviour ask for, where a lower one is set.
    pub counts_ask: Option<RiskGrade>,
    /// The class of the table, with the row that gave it; nothing where risk, symptoms or insight is missing.
    pub computed: Option<Classification>,
    /// The class as decided.
    pub class: Option<Class>,
    /// Where the person stands in the course of visits.
    pub course: Option<Course>,
    /// The latest day of the next visit.
    pub latest: Option<Date>,
    /// What is wrong, by field; nothing where it can be saved.
    pub problems: Vec<Problem>,
    /// The steps that follow for the record.
    pub steps: Vec<Step>,
}

/// What became of a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Identifier of the visit.
    pub id: Id,
    /// The record.
    pub record: Id,
    /// Version of the record after it.
    pub version: i64,
    /// Class.
    pub class: Option<Class>,
    /// Row of the decision table that gave it.
    pub rule: Option<String>,
    /// Day of the next visit.
    pub next_due: Option<Date>,
    /// The entry of the terms that this day follows.
    pub term: Option<String>,
    /// State of the record.
    pub state: String,
    /// It was here already.
    pub repeated: bool,
}

/// A form with everything that was left to the rules.
struct Judged {
    visit: Visit,
    outlook: Outlook,
    /// Row of the table.
    rule: Option<String>,
}

impl Judged {
    /// The entry of the terms that the next day follows.
    fn term(&self) -> Option<&'static str> {
        self.outlook.course.map(Course::entry)
    }
}

impl Outlook {
    /// What is told of a form that cannot be read.
    fn unread(problems: Vec<Problem>) -> Outlook {
        Outlook {
            assessed: None,
            counts_ask: None,
            computed: None,
            class: None,
            course: None,
            latest: None,
            problems,
            steps: Vec::new(),
        }
    }
}

/// The grade of risk that the incidents amount to, class and next day are filled in where they are empty; then everything is checked.
fn judge(app: &App, held: &Held, before: Before, mut visit: Visit) -> Judged {
    let today = china_date(app.now());
    let rules = app.tables.followup.in_force(today);
    let met = visit.lost.is_none() && visit.death.is_none();
    let assessed = visit.assessed(before).filter(|_| met);
    if visit.found.risk.is_none() {
        visit.found.risk = assessed;
    }
    let computed = met.then(|| classify(&visit.found.findings()).ok()).flatten();
    if visit.class.is_none() {
        visit.class = computed.map(|computed| computed.class);
    }
    let class = visit.class.filter(|_| met);
    let resting = visit.is_in_hospital();
    let course = class
        .filter(|_| !resting)
        .map(|class| next_visit::course(class, before.class, visit.found.effect, rules));
    let latest = match course {
        Some(course) => Some(next_visit::latest(visit.on, course, rules)),
        None if visit.lost.is_some() => Some(rules.terms.retry.after(visit.on)),
        None => None,
    };
    if visit.next_on.is_none() && visit.death.is_none() {
        visit.next_on = latest;
    }
    if resting {
        visit.next_on = None;
    }
    let faults = check(&visit, before, today, rules);
    let mut problems = Vec::new();
    for fault in faults {
        let values: Vec<String> = fault.day.iter().map(Date::to_string).collect();
        let mut fields: Vec<&str> = fault.fields.iter().map(|field| field_of(field)).collect();
        fields.dedup();
        // The first field is where the remedy begins; one problem is told once.
        let field = fields.first().copied().unwrap_or_default().to_owned();
        problems.push(Problem { field, code: fault.code.code().to_owned(), values });
    }
    let rule = computed.map(|computed| computed.rule.code().to_owned());
    let steps = implied::steps(&held.record, &visit);
    let counts_ask = visit.counts_ask().filter(|_| met);
    let outlook = Outlook { assessed, counts_ask, computed, class, course, latest, problems, steps };
    Judged { visit, rule, outlook }
}

/// The class of the last visit before a day, and when the person was last met.
fn before(traces: &[Trace], on: Date) -> Before {
    let earlier = || traces.iter().filter(|trace| trace.on < on);
    Before {
        class: earlier().find_map(|trace| trace.class).and_then(class_of),
        on: earlier().find(|trace| trace.reached).map(|trace| trace.on),
    }
}

/// What the rules make of a form, without saving it.
///
/// # Errors
/// The record is not in scope, or no visit of it is recorded by the caller now.
pub async fn outlook(app: &App, scope: &Scope, record: Id, fields: &VisitFields) -> Result<Outlook> {
    may(scope, Doing::Change)?;
    let stored = found(app, scope, record).await?;
    let held = stored.held(app)?;
    Deed::Visit.permit(&held.record, stored.ties(scope))?;
    let visit = match fields.read(&scope.name) {
        Ok(visit) => visit,
        Err(Error::Invalid(problems)) => return Ok(Outlook::unread(problems)),
        Err(error) => return Err(error),
    };
    let traces: Vec<Trace> = app.db.all(TRACES, traces_of(record)).await?;
    Ok(judge(app, &held, before(&traces, visit.on), visit).outlook)
}

/// Records a visit, once: sent again it is answered with what became of it. Steps that follow for the record are taken in the
/// same transaction.
///
/// # Errors
/// The record is not in scope or changed meanwhile; no visit of it is recorded by the caller now; the form is faulty; the
/// identifier was used for something else.
pub async fn record(app: &App, scope: &Scope, sent: &Sent) -> Result<Receipt> {
    may(scope, Doing::Change)?;
    atomic!(app.db, tx => { record_in(app, tx, scope, sent).await })
}

/// The identifier of the sender, kept in the home of the record.
#[must_use]
pub fn adopted(record: Id, sent: Uuid) -> Id {
    Id::at_the_time_of(sent, record.home(), sent.as_u128())
}

async fn record_in(app: &App, tx: &mut Tx, scope: &Scope, sent: &Sent) -> Result<Receipt> {
    let stored = load(tx, scope, sent.record).await?;
    let id = adopted(sent.record, sent.id);
    if let Some(receipt) = repeated(app, tx, scope, &stored, id, sent).await? {
        return Ok(receipt);
    }
    stored.expect(sent.base)?;
    let mut held = stored.held(app)?;
    Deed::Visit.permit(&held.record, stored.ties(scope))?;
    let visit = sent.fields.read(&scope.name)?;
    let traces: Vec<Trace> = tx.all(TRACES, traces_of(sent.record)).await?;
    let judged = judge(app, &held, before(&traces, visit.on), visit);
    if !judged.outlook.problems.is_empty() {
        return Err(Error::Invalid(judged.outlook.problems));
    }
    if !judged.outlook.steps.is_empty() {
        held = super::examination::again(app, tx, held, sent.record).await?;
    }
    let mut added = Vec::new();
    for step in judged.outlook.steps.iter().cloned() {
        let owes_slip = step == rules::followup::register::Step::Discharge;
        let (note, tell) = (String::new(), Vec::new());
        let happened = Happened::Stepped { step, note, tell, profile: None, owes_slip };
        held = after(Some(held), &happened, judged.visit.on)?;
        added.push(Adding { happened, on: judged.visit.on, visit: Some(id) });
    }
    insert(app, tx, scope, (sent, id), &judged).await?;
    let version = save(app, tx, scope, &stored, &held, &added).await?;
    // A visit that is entered late says nothing of now.
    if traces.iter().all(|trace| trace.on <= judged.visit.on) {
        let found = (judged.outlook.class, judged.visit.found.risk);
        super::tidings::tell_risk(app, tx, &stored, found).await?;
    }
    log(tx, app, scope, "change", sent.record, &["visit"]);
    Ok(Receipt {
        id,
        record: sent.record,
        version,
        class: judged.outlook.class,
        rule: judged.rule.clone(),
        next_due: judged.visit.next_on,
        term: judged.term().map(str::to_owned),
        state: held.record.state.code().to_owned(),
        repeated: false,
    })
}

struct Kept {
    record: Id,
    class: Option<i64>,
    rule: Option<String>,
    course: Option<String>,
    next_on: Option<Date>,
    content: Vec<u8>,
}
crate::row!(Kept { record, class, rule, course, next_on, content });

/// What is sealed in a visit: the form as it was completed, and as it was sent, by which a second sending is known. What was sent of
/// incidents stands apart: a program of before they were kept refuses fields that it does not know, and both work on one
/// database while an upgrade goes on.
#[derive(Serialize, Deserialize)]
struct Content {
    visit: Visit,
    sent: VisitFields,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    incidents: Vec<Incident>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    risk_reason: String,
}

impl Content {
    fn of(visit: &Visit, sent: &VisitFields) -> Content {
        let mut sent = sent.clone();
        let incidents = std::mem::take(&mut sent.incidents);
        let risk_reason = std::mem::take(&mut sent.risk_reason);
        Content { visit: visit.clone(), sent, incidents, risk_reason }
    }

    /// The form as it was sent.
    fn sent(self) -> VisitFields {
        VisitFields { incidents: self.incidents, risk_reason: self.risk_reason, ..self.sent }
    }
}

async fn repeated(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    stored: &Stored,
    id: Id,
    sent: &Sent,
) -> Result<Option<Receipt>> {
    let sql = "SELECT record_id, class, rule, course, next_on, content FROM followup_visit WHERE home = $1 AND id = $2";
    let Some(kept) = tx.opt::<Kept>(sql, p![id.home_number(), id]).await? else { return Ok(None) };
    let content: Content = serde_json::from_str(&app.keys.unseal(&kept.content)?)?;
    if kept.record != sent.record || content.sent() != sent.fields {
        return Err(Error::invalid("id", "key_reused"));
    }
    log(tx, app, scope, "read", sent.record, &["visit"]);
    Ok(Some(Receipt {
        id,
        record: sent.record,
        version: stored.version,
        class: kept.class.and_then(class_of),
        rule: kept.rule,
        next_due: kept.next_on,
        term: kept.course,
        state: stored.held(app)?.record.state.code().to_owned(),
        repeated: true,
    }))
}

async fn insert(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    (sent, id): (&Sent, Id),
    judged: &Judged,
) -> Result<()> {
    let Judged { visit, outlook, rule } = judged;
    let content = app.keys.seal(&serde_json::to_string(&Content::of(visit, &sent.fields))?)?;
    let reached = visit.lost.is_none() && visit.death.is_none();
    let sql = "INSERT INTO followup_visit (home, id, record_id, visit_on, class, rule, course, risk, face_to_face, reached,
        next_on, content, replaces, recorded_by, recorded_by_name, organisation_id, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    let args = p![
        id.home_number(),
        id,
        sent.record,
        visit.on,
        outlook.class.map(|class| i64::from(class.code())),
        rule.clone(),
        judged.term(),
        visit.found.risk.map(|risk| i64::from(risk.code())),
        visit.is_face_to_face(),
        reached,
        visit.next_on,
        content,
        sent.replaces,
        scope.account,
        &scope.name,
        scope.organisation,
        app.now()
    ];
    tx.run(sql, args).await?;
    Ok(())
}

/// What a sealed visit says that is counted.
pub(super) struct Said {
    /// Whether drugs are taken.
    pub adherence: Option<Adherence>,
    /// Locked up.
    pub lock_up: Option<LockUp>,
    /// Times that public order was broken (肇事).
    pub trouble: u16,
    /// Times that serious harm was done (肇祸).
    pub harm: u16,
}

/// The last visit with a class that counts: its day, class and content, by home and record.
pub(super) const LAST_CLASSED: &str = "SELECT visit_on, class, content FROM followup_visit
    WHERE home = $1 AND record_id = $2 AND voided_at IS NULL AND class IS NOT NULL ORDER BY visit_on DESC, at DESC LIMIT 1";

/// What a sealed visit found, as far as the class depends on it.
pub(super) fn findings(app: &App, content: &[u8]) -> Result<Findings> {
    let Content { visit, .. } = serde_json::from_str(&app.keys.unseal(content)?)?;
    Ok(visit.found.findings())
}

/// What a sealed visit says that is counted.
pub(super) fn said(app: &App, content: &[u8]) -> Result<Said> {
    /// The form as it was completed, alone: many visits are read at once.
    #[derive(Deserialize)]
    struct Completed {
        visit: Visit,
    }
    let Completed { visit } = serde_json::from_str(&app.keys.unseal(content)?)?;
    let Found { adherence, lock_up, danger, .. } = visit.found;
    Ok(Said { adherence, lock_up, trouble: danger.trouble, harm: danger.harm })
}

/// Trouble and serious harm (肇事肇祸) that a sealed visit tells of.
pub(super) fn incidents(app: &App, content: &[u8]) -> Result<u16> {
    let said = said(app, content)?;
    Ok(said.trouble.saturating_add(said.harm))
}

/// A visit as it is shown.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Identifier.
    pub id: Id,
    /// The record.
    pub record: Id,
    /// The form.
    pub visit: Visit,
    /// Class.
    pub class: Option<Class>,
    /// Row of the decision table.
    pub rule: Option<String>,
    /// The entry of the terms that the next day follows.
    pub term: Option<String>,
    /// Risk.
    pub risk: Option<RiskGrade>,
    /// Face to face.
    pub face_to_face: bool,
    /// Whether the person was met or spoken to.
    pub reached: bool,
    /// The voided visit that this one corrects.
    pub replaces: Option<Id>,
    /// Who recorded it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// When it was voided, by whom and why.
    pub voided: Option<(Timestamp, String, String)>,
    /// The reader may void it now.
    pub may_void: bool,
}

struct Row {
    id: Id,
    record: Id,
    class: Option<i64>,
    rule: Option<String>,
    course: Option<String>,
    risk: Option<i64>,
    face_to_face: bool,
    reached: bool,
    replaces: Option<Id>,
    content: Vec<u8>,
    by: String,
    at: Timestamp,
    voided_at: Option<Timestamp>,
    voided_by: Option<String>,
    void_reason: Option<Vec<u8>>,
}
crate::row!(Row {
    id,
    record,
    class,
    rule,
    course,
    risk,
    face_to_face,
    reached,
    replaces,
    content,
    by,
    at,
    voided_at,
    voided_by,
    void_reason
});

const ROW: &str = "SELECT v.id, v.record_id, v.class, v.rule, v.course, v.risk, v.face_to_face, v.reached, v.replaces, v.content,
    v.recorded_by_name, v.at, v.voided_at, v.voided_by_name, v.void_reason FROM followup_visit v";

impl Row {
    fn seen(self, app: &App, may_void: bool) -> Result<Seen> {
        let Content { visit, .. } = serde_json::from_str(&app.keys.unseal(&self.content)?)?;
        let reason = self.void_reason.map(|reason| app.keys.unseal(&reason)).transpose()?;
        Ok(Seen {
            id: self.id,
            record: self.record,
            visit,
            class: self.class.and_then(class_of),
            rule: self.rule,
            term: self.course,
            risk: self.risk.and_then(super::held::risk_of),
            face_to_face: self.face_to_face,
            reached: self.reached,
            replaces: self.replaces,
            by: self.by,
            at: self.at,
            may_void: may_void && self.voided_at.is_none(),
            voided: self
                .voided_at
                .map(|at| (at, self.voided_by.unwrap_or_default(), reason.unwrap_or_default())),
        })
    }
}

/// Visits on a page.
pub const PAGE: i64 = 50;

/// The visits of a record in scope, the latest first; `after` is the day and identifier of the last one seen. The read is in
/// the log before it is shown.
///
/// # Errors
/// The record is not in scope.
pub async fn visits(app: &App, scope: &Scope, record: Id, after: Option<(Date, Id)>) -> Result<Vec<Seen>> {
    may(scope, Doing::Read)?;
    let stored = found(app, scope, record).await?;
    let ties = stored.ties(scope);
    let mut sql = crate::db::Sql::new("")
        .push(&format!("{ROW} WHERE v.home = {{}} AND v.record_id = {{}}"), p![record.home_number(), record]);
    if let Some((on, id)) = after {
        sql = sql.push(" AND (v.visit_on < {} OR (v.visit_on = {} AND v.id < {}))", p![on, on, id]);
    }
    let sql = sql.push(" ORDER BY v.visit_on DESC, v.id DESC LIMIT {}", p![PAGE]);
    let rows: Vec<Row> = app.db.query(sql).await?;
    let mut entry = Entry::read(Purpose::Care, "smd_record", record);
    entry.detail = json!({ "fields": ["visits"], "rows": rows.len() });
    audit::record(&app.db, scope, entry, app.now()).await?;
    rows.into_iter().map(|row| row.seen(app, ties.in_charge)).collect()
}

/// One visit of a record in scope; the read is in the log before it is shown.
///
/// # Errors
/// There is none in scope.
pub async fn look(app: &App, scope: &Scope, id: Id) -> Result<Seen> {
    may(scope, Doing::Read)?;
    let (row, ties) = one(app, scope, id).await?;
    let mut entry = Entry::read(Purpose::Care, "smd_record", row.record);
    entry.detail = json!({ "fields": ["visit"] });
    audit::record(&app.db, scope, entry, app.now()).await?;
    row.seen(app, ties.in_charge)
}

/// The visit, if its record is in scope: found by one statement, so that what is somebody else's costs as much as what is not there.
async fn one(app: &App, scope: &Scope, id: Id) -> Result<(Row, rules::followup::desk::Ties)> {
    let sql = format!(
        "{ROW} JOIN smd_record s ON s.home = v.home AND s.id = v.record_id WHERE v.home = {{}} AND v.id = {{}}"
    );
    let sql = within(scope, crate::db::Sql::new("").push(&sql, p![id.home_number(), id]));
    let row: Row = app.db.query(sql).await?.into_iter().next().ok_or(Error::NotFound)?;
    let stored = found(app, scope, row.record).await?;
    Ok((row, stored.ties(scope)))
}

/// Voids a visit that was wrong; it stays and is shown as voided. What had followed from it for the record is taken back, where
/// what came later still holds without it.
///
/// # Errors
/// There is none in scope; somebody else is in charge; it is voided already; there is no reason; what came later depends on it.
pub async fn void(app: &App, scope: &Scope, id: Id, reason: &str) -> Result<Id> {
    may(scope, Doing::Change)?;
    let (row, ties) = one(app, scope, id).await?;
    let refused = |code: &str| Error::from(Refusal::new("SMD-VISIT", code));
    if !ties.in_charge {
        return Err(Refusal::new("SMD-DESK", "smd_not_yours").with("deed", "visit").into());
    }
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::invalid("reason", "required"));
    }
    if reason.chars().count() > LONGEST {
        let values = vec![LONGEST.to_string()];
        return Err(Error::Invalid(vec![Problem {
            field: "reason".to_owned(),
            code: "too_long".to_owned(),
            values,
        }]));
    }
    let sealed = app.keys.seal(reason)?;
    let record = row.record;
    let done: Result<()> = atomic!(app.db, tx => {
        let stored = load(tx, scope, record).await?;
        let now = app.now();
        let sql = "UPDATE followup_visit SET voided_at = $1, voided_by_name = $2, void_reason = $3
            WHERE home = $4 AND id = $5 AND voided_at IS NULL";
        let args = p![now, &scope.name, sealed.clone(), id.home_number(), id];
        if tx.run(sql, args).await? == 0 {
            return Err(refused("visit_voided"));
        }
        let sql = "UPDATE smd_event SET voided_at = $1
            WHERE home = $2 AND record_id = $3 AND visit_id = $4 AND voided_at IS NULL";
        tx.run(sql, p![now, record.home_number(), record, id]).await?;
        let events = events(tx, record).await?;
        let held = folded(app, &events).map_err(|error| match error {
            Error::Refused(_) => refused("visit_followed"),
            other => other,
        })?;
        save(app, tx, scope, &stored, &held, &[]).await?;
        super::support::reopen(app, tx, record, &held, id).await?;
        log(tx, app, scope, "change", record, &["visit"]);
        Ok(())
    });
    done?;
    Ok(record)
}
