//! What follows when answers must not wait (`data/crisis_protocol.toml`): who does what, by when.

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

use super::definition::CrisisRule;
use crate::{
    clock::{Mark, Unit, china_date, end_of},
    embedded::DataError,
};

const FILE: &str = "data/crisis_protocol.toml";
const TEXT: &str = include_str!("../../../../data/crisis_protocol.toml");

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The program, on the page or in the answer.
    Platform,
    /// Whoever asked the questions.
    Rater,
    /// The case manager.
    CaseManager,
    /// A doctor.
    Doctor,
    /// The referral desk.
    ReferralWorker,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrisisAction {
    /// Code.
    pub code: String,
    /// Who does it.
    pub by: Actor,
    /// Within so many units; 0 is at once, 0 days the same day.
    pub limit: u16,
    /// Unit.
    pub unit: Unit,
    /// It names or looks for the person, and is left out where the person is anonymous.
    #[serde(default)]
    pub identifies: bool,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// What triggers it, and what follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrisisResponse {
    /// The trigger that scales name.
    pub code: String,
    /// Level 1 to 4.
    pub level: u8,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Codes of the actions, in their order.
    pub actions: Vec<String>,
}

/// What goes for minors besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MinorRule {
    /// Of age from so many years on.
    pub of_age: u8,
    /// The guardian is told from this level on, after the limits of confidentiality were explained.
    pub guardian_from_level: u8,
    /// Below this age the guardian agrees before any scale is filled in.
    pub consent_below_age: u8,
}

/// Who answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Respondent {
    /// Age in years, where it is known.
    pub age: Option<u8>,
    /// The person did not say who they are.
    pub anonymous: bool,
}

/// The protocol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrisisProtocol {
    /// First day in use.
    pub effective_from: Date,
    /// Official or a local default.
    pub mark: Mark,
    /// Source in Chinese.
    pub source_zh: String,
    /// Source in English.
    pub source_en: String,
    /// Number of the national psychological-aid hotline.
    pub hotline: String,
    /// What is to be done at once is late after so many minutes.
    pub at_once_minutes: u16,
    /// What goes for minors.
    pub minor: MinorRule,
    /// What is shown to whoever is anonymous, at every level.
    pub anonymous: Vec<String>,
    /// What goes for a trigger that is not named here, by level from 1.
    pub levels: Vec<Vec<String>>,
    /// Triggers.
    #[serde(rename = "trigger")]
    pub triggers: Vec<CrisisResponse>,
    /// Actions.
    #[serde(rename = "action")]
    pub actions: Vec<CrisisAction>,
}

impl CrisisProtocol {
    /// The protocol that is part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        Self::parse(FILE, TEXT)
    }

    /// A protocol from a text.
    ///
    /// # Errors
    /// When it is badly written, or names an action that it does not have.
    pub fn parse(file: &str, text: &str) -> Result<Self, DataError> {
        let protocol: Self = toml::from_str(text).map_err(|fault| DataError::new(file, fault))?;
        let named = protocol.triggers.iter().flat_map(|trigger| &trigger.actions);
        let mut named = named.chain(protocol.levels.iter().flatten()).chain(&protocol.anonymous);
        if let Some(lacking) = named.find(|code| protocol.action(code).is_none()) {
            let fault = format!("there is no action {lacking}; add it, or leave it out where it is named");
            return Err(DataError::new(file, fault));
        }
        if protocol.levels.len() != 4
            || protocol.triggers.iter().any(|trigger| !(1..=4).contains(&trigger.level))
        {
            return Err(DataError::new(file, "levels are 1 to 4; write a list of actions for each"));
        }
        if protocol.action(GUARDIAN).is_none() {
            return Err(DataError::new(file, format!("there is no action {GUARDIAN} for minors; add it")));
        }
        Ok(protocol)
    }

    /// The trigger of a code.
    #[must_use]
    pub fn trigger(&self, code: &str) -> Option<&CrisisResponse> {
        self.triggers.iter().find(|trigger| trigger.code == code)
    }

    fn action(&self, code: &str) -> Option<&CrisisAction> {
        self.actions.iter().find(|action| action.code == code)
    }

    /// What follows from what was found, each action once, the gravest first. Whoever is anonymous is shown help; nobody tries to
    /// find out who it is.
    #[must_use]
    pub fn actions<'a>(&'a self, found: &[&CrisisRule], who: Respondent) -> Vec<&'a CrisisAction> {
        let mut codes: Vec<&str> = Vec::new();
        for rule in found {
            let level = usize::from(rule.level).checked_sub(1).and_then(|level| self.levels.get(level));
            let actions = self.trigger(&rule.trigger).map(|trigger| &trigger.actions).or(level);
            codes.extend(actions.into_iter().flatten().map(String::as_str));
            let minor = who.age.is_some_and(|age| age < self.minor.of_age);
            if minor && rule.level >= self.minor.guardian_from_level {
                codes.push(GUARDIAN);
            }
        }
        if who.anonymous && !found.is_empty() {
            codes.splice(0..0, self.anonymous.iter().map(String::as_str));
        }
        let mut actions: Vec<&CrisisAction> = Vec::new();
        for action in codes.into_iter().filter_map(|code| self.action(code)) {
            let kept = !who.anonymous || !action.identifies;
            if kept && !actions.contains(&action) {
                actions.push(action);
            }
        }
        actions
    }

    /// Until when an action is to be done that follows from answers of an instant: so many hours, the end of the day so many
    /// days later, or what is granted for what is to be done at once.
    #[must_use]
    pub fn due(&self, action: &CrisisAction, at: Timestamp) -> Timestamp {
        let limit = i64::from(action.limit);
        let after = |span: SignedDuration| at.checked_add(span).unwrap_or(Timestamp::MAX);
        match (action.unit, limit) {
            (Unit::Hours, 0) => after(SignedDuration::from_mins(i64::from(self.at_once_minutes))),
            (Unit::Hours, _) => after(SignedDuration::from_hours(limit)),
            _ => end_of(china_date(at).saturating_add(limit.days())),
        }
    }

    /// Whether the guardian must agree before a scale is filled in.
    #[must_use]
    pub fn needs_guardian(&self, who: Respondent) -> bool {
        who.age.is_some_and(|age| age < self.minor.consent_below_age)
    }
}

const GUARDIAN: &str = "tell_guardian";
