//! The persons of all counties with their rows on lists and their cases, one county after the other.

use super::{
    cast::{self, Cast, Weighted},
    county::{self, House, Place},
    divide::Share,
};
use crate::{
    demo::model::Model,
    synth::{
        County, Errors, Person, Population, Seed,
        chance::Topic,
        row::{Clerk, List as Written},
        write::headings,
    },
};
use anyhow::{Context, Result};
use app::{
    App,
    bulk::{Beside, Entry, Episode, Filler, Filling, Headings, List, Own, Sent, Shape, Site, Slot},
    id::Id,
    person::Entrant,
};
use indicatif::ProgressBar;
use jiff::SignedDuration;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rules::identity_number::age_on;
use std::collections::BTreeMap;

/// How often somebody of the working ages, and somebody old, has a case: one in five of all together.
const CASES: f64 = 0.28;
const CASES_OF_THE_OLD: f64 = 0.1;

/// What was made.
#[derive(Debug, Default)]
pub struct Made {
    /// Persons with a case.
    pub cases: u64,
    /// Counties.
    pub counties: usize,
    /// The county whose accounts are made known: the one with the most persons.
    pub county: i64,
    /// Its own.
    pub site: Site,
    /// Its institutions' own.
    pub houses: Vec<Site>,
    people: u64,
}

/// Makes the rows.
pub struct Maker<'a> {
    app: &'a App,
    model: &'a Model,
    cast: &'a Cast,
    filler: Filler,
    population: Population,
    lists: [Headings; 2],
    errors: Errors,
    password: &'a str,
    /// Last numbers of series: letter, county, year.
    series: BTreeMap<(char, i64, i16), i64>,
    /// In time and late: county, month, clock.
    clocks: BTreeMap<(i64, i64, String), (i64, i64)>,
    made: Made,
}

/// When the two lists are taken in, after the beginning of the model.
const TAKEN_IN: [SignedDuration; 2] = [SignedDuration::from_hours(1), SignedDuration::from_hours(3)];

impl<'a> Maker<'a> {
    /// For a database that is filled.
    ///
    /// # Errors
    /// An embedded list cannot be read.
    pub fn new(
        app: &'a App,
        model: &'a Model,
        cast: &'a Cast,
        filler: Filler,
        password: &'a str,
    ) -> Result<Maker<'a>> {
        let seed: &Seed = model.population.seed();
        let settings = model.population.settings().clone();
        let county = model.population.county.clone();
        let kinds = [(Written::Health, "smd"), (Written::Dpf, "dpf")];
        let mut lists = Vec::new();
        for (list, kind) in kinds {
            lists.push(Headings::new(kind, &headings(seed, list)?)?);
        }
        let lists = <[Headings; 2]>::try_from(lists).map_err(|_| anyhow::anyhow!("two lists"))?;
        Ok(Maker {
            app,
            model,
            cast,
            filler,
            population: Population::new(settings, seed.clone(), county, 0)?,
            lists,
            errors: Errors::none(),
            password,
            series: BTreeMap::new(),
            clocks: BTreeMap::new(),
            made: Made::default(),
        })
    }

    /// Makes all counties.
    ///
    /// # Errors
    /// A made-up row does not pass the program's rules, or it cannot be stored.
    pub fn make(mut self, shares: &[Share], bar: &ProgressBar) -> Result<Made> {
        let counties = |share: &Share| County::of(&self.app.divisions, share.county);
        let referral =
            (self.cast.office(self.model, "referral")?, self.cast.account(self.model, "referral")?);
        let first = shares.first().context("no county")?;
        let mut next = counties(first)?;
        let mut before: Option<(i64, i64)> = None;
        for (number, share) in shares.iter().enumerate() {
            let neighbour = shares.get(number + 1).unwrap_or(first);
            self.population.county = next;
            self.population.people = share.people;
            next = County::of(&self.app.divisions, neighbour.county)?;
            let here = (share.county / 10_000_000_000, self.population.county.prefecture);
            if before.is_some_and(|(province, _)| province != here.0) {
                self.filler.province()?;
            }
            let place = Place::new(self.cast, &self.population, &next, share, referral)?;
            let begins = before.is_none_or(|(_, prefecture)| prefecture != here.1);
            self.county(share, place, begins, bar)?;
            before = Some(here);
        }
        self.made.counties = shares.len();
        for ((letter, county, year), last) in &self.series {
            self.filler.series(&series_name(*letter, *county, *year), *last)?;
        }
        for ((county, month, clock), met) in &self.clocks {
            self.filler.clock(*county, *month, clock, *met)?;
        }
        let Maker { filler, made, .. } = self;
        filler.finish()?;
        Ok(made)
    }

    fn county(&mut self, share: &Share, mut place: Place, begins: bool, bar: &ProgressBar) -> Result<()> {
        let mut lists = Vec::new();
        for ((headings, after), sender) in self.lists.iter().zip(TAKEN_IN).zip(["health", "dpf"]) {
            lists.push(list(self.model, self.cast, &place, share, (headings, sender, after))?);
        }
        let clerk = |list| Clerk::new(&self.population, &self.errors, list);
        let persons = Persons {
            cast: self.cast,
            population: &self.population,
            clerks: [clerk(Written::Health), clerk(Written::Dpf)],
            rows: [0, 0],
            series: &mut self.series,
            clocks: &mut self.clocks,
            cases: 0,
        };
        self.made.cases += persons.make(share, &mut self.filler, &mut place, &mut lists, bar)?;
        self.filler.county(lists)?;
        offices(self.cast, &mut self.filler, &mut place, begins, self.password)?;
        if share.people > self.made.people {
            self.made.people = share.people;
            self.made.county = share.county;
            self.made.site = place.site;
            self.made.houses = place.houses.into_iter().map(|house| house.site).collect();
        }
        Ok(())
    }
}

