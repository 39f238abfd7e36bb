//! Rating scales as data: definitions, scoring, what must not wait, and change between two results.
//!
//! A score is a screening result and never a diagnosis (Mental Health Law, art. 23: counsellors do not diagnose). Item texts stand
//! in a definition only where its licence admits them; answers of a paper form can be entered without them.

use thiserror::Error;

use crate::embedded::DataError;

mod bands;
mod change;
mod definition;
mod entered;
mod fhir;
mod figure;
mod library;
mod outcome;
mod plan;
mod protocol;
mod rating;
mod read;
mod schedule;
#[cfg(test)]
mod tests;

pub use change::{Change, Verdict};
pub use definition::{
    AnswerLabel, Band, ChangeRule, Condition, CrisisRule, Definition, Direction, EntryRange, Finding, Grade,
    Item, Licence, LicenceClass, Loinc, Missing, PercentAbove, Permitted, Rater, Reliable, Rule, Score, Text,
};
pub use entered::LONGEST_TEXT;
pub use fhir::from_questionnaire;
pub use figure::{Figure, MOST_PLACES};
pub use library::{SCALES, all, embedded};
pub use outcome::{Allowed, AnswerFault, Outcome, Problem};
pub use plan::Circumstances;
pub use protocol::{Actor, CrisisAction, CrisisProtocol, CrisisResponse, MinorRule, Respondent};
pub use rating::{Mode, may_record, may_void};
pub use schedule::{Course, Occasion, RaterTraining, Round, Schedule, Standing};

/// What is wrong with a definition, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}: {fault}; {remedy}")]
pub struct ScaleFault {
    /// Where in the file: `items.phq9-1`, `scores.total.bands`.
    pub place: String,
    /// What is wrong.
    pub fault: String,
    /// What to do.
    pub remedy: String,
}

impl ScaleFault {
    fn new(place: impl Into<String>, fault: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { place: place.into(), fault: fault.into(), remedy: remedy.into() }
    }
}

/// In which form a file was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// As the scales in `data/scales`.
    Own,
    /// As a FHIR R4 Questionnaire.
    Questionnaire,
}

/// A scale that can be scored: its definition was checked as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scale {
    definition: Definition,
    plan: plan::Plan,
}

impl Scale {
    /// A scale from the text of a file: one of our own, or a FHIR R4 Questionnaire.
    ///
    /// # Errors
    /// It is badly written or does not hold together; the error names file, place and remedy.
    pub fn parse(file: &str, text: &str) -> Result<(Self, Written), DataError> {
        let unreadable = |fault: serde_json::Error| {
            DataError::new(file, format!("{fault}; the form of a scale is told in docs/scales.md"))
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let value: serde_json::Value = serde_json::from_str(text).map_err(unreadable)?;
        let in_file = |fault: ScaleFault| DataError::new(file, fault);
        if !value.is_object() {
            let remedy = "write a scale as told in docs/scales.md, or a FHIR R4 Questionnaire";
            return Err(in_file(ScaleFault::new("the file", "it is no object", remedy)));
        }
        if value.get("resourceType").is_some() {
            let definition = from_questionnaire(&value).map_err(in_file)?;
            return Ok((Self::new(definition).map_err(in_file)?, Written::Questionnaire));
        }
        // Read again from the text, so that the error names line and column.
        let definition: Definition = serde_json::from_str(text).map_err(unreadable)?;
        Ok((Self::new(definition).map_err(in_file)?, Written::Own))
    }

    /// A scale of a definition.
    ///
    /// # Errors
    /// It does not hold together.
    pub fn new(definition: Definition) -> Result<Self, ScaleFault> {
        let plan = read::plan(&definition)?;
        Ok(Self { definition, plan })
    }

    /// The definition.
    #[must_use]
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// How many answers a filled-in form has: of the items that scores are made of. Optional ones at the end may be left off.
    #[must_use]
    pub fn answers(&self) -> std::ops::RangeInclusive<usize> {
        let required =
            self.definition.items.iter().rposition(|item| !item.optional).map_or(0, |last| last + 1);
        required..=self.definition.items.len()
    }

    /// Lowest and highest total where every item applies, or the range in which a total is entered.
    #[must_use]
    pub fn range(&self) -> Option<(Figure, Figure)> {
        let figure = |bound: i32| Figure::whole(i64::from(bound));
        let entered = self.definition.score_entry.map(|entry| (figure(entry.min), figure(entry.max)));
        self.plan.range.or(entered)
    }

    /// Lowest and highest total that can come out: lower than its range where items do not apply.
    #[must_use]
    pub fn span(&self) -> Option<(Figure, Figure)> {
        let total = self.plan.total?;
        self.plan.scores.get(total).map(|score| (score.low, score.high))
    }

    /// Whether the person's sex makes a difference.
    #[must_use]
    pub fn asks_sex(&self) -> bool {
        fn named(when: &Condition) -> bool {
            when.sex.is_some() || when.all.iter().chain(&when.any).chain(&when.count).any(named)
        }
        let definition = &self.definition;
        let mut bands = definition.scores.iter().flat_map(|score| &score.bands);
        let skipped = definition.items.iter().filter_map(|item| item.skip_when.as_ref());
        let found = definition.findings.iter().map(|finding| &finding.when);
        let mut conditions = skipped.chain(found).chain(definition.crisis.iter().map(|rule| &rule.when));
        bands.any(|band| band.sex.is_some() || band.also_when.as_ref().is_some_and(named))
            || conditions.any(named)
    }
}
