//! The scales that are part of the programme (`data/scales`).

use std::collections::BTreeMap;

use super::Scale;
use crate::embedded::DataError;

macro_rules! scales { ($($id:literal)*) => {
    /// Every scale that is part of the programme: its id and the text of its file.
    pub const SCALES: &[(&str, &str)] =
        &[$(($id, include_str!(concat!("../../../../data/scales/", $id, ".json")))),*];
} }

scales! {
    "phq-2" "phq-9" "gad-7" "phq-15" "who-5" "k6" "k6-1-5" "k10" "epds" "gds-15" "audit" "audit-c" "whodas-12" "psp" "sdss" "itaq"
    "bprs" "adl" "iadl" "isi" "c-ssrs" "local-psychosocial" "local-social-adaptation" "local-daily-living"
    "local-mental-status"
}

/// The scale of an id; nothing where there is none.
///
/// # Errors
/// When its file is faulty; a test keeps all of them sound.
pub fn embedded(id: &str) -> Result<Option<Scale>, DataError> {
    let known = SCALES.iter().find(|(known, _)| *known == id);
    known.map(|(id, text)| read(id, text)).transpose()
}

/// All of them, by their ids.
///
/// # Errors
/// When a file is faulty; a test keeps all of them sound.
pub fn all() -> Result<BTreeMap<&'static str, Scale>, DataError> {
    SCALES.iter().map(|(id, text)| Ok((*id, read(id, text)?))).collect()
}

fn read(id: &str, text: &str) -> Result<Scale, DataError> {
    let file = format!("data/scales/{id}.json");
    let (scale, _) = Scale::parse(&file, text)?;
    if scale.definition().id == id { Ok(scale) } else { Err(DataError::new(&file, "holds another scale")) }
}
