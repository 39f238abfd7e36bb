//! Staff of the talent library as those who answer for them see them: employment, training, certificates.

pub mod employment;
mod figures;
mod staff;
pub mod staffing;
pub mod training;

pub use figures::{Figures, Part, export_figures, figures};
pub use staff::{Listed, Member, Notice, PAGE, StaffFilter, export, notice, own, staff};

use crate::{
    db::Sql,
    error::{Error, Result},
    p,
    scope::Scope,
};
use rules::account::Role;

/// States of the library in which somebody is no longer staff.
const LEFT: &str = "('removed', 'voluntary_exit', 'taken_back')";

/// Adds "and the caller answers for this person, or is this person" to a statement over `talent` under the alias `t`.
fn visible(scope: &Scope, sql: Sql) -> Result<Sql> {
    match scope.role {
        Role::System => Ok(sql),
        Role::CivilAffairsOfficer | Role::Supervisor => {
            Ok(sql.push(" AND t.county >= {} AND t.county <= {}", p![scope.area.from, scope.area.to]))
        }
        Role::InstitutionManager => Ok(sql.push(" AND t.institution_id = {}", p![scope.organisation])),
        Role::CaseManager | Role::Assessor => {
            let own = " AND t.institution_id = {} AND t.id IN
                (SELECT x.talent_id FROM employment x WHERE x.account_id = {})";
            Ok(sql.push(own, p![scope.organisation, scope.account]))
        }
        _ => Err(Error::Forbidden),
    }
}

/// The county whose figures are told by institution: the one that is asked for, or the caller's own where the area is no wider.
/// Nothing where they are told by county.
fn one_county(scope: &Scope, asked: Option<i64>) -> Result<Option<i64>> {
    if reads_own_record_alone(scope) {
        return Err(Error::Forbidden);
    }
    if asked.is_some_and(|county| !scope.area.holds(county)) {
        return Err(Error::NotFound);
    }
    Ok(asked.or_else(|| scope.area.is_county().then_some(scope.area.from)))
}

/// Whether the caller reads the own record alone.
#[must_use]
pub fn reads_own_record_alone(scope: &Scope) -> bool {
    matches!(scope.role, Role::CaseManager | Role::Assessor)
}
