//! Who speaks for whom: guardians of competent adults, of limited ones, of children and of those between fourteen and
//! eighteen; and when somebody is asked again.

use jiff::civil::{Date, date};

use super::fixture::*;
use crate::account::{Actor, OnBehalfOf, Role};
use crate::capacity::Capacity;
use crate::referral::State::*;
use crate::referral::*;

/// The guardian's own account.
fn guardian() -> Actor {
    let on_behalf_of = Some(OnBehalfOf { account: None, relation: "guardian".into(), evidence: None });
    Actor { on_behalf_of, ..someone(2_001, Role::Client, 0) }
}

/// The guardian's account and the person's own stand in the directory.
fn with_guardian(story: Story) -> Story {
    story.know(|world| world.also_client = Some(id(2_001)))
}

fn by_guardian(capacity: Capacity, own_word: OwnWord) -> Signer {
    Signer { capacity, guardian: Some(GuardianBasis::ParentOrChild), own_word: Some(own_word) }
}

fn found(capacity: Capacity, basis: &str, on: Date) -> Command {
    Command::RecordCapacity {
        capacity, basis: basis.into(), assessor: "测试法院".into(), on, until: None
    }
}

fn give(purposes: &[Purpose], signer: Signer) -> Command {
    Command::RecordConsent { purposes: purposes.to_vec(), signer, until: None }
}

fn take(purposes: &[Purpose]) -> Command {
    Command::WithdrawConsent { purposes: purposes.to_vec() }
}

fn code(answer: Result<Change, crate::Refusal>) -> Option<String> {
    answer.err().map(|refusal| refusal.code)
}

fn some(code: RefusalCode) -> Option<String> {
    Some(code.code().to_owned())
}

#[test]
fn a_guardian_neither_gives_nor_takes_back_for_a_competent_adult() {
    let story = with_guardian(up_to(InService));
    for capacity in [Capacity::Full, Capacity::Limited, Capacity::None] {
        let signer = by_guardian(capacity, OwnWord::Agrees);
        let refusal = code(story.attempt(&guardian(), &give(&[Purpose::Contact], signer)));
        assert_eq!(refusal, some(RefusalCode::GuardianNotAllowed), "{capacity:?}");
    }
    // Not even by signing as the person.
    assert_eq!(
        code(story.attempt(&guardian(), &give(&[Purpose::Contact], own()))),
        some(RefusalCode::GuardianNotAllowed)
    );
    for purposes in [&[][..], &[Purpose::Contact], &[Purpose::Registration]] {
        assert_eq!(
            code(story.attempt(&guardian(), &take(purposes))),
            some(RefusalCode::GuardianNotAllowed),
            "{purposes:?}"
        );
    }
    let early = with_guardian(up_to(Registered));
    assert_eq!(code(early.attempt(&guardian(), &Command::Withdraw)), some(RefusalCode::GuardianNotAllowed));
    let context_offers = |actor: &Actor| {
        let context = story.world.context(CommandName::WithdrawConsent, story.today, 1);
        let offers = actions(story.case(), actor, &context, story.now);
        offers.into_iter().find(|offer| offer.command == CommandName::WithdrawConsent).unwrap().allowed
    };
    assert!(!context_offers(&guardian()) && context_offers(&client()));
    assert!(story.attempt(&client(), &take(&[Purpose::Contact])).is_ok(), "the person's own");
    // Staff that writes down what kin wants writes down kin's word.
    let for_kin = |actor: Actor| {
        let on_behalf_of = Some(OnBehalfOf { account: None, relation: "parent".into(), evidence: None });
        Actor { on_behalf_of, ..actor }
    };
    assert_eq!(
        code(story.attempt(&for_kin(worker()), &take(&[Purpose::Registration]))),
        some(RefusalCode::GuardianNotAllowed)
    );
}

