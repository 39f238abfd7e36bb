//! Annual statistics of the management (form 14): the indicators of a year, for everything in the reader's scope or a division in it,
//! and for its parts, which add up to the whole.
//!
//! Records are folded anew each time: what they say is sealed, and a visit that is voided later changes a year that is over. A person
//! counts where the register manages them now. The figures are of persons whom the reader may see by name, so no small figure is left
//! out; whoever hands them on to others has to look at that.

mod course;
mod history;
mod read;

use super::{held::may, within_of};
use crate::{
    App,
    audit::{self, Entry, Purpose},
    db::Sql,
    division::county_of,
    error::{Error, Problem, Result},
    export::{Wanted, release},
    id::Id,
    p,
    person::sql::TOGETHER,
    scope::{Area, Scope},
};
use jiff::civil::Date;
use rules::{
    Refusal,
    account::{Deed as Doing, Role, Subject},
    clock::china_date,
    division::{DivisionCode, Level},
    followup::indicator::{Basis, Count, Figure, Indicator, Period, Tally, Version},
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Records that are folded for one answer at most: ten counties of half a million people.
pub const MOST: usize = 50_000;
/// The first year that is told of.
const FIRST_YEAR: i16 = 2000;

/// What is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    /// Year; the present one where it is left out, which is counted up to today.
    pub year: Option<i16>,
    /// A division within the reader's area; everything in scope where it is left out.
    pub division: Option<i64>,
    /// Resident population, which no table here knows; without it there is no prevalence.
    pub population: Option<u64>,
}

/// A part of the whole: a division one level below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The division.
    pub division: i64,
    /// Its counts.
    pub tally: Tally,
}

/// An indicator with its figure.
#[derive(Debug, Clone)]
pub struct Line<'a> {
    /// What it is.
    pub indicator: &'a Indicator,
    /// Its figure.
    pub figure: Figure,
    /// Whether the target is reached; none without a target or a value.
    pub met: Option<bool>,
}

/// The figures of a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Year.
    pub year: i16,
    /// The days that are counted.
    pub period: Period,
    /// Version of the definitions.
    pub version: Version,
    /// Of which division; none for everything in scope.
    pub division: Option<i64>,
    /// Resident population, where it was told.
    pub population: Option<u64>,
    /// Records that were looked at.
    pub records: usize,
    /// All counts.
    pub whole: Tally,
    /// The same by part, in the order of codes.
    pub parts: Vec<Part>,
}

impl Figures {
    /// The indicators of the year's version.
    #[must_use]
    pub fn lines<'a>(&self, app: &'a App) -> Vec<Line<'a>> {
        let line = |indicator: &'a Indicator| {
            let figure = indicator.figure(self.version, &self.whole);
            let met = indicator.target.zip(figure.hundredths()).map(|(target, value)| value >= target);
            Line { indicator, figure, met }
        };
        app.tables.indicators.of(self.version).map(line).collect()
    }

    /// Years without treatment by disorder.
    #[must_use]
    pub fn untreated(&self, app: &App) -> Vec<(String, Figure)> {
        app.tables.indicators.untreated(self.version, &self.whole)
    }
}

/// The figures of a year in the caller's scope; the read is in the log before they are shown.
///
/// # Errors
/// The role has nothing to do with the register; there is no such year, or it has not begun; the division is not in the caller's area;
/// there are more records than one answer holds.
pub async fn figures(app: &App, scope: &Scope, asked: Asked) -> Result<Figures> {
    may(scope, Doing::Read)?;
    let found = counted(app, scope, asked).await?;
    let entry = Entry::listed(Purpose::Statistics, "smd_record", found.records);
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok(found)
}

