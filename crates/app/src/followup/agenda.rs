//! What is due in a doctor's own charge, as it stands in a calendar on a telephone: a day or an hour and initials, and nothing else of whom
//! it is about.

use super::{
    in_own_charge, in_own_charge_or, is_primary_care,
    list::{FROM, FROM_EMERGENCIES},
    within,
};
use crate::{App, db::Sql, error::Result, id::Id, p, row, scope::Scope};
use jiff::{Timestamp, civil::Date};
use rules::{
    care::Days,
    clock::{end_of, start_of},
    followup::owed::What,
    name::initials,
};

/// Days and hours of one calendar at most, each.
const MOST: i64 = 1_000;

/// Something that is due on a day.
pub(crate) struct DueDay {
    /// The record.
    pub record: Id,
    /// Initials of the person.
    pub initials: String,
    /// What is due.
    pub what: What,
    /// By when.
    pub on: Date,
    /// When the record was last changed.
    pub changed: Timestamp,
}

/// An emergency of which something is due.
pub(crate) struct DueHour {
    /// The emergency.
    pub emergency: Id,
    /// Initials of the person.
    pub initials: String,
    /// By when.
    pub at: Timestamp,
    /// When it was last changed.
    pub changed: Timestamp,
}

struct Stored {
    id: Id,
    name: String,
    what: Option<String>,
    on: Date,
    changed: Timestamp,
}
row!(Stored { id, name, what, on, changed });

/// Visits, steps and yearly examinations that are due within some days, the earliest first.
pub(crate) async fn due_days(app: &App, scope: &Scope, days: Days) -> Result<Vec<DueDay>> {
    let mut found =
        due(app, owed(scope, select(scope, ("s.due_on", "s.due_what"))), "s.due_on", days).await?;
    let day = "s.examination_due_on";
    let own = in_own_charge(scope, select(scope, (day, "'examination'")));
    found.extend(due(app, own, day, days).await?);
    Ok(found)
}

fn select(scope: &Scope, (day, what): (&str, &str)) -> Sql {
    within(scope, Sql::new(&format!("SELECT s.id, n.name, {what}, {day}, s.changed_at {FROM}")))
}

/// In the own charge, or owed by the own institution besides: the answer to a move, and a hospital's card, slip or corrected card.
fn owed(scope: &Scope, sql: Sql) -> Sql {
    let own = scope.organisation;
    let answer = " OR (s.receiver = {} AND s.due_what = 'move_answer')";
    if is_primary_care(scope) {
        return in_own_charge_or(scope, sql, (answer, p![own]));
    }
    let further =
        format!("{answer} OR (s.reporter = {{}} AND s.due_what IN ('report', 'slip', 'correction'))");
    in_own_charge_or(scope, sql, (&further, p![own, own]))
}

async fn due(app: &App, sql: Sql, day: &str, days: Days) -> Result<Vec<DueDay>> {
    let sql = sql.push(&format!(" AND {day} >= {{}} AND {day} <= {{}}"), p![days.from, days.last]);
    let sql = sql.push(&format!(" ORDER BY {day}, s.id LIMIT {{}}"), p![MOST]);
    let found: Vec<Stored> = app.db.listing().query(sql).await?;
    let one = |row: Stored| {
        let what = row.what.as_deref().and_then(What::of_code)?;
        Some(DueDay { record: row.id, initials: initials(&row.name), what, on: row.on, changed: row.changed })
    };
    Ok(found.into_iter().filter_map(one).collect())
}

/// Emergencies in the own charge of which something is due within some days, the earliest first.
pub(crate) async fn due_hours(app: &App, scope: &Scope, days: Days) -> Result<Vec<DueHour>> {
    let sql = format!("SELECT e.id, n.name, e.due_at, e.changed_at {FROM_EMERGENCIES}");
    let sql = in_own_charge(scope, within(scope, Sql::new(&sql)))
        .push(" AND e.due_at >= {} AND e.due_at < {}", p![start_of(days.from), end_of(days.last)])
        .push(" ORDER BY e.due_at, e.id LIMIT {}", p![MOST]);
    let found: Vec<(Id, String, Timestamp, Timestamp)> = app.db.listing().query(sql).await?;
    let one = |(emergency, name, at, changed): (Id, String, Timestamp, Timestamp)| DueHour {
        emergency,
        initials: initials(&name),
        at,
        changed,
    };
    Ok(found.into_iter().map(one).collect())
}
