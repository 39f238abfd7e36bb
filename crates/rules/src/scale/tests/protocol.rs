//! What follows when answers must not wait.

use super::*;

fn follow(id: &str, text: &str, who: Respondent) -> Vec<String> {
    let (scale, protocol) = (scale(id), CrisisProtocol::embedded().unwrap());
    let outcome = scale.score(&answers(text), Circumstances::default()).unwrap();
    protocol.actions(&outcome.crisis, who).into_iter().map(|action| action.code.clone()).collect()
}

#[test]
fn the_file_is_sound_and_scales_and_protocol_agree() {
    let protocol = CrisisProtocol::embedded().unwrap();
    assert_eq!(protocol.hotline, "12356");
    let mut named = std::collections::BTreeSet::new();
    for (id, _) in SCALES {
        for rule in &scale(id).definition().crisis {
            let trigger = protocol.trigger(&rule.trigger).unwrap_or_else(|| panic!("{id}: {}", rule.trigger));
            assert_eq!(trigger.level, rule.level, "{id}: {}", rule.trigger);
            named.insert(rule.trigger.clone());
        }
    }
    assert_eq!(named, protocol.triggers.iter().map(|trigger| trigger.code.clone()).collect(), "each is used");
}

#[test]
fn each_trigger_has_its_actions() {
    let adult = Respondent { age: Some(40), anonymous: false };
    let child = Respondent { age: Some(15), anonymous: false };
    let unknown = Respondent { age: Some(15), anonymous: true };
    let rows: [(&str, &str, Respondent, &[&str]); 10] = [
        ("phq-9", "0,0,0,0,0,0,0,0,0", adult, &[]),
        ("phq-9", "0,0,0,0,0,0,0,0,1", adult, &["show_hotline", "ask_c_ssrs", "task_case_manager"]),
        (
            "phq-9",
            "0,0,0,0,0,0,0,0,2",
            adult,
            &["show_hotline", "call_back", "tell_guardian_consent", "doctor_same_day"],
        ),
        ("phq-9", "1,1,3,3,3,3,3,3,0", adult, &["offer_appointment"]),
        (
            "phq-9",
            "0,0,0,0,0,0,0,0,1",
            child,
            &["show_hotline", "ask_c_ssrs", "task_case_manager", "tell_guardian"],
        ),
        // Whoever is anonymous is shown help, and nobody looks for them.
        ("phq-9", "0,0,0,0,0,0,0,0,3", unknown, &["show_hotline"]),
        ("gad-7", "3,3,3,3,3,3,3", unknown, &["show_hotline"]),
        ("audit", "4,4,4,4,4,4,4,4,4,4", child, &["offer_referral"]),
        ("bprs", "1,1,1,1,1,1,1,1,1,5,1,1,1,1,1,1,1,1", adult, &["doctor_same_day"]),
        (
            "c-ssrs",
            "0,0,,,,1",
            adult,
            &["show_hotline", "emergency_route", "emergency_record", "raise_risk_grade"],
        ),
    ];
    for (id, text, who, expected) in rows {
        assert_eq!(follow(id, text, who), expected, "{id} {text}");
    }
}

#[test]
fn a_trigger_that_is_not_named_has_the_actions_of_its_level() {
    let protocol = CrisisProtocol::embedded().unwrap();
    let mut rule = scale("phq-9").definition().crisis[0].clone();
    rule.trigger = "of_a_local_scale".to_owned();
    for level in 1..=4_u8 {
        rule.level = level;
        let actions = protocol.actions(&[&rule], Respondent::default());
        let codes: Vec<String> = actions.into_iter().map(|action| action.code.clone()).collect();
        assert_eq!(codes, protocol.levels[usize::from(level) - 1], "{level}");
    }
}

#[test]
fn below_fourteen_the_guardian_agrees_first() {
    let protocol = CrisisProtocol::embedded().unwrap();
    for (age, needed) in
        [(None, false), (Some(8), true), (Some(13), true), (Some(14), false), (Some(70), false)]
    {
        assert_eq!(protocol.needs_guardian(Respondent { age, anonymous: false }), needed, "{age:?}");
    }
}

#[test]
fn a_faulty_protocol_is_refused() {
    let sound = include_str!("../../../../../data/crisis_protocol.toml");
    assert!(CrisisProtocol::parse("x", sound).is_ok());
    let rows = [
        ("code = \"doctor_same_day\"", "code = \"doctor\"", "there is no action doctor_same_day"),
        ("level = 4\n", "level = 5\n", "levels are 1 to 4"),
        (
            "code = \"tell_guardian\"\n",
            "code = \"tell_parents\"\n",
            "there is no action tell_guardian for minors",
        ),
        ("hotline = ", "line = ", "unknown field"),
    ];
    for (from, to, says) in rows {
        let fault = CrisisProtocol::parse("x", &sound.replacen(from, to, 1)).unwrap_err();
        assert!(fault.to_string().contains(says), "{fault}");
    }
}
