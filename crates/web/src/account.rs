//! Signing in and out; the own account; administration of accounts and organisations.

pub(crate) mod access;
pub(crate) mod admin;
pub(crate) mod factor;
pub(crate) mod leave;
pub(crate) mod linked;
pub(crate) mod own;
pub(crate) mod passkey;
mod picture;
pub mod provider;
pub(crate) mod role;
pub(crate) mod sign_in;
pub(crate) mod step;
pub(crate) mod take_over;
pub(crate) mod tokens;
