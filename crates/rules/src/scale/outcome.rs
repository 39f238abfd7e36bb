//! What answers amount to.

use thiserror::Error;

use super::{
    Scale, bands,
    definition::{Band, CrisisRule, Finding, Item},
    figure::Figure,
    plan::{Circumstances, How, Mark, Sight, Test},
};

/// What is wrong with an answer, and which one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{item}: {problem:?}")]
pub struct AnswerFault {
    /// Position of the item, from 0.
    pub position: usize,
    /// Its code; `answers` where their number is wrong, `total` where it was entered alone, `text` where words were.
    pub item: String,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// Not one of the values of the item.
    NoValue {
        /// What was answered.
        value: i64,
        /// What may be.
        allowed: Allowed,
    },
    /// The other answers permit the rater another range.
    NotPermitted {
        /// What was chosen.
        value: i64,
        /// Lowest value permitted.
        from: i32,
        /// Highest value permitted.
        to: i32,
    },
    /// Too few or too many answers.
    WrongNumber {
        /// How many there are.
        found: usize,
        /// Fewest.
        least: usize,
        /// Most.
        most: usize,
    },
    /// The total cannot be entered alone.
    NeedsAnswers,
    /// The finding is written as text.
    NoScore,
    /// The finding is not written as text.
    NoText,
    /// Nothing was written.
    NothingWritten,
    /// More letters than these.
    TooLong {
        /// Most.
        most: usize,
    },
    /// Signs that are no text.
    NoLetters,
}

/// The values that an item may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    /// From one to the other, or one of the codes for "does not apply".
    Range(i32, i32, Vec<i32>),
    /// One of these.
    Listed(Vec<i32>),
}

/// What answers amount to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// The total; nothing where too few items were answered.
    pub total: Option<Figure>,
    /// Its band.
    pub band: Option<&'a Band>,
    /// All scores, in the order of the definition.
    pub scores: Vec<Option<Figure>>,
    /// Items answered, of those that the total is made of.
    pub answered: usize,
    /// Items that apply, of the same.
    pub asked: usize,
    /// The total was raised from fewer answers.
    pub prorated: bool,
    /// What the answers show beside the total.
    pub findings: Vec<&'a Finding>,
    /// What must not wait, the gravest first.
    pub crisis: Vec<&'a CrisisRule>,
    /// What must not wait and could not be judged: the total was entered alone, and it looks at items.
    pub unjudged: Vec<&'a CrisisRule>,
    /// The total was entered alone, and single items, which are not known, may put it into another band.
    pub band_open: bool,
    /// It was written as text: there is no score.
    pub text: bool,
}

impl Outcome<'_> {
    /// The flags, each once: what must not wait, what was found, `prorated`, `incomplete`, and where a total was entered alone
    /// `unjudged` and `band_by_total`.
    #[must_use]
    pub fn flags(&self) -> Vec<&str> {
        let mut flags: Vec<&str> = Vec::new();
        let crisis = self.crisis.iter().map(|rule| rule.flag.as_str());
        let findings = self.findings.iter().map(|finding| finding.code.as_str());
        let state = [
            (self.prorated, "prorated"),
            (self.total.is_none() && !self.text, "incomplete"),
            (!self.unjudged.is_empty(), "unjudged"),
            (self.band_open, "band_by_total"),
        ];
        let state = state.into_iter().filter(|(holds, _)| *holds).map(|(_, flag)| flag);
        for flag in crisis.chain(findings).chain(state) {
            if !flags.contains(&flag) {
                flags.push(flag);
            }
        }
        flags
    }

    /// The gravest level, 1 to 4.
    #[must_use]
    pub fn level(&self) -> Option<u8> {
        self.crisis.iter().map(|rule| rule.level).max()
    }
}

/// How much of what a score needs is there.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    answered: usize,
    asked: usize,
}

