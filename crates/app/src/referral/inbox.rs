//! What is addressed to a reader: open tasks and messages not read yet.

use super::list::shown_name;
use super::{Order, perform_in};
use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    db::{Sql, Tx, Value},
    error::{Error, Result},
    id::Id,
    p, row,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::Role,
    referral::{Case, Command, Delivery, Event, Message, Recorded, Task},
    reminder::Count,
};
use serde::Serialize;

/// Rows on a page of tasks or messages.
pub const INBOX_PAGE: i64 = 20;

/// The last instant that both databases can hold: tasks without a term come last.
const FAR_SECONDS: i64 = 253_370_736_000;

fn far() -> Timestamp {
    Timestamp::from_second(FAR_SECONDS).unwrap_or(Timestamp::MAX)
}

/// A task to be done.
#[derive(Debug, Clone, Serialize)]
pub struct TaskRow {
    /// Identifier.
    pub id: Id,
    /// The case.
    pub referral: Id,
    /// Kind, as [`rules::referral::Task`] or `overdue_k1` … `overdue_k14`.
    pub kind: String,
    /// Whom it concerns, as [`rules::referral::Party`]: guardians and the police are told by somebody else.
    pub party: String,
    /// To be done by this instant.
    pub due_at: Option<Timestamp>,
    /// When it was given.
    pub created_at: Timestamp,
    /// Number of the case, where the reader may open it.
    pub number: Option<String>,
    /// The client's name as this reader may see it, where the reader may open the case.
    pub name: Option<String>,
    /// State of the case, where the reader may open it.
    pub state: Option<String>,
    /// Since when consent has been taken back: then the name is masked.
    #[serde(skip)]
    pub restricted_at: Option<Timestamp>,
}
row!(TaskRow { id, referral, kind, party, due_at, created_at, number, name, state, restricted_at });

/// A message not read yet.
#[derive(Debug, Clone, Serialize)]
pub struct MessageRow {
    /// Identifier.
    pub id: Id,
    /// The case.
    pub referral: Id,
    /// Kind, as [`rules::referral::Message`].
    pub kind: String,
    /// How far it had come before this reader saw it, as [`rules::referral::Delivery`].
    pub delivery: String,
    /// An answer is wanted by this day.
    pub due_on: Option<Date>,
    /// When it was written.
    pub created_at: Timestamp,
    /// Number of the case, where the reader may open it.
    pub number: Option<String>,
    /// The client's name as this reader may see it, where the reader may open the case.
    pub name: Option<String>,
    /// State of the case, where the reader may open it.
    pub state: Option<String>,
    /// Since when consent has been taken back: then the name is masked.
    #[serde(skip)]
    pub restricted_at: Option<Timestamp>,
}
row!(MessageRow { id, referral, kind, delivery, due_on, created_at, number, name, state, restricted_at });

/// "… FROM table t LEFT JOIN referral r" with the reader's scope in the join: a case that the reader may not open
/// gives no number and no name.
fn joined(columns: &str, table: &str, scope: &Scope) -> Sql {
    let text = format!(
        "SELECT {columns}, COALESCE(r.registration, r.receipt), r.client_name, r.state,
         r.restricted_at"
    );
    from(Sql::new(&text), table, scope)
}

/// The same with everything that is selected.
fn from(select: Sql, table: &str, scope: &Scope) -> Sql {
    // A client starts from the own cases, which are few; all others from what is addressed to them.
    let tables = if scope.role == Role::Client {
        format!("referral r JOIN {table} t ON r.home = t.home AND r.id = t.referral_id")
    } else {
        format!("{table} t LEFT JOIN referral r ON r.home = t.home AND r.id = t.referral_id")
    };
    scope.referrals(select.push(&format!(" FROM {tables}"), []))
}

/// Adds "and it is addressed to this reader": to the account, its organisation, or its role in its area.
fn addressed(sql: Sql, scope: &Scope) -> Sql {
    if scope.role == Role::Client {
        // Clients' accounts are kept by an office; what is written to that office is not for them.
        return sql.push(" AND (t.to_account = {} OR t.to_party = 'client')", p![scope.account]);
    }
    let sql = sql.push(
        " AND (t.to_account = {} OR t.to_organisation = {}
          OR (t.to_role = {} AND t.division >= {} AND t.division <= {})",
        p![scope.account, scope.organisation, scope.role.code(), scope.area.from, scope.area.to],
    );
    // What colleagues handed over for a time.
    let sql = scope
        .stands_in_for
        .iter()
        .fold(sql, |sql, colleague| sql.push(" OR t.to_account = {}", p![*colleague]));
    let sql = sql.push(")", []);
    // Colleagues in an institution do not learn of each other's cases.
    if scope.role.is_institution_staff() { sql.push(" AND r.id IS NOT NULL", []) } else { sql }
}

