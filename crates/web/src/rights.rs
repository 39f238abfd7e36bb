//! `/rights`: what a person asks of those who hold the data, and the list of who must answer; who may read in the person's name.

pub(crate) mod api;

use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    due::{self, Due, minute},
    failure::Failure,
    language::Language,
    session::Session,
    shell::Shell,
    work_list::{key_of, key_text},
};
use app::{
    Error,
    account::guardianship::{self, Guardian},
    id::Id,
    rights::{self, Answer, Part, Request, Whole},
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect},
};
use rules::{account::Role, rights::Outcome};
use serde::Deserialize;

/// A request as a line.
pub(crate) struct Line {
    pub id: String,
    pub what: String,
    pub who: String,
    pub asked: String,
    pub due: Due,
    /// Outcome in words, and its class; empty while it waits.
    pub outcome: String,
    pub tone: (&'static str, &'static str),
}

/// A guardian who may read in the person's name.
struct GuardianLine {
    account: String,
    name: String,
    basis: String,
    since: String,
    may_end: bool,
}

/// A kind of request or a ground, to choose from.
struct Choice {
    code: String,
    name: String,
    law: String,
}

#[derive(Template)]
#[template(path = "rights/list.html")]
struct ListPage {
    shell: Shell,
    client: bool,
    guardian: bool,
    open: Vec<Line>,
    answered: Vec<Line>,
    more_open: String,
    more_answered: String,
    kinds: Vec<Choice>,
    days: String,
    guardians: Vec<GuardianLine>,
    kind: String,
    words: String,
    problem: String,
    done: String,
}

#[derive(Template)]
#[template(path = "rights/show.html")]
struct ShowPage {
    shell: Shell,
    line: Line,
    law: String,
    words: String,
    by_guardian: bool,
    answer: String,
    ground: String,
    may_answer: bool,
    outcomes: Vec<(&'static str, String)>,
    grounds: Vec<Choice>,
    copy_until: String,
    entry: AnswerEntry,
    problem: String,
}

/// Which pages of the lists, and what was done before.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    open: String,
    answered: String,
    done: String,
}

/// What is asked for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct AskEntry {
    kind: String,
    words: String,
}

/// An answer as it is written.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct AnswerEntry {
    outcome: String,
    ground: String,
    words: String,
}

/// A request as a line of a list.
pub(crate) fn line(site: &Site, language: Language, request: &Request) -> Line {
    let app = &site.app;
    let kind = app.tables.rights.kind(&request.kind);
    let answered = request.outcome.as_deref();
    let tone = match answered {
        Some("granted") => ("good", "check"),
        Some("partly") => ("soon", "check"),
        Some(_) => ("quiet", "x"),
        None => ("fine", "clock"),
    };
    let remind = Some(request.due_at).map(|due| due - jiff::SignedDuration::from_hours(24 * 7));
    Line {
        id: request.id.to_string(),
        what: kind.map(|kind| language.of(&kind.zh, &kind.en)).unwrap_or_default(),
        who: request.name.clone(),
        asked: minute(request.asked_at),
        due: due::due(app, language, Some(request.due_at), remind, false),
        outcome: answered.map(|code| language.code("right_outcome", code)).unwrap_or_default(),
        tone,
    }
}

/// The person or guardian: own requests. Referral worker, civil affairs: those of the county, first due first.
pub(crate) async fn list(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    page(&drawn(&site, &session, &asked, AskEntry::default(), String::new()).await?)
}

async fn drawn(
    site: &Site,
    session: &Session,
    asked: &Asked,
    entry: AskEntry,
    problem: String,
) -> Result<ListPage, Failure> {
    let (app, language, scope) = (&site.app, session.language, &session.scope);
    let open = rights::list(app, scope, Part::Open, key_of(&asked.open)).await?;
    let answered = rights::list(app, scope, Part::Answered, key_of(&asked.answered)).await?;
    let more = |found: &[Request]| {
        let full = i64::try_from(found.len()).unwrap_or(0) == rights::PAGE;
        found.last().filter(|_| full).map(|last| key_text(rights::key(last))).unwrap_or_default()
    };
    let table = &app.tables.rights;
    let known = ["asked", "ended"].into_iter().find(|known| *known == asked.done);
    let client = scope.role == Role::Client;
    Ok(ListPage {
        shell: session.shell(&language.text(if client { "rights.own_title" } else { "rights.title" })),
        client,
        guardian: scope.guardian,
        more_open: more(&open),
        more_answered: more(&answered),
        open: open.iter().map(|request| line(site, language, request)).collect(),
        answered: answered.iter().map(|request| line(site, language, request)).collect(),
        kinds: table
            .kinds
            .iter()
            .map(|kind| Choice {
                code: kind.code.clone(),
                name: language.of(&kind.zh, &kind.en),
                law: language.of(&kind.law_zh, &kind.law_en),
            })
            .collect(),
        days: language.with("rights.days", &[("days", &table.answer_working_days.to_string())]),
        guardians: guardianship::mine(app, scope).await?.iter().map(|one| guardian(session, one)).collect(),
        kind: entry.kind,
        words: entry.words,
        problem,
        done: known.map(|known| language.code("rights_done", known)).unwrap_or_default(),
    })
}

