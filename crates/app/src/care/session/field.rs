//! Values of the fields of a session: those of the session, and those of each person.

use super::Attending;
use crate::error::Problem;
use rules::care::{CareTable, Field, FieldOf, Presence};
use std::collections::BTreeMap;

/// Values by the key of their field.
pub type Values = BTreeMap<String, String>;

/// Of one person alone, what is said of the session and belongs to a person is that person's: who records a visit says it once.
pub(super) fn to_the_only_person(
    table: &CareTable,
    (service, way): (&str, &str),
    persons: &mut [Attending],
    fields: &mut Values,
) {
    let [person] = persons else { return };
    for field in table.fields_of(service, way).filter(|field| field.of == FieldOf::Person) {
        if let Some(value) = fields.remove(&field.key) {
            person.fields.entry(field.key.clone()).or_insert(value);
        }
    }
}

/// All that is wrong with the values of a session. What is required is asked once it was held, of everybody who came: the least record of its
/// form (`data/care.toml`).
pub(super) fn problems(
    table: &CareTable,
    (service, way): (&str, &str),
    held: bool,
    persons: &[Attending],
    fields: &Values,
) -> Vec<Problem> {
    let known: Vec<&Field> = table.fields_of(service, way).collect();
    let mut problems = of(&known, (FieldOf::Session, held), fields, "fields");
    for (place, person) in persons.iter().enumerate() {
        let at = format!("persons.{place}.fields");
        problems.extend(match (person.presence, person.fields.keys().next()) {
            // Whoever was not there was not weighed.
            (Presence::Excused | Presence::Missed, Some(key)) => {
                vec![Problem::new(&format!("{at}.{key}"), "came_only")]
            }
            (presence, _) => {
                let asked = held && presence == Presence::Came;
                of(&known, (FieldOf::Person, asked), &person.fields, &at)
            }
        });
    }
    problems
}