/// The same for a file, with the code to be printed on it.
///
/// # Errors
/// As [`figures`]; the role may not take them out.
pub async fn export(app: &App, scope: &Scope, asked: Asked) -> Result<(Figures, String)> {
    scope.permit(Doing::Export, Subject::FollowUp)?;
    let found = counted(app, scope, asked).await?;
    let filter = json!({ "list": "figures", "year": found.year, "division": found.division, "population": found.population });
    let rows = found.lines(app).len() + found.parts.len();
    let code = release(app, scope, &Wanted { subject: Subject::FollowUp, rows, filter }).await?;
    Ok((found, code))
}

/// The days of a year that are over, or up to today.
fn period(year: i16, today: Date) -> Result<Period> {
    if !(FIRST_YEAR..=today.year()).contains(&year) {
        let values = vec![format!("{FIRST_YEAR}–{}", today.year())];
        let problem = Problem { field: "year".to_owned(), code: "number_range".to_owned(), values };
        return Err(Error::Invalid(vec![problem]));
    }
    let whole = Period::year(year);
    Ok(Period { until: whole.until.min(today), ..whole })
}

/// The division that was asked for, if it is one of the caller's area.
fn place(app: &App, scope: &Scope, division: i64) -> Result<DivisionCode> {
    let area = Area::of(division);
    let inside = scope.area.holds(area.from) && scope.area.holds(area.to);
    let code = DivisionCode::new(division).ok().filter(|code| inside && app.divisions.exists(*code));
    code.ok_or_else(|| Error::invalid("division", "division_unknown"))
}

/// The records that count: those in scope, but whoever is still on the way to an institution counts with the sender, which is in charge
/// until the move is accepted. Otherwise two townships would count one person.
fn wanted(scope: &Scope, division: Option<i64>) -> Sql {
    let select = Sql::new("SELECT s.id, s.division FROM smd_record s WHERE 1 = 1");
    let mut sql = within_of(scope, select, ("smd_record", "s"), &["in_charge", "reporter"]);
    if let Some(division) = division {
        let Area { from, to } = Area::of(division);
        sql = sql.push(" AND s.division >= {} AND s.division <= {}", p![from, to]);
    }
    let limit = i64::try_from(MOST).unwrap_or(i64::MAX).saturating_add(1);
    sql.push(" ORDER BY s.id LIMIT {}", p![limit])
}

/// No to more records than one answer holds.
fn bounded(found: usize) -> Result<()> {
    if found > MOST {
        return Err(Refusal::new("SMD-FIGURES", "smd_figures_too_many").with("most", MOST).into());
    }
    Ok(())
}

async fn counted(app: &App, scope: &Scope, asked: Asked) -> Result<Figures> {
    let today = china_date(app.now());
    let year = asked.year.unwrap_or_else(|| today.year());
    let period = period(year, today)?;
    let division = asked.division.map(|division| place(app, scope, division)).transpose()?;
    let records: Vec<(Id, i64)> = app.db.listing().query(wanted(scope, asked.division)).await?;
    bounded(records.len())?;
    let version = Version::of_year(year);
    let rules = app.tables.followup.in_force(period.until);
    let basis = Basis { period, version, rules, calendar: &app.tables.calendar };
    let area = division.or_else(|| DivisionCode::new(scope.division).ok());
    let mut sums = Sums::new(below(area));
    for page in records.chunks(TOGETHER) {
        let ids: Vec<Id> = page.iter().map(|(id, _)| *id).collect();
        let mut read = read::read(app, &ids, period).await?;
        for (id, division) in page {
            let of_record = read.remove(id).unwrap_or_default();
            if let Some(person) = history::history(of_record, &basis, today)? {
                let mut own = Tally::default();
                own.take(&person, &basis);
                sums.add(app, *division, &own);
            }
        }
        // Unsealing a page of records takes a while, in which others have their turn.
        tokio::task::yield_now().await;
    }
    let (mut whole, parts) = sums.told();
    if scope.role == Role::HealthOfficer {
        add_counties(app, area, &sums.working, &mut whole);
    }
    whole.add(Count::Population, asked.population.unwrap_or(0));
    Ok(Figures {
        year,
        period,
        version,
        division: asked.division,
        population: asked.population,
        records: records.len(),
        whole,
        parts,
    })
}

