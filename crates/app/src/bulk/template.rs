//! Texts and documents with places in them for what differs from county to county and from person to person.

use std::collections::HashMap;
use std::fmt::Write;
use uuid::Uuid;

/// What stands in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// Something of the county.
    County(usize),
    /// Something of one of its institutions.
    House(usize, usize),
    /// Something of the person.
    Own(usize),
    /// An identifier that nothing else has.
    Fresh(usize),
    /// A number drawn from a series.
    Series(usize),
    /// The person's identifier.
    Person,
    /// The person's village.
    Village,
}

/// What the model county's identifiers, names and codes stand for.
#[derive(Debug, Default)]
pub struct Tokens {
    /// Identifiers of organisations and accounts.
    pub ids: HashMap<Uuid, Slot>,
    /// Texts that stand alone.
    pub words: HashMap<String, Slot>,
    /// Names for signing in.
    pub usernames: HashMap<String, Slot>,
    /// Texts that also stand inside of others, the longest first.
    pub inside: Vec<(String, Slot)>,
    /// Codes of divisions.
    pub codes: HashMap<i64, Slot>,
    /// Fields of forms whose value is the person's own whatever it says.
    pub fields: HashMap<&'static str, Slot>,
}

/// A county's or an institution's own: by the same places as the model's.
#[derive(Debug, Clone, Default)]
pub struct Site {
    /// Identifiers.
    pub ids: Vec<Uuid>,
    /// Texts.
    pub words: Vec<String>,
    /// Codes of divisions.
    pub codes: Vec<i64>,
}

/// A person's own.
#[derive(Debug, Clone, Default)]
pub struct Own {
    /// Texts.
    pub words: Vec<String>,
    /// Values of form fields, as JSON.
    pub fields: Vec<String>,
}

/// What is put into the places.
#[derive(Debug, Clone, Copy)]
pub struct Filling<'a> {
    /// The county.
    pub county: &'a Site,
    /// Its institutions, in the order in which the shape names them.
    pub houses: &'a [&'a Site],
    /// The person.
    pub own: &'a Own,
    /// New identifiers.
    pub fresh: &'a [Uuid],
    /// Drawn numbers.
    pub series: &'a [String],
    /// The person's identifier.
    pub person: Uuid,
    /// The person's village.
    pub village: i64,
}

impl<'a> Filling<'a> {
    pub(super) fn id(&self, slot: Slot) -> Option<Uuid> {
        match slot {
            Slot::County(k) => self.county.ids.get(k).copied(),
            Slot::House(j, k) => self.houses.get(j).and_then(|house| house.ids.get(k)).copied(),
            Slot::Fresh(k) => self.fresh.get(k).copied(),
            Slot::Person => Some(self.person),
            Slot::Own(_) | Slot::Series(_) | Slot::Village => None,
        }
    }

    pub(super) fn word(&self, slot: Slot) -> Option<&'a str> {
        match slot {
            Slot::County(k) => self.county.words.get(k).map(String::as_str),
            Slot::House(j, k) => self.houses.get(j).and_then(|house| house.words.get(k)).map(String::as_str),
            Slot::Own(k) => self.own.words.get(k).map(String::as_str),
            Slot::Series(k) => self.series.get(k).map(String::as_str),
            Slot::Fresh(_) | Slot::Person | Slot::Village => None,
        }
    }

    pub(super) fn code(&self, slot: Slot) -> Option<i64> {
        match slot {
            Slot::County(k) => self.county.codes.get(k).copied(),
            Slot::House(j, k) => self.houses.get(j).and_then(|house| house.codes.get(k)).copied(),
            Slot::Village => Some(self.village),
            Slot::Own(_) | Slot::Series(_) | Slot::Fresh(_) | Slot::Person => None,
        }
    }
}

/// One part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Literal(String),
    Word(Slot),
    /// The value of a field, as JSON.
    Field(Slot),
    Id(Slot),
    Code(Slot),
}

/// A text with places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Template(pub Vec<Part>);

impl Template {
    pub(super) fn literal(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Part::Literal(before)) => before.push_str(text),
            _ => self.0.push(Part::Literal(text.to_owned())),
        }
    }

    /// The text; none where something is missing that a place asks for.
    pub(super) fn fill(&self, filling: &Filling<'_>, out: &mut String) -> Option<()> {
        for part in &self.0 {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Word(slot) => out.push_str(filling.word(*slot)?),
                Part::Field(Slot::Own(k)) => out.push_str(filling.own.fields.get(*k)?),
                Part::Field(_) => return None,
                Part::Id(slot) => {
                    let mut buffer = Uuid::encode_buffer();
                    out.push_str(filling.id(*slot)?.hyphenated().encode_lower(&mut buffer));
                }
                Part::Code(slot) => write!(out, "{}", filling.code(*slot)?).ok()?,
            }
        }
        Some(())
    }
}
