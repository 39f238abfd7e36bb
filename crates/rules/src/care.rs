//! Care itself: the individual plan with its goals, sessions and who came, how often services are owed, and who is about to drop
//! out (Regulation on Disability Prevention and Rehabilitation art. 21: assess, plan, adjust, the person and the family heard).
//! Bounds and frequencies stand in `data/care.toml`.

mod attendance;
mod field;
mod frequency;
mod goal;
mod icalendar;
mod noted;
mod plan;
mod proposal;
mod session;
mod table;
#[cfg(test)]
mod tests;

pub use attendance::{Month, Presence, by_month, missed_in_a_row, seating};
pub use field::{Field, FieldKind, FieldOf, LINE, asked_of};
pub use frequency::{Days, Fulfilment, Held, Owed, Period, Standard, fulfilment, owed_by_plan, required};
pub use goal::{Attainment, attainment, overall};
pub use icalendar::{Happening, When, calendar};
pub use noted::{Engagement, Noted, Seated};
pub use plan::{CrisisPlan, Fault, Goal, Line, Measure, NearOne, Plan, Signature, SignedBy, SigningWay};
pub use proposal::{Proposal, Standing, proposals};
pub use session::{
    Deed, Place, Said, SessionState, Times, is_stay, next, nights, served, served_on, served_through,
    time_of_day, times,
};
pub use table::{Card, CareTable, Hotline, Limits, Named, Proposals};
