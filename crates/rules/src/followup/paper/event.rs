//! What is written of a day: an exchange of information with others (form 9), an incident (form 13).

use super::{
    Around, Fault,
    read::{Written, fault},
};

/// What does not fit on an exchange of information.
pub(super) fn exchange(written: &Written<'_>, around: &Around<'_>) -> Vec<Fault> {
    written.in_future(&["exchanged_on", "reported_on"], around.today)
}

/// What does not fit on the survey of an incident.
pub(super) fn incident(written: &Written<'_>, around: &Around<'_>) -> Vec<Fault> {
    let mut found = written.in_future(&["occurred_on", "last_visited_on", "reported_on"], around.today);
    found.extend(written.clock("occurred_at"));
    found.extend(written.not_whole(&["injured", "dead", "past_incidents"]));
    found.extend(written.exclusive("victims"));
    found.extend(written.before_birth(&["occurred_on"], around));
    let rows = [
        (written.lies_before(["occurred_on", "last_visited_on"]), "last_visited_on", "after_incident"),
        (written.lies_before(["reported_on", "occurred_on"]), "reported_on", "before_incident"),
    ];
    found.extend(rows.into_iter().filter(|(wrong, ..)| *wrong).map(|(_, field, code)| fault(field, code)));
    found
}
