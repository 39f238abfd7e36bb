//! Cases of reaching people, row by row.

use super::*;
use jiff::civil::date;
use proptest::prelude::*;

fn table() -> OutreachTable {
    OutreachTable::embedded().unwrap()
}

fn attempt(on: Date, way: &str, reached: &str, outcome: &str) -> Attempt {
    let text = str::to_owned;
    Attempt { on, way: text(way), reached: text(reached), outcome: text(outcome), reason: None, next: None }
}

fn march(day: i8) -> Date {
    date(2026, 3, day)
}

#[test]
fn the_file_is_sound() {
    let table = table();
    for outcome in &table.outcomes {
        assert_eq!(outcome.days.is_empty(), outcome.follows == Follows::Ends, "{}", outcome.code);
    }
    for way in &table.ways {
        let said = format!("{} {}", way.script_zh, way.script_en).to_lowercase();
        let told = table.script.never.iter().find(|word| said.contains(word.as_str()));
        assert_eq!(told, None, "the script of {} tells what it is about", way.code);
    }
    let codes =
        |codes: Vec<&String>| codes.iter().collect::<std::collections::BTreeSet<_>>().len() == codes.len();
    assert!(codes(table.ways.iter().map(|one| &one.code).collect()));
    assert!(codes(table.outcomes.iter().map(|one| &one.code).collect()));
    assert!(codes(table.reasons.iter().map(|one| &one.code).collect()));
}

#[test]
fn when_to_try_again() {
    use LeadState::{Applies, Ended, Open, Unreached};
    let silent = |day| attempt(march(day), "phone", "nobody", "no_answer");
    let by_visit = |day| attempt(march(day), "visit", "nobody", "no_answer");
    let told = |day, outcome| attempt(march(day), "phone", "person", outcome);
    let agreed = |day, next| Attempt { next: Some(march(next)), ..told(day, "later") };
    let trial = |day, reached, outcome| attempt(march(day), "trial", reached, outcome);
    let refuses = Attempt { reason: Some("money".to_owned()), ..told(4, "refuses") };
    // The lead is given on Monday the 2nd.
    let rows: Vec<(&str, Vec<Attempt>, LeadState, Option<Date>)> = vec![
        ("the seventh is a Saturday", vec![], Open, Some(march(9))),
        ("two days", vec![silent(3)], Open, Some(march(5))),
        ("four days after the second", vec![silent(3), silent(5)], Open, Some(march(9))),
        ("twice on one day is one day", vec![silent(3), silent(5), silent(5)], Open, Some(march(12))),
        (
            "three days: once a month",
            vec![silent(3), silent(5), by_visit(9)],
            Unreached,
            Some(date(2026, 4, 8)),
        ),
        (
            "reached: it begins anew",
            vec![silent(3), silent(5), told(9, "thinking"), silent(16)],
            Open,
            Some(march(18)),
        ),
        ("a day agreed upon holds, also a Saturday", vec![agreed(3, 14)], Open, Some(march(14))),
        ("wants to apply", vec![told(3, "applies")], Applies, Some(march(10))),
        ("asks not to be contacted", vec![refuses], Ended, None),
        ("came to a trial", vec![told(3, "thinking"), trial(5, "person", "came")], Open, Some(march(9))),
        ("did not come", vec![trial(5, "nobody", "stayed_away")], Open, Some(march(9))),
    ];
    for (what, attempts, state, next) in rows {
        let found = standing(march(2), &attempts, &table(), &Calendar::embedded());
        assert_eq!((found.state, found.next), (state, next), "{what}");
    }
}

