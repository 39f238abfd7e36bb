//! A long form of the follow-up is kept while it is being written: after a closed window, a lost line or an ended session
//! what stood on it stands there again.

use crate::{Site, failure::Failure, form::Posted, referral::unsent, session::Session};
use app::{id::Id, referral::unsent::is_kept};

/// Where a form is kept, and since when what was written before stands on it again.
#[derive(Default)]
pub(crate) struct Kept {
    /// The page's own address; empty where nothing is kept.
    pub place: String,
    /// In words; empty where nothing was restored.
    pub restored: String,
}

impl Kept {
    /// Kept under the address of the page, where that is one of the pages that are kept.
    pub(crate) fn at(place: String) -> Kept {
        Kept { place: if is_kept(&place) { place } else { String::new() }, restored: String::new() }
    }
}

/// The page of a record on which something is written.
pub(crate) fn place(record: Id, page: &str) -> String {
    format!("/followup/records/{record}/{page}")
}

/// The page on which a record is opened, for a person of the register or for none, by a whole paper or in short.
pub(crate) fn opening(person: &str, paper: &str) -> String {
    format!("/followup/records/new?person={person}&paper={paper}")
}

/// What was written on a page and not sent, where it is about the same.
pub(crate) async fn restored(
    site: &Site,
    session: &Session,
    place: &str,
    same: impl FnOnce(&Posted) -> bool,
) -> Result<Option<(Posted, Kept)>, Failure> {
    let written = unsent::restored(site, session, place).await?.filter(|(posted, _)| same(posted));
    Ok(written.map(|(posted, restored)| (posted, Kept { place: place.to_owned(), restored })))
}
