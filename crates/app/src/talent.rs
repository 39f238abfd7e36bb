//! Service talents: the second library. The procedure is that of the institution library.

mod import;
pub mod list;
mod profile;

pub(crate) use import::take_back;
pub use import::{Numbered, TalentRow, import_row, judge, take};
pub use profile::{TalentEntry, TalentProfile};

use crate::{
    App, atomic, catalogue,
    db::{Sql, Tx, Value},
    division::county_of,
    error::{Error, Problem, Result},
    id::Id,
    institution::library::{self, Action, Library, LibraryEvent, Past, Progress},
    p, row,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::Role,
    clock::china_date,
    institution::{
        keeping::{self, Editable},
        library::{Entry, LibraryOffer, LibraryState},
    },
    talent::{Profession, TalentFacts},
};
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A record as it stands.
#[derive(Debug, Clone, Serialize)]
pub struct Talent {
    /// Identifier.
    pub id: Id,
    /// Profession, certificate, institution, services, pledge.
    pub profile: TalentProfile,
    /// The identity number, masked.
    pub masked_number: String,
    /// Name of the institution.
    pub institution_name: Option<String>,
    /// The certificate was checked at the source.
    pub verified: bool,
    /// Minutes of training by calendar year, reported as a sum without trainings.
    pub training_minutes: BTreeMap<i16, u32>,
    /// Minutes of the trainings that were entered, by calendar year.
    pub course_minutes: BTreeMap<i16, u32>,
    /// Where it stands in the procedure.
    pub entry: Entry,
    /// Number of events.
    pub version: i64,
    /// When it last changed.
    pub changed_at: Timestamp,
}

impl Talent {
    /// What the rules need to know of this talent on a day.
    #[must_use]
    pub fn facts(&self, on: Date) -> TalentFacts {
        TalentFacts {
            id: self.id.0,
            profession: self.profile.profession,
            listed: self.entry.state == LibraryState::Listed,
            certificate_expired: self.profile.certificate_until.is_some_and(|until| until < on),
            certificate_verified: self.verified || !self.profile.needs_certificate(),
            pledge: self.profile.pledge_on,
            training_minutes: self.training_in(on.year()),
        }
    }

    /// Minutes of training that count in a year.
    #[must_use]
    pub fn training_in(&self, year: i16) -> u32 {
        let of = |years: &BTreeMap<i16, u32>| years.get(&year).copied().unwrap_or(0);
        rules::workforce::counted(of(&self.training_minutes), of(&self.course_minutes))
    }
}

struct Stored {
    id: Id,
    name: String,
    identity_number: Vec<u8>,
    profession: String,
    certificate: Option<String>,
    certificate_number: Option<String>,
    certificate_on: Option<Date>,
    certificate_until: Option<Date>,
    verified: bool,
    institution: Option<Id>,
    institution_name: Option<String>,
    division: i64,
    services: Json,
    pledge_on: Option<Date>,
    training_minutes: Json,
    course_minutes: Option<Json>,
    body: Json,
    version: i64,
    changed_at: Timestamp,
}
row!(Stored {
    id,
    name,
    identity_number,
    profession,
    certificate,
    certificate_number,
    certificate_on,
    certificate_until,
    verified,
    institution,
    institution_name,
    division,
    services,
    pledge_on,
    training_minutes,
    course_minutes,
    body,
    version,
    changed_at,
});

const SELECT: &str =
    "SELECT t.id, t.name, t.identity_number, t.profession, t.certificate, t.certificate_number,
    t.certificate_on, t.certificate_until, t.verified, t.institution_id, i.name, t.division, t.services, t.pledge_on,
    t.training_minutes, t.course_minutes, t.body, t.version, t.changed_at
    FROM talent t LEFT JOIN institution i ON i.id = t.institution_id WHERE 1 = 1";

