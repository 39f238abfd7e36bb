//! What `xinqiao serve` is told about traces.

use anyhow::{Result, anyhow};
use clap::Args;
use web::traces::{self, Exporter, Share, Spans, Traces};

/// Where traces go, and of how many requests.
#[derive(Debug, Clone, Args)]
pub struct TracesArgs {
    /// Send traces to this collector (OTLP over HTTP), such as http://127.0.0.1:4318; elsewhere it must be https.
    #[arg(long, env = "XINQIAO_TRACES", value_name = "URL")]
    traces: Option<String>,
    /// The share of requests that is traced, from 0 to 1; whoever stands before the site decides for what it sends on.
    #[arg(
        long,
        env = "XINQIAO_TRACES_SHARE",
        value_name = "SHARE",
        default_value = "0.01",
        requires = "traces"
    )]
    traces_share: Share,
}

/// What traces, what sends; the third, which hears of spans, is given to the log.
pub struct Tracing {
    /// Which requests are traced.
    pub traces: Traces,
    /// Sends spans to the collector.
    pub exporter: Exporter,
}

impl TracesArgs {
    /// What is needed; nothing where no collector is named.
    ///
    /// # Errors
    /// The address cannot be used.
    pub fn open(&self) -> Result<Option<(Tracing, Spans)>> {
        let Some(collector) = self.traces.as_deref().filter(|collector| !collector.is_empty()) else {
            return Ok(None);
        };
        let opened = traces::open(collector, self.traces_share);
        let (traces, spans, exporter) = opened.map_err(|why| anyhow!("--traces: {why}"))?;
        Ok(Some((Tracing { traces, exporter }, spans)))
    }
}
