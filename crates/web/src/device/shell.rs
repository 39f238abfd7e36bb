//! `/device`: the page that a phone keeps and shows without a network, with its worker and its manifest. It says nothing about
//! anybody: who is signed in and whom they care for comes from the phone's own store.

use super::{
    form::{self, Choice, Group, Input},
    session_form,
};
use crate::{
    Site,
    answer::{Page, page},
    assets,
    language::Language,
    shell::Frame,
};
use askama::Template;
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, Uri, header},
    response::{IntoResponse, Response},
};
use rules::followup::{Class, Rule, visit::FaultCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// A text that the scripts show, by its code.
struct Text {
    code: String,
    text: String,
}

#[derive(Template)]
#[template(path = "device/shell.html")]
struct ShellPage {
    frame: Frame,
    groups: Vec<Group>,
    session_groups: Vec<Group>,
    presences: Vec<Choice>,
    texts: Vec<Text>,
    pin_hint: String,
    pin_digits: u16,
}

/// Kinds of texts that scripts look up by code, with their codes.
fn texts(language: Language) -> Vec<Text> {
    let mut texts = Vec::new();
    let mut add = |kind: &str, code: &str| {
        texts.push(Text { code: format!("{kind}.{code}"), text: language.code(kind, code) });
    };
    for code in SPOKEN {
        add("device", code);
    }
    add("device_field", "face_to_face");
    for class in Class::ALL {
        add("device_class", &class.code().to_string());
    }
    for rule in Rule::ALL {
        add("device_rule", rule.code());
    }
    for code in FaultCode::ALL {
        add("visit_fault", code.code());
    }
    for presence in session_form::PRESENCES {
        add("care_presence", presence.code());
    }
    for code in ["client_elsewhere", "leader_elsewhere"] {
        add("session_fault", code);
    }
    // The words of the site's own form.
    let told =
        |code: &str| Text { code: format!("session_fault.{code}"), text: language.code("problem", code) };
    texts.extend(session_form::FAULTS.iter().map(|code| told(code)));
    texts
}

/// Texts of `device` that scripts show; those of the page stand in its template.
const SPOKEN: [&str; 65] = [
    "agreed_services",
    "as_of",
    "ask_clock_wrong",
    "ask_future",
    "ask_late",
    "call",
    "clock",
    "clock_back",
    "computed",
    "days",
    "draft_kept",
    "draft_lost",
    "due",
    "earlier",
    "earlier_sessions",
    "faults_short",
    "full",
    "go_on",
    "held_until",
    "kept_both",
    "last_session",
    "last_visit",
    "latest",
    "left",
    "missed_row",
    "missing",
    "network",
    "no_room",
    "no_session_today",
    "nobody",
    "nobody_due",
    "none",
    "not_kept",
    "nothing_waits",
    "offline",
    "online",
    "overdue",
    "pin_differs",
    "pin_short",
    "pin_simple",
    "pin_wrong",
    "queue_full",
    "record_planned",
    "record_session",
    "record_visit",
    "risk",
    "rule",
    "saved",
    "sending",
    "sent",
    "session_clock_wrong",
    "session_conflict",
    "session_future",
    "session_gone",
    "session_late_day",
    "session_over",
    "sign_in",
    "stale",
    "to_record_late",
    "today",
    "told_behind",
    "told_faulty",
    "told_gone",
    "told_waits",
    "yes",
];

/// Anyone: the page. Who has signed in does not change it, so a phone may keep it.
pub(crate) async fn show(State(site): State<Site>, uri: Uri, headers: HeaderMap) -> Page {
    let language = Language::of_request(&uri, &headers);
    let (digits, tries) = (site.app.tables.offline.pin_digits, site.app.tables.offline.pin_tries);
    let values = [("digits", digits.to_string()), ("tries", tries.to_string())];
    let values: Vec<(&str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
    page(&ShellPage {
        frame: Frame::new(language, "/device", &language.text("device.title")),
        groups: form::groups(language),
        session_groups: session_form::groups(&site.app, language),
        presences: session_form::presences(language),
        texts: texts(language),
        pin_hint: language.with("device.pin_hint", &values),
        pin_digits: digits,
    })
}

/// What the phone keeps beside the page, by address.
const KEPT: [&str; 20] = [
    "/assets/mark.svg",
    "/assets/vendor/tabler/tabler.min.css",
    "/assets/vendor/icons/icons.svg",
    "/assets/xinqiao.css",
    "/assets/device/alone.js",
    "/assets/device/app.js",
    "/assets/device/contact.js",
    "/assets/device/faults.js",
    "/assets/device/rules.js",
    "/assets/device/session.js",
    "/assets/device/session_sync.js",
    "/assets/device/session_views.js",
    "/assets/device/sheets.js",
    "/assets/device/store.js",
    "/assets/device/sync.js",
    "/assets/device/vault.js",
    "/assets/device/views.js",
    "/assets/device/visit.js",
    "/assets/device/words.js",
    "/assets/device/rules.wasm",
];

/// Changes with whatever the phone keeps: a digest of its files, of the page and of its texts.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    for path in KEPT {
        digest.update(assets::content(path.trim_start_matches("/assets/")).unwrap_or_default());
    }
    digest.update(include_str!("../../templates/device/shell.html"));
    digest.update(include_str!("../../texts/device.yml"));
    digest.update(include_str!("../../templates/device/fields.html"));
    digest.update(include_str!("../device/form.rs"));
    digest.update(include_str!("../device/session_form.rs"));
    digest.update(include_str!("../../texts/care.yml"));
    digest.update(include_str!("../../../../data/services.toml"));
    for text in [Language::Chinese, Language::English].into_iter().flat_map(texts) {
        digest.update(text.text);
    }
    assets::short(&digest.finalize().into())
});

