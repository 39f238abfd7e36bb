//! What a record of the register of severe mental disorders gives to a case of the same person: a task for the case manager, who then
//! reads the shared risk grade, or that the person is in hospital, on the case. Nothing of the record goes along.

use super::{effect, row, sharing};
use crate::{
    App,
    db::{Parsed, Tx},
    error::Result,
    id::Id,
    p,
    scope::Scope,
};
use rules::{
    clock::{china_date, end_of},
    referral::{
        Case, Party, Purpose, State, Task,
        sharing::{Given, SharingBasis},
    },
};

/// Cases of one person that an institution has; there is one, and for a moment two while a package is served in parts.
const MOST: i64 = 20;

/// Gives the case manager of each case of a person that an institution has a task for today, once until it is done. Without the consent
/// to share with the institution, and where consent was taken back, nobody is told.
pub(crate) async fn tell(app: &App, tx: &mut Tx, person: Id, kind: Task) -> Result<()> {
    let today = china_date(app.now());
    let served = row::listed(State::ALL.iter().filter(|state| state.is_with_institution()));
    let sql = format!(
        "SELECT r.body FROM person m JOIN person c ON c.head_id = m.head_id /* spread: one person's records may have different homes */
        JOIN referral r ON r.person_id = c.id WHERE m.home = $1 AND m.id = $2 AND r.restricted_at IS NULL
        AND r.state IN ({served}) ORDER BY r.id LIMIT $3"
    );
    let cases: Vec<(Parsed<Case>,)> = tx.all(&sql, p![person.home_number(), person, MOST]).await?;
    for (Parsed(case),) in cases {
        let Some(manager) = case.case_manager else { continue };
        let agreed = case.has_consent(Purpose::Institution, today);
        if !agreed || is_known(&case, kind) || effect::is_open(tx, Id(case.id), kind).await? {
            continue;
        }
        effect::task(app, tx, &case, kind, &Party::Account(manager), Some(end_of(today))).await?;
        let given = if kind == Task::InHospital { Given::HospitalStay } else { Given::RiskGrade };
        let basis = SharingBasis::Consent(Purpose::Institution);
        sharing::write(app, tx, &case, given, ("institution", case.institution), basis).await?;
    }
    Ok(())
}

/// The case says itself that the person goes to hospital, or is there.
fn is_known(case: &Case, kind: Task) -> bool {
    kind == Task::InHospital && (case.state == State::Hospital || case.hospital.is_some())
}

/// An open case of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCase {
    /// The case and its state, where the reader may open it.
    pub seen: Option<(Id, State)>,
}

/// Whether a case of a person is open, under whichever of the person's records or by the identity number, and how it stands as far as
/// the reader may open it. A draft is its writer's own. The caller logs the read.
pub(crate) async fn open_case_of(app: &App, scope: &Scope, person: Id) -> Result<Option<OpenCase>> {
    let closed = row::listed(State::ALL.iter().filter(|state| **state == State::Draft || !state.is_open()));
    let by_person = format!(
        "SELECT r.id, r.state FROM person m JOIN person c ON c.head_id = m.head_id /* spread: one person's records may have different homes */
        JOIN referral r ON r.person_id = c.id WHERE m.home = $1 AND m.id = $2 AND r.state NOT IN ({closed}) LIMIT $3"
    );
    let mut found: Vec<(Id, String)> = app.db.all(&by_person, p![person.home_number(), person, MOST]).await?;
    // Before it is registered an application is found by the number on it alone.
    let numbers = "SELECT DISTINCT c.number_index FROM person m JOIN person c ON c.head_id = m.head_id /* spread: one person's records may have different homes */
        WHERE m.home = $1 AND m.id = $2 AND c.number_index IS NOT NULL";
    let numbers: Vec<(Vec<u8>,)> = app.db.all(numbers, p![person.home_number(), person]).await?;
    for (number,) in numbers {
        let sql = format!(
            "SELECT r.id, r.state FROM referral r WHERE r.client_index = $1 AND r.state NOT IN ({closed}) LIMIT $2"
        );
        found.extend(app.db.all::<(Id, String)>(&sql, p![number, MOST]).await?);
    }
    let ids: Vec<Id> = found.iter().map(|(id, _)| *id).collect();
    let within = super::within(app, scope, &ids).await?;
    let seen = found.iter().find(|(id, _)| within.contains(id));
    let seen = seen.map(|(id, state)| (*id, super::state_of(state)));
    Ok((!found.is_empty()).then_some(OpenCase { seen }))
}
