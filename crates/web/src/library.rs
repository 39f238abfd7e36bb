//! What the pages of both libraries share: the history, what the reader may do, the form of a profile.

use crate::{failure::Failure, language::Language, session::Session, shell::Shell};
use app::{
    Error, Problem,
    institution::{Action, LibraryEvent, Past, library},
};
use askama::Template;
use rules::{
    Refusal,
    institution::library::{Entry, LibraryOffer},
};

/// Fields as a browser sent them; a key may come several times.
pub(crate) struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// The value of a key; empty where it was not sent.
    pub(crate) fn one(&self, key: &str) -> String {
        self.0.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone()).unwrap_or_default()
    }

    /// All values of a key.
    pub(crate) fn all(&self, key: &str) -> Vec<String> {
        self.0.iter().filter(|(k, _)| k == key).map(|(_, v)| v.clone()).collect()
    }

    /// The version of the record that the page showed.
    pub(crate) fn version(&self) -> i64 {
        self.one("version").parse().unwrap_or(0)
    }

    fn number<T: std::str::FromStr>(&self, key: &str) -> Result<T, Error> {
        self.one(key).trim().parse().map_err(|_| Error::invalid(key, "number"))
    }

    /// The action that the form of an offer sends.
    ///
    /// # Errors
    /// No such action, or a number that is none.
    pub(crate) fn action(&self) -> Result<Action, Error> {
        let reason = || self.one("reason");
        Ok(match self.one("name").as_str() {
            "submit" => Action::Submit,
            "approve_county" => Action::ApproveCounty,
            "return" => Action::Return { reason: reason() },
            "confirm" => Action::Confirm,
            "announce" => Action::Announce { reason: reason() },
            "state" => Action::State { text: self.one("text") },
            "keep" => Action::Keep,
            "remove" => Action::Remove,
            "suspend" => Action::Suspend { reason: reason() },
            "resume" => Action::Resume,
            "leave" => Action::Leave,
            "contract" => {
                Action::Contract { places: self.number("places")?, reference: self.one("reference") }
            }
            "block" => Action::Block { places: self.number("places")?, reason: reason() },
            "verify" => Action::Verify { verified: self.one("verified") == "true" },
            "train" => {
                let hours: u32 = self.number("hours")?;
                Action::Train { year: self.number("year")?, minutes: hours.saturating_mul(60) }
            }
            _ => return Err(Error::invalid("name", "unknown_choice")),
        })
    }
}

/// One thing that the reader may do, as a small form.
pub(crate) struct OfferView {
    pub name: &'static str,
    pub label: String,
    pub hint: String,
    /// Asked before what cannot be undone.
    pub question: String,
    /// Why it is not possible now; empty where it is.
    pub refusal: String,
    /// Keys of the fields to fill.
    pub fields: &'static [&'static str],
}

impl OfferView {
    /// Whether the form has a field of this key.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.fields.contains(&field)
    }
}

/// The text of a code where the catalogue has one.
fn where_there(language: Language, kind: &str, code: &str) -> String {
    let text = language.code(kind, code);
    if text == code { String::new() } else { text }
}

/// The text of a refusal.
pub(crate) fn refusal_text(language: Language, refusal: &Refusal) -> String {
    let values: Vec<(&str, &str)> = refusal.values.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    language.refusal("library_refusal", &refusal.code, &values)
}

/// The text of a problem of one field.
pub(crate) fn problem_text(language: Language, problem: &Problem) -> String {
    language.problem(&problem.code, &problem.values)
}

/// The offers as forms; the link to the profile's form is not one of them.
pub(crate) fn offers(language: Language, offers: &[LibraryOffer]) -> Vec<OfferView> {
    let view = |offer: &LibraryOffer| OfferView {
        name: offer.command,
        label: language.code("library_action", offer.command),
        hint: where_there(language, "library_hint", offer.command),
        question: where_there(language, "library_question", offer.command),
        refusal: offer.refusal.as_ref().map_or_else(String::new, |r| refusal_text(language, r)),
        fields: match offer.command {
            "return" | "announce" | "suspend" => &["reason"],
            "state" => &["text"],
            "contract" => &["places", "reference"],
            "block" => &["places", "reason"],
            "verify" => &["verified"],
            "train" => &["year", "hours"],
            _ => &[],
        },
    };
    offers.iter().filter(|offer| offer.command != "edit").map(view).collect()
}

/// Why the record stands where it stands, for owner and departments.
pub(crate) fn standing(language: Language, entry: &Entry) -> String {
    if let Some(notice) = &entry.notice {
        let until = notice.until.to_string();
        let values = [("reason", notice.reason.as_str()), ("until", until.as_str())];
        return language.with("institution.notice_until", &values);
    }
    let reason = entry.reason.as_ref();
    reason.map(|reason| language.with("institution.reason", &[("reason", reason)])).unwrap_or_default()
}

