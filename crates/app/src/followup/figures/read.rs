//! What the records of a page are counted from, read for all of them in one statement each.

use super::course::Made;
use crate::{
    App,
    db::{FromRow, Value},
    error::{Error, Result},
    followup::{
        examination,
        held::{Happened, class_of},
        paper, visit,
    },
    id::Id,
    p,
    person::sql::keyed,
};
use jiff::{ToSpan, civil::Date};
use rules::followup::{indicator::Period, paper::PaperKind};
use std::collections::BTreeMap;

/// Rows of one kind that a page of records has at most: four hundred for each.
const MOST: usize = 100_000;

/// What is known of one record.
#[derive(Default)]
pub(super) struct Read {
    /// What happened, in the order in which it was recorded.
    pub events: Vec<(Date, Happened)>,
    /// Visits, the earliest first.
    pub visits: Vec<Made>,
    /// Admission and discharge by slip.
    pub slips: Vec<(Date, Date)>,
    /// First treatment, as card or supplement tell it.
    pub first_treatment: Option<Date>,
    /// Days of examinations in the period.
    pub examined: Vec<Date>,
    /// In the period person and guardian agreed to be examined.
    pub examination_agreed: bool,
    /// A day of rehabilitation in the period.
    pub rehabilitated: Option<Date>,
}

/// All of it, by record.
pub(super) async fn read(app: &App, records: &[Id], period: Period) -> Result<BTreeMap<Id, Read>> {
    let mut found: BTreeMap<Id, Read> = records.iter().map(|id| (*id, Read::default())).collect();
    events(app, records, &mut found).await?;
    visits(app, records, period, &mut found).await?;
    papers(app, records, &mut found).await?;
    examinations(app, records, period, &mut found).await?;
    rehabilitation(app, records, period, &mut found).await?;
    Ok(found)
}

/// Rows that belong to records; `{these}` stands in the statement for "of these records", behind the parameters that come first.
async fn rows<T: FromRow>(
    app: &App,
    sql: &str,
    first: Vec<Value>,
    (home, id): (&str, &str),
    records: &[Id],
) -> Result<Vec<T>> {
    let (these, keys) = keyed(home, id, first.len() + 1, records);
    let sql = format!("{} LIMIT {MOST}", sql.replace("{these}", &these));
    let found: Vec<T> = app.db.listing().all(&sql, first.into_iter().chain(keys).collect()).await?;
    // A part of them would give figures that look right and are not.
    if found.len() < MOST { Ok(found) } else { Err(Error::broken("more rows than a page of records has")) }
}

const OF_RECORD: (&str, &str) = ("home", "record_id");

async fn events(app: &App, records: &[Id], found: &mut BTreeMap<Id, Read>) -> Result<()> {
    let sql = "SELECT record_id, happened_on, content FROM smd_event WHERE {these} AND voided_at IS NULL
        ORDER BY record_id, version, number";
    for (record, on, content) in rows::<(Id, Date, Vec<u8>)>(app, sql, p![], OF_RECORD, records).await? {
        let happened: Happened = serde_json::from_str(&app.keys.unseal(&content)?)?;
        if let Some(one) = found.get_mut(&record) {
            one.events.push((on, happened));
        }
    }
    Ok(())
}

struct Visited {
    record: Id,
    on: Date,
    class: Option<i64>,
    rule: Option<String>,
    face_to_face: bool,
    reached: bool,
    next_on: Option<Date>,
    content: Vec<u8>,
}
crate::row!(Visited { record, on, class, rule, face_to_face, reached, next_on, content });

/// Visits of the period and of the year before it, in which the first ones of the period were set.
async fn visits(app: &App, records: &[Id], period: Period, found: &mut BTreeMap<Id, Read>) -> Result<()> {
    let sql =
        "SELECT record_id, visit_on, class, rule, face_to_face, reached, next_on, content FROM followup_visit
        WHERE {these} AND voided_at IS NULL AND visit_on >= $1 AND visit_on <= $2 ORDER BY record_id, visit_on, at";
    let days = p![period.from.saturating_sub(1.year()), period.until];
    for row in rows::<Visited>(app, sql, days, OF_RECORD, records).await? {
        let said = visit::said(app, &row.content)?;
        let made = Made {
            on: row.on,
            reached: row.reached,
            // Whoever was met and judged has a row of the decision table.
            valid: row.reached && row.rule.is_some(),
            face_to_face: row.face_to_face,
            class: row.class.and_then(class_of),
            next_on: row.next_on,
            said,
        };
        if let Some(one) = found.get_mut(&row.record) {
            one.visits.push(made);
        }
    }
    Ok(())
}

