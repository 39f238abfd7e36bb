use super::*;
use proptest::{prelude::*, sample::select};
use std::collections::BTreeSet;

const COUNTY: i64 = 310_115_000_000;
const TOWN: i64 = 310_115_110_000;
const ELSEWHERE: i64 = 310_101_000_000;
const OFFICE: Uuid = Uuid::from_u128(1);
const HOSPITAL: Uuid = Uuid::from_u128(2);

fn mapping() -> Mapping {
    let roles = [
        ("xq-worker", Role::ReferralWorker),
        ("xq-clerk", Role::ReferralWorker),
        ("xq-doctor", Role::Doctor),
        ("xq-admin", Role::Administrator),
        ("xq-security", Role::SecurityAdministrator),
        ("xq-auditor", Role::Auditor),
        // A slip of the operator: neither is a post.
        ("patient", Role::Client),
        ("clock", Role::System),
    ];
    Mapping {
        roles: roles.into_iter().map(|(value, role)| (value.to_owned(), role)).collect(),
        powers: vec![Role::Auditor],
        second_factor: vec!["otp".to_owned(), "urn:gov:level3".to_owned()],
        ..Mapping::default()
    }
}

fn claimed(roles: &[&str], workplace: Workplace, division: Option<i64>) -> Claimed {
    let roles = roles.iter().map(|role| (*role).to_owned()).collect();
    Claimed { roles, workplace, division, shown: Vec::new() }
}

fn is(role: Role, organisation: Uuid, division: i64) -> Post {
    Post { role, organisation, division }
}

/// Values of the claim about roles, workplace, area, what the account is so far, and what follows.
type Row = (&'static [&'static str], Workplace, Option<i64>, Option<Post>, Result<Post, &'static str>);

#[test]
fn claims_give_the_post_that_is_written_down_or_none() {
    use Role::{Administrator, Auditor, Doctor, ReferralWorker};
    use Workplace::{Found, NotAsked, Unknown};
    let office = Found(OFFICE, COUNTY);
    let worker = is(ReferralWorker, OFFICE, COUNTY);
    let in_town = is(ReferralWorker, OFFICE, TOWN);
    let auditor = is(Auditor, OFFICE, COUNTY);
    let administrator = is(Administrator, OFFICE, COUNTY);
    let rows: [Row; 29] = [
        // Somebody who was not known.
        (&["xq-worker"], office, None, None, Ok(worker)),
        (&["other", "xq-worker"], office, None, None, Ok(worker)),
        (&["xq-worker", "xq-clerk"], office, None, None, Ok(worker)),
        (&["xq-worker"], office, Some(TOWN), None, Ok(in_town)),
        (&["xq-worker"], office, Some(COUNTY), None, Ok(worker)),
        (&["xq-worker"], Found(OFFICE, 0), Some(TOWN), None, Ok(in_town)),
        (&["xq-worker"], office, Some(ELSEWHERE), None, Err("provider_area")),
        (&["xq-worker"], office, Some(310_000_000_000), None, Err("provider_area")),
        (&["xq-worker"], office, Some(7), None, Err("provider_area")),
        (&[], office, None, None, Err("provider_no_role")),
        (&["XQ-WORKER"], office, None, None, Err("provider_no_role")),
        (&["xq-worker", "xq-doctor"], office, None, None, Err("provider_roles_contradict")),
        (&["patient"], office, None, None, Err("provider_no_role")),
        (&["clock"], office, None, None, Err("provider_no_role")),
        (&["xq-auditor"], office, None, None, Ok(auditor)),
        (&["xq-admin"], office, None, None, Err("provider_power")),
        (&["xq-security"], office, None, None, Err("provider_power")),
        (&["xq-worker"], Unknown, None, None, Err("provider_no_organisation")),
        (&["xq-worker"], NotAsked, None, None, Err("provider_no_organisation")),
        // Somebody who is known.
        (&["xq-worker"], NotAsked, None, Some(in_town), Ok(in_town)),
        (&["xq-worker"], NotAsked, Some(COUNTY), Some(in_town), Ok(in_town)),
        (&["xq-worker"], office, None, Some(in_town), Ok(in_town)),
        (
            &["xq-worker"],
            Found(HOSPITAL, COUNTY),
            None,
            Some(in_town),
            Ok(is(ReferralWorker, HOSPITAL, COUNTY)),
        ),
        (&["xq-doctor"], office, None, Some(worker), Ok(is(Doctor, OFFICE, COUNTY))),
        (&["xq-worker"], Unknown, None, Some(worker), Err("provider_no_organisation")),
        (&["xq-admin"], office, None, Some(administrator), Ok(administrator)),
        (&["xq-admin"], office, None, Some(worker), Err("provider_power")),
        (&["xq-auditor"], office, None, Some(administrator), Err("powers_apart")),
        (&["xq-security"], office, None, Some(auditor), Err("powers_apart")),
    ];
    for (roles, workplace, division, present, expected) in rows {
        let claimed = claimed(roles, workplace, division);
        let found = post(&mapping(), &claimed, present).map_err(|no| no.code);
        assert_eq!(found, expected.map_err(str::to_owned), "{claimed:?} {present:?}");
    }
}

