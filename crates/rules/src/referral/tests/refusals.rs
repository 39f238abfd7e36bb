//! Every precondition, with the rule that the refusal names.

use jiff::civil::date;

use super::fixture::*;
use crate::account::{Actor, Role};
use crate::form::{FormCode, FormSummary, Signatory};
use crate::referral::State::*;
use crate::referral::*;

fn refused(story: &Story, actor: Actor, command: Command, rule: &str, code: RefusalCode) {
    let refusal = story.attempt(&actor, &command).expect_err(&format!("{command:?} {rule} {code:?}"));
    assert_eq!((refusal.rule.as_str(), refusal.code.as_str()), (rule, code.code()), "{command:?}");
}

fn with_forms(story: &Story, forms: Vec<FormSummary>) -> Story {
    story.clone().know(|world| world.forms = Some(forms))
}

fn unsigned(code: FormCode, story: &Story) -> FormSummary {
    FormSummary { signed: vec![], ..form(code, story.today) }
}

fn incomplete(code: FormCode, story: &Story) -> FormSummary {
    FormSummary { complete: false, ..form(code, story.today) }
}

#[test]
fn t2_submit() {
    let submit = || Command::Submit;
    let draft = up_to(Draft);
    let no_consent = Story::new().act(client(), Command::Save(Box::new(filing())));
    refused(&no_consent, client(), submit(), "T2", RefusalCode::ConsentMissing);
    let bad_number = draft.clone().know(|world| world.person.identity_number_valid = false);
    refused(&bad_number, client(), submit(), "T2", RefusalCode::IdentityNumberInvalid);
    refused(&with_forms(&draft, vec![]), client(), submit(), "T2", RefusalCode::FormMissing);
    let half = vec![incomplete(FormCode::F1, &draft)];
    refused(&with_forms(&draft, half.clone()), client(), submit(), "T2", RefusalCode::FormIncomplete);
    let lead = Story::new().act(committee(), Command::Save(Box::new(filing())));
    let lead = lead.act_with(committee(), submit(), half);
    assert_eq!(lead.state(), Submitted, "another subject may file a lead without consent");
    let register = Command::Register(Box::new(eligible()));
    refused(&lead, worker(), register, "T7", RefusalCode::ConsentMissing);
}

#[test]
fn t3_to_t6b_supplement_and_rejection() {
    let story = up_to(Submitted);
    refused(&story, worker(), Command::AskSupplement { items: vec![] }, "T3", RefusalCode::ItemsMissing);
    let empty = Command::Resubmit { answered: vec![] };
    refused(&up_to(Supplement), client(), empty, "T4", RefusalCode::ItemsUnanswered);
    refused(&up_to(Supplement), system(), Command::ExpireSupplement, "T5", RefusalCode::TermNotOver);
    refused(&up_to(Draft), system(), Command::ExpireDraft, "T1", RefusalCode::TermNotOver);
    let reject = |code: &str| Command::ProposeRejection { reason: code.to_owned() };
    refused(&story, worker(), reject("C1"), "T6", RefusalCode::ReasonUnknown);
    refused(&story, worker(), reject("R99"), "T6", RefusalCode::ReasonUnknown);
    refused(&story, worker(), reject("R3"), "T6", RefusalCode::NoOtherCase);
    let confirm = |notice_sent| Command::ConfirmRejection { notice_sent };
    refused(&story, officer(), confirm(true), "T6", RefusalCode::NotProposed);
    let proposed = story.act(worker(), reject("R1"));
    refused(&proposed, worker(), reject("R1"), "T6", RefusalCode::AlreadyProposed);
    refused(&proposed, officer(), confirm(false), "T6", RefusalCode::NoticeNotSent);
    let same = someone(4, Role::CivilAffairsOfficer, OFFICE);
    refused(&proposed, same, confirm(true), "T6", RefusalCode::SamePerson);
    let rejected = proposed.act(officer(), confirm(true));
    let object = || Command::Object { document: None };
    refused(&rejected, second_officer(), Command::UpholdObjection, "T6b", RefusalCode::NoObjection);
    refused(&rejected.clone().on(date(2025, 3, 25)), client(), object(), "T6b", RefusalCode::TermOver);
    let objected = rejected.on(date(2025, 3, 24)).act(client(), object());
    refused(&objected, client(), object(), "T6b", RefusalCode::AlreadyProposed);
    refused(&objected, officer(), Command::UpholdObjection, "T6b", RefusalCode::SamePerson);
    let stands = objected.act(second_officer(), Command::DismissObjection { reason: reason("R1") });
    refused(&stands, client(), object(), "T6b", RefusalCode::AlreadyAnswered);
}

