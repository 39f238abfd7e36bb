//! The register of severe mental disorders: in which state a record is, who is in charge of it, and what may come next.
//!
//! Clue → reviewed → reported → received → managed, or registered only without consent; then lost, moved, in hospital, or the
//! diagnosis excluded; death ends it. Whoever refuses community management stays registered (work norm, 2018).

use super::risk::RiskGrade;
use super::visit::{Death, LostReason};
use crate::Refusal;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The rule behind every refusal here.
const RULE: &str = "SMD-STATE";

/// State of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A clue (form 1).
    Clue,
    /// The county's specialist reviewed it (form 2).
    Reviewed,
    /// Diagnosed and reported (form 3).
    Reported,
    /// Primary care took it up.
    Received,
    /// Managed: the person or guardian agreed (form 5).
    Managed,
    /// Registered only: they did not agree.
    RegisteredOnly,
    /// Lost to follow-up.
    Lost,
    /// Moved: the receiver has not accepted yet, or the person is abroad.
    Moved,
    /// In hospital.
    Hospital,
    /// The diagnosis was excluded.
    Excluded,
    /// Dead.
    Deceased,
}

impl State {
    /// All states, the two last being the ends of a record.
    pub const ALL: [State; 11] = [
        State::Clue,
        State::Reviewed,
        State::Reported,
        State::Received,
        State::Managed,
        State::RegisteredOnly,
        State::Lost,
        State::Moved,
        State::Hospital,
        State::Excluded,
        State::Deceased,
    ];

    /// The code as stored and sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            State::Clue => "clue",
            State::Reviewed => "reviewed",
            State::Reported => "reported",
            State::Received => "received",
            State::Managed => "managed",
            State::RegisteredOnly => "registered_only",
            State::Lost => "lost",
            State::Moved => "moved",
            State::Hospital => "hospital",
            State::Excluded => "excluded",
            State::Deceased => "deceased",
        }
    }

    /// The state of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// Where somebody moves to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    /// An institution of primary care.
    Institution(Uuid),
    /// Abroad: the record closes.
    Abroad,
}

/// A move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// Where to.
    pub to: Destination,
    /// Day on which the file was sent.
    pub sent: Date,
}

/// A record as far as its steps depend on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// State.
    pub state: State,
    /// Whether community management was agreed to; none until asked.
    pub agreed: Option<bool>,
    /// Institution in charge.
    pub in_charge: Uuid,
    /// A move that is not accepted yet, or that went abroad.
    pub moving: Option<Move>,
    /// Death.
    pub death: Option<Death>,
}

/// What happens to a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// The clue was reviewed by a specialist.
    Review,
    /// Diagnosed, and reported.
    Report,
    /// Primary care takes it up.
    Receive {
        /// The institution.
        by: Uuid,
    },
    /// Community management is agreed to.
    Agree,
    /// It is refused, or consent is taken back.
    Disagree,
    /// Lost to follow-up.
    Lose {
        /// Why.
        reason: LostReason,
    },
    /// Found again.
    Find,
    /// Admitted to a hospital.
    Admit,
    /// Discharged.
    Discharge,
    /// Moves away.
    MoveOut {
        /// Where and when.
        leaving: Move,
    },
    /// The receiver accepts.
    AcceptMove {
        /// The receiver.
        by: Uuid,
    },
    /// The receiver does not accept.
    DeclineMove {
        /// The receiver.
        by: Uuid,
    },
    /// Came back from abroad.
    ComeBack,
    /// The diagnosis is excluded.
    Exclude,
    /// Died.
    Die {
        /// Day, cause and who told it.
        death: Death,
    },
}

/// States of whoever is followed or could be.
const AT_HOME: &[State] = &[State::Managed, State::RegisteredOnly];
/// All but the last, which is death.
const ALIVE: &[State] = State::ALL.split_at(State::ALL.len() - 1).0;
/// Those whose diagnosis stands, too.
const OPEN: &[State] = State::ALL.split_at(State::ALL.len() - 2).0;

impl Step {
    /// The code as stored and sent.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Step::Review => "review",
            Step::Report => "report",
            Step::Receive { .. } => "receive",
            Step::Agree => "agree",
            Step::Disagree => "disagree",
            Step::Lose { .. } => "lose",
            Step::Find => "find",
            Step::Admit => "admit",
            Step::Discharge => "discharge",
            Step::MoveOut { .. } => "move_out",
            Step::AcceptMove { .. } => "accept_move",
            Step::DeclineMove { .. } => "decline_move",
            Step::ComeBack => "come_back",
            Step::Exclude => "exclude",
            Step::Die { .. } => "die",
        }
    }

    /// The states from which it is possible.
    #[must_use]
    pub fn from(&self) -> &'static [State] {
        match self {
            Step::Review => &[State::Clue],
            Step::Report => &[State::Reviewed],
            Step::Receive { .. } => &[State::Reported],
            Step::Agree => &[State::Received, State::RegisteredOnly],
            Step::Disagree => &[State::Received, State::Managed],
            Step::Lose { .. } | Step::Admit | Step::MoveOut { .. } => AT_HOME,
            Step::Find => &[State::Lost],
            Step::Discharge => &[State::Hospital],
            Step::AcceptMove { .. } | Step::DeclineMove { .. } | Step::ComeBack => &[State::Moved],
            Step::Exclude => OPEN,
            Step::Die { .. } => ALIVE,
        }
    }
}

