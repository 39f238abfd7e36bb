//! The checkpoints: their own chain and signatures, and whether the log still holds what they name.

use super::{Fault, Finding, Starts};
use crate::{
    audit::{
        Checkpoint,
        checkpoint::{HOME, Point, SELECT},
    },
    db::{self, Db, FromRow, Row, chain::Head},
    digest::{Algorithm, START},
    error::Result,
    p,
};
use std::collections::BTreeSet;

/// A checkpoint as it is stored; none where what is stored cannot be one.
struct Found {
    number: i64,
    checkpoint: Option<Checkpoint>,
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        Ok(Found { number: row.get(0)?, checkpoint: Checkpoint::from_row(row).ok() })
    }
}

/// Checkpoints read at once: each names the end of every chain.
const PAGE: usize = 200;

/// What became of the checkpoints.
pub(super) struct Signed {
    /// Checkpoints that are as they were signed.
    pub(super) count: u64,
    /// The first thing that is wrong in the database, and what is wrong with the one kept elsewhere.
    pub(super) findings: Vec<Finding>,
    /// The key that they were compared with; none where there is neither a key nor a checkpoint.
    pub(super) key: Option<Vec<u8>>,
}

fn wrong(fault: Fault, checkpoint: &Checkpoint) -> Finding {
    Finding { at: Some(checkpoint.at), ..Finding::new(fault, None, checkpoint.number) }
}

/// Verifies the chain of checkpoints and their signatures.
pub(super) async fn checkpoints(
    db: &Db,
    mut key: Option<Vec<u8>>,
    kept: Option<&Checkpoint>,
) -> Result<Signed> {
    let head = super::chains::head(db, HOME).await?;
    let mut signed = Signed { count: 0, findings: Vec::new(), key: None };
    let (mut last, mut head_fits): (Option<Checkpoint>, bool) = (None, false);
    'pages: loop {
        let page = page(db, last.as_ref().map_or(i64::MIN, |last| last.number)).await?;
        if page.is_empty() {
            break;
        }
        for Found { number, checkpoint } in page {
            let Some(checkpoint) = checkpoint else {
                signed.findings.push(Finding::new(Fault::CheckpointAltered, None, number));
                break 'pages;
            };
            let key = key.get_or_insert_with(|| checkpoint.public_key.clone());
            if let Some(finding) = faulty(&checkpoint, last.as_ref(), key) {
                signed.findings.push(finding);
                break 'pages;
            }
            signed.count += 1;
            head_fits |= head.as_ref().is_some_and(|head| ends_with(head, &checkpoint));
            last = Some(checkpoint);
        }
    }
    if signed.findings.is_empty() {
        let later = super::chains::head(db, HOME).await?;
        signed.findings.extend(at_end(head, later, last.map_or(0, |last| last.number), head_fits));
    }
    if let Some(kept) = kept {
        let of_others = key.as_ref().is_some_and(|key| *key != kept.public_key);
        if !kept.is_signed() || kept.points().is_none() {
            signed.findings.push(wrong(Fault::CheckpointAltered, kept));
        } else if of_others {
            signed.findings.push(wrong(Fault::CheckpointSigner, kept));
        }
    }
    signed.key = key;
    Ok(signed)
}

/// What is wrong with a checkpoint that stands behind another.
fn faulty(checkpoint: &Checkpoint, before: Option<&Checkpoint>, key: &[u8]) -> Option<Finding> {
    let expected = before.map_or(1, |before| before.number.saturating_add(1));
    if checkpoint.number > expected {
        let until = Some(checkpoint.number.saturating_sub(1));
        let missing = Finding::new(Fault::CheckpointRemoved, None, expected);
        return Some(Finding { until, at: Some(checkpoint.at), ..missing });
    }
    let chained = match before {
        Some(before) => is_hash_of(&checkpoint.previous, before),
        None => checkpoint.previous == START,
    };
    let sound = checkpoint.number == expected && chained && checkpoint.is_signed();
    if !sound || checkpoint.points().is_none() {
        return Some(wrong(Fault::CheckpointAltered, checkpoint));
    }
    (checkpoint.public_key != key).then(|| wrong(Fault::CheckpointSigner, checkpoint))
}

fn is_hash_of(hash: &[u8], checkpoint: &Checkpoint) -> bool {
    let algorithm = hash.first().and_then(|number| Algorithm::numbered(*number));
    algorithm.is_some_and(|algorithm| checkpoint.hash(algorithm) == hash)
}

