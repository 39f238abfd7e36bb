//! Emergency access: one record, for a time, read only, told to its owner and judged by a second person. All persons are
//! invented.
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
    audit::{self, Filter},
    emergency_access::{self as emergency, Answer, Request},
    id::Id,
    p, person,
    referral::{self, Order, Turn},
    scope::Scope,
};
use common::{County, ELSEWHERE, forms};
use jiff::SignedDuration;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use rules::referral::Command;
use serde_json::json;

const REASON: &str = "患者在急诊科意识不清,需了解用药史与既往风险";

fn request(number: &str) -> Request {
    Request { number: number.to_owned(), reason: REASON.to_owned(), basis: "emergency".to_owned() }
}

/// The county with people of another one, who have nothing to do with its cases.
async fn outsiders(county: &mut County) {
    county.organisation("far hospital", "hospital", ELSEWHERE).await;
    for (name, role, organisation) in [
        ("far doctor", "doctor", "far hospital"),
        ("far officer", "civil_affairs_officer", "other office"),
        ("second supervisor", "supervisor", "office"),
        ("far supervisor", "supervisor", "other office"),
    ] {
        county.account(name, role, organisation).await;
    }
}

fn later(county: &County, hours: i64) -> App {
    county.app.at(county.at + SignedDuration::from_hours(hours))
}

async fn opened(county: &County, who: &str, number: &str) -> Id {
    match emergency::open(&later(county, 0), &county.scope(who).await, &request(number)).await.unwrap() {
        Answer::Opened(id) => id,
        other => panic!("{other:?}"),
    }
}

async fn looked(app: &App, scope: &Scope, id: Id) -> Option<emergency::Look> {
    match emergency::look(app, scope, id).await {
        Ok(look) => Some(look),
        Err(Error::NotFound) => None,
        Err(other) => panic!("{other:?}"),
    }
}

/// Actions in the log, the latest first.
async fn logged(county: &County, scope: &Scope, action: &str) -> Vec<audit::Line> {
    let filter = Filter { action: action.to_owned(), ..Filter::default() };
    audit::page(&later(county, 0), scope, &filter).await.unwrap()
}

async fn number_of(county: &County, case: &str) -> String {
    county.case("worker", case).await["number"].as_str().unwrap().to_owned()
}

both!(a_case_is_shown_to_its_opener_alone_for_four_hours, |county| {
    outsiders(county).await;
    let case = county.at_state(1, "in_service").await;
    let doctor = county.scope("far doctor").await;
    let id = opened(county, "far doctor", &number_of(county, &case).await).await;
    let look = looked(&later(county, 3), &doctor, id).await.unwrap();
    assert!(look.person.is_none(), "a case's number opens that case");
    assert_eq!(look.cases.len(), 1);
    assert_eq!(look.cases[0].row.id.to_string(), case);
    assert!(look.cases[0].row.name.contains("测试"), "{}", look.cases[0].row.name);
    let codes: Vec<&str> = look.cases[0].forms.iter().map(|form| form.code.as_str()).collect();
    assert!(codes.contains(&"F1") && codes.contains(&"F4"), "{codes:?}");
    let shown = format!("{:?}", look.cases[0].forms);
    assert!(!shown.contains(&forms::identity_number(1)), "numbers stay masked in the forms, too");
    assert!(!codes.contains(&"F6") && !codes.contains(&"F7"), "neither costs nor sessions: {codes:?}");
    for other in ["doctor", "officer", "far officer", "sunrise manager", "worker"] {
        let found = emergency::look(&later(county, 1), &county.scope(other).await, id).await;
        assert!(matches!(found, Err(Error::NotFound | Error::Forbidden)), "{other}");
    }
    assert!(looked(&later(county, 4), &doctor, id).await.is_none(), "it ends by itself");
    let banner = emergency::banner(&later(county, 1), &doctor).await.unwrap();
    assert_eq!(banner.open.iter().map(|open| open.id).collect::<Vec<_>>(), [id]);
    emergency::end(&later(county, 1), &doctor, id).await.unwrap();
    assert!(looked(&later(county, 1), &doctor, id).await.is_none(), "it was ended");
    assert!(emergency::banner(&later(county, 1), &doctor).await.unwrap().open.is_empty());
    assert!(matches!(emergency::end(&later(county, 1), &doctor, id).await, Err(Error::NotFound)));
});

