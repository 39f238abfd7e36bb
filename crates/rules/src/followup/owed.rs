//! What is owed on a record of the register now, and by when: the report card, the receipt, the answer to a move, the first
//! visit, the next one, another try, papers that are still to come, the step that a word of a stay in hospital asks for. Each
//! names the entry of `data/followup.toml` that it follows, so that a page can show the
//! rule beside the day.

use super::next_visit::Course;
use super::register::{Destination, Record, State};
use super::report::{self, Paper};
use super::table::FollowupRules;
use crate::calendar::Calendar;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The report card, by the institution that diagnosed.
    Report,
    /// Primary care takes up what came.
    Receipt,
    /// The receiver answers a move.
    MoveAnswer,
    /// The first visit after consent, discharge, a move or being found.
    FirstVisit,
    /// The next visit.
    Visit,
    /// Another try after a visit was missed.
    Retry,
    /// The discharge slip, by the hospital that discharged.
    Slip,
    /// The whole card of a report that came on paper, entered by primary care or the county.
    PaperEntry,
    /// The card written anew after another diagnosis, by the institution that reported (Mental Health Law art. 35).
    Correction,
    /// The clue questionnaire (form 1), each quarter until the clue is reviewed.
    ClueSurvey,
    /// The admission that a case of community rehabilitation told of.
    Admission,
    /// The discharge that it told of.
    Discharge,
    /// The yearly physical examination; it stands on a list of its own and is never what a record owes first.
    Examination,
}

impl What {
    /// Whether a visit is what is owed.
    #[must_use]
    pub fn is_by_visit(self) -> bool {
        matches!(self, What::FirstVisit | What::Visit | What::Retry)
    }

    /// All of them.
    pub const ALL: [What; 13] = [
        What::Report,
        What::Receipt,
        What::MoveAnswer,
        What::FirstVisit,
        What::Visit,
        What::Retry,
        What::Slip,
        What::PaperEntry,
        What::Correction,
        What::ClueSurvey,
        What::Admission,
        What::Discharge,
        What::Examination,
    ];

    /// The code as stored and sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            What::Report => "report",
            What::Receipt => "receipt",
            What::MoveAnswer => "move_answer",
            What::FirstVisit => "first_visit",
            What::Visit => "visit",
            What::Retry => "retry",
            What::Slip => "slip",
            What::PaperEntry => "paper_entry",
            What::Correction => "correction",
            What::ClueSurvey => "clue_survey",
            What::Admission => "admission",
            What::Discharge => "discharge",
            What::Examination => "examination",
        }
    }

    /// What a code stands for.
    #[must_use]
    pub fn of_code(code: &str) -> Option<What> {
        What::ALL.into_iter().find(|what| what.code() == code)
    }
}

/// The last visit that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastVisit {
    /// Its day.
    pub on: Date,
    /// The day set for the next one; none after a visit in a hospital or a death.
    pub next_on: Option<Date>,
    /// Where the person stood in the course of visits; none where nobody was met.
    pub course: Option<Course>,
}

/// What happened to a record, as far as its deadlines depend on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// The record.
    pub record: Record,
    /// Day of the diagnosis, of a record that is not reported yet.
    pub diagnosed_on: Option<Date>,
    /// Day on which the report or the discharge slip came.
    pub reported_on: Option<Date>,
    /// Day from which the first visit counts: consent, arrival, discharge, or being found.
    pub first_visit_from: Option<Date>,
    /// Day of a discharge whose slip has not come yet.
    pub slip_from: Option<Date>,
    /// Day on which a card came on paper that is not entered as a whole yet.
    pub entry_from: Option<Date>,
    /// Day of another diagnosis than the one on the card.
    pub correction_from: Option<Date>,
    /// Day of the clue, or of its last questionnaire.
    pub survey_from: Option<Date>,
    /// The step that the record lacks by what a case told, and the day that was told.
    pub word: Option<(What, Date)>,
    /// The last visit that counts.
    pub last: Option<LastVisit>,
}

/// Something that is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Owed {
    /// The last day for it.
    pub by: Date,
    /// What.
    pub what: What,
    /// Day from which it is counted.
    pub from: Date,
    /// The entry of `data/followup.toml` that it follows.
    pub entry: &'static str,
    /// A year that matters has no table of holidays yet.
    pub provisional: bool,
}

