//! How much is let through of what somebody signed in asks for (`data/account.toml`). The bounds leave room for work and
//! none for taking a register away page by page.

use super::Rate;
use crate::embedded::DataError;
use serde::{Deserialize, Serialize};

/// What somebody signed in asks for, as it is bounded. Whatever is asked for counts as a request, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// Anything.
    Request,
    /// Lists and searches of persons, cases and pairs.
    Search,
    /// One named person or case.
    Identified,
    /// Whole numbers, and what is opened in an emergency.
    Reveal,
    /// Files taken away.
    Export,
    /// Lists sent in.
    Import,
    /// Anything that changes something.
    Change,
}

impl Use {
    /// All of them, in the order of the file.
    pub const ALL: [Use; 7] =
        [Use::Request, Use::Search, Use::Identified, Use::Reveal, Use::Export, Use::Import, Use::Change];

    /// The code that is stored and shown by the catalogue.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Use::Request => "request",
            Use::Search => "search",
            Use::Identified => "identified",
            Use::Reveal => "reveal",
            Use::Export => "export",
            Use::Import => "import",
            Use::Change => "change",
        }
    }
}

/// The rates of each use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// Anything.
    pub request: Rate,
    /// Lists and searches.
    pub search: Rate,
    /// One named person or case.
    pub identified: Rate,
    /// Whole numbers.
    pub reveal: Rate,
    /// Files taken away.
    pub export: Rate,
    /// Lists sent in.
    pub import: Rate,
    /// Changes.
    pub change: Rate,
}

impl Rates {
    /// The rate of a use.
    #[must_use]
    pub fn of(&self, what: Use) -> Rate {
        match what {
            Use::Request => self.request,
            Use::Search => self.search,
            Use::Identified => self.identified,
            Use::Reveal => self.reveal,
            Use::Export => self.export,
            Use::Import => self.import,
            Use::Change => self.change,
        }
    }
}

/// The bounds of those signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// Of one account: all its sessions and tokens together.
    pub account: Rates,
    /// Of one token: less, so that a program that runs wild does not shut its account out.
    pub token: Rates,
}

impl Bounds {
    /// Reads a file of an operator, with the tables `account` and `token`.
    ///
    /// # Errors
    /// It is written badly, lacks a rate, or lets nothing through.
    pub fn parse(name: &str, text: &str) -> Result<Self, DataError> {
        let bounds: Self = toml::from_str(text).map_err(|fault| DataError::new(name, fault))?;
        for rates in [bounds.account, bounds.token] {
            for what in Use::ALL {
                let Rate { burst, per_minute } = rates.of(what);
                if burst == 0 || per_minute == 0 {
                    return Err(DataError::new(name, format!("{}: 0 lets nothing through", what.code())));
                }
            }
        }
        Ok(bounds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Limits;

    #[test]
    fn work_has_room_and_a_token_less_than_its_account() {
        let bounds = Limits::embedded().unwrap().signed_in;
        for what in Use::ALL {
            let (account, token) = (bounds.account.of(what), bounds.token.of(what));
            assert!(token.burst > 0 && token.per_minute > 0, "{what:?}");
            assert!(token.burst <= account.burst && token.per_minute < account.per_minute, "{what:?}");
            let all = bounds.account.request;
            assert!(what == Use::Request || account.per_minute < all.per_minute, "{what:?}");
        }
    }

    #[test]
    fn every_use_has_its_own_code() {
        for what in Use::ALL {
            assert_eq!(serde_json::to_value(what).unwrap(), what.code());
        }
    }

    #[test]
    fn a_file_of_an_operator_is_whole_or_refused() {
        let bounds = Limits::embedded().unwrap().signed_in;
        let text = toml::to_string(&bounds).unwrap();
        assert_eq!(Bounds::parse("own", &text).unwrap(), bounds);
        let rate = |rate: Rate| format!("burst = {}", rate.burst);
        for (wrong, named) in [
            (text.replacen(&rate(bounds.account.request), "burst = 0", 1), "request"),
            (text.replace("[token.search]", "[token.seek]"), "seek"),
            (text.replace("[token.search]\nburst", "[token.search]\nbrust"), "brust"),
            (String::new(), "account"),
        ] {
            let told = Bounds::parse("own", &wrong).unwrap_err().to_string();
            assert!(told.contains("own") && told.contains(named), "{told}");
        }
    }
}
