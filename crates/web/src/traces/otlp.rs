//! OTLP over HTTP in JSON: the address, and spans as a collector reads them.

use super::spans::{Finished, Said};
use crate::way_out::is_this_machine;
use axum::http::Uri;
use serde_json::{Value, json};

/// Where spans are sent, below the address of a collector.
const PATH: &str = "/v1/traces";

/// The address for spans.
pub(super) fn address(collector: &str) -> Result<Uri, String> {
    let base = collector.trim_end_matches('/');
    let whole = if base.ends_with(PATH) { base.to_owned() } else { format!("{base}{PATH}") };
    let uri: Uri = whole.parse().map_err(|_| format!("{collector} is no address"))?;
    let host = uri.host().unwrap_or_default();
    match uri.scheme_str() {
        Some("https") if !host.is_empty() => Ok(uri),
        Some("http") if is_this_machine(host) => Ok(uri),
        _ => Err(format!(
            "{collector} is neither https://… nor a collector on this machine, http://127.0.0.1:4318"
        )),
    }
}

/// Spans as one message.
pub(super) fn message(spans: &[Finished]) -> Vec<u8> {
    let resource =
        [attribute("service.name", "xinqiao"), attribute("service.version", env!("CARGO_PKG_VERSION"))];
    let spans: Vec<Value> = spans.iter().map(span).collect();
    let scope = json!({ "scope": { "name": "xinqiao" }, "spans": spans });
    let whole =
        json!({ "resourceSpans": [{ "resource": { "attributes": resource }, "scopeSpans": [scope] }] });
    whole.to_string().into_bytes()
}

fn attribute(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

/// Kinds of spans: inside, and of a server.
const INTERNAL: u8 = 1;
const SERVER: u8 = 2;
/// The status of a span that failed.
const ERROR: u8 = 2;

fn span(finished: &Finished) -> Value {
    let attributes: Vec<Value> = finished
        .said
        .iter()
        .map(|(key, said)| match said {
            Said::Text(text) => attribute(key, text),
            // Numbers of 64 bits are texts in the JSON of protobuf.
            Said::Number(number) => json!({ "key": key, "value": { "intValue": number.to_string() } }),
        })
        .collect();
    let mut span = json!({
        "traceId": format!("{:032x}", finished.trace),
        "spanId": format!("{:016x}", finished.span),
        "name": name(finished),
        "kind": if finished.kind == "request" { SERVER } else { INTERNAL },
        "startTimeUnixNano": finished.began.to_string(),
        "endTimeUnixNano": finished.ended.to_string(),
        "attributes": attributes,
    });
    if let Some(object) = span.as_object_mut() {
        if finished.parent != 0 {
            object.insert("parentSpanId".to_owned(), json!(format!("{:016x}", finished.parent)));
        }
        if failed(finished) {
            object.insert("status".to_owned(), json!({ "code": ERROR }));
        }
    }
    span
}

fn text<'a>(finished: &'a Finished, key: &str) -> Option<&'a str> {
    finished.said.iter().find_map(|(own, said)| match said {
        Said::Text(text) if *own == key => Some(text.as_str()),
        _ => None,
    })
}

/// Such as `GET /cases/{id}`, `app::referral`, `SELECT referral`.
fn name(finished: &Finished) -> String {
    let keys = match finished.kind {
        "request" => ["http.request.method", "http.route"],
        "statement" => ["db.operation.name", "db.collection.name"],
        _ => ["code.namespace", ""],
    };
    let words: Vec<&str> = keys.iter().filter_map(|key| text(finished, key)).collect();
    if words.is_empty() { finished.kind.to_owned() } else { words.join(" ") }
}

fn failed(finished: &Finished) -> bool {
    let status = finished.said.iter().find(|(key, _)| *key == "http.response.status_code");
    matches!(status, Some((_, Said::Number(status))) if *status >= 500)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_is_on_this_machine_or_over_tls() {
        for (collector, expected) in [
            ("http://127.0.0.1:4318", Some("http://127.0.0.1:4318/v1/traces")),
            ("http://localhost:4318/", Some("http://localhost:4318/v1/traces")),
            ("https://traces.example/otlp", Some("https://traces.example/otlp/v1/traces")),
            ("https://traces.example/v1/traces", Some("https://traces.example/v1/traces")),
            ("http://traces.example:4318", None),
            ("127.0.0.1:4318", None),
            ("ftp://127.0.0.1", None),
            ("https://", None),
            ("", None),
        ] {
            assert_eq!(
                address(collector).ok().map(|uri| uri.to_string()).as_deref(),
                expected,
                "{collector}"
            );
        }
    }
}