impl Stored {
    fn talent(self, app: &App) -> Result<Talent> {
        let unknown = || Error::broken("a talent has an unknown profession");
        Ok(Talent {
            id: self.id,
            profile: TalentProfile {
                name: self.name,
                profession: Profession::of_code(&self.profession).ok_or_else(unknown)?,
                certificate: self.certificate,
                certificate_number: self.certificate_number,
                certificate_on: self.certificate_on,
                certificate_until: self.certificate_until,
                institution: self.institution,
                division: self.division,
                services: serde_json::from_value(self.services)?,
                pledge_on: self.pledge_on,
            },
            masked_number: rules::identity_number::mask(&app.keys.unseal(&self.identity_number)?),
            institution_name: self.institution_name,
            verified: self.verified,
            training_minutes: serde_json::from_value(self.training_minutes)?,
            course_minutes: self.course_minutes.map(serde_json::from_value).transpose()?.unwrap_or_default(),
            entry: serde_json::from_value(self.body)?,
            version: self.version,
            changed_at: self.changed_at,
        })
    }
}

/// Adds "and the caller may see this record" to a statement over `talent` under the alias `t`. Departments see their
/// area, institutions their own staff.
fn visible(scope: &Scope, sql: Sql) -> Result<Sql> {
    match scope.role {
        Role::System => Ok(sql),
        Role::ReferralWorker
        | Role::CivilAffairsOfficer
        | Role::HealthOfficer
        | Role::DpfOfficer
        | Role::Supervisor => {
            let from = county_of(scope.area.from);
            Ok(sql.push(" AND t.county >= {} AND t.county <= {}", p![from, scope.area.to]))
        }
        Role::InstitutionManager | Role::CaseManager | Role::Assessor => {
            Ok(sql.push(" AND t.institution_id = {}", p![scope.organisation]))
        }
        _ => Err(Error::Forbidden),
    }
}

async fn load(app: &App, tx: &mut Tx, scope: &Scope, id: Id) -> Result<Talent> {
    let sql = visible(scope, Sql::new(SELECT).push(" AND t.id = {}", p![id]))?;
    let found: Option<Stored> = tx.opt(&sql.text, sql.args).await?;
    found.ok_or(Error::NotFound)?.talent(app)
}

/// One record in the caller's scope.
///
/// # Errors
/// There is none, or the role has nothing to do with the library.
pub async fn get(app: &App, scope: &Scope, id: Id) -> Result<Talent> {
    let sql = visible(scope, Sql::new(SELECT).push(" AND t.id = {}", p![id]))?;
    let found: Vec<Stored> = app.db.query(sql).await?;
    found.into_iter().next().ok_or(Error::NotFound)?.talent(app)
}

/// The talent whom an account belongs to; nothing where the library does not know that account. The account and the talent are one
/// person by how they are employed.
pub(crate) async fn of_account(app: &App, tx: &mut Tx, account: Id) -> Result<Option<Talent>> {
    let whose = " AND t.id = (SELECT e.talent_id FROM employment e WHERE e.account_id = {} LIMIT 1)";
    let sql = Sql::new(SELECT).push(whose, p![account]);
    let found: Option<Stored> = tx.opt(&sql.text, sql.args).await?;
    found.map(|stored| stored.talent(app)).transpose()
}

/// Everything that happened to a record, latest first.
///
/// # Errors
/// The database is gone.
pub async fn history(app: &App, talent: &Talent) -> Result<Vec<Past>> {
    library::timeline(app, talent.id).await
}

/// What the caller may do with a record now, as for institutions.
#[must_use]
pub fn actions(scope: &Scope, talent: &Talent, now: Timestamp) -> Vec<LibraryOffer> {
    let (entry, actor) = (&talent.entry, scope.actor());
    let mut offers = rules::talent::actions(entry, &actor, now);
    let verifiable = talent.profile.needs_certificate();
    let keeping = [
        ("edit", keeping::editable(entry, &actor) == Ok(Editable::All)),
        ("verify", verifiable && keeping::may_verify(entry, &actor).is_ok()),
        ("train", keeping::may_train(entry, &actor).is_ok()),
    ];
    let allowed = keeping.into_iter().filter(|(_, allowed)| *allowed);
    offers.extend(allowed.map(|(command, _)| LibraryOffer { command, refusal: None }));
    offers
}

/// Begins a record as a draft. A manager begins one of the own institution.
///
/// # Errors
/// The role may not, fields are wrong, or the identity number has a record.
pub async fn begin(app: &App, scope: &Scope, entry: &TalentEntry) -> Result<Id> {
    if !crate::institution::may_begin(scope) {
        return Err(Error::Forbidden);
    }
    let mut entry = entry.clone();
    if scope.role == Role::InstitutionManager {
        entry.institution = scope.organisation.to_string();
    }
    let begun = atomic!(app.db, tx => {
        let (profile, number) = profile::read(&app.divisions, tx, &entry, false, china_date(app.now())).await?;
        insert(app, tx, scope, &profile, number).await
    });
    begun.map_err(|error: Error| if error.is_duplicate() { taken() } else { error })
}

