//! `/api/v1/questions`: the question desk for programs.

pub(crate) mod note;

use crate::{
    Site,
    api::{
        cursor,
        problem::{ApiFailure, ProblemDocument},
        request::{self, Asked, Body},
    },
    session::Caller,
};
use app::{
    id::Id,
    question::{self, AskEntry, Message, Part, ProposalEntry, Question, StepEntry},
};
use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, Serialize};

/// A question.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct QuestionDocument {
    id: String,
    /// To be sent with the next step
    version: i64,
    asker: String,
    asker_name: String,
    organisation: String,
    /// County of the asker's organisation
    county: i64,
    hospital: String,
    hospital_name: String,
    /// The doctor who took it
    doctor_name: Option<String>,
    /// A code of the topics
    topic: String,
    /// `urgent`, `ordinary`
    urgency: String,
    /// `waiting`, `taken`, `asked_back`, `answered`, `closed`
    state: &'static str,
    /// It is about somebody, who is not named
    about_somebody: bool,
    #[schema(value_type = String, format = DateTime)]
    asked_at: jiff::Timestamp,
    /// The end of the running term; nothing while the asker has the word
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<jiff::Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    answered_at: Option<jiff::Timestamp>,
    #[schema(value_type = Option<String>, format = Date)]
    closed_on: Option<jiff::civil::Date>,
    /// What was published of the answer
    note: Option<String>,
    /// In a line; nothing for the county's health side
    subject: Option<String>,
}

impl QuestionDocument {
    fn new(question: Question, subject: Option<String>) -> QuestionDocument {
        QuestionDocument {
            id: question.id.to_string(),
            version: question.version,
            asker: question.asker.to_string(),
            asker_name: question.asker_name,
            organisation: question.organisation,
            county: question.county,
            hospital: question.desk.to_string(),
            hospital_name: question.desk_name,
            doctor_name: question.doctor_name,
            topic: question.topic,
            urgency: question.urgency,
            state: question.state.code(),
            about_somebody: question.about.is_some(),
            asked_at: question.asked_at,
            due_at: question.due_at,
            answered_at: question.answered_at,
            closed_on: question.closed_on,
            note: question.note.map(|id| id.to_string()),
            subject,
        }
    }
}

/// Something that was said or done about a question.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct QuestionMessage {
    number: i64,
    /// `ask`, a step, `late`, `silent`
    kind: String,
    /// Empty for the clock
    author: String,
    organisation: String,
    text: String,
    /// `task`, `medical_referral`
    proposes: Option<&'static str>,
    #[schema(value_type = Option<String>, format = Date)]
    by: Option<jiff::civil::Date>,
    /// The proposal was taken up, or set aside
    taken: Option<bool>,
    #[schema(value_type = String, format = DateTime)]
    at: jiff::Timestamp,
}

impl From<Message> for QuestionMessage {
    fn from(one: Message) -> Self {
        QuestionMessage {
            number: one.number,
            kind: one.kind,
            author: one.author,
            organisation: one.organisation,
            text: one.text,
            proposes: one.proposes.map(rules::question::Proposal::code),
            by: one.by,
            taken: one.taken,
            at: one.at,
        }
    }
}

/// What the doctor learns of whom a question is about.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct QuestionFacts {
    /// `male`, `female`
    sex: Option<String>,
    /// First and last year of the band of ages
    age_from: Option<u8>,
    age_to: Option<u8>,
    /// Shared risk grade, 0 to 5
    risk: Option<u8>,
}

/// A question with its thread.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct QuestionWhole {
    #[serde(flatten)]
    question: QuestionDocument,
    facts: Option<QuestionFacts>,
    messages: Vec<QuestionMessage>,
    /// What the caller may do now
    #[schema(value_type = Vec<String>)]
    steps: Vec<&'static str>,
}

/// Questions of the caller.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct QuestionPage {
    items: Vec<QuestionDocument>,
    /// Pass as `after` for the next page
    next: Option<String>,
}

/// Which part of the list.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct QuestionQuery {
    /// `open`, `done`
    part: Option<String>,
    /// `next` of the page before.
    after: Option<String>,
}

/// Programs of who asks, of doctors of the desk, and of the county's health side: their questions. The read is logged.
#[utoipa::path(get, path = "/api/v1/questions", tag = "questions", params(QuestionQuery), responses(
    (status = 200, body = QuestionPage),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    State(site): State<Site>,
    caller: Caller,
    Asked(asked): Asked<QuestionQuery>,
) -> Result<Json<QuestionPage>, ApiFailure> {
    let part = match asked.part.as_deref() {
        None | Some("open") => Part::Open,
        Some("done") => Part::Done,
        Some(_) => return Err(ProblemDocument::invalid("part", "unknown_choice").into()),
    };
    let after = asked.after.as_deref().map(cursor::read).transpose()?;
    let found = question::list(&site.app, &caller.scope, part, after).await?;
    let desk = question::is_desk(&site.app, &caller.scope).await?;
    let full = i64::try_from(found.len()).unwrap_or(0) == question::PAGE;
    let next = found.last().filter(|_| full).map(|last| cursor::write(question::key(last, (part, desk))));
    let items = found.into_iter().map(|line| QuestionDocument::new(line.question, line.subject)).collect();
    Ok(Json(QuestionPage { items, next }))
}

