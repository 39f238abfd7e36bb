//! How things stand with a case: goals, what was owed and given, who stays away, what the figures propose. The stage evaluation, the
//! closure and the return visits show these and count nothing by hand.

use super::{
    Of, log_read,
    plan::{self, PlanVersion, Value},
    served_of,
};
use crate::{
    App,
    db::{Sql, Value as Arg},
    error::Result,
    id::Id,
    p,
    scope::Scope,
};
use jiff::{Timestamp, ToSpan, civil::Date};
use rules::{
    account::{Deed, Subject},
    care::{
        Attainment, Days, Fulfilment, Goal, Held, Measure, Month, Owed, Presence, Proposal, SessionState,
        Standing, attainment, by_month, fulfilment, missed_in_a_row, nights, overall, owed_by_plan,
        proposals,
    },
    clock::china_date,
    referral::disclosure::Extent,
    scale::Figure,
};
use serde::Serialize;

/// How a goal stands.
#[derive(Debug, Clone, Serialize)]
pub struct GoalFigure {
    /// The goal.
    pub goal: Goal,
    /// Where it stands; nothing while nobody measured it.
    pub now: Option<Figure>,
    /// When that was.
    pub on: Option<Date>,
    /// How far it was reached.
    pub attained: Option<Attainment>,
}

/// What was owed by one rule, and given.
#[derive(Debug, Clone, Serialize)]
pub struct LineFigure {
    /// The rule.
    pub owed: Owed,
    /// By period, the earliest first.
    pub periods: Vec<Fulfilment>,
}

impl LineFigure {
    /// The last period that is over.
    #[must_use]
    pub fn last_over(&self) -> Option<&Fulfilment> {
        self.periods.iter().rev().find(|period| period.over)
    }

    /// The present period.
    #[must_use]
    pub fn present(&self) -> Option<&Fulfilment> {
        self.periods.last().filter(|period| !period.over)
    }

    /// Owed in periods that are over, and of that given.
    #[must_use]
    pub fn sum(&self) -> (u32, u32) {
        let over = self.periods.iter().filter(|period| period.over);
        over.fold((0, 0), |(owed, held), one| (owed + one.required, held + one.held.min(one.required)))
    }
}

/// How things stand.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// The version of the plan in force.
    pub version: Option<i64>,
    /// The latest version waits for its signature.
    pub unsigned: bool,
    /// The day on which the plan is looked at again.
    pub review: Option<Date>,
    /// Goals.
    pub goals: Vec<GoalFigure>,
    /// Mean attainment.
    pub attained: Option<Attainment>,
    /// Lines of the plan.
    pub lines: Vec<LineFigure>,
    /// What is owed to everybody in service.
    pub standards: Vec<LineFigure>,
    /// Sessions that the person came to.
    pub came: usize,
    /// Sessions missed without a word.
    pub missed: usize,
    /// Sessions for which the person was excused.
    pub excused: usize,
    /// Minutes of all sessions that the person came to, stays left out.
    pub minutes: u64,
    /// Nights of stays.
    pub nights: u32,
    /// Held sessions by month, the earliest first.
    pub months: Vec<Month>,
    /// Sessions missed in a row up to now.
    pub missed_in_a_row: usize,
    /// First and last day with a session.
    pub days: Option<Days>,
    /// What the figures propose.
    pub proposals: Vec<Proposal>,
}

/// A place at a session that is over.
pub(super) struct Past {
    on: Date,
    starts: Timestamp,
    ends: Timestamp,
    service: String,
    way: String,
    presence: String,
}
crate::row!(Past { on, starts, ends, service, way, presence });

impl Past {
    /// How long a session took; nothing of a stay, which is counted by nights.
    fn minutes(&self) -> u32 {
        let minutes = u32::try_from(self.ends.duration_since(self.starts).as_secs() / 60).unwrap_or(0);
        if self.nights() == 0 { minutes } else { 0 }
    }

    fn nights(&self) -> u32 {
        nights(&self.way, self.on, china_date(self.ends))
    }

    /// The days on which its nights begin.
    fn days(&self) -> impl Iterator<Item = Date> {
        let on = self.on;
        (0..self.nights()).map(move |night| on.saturating_add(i64::from(night).days()))
    }
}

