//! Daily reminders of what is due: the latest on the work list, all of them and the choice to have none at `/reminders`, and for programs
//! that pass them on to somebody's telephone at `/api/v1/reminders`. None names a person.

use crate::{
    Site,
    answer::{Page, page},
    api::{
        problem::{ApiFailure, ProblemDocument},
        request::Asked,
    },
    due::minute,
    language::Language,
    session::{Caller, Session},
    shell::Shell,
};
use app::{
    Error,
    reminder::{self, PAGE, Reminder},
};
use askama::Template;
use axum::{
    Form, Json,
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use jiff::{Timestamp, civil::Date};
use rules::reminder::{Count, Kind};
use serde::{Deserialize, Serialize};

/// A kind of work that is due.
pub(crate) struct Part {
    /// `2 visits overdue, 3 due`.
    pub text: String,
    /// Where it is done.
    pub path: &'static str,
    pub late: bool,
}

/// A reminder as it is shown.
pub(crate) struct Line {
    pub on: String,
    /// The days that it speaks of.
    pub title: String,
    pub parts: Vec<Part>,
    pub at: String,
}

/// Where a kind of work is done.
fn path(kind: Kind) -> &'static str {
    match kind {
        Kind::Cases | Kind::Tasks | Kind::Agreed => "/work-list",
        Kind::Questions => "/questions",
        Kind::Visits => "/followup",
        Kind::Plans => "/care",
        Kind::Scales => "/cases",
    }
}

fn part(language: Language, kind: Kind, Count { overdue, due }: Count) -> Part {
    let of_kind = language.code("reminder_kind", kind.code());
    let (overdue_text, due_text) = (overdue.to_string(), due.to_string());
    let values = [("kind", of_kind.as_str()), ("overdue", &overdue_text), ("due", &due_text)];
    let key = match (overdue > 0, due > 0) {
        (true, true) => "reminder.overdue_and_due",
        (true, false) => "reminder.overdue",
        _ => "reminder.due",
    };
    Part { text: language.with(key, &values), path: path(kind), late: overdue > 0 }
}

impl Line {
    pub(crate) fn new(language: Language, found: &Reminder) -> Line {
        let (on, until) = (found.on.to_string(), found.until.to_string());
        let values = [("on", on.as_str()), ("until", until.as_str())];
        let key = if found.on == found.until { "reminder.of_day" } else { "reminder.of_days" };
        Line {
            title: language.with(key, &values),
            parts: found.counts.each().map(|(kind, count)| part(language, kind, count)).collect(),
            at: minute(found.at),
            on,
        }
    }
}

/// The reader's reminder of today, for the work list; nothing once it was read.
pub(crate) async fn present(site: &Site, session: &Session) -> Result<Option<Line>, Error> {
    let found = reminder::present(&site.app, &session.scope).await?;
    Ok(found.map(|found| Line::new(session.language, &found)))
}

#[derive(Template)]
#[template(path = "reminder/list.html")]
struct ListPage {
    shell: Shell,
    lines: Vec<Line>,
    next: String,
    /// The role is reminded of something.
    offered: bool,
    wanted: bool,
    /// When they are told.
    hint: String,
    done: String,
}

/// What the page is asked for.
#[derive(Deserialize, Default)]
pub(crate) struct Look {
    #[serde(default)]
    before: String,
    #[serde(default)]
    done: String,
}

/// Where the next page starts: the day of the last one of a full page.
fn next(found: &[Reminder]) -> Option<Date> {
    let full = i64::try_from(found.len()).unwrap_or(0) == PAGE;
    found.last().filter(|_| full).map(|last| last.on)
}

/// Who works: the own reminders, and whether there shall be any.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(look): Query<Look>) -> Page {
    let (app, language) = (&site.app, session.language);
    let found = reminder::list(app, &session.scope, look.before.parse().ok()).await?;
    let rule = app.tables.reminders;
    let (hour, days) = (rule.from_hour.to_string(), rule.keep_days.to_string());
    let key = if rule.working_days { "reminder.hint_working" } else { "reminder.hint_daily" };
    page(&ListPage {
        shell: session.shell(&language.text("reminder.title")),
        lines: found.iter().map(|one| Line::new(language, one)).collect(),
        next: next(&found).map(|day| day.to_string()).unwrap_or_default(),
        offered: reminder::is_for(session.scope.role),
        wanted: reminder::is_wanted(app, &session.scope).await?,
        hint: language.with(key, &[("hour", &hour), ("days", &days)]),
        done: if look.done == "chosen" {
            language.text("reminder.chosen").into_owned()
        } else {
            String::new()
        },
    })
}

