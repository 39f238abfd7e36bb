//! Applications and their registrations, sent until they are acknowledged, and what is to be found of them afterwards.

use crate::installation::{Installation, Site};
use jiff::civil::Date;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

pub const VILLAGE: &str = "310115110001";

/// What befell one request.
struct Borne {
    told: Value,
    /// It was told to come again before.
    refused: bool,
    /// From the first time it was sent until it was acknowledged.
    took: Duration,
    /// The answer that came latest after its question.
    longest: Duration,
}

impl Site {
    /// Sends something under a key of its own until it is acknowledged, as whoever is told that the database is away.
    /// Each refusal is counted at once.
    async fn insist(&self, told_off: &AtomicU32, token: &str, path: &str, key: &str, body: &Value) -> Borne {
        let (begun, mut longest) = (Instant::now(), Duration::ZERO);
        for tries in 0..1_500 {
            let asked = Instant::now();
            let request = self.request(token, reqwest::Method::POST, path).header("idempotency-key", key);
            let answer = request.json(body).send().await.unwrap();
            let (status, again) = (answer.status(), answer.headers().contains_key("retry-after"));
            let told: Value = answer.json().await.unwrap();
            longest = longest.max(asked.elapsed());
            if status.is_success() {
                return Borne { told, refused: tries > 0, took: begun.elapsed(), longest };
            }
            let away = told["type"] == "unavailable" || told["type"] == "uncertain";
            let titled = told["title"].as_str().is_some_and(|title| !title.is_empty());
            assert!(status.as_u16() == 503 && away && again && titled, "{path} {key}: {status} {told}");
            told_off.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{path} {key}: the database did not come back");
    }
}

/// A synthetic number: the area 990101 belongs to nobody.
pub fn identity_number(born: &str, sequence: u32) -> String {
    let first = format!("990101{born}{sequence:03}");
    format!("{first}{}", rules::identity_number::check_character(&first).unwrap())
}

/// An application of an invented person that bears this day, handed in at once.
fn application(number: u32, day: Date) -> Value {
    let on = day.to_string();
    let (day, sequence) = (1 + number / 900 % 28, 1 + number % 900);
    let identity_number = identity_number(&format!("198803{day:02}"), sequence);
    let f1 = json!({
        "channel": "medical", "on": on, "applicant_name": "测试申请人", "applicant_relation": "doctor",
        "applicant_phone": "13800000000", "name": "测试甲", "sex": "male", "birth_date": format!("1988-03-{day:02}"),
        "identity_kind": "resident", "identity_number": identity_number,
        "address": "测试路1号", "division": VILLAGE, "disorder_group": "01", "in_severe_register": "yes",
        "has_certificate": false, "capacity": "full", "needs": ["S2", "S3"], "consent_given": true,
        "signature": "测试甲"
    });
    let f12 = json!({
        "controller": "测试区民政局", "data_kinds": ["identity", "health"], "retention": "五年",
        "rights_told": true, "withdrawal_way": "随时口头或书面撤回", "registration": true,
        "departments": true, "institution": true, "file_transfer": true, "contact": true, "research": false,
        "publicity": false, "capacity": "full", "on": on, "signature": "测试甲"
    });
    json!({ "forms": { "F1": f1, "F12": f12 }, "submit": true })
}

fn registration() -> Value {
    json!({ "name": "register", "data": {
        "identity_verified": true, "ground": "health_register", "lives_at_home": true, "has_need": true,
        "suitable": true, "package": {"items": [{"service": "S2"}, {"service": "S3"}]}
    } })
}

/// What was sent, and what of it was acknowledged.
#[derive(Default)]
pub struct Sent {
    pub begun: AtomicU32,
    /// The day that applications bear; today where there is none.
    day: Option<Date>,
    filed: Mutex<BTreeMap<u32, String>>,
    registered: Mutex<BTreeMap<u32, String>>,
    /// Answers that said that the database was away.
    pub refusals: AtomicU32,
    /// The longest that somebody waited for an answer, and for an acknowledgement over refusals.
    longest: Mutex<(Duration, Duration)>,
}

impl Sent {
    /// Of applications that bear this day.
    pub fn of(day: Date) -> Sent {
        Sent { day: Some(day), ..Sent::default() }
    }

    pub fn acknowledged(&self) -> usize {
        self.filed.lock().unwrap().len() + self.registered.lock().unwrap().len()
    }

