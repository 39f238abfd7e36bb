//! What stands in the way of a session: fields, persons outside the service, two places at one time.

use super::{Attending, Content, Entry, Of, Person};
use crate::{
    App,
    db::Tx,
    error::{Error, Problem, Result},
    id::Id,
    p,
    scope::Scope,
    talent::Talent,
};
use jiff::{SignedDuration, Timestamp, civil::Time};
use rules::{
    Refusal,
    account::Role,
    care::{CareTable, FieldKind, Place, Presence, SessionState, Times, seating, served_on},
    referral::State,
    talent::led,
};

/// Letters of a long text, a line and a note at most.
const LONG: usize = 2_000;
const LINE: usize = 200;
const NOTE: usize = 500;

/// A time of day as people write it: `9:00`, `09:00`, `0900`, `９：００`.
#[must_use]
pub fn time(text: &str) -> Option<Time> {
    let plain: String = text.trim().chars().map(|c| if c == '：' { ':' } else { c }).collect();
    let (hour, minute) = match plain.split_once(':') {
        Some((hour, rest)) => (hour, rest.split(':').next().unwrap_or(rest)),
        None if plain.len() == 4 && plain.is_ascii() => plain.split_at(2),
        None => return None,
    };
    let digits =
        |part: &str| part.parse::<i8>().ok().filter(|_| part.bytes().all(|byte| byte.is_ascii_digit()));
    Time::new(digits(hour)?, digits(minute)?, 0, 0).ok()
}

/// All that is wrong with the fields of an entry.
pub(super) fn entry(app: &App, entry: &Entry) -> Vec<Problem> {
    let (tables, limits) = (&app.tables, &app.tables.care.limits);
    let mut problems = Vec::new();
    let mut wrong = |field: &str, code: &str, values: Vec<String>| {
        problems.push(Problem { field: field.to_owned(), code: code.to_owned(), values });
    };
    if tables.services.get(&entry.service).is_none() {
        wrong("service", "unknown_choice", Vec::new());
    }
    if !tables.services.forms.iter().any(|form| form.code == entry.way) {
        wrong("way", "unknown_choice", Vec::new());
    }
    if Place::of_code(&entry.place).is_none() {
        wrong("place", "unknown_choice", Vec::new());
    }
    if entry.repeat > limits.repeats_at_most || (entry.held && entry.repeat > 0) {
        let most = if entry.held { 0 } else { limits.repeats_at_most };
        wrong("repeat", "number_range", vec![format!("0–{most}")]);
    }
    if entry.leader_reason.chars().count() > LINE {
        wrong("leader_reason", "too_long", vec![LINE.to_string()]);
    }
    let times = rules::care::times((entry.on, entry.start, entry.end), entry.state(), app.now(), limits);
    problems.extend(super::problems(times.err().unwrap_or_default()));
    problems.extend(persons_of(&tables.care, entry.held, &entry.way, &entry.persons));
    problems.extend(content(&tables.care, &entry.service, &entry.content));
    problems
}

/// All that is wrong with a record.
pub(super) fn present(
    app: &App,
    (service, way): (&str, &str),
    persons: &[Attending],
    written: &Content,
) -> Vec<Problem> {
    let mut problems = persons_of(&app.tables.care, true, way, persons);
    problems.extend(content(&app.tables.care, service, written));
    problems
}

fn persons_of(table: &CareTable, held: bool, way: &str, persons: &[Attending]) -> Vec<Problem> {
    let seats: Vec<(Id, Presence)> = persons.iter().map(|person| (person.case, person.presence)).collect();
    let mut problems = super::problems(seating(held, table.limits.persons_of(way), &seats));
    if persons.iter().any(|person| person.note.chars().count() > NOTE) {
        problems.push(Problem { values: vec![NOTE.to_string()], ..Problem::new("note", "too_long") });
    }
    problems
}

fn content(table: &CareTable, service: &str, content: &Content) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut long = |field: &str, said: &str, most: usize| {
        if said.chars().count() > most {
            problems.push(Problem { values: vec![most.to_string()], ..Problem::new(field, "too_long") });
        }
    };
    long("title", &content.title, LINE);
    long("done", &content.done, LONG);
    long("summary", &content.summary, LONG);
    for (key, value) in &content.fields {
        let field = format!("fields.{key}");
        let Some(known) = table.fields_of(service).find(|one| one.key == *key) else {
            problems.push(Problem::new(&field, "unknown_choice"));
            continue;
        };
        match known.kind {
            FieldKind::Text if value.chars().count() > LINE => {
                problems.push(Problem { values: vec![LINE.to_string()], ..Problem::new(&field, "too_long") });
            }
            FieldKind::Number
                if !value.parse::<u32>().is_ok_and(|n| (known.min..=known.max).contains(&n)) =>
            {
                let range = format!("{}–{}", known.min, known.max);
                problems.push(Problem { values: vec![range], ..Problem::new(&field, "number_range") });
            }
            FieldKind::Choice if !known.options.iter().any(|option| option.code == *value) => {
                problems.push(Problem::new(&field, "unknown_choice"));
            }
            _ => {}
        }
    }
    problems
}

/// Who leads: an account of the caller's house that serves there.
pub(super) async fn leader(tx: &mut Tx, scope: &Scope, leader: Option<Id>) -> Result<(Id, String)> {
    let wanted = leader.unwrap_or(scope.account);
    // Held until the end, so that two who enter sessions of one leader see each other.
    let held = if tx.is_postgres() { " FOR UPDATE" } else { "" };
    let sql = format!(
        "SELECT name, role FROM account WHERE id = $1 AND organisation_id = $2 AND ended_at IS NULL{held}"
    );
    let found: Option<(String, String)> = tx.opt(&sql, p![wanted, scope.organisation]).await?;
    let (name, role) = found.ok_or_else(|| Error::invalid("leader", "unknown_choice"))?;
    match Role::of_code(&role) {
        Some(role) if role.is_institution_staff() => Ok((wanted, name)),
        _ => Err(Error::invalid("leader", "unknown_choice")),
    }
}

