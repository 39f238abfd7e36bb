//! What a service came to for one person, for a talk with the person: scores over time, what changed, days in hospital. It is read as a
//! whole, so one entry in the log says what was shown.

use crate::{
    App,
    db::Sql,
    error::Result,
    id::Id,
    p,
    scale::{self, Recorded},
    scope::Scope,
};
use jiff::{Timestamp, ToSpan, civil::Date};
use rules::{
    account::{Deed, Subject},
    clock::china_date,
    outcome::{Course, Point, Stay, course, days_by_year, hospital_days},
    referral::{Event, Recorded as Happened},
    scale::Scale,
};
use std::collections::BTreeMap;

/// Results of one scale in the order of time.
#[derive(Debug, Clone)]
pub struct Series {
    /// The scale, as its last result was computed.
    pub scale: Scale,
    /// Results with a total.
    pub results: Vec<Recorded>,
    /// What became of it.
    pub course: Course,
}

/// What a service came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// One for each scale, those with most results first.
    pub series: Vec<Series>,
    /// Days in hospital in the twelve months up to today, as the cases in scope and the register of severe mental disorders tell of
    /// them; a day counts once.
    pub hospital_days: u32,
    /// Days in hospital by calendar year, the latest first; empty for who does not know of the person's health.
    pub hospital_years: Vec<(i16, u32)>,
    /// Stays in hospital in the twelve months.
    pub stays: Vec<Stay>,
    /// First day of the twelve months.
    pub from: Date,
    /// Today.
    pub to: Date,
}

/// What a service came to for the person of a case. The read is in the log before it is shown.
///
/// # Errors
/// There is no such case in scope; the caller may not read results.
pub async fn of_case(app: &App, scope: &Scope, referral: Id) -> Result<Outcome> {
    scope.permit(Deed::Read, Subject::ScaleResult)?;
    let person = scale::person_of(app, scope, referral).await?;
    let found = match person {
        Some(person) => scale::of_person(app, scope, person).await?,
        None => scale::of_case(app, scope, referral).await?,
    };
    let to = china_date(app.now());
    let from = to.saturating_sub(12.months());
    let stays = if scale::knows_health(app, scope, referral).await? {
        let mut stays = stays(app, scope, referral, person).await?;
        if let Some(person) = person {
            stays.extend(crate::followup::stays::of_person(app, scope, person).await?);
            stays.sort_by_key(|stay| (stay.from, stay.until));
            stays.dedup();
        }
        stays
    } else {
        Vec::new()
    };
    let within = |stay: &Stay| stay.from <= to && stay.until.is_none_or(|until| until > from);
    Ok(Outcome {
        series: series(app, found).await?,
        hospital_days: hospital_days(&stays, from, to),
        hospital_years: days_by_year(&stays, to),
        stays: stays.into_iter().filter(within).collect(),
        from,
        to,
    })
}

/// Results that stand, by scale, in the order of time. Results of another version count together with the last where both have the
/// same range: then totals mean the same.
async fn series(app: &App, found: Vec<Recorded>) -> Result<Vec<Series>> {
    let mut by_scale: BTreeMap<String, Vec<Recorded>> = BTreeMap::new();
    for result in found.into_iter().rev().filter(|one| one.voided.is_none() && one.total.is_some()) {
        by_scale.entry(result.scale.clone()).or_default().push(result);
    }
    let mut all = Vec::new();
    for (id, mut results) in by_scale {
        let Some(last) = results.last().map(|last| last.version.clone()) else { continue };
        let Some(scale) = scale::library::version(app, &id, &last).await? else { continue };
        let mut same: BTreeMap<String, bool> = BTreeMap::from([(last, true)]);
        for result in &results {
            if !same.contains_key(&result.version) {
                let other = scale::library::version(app, &id, &result.version).await?;
                same.insert(
                    result.version.clone(),
                    other.is_some_and(|other| other.range() == scale.range()),
                );
            }
        }
        results.retain(|result| same.get(&result.version).copied().unwrap_or(false));
        let points = results.iter().filter_map(|one| Some(Point { on: one.on(), total: one.total? }));
        let Some(course) = course(&scale, &points.collect::<Vec<_>>()) else { continue };
        all.push(Series { scale, results, course });
    }
    all.sort_by_key(|series| std::cmp::Reverse(series.results.len()));
    Ok(all)
}

/// Stays in hospital that the person's cases in scope tell of, in the order of time.
async fn stays(app: &App, scope: &Scope, referral: Id, person: Option<Id>) -> Result<Vec<Stay>> {
    let sql = Sql::new(
        "SELECT e.referral_id, e.event, e.at FROM referral r JOIN referral_event e ON e.home = r.home AND e.referral_id = r.id
        WHERE e.name IN ('hospital_confirmed', 'discharged', 'hospital_ended')",
    );
    let sql = match person {
        Some(person) => Scope::referrals_of(sql, person),
        None => sql.push(" AND r.home = {} AND r.id = {}", p![referral.home_number(), referral]),
    };
    let sql = scope.referrals(sql).push(" ORDER BY e.referral_id, e.sequence LIMIT 500", []);
    let found: Vec<(Id, serde_json::Value, Timestamp)> = app.db.query(sql).await?;
    let (mut stays, mut open): (Vec<Stay>, BTreeMap<Id, Date>) = (Vec::new(), BTreeMap::new());
    for (case, event, at) in found {
        let happened: Happened = serde_json::from_value(event)?;
        let until = match happened.event {
            Event::HospitalConfirmed { on } => {
                open.insert(case, on);
                continue;
            }
            Event::Discharged { on } => on,
            _ => china_date(at),
        };
        stays.extend(open.remove(&case).map(|from| Stay { from, until: Some(until) }));
    }
    stays.extend(open.into_values().map(|from| Stay { from, until: None }));
    stays.sort_by_key(|stay| stay.from);
    Ok(stays)
}
