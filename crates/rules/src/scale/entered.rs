//! What is entered instead of answers: a total alone, from a paper form or a licensed program, or a finding in words.

use super::{
    Scale, bands,
    definition::{Band, CrisisRule},
    figure::Figure,
    outcome::{Allowed, AnswerFault, Outcome, Problem},
    plan::{Circumstances, Mark, Sight, Test},
};

/// Letters of a finding that is written as text at most: a page. A local default.
pub const LONGEST_TEXT: usize = 4_000;

impl Scale {
    /// What a total amounts to that is entered without answers. What follows from the total alone is found as from answers; what
    /// looks at items cannot be judged, and that is said, since silence would read as "nothing must not wait".
    ///
    /// # Errors
    /// The scale cannot be entered so, or the total lies outside its range.
    pub fn enter(&self, total: i64, about: Circumstances) -> Result<Outcome<'_>, AnswerFault> {
        let fault = |problem: Problem| AnswerFault { position: 0, item: "total".to_owned(), problem };
        if self.definition.text_entry {
            return Err(fault(Problem::NoScore));
        }
        let entry = self.definition.score_entry.ok_or_else(|| fault(Problem::NeedsAnswers))?;
        if !(i64::from(entry.min)..=i64::from(entry.max)).contains(&total) {
            let allowed = Allowed::Range(entry.min, entry.max, Vec::new());
            return Err(fault(Problem::NoValue { value: total, allowed }));
        }
        let value = Figure::whole(total);
        let mut scores = vec![None; self.plan.scores.len()];
        if let Some(place) = self.plan.total.and_then(|total| scores.get_mut(total)) {
            *place = Some(value);
        }
        let marks = vec![Mark::Missing; self.plan.items.len()];
        let sight = Sight { marks: &marks, scores: &scores, about };
        let held = self.definition.findings.iter().zip(&self.plan.findings);
        let held = held.filter(|(_, test)| test.without_items(&sight) == Some(true));
        let findings = held.map(|(finding, _)| finding).collect();
        let (mut crisis, mut unjudged): (Vec<&CrisisRule>, Vec<&CrisisRule>) = (Vec::new(), Vec::new());
        for (rule, test) in self.definition.crisis.iter().zip(&self.plan.crisis) {
            match test.without_items(&sight) {
                Some(true) => crisis.push(rule),
                Some(false) => {}
                None => unjudged.push(rule),
            }
        }
        crisis.sort_by_key(|rule| std::cmp::Reverse(rule.level));
        let (band, band_open) =
            self.plan.total.map_or((None, false), |total| self.band_by_total(total, value, &sight));
        Ok(Outcome {
            total: Some(value),
            band,
            scores,
            answered: 0,
            asked: 0,
            prorated: false,
            findings,
            crisis,
            unjudged,
            band_open,
            text: false,
        })
    }

    /// What a finding amounts to that is written as text: it has no score, and nothing follows from it by itself.
    ///
    /// # Errors
    /// The finding is not written as text; there is nothing, too much, or what is no text.
    pub fn write(&self, text: &str) -> Result<Outcome<'_>, AnswerFault> {
        let fault = |problem: Problem| AnswerFault { position: 0, item: "text".to_owned(), problem };
        if !self.definition.text_entry {
            return Err(fault(Problem::NoText));
        }
        if text.trim().is_empty() {
            return Err(fault(Problem::NothingWritten));
        }
        if text.chars().count() > LONGEST_TEXT {
            return Err(fault(Problem::TooLong { most: LONGEST_TEXT }));
        }
        if text.chars().any(|c| c.is_control() && !['\n', '\r', '\t'].contains(&c)) {
            return Err(fault(Problem::NoLetters));
        }
        Ok(Outcome {
            total: None,
            band: None,
            scores: Vec::new(),
            answered: 0,
            asked: 0,
            prorated: false,
            findings: Vec::new(),
            crisis: Vec::new(),
            unjudged: Vec::new(),
            band_open: false,
            text: true,
        })
    }

    /// What must not wait and looks at items: where the total is entered alone it may not be judged.
    #[must_use]
    pub fn crisis_by_items(&self) -> Vec<&CrisisRule> {
        let looks = |test: &Test| {
            let mut items = Vec::new();
            test.items(&mut items);
            !items.is_empty()
        };
        let rules = self.definition.crisis.iter().zip(&self.plan.crisis);
        rules.filter(|(_, test)| looks(test)).map(|(rule, _)| rule).collect()
    }

    /// The band of a total that was entered alone, and whether single items might put it into another one.
    fn band_by_total(&self, score: usize, value: Figure, sight: &Sight<'_>) -> (Option<&Band>, bool) {
        let (Some(written), Some(planned)) = (self.definition.scores.get(score), self.plan.scores.get(score))
        else {
            return (None, false);
        };
        let (mut raised, mut open) = (None, Vec::new());
        for (band, test) in written.bands.iter().zip(&planned.raised).rev() {
            match test.as_ref().map_or(Some(false), |test| test.without_items(sight)) {
                Some(true) => {
                    raised = Some(band);
                    break;
                }
                Some(false) => {}
                None => open.push(band),
            }
        }
        let band = raised.or_else(|| bands::of(written, value, sight.about));
        let another = |other: &&Band| band.is_none_or(|band| band.code != other.code);
        (band, open.iter().any(another))
    }
}
