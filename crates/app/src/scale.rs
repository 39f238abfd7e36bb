//! Results of rating scales: recorded with a case, sealed, never rewritten. What is read is computed again and compared.

mod result;

pub use result::{Drift, Drifts, drifts};

use crate::{
    App, atomic,
    audit::{self, Entry},
    db::Sql,
    error::{Error, Problem, Result},
    id::Id,
    p, referral,
    scope::Scope,
};
use jiff::Timestamp;
use result::Content;
use rules::{
    account::{Content as Group, Deed, Role, Sight, Subject},
    identity_number::Sex,
    referral::{
        State,
        disclosure::{Extent, Part, disclosed},
    },
    scale::{Circumstances, Figure, Mode, Rater, Scale, may_record},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// The answers in the order of the items; nothing where one is missing.
    Answers(Vec<Option<i32>>),
    /// The total alone, where the scale allows it.
    Total(i64),
}

/// A result to be recorded.
#[derive(Debug, Clone)]
pub struct NewResult {
    /// Id of the scale.
    pub scale: String,
    /// What was answered.
    pub given: Given,
    /// Who answered or rated.
    pub rater: Rater,
    /// How the answers came.
    pub mode: Mode,
    /// The language of the form: `zh-CN` or `en`.
    pub language: String,
    /// How long it took.
    pub seconds: Option<u32>,
}

/// A result as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// Identifier.
    pub id: Id,
    /// The case.
    pub referral: Id,
    /// Id of the scale.
    pub scale: String,
    /// Version of its definition.
    pub version: String,
    /// What was answered.
    pub given: Given,
    /// The total.
    pub total: Option<Figure>,
    /// Its band.
    pub band: Option<String>,
    /// Flags.
    pub flags: Vec<String>,
    /// The gravest level of what must not wait.
    pub level: Option<u8>,
    /// Who recorded it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Computed again it is the same; nothing where the definition is another version by now.
    pub agrees: Option<bool>,
}

/// A case as far as a result needs it.
struct Of {
    state: String,
    restricted: Option<Timestamp>,
    person: Option<Id>,
    sex: Option<String>,
    body: Json,
}
crate::row!(Of { state, restricted, person, sex, body });

/// What a result needs of the case itself.
#[derive(Deserialize)]
struct Graded {
    risk_grade: Option<u8>,
}

/// Who may know of the health of a case's person in this state, and of how much of it.
fn extent(scope: &Scope, state: State, restricted: bool) -> Extent {
    let knows = scope.role.sight(Group::Health) == Sight::Scope;
    let closed = restricted && scope.role != Role::Client;
    if !knows || closed { Extent::Nothing } else { disclosed(scope.role, state, Part::Health) }
}

/// Records what answers to a scale amount to. The total is computed here; nothing but answers is taken from outside.
///
/// # Errors
/// There is no such case in scope; the caller may not record this; there is no such scale; answers are none.
pub async fn record(app: &App, scope: &Scope, referral: Id, new: &NewResult) -> Result<Recorded> {
    scope.permit(Deed::Change, Subject::Case)?;
    let scale = known(app, new)?;
    let sql =
        Sql::new("SELECT r.state, r.restricted_at, r.person_id, r.client_sex, r.body FROM referral r WHERE")
            .push(" r.home = {} AND r.id = {}", p![referral.home_number(), referral]);
    let of: Of = app.db.query(scope.referrals(sql)).await?.into_iter().next().ok_or(Error::NotFound)?;
    let state = referral::state_of(&of.state);
    let whole = extent(scope, state, of.restricted.is_some()) == Extent::All;
    if !whole || state == State::Draft || !may_record(scope.role, new.rater) {
        return Err(Error::Forbidden);
    }
    let Graded { risk_grade } = serde_json::from_value(of.body)?;
    let sex: Option<Sex> = of.sex.and_then(|sex| serde_json::from_value(sex.into()).ok());
    let about = Circumstances { sex, risk_grade };
    let content = Content::compute(scale, new.given.clone(), about).map_err(|fault| {
        let values = vec![new.scale.clone()];
        Error::Invalid(vec![Problem { field: fault.item, code: "out_of_range".to_owned(), values }])
    })?;
    let (now, version) = (app.now(), scale.definition().version.as_str());
    let sealed = app.keys.seal(&serde_json::to_string(&content)?)?;
    let id = referral.beside(now);
    atomic!(app.db, tx => {
        let sql = "INSERT INTO scale_result (home, id, person_id, referral_id, scale, definition_version, content, rater, mode,
            language, seconds, recorded_by, recorded_by_name, organisation_id, at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
        let args = p![
            id.home_number(), id, of.person, referral, &new.scale, version, sealed.clone(), code(new.rater)?,
            code(new.mode)?, &new.language, new.seconds.map(i64::from), scope.account, &scope.name, scope.organisation, now
        ];
        tx.run(sql, args).await?;
        let entry = Entry {
            purpose: referral::purpose(scope),
            action: "change",
            subject_kind: "referral",
            subject: Some(referral),
            detail: json!({ "fields": ["scale_result"], "scale": new.scale }),
        };
        audit::record_in(tx, scope, entry, now);
        Ok(())
    })?;
    let stored = result::Stored {
        id,
        referral,
        scale: new.scale.clone(),
        version: version.to_owned(),
        content: sealed,
        by: scope.name.clone(),
        organisation: scope.organisation,
        at: now,
    };
    stored.recorded(app)
}

