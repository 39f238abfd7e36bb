use super::*;
use crate::{
    scale::{self, Figure},
    service::ServiceTable,
};
use jiff::civil::{Date, date, time};
use proptest::prelude::*;

fn table() -> CareTable {
    CareTable::embedded().unwrap()
}

fn figure(text: &str) -> Figure {
    Figure::parse(text).unwrap()
}

#[test]
fn the_table_names_services_and_forms_that_exist() {
    let (table, services) = (table(), ServiceTable::embedded().unwrap());
    let form = |way: &str| services.forms.iter().any(|form| form.code == way);
    for field in &table.fields {
        let (of_service, of_way) = (services.get(&field.service).is_some(), form(&field.way));
        assert!(of_service != of_way && field.service.is_empty() == of_way, "{field:?}");
        let asked = table.fields_of(&field.service, &field.way);
        assert_eq!(asked.filter(|other| other.key == field.key).count(), 1, "{field:?}");
        assert!(!field.source.is_empty() && (of_way || !field.required), "{field:?}");
        assert_eq!(field.kind == FieldKind::Choice, !field.options.is_empty(), "{}", field.key);
        assert_eq!(field.kind == FieldKind::Number, field.max > field.min, "{}", field.key);
    }
    for one in &table.standards {
        assert!(one.ways.iter().all(|way| services.forms.iter().any(|form| form.code == *way)), "{}", one.id);
        assert!(one.services.iter().all(|code| services.get(code).is_some()), "{}", one.id);
        assert!(one.times > 0 && !one.source.is_empty());
    }
}

#[test]
fn the_least_record_of_each_form_is_asked_and_a_key_only_once() {
    let table = table();
    for (way, required) in [
        ("W1", &[][..]),
        ("W2", &["address"]),
        ("W3", &[]),
        ("W4", &["unit"]),
        ("W5", &["pay"]),
        ("W6", &["tasks", "signed"]),
        ("W7", &[]),
        ("W8", &[]),
        ("W9", &["channel", "consent"]),
        ("W10", &[]),
        ("W11", &["employer", "wage"]),
    ] {
        let found: Vec<&str> =
            table.fields_of("S16", way).filter(|one| one.required).map(|one| one.key.as_str()).collect();
        assert_eq!(found, required, "{way}");
    }
    for (service, way, keys) in [
        ("S6", "W5", &["pay", "aim", "craft", "hours"][..]),
        ("S6", "W10", &["aim", "craft", "hours", "pay"]),
        ("S6", "W4", &["unit", "hours", "aim", "craft", "pay"]),
        ("S13", "W1", &["in", "out", "meal"]),
        ("S5", "W3", &["topic", "cooperation"]),
        ("S16", "W10", &[]),
        ("", "", &[]),
    ] {
        let found: Vec<&str> = table.fields_of(service, way).map(|one| one.key.as_str()).collect();
        assert_eq!(found, keys, "{service} {way}");
    }
    let of = |key: &str| table.fields_of("S5", "W3").find(|one| one.key == key).map(|one| one.of);
    assert_eq!((of("topic"), of("cooperation")), (Some(FieldOf::Session), Some(FieldOf::Person)));
}

#[test]
fn a_group_has_one_leader_and_no_more_persons_than_one_can_lead() {
    let limits = table().limits;
    assert_eq!((limits.persons_of("W3"), limits.persons_of("W1")), (12, 60));
    let small = Limits { persons_at_most: 8, ..limits };
    assert_eq!((small.persons_of("W3"), small.persons_of("W1")), (8, 8));
}

#[test]
fn a_goal_is_reached_by_as_much_of_the_way_as_was_gone() {
    for (base, target, now, expected) in [
        ("0", "3", "0", Some(0)),
        ("0", "3", "1", Some(33)),
        ("0", "3", "2", Some(66)),
        ("0", "3", "3", Some(100)),
        ("0", "3", "5", Some(100)),
        ("0", "3", "-2", Some(0)),
        // Down is a way as well: fewer points are better.
        ("12", "4", "8", Some(50)),
        ("12", "4", "14", Some(0)),
        ("12", "4", "2", Some(100)),
        ("1.5", "2.5", "2", Some(50)),
        ("2.25", "3", "2.249999", Some(0)),
        ("0", "1000", "999", Some(99)),
        // No way to go.
        ("4", "4", "4", None),
        ("4", "4.0", "9", None),
    ] {
        let found = attainment(figure(base), figure(target), figure(now));
        assert_eq!(found, expected.map(Attainment), "{base} {target} {now}");
    }
    assert_eq!(overall([]), None);
    assert_eq!(overall([None, None]), None);
    assert_eq!(overall([Some(Attainment(50)), None, Some(Attainment(100))]), Some(Attainment(75)));
}

