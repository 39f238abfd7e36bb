//! The question desk: a community worker asks, a doctor of the chosen hospital answers in turn. What is said is sealed. The hospital never
//! learns whom a question is about: sex, a band of ages and the shared risk grade go along, no name and no number; the county's health
//! side sees that a term is over and not a word of what is asked.

mod ask;
pub mod figures;
pub mod note;
mod step;
mod turn;

pub use ask::{AskEntry, Asking, ask, asking, desks};
pub use step::{ProposalEntry, StepEntry, propose_answer, step};
pub use turn::{Turned, turn};

use crate::{
    App,
    agreed::{self, Agreed},
    audit::{self, Entry, Purpose},
    db::{FromRow, Row, Sql},
    error::{Error, Result},
    export::{Wanted, release},
    followup,
    id::Id,
    p, referral, row,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::{Deed, Role, Subject},
    clock::{china_date, end_of},
    question::{Proposal, QuestionState, QuestionStep, Side, Standing, after},
    reminder::{Count, Stretch},
};
use serde::{Deserialize, Serialize};

/// Questions on a page.
pub const PAGE: i64 = 50;
/// Rows of a file at most; the rule of files that leave bounds it further.
const EXPORT: i64 = 100_000;
/// What it is called in the log.
const KIND: &str = "question";
/// Letters of a subject and of a message at most.
const LINE: usize = 80;
const LONG: usize = 2_000;

/// A question without what was said.
#[derive(Debug, Clone, Serialize)]
pub struct Question {
    /// Identifier.
    pub id: Id,
    /// Who asked.
    pub asker: Id,
    /// By name.
    pub asker_name: String,
    /// The asker's organisation.
    pub organisation: String,
    /// The county of the asker's organisation.
    pub county: i64,
    /// The hospital.
    pub desk: Id,
    /// By name.
    pub desk_name: String,
    /// The doctor who took it.
    pub doctor: Option<Id>,
    /// By name.
    pub doctor_name: Option<String>,
    /// `case` or `record`, and which one.
    #[serde(skip)]
    pub about: Option<(String, Id)>,
    /// A code of the topics.
    pub topic: String,
    /// A code of how soon.
    pub urgency: String,
    /// Where it stands.
    pub state: QuestionState,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// The end of the running term.
    pub due_at: Option<Timestamp>,
    /// When the desk is reminded.
    pub remind_at: Option<Timestamp>,
    /// The first answer.
    pub answered_at: Option<Timestamp>,
    /// The day on which it was closed.
    pub closed_on: Option<Date>,
    /// What was published of the answer.
    pub note: Option<Id>,
    /// Version.
    pub version: i64,
    #[serde(skip)]
    content: Vec<u8>,
}

impl FromRow for Question {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        let state: String = row.get(13)?;
        let (kind, about): (Option<String>, Option<Id>) = (row.get(9)?, row.get(10)?);
        Ok(Question {
            id: row.get(0)?,
            asker: row.get(1)?,
            asker_name: row.get(2)?,
            organisation: row.get(3)?,
            county: row.get(4)?,
            desk: row.get(5)?,
            desk_name: row.get(6)?,
            doctor: row.get(7)?,
            doctor_name: row.get(8)?,
            about: kind.zip(about),
            topic: row.get(11)?,
            urgency: row.get(12)?,
            state: QuestionState::of_code(&state).ok_or(crate::db::Error::Column(13))?,
            asked_at: row.get(14)?,
            due_at: row.get(15)?,
            remind_at: row.get(16)?,
            answered_at: row.get(17)?,
            closed_on: row.get(18)?,
            note: row.get(19)?,
            version: row.get(20)?,
            content: row.get(21)?,
        })
    }
}

const SELECT: &str =
    "SELECT q.id, q.asker_id, q.asker_name, q.organisation_name, q.county, q.desk_id, q.desk_name, q.doctor_id, q.doctor_name,
    q.about_kind, q.about_id, q.topic, q.urgency, q.state, q.asked_at, q.due_at, q.remind_at, q.answered_at, q.closed_on, q.note_id,
    q.version, q.content FROM question q WHERE";

impl Question {
    /// Who the caller is to it.
    #[must_use]
    pub fn side(&self, scope: &Scope) -> Side {
        match scope.role {
            Role::HealthOfficer => Side::County,
            _ if self.asker == scope.account => Side::Asker,
            _ if self.doctor == Some(scope.account) => Side::Doctor,
            _ => Side::Desk,
        }
    }

