//! The year of the guardians: what each agreement is worth by the rule of the region, computed from agreement, reviews and visits,
//! and its settlement. An agreement is paid once for a year.

mod together;

use self::together::Together;
use super::{Content as Terms, Programme, Row, amount, fen, payment, place, within};
use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    db::{Sql, Tx, Value},
    error::{Error, Result},
    followup::{
        SHORT,
        held::{Held, load, may, risk_of},
        visit,
    },
    id::Id,
    p,
    paging::cut,
    scope::{Area, Scope},
};
use jiff::civil::{Date, date};
use rules::{
    Refusal,
    account::{Deed as Doing, Role},
    clock::china_date,
    followup::{
        RiskGrade,
        guardianship::Month,
        register::State,
        subsidy::{Claim, Fen, GuardianRule, settle as by_rule},
    },
};
use serde_json::json;
use std::collections::BTreeMap;

/// Rows of a page.
const PAGE: i64 = 50;
/// Visits of a person that a year's claim looks at: that year and what was before.
const VISITS: i64 = 200;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Year.
    pub year: i16,
    /// Township or village, 12 digits.
    pub division: Option<i64>,
    /// Only agreements whose review is overdue.
    pub review_overdue: bool,
    /// The last one seen.
    pub after: Option<Id>,
}

/// An agreement in a year.
#[derive(Debug, Clone)]
pub struct GuardianLine {
    /// The agreement.
    pub id: Id,
    /// The record.
    pub record: Id,
    /// Name of the person.
    pub name: String,
    /// Where the person was managed.
    pub division: i64,
    /// The guardian.
    pub guardian: String,
    /// First and last day.
    pub period: (Date, Option<Date>),
    /// The next review.
    pub review_due_on: Option<Date>,
    /// What is known of each month.
    pub months: [Month; 12],
    /// Incidents of the year, as its visits tell.
    pub incidents: u16,
    /// What it is worth, or why nothing.
    pub worth: std::result::Result<Fen, Refusal>,
    /// Why the year cannot be settled yet; none where it can.
    pub not_yet: Option<Refusal>,
    /// What was paid.
    pub paid: Option<Fen>,
}

impl GuardianLine {
    /// Months of full duty.
    #[must_use]
    pub fn full(&self) -> usize {
        full(&self.months)
    }
}

fn full(months: &[Month; 12]) -> usize {
    months.iter().filter(|month| **month == Month::Full).count()
}

struct Listed {
    id: Id,
    record: Id,
    name: String,
    held: Vec<u8>,
}
crate::row!(Listed { id, record, name, held });

/// The agreements that held in the year; on wish only those that were not paid for it.
fn listed(scope: &Scope, asked: &Asked, today: Date, unpaid: bool, limit: i64) -> Sql {
    let (first, last) = (date(asked.year, 1, 1), date(asked.year, 12, 31));
    let select = "SELECT g.id, g.record_id, n.name, s.content FROM smd_support g
        JOIN smd_record s ON s.home = g.home AND s.id = g.record_id JOIN person n ON n.home = s.home AND n.id = s.person_id
        WHERE g.kind = 'guardian' AND g.begun_on <= {} AND (g.ended_on IS NULL OR g.ended_on >= {})";
    let mut sql = within(scope, Sql::new("").push(select, p![last, first]), "smd_support", "g");
    if let Some(division) = asked.division {
        let Area { from, to } = Area::of(division);
        sql = sql.push(" AND g.division >= {} AND g.division <= {}", p![from, to]);
    }
    if asked.review_overdue {
        sql = sql.push(" AND g.review_due_on < {}", p![today]);
    }
    if unpaid {
        let none = " AND NOT EXISTS (SELECT 1 FROM smd_payment q WHERE q.home = g.home AND q.support_id = g.id AND q.year = {}
            AND q.kind = 'guardian' AND q.voided_at IS NULL)";
        sql = sql.push(none, p![i64::from(asked.year)]);
    }
    sql.when(" AND g.id > {}", asked.after).push(" ORDER BY g.id LIMIT {}", p![limit])
}

