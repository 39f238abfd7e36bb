//! What somebody undertook to do, upon an answer of the question desk or at a case conference: it stands in the owner's work list and
//! beside the case until it is done. What is to be done is sealed, since it may be about a client.

use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    db::Tx,
    entry::Reader,
    error::{Error, Result},
    id::Id,
    institution::library::{expect_one, same_version},
    p, row,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::{Deed, Subject},
    reminder::{Count, Stretch},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Tasks on a page.
pub const PAGE: i64 = 50;
/// Letters of what came of it at most.
const NOTE: usize = 500;
const KIND: &str = "agreed_task";

/// What it comes from, or whom it is about: a code and the record.
pub type Link = (String, Id);

/// A task.
#[derive(Debug, Clone, Serialize)]
pub struct Agreed {
    /// Identifier.
    pub id: Id,
    /// Where it was agreed on: `question` or `conference`.
    pub source: Link,
    /// The `case` or `record` that it is about.
    pub about: Option<Link>,
    /// The owner's account; nothing where the owner has none.
    pub owner: Option<Id>,
    /// The owner by name.
    pub owner_name: String,
    /// The day.
    pub due_on: Date,
    /// What is to be done.
    pub what: String,
    /// What came of it.
    pub note: String,
    /// Who wrote it down.
    pub made_by: String,
    /// When it was done.
    pub done_at: Option<Timestamp>,
    /// Who said so.
    pub done_by: Option<String>,
    /// To be sent when it is done.
    pub version: i64,
}

#[derive(Default, Serialize, Deserialize)]
struct Content {
    what: String,
    #[serde(default)]
    note: String,
}

struct Row {
    id: Id,
    source_kind: String,
    source_id: Id,
    about_kind: Option<String>,
    about_id: Option<Id>,
    owner: Option<Id>,
    owner_name: String,
    due_on: Date,
    content: Vec<u8>,
    made_by: String,
    done_at: Option<Timestamp>,
    done_by: Option<String>,
    version: i64,
}
row!(Row {
    id,
    source_kind,
    source_id,
    about_kind,
    about_id,
    owner,
    owner_name,
    due_on,
    content,
    made_by,
    done_at,
    done_by,
    version
});

const SELECT: &str =
    "SELECT t.id, t.source_kind, t.source_id, t.about_kind, t.about_id, t.owner_id, t.owner_name, t.due_on, t.content,
    t.made_by_name, t.done_at, t.done_by_name, t.version FROM agreed_task t WHERE";

impl Row {
    fn open(self, app: &App) -> Result<Agreed> {
        let Content { what, note } = serde_json::from_str(&app.keys.unseal(&self.content)?)?;
        Ok(Agreed {
            id: self.id,
            source: (self.source_kind, self.source_id),
            about: self.about_kind.zip(self.about_id),
            owner: self.owner,
            owner_name: self.owner_name,
            due_on: self.due_on,
            what,
            note,
            made_by: self.made_by,
            done_at: self.done_at,
            done_by: self.done_by,
            version: self.version,
        })
    }
}

fn opened(app: &App, rows: Vec<Row>) -> Result<Vec<Agreed>> {
    rows.into_iter().map(|row| row.open(app)).collect()
}