    fn standing(&self) -> Standing {
        Standing {
            state: self.state,
            has_doctor: self.doctor.is_some(),
            due_at: self.due_at,
            closed_on: self.closed_on,
        }
    }

    fn steps(&self, app: &App, side: Side) -> Vec<QuestionStep> {
        let now = (app.now(), china_date(app.now()));
        let may =
            |step: &QuestionStep| after(&self.standing(), *step, side, now, &app.tables.questions).is_ok();
        QuestionStep::ALL.into_iter().filter(may).collect()
    }
}

/// What the doctor learns of whom a question is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// `male` or `female`.
    pub sex: Option<String>,
    /// First and last year of the band that the age lies in.
    pub age_band: Option<(u8, u8)>,
    /// The shared risk grade, 0 to 5.
    pub risk: Option<u8>,
}

/// What is sealed with a question.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Content {
    subject: String,
    facts: Option<Facts>,
}

impl Question {
    fn content(&self, app: &App) -> Result<Content> {
        Ok(serde_json::from_str(&app.keys.unseal(&self.content)?)?)
    }
}

/// A question in a list; nothing of the subject for the county.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// The question.
    #[serde(flatten)]
    pub question: Question,
    /// What it is about, in a line.
    pub subject: Option<String>,
}

/// Something that was said or done.
#[derive(Debug, Clone, Serialize)]
pub struct Message {
    /// Its place in the thread.
    pub number: i64,
    /// `ask`, a step, `late` or `silent`.
    pub kind: String,
    /// Who; empty for the clock.
    pub author: String,
    /// Of which organisation.
    pub organisation: String,
    /// What it proposes.
    pub proposes: Option<Proposal>,
    /// By when.
    pub by: Option<Date>,
    /// It was taken up, or set aside; nothing while the asker said nothing of it.
    pub taken: Option<bool>,
    /// The words.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

struct MessageRow {
    number: i64,
    kind: String,
    author: String,
    organisation: String,
    proposes: Option<String>,
    taken: Option<bool>,
    content: Vec<u8>,
    at: Timestamp,
}
row!(MessageRow { number, kind, author, organisation, proposes, taken, content, at });

/// What is sealed with a message.
#[derive(Default, Serialize, Deserialize)]
struct Said {
    text: String,
    #[serde(default)]
    by: Option<Date>,
}

const MESSAGES: &str =
    "SELECT number, kind, author_name, organisation_name, proposes, taken, content, at FROM question_message
    WHERE home = $1 AND question_id = $2 ORDER BY number LIMIT 500";

impl MessageRow {
    fn open(self, app: &App) -> Result<Message> {
        let Said { text, by } = serde_json::from_str(&app.keys.unseal(&self.content)?)?;
        Ok(Message {
            number: self.number,
            kind: self.kind,
            author: self.author,
            organisation: self.organisation,
            proposes: self.proposes.as_deref().and_then(Proposal::of_code),
            by,
            taken: self.taken,
            text,
            at: self.at,
        })
    }
}

/// A question as the caller sees it.
#[derive(Debug, Clone, Serialize)]
pub struct Whole {
    /// The question.
    pub question: Question,
    /// Who the caller is to it.
    #[serde(skip)]
    pub side: Side,
    /// What it is about, in a line; nothing for the county, as all that follows.
    pub subject: Option<String>,
    /// What the doctor learns of whom it is about.
    pub facts: Option<Facts>,
    /// Whose question it is, for the asker alone.
    pub name: Option<String>,
    /// The thread.
    pub messages: Vec<Message>,
    /// What the asker undertook to do.
    pub tasks: Vec<Agreed>,
    /// What the caller may do now.
    pub steps: Vec<QuestionStep>,
}

/// Whether the caller answers: a doctor of a hospital.
///
/// # Errors
/// The database is gone.
pub async fn is_desk(app: &App, scope: &Scope) -> Result<bool> {
    if scope.role != Role::Doctor {
        return Ok(false);
    }
    let sql = "SELECT kind FROM organisation WHERE id = $1";
    let found: Option<(String,)> = app.db.opt(sql, p![scope.organisation]).await?;
    Ok(found.is_some_and(|(kind,)| kind == "hospital"))
}

/// Whether the caller asks: who works with clients, and primary care.
#[must_use]
pub fn asks(scope: &Scope) -> bool {
    scope.role.is_institution_staff() || followup::is_primary_care(scope)
}

/// "The caller asked it, answers at its desk, or answers for the county and its term is over." Each part has an index of its own.
fn reached(app: &App, scope: &Scope, sql: Sql) -> Sql {
    match scope.role {
        Role::HealthOfficer => sql.push(
            " q.county >= {} AND q.county <= {} AND q.due_at < {}",
            p![scope.area.from, scope.area.to, app.now()],
        ),
        Role::Doctor => {
            sql.push(" (q.asker_id = {} OR q.desk_id = {})", p![scope.account, scope.organisation])
        }
        _ => sql.push(" q.asker_id = {}", p![scope.account]),
    }
}

/// Which part of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Part {
    /// What waits: for the desk to answer; for askers everything that is not closed; for the county what is late.
    #[default]
    Open,
    /// The rest.
    Done,
}

