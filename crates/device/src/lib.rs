//! The rules that a phone applies without a network. A question and its answer are JSON texts; the same functions of the crate
//! `rules` answer on the server, so that what fits on the phone fits there, too.
//!
//! [`answer`] is the whole of it. On a phone it is called through the three functions of [`door`], compiled to WebAssembly:
//! `cargo xtask device` builds the module that lies in `crates/web/assets/device/`.

mod door;
mod session;
mod visit;

pub use session::{SessionLooked, SessionQuestion, look_at_session};
pub use visit::{Looked, VisitQuestion, look};

use rules::offline::{Merged, merge};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Question {
    /// What fits and what does not in the record of a visit, its class and the latest day of the next one.
    Visit(Box<VisitQuestion>),
    /// What fits and what does not in a session, and when it began and ended.
    Session(Box<SessionQuestion>),
    /// What comes out where two people wrote apart.
    Merge {
        /// What stood there when both began.
        base: Map<String, Value>,
        /// What was written on the device.
        mine: Map<String, Value>,
        /// What stands on the server.
        theirs: Map<String, Value>,
    },
}

/// Answers a question.
///
/// # Errors
/// The question is not understood; the message says why.
pub fn reply(question: Question) -> Result<Value, String> {
    let value = match question {
        Question::Visit(asked) => serde_json::to_value(look(&asked)?),
        Question::Session(asked) => serde_json::to_value(look_at_session(&asked)),
        Question::Merge { base, mine, theirs } => {
            serde_json::to_value::<Merged>(merge(&base, &mine, &theirs))
        }
    };
    value.map_err(|fault| fault.to_string())
}

/// Answers a text with a text. What is not understood is answered with `{"error": why}`.
#[must_use]
pub fn answer(question: &str) -> String {
    let read: Result<Question, String> = serde_json::from_str(question).map_err(|fault| fault.to_string());
    let value = read.and_then(reply).unwrap_or_else(|fault| json!({ "error": fault }));
    value.to_string()
}