fn ends_with(head: &Head, checkpoint: &Checkpoint) -> bool {
    head.number == checkpoint.number && is_hash_of(&head.hash, checkpoint)
}

/// Compares the last checkpoint with the end of their chain, as it was read before and after them.
fn at_end(before: Option<Head>, after: Option<Head>, last: i64, head_fits: bool) -> Option<Finding> {
    let Some(after) = after else {
        return (last > 0).then(|| Finding::new(Fault::HeadRemoved, None, last));
    };
    let before = before?;
    if before.number > last {
        let missing = Finding::new(Fault::CheckpointRemoved, None, last.saturating_add(1));
        return Some(Finding { until: Some(before.number), ..missing });
    }
    let fits = head_fits || (before.number == 0 && before.hash == START);
    (!fits || after.number < last).then(|| Finding::new(Fault::HeadAltered, None, before.number))
}

async fn page(db: &Db, after: i64) -> Result<Vec<Found>> {
    let sql = format!("{SELECT} WHERE number > $1 ORDER BY number LIMIT {PAGE}");
    Ok(db.all(&sql, p![after]).await?)
}

/// Entries that the latest checkpoint, or the one kept elsewhere, names and that are missing or others now. Since
/// each entry covers all before it, the latest speaks for the earlier ones. Chains in `broken` are told already.
pub(super) async fn rewritten(
    db: &Db,
    kept: Option<&Checkpoint>,
    broken: &[i64],
    starts: &Starts,
) -> Result<Vec<Finding>> {
    let sql = format!("{SELECT} ORDER BY number DESC LIMIT 1");
    let latest = db.opt::<Found>(&sql, p![]).await?.and_then(|found| found.checkpoint);
    let mut homes = BTreeSet::new();
    for checkpoint in latest.iter().chain(kept).filter(|checkpoint| checkpoint.is_signed()) {
        for point in checkpoint.points().unwrap_or_default() {
            if !broken.contains(&point.home) && !stands(db, &point, starts).await? {
                homes.insert(point.home);
            }
        }
    }
    let mut findings = Vec::new();
    for home in homes {
        findings.extend(earliest(db, kept, home, starts).await?);
    }
    Ok(findings)
}

/// Whether an entry is there with its hash. Of what was deleted after its time the last entry is known, and what was
/// before it was verified then.
async fn stands(db: &Db, point: &Point, starts: &Starts) -> Result<bool> {
    if let Some(start) = starts.get(&point.home).filter(|start| point.number <= start.number) {
        return Ok(point.number < start.number || point.hash == start.hash);
    }
    let sql = "SELECT hash FROM audit WHERE home = $1 AND number = $2";
    let found: Option<(Vec<u8>,)> = db.opt(sql, p![point.home, point.number]).await?;
    Ok(found.is_some_and(|(hash,)| hash == point.hash))
}

/// The earliest point of a home that does not stand: what was rewritten lies before it.
async fn earliest(db: &Db, kept: Option<&Checkpoint>, home: i64, starts: &Starts) -> Result<Option<Finding>> {
    let (mut after, mut first): (i64, Option<Finding>) = (i64::MIN, None);
    'pages: loop {
        let page = page(db, after).await?;
        let Some(last) = page.last() else { break };
        after = last.number;
        for checkpoint in page.iter().filter_map(|found| found.checkpoint.as_ref()) {
            first = fallen(db, checkpoint, home, starts).await?;
            if first.is_some() {
                break 'pages;
            }
        }
    }
    let of_kept = match kept {
        Some(kept) => fallen(db, kept, home, starts).await?,
        None => None,
    };
    Ok(first.into_iter().chain(of_kept).min_by_key(|finding| finding.number))
}

async fn fallen(db: &Db, checkpoint: &Checkpoint, home: i64, starts: &Starts) -> Result<Option<Finding>> {
    let points = checkpoint.points().unwrap_or_default();
    let Some(point) = points.into_iter().find(|point| point.home == home) else { return Ok(None) };
    if !checkpoint.is_signed() || stands(db, &point, starts).await? {
        return Ok(None);
    }
    let finding = Finding::new(Fault::Rewritten, Some(home), point.number);
    Ok(Some(Finding { at: Some(checkpoint.at), ..finding }))
}
