//! Consent to community management (form 5) and to emergency handling (form 11).

use super::{
    Around, Fault,
    read::{Written, fault},
};

/// What does not fit on the consent to community management.
pub(super) fn management(written: &Written<'_>, around: &Around<'_>) -> Vec<Fault> {
    let mut found = written.identity(around);
    found.extend(written.in_future(&["consent_on", "reported_on"], around.today));
    found.extend(written.before_birth(&["consent_on"], around));
    found
}

/// What does not fit on the consent to emergency handling. What is signed afterwards is signed on a later day or the same; before it
/// happened nothing is signed.
pub(super) fn emergency(written: &Written<'_>, around: &Around<'_>) -> Vec<Fault> {
    let mut found = written.in_future(&["born_on", "occurred_on", "signed_on", "reported_on"], around.today);
    found.extend(written.clock("occurred_at"));
    if written.yes("risks_explained") == Some(false) && written.text("emergency_consent") == "agree" {
        found.push(fault("risks_explained", "consent_unexplained"));
    }
    if written.lies_before(["signed_on", "occurred_on"]) {
        found.push(fault("signed_on", "before_incident"));
    }
    found
}
