//! What happened since the last visit, one by one, on the form of a visit: a day, and what was seen of it.

use super::{Drawing, Reading};
use crate::form::{Control, Kind, Posted};
use app::{Problem, followup::form::MOST_INCIDENTS};
use rules::followup::{Incident, Smashing};

/// The name of the table, and of its cells before the number of the row.
pub(super) const NAME: &str = "incidents";

/// What may be seen of an incident, from the lightest.
const ACTS: [&str; 6] =
    ["threats", "smashing", "against_person", "self_harm", "weapon", "arson_or_explosion"];
/// What is asked of smashing beside it.
const SMASHING: [&str; 3] = ["at_home", "stopped", "continuous"];

fn cell(number: usize, part: &str) -> String {
    format!("{NAME}.{number}.{part}")
}

/// The table: as many rows as were written, one more where it is asked for.
pub(super) fn table(draw: &Drawing<'_>) -> Control {
    let mut table = draw.control(Kind::Table, NAME);
    let posted = draw.posted;
    let filled = (1..=MOST_INCIDENTS).filter(|number| is_written(posted, *number)).max().unwrap_or(0);
    let more = usize::from(posted.get("more") == Some(NAME));
    for number in 1..=(filled + more).clamp(1, MOST_INCIDENTS) {
        table.rows.push(vec![day(draw, number), ticks(draw, number, "acts", &ACTS), smashing(draw, number)]);
    }
    table
}

fn day(draw: &Drawing<'_>, number: usize) -> Control {
    let name = cell(number, "on");
    let label = draw.language.code("incident_field", "on");
    let value = draw.posted.get(&name).unwrap_or_default();
    Control::new(draw.language, Kind::Date, &name, &label).with(value)
}

fn ticks(draw: &Drawing<'_>, number: usize, part: &str, codes: &[&str]) -> Control {
    let name = cell(number, part);
    let label = draw.language.code("incident_field", part);
    let words = codes.iter().map(|code| ((*code).to_owned(), draw.language.code("incident_act", code)));
    let chosen: Vec<&str> = draw.posted.all(&name).collect();
    Control::new(draw.language, Kind::Many, &name, &label).options(words.collect(), &chosen)
}

/// Asked for where something was smashed.
fn smashing(draw: &Drawing<'_>, number: usize) -> Control {
    let control = ticks(draw, number, "smashing", &SMASHING);
    Drawing::when(control, &cell(number, "acts"), "smashing")
}

fn is_written(posted: &Posted, number: usize) -> bool {
    ["on", "acts", "smashing"].iter().any(|part| posted.get(&cell(number, part)).is_some())
}

/// The incidents of a page; a row without a day is told.
pub(super) fn read(reading: &mut Reading<'_>) -> Vec<Incident> {
    let posted = reading.posted;
    let mut incidents = Vec::new();
    for number in (1..=MOST_INCIDENTS).filter(|number| is_written(posted, *number)) {
        let of = |part: &str, code: &str| posted.all(&cell(number, part)).any(|one| one == code);
        let act = |code: &str| of("acts", code);
        let Some(on) = posted.get(&cell(number, "on")).and_then(|day| day.parse().ok()) else {
            reading.problems.push(Problem::new(NAME, "date"));
            continue;
        };
        let detail = |code: &str| of("smashing", code);
        let smashing = act("smashing").then(|| Smashing {
            at_home: detail("at_home"),
            stopped: detail("stopped"),
            continuous: detail("continuous"),
        });
        incidents.push(Incident {
            on,
            threats: act("threats"),
            smashing,
            against_person: act("against_person"),
            self_harm: act("self_harm"),
            weapon: act("weapon"),
            arson_or_explosion: act("arson_or_explosion"),
        });
    }
    incidents
}

/// Incidents as they would be typed.
pub(super) fn typed(incidents: &[Incident], pairs: &mut Vec<(String, String)>) {
    for (number, incident) in (1..).zip(incidents) {
        pairs.push((cell(number, "on"), incident.on.to_string()));
        let acts = [
            ("threats", incident.threats),
            ("smashing", incident.smashing.is_some()),
            ("against_person", incident.against_person),
            ("self_harm", incident.self_harm),
            ("weapon", incident.weapon),
            ("arson_or_explosion", incident.arson_or_explosion),
        ];
        let details = incident.smashing.map_or([false; 3], |one| [one.at_home, one.stopped, one.continuous]);
        let ticked = |part: &str, (code, so): (&str, bool)| so.then(|| (cell(number, part), code.to_owned()));
        pairs.extend(acts.into_iter().filter_map(|one| ticked("acts", one)));
        pairs.extend(SMASHING.into_iter().zip(details).filter_map(|one| ticked("smashing", one)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{fields, groups, lines, typed};
    use super::*;
    use crate::language::Language;
    use app::followup::VisitFields;
    use jiff::civil::date;

    fn incident() -> Incident {
        Incident {
            on: date(2026, 2, 20),
            threats: true,
            smashing: Some(Smashing { at_home: true, stopped: false, continuous: false }),
            against_person: false,
            self_harm: true,
            weapon: false,
            arson_or_explosion: false,
        }
    }

    #[test]
    fn what_is_typed_of_an_incident_is_read_again_and_stands_in_words() {
        let quiet = Incident { threats: false, smashing: None, ..incident() };
        let told = VisitFields { incidents: vec![incident(), quiet], ..VisitFields::default() };
        assert_eq!(fields(&typed(&told)).unwrap(), told);
        for language in [Language::Chinese, Language::English] {
            for table in groups(language, &typed(&told)).into_iter().flat_map(|group| group.controls) {
                for cell in table.rows.iter().flatten().filter(|_| table.name == NAME) {
                    assert!(!cell.label.starts_with("incident_"), "{}", cell.label);
                    assert!(cell.options.iter().all(|option| option.label != option.code), "{language:?}");
                }
            }
        }
        let read = lines(Language::English, &told);
        let words: Vec<&String> = read.iter().flat_map(|(_, lines)| lines).map(|(_, value)| value).collect();
        assert!(words.iter().any(|value| value.starts_with("2026-02-20")), "{words:?}");
        assert!(words.iter().all(|value| !value.contains("incident_act")), "{words:?}");
    }

    #[test]
    fn a_row_without_its_day_is_told_and_an_empty_one_is_passed_over() {
        let posted = Posted(vec![
            ("incidents.1.on".to_owned(), String::new()),
            ("incidents.3.acts".to_owned(), "weapon".to_owned()),
        ]);
        let problems = fields(&posted).unwrap_err();
        let told: Vec<_> = problems.iter().map(|one| (one.field.as_str(), one.code.as_str())).collect();
        assert_eq!(told, [(NAME, "date")]);
    }
}
