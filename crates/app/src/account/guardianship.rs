//! On what a guardian's account rests: the person's minority, a finding of limited or no capacity, or the competent person's own
//! consent. Without one of them a guardian's account lets nobody in.

use super::{admin, client};
use crate::{
    App, atomic,
    db::Tx,
    error::{Error, Problem, Result},
    id::Id,
    p,
    person::EVERY_ID,
    row,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::{Deed, Role, Subject},
    capacity::{Basis, guardian_may_read},
    clock::china_date,
};
use serde::Serialize;

/// Letters of what was shown at least: a number, a court and a day.
const SHORTEST_PAPER: usize = 4;
/// Letters of what was shown at most.
const LONGEST_PAPER: usize = 200;

/// On what a new guardian's account is to rest.
#[derive(Debug, Clone, Default)]
pub struct Ground {
    /// Code of a [`Basis`].
    pub basis: String,
    /// Which paper was shown: the judgment, the opinion, the person's written consent.
    pub paper: String,
    /// The last day on which it holds, where there is one.
    pub until: Option<Date>,
}

/// A checked ground.
pub(super) struct Checked {
    pub basis: Basis,
    pub paper: String,
    pub until: Option<Date>,
}

/// Checks the ground for a person born on a day. A minority ends by itself; nothing else makes somebody a minor.
pub(super) fn checked(
    app: &App,
    ground: &Ground,
    born_on: Option<Date>,
) -> std::result::Result<Checked, Vec<Problem>> {
    let today = china_date(app.now());
    let mut problems = Vec::new();
    let basis = Basis::of_code(&ground.basis);
    let paper = ground.paper.trim().to_owned();
    let letters = paper.chars().count();
    let mut until = ground.until;
    match basis {
        None => problems.push(Problem::new("basis", "unknown_choice")),
        Some(Basis::Minor) => {
            let last = born_on.map(|born| app.tables.capacity.last_day_of_minority(born));
            match last.filter(|last| *last >= today) {
                Some(last) => until = until.into_iter().chain([last]).min(),
                None => problems.push(Problem::new("basis", "not_a_minor")),
            }
        }
        Some(Basis::Capacity | Basis::Consent) if letters < SHORTEST_PAPER => {
            problems.push(Problem::new("paper", "required"));
        }
        Some(Basis::Capacity | Basis::Consent) => {}
    }
    if letters > LONGEST_PAPER {
        problems.push(Problem::new("paper", "too_long"));
    }
    if until.is_some_and(|last| last < today) {
        problems.push(Problem::new("until", "date_past"));
    }
    match basis {
        Some(basis) if problems.is_empty() => Ok(Checked { basis, paper, until }),
        _ => Err(problems),
    }
}

/// Stores the ground beside the account's code.
pub(super) async fn store(app: &App, tx: &mut Tx, account: Id, ground: &Checked) -> Result<()> {
    let sql = "UPDATE account_code SET basis = $1, basis_until = $2, basis_paper = $3 WHERE account_id = $4";
    let paper = Some(&ground.paper).filter(|paper| !paper.is_empty());
    let paper = paper.map(|paper| app.keys.seal(paper)).transpose()?;
    tx.run(sql, p![ground.basis.code(), ground.until, paper, account]).await?;
    Ok(())
}

/// A guardian's account as the person whom it is about sees it.
#[derive(Debug, Clone, Serialize)]
pub struct Guardian {
    /// The account.
    pub account: Id,
    /// The guardian's name.
    pub name: String,
    /// On what it rests.
    pub basis: Option<String>,
    /// The last day on which it does.
    pub until: Option<Date>,
    /// Since when.
    pub since: Timestamp,
}
row!(Guardian { account, name, basis, until, since });

impl Guardian {
    /// Whether the person may end it: what rests on the own consent ends with it.
    #[must_use]
    pub fn is_by_consent(&self) -> bool {
        self.basis.as_deref() == Some(Basis::Consent.code())
    }
}

/// The guardians who may read the caller's own record today.
///
/// # Errors
/// The database is gone.
pub async fn mine(app: &App, scope: &Scope) -> Result<Vec<Guardian>> {
    let Some(person) = scope.person.filter(|_| scope.role == Role::Client) else { return Ok(Vec::new()) };
    let sql = format!(
        "SELECT a.id, a.name, c.basis, c.basis_until, a.created_at FROM account a JOIN account_code c ON c.account_id = a.id
        WHERE a.person_id IN ({EVERY_ID}) AND c.holder = 'guardian' AND a.ended_at IS NULL ORDER BY a.created_at"
    );
    let today = china_date(app.now());
    let mut found: Vec<Guardian> = app.db.all(&sql, p![person.home_number(), person]).await?;
    found.retain(|one| guardian_may_read(one.basis.as_deref().and_then(Basis::of_code), one.until, today));
    Ok(found)
}

/// Takes back the consent on which a guardian's access rests: the account ends at once.
///
/// # Errors
/// The caller is not the person, or there is no such account that rests on consent.
pub async fn take_back(app: &App, scope: &Scope, account: Id) -> Result<()> {
    scope.permit(Deed::Change, Subject::Right)?;
    let own = scope.role == Role::Client && !scope.guardian;
    let found = if own { mine(app, scope).await? } else { Vec::new() };
    let person = scope.person.ok_or(Error::NotFound)?;
    if !found.iter().any(|one| one.account == account && one.is_by_consent()) {
        return Err(Error::NotFound);
    }
    atomic!(app.db, tx => {
        admin::shut(app, tx, account).await?;
        client::record(app, tx, scope, ("end_account", person, account, "guardian"));
        Ok(())
    })
}

/// Who has regained capacity is no longer spoken for: accounts that rest on the finding end.
pub(crate) async fn end_for_capacity(app: &App, tx: &mut Tx, scope: &Scope, person: Id) -> Result<()> {
    let sql = format!(
        "SELECT a.id, a.person_id FROM account a JOIN account_code c ON c.account_id = a.id
        WHERE a.person_id IN ({EVERY_ID}) AND c.holder = 'guardian' AND c.basis = 'capacity' AND a.ended_at IS NULL"
    );
    for (account, of) in tx.all::<(Id, Id)>(&sql, p![person.home_number(), person]).await? {
        admin::shut(app, tx, account).await?;
        client::record(app, tx, scope, ("end_account", of, account, "guardian"));
    }
    Ok(())
}
