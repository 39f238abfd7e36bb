//! The minutes of a conference as a PDF file, with places to sign. What the reader may not see of a client stands in it no more than on
//! the page.

use super::{line, show::minutes_view};
use crate::{
    Site,
    address::parsed,
    agreed,
    answer::Page,
    pdf::{self, Block, Document, Pair},
    session::Session,
};
use app::{
    conference::{self, Whole},
    id::Id,
};
use axum::extract::{Path, State};

/// Who takes part: the paper of one conference. The read is in the log.
pub(crate) async fn pdf(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let id: Id = parsed(&id)?;
    let language = session.language;
    let found = conference::show(&site.app, &session.scope, id).await?;
    let title = format!("{} · {}", language.text("conference.paper"), found.content.title);
    let blocks = blocks(&site, &session, &found);
    let document = Document { title, language: language.tag(), blocks };
    Ok(pdf::answer(document, format!("conference-{id}")).await?)
}

fn blocks(site: &Site, session: &Session, found: &Whole) -> Vec<Block> {
    let language = session.language;
    let text = |key: &str| language.text(key).into_owned();
    let drawn = line(language, &found.conference, &found.content.title, site.app.now());
    let persons: Vec<Vec<String>> =
        found.persons.iter().map(|one| vec![one.name.clone(), one.organisation.clone()]).collect();
    let clients: Vec<Vec<String>> =
        found.clients.iter().map(|one| vec![one.name.clone(), one.question.clone()]).collect();
    let mut blocks = vec![
        Block::Title(text("conference.paper")),
        Block::Aside(drawn.badge.2),
        Block::Pairs(vec![
            Pair::new(&text("conference_field.title"), &drawn.title),
            Pair::new(&text("conference.when"), &drawn.when),
            Pair::new(&text("conference_field.place"), &found.content.place),
            Pair::new(&text("conference_field.chair"), &found.conference.chair_name),
            Pair::new(&text("conference.planner"), &found.conference.planner_name),
        ]),
        Block::Heading(text("conference.who")),
        Block::Table(vec![text("paper.name"), text("conference.organisation")], persons),
        Block::Heading(text("conference.whom")),
        Block::Table(vec![text("question.person"), text("conference_field.question")], clients),
    ];
    if let Some(last) = found.minutes.first() {
        let view = minutes_view(language, found, last);
        let number = view.number.to_string();
        blocks.push(Block::Heading(language.with("conference.version", &[("number", &number)])));
        let mut pairs = vec![Pair::new(&text("conference_field.came"), &view.came)];
        if !view.general.is_empty() {
            pairs.push(Pair::new(&text("conference_field.general"), &view.general));
        }
        if !view.reason.is_empty() {
            pairs.push(Pair::new(&text("conference.corrected_for"), &view.reason));
        }
        blocks.push(Block::Pairs(pairs));
        for (name, situation, opinions, decisions) in view.parts {
            blocks.push(Block::Text(name));
            blocks.push(Block::Pairs(vec![
                Pair { whole: true, ..Pair::new(&text("conference_field.situation"), &situation) },
                Pair { whole: true, ..Pair::new(&text("conference_field.opinions"), &opinions) },
                Pair { whole: true, ..Pair::new(&text("conference_field.decisions"), &decisions) },
            ]));
        }
        let written = [view.by, view.confirmed].into_iter().filter(|part| !part.is_empty());
        blocks.push(Block::Small(written.collect::<Vec<_>>().join(" · ")));
    }
    if !found.tasks.is_empty() {
        let row = |task: &app::agreed::Agreed| {
            let task = agreed::line(&site.app, session, task);
            vec![task.what, task.owner, task.by, task.done]
        };
        let headings =
            ["conference_field.what", "conference_field.owner", "conference_field.due", "agreed.done"];
        blocks.push(Block::Heading(text("agreed.title")));
        blocks.push(Block::Table(headings.map(text).to_vec(), found.tasks.iter().map(row).collect()));
    }
    blocks.push(Block::Blanks(vec![text("conference.chair_signs"), text("conference.others_sign")]));
    blocks
}
