//! Service institutions: what a referral needs of them, and the count of their places.
//!
//! Free places are counted, never typed in: contracted − in service − reserved − blocked.

mod import;
pub mod library;
pub mod list;
pub mod profile;
pub(crate) mod record;

pub use import::{Contracted, ImportRow, Imported, Judged, import_row, judge, take};
pub(crate) use import::{outside, take_back};
pub use library::{Action, FieldChange, LibraryEvent, Past};
pub use profile::{Profile, ProfileEntry};
pub use record::{Institution, act, actions, begin, editable, get, history, may_begin, save};

use crate::{
    App,
    db::Tx,
    error::{Error, Result},
    id::Id,
    p, row,
    scope::Area,
};
use jiff::Timestamp;
use rules::{
    Refusal,
    institution::{InstitutionFacts, Places},
    referral::{Hold, Place, PlaceChange},
};
use serde_json::Value as Json;

struct FactsRow {
    id: Id,
    state: String,
    division: i64,
    areas: Json,
    services: Json,
    disorder_groups: Json,
    lowest_age: i64,
    highest_age: i64,
    contracted: i64,
    in_service: i64,
    reserved: i64,
    blocked: i64,
    answered_in_time: i64,
    answered: i64,
}
row!(FactsRow {
    id,
    state,
    division,
    areas,
    services,
    disorder_groups,
    lowest_age,
    highest_age,
    contracted,
    in_service,
    reserved,
    blocked,
    answered_in_time,
    answered,
});

const FACTS: &str = "SELECT id, state, division, areas, services, disorder_groups, lowest_age, highest_age,
    contracted, in_service, reserved, blocked, answered_in_time, answered FROM institution";

fn count(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}

impl FactsRow {
    fn facts(self) -> Result<InstitutionFacts> {
        let age = |years: i64| u8::try_from(years.clamp(0, 255)).unwrap_or(u8::MAX);
        Ok(InstitutionFacts {
            id: self.id.0,
            listed: self.state == "listed",
            division: self.division,
            areas: serde_json::from_value(self.areas)?,
            services: serde_json::from_value(self.services)?,
            disorder_groups: serde_json::from_value(self.disorder_groups)?,
            ages: (age(self.lowest_age), age(self.highest_age)),
            places: Places {
                contracted: count(self.contracted),
                in_service: count(self.in_service),
                reserved: count(self.reserved),
                blocked: count(self.blocked),
            },
            answered: (count(self.answered_in_time), count(self.answered)),
        })
    }
}

/// The institutions registered in a county, listed or not: those that a referral there can choose from.
///
/// # Errors
/// The database is gone.
pub async fn facts_in(tx: &mut Tx, county: i64) -> Result<Vec<InstitutionFacts>> {
    let Area { from, to } = Area::of(county);
    let sql = format!("{FACTS} WHERE county >= $1 AND county <= $2");
    tx.all::<FactsRow>(&sql, p![from, to]).await?.into_iter().map(FactsRow::facts).collect()
}

/// One institution, wherever it is.
///
/// # Errors
/// The database is gone.
pub async fn facts_of(tx: &mut Tx, institution: Id) -> Result<Option<InstitutionFacts>> {
    let sql = format!("{FACTS} WHERE id = $1");
    tx.opt::<FactsRow>(&sql, p![institution]).await?.map(FactsRow::facts).transpose()
}

/// Moves the counts when a case takes, keeps, uses or gives back a place.
///
/// # Errors
/// There is no free place left: another case took it in the same moment.
pub async fn move_place(tx: &mut Tx, before: Option<&Place>, change: &PlaceChange) -> Result<()> {
    if let Some(place) = before {
        let column = column(&place.hold);
        let sql = format!("UPDATE institution SET {column} = {column} - 1 WHERE id = $1 AND {column} > 0");
        tx.run(&sql, p![Id(place.institution)]).await?;
    }
    let PlaceChange::Hold { institution, hold } = change else { return Ok(()) };
    let column = column(hold);
    // Whoever held a place at the same institution keeps it, even where places were blocked meanwhile.
    let kept = before.is_some_and(|place| place.institution == *institution);
    let free = if kept { "" } else { " AND contracted - in_service - reserved - blocked > 0" };
    let sql = format!("UPDATE institution SET {column} = {column} + 1 WHERE id = $1{free}");
    if tx.run(&sql, p![Id(*institution)]).await? == 0 {
        return Err(Error::Refused(Refusal::new("T8", "no_free_place")));
    }
    Ok(())
}

fn column(hold: &Hold) -> &'static str {
    match hold {
        Hold::Reserved { .. } => "reserved",
        Hold::Occupied => "in_service",
    }
}

/// Months of which answers are counted: the present one and those before it.
const MONTHS: i64 = 12;

/// A month as a number: year times 12 plus month.
fn month(at: Timestamp) -> i64 {
    let day = rules::clock::china_date(at);
    i64::from(day.year()) * 12 + i64::from(day.month())
}

/// Counts an answer to an offer, or its absence.
///
/// # Errors
/// The database is gone.
pub async fn count_answer(tx: &mut Tx, institution: Id, in_time: bool, at: Timestamp) -> Result<()> {
    let sql = "INSERT INTO institution_answer (institution_id, month, answered_in_time, answered)
        VALUES ($1, $2, $3, 1) ON CONFLICT (institution_id, month) DO UPDATE
        SET answered_in_time = institution_answer.answered_in_time + excluded.answered_in_time,
        answered = institution_answer.answered + 1";
    tx.run(sql, p![institution, month(at), i64::from(in_time)]).await?;
    let sql = "UPDATE institution SET answered = answered + 1, answered_in_time = answered_in_time + $1 WHERE id = $2";
    tx.run(sql, p![i64::from(in_time), institution]).await?;
    Ok(())
}

struct OldMonth {
    institution_id: Id,
    month: i64,
    answered_in_time: i64,
    answered: i64,
}
row!(OldMonth { institution_id, month, answered_in_time, answered });

/// Takes the answers of months that are over a year ago out of the counts. Returns how many months of institutions
/// were taken out.
///
/// # Errors
/// The database is gone.
pub async fn forget_old_answers(app: &App) -> Result<usize> {
    let last = month(app.now()) - MONTHS;
    let old =
        "SELECT institution_id, month, answered_in_time, answered FROM institution_answer WHERE month <= $1";
    // Nothing is old on most days: then nobody waits for a writer.
    if app.db.all::<OldMonth>(old, p![last]).await?.is_empty() {
        return Ok(0);
    }
    crate::atomic!(app.db, tx => {
        let gone: Vec<OldMonth> = tx.all(old, p![last]).await?;
        for past in &gone {
            let sql = "DELETE FROM institution_answer WHERE institution_id = $1 AND month = $2";
            if tx.run(sql, p![past.institution_id, past.month]).await? == 0 {
                continue;
            }
            let sql = "UPDATE institution SET answered = answered - $1, answered_in_time = answered_in_time - $2
                WHERE id = $3";
            tx.run(sql, p![past.answered, past.answered_in_time, past.institution_id]).await?;
        }
        Ok(gone.len())
    })
}
