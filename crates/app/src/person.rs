//! Persons: what the register shows of them, what each sender said, and who looked.
//!
//! A person is a cluster of source records. What is shown is their fold (`fold`); whoever was merged into another
//! is found through it for ever. Identity is shown to a role as the table of roles says (Mental Health Law art. 4),
//! and every identified read is recorded.

pub(crate) mod county;
pub(crate) mod fold;
pub(crate) mod key;
pub(crate) mod register;
pub mod search;
pub(crate) mod sql;
pub(crate) mod timeline;

pub use county::astray;
pub(crate) use register::enter;
pub use register::{Entrant, register};
pub(crate) use register::{add_empty, home};
pub use timeline::{Event, Record, Timeline, timeline};

use crate::{
    App, audit,
    db::{Sql, Value},
    error::{Error, Result},
    id::Id,
    p, row,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::{Deed, Subject},
    identity_number, name, phone,
};

/// The day in China at an instant.
#[must_use]
pub fn today(now: Timestamp) -> Date {
    rules::clock::china_date(now)
}

/// A person as stored.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub id: Id,
    pub name: String,
    pub sex: Option<String>,
    pub born_on: Option<Date>,
    pub division: i64,
    pub registered_division: Option<i64>,
    pub in_health: bool,
    pub in_dpf: bool,
    pub in_application: bool,
    pub number: Option<Vec<u8>>,
    pub number_index: Option<Vec<u8>>,
    pub phone: Option<Vec<u8>>,
    pub lives_at_home: Option<bool>,
    pub need_assessed: Option<bool>,
    pub suitable: Option<bool>,
    pub consented: Option<bool>,
    pub ended_at: Option<Timestamp>,
    pub version: i64,
}
row!(Stored {
    id,
    name,
    sex,
    born_on,
    division,
    registered_division,
    in_health,
    in_dpf,
    in_application,
    number,
    number_index,
    phone,
    lives_at_home,
    need_assessed,
    suitable,
    consented,
    ended_at,
    version
});

/// Columns of [`Stored`], of the person under the alias `p`.
pub(crate) const COLUMNS: &str = "p.id, p.name, p.sex, p.born_on, p.division, p.registered_division, p.in_health,
    p.in_dpf, p.in_application, p.number, p.number_index, p.phone, p.lives_at_home, p.need_assessed, p.suitable,
    p.consented, p.ended_at, p.version";

/// The identifiers that a person ever had, by any of them: the first two parameters of a statement, home and identifier. It
/// stands in brackets of its own, since what is joined across homes bears neither outer joins nor local tables beside it.
pub(crate) const EVERY_ID: &str = "SELECT n.id FROM person m JOIN person n ON n.head_id = m.head_id /* spread: one person's records may have different homes */
    WHERE m.home = $1 AND m.id = $2";

/// A person as the caller may see it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Person {
    /// Identifier of the head of the cluster.
    pub id: Id,
    /// Name, or surname and a star.
    pub name: String,
    /// `male` or `female`.
    pub sex: Option<String>,
    /// Birth date; for those who may not see the identity, 1 January of the year.
    pub born_on: Option<Date>,
    /// Division of residence, 12 digits.
    pub division: i64,
    /// Division of household registration, 12 digits.
    pub registered_division: Option<i64>,
    /// In the health register.
    pub in_health: bool,
    /// In the register of the disabled persons' federation.
    pub in_dpf: bool,
    /// Applied.
    pub in_application: bool,
    /// Identity number: whole only after [`reveal`], else masked.
    pub number: Option<String>,
    /// Whether the number passed its check.
    pub number_verified: bool,
    /// Telephone: whole only after [`reveal`], else masked.
    pub phone: Option<String>,
    /// SH-3 (a).
    pub lives_at_home: Option<bool>,
    /// SH-3 (b).
    pub need_assessed: Option<bool>,
    /// SH-3 (c).
    pub suitable: Option<bool>,
    /// SH-3 (d).
    pub consented: Option<bool>,
    /// When the last record that spoke for this person ended.
    pub ended_at: Option<Timestamp>,
    /// Changes so far.
    pub version: i64,
    /// Whether name and birth date are masked.
    pub masked: bool,
}

/// How much of a person's identity an answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shows {
    /// Surname, year of birth, nothing of the numbers but their shape.
    Little,
    /// Name and birth date; numbers masked.
    Name,
    /// Everything.
    All,
}

