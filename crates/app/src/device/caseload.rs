//! What is handed to a phone: the persons in the charge of its holder, with as much of the past as a visit needs. Only what the
//! phone does not hold already is sent, and each person who is sent stands in the log.

use super::contact::in_use;
use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    db::Sql,
    error::Result,
    followup::{self, list::NEVER},
    hex,
    id::Id,
    p,
    person::sql::{TOGETHER, keyed},
    row,
    scope::Scope,
};
use jiff::{Timestamp, ToSpan, civil::Date};
use rules::{
    account::{Deed, Subject},
    clock::china_date,
    followup::{owed::What, visit::Visit},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A visit before the last one: day, class, risk, whether it was face to face. In a row without names, since there are many.
pub type Earlier = (Date, Option<i64>, Option<i64>, bool);

/// The last visit, whole: what was found then stands beside each question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastVisit {
    /// Identifier.
    pub id: Id,
    /// Day.
    pub on: Date,
    /// Who recorded it.
    pub by: String,
    /// Class.
    pub class: Option<i64>,
    /// The record.
    pub visit: Visit,
}

/// A person as a phone holds them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// The record of the register.
    pub id: Id,
    /// Its version: a visit is recorded on top of it.
    pub version: i64,
    /// Name.
    pub name: String,
    /// Where to go.
    pub address: String,
    /// Telephone.
    pub phone: Option<String>,
    /// State of the record.
    pub state: String,
    /// Class of the last visit that had one.
    pub class: Option<i64>,
    /// Risk of the same visit.
    pub risk: Option<i64>,
    /// By when a visit is owed; nothing where none is.
    pub due_on: Option<Date>,
    /// What is owed: `first_visit`, `visit`, `retry`.
    pub due_what: Option<String>,
    /// The last visit.
    pub last: Option<LastVisit>,
    /// Those before it, the latest first.
    pub earlier: Vec<Earlier>,
}

impl Client {
    /// What stands for the whole content: the phone tells it back, and is sent what differs.
    ///
    /// # Errors
    /// Never for what was read from the database.
    pub fn mark(&self) -> Result<String> {
        mark(self)
    }
}

/// What stands for the whole content of somebody.
pub(super) fn mark(whole: &impl Serialize) -> Result<String> {
    let digest: [u8; 32] = Sha256::digest(serde_json::to_vec(whole)?).into();
    Ok(hex::write(digest.get(..8).unwrap_or(&digest)))
}

/// A person who is sent, with the mark of what is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Handed<C = Client> {
    /// See [`Client::mark`].
    pub mark: String,
    /// The person.
    #[serde(flatten)]
    pub client: C,
}

/// A caseload as far as a phone does not hold it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Caseload<C = Client> {
    /// When it was put together.
    pub at: Timestamp,
    /// Everybody who belongs to it; whom the phone holds beside them is deleted there.
    pub all: Vec<Id>,
    /// Those who are new or changed.
    pub clients: Vec<Handed<C>>,
    /// There are more than a phone holds; these are on the pages of the site.
    pub more: bool,
}

struct Row {
    id: Id,
    person: Id,
    version: i64,
    name: String,
    phone: Option<Vec<u8>>,
    division: i64,
    state: String,
    class: Option<i64>,
    risk: Option<i64>,
    due_on: Option<Date>,
    due_what: Option<String>,
}
row!(Row { id, person, version, name, phone, division, state, class, risk, due_on, due_what });

/// Whom a visit may be made to, as [`rules::followup::desk::is_visited`] says: not whoever has left the register, or is not in it yet. Of
/// those who move, whoever has no receiver went abroad; until a receiver accepts, the sender goes on visiting.
const VISITED: &str = "(s.state IN ('received', 'managed', 'registered_only', 'lost', 'hospital')
    OR (s.state = 'moved' AND s.receiver IS NOT NULL))";
