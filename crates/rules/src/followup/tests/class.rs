//! The decision table: each row, their order, that every visit has one class and that nothing worse makes it better.

use super::*;
use proptest::prelude::*;

fn change(with: impl Fn(&mut Findings)) -> Findings {
    let mut findings = well();
    with(&mut findings);
    findings
}

#[test]
fn each_row_of_the_table() {
    let risk = |grade| change(|found| found.risk = RiskGrade::of_code(grade));
    let function = |items| change(|found| found.function = items);
    let (good, fair, poor, none) = (Function::Good, Function::Fair, Function::Poor, Function::NotApplicable);
    let rows = [
        (risk(3), Rule::U1),
        (risk(4), Rule::U1),
        (risk(5), Rule::U1),
        (change(|found| found.symptoms = Some(Symptoms::Obvious)), Rule::U2),
        // Risk 0 without insight is unstable.
        (change(|found| found.insight = Some(Insight::Absent)), Rule::U3),
        (change(|found| found.adverse_reaction = AdverseReaction::Severe), Rule::U4),
        (change(|found| found.physical = Physical::Severe), Rule::U5),
        (risk(1), Rule::B1),
        // Risk 2 and everything else well.
        (risk(2), Rule::B1),
        (change(|found| found.symptoms = Some(Symptoms::Some)), Rule::B2),
        (change(|found| found.insight = Some(Insight::Partial)), Rule::B3),
        (function([poor, good, good, good, good]), Rule::B4),
        (function([good, poor, good, good, good]), Rule::B4),
        (function([good, good, poor, good, good]), Rule::B4),
        (function([good, good, good, poor, good]), Rule::B4),
        (function([good, good, good, good, poor]), Rule::B4),
        // Everything well, and the body is not.
        (change(|found| found.physical = Physical::Unstable), Rule::B5),
        (change(|found| found.other_abnormality = true), Rule::B5),
        (well(), Rule::S1),
        (function([fair; 5]), Rule::S1),
        // What does not apply is passed over.
        (function([none; 5]), Rule::S1),
        (function([good, good, none, none, fair]), Rule::S1),
        (change(|found| found.adverse_reaction = AdverseReaction::Mild), Rule::S1),
    ];
    for (findings, rule) in rows {
        let expected = Classification { class: rule.class(), rule };
        assert_eq!(classify(&findings), Ok(expected), "{findings:?}");
    }
}

#[test]
fn the_first_row_that_fits_decides() {
    let mut findings = Findings {
        risk: Some(RiskGrade::Weapon),
        symptoms: Some(Symptoms::Obvious),
        insight: Some(Insight::Absent),
        function: [Function::Poor; 5],
        adverse_reaction: AdverseReaction::Severe,
        physical: Physical::Severe,
        other_abnormality: true,
    };
    type Relieve = fn(&mut Findings);
    let steps: [(Rule, Relieve); 11] = [
        (Rule::U1, |found| found.risk = Some(RiskGrade::SmashingAtHome)),
        (Rule::U2, |found| found.symptoms = Some(Symptoms::Some)),
        (Rule::U3, |found| found.insight = Some(Insight::Partial)),
        (Rule::U4, |found| found.adverse_reaction = AdverseReaction::Mild),
        (Rule::U5, |found| found.physical = Physical::Unstable),
        (Rule::B1, |found| found.risk = Some(RiskGrade::None)),
        (Rule::B2, |found| found.symptoms = Some(Symptoms::Gone)),
        (Rule::B3, |found| found.insight = Some(Insight::Full)),
        (Rule::B4, |found| found.function = [Function::Fair; 5]),
        (Rule::B5, |found| {
            found.physical = Physical::Stable;
            found.other_abnormality = false;
        }),
        (Rule::S1, |_| {}),
    ];
    for ((rule, relieve), expected) in steps.into_iter().zip(Rule::ALL) {
        assert_eq!(rule, expected, "the table is in the order of its rows");
        assert_eq!(classify(&findings).unwrap().rule, rule, "{findings:?}");
        relieve(&mut findings);
    }
    let names: Vec<String> = Rule::ALL.iter().map(|rule| format!("{rule:?}")).collect();
    assert_eq!(Rule::ALL.map(Rule::code).to_vec(), names);
}

