//! One batch of rows becomes one transaction: whom each row belongs to, what it changes, and the figures with it.

use super::prepare::Prepared;
use crate::{
    App,
    db::{Tx, Value},
    error::Result,
    id::{Home, Id},
    link::cluster,
    need::Change,
    p,
    person::{
        self, county,
        fold::{self, Said, Shown},
        sql::{TOGETHER, ids, keyed, marks},
    },
    row,
    scope::Scope,
};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap};

/// What became of a row: one letter in the stored outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A person who was not in the register.
    New,
    /// Linked to a person by an equal identity number.
    Linked,
    /// Replaces what the same sender said before.
    Changed,
    /// Says what the same sender said before.
    Unchanged,
}

/// What a batch of rows meets in the register.
pub(super) struct Found {
    by_number: HashMap<Vec<u8>, Id>,
    by_row: HashMap<Vec<u8>, Id>,
    pinned: HashMap<Vec<u8>, Id>,
    heads: HashMap<Id, Id>,
    earlier: HashMap<Vec<u8>, Earlier>,
}

/// What the same sender said before.
#[derive(Debug, Clone)]
struct Earlier {
    id: Id,
    person_id: Id,
    digest: Vec<u8>,
    key_index: Vec<u8>,
}
row!(Earlier { id, person_id, digest, key_index });

/// What decides about one row.
struct Verdict {
    outcome: Outcome,
    person: Option<Id>,
    earlier: Option<Earlier>,
}

/// Everything an import's batches share.
pub(super) struct Context<'a> {
    pub scope: &'a Scope,
    pub import: Id,
    pub kind: &'a str,
    pub sender: &'a str,
}

async fn claims<'a>(
    tx: &mut Tx,
    kind: &str,
    hashes: impl Iterator<Item = &'a [u8]>,
) -> Result<HashMap<Vec<u8>, Id>> {
    let mut hashes: Vec<&[u8]> = hashes.collect();
    // In the order of the table, neighbours are found on the same page.
    hashes.sort_unstable();
    let mut out = HashMap::with_capacity(hashes.len());
    for chunk in hashes.chunks(250) {
        let sql =
            format!("SELECT hash, id FROM claim WHERE kind = $1 AND hash IN ({})", marks(2, chunk.len()));
        let mut args = p![kind];
        args.extend(chunk.iter().map(|h| Value::from(*h)));
        out.extend(tx.all::<(Vec<u8>, Id)>(&sql, args).await?);
    }
    Ok(out)
}

impl Found {
    /// Looks the rows up.
    pub(super) async fn read(
        app: &App,
        tx: &mut Tx,
        context: &Context<'_>,
        rows: &[&Prepared],
    ) -> Result<Found> {
        let numbers = rows.iter().filter_map(|r| r.number_index.as_deref());
        let by_number = claims(tx, "identity_number", numbers).await?;
        let own = rows.iter().filter(|r| r.own_key).map(|r| r.key_index.as_slice());
        let by_row = claims(tx, "row", own).await?;
        let any: Option<(Id,)> = tx.opt("SELECT id FROM claim WHERE kind = 'pinned' LIMIT 1", p![]).await?;
        let mut pinned = HashMap::new();
        if any.is_some() {
            let hashes: Vec<Vec<u8>> = rows
                .iter()
                .map(|r| cluster::pin_hash(app, context.kind, context.sender, &r.key_index))
                .collect();
            pinned = claims(tx, "pinned", hashes.iter().map(Vec::as_slice)).await?;
        }
        let everybody: BTreeSet<Id> =
            by_number.values().chain(by_row.values()).chain(pinned.values()).copied().collect();
        let everybody: Vec<Id> = everybody.into_iter().collect();
        let (mut heads, mut earlier) = (HashMap::new(), HashMap::new());
        for chunk in everybody.chunks(TOGETHER) {
            let (these, args) = keyed("home", "id", 1, chunk);
            let sql = format!("SELECT id, head_id FROM person WHERE {these}");
            heads.extend(tx.all::<(Id, Id)>(&sql, args).await?);
            let sql = format!(
                "SELECT id, person_id, digest, key_index FROM source_record
                 WHERE kind = $1 AND sender = $2 AND ended_at IS NULL AND person_id IN ({})",
                marks(3, chunk.len())
            );
            let mut args = p![context.kind, context.sender];
            args.extend(ids(chunk));
            let found: Vec<Earlier> = tx.all(&sql, args).await?;
            earlier.extend(found.into_iter().map(|e| (e.key_index.clone(), e)));
        }
        Ok(Found { by_number, by_row, pinned, heads, earlier })
    }

