//! What stands in the way of a session: fields, persons outside the service, two places at one time.

use super::{Attending, Content, Entry, Of, Person, Present, field, note};
use crate::{
    App,
    db::Tx,
    error::{Error, Problem, Result},
    id::Id,
    p,
    scope::Scope,
    talent::Talent,
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use rules::{
    Refusal,
    account::Role,
    care::{CareTable, LINE, Limits, Place, Presence, SessionState, Times, is_stay, seating, served_through},
    clock::end_of,
    referral::State,
    talent::led,
};

/// Letters of a long text and a note at most.
const LONG: usize = 2_000;
const NOTE: usize = 500;

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
    match until(&entry.way, entry.until, true) {
        // Without its last day nothing can be said of its length.
        Some(problem) => problems.push(problem),
        None => {
            let times = rules::care::times(&entry.said(), entry.state(), app.now(), limits);
            problems.extend(super::problems(times.err().unwrap_or_default()));
        }
    }
    problems.extend(persons_of(&tables.care, entry.held, &entry.way, &entry.persons));
    problems.extend(content(&entry.content));
    let kind = (entry.service.as_str(), entry.way.as_str());
    problems.extend(field::problems(&tables.care, kind, entry.held, &entry.persons, &entry.content.fields));
    problems
}

/// All that is wrong with a record of a service in a form.
pub(super) fn present(app: &App, (service, way): (&str, &str), present: &Present) -> Vec<Problem> {
    let table = &app.tables.care;
    let mut problems: Vec<Problem> = until(way, present.until, false).into_iter().collect();
    problems.extend(persons_of(table, true, way, &present.persons));
    problems.extend(content(&present.content));
    problems.extend(field::problems(table, (service, way), true, &present.persons, &present.content.fields));
    problems
}

/// A stay ends on a day that is said; everything else ends on its own.
fn until(way: &str, until: Option<Date>, needed: bool) -> Option<Problem> {
    match (is_stay(way), until) {
        (true, None) if needed => Some(Problem::new("until", "required")),
        (false, Some(_)) => Some(Problem::new("until", "stay_only")),
        _ => None,
    }
}

fn persons_of(table: &CareTable, held: bool, way: &str, persons: &[Attending]) -> Vec<Problem> {
    let seats: Vec<(Id, Presence)> = persons.iter().map(|person| (person.case, person.presence)).collect();
    let mut problems = super::problems(seating(held, table.limits.persons_of(way), &seats));
    if persons.iter().any(|person| person.note.chars().count() > NOTE) {
        problems.push(Problem { values: vec![NOTE.to_string()], ..Problem::new("note", "too_long") });
    }
    problems
}

fn content(content: &Content) -> Vec<Problem> {
    let lengths =
        [("title", &content.title, LINE), ("done", &content.done, LONG), ("summary", &content.summary, LONG)];
    let long = lengths.into_iter().filter(|(_, said, most)| said.chars().count() > *most);
    long.map(|(field, _, most)| Problem { values: vec![most.to_string()], ..Problem::new(field, "too_long") })
        .collect()
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

/// The same of stays, with a day to spare for the hours of their first and last day.
fn reach_of_stays(times: &Times, limits: &Limits) -> Timestamp {
    times.starts - SignedDuration::from_hours((i64::from(limits.nights_at_most) + 1) * 24)
}

/// Staff overlap only within one group session: whoever leads another one then cannot lead this one. Who answers for a stay is not beside
/// it day and night, and leads other sessions meanwhile.
pub(super) async fn leader_is_free(
    tx: &mut Tx,
    (leader, name): &(Id, String),
    (own, times): (Id, &Times),
) -> Result<()> {
    if times.nights > 0 {
        return Ok(());
    }
    let sql = "SELECT starts_at FROM care_session WHERE leader_id = $1 AND starts_at > $2 AND starts_at < $3 AND ends_at > $4
        AND way <> 'W8' AND state IN ('planned', 'held') AND id <> $5 LIMIT 1";
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
        let note = note::seal(app, &attending.note, &attending.fields)?;
        let person = Person { of, presence: attending.presence, note };
        in_service(tx, &person, times, state).await?;
        is_free(tx, &person, (own, times), &app.tables.care.limits).await?;
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
            if served_through(&served, times) { Ok(()) } else { refused("session_not_in_service") }
        }
    }
}

/// The number of a case; a refusal names nobody.
fn number(of: &Of) -> String {
    of.case.registration.clone().or_else(|| of.case.receipt.clone()).unwrap_or_default()
}

