//! The columns that follow from a case and from an event of it. Lists, work lists and the clock read them instead of the
//! documents; `xinqiao doctor` computes them again and compares.

use super::{row, save::number};
use crate::{App, db::Value, id::Id, migrate::shape::Kind, p};
use rules::{
    clock::{ClockChange, china_date},
    referral::{Case, Recorded},
};

/// The columns of `referral` that [`of_case`] gives, in its order, with what each holds.
pub(crate) const OF_CASE: [(&str, Kind); 21] = [
    ("receipt", Kind::Text),
    ("registration", Kind::Text),
    ("person_id", Kind::Id),
    ("state", Kind::Text),
    ("version", Kind::Int),
    ("county", Kind::Int),
    ("division", Kind::Int),
    ("institution_id", Kind::Id),
    ("case_manager_id", Kind::Id),
    ("hospital_id", Kind::Id),
    ("next_role", Kind::Text),
    ("clock", Kind::Text),
    ("due_at", Kind::Time),
    ("remind_at", Kind::Time),
    ("provisional", Kind::Bool),
    ("frozen", Kind::Bool),
    ("priority", Kind::Int),
    ("body", Kind::Json),
    ("changed_at", Kind::Time),
    ("transfer_office_id", Kind::Id),
    ("ask_on", Kind::Date),
];

/// What follows from a case that is about a person.
pub(crate) fn of_case(app: &App, case: &Case, person: Option<Id>) -> Vec<Value> {
    let limits = &app.tables.clocks.in_force(china_date(case.changed)).limits;
    let clock = row::next_clock(case);
    let body = serde_json::to_value(case).unwrap_or_default();
    p![
        case.receipt.as_ref(),
        case.registration.as_ref(),
        person,
        row::code(&case.state),
        number(case.version),
        case.filing.county,
        case.filing.division,
        row::institution(case),
        case.case_manager,
        row::hospital(case),
        row::next_role(case, limits.declines_before_civil_affairs).map(|role| role.code()),
        clock.as_ref().map(|c| row::code(&c.clock)),
        clock.as_ref().map(|c| c.due_at),
        clock.as_ref().map(|c| c.remind_at),
        clock.as_ref().is_some_and(|c| c.provisional),
        clock.as_ref().is_some_and(|c| c.frozen),
        case.queue.as_ref().map(|(_, priority)| i64::from(*priority)),
        body,
        case.changed,
        case.transfer.as_ref().map(|transfer| transfer.office),
        case.ask_on().filter(|_| !case.state.is_end()),
    ]
}

/// The columns of `referral_event` that [`of_event`] gives, in its order, with what each holds.
pub(crate) const OF_EVENT: [(&str, Kind); 7] = [
    ("name", Kind::Text),
    ("at", Kind::Time),
    ("from_state", Kind::Text),
    ("to_state", Kind::Text),
    ("rule", Kind::Text),
    ("reason", Kind::Text),
    ("deadline_met", Kind::Bool),
];

/// What follows from an event.
pub(crate) fn of_event(recorded: &Recorded) -> Vec<Value> {
    let event = serde_json::to_value(&recorded.event).unwrap_or_default();
    let name = event.get("name").and_then(|name| name.as_str()).unwrap_or_default();
    p![
        name,
        recorded.at,
        recorded.from.as_ref().map(row::code),
        row::code(&recorded.to),
        &recorded.rule,
        recorded.reason.as_ref(),
        recorded.deadline_met,
    ]
}

/// A clock that an event stopped, as the on-time rates count it.
pub(crate) struct Stop {
    /// Year times 100 plus month.
    pub month: i64,
    /// Which clock.
    pub clock: String,
    /// Whether in time.
    pub met: bool,
}

/// The clocks that an event stopped.
pub(crate) fn stops(recorded: &Recorded) -> Vec<Stop> {
    let day = china_date(recorded.at);
    let month = i64::from(day.year()) * 100 + i64::from(day.month());
    let counted = recorded.clocks.iter().filter_map(|change| match change {
        ClockChange::Stopped { clock, met: Some(met) } => Some((clock, *met)),
        _ => None,
    });
    counted.map(|(clock, met)| Stop { month, clock: row::code(clock), met }).collect()
}
