//! Every transition: from, command, actor → to, clocks.

use jiff::civil::date;

use super::fixture::*;
use crate::account::Actor;
use crate::clock::{Clock, Stage};
use crate::form::FormCode;
use crate::referral::State::*;
use crate::referral::*;

/// Clocks that run (or are frozen) in the case.
fn alive(story: &Story) -> Vec<Clock> {
    story.case().clocks.iter().filter(|(_, run)| run.is_alive()).map(|(clock, _)| *clock).collect()
}

fn moves(rule: &str, story: Story, actor: Actor, command: Command, to: State, clocks: &[Clock]) -> Story {
    let story = story.act(actor, command);
    let last = story.events.last().unwrap();
    assert_eq!((story.state(), alive(&story).as_slice()), (to, clocks), "{rule}");
    assert_eq!(last.rule, rule);
    assert_eq!(invariants::broken(story.case(), &story.events), Vec::<&str>::new(), "{rule}");
    assert_eq!(replay(&story.events).unwrap(), *story.case(), "{rule}");
    story
}

#[test]
fn t1_to_t7_application_and_registration() {
    let save = || Command::Save(Box::new(filing()));
    moves("T1", Story::new(), client(), save(), Draft, &[]);
    moves("T1", Story::new(), doctor(), save(), Draft, &[]);
    moves("T1", Story::new(), committee(), save(), Draft, &[]);
    moves("T1", up_to(Draft), client(), save(), Draft, &[]);
    moves("T1", up_to(Draft).after_days(31), system(), Command::ExpireDraft, Lapsed, &[]);
    moves("T2", up_to(Draft), client(), Command::Submit, Submitted, &[Clock::K1]);
    let items = vec!["diagnosis".to_owned()];
    let ask = Command::AskSupplement { items: items.clone() };
    moves("T3", up_to(Submitted), worker(), ask, Supplement, &[Clock::K10]);
    let answer = Command::Resubmit { answered: items };
    moves("T4", up_to(Supplement), client(), answer, Submitted, &[Clock::K1]);
    moves("T5", up_to(Supplement).after_days(30), system(), Command::ExpireSupplement, Lapsed, &[]);
    let propose = Command::ProposeRejection { reason: reason("R1") };
    let story = moves("T6", up_to(Submitted), worker(), propose, Submitted, &[Clock::K1]);
    let confirm = Command::ConfirmRejection { notice_sent: true };
    let story = moves("T6", story, officer(), confirm, Rejected, &[]);
    let story = moves("T6b", story, client(), Command::Object { document: None }, Rejected, &[Clock::K13]);
    moves("T6b", story.clone(), second_officer(), Command::UpholdObjection, Submitted, &[Clock::K1]);
    let dismiss = Command::DismissObjection { reason: reason("R1") };
    moves("T6b", story, second_officer(), dismiss, Rejected, &[]);
    let register = Command::Register(Box::new(eligible()));
    moves("T7", up_to(Submitted), worker(), register, Registered, &[Clock::K2]);
}

#[test]
fn t8_to_t13_referral() {
    moves("T8", up_to(Registered), worker(), refer_to(HOUSE), Referred, &[Clock::K3]);
    let queue = Command::Queue { reason: reason("Q2"), priority: 1 };
    let full = up_to(Registered).know(|world| world.institutions.clear());
    moves("T9", full, worker(), queue, Waiting, &[]);
    let free = Command::PlaceFree { institution: id(HOUSE) };
    moves("T10", up_to(Waiting), system(), free, Registered, &[Clock::K2]);
    let decline = Command::Decline { reason: reason("D3") };
    moves("T11", up_to(Referred), manager(), decline, Registered, &[Clock::K2]);
    moves("T12", up_to(Referred).after_days(5), system(), Command::RecallSilent, Registered, &[Clock::K2]);
    let story = up_to(Referred).know(|world| world.house(HOUSE).listed = false);
    moves("T12", story, system(), unlisted(1), Registered, &[Clock::K2]);
    moves("T13", up_to(Referred), manager(), accept(), Accepted, &[Clock::K4]);
}

