//! The states of a case and the seven official steps they belong to.

use serde::{Deserialize, Serialize};

/// Where a case stands. The codes are stable: they are stored with every event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// 草稿: begun, not yet sent.
    Draft,
    /// 已申请: received by the platform, to be checked.
    Submitted,
    /// 待补正: missing items were told once, the applicant is to answer.
    Supplement,
    /// 逾期终止: the applicant did not answer in time.
    Lapsed,
    /// 不予登记: rejected; an objection is possible.
    Rejected,
    /// 已登记: registered, to be referred.
    Registered,
    /// 已转介: offered to an institution, which is to answer.
    Referred,
    /// 轮候: no institution fits for the present.
    Waiting,
    /// 已接收: accepted by an institution, to be assessed.
    Accepted,
    /// 已评估: assessed; if suitable, plan and agreement are to be made.
    Assessed,
    /// 评估不适合: assessed as not suitable.
    NotSuitable,
    /// 已签约: plan and agreement signed.
    Agreed,
    /// 服务中: being served.
    InService,
    /// 暂停: service suspended.
    Suspended,
    /// 转回医院: returned to hospital.
    Hospital,
    /// 拟结案: closure proposed.
    Closing,
    /// 已结案: closed, return visits follow.
    Closed,
    /// 转出: handed over to another county.
    Transferred,
    /// 撤回: withdrawn by the person, or cancelled.
    Withdrawn,
    /// 终止: finished for good.
    Ended,
}

/// The seven steps of the Measures (2023): apply, check and register, refer, assess, serve, evaluate the stage,
/// close and visit again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// 提出申请
    Apply,
    /// 初核登记
    Register,
    /// 康复转介
    Refer,
    /// 综合评估
    Assess,
    /// 服务提供
    Serve,
    /// 阶段性评估
    Evaluate,
    /// 结案与回访
    Close,
}

impl Step {
    /// The seven steps in their official order.
    pub const ALL: [Step; 7] =
        [Step::Apply, Step::Register, Step::Refer, Step::Assess, Step::Serve, Step::Evaluate, Step::Close];

    /// Number of the step, 1 to 7.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Step::Apply => 1,
            Step::Register => 2,
            Step::Refer => 3,
            Step::Assess => 4,
            Step::Serve => 5,
            Step::Evaluate => 6,
            Step::Close => 7,
        }
    }
}

impl State {
    /// All states, in the order of the enumeration.
    pub const ALL: [State; 20] = [
        State::Draft,
        State::Submitted,
        State::Supplement,
        State::Lapsed,
        State::Rejected,
        State::Registered,
        State::Referred,
        State::Waiting,
        State::Accepted,
        State::Assessed,
        State::NotSuitable,
        State::Agreed,
        State::InService,
        State::Suspended,
        State::Hospital,
        State::Closing,
        State::Closed,
        State::Transferred,
        State::Withdrawn,
        State::Ended,
    ];

    /// The case is being decided or served. A closed case is not open, though return visits go on.
    #[must_use]
    pub fn is_open(self) -> bool {
        !self.is_end() && self != State::Closed
    }

    /// Nothing follows, save an objection to a rejection.
    #[must_use]
    pub fn is_end(self) -> bool {
        matches!(
            self,
            State::Lapsed
                | State::Rejected
                | State::NotSuitable
                | State::Transferred
                | State::Withdrawn
                | State::Ended
        )
    }

    /// An institution has taken the case over and not yet let it go.
    #[must_use]
    pub fn is_with_institution(self) -> bool {
        matches!(
            self,
            State::Accepted
                | State::Assessed
                | State::Agreed
                | State::InService
                | State::Suspended
                | State::Hospital
                | State::Closing
        )
    }

    /// The official step shown to the person. Whether a served case is in its stage evaluation depends on the
    /// clock K7; see [`crate::referral::Case::step`].
    #[must_use]
    pub fn step(self) -> Step {
        match self {
            State::Draft | State::Withdrawn => Step::Apply,
            State::Submitted | State::Supplement | State::Lapsed | State::Rejected => Step::Register,
            State::Registered | State::Referred | State::Waiting | State::Transferred => Step::Refer,
            State::Accepted | State::Assessed | State::NotSuitable => Step::Assess,
            State::Agreed | State::InService | State::Suspended | State::Hospital => Step::Serve,
            State::Closing | State::Closed | State::Ended => Step::Close,
        }
    }
}
