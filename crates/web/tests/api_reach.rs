//! Who reaches a case: what the rules permit a role, its scope lets it reach, and what is offered can be done.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{
    account,
    db::Tx,
    id::Id,
    p,
    referral::{self, Order, Turn, Written, inbox},
    scope::Scope,
};
use axum::http::StatusCode;
use common::{County, forms};
use rules::{
    account::{Deed, Role, Subject},
    form::FormCode,
    referral::{Case, Channel, Command, CommandName, RefusalCode, Source},
};
use serde_json::{Map, Value, json};

const STAFF: [&str; 19] = [
    "client",
    "helper",
    "committee clerk",
    "worker",
    "other worker",
    "officer",
    "second officer",
    "doctor",
    "sunrise manager",
    "sunrise keeper",
    "sunrise assessor",
    "harbour manager",
    "harbour keeper",
    "health officer",
    "federation officer",
    "supervisor",
    "auditor",
    "administrator",
    "security",
];

/// States of the ordinary course, and those beside it.
const STATES: [&str; 17] = [
    "draft",
    "submitted",
    "supplement",
    "proposed",
    "rejected",
    "objected",
    "registered",
    "waiting",
    "referred",
    "transferring",
    "accepted",
    "assessed",
    "agreed",
    "in_service",
    "suspended",
    "hospital",
    "closed",
];

/// Everybody who may file has filed this case as well; a client holds only what a client opened.
async fn filed_by_all(county: &County, case: &str) {
    let case: Id = case.parse().unwrap();
    for (who, channel) in [
        ("doctor", Channel::Medical),
        ("helper", Channel::Assisted),
        ("committee clerk", Channel::Assisted),
        ("federation officer", Channel::Assisted),
    ] {
        let filer = county.scope(who).await;
        let source = Source {
            channel,
            account: filer.account.0,
            role: filer.role,
            organisation: filer.organisation.0,
            at: county.at,
        };
        let order = Order::plain(Command::AddSource(Box::new(source)));
        referral::perform(&county.app.at(county.at), &Scope::system(), Some(case), &order).await.unwrap();
    }
}

async fn at(county: &County, number: u32, state: &str) -> String {
    let forms = json!({ "F1": forms::f1(county, "client", number), "F12": forms::f12(county) });
    let body = json!({ "forms": forms, "submit": state != "draft" });
    let case = county.post("client", "/api/v1/cases", &[], &body).await.id();
    filed_by_all(county, &case).await;
    let steps: &[&str] = match state {
        "draft" | "submitted" => &[],
        "supplement" => &["supplement"],
        "proposed" => &["proposed"],
        "rejected" => &["proposed", "rejected"],
        "objected" => &["proposed", "rejected", "objected"],
        "waiting" => &["registered", "waiting"],
        "transferring" => &["registered", "transferring"],
        "hospital" | "suspended" => {
            &["registered", "referred", "accepted", "assessed", "agreed", "in_service", "aside"]
        }
        _ => &["registered", "referred", "accepted", "assessed", "agreed", "in_service", "closing", "closed"],
    };
    for step in steps {
        next(county, &case, step, state).await;
        if *step == state {
            break;
        }
    }
    case
}

