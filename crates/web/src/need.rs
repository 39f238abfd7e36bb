//! `/need`: persons in the registers and the four cut-downs, by division; `/api/v1/counts`.

pub(crate) mod api;

use crate::{
    Site,
    answer::{Page, page},
    person::place,
    session::Session,
    shell::Shell,
};
use app::{
    Error,
    need::{self, Count, Counts},
};
use askama::Template;
use axum::{
    extract::{Query, State},
    http::header,
    response::IntoResponse,
};
use rules::division::{DivisionCode, Level};
use rust_xlsxwriter::Workbook;
use serde::Deserialize;

/// Which area.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    division: Option<i64>,
}

struct Part {
    count: Count,
    name: String,
    /// There is a level below.
    opens: bool,
}

/// One bar of the funnel.
struct Bar {
    name: String,
    count: i64,
    /// Of the widest bar, for a progress element.
    of: i64,
    share: String,
}

#[derive(Template)]
#[template(path = "need/show.html")]
struct NeedPage {
    shell: Shell,
    name: String,
    /// The area above, where it lies in the caller's scope.
    above: Option<(i64, String)>,
    total: Count,
    bars: Vec<Bar>,
    parts: Vec<Part>,
}

fn name(site: &Site, session: &Session, division: i64) -> String {
    if division == 0 { session.language.text("shell.nation").into_owned() } else { place(site, division) }
}

fn short_name(site: &Site, division: i64) -> String {
    let full = place(site, division);
    full.rsplit(' ').next().unwrap_or(&full).to_owned()
}

fn bars(session: &Session, total: &Count) -> Vec<Bar> {
    let cuts = [
        ("persons", total.persons),
        ("at_home", total.at_home),
        ("assessed", total.assessed),
        ("suitable", total.suitable),
        ("consented", total.consented),
    ];
    let of = total.persons.max(1);
    let bar = |(key, count): (&str, i64)| Bar {
        name: session.language.code("need_cut", key),
        count,
        of,
        share: format!("{} %", count * 100 / of),
    };
    cuts.into_iter().map(bar).collect()
}

/// County staff, supervisors: figures of an area and of what lies below.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let division = asked.division.unwrap_or(session.scope.division);
    let counts = need::count(&site.app, &session.scope, division).await?;
    let above = DivisionCode::new(division).ok().map(|c| c.parent().map_or(0, DivisionCode::number));
    let above = above.filter(|_| division != session.scope.division).map(|a| (a, name(&site, &session, a)));
    let part = |count: Count| Part {
        name: short_name(&site, count.division),
        opens: DivisionCode::new(count.division).is_ok_and(|c| c.level() < Level::Village),
        count,
    };
    page(&NeedPage {
        shell: session.shell(&session.language.text("navigation.need")),
        name: name(&site, &session, division),
        above,
        bars: bars(&session, &counts.total),
        total: counts.total,
        parts: counts.parts.into_iter().map(part).collect(),
    })
}

/// County staff, supervisors: the same as a spreadsheet.
pub(crate) async fn export(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let division = asked.division.unwrap_or(session.scope.division);
    let counts = need::count(&site.app, &session.scope, division).await?;
    let bytes = sheet(&site, &session, &counts).map_err(Error::broken)?;
    let headers = [
        (
            header::CONTENT_TYPE,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned(),
        ),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"need-{division}.xlsx\"")),
    ];
    Ok((headers, bytes).into_response())
}

fn sheet(site: &Site, session: &Session, counts: &Counts) -> Result<Vec<u8>, rust_xlsxwriter::XlsxError> {
    const COLUMNS: [&str; 8] =
        ["persons", "health", "dpf", "both", "at_home", "assessed", "suitable", "consented"];
    let language = session.language;
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, language.text("need.code"))?;
    sheet.write_string(0, 1, language.text("need.division"))?;
    for (column, key) in (2..).zip(COLUMNS) {
        sheet.write_string(0, column, language.code("need_cut", key))?;
    }
    for (row, count) in (1..).zip(counts.parts.iter().chain([&counts.total])) {
        sheet.write_string(row, 0, count.division.to_string())?;
        sheet.write_string(row, 1, name(site, session, count.division))?;
        let figures = [
            count.persons,
            count.health,
            count.dpf,
            count.both,
            count.at_home,
            count.assessed,
            count.suitable,
            count.consented,
        ];
        for (column, figure) in (2..).zip(figures) {
            // Figures of persons stay far below 2^53.
            sheet.write_number(row, column, f64::from(u32::try_from(figure).unwrap_or(u32::MAX)))?;
        }
    }
    book.save_to_buffer()
}