#[test]
fn periods_are_those_of_the_calendar() {
    for (period, day, from, last) in [
        (Period::Week, date(2026, 11, 29), date(2026, 11, 23), date(2026, 11, 29)),
        (Period::Week, date(2026, 11, 30), date(2026, 11, 30), date(2026, 12, 6)),
        (Period::Fortnight, date(1970, 1, 18), date(1970, 1, 5), date(1970, 1, 18)),
        (Period::Fortnight, date(1970, 1, 4), date(1969, 12, 22), date(1970, 1, 4)),
        (Period::Month, date(2028, 2, 10), date(2028, 2, 1), date(2028, 2, 29)),
        (Period::Quarter, date(2026, 12, 31), date(2026, 10, 1), date(2026, 12, 31)),
        (Period::Quarter, date(2026, 1, 1), date(2026, 1, 1), date(2026, 3, 31)),
        (Period::Quarter, date(2026, 5, 17), date(2026, 4, 1), date(2026, 6, 30)),
    ] {
        assert_eq!(period.around(day), Days { from, last }, "{period:?} {day}");
    }
}

#[test]
fn a_clipped_period_asks_for_its_part_rounded_up() {
    for (times, days, period, expected) in [
        (1, 30, 30, 1),
        (1, 1, 30, 1),
        (2, 15, 30, 1),
        (2, 16, 30, 2),
        (4, 7, 28, 1),
        (4, 8, 28, 2),
        (3, 0, 30, 0),
        (2, 45, 30, 2),
    ] {
        assert_eq!(required(times, days, period), expected, "{times} {days} {period}");
    }
}

fn held(on: Date, minutes: u32) -> Held {
    Held { on, service: "S4".to_owned(), way: "W3".to_owned(), minutes }
}

fn monthly(times: u32) -> Owed {
    let days = Days { from: date(2026, 1, 1), last: Date::MAX };
    let (services, ways) = (vec!["S4".to_owned()], vec!["W3".to_owned()]);
    Owed { services, ways, times, per: Period::Month, minutes: 60, days, standard: None }
}

#[test]
fn what_was_owed_and_given_is_counted_by_period() {
    // In service from the middle of January, suspended for the second half of February.
    let served = [
        Days { from: date(2026, 1, 17), last: date(2026, 2, 14) },
        Days { from: date(2026, 3, 1), last: Date::MAX },
    ];
    let given = [
        held(date(2026, 1, 20), 60),
        // Too short, and of another service: neither counts.
        held(date(2026, 1, 21), 59),
        Held { service: "S1".to_owned(), ..held(date(2026, 1, 22), 90) },
        held(date(2026, 3, 2), 60),
        held(date(2026, 3, 3), 60),
    ];
    let found = fulfilment(&monthly(2), &served, &given, date(2026, 3, 10));
    let told: Vec<_> =
        found.iter().map(|one| (one.days, one.required, one.held, one.over, one.is_missed())).collect();
    assert_eq!(told, [(15, 1, 1, true, false), (14, 1, 0, true, true), (31, 2, 2, false, false)]);
    assert!(fulfilment(&monthly(2), &[], &given, date(2026, 3, 10)).is_empty());
}

/// What tenders ask for "at least" is rounded up as a part of a period is: 80 % of 929 plans are 744, and 30 % are 782 of 2,604 to 2,606
/// registered persons and of no other number.
#[test]
fn shares_of_tenders_are_rounded_up() {
    for (persons, percent, expected) in [
        (929, 80, 744),
        (2_603, 30, 781),
        (2_604, 30, 782),
        (2_605, 30, 782),
        (2_606, 30, 782),
        (2_607, 30, 783),
    ] {
        assert_eq!(required(persons, percent, 100), expected, "{percent} % of {persons}");
    }
}

