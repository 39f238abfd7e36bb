//! Goals and sessions for a talk with the person: how far each goal is, and what took place month by month. On the page of the outcome,
//! and on its paper.

use super::section::{Bar, bars};
use crate::{Site, language::Language, pdf::Block, session::Session};
use app::{
    Error,
    care::{self, Figures},
    id::Id,
};
use rules::account::{Deed, Subject};

/// Months shown, the latest of them.
const MONTHS: usize = 24;

/// A month as a line.
pub(crate) struct MonthRow {
    pub name: String,
    pub came: String,
    pub excused: String,
    pub missed: String,
    pub hours: String,
}

/// What is told of plan and sessions.
pub(crate) struct Talk {
    pub goals: Vec<Bar>,
    /// Mean attainment in percent; empty where nothing was measured.
    pub attained: String,
    /// All sessions in a sentence.
    pub sum: String,
    pub months: Vec<MonthRow>,
}

/// Minutes as hours with one decimal.
pub(super) fn hours(minutes: u64) -> String {
    format!("{}.{}", minutes / 60, minutes % 60 * 10 / 60)
}

/// All sessions in a sentence, and the nights in another where there are any.
fn told(language: Language, sum: String, nights: u32) -> String {
    if nights == 0 {
        return sum;
    }
    format!("{sum} {}", language.with("talk.nights", &[("count", &nights.to_string())]))
}

impl Talk {
    /// What a reader with a part in care is told; nothing for anybody else. The read is in the log.
    pub(crate) async fn of(site: &Site, session: &Session, case: Id) -> Result<Option<Talk>, Error> {
        if !session.scope.role.may(Deed::Read, Subject::Care) {
            return Ok(None);
        }
        let figures = care::figures(&site.app, &session.scope, case).await?;
        Ok(Some(Talk::new(site, session.language, &figures)))
    }

    pub(super) fn new(site: &Site, language: Language, figures: &Figures) -> Talk {
        let sum = [
            ("came", figures.came.to_string()),
            ("hours", hours(figures.minutes)),
            ("excused", figures.excused.to_string()),
            ("missed", figures.missed.to_string()),
        ];
        let sum: Vec<(&str, &str)> = sum.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let row = |month: &rules::care::Month| MonthRow {
            name: month.first.strftime("%Y-%m").to_string(),
            came: month.came.to_string(),
            excused: month.excused.to_string(),
            missed: month.missed.to_string(),
            hours: hours(u64::from(month.minutes)),
        };
        let before = figures.months.len().saturating_sub(MONTHS);
        Talk {
            goals: bars(&site.app, language, figures),
            attained: figures.attained.map(|share| share.0.to_string()).unwrap_or_default(),
            sum: told(language, language.with("talk.sum", &sum), figures.nights),
            months: figures.months.iter().skip(before).map(row).collect(),
        }
    }

    /// The same on paper.
    pub(crate) fn blocks(self, language: Language) -> Vec<Block> {
        let text = |key: &str| language.text(key).into_owned();
        let mut blocks = Vec::new();
        if !self.goals.is_empty() {
            blocks.push(Block::Heading(text("care.goals")));
            let headings = ["care_field.goal", "talk.measure", "talk.now", "care.attained"];
            let row = |goal: Bar| {
                let percent = goal.percent.map(|percent| format!("{percent} %")).unwrap_or_default();
                vec![goal.text, format!("{} · {}", goal.measure, goal.way), goal.now, percent]
            };
            blocks.push(Block::Table(headings.map(text).to_vec(), self.goals.into_iter().map(row).collect()));
        }
        if !self.months.is_empty() {
            blocks.push(Block::Heading(text("talk.sessions")));
            blocks.push(Block::Text(self.sum));
            let headings = ["talk.month", "care.came", "care.excused", "care.missed", "care.hours"];
            let row =
                |month: MonthRow| vec![month.name, month.came, month.excused, month.missed, month.hours];
            blocks
                .push(Block::Table(headings.map(text).to_vec(), self.months.into_iter().map(row).collect()));
        }
        blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_told_as_hours() {
        for (minutes, told) in [(0, "0.0"), (59, "0.9"), (60, "1.0"), (90, "1.5"), (1_234, "20.5")] {
            assert_eq!(hours(minutes), told);
        }
    }
}
