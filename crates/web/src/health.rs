//! Whether the program lives and can work.

use crate::Site;
use axum::{extract::State, http::StatusCode};

/// Anyone: the process answers.
pub(crate) async fn alive() -> &'static str {
    "ok"
}

/// Anyone: the database answers.
pub(crate) async fn ready(State(site): State<Site>) -> (StatusCode, &'static str) {
    match site.app.db.all::<(i64,)>("SELECT 1", Vec::new()).await {
        Ok(_) => (StatusCode::OK, "ok"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "database"),
    }
}
