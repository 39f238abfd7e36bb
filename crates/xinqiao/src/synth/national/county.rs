//! One county of the country: its own identifiers, names and institutions in the places that the model's have.

use super::{
    cast::{Cast, Level, Word, codes, house},
    divide::Share,
};
use crate::synth::{County, Institution, Person, Population, chance::Topic, number};
use anyhow::{Context, Result};
use app::{
    bulk::{Site, Slot},
    id::{Home, Id},
};
use rand::Rng;
use rules::identity_number::Sex;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Streams of chance above all persons.
const COUNTIES: u64 = 1 << 40;
/// Persons for each listed institution, within bounds: the shortlists of the model name four.
const PEOPLE_OF_A_HOUSE: u64 = 600;
const FEWEST_LISTED: u64 = 4;
const MOST_LISTED: u64 = 12;

/// An institution with what its cases count.
pub struct House {
    /// Its own.
    pub site: Site,
    /// The model's that it is like.
    pub like: usize,
    /// Places in service and reserved.
    pub held: (i64, i64),
    /// Answers by month: in time and in all.
    pub answers: BTreeMap<i64, (i64, i64)>,
}

/// A county while its persons are made.
pub struct Place {
    /// Its own.
    pub site: Site,
    /// Its institutions, the listed ones first.
    pub houses: Vec<House>,
    /// How many are listed.
    pub listed: usize,
}

/// Identifiers of an area in the places of the model's.
fn ids(cast: &Cast, population: &Population, division: i64) -> Vec<Uuid> {
    let stream = COUNTIES + u64::try_from(division).unwrap_or_default() * 2;
    let chance = &mut population.seed().stream(Topic::Nation, stream);
    let one = |id: &Uuid, chance: &mut rand_chacha::ChaCha8Rng| {
        let home = Home::of_division(division, u128::from(chance.random::<u64>()));
        Id::at_the_time_of(*id, home, chance.random()).0
    };
    cast.ids.iter().map(|(id, _)| one(id, chance)).collect()
}

/// Names by chance of an area in the places of the model's texts.
fn names(cast: &Cast, population: &Population, division: i64) -> Vec<String> {
    let stream = COUNTIES + u64::try_from(division).unwrap_or_default() * 2 + 1;
    let chance = &mut population.seed().stream(Topic::Nation, stream);
    cast.words.iter().map(|_| name(population, chance)).collect()
}

fn name(population: &Population, chance: &mut impl Rng) -> String {
    let sex = if chance.random_bool(0.5) { Sex::Male } else { Sex::Female };
    population.names().draw(chance, sex, 0.2).whole()
}

/// A name for signing in: the model's with the code of the area, without its zeros.
pub fn username(model: &str, division: i64) -> String {
    let digits = division.to_string();
    let short = digits.trim_end_matches('0');
    let length = short.len().next_multiple_of(2).clamp(2, 6);
    format!("{model}.{}", digits.get(..length).unwrap_or(short))
}

fn office_name(cast: &Cast, model: &str, county: &County) -> String {
    let villages = &county.villages;
    for (number, committee) in cast.committees.iter().enumerate() {
        if model.starts_with(committee.as_str()) {
            let village = committee_village(county, number);
            return villages
                .get(village)
                .map_or_else(|| model.to_owned(), |v| format!("{}{}（合成）", v.town, v.name));
        }
    }
    let [own, above, town] = &cast.names;
    // Counties of one name in several prefectures must not send their lists under one name.
    let whole = format!("{}{}", county.prefecture_name, county.name);
    let new = [&whole, &county.prefecture_name, &county.village(0).town];
    for (old, new) in [own, above, town].into_iter().zip(new) {
        if let Some(rest) = model.strip_prefix(old.as_str()) {
            return format!("{new}{rest}");
        }
    }
    model.to_owned()
}

/// The village of a committee with an account, as in the model spread over the county.
fn committee_village(county: &County, number: usize) -> usize {
    let step = county.villages.len().div_ceil(crate::demo::model::COMMITTEES).max(1);
    (number * step).min(county.villages.len().saturating_sub(1))
}

/// A county's own texts.
fn words(cast: &Cast, population: &Population, county: &County) -> Vec<String> {
    let own = names(cast, population, county.code);
    let above = names(cast, population, county.prefecture);
    let mut out = Vec::new();
    for (((word, level), own), above) in cast.words.iter().zip(own).zip(above) {
        let division = if *level == Level::Above { county.prefecture } else { county.code };
        out.push(match word {
            Word::Office(model) => office_name(cast, model, county),
            Word::Name if *level == Level::Above => above,
            Word::Name => own,
            Word::Username(model) => username(model, division),
            Word::County => county.name.clone(),
        });
    }
    out
}

