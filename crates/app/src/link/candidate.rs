//! Finding possible doubles of persons who are new in the register, and storing them as pairs to decide.

use super::model;
use crate::{
    App,
    error::Result,
    id::Id,
    p,
    person::{
        COLUMNS, Stored, key,
        sql::{ids, insert_missing, marks},
        today,
    },
};
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

/// Compares newcomers with everybody who shares a key with them, and stores the probable pairs. Returns how many.
pub(crate) async fn find(
    app: &App,
    model: &Model,
    newcomers: &[Newcomer],
    import: Option<Id>,
) -> Result<u64> {
    let met = meet(app, newcomers).await?;
    if met.is_empty() {
        return Ok(0);
    }
    let everybody: Vec<Id> =
        met.iter().flat_map(|(a, b)| [*a, *b]).collect::<BTreeSet<_>>().into_iter().collect();
    let mut people: HashMap<Id, (Stored, Record)> = HashMap::new();
    for chunk in everybody.chunks(400) {
        let sql = format!(
            "SELECT {COLUMNS} FROM person p WHERE p.merged_into IS NULL AND p.ended_at IS NULL AND p.id IN ({})",
            marks(1, chunk.len())
        );
        for person in app.db.all::<Stored>(&sql, ids(chunk)).await? {
            let record = model::record(app, model, &person)?;
            people.insert(person.id, (person, record));
        }
    }
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
    let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    if !rows.is_empty() {
        store(app, &rows).await?;
    }
    Ok(count)
}

async fn store(app: &App, rows: &[Vec<crate::db::Value>]) -> Result<()> {
    crate::atomic!(app.db, tx => {
        let columns = [
            "home", "id", "left_id", "right_home", "right_id", "division", "probability", "explanation", "state",
            "due_on", "created_at", "import_id", "version",
        ];
        insert_missing(tx, "candidate_pair", &columns, rows).await
    })
}

fn explanation(scored: &Scored) -> serde_json::Value {
    let evidence: Vec<_> = scored
        .evidence
        .iter()
        .map(|e| serde_json::json!({"column": e.column, "level": e.level, "bits": e.bits}))
        .collect();
    serde_json::json!({"prior_bits": scored.prior_bits, "evidence": evidence})
}

/// Pairs of persons who share a key, each once, in the order of their identifiers so that a pair found again from
/// its other side is the same pair.
async fn meet(app: &App, newcomers: &[Newcomer]) -> Result<BTreeSet<(Id, Id)>> {
    let mut by_key: HashMap<&str, Vec<Id>> = HashMap::new();
    for newcomer in newcomers {
        for key in newcomer.keys.iter().filter(|k| key::blocks(k)) {
            by_key.entry(key).or_default().push(newcomer.id);
        }
    }
    let keys: Vec<&str> = by_key.keys().copied().collect();
    let mut blocks: HashMap<String, Vec<Id>> = HashMap::new();
    for chunk in keys.chunks(200) {
        let sql = format!("SELECT key, person_id FROM person_key WHERE key IN ({})", marks(1, chunk.len()));
        let args = chunk.iter().map(|k| k.as_bytes().into()).collect();
        for (key, person) in app.db.all::<(Vec<u8>, Id)>(&sql, args).await? {
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

/// Looks for doubles of one person, for the desk: after an application was registered and its transaction is over.
/// Returns how many pairs were put before the clerks.
///
/// # Errors
/// The database is gone.
pub async fn compare(app: &App, person: Id) -> Result<u64> {
    let found: Option<Stored> = app
        .db
        .opt(
            &format!("SELECT {COLUMNS} FROM person p WHERE p.home = $1 AND p.id = $2"),
            p![person.home_number(), person],
        )
        .await?;
    let Some(found) = found else { return Ok(0) };
    let phone = found.phone.as_deref().map(|s| app.keys.unseal(s)).transpose()?;
    let index = phone.as_deref().map(|n| app.keys.index("phone", n));
    let both = phone.as_deref().zip(index.as_deref());
    let keys = key::of(&app.keys, &found.name, found.born_on, None, both);
    let model = model::current(app).await?;
    find(app, &model, &[Newcomer { id: person, keys }], None).await
}
