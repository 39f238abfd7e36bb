//! What is shown of a person: the fold of the source records and need facts of its cluster. Linking, un-linking and
//! undoing change which records belong together; what is shown always follows from them by this one function.

use crate::{
    db::{Tx, Value},
    error::Result,
    id::Id,
    p,
    person::{
        county::Moves,
        sql::{TOGETHER, ids, keyed, marks},
    },
    row,
};
use jiff::{Timestamp, civil::Date};
use std::collections::{BTreeMap, HashMap};

/// What one source record says, as the fold needs it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Said {
    /// Whose record it is.
    pub person_id: Id,
    /// The record.
    pub id: Id,
    /// smd, dpf, application.
    pub kind: String,
    pub name: String,
    pub sex: Option<String>,
    pub born_on: Option<Date>,
    pub division: i64,
    pub registered_division: Option<i64>,
    pub number: Option<Vec<u8>>,
    pub number_index: Option<Vec<u8>>,
    pub phone: Option<Vec<u8>>,
    pub phone_index: Option<Vec<u8>>,
    pub lives_at_home: Option<bool>,
    pub need_assessed: Option<bool>,
    pub suitable: Option<bool>,
    pub consented: Option<bool>,
    pub created_at: Timestamp,
}
row!(Said {
    person_id,
    id,
    kind,
    name,
    sex,
    born_on,
    division,
    registered_division,
    number,
    number_index,
    phone,
    phone_index,
    lives_at_home,
    need_assessed,
    suitable,
    consented,
    created_at
});

const SAID: &str = "SELECT person_id, id, kind, name, sex, born_on, division, registered_division, number,
    number_index, phone, phone_index, lives_at_home, need_assessed, suitable, consented, created_at
    FROM source_record WHERE ended_at IS NULL AND person_id IN";

/// What is shown of a person.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shown {
    pub name: String,
    pub sex: Option<String>,
    pub born_on: Option<Date>,
    pub division: i64,
    pub registered_division: Option<i64>,
    pub in_health: bool,
    pub in_dpf: bool,
    pub in_application: bool,
    pub number: Option<Vec<u8>>,
    pub number_index: Option<Vec<u8>>,
    pub phone: Option<Vec<u8>>,
    pub phone_index: Option<Vec<u8>>,
    pub lives_at_home: Option<bool>,
    pub need_assessed: Option<bool>,
    pub suitable: Option<bool>,
    pub consented: Option<bool>,
}

impl Shown {
    /// The columns of `person` that hold it.
    pub(crate) const COLUMNS: [&str; 16] = [
        "name",
        "sex",
        "born_on",
        "division",
        "registered_division",
        "in_health",
        "in_dpf",
        "in_application",
        "number",
        "number_index",
        "phone",
        "phone_index",
        "lives_at_home",
        "need_assessed",
        "suitable",
        "consented",
    ];

    /// Their values, in the same order.
    pub(crate) fn values(self) -> Vec<Value> {
        p![
            self.name,
            self.sex,
            self.born_on,
            self.division,
            self.registered_division,
            self.in_health,
            self.in_dpf,
            self.in_application,
            self.number,
            self.number_index,
            self.phone,
            self.phone_index,
            self.lives_at_home,
            self.need_assessed,
            self.suitable,
            self.consented
        ]
    }
}

/// One finding about a person's need.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fact {
    pub person_id: Id,
    pub fact: String,
    pub value: bool,
    pub found_on: Date,
    pub id: Id,
}
row!(Fact { person_id, fact, value, found_on, id });

/// Folds the records of a cluster, none of them ended; `None` where nothing speaks for the person any more.
/// A record with a verified number speaks before one without, a newer one before an older one; what it leaves
/// open, the next one answers. A finding about need speaks before what a list says.
pub(crate) fn fold(records: &[Said], facts: &[Fact]) -> Option<Shown> {
    let mut order: Vec<&Said> = records.iter().collect();
    order.sort_by_key(|r| (r.number_index.is_none(), std::cmp::Reverse((r.created_at, r.id))));
    let first = order.first()?;
    let numbered =
        order.iter().find(|r| r.number_index.is_some()).or_else(|| order.iter().find(|r| r.number.is_some()));
    let phoned = order.iter().find(|r| r.phone.is_some());
    let is = |kind: &str| records.iter().any(|r| r.kind == kind);
    let found = |name: &str, listed: fn(&Said) -> Option<bool>| {
        let finding = facts.iter().filter(|f| f.fact == name).max_by_key(|f| (f.found_on, f.id));
        finding.map(|f| f.value).or_else(|| order.iter().find_map(|r| listed(r)))
    };
    Some(Shown {
        name: first.name.clone(),
        sex: order.iter().find_map(|r| r.sex.clone()),
        born_on: order.iter().find_map(|r| r.born_on),
        division: first.division,
        registered_division: order.iter().find_map(|r| r.registered_division),
        in_health: is("smd"),
        in_dpf: is("dpf"),
        in_application: is("application"),
        number: numbered.and_then(|r| r.number.clone()),
        number_index: numbered.and_then(|r| r.number_index.clone()),
        phone: phoned.and_then(|r| r.phone.clone()),
        phone_index: phoned.and_then(|r| r.phone_index.clone()),
        lives_at_home: found("lives_at_home", |r| r.lives_at_home),
        need_assessed: found("need_assessed", |r| r.need_assessed),
        suitable: found("suitable", |r| r.suitable),
        consented: found("consented", |r| r.consented),
    })
}

/// What the figures need to know of a person as it stood before.
#[derive(Debug, Clone)]
struct Before {
    id: Id,
    division: i64,
    in_health: bool,
    in_dpf: bool,
    lives_at_home: Option<bool>,
    need_assessed: Option<bool>,
    suitable: Option<bool>,
    consented: Option<bool>,
    ended_at: Option<Timestamp>,
}
row!(Before { id, division, in_health, in_dpf, lives_at_home, need_assessed, suitable, consented, ended_at });

