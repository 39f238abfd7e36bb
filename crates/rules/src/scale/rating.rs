//! Who may record a result, and how the answers came.

use serde::{Deserialize, Serialize};

use super::definition::Rater;
use crate::account::Role;

/// How the answers came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// On a screen.
    Screen,
    /// On a paper form, entered later.
    Paper,
    /// Asked face to face.
    Interview,
    /// Asked on the telephone.
    Telephone,
}

/// Whether somebody of a role may record what a rater answered or rated. What a doctor rates, a doctor records; the person and those
/// who know the person well are asked by whoever serves them. A local default.
#[must_use]
pub fn may_record(role: Role, rater: Rater) -> bool {
    match rater {
        Rater::Own => matches!(role, Role::Client | Role::Assessor | Role::CaseManager | Role::Doctor),
        Rater::Proxy | Rater::Interviewer | Rater::Trained | Rater::Staff => {
            matches!(role, Role::Assessor | Role::CaseManager | Role::Doctor)
        }
        Rater::Doctor => role == Role::Doctor,
    }
}

/// Whether somebody may take a result back: who recorded it, and whoever may record such a result in the house that did. Nobody's
/// result is taken back by the person whom it is about, but the own answers. A local default.
#[must_use]
pub fn may_void(role: Role, rater: Rater, same_account: bool, same_house: bool) -> bool {
    may_record(role, rater) && (same_account || (same_house && role != Role::Client))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_taken_back_by_who_recorded_it_or_the_same_house() {
        use Role::{Assessor, CaseManager, Client, Doctor, ReferralWorker};
        for (role, rater, same_account, same_house, may) in [
            (Assessor, Rater::Trained, true, true, true),
            (CaseManager, Rater::Trained, false, true, true),
            (CaseManager, Rater::Trained, false, false, false),
            (CaseManager, Rater::Doctor, false, true, false),
            (Doctor, Rater::Doctor, false, true, true),
            (Client, Rater::Own, true, true, true),
            // Accounts of clients are kept by one office.
            (Client, Rater::Own, false, true, false),
            (Client, Rater::Trained, true, true, false),
            (ReferralWorker, Rater::Own, false, true, false),
        ] {
            assert_eq!(may_void(role, rater, same_account, same_house), may, "{role:?} {rater:?}");
        }
    }

    #[test]
    fn each_rater_has_those_who_record() {
        use Role::{Assessor, CaseManager, Client, Doctor};
        let rows: [(Rater, &[Role]); 6] = [
            (Rater::Own, &[Client, Doctor, CaseManager, Assessor]),
            (Rater::Proxy, &[Doctor, CaseManager, Assessor]),
            (Rater::Interviewer, &[Doctor, CaseManager, Assessor]),
            (Rater::Trained, &[Doctor, CaseManager, Assessor]),
            (Rater::Staff, &[Doctor, CaseManager, Assessor]),
            (Rater::Doctor, &[Doctor]),
        ];
        for (rater, roles) in rows {
            for role in Role::ALL {
                assert_eq!(may_record(role, rater), roles.contains(&role), "{rater:?} {role:?}");
            }
        }
    }
}
