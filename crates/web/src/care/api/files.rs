//! `/api/v1/cases/{id}/files`: files beside a case, for programs.

use crate::{
    Site,
    api::{
        problem::{ApiFailure, ProblemDocument},
        request::{self, Body},
    },
    care::files::{answer, read, sent},
    session::Caller,
};
use app::care::{self, Attachment};
use axum::{
    Json,
    extract::{Multipart, Path, State, multipart::MultipartRejection},
    http::StatusCode,
    response::Response,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A file beside a case.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct FileLine {
    /// Identifier.
    id: String,
    /// Title.
    title: String,
    /// What it shows: a code of `data/attachment.toml`.
    kind: String,
    /// `jpeg`, `png` or `pdf`, by its content.
    media: String,
    /// Bytes.
    size: i64,
    /// The session that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    /// The day of the consent to a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    consent_on: Option<String>,
    /// Who added it.
    by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// It is void and not shown any more.
    voided: bool,
}

impl From<Attachment> for FileLine {
    fn from(file: Attachment) -> Self {
        FileLine {
            id: file.id.to_string(),
            title: file.title,
            kind: file.kind,
            media: file.media.code().to_owned(),
            size: file.size,
            session: file.session.map(|session| session.to_string()),
            consent_on: file.consent.map(|consent| consent.on.to_string()),
            by: file.by,
            at: file.at,
            voided: file.voided.is_some(),
        }
    }
}

/// Files beside a case.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct FileList {
    /// The latest first.
    files: Vec<FileLine>,
}

/// Programs of who serves, assesses or is served: the files of a case. The read is logged.
#[utoipa::path(get, path = "/api/v1/cases/{id}/files", tag = "care", params(("id" = String, Path)), responses(
    (status = 200, body = FileList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<FileList>, ApiFailure> {
    let (files, _) = care::attachments(&site.app, &caller.scope, request::id(&id)?).await?;
    Ok(Json(FileList { files: files.into_iter().map(FileLine::from).collect() }))
}

/// A file and what is said of it. Names stand in the body: addresses are written to logs.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the parts of the form, which are read as they come")]
pub(crate) struct FileForm {
    /// A UUID that the sender makes: the same key sent again is the same file.
    key: String,
    /// Title.
    title: String,
    /// What it shows: a code of `data/attachment.toml`.
    kind: String,
    /// The session that it belongs to.
    session: Option<String>,
    /// Who consented to a picture of the person: the name.
    name: Option<String>,
    /// `client` or `guardian`.
    by: Option<String>,
    /// The day of the consent.
    on: Option<String>,
    /// `paper`, `screen` or `mark`.
    way: Option<String>,
    /// Who was present where the consent is a mark.
    witness: Option<String>,
    /// The file.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// The parts of a form beside its file.
const PARTS: [&str; 9] = ["key", "title", "kind", "session", "name", "by", "on", "way", "witness"];

/// A file that was added.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct FileMade {
    /// Its identifier.
    id: String,
}

/// Programs of who serves: adds a JPEG, PNG or PDF to a case; what a camera wrote beside the picture is taken out.
#[utoipa::path(post, path = "/api/v1/cases/{id}/files", tag = "care", params(("id" = String, Path)),
    request_body(content = FileForm, content_type = "multipart/form-data"), responses(
    (status = 201, body = FileMade),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn add(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<(StatusCode, Json<FileMade>), ApiFailure> {
    let form = form.map_err(|_| {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        ProblemDocument::new("unsupported", status).detail("send multipart/form-data")
    })?;
    let (posted, content) = sent(&site, form).await?;
    if let Some((name, _)) = posted.0.iter().find(|(name, _)| !PARTS.contains(&name.as_str())) {
        return Err(ProblemDocument::invalid(name, "unknown_field").into());
    }
    let new = read(|name| posted.get(name).unwrap_or_default(), content);
    let id = care::add(&site.app, &caller.scope, request::id(&id)?, &new).await?;
    Ok((StatusCode::CREATED, Json(FileMade { id: id.to_string() })))
}

/// Programs of who serves, assesses or is served: one file. The read is logged.
#[utoipa::path(get, path = "/api/v1/cases/{id}/files/{file}", tag = "care",
    params(("id" = String, Path), ("file" = String, Path)), responses(
    (status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn content(
    State(site): State<Site>,
    caller: Caller,
    Path((id, file)): Path<(String, String)>,
) -> Result<Response, ApiFailure> {
    let (file, content) =
        care::content(&site.app, &caller.scope, request::id(&id)?, request::id(&file)?).await?;
    Ok(answer(&file, content))
}

/// Why a file is void.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileVoid {
    /// A code of `data/attachment.toml`.
    reason: String,
}

/// Programs of who serves: a file is void. Sent twice it is one.
#[utoipa::path(post, path = "/api/v1/cases/{id}/files/{file}/void", tag = "care",
    params(("id" = String, Path), ("file" = String, Path)), request_body = FileVoid, responses(
    (status = 200, body = FileList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn void(
    State(site): State<Site>,
    caller: Caller,
    Path((id, file)): Path<(String, String)>,
    body: Body<FileVoid>,
) -> Result<Json<FileList>, ApiFailure> {
    let (id, file) = (request::id(&id)?, request::id(&file)?);
    care::void_attachment(&site.app, &caller.scope, id, file, &body.value.reason).await?;
    let (files, _) = care::attachments(&site.app, &caller.scope, id).await?;
    Ok(Json(FileList { files: files.into_iter().map(FileLine::from).collect() }))
}
