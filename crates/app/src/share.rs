//! Shares (对外共享): connectors through which a department's program takes of cases what a basis allows.
//!
//! Civil affairs writes a share down, assesses it, proposes to open it; a second person opens it. From then on each saved case
//! is placed into the share's stream in the same transaction ([`feed`]); the recipient's program reads the stream by number
//! ([`records`]). What may not leave any more is withdrawn in the transaction that takes the consent back, and once more
//! looked at when a page is read, so that nothing of it is in the next answer.

mod draft;
mod feed;
mod records;
mod step;

pub use draft::{AssessmentEntry, Recipient, ShareEntry, assess, change, draft, recipients};
pub(crate) use feed::{JOB as FILLING, follow, portion as fill_portion};
pub use records::{Connector, Page, Record, connector, connectors, receipt, records};
pub use step::{close_due, confirm, end, propose, suspend};

use crate::{
    App,
    audit::{self, Entry, Purpose},
    db::{FromRow, Row, Sql, Tx},
    error::{Error, Result},
    id::Id,
    institution::library::expect_one,
    p, row,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::{Deed, Role, Subject},
    clock::china_date,
    share::{Assessment, Conclusion, Kind, Share as Terms, State},
};
use serde_json::{Value as Json, json};

/// Shares of an area on one page.
const MOST: i64 = 200;
/// Reviews on a work list at most.
const FEW: i64 = 5;
/// What it is called in the log.
const KIND: &str = "share";

/// A share with its latest assessment.
#[derive(Debug, Clone)]
pub struct Share {
    /// Identifier.
    pub id: Id,
    /// The county that gives.
    pub county: i64,
    /// The organisation that receives.
    pub recipient: Id,
    /// Its name.
    pub recipient_name: String,
    /// Its kind.
    pub recipient_kind: String,
    /// Code of the basis.
    pub basis: String,
    /// What is given.
    pub kinds: Vec<Kind>,
    /// Number of the agreement; empty while there is none.
    pub agreement: String,
    /// Its day.
    pub agreed_on: Option<Date>,
    /// Where it stands.
    pub state: State,
    /// Who proposed to open it.
    pub proposed_by: Option<Id>,
    /// The latest assessment.
    pub assessment: Option<AssessmentRow>,
    /// When it was opened for the first time.
    pub opened_at: Option<Timestamp>,
    /// Last number of its stream.
    pub last_number: i64,
    /// The last that left.
    pub given_number: i64,
    /// The last that was acknowledged.
    pub receipt_number: i64,
    /// When.
    pub receipt_at: Option<Timestamp>,
    /// When it was last read.
    pub read_at: Option<Timestamp>,
    /// Version.
    pub version: i64,
}

/// An impact assessment as written down.
#[derive(Debug, Clone)]
pub struct AssessmentRow {
    /// Number.
    pub number: String,
    /// Day of its conclusion.
    pub concluded_on: Date,
    /// Who concluded it.
    pub concluded_by: String,
    /// What it concludes.
    pub conclusion: Conclusion,
    /// The measures.
    pub measures: String,
    /// The kinds of data that were looked at.
    pub kinds: Vec<Kind>,
    /// The last day before its review.
    pub review_due_on: Date,
    /// Who wrote it down.
    pub recorded_by: String,
    /// When.
    pub recorded_at: Timestamp,
}

/// Something that was done with a share.
#[derive(Debug, Clone)]
pub struct Past {
    /// When.
    pub at: Timestamp,
    /// By whom; empty where it closed by itself.
    pub name: String,
    /// What.
    pub event: String,
    /// Why, in words; a code where it closed by itself.
    pub reason: String,
}
row!(Past { at, name, event, reason });

const SHARE: &str =
    "SELECT s.id, s.county, s.recipient_id, o.name, o.kind, s.basis, s.kinds, s.agreement, s.agreed_on, s.state,
    s.proposed_by, s.opened_at, s.last_number, s.given_number, s.receipt_number, s.receipt_at, s.read_at, s.version,
    a.number, a.concluded_on, a.concluded_by, a.conclusion, a.measures, a.kinds, a.review_due_on, a.recorded_by,
    a.recorded_at FROM share s JOIN organisation o ON o.id = s.recipient_id
    LEFT JOIN share_assessment a ON a.id = s.assessment_id WHERE 1 = 1";
