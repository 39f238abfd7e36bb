//! Days in hospital as the register knows them: from discharge slips and from the steps of a record.

use super::{
    View,
    held::{EVENTS, Happened, StoredEvent, events_of, found, may},
};
use crate::{
    App,
    audit::{self, Entry, Purpose},
    error::Result,
    id::Id,
    scope::Scope,
};
use jiff::{ToSpan, civil::Date};
use rules::{
    account::Deed as Doing,
    clock::china_date,
    followup::stays::{Told, stays},
    outcome::{Stay, days_by_year, hospital_days},
};
use serde_json::json;

/// Days in hospital.
#[derive(Debug, Clone)]
pub struct HospitalDays {
    /// Every stay, in the order of time.
    pub stays: Vec<Stay>,
    /// Days in the twelve months up to today.
    pub days: u32,
    /// First day of these twelve months.
    pub from: Date,
    /// Today.
    pub to: Date,
    /// Days by calendar year, the latest first.
    pub years: Vec<(i16, u32)>,
}

impl HospitalDays {
    /// The days of stays; those that overlap count once.
    #[must_use]
    pub fn of(stays: Vec<Stay>, today: Date) -> HospitalDays {
        let from = today.saturating_sub(12.months());
        let (days, years) = (hospital_days(&stays, from, today), days_by_year(&stays, today));
        HospitalDays { stays, days, from, to: today, years }
    }
}

/// The days in hospital of a record in scope; the read is in the log before they are shown.
///
/// # Errors
/// The record is not in scope.
pub async fn of_record(app: &App, scope: &Scope, record: Id) -> Result<HospitalDays> {
    may(scope, Doing::Read)?;
    found(app, scope, record).await?;
    let stays = told(app, record).await?;
    log(app, scope, Purpose::Care, record).await?;
    Ok(HospitalDays::of(stays, china_date(app.now())))
}

/// The same for the page of the record, whose read is in the log and whose events were read with it.
///
/// # Errors
/// The database is gone.
pub async fn beside(app: &App, view: &View) -> Result<HospitalDays> {
    let counted = view.events.iter().rev().filter(|event| !event.voided);
    let steps = counted.filter_map(|event| step(&event.happened, event.on)).collect();
    Ok(HospitalDays::of(with_slips(app, view.id, steps).await?, china_date(app.now())))
}

async fn log(app: &App, scope: &Scope, purpose: Purpose, record: Id) -> Result<()> {
    let mut entry = Entry::read(purpose, "smd_record", record);
    entry.detail = json!({ "fields": ["hospital_days"] });
    audit::record(&app.db, scope, entry, app.now()).await
}

fn step(happened: &Happened, on: Date) -> Option<Told> {
    match happened {
        Happened::Stepped { step, .. } => Some(Told::Step(step.clone(), on)),
        _ => None,
    }
}

/// The stays that a record tells of.
async fn told(app: &App, record: Id) -> Result<Vec<Stay>> {
    let mut steps = Vec::new();
    let events: Vec<StoredEvent> = app.db.all(EVENTS, events_of(record)).await?;
    for event in events.iter().filter(|event| event.voided_at.is_none()) {
        steps.extend(step(&event.happened(app)?, event.happened_on));
    }
    with_slips(app, record, steps).await
}

/// The stays that steps of a record and its slips tell of.
async fn with_slips(app: &App, record: Id, mut told: Vec<Told>) -> Result<Vec<Stay>> {
    let slips = super::paper::discharges(app, record).await?;
    told.extend(slips.into_iter().map(|(from, until)| Told::Slip(from, until)));
    Ok(stays(&told))
}

/// The stays that the register knows of a person of a case, for a reader who may know all of that person's health: the caller has
/// made sure of it. The read is in the log before they are shown.
pub(crate) async fn of_person(app: &App, scope: &Scope, person: Id) -> Result<Vec<Stay>> {
    let mut found = Vec::new();
    for record in super::open::records_of(app, person).await? {
        let stays = told(app, record).await?;
        if !stays.is_empty() {
            log(app, scope, Purpose::Referral, record).await?;
        }
        found.extend(stays);
    }
    Ok(found)
}
