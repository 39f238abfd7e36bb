//! `/outreach/funnel`: how many of the people given in a period were reached, consented, were assessed and started; as a file, too.

use super::words::{self, Told, told};
use crate::{
    Site, address,
    answer::{Page, page, page_with},
    division, export, library,
    session::Session,
    shell::Shell,
};
use app::{
    export::Table,
    outreach::funnel::{self, By, FIGURES, Figures, Funnel, NAMES, STEPS},
};
use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
};
use jiff::{ToSpan, civil::Date};
use rules::{care::Days, clock::china_date};
use serde::Deserialize;

/// Which period, and by what.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    from: String,
    until: String,
    by: String,
}

impl Asked {
    /// The period; the last twelve months where none is given.
    pub(crate) fn days(&self, today: Date) -> Days {
        let last = self.until.parse().unwrap_or(today);
        let from =
            self.from.parse().unwrap_or_else(|_| last.saturating_sub(1.year()).saturating_add(1.day()));
        Days { from, last }
    }

    pub(crate) fn by(&self) -> By {
        if self.by == "town" { By::Town } else { By::House }
    }
}

/// A step as a bar.
struct Bar {
    name: String,
    count: String,
    value: i64,
    of: i64,
    share: String,
}

struct Row {
    name: String,
    cells: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "outreach/funnel.html")]
struct FunnelPage {
    shell: Shell,
    from: String,
    until: String,
    by: &'static str,
    bars: Vec<Bar>,
    beside: Vec<(String, String)>,
    columns: Vec<String>,
    rows: Vec<Row>,
    reasons: Vec<(String, String)>,
    suppressed: bool,
    small: String,
    query: String,
    /// The reader sees the leads themselves.
    leads: bool,
    told: Vec<Told>,
}

fn said(figure: Option<i64>) -> String {
    figure.map_or_else(|| "*".to_owned(), |figure| figure.to_string())
}

fn at(figures: &Figures, column: usize) -> Option<i64> {
    figures.get(column).copied().flatten()
}

fn bars(session: &Session, total: &Figures) -> Vec<Bar> {
    let of = at(total, 0).unwrap_or(0);
    let bar = |(column, step): (usize, &&str)| {
        let count = at(total, column);
        let share = count.filter(|_| of > 0).map(|count| format!("{} %", count * 100 / of));
        Bar {
            name: session.language.code("lead_step", step),
            count: said(count),
            value: count.unwrap_or(0),
            of: of.max(1),
            share: share.unwrap_or_default(),
        }
    };
    STEPS.iter().enumerate().map(bar).collect()
}

fn name(site: &Site, part: &funnel::Part) -> String {
    part.house.as_ref().map_or_else(|| division::short(&site.app, part.division), |(_, name)| name.clone())
}

fn drawn(site: &Site, session: &Session, asked: &Asked, found: &Funnel, told: Vec<Told>) -> FunnelPage {
    let (app, language) = (&site.app, session.language);
    let names: Vec<String> = NAMES.iter().map(|name| language.code("lead_step", name)).collect();
    let days = found.days;
    let row = |part: &funnel::Part| Row {
        name: name(site, part),
        cells: names.iter().cloned().zip(part.figures.iter().map(|figure| said(*figure))).collect(),
    };
    let (from, until) = (days.from.to_string(), days.last.to_string());
    FunnelPage {
        shell: session.shell(&language.text("outreach.funnel")),
        query: address::query([("from", from.as_str()), ("until", &until), ("by", &asked.by)]),
        from,
        until,
        by: if asked.by() == By::Town { "town" } else { "house" },
        bars: bars(session, &found.total),
        beside: (STEPS.len()..FIGURES)
            .filter_map(|column| Some((names.get(column)?.clone(), said(at(&found.total, column)))))
            .collect(),
        rows: found.parts.iter().map(row).collect(),
        columns: names,
        reasons: found
            .reasons
            .iter()
            .map(|one| (words::reason(app, language, &one.reason), said(one.count)))
            .collect(),
        suppressed: found.suppressed,
        small: language.with("need.left_out", &[("count", &app.tables.exports.small_figure.to_string())]),
        leads: session.scope.role.may(rules::account::Deed::Read, rules::account::Subject::Lead),
        told,
    }
}

/// The county's desk, houses for themselves, supervisors: the funnel of a period.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let days = asked.days(china_date(site.app.now()));
    match funnel::funnel(&site.app, &session.scope, days, asked.by()).await {
        Ok(found) => page(&drawn(&site, &session, &asked, &found, Vec::new())),
        Err(error) => {
            let told = told(session.language, error)?;
            let nothing = Funnel {
                days,
                total: [None; FIGURES],
                parts: Vec::new(),
                reasons: Vec::new(),
                suppressed: false,
            };
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn(&site, &session, &asked, &nothing, told))
        }
    }
}

/// The same readers: the funnel as a spreadsheet, in which no small group can be told.
pub(crate) async fn export(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let days = asked.days(china_date(site.app.now()));
    let (found, code) = funnel::export(&site.app, &session.scope, days, asked.by()).await?;
    let language = session.language;
    let first = if asked.by() == By::Town { "need.division" } else { "outreach.house" };
    let line = |name: String, figures: &Figures| {
        std::iter::once(name).chain(figures.iter().map(|figure| said(*figure))).collect::<Vec<String>>()
    };
    let mut rows: Vec<Vec<String>> =
        found.parts.iter().map(|part| line(name(&site, part), &part.figures)).collect();
    rows.push(line(language.text("outreach.total").into_owned(), &found.total));
    let reason = |one: &funnel::ReasonCount| {
        let name = words::reason(&site.app, language, &one.reason);
        vec![language.pair(&language.text("outreach.reason"), &name), said(one.count)]
    };
    rows.extend(found.reasons.iter().map(reason));
    let small =
        language.with("need.left_out", &[("count", &site.app.tables.exports.small_figure.to_string())]);
    let table = Table {
        title: language.text("outreach.funnel").into_owned(),
        mark: format!("{small} {}", export::mark(&session, site.app.now(), &code)),
        figures_from: Some(1),
        columns: std::iter::once(language.text(first).into_owned())
            .chain(NAMES.iter().map(|name| language.code("lead_step", name)))
            .collect(),
        rows,
    };
    library::export(&format!("outreach-{}-{}", days.from, days.last), "xlsx", &table)
}
