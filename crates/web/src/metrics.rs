//! Figures of the running program in the form that Prometheus collects: `/metrics`.
//!
//! Each route has its counters ready, so that a request costs a look into a table, two readings of the clock and two
//! additions. Nothing here names a person, a case or an address.

use crate::{ROUTES, Site, answer::Page, router::UPLOADS, traces, transport::Arrival};
use app::{Error, db::ReplicaState};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use metrics::{Counter, Histogram, with_local_recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use rules::account::Use;
use sha2::Digest;
use std::{
    collections::HashMap,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

/// Upper ends of the steps of a duration, in seconds.
const STEPS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// Requests after which durations are added up, so that they take no room where nobody collects them.
const ADD_UP_AFTER: usize = 4_096;

/// The meters of one site.
pub(crate) struct Meters {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    /// By path: for `get` and for `post`, made at the first request.
    routes: HashMap<&'static str, [OnceLock<Meter>; 2]>,
    requests: AtomicUsize,
}

/// The meter of one route.
struct Meter {
    /// Answers by the first digit of their status.
    answers: [Counter; 5],
    seconds: Histogram,
}

impl Meters {
    pub(crate) fn new() -> Meters {
        // The steps are not empty, which alone could fail.
        let builder = PrometheusBuilder::new();
        let builder = builder.set_buckets(&STEPS).unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let all = ROUTES.iter().chain(UPLOADS);
        let routes = all.map(|(_, path, ..)| (*path, [OnceLock::new(), OnceLock::new()])).collect();
        Meters { handle: recorder.handle(), recorder, routes, requests: AtomicUsize::new(0) }
    }

    fn record(&self, path: &str, method: &Method, status: u16, begun: Instant) {
        let Some((path, [get, post])) = self.routes.get_key_value(path) else { return };
        let (method, place) = if *method == Method::POST { ("post", post) } else { ("get", get) };
        let meter = place.get_or_init(|| with_local_recorder(&self.recorder, || Meter::new(path, method)));
        let class = usize::from(status / 100).saturating_sub(1);
        if let Some(answers) = meter.answers.get(class) {
            answers.increment(1);
        }
        meter.seconds.record(begun.elapsed().as_secs_f64());
        if self.requests.fetch_add(1, Ordering::Relaxed) % ADD_UP_AFTER == ADD_UP_AFTER - 1 {
            self.handle.run_upkeep();
        }
    }

    /// Counts what went beyond a bound of those signed in.
    pub(crate) fn count_over(&self, what: Use, by: &'static str) {
        with_local_recorder(&self.recorder, || {
            metrics::counter!("xinqiao_limited_total", "use" => what.code(), "by" => by).increment(1);
        });
    }

    /// Everything, with what is measured only when somebody asks.
    fn rendered(
        &self,
        state: &app::doctor::Strain,
        replicas: &[ReplicaState],
        dropped: Option<u64>,
    ) -> String {
        with_local_recorder(&self.recorder, || {
            for (number, replica) in (1..).zip(replicas) {
                count_replica(number, replica);
            }
            if let Some(dropped) = dropped {
                metrics::counter!("xinqiao_traces_dropped_total").absolute(dropped);
            }
            metrics::gauge!("xinqiao_database_waiting").set(gauge(state.database_waiting));
            metrics::gauge!("xinqiao_jobs_waiting").set(gauge(state.jobs_waiting));
            metrics::gauge!("xinqiao_job_lag_seconds").set(gauge(state.job_lag_seconds));
            metrics::gauge!("xinqiao_imports_running").set(gauge(state.imports_running));
            if let Some((at, bytes)) = state.backup {
                metrics::gauge!("xinqiao_backup_timestamp_seconds").set(gauge(at));
                // In two halves: a figure of 64 bits would lose its last digits only.
                let high = gauge(bytes >> 32) * 4_294_967_296.0;
                metrics::gauge!("xinqiao_backup_bytes").set(high + gauge(bytes & u64::from(u32::MAX)));
            }
        });
        self.handle.render()
    }
}

/// How a replica is, by its place among the options. How far one is behind that is away is not known: no figure is then
/// better than an old one, which is why it becomes not a number.
fn count_replica(number: u32, replica: &ReplicaState) {
    let name = number.to_string();
    let lag = replica.lag.map_or(f64::NAN, |lag| lag.as_secs_f64());
    metrics::gauge!("xinqiao_replica_lag_seconds", "replica" => name.clone()).set(lag);
    let used = if replica.used { 1.0 } else { 0.0 };
    metrics::gauge!("xinqiao_replica_used", "replica" => name.clone()).set(used);
    metrics::counter!("xinqiao_replica_reads_total", "replica" => name).absolute(replica.reads);
}

/// A count as a figure; beyond 2^32 nobody reads it exactly.
fn gauge(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

impl Meter {
    fn new(path: &'static str, method: &'static str) -> Meter {
        let answers = ["1xx", "2xx", "3xx", "4xx", "5xx"].map(|status| {
            metrics::counter!("xinqiao_requests_total", "route" => path, "method" => method, "status" => status)
        });
        let seconds = metrics::histogram!("xinqiao_request_seconds", "route" => path, "method" => method);
        Meter { answers, seconds }
    }
}

/// Measures every request that has a route.
pub(crate) async fn measured(State(site): State<Site>, request: Request, next: Next) -> Response {
    let (path, method) = (request.extensions().get::<MatchedPath>().cloned(), request.method().clone());
    let begun = Instant::now();
    let response = next.run(request).await;
    if let Some(path) = path {
        site.meters.record(path.as_str(), &method, response.status().as_u16(), begun);
    }
    response
}

/// A program on this machine, without a proxy between; where a token is set, whoever has it. For others there is no
/// such page.
pub(crate) async fn show(State(site): State<Site>, arrival: Arrival, headers: HeaderMap) -> Page {
    let local = arrival.direct && arrival.address.is_some_and(|address| address.is_loopback());
    let allowed = match &site.metrics_token {
        Some(token) => {
            let given = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
            given.and_then(|v| v.strip_prefix("Bearer ")).is_some_and(|given| same(given, token))
        }
        None => local,
    };
    if !allowed {
        return Err(Error::NotFound.into());
    }
    let dropped = site.traces.as_ref().map(traces::Traces::dropped);
    let strain = app::doctor::strain(&site.app).await?;
    let text = site.meters.rendered(&strain, &site.app.db.replicas(), dropped);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

/// Compares digests, so that the time taken tells nothing of the token.
fn same(one: &str, other: &str) -> bool {
    sha2::Sha256::digest(one.as_bytes()) == sha2::Sha256::digest(other.as_bytes())
}

#[cfg(test)]
mod tests {
    use crate::{Settings, site_with, test_site::TestSite};
    use axum::{
        Router,
        body::{Body, to_bytes},
        extract::ConnectInfo,
        http::{Request, StatusCode},
    };
    use std::net::SocketAddr;
    use tower::ServiceExt;

    async fn ask(
        site: &Router,
        path: &str,
        peer: &str,
        headers: &[(&'static str, &str)],
    ) -> (StatusCode, String) {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo::<SocketAddr>(format!("{peer}:4000").parse().unwrap()));
        let answer = site.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }

    #[tokio::test]
    async fn requests_are_counted_by_route_and_status() {
        TestSite::on_both(async |world| {
            let site = world.router();
            ask(&site, "/sign-in", "1.2.3.4", &[]).await;
            ask(&site, "/sign-in", "1.2.3.4", &[]).await;
            ask(&site, "/cases/018f0000-0000-7000-8000-000000000001", "1.2.3.4", &[]).await;
            ask(&site, "/no-such-page", "1.2.3.4", &[]).await;
            let (status, text) = ask(&site, "/metrics", "127.0.0.1", &[]).await;
            assert_eq!(status, StatusCode::OK);
            let line = |start: &str| {
                text.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{start}: {text}"))
            };
            let requests = |route: &str, status: &str| {
                format!("xinqiao_requests_total{{route=\"{route}\",method=\"get\",status=\"{status}\"}}")
            };
            assert!(line(&requests("/sign-in", "2xx")).ends_with(" 2"), "{text}");
            assert!(line(&requests("/cases/{id}", "3xx")).ends_with(" 1"), "{text}");
            assert!(line("xinqiao_request_seconds_count{route=\"/sign-in\"").ends_with(" 2"), "{text}");
            assert!(line("xinqiao_database_waiting").ends_with(" 0"), "{text}");
            assert!(line("xinqiao_job_lag_seconds").ends_with(" 0"), "{text}");
            assert!(!text.contains("018f0000"), "no identifier stands in the figures");
        })
        .await;
    }

    #[tokio::test]
    async fn only_this_machine_or_the_token_collects_the_figures() {
        TestSite::on_both(async |world| {
            let open = world.router();
            let settings = Settings { metrics_token: Some("collect-me".to_owned()), ..Settings::default() };
            let closed = site_with(world.app.clone(), settings);
            let (forwarded, right, wrong) = (
                ("x-forwarded-for", "1.2.3.4"),
                ("authorization", "Bearer collect-me"),
                ("authorization", "Bearer collect"),
            );
            for (site, peer, headers, allowed) in [
                (&open, "127.0.0.1", vec![], true),
                (&open, "[::1]", vec![], true),
                (&open, "1.2.3.4", vec![], false),
                (&open, "127.0.0.1", vec![forwarded], false),
                (&open, "127.0.0.1", vec![("x-forwarded-for", "127.0.0.1")], false),
                (&open, "1.2.3.4", vec![right], false),
                (&closed, "127.0.0.1", vec![], false),
                (&closed, "1.2.3.4", vec![right], true),
                (&closed, "1.2.3.4", vec![wrong], false),
            ] {
                let (status, _) = ask(site, "/metrics", peer, &headers).await;
                let expected = if allowed { StatusCode::OK } else { StatusCode::NOT_FOUND };
                assert_eq!(status, expected, "{peer} {headers:?}");
            }
        })
        .await;
    }
}
