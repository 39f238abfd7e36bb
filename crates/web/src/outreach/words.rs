//! Codes of reaching people in the reader's words, and what is wrong with an entry.

pub(crate) use crate::care::{plan_entry::Choices, words::Told};
use crate::{care, division, followup::days_left, language::Language, session::Session};
use app::{App, Error, Problem, outreach::Line};
use rules::{clock::china_date, outreach::LeadState};

/// A way by its code.
pub(crate) fn way(app: &App, language: Language, code: &str) -> String {
    app.tables.outreach.way(code).map_or_else(|| code.to_owned(), |one| language.of(&one.zh, &one.en))
}

/// Who was reached, by code.
pub(crate) fn reached(app: &App, language: Language, code: &str) -> String {
    app.tables.outreach.reached(code).map_or_else(|| code.to_owned(), |one| language.of(&one.zh, &one.en))
}

/// An outcome by its code.
pub(crate) fn outcome(app: &App, language: Language, code: &str) -> String {
    app.tables.outreach.outcome(code).map_or_else(|| code.to_owned(), |one| language.of(&one.zh, &one.en))
}

/// A reason by its code.
pub(crate) fn reason(app: &App, language: Language, code: &str) -> String {
    app.tables.outreach.reason(code).map_or_else(|| code.to_owned(), |one| language.of(&one.zh, &one.en))
}

/// Class and icon of a state.
fn tone(state: LeadState) -> (&'static str, &'static str) {
    match state {
        LeadState::Open => ("fine", "phone"),
        LeadState::Unreached => ("soon", "clock"),
        LeadState::Applies => ("soon", "clipboard-list"),
        LeadState::Filed => ("good", "check"),
        LeadState::Ended => ("quiet", "x"),
    }
}

/// A lead as a line of a list.
pub(crate) struct Row {
    pub id: String,
    pub name: String,
    /// Sex and place.
    pub about: String,
    pub house: String,
    pub state: String,
    pub class: &'static str,
    pub icon: &'static str,
    /// When to try again; empty where nobody is to.
    pub next: String,
    pub left: String,
    pub left_class: &'static str,
    pub left_icon: &'static str,
    /// The last attempt in words.
    pub last: String,
}

impl Row {
    pub(crate) fn new(app: &App, session: &Session, line: &Line) -> Row {
        let language = session.language;
        let (class, icon) = tone(line.state);
        let today = china_date(app.now());
        let (left, left_class, left_icon) =
            line.next_on.map_or((String::new(), "quiet", "minus"), |next| days_left(language, today, next));
        let sex = line.sex.as_deref().map(|sex| language.code("sex", sex)).unwrap_or_default();
        let about = [sex, division::short(app, line.division)];
        let outcome = line.outcome.as_deref().map(|code| outcome(app, language, code));
        let reason = line.reason.as_deref().map(|code| reason(app, language, code));
        let last = line.last_on.map(|on| {
            let said: Vec<String> = [Some(on.to_string()), outcome, reason].into_iter().flatten().collect();
            said.join(" · ")
        });
        Row {
            id: line.id.to_string(),
            name: line.name.clone(),
            about: about.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "),
            house: line.house.clone(),
            state: language.code("lead_state", line.state.code()),
            class,
            icon,
            next: line.next_on.map(|next| next.to_string()).unwrap_or_default(),
            left,
            left_class,
            left_icon,
            last: last.unwrap_or_else(|| language.text("outreach.never_tried").into_owned()),
        }
    }
}

/// What stands in the way, where it can be said beside the form; everything else is a page of its own.
pub(crate) fn told(language: Language, error: Error) -> Result<Vec<Told>, Error> {
    match error {
        Error::Invalid(problems) => Ok(problems.iter().map(|problem| one(language, problem)).collect()),
        Error::Refused(refusal) if refusal.code == "contact_way" => {
            let ways = refusal.values.iter().find(|(name, _)| *name == "ways").map(|(_, ways)| ways.clone());
            let ways = ways.unwrap_or_default();
            let named: Vec<String> =
                ways.split_whitespace().map(|way| language.code("contact_way", way)).collect();
            let text = language.with("outreach.unsafe_way", &[("ways", &named.join(language.comma()))]);
            Ok(vec![Told { at: "way".to_owned(), text }])
        }
        other => care::words::told(language, other),
    }
}

fn one(language: Language, problem: &Problem) -> Told {
    let what = language.code("lead_field", &problem.field);
    let text = language.pair(&what, &language.problem(&problem.code, &problem.values));
    Told { at: problem.field.clone(), text }
}
