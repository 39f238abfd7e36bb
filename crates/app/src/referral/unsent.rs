//! What somebody is writing on a page and has not sent yet, kept so that a lost connection loses nothing. It is sealed,
//! nobody but the writer sees it, and it is forgotten with the drafts.

use crate::{App, atomic, error::Error, error::Result, id::Id, p, scope::Scope};
use jiff::{SignedDuration, Timestamp};
use rules::followup::paper::PaperKind;

/// Bytes of one page at most.
const MOST_BYTES: usize = 256 * 1024;
/// Pages of one account at most; the oldest is forgotten first.
const MOST_PAGES: i64 = 30;
/// Bytes of the address of a page at most.
const LONGEST_PLACE: usize = 200;

/// Names and values as they stood on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsent {
    /// Names and values in the order of the page.
    pub pairs: Vec<(String, String)>,
    /// When they were kept.
    pub saved_at: Timestamp,
}

/// Pages that are kept: those of a case, and the long forms of the follow-up.
#[must_use]
pub fn is_kept(place: &str) -> bool {
    place.len() <= LONGEST_PLACE && (place.starts_with("/cases/") || is_form_of_followup(place))
}

/// A visit, an examination, an emergency or a paper of a record, or a record that is opened, for a person of the register
/// or by a whole paper.
fn is_form_of_followup(place: &str) -> bool {
    let Some(rest) = place.strip_prefix("/followup/records/") else { return false };
    if let Some((person, paper)) =
        rest.strip_prefix("new?person=").and_then(|asked| asked.split_once("&paper="))
    {
        let opens = PaperKind::of_code(paper).is_some_and(PaperKind::opens);
        return (person.is_empty() || is_id(person)) && (paper.is_empty() || opens);
    }
    let Some((record, page)) = rest.split_once('/') else { return false };
    let known = match page.strip_prefix("papers/") {
        Some(kind) => PaperKind::of_code(kind).is_some(),
        None => ["visit", "examinations/new", "emergency"].contains(&page),
    };
    known && is_id(record)
}

fn is_id(text: &str) -> bool {
    text.parse::<Id>().is_ok()
}

/// Keeps what stands on a page of the caller's, in place of what was kept of it before.
///
/// # Errors
/// The place is none of the pages that are kept, or there is too much on it.
pub async fn keep(app: &App, scope: &Scope, place: &str, pairs: &[(String, String)]) -> Result<()> {
    if !is_kept(place) {
        return Err(Error::invalid("place", "unknown_choice"));
    }
    let text = serde_json::to_string(pairs)?;
    if text.len() > MOST_BYTES {
        return Err(Error::invalid("place", "too_long"));
    }
    let content = app.keys.seal(&text)?;
    atomic!(app.db, tx => {
        let sql = "INSERT INTO unsent_form (account_id, place, content, saved_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (account_id, place) DO UPDATE SET content = excluded.content, saved_at = excluded.saved_at";
        tx.run(sql, p![scope.account, place, content.clone(), app.now()]).await?;
        let sql = "DELETE FROM unsent_form WHERE account_id = $1 AND (SELECT COUNT(*) FROM unsent_form later
            WHERE later.account_id = $1 AND later.saved_at > unsent_form.saved_at) >= $2";
        tx.run(sql, p![scope.account, MOST_PAGES]).await?;
        Ok(())
    })
}

/// What the caller wrote on a page and did not send.
///
/// # Errors
/// The database is gone, or what was kept cannot be unsealed.
pub async fn kept(app: &App, scope: &Scope, place: &str) -> Result<Option<Unsent>> {
    let sql = "SELECT content, saved_at FROM unsent_form WHERE account_id = $1 AND place = $2";
    let found: Option<(Vec<u8>, Timestamp)> = app.db.opt(sql, p![scope.account, place]).await?;
    let Some((content, saved_at)) = found else { return Ok(None) };
    Ok(Some(Unsent { pairs: serde_json::from_str(&app.keys.unseal(&content)?)?, saved_at }))
}

/// Forgets what the caller wrote on a page: it was sent, or is not wanted any more.
///
/// # Errors
/// The database is gone.
pub async fn discard(app: &App, scope: &Scope, place: &str) -> Result<()> {
    let sql = "DELETE FROM unsent_form WHERE account_id = $1 AND place = $2";
    app.db.run(sql, p![scope.account, place]).await?;
    Ok(())
}

/// Forgets what is older than a draft may grow.
///
/// # Errors
/// The database is gone.
pub(super) async fn forget(app: &App) -> Result<u64> {
    let rules = app.tables.clocks.in_force(rules::clock::china_date(app.now()));
    let age = SignedDuration::from_hours(24 * i64::from(rules.limits.draft_days));
    Ok(app.db.run("DELETE FROM unsent_form WHERE saved_at < $1", p![app.now() - age]).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Home;

    #[test]
    fn which_pages_are_kept() {
        let record = Id::new(Home::of_division(310_115_001_000, 0), Timestamp::UNIX_EPOCH);
        let of = |page: &str| format!("/followup/records/{record}/{page}");
        for (place, kept) in [
            ("/cases/apply".to_owned(), true),
            (of("visit"), true),
            (of("examinations/new"), true),
            (of("emergency"), true),
            (of("papers/supplement"), true),
            (of("papers/poem"), false),
            (of("do/receive"), false),
            ("/followup/records/new?person=&paper=".to_owned(), true),
            ("/followup/records/new?person=&paper=report_card".to_owned(), true),
            ("/followup/records/new?person=&paper=supplement".to_owned(), false),
            (format!("/followup/records/new?person={record}&paper="), true),
            ("/followup/records/new?person=somebody&paper=".to_owned(), false),
            ("/followup/records/somebody/visit".to_owned(), false),
            ("/followup/records/new".to_owned(), false),
            ("//elsewhere/cases/".to_owned(), false),
            (format!("/cases/{}", "a".repeat(LONGEST_PLACE)), false),
        ] {
            assert_eq!(is_kept(&place), kept, "{place}");
        }
    }
}
