//! Sends spans to the collector, in portions. What it does not take is dropped and counted: a trace is a sample anyway.

use super::{otlp, spans::Finished};
use crate::way_out::WayOut;
use axum::http::{Request, Uri, header};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{mpsc::Receiver, watch};

/// Spans in one message at most.
const PORTION: usize = 512;
/// How long the first of a portion waits for others.
const PATIENCE: Duration = Duration::from_secs(1);

/// Sends spans to the collector.
pub struct Exporter {
    finished: Receiver<Finished>,
    address: Uri,
    way_out: WayOut,
    dropped: Arc<AtomicU64>,
    /// The last portion was not taken; said once.
    refused: bool,
}

impl Exporter {
    pub(super) fn new(
        finished: Receiver<Finished>,
        address: Uri,
        way_out: WayOut,
        dropped: Arc<AtomicU64>,
    ) -> Exporter {
        Exporter { finished, address, way_out, dropped, refused: false }
    }

    /// Sends until it is told to stop, and then what is left.
    pub async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let mut portion = Vec::with_capacity(PORTION);
        loop {
            let stop = async { while !*stopped.borrow_and_update() && stopped.changed().await.is_ok() {} };
            tokio::select! {
                _ = self.finished.recv_many(&mut portion, PORTION) => {}
                () = stop => break,
            }
            tokio::time::sleep(PATIENCE).await;
            while portion.len() < PORTION
                && let Ok(further) = self.finished.try_recv()
            {
                portion.push(further);
            }
            self.send(&mut portion).await;
        }
        self.finished.close();
        while self.finished.recv_many(&mut portion, PORTION).await > 0 {
            self.send(&mut portion).await;
            if self.refused {
                // Each portion would wait for it anew, and with them whoever waits for the end.
                return;
            }
        }
    }

    async fn send(&mut self, portion: &mut Vec<Finished>) {
        if portion.is_empty() {
            return;
        }
        let count = u64::try_from(portion.len()).unwrap_or(u64::MAX);
        let request = Request::post(self.address.clone()).header(header::CONTENT_TYPE, "application/json");
        let why = match request.body(otlp::message(portion)) {
            Ok(request) => match self.way_out.send(request).await {
                Ok(answer) if answer.status().is_success() => None,
                Ok(answer) => Some(format!("it answers {}", answer.status().as_u16())),
                Err(error) => Some(error.to_string()),
            },
            Err(error) => Some(error.to_string()),
        };
        portion.clear();
        if let Some(why) = &why {
            self.dropped.fetch_add(count, Ordering::Relaxed);
            if !self.refused {
                tracing::warn!(why, "the collector of traces does not take spans");
            }
        }
        self.refused = why.is_some();
    }
}
