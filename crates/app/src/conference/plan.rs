//! Planning: when and where, who leads it, who takes part, who is talked about.

use super::{CaseContent, Content, KIND, LINE, LONG, roles, stretch};
use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    care,
    db::Tx,
    division::{county_of, prefecture_of},
    entry::Reader,
    error::{Error, Result},
    followup,
    id::Id,
    idempotency::Once,
    p, referral, row,
    scope::Scope,
};
use jiff::{Timestamp, ToSpan, civil::Date};
use rules::{
    account::{Deed, Role, Subject},
    clock::china_date,
    conference::{ConferenceState, ConferenceWay},
    division::Level,
    referral::disclosure::{Extent, Part},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Persons to choose from at most.
const MOST: i64 = 400;

/// A client to be talked about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CaseEntry {
    /// `case` or `record`.
    pub kind: String,
    /// Which one.
    pub id: String,
    /// What is asked.
    pub question: String,
}

/// A conference as somebody typed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlanEntry {
    /// In a line.
    pub title: String,
    /// The day.
    pub on: String,
    /// The hour, such as `14:30`.
    pub start: String,
    /// How long.
    pub minutes: String,
    /// A code of the way.
    pub way: String,
    /// Where, or how to join.
    pub place: String,
    /// Account of who leads it; the caller where it is empty.
    pub chair: String,
    /// Accounts of who takes part.
    pub persons: Vec<String>,
    /// People without an account, one a line: name, then organisation after a comma.
    pub outside: String,
    /// Who is talked about.
    pub cases: Vec<CaseEntry>,
    /// The person or guardian was told who takes part, and agrees; where others than the own organisation do.
    pub agreed: bool,
}

/// Somebody with an account who can take part.
#[derive(Debug, Clone, Serialize)]
pub struct Colleague {
    /// The account.
    pub id: Id,
    /// Name.
    pub name: String,
    /// Role.
    pub role: String,
    /// Organisation.
    pub organisation: Id,
    /// By name.
    pub organisation_name: String,
}
row!(Colleague { id, name, role, organisation, organisation_name });

/// Whether the caller plans conferences: who has cases or records of the persons who are talked about.
#[must_use]
pub fn plans(scope: &Scope) -> bool {
    matches!(
        scope.role,
        Role::InstitutionManager
            | Role::CaseManager
            | Role::Doctor
            | Role::ReferralWorker
            | Role::HealthOfficer
    )
}

/// Who can take part: accounts of the caller's county, and doctors of hospitals of its prefecture; by organisation and name.
///
/// # Errors
/// The role plans none.
pub async fn candidates(app: &App, scope: &Scope) -> Result<Vec<Colleague>> {
    scope.permit(Deed::Change, Subject::Conference)?;
    let county = county_of(scope.division);
    let prefecture = prefecture_of(county);
    let sql = format!(
        "SELECT a.id, a.name, a.role, o.id, o.name FROM account a JOIN organisation o ON o.id = a.organisation_id
        WHERE a.ended_at IS NULL AND o.ended_at IS NULL AND a.role IN ({})
        AND ((o.division >= $1 AND o.division <= $2) OR (o.division = $3 AND o.kind = 'hospital'))
        ORDER BY CASE WHEN o.id = $4 THEN 0 ELSE 1 END, o.name, a.name, a.id LIMIT $5",
        roles()
    );
    let last = county + Level::County.width() - 1;
    Ok(app.db.all(&sql, p![county, last, prefecture, scope.organisation, MOST]).await?)
}

/// Clients of the caller's institution who could be talked about: kind, identifier and name. The read is in the log.
///
/// # Errors
/// The database is gone.
pub async fn clients(app: &App, scope: &Scope) -> Result<Vec<(&'static str, Id, String)>> {
    if !scope.role.may(Deed::Change, Subject::Agenda) {
        return Ok(Vec::new());
    }
    let found = care::clients(app, scope).await?;
    Ok(found.into_iter().map(|client| ("case", client.case, client.name)).collect())
}

/// Whom a conference is to be about, by kind, identifier and name, where the caller may speak of them. The read is in the log.
///
/// # Errors
/// The database is gone.
pub async fn whom(app: &App, scope: &Scope, entry: &CaseEntry) -> Result<Option<(&'static str, Id, String)>> {
    let Ok(id) = entry.id.parse::<Id>() else { return Ok(None) };
    let found = match entry.kind.as_str() {
        "record" => match followup::show(app, scope, id).await {
            Ok(view) => Some(("record", id, view.name)),
            Err(Error::NotFound | Error::Forbidden) => None,
            Err(error) => return Err(error),
        },
        "case" => match referral::view(app, scope, id).await {
            Ok(view) if !view.restricted && view.extent(scope, Part::Identity) == Extent::All => {
                Some(("case", id, view.row.name))
            }
            Ok(_) | Err(Error::NotFound) => None,
            Err(error) => return Err(error),
        },
        _ => None,
    };
    Ok(found.filter(|(_, _, name)| !name.is_empty()))
}

