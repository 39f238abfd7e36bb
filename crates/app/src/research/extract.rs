//! An extract: the cases of a project's area whose person agreed to research, with pseudonyms, shifted days and no texts.

use super::{Project, Pseudonyms, found};
use crate::{
    App, atomic,
    db::{Parsed, Tx, Value},
    error::{Error, Result},
    export::{Wanted, release_in, too_many},
    id::Id,
    p,
    scope::{Area, Scope},
};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::{Deed, Subject},
    clock::china_date,
    identity_number::age_on,
    referral::{Case, Purpose},
    research::{Field, Grouped, Traits, grouped, shifted},
};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Cases read at once.
const BATCH: i64 = 500;
/// What stands for a trait that is no longer told.
const UNTOLD: &str = "*";

/// What leaves.
#[derive(Debug, Clone)]
pub struct Extract {
    /// The project.
    pub project: Project,
    /// Pseudonym, then one cell for each field of the project, in its order.
    pub rows: Vec<Vec<String>>,
    /// Persons in it.
    pub persons: usize,
    /// Persons of whom less is told than was asked for.
    pub generalised: usize,
    /// Persons left out, since they would be told among too few.
    pub left_out: usize,
    /// The code to be printed on the file.
    pub code: String,
}

/// A case whose person agreed.
struct Agreed {
    id: Id,
    person: Uuid,
    sex: Option<String>,
    born_on: Option<Date>,
    county: i64,
    case: Case,
}

/// Makes the extract of an agreed project, as its cases stand now, and lets it leave: counted, with a code, in the log, and in
/// the register of each case that is in it.
///
/// # Errors
/// Another organisation asked for the project; nobody agreed to it, or it is over; it is too large for anybody.
pub async fn extract(app: &App, scope: &Scope, id: Id) -> Result<Extract> {
    scope.permit(Deed::Export, Subject::Research)?;
    let (project, key) = {
        let mut tx = app.db.begin().await?;
        let project = own(app, &mut tx, scope, id).await?;
        let key = key(app, &mut tx, id).await?;
        (project, key)
    };
    let keyed = Pseudonyms::new(&key)?;
    let mut cases = agreed(app, &project).await?;
    let told = traits(app, &project, &cases).await?;
    cases.retain(|case| told.told.get(&case.person).is_some_and(Option::is_some));
    if cases.len() > usize::try_from(app.tables.exports.most_rows).unwrap_or(usize::MAX) {
        return Err(too_many(app, u64::try_from(cases.len()).unwrap_or(u64::MAX)));
    }
    let mut rows: Vec<Vec<String>> = Vec::new();
    for agreed in &cases {
        let traits = told.told.get(&agreed.person).cloned().flatten().unwrap_or_default();
        rows.push(cells(app, &project, &keyed, agreed, &traits));
    }
    // In the order of pseudonyms: the order of time or place would tell something.
    rows.sort_unstable();
    let made = Extract {
        persons: told.told.values().filter(|told| told.is_some()).count(),
        generalised: told.generalised,
        left_out: told.left_out,
        code: String::new(),
        project,
        rows,
    };
    let code = leave(app, scope, &made, &cases).await?;
    Ok(Extract { code, ..made })
}

async fn own(app: &App, tx: &mut Tx, scope: &Scope, id: Id) -> Result<Project> {
    let project = found(tx, scope, id).await?;
    if project.organisation != scope.organisation {
        return Err(Error::Forbidden);
    }
    app.tables.research.extract(&project.terms(), china_date(app.now()))?;
    Ok(project)
}

async fn key(app: &App, tx: &mut Tx, id: Id) -> Result<Vec<u8>> {
    let sql = "SELECT project_key FROM research_project WHERE id = $1";
    let found: Option<(Option<Vec<u8>>,)> = tx.opt(sql, p![id]).await?;
    let sealed =
        found.and_then(|(key,)| key).ok_or_else(|| Error::broken("an agreed project without a key"))?;
    app.keys.unseal_bytes(&sealed)
}

