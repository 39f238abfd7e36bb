//! Accounts of clients and guardians: opened face to face at the counter, taken over with a code that is handed out
//! once. Nobody at the counter learns the password.

use super::{
    Account, NewAccount, admin, factor,
    guardianship::{self, Ground},
    password::{self, SetBy},
    session::{self, asked_for, begin, count_failure, digest},
};
use crate::{
    App,
    audit::{self, Entry, Purpose},
    db::{Sql, Tx},
    error::{Error, Problem, Result},
    id::Id,
    p, person, row,
    scope::Scope,
    seal::random_bytes,
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use rules::{
    Refusal,
    account::{Content, Deed, Role, Sight, Subject},
    division::Level,
};
use serde::Serialize;
use serde_json::json;
use std::net::IpAddr;

/// Who holds an account: the person served, or the guardian acting in the person's name.
pub const HOLDERS: [&str; 2] = ["self", "guardian"];
/// Signs of a code: none that are taken for one another on paper.
const SIGNS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Signs of a code, 50 bits.
const LENGTH: usize = 10;
/// Stands where a password's hash would: nothing matches it.
const NO_PASSWORD: &str = "none";

/// An account of a person, as the counter sees it.
#[derive(Debug, Clone, Serialize)]
pub struct ClientAccount {
    /// Identifier.
    pub id: Id,
    /// Name for signing in.
    pub username: String,
    /// Name of the holder as the reader may see it.
    pub name: String,
    /// `self` or `guardian`; nothing where the account was not opened at the counter.
    pub holder: Option<String>,
    /// Until when the code can be used; nothing where it was used or none was handed out.
    pub code_until: Option<Timestamp>,
    /// When the code was used.
    pub used_at: Option<Timestamp>,
    /// When the account was ended.
    pub ended_at: Option<Timestamp>,
    /// On what a guardian's access rests, as [`rules::capacity::Basis`].
    pub basis: Option<String>,
    /// The last day on which it does.
    pub basis_until: Option<Date>,
}
row!(ClientAccount { id, username, name, holder, code_until, used_at, ended_at, basis, basis_until });

/// What is handed out at the counter, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HandedOut {
    /// The account.
    pub account: Id,
    /// Name for signing in.
    pub username: String,
    /// The code for the first sign-in.
    pub code: String,
    /// Until when it can be used.
    pub until: Timestamp,
}

/// Who is to hold a new account.
#[derive(Debug, Clone, Default)]
pub struct Holder {
    /// `self` or `guardian`.
    pub holder: String,
    /// The guardian's name; a person's own is taken from the register.
    pub name: String,
    /// The identity card was seen at the counter, and for a guardian the proof of guardianship.
    pub papers_seen: bool,
    /// On what a guardian's access rests.
    pub ground: Ground,
}

/// The accounts of a person in the caller's scope, the latest first. Whoever sees names only for a stated purpose sees
/// those of the holders masked.
///
/// # Errors
/// The caller does not serve the counter; there is no such person in its scope.
pub async fn of_person(app: &App, scope: &Scope, id: Id) -> Result<Vec<ClientAccount>> {
    scope.permit(Deed::Read, Subject::ClientAccount)?;
    let head = person::head_in_scope(app, scope, id).await?;
    let sql = "SELECT a.id, a.username, a.name, c.holder,
        CASE WHEN c.used_at IS NULL THEN c.expires_at END, c.used_at, a.ended_at, c.basis, c.basis_until
        FROM person m JOIN account a ON a.person_id = m.id LEFT JOIN account_code c ON c.account_id = a.id
        WHERE m.head_id = $1 ORDER BY a.created_at DESC";
    let mut found: Vec<ClientAccount> = app.db.all(sql, p![head]).await?;
    if scope.role.sight(Content::Identity) != Sight::Scope {
        for account in &mut found {
            account.name = rules::name::mask(&account.name);
        }
    }
    Ok(found)
}

