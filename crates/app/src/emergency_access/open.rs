//! Opening a record and ending that again.

use super::{KIND, LONGEST, STORED, Stored, shown};
use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    db::{Sql, Tx},
    error::{Error, Problem, Result},
    id::Id,
    p,
    referral::state_of,
    scope::Scope,
};
use jiff::{SignedDuration, Timestamp};
use rules::{
    account::{Deed, Role, Subject},
    emergency_access::Basis,
    identity_number,
    referral::State,
};
use serde_json::json;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// A whole identity number, or the whole number of a case. Parts of either find nothing.
    pub number: String,
    /// Why.
    pub reason: String,
    /// The legal basis, as a code.
    pub basis: String,
}

/// What came of it. It is in the log, and counted, before it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Open, under this identifier.
    Opened(Id),
    /// Nobody has this number.
    Nobody,
    /// It is in the caller's own scope: there is nothing to open.
    Person(Id),
    /// The same of a case.
    Case(Id),
}

/// Whom or what the number means.
#[derive(Debug, Clone, Copy)]
struct Found {
    kind: &'static str,
    id: Id,
    division: i64,
}

/// Opens one person's record, or one case. Whether it exists is answered only after reason and basis were given and the
/// try was written down.
///
/// # Errors
/// The role may not, tried too often within the hour, or the reason says too little.
pub async fn open(app: &App, scope: &Scope, request: &Request) -> Result<Answer> {
    scope.permit(Deed::Change, Subject::EmergencyAccess)?;
    let basis = checked(app, request)?;
    let reason = app.keys.seal(request.reason.trim())?;
    let answer = atomic!(app.db, tx => {
        // Two tries at once of one account count one after the other.
        tx.run("UPDATE account SET version = version WHERE id = $1", p![scope.account]).await?;
        app.tables.emergency.admit(scope.role, tries(app, tx, scope).await?)?;
        let Some(found) = find(app, tx, &request.number).await? else {
            let nobody = scope.account.beside(app.now());
            store(app, tx, scope, (nobody, basis, &reason), None).await?;
            record(app, tx, scope, basis, None);
            return Ok(Answer::Nobody);
        };
        let own = is_own(tx, scope, found).await?;
        let before = if own { None } else { open_now(app, tx, scope, found).await? };
        let id = before.unwrap_or_else(|| found.id.beside(app.now()));
        if before.is_none() {
            // What lies in the own scope is not opened, but the try counts: existence was answered.
            store(app, tx, scope, (id, basis, &reason), Some(found).filter(|_| !own)).await?;
        }
        record(app, tx, scope, basis, Some(found));
        match (own, found.kind) {
            (true, "person") => Ok(Answer::Person(found.id)),
            (true, _) => Ok(Answer::Case(found.id)),
            (false, _) => {
                if before.is_none() {
                    tell_owners(app, tx, found).await?;
                }
                Ok(Answer::Opened(id))
            }
        }
    });
    if let Err(Error::Refused(refusal)) = &answer {
        let detail = json!({ "code": refusal.code, "rule": refusal.rule });
        let entry = Entry { action: "refused", detail, ..Entry::listed(Purpose::Emergency, KIND, 0) };
        audit::record(&app.db, scope, entry, app.now()).await?;
    }
    answer
}

fn checked(app: &App, request: &Request) -> Result<Basis> {
    let mut problems = Vec::new();
    if request.number.trim().is_empty() {
        problems.push(Problem::new("number", "required"));
    }
    if !app.tables.emergency.is_reason(&request.reason) {
        let values = [app.tables.emergency.reason_characters, app.tables.emergency.reason_different];
        let values = values.iter().map(ToString::to_string).collect();
        problems.push(Problem { values, ..Problem::new("reason", "reason_too_short") });
    }
    if request.reason.chars().count() > LONGEST {
        problems.push(Problem::new("reason", "text_too_long"));
    }
    match Basis::of_code(&request.basis) {
        Some(basis) if problems.is_empty() => Ok(basis),
        Some(_) => Err(Error::Invalid(problems)),
        None => {
            problems.push(Problem::new("basis", "unknown_choice"));
            Err(Error::Invalid(problems))
        }
    }
}

