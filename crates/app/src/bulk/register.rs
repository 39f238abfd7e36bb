//! Persons as departments' lists bring them into the register: the same rows as an import writes.

use super::{
    Filler,
    shape::{Beside, Shape},
    template::{Filling, Own, Site},
};
use crate::{
    App,
    db::Value,
    error::{Error, Result},
    id::Id,
    import::{
        Summary,
        chunk::{self, Outcome},
        prepare::{Plan, Prepared, prepare},
    },
    need::Change,
    p,
    person::{
        Entrant, county,
        fold::{self, Fact, Said, Shown},
        register,
    },
    scope::Area,
};
use jiff::Timestamp;
use rules::import::{Checker, Heading, Kind, Mapping, Severity, kinds, match_headings};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A kind of list with its headings, understood.
pub struct Headings {
    kind: &'static Kind,
    heading: Heading,
}

impl Headings {
    /// Of the kind with a code.
    ///
    /// # Errors
    /// There is none, or a column that it needs is missing.
    pub fn new(kind: &str, headings: &[String]) -> Result<Headings> {
        let unknown = || Error::broken(format!("there is no kind of list {kind:?}"));
        let kind = kinds().iter().find(|one| one.kind == kind).ok_or_else(unknown)?;
        let heading = match_headings(kind, &[headings.to_vec()], &Mapping::new());
        if heading.missing.is_empty() {
            Ok(Headings { kind, heading })
        } else {
            Err(Error::broken(format!("columns are missing: {:?}", heading.missing)))
        }
    }
}

/// One county's list of one kind, while it is taken in.
pub struct List<'a> {
    plan: Plan,
    checker: Checker<'a>,
    import: Id,
    organisation: Uuid,
    account: Id,
    at: Timestamp,
    summary: Summary,
    outcomes: String,
}

/// Who sends a list, and when it is taken in.
pub struct Sent<'a> {
    /// The organisation's name.
    pub sender: &'a str,
    /// The organisation.
    pub organisation: Uuid,
    /// Who takes it in.
    pub account: Uuid,
    /// The county.
    pub county: i64,
    /// When.
    pub at: Timestamp,
    /// Chance for the identifier of the import.
    pub chance: u128,
}

impl<'a> List<'a> {
    /// Of a sender.
    #[must_use]
    pub fn new(headings: &'a Headings, sent: &Sent<'_>) -> List<'a> {
        let area = Area::of(sent.county);
        let today = rules::clock::china_date(sent.at);
        let home = crate::id::Home::of_division(sent.county, sent.chance >> 64);
        List {
            plan: Plan {
                kind: headings.kind,
                sender: sent.sender.to_owned(),
                mapping: Mapping::new(),
                today,
                area,
                seal: true,
            },
            checker: Checker::new(headings.kind, &headings.heading, today, area.from, area.to),
            import: Id::given(home, sent.at, sent.chance),
            organisation: sent.organisation,
            account: Id(sent.account),
            at: sent.at,
            summary: Summary { heading: Some(headings.heading.clone()), ..Summary::default() },
            outcomes: "-".repeat(headings.heading.rows),
        }
    }

    /// Reads a row and seals it.
    fn read(&self, app: &App, cells: &[String]) -> Result<Prepared> {
        let row = self.checker.read(cells);
        if row.severity() > Some(Severity::Warning) {
            return Err(Error::broken(format!("a made-up row is faulty: {:?}", row.troubles)));
        }
        prepare(&app.keys, &self.plan, row)
    }

    fn note(&mut self, row: &Prepared, outcome: Outcome) -> u64 {
        self.outcomes.push(if outcome == Outcome::New { 'n' } else { 'l' });
        self.summary.rows += 1;
        self.summary.new += u64::from(outcome == Outcome::New);
        self.summary.linked += u64::from(outcome == Outcome::Linked);
        self.summary.warned += u64::from(!row.row.troubles.is_empty());
        for trouble in &row.row.troubles {
            *self.summary.findings.entry(format!("{}:{}", trouble.field, trouble.code)).or_default() += 1;
        }
        u64::try_from(self.outcomes.len()).unwrap_or(u64::MAX)
    }
}

