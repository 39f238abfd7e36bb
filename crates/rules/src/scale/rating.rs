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

#[cfg(test)]
mod tests {
    use super::*;

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