/// Where the columns of the assessment begin.
const OF_ASSESSMENT: usize = 18;
const ASSESSMENTS: &str =
    "SELECT a.number, a.concluded_on, a.concluded_by, a.conclusion, a.measures, a.kinds,
    a.review_due_on, a.recorded_by, a.recorded_at FROM share_assessment a WHERE a.share_id = $1
    ORDER BY a.recorded_at DESC, a.id DESC";

fn kinds_of(codes: &Json) -> Vec<Kind> {
    let codes = codes.as_array().into_iter().flatten().filter_map(Json::as_str);
    codes.filter_map(Kind::of_code).collect()
}

fn codes_of(kinds: &[Kind]) -> Json {
    json!(kinds.iter().map(|kind| kind.code()).collect::<Vec<_>>())
}

impl AssessmentRow {
    /// From its columns, which begin at a place.
    fn at(row: &Row<'_>, first: usize) -> crate::db::Result<AssessmentRow> {
        let (conclusion, kinds): (String, Json) = (row.get(first + 3)?, row.get(first + 5)?);
        Ok(AssessmentRow {
            number: row.get(first)?,
            concluded_on: row.get(first + 1)?,
            concluded_by: row.get(first + 2)?,
            conclusion: Conclusion::of_code(&conclusion).ok_or(crate::db::Error::Column(first + 3))?,
            measures: row.get(first + 4)?,
            kinds: kinds_of(&kinds),
            review_due_on: row.get(first + 6)?,
            recorded_by: row.get(first + 7)?,
            recorded_at: row.get(first + 8)?,
        })
    }
}

impl FromRow for AssessmentRow {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        AssessmentRow::at(row, 0)
    }
}

impl FromRow for Share {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        let (kinds, state): (Json, String) = (row.get(6)?, row.get(9)?);
        let assessed: Option<String> = row.get(OF_ASSESSMENT)?;
        Ok(Share {
            id: row.get(0)?,
            county: row.get(1)?,
            recipient: row.get(2)?,
            recipient_name: row.get(3)?,
            recipient_kind: row.get(4)?,
            basis: row.get(5)?,
            kinds: kinds_of(&kinds),
            agreement: row.get(7)?,
            agreed_on: row.get(8)?,
            state: State::of_code(&state).ok_or(crate::db::Error::Column(9))?,
            proposed_by: row.get(10)?,
            opened_at: row.get(11)?,
            last_number: row.get(12)?,
            given_number: row.get(13)?,
            receipt_number: row.get(14)?,
            receipt_at: row.get(15)?,
            read_at: row.get(16)?,
            version: row.get(17)?,
            assessment: assessed.map(|_| AssessmentRow::at(row, OF_ASSESSMENT)).transpose()?,
        })
    }
}

impl Share {
    /// As the rules know it.
    #[must_use]
    pub fn terms(&self) -> Terms {
        let assessment = self.assessment.as_ref().map(|row| Assessment {
            conclusion: row.conclusion,
            kinds: row.kinds.clone(),
            concluded_on: row.concluded_on,
            review_due_on: row.review_due_on,
        });
        Terms {
            state: self.state,
            recipient: self.recipient_kind.clone(),
            basis: self.basis.clone(),
            kinds: self.kinds.clone(),
            agreed_on: self.agreed_on.filter(|_| !self.agreement.is_empty()),
            assessment,
            proposed_by: self.proposed_by.map(|id| id.0),
        }
    }
}

/// Adds "and a county of my area gives it".
fn of_desk(scope: &Scope, sql: Sql) -> Sql {
    sql.push(" AND s.county >= {} AND s.county <= {}", p![scope.area.from, scope.area.to])
}

async fn found(tx: &mut Tx, scope: &Scope, id: Id) -> Result<Share> {
    let sql = of_desk(scope, Sql::new(SHARE)).push(" AND s.id = {}", p![id]);
    tx.opt(&sql.text, sql.args).await?.ok_or(Error::NotFound)
}

