//! T10: waiting cases of counties with free places are tried with the institutions that have them, by priority and by
//! how long they wait.

use super::{Order, Outcome, perform_in};
use crate::{
    App, atomic,
    db::{Parsed, Sql},
    error::{Error, Result},
    id::Id,
    p,
    scope::Scope,
};
use jiff::Timestamp;
use rules::referral::Command;

/// Cases after which a turn leaves further counties to the next one. A county that was begun is finished: its list has
/// an order, and those at the head may fit nowhere.
const TRIED: usize = 500;
/// Cases read at once.
const PAGE: i64 = 200;
/// The setting that remembers the county with which the last turn ended.
const SETTING: &str = "waiting_after";

/// One turn: how many cases got a place.
pub(super) async fn place_all(app: &App) -> Result<usize> {
    let from = begin_after(app).await?;
    let sql = "SELECT DISTINCT i.county FROM institution i JOIN referral r ON r.county = i.county AND r.state = 'waiting'
        WHERE i.county > $1 AND i.state = 'listed' AND i.contracted - i.in_service - i.reserved - i.blocked > 0
        ORDER BY i.county";
    let (mut placed, mut tried) = (0, 0);
    for (county,) in app.db.all::<(i64,)>(sql, p![from]).await? {
        if tried >= TRIED {
            return Ok(placed);
        }
        let (got, looked_at) = place_county(app, county).await?;
        (placed, tried) = (placed + got, tried + looked_at);
        if tried >= TRIED {
            end_with(app, county).await?;
        }
    }
    if from > 0 || tried >= TRIED {
        end_with(app, 0).await?;
    }
    Ok(placed)
}

async fn begin_after(app: &App) -> Result<i64> {
    let found: Option<(Parsed<i64>,)> =
        app.db.opt("SELECT value FROM setting WHERE name = $1", p![SETTING]).await?;
    Ok(found.map_or(0, |(Parsed(county),)| county))
}

async fn end_with(app: &App, county: i64) -> Result<()> {
    let sql = "INSERT INTO setting (name, value, changed_at) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at";
    app.db.run(sql, p![SETTING, serde_json::Value::from(county), app.now()]).await?;
    Ok(())
}

/// How many of a county's waiting cases got a place, and how many were tried.
async fn place_county(app: &App, county: i64) -> Result<(usize, usize)> {
    let (mut placed, mut tried) = (0, 0);
    let mut after: Option<(i64, Timestamp, Id)> = None;
    loop {
        let sql = "SELECT r.id, r.priority, r.created_at FROM referral r WHERE r.state = 'waiting'";
        let mut sql = Sql::new(sql).push(" AND r.county = {}", p![county]);
        if let Some((priority, at, id)) = after {
            sql = sql.push(
                " AND (r.priority > {} OR (r.priority = {}
                    AND (r.created_at > {} OR (r.created_at = {} AND r.id > {}))))",
                p![priority, priority, at, at, id],
            );
        }
        let sql = sql.push(" ORDER BY r.priority, r.created_at, r.id LIMIT {}", p![PAGE]);
        let waiting: Vec<(Id, i64, Timestamp)> = app.db.query(sql).await?;
        let Some((id, priority, at)) = waiting.last() else { return Ok((placed, tried)) };
        after = Some((*priority, *at, *id));
        for (id, ..) in &waiting {
            tried += 1;
            placed += usize::from(place(app, *id, county).await?);
        }
    }
}

/// Whether the case got a place at one of the county's institutions. That it fits none is no attempt by anybody, so it
/// is not logged as one.
async fn place(app: &App, id: Id, county: i64) -> Result<bool> {
    let free = "SELECT id FROM institution WHERE county = $1 AND state = 'listed'
        AND contracted - in_service - reserved - blocked > 0";
    for (institution,) in app.db.all::<(uuid::Uuid,)>(free, p![county]).await? {
        let order = Order::plain(Command::PlaceFree { institution });
        let outcome: Result<Outcome> =
            atomic!(app.db, tx => { perform_in(app, tx, &Scope::system(), Some(id), &order).await });
        match outcome {
            Ok(_) => return Ok(true),
            Err(Error::Refused(_) | Error::Changed { .. } | Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}
