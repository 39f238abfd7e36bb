//! The national series to its printed digits, and the fold over histories.

use super::*;
use crate::calendar::Calendar;
use crate::followup::class::Class;
use crate::followup::visit::Adherence;
use crate::followup::{FollowupRules, FollowupTable};
use crate::scale::Figure as Decimal;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::LazyLock;

static RULES: LazyLock<FollowupRules> =
    LazyLock::new(|| FollowupTable::embedded().unwrap().in_force(date(2020, 1, 1)).clone());
static TABLE: LazyLock<IndicatorTable> = LazyLock::new(|| IndicatorTable::embedded().unwrap());

fn printed(id: &str, version: Version, tally: &Tally) -> Option<String> {
    let figure = TABLE.get(id, version).unwrap().figure(version, tally);
    assert_eq!(figure.version, version);
    figure.printed()
}

/// The figures of 2015 and 2018 as published: counts, and ratios to their digits.
#[test]
fn the_national_series() {
    use Count as C;
    let series = |counts: &[(Count, u64)]| {
        let mut tally = Tally::default();
        for (count, value) in counts {
            tally.add(*count, *value);
        }
        tally
    };
    let of_2015 = series(&[
        (C::Population, 1_362_466_686),
        (C::Registered, 4_921_505),
        (C::Managed, 4_252_022),
        (C::StandardManaged, 2_211_835),
        (C::Medicated, 2_071_111),
        (C::RegularlyMedicated, 1_293_133),
        (C::Stable, 2_547_824),
        (C::Classified, 4_155_963),
        (C::CountiesWorking, 2_774),
        (C::Counties, 2_854),
    ]);
    let of_2018 = series(&[
        (C::Population, 1_379_837_956),
        (C::Registered, 5_994_054),
        (C::Managed, 5_688_164),
        (C::StandardManaged, 4_956_545),
        (C::Medicated, 4_873_322),
        (C::RegularlyMedicated, 2_504_323),
        (C::Stable, 4_426_558),
        (C::Classified, 5_492_261),
        (C::CountiesWorking, 2_832),
        (C::Counties, 2_854),
    ]);
    let rows = [
        ("I1", "3.61", "4.34"),
        ("I2", "86.40", "94.90"),
        ("I3", "44.94", "82.69"),
        ("I5", "48.71", "81.30"),
        ("I6", "30.41", "41.78"),
        ("I8", "61.31", "80.60"),
        ("I15", "97.20", "99.23"),
    ];
    for (id, in_2015, in_2018) in rows {
        assert_eq!(printed(id, Version::of_year(2015), &of_2015).as_deref(), Some(in_2015), "{id} 2015");
        assert_eq!(printed(id, Version::of_year(2018), &of_2018).as_deref(), Some(in_2018), "{id} 2018");
    }
    assert_eq!(printed("I10", Version::V2017, &of_2018), None, "nothing is divided by nothing");
    assert_eq!((Version::of_year(2016), Version::of_year(2017)), (Version::V2015, Version::V2017));
}

/// The figures of the 686 Program as published: rates of a thousand persons at the beginning and in the fifth year, and the ratios that
/// its counts come to.
#[test]
fn the_figures_of_the_686_program() {
    let per_thousand = |id: &str, part: Count, persons: u64, all: Count| {
        let mut tally = Tally::default();
        tally.add(part, persons);
        tally.add(all, 1_000);
        let indicator = TABLE.get(id, Version::of_year(2011)).unwrap();
        indicator.figure(Version::of_year(2011), &tally).hundredths().unwrap()
    };
    let stable = |persons| per_thousand("I8", Count::Stable, persons, Count::Classified);
    let trouble = |persons| per_thousand("I9a", Count::TroublePersons, persons, Count::Managed);
    let harm = |persons| per_thousand("I9b", Count::HarmPersons, persons, Count::Managed);
    assert_eq!((stable(670), stable(907)), (6_700, 9_070));
    assert_eq!(stable(907) - stable(670), 2_370, "23.7 points more are stable");
    assert_eq!((trouble(48), trouble(5)), (480, 50));
    assert_eq!((harm(15), harm(0)), (150, 0));
    let fell = i128::from(trouble(48) - trouble(5)) * 100;
    for (what, above, below, places, told) in [
        ("percent less trouble", fell, i128::from(trouble(48)), 1, "89.6"),
        ("gifts of drugs for each admission that was paid", 94_000, 12_400, 2, "7.58"),
        ("trainings of each person who was trained", 525_000, 382_000, 2, "1.37"),
        ("percent of the 20,480 psychiatrists of 2010 who were trained", 10_000 * 100, 20_480, 1, "48.8"),
        ("specialists among 70,000 with 7.25 others each", 70_000 * 100, 825, 0, "8485"),
    ] {
        assert_eq!(Decimal::ratio(above, below, places).unwrap().to_string(), told, "{what}");
    }
}

