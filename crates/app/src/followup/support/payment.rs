//! What was paid: of a record, and as a list with its sum by year, programme and township. A payment counts where the person was
//! managed when it was made.

use super::{Programme, fen, within};
use crate::{
    App,
    audit::{self, Purpose},
    db::{Sql, Tx, Value},
    error::{Error, Result},
    export::{Wanted, release},
    followup::held::{Stored, may},
    id::Id,
    p,
    paging::cut,
    scope::{Area, Scope},
};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::{Deed as Doing, Subject},
    followup::subsidy::Fen,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Rows of a page.
pub const PAGE: i64 = 50;
/// Rows of a file at most; the rule of files that leave bounds it further.
const EXPORT: i64 = 100_000;
/// Payments of a record that are shown.
const SHOWN: i64 = 100;

/// What is sealed of a payment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Content {
    /// Drug and how much of it.
    pub drug: Option<(String, String)>,
    /// What it cost, where a share was paid.
    pub cost: Option<Fen>,
    /// To whom, with the account: a guardian.
    pub payee: String,
    pub account: String,
    /// Months of full duty and incidents of the year.
    pub months: Option<u64>,
    pub incidents: Option<u16>,
    pub note: String,
}

/// A payment to be written.
pub(super) struct Entry<'a> {
    pub support: Id,
    pub programme: Programme,
    pub year: i16,
    pub period: (Date, Date),
    pub amount: i64,
    pub payer: &'a str,
    /// Where the person was managed, and by whom, when the programme began.
    pub place: (i64, Id),
}

/// Writes a payment.
pub(super) async fn insert(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    stored: &Stored,
    entry: &Entry<'_>,
    content: &Content,
) -> Result<Id> {
    let now = app.now();
    let id = stored.id.beside(now);
    let sealed = app.keys.seal(&serde_json::to_string(content)?)?;
    let sql = "INSERT INTO smd_payment (home, id, record_id, support_id, division, county, in_charge, kind, year, from_on, until_on,
        amount_fen, payer, content, recorded_by_name, organisation_id, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    let args = p![
        id.home_number(),
        id,
        stored.id,
        entry.support,
        entry.place.0,
        crate::division::county_of(entry.place.0),
        entry.place.1,
        entry.programme.code(),
        i64::from(entry.year),
        entry.period.0,
        entry.period.1,
        entry.amount,
        entry.payer,
        sealed,
        &scope.name,
        scope.organisation,
        now
    ];
    tx.run(sql, args).await?;
    Ok(id)
}

/// A payment as it is shown.
#[derive(Debug, Clone)]
pub struct Payment {
    /// Identifier.
    pub id: Id,
    /// The record.
    pub record: Id,
    /// Name of the person; empty on the page of the record.
    pub name: String,
    /// Where the person was managed.
    pub division: i64,
    /// The programme.
    pub programme: Programme,
    /// The year for which it counts.
    pub year: i64,
    /// First and last day.
    pub period: (Date, Date),
    /// Amount.
    pub amount: Fen,
    /// Who paid.
    pub payer: String,
    /// Drug and how much of it.
    pub drug: Option<(String, String)>,
    /// What it cost.
    pub cost: Option<Fen>,
    /// To whom, and the account.
    pub payee: (String, String),
    /// Months of full duty and incidents.
    pub months: Option<(u64, u16)>,
    /// In words.
    pub note: String,
    /// Who recorded it, and when.
    pub by: (String, Timestamp),
    /// When it was voided, by whom and why.
    pub voided: Option<(Timestamp, String, String)>,
}

struct Row {
    id: Id,
    record: Id,
    name: Option<String>,
    division: i64,
    kind: String,
    year: i64,
    from_on: Date,
    until_on: Date,
    amount: i64,
    payer: String,
    content: Vec<u8>,
    by: String,
    at: Timestamp,
    voided_at: Option<Timestamp>,
    voided_by: Option<String>,
    void_reason: Option<Vec<u8>>,
}
crate::row!(Row {
    id,
    record,
    name,
    division,
    kind,
    year,
    from_on,
    until_on,
    amount,
    payer,
    content,
    by,
    at,
    voided_at,
    voided_by,
    void_reason
});

const COLUMNS: &str = "p.division, p.kind, p.year, p.from_on, p.until_on, p.amount_fen, p.payer, p.content,
    p.recorded_by_name, p.at, p.voided_at, p.voided_by_name, p.void_reason";

impl Row {
    fn payment(self, app: &App) -> Result<Payment> {
        let content: Content = serde_json::from_str(&app.keys.unseal(&self.content)?)?;
        let reason = self.void_reason.map(|reason| app.keys.unseal(&reason)).transpose()?;
        Ok(Payment {
            id: self.id,
            record: self.record,
            name: self.name.unwrap_or_default(),
            division: self.division,
            programme: Programme::of_code(&self.kind)
                .ok_or_else(|| Error::broken("a programme that is none"))?,
            year: self.year,
            period: (self.from_on, self.until_on),
            amount: fen(self.amount),
            payer: self.payer,
            drug: content.drug,
            cost: content.cost,
            payee: (content.payee, content.account),
            months: content.months.zip(content.incidents),
            note: content.note,
            by: (self.by, self.at),
            voided: self
                .voided_at
                .map(|at| (at, self.voided_by.unwrap_or_default(), reason.unwrap_or_default())),
        })
    }
}