#[test]
fn with_limited_capacity_the_guardian_signs_and_the_person_is_heard() {
    let day = date(2025, 3, 3);
    let story = with_guardian(up_to(InService).act(worker(), found(Capacity::Limited, "court", day)));
    let limited = |word| by_guardian(Capacity::Limited, word);
    let without_word = Signer { own_word: None, ..limited(OwnWord::Agrees) };
    let rows = [
        (Purpose::Contact, limited(OwnWord::Agrees), None),
        (Purpose::Contact, limited(OwnWord::Refuses), None),
        (Purpose::Contact, without_word, some(RefusalCode::OwnWordMissing)),
        (Purpose::Contact, own(), some(RefusalCode::GuardianNeeded)),
        (Purpose::Research, limited(OwnWord::Agrees), None),
        (Purpose::Research, limited(OwnWord::Refuses), some(RefusalCode::OwnWordNeeded)),
        (Purpose::Publicity, limited(OwnWord::CannotSay), some(RefusalCode::OwnWordNeeded)),
        (
            Purpose::Contact,
            by_guardian(Capacity::None, OwnWord::Agrees),
            some(RefusalCode::CapacityNotRecorded),
        ),
    ];
    for (purpose, signer, expected) in rows {
        let answer = story.attempt(&guardian(), &give(&[purpose], signer.clone()));
        assert_eq!(code(answer), expected, "{purpose:?} {signer:?}");
    }
    // Either voice stops.
    for who in [guardian(), client()] {
        assert!(story.attempt(&who, &take(&[Purpose::Contact])).is_ok());
    }
    let none = up_to(InService).act(worker(), found(Capacity::None, "court", day));
    let publicity = give(&[Purpose::Publicity], by_guardian(Capacity::None, OwnWord::CannotSay));
    assert_eq!(code(none.attempt(&client(), &publicity)), some(RefusalCode::NobodyMayConsent));
}

#[test]
fn a_child_needs_the_guardian_and_from_fourteen_on_both_sign() {
    let draft = |age| up_to(Draft).know(|world| world.person.age = Some(age));
    let limited = |word| by_guardian(Capacity::Limited, word);
    let rows = [
        (13, own(), some(RefusalCode::GuardianNeeded)),
        (13, limited(OwnWord::Refuses), None),
        (7, by_guardian(Capacity::None, OwnWord::CannotSay), None),
        (14, own(), some(RefusalCode::GuardianNeeded)),
        (14, limited(OwnWord::Agrees), None),
        (14, limited(OwnWord::Refuses), some(RefusalCode::OwnWordNeeded)),
        (17, limited(OwnWord::CannotSay), some(RefusalCode::OwnWordNeeded)),
        (18, own(), None),
    ];
    for (age, signer, expected) in rows {
        let answer = draft(age).attempt(&client(), &give(&[Purpose::Registration], signer.clone()));
        assert_eq!(code(answer), expected, "{age} {signer:?}");
    }
    let publicity = give(&[Purpose::Publicity], limited(OwnWord::Agrees));
    assert_eq!(code(draft(13).attempt(&client(), &publicity)), some(RefusalCode::NobodyMayConsent));
}

#[test]
fn a_guardians_application_is_registered_once_the_finding_is_recorded() {
    let sign = |capacity| {
        give(&[Purpose::Registration, Purpose::Institution], by_guardian(capacity, OwnWord::Agrees))
    };
    let register = || Command::Register(Box::new(eligible()));
    let claimed = with_guardian(Story::new())
        .act(guardian(), Command::Save(Box::new(filing())))
        .act(guardian(), sign(Capacity::Limited))
        .act(guardian(), Command::Submit);
    assert_eq!(code(claimed.attempt(&worker(), &register())), some(RefusalCode::CapacityNotRecorded));
    // Until somebody looked at it, who signed may take it back.
    assert!(claimed.attempt(&guardian(), &Command::Withdraw).is_ok());
    let other = claimed.clone().act(worker(), found(Capacity::None, "court", claimed.today));
    assert_eq!(code(other.attempt(&worker(), &register())), some(RefusalCode::CapacityNotRecorded));
    let checked = claimed.clone().act(worker(), found(Capacity::Limited, "court", claimed.today));
    assert_eq!(checked.act(worker(), register()).state(), Registered);
    // Who is found competent is asked, and the guardian's signature is worth nothing.
    let full = claimed.act(worker(), found(Capacity::Full, "medical", date(2025, 3, 3)));
    assert!(full.has_task(Task::AskAgain));
    assert_eq!(code(full.attempt(&worker(), &register())), some(RefusalCode::CapacityNotRecorded));
}

