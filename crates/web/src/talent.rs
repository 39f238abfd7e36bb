//! `/talent`: the library of service talents.

pub(crate) mod form;
pub(crate) mod list;
pub(crate) mod show;
