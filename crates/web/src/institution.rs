//! `/institutions`: the library of service institutions.

pub(crate) mod api;
pub(crate) mod form;
pub(crate) mod list;
pub(crate) mod show;

use crate::Site;
use app::{Error, id::Id};
use rules::division::DivisionCode;

/// The identifier in an address.
pub(crate) fn parsed(id: &str) -> Result<Id, Error> {
    id.parse().map_err(|_| Error::NotFound)
}

/// The name of a division with those above it; the code where it is in no list.
pub(crate) fn place(site: &Site, division: i64) -> String {
    let path = DivisionCode::new(division).ok().and_then(|code| site.app.divisions.path(code));
    path.unwrap_or_else(|| division.to_string())
}

/// The same without the province and the prefecture, for those who work inside one county.
pub(crate) fn short_place(site: &Site, division: i64) -> String {
    let long = place(site, division);
    let parts: Vec<&str> = long.split(' ').collect();
    parts.iter().rev().take(2).rev().copied().collect::<Vec<_>>().join(" ")
}
