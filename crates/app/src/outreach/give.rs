//! The county gives people of the shared registers to a house to be reached, and takes a lead back.

use super::{Held, entry, refold};
use crate::{
    App, atomic,
    audit::{self, Entry, Purpose, record_in},
    db::{Sql, Tx},
    error::{Error, Problem, Result},
    id::Id,
    p,
    paging::cut,
    person::{
        self,
        sql::{ids, marks},
    },
    referral::CLOSED_STATES,
    row,
    scope::{Area, Scope},
};
use jiff::civil::Date;
use rules::{
    Refusal,
    account::{Deed, Subject},
    clock::china_date,
    outreach::standing,
};
use serde::Serialize;
use serde_json::json;
use std::collections::HashSet;

/// Persons of a page.
const PAGE: i64 = 50;
/// Houses to choose from at most.
const HOUSES: i64 = 500;

/// Somebody who could be given to a house.
#[derive(Debug, Clone, Serialize)]
pub struct Candidate {
    /// The person.
    pub id: Id,
    /// Name.
    pub name: String,
    /// `male` or `female`.
    pub sex: Option<String>,
    /// Birth date.
    pub born_on: Option<Date>,
    /// Residence.
    pub division: i64,
}
row!(Candidate { id, name, sex, born_on, division });

/// A page of them.
#[derive(Debug, Clone, Serialize)]
pub struct Candidates {
    /// By residence.
    pub persons: Vec<Candidate>,
    /// Where the next page starts.
    pub next: Option<(i64, Id)>,
}

/// Persons who are looked at together: most of a county's register can be given, so that one such step fills a page.
const STEP: usize = 200;

/// Who is on a register and lives at home as far as known.
const ON_REGISTER: &str = "p.merged_into IS NULL AND p.ended_at IS NULL AND (p.in_health OR p.in_dpf)
    AND COALESCE(p.lives_at_home, TRUE)";

/// Who of these persons is being reached, and who has a case that goes on, under whichever record and wherever it was filed: one that is
/// closed or came to nothing is no hindrance. Asked for themselves, since no server that has a person can look at each of that person's
/// records on others meanwhile.
fn hindrances(persons: &[Id]) -> [Sql; 2] {
    let of_these = |joined: &str, goes_on: &str| {
        let sql = format!(
            "SELECT DISTINCT m.head_id FROM person m JOIN {joined} /* spread: one person's records may have different homes */
            WHERE m.head_id IN ({}) AND {goes_on}",
            marks(1, persons.len())
        );
        Sql { text: sql, args: ids(persons) }
    };
    let case_goes_on = format!("NOT ({})", *CLOSED_STATES);
    [
        of_these("lead l ON l.person_id = m.id", "l.state IN ('open', 'unreached', 'applies')"),
        of_these("referral r ON r.person_id = m.id", &case_goes_on),
    ]
}

/// Those of these persons who cannot be given, for the list.
async fn hindered(app: &App, persons: &[Id]) -> Result<HashSet<Id>> {
    let mut found = HashSet::new();
    if persons.is_empty() {
        return Ok(found);
    }
    for sql in hindrances(persons) {
        let some: Vec<(Id,)> = app.db.listing().query(sql).await?;
        found.extend(some.into_iter().map(|(id,)| id));
    }
    Ok(found)
}

/// The next persons of the registers in the caller's area, whether or not they can be given.
async fn on_register(
    app: &App,
    scope: &Scope,
    division: Option<i64>,
    after: Option<(i64, Id)>,
) -> Result<Vec<Candidate>> {
    let sql = format!("SELECT p.id, p.name, p.sex, p.born_on, p.division FROM person p WHERE {ON_REGISTER}");
    let mut sql = scope.people(Sql::new(&sql));
    if let Some(division) = division {
        let Area { from, to } = Area::of(division);
        sql = sql.push(" AND p.division >= {} AND p.division <= {}", p![from, to]);
    }
    if let Some((division, id)) = after {
        sql = sql.push(" AND (p.division, p.id) > ({}, {})", p![division, id]);
    }
    let step = i64::try_from(STEP).unwrap_or(i64::MAX);
    Ok(app.db.listing().query(sql.push(" ORDER BY p.division, p.id LIMIT {}", p![step])).await?)
}

/// People of the registers in the caller's area who could be given to a house, by residence; `after` is the last of the page before.
/// The read is in the log before it is shown.
///
/// # Errors
/// The caller gives no leads.
pub async fn candidates(
    app: &App,
    scope: &Scope,
    division: Option<i64>,
    after: Option<(i64, Id)>,
) -> Result<Candidates> {
    scope.permit(Deed::Change, Subject::Outreach)?;
    // One more than is shown tells that there is a next page.
    let enough = usize::try_from(PAGE + 1).unwrap_or(usize::MAX);
    let mut persons: Vec<Candidate> = Vec::new();
    let mut last = after;
    loop {
        let step = on_register(app, scope, division, last).await?;
        last = step.last().map(|last| (last.division, last.id));
        let ended = step.len() < STEP;
        let these: Vec<Id> = step.iter().map(|candidate| candidate.id).collect();
        let hindered = hindered(app, &these).await?;
        persons.extend(step.into_iter().filter(|candidate| !hindered.contains(&candidate.id)));
        if ended || persons.len() >= enough {
            break;
        }
    }
    persons.truncate(enough);
    let next = cut(&mut persons, PAGE, |last| (last.division, last.id));
    let entry = Entry::listed(Purpose::Referral, "person", persons.len());
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok(Candidates { persons, next })
}

/// A house to which leads may be given.
#[derive(Debug, Clone, Serialize)]
pub struct House {
    /// The organisation.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Where it is, or the area it answers for.
    pub division: i64,
}
row!(House { id, name, kind, division });

