//! Deleting entries after their time (Cybersecurity Law art. 21 (3): six months at least; `data/audit.toml`). The chains are
//! cut where a checkpoint named their ends, and a signed statement keeps number and hash of the last entry of each: from
//! there on everything is verified as before.

use super::{
    CHAIN, Entry, Purpose,
    checkpoint::{self, Checkpoint, Point, points_of},
    record_in, sign, whole_microseconds,
};
use crate::{
    App, atomic,
    db::{Db, Value, chain},
    error::{Error, Result},
    p, row,
    scope::Scope,
    seal::Keys,
};
use jiff::{SignedDuration, Timestamp};
use rules::Refusal;
use serde_json::json;
use std::collections::BTreeMap;

/// Begins what is signed.
const LABEL: &str = "xinqiao audit cut 1";
/// Entries deleted in one transaction, so that nobody waits long for the writer.
const PORTION: i64 = 5_000;

/// Which entries were deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) number: i64,
    pub(super) at: Timestamp,
    pub(super) before: Timestamp,
    pub(super) checkpoint: i64,
    starts: String,
    signature: Vec<u8>,
    pub(super) public_key: Vec<u8>,
}
row!(Cut { number, at, before, checkpoint, starts, signature, public_key });

impl Cut {
    fn statement(&self) -> Vec<u8> {
        let values: Vec<Value> = p![
            self.number,
            self.at,
            self.before,
            self.checkpoint,
            self.starts.as_str(),
            self.public_key.as_slice()
        ];
        chain::canonical(LABEL, &values)
    }

    fn signed(mut self, keys: &Keys) -> Cut {
        self.public_key = sign::public_key(keys);
        self.signature = sign::sign(keys, &self.statement());
        self
    }

    /// Whether the signature fits what it stands under, and the key beside it.
    pub(super) fn is_signed(&self) -> bool {
        sign::fits(&self.public_key, &self.statement(), &self.signature)
    }

    /// The last entry deleted of each chain; none where the text is no such list.
    pub(super) fn points(&self) -> Option<Vec<Point>> {
        points_of(&self.starts)
    }
}

/// The cut that holds.
pub(super) async fn latest(db: &Db) -> Result<Option<Cut>> {
    let sql = "SELECT number, at, before_at, checkpoint, starts, signature, public_key FROM audit_cut
        ORDER BY number DESC LIMIT 1";
    Ok(db.opt(sql, p![]).await?)
}

/// What is or would be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Pruned {
    /// Entries.
    pub entries: u64,
    /// Chains.
    pub homes: u64,
    /// The checkpoint up to which; nothing where none is old enough.
    pub checkpoint: Option<i64>,
    /// When it was made: what was written until then is deleted.
    pub until: Option<Timestamp>,
}

/// The instant before which entries may be deleted today.
#[must_use]
pub fn expired(app: &App) -> Timestamp {
    let days = i64::from(app.tables.keeping.retention_days);
    app.now() - SignedDuration::from_hours(24 * days)
}

