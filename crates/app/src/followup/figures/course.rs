//! The course of a record: how it stood after each of its events, and which visit was owed by when and made. It follows the rule by
//! which the register sets its deadlines (`rules::followup::owed`), looking back.

use crate::{
    error::Result,
    followup::{
        held::{Happened, Held, after},
        visit::Said,
    },
};
use jiff::civil::Date;
use rules::{
    calendar::Calendar,
    followup::{
        Class, FollowupRules,
        indicator::{Span, VisitFact},
        owed::is_followed,
        register::{Record, State, Step},
        report::first_visit_due,
        stays::Told,
        visit::LockUp,
    },
};

/// A visit, or a try of one.
pub(super) struct Made {
    pub on: Date,
    /// Somebody was met or spoken to.
    pub reached: bool,
    /// Risk, symptoms and insight were judged.
    pub valid: bool,
    pub face_to_face: bool,
    pub class: Option<Class>,
    pub next_on: Option<Date>,
    pub said: Said,
}

/// How a record stood from a day on.
struct Standing {
    on: Date,
    record: Record,
    first_visit_from: Option<Date>,
}

/// The course of a record.
pub(super) struct Course {
    /// The record as it stands now.
    pub held: Held,
    /// The diagnosis with which it was reported.
    pub diagnosed_on: Option<Date>,
    /// Primary care took it up.
    pub received_on: Option<Date>,
    /// Steps with their days.
    pub steps: Vec<Told>,
    standings: Vec<Standing>,
}

impl Course {
    /// The fold of what happened; none where nothing did. A step that was recorded late may have the day of an earlier one: the record
    /// stands so from the later day on, since until then it was treated otherwise.
    pub(super) fn of(events: &[(Date, Happened)]) -> Result<Option<Course>> {
        let (mut held, mut standings): (Option<Held>, Vec<Standing>) = (None, Vec::new());
        let (mut diagnosed_on, mut received_on, mut steps) = (None, None, Vec::new());
        for (on, happened) in events {
            let reported = held.as_ref().is_some_and(|held| held.reported_on.is_some());
            let next = after(held, happened, *on)?;
            if !reported && next.reported_on.is_some() {
                diagnosed_on = next.profile.diagnosed_on;
            }
            if let Happened::Stepped { step, .. } = happened {
                if matches!(step, Step::Receive { .. }) {
                    received_on = Some(*on);
                }
                steps.push(Told::Step(step.clone(), *on));
            }
            let on = standings.last().map_or(*on, |last| last.on.max(*on));
            let (record, first_visit_from) = (next.record.clone(), next.first_visit_from);
            standings.push(Standing { on, record, first_visit_from });
            held = Some(next);
        }
        Ok(held.map(|held| Course { held, diagnosed_on, received_on, steps, standings }))
    }

    /// The days on which something held of the record. The day on which it ends is not one of them, but that of a death is.
    fn days(&self, holds: impl Fn(&Record) -> bool) -> Vec<Span> {
        let (mut spans, mut open) = (Vec::new(), None);
        for standing in &self.standings {
            if holds(&standing.record) {
                open = open.or(Some(standing.on));
                continue;
            }
            let Some(from) = open.take() else { continue };
            let died = standing.record.state == State::Deceased;
            let until = if died { Some(standing.on) } else { standing.on.yesterday().ok() };
            spans.push(Span { from, until });
        }
        spans.extend(open.map(|from| Span { from, until: None }));
        spans.retain(|span| span.until.is_none_or(|until| span.from <= until));
        spans
    }

    /// Managed (在管): community management is agreed to, and the person is neither lost nor abroad. In hospital and on the way to
    /// another institution the one in charge goes on managing (local default).
    pub(super) fn managed(&self) -> Vec<Span> {
        self.days(|record| {
            let kept = match record.state {
                State::Managed | State::Hospital => true,
                State::Moved => !record.is_abroad(),
                _ => false,
            };
            kept && record.agreed == Some(true)
        })
    }

    /// Lost.
    pub(super) fn lost(&self) -> Vec<Span> {
        self.days(|record| record.state == State::Lost)
    }

    /// How it stood up to a day.
    fn until(&self, last: Date) -> impl Iterator<Item = &Standing> {
        self.standings.iter().take_while(move |standing| standing.on <= last)
    }

    /// Since when the person is out of the register, as it stood on a day: the diagnosis is excluded, or they live abroad.
    pub(super) fn left(&self, last: Date) -> Option<Date> {
        self.until(last).fold(None, |left, standing| match standing.record.state {
            State::Excluded => left.or(Some(standing.on)),
            State::Moved if standing.record.is_abroad() => left.or(Some(standing.on)),
            // Whoever dies after that comes not back by it.
            State::Deceased => left,
            _ => None,
        })
    }