/// The mean years between onset and first treatment of 2017 by disorder. Of each group one person waited a year less than the mean
/// and one a year more.
#[test]
fn years_without_treatment_by_disorder() {
    let published = [
        ("01", 1_198, "3.28"),
        ("02", 1_552, "4.25"),
        ("03", 1_015, "2.78"),
        ("04", 1_041, "2.85"),
        ("05", 1_808, "4.95"),
        ("06", 5_227, "14.31"),
    ];
    let waited = |group: &str, days: i64| {
        changed(|one| {
            let treated = date(2018, 5, 1);
            one.disorder = group.to_owned();
            one.onset = Some(treated.saturating_sub(jiff::Span::new().days(days)));
            one.first_treatment = Some(treated);
        })
    };
    let people: Vec<History> = published
        .into_iter()
        .flat_map(|(group, mean, _)| [waited(group, mean - 365), waited(group, mean + 365)])
        .collect();
    let groups = TABLE.untreated(Version::V2017, &counted(&people, Version::V2017));
    assert_eq!(groups.len(), published.len());
    for ((group, figure), (disorder, _, years)) in groups.iter().zip(published) {
        assert_eq!((group.as_str(), figure.printed().as_deref()), (disorder, Some(years)));
    }
}

#[test]
fn the_embedded_table_is_whole() {
    let table = &*TABLE;
    for version in Version::ALL {
        let ids: Vec<&str> = table
            .indicators
            .iter()
            .filter(|one| one.versions.contains(&version))
            .map(|one| one.id.as_str())
            .collect();
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{version:?}: one definition each");
        for number in 1..=16 {
            let named = |id: &&str| {
                id.trim_start_matches('I').trim_end_matches(char::is_alphabetic) == number.to_string()
            };
            assert!(ids.iter().any(named), "I{number} in {version:?}");
        }
    }
    for one in &table.indicators {
        assert!(
            one.zh.chars().any(crate::name::is_han) && one.source_zh.chars().any(crate::name::is_han),
            "{one:?}"
        );
        assert!(!one.en.chars().any(crate::name::is_han) && !one.source_en.is_empty(), "{one:?}");
    }
    let target = |id: &str| table.get(id, Version::V2017).unwrap().target;
    let targets = ["I1", "I3", "I6", "I7", "I13"].map(target);
    assert_eq!(targets, [Some(450), Some(8000), Some(6000), Some(8000), Some(6000)]);
    assert_eq!(table.get("I5", Version::V2015).unwrap().denominator, Count::Managed);
    assert_eq!(table.get("I5", Version::V2017).unwrap().denominator, Count::Registered);
}

fn visit(due: Date, on: Date) -> VisitFact {
    VisitFact {
        due: Some(due),
        on: Some(on),
        valid: true,
        face_to_face: true,
        class: Some(Class::Stable),
        adherence: Some(Adherence::Regular),
        trouble: 0,
        harm: 0,
    }
}

/// Managed through 2020 with four visits in time.
fn person() -> History {
    let visits = [(1, 20), (4, 20), (7, 20), (10, 20)];
    History {
        disorder: "01".to_owned(),
        registered: Some(date(2018, 5, 1)),
        left: None,
        died: None,
        managed: vec![Span { from: date(2018, 5, 20), until: None }],
        lost: vec![],
        locked_up: vec![],
        away: vec![],
        record_opened: Some(date(2018, 5, 20)),
        agreed: Some(date(2018, 5, 20)),
        examination_agreed: true,
        examined: vec![date(2020, 6, 6)],
        rehabilitated: vec![date(2020, 9, 9)],
        visits: visits.map(|(month, day)| visit(date(2020, month, day), date(2020, month, day - 2))).to_vec(),
        report: None,
        onset: Some(date(2015, 5, 1)),
        first_treatment: Some(date(2018, 5, 1)),
    }
}

