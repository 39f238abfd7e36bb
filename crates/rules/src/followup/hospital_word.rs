//! What a case of community rehabilitation tells a record of the register about a stay in hospital (two-way referral, work norm,
//! 2018; Mental Health Law art. 54 and 55: community and medical institutions refer to each other). A word changes no state: whoever
//! is in charge takes the step, or finds the person at home.

use super::owed::What;
use super::register::{Record, State, Step};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// A hospital took the person over.
    Admitted,
    /// It discharged the person.
    Discharged,
}

impl Word {
    /// The code of the event of the record.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Word::Admitted => "heard_admitted",
            Word::Discharged => "heard_discharged",
        }
    }
}

/// The last stay that was told of, as far as the steps of the record do not say it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Words {
    /// Day of the admission.
    pub admitted: Option<Date>,
    /// Day of the discharge.
    pub discharged: Option<Date>,
}

impl Words {
    /// Whether a word says what the record does not say yet.
    #[must_use]
    pub fn is_news(self, word: Word, record: &Record) -> bool {
        if record.is_closed() {
            return false;
        }
        let inside = record.state == State::Hospital;
        match word {
            Word::Admitted => !inside,
            Word::Discharged => inside || self.admitted.is_some(),
        }
    }

    /// Takes note of a word of a day.
    pub fn hear(&mut self, word: Word, on: Date) {
        match word {
            // Of the stay before nothing is left to be said.
            Word::Admitted => *self = Words { admitted: Some(on), discharged: None },
            Word::Discharged => self.discharged = Some(on),
        }
    }

    /// Leaves out what a step of a day says itself.
    pub fn take(&mut self, step: &Step, on: Date) {
        match step {
            Step::Admit => {
                self.admitted = None;
                self.discharged = self.discharged.filter(|discharged| *discharged >= on);
            }
            Step::Discharge => *self = Words::default(),
            _ => {}
        }
    }

    /// The step that the record lacks, and the day that was told; nothing where a later visit met the person and says how it stands.
    #[must_use]
    pub fn lacks(self, record: &Record, met_on: Option<Date>) -> Option<(What, Date)> {
        let (what, on) = match record.state {
            State::Managed | State::RegisteredOnly => (What::Admission, self.admitted?),
            State::Hospital => (What::Discharge, self.discharged?),
            _ => return None,
        };
        met_on.is_none_or(|met| met <= on).then_some((what, on))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use uuid::Uuid;

    fn record(state: State) -> Record {
        Record { state, agreed: Some(true), in_charge: Uuid::from_u128(1), moving: None, death: None }
    }

    #[test]
    fn a_word_is_owed_until_the_step_or_a_later_visit_says_it() {
        let (admitted, discharged) = (date(2026, 3, 2), date(2026, 3, 20));
        let mut words = Words::default();
        assert!(words.is_news(Word::Admitted, &record(State::Managed)));
        words.hear(Word::Admitted, admitted);
        let home = record(State::Managed);
        assert_eq!(words.lacks(&home, None), Some((What::Admission, admitted)));
        assert_eq!(words.lacks(&home, Some(admitted)), Some((What::Admission, admitted)));
        assert_eq!(words.lacks(&home, Some(date(2026, 3, 3))), None, "met at home afterwards");
        // The discharge comes before anybody took the first step: first the one, then the other.
        assert!(words.is_news(Word::Discharged, &home));
        words.hear(Word::Discharged, discharged);
        assert_eq!(words.lacks(&home, None), Some((What::Admission, admitted)));
        words.take(&Step::Admit, admitted);
        let inside = record(State::Hospital);
        assert_eq!(words.lacks(&inside, None), Some((What::Discharge, discharged)));
        assert_eq!(words.lacks(&home, None), None);
        words.take(&Step::Discharge, discharged);
        assert_eq!(words, Words::default());
    }

    #[test]
    fn what_the_record_says_already_is_no_news() {
        let words = Words::default();
        assert!(!words.is_news(Word::Admitted, &record(State::Hospital)));
        assert!(!words.is_news(Word::Discharged, &record(State::Managed)));
        assert!(words.is_news(Word::Discharged, &record(State::Hospital)));
        for state in [State::Excluded, State::Deceased] {
            assert!(!words.is_news(Word::Admitted, &record(state)), "{state:?}");
        }
        // A later stay says nothing of the end of the one before.
        let mut late = Words { admitted: None, discharged: Some(date(2026, 3, 20)) };
        late.take(&Step::Admit, date(2026, 4, 1));
        assert_eq!(late, Words::default());
    }
}
