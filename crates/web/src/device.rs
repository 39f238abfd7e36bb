//! Work without a network, visits and sessions: the page that a phone keeps, what it asks the server, and the list of phones.

mod answered;
mod answered_sessions;
pub(crate) mod api;
mod form;
pub(crate) mod own;
mod session_form;
pub(crate) mod shell;
pub(crate) mod sync;
