//! Names put together by chance from common surnames and characters.

use super::chance::Weighted;
use anyhow::{Context, Result};
use rand::Rng;
use rules::identity_number::Sex;
use std::collections::BTreeMap;

const SURNAMES: &str = include_str!("../../../../data/synth/surnames.csv");
const CHARACTERS: &str = include_str!("../../../../data/synth/given_characters.csv");
const HOMOPHONES: &str = include_str!("../../../../data/synth/homophones.csv");

/// The lists that names are made of.
#[derive(Debug)]
pub struct Names {
    surnames: Weighted<String>,
    male: Weighted<char>,
    female: Weighted<char>,
    homophones: BTreeMap<char, Vec<char>>,
}

/// A name in its two parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// One or two characters.
    pub surname: String,
    /// One or two characters.
    pub given: String,
}

impl Name {
    /// As it is written: surname first.
    pub fn whole(&self) -> String {
        format!("{}{}", self.surname, self.given)
    }
}

#[derive(serde::Deserialize)]
struct Surname {
    surname: String,
    weight: u32,
}

#[derive(serde::Deserialize)]
struct Character {
    character: char,
    male: u32,
    female: u32,
}

#[derive(serde::Deserialize)]
struct Homophones {
    character: char,
    others: String,
}

/// The rows of an embedded table.
pub fn table<T: serde::de::DeserializeOwned>(text: &str) -> Result<Vec<T>> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .context("embedded table")
}

impl Names {
    /// Reads the embedded lists.
    ///
    /// # Errors
    /// One of them cannot be read; a test reads them.
    pub fn embedded() -> Result<Names> {
        let surnames = table::<Surname>(SURNAMES)?.into_iter().map(|s| (s.surname, s.weight));
        let characters = table::<Character>(CHARACTERS)?;
        let homophones = table::<Homophones>(HOMOPHONES)?;
        Ok(Names {
            surnames: Weighted::new(surnames)?,
            male: Weighted::new(characters.iter().map(|c| (c.character, c.male)))?,
            female: Weighted::new(characters.iter().map(|c| (c.character, c.female)))?,
            homophones: homophones.into_iter().map(|h| (h.character, h.others.chars().collect())).collect(),
        })
    }

    /// A name by chance; `short` is the fraction of given names of one character.
    pub fn draw(&self, chance: &mut impl Rng, sex: Sex, short: f64) -> Name {
        let surname = self.surnames.draw(chance).clone();
        Name { surname, given: self.given(chance, sex, short) }
    }

    /// A given name by chance.
    pub fn given(&self, chance: &mut impl Rng, sex: Sex, short: f64) -> String {
        let characters = match sex {
            Sex::Male => &self.male,
            Sex::Female => &self.female,
        };
        let mut given = String::from(*characters.draw(chance));
        if !chance.random_bool(short) {
            given.push(*characters.draw(chance));
        }
        given
    }

    /// The given name with one character replaced by another of the same sound, where one is known.
    pub fn misheard(&self, chance: &mut impl Rng, given: &str) -> String {
        let known: Vec<usize> = given
            .chars()
            .enumerate()
            .filter(|(_, c)| self.homophones.contains_key(c))
            .map(|(place, _)| place)
            .collect();
        if known.is_empty() {
            return given.to_owned();
        }
        let place = known.get(chance.random_range(0..known.len())).copied().unwrap_or_default();
        let replaced = |c: char, chance: &mut _| -> Option<char> {
            let others = self.homophones.get(&c)?;
            others.get(Rng::random_range(chance, 0..others.len())).copied()
        };
        let characters = given.chars().enumerate();
        characters.map(|(at, c)| if at == place { replaced(c, chance).unwrap_or(c) } else { c }).collect()
    }
}