/// A question to be asked.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuestionEntry {
    /// A hospital of the county or prefecture with doctors
    hospital: String,
    /// `case`, `record`; left out where nobody in particular is spoken of
    #[serde(default)]
    about_kind: String,
    /// The case or record
    #[serde(default)]
    about: String,
    /// A code of the topics
    topic: String,
    /// `urgent`, `ordinary`
    urgency: String,
    /// In a line, without name and numbers
    subject: String,
    /// The question, without name and numbers
    text: String,
    /// Of a case: the person or guardian was told and agrees
    #[serde(default)]
    agreed: bool,
}

/// Programs of who works with clients, and of primary care: asks a hospital. With an `Idempotency-Key` it is asked once.
#[utoipa::path(post, path = "/api/v1/questions", tag = "questions", request_body = QuestionEntry,
    params(("Idempotency-Key" = Option<String>, Header)), responses(
    (status = 201, body = QuestionWhole),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn ask(
    State(site): State<Site>,
    caller: Caller,
    headers: HeaderMap,
    body: Body<QuestionEntry>,
) -> Result<(StatusCode, Json<QuestionWhole>), ApiFailure> {
    let once = request::once(&headers, "/api/v1/questions", &body.bytes)?;
    let sent = body.value;
    let entry = AskEntry {
        hospital: sent.hospital,
        about_kind: sent.about_kind,
        about: sent.about,
        topic: sent.topic,
        urgency: sent.urgency,
        subject: sent.subject,
        text: sent.text,
        agreed: sent.agreed,
    };
    let id = question::ask(&site.app, &caller.scope, &entry, once.as_ref()).await?;
    Ok((StatusCode::CREATED, Json(whole(&site, &caller, id).await?)))
}

async fn whole(site: &Site, caller: &Caller, id: Id) -> Result<QuestionWhole, ApiFailure> {
    let found = question::show(&site.app, &caller.scope, id).await?;
    let facts = found.facts.map(|facts| QuestionFacts {
        sex: facts.sex,
        age_from: facts.age_band.map(|(from, _)| from),
        age_to: facts.age_band.map(|(_, last)| last),
        risk: facts.risk,
    });
    Ok(QuestionWhole {
        steps: found.steps.iter().map(|step| step.code()).collect(),
        question: QuestionDocument::new(found.question, found.subject),
        facts,
        messages: found.messages.into_iter().map(QuestionMessage::from).collect(),
    })
}

/// Programs of who asked, of doctors of the desk, and of the county once the term is over: one question. The read is logged.
#[utoipa::path(get, path = "/api/v1/questions/{id}", tag = "questions", params(("id" = String, Path)), responses(
    (status = 200, body = QuestionWhole),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn show(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<QuestionWhole>, ApiFailure> {
    Ok(Json(whole(&site, &caller, request::id(&id)?).await?))
}

/// A step with a question.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuestionStepEntry {
    /// `take`, `answer`, `ask_back`, `hand_back` of a doctor; `add`, `close`, `reopen` of the asker; `redirect` of the county
    step: String,
    /// The version that was seen
    version: i64,
    #[serde(default)]
    text: String,
    /// What an answer proposes: `task`, `medical_referral`
    #[serde(default)]
    proposes: String,
    /// By when
    #[serde(default)]
    by: String,
    /// The other hospital, of `redirect`
    #[serde(default)]
    hospital: String,
}

/// Programs of both sides, and of the county: takes a step.
#[utoipa::path(post, path = "/api/v1/questions/{id}/step", tag = "questions", params(("id" = String, Path)),
    request_body = QuestionStepEntry, responses(
    (status = 204),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn step(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<QuestionStepEntry>,
) -> Result<StatusCode, ApiFailure> {
    let sent = body.value;
    let entry = StepEntry {
        step: sent.step,
        version: sent.version,
        text: sent.text,
        proposes: sent.proposes,
        by: sent.by,
        hospital: sent.hospital,
    };
    question::step(&site.app, &caller.scope, request::id(&id)?, &entry).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the asker does with a proposal.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuestionProposalEntry {
    /// Number of the message that proposes it
    number: i64,
    /// Taken up as a task, or set aside
    take: bool,
    /// The version of the question that was seen
    version: i64,
}

/// Programs of who asked: takes up what an answer proposes, which becomes a task, or sets it aside.
#[utoipa::path(post, path = "/api/v1/questions/{id}/proposal", tag = "questions", params(("id" = String, Path)),
    request_body = QuestionProposalEntry, responses(
    (status = 204),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn propose(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<QuestionProposalEntry>,
) -> Result<StatusCode, ApiFailure> {
    let sent = body.value;
    let entry = ProposalEntry { number: sent.number, take: sent.take, version: sent.version };
    question::propose_answer(&site.app, &caller.scope, request::id(&id)?, &entry).await?;
    Ok(StatusCode::NO_CONTENT)
}
