//! What happened to a case: append-only facts, complete in themselves, so that a replay needs no calendar.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::case::{
    Agreement, Closure, ContactAttempt, Feedback, Filing, Hold, PersonWord, Source, Suspension, Transfer,
};
use super::command::{Eligibility, HospitalRequest, ItemAnswer, StageDecision, VisitAction};
use super::consent::{Consent, Purpose};
use super::state::State;
use crate::account::{OnBehalfOf, Role};
use crate::capacity::Finding;
use crate::clock::ClockChange;
use crate::form::FormSummary;

/// One fact. The codes are stable: they are stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", content = "data", rename_all = "snake_case")]
pub enum Event {
    /// T1, or the first event of a case that another case opened.
    Opened(Box<Seed>),
    /// T1: a draft was changed.
    DraftSaved(Box<Filing>),
    /// T2
    Submitted {
        /// Receipt number.
        receipt: Option<String>,
    },
    /// T3
    SupplementAsked {
        /// Missing items.
        items: Vec<String>,
    },
    /// T4
    Resubmitted {
        /// Working days that the supplement took.
        working_days: u16,
    },
    /// T5
    SupplementExpired,
    /// T1: the draft was dropped.
    DraftExpired,
    /// T6: rejection proposed.
    RejectionProposed,
    /// T6: rejection confirmed.
    Rejected,
    /// T6b: objection filed.
    Objected {
        /// Grounds.
        document: Option<Uuid>,
    },
    /// T6b: objection upheld.
    ObjectionUpheld,
    /// T6b: objection dismissed.
    ObjectionDismissed,
    /// T7
    Registered {
        /// Registration number.
        number: Option<String>,
        /// Findings.
        eligibility: Box<Eligibility>,
    },
    /// T8
    Referred {
        /// The institution.
        institution: Uuid,
        /// Shortlist as shown.
        shortlist: Vec<Uuid>,
        /// Order the person agreed to.
        agreed_order: Vec<Uuid>,
        /// The place is reserved up to this day.
        until: Date,
    },
    /// T9
    Queued {
        /// Priority, 1 first.
        priority: u8,
    },
    /// T10
    PlaceBecameFree {
        /// The institution.
        institution: Uuid,
    },
    /// T11
    Declined {
        /// Not to be offered again before this day.
        cool_until: Option<Date>,
    },
    /// T12
    RecalledSilent {
        /// Not to be offered again before this day.
        cool_until: Option<Date>,
    },
    /// T12: the institution is no longer listed.
    InstitutionUnlisted {
        /// The institution.
        institution: Uuid,
        /// The end of the listing.
        notice: Uuid,
    },
    /// T13
    Accepted {
        /// Case manager.
        case_manager: Uuid,
        /// Answers item by item.
        answers: Vec<ItemAnswer>,
        /// Cases that take over the items not accepted.
        children: Vec<Uuid>,
    },
    /// T14
    Assessed {
        /// Conclusion.
        suitable: bool,
        /// Risk grade.
        risk_grade: u8,
        /// Services recommended.
        services: Vec<String>,
    },
    /// T15: the assessor's finding, before the referral worker signs.
    FoundNotSuitable,
    /// T15
    NotSuitable {
        /// What is offered instead.
        alternative: String,
    },
    /// T16
    Agreed(Agreement),
    /// T17
    FirstSession {
        /// Session record.
        session: Uuid,
        /// Day.
        on: Date,
    },
    /// T18
    StageEvaluated {
        /// Decision.
        decision: StageDecision,
    },
    /// T19
    Suspended(Suspension),
    /// T20
    Resumed,
    /// T19: the person did not return on the day expected.
    SuspensionOver,
    /// T21: return to hospital asked for.
    HospitalRequested(Box<HospitalRequest>),
    /// T21: the hospital took over.
    HospitalConfirmed {
        /// Day.
        on: Date,
    },
    /// T22
    Discharged {
        /// Day.
        on: Date,
    },
    /// T23: first signature.
    HospitalEndProposed {
        /// For a long stay.
        long_stay: bool,
    },
    /// T23: second signature; closed.
    HospitalEnded {
        /// Closure.
        closure: Closure,
        /// Return visits.
        visits: Vec<Date>,
        /// Feedback letters.
        feedback: Vec<Feedback>,
    },
    /// T24
    ClosureProposed(Closure),
    /// T25
    Closed {
        /// Return visits.
        visits: Vec<Date>,
        /// Feedback letters.
        feedback: Vec<Feedback>,
        /// Case that goes on elsewhere (contract end, C9).
        next: Option<Uuid>,
    },
    /// T25b
    ClosureRefused,
    /// T26: proposed.
    TransferProposed(Transfer),
    /// T26: done.
    Transferred {
        /// The case at the destination.
        next: Uuid,
    },
    /// T26: not taken.
    TransferRefused,
    /// T27
    Withdrawn,
    /// T27b
    Cancelled,
    /// A try to reach the person.
    ContactAttempted(ContactAttempt),
    /// T28
    Visited {
        /// Day.
        on: Date,
        /// What follows.
        action: VisitAction,
    },
    /// T29
    ReEntered {
        /// The new case.
        next: Uuid,
    },
    /// T30
    Ended,
    /// T31
    Died {
        /// Day.
        on: Date,
        /// Source.
        source: String,
        /// Cause code.
        cause: String,
    },
    /// E4
    ConsentGiven(Vec<Consent>),
    /// I7
    ConsentWithdrawn {
        /// Purposes.
        purposes: Vec<Purpose>,
        /// Day.
        on: Date,
        /// Closure that follows, when the case had an agreement.
        closure: Option<Closure>,
    },
    /// E4: what was found of the person's capacity.
    CapacityRecorded(Finding),
    /// E4: somebody was told to ask the person again for these consents.
    AskedAgain {
        /// Purposes.
        purposes: Vec<Purpose>,
        /// Day.
        on: Date,
    },
    /// Feedback acknowledged.
    FeedbackAcknowledged {
        /// By this account.
        account: Uuid,
        /// On this day.
        on: Date,
    },
    /// The person's word.
    WordRecorded {
        /// The word.
        word: PersonWord,
    },
    /// I4: agreement renewed.
    AgreementRenewed(Agreement),
    /// Forms stored.
    FormStored,
    /// Another case manager.
    CaseManagerChanged {
        /// The account.
        case_manager: Uuid,
    },
    /// Another filing joined.
    SourceAdded(Source),
    /// A child case ended.
    ChildEnded {
        /// The child.
        child: Uuid,
    },
}

