//! `/talent`: the library of service talents.

pub(crate) mod form;
pub(crate) mod list;
pub(crate) mod show;

use rules::account::Role;

/// Whether the role has anything to do with this library: departments, and institutions with their own staff.
pub(crate) fn sees(role: Role) -> bool {
    role.is_county_staff() || role.is_institution_staff() || role == Role::Supervisor
}
