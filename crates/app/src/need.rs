//! Counting of need: how many persons are in the registers of health and of the disabled persons' federation, and
//! how many of them live at home, were assessed as having a need, were assessed as suitable, and consented. The
//! last four are cut-downs: each counts only those whom the one before counts. The group definition is that of the
//! indicators of the Integrated Action on Community Rehabilitation of Mental Disorders (2022).
//!
//! Figures are rows by village, changed in the transaction that changes the fact.

pub mod leaving;

use crate::{
    App,
    db::{Sql, Tx},
    division::{county_of, town_of},
    error::{Error, Result},
    id::Id,
    p,
    person::{self, fold},
    row,
    scope::{Area, Scope},
};
use jiff::civil::Date;
use rules::account::{Deed, Subject};
use rules::division::{DivisionCode, Level};
use std::collections::BTreeMap;

/// The indicators, in the order of [`Count`].
pub const INDICATORS: [&str; 8] = [
    "persons",
    "persons_health",
    "persons_dpf",
    "persons_both",
    "need_at_home",
    "need_assessed",
    "need_suitable",
    "need_consented",
];

/// The findings that [`record`] takes.
pub const FACTS: [&str; 4] = ["lives_at_home", "need_assessed", "suitable", "consented"];

/// What is counted of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counted {
    division: i64,
    counts: [i64; 8],
}

impl Counted {
    /// Nobody.
    pub(crate) fn nothing(division: i64) -> Counted {
        Counted { division, counts: [0; 8] }
    }

    /// One person in a division, in the registers (health, dpf), with the four findings in their order.
    pub(crate) fn of(division: i64, (health, dpf): (bool, bool), facts: [Option<bool>; 4]) -> Counted {
        let any = health || dpf;
        let [home, need, suitable, consented] = facts.map(|f| f == Some(true));
        let at_home = any && home;
        let assessed = at_home && need;
        let fit = assessed && suitable;
        let flags = [any, health, dpf, health && dpf, at_home, assessed, fit, fit && consented];
        Counted { division, counts: flags.map(i64::from) }
    }
}

