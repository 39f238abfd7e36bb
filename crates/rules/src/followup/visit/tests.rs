//! What does not fit together in the record of a visit: each check alone, all told at once.

use super::*;
use crate::followup::{FollowupRules, FollowupTable};
use jiff::civil::date;
use proptest::prelude::*;

const TODAY: Date = date(2025, 3, 10);

fn rules() -> FollowupRules {
    FollowupTable::embedded().unwrap().in_force(TODAY).clone()
}

fn drug() -> Drug {
    Drug { name: "奥氮平".to_owned(), times_a_day: Some(1), dose_micrograms: 10_000 }
}

/// A visit at home with nothing out of order.
fn visit() -> Visit {
    Visit {
        on: date(2025, 3, 3),
        interviewed: "本人".to_owned(),
        mode: Some(Mode::Home),
        face_to_face: None,
        lost: None,
        death: None,
        found: Found {
            risk: Some(RiskGrade::None),
            symptom_level: Some(Symptoms::Gone),
            insight: Some(Insight::Full),
            function: [Some(Function::Good); 5],
            danger: Danger { none: true, ..Danger::default() },
            lock_up: Some(LockUp::None),
            hospitalisation: Some(Hospitalisation::Never),
            laboratory: Some(false),
            adherence: Some(Adherence::Regular),
            adverse_reaction: Some(AdverseReport::No),
            effect: Some(Effect::Improved),
            referral: Some(Referral::default()),
            drugs: vec![drug()],
            rehabilitation: [Rehabilitation::Living].into(),
            ..Found::default()
        },
        class: Some(Class::Stable),
        override_reason: String::new(),
        next_on: Some(date(2025, 6, 3)),
        doctor: "示例医生".to_owned(),
    }
}

/// A try in vain.
fn missed() -> Visit {
    Visit {
        lost: Some(LostReason::WorkingAway),
        mode: None,
        found: Found::default(),
        class: None,
        next_on: Some(date(2025, 3, 17)),
        ..visit()
    }
}

fn dead() -> Visit {
    let death = Death { on: date(2025, 2, 20), cause: DeathCause::Heart, source: "家属".to_owned() };
    Visit { death: Some(death), lost: None, next_on: None, ..missed() }
}

fn seen(visit: &Visit, before: Option<Class>) -> Vec<(FaultCode, Vec<&'static str>)> {
    let faults = check(visit, Before { class: before, on: None }, TODAY, &rules());
    faults.into_iter().map(|fault| (fault.code, fault.fields)).collect()
}

const DRUGS: &[&str] = &["adherence", "drugs"];

