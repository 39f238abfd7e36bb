//! One row of civil affairs' list of service institutions: a new draft, or an update of the record it names.

use super::{
    library,
    profile::{self, Profile, ProfileEntry},
    record,
};
use crate::{
    App,
    db::Tx,
    error::{Error, Result},
    id::Id,
    scope::Scope,
};
use rules::{account::Role, clock::china_date};
use serde::{Deserialize, Serialize};

/// A row as the list has it. What a column leaves empty stays as it is in the record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImportRow {
    /// The profile.
    #[serde(flatten)]
    pub profile: ProfileEntry,
    /// Contracted places; only for a new record, later contracts are acts of their own.
    pub contracted: String,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", content = "id", rename_all = "snake_case")]
pub enum Imported {
    /// A new draft.
    Added(Id),
    /// The record changed.
    Updated(Id),
    /// The record says the same already.
    Unchanged(Id),
}

impl Imported {
    /// The record.
    #[must_use]
    pub fn id(self) -> Id {
        match self {
            Imported::Added(id) | Imported::Updated(id) | Imported::Unchanged(id) => id,
        }
    }
}

/// Takes one row of a civil-affairs list. The credit code names the record; where none has it, a draft is added with
/// its organisation. Runs inside the import's transaction, so that a whole list is taken or none of it.
///
/// # Errors
/// The caller is not civil affairs; every field that is wrong, at once; the record lies outside the caller's area.
pub async fn import_row(app: &App, tx: &mut Tx, scope: &Scope, row: &ImportRow) -> Result<Imported> {
    if scope.role != Role::CivilAffairsOfficer {
        return Err(Error::Forbidden);
    }
    let today = china_date(app.now());
    let code = rules::credit_code::check(&row.profile.credit_code)
        .map_err(|error| Error::invalid("credit_code", &error.code()))?;
    let Some(found) = record::by_credit_code(tx, code.code.as_str()).await? else {
        let read: Profile = profile::read(&app.divisions, &row.profile, false, today)?;
        let contracted = contracted(app, &row.contracted)?;
        return Ok(Imported::Added(record::insert(app, tx, scope, &read, contracted).await?));
    };
    if !scope.area.holds(found.profile.division) {
        return Err(Error::invalid("credit_code", "institution_elsewhere"));
    }
    let read = profile::read(&app.divisions, &merged(&found.profile, &row.profile), false, today)?;
    if library::changes(Some(&found.profile), &read)?.is_empty() {
        return Ok(Imported::Unchanged(found.id));
    }
    rules::institution::keeping::editable(&found.entry, &scope.actor())?;
    record::write(app, tx, scope, &found, &read).await?;
    Ok(Imported::Updated(found.id))
}

fn contracted(app: &App, text: &str) -> Result<u32> {
    let most = crate::catalogue::bounds()?.highest_contracted;
    let mut reader = crate::entry::Reader::new(&app.divisions, false);
    let number = reader.number("contracted", text, 0, most);
    reader.finish(number.unwrap_or(0))
}

/// The record's profile with what the row says in place of it.
fn merged(old: &Profile, row: &ProfileEntry) -> ProfileEntry {
    let old = old.entry();
    let text = |new: &String, old: String| if new.trim().is_empty() { old } else { new.clone() };
    let list = |new: &Vec<String>, old: Vec<String>| if new.is_empty() { old } else { new.clone() };
    ProfileEntry {
        name: text(&row.name, old.name),
        credit_code: old.credit_code,
        kind: text(&row.kind, old.kind),
        level: text(&row.level, old.level),
        division: text(&row.division, old.division),
        address: text(&row.address, old.address),
        contact: text(&row.contact, old.contact),
        phone: text(&row.phone, old.phone),
        floor_area: text(&row.floor_area, old.floor_area),
        hours: text(&row.hours, old.hours),
        licence: text(&row.licence, old.licence),
        licence_until: text(&row.licence_until, old.licence_until),
        promise_on: text(&row.promise_on, old.promise_on),
        lowest_age: text(&row.lowest_age, old.lowest_age),
        highest_age: text(&row.highest_age, old.highest_age),
        disorder_groups: list(&row.disorder_groups, old.disorder_groups),
        services: list(&row.services, old.services),
        areas: text(&row.areas, old.areas),
    }
}
