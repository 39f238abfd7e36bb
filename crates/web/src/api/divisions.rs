//! `/api/v1/divisions`: the divisions of the country, by name, code or pinyin.

use super::{
    problem::{ApiFailure, ProblemDocument},
    request::Asked,
};
use crate::{Site, session::Caller};
use app::{Error, division::Division};
use axum::{
    Json,
    extract::{Path, State},
};
use rules::division::DivisionCode;
use serde::{Deserialize, Serialize};

/// Divisions of one answer at most.
const MOST: usize = 50;

/// A division.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct DivisionDocument {
    /// 12-digit statistical code.
    #[schema(example = 310_115_110_001_i64)]
    pub code: i64,
    /// Its name without those above it.
    pub name: String,
    /// Its name with those above it.
    pub path: String,
    /// `province`, `prefecture`, `county`, `town` or `village`.
    pub level: String,
    /// Last day of validity, where it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<String>,
    /// The division that took its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub successor: Option<i64>,
}

/// Divisions found.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct DivisionList {
    /// Best first.
    pub divisions: Vec<DivisionDocument>,
}

/// A division with what lies below it.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct DivisionPage {
    /// The division.
    #[serde(flatten)]
    pub division: DivisionDocument,
    /// The division above it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<i64>,
    /// Those directly below it.
    pub children: Vec<DivisionDocument>,
}

/// What is looked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DivisionQuery {
    /// Name, pinyin, initials, or the beginning of a code; without it the children of `within` are listed.
    #[serde(default)]
    q: String,
    /// Only within this division (2, 4, 6, 9 or 12 digits).
    within: Option<String>,
    /// Rows at most, 1 to 50.
    limit: Option<usize>,
}

fn document(site: &Site, division: &Division) -> DivisionDocument {
    let level = serde_json::to_value(division.code.level()).ok();
    DivisionDocument {
        code: division.code.number(),
        name: division.name.clone(),
        path: site.app.divisions.path(division.code).unwrap_or_default(),
        level: level.and_then(|level| level.as_str().map(str::to_owned)).unwrap_or_default(),
        valid_to: division.valid_to.map(|day| day.to_string()),
        successor: division.successor.map(DivisionCode::number),
    }
}

/// Programs: finds divisions.
#[utoipa::path(get, path = "/api/v1/divisions", tag = "divisions", params(DivisionQuery), responses(
    (status = 200, body = DivisionList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn find(
    State(site): State<Site>,
    _caller: Caller,
    Asked(asked): Asked<DivisionQuery>,
) -> Result<Json<DivisionList>, ApiFailure> {
    let within = match asked.within.as_deref() {
        Some(text) => {
            let code = DivisionCode::parse(text);
            Some(code.map_err(|_| ProblemDocument::invalid("within", "division_invalid"))?)
        }
        None => None,
    };
    let limit = asked.limit.unwrap_or(20).clamp(1, MOST);
    let divisions = &site.app.divisions;
    let found = if asked.q.trim().is_empty() {
        divisions.children(within).into_iter().take(MOST.max(limit)).collect()
    } else {
        divisions.search(&asked.q, within.map(DivisionCode::interval), limit)
    };
    let divisions = found.iter().take(limit).map(|division| document(&site, division)).collect();
    Ok(Json(DivisionList { divisions }))
}

/// Programs: one division and what lies directly below it.
#[utoipa::path(get, path = "/api/v1/divisions/{code}", tag = "divisions",
    params(("code" = String, Path, description = "2, 4, 6, 9 or 12 digits")), responses(
    (status = 200, body = DivisionPage),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn show(
    State(site): State<Site>,
    _caller: Caller,
    Path(code): Path<String>,
) -> Result<Json<DivisionPage>, ApiFailure> {
    let code = DivisionCode::parse(&code).map_err(|_| Error::NotFound)?;
    let division = site.app.divisions.get(code).ok_or(Error::NotFound)?;
    let children = site.app.divisions.children(Some(code));
    Ok(Json(DivisionPage {
        division: document(&site, &division),
        parent: site.app.divisions.parent(code).map(DivisionCode::number),
        children: children.iter().map(|child| document(&site, child)).collect(),
    }))
}
