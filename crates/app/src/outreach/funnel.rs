//! The funnel: of the people given in a period, how many were tried, reached, consented, were assessed and started, by house and by
//! area, with the reasons of those who did not. Each step counts only those whom the one before counts; every figure is a count of
//! rows. Whoever sees no leads gets figures in which no small group can be told.

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
    let whole = Whole::of(app, scope, days, by).await?;
    // Whoever reads leads may count them; others get what may leave.
    if scope.role.may(Deed::Read, Subject::Lead) {
        Ok(whole.told(None))
    } else {
        Ok(whole.told(Some(app.tables.exports.small_figure)))
    }
}

/// The same as it may leave as a file, with the code to be printed on it.
///
/// # Errors
/// As [`funnel`]; the role takes no files away.
pub async fn export(app: &App, scope: &Scope, days: Days, by: By) -> Result<(Funnel, String)> {
    scope.permit(Deed::Export, Subject::Outreach)?;
    let whole = Whole::of(app, scope, days, by).await?;
    let filter = json!({ "from": days.from, "until": days.last });
    let wanted = Wanted { subject: Subject::Outreach, rows: whole.rows.len() + 1, filter };
    let code = release(app, scope, &wanted).await?;
    Ok((whole.told(Some(app.tables.exports.small_figure)), code))
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
    let sql =
        Sql::new("SELECT l.reason, COUNT(*) FROM lead l WHERE l.reason IS NOT NULL AND l.started_on IS NULL");
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
        if !(1..=MOST_DAYS).contains(&days.count()) {
            return Err(Error::invalid("until", "stretch_too_long"));
        }
        let rows = counted(app, scope, days, by).await?;
        let reasons = reasons(app, scope, days).await?;
        Ok(Whole { days, rows, reasons })
    }

    /// As the reader gets them: whole, or without what a small group could be told from.
    fn told(self, threshold: Option<u64>) -> Funnel {
        let mut total = [0; FIGURES];
        for row in &self.rows {
            total.iter_mut().zip(row.figures).for_each(|(sum, figure)| *sum += figure);
        }
        let mut figures: Vec<[i64; FIGURES]> = self.rows.iter().map(|row| row.figures).collect();
        figures.push(total);
        let mut shown = match threshold {
            Some(threshold) => leaving(&figures, threshold),
            None => figures.iter().map(|row| row.map(Some)).collect(),
        };
        let total = shown.pop().unwrap_or([None; FIGURES]);
        let part = |(row, figures): (Counted, Figures)| Part {
            house: row.key.zip(row.name),
            division: row.division,
            figures,
        };
        // A reason is a figure of its own: their sum is told nowhere.
        let small = |count: i64| threshold.is_some_and(|least| size(count) < least);
        let reason =
            |(reason, count): (String, i64)| ReasonCount { reason, count: (!small(count)).then_some(count) };
        Funnel {
            days: self.days,
            total,
            parts: self.rows.into_iter().zip(shown).map(part).collect(),
            reasons: self.reasons.into_iter().map(reason).collect(),
            suppressed: threshold.is_some(),
        }
    }
}

fn size(figure: i64) -> u64 {
    u64::try_from(figure).unwrap_or(0)
}

/// Rows of parts and, last, their total, without small figures and those by which they could be worked out: from totals, and from the
/// difference between two steps, which is a group as well.
fn leaving(rows: &[[i64; FIGURES]], threshold: u64) -> Vec<Figures> {
    let mut cells: Vec<u64> = rows.iter().flatten().map(|figure| size(*figure)).collect();
    let mut equations: Vec<Equation> = Vec::new();
    let total = rows.len().saturating_sub(1);
    for column in 0..FIGURES {
        let parts = (0..total).map(|row| (row * FIGURES + column, 1));
        equations.push(parts.chain([(total * FIGURES + column, -1)]).collect());
    }
    for (row, figures) in rows.iter().enumerate() {
        let steps = figures.iter().take(STEPS.len());
        for (column, (above, below)) in steps.clone().zip(steps.skip(1)).enumerate() {
            let difference = size(above - below);
            if (1..threshold).contains(&difference) {
                let at = row * FIGURES + column;
                equations.push(vec![(at, 1), (at + 1, -1), (cells.len(), -1)]);
                cells.push(difference);
            }
        }
    }
    let out = left_out(&cells, &equations, threshold);
    let told = |(row, figures): (usize, &[i64; FIGURES])| {
        let mut column = 0;
        figures.map(|figure| {
            let hidden = out.get(row * FIGURES + column).copied().unwrap_or(true);
            column += 1;
            (!hidden).then_some(figure)
        })
    };
    rows.iter().enumerate().map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_small_group_leaves_and_large_figures_stay() {
        let row = |figures: [i64; FIGURES]| figures;
        let large = row([90, 80, 70, 60, 50, 40, 30, 0, 20, 10]);
        let shown = leaving(&[large, large, large.map(|figure| figure * 2)], 5);
        assert!(shown.iter().flatten().all(Option::is_some));
        // Three of one house started: neither they nor what would tell them leaves.
        let small = row([90, 80, 70, 60, 50, 3, 30, 0, 20, 10]);
        let sum: Vec<i64> = large.iter().zip(small).map(|(one, other)| one + other).collect();
        let shown = leaving(&[large, small, <[i64; FIGURES]>::try_from(sum).unwrap()], 5);
        assert_eq!(shown[1][5], None);
        assert!(shown[0][5].is_none() || shown[2][5].is_none(), "{shown:?}");
        // Three of fifty were assessed and did not start: one of both figures goes.
        let near = row([90, 80, 70, 60, 50, 47, 30, 0, 20, 10]);
        let shown = leaving(&[near, near], 5);
        assert!(shown[0][4].is_none() || shown[0][5].is_none(), "{shown:?}");
    }
}
