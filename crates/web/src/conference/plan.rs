//! Planning a conference: the form.

use crate::{
    Site,
    answer::{Page, page, page_with},
    failure::Failure,
    language::Language,
    library::{Choice, Field, FieldMaker, Fields, Filling, Group, Together, choices},
    session::Session,
    shell::Shell,
};
use app::{
    Error, Problem,
    conference::{self, CaseEntry, PlanEntry},
    id::Id,
};
use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::{clock::china_date, conference::ConferenceWay};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "conference/plan.html")]
struct PlanPage {
    shell: Shell,
    to: String,
    back: String,
    version: i64,
    groups: Vec<Group>,
    problems: Vec<(String, String)>,
}

/// About whom, where the page of a case or record leads here.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct About {
    case: String,
    record: String,
}

/// Who has cases or records: the form.
pub(crate) async fn new(State(site): State<Site>, session: Session, Query(about): Query<About>) -> Page {
    let case =
        |kind: &str, id: &str| CaseEntry { kind: kind.to_owned(), id: id.to_owned(), ..CaseEntry::default() };
    let cases = match (about.case.as_str(), about.record.as_str()) {
        ("", "") => Vec::new(),
        ("", record) => vec![case("record", record)],
        (id, _) => vec![case("case", id)],
    };
    let entry = PlanEntry {
        on: china_date(site.app.now()).to_string(),
        minutes: "60".to_owned(),
        way: ConferenceWay::Room.code().to_owned(),
        chair: session.scope.account.to_string(),
        cases,
        ..PlanEntry::default()
    };
    page(&drawn(&site, &session, &entry, &[]).await?)
}

/// The clients to choose from: those of the house, and whom the page before named.
async fn clients(site: &Site, session: &Session, entry: &PlanEntry) -> Result<Vec<Choice>, Failure> {
    let (app, scope) = (&site.app, &session.scope);
    let mut found = Vec::new();
    // Each is read for itself: no more of them than a conference may be about.
    for case in entry.cases.iter().take(app.tables.conferences.most_cases) {
        found.extend(conference::whom(app, scope, case).await?);
    }
    found.extend(conference::clients(app, scope).await?);
    let mut choices: Vec<Choice> = Vec::new();
    for (kind, id, name) in found {
        let code = format!("{kind}:{id}");
        if choices.iter().all(|other| other.code != code) {
            let chosen = entry.cases.iter().any(|case| format!("{}:{}", case.kind, case.id) == code);
            choices.push(Choice { code, name, chosen });
        }
    }
    Ok(choices)
}

async fn drawn(
    site: &Site,
    session: &Session,
    entry: &PlanEntry,
    problems: &[Problem],
) -> Result<PlanPage, Failure> {
    let (app, scope, language) = (&site.app, &session.scope, session.language);
    if !conference::plans(scope) {
        return Err(Error::Forbidden.into());
    }
    let colleagues = conference::candidates(app, scope).await?;
    let clients = clients(site, session, entry).await?;
    let make = FieldMaker { language, names: "conference_field", hints: "conference_hint", problems };
    let question = entry.cases.first().map(|case| case.question.clone()).unwrap_or_default();
    let group = |key: &str, fields| Group { legend: language.text(key).into_owned(), fields };
    let whom = vec![
        make.list("cases", Filling::Checks, clients, true),
        make.field("question", Filling::Text, &question, true),
    ];
    Ok(PlanPage {
        shell: session.shell(&language.text("conference.plan")),
        to: "/conferences".to_owned(),
        back: "/conferences".to_owned(),
        version: 0,
        problems: make.summary(),
        groups: vec![
            group("conference.when", when(&make, entry)),
            group("conference.whom", whom),
            group("conference.who", who(session, &make, &colleagues, entry)),
        ],
    })
}

fn when(make: &FieldMaker<'_>, entry: &PlanEntry) -> Vec<Field> {
    let ways = ConferenceWay::ALL.map(ConferenceWay::code);
    let ways = choices(make.language, "conference_way", ways, std::slice::from_ref(&entry.way));
    vec![
        make.field("title", Filling::Line, &entry.title, true),
        make.field("on", Filling::Day, &entry.on, true),
        make.field("start", Filling::Line, &entry.start, true),
        make.field("minutes", Filling::Digits, &entry.minutes, true),
        make.list("way", Filling::Select, ways, true),
        make.field("place", Filling::Line, &entry.place, true),
    ]
}

/// Colleagues under the names of their institutions, the own one first, as they come.
fn by_house<'a>(
    language: Language,
    colleagues: impl Iterator<Item = &'a conference::Colleague>,
    chosen: impl Fn(&String) -> bool,
) -> Vec<Together> {
    let mut houses: Vec<(Id, Together)> = Vec::new();
    for one in colleagues {
        let code = one.id.to_string();
        let name = format!("{} · {}", one.name, language.code("role", &one.role));
        let choice = Choice { chosen: chosen(&code), code, name };
        match houses.iter_mut().find(|(house, _)| *house == one.organisation) {
            Some((_, house)) => house.choices.push(choice),
            None => {
                let name = one.organisation_name.clone();
                houses.push((one.organisation, Together { name, choices: vec![choice] }));
            }
        }
    }
    houses.into_iter().map(|(_, house)| house).collect()
}

fn who(
    session: &Session,
    make: &FieldMaker<'_>,
    colleagues: &[conference::Colleague],
    entry: &PlanEntry,
) -> Vec<Field> {
    let language = make.language;
    let chairs = by_house(language, colleagues.iter(), |id| *id == entry.chair);
    let others = colleagues.iter().filter(|one| one.id != session.scope.account);
    let others = by_house(language, others, |id| entry.persons.contains(id));
    vec![
        make.grouped("chair", Filling::Select, chairs, true),
        make.grouped("persons", Filling::Checks, others, true),
        make.field("outside", Filling::Text, &entry.outside, false),
        make.tick("agreed", "conference.agreed", entry.agreed, false),
    ]
}

/// The same: plans it.
pub(crate) async fn plan(
    State(site): State<Site>,
    session: Session,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let fields = Fields(sent);
    let question = fields.one("question");
    let case = |code: &String| {
        let (kind, id) = code.split_once(':').unwrap_or(("", code));
        CaseEntry { kind: kind.to_owned(), id: id.to_owned(), question: question.clone() }
    };
    let entry = PlanEntry {
        title: fields.one("title"),
        on: fields.one("on"),
        start: fields.one("start"),
        minutes: fields.one("minutes"),
        way: fields.one("way"),
        place: fields.one("place"),
        chair: fields.one("chair"),
        persons: fields.all("persons"),
        outside: fields.one("outside"),
        cases: fields.all("cases").iter().map(case).collect(),
        agreed: fields.one("agreed") == "yes",
    };
    match conference::plan(&site.app, &session.scope, &entry, None).await {
        Ok(id) => Ok(Redirect::to(&format!("/conferences/{id}")).into_response()),
        Err(Error::Invalid(problems)) => {
            let shown = drawn(&site, &session, &entry, &problems).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
        }
        Err(error) => Err(error.into()),
    }
}
