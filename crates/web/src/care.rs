//! Care on pages: the worker's board and calendar, sessions, a case's plan, the crisis card; and the same for programs.

pub(crate) mod agenda;
pub(crate) mod api;
pub(crate) mod board;
pub(crate) mod card;
pub(crate) mod feed;
pub(crate) mod fields;
pub(crate) mod files;
pub(crate) mod line;
pub(crate) mod paper;
pub(crate) mod plan;
pub(crate) mod plan_entry;
pub(crate) mod section;
pub(crate) mod session;
pub(crate) mod session_entry;
pub(crate) mod talk;
pub(crate) mod words;
