//! What a program sends: a JSON body, a query, a key, the version that it has seen.

use super::problem::{ApiFailure, ProblemDocument};
use crate::Site;
use app::{Error, id::Id, idempotency::Once};
use axum::{
    extract::{FromRequest, FromRequestParts, Query, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

/// A JSON body, and the bytes that it was read from.
pub(crate) struct Body<T> {
    pub value: T,
    pub bytes: Bytes,
}

impl<T: DeserializeOwned> FromRequest<Site> for Body<T> {
    type Rejection = ApiFailure;

    async fn from_request(request: Request, site: &Site) -> Result<Self, ApiFailure> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.and_then(|kind| kind.split(';').next()).map(|kind| kind.trim().to_ascii_lowercase());
        if kind.as_deref() != Some("application/json") {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(ProblemDocument::new("unsupported", status).detail("send application/json").into());
        }
        let bytes = Bytes::from_request(request, site).await.map_err(|rejection| {
            let status = rejection.status();
            let kind = if status == StatusCode::PAYLOAD_TOO_LARGE { "too_large" } else { "malformed" };
            ProblemDocument::new(kind, status)
        })?;
        let value = read(&bytes)?;
        Ok(Body { value, bytes })
    }
}

/// What a body says, in the shape asked for.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiFailure> {
    let json: Json = serde_json::from_slice(bytes).map_err(|fault| {
        ProblemDocument::new("malformed", StatusCode::BAD_REQUEST).detail(fault.to_string())
    })?;
    if has_nul(&json) {
        return Err(ProblemDocument::invalid("", "nul_character").into());
    }
    serde_json::from_value(json).map_err(|fault| shape("", &fault).into())
}

/// U+0000 cannot be stored by every database.
fn has_nul(json: &Json) -> bool {
    match json {
        Json::String(text) => text.contains('\0'),
        Json::Array(values) => values.iter().any(has_nul),
        Json::Object(fields) => fields.iter().any(|(key, value)| key.contains('\0') || has_nul(value)),
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}

/// What does not fit the shape asked for; the field is named where the reader of the shape names it.
pub(crate) fn shape(place: &str, fault: &serde_json::Error) -> ProblemDocument {
    let text = fault.to_string();
    let named = text.split('`').nth(1).unwrap_or_default();
    let (field, code) = if text.starts_with("unknown field") {
        (named, "unknown_field")
    } else if text.starts_with("missing field") {
        (named, "required")
    } else {
        ("", "wrong_kind")
    };
    ProblemDocument::invalid(&format!("{place}{field}"), code).detail(text)
}

/// The query of an address.
pub(crate) struct Asked<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Site> for Asked<T> {
    type Rejection = ApiFailure;

    async fn from_request_parts(parts: &mut Parts, _: &Site) -> Result<Self, ApiFailure> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(ProblemDocument::invalid("", "nul_character").into());
        }
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(value)) => Ok(Asked(value)),
            Err(fault) => Err(ProblemDocument::invalid("", "wrong_kind").detail(fault.body_text()).into()),
        }
    }
}

/// An identifier in the path; what is none is simply not there.
pub(crate) fn id(text: &str) -> Result<Id, ApiFailure> {
    Ok(text.parse().map_err(|_| Error::NotFound)?)
}

/// The key of a message that may come again.
pub(crate) fn once(headers: &HeaderMap, path: &str, bytes: &[u8]) -> Result<Option<Once>, ApiFailure> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=200).contains(&key.len()));
    let key = key.ok_or_else(|| ProblemDocument::invalid("Idempotency-Key", "wrong_kind"))?;
    Ok(Some(Once::new(key, &[path.as_bytes(), b"\n", bytes].concat())))
}

/// The version in `If-Match`, written as the `ETag` of a case.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<i64>, ApiFailure> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let bare = text.trim_start_matches("W/").trim_matches('"');
    bare.parse().map(Some).map_err(|_| ProblemDocument::invalid("If-Match", "wrong_kind").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_as_it_is_given() {
        for (text, version) in [("\"7\"", Some(7)), ("W/\"7\"", Some(7)), ("7", Some(7)), ("*", None)] {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_MATCH, text.parse().unwrap());
            assert_eq!(if_match(&headers).ok().flatten(), version, "{text}");
        }
    }

    #[test]
    fn nul_is_found_wherever_it_hides() {
        for (text, found) in
            [(r#"{"a":["b\u0000"]}"#, true), (r#"{"a\u0000":1}"#, true), (r#"{"a":"b"}"#, false)]
        {
            assert_eq!(has_nul(&serde_json::from_str(text).unwrap()), found, "{text}");
        }
    }
}
