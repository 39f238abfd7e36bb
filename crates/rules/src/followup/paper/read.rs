//! A paper as it was written, read by what the rules ask of it; and the rules that several papers share.

use super::{Around, Fault};
use crate::followup::report::{About, Accuracy};
use crate::identity_number::{self, Sex};
use jiff::civil::{Date, Time};
use serde_json::{Map, Value};

/// What was written.
pub(super) struct Written<'a>(pub &'a Map<String, Value>);

/// Letters of the number of a document at most.
const LONGEST_NUMBER: usize = 18;
/// The resident identity card among the kinds of documents.
const IDENTITY_CARD: &str = "01";
/// Documents that foreigners show.
const FOREIGN: [&str; 2] = ["03", "99"];

pub(super) fn fault(field: &str, code: &str) -> Fault {
    Fault { field: field.to_owned(), code: code.to_owned() }
}

impl Written<'_> {
    pub(super) fn text(&self, key: &str) -> &str {
        self.0.get(key).and_then(Value::as_str).map(str::trim).unwrap_or_default()
    }

    pub(super) fn day(&self, key: &str) -> Option<Date> {
        self.text(key).parse().ok()
    }

    pub(super) fn yes(&self, key: &str) -> Option<bool> {
        self.0.get(key).and_then(Value::as_bool)
    }

    pub(super) fn codes(&self, key: &str) -> Vec<&str> {
        self.0.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    pub(super) fn rows(&self, key: &str) -> &[Value] {
        self.0.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// A count; none where nothing was written.
    pub(super) fn count(&self, key: &str) -> Option<f64> {
        self.0.get(key).and_then(Value::as_f64)
    }

    /// Whether community management is agreed to; none where nothing is said.
    pub(super) fn consent(&self) -> Option<bool> {
        match self.text("consent") {
            "agree" => Some(true),
            "disagree" => Some(false),
            _ => None,
        }
    }

    /// A day of long ago with its accuracy.
    pub(super) fn about(&self, day: &str, accuracy: &str) -> Option<About> {
        let accuracy = match self.text(accuracy) {
            "year" => Accuracy::Year,
            "month" => Accuracy::Month,
            _ => Accuracy::Day,
        };
        Some(About { on: self.day(day)?, accuracy })
    }

    /// Days that lie in the future.
    pub(super) fn in_future(&self, keys: &[&str], today: Date) -> Vec<Fault> {
        let late = |key: &&&str| self.day(key).is_some_and(|day| day > today);
        keys.iter().filter(late).map(|key| fault(key, "date_in_future")).collect()
    }

    /// Days that lie before the birth.
    pub(super) fn before_birth(&self, keys: &[&str], around: &Around<'_>) -> Vec<Fault> {
        let Some(born) = self.born(around) else { return Vec::new() };
        let early = |key: &&&str| self.day(key).is_some_and(|day| day < born);
        keys.iter().filter(early).map(|key| fault(key, "before_birth")).collect()
    }

    /// Whether the first of two days lies before the second, where both are written.
    pub(super) fn lies_before(&self, [first, second]: [&str; 2]) -> bool {
        self.day(first).zip(self.day(second)).is_some_and(|(first, second)| first < second)
    }

    /// Whole numbers that are none.
    pub(super) fn not_whole(&self, keys: &[&str]) -> Vec<Fault> {
        let broken = |key: &&&str| self.count(key).is_some_and(|count| count.fract() != 0.0);
        keys.iter().filter(broken).map(|key| fault(key, "not_whole")).collect()
    }

    /// A time of the day that is none.
    pub(super) fn clock(&self, key: &str) -> Vec<Fault> {
        let text = self.text(key);
        let is_time = Time::strptime("%H:%M", text).is_ok();
        if text.is_empty() || is_time { Vec::new() } else { vec![fault(key, "clock_form")] }
    }

    /// *None* stands alone.
    pub(super) fn exclusive(&self, key: &str) -> Vec<Fault> {
        let codes = self.codes(key);
        if codes.contains(&"none") && codes.len() > 1 {
            return vec![fault(key, "danger_none_and_counted")];
        }
        Vec::new()
    }

    /// The birth that other days are compared with: that of the register, or the one that is written.
    pub(super) fn born(&self, around: &Around<'_>) -> Option<Date> {
        around.born.or_else(|| self.day("born_on"))
    }

    /// Name, document, sex and birth fit together; nationality stands with foreigners alone.
    pub(super) fn identity(&self, around: &Around<'_>) -> Vec<Fault> {
        let mut found = self.in_future(&["born_on"], around.today);
        let (kind, number) = (self.text("id_kind"), self.text("number"));
        if kind == IDENTITY_CARD && !number.is_empty() {
            match identity_number::check(number, around.today) {
                Err(_) => found.push(fault("number", "identity_number_invalid")),
                Ok(reading) => {
                    let sex = if reading.sex == Sex::Male { "male" } else { "female" };
                    if !self.text("sex").is_empty() && self.text("sex") != sex {
                        found.push(fault("sex", "sex_differs"));
                    }
                    if self.day("born_on").is_some_and(|day| day != reading.birth_date) {
                        found.push(fault("born_on", "birth_differs"));
                    }
                }
            }
        } else if number.chars().count() > LONGEST_NUMBER {
            found.push(fault("number", "too_long"));
        }
        if !self.text("nationality").is_empty() && !FOREIGN.contains(&kind) {
            found.push(fault("nationality", "nationality_of_foreigners"));
        }
        found
    }

    /// The ICD-10 codes are codes, and one of them belongs to the group that was chosen.
    pub(super) fn icd10(&self, around: &Around<'_>) -> Vec<Fault> {
        let written = self.text("icd10").to_uppercase();
        let codes: Vec<&str> =
            written.split([' ', ',', ';', '，', '；', '、', '+']).filter(|c| !c.is_empty()).collect();
        if codes.is_empty() {
            return Vec::new();
        }
        if !codes.iter().all(|code| is_icd10(code)) {
            return vec![fault("icd10", "icd10_form")];
        }
        let Some(group) = around.disorders.get(self.text("disorder")) else { return Vec::new() };
        let belongs = codes.iter().any(|code| group.icd10.iter().any(|start| code.starts_with(start)));
        if belongs { Vec::new() } else { vec![fault("icd10", "icd10_differs")] }
    }

    /// Lines of drugs: a dose at some time of the day, or of a long-acting drug its dose and the days between.
    pub(super) fn drugs(&self, key: &str) -> Vec<Fault> {
        let mut found = Vec::new();
        for (number, row) in (1_usize..).zip(self.rows(key)) {
            let Some(row) = row.as_object() else { continue };
            let row = Written(row);
            let at = |column: &str| format!("{key}.{number}.{column}");
            let given = |column: &str| row.count(column).is_some_and(|dose| dose > 0.0);
            if row.yes("long_acting") == Some(true) {
                for column in ["injection", "interval"].iter().filter(|column| !given(column)) {
                    found.push(fault(&at(column), "long_acting_incomplete"));
                }
            } else if !["morning", "noon", "night"].iter().any(|column| given(column)) {
                found.push(fault(&at("morning"), "drug_dose_missing"));
            }
        }
        found
    }
}

/// `F20`, `F20.0`, `F06.81`.
fn is_icd10(code: &str) -> bool {
    let (head, tail) = code.split_once('.').map_or((code, None), |(head, tail)| (head, Some(tail)));
    let mut letters = head.chars();
    letters.next().is_some_and(|letter| letter.is_ascii_uppercase())
        && head.chars().count() == 3
        && letters.all(|letter| letter.is_ascii_digit())
        && tail.is_none_or(|tail| {
            (1..=4).contains(&tail.chars().count())
                && tail.chars().all(|letter| letter.is_ascii_alphanumeric())
        })
}
