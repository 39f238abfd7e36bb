//! Whether a definition holds together, and its plan for scoring.

use super::{
    ScaleFault, bands,
    definition::{Condition, Definition, Item, Rule, Score},
    figure::{Figure, MOST_PLACES},
    plan::{How, Plan, PlannedItem, PlannedScore, Test},
};

type Result<T> = std::result::Result<T, ScaleFault>;

const MOST_ITEMS: usize = 500;
const MOST_SCORES: usize = 100;
const MOST_POINTS: i32 = 10_000;
const LONGEST_CODE: usize = 60;
/// Units of the last place that a score may have: far from where numbers end.
const MOST_UNITS: i64 = 1_000_000_000_000;

/// The plan of a definition, or the first thing that is wrong with it.
pub(super) fn plan(definition: &Definition) -> Result<Plan> {
    head(definition)?;
    unique(definition.items.iter().map(|item| item.code.as_str()), "items")?;
    unique(definition.scores.iter().map(|score| score.code.as_str()), "scores")?;
    let names = Names { definition };
    let mut items = Vec::with_capacity(definition.items.len());
    for item in &definition.items {
        items.push(names.item(item)?);
    }
    let order = order(definition)?;
    let scores = scores(&names, &items, &order)?;
    let total = definition.scores.iter().position(|score| score.code == "total");
    let range = range(&names, &items, &order, total)?;
    let made = Made { names: &names, items: &items, scores: &scores };
    let mut findings = Vec::new();
    unique(definition.findings.iter().map(|finding| finding.code.as_str()), "findings")?;
    for finding in &definition.findings {
        findings.push(made.test(&finding.when, &format!("findings.{}.when", finding.code))?);
    }
    let mut crisis = Vec::new();
    unique(definition.crisis.iter().map(|rule| rule.trigger.as_str()), "crisis")?;
    for rule in &definition.crisis {
        let place = format!("crisis.{}", rule.trigger);
        if !(1..=4).contains(&rule.level) {
            return Err(ScaleFault::new(place, format!("level {} is none", rule.level), "choose 1 to 4"));
        }
        crisis.push(made.test(&rule.when, &format!("{place}.when"))?);
    }
    let scores = bands::checked(definition, &made, scores.clone())?;
    entry(definition, &scores, total)?;
    change(definition)?;
    Ok(Plan { items, scores, order, total, range, findings, crisis })
}

/// Title, licence, and that there is something to score.
fn head(definition: &Definition) -> Result<()> {
    let plain = |text: &str| {
        (1..=LONGEST_CODE).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if !plain(&definition.id) {
        let remedy = "write 1 to 60 small letters, digits and hyphens, such as \"phq-9\"";
        return Err(ScaleFault::new("id", format!("{:?} is no name of a scale", definition.id), remedy));
    }
    code(&definition.version, "version")?;
    for (text, place) in [(&definition.title, "title"), (&definition.licence.text, "licence.text")] {
        if text.zh.trim().is_empty() || text.en.trim().is_empty() {
            return Err(ScaleFault::new(place, "a language is empty", "write it in Chinese and English"));
        }
    }
    let missing = definition.missing.least_percent;
    if !(1..=100).contains(&missing) {
        let fault = format!("{missing} percent of the answers cannot be asked for");
        return Err(ScaleFault::new("missing.least_percent", fault, "choose 1 to 100"));
    }
    if definition.items.len() > MOST_ITEMS || definition.scores.len() > MOST_SCORES {
        let fault = format!("more than {MOST_ITEMS} items or {MOST_SCORES} scores");
        return Err(ScaleFault::new("items", fault, "split the scale"));
    }
    let scored = definition.scores.iter().any(|score| score.code == "total");
    if definition.text_entry && (scored || definition.score_entry.is_some() || !definition.items.is_empty()) {
        let fault = "what is entered as text has no items and no score";
        return Err(ScaleFault::new(
            "text_entry",
            fault,
            "leave text_entry out, or items, scores and score_entry",
        ));
    }
    if !definition.text_entry && !scored && definition.score_entry.is_none() {
        let remedy = "add a score with the code \"total\", or score_entry, or text_entry";
        return Err(ScaleFault::new("scores", "there is no total", remedy));
    }
    Ok(())
}

fn code(code: &str, place: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    if (1..=LONGEST_CODE).contains(&code.len()) && code.chars().all(plain) {
        return Ok(());
    }
    let remedy = "write 1 to 60 letters, digits, hyphens, underscores, points or slashes";
    Err(ScaleFault::new(place, format!("{code:?} is no code"), remedy))
}

fn unique<'a>(codes: impl Iterator<Item = &'a str>, place: &str) -> Result<()> {
    let mut seen = std::collections::BTreeSet::new();
    for one in codes {
        code(one, place)?;
        if !seen.insert(one) {
            return Err(ScaleFault::new(place, format!("{one} stands twice"), "give each its own code"));
        }
    }
    Ok(())
}