/// How often the account tried within the hour.
async fn tries(app: &App, tx: &mut Tx, scope: &Scope) -> Result<i64> {
    let now = app.now();
    // No opening is shorter than the hour that is counted, so that the index by the end finds these.
    let sql = "SELECT COUNT(*) FROM emergency_access WHERE account_id = $1 AND ends_at > $2 AND at > $3";
    let found: Option<(i64,)> =
        tx.opt(sql, p![scope.account, now, now - SignedDuration::from_hours(1)]).await?;
    Ok(found.map_or(0, |(count,)| count))
}

/// Whose number it is; a part of a number is nobody's.
async fn find(app: &App, tx: &mut Tx, written: &str) -> Result<Option<Found>> {
    let number: String = written.trim().to_uppercase().replace('\0', "");
    let case = |(id, division): (Id, i64)| Found { kind: "referral", id, division };
    let today = rules::clock::china_date(app.now());
    let Ok(reading) = identity_number::check(&number, today) else {
        let sql =
            "SELECT id, county FROM referral WHERE (receipt = $1 OR registration = $2) AND state <> 'draft'";
        return Ok(tx.opt(sql, p![&number, &number]).await?.map(case));
    };
    let hash = app.keys.index("identity_number", reading.number.as_str());
    let claimed: Option<(Id,)> =
        tx.opt("SELECT id FROM claim WHERE kind = 'identity_number' AND hash = $1", p![hash.clone()]).await?;
    if let Some((id,)) = claimed {
        let sql =
            "SELECT h.id, h.division FROM person m JOIN person h ON h.home = m.head_home /* spread: one person's records may have different homes */ AND h.id = m.head_id
            WHERE m.home = $1 AND m.id = $2";
        let head: Option<(Id, i64)> = tx.opt(sql, p![id.home_number(), id]).await?;
        if let Some((id, division)) = head {
            return Ok(Some(Found { kind: "person", id, division }));
        }
    }
    // Who applied and is not registered yet stands in no register.
    let sql = "SELECT id, county FROM referral WHERE client_index = $1 AND state <> 'draft'
        ORDER BY changed_at DESC LIMIT 1";
    Ok(tx.opt(sql, p![hash]).await?.map(case))
}

/// Whether all that would be opened is in the caller's own scope.
async fn is_own(tx: &mut Tx, scope: &Scope, found: Found) -> Result<bool> {
    let keys = || p![found.id.home_number(), found.id];
    if found.kind == "referral" {
        let sql = Sql::new("SELECT r.id FROM referral r WHERE").push(" r.home = {} AND r.id = {}", keys());
        let sql = scope.referrals(sql);
        return Ok(tx.opt::<(Id,)>(&sql.text, sql.args).await?.is_some());
    }
    let sql = Sql::new("SELECT p.id FROM person p WHERE").push(" p.home = {} AND p.id = {}", keys());
    let sql = scope.people(sql);
    if tx.opt::<(Id,)>(&sql.text, sql.args).await?.is_none() {
        return Ok(false);
    }
    let cases =
        || Scope::referrals_of(Sql::new("SELECT r.id FROM referral r WHERE r.state <> 'draft'"), found.id);
    let all: Vec<(Id,)> = tx.all(&cases().text, cases().args).await?;
    let sql = scope.referrals(cases());
    let within: Vec<(Id,)> = tx.all(&sql.text, sql.args).await?;
    Ok(within.len() == all.len())
}

/// The caller's opening of the same subject that still shows it.
async fn open_now(app: &App, tx: &mut Tx, scope: &Scope, found: Found) -> Result<Option<Id>> {
    let (now, account) = (app.now(), scope.account);
    let sql = Sql::new(STORED)
        .push(" AND e.account_id = {} AND e.ends_at > {} AND e.subject_id = {}", p![account, now, found.id]);
    let all: Vec<Stored> = tx.all(&sql.text, sql.args).await?;
    for stored in all {
        if stored.opening()?.shows_to(account.0, scope.role, now) {
            return Ok(Some(stored.id));
        }
    }
    Ok(None)
}

