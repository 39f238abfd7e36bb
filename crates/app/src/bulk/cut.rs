//! Rows of the model turned into rows with places.

use super::{
    model::Model,
    shape::{COUNTS, Cell, Drawn, RowShape, Rows},
    template::{Part, Slot, Template, Tokens},
};
use crate::{
    db::Value,
    error::{Error, Result},
};
use serde_json::Value as Json;
use std::collections::HashMap;
use uuid::Uuid;

/// Turns rows of the model into rows with places.
pub(super) struct Cutter<'a> {
    pub tokens: &'a Tokens,
    person: Option<Uuid>,
    /// Where the person lives.
    village: Option<i64>,
    pub out: Rows,
    fresh: HashMap<Uuid, usize>,
    series: HashMap<String, usize>,
}

impl<'a> Cutter<'a> {
    pub(super) fn new(tokens: &'a Tokens, person: Option<Uuid>, village: Option<i64>) -> Self {
        let (fresh, series) = (HashMap::new(), HashMap::new());
        Cutter { tokens, person, village, out: Rows::default(), fresh, series }
    }

    pub(super) fn row(&mut self, model: &Model) -> Result<()> {
        let mut cells = Vec::with_capacity(model.values.len());
        for (name, _, value) in &model.values {
            cells.push(self.cell(model.table, name, value)?);
        }
        self.out.rows.push(RowShape { table: model.table, cells });
        Ok(())
    }

    fn cell(&mut self, table: &str, name: &str, value: &Value) -> Result<Cell> {
        if *value == Value::Null {
            return Ok(Cell::Plain(Value::Null));
        }
        Ok(match (table, name, value) {
            (_, "home", _) => Cell::Home,
            ("referral", "client_index", _) => Cell::Index,
            ("referral", "client_initials", Value::Text(text)) if !text.is_empty() => Cell::Initials,
            ("referral", "client_born_on", _) => Cell::Born,
            ("referral", "client_sex", _) => Cell::Sex,
            ("referral_event", "digest", _) => Cell::Digest,
            ("referral", "client_name", Value::Text(text)) if !text.is_empty() => Cell::Name,
            ("account", "password_hash", _) => Cell::Password,
            ("account", "username", Value::Text(text)) => {
                let slot = self.tokens.usernames.get(text).copied();
                let slot = slot.ok_or_else(|| Error::broken(format!("nobody signs in as {text}")))?;
                Cell::Text(Template(vec![Part::Word(self.placed(slot))]))
            }
            ("institution", name, _) if COUNTS.contains(&name) => {
                Cell::Count(COUNTS.iter().position(|count| *count == name).unwrap_or_default())
            }
            (_, _, Value::Id(id)) => match self.id(*id) {
                Some(slot) => Cell::Id(slot),
                None => Cell::Plain(value.clone()),
            },
            (_, _, Value::Int(number)) if *number > LEAST_CODE => Cell::Code(self.code(*number)?),
            (_, _, Value::Text(text)) => self.text(text),
            ("form_entry", "content", Value::Written(text)) => Cell::Sealed(self.document(text, true)?),
            (_, _, Value::Written(text)) => Cell::Json(self.document(text, false)?),
            (_, _, Value::Bytes(_)) => {
                return Err(Error::broken(format!("{table}.{name} of a model has no shape")));
            }
            _ => Cell::Plain(value.clone()),
        })
    }

    fn text(&mut self, text: &str) -> Cell {
        let mut template = Template::default();
        self.words(text, &mut template);
        match template.0.as_slice() {
            [] | [Part::Literal(_)] => Cell::Plain(Value::from(text)),
            _ => Cell::Text(template),
        }
    }

    /// The place of an identifier; none for that of nobody.
    pub(super) fn id(&mut self, id: Uuid) -> Option<Slot> {
        if id.is_nil() {
            return None;
        }
        if self.person == Some(id) {
            return Some(Slot::Person);
        }
        Some(match self.tokens.ids.get(&id) {
            Some(Slot::House(j, k)) => Slot::House(self.house(*j), *k),
            Some(slot) => *slot,
            None => {
                let fresh = &mut self.out.fresh;
                Slot::Fresh(*self.fresh.entry(id).or_insert_with(|| {
                    fresh.push(id);
                    fresh.len() - 1
                }))
            }
        })
    }

    fn house(&mut self, model: usize) -> usize {
        let houses = &mut self.out.houses;
        houses.iter().position(|house| *house == model).unwrap_or_else(|| {
            houses.push(model);
            houses.len() - 1
        })
    }

    fn placed(&mut self, slot: Slot) -> Slot {
        match slot {
            Slot::House(j, k) => Slot::House(self.house(j), k),
            other => other,
        }
    }