/// Hands the caseload of its holder to a phone, as far as it does not hold it: `known` tells the mark of each person that it holds.
///
/// # Errors
/// The account has no such phone, it was revoked, or the role has nothing to do without a network.
pub async fn caseload(
    app: &App,
    scope: &Scope,
    device: Id,
    known: &BTreeMap<Id, String>,
) -> Result<Caseload> {
    in_use(app, scope, device).await?;
    scope.permit(Deed::Read, Subject::FollowUp)?;
    let (mut rows, more) = rows(app, scope).await?;
    rows.sort_by_key(|row| row.id);
    let mut clients = Vec::new();
    for part in rows.chunks(TOGETHER) {
        clients.extend(whole(app, part).await?);
    }
    let all = clients.iter().map(|client| client.id).collect::<Vec<_>>();
    let mut sent = Vec::new();
    for client in clients {
        let mark = client.mark()?;
        if known.get(&client.id) != Some(&mark) {
            sent.push(Handed { mark, client });
        }
    }
    let ids: Vec<Id> = sent.iter().map(|handed| handed.client.id).collect();
    noted(app, scope, device, ("smd_record", all.len(), &ids)).await?;
    Ok(Caseload { at: app.now(), all, clients: sent, more })
}

async fn rows(app: &App, scope: &Scope) -> Result<(Vec<Row>, bool)> {
    let most = usize::from(app.tables.offline.clients);
    let sql = format!(
        "SELECT s.id, s.person_id, s.version, n.name, n.phone, s.division, s.state, s.class, s.risk, s.due_on, s.due_what
         FROM smd_record s JOIN person n ON n.home = s.home AND n.id = s.person_id WHERE {VISITED}"
    );
    let sql = followup::in_own_charge(scope, followup::within(scope, Sql::new(&sql)));
    let limit = i64::from(app.tables.offline.clients) + 1;
    let sql = sql.push(" ORDER BY COALESCE(s.due_on, {}), s.id LIMIT {}", p![NEVER, limit]);
    let mut rows: Vec<Row> = app.db.listing().query(sql).await?;
    let more = rows.len() > most;
    rows.truncate(most);
    Ok((rows, more))
}

struct Made {
    record: Id,
    id: Id,
    on: Date,
    class: Option<i64>,
    risk: Option<i64>,
    face_to_face: bool,
    by: String,
}
row!(Made { record, id, on, class, risk, face_to_face, by });

/// The persons of these rows, with addresses and visits: three statements, however many they are.
async fn whole(app: &App, rows: &[Row]) -> Result<Vec<Client>> {
    let records: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let since = china_date(app.now()).saturating_sub(i32::from(app.tables.offline.history_months).months());
    let (these, mut args) = keyed("v.home", "v.record_id", 1, &records);
    args.extend(p![since]);
    let sql = format!(
        "SELECT v.record_id, v.id, v.visit_on, v.class, v.risk, v.face_to_face, v.recorded_by_name FROM followup_visit v
         WHERE {these} AND v.visit_on >= ${} AND v.voided_at IS NULL ORDER BY v.visit_on DESC, v.at DESC",
        args.len()
    );
    let mut visits: BTreeMap<Id, Vec<Made>> = BTreeMap::new();
    for made in app.db.all::<Made>(&sql, args).await? {
        visits.entry(made.record).or_default().push(made);
    }
    let latest: Vec<Id> = visits.values().filter_map(|made| made.first()).map(|made| made.id).collect();
    let mut contents = contents(app, &latest).await?;
    let persons: Vec<Id> = rows.iter().map(|row| row.person).collect();
    let mut addresses = addresses(app, &persons).await?;
    let mut clients = Vec::new();
    for row in rows {
        let mut made = visits.remove(&row.id).unwrap_or_default().into_iter();
        let last = made.next().and_then(|made| {
            let visit = contents.remove(&made.id)?;
            Some(LastVisit { id: made.id, on: made.on, by: made.by, class: made.class, visit })
        });
        let (due_on, due_what) = visit_due(app, row).await?;
        let place = || {
            rules::division::DivisionCode::new(row.division).ok().and_then(|code| app.divisions.path(code))
        };
        clients.push(Client {
            id: row.id,
            version: row.version,
            name: row.name.clone(),
            address: addresses.remove(&row.person).or_else(place).unwrap_or_default(),
            phone: row.phone.as_ref().map(|phone| app.keys.unseal(phone)).transpose()?,
            state: row.state.clone(),
            class: row.class,
            risk: row.risk,
            due_on,
            due_what,
            last,
            earlier: made.map(|made| (made.on, made.class, made.risk, made.face_to_face)).collect(),
        });
    }
    Ok(clients)
}