/// Sessions counted of one case at most: ten years of two a day.
pub(super) const MOST: i64 = 8_000;

/// How things stand with a case in scope; the read is in the log before it is shown.
///
/// # Errors
/// There is no such case in scope.
pub async fn figures(app: &App, scope: &Scope, case: Id) -> Result<Figures> {
    scope.permit(Deed::Read, Subject::Care)?;
    let of = Of::read(app, scope, case).await?;
    let (versions, values) = (plan::versions(app, scope, &of).await?, plan::values(app, scope, &of).await?);
    let found = weighed(app, scope, &of, &versions, &values).await?;
    log_read(app, scope, case, &["care"]).await?;
    Ok(found)
}

/// Plan and figures of a case in scope; the read is in the log before they are shown.
///
/// # Errors
/// There is no such case in scope.
pub async fn plans_and_figures(app: &App, scope: &Scope, case: Id) -> Result<(plan::Plans, Figures)> {
    scope.permit(Deed::Read, Subject::Care)?;
    let of = Of::read(app, scope, case).await?;
    let plans = plan::opened(app, scope, &of).await?;
    let figures = weighed(app, scope, &of, &plans.versions, &plans.values).await?;
    log_read(app, scope, case, &["plan", "care"]).await?;
    Ok((plans, figures))
}

/// The figures over versions of the plan and what was measured, both the latest first.
async fn weighed(
    app: &App,
    scope: &Scope,
    of: &Of,
    versions: &[plan::PlanVersion],
    values: &[plan::Value],
) -> Result<Figures> {
    let scores = scores(app, scope, of).await?;
    let past = past(app, scope, of).await?;
    let served = served_of(app, of).await?;
    Ok(weigh(app, of, (versions, values), (&past, &scores), &served))
}

/// The same from what was read already.
pub(super) fn weigh(
    app: &App,
    of: &Of,
    (versions, values): (&[PlanVersion], &[Value]),
    (past, scores): (&[Past], &[Score]),
    served: &[Days],
) -> Figures {
    let today = china_date(app.now());
    let in_force = plan::in_force(versions);
    let came = || past.iter().filter(|one| one.presence == Presence::Came.code());
    let longest = app.tables.care.limits.longest_minutes;
    let held: Vec<Held> = came().flat_map(|one| held(one, longest)).collect();
    let nights = || came().flat_map(Past::days);
    let count = |owed: Owed| LineFigure { periods: fulfilment(&owed, served, &held, today), owed };
    let mut lines: Vec<LineFigure> = in_force
        .map(|version| owed_by_plan(&version.plan, in_force_days(version)))
        .unwrap_or_default()
        .into_iter()
        .map(count)
        .collect();
    for owed in owed_earlier(versions, in_force) {
        let same =
            |line: &&mut LineFigure| line.owed.services == owed.services && line.owed.ways == owed.ways;
        if let Some(line) = lines.iter_mut().find(same) {
            line.periods.splice(0..0, fulfilment(&owed, served, &held, today));
        }
    }
    let always = Days { from: Date::MIN, last: Date::MAX };
    let standards =
        app.tables.care.owed(of.case.risk_grade.unwrap_or(0), always).into_iter().map(count).collect();
    let goals: Vec<GoalFigure> = in_force
        .map(|version| version.plan.goals.iter().map(|goal| goal_figure(goal, values, scores)).collect())
        .unwrap_or_default();
    let presences = || past.iter().filter_map(|one| Presence::of_code(&one.presence));
    let count_of = |presence: Presence| presences().filter(|one| *one == presence).count();
    let attained = overall(goals.iter().map(|goal| goal.attained));
    let missed_in_a_row = missed_in_a_row(presences());
    let (planned, given) =
        lines.iter().map(LineFigure::sum).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let standing = Standing {
        has_goals: !goals.is_empty(),
        attained,
        planned,
        held: given,
        missed: (missed_in_a_row, app.tables.care.limits.missed_in_a_row),
    };
    let days = held.iter().map(|one| one.on);
    Figures {
        version: in_force.map(|version| version.number),
        unsigned: versions.first().is_some_and(|version| version.signed.is_none()),
        review: in_force.map(|version| version.plan.review),
        attained,
        lines,
        standards,
        came: count_of(Presence::Came),
        missed: count_of(Presence::Missed),
        excused: count_of(Presence::Excused),
        months: by_month(
            past.iter().filter_map(|one| Some((one.on, Presence::of_code(&one.presence)?, one.minutes()))),
            nights(),
        ),
        minutes: came().map(|one| u64::from(one.minutes())).sum(),
        nights: u32::try_from(nights().count()).unwrap_or(u32::MAX),
        missed_in_a_row,
        days: days.clone().min().zip(days.max()).map(|(from, last)| Days { from, last }),
        proposals: proposals(&standing, &app.tables.care.proposals),
        goals,
    }
}

