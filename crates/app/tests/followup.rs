//! The register of severe mental disorders: from the report card to death, visits once only, moves, emergencies, scopes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{
    App, Error, account,
    followup::{
        self, DrugFields, Opening, ProfileFields, Receipt, Sent, StepFields, VisitFields, clock,
        emergency::{self, EmergencyFields, EmergencyStep},
        list::{self, Filter},
    },
    id::Id,
    p,
    scope::{Area, Scope},
};
use common::{COUNTY, VILLAGE, number, somebody};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::Role,
    followup::{
        Class,
        desk::Deed,
        owed::What,
        register::{Recipient, State},
    },
};
use uuid::Uuid;

const TOWN: i64 = 310_115_110_000;
const OTHER_TOWN: i64 = 310_115_001_000;

pub fn morning(day: &str) -> Timestamp {
    format!("{day}T09:00:00+08:00").parse().unwrap()
}

pub fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// Who acts: the hospital that diagnoses, two townships, the county's health side.
pub struct Desk {
    pub hospital: Scope,
    pub town: Scope,
    pub other: Scope,
    pub county: Scope,
}

async fn organisation(app: &App, kind: &str, division: i64) -> Id {
    let mut tx = app.db.begin().await.unwrap();
    let id =
        account::add_organisation(app, &mut tx, kind, &format!("{kind}{division}"), division).await.unwrap();
    tx.commit().await.unwrap();
    id
}

fn at(role: Role, organisation: Id, division: i64) -> Scope {
    Scope { organisation, division, area: Area::of(division), ..somebody(role) }
}

pub async fn desk(app: &App) -> Desk {
    let hospital = organisation(app, "hospital", COUNTY).await;
    let town = organisation(app, "primary_care", TOWN).await;
    let other = organisation(app, "primary_care", OTHER_TOWN).await;
    Desk {
        hospital: at(Role::Doctor, hospital, COUNTY),
        town: at(Role::Doctor, town, TOWN),
        other: at(Role::Doctor, other, OTHER_TOWN),
        county: somebody(Role::HealthOfficer),
    }
}

pub fn card(sequence: u32) -> Opening {
    Opening {
        source: "report_card".into(),
        on: "2026-03-02".into(),
        name: "王小明".into(),
        number: number("1980-02-03", sequence),
        division: VILLAGE.to_string(),
        profile: ProfileFields {
            disorder: "01".into(),
            diagnosed_on: "2026-02-27".into(),
            hospital: "示例医院".into(),
            ..ProfileFields::default()
        },
        ..Opening::default()
    }
}

/// A visit at which nothing is out of order.
pub fn stable(on: &str) -> VisitFields {
    VisitFields {
        on: Some(day(on)),
        interviewed: "本人".into(),
        mode: Some(2),
        risk: Some(0),
        symptom_level: Some(0),
        insight: Some(1),
        danger_none: true,
        lock_up: Some(1),
        hospitalisation: Some(0),
        adherence: Some(1),
        adverse_reaction: Some(1),
        effect: Some(2),
        drugs: vec![DrugFields { name: "奥氮平".into(), times_a_day: Some(1), dose_mg: 10.0 }],
        ..VisitFields::default()
    }
}

pub fn sent(record: Id, base: Option<i64>, fields: VisitFields) -> Sent {
    Sent { record, id: Uuid::new_v4(), base, replaces: None, fields }
}

pub async fn step(app: &App, who: &Scope, record: Id, code: &str) -> app::Result<i64> {
    take(app, who, record, StepFields { step: code.into(), ..StepFields::default() }).await
}

pub async fn take(app: &App, who: &Scope, record: Id, fields: StepFields) -> app::Result<i64> {
    followup::take(app, who, record, &fields).await
}

/// A managed record in the township.
pub async fn managed(app: &App, desk: &Desk, sequence: u32) -> Id {
    let now = app.at(morning("2026-03-02"));
    let record = followup::open(&now, &desk.hospital, &card(sequence)).await.unwrap();
    step(&now, &desk.town, record, "receive").await.unwrap();
    step(&now, &desk.town, record, "agree").await.unwrap();
    record
}

