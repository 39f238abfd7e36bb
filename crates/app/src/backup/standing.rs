//! When the last good backup was taken and whose turn it is: one row of the settings, which several instances that share
//! a database change only as they found it.

use crate::{App, db::Db, error::Result, p};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The setting.
const SETTING: &str = "backup";
/// How long a turn is somebody's without a sign of life.
const LEASE: SignedDuration = SignedDuration::from_mins(15);
/// One that failed is tried again after this, or after the interval where that is shorter.
const AGAIN: SignedDuration = SignedDuration::from_mins(15);
/// What lies further ahead was noted before the machine's clock was put back, and says nothing. Clocks of two machines
/// differ by less.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// How it stands with the backups.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Seconds from one to the next; nothing where nobody takes any.
    pub every: i64,
    /// Somebody takes one, and gives a sign of life before this.
    pub claimed_until: Option<Timestamp>,
    /// The last one that was verified.
    pub last: Option<Good>,
    /// When one failed since, and why.
    pub failed: Option<(Timestamp, String)>,
}

/// A backup that was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Good {
    /// When it was taken.
    pub at: Timestamp,
    /// Its file.
    pub file: String,
    /// The file's length.
    pub bytes: u64,
    /// Rows in it.
    pub rows: u64,
    /// Seconds that it took with its verification.
    pub seconds: i64,
}

impl Standing {
    fn is_due(&self, every: SignedDuration, now: Timestamp) -> bool {
        let within = |at: Timestamp, time: SignedDuration| at <= now + SKEW && now.duration_since(at) < time;
        let taken = self.claimed_until.is_some_and(|until| until > now && until <= now + LEASE + SKEW);
        let fresh = self.last.as_ref().is_some_and(|last| within(last.at, every));
        let failed = self.failed.as_ref().is_some_and(|(at, _)| within(*at, every.min(AGAIN)));
        !(taken || fresh || failed)
    }

    /// The last good one is older than twice the interval, or there never was one.
    #[must_use]
    pub fn is_late(&self, now: Timestamp) -> bool {
        let twice = SignedDuration::from_secs(self.every.saturating_mul(2));
        self.every > 0
            && self
                .last
                .as_ref()
                .is_none_or(|last| last.at > now + SKEW || now.duration_since(last.at) > twice)
    }
}

/// How it stands; nothing where no backup was ever asked for.
///
/// # Errors
/// The database is gone.
pub async fn standing(app: &App) -> Result<Option<Standing>> {
    standing_in(&app.db).await
}

/// The same in a database whose schema may be an older one.
///
/// # Errors
/// The database is gone.
pub async fn standing_in(db: &Db) -> Result<Option<Standing>> {
    Ok(found(db).await?.map(|(standing, _)| standing))
}

/// The row with the instant of its last change. One that cannot be understood counts as none.
async fn found(db: &Db) -> Result<Option<(Standing, Timestamp)>> {
    let sql = "SELECT value, changed_at FROM setting WHERE name = $1";
    let found: Option<(Json, Timestamp)> = db.opt(sql, p![SETTING]).await?;
    Ok(found.map(|(value, at)| (serde_json::from_value(value).unwrap_or_default(), at)))
}

/// How it stands, with the instant of the last change: both empty before the first.
async fn as_it_is(app: &App) -> Result<(Standing, Option<Timestamp>)> {
    Ok(found(&app.db).await?.map_or_else(Default::default, |(standing, at)| (standing, Some(at))))
}

/// Stores it where nobody else changed it since; says whether it did.
async fn save(app: &App, standing: &Standing, before: Option<Timestamp>) -> Result<bool> {
    let value = serde_json::to_value(standing)?;
    let now = Timestamp::from_microsecond(Timestamp::now().as_microsecond()).unwrap_or_default();
    // Two changes within one microsecond must differ, too.
    let now = before.map_or(now, |before| now.max(before + SignedDuration::from_micros(1)));
    let changed = match before {
        Some(before) => {
            let sql = "UPDATE setting SET value = $1, changed_at = $2 WHERE name = $3 AND changed_at = $4";
            app.db.run(sql, p![value, now, SETTING, before]).await?
        }
        None => {
            let sql = "INSERT INTO setting (name, value, changed_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING";
            app.db.run(sql, p![SETTING, value, now]).await?
        }
    };
    Ok(changed == 1)
}

