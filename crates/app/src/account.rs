//! Organisations, accounts, sign-in, sessions and tokens.

pub mod admin;
pub mod change;
pub mod client;
pub mod delegation;
pub mod explain;
pub mod factor;
pub mod guardianship;
pub mod identity;
pub mod leave;
pub mod own;
pub mod passkey;
mod password;
pub mod provider;
mod session;
mod token;
pub(crate) mod totp;

pub use session::{Sitting, of_session, set_due_password, sign_in, sign_in_from, sign_out, sitting};
pub(crate) use session::{digest, fresh_secret};
pub use token::{NewToken, Program, new_token, of_token, program};

use crate::{
    App,
    db::{Sql, Tx},
    error::{Error, Problem, Result},
    id::Id,
    p, row,
    scope::{Area, Scope},
};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::Role,
    capacity::{Basis, guardian_may_read},
};

/// A body that takes part.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Organisation {
    /// Identifier.
    pub id: Id,
    /// What it is: see [`KINDS`].
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Where it stands (12 digits); for an authority, the area it is responsible for.
    pub division: i64,
    /// Telephone of the office.
    pub phone: Option<String>,
    /// When it left.
    pub ended_at: Option<Timestamp>,
    /// Changes so far.
    pub version: i64,
}
row!(Organisation { id, kind, name, division, phone, ended_at, version });

/// Kinds of organisation.
pub const KINDS: [&str; 10] = [
    "civil_affairs",
    "health",
    "dpf",
    "hospital",
    "primary_care",
    "committee",
    "institution",
    "assisting",
    "supervision",
    "platform",
];

/// Somebody who can sign in.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Account {
    /// Identifier.
    pub id: Id,
    /// Name for signing in.
    pub username: String,
    /// Name shown.
    pub name: String,
    /// Role code.
    pub role: String,
    /// Where they work.
    pub organisation_id: Id,
    /// Its name.
    pub organisation: String,
    /// The area whose data they may see.
    pub division: i64,
    /// The client's own record.
    pub person_id: Option<Id>,
    /// `guardian` where the counter opened a client's account for a guardian.
    pub holder: Option<String>,
    /// On what a guardian's access rests, as [`rules::capacity::Basis`].
    pub basis: Option<String>,
    /// The last day on which it does.
    pub basis_until: Option<Date>,
    /// When the account was ended.
    pub ended_at: Option<Timestamp>,
    /// Changes so far.
    pub version: i64,
}
row!(Account {
    id,
    username,
    name,
    role,
    organisation_id,
    organisation,
    division,
    person_id,
    holder,
    basis,
    basis_until,
    ended_at,
    version
});

/// The columns of an [`Account`].
const ACCOUNT: &str = "a.id, a.username, a.name, a.role, a.organisation_id, o.name, a.division, a.person_id,
    c.holder, c.basis, c.basis_until, a.ended_at, a.version";
/// How many they are.
const COLUMNS: usize = 13;
/// Where they come from.
const FROM: &str = "FROM account a JOIN organisation o ON o.id = a.organisation_id
    LEFT JOIN account_code c ON c.account_id = a.id";

impl Account {
    /// Whether the account lets anybody in on a day: a guardian's only while its basis stands.
    #[must_use]
    pub fn opens(&self, today: Date) -> bool {
        let guardian = self.holder.as_deref() == Some("guardian");
        let basis = self.basis.as_deref().and_then(Basis::of_code);
        !guardian || guardian_may_read(basis, self.basis_until, today)
    }

    /// What this account may see, without what colleagues handed over for a time: see [`scope_of`].
    ///
    /// # Errors
    /// The stored role is unknown to this program.
    pub fn scope(&self) -> Result<Scope> {
        let role =
            Role::of_code(&self.role).ok_or_else(|| Error::broken("an account has an unknown role"))?;
        Ok(Scope {
            account: self.id,
            role,
            organisation: self.organisation_id,
            organisation_name: self.organisation.clone(),
            area: Area::of(self.division),
            division: self.division,
            person: self.person_id,
            guardian: self.holder.as_deref() == Some("guardian"),
            name: self.name.clone(),
            stands_in_for: Vec::new(),
        })
    }
}

