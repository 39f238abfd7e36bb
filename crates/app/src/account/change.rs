//! Another role, organisation or area for an account: first what is gained and lost by it, then the change.

use super::{Account, admin, leave, session, token};
use crate::{
    App,
    db::{Sql, Tx},
    error::{Error, Result},
    id::Id,
    p, referral,
    scope::{Area, Scope},
};
use rules::account::{Deed, PERMISSIONS, Role, Subject, powers_stay_apart};
use serde_json::json;

/// Records counted at most: more need not be told exactly.
pub const MOST: i64 = 1000;

/// What an account is to become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Role code.
    pub role: String,
    /// Where they work.
    pub organisation: Id,
    /// The area whose data they may see; the organisation's own where none is given.
    pub division: Option<i64>,
}

/// Cases and persons in a scope, counted up to [`MOST`] and one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// Cases.
    pub cases: i64,
    /// Persons of the register.
    pub persons: i64,
}

/// What a change brings.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The account as it is.
    pub account: Account,
    /// As it would be.
    pub then: Account,
    /// Rows of the table of permissions that are gained.
    pub gained: Vec<(Deed, Subject)>,
    /// Rows that are lost.
    pub lost: Vec<(Deed, Subject)>,
    /// What is in scope now.
    pub now: Reach,
    /// What would be in scope.
    pub after: Reach,
}

/// An account of staff of the administrator's area.
///
/// # Errors
/// The caller keeps no accounts; there is none such.
pub async fn account(app: &App, scope: &Scope, account: Id) -> Result<Account> {
    admin::of_area(app, scope, Deed::Read, account).await
}

/// What a change would bring. Nothing is changed, and no record is shown.
///
/// # Errors
/// The caller keeps no accounts; the account is not of its area; the role or organisation is unknown.
pub async fn preview(app: &App, scope: &Scope, account: Id, change: &Change) -> Result<Preview> {
    let found = admin::of_area(app, scope, Deed::Read, account).await?;
    let then = changed(app, scope, &found, change).await?;
    let (before, after) = (found.scope()?, then.scope()?);
    let rows = |may: Role, not: Role| {
        let all = PERMISSIONS.iter().map(|(deed, subject, _)| (*deed, *subject));
        all.filter(|(deed, subject)| may.may(*deed, *subject) && !not.may(*deed, *subject)).collect()
    };
    Ok(Preview {
        gained: rows(after.role, before.role),
        lost: rows(before.role, after.role),
        now: reach(app, &before).await?,
        after: reach(app, &after).await?,
        account: found,
        then,
    })
}

/// The account as it would be.
async fn changed(app: &App, scope: &Scope, account: &Account, change: &Change) -> Result<Account> {
    let role = Role::of_code(&change.role).filter(|role| !matches!(role, Role::System | Role::Client));
    let role = role.ok_or_else(|| Error::invalid("role", "unknown_choice"))?;
    let sql = "SELECT name, division FROM organisation WHERE id = $1 AND ended_at IS NULL";
    let found: Option<(String, i64)> = app.db.opt(sql, p![change.organisation]).await?;
    let within = found.filter(|(_, division)| scope.area.holds(*division));
    let (organisation, own) = within.ok_or_else(|| Error::invalid("organisation", "unknown_choice"))?;
    let division = change.division.unwrap_or(own);
    let Area { from, to } = Area::of(division);
    if !scope.area.holds(from) || !scope.area.holds(to) {
        return Err(Error::invalid("division", "division_unknown"));
    }
    Ok(Account {
        role: role.code().to_owned(),
        organisation_id: change.organisation,
        organisation,
        division,
        ..account.clone()
    })
}

async fn reach(app: &App, scope: &Scope) -> Result<Reach> {
    let counted = |sql: Sql| {
        let sql = sql.push(" LIMIT {}", p![MOST + 1]);
        Sql { text: format!("SELECT COUNT(*) FROM ({}) counted", sql.text), args: sql.args }
    };
    let mut reach = Reach::default();
    for part in scope.referrals_in_parts(&Sql::new("SELECT r.id FROM referral r WHERE r.state <> 'draft'")) {
        let found: Vec<(i64,)> = app.db.query(counted(part)).await?;
        reach.cases += found.into_iter().map(|(count,)| count).sum::<i64>();
    }
    let people = scope.people(Sql::new("SELECT p.id FROM person p WHERE p.merged_into IS NULL"));
    let found: Vec<(i64,)> = app.db.query(counted(people)).await?;
    reach.persons = found.into_iter().map(|(count,)| count).sum();
    Ok(reach)
}

/// Changes role, organisation and area of an account that still has the version that was shown. Its sessions and tokens end:
/// nobody goes on with what the page of another role shows, and no program with another role's rights.
///
/// # Errors
/// As [`preview`]; the account is the caller's own; it changed meanwhile.
pub async fn change(app: &App, scope: &Scope, account: Id, change: &Change, version: i64) -> Result<()> {
    let found = admin::another(app, scope, account).await?;
    let then = changed(app, scope, &found, change).await?;
    crate::atomic!(app.db, tx => {
        apply(app, tx, (&found, &then), version).await?;
        let detail = json!({ "role": then.role, "division": then.division });
        admin::record(app, tx, scope, ("change_role", account, detail));
        Ok(())
    })
}

/// Makes an account what it is to be, whoever says so; its sessions and tokens end.
pub(super) async fn apply(
    app: &App,
    tx: &mut Tx,
    (found, then): (&Account, &Account),
    version: i64,
) -> Result<()> {
    admin::powers_apart(tx, &then.role, (&found.name, then.organisation_id)).await?;
    // Nor does one power become another by moving: what was kept in one hand is not taken along.
    let held = Role::of_code(&found.role).into_iter().collect::<Vec<_>>();
    if Role::of_code(&then.role).is_some_and(|wanted| !powers_stay_apart(&held, wanted)) {
        return Err(Error::Refused(rules::Refusal::new("account", "powers_apart")));
    }
    if (then.organisation_id, &then.role) != (found.organisation_id, &found.role) {
        // What belonged to the former work goes to the manager: nothing stays without an owner.
        referral::hand_over(app, tx, leave::whose(found), None).await?;
    }
    let sql = "UPDATE account SET role = $1, organisation_id = $2, division = $3, version = version + 1
        WHERE id = $4 AND version = $5";
    let args = p![then.role.as_str(), then.organisation_id, then.division, found.id, version];
    if tx.run(sql, args).await? == 0 {
        return Err(Error::Changed { expected: version, found: found.version });
    }
    session::end_all(tx, found.id).await?;
    token::revoke_all(app, tx, found.id).await
}