impl Shows {
    /// What a role sees without stating a purpose.
    pub(crate) fn to(scope: &Scope) -> Shows {
        if scope.role.sees_identity() { Shows::Name } else { Shows::Little }
    }
}

impl Stored {
    pub(crate) fn shown(self, app: &App, shows: Shows) -> Result<Person> {
        let open = |sealed: &Option<Vec<u8>>, mask: fn(&str) -> String| -> Result<Option<String>> {
            let Some(sealed) = sealed else { return Ok(None) };
            let plain = app.keys.unseal(sealed)?;
            Ok(Some(if shows == Shows::All { plain } else { mask(&plain) }))
        };
        let masked = shows == Shows::Little;
        Ok(Person {
            id: self.id,
            name: if masked { name::mask(&self.name) } else { self.name },
            sex: self.sex,
            born_on: self.born_on.and_then(|d| if masked { Date::new(d.year(), 1, 1).ok() } else { Some(d) }),
            division: self.division,
            registered_division: self.registered_division,
            in_health: self.in_health,
            in_dpf: self.in_dpf,
            in_application: self.in_application,
            number_verified: self.number_index.is_some(),
            number: open(&self.number, identity_number::mask)?,
            phone: open(&self.phone, phone::mask)?,
            lives_at_home: self.lives_at_home,
            need_assessed: self.need_assessed,
            suitable: self.suitable,
            consented: self.consented,
            ended_at: self.ended_at,
            version: self.version,
            masked,
        })
    }
}

/// The head that stands for a person, merged or not, if the caller may see it.
pub(crate) async fn head_in_scope(app: &App, scope: &Scope, id: Id) -> Result<Id> {
    Ok(stored(app, scope, id).await?.id)
}

/// A person by any identifier it ever had.
pub(crate) async fn stored(app: &App, scope: &Scope, id: Id) -> Result<Stored> {
    let sql = Sql::new(&format!(
        "SELECT {COLUMNS} FROM person p WHERE (p.home, p.id) IN (SELECT m.head_home, m.head_id FROM person m WHERE"
    ))
    .push(" m.home = {} AND m.id = {})", p![id.home_number(), id]);
    app.db.query(scope.people(sql)).await?.into_iter().next().ok_or(Error::NotFound)
}

/// A person by any identifier it ever had; the read is recorded.
///
/// # Errors
/// There is no such person in the caller's scope.
pub async fn get(app: &App, scope: &Scope, id: Id) -> Result<Person> {
    let found = stored(app, scope, id).await?;
    let entry = audit::Entry::read(audit::Purpose::Referral, "person", found.id);
    audit::record(&app.db, scope, entry, app.now()).await?;
    found.shown(app, Shows::to(scope))
}

/// A person with everything that identifies it, after the caller stated a purpose; purpose and fields are recorded.
///
/// # Errors
/// The caller's role never sees an identity; there is no such person in its scope.
pub async fn reveal(app: &App, scope: &Scope, id: Id, purpose: audit::Purpose) -> Result<Person> {
    scope.permit(Deed::Reveal, Subject::Person)?;
    let found = stored(app, scope, id).await?;
    let mut entry = audit::Entry::read(purpose, "person", found.id);
    entry.action = "reveal";
    entry.detail = serde_json::json!({"fields": ["name", "born_on", "number", "phone"]});
    audit::record(&app.db, scope, entry, app.now()).await?;
    found.shown(app, Shows::All)
}

/// Persons of the caller's scope in the order of their divisions, after `after` (division and identifier of the
/// last one shown), at most [`search::PAGE`].
///
/// # Errors
/// The database is gone.
pub async fn list(app: &App, scope: &Scope, after: Option<(i64, Id)>) -> Result<Vec<Person>> {
    let mut sql = Sql::new(&format!(
        "SELECT {COLUMNS} FROM person p WHERE p.merged_into IS NULL AND p.ended_at IS NULL"
    ));
    if let Some((division, id)) = after {
        sql = sql.push(" AND (p.division, p.id) > ({}, {})", p![division, id]);
    }
    let sql = scope.people(sql).push(" ORDER BY p.division, p.id LIMIT {}", [Value::from(search::PAGE)]);
    let rows: Vec<Stored> = app.db.listing().query(sql).await?;
    search::record(app, scope, rows.len()).await?;
    rows.into_iter().map(|r| r.shown(app, Shows::to(scope))).collect()
}