/// What is wrong with values of the session or of a person; what is required is missed only where it is asked.
fn of(known: &[&Field], (whose, asked): (FieldOf, bool), fields: &Values, at: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (key, value) in fields {
        let at = format!("{at}.{key}");
        match known.iter().find(|field| field.key == *key) {
            None => problems.push(Problem::new(&at, "unknown_choice")),
            Some(field) if field.of != whose => {
                let code = if whose == FieldOf::Session { "of_each_person" } else { "of_the_session" };
                problems.push(Problem::new(&at, code));
            }
            Some(field) => problems.extend(
                field.wrong(value).map(|(code, values)| Problem { values, ..Problem::new(&at, code) }),
            ),
        }
    }
    let missed = known.iter().filter(|field| asked && field.required && field.of == whose);
    let missed = missed.filter(|field| fields.get(&field.key).is_none_or(|value| value.trim().is_empty()));
    for field in missed {
        let at = format!("{at}.{}", field.key);
        // Of a value that is blank enough was said.
        if problems.iter().all(|problem| problem.field != at) {
            problems.push(Problem::new(&at, "required"));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;

    fn values(pairs: &[(&str, &str)]) -> Values {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn person(number: u128, presence: Presence, pairs: &[(&str, &str)]) -> Attending {
        let case = Id(uuid::Uuid::from_u128(number));
        Attending { case, presence, note: String::new(), fields: values(pairs) }
    }

    fn told(kind: (&str, &str), held: bool, persons: &[Attending], fields: &Values) -> Vec<(String, String)> {
        let table = CareTable::embedded().unwrap();
        let found = problems(&table, kind, held, persons, fields);
        found.into_iter().map(|problem| (problem.field, problem.code)).collect()
    }

    #[test]
    fn values_of_each_kind_and_of_whom_they_are_said() {
        use Presence::Came;
        type Pairs = &'static [(&'static str, &'static str)];
        let cases: [((&str, &str), Pairs, Pairs, Pairs); 20] = [
            (("S3", "W3"), &[("exercise", "快走")], &[("weight", "61"), ("pressure", "120/80")], &[]),
            (("S3", "W3"), &[], &[("weight", "301")], &[("persons.1.fields.weight", "number_range")]),
            (("S3", "W3"), &[("weight", "61")], &[], &[("fields.weight", "of_each_person")]),
            (("S3", "W3"), &[], &[("exercise", "快走")], &[("persons.1.fields.exercise", "of_the_session")]),
            (("S3", "W3"), &[("adherence", "none")], &[], &[("fields.adherence", "unknown_choice")]),
            (
                ("S1", "W3"),
                &[],
                &[("adherence", "sometimes")],
                &[("persons.1.fields.adherence", "unknown_choice")],
            ),
            (("S5", "W3"), &[("topic", "打招呼")], &[("cooperation", "good")], &[]),
            (("S7", "W3"), &[("kind", "art")], &[("before", "40"), ("after", "55")], &[]),
            (("S8", "W3"), &[("peer", "T-12")], &[], &[]),
            (("S13", "W1"), &[], &[("in", "8:30"), ("out", "15:00")], &[]),
            (("S13", "W1"), &[], &[("in", "early")], &[("persons.1.fields.in", "time")]),
            (("S14", "W10"), &[], &[("risk", "0"), ("next_on", "2026-04-09")], &[]),
            (("S14", "W10"), &[], &[("next_on", "April")], &[("persons.1.fields.next_on", "date")]),
            (("S4", "W2"), &[], &[("address", "same")], &[]),
            (("S4", "W2"), &[], &[], &[("persons.1.fields.address", "required")]),
            (
                ("S4", "W6"),
                &[],
                &[("tasks", "做饭"), ("signed", " ")],
                &[("persons.1.fields.signed", "required")],
            ),
            (
                ("S4", "W9"),
                &[],
                &[("channel", "fax")],
                &[("persons.1.fields.channel", "unknown_choice"), ("persons.1.fields.consent", "required")],
            ),
            (("S6", "W11"), &[], &[("employer", "91350100M000100Y43"), ("wage", "2600")], &[]),
            (
                ("S6", "W11"),
                &[],
                &[("employer", "9135"), ("wage", "2600")],
                &[("persons.1.fields.employer", "credit_code.length")],
            ),
            (("S6", "W5"), &[], &[], &[("persons.1.fields.pay", "required")]),
        ];
        for (kind, session, own, expected) in cases {
            // The first person keeps what is required, so that only the second is told.
            let first: Pairs = match kind.1 {
                "W2" => &[("address", "same")],
                "W5" => &[("pay", "10")],
                "W6" => &[("tasks", "做饭"), ("signed", "母亲")],
                "W9" => &[("channel", "phone"), ("consent", "oral")],
                "W11" => &[("employer", "91350100M000100Y43"), ("wage", "2600")],
                _ => &[],
            };
            let persons = [person(1, Came, first), person(2, Came, own)];
            let expected: Vec<(String, String)> =
                expected.iter().map(|(field, code)| ((*field).to_owned(), (*code).to_owned())).collect();
            assert_eq!(told(kind, true, &persons, &values(session)), expected, "{kind:?} {own:?}");
        }
    }

    #[test]
    fn what_is_required_is_asked_of_who_came_to_what_was_held() {
        use Presence::{Came, Excused, Expected, Missed};
        let visit = ("S14", "W2");
        let required = [("persons.0.fields.address".to_owned(), "required".to_owned())];
        assert_eq!(told(visit, true, &[person(1, Came, &[])], &Values::new()), required);
        for (held, presence) in [(false, Expected), (true, Missed), (true, Excused)] {
            assert_eq!(told(visit, held, &[person(1, presence, &[])], &Values::new()), [], "{presence:?}");
        }
        let away = [person(1, Missed, &[("address", "same")])];
        let early = [("persons.0.fields.address".to_owned(), "came_only".to_owned())];
        assert_eq!(told(visit, true, &away, &Values::new()), early);
    }

    #[test]
    fn what_is_said_of_a_session_with_one_person_is_that_persons() {
        let table = CareTable::embedded().unwrap();
        let said = values(&[("exercise", "快走"), ("weight", "61")]);
        let mut one = [person(1, Presence::Came, &[])];
        let mut fields = said.clone();
        to_the_only_person(&table, ("S3", "W10"), &mut one, &mut fields);
        assert_eq!(
            (&one[0].fields, &fields),
            (&values(&[("weight", "61")]), &values(&[("exercise", "快走")]))
        );
        // What was said beside the name stands.
        let mut one = [person(1, Presence::Came, &[("weight", "60")])];
        to_the_only_person(&table, ("S3", "W10"), &mut one, &mut said.clone());
        assert_eq!(one[0].fields, values(&[("weight", "60")]));
        let mut two = [person(1, Presence::Came, &[]), person(2, Presence::Came, &[])];
        let mut fields = said.clone();
        to_the_only_person(&table, ("S3", "W3"), &mut two, &mut fields);
        assert_eq!(fields, said);
    }
}
