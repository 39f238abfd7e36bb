//! Referral: from the application to the last return visit.
//!
//! [`perform`] carries out every command of every caller: page, API, clock and demonstration. One transaction
//! loads the case within the caller's scope, asks `rules::referral::decide`, appends the events, saves the row
//! that is their fold, stores the forms, and does what the decision entails for other cases, places, messages
//! and tasks. How an institution declines: `decide/referring.rs` in the rules, `save` and `effect` here.

mod asking;
mod check;
mod clock;
pub mod consent_sheet;
mod context;
pub(crate) mod derived;
pub mod directory;
mod draft;
mod effect;
pub mod export;
mod form_entry;
mod from_record;
mod hand_over;
mod history;
pub mod inbox;
mod list;
mod next_actor;
mod person;
mod reroute;
mod row;
mod save;
mod sharing;
mod tally;
pub mod telling;
pub mod unsent;
mod view;
mod waiting;
mod work_list;

pub(crate) use asking::{JOB as ASKING, portion as ask_portion};
pub use clock::{Ticked, tick};
pub use draft::{Application, Draft, apply_for, apply_once, consent, draft, perform_for, principal, signer};
pub use form_entry::Written;
pub use from_record::OpenCase;
pub(crate) use from_record::{open_case_of, tell as tell_case_manager};
pub use hand_over::Held;
pub(crate) use hand_over::{Whose, hand_over, held};
pub use history::since;
pub(crate) use list::{CLOSED as CLOSED_STATES, OVER as OVER_STATES, rows_text, shown_name};
pub use list::{
    CaseRow, Counts, Filter, PAGE, Turn, cases, cases_count, counts, follows, key, learns_only_whether_open,
};
pub(crate) use list::{purpose, state_of};
pub use next_actor::{NextActor, awaited, next_actor};
pub(crate) use person::{age, of_case as person_of};
pub(crate) use reroute::reroute;
pub use sharing::Shared;
pub(crate) use sharing::write as note_shared;
pub use tally::{OnTime, Rate, on_time};
pub use view::{
    CaseView, FormView, Moment, actions, alone, decided_on, forms, forms_to_decide, moments, order,
    shortlist, slip_disorder, taken_as_file, view, within,
};
pub(crate) use view::{
    MOMENTS, content_of, latest_form, name_of, sees, stored_in, told_grade, without_health,
};
pub(crate) use waiting::Tried;
pub use work_list::{Look, WorkList, work_list};

use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    db::{Parsed, Sql, Tx},
    error::{Error, Problem, Result},
    id::Id,
    idempotency::Once,
    p,
    scope::Scope,
};
use jiff::Timestamp;
use rules::{
    account::Actor,
    form::{self, FormSummary},
    referral::{Case, Change, Command, Effect, Recorded, State, apply, begin, decide},
};
use serde_json::json;

/// How often a command is decided anew when others changed the case between its reading and its saving.
const RACES: u32 = 20;

/// What a caller asks for.
#[derive(Debug, Clone)]
pub struct Order {
    /// The command with its data.
    pub command: Command,
    /// Forms handed in with it.
    pub forms: Vec<Written>,
    /// The version of the case that the caller has seen; none where the caller does not care.
    pub expected: Option<i64>,
}