    /// Since when community management is agreed to, as it stood on a day.
    pub(super) fn agreed(&self, last: Date) -> Option<Date> {
        self.until(last).fold(None, |since, standing| {
            if standing.record.agreed == Some(true) { since.or(Some(standing.on)) } else { None }
        })
    }

    /// Every visit that was owed, with what came of it, and every other one that was made. What may still be made today is not missed.
    pub(super) fn visits(
        &self,
        made: &[Made],
        today: Date,
        rules: &FollowupRules,
        calendar: &Calendar,
    ) -> Vec<VisitFact> {
        let mut diary = Diary { facts: Vec::new(), owed: None, followed: None, last: None };
        let mut rest = made.iter().peekable();
        let mut standings = self.standings.iter().peekable();
        while let Some(standing) = standings.next() {
            // Of several steps on one day the last one counts.
            if standings.peek().is_some_and(|next| next.on == standing.on) {
                continue;
            }
            let followed = is_followed(&standing.record);
            // What begins visits comes before those of its day, what ends them after: an admission that a visit found, say.
            let before = |visit: &&Made| visit.on < standing.on || (visit.on == standing.on && !followed);
            while let Some(visit) = rest.next_if(before) {
                diary.visit(visit);
            }
            match standing.first_visit_from.filter(|_| followed) {
                Some(from) => diary.follow(from, first_visit_due(from, rules, calendar).date),
                None if followed => diary.followed = diary.followed.or(Some(standing.on)),
                None => diary.rest(standing.on),
            }
        }
        rest.for_each(|visit| diary.visit(visit));
        diary.rest(today);
        diary.facts
    }
}

/// Visits as they fell due and were made.
struct Diary {
    facts: Vec<VisitFact>,
    /// The last day of the visit that is owed.
    owed: Option<Date>,
    /// Since when visits are owed, where they are.
    followed: Option<Date>,
    /// The last visit or try, with the day set for the next.
    last: Option<(Date, Option<Date>)>,
}

impl Diary {
    /// Visits are owed, the first by a day, unless somebody came since they began.
    fn follow(&mut self, from: Date, by: Date) {
        if self.followed == Some(from) {
            return;
        }
        self.miss(from);
        self.followed = Some(from);
        self.owed = match self.last.filter(|(on, _)| *on >= from) {
            Some((_, next)) => next,
            None => Some(by),
        };
    }

    /// No visit is owed from a day on.
    fn rest(&mut self, on: Date) {
        self.miss(on);
        (self.owed, self.followed) = (None, None);
    }

    /// A visit whose last day is over was missed.
    fn miss(&mut self, on: Date) {
        if let Some(due) = self.owed.filter(|due| *due < on) {
            self.facts.push(VisitFact {
                due: Some(due),
                on: None,
                valid: false,
                face_to_face: false,
                class: None,
                adherence: None,
                trouble: 0,
                harm: 0,
            });
            self.owed = None;
        }
    }

    /// A try in vain in time gives two weeks more, where that is later; one too late leaves the visit missed.
    fn visit(&mut self, visit: &Made) {
        self.last = Some((visit.on, visit.next_on));
        let next = visit.next_on.filter(|_| self.followed.is_some());
        if !visit.reached {
            self.owed = match self.owed {
                Some(due) if visit.on <= due => Some(next.map_or(due, |next| next.max(due))),
                Some(due) => Some(due),
                None => next,
            };
            return;
        }
        self.facts.push(VisitFact {
            due: self.owed,
            on: Some(visit.on),
            valid: visit.valid,
            face_to_face: visit.face_to_face,
            class: visit.class,
            adherence: visit.said.adherence,
            trouble: visit.said.trouble,
            harm: visit.said.harm,
        });
        self.owed = next;
    }
}

/// The days on which the person was locked up, as one visit after another tells.
pub(super) fn locked_up(made: &[Made]) -> Vec<Span> {
    let (mut spans, mut open) = (Vec::new(), None);
    for visit in made {
        match visit.said.lock_up {
            Some(LockUp::Locked) => open = open.or(Some(visit.on)),
            Some(LockUp::None | LockUp::Released) => {
                let until = visit.on.yesterday().ok();
                spans.extend(open.take().map(|from| Span { from, until }));
            }
            None => {}
        }
    }
    spans.extend(open.map(|from| Span { from, until: None }));
    spans
}

#[cfg(test)]
mod tests;