fn counted(people: &[History], version: Version) -> Tally {
    let calendar = Calendar::embedded();
    let basis = Basis { period: Period::year(2020), version, rules: &RULES, calendar: &calendar };
    let mut tally = Tally::default();
    for person in people {
        tally.take(person, &basis);
    }
    tally
}

fn changed(change: impl Fn(&mut History)) -> History {
    let mut person = person();
    change(&mut person);
    person
}

#[test]
fn one_person_in_order_counts_everywhere() {
    use Count as C;
    let tally = counted(&[person()], Version::V2017);
    let one = [
        C::Registered,
        C::Managed,
        C::StandardManaged,
        C::FaceToFace,
        C::FaceToFaceAlways,
        C::Medicated,
        C::RegularlyMedicated,
        C::Schizophrenia,
        C::SchizophreniaMedicated,
        C::Classified,
        C::Stable,
        C::ExaminationAgreed,
        C::Examined,
        C::RecordOpened,
        C::Agreed,
        C::AtHome,
        C::AtHomeRehabilitated,
        C::UntreatedPersons,
    ];
    for count in one {
        assert_eq!(tally.get(count), 1, "{count:?}");
    }
    for count in
        [C::TroublePersons, C::HarmEvents, C::Lost, C::Died, C::LockedUp, C::ReportsDue, C::Population]
    {
        assert_eq!(tally.get(count), 0, "{count:?}");
    }
    assert_eq!((tally.get(C::RegisteredDays), tally.get(C::ManagedDays)), (366, 366), "2020 is a leap year");
    assert_eq!(tally.get(C::UntreatedDays), 1096);
    assert_eq!(printed("I16", Version::V2017, &tally).as_deref(), Some("3.00"));
    let groups = TABLE.untreated(Version::V2017, &tally);
    assert_eq!(groups.len(), 1);
    assert_eq!((groups[0].0.as_str(), groups[0].1.printed().as_deref()), ("01", Some("3.00")));
}

type Change = fn(&mut History);

#[test]
fn who_is_registered() {
    let rows: [(Change, u64); 8] = [
        (|_| {}, 1),
        (|one| one.registered = None, 0),
        (|one| one.registered = Some(date(2020, 12, 31)), 1),
        (|one| one.registered = Some(date(2021, 1, 1)), 0),
        // Whoever died during the year counts for the year.
        (|one| one.died = Some(date(2020, 12, 30)), 1),
        (|one| one.died = Some(date(2019, 12, 31)), 0),
        (|one| one.died = Some(date(2021, 1, 1)), 1),
        (|one| one.left = Some(date(2020, 12, 31)), 0),
    ];
    for (number, (change, expected)) in rows.into_iter().enumerate() {
        let tally = counted(&[changed(change)], Version::V2017);
        assert_eq!(tally.get(Count::Registered), expected, "case {number}");
    }
    let dead = changed(|one| one.died = Some(date(2020, 12, 30)));
    let tally = counted(std::slice::from_ref(&dead), Version::V2017);
    assert_eq!((tally.get(Count::Died), tally.get(Count::RegisteredDays)), (1, 365));
    assert!(!dead.is_registered(Period { with_deaths: false, ..Period::year(2020) }));
}

#[test]
fn what_standard_management_asks_in_each_version() {
    let rows: [(Change, u64, u64); 12] = [
        (|_| {}, 1, 1),
        // A visit too late is one all the same in its quarter.
        (|one| one.visits[1].on = Some(date(2020, 4, 21)), 1, 0),
        // Four in time, two of them in one quarter.
        (
            |one| {
                one.visits[2].on = Some(date(2020, 6, 30));
            },
            0,
            1,
        ),
        (|one| one.visits[3].on = None, 0, 0),
        (|one| one.visits[3].valid = false, 0, 0),
        // Three visits are enough for nobody who was managed all year.
        (|one| one.visits.truncate(3), 0, 0),
        (|one| one.visits.clear(), 0, 0),
        (|one| one.managed.clear(), 0, 0),
        // Managed from July: two quarters, two visits.
        (
            |one| {
                one.managed[0].from = date(2020, 7, 1);
                one.visits.drain(..2);
            },
            1,
            1,
        ),
        // In hospital from July: the interval rests.
        (
            |one| {
                one.away = vec![Span { from: date(2020, 7, 1), until: None }];
                one.visits.truncate(2);
            },
            1,
            1,
        ),
        // A visit that was not owed takes nothing away, whatever it found.
        (
            |one| {
                let beside = visit(date(2020, 5, 5), date(2020, 5, 5));
                one.visits.push(VisitFact { due: None, valid: false, ..beside });
            },
            1,
            1,
        ),
        // Died in August: the visit of October is not owed.
        (
            |one| {
                one.died = Some(date(2020, 8, 15));
                one.visits.truncate(3);
            },
            1,
            1,
        ),
    ];
    for (number, (change, of_2015, of_2017)) in rows.into_iter().enumerate() {
        let found =
            Version::ALL.map(|version| counted(&[changed(change)], version).get(Count::StandardManaged));
        assert_eq!(found, [of_2015, of_2017], "case {number}");
    }
}