fn masked(
    scope: &Scope,
    state: Option<&String>,
    restricted_at: Option<Timestamp>,
    name: Option<String>,
) -> Option<String> {
    let case = (state.map_or("", String::as_str), restricted_at.is_some());
    name.map(|name| shown_name(scope, case, &name))
}

/// Open tasks of the reader, those due first first; `after` is the term and identifier of the last one seen.
pub(super) async fn tasks(app: &App, scope: &Scope, after: Option<(Timestamp, Id)>) -> Result<Vec<TaskRow>> {
    let columns = "t.id, t.referral_id, t.kind, t.to_party, t.due_at, t.created_at";
    let sql = joined(columns, "task", scope).push(" WHERE t.done_at IS NULL", []);
    let mut sql = addressed(sql, scope);
    if let Some((due, id)) = after {
        sql = sql.push(
            " AND (COALESCE(t.due_at, {}) > {} OR (COALESCE(t.due_at, {}) = {} AND t.id > {}))",
            p![far(), due, far(), due, id],
        );
    }
    let sql = sql.push(" ORDER BY COALESCE(t.due_at, {}), t.id LIMIT {}", p![far(), INBOX_PAGE]);
    let mut rows: Vec<TaskRow> = app.db.query(sql).await?;
    for row in &mut rows {
        row.name = masked(scope, row.state.as_ref(), row.restricted_at, row.name.take());
    }
    Ok(rows)
}

/// How many open tasks of the reader were due before an instant, and from it up to another. It names nobody and is not logged.
pub(crate) async fn due(app: &App, scope: &Scope, (from_on, until): (Timestamp, Timestamp)) -> Result<Count> {
    let select = Sql::default().push(
        "SELECT CAST(COALESCE(SUM(CASE WHEN t.due_at < {} THEN 1 ELSE 0 END), 0) AS BIGINT),
         CAST(COALESCE(SUM(CASE WHEN t.due_at >= {} AND t.due_at < {} THEN 1 ELSE 0 END), 0) AS BIGINT)",
        p![from_on, from_on, until],
    );
    let sql = from(select, "task", scope).push(" WHERE t.done_at IS NULL", []);
    let found: Vec<(i64, i64)> = app.db.listing().query(addressed(sql, scope)).await?;
    Ok(found.first().map_or_else(Count::default, |(overdue, due)| Count { overdue: *overdue, due: *due }))
}

/// The key of a task for the next page.
#[must_use]
pub fn task_key(row: &TaskRow) -> (Timestamp, Id) {
    (row.due_at.unwrap_or_else(far), row.id)
}

/// A letter that asks to be acknowledged stays in sight until it is.
const UNREAD: &str =
    "(t.state IN ('queued', 'sent', 'received') OR (t.state = 'read' AND t.kind = 'feedback_letter'))";

/// Messages that the reader has not read, latest first; `after` is the instant and identifier of the last one seen.
pub(super) async fn messages(
    app: &App,
    scope: &Scope,
    after: Option<(Timestamp, Id)>,
) -> Result<Vec<MessageRow>> {
    let columns = "t.id, t.referral_id, t.kind, t.state, t.due_on, t.created_at";
    let sql = joined(columns, "message", scope).push(&format!(" WHERE {UNREAD}"), []);
    let mut sql = addressed(sql, scope);
    if let Some((at, id)) = after {
        sql = sql.push(" AND (t.created_at < {} OR (t.created_at = {} AND t.id < {}))", p![at, at, id]);
    }
    let sql = sql.push(" ORDER BY t.created_at DESC, t.id DESC LIMIT {}", p![INBOX_PAGE]);
    let mut rows: Vec<MessageRow> = app.db.query(sql).await?;
    for row in &mut rows {
        row.name = masked(scope, row.state.as_ref(), row.restricted_at, row.name.take());
    }
    Ok(rows)
}

