//! Forms on pages: what people fill in is drawn from data, and read back into data.

pub(crate) mod control;
pub(crate) mod posted;
pub(crate) mod sheet;

pub(crate) use control::{Control, Group, Kind, Told};
pub(crate) use posted::Posted;
