//! Whether the bands of each score cover it without gap and overlap, and which band a value is in.

use super::{
    Circumstances, ScaleFault,
    definition::{Band, Definition, Score},
    figure::Figure,
    plan::PlannedScore,
    read::Made,
};
use crate::identity_number::Sex;

type Result<T> = std::result::Result<T, ScaleFault>;

/// The scores with the conditions that raise into a band; every value of each has exactly one band, for either sex.
pub(super) fn checked(
    definition: &Definition,
    made: &Made<'_>,
    mut scores: Vec<PlannedScore>,
) -> Result<Vec<PlannedScore>> {
    for (score, planned) in definition.scores.iter().zip(&mut scores) {
        let place = format!("scores.{}.bands", score.code);
        for sex in [Sex::Male, Sex::Female] {
            cover(score, planned, sex, &place)?;
        }
        for band in &score.bands {
            let place = format!("{place}.{}", band.code);
            if band.zh.trim().is_empty() || band.en.trim().is_empty() || band.code.trim().is_empty() {
                return Err(ScaleFault::new(place, "code or name is empty", "write code, zh and en"));
            }
            let when = band.also_when.as_ref().map(|when| made.test(when, &format!("{place}.also_when")));
            planned.raised.push(when.transpose()?);
        }
    }
    Ok(scores)
}

/// That the bands of one sex follow each other from the lowest value to the highest.
fn cover(score: &Score, planned: &PlannedScore, sex: Sex, place: &str) -> Result<()> {
    let mut bands: Vec<&Band> =
        score.bands.iter().filter(|band| band.sex.is_none_or(|only| only == sex)).collect();
    if score.bands.is_empty() {
        return Ok(());
    }
    bands.sort_by(|one, other| one.from.partial_cmp(&other.from).unwrap_or(std::cmp::Ordering::Equal));
    for (position, band) in bands.iter().enumerate() {
        if bands.iter().skip(position + 1).any(|other| other.code == band.code) {
            let fault = format!("{} stands twice", band.code);
            return Err(ScaleFault::new(place, fault, "give each band its own code"));
        }
        if band.from > band.to || band.to < planned.low || band.from > planned.high {
            let fault = format!(
                "{} is from {} to {}, the score from {} to {}",
                band.code, band.from, band.to, planned.low, planned.high
            );
            return Err(ScaleFault::new(place, fault, "choose a range within the score"));
        }
    }
    let places = planned.low.places();
    let mut due = planned.low;
    for band in &bands {
        let (Some(from), Some(to)) = (whole(band.from, places), whole(band.to, places)) else {
            let fault = format!("{} has more places than the score", band.code);
            return Err(ScaleFault::new(place, fault, format!("write {places} places")));
        };
        let first = due == planned.low && from <= due;
        if from < due && !first {
            let fault = format!("{} begins at {from}, which another band has already", band.code);
            return Err(ScaleFault::new(place, fault, format!("let it begin at {due}")));
        }
        if from > due {
            let fault = format!("no band holds {due}");
            return Err(ScaleFault::new(place, fault, format!("let {} begin there", band.code)));
        }
        due = to.next().unwrap_or(to);
    }
    if due <= planned.high {
        let fault = format!("no band holds {due}");
        return Err(ScaleFault::new(place, fault, format!("let the last band end at {}", planned.high)));
    }
    Ok(())
}

/// The figure with exactly so many places.
fn whole(figure: Figure, places: u8) -> Option<Figure> {
    Figure::of(i64::try_from(figure.at(places)?).ok()?, places)
}

/// The band of a value. Where bands differ by sex and it is not known, one that both have, else none.
pub(super) fn of(score: &Score, value: Figure, about: Circumstances) -> Option<&Band> {
    let within = |sex: Sex| {
        let fits = move |band: &&Band| {
            band.sex.is_none_or(|only| only == sex) && band.from <= value && value <= band.to
        };
        score.bands.iter().find(fits)
    };
    match about.sex {
        Some(sex) => within(sex),
        None => {
            let (male, female) = (within(Sex::Male)?, within(Sex::Female)?);
            (male.code == female.code).then_some(male)
        }
    }
}