fn taken() -> Error {
    Error::invalid("identity_number", "identity_number_taken")
}

fn sealed(app: &App, number: &str) -> Result<(Vec<u8>, Vec<u8>)> {
    Ok((app.keys.index("identity_number", number), app.keys.seal(number)?))
}

async fn insert(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    profile: &TalentProfile,
    number: Option<String>,
) -> Result<Id> {
    let number = number.ok_or_else(|| Error::invalid("identity_number", "required"))?;
    let (index, sealed) = sealed(app, &number)?;
    let same: Option<(Id,)> =
        tx.opt("SELECT id FROM talent WHERE identity_index = $1", p![index.clone()]).await?;
    if same.is_some() {
        return Err(taken());
    }
    if scope.role == Role::CivilAffairsOfficer && !scope.area.holds(profile.division) {
        return Err(Error::invalid("division", "division_unknown"));
    }
    let now = app.now();
    let id = Id::in_division(profile.division, now);
    let owner = profile.institution.map_or_else(uuid::Uuid::nil, |id| id.0);
    let mut progress = Progress::new(Library::Talent, library::blank(id.0, owner));
    progress.push(LibraryEvent::Saved { changes: library::changes(None, profile)? });
    let mut columns = PROFILE_COLUMNS.to_vec();
    let mut row = values(profile)?;
    columns.extend(["id", "identity_index", "identity_number", "verified", "training_minutes", "state"]);
    row.extend(p![id, index, sealed, false, Json::Object(serde_json::Map::new())]);
    columns.extend(["body", "version", "created_at", "changed_at"]);
    let body = serde_json::to_value(&progress.entry)?;
    row.extend(p![progress.entry.state.code(), body, 1, now, now]);
    tx.insert_many("talent", &columns, &[row]).await?;
    progress.append(tx, scope, now).await?;
    Ok(id)
}

const PROFILE_COLUMNS: [&str; 12] = [
    "name",
    "initials",
    "profession",
    "certificate",
    "certificate_number",
    "certificate_on",
    "certificate_until",
    "institution_id",
    "division",
    "county",
    "services",
    "pledge_on",
];

/// The values of [`PROFILE_COLUMNS`], in their order.
fn values(profile: &TalentProfile) -> Result<Vec<Value>> {
    Ok(p![
        &profile.name,
        rules::name::initials(&profile.name),
        profile.profession.code(),
        profile.certificate.clone(),
        profile.certificate_number.clone(),
        profile.certificate_on,
        profile.certificate_until,
        profile.institution,
        profile.division,
        profile.county(),
        serde_json::to_value(&profile.services)?,
        profile.pledge_on,
    ])
}

/// Goes on where the caller may write the profile now.
///
/// # Errors
/// The role or the state of the record forbids it; the refusal says why.
pub fn editable(scope: &Scope, talent: &Talent) -> Result<()> {
    match keeping::editable(&talent.entry, &scope.actor())? {
        Editable::All => Ok(()),
        _ => Err(Error::Refused(rules::Refusal::new("library", "wrong_state"))),
    }
}

/// Writes the profile; returns the version that now stands. A changed certificate must be checked again.
///
/// # Errors
/// Not in scope, not to be written now, changed meanwhile, or fields are wrong.
pub async fn save(app: &App, scope: &Scope, id: Id, expected: i64, entry: &TalentEntry) -> Result<i64> {
    let mut entry = entry.clone();
    if scope.role == Role::InstitutionManager {
        entry.institution = scope.organisation.to_string();
    }
    let saved = atomic!(app.db, tx => {
        let found = load(app, tx, scope, id).await?;
        library::same_version(expected, found.version)?;
        editable(scope, &found)?;
        let draft = matches!(found.entry.state, LibraryState::Draft | LibraryState::Returned);
        let (profile, number) = profile::read(&app.divisions, tx, &entry, !draft, china_date(app.now())).await?;
        write(app, tx, scope, &found, &profile, number).await
    });
    saved.map_err(|error: Error| if error.is_duplicate() { taken() } else { error })
}

