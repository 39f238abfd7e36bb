//! Writing a share down, changing it, and its impact assessments.

use super::{codes_of, expect_one, found, note, seen};
use crate::{
    App, atomic,
    error::{Error, Problem, Result},
    id::Id,
    p, row,
    scope::{Area, Scope},
    seal::random_bytes,
};
use jiff::civil::Date;
use rules::{
    account::{Deed, Subject},
    clock::china_date,
    division::Level,
    share::{Conclusion, Kind, State},
};

/// Characters of a number or a name at most.
const LONGEST_NAME: usize = 100;
/// Characters of the measures at most.
const LONGEST: usize = 2_000;
/// Bytes of the key under which persons are named.
const KEY_BYTES: usize = 32;

/// A share as somebody writes it.
#[derive(Debug, Clone, Default)]
pub struct ShareEntry {
    /// The organisation that receives.
    pub recipient: String,
    /// Code of the basis.
    pub basis: String,
    /// Codes of the kinds of data.
    pub kinds: Vec<String>,
    /// Number of the agreement; empty while there is none.
    pub agreement: String,
    /// Its day.
    pub agreed_on: String,
}

/// An impact assessment as somebody writes it.
#[derive(Debug, Clone, Default)]
pub struct AssessmentEntry {
    /// Number.
    pub number: String,
    /// Day of its conclusion.
    pub concluded_on: String,
    /// Who concluded it.
    pub concluded_by: String,
    /// Code of the conclusion.
    pub conclusion: String,
    /// The measures.
    pub measures: String,
    /// The last day before its review.
    pub review_due_on: String,
}

/// An organisation that may receive.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// Identifier.
    pub id: Id,
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: String,
}
row!(Recipient { id, name, kind });

/// The county of an account.
fn county(scope: &Scope) -> i64 {
    scope.division - scope.division % Level::County.width()
}

/// The departments of the caller's county, by name.
///
/// # Errors
/// The role writes no shares.
pub async fn recipients(app: &App, scope: &Scope) -> Result<Vec<Recipient>> {
    scope.permit(Deed::Change, Subject::Share)?;
    let Area { from, to } = Area::of(county(scope));
    let sql = "SELECT id, name, kind FROM organisation WHERE division >= $1 AND division <= $2
        AND kind IN ('health', 'dpf', 'civil_affairs') AND ended_at IS NULL ORDER BY kind, name, id";
    Ok(app.db.all(sql, p![from, to]).await?)
}

/// What was written, understood.
struct Written {
    recipient: Recipient,
    kinds: Vec<Kind>,
    agreement: String,
    agreed_on: Option<Date>,
}

fn text(problems: &mut Vec<Problem>, field: &str, value: &str, longest: usize) -> String {
    let value = value.trim().replace('\0', "");
    if value.chars().count() > longest {
        problems.push(Problem::new(field, "text_too_long"));
    }
    value
}

fn day(problems: &mut Vec<Problem>, field: &str, value: &str) -> Option<Date> {
    let value = value.trim();
    let found = value.parse::<Date>().ok();
    if found.is_none() {
        problems.push(Problem::new(field, if value.is_empty() { "required" } else { "date" }));
    }
    found
}

