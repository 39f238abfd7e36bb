//! Work without a network: how much a device holds and for how long, what follows from a wrong clock, and how what was written
//! apart is put together again. Limits are data: `data/device.toml`.

mod clock;
mod merge;
mod table;
#[cfg(test)]
mod tests;

pub use clock::{ClockFault, Difference, difference, look_at};
pub use merge::{Clash, Merged, merge};
pub use table::OfflineRules;
