//! What security administrators do with accounts of staff, and administrators with organisations. No client data is
//! touched here: the accounts of clients and guardians are the counter's.

use super::{
    ACCOUNT, Account, COLUMNS, FROM, NewAccount, NewToken, Organisation, factor,
    own::{self, OwnToken},
    password::{self, SetBy},
    session, token,
};
use crate::{
    App,
    audit::{self, Entry},
    db::{FromRow, Row, Sql, Tx},
    error::{Error, Result},
    id::Id,
    p,
    scope::{Area, Scope},
};
use jiff::Timestamp;
use rules::{
    Refusal,
    account::{Deed, Role, Subject, powers_stay_apart},
};
use serde_json::{Value as Json, json};

/// Rows on a page of a list.
pub const PAGE: i64 = 50;

/// Accounts of the caller's area by username, after `after`, at most [`PAGE`]. Clients are not among them: that
/// somebody is one tells of illness (Mental Health Law art. 4).
///
/// # Errors
/// The caller keeps no accounts.
pub async fn accounts(app: &App, scope: &Scope, words: &str, after: &str) -> Result<Vec<Account>> {
    let kept = kept(app, scope, words, after).await?;
    Ok(kept.into_iter().map(|kept| kept.account).collect())
}

/// The same with locks and second factors.
///
/// # Errors
/// As [`accounts`].
pub async fn kept(app: &App, scope: &Scope, words: &str, after: &str) -> Result<Vec<Kept>> {
    scope.permit(Deed::Read, Subject::StaffAccount)?;
    let like = format!("%{}%", words.trim().to_lowercase());
    let Area { from, to } = scope.area;
    let sql = format!(
        "SELECT {ACCOUNT}, a.locked_until, f.created_at, (SELECT COUNT(*) FROM passkey k WHERE k.account_id = a.id)
         {FROM} LEFT JOIN authenticator f ON f.account_id = a.id"
    );
    let sql = Sql::new(&sql).push(
        " WHERE a.division >= {} AND a.division <= {} AND a.username > {} AND a.role <> 'client'
          AND (a.username LIKE {} OR a.name LIKE {} OR o.name LIKE {}) ORDER BY a.username LIMIT {}",
        p![from, to, after, &like, &like, &like, PAGE],
    );
    Ok(app.db.query(sql).await?)
}

/// The account of staff in the caller's area that has this username.
///
/// # Errors
/// The caller keeps no accounts.
pub async fn named(app: &App, scope: &Scope, username: &str) -> Result<Option<Account>> {
    scope.permit(Deed::Read, Subject::StaffAccount)?;
    let Area { from, to } = scope.area;
    let sql = format!(
        "SELECT {ACCOUNT} {FROM} WHERE a.username = $1 AND a.division >= $2 AND a.division <= $3 AND a.role <> 'client'"
    );
    Ok(app.db.opt(&sql, p![username.trim().to_lowercase(), from, to]).await?)
}

/// An account as those who keep accounts see it.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The account.
    pub account: Account,
    /// Until when too many failures lock it.
    pub locked_until: Option<Timestamp>,
    /// Since when it has an authenticator app.
    pub app_at: Option<Timestamp>,
    /// How many passkeys it has.
    pub passkeys: i64,
}

impl FromRow for Kept {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        let (locked_until, app_at) = (row.get(COLUMNS)?, row.get(COLUMNS + 1)?);
        let passkeys = row.get(COLUMNS + 2)?;
        Ok(Kept { account: Account::from_row(row)?, locked_until, app_at, passkeys })
    }
}

/// Who holds a client's account could read all that the client reads: only the counter renews it, with a code that is
/// handed to the holder.
pub(super) fn no_client(found: &Account) -> Result<()> {
    if found.role == Role::Client.code() {
        return Err(Error::Refused(Refusal::new("account", "client_account")));
    }
    Ok(())
}

/// Organisations of an area by name, after `after`, at most [`PAGE`]; `kind` narrows.
///
/// # Errors
/// The caller keeps neither organisations nor accounts.
pub async fn organisations(
    app: &App,
    scope: &Scope,
    kind: Option<&str>,
    after: &str,
) -> Result<Vec<Organisation>> {
    scope.permit(Deed::Read, Subject::Organisation)?;
    let Area { from, to } = scope.area;
    let sql = Sql::new("SELECT id, kind, name, division, phone, ended_at, version FROM organisation WHERE")
        .push(" division >= {} AND division <= {} AND name > {}", p![from, to, after])
        .when(" AND kind = {}", kind)
        .push(" ORDER BY name LIMIT {}", p![PAGE]);
    Ok(app.db.query(sql).await?)
}

