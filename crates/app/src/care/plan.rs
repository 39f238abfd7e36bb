//! Versions of a plan, their signatures, and what was measured of their goals.

use super::{Of, Typed, entry, log_read, problems};
use crate::{
    App, atomic,
    audit::record_in,
    db::Tx,
    error::{Error, Problem, Result},
    id::Id,
    p, referral, row,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    Refusal,
    account::{Deed, Subject},
    capacity::{Act, Voice, voices},
    care::{Plan, Signature, SignedBy},
    clock::china_date,
    referral::disclosure::Extent,
    scale::Figure,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A plan as it was typed: read, or all that is wrong with its fields. Whether the case is the caller's is looked at first.
pub type NewPlan = Typed<Plan>;

/// Versions of one plan at most.
const MOST_VERSIONS: i64 = 200;
/// Values of goals that are read at most, the latest of them.
const MOST_VALUES: i64 = 1_000;

/// A version of a plan.
#[derive(Debug, Clone, Serialize)]
pub struct PlanVersion {
    /// Identifier.
    pub id: Id,
    /// Its number, from 1.
    pub number: i64,
    /// What it says.
    pub plan: Plan,
    /// Its goals and services were read out of the form F5, which knows less of them.
    pub from_form: bool,
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Who signed it; nothing while it waits for that.
    pub signed: Option<Signed>,
}

/// A signature as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The signature.
    #[serde(flatten)]
    pub signature: Signature,
    /// Who recorded it.
    pub recorded_by: String,
    /// When.
    pub recorded_at: Timestamp,
}

/// What is sealed of a version.
#[derive(Serialize, Deserialize)]
struct Content {
    #[serde(flatten)]
    plan: Plan,
    #[serde(default)]
    from_form: bool,
}

/// Where a goal stood on a day.
#[derive(Debug, Clone, Serialize)]
pub struct Value {
    /// The day.
    pub on: Date,
    /// Key of the goal.
    pub goal: String,
    /// The value.
    pub value: Figure,
    /// What was seen.
    pub note: String,
    /// Who wrote it.
    pub by: String,
}

/// What is sealed of a value.
#[derive(Serialize, Deserialize)]
struct Measured {
    goal: String,
    value: Figure,
    #[serde(default)]
    note: String,
}

/// A value to be noted.
#[derive(Debug, Clone)]
pub struct NewValue {
    /// Key of the goal.
    pub goal: String,
    /// The day.
    pub on: Date,
    /// The value.
    pub value: Figure,
    /// What was seen.
    pub note: String,
}

/// A row of a plan.
pub(super) struct Stored {
    id: Id,
    number: i64,
    by: String,
    at: Timestamp,
    pub(super) organisation: Id,
    content: Vec<u8>,
    signature: Option<Vec<u8>>,
}
row!(Stored { id, number, by, at, organisation, content, signature });

const VERSIONS: &str = "SELECT id, number, written_by_name, at, organisation_id, content, signature FROM plan
    WHERE home = $1 AND referral_id = $2 ORDER BY number DESC LIMIT $3";

impl Stored {
    pub(super) fn open(self, app: &App) -> Result<PlanVersion> {
        let Content { plan, from_form } = serde_json::from_str(&app.keys.unseal(&self.content)?)?;
        let signed = self.signature.map(|sealed| app.keys.unseal(&sealed)).transpose()?;
        Ok(PlanVersion {
            id: self.id,
            number: self.number,
            plan,
            from_form,
            by: self.by,
            at: self.at,
            signed: signed.as_deref().map(serde_json::from_str).transpose()?,
        })
    }
}

/// A case's plan.
#[derive(Debug, Clone, Serialize)]
pub struct Plans {
    /// Versions, the latest first.
    pub versions: Vec<PlanVersion>,
    /// What was measured, the latest first.
    pub values: Vec<Value>,
    /// The reader may write a version now.
    pub may_write: bool,
}

impl Plans {
    /// The latest version, signed or not.
    #[must_use]
    pub fn latest(&self) -> Option<&PlanVersion> {
        self.versions.first()
    }

    /// The version in force: the latest that was signed, or while none was, the latest.
    #[must_use]
    pub fn in_force(&self) -> Option<&PlanVersion> {
        in_force(&self.versions)
    }
}

/// Of versions, the latest first, the one in force.
pub(super) fn in_force(versions: &[PlanVersion]) -> Option<&PlanVersion> {
    versions.iter().find(|version| version.signed.is_some()).or_else(|| versions.first())
}

/// Versions that the reader may see, the latest first, without a word in the log.
pub(super) async fn versions(app: &App, scope: &Scope, of: &Of) -> Result<Vec<PlanVersion>> {
    let extent = of.extent(scope);
    if extent == Extent::Nothing {
        return Ok(Vec::new());
    }
    let mut found: Vec<Stored> = app.db.all(VERSIONS, p![of.id.home_number(), of.id, MOST_VERSIONS]).await?;
    found.retain(|stored| extent == Extent::All || stored.organisation == scope.organisation);
    found.into_iter().map(|stored| stored.open(app)).collect()
}