type Case = (Visit, fn(&mut Visit), &'static [(FaultCode, &'static [&'static str])]);

fn hold(cases: Vec<Case>) {
    for (number, (mut visit, change, expected)) in cases.into_iter().enumerate() {
        change(&mut visit);
        let expected: Vec<_> = expected.iter().map(|(code, fields)| (*code, fields.to_vec())).collect();
        assert_eq!(seen(&visit, None), expected, "case {number}: {visit:?}");
    }
}

#[test]
fn head_loss_and_death() {
    use FaultCode as C;
    hold(vec![
        (visit(), |_| {}, &[]),
        (missed(), |_| {}, &[]),
        (dead(), |_| {}, &[]),
        (visit(), |v| v.on = date(2025, 3, 11), &[(C::VisitInFuture, &["on"])]),
        (visit(), |v| v.mode = None, &[(C::ModeMissing, &["mode"])]),
        (visit(), |v| v.doctor = " ".to_owned(), &[(C::DoctorMissing, &["doctor"])]),
        (visit(), |v| v.mode = Some(Mode::Phone), &[]),
        (
            visit(),
            |v| (v.mode, v.face_to_face) = (Some(Mode::Phone), Some(true)),
            &[(C::PhoneIsNotFaceToFace, &["mode", "face_to_face"])],
        ),
        (missed(), |v| v.next_on = Some(date(2025, 3, 16)), &[(C::LostNextDate, &["next_on"])]),
        (missed(), |v| v.next_on = None, &[(C::LostNextDate, &["next_on"])]),
        (
            missed(),
            |v| {
                v.found.insight = Some(Insight::Full);
                v.found.drugs = vec![drug()];
                v.class = Some(Class::Stable);
            },
            &[(C::LostWithFindings, &["insight", "drugs", "class"])],
        ),
        (
            dead(),
            |v| {
                v.lost = Some(LostReason::Other);
                v.found.effect = Some(Effect::Worse);
                v.next_on = Some(date(2025, 3, 17));
            },
            &[(C::DeathWithMore, &["lost", "effect", "next_on"])],
        ),
        (
            dead(),
            |v| v.death.as_mut().unwrap().on = date(2025, 3, 4),
            &[(C::DeathAfterVisit, &["death", "on"])],
        ),
    ]);
}

#[test]
fn drugs_and_dangers() {
    use FaultCode as C;
    hold(vec![
        (visit(), |v| v.found.drugs.clear(), &[(C::DrugLineMissing, DRUGS)]),
        (
            visit(),
            |v| (v.found.adherence, v.found.drugs) = (Some(Adherence::Intermittent), Vec::new()),
            &[(C::DrugLineMissing, DRUGS)],
        ),
        (visit(), |v| v.found.adherence = Some(Adherence::NotTaken), &[(C::DrugsNotTaken, DRUGS)]),
        (visit(), |v| v.found.adherence = None, &[(C::DrugsNotTaken, DRUGS)]),
        (visit(), |v| v.found.adherence = Some(Adherence::NotNeeded), &[(C::DrugsNotNeeded, DRUGS)]),
        (
            visit(),
            |v| {
                (v.found.adherence, v.found.drugs) = (Some(Adherence::NotTaken), Vec::new());
                v.found.adverse_reaction = Some(AdverseReport::NotApplicable);
                v.found.effect = Some(Effect::NotApplicable);
            },
            &[],
        ),
        (
            visit(),
            |v| v.found.adverse_reaction = Some(AdverseReport::NotApplicable),
            &[(C::NotApplicableThoughTaken, &["adverse_reaction", "adherence"])],
        ),
        (
            visit(),
            |v| v.found.effect = Some(Effect::NotApplicable),
            &[(C::NotApplicableThoughTaken, &["effect", "adherence"])],
        ),
        (visit(), |v| v.found.danger.trouble = 1, &[(C::DangerNoneAndCounted, &["danger"])]),
        (visit(), |v| (v.found.danger.none, v.found.danger.trouble) = (false, 1), &[]),
        (
            visit(),
            |v| {
                v.found.referral =
                    Some(Referral { made: true, reason: "停药".to_owned(), to: " ".to_owned() })
            },
            &[(C::ReferralIncomplete, &["referral"])],
        ),
    ]);
}

fn harmed_themselves(on: Date) -> Incident {
    Incident {
        on,
        threats: false,
        smashing: None,
        against_person: false,
        self_harm: true,
        weapon: false,
        arson_or_explosion: false,
    }
}

/// Self-harm that is told and counted, with the grade, the class and the day that follow from it.
fn self_harm(v: &mut Visit) {
    v.found.incidents = vec![harmed_themselves(date(2025, 3, 1))];
    (v.found.danger.none, v.found.danger.self_harm) = (false, 1);
    v.found.risk = Some(RiskGrade::Violence);
    v.found.emergency_record = true;
    (v.class, v.next_on) = (Some(Class::Unstable), Some(date(2025, 3, 17)));
}

/// The same with a lower grade, which makes a stable class of it.
fn self_harm_below(v: &mut Visit) {
    self_harm(v);
    v.found.risk = Some(RiskGrade::None);
    (v.class, v.next_on) = (Some(Class::Stable), Some(date(2025, 6, 3)));
}

#[test]
fn what_happened_stands_beside_the_counts_and_the_grade() {
    use FaultCode as C;
    const BELOW: (FaultCode, &[&str]) = (C::RiskBelowIncidents, &["risk", "risk_reason"]);
    hold(vec![
        (visit(), self_harm, &[]),
        (visit(), self_harm_below, &[BELOW]),
        (
            visit(),
            |v| {
                self_harm_below(v);
                v.found.risk_reason = " ".to_owned();
            },
            &[BELOW],
        ),
        (
            visit(),
            |v| {
                self_harm_below(v);
                v.found.risk_reason = "家属误报，已核实".to_owned();
            },
            &[],
        ),
        // A higher grade needs no words.
        (
            visit(),
            |v| {
                self_harm(v);
                v.found.risk = Some(RiskGrade::Weapon);
            },
            &[],
        ),
        (
            visit(),
            |v| {
                self_harm(v);
                v.found.danger = Danger { none: true, ..Danger::default() };
            },
            &[(C::SelfHarmNotCounted, &["self_harm", "suicide_attempt", "incidents"])],
        ),
        (
            visit(),
            |v| {
                self_harm(v);
                v.found.incidents.push(harmed_themselves(date(2025, 3, 4)));
            },
            &[(C::IncidentAfterVisit, &["incidents", "on"])],
        ),
        // Something was told, and the count asks for more than it.
        (
            visit(),
            |v| {
                self_harm_below(v);
                v.found.incidents =
                    vec![Incident { self_harm: false, ..harmed_themselves(date(2025, 3, 1)) }];
            },
            &[BELOW],
        ),
        (
            visit(),
            |v| {
                v.found.incidents =
                    vec![Incident { self_harm: false, ..harmed_themselves(date(2025, 3, 1)) }];
                (v.found.danger.none, v.found.danger.trouble) = (false, 1);
            },
            &[BELOW],
        ),
        (
            missed(),
            |v| v.found.incidents = vec![harmed_themselves(date(2025, 3, 1))],
            &[(C::LostWithFindings, &["incidents"])],
        ),
        // Without an incident a record is as it was before they were kept, whatever was counted.
        (visit(), |v| (v.found.danger.none, v.found.danger.suicide_attempt) = (false, 1), &[]),
    ]);
}

#[test]
fn a_grade_is_proposed_from_what_happened_since_the_last_visit() {
    let mut visit = visit();
    assert_eq!(visit.assessed(Before::default()), None, "nothing is told, nothing proposed");
    self_harm(&mut visit);
    let since = |day| Before { class: None, on: Some(day) };
    assert_eq!(visit.assessed(Before::default()), Some(RiskGrade::Violence));
    assert_eq!(visit.assessed(since(date(2025, 3, 1))), Some(RiskGrade::Violence));
    visit.found.danger.self_harm = 0;
    assert_eq!(visit.assessed(since(date(2025, 3, 2))), Some(RiskGrade::None), "told before");
    visit.found.risk = Some(RiskGrade::None);
    let rows = [((0, 0, 0), None), ((1, 0, 0), Some(1)), ((0, 1, 0), Some(1)), ((1, 0, 1), Some(4))];
    for ((trouble, harm, suicide_attempt), expected) in rows {
        visit.found.danger = Danger { trouble, harm, suicide_attempt, ..Danger::default() };
        assert_eq!(visit.counts_ask().map(RiskGrade::code), expected, "{trouble} {harm} {suicide_attempt}");
    }
    visit.found.risk = Some(RiskGrade::Violence);
    assert_eq!(visit.counts_ask(), None);
}

#[test]
fn a_record_of_before_incidents_were_kept_is_read_and_written_as_it_was() {
    let text = serde_json::to_string(&visit()).unwrap();
    assert!(!text.contains("incidents") && !text.contains("risk_reason"), "{text}");
    let incident = r#"{"on":"2025-03-01","smashing":{"at_home":true,"stopped":true,"continuous":false}}"#;
    let incident: Incident = serde_json::from_str(incident).unwrap();
    assert_eq!((incident.is_told(), crate::followup::grade(&incident).code()), (true, 2));
    assert!(!Incident { smashing: None, ..incident }.is_told());
}

/// Risk 3, with the class and the day that follow from it.
fn dangerous(v: &mut Visit) {
    v.found.risk = Some(RiskGrade::Smashing);
    v.class = Some(Class::Unstable);
    v.next_on = Some(date(2025, 3, 17));
}

#[test]
fn danger_class_hospital_and_next_visit() {
    use FaultCode as C;
    hold(vec![
        (visit(), dangerous, &[(C::DangerWithoutReferral, &["risk", "referral", "emergency_record"])]),
        (
            visit(),
            |v| {
                dangerous(v);
                v.found.emergency_record = true;
            },
            &[],
        ),
        (
            visit(),
            |v| {
                dangerous(v);
                v.found.referral = Some(Referral {
                    made: true,
                    reason: "病情不稳定".to_owned(),
                    to: "示例医院精神科".to_owned(),
                });
            },
            &[],
        ),
        (visit(), |v| v.class = None, &[(C::ClassMissing, &["class"])]),
        (visit(), |v| (v.found.risk, v.class) = (None, None), &[(C::FindingsMissing, &["risk"])]),
        (
            visit(),
            |v| (v.found.symptom_level, v.found.insight) = (None, None),
            &[(C::FindingsMissing, &["symptom_level", "insight"])],
        ),
        (
            visit(),
            |v| v.found.insight = Some(Insight::Partial),
            &[(C::ClassDiffers, &["class", "override_reason"])],
        ),
        (
            visit(),
            |v| (v.found.insight, v.override_reason) = (Some(Insight::Partial), "与专科医生会商".to_owned()),
            &[],
        ),
        (
            visit(),
            |v| v.class = Some(Class::Unstable),
            &[(C::ClassDiffers, &["class", "override_reason"]), (C::NextDateTooLate, &["next_on"])],
        ),
        (visit(), |v| v.next_on = None, &[(C::NextDateMissing, &["next_on"])]),
        (visit(), |v| v.next_on = Some(date(2025, 3, 3)), &[(C::NextDateNotAfterVisit, &["next_on", "on"])]),
        (visit(), |v| v.next_on = Some(date(2025, 6, 4)), &[(C::NextDateTooLate, &["next_on"])]),
        (visit(), |v| v.mode = Some(Mode::Hospital), &[(C::NotInHospital, &["mode", "hospitalisation"])]),
        // In hospital the interval rests, and findings may be missing.
        (
            visit(),
            |v| {
                v.mode = Some(Mode::Hospital);
                v.found.hospitalisation = Some(Hospitalisation::InHospital);
                (v.found.risk, v.class, v.next_on) = (None, None, None);
            },
            &[],
        ),
        (
            visit(),
            |v| {
                v.found.hospitalisation = Some(Hospitalisation::InHospital);
                v.next_on = Some(date(2026, 1, 1));
            },
            &[],
        ),
        (
            visit(),
            |v| v.found.hospitalisation = Some(Hospitalisation::Earlier),
            &[(C::DischargeDateMissing, &["last_discharge", "hospitalisation"])],
        ),
        (
            visit(),
            |v| {
                v.found.hospitalisation = Some(Hospitalisation::Earlier);
                v.found.last_discharge = Some(date(2025, 3, 4));
            },
            &[(C::DischargeAfterVisit, &["last_discharge", "on"])],
        ),
    ]);
}

#[test]
fn the_class_before_decides_when_basically_stable_is_seen_again() {
    let again = |next: Date, effect: Effect| {
        let mut visit = visit();
        (visit.found.insight, visit.class) = (Some(Insight::Partial), Some(Class::BasicallyStable));
        (visit.next_on, visit.found.effect) = (Some(next), Some(effect));
        visit
    };
    let late = FaultCode::NextDateTooLate;
    let rows = [
        (date(2025, 3, 17), Effect::Unchanged, None, None),
        (date(2025, 3, 18), Effect::Improved, None, Some(late)),
        (date(2025, 4, 3), Effect::Unchanged, Some(Class::BasicallyStable), None),
        (date(2025, 4, 4), Effect::Unchanged, Some(Class::BasicallyStable), Some(late)),
        (date(2025, 6, 3), Effect::Improved, Some(Class::BasicallyStable), None),
        (date(2025, 6, 4), Effect::Improved, Some(Class::BasicallyStable), Some(late)),
    ];
    for (next, effect, before, expected) in rows {
        let found = seen(&again(next, effect), before).first().map(|(code, _)| *code);
        assert_eq!(found, expected, "{next} {effect:?} {before:?}");
    }
    let faults = check(&again(date(2025, 3, 18), Effect::Unchanged), Before::default(), TODAY, &rules());
    assert_eq!(faults[0].day, Some(date(2025, 3, 17)), "the day that would fit is told");
}

#[test]
fn all_faults_are_told_at_once() {
    let mut visit = visit();
    dangerous(&mut visit);
    visit.doctor.clear();
    visit.found.drugs.clear();
    visit.found.danger.harm = 1;
    visit.next_on = None;
    let codes: Vec<FaultCode> = seen(&visit, None).into_iter().map(|(code, _)| code).collect();
    let expected = [
        FaultCode::DoctorMissing,
        FaultCode::DrugLineMissing,
        FaultCode::DangerNoneAndCounted,
        FaultCode::DangerWithoutReferral,
        FaultCode::NextDateMissing,
    ];
    assert_eq!(codes, expected);
}

#[test]
fn who_was_met() {
    type Change = fn(&mut Visit);
    let rows: [(Change, bool); 7] = [
        (|_| {}, true),
        (|v| v.mode = Some(Mode::Outpatient), true),
        (|v| v.mode = Some(Mode::Phone), false),
        (|v| v.mode = None, false),
        (|v| v.face_to_face = Some(false), false),
        (|v| v.lost = Some(LostReason::Missing), false),
        (|v| *v = dead(), false),
    ];
    for (change, expected) in rows {
        let mut visit = visit();
        change(&mut visit);
        assert_eq!(visit.is_face_to_face(), expected, "{visit:?}");
    }
}

#[test]
fn what_the_decision_table_reads() {
    let mut found = visit().found;
    found.function = [None, Some(Function::Fair), None, Some(Function::Poor), None];
    found.adverse_reaction = Some(AdverseReport::Yes);
    found.physical = None;
    let read = found.findings();
    let none = Function::NotApplicable;
    assert_eq!(read.function, [none, Function::Fair, none, Function::Poor, none]);
    assert_eq!((read.adverse_reaction, read.physical), (AdverseReaction::Mild, Physical::Stable));
    found.adverse_severe = true;
    assert_eq!(found.findings().adverse_reaction, AdverseReaction::Severe);
}

#[test]
fn codes_are_told_apart_and_written_as_they_are_sent() {
    let codes: BTreeSet<&str> = FaultCode::ALL.iter().map(|code| code.code()).collect();
    assert_eq!(codes.len(), FaultCode::ALL.len());
    for code in FaultCode::ALL {
        assert_eq!(serde_json::to_value(code).unwrap(), code.code());
    }
    let numbers: Vec<u8> = Symptom::ALL.iter().map(|symptom| symptom.code()).collect();
    assert_eq!(numbers, (1..=12).collect::<Vec<u8>>());
    assert_eq!(
        (DeathCause::Digestive.code(), DeathCause::Suicide.code(), DeathCause::Other.code()),
        (1, 2, 6)
    );
    let text = serde_json::to_string(&visit()).unwrap();
    assert_eq!(serde_json::from_str::<Visit>(&text).unwrap(), visit());
}

proptest! {
    #[test]
    fn a_record_that_fits_never_has_a_later_next_visit_than_the_rule(
        risk in prop::sample::select(RiskGrade::ALL),
        symptoms in prop::sample::select(Symptoms::ALL),
        insight in prop::sample::select(Insight::ALL),
        class in prop::sample::select(Class::ALL),
        before in prop::option::of(prop::sample::select(Class::ALL)),
        wait in -10_i64..200,
    ) {
        let mut visit = visit();
        visit.found.risk = Some(risk);
        visit.found.symptom_level = Some(symptoms);
        visit.found.insight = Some(insight);
        visit.found.emergency_record = true;
        visit.class = Some(class);
        visit.next_on = Some(visit.on.saturating_add(jiff::Span::new().days(wait)));
        if seen(&visit, before).is_empty() {
            prop_assert_eq!(crate::followup::classify(&visit.found.findings()).unwrap().class, class);
            prop_assert!(wait > 0);
            prop_assert!(class != Class::Unstable || wait <= 14);
            prop_assert!(visit.next_on.unwrap() <= date(2025, 6, 3));
        }
    }
}