/// A tender asks for two visits a quarter to key clients and for one to all others.
#[test]
fn key_clients_are_visited_twice_a_quarter() {
    let always = Days { from: Date::MIN, last: Date::MAX };
    let visits = |times| {
        let (services, ways) = (Vec::new(), vec!["W2".to_owned()]);
        Owed { services, ways, times, per: Period::Quarter, minutes: 10, days: always, standard: None }
    };
    let visit = |on| Held { service: "S14".to_owned(), way: "W2".to_owned(), ..held(on, 40) };
    let given = [visit(date(2026, 1, 20)), visit(date(2026, 3, 31)), visit(date(2026, 4, 1))];
    let served = [Days { from: date(2026, 1, 1), last: Date::MAX }];
    let told = |owed: &Owed| -> Vec<(u32, u32, bool)> {
        let found = fulfilment(owed, &served, &given, date(2026, 7, 10));
        found.iter().map(|one| (one.required, one.held, one.is_missed())).collect()
    };
    // Both quarters that are over, and the present one, in which nothing is missed yet.
    assert_eq!(told(&visits(2)), [(2, 2, false), (2, 1, true), (2, 0, false)]);
    assert_eq!(told(&visits(1)), [(1, 2, false), (1, 1, false), (1, 0, false)]);
    // Whoever comes in the middle of a quarter is owed half of it.
    let middle = [Days { from: date(2026, 2, 15), last: Date::MAX }];
    let found = fulfilment(&visits(2), &middle, &given[1..], date(2026, 4, 10));
    assert_eq!((found[0].days, found[0].required, found[0].held), (45, 1, 1));
    // The table's own rule asks for no less: once a month is three times a quarter.
    let key = table().owed(1, always).into_iter().find(|owed| owed.standard.as_deref() == Some("visit-key"));
    let months = fulfilment(&key.unwrap(), &served, &given, date(2026, 3, 31));
    assert_eq!(months.iter().map(|month| month.required).sum::<u32>(), 3);
}

#[test]
fn whoever_has_a_risk_grade_is_visited_more_often() {
    let days = Days { from: date(2026, 1, 1), last: Date::MAX };
    let of = |grade| -> Vec<String> {
        table().owed(grade, days).into_iter().filter_map(|owed| owed.standard).collect()
    };
    assert_eq!(of(0), ["visit", "group"]);
    assert_eq!(of(1), ["visit-key", "group"]);
}

#[test]
fn sessions_move_only_along_their_states() {
    use Deed::{Cancel, Record, Void};
    use SessionState::{Cancelled, Held, Planned};
    for state in SessionState::ALL {
        for deed in [Record, Cancel, Void] {
            let expected = match (state, deed) {
                (Planned, Record) => Some(Held),
                (Planned, Cancel) => Some(Cancelled),
                (Held, Void) => Some(SessionState::Void),
                _ => None,
            };
            assert_eq!(next(state, deed), expected, "{state:?} {deed:?}");
        }
    }
}

