//! `/divisions/search`: finds a village by name, path, pinyin or initials while people type.

use crate::{Site, answer::Page, form::Posted, session::Session};
use app::App;
use askama::Template;
use axum::{
    Json,
    extract::{Query, State},
    http::{HeaderMap, header},
    response::IntoResponse,
};
use rules::division::DivisionCode;
use serde::Serialize;
use std::ops::RangeInclusive;

/// Answers at most.
const MOST: usize = 12;

/// The path of a division, such as 上海市 浦东新区 金桥镇; its code where it is unknown.
pub(crate) fn path(app: &App, division: i64) -> String {
    let code = DivisionCode::new(division).ok();
    code.and_then(|code| app.divisions.path(code)).unwrap_or_else(|| division.to_string())
}

/// Town and village: what tells people of one county apart.
pub(crate) fn short(app: &App, division: i64) -> String {
    let path = path(app, division);
    let names: Vec<&str> = path.split(' ').collect();
    names.iter().skip(names.len().saturating_sub(2)).copied().collect::<Vec<_>>().join(" ")
}

/// The choices of a picker: what the words find, and what is chosen already.
pub(crate) fn choices(
    app: &App,
    words: &str,
    chosen: &str,
    within: Option<RangeInclusive<i64>>,
) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    if let Some(path) = DivisionCode::parse(chosen).ok().and_then(|code| app.divisions.path(code)) {
        found.push((chosen.to_owned(), path));
    }
    if !words.is_empty() {
        for division in app.divisions.search(words, within, MOST) {
            let code = division.code.to_string();
            if code != chosen {
                found.push((code, app.divisions.path(division.code).unwrap_or(division.name)));
            }
        }
    }
    found
}

#[derive(Template)]
#[template(path = "form/divisions.html")]
struct Found {
    name: String,
    options: Vec<(String, String)>,
    nothing: String,
}

#[derive(Serialize)]
struct Answer {
    code: String,
    path: String,
}

/// Whoever is signed in: divisions by words, as radio buttons for the picker or as JSON.
pub(crate) async fn search(
    State(site): State<Site>,
    session: Session,
    headers: HeaderMap,
    Query(asked): Query<Posted>,
) -> Page {
    let words =
        asked.0.iter().find(|(key, _)| key == "q" || key.ends_with(".q")).map(|(_, words)| words.trim());
    let within = asked.get("within").and_then(|area| {
        let (from, to) = area.split_once('-')?;
        Some(from.parse().ok()?..=to.parse().ok()?)
    });
    let options = choices(&site.app, words.unwrap_or_default(), "", within);
    let wants = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if wants.contains("application/json") {
        let answers: Vec<Answer> = options.into_iter().map(|(code, path)| Answer { code, path }).collect();
        return Ok(Json(answers).into_response());
    }
    let missing = words.is_some_and(|words| !words.is_empty()) && options.is_empty();
    let nothing =
        if missing { session.language.text("form.nothing_found").into_owned() } else { String::new() };
    crate::answer::page(&Found { name: asked.get("name").unwrap_or("division").to_owned(), options, nothing })
}
