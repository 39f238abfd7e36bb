//! What happens when nobody acts: offers are taken back, requests lapse, late steps are told, free places found.

use super::{Order, Outcome, effect, load, perform_in};
use crate::{
    App, atomic,
    db::Sql,
    error::{Error, Result},
    id::Id,
    p,
    scope::Scope,
};
use jiff::Timestamp;
use rules::referral::{Case, Command, State};

/// Cases looked at in one turn, so that a turn stays short.
const BATCH: i64 = 500;

/// What one turn of the clock did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ticked {
    /// Commands of the clock that were carried out.
    pub commands: usize,
    /// Late steps told to civil affairs.
    pub told: usize,
    /// Waiting cases that got a place.
    pub placed: usize,
}

/// One turn: everything whose time is up now. Safe to run at any time and by several instances: each command
/// checks the case's version.
///
/// # Errors
/// The database is gone.
pub async fn tick(app: &App) -> Result<Ticked> {
    let mut ticked = Ticked::default();
    let sql = "SELECT id FROM referral WHERE due_at <= $1 AND told_overdue_at IS NULL AND NOT frozen
        ORDER BY due_at LIMIT $2";
    for (id,) in app.db.all::<(Id,)>(sql, p![app.now(), BATCH]).await? {
        match run_out(app, id).await {
            Ok(true) => ticked.commands += 1,
            Ok(false) => ticked.told += 1,
            // Somebody acted in the same moment: then the time is no longer up.
            Err(Error::Changed { .. } | Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    ticked.placed = place_waiting(app).await?;
    crate::idempotency::forget(&app.db, app.now()).await?;
    super::unsent::forget(app).await?;
    Ok(ticked)
}

/// The command that the clock itself gives when a case's time is up.
fn command_of(case: &Case) -> Option<Command> {
    match case.state {
        State::Draft => Some(Command::ExpireDraft),
        State::Supplement => Some(Command::ExpireSupplement),
        State::Referred => Some(Command::RecallSilent),
        State::Suspended => Some(Command::SuspensionOver),
        State::Closed => Some(Command::EndAfterVisits),
        _ => None,
    }
}

/// True where the clock gave a command, false where civil affairs was told.
async fn run_out(app: &App, id: Id) -> Result<bool> {
    let system = Scope::system();
    atomic!(app.db, tx => {
        let case = load(tx, &system, id).await?;
        if let Some(command) = command_of(&case) {
            match perform_in(app, tx, &system, Some(id), &Order::plain(command)).await {
                Ok(_) => return Ok(true),
                Err(Error::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let clock = super::row::next_clock(&case).map(|next| next.clock);
        effect::tell_overdue(app, tx, &case, clock).await?;
        // This run of the clock is told; the next one starts with the next change of the case.
        let sql = "UPDATE referral SET told_overdue_at = $1 WHERE home = $2 AND id = $3";
        tx.run(sql, p![app.now(), id.home_number(), id]).await?;
        Ok(false)
    })
}

/// T10: waiting cases of counties with free places, by priority and by how long they wait, are tried with the
/// institutions that have places. All are tried: those at the head of the list may fit nowhere.
async fn place_waiting(app: &App) -> Result<usize> {
    let mut placed = 0;
    let mut after: Option<(i64, Timestamp, Id)> = None;
    loop {
        let mut sql = Sql::new(
            "SELECT r.id, r.county, r.priority, r.created_at FROM referral r WHERE r.state = 'waiting'
             AND r.county IN (SELECT i.county FROM institution i WHERE i.state = 'listed'
                AND i.contracted - i.in_service - i.reserved - i.blocked > 0)",
        );
        if let Some((priority, at, id)) = after {
            sql = sql.push(
                " AND (r.priority > {} OR (r.priority = {} AND (r.created_at > {} OR (r.created_at = {} AND r.id > {}))))",
                p![priority, priority, at, at, id],
            );
        }
        let sql = sql.push(" ORDER BY r.priority, r.created_at, r.id LIMIT {}", p![BATCH]);
        let waiting: Vec<(Id, i64, i64, Timestamp)> = app.db.query(sql).await?;
        let Some(last) = waiting.last() else { return Ok(placed) };
        after = Some((last.2, last.3, last.0));
        for (id, county, ..) in waiting {
            placed += usize::from(place(app, id, county).await?);
        }
    }
}

/// Whether the case got a place at one of the county's institutions. That it fits none is no attempt by anybody, so it
/// is not logged as one.
async fn place(app: &App, id: Id, county: i64) -> Result<bool> {
    let free = "SELECT id FROM institution WHERE county = $1 AND state = 'listed'
        AND contracted - in_service - reserved - blocked > 0";
    for (institution,) in app.db.all::<(uuid::Uuid,)>(free, p![county]).await? {
        let order = Order::plain(Command::PlaceFree { institution });
        let outcome: Result<Outcome> =
            atomic!(app.db, tx => { perform_in(app, tx, &Scope::system(), Some(id), &order).await });
        match outcome {
            Ok(_) => return Ok(true),
            Err(Error::Refused(_) | Error::Changed { .. } | Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}