#[test]
fn times_of_an_entry_are_checked() {
    let limits = table().limits;
    let now = crate::clock::start_of(date(2026, 11, 30)) + jiff::SignedDuration::from_hours(12);
    let told = |day, start, end, state| -> Vec<(String, &'static str)> {
        match times(&Said { on: day, start, end, until: None }, state, now, &limits) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.into_iter().map(|fault| (fault.field, fault.code)).collect(),
        }
    };
    let today = date(2026, 11, 30);
    for (day, start, end, state, faults) in [
        (today, time(9, 0, 0, 0), time(10, 0, 0, 0), SessionState::Held, &[][..]),
        (today, time(9, 0, 0, 0), time(9, 10, 0, 0), SessionState::Held, &[]),
        (today, time(9, 0, 0, 0), time(9, 9, 0, 0), SessionState::Held, &[("end", "number_range")]),
        (date(2026, 11, 29), time(8, 0, 0, 0), time(16, 0, 0, 0), SessionState::Held, &[]),
        (
            date(2026, 11, 29),
            time(8, 0, 0, 0),
            time(16, 1, 0, 0),
            SessionState::Held,
            &[("end", "number_range")],
        ),
        (today, time(10, 0, 0, 0), time(9, 0, 0, 0), SessionState::Held, &[("end", "end_before_start")]),
        (today, time(11, 30, 0, 0), time(12, 30, 0, 0), SessionState::Held, &[("on", "date_future")]),
        (
            date(2026, 8, 29),
            time(9, 0, 0, 0),
            time(10, 0, 0, 0),
            SessionState::Held,
            &[("on", "session_too_old")],
        ),
        (today, time(13, 0, 0, 0), time(14, 0, 0, 0), SessionState::Planned, &[]),
        (today, time(9, 0, 0, 0), time(10, 0, 0, 0), SessionState::Planned, &[("on", "session_past")]),
        (
            date(2028, 1, 1),
            time(9, 0, 0, 0),
            time(10, 0, 0, 0),
            SessionState::Planned,
            &[("on", "date_too_late")],
        ),
    ] {
        let expected: Vec<(String, &'static str)> =
            faults.iter().map(|(field, code)| ((*field).to_owned(), *code)).collect();
        assert_eq!(told(day, start, end, state), expected, "{day} {start} {end}");
    }
    let nine = (time(9, 0, 0, 0), time(10, 0, 0, 0));
    for (day, late) in [(date(2026, 11, 23), false), (date(2026, 11, 22), true)] {
        let said = Said { on: day, start: nine.0, end: nine.1, until: None };
        let found = times(&said, SessionState::Held, now, &limits).unwrap();
        assert_eq!((found.late, found.last, found.nights), (late, day, 0));
    }
}

