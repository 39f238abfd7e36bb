//! How a person may be reached without harm: in which ways, at which hours, by whom, with which words; and never at work.
//!
//! A telephone call to the wrong place or a message that others read tells that somebody is a patient (Mental Health Law
//! art. 4). What the person says of it holds wherever somebody is told something or looked for; the form of the rules is a
//! local default.

use crate::Refusal;
use jiff::civil::{Time, Weekday};
use serde::{Deserialize, Serialize};

/// The rule behind every refusal here.
const RULE: &str = "MHL4";
/// Letters of a free field at most.
const LONGEST: usize = 500;

/// A way to reach somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactWay {
    /// A telephone call.
    Phone,
    /// A text message or messenger, which only says that there is a notice.
    Text,
    /// A letter.
    Letter,
    /// A visit at home.
    Home,
    /// At the institution or the counter.
    Institution,
    /// By video.
    Video,
}

impl ContactWay {
    /// All ways.
    pub const ALL: [ContactWay; 6] = [
        ContactWay::Phone,
        ContactWay::Text,
        ContactWay::Letter,
        ContactWay::Home,
        ContactWay::Institution,
        ContactWay::Video,
    ];

    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            ContactWay::Phone => "phone",
            ContactWay::Text => "text",
            ContactWay::Letter => "letter",
            ContactWay::Home => "home",
            ContactWay::Institution => "institution",
            ContactWay::Video => "video",
        }
    }

    /// The way of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<ContactWay> {
        ContactWay::ALL.into_iter().find(|way| way.code() == code)
    }
}

/// What a person says of being reached. The place of work is never called, whatever else is said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactRules {
    /// Ways that are safe, one at least.
    pub ways: Vec<ContactWay>,
    /// From which hour on.
    pub from: Option<Time>,
    /// Until which hour.
    pub until: Option<Time>,
    /// Only from Monday to Friday.
    #[serde(default)]
    pub weekdays_only: bool,
    /// Who may call; anybody in charge where it is empty.
    #[serde(default)]
    pub callers: String,
    /// How the caller begins: what may be said to whoever answers.
    #[serde(default)]
    pub opening: String,
    /// What must not be said, or to whom.
    #[serde(default)]
    pub never: String,
}

impl ContactRules {
    /// The fields that are wrong, with the code of the problem.
    #[must_use]
    pub fn problems(&self) -> Vec<(&'static str, &'static str)> {
        let mut wrong = Vec::new();
        if self.ways.is_empty() {
            wrong.push(("ways", "required"));
        }
        if let (Some(from), Some(until)) = (self.from, self.until)
            && from >= until
        {
            wrong.push(("until", "hours_order"));
        }
        for (field, text) in [("callers", &self.callers), ("opening", &self.opening), ("never", &self.never)]
        {
            if text.chars().count() > LONGEST {
                wrong.push((field, "too_long"));
            }
        }
        wrong
    }

    /// Whether the person may be reached in one of these ways.
    ///
    /// # Errors
    /// A refusal that names the ways that are safe.
    pub fn allow(&self, ways: &[ContactWay]) -> Result<(), Refusal> {
        if ways.iter().any(|way| self.ways.contains(way)) {
            return Ok(());
        }
        let safe: Vec<&str> = self.ways.iter().map(|way| way.code()).collect();
        Err(Refusal::new(RULE, "contact_way").with("ways", safe.join(" ")))
    }

    /// Whether a moment is within the hours that the person named.
    #[must_use]
    pub fn is_time(&self, day: Weekday, at: Time) -> bool {
        let weekend = matches!(day, Weekday::Saturday | Weekday::Sunday);
        !(self.weekdays_only && weekend)
            && self.from.is_none_or(|from| from <= at)
            && self.until.is_none_or(|until| at <= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;

    fn rules(ways: &[ContactWay]) -> ContactRules {
        ContactRules {
            ways: ways.to_vec(),
            from: Some(time(18, 0, 0, 0)),
            until: Some(time(20, 0, 0, 0)),
            weekdays_only: true,
            callers: "李老师".to_owned(),
            opening: "您好，我是社区李老师".to_owned(),
            never: String::new(),
        }
    }

    #[test]
    fn only_the_ways_that_the_person_named_are_safe() {
        let rows: [(&[ContactWay], &[ContactWay], bool); 6] = [
            (&[ContactWay::Phone], &[ContactWay::Phone], true),
            (&[ContactWay::Phone], &[ContactWay::Letter], false),
            (&[ContactWay::Home], &[ContactWay::Home, ContactWay::Institution], true),
            (&[], &[ContactWay::Phone], false),
            (&[], &[ContactWay::Institution], false),
            (&[ContactWay::Text, ContactWay::Letter], &[ContactWay::Phone], false),
        ];
        for (named, asked, allowed) in rows {
            let answer = rules(named).allow(asked);
            assert_eq!(answer.is_ok(), allowed, "{named:?} {asked:?}");
            assert!(answer.err().is_none_or(|refusal| refusal.code == "contact_way"));
        }
    }

    #[test]
    fn only_the_hours_that_the_person_named_are_right() {
        let named = rules(&[ContactWay::Phone]);
        for (day, at, right) in [
            (Weekday::Monday, time(18, 0, 0, 0), true),
            (Weekday::Friday, time(20, 0, 0, 0), true),
            (Weekday::Monday, time(17, 59, 0, 0), false),
            (Weekday::Monday, time(20, 1, 0, 0), false),
            (Weekday::Sunday, time(19, 0, 0, 0), false),
        ] {
            assert_eq!(named.is_time(day, at), right, "{day:?} {at}");
        }
        let always = ContactRules { from: None, until: None, weekdays_only: false, ..named };
        assert!(always.is_time(Weekday::Sunday, time(3, 0, 0, 0)));
    }

    #[test]
    fn hours_are_in_order_and_texts_short() {
        let good = rules(&[ContactWay::Phone]);
        assert!(good.problems().is_empty());
        assert_eq!(rules(&[]).problems(), [("ways", "required")]);
        let late = ContactRules { until: Some(time(9, 0, 0, 0)), ..good.clone() };
        assert_eq!(late.problems(), [("until", "hours_order")]);
        let long = ContactRules { never: "长".repeat(501), ..good };
        assert_eq!(long.problems(), [("never", "too_long")]);
    }
}