/// Another account of staff in the caller's area. Nobody does anything here to the own account: what is everybody's own is
/// on the page of the own account, and the rest is for another security administrator.
pub(super) async fn another(app: &App, scope: &Scope, account: Id) -> Result<Account> {
    let found = of_area(app, scope, Deed::Change, account).await?;
    if account == scope.account {
        return Err(own_account());
    }
    Ok(found)
}

/// An account of staff in the caller's area.
pub(crate) async fn of_area(app: &App, scope: &Scope, deed: Deed, account: Id) -> Result<Account> {
    scope.permit(deed, Subject::StaffAccount)?;
    let found = super::get(app, account).await?;
    if !scope.area.holds(found.division) {
        return Err(Error::NotFound);
    }
    no_client(&found)?;
    Ok(found)
}

/// The three powers that nobody holds: then there is something that nobody can do any more but the operator.
///
/// # Errors
/// The database is gone.
pub async fn vacant_powers(app: &App) -> Result<Vec<Role>> {
    let sql = "SELECT DISTINCT role FROM account /* whole: once, at the start */ WHERE ended_at IS NULL";
    let held: Vec<(String,)> = app.db.all(sql, p![]).await?;
    let vacant = |role: &Role| role.power().is_some() && held.iter().all(|(code,)| code != role.code());
    Ok(Role::ALL.into_iter().filter(vacant).collect())
}

fn own_account() -> Error {
    Error::Refused(Refusal::new("account", "own_account"))
}

/// Whoever holds one of the three powers gets none of the others under a second account. That two accounts are one
/// person's is told by name and organisation: that is all that is known of staff.
pub(super) async fn powers_apart(tx: &mut Tx, wanted: &str, (name, organisation): (&str, Id)) -> Result<()> {
    let Some(wanted) = Role::of_code(wanted).filter(|role| role.power().is_some()) else { return Ok(()) };
    let sql = "SELECT role FROM account WHERE organisation_id = $1 AND name = $2 AND ended_at IS NULL";
    let held: Vec<(String,)> = tx.all(sql, p![organisation, name.trim()]).await?;
    let held: Vec<Role> = held.iter().filter_map(|(code,)| Role::of_code(code)).collect();
    if powers_stay_apart(&held, wanted) {
        return Ok(());
    }
    Err(Error::Refused(Refusal::new("account", "powers_apart")))
}

/// Ends an account at once: its sessions and tokens go with it, and nothing of its work stays without an owner (see
/// [`super::leave`]).
///
/// # Errors
/// The caller keeps no accounts, the account is the own one, a client's, or not of its area.
pub async fn end(app: &App, scope: &Scope, account: Id) -> Result<()> {
    super::leave::end(app, scope, account, None).await.map(|_| ())
}

/// Ends an account with its sessions and tokens.
pub(super) async fn shut(app: &App, tx: &mut Tx, account: Id) -> Result<()> {
    let sql = "UPDATE account SET ended_at = $1, version = version + 1 WHERE id = $2";
    tx.run(sql, p![app.now(), account]).await?;
    session::end_all(tx, account).await?;
    token::revoke_all(app, tx, account).await?;
    crate::device::revoke_all(app, tx, account).await
}