async fn next(county: &County, case: &str, step: &str, state: &str) {
    let none = || json!({});
    match step {
        "supplement" => {
            county.act("worker", case, "ask_supplement", json!({ "items": ["phone"] }), none()).await;
        }
        "proposed" => {
            county.act("worker", case, "propose_rejection", json!({ "reason": "R6" }), none()).await;
        }
        "rejected" => {
            county.act("officer", case, "confirm_rejection", json!({ "notice_sent": true }), none()).await;
        }
        "objected" => {
            county.act("client", case, "object", none(), none()).await;
        }
        "waiting" => {
            let block = "UPDATE institution SET blocked = contracted";
            county.app.db.run(block, vec![]).await.unwrap();
            county.act("worker", case, "queue", json!({ "reason": "Q1", "priority": 1 }), none()).await;
            county.app.db.run("UPDATE institution SET blocked = 0", vec![]).await.unwrap();
        }
        "transferring" => {
            let there = json!({ "county": common::ELSEWHERE, "office": county.id("other office") });
            county.act("worker", case, "propose_transfer", there, none()).await;
        }
        "registered" => county.register(case).await,
        "referred" => county.refer(case, "sunrise").await,
        "accepted" => county.accept(case).await,
        "assessed" => county.assess(case, "suitable").await,
        "agreed" => county.agree(case).await,
        "in_service" => county.serve(case).await,
        "closing" => county.propose_closure(case, "C5").await,
        "closed" => county.close(case).await,
        _ if state == "suspended" => {
            let pause = json!({ "reason": "P1", "until": "2026-04-01" });
            county.act("sunrise keeper", case, "suspend", pause, none()).await;
        }
        _ => {
            let slip = json!({ "F9": forms::f9(county, None) });
            county.act("sunrise keeper", case, "return_to_hospital", request(county), slip).await;
            let today = json!({ "on": county.today() });
            county.act("doctor", case, "confirm_hospital", today, none()).await;
        }
    }
}

fn request(county: &County) -> Value {
    json!({ "triggers": ["unstable"], "risk_grade": 1, "danger_to_others": false,
        "hospital": county.id("hospital") })
}

/// The command as somebody would give it, with its forms.
fn order(county: &County, name: CommandName, case: &Case) -> Order {
    use FormCode::{F3, F4, F5, F6, F7, F8, F9, F10, F11, F12};
    let signer = json!({ "capacity": "full", "guardian": null });
    let (today, far) = (county.today(), "2028-12-31");
    let package = json!({ "items": [{ "service": "S2" }, { "service": "S3" }] });
    let (data, papers): (Value, Vec<(FormCode, Value)>) = match name {
        CommandName::Save => (serde_json::to_value(&case.filing).unwrap(), vec![]),
        CommandName::AskSupplement => (json!({ "items": ["phone"] }), vec![]),
        CommandName::Resubmit => (json!({ "answered": case.missing }), vec![]),
        CommandName::ProposeRejection | CommandName::DismissObjection => (json!({ "reason": "R6" }), vec![]),
        CommandName::ConfirmRejection => (json!({ "notice_sent": true }), vec![]),
        CommandName::Register => (
            json!({ "identity_verified": true, "ground": "health_register", "lives_at_home": true,
                "has_need": true, "suitable": true, "package": package }),
            vec![],
        ),
        CommandName::Refer => (
            json!({ "institution": county.id("harbour"), "person_asked": true, "agreed_order": [] }),
            vec![(F3, forms::f3(county))],
        ),
        CommandName::Queue => (json!({ "reason": "Q1", "priority": 1 }), vec![]),
        CommandName::Decline => (json!({ "reason": "D3" }), vec![]),
        CommandName::Accept => {
            (json!({ "case_manager": county.id("sunrise keeper"), "answers": [] }), vec![])
        }
        CommandName::ChangeCaseManager => (json!({ "case_manager": county.id("sunrise keeper") }), vec![]),
        CommandName::Assess => {
            (json!({ "risk_grade": 0, "services": ["S2"] }), vec![(F4, forms::f4(county, "suitable"))])
        }
        CommandName::NotSuitable => {
            (json!({ "reason": "N1", "alternative": "outpatient" }), vec![(F3, forms::f3(county))])
        }
        CommandName::Agree => (
            json!({ "signer": signer, "until": far }),
            vec![(F5, forms::f5(county)), (F6, forms::f6(county))],
        ),
        CommandName::RenewAgreement => {
            (json!({ "signer": signer, "until": far }), vec![(F6, forms::f6(county))])
        }
        CommandName::FirstSession => {
            (json!({ "session": Id(case.id), "on": today }), vec![(F7, forms::f7(county))])
        }
        CommandName::StageEvaluation => {
            (json!({ "decision": "continue" }), vec![(F8, forms::f8(county, "continue"))])
        }
        CommandName::Suspend => (json!({ "reason": "P1", "until": "2026-04-01" }), vec![]),
        CommandName::ReturnToHospital => (request(county), vec![(F9, forms::f9(county, None))]),
        CommandName::ConfirmHospital => (json!({ "on": today }), vec![]),
        CommandName::Discharge => (json!({ "on": today }), vec![(F9, forms::f9(county, Some("suitable")))]),
        CommandName::DischargeNotSuitable => {
            (json!({ "long_stay": false }), vec![(F10, forms::f10(county, "C3"))])
        }
        CommandName::ProposeClosure => (json!({ "reason": "C5" }), vec![(F10, forms::f10(county, "C5"))]),
        CommandName::ApproveClosure => (json!({ "client_told": true, "follow_up_plan": true }), vec![]),
        CommandName::RefuseClosure | CommandName::RefuseTransfer => (json!({ "reason": "B1" }), vec![]),
        CommandName::ProposeTransfer => {
            (json!({ "county": common::ELSEWHERE, "office": county.id("other office") }), vec![])
        }
        CommandName::Cancel => (json!({ "reason": "X3" }), vec![]),
        CommandName::RecordContactAttempt => {
            (json!({ "on": today, "way": "phone", "reached": true }), vec![])
        }
        CommandName::ReturnVisit => {
            (json!({ "on": today, "action": "none" }), vec![(F11, forms::f11(county))])
        }
        CommandName::ReEnter => {
            (json!({ "needs": ["S2"], "signer": signer }), vec![(F12, forms::f12(county))])
        }
        CommandName::End => (json!({ "reason": "Z2" }), vec![]),
        CommandName::Death => (json!({ "on": today, "source": "family", "cause": "I21" }), vec![]),
        CommandName::RecordConsent => (
            json!({ "purposes": ["contact"], "signer": signer, "until": null }),
            vec![(F12, forms::f12(county))],
        ),
        CommandName::WithdrawConsent => (json!({ "purposes": [] }), vec![]),
        CommandName::RecordWord => (json!({ "word": "agrees" }), vec![]),
        CommandName::RecordCapacity => (
            json!({ "capacity": "full", "basis": "court", "assessor": "测试法院", "on": county.today() }),
            vec![],
        ),
        CommandName::StoreForm => (json!({}), vec![(F7, forms::f7(county))]),
        _ => (json!({}), vec![]),
    };
    let mut order = referral::order(name.code(), data, None).unwrap();
    for (code, data) in papers {
        let data: Map<String, Value> = data.as_object().unwrap().clone();
        order.forms.push(Written::new(&county.app, code, data, Id(case.id)));
    }
    order
}