#[test]
fn t7_registration() {
    let story = up_to(Submitted);
    let with = |change: fn(&mut Eligibility)| {
        let mut found = eligible();
        change(&mut found);
        Command::Register(Box::new(found))
    };
    type Spoil = fn(&mut Eligibility);
    let rows: [(Spoil, &str, RefusalCode); 6] = [
        (|found| found.identity_verified = false, "T7", RefusalCode::IdentityNotVerified),
        (|found| found.ground = Ground::OutOfScope, "E1", RefusalCode::OutOfScope),
        (|found| found.ground = Ground::Extended, "E1", RefusalCode::OutOfScope),
        (|found| found.lives_at_home = false, "E2", RefusalCode::NotAtHome),
        (|found| found.has_need = false, "E2", RefusalCode::NoNeed),
        (|found| found.suitable = false, "E3", RefusalCode::MedicalRoute),
    ];
    for (change, rule, code) in rows {
        refused(&story, worker(), with(change), rule, code);
    }
    let wider = story.clone().know(|world| world.extended = true);
    assert!(wider.attempt(&worker(), &with(|found| found.ground = Ground::Extended)).is_ok());
    let ok = || with(|_| {});
    let other = story.clone().know(|world| world.other_open_case = Some(id(77)));
    refused(&other, worker(), ok(), "I1", RefusalCode::OtherOpenCase);
    let number = story.clone().know(|world| world.person.identity_number_valid = false);
    refused(&number, worker(), ok(), "T7", RefusalCode::IdentityNumberInvalid);
    let taken = story.act(client(), Command::WithdrawConsent { purposes: vec![Purpose::Research] });
    assert!(taken.attempt(&worker(), &ok()).is_ok(), "research is a separate consent");
}

#[test]
fn t8_referral() {
    let story = up_to(Registered);
    let unasked =
        Command::Refer { institution: id(HOUSE), person_asked: false, agreed_order: vec![id(HOUSE)] };
    refused(&story, worker(), unasked, "T8", RefusalCode::PersonNotAsked);
    refused(&story, worker(), refer_to(999), "T8", RefusalCode::InstitutionUnknown);
    refused(&story, system(), refer_to(HOUSE), "T8", RefusalCode::NotNextInOrder);
    refused(&with_forms(&story, vec![]), worker(), refer_to(HOUSE), "T8", RefusalCode::FormMissing);
    type Spoil = fn(&mut crate::institution::InstitutionFacts);
    let rows: [(Spoil, RefusalCode); 6] = [
        (|house| house.listed = false, RefusalCode::NotListed),
        (|house| house.areas = vec![OTHER_COUNTY], RefusalCode::AreaNotServed),
        (|house| house.disorder_groups = vec!["09".into()], RefusalCode::DisorderNotServed),
        (|house| house.ages = (6, 17), RefusalCode::AgeNotServed),
        (|house| house.services = vec!["S9".into()], RefusalCode::ServiceNotOffered),
        (|house| house.places.reserved = 10, RefusalCode::NoFreePlace),
    ];
    for (spoil, code) in rows {
        let spoiled = story.clone().know(|world| spoil(world.house(HOUSE)));
        refused(&spoiled, worker(), refer_to(HOUSE), "T8", code);
        assert!(spoiled.attempt(&worker(), &refer_to(SECOND_HOUSE)).is_ok());
    }
    let nobody = story.clone().know(|world| world.institutions.clear());
    refused(&nobody, worker(), refer_to(HOUSE), "T8", RefusalCode::NoFreePlace);
    let alone = story.clone().act(client(), Command::WithdrawConsent { purposes: vec![Purpose::Research] });
    assert!(alone.attempt(&worker(), &refer_to(HOUSE)).is_ok());
    let queue = |reason: &str, priority| Command::Queue { reason: reason.to_owned(), priority };
    refused(&story, worker(), queue("Q1", 1), "T9", RefusalCode::InstitutionFits);
    refused(&nobody, worker(), queue("Q1", 4), "T9", RefusalCode::ValueInvalid);
    refused(&nobody, worker(), queue("D1", 1), "T9", RefusalCode::ReasonUnknown);
    let full = up_to(Waiting).know(|world| world.house(HOUSE).places.blocked = 10);
    refused(&full, system(), Command::PlaceFree { institution: id(HOUSE) }, "T10", RefusalCode::NoFreePlace);
}

