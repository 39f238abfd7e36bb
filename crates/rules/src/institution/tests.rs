//! The library procedure and the count of places.

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use super::library::LibraryState::*;
use super::library::*;
use super::*;
use crate::account::{Actor, Role};
use crate::calendar::Calendar;
use crate::clock::{ClockTable, end_of};

fn actor(account: u128, role: Role, organisation: u128) -> Actor {
    Actor::new(Uuid::from_u128(account), role, Uuid::from_u128(organisation))
}

fn owner() -> Actor {
    actor(1, Role::InstitutionManager, 10)
}
fn county() -> Actor {
    actor(2, Role::CivilAffairsOfficer, 20)
}
fn city() -> Actor {
    actor(3, Role::Supervisor, 30)
}

fn entry() -> Entry {
    let owner = Uuid::from_u128(10);
    let id = Uuid::from_u128(100);
    Entry { id, owner, state: Draft, version: 0, county_approval: None, notice: None, reason: None }
}

fn at(day: jiff::civil::Date) -> Timestamp {
    end_of(day).checked_sub(SignedDuration::from_hours(12)).unwrap()
}

fn attempt(
    entry: &Entry,
    actor: &Actor,
    command: &LibraryCommand,
    day: i8,
) -> Result<LibraryRecorded, Refusal> {
    let (calendar, clocks) = (Calendar::embedded(), ClockTable::embedded().unwrap());
    decide(entry, command, actor, &calendar, &clocks, at(date(2025, 3, day)))
}

fn step(mut entry: Entry, actor: &Actor, command: LibraryCommand, to: LibraryState) -> Entry {
    let recorded = attempt(&entry, actor, &command, 3).unwrap();
    apply(&mut entry, &recorded);
    assert_eq!(entry.state, to);
    entry
}

fn why(text: &str) -> String {
    text.to_owned()
}

fn listed() -> Entry {
    let entry = step(entry(), &owner(), LibraryCommand::Submit, CountyReview);
    let entry = step(entry, &county(), LibraryCommand::ApproveCounty, CityConfirm);
    step(entry, &city(), LibraryCommand::Confirm, Listed)
}

fn under_notice() -> Entry {
    step(listed(), &county(), LibraryCommand::Announce { reason: why("no staff") }, UnderNotice)
}

#[test]
fn the_whole_way() {
    assert_eq!(listed().version, 3);
    let entry = step(super::tests::entry(), &owner(), LibraryCommand::Submit, CountyReview);
    let entry = step(entry, &county(), LibraryCommand::Return { reason: why("licence") }, Returned);
    let entry = step(entry, &owner(), LibraryCommand::Submit, CountyReview);
    let entry = step(entry, &county(), LibraryCommand::ApproveCounty, CityConfirm);
    let entry = step(entry, &city(), LibraryCommand::Return { reason: why("floor plan") }, Returned);
    assert_eq!(entry.reason.as_deref(), Some("floor plan"));
    let paused = step(listed(), &county(), LibraryCommand::Suspend { reason: why("repairs") }, Suspended);
    step(paused, &county(), LibraryCommand::Resume, Listed);
    step(listed(), &owner(), LibraryCommand::Leave, VoluntaryExit);
    step(under_notice(), &city(), LibraryCommand::Keep, Listed);
}

#[test]
fn two_approvals_by_different_persons_of_different_organisations() {
    let entry = step(entry(), &owner(), LibraryCommand::Submit, CountyReview);
    let entry = step(entry, &county(), LibraryCommand::ApproveCounty, CityConfirm);
    let rows = [
        (actor(2, Role::Supervisor, 30), RefusalCode::SamePerson),
        (actor(4, Role::Supervisor, 20), RefusalCode::SameOrganisation),
        (county(), RefusalCode::WrongRole),
    ];
    for (actor, code) in rows {
        assert_eq!(attempt(&entry, &actor, &LibraryCommand::Confirm, 3).unwrap_err(), code);
    }
}

#[test]
fn nobody_is_removed_unheard() {
    let entry = under_notice();
    // Announced on 3 March 2025; ten working days end on 17 March.
    assert_eq!(entry.notice.as_ref().unwrap().until, date(2025, 3, 17));
    let remove = LibraryCommand::Remove;
    assert_eq!(attempt(&entry, &city(), &remove, 17).unwrap_err(), RefusalCode::DefenceOpen);
    let removed = attempt(&entry, &city(), &remove, 18).unwrap();
    assert_eq!((removed.to, removed.reroute_offers), (Removed, true));
    let statement = LibraryCommand::State { statement: Uuid::from_u128(9) };
    assert_eq!(attempt(&entry, &owner(), &statement, 18).unwrap_err(), RefusalCode::TermOver);
    let heard = step(entry.clone(), &owner(), statement, UnderNotice);
    assert!(attempt(&heard, &city(), &remove, 4).is_ok(), "heard, the prefecture may decide at once");
    let same = actor(2, Role::Supervisor, 30);
    assert_eq!(attempt(&heard, &same, &remove, 18).unwrap_err(), RefusalCode::SamePerson);
    let silent = LibraryCommand::Announce { reason: why(" ") };
    assert_eq!(attempt(&listed(), &county(), &silent, 3).unwrap_err(), RefusalCode::ReasonUnknown);
}

