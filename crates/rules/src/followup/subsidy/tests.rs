//! Subsidies to guardians: the figures that regions told of, parts of years, incidents, second guardians.

use super::*;
use crate::division::DivisionCode;
use jiff::civil::date;
use proptest::prelude::*;

fn table() -> SubsidyTable {
    SubsidyTable::embedded().unwrap()
}

fn place(code: &str) -> DivisionCode {
    DivisionCode::parse(code).unwrap()
}

fn rule(code: &str) -> GuardianRule {
    table().guardian(place(code), date(2025, 3, 3)).unwrap().clone()
}

fn months(full: std::ops::Range<usize>) -> [bool; 12] {
    std::array::from_fn(|month| full.contains(&month))
}

fn claim(client: u128, guardian: u128, full: std::ops::Range<usize>) -> Claim {
    Claim {
        client: Uuid::from_u128(client),
        guardian: Uuid::from_u128(guardian),
        months: months(full),
        incidents: 0,
        agreement: true,
        registered: true,
        managed: true,
        risk: RiskGrade::Smashing,
        earlier_incident: false,
    }
}

/// A tender for a service in whole yuan: what was bought and who paid are the same sum, and of the service there is so much for each
/// client at most.
#[test]
fn the_sums_of_a_tender() {
    let (service, evaluation) = (Fen::yuan(1_440_000), Fen::yuan(20_000));
    let (central, regional) = (Fen::yuan(1_000_000), Fen::yuan(460_000));
    assert_eq!(service.plus(evaluation), Fen::yuan(1_460_000));
    assert_eq!(central.plus(regional), service.plus(evaluation));
    assert_eq!(service.share(1, 500), Fen::yuan(2_880), "each of 500 clients");
}

/// The figures of the regions' own documents.
#[test]
fn check_figures() {
    // Beijing and Wuhu: 200 yuan a month.
    for code in ["110105001001", "340202000000"] {
        assert_eq!(worth(&rule(code), 12, 0).to_string(), "2400.00", "{code}");
        assert_eq!(worth(&rule(code), 1, 0), Fen::yuan(200), "{code}");
    }
    assert_eq!(worth(&rule("500151000000"), 12, 0), Fen::yuan(2500));
    // A county of Gansu: nineteen guardians, a provincial grant of 33,269 yuan, the rest local.
    let gansu = rule("622922000000");
    assert_eq!(worth(&gansu, 1, 0), Fen::yuan(150));
    let claims: Vec<Claim> = (1..=19).map(|person| claim(person, 100 + person, 0..12)).collect();
    let total = settle(&claims, &gansu).into_iter().fold(Fen(0), |sum, worth| sum.plus(worth.unwrap()));
    assert_eq!(total, Fen::yuan(34_200));
    assert_eq!(total, worth(&gansu, 12, 0).times(19));
    let funding = fund(total, Fen::yuan(33_269));
    assert_eq!((funding.granted, funding.local), (Fen::yuan(33_269), Fen::yuan(931)));
    // Shixing: 720,000 yuan among 1,053 guardians, on average.
    assert_eq!(Fen::yuan(720_000).share(1, 1_053).to_string(), "683.76");
}

#[test]
fn sums_are_read_as_people_write_them() {
    for (text, fen) in [
        ("0", Some(0)),
        ("200", Some(20_000)),
        (" 1,234.5 ", Some(123_450)),
        ("￥33269.05", Some(3_326_905)),
        ("", None),
        ("-1", None),
        ("1.234", None),
        ("1e3", None),
        ("二百", None),
        ("9999999999999", None),
    ] {
        assert_eq!(Fen::parse(text), fen.map(Fen), "{text}");
    }
}

