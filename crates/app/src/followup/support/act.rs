//! What is done about the money of a record: entering a programme, giving drugs or paying for an admission, signing and reviewing
//! a guardian's agreement, ending one, voiding a payment that was wrong.

use super::{Agreement, Content, Programme, Reviewed, Row, amount, applicant, fen, payment, place, rows};
use crate::{
    App, atomic,
    db::Tx,
    entry::Reader,
    error::{Error, Result},
    followup::{
        LONGEST, SHORT,
        held::{Stored, load, log, may},
    },
    id::Id,
    p,
    scope::Scope,
};
use jiff::civil::Date;
use rules::{
    Refusal,
    account::Deed as Doing,
    clock::china_date,
    followup::{
        desk::Ties,
        guardianship::{self, Review},
        subsidy::Fen,
        support::{Given, SupportKind, entitled, given_twice, payable, unfit_end},
    },
};
use serde::{Deserialize, Serialize};

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Somebody enters a programme.
    Enter,
    /// Drugs are given, or an admission is paid for.
    Give,
    /// A guardian signs an agreement.
    Sign,
    /// The community reviews an agreement.
    Review,
    /// A programme or an agreement ends.
    End,
    /// A payment that was wrong is voided.
    Void,
}

impl Act {
    /// All of them.
    pub const ALL: [Act; 6] = [Act::Enter, Act::Give, Act::Sign, Act::Review, Act::End, Act::Void];

    /// The code as sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Act::Enter => "enter",
            Act::Give => "give",
            Act::Sign => "sign",
            Act::Review => "review",
            Act::End => "end",
            Act::Void => "void",
        }
    }

    /// The act of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Act> {
        Act::ALL.into_iter().find(|act| act.code() == code)
    }
}

/// What is written on the form of an act.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs)]
pub struct SupportFields {
    /// `enter`, `give`, `sign`, `review`, `end`, `void`.
    pub act: String,
    /// The programme, agreement or payment that it is done to.
    pub of: Option<Id>,
    /// Version of the programme or agreement that the caller saw.
    pub version: Option<i64>,
    /// Day; today where it is empty.
    pub on: String,
    /// `enter`: `free_medication` or `admission_subsidy`.
    pub programme: String,
    /// `enter`: a local rule names the person.
    pub local_rule: bool,
    pub drug: String,
    pub quantity: String,
    pub from: String,
    pub until: String,
    /// `give`: what it cost, in yuan.
    pub cost: String,
    pub payer: String,
    pub guardian_name: String,
    pub guardian_relation: String,
    pub guardian_phone: String,
    pub account: String,
    pub handbook: bool,
    pub duties: Vec<String>,
    /// `review`: duties that were not fulfilled.
    pub unmet: Vec<String>,
    /// In words; needed for `end` and `void`, for `review` where a duty was not fulfilled, and for a local rule.
    pub note: String,
}

/// What became of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The programme, agreement or payment.
    pub id: Id,
    /// What is paid, where something is.
    pub amount: Option<Fen>,
}

/// Everything an act depends on.
struct Desk<'a> {
    app: &'a App,
    scope: &'a Scope,
    stored: Stored,
    today: Date,
}

/// Takes an act; what it is done to is looked up within the record.
///
/// # Errors
/// The record is not in scope; there is no such act or row; somebody else takes it; a rule refuses it; fields are wrong.
pub async fn act(app: &App, scope: &Scope, record: Id, fields: &SupportFields) -> Result<Done> {
    may(scope, Doing::Change)?;
    atomic!(app.db, tx => {
        let stored = load(tx, scope, record).await?;
        let act = Act::of_code(&fields.act).ok_or_else(|| Error::invalid("act", "unknown_choice"))?;
        let ties = stored.ties(scope);
        permit(act, ties)?;
        let desk = Desk { app, scope, stored, today: china_date(app.now()) };
        let done = match act {
            Act::Enter => desk.enter(tx, fields).await?,
            Act::Give => desk.give(tx, fields).await?,
            Act::Sign => desk.sign(tx, fields).await?,
            Act::Review => desk.review(tx, fields).await?,
            Act::End => desk.end(tx, fields).await?,
            Act::Void => desk.void(tx, fields).await?,
        };
        log(tx, app, scope, "change", record, &["support"]);
        Ok(done)
    })
}

/// The institution in charge and the county keep programmes and agreements; a hospital that reported gives and is paid besides.
fn permit(act: Act, ties: Ties) -> Result<()> {
    if act == Act::Give && ties.reporter {
        return Ok(());
    }
    Ok(ties.must_keep(act.code())?)
}

