//! The stream of a share: each case stands in it once, under the number of its last change. So the stream never grows beyond
//! the cases, keeps no earlier states, and what was withdrawn is a bare reference.

use super::kinds_of;
use crate::{
    App, atomic,
    db::{Parsed, Tx},
    error::Result,
    id::Id,
    p, row,
};
use jiff::civil::Date;
use rules::{
    clock::china_date,
    referral::{Case, Purpose},
    share::{Basis, Kind, Released, State},
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// The job that places every case of the county into a share's stream, or takes everything out of it once it has ended.
pub(crate) const JOB: &str = "fill_share";

/// A share as far as its stream needs it.
pub(super) struct Stream {
    pub id: Id,
    pub county: i64,
    pub basis: String,
    pub kinds: Json,
    pub state: String,
    /// The last number that the recipient acknowledged.
    pub receipt: i64,
}
row!(Stream { id, county, basis, kinds, state, receipt });

impl Stream {
    pub(super) fn is_open(&self) -> bool {
        self.state == State::Open.code()
    }

    /// The basis and the kinds; nothing where the data file has no such basis any more.
    pub(super) fn terms<'a>(&self, app: &'a App) -> Option<(&'a Basis, Vec<Kind>)> {
        app.tables.shares.basis(&self.basis).map(|basis| (basis, kinds_of(&self.kinds)))
    }

    /// What may leave of a case now, with the last day of the consent on which it rests.
    pub(super) fn released(&self, app: &App, case: &Case) -> Option<(Released, Option<Date>)> {
        let (basis, kinds) = self.terms(app).filter(|_| self.state != State::Ended.code())?;
        let today = china_date(app.now());
        let released = app.tables.shares.released(case, self.county, (basis, &kinds), today)?;
        Some((released, basis.purpose.and_then(|purpose| last_day(case, purpose, today))))
    }
}

/// The last day on which a consent to the purpose holds; nothing where it holds without end.
fn last_day(case: &Case, purpose: Purpose, today: Date) -> Option<Date> {
    let valid = || case.consents.iter().filter(|given| given.purpose == purpose && given.is_valid(today));
    if valid().any(|given| given.until.is_none()) {
        None
    } else {
        valid().filter_map(|given| given.until).max()
    }
}

struct Standing {
    reference: Id,
    number: i64,
    withdrawn: bool,
    content: Json,
    consent_until: Option<Date>,
    given_number: i64,
}
row!(Standing { reference, number, withdrawn, content, consent_until, given_number });

const STREAM: &str = "SELECT id, county, basis, kinds, state, receipt_number FROM share WHERE";

/// A case was saved: its place in the streams of its county's shares follows in the same transaction.
pub(crate) async fn follow(app: &App, tx: &mut Tx, case: &Case) -> Result<()> {
    let sql = format!(
        "{STREAM} county = $1 AND opened_at IS NOT NULL AND state IN ('open', 'suspended') ORDER BY id"
    );
    let streams: Vec<Stream> = tx.all(&sql, p![case.filing.county]).await?;
    for stream in streams {
        place(app, tx, &stream, case, false).await?;
    }
    Ok(())
}

/// Places one case into a stream, or takes it out; `anew` gives even what has not changed once more.
async fn place(app: &App, tx: &mut Tx, stream: &Stream, case: &Case, anew: bool) -> Result<()> {
    let id = Id(case.id);
    let released = stream.released(app, case);
    let sql = "SELECT reference, number, withdrawn, content, consent_until, given_number FROM share_subject
        WHERE home = $1 AND share_id = $2 AND referral_id = $3";
    let standing: Option<Standing> = tx.opt(sql, p![id.home_number(), stream.id, id]).await?;
    match (standing, released) {
        (None, None) => Ok(()),
        (Some(standing), None) if standing.withdrawn => Ok(()),
        (Some(standing), None) => withdraw(tx, stream.id, id, standing.given_number).await,
        // Nothing new leaves while it is suspended; all is placed anew when it is opened again.
        (_, Some(_)) if !stream.is_open() => Ok(()),
        (None, Some((released, until))) => {
            let number = next(tx, stream.id).await?;
            let sql = "INSERT INTO share_subject (home, share_id, referral_id, reference, number, withdrawn, content,
                consent_until, given_number) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)";
            let content = serde_json::to_value(&released)?;
            let args = p![id.home_number(), stream.id, id, Uuid::new_v4(), number, false, content, until];
            tx.run(sql, args).await?;
            Ok(())
        }
        (Some(standing), Some((released, until))) => {
            let content = serde_json::to_value(&released)?;
            let changed = anew || standing.withdrawn || standing.content != content;
            if !changed && standing.consent_until == until {
                return Ok(());
            }
            // Who comes back after the recipient acknowledged the deletion is somebody new to it. Before that it may still
            // hold the old reference, which nothing else would ever name to it as to be deleted.
            let deleted = standing.withdrawn && standing.number <= stream.receipt;
            let reference = if deleted { Id(Uuid::new_v4()) } else { standing.reference };
            let mut args = p![reference, false, content, until, id.home_number(), stream.id, id];
            let mut sql =
                "UPDATE share_subject SET reference = $1, withdrawn = $2, content = $3, consent_until = $4"
                    .to_owned();
            if changed {
                args.push(next(tx, stream.id).await?.into());
                sql.push_str(", number = $8");
            }
            tx.run(&format!("{sql} WHERE home = $5 AND share_id = $6 AND referral_id = $7"), args).await?;
            Ok(())
        }
    }
}

