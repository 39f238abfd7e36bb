//! Reaching people on pages: who is to be tried, one lead with its attempts, giving people to houses, the funnel; the same for programs.

pub(crate) mod api;
pub(crate) mod funnel;
pub(crate) mod give;
pub(crate) mod lead;
pub(crate) mod list;
pub(crate) mod words;
