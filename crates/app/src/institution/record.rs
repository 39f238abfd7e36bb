//! One record of the institution library: read it, begin it, write it, act on it.

use super::{
    library::{self, Action, Library, LibraryEvent, Past, Progress},
    profile::{self, Profile, ProfileEntry},
};
use crate::{
    App, account, atomic,
    db::{Sql, Tx, Value},
    division::county_of,
    error::{Error, Result},
    id::Id,
    p, row,
    scope::{Area, Scope},
};
use jiff::{Timestamp, civil::Date};
use rules::{
    Refusal,
    account::{Deed, Role, Subject},
    clock::china_date,
    institution::{
        InstitutionKind, NetworkLevel, Places,
        keeping::{self, Editable},
        library::{Entry, LibraryOffer, LibraryState},
    },
};
use serde::Serialize;
use serde_json::Value as Json;

/// A record as it stands.
#[derive(Debug, Clone, Serialize)]
pub struct Institution {
    /// Identifier, shared with the organisation.
    pub id: Id,
    /// What it is, where, for whom, with which services.
    pub profile: Profile,
    /// County of registration.
    pub county: i64,
    /// Places; free ones are counted from them.
    pub places: Places,
    /// Why places are blocked.
    pub block_reason: Option<String>,
    /// Offers answered in time and in all, last year.
    pub answered: (i64, i64),
    /// Where it stands in the procedure.
    pub entry: Entry,
    /// Number of events.
    pub version: i64,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
}

struct Stored {
    id: Id,
    credit_code: String,
    kind: String,
    level: String,
    name: String,
    division: i64,
    county: i64,
    address: String,
    contact: String,
    phone: String,
    floor_area: Option<i64>,
    hours: String,
    licence: Option<String>,
    licence_until: Option<Date>,
    promise_on: Option<Date>,
    lowest_age: i64,
    highest_age: i64,
    disorder_groups: Json,
    services: Json,
    areas: Json,
    contracted: i64,
    in_service: i64,
    reserved: i64,
    blocked: i64,
    block_reason: Option<String>,
    answered_in_time: i64,
    answered: i64,
    body: Json,
    version: i64,
    created_at: Timestamp,
    changed_at: Timestamp,
}
row!(Stored {
    id,
    credit_code,
    kind,
    level,
    name,
    division,
    county,
    address,
    contact,
    phone,
    floor_area,
    hours,
    licence,
    licence_until,
    promise_on,
    lowest_age,
    highest_age,
    disorder_groups,
    services,
    areas,
    contracted,
    in_service,
    reserved,
    blocked,
    block_reason,
    answered_in_time,
    answered,
    body,
    version,
    created_at,
    changed_at,
});

const SELECT: &str = "SELECT i.id, i.credit_code, i.kind, i.level, i.name, i.division, i.county, i.address, i.contact,
    i.phone, i.floor_area, i.hours, i.licence, i.licence_until, i.promise_on, i.lowest_age, i.highest_age,
    i.disorder_groups, i.services, i.areas, i.contracted, i.in_service, i.reserved, i.blocked, i.block_reason,
    i.answered_in_time, i.answered, i.body, i.version, i.created_at, i.changed_at FROM institution i WHERE 1 = 1";

impl Stored {
    fn institution(self) -> Result<Institution> {
        let unknown = || Error::broken("an institution has an unknown code");
        let number = |n: i64| u32::try_from(n).map_err(Error::broken);
        Ok(Institution {
            id: self.id,
            profile: Profile {
                name: self.name,
                credit_code: self.credit_code,
                kind: InstitutionKind::of_code(&self.kind).ok_or_else(unknown)?,
                level: NetworkLevel::of_code(&self.level).ok_or_else(unknown)?,
                division: self.division,
                address: self.address,
                contact: self.contact,
                phone: self.phone,
                floor_area: self.floor_area.map(number).transpose()?,
                hours: self.hours,
                licence: self.licence,
                licence_until: self.licence_until,
                promise_on: self.promise_on,
                lowest_age: number(self.lowest_age)?,
                highest_age: number(self.highest_age)?,
                disorder_groups: serde_json::from_value(self.disorder_groups)?,
                services: serde_json::from_value(self.services)?,
                areas: serde_json::from_value(self.areas)?,
            },
            county: self.county,
            places: Places {
                contracted: number(self.contracted)?,
                in_service: number(self.in_service)?,
                reserved: number(self.reserved)?,
                blocked: number(self.blocked)?,
            },
            block_reason: self.block_reason,
            answered: (self.answered_in_time, self.answered),
            entry: serde_json::from_value(self.body)?,
            version: self.version,
            created_at: self.created_at,
            changed_at: self.changed_at,
        })
    }
}

