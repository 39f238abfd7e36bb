//! The annual statistics: what a county with a few records counts, whose figures whom sees, parts that add up, and what a year counts
//! that is over.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common::{self, COUNTY, VILLAGE, somebody};
use crate::followup::{Desk, card, code, day, desk, managed, morning, sent, stable, step, take};
use app::{
    App, Error,
    followup::{
        self, StepFields, VisitFields,
        examination::{self, ExaminationFields},
        figures::{self, Asked, Figures},
    },
    id::Id,
    p,
    scope::{Area, Scope},
};
use rules::{
    account::Role,
    followup::indicator::{Count, Tally},
};

const TOWN: i64 = 310_115_110_000;
const OTHER_TOWN: i64 = 310_115_001_000;
const TODAY: &str = "2026-06-30";

async fn visit(app: &App, desk: &Desk, record: Id, fields: VisitFields) -> Id {
    let now = app.at(morning(&fields.on.unwrap().to_string()));
    followup::record(&now, &desk.town, &sent(record, None, fields)).await.unwrap().id
}

async fn on(app: &App, who: &Scope, record: Id, step: StepFields, on: &str) {
    take(&app.at(morning(on)), who, record, step).await.unwrap();
}

fn named(step: &str) -> StepFields {
    StepFields { step: step.into(), ..StepFields::default() }
}

/// Seven persons, six of them taken up; in their order: visited in time, too late and then missed, lost, dead, in hospital, moved to the
/// other township, and only reported.
async fn county(app: &App, desk: &Desk) -> Vec<Id> {
    let mut records = Vec::new();
    for sequence in 1..=6 {
        records.push(managed(app, desk, sequence).await);
    }
    let now = app.at(morning("2026-03-02"));
    records.push(followup::open(&now, &desk.hospital, &card(7)).await.unwrap());
    visit(app, desk, records[0], stable("2026-03-09")).await;
    visit(app, desk, records[0], stable("2026-06-08")).await;
    let trouble = VisitFields { danger_none: false, trouble: 2, ..stable("2026-03-20") };
    visit(app, desk, records[1], trouble).await;
    let done = ExaminationFields {
        answer: "done".into(),
        person_agrees: Some(true),
        results: [("blood_pressure".to_owned(), "normal".to_owned())].into(),
        ..ExaminationFields::default()
    };
    let invited = ExaminationFields {
        answer: "invited".into(),
        person_agrees: Some(true),
        ..ExaminationFields::default()
    };
    let may = app.at(morning("2026-05-04"));
    examination::record(&may, &desk.town, records[0], &done).await.unwrap();
    examination::record(&may, &desk.town, records[1], &invited).await.unwrap();
    on(app, &desk.town, records[2], StepFields { lost: Some(3), ..named("lose") }, "2026-04-10").await;
    let died = StepFields { death_cause: "heart".into(), death_source: "家属".into(), ..named("die") };
    on(app, &desk.town, records[3], died, "2026-05-05").await;
    on(app, &desk.town, records[4], named("admit"), "2026-05-10").await;
    let leaving = StepFields { to: Some(desk.other.organisation), ..named("move_out") };
    on(app, &desk.town, records[5], leaving, "2026-03-05").await;
    on(app, &desk.other, records[5], named("accept_move"), "2026-03-06").await;
    records
}

async fn count(app: &App, who: &Scope, asked: Asked) -> Figures {
    figures::figures(app, who, asked).await.unwrap()
}

fn printed(app: &App, found: &Figures, id: &str) -> (Option<String>, Option<bool>) {
    let lines = found.lines(app);
    let line = lines.iter().find(|line| line.indicator.id == id).unwrap();
    (line.figure.printed(), line.met)
}

