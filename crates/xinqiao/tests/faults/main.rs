//! The server, its database, its disk or its machine fails in the middle of the work. What was acknowledged is there once,
//! what was not is whole or absent, and service comes back without a person. `cargo xtask faults` does the same for longer,
//! and what needs a machine of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

#[path = "../../../app/tests/common/engine.rs"]
mod engine;

mod befallen;
mod clock;
mod full_disk;
mod import;
mod installation;
mod instances;
mod killed;
mod load;
mod slow_disk;

/// What the longer trials of `cargo xtask faults` ask for.
fn asked(name: &str) -> Option<usize> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}
