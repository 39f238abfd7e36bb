//! What follows from a decision beyond the state: effects of reasons, places, split packages, linked cases.

use jiff::civil::date;

use super::fixture::*;
use crate::account::Role;
use crate::form::FormSummary;
use crate::referral::State::*;
use crate::referral::*;

fn decline(code: &str) -> Command {
    Command::Decline { reason: code.to_owned() }
}

fn seeds(story: &Story) -> Vec<&Seed> {
    fn seed(effect: &Effect) -> Option<&Seed> {
        match effect {
            Effect::Open { seed } => Some(seed),
            _ => None,
        }
    }
    story.effects.iter().filter_map(seed).collect()
}

#[test]
fn each_reason_to_decline_has_its_effect() {
    // code, cool-down until, count challenged, complaint check, re-assessment first
    let rows = [
        ("D1", Some(date(2025, 3, 17)), true, false, false),
        ("D2", Some(date(2026, 3, 3)), false, false, false),
        ("D3", Some(date(2025, 8, 30)), false, false, false),
        ("D4", Some(date(2025, 5, 2)), false, true, true),
        ("D5", None, false, true, false),
    ];
    for (code, cool, challenge, complaint, reassess) in rows {
        let story = up_to(Referred).act(manager(), decline(code));
        assert_eq!(story.case().offers[0].cool_until, cool, "{code}");
        assert_eq!(story.has_task(Task::ChallengeCapacity), challenge, "{code}");
        assert_eq!(story.has_task(Task::ComplaintCheck), complaint, "{code}");
        assert_eq!(story.has_task(Task::Reassess), reassess, "{code}");
        let next = story.effects.contains(&Effect::OfferNext { institution: id(SECOND_HOUSE) });
        assert_eq!(next, !reassess, "{code}: the next of the agreed order is offered");
        let again = story.attempt(&worker(), &refer_to(HOUSE));
        match (reassess, cool) {
            (true, _) => assert_eq!(again.unwrap_err(), RefusalCode::ReassessmentNeeded, "{code}"),
            (false, Some(day)) => {
                assert_eq!(again.unwrap_err(), RefusalCode::CoolingDown, "{code}");
                assert!(
                    story.on(day).attempt(&worker(), &refer_to(HOUSE)).is_ok(),
                    "{code}: not locked out for ever"
                );
            }
            (false, None) => assert!(again.is_ok(), "{code}"),
        }
    }
}

#[test]
fn no_place_is_challenged_only_while_the_count_shows_one() {
    let lowered = up_to(Referred).know(|world| {
        world.house(HOUSE).places.reserved = 1;
        world.house(HOUSE).places.blocked = 10;
    });
    assert!(!lowered.act(manager(), decline("D1")).has_task(Task::ChallengeCapacity));
    let own_place_only = up_to(Referred).know(|world| {
        world.house(HOUSE).places.reserved = 1;
        world.house(HOUSE).places.in_service = 9;
    });
    assert!(own_place_only.act(manager(), decline("D1")).has_task(Task::ChallengeCapacity));
}

#[test]
fn a_reassessment_opens_the_way_again() {
    let story = up_to(Referred).act(manager(), decline("D4")).after_days(5);
    let seen = form(crate::form::FormCode::F4, story.today);
    let story = story.act_with(worker(), Command::StoreForm, vec![seen]);
    assert!(story.attempt(&worker(), &refer_to(SECOND_HOUSE)).is_ok());
}

#[test]
fn the_second_decline_goes_to_civil_affairs() {
    let story = up_to(Referred).act(manager(), decline("D1")).act(system(), refer_to(SECOND_HOUSE));
    assert_eq!(story.case().offered_to(), Some(id(SECOND_HOUSE)));
    let story = story.act(second_manager(), decline("D3"));
    assert!(story.has_task(Task::SecondDecline));
    assert!(!story.effects.iter().any(|effect| matches!(effect, Effect::OfferNext { .. })));
    let refusal = story.attempt(&worker(), &refer_to(THIRD_HOUSE)).unwrap_err();
    assert_eq!(refusal, RefusalCode::CivilAffairsDecides);
    assert_eq!(story.act(officer(), refer_to(THIRD_HOUSE)).state(), Referred);
}