async fn understood(app: &App, scope: &Scope, entry: &ShareEntry) -> Result<Written> {
    let mut problems = Vec::new();
    let offered = recipients(app, scope).await?;
    let recipient = offered.into_iter().find(|one| one.id.to_string() == entry.recipient);
    if recipient.is_none() {
        problems.push(Problem::new("recipient", "unknown_choice"));
    }
    let mut kinds: Vec<Kind> = entry.kinds.iter().filter_map(|code| Kind::of_code(code)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if entry.kinds.iter().any(|code| Kind::of_code(code).is_none()) || kinds.is_empty() {
        problems.push(Problem::new("kinds", "unknown_choice"));
    }
    if app.tables.shares.basis(&entry.basis).is_none() {
        problems.push(Problem::new("basis", "unknown_choice"));
    }
    let agreement = text(&mut problems, "agreement", &entry.agreement, LONGEST_NAME);
    // A number without a day is no agreement yet, nor a day without a number.
    let agreed_on = if agreement.is_empty() && entry.agreed_on.trim().is_empty() {
        None
    } else {
        day(&mut problems, "agreed_on", &entry.agreed_on)
    };
    if agreement.is_empty() && agreed_on.is_some() {
        problems.push(Problem::new("agreement", "required"));
    }
    match recipient {
        Some(recipient) if problems.is_empty() => Ok(Written { recipient, kinds, agreement, agreed_on }),
        _ => Err(Error::Invalid(problems)),
    }
}

/// The share as it would stand, for the rules.
fn as_written(entry: &ShareEntry, written: &Written) -> rules::share::Share {
    rules::share::Share {
        state: State::Drafted,
        recipient: written.recipient.kind.clone(),
        basis: entry.basis.clone(),
        kinds: written.kinds.clone(),
        agreed_on: written.agreed_on,
        assessment: None,
        proposed_by: None,
    }
}

/// Writes a share down. Nothing leaves by it before it is assessed and opened.
///
/// # Errors
/// Fields are wrong; the basis does not carry what is to be given, or is not for this recipient.
pub async fn draft(app: &App, scope: &Scope, entry: &ShareEntry) -> Result<Id> {
    scope.permit(Deed::Change, Subject::Share)?;
    let written = understood(app, scope, entry).await?;
    app.tables.shares.fits(&as_written(entry, &written))?;
    let (now, county) = (app.now(), county(scope));
    let key = app.keys.seal_bytes(&random_bytes(KEY_BYTES)?)?;
    let id = Id::in_division(county, now);
    atomic!(app.db, tx => {
        let sql = "INSERT INTO share (id, county, recipient_id, basis, kinds, agreement, agreed_on, state, person_key,
            last_number, given_number, receipt_number, created_at, changed_at, version)
            VALUES ($1, $2, $3, $4, $5, $6, $7, 'drafted', $8, 0, 0, 0, $9, $9, 1)";
        let args = p![
            id, county, written.recipient.id, entry.basis.as_str(), codes_of(&written.kinds), written.agreement.as_str(),
            written.agreed_on, key.clone(), now
        ];
        tx.run(sql, args).await?;
        note(tx, app, scope, id, ("drafted", "")).await?;
        Ok(id)
    })
}

/// Changes what a share gives, on which basis and under which agreement. An open one that its assessment does not cover any
/// more closes by itself in the same moment; whoever was to confirm is asked anew. The recipient stays: another one is another
/// share.
///
/// # Errors
/// As [`draft`]; it has ended, changed meanwhile, or is another county's.
pub async fn change(app: &App, scope: &Scope, id: Id, version: i64, entry: &ShareEntry) -> Result<()> {
    scope.permit(Deed::Change, Subject::Share)?;
    atomic!(app.db, tx => {
        let share = found(tx, scope, id).await?;
        app.tables.shares.still_stands(&share.terms())?;
        seen(&share, version)?;
        let entry = ShareEntry { recipient: share.recipient.to_string(), ..entry.clone() };
        let written = understood(app, scope, &entry).await?;
        app.tables.shares.fits(&as_written(&entry, &written))?;
        let sql = "UPDATE share SET basis = $1, kinds = $2, agreement = $3, agreed_on = $4, proposed_by = NULL,
            changed_at = $5, version = version + 1 WHERE id = $6 AND version = $7";
        let args = p![
            entry.basis.as_str(), codes_of(&written.kinds), written.agreement.as_str(), written.agreed_on, app.now(), id,
            share.version
        ];
        expect_one(tx.run(sql, args).await?, share.version)?;
        note(tx, app, scope, id, ("changed", "")).await?;
        let now = found(tx, scope, id).await?;
        super::step::close_if_due(app, tx, &now).await?;
        // What is given has changed: every record is given anew.
        if found(tx, scope, id).await?.state == State::Open {
            super::feed::queue(app, tx, id).await?;
        }
        Ok(())
    })
}

