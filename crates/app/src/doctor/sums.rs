//! Counts that a row keeps so that nobody has to count them, against the rows that they count.

use crate::{
    App,
    db::Snapshot,
    error::{Error, Result},
    id::Id,
    institution::library::LibraryEvent,
    p,
    person::sql::{TOGETHER, ids, keyed, marks},
};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A row that keeps another count than its parts add up to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SumDrift {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The row.
    pub row: Id,
    /// What is stored.
    pub stored: i64,
    /// What a recount gives.
    pub counted: i64,
}

/// A column that says how many rows of another table there are.
struct Sum {
    table: &'static str,
    column: &'static str,
    /// The rows that it counts, and their column that names the one that counts them.
    parts: (&'static str, &'static str),
    /// Whether they share its home.
    beside: bool,
    /// Which of them count.
    when: &'static str,
}

const SUMS: [Sum; 4] = [
    Sum {
        table: "lead",
        column: "attempts",
        parts: ("contact_attempt", "lead_id"),
        beside: true,
        when: "c.voided_at IS NULL",
    },
    Sum {
        table: "care_session",
        column: "persons",
        parts: ("attendance", "session_id"),
        beside: false,
        when: "1 = 1",
    },
    Sum {
        table: "care_session",
        column: "came",
        parts: ("attendance", "session_id"),
        beside: false,
        when: "c.presence = 'came'",
    },
    Sum {
        table: "training",
        column: "persons",
        parts: ("training_attendance", "training_id"),
        beside: false,
        when: "1 = 1",
    },
];

/// Counts everything that rows keep count of, and compares, at one instant.
///
/// # Errors
/// The database is gone, or an event of an institution cannot be read.
pub async fn sums(app: &App) -> Result<Vec<SumDrift>> {
    let mut snapshot = app.db.snapshot().await?;
    let mut drift = blocked(&mut snapshot).await?;
    drift.extend(answers(&mut snapshot).await?);
    for sum in &SUMS {
        drift.extend(parts(&mut snapshot, sum).await?);
    }
    Ok(drift)
}

/// Places that institutions took out, against what they said.
async fn blocked(snapshot: &mut Snapshot) -> Result<Vec<SumDrift>> {
    let stored: Vec<(Id, i64)> =
        snapshot.all("SELECT id, blocked FROM institution ORDER BY id", p![]).await?;
    let mut drift = Vec::new();
    for portion in stored.chunks(TOGETHER) {
        let each: Vec<Id> = portion.iter().map(|(id, _)| *id).collect();
        let sql = format!(
            "SELECT subject_id, event FROM library_event WHERE subject_id IN ({}) ORDER BY subject_id, sequence",
            marks(1, each.len())
        );
        let mut counted: BTreeMap<Id, i64> = BTreeMap::new();
        for (id, event) in snapshot.all::<(Id, Json)>(&sql, ids(&each)).await? {
            let blocked = counted.entry(id).or_default();
            *blocked = after(*blocked, &serde_json::from_value(event).map_err(Error::broken)?);
        }
        drift.extend(differing(("institution", "blocked"), portion, &counted));
    }
    Ok(drift)
}

/// How many places are blocked after an event. Nobody blocks more than there are, also where a contract shrinks.
fn after(blocked: i64, event: &LibraryEvent) -> i64 {
    match event {
        LibraryEvent::Blocked { to, .. } => i64::from(*to),
        LibraryEvent::Contracted { to, .. } => blocked.min(i64::from(*to)),
        _ => blocked,
    }
}

struct Answers {
    id: Id,
    stored: (i64, i64),
    counted: (i64, i64),
}

impl crate::db::FromRow for Answers {
    fn from_row(row: &crate::db::Row<'_>) -> crate::db::Result<Self> {
        let (stored, counted) = ((row.get(1)?, row.get(2)?), (row.get(3)?, row.get(4)?));
        Ok(Answers { id: row.get(0)?, stored, counted })
    }
}