impl Scale {
    /// What answers amount to, in the order of the items. Nothing for an item is a missing answer; optional items at the end may be
    /// left off. Reversal and points are the engine's: an answer is what stands on the paper form.
    ///
    /// # Errors
    /// An answer is none of the values of its item, the rater's choice lies outside what the other answers permit, or their number
    /// is wrong; the finding is written as text.
    pub fn score(&self, answers: &[Option<i32>], about: Circumstances) -> Result<Outcome<'_>, AnswerFault> {
        if self.definition.text_entry {
            return Err(AnswerFault { position: 0, item: "answers".to_owned(), problem: Problem::NoScore });
        }
        let marks = self.marks(answers, about)?;
        let mut scores: Vec<Option<Figure>> = vec![None; self.plan.scores.len()];
        let mut prorated = false;
        for position in &self.plan.order {
            let (value, raised) = self.value(*position, &marks, &scores, about)?;
            prorated |= raised && value.is_some() && self.reaches_total(*position);
            if let Some(place) = scores.get_mut(*position) {
                *place = value;
            }
        }
        let sight = Sight { marks: &marks, scores: &scores, about };
        let held = self.definition.findings.iter().zip(&self.plan.findings);
        let findings = held.filter(|(_, test)| test.holds(&sight)).map(|(finding, _)| finding).collect();
        let held = self.definition.crisis.iter().zip(&self.plan.crisis);
        let mut crisis: Vec<&CrisisRule> =
            held.filter(|(_, test)| test.holds(&sight)).map(|(rule, _)| rule).collect();
        crisis.sort_by_key(|rule| std::cmp::Reverse(rule.level));
        let total = self.plan.total.and_then(|total| scores.get(total).copied().flatten());
        let count = self.plan.total.map(|total| self.count(total, &marks)).unwrap_or_default();
        let band = self.plan.total.and_then(|total| self.band_at(total, &sight));
        Ok(Outcome {
            total,
            band,
            answered: count.answered,
            asked: count.asked,
            prorated: prorated && total.is_some(),
            findings,
            crisis,
            scores,
            unjudged: Vec::new(),
            band_open: false,
            text: false,
        })
    }

    /// The band of a score, by its position in the definition.
    #[must_use]
    pub fn band_of(&self, score: usize, value: Figure, about: Circumstances) -> Option<&Band> {
        bands::of(self.definition.scores.get(score)?, value, about)
    }

    fn marks(&self, answers: &[Option<i32>], about: Circumstances) -> Result<Vec<Mark>, AnswerFault> {
        let fits = self.answers();
        if !fits.contains(&answers.len()) {
            let problem =
                Problem::WrongNumber { found: answers.len(), least: *fits.start(), most: *fits.end() };
            return Err(AnswerFault { position: 0, item: "answers".to_owned(), problem });
        }
        let mut marks = Vec::with_capacity(self.definition.items.len());
        let mut rests = false;
        for (position, item) in self.definition.items.iter().enumerate() {
            let answer = answers.get(position).copied().flatten();
            marks.push(mark(item, position, answer)?);
            rests |= item.skip_when.is_some() && answer.is_none();
        }
        if rests {
            let seen = marks.clone();
            let sight = Sight { marks: &seen, scores: &[], about };
            for (mark, item) in marks.iter_mut().zip(&self.plan.items) {
                let skipped = item.skip.as_ref().is_some_and(|skip| skip.holds(&sight));
                if *mark == Mark::Missing && skipped {
                    *mark = Mark::Apart;
                }
            }
        }
        Ok(marks)
    }

    /// Whether the total is this score or made of it.
    fn reaches_total(&self, score: usize) -> bool {
        let mut at = self.plan.total;
        while let Some(position) = at {
            if position == score {
                return true;
            }
            at = self.plan.scores.get(position).and_then(|planned| match &planned.how {
                How::Multiply { score, .. } | How::Percent { score, .. } | How::Map { score, .. } => {
                    Some(*score)
                }
                _ => None,
            });
        }
        false
    }

    /// The items that a score counts.
    fn counted(&self, score: usize) -> &[usize] {
        let mut at = score;
        loop {
            match self.plan.scores.get(at).map(|planned| &planned.how) {
                Some(How::Sum { items } | How::Mean { items, .. }) => return items,
                Some(How::Grade { needs, .. } | How::Chosen { needs, .. }) => return needs,
                Some(How::Multiply { score, .. } | How::Percent { score, .. } | How::Map { score, .. }) => {
                    at = *score
                }
                None => return &[],
            }
        }
    }

    fn count(&self, score: usize, marks: &[Mark]) -> Count {
        let mut count = Count::default();
        for item in self.counted(score) {
            match marks.get(*item) {
                Some(Mark::Points(_)) => {
                    count.answered += 1;
                    count.asked += 1;
                }
                Some(Mark::Missing) => count.asked += 1,
                Some(Mark::Apart) | None => {}
            }
        }
        count
    }

    /// Whether enough was answered: so many percent of the items that apply, rounded up.
    fn enough(&self, count: Count) -> bool {
        let least = usize::from(self.definition.missing.least_percent);
        let whole = count.answered == count.asked;
        let prorates = whole || self.definition.missing.prorate;
        count.answered > 0 && prorates && count.answered >= (count.asked * least).div_ceil(100)
    }

    /// The value of a score, and whether it was raised from fewer answers.
    fn value(
        &self,
        position: usize,
        marks: &[Mark],
        scores: &[Option<Figure>],
        about: Circumstances,
    ) -> Result<(Option<Figure>, bool), AnswerFault> {
        let Some(planned) = self.plan.scores.get(position) else { return Ok((None, false)) };
        let count = self.count(position, marks);
        let made_of = |score: &usize| scores.get(*score).copied().flatten();
        let sight = Sight { marks, scores, about };
        let value = match &planned.how {
            How::Sum { items } => {
                let value = self.enough(count).then(|| self.sum(items, marks, count)).flatten();
                return Ok((value, count.answered < count.asked));
            }
            How::Mean { items, places } => {
                let below = i128::try_from(count.answered).unwrap_or_default();
                let above = i128::from(points(items, marks));
                self.enough(count).then(|| Figure::ratio(above, below, *places)).flatten()
            }
            How::Multiply { score, by } => made_of(score)
                .and_then(|value| Figure::of(value.units().checked_mul(i64::from(*by))?, value.places())),
            How::Percent { score, most, places } => made_of(score)
                .and_then(|value| Figure::ratio(i128::from(value.units()) * 100, i128::from(*most), *places)),
            How::Map { score, table } => made_of(score).and_then(|value| {
                let found = table.binary_search_by_key(&value.units(), |(raw, _)| *raw).ok()?;
                table.get(found).map(|(_, mapped)| Figure::whole(*mapped))
            }),
            How::Grade { grades, otherwise, .. } => {
                let grade = grades
                    .iter()
                    .find(|(test, _)| test.holds(&sight))
                    .map_or(*otherwise, |(_, value)| *value);
                self.enough(count).then(|| Figure::whole(i64::from(grade)))
            }
            How::Chosen { item, ranges, .. } => {
                let chosen = marks.get(*item);
                match (self.enough(count), permitted(ranges, &sight), chosen) {
                    (true, Some((from, to)), Some(Mark::Points(value))) => {
                        self.permit(*item, *value, from, to)?;
                        Some(Figure::whole(i64::from(*value)))
                    }
                    _ => None,
                }
            }
        };
        Ok((value, false))
    }

    fn permit(&self, item: usize, value: i32, from: i32, to: i32) -> Result<(), AnswerFault> {
        if (from..=to).contains(&value) {
            return Ok(());
        }
        let code = self.definition.items.get(item).map(|item| item.code.clone()).unwrap_or_default();
        let problem = Problem::NotPermitted { value: i64::from(value), from, to };
        Err(AnswerFault { position: item, item: code, problem })
    }

    /// The sum, raised to the items that apply where some were not answered; never beyond what they can sum up to.
    fn sum(&self, items: &[usize], marks: &[Mark], count: Count) -> Option<Figure> {
        let sum = points(items, marks);
        if count.answered == count.asked {
            return Some(Figure::whole(sum));
        }
        let (asked, answered) = (i128::try_from(count.asked).ok()?, i128::try_from(count.answered).ok()?);
        let raised = Figure::ratio(i128::from(sum) * asked, answered, 0)?.units();
        let applies = items.iter().filter(|item| !matches!(marks.get(**item), Some(Mark::Apart)));
        let bounds = applies.filter_map(|item| self.plan.items.get(*item));
        let (low, high) =
            bounds.fold((0, 0), |(low, high), item| (low + i64::from(item.low), high + i64::from(item.high)));
        Some(Figure::whole(raised.clamp(low, high)))
    }

    /// The band of a score: the last that is raised into by a condition, else that of the value.
    fn band_at(&self, score: usize, sight: &Sight<'_>) -> Option<&Band> {
        let (written, planned) = (self.definition.scores.get(score)?, self.plan.scores.get(score)?);
        let value = sight.scores.get(score).copied().flatten();
        if value.is_some() {
            let raised = written.bands.iter().zip(&planned.raised).rev();
            let mut raised = raised.filter(|(_, test)| test.as_ref().is_some_and(|test| test.holds(sight)));
            if let Some((band, _)) = raised.next() {
                return Some(band);
            }
        }
        let value = value.or_else(|| match &planned.how {
            // The rater has not chosen yet; all that is permitted may lie in one band.
            How::Chosen { needs, ranges, .. } => {
                let whole = needs.iter().all(|item| matches!(sight.marks.get(*item), Some(Mark::Points(_))));
                let (from, to) = permitted(ranges, sight).filter(|_| whole)?;
                let (from, to) = (Figure::whole(i64::from(from)), Figure::whole(i64::from(to)));
                let same = bands::of(written, from, sight.about)? == bands::of(written, to, sight.about)?;
                same.then_some(from)
            }
            _ => None,
        })?;
        bands::of(written, value, sight.about)
    }

    /// The range within which the rater chooses, where the total is chosen.
    ///
    /// # Errors
    /// As [`Scale::score`].
    pub fn permitted(
        &self,
        answers: &[Option<i32>],
        about: Circumstances,
    ) -> Result<Option<(i32, i32)>, AnswerFault> {
        let marks = self.marks(answers, about)?;
        let total = self.plan.total.and_then(|total| self.plan.scores.get(total));
        Ok(match total.map(|planned| &planned.how) {
            Some(How::Chosen { ranges, .. }) => {
                permitted(ranges, &Sight { marks: &marks, scores: &[], about })
            }
            _ => None,
        })
    }
}