/// The same for the interface, where nothing else is shown with it: the read is recorded.
///
/// # Errors
/// As [`of_person`].
pub async fn listed(app: &App, scope: &Scope, id: Id) -> Result<Vec<ClientAccount>> {
    let found = of_person(app, scope, id).await?;
    let detail = json!({"fields": ["accounts"]});
    let entry = Entry { detail, ..Entry::read(Purpose::Administration, "person", id) };
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok(found)
}

/// Opens an account for a person or a guardian, and hands its code out.
///
/// # Errors
/// The caller does not serve the counter; there is no such person in its scope; every field that is wrong, at once;
/// the person has an own account already.
pub async fn open(app: &App, scope: &Scope, id: Id, holder: &Holder) -> Result<HandedOut> {
    scope.permit(Deed::Change, Subject::ClientAccount)?;
    let found = person::stored(app, scope, id).await?;
    let ground = checked(app, holder, found.born_on)?;
    let guardian = ground.is_some();
    let name = if guardian { holder.name.trim().to_owned() } else { found.name.clone() };
    let (person, division) = (found.id, found.division);
    crate::atomic!(app.db, tx => {
        // Two clerks at once take turns here, so that the second finds the account of the first.
        tx.run("UPDATE person SET version = version WHERE home = $1 AND id = $2", p![person.home_number(), person]).await?;
        if !guardian && has_own(tx, person).await? {
            return Err(Refusal::new("account", "account_exists").into());
        }
        let organisation = house(app, tx, division).await?;
        let new = NewAccount {
            username: free_username(tx).await?,
            name: name.clone(),
            password: String::new(),
            role: Role::Client.code().to_owned(),
            organisation,
            division: Some(division),
            person: Some(person),
        };
        let account = super::insert(app, tx, &new, (NO_PASSWORD.to_owned(), division)).await?;
        let handed = hand_out(app, tx, scope, (account, &holder.holder, new.username)).await?;
        if let Some(ground) = &ground {
            guardianship::store(app, tx, account, ground).await?;
        }
        record(app, tx, scope, ("open_account", person, account, &holder.holder));
        Ok(handed)
    })
}

/// Whether the person has an account of its own in use, under whichever of its identifiers.
async fn has_own(tx: &mut Tx, person: Id) -> Result<bool> {
    let sql = format!(
        "SELECT a.id FROM account a LEFT JOIN account_code c ON c.account_id = a.id
        WHERE a.person_id IN ({}) AND a.ended_at IS NULL AND COALESCE(c.holder, 'self') = 'self' LIMIT 1",
        person::EVERY_ID
    );
    Ok(tx.opt::<(Id,)>(&sql, p![person.home_number(), person]).await?.is_some())
}

/// On what the account rests where it is a guardian's.
fn checked(app: &App, holder: &Holder, born_on: Option<Date>) -> Result<Option<guardianship::Checked>> {
    let mut problems = Vec::new();
    if !HOLDERS.contains(&holder.holder.as_str()) {
        problems.push(Problem::new("holder", "unknown_choice"));
    }
    let guardian = holder.holder == "guardian";
    let letters = holder.name.chars().filter(|c| c.is_alphabetic()).count();
    if guardian && (letters == 0 || holder.name.chars().any(char::is_control)) {
        problems.push(Problem::new("name", "required"));
    }
    if !holder.papers_seen {
        problems.push(Problem::new("papers_seen", "required"));
    }
    let ground = match guardian.then(|| guardianship::checked(app, &holder.ground, born_on)).transpose() {
        Ok(ground) => ground,
        Err(more) => {
            problems.extend(more);
            None
        }
    };
    if problems.is_empty() { Ok(ground) } else { Err(Error::Invalid(problems)) }
}

