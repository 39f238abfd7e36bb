//! What somebody is writing on a long form, kept on the server every few seconds while the page is open: after a lost
//! connection, a closed window or an ended session it stands there again.

use crate::{Site, answer::Page, due, failure::Failure, form::Posted, session::Session};
use app::referral::unsent;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use serde::Deserialize;

/// The page that is being written on.
#[derive(Deserialize)]
pub(crate) struct At {
    place: String,
}

/// Whoever is signed in: keeps what stands on a page of one's own.
pub(crate) async fn keep(
    State(site): State<Site>,
    session: Session,
    Query(at): Query<At>,
    Form(posted): Form<Posted>,
) -> Result<StatusCode, Failure> {
    unsent::keep(&site.app, &session.scope, &at.place, &posted.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whoever is signed in: forgets it, and begins the page anew.
pub(crate) async fn discard(State(site): State<Site>, session: Session, Form(at): Form<At>) -> Page {
    unsent::discard(&site.app, &session.scope, &at.place).await?;
    Ok(Redirect::to(if unsent::is_kept(&at.place) { &at.place } else { "/work-list" }).into_response())
}

/// What the reader wrote on a page and did not send, and a note that says since when it stands there.
pub(crate) async fn restored(
    site: &Site,
    session: &Session,
    place: &str,
) -> Result<Option<(Posted, String)>, Failure> {
    let kept = unsent::kept(&site.app, &session.scope, place).await?;
    Ok(kept.map(|kept| told(session, kept)))
}

/// What was kept as it was written, and the note that says since when.
pub(crate) fn told(session: &Session, kept: unsent::Unsent) -> (Posted, String) {
    let at = due::minute(kept.saved_at);
    (Posted(kept.pairs), session.language.with("unsent.restored", &[("at", &at)]))
}
