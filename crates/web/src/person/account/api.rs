//! `/api/v1/persons/{id}/accounts`: accounts of clients and guardians, opened by the counter's own program. A code is
//! in one answer only; where that got lost, a new code is handed out.

use crate::{
    Site,
    api::{
        mirror::mirror,
        problem::{ApiFailure, ProblemDocument},
        request::{self, Body},
    },
    session::Caller,
};
use app::{
    account::{
        client::{self, ClientAccount, HandedOut, Holder},
        guardianship::Ground,
    },
    id::Id,
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

mirror! {
    /// An account of a person.
    ClientAccountDocument of ClientAccount {
        /// Identifier.
        #[schema(value_type = String)]
        id: Id,
        /// Name for signing in.
        username: String,
        /// Name of the holder.
        name: String,
        /// `self` or `guardian`; `null` where it was not opened at the counter.
        holder: Option<String>,
        /// Until when its code can be used; `null` where it was used or none was handed out.
        #[schema(value_type = Option<String>, format = DateTime)]
        code_until: Option<Timestamp>,
        /// When the code was used.
        #[schema(value_type = Option<String>, format = DateTime)]
        used_at: Option<Timestamp>,
        /// When the account was ended.
        #[schema(value_type = Option<String>, format = DateTime)]
        ended_at: Option<Timestamp>,
        /// On what a guardian's access rests: `minor`, `capacity` or `consent`.
        basis: Option<String>,
        /// The last day on which it does.
        #[schema(value_type = Option<String>, format = Date)]
        basis_until: Option<Date>,
    }
}

mirror! {
    /// What is handed to the holder, once.
    HandedOutDocument of HandedOut {
        /// The account.
        #[schema(value_type = String)]
        account: Id,
        /// Name for signing in.
        username: String,
        /// The code for the first sign-in at `/first-sign-in`.
        code: String,
        /// Until when it can be used.
        #[schema(value_type = String, format = DateTime)]
        until: Timestamp,
    }
}

/// Accounts of a person.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ClientAccountList {
    /// Latest first.
    pub accounts: Vec<ClientAccountDocument>,
}

/// Who is to hold a new account.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HolderEntry {
    /// `self` or `guardian`.
    holder: String,
    /// The guardian's name; the person's own is taken from the register.
    #[serde(default)]
    name: String,
    /// The identity card was seen at the counter, and for a guardian the proof of guardianship.
    #[serde(default)]
    papers_seen: bool,
    /// On what a guardian's access rests: `minor`, `capacity` (a finding of limited or no capacity) or `consent` (the
    /// competent person's own).
    #[serde(default)]
    basis: String,
    /// Which paper of it was shown; not needed for a minor.
    #[serde(default)]
    paper: String,
    /// The last day on which it holds; a minority ends by itself.
    #[schema(value_type = Option<String>, format = Date)]
    until: Option<Date>,
}

/// Programs of the counter: the accounts of a person. The read is logged.
#[utoipa::path(get, path = "/api/v1/persons/{id}/accounts", tag = "persons", params(("id" = String, Path)),
    responses(
    (status = 200, body = ClientAccountList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ClientAccountList>, ApiFailure> {
    let found = client::listed(&site.app, &caller.scope, request::id(&id)?).await?;
    Ok(Json(ClientAccountList { accounts: found.into_iter().map(Into::into).collect() }))
}

/// Programs of the counter: opens an account for a client or guardian. The code is in this answer only.
#[utoipa::path(post, path = "/api/v1/persons/{id}/accounts", tag = "persons", params(("id" = String, Path)),
    request_body = HolderEntry, responses(
    (status = 201, body = HandedOutDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn open(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<HolderEntry>,
) -> Result<(StatusCode, Json<HandedOutDocument>), ApiFailure> {
    let HolderEntry { holder, name, papers_seen, basis, paper, until } = body.value;
    let holder = Holder { holder, name, papers_seen, ground: Ground { basis, paper, until } };
    let handed = client::open(&site.app, &caller.scope, request::id(&id)?, &holder).await?;
    Ok((StatusCode::CREATED, Json(handed.into())))
}

/// Programs of the counter: hands a new code out; password and sessions of the account end.
#[utoipa::path(post, path = "/api/v1/persons/{id}/accounts/{account}/code", tag = "persons",
    params(("id" = String, Path), ("account" = String, Path)), responses(
    (status = 200, body = HandedOutDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn renew(
    State(site): State<Site>,
    caller: Caller,
    Path((id, account)): Path<(String, String)>,
) -> Result<Json<HandedOutDocument>, ApiFailure> {
    let (id, account) = (request::id(&id)?, request::id(&account)?);
    Ok(Json(client::renew(&site.app, &caller.scope, id, account).await?.into()))
}

/// Programs of the counter: ends an account at once, on its holder's wish.
#[utoipa::path(post, path = "/api/v1/persons/{id}/accounts/{account}/end", tag = "persons",
    params(("id" = String, Path), ("account" = String, Path)), responses(
    (status = 204),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn end(
    State(site): State<Site>,
    caller: Caller,
    Path((id, account)): Path<(String, String)>,
) -> Result<StatusCode, ApiFailure> {
    client::end(&site.app, &caller.scope, request::id(&id)?, request::id(&account)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
