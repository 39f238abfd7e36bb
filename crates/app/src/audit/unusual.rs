//! The report of unusual access: figures by account and day, judged by the rules. No content of any record is in it.
//!
//! The log is read hour by hour along the index by time, so that a report of a month holds whatever the log's size: each
//! statement sees one hour, or one day, of it.

use super::{Entry, Purpose, record};
use crate::{
    App,
    db::Sql,
    error::{Error, Result},
    export::{Wanted, release},
    id::Id,
    p,
    person::sql::{ids, marks},
    referral::OVER_STATES,
    row,
    scope::{Area, Scope},
};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use rules::{
    account::{Deed, Role, Subject},
    clock::{end_of, start_of},
    unusual_access::{Day, Finding, Usual, median},
};
use std::collections::{BTreeMap, BTreeSet};

/// Something unusual that one account did on one day.
#[derive(Debug, Clone)]
pub struct Unusual {
    /// The account.
    pub account: Id,
    /// Its username.
    pub username: String,
    /// Its name.
    pub name: String,
    /// Its role, as a code.
    pub role: String,
    /// Its organisation.
    pub organisation: String,
    /// The day in China.
    pub on: Date,
    /// What, with the figure and its limit.
    pub finding: Finding,
}

/// An account of the area with reads.
#[derive(Debug, Clone)]
struct Who {
    username: String,
    name: String,
    role: String,
    organisation: String,
}

/// Figures of one hour.
struct Hour {
    account: Id,
    records: i64,
    refusals: i64,
    exports: i64,
    limited: i64,
}
row!(Hour { account, records, refusals, exports, limited });

/// What is unusual from the first to the last day, both included, for accounts of the auditor's area. Looking is in the log.
///
/// # Errors
/// The caller is no auditor; the days are none or too many.
pub async fn unusual(app: &App, scope: &Scope, from: Date, until: Date) -> Result<Vec<Unusual>> {
    scope.permit(Deed::Read, Subject::Log)?;
    if scope.role != Role::Auditor {
        return Err(Error::Forbidden);
    }
    let limits = &app.tables.unusual;
    let days = days(from, until);
    if days.is_empty() || days.len() > usize::from(limits.longest_days) {
        return Err(Error::invalid("until", "report_days"));
    }
    let entry = Entry {
        detail: serde_json::json!({ "days": days.len() }),
        ..Entry::listed(Purpose::Audit, "unusual_access", 0)
    };
    record(&app.db, scope, entry, app.now()).await?;
    let before = from.checked_sub(i64::from(limits.usual_days).days()).map_err(Error::broken)?;
    let yesterday = from.yesterday().map_err(Error::broken)?;
    let usual = usual(app, scope, self::days(before, yesterday)).await?;
    let mut figures: BTreeMap<(Date, Id), Day> = BTreeMap::new();
    for day in days {
        for (account, found) in of_day(app, scope, day).await? {
            figures.insert((day, account), found);
        }
    }
    let accounts: BTreeSet<Id> =
        figures.keys().map(|(_, account)| *account).chain(usual.keys().copied()).collect();
    let who = who(app, &accounts).await?;
    Ok(judged(app, &figures, &usual, &who))
}

/// The same for a file, with the code to be printed on it.
///
/// # Errors
/// As [`unusual`].
pub async fn unusual_file(
    app: &App,
    scope: &Scope,
    from: Date,
    until: Date,
) -> Result<(Vec<Unusual>, String)> {
    let found = unusual(app, scope, from, until).await?;
    let filter = serde_json::json!({ "report": "unusual_access", "from": from, "until": until });
    let code = release(app, scope, &Wanted { subject: Subject::Log, rows: found.len(), filter }).await?;
    Ok((found, code))
}

