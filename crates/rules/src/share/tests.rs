//! When a share may open, and when it closes by itself.

use super::*;
use jiff::civil::date;
use proptest::prelude::*;

fn rule() -> ShareRule {
    ShareRule::embedded().unwrap()
}

fn proposer() -> Uuid {
    Uuid::from_u128(1)
}

const TODAY: Date = date(2026, 3, 2);

/// A share of everything that a consent allows, assessed and agreed on, proposed by the first person.
fn whole() -> Share {
    Share {
        state: State::Drafted,
        recipient: "health".into(),
        basis: "consent_departments".into(),
        kinds: Kind::ALL.to_vec(),
        agreed_on: Some(date(2026, 2, 1)),
        assessment: Some(Assessment {
            conclusion: Conclusion::Acceptable,
            kinds: Kind::ALL.to_vec(),
            concluded_on: date(2026, 1, 10),
            review_due_on: date(2026, 12, 31),
        }),
        proposed_by: Some(proposer()),
    }
}

fn assessed(change: impl FnOnce(&mut Assessment)) -> Share {
    let mut share = whole();
    if let Some(assessment) = &mut share.assessment {
        change(assessment);
    }
    share
}

#[test]
fn the_file_is_sound() {
    let rule = rule();
    assert!(rule.keep_years >= 3 && rule.review_months > 0 && rule.page_rows > 0);
    assert!(rule.reason_characters > 0 && rule.measures_characters > 0);
    let mut codes = std::collections::BTreeSet::new();
    for basis in &rule.bases {
        assert!(codes.insert(basis.code.clone()), "{}", basis.code);
        assert!(!basis.law_zh.is_empty() && !basis.law_en.is_empty() && !basis.kinds.is_empty());
        for recipient in &basis.recipients {
            assert!(["health", "dpf", "civil_affairs"].contains(&recipient.as_str()), "{recipient}");
        }
        // A duty is no consent, and without consent nobody learns the institution.
        let duty = basis.purpose.is_none();
        assert_eq!(basis.label() == "legal_duty", duty, "{}", basis.code);
        assert_eq!(basis.kinds.contains(&Kind::Institution), !duty, "{}", basis.code);
    }
    assert_eq!(rule.basis("consent_departments").unwrap().purpose, Some(Purpose::Departments));
    for kind in Kind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.code());
        assert_eq!(Kind::of_code(kind.code()), Some(kind));
    }
    for state in State::ALL {
        assert_eq!(State::of_code(state.code()), Some(state));
    }
    for conclusion in Conclusion::ALL {
        assert_eq!(Conclusion::of_code(conclusion.code()), Some(conclusion));
    }
}

/// Acceptance 10: a connector is blocked without an impact assessment.
#[test]
fn what_stands_in_the_way_of_opening() {
    let second = Uuid::from_u128(2);
    for (name, share, by, code) in [
        ("everything is there", whole(), second, None),
        ("no assessment", Share { assessment: None, ..whole() }, second, Some("share_no_assessment")),
        (
            "concluded tomorrow",
            assessed(|a| a.concluded_on = date(2026, 3, 3)),
            second,
            Some("share_no_assessment"),
        ),
        (
            "it says no",
            assessed(|a| a.conclusion = Conclusion::NotAcceptable),
            second,
            Some("share_assessment_negative"),
        ),
        ("with measures", assessed(|a| a.conclusion = Conclusion::WithMeasures), second, None),
        ("due today", assessed(|a| a.review_due_on = TODAY), second, None),
        (
            "due yesterday",
            assessed(|a| a.review_due_on = date(2026, 3, 1)),
            second,
            Some("share_assessment_overdue"),
        ),
        (
            "a kind was not looked at",
            assessed(|a| a.kinds = vec![Kind::NeedRegistered, Kind::ServiceStage]),
            second,
            Some("share_kind_not_assessed"),
        ),
        ("no agreement", Share { agreed_on: None, ..whole() }, second, Some("share_no_agreement")),
        (
            "agreed tomorrow",
            Share { agreed_on: Some(date(2026, 3, 3)), ..whole() },
            second,
            Some("share_no_agreement"),
        ),
        ("the same person", whole(), proposer(), Some("share_own_proposal")),
        ("nobody proposed", Share { proposed_by: None, ..whole() }, second, Some("share_not_proposed")),
        ("open", Share { state: State::Open, ..whole() }, second, Some("share_open_already")),
        ("suspended", Share { state: State::Suspended, ..whole() }, second, None),
        ("ended", Share { state: State::Ended, ..whole() }, second, Some("share_ended")),
        ("nothing is given", Share { kinds: vec![], ..whole() }, second, Some("share_no_kinds")),
        ("no such basis", Share { basis: "habit".into(), ..whole() }, second, Some("share_no_basis")),
        (
            "a duty carries no institution",
            Share { basis: "mental_health_information".into(), ..whole() },
            second,
            Some("share_kind_not_allowed"),
        ),
        (
            "a duty towards another department",
            Share { basis: "disability_information".into(), ..whole() },
            second,
            Some("share_recipient_not_allowed"),
        ),
        (
            "a duty",
            Share {
                basis: "mental_health_information".into(),
                kinds: vec![Kind::NeedRegistered, Kind::ServiceStage],
                ..whole()
            },
            second,
            None,
        ),
        (
            "no department",
            Share { recipient: "institution".into(), ..whole() },
            second,
            Some("share_recipient_not_allowed"),
        ),
    ] {
        let found = rule().confirm(&share, by, TODAY).err().map(|refusal| refusal.code);
        assert_eq!(found.as_deref(), code, "{name}");
    }
}