/// No overlap for the same person. Whoever stayed away was not there. A stay takes the nights and leaves the days: it stands against other
/// stays of which a night is the same, and who lives in a half-way house goes to the day centre nevertheless.
async fn is_free(tx: &mut Tx, person: &Person, (own, times): (Id, &Times), limits: &Limits) -> Result<()> {
    if matches!(person.presence, Presence::Missed | Presence::Excused) {
        return Ok(());
    }
    let case = person.of.id;
    let (sql, args) = if times.nights > 0 {
        let sql = "SELECT starts_at FROM attendance WHERE home = $1 AND referral_id = $2 AND starts_at > $3 AND on_day < $4
            AND ends_at >= $5 AND way = 'W8' AND state IN ('planned', 'held') AND presence IN ('expected', 'came')
            AND session_id <> $6 LIMIT 1";
        let reach = reach_of_stays(times, limits);
        (sql, p![case.home_number(), case, reach, times.last, end_of(times.on), own])
    } else {
        let sql = "SELECT starts_at FROM attendance WHERE home = $1 AND referral_id = $2 AND starts_at > $3 AND starts_at < $4
            AND ends_at > $5 AND way <> 'W8' AND state IN ('planned', 'held') AND presence IN ('expected', 'came')
            AND session_id <> $6 LIMIT 1";
        (sql, p![case.home_number(), case, reach(times), times.ends, times.starts, own])
    };
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

    fn told(problems: &[Problem]) -> Vec<(&str, &str)> {
        problems.iter().map(|problem| (problem.field.as_str(), problem.code.as_str())).collect()
    }

    fn persons(count: u128, presence: Presence) -> Vec<Attending> {
        let person = |number| Attending {
            case: Id(uuid::Uuid::from_u128(number)),
            presence,
            note: String::new(),
            fields: field::Values::new(),
        };
        (1..=count).map(person).collect()
    }

    #[test]
    fn a_group_has_twelve_persons_at_most_and_other_forms_sixty() {
        let table = CareTable::embedded().unwrap();
        let too_many = &[("persons", "too_many")][..];
        for (way, count, expected) in [
            ("W3", 12, &[][..]),
            ("W3", 13, too_many),
            ("W1", 13, &[]),
            ("W1", 60, &[]),
            ("W1", 61, too_many),
            ("W3", 0, &[("persons", "required")]),
        ] {
            let found = persons_of(&table, true, way, &persons(count, Presence::Came));
            assert_eq!(told(&found), expected, "{way} {count}");
        }
        let found = persons_of(&table, true, "W3", &persons(13, Presence::Came));
        assert_eq!(found[0].values, ["12"]);
    }

    #[test]
    fn each_person_is_there_once_and_presence_is_said_of_what_was_held() {
        let table = CareTable::embedded().unwrap();
        let mut twice = persons(2, Presence::Came);
        twice.push(twice[0].clone());
        assert_eq!(told(&persons_of(&table, true, "W3", &twice)), [("persons", "person_twice")]);
        let expected = persons(2, Presence::Expected);
        assert_eq!(told(&persons_of(&table, true, "W3", &expected)), [("persons", "presence_missing")]);
        assert_eq!(told(&persons_of(&table, false, "W3", &expected)), []);
        let came = persons(2, Presence::Came);
        assert_eq!(told(&persons_of(&table, false, "W3", &came)), [("persons", "presence_early")]);
        let mut long = persons(1, Presence::Came);
        long[0].note = "长".repeat(NOTE + 1);
        assert_eq!(told(&persons_of(&table, true, "W3", &long)), [("note", "too_long")]);
    }

    #[test]
    fn what_is_written_has_bounds() {
        let of = |letters: usize| "长".repeat(letters);
        for (title, done, summary, expected) in [
            (0, 0, 0, &[][..]),
            (LINE, LONG, LONG, &[]),
            (LINE + 1, 0, 0, &[("title", "too_long")]),
            (0, LONG + 1, 0, &[("done", "too_long")]),
            (LINE + 1, 0, LONG + 1, &[("title", "too_long"), ("summary", "too_long")]),
        ] {
            let written =
                Content { title: of(title), done: of(done), summary: of(summary), ..Content::default() };
            assert_eq!(told(&content(&written)), expected, "{title} {done} {summary}");
        }
    }

    #[test]
    fn only_a_stay_says_on_which_day_it_ends() {
        let day = Some(jiff::civil::date(2026, 3, 9));
        for (way, said, needed, expected) in [
            ("W8", day, true, None),
            ("W8", None, true, Some("required")),
            // Recorded as it was planned.
            ("W8", None, false, None),
            ("W3", None, true, None),
            ("W3", day, true, Some("stay_only")),
            ("W3", day, false, Some("stay_only")),
        ] {
            let found = until(way, said, needed).map(|problem| problem.code);
            assert_eq!(found.as_deref(), expected, "{way} {said:?}");
        }
    }
}
