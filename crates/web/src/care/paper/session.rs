//! `/care/sessions/{id}/pdf`: the record of a session on paper, form F7: what was done with the fields of the service, and who came. Of a
//! group it is one sheet; of its persons it names those whom the reader sees, and counts the others.

use crate::{
    Site,
    address::parsed,
    answer::Page,
    care::{
        fields::{self, Asked},
        line::clock,
        words,
    },
    due::minute,
    language::Language,
    pdf::{self, Block, Document, Pair},
    referral::words as case_words,
    session::Session,
};
use app::{
    App,
    care::{self, Seat, SessionContent, Shown},
};
use axum::extract::{Path, State};
use rules::{care::SessionState, clock::china_date, form::FormCode};

/// Whom the session concerns: its record as a file. The read is in the log.
pub(crate) async fn pdf(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let (app, language) = (&site.app, session.language);
    let shown = care::session(app, &session.scope, parsed(&id)?).await?;
    let title = case_words::title(app, language, FormCode::F7);
    let mut blocks = vec![Block::Title(title.clone()), Block::Aside("F7".to_owned())];
    blocks.push(Block::Pairs(head(app, &session, &shown)));
    if shown.late {
        blocks.push(Block::Text(language.text("care.late_about").into_owned()));
    }
    let written = written(app, language, (&shown.service, &shown.way), &shown.content);
    if !written.is_empty() {
        blocks.push(Block::Pairs(written));
    }
    blocks.extend(persons(app, language, &shown));
    if let Some((name, at)) = &shown.recorded {
        let written = language.with("paper.written", &[("name", name), ("at", &minute(*at))]);
        blocks.push(Block::Small(written));
    }
    let document = Document { title, language: language.tag(), blocks };
    Ok(pdf::answer(document, format!("session-{}", shown.id)).await?)
}

/// What it was, when, where, who led it, and how it ended.
fn head(app: &App, session: &Session, shown: &Shown) -> Vec<Pair> {
    let language = session.language;
    let pair = |key: &str, value: &str| Pair::new(&language.text(key), value);
    let time = fields::stretch(
        language,
        (&clock(shown.starts), &clock(shown.ends)),
        china_date(shown.ends),
        shown.nights,
    );
    let mut pairs = vec![
        pair("care_field.service", &words::service(app, language, &shown.service)),
        pair("care_field.way", &words::way(app, language, &shown.way)),
        pair("care_field.on", &shown.on.to_string()),
        pair("paper.time", &time),
        pair("care_field.place", &language.code("care_place", &shown.place)),
        pair("care_field.leader", &shown.leader_name),
        pair("paper.house", &session.scope.organisation_name),
        pair("paper.state", &state(app, language, shown.state, shown.reason.as_deref())),
    ];
    if !shown.content.leader_reason.is_empty() {
        pairs.push(pair("care_field.leader_reason", &shown.content.leader_reason));
    }
    pairs
}

/// The state, and why it is cancelled or void.
pub(super) fn state(app: &App, language: Language, state: SessionState, reason: Option<&str>) -> String {
    let name = language.code("care_state", state.code());
    let (cancel, void) = (&app.tables.care.cancel_reasons, &app.tables.care.void_reasons);
    let found = reason.and_then(|code| cancel.iter().chain(void).find(|one| one.code == code));
    found.map_or_else(|| name.clone(), |one| format!("{name} · {}", language.of(&one.zh, &one.en)))
}

/// What is written of a session, with the fields of its service; what is empty is left out.
pub(super) fn written(
    app: &App,
    language: Language,
    asked: Asked<'_>,
    content: &SessionContent,
) -> Vec<Pair> {
    let own = |key: &str, value: &str| (language.text(key).into_owned(), value.to_owned());
    let mut said = vec![own("care_field.title", &content.title), own("care_field.done", &content.done)];
    said.extend(fields::said(app, language, asked, &content.fields));
    said.push(own("care_field.summary", &content.summary));
    let told = said.into_iter().filter(|(_, value)| !value.trim().is_empty());
    told.map(|(label, value)| Pair::new(&label, &value)).collect()
}

/// Who came and how it went, with places to sign: for a group a column, for one person a line.
fn persons(app: &App, language: Language, shown: &Shown) -> Vec<Block> {
    let text = |key: &str| language.text(key).into_owned();
    let group = shown.persons.len() > 1 || shown.others > 0;
    let row = |seat: &Seat| {
        let name = if seat.name.is_empty() { text("care.nameless") } else { seat.name.clone() };
        let presence = language.code("care_presence", seat.presence.code());
        let values = fields::line(app, language, (&shown.service, &shown.way), &seat.fields);
        let told =
            [values, seat.note.clone()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
        let row = vec![name, presence, told.join(" · ")];
        if group { [row, vec![String::new()]].concat() } else { row }
    };
    let mut headings = vec!["care_field.persons", "paper.presence", "care_field.note"];
    let mut places = vec!["paper.sign_leader"];
    if group {
        headings.push("care.signature");
        places.push("paper.stamp");
    } else {
        places.push("paper.sign_person_or_family");
    }
    let headings = headings.into_iter().map(text).collect();
    let mut blocks = vec![
        Block::Heading(text("care.who_came")),
        Block::Table(headings, shown.persons.iter().map(row).collect()),
    ];
    if shown.others > 0 {
        blocks.push(Block::Small(format!("{} {}", text("care.others"), shown.others)));
    }
    blocks.push(Block::Blanks(places.into_iter().map(text).collect()));
    blocks
}
