//! Indicators I1 to I16 of the management of severe mental disorders, as folds over the histories of persons.
//!
//! Denominators were switched in 2017: medication rates before that are of those managed, since then of those registered. So
//! every figure carries its version. What is divided by what is data: `data/followup_indicators.toml`.

mod count;
mod history;
mod table;
mod tally;
#[cfg(test)]
mod tests;

pub use count::Count;
pub use history::{History, Period, ReportFact, Span, VisitFact};
pub use table::{Figure, Indicator, IndicatorTable, MeasuredIn, Version};
pub use tally::{Basis, Tally};
