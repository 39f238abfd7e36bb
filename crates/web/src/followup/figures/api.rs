//! `/api/v1/smd-figures`: the annual statistics for programs.

use super::Asked;
use crate::{
    Site,
    api::{
        problem::{ApiFailure, ProblemDocument},
        request,
    },
    referral::words::code,
    session::Caller,
};
use app::followup::figures::{self, Line};
use axum::{Json, extract::State};
use rules::followup::indicator::{Figure, Tally};
use serde::Serialize;
use std::collections::BTreeMap;

/// An indicator with its figure.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdIndicator {
    /// `I1` to `I16`, with letters where there are several
    id: String,
    name_zh: String,
    name_en: String,
    /// What is divided: a code of `counts`
    numerator_of: String,
    numerator: u64,
    /// By what: a code of `counts`, or `population`
    denominator_of: String,
    denominator: u64,
    /// With two digits behind the point; nothing without a denominator
    value: Option<String>,
    /// `percent`, `per_mille`, `per_hundred_person_years`, `years`
    measured_in: String,
    /// What is aimed at, at least
    target: Option<String>,
    /// The target is reached
    met: Option<bool>,
    source_zh: String,
    source_en: String,
}

impl From<&Line<'_>> for SmdIndicator {
    fn from(line: &Line<'_>) -> Self {
        let Line { indicator, figure, met } = line;
        SmdIndicator {
            id: indicator.id.clone(),
            name_zh: indicator.zh.clone(),
            name_en: indicator.en.clone(),
            numerator_of: code(&indicator.numerator),
            numerator: figure.numerator,
            denominator_of: code(&indicator.denominator),
            denominator: figure.denominator,
            value: figure.printed(),
            measured_in: code(&indicator.measured_in),
            target: indicator.target_printed(),
            met: *met,
            source_zh: indicator.source_zh.clone(),
            source_en: indicator.source_en.clone(),
        }
    }
}

/// Years between onset and first treatment in one disorder.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdUntreated {
    /// Code of the disorder group; empty where nothing was diagnosed
    disorder: String,
    persons: u64,
    /// Mean
    years: Option<String>,
}

impl From<(String, Figure)> for SmdUntreated {
    fn from((disorder, figure): (String, Figure)) -> Self {
        SmdUntreated { disorder, persons: figure.denominator, years: figure.printed() }
    }
}

/// A part of the area.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdFiguresPart {
    /// 12-digit code
    division: i64,
    counts: BTreeMap<String, u64>,
}

/// The annual statistics.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdFigures {
    year: i16,
    from: String,
    /// The last day that is counted: of the present year today
    until: String,
    /// Definitions: `v2015`, `v2017`
    version: String,
    /// 12-digit code of the division that was asked for
    division: Option<i64>,
    population: Option<u64>,
    /// Records that were looked at
    records: usize,
    indicators: Vec<SmdIndicator>,
    untreated: Vec<SmdUntreated>,
    /// Persons, times and days by code; what is not named is 0
    counts: BTreeMap<String, u64>,
    /// The divisions one level below; their counts add up to those of the whole, where population and counties stand besides
    parts: Vec<SmdFiguresPart>,
}

fn counts(tally: &Tally) -> BTreeMap<String, u64> {
    tally.counts().map(|(count, number)| (code(&count), number)).collect()
}

/// Programs of doctors and of the county's health side: the indicators of a year in the caller's scope, with the counts of each part.
#[utoipa::path(
    get, path = "/api/v1/smd-figures", tag = "follow-up",
    params(
        ("year" = Option<String>, Query, description = "Year; the present one, up to today, where it is left out"),
        ("division" = Option<String>, Query, description = "A division in the caller's area"),
        ("population" = Option<String>, Query, description = "Resident population, for the prevalence")
    ),
    responses(
        (status = 200, body = SmdFigures),
        (status = 401, body = ProblemDocument),
        (status = 403, body = ProblemDocument),
        (status = 409, description = "More records than one answer holds", body = ProblemDocument),
        (status = 422, body = ProblemDocument)
    ),
    security(("token" = []))
)]
pub(crate) async fn show(
    State(site): State<Site>,
    caller: Caller,
    request::Asked(asked): request::Asked<Asked>,
) -> Result<Json<SmdFigures>, ApiFailure> {
    let found = figures::figures(&site.app, &caller.scope, asked.read(&site)?).await?;
    let part = |part: &figures::Part| SmdFiguresPart { division: part.division, counts: counts(&part.tally) };
    Ok(Json(SmdFigures {
        year: found.year,
        from: found.period.from.to_string(),
        until: found.period.until.to_string(),
        version: code(&found.version),
        division: found.division,
        population: found.population,
        records: found.records,
        indicators: found.lines(&site.app).iter().map(SmdIndicator::from).collect(),
        untreated: found.untreated(&site.app).into_iter().map(SmdUntreated::from).collect(),
        counts: counts(&found.whole),
        parts: found.parts.iter().map(part).collect(),
    }))
}
