//! Shapes of cases: rows that the program wrote when it led a case of the model county through its rules, with places for
//! whatever belongs to that county and person. Stamped out for another person they are rows that the program would have
//! written for that person.

use super::{
    cut::Cutter,
    model::{Model, read},
    template::{Filling, Slot, Template, Tokens},
};
use crate::{
    App,
    db::Value,
    error::{Error, Result},
    p,
    seal::Keys,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    clock::ClockChange,
    referral::{Case, Event, Hold, Recorded, apply, begin},
};
use sha2::Digest;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// The tables in which a case stands, each with the column that names the case.
const OF_CASE: [&str; 7] =
    ["referral", "referral_event", "referral_filer", "form_entry", "message", "task", "sharing"];
/// The tables of offices and institutions.
const OF_OFFICE: [&str; 4] = ["organisation", "account", "institution", "library_event"];

/// How one column of a row is filled.
#[derive(Debug, Clone)]
pub(super) enum Cell {
    Plain(Value),
    Home,
    Id(Slot),
    Code(Slot),
    Text(Template),
    Json(Template),
    Sealed(Template),
    /// The digest of an event over the one before it.
    Digest,
    /// The blind index of the identity number.
    Index,
    Name,
    Initials,
    Born,
    Sex,
    /// The hash of the one password.
    Password,
    /// A count of the institution's.
    Count(usize),
}

/// A row with places.
#[derive(Debug, Clone)]
pub(super) struct RowShape {
    pub table: &'static str,
    pub cells: Vec<Cell>,
}

/// What fills the cells beside [`Filling`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// The person's home.
    pub home: i64,
    /// Blind index of the identity number.
    pub index: &'a [u8],
    /// The name.
    pub name: &'a str,
    /// Its initials.
    pub initials: &'a str,
    /// Birth date.
    pub born_on: Option<Date>,
    /// `male` or `female`.
    pub sex: &'a str,
    /// Hash of the password of all accounts.
    pub password: &'a str,
    /// Contracted, in service, reserved, answered in time, answered.
    pub counts: [i64; 5],
}

/// Columns of `institution` that count, in the order of [`Beside::counts`].
pub(super) const COUNTS: [&str; 5] = ["contracted", "in_service", "reserved", "answered_in_time", "answered"];

/// A number that was drawn from a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn {
    /// `S` for receipts, `D` for registrations.
    pub letter: char,
    /// The county of the series.
    pub county: Slot,
    /// The year.
    pub year: i16,
}

/// Rows with places.
#[derive(Debug, Default)]
pub struct Rows {
    pub(super) rows: Vec<RowShape>,
    /// The model's identifiers for which new ones are needed.
    pub fresh: Vec<Uuid>,
    /// The model's institutions in the order in which the rows name them.
    pub houses: Vec<usize>,
    /// Numbers that have to be drawn.
    pub drawn: Vec<Drawn>,
}

/// A case with all that came of it.
#[derive(Debug, Default)]
pub struct Shape {
    /// Its rows.
    pub rows: Rows,
    /// The model's person, where the register knows whom the case is about.
    pub person: Option<Uuid>,
    /// When the application entered the register, and the office that entered it.
    pub entered: Option<(Timestamp, Slot)>,
    /// Steps that stopped a clock: county, month, clock, in time.
    pub clocks: Vec<(Slot, i64, String, bool)>,
    /// Places held at the end: which institution, in service or reserved.
    pub holds: Vec<(usize, bool)>,
    /// Answers to offers: which institution, month, in time.
    pub answers: Vec<(usize, i64, bool)>,
    /// How many events there are.
    pub events: usize,
    /// The name on the application.
    pub client: String,
    /// Blind index of the identity number on it.
    pub index: Option<Vec<u8>>,
}

/// The shapes of all cases of a model county, in an order that is the same each time.
///
/// # Errors
/// A row of the model holds something that has no place.
pub async fn cases(model: &App, tokens: &Tokens) -> Result<Vec<Shape>> {
    let mut rows = Vec::new();
    for table in OF_CASE {
        rows.extend(read(model, table).await?);
    }
    let mut facts: HashMap<Uuid, Vec<Model>> = HashMap::new();
    for row in read(model, "need_fact").await? {
        facts.entry(row.id("person_id").unwrap_or_default()).or_default().push(row);
    }
    let episodes: HashMap<Uuid, Uuid> = rows
        .iter()
        .filter(|row| row.table == "referral")
        .filter_map(|row| Some((row.id("id")?, row.id("episode")?)))
        .collect();
    let mut families: BTreeMap<Uuid, Vec<Model>> = BTreeMap::new();
    for row in rows {
        let episode = row.case().and_then(|case| episodes.get(&case)).copied();
        families.entry(episode.ok_or(Error::NotFound)?).or_default().push(row);
    }
    let mut shapes = Vec::new();
    for mut family in families.into_values() {
        if let Some(person) = family.iter().find_map(|row| row.id("person_id")) {
            family.extend(facts.remove(&person).unwrap_or_default());
        }
        order(&mut family, tokens);
        let name = family.iter().map(|row| row.blind(tokens)).collect::<String>();
        shapes.push((name, shape(model, &family, tokens).await?));
    }
    shapes.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(shapes.into_iter().map(|(_, shape)| shape).collect())
}

