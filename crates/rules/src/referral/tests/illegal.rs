//! Every (state, role, command) that is not in the table of transitions is refused. The table here is written down
//! again from the rule, not taken from the programme.

use std::collections::BTreeSet;

use super::fixture::*;
use crate::account::Role;
use crate::referral::*;

const FILERS: &str = "client assisting_subject committee dpf_officer doctor referral_worker";
const SENDERS: &str = "client assisting_subject committee dpf_officer doctor";
const OPEN: &str = "draft submitted supplement registered referred waiting accepted assessed agreed in_service \
                    suspended hospital closing";
const END: &str = "lapsed rejected not_suitable transferred withdrawn ended";
const EARLY: &str = "draft submitted supplement registered waiting referred accepted assessed";
const MOVABLE: &str = "registered waiting referred accepted assessed agreed in_service suspended";

/// command, states, roles
fn table() -> Vec<(&'static str, String, &'static str)> {
    let open_and_closed = format!("{OPEN} closed");
    let sent = open_and_closed.replace("draft ", "");
    let hosted = "accepted assessed agreed in_service suspended";
    let all = format!("{OPEN} closed {END}");
    let row = |name, states: &str, roles| (name, states.to_owned(), roles);
    vec![
        row("save", "draft", FILERS),
        row("expire_draft", "draft", "system"),
        row("submit", "draft", FILERS),
        row("ask_supplement", "submitted", "referral_worker"),
        row("resubmit", "supplement", FILERS),
        row("expire_supplement", "supplement", "system"),
        row("propose_rejection", "submitted", "referral_worker"),
        row("confirm_rejection", "submitted", "civil_affairs_officer"),
        row("object", "rejected", SENDERS),
        row("uphold_objection", "rejected", "civil_affairs_officer"),
        row("dismiss_objection", "rejected", "civil_affairs_officer"),
        row("register", "submitted", "referral_worker"),
        row("refer", "registered", "referral_worker civil_affairs_officer system"),
        row("queue", "registered", "referral_worker civil_affairs_officer"),
        row("place_free", "waiting", "system"),
        row("decline", "referred", "institution_manager"),
        row("recall_silent", "referred", "system"),
        row(
            "institution_unlisted",
            "referred accepted assessed agreed in_service suspended hospital closing closed",
            "system",
        ),
        row("accept", "referred", "institution_manager"),
        row("assess", "accepted", "assessor"),
        row("not_suitable", "assessed", "assessor referral_worker"),
        row("agree", "assessed", "case_manager"),
        row("first_session", "agreed", "case_manager"),
        row("stage_evaluation", "in_service", "assessor"),
        row("suspend", "in_service", "case_manager"),
        row("resume", "suspended", "case_manager"),
        row("suspension_over", "suspended", "system"),
        row("return_to_hospital", hosted, "case_manager"),
        row("confirm_hospital", hosted, "doctor"),
        row("discharge", "hospital", "doctor"),
        row("discharge_not_suitable", "hospital", "case_manager civil_affairs_officer"),
        row("propose_closure", "agreed in_service suspended", "case_manager"),
        row("approve_closure", "closing", "institution_manager civil_affairs_officer"),
        row("refuse_closure", "closing", "institution_manager civil_affairs_officer"),
        row("propose_transfer", MOVABLE, "referral_worker"),
        row("confirm_transfer", MOVABLE, "referral_worker"),
        row("refuse_transfer", MOVABLE, "referral_worker"),
        row("withdraw", EARLY, "client"),
        row("cancel", "registered waiting referred accepted assessed", "referral_worker"),
        row("record_contact_attempt", &sent, "referral_worker case_manager committee"),
        row("return_visit", "closed", "case_manager"),
        row("re_enter", "closed", "client doctor case_manager"),
        row("end", "closed", "case_manager"),
        row("end_after_visits", "closed", "system"),
        row("death", &open_and_closed, "case_manager referral_worker doctor system"),
        row(
            "record_consent",
            &open_and_closed,
            "client assisting_subject committee dpf_officer doctor referral_worker case_manager",
        ),
        row("withdraw_consent", &all, "client referral_worker case_manager system"),
        row("record_capacity", &sent, "referral_worker doctor"),
        row("ask_again", &open_and_closed, "system"),
        row("record_word", &open_and_closed, "client committee doctor referral_worker case_manager"),
        row("acknowledge_feedback", "closed ended", FILERS),
        row("renew_agreement", "agreed in_service suspended", "case_manager"),
        row(
            "store_form",
            &open_and_closed,
            "client doctor referral_worker institution_manager case_manager assessor",
        ),
        row(
            "change_case_manager",
            "accepted assessed agreed in_service suspended hospital closing closed",
            "institution_manager system",
        ),
        row("add_source", OPEN, "system"),
        row("child_ended", &all, "system"),
    ]
}