/// Data of a case at its first event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seed {
    /// Identity of the case.
    pub id: Uuid,
    /// Episode.
    pub episode: Uuid,
    /// First state: draft, submitted, registered or waiting.
    pub state: State,
    /// Who filed.
    pub sources: Vec<Source>,
    /// What was filed.
    pub filing: Filing,
    /// Consents that go along.
    pub consents: Vec<Consent>,
    /// What was found of the person's capacity.
    #[serde(default)]
    pub finding: Option<Finding>,
    /// Case this one was split from.
    pub parent: Option<Uuid>,
    /// Case before this one.
    pub previous: Option<Uuid>,
    /// Institution that keeps the case on its waiting list, or must not be asked again at once.
    pub waiting_at: Option<Uuid>,
    /// Offers so far in the episode, so that cool-downs go along.
    pub offers: Vec<super::case::Offered>,
}

/// An event with all that an invariant of the mechanism wants known of it: who, in which role, for whom, when, from
/// which state to which, why, and whether the deadline was met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Number of the event in its case, from 1.
    pub sequence: u64,
    /// The fact.
    pub event: Event,
    /// Account.
    pub actor: Uuid,
    /// Role.
    pub role: Role,
    /// Organisation.
    pub organisation: Uuid,
    /// Principal.
    pub on_behalf_of: Option<OnBehalfOf>,
    /// The colleague for whom the actor stood in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_in_for: Option<Uuid>,
    /// When, by the server's time.
    pub at: Timestamp,
    /// State before; none for the first event.
    pub from: Option<State>,
    /// State after.
    pub to: State,
    /// Transition or rule, such as "T8".
    pub rule: String,
    /// Reason code.
    pub reason: Option<String>,
    /// Clocks started, stopped, frozen, resumed.
    pub clocks: Vec<ClockChange>,
    /// Whether the clock that this event ends was met.
    pub deadline_met: Option<bool>,
    /// How the place of the case is held afterwards; absent when the event does not touch it.
    pub place: Option<PlaceChange>,
    /// Forms stored with this event.
    pub forms: Vec<FormSummary>,
}

/// What an event does to the place of the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum PlaceChange {
    /// Held from now on in this way.
    Hold {
        /// At this institution.
        institution: Uuid,
        /// In this way.
        hold: Hold,
    },
    /// Given back.
    Release {
        /// By this institution.
        institution: Uuid,
    },
}