fn guardian(session: &Session, one: &Guardian) -> GuardianLine {
    let language = session.language;
    let until = one.until.map(|day| format!(" · {day}")).unwrap_or_default();
    GuardianLine {
        account: one.account.to_string(),
        name: one.name.clone(),
        basis: format!("{}{until}", language.code("basis", one.basis.as_deref().unwrap_or_default())),
        since: minute(one.since),
        may_end: one.is_by_consent() && !session.scope.guardian,
    }
}

/// What stands in the way, in words.
fn told(language: Language, error: &Error) -> Option<String> {
    match error {
        Error::Invalid(problems) => {
            let told = |problem: &app::Problem| {
                language.pair(
                    &language.code("right_field", &problem.field),
                    &language.problem(&problem.code, &problem.values),
                )
            };
            Some(problems.iter().map(told).collect::<Vec<_>>().join(&language.text("audit.next")))
        }
        Error::Refused(refusal) => Some(language.code("refusal", &refusal.code)),
        _ => None,
    }
}

/// The person or guardian: asks for something.
pub(crate) async fn ask(State(site): State<Site>, session: Session, Form(entry): Form<AskEntry>) -> Page {
    match rights::ask(&site.app, &session.scope, &entry.kind, &entry.words).await {
        Ok(_) => Ok(Redirect::to("/rights?done=asked").into_response()),
        Err(error) => match told(session.language, &error) {
            Some(problem) => {
                let asked = Asked::default();
                let drawn = drawn(&site, &session, &asked, entry, problem).await?;
                page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn)
            }
            None => Err(error.into()),
        },
    }
}

/// Whom a request concerns: the request with its answer, or the form to answer it.
pub(crate) async fn show(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let whole = rights::show(&site.app, &session.scope, parsed(&id)?).await?;
    page(&shown(&site, &session, whole, AnswerEntry::default(), String::new()))
}

fn shown(site: &Site, session: &Session, whole: Whole, entry: AnswerEntry, problem: String) -> ShowPage {
    let (language, table) = (session.language, &site.app.tables.rights);
    let Whole { request, words, answer, may_answer, copy_until } = whole;
    let kind = table.kind(&request.kind);
    let ground = request.ground.as_deref().and_then(|code| table.ground(code));
    let line = line(site, language, &request);
    let fitting = table.grounds.iter().filter(|ground| ground.kinds.contains(&request.kind));
    ShowPage {
        shell: session.shell(&line.what),
        law: kind.map(|kind| language.of(&kind.law_zh, &kind.law_en)).unwrap_or_default(),
        words,
        by_guardian: request.guardian,
        answer: answer.unwrap_or_default(),
        ground: ground
            .map(|ground| {
                format!(
                    "{} · {}",
                    language.of(&ground.zh, &ground.en),
                    language.of(&ground.law_zh, &ground.law_en)
                )
            })
            .unwrap_or_default(),
        may_answer,
        outcomes: Outcome::ALL
            .iter()
            .map(|outcome| (outcome.code(), language.code("right_outcome", outcome.code())))
            .collect(),
        grounds: fitting
            .map(|ground| Choice {
                code: ground.code.clone(),
                name: language.of(&ground.zh, &ground.en),
                law: language.of(&ground.law_zh, &ground.law_en),
            })
            .collect(),
        copy_until: copy_until.map(|day| day.to_string()).unwrap_or_default(),
        line,
        entry,
        problem,
    }
}

/// Referral worker, civil affairs: answers a request, once.
pub(crate) async fn answer(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(entry): Form<AnswerEntry>,
) -> Page {
    let id = parsed(&id)?;
    let given = Answer {
        outcome: entry.outcome.clone(),
        ground: Some(entry.ground.clone()).filter(|ground| !ground.is_empty()),
        words: entry.words.clone(),
    };
    match rights::answer(&site.app, &session.scope, id, &given).await {
        Ok(_) => Ok(Redirect::to(&format!("/rights/{id}")).into_response()),
        Err(error) => match told(session.language, &error) {
            Some(problem) => {
                let whole = rights::show(&site.app, &session.scope, id).await?;
                page_with(StatusCode::UNPROCESSABLE_ENTITY, &shown(&site, &session, whole, entry, problem))
            }
            None => Err(error.into()),
        },
    }
}

/// The person or guardian: the copy that a request granted, as a file.
pub(crate) async fn copy(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let file = rights::copy::file(&site.app, &session.scope, parsed(&id)?).await?;
    let text = serde_json::to_string_pretty(&file).map_err(Error::broken)?;
    let day = rules::clock::china_date(site.app.now());
    let name = format!("attachment; filename=\"own-data-{day}.json\"");
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, text).into_response())
}

/// The person: takes back the consent on which a guardian's access rests.
pub(crate) async fn end_guardian(
    State(site): State<Site>,
    session: Session,
    Path(account): Path<String>,
) -> Page {
    let account: Id = parsed(&account)?;
    guardianship::take_back(&site.app, &session.scope, account).await?;
    Ok(Redirect::to("/rights?done=ended").into_response())
}