#[test]
fn t14_to_t20_assessment_and_service() {
    moves("T14", up_to(Accepted), assessor(), assess(), Assessed, &[Clock::K5]);
    let story = moves("T15", found_not_suitable(), assessor(), not_suitable(), Assessed, &[]);
    moves("T15", story, worker(), not_suitable(), NotSuitable, &[]);
    let story = up_to(Assessed);
    let sign = agree(story.today);
    moves("T16", story, case_manager(), sign, Agreed, &[Clock::K6]);
    let story = up_to(Agreed);
    let first = Command::FirstSession { session: id(70), on: story.today };
    moves("T17", story, case_manager(), first, InService, &[Clock::K7]);
    let evaluation = Command::StageEvaluation { decision: StageDecision::Continue };
    moves("T18", up_to(InService), assessor(), evaluation, InService, &[Clock::K7]);
    let story = up_to(InService);
    let until = story.today.saturating_add(jiff::Span::new().days(90));
    let pause = Command::Suspend { reason: reason("P1"), until };
    let story = moves("T19", story, case_manager(), pause, Suspended, &[Clock::K7, Clock::K14]);
    moves("T20", story.after_days(30), case_manager(), Command::Resume, InService, &[Clock::K7]);
}

#[test]
fn t21_to_t23_hospital() {
    for state in [Accepted, Assessed, Agreed, InService, Suspended] {
        let story = up_to(state);
        let on = story.today;
        let story = story.act_with(case_manager(), hospital(), vec![slip("sent", on)]);
        assert_eq!(story.state(), state);
        assert!(story.case().clocks[&Clock::K11].is_running());
        moves("T21", story, doctor(), Command::ConfirmHospital { on }, Hospital, &[]);
    }
    let story = up_to(Hospital).after_days(20);
    let out = Command::Discharge { on: story.today };
    let story = moves("T22", story, doctor(), out, Accepted, &[Clock::K12]);
    moves("T14", story, assessor(), assess(), Assessed, &[Clock::K5]);
    let stay = Command::DischargeNotSuitable { long_stay: true };
    let story = moves("T23", up_to(Hospital).after_days(91), case_manager(), stay.clone(), Hospital, &[]);
    let story = moves("T23", story, officer(), stay, Closed, &[Clock::K9]);
    assert_eq!(story.case().reason.as_deref(), Some("C3"));
}

#[test]
fn t24_to_t26_closure_and_transfer() {
    for state in [Agreed, InService, Suspended] {
        let propose = Command::ProposeClosure { reason: reason("C5") };
        let story = up_to(state).act(case_manager(), propose);
        assert_eq!(story.state(), Closing);
        assert!(story.case().clocks[&Clock::K8].is_running());
        let refuse = Command::RefuseClosure { reason: reason("B1") };
        let story = story.act(manager(), refuse);
        assert_eq!(story.state(), state, "T25b returns to where it came from");
    }
    let approve = Command::ApproveClosure { client_told: true, follow_up_plan: true };
    moves("T25", up_to(Closing), manager(), approve.clone(), Closed, &[Clock::K9]);
    moves("T25", up_to(Closing), officer(), approve, Closed, &[Clock::K9]);
    for state in [Registered, Waiting, Referred, Accepted, Assessed, Agreed, InService, Suspended] {
        let to = Command::ProposeTransfer { county: OTHER_COUNTY, office: id(OTHER_OFFICE) };
        let story = up_to(state).act(worker(), to);
        assert_eq!(story.state(), state);
        let kept = story.clone().act(worker_there(), Command::RefuseTransfer { reason: reason("B2") });
        assert_eq!(kept.state(), state);
        moves("T26", story, worker_there(), Command::ConfirmTransfer, Transferred, &[]);
    }
}