fn word<T: serde::Serialize>(value: T) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

/// A command of every name, with data that fit as well as they can.
pub fn any_command(name: CommandName, today: jiff::civil::Date) -> Command {
    let text = |code: &str| code.to_owned();
    let later = today.saturating_add(jiff::Span::new().days(30));
    match name {
        CommandName::Save => Command::Save(Box::new(filing())),
        CommandName::Submit => Command::Submit,
        CommandName::AskSupplement => Command::AskSupplement { items: vec![text("diagnosis")] },
        CommandName::Resubmit => Command::Resubmit { answered: vec![text("diagnosis")] },
        CommandName::ProposeRejection => Command::ProposeRejection { reason: text("R6") },
        CommandName::ConfirmRejection => Command::ConfirmRejection { notice_sent: true },
        CommandName::Object => Command::Object { document: None },
        CommandName::UpholdObjection => Command::UpholdObjection,
        CommandName::DismissObjection => Command::DismissObjection { reason: text("R6") },
        CommandName::Register => Command::Register(Box::new(eligible())),
        CommandName::Refer => refer_to(HOUSE),
        CommandName::Queue => Command::Queue { reason: text("Q1"), priority: 2 },
        CommandName::PlaceFree => Command::PlaceFree { institution: id(HOUSE) },
        CommandName::Decline => Command::Decline { reason: text("D3") },
        CommandName::RecallSilent => Command::RecallSilent,
        CommandName::InstitutionUnlisted => unlisted(1),
        CommandName::Accept => accept(),
        CommandName::Assess => assess(),
        CommandName::NotSuitable => not_suitable(),
        CommandName::Agree => Command::Agree { signer: own(), until: later },
        CommandName::FirstSession => Command::FirstSession { session: id(70), on: today },
        CommandName::StageEvaluation => Command::StageEvaluation { decision: StageDecision::Continue },
        CommandName::Suspend => Command::Suspend { reason: text("P1"), until: later },
        CommandName::Resume => Command::Resume,
        CommandName::SuspensionOver => Command::SuspensionOver,
        CommandName::ReturnToHospital => hospital(),
        CommandName::ConfirmHospital => Command::ConfirmHospital { on: today },
        CommandName::Discharge => Command::Discharge { on: today },
        CommandName::DischargeNotSuitable => Command::DischargeNotSuitable { long_stay: false },
        CommandName::ProposeClosure => Command::ProposeClosure { reason: text("C5") },
        CommandName::ApproveClosure => Command::ApproveClosure { client_told: true, follow_up_plan: true },
        CommandName::RefuseClosure => Command::RefuseClosure { reason: text("B1") },
        CommandName::ProposeTransfer => {
            Command::ProposeTransfer { county: OTHER_COUNTY, office: id(OTHER_OFFICE) }
        }
        CommandName::ConfirmTransfer => Command::ConfirmTransfer,
        CommandName::RefuseTransfer => Command::RefuseTransfer { reason: text("B2") },
        CommandName::Withdraw => Command::Withdraw,
        CommandName::Cancel => Command::Cancel { reason: text("X3") },
        CommandName::RecordContactAttempt => {
            Command::RecordContactAttempt { on: today, way: text("phone"), reached: false }
        }
        CommandName::ReturnVisit => Command::ReturnVisit { on: today, action: VisitAction::None },
        CommandName::ReEnter => Command::ReEnter { needs: vec![text("S1")], signer: own() },
        CommandName::End => Command::End { reason: text("Z2") },
        CommandName::EndAfterVisits => Command::EndAfterVisits,
        CommandName::Death => Command::Death { on: today, source: text("family"), cause: text("physical") },
        CommandName::RecordConsent => consent(&[Purpose::Registration, Purpose::Institution]),
        CommandName::WithdrawConsent => Command::WithdrawConsent { purposes: vec![] },
        CommandName::AcknowledgeFeedback => Command::AcknowledgeFeedback,
        CommandName::RecordCapacity => Command::RecordCapacity {
            capacity: Capacity::Limited,
            basis: text("court"),
            assessor: text("测试法院"),
            on: today,
            until: None,
        },
        CommandName::AskAgain => Command::AskAgain,
        CommandName::RecordWord => Command::RecordWord { word: PersonWord::Agrees },
        CommandName::RenewAgreement => Command::RenewAgreement { signer: own(), until: later },
        CommandName::StoreForm => Command::StoreForm,
        CommandName::ChangeCaseManager => Command::ChangeCaseManager { case_manager: id(17) },
        CommandName::AddSource => Command::AddSource(Box::new(Source {
            channel: Channel::Assisted,
            account: id(3),
            role: Role::Committee,
            organisation: id(103),
            at: at(today),
        })),
        CommandName::ChildEnded => Command::ChildEnded { child: id(999) },
        CommandName::ExpireSupplement => Command::ExpireSupplement,
        CommandName::ExpireDraft => Command::ExpireDraft,
    }
}