/// Finds what is named.
pub(super) struct Names<'a> {
    definition: &'a Definition,
}

impl Names<'_> {
    fn position(&self, code: &str, place: &str) -> Result<usize> {
        self.definition.items.iter().position(|item| item.code == code).ok_or_else(|| {
            let fault = format!("there is no item {code}");
            ScaleFault::new(place, fault, "write the code of an item, or add the item")
        })
    }

    fn score(&self, code: &str, place: &str) -> Result<usize> {
        self.definition.scores.iter().position(|score| score.code == code).ok_or_else(|| {
            let fault = format!("there is no score {code}");
            ScaleFault::new(place, fault, "write the code of a score, or add the score")
        })
    }

    fn item(&self, item: &Item) -> Result<PlannedItem> {
        let place = format!("items.{}", item.code);
        let texts = item.zh.is_some() || item.en.is_some();
        if texts && !self.definition.licence.admits_texts() {
            let remedy =
                "leave the texts out, or name in licence.granted by which permission they stand here";
            return Err(ScaleFault::new(place, "an item text without a licence for it", remedy));
        }
        let (low, high) = points(item, &place)?;
        let skip = item.skip_when.as_ref().map(|when| self.skip(when, &format!("{place}.skip_when")));
        let may_rest = item.optional || item.skip_when.is_some() || !item.not_applicable.is_empty();
        Ok(PlannedItem { low, high, may_rest, skip: skip.transpose()? })
    }

    /// Only other items and the person are known when an item is found empty.
    fn skip(&self, when: &Condition, place: &str) -> Result<Test> {
        let mut scores = Vec::new();
        named(when, &mut scores);
        if let Some(score) = scores.first() {
            let fault = format!("the score {score} is not known yet when an item is left empty");
            return Err(ScaleFault::new(place, fault, "name an item instead"));
        }
        Made { names: self, items: &[], scores: &[] }.test(when, place)
    }

    /// The items of a rule: those named, or all that are not optional.
    fn items(&self, codes: &[String], place: &str) -> Result<Vec<usize>> {
        let found: Vec<usize> = if codes.is_empty() {
            let all = self.definition.items.iter().enumerate();
            all.filter(|(_, item)| !item.optional).map(|(position, _)| position).collect()
        } else {
            unique(codes.iter().map(String::as_str), place)?;
            codes.iter().map(|code| self.position(code, place)).collect::<Result<_>>()?
        };
        if found.is_empty() {
            return Err(ScaleFault::new(place, "a rule without items", "add items to the scale"));
        }
        Ok(found)
    }
}

