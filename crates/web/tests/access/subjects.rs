//! The records that are asked for, and what is sent with a request.

use super::common::{self, County, ELSEWHERE, VILLAGE, forms};
use app::{
    account::own,
    export::order,
    id::Id,
    import::{Keep, NewImport},
    p,
    talent::{self, TalentEntry},
};
use rules::account::{Content, Deed, Role, Sight, Subject};
use serde_json::json;
use std::collections::BTreeMap;
use web::{Route, Who};

/// A record that does not exist, at home in Shanghai as those that do.
const NOTHING: &str = "01930000-0000-7080-8000-000000000000";

/// The records of the county, by what stands in the address for them.
pub struct Subjects {
    ids: BTreeMap<&'static str, String>,
    /// A case that each role reaches: who filed sees only the own ones.
    cases: BTreeMap<Role, String>,
    /// The application of each of these cases, as a form.
    applications: BTreeMap<Role, String>,
    /// An opening in an emergency of each role that may.
    openings: BTreeMap<Role, String>,
    /// Somebody to be reached, given to the organisation of each role that tries, with an attempt of that role's.
    leads: BTreeMap<Role, (String, String)>,
    /// A result of a scale of each of these cases whose readers learn of it.
    results: BTreeMap<Role, String>,
    /// A supervision of each role that takes part in one.
    meetings: BTreeMap<Role, String>,
    /// A question of each role that has to do with any.
    questions: BTreeMap<Role, String>,
}

/// Readers in other organisations of the county, and of every role in another county.
pub async fn people_the(county: &mut County) {
    for (name, kind, division) in [
        ("second committee", "committee", common::COUNTY + 110_002),
        ("second helpers", "assisting", common::COUNTY),
        ("second hospital", "hospital", common::COUNTY),
        ("second federation", "dpf", common::COUNTY),
        ("far committee", "committee", ELSEWHERE),
        ("far helpers", "assisting", ELSEWHERE),
        ("far hospital", "hospital", ELSEWHERE),
        ("far house", "institution", ELSEWHERE),
        ("far families", "platform", ELSEWHERE),
        ("health centre", "primary_care", VILLAGE - 1),
    ] {
        county.organisation(name, kind, division).await;
    }
    for (name, role, organisation) in [
        ("neighbour client", "client", "families"),
        ("neighbour helper", "assisting_subject", "second helpers"),
        ("neighbour clerk", "committee", "second committee"),
        ("neighbour doctor", "doctor", "second hospital"),
        ("second health officer", "health_officer", "office"),
        ("second federation officer", "dpf_officer", "second federation"),
        ("second supervisor", "supervisor", "office"),
        ("second auditor", "auditor", "office"),
        ("second administrator", "administrator", "office"),
        ("second security", "security_administrator", "office"),
        ("far client", "client", "far families"),
        ("far helper", "assisting_subject", "far helpers"),
        ("far clerk", "committee", "far committee"),
        ("far officer", "civil_affairs_officer", "other office"),
        ("far doctor", "doctor", "far hospital"),
        ("far manager", "institution_manager", "far house"),
        ("far keeper", "case_manager", "far house"),
        ("far assessor", "assessor", "far house"),
        ("far health officer", "health_officer", "other office"),
        ("far federation officer", "dpf_officer", "other office"),
        ("far supervisor", "supervisor", "other office"),
        ("far auditor", "auditor", "other office"),
        ("far administrator", "administrator", "other office"),
        ("far security", "security_administrator", "other office"),
    ] {
        county.account(name, role, organisation).await;
    }
}

async fn list(county: &County, who: &str, kind: &str, sender: &str, text: &str) -> Id {
    let app = county.app.at(county.at);
    let scope = county.scope(who).await;
    let new = NewImport { kind, sender, file_name: "list.csv" };
    let id = app::import::stage(&app, &scope, &new, text.as_bytes()).await.unwrap();
    app::import::check(&app, &scope, id).await.unwrap();
    let version = app::import::get(&app, &scope, id).await.unwrap().version;
    app::import::apply(&app, &scope, id, version, Keep { valid: true, unverified: true }).await.unwrap();
    id
}

async fn one(county: &County, sql: &str, args: Vec<app::db::Value>) -> String {
    county.app.db.opt::<(Id,)>(sql, args).await.unwrap().expect(sql).0.to_string()
}