/// Stores a changed profile of a record that was just read; nothing where nothing changed.
async fn write(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    found: &Talent,
    profile: &TalentProfile,
    number: Option<String>,
) -> Result<i64> {
    let changes = library::changes(Some(&found.profile), profile)?;
    if changes.is_empty() && number.is_none() && found.entry.state != LibraryState::TakenBack {
        return Ok(found.version);
    }
    if profile.division != found.profile.division && !scope.area.holds(profile.division) {
        return Err(Error::invalid("division", "division_unknown"));
    }
    let now = app.now();
    let about_certificate = |field: &str| field.starts_with("certificate") || field == "profession";
    let recheck = changes.iter().any(|change| about_certificate(&change.field));
    let mut progress = Progress::new(Library::Talent, found.entry.clone());
    progress.push(LibraryEvent::Saved { changes });
    if recheck && found.verified {
        progress.push(LibraryEvent::Verified { verified: false });
    }
    let version = progress.store(tx, scope, now).await?;
    let set: Vec<String> = PROFILE_COLUMNS.iter().zip(1..).map(|(c, n)| format!("{c} = ${n}")).collect();
    let next = PROFILE_COLUMNS.len() + 1;
    let sql = format!("UPDATE talent SET {}, verified = ${next} WHERE id = ${}", set.join(", "), next + 1);
    let mut args = values(profile)?;
    args.extend(p![found.verified && !recheck, found.id]);
    tx.run(&sql, args).await?;
    if let Some(number) = number {
        let (index, sealed) = sealed(app, &number)?;
        let sql = "UPDATE talent SET identity_index = $1, identity_number = $2 WHERE id = $3";
        tx.run(sql, p![index, sealed, found.id]).await?;
    }
    Ok(version)
}

/// Carries out an action upon the version that the caller saw; returns the version that now stands.
///
/// # Errors
/// Not in scope, refused by the rules, changed meanwhile; when handing in, every field that is missing.
pub async fn act(app: &App, scope: &Scope, id: Id, expected: i64, action: &Action) -> Result<i64> {
    atomic!(app.db, tx => {
        let found = load(app, tx, scope, id).await?;
        library::same_version(expected, found.version)?;
        act_in(app, tx, scope, &found, action).await
    })
}

async fn act_in(app: &App, tx: &mut Tx, scope: &Scope, found: &Talent, action: &Action) -> Result<i64> {
    let (now, actor) = (app.now(), scope.actor());
    let mut progress = Progress::new(Library::Talent, found.entry.clone());
    if progress.step(app, scope, action)? {
        if *action == Action::Submit {
            profile::read(&app.divisions, tx, &found.profile.entry(), true, china_date(now)).await?;
        }
        return progress.store(tx, scope, now).await;
    }
    match action {
        Action::Verify { verified } => {
            keeping::may_verify(&found.entry, &actor)?;
            progress.push(LibraryEvent::Verified { verified: *verified });
            let version = progress.store(tx, scope, now).await?;
            tx.run("UPDATE talent SET verified = $1 WHERE id = $2", p![*verified, found.id]).await?;
            Ok(version)
        }
        Action::Train { year, minutes } => {
            keeping::may_train(&found.entry, &actor)?;
            training_within_bounds(*year, *minutes, china_date(now))?;
            progress.push(LibraryEvent::Trained { year: *year, minutes: *minutes });
            let version = progress.store(tx, scope, now).await?;
            let mut training = found.training_minutes.clone();
            training.insert(*year, *minutes);
            let sql = "UPDATE talent SET training_minutes = $1 WHERE id = $2";
            tx.run(sql, p![serde_json::to_value(&training)?, found.id]).await?;
            Ok(version)
        }
        _ => Err(Error::invalid("name", "unknown_choice")),
    }
}

/// Training is entered for this year and the one before.
fn training_within_bounds(year: i16, minutes: u32, today: Date) -> Result<()> {
    let mut problems = Vec::new();
    if !(today.year() - 1..=today.year()).contains(&year) {
        let mut problem = Problem::new("year", "number_range");
        problem.values.push(format!("{}–{}", today.year() - 1, today.year()));
        problems.push(problem);
    }
    let most = catalogue::bounds()?.highest_training_minutes;
    if minutes > most {
        let mut problem = Problem::new("minutes", "number_range");
        problem.values.push(format!("0–{most}"));
        problems.push(problem);
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}
