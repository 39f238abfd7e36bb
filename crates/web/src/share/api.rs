//! `/api/v1/shares`: what the recipient's program reads, in order, and acknowledges.

use crate::{
    Site,
    api::{
        problem::{ApiFailure, ProblemDocument},
        request::{self, Asked, Body},
    },
    session::Caller,
};
use app::share::{self, Connector, Record};
use axum::{
    Json,
    extract::{Path, State},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A share that the caller's organisation receives.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ShareDocument {
    /// Identifier.
    id: String,
    /// `open`, `suspended` or `ended`. While it is not open only entries leave that say what is to be deleted.
    state: String,
    /// Code of the basis.
    basis: String,
    /// `consent` or `legal_duty`.
    basis_kind: String,
    /// What is given: `need_registered`, `service_stage`, `institution`.
    kinds: Vec<String>,
    /// Number of the agreement.
    agreement: String,
    /// The last number that left.
    given: i64,
    /// The last number that was acknowledged.
    receipt: i64,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    receipt_at: Option<Timestamp>,
    /// 32 bytes as hexadecimal digits: the key of the digests by which persons are named; only of a single share.
    #[serde(skip_serializing_if = "Option::is_none")]
    person_key: Option<String>,
}

impl ShareDocument {
    fn new(site: &Site, connector: Connector) -> ShareDocument {
        let Connector { share, person_key } = connector;
        let basis = site.app.tables.shares.basis(&share.basis);
        ShareDocument {
            id: share.id.to_string(),
            state: share.state.code().to_owned(),
            basis_kind: basis.map(|basis| basis.label().to_owned()).unwrap_or_default(),
            basis: share.basis,
            kinds: share.kinds.iter().map(|kind| kind.code().to_owned()).collect(),
            agreement: share.agreement,
            given: share.given_number,
            receipt: share.receipt_number,
            receipt_at: share.receipt_at,
            person_key,
        }
    }
}

/// The shares that the caller's organisation receives.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ShareList {
    /// By identifier.
    pub shares: Vec<ShareDocument>,
}

/// One entry. Where it is withdrawn everything known under the reference is to be deleted.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SharedRecordDocument {
    /// Its number; it grows with each change.
    number: i64,
    /// `given` or `withdrawn`.
    act: String,
    /// By what the recipient knows it; random, and another one once it acknowledged that it was withdrawn.
    reference: String,
    /// HMAC-SHA-256 of the identity number (capital letters) under `person_key`, as hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<String>,
    /// The need is registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    need_registered: Option<bool>,
    /// `not_begun`, `begun` or `ended`.
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    /// Name of the institution.
    #[serde(skip_serializing_if = "Option::is_none")]
    institution: Option<String>,
}

impl From<Record> for SharedRecordDocument {
    fn from(record: Record) -> Self {
        let (act, told) = match record.told {
            Some(told) => ("given", Some(told)),
            None => ("withdrawn", None),
        };
        SharedRecordDocument {
            number: record.number,
            act: act.to_owned(),
            reference: record.reference.to_string(),
            need_registered: told.as_ref().and_then(|told| told.need_registered),
            service: told
                .as_ref()
                .and_then(|told| told.service)
                .map(|stage| crate::api::document::code(&stage)),
            institution: told.as_ref().and_then(|told| told.institution.clone()),
            person: told.and_then(|told| told.person),
        }
    }
}

/// A page of entries.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SharedRecordList {
    /// In the order of their numbers.
    pub records: Vec<SharedRecordDocument>,
    /// Where the share stands.
    pub state: String,
    /// Pass as `after` for the next page; also where nothing is left now.
    pub next: i64,
    /// There are more already.
    pub more: bool,
}

/// After which number.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RecordQuery {
    /// `next` of the page before; 0 from the beginning.
    #[serde(default)]
    after: i64,
}

/// A receipt.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReceiptEntry {
    /// Everything up to this number was taken in.
    up_to: i64,
}

/// Programs of the recipient: the shares that it receives.
#[utoipa::path(get, path = "/api/v1/shares", tag = "shares", responses(
    (status = 200, body = ShareList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn list(State(site): State<Site>, caller: Caller) -> Result<Json<ShareList>, ApiFailure> {
    let found = share::connectors(&site.app, &caller.scope).await?;
    Ok(Json(ShareList { shares: found.into_iter().map(|one| ShareDocument::new(&site, one)).collect() }))
}

/// Programs of the recipient: one of them, with the key by which it finds its own records again. The read is logged.
#[utoipa::path(get, path = "/api/v1/shares/{id}", tag = "shares", params(("id" = String, Path)), responses(
    (status = 200, body = ShareDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn show(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ShareDocument>, ApiFailure> {
    let found = share::connector(&site.app, &caller.scope, request::id(&id)?).await?;
    Ok(Json(ShareDocument::new(&site, found)))
}

/// Programs of the recipient: the entries after a number. Each that leaves is logged, and the person sees it.
#[utoipa::path(get, path = "/api/v1/shares/{id}/records", tag = "shares",
    params(("id" = String, Path), RecordQuery), responses(
    (status = 200, body = SharedRecordList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn records(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    Asked(asked): Asked<RecordQuery>,
) -> Result<Json<SharedRecordList>, ApiFailure> {
    let page = share::records(&site.app, &caller.scope, request::id(&id)?, asked.after).await?;
    Ok(Json(SharedRecordList {
        next: page.records.last().map_or(asked.after, |last| last.number),
        more: page.more,
        state: page.state.code().to_owned(),
        records: page.records.into_iter().map(SharedRecordDocument::from).collect(),
    }))
}

/// Programs of the recipient: acknowledges everything up to a number; a second time changes nothing.
#[utoipa::path(post, path = "/api/v1/shares/{id}/receipt", tag = "shares", params(("id" = String, Path)),
    request_body = ReceiptEntry, responses(
    (status = 200, body = ShareDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn receipt(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<ReceiptEntry>,
) -> Result<Json<ShareDocument>, ApiFailure> {
    let found = share::receipt(&site.app, &caller.scope, request::id(&id)?, body.value.up_to).await?;
    Ok(Json(ShareDocument::new(&site, Connector { share: found, person_key: None })))
}
