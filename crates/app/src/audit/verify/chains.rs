//! One chain, from its first entry to its end.

use super::{Fault, Finding};
use crate::{
    audit::{CHAIN, checkpoint::Point},
    db::{
        self, Db, FromRow, Row,
        chain::{Head, next, stored},
    },
    digest::{Algorithm, START},
    error::Result,
    id::Id,
    p,
};
use jiff::Timestamp;

/// Entries read at once.
const PAGE: usize = 4_000;

/// What became of a chain.
pub(super) struct Verified {
    /// Entries that are as they were written.
    pub(super) entries: u64,
    /// The first thing that is wrong.
    pub(super) finding: Option<Finding>,
}

/// An entry as it is stored, whatever it holds.
struct Stored {
    number: i64,
    id: Option<Id>,
    at: Option<Timestamp>,
    body: Vec<u8>,
    hash: Vec<u8>,
}

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let number = row.get(0)?;
        let (id, at) = (row.get(1).ok(), row.get(2).ok());
        Ok(Stored { number, id, at, body: stored(CHAIN.label, row, 1, 11)?, hash: row.get(11)? })
    }
}

impl Stored {
    /// Whether this entry is the one that follows a chain's end in a home.
    fn follows(&self, end: &Head, home: i64) -> bool {
        let Some(algorithm) = self.hash.first().and_then(|number| Algorithm::numbered(*number)) else {
            return false;
        };
        next(algorithm, &end.hash, home, end.number.saturating_add(1), &self.body)[..] == self.hash[..]
    }

    fn wrong(&self, fault: Fault, home: i64, number: i64) -> Finding {
        Finding { id: self.id, at: self.at, ..Finding::new(fault, Some(home), number) }
    }
}

/// Verifies the chain of a home. While the programme serves, entries may come meanwhile; they are verified as far as
/// they were there.
///
/// A chain whose beginning was deleted starts behind the entry that the signed statement names.
pub(super) async fn verify(db: Db, home: i64, start: Option<Point>) -> Result<Verified> {
    let head = head(&db, home).await?;
    let mut after = start.as_ref().map_or(i64::MIN, |start| start.number);
    let start = start.map_or_else(
        || Head { number: 0, hash: START.to_vec() },
        |Point { number, hash, .. }| Head { number, hash },
    );
    let mut walk = Walk { home, end: start.clone(), start, entries: 0, head_seen: None };
    loop {
        let page = page(&db, home, after).await?;
        let Some(last) = page.last() else { break };
        after = last.number;
        if let Some(finding) = walk.take(&page, head.as_ref()) {
            return Ok(Verified { entries: walk.entries, finding: Some(finding) });
        }
    }
    let later = self::head(&db, home).await?;
    Ok(Verified { entries: walk.entries, finding: walk.at_end(head, later) })
}

pub(super) async fn head(db: &Db, home: i64) -> Result<Option<Head>> {
    let sql = "SELECT number, hash FROM audit_head WHERE home = $1";
    let found: Option<(i64, Vec<u8>)> = db.opt(sql, p![home]).await?;
    Ok(found.map(|(number, hash)| Head { number, hash }))
}

async fn page(db: &Db, home: i64, after: i64) -> Result<Vec<Stored>> {
    let sql = format!(
        "SELECT number, id, at, account_id, role, organisation_id, purpose, action, subject_kind, subject_id, detail,
         hash FROM audit WHERE home = $1 AND number > $2 ORDER BY number LIMIT {PAGE}"
    );
    Ok(db.all(&sql, p![home, after]).await?)
}

/// How far a chain was followed.
struct Walk {
    home: i64,
    /// Before the first entry.
    start: Head,
    end: Head,
    entries: u64,
    /// The hash at the number that the head names.
    head_seen: Option<Vec<u8>>,
}

impl Walk {
    /// Follows a page of entries; the first that does not fit is told.
    fn take(&mut self, page: &[Stored], head: Option<&Head>) -> Option<Finding> {
        for (position, entry) in page.iter().enumerate() {
            let expected = self.end.number + 1;
            if entry.number > expected {
                let until = Some(entry.number.saturating_sub(1));
                return Some(Finding { until, ..entry.wrong(Fault::Removed, self.home, expected) });
            }
            if entry.number < expected || !entry.follows(&self.end, self.home) {
                // Another entry of the page that would fit here: the two were exchanged.
                let rest = page.get(position + 1..).unwrap_or_default();
                let exchanged = rest.iter().any(|other| other.follows(&self.end, self.home));
                let fault = if exchanged { Fault::Reordered } else { Fault::Altered };
                return Some(entry.wrong(fault, self.home, entry.number));
            }
            self.end = Head { number: entry.number, hash: entry.hash.clone() };
            self.entries += 1;
            if head.is_some_and(|head| head.number == entry.number) {
                self.head_seen = Some(entry.hash.clone());
            }
        }
        None
    }

    /// Compares the last entry with the chain's end, as it was read before and after following the chain.
    fn at_end(&self, before: Option<Head>, after: Option<Head>) -> Option<Finding> {
        let wrong = |fault, number| Some(Finding::new(fault, Some(self.home), number));
        let Some(after) = after else { return wrong(Fault::HeadRemoved, self.end.number) };
        if let Some(before) = before {
            if before.number > self.end.number {
                let missing = Finding::new(Fault::Removed, Some(self.home), self.end.number + 1);
                return Some(Finding { until: Some(before.number), ..missing });
            }
            let start = (before.number == self.start.number).then(|| self.start.hash.clone());
            if self.head_seen.as_ref().or(start.as_ref()) != Some(&before.hash) {
                return wrong(Fault::HeadAltered, before.number);
            }
        }
        let same = after.number != self.end.number || after.hash == self.end.hash;
        if after.number < self.end.number || !same {
            return wrong(Fault::HeadAltered, after.number);
        }
        None
    }
}