/// By when a visit is owed. A row tells what is owed first; where that is a paper, the visit behind it is looked for.
async fn visit_due(app: &App, row: &Row) -> Result<(Option<Date>, Option<String>)> {
    let Some(what) = row.due_what.as_deref().and_then(What::of_code) else { return Ok((None, None)) };
    if what.is_by_visit() {
        return Ok((row.due_on, row.due_what.clone()));
    }
    let owed = followup::visit_owed(app, row.id).await?;
    Ok((owed.map(|owed| owed.by), owed.map(|owed| owed.what.code().to_owned())))
}

/// The records of these visits.
async fn contents(app: &App, visits: &[Id]) -> Result<BTreeMap<Id, Visit>> {
    /// What is sealed in a visit, as far as a phone needs it.
    #[derive(Deserialize)]
    struct Content {
        visit: Visit,
    }
    let mut found = BTreeMap::new();
    if visits.is_empty() {
        return Ok(found);
    }
    let (these, args) = keyed("v.home", "v.id", 1, visits);
    let sql = format!("SELECT v.id, v.content FROM followup_visit v WHERE {these}");
    for (id, content) in app.db.all::<(Id, Vec<u8>)>(&sql, args).await? {
        let Content { visit } = serde_json::from_str(&app.keys.unseal(&content)?)?;
        found.insert(id, visit);
    }
    Ok(found)
}

/// What the lists of departments say of where people live: the latest that is in force.
pub(super) async fn addresses(app: &App, persons: &[Id]) -> Result<BTreeMap<Id, String>> {
    #[derive(Deserialize)]
    struct Private {
        address: Option<String>,
    }
    let mut found = BTreeMap::new();
    if persons.is_empty() {
        return Ok(found);
    }
    let (these, args) = keyed("r.home", "r.person_id", 1, persons);
    let sql = format!(
        "SELECT r.person_id, r.private FROM source_record r WHERE {these} AND r.ended_at IS NULL AND r.private IS NOT NULL
         ORDER BY r.created_at"
    );
    for (person, private) in app.db.all::<(Id, Vec<u8>)>(&sql, args).await? {
        let private: Private = serde_json::from_str(&app.keys.unseal(&private)?)?;
        if let Some(address) = private.address {
            found.insert(person, address);
        }
    }
    Ok(found)
}

/// Puts into the log who was sent, and keeps with the phone how many it holds.
pub(super) async fn noted(
    app: &App,
    scope: &Scope,
    device: Id,
    (kind, held, sent): (&'static str, usize, &[Id]),
) -> Result<()> {
    let held = i64::try_from(held).unwrap_or(i64::MAX);
    atomic!(app.db, tx => {
        let now = app.now();
        let sql = "UPDATE device SET handed_at = $1, handed_rows = $2 WHERE id = $3 AND account_id = $4";
        tx.run(sql, p![now, held, device, scope.account]).await?;
        for id in sent {
            let mut entry = Entry::read(Purpose::Care, kind, *id);
            entry.detail = json!({ "fields": ["device"], "device": device });
            audit::record_in(tx, scope, entry, now);
        }
        let detail = json!({ "device": device, "rows": sent.len() });
        audit::record_in(tx, scope, Entry::of_account("hand_to_device", scope.account, detail), now);
        Ok(())
    })
}
