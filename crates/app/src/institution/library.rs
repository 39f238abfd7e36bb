//! What happens to a record of either library: events, their fold, and the one way in which they are stored.
//!
//! The procedure itself is decided by `rules::institution::library`; who keeps a record up to date beside it by
//! `rules::institution::keeping`.

use crate::{
    App, audit, catalogue,
    db::Tx,
    error::{Error, Problem, Result},
    id::Id,
    p, row,
    scope::Scope,
};
use jiff::Timestamp;
use rules::institution::library::{self as procedure, Entry, LibraryCommand, LibraryRecorded, LibraryState};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// Which of the two libraries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Library {
    Institution,
    Talent,
}

impl Library {
    /// The name of its table and of its subject in log and events.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Library::Institution => "institution",
            Library::Talent => "talent",
        }
    }
}

/// One field of a profile that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field's key.
    pub field: String,
    /// Value before; null at the beginning.
    pub from: Json,
    /// Value after.
    pub to: Json,
}

/// What happened to a library record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum LibraryEvent {
    /// The profile was written.
    Saved {
        /// Fields that changed.
        changes: Vec<FieldChange>,
    },
    /// The other side stated and defended itself.
    Statement {
        /// Identifier of the statement.
        id: Uuid,
        /// In its own words.
        text: String,
    },
    /// A step of the procedure.
    Step(Box<LibraryRecorded>),
    /// Civil affairs changed the contracted places.
    Contracted {
        /// Places before.
        from: u32,
        /// Places after.
        to: u32,
        /// The contract.
        reference: String,
    },
    /// The institution took places out, or put them back.
    Blocked {
        /// Blocked places before.
        from: u32,
        /// Blocked places after.
        to: u32,
        /// Why.
        reason: String,
    },
    /// The certificate was checked at the source, or the check was taken back.
    Verified {
        /// The result.
        verified: bool,
    },
    /// Minutes of training of a calendar year.
    Trained {
        /// Year.
        year: i16,
        /// Minutes in all.
        minutes: u32,
    },
    /// The list that had begun the record was taken back as a whole.
    TakenBack {
        /// The list.
        import: Id,
    },
}

/// What somebody asks of a library record. `verify` and `train` are for talents, `contract` and `block` for
/// institutions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", content = "data", rename_all = "snake_case")]
pub enum Action {
    /// Hand in for review.
    Submit,
    /// County: complete, on to the prefecture.
    ApproveCounty,
    /// County or prefecture: return for papers.
    Return {
        /// What is missing.
        reason: String,
    },
    /// Prefecture: list.
    Confirm,
    /// County: give notice of removal.
    Announce {
        /// Why.
        reason: String,
    },
    /// Owner: statement and defence.
    State {
        /// In its own words.
        text: String,
    },
    /// Prefecture: the record stays.
    Keep,
    /// Prefecture: remove.
    Remove,
    /// County: suspend.
    Suspend {
        /// Why.
        reason: String,
    },
    /// County: lift the suspension.
    Resume,
    /// Owner: leave.
    Leave,
    /// Civil affairs: contracted places.
    Contract {
        /// Places.
        places: u32,
        /// The contract.
        reference: String,
    },
    /// Institution: places out of use.
    Block {
        /// Blocked places in all.
        places: u32,
        /// Why.
        reason: String,
    },
    /// County: the certificate was checked at the source.
    Verify {
        /// The result.
        verified: bool,
    },
    /// Owner or county: training of a calendar year.
    Train {
        /// Year.
        year: i16,
        /// Minutes in all.
        minutes: u32,
    },
}

/// Brings a record up to date with its next event.
pub fn apply(entry: &mut Entry, event: &LibraryEvent) {
    match event {
        LibraryEvent::Step(recorded) => procedure::apply(entry, recorded),
        LibraryEvent::Saved { changes } => {
            entry.version = entry.version.saturating_add(1);
            // What a list had begun and taken back is a draft again once somebody writes it.
            if entry.state == LibraryState::TakenBack {
                entry.state = LibraryState::Draft;
            }
            // A talent that moves to another institution is kept by that one from now on.
            if let Some(change) = changes.iter().find(|change| change.field == "institution") {
                entry.owner = serde_json::from_value(change.to.clone()).unwrap_or_default();
            }
        }
        LibraryEvent::TakenBack { .. } => {
            entry.version = entry.version.saturating_add(1);
            entry.state = LibraryState::TakenBack;
        }
        _ => entry.version = entry.version.saturating_add(1),
    }
}