#[test]
fn an_open_share_closes_by_itself() {
    let open = |share: Share| Share { state: State::Open, ..share };
    for (name, share, code) in [
        ("sound", open(whole()), None),
        ("run out", open(assessed(|a| a.review_due_on = date(2026, 3, 1))), Some("share_assessment_overdue")),
        (
            "a kind was added",
            open(assessed(|a| a.kinds = vec![Kind::NeedRegistered])),
            Some("share_kind_not_assessed"),
        ),
        ("not open", assessed(|a| a.review_due_on = date(2026, 3, 1)), None),
    ] {
        assert_eq!(rule().closes(&share, TODAY).as_deref(), code, "{name}");
    }
    assert!(rule().suspend(&open(whole())).is_ok() && rule().suspend(&whole()).is_err());
    assert!(rule().still_stands(&Share { state: State::Ended, ..whole() }).is_err());
    assert_eq!(rule().review_by(date(2026, 1, 31)), date(2027, 1, 31));
    assert_eq!(rule().remind_on(date(2026, 12, 31)), date(2026, 11, 1));
}

proptest! {
    /// No share is ever open on a day on which it has no assessment that stands for every kind, whoever confirms.
    #[test]
    fn nothing_opens_without_a_standing_assessment(
        has in any::<bool>(), concluded in -400..400_i32, due in -400..400_i32, covers in 0..8_usize,
        conclusion in 0..3_usize, agreed in prop::option::of(-30..30_i32), state in 0..4_usize,
        proposer in prop::option::of(1..3_u128), by in 1..3_u128
    ) {
        let day = |days: i32| TODAY.saturating_add(jiff::Span::new().days(days));
        let kinds: Vec<Kind> = Kind::ALL.into_iter().enumerate().filter(|(at, _)| covers & (1 << at) != 0).map(|(_, k)| k).collect();
        let share = Share {
            state: State::ALL[state],
            agreed_on: agreed.map(day),
            assessment: has.then(|| Assessment {
                conclusion: Conclusion::ALL[conclusion], kinds, concluded_on: day(concluded), review_due_on: day(due),
            }),
            proposed_by: proposer.map(Uuid::from_u128),
            ..whole()
        };
        if rule().confirm(&share, Uuid::from_u128(by), TODAY).is_ok() {
            let assessment = share.assessment.as_ref().unwrap();
            prop_assert!(assessment.concluded_on <= TODAY && TODAY <= assessment.review_due_on);
            prop_assert!(share.kinds.iter().all(|kind| assessment.kinds.contains(kind)));
            prop_assert!(assessment.conclusion != Conclusion::NotAcceptable);
            prop_assert!(share.agreed_on.is_some_and(|day| day <= TODAY));
            prop_assert!(share.proposed_by.is_some_and(|other| other != Uuid::from_u128(by)));
            // What may open does not close by itself on the same day.
            let open = Share { state: State::Open, ..share };
            prop_assert_eq!(rule().closes(&open, TODAY), None);
        }
    }
}