/// The caller's questions: those to be answered with the earliest end of a term first, others the latest first. `after` is the last one
/// of the page before.
///
/// # Errors
/// The role has nothing to do with questions.
pub async fn list(app: &App, scope: &Scope, part: Part, after: Option<(Timestamp, Id)>) -> Result<Vec<Line>> {
    scope.permit(Deed::Read, Subject::Question)?;
    let found = lines(app, scope, part, (after, PAGE)).await?;
    audit::record(&app.db, scope, Entry::listed(Purpose::Care, KIND, found.len()), app.now()).await?;
    Ok(found)
}

/// All of a part of the list, for a file, with the code to be printed on it. Who is asked about stands in it as little as on the page.
///
/// # Errors
/// The role may not take it out, or it is more than leaves without a second person.
pub async fn export(app: &App, scope: &Scope, part: Part) -> Result<(Vec<Line>, String)> {
    scope.permit(Deed::Export, Subject::Question)?;
    let found = lines(app, scope, part, (None, EXPORT)).await?;
    let filter = serde_json::json!({ "part": if part == Part::Done { "done" } else { "open" } });
    let wanted = Wanted { subject: Subject::Question, rows: found.len(), filter };
    let code = release(app, scope, &wanted).await?;
    Ok((found, code))
}

async fn lines(
    app: &App,
    scope: &Scope,
    part: Part,
    (after, most): (Option<(Timestamp, Id)>, i64),
) -> Result<Vec<Line>> {
    let desk = is_desk(app, scope).await?;
    let county = scope.role == Role::HealthOfficer;
    if county && part == Part::Done {
        return Ok(Vec::new());
    }
    let by_term = (desk && part == Part::Open) || county;
    let sql = if desk {
        Sql::new(SELECT).push(" q.desk_id = {}", p![scope.organisation])
    } else {
        reached(app, scope, Sql::new(SELECT))
    };
    let mut sql = match (desk, part) {
        _ if county => sql,
        (true, Part::Open) => sql.push(" AND q.due_at IS NOT NULL", []),
        (true, Part::Done) => sql.push(" AND q.due_at IS NULL", []),
        (false, Part::Open) => sql.push(" AND q.state <> 'closed'", []),
        (false, Part::Done) => sql.push(" AND q.state = 'closed'", []),
    };
    if let Some((at, id)) = after {
        let beyond =
            if by_term { " AND (q.due_at, q.id) > ({}, {})" } else { " AND (q.asked_at, q.id) < ({}, {})" };
        sql = sql.push(beyond, p![at, id]);
    }
    let order = if by_term { "q.due_at, q.id" } else { "q.asked_at DESC, q.id DESC" };
    let sql = sql.push(&format!(" ORDER BY {order} LIMIT {{}}"), p![most]);
    let found: Vec<Question> = app.db.listing().query(sql).await?;
    let line = |question: Question| {
        let subject = if county { None } else { Some(question.content(app)?.subject) };
        Ok(Line { question, subject })
    };
    found.into_iter().map(line).collect()
}

/// The key of a line, by which the next page goes on.
#[must_use]
pub fn key(line: &Line, (part, desk): (Part, bool)) -> (Timestamp, Id) {
    let question = &line.question;
    match question.due_at {
        Some(due) if (part == Part::Open && desk) || line.subject.is_none() => (due, question.id),
        _ => (question.asked_at, question.id),
    }
}

fn one(app: &App, scope: &Scope, id: Id) -> Sql {
    reached(app, scope, Sql::new(SELECT)).push(" AND q.home = {} AND q.id = {}", p![id.home_number(), id])
}

