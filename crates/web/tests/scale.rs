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
    Error,
    id::Id,
    p,
    scale::{self, Drift, Given, NewResult, Recorded},
};
use common::County;
use rules::scale::{Mode, Rater};

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

async fn record(county: &County, who: &str, case: Id, new: &NewResult) -> app::Result<Recorded> {
    scale::record(&county.app.at(county.at), &county.scope(who).await, case, new).await
}

async fn read(county: &County, who: &str, case: Id) -> Vec<Recorded> {
    scale::of_case(&county.app.at(county.at), &county.scope(who).await, case).await.unwrap()
}

both!(results_are_computed_sealed_and_read_by_who_may_know_of_health, |county| {
    let case: Id = county.at_state(1, "in_service").await.parse().unwrap();
    let phq = answers("phq-9", &[1, 1, 1, 1, 1, 1, 1, 1, 1], Rater::Own);
    let recorded = record(&county, "sunrise keeper", case, &phq).await.unwrap();
    assert_eq!((recorded.total.unwrap().to_string().as_str(), recorded.band.as_deref()), ("9", Some("mild")));
    assert_eq!(
        (recorded.flags, recorded.level, recorded.agrees),
        (vec!["crisis".to_owned()], Some(2), Some(true))
    );
    county.at += jiff::SignedDuration::from_mins(1);
    let whodas = answers("whodas-12", &[2; 12], Rater::Proxy);
    record(&county, "sunrise keeper", case, &whodas).await.unwrap();
    for who in ["sunrise keeper", "sunrise manager", "doctor"] {
        let found = read(&county, who, case).await;
        let shown: Vec<(&str, String, Option<bool>)> = found
            .iter()
            .map(|one| (one.scale.as_str(), one.total.unwrap().to_string(), one.agrees))
            .collect();
        let expected = [("whodas-12", "50.00".to_owned(), Some(true)), ("phq-9", "9".to_owned(), Some(true))];
        assert_eq!(shown, expected, "{who}");
    }
    // Civil affairs would have to state a purpose; other houses do not have the case at all.
    for who in ["officer", "harbour keeper", "other worker"] {
        assert_eq!(read(&county, who, case).await, [], "{who}");
    }
    let sql = "SELECT content FROM scale_result /* whole: a test looks */";
    for (content,) in county.app.db.all::<(Vec<u8>,)>(sql, p![]).await.unwrap() {
        assert!(!String::from_utf8_lossy(&content).contains("mild"), "sealed");
    }
    let sql = "SELECT COUNT(*) FROM audit /* whole: a test looks */ WHERE subject_id = $1 AND CAST(detail AS TEXT) LIKE '%scale_result%'";
    let logged: Option<(i64,)> = county.app.db.opt(sql, p![case]).await.unwrap();
    assert_eq!(logged, Some((2 + 3 + 3,)), "two changes, six reads, those that show nothing as well");
});

both!(who_may_not_record_and_what_is_no_answer_is_refused, |county| {
    let case: Id = county.at_state(1, "in_service").await.parse().unwrap();
    let phq = || answers("phq-9", &[0; 9], Rater::Own);
    for (who, found) in
        [("harbour keeper", false), ("other worker", false), ("officer", true), ("worker", true)]
    {
        let refused = record(&county, who, case, &phq()).await.unwrap_err();
        assert_eq!(matches!(refused, Error::Forbidden), found, "{who}: {refused}");
        assert_eq!(matches!(refused, Error::NotFound), !found, "{who}: {refused}");
    }
    let rated = answers("bprs", &[1; 18], Rater::Doctor);
    assert!(
        matches!(record(&county, "sunrise keeper", case, &rated).await, Err(Error::Forbidden)),
        "a doctor's"
    );
    assert!(record(&county, "doctor", case, &rated).await.is_ok());
    let rows = [
        (answers("phq-99", &[0; 9], Rater::Own), "scale"),
        (answers("phq-9", &[0; 9], Rater::Trained), "rater"),
        (NewResult { language: "fr".to_owned(), ..phq() }, "language"),
        (answers("phq-9", &[0, 0, 4, 0, 0, 0, 0, 0, 0], Rater::Own), "phq9-3"),
        (answers("phq-9", &[0; 3], Rater::Own), "answers"),
        (NewResult { given: Given::Total(9), ..phq() }, "total"),
    ];
    for (new, field) in rows {
        let refused = record(&county, "sunrise keeper", case, &new).await.unwrap_err();
        let Error::Invalid(problems) = refused else { panic!("{field}: {refused}") };
        assert_eq!(problems[0].field, field);
    }
    assert_eq!(scale::drifts(&county.app, None).await.unwrap().computed, 1, "nothing else was stored");
});

