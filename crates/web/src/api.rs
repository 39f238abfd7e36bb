//! `/api/v1`: the same actions as the pages, for programs with a bearer token. Every failure is a problem document.

pub(crate) mod cases;
pub(crate) mod command;
pub(crate) mod consent;
pub(crate) mod cursor;
pub(crate) mod divisions;
pub(crate) mod document;
pub(crate) mod events;
pub(crate) mod messages;
pub(crate) mod mirror;
pub(crate) mod openapi;
pub(crate) mod page;
pub(crate) mod problem;
pub(crate) mod request;