#[test]
fn drugs_classes_and_faces() {
    use Count as C;
    let rows: [(Change, Count, u64); 16] = [
        (|one| one.visits[0].adherence = Some(Adherence::Intermittent), C::Medicated, 1),
        (|one| one.visits[0].adherence = Some(Adherence::Intermittent), C::RegularlyMedicated, 0),
        (|one| one.visits[0].adherence = None, C::RegularlyMedicated, 0),
        (|one| one.visits.iter_mut().for_each(|v| v.adherence = Some(Adherence::NotTaken)), C::Medicated, 0),
        (|one| one.disorder = "04".to_owned(), C::SchizophreniaMedicated, 0),
        (|one| one.visits[0].class = Some(Class::BasicallyStable), C::Stable, 1),
        (|one| one.visits[0].class = Some(Class::Unstable), C::Stable, 0),
        (|one| one.visits[0].class = Some(Class::Unstable), C::Classified, 1),
        (|one| one.visits[0].class = None, C::Classified, 0),
        (|one| one.visits.clear(), C::Classified, 0),
        (|one| one.visits[0].face_to_face = false, C::FaceToFace, 1),
        (|one| one.visits[0].face_to_face = false, C::FaceToFaceAlways, 0),
        (|one| one.visits[0].on = None, C::FaceToFaceAlways, 0),
        (|one| (one.visits[0].trouble, one.visits[1].trouble) = (1, 2), C::TroublePersons, 1),
        (|one| (one.visits[0].trouble, one.visits[1].trouble) = (1, 2), C::TroubleEvents, 3),
        (|one| one.visits[0].harm = 1, C::HarmPersons, 1),
    ];
    for (number, (change, count, expected)) in rows.into_iter().enumerate() {
        let tally = counted(&[changed(change)], Version::V2017);
        assert_eq!(tally.get(count), expected, "case {number} {count:?}");
    }
    // Whoever is not managed and takes drugs counts since 2017 only.
    let alone = changed(|one| one.managed.clear());
    assert_eq!(counted(std::slice::from_ref(&alone), Version::V2015).get(C::Medicated), 0);
    assert_eq!(counted(&[alone], Version::V2017).get(C::Medicated), 1);
}

#[test]
fn states_at_the_end_examinations_and_reports() {
    use Count as C;
    let open = |from| vec![Span { from, until: None }];
    let report = |diagnosed, reported: Option<Date>| Some(ReportFact { diagnosed, reported });
    let rows = [
        (changed(|one| one.lost = open(date(2020, 11, 1))), C::Lost, 1),
        (
            changed(|one| one.lost = vec![Span { from: date(2020, 3, 1), until: Some(date(2020, 4, 1)) }]),
            C::Lost,
            0,
        ),
        (changed(|one| one.locked_up = open(date(2020, 11, 1))), C::LockedUp, 1),
        (changed(|one| one.away = open(date(2020, 11, 1))), C::AtHome, 0),
        (changed(|one| one.away = open(date(2020, 11, 1))), C::AtHomeRehabilitated, 0),
        (changed(|one| one.rehabilitated = vec![date(2019, 12, 31)]), C::AtHomeRehabilitated, 0),
        (changed(|one| one.examined = vec![date(2021, 1, 1)]), C::Examined, 0),
        (changed(|one| one.examination_agreed = false), C::Examined, 0),
        (changed(|one| one.examination_agreed = false), C::ExaminationAgreed, 0),
        (changed(|one| one.record_opened = Some(date(2021, 1, 1))), C::RecordOpened, 0),
        (changed(|one| one.agreed = None), C::Agreed, 0),
        // Ten working days from 2020-03-02 end on 2020-03-16.
        (changed(|one| one.report = report(date(2020, 3, 2), Some(date(2020, 3, 16)))), C::ReportsInTime, 1),
        (changed(|one| one.report = report(date(2020, 3, 2), Some(date(2020, 3, 17)))), C::ReportsInTime, 0),
        (changed(|one| one.report = report(date(2020, 3, 2), None)), C::ReportsDue, 1),
        (changed(|one| one.report = report(date(2020, 12, 28), None)), C::ReportsDue, 0),
        (changed(|one| one.first_treatment = None), C::UntreatedPersons, 0),
    ];
    for (number, (person, count, expected)) in rows.into_iter().enumerate() {
        let tally = counted(&[person], Version::V2017);
        assert_eq!(tally.get(count), expected, "case {number} {count:?}");
    }
}

