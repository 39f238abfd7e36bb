//! The clock table and the terms.

use jiff::civil::date;

use super::*;

#[test]
fn the_embedded_table_is_whole_and_marks_what_is_official() {
    let table = ClockTable::embedded().unwrap();
    let rules = table.in_force(date(2025, 3, 3));
    let limits: Vec<(u16, Unit, Mark)> = Clock::ALL
        .into_iter()
        .map(|clock| (rules.rule(clock).limit, rules.rule(clock).unit, rules.rule(clock).mark))
        .collect();
    use Mark::{Default, Official};
    use Unit::{CalendarDays, CalendarMonths, Hours, WorkingDays};
    let expected = [
        (5, WorkingDays, Official),
        (5, WorkingDays, Official),
        (3, WorkingDays, Default),
        (10, WorkingDays, Default),
        (5, WorkingDays, Default),
        (10, WorkingDays, Default),
        (3, CalendarMonths, Default),
        (5, WorkingDays, Default),
        (1, CalendarMonths, Default),
        (10, WorkingDays, Default),
        (24, Hours, Default),
        (10, WorkingDays, Default),
        (15, WorkingDays, Default),
        (90, CalendarDays, Default),
    ];
    assert_eq!(limits, expected);
    for clock in Clock::ALL {
        assert_eq!(rules.rule(clock).code, clock);
    }
    assert_eq!((rules.remind_percent, rules.escalate_percent), (60, 100));
    assert_eq!(rules.limits.visit_months, [1, 3, 6, 12]);
}

#[test]
fn a_later_limit_holds_from_its_day() {
    let embedded = include_str!("../../../../data/clocks.toml");
    let later = "\n[[clock]]\ncode = \"K3\"\nstarts = \"s\"\nends = \"e\"\nlimit = 7\nunit = \"working_days\"\n\
                 mark = \"official\"\nsource_zh = \"s\"\nsource_en = \"s\"\neffective_from = \"2027-01-01\"\n";
    let table = ClockTable::parse(&format!("{embedded}{later}")).unwrap();
    assert_eq!(table.in_force(date(2026, 12, 31)).rule(Clock::K3).limit, 3);
    assert_eq!(table.in_force(date(2027, 1, 1)).rule(Clock::K3).limit, 7);
    assert_eq!(table.in_force(date(2027, 1, 1)).rule(Clock::K1).limit, 5);
    assert_eq!(table.in_force(date(2000, 1, 1)).rule(Clock::K3).limit, 3, "before the first day, the first");
}

#[test]
fn faulty_tables_are_refused() {
    let embedded = include_str!("../../../../data/clocks.toml");
    let faults = [
        embedded.replace("code = \"K13\"", "code = \"K15\""),
        embedded.replace("code = \"K13\"", "code = \"K12\""),
        embedded.replacen("limit = 5", "limit = 0", 1),
        embedded.replace("code = \"draft_days\"", "code = \"draught_days\""),
        embedded.replace("visit_months", "visits"),
        embedded.replacen("limit = 5", "limit = -5", 1),
    ];
    for fault in faults {
        assert!(ClockTable::parse(&fault).is_err());
    }
}

#[test]
fn twenty_four_hours_are_hours_and_a_day_ends_at_midnight_in_china() {
    let table = ClockTable::embedded().unwrap();
    let calendar = Calendar::embedded();
    let started: Timestamp = "2025-01-31T15:30:00Z".parse().unwrap();
    assert_eq!(china_date(started), date(2025, 1, 31));
    assert_eq!(china_date("2025-01-31T16:00:00Z".parse().unwrap()), date(2025, 2, 1));
    let urgent = due(Clock::K11, table.in_force(date(2025, 1, 31)), started, &calendar);
    assert_eq!(urgent.at, "2025-02-01T15:30:00Z".parse().unwrap(), "in the middle of the Spring Festival");
    assert_eq!(urgent.remind_at, "2025-02-01T05:54:00Z".parse().unwrap());
    let check = due(Clock::K1, table.in_force(date(2025, 1, 24)), at(date(2025, 1, 24)), &calendar);
    assert_eq!(check.at, "2025-02-07T16:00:00Z".parse().unwrap());
}

fn at(day: Date) -> Timestamp {
    end_of(day).checked_sub(SignedDuration::from_hours(14)).unwrap()
}

#[test]
fn months_end_on_the_corresponding_day_and_move_with_the_table() {
    let table = ClockTable::embedded().unwrap();
    let rules = table.in_force(date(2025, 3, 3));
    let month = |start, months, calendar: &Calendar| {
        let term = term(months, Unit::CalendarMonths, rules.remind_percent, at(start), calendar);
        (term.date, term.provisional)
    };
    let full = Calendar::embedded();
    assert_eq!(month(date(2025, 1, 31), 1, &full), (date(2025, 2, 28), false));
    assert_eq!(
        month(date(2025, 11, 30), 3, &Calendar::default()),
        (date(2026, 3, 2), true),
        "no table: Monday"
    );
    assert_eq!(month(date(2025, 11, 30), 3, &full), (date(2026, 2, 28), false), "a make-up working Saturday");
}

#[test]
fn stages_of_a_clock() {
    let table = ClockTable::embedded().unwrap();
    let start = at(date(2025, 3, 3));
    let term = due(Clock::K2, table.in_force(date(2025, 3, 3)), start, &Calendar::embedded());
    let mut clocks = BTreeMap::new();
    apply(&mut clocks, &ClockChange::Started { clock: Clock::K2, term }, start);
    let stage = |clocks: &BTreeMap<Clock, ClockRun>, now| clocks[&Clock::K2].stage(now);
    assert_eq!(stage(&clocks, start), Stage::Running);
    assert_eq!(stage(&clocks, term.remind_at), Stage::Remind);
    assert_eq!(stage(&clocks, term.at), Stage::Remind, "24:00 of the last day is in time");
    let late = term.at.checked_add(SignedDuration::from_secs(1)).unwrap();
    assert_eq!(stage(&clocks, late), Stage::Overdue);
    apply(&mut clocks, &ClockChange::Frozen { clock: Clock::K2, on: date(2025, 3, 5) }, start);
    assert_eq!(stage(&clocks, late), Stage::Frozen);
    let moved = clocks[&Clock::K2].resumed_term(date(2025, 3, 15));
    assert_eq!(moved.date, date(2025, 3, 20));
    apply(&mut clocks, &ClockChange::Resumed { clock: Clock::K2, term: moved }, start);
    assert_eq!(stage(&clocks, late), Stage::Running);
    apply(&mut clocks, &ClockChange::Stopped { clock: Clock::K2, met: Some(true) }, late);
    assert_eq!(stage(&clocks, late), Stage::Stopped);
}