/// A page of agreements.
#[derive(Debug, Clone)]
pub struct GuardianPage {
    /// Agreements.
    pub lines: Vec<GuardianLine>,
    /// Where the next page starts.
    pub next: Option<Id>,
}

/// The agreements in scope that held in a year, with what each is worth; the read is in the log.
///
/// # Errors
/// The role has nothing to do with the register; there is no such year.
pub async fn guardians(app: &App, scope: &Scope, asked: &Asked) -> Result<GuardianPage> {
    may(scope, Doing::Read)?;
    sound(asked.year)?;
    let today = china_date(app.now());
    let mut found: Vec<Listed> = app.db.query(listed(scope, asked, today, false, PAGE + 1)).await?;
    let next = cut(&mut found, PAGE, |last| last.id);
    let entry = Entry::listed(Purpose::Care, "smd_record", found.len());
    audit::record(&app.db, scope, entry, app.now()).await?;
    let records: Vec<Id> = found.iter().map(|one| one.record).collect();
    let together = Together::read(app, &records, asked.year).await?;
    let mut lines = Vec::new();
    for one in found {
        let held: Held = serde_json::from_str(&app.keys.unseal(&one.held)?)?;
        let (visits, rows, paid) = together.of(one.record);
        let year = Year::new(app, asked.year, &held, &visits, rows, paid)?;
        lines.extend(year.line(app, &one, today)?);
    }
    Ok(GuardianPage { lines, next })
}

/// Years that a person of today can have to do with.
fn sound(year: i16) -> Result<()> {
    if (2000..=2999).contains(&year) { Ok(()) } else { Err(Error::invalid("year", "number")) }
}

#[derive(Clone)]
struct Visited {
    on: Date,
    risk: Option<i64>,
    content: Vec<u8>,
    record: Id,
}
crate::row!(Visited { on, risk, content, record });

const VISITED: &str = "SELECT visit_on, risk, content, record_id FROM followup_visit
    WHERE home = $1 AND record_id = $2 AND voided_at IS NULL AND visit_on <= $3 ORDER BY visit_on DESC, at DESC LIMIT $4";

fn visited(record: Id, year: i16) -> Vec<Value> {
    p![record.home_number(), record, date(year, 12, 31), VISITS]
}

#[derive(Clone)]
struct Paid {
    support: Id,
    amount: i64,
    record: Id,
}
crate::row!(Paid { support, amount, record });

const PAID: &str = "SELECT support_id, amount_fen, record_id FROM smd_payment
    WHERE home = $1 AND record_id = $2 AND kind = 'guardian' AND year = $3 AND voided_at IS NULL";

fn paid_of(record: Id, year: i16) -> Vec<Value> {
    p![record.home_number(), record, i64::from(year)]
}

/// A person's year: agreements, what happened, what was paid.
struct Year {
    year: i16,
    rows: Vec<(Row, Terms)>,
    claims: Vec<Claim>,
    incidents: u16,
    paid: BTreeMap<Id, Fen>,
}

impl Year {
    fn new(
        app: &App,
        year: i16,
        held: &Held,
        visits: &[Visited],
        rows: Vec<Row>,
        paid: Vec<Paid>,
    ) -> Result<Year> {
        let (mut incidents, mut earlier, mut risk) = (0_u16, false, RiskGrade::None);
        for visit in visits {
            let counted = visit::incidents(app, &visit.content)?;
            if visit.on.year() == year {
                incidents = incidents.saturating_add(counted);
                risk = risk.max(visit.risk.and_then(risk_of).unwrap_or(RiskGrade::None));
            } else {
                earlier |= counted > 0;
            }
        }
        let mut agreed = Vec::new();
        for row in rows.into_iter().filter(|row| row.kind == Programme::Guardian.code()) {
            let terms = row.content(app)?;
            agreed.push((row, terms));
        }
        // In the order in which they were signed.
        agreed.sort_by_key(|(row, _)| (row.begun_on, row.id));
        let registered = !matches!(held.record.state, State::Clue | State::Reviewed | State::Excluded);
        let claim = |(row, terms): &(Row, Terms)| Claim {
            client: uuid::Uuid::nil(),
            guardian: row.id.0,
            months: months(row, terms, year).map(|month| month == Month::Full),
            incidents,
            agreement: terms.agreement.is_some(),
            registered,
            managed: held.record.agreed == Some(true),
            risk,
            earlier_incident: earlier,
        };
        let claims = agreed.iter().map(claim).collect();
        let paid = paid.into_iter().map(|one| (one.support, fen(one.amount))).collect();
        Ok(Year { year, rows: agreed, claims, incidents, paid })
    }

