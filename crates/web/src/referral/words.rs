//! Codes of a case in the reader's words.

use crate::{language::Language, session::Session};
use app::{App, referral::CaseRow};
use rules::{
    form::{Field, FormCode},
    referral::{Case, CommandName, State},
};
use serde_json::Value as Json;

/// A code as serde writes it.
pub(crate) fn code<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn field<'a>(app: &'a App, form: FormCode, key: &str) -> Option<&'a Field> {
    app.tables.form(form).ok()?.fields().find(|field| field.key == key)
}

/// The option of a form's field.
pub(crate) fn option(app: &App, language: Language, form: FormCode, key: &str, code: &str) -> String {
    field(app, form, key)
        .and_then(|field| field.options.iter().find(|choice| choice.code == code))
        .map_or_else(|| code.to_owned(), |choice| language.of(&choice.zh, &choice.en))
}

/// All options of a form's field.
pub(crate) fn options(app: &App, language: Language, form: FormCode, key: &str) -> Vec<(String, String)> {
    let options = field(app, form, key).map(|field| field.options.as_slice()).unwrap_or_default();
    options.iter().map(|choice| (choice.code.clone(), language.of(&choice.zh, &choice.en))).collect()
}

/// The label of a field of the application, or the title of a form: what is asked for as missing.
pub(crate) fn item(app: &App, language: Language, code: &str) -> String {
    if let Some(form) = FormCode::ALL.into_iter().find(|form| self::code(form) == code) {
        return title(app, language, form);
    }
    field(app, FormCode::F1, code).map_or_else(|| code.to_owned(), |field| language.of(&field.zh, &field.en))
}

/// The title of a form.
pub(crate) fn title(app: &App, language: Language, form: FormCode) -> String {
    app.tables.form(form).map_or_else(|_| code(&form), |form| language.of(&form.title_zh, &form.title_en))
}

/// A service of the catalogue.
pub(crate) fn service(app: &App, language: Language, code: &str) -> String {
    option(app, language, FormCode::F1, "needs", code)
}

/// A reason, as told to people.
pub(crate) fn reason(app: &App, language: Language, code: &str) -> String {
    let today = rules::clock::china_date(app.now());
    app.tables
        .reasons
        .get(code, today)
        .map_or_else(|| code.to_owned(), |reason| language.of(&reason.zh, &reason.en))
}

/// The refusal of a command in words.
pub(crate) fn refusal(session: &Session, app: &App, refusal: &rules::Refusal) -> String {
    let language = session.language;
    let shown = |key: &str, value: &str| match key {
        "purpose" => language.code("purpose", value),
        "role" => language.code("role", value),
        "state" => language.code("state", value),
        "form" => FormCode::ALL
            .into_iter()
            .find(|form| code(form) == value)
            .map_or_else(|| value.to_owned(), |form| title(app, language, form)),
        "reason" => reason(app, language, value),
        "items" => {
            let items: Vec<String> = value.split(' ').map(|code| item(app, language, code)).collect();
            items.join(language.text("form.comma").as_ref())
        }
        _ => value.to_owned(),
    };
    let values: Vec<(&str, String)> =
        refusal.values.iter().map(|(key, value)| (key.as_str(), shown(key, value))).collect();
    let values: Vec<(&str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
    language.refusal("case_refusal", &refusal.code, &values)
}

/// What is to be done next: the command that is waited for, or the ordinary step of the state.
pub(crate) fn todo(language: Language, state: &str, awaited: Option<CommandName>) -> String {
    awaited.map_or_else(|| language.code("todo", state), |name| language.code("command", name.code()))
}

/// Who the person is, as this reader may see it: the name, that nobody has accepted yet, or that the institution is done.
pub(crate) fn who(language: Language, row: &CaseRow) -> String {
    let offered = row.state == code(&State::Referred);
    match (row.name.is_empty(), offered) {
        (false, _) => row.name.clone(),
        (true, true) => language.text("case.to_be_accepted").into_owned(),
        (true, false) => language.text("case.name_gone").into_owned(),
    }
}

/// Where the person lives, as closely as the reader may know.
pub(crate) fn place(app: &App, row: &CaseRow, shown: fn(&App, i64) -> String) -> String {
    shown(app, row.division)
}

/// Sex and age, or the band that the age lies in.
pub(crate) fn about(app: &App, language: Language, row: &CaseRow) -> String {
    let sex = row.sex.as_deref().map(|code| option(app, language, FormCode::F1, "sex", code));
    let year = rules::clock::china_date(app.now()).year();
    let band = row.age_band.map(|(from, to)| format!("{from}–{to}"));
    let age = row.born.map(|born| (year - born).to_string()).or(band);
    let age = age.map(|age| language.with("case.age", &[("age", &age)]));
    sex.into_iter().chain(age).collect::<Vec<_>>().join(" · ")
}

/// The channel of an application; nothing where the reader may not know.
pub(crate) fn channel(language: Language, row: &CaseRow) -> String {
    if row.channel.is_empty() { String::new() } else { language.code("channel", &row.channel) }
}

/// The state of a case as stored, as a state.
pub(crate) fn state(code: &str) -> Option<State> {
    serde_json::from_value(Json::String(code.to_owned())).ok()
}

/// Class and icon of a state: good where it goes on, quiet where it is over.
pub(crate) fn tone(state: Option<State>) -> (&'static str, &'static str) {
    match state {
        Some(State::Draft) => ("quiet", "edit"),
        // Open, for those who learn no more.
        None => ("fine", "dots"),
        Some(State::Submitted | State::Registered | State::Referred) => ("fine", "arrow-right"),
        Some(State::Supplement | State::Waiting | State::Suspended) => ("soon", "hourglass"),
        Some(State::Hospital) => ("soon", "building-hospital"),
        Some(State::Accepted | State::Assessed | State::Agreed) => ("fine", "user-check"),
        Some(State::InService) => ("good", "heart-handshake"),
        Some(State::Closing | State::Closed) => ("good", "circle-check"),
        Some(state) if state.is_end() => ("quiet", "circle-x"),
        Some(_) => ("quiet", "dots"),
    }
}

/// The services of a case's package.
pub(crate) fn package(app: &App, language: Language, case: &Case) -> Vec<String> {
    case.filing.package.items.iter().map(|item| service(app, language, &item.service)).collect()
}