fn permitted(ranges: &[(Option<Test>, i32, i32)], sight: &Sight<'_>) -> Option<(i32, i32)> {
    let holds = |test: &Option<Test>| test.as_ref().is_none_or(|test| test.holds(sight));
    ranges.iter().find(|(test, ..)| holds(test)).map(|(_, from, to)| (*from, *to))
}

fn points(items: &[usize], marks: &[Mark]) -> i64 {
    let points = items.iter().filter_map(|item| match marks.get(*item) {
        Some(Mark::Points(points)) => Some(i64::from(*points)),
        _ => None,
    });
    points.sum()
}

/// What becomes of an answer.
fn mark(item: &Item, position: usize, answer: Option<i32>) -> Result<Mark, AnswerFault> {
    let Some(value) = answer else {
        return Ok(if item.optional { Mark::Apart } else { Mark::Missing });
    };
    if item.not_applicable.contains(&value) {
        return Ok(Mark::Apart);
    }
    let fault = || AnswerFault {
        position,
        item: item.code.clone(),
        problem: Problem::NoValue { value: i64::from(value), allowed: item.allowed() },
    };
    let (low, high) = item.bounds().ok_or_else(fault)?;
    if item.values.is_empty() {
        return match (low..=high).contains(&value) {
            true if item.reversed => Ok(Mark::Points(low + high - value)),
            true => Ok(Mark::Points(value)),
            false => Err(fault()),
        };
    }
    let place = item.values.binary_search(&value).map_err(|_| fault())?;
    let points = item.points.get(place).copied();
    Ok(Mark::Points(points.unwrap_or(if item.reversed { low + high - value } else { value })))
}

impl Item {
    /// Lowest and highest value.
    fn bounds(&self) -> Option<(i32, i32)> {
        let (first, last) = (self.values.first().copied(), self.values.last().copied());
        Some((self.min.or(first)?, self.max.or(last)?))
    }

    /// What may be answered.
    #[must_use]
    pub fn allowed(&self) -> Allowed {
        match (self.min, self.max) {
            (Some(min), Some(max)) => Allowed::Range(min, max, self.not_applicable.clone()),
            _ => Allowed::Listed(self.values.iter().chain(&self.not_applicable).copied().collect()),
        }
    }
}
