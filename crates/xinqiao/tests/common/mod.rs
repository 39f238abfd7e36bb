//! A running server, and what is sent to it. Each test uses a part of it.
#![allow(dead_code)]

use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command},
    time::{Duration, Instant},
};

pub const COUNTY: &str = "310115000000";

/// A running server; it is killed when this is dropped.
pub struct Server {
    child: Child,
    pub address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Server {
    /// One that says by `--json` where it listens.
    pub fn started(mut child: Child) -> Server {
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        Server { child, address: said["listening"].as_str().unwrap().to_owned() }
    }

    /// SIGTERM.
    pub fn told_to_stop(&self) {
        let done = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(done.success());
    }

    /// Ends by itself, and well.
    pub async fn ended(mut self) {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(60) {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server does not end");
    }
}

/// What a test enters about an invented person.
pub struct Person {
    pub name: &'static str,
    pub applicant: &'static str,
    pub phone: &'static str,
    pub address: &'static str,
}

/// Somebody for whom no name is needed.
pub const ANYBODY: Person =
    Person {
        name: "测试甲", applicant: "测试申请人", phone: "13800000000", address: "测试路1号"
    };

/// A synthetic number: the area 990101 belongs to nobody.
pub fn number(sequence: u32) -> String {
    let (day, sequence) = (1 + sequence / 900 % 28, 1 + sequence % 900);
    let first = format!("990101198803{day:02}{sequence:03}");
    format!("{first}{}", rules::identity_number::check_character(&first).unwrap())
}

/// An application, handed in at once, of a person with the number of this sequence.
pub fn application(person: &Person, sequence: u32) -> Value {
    let today = rules::clock::china_date(jiff::Timestamp::now()).to_string();
    let day = 1 + sequence / 900 % 28;
    let f1 = json!({
        "channel": "medical", "on": today, "applicant_name": person.applicant, "applicant_relation": "doctor",
        "applicant_phone": person.phone, "name": person.name, "sex": "male",
        "birth_date": format!("1988-03-{day:02}"), "identity_kind": "resident",
        "identity_number": number(sequence), "address": person.address, "division": "310115110001",
        "disorder_group": "01", "in_severe_register": "yes", "has_certificate": false, "capacity": "full",
        "needs": ["S2", "S3"], "consent_given": true, "signature": person.name
    });
    let f12 = json!({
        "controller": "测试区民政局", "data_kinds": ["identity", "health"], "retention": "五年",
        "rights_told": true, "withdrawal_way": "随时口头或书面撤回", "registration": true,
        "departments": true, "institution": true, "file_transfer": true, "contact": true, "research": false,
        "publicity": false, "capacity": "full", "on": today, "signature": person.name
    });
    json!({ "forms": { "F1": f1, "F12": f12 }, "submit": true })
}
