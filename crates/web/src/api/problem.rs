//! Problem documents (RFC 9457): what a program is told where something cannot be done.

use super::document::EventDocument;
use crate::{
    failure::{OUTAGE, told},
    language::Language,
    limits::{Over, wait},
};
use app::{Error, Problem};
use axum::{
    Json,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use std::collections::BTreeMap;

const KIND: &str = "application/problem+json";

/// Why an API call cannot be answered.
pub(crate) enum ApiFailure {
    /// No token, or one that is unknown, revoked or too old.
    NoToken,
    /// More was asked for than is let through.
    Over(Over),
    /// The action says no.
    App(Error),
    /// Said already.
    Told(Box<ProblemDocument>),
}

impl<E: Into<Error>> From<E> for ApiFailure {
    fn from(error: E) -> Self {
        ApiFailure::App(error.into())
    }
}

/// A problem document.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ProblemDocument {
    /// Kind of problem: `refused`, `invalid`, `not_found`, `changed`, `forbidden`, `busy`, `broken`, `no_token`,
    /// `malformed`, `limited`, `unsupported`, `too_large`, `method`, `unavailable` (the database is away: nothing was stored,
    /// send it again later), `uncertain` (it went away while storing: look before sending it again, or send it again with the
    /// same `Idempotency-Key`).
    #[serde(rename = "type")]
    pub kind: String,
    /// In one English sentence.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What is wrong here, for the reader of a log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Code of the refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The rule that refuses: `T8`, `I1`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Values of the refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<BTreeMap<String, String>>,
    /// The fields that are wrong, all at once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldDocument>,
    /// The version that stands now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// What happened since the version that the caller had seen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventDocument>,
    /// Names that would have been understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<String>,
    /// Number under which a failure is logged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
}

/// One field that is wrong.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FieldDocument {
    /// Where it stands: `forms.F1.name`, `data.reason`, `county`.
    pub field: String,
    /// What is wrong: `required`, `wrong_kind`, `unknown_field`, …
    pub code: String,
}

impl ProblemDocument {
    /// A problem of a kind; its title stands in the catalogue under `error.KIND`.
    pub(crate) fn new(kind: &str, status: StatusCode) -> ProblemDocument {
        let key = format!("error.{kind}");
        ProblemDocument {
            kind: kind.to_owned(),
            title: Language::English.text(&key).into_owned(),
            status: status.as_u16(),
            detail: None,
            code: None,
            rule: None,
            values: None,
            fields: Vec::new(),
            version: None,
            events: Vec::new(),
            allowed: Vec::new(),
            number: None,
        }
    }

    /// Says what is wrong here.
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> ProblemDocument {
        self.detail = Some(detail.into());
        self
    }

    /// Names a field.
    pub(crate) fn field(mut self, field: &str, code: &str) -> ProblemDocument {
        self.fields.push(FieldDocument { field: field.to_owned(), code: code.to_owned() });
        self
    }

    /// A field that cannot be understood.
    pub(crate) fn invalid(field: &str, code: &str) -> ProblemDocument {
        ProblemDocument::new("invalid", StatusCode::UNPROCESSABLE_ENTITY).field(field, code)
    }

    /// Forbidden, with a code that says why.
    pub(crate) fn forbidden(code: String) -> ProblemDocument {
        let detail = Language::English.text(&format!("refusal.{code}")).into_owned();
        let document = ProblemDocument::new("forbidden", StatusCode::FORBIDDEN).detail(detail);
        ProblemDocument { code: Some(code), ..document }
    }

    /// More than is let through; the code says of what.
    fn over(over: Over) -> ProblemDocument {
        let code = format!("limited_{}", over.what.code());
        let seconds = over.seconds.to_string();
        let detail = Language::English.with(&format!("refusal.{code}"), &[("seconds", &seconds)]);
        let document = ProblemDocument::new("limited", StatusCode::TOO_MANY_REQUESTS).detail(detail);
        let values = [("seconds", seconds), ("by", over.by.to_owned())];
        let values = values.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        ProblemDocument { code: Some(code), values: Some(values), ..document }
    }

    fn of_error(error: Error) -> ProblemDocument {
        let told = told(&error);
        let mut document = ProblemDocument::new(told.headline.trim_start_matches("error."), told.status);
        document.number = told.number;
        match error {
            Error::Refused(refusal) => {
                document.code = Some(refusal.code);
                document.rule = Some(refusal.rule);
                document.values = Some(refusal.values);
            }
            Error::Invalid(problems) => document.fields = problems.into_iter().map(field).collect(),
            Error::Changed { found, .. } => document.version = Some(found),
            _ => {}
        }
        document
    }
}

/// A problem in a form carries the form's code as its value.
fn field(problem: Problem) -> FieldDocument {
    let form = problem.values.first().filter(|value| value.starts_with('F'));
    let field = match form {
        Some(form) => format!("forms.{form}.{}", problem.field),
        None => problem.field,
    };
    FieldDocument { field, code: problem.code }
}

impl From<ProblemDocument> for ApiFailure {
    fn from(document: ProblemDocument) -> Self {
        ApiFailure::Told(Box::new(document))
    }
}

impl IntoResponse for ApiFailure {
    fn into_response(self) -> Response {
        let seconds = if let ApiFailure::Over(over) = &self { over.seconds } else { 1 };
        let document = match self {
            ApiFailure::Over(over) => ProblemDocument::over(over),
            ApiFailure::NoToken => ProblemDocument::new("no_token", StatusCode::UNAUTHORIZED),
            ApiFailure::App(error) => ProblemDocument::of_error(error),
            ApiFailure::Told(document) => *document,
        };
        let status = StatusCode::from_u16(document.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(document)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(KIND));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        match status {
            StatusCode::TOO_MANY_REQUESTS => wait(response, seconds),
            StatusCode::SERVICE_UNAVAILABLE => wait(response, OUTAGE),
            _ => response,
        }
    }
}

/// Failures of the frame around the handlers (no such path, wrong method, body too large) become problem documents
/// too.
pub(crate) async fn everywhere(request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    let status = response.status();
    let told = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == KIND);
    if !api || told || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let kind = match status {
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::METHOD_NOT_ALLOWED => "method",
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported",
        StatusCode::FORBIDDEN => "forbidden",
        StatusCode::UNAUTHORIZED => "no_token",
        StatusCode::TOO_MANY_REQUESTS => "busy",
        _ if status.is_server_error() => "broken",
        _ => "malformed",
    };
    let mut fresh = ApiFailure::from(ProblemDocument::new(kind, status)).into_response();
    if let Some(allow) = response.headers().get(header::ALLOW) {
        fresh.headers_mut().insert(header::ALLOW, allow.clone());
    }
    fresh
}
