//! The evening on which every phone comes back into the network: visits that waited on many phones, sent at once.
//!
//! `cargo bench -p app --bench device -- [DEVICES] [VISITS] [ADDRESS]`, such as `500 20 postgres://…`; without an address on SQLite.
//! It prints how many visits a second are taken, how long a phone waits for its answer, and how long the caseloads take.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use app::{
    App,
    account::{self, NewAccount},
    db::Db,
    device::{self, Contact, Outcome, Waiting},
    followup::{self, DrugFields, Opening, ProfileFields, StepFields, VisitFields},
    id::Id,
    p,
    scope::{Area, Scope},
    seal::Keys,
};
use jiff::ToSpan;
use rules::{account::Role, followup::visit::Visit, identity_number::check_character};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

const TOWN: i64 = 310_115_110_000;
const VILLAGE: i64 = 310_115_110_001;
const COUNTY: i64 = 310_115_000_000;

/// A phone with its holder and what waits on it.
struct Phone {
    scope: Scope,
    device: Id,
    waiting: Vec<Waiting>,
}

async fn holder(app: &App, number: usize, hospital: Id) -> Scope {
    let mut tx = app.db.begin().await.unwrap();
    let organisation =
        account::add_organisation(app, &mut tx, "primary_care", &format!("卫生院{number}"), TOWN)
            .await
            .unwrap();
    // One hashed password for all: hashing five hundred would take longer than what is measured.
    let id = organisation.beside(app.now());
    let sql = "INSERT INTO account (id, username, name, password_hash, role, organisation_id, division, created_at, failed_sign_ins, version)
        SELECT $1, $2, $3, a.password_hash, a.role, $4, $5, $6, 0, 1 FROM account a WHERE a.id = $7";
    let args =
        p![id, format!("town{number}"), format!("医生{number}"), organisation, TOWN, app.now(), hospital];
    tx.run(sql, args).await.unwrap();
    tx.commit().await.unwrap();
    account::get(app, id).await.unwrap().scope().unwrap()
}

fn visit(on: jiff::civil::Date) -> Visit {
    let fields = VisitFields {
        on: Some(on),
        mode: Some(2),
        risk: Some(0),
        symptom_level: Some(0),
        insight: Some(1),
        danger_none: true,
        adherence: Some(1),
        drugs: vec![DrugFields { name: "奥氮平".into(), times_a_day: Some(1), dose_mg: 10.0 }],
        class: Some(3),
        next_on: Some(on.saturating_add(3.months())),
        ..VisitFields::default()
    };
    fields.read("王医生").unwrap()
}

async fn phone(app: &App, hospital: &Scope, number: usize, visits: usize) -> Phone {
    let scope = holder(app, number, hospital.account).await;
    let device = device::register(app, &scope, "随访手机").await.unwrap();
    let today = rules::clock::china_date(app.now());
    let mut waiting = Vec::new();
    for place in 0..visits {
        let sequence = number * visits + place;
        let day = today.saturating_sub(i32::try_from(7_300 + sequence / 900).unwrap().days());
        let body = format!("990101{}{:03}", day.strftime("%Y%m%d"), sequence % 900);
        let card = Opening {
            source: "report_card".into(),
            on: today.to_string(),
            name: format!("王小明{sequence}"),
            number: format!("{body}{}", check_character(&body).unwrap()),
            division: VILLAGE.to_string(),
            in_charge: Some(scope.organisation),
            profile: ProfileFields {
                disorder: "01".into(),
                diagnosed_on: today.to_string(),
                hospital: "示例医院".into(),
                ..ProfileFields::default()
            },
            ..Opening::default()
        };
        let record = followup::open(app, hospital, &card).await.unwrap();
        let mut version = 0;
        for step in ["receive", "agree"] {
            let fields = StepFields { step: step.into(), ..StepFields::default() };
            version = followup::take(app, &scope, record, &fields).await.unwrap();
        }
        let id = record.beside(app.now()).0;
        waiting.push(Waiting {
            id,
            record,
            version,
            written_at: app.now(),
            confirmed: false,
            visit: visit(today),
        });
    }
    Phone { scope, device, waiting }
}

