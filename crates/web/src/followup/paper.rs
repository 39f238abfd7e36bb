//! `/followup/papers/{id}`: a paper of a record, from the clue to an incident, as it was written; `…/pdf`: on paper. Beside a record its
//! papers stand as lines with what may be written now.

pub(crate) mod api;
pub(crate) mod entry;
pub(crate) mod file;

use crate::{
    Site,
    address::parsed,
    answer::{Page, page},
    due::minute,
    form::sheet,
    language::Language,
    session::Session,
    shell::Shell,
};
use app::{
    Error,
    followup::{
        self,
        paper::{self, Fields, Line, Paper, Papers},
        stays::HospitalDays,
    },
};
use askama::Template;
use axum::extract::{Path, State};
use rules::followup::paper::PaperKind;

/// A paper as a line beside its record.
pub(crate) struct PaperLine {
    pub id: String,
    pub title: String,
    pub on: String,
    pub by: String,
    pub replaced: bool,
}

/// The papers of a record on its page.
pub(crate) struct Beside {
    pub lines: Vec<PaperLine>,
    /// Papers of a whole file that are not there.
    pub missing: String,
    /// What is not there and may be written now: the end of the address, and words.
    pub offers: Vec<(String, String)>,
    /// What else may be written now.
    pub others: Vec<(String, String)>,
}

pub(crate) fn title(language: Language, kind: PaperKind) -> String {
    language.code("smd_paper_kind", kind.code())
}

fn line(language: Language, line: &Line) -> PaperLine {
    let number = match line.number {
        1 => String::new(),
        number => format!(" · {}", language.with("smd_paper.number", &[("number", &number.to_string())])),
    };
    PaperLine {
        id: line.id.to_string(),
        title: format!("{}{number}", title(language, line.kind)),
        on: line.on.to_string(),
        by: format!("{} · {}", line.by.0, minute(line.by.1)),
        replaced: line.replaced,
    }
}

pub(crate) fn beside(language: Language, papers: &Papers) -> Beside {
    let there = |kind: PaperKind| papers.lines.iter().any(|line| line.kind == kind);
    let missing = PaperKind::ALL.into_iter().filter(|kind| kind.is_of_file() && !there(*kind));
    let offer = |kind: &PaperKind| {
        let key = match (kind.is_one(), there(*kind)) {
            (true, true) => "smd_paper.next_version",
            _ => "smd_paper.write",
        };
        (kind.code().to_owned(), language.with(key, &[("paper", &title(language, *kind))]))
    };
    let (first, others): (Vec<PaperKind>, Vec<PaperKind>) =
        papers.may_write.iter().partition(|kind| kind.is_one() && !there(**kind));
    Beside {
        lines: papers.lines.iter().map(|one| line(language, one)).collect(),
        missing: missing.map(|kind| title(language, kind)).collect::<Vec<_>>().join(language.comma()),
        offers: first.iter().map(offer).collect(),
        others: others.iter().map(offer).collect(),
    }
}

/// Days in hospital in words: of the twelve months, and of each year with any.
pub(crate) fn hospital(language: Language, days: &HospitalDays) -> Vec<String> {
    if days.stays.is_empty() {
        return Vec::new();
    }
    let count = days.days.to_string();
    let key = if days.days == 0 { "outcome.no_hospital" } else { "outcome.hospital_days" };
    let mut lines = vec![language.with(key, &[("days", &count)])];
    lines.extend(years(language, &days.years));
    lines
}

/// Days in hospital by calendar year, in words.
pub(crate) fn years(language: Language, years: &[(i16, u32)]) -> Vec<String> {
    let year = |(year, days): &(i16, u32)| {
        language.with("outcome.hospital_year", &[("year", &year.to_string()), ("days", &days.to_string())])
    };
    years.iter().map(year).collect()
}

#[derive(Template)]
#[template(path = "followup/paper.html")]
struct PaperPage {
    shell: Shell,
    id: String,
    record: String,
    name: String,
    title: String,
    number: String,
    replaced: bool,
    /// The paper that this one stands in the place of.
    replaces: String,
    /// Where it is written anew; empty where the reader may not.
    replace: String,
    parts: Vec<sheet::Part>,
    source: String,
    written: String,
}

/// The fields with the number of a document masked, for a page.
fn masked(mut fields: Fields) -> Fields {
    if let Some(number) = fields.get("number").and_then(|number| number.as_str()) {
        let number = rules::identity_number::mask(number);
        fields.insert("number".to_owned(), number.into());
    }
    fields
}

/// Doctors and the county's health side: a paper of a record in their scope.
pub(crate) async fn show(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let (app, language) = (&site.app, session.language);
    let paper = paper::one(app, &session.scope, parsed(&id)?).await?;
    let heading = followup::heading(app, &session.scope, paper.record).await?;
    let Paper { line, record, organisation, fields, may_replace, .. } = paper;
    let definition = app.tables.paper(line.kind)?;
    let title = title(language, line.kind);
    let replace = match (may_replace, line.kind.is_one()) {
        (false, _) => String::new(),
        (true, true) => format!("/followup/records/{record}/papers/{}", line.kind.code()),
        (true, false) => {
            format!("/followup/records/{record}/papers/{}?replaces={}", line.kind.code(), line.id)
        }
    };
    let at = minute(line.by.1);
    let by = format!("{} {}", organisation, line.by.0);
    page(&PaperPage {
        shell: session.shell(&title),
        id: line.id.to_string(),
        record: record.to_string(),
        name: heading.name,
        number: number(language, &line),
        replaced: line.replaced,
        replaces: line.replaces.map(|id| id.to_string()).unwrap_or_default(),
        replace,
        parts: sheet::parts(app, language, definition, &masked(fields), false),
        source: language.of(&definition.source_zh, &definition.source_en),
        written: language.with("paper.written", &[("name", by.trim()), ("at", &at)]),
        title,
    })
}

/// The form's number and the paper's own.
fn number(language: Language, line: &Line) -> String {
    let form = language.with("smd_paper.form", &[("number", &line.kind.number().to_string())]);
    let own = language.with("smd_paper.number", &[("number", &line.number.to_string())]);
    format!("{form} · {own}")
}

/// The kind that stands in an address.
fn kind_of(code: &str) -> Result<PaperKind, Error> {
    PaperKind::of_code(code).ok_or(Error::NotFound)
}
