//! A clue (form 1) and its review (form 2): what was seen, and what the county's specialist concludes of it.

use super::{Around, Fault, read::Written};

/// What does not fit on the questionnaire.
pub(super) fn survey(written: &Written<'_>, around: &Around<'_>) -> Vec<Fault> {
    let mut found = written.in_future(&["born_on", "reported_on"], around.today);
    found.extend(written.exclusive("signs"));
    found
}

/// What does not fit on the review.
pub(super) fn review(written: &Written<'_>, around: &Around<'_>) -> Vec<Fault> {
    let mut found = written.in_future(&["born_on", "diagnosed_on", "reported_on"], around.today);
    found.extend(written.before_birth(&["diagnosed_on"], around));
    found
}
