//! `/api/v1/question-notes`, `/api/v1/question-figures`: answers that hold for many, and the figures of the desk, for programs.

use crate::{
    Site,
    api::{
        cursor,
        problem::{ApiFailure, ProblemDocument},
        request::{self, Asked, Body},
    },
    question::figures::period,
    session::Caller,
};
use app::question::{
    figures::{self as counted, Figures},
    note::{self, Note, NoteEntry, Sought},
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jiff::civil::Date;
use rules::clock::china_date;
use serde::{Deserialize, Serialize};

/// An answer that holds for many, without any person's data.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct QuestionNote {
    id: String,
    topic: String,
    title: String,
    body: String,
    hospital: String,
    hospital_name: String,
    author_name: String,
    #[schema(value_type = String, format = DateTime)]
    published_at: jiff::Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    withdrawn_at: Option<jiff::Timestamp>,
    withdrawn_for: Option<String>,
    version: i64,
}

impl From<Note> for QuestionNote {
    fn from(note: Note) -> Self {
        QuestionNote {
            id: note.id.to_string(),
            topic: note.topic,
            title: note.title,
            body: note.body,
            hospital: note.hospital.to_string(),
            hospital_name: note.hospital_name,
            author_name: note.author_name,
            published_at: note.published_at,
            withdrawn_at: note.withdrawn_at,
            withdrawn_for: note.withdrawn_for,
            version: note.version,
        }
    }
}

/// Notes.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct QuestionNotes {
    /// The latest first
    items: Vec<QuestionNote>,
    /// Pass as `after` for the next page
    next: Option<String>,
}

/// What is sought.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct QuestionNoteQuery {
    /// Words that stand in it, two characters at least.
    q: Option<String>,
    /// A code of the topics.
    topic: Option<String>,
    /// `next` of the page before.
    after: Option<String>,
}

/// Programs of who asks and who answers: answers that hold for many.
#[utoipa::path(get, path = "/api/v1/question-notes", tag = "questions", params(QuestionNoteQuery), responses(
    (status = 200, body = QuestionNotes),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    State(site): State<Site>,
    caller: Caller,
    Asked(asked): Asked<QuestionNoteQuery>,
) -> Result<Json<QuestionNotes>, ApiFailure> {
    let sought = Sought {
        words: asked.q.unwrap_or_default(),
        topic: asked.topic.unwrap_or_default(),
        after: asked.after.as_deref().map(cursor::read).transpose()?,
    };
    let found = note::list(&site.app, &caller.scope, &sought).await?;
    let full = i64::try_from(found.len()).unwrap_or(0) == note::PAGE;
    let next = found.last().filter(|_| full).map(|last| cursor::write((last.published_at, last.id)));
    Ok(Json(QuestionNotes { items: found.into_iter().map(QuestionNote::from).collect(), next }))
}

/// The same: one note.
#[utoipa::path(get, path = "/api/v1/question-notes/{id}", tag = "questions", params(("id" = String, Path)), responses(
    (status = 200, body = QuestionNote),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn show(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<QuestionNote>, ApiFailure> {
    Ok(Json(note::show(&site.app, &caller.scope, request::id(&id)?).await?.into()))
}

/// A note to be published.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuestionNoteEntry {
    /// The version of the question that was seen
    version: i64,
    title: String,
    body: String,
    /// The doctor read it, and nothing in it tells whose question it was
    checked: bool,
}

/// Programs of the doctor who answered: publishes what holds for many.
#[utoipa::path(post, path = "/api/v1/questions/{id}/note", tag = "questions", params(("id" = String, Path)),
    request_body = QuestionNoteEntry, responses(
    (status = 201, body = QuestionNote),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn publish(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<QuestionNoteEntry>,
) -> Result<(StatusCode, Json<QuestionNote>), ApiFailure> {
    let sent = body.value;
    let entry =
        NoteEntry { version: sent.version, title: sent.title, body: sent.body, checked: sent.checked };
    let id = note::publish(&site.app, &caller.scope, request::id(&id)?, &entry).await?;
    Ok((StatusCode::CREATED, Json(note::show(&site.app, &caller.scope, id).await?.into())))
}

/// Figures of one hospital for one county, or of all.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct QuestionFigures {
    /// Nothing where a small group could be told from it, as below
    asked: Option<i64>,
    answered: Option<i64>,
    in_time: Option<i64>,
    /// Half of the answers came within so many hours
    median_hours: Option<i64>,
    /// Not answered, though the term is over
    overdue: Option<i64>,
}

impl From<Figures> for QuestionFigures {
    fn from(one: Figures) -> Self {
        QuestionFigures {
            asked: one.asked,
            answered: one.answered,
            in_time: one.in_time,
            overdue: one.overdue,
            median_hours: one.median_hours,
        }
    }
}

/// A hospital, and the county whose workers asked it.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct QuestionFiguresRow {
    hospital: String,
    hospital_name: String,
    county: i64,
    #[serde(flatten)]
    figures: QuestionFigures,
}

/// Figures of a period.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct QuestionFiguresTable {
    #[schema(value_type = String, format = Date)]
    from: Date,
    #[schema(value_type = String, format = Date)]
    until: Date,
    total: QuestionFigures,
    rows: Vec<QuestionFiguresRow>,
    /// Small figures are left out
    suppressed: bool,
}

/// Which period.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct QuestionFiguresQuery {
    /// First day; three months before the last where it is left out.
    #[param(value_type = Option<String>)]
    from: Option<Date>,
    /// Last day; today where it is left out.
    #[param(value_type = Option<String>)]
    until: Option<Date>,
}

/// Programs of doctors, of the county's health side and of supervisors: figures by the day of the question; they name nobody.
#[utoipa::path(get, path = "/api/v1/question-figures", tag = "questions", params(QuestionFiguresQuery), responses(
    (status = 200, body = QuestionFiguresTable),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn figures(
    State(site): State<Site>,
    caller: Caller,
    Asked(asked): Asked<QuestionFiguresQuery>,
) -> Result<Json<QuestionFiguresTable>, ApiFailure> {
    let days = period(asked.from, asked.until, china_date(site.app.now()));
    let found = counted::figures(&site.app, &caller.scope, days).await?;
    let row = |row: counted::Row| QuestionFiguresRow {
        hospital: row.desk.to_string(),
        hospital_name: row.desk_name,
        county: row.county,
        figures: row.figures.into(),
    };
    Ok(Json(QuestionFiguresTable {
        from: found.days.from,
        until: found.days.last,
        total: found.total.into(),
        rows: found.rows.into_iter().map(row).collect(),
        suppressed: found.suppressed,
    }))
}
