//! `/review`: possible doubles, side by side.

use crate::{
    Site,
    answer::{Page, page},
    language::Language,
    person::{Line, parsed},
    session::Session,
    shell::Shell,
};
use app::link::{self, Pair, Verdict};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
};
use serde::Deserialize;

/// What the queue is asked for.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    state: String,
    #[serde(default)]
    after: String,
}

struct Waiting {
    pair: Pair,
    percent: String,
    late: bool,
}

#[derive(Template)]
#[template(path = "link/queue.html")]
struct QueuePage {
    shell: Shell,
    state: String,
    pairs: Vec<Waiting>,
    next: String,
}

fn percent(probability: f64) -> String {
    format!("{:.1} %", probability * 100.0)
}

/// Referral worker, civil affairs: pairs to decide, the earliest due first.
pub(crate) async fn queue(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let state =
        if ["same", "different"].contains(&asked.state.as_str()) { asked.state.as_str() } else { "open" };
    let after = asked.after.split_once('|').and_then(|(d, id)| Some((d.parse().ok()?, id.parse().ok()?)));
    let pairs = link::queue(&site.app, &session.scope, state, after).await?;
    let full = i64::try_from(pairs.len()).unwrap_or(0) == link::PAGE;
    let next = pairs.last().filter(|_| full).map(|p| format!("{}|{}", p.due_on, p.id)).unwrap_or_default();
    let today = app::person::today(site.app.now());
    let waiting = |pair: Pair| Waiting {
        percent: percent(pair.probability),
        late: pair.state == "open" && pair.due_on < today,
        pair,
    };
    page(&QueuePage {
        shell: session.shell(&session.language.text("navigation.review")),
        state: state.to_owned(),
        pairs: pairs.into_iter().map(waiting).collect(),
        next,
    })
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