async fn state(app: &App, who: &Scope, record: Id) -> State {
    followup::show(app, who, record).await.unwrap().record.state
}

pub fn code(error: Error) -> String {
    match error {
        Error::Refused(refusal) => refusal.code,
        Error::Invalid(problems) => {
            problems.iter().map(|p| format!("{}:{}", p.field, p.code)).collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

both!(a_record_goes_from_the_report_card_to_the_visits, |app| {
    let desk = desk(app).await;
    let now = app.at(morning("2026-03-02"));
    let record = followup::open(&now, &desk.hospital, &card(1)).await.unwrap();
    let view = followup::show(&now, &desk.town, record).await.unwrap();
    assert_eq!(
        (view.record.state, view.owed[0].what, view.owed[0].by),
        (State::Reported, What::Receipt, day("2026-03-04"))
    );
    assert_eq!(view.name, "王小明");
    let again = followup::open(&now, &desk.county, &card(1)).await.unwrap_err();
    assert_eq!(code(again), "smd_record_exists", "a person has one record");
    assert_eq!(code(step(&now, &desk.hospital, record, "receive").await.unwrap_err()), "smd_not_yours");
    step(&now, &desk.town, record, "receive").await.unwrap();
    step(&now, &desk.town, record, "agree").await.unwrap();
    let view = followup::show(&now, &desk.town, record).await.unwrap();
    assert_eq!(
        (view.record.state, view.owed[0].what, view.owed[0].by),
        (State::Managed, What::FirstVisit, day("2026-03-16"))
    );
    // The rules fill in class and next day; what is wrong is told by field.
    let later = app.at(morning("2026-03-09"));
    let fields = VisitFields { risk: Some(3), ..stable("2026-03-09") };
    let seen = followup::outlook(&later, &desk.town, record, &fields).await.unwrap();
    assert_eq!(seen.computed.unwrap().rule.code(), "U1");
    assert_eq!(seen.latest, Some(day("2026-03-23")));
    assert_eq!(
        seen.problems.iter().map(|p| p.code.as_str()).collect::<Vec<_>>(),
        ["danger_without_referral"]
    );
    let refused = followup::record(&later, &desk.town, &sent(record, None, fields)).await.unwrap_err();
    assert_eq!(code(refused), "risk:danger_without_referral");
    let visit = sent(record, Some(view.version), stable("2026-03-09"));
    let receipt = followup::record(&later, &desk.town, &visit).await.unwrap();
    assert_eq!(
        (receipt.class, receipt.rule.as_deref(), receipt.next_due),
        (Some(Class::Stable), Some("S1"), Some(day("2026-06-09")))
    );
    assert_eq!(receipt.term.as_deref(), Some("stable"));
    // Sent again it is the same visit, whatever version was seen.
    let same = followup::record(&later, &desk.town, &visit).await.unwrap();
    assert_eq!(same, Receipt { repeated: true, ..receipt.clone() });
    assert_eq!(followup::visits(&later, &desk.town, record, None).await.unwrap().len(), 1);
    let other = Sent { fields: stable("2026-03-08"), ..visit.clone() };
    assert_eq!(code(followup::record(&later, &desk.town, &other).await.unwrap_err()), "id:key_reused");
    // Somebody saw an older version.
    let old = followup::record(&later, &desk.town, &sent(record, Some(view.version), stable("2026-03-09")))
        .await
        .unwrap_err();
    assert!(
        matches!(old, Error::Changed { expected, found } if expected == view.version && found == receipt.version)
    );
    let view = followup::show(&later, &desk.town, record).await.unwrap();
    assert_eq!(
        (view.class, view.owed[0].what, view.owed[0].entry),
        (Some(Class::Stable), What::Visit, "stable")
    );
});

both!(the_next_day_follows_the_course_of_the_class, |app| {
    let desk = desk(app).await;
    let record = managed(app, &desk, 1).await;
    // Domain case 2: basically stable, again, then improved.
    let basically =
        |on: &str, effect| VisitFields { symptom_level: Some(1), effect: Some(effect), ..stable(on) };
    for (on, effect, next) in
        [("2026-03-03", 3, "2026-03-17"), ("2026-03-17", 3, "2026-04-17"), ("2026-04-17", 2, "2026-07-17")]
    {
        let now = app.at(morning(on));
        let receipt =
            followup::record(&now, &desk.town, &sent(record, None, basically(on, effect))).await.unwrap();
        assert_eq!(
            (receipt.class, receipt.next_due),
            (Some(Class::BasicallyStable), Some(day(next))),
            "{on}"
        );
    }
    let now = app.at(morning("2026-04-20"));
    let late = VisitFields { next_on: Some(day("2026-09-01")), ..stable("2026-04-20") };
    let refused = followup::record(&now, &desk.town, &sent(record, None, late)).await.unwrap_err();
    assert_eq!(code(refused), "next_on:next_date_too_late");
    let missed = VisitFields { on: Some(day("2026-04-20")), lost: Some(1), ..VisitFields::default() };
    let receipt = followup::record(&now, &desk.town, &sent(record, None, missed)).await.unwrap();
    assert_eq!((receipt.class, receipt.next_due), (None, Some(day("2026-05-04"))));
    let view = followup::show(&now, &desk.town, record).await.unwrap();
    assert_eq!((view.owed[0].what, view.class), (What::Retry, Some(Class::BasicallyStable)));
});

both!(what_a_visit_says_of_the_record_follows_and_is_taken_back_with_it, |app| {
    let desk = desk(app).await;
    let record = managed(app, &desk, 1).await;
    let now = app.at(morning("2026-03-10"));
    let inside = VisitFields { mode: Some(4), hospitalisation: Some(1), ..stable("2026-03-10") };
    let admitted = followup::record(&now, &desk.town, &sent(record, None, inside)).await.unwrap();
    assert_eq!((admitted.state.as_str(), admitted.next_due), ("hospital", None));
    assert_eq!(followup::show(&now, &desk.town, record).await.unwrap().owed, []);
    let out = VisitFields {
        hospitalisation: Some(2),
        last_discharge: Some(day("2026-03-18")),
        ..stable("2026-03-20")
    };
    let later = app.at(morning("2026-03-20"));
    let back = followup::record(&later, &desk.town, &sent(record, None, out)).await.unwrap();
    assert_eq!(back.state, "managed");
    // The discharge needs the admission: it cannot be voided first.
    let refused = followup::void(&later, &desk.town, admitted.id, "录错").await.unwrap_err();
    assert_eq!(code(refused), "visit_followed");
    assert!(
        followup::look(&later, &desk.town, admitted.id).await.unwrap().voided.is_none(),
        "nothing was stored"
    );
    assert_eq!(code(followup::void(&later, &desk.town, back.id, " ").await.unwrap_err()), "reason:required");
    assert_eq!(
        code(followup::void(&later, &desk.county, back.id, "录错").await.unwrap_err()),
        "smd_not_yours"
    );
    followup::void(&later, &desk.town, back.id, "录错了人").await.unwrap();
    assert_eq!(state(&later, &desk.town, record).await, State::Hospital);
    assert_eq!(code(followup::void(&later, &desk.town, back.id, "录错").await.unwrap_err()), "visit_voided");
    let seen = followup::look(&later, &desk.town, back.id).await.unwrap();
    assert_eq!(seen.voided.unwrap().2, "录错了人");
    // A death that was no death.
    step(&later, &desk.town, record, "discharge").await.unwrap();
    let death = VisitFields {
        on: Some(day("2026-03-20")),
        death_on: Some(day("2026-03-19")),
        death_cause: Some("heart".into()),
        death_source: "家属".into(),
        ..VisitFields::default()
    };
    let died = followup::record(&later, &desk.town, &sent(record, None, death)).await.unwrap();
    assert_eq!(died.state, "deceased");
    let refused =
        followup::record(&later, &desk.town, &sent(record, None, stable("2026-03-20"))).await.unwrap_err();
    assert_eq!(code(refused), "wrong_state");
    followup::void(&later, &desk.town, died.id, "同名他人").await.unwrap();
    assert_eq!(state(&later, &desk.town, record).await, State::Managed);
});

both!(until_a_move_is_accepted_the_sender_stays_in_charge, |app| {
    let desk = desk(app).await;
    let record = managed(app, &desk, 1).await;
    let now = app.at(morning("2026-03-10"));
    assert!(matches!(followup::show(&now, &desk.other, record).await, Err(Error::NotFound)));
    let nowhere =
        StepFields { step: "move_out".into(), to: Some(desk.hospital.organisation), ..StepFields::default() };
    assert_eq!(code(take(&now, &desk.town, record, nowhere).await.unwrap_err()), "to:unknown_choice");
    let leaving =
        StepFields { step: "move_out".into(), to: Some(desk.other.organisation), ..StepFields::default() };
    take(&now, &desk.town, record, leaving.clone()).await.unwrap();
    let view = followup::show(&now, &desk.other, record).await.unwrap();
    assert_eq!(view.offers, [Deed::AcceptMove, Deed::DeclineMove]);
    assert!(view.owed.iter().any(|owed| owed.what == What::MoveAnswer && owed.by == day("2026-03-24")));
    let arriving = Filter { arriving: true, ..Filter::default() };
    assert_eq!(list::page(&now, &desk.other, &arriving).await.unwrap().total, 1);
    assert_eq!(code(step(&now, &desk.other, record, "decline_move").await.unwrap_err()), "note:required");
    let words =
        StepFields { step: "decline_move".into(), note: "不住本镇".into(), ..StepFields::default() };
    take(&now, &desk.other, record, words).await.unwrap();
    assert_eq!(state(&now, &desk.town, record).await, State::Managed);
    assert!(matches!(followup::show(&now, &desk.other, record).await, Err(Error::NotFound)));
    take(&now, &desk.town, record, leaving).await.unwrap();
    // The sender still visits.
    followup::record(&now, &desk.town, &sent(record, None, stable("2026-03-10"))).await.unwrap();
    step(&now, &desk.other, record, "accept_move").await.unwrap();
    let view = followup::show(&now, &desk.other, record).await.unwrap();
    assert_eq!(
        (view.record.state, view.division, view.record.in_charge),
        (State::Managed, OTHER_TOWN, desk.other.organisation.0)
    );
    assert!(
        matches!(followup::show(&now, &desk.town, record).await, Err(Error::NotFound)),
        "it went with the person"
    );
});

both!(whoever_is_lost_is_told_of_in_writing_and_found_by_a_visit, |app| {
    let desk = desk(app).await;
    let record = managed(app, &desk, 1).await;
    let now = app.at(morning("2026-03-10"));
    let lost = StepFields { step: "lose".into(), lost: Some(3), ..StepFields::default() };
    take(&now, &desk.town, record, lost).await.unwrap();
    let view = followup::show(&now, &desk.town, record).await.unwrap();
    let tell: Vec<Recipient> = view.to_tell.iter().map(|(_, who)| *who).collect();
    assert_eq!(tell, [Recipient::ManagementGroup, Recipient::CountyInstitution]);
    let (event, who) = view.to_tell[0];
    followup::told(&now, &desk.town, record, event, who, "书面").await.unwrap();
    let view = followup::show(&now, &desk.town, record).await.unwrap();
    assert_eq!(view.to_tell.len(), 1);
    assert_eq!(code(followup::told(&now, &desk.town, record, event, who, "").await.unwrap_err()), "smd_told");
    let found = followup::record(&now, &desk.town, &sent(record, None, stable("2026-03-10"))).await.unwrap();
    assert_eq!(found.state, "managed");
});

both!(of_two_commands_on_one_version_the_second_is_told, |app| {
    let desk = desk(app).await;
    let record = managed(app, &desk, 1).await;
    let now = app.at(morning("2026-03-10"));
    let version = followup::show(&now, &desk.town, record).await.unwrap().version;
    let admit = StepFields { step: "admit".into(), version: Some(version), ..StepFields::default() };
    take(&now, &desk.town, record, admit).await.unwrap();
    let lose =
        StepFields { step: "lose".into(), lost: Some(3), version: Some(version), ..StepFields::default() };
    let error = take(&now, &desk.town, record, lose).await.unwrap_err();
    assert!(
        matches!(error, Error::Changed { expected, found } if (expected, found) == (version, version + 1)),
        "{error}"
    );
    let profile = ProfileFields {
        disorder: "04".into(),
        diagnosed_on: "2026-02-27".into(),
        guardian_name: "王大".into(),
        economy: "1".into(),
        ..ProfileFields::default()
    };
    let error =
        followup::change_profile(&now, &desk.town, record, Some(version), &profile).await.unwrap_err();
    assert!(matches!(error, Error::Changed { .. }));
    followup::change_profile(&now, &desk.town, record, Some(version + 1), &profile).await.unwrap();
    let view = followup::show(&now, &desk.town, record).await.unwrap();
    assert_eq!((view.profile.disorder.as_str(), view.profile.poor), ("04", Some(true)));
});

both!(an_emergency_runs_its_clocks_until_everything_is_done, |app| {
    let desk = desk(app).await;
    let record = managed(app, &desk, 1).await;
    let at = |text: &str| -> Timestamp { format!("2026-03-10T{text}:00+08:00").parse().unwrap() };
    let now = app.at(at("10:00"));
    let fields = EmergencyFields {
        trigger: "harm_to_others".into(),
        began_at: "2026-03-10T09:00".into(),
        risk: Some(4),
        words: "持棍".into(),
    };
    let id = emergency::begin(&now, &desk.town, record, &fields).await.unwrap();
    let open = list::due(&now, &desk.county, None).await.unwrap().emergencies;
    assert_eq!((open.len(), open[0].due_at), (1, "2026-03-11T01:00:00Z".parse().unwrap()));
    let check = EmergencyStep { step: "check".into(), stable: Some(true), ..EmergencyStep::default() };
    assert_eq!(
        code(emergency::act(&now, &desk.town, id, &check).await.unwrap_err()),
        "emergency_not_handled"
    );
    let handled = EmergencyStep {
        step: "handled".into(),
        outcome: "on_site".into(),
        at: "2026-03-10T09:30".into(),
        ..EmergencyStep::default()
    };
    emergency::act(&now, &desk.town, id, &handled).await.unwrap();
    let open = list::due(&now, &desk.town, None).await.unwrap().emergencies;
    assert_eq!(open[0].due_at, at("13:30"), "a check every four hours");
    // Nobody looked: the clock tells, once for each deadline.
    assert_eq!(clock::escalate(&app.at(at("14:00"))).await.unwrap(), 1);
    assert_eq!(clock::escalate(&app.at(at("14:00"))).await.unwrap(), 0);
    for (time, step) in [("14:05", "police_told"), ("14:10", "recorded"), ("14:15", "consented")] {
        let done = EmergencyStep { step: step.into(), ..EmergencyStep::default() };
        emergency::act(&app.at(at(time)), &desk.town, id, &done).await.unwrap();
    }
    for time in ["14:20", "18:20"] {
        emergency::act(&app.at(at(time)), &desk.town, id, &check).await.unwrap();
    }
    let over = app.at(at("18:30"));
    let shown = emergency::show(&over, &desk.town, id).await.unwrap();
    assert!(shown.closed_at.is_some() && shown.duties.is_empty() && !shown.may_act);
    assert_eq!(shown.emergency.checks.len(), 2);
    assert_eq!(code(emergency::act(&over, &desk.town, id, &check).await.unwrap_err()), "emergency_over");
    assert!(matches!(emergency::show(&over, &desk.other, id).await, Err(Error::NotFound)));
    assert!(list::due(&over, &desk.town, None).await.unwrap().emergencies.is_empty());
});

both!(lists_are_filtered_paged_by_key_and_keep_to_the_scope, |app| {
    let desk = desk(app).await;
    for sequence in 1..=60 {
        managed(app, &desk, sequence).await;
    }
    let now = app.at(morning("2026-03-17"));
    let first = list::page(&now, &desk.town, &Filter::default()).await.unwrap();
    assert_eq!((first.lines.len(), first.total), (50, 60));
    let second =
        list::page(&now, &desk.town, &Filter { after: first.next, ..Filter::default() }).await.unwrap();
    assert_eq!((second.lines.len(), second.next), (10, None));
    let mut ids: Vec<Id> = first.lines.iter().chain(&second.lines).map(|line| line.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 60);
    let visited = ids[0];
    let fields = VisitFields { symptom_level: Some(2), ..stable("2026-03-17") };
    followup::record(&now, &desk.town, &sent(visited, None, fields)).await.unwrap();
    for (filter, expected) in [
        (Filter { overdue: true, ..Filter::default() }, 59),
        (Filter { class: Some(Class::Unstable), ..Filter::default() }, 1),
        (Filter { state: Some(State::Lost), ..Filter::default() }, 0),
        (Filter { division: Some(VILLAGE), ..Filter::default() }, 60),
        (Filter { division: Some(OTHER_TOWN), ..Filter::default() }, 0),
    ] {
        assert_eq!(list::page(&now, &desk.town, &filter).await.unwrap().total, expected, "{filter:?}");
        assert_eq!(list::page(&now, &desk.county, &filter).await.unwrap().total, expected, "{filter:?}");
        assert_eq!(list::page(&now, &desk.other, &filter).await.unwrap().total, 0);
    }
    let due = list::due(&now, &desk.town, None).await.unwrap();
    assert_eq!((due.overdue, due.today, due.ahead), (59, 0, 0));
    assert_eq!(list::waiting(&now, &desk.town).await.unwrap(), Some((59, 0)));
    assert_eq!(list::waiting(&now, &common::worker()).await.unwrap(), None);
    // Each deadline is told once.
    assert_eq!(clock::escalate(&now).await.unwrap(), 59);
    assert_eq!(clock::escalate(&now).await.unwrap(), 0);
    let (lines, code) = list::export(&now, &desk.town, &Filter::default()).await.unwrap();
    assert!(lines.len() == 60 && !code.is_empty());
});

both!(who_sees_a_record_and_what_lies_in_the_database, |app| {
    let desk = desk(app).await;
    let record = managed(app, &desk, 1).await;
    let now = app.at(morning("2026-03-10"));
    let fields =
        VisitFields { risk: Some(2), override_reason: "家属反映".into(), ..stable("2026-03-10") };
    let receipt = followup::record(&now, &desk.town, &sent(record, None, fields)).await.unwrap();
    let village = at(Role::Doctor, organisation(app, "primary_care", VILLAGE).await, VILLAGE);
    for who in [&desk.town, &desk.hospital, &desk.county, &village] {
        assert!(followup::show(&now, who, record).await.is_ok(), "{:?}", who.role);
        assert!(followup::look(&now, who, receipt.id).await.is_ok());
    }
    let elsewhere = at(Role::HealthOfficer, desk.county.organisation, 310_101_000_000);
    for who in [&desk.other, &elsewhere] {
        assert!(matches!(followup::show(&now, who, record).await, Err(Error::NotFound)));
        assert!(matches!(followup::look(&now, who, receipt.id).await, Err(Error::NotFound)));
    }
    for role in
        [Role::ReferralWorker, Role::CivilAffairsOfficer, Role::Committee, Role::Auditor, Role::Client]
    {
        assert!(
            matches!(followup::show(&now, &somebody(role), record).await, Err(Error::Forbidden)),
            "{role:?}"
        );
    }
    // The desk learns the grade alone, civil affairs would have to state a purpose.
    let person = followup::show(&now, &desk.town, record).await.unwrap().person;
    let risk = followup::shared_risk(&now, &common::worker(), person).await.unwrap().unwrap();
    assert_eq!((risk.risk, risk.on), (2, day("2026-03-10")));
    assert_eq!(
        followup::shared_risk(&now, &somebody(Role::CivilAffairsOfficer), person).await.unwrap(),
        None
    );
    for (sql, secret) in [
        ("SELECT content FROM followup_visit /* whole: a test looks */", "奥氮平"),
        ("SELECT content FROM smd_record /* whole: a test looks */", "示例医院"),
        ("SELECT content FROM smd_event /* whole: a test looks */", "示例医院"),
    ] {
        for (content,) in app.db.all::<(Vec<u8>,)>(sql, p![]).await.unwrap() {
            assert!(!String::from_utf8_lossy(&content).contains(secret), "{sql}");
        }
    }
    let sql = "SELECT action FROM audit /* whole: a test looks */ WHERE subject_id = $1 AND account_id = $2";
    let logged = app.db.all::<(String,)>(sql, p![record, desk.county.account]).await.unwrap();
    assert_eq!(logged.iter().filter(|(action,)| action == "read").count(), 2);
});

/// Any course of steps, visits and voids: what the row says is always what its events and visits add up to.
async fn any_course(app: &App, desk: &Desk, seed: u64) {
    // A chance that is the same for the same seed (Knuth's linear congruence).
    let mut state = seed;
    let mut chance = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let record = managed(app, desk, u32::try_from(seed % 900).unwrap() + 1).await;
    let mut today = day("2026-03-02");
    let mut visits: Vec<Id> = Vec::new();
    for _ in 0..14 {
        today = today.saturating_add(jiff::Span::new().days(chance(40) as i64));
        let now = app.at(morning(&today.to_string()));
        let on = today.to_string();
        match chance(10) {
            0..5 => {
                let mut fields = VisitFields { symptom_level: Some(chance(3) as u8), ..stable(&on) };
                match chance(8) {
                    0 => fields = VisitFields { on: Some(today), lost: Some(5), ..VisitFields::default() },
                    1 => (fields.mode, fields.hospitalisation) = (Some(4), Some(1)),
                    2 => (fields.hospitalisation, fields.last_discharge) = (Some(2), Some(today)),
                    _ => {}
                }
                if let Ok(receipt) = followup::record(&now, &desk.town, &sent(record, None, fields)).await {
                    visits.push(receipt.id);
                }
            }
            5 | 6 => {
                if !visits.is_empty() {
                    let visit = visits[chance(visits.len() as u64) as usize];
                    let _ = followup::void(&now, &desk.town, visit, "录错").await;
                }
            }
            _ => {
                let steps =
                    ["disagree", "agree", "lose", "find", "admit", "discharge", "move_out", "accept_move"];
                let step = steps[chance(8) as usize];
                let fields = StepFields {
                    step: step.into(),
                    note: "说明".into(),
                    lost: Some(3),
                    to: Some(desk.other.organisation),
                    ..StepFields::default()
                };
                for who in [&desk.town, &desk.other] {
                    let _ = take(&now, who, record, fields.clone()).await;
                }
            }
        }
        let checked = followup::check::check(&now).await.unwrap();
        assert_eq!(checked.drifted, [], "seed {seed} on {on}");
    }
}

both!(a_record_is_always_what_its_events_and_visits_add_up_to, |app| {
    let desk = desk(app).await;
    for seed in 0..6 {
        any_course(app, &desk, seed).await;
    }
    // A row that somebody changed is named.
    let sql = "UPDATE smd_record SET due_on = $1 /* whole: a test changes */ WHERE state = 'managed'";
    let changed = app.db.run(sql, p![day("2030-01-01")]).await.unwrap();
    let checked = followup::check::check(app).await.unwrap();
    assert_eq!(checked.drifted.len() as u64, changed);
    assert!(checked.computed >= 6);
});