#[test]
fn t8_needs_consent_for_the_institution() {
    let story = Story::new()
        .act(client(), Command::Save(Box::new(filing())))
        .act(client(), consent(&[Purpose::Registration]))
        .act(client(), Command::Submit)
        .act(worker(), Command::Register(Box::new(eligible())));
    refused(&story, worker(), refer_to(HOUSE), "T8", RefusalCode::ConsentMissing);
    let until = Some(story.today);
    let limited = Command::RecordConsent { purposes: vec![Purpose::Institution], signer: own(), until };
    let story = story.act(client(), limited);
    assert!(story.attempt(&worker(), &refer_to(HOUSE)).is_ok());
    refused(&story.after_days(1), worker(), refer_to(HOUSE), "T8", RefusalCode::ConsentMissing);
}

#[test]
fn t11_to_t13_answer() {
    let story = up_to(Referred);
    refused(&story, manager(), Command::Decline { reason: reason("R1") }, "T11", RefusalCode::ReasonUnknown);
    refused(&story, system(), Command::RecallSilent, "T12", RefusalCode::TermNotOver);
    let stranger = Command::Accept { case_manager: id(99), answers: vec![] };
    refused(&story, manager(), stranger, "T13", RefusalCode::NotACaseManager);
    let answer = |service: &str, answer| ItemAnswer { service: service.to_owned(), answer };
    let yes = || Answer::Yes { from: story.today };
    let no = |code: &str| Answer::No { reason: code.to_owned() };
    let accept = |answers| Command::Accept { case_manager: id(7), answers };
    let rows = [
        (vec![answer("S1", yes())], RefusalCode::AnswersIncomplete),
        (vec![answer("S1", yes()), answer("S1", yes()), answer("S4", yes())], RefusalCode::AnswersIncomplete),
        (
            vec![answer("S1", no("D1")), answer("S4", no("D1")), answer("S6", no("D1"))],
            RefusalCode::NothingAccepted,
        ),
        (vec![answer("S1", yes()), answer("S4", no("C1")), answer("S6", yes())], RefusalCode::ReasonUnknown),
        (
            vec![
                answer("S1", Answer::Yes { from: date(2025, 1, 1) }),
                answer("S4", yes()),
                answer("S6", yes()),
            ],
            RefusalCode::DateInvalid,
        ),
    ];
    for (answers, code) in rows {
        refused(&story, manager(), accept(answers), "T13", code);
    }
}