/// Puts what was done to an account into the log.
pub(super) fn record(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    (action, account, detail): (&'static str, Id, Json),
) {
    audit::record_in(tx, scope, Entry::of_account(action, account, detail), app.now());
}

/// Adds an account.
///
/// # Errors
/// The caller keeps no accounts; the account would be the caller's own, or join two of the three powers; as
/// [`super::add`].
pub async fn add(app: &App, scope: &Scope, new: &NewAccount) -> Result<Id> {
    scope.permit(Deed::Change, Subject::StaffAccount)?;
    crate::atomic!(app.db, tx => { add_in(app, tx, scope, new).await })
}

/// The same inside a transaction.
///
/// # Errors
/// As [`add`].
pub async fn add_in(app: &App, tx: &mut Tx, scope: &Scope, new: &NewAccount) -> Result<Id> {
    scope.permit(Deed::Change, Subject::StaffAccount)?;
    if new.organisation == scope.organisation && new.name.trim() == scope.name {
        return Err(own_account());
    }
    powers_apart(tx, &new.role, (&new.name, new.organisation)).await?;
    let id = super::add(app, tx, new).await?;
    record(app, tx, scope, ("add", id, json!({"role": new.role})));
    Ok(id)
}

/// Adds an organisation of the administrator's area.
///
/// # Errors
/// The caller keeps no organisations; the name is empty, the kind unknown or the division outside the area.
pub async fn add_organisation(app: &App, scope: &Scope, kind: &str, name: &str, division: i64) -> Result<Id> {
    scope.permit(Deed::Change, Subject::Organisation)?;
    crate::atomic!(app.db, tx => { add_organisation_in(app, tx, scope, (kind, name, division)).await })
}

/// The same inside a transaction: kind, name, division.
///
/// # Errors
/// As [`add_organisation`].
pub async fn add_organisation_in(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    (kind, name, division): (&str, &str, i64),
) -> Result<Id> {
    scope.permit(Deed::Change, Subject::Organisation)?;
    if !scope.area.holds(division) {
        return Err(Error::invalid("division", "division_unknown"));
    }
    let id = super::add_organisation(app, tx, kind, name, division).await?;
    let detail = json!({"kind": kind});
    let entry = Entry { subject_kind: "organisation", ..Entry::of_account("add", id, detail) };
    audit::record_in(tx, scope, entry, app.now());
    Ok(id)
}

/// The tokens of an account that are in force, the latest first.
///
/// # Errors
/// The caller keeps no accounts; the account is a client's or not of its area.
pub async fn tokens(app: &App, scope: &Scope, account: Id) -> Result<Vec<OwnToken>> {
    of_area(app, scope, Deed::Read, account).await?;
    own::in_force(app, account).await
}

/// Makes a bearer token for a program; the secret is shown this once.
///
/// # Errors
/// The caller keeps no accounts; the account has ended, is the own one, a client's or not of its area; every field that is
/// wrong, at once.
pub async fn new_token(app: &App, scope: &Scope, account: Id, new: &NewToken) -> Result<String> {
    let found = another(app, scope, account).await?;
    let problems = token::problems(app, &found, new);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let secret = token::make(app, account, new).await?;
    let purposes: Vec<&str> = new.grant.purposes.iter().map(|purpose| purpose.code()).collect();
    let detail = json!({"days": new.days, "purposes": purposes, "changes": new.grant.changes});
    audit::record(&app.db, scope, Entry::of_account("new_token", account, detail), app.now()).await?;
    Ok(secret)
}

/// Gives an ended account back.
///
/// # Errors
/// As [`end`]; it would join two of the three powers.
pub async fn restore(app: &App, scope: &Scope, account: Id) -> Result<()> {
    let found = another(app, scope, account).await?;
    crate::atomic!(app.db, tx => {
        powers_apart(tx, &found.role, (&found.name, found.organisation_id)).await?;
        let sql = "UPDATE account SET ended_at = NULL, version = version + 1 WHERE id = $1";
        tx.run(sql, p![account]).await?;
        record(app, tx, scope, ("restore", account, json!({})));
        Ok(())
    })
}

/// Opens an account that too many failures have locked.
///
/// # Errors
/// As [`end`].
pub async fn unlock(app: &App, scope: &Scope, account: Id) -> Result<()> {
    another(app, scope, account).await?;
    crate::atomic!(app.db, tx => {
        let sql = "UPDATE account SET failed_sign_ins = 0, locked_until = NULL WHERE id = $1";
        tx.run(sql, p![account]).await?;
        record(app, tx, scope, ("unlock", account, json!({})));
        Ok(())
    })
}

/// Takes lost second factors away: authenticator, passkeys, recovery codes and sessions end, and the holder sees it on the
/// own page.
/// Where the role cannot do without one, the next sign-in leads to a new one.
///
/// # Errors
/// As [`end`]; the account has none.
pub async fn reset_factor(app: &App, scope: &Scope, account: Id) -> Result<()> {
    another(app, scope, account).await?;
    crate::atomic!(app.db, tx => {
        if !factor::forget(tx, account).await? {
            return Err(Error::Refused(Refusal::new("account", "no_factor")));
        }
        session::end_all(tx, account).await?;
        record(app, tx, scope, ("reset_factor", account, json!({})));
        Ok(())
    })
}

/// Sets a new password and ends all sessions.
///
/// # Errors
/// The password is weak, or as [`end`].
pub async fn set_password(app: &App, scope: &Scope, account: Id, new: &str) -> Result<()> {
    another(app, scope, account).await?;
    let problems = password::problems(&app.tables.limits.password, new);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let hash = password::hash(new).await?;
    crate::atomic!(app.db, tx => {
        password::replace(app, tx, account, (&hash, SetBy::SomebodyElse)).await?;
        session::end_all(tx, account).await?;
        record(app, tx, scope, ("set_password", account, json!({})));
        Ok(())
    })
}

/// Revokes the tokens of an account, or those of one label; returns how many were in force.
///
/// # Errors
/// As [`end`].
pub async fn revoke_tokens(app: &App, scope: &Scope, account: Id, label: Option<&str>) -> Result<u64> {
    another(app, scope, account).await?;
    let sql = Sql::new("UPDATE api_token SET revoked_at =")
        .push(" {} WHERE account_id = {} AND revoked_at IS NULL", p![app.now(), account])
        .when(" AND label = {}", label);
    crate::atomic!(app.db, tx => {
        let revoked = tx.run(&sql.text, sql.args.clone()).await?;
        record(app, tx, scope, ("revoke_tokens", account, json!({"rows": revoked})));
        Ok(revoked)
    })
}