    pub(super) fn code(&mut self, code: i64) -> Result<Slot> {
        if self.village == Some(code) {
            return Ok(Slot::Village);
        }
        let slot = self.tokens.codes.get(&code).copied();
        let slot = slot.ok_or_else(|| Error::broken(format!("{code} is no division of the model")))?;
        Ok(self.placed(slot))
    }

    /// Whether a number stands for something of the county's.
    fn is_code(&self, number: i64) -> bool {
        number > LEAST_CODE || self.tokens.codes.contains_key(&number)
    }

    /// A document with its fields in their order.
    fn document(&mut self, text: &str, form: bool) -> Result<Template> {
        let json: Json = serde_json::from_str(text)?;
        let mut template = Template::default();
        self.json(&json, form, &mut template)?;
        Ok(template)
    }

    fn json(&mut self, json: &Json, form: bool, out: &mut Template) -> Result<()> {
        match json {
            Json::Object(fields) => {
                for (number, (key, value)) in fields.iter().enumerate() {
                    out.literal(if number == 0 { "{" } else { "," });
                    out.literal("\"");
                    // Where what is meant is a key, it has its place too.
                    match key.parse::<Uuid>().ok().and_then(|id| self.id(id)) {
                        Some(slot) => out.0.push(Part::Id(slot)),
                        None => out.literal(key),
                    }
                    out.literal("\":");
                    match self.tokens.fields.get(key.as_str()) {
                        Some(slot) if form => out.0.push(Part::Field(*slot)),
                        _ => self.json(value, form, out)?,
                    }
                }
                out.literal(if fields.is_empty() { "{}" } else { "}" });
            }
            Json::Array(items) => {
                for (number, item) in items.iter().enumerate() {
                    out.literal(if number == 0 { "[" } else { "," });
                    self.json(item, form, out)?;
                }
                out.literal(if items.is_empty() { "[]" } else { "]" });
            }
            Json::String(text) => {
                out.literal("\"");
                self.string(text, out)?;
                out.literal("\"");
            }
            Json::Number(number) => match number.as_i64().filter(|code| self.is_code(*code)) {
                Some(code) => out.0.push(Part::Code(self.code(code)?)),
                None => out.literal(&number.to_string()),
            },
            other => out.literal(&other.to_string()),
        }
        Ok(())
    }

    fn string(&mut self, text: &str, out: &mut Template) -> Result<()> {
        let code = text.parse::<i64>().ok().filter(|code| *code > LEAST_CODE && text.len() == 12);
        if let Some(slot) = code.and_then(|code| self.code(code).ok()) {
            out.0.push(Part::Code(slot));
        } else if let Some(id) = text.parse::<Uuid>().ok().filter(|_| text.len() == 36) {
            match self.id(id) {
                Some(slot) => out.0.push(Part::Id(slot)),
                None => out.literal(text),
            }
        } else {
            let mut inner = Template::default();
            self.words(text, &mut inner);
            for part in inner.0 {
                match part {
                    // As it stands between its quotation marks.
                    Part::Literal(text) => {
                        let quoted = Json::from(text).to_string();
                        let bare = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
                        out.literal(bare.unwrap_or_default());
                    }
                    part => out.0.push(part),
                }
            }
        }
        Ok(())
    }

    /// A text in which words of the model are found.
    fn words(&mut self, text: &str, out: &mut Template) {
        if let Some(series) = self.drawn(text) {
            out.0.push(Part::Word(Slot::Series(series)));
        } else if let Some(slot) = self.tokens.words.get(text).copied() {
            let slot = self.placed(slot);
            out.0.push(Part::Word(slot));
        } else if let Some((found, slot)) =
            self.tokens.inside.iter().find(|(word, _)| text.contains(word.as_str())).cloned()
            && let Some((before, after)) = text.split_once(found.as_str())
        {
            self.words(before, out);
            let slot = self.placed(slot);
            out.0.push(Part::Word(slot));
            self.words(after, out);
        } else if !text.is_empty() {
            out.literal(text);
        }
    }

    /// The place of a number such as `D330523-2026-00042`.
    fn drawn(&mut self, text: &str) -> Option<usize> {
        if let Some(known) = self.series.get(text) {
            return Some(*known);
        }
        let letter = text.chars().next().filter(|letter| matches!(letter, 'S' | 'D'))?;
        let mut parts = text.get(1..)?.split('-');
        let (county, year, number) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || county.len() != 6 || number.len() < 5 {
            return None;
        }
        let (county, year) = (county.parse::<i64>().ok()?, year.parse().ok()?);
        number.parse::<u32>().ok()?;
        let county = *self.tokens.codes.get(&(county * 1_000_000))?;
        self.out.drawn.push(Drawn { letter, county, year });
        self.series.insert(text.to_owned(), self.out.drawn.len() - 1);
        Some(self.out.drawn.len() - 1)
    }
}

/// Whole numbers above it are codes of divisions.
const LEAST_CODE: i64 = 99_999_999_999;
