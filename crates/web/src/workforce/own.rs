//! A worker's own record: hours done and missing until the end of the year, certificate, post.

use super::{Badge, board, certificate, hours, staffing, standing, training::Line};
use crate::{
    Site,
    answer::{Page, page},
    session::Session,
    shell::Shell,
};
use app::workforce;
use askama::Template;
use rules::{clock::china_date, workforce::year_of};

#[derive(Template)]
#[template(path = "workforce/own.html")]
struct OwnPage {
    shell: Shell,
    year: i16,
    years: Vec<i16>,
    trained: String,
    done: u32,
    required: u32,
    standing: Badge,
    until_end: String,
    facts: Vec<(String, String)>,
    certificate: Option<Badge>,
    trainings: Vec<Line>,
    clients: String,
    load: Badge,
}

/// For a worker whose account no record names.
#[derive(Template)]
#[template(path = "workforce/not_linked.html")]
struct NotLinkedPage {
    shell: Shell,
}

pub(super) async fn show(site: &Site, session: &Session, asked: Option<i16>) -> Page {
    let (app, language) = (&site.app, session.language);
    let years = board::years(site);
    let today = china_date(app.now());
    let year = asked.filter(|year| years.contains(year)).unwrap_or(today.year());
    let shell = session.shell(&language.text("navigation.workforce"));
    let Some(member) = workforce::own(app, &session.scope, Some(year)).await? else {
        return page(&NotLinkedPage { shell });
    };
    let table = &app.tables.workforce;
    let load = workforce::staffing::own_load(app, &session.scope).await?;
    let (clients, posts) = (load.clients.to_string(), staffing::posts(table, load));
    let clients = language.with("staffing.own", &[("clients", &clients), ("posts", &posts)]);
    let trainings = workforce::training::of_person(app, &session.scope, member.id, year).await?;
    let left = today.until(year_of(year).last).map_or(0, |span| span.get_days());
    let missing = member.counted && !member.standing.met() && left >= 0;
    let (short, days) = (hours(member.standing.missing()), left.to_string());
    let values = [("hours", short.as_str()), ("days", &days)];
    let text = |key: &str| language.text(key).into_owned();
    let none = || text("talent.none");
    let post = member.employment.as_ref().and_then(|one| table.post(&one.post));
    let week = member.employment.as_ref().map(|one| hours(u32::try_from(one.week_minutes).unwrap_or(0)));
    let facts = vec![
        (text("talent_field.institution"), member.institution_name.clone()),
        (text("workforce.post"), post.map_or_else(none, |post| language.of(&post.zh, &post.en))),
        (
            text("workforce_field.week_hours"),
            week.map_or_else(none, |hours| language.with("workforce.hours_a_week", &[("hours", &hours)])),
        ),
        (text("talent_field.certificate"), member.certificate.clone().unwrap_or_else(none)),
        (
            text("talent_field.certificate_until"),
            member.certificate_until.map_or_else(none, |day| day.to_string()),
        ),
    ];
    page(&OwnPage {
        shell,
        year,
        years,
        trained: board::trained(session, &member),
        done: member.standing.done.min(member.standing.required),
        required: member.standing.required.max(1),
        standing: standing(language, member.counted, member.standing),
        until_end: if missing { language.with("workforce.until_end", &values) } else { String::new() },
        facts,
        certificate: certificate(language, member.validity),
        trainings: trainings.iter().map(|one| Line::new(site, language, one)).collect(),
        clients,
        load: staffing::badge(language, table, load),
    })
}