    fn verdict(&self, app: &App, context: &Context<'_>, row: &Prepared) -> Verdict {
        let pin = || {
            let hash = cluster::pin_hash(app, context.kind, context.sender, &row.key_index);
            self.pinned.get(&hash).copied()
        };
        let pinned = if self.pinned.is_empty() { None } else { pin() };
        let numbered = row.number_index.as_ref().and_then(|n| self.by_number.get(n)).copied();
        let own = self.by_row.get(&row.key_index).copied();
        let person = pinned.or(numbered).or(own);
        let earlier = self.earlier.get(&row.key_index).cloned();
        let outcome = match (&person, &earlier) {
            (None, _) => Outcome::New,
            (Some(p), Some(e)) if e.digest == row.digest && e.person_id == *p => Outcome::Unchanged,
            (Some(_), Some(_)) => Outcome::Changed,
            (Some(_), None) => Outcome::Linked,
        };
        Verdict { outcome, person, earlier: earlier.filter(|_| outcome == Outcome::Changed) }
    }

    /// What would become of a row.
    pub(super) fn outcome(&self, app: &App, context: &Context<'_>, row: &Prepared) -> Outcome {
        self.verdict(app, context, row).outcome
    }
}

/// What a batch leaves to be done after its transaction.
pub(super) struct Applied {
    /// One per row.
    pub outcomes: Vec<Outcome>,
    /// Keys of new persons and where these live, to be stored in their order later.
    pub keys: Vec<(Vec<u8>, Id, i64)>,
}

/// What is written in one transaction, by table.
#[derive(Default)]
struct Writing {
    persons: Vec<Vec<Value>>,
    records: Vec<Vec<Value>>,
    claims: Vec<Vec<Value>>,
    pins: Vec<Vec<Value>>,
    events: Vec<Vec<Value>>,
    linked_keys: Vec<(String, Id)>,
    superseded: Vec<Id>,
    heads: BTreeSet<Id>,
    figures: Change,
}

/// Writes the rows of a batch in the caller's transaction.
pub(super) async fn apply(
    app: &App,
    tx: &mut Tx,
    context: &Context<'_>,
    rows: &[(u64, &Prepared)],
) -> Result<Applied> {
    let now = app.now();
    let only: Vec<&Prepared> = rows.iter().map(|(_, r)| *r).collect();
    let found = Found::read(app, tx, context, &only).await?;
    let mut writing = Writing::default();
    let mut applied = Applied { outcomes: Vec::with_capacity(rows.len()), keys: Vec::new() };
    for (number, row) in rows {
        let verdict = found.verdict(app, context, row);
        applied.outcomes.push(verdict.outcome);
        if verdict.outcome == Outcome::Unchanged {
            continue;
        }
        let person = verdict.person.unwrap_or_else(|| new_person(row, now));
        let record = person.beside(now);
        writing.record(context, (record, person), (*number, row), &verdict, now);
        writing.claim(&found, row, person);
        if let Some(head) = verdict.person.map(|p| found.heads.get(&p).copied().unwrap_or(p)) {
            writing.heads.insert(head);
            if let Some(earlier) = &verdict.earlier {
                writing.superseded.push(earlier.id);
                writing
                    .heads
                    .insert(found.heads.get(&earlier.person_id).copied().unwrap_or(earlier.person_id));
            } else {
                writing.event(context, person, record, now);
            }
            writing.linked_keys.extend(row.keys.iter().map(|key| (key.clone(), person)));
        } else {
            writing.person(person, (record, row), context.kind, now);
            applied.keys.extend(row.keys.iter().map(|k| (k.as_bytes().to_vec(), person, row.row.division)));
        }
    }
    writing.write(tx, now).await?;
    Ok(applied)
}

