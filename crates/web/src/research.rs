//! `/research`: projects that get pseudonymised extracts: asked for, agreed to by a second person, taken as a file.

use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    due::minute,
    export::mark,
    failure::Failure,
    language::Language,
    library::{self, Fields},
    person::place,
    session::Session,
    shell::Shell,
};
use app::{
    Error, Problem,
    export::Table,
    id::Id,
    research::{self, Extract, Project, ProjectEntry},
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::{
    account::{Deed, Subject},
    clock::china_date,
    research::{Field, State as Stand},
};
use serde::Deserialize;

struct Line {
    id: String,
    title: String,
    institution: String,
    asked: String,
    until: String,
    state: String,
    tone: (&'static str, &'static str),
}

struct Choice {
    code: &'static str,
    name: String,
    chosen: bool,
}

struct LeftView {
    at: String,
    name: String,
    code: String,
    counts: String,
}

#[derive(Template)]
#[template(path = "research/list.html")]
struct ListPage {
    shell: Shell,
    hint: String,
    lines: Vec<Line>,
    problems: Vec<String>,
    entry: ProjectEntry,
    purpose_hint: String,
    until_hint: String,
    fields: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "research/show.html")]
struct ShowPage {
    shell: Shell,
    line: Line,
    done: String,
    problems: Vec<String>,
    facts: Vec<(String, String)>,
    decides: bool,
    takes: bool,
    ends: bool,
    extracts: Vec<LeftView>,
    note: String,
}

/// What the page is told by the one before.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    done: String,
}

fn line(language: Language, project: &Project, over: bool) -> Line {
    let state = if over { Stand::Ended } else { project.state };
    Line {
        id: project.id.to_string(),
        title: project.title.clone(),
        institution: project.institution.clone(),
        asked: format!("{} · {} · {}", project.asker, project.organisation_name, minute(project.asked_at)),
        until: project.until_on.to_string(),
        state: language.code("research_state", state.code()),
        tone: match state {
            Stand::Asked => ("soon", "hourglass"),
            Stand::Agreed => ("good", "check"),
            Stand::Declined => ("late", "x"),
            Stand::Ended => ("quiet", "minus"),
        },
    }
}

fn told(language: Language, problems: &[Problem]) -> Vec<String> {
    let one = |problem: &Problem| {
        let what = language.code("research_field", &problem.field);
        language.pair(&what, &language.problem(&problem.code, &problem.values))
    };
    problems.iter().map(one).collect()
}

fn refused(language: Language, error: Error) -> Result<(StatusCode, Vec<String>), Failure> {
    match error {
        Error::Invalid(problems) => Ok((StatusCode::UNPROCESSABLE_ENTITY, told(language, &problems))),
        Error::Refused(refusal) => {
            Ok((StatusCode::CONFLICT, vec![library::refusal_text(language, &refusal)]))
        }
        other => Err(other.into()),
    }
}

fn is_over(site: &Site, project: &Project) -> bool {
    project.state == Stand::Agreed && project.until_on < china_date(site.app.now())
}

/// The county's desk, supervisors: the projects of the area, and the form that asks for one.
pub(crate) async fn list(State(site): State<Site>, session: Session) -> Page {
    page(&drawn(&site, &session, ProjectEntry::default(), Vec::new()).await?)
}

async fn drawn(
    site: &Site,
    session: &Session,
    entry: ProjectEntry,
    problems: Vec<String>,
) -> Result<ListPage, Failure> {
    let (language, rule) = (session.language, &site.app.tables.research);
    let projects = research::list(&site.app, &session.scope).await?;
    let field = |field: &Field| Choice {
        code: field.code(),
        name: name(site, language, *field),
        chosen: entry.fields.iter().any(|code| code == field.code()),
    };
    let (group, days) = (rule.smallest_group.to_string(), rule.shift_days.to_string());
    let (letters, months) = (rule.purpose_characters.to_string(), rule.most_months.to_string());
    Ok(ListPage {
        shell: session.shell(&language.text("navigation.research")),
        hint: language.with("research.hint", &[("count", &group), ("days", &days)]),
        lines: projects.iter().map(|project| line(language, project, is_over(site, project))).collect(),
        problems,
        purpose_hint: language.with("research.purpose_hint", &[("characters", &letters)]),
        until_hint: language.with("research.until_hint", &[("months", &months)]),
        fields: Field::ALL.iter().map(field).collect(),
        entry,
    })
}

