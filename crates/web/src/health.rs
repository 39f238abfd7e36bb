//! Whether the program lives and can work.

use crate::Site;
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Version, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Whether the program should be sent requests, as whoever runs it tells. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Duty(Arc<Said>);

#[derive(Debug, Default)]
struct Said {
    draining: AtomicBool,
    outgrown: AtomicBool,
}

/// Who asks whether the database answers waits this long for it.
const PATIENCE: Duration = Duration::from_secs(3);

impl Duty {
    /// The program ends soon: what is sent is still answered, but others should be sent it.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    /// Whether the database has a step that this program cannot work with.
    pub fn outgrown(&self, is: bool) {
        self.0.outgrown.store(is, Ordering::Relaxed);
    }

    fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Relaxed)
    }

    /// Why nothing should be sent.
    fn against(&self) -> Option<&'static str> {
        if self.is_draining() {
            return Some("draining");
        }
        self.0.outgrown.load(Ordering::Relaxed).then_some("schema")
    }
}

/// Anyone: the process answers.
pub(crate) async fn alive() -> &'static str {
    "ok"
}

/// Anyone: whether requests should be sent here, and if not, why: `draining`, `schema`, `database`. In JSON for who asks
/// for it.
pub(crate) async fn ready(State(site): State<Site>, headers: HeaderMap) -> Response {
    let why = match site.duty.against() {
        Some(why) => Some(why),
        None => (!answers(&site).await).then_some("database"),
    };
    let status = if why.is_none() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let accepted = headers.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    if accepted.is_some_and(|accepted| accepted.contains("application/json")) {
        return (status, Json(serde_json::json!({ "ready": why.is_none(), "why": why }))).into_response();
    }
    (status, why.unwrap_or("ok")).into_response()
}

/// The database answers, and takes changes.
async fn answers(site: &Site) -> bool {
    tokio::time::timeout(PATIENCE, site.app.db.ready()).await.is_ok_and(|answer| answer.is_ok())
}

/// While the program drains, each answer asks the proxy to give its connection up: the next request comes to another.
pub(crate) async fn parting(State(site): State<Site>, request: Request, next: Next) -> Response {
    let plain = request.version() <= Version::HTTP_11;
    let mut response = next.run(request).await;
    if plain && site.duty.is_draining() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::Duty;
    use crate::{Settings, site_with, test_site::TestSite};
    use axum::{
        Router,
        body::{Body, to_bytes},
        http::{Request, header},
    };
    use tower::ServiceExt;

    async fn asked(site: &Router, accept: &str) -> (u16, String, bool) {
        let request = Request::get("/readyz").header(header::ACCEPT, accept).body(Body::empty()).unwrap();
        let answer = site.clone().oneshot(request).await.unwrap();
        let (status, closes) = (answer.status().as_u16(), answer.headers().contains_key(header::CONNECTION));
        let text = to_bytes(answer.into_body(), 4_096).await.unwrap();
        (status, String::from_utf8(text.to_vec()).unwrap(), closes)
    }

    #[tokio::test]
    async fn who_asks_is_told_why_nothing_should_be_sent() {
        TestSite::on_both(async |world| {
            let duty = Duty::default();
            let site = site_with(world.app.clone(), Settings { duty: duty.clone(), ..Settings::default() });
            assert_eq!(asked(&site, "*/*").await, (200, "ok".to_owned(), false));
            let json = r#"{"ready":true,"why":null}"#;
            assert_eq!(asked(&site, "application/json").await, (200, json.to_owned(), false));
            duty.outgrown(true);
            assert_eq!(asked(&site, "*/*").await, (503, "schema".to_owned(), false));
            duty.outgrown(false);
            assert_eq!(asked(&site, "*/*").await, (200, "ok".to_owned(), false));
            duty.drain();
            assert_eq!(asked(&site, "*/*").await, (503, "draining".to_owned(), true));
            let json = r#"{"ready":false,"why":"draining"}"#;
            assert_eq!(asked(&site, "text/html, application/json").await, (503, json.to_owned(), true));
        })
        .await;
    }
}
