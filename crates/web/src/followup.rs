//! The follow-up of severe mental disorders: what is due, the list of records, a record with its visits and emergencies, the
//! forms and papers; `/api/v1/smd-records`, `/api/v1/followup-visits`, `/api/v1/smd-emergencies`.

pub(crate) mod api;
pub(crate) mod due;
pub(crate) mod emergency;
pub(crate) mod entry;
pub(crate) mod examination;
pub(crate) mod figures;
pub(crate) mod group;
pub(crate) mod kept;
pub(crate) mod list;
pub(crate) mod paper;
pub(crate) mod record;
pub(crate) mod sheet;
pub(crate) mod step;
pub(crate) mod support;
pub(crate) mod visit;

use crate::{
    Site, division,
    due::minute,
    form::{Group, Told, control::summary},
    language::Language,
    session::Session,
    shell::Shell,
};
use app::{Error, Problem};
use askama::Template;
use jiff::{Timestamp, civil::Date};
use kept::Kept;
use rules::{
    clock::Mark,
    followup::{Class, RiskGrade, owed::Owed, visit::FaultCode},
};

/// What does not fit in the record of a visit, with the day that the rule gives where it gives one.
#[must_use]
pub fn visit_fault(code: FaultCode, day: Option<Date>, chinese: bool) -> String {
    let language = if chinese { Language::Chinese } else { Language::English };
    fault(language, code, day.map(|day| day.to_string()).as_deref())
}

fn fault(language: Language, code: FaultCode, day: Option<&str>) -> String {
    language.code("visit_fault", code.code()).replace("%{day}", day.unwrap_or("…"))
}

/// What is wrong with a field: a fault of the visit, or what any form may have.
pub(crate) fn problem_text(language: Language, problem: &Problem) -> String {
    match FaultCode::ALL.into_iter().find(|code| code.code() == problem.code) {
        Some(code) => fault(language, code, problem.values.first().map(String::as_str)),
        None => language.problem(&problem.code, &problem.values),
    }
}

/// A class as a badge: words, class of the badge, icon. Never colour alone.
pub(crate) struct Badge {
    pub text: String,
    pub tone: &'static str,
    pub icon: &'static str,
}

pub(crate) fn class_badge(language: Language, class: Option<Class>) -> Badge {
    let badge = |text, tone, icon| Badge { text, tone, icon };
    match class {
        None => badge(language.text("followup.no_class").into_owned(), "quiet", "minus"),
        Some(class) => {
            let text = language.code("followup_class", &class.code().to_string());
            match class {
                Class::Unstable => badge(text, "late", "alert-triangle"),
                Class::BasicallyStable => badge(text, "soon", "clock"),
                Class::Stable => badge(text, "good", "check"),
            }
        }
    }
}

pub(crate) fn risk_badge(language: Language, risk: Option<RiskGrade>) -> Badge {
    let Some(risk) = risk else {
        return Badge { text: String::new(), tone: "quiet", icon: "minus" };
    };
    let text = language.with("followup.risk_grade", &[("grade", &risk.code().to_string())]);
    let (tone, icon) = match risk.code() {
        0 => ("quiet", "circle-check"),
        1 | 2 => ("soon", "alert-triangle"),
        _ => ("late", "alert-triangle"),
    };
    Badge { text, tone, icon }
}

/// A deadline of the follow-up: days of the calendar, since visits are not put off by holidays.
pub(crate) struct Deadline {
    pub what: String,
    pub day: String,
    pub text: String,
    pub icon: &'static str,
    /// The rule behind it, with its source.
    pub rule: String,
    pub overdue: bool,
}

pub(crate) fn days_left(language: Language, today: Date, by: Date) -> (String, &'static str, &'static str) {
    let days = today.until(by).map_or(0, |span| span.get_days());
    let said = |key: &str, days: i32| language.with(key, &[("days", &days.to_string())]);
    match days {
        ..=-2 => (said("followup.overdue_days", days.saturating_neg()), "late", "alert-triangle"),
        -1 => (said("followup.overdue_day", 1), "late", "alert-triangle"),
        0 => (language.text("followup.due_today").into_owned(), "soon", "clock"),
        1 => (said("followup.day_left", 1), "soon", "clock"),
        2..=7 => (said("followup.days_left", days), "soon", "clock"),
        _ => (said("followup.days_left", days), "fine", "hourglass"),
    }
}

/// A day and how many are left to it.
pub(crate) fn due_badge(site: &Site, language: Language, due: Option<Date>) -> Option<(String, Badge)> {
    let today = rules::clock::china_date(site.app.now());
    due.map(|day| {
        let (text, tone, icon) = days_left(language, today, day);
        (day.to_string(), Badge { text, tone, icon })
    })
}

/// That something was voided, when, by whom and why; empty where it was not.
pub(crate) fn voided(language: Language, voided: Option<&(Timestamp, String, String)>) -> String {
    let words = |(at, by, why): &(Timestamp, String, String)| {
        language.with("smd_support.voided", &[("at", &minute(*at)), ("by", by), ("why", why)])
    };
    voided.map(words).unwrap_or_default()
}

