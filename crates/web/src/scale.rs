//! `/cases/{id}/scales`: what a case is due for, which scales may be filled in, and what came out so far.

pub(crate) mod api;
pub(crate) mod fill;
pub(crate) mod library;
pub(crate) mod result;
pub(crate) mod words;

use crate::{
    Site,
    address::parsed,
    answer::{Page, page},
    due::{self, Due},
    language::Language,
    referral::words as case_words,
    session::Session,
    shell::Shell,
    work_list::{key_of, key_text},
};
use app::{
    referral as cases,
    scale::{self, PAGE, Recorded, Round, library::Definitions},
};
use askama::Template;
use axum::extract::{Path, Query, State};
use rules::scale::Scale;
use serde::Deserialize;
use std::collections::BTreeSet;

/// A round of the schedule.
struct RoundLine {
    scale: String,
    title: String,
    occasion: String,
    due: Due,
    last: String,
    for_others: bool,
    /// The reader has begun to fill it in.
    begun: bool,
}

/// A scale to choose.
struct Choice {
    scale: String,
    title: String,
    /// How many items, and who answers.
    about: String,
    /// The reader has begun to fill it in.
    begun: bool,
}

/// A result as a line.
pub(crate) struct ResultLine {
    pub id: String,
    pub title: String,
    pub on: String,
    pub total: String,
    pub band: String,
    pub occasion: String,
    /// Change since the one before, with class and icon.
    pub change: Option<words::Verdict>,
    /// Something in it must not wait.
    pub alarm: bool,
    pub voided: bool,
}

#[derive(Template)]
#[template(path = "scale/list.html")]
struct ListPage {
    shell: Shell,
    id: String,
    who: String,
    due: Vec<RoundLine>,
    later: Vec<RoundLine>,
    choices: Vec<Choice>,
    lines: Vec<ResultLine>,
    next: String,
}

/// Which page of the results.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    after: String,
}

/// Who knows of the health of the case's person: rounds, scales to choose, results.
pub(crate) async fn show(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let id = parsed(&id)?;
    let (app, scope, language) = (&site.app, &session.scope, session.language);
    let view = cases::view(app, scope, id).await?;
    let (rounds, results) = scale::rounds_and_results(app, scope, id, key_of(&asked.after)).await?;
    let full = i64::try_from(results.len()).unwrap_or(0) == PAGE;
    let last = results.last().filter(|_| full);
    let who = case_words::who(language, &view.row);
    let (due, later) = rounds.rounds.iter().partition::<Vec<&Round>, _>(|round| round.now);
    let begun = scale::begun(app, scope, id).await?;
    let line = |round: &Round| round_line(&site, language, round, &begun);
    page(&ListPage {
        shell: session.shell(&language.with("scale.title_of", &[("who", &who)])),
        id: id.to_string(),
        who,
        due: due.into_iter().map(line).collect(),
        later: later.into_iter().map(line).collect(),
        choices: rounds.offered.iter().map(|scale| choice(language, scale, &begun)).collect(),
        next: last.map(|last| key_text((last.at, last.id))).unwrap_or_default(),
        lines: lines(&site, language, &results).await?,
    })
}

fn round_line(site: &Site, language: Language, round: &Round, begun: &BTreeSet<String>) -> RoundLine {
    let ends = rules::clock::end_of(round.due_on);
    let week = jiff::SignedDuration::from_hours(24 * 7);
    let last = round.last.map(|day| language.with("scale.last_on", &[("day", &day.to_string())]));
    RoundLine {
        begun: begun.contains(&round.scale.definition().id),
        scale: round.scale.definition().id.clone(),
        title: words::title(language, &round.scale),
        occasion: language.code("scale_occasion", round.occasion.code()),
        due: due::due(&site.app, language, Some(ends), ends.checked_sub(week).ok(), false),
        last: last.unwrap_or_default(),
        for_others: round.for_others,
    }
}

fn choice(language: Language, scale: &Scale, begun: &BTreeSet<String>) -> Choice {
    let definition = scale.definition();
    let raters: Vec<String> = definition.raters.iter().map(|rater| words::rater(language, rater)).collect();
    let about = match definition.items.len() {
        0 => words::entry(language, scale),
        items => language.with("scale.items", &[("count", &items.to_string())]),
    };
    Choice {
        begun: begun.contains(&definition.id),
        scale: definition.id.clone(),
        title: words::title(language, scale),
        about: format!("{about} · {}", raters.join(language.comma())),
    }
}

/// Results as lines, each compared with the one before it of the same scale and version.
pub(crate) async fn lines(
    site: &Site,
    language: Language,
    results: &[Recorded],
) -> Result<Vec<ResultLine>, app::Error> {
    let named = results.iter().map(|one| (one.scale.as_str(), one.version.as_str()));
    let definitions = Definitions::of(&site.app, named).await?;
    let mut lines = Vec::new();
    for (place, one) in results.iter().enumerate() {
        let scale = definitions.get(&one.scale, &one.version);
        let before = results.iter().skip(place + 1).find(|before| comparable(before, one));
        lines.push(line(language, scale, one, before));
    }
    Ok(lines)
}

/// Whether an earlier result is what a later one is compared with.
fn comparable(before: &Recorded, one: &Recorded) -> bool {
    before.scale == one.scale
        && before.version == one.version
        && before.voided.is_none()
        && before.total.is_some()
        && (before.at, before.id) < (one.at, one.id)
}

fn line(language: Language, scale: Option<&Scale>, one: &Recorded, before: Option<&Recorded>) -> ResultLine {
    let change = scale.zip(before).and_then(|(scale, before)| scale.change(before.total?, one.total?));
    ResultLine {
        id: one.id.to_string(),
        title: scale.map_or_else(|| one.scale.clone(), |scale| words::title(language, scale)),
        on: one.on().to_string(),
        total: one.total.map(|total| total.to_string()).unwrap_or_default(),
        band: scale.map(|scale| words::band(language, scale, one)).unwrap_or_default(),
        occasion: words::occasion(language, one),
        change: change.filter(|_| one.voided.is_none()).map(|change| words::verdict(language, &change)),
        alarm: one.level.is_some() && one.voided.is_none(),
        voided: one.voided.is_some(),
    }
}
