//! Joining and parting persons. The tree of merges is kept, so that each merge can be taken back by itself, in any
//! order; records and need facts stay with the person they came to.

use crate::{
    App,
    account::client,
    db::{Sql, Tx},
    error::{Error, Result},
    id::Id,
    p,
    person::{
        self, county, fold,
        sql::{TOGETHER, ids, insert_missing, keyed, marks},
        timeline::{NewEvent, add_event},
    },
    scope::Scope,
};
use jiff::{SignedDuration, Timestamp};
use rules::{
    Refusal,
    account::{Deed, Subject},
};

/// Head and direct parent of a person.
async fn place(tx: &mut Tx, id: Id) -> Result<(Id, Option<Id>)> {
    let sql = "SELECT head_id, merged_into FROM person WHERE home = $1 AND id = $2";
    tx.opt(sql, p![id.home_number(), id]).await?.ok_or(Error::NotFound)
}

/// Where the row of a person says that it lives: of a head, where it is shown.
async fn division(tx: &mut Tx, id: Id) -> Result<i64> {
    let sql = "SELECT division FROM person WHERE home = $1 AND id = $2";
    let found: Option<(i64,)> = tx.opt(sql, p![id.home_number(), id]).await?;
    found.map(|(division,)| division).ok_or(Error::NotFound)
}

/// Keys of a subtree go from where one head is shown to where the row of the other says; the fold takes them on.
async fn take_keys_along(tx: &mut Tx, subtree: &[Id], (from, to): (Id, Id)) -> Result<()> {
    let (from, to) = (division(tx, from).await?, division(tx, to).await?);
    let mut moves = county::Moves::default();
    for member in subtree {
        moves.add(*member, from, to);
    }
    moves.write(tx).await
}

