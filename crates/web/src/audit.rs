//! `/audit`: who did or read what; for auditors all of their area, for clients what was done with their own data.
//! `/api/v1/audit`.

pub(crate) mod api;
mod detail;
pub(crate) mod unusual;

pub(crate) use detail::in_words;

use crate::{
    Site, address,
    answer::{Page, page},
    due::minute,
    language::Language,
    library,
    session::Session,
    shell::Shell,
};
use app::{
    audit::{self, Filter, Line},
    export::Table,
    id::Id,
};
use askama::Template;
use axum::extract::{Query, State};
use jiff::Timestamp;
use rules::account::Role;
use serde::Deserialize;

/// What the log is asked for, as it stands in the address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    actor: String,
    subject: String,
    action: String,
    from: String,
    until: String,
    after: String,
    format: String,
}

/// The last line of a page, as it stands in an address.
pub(crate) fn cursor((at, id): (Timestamp, Id)) -> String {
    format!("{}|{id}", at.as_microsecond())
}

/// The place of a line that an address names.
pub(crate) fn read_cursor(text: &str) -> Option<(Timestamp, Id)> {
    let (at, id) = text.split_once('|')?;
    Some((Timestamp::from_microsecond(at.parse().ok()?).ok()?, id.parse().ok()?))
}

impl Asked {
    /// The filter that the address names.
    pub(crate) fn filter(&self) -> Filter {
        let plain = |text: &String| text.replace('\0', "");
        Filter {
            actor: plain(&self.actor),
            subject: plain(&self.subject),
            action: plain(&self.action),
            from: self.from.trim().parse().ok(),
            until: self.until.trim().parse().ok(),
            after: read_cursor(&self.after),
        }
    }

    /// The filter for an address, without the page.
    pub(crate) fn query(&self) -> String {
        address::query([
            ("actor", self.actor.as_str()),
            ("subject", &self.subject),
            ("action", &self.action),
            ("from", &self.from),
            ("until", &self.until),
        ])
    }
}

/// A line in words.
struct Row {
    at: String,
    who: String,
    role: String,
    organisation: String,
    action: String,
    subject: String,
    subject_id: String,
    purpose: String,
    detail: String,
}

impl Row {
    /// A client learns which office looked, in which role; not the name of whoever sat there.
    fn new(language: Language, role: Role, line: &Line) -> Row {
        let name = line.name.clone().unwrap_or_default();
        let who = line.username.as_ref().map_or_else(String::new, |username| format!("{name} ({username})"));
        Row {
            at: minute(line.at),
            who: if role == Role::Client { String::new() } else { who },
            role: language.code("role", &line.role),
            organisation: line.organisation.clone().unwrap_or_default(),
            action: language.code("audit_action", &line.action),
            subject: language.code("audit_subject", &line.subject_kind),
            subject_id: line.subject_id.map(|id| id.to_string()).unwrap_or_default(),
            purpose: language.code("purpose", &line.purpose),
            detail: in_words(language, &line.detail),
        }
    }
}

