//! Style sheets, scripts and icons, embedded in the program.

use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;
use std::borrow::Cow;

#[derive(RustEmbed)]
#[folder = "assets"]
#[exclude = "*.toml"]
struct Files;

/// What an embedded file holds.
pub(crate) fn content(path: &str) -> Option<Cow<'static, [u8]>> {
    Files::get(path).map(|file| file.data)
}

/// Anyone: one embedded file. Browsers ask again with its digest and mostly hear "unchanged".
pub(crate) async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let Some(found) = Files::get(&path) else { return StatusCode::NOT_FOUND.into_response() };
    let digest =
        found.metadata.sha256_hash().iter().take(8).fold(String::new(), |s, b| s + &format!("{b:02x}"));
    let tag = format!("\"{digest}\"");
    let kind = match path.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("wasm") => "application/wasm",
        Some("woff2") => "font/woff2",
        _ => "text/plain; charset=utf-8",
    };
    let common = [
        (header::ETAG, tag.clone()),
        (header::CACHE_CONTROL, "public, max-age=3600".to_owned()),
        (header::CONTENT_TYPE, kind.to_owned()),
    ];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|t| t.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    (common, found.data).into_response()
}
