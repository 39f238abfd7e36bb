//! Recomputes the chains and compares them with their ends and with the checkpoints; changes nothing.

mod chains;
mod points;

use super::{Checkpoint, checkpoint::Point, cut, sign};
use crate::{db::Db, error::Result, id::Id, p, seal::Keys};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// An entry is not what its hash was made over, or follows another one.
    Altered,
    /// Entries are missing.
    Removed,
    /// An entry stands at another one's place.
    Reordered,
    /// The end of a chain is not its last entry.
    HeadAltered,
    /// A chain has no end.
    HeadRemoved,
    /// A checkpoint is not what was signed.
    CheckpointAltered,
    /// Checkpoints are missing.
    CheckpointRemoved,
    /// A checkpoint is signed with another key than this installation's.
    CheckpointSigner,
    /// A checkpoint names an entry that is missing or another one now: the chain was rewritten or cut off.
    Rewritten,
    /// The statement of what was deleted after its time is not what was signed.
    CutAltered,
    /// That statement is signed with another key than this installation's.
    CutSigner,
}

/// One thing that is wrong: the first of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What.
    pub fault: Fault,
    /// In which home; none where it concerns checkpoints themselves.
    pub home: Option<i64>,
    /// Number of the entry, of the first missing one, or of the checkpoint.
    pub number: i64,
    /// Number of the last missing one.
    pub until: Option<i64>,
    /// The entry, as far as it can be read; where entries are missing, the one after the gap.
    pub id: Option<Id>,
    /// When it was written, or the checkpoint made.
    pub at: Option<Timestamp>,
}

impl Finding {
    fn new(fault: Fault, home: Option<i64>, number: i64) -> Finding {
        Finding { fault, home, number, until: None, id: None, at: None }
    }
}

/// Which key the checkpoints were compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Signer {
    /// That of the key file.
    KeyFile,
    /// That of the checkpoint kept elsewhere.
    Kept,
    /// That of the first checkpoint in the database: whoever can write there can have put it there.
    Unknown,
}

/// Where the log starts after entries were deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Start {
    /// When they were deleted.
    pub at: Timestamp,
    /// Entries of this instant and later were kept.
    pub before: Timestamp,
    /// The checkpoint up to which was deleted.
    pub checkpoint: i64,
    /// How many entries were deleted up to then, over all times.
    pub entries: u64,
}

/// What was looked at and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Chains.
    pub homes: u64,
    /// Entries recomputed.
    pub entries: u64,
    /// Checkpoints in the database.
    pub checkpoints: u64,
    /// Which key their signatures were compared with.
    pub signer: Signer,
    /// Where the log starts, once entries were deleted after their time; a signed statement stands for them.
    pub start: Option<Start>,
    /// What is wrong; nothing where all is well.
    pub findings: Vec<Finding>,
}

/// Verifies every chain and checkpoint, with the key file and a checkpoint kept elsewhere where they are at hand.
///
/// # Errors
/// The database is gone.
pub async fn verify(db: &Db, keys: Option<&Keys>, kept: Option<&Checkpoint>) -> Result<Report> {
    let (signer, key) = match (keys, kept) {
        (Some(keys), _) => (Signer::KeyFile, Some(sign::public_key(keys))),
        (None, Some(kept)) => (Signer::Kept, Some(kept.public_key.clone())),
        (None, None) => (Signer::Unknown, None),
    };
    let signed = points::checkpoints(db, key, kept).await?;
    let cut = cut::latest(db).await?;
    let starts = Arc::new(cut::starts(cut.as_ref()));
    let mut report = Report {
        homes: 0,
        entries: 0,
        checkpoints: signed.count,
        signer,
        start: cut.as_ref().map(|cut| start(cut, &starts)),
        findings: signed.findings,
    };
    report.findings.extend(cut.as_ref().and_then(|cut| faulty(cut, signed.key.as_deref())));
    for chain in every(db, &starts).await? {
        report.homes += 1;
        report.entries += chain.entries;
        report.findings.extend(chain.finding);
    }
    let broken: Vec<i64> = report.findings.iter().filter_map(|finding| finding.home).collect();
    let rewritten = points::rewritten(db, kept, &broken, &starts).await?;
    report.findings.extend(rewritten);
    Ok(report)
}

fn start(cut: &cut::Cut, starts: &Starts) -> Start {
    let entries = starts.values().map(|point| u64::try_from(point.number).unwrap_or(0)).sum();
    Start { at: cut.at, before: cut.before, checkpoint: cut.checkpoint, entries }
}

/// What is wrong with the statement of what was deleted.
fn faulty(cut: &cut::Cut, key: Option<&[u8]>) -> Option<Finding> {
    let wrong = |fault| Some(Finding { at: Some(cut.at), ..Finding::new(fault, None, cut.number) });
    if !cut.is_signed() || cut.points().is_none() {
        return wrong(Fault::CutAltered);
    }
    if key.is_some_and(|key| key != cut.public_key) { wrong(Fault::CutSigner) } else { None }
}

/// The last entry deleted of each chain, by home.
type Starts = BTreeMap<i64, Point>;

/// Every chain, as many at a time as there are cores.
async fn every(db: &Db, starts: &Arc<Starts>) -> Result<Vec<chains::Verified>> {
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let each = stream::iter(homes(db).await?).map(|home| {
        let (db, start) = (db.clone(), starts.get(&home).cloned());
        // A task of its own runs on a thread of its own.
        async move { tokio::spawn(chains::verify(db, home, start)).await.map_err(crate::Error::broken)? }
    });
    each.buffered(cores).try_collect().await
}

/// Homes with entries or with an end, in their order.
async fn homes(db: &Db) -> Result<Vec<i64>> {
    let mut homes = Vec::new();
    let mut last = i64::MIN;
    loop {
        let sql = "SELECT MIN(home) FROM audit WHERE home > $1";
        let found: Option<(Option<i64>,)> = db.opt(sql, p![last]).await?;
        let Some(home) = found.and_then(|(home,)| home) else { break };
        homes.push(home);
        last = home;
    }
    let sql = "SELECT home FROM audit_head /* whole: every chain */ WHERE home <> $1 ORDER BY home";
    let ends: Vec<(i64,)> = db.all(sql, p![super::checkpoint::HOME]).await?;
    homes.extend(ends.into_iter().map(|(home,)| home));
    homes.sort_unstable();
    homes.dedup();
    Ok(homes)
}
