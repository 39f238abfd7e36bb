//! What programs send and get of plans, sessions and figures.

mod figures;
mod plan;
mod session;

pub(crate) use figures::{FiguresDocument, WarningList};
pub(crate) use plan::{GoalEntry, PlanEntry, PlanList, SignEntry};
pub(crate) use session::{
    EndEntry, MadeDocument, RecordEntry, SessionDocument, SessionEntry, SessionLine, SessionList,
};
