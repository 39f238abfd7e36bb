//! Who keeps a library record up to date, beside the procedure itself: its profile, its contracted and its blocked
//! places.
//!
//! Dynamic management is in the Measures for Sharing and Referral, 2023; who writes which part is a local default.

use serde::Serialize;

use super::Places;
use super::library::{Entry, LibraryState};
use crate::Refusal;
use crate::account::{Actor, Role};
use crate::referral::RefusalCode;

const RULE: &str = "library";

/// How much of a profile somebody may write now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Editable {
    /// Contact, telephone and opening hours: what nobody has to review.
    Contact,
    /// Everything.
    All,
}

/// How much of the profile this actor may write now. The owner writes everything until it is handed in, and contact
/// details as long as the record lives; the county writes everything of a record that is not under review.
///
/// # Errors
/// The role writes no profile, the record is another organisation's, or it is under review or has ended.
pub fn editable(entry: &Entry, actor: &Actor) -> Result<Editable, Refusal> {
    use LibraryState::{CityConfirm, CountyReview, Draft, Removed, Returned, TakenBack, VoluntaryExit};
    let owner = owner_of(entry, actor)?;
    match entry.state {
        Draft | Returned => Ok(Editable::All),
        // Written again by the county, it is a draft again.
        TakenBack if !owner => Ok(Editable::All),
        TakenBack => Err(RefusalCode::WrongState.by(RULE)),
        Removed | VoluntaryExit => Err(RefusalCode::WrongState.by(RULE)),
        CountyReview | CityConfirm if !owner => Err(RefusalCode::WrongState.by(RULE)),
        _ if owner => Ok(Editable::Contact),
        _ => Ok(Editable::All),
    }
}

/// Whether the actor keeps this record as its owner (`true`) or as the county (`false`).
fn owner_of(entry: &Entry, actor: &Actor) -> Result<bool, Refusal> {
    match actor.role {
        Role::InstitutionManager if actor.organisation == entry.owner => Ok(true),
        Role::InstitutionManager => Err(RefusalCode::NotYourCase.by(RULE)),
        Role::CivilAffairsOfficer => Ok(false),
        role => Err(RefusalCode::WrongRole.by(RULE).with("role", role.code())),
    }
}

/// Civil affairs changes the number of contracted places. Nobody in service and no promise to a client is stranded:
/// the number does not go below the places that are used or held.
///
/// # Errors
/// Another role, a record that has left the library, no contract named, or fewer places than are used and held.
pub fn contract(
    entry: &Entry,
    actor: &Actor,
    places: Places,
    contracted: u32,
    reference: &str,
) -> Result<Places, Refusal> {
    may_contract(entry, actor)?;
    if reference.trim().is_empty() {
        return Err(RefusalCode::ReasonUnknown.by("places"));
    }
    let taken = places.in_service.saturating_add(places.reserved);
    if contracted < taken {
        return Err(Refusal::new("places", "places_taken").with("taken", taken));
    }
    let blocked = places.blocked.min(contracted);
    Ok(Places { contracted, blocked, ..places })
}

/// Whether the actor changes contracted places at all.
///
/// # Errors
/// As [`contract`], as far as it does not depend on the number.
pub fn may_contract(entry: &Entry, actor: &Actor) -> Result<(), Refusal> {
    if actor.role != Role::CivilAffairsOfficer {
        return Err(RefusalCode::WrongRole.by(RULE).with("role", actor.role.code()));
    }
    if has_left(entry.state) {
        return Err(RefusalCode::WrongState.by(RULE));
    }
    Ok(())
}

fn has_left(state: LibraryState) -> bool {
    matches!(state, LibraryState::Removed | LibraryState::VoluntaryExit | LibraryState::TakenBack)
}

/// The institution takes places out, or puts blocked places back.
///
/// # Errors
/// Another role or institution, a record that is not in the library, or what [`Places::block`] refuses.
pub fn block(
    entry: &Entry,
    actor: &Actor,
    places: Places,
    blocked: u32,
    reason: &str,
) -> Result<Places, Refusal> {
    may_block(entry, actor)?;
    places.block(blocked, reason)
}

/// Whether the actor blocks places at all.
///
/// # Errors
/// As [`block`], as far as it does not depend on the number.
pub fn may_block(entry: &Entry, actor: &Actor) -> Result<(), Refusal> {
    use LibraryState::{Listed, Suspended, UnderNotice};
    if actor.role != Role::InstitutionManager {
        return Err(RefusalCode::WrongRole.by(RULE).with("role", actor.role.code()));
    }
    if actor.organisation != entry.owner {
        return Err(RefusalCode::NotYourCase.by(RULE));
    }
    match entry.state {
        Listed | Suspended | UnderNotice => Ok(()),
        _ => Err(RefusalCode::WrongState.by(RULE)),
    }
}

/// Whether the actor may say that a talent's certificate was checked at the source: the county alone.
///
/// # Errors
/// Another role, or a record that has left the library.
pub fn may_verify(entry: &Entry, actor: &Actor) -> Result<(), Refusal> {
    may_contract(entry, actor)
}

