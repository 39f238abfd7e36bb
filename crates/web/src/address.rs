//! What stands in an address.

use app::{Error, id::Id};

/// The identifier in an address; what is none is not found.
pub(crate) fn parsed(id: &str) -> Result<Id, Error> {
    id.parse().map_err(|_| Error::NotFound)
}
