//! `/need`: persons in the registers and the four cut-downs, by division; `/api/v1/counts`.

pub(crate) mod api;

use crate::{
    Site,
    answer::{Page, page},
    export::mark,
    library,
    person::place,
    session::Session,
    shell::Shell,
};
use app::{
    Error,
    export::{Table, Wanted, release},
    need::{self, Count, Counts, leaving},
    scope::Scope,
};
use askama::Template;
use axum::extract::{Query, State};
use rules::{
    account::{Deed, Subject},
    division::{DivisionCode, Level},
};
use serde::Deserialize;
use serde_json::json;

/// Which area, and by what parts.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    division: Option<i64>,
    /// `village`, or empty for what lies one level below.
    by: String,
}

impl Asked {
    /// The figures that are asked for; without an area the reader's own.
    async fn figures(&self, site: &Site, scope: &Scope) -> Result<Counts, Error> {
        let division = self.division.unwrap_or(scope.division);
        match self.by.as_str() {
            "" => need::count(&site.app, scope, division).await,
            "village" => need::count_by_village(&site.app, scope, division).await,
            _ => Err(Error::invalid("by", "unknown_choice")),
        }
    }
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
    /// The reader sees how reaching people goes.
    funnel: bool,
    /// It is a county, whose villages go into one file.
    county: bool,
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
        funnel: session.scope.role.may(Deed::Read, Subject::Outreach),
        county: DivisionCode::new(division).is_ok_and(|code| code.level() == Level::County),
    })
}

/// County staff, supervisors: the same as a spreadsheet for others, in which no small group can be told.
pub(crate) async fn export(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let counts = asked.figures(&site, &session.scope).await?;
    let division = counts.total.division;
    // Of villages each town's own figures go, as they would from the town's page.
    let groups = if asked.by.is_empty() { vec![counts] } else { counts.by_town() };
    let rows = groups.iter().map(|counts| counts.parts.len() + 1).sum();
    let filter = json!({ "division": division, "by": asked.by });
    let wanted = Wanted { subject: Subject::Need, rows, filter };
    let code = release(&site.app, &session.scope, &wanted).await?;
    let table = table(&site, &session, &groups, mark(&session, site.app.now(), &code));
    library::export(&format!("need-{division}"), "xlsx", &table)
}

fn table(site: &Site, session: &Session, groups: &[Counts], mark: String) -> Table {
    const COLUMNS: [&str; leaving::FIGURES] =
        ["persons", "health", "dpf", "both", "at_home", "assessed", "suitable", "consented"];
    let language = session.language;
    let text = |key: &str| language.text(key).into_owned();
    let threshold = site.app.tables.exports.small_figure;
    let figure = |figure: &Option<i64>| figure.map_or_else(|| "*".to_owned(), |figure| figure.to_string());
    let row = |(head, figures): ([String; 2], leaving::Figures)| {
        head.into_iter().chain(figures.iter().map(figure)).collect::<Vec<String>>()
    };
    let rows = |counts: &Counts| {
        let part = |count: &Count| [count.division.to_string(), name(site, session, count.division)];
        let [code, whole] = part(&counts.total);
        let sum = [code, language.pair(&whole, &text("need.sum"))];
        let heads = counts.parts.iter().map(part).chain([sum]);
        heads.zip(counts.leaving(threshold)).map(row).collect::<Vec<_>>()
    };
    let note = language.with("need.left_out", &[("count", &threshold.to_string())]);
    Table {
        title: text("navigation.need"),
        figures_from: Some(2),
        mark: format!("{note} {mark}"),
        columns: ["need.code", "need.division"]
            .into_iter()
            .map(text)
            .chain(COLUMNS.into_iter().map(|key| language.code("need_cut", key)))
            .collect(),
        rows: groups.iter().flat_map(rows).collect(),
    }
}
