//! `/conferences`: case conferences of the reader; planning one; one with its minutes and what was agreed on; its paper.

pub(crate) mod api;
mod paper;
mod plan;
mod show;

pub(crate) use paper::pdf;
pub(crate) use plan::{new, plan};
pub(crate) use show::{agree, minutes, show, step};

use crate::{
    Site,
    answer::{Page, page},
    care::line::clock,
    language::Language,
    session::Session,
    shell::Shell,
    work_list::{key_of, more},
    workforce::Badge,
};
use app::conference::{self, Conference};
use askama::Template;
use axum::extract::{Query, State};
use jiff::Timestamp;
use rules::conference::ConferenceState;
use serde::Deserialize;

/// A conference as a line.
pub(crate) struct Line {
    pub id: String,
    pub title: String,
    pub when: String,
    /// The hours alone, for a calendar.
    pub time: String,
    pub who: String,
    pub badge: Badge,
}

fn badge(language: Language, one: &Conference, now: Timestamp) -> Badge {
    let text = |key: &str| language.text(key).into_owned();
    match one.state {
        ConferenceState::Planned if one.ends < now => ("soon", "hourglass", text("conference.to_write")),
        ConferenceState::Planned => ("fine", "calendar", language.code("conference_state", one.state.code())),
        ConferenceState::Held if one.confirmed < one.minutes => {
            ("soon", "hourglass", text("conference.to_confirm"))
        }
        ConferenceState::Held => ("good", "check", text("conference.confirmed")),
        ConferenceState::Cancelled => ("quiet", "minus", language.code("conference_state", one.state.code())),
    }
}

pub(crate) fn line(language: Language, found: &Conference, title: &str, now: Timestamp) -> Line {
    let time = format!("{}–{}", clock(found.starts), clock(found.ends));
    let way = language.code("conference_way", found.way.code());
    Line {
        id: found.id.to_string(),
        title: title.to_owned(),
        when: format!("{} {time} · {way}", found.on),
        time,
        who: format!(
            "{} · {} {}",
            found.organisation_name,
            language.text("conference_field.chair"),
            found.chair_name
        ),
        badge: badge(language, found, now),
    }
}

/// Which part of the list.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    after: String,
}

#[derive(Template)]
#[template(path = "conference/list.html")]
struct ListPage {
    shell: Shell,
    lines: Vec<Line>,
    next: String,
    plans: bool,
}

/// Who takes part in any: the own conferences.
pub(crate) async fn list(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let language = session.language;
    let found = conference::list(&site.app, &session.scope, key_of(&asked.after)).await?;
    page(&ListPage {
        shell: session.shell(&language.text("navigation.conferences")),
        lines: found.iter().map(|one| line(language, &one.conference, &one.title, site.app.now())).collect(),
        next: more(&found, conference::PAGE, |last| (last.conference.starts, last.conference.id)),
        plans: conference::plans(&session.scope),
    })
}

/// The reader's conferences of the next days, and minutes that wait, in words; empty where there are none.
pub(crate) async fn waiting(site: &Site, session: &Session) -> Result<String, app::Error> {
    let (soon, open) = conference::waiting(&site.app, &session.scope).await?;
    if soon == 0 && open == 0 {
        return Ok(String::new());
    }
    let days = site.app.tables.conferences.tell_days.to_string();
    let (soon, open) = (soon.to_string(), open.to_string());
    Ok(session.language.with("conference.waiting", &[("soon", &soon), ("days", &days), ("open", &open)]))
}
