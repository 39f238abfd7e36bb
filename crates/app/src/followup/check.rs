//! Whether each record is what its events and visits add up to; `xinqiao doctor --deep` asks.

use super::examination;
use super::held::{StoredEvent, TRACES, Trace, folded, owes, traces_of};
use crate::{App, error::Result, id::Id, p};
use jiff::civil::Date;

/// Records looked at in one statement.
const PORTION: i64 = 200;

struct Row {
    home: i64,
    id: Id,
    state: String,
    class: Option<i64>,
    risk: Option<i64>,
    last_visit_on: Option<Date>,
    due_on: Option<Date>,
    due_what: Option<String>,
    examination_due_on: Option<Date>,
}
crate::row!(Row { home, id, state, class, risk, last_visit_on, due_on, due_what, examination_due_on });

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Records that were computed again.
    pub computed: u64,
    /// Those whose row says something else.
    pub drifted: Vec<Id>,
}

/// Computes every record again and names those that differ.
///
/// # Errors
/// The database is gone, or a record cannot be read.
pub async fn check(app: &App) -> Result<Checked> {
    let mut checked = Checked::default();
    let mut after = (-1_i64, Id(uuid::Uuid::nil()));
    loop {
        let sql = "SELECT home, id, state, class, risk, last_visit_on, due_on, due_what, examination_due_on FROM smd_record
            WHERE (home, id) > ($1, $2) ORDER BY home, id LIMIT $3";
        let rows: Vec<Row> = app.db.all(sql, p![after.0, after.1, PORTION]).await?;
        for row in &rows {
            checked.computed += 1;
            if !agrees(app, row).await? {
                checked.drifted.push(row.id);
            }
        }
        match rows.last() {
            Some(last) => after = (last.home, last.id),
            None => return Ok(checked),
        }
    }
}

async fn agrees(app: &App, row: &Row) -> Result<bool> {
    let events: Vec<StoredEvent> = app.db.all(super::held::EVENTS, super::held::events_of(row.id)).await?;
    let Ok(held) = folded(app, &events) else { return Ok(false) };
    let traces: Vec<Trace> = app.db.all(TRACES, traces_of(row.id)).await?;
    let examined: Option<(Date,)> = app.db.opt(examination::LAST, examination::last_of(row.id)).await?;
    let examination_due = examination::due(app, &held, examined.map(|(on,)| on));
    let first = owes(app, &held, &traces).into_iter().next();
    let classed = traces.iter().find(|trace| trace.class.is_some());
    let same = row.state == held.record.state.code()
        && row.class == classed.and_then(|trace| trace.class)
        && row.risk == classed.and_then(|trace| trace.risk)
        && row.last_visit_on == traces.iter().find(|trace| trace.reached).map(|trace| trace.on)
        && row.due_on == first.map(|owed| owed.by)
        && row.examination_due_on == examination_due
        && row.due_what.as_deref() == first.map(|owed| owed.what.code());
    Ok(same)
}