async fn members(tx: &mut Tx, head: Id) -> Result<Vec<Id>> {
    let sql = "SELECT member_id FROM person_member WHERE home = $1 AND head_id = $2";
    let rows: Vec<(Id,)> = tx.all(sql, p![head.home_number(), head]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

async fn set_head(tx: &mut Tx, subtree: &[Id], head: Id) -> Result<()> {
    for chunk in subtree.chunks(TOGETHER) {
        let (these, which) = keyed("home", "id", 3, chunk);
        let mut args = p![head.home_number(), head];
        args.extend(which);
        let sql = format!("UPDATE person SET head_home = $1, head_id = $2 WHERE {these}");
        tx.run(&sql, args).await?;
    }
    Ok(())
}

/// Merges two clusters inside a transaction: the cluster of `b` joins that of `a`. Returns head and member.
/// `None` where they are one already.
pub(crate) async fn join(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    (a, b): (Id, Id),
    pair: Option<Id>,
) -> Result<Option<(Id, Id)>> {
    let now = app.now();
    let ((head, _), (member, _)) = (place(tx, a).await?, place(tx, b).await?);
    if head == member {
        return Ok(None);
    }
    fold::uncount(tx, member).await?;
    let mut subtree = members(tx, member).await?;
    subtree.push(member);
    let rows: Vec<_> = subtree.iter().map(|m| p![head.home_number(), head, m.home_number(), *m]).collect();
    insert_missing(tx, "person_member", &["home", "head_id", "member_home", "member_id"], &rows).await?;
    set_head(tx, &subtree, head).await?;
    take_keys_along(tx, &subtree, (member, head)).await?;
    let sql = "UPDATE person SET merged_into = $3, version = version + 1 WHERE home = $1 AND id = $2";
    tx.run(sql, p![member.home_number(), member, head]).await?;
    for (person, other, detail) in [(head, member, "head"), (member, head, "member")] {
        let detail = serde_json::Map::from_iter([("as".to_owned(), detail.into())]);
        let event = NewEvent { kind: "merged", other: Some(other), pair, detail, ..NewEvent::default() };
        add_event(tx, scope, person, event, now).await?;
    }
    fold::refold(tx, &[head], &[], now).await?;
    Ok(Some((head, member)))
}

/// Takes the merge of `member` back inside a transaction: it and all below it become a cluster of their own again.
/// Accounts opened meanwhile end.
pub(crate) async fn part(app: &App, tx: &mut Tx, scope: &Scope, member: Id, pair: Option<Id>) -> Result<Id> {
    let now = app.now();
    let (top, parent) = place(tx, member).await?;
    let Some(parent) = parent else {
        return Err(Refusal::new("link", "not_merged").into());
    };
    let sql = "SELECT at FROM link_event WHERE person_id = $1 AND kind = 'merged' ORDER BY at DESC LIMIT 1";
    if let Some((since,)) = tx.opt::<(Timestamp,)>(sql, p![member]).await? {
        client::end_opened_since(app, tx, scope, (top, since)).await?;
    }
    let mut subtree = members(tx, member).await?;
    subtree.push(member);
    // The subtree stood below its parent, its parent's parent, and so on up to the head.
    let mut above = Some(parent);
    while let Some(head) = above {
        for chunk in subtree.chunks(400) {
            let mut args = p![head.home_number(), head];
            args.extend(ids(chunk));
            let sql = format!(
                "DELETE FROM person_member WHERE home = $1 AND head_id = $2 AND member_id IN ({})",
                marks(3, chunk.len())
            );
            tx.run(&sql, args).await?;
        }
        above = place(tx, head).await?.1;
    }
    let sql = "UPDATE person SET merged_into = NULL, version = version + 1 WHERE home = $1 AND id = $2";
    tx.run(sql, p![member.home_number(), member]).await?;
    set_head(tx, &subtree, member).await?;
    take_keys_along(tx, &subtree, (top, member)).await?;
    for (person, other) in [(parent, member), (member, parent)] {
        let event = NewEvent { kind: "unmerged", other: Some(other), pair, ..NewEvent::default() };
        add_event(tx, scope, person, event, now).await?;
    }
    fold::refold(tx, &[top, member], &[member], now).await?;
    Ok(top)
}

/// Says that two persons are one. The head is the one with a verified identity number, else the older one.
/// Returns the head's identifier.
///
/// # Errors
/// One of them is not in the caller's scope; they are one already.
pub async fn merge(app: &App, scope: &Scope, a: Id, b: Id) -> Result<Id> {
    scope.permit(Deed::Change, Subject::Pair)?;
    let (a, b) = order(app, scope, a, b).await?;
    crate::atomic!(app.db, tx => {
        match join(app, tx, scope, (a, b), None).await? {
            Some((head, _)) => Ok(head),
            None => Err(Refusal::new("link", "already_one").into()),
        }
    })
}

/// Who becomes the head.
pub(crate) async fn order(app: &App, scope: &Scope, a: Id, b: Id) -> Result<(Id, Id)> {
    let (left, right) = (person::stored(app, scope, a).await?, person::stored(app, scope, b).await?);
    let rank = |p: &person::Stored| (p.number_index.is_none(), p.ended_at.is_some(), p.id);
    Ok(if rank(&left) <= rank(&right) { (left.id, right.id) } else { (right.id, left.id) })
}

/// Takes a merge back: both persons and their timelines are as they were, with what came since.
///
/// # Errors
/// The person is not in the caller's scope or is no member of a cluster.
pub async fn unmerge(app: &App, scope: &Scope, member: Id) -> Result<()> {
    scope.permit(Deed::Change, Subject::Person)?;
    person::head_in_scope(app, scope, member).await?;
    crate::atomic!(app.db, tx => {
        let pair = super::pair_of_merge(tx, member).await?;
        part(app, tx, scope, member, pair).await?;
        super::reopen_for(tx, pair).await
    })
}

/// Takes one record away from its person: it was linked by a number that is not its own. It gets a person of its
/// own, and the sender's next list finds that person. Returns the new person.
///
/// # Errors
/// There is no such record in the caller's scope; it is the only one of its person.
pub async fn unlink(app: &App, scope: &Scope, record: Id) -> Result<Id> {
    scope.permit(Deed::Change, Subject::Person)?;
    let sql = Sql::new(
        "SELECT s.person_id, s.name, s.division, s.sender, s.kind, s.key_index FROM source_record s
         JOIN person m ON m.home = s.home AND m.id = s.person_id
         JOIN person p ON p.home = m.head_home /* spread: one person's records may have different homes */ AND p.id = m.head_id WHERE s.ended_at IS NULL",
    )
    .push(" AND s.home = {} AND s.id = {}", p![record.home_number(), record]);
    let found: Vec<Moved> = app.db.query(scope.people(sql)).await?;
    let (old, name, division, sender, kind, key) = found.into_iter().next().ok_or(Error::NotFound)?;
    crate::atomic!(app.db, tx => {
        let now = app.now();
        let others: Vec<(Id,)> = tx
            .all("SELECT id FROM source_record WHERE person_id = $1 AND ended_at IS NULL AND id <> $2", p![old, record])
            .await?;
        if others.is_empty() {
            return Err(Refusal::new("link", "only_record").into());
        }
        let new = old.beside(now);
        person::add_empty(tx, new, &name, division, now).await?;
        let sql = "UPDATE source_record SET person_id = $3, linked_as = 'moved' WHERE home = $1 AND id = $2";
        tx.run(sql, p![record.home_number(), record, new]).await?;
        pin(tx, app, (&kind, &sender, &key), new).await?;
        super::copy_keys(app, tx, record, new).await?;
        if kind == "application" {
            move_cases(tx, record, (old, new)).await?;
        }
        for (person, other) in [(old, new), (new, old)] {
            let event = NewEvent { kind: "unlinked", other: Some(other), record: Some(record), ..NewEvent::default() };
            add_event(tx, scope, person, event, now).await?;
        }
        let (top, _) = place(tx, old).await?;
        fold::refold(tx, &[top, new], &[], now).await?;
        Ok(new)
    })
}

type Moved = (Id, String, i64, String, String, Vec<u8>);

/// The registration that brought a record wrote it in its own transaction, a moment after its event.
const BROUGHT_WITHIN: SignedDuration = SignedDuration::from_secs(60);

/// The case whose registration brought a record is about the record's person, and so is the rest of its episode.
async fn move_cases(tx: &mut Tx, record: Id, (old, new): (Id, Id)) -> Result<()> {
    let sql = "SELECT name, created_at FROM source_record WHERE home = $1 AND id = $2";
    let (name, entered): (String, Timestamp) =
        tx.opt(sql, p![record.home_number(), record]).await?.ok_or(Error::NotFound)?;
    let sql = "SELECT r.episode, r.client_name FROM referral r
        JOIN referral_event e ON e.home = r.home AND e.referral_id = r.id
        WHERE r.person_id = $1 AND e.name = 'registered' AND e.at <= $2 AND e.at >= $3 ORDER BY e.at DESC";
    let found: Vec<(Id, String)> = tx.all(sql, p![old, entered, entered - BROUGHT_WITHIN]).await?;
    let brought = found.into_iter().find(|(_, written)| rules::name::normalised(written) == name);
    if let Some((episode, _)) = brought {
        let sql = "UPDATE referral SET person_id = $1 WHERE episode = $2 AND person_id = $3";
        tx.run(sql, p![new, episode, old]).await?;
    }
    Ok(())
}

/// The key of a pin: this sender's row of this kind belongs to another person than its number says.
pub(crate) fn pin_hash(app: &App, kind: &str, sender: &str, key: &[u8]) -> Vec<u8> {
    let said = format!("{kind}\u{1f}{sender}\u{1f}{}", crate::hex::write(key));
    app.keys.index("pinned", &said)
}

async fn pin(tx: &mut Tx, app: &App, (kind, sender, key): (&str, &str, &[u8]), person: Id) -> Result<()> {
    let hash = pin_hash(app, kind, sender, key);
    tx.run(
        "INSERT INTO claim (kind, hash, home, id) VALUES ('pinned', $1, $2, $3)
         ON CONFLICT (kind, hash) DO UPDATE SET home = excluded.home, id = excluded.id",
        p![hash, person.home_number(), person],
    )
    .await?;
    Ok(())
}
