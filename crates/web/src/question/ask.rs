//! Asking: the form, with what the doctor will learn of whom it is about.

use super::topic;
use crate::{
    Site,
    address::{self, parsed},
    answer::{Page, page, page_with},
    failure::Failure,
    language::Language,
    library::{self, Choice, Field, FieldMaker, Fields, Filling, Group},
    session::Session,
    shell::Shell,
};
use app::{
    Error, Problem,
    division::county_of,
    id::Id,
    question::{self, AskEntry, Facts},
};
use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use serde::Deserialize;

/// About whom: a case or a record.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct About {
    case: String,
    record: String,
}

#[derive(Template)]
#[template(path = "question/ask.html")]
struct AskPage {
    shell: Shell,
    to: String,
    back: String,
    version: i64,
    groups: Vec<Group>,
    problems: Vec<(String, String)>,
    told: Vec<String>,
    /// Whom it is about, and what the doctor learns; empty for a question in general.
    name: String,
    facts: String,
}

/// What a doctor learns of somebody, in words.
pub(super) fn facts(language: Language, facts: &Facts) -> String {
    let sex = facts.sex.as_ref().map(|sex| language.code("sex", sex));
    let band = facts.age_band.map(|(from, last)| {
        language.with("question.age_band", &[("from", &from.to_string()), ("last", &last.to_string())])
    });
    let risk = facts.risk.map(|risk| language.with("question.risk", &[("risk", &risk.to_string())]));
    let risk = risk.unwrap_or_else(|| language.text("question.no_risk").into_owned());
    let parts: Vec<String> = [sex, band, Some(risk)].into_iter().flatten().collect();
    parts.join(" · ")
}

/// Who works with clients, and primary care: the form.
pub(crate) async fn new(State(site): State<Site>, session: Session, Query(asked): Query<About>) -> Page {
    let (kind, about) = match (asked.case.as_str(), asked.record.as_str()) {
        ("", "") => ("", ""),
        ("", record) => ("record", record),
        (case, _) => ("case", case),
    };
    let entry = AskEntry {
        about_kind: kind.to_owned(),
        about: about.to_owned(),
        urgency: "ordinary".to_owned(),
        ..AskEntry::default()
    };
    page(&drawn(&site, &session, &entry, &[], Vec::new()).await?)
}

async fn drawn(
    site: &Site,
    session: &Session,
    entry: &AskEntry,
    problems: &[Problem],
    told: Vec<String>,
) -> Result<AskPage, Failure> {
    let (app, scope, language) = (&site.app, &session.scope, session.language);
    if !question::asks(scope) {
        return Err(Error::Forbidden.into());
    }
    let mut about = None;
    if !entry.about_kind.is_empty() {
        let id = parsed(&entry.about)?;
        about = Some(question::asking(app, scope, &entry.about_kind, id).await?);
    }
    let desks = question::desks(app, county_of(scope.division)).await?;
    let make = FieldMaker { language, names: "question_field", hints: "question_hint", problems };
    let fields = fields(site, &make, desks, entry);
    Ok(AskPage {
        shell: session.shell(&language.text("question.ask")),
        to: if about.is_some() {
            format!("/questions?about_kind={}&about={}", entry.about_kind, entry.about)
        } else {
            "/questions".to_owned()
        },
        back: if about.is_some() {
            address::about(&entry.about_kind, &entry.about)
        } else {
            "/questions".to_owned()
        },
        version: 0,
        problems: make.summary(),
        groups: vec![Group { legend: language.text("question.ask").into_owned(), fields }],
        told,
        facts: about.as_ref().map(|about| facts(language, &about.facts)).unwrap_or_default(),
        name: about.map(|about| about.name).unwrap_or_default(),
    })
}

/// The fields of the form.
fn fields(site: &Site, make: &FieldMaker<'_>, desks: Vec<(Id, String)>, entry: &AskEntry) -> Vec<Field> {
    let (language, table, only) = (make.language, &site.app.tables.questions, desks.len() == 1);
    let desk = |(id, name): (Id, String)| {
        let code = id.to_string();
        Choice { chosen: only || code == entry.hospital, code, name }
    };
    let topics = table.topics.iter().map(|one| Choice {
        code: one.code.clone(),
        name: topic(&site.app, language, &one.code),
        chosen: one.code == entry.topic,
    });
    let urgencies = table.urgencies.iter().map(|one| Choice {
        code: one.code.clone(),
        name: language.of(&one.zh, &one.en),
        chosen: one.code == entry.urgency,
    });
    let mut fields = vec![
        make.list("hospital", Filling::Select, desks.into_iter().map(desk).collect(), true),
        make.list("topic", Filling::Select, topics.collect(), true),
        make.list("urgency", Filling::Select, urgencies.collect(), true),
        make.field("subject", Filling::Line, &entry.subject, true),
        make.field("text", Filling::Text, &entry.text, true),
    ];
    if entry.about_kind == "case" {
        fields.push(make.tick("agreed", "question.agreed", entry.agreed, true));
    }
    fields
}

/// About whom, in the address of the form that is sent.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Sent {
    about_kind: String,
    about: String,
}

/// The same: asks.
pub(crate) async fn ask(
    State(site): State<Site>,
    session: Session,
    Query(about): Query<Sent>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let fields = Fields(sent);
    let entry = AskEntry {
        hospital: fields.one("hospital"),
        about_kind: about.about_kind,
        about: about.about,
        topic: fields.one("topic"),
        urgency: fields.one("urgency"),
        subject: fields.one("subject"),
        text: fields.one("text"),
        agreed: fields.one("agreed") == "yes",
    };
    match question::ask(&site.app, &session.scope, &entry, None).await {
        Ok(id) => Ok(Redirect::to(&format!("/questions/{id}")).into_response()),
        Err(Error::Invalid(problems)) => {
            let shown = drawn(&site, &session, &entry, &problems, Vec::new()).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
        }
        Err(Error::Refused(refusal)) => {
            let told = vec![library::refusal_text(session.language, &refusal)];
            page_with(StatusCode::CONFLICT, &drawn(&site, &session, &entry, &[], told).await?)
        }
        Err(error) => Err(error.into()),
    }
}
