//! `/cases`: all cases of one's scope by a filter in the address, and the same as a file.

use super::words;
use crate::{
    Site, address,
    answer::Page,
    division,
    due::{self, Due},
    failure::Failure,
    library,
    search::sought,
    session::Session,
    shell::Shell,
    work_list::{key_of, key_text},
};
use app::{
    Error,
    export::Table,
    referral::{self as cases, CaseRow, Filter, directory, export},
};
use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use rules::{
    account::{Deed, Subject},
    division::DivisionCode,
    referral::State as CaseState,
};
use serde::Deserialize;

/// What the list is asked for.
#[derive(Deserialize, Default, Clone)]
pub(crate) struct Asked {
    #[serde(default)]
    state: String,
    #[serde(default)]
    overdue: String,
    /// The words that were searched for, sealed.
    #[serde(default)]
    look: String,
    #[serde(skip)]
    q: String,
    #[serde(default)]
    division: String,
    #[serde(default, rename = "division.q")]
    division_words: String,
    #[serde(default)]
    institution: String,
    #[serde(default)]
    after: String,
}

struct Line {
    id: String,
    who: String,
    about: String,
    number: String,
    state: String,
    tone: (&'static str, &'static str),
    due: Due,
    place: String,
    institution: String,
    changed: String,
}

#[derive(Template)]
#[template(path = "referral/list.html")]
struct List {
    shell: Shell,
    asked: Asked,
    states: Vec<(String, String)>,
    institutions: Vec<(String, String)>,
    area: crate::form::Control,
    lines: Vec<Line>,
    total: String,
    next: String,
    /// The filter as an address query, without the page.
    query: String,
    files: bool,
    /// The reader may narrow by state and deadline.
    metadata: bool,
    exports: bool,
    problem: String,
    /// A second person may agree to the file that was wanted.
    asks: bool,
}

impl Asked {
    /// With the words behind the address.
    ///
    /// # Errors
    /// The search is not the reader's, or has ended.
    pub(crate) fn read(mut self, site: &Site, session: &Session) -> Result<Asked, Error> {
        self.q = sought(site, session, &self.look)?;
        Ok(self)
    }

    pub(crate) fn filter(&self) -> Filter {
        let plain = |text: &str| text.replace('\0', "").trim().to_owned();
        let some = |text: &str| Some(plain(text)).filter(|text| !text.is_empty());
        Filter {
            state: some(&self.state),
            division: DivisionCode::parse(&self.division).ok().map(DivisionCode::number),
            institution: self.institution.parse().ok(),
            overdue: !self.overdue.is_empty(),
            words: some(&self.q),
            after: key_of(&self.after),
        }
    }

    pub(crate) fn query(&self) -> String {
        address::query([
            ("state", self.state.as_str()),
            ("overdue", &self.overdue),
            ("look", &self.look),
            ("division", &self.division),
            ("institution", &self.institution),
        ])
    }
}

/// Whoever works on cases: the list.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    draw(&site, &session, asked.read(&site, &session)?, (String::new(), false)).await
}

