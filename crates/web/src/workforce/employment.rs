//! How somebody is employed: the stretches so far, and the form that enters the next.

use super::{hours, post_name};
use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    failure::Failure,
    library::{Choice, FieldMaker, Fields, Filling, Group},
    session::Session,
    shell::Shell,
};
use app::{
    Error, Problem,
    id::Id,
    workforce::employment::{self, EmploymentEntry, Stretch},
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};

/// As the form of a library record, with the stretches so far above it.
#[derive(Template)]
#[template(path = "workforce/employment.html")]
struct EmploymentPage {
    shell: Shell,
    heading: String,
    intro: String,
    to: String,
    back: String,
    version: i64,
    groups: Vec<Group>,
    problems: Vec<(String, String)>,
    stretches: Vec<View>,
}

struct View {
    days: String,
    post: String,
    week: String,
    account: String,
}

/// Manager for the own house, civil affairs for the county: somebody's employment and the form for the next stretch.
pub(crate) async fn show(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    page(&drawn(&site, &session, parsed(&id)?, None, &[]).await?)
}

async fn drawn(
    site: &Site,
    session: &Session,
    id: Id,
    typed: Option<&EmploymentEntry>,
    problems: &[Problem],
) -> Result<EmploymentPage, Failure> {
    let (language, table) = (session.language, &site.app.tables.workforce);
    let found = employment::of(&site.app, &session.scope, id).await?;
    let accounts = match found.institution {
        Some(institution) => employment::accounts(&site.app, institution).await?,
        None => Vec::new(),
    };
    let entry = typed.cloned().unwrap_or_else(|| found.stretches.first().map(again).unwrap_or_default());
    let make = FieldMaker { language, names: "workforce_field", hints: "workforce_hint", problems };
    let posts = table.posts.iter().map(|post| Choice {
        code: post.code.clone(),
        name: language.of(&post.zh, &post.en),
        chosen: post.code == entry.post,
    });
    let account = |(id, name, role): &(Id, String, String)| {
        let code = id.to_string();
        Choice {
            chosen: code == entry.account,
            code,
            name: format!("{name} · {}", language.code("role", role)),
        }
    };
    let view = |one: &Stretch| View {
        days: match one.until_on {
            Some(until) => format!("{} – {until}", one.from_on),
            None => language.with("workforce.since", &[("day", &one.from_on.to_string())]),
        },
        post: post_name(language, table, &one.post),
        week: hours(u32::try_from(one.week_minutes).unwrap_or(0)),
        account: accounts
            .iter()
            .find(|(id, ..)| Some(*id) == one.account)
            .map(|(_, name, _)| name.clone())
            .unwrap_or_default(),
    };
    let text = |key: &str| language.text(key).into_owned();
    let heading = format!("{} · {}", found.name, text("workforce.employment"));
    Ok(EmploymentPage {
        shell: session.shell(&heading),
        heading,
        intro: text("workforce.employment_about"),
        to: format!("/workforce/staff/{id}"),
        back: format!("/talent/{id}"),
        version: 0,
        stretches: found.stretches.iter().map(view).collect(),
        groups: vec![Group {
            legend: text("workforce.group_stretch"),
            fields: vec![
                make.list("post", Filling::Select, posts.collect(), true),
                make.field("week_hours", Filling::Line, &entry.week_hours, true),
                make.field("from_on", Filling::Day, &entry.from_on, true),
                make.field("until_on", Filling::Day, &entry.until_on, false),
                make.list("account", Filling::Select, accounts.iter().map(account).collect(), false),
            ],
        }],
        problems: make.summary(),
    })
}

/// The latest stretch as it would be typed: saved with the same first day it is mended.
fn again(stretch: &Stretch) -> EmploymentEntry {
    EmploymentEntry {
        post: stretch.post.clone(),
        week_hours: hours(u32::try_from(stretch.week_minutes).unwrap_or(0)),
        from_on: stretch.from_on.to_string(),
        until_on: stretch.until_on.map(|day| day.to_string()).unwrap_or_default(),
        account: stretch.account.map(|id| id.to_string()).unwrap_or_default(),
    }
}

/// Manager for the own house, civil affairs for the county: enters a stretch.
pub(crate) async fn save(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let (id, fields) = (parsed(&id)?, Fields(sent));
    let entry = EmploymentEntry {
        post: fields.one("post"),
        week_hours: fields.one("week_hours"),
        from_on: fields.one("from_on"),
        until_on: fields.one("until_on"),
        account: fields.one("account"),
    };
    match employment::employ(&site.app, &session.scope, id, &entry).await {
        Ok(()) => Ok(Redirect::to(&format!("/workforce/staff/{id}")).into_response()),
        Err(Error::Invalid(problems)) => {
            let form = drawn(&site, &session, id, Some(&entry), &problems).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &form)
        }
        Err(error) => Err(error.into()),
    }
}
