//! Asking people again: before a consent runs out, on coming of age, and for everybody when a text has a new version.

use super::{Order, perform_in};
use crate::{
    App, atomic,
    error::{Error, Result},
    id::Id,
    p,
    scope::Scope,
};
use rules::referral::{Command, CommandName, transition};
use serde_json::{Value as Json, json};

/// Cases looked at in one turn.
const BATCH: i64 = 500;
/// The job that asks everybody after a text has a new version.
pub(crate) const JOB: &str = "ask_for_new_texts";
/// The setting that says for which edition of the texts everybody was asked.
const ASKED: &str = "consent_edition";

/// Everybody who is to be asked from today on; how many were told.
pub(super) async fn ask_due(app: &App) -> Result<usize> {
    let today = rules::clock::china_date(app.now());
    let sql = "SELECT id FROM referral WHERE ask_on <= $1 ORDER BY ask_on LIMIT $2";
    let mut told = 0;
    for (id,) in app.db.all::<(Id,)>(sql, p![today, BATCH]).await? {
        told += usize::from(ask(app, id).await?);
    }
    queue_new_texts(app, today).await?;
    Ok(told)
}

/// True where somebody was told to ask. A case that is over is not looked at again.
async fn ask(app: &App, id: Id) -> Result<bool> {
    let (system, order) = (Scope::system(), Order::plain(Command::AskAgain));
    let told: Result<bool> = atomic!(app.db, tx => {
        match perform_in(app, tx, &system, Some(id), &order).await {
            Ok(_) => Ok(true),
            Err(Error::Refused(_)) => {
                let sql = "UPDATE referral SET ask_on = NULL WHERE home = $1 AND id = $2";
                tx.run(sql, p![id.home_number(), id]).await?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    });
    match told {
        // Somebody acted in the same moment: the next turn looks again.
        Err(Error::Changed { .. } | Error::NotFound) => Ok(false),
        other => other,
    }
}

/// Queues the job that asks everybody, once for each edition of the texts. What was agreed to before there were versions is
/// the first, so that an installation without the setting has asked for the first edition.
async fn queue_new_texts(app: &App, today: jiff::civil::Date) -> Result<()> {
    let texts = &app.tables.consent;
    let edition = i64::from(texts.edition(today));
    let first = i64::try_from(rules::referral::Purpose::ALL.len()).unwrap_or(0);
    let found: Option<(Json,)> = app.db.opt("SELECT value FROM setting WHERE name = $1", p![ASKED]).await?;
    let asked = found.and_then(|(value,)| value.as_i64()).unwrap_or(first);
    if edition <= asked {
        return Ok(());
    }
    let now = app.now();
    atomic!(app.db, tx => {
        crate::job::queue_once(tx, (ASKED, Json::from(edition)), (JOB, json!({})), now).await?;
        Ok(())
    })
}

/// A portion of that job: the open cases after one, in the order of their keys. Returns how many were told of, and the last
/// one looked at where there may be more.
///
/// # Errors
/// The database is gone; what was done stays done.
pub(crate) async fn portion(app: &App, from: Option<Id>, limit: i64) -> Result<(usize, Option<Id>)> {
    let row = transition(CommandName::AskAgain);
    let states = super::row::listed(row.map(|row| row.from).unwrap_or_default());
    let from = from.unwrap_or(Id(uuid::Uuid::nil()));
    let sql = format!(
        "SELECT id, state FROM referral WHERE (home, id) > ($1, $2) AND state IN ({states}) ORDER BY home, id LIMIT $3"
    );
    let home = if from.0.is_nil() { -1 } else { from.home_number() };
    let found: Vec<(Id, String)> = app.db.all(&sql, p![home, from, limit]).await?;
    let full = i64::try_from(found.len()).unwrap_or(0) == limit;
    let last = found.last().map(|(id, _)| *id).filter(|_| full);
    let mut told = 0;
    for (id, _) in found {
        told += usize::from(ask(app, id).await?);
    }
    Ok((told, last))
}