#[test]
fn t14_to_t17_assessment_and_agreement() {
    let story = up_to(Accepted);
    refused(&with_forms(&story, vec![]), assessor(), assess(), "T14", RefusalCode::FormMissing);
    let half = with_forms(&story, vec![incomplete(FormCode::F4, &story)]);
    refused(&half, assessor(), assess(), "T14", RefusalCode::FormIncomplete);
    let bare = with_forms(&story, vec![unsigned(FormCode::F4, &story)]);
    refused(&bare, assessor(), assess(), "T14", RefusalCode::FormUnsigned);
    let grade = |risk_grade| Command::Assess { risk_grade, services: vec![] };
    refused(&story, assessor(), grade(3), "E5", RefusalCode::MedicalRoute);
    refused(&story, assessor(), grade(6), "T14", RefusalCode::ValueInvalid);
    assert!(story.attempt(&assessor(), &grade(2)).is_ok());
    // Below the grade that the follow-up shares only with a reason; at or above it without one.
    let shared = story.clone().know(|world| world.shared_risk = Some(2));
    refused(&shared, assessor(), grade(1), "E5", RefusalCode::RiskBelowShared);
    assert!(shared.attempt(&assessor(), &grade(2)).is_ok());
    refused(&shared, assessor(), grade(3), "E5", RefusalCode::MedicalRoute);
    let why = FormSummary { reasoned: true, ..form(FormCode::F4, story.today) };
    let reasoned = with_forms(&shared, vec![why]);
    assert!(reasoned.attempt(&assessor(), &grade(1)).is_ok());
    refused(&up_to(Assessed), assessor(), not_suitable(), "T15", RefusalCode::OutcomeDiffers);
    let found = found_not_suitable();
    refused(&found, worker(), not_suitable(), "T15", RefusalCode::NotProposed);
    refused(&found, case_manager(), agree(found.today), "T16", RefusalCode::OutcomeDiffers);
    let nothing = Command::NotSuitable { reason: reason("N1"), alternative: " ".into() };
    refused(&found, assessor(), nothing, "T15", RefusalCode::ItemsMissing);
    let signed = found.act(assessor(), not_suitable());
    refused(&signed, assessor(), not_suitable(), "T15", RefusalCode::AlreadyProposed);
    let same = someone(8, Role::ReferralWorker, OFFICE);
    refused(&signed, same, not_suitable(), "T15", RefusalCode::SamePerson);
    let story = up_to(Assessed);
    let today = story.today;
    refused(
        &story,
        case_manager(),
        Command::Agree { signer: own(), until: today },
        "T16",
        RefusalCode::DateInvalid,
    );
    for missing in [FormCode::F5, FormCode::F6] {
        let kept = [FormCode::F5, FormCode::F6].into_iter().filter(|code| *code != missing);
        let story = with_forms(&story, kept.map(|code| form(code, today)).collect());
        refused(&story, case_manager(), agree(today), "T16", RefusalCode::FormMissing);
    }
    let only_house = FormSummary { signed: vec![Signatory::Institution], ..form(FormCode::F6, today) };
    let story = with_forms(&story, vec![form(FormCode::F5, today), only_house]);
    refused(&story, case_manager(), agree(today), "T16", RefusalCode::FormUnsigned);
    let story = up_to(Agreed);
    let session = |on| Command::FirstSession { session: id(70), on };
    refused(&story, case_manager(), session(date(2025, 3, 4)), "T17", RefusalCode::DateInvalid);
    refused(&story, case_manager(), session(date(2025, 3, 2)), "T17", RefusalCode::DateInvalid);
    let after = story.clone().after_days(400);
    refused(&after, case_manager(), session(after.today), "I4", RefusalCode::AgreementMissing);
    refused(
        &with_forms(&story, vec![]),
        case_manager(),
        session(story.today),
        "T17",
        RefusalCode::FormMissing,
    );
}

#[test]
fn e4_who_may_sign() {
    let guardian = Some(GuardianBasis::ParentOrChild);
    let rows = [
        (Capacity::Full, None, None),
        (Capacity::Full, guardian, Some(RefusalCode::GuardianNotAllowed)),
        (Capacity::Limited, None, Some(RefusalCode::GuardianNeeded)),
        (Capacity::Limited, guardian, None),
        (Capacity::None, None, Some(RefusalCode::GuardianNeeded)),
        (Capacity::None, guardian, None),
    ];
    for (capacity, guardian, code) in rows {
        let signer = Signer { capacity, guardian, own_word: Some(OwnWord::Agrees) };
        let purposes = vec![Purpose::Registration];
        let story = up_to(Draft);
        let command = Command::RecordConsent { purposes, signer, until: None };
        let refusal = story.attempt(&client(), &command).err();
        assert_eq!(refusal.map(|refusal| refusal.code), code.map(|code| code.code().to_owned()));
    }
    let empty = Command::RecordConsent { purposes: vec![], signer: own(), until: None };
    refused(&up_to(Draft), client(), empty, "E4", RefusalCode::ItemsMissing);
}