/// A day whose reminder was read.
#[derive(Deserialize)]
pub(crate) struct ReadEntry {
    #[serde(default)]
    on: String,
}

/// Who works: has seen enough of a day's reminder.
pub(crate) async fn read(State(site): State<Site>, session: Session, Form(entry): Form<ReadEntry>) -> Page {
    let on = entry.on.parse().map_err(|_| Error::invalid("on", "date"))?;
    reminder::read(&site.app, &session.scope, on).await?;
    Ok(Redirect::to("/work-list").into_response())
}

/// Whether there shall be reminders.
#[derive(Deserialize)]
pub(crate) struct ChoiceEntry {
    #[serde(default)]
    wanted: String,
}

/// Who works: turns the own reminders on or off.
pub(crate) async fn choose(
    State(site): State<Site>,
    session: Session,
    Form(entry): Form<ChoiceEntry>,
) -> Page {
    reminder::choose(&site.app, &session.scope, entry.wanted == "yes").await?;
    Ok(Redirect::to("/reminders?done=chosen").into_response())
}

/// How much of a kind of work is due.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PartDocument {
    /// `cases`, `tasks`, `visits`, `plans` or `scales`.
    kind: &'static str,
    /// Past its day when it was told.
    overdue: i64,
    /// Due on the days that the reminder speaks of.
    due: i64,
}

/// A reminder.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ReminderDocument {
    /// The day on which it was told.
    #[schema(format = Date)]
    on: String,
    /// The last day that it speaks of: the one before the next reminder.
    #[schema(format = Date)]
    until: String,
    /// What may be shown on a locked telephone: figures, no names.
    text_zh: String,
    /// The same in English.
    text_en: String,
    /// How much of which kind; kinds of which nothing is due are left out.
    parts: Vec<PartDocument>,
    /// When it was told.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// When its reader had seen enough of it.
    #[schema(value_type = Option<String>, format = DateTime)]
    read_at: Option<Timestamp>,
}

impl From<Reminder> for ReminderDocument {
    fn from(found: Reminder) -> ReminderDocument {
        let sum = found.counts.sum();
        let (overdue, due) = (sum.overdue.to_string(), sum.due.to_string());
        let text =
            |language: Language| language.with("reminder.short", &[("overdue", &overdue), ("due", &due)]);
        let part =
            |(kind, Count { overdue, due }): (Kind, Count)| PartDocument { kind: kind.code(), overdue, due };
        ReminderDocument {
            text_zh: text(Language::Chinese),
            text_en: text(Language::English),
            on: found.on.to_string(),
            until: found.until.to_string(),
            parts: found.counts.each().map(part).collect(),
            at: found.at,
            read_at: found.read_at,
        }
    }
}

/// Reminders of the caller.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ReminderList {
    /// The latest first.
    pub reminders: Vec<ReminderDocument>,
    /// Pass as `before` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    pub next: Option<String>,
}

/// Which page.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReminderQuery {
    /// `next` of the page before.
    before: Option<String>,
}

/// Programs of who works: what was due for the account, told once a day, without a name. A program that passes it on to the worker's
/// telephone keeps the last `on`.
#[utoipa::path(get, path = "/api/v1/reminders", tag = "reminders", operation_id = "reminders", params(ReminderQuery), responses(
    (status = 200, body = ReminderList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn api_list(
    State(site): State<Site>,
    caller: Caller,
    Asked(asked): Asked<ReminderQuery>,
) -> Result<Json<ReminderList>, ApiFailure> {
    let before = asked.before.as_deref().map(str::parse::<Date>).transpose();
    let before = before.map_err(|_| ProblemDocument::invalid("before", "date"))?;
    let found = reminder::list(&site.app, &caller.scope, before).await?;
    let next = next(&found).map(|day| day.to_string());
    Ok(Json(ReminderList { reminders: found.into_iter().map(Into::into).collect(), next }))
}
