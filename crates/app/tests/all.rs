//! All of this crate's tests in one program: as programs of their own they would be linked one by one, which took longer
//! than they run. A new file gets its line here.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

#[macro_use]
mod common;

#[path = "account.rs"]
mod account;
#[path = "audit.rs"]
mod audit;
#[path = "audit_property.rs"]
mod audit_property;
#[path = "backup.rs"]
mod backup;
#[path = "cluster.rs"]
mod cluster;
#[path = "conflict.rs"]
mod conflict;
#[path = "consent.rs"]
mod consent;
#[path = "db.rs"]
mod db;
#[path = "device.rs"]
mod device;
#[path = "division.rs"]
mod division;
#[path = "followup.rs"]
mod followup;
#[path = "followup_examination.rs"]
mod followup_examination;
#[path = "followup_figures.rs"]
mod followup_figures;
#[path = "followup_group.rs"]
mod followup_group;
#[path = "followup_owed.rs"]
mod followup_owed;
#[path = "followup_rehabilitation.rs"]
mod followup_rehabilitation;
#[path = "followup_risk.rs"]
mod followup_risk;
#[path = "followup_support.rs"]
mod followup_support;
#[path = "import.rs"]
mod import;
#[path = "institution.rs"]
mod institution;
#[path = "keys.rs"]
mod keys;
#[path = "library_import.rs"]
mod library_import;
#[path = "link.rs"]
mod link;
#[path = "need.rs"]
mod need;
#[path = "outage.rs"]
mod outage;
#[path = "passkey.rs"]
mod passkey;
#[path = "person.rs"]
mod person;
#[path = "postgres_tls.rs"]
mod postgres_tls;
#[path = "reminder.rs"]
mod reminder;
#[path = "replica.rs"]
mod replica;
#[path = "scale.rs"]
mod scale;
#[path = "schema.rs"]
mod schema;
#[path = "search.rs"]
mod search;
#[path = "second_factor.rs"]
mod second_factor;
#[path = "server.rs"]
mod server;
