//! What may be asked of a case: one command per event of the transitions T1 to T31, with typed data.
//!
//! A command carries what the caller *says*; what must be *known* (whether a form is complete, whether another
//! case is open, whether a place is free) comes from the [`Context`](super::Context) that the server loads.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::case::{Channel, Filing, Package, PersonWord, Source};
use super::consent::{Purpose, Signer};
use crate::capacity::Capacity;

/// A wish to move a case. Written as `{"name": "...", "data": {...}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", content = "data", rename_all = "snake_case")]
pub enum Command {
    /// T1: begin or change a draft.
    Save(Box<Filing>),
    /// T2: send the application.
    Submit,
    /// T3: tell the applicant once of all missing items.
    AskSupplement {
        /// Codes of the missing items (field keys or form codes).
        items: Vec<String>,
    },
    /// T4: answer all missing items.
    Resubmit {
        /// Items answered.
        answered: Vec<String>,
    },
    /// T6: the referral worker proposes to reject the application.
    ProposeRejection {
        /// Reason R1–R6.
        reason: String,
    },
    /// T6: civil affairs confirms the rejection.
    ConfirmRejection {
        /// The notice with the right to object was sent.
        notice_sent: bool,
    },
    /// T6b: the applicant objects to the rejection.
    Object {
        /// Stored document with the grounds, if any.
        document: Option<Uuid>,
    },
    /// T6b: the objection is right; the application is checked anew.
    UpholdObjection,
    /// T6b: the objection is not right.
    DismissObjection {
        /// Reason R1–R6 that stands.
        reason: String,
    },
    /// T7: register the application.
    Register(Box<Eligibility>),
    /// T8: offer the case to an institution.
    Refer {
        /// The institution.
        institution: Uuid,
        /// The shortlist was shown and the person was asked for a choice.
        person_asked: bool,
        /// Institutions in the order the person agreed to; the next is offered without asking again.
        agreed_order: Vec<Uuid>,
    },
    /// T9: no institution fits; put the case on the waiting list.
    Queue {
        /// Reason Q1–Q3.
        reason: String,
        /// 1 (first) to 3.
        priority: u8,
    },
    /// T10: a place became free.
    PlaceFree {
        /// The institution with the free place.
        institution: Uuid,
    },
    /// T11: the institution declines.
    Decline {
        /// Reason D1–D5.
        reason: String,
    },
    /// T12: the institution did not answer; take the offer back.
    RecallSilent,
    /// T12: the institution is no longer listed. An open offer is taken back; whoever it serves is to be referred on.
    InstitutionUnlisted {
        /// The institution.
        institution: Uuid,
        /// The end of the listing, so that a case takes each of them in once.
        notice: Uuid,
    },
    /// T13: the institution accepts, item by item.
    Accept {
        /// Account of the case manager.
        case_manager: Uuid,
        /// One answer for each item of the package; empty accepts all from today.
        answers: Vec<ItemAnswer>,
    },
    /// T14: the comprehensive assessment is signed; its conclusion stands in form F4.
    Assess {
        /// Risk grade 0–5.
        risk_grade: u8,
        /// Service codes recommended.
        services: Vec<String>,
    },
    /// T15: the person is not suitable for community rehabilitation; assessor and referral worker each sign.
    NotSuitable {
        /// Reason N1–N5.
        reason: String,
        /// What is offered instead, as a code.
        alternative: String,
    },
    /// T16: plan and agreement are signed.
    Agree {
        /// Who signed for the person.
        signer: Signer,
        /// Last day of the agreement.
        until: Date,
    },
    /// T17: the first session took place.
    FirstSession {
        /// The stored session record.
        session: Uuid,
        /// Day of the session.
        on: Date,
    },
    /// T18: the stage evaluation is done.
    StageEvaluation {
        /// What follows from it.
        decision: StageDecision,
    },
    /// T19: suspend the service.
    Suspend {
        /// Reason P1–P4.
        reason: String,
        /// Expected return.
        until: Date,
    },
    /// T20: resume the service.
    Resume,
    /// T19: the day of the expected return is over.
    SuspensionOver,
    /// T21: the case manager asks for the return to hospital.
    ReturnToHospital(Box<HospitalRequest>),
    /// T21: the hospital confirms that the person was taken over.
    ConfirmHospital {
        /// Day of admission or consultation.
        on: Date,
    },
    /// T22: discharged and suitable; the case goes on with its institution.
    Discharge {
        /// Day of discharge.
        on: Date,
    },
    /// T23: discharged and not suitable, or a long stay; case manager and civil affairs each sign.
    DischargeNotSuitable {
        /// Whether a long stay is the ground.
        long_stay: bool,
    },
    /// T24: the case manager proposes to close.
    ProposeClosure {
        /// Reason C1–C10.
        reason: String,
    },
    /// T25: the closure is approved.
    ApproveClosure {
        /// The client or guardian was told.
        client_told: bool,
        /// A follow-up plan exists.
        follow_up_plan: bool,
    },
    /// T25b: the closure is refused; the case returns to the state it came from.
    RefuseClosure {
        /// Reason B1–B3.
        reason: String,
    },
    /// T26: propose the transfer to another county.
    ProposeTransfer {
        /// County of destination.
        county: i64,
        /// Referral office of destination.
        office: Uuid,
    },
    /// T26: the office of destination takes the case.
    ConfirmTransfer,
    /// T26: the office of destination does not take the case.
    RefuseTransfer {
        /// Reason B1–B3.
        reason: String,
    },
    /// T27: the person withdraws; no reason is needed.
    Withdraw,
    /// T27b: the referral worker cancels.
    Cancel {
        /// Reason X1–X3.
        reason: String,
    },
    /// A try to reach the person.
    RecordContactAttempt {
        /// Day of the attempt.
        on: Date,
        /// "phone", "home", "video", "institution".
        way: String,
        /// Whether the person was reached.
        reached: bool,
    },
    /// T28: a return visit was done.
    ReturnVisit {
        /// Day of the visit.
        on: Date,
        /// What follows from it.
        action: VisitAction,
    },
    /// T29: a closed person comes back.
    ReEnter {
        /// Needs, as service codes; empty takes the needs of the closed case.
        needs: Vec<String>,
        /// Who consents.
        signer: Signer,
    },
    /// T30: the follow-up is over.
    End {
        /// Reason Z1–Z5.
        reason: String,
    },
    /// T30: the clock of the last visit ran out after all visits were done.
    EndAfterVisits,
    /// T31: the person has died.
    Death {
        /// Day of death.
        on: Date,
        /// Who reported it, as a code ("family", "hospital", "police", "committee").
        source: String,
        /// Cause code.
        cause: String,
    },
    /// E4: the person or guardian gives consent.
    RecordConsent {
        /// One tick per purpose is one separate consent.
        purposes: Vec<Purpose>,
        /// Who signed.
        signer: Signer,
        /// Last day, when the consent is limited.
        until: Option<Date>,
    },
    /// I7: the person or guardian takes consent back.
    WithdrawConsent {
        /// Purposes; empty means all.
        purposes: Vec<Purpose>,
    },
    /// E4: what was found of the person's capacity, by whom and on what ground.
    RecordCapacity {
        /// What was found.
        capacity: Capacity,
        /// On what it rests: a code of `data/capacity.toml`.
        basis: String,
        /// Who found it.
        assessor: String,
        /// Day of the finding.
        on: Date,
        /// Last day on which it holds; none where it holds until another one, or as long as its source does.
        until: Option<Date>,
    },
    /// E4: the person is to be asked again: the text changed, the consent runs out, or the person came of age.
    AskAgain,
    /// The sender has read the feedback on the closure.
    AcknowledgeFeedback,
    /// The person's own word on the case.
    RecordWord {
        /// The word.
        word: PersonWord,
    },
    /// I4: the agreement is renewed before or after it ran out.
    RenewAgreement {
        /// Who signed for the person.
        signer: Signer,
        /// Last day of the agreement.
        until: Date,
    },
    /// Attach forms that move nothing (the forms themselves come with the context).
    StoreForm,
    /// The institution names another case manager.
    ChangeCaseManager {
        /// Account of the new case manager.
        case_manager: Uuid,
    },
    /// Another filing of the same need joins this case.
    AddSource(Box<Source>),
    /// A child case has ended.
    ChildEnded {
        /// The child.
        child: Uuid,
    },
    /// T5: the applicant did not answer in time.
    ExpireSupplement,
    /// T1: the draft was not sent in time.
    ExpireDraft,
}

