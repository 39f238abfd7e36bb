//! What persons ask of those who hold their data, and what is answered: a copy, a correction, a deletion, an explanation, a
//! complaint. Each has its term; whoever must answer sees it on the list, and the person sees the answer with its ground.

pub mod copy;

use crate::{
    App, account, atomic,
    audit::{self, Entry, Purpose},
    db::{FromRow, Row, Sql, Tx, Value},
    error::{Error, Problem, Result},
    id::Id,
    p, person,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    Refusal,
    account::{Content, Deed, Role, Sight, Subject},
    capacity::Basis,
    clock::china_date,
    division::Level,
    rights::{Asker, Outcome},
};
use serde::Serialize;
use serde_json::json;

/// Rows of a page.
pub const PAGE: i64 = 50;
/// Letters of a request or an answer at most.
const LONGEST: usize = 2_000;
/// Requests that one account may have waiting at once.
const MOST_WAITING: i64 = 20;

/// A request in a list.
#[derive(Debug, Clone, Serialize)]
pub struct Request {
    /// Identifier.
    pub id: Id,
    /// Kind: a code of `data/rights.toml`.
    pub kind: String,
    /// A guardian asked.
    pub guardian: bool,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// The last day for the answer.
    pub due_on: Date,
    /// The end of that day.
    pub due_at: Timestamp,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
    /// `granted`, `partly` or `refused`.
    pub outcome: Option<String>,
    /// The ground of a no.
    pub ground: Option<String>,
    /// The person's name as the reader may see it.
    pub name: String,
}

impl FromRow for Request {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        let (of_person, of_case): (Option<String>, Option<String>) = (row.get(9)?, row.get(10)?);
        Ok(Request {
            id: row.get(0)?,
            kind: row.get(1)?,
            guardian: row.get(2)?,
            asked_at: row.get(3)?,
            due_on: row.get(4)?,
            due_at: row.get(5)?,
            answered_at: row.get(6)?,
            outcome: row.get(7)?,
            ground: row.get(8)?,
            name: of_person.or(of_case).unwrap_or_default(),
        })
    }
}

/// A request with its words.
#[derive(Debug, Clone, Serialize)]
pub struct Whole {
    /// The request.
    #[serde(flatten)]
    pub request: Request,
    /// What was asked.
    pub words: String,
    /// What was answered.
    pub answer: Option<String>,
    /// The reader may answer it now.
    pub may_answer: bool,
    /// The reader may fetch the copy that it granted until this day.
    pub copy_until: Option<Date>,
}

/// A row with what is sealed in it.
struct Sealed {
    request: Request,
    words: Vec<u8>,
    answer: Option<Vec<u8>>,
    subject: Option<Id>,
}

impl FromRow for Sealed {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        let (person, referral): (Option<Id>, Option<Id>) = (row.get(13)?, row.get(14)?);
        Ok(Sealed {
            request: Request::from_row(row)?,
            words: row.get(11)?,
            answer: row.get(12)?,
            subject: person.or(referral),
        })
    }
}

const COLUMNS: &str =
    "q.id, q.kind, q.guardian, q.asked_at, q.due_on, q.due_at, q.answered_at, q.outcome, q.ground,
    n.name, r.client_name";
const FROM: &str = "FROM rights_request q LEFT JOIN person n ON n.home = q.home AND n.id = q.person_id
    LEFT JOIN referral r ON r.home = q.home AND r.id = q.referral_id WHERE 1 = 1";

/// Adds "and it concerns this reader": the person's own, a guardian's own, and for the desk what its county answers. What is
/// a complaint may be about the desk: it goes to civil affairs alone.
fn concerned(app: &App, scope: &Scope, sql: Sql) -> Sql {
    let county = || -> Vec<Value> { vec![scope.area.from.into(), scope.area.to.into()] };
    const WITHIN: &str = " AND q.county >= {} AND q.county <= {}";
    match (scope.role, scope.person) {
        (Role::System, _) => sql,
        // What the person asks, perhaps about the guardian, is not the guardian's to read.
        (Role::Client, _) if scope.guardian => sql.push(" AND q.asked_by = {}", p![scope.account]),
        (Role::Client, None) => sql.push(" AND q.asked_by = {}", p![scope.account]),
        (Role::Client, Some(person)) => sql.push(
            " AND (q.home, q.id) IN (SELECT t.home, t.id FROM (SELECT a.home, a.id FROM rights_request a
                WHERE a.asked_by = {} UNION ALL SELECT b.home, b.id FROM person m JOIN person c ON c.head_id = m.head_id /* spread: one person's records may have different homes */
                JOIN rights_request b ON b.person_id = c.id WHERE m.home = {} AND m.id = {}) t)",
            p![scope.account, person.home_number(), person],
        ),
        (Role::CivilAffairsOfficer, _) => sql.push(WITHIN, county()),
        (Role::ReferralWorker, _) => {
            let kinds = app.tables.rights.kinds.iter().map(|kind| kind.code.as_str());
            let own: Vec<&str> = kinds.filter(|kind| app.tables.rights.answers(scope.role, kind)).collect();
            let marks = vec!["{}"; own.len()].join(", ");
            let sql = sql.push(WITHIN, county());
            sql.push(&format!(" AND q.kind IN ({marks})"), own.into_iter().map(Value::from).collect::<Vec<_>>())
        }
        _ => sql.push(" AND 1 = 0", []),
    }
}

