//! One lead with its attempts; the telephone number is shown only when it is asked for.

use super::{list, list::Line, within};
use crate::{
    App,
    audit::{self, Entry},
    contact,
    db::{FromRow, Row, Sql},
    error::{Error, Result},
    id::Id,
    p, person, referral,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::{Deed, Subject},
    contact::ContactRules,
    outreach::{Attempt, standing},
};
use serde::Serialize;
use serde_json::json;

/// An attempt with who made it.
#[derive(Debug, Clone, Serialize)]
pub struct Told {
    /// Identifier.
    pub id: Id,
    /// What was done and came of it.
    #[serde(flatten)]
    pub attempt: Attempt,
    /// Note.
    pub note: String,
    /// Who made it.
    pub by: String,
    /// Of which house.
    pub house: String,
    /// When it was entered.
    pub at: Timestamp,
    /// Who voided it, and when.
    pub voided: Option<(String, Timestamp)>,
    /// The reader may void it.
    pub may_void: bool,
}

struct Stored {
    told: Told,
    note: Option<Vec<u8>>,
    made_by: Id,
}

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        let voided: (Option<String>, Option<Timestamp>) = (row.get(12)?, row.get(11)?);
        let attempt = Attempt {
            on: row.get(1)?,
            way: row.get(2)?,
            reached: row.get(3)?,
            outcome: row.get(4)?,
            reason: row.get(5)?,
            next: row.get(6)?,
        };
        let told = Told {
            id: row.get(0)?,
            attempt,
            note: String::new(),
            by: row.get(8)?,
            house: row.get(9)?,
            at: row.get(10)?,
            voided: voided.0.zip(voided.1),
            may_void: false,
        };
        Ok(Stored { told, note: row.get(7)?, made_by: row.get(13)? })
    }
}

/// A lead with all that belongs to it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The lead.
    pub line: Line,
    /// Who gave it.
    pub given_by: String,
    /// Attempts, the latest first.
    pub attempts: Vec<Told>,
    /// How the person said to be reached; nothing where nobody said.
    pub rules: Option<ContactRules>,
    /// Several attempts in a row failed in one way.
    pub other_way: bool,
    /// The case that came of it, where the reader may open it.
    pub case: Option<Id>,
    /// The reader may enter an attempt.
    pub may_try: bool,
    /// The reader may take it back.
    pub may_take_back: bool,
    /// There is a telephone number.
    pub has_phone: bool,
}

struct Beside {
    given_by: String,
    person: Id,
    case: Option<Id>,
    phone: bool,
}
crate::row!(Beside { given_by, person, case, phone });

/// One lead; the read is in the log before it is shown.
///
/// # Errors
/// There is none in scope.
pub async fn show(app: &App, scope: &Scope, id: Id) -> Result<Shown> {
    scope.permit(Deed::Read, Subject::Lead)?;
    let key = || p![id.home_number(), id];
    let sql = Sql::new(list::LINE).push(" l.home = {} AND l.id = {}", key());
    let line: Line = app.db.query(within(scope, sql)).await?.into_iter().next().ok_or(Error::NotFound)?;
    let line = list::shown(scope, line);
    let sql =
        "SELECT l.given_by_name, l.person_id, l.referral_id, p.phone IS NOT NULL FROM lead l JOIN person m ON m.home = l.home AND m.id = l.person_id
        JOIN person p ON p.home = m.head_home /* spread: one person's records may have different homes */ AND p.id = m.head_id
        WHERE l.home = $1 AND l.id = $2";
    let beside: Beside = app.db.opt(sql, key()).await?.ok_or(Error::NotFound)?;
    let restricted = match beside.case {
        Some(case) => is_restricted(app, case).await?,
        None => false,
    };
    let attempts = attempts(app, scope, id, (line.state.is_tried(), restricted)).await?;
    let mut counted: Vec<Attempt> =
        attempts.iter().filter(|one| one.voided.is_none()).map(|one| one.attempt.clone()).collect();
    counted.reverse();
    let found = standing(line.given_on, &counted, &app.tables.outreach, &app.tables.calendar);
    let mut tx = app.db.begin().await?;
    let rules = contact::of_person(app, &mut tx, beside.person).await?;
    drop(tx);
    let entry = Entry::read(referral::purpose(scope), "lead", id);
    audit::record(&app.db, scope, entry, app.now()).await?;
    let case = match beside.case {
        Some(case) => reaches(app, scope, case).await?.then_some(case),
        None => None,
    };
    Ok(Shown {
        given_by: beside.given_by,
        attempts,
        rules,
        other_way: found.other_way,
        case,
        may_try: line.state.is_tried() && scope.role.may(Deed::Change, Subject::Lead),
        may_take_back: line.state.is_tried() && scope.role.may(Deed::Change, Subject::Outreach),
        has_phone: beside.phone && scope.role.may(Deed::Reveal, Subject::Lead),
        line,
    })
}

