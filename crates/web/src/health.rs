//! Whether the program lives and can work.

use crate::Site;
use axum::{extract::State, http::StatusCode};

/// Anyone: the process answers.
pub(crate) async fn alive() -> &'static str {
    "ok"
}

/// Anyone: the database answers, and takes changes.
pub(crate) async fn ready(State(site): State<Site>) -> (StatusCode, &'static str) {
    match site.app.db.ready().await {
        Ok(()) => (StatusCode::OK, "ok"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "database"),
    }
}