both!(an_identity_number_opens_the_person_with_the_cases, |county| {
    outsiders(county).await;
    let case = county.at_state(1, "in_service").await;
    let officer = county.scope("far officer").await;
    let id = opened(county, "far officer", &forms::identity_number(1).to_lowercase()).await;
    let look = looked(&later(county, 0), &officer, id).await.unwrap();
    let person = look.person.unwrap();
    assert!(person.name.contains("测试") && !person.masked, "{person:?}");
    assert_ne!(person.number.unwrap(), forms::identity_number(1), "the number was known and stays masked");
    assert_eq!(
        look.cases.iter().map(|case| case.row.id.to_string()).collect::<Vec<_>>(),
        std::slice::from_ref(&case)
    );
    // Whoever applied and is not registered yet is found as well.
    let waiting = county.at_state(2, "submitted").await;
    let id = opened(county, "far officer", &forms::identity_number(2)).await;
    let look = looked(&later(county, 0), &officer, id).await.unwrap();
    assert!(look.person.is_none() && look.cases[0].row.id.to_string() == waiting);
    // The same again is the same opening.
    assert_eq!(opened(county, "far officer", &forms::identity_number(2)).await, id);
});

both!(nothing_is_told_before_reason_and_basis_are_logged, |county| {
    outsiders(county).await;
    let case = county.at_state(1, "registered").await;
    let (doctor, auditor) = (county.scope("far doctor").await, county.scope("auditor").await);
    let (here, absent) = (forms::identity_number(1), forms::identity_number(7));
    let cut = &here[..17];
    for (number, reason, basis) in [
        (&here, "急", "emergency"),
        (&here, REASON, ""),
        (&here, REASON, "curiosity"),
        (&absent, "急", "emergency"),
        (&absent, REASON, ""),
        (&absent, REASON, "curiosity"),
    ] {
        let request = Request { number: number.clone(), reason: reason.to_owned(), basis: basis.to_owned() };
        let answer = emergency::open(&later(county, 0), &doctor, &request).await;
        assert!(matches!(answer, Err(Error::Invalid(_))), "{answer:?}");
    }
    assert!(logged(county, &auditor, "open_emergency").await.is_empty());
    for number in [absent.as_str(), cut, "测试", ""] {
        match emergency::open(&later(county, 0), &doctor, &request(number)).await {
            Ok(answer) => assert_eq!(answer, Answer::Nobody, "{number}"),
            Err(Error::Invalid(problems)) => assert!(number.is_empty(), "{problems:?}"),
            Err(other) => panic!("{other:?}"),
        }
    }
    // Of five tries in an hour three are used.
    let id = opened(county, "far doctor", &here).await;
    assert!(looked(&later(county, 0), &doctor, id).await.is_some());
    assert_eq!(emergency::open(&later(county, 0), &doctor, &request(&absent)).await.unwrap(), Answer::Nobody);
    for number in [&absent, &here] {
        let answer = emergency::open(&later(county, 0), &doctor, &request(number)).await;
        assert!(matches!(&answer, Err(Error::Refused(no)) if no.code == "too_many_openings"), "{answer:?}");
    }
    assert_eq!(emergency::open(&later(county, 2), &doctor, &request(&absent)).await.unwrap(), Answer::Nobody);
    // What is in the own scope is not opened.
    let own =
        emergency::open(&later(county, 0), &county.scope("doctor").await, &request(&here)).await.unwrap();
    assert!(matches!(own, Answer::Case(_) | Answer::Opened(_)), "{own:?}");
    let own =
        emergency::open(&later(county, 0), &county.scope("worker").await, &request(&here)).await.unwrap();
    assert!(matches!(own, Answer::Person(_)), "{own:?}");
    let number = number_of(county, &case).await;
    let own =
        emergency::open(&later(county, 0), &county.scope("worker").await, &request(&number)).await.unwrap();
    assert_eq!(own, Answer::Case(case.parse().unwrap()));
    for who in ["sunrise manager", "sunrise keeper", "committee clerk", "client", "auditor", "administrator"]
    {
        let answer = emergency::open(&later(county, 0), &county.scope(who).await, &request(&here)).await;
        assert!(matches!(answer, Err(Error::Forbidden)), "{who}: {answer:?}");
    }
});

