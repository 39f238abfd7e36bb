//! Emergencies of people in follow-up (form 12): what set it off, how it was handled, who was told, and the checks afterwards
//! with their clocks. The software records and reminds; it decides nothing (Mental Health Law art. 28 to 32).

use super::{
    LONGEST,
    held::{Stored, found, load, log, may},
    within,
};
use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    db::{Sql, Tx},
    error::{Error, Problem, Result},
    id::Id,
    p,
    scope::Scope,
};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use rules::{
    Refusal,
    account::Deed as Doing,
    clock::{china_date, start_of},
    followup::{
        FollowupRules, RiskGrade,
        desk::Deed,
        emergency::{Check, Duty, Emergency, Outcome, Trigger},
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// An emergency to be recorded.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmergencyFields {
    /// `relapse`, `harm_to_others`, `self_harm`, `drug_reaction`.
    pub trigger: String,
    /// When it began, in China's time: `2026-03-02T14:30`.
    pub began_at: String,
    /// Risk, 0 to 5.
    pub risk: Option<u8>,
    /// What happened, in words.
    pub words: String,
}

/// Something that was done in an emergency.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmergencyStep {
    /// `handled`, `recorded`, `consented`, `police_told`, `check`.
    pub step: String,
    /// Version that the caller saw.
    pub version: Option<i64>,
    /// When, in China's time; now where it is empty.
    pub at: String,
    /// `handled`: `on_site`, `observation`, `admission`.
    pub outcome: String,
    /// `check`: the person was stable.
    pub stable: Option<bool>,
    /// In words.
    pub words: String,
}

/// Steps of an emergency, in the order in which they are offered.
pub const STEPS: [&str; 5] = ["handled", "police_told", "recorded", "consented", "check"];

/// Words to a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// The step; empty for the beginning.
    pub step: String,
    /// When it was done.
    pub at: Timestamp,
    /// By whom it was recorded.
    pub by: String,
    /// In words.
    pub words: String,
}

/// What is sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Content {
    emergency: Emergency,
    words: Vec<Word>,
}

/// Emergencies of a record that are read at most.
const MOST: i64 = 50;
/// Checks of one emergency at most.
const MOST_CHECKS: usize = 200;

struct Row {
    id: Id,
    record: Id,
    content: Vec<u8>,
    closed_at: Option<Timestamp>,
    by: String,
    version: i64,
}
crate::row!(Row { id, record, content, closed_at, by, version });

const ROW: &str =
    "SELECT e.id, e.record_id, e.content, e.closed_at, e.recorded_by_name, e.version FROM smd_emergency e";

/// An emergency as it is shown.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Identifier.
    pub id: Id,
    /// The record.
    pub record: Id,
    /// By the rules.
    pub emergency: Emergency,
    /// What was written.
    pub words: Vec<Word>,
    /// What is owed now.
    pub duties: Vec<Duty>,
    /// The watch is over and nothing is owed.
    pub closed_at: Option<Timestamp>,
    /// Who recorded it.
    pub by: String,
    /// To be sent with the next step.
    pub version: i64,
    /// The reader may add to it.
    pub may_act: bool,
}

fn rules(app: &App) -> &FollowupRules {
    app.tables.followup.in_force(china_date(app.now()))
}

/// An instant as it is typed, in China's time.
fn instant(field: &str, text: &str, app: &App) -> Result<Timestamp> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(app.now());
    }
    let zone = TimeZone::fixed(jiff::tz::offset(8));
    let read = text.parse::<jiff::civil::DateTime>().ok().and_then(|at| zone.to_timestamp(at).ok());
    let at =
        read.or_else(|| text.parse::<Timestamp>().ok()).ok_or_else(|| Error::invalid(field, "instant"))?;
    if at > app.now() { Err(Error::invalid(field, "date_future")) } else { Ok(at) }
}

fn words(text: &str, needed: bool) -> Result<String> {
    let text = text.trim();
    if needed && text.is_empty() {
        return Err(Error::invalid("words", "required"));
    }
    if text.chars().count() > LONGEST {
        let problem = Problem {
            field: "words".to_owned(),
            code: "too_long".to_owned(),
            values: vec![LONGEST.to_string()],
        };
        return Err(Error::Invalid(vec![problem]));
    }
    Ok(text.to_owned())
}

fn coded<T: serde::de::DeserializeOwned>(field: &str, code: &str) -> Result<T> {
    let code = code.trim();
    let wrong = if code.is_empty() { "required" } else { "unknown_choice" };
    serde_json::from_value(code.into()).map_err(|_| Error::invalid(field, wrong))
}