#[test]
fn t18_to_t20_service() {
    let story = up_to(InService);
    let evaluate = |decision| Command::StageEvaluation { decision };
    refused(
        &with_forms(&story, vec![]),
        assessor(),
        evaluate(StageDecision::Continue),
        "T18",
        RefusalCode::FormMissing,
    );
    let fewer = FormSummary { scales: vec!["sdss".into()], ..form(FormCode::F8, story.today) };
    let short = with_forms(&story, vec![fewer]);
    refused(&short, assessor(), evaluate(StageDecision::Continue), "T18", RefusalCode::FormIncomplete);
    refused(&story, assessor(), evaluate(StageDecision::Adjust), "T18", RefusalCode::FormMissing);
    let expired = story.clone().after_days(400);
    refused(&expired, assessor(), evaluate(StageDecision::Continue), "I4", RefusalCode::AgreementMissing);
    let day = |days| story.today.saturating_add(jiff::Span::new().days(days));
    let pause = |reason: &str, until| Command::Suspend { reason: reason.to_owned(), until };
    refused(&story, case_manager(), pause("P1", day(91)), "T19", RefusalCode::TooLong);
    refused(&story, case_manager(), pause("P1", day(0)), "T19", RefusalCode::DateInvalid);
    refused(&story, case_manager(), pause("C1", day(9)), "T19", RefusalCode::ReasonUnknown);
    let long = up_to(Suspended).after_days(31);
    refused(&long, case_manager(), Command::Resume, "T20", RefusalCode::ReassessmentNeeded);
    let seen = form(FormCode::F8, long.today);
    let back = long.act_with(case_manager(), Command::Resume, vec![seen]);
    assert_eq!(back.state(), InService);
}

#[test]
fn t21_to_t23_hospital() {
    let story = up_to(InService);
    let request = |triggers, risk_grade| {
        Command::ReturnToHospital(Box::new(HospitalRequest {
            triggers,
            risk_grade,
            danger_to_others: false,
            hospital: id(HOSPITAL),
        }))
    };
    refused(&story, case_manager(), request(vec![], 0), "T21", RefusalCode::TriggerMissing);
    refused(&story, case_manager(), request(vec![Trigger::RiskGrade], 2), "T21", RefusalCode::ValueInvalid);
    refused(&story, case_manager(), request(vec![Trigger::Unstable], 6), "T21", RefusalCode::ValueInvalid);
    refused(&with_forms(&story, vec![]), case_manager(), hospital(), "T21", RefusalCode::FormMissing);
    let on = story.today;
    refused(&story, doctor(), Command::ConfirmHospital { on }, "T21", RefusalCode::NotProposed);
    let asked = story.act(case_manager(), hospital());
    refused(&asked, case_manager(), hospital(), "T21", RefusalCode::AlreadyProposed);
    let stay = up_to(Hospital);
    let before = Command::Discharge { on: date(2025, 3, 1) };
    refused(&stay, doctor(), before, "T22", RefusalCode::DateInvalid);
    let unfit = FormSummary { outcome: Some("not_suitable".into()), ..slip("returned", on) };
    let out = || Command::Discharge { on };
    refused(&with_forms(&stay, vec![unfit]), doctor(), out(), "T22", RefusalCode::OutcomeDiffers);
    refused(&with_forms(&stay, vec![slip("sent", on)]), doctor(), out(), "T22", RefusalCode::OutcomeDiffers);
    let long = Command::DischargeNotSuitable { long_stay: true };
    refused(&stay.clone().after_days(90), case_manager(), long, "T23", RefusalCode::StayTooShort);
    let unfit = || Command::DischargeNotSuitable { long_stay: false };
    refused(&stay, officer(), unfit(), "T23", RefusalCode::NotProposed);
    let proposed = stay.act(case_manager(), unfit());
    refused(&proposed, case_manager(), unfit(), "T23", RefusalCode::AlreadyProposed);
    let same = someone(7, Role::CivilAffairsOfficer, OFFICE);
    refused(&proposed, same, unfit(), "T23", RefusalCode::SamePerson);
}

