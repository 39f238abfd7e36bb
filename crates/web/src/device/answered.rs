//! What a phone is told about the visits that it sent: a receipt, a question, what stands there now, or what is wrong, in the
//! holder's words.

use crate::{failure::told, followup::problem_text, language::Language};
use app::{
    Error, Problem,
    device::{Answered, LastVisit, Outcome},
};
use axum::http::StatusCode;
use jiff::{Timestamp, civil::Date};
use rules::offline::{ClockFault, Difference};
use serde::Serialize;
use uuid::Uuid;

/// Something wrong with a record.
#[derive(Debug, Serialize)]
pub(crate) struct FaultDocument {
    pub(super) fields: Vec<String>,
    pub(super) text: String,
}

/// What became of a visit.
#[derive(Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum OutcomeDocument {
    /// It is recorded.
    Taken { version: i64, class: Option<u8>, rule: Option<String>, next_due: Option<Date>, repeated: bool },
    /// The holder must look at its day.
    Asked {
        #[serde(flatten)]
        fault: ClockFault,
    },
    /// Somebody changed the record meanwhile.
    Conflict { version: i64, last: Option<Box<LastVisit>> },
    /// It is faulty.
    Faulty { faults: Vec<FaultDocument> },
    /// The record is not in the holder's charge.
    Gone,
    /// The rules say no.
    Refused { text: String },
    /// The server could not take it now.
    Later { number: Option<String> },
}

/// The answer to one record.
#[derive(Debug, Serialize)]
pub(crate) struct AnswerDocument<T> {
    id: Uuid,
    #[serde(flatten)]
    outcome: T,
}

/// The answers to all.
#[derive(Debug, Serialize)]
pub(crate) struct AnsweredDocument<T> {
    now: Timestamp,
    clock: Difference,
    answers: Vec<AnswerDocument<T>>,
}

/// Puts each answer into the holder's words.
pub(super) fn in_words<O, T>(found: Answered<O>, one: impl Fn(O) -> T) -> AnsweredDocument<T> {
    let answer = |(id, outcome)| AnswerDocument { id, outcome: one(outcome) };
    AnsweredDocument {
        now: found.now,
        clock: found.clock,
        answers: found.answers.into_iter().map(answer).collect(),
    }
}

/// Puts the answers to visits into the holder's words.
pub(super) fn answered(language: Language, found: Answered<Outcome>) -> AnsweredDocument<OutcomeDocument> {
    in_words(found, |outcome| one(language, outcome))
}

/// The number under which something broken is logged; nothing where a busy server is asked again.
pub(super) fn number(error: &Error) -> Option<String> {
    let shown = told(error);
    let broken = shown.status == StatusCode::INTERNAL_SERVER_ERROR;
    shown.number.filter(|_| broken)
}

fn one(language: Language, outcome: Outcome) -> OutcomeDocument {
    match outcome {
        Outcome::Taken(receipt) => OutcomeDocument::Taken {
            version: receipt.version,
            class: receipt.class.map(|class| class.code()),
            rule: receipt.rule,
            next_due: receipt.next_due,
            repeated: receipt.repeated,
        },
        Outcome::Asked(fault) => OutcomeDocument::Asked { fault },
        Outcome::Conflict { version, last } => OutcomeDocument::Conflict { version, last },
        Outcome::Not(Error::Invalid(problems)) => OutcomeDocument::Faulty {
            faults: problems.iter().map(|problem| fault(language, problem)).collect(),
        },
        Outcome::Not(Error::NotFound | Error::Forbidden) => OutcomeDocument::Gone,
        Outcome::Not(Error::Refused(refusal)) => {
            OutcomeDocument::Refused { text: language.refused(&refusal) }
        }
        Outcome::Not(error) => OutcomeDocument::Later { number: number(&error) },
    }
}

fn fault(language: Language, problem: &Problem) -> FaultDocument {
    // It was taken before it was changed on the phone, whose receipt was lost: what to do differs from every other fault.
    let text = if problem.code == "key_reused" {
        language.text("device.taken_before").into_owned()
    } else {
        problem_text(language, problem)
    };
    FaultDocument { fields: vec![problem.field.clone()], text }
}