/// Adds "and the caller may see this record" to a statement over `institution` under the alias `i`. Departments see
/// their area; those who work with institutions see their own and the listed ones of their prefecture.
///
/// # Errors
/// The role has nothing to do with the library.
pub(crate) fn visible(scope: &Scope, sql: Sql) -> Result<Sql> {
    const PREFECTURE: i64 = 100_000_000;
    match scope.role {
        Role::System => Ok(sql),
        Role::ReferralWorker
        | Role::CivilAffairsOfficer
        | Role::HealthOfficer
        | Role::DpfOfficer
        | Role::Supervisor => {
            // A record belongs to its county: somebody whose area lies inside one sees the county's library.
            let from = county_of(scope.area.from);
            Ok(sql.push(" AND i.county >= {} AND i.county <= {}", p![from, scope.area.to]))
        }
        Role::InstitutionManager | Role::CaseManager | Role::Assessor | Role::Doctor => {
            let around = Area::of(scope.division - scope.division % PREFECTURE);
            let args = p![scope.organisation, LibraryState::Listed.code(), around.from, around.to];
            Ok(sql.push(" AND (i.id = {} OR (i.state = {} AND i.county >= {} AND i.county <= {}))", args))
        }
        _ => Err(Error::Forbidden),
    }
}

async fn load(tx: &mut Tx, scope: &Scope, id: Id) -> Result<Institution> {
    let sql = visible(scope, Sql::new(SELECT).push(" AND i.id = {}", p![id]))?;
    let found: Option<Stored> = tx.opt(&sql.text, sql.args).await?;
    found.ok_or(Error::NotFound)?.institution()
}

/// One record in the caller's scope.
///
/// # Errors
/// There is none, or the role has nothing to do with the library.
pub async fn get(app: &App, scope: &Scope, id: Id) -> Result<Institution> {
    let sql = visible(scope, Sql::new(SELECT).push(" AND i.id = {}", p![id]))?;
    let found: Vec<Stored> = app.db.query(sql).await?;
    found.into_iter().next().ok_or(Error::NotFound)?.institution()
}

/// Everything that happened to a record, latest first. Drafts and decisions are for the owner and the departments:
/// others see none of it.
///
/// # Errors
/// As [`get`].
pub async fn history(app: &App, scope: &Scope, institution: &Institution) -> Result<Vec<Past>> {
    let owner = scope.organisation == institution.id;
    if owner || scope.role.is_county_staff() || matches!(scope.role, Role::Supervisor | Role::System) {
        return library::timeline(app, institution.id).await;
    }
    Ok(Vec::new())
}

/// What the caller may do with a record now; what the role never does is left out, what only the moment forbids
/// carries its refusal.
#[must_use]
pub fn actions(scope: &Scope, institution: &Institution, now: Timestamp) -> Vec<LibraryOffer> {
    let (entry, actor) = (&institution.entry, scope.actor());
    let mut offers = rules::institution::library::actions(entry, &actor, now);
    let keeping = [
        ("edit", keeping::editable(entry, &actor).map(|_| ())),
        ("contract", keeping::may_contract(entry, &actor)),
        ("block", keeping::may_block(entry, &actor)),
    ];
    let allowed = keeping.into_iter().filter(|(_, answer)| answer.is_ok());
    offers.extend(allowed.map(|(command, _)| LibraryOffer { command, refusal: None }));
    offers
}

