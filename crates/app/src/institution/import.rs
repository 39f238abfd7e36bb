//! One row of civil affairs' list of service institutions: a new draft, or an update of the record it names.

use super::{
    library::{self, Done, Library},
    profile::{self, Profile, ProfileEntry},
    record::{self, Institution},
};
use crate::{
    App,
    db::Tx,
    error::{Error, Problem, Result},
    id::Id,
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

/// What taking a row of a list would do; `R` is the record, `P` its profile as read with what belongs to it.
#[derive(Debug)]
pub enum Judged<R, P> {
    /// Begin a draft.
    Add(Box<P>),
    /// Write the profile of the record.
    Update(Box<R>, Box<P>),
    /// Leave the record as it is.
    Unchanged(Id),
}

/// A profile with the contracted places of its row.
pub type Contracted = (Profile, Option<u32>);

/// Says what taking one row of a civil-affairs list would do, and changes nothing. The credit code names the record;
/// where none has it, a draft with its organisation would be added.
///
/// # Errors
/// The caller is not civil affairs; every field that is wrong, at once; the record lies outside the caller's area, or
/// is under review or has left the library.
pub async fn judge(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    row: &ImportRow,
) -> Result<Judged<Institution, Contracted>> {
    if scope.role != Role::CivilAffairsOfficer {
        return Err(Error::Forbidden);
    }
    let today = china_date(app.now());
    let code = rules::credit_code::check(&row.profile.credit_code)
        .map_err(|error| Error::invalid("credit_code", &error.code()))?;
    let contracted = contracted(app, &row.contracted)?;
    let Some(found) = record::by_credit_code(tx, code.code.as_str()).await? else {
        let read: Profile = profile::read(&app.divisions, &row.profile, false, today)?;
        if !scope.area.holds(read.division) {
            return Err(outside(read.division));
        }
        return Ok(Judged::Add(Box::new((read, contracted))));
    };
    if !scope.area.holds(found.profile.division) {
        return Err(Error::invalid("credit_code", "institution_elsewhere"));
    }
    let read = profile::read(&app.divisions, &merged(&found.profile, &row.profile), false, today)?;
    let begins_again = found.entry.state == LibraryState::TakenBack;
    if !begins_again && library::changes(Some(&found.profile), &read)?.is_empty() {
        return Ok(Judged::Unchanged(found.id));
    }
    rules::institution::keeping::editable(&found.entry, &scope.actor())?;
    if !scope.area.holds(read.division) {
        return Err(outside(read.division));
    }
    Ok(Judged::Update(Box::new(found), Box::new((read, contracted))))
}

/// A division in which the sender keeps no library.
pub(crate) fn outside(division: i64) -> Error {
    let mut problem = Problem::new("division", "division.outside");
    problem.values.push(division.to_string());
    Error::Invalid(vec![problem])
}

/// Takes a judged row in. Runs inside the import's transaction.
///
/// # Errors
/// Somebody changed the record since it was judged.
pub async fn take(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    judged: Judged<Institution, Contracted>,
) -> Result<Imported> {
    match judged {
        Judged::Unchanged(id) => Ok(Imported::Unchanged(id)),
        Judged::Add(read) => {
            let (profile, contracted) = *read;
            let id = record::insert(app, tx, scope, &profile, contracted.unwrap_or(0)).await?;
            Ok(Imported::Added(id))
        }
        Judged::Update(found, read) => {
            let (profile, contracted) = *read;
            let again = found.entry.state == LibraryState::TakenBack;
            record::write(app, tx, scope, &found, &profile).await?;
            if let Some(places) = contracted.filter(|places| again && *places != found.places.contracted) {
                record::contract_of_list(app, tx, scope, found.id, places).await?;
            }
            Ok(if again { Imported::Added(found.id) } else { Imported::Updated(found.id) })
        }
    }
}

/// Takes one row of a civil-affairs list: judged and taken in, inside the import's transaction.
///
/// # Errors
/// As [`judge`].
pub async fn import_row(app: &App, tx: &mut Tx, scope: &Scope, row: &ImportRow) -> Result<Imported> {
    let judged = judge(app, tx, scope, row).await?;
    take(app, tx, scope, judged).await
}

/// Takes back what one row of a list did to a record: a draft that it began and nobody touched since is taken out of
/// the library; fields that it changed and that still say what it said say again what they said before. Returns
/// whether all of it is taken back.
pub(crate) async fn take_back(app: &App, tx: &mut Tx, scope: &Scope, done: &Done) -> Result<bool> {
    let Some(found) = record::by_id(tx, done.subject).await? else { return Ok(false) };
    if done.added {
        let begun = (Library::Institution, found.entry, found.version);
        return library::take_out(app, tx, scope, begun, done).await;
    }
    if rules::institution::keeping::editable(&found.entry, &scope.actor()) != Ok(Editable::All) {
        return Ok(false);
    }
    let (profile, whole) = library::reverted(tx, &found.profile, done).await?;
    record::write(app, tx, scope, &found, &profile).await?;
    Ok(whole)
}

fn contracted(app: &App, text: &str) -> Result<Option<u32>> {
    let most = crate::catalogue::bounds()?.highest_contracted;
    let mut reader = crate::entry::Reader::new(&app.divisions, false);
    let number = reader.number("contracted", text, 0, most);
    reader.finish(number)
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
