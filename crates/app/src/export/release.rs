//! Nothing leaves as a file but through here: it is counted, gets a code that is printed on it, and is in the log before
//! it is given.

use crate::{
    App,
    audit::{self, Entry, Purpose},
    db::Tx,
    error::{Error, Result},
    id::Id,
    p,
    scope::Scope,
};
use jiff::Timestamp;
use rules::{
    Refusal,
    account::{Deed, Subject},
    export::Verdict,
};
use serde_json::{Value as Json, json};

/// What is to leave.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Kind of data.
    pub subject: Subject,
    /// How many rows.
    pub rows: usize,
    /// Which ones; never a name.
    pub filter: Json,
}

/// What a kind of data is called in the log and in the table of files.
pub(super) fn name(subject: Subject) -> &'static str {
    match subject {
        Subject::Case => "referral",
        Subject::Institution => "institution",
        Subject::Talent => "talent",
        Subject::Workforce => "workforce",
        Subject::Need => "need",
        Subject::Log => "audit",
        Subject::Research => "research",
        Subject::FollowUp => "smd_record",
        Subject::Outreach => "lead",
        Subject::Question => "question",
        Subject::QuestionFigures => "question_figures",
        _ => "file",
    }
}

/// Rows about clients are counted and bounded; libraries, figures, logs and extracts of agreed projects are only counted.
fn about_clients(subject: Subject) -> bool {
    matches!(subject, Subject::Case | Subject::FollowUp | Subject::Question)
}

/// Lets a file leave; returns the code to be printed on it.
///
/// # Errors
/// [`Error::Forbidden`] for the role; a second person must agree (`export_ask`), or it is too large for anybody
/// (`export_too_many`).
pub async fn release(app: &App, scope: &Scope, wanted: &Wanted) -> Result<String> {
    crate::atomic!(app.db, tx => { release_in(app, tx, scope, wanted).await })
}

/// The same inside a transaction of the caller's, which also keeps what belongs to the file.
///
/// # Errors
/// As [`release`].
pub(crate) async fn release_in(app: &App, tx: &mut Tx, scope: &Scope, wanted: &Wanted) -> Result<String> {
    scope.permit(Deed::Export, wanted.subject)?;
    let rows = u64::try_from(wanted.rows).unwrap_or(u64::MAX);
    let id = scope.account.beside(app.now());
    if about_clients(wanted.subject) {
        let today = taken_today(tx, scope, wanted.subject, app.now()).await?;
        allowed(app, rows, today)?;
    }
    let sql = "INSERT INTO taken_file (id, code, subject, filter, row_count, state, reason, account_id,
        organisation_id, division, asked_at, taken_at, version) VALUES ($1, $2, $3, $4, $5, 'taken', '', $6, $7,
        $8, $9, $10, 1)";
    let (subject, filter) = (name(wanted.subject), wanted.filter.clone());
    let args = p![
        id,
        code(id),
        subject,
        filter,
        count(wanted.rows),
        scope.account,
        scope.organisation,
        scope.division,
        app.now(),
        app.now()
    ];
    tx.run(sql, args).await?;
    record(tx, app, scope, "export", (wanted.subject, wanted.rows, &code(id)));
    Ok(code(id))
}

/// Whether so many rows about clients may leave for somebody who took so many today, without asking.
fn allowed(app: &App, rows: u64, today: u64) -> Result<()> {
    let rule = &app.tables.exports;
    match rule.verdict(rows, today) {
        Verdict::Free => Ok(()),
        Verdict::Ask => {
            Err(Refusal::new("export", "export_ask").with("count", rows).with("free", rule.rows).into())
        }
        Verdict::TooMany => Err(too_many(app, rows)),
    }
}

/// No to a file that is too large for anybody.
pub(crate) fn too_many(app: &App, rows: u64) -> Error {
    let most = app.tables.exports.most_rows;
    Refusal::new("export", "export_too_many").with("count", rows).with("most", most).into()
}

/// Rows that this account took today without asking.
async fn taken_today(tx: &mut Tx, scope: &Scope, subject: Subject, now: Timestamp) -> Result<u64> {
    let midnight = rules::clock::start_of(rules::clock::china_date(now));
    let sql = "SELECT CAST(COALESCE(SUM(row_count), 0) AS bigint) FROM taken_file
        WHERE account_id = $1 AND asked_at >= $2 AND state = 'taken' AND reason = '' AND subject = $3";
    let found: Option<(i64,)> = tx.opt(sql, p![scope.account, midnight, name(subject)]).await?;
    Ok(u64::try_from(found.map_or(0, |(sum,)| sum)).unwrap_or(0))
}

/// The code of a file, made of the random part of its identifier.
pub(super) fn code(id: Id) -> String {
    format!("{:010x}", id.0.as_u128() & 0xFF_FFFF_FFFF)
}

pub(super) fn count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// Puts what became of a file into the log.
pub(super) fn record(
    tx: &mut Tx,
    app: &App,
    scope: &Scope,
    action: &'static str,
    (subject, rows, code): (Subject, usize, &str),
) {
    let purpose = match scope.role {
        _ if subject == Subject::Research => Purpose::Research,
        rules::account::Role::Auditor => Purpose::Audit,
        rules::account::Role::Supervisor => Purpose::Supervision,
        _ => Purpose::Referral,
    };
    let entry = Entry {
        purpose,
        action,
        subject_kind: name(subject),
        subject: None,
        detail: json!({ "rows": rows, "file": code }),
    };
    audit::record_in(tx, scope, entry, app.now());
}
