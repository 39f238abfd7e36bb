//! Whatever anybody tries in whatever order, the invariants hold.

use proptest::prelude::*;

use super::fixture::*;
use super::illegal::any_command;
use crate::account::Actor;
use crate::form::{FormCode, FormSummary};
use crate::referral::*;

fn cast() -> Vec<Actor> {
    vec![
        client(),
        doctor(),
        committee(),
        worker(),
        officer(),
        second_officer(),
        manager(),
        second_manager(),
        case_manager(),
        assessor(),
        worker_there(),
        system(),
        for_client(worker()),
    ]
}

/// One try: who, what, after how many days, with which variant of data; half of the tries choose among what is offered.
#[derive(Debug, Clone)]
struct Try {
    actor: usize,
    command: usize,
    days: i32,
    variant: u8,
    offered: bool,
}

fn one_try() -> impl Strategy<Value = Try> {
    (0usize..1000, 0usize..1000, prop_oneof![3 => 0i32..3, 1 => 10i32..60], 0u8..6, prop::bool::weighted(0.8))
        .prop_map(|(actor, command, days, variant, offered)| Try { actor, command, days, variant, offered })
}

/// Other data than the ordinary, so that side ways are walked too.
fn vary(command: Command, variant: u8, today: jiff::civil::Date) -> Command {
    match (command, variant) {
        (Command::ProposeClosure { .. }, 1) => Command::ProposeClosure { reason: "C1".into() },
        (Command::ProposeClosure { .. }, 2) => Command::ProposeClosure { reason: "C9".into() },
        (Command::Decline { .. }, 1) => Command::Decline { reason: "D1".into() },
        (Command::Decline { .. }, 2) => Command::Decline { reason: "D4".into() },
        (Command::RecordWord { .. }, 1) => Command::RecordWord { word: PersonWord::Refuses },
        (Command::RecordWord { .. }, 2) => Command::RecordWord { word: PersonWord::Disputes },
        (Command::WithdrawConsent { .. }, 1..=4) => {
            Command::WithdrawConsent { purposes: vec![Purpose::Research] }
        }
        (Command::Refer { .. }, 1..=2) => refer_to(SECOND_HOUSE),
        (Command::Accept { case_manager, .. }, 1) => {
            let answer = |service: &str, answer| ItemAnswer { service: service.to_owned(), answer };
            let answers = vec![
                answer("S1", Answer::Yes { from: today }),
                answer("S4", Answer::No { reason: "D3".into() }),
                answer("S6", Answer::WaitList { position: 1 }),
            ];
            Command::Accept { case_manager, answers }
        }
        (Command::RecordConsent { signer, .. }, 0..=4) => {
            Command::RecordConsent { purposes: Purpose::ALL.to_vec(), signer, until: None }
        }
        (command, _) => command,
    }
}

fn forms(name: CommandName, variant: u8, today: jiff::civil::Date) -> Option<Vec<FormSummary>> {
    match (name, variant) {
        (CommandName::Assess, 1 | 2) => {
            let finding = FormSummary { outcome: Some("not_suitable".into()), ..form(FormCode::F4, today) };
            Some(vec![finding])
        }
        (_, 5) => Some(vec![]),
        _ => None,
    }
}

fn choose(story: &Story, step: &Try) -> (Actor, Command) {
    let cast = cast();
    let today = story.today;
    if let (true, Some(case)) = (step.offered, &story.case) {
        let mut possible = Vec::new();
        for actor in &cast {
            let context = story.world.context(CommandName::Submit, today, 1);
            let offers = actions(case, actor, &context, story.now);
            let allowed = offers.into_iter().filter(|offer| offer.allowed);
            possible.extend(allowed.map(|offer| (actor.clone(), offer.command)));
        }
        // The ordinary next step is taken more often than its share, or few stories would reach service.
        let primary: Vec<_> = possible
            .iter()
            .filter(|(_, name)| transition(*name).is_some_and(|row| row.primary))
            .cloned()
            .collect();
        let pool = if step.actor.is_multiple_of(2) && !primary.is_empty() { primary } else { possible };
        if !pool.is_empty() {
            let (actor, name) = pool[step.command % pool.len()].clone();
            return (actor, vary(any_command(name, today), step.variant, today));
        }
    }
    let name = CommandName::ALL[step.command % CommandName::ALL.len()];
    (cast[step.actor % cast.len()].clone(), vary(any_command(name, today), step.variant, today))
}

fn round_trip<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

fn walk(start: State, steps: &[Try]) -> Result<(), TestCaseError> {
    let mut story = up_to(start);
    for step in steps {
        story = story.after_days(step.days);
        // Now and then no institution has anything to offer.
        let houses = if step.variant == 3 { Vec::new() } else { World::new_institutions() };
        story.world.institutions = houses;
        let (actor, command) = choose(&story, step);
        prop_assert_eq!(&round_trip(&command), &command);
        story.world.forms = forms(command.name(), step.variant, story.today);
        let before = story.case().clone();
        match story.try_act(&actor, &command) {
            Ok(change) => {
                prop_assert!(!change.events.is_empty());
                prop_assert_eq!(&round_trip(&change), &change);
            }
            Err(refusal) => {
                prop_assert!(!refusal.rule.is_empty());
                prop_assert_eq!(story.case(), &before, "a refusal changes nothing");
            }
        }
        let case = story.case();
        prop_assert_eq!(invariants::broken(case, &story.events), Vec::<&str>::new(), "{:?}", command);
        prop_assert_eq!(case.version, u64::try_from(story.events.len()).unwrap());
        prop_assert_eq!(&round_trip(case), case);
    }
    prop_assert_eq!(&replay(&story.events).unwrap(), story.case());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_tries_breaks_an_invariant(
        start in prop::sample::select(State::ALL.to_vec()),
        steps in prop::collection::vec(one_try(), 1..40),
    ) {
        walk(start, &steps)?;
    }
}
