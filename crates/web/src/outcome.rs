//! `/cases/{id}/outcome`: what a service came to, for a talk with the person: scores over time as small charts with their tables, what
//! changed, days in hospital. Plain words; it prints on A4. Each part is a section of its own, so that others can stand beside them.

use crate::{
    Site,
    address::parsed,
    answer::{Page, page},
    api::{
        problem::{ApiFailure, ProblemDocument},
        request,
    },
    care::talk::Talk,
    chart::{Chart, Dot, number},
    followup::paper::api::HospitalYear,
    language::Language,
    referral::words as case_words,
    scale::words,
    session::{Caller, Session},
    shell::Shell,
};
use app::{
    outcome::{self, Outcome, Series},
    referral as cases,
    scale::Recorded,
};
use askama::Template;
use axum::{
    Json,
    extract::{Path, State},
};
use rules::scale::{Direction, Figure};
use serde::Serialize;

/// A result in the table under a chart.
pub(crate) struct Row {
    pub on: String,
    pub total: String,
    pub band: String,
    pub occasion: String,
}

/// One scale over time.
pub(crate) struct Part {
    pub title: String,
    /// What a higher figure means.
    pub direction: String,
    /// What changed, in a sentence.
    pub sentence: String,
    pub verdict: Option<words::Verdict>,
    pub chart: Option<Chart>,
    pub rows: Vec<Row>,
}

/// What a page or a paper tells.
pub(crate) struct Told {
    /// What changed clearly, one sentence each.
    pub changes: Vec<String>,
    pub parts: Vec<Part>,
    pub hospital: String,
    pub stays: Vec<String>,
    /// Days by calendar year.
    pub years: Vec<String>,
}

#[derive(Template)]
#[template(path = "outcome/show.html")]
struct OutcomePage {
    shell: Shell,
    id: String,
    who: String,
    period: String,
    told: Told,
    /// Plan and sessions; nothing for who has no part in them.
    talk: Option<Talk>,
}

/// Who knows of the health of the case's person: the course of its scores.
pub(crate) async fn show(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let id = parsed(&id)?;
    let (app, scope, language) = (&site.app, &session.scope, session.language);
    let view = cases::view(app, scope, id).await?;
    let found = outcome::of_case(app, scope, id).await?;
    page(&OutcomePage {
        shell: session.shell(&language.text("outcome.title")),
        id: id.to_string(),
        who: case_words::who(language, &view.row),
        period: period(language, &found),
        told: told(language, &found),
        talk: Talk::of(&site, &session, id).await?,
    })
}

/// The twelve months that days in hospital are counted in.
pub(crate) fn period(language: Language, found: &Outcome) -> String {
    language.with("outcome.period", &[("from", &found.from.to_string()), ("to", &found.to.to_string())])
}

/// Everything in words.
pub(crate) fn told(language: Language, found: &Outcome) -> Told {
    let parts: Vec<Part> = found.series.iter().map(|series| part(language, series)).collect();
    let clear = |part: &&Part| part.verdict.as_ref().is_some_and(|verdict| verdict.class != "quiet");
    let days = found.hospital_days.to_string();
    let key = if found.hospital_days == 0 { "outcome.no_hospital" } else { "outcome.hospital_days" };
    let stay = |stay: &rules::outcome::Stay| {
        let until =
            stay.until.map_or_else(|| language.text("outcome.still").into_owned(), |day| day.to_string());
        language.with("outcome.stay", &[("from", &stay.from.to_string()), ("until", &until)])
    };
    Told {
        changes: parts.iter().filter(clear).map(|part| part.sentence.clone()).collect(),
        hospital: language.with(key, &[("days", &days)]),
        stays: found.stays.iter().map(stay).collect(),
        years: crate::followup::paper::years(language, &found.hospital_years),
        parts,
    }
}