/// Changes of figures that belong to one transaction.
#[derive(Debug, Default)]
pub(crate) struct Change(BTreeMap<(&'static str, i64), i64>);

impl Change {
    pub(crate) fn plus(&mut self, counted: &Counted) {
        self.add(counted, 1);
    }

    pub(crate) fn minus(&mut self, counted: &Counted) {
        self.add(counted, -1);
    }

    fn add(&mut self, counted: &Counted, sign: i64) {
        for (indicator, count) in INDICATORS.iter().zip(counted.counts) {
            if count != 0 {
                *self.0.entry((indicator, counted.division)).or_default() += sign * count;
            }
        }
    }

    /// The figures that changed.
    pub(crate) fn figures(self) -> impl Iterator<Item = (&'static str, i64, i64)> {
        let changed = self.0.into_iter().filter(|(_, change)| *change != 0);
        changed.map(|((indicator, division), change)| (indicator, division, change))
    }

    /// The same by county, those with a change.
    pub(crate) fn counties(&self) -> BTreeMap<(i64, &'static str), i64> {
        self.summed(county_of)
    }

    /// The same by town, those with a change.
    pub(crate) fn towns(&self) -> BTreeMap<(i64, &'static str), i64> {
        self.summed(town_of)
    }

    fn summed(&self, above: fn(i64) -> i64) -> BTreeMap<(i64, &'static str), i64> {
        let mut sums = BTreeMap::new();
        for ((indicator, division), change) in &self.0 {
            *sums.entry((above(*division), *indicator)).or_default() += change;
        }
        sums.retain(|_, change| *change != 0);
        sums
    }

    /// Writes them, in the order of their keys, villages before towns and these before counties, so that two writers never
    /// wait for each other in a ring.
    pub(crate) async fn write(self, tx: &mut Tx) -> Result<()> {
        let (towns, counties) = (self.towns(), self.counties());
        for (indicator, division, change) in self.figures() {
            tx.run(
                "INSERT INTO tally (indicator, division, count) VALUES ($1, $2, $3)
                 ON CONFLICT (indicator, division) DO UPDATE SET count = tally.count + excluded.count",
                p![indicator, division, change],
            )
            .await?;
        }
        for ((town, indicator), change) in towns {
            tx.run(
                "INSERT INTO tally_town (town, indicator, count) VALUES ($1, $2, $3)
                 ON CONFLICT (town, indicator) DO UPDATE SET count = tally_town.count + excluded.count",
                p![town, indicator, change],
            )
            .await?;
        }
        for ((county, indicator), change) in counties {
            tx.run(
                "INSERT INTO tally_county (county, indicator, count) VALUES ($1, $2, $3)
                 ON CONFLICT (county, indicator) DO UPDATE SET count = tally_county.count + excluded.count",
                p![county, indicator, change],
            )
            .await?;
        }
        Ok(())
    }
}

/// The figures of one area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Count {
    /// The area, 12 digits.
    pub division: i64,
    /// Persons in either register.
    pub persons: i64,
    /// Persons in the health register.
    pub health: i64,
    /// Persons in the register of the disabled persons' federation.
    pub dpf: i64,
    /// Persons in both.
    pub both: i64,
    /// (a) of these, who lives at home.
    pub at_home: i64,
    /// (b) of these, who was assessed as having a need.
    pub assessed: i64,
    /// (c) of these, who was assessed as suitable.
    pub suitable: i64,
    /// (d) of these, who consented.
    pub consented: i64,
}

impl Count {
    fn add(&mut self, indicator: &str, count: i64) {
        let field = match indicator {
            "persons" => &mut self.persons,
            "persons_health" => &mut self.health,
            "persons_dpf" => &mut self.dpf,
            "persons_both" => &mut self.both,
            "need_at_home" => &mut self.at_home,
            "need_assessed" => &mut self.assessed,
            "need_suitable" => &mut self.suitable,
            "need_consented" => &mut self.consented,
            _ => return,
        };
        *field += count;
    }

    fn join(&mut self, other: &Count) {
        self.persons += other.persons;
        self.health += other.health;
        self.dpf += other.dpf;
        self.both += other.both;
        self.at_home += other.at_home;
        self.assessed += other.assessed;
        self.suitable += other.suitable;
        self.consented += other.consented;
    }
}

/// Figures of an area and of its parts.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// The whole area.
    pub total: Count,
    /// One row for each part that has any, by code.
    pub parts: Vec<Count>,
}

impl Counts {
    fn of(division: i64, mut parts: Vec<Count>) -> Counts {
        parts.sort_by_key(|c| c.division);
        let mut total = Count { division, ..Count::default() };
        for part in &parts {
            total.join(part);
        }
        Counts { total, parts }
    }

    /// The same by town: each with its own parts and their sum.
    #[must_use]
    pub fn by_town(self) -> Vec<Counts> {
        let mut towns: BTreeMap<i64, Vec<Count>> = BTreeMap::new();
        for part in self.parts {
            towns.entry(town_of(part.division)).or_default().push(part);
        }
        towns.into_iter().map(|(town, parts)| Counts::of(town, parts)).collect()
    }
}

/// An area whose figures the caller sees.
fn seen(scope: &Scope, division: i64) -> Result<Area> {
    scope.permit(Deed::Read, Subject::Need)?;
    let area = if division == 0 { Area::NATION } else { Area::of(division) };
    if area.within(scope.area) == area { Ok(area) } else { Err(Error::NotFound) }
}