/// Takes a case out of a stream: what never left leaves no trace, what did is a bare reference from now on.
pub(super) async fn withdraw(tx: &mut Tx, share: Id, case: Id, given_number: i64) -> Result<()> {
    let keys = p![case.home_number(), share, case];
    if given_number == 0 {
        let sql = "DELETE FROM share_subject WHERE home = $1 AND share_id = $2 AND referral_id = $3";
        tx.run(sql, keys).await?;
        return Ok(());
    }
    let number = next(tx, share).await?;
    let sql = "UPDATE share_subject SET withdrawn = $4, content = $5, consent_until = NULL, number = $6
        WHERE home = $1 AND share_id = $2 AND referral_id = $3";
    tx.run(sql, [keys, p![true, json!({}), number]].concat()).await?;
    Ok(())
}

/// The next number of a stream. Whoever takes it holds the share until the end of the transaction, so that numbers become
/// visible in their order.
async fn next(tx: &mut Tx, share: Id) -> Result<i64> {
    let sql = "UPDATE share SET last_number = last_number + 1 WHERE id = $1 RETURNING last_number";
    let found: Option<(i64,)> = tx.opt(sql, p![share]).await?;
    found.map(|(number,)| number).ok_or(crate::Error::NotFound)
}

/// Queues the job for a share.
pub(super) async fn queue(app: &App, tx: &mut Tx, share: Id) -> Result<()> {
    crate::job::queue(tx, share.beside(app.now()), JOB, json!({ "share": share }), app.now()).await
}

/// A portion of that job: the cases of the county after one, in the order of their identifiers. Returns how many were looked
/// at, and the last one where there may be more.
///
/// # Errors
/// The database is gone; what was done stays done.
pub(crate) async fn portion(
    app: &App,
    share: Id,
    from: Option<Id>,
    limit: i64,
) -> Result<(usize, Option<Id>)> {
    let sql = format!("{STREAM} id = $1");
    let Some(stream) = app.db.opt::<Stream>(&sql, p![share]).await? else { return Ok((0, None)) };
    let from = from.unwrap_or(Id(Uuid::nil()));
    let ids: Vec<(Id,)> = if stream.state == State::Ended.code() {
        let sql = "SELECT referral_id FROM share_subject WHERE share_id = $1 AND number > 0 AND NOT withdrawn
            AND referral_id > $2 ORDER BY referral_id LIMIT $3";
        app.db.all(sql, p![share, from, limit]).await?
    } else {
        let sql = "SELECT id FROM referral WHERE county = $1 AND registration IS NOT NULL AND id > $2 ORDER BY id LIMIT $3";
        app.db.all(sql, p![stream.county, from, limit]).await?
    };
    let full = i64::try_from(ids.len()).unwrap_or(0) == limit;
    let last = ids.last().map(|(id,)| *id).filter(|_| full);
    for (id,) in &ids {
        fill(app, share, *id).await?;
    }
    Ok((ids.len(), last))
}

async fn fill(app: &App, share: Id, id: Id) -> Result<()> {
    atomic!(app.db, tx => {
        let stream: Option<Stream> = tx.opt(&format!("{STREAM} id = $1"), p![share]).await?;
        let sql = "SELECT body FROM referral WHERE home = $1 AND id = $2";
        let case: Option<(Parsed<Case>,)> = tx.opt(sql, p![id.home_number(), id]).await?;
        if let (Some(stream), Some((Parsed(case),))) = (stream, case) {
            place(app, tx, &stream, &case, true).await?;
        }
        Ok(())
    })
}
