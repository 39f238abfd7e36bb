//! The fold: one person after another is added to the counts. Counts of parts add up to those of the whole.

use super::count::Count;
use super::history::{History, Period, VisitFact};
use super::table::Version;
use crate::calendar::Calendar;
use crate::followup::class::Class;
use crate::followup::report::Paper;
use crate::followup::table::FollowupRules;
use crate::followup::visit::Adherence;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The disorder group of schizophrenia in `data/disorders.toml`.
const SCHIZOPHRENIA: &str = "01";

/// By what is counted.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    /// Period.
    pub period: Period,
    /// Version of the definitions.
    pub version: Version,
    /// Terms.
    pub rules: &'a FollowupRules,
    /// Calendar.
    pub calendar: &'a Calendar,
}

/// Counts of a group of persons.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    counts: BTreeMap<Count, u64>,
    /// Persons and days without treatment, by disorder group.
    untreated: BTreeMap<String, (u64, u64)>,
}

impl Tally {
    /// A count.
    #[must_use]
    pub fn get(&self, count: Count) -> u64 {
        self.counts.get(&count).copied().unwrap_or(0)
    }

    /// All counts; one that is not among them is nothing.
    pub fn counts(&self) -> impl Iterator<Item = (Count, u64)> {
        self.counts.iter().map(|(count, number)| (*count, *number))
    }

    /// Adds to a count, such as the population or the counties, which are in no history.
    pub fn add(&mut self, count: Count, more: u64) {
        if more > 0 {
            let sum = self.counts.entry(count).or_insert(0);
            *sum = sum.saturating_add(more);
        }
    }

    /// Persons and days without treatment of each disorder group.
    #[must_use]
    pub fn untreated(&self) -> &BTreeMap<String, (u64, u64)> {
        &self.untreated
    }

    /// Adds another tally.
    pub fn merge(&mut self, other: &Tally) {
        for (count, more) in &other.counts {
            self.add(*count, *more);
        }
        for (group, (persons, days)) in &other.untreated {
            self.add_untreated(group, *persons, *days);
        }
    }

    /// Adds a person.
    pub fn take(&mut self, person: &History, basis: &Basis<'_>) {
        let period = basis.period;
        self.report(person, basis);
        self.add(Count::RegisteredDays, person.days_registered(period));
        self.add(Count::Died, u64::from(person.registered.is_some() && person.died_in(period)));
        if person.is_registered(period) {
            self.registered(person, basis);
        }
    }

    fn add_if(&mut self, count: Count, holds: bool) {
        self.add(count, u64::from(holds));
    }

    fn report(&mut self, person: &History, basis: &Basis<'_>) {
        let Some(report) = person.report else { return };
        let due = Paper::OnsetReport.due(report.diagnosed, basis.rules, basis.calendar).date;
        if basis.period.contains(due) {
            self.add(Count::ReportsDue, 1);
            self.add_if(Count::ReportsInTime, report.reported.is_some_and(|day| day <= due));
        }
    }

    fn registered(&mut self, person: &History, basis: &Basis<'_>) {
        let period = basis.period;
        let on = person.counted_on(period);
        let schizophrenia = person.disorder == SCHIZOPHRENIA;
        self.add(Count::Registered, 1);
        self.add_if(Count::Schizophrenia, schizophrenia);
        self.add_if(Count::RecordOpened, person.record_opened.is_some_and(|day| day <= on));
        self.add_if(Count::Agreed, person.agreed.is_some_and(|day| day <= on));
        self.add_if(Count::Lost, person.lost.iter().any(|span| span.covers(on)));
        self.add_if(Count::LockedUp, person.locked_up.iter().any(|span| span.covers(on)));
        let managed = person.managed.iter().any(|span| span.covers(on));
        if managed {
            self.managed(person, basis);
        }
        self.home(person, period, on);
        self.visits(person, period);
        // Before 2017 drugs were counted of those managed.
        if managed || basis.version == Version::V2017 {
            self.drugs(person, period, schizophrenia);
        }
        if let (Some(onset), Some(treated)) = (person.onset, person.first_treatment) {
            let days = u64::try_from((treated - onset).get_days()).unwrap_or(0);
            self.add(Count::UntreatedPersons, 1);
            self.add(Count::UntreatedDays, days);
            self.add_untreated(&person.disorder, 1, days);
        }
    }

    fn add_untreated(&mut self, group: &str, persons: u64, days: u64) {
        let (all, sum) = self.untreated.entry(group.to_owned()).or_default();
        *all = all.saturating_add(persons);
        *sum = sum.saturating_add(days);
    }

