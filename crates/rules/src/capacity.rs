//! Capacity for civil conduct and who decides: the person, the guardian, or both.
//!
//! An adult decides alone unless a finding says otherwise (Civil Code art. 17, 18, 21, 22 and 24); minors by their age
//! (art. 19 and 20), and for personal data from fourteen years on themselves (Personal Information Protection Law art. 31).
//! A finding is recorded with its source, who found it and on which day; no diagnosis stands for one. A guardian acts in the
//! person's best interest and respects what the person wants (art. 34 and 35): whoever can be heard is heard.

use crate::clock::Mark;
use crate::embedded::DataError;
use crate::referral::Purpose;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

const FILE: &str = "data/capacity.toml";
const TEXT: &str = include_str!("../../../data/capacity.toml");

/// Capacity for civil conduct (Civil Code art. 18 to 22).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capacity {
    /// Full.
    Full,
    /// Limited.
    Limited,
    /// None.
    None,
}

impl Capacity {
    /// All, the fullest first.
    pub const ALL: [Capacity; 3] = [Capacity::Full, Capacity::Limited, Capacity::None];

    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Capacity::Full => "full",
            Capacity::Limited => "limited",
            Capacity::None => "none",
        }
    }
}

/// What was found of a person's capacity, by whom and on what ground.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What was found.
    pub capacity: Capacity,
    /// On what it rests: a code of `data/capacity.toml`.
    pub source: String,
    /// Who found it: the court, the expert, the doctor with the house.
    pub assessor: String,
    /// Day of the finding.
    pub on: Date,
    /// Last day on which it holds; none where it holds until another one.
    pub until: Option<Date>,
}

impl Finding {
    /// Whether it holds on a day.
    #[must_use]
    pub fn holds(&self, on: Date) -> bool {
        self.on <= on && self.until.is_none_or(|last| on <= last)
    }
}

/// How a person decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Alone.
    Adult,
    /// An adult of limited capacity.
    AdultLimited,
    /// Without capacity.
    WithoutCapacity,
    /// Younger than fourteen.
    UnderFourteen,
    /// Fourteen to seventeen.
    Minor,
}

impl Group {
    /// All groups.
    pub const ALL: [Group; 5] =
        [Group::Adult, Group::AdultLimited, Group::WithoutCapacity, Group::UnderFourteen, Group::Minor];

    /// The group that a signed paper claims, before anybody has checked it.
    #[must_use]
    pub fn claimed(capacity: Capacity) -> Group {
        match capacity {
            Capacity::Full => Group::Adult,
            Capacity::Limited => Group::AdultLimited,
            Capacity::None => Group::WithoutCapacity,
        }
    }

    /// Whether a paper that names this capacity fits the group.
    #[must_use]
    pub fn fits(self, stated: Capacity) -> bool {
        match self {
            Group::Adult => stated == Capacity::Full,
            Group::AdultLimited | Group::Minor => stated == Capacity::Limited,
            Group::WithoutCapacity => stated == Capacity::None,
            // From eight years limited, before that none: for data both are under fourteen.
            Group::UnderFourteen => stated != Capacity::Full,
        }
    }
}

/// What a voice counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    /// It has no say.
    Silent,
    /// It is asked and written down, and does not decide.
    Heard,
    /// It is enough alone.
    Enough,
    /// It is needed.
    Needed,
}

/// What is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Giving a consent.
    Give(Purpose),
    /// Taking a consent back.
    TakeBack,
    /// Signing the agreement on the service.
    Sign,
}

/// The two voices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Voices {
    /// The person's.
    pub person: Voice,
    /// The guardian's.
    pub guardian: Voice,
}

/// Whose voice counts for what. What does not serve the person (research, publicity) needs the own yes of whoever can give
/// one, and nobody gives it to publicity for a child or for somebody without capacity (Civil Code art. 35: the ward's best
/// interest; local default). Taking back stops a processing that would otherwise go on: either voice is enough where both
/// are asked (Personal Information Protection Law art. 15).
#[must_use]
pub fn voices(group: Group, act: Act) -> Voices {
    use Voice::{Enough, Heard, Needed, Silent};
    let (person, guardian) = match (group, act) {
        (Group::Adult, _) => (Needed, Silent),
        (Group::Minor | Group::AdultLimited, Act::TakeBack) => (Enough, Enough),
        (Group::Minor, Act::Give(_) | Act::Sign) => (Needed, Needed),
        (Group::AdultLimited, Act::Give(Purpose::Research | Purpose::Publicity)) => (Needed, Needed),
        (Group::AdultLimited, Act::Give(_) | Act::Sign) => (Heard, Needed),
        (Group::UnderFourteen | Group::WithoutCapacity, Act::Give(Purpose::Publicity)) => (Heard, Silent),
        (Group::UnderFourteen | Group::WithoutCapacity, Act::TakeBack) => (Heard, Enough),
        (Group::UnderFourteen | Group::WithoutCapacity, Act::Give(_) | Act::Sign) => (Heard, Needed),
    };
    Voices { person, guardian }
}

/// On what a guardian's access to a person's record rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The person is a minor (Civil Code art. 27).
    Minor,
    /// A finding of limited or no capacity (Civil Code art. 28).
    Capacity,
    /// The competent person's own consent, which the person may take back.
    Consent,
}