async fn store(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    (id, basis, reason): (Id, Basis, &[u8]),
    found: Option<Found>,
) -> Result<()> {
    let (now, terms) = (app.now(), &app.tables.emergency);
    let sql =
        "INSERT INTO emergency_access (home, id, account_id, role, organisation_id, subject_kind, subject_id,
        division, basis, reason, at, ends_at, review_due_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let args = p![
        id.home_number(),
        id,
        scope.account,
        scope.role.code(),
        scope.organisation,
        found.map(|found| found.kind),
        found.map(|found| found.id),
        found.map_or(scope.division, |found| found.division),
        basis.code(),
        reason,
        now,
        terms.ends(now),
        terms.review_due(now)
    ];
    tx.run(sql, args).await?;
    Ok(())
}

/// The try, on the record of whom it found: the person reads it there.
fn record(app: &App, tx: &mut Tx, scope: &Scope, basis: Basis, found: Option<Found>) {
    let entry = Entry {
        purpose: Purpose::Emergency,
        action: "open_emergency",
        subject_kind: found.map_or(KIND, |found| found.kind),
        subject: found.map(|found| found.id),
        detail: json!({ "basis": basis.code(), "found": found.is_some(), "hours": app.tables.emergency.hours }),
    };
    audit::record_in(tx, scope, entry, app.now());
}

/// A case whose owners are told.
type Owned = (Id, i64, i64, String, Option<Id>);

/// Tells the institution in charge of each case that goes on, and the county of the latest one.
async fn tell_owners(app: &App, tx: &mut Tx, found: Found) -> Result<()> {
    let sql = Sql::new(
        "SELECT r.id, r.county, r.division, r.state, r.institution_id FROM referral r WHERE r.state <> 'draft'",
    );
    let sql = match found.kind {
        "person" => Scope::referrals_of(sql, found.id),
        _ => sql.push(" AND r.home = {} AND r.id = {}", p![found.id.home_number(), found.id]),
    };
    let sql = sql.push(" ORDER BY r.changed_at DESC LIMIT 20", []);
    let cases: Vec<Owned> = tx.all(&sql.text, sql.args).await?;
    for (at, (case, county, division, state, institution)) in cases.into_iter().enumerate() {
        let state = state_of(&state);
        // Who was only asked has no case yet, and learns of nobody who opens it.
        let in_charge = state.is_open() && state != State::Referred;
        if let Some(institution) = institution.filter(|_| in_charge) {
            tell(tx, (case, county, division), ("institution", Some(institution), None), app.now()).await?;
        }
        if at == 0 {
            let role = Some(Role::CivilAffairsOfficer.code());
            tell(tx, (case, county, division), ("county", None, role), app.now()).await?;
        }
    }
    Ok(())
}

async fn tell(
    tx: &mut Tx,
    (case, county, division): (Id, i64, i64),
    (party, organisation, role): (&str, Option<Id>, Option<&str>),
    now: Timestamp,
) -> Result<()> {
    let sql = "INSERT INTO message (home, id, referral_id, kind, to_party, to_organisation, to_role, county, division,
        state, created_at) VALUES ($1, $2, $3, 'emergency_access', $4, $5, $6, $7, $8, 'sent', $9)";
    let id = case.beside(now);
    tx.run(sql, p![case.home_number(), id, case, party, organisation, role, county, division, now]).await?;
    Ok(())
}

/// Ends an own opening before its time.
///
/// # Errors
/// There is no such opening of the caller's that still shows something.
pub async fn end(app: &App, scope: &Scope, id: Id) -> Result<()> {
    scope.permit(Deed::Change, Subject::EmergencyAccess)?;
    atomic!(app.db, tx => {
        let stored = shown(app, tx, scope, id).await?;
        let sql = "UPDATE emergency_access SET ended_at = $1 WHERE home = $2 AND id = $3";
        tx.run(sql, p![app.now(), id.home_number(), id]).await?;
        let entry = Entry {
            purpose: Purpose::Emergency,
            action: "end_emergency",
            subject_kind: if stored.subject_kind == "person" { "person" } else { "referral" },
            subject: Some(stored.subject),
            detail: json!({}),
        };
        audit::record_in(tx, scope, entry, app.now());
        Ok(())
    })
}
