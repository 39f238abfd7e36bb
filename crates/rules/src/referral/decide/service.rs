//! Steps 5 and 6: service, stage evaluation, suspension.

use jiff::civil::Date;
use uuid::Uuid;

use super::signing::{handed_in, in_service, need, not_future, reason};
use super::{Desk, capacity};
use crate::Refusal;
use crate::clock::{Clock, ClockRun};
use crate::form::FormCode;
use crate::reason::Category;
use crate::referral::case::{Hold, Suspension};
use crate::referral::change::{Change, Effect, Message, Party, Task};
use crate::referral::command::StageDecision;
use crate::referral::event::Event;
use crate::referral::refusal_code::RefusalCode;
use crate::referral::state::State;

/// T17: the first session. I4: a valid agreement and valid consents. The place is used from now on; K7 starts.
pub(super) fn first_session(desk: &Desk<'_>, session: Uuid, on: Date) -> Result<Change, Refusal> {
    in_service(desk)?;
    not_future(desk, "T17", on)?;
    if desk.case.agreement.as_ref().is_some_and(|agreement| on < agreement.from) {
        return Err(RefusalCode::DateInvalid.by("T17").with("on", on));
    }
    let event = Event::FirstSession { session, on };
    let mut step = desk.step("T17", event, State::InService).stop(Clock::K6).start(Clock::K7);
    if let Some(institution) = desk.case.institution {
        step = step.hold(institution, Hold::Occupied);
    }
    Ok(step.message(Message::ServiceStarted, Party::Senders).done())
}

/// T18: stage evaluation on the scales of the baseline, by an assessor who is not the only one to serve the case.
/// It counts as in time up to 10 working days after it was due (local default). K7 starts again.
pub(super) fn stage_evaluation(desk: &Desk<'_>, decision: StageDecision) -> Result<Change, Refusal> {
    let evaluation = handed_in(desk, FormCode::F8).ok_or_else(|| RefusalCode::FormMissing.by("T18"))?;
    let baseline = desk.case.form(FormCode::F4);
    let left_out = baseline.into_iter().flat_map(|form| &form.scales);
    let left_out: Vec<&str> =
        left_out.filter(|scale| !evaluation.scales.contains(scale)).map(String::as_str).collect();
    if !left_out.is_empty() {
        return Err(RefusalCode::FormIncomplete.by("T18").with("scales", left_out.join(" ")));
    }
    if matches!(decision, StageDecision::Adjust | StageDecision::Intensify) {
        need("T18", handed_in(desk, FormCode::F5), FormCode::F5, &[])?;
    }
    let event = Event::StageEvaluated { decision };
    let mut step = desk.step("T18", event, State::InService);
    if let Some(run) = desk.case.clocks.get(&Clock::K7).filter(|run| run.is_alive()) {
        let met = in_window(desk, run);
        step = step.stop_as(Clock::K7, met);
        if !met {
            step = step.effect(Effect::Breach { clock: Clock::K7, due: run.term.date });
        }
    }
    step = step.start(Clock::K7);
    // Whoever is asked at the next evaluation only would meanwhile be served on a consent that ran out or changed.
    let next = step.due_of(Clock::K7).map_or(desk.today, |term| term.date);
    let texts = desk.context.texts;
    if desk.case.standing().any(|given| given.is_to_be_asked(texts, next, desk.today)) {
        step = step.task(Task::AskAgain, capacity::asker(desk), Some(capacity::term(desk)));
    }
    if matches!(decision, StageDecision::Close | StageDecision::Refer)
        && let Some(case_manager) = desk.case.case_manager
    {
        step = step.task(Task::ProposeClosure, Party::Account(case_manager), None);
    }
    Ok(step.done())
}

fn in_window(desk: &Desk<'_>, run: &ClockRun) -> bool {
    let window = desk.rules.limits.stage_evaluation_window_working_days;
    desk.today <= desk.context.calendar.after_working_days(run.term.date, window).date
}

/// T19: the service is suspended for a reason and for 90 days at most (local default). K7 is frozen, K14 runs to the
/// day of the expected return.
pub(super) fn suspend(desk: &Desk<'_>, code: &str, until: Date) -> Result<Change, Refusal> {
    reason(desk, "T19", Category::Pause, code)?;
    let longest = i64::from(desk.rules.limits.suspension_days);
    let last = desk.today.saturating_add(jiff::Span::new().days(longest));
    if until <= desk.today {
        return Err(RefusalCode::DateInvalid.by("T19").with("until", until));
    }
    if until > last {
        return Err(RefusalCode::TooLong.by("T19").with("last", last));
    }
    let event = Event::Suspended(Suspension { reason: code.to_owned(), since: desk.today, until });
    let step = desk.step("T19", event, State::Suspended).reason(code).freeze(Clock::K7);
    Ok(step.start_until(Clock::K14, until).done())
}

/// T20: the service goes on; after more than 30 days a re-assessment comes first (local default). K7 goes on where
/// it stood.
pub(super) fn resume(desk: &Desk<'_>) -> Result<Change, Refusal> {
    Ok(desk.step("T20", Event::Resumed, State::InService).stop(Clock::K14).thaw(Clock::K7).done())
}

/// T19: the day of the expected return is over and nobody resumed the service. The case manager calls the person the same
/// day, civil affairs learns of it; a case is never closed because somebody is silent (local default).
pub(super) fn suspension_over(desk: &Desk<'_>) -> Result<Change, Refusal> {
    let step = desk.stay("T19", Event::SuspensionOver).stop(Clock::K14);
    Ok(match desk.case.case_manager {
        Some(case_manager) => step.task(Task::Contact, Party::Account(case_manager), Some(desk.now)),
        None => step,
    }
    .done())
}