/// The houses of the caller's area to which leads may be given: listed institutions, committees and offices, by name.
///
/// # Errors
/// The caller gives no leads.
pub async fn houses(app: &App, scope: &Scope) -> Result<Vec<House>> {
    scope.permit(Deed::Change, Subject::Outreach)?;
    let kinds: Vec<String> =
        app.tables.outreach.giving.kinds.iter().map(|kind| format!("'{kind}'")).collect();
    let sql = format!(
        "SELECT o.id, o.name, o.kind, o.division FROM organisation o LEFT JOIN institution i ON i.id = o.id
         WHERE o.division >= $1 AND o.division <= $2 AND o.kind IN ({}) AND o.ended_at IS NULL
         AND (o.kind <> 'institution' OR i.state = 'listed') ORDER BY o.kind DESC, o.name, o.id LIMIT $3",
        kinds.join(", ")
    );
    Ok(app.db.all(&sql, p![scope.area.from, scope.area.to, HOUSES]).await?)
}

/// What became of persons who were to be given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Given {
    /// New leads.
    pub leads: Vec<Id>,
    /// Persons who are being reached already, or have a case: nothing was done.
    pub passed_over: usize,
}

/// Gives persons to a house to be reached. Who is being reached already or has a case is passed over, so that the same sent twice is
/// one.
///
/// # Errors
/// The caller gives no leads; the house may get none, or not these; somebody is not in the caller's area; they are too many.
pub async fn give(app: &App, scope: &Scope, persons: &[Id], house: Id) -> Result<Given> {
    scope.permit(Deed::Change, Subject::Outreach)?;
    let most = app.tables.outreach.limits.given_at_once;
    if persons.is_empty() {
        return Err(Error::invalid("persons", "required"));
    }
    if persons.len() > most {
        let problem = Problem { values: vec![most.to_string()], ..Problem::new("persons", "too_many") };
        return Err(Error::Invalid(vec![problem]));
    }
    let houses = houses(app, scope).await?;
    let house = houses.into_iter().find(|one| one.id == house);
    let house = house.ok_or_else(|| Error::invalid("house", "unknown_choice"))?;
    let mut heads = Vec::new();
    for person in persons {
        let found = match person::head_in_scope(app, scope, *person).await {
            Err(Error::NotFound) => return Err(Error::invalid("persons", "unknown_choice")),
            other => other?,
        };
        if !heads.contains(&found) {
            heads.push(found);
        }
    }
    heads.sort_unstable();
    atomic!(app.db, tx => {
        let mut given = Given::default();
        for head in &heads {
            match give_one(app, tx, scope, *head, &house).await? {
                Some(lead) => given.leads.push(lead),
                None => given.passed_over += 1,
            }
        }
        Ok(given)
    })
}

async fn give_one(app: &App, tx: &mut Tx, scope: &Scope, person: Id, house: &House) -> Result<Option<Id>> {
    // Held until the end, so that two who give the same person see each other: what hinders is asked for behind it.
    let held = if tx.is_postgres() { " FOR UPDATE" } else { "" };
    let sql =
        format!("SELECT p.division FROM person p WHERE {ON_REGISTER} AND p.home = $1 AND p.id = $2{held}");
    let found: Option<(i64,)> = tx.opt(&sql, p![person.home_number(), person]).await?;
    let Some((division,)) = found else { return Ok(None) };
    for sql in hindrances(&[person]) {
        if tx.opt::<(Id,)>(&sql.text, sql.args).await?.is_some() {
            return Ok(None);
        }
    }
    // A committee or an office learns of its own residents alone; an institution serves the county.
    let reach = if house.kind == "institution" { scope.area } else { Area::of(house.division) };
    if !reach.holds(division) {
        return Err(Error::invalid("house", "house_elsewhere"));
    }
    let (now, today) = (app.now(), china_date(app.now()));
    let id = person.beside(now);
    let next = standing(today, &[], &app.tables.outreach, &app.tables.calendar).next;
    let sql = "INSERT INTO lead (home, id, person_id, county, division, organisation_id, given_on, given_by, given_by_name, state,
        attempts, next_on, version, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', 0, $10, 1, $11)";
    let args = p![
        id.home_number(),
        id,
        person,
        crate::division::county_of(division),
        division,
        house.id,
        today,
        scope.account,
        &scope.name,
        next,
        now
    ];
    tx.run(sql, args).await?;
    let entry = Entry {
        purpose: Purpose::Referral,
        action: "give_lead",
        subject_kind: "person",
        subject: Some(person),
        detail: json!({ "house": house.id, "lead": id }),
    };
    record_in(tx, scope, entry, now);
    Ok(Some(id))
}

/// Takes a lead back from its house, which does not see it any more on its lists of what is due. A second time changes nothing.
///
/// # Errors
/// There is no such lead in the caller's area; the person is not being reached any more.
pub async fn take_back(app: &App, scope: &Scope, id: Id) -> Result<()> {
    scope.permit(Deed::Change, Subject::Outreach)?;
    atomic!(app.db, tx => {
        let held = Held::read(tx, scope, id).await?;
        if held.taken_back.is_some() {
            return Ok(());
        }
        if !held.is_tried() {
            return Err(Refusal::new("outreach", "lead_over").into());
        }
        let today = china_date(app.now());
        tx.run("UPDATE lead SET taken_back_on = $1 WHERE home = $2 AND id = $3", p![today, id.home_number(), id]).await?;
        refold(app, tx, id, &Held { taken_back: Some(today), ..held }).await?;
        record_in(tx, scope, entry(scope, "take_lead_back", id, json!({})), app.now());
        Ok(())
    })
}
