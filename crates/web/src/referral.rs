//! Referral on pages: lists, the case, what may be done with it, the application, the choice, paper.

pub(crate) mod act;
pub(crate) mod answers;
pub(crate) mod apply;
pub(crate) mod choose;
pub(crate) mod command_form;
pub(crate) mod consent;
pub(crate) mod contact;
mod desk;
pub(crate) mod known;
pub(crate) mod list;
pub(crate) mod page;
pub(crate) mod paper;
pub(crate) mod paper_file;
pub(crate) mod reading;
pub(crate) mod telling;
pub(crate) mod timeline;
pub(crate) mod unsent;
pub(crate) mod words;

use rules::referral::CommandName;

/// The command of a code.
pub(crate) fn command(code: &str) -> Option<CommandName> {
    CommandName::ALL.iter().copied().find(|name| name.code() == code)
}
