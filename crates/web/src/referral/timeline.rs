//! What happened to a case, in words: steps with their dates, and every event with who, when and why.

use super::words;
use crate::{due, language::Language};
use app::{App, referral::Moment};
use jiff::Timestamp;
use rules::referral::{Case, Step};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// One of the seven steps.
pub(crate) struct Stage {
    pub number: u8,
    pub name: String,
    pub day: String,
    /// `done`, `now`, or nothing.
    pub class: &'static str,
}

/// The event that finishes each step.
const FINISHED_BY: [(Step, &[&str]); 7] = [
    (Step::Apply, &["submitted", "re_entered"]),
    (Step::Register, &["registered", "rejected"]),
    (Step::Refer, &["accepted"]),
    (Step::Assess, &["assessed", "not_suitable"]),
    (Step::Serve, &["first_session"]),
    (Step::Evaluate, &["stage_evaluated"]),
    (Step::Close, &["closed", "ended", "hospital_ended"]),
];

/// The seven steps with the days on which they were finished.
pub(crate) fn steps(language: Language, case: &Case, moments: &[Moment], now: Timestamp) -> Vec<Stage> {
    let present = case.step(now);
    FINISHED_BY
        .iter()
        .map(|(step, events)| {
            let last = moments.iter().find(|moment| events.contains(&moment.name.as_str()));
            let past = step.number() < present.number();
            let done = last.is_some() && (past || case.state.is_end());
            let class = match (*step == present && !case.state.is_end(), done || past) {
                (true, _) => "now",
                (false, true) => "done",
                (false, false) => "",
            };
            let day = last.map(|moment| rules::clock::china_date(moment.at).to_string());
            Stage {
                number: step.number(),
                name: language.code("step", &words::code(step)),
                day: day.and_then(|day| day.get(5..).map(str::to_owned)).unwrap_or_default(),
                class,
            }
        })
        .collect()
}

/// One thing that happened.
pub(crate) struct Happened {
    pub icon: &'static str,
    pub class: &'static str,
    pub what: String,
    pub who: String,
    pub detail: String,
    pub reason: String,
    pub when: String,
    pub rule: String,
    /// The deadline was met, or missed.
    pub met: Option<bool>,
}

/// All that happened, in words.
pub(crate) fn happened(
    app: &App,
    language: Language,
    moments: &[Moment],
    names: &BTreeMap<Uuid, String>,
) -> Vec<Happened> {
    moments
        .iter()
        .map(|moment| {
            let (icon, class) = look(&moment.name);
            let who =
                if moment.actor.is_empty() { language.code("role", "system") } else { moment.actor.clone() };
            let who = match principal(moment).and_then(|id| names.get(&id)) {
                Some(name) => language.with("delegation.acted", &[("who", &who), ("name", name)]),
                None => who,
            };
            Happened {
                icon,
                class,
                what: language.code("event", &moment.name),
                who,
                detail: detail(app, language, moment, names),
                reason: moment
                    .reason
                    .as_deref()
                    .map(|code| words::reason(app, language, code))
                    .unwrap_or_default(),
                when: due::minute(moment.at),
                rule: moment.rule.clone(),
                met: moment.deadline_met,
            }
        })
        .collect()
}

fn look(event: &str) -> (&'static str, &'static str) {
    match event {
        "opened" | "draft_saved" => ("edit", "quiet"),
        "submitted" | "resubmitted" => ("send", "fine"),
        "registered" => ("clipboard-list", "good"),
        "referred" | "place_became_free" => ("arrows-exchange", "fine"),
        "accepted" => ("user-check", "good"),
        "declined" | "recalled_silent" | "closure_refused" | "transfer_refused" => ("arrow-back-up", "soon"),
        "queued" | "suspended" => ("hourglass", "soon"),
        "assessed" | "stage_evaluated" => ("stethoscope", "fine"),
        "agreed" | "agreement_renewed" | "consent_given" => ("file-text", "good"),
        "first_session" | "resumed" => ("heart-handshake", "good"),
        "hospital_requested" => ("ambulance", "soon"),
        "hospital_confirmed" | "discharged" => ("building-hospital", "fine"),
        "closed" | "visited" | "feedback_acknowledged" => ("circle-check", "good"),
        "rejected" | "withdrawn" | "cancelled" | "ended" | "consent_withdrawn" => ("circle-x", "quiet"),
        "contact_attempted" => ("phone", "fine"),
        "form_stored" => ("paperclip", "quiet"),
        _ => ("history", "quiet"),
    }
}

/// The institutions and accounts that events name, so that their names can be asked for at once.
pub(crate) fn named(moments: &[Moment]) -> (Vec<Uuid>, Vec<Uuid>) {
    let of = |key: &str| {
        let ids = moments.iter().filter_map(|moment| data(moment).get(key)?.as_str()?.parse().ok());
        ids.collect::<Vec<Uuid>>()
    };
    let principals = moments.iter().filter_map(principal);
    (of("institution"), of("case_manager").into_iter().chain(principals).collect())
}

/// The colleague for whom somebody stood in.
fn principal(moment: &Moment) -> Option<Uuid> {
    moment.event.get("stands_in_for")?.as_str()?.parse().ok()
}

fn data(moment: &Moment) -> &Json {
    moment.event.get("event").and_then(|event| event.get("data")).unwrap_or(&Json::Null)
}

/// What an event says beyond its name, where the reader may see it.
fn detail(app: &App, language: Language, moment: &Moment, names: &BTreeMap<Uuid, String>) -> String {
    let data = data(moment);
    let name = |key: &str| {
        let id: Option<Uuid> = data.get(key).and_then(Json::as_str).and_then(|id| id.parse().ok());
        id.and_then(|id| names.get(&id)).cloned().unwrap_or_default()
    };
    let text = |key: &str| data.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    let comma = language.text("form.comma");
    match moment.name.as_str() {
        "submitted" => text("receipt"),
        "registered" => text("number"),
        "referred" => {
            format!("{} · {}", name("institution"), language.with("case.until", &[("day", &text("until"))]))
        }
        "place_became_free" => name("institution"),
        "accepted" | "case_manager_changed" => name("case_manager"),
        "supplement_asked" => {
            let items = data.get("items").and_then(Json::as_array).into_iter().flatten();
            let items: Vec<String> =
                items.filter_map(Json::as_str).map(|code| words::item(app, language, code)).collect();
            items.join(&comma)
        }
        "first_session" | "hospital_confirmed" | "discharged" | "died" => text("on"),
        "stage_evaluated" => language.code("decision", &text("decision")),
        "visited" => format!("{} · {}", text("on"), language.code("action", &text("action"))),
        "word_recorded" => language.code("word", &text("word")),
        "suspended" | "agreed" | "agreement_renewed" => {
            language.with("case.until", &[("day", &text("until"))])
        }
        "contact_attempted" => format!("{} · {}", text("on"), language.code("way", &text("way"))),
        "consent_given" => {
            let purposes = data.as_array().into_iter().flatten();
            let purposes = purposes.filter_map(|given| given.get("purpose").and_then(Json::as_str));
            let names: Vec<String> = purposes.map(|code| language.code("purpose", code)).collect();
            names.join(&comma)
        }
        _ => String::new(),
    }
}
