//! Who takes which step of a record: the institution in charge, the one that a move asks, the one that diagnosed and reported,
//! and the county's institution for prevention and control (work norm, 2018; who does what beyond it is a local default).

use super::register::{Destination, Record, State};
use crate::Refusal;
use serde::{Deserialize, Serialize};

/// The rule behind every refusal here.
const RULE: &str = "SMD-DESK";

/// How somebody stands to a record. One may stand in several ways at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ties {
    /// Of the institution in charge, or a village or township doctor of the place where the person is managed.
    pub in_charge: bool,
    /// Of the institution that a move asks to accept.
    pub receiver: bool,
    /// Of the institution that diagnosed and reported, or that discharged the person.
    pub reporter: bool,
    /// Of the county's institution.
    pub county: bool,
}

impl Ties {
    /// Whether money, examinations and the management group of a record are kept by somebody who stands so to it.
    #[must_use]
    pub fn keeps(self) -> bool {
        self.in_charge || self.county
    }

    /// Whether something may be done that is for whoever keeps the record.
    ///
    /// # Errors
    /// Somebody else does it.
    pub fn must_keep(self, deed: &str) -> Result<(), Refusal> {
        if self.keeps() { Ok(()) } else { Err(Refusal::new(RULE, "smd_not_yours").with("deed", deed)) }
    }
}

/// What is done at the desk, beside visits and emergencies. `Told` notes that somebody was told in writing, `Profile` changes
/// what is known of the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// A clue is reviewed by the county's specialist.
    Review,
    /// The report card is made.
    Report,
    /// Primary care takes it up.
    Receive,
    /// Community management is agreed to.
    Agree,
    /// It is refused, or consent is taken back.
    Disagree,
    /// Lost to follow-up.
    Lose,
    /// Found again.
    Find,
    /// Admitted.
    Admit,
    /// Discharged.
    Discharge,
    /// Moves away.
    MoveOut,
    /// A move is accepted.
    AcceptMove,
    /// A move is not accepted.
    DeclineMove,
    /// Came back from abroad.
    ComeBack,
    /// The diagnosis is excluded.
    Exclude,
    /// Died.
    Die,
    /// A visit is recorded.
    Visit,
    /// An emergency is recorded.
    Emergency,
}

impl Deed {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Deed; 17] = [
        Deed::Visit,
        Deed::Review,
        Deed::Report,
        Deed::Receive,
        Deed::AcceptMove,
        Deed::DeclineMove,
        Deed::Agree,
        Deed::Disagree,
        Deed::Find,
        Deed::Discharge,
        Deed::Emergency,
        Deed::Admit,
        Deed::Lose,
        Deed::MoveOut,
        Deed::ComeBack,
        Deed::Exclude,
        Deed::Die,
    ];

    /// The code as sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Deed::Review => "review",
            Deed::Report => "report",
            Deed::Receive => "receive",
            Deed::Agree => "agree",
            Deed::Disagree => "disagree",
            Deed::Lose => "lose",
            Deed::Find => "find",
            Deed::Admit => "admit",
            Deed::Discharge => "discharge",
            Deed::MoveOut => "move_out",
            Deed::AcceptMove => "accept_move",
            Deed::DeclineMove => "decline_move",
            Deed::ComeBack => "come_back",
            Deed::Exclude => "exclude",
            Deed::Die => "die",
            Deed::Visit => "visit",
            Deed::Emergency => "emergency",
        }
    }

    /// The deed of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Deed> {
        Deed::ALL.into_iter().find(|deed| deed.code() == code)
    }

    /// Whether the state of the record allows it.
    #[must_use]
    pub fn fits(self, record: &Record) -> bool {
        let state = record.state;
        let at_home = matches!(state, State::Managed | State::RegisteredOnly);
        let asked = state == State::Moved && !record.is_abroad();
        match self {
            Deed::Review => state == State::Clue,
            Deed::Report => state == State::Reviewed,
            Deed::Receive => state == State::Reported,
            Deed::Agree => matches!(state, State::Received | State::RegisteredOnly),
            Deed::Disagree => matches!(state, State::Received | State::Managed),
            Deed::Lose | Deed::Admit | Deed::MoveOut => at_home,
            Deed::Find => state == State::Lost,
            Deed::Discharge => state == State::Hospital,
            Deed::AcceptMove | Deed::DeclineMove => asked,
            Deed::ComeBack => record.is_abroad(),
            Deed::Exclude => !matches!(state, State::Excluded | State::Deceased),
            Deed::Die => state != State::Deceased,
            Deed::Visit => is_visited(record),
            Deed::Emergency => is_visited(record) || matches!(state, State::Reviewed | State::Reported),
        }
    }

    /// Whether somebody who stands so to the record does it.
    #[must_use]
    pub fn is_for(self, ties: Ties) -> bool {
        match self {
            Deed::Review => ties.county,
            Deed::Report => ties.reporter || ties.county,
            Deed::Exclude => ties.reporter || ties.county,
            Deed::AcceptMove | Deed::DeclineMove => ties.receiver,
            Deed::Admit | Deed::Discharge => ties.in_charge || ties.reporter,
            Deed::Die => ties.in_charge || ties.county,
            Deed::Receive
            | Deed::Agree
            | Deed::Disagree
            | Deed::Lose
            | Deed::Find
            | Deed::MoveOut
            | Deed::ComeBack
            | Deed::Visit
            | Deed::Emergency => ties.in_charge,
        }
    }

    /// Whether it may be done now.
    ///
    /// # Errors
    /// Somebody else does it, or not in this state.
    pub fn permit(self, record: &Record, ties: Ties) -> Result<(), Refusal> {
        if !self.is_for(ties) {
            return Err(Refusal::new(RULE, "smd_not_yours").with("deed", self.code()));
        }
        if !self.fits(record) {
            return Err(Refusal::new(RULE, "wrong_state").with("state", record.state.code()));
        }
        Ok(())
    }
}

