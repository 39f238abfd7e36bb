//! Help with money: free medication, the admission subsidy and guardians' agreements of a record, and what was paid.
//!
//! A row says since when somebody takes part and until when, with the reason; what is known of it is sealed. A refusal, a move,
//! death or an excluded diagnosis ends it by itself ([`follow`]). Sums are whole fen by the rule of the region
//! (`data/subsidies.toml`), and nobody is paid twice.

mod act;
mod follow;
mod guardian;
mod payment;

pub use act::{Act, Done, SupportFields, act};
pub(super) use follow::{follow, reopen};
pub use guardian::{Asked, GuardianLine, GuardianPage, Settled, guardians, settle};
pub use payment::{Filter, Payment, PaymentPage, export, payments};

use super::{
    held::{Held, found, may},
    view::name_of,
    within_of,
};
use crate::{
    App,
    audit::{self, Entry, Purpose},
    db::{Sql, Tx, Value},
    error::{Error, Result},
    id::Id,
    p,
    scope::Scope,
};
use jiff::civil::Date;
use rules::{
    Refusal,
    account::Deed as Doing,
    clock::china_date,
    division::DivisionCode,
    followup::{
        desk::Ties,
        guardianship::{Guardianship, Month, Review},
        subsidy::{Fen, GuardianRule},
        support::{Applicant, SupportKind, entitled},
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What somebody takes part in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Programme {
    /// Free medication.
    FreeMedication,
    /// Admission subsidy.
    AdmissionSubsidy,
    /// A guardian's agreement, rewarded once a year.
    Guardian,
}

impl Programme {
    /// All of them.
    pub const ALL: [Programme; 3] =
        [Programme::FreeMedication, Programme::AdmissionSubsidy, Programme::Guardian];

    /// The code as stored and sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Programme::FreeMedication => SupportKind::FreeMedication.code(),
            Programme::AdmissionSubsidy => SupportKind::AdmissionSubsidy.code(),
            Programme::Guardian => "guardian",
        }
    }

    /// The programme of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Programme> {
        Programme::ALL.into_iter().find(|programme| programme.code() == code)
    }

    /// The kind of support by the rules; none for guardians.
    #[must_use]
    pub fn kind(self) -> Option<SupportKind> {
        SupportKind::of_code(self.code())
    }
}

/// A review of the community.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// What it found.
    #[serde(flatten)]
    pub review: Review,
    /// In words.
    pub note: String,
    /// Who recorded it.
    pub by: String,
}

/// A guardian's agreement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// Guardian.
    pub name: String,
    /// Relation to the person.
    pub relation: String,
    /// Telephone.
    pub phone: String,
    /// Account to which it is paid.
    pub account: String,
    /// The guardian got the handbook.
    pub handbook: bool,
    /// Duties that were taken on.
    pub duties: Vec<String>,
    /// Reviews, in the order of time.
    pub reviews: Vec<Reviewed>,
}

impl Agreement {
    fn guardianship(&self, from: Date, until: Option<Date>) -> Guardianship {
        Guardianship { from, until, reviews: self.reviews.iter().map(|one| one.review.clone()).collect() }
    }
}

/// What is sealed of a row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    /// A local rule names the person, whatever the means.
    local_rule: bool,
    note: String,
    /// Why it ended, where somebody said so.
    end_note: String,
    agreement: Option<Agreement>,
}

#[derive(Clone)]
struct Row {
    id: Id,
    kind: String,
    division: i64,
    in_charge: Id,
    begun_on: Date,
    ended_on: Option<Date>,
    end_reason: Option<String>,
    review_due_on: Option<Date>,
    content: Vec<u8>,
    by: String,
    version: i64,
    record: Id,
}
crate::row!(Row {
    id,
    kind,
    division,
    in_charge,
    begun_on,
    ended_on,
    end_reason,
    review_due_on,
    content,
    by,
    version,
    record
});