/// One question with its thread; the read is in the log before it is shown.
///
/// # Errors
/// There is none in the caller's scope.
pub async fn show(app: &App, scope: &Scope, id: Id) -> Result<Whole> {
    scope.permit(Deed::Read, Subject::Question)?;
    let question: Question =
        app.db.query(one(app, scope, id)).await?.into_iter().next().ok_or(Error::NotFound)?;
    let side = question.side(scope);
    let mut entry = Entry::read(Purpose::Care, KIND, id);
    if let Some((kind, about)) = &question.about {
        entry.detail = serde_json::json!({ "about": kind, "id": about });
    }
    audit::record(&app.db, scope, entry, app.now()).await?;
    let steps = question.steps(app, side);
    if side == Side::County {
        let (messages, tasks) = (Vec::new(), Vec::new());
        return Ok(Whole { question, side, subject: None, facts: None, name: None, messages, tasks, steps });
    }
    let Content { subject, facts } = question.content(app)?;
    let rows: Vec<MessageRow> = app.db.all(MESSAGES, p![id.home_number(), id]).await?;
    let messages = rows.into_iter().map(|row| row.open(app)).collect::<Result<_>>()?;
    let asker = side == Side::Asker;
    let name = if asker { name(app, scope, question.about.as_ref()).await? } else { None };
    let tasks = if asker { agreed::of_source(app, id).await? } else { Vec::new() };
    Ok(Whole { question, side, subject: Some(subject), facts, name, messages, tasks, steps })
}

/// Whose question it is, as far as the asker still has the case or record in scope.
async fn name(app: &App, scope: &Scope, about: Option<&(String, Id)>) -> Result<Option<String>> {
    let Some((kind, id)) = about else { return Ok(None) };
    if kind == "record" {
        return match followup::heading(app, scope, *id).await {
            Ok(heading) => Ok(Some(heading.name)),
            Err(Error::NotFound | Error::Forbidden) => Ok(None),
            Err(error) => Err(error),
        };
    }
    referral::name_of(app, scope, *id).await
}

/// How many questions wait for the reader, and how many of them are late: for the desk those to be answered, for the county those
/// that are late, for askers those that were answered or need their words. Nothing for who has nothing to do with questions.
///
/// # Errors
/// The database is gone.
pub async fn waiting(app: &App, scope: &Scope) -> Result<Option<(i64, i64)>> {
    if !scope.role.may(Deed::Read, Subject::Question) {
        return Ok(None);
    }
    let late =
        "CAST(COALESCE(SUM(CASE WHEN q.due_at < {} THEN 1 ELSE 0 END), 0) AS BIGINT) FROM question q WHERE";
    let sql = Sql::new("SELECT COUNT(*),").push(&format!(" {late}"), p![app.now()]);
    let sql = if scope.role == Role::HealthOfficer {
        reached(app, scope, sql)
    } else if is_desk(app, scope).await? {
        sql.push(
            " q.desk_id = {} AND q.due_at IS NOT NULL AND (q.doctor_id IS NULL OR q.doctor_id = {} OR q.due_at < {})",
            p![scope.organisation, scope.account, app.now()],
        )
    } else {
        sql.push(" q.asker_id = {} AND q.state IN ('asked_back', 'answered')", p![scope.account])
    };
    let found: Vec<(i64, i64)> = app.db.listing().query(sql).await?;
    Ok(found.into_iter().next().filter(|(count, _)| *count > 0))
}

/// How many questions are overdue and due in a stretch of days, for the desk and for the county.
pub(crate) async fn due(app: &App, scope: &Scope, stretch: Stretch) -> Result<Count> {
    let until = end_of(stretch.until);
    let sums = "SELECT CAST(COALESCE(SUM(CASE WHEN q.due_at < {} THEN 1 ELSE 0 END), 0) AS BIGINT),
        CAST(COALESCE(SUM(CASE WHEN q.due_at >= {} THEN 1 ELSE 0 END), 0) AS BIGINT) FROM question q WHERE";
    let sql = Sql::new("").push(sums, p![app.now(), app.now()]);
    let sql = if scope.role == Role::HealthOfficer {
        reached(app, scope, sql)
    } else if is_desk(app, scope).await? {
        sql.push(
            " q.desk_id = {} AND q.due_at <= {} AND (q.doctor_id IS NULL OR q.doctor_id = {})",
            p![scope.organisation, until, scope.account],
        )
    } else {
        return Ok(Count::default());
    };
    let found: Vec<(i64, i64)> = app.db.listing().query(sql).await?;
    let (overdue, due) = found.into_iter().next().unwrap_or_default();
    Ok(Count { overdue, due })
}