#[test]
fn only_who_has_seen_the_paper_records_a_finding() {
    let story = with_guardian(up_to(InService));
    let finding = |basis: &str| found(Capacity::Limited, basis, story.today);
    assert_eq!(code(story.attempt(&guardian(), &finding("court"))), some(RefusalCode::WrongRole));
    assert_eq!(code(story.attempt(&case_manager(), &finding("court"))), some(RefusalCode::WrongRole));
    for basis in ["diagnosis", "", "own_income"] {
        assert_eq!(
            code(story.attempt(&worker(), &finding(basis))),
            some(RefusalCode::FindingInvalid),
            "{basis}"
        );
    }
    let seen = story.clone().act(worker(), finding("medical"));
    let recorded = seen.case().finding.clone().unwrap();
    assert_eq!((recorded.source.as_str(), recorded.until), ("medical", Some(date(2025, 9, 3))));
    assert_eq!(replay(&seen.events).unwrap(), *seen.case());
}

#[test]
fn capacity_regained_asks_the_person_again() {
    let story = up_to(InService).act(worker(), found(Capacity::Limited, "court", date(2025, 3, 3)));
    let story =
        story.act(client(), give(&[Purpose::Contact], by_guardian(Capacity::Limited, OwnWord::Agrees)));
    let again = story.act(worker(), found(Capacity::Full, "court", date(2025, 3, 3)));
    assert!(again.has_task(Task::AskAgain));
    let answered = again.act(client(), give(&[Purpose::Contact], own()));
    assert!(answered.case().standing().all(|given| given.signer.guardian.is_none()));
    assert!(Task::AskAgain.is_done_by(&answered.events.last().unwrap().event));
}

#[test]
fn somebody_is_asked_again_on_coming_of_age_before_the_end_and_for_a_new_text() {
    let born = date(2011, 5, 20);
    let young = |world: &mut World| {
        world.person.born_on = Some(born);
        world.person.age = Some(13);
    };
    let sign =
        give(&[Purpose::Registration, Purpose::Institution], by_guardian(Capacity::Limited, OwnWord::Agrees));
    let story = Story::new().know(young).act(client(), Command::Save(Box::new(filing()))).act(client(), sign);
    assert_eq!(story.case().ask_on(), Some(date(2025, 5, 20)), "the fourteenth birthday");
    let early = story.clone().on(date(2025, 5, 19));
    assert_eq!(code(early.attempt(&system(), &Command::AskAgain)), some(RefusalCode::NothingToAsk));
    let asked = story.clone().on(date(2025, 5, 20)).act(system(), Command::AskAgain);
    assert!(asked.has_task(Task::AskAgain));
    assert_eq!(
        code(asked.attempt(&system(), &Command::AskAgain)),
        some(RefusalCode::NothingToAsk),
        "told once"
    );

    let adult = up_to(InService);
    let given = adult.case().consents.first().unwrap().clone();
    assert_eq!(
        (given.version, given.until),
        (1, Some(given.on.saturating_add(jiff::Span::new().months(24))))
    );
    assert_eq!(given.ask_on, given.until.map(|last| last.saturating_sub(jiff::Span::new().days(30))));
    assert_eq!(code(adult.attempt(&system(), &Command::AskAgain)), some(RefusalCode::NothingToAsk));
    let mut newer = adult.clone();
    newer.world.texts.renew(Purpose::Institution, adult.today);
    let asked = newer.act(system(), Command::AskAgain);
    let last = asked.events.last().unwrap();
    assert!(matches!(&last.event, Event::AskedAgain { purposes, .. } if *purposes == [Purpose::Institution]));
    let renewed = asked.act(client(), give(&[Purpose::Institution], own()));
    let version = |purpose| renewed.case().standing().find(|given| given.purpose == purpose).unwrap().version;
    assert_eq!((version(Purpose::Institution), version(Purpose::Registration)), (2, 1));
}

#[test]
fn a_stage_evaluation_asks_again_for_what_ends_before_the_next() {
    let evaluate = || Command::StageEvaluation { decision: StageDecision::Continue };
    let fresh = up_to(InService).act(assessor(), evaluate());
    assert!(!fresh.has_task(Task::AskAgain));
    let mut newer = up_to(InService);
    newer.world.texts.renew(Purpose::Registration, newer.today);
    assert!(newer.act(assessor(), evaluate()).has_task(Task::AskAgain));
    let mut ending = up_to(InService);
    let until = Some(ending.today.saturating_add(jiff::Span::new().days(60)));
    ending = ending.act(
        client(),
        Command::RecordConsent { purposes: vec![Purpose::Registration], signer: own(), until },
    );
    assert!(ending.act(assessor(), evaluate()).has_task(Task::AskAgain));
}
