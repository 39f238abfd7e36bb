//! A record as it is kept: the fold of its events and visits, its row, and how it is shown.

use super::{is_primary_care, within};
use crate::{
    App,
    audit::{self, Entry, Purpose},
    db::{Sql, Tx},
    error::{Error, Result},
    id::Id,
    p,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    Refusal,
    account::{Deed as Doing, Role, Subject},
    clock::china_date,
    followup::{
        Class, RiskGrade,
        desk::{Ties, asked_to_accept},
        hospital_word::{Word, Words},
        lost::{self, Standing, Whereabouts},
        next_visit::Course,
        owed::{LastVisit, Owed, Past, owed},
        paper::PaperKind,
        register::{self, Recipient, Record, State, Step},
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How a record came into the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A clue (form 1).
    Clue,
    /// A report card (form 3).
    ReportCard,
    /// A discharge slip (form 4).
    DischargeSlip,
}

impl Source {
    /// All of them.
    pub const ALL: [Source; 3] = [Source::ReportCard, Source::DischargeSlip, Source::Clue];

    /// The code as sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Source::Clue => "clue",
            Source::ReportCard => "report_card",
            Source::DischargeSlip => "discharge_slip",
        }
    }

    /// The source of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Source> {
        Source::ALL.into_iter().find(|source| source.code() == code)
    }
}

/// What is known of a person beside the visits (forms 3 and 7).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Disorder: a code of `data/disorders.toml`; empty before the diagnosis.
    pub disorder: String,
    /// Day of the diagnosis.
    pub diagnosed_on: Option<Date>,
    /// Hospital that made it.
    pub hospital: String,
    /// First onset, as far as it is known.
    pub onset_on: Option<Date>,
    /// Guardian.
    pub guardian_name: String,
    /// Relation of the guardian.
    pub guardian_relation: String,
    /// Telephone of the guardian.
    pub guardian_phone: String,
    /// Economy 1, poor; none where it was not asked.
    pub poor: Option<bool>,
    /// What else is to be known.
    pub remark: String,
}

/// Something that happened to a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Happened {
    /// It came into the register.
    Opened {
        /// How.
        source: Source,
        /// What was known.
        profile: Profile,
        /// The institution that is to take it up.
        in_charge: Id,
        /// The day on which a card came on paper, whose whole is still to be entered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entry_from: Option<Date>,
        /// A clue that is surveyed each quarter; those of before this was kept owe none.
        #[serde(default, skip_serializing_if = "is_not")]
        owes_survey: bool,
    },
    /// A step of the register.
    Stepped {
        /// The step.
        step: Step,
        /// In words.
        note: String,
        /// Who is to be told in writing.
        tell: Vec<Recipient>,
        /// The diagnosis that came with it.
        profile: Option<Profile>,
        /// A discharge whose slip is still to come; those of before slips were kept owe none.
        #[serde(default, skip_serializing_if = "is_not")]
        owes_slip: bool,
    },
    /// A paper came in: a report card, a discharge slip, a supplement.
    Paper {
        /// Which.
        kind: PaperKind,
        /// The paper.
        paper: Id,
        /// What is known of the person with it.
        profile: Profile,
        /// The discharge that a slip tells of.
        discharged_on: Option<Date>,
        /// What it makes owed is counted: the next questionnaire of a clue, a card after another diagnosis. Papers of before this was
        /// kept owe none.
        #[serde(default, skip_serializing_if = "is_not")]
        owes_papers: bool,
    },
    /// What is known of the person changed.
    Profile {
        /// As it stands now.
        profile: Profile,
        /// Another diagnosis asks for another card; changes of before this was kept owe none.
        #[serde(default, skip_serializing_if = "is_not")]
        owes_papers: bool,
    },
    /// A case of community rehabilitation told of a stay in hospital.
    Heard {
        /// What.
        word: Word,
    },
    /// Somebody was told in writing.
    Told {
        /// Who.
        recipient: Recipient,
        /// Of which event.
        of: Id,
        /// How.
        note: String,
    },
}

impl Happened {
    /// Its code.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Happened::Opened { .. } => "opened",
            Happened::Stepped { step, .. } => step.code(),
            Happened::Profile { .. } => "profile",
            Happened::Told { .. } => "told",
            Happened::Heard { word } => word.code(),
            Happened::Paper { kind, .. } => kind.code(),
        }
    }
}

/// Nothing is written where something is not so.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_not(so: &bool) -> bool {
    !so
}

