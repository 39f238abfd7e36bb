//! `/outreach/{id}`: one lead: what to say, what was tried, the form for the next attempt.

use super::words::{self, Choices, Row, Told, told};
use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    care::plan_entry::Reading,
    due::minute,
    failure::Failure,
    form::Posted,
    language::Language,
    referral::contact,
    session::Session,
    shell::Shell,
};
use app::{
    Error,
    id::Id,
    outreach::{self, NewAttempt, Shown},
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use jiff::civil::Date;
use rules::{clock::china_date, contact::ContactRules, outreach::Attempt};
use serde::Deserialize;

/// What to say or send in a way.
struct Script {
    way: String,
    text: String,
}

/// An attempt in words.
struct Happened {
    id: String,
    on: String,
    what: String,
    came: String,
    next: String,
    note: String,
    by: String,
    /// Who voided it, and when; empty where it counts.
    voided: String,
    may_void: bool,
}

/// An attempt as typed.
#[derive(Default)]
struct Typed {
    key: String,
    on: String,
    way: String,
    reached: String,
    outcome: String,
    reason: String,
    next: String,
    note: String,
}

#[derive(Template)]
#[template(path = "outreach/lead.html")]
struct LeadPage {
    shell: Shell,
    row: Row,
    given: String,
    phone: String,
    has_phone: bool,
    /// How the person said to be reached.
    rules: Vec<(String, String)>,
    scripts: Vec<Script>,
    happened: Vec<Happened>,
    other_way: bool,
    case: String,
    may_try: bool,
    may_take_back: bool,
    typed: Typed,
    today: String,
    ways: Choices,
    reached: Choices,
    outcomes: Choices,
    reasons: Choices,
    told: Vec<Told>,
    notice: String,
}

impl Typed {
    fn posted(posted: &Posted) -> Typed {
        let get = |name: &str| posted.get(name).unwrap_or_default().to_owned();
        Typed {
            key: get("key"),
            on: get("on"),
            way: get("way"),
            reached: get("reached"),
            outcome: get("outcome"),
            reason: get("reason"),
            next: get("next"),
            note: get("note"),
        }
    }

    /// The attempt that was typed, or all that cannot be read.
    fn read(&self) -> app::care::Typed<NewAttempt> {
        let mut reading = Reading::default();
        let key = reading.choice("key", self.key.parse::<Id>().ok(), Id(uuid::Uuid::nil()));
        let next: Option<Date> = match self.next.as_str() {
            "" => None,
            next => Some(reading.day("next", next)),
        };
        let attempt = Attempt {
            on: reading.day("on", &self.on),
            way: self.way.clone(),
            reached: self.reached.clone(),
            outcome: self.outcome.clone(),
            reason: Some(self.reason.clone()).filter(|reason| !reason.is_empty()),
            next,
        };
        reading.finish(NewAttempt { key, attempt, note: self.note.clone() })
    }
}

fn contact_rules(language: Language, rules: Option<&ContactRules>) -> Vec<(String, String)> {
    let Some(rules) = rules else { return Vec::new() };
    let ways: Vec<String> = rules.ways.iter().map(|way| language.code("contact_way", way.code())).collect();
    let facts = [
        ("ways", ways.join(language.comma())),
        ("hours", contact::hours(language, rules)),
        ("callers", rules.callers.clone()),
        ("opening", rules.opening.clone()),
        ("never", rules.never.clone()),
    ];
    let named = facts.into_iter().filter(|(_, value)| !value.is_empty());
    named.map(|(key, value)| (language.code("lead_contact", key), value)).collect()
}

fn happened(site: &Site, language: Language, told: &outreach::Told) -> Happened {
    let app = &site.app;
    let attempt = &told.attempt;
    let why = attempt.reason.as_deref().map(|code| words::reason(app, language, code));
    let came = words::outcome(app, language, &attempt.outcome);
    Happened {
        id: told.id.to_string(),
        on: attempt.on.to_string(),
        what: format!(
            "{} · {}",
            words::way(app, language, &attempt.way),
            words::reached(app, language, &attempt.reached)
        ),
        came: why.map_or(came.clone(), |why| format!("{came} · {why}")),
        next: attempt.next.map(|next| next.to_string()).unwrap_or_default(),
        note: told.note.clone(),
        by: format!("{} · {} · {}", told.by, told.house, minute(told.at)),
        voided: told
            .voided
            .as_ref()
            .map(|(name, at)| language.with("outreach.voided_by", &[("name", name), ("at", &minute(*at))]))
            .unwrap_or_default(),
        may_void: told.may_void,
    }
}

fn drawn(site: &Site, session: &Session, shown: &Shown, typed: Typed) -> LeadPage {
    let (app, language) = (&site.app, session.language);
    let table = &app.tables.outreach;
    let worker = session.account.name.as_str();
    let script = |way: &rules::outreach::Way| Script {
        way: language.of(&way.zh, &way.en),
        text: language.of(&way.script_zh, &way.script_en).replace("%{worker}", worker),
    };
    let named = |code: &str, zh: &str, en: &str| (code.to_owned(), language.of(zh, en));
    LeadPage {
        shell: session.shell(&shown.line.name),
        row: Row::new(app, session, &shown.line),
        given: language.with(
            "outreach.given_by",
            &[("name", &shown.given_by), ("on", &shown.line.given_on.to_string())],
        ),
        phone: String::new(),
        has_phone: shown.has_phone && shown.may_try,
        rules: contact_rules(language, shown.rules.as_ref()),
        scripts: if shown.may_try { table.ways.iter().map(script).collect() } else { Vec::new() },
        happened: shown.attempts.iter().map(|one| happened(site, language, one)).collect(),
        other_way: shown.other_way && shown.may_try,
        case: shown.case.map(|case| case.to_string()).unwrap_or_default(),
        may_try: shown.may_try,
        may_take_back: shown.may_take_back,
        typed,
        today: china_date(app.now()).to_string(),
        ways: table.ways.iter().map(|one| named(&one.code, &one.zh, &one.en)).collect(),
        reached: table.reached.iter().map(|one| named(&one.code, &one.zh, &one.en)).collect(),
        outcomes: table.outcomes.iter().map(|one| named(&one.code, &one.zh, &one.en)).collect(),
        reasons: table.reasons.iter().map(|one| named(&one.code, &one.zh, &one.en)).collect(),
        told: Vec::new(),
        notice: String::new(),
    }
}

fn fresh(site: &Site) -> Typed {
    Typed {
        key: uuid::Uuid::new_v4().to_string(),
        on: china_date(site.app.now()).to_string(),
        ..Typed::default()
    }
}

/// What is drawn of a lead.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Look {
    done: String,
}

