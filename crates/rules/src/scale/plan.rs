//! A definition made ready for scoring: names became positions, values became points.

use super::figure::Figure;
use crate::identity_number::Sex;

/// What is known of the person beside the answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// Sex, where bands differ by it.
    pub sex: Option<Sex>,
    /// Risk grade 0 to 5 of the follow-up.
    pub risk_grade: Option<u8>,
}

/// A definition made ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub items: Vec<PlannedItem>,
    /// In the order of the definition.
    pub scores: Vec<PlannedScore>,
    /// Positions of the scores, each after those that it is made of.
    pub order: Vec<usize>,
    pub total: Option<usize>,
    /// Lowest and highest total where every item applies.
    pub range: Option<(Figure, Figure)>,
    pub findings: Vec<Test>,
    pub crisis: Vec<Test>,
}

/// An item made ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlannedItem {
    /// Fewest points.
    pub low: i32,
    /// Most points.
    pub high: i32,
    /// It may be left out of a sum without being missing.
    pub may_rest: bool,
    pub skip: Option<Test>,
}

/// A score made ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlannedScore {
    pub how: How,
    /// Lowest value.
    pub low: Figure,
    /// Highest value.
    pub high: Figure,
    /// For each band of the definition, when it holds whatever the value.
    pub raised: Vec<Option<Test>>,
}

/// How a score is computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum How {
    Sum { items: Vec<usize> },
    Mean { items: Vec<usize>, places: u8 },
    Multiply { score: usize, by: i32 },
    Percent { score: usize, most: i64, places: u8 },
    Map { score: usize, table: Vec<(i64, i64)> },
    Grade { needs: Vec<usize>, grades: Vec<(Test, i32)>, otherwise: i32 },
    Chosen { needs: Vec<usize>, item: usize, ranges: Vec<(Option<Test>, i32, i32)> },
}

/// A condition made ready; bounds that were not named are the widest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    Item { item: usize, least: i32, most: i32 },
    Score { score: usize, least: i32, most: i32 },
    RiskGrade { least: i32, most: i32 },
    Sex(Sex),
    All(Vec<Test>),
    Any(Vec<Test>),
    Count { of: Vec<Test>, least: i32, most: i32 },
}

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Nothing was answered.
    Missing,
    /// It does not apply, or rests.
    Apart,
    /// So many points.
    Points(i32),
}

/// What conditions look at.
pub(super) struct Sight<'a> {
    pub marks: &'a [Mark],
    pub scores: &'a [Option<Figure>],
    pub about: Circumstances,
}

impl Test {
    /// Whether it holds. What is not known does not hold.
    pub fn holds(&self, sight: &Sight<'_>) -> bool {
        match self {
            Test::Item { item, least, most } => {
                matches!(sight.marks.get(*item), Some(Mark::Points(points)) if (least..=most).contains(&points))
            }
            Test::Score { score, least, most } => {
                let value = sight.scores.get(*score).copied().flatten();
                let within = |value: Figure| {
                    Figure::whole(i64::from(*least)) <= value && value <= Figure::whole(i64::from(*most))
                };
                value.is_some_and(within)
            }
            Test::RiskGrade { least, most } => {
                sight.about.risk_grade.is_some_and(|grade| (*least..=*most).contains(&i32::from(grade)))
            }
            Test::Sex(sex) => sight.about.sex == Some(*sex),
            Test::All(tests) => tests.iter().all(|test| test.holds(sight)),
            Test::Any(tests) => tests.iter().any(|test| test.holds(sight)),
            Test::Count { of, least, most } => {
                let held = of.iter().filter(|test| test.holds(sight)).count();
                i32::try_from(held).is_ok_and(|held| (least..=most).contains(&&held))
            }
        }
    }

    /// Whether it holds where no item is known, as where a total was entered alone; nothing where that depends on an item, or on a
    /// score that is not known. What is not known of the person does not hold, as ever.
    pub fn without_items(&self, sight: &Sight<'_>) -> Option<bool> {
        match self {
            Test::Item { .. } => None,
            Test::Score { score, .. } => {
                sight.scores.get(*score).copied().flatten().map(|_| self.holds(sight))
            }
            Test::RiskGrade { .. } | Test::Sex(_) => Some(self.holds(sight)),
            Test::All(tests) => {
                let found: Vec<Option<bool>> = tests.iter().map(|test| test.without_items(sight)).collect();
                if found.contains(&Some(false)) {
                    return Some(false);
                }
                (!found.contains(&None)).then_some(true)
            }
            Test::Any(tests) => {
                let found: Vec<Option<bool>> = tests.iter().map(|test| test.without_items(sight)).collect();
                if found.contains(&Some(true)) {
                    return Some(true);
                }
                (!found.contains(&None)).then_some(false)
            }
            Test::Count { of, least, most } => {
                let found: Vec<Option<bool>> = of.iter().map(|test| test.without_items(sight)).collect();
                let number = |wanted: Option<bool>| {
                    i32::try_from(found.iter().filter(|one| **one == wanted).count()).unwrap_or(i32::MAX)
                };
                let (fewest, open) = (number(Some(true)), number(None));
                let highest = fewest.saturating_add(open);
                match (*least <= fewest && highest <= *most, highest < *least || *most < fewest) {
                    (true, _) => Some(true),
                    (_, true) => Some(false),
                    _ => None,
                }
            }
        }
    }

    /// The items that it looks at.
    pub fn items(&self, found: &mut Vec<usize>) {
        match self {
            Test::Item { item, .. } if !found.contains(item) => found.push(*item),
            Test::All(tests) | Test::Any(tests) | Test::Count { of: tests, .. } => {
                tests.iter().for_each(|test| test.items(found));
            }
            _ => {}
        }
    }
}