/// The earliest instant at which something is owed; none where nothing is. What has no term of its own is owed with the record.
fn due(emergency: &Emergency, rules: &FollowupRules) -> Option<Timestamp> {
    let duties = emergency.duties(rules);
    let timed = duties.iter().filter_map(|duty| match duty {
        Duty::Record { by, .. } | Duty::Check { by } => Some(*by),
        Duty::TellPolice | Duty::Consent => None,
    });
    match timed.min() {
        Some(at) => Some(at),
        None if duties.is_empty() => None,
        None => Some(emergency.began),
    }
}

/// Whether everything was done: handled, recorded, consented, told, and watched until it was over.
fn is_over(emergency: &Emergency, rules: &FollowupRules) -> bool {
    emergency.handled.is_some() && emergency.duties(rules).is_empty()
}

/// Begins the record of an emergency.
///
/// # Errors
/// The record is not in scope; the caller is not in charge; fields are wrong.
pub async fn begin(app: &App, scope: &Scope, record: Id, fields: &EmergencyFields) -> Result<Id> {
    may(scope, Doing::Change)?;
    let stored = found(app, scope, record).await?;
    Deed::Emergency.permit(&stored.held(app)?.record, stored.ties(scope))?;
    let trigger: Trigger = coded("trigger", &fields.trigger)?;
    let began = instant("began_at", &fields.began_at, app)?;
    let risk = fields.risk.ok_or_else(|| Error::invalid("risk", "required"))?;
    let risk = RiskGrade::of_code(risk).ok_or_else(|| Error::invalid("risk", "unknown_choice"))?;
    let said = words(&fields.words, true)?;
    let emergency = Emergency {
        trigger,
        began,
        risk,
        handled: None,
        recorded: None,
        consented: None,
        police_told: None,
        checks: Vec::new(),
    };
    let word = Word { step: String::new(), at: began, by: scope.name.clone(), words: said };
    let content = Content { emergency, words: vec![word] };
    let now = app.now();
    let id = record.beside(now);
    let sealed = app.keys.seal(&serde_json::to_string(&content)?)?;
    atomic!(app.db, tx => {
        let sql = "INSERT INTO smd_emergency (home, id, record_id, began_at, due_at, content, recorded_by, recorded_by_name,
            organisation_id, changed_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)";
        let due = due(&content.emergency, rules(app));
        let args = p![
            id.home_number(), id, record, began, due, sealed.clone(), scope.account, &scope.name, scope.organisation, now
        ];
        tx.run(sql, args).await?;
        log(tx, app, scope, "change", record, &["emergency"]);
        Ok(id)
    })
}

async fn one(app: &App, scope: &Scope, id: Id) -> Result<(Row, Stored)> {
    let text = format!(
        "{ROW} JOIN smd_record s ON s.home = e.home AND s.id = e.record_id WHERE e.home = {{}} AND e.id = {{}}"
    );
    let sql = within(scope, Sql::new("").push(&text, p![id.home_number(), id]));
    let row: Row = app.db.query(sql).await?.into_iter().next().ok_or(Error::NotFound)?;
    let stored = found(app, scope, row.record).await?;
    Ok((row, stored))
}

fn shown(app: &App, row: Row, may_act: bool) -> Result<Shown> {
    let content: Content = serde_json::from_str(&app.keys.unseal(&row.content)?)?;
    Ok(Shown {
        id: row.id,
        record: row.record,
        duties: content.emergency.duties(rules(app)),
        emergency: content.emergency,
        words: content.words,
        closed_at: row.closed_at,
        by: row.by,
        version: row.version,
        may_act: may_act && row.closed_at.is_none(),
    })
}

/// An emergency of a record in scope; the read is in the log before it is shown.
///
/// # Errors
/// There is none in scope.
pub async fn show(app: &App, scope: &Scope, id: Id) -> Result<Shown> {
    may(scope, Doing::Read)?;
    let (row, stored) = one(app, scope, id).await?;
    let mut entry = Entry::read(Purpose::Care, "smd_record", row.record);
    entry.detail = json!({ "fields": ["emergency"] });
    audit::record(&app.db, scope, entry, app.now()).await?;
    let may_act = stored.ties(scope).in_charge;
    shown(app, row, may_act)
}

/// The emergencies of a record that the caller was shown, the latest first.
///
/// # Errors
/// The record is not in scope.
pub async fn of_record(app: &App, scope: &Scope, record: Id) -> Result<Vec<Shown>> {
    may(scope, Doing::Read)?;
    let stored = found(app, scope, record).await?;
    let may_act = stored.ties(scope).in_charge;
    let sql = format!("{ROW} WHERE e.home = $1 AND e.record_id = $2 ORDER BY e.began_at DESC LIMIT $3");
    let rows: Vec<Row> = app.db.all(&sql, p![record.home_number(), record, MOST]).await?;
    rows.into_iter().map(|row| shown(app, row, may_act)).collect()
}