#[test]
fn every_command_name_is_in_both_tables_once() {
    let here: BTreeSet<String> = table().iter().map(|(name, ..)| (*name).to_owned()).collect();
    let all: BTreeSet<String> = CommandName::ALL.iter().map(|name| name.code().to_owned()).collect();
    assert_eq!(here, all);
    let rows: Vec<&str> = TRANSITIONS.iter().map(|row| row.name.code()).collect();
    let distinct: BTreeSet<&str> = rows.iter().copied().collect();
    assert_eq!((rows.len(), distinct.len()), (all.len(), all.len()));
    for name in CommandName::ALL {
        assert_eq!(word(name), name.code());
        assert_eq!(any_command(*name, jiff::civil::date(2025, 3, 3)).name(), *name);
    }
}

#[test]
fn every_illegal_triple_is_refused_and_leaves_no_event() {
    let table = table();
    let (mut illegal, mut legal) = (0, 0);
    for state in State::ALL {
        let story = up_to(state);
        for role in Role::ALL {
            for name in CommandName::ALL {
                let (_, states, roles) = table.iter().find(|(row, ..)| *row == name.code()).unwrap();
                let right_state = states.split_whitespace().any(|row| row == word(state));
                let right_role = roles.split_whitespace().any(|row| row == role.code());
                let answer = story.attempt(&of_role(role), &any_command(*name, story.today));
                let refusal = answer.as_ref().err();
                let is = |code: RefusalCode| refusal.is_some_and(|refusal| *refusal == code);
                if !right_state {
                    assert!(is(RefusalCode::WrongState), "{state:?} {role:?} {name:?}: {answer:?}");
                    illegal += 1;
                } else if !right_role {
                    assert!(is(RefusalCode::WrongRole), "{state:?} {role:?} {name:?}: {answer:?}");
                    illegal += 1;
                } else {
                    assert!(
                        !is(RefusalCode::WrongState) && !is(RefusalCode::WrongRole),
                        "{state:?} {role:?} {name:?}: {answer:?}"
                    );
                    legal += 1;
                }
            }
        }
    }
    assert_eq!(illegal + legal, State::ALL.len() * Role::ALL.len() * CommandName::ALL.len());
    assert!(legal > 300, "{legal}");
}

