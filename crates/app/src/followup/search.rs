//! Looking for a record by name, pinyin, initials or number, within the caller's scope. What is searched by are the keys of the
//! register of persons, those of the county in which the caller works; a whole identity number or an identifier leads to the
//! record wherever its person is registered.

use super::{
    held::may,
    list::{self, Filter, Line, conditions},
    open::{in_scope, records_of},
    within,
};
use crate::{
    App,
    audit::{self, Entry, Purpose},
    db::Sql,
    error::Result,
    id::Id,
    p,
    person::search::{Probe, claimed, fits, keyed, probes},
    scope::Scope,
};
use rules::account::Deed as Doing;

/// Records that are found at most; whoever finds as many writes more of the name.
pub const MOST: usize = 50;
/// An identifier that no person has: a number that is nowhere costs as much as one in another scope.
pub(super) const NOBODY: Id = Id(uuid::Uuid::nil());
/// Keys that are read for one way in which the words may be meant.
const KEYS: i64 = 400;

struct Hit {
    record: Id,
    number: Option<Vec<u8>>,
    phone: Option<Vec<u8>>,
}
crate::row!(Hit { record, number, phone });

/// What was found, best first.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Lines.
    pub lines: Vec<Line>,
    /// There may be more.
    pub more: bool,
}

/// Records in scope whose person fits the words and which the filter lets through; the search is in the log.
///
/// # Errors
/// The role has nothing to do with the register.
pub async fn search(app: &App, scope: &Scope, words: &str, filter: &Filter) -> Result<Found> {
    may(scope, Doing::Read)?;
    let words = words.trim();
    let whole = match words.parse::<Id>() {
        Ok(id) => Some(Some(id)),
        Err(_) => claimed(app, words).await?,
    };
    let (ids, more) = match whole {
        Some(person) => (of_person(app, scope, person.unwrap_or(NOBODY), filter).await?, false),
        None => named(app, scope, words, filter).await?,
    };
    let lines = list::named(app, scope, &ids).await?;
    let mut entry = Entry::listed(Purpose::Care, "smd_record", lines.len());
    entry.action = "search";
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok(Found { lines, more })
}

/// The record of a person under whichever of the person's records in the register, or the record of that identifier.
async fn of_person(app: &App, scope: &Scope, person: Id, filter: &Filter) -> Result<Vec<Id>> {
    let mut records = records_of(app, person).await?;
    records.push(person);
    in_scope(app, scope, &records, filter).await
}

/// Records by the keys of names and numbers.
async fn named(app: &App, scope: &Scope, words: &str, filter: &Filter) -> Result<(Vec<Id>, bool)> {
    let (mut ids, mut more) = (Vec::new(), false);
    for probe in probes(&app.keys, words) {
        let hits = hits(app, scope, &probe, filter).await?;
        more |= i64::try_from(hits.len()).unwrap_or(i64::MAX) == KEYS;
        for hit in hits {
            if ids.contains(&hit.record) || !fits(app, &probe, &(hit.number, hit.phone))? {
                continue;
            }
            if ids.len() == MOST {
                return Ok((ids, true));
            }
            ids.push(hit.record);
        }
    }
    Ok((ids, more))
}

async fn hits(app: &App, scope: &Scope, probe: &Probe, filter: &Filter) -> Result<Vec<Hit>> {
    let sql = Sql::new(
        "SELECT s.id, m.number, m.phone FROM person_key k JOIN person m ON m.home = k.home AND m.id = k.person_id
        JOIN smd_record s ON s.home = m.home AND s.person_id = m.id WHERE",
    );
    let sql = within(scope, keyed(scope, probe, sql));
    let sql = conditions(app, scope, sql, filter).push(" ORDER BY k.key, k.person_id LIMIT {}", p![KEYS]);
    Ok(app.db.listing().query(sql).await?)
}
