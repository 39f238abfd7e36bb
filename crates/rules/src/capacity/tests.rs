use super::*;
use jiff::civil::date;
use proptest::prelude::*;

fn table() -> CapacityTable {
    CapacityTable::embedded().unwrap()
}

fn finding(capacity: Capacity, source: &str) -> Finding {
    let on = date(2026, 1, 5);
    Finding {
        capacity,
        source: source.to_owned(),
        assessor: "测试法院".to_owned(),
        on,
        until: table().until(source, on),
    }
}

#[test]
fn the_file_is_sound() {
    let table = table();
    let codes: std::collections::BTreeSet<&str> =
        table.sources.iter().map(|source| source.code.as_str()).collect();
    assert_eq!(codes.len(), table.sources.len());
    assert!(
        table.age.limited_from < table.age.own_consent_from
            && table.age.own_consent_from < table.age.full_from
    );
    for source in &table.sources {
        assert!(!source.finds.is_empty() && !source.zh.is_empty() && !source.en.is_empty(), "{source:?}");
        assert!(!source.source_zh.is_empty() && !source.source_en.is_empty(), "{source:?}");
    }
}

#[test]
fn how_somebody_decides_follows_from_age_and_finding() {
    let (table, today) = (table(), date(2026, 3, 2));
    let court = |capacity| Some(finding(capacity, "court"));
    let rows = [
        (Some(40), None, Group::Adult),
        (None, None, Group::Adult),
        (Some(18), None, Group::Adult),
        (Some(40), court(Capacity::Limited), Group::AdultLimited),
        (Some(40), court(Capacity::None), Group::WithoutCapacity),
        (Some(40), court(Capacity::Full), Group::Adult),
        (Some(17), None, Group::Minor),
        (Some(14), None, Group::Minor),
        (Some(13), None, Group::UnderFourteen),
        (Some(0), None, Group::UnderFourteen),
        (Some(16), Some(finding(Capacity::Full, "own_income")), Group::Adult),
        (Some(15), Some(finding(Capacity::Full, "own_income")), Group::Minor),
        (Some(15), court(Capacity::Limited), Group::Minor),
        (Some(15), court(Capacity::None), Group::WithoutCapacity),
        // Nobody under fourteen consents, whatever was found.
        (Some(13), court(Capacity::Full), Group::UnderFourteen),
    ];
    for (age, found, expected) in rows {
        assert_eq!(table.group(age, found.as_ref(), today), expected, "{age:?} {found:?}");
    }
    let doctor = finding(Capacity::Limited, "medical");
    assert_eq!(table.group(Some(40), Some(&doctor), date(2026, 7, 5)), Group::AdultLimited);
    assert_eq!(table.group(Some(40), Some(&doctor), date(2026, 7, 6)), Group::Adult, "it has run out");
}

#[test]
fn whose_voice_counts_as_in_the_table() {
    use Voice::{Enough, Heard, Needed, Silent};
    let rows = [
        // group, service, research, publicity, taking back, agreement: person and guardian each
        (
            Group::Adult,
            [(Needed, Silent), (Needed, Silent), (Needed, Silent), (Needed, Silent), (Needed, Silent)],
        ),
        (
            Group::AdultLimited,
            [(Heard, Needed), (Needed, Needed), (Needed, Needed), (Enough, Enough), (Heard, Needed)],
        ),
        (
            Group::WithoutCapacity,
            [(Heard, Needed), (Heard, Needed), (Heard, Silent), (Heard, Enough), (Heard, Needed)],
        ),
        (
            Group::UnderFourteen,
            [(Heard, Needed), (Heard, Needed), (Heard, Silent), (Heard, Enough), (Heard, Needed)],
        ),
        (
            Group::Minor,
            [(Needed, Needed), (Needed, Needed), (Needed, Needed), (Enough, Enough), (Needed, Needed)],
        ),
    ];
    for (group, expected) in rows {
        let acts = [
            Act::Give(Purpose::Institution),
            Act::Give(Purpose::Research),
            Act::Give(Purpose::Publicity),
            Act::TakeBack,
            Act::Sign,
        ];
        let found = acts.map(|act| {
            let voices = voices(group, act);
            (voices.person, voices.guardian)
        });
        assert_eq!(found, expected, "{group:?}");
    }
    for purpose in [Purpose::Registration, Purpose::Departments, Purpose::FileTransfer, Purpose::Contact] {
        for group in Group::ALL {
            assert_eq!(voices(group, Act::Give(purpose)), voices(group, Act::Give(Purpose::Institution)));
        }
    }
}

