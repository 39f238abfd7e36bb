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

#[path = "access.rs"]
mod access;
#[path = "account_access.rs"]
mod account_access;
#[path = "account_delegation.rs"]
mod account_delegation;
#[path = "account_leave.rs"]
mod account_leave;
#[path = "api_accounts.rs"]
mod api_accounts;
#[path = "api_cases.rs"]
mod api_cases;
#[path = "api_consent.rs"]
mod api_consent;
#[path = "api_contact.rs"]
mod api_contact;
#[path = "api_institution_closes.rs"]
mod api_institution_closes;
#[path = "api_messages.rs"]
mod api_messages;
#[path = "api_reach.rs"]
mod api_reach;
#[path = "api_refusals.rs"]
mod api_refusals;
#[path = "api_rights.rs"]
mod api_rights;
#[path = "api_sight.rs"]
mod api_sight;
#[path = "api_stages.rs"]
mod api_stages;
#[path = "api_tokens.rs"]
mod api_tokens;
#[path = "api_whose.rs"]
mod api_whose;
#[path = "audit_unusual.rs"]
mod audit_unusual;
#[path = "care.rs"]
mod care;
#[path = "care_fields.rs"]
mod care_fields;
#[path = "care_paper.rs"]
mod care_paper;
#[path = "care_stay.rs"]
mod care_stay;
#[path = "case_paper.rs"]
mod case_paper;
#[path = "conference.rs"]
mod conference;
#[path = "device.rs"]
mod device;
#[path = "device_session.rs"]
mod device_session;
#[path = "doctor.rs"]
mod doctor;
#[path = "emergency_access.rs"]
mod emergency_access;
#[path = "faults.rs"]
mod faults;
#[path = "files.rs"]
mod files;
#[path = "followup.rs"]
mod followup;
#[path = "followup_figures.rs"]
mod followup_figures;
#[path = "followup_paper.rs"]
mod followup_paper;
#[path = "followup_risk.rs"]
mod followup_risk;
#[path = "followup_support.rs"]
mod followup_support;
#[path = "followup_writing.rs"]
mod followup_writing;
#[path = "identifiers.rs"]
mod identifiers;
#[path = "import.rs"]
mod import;
#[path = "institution.rs"]
mod institution;
#[path = "link.rs"]
mod link;
#[path = "need.rs"]
mod need;
#[path = "outreach.rs"]
mod outreach;
#[path = "passkey.rs"]
mod passkey;
#[path = "question.rs"]
mod question;
#[path = "referral.rs"]
mod referral;
#[path = "referral_writing.rs"]
mod referral_writing;
#[path = "rehabilitation.rs"]
mod rehabilitation;
#[path = "reminder.rs"]
mod reminder;
#[path = "research.rs"]
mod research;
#[path = "scale.rs"]
mod scale;
#[path = "share.rs"]
mod share;
#[path = "share_pages.rs"]
mod share_pages;
#[path = "sign_in.rs"]
mod sign_in;
#[path = "sign_in_provider.rs"]
mod sign_in_provider;
#[path = "supervision.rs"]
mod supervision;
#[path = "workforce.rs"]
mod workforce;
