//! Answers that hold for many: published by the doctor without any person's data, found by all who ask and answer.
//!
//! A text that seems to hold an identity number, a telephone or the name of whom the question was about is not published; a person reads
//! it besides. Notes are found by pairs of characters, so that words of any length and language are.

use super::{KIND, LINE, LONG, ask::unnamed, one};
use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    db::{Sql, Value},
    entry::Reader,
    error::{Error, Result},
    id::Id,
    institution::library::{expect_one, same_version},
    p, row,
    scope::Scope,
};
use jiff::Timestamp;
use rules::{
    Refusal,
    account::{Deed, Subject},
    question::{QuestionState, Side},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

/// Notes on a page.
pub const PAGE: i64 = 20;
/// What it is called in the log.
const NOTE: &str = "question_note";
/// Pairs of characters of a search that are looked at.
const PAIRS: usize = 12;

/// A note.
#[derive(Debug, Clone, Serialize)]
pub struct Note {
    /// Identifier.
    pub id: Id,
    /// A code of the topics.
    pub topic: String,
    /// Title.
    pub title: String,
    /// Text.
    pub body: String,
    /// The author's hospital.
    pub hospital: Id,
    /// By name.
    pub hospital_name: String,
    /// The author.
    pub author: Id,
    /// By name.
    pub author_name: String,
    /// When.
    pub published_at: Timestamp,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
    /// Why.
    pub withdrawn_for: Option<String>,
    /// Version.
    pub version: i64,
}
row!(Note {
    id,
    topic,
    title,
    body,
    hospital,
    hospital_name,
    author,
    author_name,
    published_at,
    withdrawn_at,
    withdrawn_for,
    version
});

const SELECT: &str =
    "SELECT n.id, n.topic, n.title, n.body, n.hospital_id, n.hospital_name, n.author_id, n.author_name, n.published_at,
    n.withdrawn_at, n.withdrawn_for, n.version FROM question_note n WHERE";

/// What is sought.
#[derive(Debug, Clone, Default)]
pub struct Sought {
    /// Words that stand in title or text; all where it is empty.
    pub words: String,
    /// A code of the topics; all where it is empty.
    pub topic: String,
    /// The last note of the page before.
    pub after: Option<(Timestamp, Id)>,
}

/// Pairs of characters that stand beside each other, by which a text is found.
fn pairs(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let plain: Vec<char> = text.to_lowercase().chars().collect();
    for two in plain.windows(2) {
        if two.iter().all(|c| c.is_alphanumeric()) {
            found.insert(two.iter().collect());
        }
    }
    found
}

/// The notes that hold, the latest first.
///
/// # Errors
/// The role has nothing to do with questions; one character finds nothing.
pub async fn list(app: &App, scope: &Scope, sought: &Sought) -> Result<Vec<Note>> {
    scope.permit(Deed::Read, Subject::Question)?;
    let words = sought.words.trim();
    let wanted = pairs(words);
    if !words.is_empty() && wanted.is_empty() {
        return Err(Error::invalid("q", "too_short"));
    }
    let mut sql = Sql::new(SELECT).push(" n.withdrawn_at IS NULL", []);
    if !sought.topic.is_empty() {
        sql = sql.push(" AND n.topic = {}", p![&sought.topic]);
    }
    for pair in wanted.iter().take(PAIRS) {
        sql =
            sql.push(" AND n.id IN (SELECT w.note_id FROM question_note_word w WHERE w.word = {})", p![pair]);
    }
    if let Some((at, id)) = sought.after {
        sql = sql.push(" AND (n.published_at, n.id) < ({}, {})", p![at, id]);
    }
    Ok(app.db.query(sql.push(" ORDER BY n.published_at DESC, n.id DESC LIMIT {}", p![PAGE])).await?)
}

/// One note, also where it was withdrawn.
///
/// # Errors
/// There is none.
pub async fn show(app: &App, scope: &Scope, id: Id) -> Result<Note> {
    scope.permit(Deed::Read, Subject::Question)?;
    app.db.opt(&format!("{SELECT} n.id = $1"), p![id]).await?.ok_or(Error::NotFound)
}

/// A note as somebody typed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NoteEntry {
    /// The version of the question that was seen.
    pub version: i64,
    /// Title.
    pub title: String,
    /// Text.
    pub body: String,
    /// The doctor read it, and nothing in it says whose it is.
    pub checked: bool,
}