#[test]
fn silence_takes_the_offer_back_and_never_closes() {
    let story = up_to(Referred).on(date(2025, 3, 7)).act(system(), Command::RecallSilent);
    assert_eq!(story.state(), Registered);
    assert!(story.effects.contains(&Effect::LateAnswer { institution: id(HOUSE) }));
    assert!(story.effects.contains(&Effect::OfferNext { institution: id(SECOND_HOUSE) }));
    assert_eq!(story.events.last().unwrap().deadline_met, Some(false));
    assert_eq!(story.case().place, None);
    assert_eq!(story.case().cooling_until(id(HOUSE), story.today), Some(date(2025, 4, 6)));
}

#[test]
fn a_place_is_held_used_and_given_back() {
    let hold = |story: &Story| story.case().place.as_ref().map(|place| place.hold);
    let until = Some(date(2025, 3, 6));
    assert_eq!(hold(&up_to(Referred)), Some(Hold::Reserved { until }), "until the end of K3");
    assert_eq!(hold(&up_to(Accepted)), Some(Hold::Reserved { until: None }));
    assert_eq!(hold(&up_to(InService)), Some(Hold::Occupied));
    assert_eq!(hold(&up_to(Hospital)), Some(Hold::Reserved { until: None }));
    for end in [NotSuitable, Closed, Transferred, Withdrawn, Ended] {
        assert_eq!(hold(&up_to(end)), None, "{end:?}");
    }
}

#[test]
fn a_half_accepted_package_becomes_two_more_cases_and_the_parent_waits_for_them() {
    let story = up_to(Referred);
    let answer = |service: &str, answer| ItemAnswer { service: service.to_owned(), answer };
    let answers = vec![
        answer("S1", Answer::Yes { from: date(2025, 3, 10) }),
        answer("S4", Answer::No { reason: "D1".into() }),
        answer("S6", Answer::WaitList { position: 3 }),
    ];
    let story = story.act(manager(), Command::Accept { case_manager: id(7), answers });
    let case = story.case().clone();
    assert_eq!(case.decision(), DecisionTrack::AcceptedInPart);
    assert_eq!(case.filing.package.services(), ["S1"]);
    let opened = seeds(&story);
    let summary: Vec<_> =
        opened.iter().map(|seed| (seed.state, seed.filing.package.services(), seed.waiting_at)).collect();
    assert_eq!(
        summary,
        [(Registered, vec!["S4".to_owned()], None), (Waiting, vec!["S6".to_owned()], Some(id(HOUSE)))]
    );
    for seed in &opened {
        assert_eq!((seed.parent, seed.episode), (Some(case.id), case.episode));
        assert_eq!(seed.consents, case.consents, "the same consent");
        let context = story.world.context(CommandName::Refer, story.today, 90);
        let change = open((*seed).clone(), &system(), &context, story.now);
        let child = replay(&change.events).unwrap();
        assert_eq!((child.state, child.version), (seed.state, 1));
        assert!(invariants::broken(&child, &change.events).is_empty());
    }
    let children: Vec<_> = opened.iter().map(|seed| seed.id).collect();
    let today = story.today;
    let story = story
        .act(assessor(), assess())
        .act(case_manager(), agree(today))
        .act(case_manager(), Command::ProposeClosure { reason: reason("C5") });
    let approve = || Command::ApproveClosure { client_told: true, follow_up_plan: true };
    assert_eq!(story.attempt(&manager(), &approve()).unwrap_err(), RefusalCode::ChildrenOpen);
    let story = story.act(system(), Command::ChildEnded { child: children[0] });
    assert_eq!(story.attempt(&manager(), &approve()).unwrap_err(), RefusalCode::ChildrenOpen);
    let story = story.act(system(), Command::ChildEnded { child: children[1] });
    assert_eq!(story.act(manager(), approve()).state(), Closed);
}

