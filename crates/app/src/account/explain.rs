//! Why an account sees a record, or does not: each rule that decides, asked alone, with its answer. The conditions are
//! those of [`Scope`] itself, and what is shown follows the same functions as the pages; nothing is decided twice.

use super::{ACCOUNT, Account, FROM, admin::no_client};
use crate::{
    App,
    audit::{self, Entry, Purpose},
    db::Sql,
    error::{Error, Result},
    id::Id,
    p, referral,
    scope::{Area, Condition, Scope},
};
use jiff::Timestamp;
use rules::{
    account::{Content, Deed, Role, Sight, Subject},
    form::FormCode,
};
use serde::Serialize;

/// How much of a name is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NameShown {
    /// The whole name.
    Whole,
    /// A surname and a star.
    Masked,
    /// Nothing.
    Hidden,
}

/// One rule with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// The rule, as a code.
    pub rule: &'static str,
    /// Whether it holds for this account and this record now.
    pub holds: bool,
}

/// Every rule that decides whether an account sees a record, and what of it. No content of the record is in it.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The account's username.
    pub username: String,
    /// Its name.
    pub name: String,
    /// Its role, as a code.
    pub role: String,
    /// Its organisation.
    pub organisation: String,
    /// `referral` or `person`.
    pub kind: &'static str,
    /// The record.
    pub record: Id,
    /// The account has not ended.
    pub active: bool,
    /// What the table of permissions lets the role do with records of this kind.
    pub deeds: Vec<(Deed, bool)>,
    /// Ways into the scope: all rules of one of them must hold. None where the role has no records of this kind.
    pub ways: Vec<Vec<Asked>>,
    /// The scope itself, as every statement has it, finds the record.
    pub within: bool,
    /// The account opens the record: active, permitted, within.
    pub sees: bool,
    /// Which groups of content the role is shown.
    pub contents: Vec<(Content, Sight)>,
    /// How much of the name is shown at the case's stage and after what became of its consent.
    pub name_shown: NameShown,
    /// Forms that could be opened.
    pub forms: Vec<FormCode>,
    /// The case was only offered so far: an institution sees no name.
    pub offered: bool,
    /// Consent was taken back.
    pub restricted: bool,
    /// The account has it open in an emergency until then.
    pub open_until: Option<Timestamp>,
    /// The role may open a record in an emergency.
    pub may_open: bool,
}

/// What is known of a record for an explanation; never shown.
struct Record {
    kind: &'static str,
    id: Id,
    state: String,
    restricted: bool,
}

/// Explains whether an account of the administrator's area sees a record of that area. The question is in the log, on the
/// record.
///
/// # Errors
/// The caller keeps no accounts; there is no such account of staff or no such record in its area.
pub async fn explain(app: &App, scope: &Scope, username: &str, record: &str) -> Result<Explanation> {
    scope.permit(Deed::Read, Subject::StaffAccount)?;
    let account = named(app, scope, username).await?;
    let record = found(app, scope, record).await?;
    let entry = Entry {
        purpose: Purpose::Administration,
        action: "explain",
        subject_kind: record.kind,
        subject: Some(record.id),
        detail: serde_json::json!({ "account": account.id }),
    };
    audit::record(&app.db, scope, entry, app.now()).await?;
    answer(app, &account, &record).await
}

async fn named(app: &App, scope: &Scope, username: &str) -> Result<Account> {
    let Area { from, to } = scope.area;
    let sql = Sql::new(&format!("SELECT {ACCOUNT} {FROM}")).push(
        " WHERE a.username = {} AND a.division >= {} AND a.division <= {}",
        p![username.trim().to_lowercase(), from, to],
    );
    let found: Vec<Account> = app.db.query(sql).await?;
    let account = found.into_iter().next().filter(|found| no_client(found).is_ok());
    account.ok_or_else(|| Error::invalid("account", "no_such_account"))
}

/// A record of the area by its identifier, or a case by its number. Identity numbers find nobody: whoever keeps accounts
/// must not learn who is in the register.
async fn found(app: &App, scope: &Scope, words: &str) -> Result<Record> {
    let nothing = || Error::invalid("record", "no_such_record");
    let words = words.trim();
    let Area { from, to } = scope.area;
    let case = Sql::new("SELECT r.id, r.state, r.restricted_at FROM referral r WHERE")
        .push(" r.county >= {} AND r.county <= {}", p![from, to]);
    let id = words.parse::<Id>();
    let case = match id {
        Ok(id) => case.push(" AND r.home = {} AND r.id = {}", p![id.home_number(), id]),
        Err(_) => {
            let number = words.to_uppercase().replace('\0', "");
            case.push(" AND (r.receipt = {} OR r.registration = {})", p![&number, &number])
        }
    };
    let cases: Vec<(Id, String, Option<Timestamp>)> = app.db.query(case).await?;
    if let Some((id, state, restricted)) = cases.into_iter().next() {
        return Ok(Record { kind: "referral", id, state, restricted: restricted.is_some() });
    }
    let id = id.map_err(|_| nothing())?;
    let sql =
        "SELECT p.id FROM person p WHERE p.home = $1 AND p.id = $2 AND p.division >= $3 AND p.division <= $4";
    let person: Option<(Id,)> = app.db.opt(sql, p![id.home_number(), id, from, to]).await?;
    let (id,) = person.ok_or_else(nothing)?;
    Ok(Record { kind: "person", id, state: String::new(), restricted: false })
}