/// A task to be kept.
pub(crate) struct New<'a> {
    /// Where it was agreed on.
    pub source: (&'static str, Id),
    /// Whom it is about.
    pub about: Option<(&'a str, Id)>,
    /// Account, where there is one, and name.
    pub owner: (Option<Id>, &'a str),
    /// The day.
    pub due_on: Date,
    /// What is to be done.
    pub what: &'a str,
}

/// Keeps a task in the transaction of what it comes from.
pub(crate) async fn add(app: &App, tx: &mut Tx, scope: &Scope, new: &New<'_>) -> Result<Id> {
    let id = new.source.1.beside(app.now());
    let content = Content { what: new.what.to_owned(), note: String::new() };
    let sealed = app.keys.seal(&serde_json::to_string(&content)?)?;
    let sql = "INSERT INTO agreed_task (home, id, source_kind, source_id, about_kind, about_id, owner_id, owner_name, due_on, content,
        made_by_name, made_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)";
    let (about_kind, about_id) = new.about.unzip();
    let args = p![
        id.home_number(),
        id,
        new.source.0,
        new.source.1,
        about_kind,
        about_id,
        new.owner.0,
        new.owner.1,
        new.due_on,
        sealed,
        &scope.name,
        app.now()
    ];
    tx.run(sql, args).await?;
    Ok(id)
}

/// The caller's own open tasks, the earliest day first, from after one; the read is in the log.
///
/// # Errors
/// The role has no work list.
pub async fn own(app: &App, scope: &Scope, after: Option<(Date, Id)>) -> Result<Vec<Agreed>> {
    scope.permit(Deed::Read, Subject::WorkList)?;
    let (day, id) = after.unwrap_or((Date::MIN, Id(uuid::Uuid::nil())));
    let sql = format!(
        "{SELECT} t.owner_id = $1 AND t.done_at IS NULL AND (t.due_on, t.id) > ($2, $3) ORDER BY t.due_on, t.id LIMIT $4"
    );
    let day = day.max(jiff::civil::date(1, 1, 1));
    let found = opened(app, app.db.all(&sql, p![scope.account, day, id, PAGE]).await?)?;
    if !found.is_empty() {
        let entry = Entry::listed(Purpose::Care, KIND, found.len());
        audit::record(&app.db, scope, entry, app.now()).await?;
    }
    Ok(found)
}

/// The tasks of a question or conference that the caller has in scope, which the caller's page logs as a read.
pub(crate) async fn of_source(app: &App, source: Id) -> Result<Vec<Agreed>> {
    let sql = format!("{SELECT} t.home = $1 AND t.source_id = $2 ORDER BY t.due_on, t.id LIMIT $3");
    opened(app, app.db.all(&sql, p![source.home_number(), source, 4 * PAGE]).await?)
}

/// The open tasks about a case or record that the caller has in scope, which the caller's page logs as a read.
///
/// # Errors
/// The database is gone.
pub(crate) async fn about(app: &App, about: Id) -> Result<Vec<Agreed>> {
    let sql = format!("{SELECT} t.about_id = $1 AND t.done_at IS NULL ORDER BY t.due_on, t.id LIMIT $2");
    opened(app, app.db.all(&sql, p![about, PAGE]).await?)
}

/// How many of the account's tasks are overdue, and due in a stretch of days.
pub(crate) async fn due(app: &App, scope: &Scope, Stretch { on, until }: Stretch) -> Result<Count> {
    let sql = "SELECT CAST(COALESCE(SUM(CASE WHEN t.due_on < $1 THEN 1 ELSE 0 END), 0) AS BIGINT),
        CAST(COALESCE(SUM(CASE WHEN t.due_on >= $1 THEN 1 ELSE 0 END), 0) AS BIGINT)
        FROM agreed_task t WHERE t.owner_id = $2 AND t.done_at IS NULL AND t.due_on <= $3";
    let found: Option<(i64, i64)> = app.db.opt(sql, p![on, scope.account, until]).await?;
    let (overdue, due) = found.unwrap_or_default();
    Ok(Count { overdue, due })
}

/// Notes that a task is done, with what came of it. Its owner says so; for an owner without an account, who keeps the conference.
///
/// # Errors
/// It is nobody's whom the caller answers for; it was done already; somebody changed it meanwhile; the note is too long.
pub async fn done(app: &App, scope: &Scope, id: Id, (version, note): (i64, &str)) -> Result<Agreed> {
    scope.permit(Deed::Change, Subject::WorkList)?;
    let now = app.now();
    atomic!(app.db, tx => {
        let sql = format!("{SELECT} t.home = $1 AND t.id = $2 AND (t.owner_id = $3 OR (t.owner_id IS NULL AND EXISTS (
            SELECT 1 FROM conference c WHERE c.home = t.home AND c.id = t.source_id AND (c.chair_id = $3 OR c.planner_id = $3))))");
        let found: Option<Row> = tx.opt(&sql, p![id.home_number(), id, scope.account]).await?;
        let mut task = found.ok_or(Error::NotFound)?.open(app)?;
        if task.done_at.is_some() {
            return Ok(task);
        }
        same_version(version, task.version)?;
        let mut reader = Reader::new(&app.divisions, true);
        let note = reader.text("note", note, NOTE);
        task.note = reader.finish(note)?;
        let content = Content { what: task.what.clone(), note: task.note.clone() };
        let sealed = app.keys.seal(&serde_json::to_string(&content)?)?;
        let sql = "UPDATE agreed_task SET done_at = $1, done_by_name = $2, content = $3, version = version + 1
            WHERE home = $4 AND id = $5 AND version = $6";
        let args = p![now, &scope.name, sealed, id.home_number(), id, task.version];
        expect_one(tx.run(sql, args).await?, task.version)?;
        (task.done_at, task.done_by) = (Some(now), Some(scope.name.clone()));
        task.version += 1;
        let entry = Entry { action: "change", detail: json!({ "state": "done" }), ..Entry::read(Purpose::Care, KIND, id) };
        audit::record_in(tx, scope, entry, now);
        Ok(task)
    })
}
