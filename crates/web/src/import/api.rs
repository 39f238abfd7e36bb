//! `/api/v1/imports`: what a department's own program needs to send its list.

use crate::{
    Site,
    address::parsed,
    api::{
        mirror::mirror,
        problem::{ApiFailure, ProblemDocument},
    },
    language::Language,
    session::Caller,
};
use app::{
    Error,
    id::Id,
    import::{self, Faulty, Import, Keep, NewImport, Receiving, Summary},
};
use axum::{
    Json,
    body::Body,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use futures::StreamExt;
use jiff::{Timestamp, civil::Date};
use rules::import::Heading;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

mirror! {
    /// One list that was sent in.
    ImportDocument of Import {
        /// Identifier.
        #[schema(value_type = String)]
        id: Id,
        /// Kind of list: `smd` (health), `dpf` (disabled persons' federation), `institution`, `talent`.
        kind: String,
        /// Who sent it.
        sender: String,
        /// The file's name.
        file_name: String,
        /// Its bytes.
        size: i64,
        /// `receiving`, `staged`, `checked`, `running`, `linking`, `done`, `failed`, `undoing` or `undone`.
        state: String,
        /// Chosen columns: heading as written → field.
        #[schema(value_type = Object)]
        mapping: Value,
        /// Good rows are taken in although others are bad.
        keep_valid: bool,
        /// Rows whose identity number fails its check are taken in without it.
        keep_unverified: bool,
        /// Rows of the file, headings included; 0 until it was read once.
        rows_total: i64,
        /// Rows done so far.
        rows_done: i64,
        /// What was found, as in the answer of `POST …/apply`; empty before the check.
        #[schema(value_type = Object)]
        summary: Value,
        /// Why it failed, as a code.
        failure: Option<String>,
        /// The account that sent it in.
        #[schema(value_type = String)]
        account_id: Id,
        /// Area of that account (12 digits).
        division: i64,
        /// The day against which dates are checked.
        #[schema(value_type = String, format = Date)]
        today: Date,
        /// When it was sent in.
        #[schema(value_type = String, format = DateTime)]
        created_at: Timestamp,
        /// When taking in began.
        #[schema(value_type = Option<String>, format = DateTime)]
        started_at: Option<Timestamp>,
        /// When it was done or taken back.
        #[schema(value_type = Option<String>, format = DateTime)]
        finished_at: Option<Timestamp>,
        /// To be sent with `POST …/apply`.
        version: i64,
    }
}

mirror! {
    /// What a check or taking in found.
    ImportSummary of Summary {
        /// The headings as understood: rows above the data, columns with their fields, fields missing or repeated.
        #[schema(value_type = Option<Object>)]
        heading: Option<Heading>,
        /// Rows with data.
        rows: u64,
        /// Persons who are not in the register; for a library, records that the list begins.
        new: u64,
        /// Rows that join a person by an equal number.
        linked: u64,
        /// Rows that replace what the sender said before.
        changed: u64,
        /// Rows that say what the sender said before.
        unchanged: u64,
        /// Rows that stand twice in the file.
        doubles: u64,
        /// Rows with errors.
        invalid: u64,
        /// Rows whose identity number fails its check, otherwise good.
        unverified: u64,
        /// Rows with warnings.
        warned: u64,
        /// Pairs of probable doubles that were put before the clerks; before taking in, an estimate.
        pairs: u64,
        /// Rows of a library's list that were not taken back, since somebody has changed their records meanwhile.
        kept: u64,
        /// Findings by field and code (`number:identity_number.check`), how many rows each.
        findings: BTreeMap<String, u64>,
        /// The first faulty rows, each with `row` (from 1 as in a spreadsheet) and its `troubles`.
        #[schema(value_type = Vec<Object>)]
        faulty: Vec<Faulty>,
    }
}

/// Programs of departments and of county staff: lists sent in, newest first, at most 50.
#[utoipa::path(get, path = "/api/v1/imports", tag = "imports",
    params(("before" = Option<String>, Query, description = "Identifier of the last import of the page before")),
    responses(
    (status = 200, body = Vec<ImportDocument>),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    State(site): State<Site>,
    caller: Caller,
    Query(asked): Query<super::Asked>,
) -> Result<Json<Vec<ImportDocument>>, ApiFailure> {
    let found = import::list(&site.app, &caller.scope, asked.before.parse().ok()).await?;
    Ok(Json(found.into_iter().map(ImportDocument::from).collect()))
}

/// What the file is, in the address; the body is the file itself.
#[derive(Deserialize)]
pub(crate) struct About {
    kind: String,
    sender: String,
    #[serde(default)]
    file_name: String,
}

/// Programs of departments and of county staff: sends a file in and checks it. The answer says what would change;
/// nothing is taken in yet.
#[utoipa::path(post, path = "/api/v1/imports", tag = "imports",
    params(
        ("kind" = String, Query, description = "Kind of list: `smd`, `dpf`, `institution`, `talent`"),
        ("sender" = String, Query, description = "Who sends it"),
        ("file_name" = Option<String>, Query, description = "The file's name")
    ),
    request_body(content = String, content_type = "application/octet-stream",
        description = "The file as it is, CSV or XLSX, at most 512 MB; a spreadsheet at most 200 MB"),
    responses(
    (status = 201, body = ImportDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn send(
    State(site): State<Site>,
    caller: Caller,
    Query(about): Query<About>,
    body: Body,
) -> Result<(StatusCode, Json<ImportDocument>), ApiFailure> {
    let new = NewImport { kind: &about.kind, sender: &about.sender, file_name: &about.file_name };
    let mut receiving = Receiving::begin(&site.app, &caller.scope, &new).await?;
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let Ok(piece) = piece else {
            receiving.give_up().await?;
            return Err(Error::invalid("file", "file.unreadable").into());
        };
        receiving = receiving.add(&piece).await?;
    }
    let id = receiving.end(&caller.scope).await?;
    import::check(&site.app, &caller.scope, id).await?;
    let found = import::get(&site.app, &caller.scope, id).await?;
    Ok((StatusCode::CREATED, Json(found.into())))
}

/// Programs of departments and of county staff: one import with what was found.
#[utoipa::path(get, path = "/api/v1/imports/{id}", tag = "imports", params(("id" = String, Path)), responses(
    (status = 200, body = ImportDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn show(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ImportDocument>, ApiFailure> {
    Ok(Json(import::get(&site.app, &caller.scope, parsed(&id)?).await?.into()))
}

/// What is to be passed over, and the version that was seen.
#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct ImportOrder {
    /// Version that the caller saw.
    version: i64,
    /// Take good rows in although others are bad.
    #[serde(default)]
    valid: bool,
    /// Take rows in without their identity number where that alone fails its check.
    #[serde(default)]
    unverified: bool,
}

/// Programs of departments and of county staff: takes a checked file in; answers when it is done.
#[utoipa::path(post, path = "/api/v1/imports/{id}/apply", tag = "imports", params(("id" = String, Path)),
    request_body = ImportOrder, responses(
    (status = 200, body = ImportSummary),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn apply(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    Json(order): Json<ImportOrder>,
) -> Result<Json<ImportSummary>, ApiFailure> {
    let keep = Keep { valid: order.valid, unverified: order.unverified };
    let summary = import::apply(&site.app, &caller.scope, parsed(&id)?, order.version, keep).await?;
    Ok(Json(summary.into()))
}

/// Which version of an import was seen.
#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct ImportVersion {
    /// Version that the caller saw.
    version: i64,
}

/// Programs of departments and of county staff: takes the whole list back; answers when it is done.
#[utoipa::path(post, path = "/api/v1/imports/{id}/undo", tag = "imports", params(("id" = String, Path)),
    request_body = ImportVersion, responses(
    (status = 200, body = ImportDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn undo(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    Json(seen): Json<ImportVersion>,
) -> Result<Json<ImportDocument>, ApiFailure> {
    let id = parsed(&id)?;
    import::undo(&site.app, &caller.scope, id, seen.version).await?;
    Ok(Json(import::get(&site.app, &caller.scope, id).await?.into()))
}

/// Which column means what, and the version that was seen.
#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct ImportColumns {
    /// Version that the caller saw.
    version: i64,
    /// Heading as written in the file → field; an empty field leaves the column out.
    columns: BTreeMap<String, String>,
}

/// Programs of departments and of county staff: says which column means what, for this file and the sender's next
/// ones, and checks again.
#[utoipa::path(post, path = "/api/v1/imports/{id}/mapping", tag = "imports", params(("id" = String, Path)),
    request_body = ImportColumns, responses(
    (status = 200, body = ImportDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn map(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    Json(chosen): Json<ImportColumns>,
) -> Result<Json<ImportDocument>, ApiFailure> {
    let id = parsed(&id)?;
    import::map(&site.app, &caller.scope, id, chosen.version, &chosen.columns).await?;
    import::check(&site.app, &caller.scope, id).await?;
    Ok(Json(import::get(&site.app, &caller.scope, id).await?.into()))
}

/// Programs of departments and of county staff: the file as it was sent, with what became of each row and what to do
/// about it. Words follow the request's language.
#[utoipa::path(get, path = "/api/v1/imports/{id}/report", tag = "imports",
    params(
        ("id" = String, Path),
        ("as" = Option<String>, Query, description = "`csv`, or `xlsx` where nothing is said")
    ),
    responses(
    (status = 200, body = String, content_type = "text/csv", description = "The report"),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn report(
    State(site): State<Site>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(wanted): Query<super::Wanted>,
) -> Result<Response, ApiFailure> {
    let language = Language::of_request(&uri, &headers);
    Ok(super::report_of(&site, &caller.scope, language, parsed(&id)?, &wanted).await?)
}

/// Programs of departments and of county staff: the empty list of a kind, as a spreadsheet. Headings follow the
/// request's language.
#[utoipa::path(get, path = "/api/v1/imports/templates/{kind}", tag = "imports", params(("kind" = String, Path)),
    responses(
    (status = 200, body = String,
        content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        description = "The template"),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn template(
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
    Path(kind): Path<String>,
) -> Result<Response, ApiFailure> {
    Ok(super::template_of(&caller.scope, Language::of_request(&uri, &headers), &kind)?)
}
