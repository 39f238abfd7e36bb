//! Proposing, opening, suspending and ending a share; closing by itself.

use super::{Moved, Share, feed, found, note, save, seen};
use crate::{
    App, atomic,
    db::Tx,
    error::{Error, Problem, Result},
    id::Id,
    p,
    scope::Scope,
};
use rules::{
    account::{Deed, Subject},
    clock::china_date,
    share::State,
};

/// Characters of a reason at most.
const LONGEST: usize = 500;
/// Shares looked at in one turn of the clock.
const BATCH: i64 = 200;

fn reason(app: &App, words: &str) -> Result<String> {
    let words = words.trim().replace('\0', "");
    let letters = words.chars().count();
    let least = app.tables.shares.reason_characters;
    if letters < usize::from(least) {
        let values = vec![least.to_string()];
        return Err(Error::Invalid(vec![Problem { values, ..Problem::new("reason", "text_too_short") }]));
    }
    if letters > LONGEST {
        return Err(Error::invalid("reason", "text_too_long"));
    }
    Ok(words)
}

async fn moved(app: &App, tx: &mut Tx, share: &Share, state: State) -> Result<()> {
    save(tx, app, share, &Moved { state, proposed_by: None, opened_at: share.opened_at }).await
}

/// Proposes to open a share, for a second person to confirm.
///
/// # Errors
/// Something stands in the way: no impact assessment above all; it changed meanwhile, or is another county's.
pub async fn propose(app: &App, scope: &Scope, id: Id, version: i64) -> Result<()> {
    scope.permit(Deed::Change, Subject::Share)?;
    atomic!(app.db, tx => {
        let share = found(tx, scope, id).await?;
        seen(&share, version)?;
        app.tables.shares.propose(&share.terms(), china_date(app.now()))?;
        let proposed_by = Some(scope.account);
        save(tx, app, &share, &Moved { state: share.state, proposed_by, opened_at: share.opened_at }).await?;
        note(tx, app, scope, id, ("proposed", "")).await
    })
}

/// Opens a share that somebody else proposed to open. Every case that may leave is placed into its stream by a job.
///
/// # Errors
/// As [`propose`]; nobody proposed it, or the caller did.
pub async fn confirm(app: &App, scope: &Scope, id: Id, version: i64) -> Result<()> {
    scope.permit(Deed::Change, Subject::ShareDecision)?;
    atomic!(app.db, tx => {
        let share = found(tx, scope, id).await?;
        seen(&share, version)?;
        app.tables.shares.confirm(&share.terms(), scope.account.0, china_date(app.now()))?;
        let opened_at = share.opened_at.or(Some(app.now()));
        save(tx, app, &share, &Moved { state: State::Open, proposed_by: None, opened_at }).await?;
        feed::queue(app, tx, id).await?;
        note(tx, app, scope, id, ("opened", "")).await
    })
}

/// Suspends an open share at once: from now on nothing leaves but that something is to be deleted.
///
/// # Errors
/// It is not open; a reason is missing; it changed meanwhile, or is another county's.
pub async fn suspend(app: &App, scope: &Scope, id: Id, version: i64, words: &str) -> Result<()> {
    scope.permit(Deed::Change, Subject::Share)?;
    let words = reason(app, words)?;
    atomic!(app.db, tx => {
        let share = found(tx, scope, id).await?;
        seen(&share, version)?;
        app.tables.shares.suspend(&share.terms())?;
        moved(app, tx, &share, State::Suspended).await?;
        note(tx, app, scope, id, ("suspended", &words)).await
    })
}

/// Ends a share for good. What proves it is kept, and everything that left is named to the recipient as to be deleted.
///
/// # Errors
/// It has ended; a reason is missing; it changed meanwhile, or is another county's.
pub async fn end(app: &App, scope: &Scope, id: Id, version: i64, words: &str) -> Result<()> {
    scope.permit(Deed::Change, Subject::Share)?;
    let words = reason(app, words)?;
    atomic!(app.db, tx => {
        let share = found(tx, scope, id).await?;
        seen(&share, version)?;
        app.tables.shares.still_stands(&share.terms())?;
        moved(app, tx, &share, State::Ended).await?;
        feed::queue(app, tx, id).await?;
        note(tx, app, scope, id, ("ended", &words)).await
    })
}

/// Suspends an open share where its assessment has run out or does not cover what it gives; whether it did.
pub(super) async fn close_if_due(app: &App, tx: &mut Tx, share: &Share) -> Result<bool> {
    let Some(code) = app.tables.shares.closes(&share.terms(), china_date(app.now())) else {
        return Ok(false);
    };
    moved(app, tx, share, State::Suspended).await?;
    note(tx, app, &Scope::system(), share.id, ("suspended", &code)).await?;
    Ok(true)
}

/// The same for one share, in a transaction of its own.
pub(super) async fn close_one(app: &App, id: Id) -> Result<bool> {
    atomic!(app.db, tx => {
        match found(tx, &Scope::system(), id).await {
            Ok(share) => close_if_due(app, tx, &share).await,
            Err(Error::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    })
}

/// Suspends every open share whose assessment has run out. Safe to run at any time and by several instances; returns how many
/// were. Whoever reads one before is refused all the same.
///
/// # Errors
/// The database is gone.
pub async fn close_due(app: &App) -> Result<usize> {
    let sql =
        "SELECT id FROM share WHERE state = 'open' AND review_due_on < $1 ORDER BY review_due_on LIMIT $2";
    let due: Vec<(Id,)> = app.db.all(sql, p![china_date(app.now()), BATCH]).await?;
    let mut closed = 0;
    for (id,) in due {
        match close_one(app, id).await {
            Ok(one) => closed += usize::from(one),
            // Somebody acted in the same moment: the next turn looks again.
            Err(Error::Changed { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(closed)
}
