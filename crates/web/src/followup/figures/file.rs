//! The annual statistics on paper and as a file: the official form is Chinese, whatever the language of the pages.

use super::{Asked, NOTES, cells, columns, period, row, untreated};
use crate::{
    Site,
    answer::Page,
    division,
    followup::place,
    language::Language,
    library,
    pdf::{self, Block, Document, Pair},
    session::Session,
};
use app::{
    export::Table,
    followup::figures::{self, Figures},
};
use axum::extract::{Query, State};
use rules::{clock::china_date, followup::indicator::Tally};

/// The language of the form.
const FORM: Language = Language::Chinese;

fn text(key: &str) -> String {
    FORM.text(key).into_owned()
}

/// What the figures are of: the division that was chosen, or everything that the reader answers for.
fn area(site: &Site, session: &Session, found: &Figures) -> String {
    match found.division.unwrap_or(session.scope.division) {
        0 => text("smd_figures.nation"),
        division => division::path(&site.app, division),
    }
}

fn head(site: &Site, session: &Session, found: &Figures) -> Block {
    let field = |name: &str, value: &str| Pair::new(&FORM.code("smd_figures_field", name), value);
    let population = found.population.map(|population| population.to_string());
    Block::Pairs(vec![
        field("division", &area(site, session, found)),
        field("year", &found.year.to_string()),
        field("period", &period(FORM, found)),
        field("population", &population.unwrap_or_default()),
        Pair::new(&text("smd_paper.organisation"), &session.scope.organisation_name),
        field("made_on", &china_date(site.app.now()).to_string()),
    ])
}

fn indicators(site: &Site, found: &Figures) -> Block {
    let headings = ["indicator", "numerator", "denominator", "value", "target", "standing"];
    let headings = headings.map(|name| FORM.code("smd_figures_field", name)).to_vec();
    let line = |line: &figures::Line<'_>| {
        let row = row(FORM, line);
        let standing = row.standing.map(|badge| badge.text).unwrap_or_default();
        let name = format!("{}（{}）", row.name, row.of);
        vec![name, row.numerator, row.denominator, row.value, row.target, standing]
    };
    Block::Table(headings, found.lines(&site.app).iter().map(line).collect())
}

fn parts(site: &Site, found: &Figures) -> Block {
    let app = &site.app;
    let line = |name: String, tally: &Tally| [vec![name], cells(app, FORM, found, tally)].concat();
    let mut rows: Vec<Vec<String>> =
        found.parts.iter().map(|part| line(place(site, part.division), &part.tally)).collect();
    rows.push(line(text("outreach.total"), &found.whole));
    Block::Table([vec![FORM.code("smd_figures_field", "division")], columns(app, FORM, found)].concat(), rows)
}

/// Doctors and the county's health side: form 14. That it was taken is in the log.
pub(crate) async fn pdf(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let found = figures::figures(&site.app, &session.scope, asked.read(&site)?).await?;
    let title = text("smd_figures.form");
    let mut blocks = vec![
        Block::Title(title.clone()),
        Block::Aside(FORM.with("smd_paper.form", &[("number", "14")])),
        head(&site, &session, &found),
        Block::Heading(text("smd_figures.indicators")),
        indicators(&site, &found),
        Block::Heading(text("smd_figures.untreated")),
    ];
    let headings = ["disorder", "persons", "mean"].map(|name| FORM.code("smd_figures_field", name)).to_vec();
    let lines = untreated(&site.app, FORM, &found).into_iter().map(Vec::from).collect();
    blocks.push(Block::Table(headings, lines));
    blocks.push(Block::Heading(text("smd_figures.parts")));
    blocks.push(parts(&site, &found));
    blocks.push(Block::Blanks(vec![text("smd_paper.sign"), text("smd_paper.stamp")]));
    blocks.extend(NOTES.iter().map(|key| Block::Small(text(key))));
    let name = format!("smd-figures-{}", found.year);
    Ok(pdf::answer(Document { title, language: FORM.tag(), blocks }, name).await?)
}

/// The same readers: the indicators as a spreadsheet, below them the parts of the area.
pub(crate) async fn export(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let (app, language) = (&site.app, session.language);
    let (found, code) = figures::export(app, &session.scope, asked.read(&site)?).await?;
    let field = |name: &str| language.code("smd_figures_field", name);
    // A spreadsheet adds up plain numbers.
    let plain = |cell: String| cell.replace(',', "");
    let mut rows: Vec<Vec<String>> = Vec::new();
    for line in found.lines(app) {
        let row = row(language, &line);
        let standing = row.standing.map(|badge| badge.text).unwrap_or_default();
        let counts = [row.numerator, row.denominator].map(plain);
        rows.push([&[row.name, row.of][..], &counts, &[row.value, row.target, standing]].concat());
    }
    rows.push(vec![String::new()]);
    rows.push([vec![field("division")], columns(app, language, &found)].concat());
    let part = |name: String, tally: &Tally| {
        let cells = cells(app, language, &found, tally).into_iter().map(plain);
        [name].into_iter().chain(cells).collect::<Vec<String>>()
    };
    rows.extend(found.parts.iter().map(|one| part(division::short(app, one.division), &one.tally)));
    rows.push(part(language.text("outreach.total").into_owned(), &found.whole));
    let columns = ["indicator", "definition", "numerator", "denominator", "value", "target", "standing"];
    let table = Table {
        title: format!("{} {}", language.text("smd_figures.title"), found.year),
        mark: format!("{} {}", period(language, &found), crate::export::mark(&session, app.now(), &code)),
        figures_from: Some(1),
        columns: columns.map(field).to_vec(),
        rows,
    };
    library::export(&format!("smd-figures-{}", found.year), &asked.format, &table)
}