/// Fewest and most points of an item.
fn points(item: &Item, place: &str) -> Result<(i32, i32)> {
    let fault = |fault: String, remedy: &str| Err(ScaleFault::new(place, fault, remedy));
    let bounded = |number: &i32| (-MOST_POINTS..=MOST_POINTS).contains(number);
    let named = item.values.iter().chain(&item.points).chain(&item.not_applicable);
    if !named.chain(&item.min).chain(&item.max).all(bounded) {
        return fault(format!("a value beyond {MOST_POINTS}"), "choose smaller values");
    }
    if !item.values.windows(2).all(|pair| matches!(pair, [one, next] if one < next)) {
        return fault("the values do not rise".to_owned(), "write each value once, the lowest first");
    }
    let (low, high) = match (item.min, item.max, item.values.as_slice()) {
        (Some(min), Some(max), []) if min < max => (min, max),
        (None, None, [first, .., last]) => (*first, *last),
        (Some(min), Some(max), []) => {
            return fault(format!("nothing lies between {min} and {max}"), "min must be less than max");
        }
        _ => return fault("it is not said which values it has".to_owned(), "write min and max, or values"),
    };
    if let Some(inside) = item.not_applicable.iter().find(|code| (low..=high).contains(*code)) {
        return fault(
            format!("{inside} is a value and means \"does not apply\""),
            "choose another code for that",
        );
    }
    let answer = |value: i32| {
        let value = &value;
        let within = item.values.is_empty() || item.values.contains(value);
        ((low..=high).contains(value) && within) || item.not_applicable.contains(value)
    };
    if let Some(label) = item.options.iter().find(|label| !answer(label.value)) {
        return fault(
            format!("a label for {}, which is none of its values", label.value),
            "take it out of options",
        );
    }
    if item.points.is_empty() {
        return Ok((low, high));
    }
    if item.points.len() != item.values.len() || item.reversed {
        return fault(
            "points and values do not fit".to_owned(),
            "write one number of points for each of values, without reversed",
        );
    }
    let (fewest, most) = (item.points.iter().min(), item.points.iter().max());
    Ok((fewest.copied().unwrap_or_default(), most.copied().unwrap_or_default()))
}

/// The scores that a condition names.
fn named<'a>(condition: &'a Condition, found: &mut Vec<&'a str>) {
    found.extend(condition.score.as_deref());
    for inner in condition.all.iter().chain(&condition.any).chain(&condition.count) {
        named(inner, found);
    }
}

/// The scores that a score is made of.
fn parts(score: &Score) -> Vec<&str> {
    let mut found = Vec::new();
    match &score.rule {
        Rule::Multiply { score, .. } | Rule::PercentOfMaximum { score, .. } | Rule::Map { score, .. } => {
            found.push(score.as_str());
        }
        Rule::Grade { grades, .. } => grades.iter().for_each(|grade| named(&grade.when, &mut found)),
        Rule::Chosen { ranges, .. } => {
            ranges.iter().filter_map(|range| range.when.as_ref()).for_each(|when| named(when, &mut found));
        }
        Rule::Sum { .. } | Rule::Mean { .. } => {}
    }
    found
}

/// The scores, each after those that it is made of.
fn order(definition: &Definition) -> Result<Vec<usize>> {
    let names = Names { definition };
    let mut order = Vec::with_capacity(definition.scores.len());
    for position in 0..definition.scores.len() {
        enter(&names, position, &mut Vec::new(), &mut order)?;
    }
    Ok(order)
}

fn enter(names: &Names<'_>, position: usize, way: &mut Vec<usize>, order: &mut Vec<usize>) -> Result<()> {
    if order.contains(&position) {
        return Ok(());
    }
    let Some(score) = names.definition.scores.get(position) else { return Ok(()) };
    let place = format!("scores.{}.rule", score.code);
    if let Some(start) = way.iter().position(|passed| *passed == position) {
        let circle = way.iter().skip(start).chain([&position]);
        let codes =
            circle.filter_map(|passed| names.definition.scores.get(*passed)).map(|score| score.code.as_str());
        let fault =
            format!("scores are made of each other in a circle: {}", codes.collect::<Vec<_>>().join(" → "));
        return Err(ScaleFault::new(place, fault, "let one of them be made of items"));
    }
    way.push(position);
    for part in parts(score) {
        enter(names, names.score(part, &place)?, way, order)?;
    }
    way.pop();
    order.push(position);
    Ok(())
}

/// All scores made ready, without their bands.
fn scores(names: &Names<'_>, items: &[PlannedItem], order: &[usize]) -> Result<Vec<PlannedScore>> {
    let nothing = PlannedScore {
        how: How::Sum { items: vec![] },
        low: Figure::whole(0),
        high: Figure::whole(0),
        raised: vec![],
    };
    let mut scores = vec![nothing; names.definition.scores.len()];
    for position in order {
        let Some(score) = names.definition.scores.get(*position) else { continue };
        let made = Made { names, items, scores: &scores }.score(score)?;
        if let Some(place) = scores.get_mut(*position) {
            *place = made;
        }
    }
    Ok(scores)
}

