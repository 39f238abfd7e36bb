//! `/followup/records`: all records in scope by state, class, risk, township; the same list as a file.

use super::due::Row;
use crate::{
    Site, address,
    answer::{Page, page},
    division,
    library::{self, Choice, choices},
    search::sought,
    session::Session,
    shell::Shell,
};
use app::{
    export::Table,
    followup::list::{self, Filter},
    id::Id,
};
use askama::Template;
use axum::extract::{Query, State};
use jiff::civil::Date;
use rules::{
    account::{Deed, Subject},
    division::DivisionCode,
    followup::{Class, RiskGrade, register::State as Standing},
};
use serde::Deserialize;

/// The key of a line as it stands in an address.
pub(crate) fn key_text((on, id): (Date, Id)) -> String {
    format!("{on}_{id}")
}

/// The key in an address.
pub(crate) fn key_of(text: &str) -> Option<(Date, Id)> {
    let (on, id) = text.split_once('_')?;
    Some((on.parse().ok()?, id.parse().ok()?))
}

/// What the list is asked for, as it stands in the address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    pub state: String,
    pub class: String,
    pub risk: String,
    pub overdue: String,
    pub arriving: String,
    pub examination: String,
    pub division: String,
    /// The words that were searched for, sealed.
    pub look: String,
    pub after: String,
    pub format: String,
}

impl Asked {
    /// The filter that the address names; what is none is left out.
    pub(crate) fn filter(&self) -> Filter {
        let number = |text: &str| text.parse::<u8>().ok();
        Filter {
            state: Standing::of_code(&self.state),
            class: number(&self.class).and_then(Class::of_code),
            risk: number(&self.risk).and_then(RiskGrade::of_code),
            overdue: !self.overdue.is_empty(),
            arriving: !self.arriving.is_empty(),
            examination: !self.examination.is_empty(),
            division: DivisionCode::parse(&self.division).ok().map(DivisionCode::number),
            after: key_of(&self.after),
        }
    }

    /// The filter for an address, without the page.
    pub(crate) fn query(&self) -> String {
        address::query([
            ("state", self.state.as_str()),
            ("class", &self.class),
            ("risk", &self.risk),
            ("overdue", &self.overdue),
            ("arriving", &self.arriving),
            ("examination", &self.examination),
            ("division", &self.division),
            ("look", &self.look),
        ])
    }
}

#[derive(Template)]
#[template(path = "followup/list.html")]
struct ListPage {
    shell: Shell,
    asked: Asked,
    states: Vec<Choice>,
    classes: Vec<Choice>,
    risks: Vec<Choice>,
    places: Vec<Choice>,
    /// What was searched for; a search has one page.
    words: String,
    more: bool,
    rows: Vec<Row>,
    total: String,
    next: String,
    query: String,
    exports: bool,
}

/// Doctors and the county's health side: the records in their scope.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let language = session.language;
    let words = sought(&site, &session, &asked.look)?;
    let filter = asked.filter();
    let (found, more) = match words.is_empty() {
        true => (list::page(&site.app, &session.scope, &filter).await?, false),
        false => {
            let found = app::followup::search(&site.app, &session.scope, &words, &filter).await?;
            let total = i64::try_from(found.lines.len()).unwrap_or(i64::MAX);
            (list::Page { lines: found.lines, next: None, total }, found.more)
        }
    };
    let query = asked.query();
    let one = |value: &String| vec![value.clone()];
    let codes = |count: std::ops::RangeInclusive<u8>| count.map(|code| code.to_string()).collect::<Vec<_>>();
    let (classes, risks) = (codes(1..=3), codes(0..=5));
    page(&ListPage {
        shell: session.shell(&language.text("smd.records")),
        states: choices(language, "smd_state", Standing::ALL.map(Standing::code), &one(&asked.state)),
        classes: choices(language, "followup_class", classes.iter().map(String::as_str), &one(&asked.class)),
        risks: choices(language, "followup_risk", risks.iter().map(String::as_str), &one(&asked.risk)),
        places: places(&site, &session, &asked.division),
        words,
        more,
        total: language.with("library.total", &[("count", &found.total.to_string())]),
        rows: found.lines.iter().map(|line| Row::new(&site, &session, line)).collect(),
        next: found
            .next
            .map(|key| format!("/followup/records?{query}&after={}", key_text(key)))
            .unwrap_or_default(),
        query,
        // A file holds what the filter finds; a search stays on the page.
        exports: asked.look.is_empty() && session.scope.role.may(Deed::Export, Subject::FollowUp),
        asked,
    })
}

/// The divisions directly below the reader's area.
pub(crate) fn places(site: &Site, session: &Session, chosen: &str) -> Vec<Choice> {
    let area = DivisionCode::new(session.scope.division).ok();
    let below = site.app.divisions.children(area);
    let choice = |d: app::division::Division| {
        let code = d.code.number().to_string();
        Choice { chosen: code == chosen, code, name: d.name }
    };
    below.into_iter().map(choice).collect()
}

/// As the list: everything the filter finds, as a file.
pub(crate) async fn export(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let language = session.language;
    let text = |key: &str| language.text(key).into_owned();
    // A search is never taken for the whole list.
    if !asked.look.is_empty() {
        return Err(app::Error::invalid("look", "unknown_choice").into());
    }
    let (lines, code) = list::export(&site.app, &session.scope, &asked.filter()).await?;
    let table = Table {
        title: text("smd.records"),
        mark: crate::export::mark(&session, site.app.now(), &code),
        figures_from: None,
        columns: vec![
            text("smd.person"),
            text("smd_field.sex"),
            text("smd_field.born_on"),
            text("smd_field.division"),
            text("smd.state"),
            text("smd.class"),
            text("visit_field.risk"),
            text("smd.last_visit"),
            text("smd.owed"),
            text("smd.due_by"),
        ],
        rows: lines
            .into_iter()
            .map(|line| {
                let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
                let code = |code: Option<u8>| code.map(|code| code.to_string()).unwrap_or_default();
                let class =
                    line.class.map(|class| language.code("followup_class", &code(Some(class.code()))));
                vec![
                    line.name,
                    line.sex.map(|sex| language.code("sex", &sex)).unwrap_or_default(),
                    day(line.born_on),
                    division::path(&site.app, line.division),
                    language.code("smd_state", line.state.code()),
                    class.unwrap_or_default(),
                    code(line.risk.map(RiskGrade::code)),
                    day(line.last_visit_on),
                    line.due.map(|(_, what)| language.code("smd_due", what.code())).unwrap_or_default(),
                    day(line.due.map(|(by, _)| by)),
                ]
            })
            .collect(),
    };
    library::export("followup", &asked.format, &table)
}