impl Place {
    /// The county of a share; `referral` are the places of its referral office, of whose staff the neighbour's is met.
    ///
    /// # Errors
    /// The model has no such office.
    pub fn new(
        cast: &Cast,
        population: &Population,
        neighbour: &County,
        share: &Share,
        referral: (usize, usize),
    ) -> Result<Place> {
        let county = &population.county;
        let own = ids(cast, population, county.code);
        let above = ids(cast, population, county.prefecture);
        let beside = (ids(cast, population, neighbour.code), words(cast, population, neighbour));
        let mut site = Site {
            words: words(cast, population, county),
            codes: vec![county.code, neighbour.code, county.prefecture, county.village(0).town_code],
            ids: Vec::new(),
        };
        let committees = 0..cast.committees.len();
        site.codes.extend(committees.map(|number| county.village(committee_village(county, number)).code));
        let mut office = true;
        for (place, (_, level)) in cast.ids.iter().enumerate() {
            let (of, place) = match level {
                Level::Own => (&own, place),
                Level::Above => (&above, place),
                Level::Neighbour => {
                    let (its_office, its_account) = referral;
                    let found = if office { its_office } else { its_account };
                    office = false;
                    (&beside.0, found)
                }
            };
            site.ids.push(*of.get(place).context("an identifier is missing")?);
        }
        neighbours_words(cast, &mut site, &beside.1);
        let listed = (share.people / PEOPLE_OF_A_HOUSE).clamp(FEWEST_LISTED, MOST_LISTED);
        let listed = usize::try_from(listed)?;
        let count = listed + super::cast::UNDER_REVIEW;
        let houses = (0..count).map(|i| house_of(cast, population, share, (i, listed))).collect();
        Ok(Place { site, houses, listed })
    }
}

/// The neighbour's referral office is called as it is called there.
fn neighbours_words(cast: &Cast, site: &mut Site, beside: &[String]) {
    let own = |wanted: &str| {
        cast.words.iter().position(|(word, _)| matches!(word, Word::Username(name) if name == wanted))
    };
    let Some(referral) = own("referral") else { return };
    let places = cast.words.iter().enumerate().filter(|(_, (_, level))| *level == Level::Neighbour);
    for (place, (word, _)) in places {
        // A name for signing in stands behind the name shown, and that behind the office's where it is the first.
        let from = match word {
            Word::Username(_) => Some(referral),
            Word::Name => referral.checked_sub(1),
            Word::Office(_) => referral.checked_sub(2),
            Word::County => None,
        };
        if let (Some(text), Some(word)) = (from.and_then(|from| beside.get(from)), site.words.get_mut(place))
        {
            word.clone_from(text);
        }
    }
}

fn house_of(cast: &Cast, population: &Population, share: &Share, (i, listed): (usize, usize)) -> House {
    let stations = cast.listed().saturating_sub(1).max(1);
    let like = match i {
        0 => 0,
        i if i < listed => 1 + (i - 1) % stations,
        i => cast.listed() + (i - listed),
    };
    let number = u32::try_from(i).unwrap_or_default();
    let one = population.institution(number);
    let code = number::credit_code(u32::try_from(share.first).unwrap_or_default().wrapping_mul(7) + number);
    let stream = COUNTIES * 2 + u64::try_from(share.county).unwrap_or_default() * 32 + u64::from(number);
    let chance = &mut population.seed().stream(Topic::Nation, stream);
    let home = Home::of_division(one.division, u128::from(chance.random::<u64>()));
    let model = cast.houses.get(like).map(Vec::as_slice).unwrap_or_default();
    let ids = model.iter().map(|id| Id::at_the_time_of(*id, home, chance.random()).0).collect();
    let Institution { name: called, address, contact, phone, division, .. } = one;
    let mut words = vec![String::new(); house::PHONE + 1];
    let mut set = |place: usize, text: String| {
        if let Some(word) = words.get_mut(place) {
            *word = text;
        }
    };
    set(house::NAME, called);
    set(house::CREDIT_CODE, code);
    set(house::ADDRESS, address);
    set(house::CONTACT, contact);
    set(house::PHONE, phone);
    for (staff, model) in cast.usernames.iter().enumerate() {
        set(house::NAMES + staff, name(population, chance));
        set(house::USERNAMES + staff, username(&format!("{model}{}", i + 1), share.county));
    }
    let site = Site { ids, words, codes: vec![division, 0] };
    House { site, like, held: (0, 0), answers: BTreeMap::new() }
}

impl House {
    /// Contracted places: those that are held and some that are free.
    pub fn contract(&mut self) -> i64 {
        let free = 4 + i64::try_from(self.site.words.first().map_or(0, String::len) % 9).unwrap_or_default();
        let places = self.held.0 + self.held.1 + free;
        if let Some(code) = self.site.codes.get_mut(codes::PLACES) {
            *code = places;
        }
        places
    }
}

/// Whether rows of offices are this county's to write: the prefecture's are written with its first county, the
/// neighbour's with the neighbour.
pub fn writes(cast: &Cast, slot: Slot, first_of_prefecture: bool) -> bool {
    match slot {
        Slot::County(place) => match cast.ids.get(place).map(|(_, level)| *level) {
            Some(Level::Own) => true,
            Some(Level::Above) => first_of_prefecture,
            _ => false,
        },
        _ => false,
    }
}

/// A person of the country: as a county's, but numbers of as many persons as there are differ by day of birth too.
pub fn person(population: &Population, number: u64) -> Person {
    let mut person = population.person(number);
    let round = number / number::MOST_PEOPLE;
    let day = i64::from(person.born_on.day_of_year());
    if u64::try_from(day).unwrap_or_default() % 2 != round % 2 && day > 1 {
        person.born_on = person.born_on.yesterday().unwrap_or(person.born_on);
    } else if u64::try_from(day).unwrap_or_default() % 2 != round % 2 {
        person.born_on = person.born_on.tomorrow().unwrap_or(person.born_on);
    }
    let old = person.identity_number;
    person.identity_number =
        number::identity_number(number % number::MOST_PEOPLE, person.born_on, person.sex);
    person.certificate = person.certificate.replacen(&old, &person.identity_number, 1);
    person
}