/// A record that nothing has happened to.
#[must_use]
pub fn blank(id: Uuid, owner: Uuid) -> Entry {
    Entry {
        id,
        owner,
        state: LibraryState::Draft,
        version: 0,
        county_approval: None,
        notice: None,
        reason: None,
    }
}

/// A record with the events that one action adds to it.
pub(crate) struct Progress {
    library: Library,
    /// The record as it will stand.
    pub entry: Entry,
    before: u64,
    events: Vec<LibraryEvent>,
}

impl Progress {
    pub(crate) fn new(library: Library, entry: Entry) -> Progress {
        Progress { library, before: entry.version, entry, events: Vec::new() }
    }

    pub(crate) fn push(&mut self, event: LibraryEvent) {
        apply(&mut self.entry, &event);
        self.events.push(event);
    }

    /// Carries out a step of the procedure, if the action is one.
    ///
    /// # Errors
    /// The rules refuse, or the words given are too long.
    pub(crate) fn step(&mut self, app: &App, scope: &Scope, action: &Action) -> Result<bool> {
        let (now, longest) = (app.now(), catalogue::bounds()?.longest_text);
        let words = |field: &str, text: &str| {
            if text.chars().count() > longest {
                let values = vec![longest.to_string()];
                let problem = Problem { field: field.to_owned(), code: "too_long".to_owned(), values };
                return Err(Error::Invalid(vec![problem]));
            }
            if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
                return Err(Error::invalid(field, "control_character"));
            }
            Ok(text.trim().to_owned())
        };
        let mut statement = None;
        let command = match action {
            Action::Submit => LibraryCommand::Submit,
            Action::ApproveCounty => LibraryCommand::ApproveCounty,
            Action::Return { reason } => LibraryCommand::Return { reason: words("reason", reason)? },
            Action::Confirm => LibraryCommand::Confirm,
            Action::Announce { reason } => LibraryCommand::Announce { reason: words("reason", reason)? },
            Action::State { text } => {
                let text = words("text", text)?;
                if text.is_empty() {
                    return Err(Error::invalid("text", "required"));
                }
                let id = Id(self.entry.id).beside(now).0;
                statement = Some(LibraryEvent::Statement { id, text });
                LibraryCommand::State { statement: id }
            }
            Action::Keep => LibraryCommand::Keep,
            Action::Remove => LibraryCommand::Remove,
            Action::Suspend { reason } => LibraryCommand::Suspend { reason: words("reason", reason)? },
            Action::Resume => LibraryCommand::Resume,
            Action::Leave => LibraryCommand::Leave,
            Action::Contract { .. } | Action::Block { .. } | Action::Verify { .. } | Action::Train { .. } => {
                return Ok(false);
            }
        };
        let decided = |entry: &Entry| {
            procedure::decide(entry, &command, &scope.actor(), &app.tables.calendar, &app.tables.clocks, now)
                .map_err(Error::from)
        };
        // Whether the step is allowed is asked before the statement is written down for it.
        decided(&self.entry)?;
        if let Some(statement) = statement {
            self.push(statement);
        }
        let recorded = decided(&self.entry)?;
        self.push(LibraryEvent::Step(Box::new(recorded)));
        Ok(true)
    }

    /// Stores state and events of an existing record, with the entry in the log. The record's version is checked;
    /// the row stays locked, so that columns of its own can be written afterwards.
    ///
    /// # Errors
    /// Somebody changed the record since it was read.
    pub(crate) async fn store(&self, tx: &mut Tx, scope: &Scope, at: Timestamp) -> Result<i64> {
        let (table, id) = (self.library.name(), Id(self.entry.id));
        let (version, expected) = (number(self.entry.version)?, number(self.before)?);
        let sql = format!(
            "UPDATE {table} SET state = $1, body = $2, version = $3, changed_at = $4 WHERE id = $5 AND version = $6"
        );
        let body = serde_json::to_value(&self.entry)?;
        let args = p![self.entry.state.code(), body, version, at, id, expected];
        if tx.run(&sql, args).await? == 0 {
            let now: Option<(i64,)> =
                tx.opt(&format!("SELECT version FROM {table} WHERE id = $1"), p![id]).await?;
            return Err(Error::Changed { expected, found: now.map_or(0, |(v,)| v) });
        }
        self.append(tx, scope, at).await?;
        Ok(version)
    }

    /// Stores the events alone, for a record whose row was just inserted with version 1 and up.
    pub(crate) async fn append(&self, tx: &mut Tx, scope: &Scope, at: Timestamp) -> Result<()> {
        let id = Id(self.entry.id);
        let mut sequence = number(self.before)?;
        for event in &self.events {
            sequence += 1;
            let sql =
                "INSERT INTO library_event (subject_id, sequence, subject_kind, event, actor_id, actor_name,
                organisation_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
            let stored = serde_json::to_value(event)?;
            let args = p![
                id,
                sequence,
                self.library.name(),
                stored,
                scope.account,
                &scope.name,
                scope.organisation,
                at
            ];
            tx.run(sql, args).await?;
        }
        if self.events.iter().any(|e| matches!(e, LibraryEvent::Step(step) if step.reroute_offers))
            && self.library == Library::Institution
        {
            reroute_offers(tx, id, at).await?;
        }
        audit::record_in(tx, scope, self.log(), at);
        Ok(())
    }

    /// The entry in the log: which events, which fields, never their content.
    fn log(&self) -> audit::Entry {
        let names: Vec<&str> = self.events.iter().map(name).collect();
        audit::Entry {
            purpose: audit::Purpose::Supervision,
            action: "change",
            subject_kind: self.library.name(),
            subject: Some(Id(self.entry.id)),
            detail: json!({ "events": names, "version": self.entry.version }),
        }
    }
}

