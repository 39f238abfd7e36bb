//! `/review`: possible doubles, side by side; `/api/v1/pairs`.

pub(crate) mod api;

use crate::{
    Site,
    address::parsed,
    answer::{Page, page},
    division,
    due::{self, Due},
    language::Language,
    person::Line,
    session::Session,
    shell::Shell,
};
use app::{
    id::Id,
    link::{self, Listed, Pair, Registration, Verdict},
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
};
use jiff::civil::Date;
use serde::Deserialize;

/// What the queue is asked for.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    state: String,
    #[serde(default)]
    after: String,
}

impl Asked {
    /// The state asked for; what is none of them is the open ones.
    fn state(&self) -> &'static str {
        ["same", "different"].into_iter().find(|state| *state == self.state).unwrap_or("open")
    }

    /// The key of the last pair seen.
    pub(crate) fn after(&self) -> Option<(Date, Id)> {
        let (due, id) = self.after.split_once('|')?;
        Some((due.parse().ok()?, id.parse().ok()?))
    }
}

/// The key of the next page; none on the last.
fn next(pairs: &[Listed]) -> Option<String> {
    let full = i64::try_from(pairs.len()).unwrap_or(0) == link::PAGE;
    pairs.last().filter(|_| full).map(|listed| format!("{}|{}", listed.pair.due_on, listed.pair.id))
}

/// One side of a pair in the list.
struct Side {
    line: Line,
    /// Village and town; the reader knows the county.
    place: String,
    senders: String,
}

struct Waiting {
    pair: Pair,
    percent: String,
    left: Side,
    right: Side,
    owner: String,
    age: String,
    due: Due,
    decided: String,
}

#[derive(Template)]
#[template(path = "link/queue.html")]
struct QueuePage {
    shell: Shell,
    state: &'static str,
    pairs: Vec<Waiting>,
    next: String,
}

fn percent(probability: f64) -> String {
    format!("{:.1} %", probability * 100.0)
}

/// Referral worker, civil affairs: pairs to decide with both persons, the earliest due first. The read is logged.
pub(crate) async fn queue(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let pairs = link::listed(&site.app, &session.scope, asked.state(), asked.after()).await?;
    let next = next(&pairs).unwrap_or_default();
    page(&QueuePage {
        shell: session.shell(&session.language.text("navigation.review")),
        state: asked.state(),
        pairs: pairs.into_iter().map(|listed| waiting(&site, session.language, listed)).collect(),
        next,
    })
}

fn waiting(site: &Site, language: Language, listed: Listed) -> Waiting {
    let Listed { pair, owner, left, right } = listed;
    let side = |side: Registration| Side {
        senders: side.senders.join(language.comma()),
        place: division::short(&site.app, side.person.division),
        line: Line::new(site, language, side.person),
    };
    let ends = rules::clock::end_of(pair.due_on);
    Waiting {
        percent: percent(pair.probability),
        left: side(left),
        right: side(right),
        owner: owner.unwrap_or_else(|| language.text("link.nobody_has_it").into_owned()),
        age: age(site, language, pair.created_at),
        due: due::due(&site.app, language, Some(ends), None, false),
        decided: pair.decided_at.map(due::minute).unwrap_or_default(),
        pair,
    }
}

/// How many days ago something was found.
fn age(site: &Site, language: Language, found: jiff::Timestamp) -> String {
    let (found, today) = (app::person::today(found), app::person::today(site.app.now()));
    match today.since(found).map_or(0, |span| span.get_days()) {
        ..=0 => language.text("link.found_today").into_owned(),
        1 => language.text("link.found_yesterday").into_owned(),
        days => language.with("link.found_days_ago", &[("days", &days.to_string())]),
    }
}

/// One column compared, in words.
struct Reason {
    column: String,
    level: String,
    bits: String,
    speaks_for: bool,
}

/// The level of agreement in words; its bounds, as in `damerau<=1`, say nothing to a clerk.
fn agreement(language: Language, level: &str) -> String {
    language.code("agreement", level.split([' ', '=', '<', '>']).next().unwrap_or_default())
}

#[derive(Template)]
#[template(path = "link/pair.html")]
struct PairPage {
    shell: Shell,
    pair: Pair,
    percent: String,
    left: Line,
    right: Line,
    reasons: Vec<Reason>,
    /// It is open and somebody else's, or nobody's yet.
    may_take: bool,
}

/// Referral worker, civil affairs: both persons side by side with what speaks for and against.
pub(crate) async fn show(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let side = link::side_by_side(&site.app, &session.scope, parsed(&id)?).await?;
    let language = session.language;
    let evidence =
        side.pair.explanation.get("evidence").and_then(|e| e.as_array()).cloned().unwrap_or_default();
    let reason = |e: &serde_json::Value| {
        let text = |key: &str| e.get(key).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
        let bits = e.get("bits").and_then(serde_json::Value::as_f64).unwrap_or(0.0);
        Reason {
            column: language.code("compared", &text("column")),
            level: agreement(language, &text("level")),
            bits: format!("{bits:+.1}"),
            speaks_for: bits > 0.0,
        }
    };
    page(&PairPage {
        shell: session.shell(&language.text("link.pair")),
        percent: percent(side.pair.probability),
        reasons: evidence.iter().map(reason).collect(),
        left: Line::new(&site, language, side.left),
        right: Line::new(&site, language, side.right),
        may_take: side.pair.state == "open" && side.pair.owner_id != Some(session.scope.account),
        pair: side.pair,
    })
}

/// A decision, with the version that the clerk saw.
#[derive(Deserialize)]
pub(crate) struct Decision {
    verdict: Verdict,
    version: i64,
}

/// Referral worker, civil affairs: says whether the two are one, and goes on to the next pair.
pub(crate) async fn decide(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(decision): Form<Decision>,
) -> Page {
    link::decide(&site.app, &session.scope, parsed(&id)?, decision.version, decision.verdict).await?;
    let next = link::queue(&site.app, &session.scope, "open", None).await?;
    let to = next.first().map_or_else(|| "/review".to_owned(), |p| format!("/review/{}", p.id));
    Ok(Redirect::to(&to).into_response())
}

/// The version that the clerk saw.
#[derive(Deserialize)]
pub(crate) struct Seen {
    version: i64,
}

/// Referral worker, civil affairs: takes the pair on, so that colleagues see who has it.
pub(crate) async fn take(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(seen): Form<Seen>,
) -> Page {
    let id = parsed(&id)?;
    link::take(&site.app, &session.scope, id, seen.version).await?;
    Ok(Redirect::to(&format!("/review/{id}")).into_response())
}

/// Referral worker, civil affairs: takes a decision back.
pub(crate) async fn undo(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(seen): Form<Seen>,
) -> Page {
    let id = parsed(&id)?;
    link::undo(&site.app, &session.scope, id, seen.version).await?;
    Ok(Redirect::to(&format!("/review/{id}")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_of_agreement_is_told_in_words() {
        for (level, words) in [
            ("exact", "完全一致"),
            ("damerau<=1", "差一处"),
            ("jaro_winkler>=0.92", "相近"),
            ("prefix=9", "上级区划相同"),
        ] {
            assert_eq!(agreement(Language::Chinese, level), words);
        }
    }
}
