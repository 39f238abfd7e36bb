//! What programs send and get of plans, sessions and figures.

use app::{
    care::{
        self, Attending, Figures, NewPlan, NewValue, Plans, Present, SessionContent, SessionRow, Typed,
        Warning,
    },
    id::Id,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    care::{
        CrisisPlan, Fulfilment, Goal, Line, Measure, NearOne, Owed, Period, Plan, Presence, Signature,
        SignedBy, SigningWay,
    },
    scale::Figure,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::care::plan_entry::Reading;

/// A short-term goal.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanGoal {
    /// Name that stays the same in later versions: `g1`, `g2` …
    key: String,
    /// What is to be reached.
    text: String,
    /// Id of the scale by whose total it is measured; absent where something is counted.
    scale: Option<String>,
    /// What is counted.
    what: Option<String>,
    /// Where it stood: a whole number, or a decimal in quotes.
    #[schema(value_type = String)]
    baseline: Figure,
    /// Where it shall stand.
    #[schema(value_type = String)]
    target: Figure,
    /// By when.
    #[schema(value_type = String, format = Date)]
    due: Date,
}

/// A service that the plan arranges.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanLine {
    /// Service S1–S16.
    service: String,
    /// Form of service W1–W11.
    way: String,
    /// So many sessions …
    times: u32,
    /// … in each `week`, `fortnight`, `month` or `quarter`.
    per: String,
    /// Minutes of each.
    minutes: u32,
    /// Key of the goal that it serves.
    goal: String,
    /// Who gives it.
    #[serde(default)]
    provider: String,
}

/// Somebody to call.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanCall {
    /// Name or relation.
    name: String,
    /// Telephone number.
    phone: String,
}

/// What to do when things get worse; it names no illness.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanCrisis {
    /// First signs.
    signs: String,
    /// What helps.
    helps: String,
    /// What others should do.
    #[serde(default)]
    others: String,
    /// Whom to call.
    #[serde(default)]
    call: Vec<PlanCall>,
}

/// A plan.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanEntry {
    /// Number of the latest version that the sender knows; 0 where there is none.
    pub(crate) seen: i64,
    /// First day.
    #[schema(value_type = String, format = Date)]
    from: Date,
    /// Last day.
    #[schema(value_type = String, format = Date)]
    until: Date,
    /// Day on which it is looked at again.
    #[schema(value_type = String, format = Date)]
    review: Date,
    /// What is difficult.
    problems: String,
    /// Where it shall lead.
    long_term_goal: String,
    /// One to five short-term goals.
    goals: Vec<PlanGoal>,
    /// Services, each serving a goal.
    lines: Vec<PlanLine>,
    /// The family's part.
    #[serde(default)]
    family: String,
    /// When things get worse.
    crisis: PlanCrisis,
    /// Why it is changed; needed from the second version.
    #[serde(default)]
    change: String,
}