#[test]
fn parts_of_a_year_are_rounded_to_fen() {
    let rows = [
        ("110105001001", 0, 0, 0),
        ("110105001001", 5, 0, 100_000),
        ("500151000000", 1, 0, 20_833),
        ("500151000000", 5, 0, 104_167),
        ("500151000000", 7, 0, 145_833),
        ("500151000000", 11, 0, 229_167),
        ("500151000000", 12, 1, 0),
        ("500151000000", 13, 0, 250_000),
    ];
    for (code, full, incidents, expected) in rows {
        assert_eq!(worth(&rule(code), full, incidents), Fen(expected), "{code} {full} {incidents}");
    }
    let mild = GuardianRule { deduction_percent: 30, ..rule("110105001001") };
    for (incidents, expected) in [(0, 240_000), (1, 168_000), (2, 96_000), (3, 24_000), (4, 0), (9, 0)] {
        assert_eq!(worth(&mild, 12, incidents), Fen(expected), "{incidents}");
    }
}

#[test]
fn who_is_paid_and_who_is_not() {
    let rule = rule("110105001001");
    let without = |change: fn(&mut Claim)| {
        let mut claim = claim(1, 10, 0..12);
        change(&mut claim);
        settle(&[claim], &rule).remove(0).map_err(|refusal| refusal.code)
    };
    assert_eq!(without(|_| {}), Ok(Fen::yuan(2400)));
    assert_eq!(without(|claim| claim.agreement = false), Err("guardian_agreement_missing".to_owned()));
    assert_eq!(without(|claim| claim.registered = false), Err("not_entitled".to_owned()));
    assert_eq!(without(|claim| claim.incidents = 1), Ok(Fen(0)));
    let dangerous =
        GuardianRule { who: vec![Entitled::Dangerous, Entitled::EarlierIncident], ..rule.clone() };
    let managed = GuardianRule { who: vec![Entitled::Managed], ..rule.clone() };
    let rows = [
        (&dangerous, RiskGrade::Smashing, false, true, true),
        (&dangerous, RiskGrade::SmashingAtHome, false, true, false),
        (&dangerous, RiskGrade::None, true, true, true),
        (&managed, RiskGrade::None, false, true, true),
        (&managed, RiskGrade::None, false, false, false),
    ];
    for (rule, risk, earlier_incident, is_managed, paid) in rows {
        let one = Claim { risk, earlier_incident, managed: is_managed, ..claim(1, 10, 0..12) };
        assert_eq!(settle(&[one], rule)[0].is_ok(), paid, "{risk:?} {earlier_incident} {is_managed}");
    }
}

#[test]
fn no_month_is_paid_to_two_guardians() {
    let rule = rule("110105001001");
    let codes = |claims: &[Claim], rule: &GuardianRule| -> Vec<Result<u64, String>> {
        settle(claims, rule)
            .into_iter()
            .map(|worth| worth.map(|fen| fen.0).map_err(|refusal| refusal.code))
            .collect()
    };
    let another = Err("another_guardian".to_owned());
    // One takes over from the other in June.
    let handed_over = [claim(1, 10, 0..5), claim(1, 11, 5..12)];
    assert_eq!(codes(&handed_over, &rule), [Ok(100_000), Ok(140_000)]);
    let at_once = [claim(1, 10, 0..12), claim(1, 11, 6..12), claim(2, 11, 0..12)];
    assert_eq!(codes(&at_once, &rule), [Ok(240_000), another, Ok(240_000)]);
    // Where two are paid, the cap of the person holds.
    let two = GuardianRule { one_guardian_per_client: false, cap_fen: Fen(300_000), ..rule };
    assert_eq!(codes(&at_once, &two), [Ok(240_000), Ok(60_000), Ok(240_000)]);
}

#[test]
fn the_narrowest_region_and_the_latest_day_hold() {
    let mut table = table();
    assert_eq!(
        table.guardian(place("440222000000"), date(2025, 3, 3)),
        None,
        "a region without a rule pays nothing"
    );
    assert_eq!(
        table.guardian(place("110105001001"), date(2015, 12, 31)),
        None,
        "before its day there is no rule"
    );
    let county = GuardianRule {
        region: place("622922000000"),
        amount_fen: Fen::yuan(2000),
        cap_fen: Fen::yuan(2000),
        ..rule("620000000000")
    };
    let later = GuardianRule {
        amount_fen: Fen::yuan(2100),
        cap_fen: Fen::yuan(2100),
        effective_from: date(2026, 1, 1),
        ..rule("620000000000")
    };
    table.guardians.extend([county, later]);
    let rows = [
        ("622922000000", date(2025, 3, 3), 2000),
        ("622922000000", date(2026, 3, 3), 2000),
        ("622901000000", date(2025, 12, 31), 1800),
        ("622901000000", date(2026, 1, 1), 2100),
    ];
    for (code, on, yuan) in rows {
        assert_eq!(table.guardian(place(code), on).unwrap().amount_fen, Fen::yuan(yuan), "{code} {on}");
    }
}

