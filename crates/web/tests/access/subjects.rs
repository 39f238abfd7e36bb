//! The records that are asked for, by what stands in the address for them.

use super::{
    common::{self, County, ELSEWHERE, VILLAGE, forms},
    made::{
        agreed_task, care_session, conference, connectors, followed, leads, list, note, one, openings,
        questions, results,
    },
    routes::{NOTHING, filled},
};
use app::{
    account::own,
    export::order,
    id::Id,
    p,
    talent::{self, TalentEntry},
};
use rules::account::Role;
use serde_json::json;
use std::collections::BTreeMap;
use web::Route;

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
