//! Results of rating scales: recorded with a case in scope, sealed, computed again when they are read.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{
    App, Error,
    id::Id,
    p,
    scale::{self, Drift, Given, NewResult, Recorded, Take, library},
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
        made: None,
        guardian_agreed: false,
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
    // Another house does not have the case at all; civil affairs would have to state a purpose.
    for who in [somebody(Role::CaseManager), somebody(Role::Assessor)] {
        assert_eq!(scale::of_case(app, &who, case).await.unwrap(), [], "{:?}", who.role);
        assert_eq!(scale::of_person(app, &who, person).await.unwrap(), [], "{:?}", who.role);
    }
    for who in [Role::Auditor, Role::Administrator, Role::CivilAffairsOfficer] {
        assert!(matches!(scale::of_case(app, &somebody(who), case).await, Err(Error::Forbidden)), "{who:?}");
    }
    let sql = "SELECT content FROM scale_result /* whole: a test looks */";
    for (content,) in app.db.all::<(Vec<u8>,)>(sql, p![]).await.unwrap() {
        assert!(!String::from_utf8_lossy(&content).contains("mild"), "sealed");
    }
    let sql = "SELECT action FROM audit /* whole: a test looks */ WHERE subject_id = $1";
    let logged = app.db.all::<(String,)>(sql, p![case]).await.unwrap();
    let of = |action: &str| logged.iter().filter(|(one,)| one == action).count();
    assert_eq!((of("change"), of("read")), (2, 4 + 2), "reads that show nothing as well");
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

both!(a_total_alone_is_taken_where_the_wording_may_not_be_shown, |app| {
    let Served { case, keeper, assessor, doctor, .. } = served(app, "in_service", 3).await;
    let total = |id: &str, total: i64, rater: Rater| NewResult {
        given: Given::Total(total),
        ..answers(id, &[], rater)
    };
    let at = |days: i64| app.at(morning() + jiff::SignedDuration::from_hours(24 * days));
    // First by answers, then by the total: the change counts all the same.
    let eight = answers("sdss", &[1, 1, 1, 1, 1, 1, 1, 1, 0, 0], Rater::Trained);
    let first = scale::record(&at(0), &assessor, case, &eight).await.unwrap();
    let second = scale::record(&at(1), &assessor, case, &total("sdss", 4, Rater::Trained)).await.unwrap();
    assert_eq!((second.band.as_deref(), &second.given), (Some("defect"), &Given::Total(4)));
    let before = scale::before(&at(1), &assessor, &second).await.unwrap().unwrap();
    assert_eq!(before.id, first.id);
    let definition = library::version(app, "sdss", &second.version).await.unwrap().unwrap();
    let change = definition.change(before.total.unwrap(), second.total.unwrap()).unwrap();
    assert_eq!(change.verdict, rules::scale::Verdict::Improved);
    // What looks at single items says that it could not be judged, and nothing is silently fine.
    let rated = scale::record(&at(2), &doctor, case, &total("bprs", 60, Rater::Doctor)).await.unwrap();
    assert_eq!((rated.flags, rated.level, rated.agrees), (vec!["unjudged".to_owned()], None, Some(true)));
    assert!(tasks(app, case).await.is_empty());
    let rated = scale::of_case(&at(2), &doctor, case).await.unwrap().remove(0);
    let definition = library::version(app, "bprs", &rated.version).await.unwrap().unwrap();
    assert_eq!(scale::unjudged(app, &definition, &rated).len(), 2, "hostility and suspiciousness");
    assert_eq!(scale::blank(&at(2), &doctor, case, "bprs").await.unwrap().by_items.len(), 2);
    for (id, rater, beyond) in [
        ("sdss", Rater::Trained, 21),
        ("itaq", Rater::Trained, 23),
        ("isi", Rater::Own, 29),
        ("adl", Rater::Interviewer, 13),
        ("iadl", Rater::Interviewer, 33),
    ] {
        let refused = scale::record(&at(3), &keeper, case, &total(id, beyond, rater)).await.unwrap_err();
        let Error::Invalid(problems) = refused else { panic!("{id}: {refused}") };
        assert_eq!(
            (problems[0].field.as_str(), problems[0].code.as_str()),
            ("total", "out_of_range"),
            "{id}"
        );
    }
    assert_eq!(scale::drifts(app, None).await.unwrap().drifted, []);
});

