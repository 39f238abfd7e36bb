//! How a person may be reached: what the person says of it, sealed, the latest word holding for all cases of the person.

use crate::{
    App, account, atomic,
    audit::{self, Entry},
    db::{Sql, Tx},
    error::{Error, Problem, Result},
    id::Id,
    p, referral, row,
    scope::Scope,
};
use jiff::Timestamp;
use rules::{
    account::{Deed, Role, Subject},
    capacity::Basis,
    contact::ContactRules,
    referral::disclosure::{Extent, Part, disclosed},
};
use serde::Serialize;
use serde_json::json;

/// The rules of a person as the reader sees them.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// The rules.
    pub rules: ContactRules,
    /// When they were said.
    pub at: Timestamp,
    /// Who wrote them down.
    pub by: String,
    /// A guardian said them.
    pub guardian: bool,
    /// The present is within the hours that the person named.
    pub is_time: bool,
}

/// A row as it is stored.
struct Stored {
    content: Vec<u8>,
    at: Timestamp,
    by: String,
    guardian: bool,
}
row!(Stored { content, at, by, guardian });

const STORED: &str = "SELECT k.content, k.at, k.written_by_name, k.guardian FROM";

/// The latest word: of the case, or of the person under whichever of its records.
async fn latest(tx: &mut Tx, referral: Id) -> Result<Option<Stored>> {
    let sql =
        format!("{STORED} contact_rule k WHERE k.referral_id = $1 ORDER BY k.at DESC, k.id DESC LIMIT 1");
    let of_case: Option<Stored> = tx.opt(&sql, p![referral]).await?;
    let sql = "SELECT person_id FROM referral WHERE home = $1 AND id = $2";
    let person: Option<(Option<Id>,)> = tx.opt(sql, p![referral.home_number(), referral]).await?;
    let Some(person) = person.and_then(|(person,)| person) else { return Ok(of_case) };
    Ok(of_case.into_iter().chain(given_by(tx, person).await?).max_by_key(|stored| stored.at))
}

/// The latest word of a person under whichever of its records.
async fn given_by(tx: &mut Tx, person: Id) -> Result<Option<Stored>> {
    let sql = format!(
        "{STORED} person m JOIN person c ON c.head_id = m.head_id /* spread: one person's records may have different homes */ JOIN contact_rule k ON k.person_id = c.id
        WHERE m.home = $1 AND m.id = $2 ORDER BY k.at DESC, k.id DESC LIMIT 1"
    );
    Ok(tx.opt(&sql, p![person.home_number(), person]).await?)
}

fn opened(app: &App, stored: Option<Stored>) -> Result<Option<ContactRules>> {
    let Some(stored) = stored else { return Ok(None) };
    Ok(Some(serde_json::from_str(&app.keys.unseal(&stored.content)?)?))
}

/// The rules that hold for a case, for the decisions of the programme.
pub(crate) async fn rules_of(app: &App, tx: &mut Tx, referral: Id) -> Result<Option<ContactRules>> {
    opened(app, latest(tx, referral).await?)
}

/// The rules that the person gave under whichever of its records, before there is a case.
pub(crate) async fn of_person(app: &App, tx: &mut Tx, person: Id) -> Result<Option<ContactRules>> {
    opened(app, given_by(tx, person).await?)
}

/// Whether the reader has the case in scope and may know how its person is reached.
async fn in_sight(app: &App, scope: &Scope, referral: Id) -> Result<()> {
    let sql = Sql::new("SELECT r.state, r.restricted_at FROM referral r WHERE")
        .push(" r.home = {} AND r.id = {}", p![referral.home_number(), referral]);
    let found: Vec<(String, Option<Timestamp>)> = app.db.query(scope.referrals(sql)).await?;
    let (code, restricted) = found.into_iter().next().ok_or(Error::NotFound)?;
    let state = referral::state_of(&code);
    let knows = disclosed(scope.role, state, Part::Identity) != Extent::Nothing;
    let follows = referral::follows(scope, &code);
    if (restricted.is_some() && scope.role != Role::Client) || !knows || !follows {
        return Err(Error::Forbidden);
    }
    Ok(())
}

/// How the person of a case may be reached; nothing where nobody said. The read is in the log before it is shown.
///
/// # Errors
/// There is no such case in scope; the caller's role, or its stage, has nothing to do with reaching people.
pub async fn of_case(app: &App, scope: &Scope, referral: Id) -> Result<Option<Shown>> {
    scope.permit(Deed::Read, Subject::Contact)?;
    in_sight(app, scope, referral).await?;
    let mut tx = app.db.begin().await?;
    let stored = latest(&mut tx, referral).await?;
    drop(tx);
    let detail = json!({ "fields": ["contact"] });
    let entry = Entry { detail, ..Entry::read(referral::purpose(scope), "referral", referral) };
    audit::record(&app.db, scope, entry, app.now()).await?;
    // That nobody said anything is told of a person, too.
    let Some(stored) = stored else { return Ok(None) };
    let rules: ContactRules = serde_json::from_str(&app.keys.unseal(&stored.content)?)?;
    let now = rules::clock::china_time(app.now());
    let is_time = rules.is_time(now.weekday(), now.time());
    Ok(Some(Shown { rules, at: stored.at, by: stored.by, guardian: stored.guardian, is_time }))
}

/// Writes down how the person may be reached. A guardian says it for whom the guardian decides, and for nobody else.
///
/// # Errors
/// There is no such case in scope; the caller may not; fields are wrong.
pub async fn save(app: &App, scope: &Scope, referral: Id, rules: &ContactRules) -> Result<()> {
    scope.permit(Deed::Change, Subject::Contact)?;
    in_sight(app, scope, referral).await?;
    if scope.guardian {
        let basis = account::get(app, scope.account).await?.basis;
        if basis.as_deref().and_then(Basis::of_code).is_none_or(|basis| basis == Basis::Consent) {
            return Err(Error::Forbidden);
        }
    }
    let problems = rules.problems();
    if !problems.is_empty() {
        let told = problems.iter().map(|(field, code)| Problem::new(field, code));
        return Err(Error::Invalid(told.collect()));
    }
    let (now, content) = (app.now(), app.keys.seal(&serde_json::to_string(rules)?)?);
    atomic!(app.db, tx => {
        let sql = "SELECT person_id FROM referral WHERE home = $1 AND id = $2";
        let found: Option<(Option<Id>,)> = tx.opt(sql, p![referral.home_number(), referral]).await?;
        let person = found.and_then(|(person,)| person);
        let id = person.unwrap_or(referral).beside(now);
        let sql = "INSERT INTO contact_rule (home, id, person_id, referral_id, content, written_by, written_by_name, guardian, at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let args = p![
            id.home_number(), id, person, referral, content.clone(), scope.account, &scope.name, scope.guardian, now
        ];
        tx.run(sql, args).await?;
        let entry = Entry {
            purpose: referral::purpose(scope),
            action: "change",
            subject_kind: "referral",
            subject: Some(referral),
            detail: json!({ "fields": ["contact"] }),
        };
        audit::record_in(tx, scope, entry, now);
        Ok(())
    })
}