/// One line of the history.
pub(crate) struct PastView {
    pub title: String,
    pub detail: String,
    pub who: String,
    pub at: String,
}

/// The history as it is shown; `fields` is the kind under which the names of fields are kept.
pub(crate) fn history(language: Language, past: &[Past], fields: &str) -> Vec<PastView> {
    let view = |past: &Past| PastView {
        title: language.code("library_event", library::name(&past.event)),
        detail: detail(language, &past.event, fields),
        who: if past.organisation.is_empty() {
            past.actor.clone()
        } else {
            format!("{} · {}", past.actor, past.organisation)
        },
        at: crate::due::minute(past.at),
    };
    past.iter().map(view).collect()
}

fn detail(language: Language, event: &LibraryEvent, fields: &str) -> String {
    use rules::institution::library::LibraryCommand as Command;
    let from_to = |from: u32, to: u32, words: &str| {
        let numbers = [("from", from.to_string()), ("to", to.to_string())];
        let numbers: Vec<(&str, &str)> = numbers.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let change = language.with("library.from_to", &numbers);
        if words.is_empty() { change } else { format!("{change} · {words}") }
    };
    match event {
        LibraryEvent::Saved { changes } => {
            let names: Vec<String> = changes.iter().map(|c| language.code(fields, &c.field)).collect();
            let separator = language.comma();
            language.with("library.changed_fields", &[("fields", &names.join(separator))])
        }
        LibraryEvent::Statement { text, .. } => text.clone(),
        LibraryEvent::Contracted { from, to, reference } => from_to(*from, *to, reference),
        LibraryEvent::Blocked { from, to, reason } => from_to(*from, *to, reason),
        LibraryEvent::Verified { verified } => {
            let key = if *verified { "library.verified_yes" } else { "library.verified_no" };
            language.text(key).into_owned()
        }
        LibraryEvent::Trained { year, minutes } => {
            let (year, hours) = (year.to_string(), hours(*minutes));
            language.with("library.training_of", &[("year", &year), ("hours", &hours)])
        }
        LibraryEvent::TakenBack { .. } => String::new(),
        LibraryEvent::Step(step) => match &step.command {
            Command::Return { reason } | Command::Suspend { reason } => reason.clone(),
            Command::Announce { reason } => {
                let until = step.defence_until.map(|d| d.to_string()).unwrap_or_default();
                format!("{reason} · {}", language.with("library.defence_until", &[("until", &until)]))
            }
            _ => String::new(),
        },
    }
}

/// Minutes as hours with at most two decimals.
pub(crate) fn hours(minutes: u32) -> String {
    let (whole, hundredths) = (minutes / 60, minutes % 60 * 100 / 60);
    match (hundredths / 10, hundredths % 10) {
        (0, 0) => whole.to_string(),
        (tenths, 0) => format!("{whole}.{tenths}"),
        (tenths, rest) => format!("{whole}.{tenths}{rest}"),
    }
}

/// The class of a state's badge.
pub(crate) fn badge(state: &str) -> &'static str {
    match state {
        "listed" => "good",
        "county_review" | "city_confirm" => "fine",
        "returned" | "under_notice" => "soon",
        "suspended" | "removed" => "late",
        _ => "quiet",
    }
}

/// A choice of a list.
pub(crate) struct Choice {
    pub code: String,
    pub name: String,
    pub chosen: bool,
}

/// The choices of a list whose names the catalogue keeps under a kind.
pub(crate) fn choices<'a>(
    language: Language,
    kind: &str,
    codes: impl IntoIterator<Item = &'a str>,
    chosen: &[String],
) -> Vec<Choice> {
    let choice = |code: &str| Choice {
        code: code.to_owned(),
        name: language.code(kind, code),
        chosen: chosen.iter().any(|c| c == code),
    };
    codes.into_iter().map(choice).collect()
}

/// Choices that belong together, such as those of one institution.
pub(crate) struct Together {
    pub name: String,
    pub choices: Vec<Choice>,
}

impl Together {
    /// How many of them are chosen.
    pub(crate) fn chosen(&self) -> usize {
        self.choices.iter().filter(|choice| choice.chosen).count()
    }
}

/// How a field is filled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filling {
    Line,
    Digits,
    Day,
    Text,
    Select,
    Checks,
}

/// One field of a form.
pub(crate) struct Field {
    pub key: &'static str,
    pub label: String,
    pub hint: String,
    pub value: String,
    pub required: bool,
    pub filling: Filling,
    pub choices: Vec<Choice>,
    /// Further choices by what they belong to.
    pub together: Vec<Together>,
    pub problem: String,
}