both!(a_finding_in_words_is_stored_sealed_and_has_no_score, |app| {
    let Served { case, keeper, doctor, .. } = served(app, "in_service", 0).await;
    let at = app.at(morning());
    let words = |words: &str| NewResult {
        given: Given::Text(words.to_owned()),
        made: Some(doctor.organisation),
        ..answers("local-mental-status", &[], Rater::Doctor)
    };
    let offered = scale::rounds(&at, &doctor, case).await.unwrap().offered;
    assert!(offered.iter().any(|scale| scale.definition().id == "local-mental-status"));
    let recorded = scale::record(&at, &doctor, case, &words(" 意识清楚，\r\n接触合作。 ")).await.unwrap();
    assert_eq!(recorded.given, Given::Text("意识清楚，\n接触合作。".to_owned()));
    assert_eq!(
        (recorded.total, recorded.band, recorded.level, recorded.agrees),
        (None, None, None, Some(true))
    );
    assert_eq!(recorded.flags, Vec::<String>::new(), "nothing of it is missing");
    // Sent again as another program writes it, it is the same.
    let again = scale::record(&at, &doctor, case, &words("意识清楚，\n接触合作。")).await.unwrap();
    assert_eq!(again.id, recorded.id);
    for (given, field, code) in [
        (Given::Text("  ".to_owned()), "text", "required"),
        (Given::Text("长".repeat(4_001)), "text", "too_long"),
        (Given::Text("一\u{0}二".to_owned()), "text", "control_character"),
        (Given::Answers(vec![]), "answers", "no_score"),
        (Given::Total(1), "total", "no_score"),
    ] {
        let new = NewResult { given, made: None, ..words("") };
        let refused = scale::record(&at, &doctor, case, &new).await.unwrap_err();
        let Error::Invalid(problems) = refused else { panic!("{code}: {refused}") };
        assert_eq!((problems[0].field.as_str(), problems[0].code.as_str()), (field, code));
    }
    let new = NewResult { given: Given::Text("好".to_owned()), ..answers("phq-9", &[], Rater::Own) };
    let refused = scale::record(&at, &keeper, case, &new).await.unwrap_err();
    let Error::Invalid(problems) = refused else { panic!("{refused}") };
    assert_eq!(problems[0].code, "no_text");
    let sql = "SELECT content FROM scale_result /* whole: a test looks */";
    for (content,) in app.db.all::<(Vec<u8>,)>(sql, p![]).await.unwrap() {
        assert!(!String::from_utf8_lossy(&content).contains("意识"), "sealed");
    }
    assert_eq!(scale::drifts(app, None).await.unwrap().drifted, []);
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

async fn tasks(app: &App, case: Id) -> Vec<(String, String, Option<Id>)> {
    let sql =
        "SELECT kind, to_party, to_account FROM task WHERE home = $1 AND referral_id = $2 ORDER BY kind";
    app.db.all(sql, p![case.home_number(), case]).await.unwrap()
}

both!(what_must_not_wait_becomes_tasks_of_who_must_act_once, |app| {
    let Served { case, keeper, assessor, doctor, .. } = served(app, "in_service", 0).await;
    let at = app.at(morning());
    // Item 9 is 2: call back at once, the guardian, a doctor the same day.
    let grave = answers("phq-9", &[0, 0, 0, 0, 0, 0, 0, 0, 2], Rater::Own);
    let result = scale::record(&at, &assessor, case, &grave).await.unwrap();
    let expected = [
        ("scale_call_back".to_owned(), "account".to_owned(), Some(assessor.account)),
        ("scale_doctor_same_day".to_owned(), "primary_doctor".to_owned(), None),
        ("scale_tell_guardian_consent".to_owned(), "account".to_owned(), Some(keeper.account)),
    ];
    assert_eq!(tasks(app, case).await, expected);
    let alarm = scale::alarm(&at, &assessor, &result).await.unwrap().unwrap();
    assert_eq!((alarm.level, alarm.hotline.as_str()), (3, "12356"));
    let due: Vec<(&str, String)> =
        alarm.steps.iter().map(|step| (step.action.code.as_str(), step.due_at.to_string())).collect();
    // What is done at once is late after an hour, what is done the same day at midnight in China.
    assert!(due.contains(&("call_back", "2026-03-02T02:00:00Z".to_owned())), "{due:?}");
    assert!(due.contains(&("doctor_same_day", "2026-03-02T16:00:00Z".to_owned())), "{due:?}");
    // The same again gives no second task while the first is open; a doctor who asked sees the person oneself.
    scale::record(&at, &doctor, case, &grave).await.unwrap();
    assert_eq!(tasks(app, case).await.len(), 3);
    // A doctor of the area who is to see somebody learns whom.
    let mut nearby = somebody(Role::Doctor);
    nearby.area = app::scope::Area::of(VILLAGE);
    assert_eq!(scale::of_case(&at, &nearby, case).await.unwrap().len(), 2);
    let sql = "UPDATE task /* whole: a test ends them */ SET done_at = $1";
    app.db.run(sql, p![morning()]).await.unwrap();
    assert_eq!(scale::of_case(&at, &nearby, case).await.unwrap().len(), 0, "and nothing once it is done");
    // Nothing that must not wait, no task.
    scale::record(
        &at,
        &keeper,
        case,
        &answers("phq-9", &[1; 8].into_iter().chain([0]).collect::<Vec<_>>(), Rater::Own),
    )
    .await
    .unwrap();
    assert_eq!(tasks(app, case).await.len(), 3);
});

both!(a_result_sent_twice_under_its_own_identifier_is_one_result, |app| {
    let Served { case, keeper, .. } = served(app, "in_service", 0).await;
    let made = Some(keeper.organisation);
    let phq = |answer: i32| NewResult { made, ..answers("phq-9", &[answer; 9], Rater::Own) };
    let first = scale::record(&app.at(morning()), &keeper, case, &phq(0)).await.unwrap();
    let later = app.at(morning() + jiff::SignedDuration::from_hours(24 * 40));
    let again = scale::record(&later, &keeper, case, &phq(0)).await.unwrap();
    assert_eq!(first, again);
    let refused = scale::record(&later, &keeper, case, &phq(1)).await.unwrap_err();
    let Error::Invalid(problems) = refused else { panic!("{refused}") };
    assert_eq!((problems[0].field.as_str(), problems[0].code.as_str()), ("id", "key_reused"));
    // Two at once.
    let other = NewResult { made: Some(keeper.account), ..phq(0) };
    let (one, two) = tokio::join!(
        scale::record(&later, &keeper, case, &other),
        scale::record(&later, &keeper, case, &other)
    );
    let stored: Vec<Id> = [one, two].into_iter().filter_map(Result::ok).map(|one| one.id).collect();
    assert!(!stored.is_empty() && stored.iter().all(|id| *id == stored[0]), "{stored:?}");
    assert_eq!(scale::of_case(&later, &keeper, case).await.unwrap().len(), 2);
});

both!(a_result_is_taken_back_with_a_reason_and_stays_readable, |app| {
    let Served { case, keeper, assessor, doctor, .. } = served(app, "in_service", 0).await;
    let at = app.at(morning());
    let result = scale::record(&at, &assessor, case, &answers("k6", &[2; 6], Rater::Own)).await.unwrap();
    let take = |reason: &str, words: &str| Take { reason: reason.to_owned(), words: words.to_owned() };
    let good = take("wrong_person", "录到了另一个人名下");
    let long = "长".repeat(501);
    for (who, take, code) in [
        (&keeper, take("nonsense", "x"), "unknown_choice"),
        (&keeper, take("wrong_person", "  "), "required"),
        (&keeper, take("wrong_person", &long), "too_long"),
    ] {
        let refused = scale::void(&at, who, case, result.id, &take).await.unwrap_err();
        let Error::Invalid(problems) = refused else { panic!("{code}: {refused}") };
        assert_eq!(problems[0].code, code);
    }
    for who in [&doctor, &somebody(Role::ReferralWorker)] {
        let refused = scale::void(&at, who, case, result.id, &good).await;
        assert!(matches!(refused, Err(Error::Forbidden)), "{:?}", who.role);
    }
    let other = somebody(Role::CaseManager);
    assert!(matches!(scale::void(&at, &other, case, result.id, &good).await, Err(Error::NotFound)));
    let taken = scale::void(&at, &keeper, case, result.id, &good).await.unwrap();
    assert_eq!(taken.voided.as_ref().map(|voided| voided.words.as_str()), Some("录到了另一个人名下"));
    assert!(matches!(scale::void(&at, &keeper, case, result.id, &good).await, Err(Error::Refused(_))));
    let found = scale::of_case(&at, &doctor, case).await.unwrap();
    assert!(found.len() == 1 && found[0].voided.is_some() && found[0].total == result.total);
    // It counts in no course any more.
    assert_eq!(app::outcome::of_case(&at, &doctor, case).await.unwrap().series.len(), 0);
    let sql = "SELECT words FROM scale_void /* whole: a test looks */";
    let (words,): (Vec<u8>,) = app.db.opt(sql, p![]).await.unwrap().unwrap();
    assert!(!String::from_utf8_lossy(&words).contains("另一个人"), "sealed");
});

both!(below_fourteen_the_guardian_agrees_first, |app| {
    let Served { case, keeper, .. } = served(app, "in_service", 0).await;
    let sql = "UPDATE referral SET client_born_on = $1 WHERE home = $2 AND id = $3";
    let born: jiff::civil::Date = "2012-03-03".parse().unwrap();
    app.db.run(sql, p![born, case.home_number(), case]).await.unwrap();
    let at = app.at(morning());
    let gad = answers("gad-7", &[0; 7], Rater::Own);
    assert!(
        scale::blank(&at, &keeper, case, "gad-7").await.unwrap().needs_guardian,
        "thirteen until tomorrow"
    );
    let refused = scale::record(&at, &keeper, case, &gad).await.unwrap_err();
    let Error::Invalid(problems) = refused else { panic!("{refused}") };
    assert_eq!(problems[0].code, "guardian_first");
    let agreed = NewResult { guardian_agreed: true, ..gad.clone() };
    scale::record(&at, &keeper, case, &agreed).await.unwrap();
    let tomorrow = app.at(morning() + jiff::SignedDuration::from_hours(24));
    scale::record(&tomorrow, &keeper, case, &gad).await.unwrap();
});

/// A scale of one item as somebody might bring it.
fn file(id: &str, version: &str, top: i32) -> String {
    json!({
        "id": id, "version": version, "title": {"zh": "本地量表", "en": "Local scale"}, "valid_from": "2026-01-01",
        "direction": "high_worse", "raters": ["own"],
        "licence": {"class": "local", "text": {"zh": "本地", "en": "local"}}, "source": {"zh": "本地", "en": "local"},
        "items": [{"code": "q1", "zh": "心情", "en": "mood", "min": 0, "max": top}],
        "scores": [{"code": "total", "zh": "总分", "en": "total", "rule": {"sum": {}},
            "bands": [{"code": "any", "zh": "任何", "en": "any", "from": 0, "to": top}]}]
    })
    .to_string()
}

both!(an_imported_scale_is_checked_offered_and_its_old_results_stay_readable, |app| {
    let Served { case, keeper, .. } = served(app, "in_service", 0).await;
    let at = app.at(morning());
    let mut administrator = somebody(Role::Administrator);
    administrator.area = app::scope::Area::of(COUNTY);
    for (text, part) in [
        ("{", "scale.json"),
        ("[]", "it is no object"),
        (r#"{"resourceType": "Patient"}"#, "Questionnaire"),
        // A circle, a gap between bands, wording that the licence does not admit.
        (&file("x", "1", 3).replace(r#"{"sum":{}}"#, r#"{"multiply":{"score":"total","by":2}}"#), "total"),
        (&file("x", "1", 3).replace(r#""to":3"#, r#""to":2"#), "bands"),
        (&file("x", "1", 3).replace(r#""class":"local""#, r#""class":"licensed""#), "licence"),
    ] {
        let refused = library::import(&at, &administrator, "scale.json", text.as_bytes()).await.unwrap_err();
        let Error::Invalid(problems) = refused else { panic!("{text}: {refused}") };
        assert_eq!(problems[0].code, "scale_file", "{text}");
        assert!(problems[0].values[0].contains(part), "{text}: {:?}", problems[0].values);
    }
    for who in [&keeper, &somebody(Role::CivilAffairsOfficer)] {
        let refused = library::import(&at, who, "a.json", file("x", "1", 3).as_bytes()).await;
        assert!(matches!(refused, Err(Error::Forbidden)), "{:?}", who.role);
    }
    let taken =
        library::import(&at, &administrator, "mood.json", file("mood", "1", 3).as_bytes()).await.unwrap();
    assert_eq!((taken.scale.as_str(), taken.known), ("mood", false));
    let again =
        library::import(&at, &administrator, "mood.json", file("mood", "1", 3).as_bytes()).await.unwrap();
    assert!(again.known, "the same file changes nothing");
    let refused = library::import(&at, &administrator, "mood.json", file("mood", "1", 9).as_bytes()).await;
    assert!(matches!(refused, Err(Error::Refused(_))), "another one under the same version");
    let refused = library::import(&at, &administrator, "p.json", file("phq-9", "1", 9).as_bytes()).await;
    assert!(matches!(refused, Err(Error::Refused(_))), "nor in place of the programme's own");
    let nul = file("nul", "1", 3).replacen("\"zh\":\"任何\"", "\"zh\":\"任\\u0000何\"", 1);
    let refused = library::import(&at, &administrator, "nul.json", nul.as_bytes()).await.unwrap_err();
    let Error::Invalid(problems) = refused else { panic!("{refused}") };
    assert_eq!((problems[0].field.as_str(), problems[0].code.as_str()), ("file", "nul_character"));
    // There is no such scale.
    let refused = library::offer(&at, &administrator, "moods", true).await;
    assert!(matches!(refused, Err(Error::NotFound)));
    // Offered by nobody yet.
    let mood = |answer: i32| answers("mood", &[answer], Rater::Own);
    assert!(matches!(scale::record(&at, &keeper, case, &mood(3)).await, Err(Error::Invalid(_))));
    library::offer(&at, &administrator, "mood", true).await.unwrap();
    let first = scale::record(&at, &keeper, case, &mood(3)).await.unwrap();
    // Another county decides for itself.
    let mut elsewhere = somebody(Role::Administrator);
    elsewhere.area = app::scope::Area::of(310_101_000_000);
    let listed = library::list(&at, &elsewhere).await.unwrap();
    let of = |id: &str| listed.iter().find(|one| one.scale.definition().id == id).unwrap().offered;
    assert_eq!((of("mood"), of("phq-9")), (false, true));
    // A later version is used from then on; the first result is read by its own.
    library::import(&at, &administrator, "mood.json", file("mood", "2", 1).as_bytes()).await.unwrap();
    assert!(matches!(scale::record(&at, &keeper, case, &mood(3)).await, Err(Error::Invalid(_))));
    scale::record(&at, &keeper, case, &mood(1)).await.unwrap();
    let found = scale::of_case(&at, &keeper, case).await.unwrap();
    let old = found.iter().find(|one| one.id == first.id).unwrap();
    assert_eq!((old.version.as_str(), old.agrees), ("1", Some(true)));
    assert_eq!(scale::drifts(&at, None).await.unwrap().computed, 2);
    // Withdrawn, it is filled in no more and stays readable.
    library::offer(&at, &administrator, "mood", false).await.unwrap();
    library::offer(&at, &administrator, "gad-7", false).await.unwrap();
    assert!(matches!(scale::blank(&at, &keeper, case, "mood").await, Err(Error::NotFound)));
    assert!(matches!(scale::blank(&at, &keeper, case, "gad-7").await, Err(Error::NotFound)));
    assert_eq!(scale::of_case(&at, &keeper, case).await.unwrap().len(), 2);
    assert_eq!(library::show(&at, &administrator, "mood").await.unwrap().versions.len(), 2);
});