#[test]
fn every_illegal_triple_is_refused() {
    let text = || why("x");
    let rows: Vec<(LibraryCommand, &[LibraryState], &[Role])> = vec![
        (LibraryCommand::Submit, &[Draft, Returned], &[Role::InstitutionManager]),
        (LibraryCommand::ApproveCounty, &[CountyReview], &[Role::CivilAffairsOfficer]),
        (
            LibraryCommand::Return { reason: text() },
            &[CountyReview, CityConfirm],
            &[Role::CivilAffairsOfficer, Role::Supervisor],
        ),
        (LibraryCommand::Confirm, &[CityConfirm], &[Role::Supervisor]),
        (LibraryCommand::Announce { reason: text() }, &[Listed, Suspended], &[Role::CivilAffairsOfficer]),
        (LibraryCommand::State { statement: Uuid::nil() }, &[UnderNotice], &[Role::InstitutionManager]),
        (LibraryCommand::Keep, &[UnderNotice], &[Role::Supervisor]),
        (LibraryCommand::Remove, &[UnderNotice], &[Role::Supervisor]),
        (LibraryCommand::Suspend { reason: text() }, &[Listed], &[Role::CivilAffairsOfficer]),
        (LibraryCommand::Resume, &[Suspended], &[Role::CivilAffairsOfficer]),
        (LibraryCommand::Leave, &[Draft, Returned, Listed, Suspended], &[Role::InstitutionManager]),
    ];
    for state in LibraryState::ALL {
        for role in Role::ALL {
            let house = if role == Role::InstitutionManager { 10 } else { 30 };
            let actor = actor(50, role, house);
            let entry = Entry { state, ..listed() };
            for (command, states, roles) in &rows {
                let answer = attempt(&entry, &actor, command, 3);
                if !states.contains(&state) {
                    assert_eq!(
                        answer.unwrap_err(),
                        RefusalCode::WrongState,
                        "{state:?} {role:?} {command:?}"
                    );
                } else if !roles.contains(&role) {
                    assert_eq!(answer.unwrap_err(), RefusalCode::WrongRole, "{state:?} {role:?} {command:?}");
                }
            }
        }
    }
    let stranger = actor(1, Role::InstitutionManager, 11);
    assert_eq!(
        attempt(&entry(), &stranger, &LibraryCommand::Submit, 3).unwrap_err(),
        RefusalCode::NotYourCase
    );
    let county_late = attempt(&Entry { state: CityConfirm, ..entry() }, &county(), &rows[2].0, 3);
    assert_eq!(county_late.unwrap_err(), RefusalCode::WrongRole, "the county returns only what lies with it");
}

#[test]
fn what_is_offered() {
    let names = |entry: &Entry, actor: &Actor| -> Vec<(&'static str, bool)> {
        let offers = actions(entry, actor, at(date(2025, 3, 3)));
        offers.into_iter().map(|offer| (offer.command, offer.refusal.is_none())).collect()
    };
    assert_eq!(names(&entry(), &owner()), [("submit", true), ("leave", true)]);
    assert_eq!(names(&entry(), &city()), []);
    assert_eq!(names(&listed(), &county()), [("announce", true), ("suspend", true)]);
    assert_eq!(names(&under_notice(), &city()), [("keep", true), ("remove", false)]);
}

#[test]
fn places_are_counted_and_may_only_be_lowered() {
    let places = Places { contracted: 10, in_service: 4, reserved: 3, blocked: 1 };
    assert_eq!(places.free(), 2);
    assert_eq!(places.reserve().unwrap().reserve().unwrap().free(), 0);
    let full = Places { contracted: 1, in_service: 1, ..Places::default() };
    assert_eq!(full.reserve().unwrap_err(), RefusalCode::NoFreePlace);
    assert_eq!(places.block(2, " ").unwrap_err(), RefusalCode::ReasonUnknown);
    assert_eq!(places.block(11, "repairs").unwrap_err(), RefusalCode::ValueInvalid);
    assert_eq!(places.block(6, "repairs").unwrap().free(), -3, "places in use stay in use");
    assert_eq!(places.block(0, "").unwrap().free(), 3, "back up to the contract needs no reason");
}

proptest! {
    #[test]
    fn no_path_of_a_place_loses_or_gains_one(moves in prop::collection::vec(0u8..6, 0..60), contracted in 0u32..6) {
        let start = Places { contracted, ..Places::default() };
        let mut places = start;
        for step in moves {
            places = match step {
                0 => places.reserve().unwrap_or(places),
                1 if places.reserved > 0 => places.release_reserved(),
                2 if places.reserved > 0 => places.occupy(),
                3 if places.in_service > 0 => places.hold_again(),
                4 if places.in_service > 0 => places.release_occupied(),
                _ => places,
            };
            prop_assert!(places.free() >= 0);
            prop_assert_eq!(i64::from(places.in_service) + i64::from(places.reserved) + places.free(), i64::from(contracted));
        }
    }
}
