//! Finding possible doubles of persons who are new in the register, and storing them as pairs to decide.

use super::model;
use crate::{
    App,
    db::{Db, FromRow, Tx, Value},
    error::Result,
    id::Id,
    p,
    person::{
        COLUMNS, Stored, key,
        sql::{TOGETHER, insert_missing, keyed, marks},
        today,
    },
};
use jiff::civil::Date;
use linkage::{Model, Record, Scored};
use rules::calendar::Calendar;
use std::collections::{BTreeSet, HashMap};

/// A pair at least this probable is shown to a clerk. Half is where it is as likely as not.
const SHOWN_FROM: f64 = 0.5;
/// A key that more persons share says too little to compare all of them.
const LARGEST_BLOCK: usize = 200;
/// Working days within which a pair is to be decided.
const DAYS: u16 = 10;

/// Who is compared: the person and the keys under which doubles meet.
#[derive(Debug, Clone)]
pub(crate) struct Newcomer {
    pub id: Id,
    pub keys: Vec<String>,
}

/// Where persons are looked up: beside other work, or inside the transaction that has just written one of them.
pub(crate) enum Source<'a> {
    /// What is stored.
    Db(&'a Db),
    /// What is stored and what this transaction has written.
    Tx(&'a mut Tx),
}

impl Source<'_> {
    async fn all<T: FromRow>(&mut self, sql: &str, args: Vec<Value>) -> Result<Vec<T>> {
        Ok(match self {
            Source::Db(db) => db.all(sql, args).await?,
            Source::Tx(tx) => tx.all(sql, args).await?,
        })
    }
}

/// Compares newcomers with everybody who shares a key with them, and stores the probable pairs. Returns how many.
pub(crate) async fn find(
    app: &App,
    model: &Model,
    newcomers: &[Newcomer],
    import: Option<Id>,
) -> Result<u64> {
    let rows = probable(app, model, Source::Db(&app.db), newcomers, import).await?;
    if !rows.is_empty() {
        store(app, &rows).await?;
    }
    Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
}

/// The probable pairs of newcomers, as rows to store.
async fn probable(
    app: &App,
    model: &Model,
    mut source: Source<'_>,
    newcomers: &[Newcomer],
    import: Option<Id>,
) -> Result<Vec<Vec<Value>>> {
    let met = meet(&mut source, newcomers).await?;
    if met.is_empty() {
        return Ok(Vec::new());
    }
    let people = people(app, model, &mut source, met.iter().flat_map(|(a, b)| [*a, *b])).await?;
    let mut rows = Vec::new();
    let (now, due) = (app.now(), Calendar::embedded().after_working_days(today(app.now()), DAYS).date);
    for (a, b) in met {
        let (Some((left, left_record)), Some((right, right_record))) = (people.get(&a), people.get(&b))
        else {
            continue;
        };
        let scored = model.score(left_record, right_record);
        if scored.probability < SHOWN_FROM {
            continue;
        }
        rows.push(p![
            left.id.home_number(),
            left.id.beside(now),
            left.id,
            right.id.home_number(),
            right.id,
            left.division,
            scored.probability,
            explanation(&scored),
            "open",
            due,
            now,
            import,
            1
        ]);
    }
    Ok(rows)
}

/// Heads of clusters, ready to be compared.
async fn people(
    app: &App,
    model: &Model,
    source: &mut Source<'_>,
    whom: impl Iterator<Item = Id>,
) -> Result<HashMap<Id, (Stored, Record)>> {
    let everybody: Vec<Id> = whom.collect::<BTreeSet<_>>().into_iter().collect();
    let mut people = HashMap::new();
    for chunk in everybody.chunks(TOGETHER) {
        let (these, args) = keyed("p.home", "p.id", 1, chunk);
        let sql = format!(
            "SELECT {COLUMNS} FROM person p WHERE {these} AND p.merged_into IS NULL AND p.ended_at IS NULL"
        );
        for person in source.all::<Stored>(&sql, args).await? {
            let record = model::record(app, model, &person)?;
            people.insert(person.id, (person, record));
        }
    }
    Ok(people)
}

/// How many probable pairs these persons would make with the register and with each other, if they were taken in.
/// Nothing is stored.
pub(crate) async fn foreseen(app: &App, model: &Model, rows: &[(Newcomer, Record)]) -> Result<u64> {
    let newcomers: Vec<Newcomer> = rows.iter().map(|(newcomer, _)| newcomer.clone()).collect();
    let own: HashMap<Id, &Record> = rows.iter().map(|(newcomer, record)| (newcomer.id, record)).collect();
    let mut source = Source::Db(&app.db);
    let mut met = meet(&mut source, &newcomers).await?;
    met.extend(among_themselves(&newcomers));
    let others = met.iter().flat_map(|(a, b)| [*a, *b]).filter(|id| !own.contains_key(id));
    let people = people(app, model, &mut source, others).await?;
    let record = |id: &Id| own.get(id).copied().or_else(|| people.get(id).map(|(_, record)| record));
    let pairs = met.iter().filter_map(|(a, b)| Some(model.score(record(a)?, record(b)?)));
    let shown = pairs.filter(|scored| scored.probability >= SHOWN_FROM).count();
    Ok(u64::try_from(shown).unwrap_or(u64::MAX))
}

