//! `/api/v1/counts`: the figures of `/need` for programs.

use super::Asked;
use crate::{
    Site,
    api::{
        mirror::mirror,
        problem::{ApiFailure, ProblemDocument},
    },
    session::Caller,
};
use app::need::Count;
use axum::{
    Json,
    extract::{Query, State},
};
use serde::Serialize;

mirror! {
    /// Figures of one area. Each of `at_home` to `consented` counts among those of the figure before it.
    CountDocument of Count {
        /// The area (12 digits); 0 is the country.
        division: i64,
        /// Persons in either register.
        persons: i64,
        /// Persons in the health register.
        health: i64,
        /// Persons in the register of the disabled persons' federation.
        dpf: i64,
        /// Persons in both.
        both: i64,
        /// Of the persons: live at home.
        at_home: i64,
        /// Of these: were assessed as having a need.
        assessed: i64,
        /// Of these: were assessed as suitable.
        suitable: i64,
        /// Of these: consented.
        consented: i64,
    }
}

/// Figures of an area and of its parts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct CountList {
    /// The whole area.
    pub total: CountDocument,
    /// One for each part that has any, by code.
    pub parts: Vec<CountDocument>,
}

/// Programs of county staff and supervisors: figures of an area and of what lies below.
#[utoipa::path(get, path = "/api/v1/counts", tag = "counts",
    params(
        ("division" = Option<i64>, Query, description = "Area (12 digits); without it the caller's own"),
        ("by" = Option<String>, Query, description = "village: a county or town by village; without it by the level below"),
    ),
    responses(
    (status = 200, body = CountList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn show(
    State(site): State<Site>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Json<CountList>, ApiFailure> {
    let counts = asked.figures(&site, &caller.scope).await?;
    let parts = counts.parts.into_iter().map(CountDocument::from).collect();
    Ok(Json(CountList { total: counts.total.into(), parts }))
}