    /// Files one application and registers it by requests that are sent in this way; `None` once one is not answered.
    pub async fn file(
        &self,
        place: &Installation,
        number: u32,
        post: impl AsyncFn(&str, &str, &str, &Value) -> Option<Value>,
    ) -> Option<()> {
        let day = self.day.unwrap_or_else(|| rules::clock::china_date(jiff::Timestamp::now()));
        let application = application(number, day);
        let told = post(&place.tokens["doctor"], "/cases", &format!("file-{number}"), &application).await?;
        let id = told["id"].as_str().unwrap().to_owned();
        let known = self.filed.lock().unwrap().insert(number, id.clone());
        assert!(known.is_none_or(|known| known == id), "{number} was filed twice");
        self.register(place, number, post).await
    }

    /// Registers one that was filed, by a request that is sent in this way; `None` where it is not answered.
    pub async fn register(
        &self,
        place: &Installation,
        number: u32,
        post: impl AsyncFn(&str, &str, &str, &Value) -> Option<Value>,
    ) -> Option<()> {
        let id = self.filed.lock().unwrap()[&number].clone();
        let (path, key) = (format!("/cases/{id}/events"), format!("register-{number}"));
        let told = post(&place.tokens["worker"], &path, &key, &registration()).await?;
        let receipt = told["registration"].as_str().unwrap().to_owned();
        let known = self.registered.lock().unwrap().insert(number, receipt.clone());
        assert!(known.is_none_or(|known| known == receipt), "{number} was registered twice");
        Some(())
    }

    /// Files and registers one application, whatever becomes of the database.
    pub async fn insist(&self, place: &Installation, site: &Site, number: u32) {
        let post = async |token: &str, path: &str, key: &str, body: &Value| {
            let borne = site.insist(&self.refusals, token, path, key, body).await;
            let mut longest = self.longest.lock().unwrap();
            let outage = if borne.refused { borne.took } else { Duration::ZERO };
            *longest = (longest.0.max(borne.longest), longest.1.max(outage));
            Some(borne.told)
        };
        self.file(place, number, post).await.unwrap();
    }

    /// Goes on with new applications, whatever becomes of the database, until it is time.
    pub async fn insist_until(&self, place: &Installation, site: &Site, over: impl Fn() -> bool) {
        while !over() {
            self.insist(place, site, self.begun.fetch_add(1, Ordering::SeqCst)).await;
        }
    }

    /// The longest that somebody waited for one answer.
    pub fn longest_answer(&self) -> Duration {
        self.longest.lock().unwrap().0
    }

    /// Every application that was begun was acknowledged, is there once, and all is whole.
    pub async fn all_once(&self, place: &Installation, site: &Site) {
        self.hold(place, site).await;
        let begun = self.begun.load(Ordering::SeqCst);
        let count = place.count("SELECT COUNT(*) /* whole: a test counts */ FROM referral").await;
        assert_eq!((self.acknowledged(), count), (2 * begun as usize, i64::from(begun)));
        place.examined();
    }

    /// What was borne, for whoever reads the trial.
    pub fn report(&self) -> String {
        let (answer, outage) = *self.longest.lock().unwrap();
        format!(
            "{} applications and their registrations, each there once; {} answers said that the database was away; \
             longest answer {:.1} s, longest outage for a caller {:.1} s",
            self.begun.load(Ordering::SeqCst),
            self.refusals.load(Ordering::SeqCst),
            answer.as_secs_f64(),
            outage.as_secs_f64()
        )
    }

    /// `None` once no answer comes.
    pub async fn send(&self, place: &Installation, site: &Site, number: u32) -> Option<()> {
        let post =
            async |token: &str, path: &str, key: &str, body: &Value| site.post(token, path, key, body).await;
        self.file(place, number, post).await
    }

    /// Goes on with new applications until no answer comes.
    pub async fn go_on(&self, place: &Installation, site: &Site) {
        while self.send(place, site, self.begun.fetch_add(1, Ordering::SeqCst)).await.is_some() {}
    }

    /// Every acknowledged event is there once, and no case has a gap.
    pub async fn hold(&self, place: &Installation, site: &Site) {
        let filed = self.filed.lock().unwrap().clone();
        for (number, id) in filed {
            let told = site.get(&place.tokens["worker"], &format!("/cases/{id}/events")).await;
            let events = told["events"].as_array().unwrap();
            let sequences = events.iter().map(|event| event["sequence"].as_u64().unwrap());
            assert!(sequences.eq(1..=events.len() as u64), "{told}");
            let times = |state: &str| events.iter().filter(|event| event["to"] == state).count();
            assert_eq!(times("submitted"), 1, "{told}");
            let acknowledged = self.registered.lock().unwrap().contains_key(&number);
            assert!(times("registered") == 1 || !acknowledged && times("registered") == 0, "{told}");
        }
    }
}