/// The figures of a county, or of a town, by village. Who is registered with no village stands under town or county.
///
/// # Errors
/// As [`count`]; the division is larger than a county.
pub async fn count_by_village(app: &App, scope: &Scope, division: i64) -> Result<Counts> {
    let area = seen(scope, division)?;
    if !DivisionCode::new(division).is_ok_and(|code| code.level() >= Level::County) {
        return Err(Error::invalid("by", "county_by_village"));
    }
    Ok(Counts::of(division, by_width(app, area, Level::Village.width()).await?))
}

/// The figures of a division (0 is the country) and of the divisions one level below it.
///
/// # Errors
/// The caller's role sees no figures; the division lies outside the caller's area.
pub async fn count(app: &App, scope: &Scope, division: i64) -> Result<Counts> {
    let area = seen(scope, division)?;
    let mut width = width_below(division);
    let mut parts = by_width(app, area, width).await?;
    // Dongguan and the like have no counties: their towns stand directly below.
    while division != 0 && width > 1 && parts.iter().any(|c| c.division == division) {
        parts.retain(|c| c.division != division);
        width /= 1_000;
        let here = Area { from: division, to: division + width.max(1) * 1_000 - 1 };
        parts.extend(by_width(app, here, width.max(1)).await?);
    }
    Ok(Counts::of(division, parts))
}

fn width_below(division: i64) -> i64 {
    let Ok(code) = DivisionCode::new(division) else { return Level::Province.width() };
    match code.level() {
        Level::Province => Level::Prefecture.width(),
        Level::Prefecture => Level::County.width(),
        Level::County => Level::Town.width(),
        Level::Town | Level::Village => Level::Village.width(),
    }
}

async fn by_width(app: &App, area: Area, width: i64) -> Result<Vec<Count>> {
    let (level, table, column) = if width >= Level::County.width() {
        (Level::County, "tally_county", "county")
    } else if width >= Level::Town.width() {
        (Level::Town, "tally_town", "town")
    } else {
        (Level::Village, "tally", "division")
    };
    // Each county, town or village has one row of each indicator: only above them something is to be added up.
    let adds = width != level.width();
    let sql = match adds {
        true => Sql::new("SELECT indicator, CAST(").push(
            &format!("{column} / {{}} AS bigint) * {{}}, CAST(SUM(count) AS bigint) FROM {table}"),
            p![width, width],
        ),
        false => Sql::new(&format!("SELECT indicator, {column}, count FROM {table}")),
    };
    let mut sql = sql.push(&format!(" WHERE {column} >= {{}} AND {column} <= {{}}"), p![area.from, area.to]);
    if level == Level::Village {
        // By name, so that each indicator's villages are found by their key.
        let names = INDICATORS.map(|name| format!("'{name}'")).join(", ");
        sql = sql.push(&format!(" AND indicator IN ({names})"), p![]);
    }
    if adds {
        sql = sql.push(" GROUP BY 1, 2", p![]);
    }
    let rows: Vec<(String, i64, i64)> = app.db.listing().query(sql).await?;
    let mut out: BTreeMap<i64, Count> = BTreeMap::new();
    for (indicator, division, count) in rows {
        out.entry(division).or_insert(Count { division, ..Count::default() }).add(&indicator, count);
    }
    Ok(out.into_values().filter(|c| c.persons != 0).collect())
}

/// Records what was found out about a person's need; the figures follow at once.
///
/// # Errors
/// The fact is unknown, the day lies ahead, or the person is not in the caller's scope.
pub async fn record(app: &App, scope: &Scope, id: Id, fact: &str, value: bool, on: Date) -> Result<()> {
    if !FACTS.contains(&fact) {
        return Err(Error::invalid("fact", "unknown_choice"));
    }
    if on > person::today(app.now()) {
        return Err(Error::invalid("on", "date.future"));
    }
    let head = person::head_in_scope(app, scope, id).await?;
    crate::atomic!(app.db, tx => {
        record_in(tx, scope, head, fact, value, on, app.now()).await?;
        Ok(())
    })
}

