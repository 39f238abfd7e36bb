//! Signing in by another identity provider: what is remembered while the browser is there, and what follows when it comes
//! back. What the claims give say the rules (`rules::account::provider`).

use super::{
    Account, NewAccount, admin, change,
    identity::{self, Identity},
    own::confirm_password,
    session::{begin_by_provider, digest, fresh_secret, refused},
};
use crate::{
    App,
    audit::{self, Entry},
    db::Tx,
    error::{Error, Result},
    hex,
    id::Id,
    p,
    scope::Scope,
};
use jiff::{SignedDuration, Timestamp};
use rules::{
    Refusal,
    account::{
        Role,
        provider::{Claimed, Mapping, Post, UnknownPerson, Workplace, counts_as_factor, post},
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::net::IpAddr;

/// What binds a sign-in to the provider's answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Secrets {
    /// Stands in the token that answers.
    pub nonce: String,
    /// Shows that who redeems the code is who asked for it (RFC 7636).
    pub verifier: String,
}

/// A sign-in that goes to the provider.
#[derive(Debug, Clone)]
pub struct Leaving<'a> {
    /// Comes back in the address.
    pub state: &'a str,
    /// Comes back in the browser's cookie.
    pub browser: &'a str,
    /// Nonce and verifier.
    pub secrets: Secrets,
    /// Where to go on afterwards.
    pub next: &'a str,
}

/// A sign-in that came back.
#[derive(Debug, Clone)]
pub struct Returned {
    /// Nonce and verifier.
    pub secrets: Secrets,
    /// Where to go on.
    pub next: String,
    /// Who links the own account; nothing where somebody signs in.
    pub account: Option<Id>,
}

/// Remembers a sign-in that goes to the provider. It ends after the minutes of every sign-in that waits.
///
/// # Errors
/// The database is gone.
pub async fn leave(app: &App, leaving: &Leaving<'_>) -> Result<()> {
    remember(app, leaving, None).await
}

/// The same to link the own account, where the present password is known.
///
/// # Errors
/// The password does not fit or the account is locked; it is a client's.
pub async fn leave_to_link(app: &App, scope: &Scope, present: &str, leaving: &Leaving<'_>) -> Result<()> {
    if scope.role == Role::Client {
        return Err(Error::Refused(Refusal::new("account", "client_account")));
    }
    confirm_password(app, scope, present).await?;
    remember(app, leaving, Some(scope.account)).await
}

async fn remember(app: &App, leaving: &Leaving<'_>, account: Option<Id>) -> Result<()> {
    let secrets = serde_json::to_vec(&leaving.secrets).map_err(Error::broken)?;
    let (now, sealed) = (app.now(), app.keys.seal_bytes(&secrets)?);
    let minutes = i64::from(app.tables.limits.second_factor.half_open_minutes);
    let ends_at = now + SignedDuration::from_mins(minutes);
    crate::atomic!(app.db, tx => {
        tx.run("DELETE FROM pending_sign_in WHERE ends_at < $1", p![now]).await?;
        let sql = "INSERT INTO pending_sign_in (id, state_hash, browser_hash, secrets, next, account_id, ends_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let hashes = (digest(leaving.state), digest(leaving.browser));
        tx.run(sql, p![Id::in_division(0, now), hashes.0, hashes.1, sealed.clone(), leaving.next, account, ends_at]).await?;
        Ok(())
    })
}

/// Takes a sign-in that came back, once.
///
/// # Errors
/// [`Error::NotFound`] where it was taken already, took too long, or was begun in another browser.
pub async fn take(app: &App, state: &str, browser: &str) -> Result<Returned> {
    type Found = (Vec<u8>, String, Option<Id>, Timestamp);
    let found: Found = crate::atomic!(app.db, tx => {
        let sql = "SELECT secrets, next, account_id, ends_at FROM pending_sign_in
            WHERE state_hash = $1 AND browser_hash = $2";
        let found: Option<Found> = tx.opt(sql, p![digest(state), digest(browser)]).await?;
        let found = found.ok_or(Error::NotFound)?;
        let sql = "DELETE FROM pending_sign_in WHERE state_hash = $1";
        if tx.run(sql, p![digest(state)]).await? == 0 {
            return Err(Error::NotFound);
        }
        Ok(found)
    })?;
    let (sealed, next, account, ends_at) = found;
    if ends_at <= app.now() {
        return Err(Error::NotFound);
    }
    let secrets = serde_json::from_slice(&app.keys.unseal_bytes(&sealed)?).map_err(Error::broken)?;
    Ok(Returned { secrets, next, account })
}