fn judged(
    app: &App,
    figures: &BTreeMap<(Date, Id), Day>,
    usual: &BTreeMap<Id, i64>,
    who: &BTreeMap<Id, Who>,
) -> Vec<Unusual> {
    let mut roles: BTreeMap<&str, Vec<(Id, i64)>> = BTreeMap::new();
    for (account, count) in usual {
        if let Some(who) = who.get(account) {
            roles.entry(who.role.as_str()).or_default().push((*account, *count));
        }
    }
    let mut out = Vec::new();
    for ((day, account), found) in figures {
        let Some(who) = who.get(account) else { continue };
        let of_role = roles.get(who.role.as_str()).map(Vec::as_slice).unwrap_or_default();
        let peers = of_role.iter().filter(|(other, _)| other != account).map(|(_, count)| *count);
        let usual = Usual { own: usual.get(account).copied(), peers: median(peers.collect()) };
        out.extend(app.tables.unusual.judge(found, usual).into_iter().map(|finding| Unusual {
            account: *account,
            username: who.username.clone(),
            name: who.name.clone(),
            role: who.role.clone(),
            organisation: who.organisation.clone(),
            on: *day,
            finding,
        }));
    }
    out.sort_by(|a, b| (b.on, a.finding.kind, &a.username).cmp(&(a.on, b.finding.kind, &b.username)));
    out
}

/// The days from one to another, both included; none where they are the wrong way round.
fn days(from: Date, until: Date) -> Vec<Date> {
    let mut all = Vec::new();
    let mut day = from;
    // A year of days bounds what a mistyped date may cost.
    while day <= until && all.len() <= 366 {
        all.push(day);
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
    all
}

/// Adds "between these instants, by staff of the auditor's area".
fn within(sql: Sql, scope: &Scope, from: Timestamp, until: Timestamp) -> Sql {
    let Area { from: first, to: last } = scope.area;
    sql.push(
        " WHERE u.at >= {} AND u.at < {} AND a.division >= {} AND a.division <= {} AND a.role <> 'client'",
        p![from, until, first, last],
    )
}

/// One named person or case was looked at.
const READS: &str = "u.action IN ('read', 'reveal') AND u.subject_kind IN ('person', 'referral')";
const LOG: &str = "FROM audit u JOIN account a ON a.id = u.account_id";

/// What accounts read on a usual day: the middle one of their days with reads.
async fn usual(app: &App, scope: &Scope, days: Vec<Date>) -> Result<BTreeMap<Id, i64>> {
    let mut counts: BTreeMap<Id, Vec<i64>> = BTreeMap::new();
    for day in days {
        for (account, records) in records(app, scope, day).await? {
            counts.entry(account).or_default().push(records);
        }
    }
    Ok(counts.into_iter().filter_map(|(account, days)| Some((account, median(days)?))).collect())
}

/// Different records that each account read on a day.
async fn records(app: &App, scope: &Scope, day: Date) -> Result<Vec<(Id, i64)>> {
    let (from, until) = (start_of(day), end_of(day));
    let sql = Sql::new(&format!("SELECT u.account_id, COUNT(DISTINCT u.subject_id) {LOG}"));
    let sql = within(sql, scope, from, until).push(&format!(" AND {READS} GROUP BY u.account_id"), []);
    Ok(app.db.listing().query(sql).await?)
}

async fn of_day(app: &App, scope: &Scope, day: Date) -> Result<BTreeMap<Id, Day>> {
    let limits = &app.tables.unusual;
    let working = app.tables.calendar.is_working_day(day);
    let (start, end) = (start_of(day), end_of(day));
    let mut all: BTreeMap<Id, Day> = BTreeMap::new();
    for hour in 0..24_i8 {
        let from = start + SignedDuration::from_hours(i64::from(hour));
        for found in of_hour(app, scope, from).await? {
            let day = all.entry(found.account).or_default();
            day.in_hour = day.in_hour.max(found.records);
            day.refusals += found.refusals;
            day.exports += found.exports;
            day.limited += found.limited;
            if !limits.in_office(working, hour) {
                day.off_hours += found.records;
            }
        }
    }
    for (account, count) in records(app, scope, day).await? {
        all.entry(account).or_default().records = count;
    }
    for (account, count) in own_name(app, scope, (start, end)).await? {
        all.entry(account).or_default().own_name = count;
    }
    for (account, count) in after_end(app, scope, (start, end)).await? {
        all.entry(account).or_default().after_end = count;
    }
    for (account, emergencies, not_justified) in emergencies(app, scope, (start, end)).await? {
        let day = all.entry(account).or_default();
        (day.emergencies, day.not_justified) = (emergencies, not_justified);
    }
    Ok(all)
}

async fn of_hour(app: &App, scope: &Scope, from: Timestamp) -> Result<Vec<Hour>> {
    let sql = Sql::new(&format!(
        "SELECT u.account_id, COUNT(DISTINCT CASE WHEN {READS} THEN u.subject_id END),
         COUNT(CASE WHEN u.action = 'refused' THEN 1 END), COUNT(CASE WHEN u.action = 'export' THEN 1 END),
         COUNT(CASE WHEN u.action = 'limited' THEN 1 END) {LOG}"
    ));
    let sql = within(sql, scope, from, from + SignedDuration::from_hours(1));
    Ok(app.db.listing().query(sql.push(" GROUP BY u.account_id", [])).await?)
}

/// Records of the register with the account holder's own name, or with the surname where the account's area is the one
/// village in which the person lives. More of the holder's family is not known here.
async fn own_name(app: &App, scope: &Scope, (from, until): (Timestamp, Timestamp)) -> Result<Vec<(Id, i64)>> {
    let sql = Sql::new(&format!(
        "SELECT u.account_id, COUNT(DISTINCT u.subject_id) {LOG} JOIN person p ON p.home = u.home AND p.id = u.subject_id"
    ));
    let sql = within(sql, scope, from, until).push(
        &format!(
            " AND {READS} AND (p.name = a.name OR (p.division = a.division AND p.division % 1000 <> 0
              AND SUBSTR(p.name, 1, 1) = SUBSTR(a.name, 1, 1))) GROUP BY u.account_id"
        ),
        [],
    );
    let persons: Vec<(Id, i64)> = app.db.listing().query(sql).await?;
    let sql = Sql::new(&format!(
        "SELECT u.account_id, COUNT(DISTINCT u.subject_id) {LOG}
         JOIN referral r ON r.home = u.home AND r.id = u.subject_id"
    ));
    let sql = within(sql, scope, from, until).push(
        &format!(
            " AND {READS} AND (r.client_name = a.name OR (r.division = a.division AND r.division % 1000 <> 0
              AND SUBSTR(r.client_name, 1, 1) = SUBSTR(a.name, 1, 1))) GROUP BY u.account_id"
        ),
        [],
    );
    let cases: Vec<(Id, i64)> = app.db.listing().query(sql).await?;
    let mut both: BTreeMap<Id, i64> = BTreeMap::new();
    for (account, count) in persons.into_iter().chain(cases) {
        *both.entry(account).or_default() += count;
    }
    Ok(both.into_iter().collect())
}