/// The scale of a new result, where rater and language fit it.
fn known<'a>(app: &'a App, new: &NewResult) -> Result<&'a Scale> {
    let wrong = |field: &str| Error::Invalid(vec![Problem::new(field, "unknown_choice")]);
    let scale = app.tables.scale(&new.scale).ok_or_else(|| wrong("scale"))?;
    let raters = &scale.definition().raters;
    if !raters.is_empty() && !raters.contains(&new.rater) {
        return Err(wrong("rater"));
    }
    if !["zh-CN", "en"].contains(&new.language.as_str()) {
        return Err(wrong("language"));
    }
    Ok(scale)
}

/// The code of a rater or a mode as it is stored.
fn code(value: impl Serialize) -> Result<String> {
    Ok(serde_json::from_value(serde_json::to_value(value)?)?)
}

/// A result with the case that decides who reads it.
struct Seen {
    state: String,
    restricted: Option<Timestamp>,
    stored: result::Stored,
}

impl crate::db::FromRow for Seen {
    fn from_row(row: &crate::db::Row<'_>) -> crate::db::Result<Seen> {
        Ok(Seen { state: row.get(8)?, restricted: row.get(9)?, stored: result::Stored::from_row(row)? })
    }
}

/// Most results shown of a person.
const MOST: i64 = 500;
/// What is read of a result.
const COLUMNS: &str = "s.id, s.referral_id, s.scale, s.definition_version, s.content, s.recorded_by_name, s.organisation_id, s.at,
    r.state, r.restricted_at";

/// The results of a person with the cases in scope, under whichever of its records, the latest first. The read is in the log before
/// it is shown.
///
/// # Errors
/// The caller may not read cases.
pub async fn of_person(app: &App, scope: &Scope, person: Id) -> Result<Vec<Recorded>> {
    scope.permit(Deed::Read, Subject::Case)?;
    let sql = format!(
        "SELECT {COLUMNS} FROM person m JOIN person c ON c.head_id = m.head_id /* spread: one person's records may have different homes */ JOIN referral r ON r.person_id = c.id
        JOIN scale_result s ON s.home = r.home AND s.referral_id = r.id WHERE"
    );
    let sql = Sql::new(&sql).push(" m.home = {} AND m.id = {}", p![person.home_number(), person]);
    shown(app, scope, sql, ("person", person)).await
}

/// The results of a case in scope, the latest first. The read is in the log before it is shown.
///
/// # Errors
/// The caller may not read cases.
pub async fn of_case(app: &App, scope: &Scope, referral: Id) -> Result<Vec<Recorded>> {
    scope.permit(Deed::Read, Subject::Case)?;
    let sql = format!(
        "SELECT {COLUMNS} FROM referral r JOIN scale_result s ON s.home = r.home AND s.referral_id = r.id WHERE"
    );
    let sql = Sql::new(&sql).push(" r.home = {} AND r.id = {}", p![referral.home_number(), referral]);
    shown(app, scope, sql, ("referral", referral)).await
}

async fn shown(
    app: &App,
    scope: &Scope,
    sql: Sql,
    (kind, subject): (&'static str, Id),
) -> Result<Vec<Recorded>> {
    let sql = scope.referrals(sql).push(" ORDER BY s.at DESC, s.id DESC LIMIT {}", p![MOST]);
    let mut found: Vec<Seen> = app.db.query(sql).await?;
    found.retain(|seen| match extent(scope, referral::state_of(&seen.state), seen.restricted.is_some()) {
        Extent::All => true,
        Extent::Own => seen.stored.organisation == scope.organisation,
        Extent::Nothing => false,
    });
    let detail = json!({ "fields": ["scale_result"], "rows": found.len() });
    let entry = Entry { detail, ..Entry::read(referral::purpose(scope), kind, subject) };
    audit::record(&app.db, scope, entry, app.now()).await?;
    found.into_iter().map(|seen| seen.stored.recorded(app)).collect()
}

/// Totals of the results of a case, the latest first, for what is counted from them; shown to nobody from here.
pub(crate) async fn totals(app: &App, referral: Id) -> Result<Vec<(String, Timestamp, Figure)>> {
    let sql = "SELECT id, referral_id, scale, definition_version, content, recorded_by_name, organisation_id, at FROM scale_result
        WHERE home = $1 AND referral_id = $2 ORDER BY at DESC, id DESC LIMIT $3";
    let found: Vec<result::Stored> = app.db.all(sql, p![referral.home_number(), referral, MOST]).await?;
    let mut totals = Vec::new();
    for stored in found {
        let recorded = stored.recorded(app)?;
        totals.extend(recorded.total.map(|total| (recorded.scale, recorded.at, total)));
    }
    Ok(totals)
}