impl PlanEntry {
    pub(crate) fn plan(&self) -> NewPlan {
        let mut reading = Reading::default();
        let goal = |goal: &PlanGoal| Goal {
            key: goal.key.clone(),
            text: goal.text.clone(),
            measure: match &goal.scale {
                Some(scale) => Measure::Scale { scale: scale.clone() },
                None => Measure::Observation { what: goal.what.clone().unwrap_or_default() },
            },
            baseline: goal.baseline,
            target: goal.target,
            due: goal.due,
        };
        let mut lines = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            let per = Period::of_code(&line.per);
            lines.push(Line {
                service: line.service.clone(),
                way: line.way.clone(),
                times: line.times,
                per: reading.choice(&format!("lines.{at}.per"), per, Period::Month),
                minutes: line.minutes,
                goal: line.goal.clone(),
                provider: line.provider.clone(),
            });
        }
        let near = |call: &PlanCall| NearOne { name: call.name.clone(), phone: call.phone.clone() };
        reading.finish(Plan {
            from: self.from,
            until: self.until,
            review: self.review,
            problems: self.problems.clone(),
            long_term_goal: self.long_term_goal.clone(),
            goals: self.goals.iter().map(goal).collect(),
            lines,
            family: self.family.clone(),
            crisis: CrisisPlan {
                signs: self.crisis.signs.clone(),
                helps: self.crisis.helps.clone(),
                others: self.crisis.others.clone(),
                call: self.crisis.call.iter().map(near).collect(),
            },
            change: self.change.clone(),
        })
    }

    fn of(number: i64, plan: Plan) -> PlanEntry {
        let goal = |goal: Goal| {
            let (scale, what) = match goal.measure {
                Measure::Scale { scale } => (Some(scale), None),
                Measure::Observation { what } => (None, Some(what)),
            };
            let Goal { key, text, baseline, target, due, .. } = goal;
            PlanGoal { key, text, scale, what, baseline, target, due }
        };
        let line = |line: Line| PlanLine {
            service: line.service,
            way: line.way,
            times: line.times,
            per: line.per.code().to_owned(),
            minutes: line.minutes,
            goal: line.goal,
            provider: line.provider,
        };
        PlanEntry {
            seen: number - 1,
            from: plan.from,
            until: plan.until,
            review: plan.review,
            problems: plan.problems,
            long_term_goal: plan.long_term_goal,
            goals: plan.goals.into_iter().map(goal).collect(),
            lines: plan.lines.into_iter().map(line).collect(),
            family: plan.family,
            crisis: PlanCrisis {
                signs: plan.crisis.signs,
                helps: plan.crisis.helps,
                others: plan.crisis.others,
                call: plan
                    .crisis
                    .call
                    .into_iter()
                    .map(|near| PlanCall { name: near.name, phone: near.phone })
                    .collect(),
            },
            change: plan.change,
        }
    }
}

/// A version of a plan.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PlanDocument {
    /// Its number, from 1.
    number: i64,
    /// What it says.
    plan: PlanEntry,
    /// It was read out of the form F5.
    from_form: bool,
    /// Who wrote it.
    by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who signed: `client` or `guardian`; absent while nobody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_by: Option<String>,
    /// The day of the signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    signed_on: Option<Date>,
    /// How: `paper`, `screen` or `mark`.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_way: Option<String>,
}

/// Where a goal stood.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ValueDocument {
    /// The day.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// Key of the goal.
    goal: String,
    /// The value.
    value: String,
    /// What was seen.
    note: String,
}

/// A case's plan.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PlanList {
    /// Versions, the latest first.
    versions: Vec<PlanDocument>,
    /// What was measured, the latest first.
    values: Vec<ValueDocument>,
}

impl PlanList {
    pub(crate) fn new(plans: Plans) -> PlanList {
        let version = |version: care::PlanVersion| {
            let signature = version.signed.map(|signed| signed.signature);
            PlanDocument {
                number: version.number,
                plan: PlanEntry::of(version.number, version.plan),
                from_form: version.from_form,
                by: version.by,
                at: version.at,
                signed_by: signature.as_ref().map(|one| one.by.code().to_owned()),
                signed_on: signature.as_ref().map(|one| one.on),
                signed_way: signature.as_ref().map(|one| one.way.code().to_owned()),
            }
        };
        let value = |value: care::Value| ValueDocument {
            on: value.on,
            goal: value.goal,
            value: value.value.to_string(),
            note: value.note,
        };
        PlanList {
            versions: plans.versions.into_iter().map(version).collect(),
            values: plans.values.into_iter().map(value).collect(),
        }
    }
}

/// A signature.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignEntry {
    /// Number of the version.
    pub(crate) number: i64,
    /// `client` or `guardian`.
    by: String,
    /// The name under it.
    name: String,
    /// The day.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// `paper`, `screen` or `mark`.
    way: String,
    /// The witness of a mark.
    #[serde(default)]
    witness: String,
}

impl SignEntry {
    pub(crate) fn signature(&self) -> Typed<Signature> {
        let mut reading = Reading::default();
        let signature = Signature {
            by: reading.choice("by", SignedBy::of_code(&self.by), SignedBy::Client),
            name: self.name.clone(),
            on: self.on,
            way: reading.choice("way", SigningWay::of_code(&self.way), SigningWay::Paper),
            witness: self.witness.clone(),
        };
        reading.finish(signature)
    }
}

/// Where a goal stands.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GoalEntry {
    /// Key of the goal.
    goal: String,
    /// The day.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// The value: a whole number, or a decimal in quotes.
    #[schema(value_type = String)]
    value: Figure,
    /// What was seen.
    #[serde(default)]
    note: String,
}

