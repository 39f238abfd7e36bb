//! Answers of a printed form, each with the number beside its box.

use thiserror::Error;

/// A number that no box of the form has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the form has no answer {0}")]
pub struct NoSuchAnswer(pub u8);

/// Declares the answers to one question of a form; stored and sent as their numbers.
macro_rules! coded {
    ($(#[$about:meta])* $name:ident { $($(#[$said:meta])* $answer:ident = $code:literal,)* }) => {
        $(#[$about])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        #[serde(into = "u8", try_from = "u8")]
        pub enum $name { $($(#[$said])* $answer,)* }

        impl $name {
            /// All answers, in the order of the form.
            pub const ALL: &[$name] = &[$($name::$answer),*];

            /// The number on the form.
            #[must_use]
            pub const fn code(self) -> u8 {
                match self { $($name::$answer => $code,)* }
            }

            /// The answer with a number.
            #[must_use]
            pub const fn of_code(code: u8) -> Option<$name> {
                match code { $($code => Some($name::$answer),)* _ => None }
            }
        }

        impl From<$name> for u8 {
            fn from(answer: $name) -> u8 { answer.code() }
        }

        impl TryFrom<u8> for $name {
            type Error = $crate::followup::NoSuchAnswer;

            fn try_from(code: u8) -> Result<$name, Self::Error> {
                $name::of_code(code).ok_or($crate::followup::NoSuchAnswer(code))
            }
        }
    };
}
pub(super) use coded;
