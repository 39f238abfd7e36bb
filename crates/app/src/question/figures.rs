//! How many questions were asked and answered, in time, and after how many hours: by hospital and county.

use crate::{
    App,
    db::Sql,
    error::{Error, Problem, Result},
    export::{Wanted, release},
    id::Id,
    p, row,
    scope::Scope,
};
use jiff::Timestamp;
use rules::{
    account::{Deed, Role, Subject},
    care::Days,
    clock::{end_of, start_of},
    disclosure::{Equation, left_out},
};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;

/// Days of a period at most.
const MOST_DAYS: u32 = 366;
/// Groups that are counted at most: hospitals by whole hours until the answer. Whoever asks for more chooses a shorter period: part of the
/// figures would be none.
const GROUPS: i64 = 50_000;

/// Figures of one hospital for one county, or of all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Figures {
    /// Asked in the period; nothing where a small group could be told from it, as below.
    pub asked: Option<i64>,
    /// Of these answered by now.
    pub answered: Option<i64>,
    /// Of these within their term.
    pub in_time: Option<i64>,
    /// Not answered, though the term is over.
    pub overdue: Option<i64>,
    /// Hours until the first answer: half were quicker.
    pub median_hours: Option<i64>,
}

impl Figures {
    /// Answers in time among all whose term was kept or is over, in thousandths: a question that nobody answered in time is as late as one
    /// that was answered too late, and whoever answers nothing keeps no term. Nothing where no term is over, or a figure is left out.
    #[must_use]
    pub fn share_in_time(&self) -> Option<i64> {
        let (answered, in_time, overdue) = (self.answered?, self.in_time?, self.overdue?);
        let all = answered + overdue;
        (all > 0).then(|| in_time * 1_000 / all)
    }

    /// A figure that the share is made of is left out.
    #[must_use]
    pub fn hides_share(&self) -> bool {
        self.answered.is_none() || self.in_time.is_none() || self.overdue.is_none()
    }
}

/// A hospital, and the county whose workers asked it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The hospital.
    pub desk: Id,
    /// By name.
    pub desk_name: String,
    /// The county.
    pub county: i64,
    /// Its figures.
    pub figures: Figures,
}

/// Figures of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// When the questions were asked.
    pub days: Days,
    /// All together.
    pub total: Figures,
    /// By hospital and county.
    pub rows: Vec<Row>,
    /// Small figures are left out.
    pub suppressed: bool,
}

/// Questions of one hospital and county with the same hours until the answer, or without one.
struct Group {
    desk: Id,
    desk_name: String,
    county: i64,
    hours: Option<i64>,
    asked: i64,
    in_time: i64,
    overdue: i64,
}
row!(Group { desk, desk_name, county, hours, asked, in_time, overdue });

/// Counts of one hospital and county.
#[derive(Debug, Clone, Default)]
struct Counted {
    asked: i64,
    in_time: i64,
    overdue: i64,
    /// Answers by whole hours.
    hours: BTreeMap<i64, i64>,
}

impl Counted {
    fn answered(&self) -> i64 {
        self.hours.values().sum()
    }

    fn add(&mut self, group: &Group) {
        self.asked += group.asked;
        self.in_time += group.in_time;
        self.overdue += group.overdue;
        if let Some(hours) = group.hours {
            *self.hours.entry(hours).or_default() += group.asked;
        }
    }

    /// The hours within which half of the answers came.
    fn median(&self) -> Option<i64> {
        let half = (self.answered() + 1) / 2;
        let mut count = 0;
        self.hours.iter().find_map(|(hours, answers)| {
            count += answers;
            (count >= half && half > 0).then_some(*hours)
        })
    }
}

/// Figures of a period in the caller's area; for a doctor those of the own hospital. They name no person. Whoever answers for the county
/// or the hospital sees all of them, others what may leave.
///
/// # Errors
/// The role has nothing to do with them; the period is no period, or too long.
pub async fn figures(app: &App, scope: &Scope, days: Days) -> Result<Table> {
    scope.permit(Deed::Read, Subject::QuestionFigures)?;
    let small = (scope.role == Role::Supervisor).then_some(app.tables.exports.small_figure);
    Ok(told(days, counted(app, scope, days).await?, small))
}