impl GoalEntry {
    pub(crate) fn value(self) -> Typed<NewValue> {
        Ok(NewValue { goal: self.goal, on: self.on, value: self.value, note: self.note })
    }
}

/// How a goal stands.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct GoalDocument {
    /// Key of the goal.
    key: String,
    /// What is to be reached.
    text: String,
    /// Where it stands; absent while nobody measured it.
    #[serde(skip_serializing_if = "Option::is_none")]
    now: Option<String>,
    /// How far it was reached, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    percent: Option<u8>,
}

/// What was owed in one period, and given.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PeriodDocument {
    /// First day of the calendar period.
    #[schema(value_type = String, format = Date)]
    from: Date,
    /// Its last day.
    #[schema(value_type = String, format = Date)]
    until: Date,
    /// Sessions owed in the part in service, rounded up.
    required: u32,
    /// Sessions given.
    held: u32,
    /// The period is over.
    over: bool,
}

/// What is owed by one rule.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct OwedDocument {
    /// Services that count; empty counts all.
    services: Vec<String>,
    /// Forms of service that count; empty counts all.
    ways: Vec<String>,
    /// So many sessions …
    times: u32,
    /// … in each of these.
    per: String,
    /// Minutes from which a session counts.
    minutes: u32,
    /// The standard of `data/care.toml` that it comes from; absent for a line of the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    standard: Option<String>,
    /// By period, the earliest first.
    periods: Vec<PeriodDocument>,
}

fn period(one: &Fulfilment) -> PeriodDocument {
    let (from, until) = (one.period.from, one.period.last);
    PeriodDocument { from, until, required: one.required, held: one.held, over: one.over }
}

fn owed(owed: &Owed, periods: &[Fulfilment]) -> OwedDocument {
    OwedDocument {
        services: owed.services.clone(),
        ways: owed.ways.clone(),
        times: owed.times,
        per: owed.per.code().to_owned(),
        minutes: owed.minutes,
        standard: owed.standard.clone(),
        periods: periods.iter().map(period).collect(),
    }
}

/// How things stand with a case.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FiguresDocument {
    /// Version of the plan in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<i64>,
    /// Goals.
    goals: Vec<GoalDocument>,
    /// Mean attainment in percent; absent where no goal was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    attained: Option<u8>,
    /// Lines of the plan.
    lines: Vec<OwedDocument>,
    /// What is owed to everybody in service.
    standards: Vec<OwedDocument>,
    /// Sessions that the person came to.
    came: usize,
    /// Sessions for which the person was excused.
    excused: usize,
    /// Sessions missed without a word.
    missed: usize,
    /// Sessions missed in a row up to now.
    missed_in_a_row: usize,
    /// Minutes of all sessions that the person came to.
    minutes: u64,
    /// What the figures propose: `stays_away`, `not_held`, `reached`, `little_reached`, `not_measured`.
    proposals: Vec<String>,
}

impl FiguresDocument {
    pub(crate) fn new(figures: &Figures) -> FiguresDocument {
        let goal = |one: &care::GoalFigure| GoalDocument {
            key: one.goal.key.clone(),
            text: one.goal.text.clone(),
            now: one.now.map(|now| now.to_string()),
            percent: one.attained.map(|share| share.0),
        };
        FiguresDocument {
            plan: figures.version,
            goals: figures.goals.iter().map(goal).collect(),
            attained: figures.attained.map(|share| share.0),
            lines: figures.lines.iter().map(|one| owed(&one.owed, &one.periods)).collect(),
            standards: figures.standards.iter().map(|one| owed(&one.owed, &one.periods)).collect(),
            came: figures.came,
            excused: figures.excused,
            missed: figures.missed,
            missed_in_a_row: figures.missed_in_a_row,
            minutes: figures.minutes,
            proposals: figures.proposals.iter().map(|one| one.code().to_owned()).collect(),
        }
    }
}

