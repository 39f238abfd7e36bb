//! Whose case it is: a filer's, the person's own, a guardian's, and what becomes of that when persons are joined and
//! parted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{
    id::Id,
    link, p, person,
    referral::{self, Application, Turn},
};
use axum::http::StatusCode;
use common::{County, VILLAGE, forms};
use serde_json::{Value, json};

fn none() -> Value {
    json!({})
}

/// Whom a case is about.
async fn person_of(county: &County, case: &str) -> Option<Id> {
    let case: Id = case.parse().unwrap();
    let sql = "SELECT person_id FROM referral WHERE home = $1 AND id = $2";
    county.app.db.opt::<(Option<Id>,)>(sql, p![case.home_number(), case]).await.unwrap().unwrap().0
}

/// A client's account that the counter opened for a person, to be used by its holder.
async fn client(county: &mut County, name: &'static str, person: Id, holder: &str) {
    county.account(name, "client", "families").await;
    let bind = "UPDATE account SET person_id = $1 WHERE id = $2";
    county.app.db.run(bind, p![person, county.ids[name]]).await.unwrap();
    let code =
        "INSERT INTO account_code (account_id, holder, code_hash, opened_by, created_at, expires_at, used_at,
            basis) VALUES ($1, $2, $3, $4, $5, $5, $5, CASE WHEN $2 = 'guardian' THEN 'consent' END)";
    let hash: Vec<u8> = name.bytes().collect();
    let args = p![county.ids[name], holder, hash, county.ids["worker"], county.at];
    county.app.db.run(code, args).await.unwrap();
}

/// An application by a client's account that stands in this relation to the person.
async fn filed(county: &County, who: &str, relation: &str, number: u32, submit: bool) -> String {
    let mut form = forms::f1(county, "client", number);
    form["applicant_relation"] = json!(relation);
    let forms = json!({ "F1": form, "F12": forms::f12(county) });
    let answer = county.post(who, "/api/v1/cases", &[], &json!({ "forms": forms, "submit": submit })).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json);
    answer.id()
}

async fn reaches(county: &County, who: &str, case: &str) -> bool {
    county.get(who, &format!("/api/v1/cases/{case}")).await.status == StatusCode::OK
}

both!(a_strangers_duplicate_does_not_make_the_case_theirs, |county| {
    county.account("neighbour", "client", "families").await;
    let case = county.apply("doctor", 1).await.id();
    let double = filed(county, "neighbour", "other_kin", 1, true).await;
    county.act("worker", &double, "propose_rejection", json!({ "reason": "R3" }), none()).await;
    county.act("officer", &double, "confirm_rejection", json!({ "notice_sent": true }), none()).await;
    let sources = county.case("worker", &case).await["case"]["sources"].clone();
    assert_eq!(sources.as_array().unwrap().len(), 2, "the filing is counted: {sources}");

    assert!(reaches(county, "neighbour", &double).await, "what they filed themselves");
    let path = format!("/api/v1/cases/{case}");
    for page in ["", "/forms", "/events"] {
        let seen = county.get("neighbour", &format!("{path}{page}")).await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND, "{page}");
    }
    for (name, data) in [
        ("withdraw", none()),
        ("withdraw_consent", json!({ "purposes": [] })),
        ("record_word", json!({ "word": "refuses" })),
    ] {
        let answer = county.attempt("neighbour", &case, name, data, none()).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{name}");
    }
    county.register(&case).await;
    let told = county.work_list("neighbour", Turn::Mine).await.messages;
    let about: Vec<String> = told.iter().map(|message| message.referral.to_string()).collect();
    assert!(!about.contains(&case), "what becomes of the case is not told to them");
});

both!(who_files_for_somebody_else_does_not_become_the_person, |county| {
    let own = county.at_state(1, "registered").await;
    let mother = person_of(county, &own).await.unwrap();
    client(county, "mother", mother, "self").await;
    let case = filed(county, "mother", "parent", 2, true).await;
    assert_eq!(person_of(county, &case).await, None, "nobody looked the son up yet");
    assert!(reaches(county, "mother", &case).await);
    county.register(&case).await;
    let son = person_of(county, &case).await.unwrap();
    assert_ne!(son, mother);
    county.refer(&case, "sunrise").await;
    county.accept(&case).await;
    assert_eq!(person_of(county, &case).await, Some(son), "what registration found stays");

    // The number decides, not what was ticked.
    let ticked = filed(county, "mother", "self", 2, false).await;
    assert_eq!(person_of(county, &ticked).await, None);
    for relation in ["self", "child"] {
        let draft = filed(county, "mother", relation, 1, false).await;
        assert_eq!(person_of(county, &draft).await, Some(mother), "her own number: {relation}");
    }
    let unknown = filed(county, "mother", "self", 3, false).await;
    assert_eq!(person_of(county, &unknown).await, Some(mother), "nobody has the number, she says it is hers");
});

