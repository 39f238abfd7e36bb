//! Who is one person with whom: the queue of possible doubles, decisions and how they are taken back.
//!
//! Pairs are found and stored when a record is written, so that the queue is a read of a table. Nothing but equal
//! identity numbers links by itself; whatever is only probable waits for a clerk.

pub(crate) mod candidate;
pub(crate) mod cluster;
mod listed;
pub(crate) mod model;

pub use candidate::compare;
pub use cluster::{merge, unlink, unmerge};
pub use listed::{Listed, Registration, listed};

use crate::{
    App, audit,
    db::{Sql, Tx},
    error::{Error, Result},
    id::Id,
    p,
    person::{
        self, Person, Shows, county,
        timeline::{NewEvent, add_event},
    },
    row,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    Refusal,
    account::{Deed, Subject},
};
use serde_json::Value as Json;

/// Rows on a page of the queue.
pub const PAGE: i64 = 50;

/// What a clerk says of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The same person.
    Same,
    /// Two persons.
    Different,
}

/// Two persons who may be one.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Pair {
    /// Identifier.
    pub id: Id,
    /// One of them.
    pub left_id: Id,
    /// The other.
    pub right_id: Id,
    /// 0 to 1.
    pub probability: f64,
    /// Columns compared: column, level of agreement, weight in bits.
    pub explanation: Json,
    /// `open`, `same`, `different`.
    pub state: String,
    /// The account that took it on.
    pub owner_id: Option<Id>,
    /// By when it is to be decided.
    pub due_on: Date,
    /// When it was found.
    pub created_at: Timestamp,
    /// Who decided.
    pub decided_by: Option<Id>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// The person who was merged by the decision.
    pub joined: Option<Id>,
    /// Changes so far.
    pub version: i64,
}
row!(Pair {
    id,
    left_id,
    right_id,
    probability,
    explanation,
    state,
    owner_id,
    due_on,
    created_at,
    decided_by,
    decided_at,
    joined,
    version
});

const PAIR: &str =
    "SELECT c.id, c.left_id, c.right_id, c.probability, c.explanation, c.state, c.owner_id, c.due_on,
    c.created_at, c.decided_by, c.decided_at, c.joined, c.version FROM candidate_pair c
    JOIN person m ON m.home = c.home AND m.id = c.left_id
    JOIN person p ON p.home = m.head_home /* spread: one person's records may have different homes */ AND p.id = m.head_id
    JOIN person n ON n.home = c.right_home AND n.id = c.right_id
    JOIN person q ON q.home = n.head_home AND q.id = n.head_id WHERE p.ended_at IS NULL AND q.ended_at IS NULL";

/// A pair with both persons, side by side.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Side {
    /// The pair.
    pub pair: Pair,
    /// The left person.
    pub left: Person,
    /// The right person.
    pub right: Person,
}

/// Both persons must be in the caller's scope.
fn both_in_scope(scope: &Scope, sql: Sql) -> Sql {
    scope.people_as("q", scope.people(sql))
}

/// Pairs of one state in the caller's scope, the earliest due first; `after` is due day and identifier of the last
/// one shown. At most [`PAGE`]. Nobody is named; [`listed`] does.
///
/// # Errors
/// The caller's role decides on no pairs.
pub async fn queue(app: &App, scope: &Scope, state: &str, after: Option<(Date, Id)>) -> Result<Vec<Pair>> {
    scope.permit(Deed::Read, Subject::Pair)?;
    let mut sql = Sql::new(PAIR).push(
        " AND c.state = {} AND c.division >= {} AND c.division <= {}",
        p![state, scope.area.from, scope.area.to],
    );
    if let Some((due, id)) = after {
        sql = sql.push(" AND (c.due_on, c.id) > ({}, {})", p![due, id]);
    }
    let sql = both_in_scope(scope, sql).push(" ORDER BY c.due_on, c.id LIMIT {}", p![PAGE]);
    Ok(app.db.listing().query(sql).await?)
}

async fn find(app: &App, scope: &Scope, id: Id) -> Result<Pair> {
    scope.permit(Deed::Read, Subject::Pair)?;
    let sql = Sql::new(PAIR).push(" AND c.home = {} AND c.id = {}", p![id.home_number(), id]);
    app.db.query(both_in_scope(scope, sql)).await?.into_iter().next().ok_or(Error::NotFound)
}

/// A pair with both persons; the read is recorded for each of them, so that each finds it. A clerk compares whole names and birth dates; numbers stay masked.
///
/// # Errors
/// There is no such pair in the caller's scope.
pub async fn side_by_side(app: &App, scope: &Scope, id: Id) -> Result<Side> {
    let pair = find(app, scope, id).await?;
    for person in [pair.left_id, pair.right_id] {
        // The other is named in no log that the person may read.
        let mut entry = audit::Entry::read(audit::Purpose::Referral, "person", person);
        entry.detail = serde_json::json!({"pair": pair.id});
        audit::record(&app.db, scope, entry, app.now()).await?;
    }
    let shows = Shows::to(scope);
    let left = person::stored(app, scope, pair.left_id).await?.shown(app, shows)?;
    let right = person::stored(app, scope, pair.right_id).await?.shown(app, shows)?;
    Ok(Side { pair, left, right })
}

/// Takes a pair on; that is recorded.
///
/// # Errors
/// There is no such pair in the caller's scope; it changed meanwhile.
pub async fn take(app: &App, scope: &Scope, id: Id, version: i64) -> Result<()> {
    find(app, scope, id).await?;
    crate::atomic!(app.db, tx => {
        let sql = "UPDATE candidate_pair SET owner_id = $3, version = version + 1
            WHERE home = $1 AND id = $2 AND version = $4 AND state = 'open'";
        let changed = tx.run(sql, p![id.home_number(), id, scope.account, version]).await?;
        if changed != 1 {
            return Err(stale(tx, id, version).await?);
        }
        let entry = audit::Entry {
            purpose: audit::Purpose::Referral,
            action: "take",
            subject_kind: "pair",
            subject: Some(id),
            detail: serde_json::json!({}),
        };
        audit::record_in(tx, scope, entry, app.now());
        Ok(())
    })
}

