//! The persons of the county. Each is made from the seed and a number alone.

use super::{
    chance::{Seed, Topic, Weighted},
    county::{County, Village},
    names::{Name, Names},
    number,
    settings::{Lists, Population as Settings},
};
use anyhow::{Context, Result};
use jiff::{
    ToSpan,
    civil::{Date, DateTime},
};
use rand::Rng;
use rules::{identity_number::Sex, service::DisorderTable};

/// A synthetic person as the truth is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Counted from 0.
    pub number: u64,
    /// Name.
    pub name: Name,
    /// Sex.
    pub sex: Sex,
    /// Birth date.
    pub born_on: Date,
    /// 18 characters.
    pub identity_number: String,
    /// Place of the village of residence in the county's list.
    pub village: usize,
    /// Place of the village of household registration.
    pub registered_village: usize,
    /// House within the village.
    pub house: String,
    /// Mobile number.
    pub phone: String,
    /// The guardian's name.
    pub guardian: String,
    /// The guardian's mobile number.
    pub guardian_phone: String,
    /// On the health list.
    pub in_health: bool,
    /// On the DPF's list.
    pub in_dpf: bool,
    /// Disorder group: its code.
    pub disorder_group: String,
    /// Disorder group: its name.
    pub diagnosis: String,
    /// Present class.
    pub class: String,
    /// Certificate of 20 characters; only for those on the DPF's list.
    pub certificate: String,
    /// Multiple disability that includes a psychiatric one.
    pub multiple_disability: bool,
    /// When the certificate was issued.
    pub issued_on: Date,
    /// SH-3 (a) to (d): lives at home, need assessed, suitable, consented.
    pub answers: [bool; 4],
}

/// All persons of one seed.
#[derive(Debug)]
pub struct Population {
    settings: Settings,
    seed: Seed,
    names: Names,
    diagnoses: Weighted<(String, String)>,
    classes: Weighted<String>,
    grades: Weighted<String>,
    /// The county they live in.
    pub county: County,
    /// How many they are.
    pub people: u64,
}

/// Years that a disability certificate is valid (Measures for the Management of the Disability Certificate, 2017).
const CERTIFICATE_YEARS: i64 = 10;

impl Population {
    /// The persons of a seed.
    ///
    /// # Errors
    /// An embedded list cannot be read, or there are too many persons for numbers of their own.
    pub fn new(settings: Settings, seed: Seed, county: County, people: u64) -> Result<Population> {
        anyhow::ensure!(people <= number::MOST_PEOPLE, "at most {} people", number::MOST_PEOPLE);
        let disorders = DisorderTable::embedded()?;
        let mut diagnoses = Vec::new();
        for (code, weight) in &settings.diagnoses {
            let group = disorders.get(code).with_context(|| format!("no disorder group {code}"))?;
            diagnoses.push(((code.clone(), group.zh.clone()), *weight));
        }
        let weighted = |map: &std::collections::BTreeMap<String, u32>| {
            Weighted::new(map.iter().map(|(thing, weight)| (thing.clone(), *weight)))
        };
        Ok(Population {
            diagnoses: Weighted::new(diagnoses)?,
            classes: weighted(&settings.classes)?,
            grades: weighted(&settings.grades)?,
            names: Names::embedded()?,
            settings,
            seed,
            county,
            people,
        })
    }

    /// The names that persons are given.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The streams of chance.
    pub fn seed(&self) -> &Seed {
        &self.seed
    }

    /// The village where a person lives.
    pub fn village(&self, person: &Person) -> &Village {
        self.county.village(person.village)
    }