#[test]
fn consent_taken_back_stops_processing_in_every_state() {
    let take = || Command::WithdrawConsent { purposes: vec![] };
    for state in State::ALL {
        let story = up_to(state).act(client(), take());
        let expected = match state {
            Agreed | InService | Suspended | Hospital | Closing => (Closing, Some("C4")),
            Closed => (Ended, Some("Z2")),
            end if end.is_end() => (end, story.case().reason.as_deref()),
            _ => (Withdrawn, Some("V2")),
        };
        assert_eq!((story.state(), story.case().reason.as_deref()), expected, "from {state:?}");
        assert!(story.effects.contains(&Effect::RestrictData));
        assert!(invariants::broken(story.case(), &story.events).is_empty(), "{state:?}");
        if story.state() == Closing {
            let refuse = Command::RefuseClosure { reason: reason("B1") };
            assert_eq!(story.attempt(&manager(), &refuse).unwrap_err(), RefusalCode::ConsentWithdrawn);
            let approve = Command::ApproveClosure { client_told: true, follow_up_plan: false };
            let closed = story.act(manager(), approve);
            assert_eq!((closed.state(), closed.case().visits_planned.len()), (Closed, 0));
            assert_eq!(closed.act(system(), Command::EndAfterVisits).state(), Ended);
        }
    }
}

#[test]
fn consent_taken_back_for_one_purpose_stops_that_purpose_alone() {
    use Purpose::*;
    for purpose in Purpose::ALL {
        for state in State::ALL {
            let before = up_to(state);
            let ends = match purpose {
                Registration => true,
                Institution => {
                    ![Draft, Submitted, Supplement, Lapsed, Rejected, Registered, Waiting].contains(&state)
                }
                Departments | FileTransfer | Contact | Research | Publicity => false,
            };
            let story = before.clone().act(client(), Command::WithdrawConsent { purposes: vec![purpose] });
            let restricted = story.effects.contains(&Effect::RestrictData);
            assert_eq!(restricted, ends, "{purpose:?} from {state:?}");
            assert!(ends || story.state() == state, "{purpose:?} from {state:?}");
            let today = story.today;
            for other in Purpose::ALL {
                let standing = story.case().has_consent(other, today);
                let expected = other != purpose && before.case().has_consent(other, today);
                assert_eq!(standing, expected, "{purpose:?} from {state:?}: {other:?}");
            }
            assert!(invariants::broken(story.case(), &story.events).is_empty(), "{purpose:?} {state:?}");
        }
    }
}

#[test]
fn each_purpose_taken_back_stops_what_it_was_given_for() {
    let take = |purpose| Command::WithdrawConsent { purposes: vec![purpose] };
    let no_offer = up_to(Registered).act(client(), take(Purpose::Institution));
    assert_eq!(no_offer.attempt(&worker(), &refer_to(HOUSE)).unwrap_err(), RefusalCode::ConsentMissing);
    let again = no_offer.act(client(), consent(&[Purpose::Institution]));
    assert!(again.attempt(&worker(), &refer_to(HOUSE)).is_ok());

    let to = Command::ProposeTransfer { county: OTHER_COUNTY, office: id(OTHER_OFFICE) };
    let stays = up_to(Registered).act(worker(), to.clone()).act(client(), take(Purpose::FileTransfer));
    assert_eq!(stays.case().transfer, None, "the other office has nothing to see any more");
    let told = Party::Office(id(OTHER_OFFICE));
    assert!(stays.effects.contains(&Effect::Message { kind: Message::EndNotice, to: told, due: None }));
    assert_eq!(stays.attempt(&worker(), &to).unwrap_err(), RefusalCode::ConsentMissing);

    let left_in_peace = up_to(Closed).act(client(), take(Purpose::Contact));
    let today = left_in_peace.today;
    let call = Command::RecordContactAttempt { on: today, way: "phone".into(), reached: false };
    let visit = Command::ReturnVisit { on: today, action: VisitAction::None };
    for command in [call, visit] {
        let refusal = left_in_peace.attempt(&case_manager(), &command).unwrap_err();
        assert_eq!(refusal, RefusalCode::ConsentMissing, "{command:?}");
    }
}

