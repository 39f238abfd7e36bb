//! Which visits were owed and made, as tables of steps and visits.

use super::*;
use crate::{followup::held::Source, id::Id};
use rules::followup::{
    FollowupTable,
    register::{Destination, Move},
    visit::{Death, DeathCause, LostReason},
};
use uuid::Uuid;

const TODAY: &str = "2026-06-30";

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn happened(code: &str, on: &str) -> (Date, Happened) {
    let (centre, on) = (Uuid::from_u128(1), day(on));
    let step = match code {
        "opened" => {
            let profile = crate::followup::Profile { diagnosed_on: Some(on), ..Default::default() };
            let (source, in_charge) = (Source::ReportCard, Id(centre));
            let opened =
                Happened::Opened { source, profile, in_charge, entry_from: None, owes_survey: false };
            return (on, opened);
        }
        "receive" => Step::Receive { by: centre },
        "agree" => Step::Agree,
        "disagree" => Step::Disagree,
        "lose" => Step::Lose { reason: LostReason::Missing },
        "find" => Step::Find,
        "admit" => Step::Admit,
        "discharge" => Step::Discharge,
        "abroad" => Step::MoveOut { leaving: Move { to: Destination::Abroad, sent: on } },
        "back" => Step::ComeBack,
        "exclude" => Step::Exclude,
        _ => {
            let death = Death { on, cause: DeathCause::Other, source: "家属".to_owned() };
            Step::Die { death }
        }
    };
    let (note, tell) = (String::new(), Vec::new());
    (on, Happened::Stepped { step, note, tell, profile: None, owes_slip: false })
}

fn course(steps: &[(&str, &str)]) -> Course {
    let events: Vec<_> = steps.iter().map(|(code, on)| happened(code, on)).collect();
    Course::of(&events).unwrap().unwrap()
}

/// A visit; in vain where it begins with a stroke.
fn made(on: &str, next: &str) -> Made {
    let (on, reached) = on.strip_prefix('-').map_or((on, true), |on| (on, false));
    let said = Said { adherence: None, lock_up: None, trouble: 0, harm: 0 };
    let (on, next_on) = (day(on), next.parse().ok());
    Made { on, reached, valid: reached, face_to_face: reached, class: None, next_on, said }
}

/// Steps, visits with the day set for the next, and what came of it: due and made.
type Row = (
    &'static [(&'static str, &'static str)],
    &'static [(&'static str, &'static str)],
    &'static [(&'static str, &'static str)],
);

const MANAGED: [(&str, &str); 3] =
    [("opened", "2026-01-05"), ("receive", "2026-01-06"), ("agree", "2026-01-07")];

#[test]
fn which_visits_were_owed_and_made() {
    let rows: [Row; 10] = [
        // The first one is due two weeks after the receipt; nobody came.
        (&[], &[], &[("2026-01-20", "")]),
        (&[], &[("2026-01-15", "2026-04-15")], &[("2026-01-20", "2026-01-15"), ("2026-04-15", "")]),
        // Late, and the next one is not due yet.
        (&[], &[("2026-04-20", "2026-07-20")], &[("2026-01-20", "2026-04-20")]),
        // In vain in time, met within two weeks: in time.
        (
            &[],
            &[("-2026-01-19", "2026-02-02"), ("2026-02-01", "2026-07-01")],
            &[("2026-02-02", "2026-02-01")],
        ),
        // In vain when it was late already.
        (
            &[],
            &[("-2026-01-25", "2026-02-08"), ("2026-02-01", "2026-07-01")],
            &[("2026-01-20", "2026-02-01")],
        ),
        // Found in hospital: the visit that was due was made; from then on the interval rests until two weeks after the discharge.
        (
            &[("admit", "2026-01-20"), ("discharge", "2026-03-02")],
            &[("2026-01-20", ""), ("2026-02-20", ""), ("2026-03-10", "2026-07-10")],
            &[("2026-01-20", "2026-01-20"), ("", "2026-02-20"), ("2026-03-16", "2026-03-10")],
        ),
        // Lost: what fell due before was missed; the visit that finds the person is in time.
        (
            &[("lose", "2026-03-01"), ("find", "2026-05-11")],
            &[("2026-05-11", "2026-08-11")],
            &[("2026-01-20", ""), ("2026-05-25", "2026-05-11")],
        ),
        // Without consent nobody is visited; whoever goes all the same makes a visit that was not owed.
        (&[("disagree", "2026-01-08")], &[("2026-02-02", "2026-05-02")], &[("", "2026-02-02")]),
        (&[("abroad", "2026-01-10")], &[], &[]),
        (&[("die", "2026-03-01")], &[("2026-01-08", "2026-04-08")], &[("2026-01-20", "2026-01-08")]),
    ];
    let table = FollowupTable::embedded().unwrap();
    let (rules, calendar) = (table.in_force(day(TODAY)), Calendar::embedded());
    for (steps, visits, expected) in rows {
        let course = course(&[&MANAGED[..], steps].concat());
        let visits: Vec<Made> = visits.iter().map(|(on, next)| made(on, next)).collect();
        let facts = course.visits(&visits, day(TODAY), rules, &calendar);
        let text = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        let found: Vec<_> = facts.iter().map(|fact| (text(fact.due), text(fact.on))).collect();
        let expected: Vec<_> =
            expected.iter().map(|(due, on)| ((*due).to_owned(), (*on).to_owned())).collect();
        assert_eq!(found, expected, "{steps:?}");
    }
}