/// Newcomers who share a key with one another.
fn among_themselves(newcomers: &[Newcomer]) -> BTreeSet<(Id, Id)> {
    let mut met = BTreeSet::new();
    for block in by_key(newcomers).values().filter(|block| block.len() <= LARGEST_BLOCK) {
        for (at, one) in block.iter().enumerate() {
            for other in block.iter().skip(at + 1) {
                met.insert(((*one).min(*other), (*one).max(*other)));
            }
        }
    }
    met
}

async fn store(app: &App, rows: &[Vec<Value>]) -> Result<()> {
    crate::atomic!(app.db, tx => { insert(tx, rows).await })
}

async fn insert(tx: &mut Tx, rows: &[Vec<Value>]) -> Result<()> {
    let columns = [
        "home",
        "id",
        "left_id",
        "right_home",
        "right_id",
        "division",
        "probability",
        "explanation",
        "state",
        "due_on",
        "created_at",
        "import_id",
        "version",
    ];
    insert_missing(tx, "candidate_pair", &columns, rows).await
}

fn explanation(scored: &Scored) -> serde_json::Value {
    let evidence: Vec<_> = scored
        .evidence
        .iter()
        .map(|e| serde_json::json!({"column": e.column, "level": e.level, "bits": e.bits}))
        .collect();
    serde_json::json!({"prior_bits": scored.prior_bits, "evidence": evidence})
}

/// The newcomers under each key by which doubles meet.
fn by_key(newcomers: &[Newcomer]) -> HashMap<&str, Vec<Id>> {
    let mut by_key: HashMap<&str, Vec<Id>> = HashMap::new();
    for newcomer in newcomers {
        for key in newcomer.keys.iter().filter(|k| key::blocks(k)) {
            by_key.entry(key).or_default().push(newcomer.id);
        }
    }
    by_key
}

/// Pairs of persons who share a key, each once, in the order of their identifiers so that a pair found again from
/// its other side is the same pair.
async fn meet(source: &mut Source<'_>, newcomers: &[Newcomer]) -> Result<BTreeSet<(Id, Id)>> {
    let by_key = by_key(newcomers);
    let keys: Vec<&str> = by_key.keys().copied().collect();
    let mut blocks: HashMap<String, Vec<Id>> = HashMap::new();
    for chunk in keys.chunks(200) {
        let sql = format!("SELECT key, person_id FROM person_key WHERE key IN ({})", marks(1, chunk.len()));
        let args = chunk.iter().map(|k| k.as_bytes().into()).collect();
        for (key, person) in source.all::<(Vec<u8>, Id)>(&sql, args).await? {
            blocks.entry(String::from_utf8_lossy(&key).into_owned()).or_default().push(person);
        }
    }
    let mut met = BTreeSet::new();
    for (key, others) in blocks.iter().filter(|(_, others)| others.len() <= LARGEST_BLOCK) {
        for newcomer in by_key.get(key.as_str()).into_iter().flatten() {
            for other in others.iter().filter(|o| *o != newcomer) {
                met.insert(((*newcomer).min(*other), (*newcomer).max(*other)));
            }
        }
    }
    Ok(met)
}

/// Looks for doubles of one person who was entered by hand, inside the transaction that enters them. Returns how many
/// pairs were put before the clerks.
///
/// # Errors
/// The database is gone.
pub async fn compare(app: &App, tx: &mut Tx, person: Id) -> Result<u64> {
    let sql = format!("SELECT {COLUMNS} FROM person p WHERE p.home = $1 AND p.id = $2");
    let found: Option<Stored> = tx.opt(&sql, p![person.home_number(), person]).await?;
    let Some(found) = found else { return Ok(0) };
    let phone = found.phone.as_deref().map(|s| app.keys.unseal(s)).transpose()?;
    let keys = keys(app, &found.name, found.born_on, phone.as_deref());
    // Learning from whole lists is left to the imports: nobody waits for it at the counter.
    let model = model::in_force(app).await?;
    let rows = probable(app, &model, Source::Tx(tx), &[Newcomer { id: person, keys }], None).await?;
    insert(tx, &rows).await?;
    Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
}

/// The keys under which a person meets possible doubles.
pub(crate) fn keys(app: &App, name: &str, born_on: Option<Date>, phone: Option<&str>) -> Vec<String> {
    let index = phone.map(|n| app.keys.index("phone", n));
    key::of(&app.keys, name, born_on, None, phone.zip(index.as_deref()))
}