/// Cases read long after their end.
async fn after_end(
    app: &App,
    scope: &Scope,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<(Id, i64)>> {
    let ended = from - SignedDuration::from_hours(24 * i64::from(app.tables.unusual.after_end_days));
    let sql = Sql::new(&format!(
        "SELECT u.account_id, COUNT(DISTINCT u.subject_id) {LOG}
         JOIN referral r ON r.home = u.home AND r.id = u.subject_id"
    ));
    let over = OVER_STATES.as_str();
    let sql = within(sql, scope, from, until)
        .push(&format!(" AND {READS} AND {over} AND r.changed_at < {{}} GROUP BY u.account_id"), p![ended]);
    Ok(app.db.listing().query(sql).await?)
}

/// Openings in an emergency, and those found not justified.
async fn emergencies(
    app: &App,
    scope: &Scope,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<(Id, i64, i64)>> {
    let Area { from: first, to: last } = scope.area;
    let sql = "SELECT e.account_id, COUNT(*), COUNT(CASE WHEN e.verdict = 'not_justified' THEN 1 END)
        FROM emergency_access e JOIN account a ON a.id = e.account_id WHERE e.at >= $1 AND e.at < $2
        AND e.subject_id IS NOT NULL AND a.division >= $3 AND a.division <= $4 GROUP BY e.account_id";
    Ok(app.db.listing().all(sql, p![from, until, first, last]).await?)
}

async fn who(app: &App, accounts: &BTreeSet<Id>) -> Result<BTreeMap<Id, Who>> {
    const TOGETHER: usize = 100;
    let mut known = BTreeMap::new();
    let all: Vec<Id> = accounts.iter().copied().collect();
    for part in all.chunks(TOGETHER) {
        let sql = format!(
            "SELECT a.id, a.username, a.name, a.role, o.name FROM account a
             JOIN organisation o ON o.id = a.organisation_id WHERE a.id IN ({})",
            marks(1, part.len())
        );
        let found: Vec<(Id, String, String, String, String)> = app.db.all(&sql, ids(part)).await?;
        for (id, username, name, role, organisation) in found {
            known.insert(id, Who { username, name, role, organisation });
        }
    }
    Ok(known)
}
