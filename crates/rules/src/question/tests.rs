use super::*;
use crate::{calendar::Calendar, clock::end_of};
use jiff::civil::date;
use proptest::prelude::*;

fn table() -> QuestionTable {
    QuestionTable::embedded().unwrap()
}

fn standing(state: QuestionState) -> Standing {
    let closed_on = (state == QuestionState::Closed).then(|| date(2026, 3, 2));
    let due_at =
        matches!(state, QuestionState::Waiting | QuestionState::Taken).then(|| end_of(date(2026, 3, 5)));
    Standing { state, has_doctor: state != QuestionState::Waiting, due_at, closed_on }
}

#[test]
fn each_step_is_one_sides_and_of_some_states() {
    use QuestionState::{Answered, AskedBack, Closed, Taken, Waiting};
    use QuestionStep::{Add, Answer, AskBack, Close, HandBack, Redirect, Reopen, Take};
    let (early, late) = (date(2026, 3, 3), date(2026, 3, 7));
    for (state, step, side, day, then) in [
        (Waiting, Take, Side::Desk, early, Ok((Taken, Term::Keep))),
        (Taken, Take, Side::Desk, early, Err("question_taken")),
        (Taken, Take, Side::Desk, late, Ok((Taken, Term::Keep))),
        (Taken, Take, Side::Doctor, late, Err("question_taken")),
        (Answered, Take, Side::Desk, late, Err("question_other_state")),
        (Waiting, Take, Side::Asker, early, Err("question_not_yours")),
        (Waiting, Answer, Side::Desk, early, Err("question_not_yours")),
        (Taken, Answer, Side::Doctor, early, Ok((Answered, Term::Stop))),
        (Answered, Answer, Side::Doctor, early, Ok((Answered, Term::Stop))),
        (Closed, Answer, Side::Doctor, early, Err("question_other_state")),
        (Taken, AskBack, Side::Doctor, early, Ok((AskedBack, Term::Stop))),
        (Answered, AskBack, Side::Doctor, early, Err("question_other_state")),
        (AskedBack, Answer, Side::Doctor, early, Ok((Answered, Term::Stop))),
        (Taken, HandBack, Side::Doctor, early, Ok((Waiting, Term::Keep))),
        (Waiting, Add, Side::Asker, early, Ok((Waiting, Term::Keep))),
        (AskedBack, Add, Side::Asker, early, Ok((Taken, Term::Begin))),
        (Answered, Add, Side::Asker, early, Ok((Taken, Term::Begin))),
        (Closed, Add, Side::Asker, early, Err("question_other_state")),
        (Answered, Close, Side::Asker, early, Ok((Closed, Term::Stop))),
        (Waiting, Close, Side::Asker, early, Ok((Closed, Term::Stop))),
        (Closed, Close, Side::Asker, early, Err("question_other_state")),
        (Answered, Close, Side::Doctor, early, Err("question_not_yours")),
        (Closed, Reopen, Side::Asker, date(2026, 4, 1), Ok((Taken, Term::Begin))),
        (Closed, Reopen, Side::Asker, date(2026, 4, 2), Err("question_reopen_over")),
        (Waiting, Redirect, Side::County, early, Err("question_not_late")),
        (Waiting, Redirect, Side::County, late, Ok((Waiting, Term::Begin))),
        (Taken, Redirect, Side::County, late, Ok((Waiting, Term::Begin))),
        (Answered, Redirect, Side::County, late, Err("question_other_state")),
        (Waiting, Redirect, Side::Desk, late, Err("question_not_yours")),
    ] {
        let now = crate::clock::start_of(day);
        let found = after(&standing(state), step, side, (now, day), &table());
        assert_eq!(found.map_err(|no| no.code), then.map_err(str::to_owned), "{state:?} {step:?} {side:?}");
    }
}

#[test]
fn a_question_nobody_took_waits_again_when_it_is_opened_again() {
    let closed = Standing { has_doctor: false, ..standing(QuestionState::Closed) };
    let day = date(2026, 3, 3);
    let found = after(&closed, QuestionStep::Reopen, Side::Asker, (end_of(day), day), &table());
    assert_eq!(found, Ok((QuestionState::Waiting, Term::Begin)));
}

#[test]
fn silence_of_the_asker_closes_and_silence_of_the_desk_does_not() {
    let since = date(2026, 3, 2);
    for (state, today, closes) in [
        (QuestionState::Answered, date(2026, 3, 16), false),
        (QuestionState::Answered, date(2026, 3, 17), true),
        (QuestionState::AskedBack, date(2026, 3, 17), true),
        (QuestionState::Waiting, date(2026, 12, 1), false),
        (QuestionState::Taken, date(2026, 12, 1), false),
        (QuestionState::Closed, date(2026, 12, 1), false),
    ] {
        assert_eq!(closes_itself(state, since, today, &table()), closes, "{state:?} {today}");
    }
}

#[test]
fn an_urgent_term_has_hours_and_an_ordinary_one_working_days() {
    let (table, calendar) = (table(), Calendar::embedded());
    // A Friday at noon in China.
    let asked = "2026-03-06T04:00:00Z".parse().unwrap();
    let due = |code: &str| table.due(table.urgency(code).unwrap(), asked, &calendar).at.to_string();
    assert_eq!(due("urgent"), "2026-03-07T04:00:00Z");
    assert_eq!(due("ordinary"), "2026-03-11T16:00:00Z");
}

fn any_step() -> impl Strategy<Value = (QuestionStep, Side, i32)> {
    let side = prop_oneof![Just(Side::Asker), Just(Side::Doctor), Just(Side::Desk), Just(Side::County)];
    (proptest::sample::select(QuestionStep::ALL.to_vec()), side, 0..20_i32)
}

proptest! {
    /// Whatever is tried: a term runs exactly while the desk has the word, and nobody but the asker ends a question.
    #[test]
    fn a_term_runs_exactly_while_the_desk_has_the_word(tries in proptest::collection::vec(any_step(), 0..40)) {
        let table = table();
        let mut day = date(2026, 3, 2);
        let mut now = Standing { state: QuestionState::Waiting, has_doctor: false, due_at: Some(end_of(day)), closed_on: None };
        for (step, side, days) in tries {
            day = day.saturating_add(days.days());
            let Ok((state, term)) = after(&now, step, side, (end_of(day), day), &table) else { continue };
            if state == QuestionState::Closed {
                prop_assert_eq!(side, Side::Asker);
            }
            now = Standing {
                state,
                has_doctor: now.has_doctor || state == QuestionState::Taken,
                due_at: match term {
                    Term::Keep => now.due_at,
                    Term::Stop => None,
                    Term::Begin => Some(end_of(day)),
                },
                closed_on: (state == QuestionState::Closed).then_some(day),
            };
            let desk = matches!(state, QuestionState::Waiting | QuestionState::Taken);
            prop_assert_eq!(now.due_at.is_some(), desk, "{:?}", state);
        }
    }
}