/// What the rules permit this caller whatever else stands in the way, asked without the database.
fn permitted(county: &County, scope: &Scope, case: &Case) -> Vec<CommandName> {
    let tables = &county.app.tables;
    let mut context = tables.context();
    context.in_area = scope.area.holds(case.filing.county);
    let foreign = [RefusalCode::NotYourCase, RefusalCode::OutOfArea, RefusalCode::NotDestination];
    let offers = rules::referral::actions(case, &scope.actor(), &context, county.at);
    let own = offers.into_iter().filter(|offer| {
        offer.refusal.as_ref().is_none_or(|refusal| foreign.iter().all(|code| refusal != code))
    });
    own.map(|offer| offer.command).collect()
}

/// Gives the command and takes everything back again.
async fn try_out(county: &County, scope: &Scope, id: Id, name: CommandName, case: &Case) -> app::Result<()> {
    let app = county.app.at(county.at);
    let order = order(county, name, case);
    if name == CommandName::RecordWord && scope.role != Role::Client {
        // Told on behalf of the person; it moves nothing.
        return referral::perform_for(&app, scope, "self", id, &order).await.map(|_| ());
    }
    let mut tx: Tx = app.db.begin().await.unwrap();
    referral::perform_in(&app, &mut tx, scope, Some(id), &order).await.map(|_| ())
}

