//! `/cases/{id}/files`: files beside a case, added, handed out and voided. A file is handed out to be kept, under a name of ours and in a
//! sandbox: nothing in it runs in the browser's name.

use super::{
    plan_entry::Reading,
    words::{Told, told},
};
use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    due::minute,
    failure::Failure,
    form::Posted,
    language::Language,
    security::Sandboxed,
    session::Session,
    shell::Shell,
};
use app::{
    Error,
    care::{self, Attachment, NewAttachment, Typed},
    id::Id,
};
use askama::Template;
use axum::{
    Form,
    extract::{Multipart, Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use rules::{
    attachment::Media,
    care::{SignedBy, SigningWay},
    clock::china_date,
};
use serde::Deserialize;

/// Letters of a field of the form that are read at most.
const FIELD: usize = 2_000;

/// A file as a line.
pub(super) struct Line {
    id: String,
    pub title: String,
    /// What it shows, its kind and size.
    pub about: String,
    consent: String,
    by: String,
    session: String,
    /// Who voided it, and why.
    pub voided: String,
    may_void: bool,
}

#[derive(Template)]
#[template(path = "care/files.html")]
struct FilesPage {
    shell: Shell,
    id: String,
    lines: Vec<Line>,
    may_add: bool,
    kinds: Vec<(String, String)>,
    signers: Vec<(&'static str, String)>,
    ways: Vec<(&'static str, String)>,
    reasons: Vec<(String, String)>,
    most: String,
    posted: Posted,
    key: String,
    session: String,
    today: String,
    told: Vec<Told>,
    done: String,
}

impl FilesPage {
    /// What was typed under a name.
    fn typed(&self, name: &str) -> &str {
        self.posted.get(name).unwrap_or_default()
    }
}

/// What the page is asked for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    session: String,
    done: String,
}

/// Size in words.
fn size(bytes: i64) -> String {
    let kib = (bytes + 1023) / 1024;
    if kib < 1024 { format!("{kib} KiB") } else { format!("{}.{} MiB", kib / 1024, kib % 1024 * 10 / 1024) }
}

pub(super) fn line(site: &Site, language: Language, file: &Attachment) -> Line {
    let table = &site.app.tables.attachments;
    let kind = table.shows(&file.kind).map(|kind| language.of(&kind.zh, &kind.en));
    let media = file.media.code().to_uppercase();
    let about = [kind.unwrap_or_default(), media, size(file.size)];
    let voided = file.voided.as_ref().map(|(name, reason)| {
        let reasons = table.void_reasons.iter().find(|one| one.code == *reason);
        let reason = reasons.map_or_else(|| reason.clone(), |one| language.of(&one.zh, &one.en));
        language.with("files.voided", &[("name", name), ("reason", &reason)])
    });
    let consent = file.consent.as_ref().map(|given| {
        let by = language.code("care_signer", given.by.code());
        let way = language.code("care_signing", given.way.code());
        let on = given.on.to_string();
        let values = [("name", given.name.as_str()), ("by", &by), ("on", &on), ("way", &way)];
        language.with("files.consent_given", &values)
    });
    Line {
        id: file.id.to_string(),
        title: file.title.clone(),
        about: about.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "),
        consent: consent.unwrap_or_default(),
        by: format!("{} · {}", file.by, minute(file.at)),
        session: file.session.map(|session| session.to_string()).unwrap_or_default(),
        voided: voided.unwrap_or_default(),
        may_void: file.may_void,
    }
}

async fn drawn(
    site: &Site,
    session: &Session,
    id: Id,
    (posted, told): (Posted, Vec<Told>),
) -> Result<FilesPage, Failure> {
    let (app, language) = (&site.app, session.language);
    let (files, may_add) = care::attachments(app, &session.scope, id).await?;
    let table = &app.tables.attachments;
    let key = posted.get("key").map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned);
    Ok(FilesPage {
        shell: session.shell(&language.text("files.title")),
        id: id.to_string(),
        lines: files.iter().map(|file| line(site, language, file)).collect(),
        may_add,
        kinds: table.kinds.iter().map(|one| (one.code.clone(), language.of(&one.zh, &one.en))).collect(),
        signers: SignedBy::ALL
            .iter()
            .map(|by| (by.code(), language.code("care_signer", by.code())))
            .collect(),
        ways: SigningWay::ALL
            .iter()
            .map(|way| (way.code(), language.code("care_signing", way.code())))
            .collect(),
        reasons: table
            .void_reasons
            .iter()
            .map(|one| (one.code.clone(), language.of(&one.zh, &one.en)))
            .collect(),
        most: language.with("files.most", &[("most", &(table.most_bytes / (1024 * 1024)).to_string())]),
        session: posted.get("session").unwrap_or_default().to_owned(),
        key,
        posted,
        today: china_date(app.now()).to_string(),
        told,
        done: String::new(),
    })
}

/// Who serves, assesses or is served: the files of a case.
pub(crate) async fn show(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let mut page_drawn = drawn(&site, &session, parsed(&id)?, (Posted::default(), Vec::new())).await?;
    page_drawn.session = asked.session;
    if !asked.done.is_empty() {
        page_drawn.done = session.language.text("care.saved").into_owned();
    }
    page(&page_drawn)
}

/// A form with its file. A file beyond the bound is cut off, and so refused as too large.
pub(super) async fn sent(site: &Site, mut form: Multipart) -> Result<(Posted, Vec<u8>), Error> {
    let most = site.app.tables.attachments.most_bytes;
    let broken = |_| Error::invalid("file", "attachment_broken");
    let (mut posted, mut content) = (Posted::default(), Vec::new());
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            while let Some(bytes) = field.chunk().await.map_err(broken)? {
                let room = (most + 1).saturating_sub(content.len());
                content.extend_from_slice(bytes.get(..bytes.len().min(room)).unwrap_or_default());
            }
        } else if posted.0.len() < 20 {
            let text: String = field.text().await.map_err(broken)?.replace('\0', "");
            posted.0.push((name, text.chars().take(FIELD).collect()));
        }
    }
    Ok((posted, content))
}

