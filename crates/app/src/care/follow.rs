//! What commands of a referral bring along: a plan on form F5 and a session on form F7 are taken in, so that plan and sessions are whole
//! whichever way they were written.

use super::{plan, session};
use crate::{
    App,
    db::Tx,
    error::Result,
    id::Id,
    referral::{Order, Written},
    scope::Scope,
};
use jiff::civil::{Date, Time};
use rules::{
    care::{CrisisPlan, Goal, Line, Measure, Period, Plan, Signature, SignedBy, SigningWay},
    form::FormCode,
    referral::Command,
    scale::Figure,
};
use serde_json::{Map, Value as Json};

/// Takes in the forms of a command that was carried out.
///
/// # Errors
/// The database is gone.
pub(crate) async fn follow(app: &App, tx: &mut Tx, scope: &Scope, case: Id, order: &Order) -> Result<()> {
    for form in &order.forms {
        match form.code {
            FormCode::F5 => {
                if let Some(plan) = plan_of(&form.data) {
                    let signature = signature_of(form, &order.command);
                    plan::take_form(app, tx, scope, case, plan, signature).await?;
                }
            }
            FormCode::F7 => {
                if let Some(held) = session_of(form) {
                    session::take_form(app, tx, scope, case, &held).await?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn text(data: &Map<String, Json>, key: &str) -> String {
    data.get(key).and_then(Json::as_str).unwrap_or_default().trim().to_owned()
}

fn day(data: &Map<String, Json>, key: &str) -> Option<Date> {
    text(data, key).parse().ok()
}

/// Numbers of a form come as JSON wrote them.
fn figure(data: &Map<String, Json>, key: &str) -> Option<Figure> {
    match data.get(key)? {
        Json::String(text) => Figure::parse(text.trim()),
        Json::Number(number) => Figure::parse(&number.to_string()),
        _ => None,
    }
}

fn number(data: &Map<String, Json>, key: &str) -> Option<u32> {
    let figure = figure(data, key)?;
    u32::try_from(figure.units()).ok().filter(|_| figure.places() == 0)
}

fn rows<'d>(data: &'d Map<String, Json>, key: &str) -> impl Iterator<Item = &'d Map<String, Json>> {
    data.get(key).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_object)
}

/// The plan that a form F5 tells. The form does not say which goal a service serves: it is put to the first, to be corrected with the
/// next version.
fn plan_of(data: &Map<String, Json>) -> Option<Plan> {
    let goal = |(at, row): (usize, &Map<String, Json>)| {
        Some(Goal {
            key: format!("g{}", at + 1),
            text: text(row, "goal"),
            measure: Measure::Observation { what: text(row, "measure") },
            baseline: figure(row, "baseline")?,
            target: figure(row, "target")?,
            due: day(row, "due")?,
        })
    };
    let line = |row: &Map<String, Json>| {
        let per = match text(row, "frequency").as_str() {
            "weekly" => Period::Week,
            "fortnightly" => Period::Fortnight,
            "monthly" => Period::Month,
            "quarterly" => Period::Quarter,
            _ => return None,
        };
        Some(Line {
            service: text(row, "service"),
            way: text(row, "way"),
            times: 1,
            per,
            minutes: number(row, "minutes")?,
            goal: "g1".to_owned(),
            provider: text(row, "provider"),
        })
    };
    let crisis = CrisisPlan { signs: text(data, "crisis_plan"), ..CrisisPlan::default() };
    Some(Plan {
        from: day(data, "from")?,
        until: day(data, "until")?,
        review: day(data, "review_on")?,
        problems: text(data, "problems"),
        long_term_goal: text(data, "long_term_goal"),
        goals: rows(data, "goals").enumerate().filter_map(goal).collect(),
        lines: rows(data, "services").filter_map(line).collect(),
        family: text(data, "family_role"),
        crisis,
        change: String::new(),
    })
}

/// The signature on a form F5; whether a guardian gave it, the agreement signed with it says.
fn signature_of(form: &Written, command: &Command) -> Option<Signature> {
    let by = match command {
        Command::Agree { signer, .. } if signer.guardian.is_some() => SignedBy::Guardian,
        _ => SignedBy::Client,
    };
    let name = form.text("client")?.to_owned();
    Some(Signature { by, name, on: day(&form.data, "on")?, way: SigningWay::Paper, witness: String::new() })
}

/// What a form F7 tells of a session.
pub(super) struct FormSession {
    pub document: Id,
    pub service: String,
    pub way: String,
    pub place: String,
    pub on: Date,
    pub start: Time,
    pub end: Time,
    pub title: String,
    pub done: String,
    pub summary: String,
    pub performance: String,
}

fn session_of(form: &Written) -> Option<FormSession> {
    let data = &form.data;
    let time = |key: &str| super::session::time(&text(data, key));
    Some(FormSession {
        document: form.document,
        service: text(data, "service"),
        way: text(data, "way"),
        place: text(data, "place"),
        on: day(data, "on")?,
        start: time("start")?,
        end: time("end")?,
        title: text(data, "title"),
        done: text(data, "content"),
        summary: text(data, "summary"),
        performance: text(data, "performance"),
    })
}
