//! The list of institutions, and the same list as a file.

use crate::{
    Site, address,
    answer::{Page, page},
    division,
    library::{self, Choice, choices},
    session::Session,
    shell::Shell,
};
use app::{
    export::Table,
    institution::{self, list},
};
use askama::Template;
use axum::extract::{Query, State};
use rules::{
    account::{Deed, Subject},
    division::DivisionCode,
    institution::{InstitutionKind, library::LibraryState},
};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "institution/list.html")]
struct ListPage {
    shell: Shell,
    asked: Asked,
    states: Vec<Choice>,
    kinds: Vec<Choice>,
    services: Vec<Choice>,
    places: Vec<Choice>,
    rows: Vec<Row>,
    total: String,
    /// Address of the next page; empty on the last.
    next: String,
    /// The filter as it stands in addresses.
    query: String,
    may_begin: bool,
    exports: bool,
    sees_talent: bool,
}

struct Row {
    id: String,
    name: String,
    place: String,
    kind: String,
    services: String,
    free: i64,
    free_of: String,
    state: String,
    badge: &'static str,
    distance: String,
}

/// What the list is asked for, as it stands in the address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    pub q: String,
    pub state: String,
    pub kind: String,
    pub service: String,
    pub free: String,
    pub near: String,
    pub after: String,
    pub format: String,
}

impl Asked {
    /// The filter that the address names; what cannot be in the library is left out.
    pub(crate) fn filter(&self) -> list::Filter {
        let some = |text: &String| Some(text.clone()).filter(|t| !t.is_empty() && !t.contains('\0'));
        list::Filter {
            words: self.q.replace('\0', ""),
            state: some(&self.state),
            kind: some(&self.kind),
            service: some(&self.service),
            free: !self.free.is_empty(),
            near: DivisionCode::parse(&self.near).ok().map(DivisionCode::number),
            after: self.after.parse().ok(),
        }
    }

    /// The filter for an address, without the page.
    pub(crate) fn query(&self) -> String {
        address::query([
            ("q", self.q.as_str()),
            ("state", &self.state),
            ("kind", &self.kind),
            ("service", &self.service),
            ("free", &self.free),
            ("near", &self.near),
        ])
    }
}

/// Staff of departments and institutions, doctors: the list within their scope.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let language = session.language;
    let found = list::page(&site.app, &session.scope, &asked.filter()).await?;
    let query = asked.query();
    let next = found.next.map(|id| format!("/institutions?{query}&after={id}")).unwrap_or_default();
    let one = |value: &String| vec![value.clone()];
    let codes: Vec<&str> = app::catalogue::services()?.services.iter().map(|s| s.code.as_str()).collect();
    page(&ListPage {
        shell: session.shell(&language.text("institution.title")),
        states: choices(
            language,
            "library_state",
            LibraryState::ALL.map(LibraryState::code),
            &one(&asked.state),
        ),
        kinds: choices(
            language,
            "institution_kind",
            InstitutionKind::ALL.map(InstitutionKind::code),
            &one(&asked.kind),
        ),
        services: choices(language, "service", codes, &one(&asked.service)),
        places: places(&site, &session, &asked.near),
        total: language.with("library.total", &[("count", &found.total.to_string())]),
        rows: found.lines.into_iter().map(|line| row(&site, &session, &asked, line)).collect(),
        next,
        query,
        may_begin: institution::may_begin(&session.scope),
        exports: session.scope.role.may(Deed::Export, Subject::Institution),
        sees_talent: session.scope.role.may(Deed::Read, Subject::Talent),
        asked,
    })
}

/// The divisions directly below the reader's area, to sort by nearness.
fn places(site: &Site, session: &Session, chosen: &str) -> Vec<Choice> {
    let area = DivisionCode::new(session.scope.division).ok();
    let below = site.app.divisions.children(area);
    let choice = |d: app::division::Division| {
        let code = d.code.number().to_string();
        Choice { chosen: code == chosen, code, name: d.name }
    };
    below.into_iter().map(choice).collect()
}

fn row(site: &Site, session: &Session, asked: &Asked, line: list::Line) -> Row {
    let language = session.language;
    let (free, contracted) = (line.places.free().max(0), line.places.contracted.to_string());
    let services: Vec<String> = line.services.iter().map(|code| language.code("service", code)).collect();
    Row {
        id: line.id.to_string(),
        name: line.name,
        place: division::short(&site.app, line.division),
        kind: language.code("institution_kind", &line.kind),
        services: services.join(language.comma()),
        free,
        free_of: language
            .with("institution.free_of", &[("free", &free.to_string()), ("contracted", &contracted)]),
        badge: library::badge(&line.state),
        state: language.code("library_state", &line.state),
        distance: if asked.near.is_empty() {
            String::new()
        } else {
            language.code("distance", &line.distance.to_string())
        },
    }
}

/// As the list: everything the filter finds, as a file.
pub(crate) async fn export(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let language = session.language;
    let text = |key: &str| language.text(key).into_owned();
    let (lines, code) = list::export(&site.app, &session.scope, &asked.filter()).await?;
    let table = Table {
        title: text("institution.title"),
        mark: crate::export::mark(&session, site.app.now(), &code),
        figures_from: None,
        columns: vec![
            text("institution_field.name"),
            text("institution_field.credit_code"),
            text("institution_field.kind"),
            text("institution_field.division"),
            text("institution_field.phone"),
            text("institution_field.services"),
            text("institution.contracted"),
            text("institution.in_service"),
            text("institution.reserved"),
            text("institution.blocked"),
            text("institution.free"),
            text("library.state_label"),
        ],
        rows: lines
            .into_iter()
            .map(|line| {
                let services: Vec<String> =
                    line.services.iter().map(|code| language.code("service", code)).collect();
                vec![
                    line.name,
                    line.credit_code,
                    language.code("institution_kind", &line.kind),
                    division::path(&site.app, line.division),
                    line.phone,
                    services.join("、"),
                    line.places.contracted.to_string(),
                    line.places.in_service.to_string(),
                    line.places.reserved.to_string(),
                    line.places.blocked.to_string(),
                    line.places.free().to_string(),
                    language.code("library_state", &line.state),
                ]
            })
            .collect(),
    };
    library::export("institutions", &asked.format, &table)
}