/// A session in a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SessionLine {
    /// Identifier.
    id: String,
    /// `planned`, `held`, `cancelled` or `void`.
    state: String,
    /// Service.
    service: String,
    /// Form of service.
    way: String,
    /// Its beginning.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// Its end.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// Recorded long after it was held.
    late: bool,
    /// Names of the caller's clients; empty in a case's own list.
    names: Vec<String>,
    /// In a case's own list: `expected`, `came`, `excused` or `missed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    presence: Option<String>,
}

impl SessionLine {
    pub(crate) fn new(row: SessionRow) -> SessionLine {
        SessionLine {
            id: row.id.to_string(),
            state: row.state.code().to_owned(),
            service: row.service,
            way: row.way,
            starts_at: row.starts,
            ends_at: row.ends,
            late: row.late,
            names: row.names,
            presence: row.presence.map(|one| one.code().to_owned()),
        }
    }
}

/// Sessions.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SessionList {
    /// The sessions.
    pub(crate) sessions: Vec<SessionLine>,
    /// Pass as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// A session to be entered.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SessionEntry {
    /// A UUID that the sender makes: the same key sent again is the same entry.
    #[schema(value_type = String)]
    key: uuid::Uuid,
    /// It was held; otherwise it is planned.
    held: bool,
    /// Service S1–S16.
    service: String,
    /// Form of service W1–W11.
    way: String,
    /// `institution`, `home` or `other`.
    place: String,
    /// The day.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// Its beginning in China: `09:00`.
    start: String,
    /// Its end.
    end: String,
    /// Account of who leads it; absent for the caller.
    #[schema(value_type = Option<String>)]
    leader: Option<uuid::Uuid>,
    /// Weeks in which a planned session is repeated.
    #[serde(default)]
    repeat: u32,
    /// Cases of the persons.
    persons: Vec<PersonEntry>,
    /// What is written of it.
    #[serde(default)]
    content: ContentEntry,
}

/// Somebody at a session.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonEntry {
    /// The case.
    #[schema(value_type = String)]
    case: uuid::Uuid,
    /// `came`, `excused` or `missed`; absent for `came`, or `expected` where the session is planned.
    presence: Option<String>,
    /// How it went.
    #[serde(default)]
    note: String,
}

/// What is written of a session.
#[derive(Deserialize, Default, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContentEntry {
    /// Title.
    #[serde(default)]
    title: String,
    /// What was done.
    #[serde(default)]
    done: String,
    /// How it went, and what follows.
    #[serde(default)]
    summary: String,
    /// Fields of the service by key: `data/care.toml`.
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

impl ContentEntry {
    fn content(&self) -> SessionContent {
        let (title, done, summary) = (self.title.clone(), self.done.clone(), self.summary.clone());
        SessionContent { title, done, summary, fields: self.fields.clone() }
    }
}

fn persons(reading: &mut Reading, entries: &[PersonEntry], otherwise: Presence) -> Vec<Attending> {
    let mut persons = Vec::new();
    for entry in entries {
        let presence = match entry.presence.as_deref() {
            None => otherwise,
            Some(code) => reading.choice("persons", Presence::of_code(code), otherwise),
        };
        persons.push(Attending { case: Id(entry.case), presence, note: entry.note.clone() });
    }
    persons
}

fn time(reading: &mut Reading, field: &str, text: &str) -> jiff::civil::Time {
    reading.choice_or(field, care::time(text), "time", jiff::civil::Time::midnight())
}

impl SessionEntry {
    pub(crate) fn entry(&self) -> Typed<care::Entry> {
        let mut reading = Reading::default();
        let otherwise = if self.held { Presence::Came } else { Presence::Expected };
        let entry = care::Entry {
            key: Id(self.key),
            held: self.held,
            service: self.service.clone(),
            way: self.way.clone(),
            place: self.place.clone(),
            on: self.on,
            start: time(&mut reading, "start", &self.start),
            end: time(&mut reading, "end", &self.end),
            leader: self.leader.map(Id),
            repeat: self.repeat,
            persons: persons(&mut reading, &self.persons, otherwise),
            content: self.content.content(),
        };
        reading.finish(entry)
    }
}

/// The sessions that were made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct MadeDocument {
    /// Identifiers, one for each week.
    pub(crate) ids: Vec<String>,
}