/// Rows of a record that are read at most; a person has a handful.
const MOST: i64 = 200;

const ROWS: &str = "SELECT id, kind, division, in_charge, begun_on, ended_on, end_reason, review_due_on, content, recorded_by_name, version,
    record_id FROM smd_support WHERE home = $1 AND record_id = $2 ORDER BY begun_on DESC, id DESC LIMIT $3";

fn rows_of(record: Id) -> Vec<Value> {
    p![record.home_number(), record, MOST]
}

impl Row {
    fn content(&self, app: &App) -> Result<Content> {
        Ok(serde_json::from_str(&app.keys.unseal(&self.content)?)?)
    }

    fn programme(&self) -> Result<Programme> {
        Programme::of_code(&self.kind).ok_or_else(|| Error::broken("a programme that is none"))
    }
}

/// Somebody's part in a programme, as it is shown.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Identifier.
    pub id: Id,
    /// The programme.
    pub programme: Programme,
    /// First day.
    pub begun_on: Date,
    /// Last day, and why.
    pub ended: Option<(Date, String)>,
    /// A local rule names the person.
    pub local_rule: bool,
    /// In words, at the beginning and at the end.
    pub notes: [String; 2],
    /// The guardian's agreement.
    pub agreement: Option<Agreement>,
    /// Its months of this year.
    pub months: Option<[Month; 12]>,
    /// The next review.
    pub review_due_on: Option<Date>,
    /// Who recorded it.
    pub by: String,
    /// To be sent with the next command.
    pub version: i64,
}

impl Taken {
    fn of(app: &App, row: Row) -> Result<Taken> {
        let content = row.content(app)?;
        let year = china_date(app.now()).year();
        let months = content
            .agreement
            .as_ref()
            .map(|agreement| agreement.guardianship(row.begun_on, row.ended_on).months(year));
        Ok(Taken {
            programme: row.programme()?,
            id: row.id,
            begun_on: row.begun_on,
            ended: row.ended_on.map(|on| (on, row.end_reason.unwrap_or_default())),
            local_rule: content.local_rule,
            notes: [content.note, content.end_note],
            agreement: content.agreement,
            months,
            review_due_on: row.review_due_on,
            by: row.by,
            version: row.version,
        })
    }
}

/// The money of a record, as its reader sees it.
#[derive(Debug, Clone)]
pub struct Supports {
    /// The record.
    pub record: Id,
    /// Name of the person.
    pub name: String,
    /// Where the person is managed.
    pub division: i64,
    /// What the person takes part in and took part in, the latest first.
    pub taken: Vec<Taken>,
    /// What was paid, the latest first.
    pub payments: Vec<Payment>,
    /// Programmes that the person is not in, and why not entered; none where it is possible.
    pub open: Vec<(SupportKind, Option<Refusal>)>,
    /// What the region pays to guardians; none where it pays nothing.
    pub guardian_rule: Option<GuardianRule>,
    /// Guardian of the supplement form: name, relation, telephone.
    pub guardian: [String; 3],
    /// What the reader may do, with the row it is done to.
    pub offers: Vec<(Act, Option<Id>)>,
}

/// The rules' view of who asks for a programme.
fn applicant(held: &Held, local_rule: bool) -> Applicant {
    Applicant { record: held.record.clone(), poor: held.profile.poor, local_rule, refused: false }
}

fn place(division: i64) -> Result<DivisionCode> {
    DivisionCode::new(division).map_err(Error::broken)
}

fn fen(amount: i64) -> Fen {
    Fen(u64::try_from(amount).unwrap_or(0))
}

fn amount(fen: Fen) -> i64 {
    i64::try_from(fen.0).unwrap_or(i64::MAX)
}

/// Adds "and this row was made in my scope" to a statement over a table of money under an alias: the county's health side by
/// area, doctors by the institution in charge then, those of a township or village besides by the place. Where the person lives
/// now does not matter: who paid must be able to account for it.
fn within(scope: &Scope, sql: Sql, table: &str, alias: &str) -> Sql {
    within_of(scope, sql, (table, alias), &["in_charge"])
}

