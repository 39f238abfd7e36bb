//! How the records are made that are asked for.

use crate::common::{self, County, VILLAGE, forms};
use app::{
    id::Id,
    import::{Keep, NewImport},
    p,
};
use rules::account::Role;
use std::collections::BTreeMap;

pub async fn list(county: &County, who: &str, kind: &str, sender: &str, text: &str) -> Id {
    let app = county.app.at(county.at);
    let scope = county.scope(who).await;
    let new = NewImport { kind, sender, file_name: "list.csv" };
    let id = app::import::stage(&app, &scope, &new, text.as_bytes()).await.unwrap();
    app::import::check(&app, &scope, id).await.unwrap();
    let version = app::import::get(&app, &scope, id).await.unwrap().version;
    app::import::apply(&app, &scope, id, version, Keep { valid: true, unverified: true }).await.unwrap();
    id
}

pub async fn one(county: &County, sql: &str, args: Vec<app::db::Value>) -> String {
    county.app.db.opt::<(Id,)>(sql, args).await.unwrap().expect(sql).0.to_string()
}

/// A question of each role that asks, one that the doctor took, and one that is late, of which the county's health side learns.
pub async fn questions(county: &County) -> BTreeMap<Role, String> {
    let app = county.app.at(county.at);
    let mut found = BTreeMap::new();
    for (role, who) in [
        (Role::InstitutionManager, "sunrise manager"),
        (Role::CaseManager, "sunrise keeper"),
        (Role::Assessor, "sunrise assessor"),
        (Role::Doctor, "sunrise keeper"),
        (Role::HealthOfficer, "sunrise keeper"),
    ] {
        let entry = app::question::AskEntry {
            hospital: county.id("hospital"),
            topic: "medication".into(),
            urgency: "ordinary".into(),
            subject: "x".into(),
            text: "x".into(),
            ..app::question::AskEntry::default()
        };
        let asker = county.scope(who).await;
        let id = app::question::ask(&app, &asker, &entry, None).await.unwrap();
        if role == Role::Doctor {
            let take = app::question::StepEntry { step: "take".into(), version: 1, ..Default::default() };
            app::question::step(&app, &county.scope("doctor").await, id, &take).await.unwrap();
        }
        if role == Role::HealthOfficer {
            let late = "UPDATE question SET due_at = $1 WHERE home = $2 AND id = $3";
            let past = county.at - jiff::SignedDuration::from_hours(1);
            app.db.run(late, p![past, id.home_number(), id]).await.unwrap();
        }
        found.insert(role, id.to_string());
    }
    found
}

/// A conference in which everybody takes part who may.
pub async fn conference(county: &County, case: Id) -> String {
    let persons = [
        "committee clerk",
        "worker",
        "officer",
        "doctor",
        "sunrise keeper",
        "sunrise assessor",
        "health officer",
        "federation officer",
    ];
    let entry = app::conference::PlanEntry {
        title: "x".into(),
        on: "2026-03-02".into(),
        start: "15:00".into(),
        minutes: "60".into(),
        way: "room".into(),
        place: "x".into(),
        persons: persons.iter().map(|who| county.id(who)).collect(),
        cases: vec![app::conference::CaseEntry {
            kind: "case".into(),
            id: case.to_string(),
            question: "x".into(),
        }],
        agreed: true,
        ..app::conference::PlanEntry::default()
    };
    let manager = county.scope("sunrise manager").await;
    app::conference::plan(&county.app.at(county.at), &manager, &entry, None).await.unwrap().to_string()
}

/// Something that a case manager undertook to do.
pub async fn agreed_task(county: &County) -> String {
    let (source, id) = (county.ids["sunrise"].beside(county.at), county.ids["sunrise"].beside(county.at));
    let sql = "INSERT INTO agreed_task (home, id, source_kind, source_id, owner_id, owner_name, due_on, content, made_by_name, made_at,
        version) VALUES ($1, $2, 'question', $3, $4, 'x', $5, $6, 'x', $7, 1)";
    let content = county.app.keys.seal(r#"{"what":"x","note":""}"#).unwrap();
    let due = rules::clock::china_date(county.at);
    let args = p![id.home_number(), id, source, county.ids["sunrise keeper"], due, content, county.at];
    county.app.db.run(sql, args).await.unwrap();
    id.to_string()
}

/// A note of the hospital that was withdrawn: its page stands, and it is in no list.
pub async fn note(county: &County) -> String {
    let id = county.ids["hospital"].beside(county.at);
    let sql = "INSERT INTO question_note (id, topic, title, body, hospital_id, hospital_name, county, author_id, author_name,
        published_at, withdrawn_at, withdrawn_for, version) VALUES ($1, 'other', 'x', 'x', $2, 'x', $3, $4, 'x', $5, $5, 'x', 1)";
    let args = p![id, county.ids["hospital"], common::COUNTY, county.ids["doctor"], county.at];
    county.app.db.run(sql, args).await.unwrap();
    id.to_string()
}