/// What was measured, the latest first, as far as the reader may see it.
pub(super) async fn values(app: &App, scope: &Scope, of: &Of) -> Result<Vec<Value>> {
    let extent = of.extent(scope);
    if extent == Extent::Nothing {
        return Ok(Vec::new());
    }
    let sql = "SELECT on_day, content, written_by_name, organisation_id FROM goal_value WHERE home = $1 AND referral_id = $2
        ORDER BY on_day DESC, at DESC, id DESC LIMIT $3";
    let found: Vec<(Date, Vec<u8>, String, Id)> =
        app.db.all(sql, p![of.id.home_number(), of.id, MOST_VALUES]).await?;
    let own = found.into_iter().filter(|row| extent == Extent::All || row.3 == scope.organisation);
    own.map(|(on, content, by, _)| {
        let Measured { goal, value, note } = serde_json::from_str(&app.keys.unseal(&content)?)?;
        Ok(Value { on, goal, value, note, by })
    })
    .collect()
}

/// The plan of a case in scope; the read is in the log before it is shown.
///
/// # Errors
/// There is no such case in scope.
pub async fn plans(app: &App, scope: &Scope, case: Id) -> Result<Plans> {
    scope.permit(Deed::Read, Subject::Care)?;
    let of = Of::read(app, scope, case).await?;
    let found = opened(app, scope, &of).await?;
    log_read(app, scope, case, &["plan"]).await?;
    Ok(found)
}

/// The same without a word in the log.
pub(super) async fn opened(app: &App, scope: &Scope, of: &Of) -> Result<Plans> {
    Ok(Plans {
        versions: versions(app, scope, of).await?,
        values: values(app, scope, of).await?,
        may_write: scope.role.may(Deed::Change, Subject::Care)
            && of.in_charge(scope).is_ok()
            && Plan::may_be_written(of.state),
    })
}

/// Writes the next version of a plan. `seen` is the number of the version that the writer saw, 0 where there was none.
///
/// # Errors
/// There is no such case in scope; the caller may not; fields are wrong; the case is past planning; somebody wrote a version
/// meanwhile.
pub async fn write(app: &App, scope: &Scope, case: Id, seen: i64, new: &NewPlan) -> Result<i64> {
    scope.permit(Deed::Change, Subject::Care)?;
    let of = Of::read(app, scope, case).await?;
    of.in_charge(scope)?;
    if !Plan::may_be_written(of.state) {
        return Err(Refusal::new("F5", "plan_not_now").into());
    }
    let plan = new.as_ref().map_err(|problems| Error::Invalid(problems.clone()))?;
    let faults = plan.faults(&app.tables.care, &app.tables.services, |id| app.tables.scale(id));
    let mut wrong = problems(faults);
    if seen > 0 && plan.change.trim().is_empty() {
        wrong.push(Problem::new("change", "required"));
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let content = Content { plan: plan.clone(), from_form: false };
    atomic!(app.db, tx => {
        let latest = latest_number(tx, case).await?;
        if latest != seen {
            return Err(Error::Changed { expected: seen, found: latest });
        }
        add(app, tx, scope, case, latest + 1, &content).await?;
        let detail = json!({ "fields": ["plan"], "version": latest + 1 });
        record_in(tx, scope, entry(scope, "change", case, detail), app.now());
        Ok(latest + 1)
    })
}

async fn latest_number(tx: &mut Tx, case: Id) -> Result<i64> {
    let sql = "SELECT number FROM plan WHERE home = $1 AND referral_id = $2 ORDER BY number DESC LIMIT 1";
    let found: Option<(i64,)> = tx.opt(sql, p![case.home_number(), case]).await?;
    Ok(found.map_or(0, |(number,)| number))
}

async fn add(app: &App, tx: &mut Tx, scope: &Scope, case: Id, number: i64, content: &Content) -> Result<Id> {
    let (now, plan) = (app.now(), &content.plan);
    let id = case.beside(now);
    let sql = "INSERT INTO plan (home, id, referral_id, number, from_on, until_on, review_on, written_by, written_by_name,
        organisation_id, at, content) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let sealed = app.keys.seal(&serde_json::to_string(content)?)?;
    let args = p![
        id.home_number(),
        id,
        case,
        number,
        plan.from,
        plan.until,
        plan.review,
        scope.account,
        &scope.name,
        scope.organisation,
        now,
        sealed
    ];
    tx.run(sql, args).await?;
    Ok(id)
}

/// Whether a guardian signs for the person of a case today: as for every other signature, by age and by the finding of capacity that
/// holds on the day. A finding that has run out counts for nothing.
async fn guardian_signs(app: &App, of: &Of) -> Result<bool> {
    let age = referral::age(app, of.id).await?;
    let group = app.tables.capacity.group(age, of.case.finding.as_ref(), china_date(app.now()));
    Ok(voices(group, Act::Sign).guardian == Voice::Needed)
}