/// The money of a record in scope; the read is in the log before it is shown.
///
/// # Errors
/// There is none in scope.
pub async fn of_record(app: &App, scope: &Scope, record: Id) -> Result<Supports> {
    may(scope, Doing::Read)?;
    let stored = found(app, scope, record).await?;
    let mut entry = Entry::read(Purpose::Care, "smd_record", record);
    entry.detail = json!({ "fields": ["support"] });
    audit::record(&app.db, scope, entry, app.now()).await?;
    let held = stored.held(app)?;
    let rows: Vec<Row> = app.db.all(ROWS, rows_of(record)).await?;
    let taken: Vec<Taken> = rows.into_iter().map(|row| Taken::of(app, row)).collect::<Result<_>>()?;
    let payments = payment::of_record(app, record).await?;
    let today = china_date(app.now());
    let here = place(stored.division)?;
    let mut open = Vec::new();
    for kind in SupportKind::ALL {
        let inside = |one: &Taken| one.ended.is_none() && one.programme.kind() == Some(kind);
        if taken.iter().any(inside) {
            continue;
        }
        let Some(rule) = app.tables.subsidies.support(kind, here, today) else { continue };
        // Whoever is not poor may be named by a local rule.
        open.push((kind, entitled(rule, &applicant(&held, true)).err()));
    }
    let ties = stored.ties(scope);
    Ok(Supports {
        record,
        name: name_of(app, &stored).await?,
        division: stored.division,
        offers: offers(ties, &held, &taken, &payments, &open),
        guardian: [
            held.profile.guardian_name.clone(),
            held.profile.guardian_relation.clone(),
            held.profile.guardian_phone.clone(),
        ],
        guardian_rule: app.tables.subsidies.guardian(here, today).cloned(),
        taken,
        payments,
        open,
    })
}

/// What a reader may do now.
fn offers(
    ties: Ties,
    held: &Held,
    taken: &[Taken],
    payments: &[Payment],
    open: &[(SupportKind, Option<Refusal>)],
) -> Vec<(Act, Option<Id>)> {
    let mut offers = Vec::new();
    let running = || taken.iter().filter(|one| one.ended.is_none());
    for one in running() {
        let guards = one.programme == Programme::Guardian;
        if !guards && (ties.keeps() || ties.reporter) {
            offers.push((Act::Give, Some(one.id)));
        }
        if ties.keeps() {
            if guards {
                offers.push((Act::Review, Some(one.id)));
            }
            offers.push((Act::End, Some(one.id)));
        }
    }
    if ties.keeps() {
        if open.iter().any(|(_, refusal)| refusal.is_none()) {
            offers.push((Act::Enter, None));
        }
        let guarded = running().any(|one| one.programme == Programme::Guardian);
        if !guarded && rules::followup::guardianship::ends(&held.record).is_none() {
            offers.push((Act::Sign, None));
        }
        let wrong = payments.iter().filter(|payment| payment.voided.is_none());
        offers.extend(wrong.map(|payment| (Act::Void, Some(payment.id))));
    }
    offers
}

/// What the record page says of money: the programmes that run, without the payments. The read of the record is in the log.
///
/// # Errors
/// The record is not in scope.
pub async fn running(app: &App, scope: &Scope, record: Id) -> Result<Vec<Taken>> {
    may(scope, Doing::Read)?;
    found(app, scope, record).await?;
    let rows: Vec<Row> = app.db.all(ROWS, rows_of(record)).await?;
    let open = rows.into_iter().filter(|row| row.ended_on.is_none());
    open.map(|row| Taken::of(app, row)).collect()
}

async fn rows(tx: &mut Tx, record: Id) -> Result<Vec<Row>> {
    Ok(tx.all(ROWS, rows_of(record)).await?)
}