#[test]
fn faulty_tables_are_refused() {
    let text = include_str!("../../../../../data/subsidies.toml");
    let faults = [
        text.replacen("amount_fen = 240000", "amount_fen = 0", 1),
        text.replacen("cap_fen = 240000", "cap_fen = 239999", 1),
        text.replacen("deduction_percent = 100", "deduction_percent = 101", 1),
        text.replacen("who = [\"registered\"]", "who = []", 1),
        text.replacen("who = [\"registered\"]", "who = [\"everybody\"]", 1),
        text.replacen("region = 110000000000", "region = 11", 1),
        text.replacen("\npercent = 100", "\npercent = 0", 1),
    ];
    for fault in faults {
        assert!(SubsidyTable::parse(&fault).is_err());
    }
    for rule in table().guardians {
        assert!(rule.source_zh.chars().any(crate::name::is_han), "{rule:?}");
        assert!(!rule.source_en.is_empty() && !rule.source_en.chars().any(crate::name::is_han), "{rule:?}");
    }
}

#[test]
fn fen_are_whole_and_never_negative() {
    assert_eq!(Fen(5).less(Fen(7)), Fen(0));
    assert_eq!((Fen(1).share(1, 2), Fen(1).share(1, 3), Fen(2).share(1, 3)), (Fen(1), Fen(0), Fen(1)));
    assert_eq!(Fen(100).share(1, 0), Fen(0), "nothing of nothing");
    assert_eq!(Fen(u64::MAX).share(u64::MAX, 1), Fen(u64::MAX));
    assert_eq!((Fen(7).to_string(), Fen(68_376).to_string()), ("0.07".to_owned(), "683.76".to_owned()));
}

proptest! {
    #[test]
    fn a_subsidy_is_never_above_its_cap_and_grows_with_the_months(
        amount in 1_u64..10_000_000,
        cap in 1_u64..10_000_000,
        percent in 0_u16..=100,
        full in 0_u64..=12,
        incidents in 0_u16..20,
    ) {
        let rule = GuardianRule {
            amount_fen: Fen(amount),
            cap_fen: Fen(cap),
            deduction_percent: percent,
            ..rule("110105001001")
        };
        let fen = worth(&rule, full, incidents);
        prop_assert!(fen.0 <= cap && fen.0 <= amount);
        prop_assert!(worth(&rule, full, incidents + 1) <= fen);
        prop_assert!(full == 0 || worth(&rule, full - 1, 0) <= worth(&rule, full, 0));
    }

    #[test]
    fn nobody_s_year_costs_more_than_the_cap(
        claims in prop::collection::vec((1_u128..4, 10_u128..14, 0_usize..12, 0_usize..12, 0_u16..2), 0..12),
        one_guardian_per_client in any::<bool>(),
    ) {
        let rule = GuardianRule { one_guardian_per_client, ..rule("110105001001") };
        let claims: Vec<Claim> = claims
            .into_iter()
            .map(|(client, guardian, from, until, incidents)| Claim {
                incidents,
                ..claim(client, guardian, from..until)
            })
            .collect();
        let mut years: BTreeMap<Uuid, u64> = BTreeMap::new();
        for (claim, worth) in claims.iter().zip(settle(&claims, &rule)) {
            *years.entry(claim.client).or_default() += worth.map_or(0, |fen| fen.0);
        }
        prop_assert!(years.values().all(|sum| *sum <= rule.cap_fen.0));
    }

    #[test]
    fn a_sum_is_divided_without_a_rest(total in any::<u64>(), grant in any::<u64>()) {
        let funding = fund(Fen(total), Fen(grant));
        prop_assert_eq!(funding.granted.0 + funding.local.0, total);
        prop_assert!(funding.granted.0 <= grant);
    }
}