#[test]
fn a_finding_names_its_source_and_who_found_it() {
    let (table, today) = (table(), date(2026, 3, 2));
    let good = finding(Capacity::Limited, "medical");
    assert!(table.is_sound(&good, Some(40), today));
    let changed = |change: fn(&mut Finding)| {
        let mut finding = good.clone();
        change(&mut finding);
        finding
    };
    for (what, wrong) in [
        ("an unknown source", changed(|f| f.source = "diagnosis".to_owned())),
        ("nobody found it", changed(|f| f.assessor = " ".to_owned())),
        ("tomorrow", changed(|f| f.on = date(2026, 3, 3))),
        ("longer than the source holds", changed(|f| f.until = Some(date(2027, 1, 5)))),
        ("for ever", changed(|f| f.until = None)),
        ("it ends before it begins", changed(|f| f.until = Some(date(2026, 1, 4)))),
        ("earnings make nobody limited", finding(Capacity::Limited, "own_income")),
    ] {
        assert!(!table.is_sound(&wrong, Some(40), today), "{what}");
    }
    assert!(!table.is_sound(&finding(Capacity::Full, "own_income"), Some(15), today));
    assert!(table.is_sound(&finding(Capacity::None, "court"), Some(40), today));
}

#[test]
fn who_comes_of_age_is_asked_anew() {
    let (table, born) = (table(), date(2012, 2, 29));
    for (after, next) in [
        (date(2020, 1, 1), Some(date(2026, 2, 28))),
        (date(2026, 2, 28), Some(date(2030, 2, 28))),
        (date(2030, 2, 28), None),
    ] {
        assert_eq!(table.comes_of_age(born, after), next);
    }
    assert_eq!(table.last_day_of_minority(born), date(2030, 2, 27));
    for (age, capacity) in
        [(7, Capacity::None), (8, Capacity::Limited), (17, Capacity::Limited), (18, Capacity::Full)]
    {
        assert_eq!(table.by_age(age), capacity);
    }
}

#[test]
fn a_guardian_reads_only_on_a_basis_that_stands() {
    let today = date(2026, 3, 2);
    let rows = [
        (None, None, false),
        (None, Some(date(2030, 1, 1)), false),
        (Some(Basis::Consent), None, true),
        (Some(Basis::Consent), Some(today), true),
        (Some(Basis::Consent), Some(date(2026, 3, 1)), false),
        (Some(Basis::Capacity), None, true),
        (Some(Basis::Capacity), Some(date(2026, 3, 1)), false),
        (Some(Basis::Minor), Some(today), true),
        (Some(Basis::Minor), Some(date(2026, 3, 1)), false),
        (Some(Basis::Minor), None, false),
    ];
    for (basis, until, expected) in rows {
        assert_eq!(guardian_may_read(basis, until, today), expected, "{basis:?} {until:?}");
    }
}

proptest! {
    /// Whatever is found: a competent adult is spoken for by nobody, and nobody under fourteen decides alone.
    #[test]
    fn nobody_speaks_for_a_competent_adult_and_no_child_decides_alone(
        age in 0u8..120,
        capacity in prop::sample::select(Capacity::ALL.to_vec()),
        source in prop::sample::select(vec!["court", "forensic", "medical", "own_income"]),
        purpose in prop::sample::select(Purpose::ALL.to_vec()),
        days in 0i32..1500,
    ) {
        let (table, found) = (table(), finding(capacity, source));
        let on = found.on.saturating_add(jiff::Span::new().days(days));
        let group = table.group(Some(age), Some(&found), on);
        for act in [Act::Give(purpose), Act::TakeBack, Act::Sign] {
            let voices = voices(group, act);
            let competent = age >= 18 && (!found.holds(on) || capacity == Capacity::Full);
            prop_assert_eq!(competent && group != Group::Adult, false);
            if group == Group::Adult {
                prop_assert_eq!((voices.person, voices.guardian), (Voice::Needed, Voice::Silent));
                prop_assert!(age >= 16);
            }
            if age < 14 {
                prop_assert_eq!(voices.person, Voice::Heard);
            }
        }
    }
}