both!(a_draft_turned_to_somebody_else_forgets_the_filer, |county| {
    let own = county.at_state(1, "registered").await;
    let mother = person_of(county, &own).await.unwrap();
    client(county, "mother", mother, "self").await;
    let draft = filed(county, "mother", "self", 1, false).await;
    assert_eq!(person_of(county, &draft).await, Some(mother));
    let mut form = forms::f1(county, "client", 2);
    form["applicant_relation"] = json!("parent");
    let application = Application { form: form.as_object().unwrap().clone(), ..Application::default() };
    let (app, scope, id) = (county.app.at(county.at), county.scope("mother").await, draft.parse().unwrap());
    referral::apply_for(&app, &scope, Some(id), None, &application, false).await.unwrap();
    assert_eq!(person_of(county, &draft).await, None);
});

both!(the_person_acts_on_a_case_that_the_hospital_filed, |county| {
    let case = county.at_state(1, "registered").await;
    let person = person_of(county, &case).await.unwrap();
    client(county, "own", person, "self").await;
    let no = json!({ "word": "refuses" });
    assert_eq!(county.act("own", &case, "record_word", no, none()).await, "withdrawn", "an own no ends it");

    let other = county.at_state(2, "registered").await;
    let person = person_of(county, &other).await.unwrap();
    client(county, "own of the other", person, "self").await;
    let foreign = county.attempt("own", &other, "withdraw", none(), none()).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    assert_eq!(county.act("own of the other", &other, "withdraw", none(), none()).await, "withdrawn");
});

both!(the_persons_account_goes_along_where_the_case_goes_on, |county| {
    let old = county.at_state(3, "closed").await;
    let person = person_of(county, &old).await.unwrap();
    client(county, "own", person, "self").await;
    county.at += jiff::SignedDuration::from_mins(1);
    let back = json!({ "needs": ["S3"], "signer": { "capacity": "full", "guardian": null } });
    let consent = json!({ "F12": forms::f12(county) });
    county.act("sunrise keeper", &old, "re_enter", back, consent).await;
    let next = county.case("worker", &old).await["case"]["links"]["next"].as_str().unwrap().to_owned();
    assert_eq!(person_of(county, &next).await, Some(person));
    assert_eq!(county.act("own", &next, "withdraw", none(), none()).await, "withdrawn");
});

both!(accounts_follow_when_persons_are_joined_and_parted, |county| {
    let cases = [county.at_state(1, "registered").await, county.at_state(2, "registered").await];
    let people = [person_of(county, &cases[0]).await.unwrap(), person_of(county, &cases[1]).await.unwrap()];
    client(county, "one", people[0], "self").await;
    client(county, "two", people[1], "self").await;
    let reached = async || {
        let mut all = Vec::new();
        for who in ["one", "two"] {
            for case in &cases {
                all.push(reaches(county, who, case).await);
            }
        }
        all
    };
    assert_eq!(reached().await, [true, false, false, true]);
    let worker = county.scope("worker").await;
    let head = link::merge(&county.app, &worker, people[0], people[1]).await.unwrap();
    let member = if head == people[0] { people[1] } else { people[0] };
    assert_eq!(reached().await, [true; 4], "they are one");
    let (of_member, who) = if member == people[1] { (&cases[1], "one") } else { (&cases[0], "two") };
    let word = json!({ "word": "agrees" });
    assert_eq!(county.act(who, of_member, "record_word", word, none()).await, "registered");
    link::unmerge(&county.app, &worker, member).await.unwrap();
    assert_eq!(reached().await, [true, false, false, true], "they are two again");
});

both!(a_case_registered_while_two_were_one_stays_with_the_owner_of_its_number, |county| {
    let worker = county.scope("worker").await;
    let cases = [county.at_state(1, "registered").await, county.at_state(2, "registered").await];
    let people = [person_of(county, &cases[0]).await.unwrap(), person_of(county, &cases[1]).await.unwrap()];
    for case in &cases {
        county.act("worker", case, "cancel", json!({ "reason": "X3" }), none()).await;
    }
    let head = link::merge(&county.app, &worker, people[0], people[1]).await.unwrap();
    let of_member = if head == people[0] { 1 } else { 0 };
    let number = u32::try_from(of_member).unwrap() + 1;
    let later = county.at_state(number, "registered").await;
    assert_eq!(person_of(county, &later).await, Some(people[of_member]));
    link::unmerge(&county.app, &worker, people[of_member]).await.unwrap();
    client(county, "head", head, "self").await;
    assert!(!reaches(county, "head", &later).await);
});

