//! The case as the fold of its events.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::command::{HospitalRequest, StageDecision};
use super::consent::{Consent, Purpose, Signer};
use super::state::{State, Step};
use crate::account::Role;
use crate::capacity::Finding;
use crate::clock::{Clock, ClockRun};
use crate::form::{FormCode, FormSummary};

/// How the application came in (Measures, 2023: the person, a medical institution, or another subject).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A1 个人自愿申请.
    Personal,
    /// A2 医疗卫生机构协助.
    Medical,
    /// A3 其他主体协助.
    Assisted,
    /// Re-entry of a closed person.
    ReEntry,
    /// Transfer from another county.
    Transfer,
    /// Part of a package that the first institution did not accept.
    Split,
}

/// Who filed, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Channel of this filing.
    pub channel: Channel,
    /// Account that filed.
    pub account: Uuid,
    /// Role in which it filed.
    pub role: Role,
    /// Organisation for which it filed; nil for a person.
    pub organisation: Uuid,
    /// When.
    pub at: Timestamp,
}

/// The services asked for; one item per service code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Items, each with a service code S1–S16.
    pub items: Vec<Item>,
}

/// One needed service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Service code S1–S16.
    pub service: String,
    /// First day promised by the accepting institution.
    pub from: Option<Date>,
}

impl Package {
    /// A package of the named services.
    #[must_use]
    pub fn of(services: &[&str]) -> Self {
        let items = services.iter().map(|code| Item { service: (*code).to_owned(), from: None }).collect();
        Self { items }
    }

    /// Service codes of the package.
    #[must_use]
    pub fn services(&self) -> Vec<String> {
        self.items.iter().map(|item| item.service.clone()).collect()
    }
}

/// What a draft holds beyond its form: the parts that the rules decide on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filing {
    /// The person, once known to the platform.
    pub person: Option<Uuid>,
    /// County of the person's residence (12-digit statistical code).
    pub county: i64,
    /// Village or community of residence (12-digit statistical code).
    pub division: i64,
    /// Referral office of that county.
    pub office: Uuid,
    /// What is asked for.
    pub package: Package,
    /// Institutions the person would like, best first.
    pub preferences: Vec<Uuid>,
}

/// One offer to an institution and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    /// The institution.
    pub institution: Uuid,
    /// Day of the offer.
    pub on: Date,
    /// Day of the answer, or on which the offer was taken back.
    pub answered: Option<Date>,
    /// What became of it.
    pub outcome: OfferOutcome,
    /// Not to be offered again before this day.
    pub cool_until: Option<Date>,
}

/// What became of an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum OfferOutcome {
    /// Not answered yet.
    Pending,
    /// Accepted.
    Accepted,
    /// Declined.
    Declined {
        /// Reason D1–D5.
        reason: String,
    },
    /// Not answered in time, taken back.
    Silent,
    /// Taken back for another cause (withdrawal, transfer, death).
    Recalled,
}

/// The place held for the case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The institution.
    pub institution: Uuid,
    /// Held for the case, or used by it.
    pub hold: Hold,
}

/// How a place is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "hold", rename_all = "snake_case")]
pub enum Hold {
    /// Reserved; with a day when the reservation depends on an answer.
    Reserved {
        /// Last day, or none once the institution has accepted.
        until: Option<Date>,
    },
    /// Used by a person in service.
    Occupied,
}

/// A proposed rejection of the application, and the objection against it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// Reason R1–R6.
    pub reason: String,
    /// Account that proposed.
    pub proposed_by: Uuid,
    /// Account that confirmed.
    pub decided_by: Option<Uuid>,
    /// Day of the notice.
    pub notified: Option<Date>,
    /// An objection is pending.
    pub objected: bool,
    /// The objection was answered.
    pub answered: bool,
}

/// One try to reach the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactAttempt {
    /// Day.
    pub on: Date,
    /// Way.
    pub way: String,
    /// Reached.
    pub reached: bool,
}

/// A pending or confirmed return to hospital.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HospitalStay {
    /// The request.
    pub request: HospitalRequest,
    /// Day of take-over, once confirmed.
    pub since: Option<Date>,
    /// Account that proposed to end the case from hospital, and whether for a long stay.
    pub end_proposed: Option<(Uuid, bool)>,
}

/// A proposed closure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// Reason C1–C10.
    pub reason: String,
    /// State it came from.
    pub from: State,
    /// Account that proposed.
    pub proposed_by: Uuid,
    /// Follows from a consent taken back: cannot be refused.
    pub by_consent: bool,
    /// Day of closing.
    pub closed: Option<Date>,
}

/// A proposed transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// County of destination.
    pub county: i64,
    /// Office of destination.
    pub office: Uuid,
    /// Account that proposed.
    pub proposed_by: Uuid,
}

