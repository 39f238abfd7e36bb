//! Reaching people who are hard to reach: a lead from the shared registers, the attempts to contact the person, and when to try again.
//!
//! Somebody found by matching the registers is a lead, never an application: a worker must reach the person and obtain consent first
//! (Measures for the Sharing and Referral of Resources, 2023, channel A4). How a lead stands is the fold of its attempts, so that an
//! attempt that was entered wrongly and voided leaves no trace in what is due. Codes, words and days stand in `data/outreach.toml`.

mod table;

pub use table::{Follows, Limits, Outcome, OutreachTable, Reached, Reason, Way};

use crate::{calendar::Calendar, care::Fault};
use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

/// One attempt to reach somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The day.
    pub on: Date,
    /// In which way: a code.
    pub way: String,
    /// Who was reached: a code.
    pub reached: String,
    /// What came of it: a code.
    pub outcome: String,
    /// Why: a code.
    pub reason: Option<String>,
    /// The next day that was agreed upon with the person.
    pub next: Option<Date>,
}

/// How far a lead has come, by its attempts alone; what the case says comes on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeadState {
    /// To be tried.
    Open,
    /// Not reached on several days: looked for once a month.
    Unreached,
    /// Wants to apply; somebody helps with the application.
    Applies,
    /// There is an application: the referral goes on from here.
    Filed,
    /// Not contacted any more.
    Ended,
}

impl LeadState {
    /// All states.
    pub const ALL: [LeadState; 5] =
        [LeadState::Open, LeadState::Unreached, LeadState::Applies, LeadState::Filed, LeadState::Ended];

    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            LeadState::Open => "open",
            LeadState::Unreached => "unreached",
            LeadState::Applies => "applies",
            LeadState::Filed => "filed",
            LeadState::Ended => "ended",
        }
    }

    /// The state of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<LeadState> {
        LeadState::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Whether somebody is still to be contacted.
    #[must_use]
    pub fn is_tried(self) -> bool {
        matches!(self, LeadState::Open | LeadState::Unreached | LeadState::Applies)
    }
}

/// How a lead stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// State.
    pub state: LeadState,
    /// Attempts that count.
    pub attempts: usize,
    /// The first attempt.
    pub tried: Option<Date>,
    /// The day on which the person or family was first reached.
    pub contacted: Option<Date>,
    /// The day on which the person first came to a trial session.
    pub trial: Option<Date>,
    /// The last attempt.
    pub last: Option<Date>,
    /// What came of the last attempt.
    pub outcome: Option<String>,
    /// Why the person does not come, by the last time that somebody was reached or is gone: who thinks it over after a refusal gives
    /// no reason any more.
    pub reason: Option<String>,
    /// When to try again.
    pub next: Option<Date>,
    /// Several attempts in a row failed in one way: another one is worth a try.
    pub other_way: bool,
}

fn days(count: u16) -> jiff::Span {
    i32::from(count).days()
}

/// How a lead that was given on a day stands after its attempts, in the order of their days.
#[must_use]
pub fn standing(given: Date, attempts: &[Attempt], table: &OutreachTable, calendar: &Calendar) -> Standing {
    let working = |day: Date| calendar.next_working_day(day).date;
    let limits = &table.limits;
    let contact = |one: &Attempt| table.reached(&one.reached).is_some_and(|reached| reached.contact);
    let mut standing = Standing {
        state: LeadState::Open,
        attempts: attempts.len(),
        tried: attempts.first().map(|one| one.on),
        contacted: attempts.iter().find(|one| contact(one)).map(|one| one.on),
        trial: attempts.iter().find(|one| is_trial(one, table) && contact(one)).map(|one| one.on),
        last: attempts.last().map(|one| one.on),
        outcome: attempts.last().map(|one| one.outcome.clone()),
        reason: attempts
            .iter()
            .rev()
            .find(|one| one.reason.is_some() || contact(one))
            .and_then(|one| one.reason.clone()),
        next: Some(working(given.saturating_add(days(limits.first_after_days)))),
        other_way: false,
    };
    let Some(last) = attempts.last() else { return standing };
    let follows = table.outcome(&last.outcome).map_or(Follows::Again, |outcome| outcome.follows);
    let silent: Vec<&Attempt> = attempts.iter().rev().take_while(|one| !contact(one)).collect();
    standing.other_way =
        silent.iter().take_while(|one| one.way == last.way).count() >= limits.same_way_at_most;
    let agreed =
        last.next.or_else(|| wait(attempts, table).map(|count| working(last.on.saturating_add(days(count)))));
    (standing.state, standing.next) = match follows {
        Follows::Ends => (LeadState::Ended, None),
        Follows::Applies => (LeadState::Applies, agreed),
        Follows::Again | Follows::Trial if distinct_days(&silent) >= limits.days_before_unreached => {
            let check = working(last.on.saturating_add(days(limits.unreached_every_days)));
            (LeadState::Unreached, Some(last.next.unwrap_or(check)))
        }
        Follows::Again | Follows::Trial => (LeadState::Open, agreed),
    };
    standing
}

