//! `/questions/figures`: asked, answered, in time and after how many hours, by hospital and county; as a file, too.

use crate::{
    Site,
    address::query,
    answer::{Page, page, page_with},
    division, export,
    language::Language,
    library,
    session::Session,
    shell::Shell,
};
use app::{
    Error,
    export::Table as File,
    question::figures::{self, Figures, Table},
};
use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
};
use jiff::{ToSpan, civil::Date};
use rules::{
    account::{Deed, Subject},
    care::Days,
    clock::china_date,
};
use serde::Deserialize;

/// Which period.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    from: String,
    until: String,
}

impl Asked {
    fn days(&self, today: Date) -> Days {
        period(self.from.parse().ok(), self.until.parse().ok(), today)
    }
}

/// The period; the last three months where none is given.
pub(crate) fn period(from: Option<Date>, until: Option<Date>, today: Date) -> Days {
    let last = until.unwrap_or(today);
    let from = from.unwrap_or_else(|| last.saturating_sub(3.months()).saturating_add(1.day()));
    Days { from, last }
}

struct Row {
    name: String,
    county: String,
    cells: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "question/figures.html")]
struct FiguresPage {
    shell: Shell,
    from: String,
    until: String,
    query: String,
    /// The reader has questions of their own to go back to.
    desk: bool,
    total: Vec<(String, String)>,
    columns: Vec<String>,
    rows: Vec<Row>,
    small: String,
    told: Vec<String>,
}

const COLUMNS: [&str; 6] = [
    "question.asked",
    "question.answered",
    "question.in_time",
    "question.overdue",
    "question.share_in_time",
    "question.median",
];

/// The figures of a row, as they are shown; what is left out is a star.
fn cells(figures: &Figures) -> [String; 6] {
    let said = |figure: Option<i64>| figure.map_or_else(|| "*".to_owned(), |figure| figure.to_string());
    let share = match figures.share_in_time() {
        Some(tenths) => format!("{}.{} %", tenths / 10, tenths % 10),
        None if figures.hides_share() => "*".to_owned(),
        None => "–".to_owned(),
    };
    let median = match (figures.answered, figures.median_hours) {
        (None, _) => "*".to_owned(),
        (_, None) => "–".to_owned(),
        (_, Some(hours)) => hours.to_string(),
    };
    let [asked, answered, in_time, overdue] =
        [figures.asked, figures.answered, figures.in_time, figures.overdue].map(said);
    [asked, answered, in_time, overdue, share, median]
}

fn named(language: Language, figures: &Figures) -> Vec<(String, String)> {
    COLUMNS.iter().map(|key| language.text(key).into_owned()).zip(cells(figures)).collect()
}

fn drawn(
    site: &Site,
    session: &Session,
    days: Days,
    found: Option<&Table>,
    told: Vec<String>,
) -> FiguresPage {
    let (app, language) = (&site.app, session.language);
    let (from, until) = (days.from.to_string(), days.last.to_string());
    let row = |row: &figures::Row| Row {
        name: row.desk_name.clone(),
        county: division::short(app, row.county),
        cells: named(language, &row.figures),
    };
    let small = language.with("need.left_out", &[("count", &app.tables.exports.small_figure.to_string())]);
    FiguresPage {
        shell: session.shell(&language.text("question.figures")),
        query: query([("from", from.as_str()), ("until", &until)]),
        from,
        until,
        desk: session.scope.role.may(Deed::Read, Subject::Question),
        total: found.map(|found| named(language, &found.total)).unwrap_or_default(),
        columns: COLUMNS.iter().map(|key| language.text(key).into_owned()).collect(),
        rows: found.map(|found| found.rows.iter().map(row).collect()).unwrap_or_default(),
        small: if found.is_some_and(|found| found.suppressed) { small } else { String::new() },
        told,
    }
}

/// Doctors for their hospital, the county's health side, supervisors: the figures of a period.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let days = asked.days(china_date(site.app.now()));
    match figures::figures(&site.app, &session.scope, days).await {
        Ok(found) => page(&drawn(&site, &session, days, Some(&found), Vec::new())),
        Err(Error::Invalid(problems)) => {
            let told = problems.iter().map(|one| library::problem_text(session.language, one)).collect();
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn(&site, &session, days, None, told))
        }
        Err(error) => Err(error.into()),
    }
}

/// The same readers: the figures as a spreadsheet, in which no small group can be told.
pub(crate) async fn export(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let (app, language) = (&site.app, session.language);
    let days = asked.days(china_date(app.now()));
    let (found, code) = figures::export(app, &session.scope, days).await?;
    let line = |name: String, county: String, figures: &Figures| {
        [name, county].into_iter().chain(cells(figures)).collect::<Vec<String>>()
    };
    let mut rows: Vec<Vec<String>> = found
        .rows
        .iter()
        .map(|row| line(row.desk_name.clone(), division::short(app, row.county), &row.figures))
        .collect();
    rows.push(line(language.text("outreach.total").into_owned(), String::new(), &found.total));
    let small = language.with("need.left_out", &[("count", &app.tables.exports.small_figure.to_string())]);
    let heads = ["question_field.hospital", "question.county"];
    let table = File {
        title: language.text("question.figures").into_owned(),
        mark: format!("{small} {}", export::mark(&session, app.now(), &code)),
        figures_from: Some(2),
        columns: heads.iter().chain(&COLUMNS).map(|key| language.text(key).into_owned()).collect(),
        rows,
    };
    library::export(&format!("questions-{}-{}", days.from, days.last), "xlsx", &table)
}
