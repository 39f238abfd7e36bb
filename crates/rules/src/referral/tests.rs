//! The rule as tables: every transition, every refusal, every illegal triple, every reason, and properties.

mod effects;
mod fixture;
mod guardians;
mod illegal;
mod properties;
mod refusals;
mod share;
mod sharing;
mod transitions;
