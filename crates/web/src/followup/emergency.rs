//! `/followup/records/{id}/emergency`, `/followup/emergencies/{id}`: the record of handling an emergency (form 12), with its
//! clocks and checks.

use super::{
    Badge, FormPage,
    kept::{self, Kept},
    risk_badge, stands_in_the_way,
};
use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    due::minute,
    failure::Failure,
    form::{Control, Group, Kind, Posted},
    referral::words::code,
    session::Session,
    shell::Shell,
};
use app::{
    Error, Problem,
    followup::{
        self, View,
        emergency::{self, EmergencyFields, EmergencyStep, Shown},
    },
    id::Id,
    referral::unsent::discard as forget,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use jiff::Timestamp;
use rules::followup::{RiskGrade, desk::Deed, emergency::Duty};

const TRIGGERS: [&str; 4] = ["relapse", "harm_to_others", "self_harm", "drug_reaction"];
const OUTCOMES: [&str; 3] = ["on_site", "observation", "admission"];

/// Now, as a form of instants takes it.
fn local(at: Timestamp) -> String {
    rules::clock::china_time(at).strftime("%Y-%m-%dT%H:%M").to_string()
}

/// Whoever is in charge: the form.
pub(crate) async fn new(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let view = followup::show(&site.app, &session.scope, parsed(&id)?).await?;
    let posted = Posted(vec![("began_at".to_owned(), local(site.app.now()))]);
    if let Some((written, kept)) = kept::restored(&site, &session, &place(view.id), |_| true).await? {
        return page(&FormPage { kept, ..drawn(&session, &view, &written, &[], String::new()) });
    }
    page(&drawn(&session, &view, &posted, &[], String::new()))
}

/// The page on which the record of an emergency is begun.
fn place(record: Id) -> String {
    kept::place(record, "emergency")
}

fn drawn(session: &Session, view: &View, posted: &Posted, problems: &[Problem], refusal: String) -> FormPage {
    let language = session.language;
    let control = |kind, name: &str| {
        let value = posted.get(name).unwrap_or_default();
        Control::new(language, kind, name, &language.code("emergency_field", name)).with(value)
    };
    let options = |name: &str, kind: &str, codes: Vec<String>| {
        let chosen: Vec<&str> = posted.all(name).collect();
        let options = codes.into_iter().map(|code| (code.clone(), language.code(kind, &code))).collect();
        control(Kind::Radios, name).options(options, &chosen).required()
    };
    let heading = language.code("smd_deed", "emergency");
    let grades = RiskGrade::ALL.iter().map(|grade| grade.code().to_string()).collect();
    let mut began = control(Kind::Text, "began_at").required();
    began.help = language.text("smd_emergency.instant_help").into_owned();
    let controls = vec![
        options("trigger", "emergency_trigger", TRIGGERS.map(str::to_owned).to_vec()),
        began,
        options("risk", "followup_risk", grades),
        control(Kind::Long, "words").required(),
    ];
    let mut form = FormPage {
        kept: Kept::at(place(view.id)),
        shell: session.shell(&heading),
        about: view.name.clone(),
        help: language.code("smd_deed_help", "emergency"),
        to: format!("/followup/records/{}/emergency", view.id),
        back: format!("/followup/records/{}", view.id),
        version: view.version,
        hidden: Vec::new(),
        groups: vec![Group { legend: heading.clone(), controls }],
        told: Vec::new(),
        refusal,
        outlook: Vec::new(),
        badge: None,
        buttons: vec![("begin", heading.clone())],
        heading,
    };
    form.tell(language, problems);
    if !view.offers.contains(&Deed::Emergency) {
        form.close(language, posted.version().is_some());
    }
    form
}

/// Whoever is in charge: begins the record.
pub(crate) async fn begin(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(posted): Form<Posted>,
) -> Page {
    let id: Id = parsed(&id)?;
    let text = |name: &str| posted.get(name).unwrap_or_default().to_owned();
    let fields = EmergencyFields {
        trigger: text("trigger"),
        began_at: text("began_at"),
        risk: posted.get("risk").and_then(|risk| risk.parse().ok()),
        words: text("words"),
    };
    match emergency::begin(&site.app, &session.scope, id, &fields).await {
        Ok(emergency) => {
            forget(&site.app, &session.scope, &place(id)).await?;
            Ok(Redirect::to(&format!("/followup/emergencies/{emergency}")).into_response())
        }
        Err(error) => {
            let (problems, refusal) = stands_in_the_way(&session, error)?;
            let view = followup::show(&site.app, &session.scope, id).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn(&session, &view, &posted, &problems, refusal))
        }
    }
}

/// Something that is owed, with its clock.
struct DutyLine {
    what: String,
    by: String,
    late: bool,
}

/// A step that may be noted.
struct StepForm {
    step: &'static str,
    label: String,
    help: String,
    asks_outcome: bool,
    asks_stable: bool,
    /// What was typed into it, where it was refused.
    at: String,
    words: String,
}

struct WordLine {
    title: String,
    at: String,
    by: String,
    words: String,
}

