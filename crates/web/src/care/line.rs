//! A session as a line of a list.

use super::{fields, words};
use crate::{language::Language, session::Session};
use app::{App, care::SessionRow};
use jiff::Timestamp;
use rules::{
    care::SessionState,
    clock::{china_date, china_time},
};

/// A session as a line.
pub(crate) struct Line {
    pub id: String,
    pub on: String,
    pub time: String,
    pub what: String,
    pub who: String,
    pub leader: String,
    pub state: String,
    pub class: &'static str,
    pub icon: &'static str,
    pub late: bool,
    /// It is over and nobody recorded who came.
    pub to_record: bool,
    /// Of a case's own list: whether the person came.
    pub presence: String,
    pub presence_class: &'static str,
    /// Of a case's own list: the person's values.
    pub values: String,
}

/// The time of an instant in China.
pub(crate) fn clock(at: Timestamp) -> String {
    china_time(at).strftime("%H:%M").to_string()
}

/// Names shown of a group.
const NAMES: usize = 4;

/// A session as a line.
pub(crate) fn line(app: &App, session: &Session, row: &SessionRow) -> Line {
    let language = session.language;
    let (class, icon) = words::tone(row.state);
    let over = row.state == SessionState::Planned && row.ends <= session.now;
    let (class, icon) = if over { ("soon", "clipboard-list") } else { (class, icon) };
    let state = if over {
        language.text("care.to_record").into_owned()
    } else {
        language.code("care_state", row.state.code())
    };
    Line {
        id: row.id.to_string(),
        on: row.on.to_string(),
        time: fields::stretch(
            language,
            (&clock(row.starts), &clock(row.ends)),
            china_date(row.ends),
            row.nights(),
        ),
        what: format!(
            "{} · {}",
            words::service(app, language, &row.service),
            words::way(app, language, &row.way)
        ),
        who: who(language, row),
        leader: row.leader.clone(),
        state,
        class,
        icon,
        late: row.late,
        to_record: over,
        presence: row.presence.map(|one| language.code("care_presence", one.code())).unwrap_or_default(),
        presence_class: match row.presence {
            Some(rules::care::Presence::Came) => "good",
            Some(rules::care::Presence::Missed) => "late",
            _ => "quiet",
        },
        values: fields::line(app, language, (&row.service, &row.way), &row.fields),
    }
}

fn who(language: Language, row: &SessionRow) -> String {
    let shown: Vec<&str> = row.names.iter().take(NAMES).map(String::as_str).collect();
    let shown = shown.join(language.comma());
    let count = row.persons.to_string();
    if row.state == SessionState::Held {
        let values = [("came", row.came.to_string()), ("count", count)];
        let values: Vec<(&str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let came = language.with("care.came_of", &values);
        return if shown.is_empty() { came } else { format!("{shown} · {came}") };
    }
    if row.persons == 1 && !shown.is_empty() {
        return shown;
    }
    let persons = language.with("care.persons", &[("count", &count)]);
    if shown.is_empty() { persons } else { format!("{shown} · {persons}") }
}