/// From when until when a version is owed: from its first day, at the earliest from the day on which it was signed.
fn in_force_days(version: &PlanVersion) -> Days {
    let signed = version.signed.as_ref().map(|signed| signed.signature.on);
    Days { from: signed.map_or(version.plan.from, |on| on.max(version.plan.from)), last: version.plan.until }
}

/// What signed versions before the one in force owed, each until the day before the next, the latest first.
fn owed_earlier(versions: &[PlanVersion], in_force: Option<&PlanVersion>) -> Vec<Owed> {
    let Some(present) = in_force else { return Vec::new() };
    let mut next = in_force_days(present).from;
    let mut owed = Vec::new();
    let signed = versions.iter().filter(|one| one.number < present.number && one.signed.is_some());
    for version in signed {
        let mut days = in_force_days(version);
        days.last = days.last.min(next.saturating_sub(jiff::Span::new().days(1)));
        next = next.min(days.from);
        if days.from <= days.last {
            owed.extend(owed_by_plan(&version.plan, days));
        }
    }
    owed
}

/// What counts towards that which is owed: a session once, a stay with each of its nights (person-nights), however many minutes a line asks.
fn held(past: &Past, longest: u32) -> Vec<Held> {
    let one =
        |on: Date, minutes: u32| Held { on, service: past.service.clone(), way: past.way.clone(), minutes };
    if past.nights() == 0 {
        return vec![one(past.on, past.minutes())];
    }
    past.days().map(|day| one(day, longest)).collect()
}

/// A total of a scale, and when.
pub(super) struct Score {
    scale: String,
    on: Date,
    total: Figure,
}

/// Totals of rating scales recorded with the case, the latest first.
async fn scores(app: &App, scope: &Scope, of: &Of) -> Result<Vec<Score>> {
    if of.extent(scope) != Extent::All {
        return Ok(Vec::new());
    }
    let found = crate::scale::totals(app, of.id).await?;
    Ok(found.into_iter().map(|(scale, at, total)| Score { scale, on: china_date(at), total }).collect())
}

fn goal_figure(goal: &Goal, values: &[Value], scores: &[Score]) -> GoalFigure {
    let noted = values.iter().find(|value| value.goal == goal.key).map(|value| (value.on, value.value));
    let scored = match &goal.measure {
        Measure::Scale { scale } => {
            scores.iter().find(|score| score.scale == *scale).map(|score| (score.on, score.total))
        }
        Measure::Observation { .. } => None,
    };
    let latest = noted.into_iter().chain(scored).max_by_key(|(on, _)| *on);
    GoalFigure {
        goal: goal.clone(),
        now: latest.map(|(_, value)| value),
        on: latest.map(|(on, _)| on),
        attained: latest.and_then(|(_, value)| attainment(goal.baseline, goal.target, value)),
    }
}

/// The person's places at sessions that were held, the latest first, as far as the reader may see them.
async fn past(app: &App, scope: &Scope, of: &Of) -> Result<Vec<Past>> {
    let own: Option<Arg> = match of.extent(scope) {
        Extent::Nothing => return Ok(Vec::new()),
        Extent::Own => Some(scope.organisation.into()),
        Extent::All => None,
    };
    let sql = "SELECT a.on_day, a.starts_at, a.ends_at, a.service, a.way, a.presence FROM attendance a WHERE";
    let sql = Sql::new(sql)
        .push(
            " a.home = {} AND a.referral_id = {} AND a.state = {}",
            p![of.id.home_number(), of.id, SessionState::Held.code()],
        )
        .when(" AND a.organisation_id = {}", own);
    Ok(app.db.query(sql.push(" ORDER BY a.starts_at DESC, a.session_id DESC LIMIT {}", p![MOST])).await?)
}