async fn answer(app: &App, account: &Account, record: &Record) -> Result<Explanation> {
    let theirs = super::scope_of(app, account).await?;
    let case = record.kind == "referral";
    let subject = if case { Subject::Case } else { Subject::Person };
    let row = if case {
        Sql::new("SELECT r.id FROM referral r WHERE").push(" r.home = {} AND r.id = {}", keys(record))
    } else {
        Sql::new("SELECT p.id FROM person p WHERE").push(" p.home = {} AND p.id = {}", keys(record))
    };
    let ways = if case { theirs.ways_to_cases() } else { theirs.ways_to_people() };
    let mut asked = Vec::new();
    for way in ways {
        let mut rules = Vec::new();
        for condition in way {
            rules.push(Asked { rule: condition.rule, holds: holds(app, row.clone(), condition).await? });
        }
        asked.push(rules);
    }
    let whole = if case { theirs.referrals(row) } else { theirs.people(row) };
    let within = !app.db.query::<(Id,)>(whole).await?.is_empty();
    let active = account.ended_at.is_none();
    let deeds = [Deed::Read, Deed::Change, Deed::Export, Deed::Reveal];
    let deeds: Vec<(Deed, bool)> = deeds.map(|deed| (deed, theirs.role.may(deed, subject))).to_vec();
    Ok(Explanation {
        username: account.username.clone(),
        name: account.name.clone(),
        role: account.role.clone(),
        organisation: account.organisation.clone(),
        kind: record.kind,
        record: record.id,
        active,
        sees: active && within && theirs.role.may(Deed::Read, subject),
        deeds,
        ways: asked,
        within,
        contents: CONTENTS.map(|content| (content, theirs.role.sight(content))).to_vec(),
        name_shown: name_shown(&theirs, record),
        forms: forms(&theirs, record),
        offered: record.state == "referred",
        restricted: record.restricted,
        open_until: open_until(app, &theirs, record.id).await?,
        may_open: app.tables.emergency.of(theirs.role).is_some(),
    })
}

const CONTENTS: [Content; 7] = [
    Content::Status,
    Content::Metadata,
    Content::Identity,
    Content::Health,
    Content::Service,
    Content::Agreement,
    Content::Log,
];

fn keys(record: &Record) -> Vec<crate::db::Value> {
    p![record.id.home_number(), record.id]
}

async fn holds(app: &App, row: Sql, condition: Condition) -> Result<bool> {
    let sql = row.push(&format!(" AND {}", condition.clause), condition.args);
    Ok(!app.db.query::<(Id,)>(sql).await?.is_empty())
}

/// What the pages would show of a name at this stage, tried with an invented one.
fn name_shown(theirs: &Scope, record: &Record) -> NameShown {
    const NAME: &str = "张测试";
    let shown = if record.kind == "referral" {
        referral::shown_name(theirs, (&record.state, record.restricted), NAME)
    } else if theirs.role.sees_identity() {
        NAME.to_owned()
    } else {
        rules::name::mask(NAME)
    };
    match shown.as_str() {
        "" => NameShown::Hidden,
        NAME => NameShown::Whole,
        _ => NameShown::Masked,
    }
}

fn forms(theirs: &Scope, record: &Record) -> Vec<FormCode> {
    let closed = record.kind != "referral" || (record.restricted && theirs.role != Role::Client);
    let all = FormCode::ALL.into_iter().filter(|form| referral::sees(theirs, &record.state, *form));
    if closed { Vec::new() } else { all.collect() }
}

async fn open_until(app: &App, theirs: &Scope, record: Id) -> Result<Option<Timestamp>> {
    let sql = "SELECT MAX(ends_at) FROM emergency_access WHERE account_id = $1 AND ends_at > $2 AND ended_at IS NULL
        AND subject_id = $3 AND role = $4";
    let args = p![theirs.account, app.now(), record, theirs.role.code()];
    Ok(app.db.opt::<(Option<Timestamp>,)>(sql, args).await?.and_then(|(until,)| until))
}