#[test]
fn t24_and_t25_closure() {
    let story = up_to(InService);
    let propose = |reason: &str| Command::ProposeClosure { reason: reason.to_owned() };
    for code in ["C1", "C2", "C3", "C4", "C8", "C9", "C10"] {
        refused(&story, case_manager(), propose(code), "T24", RefusalCode::EvaluationMissing);
    }
    refused(&story, case_manager(), propose("C6"), "T24", RefusalCode::ContactsMissing);
    refused(&story, case_manager(), propose("C7"), "T31", RefusalCode::ReasonUnknown);
    refused(&with_forms(&story, vec![]), case_manager(), propose("C5"), "T24", RefusalCode::FormMissing);
    let evaluated = story.act(assessor(), Command::StageEvaluation { decision: StageDecision::Close });
    let old = evaluated.clone().after_days(31);
    refused(&old, case_manager(), propose("C1"), "T24", RefusalCode::EvaluationMissing);
    let proposed = evaluated.after_days(30).act(case_manager(), propose("C1"));
    let approve = |client_told, follow_up_plan| Command::ApproveClosure { client_told, follow_up_plan };
    refused(&proposed, manager(), approve(false, true), "T25", RefusalCode::ClientNotTold);
    refused(&proposed, manager(), approve(true, false), "T25", RefusalCode::FollowUpPlanMissing);
    let same = someone(7, Role::InstitutionManager, HOUSE);
    refused(&proposed, same, approve(true, true), "T25", RefusalCode::SamePerson);
    let bare = with_forms(&proposed, vec![unsigned(FormCode::F10, &proposed)]);
    refused(&bare, manager(), approve(true, true), "I5", RefusalCode::FormUnsigned);
    refused(
        &proposed.clone().after_days(1),
        manager(),
        approve(true, true),
        "I5",
        RefusalCode::EvaluationMissing,
    );
    let refuse = Command::RefuseClosure { reason: reason("C1") };
    refused(&proposed, manager(), refuse, "T25b", RefusalCode::ReasonUnknown);
    assert_eq!(proposed.act(manager(), approve(true, true)).state(), Closed);
}

#[test]
fn c6_lost_needs_three_days_over_a_month() {
    let call = |story: Story, days: i32| {
        let story = story.after_days(days);
        let on = story.today;
        story.act(case_manager(), Command::RecordContactAttempt { on, way: "home".into(), reached: false })
    };
    let propose = || Command::ProposeClosure { reason: reason("C6") };
    let close_together = call(call(call(up_to(InService), 1), 1), 1);
    refused(&close_together, case_manager(), propose(), "T24", RefusalCode::ContactsMissing);
    let same_day = call(call(call(up_to(InService), 1), 0), 35);
    refused(&same_day, case_manager(), propose(), "T24", RefusalCode::ContactsMissing);
    let story = call(call(call(up_to(InService), 1), 15), 16);
    let reached = Command::RecordContactAttempt { on: story.today, way: "home".into(), reached: true };
    refused(
        &story.clone().act(case_manager(), reached),
        case_manager(),
        propose(),
        "T24",
        RefusalCode::ContactsMissing,
    );
    assert_eq!(story.act(case_manager(), propose()).state(), Closing);
}

