use jiff::civil::date;
use proptest::prelude::*;

use super::*;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// The embedded calendar without the rows of 2026 and later.
fn before_2026() -> Calendar {
    let lines = HOLIDAYS.lines().filter(|line| !line.starts_with("2026"));
    Calendar::parse(&lines.collect::<Vec<_>>().join("\n")).unwrap()
}

#[test]
fn the_embedded_table_is_sound() {
    let calendar = Calendar::parse(HOLIDAYS).unwrap();
    assert_eq!(calendar, Calendar::embedded());
    // Days off and worked as the notice of each year names them.
    let years = [
        (2020, 30, 6),
        (2021, 31, 7),
        (2022, 32, 7),
        (2023, 26, 7),
        (2024, 28, 8),
        (2025, 28, 5),
        (2026, 33, 6),
    ];
    for (year, off, work) in years {
        assert!(calendar.knows(year));
        let count = |kind| calendar.days.iter().filter(|(d, n)| d.year() == year && n.kind == kind).count();
        assert_eq!((count(DayKind::Off), count(DayKind::Work)), (off, work), "{year}");
    }
    for (date, named) in &calendar.days {
        let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        assert!(named.kind == DayKind::Off || weekend, "{date} is a make-up day and must fall on a weekend");
        assert!(named.source.contains("国务院办公厅"), "{date}");
    }
    assert!(!calendar.knows(2019) && !calendar.knows(2027));
    assert_eq!(calendar.named_day(date(2025, 1, 29)).unwrap().name, "春节");
}

#[test]
fn working_day_terms() {
    let cases = [
        ("2025-01-24", 5, "2025-02-07"),
        ("2025-01-24", 10, "2025-02-13"),
        ("2025-04-25", 5, "2025-05-06"),
        ("2025-04-29", 5, "2025-05-09"),
        ("2025-09-26", 5, "2025-10-10"),
        ("2025-03-03", 5, "2025-03-10"),
        ("2025-03-03", 0, "2025-03-03"),
        ("2025-03-08", 0, "2025-03-10"),
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-14", 1, "2026-02-24"),
    ];
    for (start, count, expected) in cases {
        let due = Calendar::embedded().due(day(start), Term::WorkingDays(count));
        assert_eq!(due, Due { date: day(expected), provisional: false }, "{start} + {count}");
    }
}

#[test]
fn month_and_day_terms() {
    let embedded = Calendar::embedded();
    let cases = [
        ("2025-01-31", Term::Months(1), "2025-02-28"),
        ("2025-11-30", Term::Months(3), "2026-02-28"),
        ("2024-01-31", Term::Months(1), "2024-02-29"),
        ("2025-09-01", Term::Months(1), "2025-10-09"),
        ("2025-03-03", Term::Days(30), "2025-04-02"),
        ("2025-03-05", Term::Days(30), "2025-04-07"),
        ("2025-03-03", Term::Days(1), "2025-03-04"),
    ];
    for (start, term, expected) in cases {
        let due = embedded.due(day(start), term);
        assert_eq!(due, Due { date: day(expected), provisional: false }, "{start} + {term:?}");
    }
}

#[test]
fn a_year_without_a_table_is_provisional() {
    let calendar = before_2026();
    let due = calendar.due(day("2025-11-30"), Term::Months(3));
    assert_eq!(due, Due { date: day("2026-03-02"), provisional: true });
    let across = calendar.due(day("2025-12-30"), Term::WorkingDays(3));
    assert_eq!(across, Due { date: day("2026-01-02"), provisional: true });

    let notice =
        "date,kind,name,source\n2026-01-01,off,元旦,国务院办公厅\n2026-02-28,work,春节,国务院办公厅\n";
    let known = calendar.with_extra(notice).unwrap();
    assert!(known.knows(2026));
    let due = known.due(day("2025-11-30"), Term::Months(3));
    assert_eq!(due, Due { date: day("2026-02-28"), provisional: false });
}

#[test]
fn a_december_day_of_the_next_notice_does_not_make_the_year_known() {
    let calendar = Calendar::parse("date,kind,name,source\n2027-12-31,off,元旦,国务院办公厅\n").unwrap();
    assert!(!calendar.knows(2027));
    assert!(!calendar.is_working_day(date(2027, 12, 31)));
}