/// Whether visits are recorded: of everybody whose record primary care took up and that is open. Whoever did not agree is
/// visited where danger asks for it; whoever is lost is found by a visit.
#[must_use]
pub fn is_visited(record: &Record) -> bool {
    match record.state {
        State::Received | State::Managed | State::RegisteredOnly | State::Lost | State::Hospital => true,
        State::Moved => !record.is_abroad(),
        State::Clue | State::Reviewed | State::Reported | State::Excluded | State::Deceased => false,
    }
}

/// What somebody may do with a record now.
#[must_use]
pub fn offers(record: &Record, ties: Ties) -> Vec<Deed> {
    Deed::ALL.into_iter().filter(|deed| deed.permit(record, ties).is_ok()).collect()
}

/// Whether an institution is asked to accept a move.
#[must_use]
pub fn asked_to_accept(record: &Record) -> Option<uuid::Uuid> {
    match record.moving?.to {
        Destination::Institution(receiver) => Some(receiver),
        Destination::Abroad => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::followup::register::{Move, Step};
    use crate::followup::visit::{Death, DeathCause, LostReason};
    use jiff::civil::date;
    use uuid::Uuid;

    const HERE: Uuid = Uuid::from_u128(1);
    const THERE: Uuid = Uuid::from_u128(2);

    fn record(state: State, moving: Option<Destination>) -> Record {
        let moving = moving.map(|to| Move { to, sent: date(2025, 3, 3) });
        Record { state, agreed: Some(true), in_charge: HERE, moving, death: None }
    }

    fn every() -> Vec<Record> {
        let mut all: Vec<Record> = State::ALL
            .into_iter()
            .filter(|state| *state != State::Moved)
            .map(|state| record(state, None))
            .collect();
        all.push(record(State::Moved, Some(Destination::Institution(THERE))));
        all.push(record(State::Moved, Some(Destination::Abroad)));
        all
    }

    /// The step that a deed takes; none for visits and emergencies.
    fn step(deed: Deed) -> Option<Step> {
        let death = Death { on: date(2025, 3, 3), cause: DeathCause::Heart, source: String::new() };
        let leaving = Move { to: Destination::Institution(THERE), sent: date(2025, 3, 3) };
        Some(match deed {
            Deed::Review => Step::Review,
            Deed::Report => Step::Report,
            Deed::Receive => Step::Receive { by: HERE },
            Deed::Agree => Step::Agree,
            Deed::Disagree => Step::Disagree,
            Deed::Lose => Step::Lose { reason: LostReason::Missing },
            Deed::Find => Step::Find,
            Deed::Admit => Step::Admit,
            Deed::Discharge => Step::Discharge,
            Deed::MoveOut => Step::MoveOut { leaving },
            Deed::AcceptMove => Step::AcceptMove { by: THERE },
            Deed::DeclineMove => Step::DeclineMove { by: THERE },
            Deed::ComeBack => Step::ComeBack,
            Deed::Exclude => Step::Exclude,
            Deed::Die => Step::Die { death },
            Deed::Visit | Deed::Emergency => return None,
        })
    }

    #[test]
    fn what_is_offered_is_what_the_register_takes() {
        for record in every() {
            for deed in Deed::ALL {
                let Some(step) = step(deed) else { continue };
                assert_eq!(deed.fits(&record), record.take(&step).is_ok(), "{deed:?} {:?}", record);
                assert_eq!(deed.code(), step.code());
            }
        }
    }

    #[test]
    fn each_does_the_own_part() {
        let in_charge = Ties { in_charge: true, ..Ties::default() };
        let receiver = Ties { receiver: true, ..Ties::default() };
        let reporter = Ties { reporter: true, ..Ties::default() };
        let county = Ties { county: true, ..Ties::default() };
        let moving = record(State::Moved, Some(Destination::Institution(THERE)));
        let managed = record(State::Managed, None);
        use Deed::{
            AcceptMove, Admit, DeclineMove, Die, Disagree, Emergency, Exclude, Lose, MoveOut, Report, Visit,
        };
        let rows: [(&Record, Ties, &[Deed]); 7] = [
            (&managed, in_charge, &[Visit, Disagree, Emergency, Admit, Lose, MoveOut, Die]),
            (&managed, reporter, &[Admit, Exclude]),
            (&managed, county, &[Exclude, Die]),
            (&managed, Ties::default(), &[]),
            (&moving, receiver, &[AcceptMove, DeclineMove]),
            (&moving, in_charge, &[Visit, Emergency, Die]),
            (&record(State::Reviewed, None), reporter, &[Report, Exclude]),
        ];
        for (record, ties, expected) in rows {
            assert_eq!(offers(record, ties), expected, "{ties:?} {record:?}");
        }
        assert_eq!(asked_to_accept(&moving), Some(THERE));
        assert_eq!(asked_to_accept(&record(State::Moved, Some(Destination::Abroad))), None);
        let refusal = Deed::Visit.permit(&managed, county).unwrap_err();
        assert_eq!(refusal.code, "smd_not_yours");
        let refusal = Deed::Visit.permit(&record(State::Deceased, None), in_charge).unwrap_err();
        assert_eq!(refusal.code, "wrong_state");
    }

    #[test]
    fn codes_find_their_way_back() {
        for deed in Deed::ALL {
            assert_eq!(Deed::of_code(deed.code()), Some(deed));
        }
        assert_eq!(Deed::of_code("dance"), None);
    }
}
