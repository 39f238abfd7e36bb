//! Signing in and out; administration of accounts and organisations.

pub(crate) mod admin;
pub(crate) mod sign_in;
pub(crate) mod take_over;