/// The shares of the reader's area: those that are open first, the latest change first.
///
/// # Errors
/// The role has nothing to do with shares.
pub async fn list(app: &App, scope: &Scope) -> Result<Vec<Share>> {
    scope.permit(Deed::Read, Subject::Share)?;
    let order =
        " ORDER BY CASE s.state WHEN 'open' THEN 0 WHEN 'suspended' THEN 1 WHEN 'drafted' THEN 2 ELSE 3 END,
        s.changed_at DESC, s.id LIMIT {}";
    let shares: Vec<Share> = app.db.query(of_desk(scope, Sql::new(SHARE)).push(order, p![MOST])).await?;
    audit::record(&app.db, scope, Entry::listed(purpose(scope), KIND, shares.len()), app.now()).await?;
    Ok(shares)
}

/// A share with its assessments and its history, the latest first.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The share.
    pub share: Share,
    /// All assessments.
    pub assessments: Vec<AssessmentRow>,
    /// What was done.
    pub past: Vec<Past>,
    /// Persons of whom something is with the recipient now.
    pub subjects: i64,
}

/// One share of the reader's area.
///
/// # Errors
/// There is none.
pub async fn show(app: &App, scope: &Scope, id: Id) -> Result<Whole> {
    scope.permit(Deed::Read, Subject::Share)?;
    let sql = of_desk(scope, Sql::new(SHARE)).push(" AND s.id = {}", p![id]);
    let found: Vec<Share> = app.db.query(sql).await?;
    let share = found.into_iter().next().ok_or(Error::NotFound)?;
    let past = "SELECT at, name, event, reason FROM share_event WHERE share_id = $1 ORDER BY at DESC, id DESC LIMIT 200";
    let count = "SELECT COUNT(*) FROM share_subject WHERE share_id = $1 AND number > 0 AND NOT withdrawn
        AND given_number > 0";
    let subjects: Option<(i64,)> = app.db.opt(count, p![id]).await?;
    let whole = Whole {
        share,
        assessments: app.db.all(ASSESSMENTS, p![id]).await?,
        past: app.db.all(past, p![id]).await?,
        subjects: subjects.map_or(0, |(count,)| count),
    };
    audit::record(&app.db, scope, Entry::read(purpose(scope), KIND, id), app.now()).await?;
    Ok(whole)
}

/// Reviews that are due on a work list: shares whose assessment runs out soon or has run out, the first due first.
pub(crate) async fn to_review(app: &App, scope: &Scope) -> Result<Vec<Share>> {
    if !scope.role.may(Deed::Change, Subject::Share) {
        return Ok(Vec::new());
    }
    let remind = jiff::Span::new().days(i32::from(app.tables.shares.remind_days));
    let by = china_date(app.now()).saturating_add(remind);
    let sql = of_desk(scope, Sql::new(SHARE)).push(
        " AND s.state IN ('open', 'suspended') AND s.review_due_on <= {} ORDER BY s.review_due_on, s.id LIMIT {}",
        p![by, FEW],
    );
    Ok(app.db.query(sql).await?)
}

fn purpose(scope: &Scope) -> Purpose {
    if scope.role == Role::Supervisor { Purpose::Supervision } else { Purpose::Referral }
}

/// Puts what was done into the history and the log.
async fn note(tx: &mut Tx, app: &App, scope: &Scope, id: Id, (event, reason): (&str, &str)) -> Result<()> {
    let now = app.now();
    let sql = "INSERT INTO share_event (id, share_id, at, account_id, name, event, reason)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    tx.run(sql, p![id.beside(now), id, now, scope.account, &scope.name, event, reason]).await?;
    let entry = Entry {
        action: "change",
        detail: json!({ "share": event }),
        ..Entry::read(purpose(scope), KIND, id)
    };
    audit::record_in(tx, scope, entry, now);
    Ok(())
}

/// The state after a step, with the version that the caller has seen.
struct Moved {
    state: State,
    proposed_by: Option<Id>,
    opened_at: Option<Timestamp>,
}

async fn save(tx: &mut Tx, app: &App, share: &Share, moved: &Moved) -> Result<()> {
    let sql = "UPDATE share SET state = $1, proposed_by = $2, opened_at = $3, changed_at = $4, version = version + 1
        WHERE id = $5 AND version = $6";
    let args = p![moved.state.code(), moved.proposed_by, moved.opened_at, app.now(), share.id, share.version];
    expect_one(tx.run(sql, args).await?, share.version)
}

fn seen(share: &Share, version: i64) -> Result<()> {
    if share.version == version {
        return Ok(());
    }
    Err(Error::Changed { expected: version, found: share.version })
}
