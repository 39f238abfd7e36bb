//! What a decision entails beyond its own case, in the same transaction: places, messages, tasks, other cases.

use super::{Done, Order, Written, fold, row, save, step, telling::client_reads_here};
use crate::{
    App,
    db::Tx,
    error::{Error, Result},
    id::Id,
    institution, p,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::{Actor, Role},
    clock::Clock,
    form::FormCode,
    referral::{Case, Command, Effect, Message, Party, PlaceChange, Seed, Task, filers, open},
};
use std::collections::VecDeque;
use uuid::Uuid;

/// More than this in one chain is a fault of the rules, not a busy county.
const LONGEST_CHAIN: usize = 200;

/// Does everything that the decision entails, and what that entails in turn.
pub(super) async fn follow(app: &App, tx: &mut Tx, scope: &Scope, first: Done) -> Result<()> {
    let mut waiting: VecDeque<(Case, Effect)> = VecDeque::new();
    queue(&mut waiting, first);
    for _ in 0..LONGEST_CHAIN {
        let Some((case, effect)) = waiting.pop_front() else { return Ok(()) };
        if let Some(done) = carry_out(app, tx, scope, &case, effect).await? {
            queue(&mut waiting, done);
        }
    }
    Err(Error::broken("a decision entails more than two hundred others"))
}

fn queue(waiting: &mut VecDeque<(Case, Effect)>, done: Done) {
    let case = done.case;
    waiting.extend(done.change.effects.into_iter().map(|effect| (case.clone(), effect)));
}

async fn carry_out(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    case: &Case,
    effect: Effect,
) -> Result<Option<Done>> {
    let id = Id(case.id);
    super::sharing::note(app, tx, case, &effect).await?;
    match effect {
        Effect::Place { before, change } => place(tx, case, before.as_ref(), &change).await?,
        Effect::Message { kind, to, due } => message(app, tx, case, kind, &to, due).await?,
        Effect::Task { kind, to, due } => task(app, tx, case, kind, &to, due).await?,
        Effect::Open { seed } => return opened(app, tx, scope, *seed).await.map(Some),
        Effect::OfferNext { institution } => {
            let agreed_order = case.agreed_order.clone();
            let command = Command::Refer { institution, person_asked: true, agreed_order };
            return attempt(app, tx, id, command).await;
        }
        Effect::TellParent { parent } => {
            return attempt(app, tx, Id(parent), Command::ChildEnded { child: case.id }).await;
        }
        Effect::RepeatOn { case: other } => return repeat(app, tx, case, Id(other)).await,
        Effect::AddSource { case: other, source } => {
            return attempt(app, tx, Id(other), Command::AddSource(Box::new(source))).await;
        }
        Effect::Breach { clock, due: _ } => tell_overdue(app, tx, case, Some(clock)).await?,
        Effect::UnmetDemand => {
            let sql = "UPDATE referral SET unmet_at = $1 WHERE home = $2 AND id = $3";
            tx.run(sql, p![app.now(), id.home_number(), id]).await?;
        }
        Effect::LateAnswer { institution } => {
            institution::count_answer(tx, Id(institution), false, app.now()).await?;
        }
        Effect::RestrictData => {
            let sql = "UPDATE referral SET restricted_at = $1 WHERE home = $2 AND id = $3";
            tx.run(sql, p![app.now(), id.home_number(), id]).await?;
        }
        Effect::DeleteDraft => {
            tx.run("DELETE FROM form_entry WHERE home = $1 AND referral_id = $2", p![id.home_number(), id])
                .await?;
            let sql = "UPDATE referral SET client_name = '', client_initials = '', client_index = NULL,
                client_sex = NULL, client_born_on = NULL WHERE home = $1 AND id = $2";
            tx.run(sql, p![id.home_number(), id]).await?;
        }
    }
    Ok(None)
}

async fn place(
    tx: &mut Tx,
    case: &Case,
    before: Option<&rules::referral::Place>,
    change: &PlaceChange,
) -> Result<()> {
    institution::move_place(tx, before, change).await?;
    // An offer that an institution answers itself, by yes or by no, is answered in time: K3 takes late ones back.
    let answered = case.offers.last().filter(|offer| {
        use rules::referral::OfferOutcome::{Accepted, Declined};
        matches!(offer.outcome, Accepted | Declined { .. }) && offer.answered.is_some()
    });
    let by_answer = matches!(
        (before.map(|p| p.hold), change),
        (Some(rules::referral::Hold::Reserved { until: Some(_) }), _)
    );
    if let (Some(offer), true) = (answered, by_answer) {
        institution::count_answer(tx, Id(offer.institution), true, case.changed).await?;
    }
    Ok(())
}

