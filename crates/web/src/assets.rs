//! Style sheets, scripts and icons, embedded in the program.

#[cfg(test)]
mod used;

use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::{borrow::Cow, collections::BTreeMap, sync::LazyLock};

#[derive(RustEmbed)]
#[folder = "assets"]
#[exclude = "*.toml"]
#[exclude = "vendor/tabler/tabler.min.css"]
struct Files;

/// The framework's style sheet.
const SHEET: &str = "vendor/tabler/tabler.min.css";
/// What the pages use of it, cut out by the build script.
const SHEET_USED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/tabler.css"));

/// A file that a page names with its version may be kept for ever: changed, it has another address.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Others are asked for again after an hour, behind the back of whoever looks at a page meanwhile.
const FOR_AN_HOUR: &str = "public, max-age=3600, stale-while-revalidate=604800";

/// What an embedded file holds.
pub(crate) fn content(path: &str) -> Option<Cow<'static, [u8]>> {
    if path == SHEET {
        return Some(Cow::Borrowed(SHEET_USED));
    }
    Files::get(path).map(|file| file.data)
}

/// Files that pages name with their version.
const VERSIONED: [&str; 4] = [SHEET, "xinqiao.css", "xinqiao.js", "vendor/htmx/htmx.min.js"];

static VERSIONS: LazyLock<BTreeMap<&'static str, String>> = LazyLock::new(|| {
    let version = |path: &'static str| Some((path, digest(&content(path)?)));
    VERSIONED.into_iter().filter_map(version).collect()
});

fn digest(content: &[u8]) -> String {
    short(&Sha256::digest(content).into())
}

/// The first digits of a digest, enough to tell versions apart.
pub(crate) fn short(hash: &[u8; 32]) -> String {
    app::hex::write(hash.get(..8).unwrap_or_default())
}

/// Where a page finds a file, such as `xinqiao.css`: with its version, where it is one of those that are named so.
pub(crate) fn address(path: &str) -> String {
    match VERSIONS.get(path) {
        Some(version) => format!("/assets/{path}?v={version}"),
        None => format!("/assets/{path}"),
    }
}

/// Anyone: one embedded file. Browsers ask again with its digest and mostly hear "unchanged"; what was named with its version they keep.
pub(crate) async fn file(Path(path): Path<String>, uri: Uri, headers: HeaderMap) -> Response {
    let Some(found) = content(&path) else { return StatusCode::NOT_FOUND.into_response() };
    let digest = match VERSIONS.get(path.as_str()) {
        Some(version) => version.clone(),
        // Computed when the program was built.
        None => Files::get(&path).map(|file| short(&file.metadata.sha256_hash())).unwrap_or_default(),
    };
    let named =
        uri.query().and_then(|query| query.strip_prefix("v=")).is_some_and(|version| version == digest);
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
        (header::CACHE_CONTROL, if named { FOR_EVER } else { FOR_AN_HOUR }.to_owned()),
        (header::CONTENT_TYPE, kind.to_owned()),
    ];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|t| t.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    (common, found).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_sheet_is_cut_to_what_pages_use() {
        let sheet = String::from_utf8_lossy(SHEET_USED);
        for rule in [".card{", ".btn-primary{", ".form-control{", "MIT"] {
            assert!(sheet.contains(rule), "{rule}");
        }
        assert!(sheet.len() < 130_000, "{} bytes", sheet.len());
        assert!(address("xinqiao.css").starts_with("/assets/xinqiao.css?v="));
        assert_eq!(address("mark.svg"), "/assets/mark.svg");
    }
}