/// Sessions that began before this instant are over: none takes a whole day.
fn reach(times: &Times) -> Timestamp {
    times.starts - SignedDuration::from_hours(24)
}

/// Staff overlap only within one group session: whoever leads another one then cannot lead this one.
pub(super) async fn leader_is_free(
    tx: &mut Tx,
    (leader, name): &(Id, String),
    (own, times): (Id, &Times),
) -> Result<()> {
    let sql = "SELECT starts_at FROM care_session WHERE leader_id = $1 AND starts_at > $2 AND starts_at < $3 AND ends_at > $4
        AND state IN ('planned', 'held') AND id <> $5 LIMIT 1";
    let args = p![*leader, reach(times), times.ends, times.starts, own];
    match tx.opt::<(Timestamp,)>(sql, args).await? {
        None => Ok(()),
        Some((at,)) => {
            Err(Refusal::new("care", "leader_elsewhere").with("name", name).with("at", minute(at)).into())
        }
    }
}

/// Whom the library of talent knows and does not name for the service leads it only with a reason in words.
pub(super) fn leader_may_lead(
    app: &App,
    (name, talent): (&str, Option<&Talent>),
    entry: &Entry,
) -> Result<()> {
    let facts = talent.map(|talent| talent.facts(entry.on));
    led(facts.as_ref(), (&entry.service, &app.tables.services), &entry.leader_reason).map_err(|fault| {
        let problem = Problem::new("leader_reason", fault.code());
        Error::Invalid(vec![Problem { values: vec![name.to_owned()], ..problem }])
    })
}

fn minute(at: Timestamp) -> String {
    rules::clock::china_time(at).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The persons of a session with their cases: in the caller's scope and charge, in service on the day or about to be, and nowhere else.
pub(super) async fn persons(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    attending: &[Attending],
    (own, times, state): (Id, &Times, SessionState),
) -> Result<Vec<Person>> {
    let mut sorted: Vec<&Attending> = attending.iter().collect();
    sorted.sort_by_key(|person| person.case);
    let mut persons = Vec::new();
    for attending in sorted {
        let of = match Of::held(tx, scope, attending.case).await {
            Err(Error::NotFound) => return Err(Error::invalid("persons", "unknown_choice")),
            other => other?,
        };
        if of.in_charge(scope).is_err() {
            return Err(Error::invalid("persons", "unknown_choice"));
        }
        let note = attending.note.trim();
        let note = (!note.is_empty()).then(|| app.keys.seal(note)).transpose()?;
        let person = Person { of, presence: attending.presence, note };
        in_service(tx, &person, times, state).await?;
        is_free(tx, &person, own, times).await?;
        persons.push(person);
    }
    Ok(persons)
}

/// I2: no service record outside the service. The first session after the agreement begins it.
async fn in_service(tx: &mut Tx, person: &Person, times: &Times, state: SessionState) -> Result<()> {
    let refused = |code: &str| {
        let refusal = Refusal::new("I2", code).with("number", number(&person.of)).with("on", times.on);
        Err(refusal.into())
    };
    let agreed = person.of.case.agreement.as_ref().is_some_and(|agreement| agreement.from <= times.on);
    match (state, person.of.state) {
        (SessionState::Planned, State::Agreed | State::InService) => Ok(()),
        (SessionState::Planned, _) => refused("session_not_in_service"),
        (_, State::Agreed) if agreed => Ok(()),
        (_, State::Agreed) => refused("session_before_agreement"),
        _ => {
            let served = super::super::served_in(tx, &person.of).await?;
            if served_on(&served, times.on) { Ok(()) } else { refused("session_not_in_service") }
        }
    }
}

/// The number of a case; a refusal names nobody.
fn number(of: &Of) -> String {
    of.case.registration.clone().or_else(|| of.case.receipt.clone()).unwrap_or_default()
}

/// No overlap for the same person. Whoever stayed away was not there.
async fn is_free(tx: &mut Tx, person: &Person, own: Id, times: &Times) -> Result<()> {
    if matches!(person.presence, Presence::Missed | Presence::Excused) {
        return Ok(());
    }
    let sql = "SELECT starts_at FROM attendance WHERE home = $1 AND referral_id = $2 AND starts_at > $3 AND starts_at < $4
        AND ends_at > $5 AND state IN ('planned', 'held') AND presence IN ('expected', 'came') AND session_id <> $6 LIMIT 1";
    let case = person.of.id;
    let args = p![case.home_number(), case, reach(times), times.ends, times.starts, own];
    match tx.opt::<(Timestamp,)>(sql, args).await? {
        None => Ok(()),
        Some((at,)) => {
            let refusal = Refusal::new("care", "client_elsewhere");
            Err(refusal.with("number", number(&person.of)).with("at", minute(at)).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_people_write_them() {
        let nine = Time::new(9, 5, 0, 0).ok();
        for (text, expected) in [
            ("09:05", nine),
            ("9:05", nine),
            ("0905", nine),
            ("9：05", nine),
            ("09:05:00", nine),
            ("24:00", None),
            ("9", None),
            ("", None),
            ("+9:05", None),
            ("9:5x", None),
        ] {
            assert_eq!(time(text), expected, "{text}");
        }
    }
}