/// Messages reach their reader with the list that shows them.
pub(super) async fn received(app: &App, rows: &[MessageRow]) -> Result<()> {
    let on_its_way = |row: &&MessageRow| ["queued", "sent"].contains(&row.delivery.as_str());
    let fresh: Vec<Id> = rows.iter().filter(on_its_way).map(|row| row.id).collect();
    if fresh.is_empty() {
        return Ok(());
    }
    atomic!(app.db, tx => {
        for id in &fresh {
            let sql = "UPDATE message SET state = 'received' WHERE home = $1 AND id = $2
                AND state IN ('queued', 'sent')";
            tx.run(sql, p![id.home_number(), *id]).await?;
        }
        Ok(())
    })
}

/// Who opens a case has read what was written to the reader on it; tells how far its latest messages have come.
pub(super) async fn opened(app: &App, scope: &Scope, referral: Id) -> Result<Delivery> {
    let found = messages_of(app, referral).await?;
    if !found.iter().any(|message| message.delivery < Delivery::Read && message.may_be_for(scope)) {
        return Ok(latest(&found));
    }
    let sql = joined("t.id", "message", scope).push(
        " WHERE t.home = {} AND t.referral_id = {} AND t.state IN ('queued', 'sent', 'received')",
        p![referral.home_number(), referral],
    );
    type Found = (Id, Option<String>, Option<String>, Option<String>);
    let unread: Vec<Found> = app.db.query(addressed(sql, scope)).await?;
    if unread.is_empty() {
        return Ok(latest(&found));
    }
    let marked: Result<()> = atomic!(app.db, tx => {
        for (id, ..) in &unread {
            mark_read(tx, app, scope, *id).await?;
        }
        Ok(())
    });
    marked?;
    Ok(latest(&messages_of(app, referral).await?))
}

/// How far a message has come, when it was written, and to whom.
struct Sent {
    delivery: Delivery,
    at: Timestamp,
    account: Option<Id>,
    organisation: Option<Id>,
    role: Option<String>,
}

impl Sent {
    /// Spares the exact question where the answer is certainly no, which is nearly always.
    fn may_be_for(&self, scope: &Scope) -> bool {
        scope.role == Role::Client
            || self.account == Some(scope.account)
            || self.organisation == Some(scope.organisation)
            || self.role.as_deref() == Some(scope.role.code())
    }
}

/// The messages of a case, latest first.
async fn messages_of(app: &App, referral: Id) -> Result<Vec<Sent>> {
    let sql = "SELECT state, created_at, to_account, to_organisation, to_role FROM message
        WHERE home = $1 AND referral_id = $2 ORDER BY created_at DESC, id DESC LIMIT 200";
    type Found = (String, Timestamp, Option<Id>, Option<Id>, Option<String>);
    let found: Vec<Found> = app.db.all(sql, p![referral.home_number(), referral]).await?;
    let of = |state: &str| match state {
        "sent" => Delivery::Sent,
        "received" => Delivery::Received,
        "read" => Delivery::Read,
        "answered" => Delivery::Answered,
        _ => Delivery::Queued,
    };
    let sent = |(state, at, account, organisation, role): Found| Sent {
        delivery: of(&state),
        at,
        account,
        organisation,
        role,
    };
    Ok(found.into_iter().map(sent).collect())
}

/// The least of what was written at the latest moment. What goes to somebody outside the platform counts only where
/// nobody inside was written to.
fn latest(messages: &[Sent]) -> Delivery {
    let Some(last) = messages.first() else { return Delivery::None };
    let same = messages.iter().filter(|message| message.at == last.at).map(|message| message.delivery);
    let inside = same.clone().filter(|delivery| *delivery != Delivery::Queued).min();
    inside.or_else(|| same.min()).unwrap_or_default()
}

async fn mark_read(tx: &mut Tx, app: &App, scope: &Scope, message: Id) -> Result<()> {
    let sql = "UPDATE message SET state = 'read', read_at = $1, read_by = $2
        WHERE home = $3 AND id = $4 AND state IN ('queued', 'sent', 'received')";
    tx.run(sql, p![app.now(), scope.account, message.home_number(), message]).await?;
    Ok(())
}

