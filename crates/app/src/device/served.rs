//! What is handed to a case manager's phone: the own clients in service, with what serving them needs: where they live, what was agreed,
//! when they came and when they are expected. What the phone holds already is not sent again; who is sent stands in the log.

use super::{
    Caseload, Handed,
    caseload::{addresses, mark, noted},
    contact::in_use,
};
use crate::{
    App,
    care::{self, Course},
    db::Sql,
    error::Result,
    id::Id,
    p,
    person::sql::{TOGETHER, keyed},
    row,
    scope::Scope,
};
use rules::{
    account::{Deed, Subject},
    division::DivisionCode,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A client as a case manager's phone holds them. No diagnosis, no number of an identity card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// The case.
    pub id: Id,
    /// Name.
    pub name: String,
    /// Where to go.
    pub address: String,
    /// Telephone.
    pub phone: Option<String>,
    /// State of the case: `agreed` until the first session, then `in_service`.
    pub state: String,
    /// What was agreed, when the person came, when they are expected.
    #[serde(flatten)]
    pub course: Course,
}

struct Row {
    id: Id,
    person: Option<Id>,
    name: String,
    division: i64,
    state: String,
}
row!(Row { id, person, name, division, state });

/// Hands the own clients in service to a case manager's phone, as far as it does not hold them: `known` tells the mark of each that it
/// holds. Clients of a colleague for whom the holder stands in are on the site.
///
/// # Errors
/// The account has no such phone, it was revoked, or the role serves nobody.
pub async fn clients(
    app: &App,
    scope: &Scope,
    device: Id,
    known: &BTreeMap<Id, String>,
) -> Result<Caseload<Served>> {
    in_use(app, scope, device).await?;
    scope.permit(Deed::Change, Subject::Agenda)?;
    let (mut rows, more) = rows(app, scope).await?;
    rows.sort_by_key(|row| row.id);
    let mut clients = Vec::new();
    for part in rows.chunks(TOGETHER) {
        clients.extend(whole(app, scope, part).await?);
    }
    let all = clients.iter().map(|client| client.id).collect::<Vec<_>>();
    let mut sent = Vec::new();
    for client in clients {
        let mark = mark(&client)?;
        if known.get(&client.id) != Some(&mark) {
            sent.push(Handed { mark, client });
        }
    }
    let ids: Vec<Id> = sent.iter().map(|handed| handed.client.id).collect();
    noted(app, scope, device, ("referral", all.len(), &ids)).await?;
    Ok(Caseload { at: app.now(), all, clients: sent, more })
}

/// The own clients whom sessions can be entered for, the latest change first where there are more than a phone holds.
async fn rows(app: &App, scope: &Scope) -> Result<(Vec<Row>, bool)> {
    let most = usize::from(app.tables.offline.clients);
    let sql = Sql::new(
        "SELECT r.id, r.person_id, r.client_name, r.division, r.state FROM referral r
        WHERE r.state IN ('agreed', 'in_service') AND r.restricted_at IS NULL",
    );
    let sql = scope.referrals(sql.push(" AND r.case_manager_id = {}", p![scope.account]));
    let limit = i64::from(app.tables.offline.clients) + 1;
    let mut rows: Vec<Row> =
        app.db.listing().query(sql.push(" ORDER BY r.changed_at DESC, r.id LIMIT {}", p![limit])).await?;
    let more = rows.len() > most;
    rows.truncate(most);
    Ok((rows, more))
}

/// The clients of these rows.
async fn whole(app: &App, scope: &Scope, rows: &[Row]) -> Result<Vec<Served>> {
    let cases: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let mut courses = care::courses(app, scope, &cases).await?;
    let persons: Vec<Id> = rows.iter().filter_map(|row| row.person).collect();
    let (addresses, phones) = (addresses(app, &persons).await?, phones(app, &persons).await?);
    let clients = rows.iter().map(|row| {
        let place = || DivisionCode::new(row.division).ok().and_then(|code| app.divisions.path(code));
        let of_person = |known: &BTreeMap<Id, String>| known.get(&row.person?).cloned();
        Served {
            id: row.id,
            name: row.name.clone(),
            address: of_person(&addresses).or_else(place).unwrap_or_default(),
            phone: of_person(&phones),
            state: row.state.clone(),
            course: courses.remove(&row.id).unwrap_or_default(),
        }
    });
    Ok(clients.collect())
}

/// The telephone numbers that the register has of these persons.
async fn phones(app: &App, persons: &[Id]) -> Result<BTreeMap<Id, String>> {
    let mut found = BTreeMap::new();
    if persons.is_empty() {
        return Ok(found);
    }
    let (these, args) = keyed("p.home", "p.id", 1, persons);
    let sql = format!("SELECT p.id, p.phone FROM person p WHERE {these} AND p.phone IS NOT NULL");
    for (person, phone) in app.db.all::<(Id, Vec<u8>)>(&sql, args).await? {
        found.insert(person, app.keys.unseal(&phone)?);
    }
    Ok(found)
}