/// The county's desk and whoever was given the person: one lead.
pub(crate) async fn show(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Query(look): Query<Look>,
) -> Page {
    let shown = outreach::show(&site.app, &session.scope, parsed(&id)?).await?;
    let mut drawn = drawn(&site, &session, &shown, fresh(&site));
    if !look.done.is_empty() {
        drawn.notice = session.language.text("care.saved").into_owned();
    }
    page(&drawn)
}

/// Whoever tries: shows the telephone number, which is in the log.
pub(crate) async fn reveal(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let id = parsed(&id)?;
    let phone = outreach::reveal(&site.app, &session.scope, id).await?;
    let shown = outreach::show(&site.app, &session.scope, id).await?;
    page(&LeadPage { phone, ..drawn(&site, &session, &shown, fresh(&site)) })
}

/// Whoever tries: enters an attempt.
pub(crate) async fn enter(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(posted): Form<Posted>,
) -> Page {
    let (id, typed) = (parsed(&id)?, Typed::posted(&posted));
    let outcome = outreach::enter(&site.app, &session.scope, id, &typed.read()).await;
    after(&site, &session, id, outcome.map(|_| ()), typed).await
}

/// Who entered an attempt wrongly: voids it.
pub(crate) async fn void(
    State(site): State<Site>,
    session: Session,
    Path((id, attempt)): Path<(String, String)>,
) -> Page {
    let (id, attempt) = (parsed(&id)?, parsed(&attempt)?);
    let outcome = outreach::void(&site.app, &session.scope, id, attempt).await;
    after(&site, &session, id, outcome, fresh(&site)).await
}

/// The county's desk: takes a lead back.
pub(crate) async fn take_back(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let id = parsed(&id)?;
    let outcome = outreach::take_back(&site.app, &session.scope, id).await;
    after(&site, &session, id, outcome, fresh(&site)).await
}

async fn after(
    site: &Site,
    session: &Session,
    id: Id,
    outcome: Result<(), Error>,
    typed: Typed,
) -> Result<axum::response::Response, Failure> {
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("/outreach/{id}?done=1")).into_response()),
        Err(error) => {
            let told = told(session.language, error)?;
            let shown = outreach::show(&site.app, &session.scope, id).await?;
            let drawn = LeadPage { told, ..drawn(site, session, &shown, typed) };
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn)
        }
    }
}
