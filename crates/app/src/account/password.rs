//! Passwords: at least ten characters of three kinds (MLPS level 3), kept as Argon2id hashes.

use crate::error::{Error, Problem, Result};
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use std::sync::OnceLock;
use tokio::sync::Semaphore;

/// Hashing takes 19 MiB and some 20 ms each; more than two at once would starve the pages.
static TURNS: Semaphore = Semaphore::const_new(2);

/// What is wrong with a new password.
pub(super) fn problems(password: &str) -> Vec<Problem> {
    let kinds = [
        password.chars().any(char::is_lowercase),
        password.chars().any(char::is_uppercase),
        password.chars().any(|c| c.is_ascii_digit()),
        password.chars().any(|c| !c.is_alphanumeric()),
    ];
    let weak = password.chars().count() < 10 || kinds.iter().filter(|k| **k).count() < 3;
    let long = password.len() > 200;
    if weak || long { vec![Problem::new("password", "password_weak")] } else { Vec::new() }
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

    #[test]
    fn a_password_needs_ten_characters_of_three_kinds() {
        for (password, good) in [
            ("Bridge-2026", true),
            ("bridge2026!", true),
            ("Bridge2026", true),
            ("bridge2026", false),
            ("Br-2026", false),
            ("", false),
        ] {
            assert_eq!(problems(password).is_empty(), good, "{password}");
        }
    }

    #[tokio::test]
    async fn only_the_right_password_matches() {
        let stored = hash("Bridge-2026").await.unwrap();
        assert!(matches("Bridge-2026", Some(stored.clone())).await.unwrap());
        assert!(!matches("bridge-2026", Some(stored)).await.unwrap());
        assert!(!matches("Nobody has this one!", None).await.unwrap());
    }
}
