//! Which scales a case is due for, and when (`data/scale_schedule.toml`): at the beginning, at each stage, at the closing. What may be
//! done besides, at any time, is not the schedule's business.

use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

use super::definition::Rater;
use crate::{clock::Mark, embedded::DataError};

const FILE: &str = "data/scale_schedule.toml";
const TEXT: &str = include_str!("../../../../data/scale_schedule.toml");

/// What a result is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// The first since the institution accepted: what later ones are compared with.
    Baseline,
    /// A stage evaluation.
    Stage,
    /// Before the closure.
    Closing,
}

impl Occasion {
    /// As it is stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Occasion::Baseline => "baseline",
            Occasion::Stage => "stage",
            Occasion::Closing => "closing",
        }
    }
}

/// Scales of which one is enough, with their rounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Course {
    /// Code.
    pub code: String,
    /// Ids of the scales, the one to be proposed first.
    pub scales: Vec<String>,
    /// The baseline within so many days.
    pub baseline_days: u16,
    /// The next stage after so many months.
    pub stage_months: u16,
    /// Also before the closure.
    pub closing: bool,
}

/// The training that is asked of whoever rates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RaterTraining {
    /// A training of this kind (`data/workforce.toml`).
    pub kind: String,
    /// It serves for fewer than so many months.
    pub months: u16,
    /// Scales that ask for it whoever rates; of all others whoever rates as trained.
    pub scales: Vec<String>,
}

impl RaterTraining {
    /// Whether a scale asks for it of somebody who rates so.
    #[must_use]
    pub fn asks(&self, scale: &str, rater: Rater) -> bool {
        rater == Rater::Trained || self.scales.iter().any(|own| own == scale)
    }

    /// Whether a training of one day serves on another.
    #[must_use]
    pub fn serves(&self, trained: Date, on: Date) -> bool {
        trained <= on && on < trained.saturating_add(i64::from(self.months).months())
    }
}

/// The schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// First day in use.
    pub effective_from: Date,
    /// Official or a local default.
    pub mark: Mark,
    /// Source in Chinese.
    pub source_zh: String,
    /// Source in English.
    pub source_en: String,
    /// From so many days before its day on a scale counts as due.
    pub soon_days: u16,
    /// A result not older than this serves for the closure.
    pub closing_days: u16,
    /// A scale that is half filled in is kept for so many days.
    pub draft_days: u16,
    /// Codes of reasons for which a result is taken back.
    pub void_reasons: Vec<String>,
    /// The training of whoever rates.
    pub rater_training: RaterTraining,
    /// Courses, in the order in which they are proposed.
    #[serde(rename = "course")]
    pub courses: Vec<Course>,
}

/// How a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The day on which the institution accepted it.
    pub since: Date,
    /// The closure was proposed.
    pub closing: bool,
    /// Today.
    pub today: Date,
}

/// A course with its next round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round<'a> {
    /// The course.
    pub course: &'a Course,
    /// What the next result is for.
    pub occasion: Occasion,
    /// By which day.
    pub due_on: Date,
    /// The day of the last result.
    pub last: Option<Date>,
    /// It is near enough to be done now.
    pub now: bool,
}

impl Schedule {
    /// The schedule that is part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        Self::parse(FILE, TEXT)
    }

    /// A schedule from a text.
    ///
    /// # Errors
    /// When it is badly written, or a course has no scale or no interval.
    pub fn parse(file: &str, text: &str) -> Result<Self, DataError> {
        let schedule: Self = toml::from_str(text).map_err(|fault| DataError::new(file, fault))?;
        for course in &schedule.courses {
            if course.scales.is_empty() || course.stage_months == 0 {
                let fault = format!("course {}: name a scale, and months between its stages", course.code);
                return Err(DataError::new(file, fault));
            }
        }
        Ok(schedule)
    }

    /// The next round of each course, those due first first. `done` are results that stand: the scale's id and the day.
    #[must_use]
    pub fn rounds<'a>(&'a self, at: Standing, done: &[(&str, Date)]) -> Vec<Round<'a>> {
        let mut rounds: Vec<Round<'a>> =
            self.courses.iter().filter_map(|course| self.round(course, at, done)).collect();
        rounds.sort_by_key(|round| round.due_on);
        rounds
    }

    /// What a result of a scale that is made today is for; nothing where the schedule does not ask for it yet.
    #[must_use]
    pub fn occasion(&self, at: Standing, done: &[(&str, Date)], scale: &str) -> Option<Occasion> {
        let course = self.courses.iter().find(|course| course.has(scale))?;
        self.round(course, at, done).filter(|round| round.now).map(|round| round.occasion)
    }

    fn round<'a>(&self, course: &'a Course, at: Standing, done: &[(&str, Date)]) -> Option<Round<'a>> {
        let own = done.iter().filter(|(scale, day)| course.has(scale) && *day >= at.since);
        let last = own.map(|(_, day)| *day).max();
        let later = |day: Date, days: u16| day.saturating_add(i64::from(days).days());
        let (occasion, due_on) = match last {
            None => (Occasion::Baseline, later(at.since, course.baseline_days)),
            Some(last) if at.closing => {
                let fresh = later(last, self.closing_days) >= at.today;
                if !course.closing || fresh {
                    return None;
                }
                (Occasion::Closing, at.today)
            }
            Some(last) => (Occasion::Stage, last.saturating_add(i64::from(course.stage_months).months())),
        };
        let now = later(at.today, self.soon_days) >= due_on;
        Some(Round { course, occasion, due_on, last, now })
    }
}

