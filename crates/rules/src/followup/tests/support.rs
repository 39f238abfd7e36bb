//! Free medication and the admission subsidy.

use super::*;
use crate::division::DivisionCode;
use crate::followup::register::{Destination, Move, Record, State};
use crate::followup::subsidy::{Fen, SubsidyTable};
use crate::followup::support::{
    Applicant, Given, Stop, SupportKind, SupportRule, entitled, given_twice, payable, stop, unfit_end,
};
use proptest::prelude::*;
use uuid::Uuid;

fn applicant(state: State) -> Applicant {
    let moving = (state == State::Moved).then_some(Move { to: Destination::Abroad, sent: date(2025, 3, 3) });
    let in_charge = Uuid::from_u128(1);
    let agreed = Some(state != State::RegisteredOnly);
    let record = Record { state, agreed, in_charge, moving, death: None };
    Applicant { record, poor: Some(true), local_rule: false, refused: false }
}

fn rule(kind: SupportKind) -> SupportRule {
    let table = SubsidyTable::embedded().unwrap();
    let place = DivisionCode::parse("310115110001").unwrap();
    table.support(kind, place, date(2025, 3, 3)).unwrap().clone()
}

#[test]
fn registered_managed_and_poor_or_by_a_local_rule() {
    let managed = || applicant(State::Managed);
    let rows = [
        (managed(), None),
        (applicant(State::Hospital), None),
        (applicant(State::Lost), None),
        (applicant(State::Clue), Some("not_registered")),
        (applicant(State::Excluded), Some("not_registered")),
        (applicant(State::RegisteredOnly), Some("declined_by_person")),
        (Applicant { refused: true, ..managed() }, Some("declined_by_person")),
        (applicant(State::Moved), Some("moved")),
        (applicant(State::Deceased), Some("deceased")),
        (Applicant { poor: Some(false), ..managed() }, Some("not_poor")),
        (Applicant { poor: None, ..managed() }, Some("not_poor")),
        (Applicant { poor: None, local_rule: true, ..managed() }, None),
    ];
    for kind in [SupportKind::FreeMedication, SupportKind::AdmissionSubsidy] {
        for (applicant, expected) in &rows {
            let refused = entitled(&rule(kind), applicant).err().map(|refusal| refusal.code);
            assert_eq!(refused.as_deref(), *expected, "{applicant:?}");
        }
        let mut received = applicant(State::Received);
        received.record.agreed = None;
        assert_eq!(entitled(&rule(kind), &received).unwrap_err().code, "not_managed");
    }
}

#[test]
fn it_stops_on_refusal_move_and_death() {
    let rows = [
        (applicant(State::Managed), None),
        (applicant(State::Hospital), None),
        (applicant(State::RegisteredOnly), Some(Stop::Refused)),
        (Applicant { refused: true, ..applicant(State::Managed) }, Some(Stop::Refused)),
        (applicant(State::Moved), Some(Stop::Moved)),
        (applicant(State::Deceased), Some(Stop::Died)),
        (applicant(State::Excluded), Some(Stop::Excluded)),
    ];
    for (applicant, expected) in rows {
        assert_eq!(stop(&applicant), expected, "{applicant:?}");
    }
}

#[test]
fn limits_are_those_of_the_rule() {
    let limited = |percent, once: Option<u64>, year: Option<u64>| SupportRule {
        percent,
        cap_once_fen: once.map(Fen),
        cap_year_fen: year.map(Fen),
        ..rule(SupportKind::AdmissionSubsidy)
    };
    let rows = [
        (limited(100, None, None), 123_456, 999_999, 123_456),
        (limited(50, None, None), 333, 0, 167),
        (limited(100, Some(100_000), None), 123_456, 0, 100_000),
        (limited(100, Some(100_000), Some(150_000)), 123_456, 100_000, 50_000),
        (limited(100, None, Some(150_000)), 1, 150_000, 0),
        (limited(100, None, Some(150_000)), 1, 160_000, 0),
    ];
    for (rule, cost, paid, expected) in rows {
        assert_eq!(payable(&rule, Fen(cost), Fen(paid)), Fen(expected), "{rule:?} {cost} {paid}");
    }
}

#[test]
fn nothing_is_given_twice_for_a_day() {
    let given = |drug: Option<&str>, from, until| Given {
        kind: if drug.is_some() { SupportKind::FreeMedication } else { SupportKind::AdmissionSubsidy },
        drug: drug.map(|drug| (drug.to_owned(), "30".to_owned())),
        from,
        until,
        amount: Fen(1),
        payer: String::new(),
    };
    let march = given(Some("利培酮"), date(2025, 3, 1), date(2025, 3, 31));
    let stay = given(None, date(2025, 3, 10), date(2025, 3, 20));
    let rows = [
        (given(Some(" 利培酮"), date(2025, 3, 31), date(2025, 4, 30)), true),
        (given(Some("利培酮"), date(2025, 4, 1), date(2025, 4, 30)), false),
        (given(Some("奥氮平"), date(2025, 3, 1), date(2025, 3, 31)), false),
        (given(None, date(2025, 3, 20), date(2025, 3, 25)), true),
        (given(None, date(2025, 3, 21), date(2025, 3, 25)), false),
    ];
    let earlier = [march, stay];
    for (now, expected) in rows {
        assert_eq!(given_twice(&now, &earlier), expected, "{now:?}");
    }
}

#[test]
fn how_far_a_gift_may_reach() {
    use SupportKind::{AdmissionSubsidy, FreeMedication};
    let limits = SubsidyTable::embedded().unwrap().limits;
    let (from, today) = (date(2026, 3, 1), date(2026, 3, 10));
    let rows = [
        (FreeMedication, date(2026, 8, 31), None),
        (FreeMedication, date(2026, 9, 1), Some("supply_too_long")),
        (FreeMedication, date(2926, 9, 1), Some("supply_too_long")),
        (AdmissionSubsidy, date(2026, 3, 10), None),
        (AdmissionSubsidy, date(2026, 3, 11), Some("date_future")),
    ];
    for (kind, until, expected) in rows {
        let found = unfit_end(kind, (from, until), today, &limits);
        assert_eq!(found.map(|(code, _)| code), expected, "{kind:?} {until}");
    }
}

proptest! {
    #[test]
    fn nothing_is_paid_beyond_cost_or_cap(
        percent in 1_u16..=100,
        once in prop::option::of(0_u64..1_000_000),
        year in prop::option::of(0_u64..1_000_000),
        cost in 0_u64..1_000_000,
        paid in 0_u64..1_000_000,
    ) {
        let rule = SupportRule {
            percent,
            cap_once_fen: once.map(Fen),
            cap_year_fen: year.map(Fen),
            ..rule(SupportKind::AdmissionSubsidy)
        };
        let now = payable(&rule, Fen(cost), Fen(paid)).0;
        prop_assert!(now <= cost);
        prop_assert!(once.is_none_or(|cap| now <= cap));
        prop_assert!(year.is_none_or(|cap| now + paid <= cap.max(paid)));
    }
}
