//! The discharge slip: birth, diagnosis, admission, discharge and today fit; drugs have doses.

use super::{
    Around, Fault,
    read::{Written, fault},
};

/// What does not fit between the fields of a slip.
pub(super) fn faults(written: &Written<'_>, around: &Around<'_>) -> Vec<Fault> {
    let mut found = written.identity(around);
    found.extend(
        written.in_future(&["admitted_on", "discharged_on", "diagnosed_on", "reported_on"], around.today),
    );
    found.extend(written.not_whole(&["admissions"]));
    found.extend(written.exclusive("danger"));
    found.extend(written.icd10(around));
    found.extend(written.drugs("inpatient_drugs"));
    found.extend(written.drugs("drugs"));
    let [admitted, discharged, diagnosed, reported] =
        ["admitted_on", "discharged_on", "diagnosed_on", "reported_on"].map(|key| written.day(key));
    let born = written.born(around);
    let before = |first: Option<_>, second: Option<_>| first.zip(second).is_some_and(|(a, b)| a < b);
    let rows = [
        (before(admitted, born), "admitted_on", "before_birth"),
        (before(diagnosed, born), "diagnosed_on", "before_birth"),
        (before(discharged, admitted), "discharged_on", "before_admission"),
        (before(discharged, diagnosed), "diagnosed_on", "after_discharge"),
        (before(reported, discharged), "reported_on", "before_discharge"),
    ];
    found.extend(rows.into_iter().filter(|(wrong, ..)| *wrong).map(|(_, field, code)| fault(field, code)));
    found
}