fn masked(scope: &Scope, request: &mut Request) {
    if scope.role.sight(Content::Identity) != Sight::Scope {
        request.name = rules::name::mask(&request.name);
    }
}

/// Which requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Not answered, those due first first.
    Open,
    /// Answered, the latest first.
    Answered,
}

/// The requests that concern the reader; `after` is the instant and identifier of the last one seen. The read is recorded.
///
/// # Errors
/// The reader's role has nothing to do with requests.
pub async fn list(
    app: &App,
    scope: &Scope,
    part: Part,
    after: Option<(Timestamp, Id)>,
) -> Result<Vec<Request>> {
    let found = requests(app, scope, part, after, PAGE).await?;
    let entry = Entry::listed(Purpose::Referral, "rights_request", found.len());
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok(found)
}

/// The same as a part of what is recorded as a whole.
pub(crate) async fn requests(
    app: &App,
    scope: &Scope,
    part: Part,
    after: Option<(Timestamp, Id)>,
    most: i64,
) -> Result<Vec<Request>> {
    scope.permit(Deed::Read, Subject::Right)?;
    let mut sql = concerned(app, scope, Sql::new(&format!("SELECT {COLUMNS} {FROM}")));
    sql = match (part, after) {
        (Part::Open, None) => sql.push(" AND q.answered_at IS NULL", []),
        (Part::Open, Some((at, id))) => sql.push(
            " AND q.answered_at IS NULL AND (q.due_at > {} OR (q.due_at = {} AND q.id > {}))",
            p![at, at, id],
        ),
        (Part::Answered, None) => sql.push(" AND q.answered_at IS NOT NULL", []),
        (Part::Answered, Some((at, id))) => {
            sql.push(" AND (q.answered_at < {} OR (q.answered_at = {} AND q.id < {}))", p![at, at, id])
        }
    };
    let order = match part {
        Part::Open => " ORDER BY q.due_at, q.id LIMIT {}",
        Part::Answered => " ORDER BY q.answered_at DESC, q.id DESC LIMIT {}",
    };
    let mut found: Vec<Request> = app.db.listing().query(sql.push(order, p![most])).await?;
    found.iter_mut().for_each(|request| masked(scope, request));
    Ok(found)
}

/// The key of a request for the next page.
#[must_use]
pub fn key(request: &Request) -> (Timestamp, Id) {
    (request.answered_at.unwrap_or(request.due_at), request.id)
}

async fn sealed(app: &App, scope: &Scope, id: Id) -> Result<Sealed> {
    let text = format!("SELECT {COLUMNS}, q.words, q.answer, q.person_id, q.referral_id {FROM}");
    let sql = Sql::new(&text).push(" AND q.home = {} AND q.id = {}", p![id.home_number(), id]);
    app.db.query(concerned(app, scope, sql)).await?.into_iter().next().ok_or(Error::NotFound)
}

fn entry(action: &'static str, subject: Option<Id>, kind: &str) -> Entry {
    let detail = json!({ "right": kind });
    Entry { purpose: Purpose::Referral, action, subject_kind: "rights_request", subject, detail }
}

/// A request with its words; the read is in the log before it is shown.
///
/// # Errors
/// There is none that concerns the reader.
pub async fn show(app: &App, scope: &Scope, id: Id) -> Result<Whole> {
    scope.permit(Deed::Read, Subject::Right)?;
    let Sealed { mut request, words, answer, subject } = sealed(app, scope, id).await?;
    audit::record(&app.db, scope, entry("read", subject, &request.kind), app.now()).await?;
    masked(scope, &mut request);
    let answers = app.tables.rights.answers(scope.role, &request.kind);
    Ok(Whole {
        words: app.keys.unseal(&words)?,
        answer: answer.map(|answer| app.keys.unseal(&answer)).transpose()?,
        may_answer: answers && request.answered_at.is_none(),
        copy_until: copy::until(app, scope, &request),
        request,
    })
}

/// Whom a request is about.
struct About {
    person: Option<Id>,
    referral: Option<Id>,
    county: i64,
}

/// The caller's own person, or where the register does not know it yet, the case that the caller filed.
async fn about(app: &App, scope: &Scope) -> Result<About> {
    if let Some(own) = scope.person {
        let found = person::stored(app, scope, own).await?;
        return Ok(About { person: Some(found.id), referral: None, county: county(found.division) });
    }
    let sql = scope.referrals(Sql::new("SELECT r.id, r.county, r.person_id FROM referral r WHERE 1 = 1"));
    let found: Vec<(Id, i64, Option<Id>)> =
        app.db.query(sql.push(" ORDER BY r.changed_at DESC, r.id DESC LIMIT 1", [])).await?;
    let (referral, county, person) =
        found.into_iter().next().ok_or_else(|| Refusal::new("PIPL50", "nothing_held"))?;
    Ok(About { person, referral: Some(referral).filter(|_| person.is_none()), county })
}