type Found = (Id, Option<Id>, Option<String>, Option<Date>, i64, Parsed<Case>);

/// The cases of the project's area whose person agrees to research today.
async fn agreed(app: &App, project: &Project) -> Result<Vec<Agreed>> {
    let (area, today) = (Area::of(project.division), china_date(app.now()));
    let mut after = Id(Uuid::nil());
    let mut out = Vec::new();
    loop {
        let sql = "SELECT id, person_id, client_sex, client_born_on, county, body FROM referral
            WHERE county >= $1 AND county <= $2 AND registration IS NOT NULL AND restricted_at IS NULL AND id > $3
            ORDER BY id LIMIT $4";
        let found: Vec<Found> = app.db.all(sql, p![area.from, area.to, after, BATCH]).await?;
        let full = i64::try_from(found.len()).unwrap_or(0) == BATCH;
        for (id, person, sex, born_on, county, Parsed(case)) in found {
            after = id;
            if !case.has_consent(Purpose::Research, today) {
                continue;
            }
            let person = match person {
                Some(person) => head(app, person).await?,
                None => case.episode,
            };
            out.push(Agreed { id, person, sex, born_on, county, case });
        }
        if !full {
            return Ok(out);
        }
    }
}

/// The one record that stands for all records of a person.
async fn head(app: &App, person: Id) -> Result<Uuid> {
    let sql = "SELECT head_id FROM person WHERE home = $1 AND id = $2";
    let found: Option<(Id,)> = app.db.opt(sql, p![person.home_number(), person]).await?;
    Ok(found.map_or(person, |(head,)| head).0)
}

/// The traits of all persons as they are told, and the counts.
struct Told {
    told: BTreeMap<Uuid, Option<Traits>>,
    generalised: usize,
    left_out: usize,
}

/// One set of traits for each person, from the first case, so that several cases of a person are one person in every count.
async fn traits(app: &App, project: &Project, cases: &[Agreed]) -> Result<Told> {
    let mut first: BTreeMap<Uuid, &Agreed> = BTreeMap::new();
    for agreed in cases {
        let earlier = first
            .get(&agreed.person)
            .is_some_and(|known| (known.case.begun, known.id) <= (agreed.case.begun, agreed.id));
        if !earlier {
            first.insert(agreed.person, agreed);
        }
    }
    let asked = |field: Field| project.fields.contains(&field);
    let mut persons = Vec::new();
    for agreed in first.values() {
        let age = agreed.born_on.and_then(|born| u8::try_from(age_on(born, agreed.case.begun)).ok());
        persons.push(Traits {
            sex: agreed.sex.clone().filter(|_| asked(Field::Sex)),
            age: age.filter(|_| asked(Field::AgeBand)).map(|age| app.tables.research.band(age, false)),
            division: Some(agreed.county).filter(|_| asked(Field::Division)),
            disorder_group: if asked(Field::DisorderGroup) { disorder(app, agreed.id).await? } else { None },
        });
    }
    let Grouped { told, generalised, left_out } = grouped(&app.tables.research, &persons);
    Ok(Told { told: first.keys().copied().zip(told).collect(), generalised, left_out })
}

/// The disorder group on the application.
async fn disorder(app: &App, case: Id) -> Result<Option<String>> {
    let sql = "SELECT content FROM form_entry WHERE home = $1 AND referral_id = $2 AND code = 'F1'
        ORDER BY at DESC, id DESC LIMIT 1";
    let found: Option<(Vec<u8>,)> = app.db.opt(sql, p![case.home_number(), case]).await?;
    let Some((sealed,)) = found else { return Ok(None) };
    let form: Json = serde_json::from_str(&app.keys.unseal(&sealed)?)?;
    let group = form.get("disorder_group").and_then(Json::as_str);
    Ok(group.filter(|group| is_code(group)).map(str::to_owned))
}

