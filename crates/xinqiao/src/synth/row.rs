//! One person as a department's clerk wrote it: cells with the errors that lists have.

use super::{
    chance::{Topic, one_of},
    number,
    population::{Person, Population, valid_until},
    settings::Errors,
};
use jiff::civil::Date;
use rand::Rng;
use rules::identity_number::Sex;

/// Which department's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Health: patients with severe mental disorders.
    Health,
    /// Disabled Persons' Federation: certified persons.
    Dpf,
}

impl List {
    /// The fields in the order of columns.
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            List::Health => &[
                "record_number",
                "name",
                "number",
                "sex",
                "born_on",
                "phone",
                "division",
                "address",
                "registered_division",
                "diagnosis",
                "class",
                "managing_unit",
                "guardian",
                "guardian_phone",
                "lives_at_home",
                "need_assessed",
                "suitable",
                "consented",
            ],
            List::Dpf => &[
                "serial",
                "name",
                "certificate",
                "number",
                "sex",
                "born_on",
                "phone",
                "division",
                "address",
                "registered_division",
                "psychiatric",
                "issued_on",
                "expires_on",
                "guardian",
                "guardian_phone",
                "lives_at_home",
                "need_assessed",
                "suitable",
                "consented",
            ],
        }
    }

    /// Name of the list in the truth file.
    pub fn name(self) -> &'static str {
        match self {
            List::Health => "health",
            List::Dpf => "dpf",
        }
    }

    /// The number of a row, unique on the list; it says that the row is synthetic.
    pub fn record(self, row: u64) -> String {
        match self {
            List::Health => format!("SYN-H-{row:07}"),
            List::Dpf => format!("SYN-D-{row:07}"),
        }
    }

    fn topic(self) -> Topic {
        match self {
            List::Health => Topic::HealthRow,
            List::Dpf => Topic::DpfRow,
        }
    }

    fn date(self, date: Date) -> String {
        match self {
            List::Health => date.to_string(),
            List::Dpf => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
        }
    }
}

/// A row without its number: cells by the fields of the list, the first one left empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The person it is about, counted from 0.
    pub person: u64,
    /// One cell per field.
    pub cells: Vec<String>,
}

/// Writes rows as clerks do.
#[derive(Debug)]
pub struct Clerk<'a> {
    population: &'a Population,
    errors: &'a Errors,
    list: List,
}

