//! `/followup/figures`: the annual statistics of the management (form 14), by indicator and by part of the area; as the official form
//! and as a file in `file`, for programs in `api`.

pub(crate) mod api;
pub(crate) mod file;

use super::{
    Badge,
    list::places,
    place,
    support::{
        grouped,
        payments::{self, years},
    },
};
use crate::{
    Site, address,
    answer::{Page, page, page_with},
    language::Language,
    library::{self, Choice},
    referral::words::code,
    session::Session,
    shell::Shell,
};
use app::{
    App, Error, Problem,
    followup::figures::{self, Figures, Line},
};
use askama::Template;
use axum::extract::{Query, State};
use rules::{
    account::{Deed, Subject},
    followup::indicator::{Count, Figure, MeasuredIn, Tally},
};
use serde::Deserialize;

/// Inhabitants of a division at most: more than any country has.
const MOST_INHABITANTS: u64 = 2_000_000_000;

/// What is asked for, as it stands in the address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    pub year: String,
    pub division: String,
    /// Resident population; the platform has none.
    pub population: String,
    pub format: String,
}

/// A number of inhabitants as people write it.
fn population(text: &str) -> Result<Option<u64>, Error> {
    let digits: String = text.chars().filter(|c| !matches!(c, ',' | '，' | ' ')).collect();
    if digits.is_empty() {
        return Ok(None);
    }
    let number = digits.parse().ok().filter(|number| (1..=MOST_INHABITANTS).contains(number));
    number.map(Some).ok_or_else(|| {
        let values = vec![format!("1–{}", grouped(&MOST_INHABITANTS.to_string()))];
        let code = "number_range".to_owned();
        Error::Invalid(vec![Problem { field: "population".to_owned(), code, values }])
    })
}

impl Asked {
    pub(crate) fn read(&self, site: &Site) -> Result<figures::Asked, Error> {
        Ok(figures::Asked {
            year: Some(payments::year(site, &self.year)?),
            division: payments::place(&self.division)?,
            population: population(&self.population)?,
        })
    }

    fn query(&self) -> String {
        address::query([
            ("year", self.year.as_str()),
            ("division", &self.division),
            ("population", &self.population),
        ])
    }
}

/// What is counted in each part of the area.
const COLUMNS: [Count; 10] = [
    Count::Registered,
    Count::Managed,
    Count::StandardManaged,
    Count::FaceToFace,
    Count::Medicated,
    Count::RegularlyMedicated,
    Count::Stable,
    Count::Examined,
    Count::Lost,
    Count::Died,
];

/// Rates that stand beside the counts of a part.
const RATES: [&str; 2] = ["I2", "I3"];

pub(crate) fn count_name(language: Language, count: Count) -> String {
    language.code("smd_count", &code(&count))
}

fn measured(language: Language, measured_in: MeasuredIn, value: &str) -> String {
    language.with(&format!("smd_measure.{}", code(&measured_in)), &[("value", value)])
}

/// A figure with its unit; a dash where there is nothing to divide by.
pub(crate) fn value(language: Language, figure: &Figure) -> String {
    let printed = figure.printed();
    printed.map_or_else(|| "–".to_owned(), |value| measured(language, figure.measured_in, &value))
}

fn number(count: u64) -> String {
    grouped(&count.to_string())
}

/// An indicator as a row.
pub(crate) struct Row {
    pub id: String,
    pub name: String,
    /// What is divided by what, in words.
    pub of: String,
    pub numerator: String,
    pub denominator: String,
    pub value: String,
    /// What is aimed at; empty where nothing is.
    pub target: String,
    /// Whether that is reached.
    pub standing: Option<Badge>,
    pub source: String,
}

pub(crate) fn row(language: Language, line: &Line<'_>) -> Row {
    let Line { indicator, figure, met } = line;
    let of = [indicator.numerator, indicator.denominator].map(|count| count_name(language, count));
    let target = indicator.target_printed();
    let target = target.map(|target| format!("≥ {}", measured(language, indicator.measured_in, &target)));
    let badge = |key: &str, tone, icon| Badge { text: language.text(key).into_owned(), tone, icon };
    Row {
        id: indicator.id.clone(),
        name: language.of(&indicator.zh, &indicator.en),
        of: of.join(" ÷ "),
        numerator: number(figure.numerator),
        denominator: number(figure.denominator),
        value: value(language, figure),
        target: target.unwrap_or_default(),
        standing: met.map(|met| match met {
            true => badge("smd_figures.met", "good", "check"),
            false => badge("smd_figures.not_met", "late", "alert-triangle"),
        }),
        source: language.of(&indicator.source_zh, &indicator.source_en),
    }
}

/// Names of what is told of each part.
pub(crate) fn columns(app: &App, language: Language, found: &Figures) -> Vec<String> {
    let rate = |id: &&str| {
        let indicator = app.tables.indicators.get(id, found.version);
        indicator.map_or_else(String::new, |one| language.of(&one.zh, &one.en))
    };
    COLUMNS.iter().map(|count| count_name(language, *count)).chain(RATES.iter().map(rate)).collect()
}

/// What is told of a part, in the order of [`columns`].
pub(crate) fn cells(app: &App, language: Language, found: &Figures, tally: &Tally) -> Vec<String> {
    let rate = |id: &&str| {
        let indicator = app.tables.indicators.get(id, found.version);
        indicator.map_or_else(String::new, |one| value(language, &one.figure(found.version, tally)))
    };
    COLUMNS.iter().map(|count| number(tally.get(*count))).chain(RATES.iter().map(rate)).collect()
}

