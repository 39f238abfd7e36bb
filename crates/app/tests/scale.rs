//! Results of rating scales: recorded with a case in scope, sealed, computed again when they are read.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

mod common;

use app::{
    App, Error,
    id::Id,
    p,
    scale::{self, Drift, Given, NewResult, Recorded},
    scope::Scope,
};
use common::{COUNTY, VILLAGE, csv, number, somebody, take};
use jiff::Timestamp;
use rules::{
    account::Role,
    scale::{Mode, Rater},
};
use serde_json::json;

fn morning() -> Timestamp {
    "2026-03-02T01:00:00Z".parse().unwrap()
}

/// A case in service: its institution and hospital, who serves it, and its person.
struct Served {
    case: Id,
    person: Id,
    keeper: Scope,
    assessor: Scope,
    doctor: Scope,
}

async fn served(app: &App, state: &str, risk_grade: u8) -> Served {
    let bytes = csv(&[
        &["姓名", "身份证号", "区划代码"],
        &["王小明", &number("1980-02-03", 7), &VILLAGE.to_string()],
    ]);
    take(app, "smd", "卫健局", &bytes).await;
    let (person,): (Id,) =
        app.db.opt("SELECT id FROM person /* whole: a test looks */", p![]).await.unwrap().unwrap();
    let case = person.beside(morning());
    let (keeper, mut assessor, doctor) =
        (somebody(Role::CaseManager), somebody(Role::Assessor), somebody(Role::Doctor));
    assessor.organisation = keeper.organisation;
    let sql = "INSERT INTO referral (home, id, episode, person_id, client_name, client_initials, client_sex, state, version, county,
        division, channel, filed_by, filed_by_organisation, institution_id, case_manager_id, hospital_id, provisional, frozen,
        created_at, changed_at, body)
        VALUES ($1, $2, $2, $3, '王小明', 'wxm', 'female', $4, 1, $5, $6, 'medical', $7, $8, $9, $10, $8, $11, $11, $12, $12, $13)";
    let args = p![
        case.home_number(),
        case,
        person,
        state,
        COUNTY,
        VILLAGE,
        doctor.account,
        doctor.organisation,
        keeper.organisation,
        keeper.account,
        false,
        morning(),
        json!({ "risk_grade": risk_grade })
    ];
    app.db.run(sql, args).await.unwrap();
    Served { case, person, keeper, assessor, doctor }
}

fn answers(id: &str, given: &[i32], rater: Rater) -> NewResult {
    NewResult {
        scale: id.to_owned(),
        given: Given::Answers(given.iter().map(|answer| Some(*answer)).collect()),
        rater,
        mode: Mode::Paper,
        language: "zh-CN".to_owned(),
        seconds: Some(240),
    }
}

fn shown(results: &[Recorded]) -> Vec<(&str, String, Option<bool>)> {
    results.iter().map(|one| (one.scale.as_str(), one.total.unwrap().to_string(), one.agrees)).collect()
}

both!(results_are_computed_sealed_and_read_by_who_may_know_of_health, |app| {
    let Served { case, person, keeper, assessor, doctor } = served(app, "in_service", 0).await;
    let phq = answers("phq-9", &[1, 1, 1, 1, 1, 1, 1, 1, 1], Rater::Own);
    let recorded = scale::record(&app.at(morning()), &keeper, case, &phq).await.unwrap();
    assert_eq!((recorded.total.unwrap().to_string().as_str(), recorded.band.as_deref()), ("9", Some("mild")));
    assert_eq!(
        (recorded.flags, recorded.level, recorded.agrees),
        (vec!["crisis".to_owned()], Some(2), Some(true))
    );
    let later = app.at(morning() + jiff::SignedDuration::from_mins(1));
    let audit_c =
        scale::record(&later, &keeper, case, &answers("audit-c", &[1, 1, 1], Rater::Own)).await.unwrap();
    assert_eq!(audit_c.band.as_deref(), Some("positive"), "the sex is that of the case");
    let expected = [("audit-c", "3".to_owned(), Some(true)), ("phq-9", "9".to_owned(), Some(true))];
    for who in [&keeper, &assessor, &doctor, &somebody(Role::ReferralWorker)] {
        assert_eq!(shown(&scale::of_case(app, who, case).await.unwrap()), expected, "{:?}", who.role);
        assert_eq!(shown(&scale::of_person(app, who, person).await.unwrap()), expected, "{:?}", who.role);
    }
    // Civil affairs would have to state a purpose; another house does not have the case at all.
    for who in [somebody(Role::CivilAffairsOfficer), somebody(Role::CaseManager), somebody(Role::Assessor)] {
        assert_eq!(scale::of_case(app, &who, case).await.unwrap(), [], "{:?}", who.role);
        assert_eq!(scale::of_person(app, &who, person).await.unwrap(), [], "{:?}", who.role);
    }
    for who in [Role::Auditor, Role::Administrator] {
        assert!(matches!(scale::of_case(app, &somebody(who), case).await, Err(Error::Forbidden)), "{who:?}");
    }
    let sql = "SELECT content FROM scale_result /* whole: a test looks */";
    for (content,) in app.db.all::<(Vec<u8>,)>(sql, p![]).await.unwrap() {
        assert!(!String::from_utf8_lossy(&content).contains("mild"), "sealed");
    }
    let sql = "SELECT action FROM audit /* whole: a test looks */ WHERE subject_id = $1";
    let logged = app.db.all::<(String,)>(sql, p![case]).await.unwrap();
    let of = |action: &str| logged.iter().filter(|(one,)| one == action).count();
    assert_eq!((of("change"), of("read")), (2, 4 + 3), "reads that show nothing as well");
});