#[derive(Template)]
#[template(path = "audit/list.html")]
struct LogPage {
    shell: Shell,
    asked: Asked,
    rows: Vec<Row>,
    /// Code and name of what can be done.
    actions: Vec<(&'static str, String)>,
    next: String,
    query: String,
    client: bool,
}

/// What stands in the log, in the order in which a filter offers it. A test compares it with the programme.
pub(crate) const ACTIONS: [&str; 70] = [
    "read",
    "list",
    "search",
    "reveal",
    "open_emergency",
    "end_emergency",
    "judge_emergency",
    "escalate",
    "export",
    "ask_export",
    "agree_export",
    "decline_export",
    "command",
    "refused",
    "limited",
    "done",
    "change",
    "import",
    "apply",
    "undo",
    "take",
    "sign_in",
    "sign_in_begun",
    "sign_in_refused",
    "sign_out",
    "take_over",
    "open_account",
    "renew_code",
    "end_account",
    "add",
    "publish",
    "end",
    "restore",
    "change_role",
    "explain",
    "prune",
    "backup",
    "restore_backup",
    "set_password",
    "change_password",
    "unlock",
    "enrol_factor",
    "remove_factor",
    "enrol_passkey",
    "remove_passkey",
    "passkey_refused",
    "reset_factor",
    "new_recovery_codes",
    "use_recovery_code",
    "delegate",
    "end_delegation",
    "end_session",
    "new_token",
    "revoke_tokens",
    "share",
    "receipt",
    "link_provider",
    "unlink_provider",
    "provider_change",
    "provision",
    "ask_right",
    "answer_right",
    "hand_to_device",
    "open_device",
    "send_from_device",
    "withdraw_visit",
    "withdraw_session",
    "choose_reminders",
    "give_lead",
    "void",
];

/// Auditors: the log of their area. Clients: what was done with their own data.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let lines = audit::page(&site.app, &session.scope, &asked.filter()).await?;
    let (language, role) = (session.language, session.scope.role);
    let full = i64::try_from(lines.len()).unwrap_or(0) == audit::PAGE;
    let (query, client) = (asked.query(), role == Role::Client);
    let next = lines
        .last()
        .filter(|_| full)
        .map(|last| format!("/audit?{query}&after={}", address::escaped(&cursor((last.at, last.id)))));
    let title = if client { "navigation.own_log" } else { "navigation.audit" };
    page(&LogPage {
        shell: session.shell(&language.text(title)),
        rows: lines.iter().map(|line| Row::new(language, role, line)).collect(),
        actions: ACTIONS.iter().map(|code| (*code, language.code("audit_action", code))).collect(),
        next: next.unwrap_or_default(),
        query,
        client,
        asked,
    })
}

/// Auditors and clients: the filtered log as a file.
pub(crate) async fn export(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let (lines, code) = audit::export(&site.app, &session.scope, &asked.filter()).await?;
    let (language, role) = (session.language, session.scope.role);
    let text = |key: &str| language.text(key).into_owned();
    let names = [
        "audit.at",
        "audit.who",
        "audit.role",
        "audit.organisation",
        "audit.action",
        "audit.subject",
        "audit.subject_id",
        "audit.purpose",
        "audit.detail",
    ];
    let cells = |line: &Line| {
        let row = Row::new(language, role, line);
        vec![
            row.at,
            row.who,
            row.role,
            row.organisation,
            row.action,
            row.subject,
            row.subject_id,
            row.purpose,
            row.detail,
        ]
    };
    let table = Table {
        title: text("navigation.audit"),
        mark: crate::export::mark(&session, site.app.now(), &code),
        figures_from: None,
        columns: names.iter().map(|key| text(key)).collect(),
        rows: lines.iter().map(cells).collect(),
    };
    library::export("audit", &asked.format, &table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_offers_what_the_programme_writes() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../app/src");
        let mut stack = vec![std::path::PathBuf::from(folder)];
        let mut written = std::collections::BTreeSet::new();
        while let Some(place) = stack.pop() {
            if place.is_dir() {
                stack.extend(std::fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path()));
                continue;
            }
            let text = std::fs::read_to_string(place).unwrap();
            for start in ["action: \"", "action = \"", "of_account(\"", "audit::Entry::listed(\""] {
                written.extend(
                    text.split(start).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned),
                );
            }
        }
        let offered: std::collections::BTreeSet<String> =
            ACTIONS.iter().map(|code| (*code).to_owned()).collect();
        assert!(written.len() > 10, "{written:?}");
        assert!(written.is_subset(&offered), "{:?}", written.difference(&offered).collect::<Vec<_>>());
        for code in ACTIONS {
            for language in [Language::Chinese, Language::English] {
                assert_ne!(language.code("audit_action", code), code);
            }
        }
    }

    #[test]
    fn a_place_in_the_log_goes_through_an_address() {
        let id: Id = "018f0000-0000-7000-8000-000000000001".parse().unwrap();
        let at: Timestamp = "2026-03-02T01:00:00.123456Z".parse().unwrap();
        assert_eq!(read_cursor(&cursor((at, id))), Some((at, id)));
        for wrong in ["", "1", "|", "x|y"] {
            assert_eq!(read_cursor(wrong), None);
        }
    }
}