/// The case of a person.
pub struct Episode<'a> {
    /// Its shape.
    pub shape: &'a Shape,
    /// The county.
    pub county: &'a Site,
    /// Its institutions, in the order in which the shape names them.
    pub houses: Vec<&'a Site>,
    /// The person's own words.
    pub own: Own,
    /// Numbers drawn for it.
    pub series: Vec<String>,
    /// What the application says of the person.
    pub entrant: Entrant,
}

/// A person with rows of lists and perhaps a case.
pub struct Entry<'a, 'l> {
    /// The lists and the person's row on each; never empty.
    pub rows: Vec<(&'a mut List<'l>, Vec<String>)>,
    /// The case.
    pub episode: Option<Episode<'a>>,
}

/// What is known of a person while its rows are written.
struct Person {
    id: Id,
    said: Vec<Said>,
    facts: Vec<Fact>,
    keys: BTreeSet<Vec<u8>>,
    version: i64,
    created_at: Timestamp,
}

impl Filler {
    /// Writes everything that comes of a person. `chance` gives the random parts of identifiers.
    ///
    /// # Errors
    /// A made-up row does not pass the rules of lists, or the disk is full.
    pub fn person(&mut self, entry: Entry<'_, '_>, chance: &mut dyn FnMut() -> u128) -> Result<()> {
        let mut person: Option<Person> = None;
        let mut index = Vec::new();
        for (list, cells) in entry.rows {
            let row = list.read(&self.app, &cells)?;
            index = row.number_index.clone().unwrap_or(index);
            self.listed(list, &row, &mut person, chance)?;
        }
        let mut person = person.ok_or_else(|| Error::broken("a person on no list"))?;
        if let Some(episode) = &entry.episode {
            self.episode(episode, &index, &mut person, chance)?;
        }
        let home = person.id.home_number();
        let shown = fold::fold(&person.said, &person.facts).ok_or(Error::NotFound)?;
        for key in &person.keys {
            self.push("person_key", county::row(key, person.id, shown.division))?;
        }
        self.figures.plus(&shown.counted());
        let mut values = p![home, person.id, home, person.id, person.created_at, person.version];
        values.extend(shown.values());
        self.push("person", values)
    }

    fn listed(
        &mut self,
        list: &mut List<'_>,
        row: &Prepared,
        person: &mut Option<Person>,
        chance: &mut dyn FnMut() -> u128,
    ) -> Result<()> {
        let outcome = if person.is_some() { Outcome::Linked } else { Outcome::New };
        let number = list.note(row, outcome);
        let (kind, at) = (list.plan.kind.kind.as_str(), list.at);
        let person = person.get_or_insert_with(|| Person {
            id: Id::given(chunk::home(row), at, chance()),
            said: Vec::new(),
            facts: Vec::new(),
            keys: BTreeSet::new(),
            version: 0,
            created_at: at,
        });
        let record = Id::given(person.id.home(), at, chance());
        let how = if outcome == Outcome::New { "first" } else { "exact" };
        let source = (list.import, kind, list.plan.sender.as_str());
        let values = chunk::record_of((person.id, record), source, (number, row), (how, None), at);
        self.push("source_record", values)?;
        let home = person.id.home_number();
        if outcome == Outcome::New {
            if let Some(index) = row.number_index.as_deref() {
                self.push("claim", p!["identity_number", index, home, person.id])?;
            }
        } else {
            let event = Id::given(person.id.home(), at, chance());
            self.push("link_event", chunk::linked((person.id, event), record, list.account, at))?;
        }
        if row.own_key {
            self.push("claim", p!["row", row.key_index.as_slice(), home, person.id])?;
        }
        if let Some(index) = row.certificate_index.as_deref() {
            self.push("claim", p!["disability_certificate", index, home, person.id])?;
        }
        person.keys.extend(row.keys.iter().map(|key| key.as_bytes().to_vec()));
        person.said.push(chunk::said(row, person.id, record, kind, at));
        person.version += 1;
        Ok(())
    }

