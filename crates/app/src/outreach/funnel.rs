//! The funnel: of the people given in a period, how many were tried, reached, consented, were assessed and started, by house and by
//! area, with the reasons of those who did not. Each step counts only those whom the one before counts; every figure is a count of
//! rows. Whoever sees no leads gets figures in which no small group can be told: not from one answer, and not from several. Houses and
//! towns share one total and are looked at together; and they are told of whole calendar years, of which none is a part of another.

use super::within;
use crate::{
    App,
    db::{FromRow, Row, Sql},
    error::{Error, Result},
    export::{Wanted, release},
    id::Id,
    p,
    scope::Scope,
};
use jiff::civil::Date;
use rules::{
    account::{Deed, Role, Subject},
    care::Days,
    disclosure::{Equation, left_out},
};
use serde::Serialize;
use serde_json::json;

/// Days of a period at most: six years.
const MOST_DAYS: u32 = 2_192;
/// Houses or towns of one answer at most.
const ROWS: i64 = 2_000;

/// The steps, in their order.
pub const STEPS: [&str; 6] = ["given", "tried", "contacted", "consented", "assessed", "started"];
/// Figures of a row: the steps, who came to a trial session, who applied without having been reached, who refused, who is still to be
/// tried.
pub const FIGURES: usize = 10;
/// The names of all figures, in their order.
pub const NAMES: [&str; FIGURES] =
    ["given", "tried", "contacted", "consented", "assessed", "started", "trial", "own_way", "ended", "open"];

/// Figures of one row; none where it is left out.
pub type Figures = [Option<i64>; FIGURES];

/// By what the figures are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The house that was to reach the people.
    House,
    /// The township in which they live.
    Town,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// The house; nothing where the row is an area.
    pub house: Option<(Id, String)>,
    /// The area, 12 digits; 0 for a house.
    pub division: i64,
    /// The figures by [`NAMES`].
    pub figures: Figures,
}

/// A reason with how often it was the last one given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReasonCount {
    /// Its code.
    pub reason: String,
    /// How many people.
    pub count: Option<i64>,
}

/// The funnel of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Funnel {
    /// When the people were given.
    pub days: Days,
    /// All together.
    pub total: Figures,
    /// One row for each house or town.
    pub parts: Vec<Part>,
    /// Reasons, the most frequent first.
    pub reasons: Vec<ReasonCount>,
    /// Small figures are left out.
    pub suppressed: bool,
}

struct Counted {
    key: Option<Id>,
    name: Option<String>,
    division: i64,
    figures: [i64; FIGURES],
}

impl FromRow for Counted {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        let mut figures = [0; FIGURES];
        for (at, figure) in figures.iter_mut().enumerate() {
            *figure = row.get(at + 3)?;
        }
        Ok(Counted { key: row.get(0)?, name: row.get(1)?, division: row.get(2)?, figures })
    }
}

/// Counts of rows, in the order of [`NAMES`]; each step is among those of the step before.
fn sums() -> String {
    let contacted = "l.contacted_on IS NOT NULL";
    let consented = format!("{contacted} AND l.consented_on IS NOT NULL");
    let assessed = format!("{consented} AND l.assessed_on IS NOT NULL");
    let conditions = [
        "1 = 1".to_owned(),
        "l.tried_on IS NOT NULL".to_owned(),
        contacted.to_owned(),
        consented,
        assessed.clone(),
        format!("{assessed} AND l.started_on IS NOT NULL"),
        "l.trial_on IS NOT NULL".to_owned(),
        "l.consented_on IS NOT NULL AND l.contacted_on IS NULL".to_owned(),
        "l.state = 'ended'".to_owned(),
        "l.next_on IS NOT NULL".to_owned(),
    ];
    let sum = |condition: &String| format!("CAST(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END) AS BIGINT)");
    conditions.iter().map(sum).collect::<Vec<_>>().join(", ")
}

/// The funnel of the people given in a period, within the caller's scope. It names nobody.
///
/// # Errors
/// The caller has nothing to do with these figures; the period is no period, or too long.
pub async fn funnel(app: &App, scope: &Scope, days: Days, by: By) -> Result<Funnel> {
    scope.permit(Deed::Read, Subject::Outreach)?;
    // Whoever reads leads may count them; others get what may leave.
    if scope.role.may(Deed::Read, Subject::Lead) {
        Ok(Whole::of(app, scope, days, by).await?.told())
    } else {
        let whole = Whole::of(app, scope, a_year(days)?, by).await?;
        whole.left(app, scope, by).await
    }
}