/// Offers that institutions answered, against the answers of each month.
async fn answers(snapshot: &mut Snapshot) -> Result<Vec<SumDrift>> {
    let sql =
        "SELECT i.id, i.answered_in_time, i.answered, CAST(COALESCE(SUM(m.answered_in_time), 0) AS bigint),
        CAST(COALESCE(SUM(m.answered), 0) AS bigint) FROM institution i
        LEFT JOIN institution_answer m ON m.institution_id = i.id
        GROUP BY i.id, i.answered_in_time, i.answered ORDER BY i.id";
    let mut drift = Vec::new();
    for found in snapshot.all::<Answers>(sql, p![]).await? {
        let (row, table) = (found.id, "institution");
        let (stored, counted) = (found.stored, found.counted);
        for (column, stored, counted) in
            [("answered_in_time", stored.0, counted.0), ("answered", stored.1, counted.1)]
        {
            if stored != counted {
                drift.push(SumDrift { table, column, row, stored, counted });
            }
        }
    }
    Ok(drift)
}

/// Rows against their parts, in portions.
async fn parts(snapshot: &mut Snapshot, sum: &Sum) -> Result<Vec<SumDrift>> {
    let (table, column) = (sum.table, sum.column);
    let homes = crate::cluster::kind::kind(table) == Some(crate::cluster::kind::Kind::Large);
    let key = if homes { "home, id" } else { "id" };
    let mut drift = Vec::new();
    let mut last: Option<Id> = None;
    loop {
        let behind = match (last, homes) {
            (None, _) => crate::db::Sql::new(" WHERE 1 = 1"),
            (Some(id), true) => {
                crate::db::Sql::new("").push(" WHERE (home, id) > ({}, {})", p![id.home_number(), id])
            }
            (Some(id), false) => crate::db::Sql::new("").push(" WHERE id > {}", p![id]),
        };
        let sql = format!(
            "SELECT id, {column} FROM {table} /* whole: every row is counted again */{} ORDER BY {key} LIMIT {TOGETHER}",
            behind.text
        );
        let stored: Vec<(Id, i64)> = snapshot.all(&sql, behind.args).await?;
        let Some((id, _)) = stored.last() else { return Ok(drift) };
        last = Some(*id);
        let counted = counted(snapshot, sum, &stored).await?;
        drift.extend(differing((table, column), &stored, &counted));
    }
}

/// How many parts these rows have; those that have none are left out.
async fn counted(snapshot: &mut Snapshot, sum: &Sum, of: &[(Id, i64)]) -> Result<BTreeMap<Id, i64>> {
    let (table, column) = sum.parts;
    let each: Vec<Id> = of.iter().map(|(id, _)| *id).collect();
    let (these, args) = if sum.beside {
        keyed("c.home", &format!("c.{column}"), 1, &each)
    } else {
        (format!("c.{column} IN ({})", marks(1, each.len())), ids(&each))
    };
    let when = sum.when;
    let sql =
        format!("SELECT c.{column}, COUNT(*) FROM {table} c WHERE {these} AND {when} GROUP BY c.{column}");
    Ok(snapshot.all::<(Id, i64)>(&sql, args).await?.into_iter().collect())
}

fn differing(
    (table, column): (&'static str, &'static str),
    stored: &[(Id, i64)],
    counted: &BTreeMap<Id, i64>,
) -> Vec<SumDrift> {
    let both = stored.iter().map(|(row, stored)| SumDrift {
        table,
        column,
        row: *row,
        stored: *stored,
        counted: counted.get(row).copied().unwrap_or_default(),
    });
    both.filter(|drift| drift.stored != drift.counted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contract_that_shrinks_leaves_no_more_blocked_than_there_are() {
        let block = |to| LibraryEvent::Blocked { from: 0, to, reason: String::new() };
        let contract = |to| LibraryEvent::Contracted { from: 0, to, reference: String::new() };
        let events = [contract(10), block(4), contract(3), contract(8)];
        assert_eq!(events.iter().fold(0, after), 3);
    }
}
