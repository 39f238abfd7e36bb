//! One row of civil affairs' list of service talent: a new draft, or an update of the record it names.

use super::{
    Talent,
    profile::{self, TalentEntry, TalentProfile},
};
use crate::{
    App,
    db::Tx,
    error::{Error, Result},
    id::Id,
    institution::{
        Imported, Judged,
        library::{self, Done, Library},
        outside,
    },
    p,
    scope::Scope,
};
use rules::{
    account::Role,
    clock::china_date,
    institution::{keeping::Editable, library::LibraryState},
};
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

/// A profile with the identity number of its row.
pub type Numbered = (TalentProfile, Option<String>);

/// Says what taking one row of a civil-affairs list would do, and changes nothing. The identity number names the
/// record.
///
/// # Errors
/// The caller is not civil affairs; every field that is wrong, at once; the record lies outside the caller's area, or
/// is under review or has left the library.
pub async fn judge(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    row: &TalentRow,
) -> Result<Judged<Talent, Numbered>> {
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
        let read = profile::read(&app.divisions, tx, &entry, false, today).await?;
        if !scope.area.holds(read.0.division) {
            return Err(outside(read.0.division));
        }
        return Ok(Judged::Add(Box::new(read)));
    };
    let found = match super::load(app, tx, scope, id).await {
        Err(Error::NotFound) => return Err(Error::invalid("identity_number", "talent_elsewhere")),
        other => other?,
    };
    let (read, _) = profile::read(&app.divisions, tx, &merged(&found.profile, &entry), false, today).await?;
    let begins_again = found.entry.state == LibraryState::TakenBack;
    if !begins_again && library::changes(Some(&found.profile), &read)?.is_empty() {
        return Ok(Judged::Unchanged(id));
    }
    rules::institution::keeping::editable(&found.entry, &scope.actor())?;
    if !scope.area.holds(read.division) {
        return Err(outside(read.division));
    }
    Ok(Judged::Update(Box::new(found), Box::new((read, None))))
}

/// Takes a judged row in. Runs inside the import's transaction.
///
/// # Errors
/// Somebody changed the record since it was judged.
pub async fn take(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    judged: Judged<Talent, Numbered>,
) -> Result<Imported> {
    match judged {
        Judged::Unchanged(id) => Ok(Imported::Unchanged(id)),
        Judged::Add(read) => {
            let (profile, number) = *read;
            Ok(Imported::Added(super::insert(app, tx, scope, &profile, number).await?))
        }
        Judged::Update(found, read) => {
            super::write(app, tx, scope, &found, &read.0, None).await?;
            let again = found.entry.state == LibraryState::TakenBack;
            Ok(if again { Imported::Added(found.id) } else { Imported::Updated(found.id) })
        }
    }
}

/// Takes one row of a civil-affairs list: judged and taken in, inside the import's transaction.
///
/// # Errors
/// As [`judge`].
pub async fn import_row(app: &App, tx: &mut Tx, scope: &Scope, row: &TalentRow) -> Result<Imported> {
    let judged = judge(app, tx, scope, row).await?;
    take(app, tx, scope, judged).await
}

/// Takes back what one row of a list did to a record, as for institutions. A certificate that the row had changed
/// stays to be checked again.
pub(crate) async fn take_back(app: &App, tx: &mut Tx, scope: &Scope, done: &Done) -> Result<bool> {
    let found = match super::load(app, tx, &Scope::system(), done.subject).await {
        Err(Error::NotFound) => return Ok(false),
        other => other?,
    };
    if done.added {
        let begun = (Library::Talent, found.entry, found.version);
        return library::take_out(app, tx, scope, begun, done).await;
    }
    if rules::institution::keeping::editable(&found.entry, &scope.actor()) != Ok(Editable::All) {
        return Ok(false);
    }
    let (profile, whole) = library::reverted(tx, &found.profile, done).await?;
    super::write(app, tx, scope, &found, &profile, None).await?;
    Ok(whole)
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
        certificate_until: text(&row.certificate_until, old.certificate_until),
        institution: text(&row.institution, old.institution),
        division: text(&row.division, old.division),
        services: if row.services.is_empty() { old.services } else { row.services.clone() },
        pledge_on: text(&row.pledge_on, old.pledge_on),
    }
}
