//! What was owed and given, how goals stand, and who asks for attention.

use app::{
    care::{self, Figures, Warning},
    id::Id,
};
use jiff::civil::Date;
use rules::care::{Fulfilment, Owed};
use serde::Serialize;

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
    /// Minutes of all sessions that the person came to, stays left out.
    minutes: u64,
    /// Nights of stays.
    nights: u32,
    /// Held sessions by month, the earliest first.
    months: Vec<MonthDocument>,
    /// What the figures propose: `stays_away`, `not_held`, `reached`, `little_reached`, `not_measured`.
    proposals: Vec<String>,
}

/// What took place in a month.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct MonthDocument {
    /// Its first day.
    #[schema(value_type = String, format = Date)]
    first: jiff::civil::Date,
    /// Sessions that the person came to.
    came: u32,
    /// Sessions for which the person was excused.
    excused: u32,
    /// Sessions missed without a word.
    missed: u32,
    /// Minutes of those that the person came to, stays left out.
    minutes: u32,
    /// Nights of stays.
    nights: u32,
}

impl MonthDocument {
    fn new(month: &rules::care::Month) -> MonthDocument {
        let rules::care::Month { first, came, excused, missed, minutes, nights } = *month;
        MonthDocument { first, came, excused, missed, minutes, nights }
    }
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
            nights: figures.nights,
            months: figures.months.iter().map(MonthDocument::new).collect(),
            proposals: figures.proposals.iter().map(|one| one.code().to_owned()).collect(),
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