/// Codes alone leave: whatever else might stand in the field is no group.
fn is_code(group: &str) -> bool {
    group.len() <= 4 && group.chars().all(|c| c.is_ascii_digit())
}

fn cells(app: &App, project: &Project, keyed: &Pseudonyms, agreed: &Agreed, traits: &Traits) -> Vec<String> {
    let (case, shift) = (&agreed.case, keyed.shift(&app.tables.research, agreed.person));
    let day = |day: Option<Date>| day.map(|day| shifted(day, shift).to_string()).unwrap_or_default();
    let untold = || UNTOLD.to_owned();
    let cell = |field: &Field| match field {
        Field::Sex => traits.sex.clone().unwrap_or_else(untold),
        Field::AgeBand => traits.age.map_or_else(untold, |(from, to)| format!("{from}-{to}")),
        Field::Division => {
            traits.division.filter(|code| *code != 0).map_or_else(untold, |code| code.to_string())
        }
        Field::DisorderGroup => traits.disorder_group.clone().unwrap_or_else(untold),
        Field::AppliedOn => day(Some(case.begun)),
        Field::AcceptedOn => day(case.accepted_on),
        Field::ServedFrom => day(case.service_since),
        Field::EvaluatedOn => day(case.last_evaluation.map(|(on, _)| on)),
        Field::ClosedOn => day(case.closure.as_ref().and_then(|closure| closure.closed)),
        Field::State => code(&case.state),
        Field::Services => case.filing.package.services().join(" "),
        Field::ClosureReason => {
            case.closure.as_ref().map(|closure| closure.reason.clone()).unwrap_or_default()
        }
        Field::HospitalReturns => case.hospital_returns.to_string(),
    };
    [keyed.of(agreed.person)].into_iter().chain(project.fields.iter().map(cell)).collect()
}

fn code<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Lets it leave: file, register of each case, and the project's own list, in one transaction.
async fn leave(app: &App, scope: &Scope, made: &Extract, cases: &[Agreed]) -> Result<String> {
    let (id, now) = (made.project.id, app.now());
    let wanted =
        Wanted { subject: Subject::Research, rows: made.rows.len(), filter: json!({ "project": id }) };
    atomic!(app.db, tx => {
        // Whoever ended the project meanwhile has ended this extract, too.
        own(app, tx, scope, id).await?;
        let code = release_in(app, tx, scope, &wanted).await?;
        let sql = "INSERT INTO research_extract (id, project_id, at, account_id, name, code, row_count, persons,
            generalised, left_out) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let count = |many: usize| i64::try_from(many).unwrap_or(i64::MAX);
        let args = p![
            id.beside(now), id, now, scope.account, &scope.name, code.as_str(), count(made.rows.len()),
            count(made.persons), count(made.generalised), count(made.left_out)
        ];
        tx.run(sql, args).await?;
        let rows: Vec<Vec<Value>> = cases.iter().map(|agreed| registered(agreed, &made.project, now)).collect();
        let columns = ["home", "id", "referral_id", "at", "act", "party", "organisation_id", "basis", "purpose",
            "consent_version", "recipient"];
        tx.insert_many("sharing", &columns, &rows).await?;
        Ok(code)
    })
}

/// A row of the register of what was given of a case.
fn registered(agreed: &Agreed, project: &Project, now: Timestamp) -> Vec<Value> {
    let given = agreed.case.standing().filter(|given| given.purpose == Purpose::Research).last();
    let version = given.map(|given| i64::from(given.version));
    let id = agreed.id;
    let (home, own, nobody) = (id.home_number(), id.beside(now), None::<Id>);
    let institution = project.institution.as_str();
    p![
        home,
        own,
        id,
        now,
        "research_extract",
        "research",
        nobody,
        "consent",
        "research",
        version,
        institution
    ]
}
