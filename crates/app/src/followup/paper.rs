//! The papers of a record: report cards (form 3), discharge slips (form 4), supplements (form 7). Each is sealed as a whole; a later
//! version or a correction is a paper of its own beside the one before. A paper that says something of the record changes it in
//! the same transaction, by the same steps as anything else.

mod blank;
mod enter;

pub use blank::{Blank, blank};
pub(super) use enter::{Entered, add, checked, day_of, known_of, known_outside, text};

use super::{
    held::{Stored, found, load, log, may, save},
    within,
};
use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    db::{Sql, Tx, Value},
    error::{Error, Result},
    id::Id,
    p,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::Deed as Doing,
    followup::{desk::Ties, paper::PaperKind, register::State},
};
use serde_json::{Map, Value as Json, json};

/// What is written on a paper, by the keys of its definition.
pub type Fields = Map<String, Json>;

/// Papers of a record that are read at most.
const MOST: i64 = 300;

/// A paper as a line.
#[derive(Debug, Clone)]
pub struct Line {
    /// Identifier.
    pub id: Id,
    /// Which paper.
    pub kind: PaperKind,
    /// Its number within the kind.
    pub number: i64,
    /// Its day.
    pub on: Date,
    /// The paper that it corrects or continues.
    pub replaces: Option<Id>,
    /// A later one stands in its place.
    pub replaced: bool,
    /// Who wrote it, and when.
    pub by: (String, Timestamp),
}

/// A paper as it is read.
#[derive(Debug, Clone)]
pub struct Paper {
    /// The line.
    pub line: Line,
    /// The record.
    pub record: Id,
    /// Name of the institution that wrote it.
    pub organisation: String,
    /// Where that institution is, 12 digits.
    pub division: i64,
    /// What is written.
    pub fields: Fields,
    /// The reader may write the next version, or correct it.
    pub may_replace: bool,
}

/// The papers of a record, and which the reader may write now.
#[derive(Debug, Clone)]
pub struct Papers {
    /// The latest first.
    pub lines: Vec<Line>,
    /// What may be written now.
    pub may_write: Vec<PaperKind>,
}

/// A paper that is sent for a record.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Which paper.
    pub kind: PaperKind,
    /// Version of the record that the sender saw.
    pub version: Option<i64>,
    /// The slip that this one corrects; card and supplement always continue the last one.
    pub replaces: Option<Id>,
    /// What is written.
    pub fields: Fields,
}

struct Row {
    id: Id,
    kind: String,
    number: i64,
    on: Date,
    replaces: Option<Id>,
    by: String,
    at: Timestamp,
}
crate::row!(Row { id, kind, number, on, replaces, by, at });

impl Row {
    fn line(self, replaced: &[Id]) -> Result<Line> {
        let kind = PaperKind::of_code(&self.kind).ok_or_else(|| Error::broken("a paper of no kind"))?;
        Ok(Line {
            id: self.id,
            kind,
            number: self.number,
            on: self.on,
            replaces: self.replaces,
            replaced: replaced.contains(&self.id),
            by: (self.by, self.at),
        })
    }
}

const ROWS: &str = "SELECT id, kind, number, made_on, replaces, recorded_by_name, at FROM smd_paper
    WHERE home = $1 AND record_id = $2 ORDER BY at DESC, id DESC LIMIT $3";

fn rows_of(record: Id) -> Vec<Value> {
    p![record.home_number(), record, MOST]
}

fn lines(rows: Vec<Row>) -> Result<Vec<Line>> {
    let replaced: Vec<Id> = rows.iter().filter_map(|row| row.replaces).collect();
    rows.into_iter().map(|row| row.line(&replaced)).collect()
}

async fn lines_in(tx: &mut Tx, record: Id) -> Result<Vec<Line>> {
    lines(tx.all(ROWS, rows_of(record)).await?)
}

/// The papers of a record in scope as lines; nothing of their content is read. The read of the record is in the log before.
///
/// # Errors
/// The record is not in scope.
pub async fn beside(app: &App, scope: &Scope, record: Id) -> Result<Papers> {
    may(scope, Doing::Read)?;
    let stored = found(app, scope, record).await?;
    let lines = lines(app.db.all(ROWS, rows_of(record)).await?)?;
    let (held, ties) = (stored.held(app)?, stored.ties(scope));
    let may_write = PaperKind::ALL.into_iter().filter(|kind| kind.permit(&held.record, ties).is_ok());
    let changes = scope.role.may(Doing::Change, rules::account::Subject::FollowUp);
    Ok(Papers { lines, may_write: may_write.filter(|_| changes).collect() })
}

/// The papers of a record in scope as lines; the read is in the log before it is shown.
///
/// # Errors
/// The record is not in scope.
pub async fn of_record(app: &App, scope: &Scope, record: Id) -> Result<Papers> {
    let papers = beside(app, scope, record).await?;
    read(app, scope, record, "papers").await?;
    Ok(papers)
}

async fn read(app: &App, scope: &Scope, record: Id, what: &str) -> Result<()> {
    let mut entry = Entry::read(Purpose::Care, "smd_record", record);
    entry.detail = json!({ "fields": [what] });
    audit::record(&app.db, scope, entry, app.now()).await
}

struct Whole {
    id: Id,
    record: Id,
    content: Vec<u8>,
    organisation: String,
    division: i64,
}
crate::row!(Whole { id, record, content, organisation, division });

