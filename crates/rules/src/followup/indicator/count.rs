//! What is counted.

use serde::{Deserialize, Serialize};

/// A count of persons, events or days; the words of `data/followup_indicators.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// Resident population.
    Population,
    /// Counties.
    Counties,
    /// Counties that manage severe mental disorders.
    CountiesWorking,
    /// Registered.
    Registered,
    /// Managed.
    Managed,
    /// Managed as the norm asks.
    StandardManaged,
    /// Met face to face once at least.
    FaceToFace,
    /// Met face to face at every visit that was due.
    FaceToFaceAlways,
    /// Took drugs at any time.
    Medicated,
    /// Took drugs as ordered at every visit.
    RegularlyMedicated,
    /// With schizophrenia.
    Schizophrenia,
    /// With schizophrenia, took drugs at any time.
    SchizophreniaMedicated,
    /// With a class at every visit.
    Classified,
    /// Stable or basically stable at every visit.
    Stable,
    /// Managed persons who broke public order.
    TroublePersons,
    /// Managed persons who did serious harm.
    HarmPersons,
    /// Times that public order was broken.
    TroubleEvents,
    /// Times that serious harm was done.
    HarmEvents,
    /// Days under management.
    ManagedDays,
    /// Days in the register.
    RegisteredDays,
    /// Managed persons who agreed to be examined.
    ExaminationAgreed,
    /// Of these, examined.
    Examined,
    /// Lost.
    Lost,
    /// Died in the period.
    Died,
    /// Locked up.
    LockedUp,
    /// With a health record.
    RecordOpened,
    /// Who agreed to community management.
    Agreed,
    /// Living at home.
    AtHome,
    /// Living at home, took part in rehabilitation.
    AtHomeRehabilitated,
    /// Reports due.
    ReportsDue,
    /// Reports in time.
    ReportsInTime,
    /// Persons whose onset and first treatment are known.
    UntreatedPersons,
    /// Days between onset and first treatment.
    UntreatedDays,
}
