//! One row of civil affairs' list of service talent: a new draft, or an update of the record it names.

use super::profile::{self, TalentEntry, TalentProfile};
use crate::{
    App,
    db::Tx,
    error::{Error, Result},
    id::Id,
    institution::{Imported, library},
    p,
    scope::Scope,
};
use rules::{account::Role, clock::china_date};
use serde::{Deserialize, Serialize};

/// A row as the list has it. What a column leaves empty stays as it is in the record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TalentRow {
    /// The profile; its institution may be left out where its credit code is given.
    #[serde(flatten)]
    pub talent: TalentEntry,
    /// Credit code of the institution.
    pub institution_code: String,
}

/// Takes one row of a civil-affairs list. The identity number names the record. Runs inside the import's transaction.
///
/// # Errors
/// The caller is not civil affairs; every field that is wrong, at once; the record lies outside the caller's area.
pub async fn import_row(app: &App, tx: &mut Tx, scope: &Scope, row: &TalentRow) -> Result<Imported> {
    if scope.role != Role::CivilAffairsOfficer {
        return Err(Error::Forbidden);
    }
    let today = china_date(app.now());
    let number = rules::identity_number::check(&row.talent.identity_number, today)
        .map_err(|error| Error::invalid("identity_number", &error.code()))?;
    let mut entry = row.talent.clone();
    if !row.institution_code.trim().is_empty() {
        entry.institution = profile::institution_of(tx, &row.institution_code).await?;
    }
    let index = app.keys.index("identity_number", number.number.as_str());
    let same: Option<(Id,)> = tx.opt("SELECT id FROM talent WHERE identity_index = $1", p![index]).await?;
    let Some((id,)) = same else {
        let (profile, number) = profile::read(&app.divisions, tx, &entry, false, today).await?;
        return Ok(Imported::Added(super::insert(app, tx, scope, &profile, number).await?));
    };
    let found = match super::load(app, tx, scope, id).await {
        Err(Error::NotFound) => return Err(Error::invalid("identity_number", "talent_elsewhere")),
        other => other?,
    };
    let (read, _) = profile::read(&app.divisions, tx, &merged(&found.profile, &entry), false, today).await?;
    if library::changes(Some(&found.profile), &read)?.is_empty() {
        return Ok(Imported::Unchanged(id));
    }
    rules::institution::keeping::editable(&found.entry, &scope.actor())?;
    super::write(app, tx, scope, &found, &read, None).await?;
    Ok(Imported::Updated(id))
}

/// The record's profile with what the row says in place of it.
fn merged(old: &TalentProfile, row: &TalentEntry) -> TalentEntry {
    let old = old.entry();
    let text = |new: &String, old: String| if new.trim().is_empty() { old } else { new.clone() };
    TalentEntry {
        name: text(&row.name, old.name),
        identity_number: String::new(),
        profession: text(&row.profession, old.profession),
        certificate: text(&row.certificate, old.certificate),
        certificate_number: text(&row.certificate_number, old.certificate_number),
        certificate_on: text(&row.certificate_on, old.certificate_on),
        institution: text(&row.institution, old.institution),
        division: text(&row.division, old.division),
        services: if row.services.is_empty() { old.services } else { row.services.clone() },
        pledge_on: text(&row.pledge_on, old.pledge_on),
    }
}
