//! What hears of spans: it notes when each began and ended, and hands it over without waiting.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Instant, SystemTime, UNIX_EPOCH},
};
use tokio::sync::mpsc::Sender;
use tracing::{
    Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer,
    layer::Context,
    registry::{LookupSpan, SpanRef},
};

/// What is said of a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    Text(String),
    Number(u64),
}

/// A span that has ended.
#[derive(Debug)]
pub(super) struct Finished {
    pub kind: &'static str,
    pub trace: u128,
    pub span: u64,
    /// 0 where it is the first of its trace.
    pub parent: u64,
    /// Nanoseconds since 1970.
    pub began: u64,
    pub ended: u64,
    pub said: Vec<(&'static str, Said)>,
}

/// A span that goes on; kept beside it.
struct Open {
    finished: Finished,
    since: Instant,
}

/// What may be told of a span, whatever else somebody writes into one: none of these can be of a person.
const TOLD: [&str; 6] = [
    "http.request.method",
    "http.route",
    "http.response.status_code",
    "code.namespace",
    "db.operation.name",
    "db.collection.name",
];

/// Hears of the spans of traces. A span that belongs to no traced request is forgotten.
pub struct Spans {
    sender: Sender<Finished>,
    dropped: Arc<AtomicU64>,
}

impl Spans {
    pub(super) fn new(sender: Sender<Finished>, dropped: Arc<AtomicU64>) -> Spans {
        Spans { sender, dropped }
    }

    /// Whether it wants to hear of a span.
    #[must_use]
    pub fn wants(metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target() == app::trace::TARGET
    }
}

impl Open {
    fn new(kind: &'static str) -> Open {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let began = u64::try_from(since_1970.as_nanos()).unwrap_or_default();
        let finished = Finished { kind, trace: 0, span: 0, parent: 0, began, ended: began, said: Vec::new() };
        Open { finished, since: Instant::now() }
    }
}

impl Visit for Open {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "span" => self.finished.span = value,
            "parent" => self.finished.parent = value,
            name if TOLD.contains(&name) => self.finished.said.push((name, Said::Number(value))),
            _ => {}
        }
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        if field.name() == "trace" {
            self.finished.trace = value;
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if TOLD.contains(&field.name()) && !value.is_empty() {
            self.finished.said.push((field.name(), Said::Text(value.to_owned())));
        }
    }

    /// What is said in any other way is left out: it might hold anything.
    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

/// Trace and span of the one above, where it is traced.
fn above<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>) -> Option<(u128, u64)> {
    let parent = span.parent()?;
    let extensions = parent.extensions();
    let open = extensions.get::<Open>()?;
    Some((open.finished.trace, open.finished.span))
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let (name, above) = (attributes.metadata().name(), above(&span));
        // Nearly all belong to no trace: only a request begins one.
        if above.is_none() && name != "request" {
            return;
        }
        let mut open = Open::new(name);
        attributes.record(&mut open);
        if open.finished.trace == 0 {
            let Some((trace, parent)) = above else { return };
            open.finished.trace = trace;
            open.finished.parent = parent;
            open.finished.span = super::chance();
        }
        span.extensions_mut().insert(open);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(open) = span.extensions_mut().get_mut::<Open>() {
            values.record(open);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(Open { mut finished, since }) = span.extensions_mut().remove::<Open>() else { return };
        finished.ended =
            finished.began.saturating_add(u64::try_from(since.elapsed().as_nanos()).unwrap_or(0));
        if self.sender.try_send(finished).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}
