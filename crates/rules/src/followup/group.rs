//! The comprehensive management group (精神卫生综合管理小组, 关爱帮扶小组) of a township: who belongs to it, and whose case is handed
//! to it.
//!
//! Every township has one, with leader, police, civil affairs, the Disabled Persons' Federation, the health centre, villages and grid
//! workers (National Mental Health Work Plan 2015–2020; tasks of the pilots, 2021). Handed over is who has risk 3 or higher or caused
//! an incident, and who is lost (work norm, 2018). The group learns the risk grade, never the diagnosis.

use super::register::{Record, State};
use super::risk::RiskGrade;
use crate::Refusal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The rule behind every refusal here.
const RULE: &str = "SMD-GROUP";

/// What somebody is in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Office {
    /// Leader: of the township's government.
    Leader,
    /// Police.
    Police,
    /// Civil affairs.
    CivilAffairs,
    /// Disabled Persons' Federation.
    Federation,
    /// The doctor of the health centre.
    HealthCentre,
    /// Head of a village or residents' committee.
    Village,
    /// Grid worker.
    Grid,
    /// Somebody else, a social worker or a volunteer.
    Other,
}

impl Office {
    /// All of them, in the order of the list.
    pub const ALL: [Office; 8] = [
        Office::Leader,
        Office::Police,
        Office::CivilAffairs,
        Office::Federation,
        Office::HealthCentre,
        Office::Village,
        Office::Grid,
        Office::Other,
    ];

    /// Those without which a group is not complete.
    pub const NEEDED: [Office; 5] =
        [Office::Leader, Office::Police, Office::CivilAffairs, Office::Federation, Office::HealthCentre];

    /// The code as stored and sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Office::Leader => "leader",
            Office::Police => "police",
            Office::CivilAffairs => "civil_affairs",
            Office::Federation => "federation",
            Office::HealthCentre => "health_centre",
            Office::Village => "village",
            Office::Grid => "grid",
            Office::Other => "other",
        }
    }

    /// The office of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Office> {
        Office::ALL.into_iter().find(|office| office.code() == code)
    }
}

/// Offices that nobody fills yet.
#[must_use]
pub fn unfilled(filled: &BTreeSet<Office>) -> Vec<Office> {
    Office::NEEDED.into_iter().filter(|office| !filled.contains(office)).collect()
}

/// Why a case is handed to the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// Risk 3 or higher.
    Risk,
    /// Community management was refused.
    Refused,
    /// Lost to follow-up.
    Lost,
}

impl Ground {
    /// All of them.
    pub const ALL: [Ground; 3] = [Ground::Risk, Ground::Refused, Ground::Lost];

    /// The code as stored and sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Ground::Risk => "risk",
            Ground::Refused => "refused",
            Ground::Lost => "lost",
        }
    }

    /// The ground of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Ground> {
        Ground::ALL.into_iter().find(|ground| ground.code() == code)
    }
}

/// Why this record is handed to the group now.
///
/// # Errors
/// Nothing asks for it: a stable person who agreed is nobody's case but the doctor's.
pub fn ground(record: &Record, risk: RiskGrade) -> Result<Ground, Refusal> {
    match record.state {
        _ if record.is_closed() || !record.is_registered() => {
            Err(Refusal::new(RULE, "wrong_state").with("state", record.state.code()))
        }
        State::Lost => Ok(Ground::Lost),
        _ if risk.is_dangerous() => Ok(Ground::Risk),
        State::RegisteredOnly => Ok(Ground::Refused),
        _ => Err(Refusal::new(RULE, "no_ground_for_group")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn who_is_handed_over() {
        let record = |state| Record { state, agreed: Some(true), ..Record::reported(Uuid::from_u128(1)) };
        let (calm, dangerous) = (RiskGrade::SmashingAtHome, RiskGrade::Smashing);
        let rows = [
            (State::Managed, calm, Err("no_ground_for_group")),
            (State::Managed, dangerous, Ok(Ground::Risk)),
            (State::Hospital, dangerous, Ok(Ground::Risk)),
            (State::RegisteredOnly, calm, Ok(Ground::Refused)),
            (State::RegisteredOnly, dangerous, Ok(Ground::Risk)),
            (State::Lost, calm, Ok(Ground::Lost)),
            (State::Clue, dangerous, Err("wrong_state")),
            (State::Deceased, dangerous, Err("wrong_state")),
            (State::Excluded, dangerous, Err("wrong_state")),
        ];
        for (state, risk, expected) in rows {
            let found = ground(&record(state), risk).map_err(|refusal| refusal.code);
            assert_eq!(found, expected.map_err(str::to_owned), "{state:?} {risk:?}");
        }
    }

    #[test]
    fn offices_that_are_not_filled() {
        assert_eq!(unfilled(&BTreeSet::new()), Office::NEEDED);
        assert_eq!(unfilled(&Office::ALL.into()), []);
        assert_eq!(unfilled(&[Office::Leader, Office::Grid].into()).len(), 4);
        for office in Office::ALL {
            assert_eq!(Office::of_code(office.code()), Some(office));
        }
        for ground in Ground::ALL {
            assert_eq!(Ground::of_code(ground.code()), Some(ground));
        }
    }
}