#[test]
fn a_stay_is_counted_by_its_nights_and_bounded_by_them() {
    use SessionState::{Held, Planned};
    let limits = table().limits;
    let now = crate::clock::start_of(date(2026, 11, 30)) + jiff::SignedDuration::from_hours(12);
    let (ten, two) = (time(10, 0, 0, 0), time(14, 0, 0, 0));
    for (on, until, state, expected) in [
        (date(2026, 11, 29), date(2026, 11, 30), Held, Ok((1, false))),
        (date(2026, 10, 30), date(2026, 11, 30), Held, Ok((31, false))),
        (date(2026, 11, 15), date(2026, 11, 23), Held, Ok((8, false))),
        // Late is counted from the last day.
        (date(2026, 11, 15), date(2026, 11, 22), Held, Ok((7, true))),
        (date(2026, 12, 1), date(2026, 12, 8), Planned, Ok((7, false))),
        (date(2026, 11, 29), date(2026, 11, 29), Held, Err(&[("until", "stay_nights")][..])),
        (date(2026, 11, 29), date(2026, 11, 28), Held, Err(&[("until", "stay_nights")])),
        (date(2026, 10, 29), date(2026, 11, 30), Held, Err(&[("until", "stay_nights")])),
        (date(2026, 11, 29), date(9999, 12, 31), Held, Err(&[("until", "stay_nights")])),
        (date(2026, 11, 29), date(2026, 12, 1), Held, Err(&[("until", "date_future")])),
        (date(2026, 8, 1), date(2026, 8, 29), Held, Err(&[("until", "session_too_old")])),
        (date(2026, 11, 29), date(2026, 12, 8), Planned, Err(&[("on", "session_past")])),
    ] {
        let said = Said { on, start: two, end: ten, until: Some(until) };
        let found = times(&said, state, now, &limits).map(|times| (times.nights, times.late));
        let found = found.map_err(|faults| {
            faults.into_iter().map(|fault| (fault.field, fault.code)).collect::<Vec<(String, &'static str)>>()
        });
        let expected = expected.map_err(|faults| {
            faults.iter().map(|(field, code)| ((*field).to_owned(), *code)).collect::<Vec<_>>()
        });
        assert_eq!(found, expected, "{on} {until}");
    }
    assert_eq!(nights("W8", date(2026, 2, 27), date(2026, 3, 2)), 3);
    assert_eq!(nights("W8", date(2026, 3, 2), date(2026, 3, 2)), 0, "a day that was recorded as such before");
    assert_eq!(nights("W1", date(2026, 2, 27), date(2026, 3, 2)), 0);
    assert!(is_stay("W8") && !is_stay("W7"));
}

#[test]
fn each_night_of_a_stay_lies_in_the_service() {
    let now = crate::clock::start_of(date(2026, 3, 20));
    let ten = time(10, 0, 0, 0);
    let stay = |on: Date, until: Date| {
        let said = Said { on, start: ten, end: ten, until: Some(until) };
        times(&said, SessionState::Held, now, &table().limits).unwrap()
    };
    let served = [
        Days { from: date(2026, 3, 1), last: date(2026, 3, 5) },
        Days { from: date(2026, 3, 6), last: date(2026, 3, 8) },
        Days { from: date(2026, 3, 12), last: Date::MAX },
    ];
    for (on, until, expected) in [
        (date(2026, 3, 4), date(2026, 3, 9), true),
        (date(2026, 3, 4), date(2026, 3, 10), false),
        (date(2026, 2, 28), date(2026, 3, 2), false),
        (date(2026, 3, 12), date(2026, 3, 13), true),
        (date(2026, 3, 11), date(2026, 3, 13), false),
    ] {
        assert_eq!(served_through(&served, &stay(on, until)), expected, "{on} {until}");
    }
}

#[test]
fn times_of_day_as_people_write_them() {
    let nine = Some(time(9, 5, 0, 0));
    for (text, expected) in [
        ("09:05", nine),
        ("9:05", nine),
        ("0905", nine),
        ("9：05", nine),
        ("09:05:00", nine),
        ("24:00", None),
        ("9", None),
        ("", None),
        ("+9:05", None),
        ("9:5x", None),
    ] {
        assert_eq!(time_of_day(text), expected, "{text}");
    }
}

#[test]
fn days_in_service_leave_out_suspensions() {
    let moves = [
        (date(2026, 1, 2), false),
        (date(2026, 1, 6), true),
        (date(2026, 2, 1), true),
        (date(2026, 2, 10), false),
        (date(2026, 2, 10), true),
        (date(2026, 3, 1), false),
        (date(2026, 3, 20), false),
        (date(2026, 4, 1), true),
    ];
    let found = served(Some(date(2026, 1, 5)), moves);
    let told: Vec<_> = found.iter().map(|part| (part.from, part.last)).collect();
    assert_eq!(
        told,
        [
            (date(2026, 1, 5), date(2026, 2, 10)),
            (date(2026, 2, 11), date(2026, 3, 1)),
            (date(2026, 4, 1), Date::MAX),
        ]
    );
    assert!(served_on(&found, date(2026, 2, 10)) && !served_on(&found, date(2026, 3, 2)));
    assert!(served(None, []).is_empty());
}

#[test]
fn two_missed_in_a_row_count_whatever_was_excused_in_between() {
    use Presence::{Came, Excused, Expected, Missed};
    for (latest_first, count) in [
        (&[][..], 0),
        (&[Came, Missed, Missed], 0),
        (&[Missed, Came], 1),
        (&[Missed, Excused, Missed, Came], 2),
        (&[Expected, Missed, Missed, Missed], 3),
        (&[Excused, Came], 0),
    ] {
        assert_eq!(missed_in_a_row(latest_first.iter().copied()), count, "{latest_first:?}");
    }
}

#[test]
fn figures_propose_and_the_most_pressing_comes_first() {
    let bounds = table().proposals;
    let good =
        Standing { has_goals: true, attained: Some(Attainment(50)), planned: 10, held: 9, missed: (0, 2) };
    for (standing, expected) in [
        (good, &[][..]),
        (Standing { attained: Some(Attainment(80)), ..good }, &[Proposal::Reached]),
        (Standing { attained: Some(Attainment(24)), ..good }, &[Proposal::LittleReached]),
        // What was not held says nothing about the goals.
        (Standing { attained: Some(Attainment(24)), held: 7, ..good }, &[Proposal::NotHeld]),
        (Standing { attained: None, ..good }, &[Proposal::NotMeasured]),
        (Standing { attained: None, has_goals: false, planned: 0, held: 0, ..good }, &[]),
        (
            Standing { attained: Some(Attainment(100)), held: 0, missed: (2, 2), ..good },
            &[Proposal::StaysAway, Proposal::NotHeld, Proposal::Reached],
        ),
    ] {
        assert_eq!(proposals(&standing, &bounds), expected, "{standing:?}");
    }
}

fn plan() -> Plan {
    Plan {
        from: date(2026, 3, 2),
        until: date(2026, 8, 31),
        review: date(2026, 6, 1),
        problems: "少与人交往".to_owned(),
        long_term_goal: "能够自己安排一天的生活".to_owned(),
        goals: vec![
            Goal {
                key: "g1".to_owned(),
                text: "每周自己做饭三次".to_owned(),
                measure: Measure::Observation { what: "每周做饭次数".to_owned() },
                baseline: figure("0"),
                target: figure("3"),
                due: date(2026, 5, 31),
            },
            Goal {
                key: "g2".to_owned(),
                text: "情绪稳定".to_owned(),
                measure: Measure::Scale { scale: "phq-9".to_owned() },
                baseline: figure("12"),
                target: figure("5"),
                due: date(2026, 8, 31),
            },
        ],
        lines: vec![Line {
            service: "S4".to_owned(),
            way: "W3".to_owned(),
            times: 2,
            per: Period::Month,
            minutes: 60,
            goal: "g1".to_owned(),
            provider: String::new(),
        }],
        family: String::new(),
        crisis: CrisisPlan {
            signs: "睡不好".to_owned(),
            helps: "散步".to_owned(),
            others: String::new(),
            call: vec![NearOne { name: "姐姐".to_owned(), phone: "13900001234".to_owned() }],
        },
        change: String::new(),
    }
}

fn told(plan: &Plan) -> Vec<(String, &'static str)> {
    let scales = scale::all().unwrap();
    let services = ServiceTable::embedded().unwrap();
    let faults = plan.faults(&table(), &services, |id| scales.get(id));
    faults.into_iter().map(|fault| (fault.field, fault.code)).collect()
}

#[test]
fn a_plan_holds_together() {
    assert_eq!(told(&plan()), []);
    type Change = fn(&mut Plan);
    let cases: [(Change, &str, &str); 19] = [
        (|plan| plan.problems.clear(), "problems", "required"),
        (|plan| plan.long_term_goal = "长".repeat(2_001), "long_term_goal", "too_long"),
        (|plan| plan.until = plan.from, "until", "end_before_start"),
        (|plan| plan.review = plan.from, "review", "date_within"),
        (|plan| plan.goals[0].due = date(2027, 1, 1), "goals.0.due", "date_within"),
        (|plan| plan.goals[0].target = figure("0.0"), "goals.0.target", "target_is_base"),
        (|plan| plan.goals[0].text = " ".to_owned(), "goals.0.text", "required"),
        (|plan| plan.goals[1].key = "g1".to_owned(), "goals.0.key", "unknown_choice"),
        (|plan| plan.goals[1].baseline = figure("28"), "goals.1.baseline", "number_range"),
        (
            |plan| plan.goals[1].measure = Measure::Scale { scale: "x".to_owned() },
            "goals.1.scale",
            "unknown_choice",
        ),
        (|plan| plan.lines.clear(), "lines", "required"),
        (|plan| plan.lines[0].service = "S17".to_owned(), "lines.0.service", "unknown_choice"),
        (|plan| plan.lines[0].way = "W12".to_owned(), "lines.0.way", "unknown_choice"),
        (|plan| plan.lines[0].times = 0, "lines.0.times", "number_range"),
        (|plan| plan.lines[0].minutes = 9, "lines.0.minutes", "number_range"),
        (|plan| plan.lines[0].goal = "g9".to_owned(), "lines.0.goal", "serves_no_goal"),
        (|plan| plan.crisis.signs.clear(), "crisis.signs", "required"),
        (|plan| plan.crisis.others = "他有精神分裂症".to_owned(), "crisis.others", "names_illness"),
        (|plan| plan.crisis.call[0].phone = "12".to_owned(), "crisis.call.0.phone", "phone.form"),
    ];
    for (change, field, code) in cases {
        let mut changed = plan();
        change(&mut changed);
        assert!(told(&changed).contains(&(field.to_owned(), code)), "{field} {code}: {:?}", told(&changed));
    }
    let mut many = plan();
    many.goals = (0..6).map(|at| Goal { key: format!("g{at}"), ..many.goals[0].clone() }).collect();
    many.lines[0].goal = "g0".to_owned();
    assert_eq!(told(&many), [("goals".to_owned(), "too_many")]);
}

#[test]
fn a_signature_says_who_when_and_how() {
    let signed = Signature {
        by: SignedBy::Client,
        name: "测试甲".to_owned(),
        on: date(2026, 3, 3),
        way: SigningWay::Paper,
        witness: String::new(),
    };
    let (written, today) = (date(2026, 3, 2), date(2026, 3, 4));
    for (signature, faults) in [
        (signed.clone(), &[][..]),
        (Signature { name: String::new(), ..signed.clone() }, &[("name", "required")]),
        (Signature { on: date(2026, 3, 5), ..signed.clone() }, &[("on", "date_future")]),
        (Signature { on: date(2026, 3, 1), ..signed.clone() }, &[("on", "date_within")]),
        (Signature { way: SigningWay::Mark, ..signed.clone() }, &[("witness", "required")]),
        (Signature { way: SigningWay::Mark, witness: "李四".to_owned(), ..signed }, &[]),
    ] {
        let found = signature.faults(written, today);
        let found: Vec<(&str, &str)> = found.iter().map(|fault| (fault.field.as_str(), fault.code)).collect();
        assert_eq!(found, faults);
    }
}

#[test]
fn a_calendar_is_what_telephones_read() {
    let at = |text: &str| text.parse().unwrap();
    let one = Happening {
        id: "1".to_owned(),
        when: When::Hours(at("2026-11-30T01:00:00Z"), at("2026-11-30T02:00:00Z")),
        changed: at("2026-11-29T00:00:00Z"),
        summary: format!("小组; Z.S., L.S.{}", "长".repeat(40)),
        cancelled: false,
    };
    let term = Happening { when: When::Day(date(2026, 12, 31)), ..one.clone() };
    let whole_day = calendar("心桥", &[term]);
    assert!(
        whole_day.contains("DTSTART;VALUE=DATE:20261231\r\nDTEND;VALUE=DATE:20270101\r\n"),
        "{whole_day}"
    );
    let text = calendar("心桥", &[one]);
    assert!(text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"));
    assert!(text.ends_with("END:VEVENT\r\nEND:VCALENDAR\r\n"));
    assert!(text.contains("DTSTART:20261130T010000Z\r\n") && text.contains("小组\\; Z.S.\\, L.S."));
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
    assert!(text.replace("\r\n ", "").contains(&"长".repeat(40)), "unfolded it is whole");
}

proptest! {
    #[test]
    fn attainment_lies_between_nothing_and_all_and_grows_towards_the_target(
        base in -10_000_i64..10_000, target in -10_000_i64..10_000, now in -20_000_i64..20_000, step in 1_i64..500,
    ) {
        let of = |now: i64| attainment(Figure::whole(base), Figure::whole(target), Figure::whole(now));
        match of(now) {
            None => prop_assert_eq!(base, target),
            Some(found) => {
                prop_assert!(found <= Attainment::WHOLE);
                let towards = if target > base { now + step } else { now - step };
                prop_assert!(of(towards).unwrap() >= found);
                // Turned around, the rest of the way is what is left, but for the parts that are left off.
                let back = attainment(Figure::whole(target), Figure::whole(base), Figure::whole(now)).unwrap();
                prop_assert!((99..=100).contains(&(found.0 + back.0)));
            }
        }
        prop_assert_eq!(of(base), (base != target).then_some(Attainment(0)));
        prop_assert_eq!(of(target), (base != target).then_some(Attainment::WHOLE));
    }

    #[test]
    fn a_part_never_asks_for_more_than_the_whole_nor_parts_for_less(times in 0_u32..40, period in 1_u32..100, cut in 0_u32..100) {
        let cut = cut.min(period);
        prop_assert!(required(times, cut, period) <= times);
        prop_assert!(required(times, cut, period) + required(times, period - cut, period) >= times);
        prop_assert_eq!(required(times, period, period), times);
    }

    #[test]
    fn every_day_lies_in_one_period_and_periods_follow_each_other(days in 0_i32..40_000, which in 0_usize..4) {
        let day = date(1970, 1, 1).saturating_add(jiff::Span::new().days(days));
        let period = Period::ALL[which].around(day);
        prop_assert!(period.holds(day));
        let next = Period::ALL[which].around(period.last.tomorrow().unwrap());
        prop_assert_eq!(next.from, period.last.tomorrow().unwrap());
        prop_assert_eq!(Period::ALL[which].around(period.from), period);
    }
}
