//! Words that somebody searched for, sealed so that they can stand in an address. Names and numbers in addresses would be
//! kept by browsers, proxies and their logs; sealed words are read by this installation alone, by the account that searched,
//! for as long as a session lasts.

use crate::{
    App,
    error::{Error, Result},
    hex,
    scope::Scope,
};
use jiff::{SignedDuration, Timestamp};
use rules::Refusal;

/// Characters of a search at most; longer ones are cut off, since no name or number is as long.
pub const MOST_CHARACTERS: usize = 100;
/// Bytes before the words: the account and the second at which they end.
const HEAD: usize = 16 + 8;

/// The words as they can stand in an address; nothing where nothing was searched for.
///
/// # Errors
/// The words cannot be sealed.
pub fn hide(app: &App, scope: &Scope, words: &str) -> Result<String> {
    let words: String = words.trim().chars().filter(|c| *c != '\0').take(MOST_CHARACTERS).collect();
    if words.is_empty() {
        return Ok(words);
    }
    let hours = i64::from(app.tables.limits.session_hours);
    let until = (app.now() + SignedDuration::from_hours(hours)).as_second();
    let mut whole = scope.account.0.as_bytes().to_vec();
    whole.extend(until.to_be_bytes());
    whole.extend(words.as_bytes());
    Ok(hex::write(&app.keys.seal_bytes(&whole)?))
}

/// The words behind what stands in an address; nothing where nothing stands there.
///
/// # Errors
/// The search is another account's, has ended, or was altered: refused, so that no list is taken for its answer.
pub fn words(app: &App, scope: &Scope, hidden: &str) -> Result<String> {
    if hidden.is_empty() {
        return Ok(String::new());
    }
    let own = |whole: &[u8]| {
        let (head, words) = whole.split_at_checked(HEAD)?;
        let (account, until) = head.split_at_checked(16)?;
        let until = Timestamp::from_second(i64::from_be_bytes(until.try_into().ok()?)).ok()?;
        let own = account == scope.account.0.as_bytes() && app.now() < until;
        own.then(|| String::from_utf8(words.to_vec()).ok()).flatten()
    };
    let sealed = hex::read_exact(hidden).filter(|sealed| !sealed.is_empty());
    let opened = sealed.and_then(|sealed| app.keys.unseal_bytes(&sealed).ok());
    opened.and_then(|whole| own(&whole)).ok_or_else(|| Error::Refused(Refusal::new("search", "ended")))
}
