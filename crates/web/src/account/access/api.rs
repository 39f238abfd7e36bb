//! `/api/v1/access`: the same for programs, in codes.

use crate::{
    Site,
    api::problem::{ApiFailure, ProblemDocument},
    api::request::Asked,
    referral::words,
    session::Caller,
};
use app::account::explain::{self, Explanation};
use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is asked.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AccessQuery {
    /// Username of a staff account of the caller's area.
    account: String,
    /// Identifier of a record of the area, or a case's number.
    record: String,
}

/// A rule of a scope with its answer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct AccessRule {
    /// All rules of one way must hold; numbered from 1.
    way: usize,
    /// The rule, as a code.
    rule: String,
    /// Whether it holds for this account and this record now.
    holds: bool,
}

/// Something the role may do with records of this kind, or may not.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct AccessDeed {
    /// `read`, `change`, `export` or `reveal`.
    deed: String,
    /// Whether the table of permissions names the role for it.
    permitted: bool,
}

/// How far the role's sight reaches for a group of content.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct AccessContent {
    /// The group.
    content: String,
    /// `never`, `with_purpose` or `scope`.
    sight: String,
}

/// Every rule that decides whether an account sees a record; no content of the record.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct AccessExplanation {
    /// The account.
    username: String,
    /// Its role.
    role: String,
    /// `referral` or `person`.
    kind: String,
    /// The record's identifier.
    record: String,
    /// Whether the account opens it.
    sees: bool,
    /// The account has not ended.
    active: bool,
    /// What the role may do at all.
    deeds: Vec<AccessDeed>,
    /// The rules of the scope, way by way.
    rules: Vec<AccessRule>,
    /// Whether the scope finds the record.
    within: bool,
    /// What of it is shown.
    contents: Vec<AccessContent>,
    /// `whole`, `masked` or `hidden`.
    name_shown: String,
    /// Codes of forms that could be opened.
    forms: Vec<String>,
    /// An institution was only asked so far.
    offered: bool,
    /// Consent was taken back.
    restricted: bool,
    /// Open in an emergency until then.
    #[schema(value_type = Option<String>, format = DateTime)]
    open_until: Option<Timestamp>,
    /// The role may open records in an emergency.
    may_open: bool,
}

impl From<Explanation> for AccessExplanation {
    fn from(found: Explanation) -> Self {
        let numbered = (1..).zip(&found.ways);
        let rules = numbered.flat_map(|(way, rules)| {
            let one = move |asked: &explain::Asked| AccessRule {
                way,
                rule: asked.rule.to_owned(),
                holds: asked.holds,
            };
            rules.iter().map(one)
        });
        let deed =
            |(deed, permitted): &(_, bool)| AccessDeed { deed: words::code(deed), permitted: *permitted };
        let contents = found.contents.iter().map(|(content, sight)| AccessContent {
            content: words::code(content),
            sight: words::code(sight),
        });
        AccessExplanation {
            rules: rules.collect(),
            deeds: found.deeds.iter().map(deed).collect(),
            contents: contents.collect(),
            name_shown: words::code(&found.name_shown),
            forms: found.forms.iter().map(words::code).collect(),
            username: found.username,
            role: found.role,
            kind: found.kind.to_owned(),
            record: found.record.to_string(),
            sees: found.sees,
            active: found.active,
            within: found.within,
            offered: found.offered,
            restricted: found.restricted,
            open_until: found.open_until,
            may_open: found.may_open,
        }
    }
}

/// Administrators' programs: why somebody of the area sees a record of the area, or does not.
#[utoipa::path(get, path = "/api/v1/access", tag = "accounts", params(AccessQuery), responses(
    (status = 200, body = AccessExplanation),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn explain(
    State(site): State<Site>,
    caller: Caller,
    Asked(asked): Asked<AccessQuery>,
) -> Result<Json<AccessExplanation>, ApiFailure> {
    let found = explain::explain(&site.app, &caller.scope, &asked.account, &asked.record).await?;
    Ok(Json(found.into()))
}