both!(what_is_permitted_is_reached_and_what_is_offered_can_be_done, |county| {
    county.app.db.run("UPDATE institution SET contracted = 50", vec![]).await.unwrap();
    let mut scopes = Vec::new();
    for who in STAFF {
        scopes.push((who, county.scope(who).await));
    }
    let (mut reached_by, mut done) = (std::collections::BTreeSet::new(), 0);
    for (number, state) in (100..).zip(STATES) {
        let id: Id = at(county, number, state).await.parse().unwrap();
        let app = county.app.at(county.at);
        for (who, scope) in &scopes {
            let case = referral::view(&app, &Scope::system(), id).await.unwrap().case;
            let permitted = permitted(county, scope, &case);
            let offers = match referral::actions(&app, scope, id).await {
                Ok(offers) => offers,
                Err(app::Error::NotFound) => {
                    assert_eq!(permitted, [], "{state}: {who} may, but does not reach the case");
                    continue;
                }
                Err(error) => panic!("{state} {who}: {error}"),
            };
            reached_by.insert(scope.role);
            let missing: Vec<_> =
                permitted.iter().filter(|name| offers.iter().all(|offer| offer.command != **name)).collect();
            assert!(missing.is_empty(), "{state}: {who} is not offered {missing:?}");
            for offer in offers.iter().filter(|offer| offer.allowed) {
                let tried = try_out(county, scope, id, offer.command, &case).await;
                assert!(tried.is_ok(), "{state}: {who} is offered {:?}, but {tried:?}", offer.command);
                done += 1;
            }
        }
    }
    assert!(done > 200, "{done}");
    let expected: Vec<Role> = Role::ALL
        .into_iter()
        .filter(|role| *role != Role::System && role.may(Deed::Read, Subject::Case))
        .collect();
    assert_eq!(reached_by.into_iter().collect::<Vec<_>>(), expected);
});

async fn township_doctor(county: &mut County, name: &'static str, house: &'static str, division: i64) {
    let app = county.app.at(county.at);
    let mut tx = app.db.begin().await.unwrap();
    let id = account::add_organisation(&app, &mut tx, "primary_care", house, division).await.unwrap();
    tx.commit().await.unwrap();
    county.ids.insert(house, id);
    county.account(name, "doctor", house).await;
}

both!(an_emergency_reaches_the_doctors_of_the_persons_township, |county| {
    let town = common::VILLAGE / 1_000 * 1_000;
    township_doctor(county, "town doctor", "town clinic", town).await;
    township_doctor(county, "far doctor", "far clinic", town + 1_000_000).await;
    let case = county.at_state(1, "in_service").await;
    let path = format!("/api/v1/cases/{case}");
    assert_eq!(county.get("town doctor", &path).await.status, StatusCode::NOT_FOUND, "not before");
    let slip = json!({ "F9": forms::f9(county, None) });
    county.act("sunrise keeper", &case, "return_to_hospital", request(county), slip).await;

    let app = county.app.at(county.at);
    let tasks = county.work_list("town doctor", Turn::Mine).await.tasks;
    let seen: Vec<_> = tasks.iter().map(|task| (task.kind.as_str(), task.name.as_deref())).collect();
    assert_eq!(seen, [("emergency", Some("测试甲"))], "who is in danger is named");
    assert!(county.work_list("far doctor", Turn::Mine).await.tasks.is_empty());
    let keeper = county.work_list("sunrise keeper", Turn::Mine).await.tasks;
    assert_eq!(keeper.iter().map(|task| task.party.as_str()).collect::<Vec<_>>(), ["guardian"]);
    assert_eq!(county.get("town doctor", &path).await.status, StatusCode::OK);

    inbox::done(&app, &county.scope("town doctor").await, tasks[0].id).await.unwrap();
    assert_eq!(county.get("town doctor", &path).await.status, StatusCode::NOT_FOUND, "not afterwards");
});

