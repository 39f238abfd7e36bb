//! What a case manager's phone is told about the sessions that it sent: a receipt, a question, who recorded it meanwhile, who left the
//! caseload, or what is wrong, in the holder's words.

use super::answered::{AnsweredDocument, FaultDocument, in_words, number};
use crate::language::Language;
use app::{
    Error, Problem,
    device::{Answered, SessionOutcome},
    id::Id,
};
use jiff::Timestamp;
use rules::offline::ClockFault;
use serde::Serialize;

/// What became of a session.
#[derive(Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum SessionOutcomeDocument {
    /// It is recorded.
    Taken { session: Id, repeated: bool },
    /// The holder must look at its day.
    Asked {
        #[serde(flatten)]
        fault: ClockFault,
    },
    /// Somebody recorded the planned session meanwhile.
    Conflict { by: String, at: Option<Timestamp> },
    /// It is faulty.
    Faulty { faults: Vec<FaultDocument> },
    /// These persons are not in the holder's charge any more.
    Gone { cases: Vec<Id> },
    /// The rules say no, as where somebody is elsewhere at that time.
    Refused { text: String },
    /// The server could not take it now.
    Later { number: Option<String> },
}

/// Puts the answers into the holder's words.
pub(super) fn answered(
    language: Language,
    found: Answered<SessionOutcome>,
) -> AnsweredDocument<SessionOutcomeDocument> {
    in_words(found, |outcome| one(language, outcome))
}

fn one(language: Language, outcome: SessionOutcome) -> SessionOutcomeDocument {
    match outcome {
        SessionOutcome::Taken { id, repeated } => SessionOutcomeDocument::Taken { session: id, repeated },
        SessionOutcome::Asked(fault) => SessionOutcomeDocument::Asked { fault },
        SessionOutcome::Conflict { by, at } => SessionOutcomeDocument::Conflict { by, at },
        SessionOutcome::Gone(cases) => SessionOutcomeDocument::Gone { cases },
        SessionOutcome::Not(Error::Invalid(problems)) => SessionOutcomeDocument::Faulty {
            faults: problems.iter().map(|problem| fault(language, problem)).collect(),
        },
        SessionOutcome::Not(Error::Refused(refusal)) => {
            SessionOutcomeDocument::Refused { text: language.refused(&refusal) }
        }
        SessionOutcome::Not(Error::NotFound | Error::Forbidden) => {
            SessionOutcomeDocument::Gone { cases: Vec::new() }
        }
        SessionOutcome::Not(error) => SessionOutcomeDocument::Later { number: number(&error) },
    }
}

fn fault(language: Language, problem: &Problem) -> FaultDocument {
    // Of the only person at a session the phone asks as of the session.
    let (field, word) = match problem.field.rsplit_once("fields.") {
        Some((_, key)) => (format!("fields.{key}"), "fields"),
        None => (problem.field.clone(), problem.field.as_str()),
    };
    // It was taken before it was changed on the phone, whose receipt was lost: what to do differs from every other fault.
    let text = if problem.code == "key_reused" {
        language.text("device.session_taken_before").into_owned()
    } else {
        let said = language.problem(&problem.code, &problem.values);
        language.pair(&language.code("care_field", word), &said)
    };
    FaultDocument { fields: vec![field], text }
}