/// Years without treatment by disorder: name, persons, mean.
pub(crate) fn untreated(app: &App, language: Language, found: &Figures) -> Vec<[String; 3]> {
    let groups = app::catalogue::disorders().ok();
    let name = |code: &str| {
        let group = groups.and_then(|groups| groups.get(code));
        group.map_or_else(
            || language.text("smd_figures.no_diagnosis").into_owned(),
            |one| language.of(&one.zh, &one.en),
        )
    };
    let line = |(group, figure): (String, Figure)| {
        [name(&group), number(figure.denominator), value(language, &figure)]
    };
    found.untreated(app).into_iter().map(line).collect()
}

/// The days that are counted, in words.
pub(crate) fn period(language: Language, found: &Figures) -> String {
    let values = [("from", found.period.from.to_string()), ("until", found.period.until.to_string())];
    language.with("smd_figures.period", &values.each_ref().map(|(key, day)| (*key, day.as_str())))
}

/// How it is counted, in a few sentences.
pub(crate) const NOTES: [&str; 5] = [
    "smd_figures.note_where",
    "smd_figures.note_registered",
    "smd_figures.note_visits",
    "smd_figures.note_examined",
    "smd_figures.note_rehabilitation",
];

struct PartRow {
    name: String,
    /// One region down; empty where there is none.
    to: String,
    cells: Vec<(String, String)>,
}

/// What was counted, as it is shown.
struct Counted {
    period: String,
    registered: String,
    managed: String,
    died: String,
    rows: Vec<Row>,
    untreated: Vec<[String; 3]>,
    columns: Vec<String>,
    parts: Vec<PartRow>,
    /// The sums of all parts.
    whole: Vec<(String, String)>,
}

impl Counted {
    fn new(site: &Site, session: &Session, found: &Figures) -> Counted {
        let (app, language) = (&site.app, session.language);
        let columns = columns(app, language, found);
        let named = |tally: &Tally| {
            columns.iter().cloned().zip(cells(app, language, found, tally)).collect::<Vec<_>>()
        };
        let part = |part: &figures::Part| {
            let (year, code) = (found.year.to_string(), part.division.to_string());
            let deeper = Some(part.division) != found.division && session.scope.area.holds(part.division);
            let to = address::query([("year", year.as_str()), ("division", &code)]);
            let to = if deeper { format!("/followup/figures?{to}") } else { String::new() };
            PartRow { name: place(site, part.division), to, cells: named(&part.tally) }
        };
        let count = |count: Count| number(found.whole.get(count));
        Counted {
            period: period(language, found),
            registered: count(Count::Registered),
            managed: count(Count::Managed),
            died: count(Count::Died),
            rows: found.lines(app).iter().map(|line| row(language, line)).collect(),
            untreated: untreated(app, language, found),
            parts: found.parts.iter().map(part).collect(),
            whole: named(&found.whole),
            columns,
        }
    }
}

#[derive(Template)]
#[template(path = "followup/figures.html")]
struct FiguresPage {
    shell: Shell,
    asked: Asked,
    years: Vec<Choice>,
    places: Vec<Choice>,
    heading: String,
    /// None where what was asked for cannot be counted.
    counted: Option<Counted>,
    notes: Vec<String>,
    query: String,
    exports: bool,
    told: Vec<String>,
}

/// The divisions to choose from, with the one that was chosen deeper down.
fn choices(site: &Site, session: &Session, chosen: &str) -> Vec<Choice> {
    let mut choices = places(site, session, chosen);
    let deeper = payments::place(chosen).ok().flatten();
    if let Some(division) = deeper.filter(|_| choices.iter().all(|choice| !choice.chosen)) {
        choices.push(Choice { code: chosen.to_owned(), name: place(site, division), chosen: true });
    }
    choices
}

fn drawn(
    site: &Site,
    session: &Session,
    asked: Asked,
    found: Option<&Figures>,
    told: Vec<String>,
) -> Result<FiguresPage, Error> {
    let language = session.language;
    let title = language.text("smd_figures.title").into_owned();
    let year = match found {
        Some(found) => found.year,
        None => payments::year(site, "")?,
    };
    Ok(FiguresPage {
        shell: session.shell(&title),
        years: years(site, year),
        places: choices(site, session, &asked.division),
        heading: format!("{title} {year}"),
        counted: found.map(|found| Counted::new(site, session, found)),
        notes: NOTES.iter().map(|key| language.text(key).into_owned()).collect(),
        query: asked.query(),
        exports: session.scope.role.may(Deed::Export, Subject::FollowUp),
        told,
        asked,
    })
}

/// Doctors and the county's health side: the indicators of a year in their scope, and by part of the area.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let found = match asked.read(&site) {
        Ok(wanted) => figures::figures(&site.app, &session.scope, wanted).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(found) => page(&drawn(&site, &session, asked, Some(&found), Vec::new())?),
        Err(error) => {
            let (status, told) = library::told(&session, error, "smd_figures_field")?;
            page_with(status, &drawn(&site, &session, asked, None, told)?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_population_is_read_as_people_write_it() {
        for (text, read) in [
            ("", Some(None)),
            (" ", Some(None)),
            ("5681000", Some(Some(5_681_000))),
            ("5,681,000", Some(Some(5_681_000))),
            ("568，1000", Some(Some(5_681_000))),
            ("0", None),
            ("-5", None),
            ("many", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(population(text).ok(), read, "{text}");
        }
    }
}
