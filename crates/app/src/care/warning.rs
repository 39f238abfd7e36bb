//! What asks for somebody's attention among the caller's clients: who stays away, what was owed and not given, plans without a signature
//! or past their review.

use super::{Figures, Of, many::many};
use crate::{
    App,
    audit::{self, Entry},
    db::{FromRow, Row, Sql},
    error::Result,
    id::Id,
    p, referral,
    scope::Scope,
};
use jiff::civil::Date;
use rules::{
    account::{Deed, Subject},
    care::{Fulfilment, Owed},
    clock::china_date,
    reminder::Count,
};
use serde::Serialize;

/// Clients looked at in one go.
const PAGE: i64 = 60;

/// What asks for attention with one client.
#[derive(Debug, Clone, Serialize)]
pub struct Warning {
    /// The case.
    pub case: Id,
    /// Name of the person.
    pub name: String,
    /// So many sessions were missed in a row; 0 where they are too few to tell.
    pub missed_in_a_row: usize,
    /// What was owed in the last period that is over and not given.
    pub short: Vec<(Owed, Fulfilment)>,
    /// There is no plan.
    pub no_plan: bool,
    /// The plan waits for a signature.
    pub unsigned: bool,
    /// The day on which the plan was to be looked at is over.
    pub review_over: bool,
}

struct Named {
    of: Of,
    name: String,
    state: String,
}

impl FromRow for Named {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        Ok(Named { of: Of::from_row(row)?, name: row.get(4)?, state: row.get(1)? })
    }
}

/// What asks for attention among the clients in service that the caller sees, by name; `after` is the case of the last client looked at.
/// Beside it stands the key of the next page. The read is in the log before it is shown.
///
/// # Errors
/// The caller has nothing to do with sessions.
pub async fn warnings(app: &App, scope: &Scope, after: Option<Id>) -> Result<(Vec<Warning>, Option<Id>)> {
    scope.permit(Deed::Read, Subject::Agenda)?;
    let sql = Sql::new(
        "SELECT r.id, r.state, r.restricted_at, r.body, r.client_name FROM referral r
        WHERE r.state IN ('agreed', 'in_service') AND r.restricted_at IS NULL",
    )
    .when(" AND r.id > {}", after);
    let sql = scope.referrals(sql).push(" ORDER BY r.id LIMIT {}", p![PAGE]);
    let found: Vec<Named> = app.db.query(sql).await?;
    let full = i64::try_from(found.len()).unwrap_or(0) == PAGE;
    let next = found.last().filter(|_| full).map(|last| last.of.id);
    let mut warnings = Vec::new();
    let cases: Vec<&Of> = found.iter().map(|named| &named.of).collect();
    for (named, figures) in found.iter().zip(many(app, scope, &cases).await?) {
        warnings.extend(warning(app, scope, named, &figures));
    }
    warnings.sort_by_key(|one| std::cmp::Reverse((one.missed_in_a_row, one.short.len())));
    let entry = Entry::listed(referral::purpose(scope), "referral", found.len());
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok((warnings, next))
}

/// How many plans in force were to be looked at before a day, and from it up to another: the latest version of each client in service. It
/// names nobody and is not logged.
pub(crate) async fn review_due(app: &App, scope: &Scope, (on, until): (Date, Date)) -> Result<Count> {
    let select = "SELECT CAST(COALESCE(SUM(CASE WHEN p.review_on < {} THEN 1 ELSE 0 END), 0) AS BIGINT),
        CAST(COALESCE(SUM(CASE WHEN p.review_on >= {} THEN 1 ELSE 0 END), 0) AS BIGINT)
        FROM referral r JOIN plan p ON p.home = r.home AND p.referral_id = r.id
        WHERE r.state IN ('agreed', 'in_service') AND r.restricted_at IS NULL AND p.review_on <= {}
        AND NOT EXISTS (SELECT 1 FROM plan later WHERE later.home = p.home AND later.referral_id = p.referral_id AND later.number > p.number)";
    let sql = scope.referrals(Sql::default().push(select, p![on, on, until]));
    let found: Vec<(i64, i64)> = app.db.listing().query(sql).await?;
    Ok(found.first().map_or_else(Count::default, |(overdue, due)| Count { overdue: *overdue, due: *due }))
}

fn warning(app: &App, scope: &Scope, named: &Named, figures: &Figures) -> Option<Warning> {
    let enough = figures.missed_in_a_row >= app.tables.care.limits.missed_in_a_row;
    let short: Vec<(Owed, Fulfilment)> = figures
        .lines
        .iter()
        .chain(&figures.standards)
        .filter_map(|line| Some((line.owed.clone(), *line.last_over().filter(|period| period.is_missed())?)))
        .collect();
    let today = china_date(app.now());
    let warning = Warning {
        case: named.of.id,
        name: referral::shown_name(scope, (&named.state, named.of.restricted), &named.name),
        missed_in_a_row: if enough { figures.missed_in_a_row } else { 0 },
        no_plan: figures.version.is_none(),
        unsigned: figures.unsigned,
        review_over: figures.review.is_some_and(|review| review < today),
        short,
    };
    let tells = warning.missed_in_a_row > 0
        || !warning.short.is_empty()
        || warning.no_plan
        || warning.unsigned
        || warning.review_over;
    tells.then_some(warning)
}
