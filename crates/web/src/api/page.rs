//! `/api/v1` for people: the operations at a glance.

use super::openapi::interface;
use crate::{
    answer::{Page, page},
    language::Language,
    shell::Frame,
};
use askama::Template;
use axum::http::{HeaderMap, Uri};
use serde_json::Value;

#[derive(Template)]
#[template(path = "api/index.html")]
struct Index {
    frame: Frame,
    operations: Vec<Operation>,
}

struct Operation {
    method: String,
    path: String,
    text: String,
}

/// Anyone: the operations of the interface.
pub(crate) async fn show(uri: Uri, headers: HeaderMap) -> Page {
    let language = Language::of_request(&uri, &headers);
    let path = uri.path_and_query().map_or("/api/v1", |path| path.as_str());
    let frame = Frame::new(language, path, &language.text("api.title"));
    page(&Index { frame, operations: operations(language) })
}

fn operations(language: Language) -> Vec<Operation> {
    let empty = serde_json::Map::new();
    let paths = interface().get("paths").and_then(Value::as_object).unwrap_or(&empty);
    let mut operations = Vec::new();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().unwrap_or(&empty) {
            let key = format!("{method}.{}", key(path));
            let shown = language.code("api", &key);
            let summary = operation.get("summary").and_then(Value::as_str).unwrap_or_default();
            let text = if shown == key { summary.to_owned() } else { shown };
            operations.push(Operation { method: method.to_uppercase(), path: path.clone(), text });
        }
    }
    operations
}

/// `/api/v1/cases/{id}/forms` is `cases.one.forms` in the catalogue.
fn key(path: &str) -> String {
    let words = path.trim_start_matches("/api/v1/").split('/');
    words.map(|word| if word.starts_with('{') { "one" } else { word }).collect::<Vec<_>>().join(".")
}
