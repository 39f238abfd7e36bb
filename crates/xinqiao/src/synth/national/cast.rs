//! What the model county's offices, accounts, names and codes stand for, and the shapes cut out of it.

use crate::{
    demo::model::{Model, PLACES},
    synth::{Person, Population},
};
use anyhow::{Context, Result};
use app::bulk::{self, Rows, Shape, Slot, Tokens};
use rules::identity_number::{Sex, age_on};
use std::collections::{HashMap, hash_map::Entry};
use uuid::Uuid;

/// Whose something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The county's own.
    Own,
    /// The prefecture's above it.
    Above,
    /// The county's to which persons move.
    Neighbour,
}

/// A text of the county.
#[derive(Debug, Clone)]
pub enum Word {
    /// An office's name, as the model's is written.
    Office(String),
    /// A name by chance.
    Name,
    /// A name for signing in, as the model's.
    Username(String),
    /// The county's own name.
    County,
}

/// Places among a county's codes.
pub mod codes {
    pub const COUNTY: usize = 0;
    pub const NEIGHBOUR: usize = 1;
    pub const PREFECTURE: usize = 2;
    pub const TOWN: usize = 3;
    /// Villages whose committees have accounts, from here on.
    pub const COMMITTEES: usize = 4;
    /// Of an institution: where it stands, and how many places it has.
    pub const HOUSE: usize = 0;
    pub const PLACES: usize = 1;
}

/// Places among the texts of an institution.
pub mod house {
    pub const NAME: usize = 0;
    pub const NAMES: usize = 1;
    pub const USERNAMES: usize = 4;
    pub const CREDIT_CODE: usize = 7;
    pub const ADDRESS: usize = 8;
    pub const CONTACT: usize = 9;
    pub const PHONE: usize = 10;
}

/// Shapes with how often each comes up, summed up.
pub type Weighted = Vec<(u32, Shape)>;

/// The model, cut.
pub struct Cast {
    /// The model's identifiers that are the county's, in their places.
    pub ids: Vec<(Uuid, Level)>,
    /// The county's texts, in their places.
    pub words: Vec<(Word, Level)>,
    /// The model's identifiers of each institution.
    pub houses: Vec<Vec<Uuid>>,
    /// Usernames of each institution's staff without their number.
    pub usernames: Vec<String>,
    /// Rows of offices by their first place.
    pub offices: Vec<(Slot, Rows)>,
    /// Shapes for persons on the health list, on the federation's, on both.
    pub shapes: [Weighted; 3],
    /// Shapes for the old, the same.
    pub old: [Weighted; 3],
    /// The model's names of county, prefecture and first town.
    pub names: [String; 3],
    /// The model's committees' names.
    pub committees: Vec<String>,
}

/// Which of three: health alone, federation alone, both.
pub fn class(person: &Person) -> usize {
    match (person.in_health, person.in_dpf) {
        (true, false) => 0,
        (false, true) => 1,
        _ => 2,
    }
}

/// The words of a person, in their places: name, guardian, telephones, address, number, diagnosis.
pub fn own_words(population: &Population, person: &Person) -> Vec<String> {
    vec![
        person.name.whole(),
        person.guardian.clone(),
        person.guardian_phone.clone(),
        person.phone.clone(),
        population.address(person.village, &person.house),
        person.identity_number.clone(),
        person.diagnosis.clone(),
    ]
}

/// Fields of forms that are a person's own, with their places among [`own_fields`].
const FIELDS: [(&str, usize); 15] = [
    ("name", 0),
    ("client_name", 0),
    ("sex", 1),
    ("birth_date", 2),
    ("identity_number", 3),
    ("phone", 4),
    ("address", 5),
    ("guardian_name", 6),
    ("guardian_phone", 7),
    ("disorder_group", 8),
    ("diagnosis", 9),
    ("in_severe_register", 10),
    ("has_certificate", 11),
    ("certificate_number", 12),
    ("certificate_grade", 13),
];

/// `male` or `female`.
pub fn sex(person: &Person) -> &'static str {
    if person.sex == Sex::Male { "male" } else { "female" }
}