fn new_person(row: &Prepared, now: Timestamp) -> Id {
    Id::new(home(row), now)
}

/// The home of a person whom a row brings into the register.
pub(crate) fn home(row: &Prepared) -> Home {
    // The key is a keyed digest: it spreads evenly over the buckets of a province.
    let spread = row.key_index.first().copied().map_or(0, u128::from);
    person::home(row.row.division, spread)
}

pub(crate) fn said(row: &Prepared, person: Id, record: Id, kind: &str, at: Timestamp) -> Said {
    Said {
        person_id: person,
        id: record,
        kind: kind.to_owned(),
        name: row.row.name.clone(),
        sex: row.row.sex.map(str::to_owned),
        born_on: row.row.born_on,
        division: row.row.division,
        registered_division: row.row.registered_division,
        number: row.sealed.number.clone(),
        number_index: row.number_index.clone(),
        phone: row.sealed.phone.clone(),
        phone_index: row.sealed.phone_index.clone(),
        lives_at_home: row.row.lives_at_home,
        need_assessed: row.row.need_assessed,
        suitable: row.row.suitable,
        consented: row.row.consented,
        created_at: at,
    }
}

/// The columns of `source_record`, in the order of [`record_of`].
pub(crate) const RECORD: [&str; 28] = [
    "home",
    "id",
    "person_id",
    "import_id",
    "row_number",
    "kind",
    "sender",
    "key_index",
    "digest",
    "name",
    "sex",
    "born_on",
    "division",
    "registered_division",
    "number",
    "number_index",
    "phone",
    "phone_index",
    "certificate",
    "private",
    "fields",
    "lives_at_home",
    "need_assessed",
    "suitable",
    "consented",
    "linked_as",
    "created_at",
    "supersedes",
];
/// The columns of `link_event`, in the order of [`linked`].
pub(crate) const EVENT: [&str; 8] =
    ["home", "id", "person_id", "kind", "record_id", "account_id", "at", "detail"];

/// What is stored of a row: whose it is, from which import, kind and sender, and how it was linked.
pub(crate) fn record_of(
    (person, record): (Id, Id),
    (import, kind, sender): (Id, &str, &str),
    (number, row): (u64, &Prepared),
    (how, supersedes): (&str, Option<Id>),
    now: Timestamp,
) -> Vec<Value> {
    let r = &row.row;
    let fields = r.fields.iter().map(|(k, v)| (k.clone(), v.clone().into())).collect();
    p![
        person.home_number(),
        record,
        person,
        import,
        i64::try_from(number).unwrap_or(i64::MAX),
        kind,
        sender,
        row.key_index.as_slice(),
        row.digest.as_slice(),
        &r.name,
        r.sex,
        r.born_on,
        r.division,
        r.registered_division,
        row.sealed.number.clone(),
        row.number_index.clone(),
        row.sealed.phone.clone(),
        row.sealed.phone_index.clone(),
        row.sealed.certificate.clone(),
        row.sealed.private.clone(),
        serde_json::Value::Object(fields),
        r.lives_at_home,
        r.need_assessed,
        r.suitable,
        r.consented,
        how,
        now,
        supersedes
    ]
}

/// What is noted where a row joined a person by its number.
pub(crate) fn linked((person, event): (Id, Id), record: Id, account: Id, now: Timestamp) -> Vec<Value> {
    let detail = serde_json::json!({"by": "number"});
    p![person.home_number(), event, person, "linked", record, account, now, detail]
}

impl Writing {
    fn person(&mut self, person: Id, (record, row): (Id, &Prepared), kind: &str, now: Timestamp) {
        let Some(s) = fold::fold(&[said(row, person, record, kind, now)], &[]) else { return };
        self.figures.plus(&s.counted());
        let home = person.home_number();
        let mut values = p![home, person, home, person, now, 1];
        values.extend(s.values());
        self.persons.push(values);
    }