/// How much of the profile the caller may write now.
///
/// # Errors
/// Nothing of it; the refusal says why.
pub fn editable(scope: &Scope, institution: &Institution) -> Result<Editable> {
    Ok(keeping::editable(&institution.entry, &scope.actor())?)
}

/// Whether the caller may begin a record at all: a manager for the own organisation, civil affairs for another.
#[must_use]
pub fn may_begin(scope: &Scope) -> bool {
    scope.role != Role::Supervisor && scope.role.may(Deed::Change, Subject::Institution)
}

/// Begins a record as a draft. A manager begins that of the own organisation; civil affairs also adds the
/// organisation.
///
/// # Errors
/// The role may not, the profile is wrong, the credit code has a record, or the organisation has one.
pub async fn begin(app: &App, scope: &Scope, entry: &ProfileEntry) -> Result<Id> {
    if !may_begin(scope) {
        return Err(Error::Forbidden);
    }
    let profile = profile::read(&app.divisions, entry, false, china_date(app.now()))?;
    let begun = atomic!(app.db, tx => { insert(app, tx, scope, &profile, 0).await });
    begun.map_err(|error: Error| if error.is_duplicate() { taken() } else { error })
}

fn taken() -> Error {
    Error::invalid("credit_code", "credit_code_taken")
}

/// Inserts a new record inside a transaction.
pub(super) async fn insert(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    profile: &Profile,
    contracted: u32,
) -> Result<Id> {
    let same: Option<(Id,)> =
        tx.opt("SELECT id FROM institution WHERE credit_code = $1", p![&profile.credit_code]).await?;
    if same.is_some() {
        return Err(taken());
    }
    let (id, now) = (owner(app, tx, scope, profile).await?, app.now());
    let mut progress = Progress::new(Library::Institution, library::blank(id.0, id.0));
    progress.push(LibraryEvent::Saved { changes: library::changes(None, profile)? });
    if contracted > 0 {
        let reference = String::new();
        progress.push(LibraryEvent::Contracted { from: 0, to: contracted, reference });
    }
    let mut columns = PROFILE_COLUMNS.to_vec();
    let mut row = values(profile)?;
    columns.extend(["id", "county", "contracted", "in_service", "reserved", "blocked", "answered_in_time"]);
    row.extend(p![id, profile.county(), contracted, 0, 0, 0, 0]);
    columns.extend(["answered", "state", "body", "version", "created_at", "changed_at"]);
    let body = serde_json::to_value(&progress.entry)?;
    let version = library::number(progress.entry.version)?;
    row.extend(p![0, progress.entry.state.code(), body, version, now, now]);
    tx.insert_many("institution", &columns, &[row]).await?;
    progress.append(tx, scope, now).await?;
    Ok(id)
}

/// The organisation of a new record.
async fn owner(app: &App, tx: &mut Tx, scope: &Scope, profile: &Profile) -> Result<Id> {
    if scope.role != Role::InstitutionManager {
        if !scope.area.holds(profile.division) {
            return Err(Error::invalid("division", "division_unknown"));
        }
        return account::add_organisation(app, tx, "institution", &profile.name, profile.division).await;
    }
    let id = scope.organisation;
    let has: Option<(Id,)> = tx.opt("SELECT id FROM institution WHERE id = $1", p![id]).await?;
    if has.is_some() {
        return Err(Error::Refused(Refusal::new("library", "record_exists")));
    }
    Ok(id)
}

const PROFILE_COLUMNS: [&str; 18] = [
    "name",
    "credit_code",
    "kind",
    "level",
    "division",
    "address",
    "contact",
    "phone",
    "floor_area",
    "hours",
    "licence",
    "licence_until",
    "promise_on",
    "lowest_age",
    "highest_age",
    "disorder_groups",
    "services",
    "areas",
];

/// The values of [`PROFILE_COLUMNS`], in their order.
fn values(profile: &Profile) -> Result<Vec<Value>> {
    Ok(p![
        &profile.name,
        &profile.credit_code,
        profile.kind.code(),
        profile.level.code(),
        profile.division,
        &profile.address,
        &profile.contact,
        &profile.phone,
        profile.floor_area,
        &profile.hours,
        profile.licence.clone(),
        profile.licence_until,
        profile.promise_on,
        profile.lowest_age,
        profile.highest_age,
        serde_json::to_value(&profile.disorder_groups)?,
        serde_json::to_value(&profile.services)?,
        serde_json::to_value(&profile.areas)?,
    ])
}