impl Before {
    fn counted(&self) -> crate::need::Counted {
        if self.ended_at.is_some() {
            return crate::need::Counted::nothing(self.division);
        }
        crate::need::Counted::of(
            self.division,
            (self.in_health, self.in_dpf),
            [self.lives_at_home, self.need_assessed, self.suitable, self.consented],
        )
    }
}

impl Shown {
    /// What the figures count of this person.
    pub(crate) fn counted(&self) -> crate::need::Counted {
        crate::need::Counted::of(
            self.division,
            (self.in_health, self.in_dpf),
            [self.lives_at_home, self.need_assessed, self.suitable, self.consented],
        )
    }
}

/// The values of [`Shown`] in the order of its columns, from `$3` on.
const UPDATE: &str =
    "UPDATE person SET name = $3, sex = $4, born_on = $5, division = $6, registered_division = $7,
    in_health = $8, in_dpf = $9, in_application = $10, number = $11, number_index = $12, phone = $13,
    phone_index = $14, lives_at_home = $15, need_assessed = $16, suitable = $17, consented = $18,
    ended_at = NULL, version = version + 1 WHERE home = $1 AND id = $2";
const END: &str = "UPDATE person SET in_health = $3, in_dpf = $3, in_application = $3, ended_at = $4,
    version = version + 1 WHERE home = $1 AND id = $2";

const BEFORE: &str =
    "SELECT id, division, in_health, in_dpf, lives_at_home, need_assessed, suitable, consented,
    ended_at FROM person WHERE";

/// Takes a person out of the figures: another will stand for it.
pub(crate) async fn uncount(tx: &mut Tx, id: Id) -> Result<()> {
    let (this, args) = keyed("home", "id", 1, &[id]);
    let before: Vec<Before> = tx.all(&format!("{BEFORE} {this}"), args).await?;
    let mut change = crate::need::Change::default();
    for old in &before {
        change.minus(&old.counted());
    }
    change.write(tx).await
}

/// Folds these heads anew after their records, facts or members changed, and changes figures and keys with them.
/// Those among them that only now became heads were not counted before: `arriving`.
pub(crate) async fn refold(tx: &mut Tx, heads: &[Id], arriving: &[Id], at: Timestamp) -> Result<()> {
    let mut change = crate::need::Change::default();
    for chunk in heads.chunks(TOGETHER) {
        let (these, args) = keyed("home", "id", 1, chunk);
        let before: Vec<Before> = tx.all(&format!("{BEFORE} {these}"), args).await?;
        let clusters = clusters(tx, chunk).await?;
        let mut moves = Moves::default();
        for old in &before {
            let cluster = clusters.get(&old.id);
            let (records, facts) = cluster.map_or((&[][..], &[][..]), |c| (&c.records[..], &c.facts[..]));
            let shown = fold(records, facts);
            if !arriving.contains(&old.id) {
                change.minus(&old.counted());
            }
            if let Some(shown) = &shown {
                change.plus(&shown.counted());
                for member in cluster.iter().flat_map(|cluster| &cluster.members) {
                    moves.add(*member, old.division, shown.division);
                }
            }
            write(tx, old.id, shown, at).await?;
        }
        moves.write(tx).await?;
    }
    change.write(tx).await
}

async fn write(tx: &mut Tx, id: Id, shown: Option<Shown>, at: Timestamp) -> Result<()> {
    let Some(s) = shown else {
        tx.run(END, p![id.home_number(), id, false, at]).await?;
        return Ok(());
    };
    let mut args = p![id.home_number(), id];
    args.extend(s.values());
    tx.run(UPDATE, args).await?;
    Ok(())
}

/// Who is shown as one person, itself among them, and what is known of them.
#[derive(Default)]
struct Cluster {
    members: Vec<Id>,
    records: Vec<Said>,
    facts: Vec<Fact>,
}

/// Each head with all its members.
async fn clusters(tx: &mut Tx, heads: &[Id]) -> Result<HashMap<Id, Cluster>> {
    let mut members: Vec<(Id, Id)> = Vec::new();
    for chunk in heads.chunks(TOGETHER) {
        let (these, args) = keyed("home", "head_id", 1, chunk);
        let sql = format!("SELECT head_id, member_id FROM person_member WHERE {these}");
        members.extend(tx.all::<(Id, Id)>(&sql, args).await?);
    }
    let mut heads_of: BTreeMap<Id, Vec<Id>> = BTreeMap::new();
    for (head, member) in heads.iter().map(|h| (*h, *h)).chain(members) {
        heads_of.entry(member).or_default().push(head);
    }
    let everybody: Vec<Id> = heads_of.keys().copied().collect();
    let mut out: HashMap<Id, Cluster> = HashMap::new();
    for (member, heads) in &heads_of {
        for head in heads {
            out.entry(*head).or_default().members.push(*member);
        }
    }
    for chunk in everybody.chunks(400) {
        let marks = marks(1, chunk.len());
        for said in tx.all::<Said>(&format!("{SAID} ({marks})"), ids(chunk)).await? {
            for head in heads_of.get(&said.person_id).into_iter().flatten() {
                out.entry(*head).or_default().records.push(said.clone());
            }
        }
        let sql = format!(
            "SELECT person_id, fact, value, found_on, id FROM need_fact WHERE person_id IN ({marks})"
        );
        for fact in tx.all::<Fact>(&sql, ids(chunk)).await? {
            for head in heads_of.get(&fact.person_id).into_iter().flatten() {
                out.entry(*head).or_default().facts.push(fact.clone());
            }
        }
    }
    Ok(out)
}
