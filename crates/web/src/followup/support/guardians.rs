//! `/followup/guardians`: the agreements that held in a year, what each is worth by the rule of the region, and its settlement by
//! the county.

use super::{
    MonthMark, money, month_marks,
    payments::{place as wanted_place, year, years},
};
use crate::{
    Site, address,
    answer::{Page, page, page_with},
    failure::Failure,
    followup::{Badge, due_badge, list::places, place, stands_in_the_way},
    language::Language,
    library::Choice,
    session::Session,
    shell::Shell,
};
use app::followup::support::{self, GuardianLine, Settled};
use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
};
use rules::account::Role;
use serde::Deserialize;

/// What the list is asked for, and what is sent with a settlement.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    pub year: String,
    pub division: String,
    pub review: String,
    pub after: String,
    pub payer: String,
}

impl Asked {
    pub(crate) fn read(&self, site: &Site) -> Result<support::Asked, app::Error> {
        Ok(support::Asked {
            year: year(site, &self.year)?,
            division: wanted_place(&self.division)?,
            review_overdue: !self.review.is_empty(),
            after: self.after.parse().ok(),
        })
    }
}

struct Row {
    record: String,
    name: String,
    place: String,
    guardian: String,
    period: String,
    months: Vec<MonthMark>,
    full: String,
    incidents: u16,
    review: Option<(String, Badge)>,
    standing: Badge,
    worth: String,
    why: String,
}

#[derive(Template)]
#[template(path = "followup/guardians.html")]
struct GuardiansPage {
    shell: Shell,
    asked: Asked,
    year: String,
    years: Vec<Choice>,
    places: Vec<Choice>,
    rows: Vec<Row>,
    next: String,
    /// The reader settles years.
    settles: bool,
    /// What became of a settlement.
    settled: Vec<String>,
    /// The agreement after which it goes on; empty where all were looked at.
    rest: String,
    problem: String,
}

/// Doctors and the county's health side: the guardians in their scope.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    page(&drawn(&site, &session, asked, Vec::new(), String::new()).await?)
}

async fn drawn(
    site: &Site,
    session: &Session,
    asked: Asked,
    settled: Vec<String>,
    problem: String,
) -> Result<GuardiansPage, Failure> {
    let language = session.language;
    let wanted = asked.read(site)?;
    let found = support::guardians(&site.app, &session.scope, &wanted).await?;
    let query = address::query([
        ("year", asked.year.as_str()),
        ("division", &asked.division),
        ("review", &asked.review),
    ]);
    Ok(GuardiansPage {
        shell: session.shell(&language.text("smd_support.guardians")),
        year: wanted.year.to_string(),
        years: years(site, wanted.year),
        places: places(site, session, &asked.division),
        rows: found.lines.iter().map(|line| row(site, language, line)).collect(),
        next: found.next.map(|id| format!("/followup/guardians?{query}&after={id}")).unwrap_or_default(),
        settles: session.scope.role == Role::HealthOfficer,
        settled,
        rest: String::new(),
        problem,
        asked,
    })
}

fn row(site: &Site, language: Language, line: &GuardianLine) -> Row {
    let badge = |key: &str, tone, icon| Badge { text: language.text(key).into_owned(), tone, icon };
    let standing = match (&line.paid, &line.worth, &line.not_yet) {
        (Some(_), ..) => badge("smd_support.paid", "good", "check"),
        (None, Err(_), _) => badge("smd_support.not_entitled", "quiet", "minus"),
        (None, Ok(_), Some(_)) => badge("smd_support.so_far", "fine", "clock"),
        (None, Ok(_), None) => badge("smd_support.to_settle", "soon", "clock"),
    };
    let why = match (&line.worth, &line.not_yet) {
        _ if line.paid.is_some() => String::new(),
        (Err(refusal), _) | (Ok(_), Some(refusal)) => language.refused(refusal),
        _ => String::new(),
    };
    let worth = line.paid.or(line.worth.as_ref().ok().copied());
    Row {
        record: line.record.to_string(),
        name: line.name.clone(),
        place: place(site, line.division),
        guardian: line.guardian.clone(),
        period: match line.period {
            (from, Some(until)) => format!("{from} – {until}"),
            (from, None) => language.with("smd_support.since", &[("day", &from.to_string())]),
        },
        months: month_marks(language, &line.months),
        full: line.full().to_string(),
        incidents: line.incidents,
        review: due_badge(site, language, line.review_due_on),
        standing,
        worth: worth.map(|sum| money(language, sum)).unwrap_or_default(),
        why,
    }
}

/// The county: settles the year for every agreement that the filter finds and that was not paid yet.
pub(crate) async fn settle(State(site): State<Site>, session: Session, Form(asked): Form<Asked>) -> Page {
    let language = session.language;
    let wanted = asked.read(&site)?;
    match support::settle(&site.app, &session.scope, &wanted, &asked.payer).await {
        Ok(settled) => {
            let told = told(language, &settled);
            let rest = settled.more.map(|last| last.to_string()).unwrap_or_default();
            let asked = Asked { after: String::new(), ..asked };
            let drawn = drawn(&site, &session, asked, told, String::new()).await?;
            page(&GuardiansPage { rest, ..drawn })
        }
        Err(error) => {
            let (problems, refusal) = stands_in_the_way(&session, error)?;
            let told = problems.iter().map(|problem| {
                let field = language.code("smd_support_field", &problem.field);
                language.pair(&field, &crate::followup::problem_text(language, problem))
            });
            let problem = if refusal.is_empty() { told.collect::<Vec<_>>().join(" ") } else { refusal };
            let rest = asked.after.clone();
            let asked = Asked { after: String::new(), ..asked };
            let form = drawn(&site, &session, asked, Vec::new(), problem).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &GuardiansPage { rest, ..form })
        }
    }
}

/// What became of a settlement, in words.
fn told(language: Language, settled: &Settled) -> Vec<String> {
    let values = [("count", &*settled.paid.to_string()), ("sum", &*money(language, settled.sum))];
    let mut lines = vec![language.with("smd_support.settled", &values)];
    for (code, count) in &settled.refused {
        let why = language.code("refusal", code).replace("%{year}", "…").replace("%{day}", "…");
        lines.push(language.with("smd_support.not_settled", &[("count", &count.to_string()), ("why", &why)]));
    }
    if settled.more.is_some() {
        lines.push(language.text("smd_support.more").into_owned());
    }
    lines
}