    fn record(
        &mut self,
        context: &Context<'_>,
        (record, person): (Id, Id),
        (number, row): (u64, &Prepared),
        verdict: &Verdict,
        now: Timestamp,
    ) {
        let how = if verdict.person.is_none() { "first" } else { "exact" };
        let supersedes = verdict.earlier.as_ref().map(|e| e.id);
        let source = (context.import, context.kind, context.sender);
        self.records.push(record_of((person, record), source, (number, row), (how, supersedes), now));
    }

    /// Every number that leads to the person for ever.
    fn claim(&mut self, found: &Found, row: &Prepared, person: Id) {
        let home = person.home_number();
        if let Some(index) = row.number_index.as_deref().filter(|n| !found.by_number.contains_key(*n)) {
            self.claims.push(p!["identity_number", index, home, person]);
        }
        if row.own_key && found.by_row.get(&row.key_index) != Some(&person) {
            self.pins.push(p!["row", row.key_index.as_slice(), home, person]);
        }
        if let Some(index) = row.certificate_index.as_deref() {
            self.pins.push(p!["disability_certificate", index, home, person]);
        }
    }

    fn event(&mut self, context: &Context<'_>, person: Id, record: Id, now: Timestamp) {
        self.events.push(linked((person, person.beside(now)), record, context.scope.account, now));
    }

    async fn write(mut self, tx: &mut Tx, now: Timestamp) -> Result<()> {
        const CLAIM: [&str; 4] = ["kind", "hash", "home", "id"];
        // In the order of their keys, pages are touched once.
        self.persons.sort_by_key(|r| key_of(r));
        self.records.sort_by_key(|r| key_of(r));
        let hash = |r: &Vec<Value>| match r.get(1) {
            Some(Value::Bytes(hash)) => hash.clone(),
            _ => Vec::new(),
        };
        self.claims.sort_by_key(hash);
        let person = ["home", "id", "head_home", "head_id", "created_at", "version"];
        let person = [&person[..], &Shown::COLUMNS[..]].concat();
        tx.insert_many("person", &person, &self.persons).await?;
        tx.insert_many("source_record", &RECORD, &self.records).await?;
        tx.insert_many("claim", &CLAIM, &self.claims).await?;
        tx.insert_many("link_event", &EVENT, &self.events).await?;
        let pins = std::mem::take(&mut self.pins);
        write_own_keys(tx, &pins).await?;
        for id in &self.superseded {
            let sql = "UPDATE source_record SET ended_at = $3, ended_because = 'superseded'
                WHERE home = $1 AND id = $2 AND ended_at IS NULL";
            tx.run(sql, p![id.home_number(), *id, now]).await?;
        }
        let heads: Vec<Id> = self.heads.into_iter().collect();
        fold::refold(tx, &heads, &[], now).await?;
        county::add(tx, &self.linked_keys).await?;
        self.figures.write(tx).await
    }
}

fn key_of(row: &[Value]) -> (i64, u128) {
    match (row.first(), row.get(1)) {
        (Some(Value::Int(home)), Some(Value::Id(id))) => (*home, id.as_u128()),
        _ => (0, 0),
    }
}

/// A sender's own key follows its row to another person; a certificate stays with whom it was given to.
async fn write_own_keys(tx: &mut Tx, pins: &[Vec<Value>]) -> Result<()> {
    for chunk in pins.chunks(100) {
        let tuples: Vec<String> = (0..chunk.len()).map(|i| format!("({})", marks(i * 4 + 1, 4))).collect();
        let sql = format!(
            "INSERT INTO claim (kind, hash, home, id) VALUES {} ON CONFLICT (kind, hash) DO UPDATE
             SET home = excluded.home, id = excluded.id WHERE claim.kind = 'row'",
            tuples.join(", ")
        );
        tx.run(&sql, chunk.iter().flatten().cloned().collect()).await?;
    }
    Ok(())
}