/// Findings E1–E4 of the preliminary check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Eligibility {
    /// The document shown agrees with the person and the number.
    pub identity_verified: bool,
    /// E1: ground of the mental disorder.
    pub ground: Ground,
    /// E2: lives at home in the area.
    pub lives_at_home: bool,
    /// E2: has a rehabilitation need.
    pub has_need: bool,
    /// E3: nothing known speaks against community rehabilitation.
    pub suitable: bool,
    /// What is asked for; may correct the application.
    pub package: Package,
}

/// E1: on what ground the person is in scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// Patient with a severe mental disorder in the health register.
    HealthRegister,
    /// Holder of a psychiatric disability certificate.
    DisabilityCertificate,
    /// Other mental disorder, where the place admits it.
    Extended,
    /// None.
    OutOfScope,
}

/// The institution's answer for one item of the package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemAnswer {
    /// Service code S1–S16.
    pub service: String,
    /// The answer.
    pub answer: Answer,
}

/// Yes, later, or no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// Accepted.
    Yes {
        /// First day of the service.
        from: Date,
    },
    /// On the institution's waiting list.
    WaitList {
        /// Place in the list, from 1.
        position: u32,
    },
    /// Declined.
    No {
        /// Reason D1–D5.
        reason: String,
    },
}

/// What follows from a stage evaluation (form F8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageDecision {
    /// Go on.
    Continue,
    /// Go on with a changed plan.
    Adjust,
    /// Go on with more service.
    Intensify,
    /// Closure is to be proposed.
    Close,
    /// Return or referral elsewhere is to be proposed.
    Refer,
}