/// Fields as a form holds them, read as a new file, or all that cannot be read.
pub(super) fn read<'t>(get: impl Fn(&str) -> &'t str, content: Vec<u8>) -> Typed<NewAttachment> {
    let mut reading = Reading::default();
    let nothing = Id(uuid::Uuid::nil());
    let key = reading.choice("key", get("key").parse().ok(), nothing);
    let session = match get("session") {
        "" => None,
        session => Some(reading.choice("session", session.parse().ok(), nothing)),
    };
    let consent = (!get("name").is_empty()).then(|| reading.signature(&get));
    let (title, kind) = (get("title").to_owned(), get("kind").to_owned());
    reading.finish(NewAttachment { key, title, kind, session, consent, content })
}

/// Who serves: adds a file to a case.
pub(crate) async fn add(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    form: Multipart,
) -> Page {
    let id = parsed(&id)?;
    let (posted, content) = sent(&site, form).await?;
    let new = read(|name| posted.get(name).unwrap_or_default(), content);
    let outcome = care::add(&site.app, &session.scope, id, &new).await;
    after(&site, &session, id, outcome.map(|_| ()), posted).await
}

/// Who serves: a file is void.
pub(crate) async fn void(
    State(site): State<Site>,
    session: Session,
    Path((id, file)): Path<(String, String)>,
    Form(posted): Form<Posted>,
) -> Page {
    let (id, file) = (parsed(&id)?, parsed(&file)?);
    let reason = posted.get("reason").unwrap_or_default();
    let outcome = care::void_attachment(&site.app, &session.scope, id, file, reason).await;
    after(&site, &session, id, outcome, Posted::default()).await
}

async fn after(
    site: &Site,
    session: &Session,
    id: Id,
    outcome: Result<(), Error>,
    posted: Posted,
) -> Result<Response, Failure> {
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("/cases/{id}/files?done=1")).into_response()),
        Err(error) => {
            let told = told(session.language, error)?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn(site, session, id, (posted, told)).await?)
        }
    }
}

/// The file as an answer: to be kept, never shown inside a page, and cut off from everything where a browser shows it nevertheless.
pub(super) fn answer(file: &Attachment, content: Vec<u8>) -> Response {
    let ending = match file.media {
        Media::Jpeg => "jpg",
        Media::Png => "png",
        Media::Pdf => "pdf",
    };
    let headers = [
        (header::CONTENT_TYPE, file.media.mime().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"file-{}.{ending}\"", file.id)),
    ];
    let mut response = (headers, content).into_response();
    response.extensions_mut().insert(Sandboxed);
    response
}

/// Who serves, assesses or is served: one file.
pub(crate) async fn content(
    State(site): State<Site>,
    session: Session,
    Path((id, file)): Path<(String, String)>,
) -> Page {
    let (file, content) = care::content(&site.app, &session.scope, parsed(&id)?, parsed(&file)?).await?;
    Ok(answer(&file, content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_few_digits() {
        for (bytes, told) in [(0, "0 KiB"), (1, "1 KiB"), (1_048_575, "1.0 MiB"), (1_572_864, "1.5 MiB")] {
            assert_eq!(size(bytes), told);
        }
    }
}
