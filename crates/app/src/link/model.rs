//! The weights by which two persons are compared: those that the linkage engine learnt from the register's own
//! lists where these are long enough, else the ones it ships with.

use crate::{
    App,
    error::{Error, Result},
    p,
    person::Stored,
};
use linkage::{Config, Model, Record};

/// Under this name the learnt model is kept among the settings.
const SETTING: &str = "linkage_model";
/// Rows of each of two lists from which weights are learnt.
const ENOUGH: usize = 2_000;
/// Rows of each list that are looked at; more teach no more.
const SAMPLE: i64 = 20_000;

fn broken(error: linkage::Error) -> Error {
    Error::broken(error.to_string())
}

/// The columns of the engine's settings for persons that the register fills.
fn config() -> Result<Config> {
    Ok(Config::from_toml(linkage::PEOPLE).map_err(broken)?.without("address"))
}

/// The model in force; it is learnt first where the lists have become long enough and nothing was learnt yet.
pub(crate) async fn current(app: &App) -> Result<Model> {
    if let Some(model) = learnt(app).await? {
        return Ok(model);
    }
    if let Some(model) = learn(app).await? {
        let sql = "INSERT INTO setting (name, value, changed_at) VALUES ($1, $2, $3)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at";
        app.db.run(sql, p![SETTING, serde_json::to_value(&model)?, app.now()]).await?;
        return Ok(model);
    }
    shipped(app).await
}

/// The model in force as it is, without learning.
pub(crate) async fn in_force(app: &App) -> Result<Model> {
    match learnt(app).await? {
        Some(model) => Ok(model),
        None => shipped(app).await,
    }
}

async fn learnt(app: &App) -> Result<Option<Model>> {
    let stored: Option<(serde_json::Value,)> =
        app.db.opt("SELECT value FROM setting WHERE name = $1", p![SETTING]).await?;
    // What an earlier program learnt may not be readable any more: then it is learnt anew.
    Ok(stored.and_then(|(value,)| serde_json::from_value(value).ok()))
}

/// The weights that the engine ships with, for a register of this size.
async fn shipped(app: &App) -> Result<Model> {
    let people: Option<(i64,)> = app
        .db
        .opt(
            "SELECT CAST(SUM(count) AS bigint) FROM tally_county WHERE indicator = 'persons' HAVING SUM(count) > 0",
            p![],
        )
        .await?;
    let size = people.and_then(|(n,)| u64::try_from(n).ok()).unwrap_or(1).max(1);
    Model::prior(&config()?, size).map_err(broken)
}

/// Learns from the two departments' lists, if both are long enough.
async fn learn(app: &App) -> Result<Option<Model>> {
    let config = config()?;
    let health = sample(app, &config, "smd").await?;
    let dpf = sample(app, &config, "dpf").await?;
    if health.len() < ENOUGH || dpf.len() < ENOUGH {
        return Ok(None);
    }
    let learnt = tokio::task::spawn_blocking(move || Model::learn(&config, health, Some(dpf)));
    Ok(Some(learnt.await.map_err(Error::broken)?.map_err(broken)?))
}

type Said = (String, Option<String>, Option<jiff::civil::Date>, i64, Option<Vec<u8>>, Option<Vec<u8>>);

async fn sample(app: &App, config: &Config, kind: &str) -> Result<Vec<(String, Vec<String>)>> {
    let rows: Vec<Said> = app
        .db
        .all(
            "SELECT name, sex, born_on, division, number, phone FROM source_record /* whole: ended by the limit */
             WHERE kind = $1 AND ended_at IS NULL LIMIT $2",
            p![kind, SAMPLE],
        )
        .await?;
    let columns = config.columns();
    let mut out = Vec::with_capacity(rows.len());
    for (at, (name, sex, born_on, division, number, phone)) in rows.into_iter().enumerate() {
        let cells = Cells::new(app, name, sex, born_on, division, (number.as_deref(), phone.as_deref()))?;
        let cells = columns.iter().map(|c| cells.get(c).unwrap_or_default().to_owned()).collect();
        out.push((at.to_string(), cells));
    }
    Ok(out)
}

/// What is compared of a person, as the engine's columns.
struct Cells {
    name: String,
    sex: Option<String>,
    born_on: Option<String>,
    division: String,
    number: Option<String>,
    phone: Option<String>,
}

impl Cells {
    fn new(
        app: &App,
        name: String,
        sex: Option<String>,
        born_on: Option<jiff::civil::Date>,
        division: i64,
        (number, phone): (Option<&[u8]>, Option<&[u8]>),
    ) -> Result<Cells> {
        let open = |sealed: Option<&[u8]>| sealed.map(|s| app.keys.unseal(s)).transpose();
        Ok(Cells {
            name,
            sex,
            born_on: born_on.map(|d| d.to_string()),
            division: division.to_string(),
            number: open(number)?,
            phone: open(phone)?,
        })
    }

    fn get(&self, column: &str) -> Option<&str> {
        match column {
            "name" => Some(&self.name),
            "sex" => self.sex.as_deref(),
            "birth_date" => self.born_on.as_deref(),
            "division" => Some(&self.division),
            "identity_number" => self.number.as_deref(),
            "phone" => self.phone.as_deref(),
            _ => None,
        }
    }
}

/// Makes a stored person ready to be compared.
pub(crate) fn record(app: &App, model: &Model, person: &Stored) -> Result<Record> {
    let cells = Cells::new(
        app,
        person.name.clone(),
        person.sex.clone(),
        person.born_on,
        person.division,
        (person.number.as_deref(), person.phone.as_deref()),
    )?;
    Ok(model.record(|column| cells.get(column)))
}

/// Makes a row of a list ready to be compared, before it is taken in.
pub(crate) fn record_of_row(model: &Model, row: &rules::import::Row) -> Record {
    let cells = Cells {
        name: row.name.clone(),
        sex: row.sex.map(str::to_owned),
        born_on: row.born_on.map(|d| d.to_string()),
        division: row.division.to_string(),
        number: row.number.clone().or_else(|| row.unverified_number.clone()),
        phone: row.phone.clone(),
    };
    model.record(|column| cells.get(column))
}
