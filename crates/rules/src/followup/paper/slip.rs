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
    found.extend(written.before_birth(&["admitted_on", "diagnosed_on"], around));
    let rows = [
        (written.lies_before(["discharged_on", "admitted_on"]), "discharged_on", "before_admission"),
        (written.lies_before(["discharged_on", "diagnosed_on"]), "diagnosed_on", "after_discharge"),
        (written.lies_before(["reported_on", "discharged_on"]), "reported_on", "before_discharge"),
    ];
    found.extend(rows.into_iter().filter(|(wrong, ..)| *wrong).map(|(_, field, code)| fault(field, code)));
    found
}