#[test]
fn tables_that_cannot_be_read_say_where() {
    let cases = [
        ("2026-01-01,off,元旦", HolidayTableError::Fields { line: 2 }),
        ("2026-13-01,off,元旦,x", HolidayTableError::Date { line: 2 }),
        ("2026-01-01,free,元旦,x", HolidayTableError::Kind { line: 2 }),
        ("2026-01-01,off,元旦,x\n2026-01-01,work,元旦,x", HolidayTableError::Contradiction { line: 3 }),
    ];
    for (lines, expected) in cases {
        assert_eq!(Calendar::parse(&format!("date,kind,name,source\n{lines}\n")), Err(expected));
    }
}

#[test]
fn working_days_to_a_deadline() {
    let calendar = Calendar::embedded();
    let cases = [
        ("2025-03-03", "2025-03-05", 2),
        ("2025-03-05", "2025-03-05", 0),
        ("2025-03-06", "2025-03-05", -1),
        ("2025-03-07", "2025-03-10", 1),
        ("2025-03-08", "2025-03-10", 1),
        ("2025-01-24", "2025-02-07", 5),
    ];
    for (today, deadline, expected) in cases {
        assert_eq!(
            calendar.working_days_between(day(today), day(deadline)),
            expected,
            "{today} → {deadline}"
        );
    }
}

#[test]
fn reminders_come_at_the_share_of_the_term() {
    let calendar = Calendar::embedded();
    let five = Term::WorkingDays(5);
    let start = day("2025-03-03");
    let cases =
        [("2025-03-03", 0), ("2025-03-04", 20), ("2025-03-06", 60), ("2025-03-10", 100), ("2025-03-11", 120)];
    for (on, percent) in cases {
        assert_eq!(calendar.elapsed(start, five, day(on)).percent(), percent, "{on}");
    }
    assert_eq!(calendar.reached(start, five, 60), day("2025-03-06"));
    assert_eq!(calendar.reached(start, five, 100), day("2025-03-10"));
    assert_eq!(calendar.reached(start, Term::WorkingDays(2), 60), day("2025-03-05"));
    assert_eq!(calendar.reached(start, Term::Months(3), 60), day("2025-04-28"));
    assert!((calendar.elapsed(start, five, day("2025-03-06")).fraction() - 0.6).abs() < 1e-9);
    assert_eq!(calendar.elapsed(start, Term::Days(0), start).percent(), 100);
}

#[test]
fn terms_at_the_end_of_time_end() {
    let due = Calendar::embedded().due(Date::MAX, Term::WorkingDays(10));
    assert_eq!(due, Due { date: Date::MAX, provisional: true });
}

prop_compose! {
    fn dates()(days in 0_i64..3_600) -> Date {
        date(2018, 1, 1).saturating_add(jiff::Span::new().days(days))
    }
}

proptest! {
    #[test]
    fn added_working_days_are_counted_back(start in dates(), count in 1_u16..200) {
        let calendar = Calendar::embedded();
        let due = calendar.due(start, Term::WorkingDays(count));
        prop_assert_eq!(calendar.working_days_between(start, due.date), i32::from(count));
        prop_assert!(calendar.is_working_day(due.date));
        prop_assert_eq!(calendar.elapsed(start, Term::WorkingDays(count), due.date).percent(), 100);
    }

    #[test]
    fn months_end_on_the_corresponding_day_or_later(start in dates(), count in 0_u16..30) {
        let calendar = Calendar::embedded();
        let due = calendar.due(start, Term::Months(count)).date;
        let months = i32::from(start.year()) * 12 + i32::from(start.month()) - 1 + i32::from(count);
        let first = date(i16::try_from(months / 12).unwrap(), i8::try_from(months % 12 + 1).unwrap(), 1);
        let last = first.with().day(start.day().min(first.days_in_month())).build().unwrap();
        prop_assert!(due >= last && calendar.is_working_day(due));
        let mut between = last;
        while between < due {
            prop_assert!(!calendar.is_working_day(between));
            between = between.tomorrow().unwrap();
        }
    }

    #[test]
    fn a_reminder_is_the_first_day_with_the_share(start in dates(), count in 1_u16..60, percent in 1_u32..=100) {
        let calendar = Calendar::embedded();
        for term in [Term::WorkingDays(count), Term::Days(count)] {
            let day = calendar.reached(start, term, percent);
            prop_assert!(calendar.elapsed(start, term, day).percent() >= percent);
            let before = day.yesterday().unwrap();
            prop_assert!(before < start || calendar.elapsed(start, term, before).fraction() * 100.0 < f64::from(percent));
        }
    }
}