/// The calendar year in which a period ends: of two periods that overlap, the difference would tell what each leaves out.
fn a_year(days: Days) -> Result<Days> {
    fits(days)?;
    let year = days.last.year();
    match (Date::new(year, 1, 1), Date::new(year, 12, 31)) {
        (Ok(from), Ok(last)) => Ok(Days { from, last }),
        _ => Err(Error::invalid("until", "date")),
    }
}

/// Whether a period is one, and not too long.
fn fits(days: Days) -> Result<()> {
    if (1..=MOST_DAYS).contains(&days.count()) {
        Ok(())
    } else {
        Err(Error::invalid("until", "stretch_too_long"))
    }
}

/// The same as it may leave as a file, with the code to be printed on it.
///
/// # Errors
/// As [`funnel`]; the role takes no files away.
pub async fn export(app: &App, scope: &Scope, days: Days, by: By) -> Result<(Funnel, String)> {
    scope.permit(Deed::Export, Subject::Outreach)?;
    let days = if scope.role.may(Deed::Read, Subject::Lead) { days } else { a_year(days)? };
    let whole = Whole::of(app, scope, days, by).await?;
    let filter = json!({ "from": days.from, "until": days.last });
    let wanted = Wanted { subject: Subject::Outreach, rows: whole.rows.len() + 1, filter };
    let code = release(app, scope, &wanted).await?;
    Ok((whole.left(app, scope, by).await?, code))
}

/// "… given in the period, in scope": of a county by its own index.
fn given(scope: &Scope, sql: Sql, days: Days) -> Sql {
    let sql = within(scope, sql).push(" AND l.given_on >= {} AND l.given_on <= {}", p![days.from, days.last]);
    match scope.role {
        Role::InstitutionManager | Role::CaseManager => sql,
        _ => sql.push(" AND l.county >= {} AND l.county <= {}", p![scope.area.from, scope.area.to]),
    }
}

async fn counted(app: &App, scope: &Scope, days: Days, by: By) -> Result<Vec<Counted>> {
    let (select, from, group) = match by {
        By::House => (
            "o.id, o.name, CAST(0 AS BIGINT)",
            "lead l JOIN organisation o ON o.id = l.organisation_id",
            "o.id, o.name",
        ),
        By::Town => (
            "CAST(NULL AS uuid), CAST(NULL AS text), CAST(l.division / 1000 AS BIGINT) * 1000",
            "lead l",
            "CAST(l.division / 1000 AS BIGINT) * 1000",
        ),
    };
    let sql = Sql::new(&format!("SELECT {select}, {} FROM {from} WHERE 1 = 1", sums()));
    let sql =
        given(scope, sql, days).push(&format!(" GROUP BY {group} ORDER BY {group} LIMIT {{}}"), p![ROWS]);
    Ok(app.db.listing().query(sql).await?)
}

async fn reasons(app: &App, scope: &Scope, days: Days) -> Result<Vec<(String, i64)>> {
    let sql = Sql::new(
        "SELECT l.reason, COUNT(*) FROM lead l WHERE l.reason IS NOT NULL AND l.consented_on IS NULL",
    );
    let sql = given(scope, sql, days).push(" GROUP BY l.reason ORDER BY 2 DESC, 1 LIMIT {}", p![100]);
    Ok(app.db.listing().query(sql).await?)
}

/// All figures as counted.
struct Whole {
    days: Days,
    rows: Vec<Counted>,
    reasons: Vec<(String, i64)>,
}

impl Whole {
    /// Those of a period that is one, and not too long.
    async fn of(app: &App, scope: &Scope, days: Days, by: By) -> Result<Whole> {
        fits(days)?;
        let rows = counted(app, scope, days, by).await?;
        let reasons = reasons(app, scope, days).await?;
        Ok(Whole { days, rows, reasons })
    }

    fn total(&self) -> [i64; FIGURES] {
        let mut total = [0; FIGURES];
        for row in &self.rows {
            total.iter_mut().zip(row.figures).for_each(|(sum, figure)| *sum += figure);
        }
        total
    }

    /// As whoever reads leads gets them.
    fn told(self) -> Funnel {
        let total = self.total().map(Some);
        let parts = self.rows.iter().map(|row| row.figures.map(Some)).collect();
        let reasons = self.reasons.iter().map(|(_, count)| Some(*count)).collect();
        self.shown(total, parts, reasons, false)
    }