/// The same as they may leave as a file, with the code to be printed on it.
///
/// # Errors
/// As [`figures`].
pub async fn export(app: &App, scope: &Scope, days: Days) -> Result<(Table, String)> {
    scope.permit(Deed::Export, Subject::QuestionFigures)?;
    let table = told(days, counted(app, scope, days).await?, Some(app.tables.exports.small_figure));
    let filter = json!({ "from": days.from, "until": days.last });
    let wanted = Wanted { subject: Subject::QuestionFigures, rows: table.rows.len() + 1, filter };
    let code = release(app, scope, &wanted).await?;
    Ok((table, code))
}

type Key = (Id, String, i64);

async fn counted(app: &App, scope: &Scope, days: Days) -> Result<Vec<(Key, Counted)>> {
    if !(1..=MOST_DAYS).contains(&days.count()) {
        let problem = Problem::new("until", "period_too_long");
        return Err(Error::Invalid(vec![Problem { values: vec![MOST_DAYS.to_string()], ..problem }]));
    }
    let (from, until): (Timestamp, Timestamp) = (start_of(days.from), end_of(days.last));
    let sql = Sql::new(
        "SELECT q.desk_id, q.desk_name, q.county, q.answer_hours, COUNT(*),
        CAST(COALESCE(SUM(CASE WHEN q.in_time THEN 1 ELSE 0 END), 0) AS BIGINT),",
    )
    // Closed without an answer after its term, it is noted as not in time.
    .push(
        " CAST(COALESCE(SUM(CASE WHEN q.answered_at IS NULL AND (q.due_at < {} OR NOT q.in_time) THEN 1 ELSE 0 END), 0) AS BIGINT)
        FROM question q WHERE",
        p![app.now()],
    )
    .push(" q.asked_at >= {} AND q.asked_at < {}", p![from, until]);
    let sql = match scope.role {
        Role::Doctor => sql.push(" AND q.desk_id = {}", p![scope.organisation]),
        _ => sql.push(" AND q.county >= {} AND q.county <= {}", p![scope.area.from, scope.area.to]),
    };
    let sql = sql.push(
        " GROUP BY q.desk_id, q.desk_name, q.county, q.answer_hours ORDER BY q.county, q.desk_name, q.desk_id LIMIT {}",
        p![GROUPS + 1],
    );
    let groups: Vec<Group> = app.db.listing().query(sql).await?;
    if i64::try_from(groups.len()).unwrap_or(i64::MAX) > GROUPS {
        return Err(Error::invalid("until", "period_too_full"));
    }
    let mut rows: Vec<(Key, Counted)> = Vec::new();
    for group in groups {
        let key = (group.desk, group.desk_name.clone(), group.county);
        match rows.last_mut().filter(|(last, _)| *last == key) {
            Some((_, counted)) => counted.add(&group),
            None => {
                let mut fresh = Counted::default();
                fresh.add(&group);
                rows.push((key, fresh));
            }
        }
    }
    Ok(rows)
}

/// Figures as the reader gets them: whole, or without what a small group could be told from.
fn told(days: Days, rows: Vec<(Key, Counted)>, threshold: Option<u64>) -> Table {
    let mut total = Counted::default();
    for (_, row) in &rows {
        total.asked += row.asked;
        total.in_time += row.in_time;
        total.overdue += row.overdue;
        for (hours, answers) in &row.hours {
            *total.hours.entry(*hours).or_default() += answers;
        }
    }
    let all: Vec<Counted> = rows.iter().map(|(_, row)| row.clone()).chain([total]).collect();
    let hidden = threshold.map(|threshold| hidden(&all, threshold)).unwrap_or_default();
    let mut shown: Vec<Figures> = Vec::new();
    for (at, row) in all.iter().enumerate() {
        let seen = |column: usize, figure: i64| {
            let out = hidden.get(at * COLUMNS + column).copied().unwrap_or(false);
            (!out).then_some(figure)
        };
        let answered = seen(1, row.answered());
        shown.push(Figures {
            asked: seen(0, row.asked),
            answered,
            in_time: seen(2, row.in_time),
            overdue: seen(3, row.overdue),
            median_hours: answered.and(row.median()),
        });
    }
    let total = shown.pop().unwrap_or_default();
    let row = |(((desk, desk_name, county), _), figures): ((Key, Counted), Figures)| Row {
        desk,
        desk_name,
        county,
        figures,
    };
    let rows = rows.into_iter().zip(shown).map(row).collect();
    Table { days, total, rows, suppressed: threshold.is_some() }
}

