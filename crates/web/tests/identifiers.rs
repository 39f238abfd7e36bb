//! Names, numbers, telephones and addresses of persons stand neither in lines of the program's log, nor in addresses, nor in
//! the details of the audit log, whatever is done and whatever fails. All persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use axum::http::StatusCode;
use common::world::{World, application, identity_number, number_of};
use std::{
    io::Write,
    sync::{Arc, Mutex, OnceLock},
};
use tracing_subscriber::fmt::MakeWriter;

/// What the program logs, at every level.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Lines;
    fn make_writer(&'a self) -> Lines {
        self.clone()
    }
}

impl Lines {
    /// Collects from now on; one collection for the whole process.
    fn collect() -> Lines {
        static LINES: OnceLock<Lines> = OnceLock::new();
        let begin = || {
            let lines = Lines::default();
            let all =
                tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(lines.clone());
            tracing::subscriber::set_global_default(all.finish()).unwrap();
            lines
        };
        LINES.get_or_init(begin).clone()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// What identifies the person of the test, and what was mistyped for it.
fn secrets() -> Vec<String> {
    let (number, other) = (identity_number(), number_of(124));
    let mut secrets =
        vec![number.clone(), other, "13800000000".to_owned(), "赵试".to_owned(), "测试路1号".to_owned()];
    secrets.push(number[..17].to_owned() + "?");
    secrets.push(number[10..].to_owned());
    secrets
}

fn tells_nothing(where_: &str, text: &str) {
    for secret in secrets() {
        assert!(!text.contains(&secret), "{where_} tells {secret}: {text}");
        let escaped: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
        assert!(!text.contains(&escaped), "{where_} tells {secret}: {text}");
    }
}

on_both!(nothing_identifies_a_person_in_logs_and_addresses, World, |world| {
    let lines = Lines::collect();
    tracing::info!("a line to see that lines are collected");
    let mut addresses = Vec::new();

    let wrong = identity_number()[..17].to_owned() + "?";
    let refused = world.post("committee", "/cases/new", &application(&wrong, &world.village)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    addresses.push(world.submitted().await);
    world.register(&addresses[0].clone()).await;

    for words in
        [identity_number(), identity_number()[10..].to_owned(), "13800000000".to_owned(), "赵试".to_owned()]
    {
        for to in ["", "/people", "/cases", "/work-list", "/talent"] {
            let mut pairs = vec![("q", words.as_str())];
            pairs.extend((!to.is_empty()).then_some(("to", to)));
            let led = world.post("referral_worker", "/search", &pairs).await;
            assert_eq!(led.status, StatusCode::SEE_OTHER, "{to} {words}");
            let list = world.get("referral_worker", &led.location).await;
            assert_eq!(list.status, StatusCode::OK, "{}", led.location);
            // The telephone is the applicant's, and the register knows the person by the rest.
            if to == "/people" && words != "13800000000" {
                list.has("/people/0");
            }
            // Every link of the list, such as the next page, the files, the other language.
            let links = list.text.split("href=\"").skip(1).chain(list.text.split("action=\"").skip(1));
            addresses.extend(links.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
            addresses.push(led.location);
        }
    }
    // A value that PostgreSQL repeats in the detail of its error.
    let person = "INSERT INTO setting (name, value, changed_at) VALUES ($1, $2, $3)";
    for _ in 0..2 {
        let value = app::db::Value::from(serde_json::json!(1));
        let args =
            vec![app::db::Value::from("赵试".to_owned()), value, app::db::Value::from(world.app.now())];
        if let Err(error) = world.app.db.run(person, args).await {
            let told = app::Error::from(error);
            tracing::error!(error.cause = %told, "broken");
        }
    }

    let log = lines.text();
    assert!(log.contains("a line to see") && log.contains("broken"), "{log}");
    tells_nothing("the log", &log);
    tells_nothing("an address", &addresses.join("\n"));
    let details =
        "SELECT CAST(detail AS TEXT) FROM audit /* whole: each entry of a small log is looked at */";
    let details: Vec<(String,)> = world.app.db.all(details, app::p![]).await.unwrap();
    assert!(details.len() > 20, "{}", details.len());
    for (detail,) in details {
        tells_nothing("the audit log", &detail);
    }
});

#[test]
fn whoever_is_searched_for_is_sent_in_the_body() {
    let templates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let (mut folders, mut seen) = (vec![templates], 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for form in text.split("<form").skip(1) {
                let form = form.split("</form>").next().unwrap();
                let head = form.split('>').next().unwrap();
                // Institutions are no persons; auditors name accounts by their usernames, and records by identifiers; notes of
                // the question desk are about nobody.
                let names_nobody = ["/institutions", "/audit", "/audit/unusual", "/questions/notes"];
                let names_nobody = names_nobody.iter().any(|to| head.contains(&format!("action=\"{to}\"")));
                if form.contains("type=\"search\"") && !names_nobody {
                    assert!(head.contains("method=\"post\""), "{}: {head}", path.display());
                    seen += 1;
                }
            }
        }
    }
    assert!(seen >= 6, "{seen} forms that search");
}
