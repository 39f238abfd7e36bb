//! `/cases/{id}/crisis-card`: what to do when things get worse, to be carried along. It names no illness, no institution and nobody.

use crate::{
    Site,
    address::parsed,
    answer::{Page, page},
    session::Session,
    shell::Shell,
};
use app::{Error, care};
use askama::Template;
use axum::extract::{Path, State};

/// A number to call.
struct Call {
    name: String,
    number: String,
    /// As a telephone dials it.
    dial: String,
}

#[derive(Template)]
#[template(path = "care/card.html")]
struct CardPage {
    shell: Shell,
    id: String,
    signs: String,
    helps: String,
    others: String,
    calls: Vec<Call>,
}

fn dial(number: &str) -> String {
    number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect()
}

/// Who serves or is served: the card of the plan in force.
pub(crate) async fn show(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let id = parsed(&id)?;
    let plans = care::plans(&site.app, &session.scope, id).await?;
    let version = plans.in_force().ok_or(Error::NotFound)?;
    let (crisis, language) = (version.plan.crisis.clone(), session.language);
    let own = crisis.call.iter().map(|near| Call {
        name: near.name.clone(),
        number: near.phone.clone(),
        dial: dial(&near.phone),
    });
    let everybody = site.app.tables.care.hotlines.iter().map(|line| Call {
        name: language.of(&line.zh, &line.en),
        number: line.number.clone(),
        dial: dial(&line.number),
    });
    page(&CardPage {
        shell: session.shell(&language.text("care.card")),
        id: id.to_string(),
        calls: own.chain(everybody).collect(),
        signs: crisis.signs,
        helps: crisis.helps,
        others: crisis.others,
    })
}