/// The level of the parts of an area; none of them is smaller than a village.
fn below(area: Option<DivisionCode>) -> Level {
    match area.map(DivisionCode::level) {
        None => Level::Province,
        Some(Level::Province) => Level::Prefecture,
        Some(Level::Prefecture) => Level::County,
        Some(Level::County) => Level::Town,
        Some(Level::Town | Level::Village) => Level::Village,
    }
}

/// Counties of an area, and those that manage somebody. Of one county it says nothing.
fn add_counties(app: &App, area: Option<DivisionCode>, working: &BTreeSet<i64>, whole: &mut Tally) {
    let counties = match area {
        None => app.divisions.count(Level::County),
        Some(area) if area.level() < Level::County => app.divisions.count_in(area, Level::County),
        Some(_) => return,
    };
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    whole.add(Count::Counties, number(counties));
    whole.add(Count::CountiesWorking, number(working.len()));
}

/// What adds up while records are folded.
struct Sums {
    below: Level,
    parts: BTreeMap<i64, Tally>,
    /// Counties in which somebody is managed.
    working: BTreeSet<i64>,
}

impl Sums {
    fn new(below: Level) -> Sums {
        Sums { below, parts: BTreeMap::new(), working: BTreeSet::new() }
    }

    fn add(&mut self, app: &App, division: i64, own: &Tally) {
        self.parts.entry(self.part(app, division)).or_default().merge(own);
        if own.get(Count::Managed) > 0 {
            self.working.insert(county_of(division));
        }
    }

    /// The part that a place belongs to. A municipality has no prefectures but a name that stands in their place: its districts are
    /// the parts then.
    fn part(&self, app: &App, division: i64) -> i64 {
        let Ok(code) = DivisionCode::new(division) else { return division };
        let part = code.at(self.below);
        if app.divisions.is_placeholder(part) { code.at(Level::County).number() } else { part.number() }
    }

    /// The whole and its parts; whatever nothing is counted in is no part.
    fn told(&self) -> (Tally, Vec<Part>) {
        let mut whole = Tally::default();
        let mut parts = Vec::new();
        for (division, tally) in self.parts.iter().filter(|(_, tally)| **tally != Tally::default()) {
            whole.merge(tally);
            parts.push(Part { division: *division, tally: tally.clone() });
        }
        (whole, parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_year_is_counted_up_to_today() {
        let today = date(2026, 5, 4);
        for (year, days) in [
            (2025, Some((date(2025, 1, 1), date(2025, 12, 31)))),
            (2026, Some((date(2026, 1, 1), today))),
            (2000, Some((date(2000, 1, 1), date(2000, 12, 31)))),
            (2027, None),
            (1999, None),
            (i16::MIN, None),
        ] {
            assert_eq!(period(year, today).ok().map(|period| (period.from, period.until)), days, "{year}");
        }
    }

    #[test]
    fn what_is_too_much_names_the_bound() {
        assert!(bounded(MOST).is_ok());
        let Err(Error::Refused(refusal)) = bounded(MOST + 1) else { panic!("it is refused") };
        assert_eq!(
            (refusal.code.as_str(), refusal.values["most"].as_str()),
            ("smd_figures_too_many", "50000")
        );
    }

    #[test]
    fn parts_are_one_level_below() {
        for (code, level) in [
            (None, Level::Province),
            (Some(310_000_000_000), Level::Prefecture),
            (Some(320_500_000_000), Level::County),
            (Some(310_115_000_000), Level::Town),
            (Some(310_115_110_000), Level::Village),
            (Some(310_115_110_001), Level::Village),
        ] {
            assert_eq!(below(code.map(|code| DivisionCode::new(code).unwrap())), level, "{code:?}");
        }
    }
}