/// Goes on where a signature by one of them counts: no guardian signs for somebody of full capacity (E4), nobody of limited capacity
/// signs alone.
pub(super) async fn may_sign(app: &App, of: &Of, by: SignedBy) -> Result<()> {
    match (by, guardian_signs(app, of).await?) {
        (SignedBy::Guardian, false) => Err(Refusal::new("E4", "plan_guardian_not_allowed").into()),
        (SignedBy::Client, true) => Err(Refusal::new("E4", "plan_guardian_needed").into()),
        _ => Ok(()),
    }
}

/// Notes that the person or guardian signed a version: who, when and how. Once signed it stays so.
///
/// # Errors
/// There is no such case or version; the caller may not; fields are wrong; it was signed already; a guardian cannot sign for
/// somebody of full capacity (E4), nor somebody of limited capacity alone.
pub async fn sign(
    app: &App,
    scope: &Scope,
    case: Id,
    number: i64,
    signature: &Typed<Signature>,
) -> Result<()> {
    scope.permit(Deed::Change, Subject::Care)?;
    let of = Of::read(app, scope, case).await?;
    of.in_charge(scope)?;
    let found = versions(app, scope, &of).await?;
    let version = found.iter().find(|version| version.number == number).ok_or(Error::NotFound)?;
    let signature = signature.as_ref().map_err(|problems| Error::Invalid(problems.clone()))?;
    let wrong = problems(signature.faults(china_date(version.at), china_date(app.now())));
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    may_sign(app, &of, signature.by).await?;
    let signed: Result<()> = atomic!(app.db, tx => {
        put_signature(app, tx, scope, version.id, signature).await?;
        let detail = json!({ "fields": ["plan"], "version": number, "signed": signature.by.code() });
        record_in(tx, scope, entry(scope, "change", case, detail), app.now());
        Ok(())
    });
    signed
}

async fn put_signature(app: &App, tx: &mut Tx, scope: &Scope, plan: Id, signature: &Signature) -> Result<()> {
    let signed =
        Signed { signature: signature.clone(), recorded_by: scope.name.clone(), recorded_at: app.now() };
    let sealed = app.keys.seal(&serde_json::to_string(&signed)?)?;
    let sql =
        "UPDATE plan SET signed_on = $1, signature = $2 WHERE home = $3 AND id = $4 AND signature IS NULL";
    if tx.run(sql, p![signature.on, sealed, plan.home_number(), plan]).await? == 0 {
        return Err(Refusal::new("F5", "plan_signed_already").into());
    }
    Ok(())
}

/// Notes where a goal stands.
///
/// # Errors
/// There is no such case in scope; the caller may not; there is no such goal in the plan; the day is to come.
pub async fn measure(app: &App, scope: &Scope, case: Id, new: &Typed<NewValue>) -> Result<()> {
    scope.permit(Deed::Change, Subject::Care)?;
    let of = Of::read(app, scope, case).await?;
    of.in_charge(scope)?;
    let new = new.as_ref().map_err(|problems| Error::Invalid(problems.clone()))?;
    let found = versions(app, scope, &of).await?;
    let mut wrong = Vec::new();
    if !found.iter().any(|version| version.plan.goal(&new.goal).is_some()) {
        wrong.push(Problem::new("goal", "unknown_choice"));
    }
    if new.on > china_date(app.now()) {
        wrong.push(Problem::new("on", "date_future"));
    }
    if new.note.chars().count() > LONGEST_NOTE {
        wrong.push(Problem { values: vec![LONGEST_NOTE.to_string()], ..Problem::new("note", "too_long") });
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let (now, id) = (app.now(), case.beside(app.now()));
    let measured = Measured { goal: new.goal.clone(), value: new.value, note: new.note.trim().to_owned() };
    let sealed = app.keys.seal(&serde_json::to_string(&measured)?)?;
    atomic!(app.db, tx => {
        let sql = "INSERT INTO goal_value (home, id, referral_id, on_day, content, written_by, written_by_name, organisation_id, at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let args = p![
            id.home_number(), id, case, new.on, sealed.clone(), scope.account, &scope.name, scope.organisation, now
        ];
        tx.run(sql, args).await?;
        let detail = json!({ "fields": ["goal_value"] });
        record_in(tx, scope, entry(scope, "change", case, detail), now);
        Ok(())
    })
}

/// Letters of a note at most.
const LONGEST_NOTE: usize = 500;

/// Takes the plan of a form F5 in: as the first version where there is none, or the last came from a form as well; otherwise the paper
/// is that of the latest version, which it signs.
pub(super) async fn take_form(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    case: Id,
    plan: Plan,
    signature: Option<Signature>,
) -> Result<()> {
    let mut latest: Vec<Stored> = tx.all(VERSIONS, p![case.home_number(), case, 1_i64]).await?;
    let latest = latest.pop().map(|stored| stored.open(app)).transpose()?;
    let signs = match latest {
        Some(version) if !version.from_form => version.signed.is_none().then_some(version.id),
        latest => {
            let number = latest.map_or(0, |version| version.number) + 1;
            Some(add(app, tx, scope, case, number, &Content { plan, from_form: true }).await?)
        }
    };
    if let (Some(id), Some(signature)) = (signs, signature) {
        put_signature(app, tx, scope, id, &signature).await?;
    }
    Ok(())
}