/// A list of a county, taken in by its sender's officer soon after the beginning.
fn list<'l>(
    model: &Model,
    cast: &Cast,
    place: &Place,
    share: &Share,
    (headings, sender, after): (&'l Headings, &str, SignedDuration),
) -> Result<List<'l>> {
    let (office, account) = (cast.office(model, sender)?, cast.account(model, sender)?);
    let id = |k: usize| place.site.ids.get(k).copied().context("an identifier is missing");
    let called = cast.office_word(model, sender)?;
    let stream = (1 << 43) + u64::try_from(share.county)? * 2 + u64::from(sender == "dpf");
    let chance = &mut model.population.seed().stream(Topic::Nation, stream);
    Ok(List::new(
        headings,
        &Sent {
            sender: place.site.words.get(called).context("an office without a name")?,
            organisation: id(office)?,
            account: id(account)?,
            county: share.county,
            at: model.begins + after + SignedDuration::from_millis(i64::try_from(share.first)? / 100),
            chance: chance.random(),
        },
    ))
}

/// Writes a county's offices and institutions, whose places are known once its cases are made.
fn offices(cast: &Cast, filler: &mut Filler, place: &mut Place, begins: bool, password: &str) -> Result<()> {
    let nobody = Own::default();
    let filling = Filling {
        county: &place.site,
        houses: &[],
        own: &nobody,
        fresh: &[],
        series: &[],
        person: uuid::Uuid::nil(),
        village: 0,
    };
    let beside = Beside { password, ..Beside::default() };
    for (slot, rows) in cast.offices.iter().filter(|(slot, _)| county::writes(cast, *slot, begins)) {
        filler.office(rows, &filling, &beside).with_context(|| format!("{slot:?}"))?;
    }
    for house in &mut place.houses {
        let places = house.contract();
        let rows = cast.offices.iter().find(|(slot, _)| *slot == Slot::House(house.like, 0));
        let (_, rows) = rows.context("the model lacks an institution")?;
        let answered = house.answers.values().fold((0, 0), |sum, (a, b)| (sum.0 + a, sum.1 + b));
        let counts = [places, house.held.0, house.held.1, answered.0, answered.1];
        let sites = [&house.site];
        let filling = Filling { houses: &sites, ..filling };
        filler.office(rows, &filling, &Beside { counts, ..beside })?;
        let id = Id(*house.site.ids.first().context("an institution without an identifier")?);
        for (month, counted) in &house.answers {
            filler.answers(id, *month, *counted)?;
        }
    }
    Ok(())
}

/// The persons of a county while they are made.
struct Persons<'a> {
    cast: &'a Cast,
    population: &'a Population,
    clerks: [Clerk<'a>; 2],
    rows: [u64; 2],
    series: &'a mut BTreeMap<(char, i64, i16), i64>,
    clocks: &'a mut BTreeMap<(i64, i64, String), (i64, i64)>,
    cases: u64,
}