    /// What an agreement is worth by a rule; never more than what is left of the person's cap.
    fn worth(&self, id: Id, rule: &GuardianRule) -> std::result::Result<Fen, Refusal> {
        let at = self.rows.iter().position(|(row, _)| row.id == id);
        let worth = at.and_then(|at| by_rule(&self.claims, rule).into_iter().nth(at));
        let others = self.paid.iter().filter(|(support, _)| **support != id);
        let others = others.fold(Fen(0), |sum, (_, paid)| sum.plus(*paid));
        let worth =
            worth.unwrap_or_else(|| Err(Refusal::new("SMD-SUBSIDY", "guardian_agreement_missing")))?;
        Ok(worth.min(rule.cap_fen.less(others)))
    }

    fn line(&self, app: &App, listed: &Listed, today: Date) -> Result<Option<GuardianLine>> {
        let Some((row, terms)) = self.rows.iter().find(|(row, _)| row.id == listed.id) else {
            return Ok(None);
        };
        let rule = rule(app, row, self.year)?;
        let worth = match &rule {
            Some(rule) => self.worth(row.id, rule),
            None => Err(no_rule()),
        };
        let agreement = terms.agreement.clone().unwrap_or_default();
        let guardianship = agreement.guardianship(row.begun_on, row.ended_on);
        Ok(Some(GuardianLine {
            id: row.id,
            record: listed.record,
            name: listed.name.clone(),
            division: row.division,
            guardian: agreement.name,
            period: (row.begun_on, row.ended_on),
            review_due_on: row.review_due_on,
            months: months(row, terms, self.year),
            incidents: self.incidents,
            worth,
            not_yet: guardianship.may_settle(self.year, today).err(),
            paid: self.paid.get(&row.id).copied(),
        }))
    }
}

fn months(row: &Row, terms: &Terms, year: i16) -> [Month; 12] {
    let agreement = terms.agreement.as_ref();
    agreement.map_or([Month::NotInForce; 12], |agreement| {
        agreement.guardianship(row.begun_on, row.ended_on).months(year)
    })
}

fn rule(app: &App, row: &Row, year: i16) -> Result<Option<GuardianRule>> {
    Ok(app.tables.subsidies.guardian(place(row.division)?, date(year, 12, 31)).cloned())
}

fn no_rule() -> Refusal {
    Refusal::new("SMD-SUBSIDY", "no_rule_here")
}

/// What became of a settlement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// Agreements that were paid now.
    pub paid: usize,
    /// The sum.
    pub sum: Fen,
    /// Agreements that were paid before.
    pub before: usize,
    /// Why others were not: code and how many.
    pub refused: BTreeMap<String, usize>,
    /// The last agreement that was looked at, where there are more: settle again after it.
    pub more: Option<Id>,
}

