//! What a decision yields: a change with its effects, or a refusal that names its rule.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::case::{Place, Source};
use super::event::{Event, PlaceChange, Recorded, Seed};
use crate::account::Role;
use crate::clock::Clock;

/// The events to append, in order, and what else must be done in the same transaction.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Change {
    /// Events, ready to be stored.
    pub events: Vec<Recorded>,
    /// Everything else.
    pub effects: Vec<Effect>,
}

/// What must be done in the same transaction beyond appending events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Change the count of places of an institution.
    Place {
        /// The place of this case before.
        before: Option<Place>,
        /// What changes for it.
        change: PlaceChange,
    },
    /// Write a message to a party.
    Message {
        /// Kind.
        kind: Message,
        /// Party.
        to: Party,
        /// Answer wanted by this day.
        due: Option<Date>,
    },
    /// Open a task for somebody's work list.
    Task {
        /// Kind.
        kind: Task,
        /// Party.
        to: Party,
        /// To be done by this instant.
        due: Option<Timestamp>,
    },
    /// Open another case: call [`open`](super::open) with this data.
    Open {
        /// Its data.
        seed: Box<Seed>,
    },
    /// Offer to the next institution of the order that the person agreed to, as the system.
    OfferNext {
        /// The institution.
        institution: Uuid,
    },
    /// Tell another case that its child has ended (command `child_ended`).
    TellParent {
        /// The parent.
        parent: Uuid,
    },
    /// Carry the same command out on another case of the episode, as the system; if that case is over already, the
    /// refusal `wrong_state` is in order.
    RepeatOn {
        /// The other case.
        case: Uuid,
    },
    /// Join this filing to another case (command `add_source`).
    AddSource {
        /// The case that goes on.
        case: Uuid,
        /// The filing.
        source: Source,
    },
    /// A clock ran out before its step was done: tell civil affairs and count it.
    Breach {
        /// The clock.
        clock: Clock,
        /// The day it was due.
        due: Date,
    },
    /// Count an unmet demand (waiting list).
    UnmetDemand,
    /// Lower the response score of an institution.
    LateAnswer {
        /// The institution.
        institution: Uuid,
    },
    /// Move the personal data of the case to restricted storage.
    RestrictData,
    /// Delete the draft's personal data.
    DeleteDraft,
}

/// Kinds of messages. Notices outside the platform carry no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// Receipt of the application.
    Receipt,
    /// All missing items, told once.
    SupplementNotice,
    /// The application lapsed.
    LapseNotice,
    /// Rejection, with the right to object.
    RejectionNotice,
    /// Answer to an objection.
    ObjectionAnswer,
    /// Registered.
    RegistrationNotice,
    /// Referral slip to the institution.
    ReferralSlip,
    /// On the waiting list.
    QueueNotice,
    /// The institution's answer.
    AnswerNotice,
    /// The offer was taken back.
    RecallNotice,
    /// Not suitable, and what is offered instead.
    NotSuitableNotice,
    /// Service started.
    ServiceStarted,
    /// Two-way slip to the hospital.
    HospitalSlip,
    /// Discharged; the institution takes the person back.
    DischargeNotice,
    /// Closed.
    ClosureNotice,
    /// Feedback to a sender.
    FeedbackLetter,
    /// A county is asked to take a case.
    TransferRequest,
    /// Answer to a transfer.
    TransferAnswer,
    /// The case was withdrawn or cancelled.
    EndNotice,
}

