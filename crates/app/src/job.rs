//! Work that is put off: queued in the transaction that asks for it, done in portions by the background clock.
//!
//! A job is claimed for some minutes; whoever dies in the middle leaves it to the next turn, and whoever lost the claim
//! meanwhile notes nothing at the job any more. Every step of a job is a
//! transaction of its own that a second try finds done, so that a job cut off between two steps becomes whole and
//! nothing happens twice.

use crate::{App, db::Tx, error::Result, id::Id, p, referral, reminder, seal, share};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};

/// How long a claim holds.
const LEASE: SignedDuration = SignedDuration::from_mins(5);
/// A claim that ends later than this was taken before the machine's clock was put back, and binds nobody. Clocks of two
/// machines differ by less.
const LONGEST_LEASE: SignedDuration = SignedDuration::from_mins(10);
/// Steps of one portion, so that a turn stays short.
const PORTION: i64 = 50;
/// A job that failed is tried again after a minute, then after twice as long each time, up to this.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);

/// What one portion did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turned {
    /// Kind of the job that seals values anew.
    pub kind: String,
    /// Steps that changed something.
    pub done: usize,
    /// Nothing of the job is left.
    pub finished: bool,
}

struct Job {
    id: Id,
    kind: String,
    arguments: Json,
    tries: i64,
    /// The end of the claim, by which it is known again.
    locked_until: Timestamp,
}
crate::row!(Job { id, kind, arguments, tries, locked_until });

/// Queues a job in the transaction that asks for it, to be begun at once.
pub(crate) async fn queue(tx: &mut Tx, id: Id, kind: &str, arguments: Json, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO job (id, kind, arguments, run_at, tries) VALUES ($1, $2, $3, $4, 0)";
    tx.run(sql, p![id, kind, arguments, now]).await?;
    Ok(())
}

/// The same for the whole installation, for which a setting gets a new value: whoever changes it queues. False where another instance
/// did in the same moment.
pub(crate) async fn queue_once(
    tx: &mut Tx,
    (setting, value): (&str, Json),
    (kind, arguments): (&str, Json),
    now: Timestamp,
) -> Result<bool> {
    let sql = "INSERT INTO setting (name, value, changed_at) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at
        WHERE setting.value <> excluded.value";
    if tx.run(sql, p![setting, value, now]).await? == 0 {
        return Ok(false);
    }
    queue(tx, Id::in_division(0, now), kind, arguments, now).await?;
    Ok(true)
}

/// One portion of the job that has waited longest; none where nothing is due. Safe for several instances at once.
///
/// # Errors
/// The portion failed; it is noted at the job, which is tried again later.
pub async fn turn(app: &App) -> Result<Option<Turned>> {
    turn_of(app, PORTION).await
}

/// The same with so many steps at most.
///
/// # Errors
/// As [`turn`].
pub async fn turn_of(app: &App, steps: i64) -> Result<Option<Turned>> {
    let Some(job) = claim(app).await? else { return Ok(None) };
    match portion(app, &job, steps).await {
        Ok(turned) => Ok(Some(turned)),
        Err(error) => {
            let doublings = u32::try_from(job.tries.clamp(1, 7)).unwrap_or(1) - 1;
            let wait = SignedDuration::from_mins(1_i64 << doublings).min(LONGEST_WAIT);
            let sql = "UPDATE job SET failure = $1, run_at = $2, locked_until = NULL
                WHERE id = $3 AND locked_until = $4";
            app.db.run(sql, p![error.to_string(), app.now() + wait, job.id, job.locked_until]).await?;
            Err(error)
        }
    }
}

/// Takes the job for the length of the lease; another instance that looks at the same moment finds it taken.
async fn claim(app: &App) -> Result<Option<Job>> {
    let now = app.now();
    let sql = "UPDATE job SET locked_until = $1, tries = tries + 1
        WHERE done_at IS NULL AND (locked_until IS NULL OR locked_until <= $2 OR locked_until > $3) AND id = (
            SELECT id FROM job WHERE done_at IS NULL AND (run_at <= $2 OR run_at > $4)
            AND (locked_until IS NULL OR locked_until <= $2 OR locked_until > $3) ORDER BY run_at, id LIMIT 1)
        RETURNING id, kind, arguments, tries, locked_until";
    // Jobs are queued for at once, or for their next try.
    let args = || p![now + LEASE, now, now + LONGEST_LEASE, now + LONGEST_WAIT + LONGEST_LEASE];
    crate::atomic!(app.db, tx => { Ok(tx.opt::<Job>(sql, args()).await?) })
}

async fn portion(app: &App, job: &Job, steps: i64) -> Result<Turned> {
    let id_in = |key: &str| {
        let text = job.arguments.get(key).and_then(Json::as_str);
        text.and_then(|text| text.parse::<Id>().ok())
    };
    let (done, last) = match (job.kind.as_str(), id_in("institution")) {
        ("reroute_offers", Some(institution)) => {
            let from = id_in("after");
            let (done, last) = referral::reroute(app, institution, job.id, from, steps).await?;
            (done, last.map(|last| json!({ "institution": institution, "after": last })))
        }
        (referral::ASKING, None) => {
            let (told, last) = referral::ask_portion(app, id_in("after"), steps).await?;
            (told, last.map(|last| json!({ "after": last })))
        }
        (reminder::JOB, None) => {
            let on = job.arguments.get("on").and_then(Json::as_str).and_then(|on| on.parse().ok());
            let on = on.ok_or_else(|| crate::Error::broken("the job names no day"))?;
            let (told, last) = reminder::portion(app, on, id_in("after"), steps).await?;
            (told, last.map(|last| json!({ "on": on, "after": last })))
        }
        (share::FILLING, None) => {
            let of = id_in("share").ok_or_else(|| crate::Error::broken("the job names no share"))?;
            let (done, last) = share::fill_portion(app, of, id_in("after"), steps).await?;
            (done, last.map(|last| json!({ "share": of, "after": last })))
        }
        (seal::JOB, None) => seal::portion(app, &job.arguments).await?,
        _ => return Err(crate::Error::broken(format!("nobody knows the job {}", job.kind))),
    };
    finish(app, job, last.as_ref(), app.now()).await?;
    Ok(Turned { kind: job.kind.clone(), done, finished: last.is_none() })
}

/// Notes how far the job has come, or that it is done.
async fn finish(app: &App, job: &Job, rest: Option<&Json>, now: Timestamp) -> Result<()> {
    match rest {
        Some(arguments) => {
            let sql = "UPDATE job SET arguments = $1, run_at = $2, tries = 0, locked_until = NULL,
                failure = NULL WHERE id = $3 AND locked_until = $4";
            app.db.run(sql, p![arguments.clone(), now, job.id, job.locked_until]).await?;
        }
        None => {
            let sql = "UPDATE job SET done_at = $1, locked_until = NULL, failure = NULL
                WHERE id = $2 AND locked_until = $3";
            app.db.run(sql, p![now, job.id, job.locked_until]).await?;
        }
    }
    Ok(())
}