/// Openings of people of another county's records would need another county: these are of one that nobody here sees. The
/// doctor's is late, so that everybody who judges may.
pub async fn openings(county: &County) -> BTreeMap<Role, String> {
    let mut openings = BTreeMap::new();
    let reason = county.app.keys.seal("a reason that a second person judges").unwrap();
    for (role, who) in [
        (Role::Doctor, "doctor"),
        (Role::ReferralWorker, "worker"),
        (Role::CivilAffairsOfficer, "officer"),
        (Role::HealthOfficer, "health officer"),
        (Role::Supervisor, "supervisor"),
    ] {
        let (case, id) = (county.ids["sunrise"].beside(county.at), county.ids["sunrise"].beside(county.at));
        let hour = jiff::SignedDuration::from_hours(1);
        let due = if role == Role::Doctor { county.at - hour } else { county.at + hour };
        let sql = "INSERT INTO emergency_access (home, id, account_id, role, organisation_id, subject_kind, subject_id,
            division, basis, reason, at, ends_at, review_due_at)
            VALUES ($1, $2, $3, $4, $5, 'referral', $6, $7, 'emergency', $8, $9, $10, $11)";
        let args = p![
            id.home_number(),
            id,
            county.ids[who],
            role.code(),
            county.ids["office"],
            case,
            common::COUNTY,
            reason.clone(),
            county.at,
            county.at + hour,
            due
        ];
        county.app.db.run(sql, args).await.unwrap();
        openings.insert(role, id.to_string());
    }
    openings
}

/// A share that was opened once, so that its recipient, the office, knows of it, and an agreed research project.
pub async fn connectors(county: &County) -> (String, String) {
    let (app, officer) = (county.app.at(county.at), county.scope("officer").await);
    let entry = app::share::ShareEntry {
        recipient: county.id("office"),
        basis: "consent_departments".into(),
        kinds: vec!["need_registered".into()],
        agreement: "协议1号".into(),
        agreed_on: "2026-01-05".into(),
    };
    let share = app::share::draft(&app, &officer, &entry).await.unwrap();
    let sql = "UPDATE share SET opened_at = $1, state = 'suspended' WHERE id = $2";
    app.db.run(sql, p![county.at, share]).await.unwrap();
    let entry = app::research::ProjectEntry {
        title: "社区康复效果".into(),
        institution: "测试大学".into(),
        ethics_number: "伦审1号".into(),
        ethics_on: "2026-01-05".into(),
        agreement: "数据1号".into(),
        agreed_on: "2026-01-05".into(),
        purpose: "研究社区康复对再入院次数的影响,需要性别、年龄段和日期".into(),
        fields: vec!["sex".into()],
        until_on: "2026-12-31".into(),
    };
    let project = app::research::ask(&app, &county.scope("worker").await, &entry).await.unwrap();
    app::research::decide(&app, &officer, project, true, "").await.unwrap();
    (share.to_string(), project.to_string())
}