impl Field {
    /// The identifiers of what describes the field, for readers of the screen.
    pub(crate) fn described_by(&self) -> String {
        let hint = (!self.hint.is_empty()).then(|| format!("h-{}", self.key));
        let problem = (!self.problem.is_empty()).then(|| format!("p-{}", self.key));
        problem.into_iter().chain(hint).collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn is(&self, filling: &str) -> bool {
        let own = match self.filling {
            Filling::Line => "line",
            Filling::Digits => "digits",
            Filling::Day => "day",
            Filling::Text => "text",
            Filling::Select => "select",
            Filling::Checks => "checks",
        };
        own == filling
    }
}

/// Fields under one heading.
pub(crate) struct Group {
    pub legend: String,
    pub fields: Vec<Field>,
}

/// The form of a profile, new or to be changed.
#[derive(Template)]
#[template(path = "library/form.html")]
pub(crate) struct FormPage {
    pub shell: Shell,
    pub heading: String,
    pub intro: String,
    pub to: String,
    pub back: String,
    pub version: i64,
    pub groups: Vec<Group>,
    /// What is wrong, each with the field it is about; the key is empty where it is about the whole.
    pub problems: Vec<(String, String)>,
}

/// Makes fields with their names, hints and problems.
pub(crate) struct FieldMaker<'a> {
    pub language: Language,
    /// Kind of the names of fields in the catalogue.
    pub names: &'static str,
    /// Kind of the hints of fields.
    pub hints: &'static str,
    pub problems: &'a [Problem],
}

impl FieldMaker<'_> {
    pub(crate) fn field(&self, key: &'static str, filling: Filling, value: &str, required: bool) -> Field {
        let problem = self.problems.iter().find(|p| p.field == key);
        Field {
            key,
            label: self.language.code(self.names, key),
            hint: where_there(self.language, self.hints, key),
            value: value.to_owned(),
            required,
            filling,
            choices: Vec::new(),
            together: Vec::new(),
            problem: problem.map_or_else(String::new, |p| problem_text(self.language, p)),
        }
    }

    pub(crate) fn list(
        &self,
        key: &'static str,
        filling: Filling,
        choices: Vec<Choice>,
        required: bool,
    ) -> Field {
        Field { choices, ..self.field(key, filling, "", required) }
    }

    /// Choices under the names of what they belong to, where one list would be too long to look through.
    pub(crate) fn grouped(
        &self,
        key: &'static str,
        filling: Filling,
        together: Vec<Together>,
        required: bool,
    ) -> Field {
        Field { together, ..self.field(key, filling, "", required) }
    }

    /// A box to be ticked, which sends `yes`.
    pub(crate) fn tick(&self, key: &'static str, text: &str, chosen: bool, required: bool) -> Field {
        let name = self.language.text(text).into_owned();
        self.list(key, Filling::Checks, vec![Choice { code: "yes".to_owned(), name, chosen }], required)
    }

    /// The summary on top of the form.
    pub(crate) fn summary(&self) -> Vec<(String, String)> {
        let line = |p: &Problem| {
            let text = problem_text(self.language, p);
            (p.field.clone(), self.language.pair(&self.language.code(self.names, &p.field), &text))
        };
        self.problems.iter().map(line).collect()
    }
}

/// What a page says when an action did not happen, with the status; other failures are no part of the page.
///
/// # Errors
/// Everything that is not about this record's present state or the fields sent.
pub(crate) fn told(
    session: &Session,
    error: Error,
    names: &str,
) -> Result<(axum::http::StatusCode, Vec<String>), Failure> {
    use axum::http::StatusCode;
    let language = session.language;
    match error {
        Error::Refused(refusal) => Ok((StatusCode::CONFLICT, vec![refusal_text(language, &refusal)])),
        Error::Changed { .. } => {
            Ok((StatusCode::CONFLICT, vec![language.text("library.changed_now").into_owned()]))
        }
        Error::Invalid(problems) => {
            let name = |field: &str| {
                let own = where_there(language, names, field);
                if own.is_empty() { language.code("library", field) } else { own }
            };
            let line = |p: &Problem| language.pair(&name(&p.field), &problem_text(language, p));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, problems.iter().map(line).collect()))
        }
        other => Err(other.into()),
    }
}

/// A file for the reader to keep.
pub(crate) fn file(name: &str, kind: &'static str, bytes: Vec<u8>) -> axum::response::Response {
    use axum::{http::header, response::IntoResponse};
    let disposition = format!("attachment; filename=\"{name}\"");
    ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)], bytes)
        .into_response()
}