impl Order {
    /// A command without forms on whatever version stands now.
    #[must_use]
    pub fn plain(command: Command) -> Order {
        Order { command, forms: Vec::new(), expected: None }
    }
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Outcome {
    /// The case.
    pub id: Id,
    /// Its version now.
    pub version: i64,
    /// Its state now.
    pub state: State,
    /// Its receipt number, once submitted.
    pub receipt: Option<String>,
    /// Its registration number, once registered.
    pub registration: Option<String>,
}

/// Carries a command out on a case, or begins a draft where `id` is none.
///
/// # Errors
/// The rules refuse; fields are wrong; the case is not in the caller's scope; it changed meanwhile.
pub async fn perform(app: &App, scope: &Scope, id: Option<Id>, order: &Order) -> Result<Outcome> {
    perform_once(app, scope, &scope.actor(), id, order, None).await
}

/// As [`perform`], by an actor who may be another's agent; an order that comes again under the same key gets the
/// first answer and does nothing.
///
/// # Errors
/// As [`perform`]; the key was used for another order.
pub async fn perform_once(
    app: &App,
    scope: &Scope,
    actor: &Actor,
    id: Option<Id>,
    order: &Order,
    once: Option<&Once>,
) -> Result<Outcome> {
    let outcome = perform_anew(app, scope, actor, id, order, once).await;
    if let Err(error) = &outcome {
        record_no(app, scope, id, order.command.name().code(), error).await?;
    }
    outcome
}

/// The same without a word in the log where it is refused. Where others change the case in the same moment and the caller
/// named no version, it is decided anew.
async fn perform_anew(
    app: &App,
    scope: &Scope,
    actor: &Actor,
    id: Option<Id>,
    order: &Order,
    once: Option<&Once>,
) -> Result<Outcome> {
    let mut left = RACES;
    loop {
        let outcome: Result<Outcome> = atomic!(app.db, tx => {
            if let Some(once) = once && let Some(first) = once.take(tx, scope, app.now()).await? {
                return Ok(first);
            }
            let outcome = perform_as(app, tx, scope, actor, id, order).await?;
            if let Some(once) = once {
                once.keep(tx, scope, &outcome).await?;
            }
            Ok(outcome)
        });
        match outcome {
            // Who named no version is answered from the case as it stands now, on whichever database.
            Err(Error::Changed { .. }) if order.expected.is_none() && left > 0 => left -= 1,
            outcome => return outcome,
        }
    }
}

/// A *no* of the rules, and a reach for what lies outside the scope, are in the log as well as what was done.
async fn record_no(app: &App, scope: &Scope, id: Option<Id>, command: &str, error: &Error) -> Result<()> {
    let (code, rule) = match error {
        Error::Refused(refusal) => (refusal.code.as_str(), refusal.rule.as_str()),
        Error::NotFound => ("not_found", ""),
        Error::Forbidden => ("forbidden", ""),
        _ => return Ok(()),
    };
    let entry = Entry {
        purpose: Purpose::Referral,
        action: "refused",
        subject_kind: "referral",
        subject: id,
        detail: json!({ "command": command, "code": code, "rule": rule }),
    };
    audit::record(&app.db, scope, entry, app.now()).await
}

/// The same inside a transaction of the caller's.
///
/// # Errors
/// As [`perform`].
pub async fn perform_in(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    id: Option<Id>,
    order: &Order,
) -> Result<Outcome> {
    perform_as(app, tx, scope, &scope.actor(), id, order).await
}

/// The same by an actor who may be another's agent.
async fn perform_as(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    actor: &Actor,
    id: Option<Id>,
    order: &Order,
) -> Result<Outcome> {
    let first = step(app, tx, scope, actor, id, order).await?;
    let mut outcome = Outcome {
        id: Id(first.case.id),
        version: save::number(first.case.version),
        state: first.case.state,
        receipt: first.case.receipt.clone(),
        registration: first.case.registration.clone(),
    };
    let principal = first.change.events.iter().find_map(|recorded| recorded.stands_in_for);
    let mut detail = json!({ "command": order.command.name().code(), "version": outcome.version });
    if let (Some(principal), Some(detail)) = (principal, detail.as_object_mut()) {
        detail.insert("for".to_owned(), json!(principal));
    }
    let entry = Entry {
        purpose: Purpose::Referral,
        action: "command",
        subject_kind: "referral",
        subject: Some(outcome.id),
        detail,
    };
    audit::record_in(tx, scope, entry, app.now());
    let goes_on = first.change.effects.iter().any(|effect| matches!(effect, Effect::OfferNext { .. }));
    effect::follow(app, tx, scope, first).await?;
    if goes_on {
        // The next offer was made in the same transaction: the answer tells where the case stands after it.
        let case = load(tx, &Scope::system(), outcome.id).await?;
        outcome = Outcome { version: save::number(case.version), state: case.state, ..outcome };
    }
    Ok(outcome)
}

/// A decision that was saved, with what is still to be done for it.
struct Done {
    case: Case,
    change: Change,
}

/// One decision on one case: load, decide, fold, save. Effects are left to the caller.
async fn step(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    actor: &Actor,
    id: Option<Id>,
    order: &Order,
) -> Result<Done> {
    let now = app.now();
    let loaded = match id {
        Some(id) => Some(load(tx, scope, id).await?),
        None => None,
    };
    if let (Some(case), Some(expected)) = (&loaded, order.expected) {
        let found = save::number(case.version);
        if found != expected {
            return Err(Error::Changed { expected, found });
        }
    }
    let checked = check_forms(app, &order.forms, now)?;
    let may_be_incomplete = matches!(order.command, Command::Save(_));
    if !may_be_incomplete && !checked.problems.is_empty() {
        return Err(Error::Invalid(checked.problems));
    }
    let facts = context::load(app, tx, scope, loaded.as_ref(), order).await?;
    let context = facts.context(&app.tables, checked.summaries);
    // Whom a filing is about is looked up, never taken from the caller.
    let mut command = order.command.clone();
    if let Command::Save(filing) = &mut command {
        filing.person = person::about(app, tx, scope, loaded.as_ref(), &order.forms).await?.map(|id| id.0);
    }
    let actor = scope.acting_on(actor, loaded.as_ref().and_then(|case| case.case_manager));
    let change = decide(loaded.as_ref(), &command, &actor, &context, now)?;
    let wrong = check::command(app, tx, &command).await?;
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let before = loaded.as_ref().map(|case| case.version);
    let case = fold(loaded, &change.events)?;
    save::case(app, tx, scope, before, &case, &change.events, &order.forms).await?;
    person::follow(app, tx, scope, &case, &change.events).await?;
    crate::outreach::follow(tx, &case).await?;
    inbox::answered(app, tx, scope, &case, &change.events).await?;
    inbox::settled(app, tx, scope, &case, &change.events).await?;
    crate::care::follow(app, tx, scope, Id(case.id), order).await?;
    crate::followup::hear(app, tx, scope, &case, &change.events).await?;
    Ok(Done { case, change })
}

/// The case with these events added to it.
fn fold(before: Option<Case>, events: &[Recorded]) -> Result<Case> {
    let mut case = before;
    for recorded in events {
        match &mut case {
            Some(case) => apply(case, recorded).map_err(|e| Error::broken(format!("{e:?}")))?,
            None => case = Some(begin(recorded).map_err(|e| Error::broken(format!("{e:?}")))?),
        }
    }
    case.ok_or_else(|| Error::broken("a decision without events"))
}

struct Checked {
    summaries: Vec<FormSummary>,
    problems: Vec<Problem>,
}

fn check_forms(app: &App, written: &[Written], now: Timestamp) -> Result<Checked> {
    let today = rules::clock::china_date(now);
    let mut checked = Checked { summaries: Vec::new(), problems: Vec::new() };
    for entry in written {
        let definition = app.tables.form(entry.code)?;
        for problem in form::check(definition, &entry.data, today) {
            let code = serde_json::to_value(problem.problem)?;
            let code = code.as_str().unwrap_or("wrong").to_owned();
            let form = form_entry::code(entry.code);
            checked.problems.push(Problem { field: problem.field, code, values: vec![form] });
        }
        checked.summaries.push(form::summary(definition, &entry.data, entry.document.0, today));
    }
    Ok(checked)
}

/// The case in the caller's scope, as the fold stands.
async fn load(tx: &mut Tx, scope: &Scope, id: Id) -> Result<Case> {
    let sql = Sql::new("SELECT r.body FROM referral r WHERE")
        .push(" r.home = {} AND r.id = {}", p![id.home_number(), id]);
    let sql = scope.referrals(sql);
    let found: Option<(Parsed<Case>,)> = tx.opt(&sql.text, sql.args).await?;
    let (Parsed(case),) = found.ok_or(Error::NotFound)?;
    Ok(case)
}