/// A record of the follow-up that the hospital reported, with a visit and an emergency.
pub async fn followed(county: &County) -> [(&'static str, String); 5] {
    use app::followup::{self, Opening, ProfileFields, emergency::EmergencyFields};
    let (app, doctor) = (county.app.at(county.at), county.scope("doctor").await);
    let opening = Opening {
        source: "report_card".into(),
        on: "2026-03-02".into(),
        name: "郑随访".into(),
        number: forms::identity_number(8),
        division: VILLAGE.to_string(),
        profile: ProfileFields {
            disorder: "01".into(),
            diagnosed_on: "2026-02-27".into(),
            ..ProfileFields::default()
        },
        ..Opening::default()
    };
    // The hospital keeps the case and is in charge of it, so that the doctor reaches everything.
    let hospital = county.ids["hospital"];
    let kind = async |kind: &str| {
        app.db.run("UPDATE organisation SET kind = $1 WHERE id = $2", p![kind, hospital]).await.unwrap();
    };
    kind("primary_care").await;
    let opening = Opening { in_charge: Some(hospital), ..opening };
    let record = followup::open(&app, &doctor, &opening).await.unwrap();
    kind("hospital").await;
    for step in ["receive", "agree"] {
        let fields = followup::StepFields { step: step.into(), ..followup::StepFields::default() };
        followup::take(&app, &doctor, record, &fields).await.unwrap();
    }
    let fields = followup::VisitFields {
        on: "2026-03-02".parse().ok(),
        mode: Some(1),
        risk: Some(0),
        symptom_level: Some(0),
        insight: Some(1),
        ..followup::VisitFields::default()
    };
    let sent = followup::Sent { record, id: record.0, base: None, replaces: None, fields };
    let visit = followup::record(&app, &doctor, &sent).await.unwrap().id;
    let fields = EmergencyFields {
        trigger: "relapse".into(),
        began_at: "2026-03-02T08:00".into(),
        risk: Some(1),
        words: "x".into(),
    };
    let emergency = followup::emergency::begin(&app, &doctor, record, &fields).await.unwrap();
    let invited = followup::examination::ExaminationFields { answer: "invited".into(), ..Default::default() };
    let examination = followup::examination::record(&app, &doctor, record, &invited).await.unwrap();
    let (kind, fields) = crate::common::papers::supplement();
    let sent = followup::paper::Sent { kind, version: None, replaces: None, fields };
    let paper = followup::paper::write(&app, &doctor, record, &sent).await.unwrap();
    [
        ("smd record", record.to_string()),
        ("visit", visit.to_string()),
        ("emergency", emergency.to_string()),
        ("examination", examination.to_string()),
        ("paper", paper.to_string()),
    ]
}

/// A result of a scale on the case of each role that learns of it.
pub async fn results(county: &County, cases: &BTreeMap<Role, String>) -> BTreeMap<Role, String> {
    let app = county.app.at(county.at);
    let mut results = BTreeMap::new();
    for (who, case) in [("sunrise keeper", &cases[&Role::CaseManager]), ("client", &cases[&Role::Client])] {
        let scope = county.scope(who).await;
        let new = app::scale::NewResult {
            scale: "phq-9".to_owned(),
            given: app::scale::Given::Answers(vec![Some(1); 9]),
            rater: rules::scale::Rater::Own,
            mode: rules::scale::Mode::Screen,
            language: "zh-CN".to_owned(),
            seconds: None,
            made: None,
            guardian_agreed: false,
        };
        let result = app::scale::record(&app, &scope, case.parse().unwrap(), &new).await.unwrap();
        for role in Role::ALL.into_iter().filter(|role| (*role == Role::Client) == (who == "client")) {
            results.insert(role, result.id.to_string());
        }
    }
    results
}

/// A lead of each role that reaches people, with an attempt that was voided already, so that nothing changes.
pub async fn leads(county: &County, person: &str) -> BTreeMap<Role, (String, String)> {
    let (person, mut leads) = (person.parse::<Id>().unwrap(), BTreeMap::new());
    let today = rules::clock::china_date(county.at);
    for (role, who, house) in [
        (Role::InstitutionManager, "sunrise manager", "sunrise"),
        (Role::CaseManager, "sunrise keeper", "sunrise"),
        (Role::Committee, "committee clerk", "committee"),
        (Role::Doctor, "doctor", "hospital"),
        (Role::ReferralWorker, "worker", "sunrise"),
        (Role::CivilAffairsOfficer, "worker", "sunrise"),
    ] {
        let (lead, attempt) = (person.beside(county.at), person.beside(county.at));
        let sql = "INSERT INTO lead (home, id, person_id, county, division, organisation_id, given_on, given_by, given_by_name, state,
            attempts, next_on, version, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'worker', 'open', 0, $7, 1, $9)";
        let args = p![
            lead.home_number(),
            lead,
            person,
            common::COUNTY,
            VILLAGE,
            county.ids[house],
            today,
            county.ids["worker"],
            county.at
        ];
        county.app.db.run(sql, args).await.unwrap();
        let sql = "INSERT INTO contact_attempt (home, id, lead_id, entry_key, on_day, way, reached, outcome, made_by, made_by_name,
            organisation_id, at, voided_at, voided_by_name)
            VALUES ($1, $2, $3, $2, $4, 'phone', 'nobody', 'no_answer', $5, $6, $7, $8, $8, $6)";
        let args = p![
            attempt.home_number(),
            attempt,
            lead,
            today,
            county.ids[who],
            who,
            county.ids[house],
            county.at
        ];
        county.app.db.run(sql, args).await.unwrap();
        leads.insert(role, (lead.to_string(), attempt.to_string()));
    }
    leads
}

/// A session of one case, held this morning.
pub async fn care_session(app: &app::App, keeper: &app::scope::Scope, case: Id) -> Id {
    let person = app::care::Attending {
        case,
        presence: rules::care::Presence::Came,
        note: String::new(),
        fields: std::collections::BTreeMap::new(),
    };
    let entry = app::care::Entry {
        key: case,
        held: true,
        service: "S4".into(),
        way: "W10".into(),
        place: "institution".into(),
        on: rules::clock::china_date(app.now()),
        start: jiff::civil::time(7, 0, 0, 0),
        end: jiff::civil::time(8, 0, 0, 0),
        until: None,
        leader: None,
        leader_reason: String::new(),
        repeat: 0,
        persons: vec![person],
        content: app::care::SessionContent::default(),
    };
    app::care::enter(app, keeper, &Ok(entry)).await.unwrap().remove(0)
}