both!(a_township_doctor_reports_on_residents_in_the_health_register, |county| {
    let town = common::VILLAGE / 1_000 * 1_000;
    township_doctor(county, "town doctor", "town clinic", town).await;
    township_doctor(county, "far doctor", "far clinic", town + 1_000_000).await;
    let case = county.at_state(2, "closed").await;
    let back = || json!({ "needs": ["S2"], "signer": { "capacity": "full", "guardian": null } });
    let consent = || json!({ "F12": forms::f12(county) });
    let early = county.attempt("town doctor", &case, "re_enter", back(), consent()).await;
    assert_eq!(early.status, StatusCode::NOT_FOUND, "not in the health register");
    let sql = "UPDATE person /* whole: a test changes all */ SET in_health = $1";
    county.app.db.run(sql, p![true]).await.unwrap();
    let far = county.attempt("far doctor", &case, "re_enter", back(), consent()).await;
    assert_eq!(far.status, StatusCode::NOT_FOUND, "another township");
    assert_eq!(county.act("town doctor", &case, "re_enter", back(), consent()).await, "closed");
    let death = json!({ "on": county.today(), "source": "family", "cause": "I21" });
    assert_eq!(county.act("town doctor", &case, "death", death, json!({})).await, "ended");
});

both!(who_comes_back_is_asked_nothing_twice, |county| {
    let old = county.at_state(3, "closed").await;
    county.at += jiff::SignedDuration::from_mins(1);
    let county = &*county;
    let form = async |case: &str, code: &str| {
        let told = county.get("worker", &format!("/api/v1/cases/{case}/forms")).await;
        let forms = told.json["forms"].as_array().unwrap();
        forms.iter().find(|form| form["code"] == code).map(|form| form["data"].clone())
    };
    let back = json!({ "needs": ["S3"], "signer": { "capacity": "full", "guardian": null } });
    let mut consent = forms::f12(county);
    consent["retention"] = json!("三年");
    let handed_in = json!({ "F12": consent });
    county.act("sunrise keeper", &old, "re_enter", back, handed_in).await;
    let next = county.case("worker", &old).await["case"]["links"]["next"].as_str().unwrap().to_owned();
    assert!(form(&old, "F1").await.is_some());
    assert_eq!(form(&next, "F1").await, form(&old, "F1").await, "the application goes along");
    assert_eq!(form(&next, "F12").await.unwrap()["retention"], "三年", "with the consent given now");
    let seen = county.case("worker", &next).await;
    assert_eq!((&seen["name"], &seen["state"]), (&json!("测试甲"), &json!("submitted")));
    assert_eq!(seen["case"]["filing"]["package"]["items"][0]["service"], "S3");
    county.register(&next).await;

    // A link leads only where the reader may go.
    let both: [Id; 2] = [old.parse().unwrap(), next.parse().unwrap()];
    let app = county.app.at(county.at);
    let worker = county.scope("worker").await;
    assert_eq!(referral::within(&app, &worker, &both).await.unwrap(), both);
    let filer = county.scope("doctor").await;
    assert_eq!(referral::within(&app, &filer, &both).await.unwrap(), both[..1]);
});

both!(whoever_joined_a_filing_acknowledges_the_feedback, |county| {
    let first = county.apply("doctor", 3).await.id();
    let second = county.apply("committee clerk", 3).await.id();
    county.act("worker", &second, "propose_rejection", json!({ "reason": "R3" }), json!({})).await;
    let notice = json!({ "notice_sent": true });
    county.act("officer", &second, "confirm_rejection", notice, json!({})).await;
    for step in
        ["registered", "referred", "accepted", "assessed", "agreed", "in_service", "closing", "closed"]
    {
        next(county, &first, step, "closed").await;
    }
    let app = county.app.at(county.at);
    let clerk = county.scope("committee clerk").await;
    let letter = |rows: Vec<inbox::MessageRow>| rows.into_iter().find(|row| row.kind == "feedback_letter");
    let found = letter(county.work_list("committee clerk", Turn::Mine).await.messages).unwrap();
    inbox::acknowledge(&app, &clerk, found.id).await.unwrap();
    assert!(letter(county.work_list("committee clerk", Turn::Mine).await.messages).is_none());
});