fn name(site: &Site, language: Language, field: Field) -> String {
    let rule = site.app.tables.research.field(field);
    rule.map_or_else(|| field.code().to_owned(), |rule| language.of(&rule.zh, &rule.en))
}

/// The county's desk, supervisors: asks for a project on behalf of researchers.
pub(crate) async fn ask(
    State(site): State<Site>,
    session: Session,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let fields = Fields(sent);
    let entry = ProjectEntry {
        title: fields.one("title"),
        institution: fields.one("institution"),
        ethics_number: fields.one("ethics_number"),
        ethics_on: fields.one("ethics_on"),
        agreement: fields.one("agreement"),
        agreed_on: fields.one("agreed_on"),
        purpose: fields.one("purpose"),
        fields: fields.all("fields"),
        until_on: fields.one("until_on"),
    };
    match research::ask(&site.app, &session.scope, &entry).await {
        Ok(id) => Ok(Redirect::to(&format!("/research/{id}?done=asked")).into_response()),
        Err(error) => {
            let (status, problems) = refused(session.language, error)?;
            page_with(status, &drawn(&site, &session, entry, problems).await?)
        }
    }
}

/// The county's desk, supervisors: one project with what left.
pub(crate) async fn show(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    page(&shown(&site, &session, parsed(&id)?, Vec::new(), &asked.done).await?)
}

async fn shown(
    site: &Site,
    session: &Session,
    id: Id,
    problems: Vec<String>,
    done: &str,
) -> Result<ShowPage, Failure> {
    let (language, scope, rule) = (session.language, &session.scope, &site.app.tables.research);
    let research::Whole { project, extracts } = research::show(&site.app, scope, id).await?;
    let known = Stand::ALL.into_iter().find(|state| state.code() == done);
    let own = project.organisation == scope.organisation;
    let view = |left: &research::Left| {
        let values =
            [left.rows, left.persons, left.generalised, left.left_out].map(|count| count.to_string());
        let [rows, persons, generalised, left_out] = &values;
        let values = [
            ("rows", rows.as_str()),
            ("persons", persons.as_str()),
            ("generalised", generalised.as_str()),
            ("left_out", left_out.as_str()),
        ];
        LeftView {
            at: minute(left.at),
            name: left.name.clone(),
            code: left.code.clone(),
            counts: language.with("research.counts", &values),
        }
    };
    Ok(ShowPage {
        shell: session.shell(&project.title),
        line: line(language, &project, is_over(site, &project)),
        done: known.map(|known| language.code("research_done", known.code())).unwrap_or_default(),
        problems,
        facts: facts(site, language, &project),
        decides: scope.role.may(Deed::Change, Subject::ResearchDecision)
            && rule.decide(&project.terms(), scope.account.0).is_ok(),
        takes: own && rule.extract(&project.terms(), china_date(site.app.now())).is_ok(),
        ends: own && matches!(project.state, Stand::Asked | Stand::Agreed),
        extracts: extracts.iter().map(view).collect(),
        note: project.note.unwrap_or_default(),
    })
}

