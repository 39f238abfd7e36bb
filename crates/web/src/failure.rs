//! From `app::Error` to what is shown to people; programs get problem documents (`api::problem`).

pub(crate) use crate::api::problem::ApiFailure;
use crate::{
    address::escaped,
    limits::{Over, wait},
    session::step_path,
};
use app::Error;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use rules::account::Step;
use std::sync::Arc;

/// Why a page cannot be shown.
pub(crate) enum Failure {
    /// Nobody is signed in; afterwards the person comes back to this path.
    SignInFirst(String),
    /// The sign-in waits for a step; afterwards the person comes back to this path.
    StepFirst(Step, String),
    /// There is no step to take: the session is open.
    SignedInAlready,
    /// More was asked for than is let through.
    Over(Over),
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
                Redirect::to(&format!("/sign-in?next={}", escaped(&path))).into_response()
            }
            Failure::StepFirst(step, path) => {
                Redirect::to(&format!("{}?next={}", step_path(step), escaped(&path))).into_response()
            }
            Failure::SignedInAlready => Redirect::to("/").into_response(),
            Failure::Over(over) => {
                let values = vec![("seconds".to_owned(), over.seconds.to_string())];
                let told = Told {
                    status: StatusCode::TOO_MANY_REQUESTS,
                    headline: "error.limited",
                    detail: Some((format!("limited_{}", over.what.code()), values)),
                    number: None,
                };
                let mut response = wait(told.status.into_response(), over.seconds);
                response.extensions_mut().insert(Shown(Arc::new(told)));
                response
            }
            Failure::App(error) => {
                let told = told(&error);
                let mut response = told.status.into_response();
                if told.status == StatusCode::SERVICE_UNAVAILABLE {
                    response = wait(response, OUTAGE);
                }
                response.extensions_mut().insert(Shown(Arc::new(told)));
                response
            }
        }
    }
}

/// Seconds after which it is worth asking again while the database is away.
pub(crate) const OUTAGE: u64 = 5;

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
            let (status, headline) = match (error.is_uncertain(), error.is_outage()) {
                (true, _) => (StatusCode::SERVICE_UNAVAILABLE, "error.uncertain"),
                (_, true) => (StatusCode::SERVICE_UNAVAILABLE, "error.unavailable"),
                _ => (StatusCode::INTERNAL_SERVER_ERROR, "error.broken"),
            };
            Told { number: Some(number), ..plain(status, headline) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::db;
    use axum::http::header;

    #[test]
    fn an_outage_is_told_with_when_to_come_again() {
        let pages = |error: db::Error| Failure::App(error.into()).into_response();
        let programs = |error: db::Error| ApiFailure::App(error.into()).into_response();
        for response in
            [pages(db::Error::Commit("disk full".to_owned())), programs(db::Error::Commit("x".to_owned()))]
        {
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(response.headers()[header::RETRY_AFTER], "5");
        }
        for response in [pages(db::Error::Over), programs(db::Error::Over)] {
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert!(!response.headers().contains_key(header::RETRY_AFTER));
        }
    }
}