both!(owner_county_and_person_learn_of_it, |county| {
    outsiders(county).await;
    let case = county.at_state(1, "in_service").await;
    opened(county, "far doctor", &number_of(county, &case).await).await;
    let doctor = county.scope("far doctor").await;
    let open = emergency::banner(&later(county, 0), &doctor).await.unwrap().open[0].id;
    looked(&later(county, 0), &doctor, open).await.unwrap();
    for who in ["sunrise manager", "officer"] {
        let list = county.work_list(who, Turn::Mine).await;
        let told = list.messages.iter().filter(|message| message.kind == "emergency_access").count();
        assert_eq!(told, 1, "{who}");
    }
    for who in ["harbour manager", "worker"] {
        let list = county.work_list(who, Turn::Mine).await;
        assert!(list.messages.iter().all(|message| message.kind != "emergency_access"), "{who}");
    }
    let id: Id = case.parse().unwrap();
    let sql = "SELECT person_id FROM referral WHERE home = $1 AND id = $2";
    let (person,): (Id,) = county.app.db.opt(sql, p![id.home_number(), id]).await.unwrap().unwrap();
    county
        .app
        .db
        .run("UPDATE account SET person_id = $1 WHERE id = $2", p![person, county.ids["client"]])
        .await
        .unwrap();
    let client = county.scope("client").await;
    let seen = logged(county, &client, "open_emergency").await;
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].role.as_str(), seen[0].purpose.as_str()), ("doctor", "emergency"));
    assert!(logged(county, &client, "read").await.iter().any(|line| line.purpose == "emergency"));
});

both!(a_second_person_judges_and_what_is_late_goes_up, |county| {
    outsiders(county).await;
    let case = county.at_state(1, "registered").await;
    let id = opened(county, "far doctor", &number_of(county, &case).await).await;
    let scope = async |who: &str| county.scope(who).await;
    let due = async |who: &str, hours: i64| {
        let lines = emergency::due(&later(county, hours), &scope(who).await).await.unwrap();
        assert_eq!(
            emergency::banner(&later(county, hours), &scope(who).await).await.unwrap().to_judge,
            lines.len()
        );
        lines.len()
    };
    // Who answers for the county where the record is judges; whoever stands above once it is late.
    for (who, hours, count) in [
        ("officer", 0, 1),
        ("officer", 48, 1),
        ("far officer", 0, 0),
        ("supervisor", 23, 0),
        ("supervisor", 25, 1),
        ("far supervisor", 25, 0),
    ] {
        assert_eq!(due(who, hours).await, count, "{who} after {hours}");
        let shown = emergency::to_review(&later(county, hours), &scope(who).await, id).await;
        assert_eq!(shown.is_ok(), count == 1, "{who} after {hours}");
        if let Ok(review) = shown {
            assert_eq!((review.reason.as_str(), review.looks), (REASON, 0));
        }
    }
    assert_eq!(emergency::escalate(&later(county, 23)).await.unwrap(), 0);
    assert_eq!(emergency::escalate(&later(county, 25)).await.unwrap(), 1);
    assert_eq!(emergency::escalate(&later(county, 26)).await.unwrap(), 0, "once");
    let officer = scope("officer").await;
    for (verdict, note) in [("not_justified", "不"), ("perhaps", REASON), ("", "")] {
        let answer = emergency::judge(&later(county, 1), &officer, id, verdict, note).await;
        assert!(matches!(answer, Err(Error::Invalid(_))), "{verdict}: {answer:?}");
    }
    let doctor = scope("far doctor").await;
    assert!(matches!(
        emergency::judge(&later(county, 1), &doctor, id, "justified", "").await,
        Err(Error::Forbidden)
    ));
    assert!(looked(&later(county, 1), &doctor, id).await.is_some());
    let note = "当日没有急诊记录,与当事人没有工作关系";
    emergency::judge(&later(county, 1), &officer, id, "not_justified", note).await.unwrap();
    assert!(looked(&later(county, 1), &doctor, id).await.is_none(), "what was not justified ends at once");
    let again = emergency::judge(&later(county, 2), &officer, id, "justified", "").await;
    assert!(matches!(again, Err(Error::NotFound)), "{again:?}");
    assert_eq!(due("supervisor", 48).await, 0);
    let own = emergency::own(&later(county, 2), &doctor).await.unwrap();
    assert_eq!(own[0].verdict.as_deref(), Some("not_justified"));
});