#[test]
fn an_institution_that_is_no_longer_listed_gives_its_offers_back_without_blame() {
    let listed = up_to(Referred);
    assert_eq!(listed.attempt(&system(), &unlisted(1)).unwrap_err(), RefusalCode::StillListed);
    let story = listed.know(|world| world.house(HOUSE).listed = false).act(system(), unlisted(1));
    assert_eq!((story.state(), story.case().place.clone()), (Registered, None));
    assert_eq!(story.case().offers[0].outcome, OfferOutcome::Recalled);
    assert!(story.effects.contains(&Effect::OfferNext { institution: id(SECOND_HOUSE) }));
    let blamed = |effect: &Effect| matches!(effect, Effect::LateAnswer { .. } | Effect::Breach { .. });
    assert!(!story.effects.iter().any(blamed));
}

#[test]
fn whom_an_unlisted_institution_serves_is_referred_on_by_the_desk() {
    for state in [Accepted, Assessed, Agreed, InService, Suspended, Hospital, Closing, Closed] {
        let story = up_to(state).know(|world| world.house(HOUSE).listed = false).act(system(), unlisted(1));
        assert_eq!(story.state(), state, "nobody is stranded");
        assert!(story.has_task(Task::ReferOn), "{state:?}");
        let again = story.attempt(&system(), &unlisted(1)).unwrap_err();
        assert_eq!(again, RefusalCode::AlreadyAnswered, "each end of a listing counts once");
        assert!(story.attempt(&system(), &unlisted(2)).is_ok(), "suspended, then removed");
    }
}

#[test]
fn a_suspension_that_lasts_too_long_is_told_and_closes_nothing() {
    let story = up_to(Suspended);
    let until = story.case().suspension.clone().unwrap().until;
    let early = story.clone().on(until);
    assert_eq!(early.attempt(&system(), &Command::SuspensionOver).unwrap_err(), RefusalCode::TermNotOver);
    let late = story.on(until).after_days(1).act(system(), Command::SuspensionOver);
    assert_eq!(late.state(), Suspended);
    assert!(late.has_task(Task::Contact));
    let clock = crate::clock::Clock::K14;
    assert!(late.effects.contains(&Effect::Breach { clock, due: until }));
    assert_eq!(late.attempt(&system(), &Command::SuspensionOver).unwrap_err(), RefusalCode::TermNotOver);
    let back = form(crate::form::FormCode::F4, late.today);
    assert_eq!(late.act_with(case_manager(), Command::Resume, vec![back]).state(), InService);
}

#[test]
fn civil_affairs_closes_on_the_signature_of_the_case_manager() {
    use crate::form::{FormCode, Signatory};
    let approve = || Command::ApproveClosure { client_told: true, follow_up_plan: true };
    let mut story = up_to(InService);
    let draft = FormSummary { signed: vec![Signatory::CaseManager], ..form(FormCode::F10, story.today) };
    story = story.act_with(case_manager(), Command::ProposeClosure { reason: reason("C5") }, vec![draft]);
    story.world.forms = Some(vec![]);
    assert_eq!(story.attempt(&manager(), &approve()).unwrap_err(), RefusalCode::FormUnsigned);
    assert_eq!(story.act(officer(), approve()).state(), Closed);
}

#[test]
fn a_competent_persons_no_ends_the_case() {
    let no = || Command::RecordWord { word: PersonWord::Refuses };
    let early = up_to(Referred).act(client(), no());
    assert_eq!((early.state(), early.case().reason.as_deref()), (Withdrawn, Some("V3")));
    let late = up_to(InService).act(client(), no());
    assert_eq!((late.state(), late.case().reason.as_deref()), (Closing, Some("C4")));
    assert_eq!(late.case().word, PersonWord::Refuses);
    let doubt = up_to(InService).act(client(), Command::RecordWord { word: PersonWord::Disputes });
    assert_eq!(doubt.state(), InService, "a dispute is heard, the decision is another track");
    assert!(doubt.has_task(Task::HearPerson));
}

