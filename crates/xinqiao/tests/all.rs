//! All of this crate's tests in one program: as programs of their own they would be linked one by one. A new file gets its
//! line here.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

mod common;
#[macro_use]
#[path = "../../app/tests/common/engine.rs"]
mod engine;

#[path = "audit.rs"]
mod audit;
#[path = "backup.rs"]
mod backup;
#[path = "cli.rs"]
mod cli;
#[path = "demo.rs"]
mod demo;
#[path = "followup.rs"]
mod followup;
#[path = "keys.rs"]
mod keys;
#[path = "link.rs"]
mod link;
#[path = "logs.rs"]
mod logs;
#[path = "national.rs"]
mod national;
#[path = "replica.rs"]
mod replica;
#[path = "score.rs"]
mod score;
#[path = "synth.rs"]
mod synth;
#[path = "traces.rs"]
mod traces;
#[path = "upgrade.rs"]
mod upgrade;
