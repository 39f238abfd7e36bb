//! What the agreements of one page are computed from, read for all its records in one statement each.

use super::super::{MOST, Row};
use super::{PAGE, Paid, VISITS, Visited};
use crate::{App, error::Result, id::Id, p, person::sql::keyed};
use jiff::civil::date;
use std::collections::BTreeMap;

/// Visits, agreements and payments by record.
pub(super) struct Together {
    visits: BTreeMap<Id, Vec<Visited>>,
    rows: BTreeMap<Id, Vec<Row>>,
    paid: BTreeMap<Id, Vec<Paid>>,
}

fn by_record<T>(found: Vec<T>, record: impl Fn(&T) -> Id) -> BTreeMap<Id, Vec<T>> {
    let mut sorted: BTreeMap<Id, Vec<T>> = BTreeMap::new();
    for one in found {
        sorted.entry(record(&one)).or_default().push(one);
    }
    sorted
}

impl Together {
    /// Those of records, as far as a year needs them.
    pub(super) async fn read(app: &App, records: &[Id], year: i16) -> Result<Together> {
        if records.is_empty() {
            let (visits, rows, paid) = Default::default();
            return Ok(Together { visits, rows, paid });
        }
        let (these, keys) = keyed("home", "record_id", 3, records);
        let with = |mut first: Vec<crate::db::Value>| {
            first.extend(keys.iter().cloned());
            first
        };
        let sql = format!(
            "SELECT visit_on, risk, content, record_id FROM followup_visit
             WHERE {these} AND voided_at IS NULL AND visit_on <= $1 ORDER BY visit_on DESC, at DESC LIMIT $2"
        );
        let visits = app.db.all(&sql, with(p![date(year, 12, 31), VISITS * PAGE])).await?;
        let sql = format!(
            "SELECT id, kind, division, in_charge, begun_on, ended_on, end_reason, review_due_on, content, recorded_by_name, version,
             record_id FROM smd_support WHERE {these} AND begun_on <= $1 ORDER BY begun_on DESC, id DESC LIMIT $2"
        );
        let rows = app.db.all(&sql, with(p![date(year, 12, 31), MOST * PAGE])).await?;
        let sql = format!(
            "SELECT support_id, amount_fen, record_id FROM smd_payment
             WHERE {these} AND kind = $1 AND year = $2 AND voided_at IS NULL"
        );
        let paid = app.db.all(&sql, with(p!["guardian", i64::from(year)])).await?;
        Ok(Together {
            visits: by_record(visits, |one: &Visited| one.record),
            rows: by_record(rows, |one: &Row| one.record),
            paid: by_record(paid, |one: &Paid| one.record),
        })
    }

    /// Those of one record, which may have two agreements on the page.
    pub(super) fn of(&self, record: Id) -> (Vec<Visited>, Vec<Row>, Vec<Paid>) {
        let visits = self.visits.get(&record).cloned().unwrap_or_default();
        let rows = self.rows.get(&record).cloned().unwrap_or_default();
        (visits, rows, self.paid.get(&record).cloned().unwrap_or_default())
    }
}