/// Anyone: the script that answers for the site where there is no network. Its version and the list of what it keeps stand on
/// top, so that a browser takes a new one as soon as any of it changed.
pub(crate) async fn worker() -> Response {
    let script = assets::content("device/worker.js").unwrap_or_default();
    let head = format!("const VERSION = {:?};\nconst KEPT = {};\n", *VERSION, json!(KEPT));
    let kind = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")];
    (kind, head + &String::from_utf8_lossy(&script)).into_response()
}

/// Anyone: how a phone names the page and draws it on its home screen (W3C Web Application Manifest).
pub(crate) async fn manifest(uri: Uri, headers: HeaderMap) -> Response {
    let language = Language::of_request(&uri, &headers);
    let icon = |size: &str, file: &str, purpose: &str| -> Value {
        json!({ "src": format!("/assets/device/{file}"), "sizes": size, "type": "image/png", "purpose": purpose })
    };
    let manifest = json!({
        "id": "/device",
        "name": format!("{} · {}", language.text("product.name"), language.text("device.title")),
        "short_name": language.text("product.name"),
        "lang": language.tag(),
        "start_url": "/device",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f9fafb",
        "theme_color": "#0b6e6e",
        "icons": [
            icon("192x192", "icon-192.png", "any"),
            icon("512x512", "icon-512.png", "any"),
            icon("512x512", "icon-maskable-512.png", "maskable"),
        ],
    });
    let mut response = Json(manifest).into_response();
    let kind = header::HeaderValue::from_static("application/manifest+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_that_a_script_shows_stands_in_the_page() {
        let told: Vec<String> = texts(Language::English).into_iter().map(|text| text.code).collect();
        for path in KEPT.iter().filter(|path| path.starts_with("/assets/device/") && path.ends_with(".js")) {
            let script = assets::content(path.trim_start_matches("/assets/")).unwrap();
            let script = String::from_utf8_lossy(&script);
            let of_page = |part: &&str| part.split_once('.').is_some_and(|(kind, _)| kind == "device");
            for code in script.split('"').filter(of_page) {
                assert!(told.iter().any(|text| text == code), "{path}: {code}");
            }
        }
        for language in [Language::Chinese, Language::English] {
            for text in texts(language) {
                assert!(!text.text.is_empty() && text.text != text.code, "{}", text.code);
            }
        }
    }

    #[test]
    fn everything_that_a_phone_keeps_is_there() {
        for path in KEPT {
            let file = assets::content(path.trim_start_matches("/assets/"));
            assert!(file.is_some_and(|file| !file.is_empty()), "{path}");
        }
        assert_eq!(VERSION.len(), 16);
    }
}