/// As [`record`], inside the transaction of another action that has checked the caller's right.
///
/// # Errors
/// The database is gone.
pub async fn record_in(
    tx: &mut Tx,
    scope: &Scope,
    head: Id,
    fact: &str,
    value: bool,
    on: Date,
    now: jiff::Timestamp,
) -> Result<()> {
    tx.run(
        "INSERT INTO need_fact (home, id, person_id, fact, value, found_on, account_id, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        p![head.home_number(), head.beside(now), head, fact, value, on, scope.account, now],
    )
    .await?;
    let current: Option<(Id,)> = tx
        .opt("SELECT head_id FROM person WHERE home = $1 AND id = $2", p![head.home_number(), head])
        .await?;
    let (current,) = current.ok_or(Error::NotFound)?;
    fold::refold(tx, &[current], &[], now).await
}

/// One figure that stands elsewhere than a recount.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Drift {
    /// Which figure.
    pub indicator: String,
    /// Where.
    pub division: i64,
    /// What is stored.
    pub stored: i64,
    /// What a recount gives.
    pub counted: i64,
}

struct Counting {
    division: i64,
    in_health: bool,
    in_dpf: bool,
    lives_at_home: Option<bool>,
    need_assessed: Option<bool>,
    suitable: Option<bool>,
    consented: Option<bool>,
    persons: i64,
}
row!(Counting { division, in_health, in_dpf, lives_at_home, need_assessed, suitable, consented, persons });

/// Counts everything anew and compares with the stored figures; the answer is empty where they agree.
///
/// # Errors
/// The database is gone.
pub async fn recount(app: &App) -> Result<Vec<Drift>> {
    let rows: Vec<Counting> = app
        .db
        .all(
            "SELECT division, in_health, in_dpf, lives_at_home, need_assessed, suitable, consented, COUNT(*)
             FROM person /* whole: everybody is counted anew */ WHERE merged_into IS NULL AND ended_at IS NULL GROUP BY 1, 2, 3, 4, 5, 6, 7",
            p![],
        )
        .await?;
    let mut both: BTreeMap<(String, i64), (i64, i64)> = BTreeMap::new();
    for r in rows {
        let facts = [r.lives_at_home, r.need_assessed, r.suitable, r.consented];
        let counted = Counted::of(r.division, (r.in_health, r.in_dpf), facts);
        for (indicator, count) in INDICATORS.iter().zip(counted.counts) {
            both.entry(((*indicator).to_owned(), r.division)).or_default().1 += count * r.persons;
        }
    }
    let stored: Vec<(String, i64, i64)> =
        app.db.all("SELECT indicator, division, count FROM tally", p![]).await?;
    for (indicator, division, count) in stored {
        both.entry((indicator, division)).or_default().0 = count;
    }
    let counties = summed(
        &both,
        county_of,
        app.db.all("SELECT indicator, county, count FROM tally_county", p![]).await?,
    );
    let towns =
        summed(&both, town_of, app.db.all("SELECT indicator, town, count FROM tally_town", p![]).await?);
    let drift =
        both.into_iter().chain(towns).chain(counties).filter(|(_, (stored, counted))| stored != counted);
    Ok(drift
        .map(|((indicator, division), (stored, counted))| Drift { indicator, division, stored, counted })
        .collect())
}

/// What stands for the areas above the villages, and what a recount gives.
fn summed(
    villages: &BTreeMap<(String, i64), (i64, i64)>,
    above: fn(i64) -> i64,
    stored: Vec<(String, i64, i64)>,
) -> BTreeMap<(String, i64), (i64, i64)> {
    let mut areas: BTreeMap<(String, i64), (i64, i64)> = BTreeMap::new();
    for ((indicator, division), (_, counted)) in villages {
        areas.entry((indicator.clone(), above(*division))).or_default().1 += counted;
    }
    for (indicator, area, count) in stored {
        areas.entry((indicator, area)).or_default().0 = count;
    }
    areas
}
