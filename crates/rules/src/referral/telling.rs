//! Telling people who do not read on the platform: the person or guardian without an account, and the police. The
//! delivery of messages is a track of its own beside the decision; that somebody was told moves only that track. Who
//! tells and how is a local default.

use super::case::Delivery;
use crate::contact::ContactWay;
use serde::{Deserialize, Serialize};

/// How somebody was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// By telephone.
    Phone,
    /// By letter.
    Letter,
    /// Face to face.
    InPerson,
}

impl Way {
    /// All ways, the most frequent first.
    pub const ALL: [Way; 3] = [Way::Phone, Way::InPerson, Way::Letter];

    /// The code used in the database, the API and the catalogue.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Way::Phone => "phone",
            Way::Letter => "letter",
            Way::InPerson => "in_person",
        }
    }

    /// The way of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Way> {
        Way::ALL.into_iter().find(|way| way.code() == code)
    }

    /// The ways to reach somebody that it stands for.
    #[must_use]
    pub fn reaches(self) -> &'static [ContactWay] {
        match self {
            Way::Phone => &[ContactWay::Phone],
            Way::Letter => &[ContactWay::Letter],
            Way::InPerson => &[ContactWay::Home, ContactWay::Institution],
        }
    }

    /// How far the message has come: who was spoken to has received it; a letter is only sent.
    #[must_use]
    pub fn delivery(self) -> Delivery {
        match self {
            Way::Phone | Way::InPerson => Delivery::Received,
            Way::Letter => Delivery::Sent,
        }
    }
}

/// Parties that may not read on the platform, by their codes.
pub const OUTSIDERS: [&str; 3] = ["client", "guardian", "police"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_sent_and_who_was_spoken_to_has_received() {
        for (way, delivery) in [
            (Way::Phone, Delivery::Received),
            (Way::InPerson, Delivery::Received),
            (Way::Letter, Delivery::Sent),
        ] {
            assert_eq!((way.delivery(), Way::of_code(way.code())), (delivery, Some(way)));
        }
        assert_eq!(Way::of_code("dream"), None);
    }
}