/// Asked, answered, in time, overdue.
const COLUMNS: usize = 4;

/// Which figures are left out: small ones, those by which they could be worked out from the total, and from the difference of
/// columns, which is a group as well.
fn hidden(rows: &[Counted], threshold: u64) -> Vec<bool> {
    let size = |figure: i64| u64::try_from(figure).unwrap_or(0);
    let mut cells: Vec<u64> =
        rows.iter().flat_map(|row| [row.asked, row.answered(), row.in_time, row.overdue]).map(size).collect();
    let total = rows.len().saturating_sub(1);
    let mut equations: Vec<Equation> = Vec::new();
    for column in 0..COLUMNS {
        let parts = (0..total).map(|row| (row * COLUMNS + column, 1));
        equations.push(parts.chain([(total * COLUMNS + column, -1)]).collect());
    }
    for (at, row) in rows.iter().enumerate() {
        for (column, difference) in [(0, row.asked - row.answered()), (1, row.answered() - row.in_time)] {
            if (1..threshold).contains(&size(difference)) {
                let place = at * COLUMNS + column;
                equations.push(vec![(place, 1), (place + 1, -1), (cells.len(), -1)]);
                cells.push(size(difference));
            }
        }
        // Those whose term still runs.
        let running = row.asked - row.answered() - row.overdue;
        if (1..threshold).contains(&size(running)) {
            let place = at * COLUMNS;
            equations.push(vec![(place, 1), (place + 1, -1), (place + 3, -1), (cells.len(), -1)]);
            cells.push(size(running));
        }
    }
    left_out(&cells, &equations, threshold)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn row(name: &str, hours: &[i64], open: i64, in_time: i64) -> (Key, Counted) {
        let mut counted = Counted { asked: open, in_time, ..Counted::default() };
        for hours in hours {
            *counted.hours.entry(*hours).or_default() += 1;
            counted.asked += 1;
        }
        ((Id(uuid::Uuid::nil()), name.to_owned(), 310_115_000_000), counted)
    }

    #[test]
    fn half_of_the_answers_came_within_the_median() {
        for (hours, median) in [
            (vec![], None),
            (vec![5], Some(5)),
            (vec![1, 9], Some(1)),
            (vec![1, 2, 40], Some(2)),
            (vec![3, 3, 3, 100], Some(3)),
        ] {
            assert_eq!(row("a", &hours, 0, 0).1.median(), median, "{hours:?}");
        }
    }

    #[test]
    fn a_term_that_ran_out_unanswered_counts_as_late() {
        for (answered, in_time, overdue, share) in [
            (0, 0, 0, None),
            (4, 4, 0, Some(1_000)),
            (4, 3, 0, Some(750)),
            (4, 4, 4, Some(500)),
            (0, 0, 3, Some(0)),
            (2, 2, 1, Some(666)),
        ] {
            let figures = Figures {
                asked: Some(10),
                answered: Some(answered),
                in_time: Some(in_time),
                overdue: Some(overdue),
                median_hours: None,
            };
            assert_eq!(figures.share_in_time(), share, "{answered} {in_time} {overdue}");
            let hidden = Figures { overdue: None, ..figures };
            assert!(hidden.hides_share() && hidden.share_in_time().is_none());
        }
    }

    #[test]
    fn the_few_whose_term_runs_are_not_told_from_the_rest() {
        let days = Days { from: date(2026, 1, 1), last: date(2026, 3, 31) };
        let mut one = row("a", &[1; 40], 60, 40);
        one.1.overdue = 58;
        let left = told(days, vec![one], Some(5));
        let figures = &left.rows[0].figures;
        assert!([figures.asked, figures.answered, figures.overdue].contains(&None), "{figures:?}");
    }

    #[test]
    fn no_small_figure_is_told_outside_the_county() {
        let days = Days { from: date(2026, 1, 1), last: date(2026, 3, 31) };
        let rows = vec![row("a", &[1; 40], 0, 40), row("b", &[2, 3], 1, 2)];
        let whole = told(days, rows.clone(), None);
        assert_eq!(whole.rows[1].figures.asked, Some(3));
        assert_eq!(whole.total.asked, Some(43));
        let left = told(days, rows, Some(5));
        let small = &left.rows[1].figures;
        assert_eq!((small.asked, small.answered, small.median_hours), (None, None, None));
        assert!(left.rows[0].figures.asked.is_none() || left.total.asked.is_none());
    }
}