fn county(division: i64) -> i64 {
    division - division % Level::County.width()
}

/// Asks for something. A guardian asks for whom the guardian decides; a request is answered within its term.
///
/// # Errors
/// The caller is no client, or may not ask this; nothing is held of the person; the words are missing or too long; too many
/// requests wait.
pub async fn ask(app: &App, scope: &Scope, kind: &str, words: &str) -> Result<Id> {
    scope.permit(Deed::Change, Subject::Right)?;
    if scope.role != Role::Client {
        return Err(Error::Forbidden);
    }
    let asker = match scope.guardian {
        false => Asker::Person,
        true => {
            let account = account::get(app, scope.account).await?;
            let basis = account.basis.as_deref().and_then(Basis::of_code);
            Asker::Guardian(basis.ok_or(Error::Forbidden)?)
        }
    };
    if app.tables.rights.kind(kind).is_none() {
        return Err(Error::invalid("kind", "unknown_choice"));
    }
    app.tables.rights.may_ask(kind, asker)?;
    let words = checked("words", words)?;
    let about = about(app, scope).await?;
    let now = app.now();
    let due = app.tables.rights.due(china_date(now), &app.tables.calendar).date;
    let beside = about.person.or(about.referral).unwrap_or(scope.account);
    let id = beside.beside(now);
    let sealed = app.keys.seal(&words)?;
    atomic!(app.db, tx => {
        few_waiting(tx, scope).await?;
        let sql = "INSERT INTO rights_request (home, id, person_id, referral_id, county, kind, words, asked_by, guardian,
            asked_at, due_on, due_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
        let args = p![
            id.home_number(), id, about.person, about.referral, about.county, kind, sealed.clone(), scope.account,
            scope.guardian, now, due, rules::clock::end_of(due)
        ];
        tx.run(sql, args).await?;
        audit::record_in(tx, scope, entry("ask_right", about.person.or(about.referral), kind), now);
        Ok(id)
    })
}

async fn few_waiting(tx: &mut Tx, scope: &Scope) -> Result<()> {
    let sql = "SELECT COUNT(*) FROM rights_request WHERE asked_by = $1 AND answered_at IS NULL";
    let waiting = tx.opt::<(i64,)>(sql, p![scope.account]).await?.map_or(0, |(count,)| count);
    if waiting < MOST_WAITING { Ok(()) } else { Err(Refusal::new("PIPL50", "too_many_waiting").into()) }
}

fn checked(field: &str, words: &str) -> Result<String> {
    let words = words.trim();
    if words.is_empty() {
        return Err(Error::invalid(field, "required"));
    }
    if words.chars().count() > LONGEST {
        return Err(Error::Invalid(vec![Problem {
            field: field.to_owned(),
            code: "too_long".to_owned(),
            values: vec![LONGEST.to_string()],
        }]));
    }
    Ok(words.to_owned())
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// `granted`, `partly` or `refused`.
    pub outcome: String,
    /// The ground of a no, and of a yes to a part.
    pub ground: Option<String>,
    /// What is told to the person.
    pub words: String,
}

/// Answers a request, once.
///
/// # Errors
/// There is none that concerns the caller; its role does not answer this kind; it was answered already; a no lacks its ground
/// or its reason.
pub async fn answer(app: &App, scope: &Scope, id: Id, answer: &Answer) -> Result<Whole> {
    scope.permit(Deed::Change, Subject::Right)?;
    let Sealed { request, subject, .. } = sealed(app, scope, id).await?;
    if !app.tables.rights.answers(scope.role, &request.kind) {
        return Err(Error::Forbidden);
    }
    let taken = || Refusal::new("PIPL50", "request_answered");
    if request.answered_at.is_some() {
        return Err(taken().into());
    }
    let outcome =
        Outcome::of_code(&answer.outcome).ok_or_else(|| Error::invalid("outcome", "unknown_choice"))?;
    let ground = answer.ground.as_deref().filter(|ground| !ground.is_empty());
    app.tables.rights.answer(&request.kind, outcome, ground, &answer.words)?;
    let words = checked("words", &answer.words)?;
    let sealed = app.keys.seal(&words)?;
    let answered: Result<()> = atomic!(app.db, tx => {
        let sql = "UPDATE rights_request SET answered_at = $1, answered_by = $2, outcome = $3, ground = $4, answer = $5
            WHERE home = $6 AND id = $7 AND answered_at IS NULL";
        let args = p![
            app.now(), scope.account, outcome.code(), ground, sealed.clone(), id.home_number(), id
        ];
        if tx.run(sql, args).await? == 0 {
            return Err(taken().into());
        }
        audit::record_in(tx, scope, entry("answer_right", subject, &request.kind), app.now());
        Ok(())
    });
    answered?;
    show(app, scope, id).await
}
