//! Everything that was said of a person and everything that was linked and unlinked, in the order of time.

use super::{Person, Shows, stored};
use crate::{
    App, audit,
    db::Tx,
    error::Result,
    id::Id,
    p,
    person::sql::{ids, marks},
    row,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::name;
use serde_json::Value as Json;

/// One source record, as the caller may see it. Whole numbers are shown by `reveal` only.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Record {
    /// Identifier.
    pub id: Id,
    /// Whose record it is: the head of the cluster or one of its members.
    pub person_id: Id,
    /// The import that brought it.
    pub import_id: Option<Id>,
    /// Row of the file, counted from 1 as a spreadsheet does.
    pub row_number: Option<i64>,
    /// `smd`, `dpf` or `application`.
    pub kind: String,
    /// Who sent it.
    pub sender: String,
    /// Name as the sender writes it, or surname and a star.
    pub name: String,
    /// `male` or `female`.
    pub sex: Option<String>,
    /// Birth date.
    pub born_on: Option<Date>,
    /// Division of residence.
    pub division: i64,
    /// Coded columns of the kind.
    pub fields: Json,
    /// `first`, `exact`, `review` or `moved`.
    pub linked_as: String,
    /// When it came.
    pub created_at: Timestamp,
    /// When it ceased to speak.
    pub ended_at: Option<Timestamp>,
    /// `superseded` or `undone`.
    pub ended_because: Option<String>,
}
row!(Record {
    id,
    person_id,
    import_id,
    row_number,
    kind,
    sender,
    name,
    sex,
    born_on,
    division,
    fields,
    linked_as,
    created_at,
    ended_at,
    ended_because
});

/// One link or unlink.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Event {
    /// Identifier.
    pub id: Id,
    /// Whose.
    pub person_id: Id,
    /// `linked`, `merged`, `unmerged`, `unlinked`, `different`, `reopened`.
    pub kind: String,
    /// The other person.
    pub other_id: Option<Id>,
    /// The record.
    pub record_id: Option<Id>,
    /// The pair that was decided.
    pub pair_id: Option<Id>,
    /// Who did it.
    pub account_id: Id,
    /// When.
    pub at: Timestamp,
    /// More about it.
    pub detail: Json,
}
row!(Event { id, person_id, kind, other_id, record_id, pair_id, account_id, at, detail });

/// A person with its history.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Timeline {
    /// The head of the cluster.
    pub person: Person,
    /// Those who were merged into it.
    pub members: Vec<Person>,
    /// Records, newest first.
    pub records: Vec<Record>,
    /// Links and unlinks, newest first.
    pub events: Vec<Event>,
}

/// The whole history of a person, by any identifier it ever had; the read is recorded.
///
/// # Errors
/// There is no such person in the caller's scope.
pub async fn timeline(app: &App, scope: &Scope, id: Id) -> Result<Timeline> {
    let head = stored(app, scope, id).await?;
    let mut entry = audit::Entry::read(audit::Purpose::Referral, "person", head.id);
    entry.detail = serde_json::json!({"fields": ["timeline"]});
    audit::record(&app.db, scope, entry, app.now()).await?;
    let shows = Shows::to(scope);
    let sql = format!(
        "SELECT {} FROM person_member g JOIN person p ON p.home = g.member_home /* spread: one person's records may have different homes */ AND p.id = g.member_id
         WHERE g.home = $1 AND g.head_id = $2 ORDER BY p.id",
        super::COLUMNS
    );
    let members: Vec<super::Stored> = app.db.all(&sql, p![head.id.home_number(), head.id]).await?;
    let everybody: Vec<Id> = std::iter::once(head.id).chain(members.iter().map(|m| m.id)).collect();
    let marks = marks(1, everybody.len());
    let mut records: Vec<Record> = app
        .db
        .all(
            &format!(
                "SELECT id, person_id, import_id, row_number, kind, sender, name, sex, born_on, division, fields,
                 linked_as, created_at, ended_at, ended_because FROM source_record WHERE person_id IN ({marks})"
            ),
            ids(&everybody),
        )
        .await?;
    records.sort_by_key(|r| std::cmp::Reverse((r.created_at, r.id)));
    name_senders(app, records.iter_mut().map(|record| &mut record.sender).collect()).await?;
    if shows == Shows::Little {
        for record in &mut records {
            record.name = name::mask(&record.name);
            record.born_on = record.born_on.and_then(|d| Date::new(d.year(), 1, 1).ok());
        }
    }
    let mut events: Vec<Event> = app
        .db
        .all(
            &format!(
                "SELECT id, person_id, kind, other_id, record_id, pair_id, account_id, at, detail FROM link_event
                 WHERE person_id IN ({marks})"
            ),
            ids(&everybody),
        )
        .await?;
    events.sort_by_key(|e| std::cmp::Reverse((e.at, e.id)));
    let members = members.into_iter().map(|m| m.shown(app, shows)).collect::<Result<_>>()?;
    Ok(Timeline { person: head.shown(app, shows)?, members, records, events })
}

/// Lists carry the name of their sender; what came with an application carries the organisation's identifier, which is
/// put into words here.
pub(crate) async fn name_senders(app: &App, mut senders: Vec<&mut String>) -> Result<()> {
    let known = senders.iter().filter_map(|sender| sender.parse::<Id>().ok());
    let known: std::collections::BTreeSet<uuid::Uuid> = known.map(|id| id.0).collect();
    let known: Vec<uuid::Uuid> = known.into_iter().collect();
    let names = crate::referral::directory::organisation_names(app, &known).await?;
    for sender in &mut senders {
        let name = sender.parse::<Id>().ok().and_then(|id| names.get(&id.0));
        if let Some(name) = name {
            (*sender).clone_from(name);
        }
    }
    Ok(())
}

/// What a link event says.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewEvent {
    pub kind: &'static str,
    pub other: Option<Id>,
    pub record: Option<Id>,
    pub pair: Option<Id>,
    pub detail: serde_json::Map<String, Json>,
}

/// Adds an event to a person's history.
pub(crate) async fn add_event(
    tx: &mut Tx,
    scope: &Scope,
    person: Id,
    event: NewEvent,
    at: Timestamp,
) -> Result<()> {
    tx.run(
        "INSERT INTO link_event (home, id, person_id, kind, other_id, record_id, pair_id, account_id, at, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        p![
            person.home_number(),
            person.beside(at),
            person,
            event.kind,
            event.other,
            event.record,
            event.pair,
            scope.account,
            at,
            Json::Object(event.detail)
        ],
    )
    .await?;
    Ok(())
}