fn part(language: Language, series: &Series) -> Part {
    let definition = series.scale.definition();
    let course = &series.course;
    let title = words::title(language, &series.scale);
    let direction = match definition.direction {
        Some(Direction::HighBetter) => language.text("outcome.high_better").into_owned(),
        Some(Direction::HighWorse) => language.text("outcome.high_worse").into_owned(),
        None => String::new(),
    };
    let verdict = course.whole.map(|change| words::verdict(language, &change));
    let said = match (&verdict, series.results.len()) {
        (_, 1) => language.text("outcome.one").into_owned(),
        (Some(verdict), _) => verdict.text.clone(),
        (None, _) => language.text("outcome.no_threshold").into_owned(),
    };
    let (from, to) = (course.first.total.to_string(), course.last.total.to_string());
    let values =
        [("title", title.as_str()), ("from", from.as_str()), ("to", to.as_str()), ("said", said.as_str())];
    let key = if series.results.len() == 1 { "outcome.sentence_one" } else { "outcome.sentence" };
    let row = |one: &Recorded| Row {
        on: one.on().to_string(),
        total: one.total.map(|total| total.to_string()).unwrap_or_default(),
        band: words::band(language, &series.scale, one),
        occasion: words::occasion(language, one),
    };
    Part {
        sentence: language.with(key, &values),
        chart: chart(series),
        rows: series.results.iter().map(row).collect(),
        title,
        direction,
        verdict,
    }
}

/// The course as a chart, over the whole range of the scale.
fn chart(series: &Series) -> Option<Chart> {
    let (low, high) = series.scale.range()?;
    let dot = |one: &Recorded| {
        let total = one.total?;
        Some(Dot { on: one.on(), value: number(total), label: total.to_string() })
    };
    let dots: Vec<Dot> = series.results.iter().filter_map(dot).collect();
    Chart::new(&dots, number(low), number(high))
}

/// A result as a point.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PointDocument {
    /// Identifier of the result.
    result: String,
    /// Day.
    #[schema(format = Date)]
    on: String,
    /// Total.
    total: String,
    /// Code of its band.
    band: Option<String>,
}

/// One scale over time.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SeriesDocument {
    /// Identifier of the scale.
    scale: String,
    /// Results in the order of time.
    points: Vec<PointDocument>,
    /// The last total less the first; nothing where the scale has no threshold of change.
    difference: Option<String>,
    /// `improved`, `worsened`, `changed` or `unchanged`, from the first to the last.
    verdict: Option<String>,
    /// The same from the one before the last.
    latest_verdict: Option<String>,
}

/// What a service came to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ServiceOutcome {
    /// One for each scale.
    series: Vec<SeriesDocument>,
    /// Days in hospital in the twelve months up to today, as the cases in scope and the register of severe mental disorders tell of
    /// them; a day of two stays counts once.
    hospital_days: u32,
    /// Days in hospital by calendar year, the latest first.
    hospital_years: Vec<HospitalYear>,
    /// First day of these twelve months.
    #[schema(format = Date)]
    from: String,
    /// Today.
    #[schema(format = Date)]
    to: String,
}

/// Programs: what a service came to. The read is logged.
#[utoipa::path(get, path = "/api/v1/cases/{id}/outcome", tag = "scales", operation_id = "outcome", params(("id" = String, Path)), responses(
    (status = 200, body = ServiceOutcome),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn api_show(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ServiceOutcome>, ApiFailure> {
    let found = outcome::of_case(&site.app, &caller.scope, request::id(&id)?).await?;
    let point = |one: &Recorded| {
        Some(PointDocument {
            result: one.id.to_string(),
            on: one.on().to_string(),
            total: one.total.map(|total: Figure| total.to_string())?,
            band: one.band.clone(),
        })
    };
    let series = |series: &Series| SeriesDocument {
        scale: series.scale.definition().id.clone(),
        points: series.results.iter().filter_map(point).collect(),
        difference: series.course.whole.map(|change| change.difference.to_string()),
        verdict: series.course.whole.map(|change| words::code(&change.verdict)),
        latest_verdict: series.course.latest.map(|change| words::code(&change.verdict)),
    };
    Ok(Json(ServiceOutcome {
        series: found.series.iter().map(series).collect(),
        hospital_days: found.hospital_days,
        hospital_years: crate::followup::paper::api::years(&found.hospital_years),
        from: found.from.to_string(),
        to: found.to.to_string(),
    }))
}
