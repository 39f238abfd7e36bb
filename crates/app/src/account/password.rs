//! Passwords: long and varied enough (`data/account.toml`), kept as Argon2id hashes.

use crate::{
    App,
    db::Tx,
    error::{Error, Problem, Result},
    id::Id,
    p,
};
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use rules::account::PasswordRule;
use std::sync::OnceLock;
use tokio::sync::Semaphore;

/// Hashing takes 19 MiB and some 20 ms each; more than two at once would starve the pages.
static TURNS: Semaphore = Semaphore::const_new(2);

/// Longer ones would cost time before they are refused.
const LONGEST: usize = 200;

/// What is wrong with a new password.
pub(super) fn problems(rule: &PasswordRule, password: &str) -> Vec<Problem> {
    let fits = rule.is_met(password) && password.len() <= LONGEST;
    if fits { Vec::new() } else { vec![Problem::new("password", "password_weak")] }
}

/// The same, and that it is none of the last ones of an account; `stored` is the hash of the present one.
pub(super) async fn problems_of(app: &App, account: Id, stored: &str, new: &str) -> Result<Vec<Problem>> {
    let rule = &app.tables.limits.password;
    let problems = problems(rule, new);
    if !problems.is_empty() {
        return Ok(problems);
    }
    let sql =
        "SELECT password_hash FROM earlier_password WHERE account_id = $1 ORDER BY replaced_at DESC LIMIT $2";
    let earlier: Vec<(String,)> = app.db.all(sql, p![account, i64::from(rule.earlier) - 1]).await?;
    for used in earlier.into_iter().map(|(hash,)| hash).chain([stored.to_owned()]) {
        if matches(new, Some(used)).await? {
            return Ok(vec![Problem::new("password", "password_used")]);
        }
    }
    Ok(Vec::new())
}

/// Who sets a password: its age counts from when its holder did, and one that somebody else set is due at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SetBy {
    /// The holder of the account.
    Holder,
    /// A security administrator.
    SomebodyElse,
}

/// Writes a new hash, keeps the old one among the earlier ones, and forgets those that no longer count. Nothing locks the
/// account any more.
pub(super) async fn replace(app: &App, tx: &mut Tx, account: Id, (hash, by): (&str, SetBy)) -> Result<()> {
    let sql = "INSERT INTO earlier_password (account_id, replaced_at, password_hash)
        SELECT id, $1, password_hash FROM account WHERE id = $2 ON CONFLICT (account_id, replaced_at) DO NOTHING";
    tx.run(sql, p![app.now(), account]).await?;
    let sql = "DELETE FROM earlier_password WHERE account_id = $1 AND replaced_at <
        (SELECT MIN(e.replaced_at) FROM (SELECT replaced_at FROM earlier_password WHERE account_id = $1
            ORDER BY replaced_at DESC LIMIT $2) e)";
    tx.run(sql, p![account, i64::from(app.tables.limits.password.earlier) - 1]).await?;
    let set_at = (by == SetBy::Holder).then(|| app.now());
    let sql =
        "UPDATE account SET password_hash = $1, password_at = $2, failed_sign_ins = 0, locked_until = NULL,
        version = version + 1 WHERE id = $3";
    tx.run(sql, p![hash, set_at, account]).await?;
    Ok(())
}

pub(super) async fn hash(password: &str) -> Result<String> {
    let _turn = TURNS.acquire().await.map_err(Error::broken)?;
    let password = password.to_owned();
    tokio::task::spawn_blocking(move || {
        Argon2::default()
            .hash_password(password.as_bytes())
            .map(|h| h.to_string())
            .map_err(|e| Error::broken(e.to_string()))
    })
    .await
    .map_err(Error::broken)?
}

/// Compares; an unknown account costs the same time as a wrong password.
pub(super) async fn matches(password: &str, stored: Option<String>) -> Result<bool> {
    static NOBODY: OnceLock<String> = OnceLock::new();
    let known = stored.is_some();
    let stored = match stored {
        Some(hash) => hash,
        None => match NOBODY.get() {
            Some(hash) => hash.clone(),
            None => {
                let fresh = hash("Nobody has this one!").await?;
                NOBODY.get_or_init(|| fresh).clone()
            }
        },
    };
    let _turn = TURNS.acquire().await.map_err(Error::broken)?;
    let password = password.to_owned();
    let fits = tokio::task::spawn_blocking(move || {
        PasswordHash::new(&stored)
            .is_ok_and(|h| Argon2::default().verify_password(password.as_bytes(), &h).is_ok())
    })
    .await
    .map_err(Error::broken)?;
    Ok(fits && known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_matches() {
        let stored = hash("Bridge-2026").await.unwrap();
        assert!(matches("Bridge-2026", Some(stored.clone())).await.unwrap());
        assert!(!matches("bridge-2026", Some(stored)).await.unwrap());
        assert!(!matches("Nobody has this one!", None).await.unwrap());
    }
}
