//! The rules' tables that the two libraries use, read once and kept.

use crate::error::{Error, Result};
use rules::{
    embedded::DataError,
    institution::bounds::Bounds,
    service::{DisorderTable, ServiceTable},
};
use std::sync::OnceLock;

fn kept<T>(
    place: &'static OnceLock<T>,
    read: fn() -> std::result::Result<T, DataError>,
) -> Result<&'static T> {
    if let Some(table) = place.get() {
        return Ok(table);
    }
    let table = read().map_err(Error::broken)?;
    Ok(place.get_or_init(|| table))
}

/// Services S1 to S16 and their forms.
///
/// # Errors
/// The embedded file is damaged.
pub fn services() -> Result<&'static ServiceTable> {
    static TABLE: OnceLock<ServiceTable> = OnceLock::new();
    kept(&TABLE, ServiceTable::embedded)
}

/// Groups of disorders.
///
/// # Errors
/// The embedded file is damaged.
pub fn disorders() -> Result<&'static DisorderTable> {
    static TABLE: OnceLock<DisorderTable> = OnceLock::new();
    kept(&TABLE, DisorderTable::embedded)
}

/// Bounds of library records.
///
/// # Errors
/// The embedded file is damaged.
pub fn bounds() -> Result<&'static Bounds> {
    static TABLE: OnceLock<Bounds> = OnceLock::new();
    kept(&TABLE, Bounds::embedded)
}
