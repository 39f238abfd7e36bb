//! The question desk 问询台: a community worker asks, a doctor of a hospital answers in turn. An answer advises and decides nothing: what
//! it proposes becomes a task only where the asker takes it up. Terms and topics are data (`data/question.toml`).

mod personal;
mod table;

pub use personal::{Personal, personal};
pub use table::{QuestionTable, Topic, UrgencyTerm};

use crate::Refusal;
use jiff::{Timestamp, ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

const RULE: &str = "question";

/// Where a question stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionState {
    /// At the desk; nobody has taken it.
    Waiting,
    /// A doctor answers it.
    Taken,
    /// The doctor needs to know more before answering.
    AskedBack,
    /// Answered; the asker has the word.
    Answered,
    /// Over.
    Closed,
}

impl QuestionState {
    /// All of them.
    pub const ALL: [QuestionState; 5] = [
        QuestionState::Waiting,
        QuestionState::Taken,
        QuestionState::AskedBack,
        QuestionState::Answered,
        QuestionState::Closed,
    ];

    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            QuestionState::Waiting => "waiting",
            QuestionState::Taken => "taken",
            QuestionState::AskedBack => "asked_back",
            QuestionState::Answered => "answered",
            QuestionState::Closed => "closed",
        }
    }

    /// The state of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<QuestionState> {
        QuestionState::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// Who somebody is to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Who asked.
    Asker,
    /// The doctor who took it.
    Doctor,
    /// Another doctor of the same desk.
    Desk,
    /// The county's health side, which learns of questions whose term is over.
    County,
}

/// What somebody does with a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionStep {
    /// A doctor of the desk takes it.
    Take,
    /// The doctor gives it back to the desk.
    HandBack,
    /// The doctor answers.
    Answer,
    /// The doctor asks for more.
    AskBack,
    /// The asker says more.
    Add,
    /// The asker is done with it.
    Close,
    /// The asker opens it again.
    Reopen,
    /// The county gives it to another hospital.
    Redirect,
}

impl QuestionStep {
    /// All of them, in the order in which they are offered.
    pub const ALL: [QuestionStep; 8] = [
        QuestionStep::Take,
        QuestionStep::Answer,
        QuestionStep::AskBack,
        QuestionStep::HandBack,
        QuestionStep::Add,
        QuestionStep::Close,
        QuestionStep::Reopen,
        QuestionStep::Redirect,
    ];

    /// The code as sent and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            QuestionStep::Take => "take",
            QuestionStep::HandBack => "hand_back",
            QuestionStep::Answer => "answer",
            QuestionStep::AskBack => "ask_back",
            QuestionStep::Add => "add",
            QuestionStep::Close => "close",
            QuestionStep::Reopen => "reopen",
            QuestionStep::Redirect => "redirect",
        }
    }

    /// The step of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<QuestionStep> {
        QuestionStep::ALL.into_iter().find(|step| step.code() == code)
    }

    /// Whether it says something to the other side; without words it is no such step.
    #[must_use]
    pub fn needs_words(self) -> bool {
        matches!(
            self,
            QuestionStep::Answer | QuestionStep::AskBack | QuestionStep::Add | QuestionStep::Reopen
        )
    }
}

/// What a step does to the term of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    /// It runs on, or stays stopped.
    Keep,
    /// It stops: the other side has the word.
    Stop,
    /// A whole new one begins.
    Begin,
}

/// What the rules know of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Its state.
    pub state: QuestionState,
    /// A doctor has taken it at some time.
    pub has_doctor: bool,
    /// The end of the running term.
    pub due_at: Option<Timestamp>,
    /// The day on which it was closed.
    pub closed_on: Option<Date>,
}

impl Standing {
    /// The term of the answer is over.
    #[must_use]
    pub fn is_late(&self, now: Timestamp) -> bool {
        self.due_at.is_some_and(|due| due < now)
    }
}

/// The state that follows a step, and what becomes of the term.
///
/// # Errors
/// The step is not this side's, not of this state, or comes too late or too early.
pub fn after(
    standing: &Standing,
    step: QuestionStep,
    side: Side,
    (now, today): (Timestamp, Date),
    table: &QuestionTable,
) -> Result<(QuestionState, Term), Refusal> {
    use QuestionState::{Answered, AskedBack, Closed, Taken, Waiting};
    use QuestionStep::{Add, Answer, AskBack, Close, HandBack, Redirect, Reopen, Take};
    let refused = |code: &str| Err(Refusal::new(RULE, code));
    match (step, side) {
        (Take, Side::Desk | Side::Doctor) => match standing.state {
            Waiting => Ok((Taken, Term::Keep)),
            // A colleague who is away must not hold it up: once the term is over, the desk takes over.
            Taken if side == Side::Desk && standing.is_late(now) => Ok((Taken, Term::Keep)),
            Taken => refused("question_taken"),
            _ => refused("question_other_state"),
        },
        (HandBack, Side::Doctor) if standing.state == Taken => Ok((Waiting, Term::Keep)),
        (Answer, Side::Doctor) if matches!(standing.state, Taken | AskedBack | Answered) => {
            Ok((Answered, Term::Stop))
        }
        (AskBack, Side::Doctor) if standing.state == Taken => Ok((AskedBack, Term::Stop)),
        (Add, Side::Asker) => match standing.state {
            Waiting | Taken => Ok((standing.state, Term::Keep)),
            AskedBack | Answered => Ok((Taken, Term::Begin)),
            Closed => refused("question_other_state"),
        },
        (Close, Side::Asker) if standing.state != Closed => Ok((Closed, Term::Stop)),
        (Reopen, Side::Asker) if standing.state == Closed => {
            let last = standing.closed_on.map(|on| on.saturating_add(i32::from(table.reopen_days).days()));
            if last.is_none_or(|last| today > last) {
                return Err(Refusal::new(RULE, "question_reopen_over").with("days", table.reopen_days));
            }
            Ok((if standing.has_doctor { Taken } else { Waiting }, Term::Begin))
        }
        (Redirect, Side::County) if matches!(standing.state, Waiting | Taken) => {
            if standing.is_late(now) {
                Ok((Waiting, Term::Begin))
            } else {
                refused("question_not_late")
            }
        }
        (HandBack | Answer | AskBack, Side::Doctor)
        | (Close | Reopen, Side::Asker)
        | (Redirect, Side::County) => refused("question_other_state"),
        _ => refused("question_not_yours"),
    }
}

/// Whether a question closes by itself: the asker has had the word for as many days as the table says.
#[must_use]
pub fn closes_itself(state: QuestionState, since: Date, today: Date, table: &QuestionTable) -> bool {
    let last = since.saturating_add(i32::from(table.close_after_days).days());
    matches!(state, QuestionState::AskedBack | QuestionState::Answered) && today > last
}

/// What an answer may propose. It decides nothing: the asker takes it up or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proposal {
    /// Something for the asker to do.
    Task,
    /// To bring the person to a hospital, in the ordinary way of medical referral.
    MedicalReferral,
}

impl Proposal {
    /// All of them.
    pub const ALL: [Proposal; 2] = [Proposal::Task, Proposal::MedicalReferral];

    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Proposal::Task => "task",
            Proposal::MedicalReferral => "medical_referral",
        }
    }

    /// The proposal of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Proposal> {
        Proposal::ALL.into_iter().find(|one| one.code() == code)
    }
}

#[cfg(test)]
mod tests;
