//! `/care/calendar`: a day or a week of a worker or a house, and the addresses by which telephones subscribe to it.

use super::{
    board::{Day, sought},
    feed::{Feeds, address, feeds},
    line::line,
    words::{Told, told},
};
use crate::{
    Site,
    address::{parsed, query},
    answer::{Page, page, page_with},
    conference,
    failure::Failure,
    session::Session,
    shell::Shell,
};
use app::care::{self, Sought, feed};
use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect},
};
use jiff::{ToSpan, civil::Date};
use rules::{
    care::{Days, Period},
    clock::china_date,
};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "care/calendar.html")]
struct CalendarPage {
    shell: Shell,
    title: String,
    days: Vec<Day>,
    cut: bool,
    week: bool,
    house: bool,
    before: String,
    after: String,
    today: String,
    other_view: String,
    other_whose: String,
    feeds: Feeds,
    told: Vec<Told>,
}

/// Which days, and whose.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    on: String,
    view: String,
    whose: String,
}

/// Who serves or assesses: a day or a week.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    page(&drawn(&site, &session, &asked).await?)
}

async fn drawn(site: &Site, session: &Session, asked: &Asked) -> Result<CalendarPage, Failure> {
    let (app, scope, language) = (&site.app, &session.scope, session.language);
    let today = china_date(app.now());
    let on: Date = asked.on.parse().unwrap_or(today);
    let week = asked.view != "day";
    let days = if week { Period::Week.around(on) } else { Days { from: on, last: on } };
    let whose = match asked.whose.as_str() {
        "own" => Sought::Own,
        "house" => Sought::House,
        _ => sought(scope.role),
    };
    let agenda = care::agenda(app, scope, days, whose).await?;
    let conferences = app::conference::between(app, scope, days).await?;
    let mut list: Vec<Day> = Vec::new();
    let mut day = days.from;
    while day <= days.last {
        let lines =
            agenda.sessions.iter().filter(|row| row.on == day).map(|row| line(app, session, row)).collect();
        let name = language.code("care_weekday", &day.weekday().to_monday_one_offset().to_string());
        let own = conferences.iter().filter(|one| one.conference.on == day);
        let conferences =
            own.map(|one| conference::line(language, &one.conference, &one.title, app.now())).collect();
        list.push(Day { name: format!("{day} {name}"), lines, conferences });
        let Ok(next) = day.checked_add(1.day()) else { break };
        day = next;
    }
    let link = |on: Date, week: bool, whose: Sought| {
        let whose = if whose == Sought::Own { "own" } else { "house" };
        let view = if week { "week" } else { "day" };
        format!(
            "/care/calendar?{}",
            query([("on", on.to_string().as_str()), ("view", view), ("whose", whose)])
        )
    };
    let step = if week { 7 } else { 1 };
    let other = if whose == Sought::Own { Sought::House } else { Sought::Own };
    Ok(CalendarPage {
        shell: session.shell(&language.text("care.calendar")),
        title: if week { format!("{} – {}", days.from, days.last) } else { on.to_string() },
        days: list,
        cut: agenda.cut,
        week,
        house: whose == Sought::House,
        before: link(on.saturating_sub(step.days()), week, whose),
        after: link(on.saturating_add(step.days()), week, whose),
        today: link(today, week, whose),
        other_view: link(on, !week, whose),
        other_whose: link(on, week, other),
        feeds: feeds(app, session, ("/care/feeds", "care.feeds_about")).await?,
        told: Vec::new(),
    })
}

/// Who serves: makes an address for the own calendar, which is shown this once.
pub(crate) async fn make_feed(State(site): State<Site>, session: Session, headers: HeaderMap) -> Page {
    let outcome = feed::make(&site.app, &session.scope).await;
    made(&site, &session, &headers, outcome).await
}

/// Who sees the calendar of the house: makes an address for it, which is shown this once.
pub(crate) async fn make_house_feed(State(site): State<Site>, session: Session, headers: HeaderMap) -> Page {
    let outcome = feed::make_of_house(&site.app, &session.scope).await;
    made(&site, &session, &headers, outcome).await
}

/// The page with the address that was made, or with what stood against it.
async fn made(site: &Site, session: &Session, headers: &HeaderMap, outcome: app::Result<String>) -> Page {
    let mut drawn = drawn(site, session, &Asked::default()).await?;
    match outcome {
        Ok(secret) => {
            drawn.feeds.made = address(headers, &secret);
            page(&drawn)
        }
        Err(error) => {
            drawn.told = told(session.language, error)?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn)
        }
    }
}

/// Who serves or assesses: ends an own address, of the own calendar or of the house's.
pub(crate) async fn end_feed(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    feed::end(&site.app, &session.scope, parsed(&id)?).await?;
    Ok(Redirect::to("/care/calendar#feeds").into_response())
}