/// Links of one case to others of the same person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// Case this one was split from.
    pub parent: Option<Uuid>,
    /// Cases split from this one, and whether each is still going on.
    pub children: BTreeMap<Uuid, bool>,
    /// Case before this one (transfer, re-entry, re-referral).
    pub previous: Option<Uuid>,
    /// Case after this one.
    pub next: Option<Uuid>,
}

/// A suspension of service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// Reason P1–P4.
    pub reason: String,
    /// First day.
    pub since: Date,
    /// Expected return.
    pub until: Date,
}

/// The signed agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// Who signed for the person.
    pub signer: Signer,
    /// First day.
    pub from: Date,
    /// Last day.
    pub until: Date,
}

/// A feedback letter to one sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// The sender's account.
    pub account: Uuid,
    /// The sender's organisation.
    pub organisation: Uuid,
    /// To be acknowledged by this day.
    pub due: Date,
    /// Acknowledged on.
    pub acknowledged: Option<Date>,
}

/// The person's own word: a track of its own, never mixed with the decision.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonWord {
    /// Not asked yet.
    #[default]
    NotAsked,
    /// Agrees.
    Agrees,
    /// Hesitates.
    Hesitates,
    /// Refuses.
    Refuses,
    /// Confirms that the service happens.
    Confirms,
    /// Disputes that the service happens as written.
    Disputes,
}

/// The decision track, derived from the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionTrack {
    /// Not sent.
    Draft,
    /// Being checked.
    Checking,
    /// Returned for papers.
    ReturnedForPapers,
    /// Registered, to be offered.
    Registered,
    /// Offered, unanswered.
    Offered,
    /// On the waiting list.
    WaitListed,
    /// Accepted.
    Accepted,
    /// Accepted for a part of the package.
    AcceptedInPart,
    /// Refused, lapsed, withdrawn or passed on.
    Over,
}

/// The service track, derived from the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceTrack {
    /// Not started.
    NotStarted,
    /// Being assessed.
    Assessing,
    /// Being served.
    InService,
    /// Suspended or in hospital.
    Suspended,
    /// Closure proposed.
    ReadyToClose,
    /// Closed, return visits due.
    FollowUpDue,
    /// Finished.
    Finished,
}

/// Summary of the messages of a case; the caller counts them, the rules only show the summary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// Nothing sent.
    #[default]
    None,
    /// Written, waiting to be sent.
    Queued,
    /// Sent.
    Sent,
    /// Received.
    Received,
    /// Read.
    Read,
    /// Answered.
    Answered,
}

/// One case of referral: the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Identity of the case.
    pub id: Uuid,
    /// The chain of cases of one need; the first case's identity.
    pub episode: Uuid,
    /// State.
    pub state: State,
    /// Number of events.
    pub version: u64,
    /// Who filed; several when filings of one need were joined.
    pub sources: Vec<Source>,
    /// What was filed.
    pub filing: Filing,
    /// Receipt number.
    pub receipt: Option<String>,
    /// Registration number.
    pub registration: Option<String>,
    /// Day of the first event.
    pub begun: Date,
    /// Items asked for and not yet answered.
    pub missing: Vec<String>,
    /// How often papers were asked for, and the working days that this took.
    pub supplements: (u16, u16),
    /// Proposed or confirmed rejection.
    pub rejection: Option<Rejection>,
    /// Shortlist as shown at the last offer, best first.
    pub shortlist: Vec<Uuid>,
    /// The order the person agreed to.
    pub agreed_order: Vec<Uuid>,
    /// Offers so far.
    pub offers: Vec<Offered>,
    /// Waiting list: reason and priority.
    pub queue: Option<(String, u8)>,
    /// Ends of listings that the case has taken in.
    #[serde(default)]
    pub unlisted: Vec<Uuid>,
    /// Institution in charge, once accepted.
    pub institution: Option<Uuid>,
    /// Case manager.
    pub case_manager: Option<Uuid>,
    /// Day of acceptance, or of the last discharge from hospital: assessments before it do not count.
    pub accepted_on: Option<Date>,
    /// Place held.
    pub place: Option<Place>,
    /// Conclusion of the last comprehensive assessment.
    pub suitable: Option<bool>,
    /// Latest risk grade known, 0–5.
    pub risk_grade: Option<u8>,
    /// Account that assessed the person as not suitable, and the reason, until the referral worker signs too.
    pub not_suitable: Option<(Uuid, String)>,
    /// Agreement.
    pub agreement: Option<Agreement>,
    /// First session.
    pub service_since: Option<Date>,
    /// Last stage evaluation and its decision.
    pub last_evaluation: Option<(Date, StageDecision)>,
    /// Suspension.
    pub suspension: Option<Suspension>,
    /// Pending or present stay in hospital.
    pub hospital: Option<HospitalStay>,
    /// How often the person was returned to hospital.
    pub hospital_returns: u32,
    /// Closure.
    pub closure: Option<Closure>,
    /// Transfer.
    pub transfer: Option<Transfer>,
    /// Day of death.
    pub died: Option<Date>,
    /// Clocks: the latest run of each.
    pub clocks: BTreeMap<Clock, ClockRun>,
    /// Consents.
    pub consents: Vec<Consent>,
    /// What was last found of the person's capacity.
    #[serde(default)]
    pub finding: Option<Finding>,
    /// Forms stored: the latest of each code.
    pub forms: BTreeMap<FormCode, FormSummary>,
    /// Tries to reach the person since the last success.
    pub contacts: Vec<ContactAttempt>,
    /// Days on which return visits are planned.
    pub visits_planned: Vec<Date>,
    /// Days on which return visits were done.
    pub visits_done: Vec<Date>,
    /// Feedback letters.
    pub feedback: Vec<Feedback>,
    /// Links to other cases.
    pub links: Links,
    /// Part of the package went elsewhere.
    pub accepted_in_part: bool,
    /// Reason code of the state, for every end state.
    pub reason: Option<String>,
    /// The person's own word.
    pub word: PersonWord,
    /// How far its messages have come; known to the messages, not to the case's events.
    #[serde(skip)]
    pub delivery: Delivery,
    /// Last event.
    pub changed: Timestamp,
}