fn middle(times: &mut [Duration], part: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * part / 100).min(times.len() - 1)]
}

async fn evening(app: App, phones: Vec<Phone>) {
    let most = usize::from(app.tables.offline.batch);
    let begun = Instant::now();
    let mut tasks = Vec::new();
    for phone in phones {
        let app = app.clone();
        tasks.push(tokio::spawn(async move {
            let (mut answers, mut taken) = (Vec::new(), 0);
            for part in phone.waiting.chunks(most) {
                let contact =
                    Contact { now: app.now(), waiting: u32::try_from(phone.waiting.len()).unwrap() };
                let asked = Instant::now();
                let found = device::send(&app, &phone.scope, phone.device, (contact, part)).await.unwrap();
                answers.push(asked.elapsed());
                taken +=
                    found.answers.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Taken(_))).count();
            }
            (phone, answers, taken)
        }));
    }
    let (mut phones, mut times, mut taken) = (Vec::new(), Vec::new(), 0);
    for task in tasks {
        let (phone, answers, own) = task.await.unwrap();
        phones.push(phone);
        times.extend(answers);
        taken += own;
    }
    let whole = begun.elapsed();
    println!(
        "{taken} visits of {} phones in {:.1} s: {:.0} a second; an answer after {:.2} s (half of them), {:.2} s (99 of 100)",
        phones.len(),
        whole.as_secs_f64(),
        f64::from(u32::try_from(taken).unwrap()) / whole.as_secs_f64(),
        middle(&mut times, 50).as_secs_f64(),
        middle(&mut times, 99).as_secs_f64(),
    );
    let (mut times, mut persons) = (Vec::new(), 0);
    for phone in phones.iter().take(100) {
        let asked = Instant::now();
        let held = device::caseload(&app, &phone.scope, phone.device, &BTreeMap::new()).await.unwrap();
        persons = held.clients.len();
        times.push(asked.elapsed());
    }
    println!("a caseload of {persons} persons: {:.0} ms", middle(&mut times, 50).as_secs_f64() * 1e3);
}

async fn run(devices: usize, visits: usize, address: String) {
    let keys = Keys::from_secret(&(0..64).collect::<Vec<u8>>()).unwrap();
    let app = App::new(Db::open(&address).await.unwrap(), keys).await.unwrap();
    let mut tx = app.db.begin().await.unwrap();
    let organisation =
        account::add_organisation(&app, &mut tx, "hospital", "示例医院", COUNTY).await.unwrap();
    let new = NewAccount {
        username: "hospital".to_owned(),
        name: "示例".to_owned(),
        password: "Synthetic-2026".to_owned(),
        role: Role::Doctor.code().to_owned(),
        organisation,
        division: None,
        person: None,
    };
    let id = account::add(&app, &mut tx, &new).await.unwrap();
    tx.commit().await.unwrap();
    let hospital = account::get(&app, id).await.unwrap().scope().unwrap();
    let hospital = Scope { area: Area::of(COUNTY), ..hospital };
    let mut phones = Vec::new();
    for number in 0..devices {
        phones.push(phone(&app, &hospital, number, visits).await);
    }
    println!("{} records are there", devices * visits);
    evening(app, phones).await;
}

fn main() {
    let mut given = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let devices = given.next().map_or(500, |count| count.parse().expect("how many phones"));
    let visits = given.next().map_or(20, |count| count.parse().expect("how many visits on each"));
    let folder = tempfile::tempdir().unwrap();
    let own = format!("sqlite:{}", folder.path().join("evening.sqlite").display());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(run(devices, visits, given.next().unwrap_or(own)));
}