both!(a_county_counts_what_its_records_tell, |app| {
    let desk = desk(app).await;
    county(app, &desk).await;
    let now = app.at(morning(TODAY));
    let found = count(&now, &desk.county, Asked { population: Some(10_000), ..Asked::default() }).await;
    assert_eq!((found.year, found.period.until, found.records), (2026, day(TODAY), 7));
    for (of, expected) in [
        (Count::Registered, 7),
        (Count::Managed, 5),
        (Count::StandardManaged, 1),
        (Count::FaceToFace, 2),
        (Count::FaceToFaceAlways, 1),
        (Count::Medicated, 2),
        (Count::RegularlyMedicated, 2),
        (Count::Schizophrenia, 7),
        (Count::Classified, 2),
        (Count::Stable, 2),
        (Count::TroublePersons, 1),
        (Count::TroubleEvents, 2),
        (Count::HarmPersons, 0),
        (Count::ExaminationAgreed, 2),
        (Count::Examined, 1),
        (Count::Lost, 1),
        (Count::Died, 1),
        (Count::LockedUp, 0),
        (Count::RecordOpened, 6),
        (Count::Agreed, 6),
        (Count::AtHome, 6),
        (Count::AtHomeRehabilitated, 0),
        (Count::ReportsDue, 7),
        (Count::ReportsInTime, 7),
        (Count::UntreatedPersons, 0),
        (Count::Population, 10_000),
        (Count::Counties, 0),
    ] {
        assert_eq!(found.whole.get(of), expected, "{of:?}");
    }
    // From 2 March to 30 June, of whom died to 5 May.
    assert_eq!(found.whole.get(Count::RegisteredDays), 6 * 121 + 65);
    for (id, value, met) in [
        ("I1", Some("0.70"), Some(false)),
        ("I2", Some("71.43"), Some(false)),
        ("I3", Some("14.29"), Some(false)),
        ("I7", Some("28.57"), Some(false)),
        ("I10", Some("50.00"), None),
        ("I14", Some("100.00"), None),
        ("I15", None, None),
        ("I16", None, None),
    ] {
        assert_eq!(printed(&now, &found, id), (value.map(str::to_owned), met), "{id}");
    }
    // Townships add up to the county, villages to the township.
    let found = count(&now, &desk.county, Asked::default()).await;
    assert_eq!(printed(&now, &found, "I1"), (None, None), "nobody said how many live here");
    let towns: Vec<(i64, u64)> =
        found.parts.iter().map(|part| (part.division, part.tally.get(Count::Registered))).collect();
    assert_eq!(towns, [(OTHER_TOWN, 1), (TOWN, 6)]);
    let sum = |found: &Figures| {
        let mut sum = Tally::default();
        found.parts.iter().for_each(|part| sum.merge(&part.tally));
        sum
    };
    assert_eq!(sum(&found), found.whole);
    let town = count(&now, &desk.county, Asked { division: Some(TOWN), ..Asked::default() }).await;
    assert_eq!((town.parts[0].division, &town.whole), (VILLAGE, &found.parts[1].tally));
    assert_eq!(sum(&town), town.whole);
});

both!(a_population_that_is_told_twice_for_a_year_counts_once, |app| {
    let desk = desk(app).await;
    county(app, &desk).await;
    let now = app.at(morning(TODAY));
    let of = |year, population| Asked { year: Some(year), population: Some(population), division: None };
    let prevalence = |found: &Figures| printed(&now, found, "I1").0;
    let first = count(&now, &desk.county, of(2026, 10_000)).await;
    let again = count(&now, &desk.county, of(2026, 10_000)).await;
    assert_eq!(again, first);
    assert_eq!((again.whole.get(Count::Population), prevalence(&again)), (10_000, Some("0.70".to_owned())));
    // Another figure for the same year stands in place of the first, and changes nothing else.
    let other = count(&now, &desk.county, of(2026, 20_000)).await;
    assert_eq!((other.whole.get(Count::Population), prevalence(&other)), (20_000, Some("0.35".to_owned())));
    assert_eq!(other.parts, first.parts);
    // The year before may have had the same population: each year counts its own persons.
    let before = count(&now, &desk.county, of(2025, 10_000)).await;
    assert_eq!((before.whole.get(Count::Population), prevalence(&before)), (10_000, Some("0.00".to_owned())));
});

both!(everybody_counts_what_they_may_see, |app| {
    let desk = desk(app).await;
    let records = county(app, &desk).await;
    let now = app.at(morning(TODAY));
    let elsewhere = 110_101_000_000;
    let far = Scope { area: Area::of(elsewhere), division: elsewhere, ..somebody(Role::HealthOfficer) };
    for (who, registered) in
        [(&desk.county, 7), (&desk.town, 6), (&desk.other, 1), (&desk.hospital, 7), (&far, 0)]
    {
        let found = count(&now, who, Asked::default()).await;
        assert_eq!(found.whole.get(Count::Registered), registered);
        assert_eq!(found.records, usize::try_from(registered).unwrap());
    }
    // Until a move is accepted the sender counts the person, and nobody else.
    let leaving = StepFields { to: Some(desk.other.organisation), ..named("move_out") };
    take(&now, &desk.town, records[0], leaving).await.unwrap();
    assert_eq!(count(&now, &desk.town, Asked::default()).await.whole.get(Count::Managed), 4);
    assert_eq!(count(&now, &desk.other, Asked::default()).await.records, 1);
    // What cannot be asked for is told by field.
    for (who, asked, told) in [
        (&desk.county, Asked { division: Some(elsewhere), ..Asked::default() }, "division:division_unknown"),
        (
            &desk.county,
            Asked { division: Some(310_000_000_000), ..Asked::default() },
            "division:division_unknown",
        ),
        (&desk.town, Asked { division: Some(COUNTY), ..Asked::default() }, "division:division_unknown"),
        (&desk.county, Asked { year: Some(2027), ..Asked::default() }, "year:number_range"),
        (&desk.county, Asked { year: Some(1999), ..Asked::default() }, "year:number_range"),
    ] {
        assert_eq!(code(figures::figures(&now, who, asked).await.unwrap_err()), told, "{asked:?}");
    }
    let worker = somebody(Role::ReferralWorker);
    assert!(matches!(figures::figures(&now, &worker, Asked::default()).await, Err(Error::Forbidden)));
    // The read is in the log with how many records were looked at, and the file with its code.
    let (_, file) = figures::export(&now, &desk.county, Asked::default()).await.unwrap();
    let sql = "SELECT action, detail FROM audit WHERE account_id = $1 AND subject_kind = 'smd_record' ORDER BY number";
    let entries: Vec<(String, serde_json::Value)> = app.db.all(sql, p![desk.county.account]).await.unwrap();
    assert_eq!((entries[0].0.as_str(), &entries[0].1), ("list", &serde_json::json!({ "rows": 7 })));
    let last = entries.last().unwrap();
    assert_eq!((last.0.as_str(), last.1["file"].as_str()), ("export", Some(file.as_str())));
});

