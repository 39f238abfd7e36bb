//! Codes of care in the reader's words, and what is wrong with an entry.

use crate::language::Language;
use app::{App, Error, Problem};
use rules::care::{Owed, SessionState};

/// A service of the catalogue.
pub(crate) fn service(app: &App, language: Language, code: &str) -> String {
    app.tables.services.get(code).map_or_else(|| code.to_owned(), |one| language.of(&one.zh, &one.en))
}

/// A form of service.
pub(crate) fn way(app: &App, language: Language, code: &str) -> String {
    let found = app.tables.services.forms.iter().find(|form| form.code == code);
    found.map_or_else(|| code.to_owned(), |form| language.of(&form.zh, &form.en))
}

/// Class and icon of a state.
pub(crate) fn tone(state: SessionState) -> (&'static str, &'static str) {
    match state {
        SessionState::Planned => ("fine", "calendar"),
        SessionState::Held => ("good", "check"),
        SessionState::Cancelled => ("quiet", "x"),
        SessionState::Void => ("late", "circle-x"),
    }
}

/// What is owed, as "S4 living skills · group: 2 a month, 60 min".
pub(crate) fn owed(app: &App, language: Language, owed: &Owed) -> String {
    if let Some(standard) = owed.standard.as_deref().and_then(|id| app.tables.care.standard(id)) {
        return language.of(&standard.zh, &standard.en);
    }
    let services = owed.services.iter().map(|code| service(app, language, code));
    let ways = owed.ways.iter().map(|code| way(app, language, code));
    let what = services.chain(ways).collect::<Vec<_>>().join(" · ");
    let (times, minutes) = (owed.times.to_string(), owed.minutes.to_string());
    let per = language.code("care_period", owed.per.code());
    let values = [("what", what.as_str()), ("times", &times), ("per", &per), ("minutes", &minutes)];
    language.with("care.owed", &values)
}

/// One thing that is wrong, and the control that it belongs to.
pub(crate) struct Told {
    pub at: String,
    pub text: String,
}

/// What stands in the way, where it can be said beside the form; everything else is a page of its own.
pub(crate) fn told(language: Language, error: Error) -> Result<Vec<Told>, Error> {
    told_as(language, error, |_| None)
}

/// The same where the page itself knows the names of some fields.
pub(crate) fn told_as(
    language: Language,
    error: Error,
    name: impl Fn(&str) -> Option<String>,
) -> Result<Vec<Told>, Error> {
    match error {
        Error::Invalid(problems) => {
            let one = |problem: &Problem| match name(&problem.field) {
                Some(name) => said(language, problem, &name),
                None => one(language, problem),
            };
            Ok(problems.iter().map(one).collect())
        }
        Error::Refused(refusal) => {
            Ok(vec![Told { at: "content".to_owned(), text: language.refused(&refusal) }])
        }
        Error::Changed { .. } => {
            let text = language.text("care.changed").into_owned();
            Ok(vec![Told { at: "content".to_owned(), text }])
        }
        other => Err(other),
    }
}

fn one(language: Language, problem: &Problem) -> Told {
    let parts: Vec<&str> = problem.field.split('.').collect();
    let names: Vec<&str> = parts.iter().copied().filter(|part| part.parse::<usize>().is_err()).collect();
    let place = parts.iter().find_map(|part| part.parse::<usize>().ok());
    let name = if names.contains(&"fields") { "fields".to_owned() } else { names.join("_") };
    let mut what = language.code("care_field", &name);
    if let Some(place) = place {
        what = format!("{what} {}", place + 1);
    }
    said(language, problem, &what)
}

fn said(language: Language, problem: &Problem, what: &str) -> Told {
    let text = language.pair(what, &language.problem(&problem.code, &problem.values));
    Told { at: problem.field.replace('.', "-"), text }
}