#[test]
fn what_held_on_which_days() {
    let spans = |spans: Vec<Span>| -> Vec<(String, String)> {
        let text = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        spans.iter().map(|span| (span.from.to_string(), text(span.until))).collect()
    };
    let span = |from: &str, until: &str| (from.to_owned(), until.to_owned());
    let whole = course(&MANAGED);
    assert_eq!(spans(whole.managed()), [span("2026-01-07", "")]);
    assert_eq!((whole.left(day(TODAY)), whole.agreed(day(TODAY))), (None, Some(day("2026-01-07"))));
    assert_eq!((whole.diagnosed_on, whole.received_on), (Some(day("2026-01-05")), Some(day("2026-01-06"))));
    // A stay in hospital interrupts nothing; whoever is lost is not managed.
    let with = |steps: &[(&str, &str)]| course(&[&MANAGED[..], steps].concat());
    let lost = with(&[("admit", "2026-02-01"), ("discharge", "2026-02-11"), ("lose", "2026-03-01")]);
    assert_eq!(spans(lost.managed()), [span("2026-01-07", "2026-02-28")]);
    assert_eq!(spans(lost.lost()), [span("2026-03-01", "")]);
    // On the day of a death the person was managed still; a consent that was taken back holds up to the day before.
    assert_eq!(spans(with(&[("die", "2026-03-05")]).managed()), [span("2026-01-07", "2026-03-05")]);
    let back = with(&[("disagree", "2026-03-05")]);
    assert_eq!(spans(back.managed()), [span("2026-01-07", "2026-03-04")]);
    assert_eq!((back.agreed(day("2026-03-04")), back.agreed(day(TODAY))), (Some(day("2026-01-07")), None));
    // As it stood on a day, whatever came later.
    let travelled = with(&[("abroad", "2026-03-05"), ("back", "2026-05-05")]);
    assert_eq!(travelled.left(day("2026-03-04")), None);
    assert_eq!(
        (travelled.left(day("2026-05-04")), travelled.left(day(TODAY))),
        (Some(day("2026-03-05")), None)
    );
    assert_eq!(with(&[("exclude", "2026-03-05")]).left(day(TODAY)), Some(day("2026-03-05")));
}

#[test]
fn locked_up_from_the_visit_that_saw_it_to_the_one_that_saw_it_over() {
    let seen = |on: &str, lock_up| Made {
        said: Said { adherence: None, lock_up, trouble: 0, harm: 0 },
        ..made(on, "")
    };
    let visits = [
        seen("2026-01-10", Some(LockUp::None)),
        seen("2026-02-10", Some(LockUp::Locked)),
        seen("2026-03-10", None),
        seen("2026-04-10", Some(LockUp::Released)),
        seen("2026-05-10", Some(LockUp::Locked)),
    ];
    let found = locked_up(&visits);
    let expected = [
        Span { from: day("2026-02-10"), until: Some(day("2026-04-09")) },
        Span { from: day("2026-05-10"), until: None },
    ];
    assert_eq!(found, expected);
}