/// A question of each role that asks, one that the doctor took, and one that is late, of which the county's health side learns.
async fn questions(county: &County) -> BTreeMap<Role, String> {
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
async fn conference(county: &County, case: Id) -> String {
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
async fn agreed_task(county: &County) -> String {
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
async fn note(county: &County) -> String {
    let id = county.ids["hospital"].beside(county.at);
    let sql = "INSERT INTO question_note (id, topic, title, body, hospital_id, hospital_name, county, author_id, author_name,
        published_at, withdrawn_at, withdrawn_for, version) VALUES ($1, 'other', 'x', 'x', $2, 'x', $3, $4, 'x', $5, $5, 'x', 1)";
    let args = p![id, county.ids["hospital"], common::COUNTY, county.ids["doctor"], county.at];
    county.app.db.run(sql, args).await.unwrap();
    id.to_string()
}

/// Openings of people of another county's records would need another county: these are of one that nobody here sees. The
/// doctor's is late, so that everybody who judges may.
async fn openings(county: &County) -> BTreeMap<Role, String> {
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
async fn connectors(county: &County) -> (String, String) {
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
async fn followed(county: &County) -> [(&'static str, String); 5] {
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
async fn results(county: &County, cases: &BTreeMap<Role, String>) -> BTreeMap<Role, String> {
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
async fn leads(county: &County, person: &str) -> BTreeMap<Role, (String, String)> {
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
async fn care_session(app: &app::App, keeper: &app::scope::Scope, case: Id) -> Id {
    let person = app::care::Attending { case, presence: rules::care::Presence::Came, note: String::new() };
    let entry = app::care::Entry {
        key: case,
        held: true,
        service: "S4".into(),
        way: "W10".into(),
        place: "institution".into(),
        on: rules::clock::china_date(app.now()),
        start: jiff::civil::time(7, 0, 0, 0),
        end: jiff::civil::time(8, 0, 0, 0),
        leader: None,
        repeat: 0,
        persons: vec![person],
        content: app::care::SessionContent::default(),
    };
    app::care::enter(app, keeper, &Ok(entry)).await.unwrap().remove(0)
}

impl Subjects {
    /// Lists, persons on two of them, a possible double, cases of every filer, talent, and accounts.
    pub async fn make(county: &mut County) -> Subjects {
        let mut ids = BTreeMap::new();
        let person = |name: &str| format!("{name},男,1980-02-03,{VILLAGE},13900001234");
        let patients = format!("姓名,性别,出生日期,区划代码,联系电话\n{}\n", person("欧阳小明"));
        let import = list(county, "health officer", "smd", "卫健局", &patients).await;
        let number = "99010119800203001";
        let check = rules::identity_number::check_character(number).unwrap();
        let certified = person("欧阳晓明");
        let certified =
            format!("姓名,性别,出生日期,区划代码,联系电话,残疾人证号\n{certified},{number}{check}62\n");
        let dpf_import = list(county, "federation officer", "dpf", "残联", &certified).await;
        let in_health =
            one(county, "SELECT id FROM person /* whole: a test looks */ WHERE in_health", p![]).await;
        let in_dpf = one(county, "SELECT id FROM person /* whole: a test looks */ WHERE in_dpf", p![]).await;
        let pair = one(county, "SELECT id FROM candidate_pair /* whole: a test looks */ LIMIT 1", p![]).await;
        let record =
            one(county, "SELECT id FROM source_record /* whole: a test looks */ LIMIT 1", p![]).await;
        let served = county.at_state(1, "referred").await;
        let about: Id = served.parse().unwrap();
        let args = || p![about.home_number(), about];
        let slip = "SELECT id FROM message WHERE home = $1 AND referral_id = $2 AND kind = 'referral_slip'";
        let slip = one(county, slip, args()).await;
        county.accept(&served).await;
        county.assess(&served, "suitable").await;
        county.agree(&served).await;
        county.serve(&served).await;
        let task = "INSERT INTO task (home, id, referral_id, kind, to_party, to_organisation, county, division, created_at)
            SELECT home, $1, id, 'emergency', 'institution', institution_id, county, division, $2 FROM referral
            WHERE home = $3 AND id = $4";
        let (task_id, told) = (about.beside(county.at), about.beside(county.at));
        county.app.db.run(task, p![task_id, county.at, about.home_number(), about]).await.unwrap();
        let outside =
            "INSERT INTO message (home, id, referral_id, kind, to_party, county, division, state, created_at)
            SELECT home, $1, id, 'service_started', 'client', county, division, 'queued', $2 FROM referral
            WHERE home = $3 AND id = $4";
        county.app.db.run(outside, p![told, county.at, about.home_number(), about]).await.unwrap();
        let mut cases: BTreeMap<Role, String> =
            Role::ALL.into_iter().map(|role| (role, served.clone())).collect();
        for (role, filer, number) in [
            (Role::Committee, "committee clerk", 2),
            (Role::AssistingSubject, "helper", 3),
            (Role::DpfOfficer, "federation officer", 4),
            (Role::Client, "client", 5),
        ] {
            let case = county.apply(filer, number).await.id();
            county.register(&case).await;
            cases.insert(role, case);
        }
        let manager = county.scope("sunrise manager").await;
        let nurse = TalentEntry {
            name: "周护士".into(),
            identity_number: forms::identity_number(9),
            profession: "nurse".into(),
            certificate: "护士执业证书".into(),
            certificate_number: "2020-1".into(),
            services: vec!["S1".into()],
            pledge_on: "2026-01-05".into(),
            ..TalentEntry::default()
        };
        let talent = talent::begin(&county.app.at(county.at), &manager, &nurse).await.unwrap();
        let training = app::workforce::training::TrainingEntry {
            on: "2026-03-02".into(),
            hours: "6".into(),
            topic: "危机识别".into(),
            organiser: "市精神卫生中心".into(),
            kind: "course".into(),
            evidence: "签到表".into(),
            persons: vec![talent.to_string()],
        };
        let training =
            app::workforce::training::enter(&county.app.at(county.at), &manager, &training).await.unwrap();
        let mut meetings = BTreeMap::new();
        let asks = |supervisor: Id, start: &str| app::supervision::BookingEntry {
            supervisor: supervisor.to_string(),
            on: "2026-03-02".into(),
            start: start.into(),
            minutes: "60".into(),
            way: "room".into(),
            ..app::supervision::BookingEntry::default()
        };
        for (role, with, start) in [
            (Role::CaseManager, "doctor", "13:00"),
            (Role::Doctor, "doctor", "14:00"),
            (Role::InstitutionManager, "sunrise manager", "15:00"),
            (Role::Assessor, "sunrise assessor", "16:00"),
        ] {
            let keeper = county.scope("sunrise keeper").await;
            let entry = asks(county.ids[with], start);
            let meeting = app::supervision::book(&county.app.at(county.at), &keeper, &entry).await.unwrap();
            meetings.insert(role, meeting.to_string());
        }
        let questions = questions(county).await;
        let holder = json!({ "holder": "self", "papers_seen": true });
        let opened =
            county.post("worker", &format!("/api/v1/persons/{in_health}/accounts"), &[], &holder).await;
        assert!(opened.status.is_success(), "{}", opened.json);
        let account = "SELECT id FROM account /* whole: a test looks */ WHERE person_id IS NOT NULL";
        let account = one(county, account, p![]).await;
        let app = county.app.at(county.at);
        let asking = county.scope("client").await;
        let right = app::rights::ask(&app, &asking, "copy", "请提供副本").await.unwrap();
        let worker = county.scope("worker").await;
        let session = own::sessions(&app, &worker, "").await.unwrap().remove(0).handle;
        let token = own::tokens(&app, &worker).await.unwrap().remove(0).id;
        let everything = app::referral::Filter::default();
        let order = order::ask(&app, &worker, &everything, "for the yearly report").await.unwrap();
        let delegation = county.ids["sunrise"].beside(county.at);
        let sql = "INSERT INTO delegation (id, from_account, to_account, from_on, until_on, made_at)
            VALUES ($1, $2, $3, $4, $4, $5)";
        let today = rules::clock::china_date(county.at);
        let args =
            p![delegation, county.ids["sunrise keeper"], county.ids["harbour keeper"], today, county.at];
        county.app.db.run(sql, args).await.unwrap();
        let delegation = delegation.to_string();
        let (share, project) = connectors(county).await;
        let keeper = county.scope("sunrise keeper").await;
        let session_of_care = care_session(&app, &keeper, about).await;
        app::care::feed::make(&app, &keeper).await.unwrap();
        let feed = one(county, "SELECT id FROM calendar_feed LIMIT 1", p![]).await;
        let passkey = county.ids["worker"].beside(county.at);
        let sql = "INSERT INTO passkey (id, account_id, credential_id, credential, counter, name, created_at)
            VALUES ($1, $2, $3, $4, 0, 'key', $5)";
        let sealed = county.app.keys.seal_bytes(b"{}").unwrap();
        let args = p![passkey, county.ids["worker"], b"key".to_vec(), sealed, county.at];
        county.app.db.run(sql, args).await.unwrap();
        let doctor = county.scope("doctor").await;
        let device = app::device::register(&app, &doctor, "随访手机").await.unwrap();
        let paper = app::care::NewAttachment {
            key: about,
            title: "量表原件".into(),
            kind: "paper".into(),
            session: None,
            consent: None,
            content: b"%PDF-1.4 %%EOF".to_vec(),
        };
        let file = app::care::add(&app, &keeper, about, &Ok(paper)).await.unwrap();
        for (name, id) in [
            ("file", file.to_string()),
            ("device", device.to_string()),
            ("share", share),
            ("project", project),
            ("order", order.to_string()),
            ("session", session),
            ("token", token.to_string()),
            ("delegation", delegation),
            ("passkey", passkey.to_string()),
            ("care session", session_of_care.to_string()),
            ("feed", feed),
            ("import", import.to_string()),
            ("import of certificates", dpf_import.to_string()),
            ("person", in_health),
            ("certified person", in_dpf),
            ("pair", pair),
            ("record", record),
            ("slip", slip),
            ("told", told.to_string()),
            ("task", task_id.to_string()),
            ("talent", talent.to_string()),
            ("training", training.to_string()),
            ("conference", conference(county, about).await),
            ("agreed task", agreed_task(county).await),
            ("note", note(county).await),
            ("right", right.to_string()),
            ("institution", county.id("sunrise")),
            ("staff account", county.id("worker")),
            ("client account", account),
        ] {
            ids.insert(name, id);
        }
        let mut applications = BTreeMap::new();
        for (role, case) in &cases {
            let case: Id = case.parse().unwrap();
            let form = "SELECT id FROM form_entry WHERE home = $1 AND referral_id = $2 AND code = 'F1'";
            applications.insert(*role, one(county, form, p![case.home_number(), case]).await);
        }
        let openings = openings(county).await;
        for (name, id) in followed(county).await {
            ids.insert(name, id);
        }
        ids.insert("opening to judge", openings[&Role::Doctor].clone());
        let results = results(county, &cases).await;
        let leads = leads(county, &ids["person"]).await;
        Subjects { ids, cases, applications, openings, leads, results, meetings, questions }
    }

    /// The address of a route with the records of the county in it.
    pub fn address(&self, route: &Route, role: Role) -> String {
        filled(route, Some(role), |name| match name {
            "case" => self.cases[&role].clone(),
            "person" if role == Role::DpfOfficer => self.ids["certified person"].clone(),
            "import" if role == Role::DpfOfficer => self.ids["import of certificates"].clone(),
            "form" => self.applications[&role].clone(),
            "lead" => self.lead(role).0.clone(),
            "attempt" => self.lead(role).1.clone(),
            "result" => self.results[&role].clone(),
            "supervision" => self.meeting(role).clone(),
            "question" => self.question(role).clone(),
            "opening" => self.openings.get(&role).unwrap_or(&self.openings[&Role::Doctor]).clone(),
            name => self.ids[name].clone(),
        })
    }

    /// The lead of a role that reaches people; for any other the desk's.
    fn lead(&self, role: Role) -> &(String, String) {
        self.leads.get(&role).unwrap_or(&self.leads[&Role::ReferralWorker])
    }

    /// The supervision of a role that takes part in one; for any other the doctor's.
    fn meeting(&self, role: Role) -> &String {
        self.meetings.get(&role).unwrap_or(&self.meetings[&Role::Doctor])
    }

    /// The question of a role that has to do with any; for any other the doctor's.
    fn question(&self, role: Role) -> &String {
        self.questions.get(&role).unwrap_or(&self.questions[&Role::Doctor])
    }

    /// A text without the records that were asked for.
    pub fn forget(&self, text: &str, role: Role) -> String {
        let own = self.ids.values().chain([&self.cases[&role], &self.applications[&role]]);
        let (lead, attempt) = self.lead(role);
        let own = own.chain(self.openings.get(&role)).chain(self.results.get(&role)).chain([lead, attempt]);
        let own = own.chain([self.meeting(role), self.question(role)]);
        own.fold(text.replace(NOTHING, "…"), |text, id| text.replace(id.as_str(), "…"))
    }
}

/// The address of a route with a record that does not exist.
pub fn missing(route: &Route) -> String {
    filled(route, None, |_| NOTHING.to_owned())
}

/// The path without what distinguishes the interface for programs.
fn plain(route: &Route) -> &'static str {
    route.1.strip_prefix("/api/v1").filter(|rest| !rest.is_empty()).unwrap_or(route.1)
}

/// Fills the address of a route; a record that this file does not know fails the test.
fn filled(route: &Route, role: Option<Role>, id: impl Fn(&str) -> String) -> String {
    let (method, path, ..) = route;
    let part = |part: &str| match (part, plain(route)) {
        ("{id}", path) => id(record(path)),
        ("{account}", _) => id("client account"),
        ("{command}", _) => "record_contact_attempt".to_owned(),
        ("{form}", _) => id("form"),
        ("{step}", _) => "find".to_owned(),
        ("{town}", _) => "310115110000".to_owned(),
        ("{act}", _) => "sign".to_owned(),
        ("{examination}", _) => id("examination"),
        ("{kind}", path) if path.ends_with("/papers/{kind}") => "supplement".to_owned(),
        ("{result}", _) => id("result"),
        ("{attempt}", _) => id("attempt"),
        ("{file}", _) => id("file"),
        // Whoever may record anything may record what somebody says of oneself.
        ("{scale}", _) => "phq-9".to_owned(),
        ("{code}", _) => "310115".to_owned(),
        ("{kind}", path) if path.starts_with("/cases/export") => "csv".to_owned(),
        ("{kind}", path) if path.starts_with("/imports") => {
            if role == Some(Role::DpfOfficer) { "dpf" } else { "smd" }.to_owned()
        }
        (part, _) if part.starts_with('{') => panic!("{method} {path}: what stands for {part}?"),
        (part, _) => part.to_owned(),
    };
    let filled = path.split('/').map(part).collect::<Vec<_>>().join("/");
    if path.ends_with("/access") {
        return format!("{filled}?account=worker&record={}", id("case"));
    }
    if *path == "/api/v1/devices" {
        return format!("{filled}?account={}", id("staff account"));
    }
    if *path == "/api/v1/care/sessions" && *method == "get" {
        return format!("{filled}?from=2026-03-01&until=2026-03-31");
    }
    if path.ends_with("/forms-to-decide") { filled + "?command=confirm_rejection" } else { filled }
}

/// The record that stands in an address.
fn record(path: &str) -> &'static str {
    if path == "/emergency-access/{id}/review" {
        return "opening to judge";
    }
    const RECORDS: [(&str, &str); 43] = [
        ("/followup/records/", "smd record"),
        ("/followup/papers/", "paper"),
        ("/smd-papers/", "paper"),
        ("/followup/visits/", "visit"),
        ("/followup/emergencies/", "emergency"),
        ("/smd-records/", "smd record"),
        ("/followup-visits/", "visit"),
        ("/smd-emergencies/", "emergency"),
        ("/outreach/", "lead"),
        ("/leads/", "lead"),
        ("/exports/", "order"),
        ("/shares/", "share"),
        ("/research/", "project"),
        ("/cases/", "case"),
        ("/care/sessions/", "care session"),
        ("/care/feeds/", "feed"),
        ("/tasks/", "task"),
        ("/messages/{id}/told", "told"),
        ("/messages/{id}/not-told", "told"),
        ("/messages/", "slip"),
        ("/institutions/", "institution"),
        ("/talent/", "talent"),
        ("/workforce/staff/", "talent"),
        ("/workforce/trainings/", "training"),
        ("/supervision/", "supervision"),
        ("/questions/notes/", "note"),
        ("/question-notes/", "note"),
        ("/questions/", "question"),
        ("/conferences/", "conference"),
        ("/agreed/", "agreed task"),
        ("/rights/", "right"),
        ("/people/", "person"),
        ("/persons/", "person"),
        ("/records/", "record"),
        ("/review/", "pair"),
        ("/imports/", "import"),
        ("/emergency-access/", "opening"),
        ("/account/sessions/", "session"),
        ("/account/tokens/", "token"),
        ("/account/delegations/", "delegation"),
        ("/account/passkeys/", "passkey"),
        ("/account/devices/", "device"),
        ("/devices/", "device"),
    ];
    if path.starts_with("/administration/devices/") {
        return "device";
    }
    if path.starts_with("/administration/accounts/") {
        return "staff account";
    }
    let found = RECORDS.iter().find(|(start, _)| path.starts_with(start));
    found.unwrap_or_else(|| panic!("{path}: which record is it?")).1
}

/// What is sent with a request: enough to be understood, so that only the record decides.
pub fn sent_to(path: &str, who: Who) -> (&'static str, String) {
    const FORM: &str = "application/x-www-form-urlencoded";
    if path.ends_with("/files") {
        let form = "--cut\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nx\r\n--cut--\r\n";
        return ("multipart/form-data; boundary=cut", form.to_owned());
    }
    if path.ends_with("/imports") {
        return ("application/octet-stream", "姓名\n赵试\n".to_owned());
    }
    if path.starts_with("/devices") {
        let told = match path {
            "/devices" => json!({ "name": "x" }),
            "/devices/{id}/caseload" => json!({ "known": {} }),
            "/devices/{id}/visits" => {
                json!({ "contact": { "now": "2026-03-02T01:00:00Z", "waiting": 0 }, "visits": [] })
            }
            "/devices/{id}/withdrawn" => json!({ "id": NOTHING, "record": NOTHING, "state": "faulty" }),
            "/devices/{id}/open" => json!({ "now": "2026-03-02T01:00:00Z", "waiting": 0 }),
            _ => json!({}),
        };
        return ("application/json", told.to_string());
    }
    if who != Who::Program {
        let pairs = "version=1&verdict=same&decision=agree&purpose=referral&way=phone&on=2026-03-02&password=Synthetic-2026\
            &holder=self&papers_seen=true&reason=R6&action=submit&username=new&name=x&role=doctor&organisation=x\
            &kind=copy&division=310115&words=x&outcome=granted&ways=phone&present=x&code=000000&label=test&purposes=referral\
            &days=30&path=%2Fcases%2Fnew&form=F1";
        return (FORM, pairs.to_owned());
    }
    let body = match path.trim_start_matches("/api/v1") {
        "/cases" => json!({ "forms": {} }),
        "/cases/{id}/events" => {
            let attempt = json!({ "on": "2026-03-02", "way": "phone", "reached": false });
            json!({ "name": "record_contact_attempt", "data": attempt })
        }
        "/institutions/{id}/events" => json!({ "version": 1, "name": "submit" }),
        "/cases/{id}/contact" => json!({ "ways": ["phone"] }),
        "/cases/{id}/results" => {
            json!({ "scale": "phq-9", "answers": vec![0; 9], "rater": "own", "mode": "screen" })
        }
        "/cases/{id}/results/{result}/void" => json!({ "reason": "wrong_entry", "words": "x" }),
        "/scales/{scale}/offer" => json!({ "offered": true }),
        "/cases/{id}/plan" => {
            json!({ "seen": 1, "from": "2026-03-02", "until": "2026-08-31", "review": "2026-06-01",
            "problems": "x", "long_term_goal": "x", "goals": [], "lines": [], "crisis": { "signs": "x", "helps": "x" } })
        }
        "/cases/{id}/plan/sign" => {
            json!({ "number": 1, "by": "client", "name": "x", "on": "2026-03-02", "way": "paper" })
        }
        "/cases/{id}/plan/goals" => json!({ "goal": "g1", "on": "2026-03-02", "value": 1 }),
        "/care/sessions/{id}/record" => json!({ "version": 1, "persons": [] }),
        "/care/sessions/{id}/end" => json!({ "name": "void", "reason": "twice" }),
        "/cases/{id}/files/{file}/void" => json!({ "reason": "wrong_file" }),
        "/leads" => json!({ "persons": [], "house": NOTHING }),
        "/leads/{id}/attempts" => {
            json!({ "key": NOTHING, "on": "2026-03-02", "way": "phone", "reached": "nobody", "outcome": "no_answer" })
        }
        "/workforce/staff/{id}/employment" => {
            json!({ "post": "case_work", "week_hours": "40", "from_on": "2026-03-02" })
        }
        "/questions/{id}/step" => json!({ "step": "close", "version": 1 }),
        "/questions/{id}/proposal" => json!({ "number": 1, "take": true, "version": 1 }),
        "/questions/{id}/note" => json!({ "version": 1, "title": "x", "body": "x", "checked": true }),
        "/conferences/{id}/step" => json!({ "step": "cancel", "version": 1, "reason": "x" }),
        "/conferences/{id}/minutes" => json!({ "version": 1, "came": [1], "parts": [] }),
        "/conferences/{id}/tasks" => json!({ "what": "x", "owner": 1, "due": "2026-03-20" }),
        "/supervision/{id}/step" => json!({ "step": "miss", "version": 1, "reason": "x" }),
        "/workforce/trainings/{id}/void" => json!({ "reason": "x" }),
        "/shares/{id}/receipt" => json!({ "up_to": 0 }),
        "/rights" => json!({ "kind": "copy", "words": "x" }),
        "/rights/{id}/answer" => json!({ "outcome": "granted", "words": "x" }),
        "/messages/{id}/told" => json!({ "way": "phone", "on": "2026-03-02" }),
        "/persons/search" => json!({ "q": "欧阳" }),
        "/persons/{id}/accounts" => json!({ "holder": "self", "papers_seen": true }),
        "/imports/{id}/mapping" => json!({ "version": 1, "columns": {} }),
        "/imports/{id}/apply" => json!({ "version": 1, "valid": true }),
        "/imports/{id}/undo" => json!({ "version": 1 }),
        "/smd-records" => json!({ "source": "clue", "on": "2026-03-02" }),
        "/smd-records/{id}/events" => json!({ "step": "find" }),
        "/smd-records/{id}/emergencies" => {
            json!({ "trigger": "relapse", "began_at": "2026-03-02T08:00", "risk": 1, "words": "x" })
        }
        "/smd-records/search" => json!({ "q": "郑随访" }),
        "/smd-records/{id}/group" => json!({ "act": "hand", "note": "x" }),
        "/smd-groups/{town}" => json!({ "version": 0, "name": "x", "members": [] }),
        "/smd-groups/{town}/meetings" => json!({ "came": ["leader"], "note": "x" }),
        "/smd-records/{id}/examinations" => json!({ "answer": "invited" }),
        "/smd-records/{id}/papers" => json!({ "kind": "supplement", "fields": {} }),
        "/smd-records/{id}/support" => json!({ "act": "enter" }),
        "/smd-guardians" => json!({ "year": 2025, "payer": "x" }),
        "/followup-visits" => json!({ "id": NOTHING, "record": NOTHING, "fields": {} }),
        "/followup-visits/{id}/void" => json!({ "reason": "x" }),
        "/smd-emergencies/{id}/events" => json!({ "step": "recorded" }),
        _ => json!({}),
    };
    ("application/json", body.to_string())
}

/// Another organisation of the county has nothing to do with the record.
pub fn belongs_to_an_organisation(route: &Route, role: Role) -> bool {
    let record = record(plain(route));
    let institution = role.is_institution_staff();
    match record {
        "case" | "slip" | "task" => {
            !matches!(role, Role::ReferralWorker | Role::CivilAffairsOfficer)
                && (record == "case" || institution)
        }
        "device" => role == Role::Doctor,
        "lead" => !matches!(role, Role::ReferralWorker | Role::CivilAffairsOfficer),
        "talent" | "care session" | "training" => institution,
        "opening" | "feed" | "supervision" | "conference" | "agreed task" => true,
        "question" => role != Role::HealthOfficer,
        "note" => route.0 == "post",
        "smd record" | "visit" | "emergency" | "paper" => role == Role::Doctor,
        "right" => role == Role::Client,
        // The department that receives it, and no other one.
        "share" => role == Role::DpfOfficer,
        _ => false,
    }
}

/// Listed institutions are shown to those who refer and serve in the whole prefecture.
pub fn is_public(route: &Route, role: Role) -> bool {
    match record(plain(route)) {
        "institution" => role.is_institution_staff() || role == Role::Doctor,
        // What holds for many is read by all who ask and answer.
        "note" => route.0 == "get",
        _ => false,
    }
}

/// What who has nothing to do with the record gets.
pub fn refusal(route: &Route, _role: Role) -> u16 {
    match (route.0, plain(route)) {
        // What is written is looked at first, whosever the case is.
        ("post", "/cases/{id}/do/save") => 422,
        _ => 404,
    }
}

/// What who has the record gets for opening it.
pub fn expected(route: &Route, role: Role) -> u16 {
    let searches = [Subject::Person, Subject::Case].into_iter().any(|subject| role.may(Deed::Read, subject));
    let only_status = role.sight(Content::Metadata) != Sight::Scope;
    match plain(route) {
        "/" => 303,
        // The session is open, and nothing is being set up.
        "/sign-in/code"
        | "/sign-in/enrol"
        | "/sign-in/password"
        | "/account/factor"
        | "/account/passkeys/new" => 303,
        // A hospital's doctor answers; the note of an answer is written by who gave it.
        "/questions/new" if matches!(role, Role::Doctor | Role::HealthOfficer) => 403,
        "/questions/{id}/note" if role != Role::Doctor => 404,
        "/conferences/new"
            if matches!(
                role,
                Role::Committee | Role::CivilAffairsOfficer | Role::Assessor | Role::DpfOfficer
            ) =>
        {
            403
        }
        // The hospital's doctor has no township.
        "/followup/groups/{town}"
        | "/followup/groups/{town}/members"
        | "/followup/groups/{town}/meeting"
        | "/smd-groups/{town}"
            if role == Role::Doctor =>
        {
            404
        }
        // There is nothing to look in.
        "/search" if !searches => 403,
        "/search" => 303,
        // The supervisor confirms what others begin.
        "/institutions/new" | "/talent/new" if role == Role::Supervisor => 403,
        "/institutions/{id}/edit" | "/talent/{id}/edit" if role == Role::Supervisor => 409,
        // A worker reads the own record on its page; who answers for several houses names one.
        "/workforce/figures" | "/workforce/staff" if matches!(role, Role::CaseManager | Role::Assessor) => {
            403
        }
        "/workforce/staffing"
            if route.2 == Who::Program && matches!(role, Role::CaseManager | Role::Assessor) =>
        {
            403
        }
        "/workforce/staff" if matches!(role, Role::CivilAffairsOfficer | Role::Supervisor) => 422,
        // The cases are beyond the draft, no decision waits, and no hospital was asked.
        "/cases/{id}/do/save" | "/cases/{id}/forms-to-decide" => 403,
        "/cases/{id}/two-way-slip" => 404,
        // The file lies with the case that is served.
        "/cases/{id}/files/{file}" if role == Role::Client => 404,
        // The client's own case has no plan yet.
        "/cases/{id}/crisis-card" if role == Role::Client => 404,
        // Nobody granted it yet.
        "/rights/{id}/copy" => 404,
        // The slip is health; the form is the application, which tells who somebody is.
        "/cases/{id}/slip" if role.sight(Content::Health) != Sight::Scope || role == Role::Client => 404,
        "/cases/{id}/forms/{form}" | "/cases/{id}/forms/{form}/pdf"
            if role.sight(Content::Identity) != Sight::Scope =>
        {
            404
        }
        // The report is the auditors'; a client reads who looked at the own data.
        "/audit/unusual" | "/audit/unusual/export" if role == Role::Client => 403,
        "/cases/{id}/events" if only_status => 403,
        _ => 200,
    }
}

/// Addresses of lists and searches, with words that would find somebody of the county.
pub fn query_of(route: &Route) -> Vec<String> {
    let (_, path, ..) = route;
    if path.contains("{id}") {
        return Vec::new();
    }
    let path = filled(route, None, |_| String::new());
    let words = ["欧阳小明", "测试甲", "oyxm", "1234", "13900001234", "sunrise"];
    let searches: &[&str] = match plain(route) {
        "/people" | "/talent" | "/work-list" | "/administration" | "/followup/records" => &["look"],
        "/cases" if route.2 == Who::SignedIn => &["look"],
        "/institutions" | "/divisions/search" | "/divisions" => &["q"],
        _ => &[],
    };
    let percent = |word: &str| word.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let mut addresses = vec![path.clone()];
    for key in searches {
        addresses.extend(words.iter().map(|word| format!("{path}?{key}={}", percent(word))));
    }
    let more: &[&str] = match plain(route) {
        "/work-list" => &["?tab=others", "?tab=waiting", "?tab=done"],
        "/need" | "/counts" => &["?division=310115000000"],
        "/cases" => &["?state=registered", "?division=310115000000"],
        "/talent/export" | "/need/export" => &["?format=csv"],
        _ => &[],
    };
    addresses.extend(more.iter().map(|more| format!("{path}{more}")));
    addresses
}

/// Whether the answer tells of persons: who they are, or anything about one of them. What stands in the log of an import is
/// told by the import itself; forms to fill in tell nothing; openings in an emergency name nobody here, and what they show
/// is tried in `emergency_access.rs`.
pub fn is_about_persons(route: &Route, subject: Subject) -> bool {
    let path = plain(route);
    let kind = matches!(
        subject,
        Subject::Case
            | Subject::WorkList
            | Subject::Shortlist
            | Subject::Care
            | Subject::Agenda
            | Subject::Contact
            | Subject::Consent
            | Subject::Right
            | Subject::Telling
            | Subject::Person
            | Subject::ClientAccount
            | Subject::Pair
            | Subject::Log
            | Subject::EmergencyReview
            | Subject::FollowUp
            | Subject::Lead
            | Subject::ScaleResult
            | Subject::Question
            | Subject::Conference
    );
    // Townships and their groups name nobody who is looked after.
    let nobody = [
        "/followup/records/new",
        "/followup/groups",
        "/smd-groups",
        "/questions/new",
        "/questions/notes",
        "/questions/notes/{id}",
        "/question-notes",
        "/question-notes/{id}",
        "/conferences/new",
    ]
    .contains(&path);
    (kind && !nobody) || path == "/imports/{id}/report"
}

/// The words of an address as [`query_of`] writes them.
pub fn read(words: &str) -> String {
    let bytes = words.split('%').skip(1).map(|digits| u8::from_str_radix(digits, 16).unwrap());
    String::from_utf8(bytes.collect()).unwrap()
}

/// What a reader of another county is answered. The log grows with what the reader does in this test, and the places of
/// listed institutions are public; there only the names of others must not stand.
pub fn without_own_log(route: &Route, address: &str, status: u16, body: &str) -> (u16, String) {
    // A page repeats the words that were looked for.
    for word in
        ["欧阳", "测试甲"].into_iter().filter(|_| !address.contains("?q=") && !address.contains("?look="))
    {
        assert!(!body.contains(word), "{address}: {word}");
    }
    let path = plain(route);
    // A workbook says when it was made; what stands in it, the same list as text says.
    let workbook = body.starts_with("PK");
    // Each form for a session carries a key of its own.
    let keyed = path == "/care/sessions/new";
    let varies = workbook || keyed || path.starts_with("/audit") || path.starts_with("/institutions");
    // Every file that leaves has a code of its own, ten digits behind its name.
    let (before, code) = body.split_once("文件编号 ").unwrap_or((body, ""));
    let rest: String = code.chars().skip(10).collect();
    (status, if varies { String::new() } else { format!("{before}{rest}") })
}