/// What all attempts of a lead say together where there are more of them than are read one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole {
    /// Attempts that count.
    pub attempts: usize,
    /// The first attempt.
    pub tried: Option<Date>,
    /// The day on which the person or family was first reached.
    pub contacted: Option<Date>,
    /// The day on which the person first came to a trial session.
    pub trial: Option<Date>,
}

impl Standing {
    /// The same of a lead of whose attempts only the latest were read: when to try again and how it stands follows from them, how often
    /// and since when it was tried from all.
    #[must_use]
    pub fn of_all(self, whole: Whole) -> Standing {
        let Whole { attempts, tried, contacted, trial } = whole;
        Standing { attempts, tried, contacted, trial, ..self }
    }
}

fn is_trial(attempt: &Attempt, table: &OutreachTable) -> bool {
    table.way(&attempt.way).is_some_and(|way| way.trial)
}

/// The days of these attempts, each counted once.
fn distinct_days(attempts: &[&Attempt]) -> usize {
    let mut on: Vec<Date> = attempts.iter().map(|one| one.on).collect();
    on.sort_unstable();
    on.dedup();
    on.len()
}

/// Days until the next attempt: the more often in a row the outcome was the same, the longer.
fn wait(attempts: &[Attempt], table: &OutreachTable) -> Option<u16> {
    let last = attempts.last()?;
    let row = attempts.iter().rev().take_while(|one| one.outcome == last.outcome).count();
    let waits = &table.outcome(&last.outcome)?.days;
    waits.get(row.saturating_sub(1)).or(waits.last()).copied()
}

/// All that is wrong with an attempt on a lead that was given on a day.
#[must_use]
pub fn faults(attempt: &Attempt, given: Date, today: Date, table: &OutreachTable) -> Vec<Fault> {
    let limits = &table.limits;
    let mut faults = Vec::new();
    if attempt.on > today {
        faults.push(Fault::new("on", "date_future"));
    } else if attempt.on < given {
        faults.push(Fault::new("on", "before_lead").with(given));
    } else if attempt.on.saturating_add(days(limits.entered_within_days)) < today {
        faults.push(Fault::new("on", "attempt_too_old").with(limits.entered_within_days));
    }
    let way = table.way(&attempt.way);
    if way.is_none() {
        faults.push(Fault::new("way", "unknown_choice"));
    }
    let reached = table.reached(&attempt.reached);
    if reached.is_none() {
        faults.push(Fault::new("reached", "unknown_choice"));
    }
    let Some(outcome) = table.outcome(&attempt.outcome) else {
        faults.push(Fault::new("outcome", "unknown_choice"));
        return faults;
    };
    if let Some(reached) = reached.filter(|reached| reached.contact != outcome.contact) {
        // That somebody died or moved may be told by the family as well.
        if !(reached.contact && outcome.follows == Follows::Ends) {
            faults.push(Fault::new("outcome", if outcome.contact { "needs_contact" } else { "had_contact" }));
        }
    }
    if way.is_some_and(|way| way.trial != outcome.trial) && outcome.follows != Follows::Ends {
        let fits = way.is_some_and(|way| way.trial) && outcome.contact && !outcome.trial;
        if !fits {
            faults.push(Fault::new("outcome", "trial_outcome"));
        }
    }
    faults.extend(reason_fault(attempt, outcome, table));
    faults.extend(next_fault(attempt, outcome, today, limits));
    faults
}

fn reason_fault(attempt: &Attempt, outcome: &Outcome, table: &OutreachTable) -> Option<Fault> {
    match attempt.reason.as_deref() {
        None => outcome.reason.then(|| Fault::new("reason", "required")),
        Some(code) => {
            let known =
                table.reason(code).is_some_and(|reason| reason.gone != outcome.contact || code == "other");
            (!known || !outcome.reason).then(|| Fault::new("reason", "reason_unfit"))
        }
    }
}

fn next_fault(attempt: &Attempt, outcome: &Outcome, today: Date, limits: &Limits) -> Option<Fault> {
    match attempt.next {
        None => (outcome.follows == Follows::Trial).then(|| Fault::new("next", "required")),
        Some(_) if outcome.follows == Follows::Ends => Some(Fault::new("next", "next_after_end")),
        Some(next) if next <= attempt.on => Some(Fault::new("next", "next_before")),
        Some(next) if next > today.saturating_add(days(limits.agreed_within_days)) => {
            Some(Fault::new("next", "date_too_late").with(limits.agreed_within_days))
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests;