impl Course {
    fn has(&self, scale: &str) -> bool {
        self.scales.iter().any(|own| own == scale)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scale;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn at(today: &str, closing: bool) -> Standing {
        Standing { since: day("2026-03-02"), closing, today: day(today) }
    }

    #[test]
    fn every_course_names_scales_that_are_there() {
        let schedule = Schedule::embedded().unwrap();
        let known = scale::all().unwrap();
        for course in &schedule.courses {
            for scale in &course.scales {
                assert!(known.contains_key(scale.as_str()), "{scale}");
            }
        }
        assert!(!schedule.void_reasons.is_empty());
    }

    #[test]
    fn who_rates_has_a_training_of_fewer_than_so_many_months() {
        let terms = Schedule::embedded().unwrap().rater_training;
        assert!(crate::workforce::WorkforceTable::embedded().unwrap().kind(&terms.kind).is_some());
        let known = scale::all().unwrap();
        for scale in &terms.scales {
            assert!(known.contains_key(scale.as_str()), "{scale}");
        }
        for (scale, rater, asks) in [
            ("sdss", Rater::Trained, true),
            ("itaq", Rater::Trained, true),
            ("bprs", Rater::Doctor, true),
            ("adl", Rater::Interviewer, false),
            ("phq-9", Rater::Own, false),
        ] {
            assert_eq!(terms.asks(scale, rater), asks, "{scale}");
        }
        for (trained, on, serves) in [
            ("2026-03-02", "2026-03-02", true),
            ("2024-03-03", "2026-03-02", true),
            ("2024-03-02", "2026-03-02", false),
            // One that is still to come serves nobody yet.
            ("2026-03-03", "2026-03-02", false),
        ] {
            assert_eq!(terms.serves(day(trained), day(on)), serves, "{trained} {on}");
        }
    }

    /// Today, whether the closure was proposed, what was done when, and the next round.
    type Row<'a> = (&'a str, bool, &'a [(&'a str, &'a str)], Option<(Occasion, &'a str, bool)>);

    #[test]
    fn baseline_stage_and_closing() {
        let schedule = Schedule::embedded().unwrap();
        // What stood when, what is due, by when, and whether it is offered now.
        let rows: [Row; 10] = [
            ("2026-03-02", false, &[], Some((Occasion::Baseline, "2026-03-16", true))),
            ("2026-05-02", false, &[], Some((Occasion::Baseline, "2026-03-16", true))),
            // A result from before this institution accepted is no baseline.
            ("2026-03-03", false, &[("psp", "2026-03-01")], Some((Occasion::Baseline, "2026-03-16", true))),
            ("2026-03-20", false, &[("psp", "2026-03-10")], Some((Occasion::Stage, "2026-06-10", false))),
            ("2026-05-27", false, &[("psp", "2026-03-10")], Some((Occasion::Stage, "2026-06-10", true))),
            // One scale of the course is enough.
            (
                "2026-06-20",
                false,
                &[("psp", "2026-03-10"), ("local-psychosocial", "2026-06-11")],
                Some((Occasion::Stage, "2026-09-11", false)),
            ),
            // The last day of a month stays the last where the later month is shorter.
            ("2026-04-01", false, &[("psp", "2026-08-31")], Some((Occasion::Stage, "2026-11-30", false))),
            ("2026-06-20", true, &[("psp", "2026-03-10")], Some((Occasion::Closing, "2026-06-20", true))),
            ("2026-04-09", true, &[("psp", "2026-03-10")], None),
            ("2026-04-10", true, &[("psp", "2026-03-10")], Some((Occasion::Closing, "2026-04-10", true))),
        ];
        for (today, closing, done, expected) in rows {
            let done: Vec<(&str, Date)> = done.iter().map(|(scale, on)| (*scale, day(on))).collect();
            let rounds = schedule.rounds(at(today, closing), &done);
            let found = rounds.iter().find(|round| round.course.code == "personal_social");
            let found = found.map(|round| (round.occasion, round.due_on, round.now));
            let expected = expected.map(|(occasion, due_on, now)| (occasion, day(due_on), now));
            assert_eq!(found, expected, "{today} {closing} {done:?}");
            let occasion = expected.filter(|(.., now)| *now).map(|(occasion, ..)| occasion);
            assert_eq!(schedule.occasion(at(today, closing), &done, "psp"), occasion, "{today}");
        }
        assert_eq!(schedule.occasion(at("2026-03-02", false), &[], "phq-9"), None, "no course has it");
    }

    proptest! {
        #[test]
        fn whatever_was_done_only_puts_a_round_off(
            today in 0_i32..800, days in proptest::collection::vec(0_i32..800, 0..6), closing: bool,
        ) {
            let schedule = Schedule::embedded().unwrap();
            let since = day("2026-01-01");
            let on = |days: i32| since.saturating_add(days.days());
            let at = Standing { since, closing, today: on(today) };
            let mut done: Vec<(&str, Date)> = Vec::new();
            let mut before = schedule.rounds(at, &done);
            for one in days {
                done.push(("sdss", on(one)));
                let after = schedule.rounds(at, &done);
                for round in &after {
                    let earlier = before.iter().find(|old| old.course.code == round.course.code);
                    // At the closing a course that had nothing gets its closing day instead of an old baseline.
                    prop_assert!(earlier.is_none_or(|old| old.due_on <= round.due_on || round.last.is_some()));
                    prop_assert!(round.last.is_none() == (round.occasion == Occasion::Baseline));
                }
                before = after;
            }
            prop_assert!(before.windows(2).all(|pair| pair[0].due_on <= pair[1].due_on));
        }
    }
}