#[test]
fn measures() {
    let figure = |numerator, denominator, measured_in| {
        let id = "I".to_owned();
        Figure { id, version: Version::V2017, numerator, denominator, measured_in }.printed()
    };
    let rows = [
        (figure(1, 3, MeasuredIn::Percent), Some("33.33")),
        (figure(2, 3, MeasuredIn::Percent), Some("66.67")),
        (figure(1, 20_000, MeasuredIn::Percent), Some("0.01")),
        (figure(0, 5, MeasuredIn::Percent), Some("0.00")),
        (figure(5, 0, MeasuredIn::Percent), None),
        (figure(1, 1, MeasuredIn::PerMille), Some("1000.00")),
        // One event in a hundred years of persons.
        (figure(1, 36_525, MeasuredIn::PerHundredPersonYears), Some("1.00")),
        // Four years of 365¼ days for each of two persons.
        (figure(2 * 1_461, 2, MeasuredIn::Years), Some("4.00")),
    ];
    for (found, expected) in rows {
        assert_eq!(found.as_deref(), expected);
    }
}

fn any_person() -> impl Strategy<Value = History> {
    let days = || prop::option::of(0_i64..1_200);
    let visits = prop::collection::vec(
        (0_i64..1_200, prop::option::of(-30_i64..40), any::<(bool, bool)>(), 0_u8..4, 0_u8..5, 0_u16..3),
        0..10,
    );
    (days(), days(), days(), days(), any::<[bool; 4]>(), visits).prop_map(
        |(registered, left, died, managed, [scz, agreed, examined, away], visits)| {
            let on = |days: i64| date(2018, 6, 1).saturating_add(jiff::Span::new().days(days));
            let mut one = person();
            one.disorder = if scz { "01" } else { "03" }.to_owned();
            (one.registered, one.left, one.died) = (registered.map(on), left.map(on), died.map(on));
            one.managed = managed.map(|from| Span { from: on(from), until: None }).into_iter().collect();
            one.examination_agreed = agreed;
            one.examined.truncate(usize::from(examined));
            one.away = away.then_some(Span { from: on(0), until: None }).into_iter().collect();
            one.visits = visits
                .into_iter()
                .map(|(due, made, (valid, face_to_face), class, adherence, trouble)| VisitFact {
                    due: Some(on(due)),
                    on: made.map(|late| on(due + late)),
                    valid,
                    face_to_face,
                    class: Class::of_code(class),
                    adherence: Adherence::of_code(adherence),
                    trouble,
                    harm: 0,
                })
                .collect();
            one
        },
    )
}

proptest! {
    #[test]
    fn parts_add_up_and_no_rate_exceeds_the_whole(people in prop::collection::vec(any_person(), 0..12), cut in 0_usize..12) {
        for version in Version::ALL {
            let whole = counted(&people, version);
            let cut = cut.min(people.len());
            let mut parts = counted(&people[cut..], version);
            parts.merge(&counted(&people[..cut], version));
            prop_assert_eq!(&parts, &whole);
            for one in TABLE.indicators.iter().filter(|one| one.versions.contains(&version)) {
                if one.measured_in == MeasuredIn::Percent {
                    let (part, all) = (whole.get(one.numerator), whole.get(one.denominator));
                    prop_assert!(part <= all, "{}: {} of {}", one.id, part, all);
                }
            }
        }
    }
}