#[test]
fn without_a_table_of_roles_the_provider_says_only_who_it_is() {
    let silent = Mapping::default();
    let worker = is(Role::ReferralWorker, OFFICE, COUNTY);
    let claimed = claimed(&["xq-admin"], Workplace::NotAsked, None);
    assert_eq!(post(&silent, &claimed, Some(worker)), Ok(worker));
    assert_eq!(post(&silent, &claimed, None).unwrap_err().code, "provider_no_role");
}

#[test]
fn only_a_named_way_of_showing_counts_as_a_second_factor() {
    for (shown, counts) in [
        (&["pwd", "otp"][..], true),
        (&["urn:gov:level3"], true),
        (&["pwd"], false),
        (&["OTP"], false),
        (&[], false),
    ] {
        let shown = shown.iter().map(|shown| (*shown).to_owned()).collect();
        let claimed = Claimed { shown, ..claimed(&[], Workplace::NotAsked, None) };
        assert_eq!(counts_as_factor(&mapping(), &claimed), counts, "{claimed:?}");
        assert!(!counts_as_factor(&Mapping::default(), &claimed), "nothing counts where nothing is named");
    }
}

#[test]
fn the_password_is_not_asked_for_and_the_second_factor_once() {
    use crate::account::{Factors, Step, next_step};
    // has a factor, one is required, the provider's counts
    for (has_factor, factor_required, counts, expected) in [
        (false, false, false, None),
        (false, true, false, Some(Step::Enrol)),
        (true, false, false, Some(Step::Code)),
        (true, true, false, Some(Step::Code)),
        (false, true, true, None),
        (true, false, true, None),
        (true, true, true, None),
    ] {
        let factors = Factors { app: has_factor, ..Factors::default() };
        let standing = Standing { factors, factor_shown: false, factor_required, password_due: true };
        let found = next_step(by_provider(standing, counts));
        assert_eq!(found, expected, "{standing:?} {counts}");
    }
    // What the provider saw is no passkey of ours.
    for (passkey, expected) in [(false, Some(Step::Enrol)), (true, None)] {
        let factors = Factors { passkey, passkey_required: true, ..Factors::default() };
        let standing = Standing { factors, factor_shown: false, factor_required: true, password_due: true };
        assert_eq!(next_step(by_provider(standing, true)), expected);
    }
}

fn posts() -> impl Strategy<Value = Option<Post>> {
    let post = (select(&Role::ALL[..]), select(&[OFFICE, HOSPITAL][..]), select(&[COUNTY, TOWN][..]));
    proptest::option::of(post.prop_map(|(role, organisation, division)| is(role, organisation, division)))
}

fn workplaces() -> impl Strategy<Value = Workplace> {
    let found = (select(&[OFFICE, HOSPITAL][..]), select(&[0, COUNTY, ELSEWHERE][..]));
    let found = found.prop_map(|(organisation, division)| Workplace::Found(organisation, division));
    prop_oneof![Just(Workplace::NotAsked), Just(Workplace::Unknown), found]
}

fn mappings() -> impl Strategy<Value = Mapping> {
    let roles = proptest::collection::btree_map("[a-d]", select(&Role::ALL[..]), 0..5);
    let powers = proptest::sample::subsequence(&Role::ALL[..], 0..4);
    (roles, powers).prop_map(|(roles, powers)| Mapping { roles, powers, ..Mapping::default() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever is claimed: no power that is not named for it or held already, no role outside the table, never a client or
    /// the clock where it was none, no second power beside the first, and no area outside the organisation.
    #[test]
    fn no_claims_give_what_is_not_written_down(
        mapping in mappings(),
        roles in proptest::collection::vec("[a-e]", 0..4),
        workplace in workplaces(),
        division in proptest::option::of(select(&[0, 7, COUNTY, TOWN, ELSEWHERE][..])),
        present in posts(),
    ) {
        let claimed = Claimed { roles: roles.clone(), workplace, division, shown: Vec::new() };
        let Ok(given) = post(&mapping, &claimed, present) else { return Ok(()) };
        let held = present.map(|present| present.role);
        let table: BTreeSet<Role> = roles.iter().filter_map(|value| mapping.roles.get(value)).copied().collect();
        prop_assert!(given.role.power().is_none() || mapping.powers.contains(&given.role) || held == Some(given.role));
        if mapping.roles.is_empty() {
            prop_assert_eq!(Some(given.role), held);
        } else {
            prop_assert_eq!(table, BTreeSet::from([given.role]));
            prop_assert!(!matches!(given.role, Role::Client | Role::System));
            prop_assert!(powers_stay_apart(held.as_slice(), given.role));
        }
        if let Workplace::Found(organisation, own) = workplace {
            prop_assert_eq!(given.organisation, organisation);
            let kept = present.is_some_and(|present| present.organisation == organisation && present.division == given.division);
            prop_assert!(lies_in(given.division, own) || kept);
        } else {
            prop_assert_eq!(Some((given.organisation, given.division)), present.map(|p| (p.organisation, p.division)));
        }
    }
}