/// The list; after an attempt to take it away with what stands in the way, and whether a second person may be asked.
pub(crate) async fn draw(
    site: &Site,
    session: &Session,
    asked: Asked,
    (problem, asks): (String, bool),
) -> Page {
    let (app, language, scope) = (&site.app, session.language, &session.scope);
    let filter = asked.filter();
    let rows = cases::cases(app, scope, &filter).await?;
    let total = cases::cases_count(app, scope, &filter).await?;
    let full = i64::try_from(rows.len()).unwrap_or(0) == cases::PAGE;
    let next = rows.last().filter(|_| full).map(|row| key_text((row.changed_at, row.id))).unwrap_or_default();
    let state = |state: &CaseState| {
        let code = words::code(state);
        (code.clone(), language.code("state", &code))
    };
    let county = scope.role.is_county_staff();
    let institutions = if county { directory::institutions(app, scope).await? } else { Vec::new() };
    let within = format!("{}-{}", scope.area.from, scope.area.to);
    let found =
        division::choices(app, &asked.division_words, &asked.division, Some(scope.area.from..=scope.area.to));
    let label = language.text("work_list.residence");
    let mut area = crate::form::Control::new(language, crate::form::Kind::Division, "division", &label)
        .options(found, &[&asked.division]);
    area.within = within;
    area.value.clone_from(&asked.division_words);
    crate::answer::page(&List {
        shell: session.shell(&language.text("navigation.referrals")),
        states: CaseState::ALL.iter().map(state).collect(),
        institutions: institutions.into_iter().map(|(id, name)| (id.to_string(), name)).collect(),
        area,
        lines: rows.iter().map(|row| line(site, session, row)).collect(),
        total: language.with("case.total", &[("count", &total.to_string())]),
        next,
        query: asked.query(),
        files: scope.role.may(Deed::Change, Subject::Application),
        metadata: !cases::learns_only_whether_open(scope),
        exports: scope.role.may(Deed::Export, Subject::Case),
        asked,
        problem,
        asks,
    })
}

fn line(site: &Site, session: &Session, row: &CaseRow) -> Line {
    let (app, language) = (&site.app, session.language);
    Line {
        id: row.id.to_string(),
        who: words::who(language, row),
        about: words::about(app, language, row),
        number: row.number.clone().unwrap_or_default(),
        state: language.code("state", &row.state),
        tone: words::tone(words::state(&row.state)),
        due: due::due(app, language, row.due_at, row.remind_at, row.frozen),
        place: words::place(app, row, division::short),
        institution: row.institution.clone().unwrap_or_default(),
        changed: due::minute(row.changed_at),
    }
}

/// Referral worker, civil affairs, manager: exactly what is filtered, as `xlsx` or `csv`.
pub(crate) async fn export(
    State(site): State<Site>,
    session: Session,
    Path(kind): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    if !["xlsx", "csv"].contains(&kind.as_str()) {
        return Err(Error::NotFound.into());
    }
    let asked = asked.read(&site, &session)?;
    match export::for_export(&site.app, &session.scope, &asked.filter()).await {
        Ok((rows, code)) => Ok(file(&site, &session, &kind, (&rows, &code))?),
        Err(Error::Refused(refusal)) => {
            let told = library::refusal_text(session.language, &refusal);
            draw(&site, &session, asked, (told, refusal.code == "export_ask")).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The cases as `xlsx` or `csv`.
pub(crate) fn file(
    site: &Site,
    session: &Session,
    kind: &str,
    (rows, code): (&[CaseRow], &str),
) -> Result<Response, Failure> {
    let name = format!("cases-{}", rules::clock::china_date(site.app.now()));
    library::export(&name, kind, &table(site, session, rows, code))
}

fn table(site: &Site, session: &Session, rows: &[CaseRow], code: &str) -> Table {
    let language = session.language;
    let text = |key: &str| language.text(key).into_owned();
    let headings = [
        "case.number",
        "work_list.person",
        "case.about",
        "case.state",
        "work_list.deadline",
        "work_list.residence",
        "case.institution",
        "case.changed",
    ];
    let cells = |row: &CaseRow| {
        let line = line(site, session, row);
        let place = words::place(&site.app, row, division::path);
        let due = if line.due.day.is_empty() {
            line.due.text
        } else {
            format!("{} {}", line.due.day, line.due.text)
        };
        vec![line.number, line.who, line.about, line.state, due, place, line.institution, line.changed]
    };
    let mark = crate::export::mark(session, site.app.now(), code);
    Table {
        title: text("navigation.referrals"),
        mark: format!("{mark} {}", text("export.personal")),
        figures_from: None,
        columns: headings.into_iter().map(text).collect(),
        rows: rows.iter().map(cells).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_stays_in_the_address() {
        let asked = Asked { state: "waiting".to_owned(), look: "0a1b".to_owned(), ..Asked::default() };
        assert_eq!(asked.query(), "state=waiting&look=0a1b");
        assert_eq!(asked.filter().words, None, "the sealed words are not the words");
    }
}
