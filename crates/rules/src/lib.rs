//! Pure decisions of Xinqiao: no input or output, no clock, no database.

pub mod account;
pub mod calendar;
pub mod credit_code;
pub mod disability_certificate;
pub mod division;
pub mod identity_number;
pub mod import;
pub mod name;
pub mod phone;
mod refusal;
mod writing;

pub use refusal::Refusal;
