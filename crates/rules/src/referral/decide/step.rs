//! One step of a case while it is being written: event, clocks, place, effects.

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use super::Desk;
use crate::calendar::Calendar;
use crate::clock::{self, Clock, ClockChange, ClockRules, Unit};
use crate::referral::case::Hold;
use crate::referral::change::{Change, Effect, Message, Party, Task};
use crate::referral::event::{Event, PlaceChange, Recorded};
use crate::referral::state::State;

/// The clock that runs from the first event of a case.
pub(super) fn first_clock(state: State) -> Option<Clock> {
    match state {
        State::Submitted => Some(Clock::K1),
        State::Registered => Some(Clock::K2),
        _ => None,
    }
}

/// A clock started now by the rules in force.
pub(super) fn started(clock: Clock, rules: &ClockRules, now: Timestamp, calendar: &Calendar) -> ClockChange {
    ClockChange::Started { clock, term: clock::due(clock, rules, now, calendar) }
}

pub(super) struct Step<'a> {
    desk: Desk<'a>,
    recorded: Recorded,
    effects: Vec<Effect>,
}

impl<'a> Step<'a> {
    pub(super) fn new(desk: Desk<'a>, rule: &'static str, event: Event, to: State) -> Self {
        let actor = desk.actor;
        let recorded = Recorded {
            sequence: desk.case.version.saturating_add(1),
            event,
            actor: actor.account,
            role: actor.role,
            organisation: actor.organisation,
            on_behalf_of: actor.on_behalf_of.clone(),
            stands_in_for: actor.stands_in_for,
            at: desk.now,
            from: Some(desk.case.state),
            to,
            rule: rule.to_owned(),
            reason: None,
            clocks: Vec::new(),
            deadline_met: None,
            place: None,
            forms: desk.context.forms.clone(),
        };
        Self { desk, recorded, effects: Vec::new() }
    }

    pub(super) fn reason(mut self, code: &str) -> Self {
        self.recorded.reason = Some(code.to_owned());
        self
    }

    /// Start a clock, or start it again from zero.
    pub(super) fn start(mut self, clock: Clock) -> Self {
        let (rules, calendar) = (self.desk.rules, self.desk.context.calendar);
        self.recorded.clocks.push(started(clock, rules, self.desk.now, calendar));
        self
    }

    /// Start a clock with another limit in working days than its own.
    pub(super) fn start_in(mut self, clock: Clock, working_days: u16) -> Self {
        let percent = self.desk.rules.remind_percent;
        let calendar = self.desk.context.calendar;
        let term = clock::term(working_days, Unit::WorkingDays, percent, self.desk.now, calendar);
        self.recorded.clocks.push(ClockChange::Started { clock, term });
        self
    }

    /// Start a clock that ends with a given day.
    pub(super) fn start_until(mut self, clock: Clock, last: Date) -> Self {
        let at = clock::end_of(last);
        let term = clock::Term { date: last, at, remind_at: at, provisional: false };
        self.recorded.clocks.push(ClockChange::Started { clock, term });
        self
    }

    /// The step that a clock waits for is done.
    pub(super) fn stop(mut self, clock: Clock) -> Self {
        let Some(run) = self.desk.case.clocks.get(&clock).filter(|run| run.is_alive()) else { return self };
        let met = run.frozen.is_some() || self.desk.now <= run.term.at;
        if !met {
            self.effects.push(Effect::Breach { clock, due: run.term.date });
        }
        self.stop_as(clock, met)
    }

    /// The step is done; whether in time is judged by the caller.
    pub(super) fn stop_as(mut self, clock: Clock, met: bool) -> Self {
        self.recorded.clocks.push(ClockChange::Stopped { clock, met: Some(met) });
        if self.recorded.deadline_met.is_none() {
            self.recorded.deadline_met = Some(met);
        }
        self
    }

    /// A clock is given up without its step.
    pub(super) fn drop(mut self, clock: Clock) -> Self {
        if self.desk.case.clocks.get(&clock).is_some_and(|run| run.is_alive()) {
            self.recorded.clocks.push(ClockChange::Stopped { clock, met: None });
        }
        self
    }

    /// All clocks are given up, save those that this step stopped already.
    pub(super) fn drop_all(mut self) -> Self {
        for clock in Clock::ALL {
            let done = self.recorded.clocks.iter().any(
                |change| matches!(change, ClockChange::Stopped { clock: stopped, .. } if *stopped == clock),
            );
            if !done {
                self = self.drop(clock);
            }
        }
        self
    }

    pub(super) fn freeze(mut self, clock: Clock) -> Self {
        if self.desk.case.clocks.get(&clock).is_some_and(|run| run.is_running()) {
            self.recorded.clocks.push(ClockChange::Frozen { clock, on: self.desk.today });
        }
        self
    }

    pub(super) fn thaw(mut self, clock: Clock) -> Self {
        if let Some(run) = self.desk.case.clocks.get(&clock).filter(|run| run.frozen.is_some()) {
            let term = run.resumed_term(self.desk.today);
            self.recorded.clocks.push(ClockChange::Resumed { clock, term });
        }
        self
    }

    pub(super) fn hold(self, institution: Uuid, hold: Hold) -> Self {
        self.place(PlaceChange::Hold { institution, hold })
    }

    /// Give the place of the case back, if it has one.
    pub(super) fn release(self) -> Self {
        match &self.desk.case.place {
            Some(place) => {
                let institution = place.institution;
                self.place(PlaceChange::Release { institution })
            }
            None => self,
        }
    }

    fn place(mut self, change: PlaceChange) -> Self {
        self.recorded.place = Some(change);
        self.effects.push(Effect::Place { before: self.desk.case.place.clone(), change });
        self
    }

    pub(super) fn effect(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }

    pub(super) fn message(self, kind: Message, to: Party) -> Self {
        self.effect(Effect::Message { kind, to, due: None })
    }

    pub(super) fn message_due(self, kind: Message, to: Party, due: Date) -> Self {
        self.effect(Effect::Message { kind, to, due: Some(due) })
    }

    pub(super) fn task(self, kind: Task, to: Party, due: Option<Timestamp>) -> Self {
        self.effect(Effect::Task { kind, to, due })
    }

    /// The due day of a clock that this step starts.
    pub(super) fn due_of(&self, wanted: Clock) -> Option<clock::Term> {
        self.recorded.clocks.iter().rev().find_map(|change| match change {
            ClockChange::Started { clock, term } if *clock == wanted => Some(*term),
            _ => None,
        })
    }

    pub(super) fn done(self) -> Change {
        Change { events: vec![self.recorded], effects: self.effects }
    }
}
