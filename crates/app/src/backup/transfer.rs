//! Moves an installation from one database to another, straight, without a file between.

use super::{Step, Told, fill, known, steps};
use crate::{
    closed::{self, Why},
    db::{self, Snapshot},
    error::{Error, Result},
    seal::Keys,
};
use jiff::Timestamp;

/// Moves everything into an empty database; afterwards nobody works with the old one any more. Nobody can write to it
/// meanwhile. Returns how many rows were moved.
///
/// # Errors
/// Another program has the old database open; the new one is not empty; what arrived is not what was sent. The new one
/// then stays closed, and the old one is as it was.
pub async fn transfer<'a>(
    from: &str,
    (to, address): (impl Into<fill::Target<'a>>, &str),
    keys: Option<&Keys>,
    told: Told<'_>,
) -> Result<u64> {
    let mut old = Snapshot::alone(from).await.map_err(|error| match error {
        db::Error::InUse(who) => Error::broken(format!(
            "another program works with the old database ({who}): stop every `xinqiao serve` (systemctl stop xinqiao) and \
             whatever else is connected, then move again"
        )),
        error => error.into(),
    })?;
    let target: fill::Target<'_> = to.into();
    let to = target.db;
    let steps: Vec<Step> = steps(&mut old).await?;
    known(&steps)?;
    refuse_closed(&mut old).await?;
    let shown = db::hide_password(from);
    let tables =
        fill::begin(target, steps.last().map_or(0, |step| step.number), &format!("the move from {shown}"))
            .await?;
    old.hold(&tables).await?;
    let mut filler = fill::Filler::new(to, told);
    for table in &tables {
        filler.table(table.clone());
        let mut pages = old.read(table);
        while let Some(rows) = pages.next().await? {
            filler.rows(&rows).await?;
        }
    }
    let sent = filler.end();
    let rows = sent.iter().map(|table| table.rows).sum();
    fill::finish(to, &sent, (&tables, keys), (true, told)).await?;
    // Closed before the new one opens: at no time do both take what people write.
    let note = closed::closing(Why::Moved, &db::hide_password(address), Timestamp::now(), old.is_postgres());
    old.end_with(&note).await?;
    closed::reopen(to).await?;
    Ok(rows)
}

async fn refuse_closed(old: &mut Snapshot) -> Result<()> {
    let count = crate::migrate::counting(old.is_postgres());
    let found: Vec<(i64,)> = old.all(count, crate::p!["closed"]).await?;
    match found.first() {
        Some((0,)) | None => Ok(()),
        Some(_) => Err(Error::broken("the old database is closed: it is half restored, or was moved before")),
    }
}
