//! Pure decisions of Xinqiao: no input or output, no clock, no database.

pub mod account;
pub mod audit;
pub mod calendar;
pub mod capacity;
pub mod care;
pub mod clock;
pub mod consent;
pub mod contact;
pub mod credit_code;
pub mod disability_certificate;
pub mod disclosure;
pub mod division;
pub mod embedded;
pub mod emergency_access;
pub mod export;
pub mod followup;
pub mod form;
pub mod identity_number;
pub mod import;
pub mod institution;
pub mod name;
pub mod need;
pub mod phone;
pub mod reason;
pub mod referral;
mod refusal;
pub mod research;
pub mod rights;
pub mod scale;
pub mod service;
pub mod share;
pub mod talent;
pub mod unusual_access;
pub mod writing;

pub use refusal::Refusal;