/// Writes the profile; returns the version that now stands. What the caller may not write stays as it was.
///
/// # Errors
/// Not in scope, not to be written now, changed meanwhile, or fields are wrong.
pub async fn save(app: &App, scope: &Scope, id: Id, expected: i64, entry: &ProfileEntry) -> Result<i64> {
    let saved = atomic!(app.db, tx => {
        let found = load(tx, scope, id).await?;
        library::same_version(expected, found.version)?;
        let editable = keeping::editable(&found.entry, &scope.actor())?;
        let draft = matches!(found.entry.state, LibraryState::Draft | LibraryState::Returned);
        let today = china_date(app.now());
        let profile = match editable {
            Editable::All => profile::read(&app.divisions, entry, !draft, today)?,
            Editable::Contact => {
                let kept = found.profile.entry();
                let merged = ProfileEntry {
                    contact: entry.contact.clone(),
                    phone: entry.phone.clone(),
                    hours: entry.hours.clone(),
                    ..kept
                };
                // What was right when it was confirmed may be out of date by now; only the contact is judged.
                let read = profile::read(&app.divisions, &merged, false, today)?;
                found.profile.clone().with_contact(&read)
            }
        };
        write(app, tx, scope, &found, &profile).await
    });
    saved.map_err(|error: Error| if error.is_duplicate() { taken() } else { error })
}

/// Stores a changed profile of a record that was just read; nothing where nothing changed.
pub(super) async fn write(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    found: &Institution,
    profile: &Profile,
) -> Result<i64> {
    let changes = library::changes(Some(&found.profile), profile)?;
    if changes.is_empty() && found.entry.state != LibraryState::TakenBack {
        return Ok(found.version);
    }
    if profile.division != found.profile.division && !scope.area.holds(profile.division) {
        return Err(Error::invalid("division", "division_unknown"));
    }
    let now = app.now();
    let mut progress = Progress::new(Library::Institution, found.entry.clone());
    progress.push(LibraryEvent::Saved { changes });
    let version = progress.store(tx, scope, now).await?;
    let set: Vec<String> = PROFILE_COLUMNS.iter().zip(1..).map(|(c, n)| format!("{c} = ${n}")).collect();
    let next = PROFILE_COLUMNS.len() + 1;
    let sql = format!("UPDATE institution SET {}, county = ${next} WHERE id = ${}", set.join(", "), next + 1);
    let mut args = values(profile)?;
    args.extend(p![profile.county(), found.id]);
    tx.run(&sql, args).await?;
    let sql =
        "UPDATE organisation SET name = $1, division = $2, phone = $3, version = version + 1 WHERE id = $4";
    let phone = Some(profile.phone.clone()).filter(|phone| !phone.is_empty());
    tx.run(sql, p![&profile.name, profile.division, phone, found.id]).await?;
    Ok(version)
}

/// Carries out an action upon the version that the caller saw; returns the version that now stands.
///
/// # Errors
/// Not in scope, refused by the rules, changed meanwhile; when handing in, every field that is missing.
pub async fn act(app: &App, scope: &Scope, id: Id, expected: i64, action: &Action) -> Result<i64> {
    atomic!(app.db, tx => {
        let found = load(tx, scope, id).await?;
        library::same_version(expected, found.version)?;
        act_in(app, tx, scope, &found, action).await
    })
}

