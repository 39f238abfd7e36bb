//! Follow-up of severe mental disorders: the register, what happens to each record, visits, emergencies.
//!
//! A record is the fold of its events and visits; the row keeps what lists need, everything about health is sealed but state,
//! class and risk, by which lists are filtered. Who sees a record: the institution in charge, primary care of the place, the
//! institution that a move asks, the hospital that reported, and the county's health side ([`within`]). Every identified read is
//! in the log before it is shown. The rules record and remind; the doctor decides.

pub(crate) mod agenda;
pub mod check;
pub mod clock;
pub mod emergency;
pub mod examination;
pub mod figures;
pub mod form;
pub mod group;
mod held;
pub mod list;
mod open;
pub mod paper;
pub mod rehabilitation;
mod search;
mod shared;
pub mod stays;
mod step;
pub mod support;
mod tidings;
mod view;
mod visit;

pub use form::{DrugFields, VisitFields};
pub(crate) use held::visit_owed;
pub use held::{Happened, Profile, Source};
pub use open::{Opening, ProfileFields, change_profile, enters_paper, of_person, open};
pub use search::{Found, search};
pub(crate) use shared::risk_for_case;
pub use shared::{ForCase, InHospital, SharedRisk, for_case, shared_risk};
pub use step::{IN_WORDS, StepFields, take, told};
pub(crate) use tidings::hear;
pub use view::{Event, Heading, View, heading, sees, show};
pub use visit::{Outlook, PAGE as VISITS, Receipt, Seen, Sent, adopted, look, outlook, record, visits, void};

use crate::{
    App,
    db::{Sql, Value},
    division::county_of,
    error::Result,
    id::Id,
    p,
    scope::Scope,
};
use rules::account::Role;

/// Letters of a remark or reason at most.
pub(crate) const LONGEST: usize = 500;
/// Letters of a name, a payer or the like at most.
pub(crate) const SHORT: usize = 60;

/// A doctor of a township or a village, whose place is the area.
pub(crate) fn is_primary_care(scope: &Scope) -> bool {
    scope.role == Role::Doctor && county_of(scope.division) != scope.division
}

/// Of those in a doctor's scope whom the own institution is in charge of, or who are managed in the own township or village: a hospital
/// that once reported somebody neither carries them about nor is reminded of their visits.
pub(crate) fn in_own_charge(scope: &Scope, sql: Sql) -> Sql {
    in_own_charge_or(scope, sql, ("", Vec::new()))
}

/// The same, or to whom one of the further conditions applies, each of which begins with ` OR `.
fn in_own_charge_or(scope: &Scope, sql: Sql, (further, further_args): (&str, Vec<Value>)) -> Sql {
    if scope.role != Role::Doctor {
        return sql;
    }
    let (charge, mut args) = if is_primary_care(scope) {
        let args = p![scope.organisation, scope.area.from, scope.area.to];
        ("s.in_charge = {} OR (s.division >= {} AND s.division <= {})", args)
    } else {
        ("s.in_charge = {}", p![scope.organisation])
    };
    args.extend(further_args);
    sql.push(&format!(" AND ({charge}{further})"), args)
}

/// Adds "and this record is in my scope" to a statement over `smd_record` under the alias `s`: the county's health side by
/// area, doctors by their institution, those of a township or village besides by the place where the person is managed (Mental
/// Health Law art. 55; National Basic Public Health Service Norms).
pub(crate) fn within(scope: &Scope, sql: Sql) -> Sql {
    within_of(scope, sql, ("smd_record", "s"), &["in_charge", "receiver", "reporter"])
}

/// The same for any table of the follow-up under an alias, with the columns that name the doctor's institution.
fn within_of(scope: &Scope, sql: Sql, (table, alias): (&str, &str), own: &[&str]) -> Sql {
    let area = || vec![Value::from(scope.area.from), Value::from(scope.area.to)];
    match scope.role {
        Role::System => sql,
        Role::HealthOfficer => {
            sql.push(&format!(" AND {alias}.county >= {{}} AND {alias}.county <= {{}}"), area())
        }
        Role::Doctor => {
            let those = |condition: &str| format!("SELECT o.home, o.id FROM {table} o WHERE {condition}");
            let mut parts: Vec<String> =
                own.iter().map(|column| those(&format!("o.{column} = {{}}"))).collect();
            let mut args = vec![Value::from(scope.organisation); own.len()];
            if is_primary_care(scope) {
                parts.push(those("o.division >= {} AND o.division <= {}"));
                args.extend(area());
            }
            let these = parts.join(" UNION ALL ");
            let these = format!(" AND ({alias}.home, {alias}.id) IN (SELECT t.home, t.id FROM ({these}) t)");
            sql.push(&these, args)
        }
        _ => sql.push(" AND 1 = 0", []),
    }
}

/// Institutions of primary care of a county, to put in charge or to move to.
///
/// # Errors
/// The database is gone.
pub async fn primary_care(app: &App, scope: &Scope) -> Result<Vec<(Id, String, i64)>> {
    const MOST: i64 = 500;
    const PREFECTURE: i64 = 100_000_000;
    let from = scope.division - scope.division % PREFECTURE;
    let sql = "SELECT id, name, division FROM organisation WHERE kind = 'primary_care' AND division >= $1
        AND division <= $2 AND ended_at IS NULL ORDER BY division, name LIMIT $3";
    Ok(app.db.all(sql, p![from, from + PREFECTURE - 1, MOST]).await?)
}
