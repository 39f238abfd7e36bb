//! Research extracts (`data/research.toml`): who may ask, what a project may get, and how a file is made in which nobody can
//! be told: dates shifted by person, ages in bands, counties or larger areas, rare combinations of traits generalised or left
//! out, no texts at all.

mod group;

pub use group::{Grouped, Traits, grouped};

use crate::embedded::DataError;
use crate::refusal::Refusal;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const FILE: &str = "data/research.toml";
const TEXT: &str = include_str!("../../../data/research.toml");

/// How a field is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Somebody could be told by it together with what others know: generalised where it is rare.
    Trait,
    /// A day, shifted.
    Date,
    /// A code or a count, as it is.
    Value,
}

/// A field that a project may ask for. The codes are those of the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Sex.
    Sex,
    /// Age at the application, as a band.
    AgeBand,
    /// County, or a larger area.
    Division,
    /// Disorder group.
    DisorderGroup,
    /// Day of the application.
    AppliedOn,
    /// Day on which the institution accepted.
    AcceptedOn,
    /// First session.
    ServedFrom,
    /// Last stage evaluation.
    EvaluatedOn,
    /// Day of closing.
    ClosedOn,
    /// State of the case.
    State,
    /// Services needed.
    Services,
    /// Reason for closing.
    ClosureReason,
    /// Returns to hospital.
    HospitalReturns,
}

impl Field {
    /// All fields, in the order of the columns.
    pub const ALL: [Field; 13] = [
        Field::Sex,
        Field::AgeBand,
        Field::Division,
        Field::DisorderGroup,
        Field::AppliedOn,
        Field::AcceptedOn,
        Field::ServedFrom,
        Field::EvaluatedOn,
        Field::ClosedOn,
        Field::State,
        Field::Services,
        Field::ClosureReason,
        Field::HospitalReturns,
    ];

    /// The code that is stored and named in the data file.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Field::Sex => "sex",
            Field::AgeBand => "age_band",
            Field::Division => "division",
            Field::DisorderGroup => "disorder_group",
            Field::AppliedOn => "applied_on",
            Field::AcceptedOn => "accepted_on",
            Field::ServedFrom => "served_from",
            Field::EvaluatedOn => "evaluated_on",
            Field::ClosedOn => "closed_on",
            Field::State => "state",
            Field::Services => "services",
            Field::ClosureReason => "closure_reason",
            Field::HospitalReturns => "hospital_returns",
        }
    }

    /// The field of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Field> {
        Field::ALL.into_iter().find(|field| field.code() == code)
    }
}

/// A field as the data file describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldRule {
    /// The field.
    pub code: Field,
    /// How it is told.
    pub form: Form,
    /// Its name in Chinese.
    pub zh: String,
    /// Its name in English.
    pub en: String,
}

/// Where a project stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Asked for.
    Asked,
    /// A second person agreed: extracts leave until its last day.
    Agreed,
    /// A second person declined.
    Declined,
    /// Over; its key is destroyed.
    Ended,
}

impl State {
    /// All states.
    pub const ALL: [State; 4] = [State::Asked, State::Agreed, State::Declined, State::Ended];

    /// The code that is stored and shown by the catalogue.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            State::Asked => "asked",
            State::Agreed => "agreed",
            State::Declined => "declined",
            State::Ended => "ended",
        }
    }

    /// The state of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// A project as far as the rules need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Where it stands.
    pub state: State,
    /// Who asked.
    pub asked_by: Uuid,
    /// Its last day.
    pub until: Date,
}

/// The rules of research extracts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResearchRule {
    /// First day in use.
    pub effective_from: Date,
    /// Persons that share a combination of traits at least.
    pub smallest_group: usize,
    /// Days by which dates are shifted at most, either way.
    pub shift_days: u16,
    /// Years of an age band.
    pub age_band_years: u8,
    /// Years of the wider one.
    pub wide_age_band_years: u8,
    /// Months that a project lasts at most.
    pub most_months: u16,
    /// Characters of the purpose at least.
    pub purpose_characters: usize,
    /// What can be asked for.
    #[serde(rename = "field")]
    pub fields: Vec<FieldRule>,
}

