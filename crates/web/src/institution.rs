//! `/institutions`: the library of service institutions.

pub(crate) mod api;
pub(crate) mod form;
pub(crate) mod list;
pub(crate) mod show;