/// Whether the person took the consent to a case back.
async fn is_restricted(app: &App, case: Id) -> Result<bool> {
    let sql = "SELECT id FROM referral WHERE home = $1 AND id = $2 AND restricted_at IS NOT NULL";
    Ok(app.db.opt::<(Id,)>(sql, p![case.home_number(), case]).await?.is_some())
}

/// Whether a case is in the reader's scope.
async fn reaches(app: &App, scope: &Scope, case: Id) -> Result<bool> {
    let sql = Sql::new("SELECT r.id FROM referral r WHERE")
        .push(" r.home = {} AND r.id = {}", p![case.home_number(), case]);
    Ok(!app.db.query::<(Id,)>(scope.referrals(sql)).await?.is_empty())
}

/// The latest attempts on a lead with their notes.
pub(super) async fn whole(app: &App, id: Id, most: i64) -> Result<Vec<Told>> {
    let noted = |stored: Stored| {
        let note = stored.note.map(|note| app.keys.unseal(&note)).transpose()?.unwrap_or_default();
        Ok(Told { note, ..stored.told })
    };
    rows(app, id, most).await?.into_iter().map(noted).collect()
}

async fn rows(app: &App, id: Id, most: i64) -> Result<Vec<Stored>> {
    let sql = "SELECT a.id, a.on_day, a.way, a.reached, a.outcome, a.reason, a.next_on, a.note, a.made_by_name, o.name, a.at,
        a.voided_at, a.voided_by_name, a.made_by FROM contact_attempt a JOIN organisation o ON o.id = a.organisation_id
        WHERE a.home = $1 AND a.lead_id = $2 ORDER BY a.on_day DESC, a.at DESC, a.id DESC LIMIT $3";
    Ok(app.db.all(sql, p![id.home_number(), id, most]).await?)
}

/// The attempts as the reader sees them. What was noted of a person who took the consent to the whole case back is not shown any more.
async fn attempts(app: &App, scope: &Scope, id: Id, (tried, restricted): (bool, bool)) -> Result<Vec<Told>> {
    let told = |stored: Stored| {
        let note = stored.note.filter(|_| !restricted);
        let note = note.map(|note| app.keys.unseal(&note)).transpose()?.unwrap_or_default();
        let own = stored.made_by == scope.account && scope.role.may(Deed::Change, Subject::Lead);
        let may_void = own && tried && stored.told.voided.is_none();
        Ok(Told { note, may_void, ..stored.told })
    };
    rows(app, id, super::MOST).await?.into_iter().map(told).collect()
}

/// The person's telephone number, to be called; the reveal is in the log before it is shown.
///
/// # Errors
/// There is no such lead in scope; the person is not to be contacted any more; no number is known.
pub async fn reveal(app: &App, scope: &Scope, id: Id) -> Result<String> {
    scope.permit(Deed::Reveal, Subject::Lead)?;
    let sql = "SELECT l.person_id, l.next_on FROM lead l WHERE";
    let sql = Sql::new(sql).push(" l.home = {} AND l.id = {}", p![id.home_number(), id]);
    let found: Vec<(Id, Option<Date>)> = app.db.query(within(scope, sql)).await?;
    let (person, next) = found.into_iter().next().ok_or(Error::NotFound)?;
    if next.is_none() {
        return Err(rules::Refusal::new("outreach", "lead_over").into());
    }
    // In scope is the lead; that the house sees no other person of the register stays as it is.
    let stored = person::stored(app, &Scope::system(), person).await?;
    let phone = stored.phone.ok_or(Error::NotFound)?;
    let detail = json!({ "fields": ["phone"] });
    let entry = Entry { action: "reveal", detail, ..Entry::read(referral::purpose(scope), "lead", id) };
    audit::record(&app.db, scope, entry, app.now()).await?;
    app.keys.unseal(&phone)
}
