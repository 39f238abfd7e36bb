//! Finding persons by name, pinyin, initials, the tail of a number, or a whole number.

use super::{COLUMNS, Person, Shows, Stored, key};
use crate::{
    App, audit,
    db::{Sql, Value},
    division::county_of,
    error::Result,
    id::Id,
    p, row,
    scope::{Area, Scope},
    seal::Keys,
};
use rules::{identity_number, name};
use std::collections::HashSet;

/// Rows on a page.
pub const PAGE: i64 = 50;

/// A page of a search.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Found {
    /// Best first.
    pub persons: Vec<Person>,
    /// What to send as `after` for the next page; none on the last.
    pub next: Option<String>,
}

/// One way in which the words may be meant: a range of keys, and what the name must hold.
#[derive(Debug, Clone)]
pub(crate) struct Probe {
    pub(crate) from: String,
    pub(crate) below: String,
    /// The name, where Chinese characters were written.
    contains: Option<String>,
    /// The number, where more of its tail was written than the key holds: identity number, else telephone.
    ends_with: Option<(bool, String)>,
}

struct Hit {
    key: String,
    member: Id,
    person: Stored,
    /// Identity number and telephone of the person whose key it is, who may have been merged since.
    numbers: (Option<Vec<u8>>, Option<Vec<u8>>),
}

impl crate::db::FromRow for Hit {
    fn from_row(row: &crate::db::Row<'_>) -> crate::db::Result<Self> {
        let person = Stored {
            id: row.get(2)?,
            name: row.get(3)?,
            sex: row.get(4)?,
            born_on: row.get(5)?,
            division: row.get(6)?,
            registered_division: row.get(7)?,
            in_health: row.get(8)?,
            in_dpf: row.get(9)?,
            in_application: row.get(10)?,
            number: row.get(11)?,
            number_index: row.get(12)?,
            phone: row.get(13)?,
            lives_at_home: row.get(14)?,
            need_assessed: row.get(15)?,
            suitable: row.get(16)?,
            consented: row.get(17)?,
            ended_at: row.get(18)?,
            version: row.get(19)?,
        };
        let key: Vec<u8> = row.get(0)?;
        let key = String::from_utf8_lossy(&key).into_owned();
        Ok(Hit { key, member: row.get(1)?, person, numbers: (row.get(20)?, row.get(21)?) })
    }
}

pub(super) async fn record(app: &App, scope: &Scope, rows: usize) -> Result<()> {
    let entry = audit::Entry {
        purpose: audit::Purpose::Referral,
        action: "search",
        subject_kind: "person",
        subject: None,
        detail: serde_json::json!({"rows": rows}),
    };
    audit::record(&app.db, scope, entry, app.now()).await
}

/// Persons of the caller's scope that fit the words, best first; `after` is [`Found::next`] of the page before.
/// Words: the start of a name or of a given name, at least two letters of pinyin or initials, the last four or more
/// digits of an identity number or telephone, a whole number of either kind or of a certificate, an identifier.
///
/// # Errors
/// The database is gone.
pub async fn search(app: &App, scope: &Scope, words: &str, after: Option<&str>) -> Result<Found> {
    let words = words.trim();
    if let Some(person) = exact(app, scope, words).await? {
        record(app, scope, 1).await?;
        return Ok(Found { persons: vec![person], next: None });
    }
    let probes = probes(&app.keys, words);
    let found = read(app, scope, &probes, after).await?;
    record(app, scope, found.persons.len()).await?;
    Ok(found)
}

