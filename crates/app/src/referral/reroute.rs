//! What the end of an institution's listing means for its cases: open offers go to the next institution, and whoever it
//! serves is to be referred on.

use super::{Order, perform_anew};
use crate::{
    App,
    error::{Error, Result},
    id::Id,
    p,
    scope::Scope,
};
use rules::referral::{Command, CommandName, transition};

/// Takes `limit` cases of the institution at most, from after the one that the portion before ended with. `notice` is
/// the end of the listing: each case takes it in once, however often it is told. Returns how many cases took it in, and
/// the last one looked at where there may be more.
///
/// # Errors
/// The database is gone; what was done stays done.
pub(crate) async fn reroute(
    app: &App,
    institution: Id,
    notice: Id,
    from: Option<Id>,
    limit: i64,
) -> Result<(usize, Option<Id>)> {
    let from = from.unwrap_or(Id(uuid::Uuid::nil()));
    let sql = format!(
        "SELECT id FROM referral WHERE institution_id = $1 AND state IN ({}) AND id > $2 ORDER BY id LIMIT $3",
        states()
    );
    let found: Vec<(Id,)> = app.db.all(&sql, p![institution, from, limit]).await?;
    let full = i64::try_from(found.len()).unwrap_or(0) == limit;
    let last = found.last().map(|(id,)| *id).filter(|_| full);
    let mut done = 0;
    for (id,) in found {
        done += usize::from(tell(app, id, institution, notice).await?);
    }
    Ok((done, last))
}

/// The states in which the end of a listing concerns a case, for the statement.
fn states() -> String {
    let row = transition(CommandName::InstitutionUnlisted);
    super::row::listed(row.map(|row| row.from).unwrap_or_default())
}

/// True where the case took the notice in; false where it had done so before, or is no longer the institution's.
async fn tell(app: &App, id: Id, institution: Id, notice: Id) -> Result<bool> {
    let command = Command::InstitutionUnlisted { institution: institution.0, notice: notice.0 };
    let (system, order) = (Scope::system(), Order::plain(command));
    match perform_anew(app, &system, &system.actor(), Some(id), &order, None).await {
        Ok(_) => Ok(true),
        Err(Error::Refused(_) | Error::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}
