//! One question: its thread, and what the reader may do.

use super::{Line, ask, line};
use crate::{
    Site,
    address::{self, parsed},
    agreed::{self, AgreedLine},
    answer::{Page, page, page_with},
    due::minute,
    failure::Failure,
    language::Language,
    library::{self, Choice, Fields, choices},
    session::Session,
    shell::Shell,
};
use app::{
    id::Id,
    question::{self, Message, ProposalEntry, StepEntry},
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use rules::question::{Proposal, QuestionState, QuestionStep, Side};

/// Something that was said or done.
struct Said {
    number: i64,
    title: String,
    tone: &'static str,
    icon: &'static str,
    who: String,
    at: String,
    text: String,
    /// What it proposes, with its day; empty where it proposes nothing.
    proposes: String,
    /// What became of the proposal; empty while it is open.
    became: String,
}

fn said(language: Language, one: &Message) -> Said {
    let (tone, icon) = match one.kind.as_str() {
        "ask" | "add" | "reopen" => ("fine", "user"),
        "answer" => ("good", "stethoscope"),
        "ask_back" => ("soon", "message-circle"),
        "late" => ("late", "alert-triangle"),
        "redirect" => ("soon", "building-hospital"),
        _ => ("quiet", "clock"),
    };
    let by = one.by.map(|by| by.to_string()).unwrap_or_default();
    let proposes = one.proposes.map(|proposal| {
        format!(
            "{} · {}",
            language.code("question_proposal", proposal.code()),
            language.with("question.by", &[("day", &by)])
        )
    });
    let became = one.taken.map(|taken| {
        let key = if taken { "question.taken_up" } else { "question.set_aside_done" };
        language.text(key).into_owned()
    });
    Said {
        number: one.number,
        title: language.code("question_event", &one.kind),
        tone,
        icon,
        who: if one.author.is_empty() {
            language.text("question.by_itself").into_owned()
        } else {
            format!("{} · {}", one.author, one.organisation)
        },
        at: minute(one.at),
        text: one.text.clone(),
        proposes: proposes.unwrap_or_default(),
        became: became.unwrap_or_default(),
    }
}

#[derive(Template)]
#[template(path = "question/show.html")]
struct ShowPage {
    shell: Shell,
    id: String,
    line: Line,
    urgency: String,
    version: i64,
    told: Vec<String>,
    /// Whose question it is, with the way to the case or record, for the asker; both empty otherwise.
    name: String,
    place: String,
    facts: String,
    thread: Vec<Said>,
    tasks: Vec<AgreedLine>,
    /// The reader asked it.
    asker: bool,
    /// The reader sees nothing of what is said.
    county: bool,
    note: String,
    /// The reader may publish what holds for many.
    publishes: bool,
    steps: Vec<&'static str>,
    proposals: Vec<Choice>,
    desks: Vec<Choice>,
    typed: StepEntry,
}

impl ShowPage {
    /// Whether the reader may take a step.
    fn may(&self, step: &str) -> bool {
        self.steps.contains(&step)
    }

    /// What was typed for a step that did not happen.
    fn text(&self, step: &str) -> &str {
        if self.typed.step == step { &self.typed.text } else { "" }
    }

    /// What was typed for a step that is the reader's no longer, because the question was closed meanwhile; shown, not lost.
    fn left(&self) -> &str {
        if self.may(&self.typed.step) { "" } else { &self.typed.text }
    }
}

/// Who asked, the doctors of the desk, and the county once the term is over: one question.
pub(crate) async fn show(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    page(&drawn(&site, &session, parsed(&id)?, Vec::new(), StepEntry::default()).await?)
}

async fn drawn(
    site: &Site,
    session: &Session,
    id: Id,
    told: Vec<String>,
    typed: StepEntry,
) -> Result<ShowPage, Failure> {
    let (app, language) = (&site.app, session.language);
    let found = question::show(app, &session.scope, id).await?;
    let county = found.side == Side::County;
    let place = found.question.about.as_ref().map(|(kind, id)| address::about(kind, &id.to_string()));
    let steps: Vec<&'static str> = found.steps.iter().map(|step| step.code()).collect();
    let desks = if found.steps.contains(&QuestionStep::Redirect) {
        let own = |(id, _): &(Id, String)| *id != found.question.desk;
        let choice = |(id, name): (Id, String)| {
            let code = id.to_string();
            Choice { chosen: code == typed.hospital, code, name }
        };
        let desks = question::desks(app, found.question.county).await?;
        desks.into_iter().filter(own).map(choice).collect()
    } else {
        Vec::new()
    };
    let codes = Proposal::ALL.map(Proposal::code);
    let over = matches!(found.question.state, QuestionState::Answered | QuestionState::Closed);
    let listed = question::Line { question: found.question, subject: found.subject };
    let question = &listed.question;
    Ok(ShowPage {
        shell: session.shell(&language.text("navigation.questions")),
        id: id.to_string(),
        urgency: super::urgency(app, language, &question.urgency),
        version: question.version,
        told,
        place: place.filter(|_| found.name.is_some()).unwrap_or_default(),
        name: found.name.unwrap_or_default(),
        facts: found.facts.map(|facts| ask::facts(language, &facts)).unwrap_or_default(),
        thread: found.messages.iter().map(|one| said(language, one)).collect(),
        tasks: found.tasks.iter().map(|one| agreed::line(app, session, one)).collect(),
        asker: found.side == Side::Asker,
        county,
        note: question.note.map(|id| id.to_string()).unwrap_or_default(),
        publishes: found.side == Side::Doctor
            && over
            && question.answered_at.is_some()
            && question.note.is_none(),
        proposals: choices(language, "question_proposal", codes, std::slice::from_ref(&typed.proposes)),
        line: line(app, language, &listed),
        steps,
        desks,
        typed,
    })
}

/// The same: takes it, answers, asks back, says more, closes, opens again, gives it to another hospital.
pub(crate) async fn step(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let (id, fields) = (parsed(&id)?, Fields(sent));
    let entry = StepEntry {
        step: fields.one("step"),
        version: fields.version(),
        text: fields.one("text"),
        proposes: fields.one("proposes"),
        by: fields.one("by"),
        hospital: fields.one("hospital"),
    };
    match question::step(&site.app, &session.scope, id, &entry).await {
        // Given to another hospital it is no longer late, and no longer the county's.
        Ok(()) if entry.step == "redirect" => Ok(Redirect::to("/questions").into_response()),
        Ok(()) => Ok(Redirect::to(&format!("/questions/{id}")).into_response()),
        Err(error) => {
            let (status, told) = library::told(&session, error, "question_field")?;
            page_with(status, &drawn(&site, &session, id, told, entry).await?)
        }
    }
}

/// Who asked: takes up what an answer proposes, or sets it aside.
pub(crate) async fn propose(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let (id, fields) = (parsed(&id)?, Fields(sent));
    let entry = ProposalEntry {
        number: fields.one("number").parse().unwrap_or(0),
        take: fields.one("take") == "yes",
        version: fields.version(),
    };
    match question::propose_answer(&site.app, &session.scope, id, &entry).await {
        Ok(()) => Ok(Redirect::to(&format!("/questions/{id}")).into_response()),
        Err(error) => {
            let (status, told) = library::told(&session, error, "question_field")?;
            page_with(status, &drawn(&site, &session, id, told, StepEntry::default()).await?)
        }
    }
}