both!(messages_are_followed_until_they_are_answered, |county| {
    let case = county.at_state(4, "registered").await;
    county.at += jiff::SignedDuration::from_mins(1);
    county.refer(&case, "sunrise").await;
    let delivery = async || county.case("worker", &case).await["delivery"].clone();
    assert_eq!(delivery().await, "sent");
    assert_eq!(county.work_list("sunrise manager", Turn::Mine).await.messages.len(), 1);
    assert_eq!(delivery().await, "received", "it stood on the work list");
    county.case("sunrise manager", &case).await;
    assert_eq!(delivery().await, "read", "the manager opened the case");
    assert!(county.work_list("sunrise manager", Turn::Mine).await.messages.is_empty());
    county.accept(&case).await;
    let id: Id = case.parse().unwrap();
    let slips = "SELECT state FROM message WHERE home = $1 AND referral_id = $2 AND kind = 'referral_slip'";
    let found: Vec<(String,)> = county.app.db.all(slips, p![id.home_number(), id]).await.unwrap();
    assert_eq!(found, [("answered".to_owned(),)]);
});

both!(civil_affairs_reads_what_it_decides_on_and_nothing_else, |county| {
    let case = county.at_state(5, "closing").await;
    let id: Id = case.parse().unwrap();
    let app = county.app.at(county.at);
    let officer = county.scope("officer").await;
    let logged = "SELECT COUNT(*) /* whole: a test counts */ FROM audit WHERE action = 'read' AND subject_kind = 'forms' AND role = $1";
    let reads = async || {
        let role = p![Role::CivilAffairsOfficer.code()];
        county.app.db.opt::<(i64,)>(logged, role).await.unwrap().unwrap().0
    };
    assert!(referral::forms(&app, &officer, id).await.unwrap().is_empty(), "without a purpose nothing");
    let decide = |name| referral::forms_to_decide(&app, &officer, id, name);
    let shown = decide(CommandName::ApproveClosure).await.unwrap();
    assert_eq!(shown.iter().map(|form| form.code.as_str()).collect::<Vec<_>>(), ["F10"]);
    assert_eq!(reads().await, 1, "the read is in the log");
    for name in [CommandName::ConfirmRejection, CommandName::Refer, CommandName::ProposeClosure] {
        assert!(decide(name).await.unwrap().is_empty(), "{name:?} is not the officer's to decide now");
    }
    let health = county.scope("health officer").await;
    let foreign = referral::forms_to_decide(&app, &health, id, CommandName::ApproveClosure).await;
    assert!(foreign.is_ok_and(|forms| forms.is_empty()), "no purpose opens what is never shown");
    assert_eq!(reads().await, 1);
    let approve = json!({ "client_told": true, "follow_up_plan": true });
    assert_eq!(county.act("officer", &case, "approve_closure", approve, json!({})).await, "closed");
});

