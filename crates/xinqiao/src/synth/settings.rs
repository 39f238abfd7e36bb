//! What the synthetic county looks like and how its lists go wrong: two data files.

use anyhow::{Context, Result, bail};
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;

const POPULATION: &str = include_str!("../../../../data/synth/population.toml");
const ERRORS: &str = include_str!("../../../../data/synth/errors.toml");

/// The county: `data/synth/population.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Population {
    /// The day on which ages are counted.
    pub as_of: Date,
    /// The county where none is asked for.
    pub county: i64,
    /// Years.
    pub youngest: i16,
    /// Years.
    pub oldest: i16,
    /// On which lists persons stand.
    pub lists: Lists,
    /// Persons.
    pub person: Person,
    /// Weights of disorder groups.
    pub diagnoses: BTreeMap<String, u32>,
    /// Weights of present classes.
    pub classes: BTreeMap<String, u32>,
    /// Weights of grades.
    pub grades: BTreeMap<String, u32>,
    /// Institutions and talents.
    pub supply: Supply,
}

/// Fractions of persons on the lists.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lists {
    /// On both.
    pub both: f64,
    /// On the health list alone.
    pub health_only: f64,
    /// On the DPF's list alone.
    pub dpf_only: f64,
}

/// Fractions of persons.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Men.
    pub male: f64,
    /// With a given name of one character.
    pub one_character_name: f64,
    /// With multiple disability, of those certified.
    pub multiple_disability: f64,
    /// SH-3 (a).
    pub lives_at_home: f64,
    /// SH-3 (b).
    pub need_assessed: f64,
    /// SH-3 (c).
    pub suitable: f64,
    /// SH-3 (d).
    pub consented: f64,
}

/// How many institutions and talents there are.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supply {
    /// Persons for each institution.
    pub people_per_institution: u32,
    /// At least.
    pub fewest_institutions: u32,
    /// At most.
    pub most_institutions: u32,
    /// Talents for each institution.
    pub talents_per_institution: u32,
    /// Every institution serves the whole county and admits all; then it has so many places, and one for its own number
    /// more, by which it is told from others.
    #[serde(skip)]
    pub county_wide: Option<u32>,
}

/// Fractions of cells and rows that go wrong: `data/synth/errors.toml`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Errors {
    /// Identity numbers.
    pub number: NumberErrors,
    /// Certificates.
    pub certificate: CertificateErrors,
    /// Names.
    pub name: NameErrors,
    /// Birth dates.
    pub birth_date: BirthDateErrors,
    /// Villages.
    pub residence: ResidenceErrors,
    /// Telephones.
    pub phone: PhoneErrors,
    /// Rows.
    pub row: RowErrors,
}

macro_rules! fractions { ($($(#[$about:meta])* $name:ident { $($field:ident),* })*) => { $(
    $(#[$about])*
    #[derive(Debug, Clone, Copy, Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(missing_docs, reason = "each fraction is explained in the data file")]
    pub struct $name { $(pub $field: f64),* }

    impl $name {
        fn all(&self) -> Vec<f64> {
            vec![$(self.$field),*]
        }
    }
)* } }

fractions! {
    /// How identity numbers go wrong.
    NumberErrors { missing, one_digit, transposed, fifteen_digits, lower_x, full_width, spaced }
    /// How certificates go wrong.
    CertificateErrors { one_digit }
    /// How names go wrong.
    NameErrors { homophone, spaced }
    /// How birth dates go wrong.
    BirthDateErrors { swapped, missing }
    /// How residences go wrong.
    ResidenceErrors { moved }
    /// How telephones go wrong.
    PhoneErrors { missing, changed }
    /// How rows go wrong.
    RowErrors { duplicate }
}

fn check(fractions: &[f64]) -> Result<()> {
    match fractions.iter().find(|f| !(0.0..=1.0).contains(*f)) {
        Some(wrong) => bail!("{wrong} is no fraction from 0 to 1"),
        None => Ok(()),
    }
}

impl Population {
    /// Reads the embedded file.
    ///
    /// # Errors
    /// It cannot be read or holds impossible figures; a test reads it.
    pub fn embedded() -> Result<Population> {
        let population: Population = toml::from_str(POPULATION).context("population.toml")?;
        let Lists { both, health_only, dpf_only } = population.lists;
        let person = population.person;
        check(&[both, health_only, dpf_only, person.male, person.one_character_name])?;
        check(&[person.multiple_disability, person.lives_at_home, person.need_assessed])?;
        check(&[person.suitable, person.consented])?;
        if (both + health_only + dpf_only - 1.0).abs() > 1e-9 {
            bail!("population.toml: the fractions of the lists do not add up to 1");
        }
        if population.youngest < 0 || population.oldest <= population.youngest {
            bail!("population.toml: the ages are no range");
        }
        Ok(population)
    }
}

impl Errors {
    /// Lists without a fault.
    pub fn none() -> Errors {
        Errors::default()
    }

    /// Reads the embedded file.
    ///
    /// # Errors
    /// It cannot be read or holds impossible fractions; a test reads it.
    pub fn embedded() -> Result<Errors> {
        let errors: Errors = toml::from_str(ERRORS).context("errors.toml")?;
        for group in [
            errors.number.all(),
            errors.certificate.all(),
            errors.name.all(),
            errors.birth_date.all(),
            errors.residence.all(),
            errors.phone.all(),
            errors.row.all(),
        ] {
            check(&group).context("errors.toml")?;
        }
        let NumberErrors { missing, one_digit, transposed, fifteen_digits, .. } = errors.number;
        check(&[missing + one_digit + transposed + fifteen_digits]).context("errors.toml: number")?;
        Ok(errors)
    }
}
