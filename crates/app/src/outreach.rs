//! People on the shared registers who are to be reached: given by the county to a house, tried, and what came of it.
//!
//! A lead tells the house whom to contact and nothing of registers or illness (Personal Information Protection Law art. 6; Mental
//! Health Law art. 4). How it stands is the fold of its attempts (`rules::outreach`) and of the person's case, kept in the row in the
//! same transaction, so that figures are counts of rows.

mod attempt;
mod follow;
pub mod funnel;
mod give;
mod list;
mod own;
mod show;

pub use attempt::{NewAttempt, enter, void};
pub(crate) use follow::follow;
pub use give::{Candidate, Candidates, Given, House, candidates, give, houses, take_back};
pub use list::{Filter, Line, PAGE, Page, due, page, waiting};
pub(crate) use own::of_person;
pub use show::{Shown, Told, reveal, show};

use crate::{
    App,
    audit::Entry,
    db::{Sql, Tx},
    error::{Error, Result},
    id::Id,
    p, referral,
    scope::Scope,
};
use jiff::civil::Date;
use rules::{
    account::Role,
    outreach::{Attempt, LeadState, Standing, Whole, standing},
};
use serde_json::Value as Json;

/// Adds "and this lead is the reader's" to a statement over `lead` under the alias `l`: the county's desk has those of its area,
/// whoever was given one has the own house's.
pub(crate) fn within(scope: &Scope, sql: Sql) -> Sql {
    match scope.role {
        Role::System => sql,
        role if is_desk(role) => {
            sql.push(" AND l.division >= {} AND l.division <= {}", p![scope.area.from, scope.area.to])
        }
        Role::InstitutionManager | Role::CaseManager | Role::Committee | Role::Doctor => {
            sql.push(" AND l.organisation_id = {}", p![scope.organisation])
        }
        _ => sql.push(" AND 1 = 0", []),
    }
}

/// Whether a role has the leads of an area, and not those of a house.
fn is_desk(role: Role) -> bool {
    matches!(role, Role::ReferralWorker | Role::CivilAffairsOfficer | Role::Supervisor)
}

/// A lead as far as its changes need it.
struct Held {
    person: Id,
    given: Date,
    state: String,
    consented: Option<Date>,
    taken_back: Option<Date>,
    version: i64,
}
crate::row!(Held { person, given, state, consented, taken_back, version });

impl Held {
    /// A lead in scope, held until the end of the transaction, so that two who enter attempts see each other's.
    async fn read(tx: &mut Tx, scope: &Scope, id: Id) -> Result<Held> {
        let sql = "SELECT l.person_id, l.given_on, l.state, l.consented_on, l.taken_back_on, l.version FROM lead l WHERE";
        let sql = Sql::new(sql).push(" l.home = {} AND l.id = {}", p![id.home_number(), id]);
        let mut sql = within(scope, sql);
        if tx.is_postgres() {
            sql.text.push_str(" FOR UPDATE");
        }
        tx.opt(&sql.text, sql.args).await?.ok_or(Error::NotFound)
    }

    fn is_tried(&self) -> bool {
        LeadState::of_code(&self.state).is_some_and(LeadState::is_tried)
    }
}

/// An attempt as it is stored.
struct Stored {
    on: Date,
    way: String,
    reached: String,
    outcome: String,
    reason: Option<String>,
    next: Option<Date>,
}
crate::row!(Stored { on, way, reached, outcome, reason, next });

impl From<Stored> for Attempt {
    fn from(stored: Stored) -> Attempt {
        let Stored { on, way, reached, outcome, reason, next } = stored;
        Attempt { on, way, reached, outcome, reason, next }
    }
}

/// Attempts of one lead that are read one by one: the latest. What follows next is decided by a few of them.
const MOST: i64 = 500;

/// How a lead stands by its attempts.
async fn standing_of(app: &App, tx: &mut Tx, id: Id, held: &Held) -> Result<Standing> {
    let sql = "SELECT on_day, way, reached, outcome, reason, next_on FROM contact_attempt
        WHERE home = $1 AND lead_id = $2 AND voided_at IS NULL ORDER BY on_day DESC, at DESC, id DESC LIMIT $3";
    let stored: Vec<Stored> = tx.all(sql, p![id.home_number(), id, MOST]).await?;
    let is_all = i64::try_from(stored.len()).unwrap_or(i64::MAX) < MOST;
    let attempts: Vec<Attempt> = stored.into_iter().rev().map(Attempt::from).collect();
    let found = standing(held.given, &attempts, &app.tables.outreach, &app.tables.calendar);
    if is_all { Ok(found) } else { Ok(found.of_all(whole(app, tx, id).await?)) }
}

/// What all attempts say together.
#[derive(Default)]
struct Counted {
    attempts: i64,
    tried: Option<Date>,
    contacted: Option<Date>,
    trial: Option<Date>,
}
crate::row!(Counted { attempts, tried, contacted, trial });

/// What all attempts of a lead say together.
async fn whole(app: &App, tx: &mut Tx, id: Id) -> Result<Whole> {
    let table = &app.tables.outreach;
    let codes =
        |codes: Vec<&String>| codes.iter().map(|code| format!("'{code}'")).collect::<Vec<_>>().join(", ");
    let contact = codes(table.reached.iter().filter(|one| one.contact).map(|one| &one.code).collect());
    let trial = codes(table.ways.iter().filter(|one| one.trial).map(|one| &one.code).collect());
    let sql = format!(
        "SELECT COUNT(*), MIN(on_day), MIN(CASE WHEN reached IN ({contact}) THEN on_day END),
         MIN(CASE WHEN reached IN ({contact}) AND way IN ({trial}) THEN on_day END)
         FROM contact_attempt WHERE home = $1 AND lead_id = $2 AND voided_at IS NULL"
    );
    let found: Option<Counted> = tx.opt(&sql, p![id.home_number(), id]).await?;
    let Counted { attempts, tried, contacted, trial } = found.unwrap_or_default();
    Ok(Whole { attempts: usize::try_from(attempts).unwrap_or(0), tried, contacted, trial })
}

/// Brings the row of a lead to what its attempts say; what the case says stays.
async fn refold(app: &App, tx: &mut Tx, id: Id, held: &Held) -> Result<()> {
    let found = standing_of(app, tx, id, held).await?;
    let state = match (held.taken_back, held.consented) {
        (Some(_), _) => LeadState::Ended,
        (None, Some(_)) => LeadState::Filed,
        (None, None) => found.state,
    };
    let sql = "UPDATE lead SET state = $1, attempts = $2, tried_on = $3, contacted_on = $4, trial_on = $5, last_on = $6, outcome = $7,
        reason = $8, next_on = $9, changed_at = $10, version = version + 1 WHERE home = $11 AND id = $12 AND version = $13";
    let args = p![
        state.code(),
        i64::try_from(found.attempts).unwrap_or(i64::MAX),
        found.tried,
        found.contacted,
        found.trial,
        found.last,
        found.outcome,
        found.reason,
        found.next.filter(|_| state.is_tried()),
        app.now(),
        id.home_number(),
        id,
        held.version
    ];
    match tx.run(sql, args).await? {
        0 => Err(Error::Changed { expected: held.version, found: held.version + 1 }),
        _ => Ok(()),
    }
}

/// An entry of the log on one lead.
fn entry(scope: &Scope, action: &'static str, lead: Id, detail: Json) -> Entry {
    Entry { purpose: referral::purpose(scope), action, subject_kind: "lead", subject: Some(lead), detail }
}