/// The organisation under which the accounts of a county's residents stand. Theirs is not the counter's, so that what
/// a client files does not count as filed by the office.
async fn house(app: &App, tx: &mut Tx, division: i64) -> Result<Id> {
    let county = division - division % Level::County.width();
    let sql = "SELECT id FROM organisation WHERE kind = 'platform' AND division = $1 AND ended_at IS NULL
        ORDER BY created_at LIMIT 1";
    if let Some((id,)) = tx.opt::<(Id,)>(sql, p![county]).await? {
        return Ok(id);
    }
    let place = rules::division::DivisionCode::new(county).ok().and_then(|code| app.divisions.path(code));
    let name = format!("居民和家属（{}）", place.unwrap_or_else(|| county.to_string()));
    super::add_organisation(app, tx, "platform", &name, county).await
}

/// A username that tells nothing of its holder.
async fn free_username(tx: &mut Tx) -> Result<String> {
    loop {
        let number = random_bytes(4)?.into_iter().fold(0_u64, |sum, byte| (sum << 8) | u64::from(byte));
        let username = format!("u{:08}", number % 100_000_000);
        let taken: Option<(Id,)> =
            tx.opt("SELECT id FROM account WHERE username = $1", p![&username]).await?;
        if taken.is_none() {
            return Ok(username);
        }
    }
}

fn fresh_code() -> Result<String> {
    let bytes = random_bytes(LENGTH)?;
    let sign = |byte: &u8| SIGNS.get(usize::from(byte % 32)).map(|sign| char::from(*sign));
    Ok(bytes.iter().filter_map(sign).collect())
}

/// The code as it is stored: people may write it in small letters, with blanks or hyphens.
fn code_digest(code: &str) -> Vec<u8> {
    digest(&rules::writing::normalised_number(code))
}

async fn hand_out(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    (account, holder, username): (Id, &str, String),
) -> Result<HandedOut> {
    let (code, now) = (fresh_code()?, app.now());
    let until = now + SignedDuration::from_hours(24 * i64::from(app.tables.limits.code_days));
    let sql = "INSERT INTO account_code (account_id, holder, code_hash, opened_by, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id) DO UPDATE SET code_hash = excluded.code_hash,
        opened_by = excluded.opened_by, created_at = excluded.created_at, expires_at = excluded.expires_at,
        used_at = NULL";
    tx.run(sql, p![account, holder, code_digest(&code), scope.account, now, until]).await?;
    let shown = code.split_at_checked(LENGTH / 2).map(|(a, b)| format!("{a}-{b}"));
    Ok(HandedOut { account, username, code: shown.unwrap_or(code), until })
}

