//! `/audit/unusual`: for auditors, what of the log is unusual in a month or in chosen days; also as a workbook.

use crate::{
    Site,
    answer::{Page, page_with},
    language::Language,
    library,
    session::Session,
    shell::Shell,
};
use app::{
    Error,
    audit::{self, Unusual},
    export::Table,
};
use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
};
use jiff::{ToSpan, civil::Date};
use rules::clock::china_date;
use serde::Deserialize;

/// The days, as they stand in the address; the last month where none are chosen.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    from: String,
    until: String,
}

struct Row {
    on: String,
    who: String,
    role: String,
    what: String,
    found: i64,
    limit: i64,
    /// The account's log of that day.
    log: String,
}

#[derive(Template)]
#[template(path = "audit/unusual.html")]
struct UnusualPage {
    shell: Shell,
    from: String,
    until: String,
    problems: Vec<String>,
    rows: Vec<Row>,
}

impl Asked {
    fn days(&self, today: Date) -> Result<(Date, Date), Error> {
        let first = today.first_of_month().checked_sub(1.month()).map_err(Error::broken)?;
        let chosen = |text: &str, other: Date| match text.trim() {
            "" => Ok(other),
            text => text.parse().map_err(|_| Error::invalid("until", "report_days")),
        };
        let from = chosen(&self.from, first)?;
        Ok((from, chosen(&self.until, from.last_of_month())?))
    }
}

fn row(language: Language, found: &Unusual) -> Row {
    let on = found.on.to_string();
    Row {
        who: format!("{} ({})", found.name, found.username),
        role: format!("{} · {}", language.code("role", &found.role), found.organisation),
        what: language.code("unusual_kind", found.finding.kind.code()),
        found: found.finding.found,
        limit: found.finding.limit,
        log: format!("/audit?actor={}&from={on}&until={on}", found.username),
        on,
    }
}

/// Auditors: what is unusual in these days. Making the report is in the log.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let (app, language) = (&site.app, session.language);
    let today = china_date(app.now());
    let days = asked.days(today);
    let outcome = match &days {
        Ok((from, until)) => audit::unusual(app, &session.scope, *from, *until).await,
        Err(_) => Err(Error::invalid("until", "report_days")),
    };
    let (status, found, problems) = match outcome {
        Ok(found) => (StatusCode::OK, found, Vec::new()),
        Err(Error::Invalid(problems)) => {
            let told = problems.iter().map(|p| language.problem(&p.code, &p.values)).collect();
            (StatusCode::UNPROCESSABLE_ENTITY, Vec::new(), told)
        }
        Err(other) => return Err(other.into()),
    };
    let shown = |day: Option<Date>, text: &str| day.map_or_else(|| text.to_owned(), |day| day.to_string());
    let days = days.ok();
    page_with(
        status,
        &UnusualPage {
            shell: session.shell(&language.text("unusual.title")),
            from: shown(days.map(|(from, _)| from), &asked.from),
            until: shown(days.map(|(_, until)| until), &asked.until),
            problems,
            rows: found.iter().map(|found| row(language, found)).collect(),
        },
    )
}

/// Auditors: the same as a workbook.
pub(crate) async fn export(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let (app, language) = (&site.app, session.language);
    let (from, until) = asked.days(china_date(app.now()))?;
    let (found, code) = audit::unusual_file(app, &session.scope, from, until).await?;
    let names = ["unusual.on", "audit.who", "audit.role", "unusual.what", "unusual.found", "unusual.limit"];
    let cells = |found: &Unusual| {
        let row = row(language, found);
        vec![row.on, row.who, row.role, row.what, row.found.to_string(), row.limit.to_string()]
    };
    let table = Table {
        title: format!("{} {from} {until}", language.text("unusual.title")),
        mark: crate::export::mark(&session, app.now(), &code),
        figures_from: Some(4),
        columns: names.iter().map(|key| language.text(key).into_owned()).collect(),
        rows: found.iter().map(cells).collect(),
    };
    library::export("unusual-access", "xlsx", &table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_month_is_shown_where_no_days_are_chosen() {
        let today: Date = "2026-03-31".parse().unwrap();
        for (from, until, expected) in [
            ("", "", Some(("2026-02-01", "2026-02-28"))),
            ("2026-03-05", "2026-03-06", Some(("2026-03-05", "2026-03-06"))),
            ("2026-03-05", "", Some(("2026-03-05", "2026-03-31"))),
            ("yesterday", "", None),
        ] {
            let asked = Asked { from: from.to_owned(), until: until.to_owned() };
            let days = asked.days(today).ok().map(|(from, until)| (from.to_string(), until.to_string()));
            assert_eq!(days, expected.map(|(from, until)| (from.to_owned(), until.to_owned())));
        }
    }
}