both!(auditors_see_that_it_happened_and_no_contents, |county| {
    outsiders(county).await;
    let case = county.at_state(1, "registered").await;
    let number = number_of(county, &case).await;
    opened(county, "far doctor", &number).await;
    emergency::open(&later(county, 0), &county.scope("far doctor").await, &request("991")).await.unwrap();
    let all = emergency::all(&later(county, 0), &county.scope("auditor").await, None).await.unwrap();
    assert_eq!(all.len(), 1, "the try that found nobody is of another county's account: {all:?}");
    let shown = format!("{all:?}");
    assert!(!shown.contains("意识不清") && !shown.contains(&number) && !shown.contains("测试"), "{shown}");
});

/// What somebody may try at random, without an opening or with one.
#[derive(Debug, Clone)]
enum Try {
    Open { who: usize, case: usize },
    End { who: usize, opening: usize },
    Wait { hours: i64 },
    Judge { who: usize, opening: usize, justified: bool },
    Look { who: usize, opening: usize },
    Change { who: usize, case: usize },
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let who = || 0..WHO.len();
    let one = prop_oneof![
        3 => (who(), 0..3_usize).prop_map(|(who, case)| Try::Open { who, case }),
        1 => (who(), 0..8_usize).prop_map(|(who, opening)| Try::End { who, opening }),
        2 => (0..3_i64).prop_map(|hours| Try::Wait { hours }),
        1 => (who(), 0..8_usize, any::<bool>())
            .prop_map(|(who, opening, justified)| Try::Judge { who, opening, justified }),
        5 => (who(), 0..8_usize).prop_map(|(who, opening)| Try::Look { who, opening }),
        3 => (who(), 0..3_usize).prop_map(|(who, case)| Try::Change { who, case }),
    ];
    prop::collection::vec(one, 1..60)
}

const WHO: [&str; 5] = ["far doctor", "far officer", "far supervisor", "supervisor", "officer"];

/// Who is outside every case of the county before anything is opened: all but the county's own officer.
const OUTSIDE: usize = 4;

/// No sequence of openings lets anybody change a case or see another person than the one opened.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_sequence_of_openings_changes_or_shows_anything_else() {
    let mut county = County::on_sqlite().await;
    outsiders(&mut county).await;
    let mut cases = Vec::new();
    for number in 1..=3 {
        let case = county.at_state(number, "registered").await;
        cases.push((case.clone(), number_of(&county, &case).await));
    }
    let mut scopes = Vec::new();
    for who in WHO {
        scopes.push(county.scope(who).await);
    }
    let mut versions = Vec::new();
    for (case, _) in &cases {
        versions.push(county.version(case).await);
    }
    let mut runner = TestRunner::deterministic();
    for _ in 0..12 {
        county.at += SignedDuration::from_hours(100);
        run(&mut county, &scopes, &cases, tries().new_tree(&mut runner).unwrap().current()).await;
        for ((case, _), version) in cases.iter().zip(&versions) {
            assert_eq!(county.version(case).await, *version);
        }
    }
    county.end().await;
}

