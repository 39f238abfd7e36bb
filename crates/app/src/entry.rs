//! What somebody typed into a form or a list, read field by field; everything that is wrong is told at once.

use crate::{
    division::Divisions,
    error::{Error, Problem, Result},
};
use jiff::civil::Date;
use rules::division::{DivisionCode, Level};

/// Collects the problems of one entry while its fields are read.
pub(crate) struct Reader<'a> {
    divisions: &'a Divisions,
    problems: Vec<Problem>,
    /// Whether everything that is required must be there; a draft may wait.
    complete: bool,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(divisions: &'a Divisions, complete: bool) -> Reader<'a> {
        Reader { divisions, problems: Vec::new(), complete }
    }

    /// Notes a problem.
    pub(crate) fn wrong(&mut self, field: &str, code: &str, value: impl ToString) {
        let values = Some(value.to_string()).filter(|v| !v.is_empty()).into_iter().collect();
        self.problems.push(Problem { field: field.to_owned(), code: code.to_owned(), values });
    }

    /// The value, where there was nothing wrong with any field.
    pub(crate) fn finish<T>(self, value: T) -> Result<T> {
        if self.problems.is_empty() { Ok(value) } else { Err(Error::Invalid(self.problems)) }
    }

    /// Something that a complete entry has.
    pub(crate) fn wanted(&mut self, field: &str, there: bool) {
        if self.complete && !there {
            self.wrong(field, "required", "");
        }
    }

    /// Something that even a draft has.
    pub(crate) fn needed(&mut self, field: &str, there: bool) {
        if !there {
            self.wrong(field, "required", "");
        }
    }

    /// A line of text without control characters.
    pub(crate) fn line(&mut self, field: &str, text: &str, longest: usize) -> String {
        self.written(field, text.trim().to_owned(), longest, &[])
    }

    /// Text of several lines; ends of lines become one sign each.
    pub(crate) fn text(&mut self, field: &str, text: &str, longest: usize) -> String {
        self.written(field, text.trim().replace("\r\n", "\n"), longest, &['\n', '\t'])
    }

    fn written(&mut self, field: &str, text: String, longest: usize, allowed: &[char]) -> String {
        if text.chars().count() > longest {
            self.wrong(field, "too_long", longest);
        }
        if text.chars().any(|c| c.is_control() && !allowed.contains(&c)) {
            self.wrong(field, "control_character", "");
        }
        text
    }

    /// A whole number between two bounds; nothing where nothing was typed.
    pub(crate) fn number(&mut self, field: &str, text: &str, lowest: u32, highest: u32) -> Option<u32> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        match text.parse::<u32>() {
            Ok(number) if (lowest..=highest).contains(&number) => Some(number),
            _ => {
                self.wrong(field, "number_range", format!("{lowest}–{highest}"));
                None
            }
        }
    }

    /// A day; nothing where nothing was typed.
    pub(crate) fn day(&mut self, field: &str, text: &str) -> Option<Date> {
        if text.trim().is_empty() {
            return None;
        }
        let day = day(text);
        if day.is_none() {
            self.wrong(field, "date", "");
        }
        day
    }

    /// A day that has come.
    pub(crate) fn past_day(&mut self, field: &str, text: &str, today: Date) -> Option<Date> {
        let day = self.day(field, text)?;
        if day > today {
            self.wrong(field, "date_future", "");
        }
        Some(day)
    }

    /// A telephone number in its normal form; empty where nothing was typed.
    pub(crate) fn phone(&mut self, field: &str, text: &str) -> String {
        if text.trim().is_empty() {
            return String::new();
        }
        match rules::phone::check(text) {
            Ok(phone) => match phone.extension {
                Some(extension) => format!("{}转{extension}", phone.digits),
                None => phone.digits,
            },
            Err(error) => {
                self.wrong(field, &error.code(), "");
                String::new()
            }
        }
    }

    /// The code of a division that exists and reaches at least a level; 0 where it cannot be read.
    pub(crate) fn division(&mut self, field: &str, text: &str, at_least: Level) -> i64 {
        match DivisionCode::parse(text) {
            Ok(code) if !self.divisions.exists(code) => {
                self.wrong(field, "division_unknown", "");
                0
            }
            Ok(code) if code.level() >= at_least => code.number(),
            Ok(_) => {
                self.wrong(field, "division_deeper", "");
                0
            }
            Err(error) => {
                self.wrong(field, &error.code(), text.trim());
                0
            }
        }
    }

    /// The one choice of a field that even a draft has; an empty field is told apart from a code that is none.
    pub(crate) fn choice<T>(
        &mut self,
        field: &str,
        text: &str,
        of_code: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = text.trim();
        let chosen = of_code(text);
        if chosen.is_none() {
            self.wrong(field, if text.is_empty() { "required" } else { "unknown_choice" }, "");
        }
        chosen
    }

    /// Codes of a list, in the list's order, each once.
    pub(crate) fn choices(&mut self, field: &str, chosen: &[String], list: &[&str]) -> Vec<String> {
        let chosen: Vec<&str> = chosen.iter().map(|c| c.trim()).filter(|c| !c.is_empty()).collect();
        if let Some(unknown) = chosen.iter().find(|c| !list.contains(c)) {
            self.wrong(field, "unknown_choice", unknown);
        }
        list.iter().filter(|c| chosen.contains(c)).map(|c| (*c).to_owned()).collect()
    }
}