both!(programs_read_what_they_decide_on_and_are_told_why_not, |county| {
    let case = county.at_state(6, "closing").await;
    let path = format!("/api/v1/cases/{case}/forms-to-decide?command=");
    let ask = async |who: &str, command: &str| county.get(who, &format!("{path}{command}")).await;
    let shown = ask("officer", "approve_closure").await;
    assert_eq!(shown.json["forms"][0]["code"], "F10", "{}", shown.json);
    let unknown = ask("officer", "refer").await;
    assert_eq!((unknown.status, unknown.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["command"]));
    assert!(unknown.json["allowed"].as_array().unwrap().contains(&json!("confirm_rejection")));
    for (who, command, status) in [
        ("officer", "confirm_rejection", StatusCode::FORBIDDEN),
        ("doctor", "approve_closure", StatusCode::FORBIDDEN),
        ("health officer", "approve_closure", StatusCode::FORBIDDEN),
        ("other worker", "approve_closure", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(ask(who, command).await.status, status, "{who} {command}");
    }

    let objected = county.apply("client", 7).await.id();
    for step in ["proposed", "rejected", "objected"] {
        next(county, &objected, step, "objected").await;
    }
    let path = format!("/api/v1/cases/{objected}/forms-to-decide?command=uphold_objection");
    let own = county.get("officer", &path).await;
    assert_eq!((own.status, own.kind()), (StatusCode::CONFLICT, "refused"), "who confirmed does not answer");
    assert_eq!(county.get("second officer", &path).await.status, StatusCode::OK);
});

both!(everybody_who_follows_a_case_reads_whose_turn_it_is, |county| {
    let case = county.apply("doctor", 8).await.id();
    let turn = async |who: &str| county.case(who, &case).await["turn"].clone();
    for (who, own) in [("worker", true), ("officer", false), ("doctor", false)] {
        let found = turn(who).await;
        let said = ["role", "organisation_name"].map(|key| found[key].as_str().unwrap().to_owned());
        assert_eq!(said, ["referral_worker", "office"], "{who}");
        assert_eq!(found["own"], own, "{who}");
        assert!(found["due_at"].is_string() && found["overdue"] == false, "{found}");
    }
    county.register(&case).await;
    county.refer(&case, "sunrise").await;
    assert_eq!(turn("worker").await["organisation_name"], "sunrise");
    county.accept(&case).await;
    assert_eq!(turn("sunrise keeper").await["role"], "assessor", "who manages a case does not assess it");
    county.assess(&case, "suitable").await;
    assert_eq!(turn("sunrise assessor").await["account_name"], "sunrise keeper");
    assert!(county.case("doctor", &case).await["turn"].is_object());
    county.agree(&case).await;
    county.serve(&case).await;
    let slip = json!({ "F9": forms::f9(county, None) });
    county.act("sunrise keeper", &case, "return_to_hospital", request(county), slip).await;
    let asked = turn("sunrise keeper").await;
    let said = ["role", "command", "organisation_name"].map(|key| asked[key].as_str().unwrap().to_owned());
    assert_eq!(said, ["doctor", "confirm_hospital", "hospital"], "the hospital has not answered yet");
});

both!(a_second_signature_is_named_as_what_is_waited_for, |county| {
    let case = county.apply("doctor", 11).await.id();
    next(county, &case, "proposed", "proposed").await;
    let turn = county.case("worker", &case).await["turn"].clone();
    assert_eq!(
        (&turn["role"], &turn["command"]),
        (&json!("civil_affairs_officer"), &json!("confirm_rejection"))
    );
});

both!(a_case_manager_waits_for_the_assessor, |county| {
    let case = county.at_state(9, "accepted").await;
    let list = county.work_list("sunrise keeper", Turn::Mine).await;
    assert!(list.rows.is_empty());
    assert_eq!(list.counts.others, 1);
    let waits = county.work_list("sunrise keeper", Turn::Others).await.rows;
    assert_eq!(waits[0].next_role.as_deref(), Some("assessor"));
    county.assess(&case, "suitable").await;
    let list = county.work_list("sunrise keeper", Turn::Mine).await;
    assert_eq!((list.rows.len(), list.counts.mine), (1, 1));
});

both!(who_reads_a_work_list_with_its_tasks_and_messages_is_in_the_log, |county| {
    county.at_state(10, "registered").await;
    let app = county.app.at(county.at);
    let worker = county.scope("worker").await;
    let list = county.work_list("worker", Turn::Mine).await;
    assert_eq!(list.rows.len(), 1);
    let sql = "SELECT subject_kind, detail FROM audit WHERE account_id = $1 AND action = 'list'";
    let logged: Vec<(String, Value)> = app.db.all(sql, p![worker.account]).await.unwrap();
    let shown = json!({ "referral": 1, "task": list.tasks.len(), "message": list.messages.len(),
        "tell": list.to_tell.len(), "right": 0, "share": 0 });
    assert_eq!(logged, [("work_list".to_owned(), shown)], "one look, one entry");
});