/// Lowest and highest total where every item applies.
fn range(
    names: &Names<'_>,
    items: &[PlannedItem],
    order: &[usize],
    total: Option<usize>,
) -> Result<Option<(Figure, Figure)>> {
    let applying: Vec<PlannedItem> =
        items.iter().map(|item| PlannedItem { may_rest: false, ..item.clone() }).collect();
    let scores = scores(names, &applying, order)?;
    Ok(total.and_then(|total| scores.get(total)).map(|score| (score.low, score.high)))
}

/// What is ready so far. Without items and scores, their bounds are not compared.
pub(super) struct Made<'a> {
    names: &'a Names<'a>,
    items: &'a [PlannedItem],
    scores: &'a [PlannedScore],
}

impl Made<'_> {
    fn score(&self, score: &Score) -> Result<PlannedScore> {
        let place = format!("scores.{}.rule", score.code);
        let (how, low, high) = match &score.rule {
            Rule::Sum { items } => {
                let items = self.names.items(items, &place)?;
                let (low, high) = self.sum(&items);
                (How::Sum { items }, Some(Figure::whole(low)), Some(Figure::whole(high)))
            }
            Rule::Mean { items, places } => {
                let items = self.names.items(items, &place)?;
                let bound = |bound: Option<i32>| Figure::ratio(i128::from(bound?), 1, *places);
                let low =
                    bound(items.iter().filter_map(|item| self.items.get(*item)).map(|item| item.low).min());
                let high =
                    bound(items.iter().filter_map(|item| self.items.get(*item)).map(|item| item.high).max());
                (How::Mean { items, places: *places }, low, high)
            }
            Rule::Multiply { score, by } => {
                let score = self.names.score(score, &place)?;
                let (one, other) = self.span(score);
                let times =
                    |figure: Figure| Figure::of(figure.units().checked_mul(i64::from(*by))?, figure.places());
                let (one, other) = (times(one), times(other));
                let (low, high) = if *by < 0 { (other, one) } else { (one, other) };
                (How::Multiply { score, by: *by }, low, high)
            }
            Rule::PercentOfMaximum { score, places } => self.percent(score, *places, &place)?,
            Rule::Map { score, table } => self.map(score, table, &place)?,
            Rule::Grade { grades, otherwise } => self.grade(grades, *otherwise, &place)?,
            Rule::Chosen { item, ranges } => self.chosen(item, ranges, &place)?,
        };
        let bounded = |bound: &Figure| (-MOST_UNITS..=MOST_UNITS).contains(&bound.units());
        let (Some(low), Some(high)) = (low.filter(bounded), high.filter(bounded)) else {
            let fault = format!("the score has more than {MOST_PLACES} places, or is too large");
            return Err(ScaleFault::new(place, fault, "choose smaller numbers"));
        };
        Ok(PlannedScore { how, low, high, raised: Vec::new() })
    }

    /// Least and most of a sum; items that may rest add nothing then.
    fn sum(&self, items: &[usize]) -> (i64, i64) {
        let of = items.iter().filter_map(|item| self.items.get(*item));
        of.fold((0, 0), |(low, high), item| {
            let rest = |bound: i32, rested: i32| i64::from(if item.may_rest { rested } else { bound });
            (low + rest(item.low, item.low.min(0)), high + rest(item.high, item.high.max(0)))
        })
    }

    fn span(&self, score: usize) -> (Figure, Figure) {
        let nothing = (Figure::whole(0), Figure::whole(0));
        self.scores.get(score).map_or(nothing, |score| (score.low, score.high))
    }

    /// The bounds of a score that other rules take as it is: a whole number.
    fn whole(&self, score: usize, place: &str) -> Result<(i64, i64)> {
        let (low, high) = self.span(score);
        if low.places() > 0 {
            return Err(ScaleFault::new(place, "it needs a score without places", "name a sum"));
        }
        Ok((low.units(), high.units()))
    }

    fn percent(&self, score: &str, places: u8, place: &str) -> Result<Ready> {
        let score = self.names.score(score, place)?;
        let (low, most) = self.whole(score, place)?;
        if most <= 0 || low < 0 {
            return Err(ScaleFault::new(place, "percent of nothing", "name a score from 0 upwards"));
        }
        let percent = |of: i64| Figure::ratio(i128::from(of) * 100, i128::from(most), places);
        Ok((How::Percent { score, most, places }, percent(low), percent(most)))
    }

    fn map(&self, score: &str, table: &std::collections::BTreeMap<i64, i64>, place: &str) -> Result<Ready> {
        let score = self.names.score(score, place)?;
        let (low, high) = self.whole(score, place)?;
        let inside = table.range(low..=high.max(low));
        let lacking =
            inside.map(|(raw, _)| *raw).zip(low..).find(|(raw, due)| raw != due).map(|(_, due)| due);
        let counted = i64::try_from(table.range(low..=high.max(low)).count()).unwrap_or(i64::MAX);
        if let Some(lacking) = lacking.or_else(|| (counted <= high - low).then_some(low + counted)) {
            let fault = format!("the table has no value for {lacking}");
            return Err(ScaleFault::new(
                place,
                fault,
                format!("write one for each number from {low} to {high}"),
            ));
        }
        let bounds = (table.values().min(), table.values().max());
        let table = table.iter().map(|(raw, value)| (*raw, *value)).collect();
        let figure = |bound: Option<&i64>| bound.map(|bound| Figure::whole(*bound));
        Ok((How::Map { score, table }, figure(bounds.0), figure(bounds.1)))
    }

    fn grade(&self, grades: &[super::Grade], otherwise: i32, place: &str) -> Result<Ready> {
        let (mut needs, mut made) = (Vec::new(), Vec::new());
        for grade in grades {
            let test = self.test(&grade.when, &format!("{place}.grades"))?;
            test.items(&mut needs);
            made.push((test, grade.value));
        }
        let values = || grades.iter().map(|grade| grade.value).chain([otherwise]);
        let figure = |bound: Option<i32>| bound.map(|bound| Figure::whole(i64::from(bound)));
        Ok((How::Grade { needs, grades: made, otherwise }, figure(values().min()), figure(values().max())))
    }

    fn chosen(&self, item: &str, ranges: &[super::Permitted], place: &str) -> Result<Ready> {
        let item = self.names.position(item, place)?;
        let (mut needs, mut made) = (Vec::new(), Vec::new());
        for range in ranges {
            if range.from > range.to {
                let fault = format!("nothing lies between {} and {}", range.from, range.to);
                return Err(ScaleFault::new(
                    format!("{place}.ranges"),
                    fault,
                    "from must not be more than to",
                ));
            }
            let test = match &range.when {
                Some(when) => Some(self.test(when, &format!("{place}.ranges"))?),
                None => None,
            };
            test.iter().for_each(|test| test.items(&mut needs));
            made.push((test, range.from, range.to));
        }
        if made.last().is_none_or(|(test, ..)| test.is_some()) {
            let remedy = "add a last range without a condition";
            return Err(ScaleFault::new(format!("{place}.ranges"), "some answers permit no range", remedy));
        }
        let figure = |bound: Option<i32>| bound.map(|bound| Figure::whole(i64::from(bound)));
        let low = figure(ranges.iter().map(|range| range.from).min());
        let high = figure(ranges.iter().map(|range| range.to).max());
        Ok((How::Chosen { needs, item, ranges: made }, low, high))
    }

    /// A condition made ready.
    pub fn test(&self, when: &Condition, place: &str) -> Result<Test> {
        let subjects = [
            when.item.is_some(),
            when.score.is_some(),
            when.risk_grade,
            when.sex.is_some(),
            !when.all.is_empty(),
            !when.any.is_empty(),
            !when.count.is_empty(),
        ];
        if subjects.into_iter().filter(|named| *named).count() != 1 {
            let remedy = "name exactly one of item, score, risk_grade, sex, all, any, count";
            return Err(ScaleFault::new(
                place,
                "a condition on nothing, or on several things at once",
                remedy,
            ));
        }
        let bounded = when.at_least.is_some() || when.at_most.is_some();
        let bare = when.sex.is_some() || !when.all.is_empty() || !when.any.is_empty();
        if bounded == bare {
            let remedy =
                "write at_least or at_most with item, score, risk_grade and count, and not with the others";
            return Err(ScaleFault::new(place, "the bounds of a condition do not fit it", remedy));
        }
        let (least, most) = (when.at_least.unwrap_or(i32::MIN), when.at_most.unwrap_or(i32::MAX));
        self.possible(when, least, most, place)?;
        let inner = |conditions: &[Condition]| -> Result<Vec<Test>> {
            conditions.iter().map(|condition| self.test(condition, place)).collect()
        };
        Ok(match (&when.item, &when.score, when.sex) {
            (Some(item), ..) => Test::Item { item: self.names.position(item, place)?, least, most },
            (_, Some(score), _) => Test::Score { score: self.names.score(score, place)?, least, most },
            (.., Some(sex)) => Test::Sex(sex),
            _ if when.risk_grade => Test::RiskGrade { least, most },
            _ if !when.all.is_empty() => Test::All(inner(&when.all)?),
            _ if !when.any.is_empty() => Test::Any(inner(&when.any)?),
            _ => Test::Count { of: inner(&when.count)?, least, most },
        })
    }

    /// That a condition can hold at all.
    fn possible(&self, when: &Condition, least: i32, most: i32, place: &str) -> Result<()> {
        let item = when.item.as_ref().and_then(|code| self.names.position(code, place).ok());
        let points = item.and_then(|item| self.items.get(item));
        let score = when.score.as_ref().and_then(|code| self.names.score(code, place).ok());
        let value = score.and_then(|score| self.scores.get(score));
        let beyond = |low: Figure, high: Figure| {
            Figure::whole(i64::from(least)) > high || Figure::whole(i64::from(most)) < low
        };
        let points =
            points.map(|item| (Figure::whole(i64::from(item.low)), Figure::whole(i64::from(item.high))));
        let span = points.or_else(|| value.map(|score| (score.low, score.high)));
        let of = i32::try_from(when.count.len()).unwrap_or(i32::MAX);
        let count = !when.count.is_empty() && (least > of || most < 0);
        if least > most || count || span.is_some_and(|(low, high)| beyond(low, high)) {
            let span = span.map(|(low, high)| format!(": it has {low} to {high}")).unwrap_or_default();
            return Err(ScaleFault::new(
                place,
                format!("a condition that never holds{span}"),
                "mend its bounds",
            ));
        }
        Ok(())
    }
}