#[test]
fn somebody_elses_case_is_refused() {
    let outsiders = [
        (State::Draft, someone(61, Role::Client, 0), CommandName::Submit, RefusalCode::NotYourCase),
        (State::Draft, someone(62, Role::Doctor, 160), CommandName::Submit, RefusalCode::NotYourCase),
        (State::Referred, second_manager(), CommandName::Accept, RefusalCode::NotYourCase),
        (State::Referred, second_manager(), CommandName::Decline, RefusalCode::NotYourCase),
        (
            State::Assessed,
            someone(63, Role::CaseManager, HOUSE),
            CommandName::Agree,
            RefusalCode::NotYourCase,
        ),
        (
            State::Accepted,
            someone(64, Role::Assessor, SECOND_HOUSE),
            CommandName::Assess,
            RefusalCode::NotYourCase,
        ),
        (State::Accepted, someone(7, Role::Assessor, HOUSE), CommandName::Assess, RefusalCode::SamePerson),
        (State::Hospital, someone(65, Role::Doctor, 160), CommandName::Discharge, RefusalCode::NotYourCase),
        (State::Closing, second_manager(), CommandName::ApproveClosure, RefusalCode::NotYourCase),
        (State::Registered, committee(), CommandName::RecordWord, RefusalCode::NotYourCase),
        (State::Registered, committee(), CommandName::RecordContactAttempt, RefusalCode::NotYourCase),
        // Accounts of clients are kept by one office: that ties none of them to another's case.
        (State::Registered, someone(66, Role::Client, 103), CommandName::Withdraw, RefusalCode::NotYourCase),
        (State::Closed, someone(67, Role::Doctor, 160), CommandName::Death, RefusalCode::NotYourCase),
    ];
    for (state, actor, name, code) in outsiders {
        let story = up_to(state);
        let refusal = story.attempt(&actor, &any_command(name, story.today)).unwrap_err();
        assert_eq!(refusal, code, "{state:?} {name:?}");
    }
    let responsible = up_to(State::Closed).know(|world| world.responsible = true);
    let doctor = someone(67, Role::Doctor, 160);
    assert!(responsible.attempt(&doctor, &any_command(CommandName::Death, responsible.today)).is_ok());
    let families = Story::new().act(someone(1, Role::Client, 103), Command::Save(Box::new(filing())));
    let neighbour = someone(66, Role::Client, 103);
    let withdraw = families.attempt(&neighbour, &Command::Withdraw).unwrap_err();
    assert_eq!(withdraw, RefusalCode::NotYourCase, "two clients of one office");
    let abroad = up_to(State::Submitted).know(|world| world.in_area = false);
    let register = Command::Register(Box::new(eligible()));
    assert_eq!(abroad.attempt(&worker(), &register).unwrap_err(), RefusalCode::OutOfArea);
}

#[test]
fn without_a_case_only_a_filer_may_begin() {
    for role in Role::ALL {
        let story = Story::new();
        for name in CommandName::ALL {
            let answer = story.attempt(&of_role(role), &any_command(*name, story.today));
            let files = FILERS.split_whitespace().any(|filer| filer == role.code());
            match name {
                CommandName::Save if files && role != Role::ReferralWorker => {
                    assert!(answer.is_ok(), "{role:?}")
                }
                CommandName::Save => assert_eq!(answer.unwrap_err(), RefusalCode::WrongRole, "{role:?}"),
                _ => assert_eq!(answer.unwrap_err(), RefusalCode::NoCase),
            }
        }
    }
    let counter = Story::new().act(for_client(worker()), Command::Save(Box::new(filing())));
    assert_eq!(counter.case().sources[0].channel, Channel::Personal, "at the counter, for the person");
}

#[test]
fn what_is_offered_is_what_is_decided() {
    for state in State::ALL {
        let story = up_to(state);
        for role in Role::ALL {
            let actor = of_role(role);
            let context = story.world.context(CommandName::StoreForm, story.today, 1);
            for offer in actions(story.case(), &actor, &context, story.now) {
                let answer = story.attempt(&actor, &any_command(offer.command, story.today));
                assert_eq!(offer.allowed, offer.refusal.is_none());
                if let Some(expected) = &offer.refusal {
                    assert_eq!(
                        answer.as_ref().unwrap_err(),
                        expected,
                        "{state:?} {role:?} {:?}",
                        offer.command
                    );
                }
                let refusal = answer.err();
                assert!(refusal.is_none_or(|refusal| {
                    refusal != RefusalCode::WrongState && refusal != RefusalCode::WrongRole
                }));
            }
        }
    }
}