/// What an account may see now, with what colleagues handed over for a time.
///
/// # Errors
/// The stored role is unknown to this program, or the database is gone.
pub async fn scope_of(app: &App, account: &Account) -> Result<Scope> {
    let own = account.scope()?;
    let stands_in_for = delegation::stands_in_for(app, &own).await?;
    Ok(Scope { stands_in_for, ..own })
}

/// What is needed for a new account.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct NewAccount {
    /// Name for signing in: 3 to 40 letters, digits, `.`, `-`, `_`.
    pub username: String,
    /// Name shown.
    pub name: String,
    /// At least ten characters of three kinds.
    pub password: String,
    /// Role code.
    pub role: String,
    /// Where they work.
    pub organisation: Id,
    /// The area whose data they may see; the organisation's own where none is given.
    pub division: Option<i64>,
    /// The client's own record.
    pub person: Option<Id>,
}

/// Adds an organisation.
///
/// # Errors
/// The name is empty or the kind unknown.
pub async fn add_organisation(app: &App, tx: &mut Tx, kind: &str, name: &str, division: i64) -> Result<Id> {
    let mut problems = Vec::new();
    if !KINDS.contains(&kind) {
        problems.push(Problem::new("kind", "unknown_choice"));
    }
    if name.trim().is_empty() {
        problems.push(Problem::new("name", "required"));
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let now = app.now();
    let id = Id::in_division(division, now);
    let sql = "INSERT INTO organisation (id, kind, name, division, created_at, version) VALUES ($1, $2, $3, $4, $5, 1)";
    tx.run(sql, p![id, kind, name.trim(), division, now]).await?;
    Ok(id)
}

/// Adds an account.
///
/// # Errors
/// All fields that are wrong, at once; a username that exists.
pub async fn add(app: &App, tx: &mut Tx, new: &NewAccount) -> Result<Id> {
    let mut problems = password::problems(&app.tables.limits.password, &new.password);
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if !(3..=40).contains(&new.username.len()) || !new.username.chars().all(letters) {
        problems.push(Problem::new("username", "username_shape"));
    }
    if new.name.trim().is_empty() {
        problems.push(Problem::new("name", "required"));
    }
    if Role::of_code(&new.role).is_none_or(|r| r == Role::System) {
        problems.push(Problem::new("role", "unknown_choice"));
    }
    let taken: Option<(Id,)> =
        tx.opt("SELECT id FROM account WHERE username = $1", p![new.username.to_lowercase()]).await?;
    if taken.is_some() {
        problems.push(Problem::new("username", "username_taken"));
    }
    let home: Option<(i64,)> = tx
        .opt("SELECT division FROM organisation WHERE id = $1 AND ended_at IS NULL", p![new.organisation])
        .await?;
    let Some((own_division,)) = home else {
        problems.push(Problem::new("organisation", "unknown_choice"));
        return Err(Error::Invalid(problems));
    };
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let hash = password::hash(&new.password).await?;
    insert(app, tx, new, (hash, own_division)).await
}

/// The hash of a password, as it is stored.
///
/// # Errors
/// The random source fails.
pub async fn hash_of(password: &str) -> Result<String> {
    password::hash(password).await
}

/// Stores a new account whose fields were checked.
async fn insert(app: &App, tx: &mut Tx, new: &NewAccount, (hash, own_division): (String, i64)) -> Result<Id> {
    let (now, division) = (app.now(), new.division.unwrap_or(own_division));
    let id = Id::in_division(own_division, now);
    let sql =
        "INSERT INTO account (id, username, name, password_hash, role, organisation_id, division, person_id,
        failed_sign_ins, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, 1)";
    let args = p![
        id,
        new.username.to_lowercase(),
        new.name.trim(),
        hash,
        &new.role,
        new.organisation,
        division,
        new.person,
        now
    ];
    tx.run(sql, args).await?;
    Ok(id)
}

/// One account.
///
/// # Errors
/// There is none.
pub async fn get(app: &App, id: Id) -> Result<Account> {
    let sql = Sql::new(&format!("SELECT {ACCOUNT} {FROM}")).push(" WHERE a.id = {}", [id.into()]);
    app.db.query(sql).await?.into_iter().next().ok_or(Error::NotFound)
}

/// An account that may act today.
///
/// # Errors
/// There is none of this identifier, or it ended.
pub(crate) async fn active_by_id(app: &App, id: Id) -> Result<Account> {
    session::active(app, get(app, id).await?)
}