type Ready = (How, Option<Figure>, Option<Figure>);

/// The range of a total that is entered alone, beside the range of the one that is computed.
fn entry(definition: &Definition, scores: &[PlannedScore], total: Option<usize>) -> Result<()> {
    let Some(entry) = definition.score_entry else { return Ok(()) };
    if entry.min >= entry.max {
        let fault = format!("nothing lies between {} and {}", entry.min, entry.max);
        return Err(ScaleFault::new("score_entry", fault, "min must be less than max"));
    }
    let Some(score) = total.and_then(|total| scores.get(total)) else { return Ok(()) };
    let (min, max) = (Figure::whole(i64::from(entry.min)), Figure::whole(i64::from(entry.max)));
    if min < score.low || max > score.high {
        let fault =
            format!("{min} to {max} is wider than the total of the answers, {} to {}", score.low, score.high);
        return Err(ScaleFault::new("score_entry", fault, "choose a range within it"));
    }
    Ok(())
}

fn change(definition: &Definition) -> Result<()> {
    let Some(rule) = &definition.change else { return Ok(()) };
    let zero = Figure::whole(0);
    let sound = match (&rule.reliable, &rule.percent, &rule.points) {
        (None, None, None) => false,
        (reliable, percent, points) => {
            let known = reliable.as_ref().is_none_or(|known| {
                known.sd > zero && known.reliability > zero && known.reliability < Figure::whole(1)
            });
            known
                && percent.is_none_or(|above| above.percent > 0)
                && points.is_none_or(|points| points > zero)
        }
    };
    if sound {
        return Ok(());
    }
    let remedy = "write points, percent or sd above 0 and a reliability between 0 and 1";
    Err(ScaleFault::new("change", "no difference follows from it", remedy))
}