async fn act_in(app: &App, tx: &mut Tx, scope: &Scope, found: &Institution, action: &Action) -> Result<i64> {
    let now = app.now();
    let mut progress = Progress::new(Library::Institution, found.entry.clone());
    if progress.step(app, scope, action)? {
        if *action == Action::Submit {
            profile::read(&app.divisions, &found.profile.entry(), true, china_date(now))?;
        }
        return progress.store(tx, scope, now).await;
    }
    let (actor, places) = (scope.actor(), found.places);
    if let Action::Contract { reference: words, .. } | Action::Block { reason: words, .. } = action {
        written(action, words)?;
    }
    let (after, reason) = match action {
        Action::Contract { places: contracted, reference } => {
            within_bounds(*contracted)?;
            let after = keeping::contract(&found.entry, &actor, places, *contracted, reference)?;
            let reference = reference.trim().to_owned();
            progress.push(LibraryEvent::Contracted {
                from: places.contracted,
                to: after.contracted,
                reference,
            });
            (after, found.block_reason.clone())
        }
        Action::Block { places: blocked, reason } => {
            let after = keeping::block(&found.entry, &actor, places, *blocked, reason)?;
            let reason = reason.trim().to_owned();
            let stands = Some(reason.clone()).filter(|r| after.blocked > 0 && !r.is_empty());
            let stands = stands.or_else(|| found.block_reason.clone().filter(|_| after.blocked > 0));
            progress.push(LibraryEvent::Blocked { from: places.blocked, to: after.blocked, reason });
            (after, stands)
        }
        _ => return Err(Error::invalid("name", "unknown_choice")),
    };
    let version = progress.store(tx, scope, now).await?;
    // The taken places are counted by the referrals at the same time: the contract is checked against them again.
    let sql = "UPDATE institution SET contracted = $1, blocked = $2, block_reason = $3
        WHERE id = $4 AND (in_service + reserved <= $5 OR contracted = $6)";
    let args = p![after.contracted, after.blocked, reason, found.id, after.contracted, after.contracted];
    if tx.run(sql, args).await? == 0 {
        return Err(Error::Refused(Refusal::new("places", "places_taken")));
    }
    Ok(version)
}

/// The words of a contract or a reason are one line.
fn written(action: &Action, words: &str) -> Result<()> {
    let field = if matches!(action, Action::Contract { .. }) { "reference" } else { "reason" };
    if words.chars().any(char::is_control) {
        return Err(Error::invalid(field, "control_character"));
    }
    let longest = crate::catalogue::bounds()?.longest_line;
    if words.chars().count() > longest {
        let mut problem = crate::Problem::new(field, "too_long");
        problem.values.push(longest.to_string());
        return Err(Error::Invalid(vec![problem]));
    }
    Ok(())
}

fn within_bounds(contracted: u32) -> Result<()> {
    let most = crate::catalogue::bounds()?.highest_contracted;
    if contracted > most {
        let mut problem = crate::Problem::new("places", "number_range");
        problem.values.push(format!("0–{most}"));
        return Err(Error::Invalid(vec![problem]));
    }
    Ok(())
}

/// Contracted places of a record that a list begins once more.
pub(super) async fn contract_of_list(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    id: Id,
    places: u32,
) -> Result<()> {
    let found = by_id(tx, id).await?.ok_or(Error::NotFound)?;
    let mut progress = Progress::new(Library::Institution, found.entry);
    let (from, reference) = (found.places.contracted, String::new());
    progress.push(LibraryEvent::Contracted { from, to: places, reference });
    progress.store(tx, scope, app.now()).await?;
    tx.run("UPDATE institution SET contracted = $1 WHERE id = $2", p![places, id]).await?;
    Ok(())
}

/// One record by its identifier inside a transaction, wherever it is.
pub(super) async fn by_id(tx: &mut Tx, id: Id) -> Result<Option<Institution>> {
    let sql = Sql::new(SELECT).push(" AND i.id = {}", p![id]);
    let found: Option<Stored> = tx.opt(&sql.text, sql.args).await?;
    found.map(Stored::institution).transpose()
}

/// One record by its credit code inside a transaction, for lists of the departments.
pub(super) async fn by_credit_code(tx: &mut Tx, credit_code: &str) -> Result<Option<Institution>> {
    let sql = Sql::new(SELECT).push(" AND i.credit_code = {}", p![credit_code]);
    let found: Option<Stored> = tx.opt(&sql.text, sql.args).await?;
    found.map(Stored::institution).transpose()
}
