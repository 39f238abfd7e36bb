//! The list of talents, and the same list as a file.

use crate::{
    Site, address,
    answer::{Page, page},
    library::{self, Choice, choices},
    search::sought,
    session::Session,
    shell::Shell,
};
use app::{
    export::Table,
    talent::list::{self, Filter, Line},
};
use askama::Template;
use axum::extract::{Query, State};
use rules::{
    account::{Deed, Subject},
    clock::china_date,
    institution::library::LibraryState,
    talent::Profession,
};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "talent/list.html")]
struct ListPage {
    shell: Shell,
    asked: Asked,
    states: Vec<Choice>,
    professions: Vec<Choice>,
    rows: Vec<Row>,
    total: String,
    next: String,
    query: String,
    may_begin: bool,
    exports: bool,
}

struct Row {
    id: String,
    name: String,
    profession: String,
    institution: String,
    certificate: String,
    training: String,
    state: String,
    badge: &'static str,
}

/// What the list is asked for, as it stands in the address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// The words that were searched for, sealed.
    look: String,
    #[serde(skip)]
    q: String,
    state: String,
    profession: String,
    institution: String,
    after: String,
    format: String,
}

impl Asked {
    pub(crate) fn filter(&self) -> Filter {
        let some = |text: &String| Some(text.clone()).filter(|t| !t.is_empty() && !t.contains('\0'));
        Filter {
            words: self.q.replace('\0', ""),
            state: some(&self.state),
            profession: some(&self.profession),
            institution: self.institution.parse().ok(),
            after: self.after.parse().ok(),
        }
    }

    pub(crate) fn query(&self) -> String {
        address::query([
            ("look", self.look.as_str()),
            ("state", &self.state),
            ("profession", &self.profession),
            ("institution", &self.institution),
        ])
    }
}

fn row(site: &Site, session: &Session, line: Line) -> Row {
    let language = session.language;
    let year = china_date(site.app.now()).year();
    let (hours, year) = (library::hours(line.training_in(year)), year.to_string());
    let certificate = if line.verified { "talent.verified" } else { "talent.unverified" };
    Row {
        id: line.id.to_string(),
        name: line.name,
        profession: language.code("profession", &line.profession),
        institution: line.institution.unwrap_or_else(|| language.text("talent.no_institution").into_owned()),
        certificate: language.text(certificate).into_owned(),
        training: language.with("talent.training_done", &[("year", &year), ("hours", &hours)]),
        badge: library::badge(&line.state),
        state: language.code("library_state", &line.state),
    }
}

/// Staff of departments, institutions for their own: the list within their scope.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(mut asked): Query<Asked>) -> Page {
    asked.q = sought(&site, &session, &asked.look)?;
    let language = session.language;
    let found = list::page(&site.app, &session.scope, &asked.filter()).await?;
    let query = asked.query();
    let next = found.next.map(|id| format!("/talent?{query}&after={id}")).unwrap_or_default();
    let one = std::slice::from_ref;
    page(&ListPage {
        shell: session.shell(&language.text("talent.title")),
        states: choices(
            language,
            "library_state",
            LibraryState::ALL.map(LibraryState::code),
            one(&asked.state),
        ),
        professions: choices(
            language,
            "profession",
            Profession::ALL.map(Profession::code),
            one(&asked.profession),
        ),
        rows: found.lines.into_iter().map(|line| row(&site, &session, line)).collect(),
        total: language.with("library.total", &[("count", &found.total.to_string())]),
        next,
        query,
        may_begin: app::institution::may_begin(&session.scope),
        exports: session.scope.role.may(Deed::Export, Subject::Talent),
        asked,
    })
}

/// As the list: everything the filter finds, as a file.
pub(crate) async fn export(
    State(site): State<Site>,
    session: Session,
    Query(mut asked): Query<Asked>,
) -> Page {
    asked.q = sought(&site, &session, &asked.look)?;
    let language = session.language;
    let text = |key: &str| language.text(key).into_owned();
    let (lines, code) = list::export(&site.app, &session.scope, &asked.filter()).await?;
    let cells = |line: Line| {
        let row = row(&site, &session, line);
        vec![row.name, row.profession, row.institution, row.certificate, row.training, row.state]
    };
    let table = Table {
        title: text("talent.title"),
        mark: crate::export::mark(&session, site.app.now(), &code),
        figures_from: None,
        columns: vec![
            text("talent_field.name"),
            text("talent.profession"),
            text("talent.institution"),
            text("talent.certificate_state"),
            text("talent.training"),
            text("library.state_label"),
        ],
        rows: lines.into_iter().map(cells).collect(),
    };
    library::export("talent", &asked.format, &table)
}
