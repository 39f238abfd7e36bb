//! Messages to people who do not read here: who is still to be told by telephone or letter, and that somebody was told.

use super::{
    list::{OVER, purpose, record_list, shown_name},
    person, row,
};
use crate::{
    App, atomic,
    audit::{self, Entry},
    db::{Sql, Tx},
    error::{Error, Problem, Result},
    id::Id,
    p,
    person::EVERY_ID,
    row,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::{Deed, Role, Subject},
    clock::china_date,
    referral::{Case, OUTSIDERS, Way, filers},
};
use serde::Serialize;

/// Rows on a page of those to be told.
pub const TELLING_PAGE: i64 = 20;

/// A message to somebody who does not read here.
#[derive(Debug, Clone, Serialize)]
pub struct Outside {
    /// Identifier.
    pub id: Id,
    /// The case.
    pub referral: Id,
    /// Kind, as [`rules::referral::Message`].
    pub kind: String,
    /// Whom it is for: one of [`OUTSIDERS`].
    pub party: String,
    /// How far it has come, as [`rules::referral::Delivery`].
    pub delivery: String,
    /// An answer is wanted by this day.
    pub due_on: Option<Date>,
    /// When it was written.
    pub created_at: Timestamp,
    /// On which day the person was told.
    pub told_on: Option<Date>,
    /// How, as [`Way`].
    pub told_way: Option<String>,
    /// The name of the account that noted it.
    pub told_by: Option<String>,
    /// When it was noted.
    pub told_at: Option<Timestamp>,
    /// Number of the case.
    pub number: Option<String>,
    /// The client's name as this reader may see it.
    pub name: String,
    /// State of the case.
    pub state: String,
    /// Since when consent has been taken back: then the name is masked.
    #[serde(skip)]
    pub restricted_at: Option<Timestamp>,
}
row!(Outside {
    id,
    referral,
    kind,
    party,
    delivery,
    due_on,
    created_at,
    told_on,
    told_way,
    told_by,
    told_at,
    number,
    name,
    state,
    restricted_at
});

/// Messages to people outside on cases in the caller's scope.
fn outside(scope: &Scope) -> Sql {
    let parties = OUTSIDERS.map(|party| format!("'{party}'")).join(", ");
    let text = format!(
        "SELECT t.id, t.referral_id, t.kind, t.to_party, t.state, t.due_on, t.created_at, t.told_on, t.told_way,
         a.name, t.told_at, COALESCE(r.registration, r.receipt), r.client_name, r.state,
         r.restricted_at FROM referral r JOIN message t ON t.home = r.home AND t.referral_id = r.id
         LEFT JOIN account a ON a.id = t.told_by WHERE t.to_party IN ({parties})"
    );
    scope.referrals(Sql::new(&text))
}

async fn read(app: &App, scope: &Scope, sql: Sql) -> Result<Vec<Outside>> {
    let mut found: Vec<Outside> = app.db.query(sql).await?;
    for row in &mut found {
        row.name = shown_name(scope, (&row.state, row.restricted_at.is_some()), &row.name);
    }
    Ok(found)
}

/// Messages of a case to people outside, still to be told or told already, latest first. The read is recorded.
///
/// # Errors
/// The caller tells nobody; there is no such case in scope.
pub async fn of_case(app: &App, scope: &Scope, referral: Id) -> Result<Vec<Outside>> {
    scope.permit(Deed::Read, Subject::Telling)?;
    super::view::in_scope(app, scope, referral).await?;
    let sql = outside(scope).push(
        " AND r.home = {} AND r.id = {} AND (t.state = 'queued' OR t.told_at IS NOT NULL)
          ORDER BY t.created_at DESC, t.id DESC LIMIT 200",
        p![referral.home_number(), referral],
    );
    let found = read(app, scope, sql).await?;
    if !found.is_empty() {
        let detail = serde_json::json!({ "fields": ["messages"] });
        let entry = Entry { detail, ..Entry::read(purpose(scope), "referral", referral) };
        audit::record(&app.db, scope, entry, app.now()).await?;
    }
    Ok(found)
}

/// Whom the caller is to tell, the oldest message first: a case manager the own cases, the county's desk those that
/// have no case manager yet; `after` is the instant and identifier of the last one seen. The read is recorded.
///
/// # Errors
/// The caller tells nobody.
pub async fn to_tell(app: &App, scope: &Scope, after: Option<(Timestamp, Id)>) -> Result<Vec<Outside>> {
    let found = waiting(app, scope, after).await?;
    record_list(app, scope, "message", found.len()).await?;
    Ok(found)
}

/// The same as a part of what is recorded as a whole.
pub(super) async fn waiting(
    app: &App,
    scope: &Scope,
    after: Option<(Timestamp, Id)>,
) -> Result<Vec<Outside>> {
    scope.permit(Deed::Read, Subject::Telling)?;
    // Where the case is over only its end is still to be told: nobody is to telephone a client who has died.
    let current = format!(" AND (t.created_at >= r.changed_at OR NOT ({}))", *OVER);
    let mut sql = if scope.role == Role::CaseManager {
        // The few cases of one account are the way in, not all messages that wait in the country.
        outside(scope).push(" AND COALESCE(t.state, '') = 'queued'", [])
    } else {
        outside(scope).push(
            " AND t.state = 'queued' AND t.county >= {} AND t.county <= {} AND r.case_manager_id IS NULL",
            p![scope.area.from, scope.area.to],
        )
    };
    if let Some((at, id)) = after {
        sql = sql.push(" AND (t.created_at > {} OR (t.created_at = {} AND t.id > {}))", p![at, at, id]);
    }
    let sql = sql.push(&current, []).push(" ORDER BY t.created_at, t.id LIMIT {}", p![TELLING_PAGE]);
    read(app, scope, sql).await
}

