//! Traces: of a share of the requests, which of their transactions and statements took how long, sent to a collector that
//! speaks OTLP ([decision 0025](../../../docs/decisions/0025-traces.md)). A span has the route's template, method, status, kinds of
//! statements and tables; never an address as it was asked for, nor a value.
//!
//! Whoever stands before the site and is believed may begin the trace (W3C Trace Context); strangers may not.

mod export;
mod otlp;
mod spans;

pub use export::Exporter;
pub use spans::Spans;

use crate::{Site, way_out::WayOut};
use app::trace::{Instrument, TARGET};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use std::{
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tracing::{field::Empty, trace_span};
use uuid::Uuid;

/// The header that says to which trace a request belongs.
pub(crate) const PARENT: HeaderName = HeaderName::from_static("traceparent");

/// Spans that wait for their way out at most; further ones are dropped, since no request waits for them.
const QUEUE: usize = 4_096;

/// Which requests are traced. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Traces {
    share: Share,
    dropped: Arc<AtomicU64>,
}

/// A share of all requests, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share(u32);

const WHOLE: u32 = 1_000_000;

impl FromStr for Share {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Share, Self::Err> {
        let wrong = "a share is a number from 0 to 1, such as 0.01";
        let share: f64 = text.parse().map_err(|_| wrong)?;
        if !(0.0..=1.0).contains(&share) {
            return Err(wrong);
        }
        format!("{:.0}", share * f64::from(WHOLE)).parse().map(Share).map_err(|_| wrong)
    }
}

impl Share {
    /// Whether a trace belongs to it, by its random number.
    fn holds(self, trace: u128) -> bool {
        u32::try_from(trace % u128::from(WHOLE)).is_ok_and(|chance| chance < self.0)
    }
}

/// What traces a share of the requests, what hears of spans, and what sends them to the collector at an address, such as
/// `http://127.0.0.1:4318`.
///
/// # Errors
/// The address cannot be used: it is neither of this machine nor over TLS.
pub fn open(collector: &str, share: Share) -> Result<(Traces, Spans, Exporter), String> {
    let address = otlp::address(collector)?;
    let (sender, finished) = tokio::sync::mpsc::channel(QUEUE);
    let dropped = Arc::new(AtomicU64::new(0));
    let exporter = Exporter::new(finished, address, WayOut::new(None)?, dropped.clone());
    Ok((Traces { share, dropped: dropped.clone() }, Spans::new(sender, dropped), exporter))
}

/// A request's place in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    trace: u128,
    /// The span of whoever sent the request; 0 where the trace begins here.
    parent: u64,
    span: u64,
}

tokio::task_local! {
    static PLACE: Place;
}

impl Traces {
    /// Spans that were dropped because the collector did not take them fast enough, or not at all.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// The place of a request; nothing where it is not traced.
    fn begin(&self, heard: Option<&str>) -> Option<Place> {
        match heard.and_then(read) {
            Some((trace, parent, true)) => Some(Place { trace, parent, span: chance() }),
            Some((_, _, false)) => None,
            None => {
                let trace = Uuid::new_v4().as_u128();
                self.share.holds(trace).then(|| Place { trace, parent: 0, span: chance() })
            }
        }
    }
}

/// A number that no other span has.
fn chance() -> u64 {
    Uuid::new_v4().as_u64_pair().1
}

/// Trace, span and whether it is traced, of a header as W3C Trace Context writes it.
fn read(header: &str) -> Option<(u128, u64, bool)> {
    let mut parts = header.trim().split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let well = hex(version, 2) && hex(trace, 32) && hex(span, 16) && hex(flags, 2);
    // Later versions may say more behind; the first may not.
    if !well || version == "ff" || version == "00" && parts.next().is_some() {
        return None;
    }
    let trace = u128::from_str_radix(trace, 16).ok().filter(|trace| *trace != 0)?;
    let span = u64::from_str_radix(span, 16).ok().filter(|span| *span != 0)?;
    Some((trace, span, u8::from_str_radix(flags, 16).ok()? & 1 == 1))
}

/// The header for whoever is asked because of this request.
pub(crate) fn passed_on() -> Option<HeaderValue> {
    let place = PLACE.try_with(|place| *place).ok()?;
    HeaderValue::from_str(&format!("00-{:032x}-{:016x}-01", place.trace, place.span)).ok()
}

/// Methods by their names; others have none of their own.
fn method(request: &Request) -> &'static str {
    match request.method().as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        _ => "_OTHER",
    }
}

/// Opens the span of a request that is traced.
pub(crate) async fn traced(State(site): State<Site>, request: Request, next: Next) -> Response {
    let Some(traces) = &site.traces else { return next.run(request).await };
    let believed = site.transport.believes(request.extensions());
    let heard = request.headers().get(PARENT).filter(|_| believed).and_then(|header| header.to_str().ok());
    let Some(place) = traces.begin(heard) else { return next.run(request).await };
    let route = request.extensions().get::<MatchedPath>().cloned();
    let span = trace_span!(
        target: TARGET,
        "request",
        trace = place.trace,
        span = place.span,
        parent = place.parent,
        "http.request.method" = method(&request),
        "http.route" = route.as_ref().map_or("", MatchedPath::as_str),
        "http.response.status_code" = Empty,
    );
    let response = PLACE.scope(place, next.run(request).instrument(span.clone())).await;
    span.record("http.response.status_code", response.status().as_u16());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_it_is_written() {
        let trace = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128;
        let span = 0x00f0_67aa_0ba9_02b7_u64;
        for (header, expected) in [
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", Some((trace, span, true))),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", Some((trace, span, false))),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03", Some((trace, span, true))),
            ("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", Some((trace, span, true))),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", None),
            ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", None),
            ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", None),
            ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", None),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", None),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", None),
            ("00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", None),
            ("张三", None),
            ("", None),
        ] {
            assert_eq!(read(header), expected, "{header}");
        }
    }

    #[test]
    fn a_share_is_a_number_up_to_one_and_holds_so_many() {
        for (text, expected) in [
            ("0", Ok(Share(0))),
            ("0.01", Ok(Share(10_000))),
            ("1", Ok(Share(WHOLE))),
            ("1.1", Err(())),
            ("-0.1", Err(())),
            ("NaN", Err(())),
            ("many", Err(())),
        ] {
            assert_eq!(text.parse::<Share>().map_err(|_| ()), expected, "{text}");
        }
        let held = |share: u32| (0..20_000).filter(|_| Share(share).holds(Uuid::new_v4().as_u128())).count();
        assert_eq!((held(0), held(WHOLE)), (0, 20_000));
        assert!((4_000..6_000).contains(&held(WHOLE / 4)));
    }
}