struct Written {
    content: Content,
    on: Date,
    times: (Timestamp, Timestamp),
    way: ConferenceWay,
    chair: (Id, String),
    /// Account, name, organisation.
    persons: Vec<(Option<Id>, String, String)>,
    /// Kind, identifier, and what is sealed.
    cases: Vec<(&'static str, Id, CaseContent)>,
}

/// Day, hour and length.
pub(super) fn when(
    app: &App,
    reader: &mut Reader<'_>,
    (on, start, minutes): (&str, &str, &str),
) -> Option<(Date, (Timestamp, Timestamp))> {
    let (terms, today) = (&app.tables.conferences, china_date(app.now()));
    let typed = reader.day("on", on);
    reader.wanted("on", !on.trim().is_empty());
    let earliest = today.saturating_sub(i32::from(terms.back_days).days());
    let latest = today.saturating_add(i32::from(terms.ahead_days).days());
    let day = typed.filter(|day| (earliest..=latest).contains(day));
    if typed.is_some() && day.is_none() {
        reader.wrong("on", "day_between", format!("{earliest}–{latest}"));
    }
    let hour = care::time(start);
    if hour.is_none() {
        reader.wrong("start", if start.trim().is_empty() { "required" } else { "time" }, "");
    }
    let long = reader.number("minutes", minutes, terms.shortest_minutes, terms.longest_minutes);
    reader.wanted("minutes", !minutes.trim().is_empty());
    day.zip(hour).zip(long).map(|((day, hour), long)| (day, stretch(day, hour, long)))
}

/// People without an account, one a line.
fn outside(reader: &mut Reader<'_>, text: &str) -> Vec<(Option<Id>, String, String)> {
    let mut found = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, organisation) = line.split_once([',', '，', '、']).unwrap_or((line, ""));
        let name = reader.line("outside", name, 60);
        let organisation = reader.line("outside", organisation, 60);
        reader.needed("outside", !name.is_empty());
        found.push((None, name, organisation));
    }
    found
}

async fn read(app: &App, scope: &Scope, entry: &PlanEntry) -> Result<Written> {
    let (terms, colleagues) = (&app.tables.conferences, candidates(app, scope).await?);
    let mut named = Vec::new();
    for case in entry.cases.iter().take(terms.most_cases) {
        named.push(whom(app, scope, case).await?);
    }
    let mut reader = Reader::new(&app.divisions, true);
    let title = reader.line("title", &entry.title, LINE);
    reader.needed("title", !title.is_empty());
    let place = reader.line("place", &entry.place, LINE);
    reader.needed("place", !place.is_empty());
    let times = when(app, &mut reader, (&entry.on, &entry.start, &entry.minutes));
    let way = reader.choice("way", &entry.way, ConferenceWay::of_code);
    let own = scope.account.to_string();
    let chair = if entry.chair.trim().is_empty() { own.as_str() } else { entry.chair.trim() };
    let of = |code: &str| colleagues.iter().find(|one| one.id.to_string() == code);
    let chair = reader.choice("chair", chair, of);
    let mut accounts: Vec<&Colleague> = Vec::new();
    for code in [own.as_str()].into_iter().chain(entry.persons.iter().map(|code| code.trim())) {
        match of(code) {
            Some(one) if accounts.iter().all(|other| other.id != one.id) => accounts.push(one),
            Some(_) => {}
            None => reader.wrong("persons", "unknown_choice", ""),
        }
    }
    if let Some(chair) = chair
        && accounts.iter().all(|other| other.id != chair.id)
    {
        accounts.insert(0, chair);
    }
    let others = accounts.iter().any(|one| one.organisation != scope.organisation);
    let person = |one: &&Colleague| (Some(one.id), one.name.clone(), one.organisation_name.clone());
    let mut persons: Vec<(Option<Id>, String, String)> = accounts.iter().map(person).collect();
    persons.extend(outside(&mut reader, &entry.outside));
    if persons.len() > terms.most_persons {
        reader.wrong("persons", "too_many", terms.most_persons);
    }
    reader.needed("persons", persons.len() > 1);
    let cases = cases(&mut reader, terms.most_cases, &entry.cases, named);
    // Others than who serves the person learn of them: the person is told who, and agrees (Personal Information Protection Law art. 23).
    let told = others || !entry.outside.trim().is_empty();
    let of_house = cases.iter().any(|(kind, _, _)| *kind == "case");
    reader.needed("agreed", entry.agreed || !told || !of_house);
    let written = times.zip(way).zip(chair).map(|(((on, times), way), chair)| Written {
        content: Content { title, place, reason: String::new() },
        on,
        times,
        way,
        chair: (chair.id, chair.name.clone()),
        persons,
        cases,
    });
    reader.finish(written)?.ok_or_else(|| Error::invalid("on", "required"))
}

