//! Registering one person at the desk: an application at the village, a client's own.

use super::{county, fold, key};
use crate::{
    App,
    db::{Tx, Value},
    error::{Error, Problem, Result},
    id::{Home, Id},
    link, p,
    scope::Scope,
    seal::Keys,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    division::DivisionCode,
    identity_number::{self, Sex},
    name, phone,
};

/// What is written on the application about the person.
#[derive(Debug, Clone, Default, serde::Deserialize)]
pub struct Entrant {
    /// Name.
    pub name: String,
    /// Identity number; without it sex and birth date are needed.
    pub number: Option<String>,
    /// `male` or `female`.
    pub sex: Option<String>,
    /// Birth date.
    pub born_on: Option<Date>,
    /// Telephone.
    pub phone: Option<String>,
    /// Village or community of residence, 12 digits.
    pub division: i64,
    /// Address.
    pub address: Option<String>,
    /// What a new person is created beside: the case that the application opened.
    #[serde(skip)]
    pub near: Option<Id>,
    /// Kind of the record, where it is no application: `smd`, or `clue` before there is a diagnosis.
    #[serde(skip)]
    pub kind: Option<&'static str>,
}

/// A checked entrant.
struct Checked {
    name: String,
    number: Option<String>,
    sex: Option<String>,
    born_on: Option<Date>,
    phone: Option<String>,
}

fn check(app: &App, entrant: &Entrant) -> Result<Checked> {
    let mut problems = Vec::new();
    let name = name::normalised(&entrant.name);
    if name.chars().filter(|c| c.is_alphabetic()).count() == 0 {
        problems.push(Problem::new("name", "required"));
    }
    let given =
        |text: &Option<String>| text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
    let (mut sex, mut born_on, mut number) = (given(&entrant.sex), entrant.born_on, None);
    if let Some(written) = given(&entrant.number) {
        match identity_number::check(&written, super::today(app.now())) {
            Ok(reading) => {
                sex = Some(if reading.sex == Sex::Male { "male" } else { "female" }.to_owned());
                born_on = Some(reading.birth_date);
                number = Some(reading.number.as_str().to_owned());
            }
            Err(error) => problems.push(Problem::new("number", &error.code())),
        }
    } else {
        if !matches!(sex.as_deref(), Some("male" | "female")) {
            problems.push(Problem::new("sex", "required"));
        }
        match born_on {
            None => problems.push(Problem::new("born_on", "required")),
            Some(day) if day > super::today(app.now()) => {
                problems.push(Problem::new("born_on", "date.future"))
            }
            Some(_) => {}
        }
    }
    let phone = match given(&entrant.phone).map(|t| phone::check(&t)) {
        None => None,
        Some(Ok(found)) => Some(found.digits),
        Some(Err(error)) => {
            problems.push(Problem::new("phone", &error.code()));
            None
        }
    };
    if let Err(error) = DivisionCode::new(entrant.division).and_then(DivisionCode::for_address) {
        problems.push(Problem::new("division", &error.code()));
    }
    if problems.is_empty() {
        Ok(Checked { name, number, sex, born_on, phone })
    } else {
        Err(Error::Invalid(problems))
    }
}

/// Registers what an application says, inside its transaction: the person whom the identity number belongs to, else
/// a new one, whose possible doubles are put before the clerks. Returns the head of the person's cluster.
///
/// # Errors
/// All fields that are wrong, at once.
pub async fn register(app: &App, tx: &mut Tx, scope: &Scope, entrant: &Entrant) -> Result<Id> {
    let person = enter(app, tx, scope, entrant).await?;
    head_of(tx, person).await
}

async fn head_of(tx: &mut Tx, person: Id) -> Result<Id> {
    let sql = "SELECT head_id FROM person WHERE home = $1 AND id = $2";
    let head: Option<(Id,)> = tx.opt(sql, p![person.home_number(), person]).await?;
    head.map(|(head,)| head).ok_or(Error::NotFound)
}

/// As [`register`]; returns the very person whom the number belongs to, who may be a member of a cluster.
pub(crate) async fn enter(app: &App, tx: &mut Tx, scope: &Scope, entrant: &Entrant) -> Result<Id> {
    let checked = check(app, entrant)?;
    let now = app.now();
    let index = checked.number.as_deref().map(|n| app.keys.index("identity_number", n));
    let known: Option<(Id,)> = match &index {
        Some(hash) => {
            let sql = "SELECT id FROM claim WHERE kind = 'identity_number' AND hash = $1";
            tx.opt(sql, p![hash.as_slice()]).await?
        }
        None => None,
    };
    let person = match known {
        Some((id,)) => id,
        None => {
            let id =
                entrant.near.map_or_else(|| Id::in_division(entrant.division, now), |near| near.beside(now));
            add_empty(tx, id, &checked.name, entrant.division, now).await?;
            if let Some(hash) = &index {
                let sql = "INSERT INTO claim (kind, hash, home, id) VALUES ('identity_number', $1, $2, $3)";
                tx.run(sql, p![hash.as_slice(), id.home_number(), id]).await?;
            }
            id
        }
    };
    let keys = add_record(app, tx, scope, entrant, &checked, (person, known.is_none())).await?;
    let head = head_of(tx, person).await?;
    fold::refold(tx, &[head], &[], now).await?;
    county::add(tx, &keys).await?;
    if known.is_none() {
        link::compare(app, tx, head).await?;
    }
    Ok(person)
}