#[test]
fn without_risk_symptoms_or_insight_there_is_no_class() {
    for (risk, symptoms, insight) in (0..8)
        .map(|bits: u8| (bits & 1 > 0, bits & 2 > 0, bits & 4 > 0))
        .filter(|bits| *bits != (false, false, false))
    {
        let findings = change(|found| {
            found.risk = found.risk.filter(|_| !risk);
            found.symptoms = found.symptoms.filter(|_| !symptoms);
            found.insight = found.insight.filter(|_| !insight);
        });
        assert_eq!(classify(&findings), Err(Incomplete { risk, symptoms, insight }));
    }
    let dangerous = change(|found| {
        found.risk = Some(RiskGrade::Weapon);
        found.insight = None;
    });
    assert!(classify(&dangerous).is_err(), "what is missing is missing, however clear the rest");
}

#[test]
fn a_better_class_needs_a_reason() {
    use Class::{BasicallyStable, Stable, Unstable};
    let rows = [
        (Unstable, Unstable, "", true),
        (Stable, Unstable, "", true),
        (Stable, BasicallyStable, "", true),
        (Unstable, BasicallyStable, " ", false),
        (Unstable, Stable, "", false),
        (BasicallyStable, Stable, "", false),
        (BasicallyStable, Stable, "家属与专科医生均认为稳定", true),
    ];
    for (computed, decided, reason, fits) in rows {
        let decision = decide(computed, decided, reason);
        assert_eq!(decision.is_ok(), fits, "{computed:?} {decided:?} {reason}");
        match decision {
            Ok(class) => assert_eq!(class, decided),
            Err(refusal) => {
                assert_eq!((refusal.rule.as_str(), refusal.code.as_str()), ("SMD-CLASS", "reason_missing"))
            }
        }
    }
}

#[test]
fn answers_are_known_by_the_numbers_of_the_form() {
    for class in Class::ALL {
        assert_eq!(Class::of_code(class.code()), Some(*class));
        assert_eq!(serde_json::from_str::<Class>(&serde_json::to_string(class).unwrap()).unwrap(), *class);
    }
    assert_eq!((Class::of_code(0), Class::of_code(4)), (None, None));
    assert!(serde_json::from_str::<Function>("4").is_err());
    assert_eq!(serde_json::to_string(&Function::NotApplicable).unwrap(), "9");
    assert!(Class::Unstable < Class::BasicallyStable && Class::BasicallyStable < Class::Stable);
}

fn any_of<T: std::fmt::Debug + Copy + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

const REACTIONS: &[AdverseReaction] =
    &[AdverseReaction::None, AdverseReaction::Mild, AdverseReaction::Severe];
const BODIES: &[Physical] = &[Physical::Stable, Physical::Unstable, Physical::Severe];

fn findings() -> impl Strategy<Value = Findings> {
    (
        any_of(RiskGrade::ALL),
        any_of(Symptoms::ALL),
        any_of(Insight::ALL),
        prop::array::uniform5(any_of(Function::ALL)),
        any_of(REACTIONS),
        any_of(BODIES),
        any::<bool>(),
    )
        .prop_map(
            |(risk, symptoms, insight, function, adverse_reaction, physical, other_abnormality)| Findings {
                risk: Some(risk),
                symptoms: Some(symptoms),
                insight: Some(insight),
                function,
                adverse_reaction,
                physical,
                other_abnormality,
            },
        )
}

/// The worse of two answers. Whatever does not apply is better than anything.
fn worse(one: Function, other: Function) -> Function {
    let weight = |item: Function| if item == Function::NotApplicable { 0 } else { item.code() };
    if weight(one) >= weight(other) { one } else { other }
}

proptest! {
    #[test]
    fn every_whole_visit_has_one_class(findings in findings()) {
        let found = classify(&findings).unwrap();
        prop_assert_eq!(found.class, found.rule.class());
    }

    #[test]
    fn nothing_worse_gives_a_better_class(one in findings(), other in findings()) {
        let both = Findings {
            risk: one.risk.max(other.risk),
            symptoms: one.symptoms.max(other.symptoms),
            insight: one.insight.max(other.insight),
            function: std::array::from_fn(|item| worse(one.function[item], other.function[item])),
            adverse_reaction: one.adverse_reaction.max(other.adverse_reaction),
            physical: one.physical.max(other.physical),
            other_abnormality: one.other_abnormality || other.other_abnormality,
        };
        let class = |findings| classify(findings).unwrap().class;
        prop_assert!(class(&both) <= class(&one).min(class(&other)));
    }
}