impl Desk<'_> {
    fn reader(&self) -> Reader<'_> {
        Reader::new(&self.app.divisions, true)
    }

    /// The day of an act; today where none is written.
    fn on(&self, reader: &mut Reader<'_>, text: &str) -> Date {
        reader.past_day("on", text, self.today).unwrap_or(self.today)
    }

    async fn row(&self, tx: &mut Tx, fields: &SupportFields) -> Result<Row> {
        let rows = rows(tx, self.stored.id).await?;
        let of = fields.of.ok_or_else(|| Error::invalid("of", "required"))?;
        let row = rows.into_iter().find(|row| row.id == of).ok_or(Error::NotFound)?;
        match fields.version {
            Some(expected) if expected != row.version => Err(Error::Changed { expected, found: row.version }),
            _ => Ok(row),
        }
    }

    async fn insert(
        &self,
        tx: &mut Tx,
        programme: Programme,
        (begun_on, due): (Date, Option<Date>),
        content: &Content,
    ) -> Result<Id> {
        let (stored, now) = (&self.stored, self.app.now());
        let id = stored.id.beside(now);
        let sealed = self.app.keys.seal(&serde_json::to_string(content)?)?;
        let sql = "INSERT INTO smd_support (home, id, record_id, division, county, in_charge, kind, begun_on, review_due_on, content,
            recorded_by_name, organisation_id, at, version)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1)";
        let args = p![
            id.home_number(),
            id,
            stored.id,
            stored.division,
            stored.county,
            stored.in_charge,
            programme.code(),
            begun_on,
            due,
            sealed,
            &self.scope.name,
            self.scope.organisation,
            now
        ];
        tx.run(sql, args).await?;
        Ok(id)
    }

    /// What is written of a row that changed.
    async fn update(&self, tx: &mut Tx, row: &Row, content: &Content, due: Option<Date>) -> Result<()> {
        let sealed = self.app.keys.seal(&serde_json::to_string(content)?)?;
        let sql = "UPDATE smd_support SET content = $1, review_due_on = $2, version = $3
            WHERE home = $4 AND id = $5 AND version = $6";
        let version = row.version + 1;
        if tx.run(sql, p![sealed, due, version, row.id.home_number(), row.id, row.version]).await? == 0 {
            return Err(Error::Changed { expected: row.version, found: version });
        }
        Ok(())
    }

    async fn enter(&self, tx: &mut Tx, fields: &SupportFields) -> Result<Done> {
        let mut reader = self.reader();
        let kind = reader.choice("programme", &fields.programme, SupportKind::of_code);
        let on = self.on(&mut reader, &fields.on);
        let note = reader.text("note", &fields.note, LONGEST);
        reader.needed("note", !fields.local_rule || !note.is_empty());
        let kind = reader.finish(kind)?.unwrap_or(SupportKind::FreeMedication);
        let held = self.stored.held(self.app)?;
        let rule = self.app.tables.subsidies.support(kind, place(self.stored.division)?, on);
        let rule = rule.ok_or_else(|| Refusal::new("SMD-SUPPORT", "no_rule_here"))?;
        entitled(rule, &applicant(&held, fields.local_rule))?;
        let open = rows(tx, self.stored.id).await?;
        if open.iter().any(|row| row.kind == kind.code() && row.ended_on.is_none()) {
            return Err(Refusal::new("SMD-SUPPORT", "support_runs").into());
        }
        let programme = Programme::of_code(kind.code()).unwrap_or(Programme::FreeMedication);
        let content = Content { local_rule: fields.local_rule, note, ..Content::default() };
        let id = self.insert(tx, programme, (on, None), &content).await?;
        Ok(Done { id, amount: None })
    }

    async fn give(&self, tx: &mut Tx, fields: &SupportFields) -> Result<Done> {
        let row = self.row(tx, fields).await?;
        let kind = row.programme()?.kind().ok_or(Error::NotFound)?;
        let mut reader = self.reader();
        let drugs = kind == SupportKind::FreeMedication;
        let name = reader.line("drug", &fields.drug, SHORT);
        let quantity = reader.line("quantity", &fields.quantity, SHORT);
        if drugs {
            reader.needed("drug", !name.is_empty());
            reader.needed("quantity", !quantity.is_empty());
        }
        let from = reader.past_day("from", &fields.from, self.today);
        reader.needed("from", !fields.from.trim().is_empty());
        let until = reader.day("until", &fields.until);
        reader.needed("until", !fields.until.trim().is_empty());
        if let (Some(from), Some(until)) = (from, until) {
            if until < from {
                reader.wrong("until", "period_reversed", "");
            }
            if from < row.begun_on {
                reader.wrong("from", "before_programme", row.begun_on);
            }
            if from.year() != until.year() && !drugs {
                reader.wrong("until", "one_year", "");
            }
            let limits = &self.app.tables.subsidies.limits;
            if let Some((code, value)) = unfit_end(kind, (from, until), self.today, limits) {
                reader.wrong("until", code, value);
            }
        }
        let cost = Fen::parse(&fields.cost).filter(|cost| *cost > Fen(0));
        if cost.is_none() {
            reader.wrong("cost", if fields.cost.trim().is_empty() { "required" } else { "money" }, "");
        }
        let payer = reader.line("payer", &fields.payer, SHORT);
        reader.needed("payer", !payer.is_empty());
        let note = reader.text("note", &fields.note, LONGEST);
        let (from, until) = reader.finish((from.unwrap_or(self.today), until.unwrap_or(self.today)))?;
        if let Some(ended) = row.ended_on.filter(|ended| from > *ended) {
            return Err(Refusal::new("SMD-SUPPORT", "support_ended").with("day", ended).into());
        }
        let rule = self.app.tables.subsidies.support(kind, place(row.division)?, from);
        let rule = rule.ok_or_else(|| Refusal::new("SMD-SUPPORT", "no_rule_here"))?;
        let (earlier, paid) = self.given(tx, kind, from.year()).await?;
        let drug = drugs.then_some((name, quantity));
        let cost = cost.unwrap_or_default();
        let now = Given { kind, drug, from, until, amount: payable(rule, cost, paid), payer: payer.clone() };
        if given_twice(&now, &earlier) {
            return Err(Refusal::new("SMD-SUPPORT", "given_twice").into());
        }
        let content =
            payment::Content { drug: now.drug.clone(), cost: Some(cost), note, ..Default::default() };
        let id = pay(self, tx, (&row, from.year()), &now, &content).await?;
        Ok(Done { id, amount: Some(now.amount) })
    }

    /// What was given before under a programme, and how much of it in a year.
    async fn given(&self, tx: &mut Tx, kind: SupportKind, year: i16) -> Result<(Vec<Given>, Fen)> {
        let record = self.stored.id;
        let sql = "SELECT from_on, until_on, year, amount_fen, payer, content FROM smd_payment
            WHERE home = $1 AND record_id = $2 AND kind = $3 AND voided_at IS NULL";
        let rows: Vec<Earlier> = tx.all(sql, p![record.home_number(), record, kind.code()]).await?;
        let mut paid = Fen(0);
        let mut given = Vec::new();
        for row in rows {
            let content: payment::Content = serde_json::from_str(&self.app.keys.unseal(&row.content)?)?;
            if row.year == i64::from(year) {
                paid = paid.plus(fen(row.amount));
            }
            let (from, until, amount) = (row.from_on, row.until_on, fen(row.amount));
            given.push(Given { kind, drug: content.drug, from, until, amount, payer: row.payer });
        }
        Ok((given, paid))
    }

    async fn sign(&self, tx: &mut Tx, fields: &SupportFields) -> Result<Done> {
        let mut reader = self.reader();
        let on = self.on(&mut reader, &fields.on);
        let name = reader.line("guardian_name", &fields.guardian_name, SHORT);
        reader.needed("guardian_name", !name.is_empty());
        let relation = reader.line("guardian_relation", &fields.guardian_relation, 20);
        reader.needed("guardian_relation", !relation.is_empty());
        let phone = reader.phone("guardian_phone", &fields.guardian_phone);
        let account = reader.line("account", &fields.account, SHORT);
        let duties = self.duties(&mut reader, "duties", &fields.duties);
        reader.needed("duties", !duties.is_empty());
        let note = reader.text("note", &fields.note, LONGEST);
        let on = reader.finish(on)?;
        let held = self.stored.held(self.app)?;
        if guardianship::ends(&held.record).is_some() || held.reported_on.is_none() {
            return Err(Refusal::new("SMD-GUARDIAN", "not_registered").into());
        }
        for row in rows(tx, self.stored.id).await?.iter().filter(|row| row.kind == Programme::Guardian.code())
        {
            // One guardian at a time; the next one signs after the last day of the one before.
            let Some(ended) = row.ended_on else {
                return Err(Refusal::new("SMD-GUARDIAN", "guardian_signed").into());
            };
            if on <= ended {
                return Err(Refusal::new("SMD-GUARDIAN", "guardian_overlaps").with("day", ended).into());
            }
        }
        let agreement = Agreement {
            name,
            relation,
            phone,
            account,
            handbook: fields.handbook,
            duties,
            reviews: Vec::new(),
        };
        let due = agreement.guardianship(on, None).review_due(&self.app.tables.subsidies.agreement);
        let content = Content { note, agreement: Some(agreement), ..Content::default() };
        let id = self.insert(tx, Programme::Guardian, (on, due), &content).await?;
        Ok(Done { id, amount: None })
    }

    fn duties(&self, reader: &mut Reader<'_>, field: &str, chosen: &[String]) -> Vec<String> {
        let all: Vec<&str> = self.app.tables.subsidies.duties.iter().map(|duty| duty.code.as_str()).collect();
        reader.choices(field, chosen, &all)
    }

    async fn review(&self, tx: &mut Tx, fields: &SupportFields) -> Result<Done> {
        let row = self.row(tx, fields).await?;
        let mut content = row.content(self.app)?;
        let Some(agreement) = &mut content.agreement else { return Err(Error::NotFound) };
        let mut reader = self.reader();
        let on = self.on(&mut reader, &fields.on);
        let unmet = self.duties(&mut reader, "unmet", &fields.unmet);
        if let Some(other) = unmet.iter().find(|duty| !agreement.duties.contains(duty)) {
            reader.wrong("unmet", "unknown_choice", other);
        }
        let note = reader.text("note", &fields.note, LONGEST);
        reader.needed("note", unmet.is_empty() || !note.is_empty());
        let on = reader.finish(on)?;
        agreement.guardianship(row.begun_on, row.ended_on).may_review(on)?;
        let review = Review { on, unmet };
        agreement.reviews.push(Reviewed { review, note, by: self.scope.name.clone() });
        let rule = &self.app.tables.subsidies.agreement;
        let due = agreement.guardianship(row.begun_on, row.ended_on).review_due(rule);
        self.update(tx, &row, &content, due).await?;
        Ok(Done { id: row.id, amount: None })
    }

    async fn end(&self, tx: &mut Tx, fields: &SupportFields) -> Result<Done> {
        let row = self.row(tx, fields).await?;
        let mut reader = self.reader();
        let on = self.on(&mut reader, &fields.on);
        if on < row.begun_on {
            reader.wrong("on", "before_programme", row.begun_on);
        }
        let note = reader.text("note", &fields.note, LONGEST);
        reader.needed("note", !note.is_empty());
        let on = reader.finish(on)?;
        if let Some(ended) = row.ended_on {
            return Err(Refusal::new("SMD-SUPPORT", "support_ended").with("day", ended).into());
        }
        let content = Content { end_note: note, ..row.content(self.app)? };
        self.update(tx, &row, &content, None).await?;
        let sql = "UPDATE smd_support SET ended_on = $1, end_reason = 'other' WHERE home = $2 AND id = $3";
        tx.run(sql, p![on, row.id.home_number(), row.id]).await?;
        Ok(Done { id: row.id, amount: None })
    }

    async fn void(&self, tx: &mut Tx, fields: &SupportFields) -> Result<Done> {
        let of = fields.of.ok_or_else(|| Error::invalid("of", "required"))?;
        let mut reader = self.reader();
        let reason = reader.text("note", &fields.note, LONGEST);
        reader.needed("note", !reason.is_empty());
        let reason = reader.finish(reason)?;
        let record = self.stored.id;
        let sql = "SELECT voided_at FROM smd_payment WHERE home = $1 AND id = $2 AND record_id = $3";
        let found: Option<(Option<jiff::Timestamp>,)> = tx.opt(sql, p![of.home_number(), of, record]).await?;
        match found {
            None => return Err(Error::NotFound),
            Some((Some(_),)) => return Err(Refusal::new("SMD-SUPPORT", "payment_voided").into()),
            Some((None,)) => {}
        }
        let sealed = self.app.keys.seal(&reason)?;
        let sql = "UPDATE smd_payment SET voided_at = $1, voided_by_name = $2, void_reason = $3 WHERE home = $4 AND id = $5";
        tx.run(sql, p![self.app.now(), &self.scope.name, sealed, of.home_number(), of]).await?;
        Ok(Done { id: of, amount: None })
    }
}

struct Earlier {
    from_on: Date,
    until_on: Date,
    year: i64,
    amount: i64,
    payer: String,
    content: Vec<u8>,
}
crate::row!(Earlier { from_on, until_on, year, amount, payer, content });

async fn pay(
    desk: &Desk<'_>,
    tx: &mut Tx,
    (row, year): (&Row, i16),
    given: &Given,
    content: &payment::Content,
) -> Result<Id> {
    let entry = payment::Entry {
        support: row.id,
        programme: row.programme()?,
        year,
        period: (given.from, given.until),
        amount: amount(given.amount),
        payer: &given.payer,
        place: (row.division, row.in_charge),
    };
    payment::insert(desk.app, tx, desk.scope, &desk.stored, &entry, content).await
}