    fn episode(
        &mut self,
        episode: &Episode<'_>,
        index: &[u8],
        person: &mut Person,
        chance: &mut dyn FnMut() -> u128,
    ) -> Result<()> {
        let (shape, home) = (episode.shape, person.id.home());
        let fresh: Vec<Uuid> =
            shape.rows.fresh.iter().map(|id| Id::at_the_time_of(*id, home, chance()).0).collect();
        let filling = Filling {
            county: episode.county,
            houses: &episode.houses,
            own: &episode.own,
            fresh: &fresh,
            series: &episode.series,
            person: person.id.0,
            village: episode.entrant.division,
        };
        if let Some((at, office)) = shape.entered {
            let record = Id::given(home, at, chance());
            let office = filling.id(office).ok_or(Error::NotFound)?;
            let found = register::record_of(&self.app.at(at), &episode.entrant, person.id, record)?;
            let mut values = found.values(&Id(office).to_string(), "exact");
            values = super::arranged(&register::APPLICATION, values, &chunk::RECORD);
            self.push("source_record", values)?;
            person.keys.extend(found.keys.iter().map(|key| key.as_bytes().to_vec()));
            person.said.push(found.said);
            person.version += 1;
        }
        let initials = rules::name::initials(&episode.entrant.name);
        let beside = Beside {
            home: home.number(),
            index,
            name: &episode.entrant.name,
            initials: &initials,
            born_on: episode.entrant.born_on,
            sex: episode.entrant.sex.as_deref().unwrap_or_default(),
            ..Beside::default()
        };
        let keys = self.app.keys.clone();
        let mut facts = Vec::new();
        shape.rows.stamp(&keys, &filling, &beside, &mut |table, row| {
            if table == "need_fact" {
                facts.extend(fact(&row));
            }
            self.push(table, row)
        })?;
        person.version += i64::try_from(facts.len()).unwrap_or_default();
        person.facts = facts;
        Ok(())
    }

    /// Ends a county: its figures and what its lists brought.
    ///
    /// # Errors
    /// The disk is full.
    pub fn county(&mut self, lists: Vec<List<'_>>) -> Result<()> {
        let figures = std::mem::take(&mut self.figures);
        for ((county, indicator), count) in figures.counties() {
            self.push("tally_county", p![county, indicator, count])?;
        }
        for ((town, indicator), count) in figures.towns() {
            self.push("tally_town", p![town, indicator, count])?;
        }
        for (indicator, division, count) in figures.figures() {
            self.push("tally", p![indicator, division, count])?;
        }
        for list in lists {
            self.import(&list)?;
        }
        Ok(())
    }

    fn import(&mut self, list: &List<'_>) -> Result<()> {
        let rows = i64::try_from(list.outcomes.len()).unwrap_or(i64::MAX);
        let mut first = 1_i64;
        for some in list.outcomes.as_bytes().chunks(crate::import::prepare::BATCH) {
            self.push("import_outcome", p![list.import, first, String::from_utf8_lossy(some).into_owned()])?;
            first += i64::try_from(some.len()).unwrap_or_default();
        }
        let summary = serde_json::to_value(&list.summary)?;
        let kind = list.plan.kind.kind.as_str();
        let values = p![
            list.import,
            kind,
            list.plan.sender.as_str(),
            format!("{kind}.csv"),
            0_i64,
            "done",
            serde_json::to_value(&list.plan.mapping)?,
            false,
            false,
            rows,
            rows,
            summary,
            list.account,
            Id(list.organisation),
            list.plan.area.from,
            list.plan.today,
            list.at,
            list.at,
            list.at,
            5_i64
        ];
        self.push("import", values)
    }
}

/// A finding about need, from its row.
fn fact(row: &[Value]) -> Option<Fact> {
    match row {
        [_, Value::Id(id), Value::Id(person), Value::Text(fact), Value::Bool(value), Value::Date(on), ..] => {
            Some(Fact {
                person_id: Id(*person),
                fact: fact.clone(),
                value: *value,
                found_on: *on,
                id: Id(*id),
            })
        }
        _ => None,
    }
}

/// The columns of `person`, in the order in which they are written.
pub(super) fn person_columns() -> Vec<&'static str> {
    let own = ["home", "id", "head_home", "head_id", "created_at", "version"];
    [&own[..], &Shown::COLUMNS[..]].concat()
}

/// The columns of `import` that are written.
pub(super) const IMPORT: [&str; 20] = [
    "id",
    "kind",
    "sender",
    "file_name",
    "size",
    "state",
    "mapping",
    "keep_valid",
    "keep_unverified",
    "rows_total",
    "rows_done",
    "summary",
    "account_id",
    "organisation_id",
    "division",
    "today",
    "created_at",
    "started_at",
    "finished_at",
    "version",
];

/// The figures of a county while it is filled.
pub(super) type Figures = Change;