/// What answers a message: the institution's word on the offer, the sender's acknowledgement, the applicant's papers,
/// the hospital's confirmation, the other county's decision.
pub(super) async fn answered(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    case: &Case,
    events: &[Recorded],
) -> Result<()> {
    for recorded in events {
        let (kind, column, who) = match &recorded.event {
            Event::Accepted { .. } | Event::Declined { .. } => {
                (Message::ReferralSlip, "to_organisation", Some(recorded.organisation))
            }
            Event::HospitalConfirmed { .. } => {
                (Message::HospitalSlip, "to_organisation", Some(recorded.organisation))
            }
            Event::Transferred { .. } | Event::TransferRefused => {
                (Message::TransferRequest, "to_organisation", Some(recorded.organisation))
            }
            Event::FeedbackAcknowledged { account, .. } => {
                (Message::FeedbackLetter, "to_account", Some(*account))
            }
            Event::Resubmitted { .. } => (Message::SupplementNotice, "to_account", None),
            _ => continue,
        };
        let id = Id(case.id);
        let sql = Sql::default().push(
            "UPDATE message SET state = 'answered', read_at = COALESCE(read_at, {}), read_by = COALESCE(read_by, {}),
                answered_at = {} WHERE home = {} AND referral_id = {} AND kind = {} AND answered_at IS NULL",
            p![app.now(), scope.account, app.now(), id.home_number(), id, super::row::code(&kind)],
        );
        let sql = sql.when(&format!(" AND {column} = {{}}"), who.map(Id));
        tx.run(&sql.text, sql.args).await?;
    }
    Ok(())
}

/// Ends the tasks that asked for what has just been done: who decided is not asked to decide.
pub(super) async fn settled(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    case: &Case,
    events: &[Recorded],
) -> Result<()> {
    let done = |task: &Task| events.iter().any(|recorded| task.is_done_by(&recorded.event));
    let kinds = Task::ALL.into_iter().filter(done).map(|task| Value::from(super::row::code(&task)));
    let kinds: Vec<Value> = kinds.collect();
    if kinds.is_empty() {
        return Ok(());
    }
    let id = Id(case.id);
    let sql = Sql::default()
        .push(
            "UPDATE task SET done_at = {}, done_by = {} WHERE home = {} AND referral_id = {} AND done_at IS NULL",
            p![app.now(), scope.account, id.home_number(), id],
        )
        .push(&format!(" AND kind IN ({})", vec!["{}"; kinds.len()].join(", ")), kinds);
    tx.run(&sql.text, sql.args).await?;
    Ok(())
}

/// Whether a task or message is addressed to the reader, and of which case.
async fn of_reader(tx: &mut Tx, table: &str, scope: &Scope, id: Id) -> Result<Id> {
    let sql = joined("t.referral_id", table, scope);
    let sql = addressed(sql.push(" WHERE t.home = {} AND t.id = {}", p![id.home_number(), id]), scope);
    type Found = (Id, Option<String>, Option<String>, Option<String>);
    let found: Option<Found> = tx.opt(&sql.text, sql.args).await?;
    found.map(|(referral, ..)| referral).ok_or(Error::NotFound)
}

fn told(tx: &mut Tx, app: &App, scope: &Scope, kind: &'static str, id: Id) {
    let entry = Entry {
        purpose: Purpose::Referral,
        action: "done",
        subject_kind: kind,
        subject: Some(id),
        detail: serde_json::json!({}),
    };
    audit::record_in(tx, scope, entry, app.now());
}

/// Marks a task as done; a second time changes nothing.
///
/// # Errors
/// It is not addressed to the reader.
pub async fn done(app: &App, scope: &Scope, task: Id) -> Result<()> {
    atomic!(app.db, tx => {
        of_reader(tx, "task", scope, task).await?;
        let sql = "UPDATE task SET done_at = $1, done_by = $2 WHERE home = $3 AND id = $4 AND done_at IS NULL";
        if tx.run(sql, p![app.now(), scope.account, task.home_number(), task]).await? > 0 {
            told(tx, app, scope, "task", task);
        }
        Ok(())
    })
}

/// Marks a message as read; a second time changes nothing.
///
/// # Errors
/// It is not addressed to the reader.
pub async fn read(app: &App, scope: &Scope, message: Id) -> Result<()> {
    atomic!(app.db, tx => {
        of_reader(tx, "message", scope, message).await?;
        mark_read(tx, app, scope, message).await
    })
}

/// Acknowledges a feedback letter: the command on its case, which answers the message.
///
/// # Errors
/// It is not addressed to the reader, or the rules refuse.
pub async fn acknowledge(app: &App, scope: &Scope, message: Id) -> Result<()> {
    atomic!(app.db, tx => {
        let referral = of_reader(tx, "message", scope, message).await?;
        perform_in(app, tx, scope, Some(referral), &Order::plain(Command::AcknowledgeFeedback)).await?;
        Ok(())
    })
}
