//! Recomputes the chains and compares them with their ends and with the checkpoints; changes nothing.

mod chains;
mod points;

use super::{Checkpoint, sign};
use crate::{db::Db, error::Result, id::Id, p, seal::Keys};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::Serialize;

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
    let mut report =
        Report { homes: 0, entries: 0, checkpoints: signed.count, signer, findings: signed.findings };
    for chain in every(db).await? {
        report.homes += 1;
        report.entries += chain.entries;
        report.findings.extend(chain.finding);
    }
    let broken: Vec<i64> = report.findings.iter().filter_map(|finding| finding.home).collect();
    let rewritten = points::rewritten(db, kept, &broken).await?;
    report.findings.extend(rewritten);
    Ok(report)
}

/// Every chain, as many at a time as there are cores.
async fn every(db: &Db) -> Result<Vec<chains::Verified>> {
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let each = stream::iter(homes(db).await?).map(|home| {
        let db = db.clone();
        // A task of its own runs on a thread of its own.
        async move { tokio::spawn(chains::verify(db, home)).await.map_err(crate::Error::broken)? }
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
