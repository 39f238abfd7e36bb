//! What comes from outside, read by the site's own readers: for tests that send them anything (`tests/outside`, and
//! `fuzz`). Nothing else uses this. Most give what was read, written again, and nothing where it is refused.

use crate::{
    account::sign_in,
    address,
    api::{cases::ApplicationEntry, command, cursor, events::CommandEntry, request},
    audit, form, import, institution,
    language::{self, Language},
    link, referral, talent,
    transport::Transport,
    work_list,
};
use axum::{
    Form,
    body::Body,
    extract::{ConnectInfo, FromRequest, Multipart, Query},
    http::{Extensions, HeaderMap, HeaderName, HeaderValue, Request, Uri, header},
};
use futures::FutureExt;
use rules::form::FormCode;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::net::{IpAddr, SocketAddr};

/// Places in lists, in the order of the writers: cases of the interface, the work list, the log, pairs.
#[must_use]
pub fn places(text: &str) -> [Option<String>; 4] {
    let pair = Query::<link::Asked>::try_from_uri(&asked_with(&[("after", text)])).ok();
    [
        cursor::read(text).ok().map(cursor::write),
        work_list::key_of(text).map(work_list::key_text),
        audit::read_cursor(text).map(audit::cursor),
        pair.and_then(|Query(asked)| asked.after()).map(|(due, id)| format!("{due}|{id}")),
    ]
}

/// Where somebody goes on after signing in.
#[must_use]
pub fn next_page(text: &str) -> &str {
    sign_in::inside(text)
}

/// An address of this site with some values.
fn asked_with(values: &[(&str, &str)]) -> Uri {
    format!("/?{}", address::query(values.iter().copied())).parse().unwrap_or_default()
}

fn asked<T: DeserializeOwned>(query: &str) -> Option<T> {
    let address: Uri = format!("/?{query}").parse().ok()?;
    Query::try_from_uri(&address).ok().map(|Query(asked)| asked)
}

/// What a list is asked for by an address: the query written again, and the filter without its page.
/// The lists are `cases`, `institutions`, `talent` and `log`.
#[must_use]
pub fn filter(list: &str, query: &str) -> Option<(String, String)> {
    match list {
        "cases" => {
            let asked: referral::list::Asked = asked(query)?;
            let mut filter = asked.filter();
            filter.after = None;
            Some((asked.query(), format!("{filter:?}")))
        }
        "institutions" => {
            let asked: institution::list::Asked = asked(query)?;
            let mut filter = asked.filter();
            filter.after = None;
            Some((asked.query(), format!("{filter:?}")))
        }
        "talent" => {
            let asked: talent::list::Asked = asked(query)?;
            let mut filter = asked.filter();
            filter.after = None;
            Some((asked.query(), format!("{filter:?}")))
        }
        "log" => {
            let asked: audit::Asked = asked(query)?;
            let mut filter = asked.filter();
            filter.after = None;
            Some((asked.query(), format!("{filter:?}")))
        }
        _ => None,
    }
}

/// What a page's form sent, as data of a form of the programme.
#[must_use]
pub fn posted(body: &[u8], code: FormCode) -> Option<Map<String, Value>> {
    let request = Request::post("/")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body.to_vec()))
        .ok()?;
    let Form(posted) = Form::<form::Posted>::from_request(request, &()).now_or_never()?.ok()?;
    let form = rules::form::Form::embedded(code).ok()?;
    Some(posted.form(&form, &code_name(code)))
}

fn code_name(code: FormCode) -> String {
    serde_json::to_value(code).ok().and_then(|code| code.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The bodies of applications and commands: the command that was meant, as data.
#[must_use]
pub fn body(bytes: &[u8]) -> (bool, Option<Value>) {
    let application = request::read::<ApplicationEntry>(bytes).is_ok();
    let entry = request::read::<CommandEntry>(bytes).ok();
    let command = entry.and_then(|entry| command(&entry.name, entry.data));
    (application, command)
}

/// A command of a name with its data.
#[must_use]
pub fn command(name: &str, data: Value) -> Option<Value> {
    let command = command::read(name, data, &[]).ok()?;
    serde_json::to_value(command).ok()
}

/// Whom and what the head of a request says: its language, the session, whether the way was secure, the address, and the
/// version that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// `zh-CN` or `en`.
    pub language: &'static str,
    /// What the session's cookie holds.
    pub session: Option<String>,
    /// The browser speaks TLS.
    pub secure: bool,
    /// Where it came from.
    pub address: Option<IpAddr>,
    /// `If-Match`, where it can be read.
    pub version: Option<Option<i64>>,
}

/// Reads a head of lines `name: value`, which a proxy on this machine passes on.
#[must_use]
pub fn head(lines: &[u8]) -> Head {
    let mut headers = HeaderMap::new();
    for line in lines.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = (line.get(..colon), line.get(colon + 1..));
        let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.unwrap_or_default()),
            HeaderValue::from_bytes(value.unwrap_or_default().trim_ascii()),
        ) else {
            continue;
        };
        headers.append(name, value);
    }
    let mut extensions = Extensions::new();
    extensions.insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4000))));
    let arrival = Transport::default().arrival(&headers, &extensions);
    let _ = request::once(&headers, "/", lines);
    Head {
        language: Language::of_request(&Uri::default(), &headers).tag(),
        session: language::cookie(&headers, crate::session::COOKIE),
        secure: arrival.secure,
        address: arrival.address,
        version: request::if_match(&headers).ok(),
    }
}

/// What the form of an upload sends: kind of list, sender, name of the file and its bytes.
pub type Sent = (String, String, String, Vec<u8>);

/// Reads an upload whose parts are separated by `boundary`.
#[must_use]
pub fn upload(boundary: &str, body: &[u8]) -> Option<Sent> {
    let request = Request::post("/imports")
        .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={boundary}"))
        .body(Body::from(body.to_vec()))
        .ok()?;
    let form = Multipart::from_request(request, &()).now_or_never()?.ok()?;
    let mut file = Vec::new();
    let about = import::upload::read(form, &mut file).now_or_never()?.ok()?;
    Some((about.kind, about.sender, about.file_name, file))
}