#[test]
fn an_emergency_tells_those_who_must_know() {
    let party = |story: &Story| -> Vec<Party> {
        let emergency = |effect: &Effect| match effect {
            Effect::Task { kind: Task::Emergency, to, .. } => Some(*to),
            _ => None,
        };
        story.effects.iter().filter_map(emergency).collect()
    };
    let request = |trigger, risk_grade, danger_to_others| {
        Command::ReturnToHospital(Box::new(HospitalRequest {
            triggers: vec![trigger],
            risk_grade,
            danger_to_others,
            hospital: id(HOSPITAL),
        }))
    };
    let (doctor, kin, police) = (Party::PrimaryDoctor, Party::Guardian, Party::Police);
    let rows = [
        (Trigger::RiskGrade, 3, true, vec![doctor, kin, police]),
        (Trigger::RiskGrade, 3, false, vec![doctor, kin]),
        (Trigger::Unstable, 1, true, vec![doctor, kin]),
        (Trigger::Suicidal, 0, false, vec![doctor, kin]),
        (Trigger::DrugReaction, 0, false, vec![doctor, kin]),
        (Trigger::AcutePhysical, 0, false, vec![]),
        (Trigger::StoppedDrugs, 0, false, vec![]),
    ];
    for (trigger, grade, danger, expected) in rows {
        let story = up_to(InService).act(case_manager(), request(trigger, grade, danger));
        assert_eq!(party(&story), expected, "{trigger:?} {grade} {danger}");
    }
}

#[test]
fn a_move_hands_the_case_over_only_when_the_other_county_takes_it() {
    let story = up_to(Transferred);
    let opened = seeds(&story);
    let seed = opened.first().unwrap();
    assert_eq!(
        (seed.state, seed.filing.county, seed.filing.office),
        (Registered, OTHER_COUNTY, id(OTHER_OFFICE))
    );
    assert_eq!((seed.previous, Some(seed.id)), (Some(story.case().id), story.case().links.next));
    let context = story.world.context(CommandName::Refer, story.today, 90);
    let change = open((*seed).clone(), &system(), &context, story.now);
    assert!(replay(&change.events).unwrap().clocks.contains_key(&crate::clock::Clock::K2));
}

#[test]
fn the_end_of_a_contract_strands_nobody() {
    let story = up_to(InService)
        .act(assessor(), Command::StageEvaluation { decision: StageDecision::Refer })
        .act(case_manager(), Command::ProposeClosure { reason: reason("C9") })
        .act(manager(), Command::ApproveClosure { client_told: true, follow_up_plan: true });
    assert_eq!(seeds(&story).first().map(|seed| seed.state), Some(Registered));
}

#[test]
fn a_closed_person_comes_back_into_the_same_episode_for_six_months() {
    for (day, same) in [(date(2025, 9, 3), true), (date(2025, 9, 4), false)] {
        let story = up_to(Closed).on(day);
        let story = story.act(client(), Command::ReEnter { needs: vec![], signer: own() });
        let episode = story.case().episode;
        let opened = seeds(&story);
        assert_eq!(opened[0].episode == episode, same, "{day}");
        assert_eq!((opened[0].state, opened[0].previous), (Submitted, Some(story.case().id)));
    }
}

#[test]
fn two_filings_of_one_day_become_one_case_with_two_sources() {
    let first = up_to(Submitted);
    let lead = Story::new()
        .act(committee(), Command::Save(Box::new(filing())))
        .act(committee(), Command::Submit)
        .know(|world| world.other_open_case = Some(id(10_000)))
        .act(worker(), Command::ProposeRejection { reason: reason("R3") })
        .act(officer(), Command::ConfirmRejection { notice_sent: true });
    let join = |effect: &Effect| match effect {
        Effect::AddSource { case, source } => Some((*case, source.clone())),
        _ => None,
    };
    let (case, source) = lead.effects.iter().find_map(join).unwrap();
    assert_eq!(case, id(10_000));
    let joined = first.act(system(), Command::AddSource(Box::new(source)));
    let roles: Vec<Role> = joined.case().sources.iter().map(|source| source.role).collect();
    assert_eq!(roles, [Role::Client, Role::Committee]);
}