fn cases(
    reader: &mut Reader<'_>,
    most: usize,
    sent: &[CaseEntry],
    named: Vec<Option<(&'static str, Id, String)>>,
) -> Vec<(&'static str, Id, CaseContent)> {
    if sent.len() > most {
        reader.wrong("cases", "too_many", most);
    }
    reader.needed("cases", !sent.is_empty());
    let mut found: Vec<(&'static str, Id, CaseContent)> = Vec::new();
    for (case, named) in sent.iter().zip(named) {
        let question = reader.text("question", &case.question, LONG);
        reader.needed("question", !question.is_empty());
        match named {
            Some((_, id, _)) if found.iter().any(|(_, other, _)| *other == id) => {}
            Some((kind, id, name)) => found.push((kind, id, CaseContent { name, question })),
            None => reader.wrong("cases", "unknown_choice", ""),
        }
    }
    found
}

/// Plans a conference; one of a past day is entered afterwards. Sent again under the same key it is planned once.
///
/// # Errors
/// The caller plans none; fields are wrong; somebody or some client is not the caller's to invite or to speak of.
pub async fn plan(app: &App, scope: &Scope, entry: &PlanEntry, once: Option<&Once>) -> Result<Id> {
    scope.permit(Deed::Change, Subject::Conference)?;
    if !plans(scope) {
        return Err(Error::Forbidden);
    }
    let written = read(app, scope, entry).await?;
    let (now, id) = (app.now(), scope.organisation.beside(app.now()));
    let sealed = app.keys.seal(&serde_json::to_string(&written.content)?)?;
    let mut clients = Vec::new();
    for (kind, about, content) in &written.cases {
        clients.push((*kind, *about, app.keys.seal(&serde_json::to_string(content)?)?));
    }
    atomic!(app.db, tx => {
        if let Some(once) = once && let Some(first) = once.take(tx, scope, now).await? {
            return Ok(first);
        }
        let sql = "INSERT INTO conference (home, id, organisation_id, organisation_name, planner_id, planner_name, chair_id, chair_name,
            on_day, starts_at, ends_at, way, state, minutes, confirmed, content, made_at, changed_at, version)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, 0, $14, $15, $15, 1)";
        let args = p![
            id.home_number(), id, scope.organisation, &scope.organisation_name, scope.account, &scope.name, written.chair.0,
            &written.chair.1, written.on, written.times.0, written.times.1, written.way.code(),
            ConferenceState::Planned.code(), sealed.clone(), now
        ];
        tx.run(sql, args).await?;
        beside(tx, id, &written, &clients).await?;
        let detail = json!({ "about": clients.iter().map(|(_, about, _)| about).collect::<Vec<_>>() });
        let note = Entry { action: "add", detail, ..Entry::read(Purpose::Care, KIND, id) };
        audit::record_in(tx, scope, note, now);
        if let Some(once) = once {
            once.keep(tx, scope, &id).await?;
        }
        Ok(id)
    })
}

async fn beside(
    tx: &mut Tx,
    id: Id,
    written: &Written,
    clients: &[(&'static str, Id, Vec<u8>)],
) -> Result<()> {
    for (number, (account, name, organisation)) in (1_i64..).zip(&written.persons) {
        let sql = "INSERT INTO conference_person (home, conference_id, number, account_id, name, organisation_name, starts_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let args = p![id.home_number(), id, number, *account, name, organisation, written.times.0];
        tx.run(sql, args).await?;
    }
    for (number, (kind, about, sealed)) in (1_i64..).zip(clients) {
        let sql = "INSERT INTO conference_case (home, conference_id, number, about_kind, about_id, content)
            VALUES ($1, $2, $3, $4, $5, $6)";
        tx.run(sql, p![id.home_number(), id, number, *kind, *about, sealed.clone()]).await?;
    }
    Ok(())
}