/// Adds what was done, upon the version that the caller saw.
///
/// # Errors
/// There is none in scope; it is over or changed meanwhile; the caller is not in charge; fields are wrong.
pub async fn act(app: &App, scope: &Scope, id: Id, fields: &EmergencyStep) -> Result<i64> {
    may(scope, Doing::Change)?;
    let (row, stored) = one(app, scope, id).await?;
    if !stored.ties(scope).in_charge {
        return Err(Refusal::new("SMD-DESK", "smd_not_yours").with("deed", "emergency").into());
    }
    let record = row.record;
    atomic!(app.db, tx => {
        load(tx, scope, record).await?;
        let row = again(tx, id).await?;
        if let Some(expected) = fields.version.filter(|seen| *seen != row.version) {
            return Err(Error::Changed { expected, found: row.version });
        }
        if row.closed_at.is_some() {
            return Err(Refusal::new("SMD-EMERGENCY", "emergency_over").into());
        }
        let mut content: Content = serde_json::from_str(&app.keys.unseal(&row.content)?)?;
        let at = instant("at", &fields.at, app)?;
        add(&mut content.emergency, fields, at)?;
        let said = words(&fields.words, false)?;
        content.words.push(Word { step: fields.step.clone(), at, by: scope.name.clone(), words: said });
        let version = store(app, tx, &row, &content).await?;
        log(tx, app, scope, "change", record, &["emergency"]);
        Ok(version)
    })
}

/// Stores what was added, if nobody else added something meanwhile; returns the version after it.
async fn store(app: &App, tx: &mut Tx, row: &Row, content: &Content) -> Result<i64> {
    let due = due(&content.emergency, rules(app));
    let closed = is_over(&content.emergency, rules(app)).then_some(app.now());
    let sealed = app.keys.seal(&serde_json::to_string(content)?)?;
    let version = row.version + 1;
    let sql = "UPDATE smd_emergency SET due_at = $1, told_overdue_at = NULL, closed_at = $2, content = $3, changed_at = $4,
        version = $5 WHERE home = $6 AND id = $7 AND version = $8";
    let args = p![due, closed, sealed, app.now(), version, row.id.home_number(), row.id, row.version];
    if tx.run(sql, args).await? == 0 {
        return Err(Error::Changed { expected: row.version, found: version });
    }
    Ok(version)
}

/// The consent was signed on paper (form 11): notes it at the emergency that waits for it, if there is one, so that nobody enters it
/// twice. What was signed today was signed now, what was signed before on the noon of that day.
pub(super) async fn signed(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    record: Id,
    on: Option<Date>,
) -> Result<()> {
    let sql = format!(
        "{ROW} WHERE e.home = $1 AND e.record_id = $2 AND e.closed_at IS NULL ORDER BY e.began_at DESC LIMIT $3"
    );
    let rows: Vec<Row> = tx.all(&sql, p![record.home_number(), record, MOST]).await?;
    let before = on.filter(|on| *on < china_date(app.now()));
    let at = before.map_or_else(|| app.now(), |on| start_of(on) + SignedDuration::from_hours(12));
    for row in rows {
        let mut content: Content = serde_json::from_str(&app.keys.unseal(&row.content)?)?;
        if content.emergency.consented.is_some() {
            continue;
        }
        content.emergency.consented = Some(at);
        let word = Word { step: "consented".to_owned(), at, by: scope.name.clone(), words: String::new() };
        content.words.push(word);
        store(app, tx, &row, &content).await?;
        log(tx, app, scope, "change", record, &["emergency"]);
        break;
    }
    Ok(())
}

async fn again(tx: &mut Tx, id: Id) -> Result<Row> {
    let sql = format!("{ROW} WHERE e.home = $1 AND e.id = $2");
    tx.opt::<Row>(&sql, p![id.home_number(), id]).await?.ok_or(Error::NotFound)
}

fn add(emergency: &mut Emergency, fields: &EmergencyStep, at: Timestamp) -> Result<()> {
    if at < emergency.began && fields.step != "consented" {
        return Err(Error::invalid("at", "before_emergency"));
    }
    match fields.step.as_str() {
        "handled" => {
            let outcome: Outcome = coded("outcome", &fields.outcome)?;
            emergency.handled = Some((at, outcome));
        }
        "recorded" => emergency.recorded = Some(at),
        "consented" => emergency.consented = Some(at),
        "police_told" => emergency.police_told = Some(at),
        "check" => {
            if emergency.handled.is_none() {
                return Err(Refusal::new("SMD-EMERGENCY", "emergency_not_handled").into());
            }
            let stable = fields.stable.ok_or_else(|| Error::invalid("stable", "required"))?;
            if emergency.checks.len() >= MOST_CHECKS {
                return Err(Error::invalid("step", "too_many_checks"));
            }
            emergency.checks.push(Check { at, stable });
            emergency.checks.sort_by_key(|check| check.at);
        }
        _ => return Err(Error::invalid("step", "unknown_choice")),
    }
    Ok(())
}