/// The source of an entry of the terms, with its mark.
pub(crate) fn rule_text(site: &Site, language: Language, entry: &str) -> String {
    let today = rules::clock::china_date(site.app.now());
    let table = site.app.tables.followup.in_force(today);
    let found = table.entries.iter().find(|one| one.code == entry);
    found.map_or_else(String::new, |entry| {
        let source = language.of(&entry.source_zh, &entry.source_en);
        let mark = match entry.mark {
            Mark::Official => "followup.official",
            Mark::Default => "followup.local",
        };
        format!("{source} · {}", language.text(mark))
    })
}

pub(crate) fn deadline(site: &Site, language: Language, owed: &Owed) -> Deadline {
    let today = rules::clock::china_date(site.app.now());
    let (text, _, icon) = days_left(language, today, owed.by);
    Deadline {
        what: language.code("smd_due", owed.what.code()),
        day: owed.by.to_string(),
        text,
        icon,
        rule: rule_text(site, language, owed.entry),
        overdue: owed.by < today,
    }
}

/// A township or village in few words.
pub(crate) fn place(site: &Site, code: i64) -> String {
    division::short(&site.app, code)
}

/// Age in whole years.
pub(crate) fn age(site: &Site, language: Language, born: Option<Date>) -> String {
    let today = rules::clock::china_date(site.app.now());
    let Some(born) = born else { return String::new() };
    let years = rules::identity_number::age_on(born, today);
    language.with("followup.age", &[("years", &years.to_string())])
}

/// A form of the follow-up: one column, grouped as on paper, problems on top and beside each field.
#[derive(Template)]
#[template(path = "followup/form.html")]
pub(crate) struct FormPage {
    pub shell: Shell,
    /// What of it outlives a closed window.
    pub kept: Kept,
    pub heading: String,
    /// Whom it is about.
    pub about: String,
    /// What the step means.
    pub help: String,
    pub to: String,
    pub back: String,
    pub version: i64,
    /// Further fields that are sent and not seen.
    pub hidden: Vec<(&'static str, String)>,
    pub groups: Vec<Group>,
    pub told: Vec<Told>,
    /// Why it is not possible; empty where it is.
    pub refusal: String,
    /// What the rules make of it, before it is saved.
    pub outlook: Vec<(String, String)>,
    /// Class of the outlook.
    pub badge: Option<Badge>,
    /// The buttons: value of `do`, words; the first is the primary one.
    pub buttons: Vec<(&'static str, String)>,
}

impl FormPage {
    /// Makes of it the form of something that is not possible now: without a button, and without fields unless somebody
    /// has written in them, who then still has the words.
    pub(crate) fn close(&mut self, language: Language, written: bool) {
        if self.refusal.is_empty() {
            self.refusal = language.text("smd.not_now").into_owned();
        }
        if written {
            self.refusal = format!("{} {}", self.refusal, language.text("smd.still_written"));
        } else {
            self.groups.clear();
        }
        self.buttons.clear();
    }

    /// Puts what is wrong beside its fields and on top.
    pub(crate) fn tell(&mut self, language: Language, problems: &[Problem]) {
        let mut loose = Vec::new();
        for problem in problems {
            let text = problem_text(language, problem);
            let controls = self.groups.iter_mut().flat_map(|group| &mut group.controls);
            match controls.into_iter().find(|control| control.name == problem.field) {
                Some(control) if control.problem.is_empty() => control.problem = text,
                Some(control) => control.problem = format!("{} {text}", control.problem),
                None => loose.push(Told { at: "form".to_owned(), text }),
            }
        }
        self.told = summary(&self.groups);
        self.told.extend(loose);
    }
}

/// What stands in the way, in words: problems of fields, or a refusal; everything else fails.
pub(crate) fn stands_in_the_way(session: &Session, error: Error) -> Result<(Vec<Problem>, String), Error> {
    let language = session.language;
    match error {
        Error::Invalid(problems) => Ok((problems, String::new())),
        Error::Refused(refusal) => Ok((Vec::new(), language.refused(&refusal))),
        Error::Changed { .. } => Ok((Vec::new(), language.text("followup.changed").into_owned())),
        other => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_day_stands_in_the_text() {
        let day = Some(date(2025, 3, 17));
        for chinese in [true, false] {
            assert!(visit_fault(FaultCode::NextDateTooLate, day, chinese).contains("2025-03-17"));
            for code in FaultCode::ALL {
                assert!(!visit_fault(code, None, chinese).contains("%{"), "{code:?}");
            }
        }
    }

    #[test]
    fn a_deadline_says_how_many_days_with_text_and_icon() {
        let today = date(2026, 3, 10);
        for (by, tone, part) in [
            (date(2026, 3, 1), "late", "9"),
            (date(2026, 3, 9), "late", "1"),
            (date(2026, 3, 10), "soon", ""),
            (date(2026, 3, 11), "soon", "1"),
            (date(2026, 4, 10), "fine", "31"),
        ] {
            for language in [Language::Chinese, Language::English] {
                let (text, found, icon) = days_left(language, today, by);
                assert!(found == tone && text.contains(part) && !icon.is_empty(), "{by}: {text}");
            }
        }
    }
}
