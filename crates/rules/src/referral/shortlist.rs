//! The shortlist: which institutions fit, in which order, and why.
//!
//! The order is a local default: what the person wishes comes first, then what serves the person's needs best. An
//! institution that does not fit is not hidden but listed with the reason.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::RefusalCode;
use super::case::Case;
use super::context::Context;
use crate::clock::Weights;
use crate::division::{DivisionCode, Level};
use crate::institution::InstitutionFacts;

/// One reason for a place in the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// What was looked at.
    pub criterion: Criterion,
    /// Points given.
    pub points: i64,
    /// The value found, as a number.
    pub value: i64,
}

/// What is looked at, in the order of weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// The person named it; value: the person's rank, from 1.
    Preference,
    /// Services asked for that it offers, in percent.
    Services,
    /// Nearness: 4 same village, 3 same town, 2 same county, 1 same prefecture, 0 farther.
    Distance,
    /// It served the person before: 1.
    EarlierRelation,
    /// It admits the disorder group by name: 1.
    DisorderGroup,
    /// Offers answered in time, in percent.
    Response,
    /// Free places, up to the most that count.
    FreePlaces,
}

/// An institution that fits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The institution.
    pub institution: Uuid,
    /// Sum of the points.
    pub score: i64,
    /// Where the points come from.
    pub points: Vec<Point>,
}

/// An institution that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// The institution.
    pub institution: Uuid,
    /// Why not.
    pub why: RefusalCode,
    /// Until when, for a cool-down.
    pub until: Option<Date>,
}

/// Candidates, best first, and those that do not fit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortlist {
    /// Best first; as many as the limit allows.
    pub candidates: Vec<Candidate>,
    /// Not fitting.
    pub excluded: Vec<Excluded>,
}

/// The shortlist of a case on a day.
#[must_use]
pub fn shortlist(case: &Case, context: &Context<'_>, on: Date) -> Shortlist {
    let mut list = Shortlist::default();
    let rules = context.clocks.in_force(on);
    for facts in &context.institutions {
        match obstacle(case, context, facts, on) {
            Some((why, until)) => list.excluded.push(Excluded { institution: facts.id, why, until }),
            None => list.candidates.push(candidate(case, context, facts, &rules.weights)),
        }
    }
    list.candidates.sort_by(|one, other| {
        other.score.cmp(&one.score).then_with(|| one.institution.cmp(&other.institution))
    });
    list.excluded.sort_by_key(|excluded| excluded.institution);
    list.candidates.truncate(usize::from(rules.limits.shortlist_length));
    list
}

/// Why an institution cannot be offered to this person on a day, if it cannot.
#[must_use]
pub fn obstacle(
    case: &Case,
    context: &Context<'_>,
    facts: &InstitutionFacts,
    on: Date,
) -> Option<(RefusalCode, Option<Date>)> {
    if !facts.listed {
        return Some((RefusalCode::NotListed, None));
    }
    if !serves(&facts.areas, case.filing.division) {
        return Some((RefusalCode::AreaNotServed, None));
    }
    let group = context.person.disorder_group.as_ref();
    if !facts.disorder_groups.is_empty() && group.is_none_or(|group| !facts.disorder_groups.contains(group)) {
        return Some((RefusalCode::DisorderNotServed, None));
    }
    let (youngest, oldest) = facts.ages;
    if context.person.age.is_some_and(|age| age < youngest || age > oldest) {
        return Some((RefusalCode::AgeNotServed, None));
    }
    let wanted = &case.filing.package.items;
    if !wanted.is_empty() && !wanted.iter().any(|item| facts.services.contains(&item.service)) {
        return Some((RefusalCode::ServiceNotOffered, None));
    }
    if let Some(until) = case.cooling_until(facts.id, on) {
        return Some((RefusalCode::CoolingDown, Some(until)));
    }
    (facts.places.free() < 1).then_some((RefusalCode::NoFreePlace, None))
}

/// Whether one of the areas covers a division.
fn serves(areas: &[i64], division: i64) -> bool {
    let Ok(home) = DivisionCode::new(division) else { return false };
    areas.iter().any(|area| DivisionCode::new(*area).is_ok_and(|area| area.contains(home)))
}

fn candidate(case: &Case, context: &Context<'_>, facts: &InstitutionFacts, weights: &Weights) -> Candidate {
    let wanted = &case.filing.package.items;
    let offered = wanted.iter().filter(|item| facts.services.contains(&item.service)).count();
    let wishes = &case.filing.preferences;
    let rank =
        wishes.iter().position(|wish| *wish == facts.id).and_then(|index| i64::try_from(index + 1).ok());
    let known = context.person.earlier_institutions.contains(&facts.id);
    let group = context.person.disorder_group.as_ref();
    let by_name = group.is_some_and(|group| facts.disorder_groups.contains(group));
    let (answered, offers) = facts.answered;
    let response = (i64::from(answered) * 100).checked_div(i64::from(offers)).unwrap_or(100);
    let free = facts.places.free().clamp(0, i64::from(weights.free_places_most));
    let near = nearness(case.filing.division, facts.division);
    let matched = percent(offered, wanted.len());
    let wish = rank
        .map_or(0, |rank| i64::from(weights.preference) - (rank - 1) * i64::from(weights.preference_step));
    let points = vec![
        point(Criterion::Preference, wish, rank.unwrap_or(0)),
        point(Criterion::Services, matched * i64::from(weights.services) / 100, matched),
        point(Criterion::Distance, near * i64::from(weights.distance), near),
        point(
            Criterion::EarlierRelation,
            i64::from(known) * i64::from(weights.earlier_relation),
            i64::from(known),
        ),
        point(
            Criterion::DisorderGroup,
            i64::from(by_name) * i64::from(weights.disorder_group),
            i64::from(by_name),
        ),
        point(Criterion::Response, response * i64::from(weights.response) / 100, response),
        point(Criterion::FreePlaces, free * i64::from(weights.free_place), free),
    ];
    let score = points.iter().map(|point| point.points).sum();
    Candidate { institution: facts.id, score, points }
}

fn point(criterion: Criterion, points: i64, value: i64) -> Point {
    Point { criterion, points, value }
}

/// A share in percent; all of nothing is 100.
fn percent(part: usize, whole: usize) -> i64 {
    let (Ok(part), Ok(whole)) = (i64::try_from(part), i64::try_from(whole)) else { return 0 };
    (part * 100).checked_div(whole).unwrap_or(100)
}

/// How near two divisions are, by the lowest area they share.
fn nearness(home: i64, other: i64) -> i64 {
    let (Ok(home), Ok(other)) = (DivisionCode::new(home), DivisionCode::new(other)) else { return 0 };
    let levels = [(Level::Village, 4), (Level::Town, 3), (Level::County, 2), (Level::Prefecture, 1)];
    let shared = levels.into_iter().find(|(level, _)| home.at(*level) == other.at(*level));
    shared.map_or(0, |(_, near)| near)
}
