//! What happens when nobody acts: offers are taken back, requests lapse, late steps are told, free places found.

use super::{Order, effect, load, perform_in, waiting};
use crate::{
    App, atomic,
    error::{Error, Result},
    id::Id,
    p,
    scope::Scope,
};
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
    /// Cases whose person is to be asked again.
    pub asked: usize,
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
    ticked.asked = super::asking::ask_due(app).await?;
    ticked.placed = waiting::place_all(app).await?;
    crate::idempotency::forget(&app.db, app.now()).await?;
    super::unsent::forget(app).await?;
    crate::scale::forget_drafts(app).await?;
    crate::emergency_access::escalate(app).await?;
    crate::share::close_due(app).await?;
    crate::research::end_due(app).await?;
    crate::followup::clock::escalate(app).await?;
    crate::reminder::queue(app).await?;
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

/// True where the clock gave a command, false where civil affairs was told. Other instances look at the same cases: what is
/// no longer due when its turn comes is left as it is.
async fn run_out(app: &App, id: Id) -> Result<bool> {
    let system = Scope::system();
    atomic!(app.db, tx => {
        let sql = "SELECT version FROM referral WHERE home = $1 AND id = $2
            AND due_at <= $3 AND told_overdue_at IS NULL AND NOT frozen";
        let due: Option<(i64,)> = tx.opt(sql, p![id.home_number(), id, app.now()]).await?;
        let (version,) = due.ok_or(Error::NotFound)?;
        let case = load(tx, &system, id).await?;
        if let Some(command) = command_of(&case) {
            let order = Order { expected: Some(version), ..Order::plain(command) };
            match perform_in(app, tx, &system, Some(id), &order).await {
                Ok(_) => return Ok(true),
                Err(Error::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
        // This run of the clock is told; the next one starts with the next change of the case. Whoever marks it tells:
        // another instance that looked in the same moment waits here and finds it marked.
        let sql = "UPDATE referral SET told_overdue_at = $1
            WHERE home = $2 AND id = $3 AND version = $4 AND told_overdue_at IS NULL";
        if tx.run(sql, p![app.now(), id.home_number(), id, version]).await? == 0 {
            return Err(Error::NotFound);
        }
        let clock = super::row::next_clock(&case).map(|next| next.clock);
        effect::tell_overdue(app, tx, &case, clock).await?;
        Ok(false)
    })
}
