//! Pure decisions of Xinqiao: no input or output, no clock, no database.

pub mod account;
mod refusal;

pub use refusal::Refusal;