impl<'a> Clerk<'a> {
    /// A clerk of one department.
    pub fn new(population: &'a Population, errors: &'a Errors, list: List) -> Clerk<'a> {
        Clerk { population, errors, list }
    }

    /// The person's rows: one, or two where the row is a duplicate.
    pub fn rows(&self, person: &Person) -> (Row, Option<Row>) {
        let chance = &mut self.population.seed().stream(self.list.topic(), person.number);
        let first = self.row(person, chance);
        let second = chance.random_bool(self.errors.row.duplicate).then(|| self.row(person, chance));
        (first, second)
    }

    /// The person's row with its number, as a list without faults has it.
    pub fn cells(&self, person: &Person, row: u64) -> Vec<String> {
        let chance = &mut self.population.seed().stream(self.list.topic(), person.number);
        let mut cells = self.row(person, chance).cells;
        if let Some(first) = cells.first_mut() {
            *first = self.list.record(row);
        }
        cells
    }

    fn row(&self, person: &Person, chance: &mut impl Rng) -> Row {
        let number = self.number(&person.identity_number, chance);
        let name = self.name(person, chance);
        let village = if chance.random_bool(self.errors.residence.moved) {
            chance.random_range(0..self.population.county.villages.len())
        } else {
            person.village
        };
        let phone = self.phone(&person.phone, chance);
        let born_on = self.birth_date(person.born_on, chance);
        let certificate = if chance.random_bool(self.errors.certificate.one_digit) {
            one_digit(&person.certificate, chance)
        } else {
            person.certificate.clone()
        };
        let cell = |field: &&str| match *field {
            "name" => name.clone(),
            "number" => number.clone(),
            "certificate" => certificate.clone(),
            "sex" => if person.sex == Sex::Male { "男" } else { "女" }.to_owned(),
            "born_on" => born_on.clone(),
            "phone" => phone.clone(),
            "division" => self.population.county.village(village).code.to_string(),
            "address" => self.population.address(village, &person.house),
            "registered_division" => {
                self.population.county.village(person.registered_village).code.to_string()
            }
            "guardian" => person.guardian.clone(),
            "guardian_phone" => person.guardian_phone.clone(),
            other => self.particulars(person, village, other),
        };
        Row { person: person.number, cells: self.list.fields().iter().map(cell).collect() }
    }

    fn particulars(&self, person: &Person, village: usize, field: &str) -> String {
        let yes = |value: bool| if value { "是" } else { "否" }.to_owned();
        let [lives_at_home, need_assessed, suitable, consented] = person.answers;
        match field {
            "diagnosis" => person.diagnosis.clone(),
            "class" => person.class.clone(),
            "managing_unit" => format!("{}卫生院（合成）", self.population.county.village(village).town),
            "psychiatric" => yes(true),
            "issued_on" => self.list.date(person.issued_on),
            "expires_on" => self.list.date(valid_until(person.issued_on)),
            "lives_at_home" => yes(lives_at_home),
            "need_assessed" => yes(need_assessed),
            "suitable" => yes(suitable),
            "consented" => yes(consented),
            _ => String::new(),
        }
    }

    fn number(&self, number: &str, chance: &mut impl Rng) -> String {
        let errors = self.errors.number;
        let point: f64 = chance.random();
        let mut below = errors.missing;
        if point < below {
            return String::new();
        }
        below += errors.one_digit;
        if point < below {
            return one_digit(number, chance);
        }
        below += errors.transposed;
        if point < below {
            return transposed(number, chance);
        }
        below += errors.fifteen_digits;
        if point < below
            && let Some(old) = number::first_generation(number)
        {
            return old;
        }
        let mut written = number.to_owned();
        if chance.random_bool(errors.lower_x) {
            written = written.to_lowercase();
        }
        if chance.random_bool(errors.full_width) {
            return written.chars().map(full_width).collect();
        }
        if chance.random_bool(errors.spaced)
            && let Some((head, tail)) = written.split_at_checked(14)
        {
            return format!("{head} {tail}");
        }
        written
    }

    fn name(&self, person: &Person, chance: &mut impl Rng) -> String {
        let surname = &person.name.surname;
        if chance.random_bool(self.errors.name.homophone) {
            return format!("{surname}{}", self.population.names().misheard(chance, &person.name.given));
        }
        if chance.random_bool(self.errors.name.spaced) {
            return format!("{surname} {}", person.name.given);
        }
        person.name.whole()
    }

    fn phone(&self, phone: &str, chance: &mut impl Rng) -> String {
        if chance.random_bool(self.errors.phone.missing) {
            String::new()
        } else if chance.random_bool(self.errors.phone.changed) {
            number::phone(chance.random())
        } else {
            phone.to_owned()
        }
    }

    fn birth_date(&self, born_on: Date, chance: &mut impl Rng) -> String {
        if chance.random_bool(self.errors.birth_date.missing) {
            return String::new();
        }
        let swapped = Date::new(born_on.year(), born_on.day(), born_on.month()).ok();
        let swap = chance.random_bool(self.errors.birth_date.swapped);
        self.list.date(swapped.filter(|_| swap).unwrap_or(born_on))
    }
}

fn full_width(character: char) -> char {
    match character.to_digit(10).and_then(|digit| char::from_u32(0xFF10 + digit)) {
        Some(wide) => wide,
        None => character,
    }
}

/// The number with one of its digits, not the check character, replaced by another.
fn one_digit(number: &str, chance: &mut impl Rng) -> String {
    let wrong = chance.random_range(0..17_usize);
    let shift = chance.random_range(1..10_u32);
    let other =
        |c: char| c.to_digit(10).and_then(|digit| char::from_digit((digit + shift) % 10, 10)).unwrap_or(c);
    number.chars().enumerate().map(|(place, c)| if place == wrong { other(c) } else { c }).collect()
}

/// The number with two neighbouring, different digits in each other's place.
fn transposed(number: &str, chance: &mut impl Rng) -> String {
    let mut characters: Vec<char> = number.chars().collect();
    let differ = |pair: &[char]| matches!(pair, [a, b] if a != b);
    // The area and century stay: nobody mistypes the 99 that marks a synthetic number.
    let pairs = characters.windows(2).enumerate().take(16).skip(6);
    let places: Vec<usize> = pairs.filter(|(_, pair)| differ(pair)).map(|(place, _)| place).collect();
    if let Some(place) = one_of(chance, &places) {
        characters.swap(*place, place + 1);
    }
    characters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::super::chance::Seed;
    use super::*;
    use rules::identity_number;

    #[test]
    fn a_mistyped_number_never_passes() {
        let today = jiff::civil::date(2026, 1, 1);
        let chance = &mut Seed::new(3).stream(Topic::Person, 0);
        for person in 0..500 {
            let right = number::identity_number(person, jiff::civil::date(1961, 7, 23), Sex::Female);
            for wrong in [one_digit(&right, chance), transposed(&right, chance)] {
                assert_ne!(wrong, right);
                assert!(identity_number::check(&wrong, today).is_err(), "{wrong}");
            }
        }
    }

    #[test]
    fn full_width_digits_are_still_the_number() {
        let wide: String = "99010119700505123X".chars().map(full_width).collect();
        assert!(wide.starts_with("９９０１"));
        assert!(wide.ends_with('X'));
    }
}