/// One paper of a record in scope; the read is in the log before it is shown.
///
/// # Errors
/// There is none in scope.
pub async fn one(app: &App, scope: &Scope, id: Id) -> Result<Paper> {
    may(scope, Doing::Read)?;
    let sql = "SELECT y.id, y.record_id, y.content, COALESCE(o.name, ''), COALESCE(o.division, 0) FROM smd_paper y
        JOIN smd_record s ON s.home = y.home AND s.id = y.record_id LEFT JOIN organisation o ON o.id = y.organisation_id
        WHERE y.home = {} AND y.id = {}";
    let sql = within(scope, Sql::new("").push(sql, p![id.home_number(), id]));
    let whole: Whole = app.db.query(sql).await?.into_iter().next().ok_or(Error::NotFound)?;
    read(app, scope, whole.record, "paper").await?;
    let papers = beside(app, scope, whole.record).await?;
    let line = papers.lines.into_iter().find(|line| line.id == whole.id).ok_or(Error::NotFound)?;
    Ok(Paper {
        may_replace: papers.may_write.contains(&line.kind) && !line.replaced,
        line,
        record: whole.record,
        organisation: whole.organisation,
        division: whole.division,
        fields: opened(app, &whole.content)?,
    })
}

fn opened(app: &App, content: &[u8]) -> Result<Fields> {
    Ok(serde_json::from_str(&app.keys.unseal(content)?)?)
}

/// The latest paper of a kind of a record, or the one that is named, with its content.
async fn content_of(app: &App, record: Id, kind: PaperKind, named: Option<Id>) -> Result<Option<Fields>> {
    let of = "SELECT content FROM smd_paper WHERE home = $1 AND record_id = $2 AND kind = $3";
    let key = p![record.home_number(), record, kind.code()];
    let found: Option<(Vec<u8>,)> = match named {
        Some(named) => app.db.opt(&format!("{of} AND id = $4"), [key, p![named]].concat()).await?,
        None => app.db.opt(&format!("{of} ORDER BY number DESC LIMIT 1"), key).await?,
    };
    found.map(|(content,)| opened(app, &content)).transpose()
}

/// Admission and discharge of each slip of a record that stands.
pub(super) async fn discharges(app: &App, record: Id) -> Result<Vec<(Date, Date)>> {
    let sql = "SELECT id, replaces, content FROM smd_paper WHERE home = $1 AND record_id = $2 AND kind = 'discharge_slip'
        ORDER BY number LIMIT $3";
    let slips: Vec<Slip> = app.db.all(sql, rows_of(record)).await?;
    stays_of(app, &slips)
}

/// A slip as it is kept: itself, the one that it corrects, what is sealed.
pub(super) type Slip = (Id, Option<Id>, Vec<u8>);

/// Admission and discharge of each of a record's slips that was not corrected.
pub(super) fn stays_of(app: &App, slips: &[Slip]) -> Result<Vec<(Date, Date)>> {
    let replaced: Vec<Id> = slips.iter().filter_map(|(_, replaces, _)| *replaces).collect();
    let mut found = Vec::new();
    for (_, _, content) in slips.iter().filter(|(id, ..)| !replaced.contains(id)) {
        let fields = opened(app, content)?;
        let day = |key: &str| enter::day(&fields, key);
        found.extend(day("admitted_on").zip(day("discharged_on")));
    }
    Ok(found)
}

/// The first treatment that a sealed card or supplement tells of.
pub(super) fn first_treatment(app: &App, content: &[u8]) -> Result<Option<Date>> {
    Ok(enter::day(&opened(app, content)?, "first_treatment_on"))
}

/// Writes a paper of a record, upon the version that the sender saw. What it says of the record follows in the same transaction.
///
/// # Errors
/// The record is not in scope or changed meanwhile; somebody else writes it, or not in this state; fields are wrong; the paper
/// that is to be corrected is none, or was corrected already.
pub async fn write(app: &App, scope: &Scope, record: Id, sent: &Sent) -> Result<Id> {
    may(scope, Doing::Change)?;
    atomic!(app.db, tx => { write_in(app, tx, scope, record, sent).await })
}

async fn write_in(app: &App, tx: &mut Tx, scope: &Scope, record: Id, sent: &Sent) -> Result<Id> {
    let stored = load(tx, scope, record).await?;
    stored.expect(sent.version)?;
    let held = super::examination::again(app, tx, stored.held(app)?, record).await?;
    sent.kind.permit(&held.record, stored.ties(scope))?;
    let known = known_of(app, tx, stored.person).await?;
    let fields = checked(app, sent.kind, sent.fields.clone(), &known, held.record.agreed)?;
    let entered = Entered { kind: sent.kind, replaces: sent.replaces, fields };
    let (id, held, adding) = add(app, tx, scope, record, held, entered).await?;
    save(app, tx, scope, &stored, &held, &adding).await?;
    log(tx, app, scope, "change", record, &["paper"]);
    Ok(id)
}

/// A paper of a hospital for a person whose record is kept elsewhere: the slip of a discharge, or the card for a clue. With the card
/// the hospital is the one that reported; a slip tells, and opens no record to whoever sends it: a number that is known and a paper
/// would open every one.
pub(super) async fn append(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    stored: &Stored,
    entered: Entered,
) -> Result<Id> {
    let record = stored.id;
    let held = super::examination::again(app, tx, stored.held(app)?, record).await?;
    let card = entered.kind == PaperKind::ReportCard;
    match held.record.state {
        State::Clue | State::Reviewed if card => {}
        _ if card => return Err(super::open::has_record()),
        _ => entered.kind.permit(&held.record, Ties { reporter: true, ..Ties::default() })?,
    }
    let (_, held, adding) = add(app, tx, scope, record, held, entered).await?;
    save(app, tx, scope, stored, &held, &adding).await?;
    if card {
        let sql = "UPDATE smd_record SET reporter = $1 WHERE home = $2 AND id = $3";
        tx.run(sql, p![scope.organisation, record.home_number(), record]).await?;
    }
    log(tx, app, scope, "change", record, &["paper"]);
    Ok(record)
}
