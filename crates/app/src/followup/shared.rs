//! What others learn of somebody in follow-up. The county's referral desk: the risk grade and its day, nothing else. Who serves the
//! person's case: the same, and that the person is in hospital. Who may be dangerous stays on the medical route (Measures 2023, art. on
//! sharing; Mental Health Law art. 4).

use super::held::Held;
use crate::{
    App,
    audit::{self, Entry, Purpose},
    db::{Parsed, Sql, Tx},
    error::Result,
    id::Id,
    p, person, referral, scale,
    scope::Scope,
};
use jiff::civil::Date;
use rules::{
    account::{Content, Deed as Doing, Role, Sight, Subject},
    clock::china_date,
    followup::register::State,
    referral::{Case, Purpose as Agreed},
};
use serde::Serialize;
use serde_json::json;

/// The shared risk grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SharedRisk {
    /// Grade, 0 to 5.
    pub risk: i64,
    /// Day of the visit.
    pub on: Date,
}
crate::row!(SharedRisk { risk, on });

/// The risk grades of the records of a person, under whichever of the person's records.
const RISKS: &str = "SELECT s.risk, s.last_visit_on FROM person m JOIN person c ON c.head_id = m.head_id /* spread: one person's records may have different homes */
    JOIN smd_record s ON s.home = c.home AND s.person_id = c.id
    WHERE m.home = $1 AND m.id = $2 AND s.risk IS NOT NULL AND s.last_visit_on IS NOT NULL";

fn last(found: Vec<SharedRisk>) -> Option<SharedRisk> {
    found.into_iter().max_by_key(|risk| risk.on)
}

/// The risk grade of the last visit of a person in scope, for who may know of health; the read is in the log before it is shown.
///
/// # Errors
/// There is no such person in the caller's scope.
pub async fn shared_risk(app: &App, scope: &Scope, id: Id) -> Result<Option<SharedRisk>> {
    scope.permit(Doing::Read, Subject::Person)?;
    let knows =
        scope.role.sight(Content::Health) == Sight::Scope || scope.role.may(Doing::Read, Subject::FollowUp);
    if !knows {
        return Ok(None);
    }
    let person = person::stored(app, scope, id).await?;
    let found: Vec<SharedRisk> = app.db.all(RISKS, p![person.id.home_number(), person.id]).await?;
    let last = last(found);
    if last.is_some() {
        let mut entry = Entry::read(Purpose::Referral, "person", person.id);
        entry.detail = json!({ "fields": ["risk_grade"] });
        audit::record(&app.db, scope, entry, app.now()).await?;
    }
    Ok(last)
}

/// The shared risk grade that the assessment of a case is held against; nothing without the consent to share with the institution.
pub(crate) async fn risk_for_case(app: &App, tx: &mut Tx, case: &Case) -> Result<Option<u8>> {
    if !case.has_consent(Agreed::Institution, china_date(app.now())) {
        return Ok(None);
    }
    let Some(person) = referral::person_of(tx, case).await? else { return Ok(None) };
    let found: Vec<SharedRisk> = tx.all(RISKS, p![person.home_number(), person]).await?;
    Ok(last(found).and_then(|shared| u8::try_from(shared.risk).ok()))
}

/// That somebody is in hospital.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct InHospital {
    /// Since when, as far as it is known.
    pub since: Option<Date>,
}

/// What a case learns of the follow-up of its person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ForCase {
    /// The shared risk grade.
    pub risk: Option<SharedRisk>,
    /// That the person is in hospital.
    pub hospital: Option<InHospital>,
}

struct Row {
    risk: Option<i64>,
    on: Option<Date>,
    state: String,
    content: Vec<u8>,
}
crate::row!(Row { risk, on, state, content });

/// What the case manager and the assessor of a case that the institution has learn of the follow-up of its person, by the consent to
/// share with the institution; nothing for anybody else. The read is in the log before it is shown.
///
/// # Errors
/// There is no such case in scope.
pub async fn for_case(app: &App, scope: &Scope, id: Id) -> Result<ForCase> {
    let knows = scale::knows_health(app, scope, id).await?;
    if !knows || !matches!(scope.role, Role::CaseManager | Role::Assessor) {
        return Ok(ForCase::default());
    }
    let sql = Sql::new("SELECT r.person_id, r.body FROM referral r WHERE")
        .push(" r.home = {} AND r.id = {}", p![id.home_number(), id]);
    let found: Vec<(Option<Id>, Parsed<Case>)> = app.db.query(scope.referrals(sql)).await?;
    let Some((Some(person), Parsed(case))) = found.into_iter().next() else {
        return Ok(ForCase::default());
    };
    let agreed = case.has_consent(Agreed::Institution, china_date(app.now()));
    if !agreed || !case.state.is_with_institution() {
        return Ok(ForCase::default());
    }
    let shared = of_person(app, person).await?;
    if shared != ForCase::default() {
        let mut entry = Entry::read(referral::purpose(scope), "person", person);
        entry.detail = json!({ "fields": ["risk_grade", "in_hospital"] });
        audit::record(&app.db, scope, entry, app.now()).await?;
    }
    Ok(shared)
}

async fn of_person(app: &App, person: Id) -> Result<ForCase> {
    let sql = "SELECT s.risk, s.last_visit_on, s.state, s.content FROM person m JOIN person c ON c.head_id = m.head_id /* spread: one person's records may have different homes */
        JOIN smd_record s ON s.home = c.home AND s.person_id = c.id WHERE m.home = $1 AND m.id = $2";
    let rows: Vec<Row> = app.db.all(sql, p![person.home_number(), person]).await?;
    let mut hospital = None;
    for row in rows.iter().filter(|row| row.state == State::Hospital.code()) {
        let held: Held = serde_json::from_str(&app.keys.unseal(&row.content)?)?;
        hospital = Some(InHospital { since: held.admitted_on });
    }
    let risks = rows.iter().filter_map(|row| Some(SharedRisk { risk: row.risk?, on: row.on? }));
    Ok(ForCase { risk: last(risks.collect()), hospital })
}
