//! All of this crate's tests in one program: as programs of their own they would be linked one by one. A new file gets its
//! line here.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

#[path = "../../../crates/app/tests/common/engine.rs"]
mod engine;
#[path = "side_ways/start.rs"]
mod start;

#[path = "care.rs"]
mod care;
#[path = "device.rs"]
mod device;
#[path = "device_session.rs"]
mod device_session;
#[path = "emergency_access.rs"]
mod emergency_access;
#[path = "followup.rs"]
mod followup;
#[path = "harness.rs"]
mod harness;
#[path = "leaving.rs"]
mod leaving;
#[path = "links.rs"]
mod links;
#[path = "main_journey.rs"]
mod main_journey;
#[path = "pages.rs"]
mod pages;
#[path = "passkey.rs"]
mod passkey;
#[path = "scale.rs"]
mod scale;
#[path = "share.rs"]
mod share;
#[path = "side_ways.rs"]
mod side_ways;
#[path = "sign_in.rs"]
mod sign_in;
#[path = "sign_in_provider.rs"]
mod sign_in_provider;
#[path = "writing.rs"]
mod writing;
