//! The institutions and talents of the county.

use super::{
    chance::{Topic, one_of},
    number,
    population::Population,
};
use jiff::{ToSpan, civil::Date};
use rand::{Rng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rules::{identity_number::Sex, service::ServiceTable};

/// What institutions do and how they are called; local examples, not a code list.
const CALLED: [&str; 4] = ["精神障碍社区康复中心", "精康驿站", "心语工疗站", "温馨家园"];

/// An institution of the synthetic county.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Institution {
    /// Name; it says that it is synthetic.
    pub name: String,
    /// 18 characters.
    pub credit_code: String,
    /// The county centre; the others are stations of a town.
    pub is_centre: bool,
    /// Where it stands: a village, 12 digits.
    pub division: i64,
    /// Address.
    pub address: String,
    /// Areas served: the county for the centre, towns for stations.
    pub areas: Vec<i64>,
    /// Contracted places.
    pub places: u32,
    /// Service codes.
    pub services: Vec<String>,
    /// Codes of disorder groups; empty admits all.
    pub disorder_groups: Vec<String>,
    /// Full years.
    pub ages: (u8, u8),
    /// Square metres.
    pub floor_area: u32,
    /// Name of whom to ask.
    pub contact: String,
    /// Mobile number.
    pub phone: String,
    /// Day of the service promise.
    pub promise_on: Date,
}

/// A member of the talent library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Talent {
    /// Name.
    pub name: String,
    /// 18 characters; never that of a person on a list.
    pub identity_number: String,
    /// Code of the profession.
    pub profession_code: &'static str,
    /// Profession in Chinese.
    pub profession: &'static str,
    /// Kind of certificate.
    pub certificate: &'static str,
    /// Number of the certificate.
    pub certificate_number: String,
    /// When it was issued.
    pub certificate_on: Date,
    /// Place of the institution in the list of institutions.
    pub institution: usize,
    /// Hours of training this year.
    pub training_hours: u32,
    /// When the confidentiality pledge was signed.
    pub pledge_on: Date,
}

const PROFESSIONS: [(&str, &str, &str); 5] = [
    ("social_worker", "社会工作者", "社会工作者职业资格证书"),
    ("nurse", "精神科护士", "护士执业证书"),
    ("rehabilitation_therapist", "康复治疗师", "康复医学治疗技术资格证书"),
    ("psychiatrist", "精神科医师", "医师执业证书"),
    ("psychotherapist", "心理治疗师", "心理治疗专业技术资格证书"),
];

impl Population {
    /// The institutions: the first is the county's centre, the others are stations of one or two towns.
    pub fn institutions(&self) -> Vec<Institution> {
        let supply = self.settings().supply;
        let wanted = self.people / u64::from(supply.people_per_institution.max(1));
        let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
        let count = wanted.clamp(supply.fewest_institutions, supply.most_institutions);
        (0..count).map(|number| self.institution(number)).collect()
    }

    /// Institution `number`, counted from 0.
    pub fn institution(&self, number: u32) -> Institution {
        let chance = &mut self.seed().stream(Topic::Supply, u64::from(number));
        let towns = self.county.towns();
        let place = usize::try_from(number).unwrap_or_default();
        let is_centre = number == 0;
        let (town, town_name) =
            towns.get(place.checked_rem(towns.len()).unwrap_or_default()).cloned().unwrap_or_default();
        let of_town: Vec<_> = self.county.villages.iter().filter(|v| v.town_code == town).collect();
        let village = one_of(chance, &of_town).copied().unwrap_or_else(|| self.county.village(0));
        let neighbour = towns.get((place + 1).checked_rem(towns.len()).unwrap_or_default());
        let county_wide = self.settings().supply.county_wide;
        let areas = if is_centre || county_wide.is_some() {
            vec![self.county.code]
        } else {
            std::iter::once(town).chain(neighbour.map(|(code, _)| *code)).collect()
        };
        let round = place.checked_div(towns.len()).unwrap_or_default();
        let called = CALLED.get(if is_centre { 0 } else { 1 + (place + round) % 3 }).unwrap_or(&"精康驿站");
        let whose = if is_centre { &self.county.name } else { &town_name };
        let which = if round == 0 { String::new() } else { format!("第{}", round + 1) };
        Institution {
            name: format!("{whose}{which}{called}（合成）"),
            credit_code: number::credit_code(number),
            is_centre,
            division: village.code,
            address: self.address(self.place_of(village.code), &format!("{}号", chance.random_range(1..200))),
            areas,
            places: match county_wide {
                Some(places) => places + number,
                None if is_centre => 40,
                None => chance.random_range(8..25),
            },
            services: services(chance, is_centre),
            disorder_groups: if is_centre || county_wide.is_some() || chance.random_bool(0.5) {
                Vec::new()
            } else {
                ["01", "02", "03", "04"].map(str::to_owned).to_vec()
            },
            ages: if is_centre { (16, 75) } else { (18, 65) },
            floor_area: chance.random_range(200..1200),
            contact: self.names().draw(chance, Sex::Female, 0.2).whole(),
            phone: number::phone(chance.random()),
            promise_on: self.some_days_ago(chance, 30..700),
        }
    }

    fn place_of(&self, village: i64) -> usize {
        self.county.villages.iter().position(|v| v.code == village).unwrap_or_default()
    }

    fn some_days_ago(&self, chance: &mut impl Rng, days: std::ops::Range<i64>) -> Date {
        let as_of = self.settings().as_of;
        as_of.checked_sub(chance.random_range(days).days()).unwrap_or(as_of)
    }

    /// The talents; their numbers follow those of the persons on the lists, so none is shared.
    pub fn talents(&self, institutions: usize) -> Vec<Talent> {
        let each = usize::try_from(self.settings().supply.talents_per_institution).unwrap_or_default();
        let places = (0..institutions).flat_map(|place| std::iter::repeat_n(place, each));
        places.zip(0_u64..).map(|(place, number)| self.talent(place, number)).collect()
    }

    fn talent(&self, institution: usize, number: u64) -> Talent {
        let chance = &mut self.seed().stream(Topic::Supply, 1_000_000 + number);
        let sex = if chance.random_bool(0.35) { Sex::Male } else { Sex::Female };
        let born_on = self.some_days_ago(chance, 24 * 365..58 * 365);
        let kind = usize::try_from(number).unwrap_or_default() % PROFESSIONS.len();
        let (profession_code, profession, certificate) = PROFESSIONS.get(kind).copied().unwrap_or_default();
        let own = number::MOST_PEOPLE + number;
        Talent {
            name: self.names().draw(chance, sex, 0.2).whole(),
            identity_number: number::identity_number(own, born_on, sex),
            profession_code,
            profession,
            certificate,
            certificate_number: format!("SYN-T-{:06}", number + 1),
            certificate_on: self.some_days_ago(chance, 700..6000),
            institution,
            training_hours: chance.random_range(8..48),
            pledge_on: self.some_days_ago(chance, 10..360),
        }
    }
}

/// Every institution offers medication, living skills and social training; centres offer everything.
fn services(chance: &mut ChaCha8Rng, all: bool) -> Vec<String> {
    let mut codes: Vec<String> = ServiceTable::embedded()
        .map(|table| table.services.into_iter().map(|service| service.code).collect())
        .unwrap_or_default();
    if all {
        return codes;
    }
    let basic = 5.min(codes.len());
    let mut others = codes.split_off(basic);
    others.shuffle(chance);
    others.truncate(chance.random_range(2..6));
    codes.append(&mut others);
    codes
}
