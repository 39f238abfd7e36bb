//! The decision: a command is carried out or refused.
//!
//! The parts follow the official steps. Each function names its transition and source; preconditions that do not
//! depend on the command's data stand in `ready`, so that [`actions`](super::actions) can tell them beforehand.

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use super::case::{Case, Channel, Source};
use super::change::Change;
use super::command::Command;
use super::context::Context;
use super::event::{Event, Recorded, Seed};
use super::refusal_code::RefusalCode;
use super::relation;
use super::state::State;
use crate::Refusal;
use crate::account::Actor;
use crate::capacity::Group;
use crate::clock::{ClockRules, china_date};

mod application;
mod assessment;
mod capacity;
mod closure;
mod consent;
mod followup;
mod hospital;
mod ready;
mod referring;
mod service;
mod signing;
mod step;
mod transfer;

pub(super) use ready::ready;
use step::Step;

/// What every decision looks at.
#[derive(Clone, Copy)]
pub(super) struct Desk<'a> {
    pub(super) case: &'a Case,
    pub(super) actor: &'a Actor,
    pub(super) context: &'a Context<'a>,
    pub(super) now: Timestamp,
    pub(super) today: Date,
    pub(super) rules: &'a ClockRules,
}

impl<'a> Desk<'a> {
    pub(super) fn new(case: &'a Case, actor: &'a Actor, context: &'a Context<'a>, now: Timestamp) -> Self {
        let today = china_date(now);
        Self { case, actor, context, now, today, rules: context.clocks.in_force(today) }
    }

    /// How the person decides today.
    fn group(&self) -> Group {
        self.context.capacity.group(self.context.person.age, self.case.finding.as_ref(), self.today)
    }