/// Asks for the open offers to an institution that is no longer listed to be taken back and offered elsewhere. That
/// is done by a job of its own, one case after the other, so that a removal does not wait for it.
async fn reroute_offers(tx: &mut Tx, institution: Id, at: Timestamp) -> Result<()> {
    let arguments = json!({ "institution": institution });
    crate::job::queue(tx, institution.beside(at), "reroute_offers", arguments, at).await
}

/// The name of an event, for the log and the catalogue (`library_event.NAME`).
#[must_use]
pub fn name(event: &LibraryEvent) -> &'static str {
    match event {
        LibraryEvent::Saved { .. } => "saved",
        LibraryEvent::Statement { .. } => "statement",
        LibraryEvent::Contracted { .. } => "contracted",
        LibraryEvent::Blocked { .. } => "blocked",
        LibraryEvent::Verified { .. } => "verified",
        LibraryEvent::Trained { .. } => "trained",
        LibraryEvent::TakenBack { .. } => "taken_back",
        LibraryEvent::Step(step) => match step.command {
            LibraryCommand::Submit => "submit",
            LibraryCommand::ApproveCounty => "approve_county",
            LibraryCommand::Return { .. } => "return",
            LibraryCommand::Confirm => "confirm",
            LibraryCommand::Announce { .. } => "announce",
            LibraryCommand::State { .. } => "state",
            LibraryCommand::Keep => "keep",
            LibraryCommand::Remove => "remove",
            LibraryCommand::Suspend { .. } => "suspend",
            LibraryCommand::Resume => "resume",
            LibraryCommand::Leave => "leave",
        },
    }
}

pub(crate) fn number(version: u64) -> Result<i64> {
    i64::try_from(version).map_err(Error::broken)
}

/// Refuses an action upon another version than the one that the caller saw.
pub(crate) fn same_version(expected: i64, found: i64) -> Result<()> {
    if expected == found { Ok(()) } else { Err(Error::Changed { expected, found }) }
}

/// Nothing was changed where somebody else did in the same moment.
pub(crate) fn expect_one(changed: u64, expected: i64) -> Result<()> {
    if changed == 0 { Err(Error::Changed { expected, found: expected.saturating_add(1) }) } else { Ok(()) }
}