    /// Without what a small group could be told from.
    async fn left(self, app: &App, scope: &Scope, by: By) -> Result<Funnel> {
        let threshold = app.tables.exports.small_figure;
        let other = if by == By::House { By::Town } else { By::House };
        let beside = counted(app, scope, self.days, other).await?;
        let figures = |rows: &[Counted]| rows.iter().map(|row| row.figures).collect::<Vec<_>>();
        let (own, mut beside) = (figures(&self.rows), figures(&beside));
        // Cut off at their bound, houses and towns are not the same people.
        if [&own, &beside].iter().any(|rows| i64::try_from(rows.len()).map_or(true, |rows| rows >= ROWS)) {
            beside.clear();
        }
        // Always in one order, so that both answers leave out the same.
        let (total, parts) = match by {
            By::House => {
                let (total, houses, _) = leaving(&own, &beside, self.total(), threshold);
                (total, houses)
            }
            By::Town => {
                let (total, _, towns) = leaving(&beside, &own, self.total(), threshold);
                (total, towns)
            }
        };
        let reasons = reasons_leaving(&self.reasons, threshold);
        Ok(self.shown(total, parts, reasons, true))
    }

    fn shown(
        self,
        total: Figures,
        parts: Vec<Figures>,
        reasons: Vec<Option<i64>>,
        suppressed: bool,
    ) -> Funnel {
        let part = |(row, figures): (Counted, Figures)| Part {
            house: row.key.zip(row.name),
            division: row.division,
            figures,
        };
        let reason = |((reason, _), count): ((String, i64), Option<i64>)| ReasonCount { reason, count };
        Funnel {
            days: self.days,
            total,
            parts: self.rows.into_iter().zip(parts).map(part).collect(),
            reasons: self.reasons.into_iter().zip(reasons).map(reason).collect(),
            suppressed,
        }
    }
}

fn size(figure: i64) -> u64 {
    u64::try_from(figure).unwrap_or(0)
}

/// Columns that together are everybody who was given: consented after having been reached or without, ended, still open.
const EVERYBODY: [(usize, i64); 5] = [(0, 1), (3, -1), (7, -1), (8, -1), (9, -1)];

/// The total, houses and towns without small figures and those by which they could be worked out: from the total that both share, from
/// the figures of a row that add up, and from the difference between two steps, which is a group as well.
fn leaving(
    houses: &[[i64; FIGURES]],
    towns: &[[i64; FIGURES]],
    total: [i64; FIGURES],
    threshold: u64,
) -> (Figures, Vec<Figures>, Vec<Figures>) {
    let rows: Vec<[i64; FIGURES]> =
        std::iter::once(total).chain(houses.iter().copied()).chain(towns.iter().copied()).collect();
    let mut cells: Vec<u64> = rows.iter().flatten().map(|figure| size(*figure)).collect();
    let mut equations: Vec<Equation> = Vec::new();
    let (first, last) = (1 + houses.len(), rows.len());
    for column in 0..FIGURES {
        for group in [1..first, first..last] {
            if !group.is_empty() {
                let of_group = group.map(|row| (row * FIGURES + column, 1));
                equations.push(of_group.chain([(column, -1)]).collect());
            }
        }
    }
    for (row, figures) in rows.iter().enumerate() {
        let at = |column: usize| row * FIGURES + column;
        equations.push(EVERYBODY.iter().map(|(column, sign)| (at(*column), *sign)).collect());
        let steps = figures.iter().take(STEPS.len());
        for (column, (above, below)) in steps.clone().zip(steps.skip(1)).enumerate() {
            let difference = size(above - below);
            if (1..threshold).contains(&difference) {
                equations.push(vec![(at(column), 1), (at(column + 1), -1), (cells.len(), -1)]);
                cells.push(difference);
            }
        }
    }
    let out = left_out(&cells, &equations, threshold);
    let shown = |(row, figures): (usize, &[i64; FIGURES])| {
        let mut column = 0;
        figures.map(|figure| {
            let hidden = out.get(row * FIGURES + column).copied().unwrap_or(true);
            column += 1;
            (!hidden).then_some(figure)
        })
    };
    let mut shown = rows.iter().enumerate().map(shown);
    let total = shown.next().unwrap_or([None; FIGURES]);
    let of_houses = shown.by_ref().take(houses.len()).collect();
    (total, of_houses, shown.collect())
}