both!(an_account_opened_while_two_were_one_ends_when_they_are_parted, |county| {
    let worker = county.scope("worker").await;
    let cases = [county.at_state(1, "registered").await, county.at_state(2, "registered").await];
    let people = [person_of(county, &cases[0]).await.unwrap(), person_of(county, &cases[1]).await.unwrap()];
    client(county, "before", people[0], "self").await;
    let head = link::merge(&county.app, &worker, people[0], people[1]).await.unwrap();
    let member = if head == people[0] { people[1] } else { people[0] };
    county.at += jiff::SignedDuration::from_mins(1);
    client(county, "meanwhile", head, "guardian").await;
    assert!(reaches(county, "meanwhile", &cases[0]).await && reaches(county, "meanwhile", &cases[1]).await);
    county.at += jiff::SignedDuration::from_mins(1);
    link::unmerge(&county.app.at(county.at), &worker, member).await.unwrap();
    let ended = county.get("meanwhile", &format!("/api/v1/cases/{}", cases[0])).await;
    assert_eq!(ended.status, StatusCode::UNAUTHORIZED, "nobody can say whose it is");
    assert!(reaches(county, "before", &cases[0]).await && !reaches(county, "before", &cases[1]).await);
    let sql = "SELECT detail FROM audit WHERE account_id = $1 AND action = 'end_account'";
    let logged: Vec<(Value,)> = county.app.db.all(sql, p![worker.account]).await.unwrap();
    let expected = json!({ "account": county.id("meanwhile"), "holder": "guardian" });
    assert_eq!(logged, [(expected,)]);
});

both!(a_case_goes_with_the_record_that_is_taken_from_its_person, |county| {
    let worker = county.scope("worker").await;
    // Somebody else was entered before with the number that the application brings.
    let entrant = person::Entrant {
        name: "测试乙".to_owned(),
        number: Some(forms::identity_number(4)),
        sex: None,
        born_on: None,
        phone: None,
        division: VILLAGE,
        address: None,
        near: None,
        kind: None,
    };
    let app = county.app.at(county.at);
    let mut tx = app.db.begin().await.unwrap();
    let first = person::register(&app, &mut tx, &worker, &entrant).await.unwrap();
    tx.commit().await.unwrap();
    let case = county.at_state(4, "registered").await;
    assert_eq!(person_of(county, &case).await, Some(first));
    client(county, "first", first, "self").await;
    assert!(reaches(county, "first", &case).await);
    let sql = "SELECT id FROM source_record WHERE person_id = $1 AND name = '测试甲'";
    let (record,) = county.app.db.opt::<(Id,)>(sql, p![first]).await.unwrap().unwrap();
    let new = link::unlink(&county.app, &worker, record).await.unwrap();
    assert_eq!(person_of(county, &case).await, Some(new));
    assert!(!reaches(county, "first", &case).await, "it was never about them");
    client(county, "second", new, "self").await;
    assert!(reaches(county, "second", &case).await);
    county.refer(&case, "sunrise").await;
    assert_eq!(person_of(county, &case).await, Some(new), "and stays");
});

both!(what_a_guardian_says_is_not_the_persons_own_no, |county| {
    let case = county.at_state(1, "registered").await;
    let person = person_of(county, &case).await.unwrap();
    client(county, "guardian", person, "guardian").await;
    client(county, "own", person, "self").await;
    let no = || json!({ "word": "refuses" });
    assert_eq!(county.act("guardian", &case, "record_word", no(), none()).await, "registered");
    assert_eq!(county.tasks(&case).await, ["hear_person"], "a worker hears the person");
    // Nor does it become the person's own by saying so.
    let body = json!({ "name": "record_word", "data": no(), "on_behalf_of": "self" });
    let path = format!("/api/v1/cases/{case}/events");
    let said = county.post("guardian", &path, &[], &body).await;
    assert_eq!((said.status, &said.json["state"]), (StatusCode::OK, &json!("registered")));
    let id: Id = case.parse().unwrap();
    let sql =
        "SELECT event FROM referral_event WHERE home = $1 AND referral_id = $2 AND name = 'word_recorded'";
    let events: Vec<(Value,)> = county.app.db.all(sql, p![id.home_number(), id]).await.unwrap();
    let relations: Vec<&Value> = events.iter().map(|(event,)| &event["on_behalf_of"]["relation"]).collect();
    assert_eq!(relations, [&json!("guardian"), &json!("guardian")]);
    assert_eq!(county.act("own", &case, "record_word", no(), none()).await, "withdrawn");
});
