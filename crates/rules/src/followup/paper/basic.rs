//! The personal basic information (form 6) of the National Basic Public Health Service Norms.

use super::{
    Around, Fault,
    read::{Written, fault},
};

/// Lists in which *none* stands alone.
const ALONE: [&str; 7] =
    ["allergies", "exposures", "father", "mother", "siblings", "children", "disabilities"];

/// What does not fit on the form.
pub(super) fn faults(written: &Written<'_>, around: &Around<'_>) -> Vec<Fault> {
    let mut found = written.identity(around);
    found.extend(written.in_future(&["reported_on"], around.today));
    found.extend(ALONE.iter().flat_map(|key| written.exclusive(key)));
    let born = written.born(around);
    for (number, row) in (1_usize..).zip(written.rows("diseases")) {
        let Some(since) = row.as_object().and_then(|row| Written(row).day("since")) else { continue };
        let wrong = match born {
            _ if since > around.today => "date_in_future",
            Some(born) if since < born => "before_birth",
            _ => continue,
        };
        found.push(fault(&format!("diseases.{number}.since"), wrong));
    }
    found
}