#[test]
fn every_sender_gets_feedback_to_acknowledge_within_five_working_days() {
    let mut story = Story::new().act(doctor(), Command::Save(Box::new(filing())));
    story = story.act(doctor(), consent(&Purpose::ALL)).act(doctor(), Command::Submit);
    story = story.act(worker(), Command::Register(Box::new(eligible()))).act(worker(), refer_to(HOUSE));
    let today = story.today;
    story = story.act(manager(), accept()).act(assessor(), assess()).act(case_manager(), agree(today));
    story = story.act(case_manager(), Command::ProposeClosure { reason: reason("C5") });
    story = story.act(manager(), Command::ApproveClosure { client_told: true, follow_up_plan: true });
    let letters = &story.case().feedback;
    assert_eq!((letters.len(), letters[0].due), (1, date(2025, 3, 10)));
    let colleague = someone(22, Role::Doctor, HOSPITAL);
    let story = story.act(colleague, Command::AcknowledgeFeedback);
    assert_eq!(story.case().feedback[0].acknowledged, Some(today));
}

#[test]
fn a_death_ends_the_other_parts_of_the_episode() {
    let answers = ["S1", "S4", "S6"].map(|service| ItemAnswer {
        service: service.to_owned(),
        answer: if service == "S1" {
            Answer::Yes { from: date(2025, 3, 3) }
        } else {
            Answer::No { reason: "D1".into() }
        },
    });
    let story =
        up_to(Referred).act(manager(), Command::Accept { case_manager: id(7), answers: answers.to_vec() });
    let child = *story.case().links.children.keys().next().unwrap();
    let story = story.act(
        case_manager(),
        Command::Death { on: date(2025, 3, 3), source: "family".into(), cause: "x".into() },
    );
    assert!(story.effects.contains(&Effect::RepeatOn { case: child }));
}

#[test]
fn the_shortlist_explains_its_order() {
    let story = up_to(Registered).know(|world| {
        world.house(SECOND_HOUSE).services = vec!["S1".into()];
        world.house(THIRD_HOUSE).division = 370_103_001_001;
        world.house(THIRD_HOUSE).answered = (1, 4);
        let mut full = house(204);
        full.places.in_service = 10;
        world.institutions.push(full);
        let mut gone = house(205);
        gone.listed = false;
        world.institutions.push(gone);
    });
    let context = story.world.context(CommandName::Refer, story.today, 1);
    let list = shortlist(story.case(), &context, story.today);
    let order: Vec<_> = list.candidates.iter().map(|candidate| candidate.institution).collect();
    assert_eq!(order, [id(HOUSE), id(THIRD_HOUSE), id(SECOND_HOUSE)], "wish, then services before nearness");
    let first: Vec<_> =
        list.candidates[0].points.iter().map(|point| (point.criterion, point.points)).collect();
    assert_eq!(first[0], (Criterion::Preference, 1000));
    assert_eq!(first[1], (Criterion::Services, 300));
    assert_eq!(list.candidates[0].score, first.iter().map(|(_, points)| points).sum::<i64>());
    let out: Vec<_> = list.excluded.iter().map(|row| (row.institution, row.why)).collect();
    assert_eq!(out, [(id(204), RefusalCode::NoFreePlace), (id(205), RefusalCode::NotListed)]);
    let many = story.clone().know(|world| world.institutions = (300..340).map(house).collect());
    let context = many.world.context(CommandName::Refer, many.today, 1);
    assert_eq!(shortlist(many.case(), &context, many.today).candidates.len(), 20);
}

#[test]
fn events_in_any_order_and_twice_make_the_same_case() {
    let mut story = up_to(Ended);
    story.events.extend(story.events.clone());
    let (mut shuffled, case) = (story.events.clone(), story.case().clone());
    for round in 1..200_usize {
        let length = shuffled.len();
        shuffled.swap(round % length, (round * 7 + 3) % length);
        assert_eq!(replay(&shuffled).unwrap(), case);
    }
    shuffled.retain(|recorded| recorded.sequence != 3);
    assert_eq!(replay(&shuffled).unwrap_err(), ReplayError::Gap { expected: 3, found: 4 });
    assert_eq!(replay(&[]).unwrap_err(), ReplayError::Empty);
}
