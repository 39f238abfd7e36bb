//! What the address of a route needs, what is sent with it, and who is answered how.

use rules::account::{Content, Deed, Role, Sight, Subject};
use serde_json::json;
use web::{Route, Who};

/// A record that does not exist, at home in Shanghai as those that do.
pub const NOTHING: &str = "01930000-0000-7080-8000-000000000000";

/// The address of a route with a record that does not exist.
pub fn missing(route: &Route) -> String {
    filled(route, None, |_| NOTHING.to_owned())
}

/// The path without what distinguishes the interface for programs.
fn plain(route: &Route) -> &'static str {
    route.1.strip_prefix("/api/v1").filter(|rest| !rest.is_empty()).unwrap_or(route.1)
}

/// Fills the address of a route; a record that this file does not know fails the test.
pub fn filled(route: &Route, role: Option<Role>, id: impl Fn(&str) -> String) -> String {
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
    const RECORDS: [(&str, &str); 44] = [
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
        ("/followup/feeds/", "feed"),
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
            "/devices/{id}/caseload" | "/devices/{id}/clients" => json!({ "known": {} }),
            "/devices/{id}/visits" => {
                json!({ "contact": { "now": "2026-03-02T01:00:00Z", "waiting": 0 }, "visits": [] })
            }
            "/devices/{id}/sessions" => {
                json!({ "contact": { "now": "2026-03-02T01:00:00Z", "waiting": 0 }, "sessions": [] })
            }
            "/devices/{id}/withdrawn" => json!({ "id": NOTHING, "record": NOTHING, "state": "faulty" }),
            "/devices/{id}/sessions/withdrawn" => json!({ "id": NOTHING, "state": "faulty" }),
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
        "device" => matches!(role, Role::Doctor | Role::CaseManager),
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
        "/cases/{id}/crisis-card" | "/cases/{id}/plan/pdf" if role == Role::Client => 404,
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
            | Subject::CaseFile
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