/// Settles a year for every agreement in scope that was not paid yet: the county's health side alone. Each is a transaction of its
/// own, and a second try finds what was paid. So many are looked at; `after` goes on behind the last of them, so that those which cannot be
/// paid keep nobody behind them waiting.
///
/// # Errors
/// The caller is not of the county; the payer is missing; there is no such year.
pub async fn settle(app: &App, scope: &Scope, asked: &Asked, payer: &str) -> Result<Settled> {
    may(scope, Doing::Change)?;
    if scope.role != Role::HealthOfficer {
        return Err(Refusal::new("SMD-DESK", "smd_not_yours").with("deed", "settle").into());
    }
    sound(asked.year)?;
    let mut reader = crate::entry::Reader::new(&app.divisions, true);
    let payer = reader.line("payer", payer, SHORT);
    reader.needed("payer", !payer.is_empty());
    let payer = reader.finish(payer)?;
    let today = china_date(app.now());
    let mut asked = Asked { review_overdue: false, ..asked.clone() };
    let mut settled = Settled::default();
    let mut looked_at = 0;
    loop {
        let found: Vec<Listed> = app.db.query(listed(scope, &asked, today, true, PAGE)).await?;
        looked_at += found.len();
        for one in &found {
            match settle_one(app, scope, one, asked.year, &payer).await {
                Ok(Some(sum)) => {
                    settled.paid += 1;
                    settled.sum = settled.sum.plus(sum);
                }
                Ok(None) => settled.before += 1,
                Err(Error::Refused(refusal)) => {
                    *settled.refused.entry(refusal.code).or_default() += 1;
                }
                Err(Error::NotFound) => {}
                Err(other) => return Err(other),
            }
        }
        let Some(last) = found.last() else { return Ok(settled) };
        asked.after = Some(last.id);
        if looked_at >= app.tables.subsidies.limits.settled_at_once {
            settled.more = Some(last.id);
            return Ok(settled);
        }
    }
}

/// Settles one agreement; nothing where it was paid before.
async fn settle_one(app: &App, scope: &Scope, one: &Listed, year: i16, payer: &str) -> Result<Option<Fen>> {
    let today = china_date(app.now());
    atomic!(app.db, tx => {
        // The record may be another county's by now; who had it in charge then pays for it.
        let stored = load(tx, &Scope::system(), one.record).await?;
        let held = stored.held(app)?;
        let whole = read(app, tx, one.record, year, &held).await?;
        let Some((row, terms)) = whole.rows.iter().find(|(row, _)| row.id == one.id) else {
            return Err(Error::NotFound);
        };
        if whole.paid.contains_key(&row.id) {
            return Ok(None);
        }
        let agreement = terms.agreement.clone().unwrap_or_default();
        agreement.guardianship(row.begun_on, row.ended_on).may_settle(year, today)?;
        let rule = rule(app, row, year)?.ok_or_else(no_rule)?;
        let worth = whole.worth(row.id, &rule)?;
        let full = full(&months(row, terms, year));
        if full == 0 {
            return Err(Refusal::new("SMD-SUBSIDY", "no_full_month").into());
        }
        let (first, last) = (date(year, 1, 1), date(year, 12, 31));
        let entry = payment::Entry {
            support: row.id,
            programme: Programme::Guardian,
            year,
            period: (row.begun_on.max(first), row.ended_on.unwrap_or(last).min(last)),
            amount: amount(worth),
            payer,
            place: (row.division, row.in_charge),
        };
        let content = payment::Content {
            payee: agreement.name,
            account: agreement.account,
            months: u64::try_from(full).ok(),
            incidents: Some(whole.incidents),
            ..payment::Content::default()
        };
        payment::insert(app, tx, scope, &stored, &entry, &content).await?;
        let detail = json!({ "fields": ["support"] });
        let record = Some(one.record);
        let log =
            Entry { purpose: Purpose::Care, action: "change", subject_kind: "smd_record", subject: record, detail };
        audit::record_in(tx, scope, log, app.now());
        Ok(Some(worth))
    })
}

async fn read(app: &App, tx: &mut Tx, record: Id, year: i16, held: &Held) -> Result<Year> {
    let visits: Vec<Visited> = tx.all(VISITED, visited(record, year)).await?;
    let rows = super::rows(tx, record).await?;
    let paid: Vec<Paid> = tx.all(PAID, paid_of(record, year)).await?;
    Year::new(app, year, held, &visits, rows, paid)
}