#[test]
fn t26_to_t31_ends() {
    let story = up_to(Registered);
    let to = |county, office| Command::ProposeTransfer { county, office: id(office) };
    refused(&story, worker(), to(COUNTY, OTHER_OFFICE), "T26", RefusalCode::NotDestination);
    refused(&story, worker(), to(OTHER_COUNTY, OFFICE), "T26", RefusalCode::NotDestination);
    refused(&story, worker_there(), Command::ConfirmTransfer, "T26", RefusalCode::NotProposed);
    let without =
        story.clone().act(client(), Command::WithdrawConsent { purposes: vec![Purpose::FileTransfer] });
    refused(&without, worker(), to(OTHER_COUNTY, OTHER_OFFICE), "T26", RefusalCode::ConsentMissing);
    let proposed = story.clone().act(worker(), to(OTHER_COUNTY, OTHER_OFFICE));
    refused(&proposed, worker(), Command::ConfirmTransfer, "T26", RefusalCode::NotDestination);
    refused(&proposed, worker(), to(OTHER_COUNTY, OTHER_OFFICE), "T26", RefusalCode::AlreadyProposed);
    let cancel = |code: &str| Command::Cancel { reason: code.to_owned() };
    refused(&story, worker(), cancel("X1"), "T27b", RefusalCode::ContactsMissing);
    refused(&story, worker(), cancel("X2"), "T27b", RefusalCode::NoOtherCase);
    refused(&story, worker(), cancel("R1"), "T27b", RefusalCode::ReasonUnknown);
    let closed = up_to(Closed);
    let visit = |on| Command::ReturnVisit { on, action: VisitAction::None };
    refused(&closed, case_manager(), visit(date(2025, 3, 2)), "T28", RefusalCode::DateInvalid);
    refused(&closed, case_manager(), visit(date(2025, 3, 4)), "T28", RefusalCode::DateInvalid);
    refused(&closed, system(), Command::EndAfterVisits, "T30", RefusalCode::VisitsOutstanding);
    let end = |code: &str| Command::End { reason: code.to_owned() };
    let rows = [
        ("Z1", "T30", RefusalCode::VisitsOutstanding),
        ("Z3", "T30", RefusalCode::ContactsMissing),
        ("Z4", "T31", RefusalCode::ReasonUnknown),
        ("Z5", "T30", RefusalCode::NoOtherCase),
        ("C1", "T30", RefusalCode::ReasonUnknown),
    ];
    for (code, rule, refusal) in rows {
        refused(&closed, case_manager(), end(code), rule, refusal);
    }
    let back = || Command::ReEnter { needs: vec![], signer: own() };
    let other = closed.clone().know(|world| world.other_open_case = Some(id(77)));
    refused(&other, client(), back(), "I1", RefusalCode::OtherOpenCase);
    let again = closed.clone().act(client(), back());
    refused(&again, client(), back(), "I1", RefusalCode::OtherOpenCase);
    refused(&closed, client(), Command::AcknowledgeFeedback, "T25", RefusalCode::NoFeedback);
    let tomorrow = Command::Death { on: date(2025, 3, 4), source: "family".into(), cause: "x".into() };
    refused(&closed, worker(), tomorrow, "T31", RefusalCode::DateInvalid);
    let child = Command::ChildEnded { child: id(5) };
    refused(&closed, system(), child, "T25", RefusalCode::NoOtherCase);
}

#[test]
fn consent_and_word() {
    let story = up_to(Registered);
    let twice = Command::WithdrawConsent { purposes: vec![Purpose::Research] };
    let once = story.clone().act(client(), twice.clone());
    refused(&once, client(), twice, "I7", RefusalCode::NothingToWithdraw);
    let word = |word| Command::RecordWord { word };
    refused(&story, client(), word(PersonWord::NotAsked), "E4", RefusalCode::ValueInvalid);
    refused(&story, worker(), word(PersonWord::Agrees), "E4", RefusalCode::NotOnBehalf);
    let told = up_to(Submitted).act(for_client(worker()), word(PersonWord::Refuses));
    assert_eq!(told.state(), Submitted, "a no told by another makes a worker hear the person");
    assert!(told.has_task(Task::HearPerson));
    refused(&told, worker(), Command::Register(Box::new(eligible())), "E4", RefusalCode::PersonRefuses);
    let take = || Command::WithdrawConsent { purposes: vec![] };
    let object = || Command::Object { document: None };
    let gone = up_to(Rejected).act(client(), take());
    refused(&gone, client(), object(), "I7", RefusalCode::ConsentWithdrawn);
    let gone = up_to(Rejected).act(client(), object()).act(client(), take());
    refused(&gone, second_officer(), Command::UpholdObjection, "I7", RefusalCode::ConsentWithdrawn);
    let guardian = Signer {
        capacity: Capacity::Limited,
        guardian: Some(GuardianBasis::Spouse),
        own_word: Some(OwnWord::Agrees),
    };
    let over = Command::RecordConsent { purposes: vec![Purpose::Contact], signer: guardian, until: None };
    refused(&told, client(), over, "E4", RefusalCode::PersonRefuses);
}