/// A whole number or identifier leads to one person of the caller's scope, whatever became of it since. A number that is in
/// another scope costs as much as one that is nowhere: both are looked for once among the claims, once in the scope.
async fn exact(app: &App, scope: &Scope, words: &str) -> Result<Option<Person>> {
    let id = match words.parse::<Id>() {
        Ok(id) => id,
        Err(_) => match claimed(app, words).await? {
            Some(found) => found.unwrap_or(NOBODY),
            None => return Ok(None),
        },
    };
    match super::stored(app, scope, id).await {
        Ok(found) if found.ended_at.is_none() => Ok(Some(found.shown(app, Shows::to(scope))?)),
        Ok(_) | Err(crate::Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// An identifier that no person has.
const NOBODY: Id = Id(uuid::Uuid::nil());

/// Who claimed the whole number, if anybody; `None` where the words are no whole number.
pub(crate) async fn claimed(app: &App, words: &str) -> Result<Option<Option<Id>>> {
    let today = super::today(app.now());
    let mut claims = Vec::new();
    if let Ok(reading) = identity_number::check(words, today) {
        claims.push(("identity_number", app.keys.index("identity_number", reading.number.as_str())));
    }
    if rules::disability_certificate::check(words, today).is_ok() {
        let plain: String = words.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        let plain = plain.to_ascii_uppercase();
        claims.push(("disability_certificate", app.keys.index("disability_certificate", &plain)));
    }
    if claims.is_empty() {
        return Ok(None);
    }
    let mut found = None;
    for (kind, hash) in claims {
        let sql = "SELECT id FROM claim WHERE kind = $1 AND hash = $2";
        let claimed: Option<(Id,)> = app.db.opt(sql, p![kind, hash]).await?;
        found = found.or(claimed.map(|(id,)| id));
    }
    Ok(Some(found))
}

/// The ways in which words may be meant.
pub(crate) fn probes(keys: &Keys, words: &str) -> Vec<Probe> {
    let plain = name::normalised(words);
    let probe = |(from, below): (String, String)| Probe { from, below, contains: None, ends_with: None };
    let compact: String = plain.chars().filter(|c| !c.is_whitespace()).collect();
    let digits = compact.strip_suffix('X').unwrap_or(&compact);
    if compact.len() >= key::TAIL && digits.bytes().all(|b| b.is_ascii_digit()) {
        let same = |key: String| probe((key.clone(), format!("{key}{{")));
        let tail = |kind: char| {
            key::tail(keys, kind, &compact).map(|k| Probe {
                ends_with: (compact.len() > key::TAIL).then(|| (kind == 't', compact.clone())),
                ..same(k)
            })
        };
        let whole = same(key::phone(&keys.index("phone", &compact)));
        return [Some(whole), tail('t'), tail('u')].into_iter().flatten().collect();
    }
    if plain.chars().any(name::is_han) {
        let start = name::full_pinyin(&plain);
        // Read as a given name the first character is no surname: 仇 is chou there, not qiu.
        let given: String = name::pinyin(&format!("王{plain}")).into_iter().skip(1).collect();
        let with = |kind: char, letters: &str| Probe {
            contains: Some(plain.clone()),
            ..probe(key::starting(kind, letters))
        };
        // Without a reading there is nothing to begin with, and every name would be read.
        let ways = [('p', &start), ('p', &given), ('g', &given)].into_iter();
        return ways
            .filter(|(_, letters)| !letters.is_empty())
            .map(|(kind, letters)| with(kind, letters))
            .collect();
    }
    let letters: String = plain.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    if letters.len() < 2 {
        return Vec::new();
    }
    let whole = |kind: char| {
        let from = format!("{kind}:{letters}/");
        probe((from.clone(), format!("{from}{{")))
    };
    vec![
        whole('p'),
        whole('i'),
        probe(key::starting('p', &letters)),
        probe(key::starting('g', &letters)),
        probe(key::starting('i', &letters)),
    ]
}

/// Reads probe after probe until the page is full. The mark between pages names the probe, the key and the person.
async fn read(app: &App, scope: &Scope, probes: &[Probe], after: Option<&str>) -> Result<Found> {
    let mut parts = after.unwrap_or_default().splitn(3, '|');
    let start: usize = parts.next().and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut mark = parts.next().and_then(|id| id.parse::<Id>().ok()).zip(parts.next().map(str::to_owned));
    let limit = usize::try_from(PAGE).unwrap_or(50);
    let (mut seen, mut persons) = (HashSet::new(), Vec::new());
    for (at, probe) in probes.iter().enumerate().skip(start) {
        loop {
            let hits = hits(app, scope, probe, mark.take()).await?;
            let more = hits.len() == limit;
            for hit in hits {
                mark = Some((hit.member, hit.key.clone()));
                let fits = fits(app, probe, &hit.numbers)?;
                // Who fits an earlier probe was shown with it.
                let earlier = probes.iter().take(at).any(|p| p.from <= hit.key && hit.key < p.below);
                if !fits || earlier || !seen.insert(hit.person.id) {
                    continue;
                }
                persons.push(hit.person.shown(app, Shows::to(scope))?);
                if persons.len() == limit {
                    let next = Some(format!("{at}|{}|{}", hit.member, hit.key));
                    return Ok(Found { persons, next });
                }
            }
            if !more {
                mark = None;
                break;
            }
        }
    }
    Ok(Found { persons, next: None })
}

/// Under which counties the keys stand. One county has keys of its own, in their order; of wider areas those of the
/// whole country are read in their order, and the plus keeps the index by county out of it.
fn within(area: Area) -> (&'static str, Vec<Value>) {
    let (from, to) = (county_of(area.from), county_of(area.to));
    if from == to {
        return (" AND k.county = {}", p![from]);
    }
    (" AND +k.county >= {} AND +k.county <= {}", p![from, to])
}

/// Adds the keys of a probe in the caller's area to a statement over `person_key` under `k` and its person under `m`.
pub(crate) fn keyed(scope: &Scope, probe: &Probe, sql: Sql) -> Sql {
    let (county, args) = within(scope.area);
    let keys = p![probe.from.as_bytes(), probe.below.as_bytes()];
    let sql = sql.push(" k.key >= {} AND k.key < {}", keys).push(county, args);
    let Some(characters) = &probe.contains else { return sql };
    let like = format!("%{}%", characters.replace(['%', '_'], ""));
    sql.push(" AND m.name LIKE {}", [Value::from(like)])
}

async fn hits(app: &App, scope: &Scope, probe: &Probe, mark: Option<(Id, String)>) -> Result<Vec<Hit>> {
    Ok(app.db.listing().query(page_of(scope, probe, mark)).await?)
}

fn page_of(scope: &Scope, probe: &Probe, mark: Option<(Id, String)>) -> Sql {
    let mut sql = Sql::new(&format!(
        "SELECT k.key, k.person_id, {COLUMNS}, m.number, m.phone FROM person_key k
         JOIN person m ON m.home = k.home AND m.id = k.person_id
         JOIN person p ON p.home = m.head_home /* spread: one person's records may have different homes */ AND p.id = m.head_id WHERE"
    ));
    sql = keyed(scope, probe, sql).push(" AND p.ended_at IS NULL", p![]);
    if let Some((id, key)) = mark {
        sql = sql.push(" AND (k.key, k.person_id) > ({}, {})", p![key.as_bytes(), id]);
    }
    scope.people_found(sql).push(" ORDER BY k.key, k.person_id LIMIT {}", [Value::from(PAGE)])
}

/// Whether the number ends as it was written, where more of its tail was written than a key holds.
pub(crate) fn fits(
    app: &App,
    probe: &Probe,
    (number, phone): &(Option<Vec<u8>>, Option<Vec<u8>>),
) -> Result<bool> {
    let Some((is_number, tail)) = &probe.ends_with else { return Ok(true) };
    let sealed = if *is_number { number } else { phone };
    let Some(sealed) = sealed else { return Ok(false) };
    Ok(app.keys.unseal(sealed)?.ends_with(tail.as_str()))
}

/// Whether somebody with this number is registered: for the desk, before a second registration.
struct Known {
    id: Id,
}
row!(Known { id });

/// The person that an identity number belongs to, if the caller may see it.
///
/// # Errors
/// The database is gone.
pub async fn by_number(app: &App, scope: &Scope, number: &str) -> Result<Option<Person>> {
    let sql = "SELECT id FROM claim WHERE kind = 'identity_number' AND hash = $1";
    let hash = app.keys.index("identity_number", number);
    let Some(Known { id }) = app.db.opt(sql, p![hash]).await? else { return Ok(None) };
    match super::get(app, scope, id).await {
        Ok(found) => Ok(Some(found)),
        Err(crate::Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How SQLite would read it.
    fn plan(sql: &Sql) -> String {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("../../../../schema/sqlite.sql")).unwrap();
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text)).unwrap();
        let mut steps = statement.raw_query();
        let mut plan = String::new();
        while let Some(step) = steps.next().unwrap() {
            plan.push_str(&step.get::<_, String>(3).unwrap());
            plan.push('\n');
        }
        plan
    }

    #[test]
    fn one_county_is_read_from_its_own_keys_and_a_wider_area_from_all_in_their_order() {
        let keys = Keys::from_secret(&[7; 64]).unwrap();
        let own = "person_key_by_county (county=? AND key>? AND key<?)";
        let all = "k USING PRIMARY KEY (key>? AND key<?)";
        for (division, width, expected) in [
            (310_115_110_001, 1, own),
            (310_115_000_000, 1_000_000, own),
            (310_000_000_000, 10_000_000_000, all),
            (0, 1_000_000_000_000, all),
        ] {
            let area = Area { from: division, to: division + width - 1 };
            let scope =
                Scope { area, division, role: rules::account::Role::ReferralWorker, ..Scope::system() };
            for words in ["王小明", "wxm", "1234"] {
                for probe in probes(&keys, words) {
                    for mark in [None, Some((NOBODY, "p:".to_owned()))] {
                        let sql = page_of(&scope, &probe, mark);
                        assert!(sql.text.contains(" +p.division >= "), "{}", sql.text);
                        let plan = plan(&sql);
                        assert!(
                            plan.contains(expected) && !plan.contains("TEMP B-TREE"),
                            "{division}: {plan}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn no_words_read_every_key_of_a_kind() {
        let keys = Keys::from_secret(&[7; 64]).unwrap();
        for (words, ways) in [
            ("王小明", 3),
            ("wxm", 5),
            ("1234", 3),
            ("990101199001011230", 3),
            // A character of somebody's own, and a rare one without a reading: only beside one that has a reading.
            ("\u{f60e}", 0),
            ("\u{f60e}明", 3),
            ("w", 0),
            ("。", 0),
            ("", 0),
        ] {
            let probes = probes(&keys, words);
            assert_eq!(probes.len(), ways, "{words}");
            assert!(probes.iter().all(|probe| probe.from.len() > 2 && probe.from < probe.below), "{words}");
        }
    }
}