/// Another diagnosis than the one on the card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Correction {
    /// Since when.
    pub from: Date,
    /// The disorder on the card.
    pub reported: String,
}

/// What is sealed in the row: the fold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    pub record: Record,
    pub profile: Profile,
    pub source: Source,
    pub reported_on: Option<Date>,
    pub first_visit_from: Option<Date>,
    /// Since when the person is managed; rows of before this was kept do not have it.
    #[serde(default)]
    pub managed_from: Option<Date>,
    /// Since when the person is or last was in hospital.
    #[serde(default)]
    pub admitted_on: Option<Date>,
    /// Day of a discharge whose slip has not come yet.
    #[serde(default)]
    pub slip_from: Option<Date>,
    /// Day on which a card came on paper that is not entered as a whole yet.
    #[serde(default)]
    pub entry_from: Option<Date>,
    /// Another diagnosis, for which the card was not written anew yet.
    #[serde(default)]
    pub correction: Option<Correction>,
    /// Day of the clue, or of its last questionnaire.
    #[serde(default)]
    pub survey_from: Option<Date>,
    /// What a case told of a stay in hospital and the steps do not say.
    #[serde(default)]
    pub word: Words,
}

/// The state after an event.
pub(super) fn after(held: Option<Held>, happened: &Happened, on: Date) -> std::result::Result<Held, Refusal> {
    if let Happened::Opened { source, profile, in_charge, entry_from, owes_survey } = happened {
        let record = match source {
            Source::Clue => Record::clue(in_charge.0),
            Source::ReportCard | Source::DischargeSlip => Record::reported(in_charge.0),
        };
        let reported_on = (*source != Source::Clue).then_some(on);
        let (profile, source) = (profile.clone(), *source);
        return Ok(Held {
            record,
            profile,
            source,
            reported_on,
            first_visit_from: None,
            managed_from: None,
            admitted_on: None,
            slip_from: None,
            entry_from: *entry_from,
            correction: None,
            survey_from: owes_survey.then_some(on),
            word: Words::default(),
        });
    }
    let mut held = held.ok_or_else(|| Refusal::new("SMD-STATE", "wrong_state").with("state", "none"))?;
    match happened {
        Happened::Opened { .. } | Happened::Told { .. } => {}
        Happened::Heard { word } => held.word.hear(*word, on),
        Happened::Profile { profile, owes_papers } => {
            if *owes_papers {
                held.rediagnosed(profile, on);
            }
            held.profile = profile.clone();
        }
        Happened::Paper { kind, profile, discharged_on, owes_papers, .. } => {
            if *owes_papers {
                held.written(*kind, profile, on);
            }
            held.profile = profile.clone();
            if let Some(discharged) = discharged_on {
                held.discharged(*discharged);
            }
        }
        Happened::Stepped { step, profile, owes_slip, .. } => {
            let waited = held.first_visit_from.is_some();
            held.record = held.record.take(step)?;
            if let Some(profile) = profile {
                held.profile = profile.clone();
            }
            match step {
                Step::Report => held.reported_on = Some(on),
                Step::Receive { .. } | Step::Find | Step::Discharge | Step::AcceptMove { .. } => {
                    held.first_visit_from = Some(on);
                }
                // Whoever agrees at last is visited as a new person; after the receipt the first visit runs already.
                Step::Agree if !waited => held.first_visit_from = Some(on),
                Step::Disagree => held.first_visit_from = None,
                Step::Admit => held.admitted_on = Some(on),
                _ => {}
            }
            held.word.take(step, on);
            if *owes_slip {
                held.slip_from = Some(on);
            }
            match held.record.state {
                State::Managed if held.managed_from.is_none() => held.managed_from = Some(on),
                State::RegisteredOnly => held.managed_from = None,
                _ => {}
            }
        }
    }
    Ok(held)
}

impl Held {
    /// A paper is there: a card ends what was owed of it, a questionnaire begins the next quarter, any other may tell of another
    /// diagnosis.
    fn written(&mut self, kind: PaperKind, told: &Profile, on: Date) {
        match kind {
            PaperKind::ReportCard => (self.entry_from, self.correction) = (None, None),
            PaperKind::ClueSurvey => self.survey_from = self.survey_from.max(Some(on)),
            _ => self.rediagnosed(told, on),
        }
    }