impl Case {
    /// The official step, with the stage evaluation shown while K7 is past its reminder.
    #[must_use]
    pub fn step(&self, now: Timestamp) -> Step {
        let due =
            self.clocks.get(&Clock::K7).is_some_and(|run| run.is_running() && run.is_past_reminder(now));
        if self.state == State::InService && due { Step::Evaluate } else { self.state.step() }
    }

    /// Whether a consent for the purpose is valid on a day.
    #[must_use]
    pub fn has_consent(&self, purpose: Purpose, on: Date) -> bool {
        self.consents.iter().any(|consent| consent.purpose == purpose && consent.is_valid(on))
    }

    /// The latest form of a code.
    #[must_use]
    pub fn form(&self, code: FormCode) -> Option<&FormSummary> {
        self.forms.get(&code)
    }

    /// The institution to which the case is offered now.
    #[must_use]
    pub fn offered_to(&self) -> Option<Uuid> {
        self.offers
            .last()
            .filter(|offer| offer.outcome == OfferOutcome::Pending)
            .map(|offer| offer.institution)
    }

    /// How often institutions declined in this case.
    #[must_use]
    pub fn declines(&self) -> usize {
        self.offers.iter().filter(|offer| matches!(offer.outcome, OfferOutcome::Declined { .. })).count()
    }

    /// Whether the case may not be offered to an institution on a day, and until when.
    #[must_use]
    pub fn cooling_until(&self, institution: Uuid, on: Date) -> Option<Date> {
        let cooling = self.offers.iter().filter(|offer| offer.institution == institution);
        cooling.filter_map(|offer| offer.cool_until).filter(|until| on < *until).max()
    }

    /// The consents that were not taken back, valid or run out.
    pub fn standing(&self) -> impl Iterator<Item = &Consent> {
        self.consents.iter().filter(|consent| consent.withdrawn.is_none())
    }

    /// The next day on which the person is to be asked again.
    #[must_use]
    pub fn ask_on(&self) -> Option<Date> {
        self.standing().filter(|consent| consent.asked.is_none()).filter_map(|consent| consent.ask_on).min()
    }

    /// The decision track.
    #[must_use]
    pub fn decision(&self) -> DecisionTrack {
        match self.state {
            State::Draft => DecisionTrack::Draft,
            State::Submitted => DecisionTrack::Checking,
            State::Supplement => DecisionTrack::ReturnedForPapers,
            State::Registered => DecisionTrack::Registered,
            State::Referred => DecisionTrack::Offered,
            State::Waiting => DecisionTrack::WaitListed,
            State::Lapsed
            | State::Rejected
            | State::NotSuitable
            | State::Transferred
            | State::Withdrawn
            | State::Ended => DecisionTrack::Over,
            _ if self.accepted_in_part => DecisionTrack::AcceptedInPart,
            _ => DecisionTrack::Accepted,
        }
    }

    /// The service track.
    #[must_use]
    pub fn service(&self) -> ServiceTrack {
        match self.state {
            State::Accepted | State::Assessed => ServiceTrack::Assessing,
            State::InService => ServiceTrack::InService,
            State::Suspended | State::Hospital => ServiceTrack::Suspended,
            State::Closing => ServiceTrack::ReadyToClose,
            State::Closed => ServiceTrack::FollowUpDue,
            state if state.is_end() => ServiceTrack::Finished,
            _ => ServiceTrack::NotStarted,
        }
    }
}