impl Persons<'_> {
    fn make(
        mut self,
        share: &Share,
        filler: &mut Filler,
        place: &mut Place,
        lists: &mut [List<'_>],
        bar: &ProgressBar,
    ) -> Result<u64> {
        for number in share.first..share.first + share.people {
            if number % 1024 == 0 {
                bar.set_position(number);
            }
            let person = county::person(self.population, number);
            let chance = &mut self.population.seed().stream(Topic::Nation, number);
            let mut rows = Vec::with_capacity(2);
            let on = [person.in_health, person.in_dpf];
            let of = lists.iter_mut().zip(&self.clerks).zip(&mut self.rows).zip(on);
            for (((list, clerk), count), _) in of.filter(|(_, on)| *on) {
                *count += 1;
                rows.push((list, clerk.cells(&person, *count)));
            }
            let cast = self.cast;
            let episode = match draw(cast, self.population, &person, chance) {
                Some(shape) => Some(self.episode(shape, &person, place, chance)?),
                None => None,
            };
            let entry = Entry { rows, episode };
            filler.person(entry, &mut || chance.random()).with_context(|| format!("person {number}"))?;
        }
        Ok(self.cases)
    }

    /// The case of a person: what is drawn and counted for it.
    fn episode<'e>(
        &mut self,
        shape: &'e Shape,
        person: &Person,
        place: &'e mut Place,
        chance: &mut ChaCha8Rng,
    ) -> Result<Episode<'e>> {
        self.cases += 1;
        let first = chance.random_range(0..place.listed);
        let which: Vec<usize> = (0..shape.rows.houses.len())
            .map(|j| (first + j).checked_rem(place.listed).unwrap_or(0))
            .collect();
        for (house, occupied) in &shape.holds {
            let house = which.get(*house).and_then(|i| place.houses.get_mut(*i)).context("no such house")?;
            let held = if *occupied { &mut house.held.0 } else { &mut house.held.1 };
            *held += 1;
        }
        for (house, month, in_time) in &shape.answers {
            let house = which.get(*house).and_then(|i| place.houses.get_mut(*i)).context("no such house")?;
            let counted = house.answers.entry(*month).or_default();
            counted.0 += i64::from(*in_time);
            counted.1 += 1;
        }
        let code = |slot: &Slot| match slot {
            Slot::County(k) => place.site.codes.get(*k).copied().context("no such county"),
            _ => anyhow::bail!("a county that is none"),
        };
        for (county, month, clock, met) in &shape.clocks {
            let counted = self.clocks.entry((code(county)?, *month, clock.clone())).or_default();
            counted.0 += i64::from(*met);
            counted.1 += i64::from(!*met);
        }
        let mut series = Vec::new();
        for drawn in &shape.rows.drawn {
            let county = code(&drawn.county)?;
            let last = self.series.entry((drawn.letter, county, drawn.year)).or_default();
            *last += 1;
            series.push(format!("{}-{last:05}", series_name(drawn.letter, county, drawn.year)));
        }
        let place: &Place = place;
        let houses = which.iter().filter_map(|i| place.houses.get(*i)).map(|house: &House| &house.site);
        let own = Own {
            words: cast::own_words(self.population, person),
            fields: cast::own_fields(self.population, person),
        };
        let entrant = Entrant {
            name: person.name.whole(),
            number: Some(person.identity_number.clone()),
            sex: Some(cast::sex(person).to_owned()),
            born_on: Some(person.born_on),
            phone: Some(person.phone.clone()),
            division: self.population.village(person).code,
            address: Some(self.population.address(person.village, &person.house)),
            near: None,
            kind: None,
        };
        Ok(Episode { shape, county: &place.site, houses: houses.collect(), own, series, entrant })
    }
}

/// The shape of a person's case, if there is one.
fn draw<'c>(
    cast: &'c Cast,
    population: &Population,
    person: &Person,
    chance: &mut ChaCha8Rng,
) -> Option<&'c Shape> {
    let years = age_on(person.born_on, population.settings().as_of);
    let (set, often): (&Weighted, f64) = match years {
        25..=62 => (cast.shapes.get(cast::class(person))?, CASES),
        years if years > cast::OLD => (cast.old.get(cast::class(person))?, CASES_OF_THE_OLD),
        _ => return None,
    };
    let (sum, _) = set.last()?;
    if !chance.random_bool(often) {
        return None;
    }
    let point = chance.random_range(0..*sum);
    set.get(set.partition_point(|(until, _)| *until <= point)).map(|(_, shape)| shape)
}

fn series_name(letter: char, county: i64, year: i16) -> String {
    format!("{letter}{:06}-{year}", county / 1_000_000)
}
