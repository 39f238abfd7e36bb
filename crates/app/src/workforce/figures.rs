//! SV13, the share of staff in direct service who did their hours, by institution and by county.

use super::{
    one_county,
    staff::{Member, Place, day_of, each, members, year},
};
use crate::{
    App,
    audit::{self, Entry, Purpose},
    error::Result,
    export::{Wanted, release},
    id::Id,
    scope::Scope,
};
use jiff::civil::Date;
use rules::{
    account::{Deed, Role, Subject},
    clock::china_date,
    workforce::{Share, Validity},
};
use serde::Serialize;
use serde_json::json;

/// Figures of one institution, or of one county.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Part {
    /// The institution; nothing for a county or the whole.
    pub institution: Option<Id>,
    /// Its name; empty for a county or the whole.
    pub name: String,
    /// The county; 0 for the whole.
    pub county: i64,
    /// Who did the hours, of those who owe them.
    pub trained: Share,
    /// Of those who owe them, persons whose employment is not recorded: they count as employed all year.
    pub unrecorded: u32,
    /// Minutes that are missing together.
    pub missing: u64,
    /// Certificates that ran out.
    pub expired: u32,
    /// Certificates that run out within the days of the reminder.
    pub running_out: u32,
    /// Staff altogether.
    pub staff: u32,
}

impl Part {
    pub(super) fn add(&mut self, member: &Member) {
        self.staff = self.staff.saturating_add(1);
        self.expired += u32::from(member.validity == Validity::Expired);
        self.running_out += u32::from(matches!(member.validity, Validity::RunsOut { .. }));
        if member.counted {
            self.trained.count(member.standing.met());
            self.unrecorded += u32::from(!member.recorded);
            self.missing += u64::from(member.standing.missing());
        }
    }

    fn and(&mut self, other: &Part) {
        self.trained = self.trained.and(other.trained);
        self.unrecorded += other.unrecorded;
        self.missing += other.missing;
        self.expired += other.expired;
        self.running_out += other.running_out;
        self.staff += other.staff;
    }
}

/// Figures of the caller's area.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// Version of the definition.
    pub definition: String,
    /// The year.
    pub year: i16,
    /// The day on which they hold.
    pub on: Date,
    /// The parts: institutions of one county, counties of a wider area.
    pub parts: Vec<Part>,
    /// All together.
    pub whole: Part,
}

/// SV13 of the caller's area: of a house for its manager; by institution for one county, by county for a wider area. Nobody is
/// named; the read is logged.
///
/// # Errors
/// The role does not answer for staff, or the county lies outside the caller's area.
pub async fn figures(app: &App, scope: &Scope, asked: Option<i16>, county: Option<i64>) -> Result<Figures> {
    scope.permit(Deed::Read, Subject::Workforce)?;
    let one = one_county(scope, county)?;
    let year = year(app, asked);
    let mut parts: Vec<Part> = Vec::new();
    match (scope.role, one) {
        (Role::InstitutionManager, _) => {
            let place = Place::House(scope.organisation);
            by_institution(&mut parts, &members(app, scope, place, year).await?);
        }
        (_, Some(county)) => {
            by_institution(&mut parts, &members(app, scope, Place::County(county), year).await?);
        }
        // They come county by county.
        (_, None) => {
            each(app, scope, Place::Everybody, year, |member| by_county(&mut parts, &member)).await?;
        }
    }
    let mut whole = Part::default();
    parts.iter().for_each(|part| whole.and(part));
    let entry = Entry::listed(Purpose::Statistics, "workforce", parts.len());
    audit::record(&app.db, scope, entry, app.now()).await?;
    let definition = app.tables.workforce.definition.clone();
    Ok(Figures { definition, year, on: day_of(year, china_date(app.now())), parts, whole })
}

/// The same for a file, with the code to be printed on it.
///
/// # Errors
/// As [`figures`].
pub async fn export_figures(
    app: &App,
    scope: &Scope,
    asked: Option<i16>,
    county: Option<i64>,
) -> Result<(Figures, String)> {
    scope.permit(Deed::Export, Subject::Workforce)?;
    let found = figures(app, scope, asked, county).await?;
    let filter = json!({ "year": found.year, "county": county });
    let wanted = Wanted { subject: Subject::Workforce, rows: found.parts.len(), filter };
    let code = release(app, scope, &wanted).await?;
    Ok((found, code))
}

fn by_county(parts: &mut Vec<Part>, member: &Member) {
    match parts.last_mut().filter(|part| part.county == member.county) {
        Some(part) => part.add(member),
        None => {
            let mut part = Part { county: member.county, ..Part::default() };
            part.add(member);
            parts.push(part);
        }
    }
}

fn by_institution(parts: &mut Vec<Part>, members: &[Member]) {
    for member in members {
        let place = parts.iter().position(|part| part.institution == Some(member.institution));
        let place = place.unwrap_or_else(|| {
            parts.push(Part {
                institution: Some(member.institution),
                name: member.institution_name.clone(),
                county: member.county,
                ..Part::default()
            });
            parts.len() - 1
        });
        if let Some(part) = parts.get_mut(place) {
            part.add(member);
        }
    }
    parts.sort_by(|a, b| a.name.cmp(&b.name));
}