/// Reads a day as people and spreadsheets write it: 2026-11-21, 2026/11/21, 2026.11.21, 2026年11月21日, 20261121.
pub(crate) fn day(text: &str) -> Option<Date> {
    let text = text.trim();
    let plain = text.chars().all(|c| c.is_ascii_digit());
    if plain && text.len() == 8 {
        let (year, rest) = text.split_at_checked(4)?;
        let (month, day) = rest.split_at_checked(2)?;
        return Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok();
    }
    let marks = |c: char| matches!(c, '-' | '/' | '.' | '年' | '月' | '日');
    let parts: Vec<&str> = text.split(marks).map(str::trim).filter(|p| !p.is_empty()).collect();
    let [year, month, day] = parts.as_slice() else { return None };
    if year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_as_people_write_them() {
        for text in ["2026-11-21", "2026/11/21", "2026.11.21", "2026年11月21日", "20261121", " 2026-11-21 "]
        {
            assert_eq!(day(text), Some(jiff::civil::date(2026, 11, 21)), "{text}");
        }
        for text in ["", "2026-13-01", "2026-02-30", "21-11-2026", "tomorrow", "2026-11"] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn every_wrong_field_is_told_at_once() {
        let divisions = Divisions::embedded().unwrap();
        let mut reader = Reader::new(&divisions, true);
        reader.line("name", &"长".repeat(9), 8);
        reader.number("area", "-3", 0, 10);
        reader.day("until", "2026-02-30");
        reader.phone("phone", "12");
        reader.division("division", "99", Level::County);
        reader.division("place", "310199", Level::County);
        reader.choices("services", &["S1".into(), "S99".into()], &["S1", "S2"]);
        reader.choice("level", " ", |_| None::<u8>);
        reader.choice("kind", "hotel", |_| None::<u8>);
        reader.wanted("address", false);
        let Err(Error::Invalid(problems)) = reader.finish(()) else { panic!("all is wrong") };
        let found: Vec<(&str, &str)> = problems.iter().map(|p| (p.field.as_str(), p.code.as_str())).collect();
        assert_eq!(
            found,
            [
                ("name", "too_long"),
                ("area", "number_range"),
                ("until", "date"),
                ("phone", "phone.form"),
                ("division", "division.province"),
                ("place", "division_unknown"),
                ("services", "unknown_choice"),
                ("level", "required"),
                ("kind", "unknown_choice"),
                ("address", "required"),
            ]
        );
    }

    #[test]
    fn text_has_lines_and_a_line_has_none() {
        let divisions = Divisions::embedded().unwrap();
        let mut reader = Reader::new(&divisions, true);
        assert_eq!(reader.text("note", " one\r\ntwo\n", 20), "one\ntwo");
        assert!(reader.finish(()).is_ok());
        let mut reader = Reader::new(&divisions, true);
        reader.line("name", "one\ntwo", 20);
        reader.text("note", "one\u{7}", 20);
        let Err(Error::Invalid(problems)) = reader.finish(()) else { panic!("both are wrong") };
        assert!(problems.iter().all(|p| p.code == "control_character") && problems.len() == 2);
    }

    #[test]
    fn a_draft_may_wait() {
        let divisions = Divisions::embedded().unwrap();
        let mut reader = Reader::new(&divisions, false);
        reader.wanted("address", false);
        assert!(reader.finish(()).is_ok());
    }
}