fn facts(site: &Site, language: Language, project: &Project) -> Vec<(String, String)> {
    let fields: Vec<String> = project.fields.iter().map(|field| name(site, language, *field)).collect();
    let decided = match (&project.decider, project.decided_at) {
        (Some(name), Some(at)) => format!("{name} · {}", minute(at)),
        _ => language.text("research.undecided").into_owned(),
    };
    let destroyed = project.key_destroyed_at.map(minute);
    let facts = [
        ("research_field.institution", project.institution.clone()),
        ("research_field.purpose", project.purpose.clone()),
        ("research_field.ethics_number", format!("{} · {}", project.ethics_number, project.ethics_on)),
        ("research_field.agreement", format!("{} · {}", project.agreement, project.agreed_on)),
        ("research.area", place(site, project.division)),
        ("research_field.fields", fields.join(&language.text("audit.and"))),
        ("research_field.until_on", project.until_on.to_string()),
        ("research.asked", format!("{} · {}", project.asker, minute(project.asked_at))),
        ("research.decided", decided),
        (
            "research.key_destroyed",
            destroyed.unwrap_or_else(|| language.text("research.key_kept").into_owned()),
        ),
    ];
    facts.into_iter().map(|(key, value)| (language.text(key).into_owned(), value)).collect()
}

/// What a decision says.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Decision {
    decision: String,
    note: String,
}

/// A second person: civil affairs or the supervisor agrees to a project or declines it.
pub(crate) async fn decide(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(said): Form<Decision>,
) -> Page {
    let id = parsed(&id)?;
    let agrees = match said.decision.as_str() {
        "agree" => true,
        "decline" => false,
        _ => return Err(Error::invalid("decision", "unknown_choice").into()),
    };
    match research::decide(&site.app, &session.scope, id, agrees, &said.note).await {
        Ok(()) => {
            let done = if agrees { "agreed" } else { "declined" };
            Ok(Redirect::to(&format!("/research/{id}?done={done}")).into_response())
        }
        Err(error) => {
            let (status, problems) = refused(session.language, error)?;
            page_with(status, &shown(&site, &session, id, problems, "").await?)
        }
    }
}

/// Who asked: ends the project and destroys its key.
pub(crate) async fn end(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let id = parsed(&id)?;
    match research::end(&site.app, &session.scope, id).await {
        Ok(()) => Ok(Redirect::to(&format!("/research/{id}?done=ended")).into_response()),
        Err(error) => {
            let (status, problems) = refused(session.language, error)?;
            page_with(status, &shown(&site, &session, id, problems, "").await?)
        }
    }
}

/// Which kind of file.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Kind {
    kind: String,
}

/// Who asked: the extract as it stands now, as `xlsx` or `csv`.
pub(crate) async fn file(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(wanted): Form<Kind>,
) -> Page {
    let id = parsed(&id)?;
    match research::extract(&site.app, &session.scope, id).await {
        Ok(extract) => {
            let kind = if wanted.kind == "csv" { "csv" } else { "xlsx" };
            let name = format!("research-{}", china_date(site.app.now()));
            Ok(library::export(&name, kind, &table(&site, &session, extract))?)
        }
        Err(error) => {
            let (status, problems) = refused(session.language, error)?;
            page_with(status, &shown(&site, &session, id, problems, "").await?)
        }
    }
}

/// The file: codes as the data files name them, so that programs read it in either language.
fn table(site: &Site, session: &Session, extract: Extract) -> Table {
    let language = session.language;
    let (generalised, left_out) = (extract.generalised.to_string(), extract.left_out.to_string());
    let group = site.app.tables.research.smallest_group.to_string();
    let values = [("generalised", generalised.as_str()), ("left_out", &left_out), ("count", &group)];
    let line = mark(session, site.app.now(), &extract.code);
    let fields = extract.project.fields.iter().map(|field| name(site, language, *field));
    Table {
        title: language.text("navigation.research").into_owned(),
        mark: format!(
            "{} {line} {}",
            language.with("research.mark", &values),
            language.text("research.no_one_told")
        ),
        figures_from: None,
        columns: [language.text("research.pseudonym").into_owned()].into_iter().chain(fields).collect(),
        rows: extract.rows,
    }
}
