//! Which townships have a management group: the townships of one county with what each has, and above a county its parts with their
//! figures, one of which is chosen to go on.

use super::{ROW, Row, area, town};
use crate::{
    App,
    error::{Error, Result},
    followup::held::may,
    p,
    scope::{Area, Scope},
};
use jiff::civil::Date;
use rules::{
    account::{Deed as Doing, Role},
    division::{DivisionCode, Level},
};
use std::collections::BTreeMap;

/// Rows of an answer at most; a county has some dozens of townships.
const MOST: usize = 400;

/// A township in the list.
#[derive(Debug, Clone)]
pub struct Township {
    /// 12-digit code.
    pub division: i64,
    /// Name.
    pub place: String,
    /// The group has a name and members.
    pub group: Option<String>,
    /// Every office that a group needs is filled.
    pub complete: bool,
    /// Cases that are open.
    pub open: i64,
    /// The last meeting.
    pub last_meeting: Option<Date>,
}

/// A part of an area above a county.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct District {
    /// 12-digit code.
    pub division: i64,
    /// Name.
    pub place: String,
    /// Townships in it.
    pub townships: usize,
    /// Those with a group.
    pub with_group: usize,
    /// Cases that are open.
    pub open: i64,
}

/// The townships of the reader's area.
#[derive(Debug, Clone)]
pub struct Townships {
    /// What is shown, 12 digits.
    pub division: i64,
    /// Townships that lie directly in it.
    pub lines: Vec<Township>,
    /// Its parts, where it is more than a county.
    pub districts: Vec<District>,
    /// Townships in it.
    pub all: usize,
    /// Those with a group.
    pub with_group: usize,
}

/// The townships of the reader's area, or of a part of it, each with its group and its open cases; above a county its parts with their
/// figures. It names nobody.
///
/// # Errors
/// The role has nothing to do with the register; there is no such part of the area.
pub async fn townships(app: &App, scope: &Scope, part: Option<i64>) -> Result<Townships> {
    may(scope, Doing::Read)?;
    let own = area(scope)?;
    let division = part.unwrap_or(if scope.role == Role::HealthOfficer { scope.division } else { own.from });
    let wanted = Area::of(division);
    let code = DivisionCode::new(division).ok();
    let within = own.holds(wanted.from) && own.holds(wanted.to);
    if part.is_some() && !(within && code.is_some_and(|code| app.divisions.exists(code))) {
        return Err(Error::NotFound);
    }
    let mut found = Townships { division, lines: Vec::new(), districts: Vec::new(), all: 0, with_group: 0 };
    if own.from > own.to {
        return Ok(found);
    }
    if let Some(own) = code.filter(|code| code.level() == Level::Town) {
        let place = app.divisions.path(own).unwrap_or_default();
        found.lines = lines(app, wanted, vec![(division, place)]).await?;
    } else {
        let below = app.divisions.children(code).into_iter().take(MOST);
        let (towns, parts): (Vec<_>, Vec<_>) = below.partition(|one| one.code.level() == Level::Town);
        let named = |one: crate::division::Division| (one.code.number(), one.name);
        if !towns.is_empty() {
            found.lines = lines(app, wanted, towns.into_iter().map(named).collect()).await?;
        }
        let parts = parts.into_iter().filter(|one| one.code.level() < Level::Town).map(named).collect();
        found.districts = districts(app, wanted, parts).await?;
    }
    found.all = found.lines.len() + found.districts.iter().map(|one| one.townships).sum::<usize>();
    found.with_group = found.lines.iter().filter(|line| line.group.is_some()).count()
        + found.districts.iter().map(|one| one.with_group).sum::<usize>();
    Ok(found)
}

async fn lines(app: &App, area: Area, places: Vec<(i64, String)>) -> Result<Vec<Township>> {
    let db = app.db.listing();
    let within = || p![area.from, area.to];
    let sql = format!("{ROW} WHERE division >= $1 AND division <= $2 ORDER BY division");
    let rows: Vec<Row> = db.all(&sql, within()).await?;
    let sql =
        "SELECT g.division, MAX(m.held_on) FROM smd_group g JOIN smd_group_meeting m ON m.group_id = g.id
        WHERE g.division >= $1 AND g.division <= $2 GROUP BY g.division";
    let met: Vec<(i64, Date)> = db.all(sql, within()).await?;
    let met: BTreeMap<i64, Date> = met.into_iter().collect();
    let sql = "SELECT division, COUNT(*) FROM smd_handed
        WHERE closed_on IS NULL AND division >= $1 AND division <= $2 GROUP BY division";
    let handed: Vec<(i64, i64)> = db.all(sql, within()).await?;
    let mut open: BTreeMap<i64, i64> = BTreeMap::new();
    for (division, count) in handed {
        *open.entry(town(division)).or_default() += count;
    }
    let line = |(division, place): (i64, String)| {
        let row = rows.iter().find(|row| row.division == division);
        Township {
            division,
            place,
            group: row.map(|row| row.name.clone()),
            complete: row.is_some_and(|row| row.complete),
            open: open.get(&division).copied().unwrap_or(0),
            last_meeting: met.get(&division).copied(),
        }
    };
    Ok(places.into_iter().map(line).collect())
}

/// The parts of an area with their figures, counted by county in one statement each.
async fn districts(app: &App, area: Area, parts: Vec<(i64, String)>) -> Result<Vec<District>> {
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let db = app.db.listing();
    let county = format!("CAST(division / {0} AS BIGINT) * {0}", Level::County.width());
    let counted = |table: &str| {
        format!(
            "SELECT {county}, COUNT(*) FROM {table} AND division >= $1 AND division <= $2 GROUP BY {county}"
        )
    };
    let groups: Vec<(i64, i64)> =
        db.all(&counted("smd_group WHERE name <> ''"), p![area.from, area.to]).await?;
    let open: Vec<(i64, i64)> =
        db.all(&counted("smd_handed WHERE closed_on IS NULL"), p![area.from, area.to]).await?;
    let sum = |counts: &[(i64, i64)], part: Area| -> i64 {
        counts.iter().filter(|(county, _)| part.holds(*county)).map(|(_, count)| count).sum()
    };
    let district = |(division, place): (i64, String)| {
        let part = Area::of(division);
        let code = DivisionCode::new(division).ok();
        District {
            division,
            place,
            townships: code.map_or(0, |code| app.divisions.count_in(code, Level::Town)),
            with_group: usize::try_from(sum(&groups, part)).unwrap_or(0),
            open: sum(&open, part),
        }
    };
    Ok(parts.into_iter().map(district).collect())
}