both!(a_year_that_is_over_is_counted_as_it_stood, |app| {
    let desk = desk(app).await;
    let records = county(app, &desk).await;
    let later = app.at(morning("2027-02-01"));
    step(&later, &desk.town, records[4], "discharge").await.unwrap();
    step(&later, &desk.county, records[6], "exclude").await.unwrap_err();
    let words = StepFields { note: "诊断排除".into(), ..named("exclude") };
    take(&later, &desk.county, records[6], words).await.unwrap();
    let of = |year| Asked { year: Some(year), ..Asked::default() };
    let before = count(&later, &desk.county, of(2025)).await;
    assert_eq!((before.whole.get(Count::Registered), before.parts.len()), (0, 0));
    let whole = count(&later, &desk.county, of(2026)).await;
    assert_eq!(whole.period.until, day("2026-12-31"));
    // In hospital at its end, and excluded after it. The visit of September was not made.
    for (of, expected) in [
        (Count::Registered, 7),
        (Count::AtHome, 6),
        (Count::StandardManaged, 0),
        (Count::FaceToFaceAlways, 0),
        (Count::Died, 1),
    ] {
        assert_eq!(whole.whole.get(of), expected, "{of:?}");
    }
    let now = count(&later, &desk.county, of(2027)).await;
    for (of, expected) in [(Count::Registered, 5), (Count::AtHome, 5), (Count::Died, 0), (Count::Lost, 1)] {
        assert_eq!(now.whole.get(of), expected, "{of:?}");
    }
});

both!(a_voided_visit_counts_no_more_and_a_service_that_was_attended_does, |app| {
    let desk = desk(app).await;
    let records = county(app, &desk).await;
    let now = app.at(morning(TODAY));
    let sql = "SELECT id FROM followup_visit WHERE home = $1 AND record_id = $2 AND visit_on = $3";
    let args = p![records[0].home_number(), records[0], day("2026-06-08")];
    let (last,): (Id,) = app.db.opt(sql, args).await.unwrap().unwrap();
    followup::void(&now, &desk.town, last, "录错了人").await.unwrap();
    let found = count(&now, &desk.town, Asked::default()).await;
    assert_eq!((found.whole.get(Count::StandardManaged), found.whole.get(Count::FaceToFace)), (0, 2));
    // A case of the person, with one session that the person came to and one that was missed.
    let person = "SELECT person_id FROM smd_record WHERE home = $1 AND id = $2";
    let args = p![records[1].home_number(), records[1]];
    let (person,): (Id,) = app.db.opt(person, args).await.unwrap().unwrap();
    let case = person.beside(now.now());
    let sql = "INSERT INTO referral (home, id, episode, person_id, client_name, client_initials, state, version, county, division,
        channel, filed_by, filed_by_organisation, provisional, frozen, created_at, changed_at, body)
        VALUES ($1, $2, $2, $3, '王小明', 'wxm', 'in_service', 1, $4, $5, 'self', $6, $7, $8, $8, $9, $9, $10)";
    let args = p![
        case.home_number(),
        case,
        person,
        COUNTY,
        VILLAGE,
        desk.county.account,
        desk.county.organisation,
        false,
        now.now(),
        serde_json::json!({})
    ];
    app.db.run(sql, args).await.unwrap();
    let attend = async |presence: &str, on: &str| {
        let session = case.beside(morning(on));
        let sql = "INSERT INTO attendance (home, referral_id, session_id, organisation_id, state, presence, service, way, on_day,
            starts_at, ends_at, late) VALUES ($1, $2, $3, $4, 'held', $5, 'S4', 'W1', $6, $7, $7, $8)";
        let args = p![
            case.home_number(),
            case,
            session,
            desk.county.organisation,
            presence,
            day(on),
            morning(on),
            false
        ];
        app.db.run(sql, args).await.unwrap();
    };
    attend("missed", "2026-05-05").await;
    attend("came", "2025-12-31").await;
    let came =
        async || count(&now, &desk.county, Asked::default()).await.whole.get(Count::AtHomeRehabilitated);
    assert_eq!(came().await, 0);
    attend("came", "2026-05-06").await;
    attend("came", "2026-05-07").await;
    assert_eq!(came().await, 1, "a person counts once");
    let restricted = "UPDATE referral SET restricted_at = $1 WHERE home = $2 AND id = $3";
    app.db.run(restricted, p![now.now(), case.home_number(), case]).await.unwrap();
    assert_eq!(came().await, 0, "a restricted case tells nothing");
});
