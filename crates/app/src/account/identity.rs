//! Who is known to another identity provider: linking an account with what the provider calls the person, and unlinking.
//! What it calls the person is kept as a keyed digest: a dump tells nobody who is whom elsewhere.

use super::{
    Account, admin,
    own::{self, confirm_password},
    session::{self, end_others},
};
use crate::{
    App,
    db::Tx,
    error::{Error, Result},
    id::Id,
    p, row,
    scope::Scope,
};
use jiff::Timestamp;
use rules::{
    Refusal,
    account::{Deed, Role},
};
use serde_json::json;

/// Signs of what a provider calls a person at most (OpenID Connect Core 1.0, section 2: 255 ASCII characters).
const LONGEST: usize = 255;

/// Somebody as an identity provider names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// What it calls the person.
    pub subject: String,
}

/// An account that is linked with a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// Since when.
    pub created_at: Timestamp,
    /// When somebody last signed in by it.
    pub used_at: Option<Timestamp>,
}
row!(Linked { created_at, used_at });

impl Identity {
    pub(super) fn digest(&self, app: &App) -> Vec<u8> {
        app.keys.index("provider_subject", &format!("{}\n{}", self.issuer, self.subject))
    }
}

/// The account that is linked with somebody.
pub(super) async fn holder(app: &App, identity: &Identity) -> Result<Option<Id>> {
    let sql = "SELECT account_id FROM external_identity WHERE issuer = $1 AND subject_hash = $2";
    let found: Option<(Id,)> = app.db.opt(sql, p![&identity.issuer, identity.digest(app)]).await?;
    Ok(found.map(|(account,)| account))
}

/// Links inside a transaction. An account is one person's, and a person at a provider has one account.
pub(super) async fn link_in(app: &App, tx: &mut Tx, account: Id, identity: &Identity) -> Result<()> {
    let (digest, now) = (identity.digest(app), app.now());
    let sql = "SELECT account_id FROM external_identity WHERE issuer = $1 AND subject_hash = $2";
    if tx.opt::<(Id,)>(sql, p![&identity.issuer, digest.clone()]).await?.is_some() {
        return Err(Error::Refused(Refusal::new("account", "provider_linked_elsewhere")));
    }
    let sql = "SELECT account_id FROM external_identity WHERE account_id = $1 AND issuer = $2";
    if tx.opt::<(Id,)>(sql, p![account, &identity.issuer]).await?.is_some() {
        return Err(Error::Refused(Refusal::new("account", "provider_linked_already")));
    }
    let sql = "INSERT INTO external_identity (issuer, subject_hash, account_id, created_at) VALUES ($1, $2, $3, $4)";
    tx.run(sql, p![&identity.issuer, digest, account, now]).await?;
    Ok(())
}

/// Unlinks inside a transaction; false where there was nothing.
async fn unlink_in(tx: &mut Tx, account: Id, issuer: &str) -> Result<bool> {
    let sql = "DELETE FROM external_identity WHERE account_id = $1 AND issuer = $2";
    Ok(tx.run(sql, p![account, issuer]).await? > 0)
}

/// With whom the own account is linked.
///
/// # Errors
/// The database is gone.
pub async fn own(app: &App, scope: &Scope, issuer: &str) -> Result<Option<Linked>> {
    of_account(app, scope.account, issuer).await
}

async fn of_account(app: &App, account: Id, issuer: &str) -> Result<Option<Linked>> {
    let sql = "SELECT created_at, used_at FROM external_identity WHERE account_id = $1 AND issuer = $2";
    Ok(app.db.opt(sql, p![account, issuer]).await?)
}

/// Links the own account with somebody whom the provider named a moment ago in this browser.
///
/// # Errors
/// It is a client's; one of the two is linked already.
pub async fn link_own(app: &App, scope: &Scope, identity: &Identity) -> Result<()> {
    if scope.role == Role::Client {
        return Err(Error::Refused(Refusal::new("account", "client_account")));
    }
    crate::atomic!(app.db, tx => {
        link_in(app, tx, scope.account, identity).await?;
        own::record(app, tx, scope, "link_provider", json!({}));
        Ok(())
    })
}

/// Unlinks the own account where the present password is known; its other sessions end.
///
/// # Errors
/// The password does not fit or the account is locked; it is not linked.
pub async fn unlink_own(app: &App, scope: &Scope, secret: &str, issuer: &str, present: &str) -> Result<()> {
    confirm_password(app, scope, present).await?;
    crate::atomic!(app.db, tx => {
        if !unlink_in(tx, scope.account, issuer).await? {
            return Err(Error::NotFound);
        }
        let ended = end_others(tx, scope.account, secret).await?;
        own::record(app, tx, scope, "unlink_provider", json!({"rows": ended}));
        Ok(())
    })
}

/// An account of staff with its link.
///
/// # Errors
/// The caller keeps no accounts; the account is a client's or not of its area.
pub async fn kept(app: &App, scope: &Scope, account: Id, issuer: &str) -> Result<(Account, Option<Linked>)> {
    let found = admin::of_area(app, scope, Deed::Read, account).await?;
    Ok((found, of_account(app, account, issuer).await?))
}

/// Links an account of staff with what the provider calls its holder, who sees it on the own page.
///
/// # Errors
/// The caller keeps no accounts; the account is the own one, a client's or not of its area; one of the two is linked already;
/// what the provider is said to call the holder is empty or too long.
pub async fn link(app: &App, scope: &Scope, account: Id, identity: &Identity) -> Result<()> {
    admin::another(app, scope, account).await?;
    let subject = identity.subject.trim();
    if subject.is_empty() {
        return Err(Error::invalid("subject", "required"));
    }
    if subject.len() > LONGEST {
        return Err(Error::invalid("subject", "provider_subject"));
    }
    let identity = Identity { subject: subject.to_owned(), ..identity.clone() };
    crate::atomic!(app.db, tx => {
        link_in(app, tx, account, &identity).await?;
        admin::record(app, tx, scope, ("link_provider", account, json!({})));
        Ok(())
    })
}

/// Unlinks an account of staff; its sessions end.
///
/// # Errors
/// As [`link`]; it is not linked.
pub async fn unlink(app: &App, scope: &Scope, account: Id, issuer: &str) -> Result<()> {
    admin::another(app, scope, account).await?;
    crate::atomic!(app.db, tx => {
        if !unlink_in(tx, account, issuer).await? {
            return Err(Error::NotFound);
        }
        session::end_all(tx, account).await?;
        admin::record(app, tx, scope, ("unlink_provider", account, json!({})));
        Ok(())
    })
}