/// Somebody whom the provider names, with what it says about them.
#[derive(Debug, Clone)]
pub struct Presented {
    /// Who it is.
    pub identity: Identity,
    /// The name shown.
    pub name: Option<String>,
    /// Values of the claim about roles.
    pub roles: Vec<String>,
    /// The organisation, by its unified social credit code or its number here; nothing inside where the claim is missing,
    /// nothing at all where none is asked for.
    pub organisation: Option<Option<String>>,
    /// The area.
    pub division: Option<i64>,
    /// How they showed to the provider who they are.
    pub shown: Vec<String>,
}

/// Opens a session for somebody whom the provider names; returns its secret. The session may wait for further steps. A role,
/// organisation or area that changed there is applied before, and ends what was open.
///
/// # Errors
/// [`Error::Busy`] while the account is locked; [`Error::Refused`] where nobody is known by that name, or the claims give
/// nothing. What came of it is in the log.
pub async fn sign_in(
    app: &App,
    mapping: &Mapping,
    presented: &Presented,
    from: Option<IpAddr>,
) -> Result<String> {
    let holder = identity::holder(app, &presented.identity).await?;
    let outcome = match holder {
        Some(account) => known(app, mapping, presented, (account, from)).await,
        None if mapping.unknown == UnknownPerson::Provision => provision(app, mapping, presented, from).await,
        None => Err(no("provider_unknown")),
    };
    let because = match &outcome {
        Err(Error::Refused(refusal)) => Some(refusal.code.as_str()),
        Err(Error::Busy) => Some("locked"),
        _ => None,
    };
    if let Some(because) = because {
        refused(app, holder, because, from).await?;
    }
    outcome
}

fn no(code: &str) -> Error {
    Error::Refused(Refusal::new("account", code))
}

/// Whether the account is locked, and whether it lets anybody in by a provider: one that has ended does not, and clients come
/// in with their password alone.
async fn opens(app: &App, account: &Account) -> Result<()> {
    if account.ended_at.is_some() || account.role == Role::Client.code() || account.holder.is_some() {
        return Err(no("provider_unknown"));
    }
    let sql = "SELECT locked_until FROM account WHERE id = $1";
    let (locked,): (Option<Timestamp>,) =
        app.db.opt(sql, p![account.id]).await?.ok_or_else(|| no("provider_unknown"))?;
    if locked.is_some_and(|until| until > app.now()) { Err(Error::Busy) } else { Ok(()) }
}

async fn known(
    app: &App,
    mapping: &Mapping,
    presented: &Presented,
    (account, from): (Id, Option<IpAddr>),
) -> Result<String> {
    let found = super::get(app, account).await?;
    opens(app, &found).await?;
    let claimed = claimed(app, presented).await?;
    let present =
        Post { role: found.scope()?.role, organisation: found.organisation_id.0, division: found.division };
    let given = post(mapping, &claimed, Some(present)).map_err(Error::Refused)?;
    let then = Account {
        role: given.role.code().to_owned(),
        organisation_id: Id(given.organisation),
        division: given.division,
        ..found.clone()
    };
    let factor = counts_as_factor(mapping, &claimed);
    crate::atomic!(app.db, tx => {
        if given != present {
            change::apply(app, tx, (&found, &then), found.version).await?;
            let detail = json!({ "role": then.role, "division": then.division });
            let entry = Entry::of_account("provider_change", account, detail);
            audit::record_in(tx, &Scope::system(), entry, app.now());
        }
        let sql = "UPDATE external_identity SET used_at = $1 WHERE issuer = $2 AND subject_hash = $3";
        let identity = &presented.identity;
        if tx.run(sql, p![app.now(), &identity.issuer, identity.digest(app)]).await? == 0 {
            return Err(no("provider_unknown"));
        }
        begin_by_provider(app, tx, &then, (factor, from)).await
    })
}