/// The fields in which two profiles differ.
///
/// # Errors
/// A profile is no object; that is a fault of the program.
pub(crate) fn changes<T: Serialize>(before: Option<&T>, after: &T) -> Result<Vec<FieldChange>> {
    let before = before.map(serde_json::to_value).transpose()?.unwrap_or(Json::Null);
    let Json::Object(after) = serde_json::to_value(after)? else {
        return Err(Error::broken("a profile is no object"));
    };
    let old = |field: &str| before.get(field).cloned().unwrap_or(Json::Null);
    let changed = after.into_iter().map(|(field, to)| FieldChange { from: old(&field), field, to });
    Ok(changed.filter(|change| change.from != change.to).collect())
}

/// What one row of a list did to a record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Done {
    /// The list.
    pub import: Id,
    /// The record.
    pub subject: Id,
    /// The row began the record.
    pub added: bool,
    /// Number of the first event that the row added to the record.
    pub first: i64,
    /// Number of the last one, which was the record's version then.
    pub last: i64,
}

/// Takes a draft that a row of a list began out of the library, where nobody touched it since; tells whether it did.
pub(crate) async fn take_out(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    (library, entry, version): (Library, Entry, i64),
    done: &Done,
) -> Result<bool> {
    let untouched = version == done.last && entry.state == LibraryState::Draft;
    if untouched {
        let mut progress = Progress::new(library, entry);
        progress.push(LibraryEvent::TakenBack { import: done.import });
        progress.store(tx, scope, app.now()).await?;
    }
    Ok(untouched)
}

/// The profile as it would stand without what a row changed in it; fields that somebody changed since stay, and then
/// the answer is false.
pub(crate) async fn reverted<T>(tx: &mut Tx, profile: &T, done: &Done) -> Result<(T, bool)>
where
    T: Serialize + serde::de::DeserializeOwned,
{
    let sql = "SELECT event FROM library_event WHERE subject_id = $1 AND sequence >= $2 AND sequence <= $3
        ORDER BY sequence DESC";
    let events: Vec<(Json,)> = tx.all(sql, p![done.subject, done.first, done.last]).await?;
    let (mut now, mut whole) = (serde_json::to_value(profile)?, true);
    for (event,) in events {
        let LibraryEvent::Saved { changes } = serde_json::from_value(event)? else { continue };
        for change in changes {
            match now.get_mut(&change.field) {
                Some(value) if *value == change.to => *value = change.from,
                // It had been put back before the work was cut off.
                Some(value) if *value == change.from => {}
                _ => whole = false,
            }
        }
    }
    Ok((serde_json::from_value(now)?, whole))
}

/// One event of the past with who did it.
#[derive(Debug, Clone, Serialize)]
pub struct Past {
    /// Number in its record, from 1.
    pub sequence: i64,
    /// What happened.
    pub event: LibraryEvent,
    /// Who.
    pub actor: String,
    /// For which organisation.
    pub organisation: String,
    /// When.
    pub at: Timestamp,
}

struct PastRow {
    sequence: i64,
    event: Json,
    actor: String,
    organisation: Option<String>,
    at: Timestamp,
}
row!(PastRow { sequence, event, actor, organisation, at });

/// Everything that happened to a record, latest first. Whether the caller may see the record is asked before.
///
/// # Errors
/// The database is gone, or a stored event cannot be read.
pub(crate) async fn timeline(app: &App, subject: Id) -> Result<Vec<Past>> {
    let sql = "SELECT e.sequence, e.event, e.actor_name, o.name, e.at FROM library_event e
        LEFT JOIN organisation o ON o.id = e.organisation_id WHERE e.subject_id = $1 ORDER BY e.sequence DESC";
    let rows: Vec<PastRow> = app.db.all(sql, p![subject]).await?;
    let past = |row: PastRow| {
        Ok(Past {
            sequence: row.sequence,
            event: serde_json::from_value(row.event)?,
            actor: row.actor,
            organisation: row.organisation.unwrap_or_default(),
            at: row.at,
        })
    };
    rows.into_iter().map(past).collect()
}