both!(who_may_not_record_and_what_is_no_answer_is_refused, |app| {
    let Served { case, keeper, doctor, .. } = served(app, "in_service", 3).await;
    let phq = || answers("phq-9", &[0; 9], Rater::Own);
    for (who, found) in
        [(Role::CaseManager, false), (Role::CivilAffairsOfficer, true), (Role::ReferralWorker, true)]
    {
        let refused = scale::record(app, &somebody(who), case, &phq()).await.unwrap_err();
        assert_eq!(matches!(refused, Error::Forbidden), found, "{who:?}: {refused}");
        assert_eq!(matches!(refused, Error::NotFound), !found, "{who:?}: {refused}");
    }
    let mut suspicious = [1; 18];
    suspicious[10] = 5;
    let rated = answers("bprs", &suspicious, Rater::Doctor);
    assert!(matches!(scale::record(app, &keeper, case, &rated).await, Err(Error::Forbidden)), "a doctor's");
    let recorded = scale::record(app, &doctor, case, &rated).await.unwrap();
    assert_eq!(
        (recorded.level, recorded.agrees),
        (Some(3), Some(true)),
        "the risk grade is that of the case"
    );
    let rows = [
        (answers("phq-99", &[0; 9], Rater::Own), "scale"),
        (answers("phq-9", &[0; 9], Rater::Trained), "rater"),
        (NewResult { language: "fr".to_owned(), ..phq() }, "language"),
        (answers("phq-9", &[0, 0, 4, 0, 0, 0, 0, 0, 0], Rater::Own), "phq9-3"),
        (answers("phq-9", &[0; 3], Rater::Own), "answers"),
        (NewResult { given: Given::Total(9), ..phq() }, "total"),
    ];
    for (new, field) in rows {
        let refused = scale::record(app, &keeper, case, &new).await.unwrap_err();
        let Error::Invalid(problems) = refused else { panic!("{field}: {refused}") };
        assert_eq!(problems[0].field, field);
    }
    assert_eq!(scale::drifts(app, None).await.unwrap().computed, 1, "nothing else was stored");
});

both!(an_institution_that_is_done_sees_and_adds_nothing, |app| {
    let Served { case, keeper, assessor, doctor, .. } = served(app, "closed", 0).await;
    scale::record(app, &doctor, case, &answers("k6", &[2; 6], Rater::Own)).await.unwrap();
    // The case manager makes the return visits; the assessor has nothing left to do.
    assert_eq!(scale::of_case(app, &keeper, case).await.unwrap().len(), 1);
    assert_eq!(scale::of_case(app, &assessor, case).await.unwrap(), []);
    let refused = scale::record(app, &assessor, case, &answers("k6", &[2; 6], Rater::Own)).await;
    assert!(matches!(refused, Err(Error::Forbidden)));
    // Consent was taken back: only the person would see it.
    let sql = "UPDATE referral SET restricted_at = $1 WHERE home = $2 AND id = $3";
    app.db.run(sql, p![morning(), case.home_number(), case]).await.unwrap();
    assert_eq!(scale::of_case(app, &keeper, case).await.unwrap(), []);
});

both!(a_result_that_is_not_what_its_answers_amount_to_is_told, |app| {
    let Served { case, doctor, .. } = served(app, "in_service", 0).await;
    let first = scale::record(app, &doctor, case, &answers("k6", &[2; 6], Rater::Own)).await.unwrap();
    let second = scale::record(app, &doctor, case, &answers("k6", &[4; 6], Rater::Own)).await.unwrap();
    assert_eq!(scale::drifts(app, None).await.unwrap().drifted, []);
    assert_eq!(scale::drifts(app, Some(1)).await.unwrap().computed, 1);
    // Somebody puts a total into the database that was never computed.
    let sql = "SELECT content FROM scale_result WHERE home = $1 AND id = $2";
    let place = || p![first.id.home_number(), first.id];
    let (sealed,): (Vec<u8>,) = app.db.opt(sql, place()).await.unwrap().unwrap();
    let content = app.keys.unseal(&sealed).unwrap().replace("\"total\":12", "\"total\":3");
    let sealed = app.keys.seal(&content).unwrap();
    let sql = "UPDATE scale_result SET content = $1 WHERE home = $2 AND id = $3";
    app.db.run(sql, p![sealed, first.id.home_number(), first.id]).await.unwrap();
    let drifted = scale::drifts(app, None).await.unwrap().drifted;
    assert_eq!(drifted, [Drift { result: first.id, scale: "k6".to_owned() }]);
    let seen = scale::of_case(app, &doctor, case).await.unwrap();
    let agrees = |id: Id| seen.iter().find(|one| one.id == id).unwrap().agrees;
    assert_eq!((agrees(first.id), agrees(second.id)), (Some(false), Some(true)));
    // Results of another definition stand as they are.
    let sql = "UPDATE scale_result SET definition_version = '0' WHERE home = $1 AND id = $2";
    app.db.run(sql, place()).await.unwrap();
    let drifts = scale::drifts(app, None).await.unwrap();
    assert_eq!((drifts.computed, drifts.of_other_versions, drifts.drifted), (1, 1, vec![]));
});