/// Everything that is owed, the earliest first.
#[must_use]
pub fn owed(past: &Past, rules: &FollowupRules, calendar: &Calendar) -> Vec<Owed> {
    let mut found = Vec::new();
    let mut paper = |what, kind: Paper, entry, from: Option<Date>| {
        if let Some(from) = from {
            let due = kind.due(from, rules, calendar);
            found.push(Owed { by: due.date, what, from, entry, provisional: due.provisional });
        }
    };
    let record = &past.record;
    match record.state {
        State::Clue | State::Reviewed => {
            paper(What::Report, Paper::OnsetReport, "onset_report", past.diagnosed_on);
        }
        State::Reported => paper(What::Receipt, Paper::Receipt, "receipt", past.reported_on),
        State::Moved => {
            let asked = record.moving.filter(|leaving| leaving.to != Destination::Abroad);
            let sent = asked.map(|leaving| leaving.sent);
            paper(What::MoveAnswer, Paper::MoveAcceptance, "move_acceptance", sent);
        }
        _ => {}
    }
    if !record.is_closed() {
        paper(What::Slip, Paper::DischargeSlip, "discharge_slip", past.slip_from);
        paper(What::PaperEntry, Paper::PaperEntry, "paper_entry", past.entry_from);
        paper(What::Correction, Paper::Correction, "correction", past.correction_from);
    }
    found.extend(survey(past, rules));
    if let Some((what, from)) = past.word {
        let due = calendar.after_working_days(from, rules.terms.hospital_word);
        let (by, entry) = (due.date, "hospital_word");
        found.push(Owed { by, what, from, entry, provisional: due.provisional });
    }
    if is_followed(record) {
        found.extend(visit(past, rules, calendar));
    }
    found.sort_unstable();
    found
}

/// Whether visits are owed: received and managed records, and those on their way to another institution, for which the sender
/// stays in charge until it accepts. In hospital the interval rests; whoever is lost is sought, not visited; without consent
/// nobody is visited.
#[must_use]
pub fn is_followed(record: &Record) -> bool {
    match record.state {
        State::Received | State::Managed => true,
        State::Moved => !record.is_abroad() && record.agreed == Some(true),
        _ => false,
    }
}

/// Clues are surveyed each quarter, until the county's specialist has reviewed them.
fn survey(past: &Past, rules: &FollowupRules) -> Option<Owed> {
    let from = past.survey_from.filter(|_| past.record.state == State::Clue)?;
    let by = rules.terms.clue_survey.after(from);
    Some(Owed { by, what: What::ClueSurvey, from, entry: "clue_survey", provisional: false })
}