/// Cases by their beginning, then their events, then the rest.
fn order(family: &mut [Model], tokens: &Tokens) {
    let mut cases: Vec<(String, Uuid)> = family
        .iter()
        .filter(|row| row.table == "referral")
        .filter_map(|row| Some((format!("{:?}{}", row.get("created_at"), row.blind(tokens)), row.id("id")?)))
        .collect();
    cases.sort();
    let rank = |row: &Model| {
        let place = OF_CASE.iter().position(|table| *table == row.table).unwrap_or(OF_CASE.len());
        let case = row.case().and_then(|id| cases.iter().position(|(_, case)| *case == id));
        let sequence = match row.get("sequence") {
            Some(Value::Int(sequence)) => *sequence,
            _ => 0,
        };
        (place, case, sequence, row.blind(tokens))
    };
    family.sort_by_cached_key(rank);
}

async fn shape(model: &App, family: &[Model], tokens: &Tokens) -> Result<Shape> {
    let person = family.iter().find_map(|row| row.id("person_id"));
    let village = family.iter().find_map(|row| match row.get("division") {
        Some(Value::Int(division)) if row.table == "referral" => Some(*division),
        _ => None,
    });
    let mut cutter = Cutter::new(tokens, person, village);
    let mut shape = Shape { person, ..Shape::default() };
    // Events name institutions in an order of their own; what a case holds is told by the same places.
    let (events, others): (Vec<&Model>, Vec<&Model>) =
        family.iter().partition(|row| row.table == "referral_event");
    let mut case: Option<Case> = None;
    for row in &events {
        cutter.row(row)?;
        let recorded: Recorded = row.json("event")?;
        if recorded.sequence == 1 {
            settle(&mut shape, &cutter, case.take());
        }
        follow(&mut shape, &mut cutter, &mut case, &recorded)?;
    }
    settle(&mut shape, &cutter, case.take());
    for row in &others {
        cutter.row(row)?;
        if row.table != "referral" {
            continue;
        }
        if let Some(Value::Text(name)) = row.get("client_name").filter(|_| shape.client.is_empty()) {
            shape.client.clone_from(name);
        }
        if let Some(Value::Bytes(index)) = row.get("client_index") {
            shape.index = Some(index.clone());
        }
    }
    shape.events = events.len();
    shape.entered = entered(model, person, tokens).await?;
    shape.rows = cutter.out;
    Ok(shape)
}

/// Notes what an event counts, and folds it.
fn follow(
    shape: &mut Shape,
    cutter: &mut Cutter<'_>,
    case: &mut Option<Case>,
    recorded: &Recorded,
) -> Result<()> {
    let day = rules::clock::china_date(recorded.at);
    let offered = case.as_ref().and_then(Case::offered_to);
    if let (
        Some(Slot::House(house, _)),
        Event::Accepted { .. } | Event::Declined { .. } | Event::RecalledSilent { .. },
    ) = (offered.and_then(|id| cutter.id(id)), &recorded.event)
    {
        let in_time = !matches!(recorded.event, Event::RecalledSilent { .. });
        shape.answers.push((house, i64::from(day.year()) * 12 + i64::from(day.month()), in_time));
    }
    let wrong = |e| Error::broken(format!("{e:?}"));
    match case {
        Some(case) => apply(case, recorded).map_err(wrong)?,
        None => *case = Some(begin(recorded).map_err(wrong)?),
    }
    let county = case.as_ref().map_or(0, |case| case.filing.county);
    for change in &recorded.clocks {
        let ClockChange::Stopped { clock, met: Some(met) } = change else { continue };
        let code = serde_json::to_value(clock)?;
        let code = code.as_str().unwrap_or_default().to_owned();
        let month = i64::from(day.year()) * 100 + i64::from(day.month());
        shape.clocks.push((cutter.code(county)?, month, code, *met));
    }
    Ok(())
}

/// The place that a case holds at its end.
fn settle(shape: &mut Shape, cutter: &Cutter<'_>, case: Option<Case>) {
    let Some(place) = case.and_then(|case| case.place) else { return };
    let Some(Slot::House(model, _)) = cutter.tokens.ids.get(&place.institution) else { return };
    let house = cutter.out.houses.iter().position(|house| house == model);
    shape.holds.extend(house.map(|house| (house, matches!(place.hold, Hold::Occupied))));
}