impl Basis {
    /// All, as offered.
    pub const ALL: [Basis; 3] = [Basis::Consent, Basis::Capacity, Basis::Minor];

    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Basis::Minor => "minor",
            Basis::Capacity => "capacity",
            Basis::Consent => "consent",
        }
    }

    /// The basis of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Basis> {
        Basis::ALL.into_iter().find(|basis| basis.code() == code)
    }
}

/// Whether a guardian's access stands on a day. Without a basis there is none: being kin opens nothing (Mental Health Law
/// art. 4; a competent adult's data are nobody else's).
#[must_use]
pub fn guardian_may_read(basis: Option<Basis>, until: Option<Date>, today: Date) -> bool {
    let in_time = until.is_none_or(|last| today <= last);
    match basis {
        None => false,
        // A minority ends by itself: without its last day nobody knows when.
        Some(Basis::Minor) => in_time && until.is_some(),
        Some(Basis::Capacity | Basis::Consent) => in_time,
    }
}

/// Ages that matter, in full years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ages {
    limited_from: u8,
    own_consent_from: u8,
    full_from: u8,
    earner_from: u8,
}

/// On what a finding may rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingSource {
    /// Code.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// What it may find.
    pub finds: Vec<Capacity>,
    /// Months after which it is asked anew; 0 for never.
    pub months: u16,
    /// Official or default.
    pub mark: Mark,
    /// Source in Chinese.
    pub source_zh: String,
    /// Source in English.
    pub source_en: String,
}

/// Ages and sources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapacityTable {
    /// First day in force.
    pub effective_from: Date,
    age: Ages,
    /// On what a finding may rest.
    #[serde(rename = "source")]
    pub sources: Vec<FindingSource>,
}

impl CapacityTable {
    /// The table that is part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        toml::from_str(TEXT).map_err(|fault| DataError::new(FILE, fault))
    }

    /// A source.
    #[must_use]
    pub fn source(&self, code: &str) -> Option<&FindingSource> {
        self.sources.iter().find(|source| source.code == code)
    }

    /// How a person of some age decides on a day. Somebody of unknown age counts as of age; whoever is of age counts as
    /// competent until a finding says otherwise, and again once the finding has run out.
    #[must_use]
    pub fn group(&self, age: Option<u8>, finding: Option<&Finding>, on: Date) -> Group {
        let found = finding.filter(|finding| finding.holds(on)).map(|finding| finding.capacity);
        let age = age.unwrap_or(self.age.full_from);
        if age < self.age.own_consent_from {
            return Group::UnderFourteen;
        }
        if age < self.age.full_from {
            return match found {
                Some(Capacity::None) => Group::WithoutCapacity,
                Some(Capacity::Full) if age >= self.age.earner_from => Group::Adult,
                _ => Group::Minor,
            };
        }
        Group::claimed(found.unwrap_or(Capacity::Full))
    }

    /// Whether a finding may be recorded for somebody of some age: its source finds such a thing, it names who found it, and
    /// its days are in order.
    #[must_use]
    pub fn is_sound(&self, finding: &Finding, age: Option<u8>, today: Date) -> bool {
        let Some(source) = self.source(&finding.source) else { return false };
        let earner = source.code != "own_income" || age.is_some_and(|age| age >= self.age.earner_from);
        let limit = self.until(&finding.source, finding.on);
        let in_term = match (finding.until, limit) {
            (Some(until), Some(limit)) => finding.on <= until && until <= limit,
            (Some(until), None) => finding.on <= until,
            (None, limit) => limit.is_none(),
        };
        source.finds.contains(&finding.capacity)
            && !finding.assessor.trim().is_empty()
            && finding.on <= today
            && earner
            && in_term
    }

    /// The last day on which a finding of this source holds.
    #[must_use]
    pub fn until(&self, source: &str, on: Date) -> Option<Date> {
        let months = self.source(source).map(|source| source.months).filter(|months| *months > 0)?;
        Some(on.saturating_add(jiff::Span::new().months(i32::from(months))))
    }

    /// The next birthday after which somebody is asked anew: the fourteenth, then the eighteenth.
    #[must_use]
    pub fn comes_of_age(&self, born_on: Date, after: Date) -> Option<Date> {
        let birthday = |years: u8| born_on.saturating_add(jiff::Span::new().years(i32::from(years)));
        [self.age.own_consent_from, self.age.full_from].into_iter().map(birthday).find(|day| *day > after)
    }

    /// The last day of somebody's minority.
    #[must_use]
    pub fn last_day_of_minority(&self, born_on: Date) -> Date {
        let span = jiff::Span::new().years(i32::from(self.age.full_from));
        born_on.saturating_add(span).saturating_sub(jiff::Span::new().days(1))
    }

    /// The capacity that the law gives to an age where nothing was found.
    #[must_use]
    pub fn by_age(&self, age: u8) -> Capacity {
        if age < self.age.limited_from {
            Capacity::None
        } else if age < self.age.full_from {
            Capacity::Limited
        } else {
            Capacity::Full
        }
    }
}

#[cfg(test)]
mod tests;
