//! From `app::Error` to what is shown: a page for people, problem JSON (RFC 9457) for programs. One place.

use crate::language::Language;
use app::{Error, Problem};
use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Serialize;
use std::sync::Arc;

/// Why a page cannot be shown.
pub(crate) enum Failure {
    /// Nobody is signed in; afterwards the person comes back to this path.
    SignInFirst(String),
    /// The action says no.
    App(Error),
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::App(error.into())
    }
}

/// A failure on its way out; the frame around it is drawn by `answer`, which knows the language.
#[derive(Clone)]
pub(crate) struct Shown(pub Arc<Told>);

/// What a person is told.
pub(crate) struct Told {
    pub status: StatusCode,
    pub headline: &'static str,
    pub detail: Option<(String, Vec<(String, String)>)>,
    pub number: Option<String>,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Failure::SignInFirst(path) => {
                let next: String = path.bytes().fold(String::new(), |out, b| out + &percent(b));
                Redirect::to(&format!("/sign-in?next={next}")).into_response()
            }
            Failure::App(error) => {
                let told = told(&error);
                let mut response = told.status.into_response();
                response.extensions_mut().insert(Shown(Arc::new(told)));
                response
            }
        }
    }
}

fn percent(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

/// Status and texts of an error; what is broken is logged here, once, under a number.
pub(crate) fn told(error: &Error) -> Told {
    let plain = |status, headline| Told { status, headline, detail: None, number: None };
    match error {
        Error::Refused(refusal) => Told {
            detail: Some((
                refusal.code.clone(),
                refusal.values.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
            )),
            ..plain(StatusCode::CONFLICT, "error.refused")
        },
        Error::Invalid(_) => plain(StatusCode::UNPROCESSABLE_ENTITY, "error.invalid"),
        Error::NotFound => plain(StatusCode::NOT_FOUND, "error.not_found"),
        Error::Changed { .. } => plain(StatusCode::CONFLICT, "error.changed"),
        Error::Forbidden => plain(StatusCode::FORBIDDEN, "error.forbidden"),
        Error::Busy => plain(StatusCode::TOO_MANY_REQUESTS, "error.busy"),
        Error::Broken(source) => {
            let number = format!(
                "{:08X}",
                u32::try_from(jiff::Timestamp::now().as_microsecond() & 0xFFFF_FFFF).unwrap_or(0)
            );
            tracing::error!(error.number = number, error.cause = %source, "broken");
            Told { number: Some(number), ..plain(StatusCode::INTERNAL_SERVER_ERROR, "error.broken") }
        }
    }
}

/// Why an API call cannot be answered.
pub(crate) enum ApiFailure {
    NoToken,
    App(Error),
}

impl<E: Into<Error>> From<E> for ApiFailure {
    fn from(error: E) -> Self {
        ApiFailure::App(error.into())
    }
}

/// A problem document.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ProblemDocument {
    /// Kind of problem: `refused`, `invalid`, `not_found`, `changed`, `forbidden`, `busy`, `broken`, `no_token`.
    #[serde(rename = "type")]
    pub kind: String,
    /// In one English sentence.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Code of the refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The rule that refuses: `T8`, `I1`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Values of the refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<std::collections::BTreeMap<String, String>>,
    /// The fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    pub fields: Vec<Problem>,
    /// The version that stands now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// Number under which a failure is logged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
}

impl IntoResponse for ApiFailure {
    fn into_response(self) -> Response {
        let (status, mut document) = match &self {
            ApiFailure::NoToken => {
                (StatusCode::UNAUTHORIZED, document("no_token", StatusCode::UNAUTHORIZED, "error.no_token"))
            }
            ApiFailure::App(error) => {
                let told = told(error);
                let kind = told.headline.trim_start_matches("error.");
                let mut document = document(kind, told.status, told.headline);
                document.number = told.number;
                (told.status, document)
            }
        };
        if let ApiFailure::App(error) = self {
            match error {
                Error::Refused(refusal) => {
                    document.code = Some(refusal.code);
                    document.rule = Some(refusal.rule);
                    document.values = Some(refusal.values);
                }
                Error::Invalid(fields) => document.fields = fields,
                Error::Changed { found, .. } => document.version = Some(found),
                _ => {}
            }
        }
        let mut response = (status, Json(document)).into_response();
        let kind = header::HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}

fn document(kind: &str, status: StatusCode, key: &str) -> ProblemDocument {
    ProblemDocument {
        kind: kind.to_owned(),
        title: Language::English.text(key).into_owned(),
        status: status.as_u16(),
        code: None,
        rule: None,
        values: None,
        fields: Vec::new(),
        version: None,
        number: None,
    }
}