#[test]
fn what_stands_of_a_lead() {
    let attempts = [
        attempt(march(3), "phone", "nobody", "no_answer"),
        attempt(march(5), "phone", "other", "no_answer"),
        attempt(march(9), "visit", "family", "thinking"),
        Attempt { reason: Some("money".to_owned()), ..attempt(march(16), "phone", "person", "not_now") },
        attempt(march(20), "trial", "person", "came"),
    ];
    let at = |count: usize| standing(march(2), &attempts[..count], &table(), &Calendar::embedded());
    assert!(!at(1).other_way && at(2).other_way && !at(3).other_way);
    assert_eq!((at(2).tried, at(2).contacted), (Some(march(3)), None));
    assert_eq!((at(3).contacted, at(3).trial), (Some(march(9)), None));
    assert_eq!((at(4).trial, at(4).reason.as_deref()), (None, Some("money")));
    assert_eq!((at(5).trial, at(5).reason), (Some(march(20)), None), "who comes refuses no more");
    // Of many attempts the latest say what follows, all say how often and since when.
    let whole = Whole { attempts: 900, tried: Some(march(1)), contacted: Some(march(2)), trial: None };
    let of_all = standing(march(1), &attempts[4..], &table(), &Calendar::embedded()).of_all(whole);
    assert_eq!((of_all.attempts, of_all.tried, of_all.contacted), (900, Some(march(1)), Some(march(2))));
    assert_eq!((of_all.next, of_all.last), (at(5).next, Some(march(20))));
}

#[test]
fn what_is_wrong_with_an_attempt() {
    let fine = attempt(march(9), "phone", "person", "thinking");
    let with = |change: &dyn Fn(&mut Attempt)| {
        let mut changed = fine.clone();
        change(&mut changed);
        changed
    };
    let set = |reached: &'static str, outcome: &'static str, reason: Option<&'static str>| {
        with(&|one| {
            one.reached = reached.to_owned();
            one.outcome = outcome.to_owned();
            one.reason = reason.map(str::to_owned);
        })
    };
    let rows: Vec<(Attempt, &[(&str, &str)])> = vec![
        (fine.clone(), &[]),
        (with(&|one| one.on = march(21)), &[("on", "date_future")]),
        (with(&|one| one.on = march(1)), &[("on", "before_lead")]),
        (with(&|one| one.way = "letter".to_owned()), &[("way", "unknown_choice")]),
        (set("nobody", "thinking", None), &[("outcome", "needs_contact")]),
        (set("person", "no_answer", None), &[("outcome", "had_contact")]),
        (set("person", "not_now", None), &[("reason", "required")]),
        (set("person", "not_now", Some("money")), &[]),
        (set("person", "not_now", Some("died")), &[("reason", "reason_unfit")]),
        (set("family", "gone", Some("died")), &[]),
        (set("nobody", "gone", Some("money")), &[("reason", "reason_unfit")]),
        (set("person", "thinking", Some("money")), &[("reason", "reason_unfit")]),
        (set("person", "trial", None), &[("next", "required")]),
        (set("person", "came", None), &[("outcome", "trial_outcome")]),
        (set("person", "x", None), &[("outcome", "unknown_choice")]),
        (with(&|one| one.next = Some(march(9))), &[("next", "next_before")]),
        (with(&|one| one.next = Some(date(2027, 3, 1))), &[("next", "date_too_late")]),
    ];
    for (attempt, expected) in rows {
        let found = faults(&attempt, march(2), march(20), &table());
        let found: Vec<(&str, &str)> = found.iter().map(|fault| (fault.field.as_str(), fault.code)).collect();
        assert_eq!(found, expected, "{attempt:?}");
    }
}

proptest! {
    /// Whoever is still to be contacted has a day on which that is due, after the last attempt; nobody else has one.
    #[test]
    fn what_goes_on_is_due_some_day(picks in proptest::collection::vec((0_i64..60, 0_usize..6, 0_usize..4, 0_usize..12), 0..12)) {
        let table = table();
        let mut attempts: Vec<Attempt> = picks.iter().map(|(day, way, reached, outcome)| {
            let on = march(2).saturating_add(day.days());
            let code = |codes: Vec<&String>, at: usize| codes[at % codes.len()].clone();
            attempt(
                on,
                &code(table.ways.iter().map(|one| &one.code).collect(), *way),
                &code(table.reached.iter().map(|one| &one.code).collect(), *reached),
                &code(table.outcomes.iter().map(|one| &one.code).collect(), *outcome),
            )
        }).collect();
        attempts.sort_by_key(|one| one.on);
        let found = standing(march(2), &attempts, &table, &Calendar::embedded());
        prop_assert_eq!(found.next.is_some(), found.state.is_tried());
        prop_assert!(found.next.zip(found.last).is_none_or(|(next, last)| next > last));
        prop_assert!(found.contacted.is_none() || found.tried <= found.contacted);
        prop_assert!(found.trial.is_none() || found.contacted <= found.trial);
    }
}