/// Notes how often backups are taken, so that their absence is told, too.
///
/// # Errors
/// The database is gone.
pub async fn begun(app: &App, every: SignedDuration) -> Result<()> {
    change(app, |standing| standing.every = every.as_secs()).await
}

/// Takes the turn where a backup is due and nobody else has it.
///
/// # Errors
/// The database is gone.
pub async fn claim(app: &App, every: SignedDuration) -> Result<bool> {
    let ((standing, before), now) = (as_it_is(app).await?, app.now());
    if !standing.is_due(every, now) {
        return Ok(false);
    }
    let claimed = Standing { every: every.as_secs(), claimed_until: Some(now + LEASE), ..standing };
    save(app, &claimed, before).await
}

/// Gives a sign of life while the turn lasts.
///
/// # Errors
/// The database is gone.
pub async fn renew(app: &App) -> Result<()> {
    let until = app.now() + LEASE;
    change(app, |standing| standing.claimed_until = Some(until)).await
}

/// Ends the turn with a backup that was verified.
///
/// # Errors
/// The database is gone.
pub async fn succeeded(app: &App, good: Good) -> Result<()> {
    change(app, |standing| {
        *standing = Standing { every: standing.every, last: Some(good.clone()), ..Standing::default() };
    })
    .await
}

/// Ends the turn without one.
///
/// # Errors
/// The database is gone.
pub async fn failed(app: &App, why: &str) -> Result<()> {
    let now = app.now();
    change(app, |standing| {
        standing.failed = Some((now, why.to_owned()));
        standing.claimed_until = None;
    })
    .await
}

async fn change(app: &App, alter: impl Fn(&mut Standing)) -> Result<()> {
    loop {
        let (mut standing, before) = as_it_is(app).await?;
        alter(&mut standing);
        if save(app, &standing, before).await? {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_one_is_due_and_when_it_is_late() {
        let hour = SignedDuration::from_hours(1);
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let good = |hours: i64| Good {
            at: now - SignedDuration::from_hours(hours),
            file: String::new(),
            bytes: 0,
            rows: 0,
            seconds: 0,
        };
        let minutes = |minutes: i64| now - SignedDuration::from_mins(minutes);
        for (why, last, failed, claimed, due, late) in [
            ("never taken", None, None, None, true, true),
            ("fresh", Some(0), None, None, false, false),
            ("an hour old", Some(1), None, None, true, false),
            ("older than two", Some(3), None, None, true, true),
            ("somebody takes it", Some(3), None, Some(minutes(-1)), false, true),
            ("who took it is dead", Some(3), None, Some(minutes(1)), true, true),
            ("failed just now", Some(3), Some(minutes(5)), None, false, true),
            ("failed a while ago", Some(3), Some(minutes(15)), None, true, true),
            ("the clock was put back two hours since", Some(-2), None, None, true, true),
            ("failed before the clock was put back", Some(3), Some(minutes(-60)), None, true, true),
            ("claimed before the clock was put back", Some(3), None, Some(minutes(-75)), true, true),
            ("the other machine's clock is a little ahead", Some(3), None, Some(minutes(-18)), false, true),
        ] {
            let failed = failed.map(|at| (at, String::new()));
            let standing = Standing { every: 3_600, claimed_until: claimed, last: last.map(good), failed };
            assert_eq!(standing.is_due(hour, now), due, "{why}");
            assert_eq!(standing.is_late(now), late, "{why}");
        }
        assert!(!Standing::default().is_late(now), "nobody takes any");
    }
}