/// The values of a person's own fields, as JSON.
pub fn own_fields(population: &Population, person: &Person) -> Vec<String> {
    let text = |text: &str| serde_json::Value::from(text).to_string();
    let grade = person.certificate.chars().last().and_then(|c| c.to_digit(10)).unwrap_or(2);
    vec![
        text(&person.name.whole()),
        text(sex(person)),
        text(&person.born_on.to_string()),
        text(&person.identity_number),
        text(&person.phone),
        text(&population.address(person.village, &person.house)),
        text(&person.guardian),
        text(&person.guardian_phone),
        text(&person.disorder_group),
        text(&person.diagnosis),
        text(if person.in_health { "yes" } else { "no" }),
        person.in_dpf.to_string(),
        text(&person.certificate),
        grade.to_string(),
    ]
}

impl Cast {
    /// Cuts the model.
    ///
    /// # Errors
    /// Something in a row of the model stands for nothing.
    pub async fn cut(model: &Model) -> Result<Cast> {
        let county = &model.population.county;
        let committees: Vec<_> = crate::demo::model::committees(&model.population);
        let mut cast = Cast {
            ids: Vec::new(),
            words: Vec::new(),
            houses: Vec::new(),
            usernames: Vec::new(),
            offices: Vec::new(),
            shapes: Default::default(),
            old: Default::default(),
            names: [county.name.clone(), county.prefecture_name.clone(), county.village(0).town.clone()],
            committees: committees
                .iter()
                .map(|village| format!("{}{}", village.town, village.name))
                .collect(),
        };
        let mut tokens = cast.tokens(model)?;
        let neighbour = crate::demo::model::neighbour(county);
        tokens.codes = HashMap::from([
            (county.code, Slot::County(codes::COUNTY)),
            (neighbour, Slot::County(codes::NEIGHBOUR)),
        ]);
        for person in &model.clients {
            for (k, word) in own_words(&model.population, person).into_iter().enumerate() {
                // Some seeds give a client the name of who works there; the client's own name has places of its own.
                tokens.words.entry(word).or_insert(Slot::Own(k));
            }
        }
        let shapes = bulk::cases(&model.app, &tokens).await?;
        // Offices are stamped out for nobody.
        tokens.words.retain(|_, slot| !matches!(slot, Slot::Own(_)));
        tokens.codes.insert(county.prefecture, Slot::County(codes::PREFECTURE));
        tokens.codes.insert(county.village(0).town_code, Slot::County(codes::TOWN));
        for (number, village) in committees.iter().enumerate() {
            tokens.codes.insert(village.code, Slot::County(codes::COMMITTEES + number));
        }
        for (j, one) in model.population.institutions().iter().enumerate() {
            tokens.codes.entry(one.division).or_insert(Slot::House(j, codes::HOUSE));
            tokens.codes.insert(i64::from(PLACES) + i64::try_from(j)?, Slot::House(j, codes::PLACES));
        }
        cast.offices = bulk::offices(&model.app, &tokens).await?;
        cast.sort(model, shapes)?;
        Ok(cast)
    }

    fn tokens(&mut self, model: &Model) -> Result<Tokens> {
        let county = &model.population.county;
        let neighbour = crate::demo::model::neighbour(county);
        let mut tokens = Tokens::default();
        for member in model.staff.all() {
            let scope = &member.scope;
            let (office, account) = (scope.organisation.0, scope.account.0);
            if scope.role.is_institution_staff() {
                self.at_house(
                    &mut tokens,
                    member.account.username.as_str(),
                    (office, account),
                    &scope.name,
                    &scope.organisation_name,
                );
                continue;
            }
            let level = match scope.division {
                division if division == county.prefecture => Level::Above,
                division if division == neighbour => Level::Neighbour,
                _ => Level::Own,
            };
            if let Entry::Vacant(place) = tokens.ids.entry(office) {
                place.insert(Slot::County(self.ids.len()));
                self.ids.push((office, level));
                let name = scope.organisation_name.clone();
                tokens.inside.push((name.clone(), Slot::County(self.words.len())));
                self.words.push((Word::Office(name), level));
            }
            tokens.ids.insert(account, Slot::County(self.ids.len()));
            self.ids.push((account, level));
            tokens.words.insert(scope.name.clone(), Slot::County(self.words.len()));
            self.words.push((Word::Name, level));
            let username = member.account.username.clone();
            tokens.usernames.insert(username.clone(), Slot::County(self.words.len()));
            self.words.push((Word::Username(username), level));
        }
        for (j, one) in model.population.institutions().into_iter().enumerate() {
            tokens.words.insert(one.credit_code, Slot::House(j, house::CREDIT_CODE));
            tokens.words.insert(one.address, Slot::House(j, house::ADDRESS));
            tokens.words.insert(one.contact, Slot::House(j, house::CONTACT));
            tokens.words.insert(one.phone, Slot::House(j, house::PHONE));
        }
        tokens.inside.push((county.name.clone(), Slot::County(self.words.len())));
        self.words.push((Word::County, Level::Own));
        tokens.inside.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        tokens.fields = FIELDS.iter().map(|(field, k)| (*field, Slot::Own(*k))).collect();
        Ok(tokens)
    }

