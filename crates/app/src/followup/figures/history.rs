//! The history of a person for the indicators, put together from what is known of the record.

use super::{course::Course, read::Read};
use crate::{error::Result, followup::held::Source};
use jiff::civil::Date;
use rules::followup::{
    indicator::{Basis, History, ReportFact, Span},
    register::State,
    report::Paper,
    stays::{Told, stays},
};

/// The history of a record; none where nothing happened to it yet.
pub(super) fn history(read: Read, basis: &Basis<'_>, today: Date) -> Result<Option<History>> {
    let Some(course) = Course::of(&read.events)? else { return Ok(None) };
    let until = basis.period.until;
    let died = course.held.record.death.as_ref().map(|death| death.on);
    let profile = &course.held.profile;
    Ok(Some(History {
        disorder: profile.disorder.clone(),
        registered: course.held.reported_on,
        left: course.left(until),
        died,
        managed: course.managed(),
        lost: course.lost(),
        locked_up: super::course::locked_up(&read.visits),
        away: away(&course, &read.slips, died),
        record_opened: course.received_on,
        agreed: course.agreed(until),
        examination_agreed: read.examination_agreed,
        examined: read.examined,
        rehabilitated: read.rehabilitated.into_iter().collect(),
        visits: course.visits(&read.visits, today, basis.rules, basis.calendar),
        report: report(&course, basis, today),
        onset: profile.onset_on,
        first_treatment: read.first_treatment,
    }))
}

/// Days in hospital: that of the discharge is one at home, that of a death in hospital is not.
fn away(course: &Course, slips: &[(Date, Date)], died: Option<Date>) -> Vec<Span> {
    let steps = course.steps.iter().cloned();
    let told: Vec<Told> = steps.chain(slips.iter().map(|(from, until)| Told::Slip(*from, *until))).collect();
    let last = |until: Option<Date>| match until {
        Some(day) if Some(day) != died => day.yesterday().ok(),
        same => same,
    };
    stays(&told).into_iter().map(|stay| Span { from: stay.from, until: last(stay.until) }).collect()
}

/// The report of onset that was owed. Whoever came by a discharge slip was reported before the register was kept here, and one whose
/// last day is today or later is not late.
fn report(course: &Course, basis: &Basis<'_>, today: Date) -> Option<ReportFact> {
    let held = &course.held;
    if held.source == Source::DischargeSlip {
        return None;
    }
    if held.reported_on.is_some() {
        return course.diagnosed_on.map(|diagnosed| ReportFact { diagnosed, reported: held.reported_on });
    }
    let waits = matches!(held.record.state, State::Clue | State::Reviewed);
    let diagnosed = held.profile.diagnosed_on.filter(|_| waits)?;
    let due = Paper::OnsetReport.due(diagnosed, basis.rules, basis.calendar).date;
    (due < today).then_some(ReportFact { diagnosed, reported: None })
}