    /// Another diagnosis than the one that was reported: the card is to be written anew, from the day of that diagnosis on (Mental
    /// Health Law art. 35). Back at what was reported, it is not.
    fn rediagnosed(&mut self, told: &Profile, on: Date) {
        let Some(reported_on) = self.reported_on else { return };
        let known = &self.profile;
        let reported = self.correction.as_ref().map_or(&known.disorder, |one| &one.reported).clone();
        // A day of before the report is that of the first diagnosis.
        let day = told.diagnosed_on.filter(|day| *day >= reported_on && Some(*day) != known.diagnosed_on);
        if told.disorder == reported || reported.is_empty() {
            self.correction = None;
        } else if self.correction.is_none() {
            self.correction = Some(Correction { from: day.unwrap_or(on), reported });
        }
    }

    /// A slip tells of a discharge: it is owed no longer, and whoever is followed is visited within two weeks of it.
    fn discharged(&mut self, on: Date) {
        if self.admitted_on.is_none_or(|admitted| on >= admitted) {
            self.slip_from = None;
        }
        let followed = matches!(self.record.state, State::Received | State::Managed);
        if followed && self.first_visit_from.is_none_or(|from| from < on) {
            self.first_visit_from = Some(on);
        }
    }
}

/// The row of a record.
pub(super) struct Stored {
    pub id: Id,
    pub person: Id,
    pub division: i64,
    pub county: i64,
    pub in_charge: Id,
    pub receiver: Option<Id>,
    pub reporter: Option<Id>,
    pub content: Vec<u8>,
    pub version: i64,
}
crate::row!(Stored { id, person, division, county, in_charge, receiver, reporter, content, version });

const STORED: &str = "SELECT s.id, s.person_id, s.division, s.county, s.in_charge, s.receiver, s.reporter, s.content, s.version
    FROM smd_record s WHERE s.home = {} AND s.id = {}";

fn keyed(scope: &Scope, id: Id) -> Sql {
    within(scope, Sql::new("").push(STORED, p![id.home_number(), id]))
}

impl Stored {
    pub(super) fn held(&self, app: &App) -> Result<Held> {
        Ok(serde_json::from_str(&app.keys.unseal(&self.content)?)?)
    }

    /// How somebody stands to it.
    pub(super) fn ties(&self, scope: &Scope) -> Ties {
        let own = |other: Id| scope.role == Role::Doctor && other == scope.organisation;
        let here = is_primary_care(scope) && scope.area.holds(self.division);
        Ties {
            in_charge: own(self.in_charge) || here,
            receiver: self.receiver.is_some_and(own),
            reporter: self.reporter.is_some_and(own),
            county: scope.role == Role::HealthOfficer && scope.area.holds(self.county),
        }
    }

    /// Only if it is still the version that the caller saw.
    pub(super) fn expect(&self, version: Option<i64>) -> Result<()> {
        match version {
            Some(expected) if expected != self.version => {
                Err(Error::Changed { expected, found: self.version })
            }
            _ => Ok(()),
        }
    }
}

/// The record inside a transaction, if it is in scope.
pub(super) async fn load(tx: &mut Tx, scope: &Scope, id: Id) -> Result<Stored> {
    let sql = keyed(scope, id);
    tx.opt::<Stored>(&sql.text, sql.args).await?.ok_or(Error::NotFound)
}

/// The record outside of one.
pub(super) async fn found(app: &App, scope: &Scope, id: Id) -> Result<Stored> {
    app.db.query::<Stored>(keyed(scope, id)).await?.into_iter().next().ok_or(Error::NotFound)
}

/// Permission first, then the record.
pub(super) fn may(scope: &Scope, doing: Doing) -> Result<()> {
    scope.permit(doing, Subject::FollowUp)
}

/// An event as stored.
pub(super) struct StoredEvent {
    pub id: Id,
    pub happened_on: Date,
    pub content: Vec<u8>,
    pub by: String,
    pub at: Timestamp,
    pub voided_at: Option<Timestamp>,
}
crate::row!(StoredEvent { id, happened_on, content, by, at, voided_at });

/// Events of a record that are read at most; a record has a few dozen.
const MOST_EVENTS: i64 = 1000;

pub(super) const EVENTS: &str =
    "SELECT id, happened_on, content, recorded_by_name, at, voided_at FROM smd_event
    WHERE home = $1 AND record_id = $2 ORDER BY version, number LIMIT $3";

pub(super) fn events_of(id: Id) -> Vec<crate::db::Value> {
    p![id.home_number(), id, MOST_EVENTS]
}