/// Reasons without small counts. Their sum is told nowhere, but it is close to other figures that are: it counts as known.
fn reasons_leaving(reasons: &[(String, i64)], threshold: u64) -> Vec<Option<i64>> {
    let mut cells: Vec<u64> = reasons.iter().map(|(_, count)| size(*count)).collect();
    let sum = cells.len();
    let equation = (0..sum).map(|cell| (cell, 1)).chain([(sum, -1)]).collect();
    cells.push(cells.iter().sum());
    let out = left_out(&cells, &[equation], threshold);
    reasons.iter().zip(out).map(|((_, count), out)| (!out).then_some(*count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LARGE: [i64; FIGURES] = [90, 80, 70, 60, 50, 40, 30, 0, 20, 10];

    fn with(column: usize, figure: i64) -> [i64; FIGURES] {
        let mut row = LARGE;
        row[column] = figure;
        row
    }

    fn sum(rows: &[[i64; FIGURES]]) -> [i64; FIGURES] {
        std::array::from_fn(|column| rows.iter().map(|row| row[column]).sum())
    }

    #[test]
    fn no_small_group_leaves_and_large_figures_stay() {
        let told = |rows: &[[i64; FIGURES]]| leaving(rows, &[], sum(rows), 5);
        let (total, parts, _) = told(&[LARGE, LARGE]);
        assert!(parts.iter().chain([&total]).flatten().all(Option::is_some));
        // Three of one house started: neither they nor what would tell them leaves.
        let (total, parts, _) = told(&[LARGE, with(5, 3)]);
        assert_eq!(parts[1][5], None);
        assert!(parts[0][5].is_none() || total[5].is_none(), "{parts:?} {total:?}");
        // Three of fifty were assessed and did not start: one of both figures goes.
        let (_, parts, _) = told(&[with(5, 47)]);
        assert!(parts[0][4].is_none() || parts[0][5].is_none(), "{parts:?}");
        // Two who applied without having been reached are what is left of those given.
        let (_, parts, _) = told(&[[92, 80, 70, 60, 50, 40, 30, 2, 20, 10], LARGE]);
        let hidden = EVERYBODY.iter().filter(|(column, _)| parts[0][*column].is_none()).count();
        assert!(parts[0][7].is_none() && hidden > 1, "{parts:?}");
    }

    #[test]
    fn what_one_answer_leaves_out_the_other_does_not_tell() {
        // By house one small figure and its neighbour go, the total stays; by town all are large.
        let houses = [with(5, 3), with(5, 20), with(5, 30)];
        let (towns, total) = ([sum(&houses[..2]), houses[2]], sum(&houses));
        let (all, of_houses, of_towns) = leaving(&houses, &towns, total, 5);
        assert_eq!(of_houses[0][5], None);
        // Whoever subtracts the towns and the other houses from the total is left with more than the three.
        let hidden = |rows: &[Figures]| rows.iter().filter(|row| row[5].is_none()).count();
        assert!(
            hidden(&of_houses) > 1 || (all[5].is_none() && hidden(&of_towns) > 0),
            "{of_houses:?} {all:?}"
        );
    }

    #[test]
    fn a_reason_of_few_hides_behind_another() {
        let reasons = |counts: &[i64]| {
            let named: Vec<(String, i64)> = counts.iter().map(|count| (String::new(), *count)).collect();
            reasons_leaving(&named, 5)
        };
        assert_eq!(reasons(&[30, 20]), [Some(30), Some(20)]);
        assert_eq!(reasons(&[30, 20, 2]), [Some(30), None, None]);
        assert_eq!(reasons(&[2]), [None]);
    }

    /// A survey in the country: of 1,000 persons 830 had never used such a service. Its three reasons leave with the shares that were
    /// published, and the rest had others.
    #[test]
    fn the_reasons_of_a_survey_keep_their_shares() {
        let percent = |part: i64, whole: i64| {
            rules::scale::Figure::ratio(i128::from(part) * 100, i128::from(whole), 1).unwrap().to_string()
        };
        let (asked, never) = (1_000, 830);
        assert_eq!(percent(never, asked), "83.0");
        let named = [("not_aware", 474), ("money", 118), ("no_belief", 106)];
        let table = rules::outreach::OutreachTable::embedded().unwrap();
        assert!(named.iter().all(|(reason, _)| table.reason(reason).is_some()));
        let counts: Vec<Option<i64>> =
            reasons_leaving(&named.map(|(reason, count)| (reason.to_owned(), count)), 5);
        let shares: Vec<String> = counts.iter().flatten().map(|count| percent(*count, never)).collect();
        assert_eq!(shares, ["57.1", "14.2", "12.8"]);
        assert_eq!(percent(counts.iter().flatten().sum(), never), "84.1");
    }

    #[test]
    fn periods_that_leave_do_not_overlap() {
        for (from, last, year) in
            [("2026-03-01", "2026-12-31", "2026-01-01"), ("2024-03-01", "2025-02-28", "2025-01-01")]
        {
            let days = Days { from: from.parse().unwrap(), last: last.parse().unwrap() };
            assert_eq!(a_year(days).unwrap().from, year.parse::<Date>().unwrap());
        }
    }
}