/// An opening as the test keeps it: who, which case, until when, ended.
struct Kept(Id, usize, usize, jiff::Timestamp, bool);

async fn run(county: &mut County, scopes: &[Scope], cases: &[(String, String)], tries: Vec<Try>) {
    let mut kept: Vec<Kept> = Vec::new();
    for one in tries {
        let app = later(county, 0);
        match one {
            Try::Wait { hours } => county.at += SignedDuration::from_hours(hours),
            Try::Open { who, case } => {
                match emergency::open(&app, &scopes[who], &request(&cases[case].1)).await {
                    Ok(Answer::Opened(id)) if kept.iter().all(|kept| kept.0 != id) => {
                        kept.push(Kept(id, who, case, app.now() + SignedDuration::from_hours(4), false));
                    }
                    Ok(Answer::Opened(_)) | Err(Error::Refused(_)) => assert!(who < OUTSIDE),
                    Ok(Answer::Case(_)) => assert!(who >= OUTSIDE, "{}", WHO[who]),
                    other => assert!(who >= OUTSIDE, "{}: {other:?}", WHO[who]),
                }
            }
            Try::End { who, opening } => {
                let Some(Kept(id, owner, _, until, ended)) = kept.get_mut(opening) else { continue };
                let shows = *owner == who && !*ended && app.now() < *until;
                assert_eq!(emergency::end(&app, &scopes[who], *id).await.is_ok(), shows);
                *ended |= shows;
            }
            Try::Judge { who, opening, justified } => {
                let Some(Kept(id, owner, _, _, ended)) = kept.get_mut(opening) else { continue };
                let verdict = if justified { "justified" } else { "not_justified" };
                let judged = emergency::judge(&app, &scopes[who], *id, verdict, REASON).await.is_ok();
                assert!(!judged || *owner != who, "{} judged the own opening", WHO[who]);
                *ended |= judged && !justified;
            }
            Try::Look { who, opening } => {
                let Some(Kept(id, owner, case, until, ended)) = kept.get(opening) else { continue };
                let shows = *owner == who && !ended && app.now() < *until;
                let found = looked(&app, &scopes[who], *id).await;
                assert_eq!(found.is_some(), shows, "{} {opening}", WHO[who]);
                if let Some(look) = found {
                    let seen: Vec<String> = look.cases.iter().map(|case| case.row.id.to_string()).collect();
                    assert_eq!(seen, [cases[*case].0.clone()]);
                }
            }
            Try::Change { who, case } if who < OUTSIDE => untouched(&app, &scopes[who], &cases[case].0).await,
            Try::Change { .. } => {}
        }
    }
}

/// Whatever is open, the ordinary ways to the case stay closed.
async fn untouched(app: &App, scope: &Scope, case: &str) {
    let id: Id = case.parse().unwrap();
    let attempt = json!({ "name": "record_contact_attempt",
        "data": { "on": "2026-03-02", "way": "phone", "reached": false } });
    let command: Command = serde_json::from_value(attempt).unwrap();
    let outcome = referral::perform(app, scope, Some(id), &Order::plain(command)).await;
    assert!(matches!(outcome, Err(Error::NotFound)), "{outcome:?}");
    assert!(matches!(referral::view(app, scope, id).await, Err(Error::NotFound)));
    assert!(matches!(referral::forms(app, scope, id).await, Err(Error::NotFound)));
    assert!(matches!(person::get(app, scope, id).await, Err(Error::NotFound)));
}
