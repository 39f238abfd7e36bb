//! `/institutions`: the library of service institutions.

pub(crate) mod api;
pub(crate) mod form;
pub(crate) mod list;
pub(crate) mod show;

use app::{Error, id::Id};

/// The identifier in an address.
pub(crate) fn parsed(id: &str) -> Result<Id, Error> {
    id.parse().map_err(|_| Error::NotFound)
}