/// An assessment, understood.
struct Assessed {
    number: String,
    concluded_on: Date,
    concluded_by: String,
    conclusion: Conclusion,
    measures: String,
    review_due_on: Date,
}

fn assessed(app: &App, entry: &AssessmentEntry) -> Result<Assessed> {
    let (rule, today) = (&app.tables.shares, china_date(app.now()));
    let mut problems = Vec::new();
    let number = text(&mut problems, "number", &entry.number, LONGEST_NAME);
    let concluded_by = text(&mut problems, "concluded_by", &entry.concluded_by, LONGEST_NAME);
    let measures = text(&mut problems, "measures", &entry.measures, LONGEST);
    for (field, value) in [("number", &number), ("concluded_by", &concluded_by)] {
        if value.is_empty() {
            problems.push(Problem::new(field, "required"));
        }
    }
    if measures.chars().count() < usize::from(rule.measures_characters) {
        let values = vec![rule.measures_characters.to_string()];
        problems.push(Problem { values, ..Problem::new("measures", "text_too_short") });
    }
    let conclusion = Conclusion::of_code(&entry.conclusion);
    if conclusion.is_none() {
        problems.push(Problem::new("conclusion", "unknown_choice"));
    }
    let concluded_on = day(&mut problems, "concluded_on", &entry.concluded_on);
    let review_due_on = day(&mut problems, "review_due_on", &entry.review_due_on);
    if concluded_on.is_some_and(|day| day > today) {
        problems.push(Problem::new("concluded_on", "date_future"));
    }
    let late = concluded_on
        .zip(review_due_on)
        .is_some_and(|(concluded, due)| due < concluded || due > rule.review_by(concluded));
    if late {
        let values = vec![rule.review_months.to_string()];
        problems.push(Problem { values, ..Problem::new("review_due_on", "review_too_late") });
    }
    match (conclusion, concluded_on, review_due_on) {
        (Some(conclusion), Some(concluded_on), Some(review_due_on)) if problems.is_empty() => {
            Ok(Assessed { number, concluded_on, concluded_by, conclusion, measures, review_due_on })
        }
        _ => Err(Error::Invalid(problems)),
    }
}

/// Writes an impact assessment of the share as it stands down (Personal Information Protection Law art. 55, 56). One is never
/// changed or deleted: a review is the next one.
///
/// # Errors
/// Fields are wrong; the share has ended or is another county's.
pub async fn assess(app: &App, scope: &Scope, id: Id, entry: &AssessmentEntry) -> Result<()> {
    scope.permit(Deed::Change, Subject::Share)?;
    let made = assessed(app, entry)?;
    atomic!(app.db, tx => {
        let share = found(tx, scope, id).await?;
        app.tables.shares.still_stands(&share.terms())?;
        let now = app.now();
        let own = id.beside(now);
        let sql = "INSERT INTO share_assessment (id, share_id, number, concluded_on, concluded_by, conclusion, measures,
            kinds, review_due_on, recorded_by, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        let args = p![
            own, id, &made.number, made.concluded_on, &made.concluded_by, made.conclusion.code(), &made.measures,
            codes_of(&share.kinds), made.review_due_on, &scope.name, now
        ];
        tx.run(sql, args).await?;
        let sql = "UPDATE share SET assessment_id = $1, review_due_on = $2, changed_at = $3, version = version + 1
            WHERE id = $4 AND version = $5";
        expect_one(tx.run(sql, p![own, made.review_due_on, now, id, share.version]).await?, share.version)?;
        note(tx, app, scope, id, ("assessed", "")).await?;
        let now = found(tx, scope, id).await?;
        super::step::close_if_due(app, tx, &now).await?;
        Ok(())
    })
}