/// The payments of a record, the latest first.
pub(super) async fn of_record(app: &App, record: Id) -> Result<Vec<Payment>> {
    let sql = format!(
        "SELECT p.id, p.record_id, CAST(NULL AS TEXT), {COLUMNS} FROM smd_payment p WHERE p.home = $1 AND p.record_id = $2
        ORDER BY p.until_on DESC, p.id DESC LIMIT $3"
    );
    let rows: Vec<Row> = app.db.all(&sql, p![record.home_number(), record, SHOWN]).await?;
    rows.into_iter().map(|row| row.payment(app)).collect()
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The year for which it counts.
    pub year: i64,
    /// Programme.
    pub programme: Option<Programme>,
    /// Township or village, 12 digits.
    pub division: Option<i64>,
    /// Also what was voided.
    pub voided: bool,
    /// The last one seen.
    pub after: Option<Id>,
}

fn filtered(scope: &Scope, filter: &Filter, select: &str) -> Sql {
    let from = "FROM smd_payment p JOIN smd_record s ON s.home = p.home AND s.id = p.record_id
        JOIN person n ON n.home = s.home AND n.id = s.person_id WHERE p.year = {}";
    let mut sql = Sql::new("").push(&format!("{select} {from}"), [Value::from(filter.year)]);
    sql = within(scope, sql, "smd_payment", "p");
    if let Some(division) = filter.division {
        let Area { from, to } = Area::of(division);
        sql = sql.push(" AND p.division >= {} AND p.division <= {}", p![from, to]);
    }
    if !filter.voided {
        sql = sql.push(" AND p.voided_at IS NULL", []);
    }
    sql.when(" AND p.kind = {}", filter.programme.map(Programme::code))
}

async fn lines(app: &App, scope: &Scope, filter: &Filter, limit: i64) -> Result<Vec<Payment>> {
    let sql = filtered(scope, filter, &format!("SELECT p.id, p.record_id, n.name, {COLUMNS}"));
    let sql = sql.when(" AND p.id < {}", filter.after).push(" ORDER BY p.id DESC LIMIT {}", p![limit]);
    let rows: Vec<Row> = app.db.listing().query(sql).await?;
    rows.into_iter().map(|row| row.payment(app)).collect()
}

/// A page of payments with the sum of all that the filter finds.
#[derive(Debug, Clone)]
pub struct PaymentPage {
    /// Payments, the latest first.
    pub lines: Vec<Payment>,
    /// Where the next page starts.
    pub next: Option<Id>,
    /// How many there are that count.
    pub total: i64,
    /// Persons for whom they were.
    pub persons: i64,
    /// Their sum; what was voided is not in it.
    pub sum: Fen,
}

struct Summed {
    total: i64,
    persons: i64,
    sum: i64,
}
crate::row!(Summed { total, persons, sum });

/// One page of what was paid in scope; the read is in the log.
///
/// # Errors
/// The role has nothing to do with the register.
pub async fn payments(app: &App, scope: &Scope, filter: &Filter) -> Result<PaymentPage> {
    may(scope, Doing::Read)?;
    let mut lines = lines(app, scope, filter, PAGE + 1).await?;
    let next = cut(&mut lines, PAGE, |last| last.id);
    let select =
        "SELECT COUNT(*), COUNT(DISTINCT p.record_id), CAST(COALESCE(SUM(p.amount_fen), 0) AS BIGINT)";
    let counted = Filter { voided: false, ..filter.clone() };
    let found: Vec<Summed> = app.db.listing().query(filtered(scope, &counted, select)).await?;
    let summed = found.into_iter().next().unwrap_or(Summed { total: 0, persons: 0, sum: 0 });
    let entry = audit::Entry::listed(Purpose::Care, "smd_record", lines.len());
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok(PaymentPage { lines, next, total: summed.total, persons: summed.persons, sum: fen(summed.sum) })
}

/// All payments that the filter finds, for a file, with the code to be printed on it.
///
/// # Errors
/// The role may not take it out, or it is more than leaves without a second person.
pub async fn export(app: &App, scope: &Scope, filter: &Filter) -> Result<(Vec<Payment>, String)> {
    scope.permit(Doing::Export, Subject::FollowUp)?;
    let lines = lines(app, scope, &Filter { after: None, ..filter.clone() }, EXPORT).await?;
    let said = json!({
        "list": "payments",
        "year": filter.year,
        "programme": filter.programme.map(Programme::code),
        "division": filter.division,
        "voided": filter.voided,
    });
    let wanted = Wanted { subject: Subject::FollowUp, rows: lines.len(), filter: said };
    let code = release(app, scope, &wanted).await?;
    Ok((lines, code))
}