#[test]
fn t27_withdrawal_and_cancellation() {
    for state in [Draft, Submitted, Supplement, Registered, Waiting, Referred, Accepted, Assessed] {
        let story = moves("T27", up_to(state), client(), Command::Withdraw, Withdrawn, &[]);
        assert_eq!(story.case().reason.as_deref(), Some("V1"));
    }
    for state in [Registered, Waiting, Referred, Accepted, Assessed] {
        let mut story = up_to(state);
        for _ in 0..3 {
            let on = story.today;
            let call = Command::RecordContactAttempt { on, way: "phone".into(), reached: false };
            story = story.act(worker(), call).after_days(1);
        }
        let cancel = Command::Cancel { reason: reason("X1") };
        moves("T27b", story, worker(), cancel, Withdrawn, &[]);
    }
}

#[test]
fn t28_to_t31_follow_up() {
    let story = up_to(Closed);
    let planned = story.case().visits_planned.clone();
    assert_eq!(
        planned,
        [date(2025, 4, 3), date(2025, 6, 3), date(2025, 9, 3), date(2026, 3, 3)],
        "1, 3, 6 and 12 months after 3 March 2025"
    );
    let mut story = story;
    for (index, day) in planned.iter().enumerate() {
        assert_eq!(story.case().clocks[&Clock::K9].term.date, *day);
        let visit = Command::ReturnVisit { on: *day, action: VisitAction::None };
        let left: &[Clock] = if index == 3 { &[] } else { &[Clock::K9] };
        story = moves("T28", story.on(*day), case_manager(), visit, Closed, left);
        assert_eq!(story.events.last().unwrap().deadline_met, Some(true));
    }
    moves("T30", story, system(), Command::EndAfterVisits, Ended, &[]);
    let back = Command::ReEnter { needs: vec!["S6".into()], signer: own() };
    let story = moves("T29", up_to(Closed), client(), back, Closed, &[]);
    moves("T30", story, system(), Command::EndAfterVisits, Ended, &[]);
    let death = |on| Command::Death { on, source: "family".into(), cause: "physical".into() };
    for state in State::ALL.into_iter().filter(|state| state.is_open()) {
        let story = up_to(state);
        let on = story.today;
        let story = story.act(worker(), death(on));
        let last = &story.events[story.events.len() - 2..];
        assert_eq!((last[0].to, last[1].to), (Closed, Ended), "T31 from {state:?}");
        assert_eq!(last[0].reason.as_deref(), Some("C7"));
        assert!(alive(&story).is_empty());
        assert_eq!(story.case().place, None);
    }
}

#[test]
fn clocks_end_on_the_days_of_the_calendar() {
    // Start on a working day of the 2025 notice of the State Council.
    let rows = [
        (date(2025, 1, 24), Clock::K1, date(2025, 2, 7)),
        (date(2025, 4, 25), Clock::K1, date(2025, 5, 6)),
        (date(2025, 4, 29), Clock::K1, date(2025, 5, 9)),
        (date(2025, 9, 26), Clock::K1, date(2025, 10, 10)),
        (date(2025, 3, 3), Clock::K1, date(2025, 3, 10)),
        (date(2025, 1, 24), Clock::K2, date(2025, 2, 7)),
        (date(2025, 3, 3), Clock::K3, date(2025, 3, 6)),
        (date(2025, 1, 24), Clock::K4, date(2025, 2, 13)),
        (date(2025, 3, 3), Clock::K5, date(2025, 3, 10)),
        (date(2025, 1, 24), Clock::K6, date(2025, 2, 13)),
        (date(2025, 3, 3), Clock::K7, date(2025, 6, 3)),
        (date(2025, 1, 31), Clock::K9, date(2025, 2, 28)),
        (date(2025, 3, 3), Clock::K8, date(2025, 3, 10)),
        (date(2025, 1, 24), Clock::K10, date(2025, 2, 13)),
        (date(2025, 3, 3), Clock::K11, date(2025, 3, 4)),
        (date(2025, 1, 24), Clock::K12, date(2025, 2, 13)),
        (date(2025, 3, 3), Clock::K13, date(2025, 3, 24)),
        (date(2025, 3, 3), Clock::K14, date(2025, 6, 3)),
    ];
    let world = World::new();
    for (start, clock, due) in rows {
        let rules = world.clocks.in_force(start);
        let term = crate::clock::due(clock, rules, at(start), &world.calendar);
        assert_eq!((term.date, term.provisional), (due, false), "{clock:?} from {start}");
    }
}