/// Who came to a planned session.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordEntry {
    /// The version that the sender knows.
    version: i64,
    /// Its beginning, where it was another than planned.
    start: Option<String>,
    /// Its end, where it was another than planned.
    end: Option<String>,
    /// Everybody who was expected, and who came besides.
    persons: Vec<PersonEntry>,
    /// What is written of it.
    #[serde(default)]
    content: ContentEntry,
}

impl RecordEntry {
    pub(crate) fn present(&self) -> Typed<Present> {
        let mut reading = Reading::default();
        let times = match (self.start.as_deref(), self.end.as_deref()) {
            (None, None) => None,
            (start, end) => Some((
                time(&mut reading, "start", start.unwrap_or_default()),
                time(&mut reading, "end", end.unwrap_or_default()),
            )),
        };
        let present = Present {
            seen: self.version,
            times,
            persons: persons(&mut reading, &self.persons, Presence::Came),
            content: self.content.content(),
        };
        reading.finish(present)
    }
}

/// Why a session ends.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndEntry {
    /// `cancel` for a planned session, `void` for a record.
    pub(crate) name: String,
    /// A code of `data/care.toml`.
    pub(crate) reason: String,
}

/// Somebody at a session.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SeatDocument {
    /// The case.
    case: String,
    /// Name as the caller may see it.
    name: String,
    /// `expected`, `came`, `excused` or `missed`.
    presence: String,
    /// How it went.
    note: String,
}

/// A session.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SessionDocument {
    /// Identifier.
    id: String,
    /// `planned`, `held`, `cancelled` or `void`.
    state: String,
    /// Version.
    version: i64,
    /// Service.
    service: String,
    /// Form of service.
    way: String,
    /// Where.
    place: String,
    /// Its beginning.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// Its end.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// Name of who leads it.
    leader: String,
    /// Recorded long after it was held.
    late: bool,
    /// Why it was cancelled or is void.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Title.
    title: String,
    /// What was done.
    done: String,
    /// How it went.
    summary: String,
    /// Fields of the service.
    fields: BTreeMap<String, String>,
    /// Persons whom the caller sees.
    persons: Vec<SeatDocument>,
    /// Persons whom the caller does not see.
    others: i64,
}

impl SessionDocument {
    pub(crate) fn new(shown: care::Shown) -> SessionDocument {
        let seat = |seat: care::Seat| SeatDocument {
            case: seat.case.to_string(),
            name: seat.name,
            presence: seat.presence.code().to_owned(),
            note: seat.note,
        };
        SessionDocument {
            id: shown.id.to_string(),
            state: shown.state.code().to_owned(),
            version: shown.version,
            service: shown.service,
            way: shown.way,
            place: shown.place,
            starts_at: shown.starts,
            ends_at: shown.ends,
            leader: shown.leader_name,
            late: shown.late,
            reason: shown.reason,
            title: shown.content.title,
            done: shown.content.done,
            summary: shown.content.summary,
            fields: shown.content.fields,
            persons: shown.persons.into_iter().map(seat).collect(),
            others: shown.others,
        }
    }
}

/// Somebody who asks for attention.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct WarningDocument {
    /// The case.
    case: String,
    /// Name.
    name: String,
    /// Sessions missed in a row; 0 where they are too few to tell.
    missed_in_a_row: usize,
    /// What was owed in the last period that is over, and not given.
    short: Vec<OwedDocument>,
    /// There is no plan.
    no_plan: bool,
    /// The plan waits for a signature.
    unsigned: bool,
    /// The day on which the plan was to be looked at is over.
    review_over: bool,
}

/// Who asks for attention.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct WarningList {
    /// The most pressing first.
    warnings: Vec<WarningDocument>,
    /// Pass as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl WarningList {
    pub(crate) fn new(found: Vec<Warning>, next: Option<Id>) -> WarningList {
        let warning = |one: Warning| WarningDocument {
            case: one.case.to_string(),
            name: one.name,
            missed_in_a_row: one.missed_in_a_row,
            short: one.short.iter().map(|(rule, last)| owed(rule, std::slice::from_ref(last))).collect(),
            no_plan: one.no_plan,
            unsigned: one.unsigned,
            review_over: one.review_over,
        };
        WarningList {
            warnings: found.into_iter().map(warning).collect(),
            next: next.map(|id| id.to_string()),
        }
    }
}