#[derive(Template)]
#[template(path = "followup/emergency.html")]
struct EmergencyPage {
    shell: Shell,
    id: String,
    record: String,
    name: String,
    trigger: String,
    began: String,
    risk: Badge,
    closed: bool,
    duties: Vec<DutyLine>,
    steps: Vec<StepForm>,
    outcomes: Vec<(&'static str, String)>,
    words: Vec<WordLine>,
    checks: Vec<(String, bool)>,
    version: i64,
    /// The outcome that was chosen in a step that was refused, and why it was.
    outcome: String,
    problem: String,
}

/// Whoever has the record in scope: one emergency.
pub(crate) async fn show(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let shown = emergency::show(&site.app, &session.scope, parsed(&id)?).await?;
    page(&filled(&site, &session, shown, EmergencyStep::default(), String::new()).await?)
}

async fn filled(
    site: &Site,
    session: &Session,
    shown: Shown,
    typed: EmergencyStep,
    problem: String,
) -> Result<EmergencyPage, Failure> {
    let (language, now) = (session.language, site.app.now());
    let view = followup::heading(&site.app, &session.scope, shown.record).await?;
    let emergency = &shown.emergency;
    let line = |duty: &Duty| {
        let (code, by) = match duty {
            Duty::TellPolice => ("tell_police", None),
            Duty::Record { by, .. } => ("record", Some(*by)),
            Duty::Consent => ("consent", None),
            Duty::Check { by } => ("check", Some(*by)),
        };
        DutyLine {
            what: language.code("emergency_duty", code),
            by: by.map(minute).unwrap_or_default(),
            late: by.is_some_and(|by| by <= now),
        }
    };
    let steps = steps(site, session, &shown, &typed);
    let words = shown.words.iter().map(|word| WordLine {
        title: match word.step.as_str() {
            "" => language.text("smd_emergency.began").into_owned(),
            step => language.code("emergency_step", step),
        },
        at: minute(word.at),
        by: word.by.clone(),
        words: word.words.clone(),
    });
    let heading = language.code("smd_deed", "emergency");
    Ok(EmergencyPage {
        shell: session.shell(&heading),
        id: shown.id.to_string(),
        record: shown.record.to_string(),
        name: view.name,
        trigger: language.code("emergency_trigger", &code(&emergency.trigger)),
        began: minute(emergency.began),
        risk: risk_badge(language, Some(emergency.risk)),
        closed: shown.closed_at.is_some(),
        duties: shown.duties.iter().map(line).collect(),
        steps,
        outcomes: OUTCOMES.map(|code| (code, language.code("emergency_outcome", code))).to_vec(),
        words: words.collect(),
        checks: emergency.checks.iter().map(|check| (minute(check.at), check.stable)).collect(),
        version: shown.version,
        outcome: typed.outcome,
        problem,
    })
}

/// The steps that may still be noted, in their order, with what was typed into one that was refused.
fn steps(site: &Site, session: &Session, shown: &Shown, typed: &EmergencyStep) -> Vec<StepForm> {
    let (language, now, emergency) = (session.language, site.app.now(), &shown.emergency);
    let rules = site.app.tables.followup.in_force(rules::clock::china_date(now));
    let done = |step: &str| match step {
        "handled" => emergency.handled.is_some(),
        "recorded" => emergency.recorded.is_some(),
        "consented" => emergency.consented.is_some(),
        "police_told" => emergency.police_told.is_some(),
        _ => emergency.next_check(rules).is_none(),
    };
    emergency::STEPS
        .iter()
        .filter(|step| shown.may_act && !done(step))
        .map(|step| StepForm {
            step,
            label: language.code("emergency_step", step),
            help: language.code("emergency_step_help", step),
            asks_outcome: *step == "handled",
            asks_stable: *step == "check",
            at: if typed.step == *step { typed.at.clone() } else { local(now) },
            words: if typed.step == *step { typed.words.clone() } else { String::new() },
        })
        .collect()
}

/// Whoever is in charge: notes what was done.
pub(crate) async fn act(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(posted): Form<Posted>,
) -> Page {
    let id: Id = parsed(&id)?;
    let text = |name: &str| posted.get(name).unwrap_or_default().to_owned();
    let fields = EmergencyStep {
        step: text("step"),
        version: posted.version(),
        at: text("at"),
        outcome: text("outcome"),
        stable: posted.get("stable").map(|stable| stable == "true"),
        words: text("words"),
    };
    match emergency::act(&site.app, &session.scope, id, &fields).await {
        Ok(_) => Ok(Redirect::to(&format!("/followup/emergencies/{id}")).into_response()),
        Err(error @ (Error::NotFound | Error::Forbidden)) => Err(error.into()),
        Err(error) => {
            let (problems, refusal) = stands_in_the_way(&session, error)?;
            let language = session.language;
            let told = problems.iter().map(|problem| {
                let field = language.code("emergency_field", &problem.field);
                language.pair(&field, &super::problem_text(language, problem))
            });
            let problem = if refusal.is_empty() { told.collect::<Vec<_>>().join(" ") } else { refusal };
            let shown = emergency::show(&site.app, &session.scope, id).await?;
            let drawn = filled(&site, &session, shown, fields, problem).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn)
        }
    }
}