    fn at_house(
        &mut self,
        tokens: &mut Tokens,
        username: &str,
        (office, account): (Uuid, Uuid),
        name: &str,
        organisation: &str,
    ) {
        let place = self.houses.iter().position(|ids| ids.first() == Some(&office));
        let j = place.unwrap_or(self.houses.len());
        if place.is_none() {
            self.houses.push(vec![office]);
            tokens.ids.insert(office, Slot::House(j, 0));
            tokens.inside.push((organisation.to_owned(), Slot::House(j, house::NAME)));
        }
        let Some(ids) = self.houses.get_mut(j) else { return };
        let staff = ids.len() - 1;
        tokens.ids.insert(account, Slot::House(j, ids.len()));
        ids.push(account);
        tokens.words.insert(name.to_owned(), Slot::House(j, house::NAMES + staff));
        tokens.usernames.insert(username.to_owned(), Slot::House(j, house::USERNAMES + staff));
        if j == 0 {
            self.usernames.push(username.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned());
        }
    }

    /// Sorts the shapes by whom they fit.
    fn sort(&mut self, model: &Model, shapes: Vec<Shape>) -> Result<()> {
        let by_number: HashMap<Vec<u8>, &Person> = model
            .clients
            .iter()
            .map(|person| (model.app.keys.index("identity_number", &person.identity_number), person))
            .collect();
        let by_name: HashMap<String, &Person> =
            model.clients.iter().map(|person| (person.name.whole(), person)).collect();
        let as_of = model.population.settings().as_of;
        for shape in shapes {
            let numbered = shape.index.as_ref().and_then(|index| by_number.get(index));
            let Some(person) = numbered.or_else(|| by_name.get(&shape.client)) else { continue };
            let sets = if age_on(person.born_on, as_of) > OLD { &mut self.old } else { &mut self.shapes };
            let set = sets.get_mut(class(person)).context("no such class")?;
            let before = set.last().map_or(0, |(sum, _)| *sum);
            set.push((before + weight(&shape), shape));
        }
        Ok(())
    }

    /// The place of an account of the county, by the model's name for signing in.
    pub fn account(&self, model: &Model, username: &str) -> Result<usize> {
        let id = model.staff.of(username)?.scope.account.0;
        self.ids.iter().position(|(known, _)| *known == id).context("no such account")
    }

    /// The place of an office, by the model's name for signing in of one of its staff.
    pub fn office(&self, model: &Model, username: &str) -> Result<usize> {
        let id = model.staff.of(username)?.scope.organisation.0;
        self.ids.iter().position(|(known, _)| *known == id).context("no such office")
    }

    /// The place of an office's name, the same.
    pub fn office_word(&self, model: &Model, username: &str) -> Result<usize> {
        let name = &model.staff.of(username)?.scope.organisation_name;
        let is = |(word, _): &(Word, Level)| matches!(word, Word::Office(known) if known == name);
        self.words.iter().position(is).context("no such office")
    }

    /// How many of the model's institutions are listed: the last two are still under review.
    pub fn listed(&self) -> usize {
        self.houses.len().saturating_sub(UNDER_REVIEW)
    }
}

/// Institutions under review, the last of the model's and of every county's.
pub const UNDER_REVIEW: usize = 2;
/// Whoever is older has a course of the old.
pub const OLD: i16 = 76;

/// Long courses come up more often: most of a country's cases are old ones.
fn weight(shape: &Shape) -> u32 {
    match shape.events {
        0..5 => 1,
        5..9 => 3,
        _ => 24,
    }
}
