//! The queue as a clerk chooses from it: whom each pair is about, who sent them, how old it is and who has it.

use super::{Pair, queue};
use crate::{
    App, audit,
    error::{Error, Result},
    id::Id,
    person::{
        COLUMNS, Person, Shows, Stored,
        sql::{ids, marks},
        timeline::name_senders,
    },
    referral::directory::account_names,
    scope::Scope,
};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// One side of a pair in the list.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Registration {
    /// The person as the caller may see it; one who was merged since is shown as before.
    pub person: Person,
    /// Who sent the lists or applications that speak for the person, by name.
    pub senders: Vec<String>,
}

/// A pair in the list.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Listed {
    /// The pair.
    pub pair: Pair,
    /// The name of the account that took it on.
    pub owner: Option<String>,
    /// The left person.
    pub left: Registration,
    /// The right person.
    pub right: Registration,
}

/// Pairs as [`queue`] gives them, with both persons; the read is recorded. Numbers stay masked.
///
/// # Errors
/// The caller's role decides on no pairs.
pub async fn listed(app: &App, scope: &Scope, state: &str, after: Option<(Date, Id)>) -> Result<Vec<Listed>> {
    let pairs = queue(app, scope, state, after).await?;
    let entry = audit::Entry::listed(audit::Purpose::Referral, "pair", pairs.len());
    audit::record(&app.db, scope, entry, app.now()).await?;
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    let everybody: BTreeSet<Id> = pairs.iter().flat_map(|pair| [pair.left_id, pair.right_id]).collect();
    let everybody: Vec<Id> = everybody.into_iter().collect();
    let mut persons = BTreeMap::new();
    for found in registered(app, &everybody).await? {
        persons.insert(found.id, found.shown(app, Shows::to(scope))?);
    }
    let senders = senders(app, &everybody).await?;
    let owners: Vec<_> = pairs.iter().filter_map(|pair| pair.owner_id.map(|id| id.0)).collect();
    let owners = account_names(app, &owners).await?;
    let side = |id: Id| -> Result<Registration> {
        let person = persons.get(&id).cloned().ok_or(Error::NotFound)?;
        Ok(Registration { person, senders: senders.get(&id).cloned().unwrap_or_default() })
    };
    let line = |pair: Pair| -> Result<Listed> {
        let owner = pair.owner_id.and_then(|id| owners.get(&id.0).cloned());
        Ok(Listed { left: side(pair.left_id)?, right: side(pair.right_id)?, owner, pair })
    };
    pairs.into_iter().map(line).collect()
}

/// Persons by the identifiers that the pairs name. That both are in scope, the queue has asked.
async fn registered(app: &App, whom: &[Id]) -> Result<Vec<Stored>> {
    let homes: BTreeSet<_> = whom.iter().map(|id| id.home_number()).collect();
    let homes: Vec<_> = homes.into_iter().map(Into::into).collect();
    let sql = format!(
        "SELECT {COLUMNS} FROM person p WHERE p.home IN ({}) AND p.id IN ({})",
        marks(1, homes.len()),
        marks(homes.len() + 1, whom.len())
    );
    Ok(app.db.all(&sql, [homes, ids(whom)].concat()).await?)
}

/// Who sent the records that speak for each person.
async fn senders(app: &App, whom: &[Id]) -> Result<BTreeMap<Id, Vec<String>>> {
    let sql = format!(
        "SELECT DISTINCT s.person_id, s.sender FROM source_record s WHERE s.ended_at IS NULL AND s.person_id IN ({})
         ORDER BY s.person_id, s.sender",
        marks(1, whom.len())
    );
    let mut senders: BTreeMap<Id, Vec<String>> = BTreeMap::new();
    let mut found = app.db.all::<(Id, String)>(&sql, ids(whom)).await?;
    name_senders(app, found.iter_mut().map(|(_, sender)| sender).collect()).await?;
    for (person, sender) in found {
        senders.entry(person).or_default().push(sender);
    }
    Ok(senders)
}