struct Written {
    record: Id,
    id: Id,
    kind: String,
    replaces: Option<Id>,
    content: Vec<u8>,
}
crate::row!(Written { record, id, kind, replaces, content });

async fn papers(app: &App, records: &[Id], found: &mut BTreeMap<Id, Read>) -> Result<()> {
    let sql = "SELECT record_id, id, kind, replaces, content FROM smd_paper
        WHERE {these} AND kind IN ('report_card', 'discharge_slip', 'supplement') ORDER BY record_id, kind, number";
    let mut slips: BTreeMap<Id, Vec<paper::Slip>> = BTreeMap::new();
    let mut last: BTreeMap<(Id, PaperKind), Vec<u8>> = BTreeMap::new();
    for row in rows::<Written>(app, sql, p![], OF_RECORD, records).await? {
        match PaperKind::of_code(&row.kind) {
            Some(PaperKind::DischargeSlip) => {
                slips.entry(row.record).or_default().push((row.id, row.replaces, row.content));
            }
            // Card and supplement have versions, of which the last one stands.
            Some(kind) => _ = last.insert((row.record, kind), row.content),
            None => {}
        }
    }
    for (record, slips) in slips {
        if let Some(one) = found.get_mut(&record) {
            one.slips = paper::stays_of(app, &slips)?;
        }
    }
    for ((record, _), content) in last {
        let treated = paper::first_treatment(app, &content)?;
        if let Some(one) = found.get_mut(&record) {
            // Card and supplement may name two days: the first treatment is the earlier one.
            one.first_treatment = [one.first_treatment, treated].into_iter().flatten().min();
        }
    }
    Ok(())
}

async fn examinations(
    app: &App,
    records: &[Id],
    period: Period,
    found: &mut BTreeMap<Id, Read>,
) -> Result<()> {
    let sql = "SELECT record_id, made_on, answer, content FROM smd_examination
        WHERE {these} AND voided_at IS NULL AND made_on >= $1 AND made_on <= $2 ORDER BY record_id, made_on";
    let days = p![period.from, period.until];
    let made: Vec<(Id, Date, String, Vec<u8>)> = rows(app, sql, days, OF_RECORD, records).await?;
    for (record, on, answer, content) in made {
        let (done, agreed) = examination::counts(app, &answer, &content)?;
        if let Some(one) = found.get_mut(&record) {
            one.examined.extend(done.then_some(on));
            one.examination_agreed |= agreed;
        }
    }
    Ok(())
}

/// The first day of the period on which somebody came to a service of community rehabilitation that is recorded here, under whichever of
/// the person's records the case is. Only that there was one is counted; a case whose use is restricted tells nothing.
async fn rehabilitation(
    app: &App,
    records: &[Id],
    period: Period,
    found: &mut BTreeMap<Id, Read>,
) -> Result<()> {
    let sql = "SELECT s.id, MIN(a.on_day) FROM smd_record s
        JOIN person m ON m.home = s.home AND m.id = s.person_id
        JOIN person c ON c.head_id = m.head_id /* spread: one person's records may have different homes */
        JOIN referral r ON r.person_id = c.id
        JOIN attendance a ON a.home = r.home AND a.referral_id = r.id
        WHERE {these} AND r.restricted_at IS NULL AND a.state = 'held' AND a.presence = 'came'
        AND a.on_day >= $1 AND a.on_day <= $2 GROUP BY s.id";
    let days = p![period.from, period.until];
    let came: Vec<(Id, Date)> = rows(app, sql, days, ("s.home", "s.id"), records).await?;
    for (record, on) in came {
        if let Some(one) = found.get_mut(&record) {
            one.rehabilitated = Some(on);
        }
    }
    Ok(())
}