/// The table as the file that was asked for: `csv` or `xlsx`.
///
/// # Errors
/// The file cannot be made.
pub(crate) fn export(
    subject: &str,
    format: &str,
    table: &app::export::Table,
) -> Result<axum::response::Response, Failure> {
    if format == "xlsx" {
        let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        return Ok(file(&format!("{subject}.xlsx"), kind, app::export::xlsx(table)?));
    }
    Ok(file(&format!("{subject}.csv"), "text/csv; charset=utf-8", app::export::csv(table)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_shown_as_they_are_typed() {
        for (minutes, shown) in
            [(0, "0"), (15, "0.25"), (90, "1.5"), (605, "10.08"), (1200, "20"), (2250, "37.5")]
        {
            assert_eq!(hours(minutes), shown);
        }
    }

    #[test]
    fn every_field_that_is_sent_becomes_its_action() {
        let fields = |pairs: &[(&str, &str)]| {
            Fields(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
        };
        let rows = [
            (fields(&[("name", "submit")]), Some(Action::Submit)),
            (fields(&[("name", "return"), ("reason", "缺")]), Some(Action::Return { reason: "缺".into() })),
            (
                fields(&[("name", "contract"), ("places", " 30 "), ("reference", "合1")]),
                Some(Action::Contract { places: 30, reference: "合1".into() }),
            ),
            (
                fields(&[("name", "train"), ("year", "2026"), ("hours", "20")]),
                Some(Action::Train { year: 2026, minutes: 1200 }),
            ),
            (fields(&[("name", "verify")]), Some(Action::Verify { verified: false })),
            (fields(&[("name", "contract"), ("places", "-3")]), None),
            (fields(&[("name", "demolish")]), None),
        ];
        for (sent, expected) in rows {
            assert_eq!(sent.action().ok(), expected, "{:?}", sent.0);
        }
    }

    #[test]
    fn every_code_has_a_text_in_both_languages() {
        use rules::{
            institution::{InstitutionKind, NetworkLevel, library::LibraryState},
            talent::Profession,
        };
        let commands = [
            "edit",
            "submit",
            "approve_county",
            "return",
            "confirm",
            "announce",
            "state",
            "keep",
            "remove",
            "suspend",
            "resume",
            "leave",
            "contract",
            "block",
            "verify",
            "train",
        ];
        let events = ["saved", "statement", "contracted", "blocked", "verified", "trained"];
        let refusals = [
            "wrong_state",
            "wrong_role",
            "not_your_case",
            "same_person",
            "same_organisation",
            "not_proposed",
            "reason_unknown",
            "defence_open",
            "term_over",
            "value_invalid",
            "no_free_place",
            "places_taken",
            "record_exists",
        ];
        let fields = |value: serde_json::Value| -> Vec<String> {
            value.as_object().unwrap().keys().cloned().collect()
        };
        let institution = fields(serde_json::to_value(app::institution::ProfileEntry::default()).unwrap());
        let talent = fields(serde_json::to_value(app::talent::TalentEntry::default()).unwrap());
        let owned = |codes: &[&str]| codes.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>();
        let services = app::catalogue::services().unwrap().services.iter().map(|s| s.code.clone()).collect();
        let groups = app::catalogue::disorders().unwrap().groups.iter().map(|g| g.code.clone()).collect();
        let rows: [(&str, Vec<String>); 12] = [
            ("institution_kind", owned(&InstitutionKind::ALL.map(InstitutionKind::code))),
            ("network_level", owned(&NetworkLevel::ALL.map(NetworkLevel::code))),
            ("library_state", owned(&LibraryState::ALL.map(LibraryState::code))),
            ("profession", owned(&Profession::ALL.map(Profession::code))),
            ("library_action", owned(&commands)),
            ("library_event", owned(&[&commands[1..12], &events].concat())),
            ("refusal", owned(&refusals)),
            ("institution_field", institution),
            ("talent_field", talent),
            ("service", services),
            ("disorder_group", groups),
            ("distance", (0..=5).map(|n| n.to_string()).collect()),
        ];
        for (kind, codes) in rows {
            assert!(!codes.is_empty(), "{kind}");
            for (code, language) in
                codes.iter().flat_map(|c| [(c, Language::Chinese), (c, Language::English)])
            {
                assert_ne!(language.code(kind, code), *code, "{kind}.{code} in {}", language.tag());
            }
        }
    }

    #[test]
    fn every_key_of_the_templates_has_a_text() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
        let mut keys = 0;
        for subject in ["library", "institution", "talent"] {
            for file in std::fs::read_dir(format!("{folder}/{subject}")).unwrap() {
                let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
                for key in text.split("shell.text(\"").skip(1).filter_map(|part| part.split('"').next()) {
                    keys += 1;
                    for language in [Language::Chinese, Language::English] {
                        assert!(crate::_rust_i18n_try_translate(language.tag(), key).is_some(), "{key}");
                    }
                }
            }
        }
        assert!(keys > 50, "{keys}");
    }
}