/// A person for whom nothing speaks yet; the fold fills it.
pub(crate) async fn add_empty(tx: &mut Tx, id: Id, name: &str, division: i64, now: Timestamp) -> Result<()> {
    tx.run(
        "INSERT INTO person (home, id, head_home, head_id, name, division, in_health, in_dpf, in_application,
         created_at, ended_at, version) VALUES ($1, $2, $1, $2, $3, $4, $5, $5, $5, $6, $6, 1)",
        p![id.home_number(), id, name, division, false, now],
    )
    .await?;
    Ok(())
}

/// Writes what the application says; returns the keys that the person gets by it.
async fn add_record(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    entrant: &Entrant,
    checked: &Checked,
    (person, is_new): (Id, bool),
) -> Result<Vec<(String, Id)>> {
    let now = app.now();
    let said = record(&app.keys, entrant, checked, (person, person.beside(now)), now)?;
    let sender = scope.organisation.to_string();
    let row = said.values(&sender, if is_new { "first" } else { "exact" });
    tx.insert_many("source_record", &APPLICATION, &[row]).await?;
    Ok(said.keys.into_iter().map(|key| (key, person)).collect())
}

/// What an application says, as it is stored.
pub(crate) struct Record {
    /// What the fold needs of it.
    pub said: fold::Said,
    /// Keys of the person.
    pub keys: Vec<String>,
    key_index: Vec<u8>,
    digest: Vec<u8>,
    private: Option<Vec<u8>>,
}

/// The columns of [`Record::values`].
pub(crate) const APPLICATION: [&str; 20] = [
    "home",
    "id",
    "person_id",
    "kind",
    "sender",
    "key_index",
    "digest",
    "name",
    "sex",
    "born_on",
    "division",
    "number",
    "number_index",
    "phone",
    "phone_index",
    "private",
    "fields",
    "linked_as",
    "created_at",
    "import_id",
];

fn record(
    keys: &Keys,
    entrant: &Entrant,
    checked: &Checked,
    (person, id): (Id, Id),
    now: Timestamp,
) -> Result<Record> {
    let seal = |text: &Option<String>| text.as_deref().map(|t| keys.seal(t)).transpose();
    let number_index = checked.number.as_deref().map(|n| keys.index("identity_number", n));
    let phone_index = checked.phone.as_deref().map(|n| keys.index("phone", n));
    let private = entrant.address.as_deref().map(|a| serde_json::json!({"address": a}).to_string());
    let words = format!("{:?}{:?}{:?}{}", checked.name, checked.number, checked.born_on, entrant.division);
    let phone = checked.phone.as_deref().zip(phone_index.as_deref());
    let of_person = key::of(keys, &checked.name, checked.born_on, checked.number.as_deref(), phone);
    let said = fold::Said {
        person_id: person,
        id,
        kind: entrant.kind.unwrap_or("application").to_owned(),
        name: checked.name.clone(),
        sex: checked.sex.clone(),
        born_on: checked.born_on,
        division: entrant.division,
        registered_division: None,
        number: seal(&checked.number)?,
        number_index: number_index.clone(),
        phone: seal(&checked.phone)?,
        phone_index,
        lives_at_home: None,
        need_assessed: None,
        suitable: None,
        consented: None,
        created_at: now,
    };
    Ok(Record {
        said,
        keys: of_person,
        key_index: number_index.unwrap_or_else(|| keys.index("row", &words)),
        digest: keys.index("digest", &words),
        private: seal(&private)?,
    })
}

/// What an application for somebody says, as the register keeps it.
///
/// # Errors
/// All fields that are wrong, at once.
pub(crate) fn record_of(app: &App, entrant: &Entrant, person: Id, id: Id) -> Result<Record> {
    record(&app.keys, entrant, &check(app, entrant)?, (person, id), app.now())
}

impl Record {
    /// The row, from an organisation, linked in this way.
    pub(crate) fn values(&self, sender: &str, how: &str) -> Vec<Value> {
        let s = &self.said;
        p![
            s.person_id.home_number(),
            s.id,
            s.person_id,
            s.kind.as_str(),
            sender,
            self.key_index.as_slice(),
            self.digest.as_slice(),
            s.name.as_str(),
            s.sex.clone(),
            s.born_on,
            s.division,
            s.number.clone(),
            s.number_index.clone(),
            s.phone.clone(),
            s.phone_index.clone(),
            self.private.clone(),
            serde_json::json!({}),
            how,
            s.created_at,
            Value::Null
        ]
    }
}

/// The home of a new person, spread over the buckets of its province.
pub(crate) fn home(division: i64, spread: u128) -> Home {
    Home::of_division(division, spread)
}