    /// A step that moves the case to a state.
    fn step(&self, rule: &'static str, event: Event, to: State) -> Step<'a> {
        Step::new(*self, rule, event, to)
    }

    /// A step that leaves the case in its state.
    fn stay(&self, rule: &'static str, event: Event) -> Step<'a> {
        self.step(rule, event, self.case.state)
    }
}

/// Decide a command. Without a case only `save` is possible; the first of [`Context::fresh`] becomes the identity.
///
/// # Errors
/// A refusal that names its rule: wrong state, wrong role, somebody else's case, or a precondition.
pub fn decide(
    case: Option<&Case>,
    command: &Command,
    actor: &Actor,
    context: &Context<'_>,
    now: Timestamp,
) -> Result<Change, Refusal> {
    let Some(case) = case else {
        return match command {
            Command::Save(filing) => begin_draft(filing, actor, context, now),
            _ => Err(RefusalCode::NoCase.by("T1")),
        };
    };
    let name = command.name();
    relation::admit(name, case, actor, context)?;
    let desk = Desk::new(case, actor, context, now);
    ready(name, &desk)?;
    signing::forms_of(name, &desk)?;
    carry_out(&desk, command)
}

fn carry_out(desk: &Desk<'_>, command: &Command) -> Result<Change, Refusal> {
    match command {
        Command::Save(filing) => application::save(desk, filing),
        Command::Submit => application::submit(desk),
        Command::AskSupplement { items } => application::ask_supplement(desk, items),
        Command::Resubmit { answered } => application::resubmit(desk, answered),
        Command::ExpireSupplement => application::expire_supplement(desk),
        Command::ExpireDraft => application::expire_draft(desk),
        Command::ProposeRejection { reason } => application::propose_rejection(desk, reason),
        Command::ConfirmRejection { notice_sent } => application::confirm_rejection(desk, *notice_sent),
        Command::Object { document } => application::object(desk, *document),
        Command::UpholdObjection => application::uphold_objection(desk),
        Command::DismissObjection { reason } => application::dismiss_objection(desk, reason),
        Command::Register(eligibility) => application::register(desk, eligibility),
        Command::AddSource(source) => application::add_source(desk, source),
        Command::Refer { institution, person_asked, agreed_order } => {
            referring::refer(desk, *institution, *person_asked, agreed_order)
        }
        Command::Queue { reason, priority } => referring::queue(desk, reason, *priority),
        Command::PlaceFree { institution } => referring::place_free(desk, *institution),
        Command::Decline { reason } => referring::decline(desk, reason),
        Command::RecallSilent => referring::recall_silent(desk),
        Command::InstitutionUnlisted { institution, notice } => {
            referring::institution_unlisted(desk, *institution, *notice)
        }
        Command::Accept { case_manager, answers } => referring::accept(desk, *case_manager, answers),
        Command::ChangeCaseManager { case_manager } => referring::change_case_manager(desk, *case_manager),
        Command::Assess { risk_grade, services } => assessment::assess(desk, *risk_grade, services),
        Command::NotSuitable { reason, alternative } => assessment::not_suitable(desk, reason, alternative),
        Command::Agree { signer, until } => assessment::agree(desk, signer, *until),
        Command::RenewAgreement { signer, until } => assessment::renew_agreement(desk, signer, *until),
        Command::StoreForm => assessment::store_form(desk),
        Command::FirstSession { session, on } => service::first_session(desk, *session, *on),
        Command::StageEvaluation { decision } => service::stage_evaluation(desk, *decision),
        Command::Suspend { reason, until } => service::suspend(desk, reason, *until),
        Command::Resume => service::resume(desk),
        Command::SuspensionOver => service::suspension_over(desk),
        Command::ReturnToHospital(request) => hospital::request(desk, request),
        Command::ConfirmHospital { on } => hospital::confirm(desk, *on),
        Command::Discharge { on } => hospital::discharge(desk, *on),
        Command::DischargeNotSuitable { long_stay } => hospital::discharge_not_suitable(desk, *long_stay),
        other => carry_out_ending(desk, other),
    }
}

/// The second half of the table: closure, transfer, withdrawal, follow-up, consent.
fn carry_out_ending(desk: &Desk<'_>, command: &Command) -> Result<Change, Refusal> {
    match command {
        Command::ProposeClosure { reason } => closure::propose(desk, reason),
        Command::ApproveClosure { client_told, follow_up_plan } => {
            closure::approve(desk, *client_told, *follow_up_plan)
        }
        Command::RefuseClosure { reason } => closure::refuse(desk, reason),
        Command::ChildEnded { child } => closure::child_ended(desk, *child),
        Command::AcknowledgeFeedback => closure::acknowledge_feedback(desk),
        Command::ProposeTransfer { county, office } => transfer::propose(desk, *county, *office),
        Command::ConfirmTransfer => transfer::confirm(desk),
        Command::RefuseTransfer { reason } => transfer::refuse(desk, reason),
        Command::Withdraw => transfer::withdraw(desk),
        Command::Cancel { reason } => transfer::cancel(desk, reason),
        Command::RecordContactAttempt { on, way, reached } => {
            followup::contact_attempt(desk, *on, way, *reached)
        }
        Command::ReturnVisit { on, action } => followup::return_visit(desk, *on, *action),
        Command::ReEnter { needs, signer } => followup::re_enter(desk, needs, signer),
        Command::End { reason } => followup::end(desk, reason),
        Command::EndAfterVisits => followup::end_after_visits(desk),
        Command::Death { on, source, cause } => followup::death(desk, *on, source, cause),
        Command::RecordConsent { purposes, signer, until } => consent::record(desk, purposes, signer, *until),
        Command::WithdrawConsent { purposes } => consent::withdraw(desk, purposes),
        Command::RecordWord { word } => consent::word(desk, *word),
        Command::RecordCapacity { capacity, basis, assessor, on, until } => {
            let source = (basis.as_str(), assessor.as_str());
            capacity::record(desk, *capacity, source, *on, *until)
        }
        Command::AskAgain => consent::ask_again(desk),
        _ => Err(RefusalCode::WrongState.by("I3")),
    }
}

/// T1: a draft is begun, by the person, by a doctor or by another who helps (channels of the Measures, 2023).
fn begin_draft(
    filing: &super::case::Filing,
    actor: &Actor,
    context: &Context<'_>,
    now: Timestamp,
) -> Result<Change, Refusal> {
    let channel = Channel::of(actor.role, actor.on_behalf_of.is_some());
    let channel = channel.ok_or_else(|| RefusalCode::WrongRole.by("T1").with("role", actor.role.code()))?;
    let [id, _] = context.fresh;
    let source = Source {
        channel,
        account: actor.account,
        role: actor.role,
        organisation: actor.organisation,
        at: now,
    };
    let seed = Seed {
        id,
        episode: id,
        state: State::Draft,
        sources: vec![source],
        filing: filing.clone(),
        consents: Vec::new(),
        finding: None,
        parent: None,
        previous: None,
        waiting_at: None,
        offers: Vec::new(),
    };
    Ok(opened(seed, actor, context, now))
}

/// Open a case that another case asked for ([`Effect::Open`](super::Effect::Open)), with the clock of its first
/// state: K1 when submitted, K2 when registered.
#[must_use]
pub fn open(seed: Seed, actor: &Actor, context: &Context<'_>, now: Timestamp) -> Change {
    opened(seed, actor, context, now)
}

fn opened(seed: Seed, actor: &Actor, context: &Context<'_>, now: Timestamp) -> Change {
    let rules = context.clocks.in_force(china_date(now));
    let clock = step::first_clock(seed.state);
    let clocks = clock.map(|clock| step::started(clock, rules, now, context.calendar));
    let recorded = Recorded {
        sequence: 1,
        to: seed.state,
        event: Event::Opened(Box::new(seed)),
        actor: actor.account,
        role: actor.role,
        organisation: actor.organisation,
        on_behalf_of: actor.on_behalf_of.clone(),
        stands_in_for: actor.stands_in_for,
        at: now,
        from: None,
        rule: "T1".to_owned(),
        reason: None,
        clocks: clocks.into_iter().collect(),
        deadline_met: None,
        place: None,
        forms: context.forms.clone(),
    };
    Change { events: vec![recorded], effects: Vec::new() }
}

/// A seed for a case that goes on from this one.
fn seed_from(case: &Case, id: Uuid, state: State, channel: Channel, actor: &Actor, at: Timestamp) -> Seed {
    let source =
        Source { channel, account: actor.account, role: actor.role, organisation: actor.organisation, at };
    Seed {
        id,
        episode: case.episode,
        state,
        sources: vec![source],
        filing: case.filing.clone(),
        consents: case.consents.clone(),
        finding: case.finding.clone(),
        parent: None,
        previous: Some(case.id),
        waiting_at: None,
        offers: case.offers.clone(),
    }
}