/// What the claims say, with the organisation looked up.
async fn claimed(app: &App, presented: &Presented) -> Result<Claimed> {
    let workplace = match &presented.organisation {
        None => Workplace::NotAsked,
        Some(None) => Workplace::Unknown,
        Some(Some(told)) => workplace(app, told).await?,
    };
    Ok(Claimed {
        roles: presented.roles.clone(),
        workplace,
        division: presented.division,
        shown: presented.shown.clone(),
    })
}

/// An organisation by its number here, or by the unified social credit code of its institution.
async fn workplace(app: &App, told: &str) -> Result<Workplace> {
    let found: Option<(Id, i64)> = match told.trim().parse::<Id>() {
        Ok(id) => {
            let sql = "SELECT id, division FROM organisation WHERE id = $1 AND ended_at IS NULL";
            app.db.opt(sql, p![id]).await?
        }
        Err(_) => {
            let sql = "SELECT o.id, o.division FROM institution i JOIN organisation o ON o.id = i.id
                WHERE i.credit_code = $1 AND o.ended_at IS NULL";
            app.db.opt(sql, p![told.trim().to_uppercase()]).await?
        }
    };
    Ok(found.map_or(Workplace::Unknown, |(id, division)| Workplace::Found(id.0, division)))
}

/// Makes an account for somebody who was not known, from the claims alone.
async fn provision(
    app: &App,
    mapping: &Mapping,
    presented: &Presented,
    from: Option<IpAddr>,
) -> Result<String> {
    let claimed = claimed(app, presented).await?;
    let given = post(mapping, &claimed, None).map_err(Error::Refused)?;
    let name = presented.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| no("provider_no_name"))?;
    let digits = hex::write(&presented.identity.digest(app));
    let new = NewAccount {
        username: format!("p-{}", digits.get(..12).unwrap_or(&digits)),
        name: name.to_owned(),
        // Nobody knows it: whoever is to sign in without the provider as well is given one.
        password: format!("No-{}", fresh_secret()?),
        role: given.role.code().to_owned(),
        organisation: Id(given.organisation),
        division: Some(given.division),
        person: None,
    };
    let factor = counts_as_factor(mapping, &claimed);
    crate::atomic!(app.db, tx => {
        alone(tx, &new).await?;
        admin::powers_apart(tx, &new.role, (&new.name, new.organisation)).await?;
        let id = super::add(app, tx, &new).await?;
        identity::link_in(app, tx, id, &presented.identity).await?;
        let sql = "UPDATE external_identity SET used_at = $1 WHERE account_id = $2 AND issuer = $3";
        tx.run(sql, p![app.now(), id, &presented.identity.issuer]).await?;
        let detail = json!({ "role": new.role, "division": given.division });
        audit::record_in(tx, &Scope::system(), Entry::of_account("provision", id, detail), app.now());
        let account = in_transaction(tx, id).await?;
        begin_by_provider(app, tx, &account, (factor, from)).await
    })
}

/// Somebody of that name is known there already: it may be the same person, whose account is to be linked and not doubled.
async fn alone(tx: &mut Tx, new: &NewAccount) -> Result<()> {
    let sql = "SELECT id FROM account WHERE organisation_id = $1 AND name = $2 AND ended_at IS NULL LIMIT 1";
    let found: Option<(Id,)> = tx.opt(sql, p![new.organisation, new.name.trim()]).await?;
    if found.is_some() { Err(no("provider_same_name")) } else { Ok(()) }
}

/// An account that this transaction made.
async fn in_transaction(tx: &mut Tx, id: Id) -> Result<Account> {
    let sql = format!("SELECT {} {} WHERE a.id = $1", super::ACCOUNT, super::FROM);
    tx.opt(&sql, p![id]).await?.ok_or(Error::NotFound)
}