/// Ground of a return to hospital.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Risk grade 3 or above.
    RiskGrade,
    /// Class unstable.
    Unstable,
    /// Suicidal act or plan.
    Suicidal,
    /// Severe drug reaction or overdose.
    DrugReaction,
    /// Acute physical disease.
    AcutePhysical,
    /// Drugs stopped, with early signs of relapse.
    StoppedDrugs,
}

impl Trigger {
    /// The first four open an emergency task.
    #[must_use]
    pub fn is_emergency(self) -> bool {
        matches!(self, Trigger::RiskGrade | Trigger::Unstable | Trigger::Suicidal | Trigger::DrugReaction)
    }
}

/// The case manager's request to return a person to hospital (form F9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HospitalRequest {
    /// Grounds.
    pub triggers: Vec<Trigger>,
    /// Risk grade 0–5.
    pub risk_grade: u8,
    /// Danger to others.
    pub danger_to_others: bool,
    /// The receiving hospital.
    pub hospital: Uuid,
}

/// What follows from a return visit (form F11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitAction {
    /// Nothing.
    None,
    /// Advice was given.
    Advice,
    /// Re-entry is to be proposed.
    ReEntry,
    /// The hospital is to be told.
    Hospital,
}

impl Channel {
    /// The channel that a role files through, if it files at all (A1 person, A2 medical, A3 others).
    #[must_use]
    pub fn of(role: crate::account::Role, on_behalf: bool) -> Option<Channel> {
        use crate::account::Role;
        match role {
            Role::Client => Some(Channel::Personal),
            Role::ReferralWorker if on_behalf => Some(Channel::Personal),
            Role::Doctor => Some(Channel::Medical),
            Role::AssistingSubject | Role::Committee | Role::DpfOfficer => Some(Channel::Assisted),
            _ => None,
        }
    }
}