pub(super) async fn events(tx: &mut Tx, id: Id) -> Result<Vec<StoredEvent>> {
    Ok(tx.all(EVENTS, events_of(id)).await?)
}

impl StoredEvent {
    pub(super) fn happened(&self, app: &App) -> Result<Happened> {
        Ok(serde_json::from_str(&app.keys.unseal(&self.content)?)?)
    }
}

/// The fold of what counts.
pub(super) fn folded(app: &App, events: &[StoredEvent]) -> Result<Held> {
    let mut held = None;
    for event in events.iter().filter(|event| event.voided_at.is_none()) {
        held = Some(after(held, &event.happened(app)?, event.happened_on)?);
    }
    held.ok_or_else(|| Error::broken("a record without events"))
}

/// A visit as far as the record depends on it.
#[derive(Debug, Clone)]
pub(super) struct Trace {
    pub on: Date,
    pub class: Option<i64>,
    pub risk: Option<i64>,
    pub course: Option<String>,
    pub reached: bool,
    pub next_on: Option<Date>,
}
crate::row!(Trace { on, class, risk, course, reached, next_on });

/// Visits that are looked back at: more than two years of the closest rhythm.
const LOOK_BACK: i64 = 60;

/// The last visits that count, the latest first.
pub(super) const TRACES: &str = "SELECT visit_on, class, risk, course, reached, next_on FROM followup_visit
    WHERE home = $1 AND record_id = $2 AND voided_at IS NULL ORDER BY visit_on DESC, at DESC LIMIT $3";

pub(super) fn traces_of(id: Id) -> Vec<crate::db::Value> {
    p![id.home_number(), id, LOOK_BACK]
}

pub(super) fn class_of(code: i64) -> Option<Class> {
    u8::try_from(code).ok().and_then(Class::of_code)
}

pub(super) fn risk_of(code: i64) -> Option<RiskGrade> {
    u8::try_from(code).ok().and_then(RiskGrade::of_code)
}

/// What the deadlines depend on.
pub(super) fn past(held: &Held, traces: &[Trace]) -> Past {
    let diagnosed_on = held.profile.diagnosed_on.filter(|_| held.reported_on.is_none());
    let last = traces.first().map(|trace| LastVisit {
        on: trace.on,
        next_on: trace.next_on,
        course: trace.course.as_deref().and_then(Course::of_entry),
    });
    let met_on = traces.iter().find(|trace| trace.reached).map(|trace| trace.on);
    Past {
        record: held.record.clone(),
        diagnosed_on,
        reported_on: held.reported_on,
        first_visit_from: held.first_visit_from,
        slip_from: held.slip_from,
        entry_from: held.entry_from,
        correction_from: held.correction.as_ref().map(|one| one.from),
        survey_from: held.survey_from,
        word: held.word.lacks(&held.record, met_on),
        last,
    }
}

/// What is owed on a record now.
pub(super) fn owes(app: &App, held: &Held, traces: &[Trace]) -> Vec<Owed> {
    let today = china_date(app.now());
    owed(&past(held, traces), app.tables.followup.in_force(today), &app.tables.calendar)
}

/// The visit that is owed on a record which the caller has in scope, whatever paper is owed before it.
pub(crate) async fn visit_owed(app: &App, record: Id) -> Result<Option<Owed>> {
    let sql = "SELECT content FROM smd_record WHERE home = $1 AND id = $2";
    let found: Option<(Vec<u8>,)> = app.db.opt(sql, p![record.home_number(), record]).await?;
    let Some((content,)) = found else { return Ok(None) };
    let held: Held = serde_json::from_str(&app.keys.unseal(&content)?)?;
    let traces: Vec<Trace> = app.db.all(TRACES, traces_of(record)).await?;
    Ok(owes(app, &held, &traces).into_iter().find(|owed| owed.what.is_by_visit()))
}

/// Who is told in writing of a step, by the risk of the last visits.
pub(super) async fn told_of(tx: &mut Tx, record: Id, step: &Step) -> Result<Vec<Recipient>> {
    let traces: Vec<Trace> = tx.all(TRACES, traces_of(record)).await?;
    let risk = traces.iter().find_map(|trace| trace.risk).and_then(risk_of).unwrap_or(RiskGrade::None);
    let incident = traces.iter().filter_map(|trace| trace.risk).any(|risk| risk >= 3);
    Ok(register::told(step, risk, incident).to_vec())
}