/// Notes that the person was told, how and on which day; a second time changes nothing. The read is recorded.
///
/// # Errors
/// The caller tells nobody; there is no such message in scope; the way is unknown, the day lies before the message or
/// after today.
pub async fn tell(app: &App, scope: &Scope, message: Id, way: &str, on: Date) -> Result<Outside> {
    scope.permit(Deed::Change, Subject::Telling)?;
    let found = one(app, scope, message).await?;
    let way = checked(app, &found, way, on)?;
    if found.party == "client" {
        let mut tx = app.db.begin().await?;
        let rules = crate::contact::rules_of(app, &mut tx, found.referral).await?;
        drop(tx);
        if let Some(rules) = rules {
            rules.allow(way.reaches())?;
        }
    }
    let noted: Result<()> = atomic!(app.db, tx => {
        let sql = "UPDATE message SET told_on = $3, told_way = $4, told_by = $5, told_at = $6, state = $7
            WHERE home = $1 AND id = $2 AND state = 'queued' AND told_at IS NULL";
        let state = row::code(&way.delivery());
        let args = p![message.home_number(), message, on, way.code(), scope.account, app.now(), state];
        if tx.run(sql, args).await? > 0 {
            let detail = serde_json::json!({ "way": way.code(), "on": on.to_string() });
            record(app, tx, scope, ("tell", message), detail);
        }
        Ok(())
    });
    noted?;
    answer(app, scope, message).await
}

/// Takes the note back: the person is to be told again. The read is recorded. A second time changes nothing, and who has read the message
/// meanwhile has read it.
///
/// # Errors
/// The caller tells nobody; there is no such message in scope.
pub async fn untell(app: &App, scope: &Scope, message: Id) -> Result<Outside> {
    scope.permit(Deed::Change, Subject::Telling)?;
    one(app, scope, message).await?;
    let noted: Result<()> = atomic!(app.db, tx => {
        let sql = "UPDATE message SET told_on = NULL, told_way = NULL, told_by = NULL, told_at = NULL,
            state = CASE WHEN state IN ('sent', 'received') THEN 'queued' ELSE state END
            WHERE home = $1 AND id = $2 AND told_at IS NOT NULL";
        if tx.run(sql, p![message.home_number(), message]).await? > 0 {
            record(app, tx, scope, ("untell", message), serde_json::json!({}));
        }
        Ok(())
    });
    noted?;
    answer(app, scope, message).await
}

/// The message as it stands now. It names the client, so the read of the case is recorded, whether or not anything was
/// noted.
async fn answer(app: &App, scope: &Scope, message: Id) -> Result<Outside> {
    let found = one(app, scope, message).await?;
    let detail = serde_json::json!({ "fields": ["messages"] });
    let entry = Entry { detail, ..Entry::read(purpose(scope), "referral", found.referral) };
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok(found)
}

async fn one(app: &App, scope: &Scope, message: Id) -> Result<Outside> {
    scope.permit(Deed::Read, Subject::Telling)?;
    let sql = outside(scope).push(" AND t.home = {} AND t.id = {}", p![message.home_number(), message]);
    read(app, scope, sql).await?.into_iter().next().ok_or(Error::NotFound)
}

fn checked(app: &App, message: &Outside, way: &str, on: Date) -> Result<Way> {
    let mut problems = Vec::new();
    let way = Way::of_code(way);
    if way.is_none() {
        problems.push(Problem::new("way", "unknown_choice"));
    }
    if on > china_date(app.now()) {
        problems.push(Problem::new("on", "date_future"));
    } else if on < china_date(message.created_at) {
        problems.push(Problem::new("on", "date_before_message"));
    }
    way.filter(|_| problems.is_empty()).ok_or(Error::Invalid(problems))
}

fn record(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    (action, message): (&'static str, Id),
    detail: serde_json::Value,
) {
    let entry =
        Entry { purpose: purpose(scope), action, subject_kind: "message", subject: Some(message), detail };
    audit::record_in(tx, scope, entry, app.now());
}

/// Whether the person of a case, or who filed it for themselves, reads here: a client's account that is in use. One
/// whose code nobody has used yet is not.
pub(super) async fn client_reads_here(tx: &mut Tx, case: &Case) -> Result<bool> {
    const IN_USE: &str = "a.role = 'client' AND a.ended_at IS NULL
        AND (c.account_id IS NULL OR c.used_at IS NOT NULL) LIMIT 1";
    let code = "LEFT JOIN account_code c ON c.account_id = a.id";
    if let Some(person) = person::of_case(tx, case).await? {
        let sql = format!("SELECT a.id FROM account a {code} WHERE a.person_id IN ({EVERY_ID}) AND {IN_USE}");
        if tx.opt::<(Id,)>(&sql, p![person.home_number(), person]).await?.is_some() {
            return Ok(true);
        }
    }
    if let Some(filer) = filers(&case.sources).find(|source| source.role == Role::Client) {
        let sql = format!("SELECT a.id FROM account a {code} WHERE a.id = $1 AND {IN_USE}");
        return Ok(tx.opt::<(Id,)>(&sql, p![filer.account]).await?.is_some());
    }
    Ok(false)
}