async fn stale(tx: &mut Tx, id: Id, expected: i64) -> Result<Error> {
    let sql = "SELECT version FROM candidate_pair WHERE home = $1 AND id = $2";
    let found: Option<(i64,)> = tx.opt(sql, p![id.home_number(), id]).await?;
    Ok(found.map_or(Error::NotFound, |(found,)| Error::Changed { expected, found }))
}

/// Decides an open pair. `Same` merges the two clusters.
///
/// # Errors
/// There is no such pair in the caller's scope; somebody decided meanwhile.
pub async fn decide(app: &App, scope: &Scope, id: Id, version: i64, verdict: Verdict) -> Result<()> {
    let pair = find(app, scope, id).await?;
    let order = cluster::order(app, scope, pair.left_id, pair.right_id).await?;
    crate::atomic!(app.db, tx => {
        let state = if verdict == Verdict::Same { "same" } else { "different" };
        let sql = "UPDATE candidate_pair SET state = $3, decided_by = $4, decided_at = $5, version = version + 1
            WHERE home = $1 AND id = $2 AND version = $6 AND state = 'open'";
        let args = p![id.home_number(), id, state, scope.account, app.now(), version];
        if tx.run(sql, args).await? == 0 {
            return Err(stale(tx, id, version).await?);
        }
        match verdict {
            Verdict::Same => {
                if let Some((_, member)) = cluster::join(app, tx, scope, order, Some(id)).await? {
                    let sql = "UPDATE candidate_pair SET joined = $3 WHERE home = $1 AND id = $2";
                    tx.run(sql, p![id.home_number(), id, member]).await?;
                }
            }
            Verdict::Different => {
                for (person, other) in [(pair.left_id, pair.right_id), (pair.right_id, pair.left_id)] {
                    let event = NewEvent { kind: "different", other: Some(other), pair: Some(id), ..NewEvent::default() };
                    add_event(tx, scope, person, event, app.now()).await?;
                }
            }
        }
        Ok(())
    })
}

/// Takes a decision back: the pair is open again, and a merge that it made is undone.
///
/// # Errors
/// There is no such pair in the caller's scope; it is open, or changed meanwhile.
pub async fn undo(app: &App, scope: &Scope, id: Id, version: i64) -> Result<()> {
    let pair = find(app, scope, id).await?;
    if pair.state == "open" {
        return Err(Refusal::new("link", "not_decided").into());
    }
    crate::atomic!(app.db, tx => {
        let sql = "UPDATE candidate_pair SET state = 'open', decided_by = NULL, decided_at = NULL, joined = NULL,
            version = version + 1 WHERE home = $1 AND id = $2 AND version = $3";
        if tx.run(sql, p![id.home_number(), id, version]).await? == 0 {
            return Err(stale(tx, id, version).await?);
        }
        if let Some(member) = pair.joined {
            cluster::part(app, tx, scope, member, Some(id)).await?;
        }
        for (person, other) in [(pair.left_id, pair.right_id), (pair.right_id, pair.left_id)] {
            let event = NewEvent { kind: "reopened", other: Some(other), pair: Some(id), ..NewEvent::default() };
            add_event(tx, scope, person, event, app.now()).await?;
        }
        Ok(())
    })
}

/// After a merge was taken back on the person's page, the pair that had made it is open again.
async fn reopen_for(tx: &mut Tx, pair: Option<Id>) -> Result<()> {
    let Some(pair) = pair else { return Ok(()) };
    tx.run(
        "UPDATE candidate_pair SET state = 'open', decided_by = NULL, decided_at = NULL, joined = NULL,
         version = version + 1 WHERE home = $1 AND id = $2 AND state = 'same'",
        p![pair.home_number(), pair],
    )
    .await?;
    Ok(())
}

/// The pair whose decision merged this person into another, if it was one.
async fn pair_of_merge(tx: &mut Tx, member: Id) -> Result<Option<Id>> {
    let sql = "SELECT pair_id FROM link_event WHERE person_id = $1 AND home = $2 AND kind = 'merged'
        ORDER BY at DESC, id DESC LIMIT 1";
    let found: Option<(Option<Id>,)> = tx.opt(sql, p![member, member.home_number()]).await?;
    Ok(found.and_then(|(pair,)| pair))
}

/// Gives a person the keys of one record that moved to it.
async fn copy_keys(app: &App, tx: &mut Tx, record: Id, to: Id) -> Result<()> {
    type Said = (String, Option<Date>, Option<Vec<u8>>, Option<Vec<u8>>);
    let sql = "SELECT name, born_on, number, phone FROM source_record WHERE home = $1 AND id = $2";
    let found: Option<Said> = tx.opt(sql, p![record.home_number(), record]).await?;
    let Some((name, born_on, number, phone)) = found else { return Ok(()) };
    let open = |sealed: Option<Vec<u8>>| sealed.map(|s| app.keys.unseal(&s)).transpose();
    let (number, phone) = (open(number)?, open(phone)?);
    let index = phone.as_deref().map(|n| app.keys.index("phone", n));
    let phone = phone.as_deref().zip(index.as_deref());
    let keys = person::key::of(&app.keys, &name, born_on, number.as_deref(), phone);
    let keys: Vec<_> = keys.into_iter().map(|key| (key, to)).collect();
    county::add(tx, &keys).await
}