/// Kinds of tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Confirm or return a proposed rejection.
    DecideRejection,
    /// Answer an objection.
    AnswerObjection,
    /// Two institutions declined: decide where the person goes.
    SecondDecline,
    /// "No place" although the count shows one: check the count.
    ChallengeCapacity,
    /// Check whether a complaint lies behind a reason.
    ComplaintCheck,
    /// Assess the person anew before the next offer.
    Reassess,
    /// Emergency: medical side, guardian, police as the parties say.
    Emergency,
    /// Confirm the return to hospital.
    ConfirmHospital,
    /// Sign as the second person.
    SecondSignature,
    /// Decide a proposed closure.
    DecideClosure,
    /// Speak with the person, who hesitates, refuses or disputes.
    HearPerson,
    /// Propose closure after a stage evaluation.
    ProposeClosure,
    /// Do the return visit.
    ReturnVisit,
    /// Decide a proposed transfer.
    DecideTransfer,
    /// Contact the person the same day.
    Contact,
    /// The institution is no longer listed: see that the person is served elsewhere.
    ReferOn,
    /// The case manager left and named nobody: name another one.
    NameCaseManager,
    /// Ask the person again for the consents that ran out, whose text changed, or that another gave.
    AskAgain,
    /// The follow-up found a risk grade that asks for a look at the case.
    RiskChanged,
    /// The follow-up says that the person is in hospital: return the case to hospital.
    InHospital,
}

impl Task {
    /// All kinds.
    pub const ALL: [Task; 20] = [
        Task::DecideRejection,
        Task::AnswerObjection,
        Task::SecondDecline,
        Task::ChallengeCapacity,
        Task::ComplaintCheck,
        Task::Reassess,
        Task::Emergency,
        Task::ConfirmHospital,
        Task::SecondSignature,
        Task::DecideClosure,
        Task::HearPerson,
        Task::ProposeClosure,
        Task::ReturnVisit,
        Task::DecideTransfer,
        Task::Contact,
        Task::ReferOn,
        Task::NameCaseManager,
        Task::AskAgain,
        Task::RiskChanged,
        Task::InHospital,
    ];

    /// Whether an event is what the task asked for, so that nobody is asked to do it again (local default). What
    /// happens beside the case (a count that is checked, a complaint, an emergency) is ticked off by hand.
    #[must_use]
    pub fn is_done_by(self, event: &Event) -> bool {
        match self {
            Task::DecideRejection => {
                matches!(event, Event::Rejected | Event::Registered { .. } | Event::SupplementAsked { .. })
            }
            Task::AnswerObjection => matches!(event, Event::ObjectionUpheld | Event::ObjectionDismissed),
            Task::SecondDecline | Task::ReferOn => {
                matches!(event, Event::Referred { .. } | Event::Queued { .. })
            }
            Task::ConfirmHospital => matches!(event, Event::HospitalConfirmed { .. }),
            Task::RiskChanged | Task::InHospital => {
                matches!(event, Event::HospitalRequested(_) | Event::HospitalConfirmed { .. })
            }
            Task::SecondSignature => {
                matches!(
                    event,
                    Event::NotSuitable { .. } | Event::Assessed { .. } | Event::HospitalEnded { .. }
                )
            }
            Task::NameCaseManager => matches!(event, Event::CaseManagerChanged { .. }),
            Task::DecideClosure => matches!(event, Event::Closed { .. } | Event::ClosureRefused),
            Task::HearPerson => matches!(event, Event::WordRecorded { .. }),
            Task::ProposeClosure => matches!(event, Event::ClosureProposed(_)),
            Task::ReturnVisit => matches!(event, Event::Visited { .. }),
            Task::DecideTransfer => matches!(event, Event::Transferred { .. } | Event::TransferRefused),
            Task::Contact => match event {
                Event::ContactAttempted(attempt) => attempt.reached,
                other => matches!(other, Event::Resumed | Event::FirstSession { .. }),
            },
            Task::AskAgain => matches!(event, Event::ConsentGiven(_) | Event::ConsentWithdrawn { .. }),
            Task::ChallengeCapacity | Task::ComplaintCheck | Task::Reassess | Task::Emergency => false,
        }
    }
}

/// Who receives a message or task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "party", content = "of", rename_all = "snake_case")]
pub enum Party {
    /// The person and the guardian.
    Client,
    /// The guardian.
    Guardian,
    /// All who filed.
    Senders,
    /// A role in the county in charge.
    County(Role),
    /// An institution.
    Institution(Uuid),
    /// An account.
    Account(Uuid),
    /// Another office.
    Office(Uuid),
    /// A hospital.
    Hospital(Uuid),
    /// The primary-care doctor for severe mental disorders (精防医生).
    PrimaryDoctor,
    /// The police, when others are in danger.
    Police,
}
