//! Referral on pages: lists, the case, what may be done with it, the application, the choice, paper.

pub(crate) mod act;
pub(crate) mod answers;
pub(crate) mod apply;
pub(crate) mod choose;
pub(crate) mod command_form;
pub(crate) mod known;
pub(crate) mod list;
pub(crate) mod page;
pub(crate) mod paper;
pub(crate) mod reading;
pub(crate) mod telling;
pub(crate) mod timeline;
pub(crate) mod unsent;
pub(crate) mod words;

use app::{Error, id::Id};
use rules::referral::CommandName;

/// The identifier in an address; what is none is not found.
pub(crate) fn parsed(id: &str) -> Result<Id, Error> {
    id.parse().map_err(|_| Error::NotFound)
}

/// The command of a code.
pub(crate) fn command(code: &str) -> Option<CommandName> {
    CommandName::ALL.iter().copied().find(|name| name.code() == code)
}
