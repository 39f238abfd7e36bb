//! `/outreach`: who is to be reached, the earliest day first.

use super::words::{Choices, Row};
use crate::{
    Site, address,
    answer::{Page, page},
    followup::list::{key_of, key_text},
    session::Session,
    shell::Shell,
};
use app::outreach::{self, Filter};
use askama::Template;
use axum::extract::{Query, State};
use rules::{
    account::{Deed, Subject},
    outreach::LeadState,
};
use serde::Deserialize;

/// What the list is asked for, as it stands in the address.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    state: String,
    due: String,
    after: String,
    given: String,
    over: String,
}

#[derive(Template)]
#[template(path = "outreach/list.html")]
struct ListPage {
    shell: Shell,
    rows: Vec<Row>,
    states: Choices,
    state: String,
    due: bool,
    next: String,
    /// The reader gives people to houses.
    gives: bool,
    /// The reader sees the funnel.
    counts: bool,
    notice: String,
}

/// The county's desk and whoever was given somebody: the leads in scope.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let (app, language) = (&site.app, session.language);
    let filter = Filter {
        due: !asked.due.is_empty(),
        state: LeadState::of_code(&asked.state),
        after: key_of(&asked.after),
    };
    let found = outreach::page(app, &session.scope, &filter).await?;
    let query = address::query([("state", asked.state.as_str()), ("due", &asked.due)]);
    let notice = match (asked.given.as_str(), asked.over.as_str()) {
        ("", _) => String::new(),
        (given, "" | "0") => language.with("outreach.given", &[("count", given)]),
        (given, over) => language.with("outreach.given_some", &[("count", given), ("over", over)]),
    };
    page(&ListPage {
        shell: session.shell(&language.text("navigation.outreach")),
        rows: found.lines.iter().map(|line| Row::new(app, &session, line)).collect(),
        states: LeadState::ALL
            .iter()
            .map(|state| (state.code().to_owned(), language.code("lead_state", state.code())))
            .collect(),
        state: asked.state,
        due: filter.due,
        next: found.next.map(|key| format!("/outreach?{query}&after={}", key_text(key))).unwrap_or_default(),
        gives: session.scope.role.may(Deed::Change, Subject::Outreach),
        counts: session.scope.role.may(Deed::Read, Subject::Outreach),
        notice,
    })
}