/// A command of the clock on some case; a refusal leaves that case as it is, on its owner's work list.
async fn attempt(app: &App, tx: &mut Tx, id: Id, command: Command) -> Result<Option<Done>> {
    let system = Scope::system();
    match step(app, tx, &system, &Actor::system(), Some(id), &Order::plain(command)).await {
        Ok(done) => Ok(Some(done)),
        Err(Error::Refused(_) | Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The last command of one case of an episode on another of it: withdrawal, death, consent taken back.
async fn repeat(app: &App, tx: &mut Tx, case: &Case, other: Id) -> Result<Option<Done>> {
    let id = Id(case.id);
    let sql = "SELECT event FROM referral_event WHERE home = $1 AND referral_id = $2 ORDER BY sequence DESC LIMIT 1";
    let found: Option<(serde_json::Value,)> = tx.opt(sql, p![id.home_number(), id]).await?;
    let Some((event,)) = found else { return Ok(None) };
    let recorded: rules::referral::Recorded = serde_json::from_value(event)?;
    use rules::referral::Event;
    let command = match recorded.event {
        Event::Died { on, source, cause } => Command::Death { on, source, cause },
        Event::ConsentWithdrawn { purposes, .. } => Command::WithdrawConsent { purposes },
        Event::Withdrawn => Command::Withdraw,
        _ => return Ok(None),
    };
    attempt(app, tx, other, command).await
}

async fn opened(app: &App, tx: &mut Tx, scope: &Scope, seed: Seed) -> Result<Done> {
    let tables = &app.tables;
    let application = application_of(app, tx, &seed).await?;
    let mut context = tables.context();
    context.forms = super::check_forms(app, &application, app.now())?.summaries;
    let change = open(seed, &scope.actor(), &context, app.now());
    let case = fold(None, &change.events)?;
    save::case(app, tx, scope, None, &case, &change.events, &application).await?;
    Ok(Done { case, change })
}

/// The application with which a case begins that goes on from another: nothing is asked twice.
async fn application_of(app: &App, tx: &mut Tx, seed: &Seed) -> Result<Vec<Written>> {
    let mut application = Vec::new();
    let Some(from) = seed.previous.or(seed.parent) else { return Ok(application) };
    for code in [FormCode::F1, FormCode::F12] {
        if let Some(data) = super::view::latest_form(app, tx, Id(from), code).await? {
            application.push(Written::new(app, code, data, Id(seed.id)));
        }
    }
    Ok(application)
}

/// Where a party reads its messages and tasks.
#[derive(Default)]
pub(super) struct Address {
    pub party: &'static str,
    account: Option<Uuid>,
    pub organisation: Option<Uuid>,
    role: Option<&'static str>,
    /// Read inside the platform; others are told by telephone or post.
    inside: bool,
}

/// `client_inside`: the person reads here.
pub(super) fn addresses(case: &Case, party: &Party, client_inside: bool) -> Vec<Address> {
    let one = |address: Address| vec![address];
    match party {
        Party::Client => one(Address { party: "client", inside: client_inside, ..Address::default() }),
        Party::Guardian => one(Address { party: "guardian", ..Address::default() }),
        Party::Senders => filers(&case.sources)
            .map(|source| Address {
                party: "sender",
                account: Some(source.account),
                organisation: Some(source.organisation).filter(|o| !o.is_nil()),
                inside: true,
                ..Address::default()
            })
            .collect(),
        Party::County(role) => {
            one(Address { party: "county", role: Some(role.code()), inside: true, ..Address::default() })
        }
        Party::Institution(of) => one(organisation("institution", *of)),
        Party::Office(of) => one(organisation("office", *of)),
        Party::Hospital(of) => one(organisation("hospital", *of)),
        Party::Account(of) => {
            one(Address { party: "account", account: Some(*of), inside: true, ..Address::default() })
        }
        Party::PrimaryDoctor => {
            one(Address { party: "primary_doctor", role: Some("doctor"), inside: true, ..Address::default() })
        }
        Party::Police => one(Address { party: "police", ..Address::default() }),
    }
}

fn organisation(party: &'static str, of: Uuid) -> Address {
    Address { party, organisation: Some(of), inside: true, ..Address::default() }
}

/// Guardians, the police and persons without an account do not read here: the case manager tells them, or the referral
/// desk before there is one.
fn carried_out_by(case: &Case, address: Address) -> Address {
    match (address.inside, case.case_manager) {
        (true, _) => address,
        (false, Some(case_manager)) => Address { account: Some(case_manager), ..address },
        (false, None) => Address { role: Some(Role::ReferralWorker.code()), ..address },
    }
}

async fn message(
    app: &App,
    tx: &mut Tx,
    case: &Case,
    kind: Message,
    to: &Party,
    due: Option<Date>,
) -> Result<()> {
    let (id, now) = (Id(case.id), app.now());
    let client_inside = *to == Party::Client && client_reads_here(tx, case).await?;
    for address in addresses(case, to, client_inside) {
        let state = if address.inside { "sent" } else { "queued" };
        let sql = "INSERT INTO message (home, id, referral_id, kind, to_party, to_account, to_organisation, to_role,
            county, division, due_on, state, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
        let args = p![
            id.home_number(),
            id.beside(now),
            id,
            row::code(&kind),
            address.party,
            address.account,
            address.organisation,
            address.role,
            case.filing.county,
            case.filing.division,
            due,
            state,
            now
        ];
        tx.run(sql, args).await?;
    }
    Ok(())
}

pub(super) async fn task(
    app: &App,
    tx: &mut Tx,
    case: &Case,
    kind: Task,
    to: &Party,
    due: Option<Timestamp>,
) -> Result<()> {
    let (id, now) = (Id(case.id), app.now());
    if kind == Task::AskAgain && is_open(tx, id, kind).await? {
        return Ok(());
    }
    let client_inside = *to == Party::Client && client_reads_here(tx, case).await?;
    for address in addresses(case, to, client_inside) {
        let address = carried_out_by(case, address);
        let sql =
            "INSERT INTO task (home, id, referral_id, kind, to_party, to_account, to_organisation, to_role,
            county, division, due_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
        let args = p![
            id.home_number(),
            id.beside(now),
            id,
            row::code(&kind),
            address.party,
            address.account,
            address.organisation,
            address.role,
            case.filing.county,
            case.filing.division,
            due,
            now
        ];
        tx.run(sql, args).await?;
    }
    Ok(())
}

/// Whether somebody has this task already.
pub(super) async fn is_open(tx: &mut Tx, id: Id, kind: Task) -> Result<bool> {
    let sql =
        "SELECT id FROM task WHERE home = $1 AND referral_id = $2 AND kind = $3 AND done_at IS NULL LIMIT 1";
    Ok(tx.opt::<(Id,)>(sql, p![id.home_number(), id, row::code(&kind)]).await?.is_some())
}

/// Civil affairs learns of a step that was not done in time, once for each run of the clock: when its time is up, or
/// when it is done too late, whichever comes first.
pub(super) async fn tell_overdue(app: &App, tx: &mut Tx, case: &Case, clock: Option<Clock>) -> Result<()> {
    let (id, now) = (Id(case.id), app.now());
    let code = clock.map(|clock| row::code(&clock)).unwrap_or_default();
    let kind = format!("overdue_{}", code.to_lowercase());
    let since = clock.and_then(|clock| case.clocks.get(&clock)).map_or(case.changed, |run| run.started);
    let sql = "SELECT id FROM task WHERE home = $1 AND referral_id = $2 AND kind = $3 AND created_at >= $4";
    let told: Option<(Id,)> = tx.opt(sql, p![id.home_number(), id, &kind, since]).await?;
    if told.is_none() {
        let sql =
            "INSERT INTO task (home, id, referral_id, kind, to_party, to_role, county, division, created_at)
            VALUES ($1, $2, $3, $4, 'county', 'civil_affairs_officer', $5, $6, $7)";
        let (county, division) = (case.filing.county, case.filing.division);
        tx.run(sql, p![id.home_number(), id.beside(now), id, kind, county, division, now]).await?;
    }
    Ok(())
}