both!(the_results_of_a_person_are_found_with_all_cases_in_scope, |county| {
    let case: Id = county.at_state(1, "in_service").await.parse().unwrap();
    record(&county, "doctor", case, &answers("k6", &[2; 6], Rater::Own)).await.unwrap();
    let sql = "SELECT person_id FROM referral WHERE home = $1 AND id = $2";
    let found: Option<(Option<Id>,)> = county.app.db.opt(sql, p![case.home_number(), case]).await.unwrap();
    let Some((Some(person),)) = found else { panic!("a registered case has its person") };
    let of_person = async |who: &str| {
        let scope = county.scope(who).await;
        scale::of_person(&county.app.at(county.at), &scope, person).await.unwrap()
    };
    assert_eq!(of_person("sunrise keeper").await.len(), 1);
    assert_eq!(of_person("doctor").await[0].total.unwrap().to_string(), "12");
    assert_eq!(of_person("other worker").await, []);
});

both!(a_result_that_is_not_what_its_answers_amount_to_is_told, |county| {
    let case: Id = county.at_state(1, "in_service").await.parse().unwrap();
    let first = record(&county, "doctor", case, &answers("k6", &[2; 6], Rater::Own)).await.unwrap();
    let second = record(&county, "doctor", case, &answers("k6", &[4; 6], Rater::Own)).await.unwrap();
    assert_eq!(scale::drifts(&county.app, None).await.unwrap().drifted, []);
    assert_eq!(scale::drifts(&county.app, Some(1)).await.unwrap().computed, 1);
    // Somebody puts a total into the database that was never computed.
    let sql = "SELECT content FROM scale_result WHERE home = $1 AND id = $2";
    let (sealed,): (Vec<u8>,) =
        county.app.db.opt(sql, p![first.id.home_number(), first.id]).await.unwrap().unwrap();
    let content = county.app.keys.unseal(&sealed).unwrap().replace("\"total\":12", "\"total\":3");
    let sql = "UPDATE scale_result SET content = $1 WHERE home = $2 AND id = $3";
    let sealed = county.app.keys.seal(&content).unwrap();
    county.app.db.run(sql, p![sealed, first.id.home_number(), first.id]).await.unwrap();
    let drifted = scale::drifts(&county.app, None).await.unwrap().drifted;
    assert_eq!(drifted, [Drift { result: first.id, scale: "k6".to_owned() }]);
    let seen = read(&county, "doctor", case).await;
    let agrees = |id: Id| seen.iter().find(|one| one.id == id).unwrap().agrees;
    assert_eq!((agrees(first.id), agrees(second.id)), (Some(false), Some(true)));
    // Results of an older definition stand as they are.
    let sql = "UPDATE scale_result SET definition_version = '0' WHERE home = $1 AND id = $2";
    county.app.db.run(sql, p![first.id.home_number(), first.id]).await.unwrap();
    let drifts = scale::drifts(&county.app, None).await.unwrap();
    assert_eq!((drifts.computed, drifts.of_other_versions, drifts.drifted), (1, 1, vec![]));
});