/// Publishes what holds for many of an answer.
///
/// # Errors
/// Not the caller's answer, nothing answered yet, published before, or the text seems to say whose it is.
pub async fn publish(app: &App, scope: &Scope, question: Id, entry: &NoteEntry) -> Result<Id> {
    scope.permit(Deed::Change, Subject::Question)?;
    let (now, id) = (app.now(), scope.organisation.beside(app.now()));
    let named = whose(app, scope, question).await?;
    let mut reader = Reader::new(&app.divisions, true);
    let title = reader.line("title", &entry.title, LINE);
    reader.needed("title", !title.is_empty());
    let body = reader.text("body", &entry.body, LONG);
    reader.needed("body", !body.is_empty());
    let names: Vec<&str> = named.iter().map(String::as_str).collect();
    unnamed(&mut reader, "title", &title, &names);
    unnamed(&mut reader, "body", &body, &names);
    reader.needed("checked", entry.checked);
    reader.finish(())?;
    atomic!(app.db, tx => {
        let sql = one(app, scope, question);
        let found: Option<super::Question> = tx.opt(&sql.text, sql.args).await?;
        let found = found.ok_or(Error::NotFound)?;
        same_version(entry.version, found.version)?;
        if found.side(scope) != Side::Doctor {
            return Err(Refusal::new(KIND, "question_not_yours").into());
        }
        let answered = matches!(found.state, QuestionState::Answered | QuestionState::Closed);
        if found.note.is_some() || !answered || found.answered_at.is_none() {
            return Err(Refusal::new(KIND, "question_other_state").into());
        }
        let sql = "INSERT INTO question_note (id, topic, title, body, hospital_id, hospital_name, county, author_id, author_name,
            published_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)";
        let county = crate::division::county_of(scope.division);
        let args = p![
            id, &found.topic, &title, &body, scope.organisation, &scope.organisation_name, county, scope.account, &scope.name, now
        ];
        tx.run(sql, args).await?;
        let words: Vec<Vec<Value>> =
            pairs(&format!("{title}\n{body}")).into_iter().map(|word| p![word, id]).collect();
        tx.insert_many("question_note_word", &["word", "note_id"], &words).await?;
        let sql = "UPDATE question SET note_id = $1, version = version + 1 WHERE home = $2 AND id = $3 AND version = $4";
        expect_one(tx.run(sql, p![id, question.home_number(), question, found.version]).await?, found.version)?;
        let entry = Entry { action: "publish", ..Entry::read(Purpose::Care, NOTE, id) };
        audit::record_in(tx, scope, entry, now);
        Ok(id)
    })
}

/// The name that must not stand in a note: of whom the question was about. It is compared and shown to nobody.
async fn whose(app: &App, scope: &Scope, question: Id) -> Result<Option<String>> {
    let found: Vec<super::Question> = app.db.query(one(app, scope, question)).await?;
    let found = found.into_iter().next().ok_or(Error::NotFound)?;
    let Some((kind, id)) = found.about else { return Ok(None) };
    let sql = match kind.as_str() {
        "record" => {
            "SELECT n.name FROM smd_record s JOIN person n ON n.home = s.home AND n.id = s.person_id
            WHERE s.home = $1 AND s.id = $2"
        }
        _ => "SELECT client_name FROM referral WHERE home = $1 AND id = $2",
    };
    let name: Option<(String,)> = app.db.opt(sql, p![id.home_number(), id]).await?;
    Ok(name.map(|(name,)| name))
}

/// Withdraws a note of the own hospital, with the reason, which its readers see.
///
/// # Errors
/// There is none of the caller's hospital; somebody changed it meanwhile; the reason is missing.
pub async fn withdraw(app: &App, scope: &Scope, id: Id, (version, reason): (i64, &str)) -> Result<()> {
    scope.permit(Deed::Change, Subject::Question)?;
    let now = app.now();
    atomic!(app.db, tx => {
        let found: Option<Note> = tx.opt(&format!("{SELECT} n.id = $1"), p![id]).await?;
        let found = found.filter(|note| withdraws(scope, note)).ok_or(Error::NotFound)?;
        let mut reader = Reader::new(&app.divisions, true);
        let reason = reader.line("reason", reason, 200);
        reader.needed("reason", !reason.is_empty());
        unnamed(&mut reader, "reason", &reason, &[]);
        let reason = reader.finish(reason)?;
        same_version(version, found.version)?;
        let sql = "UPDATE question_note SET withdrawn_at = $1, withdrawn_for = $2, version = version + 1
            WHERE id = $3 AND version = $4";
        expect_one(tx.run(sql, p![now, &reason, id, found.version]).await?, found.version)?;
        let detail = json!({ "state": "withdrawn" });
        audit::record_in(tx, scope, Entry { action: "change", detail, ..Entry::read(Purpose::Care, NOTE, id) }, now);
        Ok(())
    })
}

/// Whether the caller may withdraw it: doctors of the hospital that published it.
#[must_use]
pub fn withdraws(scope: &Scope, note: &Note) -> bool {
    scope.role == rules::account::Role::Doctor
        && scope.organisation == note.hospital
        && note.withdrawn_at.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_any_language_become_pairs() {
        let all = |text: &str| pairs(text).into_iter().collect::<Vec<_>>().join(" ");
        assert_eq!(all("服药后手抖"), "后手 手抖 服药 药后");
        assert_eq!(all("QT 间期"), "qt 间期");
        assert_eq!(all("药"), "");
        assert_eq!(all("a,b"), "");
    }
}