impl Record {
    /// A clue that an institution follows.
    #[must_use]
    pub fn clue(in_charge: Uuid) -> Record {
        Record { state: State::Clue, agreed: None, in_charge, moving: None, death: None }
    }

    /// A person whom a psychiatrist diagnosed and whose institution reported.
    #[must_use]
    pub fn reported(in_charge: Uuid) -> Record {
        Record { state: State::Reported, ..Record::clue(in_charge) }
    }

    /// Registered (在册): diagnosed, not excluded, alive and not abroad. Whoever died counts in the figures of that year.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        let before_diagnosis = matches!(self.state, State::Clue | State::Reviewed);
        !before_diagnosis && !self.is_closed()
    }

    /// Closed by death, by an excluded diagnosis or by a move abroad (local default).
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Excluded | State::Deceased) || self.is_abroad()
    }

    /// Moved abroad.
    #[must_use]
    pub fn is_abroad(&self) -> bool {
        self.state == State::Moved && self.moving.is_some_and(|leaving| leaving.to == Destination::Abroad)
    }

    /// The institution that is asked to accept.
    fn receiver(&self) -> Option<Uuid> {
        match self.moving?.to {
            Destination::Institution(receiver) => Some(receiver),
            Destination::Abroad => None,
        }
    }

    /// Where somebody comes back to from a hospital, a move or from being lost: managed, or registered only without consent.
    fn back(&self) -> State {
        if self.agreed == Some(true) { State::Managed } else { State::RegisteredOnly }
    }

    /// The record after a step. Until a move is accepted the sender stays in charge.
    ///
    /// # Errors
    /// The step is not possible in this state, or not for this institution.
    pub fn take(&self, step: &Step) -> Result<Record, Refusal> {
        if !step.from().contains(&self.state) {
            return Err(Refusal::new(RULE, "wrong_state").with("state", self.state.code()));
        }
        let mut next = self.clone();
        match step {
            Step::Review => next.state = State::Reviewed,
            Step::Report => next.state = State::Reported,
            Step::Receive { by } => {
                next.state = State::Received;
                next.in_charge = *by;
            }
            Step::Agree => next.settle(true),
            Step::Disagree => next.settle(false),
            Step::Lose { .. } => next.state = State::Lost,
            Step::Find | Step::Discharge => next.state = self.back(),
            Step::Admit => next.state = State::Hospital,
            Step::MoveOut { leaving } => next.leave(*leaving)?,
            Step::AcceptMove { by } => {
                self.answers(*by)?;
                next.in_charge = *by;
                next.arrive();
            }
            Step::DeclineMove { by } => {
                self.answers(*by)?;
                next.arrive();
            }
            Step::ComeBack if self.is_abroad() => next.arrive(),
            Step::ComeBack => return Err(Refusal::new(RULE, "not_abroad")),
            Step::Exclude => next.end(State::Excluded),
            Step::Die { death } => {
                next.end(State::Deceased);
                next.death = Some(death.clone());
            }
        }
        Ok(next)
    }

    fn settle(&mut self, agreed: bool) {
        self.agreed = Some(agreed);
        self.state = self.back();
    }

    fn leave(&mut self, leaving: Move) -> Result<(), Refusal> {
        if leaving.to == Destination::Institution(self.in_charge) {
            return Err(Refusal::new(RULE, "same_institution"));
        }
        self.state = State::Moved;
        self.moving = Some(leaving);
        Ok(())
    }

    fn arrive(&mut self) {
        self.state = self.back();
        self.moving = None;
    }

    fn end(&mut self, state: State) {
        self.state = state;
        self.moving = None;
    }

    fn answers(&self, by: Uuid) -> Result<(), Refusal> {
        if self.receiver() == Some(by) { Ok(()) } else { Err(Refusal::new(RULE, "not_the_receiver")) }
    }
}

/// Who is told of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// Comprehensive management group of the township.
    ManagementGroup,
    /// Technical institution of the county.
    CountyInstitution,
    /// The institution that receives the person.
    Receiver,
}

/// Who is told in writing: of a person who is lost, of one who refuses although risk or an incident speaks for care, of a move.
#[must_use]
pub fn told(step: &Step, risk: RiskGrade, had_incident: bool) -> &'static [Recipient] {
    match step {
        Step::Lose { .. } => &[Recipient::ManagementGroup, Recipient::CountyInstitution],
        Step::Disagree if risk.is_dangerous() || had_incident => &[Recipient::ManagementGroup],
        Step::MoveOut { leaving } if leaving.to != Destination::Abroad => &[Recipient::Receiver],
        _ => &[],
    }
}