    fn managed(&mut self, person: &History, basis: &Basis<'_>) {
        let period = basis.period;
        self.add(Count::Managed, 1);
        self.add(Count::ManagedDays, person.days_managed(period));
        self.add_if(Count::StandardManaged, is_standard(person, basis));
        let (mut trouble, mut harm) = (0, 0);
        for visit in person.made_in(period) {
            trouble += u64::from(visit.trouble);
            harm += u64::from(visit.harm);
        }
        self.add_if(Count::TroublePersons, trouble > 0);
        self.add_if(Count::HarmPersons, harm > 0);
        self.add(Count::TroubleEvents, trouble);
        self.add(Count::HarmEvents, harm);
        let examined = person.examined.iter().any(|day| period.contains(*day));
        self.add_if(Count::ExaminationAgreed, person.examination_agreed);
        self.add_if(Count::Examined, person.examination_agreed && examined);
    }

    fn home(&mut self, person: &History, period: Period, on: Date) {
        let at_home = !person.away.iter().any(|span| span.covers(on));
        let rehabilitated = person.rehabilitated.iter().any(|day| period.contains(*day));
        self.add_if(Count::AtHome, at_home);
        self.add_if(Count::AtHomeRehabilitated, at_home && rehabilitated);
    }

    fn visits(&mut self, person: &History, period: Period) {
        self.add_if(Count::FaceToFace, person.made_in(period).any(|visit| visit.face_to_face));
        let met = |visit: &VisitFact| visit.face_to_face && visit.on.is_some();
        let due = person.due_in(period).count();
        self.add_if(Count::FaceToFaceAlways, due > 0 && person.due_in(period).all(met));
        let classes: Option<Vec<Class>> = person.made_in(period).map(|visit| visit.class).collect();
        if let Some(classes) = classes.filter(|classes| !classes.is_empty()) {
            self.add(Count::Classified, 1);
            self.add_if(Count::Stable, classes.iter().all(|class| *class != Class::Unstable));
        }
    }

    fn drugs(&mut self, person: &History, period: Period, schizophrenia: bool) {
        let said: Vec<Option<Adherence>> = person.made_in(period).map(|visit| visit.adherence).collect();
        let takes =
            |said: &Option<Adherence>| matches!(said, Some(Adherence::Regular | Adherence::Intermittent));
        let medicated = said.iter().any(takes);
        let regularly = medicated && said.iter().all(|said| *said == Some(Adherence::Regular));
        self.add_if(Count::Medicated, medicated);
        self.add_if(Count::RegularlyMedicated, regularly);
        self.add_if(Count::SchizophreniaMedicated, medicated && schizophrenia);
    }
}

/// Managed as the norm asks (规范管理). By the definition of 2015: a valid visit in every three months. Since 2017: every visit
/// in time, and four in a year. Whoever was managed for a part of the period owes the visits of that part only, and for a part with
/// a stay in hospital, where the interval rests, none (local default).
fn is_standard(person: &History, basis: &Basis<'_>) -> bool {
    let period = basis.period;
    let valid: Vec<Date> =
        person.made_in(period).filter(|visit| visit.valid).filter_map(|visit| visit.on).collect();
    if valid.is_empty() {
        return false;
    }
    match basis.version {
        Version::V2015 => parts_managed(person, period, 3)
            .iter()
            .all(|(from, until)| valid.iter().any(|day| from <= day && day <= until)),
        Version::V2017 => {
            let in_time = person.due_in(period).all(|visit| {
                let on_day = visit.on.zip(visit.due).is_some_and(|(day, due)| day <= due);
                visit.valid && on_day
            });
            let months = parts_managed(person, period, 1).len();
            let owed = usize::from(basis.rules.limits.yearly_visits) * months / 12;
            in_time && valid.len() >= owed
        }
    }
}

/// The parts of a period, so many months long, in which somebody was managed on every day and in no hospital on any.
fn parts_managed(person: &History, period: Period, months: i32) -> Vec<(Date, Date)> {
    let last = person.counted_on(period);
    let mut parts = Vec::new();
    let mut count = 0;
    loop {
        let from = period.from.saturating_add((count * months).months());
        let next = period.from.saturating_add(((count + 1) * months).months());
        let Ok(until) = next.yesterday() else { return parts };
        if until > last || next <= from {
            return parts;
        }
        let managed = person.managed.iter().any(|span| span.covers_all(from, until));
        if managed && !person.away.iter().any(|stay| stay.touches(from, until)) {
            parts.push((from, until));
        }
        count += 1;
    }
}