/// How somebody stands after the last tries.
pub(super) fn standing(app: &App, traces: &[Trace]) -> Standing {
    let today = china_date(app.now());
    let rules = app.tables.followup.in_force(today);
    let tries: Vec<(Date, bool)> = traces.iter().rev().map(|trace| (trace.on, trace.reached)).collect();
    lost::standing(&lost::attempts(&tries, rules), Whereabouts::Known, today, rules)
}

/// Something that is added to a record.
pub(super) struct Adding {
    pub happened: Happened,
    pub on: Date,
    pub visit: Option<Id>,
}

/// Writes what was added and the row that everything adds up to; the row only if its version is still the one read.
pub(super) async fn save(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    stored: &Stored,
    held: &Held,
    added: &[Adding],
) -> Result<i64> {
    let version = stored.version + 1;
    for (number, adding) in (1_i64..).zip(added) {
        add(app, tx, scope, (stored.id, version, number), adding).await?;
    }
    if let Some(last) = added.last() {
        super::support::follow(tx, stored.id, held, (last.on, last.visit)).await?;
    }
    super::tidings::tell_admission(app, tx, stored, added).await?;
    let traces: Vec<Trace> = tx.all(TRACES, traces_of(stored.id)).await?;
    let in_charge = Id(held.record.in_charge);
    // Who took a person over manages them at its own place until the register says where they live.
    let division = match in_charge == stored.in_charge {
        true => stored.division,
        false => place_of(tx, in_charge).await?.unwrap_or(stored.division),
    };
    let first = owes(app, held, &traces).into_iter().next();
    let classed = traces.iter().find(|trace| trace.class.is_some());
    let examination_due = super::examination::due_in(app, tx, held, stored.id).await?;
    let content = app.keys.seal(&serde_json::to_string(held)?)?;
    let sql = "UPDATE smd_record SET division = $1, county = $2, in_charge = $3, receiver = $4, state = $5, class = $6,
        risk = $7, last_visit_on = $8, due_on = $9, due_what = $10, told_overdue_at = NULL, content = $11, changed_at = $12,
        version = $13, examination_due_on = $14 WHERE home = $15 AND id = $16 AND version = $17";
    let args = p![
        division,
        crate::division::county_of(division),
        in_charge,
        asked_to_accept(&held.record).map(Id),
        held.record.state.code(),
        classed.and_then(|trace| trace.class),
        classed.and_then(|trace| trace.risk),
        traces.iter().find(|trace| trace.reached).map(|trace| trace.on),
        first.map(|owed| owed.by),
        first.map(|owed| owed.what.code()),
        content,
        app.now(),
        version,
        examination_due,
        stored.id.home_number(),
        stored.id,
        stored.version
    ];
    if tx.run(sql, args).await? == 0 {
        return Err(Error::Changed { expected: stored.version, found: version });
    }
    Ok(version)
}

/// Writes one event of a record.
async fn add(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    (record, version, number): (Id, i64, i64),
    adding: &Adding,
) -> Result<()> {
    let content = app.keys.seal(&serde_json::to_string(&adding.happened)?)?;
    let id = record.beside(app.now());
    let sql =
        "INSERT INTO smd_event (home, id, record_id, version, number, kind, happened_on, visit_id, content,
        recorded_by, recorded_by_name, organisation_id, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let args = p![
        id.home_number(),
        id,
        record,
        version,
        number,
        adding.happened.kind(),
        adding.on,
        adding.visit,
        content,
        scope.account,
        &scope.name,
        scope.organisation,
        app.now()
    ];
    tx.run(sql, args).await?;
    Ok(())
}

/// Where an organisation is.
pub(super) async fn place_of(tx: &mut Tx, organisation: Id) -> Result<Option<i64>> {
    let sql =
        "SELECT division FROM organisation WHERE id = $1 AND kind = 'primary_care' AND ended_at IS NULL";
    Ok(tx.opt::<(i64,)>(sql, p![organisation]).await?.map(|(division,)| division))
}

/// Puts a change of a record into the log.
pub(super) fn log(tx: &mut Tx, app: &App, scope: &Scope, action: &'static str, id: Id, fields: &[&str]) {
    let detail = json!({ "fields": fields });
    let entry =
        Entry { purpose: Purpose::Care, action, subject_kind: "smd_record", subject: Some(id), detail };
    audit::record_in(tx, scope, entry, app.now());
}