fn visit(past: &Past, rules: &FollowupRules, calendar: &Calendar) -> Option<Owed> {
    let last = past.last.filter(|last| past.first_visit_from.is_none_or(|from| last.on >= from));
    match (last, past.first_visit_from) {
        (Some(last), _) => last.next_on.map(|by| Owed {
            by,
            what: if last.course.is_some() { What::Visit } else { What::Retry },
            from: last.on,
            entry: last.course.map_or("retry", Course::entry),
            provisional: false,
        }),
        (None, Some(from)) => {
            let due = report::first_visit_due(from, rules, calendar);
            let (what, entry) = (What::FirstVisit, "first_visit");
            Some(Owed { by: due.date, what, from, entry, provisional: due.provisional })
        }
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::followup::FollowupTable;
    use crate::followup::register::Move;
    use jiff::civil::date;
    use proptest::prelude::*;
    use uuid::Uuid;

    const HERE: Uuid = Uuid::from_u128(1);
    const THERE: Uuid = Uuid::from_u128(2);

    fn past(state: State) -> Past {
        let record = Record { state, agreed: Some(true), in_charge: HERE, moving: None, death: None };
        Past {
            record,
            diagnosed_on: None,
            reported_on: None,
            first_visit_from: None,
            slip_from: None,
            entry_from: None,
            correction_from: None,
            survey_from: None,
            word: None,
            last: None,
        }
    }

    fn all(past: &Past) -> Vec<(What, String, &'static str)> {
        let table = FollowupTable::embedded().unwrap();
        let rules = table.in_force(date(2025, 6, 1));
        owed(past, rules, &Calendar::embedded())
            .into_iter()
            .map(|owed| (owed.what, owed.by.to_string(), owed.entry))
            .collect()
    }

    fn last(on: Date, next_on: Option<Date>, course: Option<Course>) -> Option<LastVisit> {
        Some(LastVisit { on, next_on, course })
    }

    /// What happened, and what is owed by when and by which entry.
    type Row = (Past, Vec<(What, &'static str, &'static str)>);

    #[test]
    fn what_is_owed_in_each_state() {
        let leaving = |to| Some(Move { to, sent: date(2025, 3, 3) });
        let seen = last(date(2025, 3, 3), Some(date(2025, 3, 17)), Some(Course::Unstable));
        let rows: Vec<Row> = vec![
            (past(State::Clue), vec![]),
            // Domain case 8: diagnosed on a Friday before the Spring Festival.
            (
                Past { diagnosed_on: Some(date(2025, 1, 24)), ..past(State::Reviewed) },
                vec![(What::Report, "2025-02-13", "onset_report")],
            ),
            (
                Past { reported_on: Some(date(2025, 3, 3)), ..past(State::Reported) },
                vec![(What::Receipt, "2025-03-05", "receipt")],
            ),
            // Two weeks are earlier or the same as ten working days.
            (
                Past { first_visit_from: Some(date(2025, 3, 3)), ..past(State::Managed) },
                vec![(What::FirstVisit, "2025-03-17", "first_visit")],
            ),
            (Past { last: seen, ..past(State::Managed) }, vec![(What::Visit, "2025-03-17", "unstable")]),
            (
                Past { last: last(date(2025, 3, 3), Some(date(2025, 3, 17)), None), ..past(State::Managed) },
                vec![(What::Retry, "2025-03-17", "retry")],
            ),
            // Discharged after the last visit: the first visit counts anew.
            (
                Past { last: seen, first_visit_from: Some(date(2025, 4, 7)), ..past(State::Managed) },
                vec![(What::FirstVisit, "2025-04-21", "first_visit")],
            ),
            // The first visit after a discharge comes before the slip, which the hospital owes.
            (
                Past {
                    first_visit_from: Some(date(2025, 1, 24)),
                    slip_from: Some(date(2025, 1, 24)),
                    ..past(State::Managed)
                },
                vec![
                    (What::FirstVisit, "2025-02-07", "first_visit"),
                    (What::Slip, "2025-02-13", "discharge_slip"),
                ],
            ),
            (Past { slip_from: Some(date(2025, 1, 24)), ..past(State::Deceased) }, vec![]),
            // A card that came on paper is entered within five working days, over the Spring Festival too.
            (
                Past {
                    reported_on: Some(date(2025, 1, 24)),
                    entry_from: Some(date(2025, 1, 24)),
                    ..past(State::Reported)
                },
                vec![
                    (What::Receipt, "2025-01-27", "receipt"),
                    (What::PaperEntry, "2025-02-07", "paper_entry"),
                ],
            ),
            // Another diagnosis: the card is written anew within ten.
            (
                Past { last: seen, correction_from: Some(date(2025, 1, 24)), ..past(State::Managed) },
                vec![(What::Correction, "2025-02-13", "correction"), (What::Visit, "2025-03-17", "unstable")],
            ),
            (Past { correction_from: Some(date(2025, 1, 24)), ..past(State::Excluded) }, vec![]),
            (
                Past { survey_from: Some(date(2025, 11, 30)), ..past(State::Clue) },
                vec![(What::ClueSurvey, "2026-02-28", "clue_survey")],
            ),
            (Past { survey_from: Some(date(2025, 11, 30)), ..past(State::Reviewed) }, vec![]),
            (Past { last: seen, ..past(State::Hospital) }, vec![]),
            (
                Past { word: Some((What::Discharge, date(2025, 3, 3))), last: seen, ..past(State::Hospital) },
                vec![(What::Discharge, "2025-03-05", "hospital_word")],
            ),
            (Past { last: seen, ..past(State::Lost) }, vec![]),
            (Past { last: seen, ..past(State::RegisteredOnly) }, vec![]),
            (Past { last: seen, ..past(State::Deceased) }, vec![]),
            (Past { last: seen, ..past(State::Excluded) }, vec![]),
        ];
        for (past, expected) in rows {
            let expected: Vec<_> =
                expected.into_iter().map(|(what, by, entry)| (what, by.to_owned(), entry)).collect();
            assert_eq!(all(&past), expected, "{past:?}");
        }
        let mut moving = Past { last: seen, ..past(State::Moved) };
        moving.record.moving = leaving(Destination::Institution(THERE));
        let both = [
            (What::MoveAnswer, "2025-03-17".to_owned(), "move_acceptance"),
            (What::Visit, "2025-03-17".to_owned(), "unstable"),
        ];
        assert_eq!(all(&moving), both, "until it is accepted the sender stays in charge");
        moving.record.moving = leaving(Destination::Abroad);
        assert_eq!(all(&moving), []);
    }

    #[test]
    fn codes_find_their_way_back() {
        for what in What::ALL {
            assert_eq!(What::of_code(what.code()), Some(what));
            assert_eq!(serde_json::to_value(what).unwrap(), what.code());
        }
        assert_eq!(What::of_code("tea"), None);
    }

    proptest! {
        #[test]
        fn nothing_is_owed_on_a_closed_record_and_the_earliest_comes_first(
            state in proptest::sample::select(State::ALL.to_vec()),
            days in proptest::collection::vec(proptest::option::of(0_i32..2000), 4),
        ) {
            let day = |at: usize| days[at].map(|n| date(2024, 1, 1).saturating_add(jiff::Span::new().days(n)));
            let past = Past {
                diagnosed_on: day(0),
                reported_on: day(1),
                first_visit_from: day(2),
                slip_from: day(1),
                entry_from: day(0),
                correction_from: day(2),
                survey_from: day(3),
                last: day(3).and_then(|on| last(on, Some(on), Some(Course::Stable))),
                ..past(state)
            };
            let table = FollowupTable::embedded().unwrap();
            let found = owed(&past, table.in_force(date(2025, 6, 1)), &Calendar::embedded());
            prop_assert!(found.is_sorted());
            prop_assert!(found.is_empty() || !past.record.is_closed());
            for owed in found {
                prop_assert!(owed.by >= owed.from || owed.what == What::Visit);
            }
        }
    }
}