impl ResearchRule {
    /// The rules that are part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        toml::from_str(TEXT).map_err(|fault| DataError::new(FILE, fault))
    }

    /// A field's description.
    #[must_use]
    pub fn field(&self, field: Field) -> Option<&FieldRule> {
        self.fields.iter().find(|rule| rule.code == field)
    }

    /// The last day that a project of today may name.
    #[must_use]
    pub fn latest(&self, today: Date) -> Date {
        today.saturating_add(jiff::Span::new().months(i32::from(self.most_months)))
    }

    /// A second person decides on a project.
    ///
    /// # Errors
    /// It was decided on already, or the same person asked for it.
    pub fn decide(&self, project: &Project, by: Uuid) -> Result<(), Refusal> {
        if project.state != State::Asked {
            return Err(Refusal::new("RE1", "research_decided"));
        }
        if project.asked_by == by {
            return Err(Refusal::new("RE1", "research_own_project"));
        }
        Ok(())
    }

    /// An extract leaves.
    ///
    /// # Errors
    /// Nobody agreed to the project, or it is over.
    pub fn extract(&self, project: &Project, today: Date) -> Result<(), Refusal> {
        match project.state {
            State::Asked | State::Declined => Err(Refusal::new("RE2", "research_not_agreed")),
            State::Ended => Err(Refusal::new("RE2", "research_over")),
            State::Agreed if project.until < today => Err(Refusal::new("RE2", "research_over")),
            State::Agreed => Ok(()),
        }
    }

    /// The shift of all of a person's days, made of a keyed number: as often each, never none.
    #[must_use]
    pub fn shift(&self, keyed: u64) -> i32 {
        let most = u64::from(self.shift_days.max(1));
        let place = i32::try_from(keyed % (2 * most)).unwrap_or(0);
        let most = i32::from(self.shift_days.max(1));
        if place < most { place - most } else { place - most + 1 }
    }

    /// First and last year of the band that an age lies in; `wide` is the wider one.
    #[must_use]
    pub fn band(&self, age: u8, wide: bool) -> (u8, u8) {
        let years = if wide { self.wide_age_band_years } else { self.age_band_years }.max(1);
        let from = age / years * years;
        (from, from.saturating_add(years - 1))
    }
}

/// A day shifted by a person's days.
#[must_use]
pub fn shifted(day: Date, shift: i32) -> Date {
    day.saturating_add(jiff::Span::new().days(shift))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn rule() -> ResearchRule {
        ResearchRule::embedded().unwrap()
    }

    #[test]
    fn the_file_is_sound_and_describes_every_field_once() {
        let rule = rule();
        assert!(rule.smallest_group >= 5 && rule.shift_days > 0 && rule.most_months > 0);
        assert_eq!(rule.wide_age_band_years % rule.age_band_years, 0, "bands lie within wider ones");
        let described: Vec<Field> = rule.fields.iter().map(|field| field.code).collect();
        assert_eq!(described, Field::ALL);
        for field in Field::ALL {
            assert_eq!(serde_json::to_value(field).unwrap(), field.code());
            assert_eq!(Field::of_code(field.code()), Some(field));
            let form = rule.field(field).unwrap().form;
            assert_eq!(
                field.code().ends_with("_on") || field == Field::ServedFrom,
                form == Form::Date,
                "{field:?}"
            );
        }
        for state in State::ALL {
            assert_eq!(State::of_code(state.code()), Some(state));
        }
    }

    #[test]
    fn who_decides_and_when_an_extract_leaves() {
        let (own, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let until = date(2026, 12, 31);
        for (state, by, today, decide, extract) in [
            (State::Asked, other, date(2026, 3, 2), None, Some("research_not_agreed")),
            (State::Asked, own, date(2026, 3, 2), Some("research_own_project"), Some("research_not_agreed")),
            (State::Agreed, other, date(2026, 3, 2), Some("research_decided"), None),
            (State::Agreed, other, until, Some("research_decided"), None),
            (State::Agreed, other, date(2027, 1, 1), Some("research_decided"), Some("research_over")),
            (State::Declined, other, date(2026, 3, 2), Some("research_decided"), Some("research_not_agreed")),
            (State::Ended, other, date(2026, 3, 2), Some("research_decided"), Some("research_over")),
        ] {
            let project = Project { state, asked_by: own, until };
            let code = |no: Result<(), Refusal>| no.err().map(|refusal| refusal.code);
            assert_eq!(code(rule().decide(&project, by)).as_deref(), decide, "{state:?} {by}");
            assert_eq!(code(rule().extract(&project, today)).as_deref(), extract, "{state:?} {today}");
        }
    }

    #[test]
    fn bands_of_age() {
        for (age, narrow, wide) in [
            (0, (0, 9), (0, 19)),
            (38, (30, 39), (20, 39)),
            (40, (40, 49), (40, 59)),
            (255, (250, 255), (240, 255)),
        ] {
            assert_eq!((rule().band(age, false), rule().band(age, true)), (narrow, wide), "{age}");
        }
    }

    #[test]
    fn every_shift_comes_up_and_none_is_nothing() {
        let most = i32::from(rule().shift_days);
        let found: BTreeSet<i32> =
            (0..u64::try_from(2 * most).unwrap()).map(|keyed| rule().shift(keyed)).collect();
        let expected: BTreeSet<i32> = (-most..=most).filter(|shift| *shift != 0).collect();
        assert_eq!(found, expected);
    }

    proptest! {
        #[test]
        fn intervals_are_kept(keyed: u64, first in 0..20_000_i32, second in 0..20_000_i32) {
            let day = |days: i32| date(1980, 1, 1).saturating_add(jiff::Span::new().days(days));
            let shift = rule().shift(keyed);
            prop_assert!(shift != 0 && shift.abs() <= i32::from(rule().shift_days));
            let (a, b) = (shifted(day(first), shift), shifted(day(second), shift));
            let days = |from: Date, to: Date| from.until(to).unwrap().get_days();
            prop_assert_eq!(days(a, b), days(day(first), day(second)));
        }
    }
}
