//! `/followup/records/{id}/do/{step}`: a step of the register on a form of its own.

use super::{FormPage, kept::Kept, sheet::DEATH_CAUSES, stands_in_the_way};
use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    failure::Failure,
    form::{Control, Group, Kind, Posted},
    session::Session,
};
use app::{
    Error, Problem,
    followup::{self, StepFields, View},
    id::Id,
};
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use jiff::civil::Date;
use rules::followup::{desk::Deed, owed::What, visit::LostReason};

/// Whoever takes the step: its form.
pub(crate) async fn show(
    State(site): State<Site>,
    session: Session,
    Path((id, step)): Path<(String, String)>,
) -> Page {
    let view = followup::show(&site.app, &session.scope, parsed(&id)?).await?;
    let deed = deed(&step)?;
    page(&drawn(&site, &session, &view, deed, &Posted::default(), &[], String::new()).await?)
}

fn deed(step: &str) -> Result<Deed, Error> {
    Deed::of_code(step).filter(|deed| !matches!(deed, Deed::Visit | Deed::Emergency)).ok_or(Error::NotFound)
}

async fn drawn(
    site: &Site,
    session: &Session,
    view: &View,
    deed: Deed,
    posted: &Posted,
    problems: &[Problem],
    refusal: String,
) -> Result<FormPage, Failure> {
    let language = session.language;
    let heading = language.code("smd_deed", deed.code());
    let controls = controls(site, session, view, deed, posted).await?;
    let mut form = FormPage {
        kept: Kept::default(),
        shell: session.shell(&heading),
        about: view.name.clone(),
        help: language.code("smd_deed_help", deed.code()),
        to: format!("/followup/records/{}/do/{}", view.id, deed.code()),
        back: format!("/followup/records/{}", view.id),
        version: view.version,
        hidden: Vec::new(),
        groups: vec![Group { legend: heading.clone(), controls }],
        told: Vec::new(),
        refusal,
        outlook: Vec::new(),
        badge: None,
        buttons: vec![("step", heading.clone())],
        heading,
    };
    form.tell(language, problems);
    if !view.offers.contains(&deed) {
        form.close(language, posted.version().is_some());
    }
    Ok(form)
}

async fn controls(
    site: &Site,
    session: &Session,
    view: &View,
    deed: Deed,
    posted: &Posted,
) -> Result<Vec<Control>, Error> {
    let language = session.language;
    let control = |kind, name: &str| {
        let value = posted.get(name).unwrap_or_default();
        Control::new(language, kind, name, &language.code("smd_field", name)).with(value)
    };
    let list = |name: &str, options: Vec<(String, String)>| {
        let chosen: Vec<&str> = posted.all(name).collect();
        control(Kind::List, name).options(options, &chosen)
    };
    let words = |kind: &str, codes: Vec<String>| {
        codes.into_iter().map(|code| (code.clone(), language.code(kind, &code))).collect::<Vec<_>>()
    };
    let mut on = control(Kind::Date, "on").required();
    if on.value.is_empty() {
        let today = rules::clock::china_date(site.app.now());
        on.value = told_on(view, deed).unwrap_or(today).to_string();
    }
    let mut controls = vec![on];
    match deed {
        Deed::Review | Deed::Report => {
            controls.push(list("disorder", disorders(language)?));
            controls.push(control(Kind::Date, "diagnosed_on"));
            controls.push(control(Kind::Text, "hospital"));
        }
        Deed::Lose => {
            let reasons = LostReason::ALL.iter().map(|reason| reason.code().to_string()).collect();
            controls.push(list("lost", words("visit_lost", reasons)).required());
        }
        Deed::MoveOut => {
            let there = followup::primary_care(&site.app, &session.scope).await?;
            let own = view.record.in_charge;
            let options = there.into_iter().filter(|(id, ..)| id.0 != own);
            controls.push(list("to", options.map(|(id, name, _)| (id.to_string(), name)).collect()));
            let mut abroad = control(Kind::Tick, "abroad");
            abroad.ticked = posted.get("abroad").is_some();
            controls.push(abroad);
        }
        Deed::Die => {
            let causes = DEATH_CAUSES.map(str::to_owned).to_vec();
            controls.push(list("death_cause", words("death_cause", causes)).required());
            controls.push(control(Kind::Text, "death_source").required());
        }
        _ => {}
    }
    let mut note = control(Kind::Long, "note");
    note.required = followup::IN_WORDS.contains(&deed);
    controls.push(note);
    Ok(controls)
}

/// The day of an admission or discharge that a case told of.
fn told_on(view: &View, deed: Deed) -> Option<Date> {
    let what = match deed {
        Deed::Admit => What::Admission,
        Deed::Discharge => What::Discharge,
        _ => return None,
    };
    view.owed.iter().find(|owed| owed.what == what).map(|owed| owed.from)
}

/// Groups of disorders to choose from.
pub(crate) fn disorders(language: crate::language::Language) -> Result<Vec<(String, String)>, Error> {
    let table = app::catalogue::disorders()?;
    Ok(table.groups.iter().map(|group| (group.code.clone(), language.of(&group.zh, &group.en))).collect())
}

/// Whoever takes the step: takes it upon the version that the page showed.
pub(crate) async fn take(
    State(site): State<Site>,
    session: Session,
    Path((id, step)): Path<(String, String)>,
    Form(posted): Form<Posted>,
) -> Page {
    let id: Id = parsed(&id)?;
    let deed = deed(&step)?;
    let outcome = match fields(&posted, deed) {
        Ok(fields) => followup::take(&site.app, &session.scope, id, &fields).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match outcome {
        Ok(_) => {
            // Whoever declined or excluded a record may no longer see it.
            let path = match followup::sees(&site.app, &session.scope, id).await? {
                true => format!("/followup/records/{id}?done=step"),
                false => "/followup".to_owned(),
            };
            Ok(Redirect::to(&path).into_response())
        }
        Err(error) => {
            let (problems, refusal) = stands_in_the_way(&session, error)?;
            let view = followup::show(&site.app, &session.scope, id).await?;
            let form = drawn(&site, &session, &view, deed, &posted, &problems, refusal).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &form)
        }
    }
}

fn fields(posted: &Posted, deed: Deed) -> Result<StepFields, Vec<Problem>> {
    let text = |name: &str| posted.get(name).unwrap_or_default().to_owned();
    let to = match posted.get("to") {
        None => None,
        Some(id) => match id.parse() {
            Ok(id) => Some(id),
            Err(_) => return Err(vec![Problem::new("to", "unknown_choice")]),
        },
    };
    Ok(StepFields {
        step: deed.code().to_owned(),
        version: posted.version(),
        on: text("on"),
        note: text("note"),
        lost: posted.get("lost").and_then(|code| code.parse().ok()),
        to,
        abroad: posted.get("abroad").is_some(),
        death_cause: text("death_cause"),
        death_source: text("death_source"),
        disorder: text("disorder"),
        diagnosed_on: text("diagnosed_on"),
        hospital: text("hospital"),
    })
}