pub(super) fn record(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    (action, person, account, holder): (&'static str, Id, Id, &str),
) {
    let entry = Entry {
        purpose: Purpose::Administration,
        action,
        subject_kind: "person",
        subject: Some(person),
        detail: json!({"account": account, "holder": holder}),
    };
    audit::record_in(tx, scope, entry, app.now());
}

async fn one_of_person(app: &App, scope: &Scope, person: Id, account: Id) -> Result<ClientAccount> {
    let all = of_person(app, scope, person).await?;
    all.into_iter().find(|a| a.id == account && a.ended_at.is_none()).ok_or(Error::NotFound)
}

/// Hands a new code out where the first was lost or the password forgotten: password and sessions end.
///
/// # Errors
/// As [`of_person`]; the person has no such account.
pub async fn renew(app: &App, scope: &Scope, person: Id, account: Id) -> Result<HandedOut> {
    let found = one_of_person(app, scope, person, account).await?;
    let holder = found.holder.as_deref().unwrap_or("self");
    crate::atomic!(app.db, tx => {
        let sql = "UPDATE account SET password_hash = $1, failed_sign_ins = 0, locked_until = NULL,
            version = version + 1 WHERE id = $2";
        tx.run(sql, p![NO_PASSWORD, account]).await?;
        session::end_all(tx, account).await?;
        // Whoever stands at the counter without the telephone has lost the authenticator, too; the papers were seen.
        factor::forget(tx, account).await?;
        let handed = hand_out(app, tx, scope, (account, holder, found.username.clone())).await?;
        record(app, tx, scope, ("renew_code", person, account, holder));
        Ok(handed)
    })
}

/// Ends an account at once, on its holder's wish.
///
/// # Errors
/// As [`renew`].
pub async fn end(app: &App, scope: &Scope, person: Id, account: Id) -> Result<()> {
    let found = one_of_person(app, scope, person, account).await?;
    let holder = found.holder.as_deref().unwrap_or("self");
    crate::atomic!(app.db, tx => {
        admin::shut(app, tx, account).await?;
        record(app, tx, scope, ("end_account", person, account, holder));
        Ok(())
    })
}

/// Ends the accounts that were opened for a cluster since some moment: opened while two persons were taken for one,
/// nobody can say whose they are once the two are parted. The counter opens new ones, with the papers before it.
pub(crate) async fn end_opened_since(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    (head, since): (Id, Timestamp),
) -> Result<()> {
    let sql =
        "SELECT a.id, m.id, COALESCE(c.holder, 'self') FROM person m JOIN account a ON a.person_id = m.id
        LEFT JOIN account_code c ON c.account_id = a.id
        WHERE m.head_id = $1 AND a.role = 'client' AND a.ended_at IS NULL AND a.created_at > $2";
    let opened: Vec<(Id, Id, String)> = tx.all(sql, p![head, since]).await?;
    for (account, person, holder) in opened {
        admin::shut(app, tx, account).await?;
        record(app, tx, scope, ("end_account", person, account, &holder));
    }
    Ok(())
}

/// Takes an account over with its code: sets the holder's password and signs in. Returns the secret for the cookie.
///
/// # Errors
/// [`Error::Forbidden`] where username and code do not fit or the code was used or is too old, [`Error::Busy`] while
/// the account is locked; the password is weak.
pub async fn take_over(
    app: &App,
    username: &str,
    code: &str,
    new: &str,
    from: Option<IpAddr>,
) -> Result<(Account, String)> {
    let found = asked_for(app, username).await?;
    if found.as_ref().is_some_and(|found| found.locked(app)) {
        session::refused(app, found.map(|f| f.id), "locked", from).await?;
        return Err(Error::Busy);
    }
    let Some(found) = found else {
        session::refused(app, None, "unknown", from).await?;
        return Err(Error::Forbidden);
    };
    let sql = Sql::new("SELECT account_id FROM account_code WHERE used_at IS NULL").push(
        " AND account_id = {} AND code_hash = {} AND expires_at > {}",
        p![found.id, code_digest(code), app.now()],
    );
    if app.db.query::<(Id,)>(sql).await?.is_empty() {
        count_failure(app, found.id).await?;
        session::refused(app, Some(found.id), "code", from).await?;
        return Err(Error::Forbidden);
    }
    let problems = password::problems(&app.tables.limits.password, new);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let (hash, account) = (password::hash(new).await?, super::get(app, found.id).await?);
    if !account.opens(rules::clock::china_date(app.now())) {
        session::refused(app, Some(found.id), "guardianship", from).await?;
        return Err(Error::Forbidden);
    }
    crate::atomic!(app.db, tx => {
        // The counter may have handed out a new code since the look above: this one opens nothing any more.
        let sql = "UPDATE account_code SET used_at = $1
            WHERE account_id = $2 AND used_at IS NULL AND code_hash = $3 AND expires_at > $1";
        if tx.run(sql, p![app.now(), found.id, code_digest(code)]).await? == 0 {
            return Err(Error::Forbidden);
        }
        password::replace(app, tx, found.id, (&hash, SetBy::Holder)).await?;
        let secret = begin(app, tx, &account, ("take_over", from)).await?;
        Ok((account.clone(), secret))
    })
}
