//! `/cases/{id}/plan`: the individual plan, its goals with what was measured, its versions and signatures.

use super::{
    plan_entry::{PlanEntry, choices, signature, value},
    section::{Bar, bars},
    words::{self, Told, told},
};
use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    due::minute,
    failure::Failure,
    form::Posted,
    language::Language,
    session::Session,
    shell::Shell,
};
use app::{
    App,
    care::{self, PlanVersion, Plans},
    id::Id,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::{
    account::{Deed, Subject},
    care::{Measure, Period, SignedBy, SigningWay},
    clock::china_date,
};
use serde::Deserialize;

/// A version in the list of them.
struct VersionLine {
    number: i64,
    written: String,
    signed: String,
    change: String,
    here: bool,
}

/// A line of service.
pub(super) struct ServiceLine {
    pub what: String,
    pub goal: String,
    pub provider: String,
}

/// What was measured.
struct ValueLine {
    on: String,
    goal: String,
    value: String,
    note: String,
    by: String,
}

/// A version as it is read.
pub(super) struct Sheet {
    pub number: i64,
    pub period: String,
    pub review: String,
    pub problems: String,
    pub long_term_goal: String,
    pub lines: Vec<ServiceLine>,
    pub family: String,
    pub signs: String,
    pub helps: String,
    pub others: String,
    pub call: Vec<(String, String)>,
    pub signed: String,
    pub from_form: bool,
}

#[derive(Template)]
#[template(path = "care/plan.html")]
struct PlanPage {
    shell: Shell,
    id: String,
    sheet: Option<Sheet>,
    /// The version shown is not the latest.
    old: bool,
    goals: Vec<Bar>,
    attained: String,
    versions: Vec<VersionLine>,
    values: Vec<ValueLine>,
    may_write: bool,
    /// The latest version waits for its signature and the reader may note it.
    may_sign: bool,
    /// The reader notes where goals stand.
    may_measure: bool,
    ways: Vec<(&'static str, String)>,
    signers: Vec<(&'static str, String)>,
    /// Goals to choose from: key and text.
    choices: Vec<(String, String)>,
    posted: Posted,
    today: String,
    told: Vec<Told>,
    done: String,
}

impl PlanPage {
    /// What was typed under a name.
    fn typed(&self, name: &str) -> &str {
        self.posted.get(name).unwrap_or_default()
    }
}

#[derive(Template)]
#[template(path = "care/plan_form.html")]
struct FormPage {
    shell: Shell,
    id: String,
    entry: PlanEntry,
    services: Vec<(String, String)>,
    ways: Vec<(String, String)>,
    periods: Vec<(&'static str, String)>,
    scales: Vec<(String, String)>,
    told: Vec<Told>,
}

/// Which version, and what was done before.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    version: i64,
    done: String,
}

/// Who serves or is served: the plan.
pub(crate) async fn show(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let id = parsed(&id)?;
    page(&drawn(&site, &session, id, &asked, (Posted::default(), Vec::new())).await?)
}

async fn drawn(
    site: &Site,
    session: &Session,
    id: Id,
    asked: &Asked,
    (posted, told): (Posted, Vec<Told>),
) -> Result<PlanPage, Failure> {
    let (app, language, scope) = (&site.app, session.language, &session.scope);
    let (plans, figures) = care::plans_and_figures(app, scope, id).await?;
    let wanted = plans.versions.iter().find(|version| version.number == asked.version);
    let shown = wanted.or_else(|| plans.latest());
    let writes = scope.role.may(Deed::Change, Subject::Care);
    let latest = plans.latest();
    let known = ["written", "signed", "measured"].into_iter().find(|known| *known == asked.done);
    Ok(PlanPage {
        shell: session.shell(&language.text("care.plan")),
        id: id.to_string(),
        sheet: shown.map(|version| sheet(app, language, version)),
        old: shown.map(|version| version.number) != latest.map(|version| version.number),
        goals: bars(app, language, &figures),
        attained: figures.attained.map(|share| share.0.to_string()).unwrap_or_default(),
        versions: plans.versions.iter().map(|version| line(language, version, shown)).collect(),
        values: values(&plans),
        may_write: plans.may_write,
        may_sign: writes && plans.may_write && latest.is_some_and(|version| version.signed.is_none()),
        may_measure: writes && plans.may_write && latest.is_some(),
        ways: SigningWay::ALL
            .iter()
            .map(|way| (way.code(), language.code("care_signing", way.code())))
            .collect(),
        signers: SignedBy::ALL
            .iter()
            .map(|by| (by.code(), language.code("care_signer", by.code())))
            .collect(),
        choices: latest
            .map(|version| {
                version.plan.goals.iter().map(|goal| (goal.key.clone(), goal.text.clone())).collect()
            })
            .unwrap_or_default(),
        posted,
        today: china_date(app.now()).to_string(),
        told,
        done: known.map(|known| language.code("care_done", known)).unwrap_or_default(),
    })
}

fn line(language: Language, version: &PlanVersion, shown: Option<&PlanVersion>) -> VersionLine {
    VersionLine {
        number: version.number,
        written: format!("{} · {}", version.by, minute(version.at)),
        signed: signed(language, version),
        change: version.plan.change.clone(),
        here: shown.is_some_and(|shown| shown.number == version.number),
    }
}

/// Who signed a version, when and how; empty while nobody did.
pub(super) fn signed(language: Language, version: &PlanVersion) -> String {
    let Some(signed) = &version.signed else { return String::new() };
    let signature = &signed.signature;
    let by = language.code("care_signer", signature.by.code());
    let way = language.code("care_signing", signature.way.code());
    let on = signature.on.to_string();
    let values = [("name", signature.name.as_str()), ("by", &by), ("on", &on), ("way", &way)];
    let text = language.with("care.signed_by", &values);
    if signature.witness.is_empty() {
        return text;
    }
    format!("{text} · {}", language.with("care.witnessed", &[("name", &signature.witness)]))
}

pub(super) fn sheet(app: &App, language: Language, version: &PlanVersion) -> Sheet {
    let plan = &version.plan;
    let owed = rules::care::owed_by_plan(plan, rules::care::Days { from: plan.from, last: plan.until });
    let lines = plan.lines.iter().zip(&owed).map(|(line, owed)| ServiceLine {
        what: words::owed(app, language, owed),
        goal: plan.goal(&line.goal).map(|goal| goal.text.clone()).unwrap_or_default(),
        provider: line.provider.clone(),
    });
    Sheet {
        number: version.number,
        period: format!("{} – {}", plan.from, plan.until),
        review: plan.review.to_string(),
        problems: plan.problems.clone(),
        long_term_goal: plan.long_term_goal.clone(),
        lines: lines.collect(),
        family: plan.family.clone(),
        signs: plan.crisis.signs.clone(),
        helps: plan.crisis.helps.clone(),
        others: plan.crisis.others.clone(),
        call: plan.crisis.call.iter().map(|near| (near.name.clone(), near.phone.clone())).collect(),
        signed: signed(language, version),
        from_form: version.from_form,
    }
}

/// Values shown on the page at most.
const VALUES: usize = 30;

fn values(plans: &Plans) -> Vec<ValueLine> {
    let text = |key: &str| {
        let goals = plans.versions.iter().filter_map(|version| version.plan.goal(key));
        goals.map(|goal| goal.text.clone()).next().unwrap_or_default()
    };
    let line = |value: &care::Value| ValueLine {
        on: value.on.to_string(),
        goal: text(&value.goal),
        value: value.value.to_string(),
        note: value.note.clone(),
        by: value.by.clone(),
    };
    plans.values.iter().take(VALUES).map(line).collect()
}

/// Who serves: the form for the next version.
pub(crate) async fn new(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let id = parsed(&id)?;
    let plans = care::plans(&site.app, &session.scope, id).await?;
    let entry = PlanEntry::of(plans.latest(), china_date(site.app.now()));
    page(&form(&site, &session, id, entry, Vec::new()))
}

fn form(site: &Site, session: &Session, id: Id, entry: PlanEntry, told: Vec<Told>) -> FormPage {
    let (app, language) = (&site.app, session.language);
    let (services, ways) = choices(app, language);
    FormPage {
        shell: session.shell(&language.text("care.plan_new")),
        id: id.to_string(),
        services,
        ways,
        periods: Period::ALL
            .iter()
            .map(|per| (per.code(), language.code("care_period", per.code())))
            .collect(),
        scales: scales(app, language),
        entry,
        told,
    }
}

/// Scales that have a range, by name.
fn scales(app: &App, language: Language) -> Vec<(String, String)> {
    let found = rules::scale::SCALES.iter().filter_map(|(id, _)| app.tables.scale(id));
    let named = found.filter(|scale| scale.range().is_some()).map(|scale| {
        let definition = scale.definition();
        (definition.id.clone(), language.of(&definition.title.zh, &definition.title.en))
    });
    named.collect()
}

/// Who serves: writes the next version.
pub(crate) async fn write(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(posted): Form<Posted>,
) -> Page {
    let id = parsed(&id)?;
    let plans = care::plans(&site.app, &session.scope, id).await?;
    let known: Vec<String> = plans
        .versions
        .iter()
        .flat_map(|version| version.plan.goals.iter().map(|goal| goal.key.clone()))
        .collect();
    let entry = PlanEntry::posted(&posted);
    match care::write(&site.app, &session.scope, id, entry.seen, &entry.read(&known)).await {
        Ok(_) => Ok(Redirect::to(&format!("/cases/{id}/plan?done=written")).into_response()),
        Err(error) => {
            let told = told(session.language, error)?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &form(&site, &session, id, entry, told))
        }
    }
}

/// Who serves: notes a signature.
pub(crate) async fn sign(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(posted): Form<Posted>,
) -> Page {
    let id = parsed(&id)?;
    let number = posted.get("number").and_then(|number| number.parse().ok()).unwrap_or(0);
    let signature = signature(&posted);
    let outcome = care::sign(&site.app, &session.scope, id, number, &signature).await;
    after(&site, &session, id, outcome, posted, "signed").await
}

/// Who serves: notes where a goal stands.
pub(crate) async fn measure(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(posted): Form<Posted>,
) -> Page {
    let id = parsed(&id)?;
    let value = value(&posted);
    let outcome = care::measure(&site.app, &session.scope, id, &value).await;
    after(&site, &session, id, outcome, posted, "measured").await
}

async fn after(
    site: &Site,
    session: &Session,
    id: Id,
    outcome: Result<(), app::Error>,
    posted: Posted,
    done: &str,
) -> Page {
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("/cases/{id}/plan?done={done}")).into_response()),
        Err(error) => {
            let told = told(session.language, error)?;
            let drawn = drawn(site, session, id, &Asked::default(), (posted, told)).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn)
        }
    }
}

/// By what a goal is measured, in words.
pub(crate) fn measure_name(app: &App, language: Language, measure: &Measure) -> String {
    match measure {
        Measure::Observation { what } => what.clone(),
        Measure::Scale { scale } => app.tables.scale(scale).map_or_else(
            || scale.clone(),
            |found| language.of(&found.definition().title.zh, &found.definition().title.en),
        ),
    }
}