/// Whether the actor may enter training hours of a talent: the owner or the county, as long as the record lives.
///
/// # Errors
/// Another role or institution, or a record that has left the library.
pub fn may_train(entry: &Entry, actor: &Actor) -> Result<(), Refusal> {
    owner_of(entry, actor)?;
    if has_left(entry.state) {
        return Err(RefusalCode::WrongState.by(RULE));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const HOUSE: Uuid = Uuid::from_u128(7);

    fn entry(state: LibraryState) -> Entry {
        Entry {
            id: HOUSE,
            owner: HOUSE,
            state,
            version: 3,
            county_approval: None,
            notice: None,
            reason: None,
        }
    }

    fn actor(role: Role, organisation: u128) -> Actor {
        Actor::new(Uuid::from_u128(1), role, Uuid::from_u128(organisation))
    }

    #[test]
    fn who_writes_how_much_of_a_profile() {
        use LibraryState::{
            CityConfirm, CountyReview, Draft, Listed, Removed, Returned, Suspended, TakenBack,
        };
        let manager = || actor(Role::InstitutionManager, 7);
        let county = || actor(Role::CivilAffairsOfficer, 8);
        let rows = [
            (Draft, manager(), Ok(Editable::All)),
            (Returned, manager(), Ok(Editable::All)),
            (CountyReview, manager(), Ok(Editable::Contact)),
            (Listed, manager(), Ok(Editable::Contact)),
            (Suspended, manager(), Ok(Editable::Contact)),
            (Removed, manager(), Err("wrong_state")),
            (Draft, county(), Ok(Editable::All)),
            (CountyReview, county(), Err("wrong_state")),
            (CityConfirm, county(), Err("wrong_state")),
            (Listed, county(), Ok(Editable::All)),
            (Removed, county(), Err("wrong_state")),
            (TakenBack, county(), Ok(Editable::All)),
            (TakenBack, manager(), Err("wrong_state")),
            (Draft, actor(Role::InstitutionManager, 9), Err("not_your_case")),
            (Draft, actor(Role::CaseManager, 7), Err("wrong_role")),
            (Listed, actor(Role::Supervisor, 9), Err("wrong_role")),
        ];
        for (state, actor, expected) in rows {
            let found = editable(&entry(state), &actor);
            assert_eq!(
                found.map_err(|r| r.code),
                expected.map_err(str::to_owned),
                "{state:?} {:?}",
                actor.role
            );
        }
    }

    #[test]
    fn contracted_places_do_not_strand_anybody() {
        let county = actor(Role::CivilAffairsOfficer, 8);
        let places = Places { contracted: 10, in_service: 4, reserved: 2, blocked: 3 };
        let listed = entry(LibraryState::Listed);
        let rows = [
            (20, "合同2026-1", Ok((20, 3))),
            (6, "合同2026-1", Ok((6, 3))),
            (5, "合同2026-1", Err("places_taken")),
            (20, " ", Err("reason_unknown")),
        ];
        for (contracted, reference, expected) in rows {
            let found = contract(&listed, &county, places, contracted, reference);
            let found = found.map(|p| (p.contracted, p.blocked)).map_err(|r| r.code);
            assert_eq!(found, expected.map_err(str::to_owned), "{contracted}");
        }
        let manager = actor(Role::InstitutionManager, 7);
        assert_eq!(contract(&listed, &manager, places, 20, "x").unwrap_err().code, "wrong_role");
        let gone = entry(LibraryState::Removed);
        assert_eq!(contract(&gone, &county, places, 20, "x").unwrap_err().code, "wrong_state");
    }

    #[test]
    fn only_the_institution_blocks_and_only_in_the_library() {
        let places = Places { contracted: 10, ..Places::default() };
        let manager = actor(Role::InstitutionManager, 7);
        let rows = [
            (LibraryState::Listed, manager.clone(), 4, "装修", Ok(4)),
            (LibraryState::Listed, manager.clone(), 4, "", Err("reason_unknown")),
            (LibraryState::Listed, manager.clone(), 11, "装修", Err("value_invalid")),
            (LibraryState::Draft, manager, 4, "装修", Err("wrong_state")),
            (LibraryState::Listed, actor(Role::InstitutionManager, 9), 4, "装修", Err("not_your_case")),
            (LibraryState::Listed, actor(Role::CivilAffairsOfficer, 8), 4, "装修", Err("wrong_role")),
        ];
        for (state, actor, blocked, reason, expected) in rows {
            let found = block(&entry(state), &actor, places, blocked, reason);
            assert_eq!(found.map(|p| p.blocked).map_err(|r| r.code), expected.map_err(str::to_owned));
        }
    }

    proptest! {
        #[test]
        fn a_contract_never_leaves_fewer_places_than_are_taken(
            old in 0_u32..100, in_service in 0_u32..60, reserved in 0_u32..60, blocked in 0_u32..60, new in 0_u32..200,
        ) {
            let county = actor(Role::CivilAffairsOfficer, 8);
            let places = Places { contracted: old, in_service, reserved, blocked };
            if let Ok(after) = contract(&entry(LibraryState::Listed), &county, places, new, "x") {
                prop_assert!(after.contracted >= after.in_service + after.reserved);
                prop_assert!(after.blocked <= after.contracted);
                prop_assert_eq!((after.in_service, after.reserved), (in_service, reserved));
            }
        }
    }
}
