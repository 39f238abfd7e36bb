//! Referral: from the application to the last return visit.
//!
//! A case is the fold of its [`Event`]s. A [`Command`] is decided by [`decide`] from the case, the actor and what
//! the server knows ([`Context`]), and yields a [`Change`] or a [`Refusal`](crate::Refusal). [`actions`] lists what
//! an actor may do now; pages and interfaces are drawn from it. Four things are tracked apart: the decision, the
//! service, the delivery of messages and the person's own word.

mod actions;
mod apply;
mod case;
mod change;
mod command;
mod command_name;
mod consent;
mod context;
mod decide;
pub mod disclosure;
mod event;
pub mod invariants;
mod refusal_code;
mod relation;
pub mod sharing;
mod shortlist;
mod state;
mod telling;
mod transition;

#[cfg(test)]
mod tests;

pub use crate::capacity::Capacity;
pub use actions::{Offer, actions};
pub use apply::{ReplayError, apply, begin, replay};
pub use case::{
    Agreement, Case, Channel, Closure, ContactAttempt, DecisionTrack, Delivery, Feedback, Filing, Hold,
    HospitalStay, Item, Links, OfferOutcome, Offered, Package, PersonWord, Place, Rejection, ServiceTrack,
    Source, Suspension, Transfer,
};
pub use change::{Change, Effect, Message, Party, Task};
pub use command::{
    Answer, Command, Eligibility, Ground, HospitalRequest, ItemAnswer, StageDecision, Trigger, VisitAction,
};
pub use command_name::CommandName;
pub use consent::{Consent, GuardianBasis, OwnWord, Purpose, Signer};
pub use context::{Context, PersonFacts};
pub use decide::{decide, open};
pub use event::{Event, PlaceChange, Recorded, Seed};
pub use refusal_code::RefusalCode;
pub use relation::filers;
pub use shortlist::{Candidate, Criterion, Excluded, Point, Shortlist, obstacle, shortlist};
pub use state::{State, Step};
pub use telling::{OUTSIDERS, Way};
pub use transition::{TRANSITIONS, Transition, transition};