/// Deletes the entries before an instant, up to the last checkpoint before it; or, `dry`, says what would be deleted. The
/// log is verified first: what was altered is evidence and is kept.
///
/// # Errors
/// The instant is within the time for which the log is kept; the log does not verify.
pub async fn prune(app: &App, before: Timestamp, dry: bool) -> Result<Pruned> {
    let expired = expired(app);
    if before > expired {
        let day = rules::clock::china_date(expired);
        return Err(Error::Refused(Refusal::new("audit", "log_still_kept").with("day", day)));
    }
    let report = super::verify(&app.db, Some(&app.keys), None).await?;
    if !report.findings.is_empty() {
        return Err(Error::Refused(Refusal::new("audit", "log_unsound")));
    }
    let last = latest(&app.db).await?;
    let from = starts(last.as_ref());
    let none = Pruned { entries: 0, homes: 0, checkpoint: None, until: None };
    let after = last.as_ref().map_or(0, |cut| cut.checkpoint);
    let found = made_before(app, before).await?.filter(|found| found.number > after);
    let Some(checkpoint) = found else {
        // A deletion that was cut off goes on.
        if let Some(points) = last.filter(|_| !dry).and_then(|cut| cut.points()) {
            delete(app, &points).await?;
        }
        return Ok(none);
    };
    let points = checkpoint.points().ok_or_else(|| Error::broken("a checkpoint names no ends"))?;
    let cut_of = |point: &Point| {
        let start = from.get(&point.home).map_or(0, |start| start.number);
        u64::try_from(point.number.saturating_sub(start)).unwrap_or(0)
    };
    let pruned = Pruned {
        entries: points.iter().map(cut_of).sum(),
        homes: u64::try_from(points.iter().filter(|point| cut_of(point) > 0).count()).unwrap_or(0),
        checkpoint: Some(checkpoint.number),
        until: Some(checkpoint.at),
    };
    if !dry && pruned.entries > 0 {
        state(app, last.map_or(1, |cut| cut.number.saturating_add(1)), before, &checkpoint, pruned).await?;
        delete(app, &points).await?;
    }
    Ok(pruned)
}

/// The chains' starts by home.
pub(super) fn starts(cut: Option<&Cut>) -> BTreeMap<i64, Point> {
    let points = cut.and_then(Cut::points).unwrap_or_default();
    points.into_iter().map(|point| (point.home, point)).collect()
}

/// The last checkpoint made before an instant. They are numbered without gaps in the order of time, so that few of the
/// many are looked at.
async fn made_before(app: &App, before: Timestamp) -> Result<Option<Checkpoint>> {
    let mut found = None;
    let (mut low, mut high) = (1, checkpoint::latest(app).await?.map_or(0, |last| last.number));
    while low <= high {
        let middle = low + (high - low) / 2;
        match checkpoint::of_number(app, middle).await? {
            Some(checkpoint) if checkpoint.at < before => {
                low = middle + 1;
                found = Some(checkpoint);
            }
            _ => high = middle - 1,
        }
    }
    Ok(found)
}

/// Writes the signed statement, with an entry in the log that stays; only then is anything deleted.
async fn state(
    app: &App,
    number: i64,
    before: Timestamp,
    checkpoint: &Checkpoint,
    pruned: Pruned,
) -> Result<()> {
    let at = whole_microseconds(app.now());
    let unsigned = Cut {
        number,
        at,
        before: whole_microseconds(before),
        checkpoint: checkpoint.number,
        starts: checkpoint.heads.clone(),
        signature: Vec::new(),
        public_key: Vec::new(),
    };
    let cut = unsigned.signed(&app.keys);
    atomic!(app.db, tx => {
        let cut = cut.clone();
        let sql = "INSERT INTO audit_cut (number, at, before_at, checkpoint, starts, signature, public_key)
            VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let args =
            p![cut.number, cut.at, cut.before, cut.checkpoint, cut.starts, cut.signature, cut.public_key];
        tx.run(sql, args).await?;
        let detail = json!({ "rows": pruned.entries, "checkpoint": checkpoint.number });
        let entry = Entry { action: "prune", detail, ..Entry::listed(Purpose::Audit, "audit", 0) };
        record_in(tx, &Scope::system(), entry, app.now());
        Ok(())
    })
}

/// Deletes up to these entries, in portions; what is gone already is no matter.
async fn delete(app: &App, points: &[Point]) -> Result<()> {
    for point in points {
        let sql = "SELECT MIN(number) FROM audit WHERE home = $1";
        let first: Option<(Option<i64>,)> = app.db.opt(sql, p![point.home]).await?;
        let Some(mut low) = first.and_then(|(first,)| first) else { continue };
        while low <= point.number {
            let high = low.saturating_add(PORTION - 1).min(point.number);
            let sql =
                format!("DELETE FROM {} WHERE home = $1 AND number >= $2 AND number <= $3", CHAIN.table);
            app.db.run(&sql, p![point.home, low, high]).await?;
            low = high.saturating_add(1);
        }
    }
    Ok(())
}