    /// Person `number`, counted from 0.
    pub fn person(&self, number: u64) -> Person {
        let chance = &mut self.seed.stream(Topic::Person, number);
        let share = self.settings.person;
        let (in_health, in_dpf) = on_lists(self.settings.lists, chance.random());
        let sex = if chance.random_bool(share.male) { Sex::Male } else { Sex::Female };
        let born_on = self.birth_date(chance);
        let name = self.names.draw(chance, sex, share.one_character_name);
        let identity_number = number::identity_number(number, born_on, sex);
        let village = chance.random_range(0..self.county.villages.len());
        let registered_village = if chance.random_bool(0.9) {
            village
        } else {
            chance.random_range(0..self.county.villages.len())
        };
        let multiple_disability = chance.random_bool(share.multiple_disability);
        let grade = self.grades.draw(chance);
        let category = if multiple_disability { '7' } else { '6' };
        let guardian_sex = if chance.random_bool(0.5) { Sex::Male } else { Sex::Female };
        // Parents and children share the surname, spouses do not.
        let guardian = if chance.random_bool(0.6) {
            format!("{}{}", name.surname, self.names.given(chance, guardian_sex, share.one_character_name))
        } else {
            self.names.draw(chance, guardian_sex, share.one_character_name).whole()
        };
        let (disorder_group, diagnosis) = self.diagnoses.draw(chance).clone();
        Person {
            number,
            certificate: format!("{identity_number}{category}{grade}"),
            house: self.house(chance, village),
            phone: number::phone(chance.random()),
            guardian,
            guardian_phone: number::phone(chance.random()),
            disorder_group,
            diagnosis,
            class: self.classes.draw(chance).clone(),
            issued_on: self.issue_date(chance),
            answers: [share.lives_at_home, share.need_assessed, share.suitable, share.consented]
                .map(|fraction| chance.random_bool(fraction)),
            name,
            sex,
            born_on,
            identity_number,
            village,
            registered_village,
            in_health,
            in_dpf,
            multiple_disability,
        }
    }

    /// The middle ages are the most frequent: the sum of two even draws.
    fn birth_date(&self, chance: &mut impl Rng) -> Date {
        let Settings { as_of, youngest, oldest, .. } = self.settings;
        let days = i64::from(oldest - youngest) * 365 / 2;
        let age = i64::from(youngest) * 366 + chance.random_range(0..days) + chance.random_range(0..days);
        as_of.checked_sub(age.days()).unwrap_or(as_of)
    }

    /// Within the ten years before the list was written, so that it is still valid.
    fn issue_date(&self, chance: &mut impl Rng) -> Date {
        let as_of = self.settings.as_of;
        let days = chance.random_range(30..CERTIFICATE_YEARS * 365 - 30);
        as_of.checked_sub(days.days()).unwrap_or(as_of)
    }

    fn house(&self, chance: &mut impl Rng, village: usize) -> String {
        let name = &self.county.village(village).name;
        if name.ends_with("村委会") || name.ends_with("村民委员会") {
            format!("{}组{}号", chance.random_range(1..13), chance.random_range(1..90))
        } else {
            let building = chance.random_range(1..40);
            format!("{building}幢{}0{}室", chance.random_range(1..7), chance.random_range(1..5))
        }
    }

    /// The person's address in a village: village, then house.
    pub fn address(&self, village: usize, house: &str) -> String {
        let Village { name, town, .. } = self.county.village(village);
        let short = name.strip_suffix("村民委员会").or_else(|| name.strip_suffix("居民委员会"));
        let short = short.or_else(|| name.strip_suffix("委会")).unwrap_or(name);
        format!("{}{town}{short}{house}", self.county.name)
    }
}

/// The last day on which a certificate is valid.
pub fn valid_until(issued_on: Date) -> Date {
    issued_on.checked_add(CERTIFICATE_YEARS.years()).unwrap_or(DateTime::MAX.date())
}

fn on_lists(lists: Lists, point: f64) -> (bool, bool) {
    if point < lists.both {
        (true, true)
    } else if point < lists.both + lists.health_only {
        (true, false)
    } else {
        (false, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_overlap_as_the_settings_say() {
        let lists = Lists { both: 0.5, health_only: 0.25, dpf_only: 0.25 };
        for (point, expected) in
            [(0.0, (true, true)), (0.5, (true, false)), (0.74, (true, false)), (0.8, (false, true))]
        {
            assert_eq!(on_lists(lists, point), expected, "{point}");
        }
    }
}
