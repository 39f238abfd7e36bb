//! What follows for programmes and agreements when a record takes a step: a refusal, a move, death or an excluded diagnosis ends
//! them by itself; where the visit that told of it is voided, they go on.

use super::{ROWS, Row, applicant, rows_of};
use crate::{
    App,
    db::{Tx, Value},
    error::Result,
    followup::held::Held,
    id::Id,
    p,
};
use jiff::civil::Date;
use rules::followup::{
    guardianship,
    support::{Stop, stop},
};

/// Why programmes and agreements end with this record.
fn stops(held: &Held) -> [(bool, Option<Stop>); 2] {
    [(false, stop(&applicant(held, false))), (true, guardianship::ends(&held.record))]
}

/// Ends what a record no longer allows.
///
/// # Errors
/// The database is gone.
pub(in crate::followup) async fn follow(
    tx: &mut Tx,
    record: Id,
    held: &Held,
    (on, visit): (Date, Option<Id>),
) -> Result<()> {
    // A death that is told of later ends it on the day of the death.
    let on = held.record.death.as_ref().map_or(on, |death| death.on);
    for (guardian, stop) in stops(held) {
        let Some(stop) = stop else { continue };
        let which = if guardian { "kind = 'guardian'" } else { "kind <> 'guardian'" };
        let sql = format!(
            "UPDATE smd_support SET ended_on = CASE WHEN begun_on > $1 THEN begun_on ELSE $1 END, end_reason = $2,
            ended_by_visit = $3, review_due_on = NULL, version = version + 1
            WHERE home = $4 AND record_id = $5 AND ended_on IS NULL AND {which}"
        );
        let visit: Value = visit.into();
        tx.run(&sql, p![on, stop.code(), visit, record.home_number(), record]).await?;
    }
    Ok(())
}

/// Takes back what a voided visit had ended, where the record allows it without the visit.
///
/// # Errors
/// The database is gone.
pub(in crate::followup) async fn reopen(
    app: &App,
    tx: &mut Tx,
    record: Id,
    held: &Held,
    visit: Id,
) -> Result<()> {
    let sql = "SELECT id FROM smd_support WHERE home = $1 AND record_id = $2 AND ended_by_visit = $3";
    let ended: Vec<(Id,)> = tx.all(sql, p![record.home_number(), record, visit]).await?;
    if ended.is_empty() {
        return Ok(());
    }
    let rows: Vec<Row> = tx.all(ROWS, rows_of(record)).await?;
    for row in rows.iter().filter(|row| ended.iter().any(|(id,)| *id == row.id)) {
        let guardian = row.kind == "guardian";
        let stopped = stops(held).into_iter().any(|(of, stop)| of == guardian && stop.is_some());
        let again = rows.iter().any(|other| other.kind == row.kind && other.ended_on.is_none());
        if stopped || again {
            continue;
        }
        let agreement = row.content(app)?.agreement;
        let rule = &app.tables.subsidies.agreement;
        let due = agreement.and_then(|one| one.guardianship(row.begun_on, None).review_due(rule));
        let sql = "UPDATE smd_support SET ended_on = NULL, end_reason = NULL, ended_by_visit = NULL, review_due_on = $1,
            version = version + 1 WHERE home = $2 AND id = $3";
        tx.run(sql, p![due, row.id.home_number(), row.id]).await?;
    }
    Ok(())
}
