//! `/`: each role lands on its work list.

use crate::session::Session;
use axum::response::Redirect;

/// Whoever is signed in: on to the work list.
pub(crate) async fn home(_session: Session) -> Redirect {
    Redirect::to("/work-list")
}