async fn entered(model: &App, person: Option<Uuid>, tokens: &Tokens) -> Result<Option<(Timestamp, Slot)>> {
    let Some(person) = person else { return Ok(None) };
    let sql = "SELECT created_at, sender FROM source_record WHERE person_id = $1 AND kind = 'application'
        ORDER BY created_at LIMIT 1";
    let found: Option<(Timestamp, String)> = model.db.opt(sql, p![person]).await?;
    let Some((at, sender)) = found else { return Ok(None) };
    let slot = sender.parse().ok().and_then(|id: Uuid| tokens.ids.get(&id)).copied();
    Ok(Some((at, slot.ok_or_else(|| Error::broken("nobody of the model entered a person"))?)))
}

/// Rows of the model's offices, and of each of its institutions in their order: those whose first place is theirs.
///
/// # Errors
/// A row of the model holds something that has no place.
pub async fn offices(model: &App, tokens: &Tokens) -> Result<Vec<(Slot, Rows)>> {
    let mut all: BTreeMap<Slot, Vec<Model>> = BTreeMap::new();
    for table in OF_OFFICE {
        for row in read(model, table).await? {
            let owner = match table {
                "organisation" | "institution" => row.id("id"),
                "account" => row.id("organisation_id"),
                _ => row.id("subject_id"),
            };
            // Talents have a library of their own, which is left out.
            let Some(slot) = owner.and_then(|id| tokens.ids.get(&id)).copied() else { continue };
            let group = if let Slot::House(j, _) = slot { Slot::House(j, 0) } else { slot };
            all.entry(group).or_default().push(row);
        }
    }
    let mut out = Vec::new();
    for (slot, rows) in all {
        let mut cutter = Cutter::new(tokens, None, None);
        for row in &rows {
            cutter.row(row)?;
        }
        out.push((slot, cutter.out));
    }
    Ok(out)
}

impl Rows {
    /// Stamps the rows out; `push` takes each with its table.
    ///
    /// # Errors
    /// Something is missing that a place asks for.
    pub(super) fn stamp(
        &self,
        keys: &Keys,
        filling: &Filling<'_>,
        beside: &Beside<'_>,
        push: &mut dyn FnMut(&'static str, Vec<Value>) -> Result<()>,
    ) -> Result<()> {
        let mut last: Vec<u8> = Vec::new();
        for row in &self.rows {
            let mut values: Vec<Value> = Vec::with_capacity(row.cells.len());
            for cell in &row.cells {
                let value = match cell {
                    Cell::Digest => {
                        last = chained(&last, &values)?;
                        Value::Bytes(last.clone())
                    }
                    other => {
                        let filled = fill(other, keys, filling, beside)?;
                        filled.ok_or_else(|| Error::broken(format!("{} lacks {other:?}", row.table)))?
                    }
                };
                values.push(value);
            }
            push(row.table, values)?;
        }
        Ok(())
    }
}

/// The digest of an event over that of the one before it in its case.
fn chained(before: &[u8], row: &[Value]) -> Result<Vec<u8>> {
    let mut digest = sha2::Sha256::new();
    if !matches!(row.get(2), Some(Value::Int(1))) {
        digest.update(before);
    }
    match row.get(4) {
        Some(Value::Written(event)) => digest.update(event.as_bytes()),
        _ => return Err(Error::broken("an event without its document")),
    }
    Ok(digest.finalize().to_vec())
}

fn fill(cell: &Cell, keys: &Keys, filling: &Filling<'_>, beside: &Beside<'_>) -> Result<Option<Value>> {
    let written = |template: &Template| {
        let mut out = String::with_capacity(512);
        template.fill(filling, &mut out).map(|()| out)
    };
    Ok(Some(match cell {
        Cell::Plain(value) => value.clone(),
        Cell::Home => Value::Int(beside.home),
        Cell::Id(slot) => return Ok(filling.id(*slot).map(Value::Id)),
        Cell::Code(slot) => return Ok(filling.code(*slot).map(Value::Int)),
        Cell::Text(template) => return Ok(written(template).map(Value::Text)),
        Cell::Json(template) => return Ok(written(template).map(Value::Written)),
        Cell::Sealed(template) => match written(template) {
            Some(text) => Value::Bytes(keys.seal(&text)?),
            None => return Ok(None),
        },
        Cell::Index => Value::from(beside.index),
        Cell::Name => Value::from(beside.name),
        Cell::Initials => Value::from(beside.initials),
        Cell::Born => Value::from(beside.born_on),
        Cell::Sex => Value::from(beside.sex),
        Cell::Password => Value::from(beside.password),
        Cell::Count(k) => return Ok(beside.counts.get(*k).copied().map(Value::Int)),
        Cell::Digest => return Ok(None),
    }))
}
