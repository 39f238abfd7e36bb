//! The open work of an account that leaves: cases as case manager, tasks, messages and possible doubles taken on.

use super::{Order, effect, list::OVER, load, perform_as};
use crate::{
    App,
    db::Tx,
    error::{Error, Result},
    id::Id,
    p,
    scope::Scope,
};
use rules::{
    account::Actor,
    referral::{Command, Party, Task},
};

/// Cases that one account is in charge of at most; more would be no case management.
const MOST: i64 = 2000;

/// How much work an account holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Held {
    /// Cases as case manager, those with return visits to come included.
    pub cases: usize,
    /// Tasks given to the account itself.
    pub tasks: u64,
    /// Messages to the account itself that nobody read.
    pub messages: u64,
    /// Possible doubles taken on and not decided.
    pub pairs: u64,
}

/// Whose work it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whose {
    /// The account.
    pub(crate) account: Id,
    /// Where it works.
    pub(crate) organisation: Id,
    /// The first code of its area.
    pub(crate) from: i64,
    /// The last one.
    pub(crate) to: i64,
}

const TASKS: &str = "to_account = $1 AND done_at IS NULL";
const MESSAGES: &str = "to_account = $1 AND state IN ('queued', 'sent')";
const PAIRS: &str = "owner_id = $1 AND state = 'open' AND division >= $2 AND division <= $3";

/// What an account holds.
pub(crate) async fn held(tx: &mut Tx, whose: Whose) -> Result<Held> {
    let count = |found: Option<(i64,)>| u64::try_from(found.map_or(0, |(count,)| count)).unwrap_or(0);
    let of = |table: &str, condition: &str| format!("SELECT COUNT(*) FROM {table} WHERE {condition}");
    let Whose { account, from, to, .. } = whose;
    Ok(Held {
        cases: cases(tx, whose).await?.len(),
        tasks: count(tx.opt(&of("task", TASKS), p![account]).await?),
        messages: count(tx.opt(&of("message", MESSAGES), p![account]).await?),
        pairs: count(tx.opt(&of("candidate_pair", PAIRS), p![account, from, to]).await?),
    })
}

async fn cases(tx: &mut Tx, whose: Whose) -> Result<Vec<Id>> {
    let over = OVER.as_str();
    let sql = format!(
        "SELECT r.id FROM referral r WHERE r.institution_id = $1 AND r.case_manager_id = $2 AND NOT ({over})
         AND r.state <> 'referred' ORDER BY r.id LIMIT $3"
    );
    let found: Vec<(Id,)> = tx.all(&sql, p![whose.organisation, whose.account, MOST]).await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Gives all of it to a colleague; without one, cases become a task of the institution's manager, and what was addressed to
/// the account is addressed to its organisation.
pub(crate) async fn hand_over(app: &App, tx: &mut Tx, whose: Whose, to: Option<Id>) -> Result<Held> {
    let mut done = Held::default();
    let system = Scope::system();
    for id in cases(tx, whose).await? {
        done.cases += 1;
        if let Some(to) = to {
            let order = Order::plain(Command::ChangeCaseManager { case_manager: to.0 });
            match perform_as(app, tx, &system, &Actor::system(), Some(id), &order).await {
                Ok(_) => continue,
                // What the rules do not hand over, the manager decides.
                Err(Error::Refused(_)) => {}
                Err(other) => return Err(other),
            }
        }
        let case = load(tx, &system, id).await?;
        let manager = Party::Institution(whose.organisation.0);
        effect::task(app, tx, &case, Task::NameCaseManager, &manager, Some(app.now())).await?;
    }
    let Whose { account, organisation, from, to: last } = whose;
    let rest = if to.is_none() { Some(organisation) } else { None };
    let addressed = |table: &str, condition: &str| {
        format!(
            "UPDATE {table} SET to_account = $2, to_organisation = COALESCE($3, to_organisation) WHERE {condition}"
        )
    };
    done.tasks = tx.run(&addressed("task", TASKS), p![account, to, rest]).await?;
    done.messages = tx.run(&addressed("message", MESSAGES), p![account, to, rest]).await?;
    let sql = format!("UPDATE candidate_pair SET owner_id = $4, version = version + 1 WHERE {PAIRS}");
    done.pairs = tx.run(&sql, p![account, from, last, to]).await?;
    Ok(done)
}
