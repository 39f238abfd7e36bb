//! `/api/v1/imports`: what a department's own program needs to send its list.

use crate::{Site, failure::ApiFailure, person::parsed, session::Caller};
use app::import::{self, Import, Keep, NewImport, Summary};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
};
use serde::Deserialize;

/// Programs: lists sent in, newest first.
pub(crate) async fn list(
    State(site): State<Site>,
    caller: Caller,
    Query(asked): Query<super::Asked>,
) -> Result<Json<Vec<Import>>, ApiFailure> {
    Ok(Json(import::list(&site.app, &caller.scope, asked.before.parse().ok()).await?))
}

/// What the file is, in the address; the body is the file itself.
#[derive(Deserialize)]
pub(crate) struct About {
    kind: String,
    sender: String,
    #[serde(default)]
    file_name: String,
}

/// Programs: sends a file in and checks it. The answer says what would change; nothing is taken in yet.
pub(crate) async fn send(
    State(site): State<Site>,
    caller: Caller,
    Query(about): Query<About>,
    body: Bytes,
) -> Result<(StatusCode, Json<Import>), ApiFailure> {
    let new = NewImport { kind: &about.kind, sender: &about.sender, file_name: &about.file_name };
    let id = import::stage(&site.app, &caller.scope, &new, &body).await?;
    drop(body);
    import::check(&site.app, &caller.scope, id).await?;
    Ok((StatusCode::CREATED, Json(import::get(&site.app, &caller.scope, id).await?)))
}

/// Programs: one import with what was found.
pub(crate) async fn show(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Import>, ApiFailure> {
    Ok(Json(import::get(&site.app, &caller.scope, parsed(&id)?).await?))
}

/// What is to be passed over, and the version that was seen.
#[derive(Deserialize)]
pub(crate) struct Order {
    version: i64,
    #[serde(flatten)]
    keep: Keep,
}

/// Programs: takes a checked file in; answers when it is done.
pub(crate) async fn apply(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    Json(order): Json<Order>,
) -> Result<Json<Summary>, ApiFailure> {
    let id = parsed(&id)?;
    Ok(Json(import::apply(&site.app, &caller.scope, id, order.version, order.keep).await?))
}