#[test]
fn k7_rests_while_the_service_is_suspended() {
    let story = up_to(InService);
    let before = story.case().clocks[&Clock::K7].term.date;
    let until = story.today.saturating_add(jiff::Span::new().days(40));
    let story = story.act(case_manager(), Command::Suspend { reason: reason("P3"), until });
    assert_eq!(story.case().clocks[&Clock::K7].stage(story.now), Stage::Frozen);
    let story = story.after_days(20).act(case_manager(), Command::Resume);
    let after = story.case().clocks[&Clock::K7].term.date;
    assert_eq!(before.until(after).unwrap().get_days(), 20);
}

#[test]
fn a_full_answer_starts_k1_from_zero_and_pauses_are_limited() {
    let items = || vec!["diagnosis".to_owned()];
    let ask = || Command::AskSupplement { items: items() };
    let answer = || Command::Resubmit { answered: items() };
    let story = up_to(Supplement).on(date(2025, 3, 10)).act(client(), answer());
    assert_eq!(story.case().clocks[&Clock::K1].term.date, date(2025, 3, 17));
    assert_eq!(story.case().supplements, (1, 5));
    let story = story.act(worker(), ask());
    let left = story.case().clocks[&Clock::K10].term.date;
    assert_eq!(left, date(2025, 3, 17), "five of ten working days are left");
    let story = story.act(client(), answer());
    assert_eq!(story.attempt(&worker(), &ask()).unwrap_err(), RefusalCode::SupplementLimit);
}

#[test]
fn the_deadline_of_a_step_is_judged_when_it_is_done() {
    let register = || Command::Register(Box::new(eligible()));
    let early = up_to(Submitted).on(date(2025, 3, 10)).act(worker(), register());
    assert_eq!(early.events.last().unwrap().deadline_met, Some(true), "5 working days: in time");
    let late = up_to(Submitted).on(date(2025, 3, 11)).act(worker(), register());
    assert_eq!(late.events.last().unwrap().deadline_met, Some(false));
    assert!(late.effects.contains(&Effect::Breach { clock: Clock::K1, due: date(2025, 3, 10) }));
}

#[test]
fn a_stage_evaluation_within_its_window_is_in_time() {
    let evaluation = || Command::StageEvaluation { decision: StageDecision::Continue };
    // Due 2025-06-03; ten working days later is 2025-06-17.
    let rows = [(date(2025, 5, 20), true), (date(2025, 6, 17), true), (date(2025, 6, 18), false)];
    for (day, met) in rows {
        let story = up_to(InService).on(day).act(assessor(), evaluation());
        assert_eq!(story.events.last().unwrap().deadline_met, Some(met), "{day}");
    }
}

#[test]
fn reminder_after_three_of_five_working_days() {
    let story = up_to(Submitted);
    let run = story.case().clocks[&Clock::K1].clone();
    let stage = |day| run.stage(at(day));
    assert_eq!(stage(date(2025, 3, 6)), Stage::Running);
    assert_eq!(stage(date(2025, 3, 7)), Stage::Remind);
    assert_eq!(stage(date(2025, 3, 10)), Stage::Remind);
    assert_eq!(stage(date(2025, 3, 11)), Stage::Overdue);
}

#[test]
fn a_discharged_person_is_assessed_anew() {
    let story = up_to(Hospital).after_days(20);
    let on = story.today;
    let old = form(FormCode::F4, date(2025, 3, 3));
    let mut story = story.act(doctor(), Command::Discharge { on });
    story.world.forms = Some(vec![old]);
    assert_eq!(story.attempt(&assessor(), &assess()).unwrap_err(), RefusalCode::FormTooOld);
}
