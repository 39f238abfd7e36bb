//! `/followup/records/{id}/visit`: the record of a visit (form 8), with class and next day shown before it is saved;
//! `/followup/visits/{id}`: a visit as it was recorded, and voiding it.

use super::{
    Badge, FormPage, class_badge,
    kept::{self, Kept},
    risk_badge, rule_text, sheet, stands_in_the_way,
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
    Error, Problem,
    followup::{self, Outlook, Seen, Sent, View, VisitFields},
    id::Id,
    referral::unsent::discard as forget,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use jiff::Timestamp;
use rules::followup::{RiskGrade, desk::Deed};
use serde::Deserialize;
use uuid::Uuid;

/// The voided visit that a new one corrects.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    instead_of: String,
}

/// Whoever is in charge: the form, with what was last time typed already.
pub(crate) async fn new(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let (app, scope) = (&site.app, &session.scope);
    let id: Id = parsed(&id)?;
    let view = followup::show(app, scope, id).await?;
    let instead_of: Option<Id> = asked.instead_of.parse().ok();
    let visits = followup::visits(app, scope, id, None).await?;
    let mut fields = match instead_of.and_then(|id| visits.iter().find(|visit| visit.id == id)) {
        Some(wrong) => VisitFields::of(&wrong.visit),
        None => {
            let last = visits.iter().find(|visit| visit.reached && visit.voided.is_none());
            let carried = last.map(|last| VisitFields::of(&last.visit).carried()).unwrap_or_default();
            VisitFields { on: Some(rules::clock::china_date(app.now())), ..carried }
        }
    };
    fields.doctor = scope.name.clone();
    // Class and next day follow from what is found; they are typed only where the doctor decides otherwise.
    fields.class = None;
    fields.next_on = None;
    let mut posted = sheet::typed(&fields);
    posted.0.push(("visit".to_owned(), Uuid::new_v4().to_string()));
    if let Some(instead_of) = instead_of {
        posted.0.push(("instead_of".to_owned(), instead_of.to_string()));
    }
    // What was written before and not recorded stands on the page again, unless it was recorded after all while the line broke.
    let sent = |posted: &Posted| posted.get("visit").and_then(|sent| sent.parse().ok());
    let recorded = |posted: &Posted| {
        sent(posted).is_some_and(|sent| visits.iter().any(|one| one.id == followup::adopted(id, sent)))
    };
    let same = |posted: &Posted| posted.get("instead_of").unwrap_or_default() == asked.instead_of;
    let ours = |posted: &Posted| !recorded(posted) && same(posted);
    if let Some((written, kept)) = kept::restored(&site, &session, &place(id), ours).await? {
        return page(&FormPage { kept, ..drawn(&site, &session, &view, &written, None, &[], String::new()) });
    }
    page(&drawn(&site, &session, &view, &posted, None, &[], String::new()))
}

/// The page on which a visit of a record is written, which is where what was not recorded yet is kept.
fn place(record: Id) -> String {
    kept::place(record, "visit")
}

fn drawn(
    site: &Site,
    session: &Session,
    view: &View,
    posted: &Posted,
    outlook: Option<&Outlook>,
    problems: &[Problem],
    refusal: String,
) -> FormPage {
    let language = session.language;
    let heading = language.text("visit.title").into_owned();
    let look = ("look", language.text("visit.look").into_owned());
    let save = ("save", language.text("visit.save").into_owned());
    let ready = outlook.is_some_and(|outlook| outlook.problems.is_empty());
    let value = |name: &str| posted.get(name).unwrap_or_default().to_owned();
    let mut form = FormPage {
        kept: Kept::at(place(view.id)),
        shell: session.shell(&heading),
        about: view.name.clone(),
        help: language.text("visit.help").into_owned(),
        to: format!("/followup/records/{}/visit", view.id),
        back: format!("/followup/records/{}", view.id),
        version: view.version,
        hidden: vec![("visit", value("visit")), ("instead_of", value("instead_of"))],
        groups: sheet::groups(language, posted),
        told: Vec::new(),
        refusal,
        outlook: outlook.map(|outlook| told(site, session, outlook)).unwrap_or_default(),
        badge: outlook.and_then(|outlook| outlook.class).map(|class| class_badge(language, Some(class))),
        buttons: if ready { vec![save, look] } else { vec![look] },
        heading,
    };
    form.tell(language, problems);
    if !view.offers.contains(&Deed::Visit) {
        form.close(language, posted.version().is_some());
    }
    form
}

/// What the rules make of a form, in words.
fn told(site: &Site, session: &Session, outlook: &Outlook) -> Vec<(String, String)> {
    let language = session.language;
    let text = |key: &str| language.text(key).into_owned();
    let mut rows = Vec::new();
    let graded = |grade: RiskGrade| language.code("followup_risk", &grade.code().to_string());
    if let Some(assessed) = outlook.assessed {
        rows.push((text("visit.by_incidents"), graded(assessed)));
    }
    if let Some(least) = outlook.counts_ask {
        rows.push((text("visit.by_counts"), graded(least)));
    }
    if let Some(computed) = outlook.computed {
        let class = language.code("followup_class", &computed.class.code().to_string());
        let rule = computed.rule.code();
        rows.push((
            text("visit.by_table"),
            format!("{class} · {rule} {}", language.code("followup_rule", rule)),
        ));
    }
    if let Some(course) = outlook.course {
        rows.push((text("visit.action"), language.code("followup_course", course.entry())));
    }
    if let Some(latest) = outlook.latest {
        let entry = outlook.course.map_or("retry", rules::followup::next_visit::Course::entry);
        rows.push((text("visit.latest"), format!("{latest} · {}", rule_text(site, language, entry))));
    }
    for step in &outlook.steps {
        rows.push((text("visit.follows"), language.code("smd_event", step.code())));
    }
    rows
}

/// Whoever is in charge: what the rules make of it, or the visit saved.
pub(crate) async fn save(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(posted): Form<Posted>,
) -> Page {
    let id: Id = parsed(&id)?;
    let view = followup::show(&site.app, &session.scope, id).await?;
    if posted.get("more").is_some() {
        return page(&drawn(&site, &session, &view, &posted, None, &[], String::new()));
    }
    let wrong = |problems: &[Problem], outlook: Option<&Outlook>, refusal: String| {
        let form = drawn(&site, &session, &view, &posted, outlook, problems, refusal);
        page_with(StatusCode::UNPROCESSABLE_ENTITY, &form)
    };
    let fields = match sheet::fields(&posted) {
        Ok(fields) => fields,
        Err(problems) => return wrong(&problems, None, String::new()),
    };
    if posted.get("do") != Some("save") {
        return match followup::outlook(&site.app, &session.scope, id, &fields).await {
            Ok(outlook) if outlook.problems.is_empty() => {
                page(&drawn(&site, &session, &view, &posted, Some(&outlook), &[], String::new()))
            }
            Ok(outlook) => wrong(&outlook.problems, Some(&outlook), String::new()),
            Err(error) => {
                let (problems, refusal) = stands_in_the_way(&session, error)?;
                wrong(&problems, None, refusal)
            }
        };
    }
    let sent = Sent {
        record: id,
        id: posted.get("visit").and_then(|id| id.parse().ok()).unwrap_or_else(Uuid::new_v4),
        base: posted.version(),
        replaces: posted.get("instead_of").and_then(|id| id.parse().ok()),
        fields,
    };
    match followup::record(&site.app, &session.scope, &sent).await {
        Ok(_) => {
            forget(&site.app, &session.scope, &place(id)).await?;
            Ok(Redirect::to(&format!("/followup/records/{id}?done=visit")).into_response())
        }
        Err(error) => {
            let (problems, refusal) = stands_in_the_way(&session, error)?;
            wrong(&problems, None, refusal)
        }
    }
}

#[derive(Template)]
#[template(path = "followup/visit.html")]
struct VisitPage {
    shell: Shell,
    id: String,
    record: String,
    name: String,
    on: String,
    class: Badge,
    risk: Badge,
    rule: String,
    next: String,
    next_rule: String,
    face_to_face: String,
    by: String,
    voided: String,
    replaces: String,
    may_void: bool,
    may_correct: bool,
    parts: Vec<(String, Vec<(String, String)>)>,
    reason: String,
    problem: String,
}

/// Whoever has the record in scope: one visit as it was recorded.
pub(crate) async fn show(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let seen = followup::look(&site.app, &session.scope, parsed(&id)?).await?;
    page(&shown(&site, &session, &seen, String::new(), String::new()).await?)
}

/// That a visit was voided, when, by whom and why.
pub(super) fn voided(language: Language, seen: &Seen) -> Option<String> {
    let words = |(at, by, reason): &(Timestamp, String, String)| {
        language.with("visit.voided_by", &[("at", &minute(*at)), ("by", by), ("reason", reason)])
    };
    seen.voided.as_ref().map(words)
}

async fn shown(
    site: &Site,
    session: &Session,
    seen: &Seen,
    reason: String,
    problem: String,
) -> Result<VisitPage, Failure> {
    let language = session.language;
    let view = followup::heading(&site.app, &session.scope, seen.record).await?;
    let visit = &seen.visit;
    let rule = seen.rule.as_deref().unwrap_or_default();
    let voided = voided(language, seen);
    let met = if seen.face_to_face { "visit.face_to_face" } else { "visit.not_face_to_face" };
    let heading = language.with("visit.of_day", &[("day", &visit.on.to_string())]);
    Ok(VisitPage {
        shell: session.shell(&heading),
        id: seen.id.to_string(),
        record: seen.record.to_string(),
        name: view.name,
        on: heading,
        class: class_badge(language, seen.class),
        risk: risk_badge(language, seen.risk),
        rule: if rule.is_empty() {
            String::new()
        } else {
            format!("{rule} {}", language.code("followup_rule", rule))
        },
        next: visit.next_on.map(|day| day.to_string()).unwrap_or_default(),
        next_rule: seen.term.as_deref().map(|term| rule_text(site, language, term)).unwrap_or_default(),
        face_to_face: language.text(met).into_owned(),
        by: format!("{} · {}", seen.by, minute(seen.at)),
        may_correct: voided.is_some() && view.offers.contains(&Deed::Visit),
        voided: voided.unwrap_or_default(),
        replaces: seen.replaces.map(|id| id.to_string()).unwrap_or_default(),
        may_void: seen.may_void,
        parts: sheet::lines(language, &VisitFields::of(visit)),
        reason,
        problem,
    })
}

/// Why a visit is voided.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct VoidEntry {
    reason: String,
}

/// Whoever is in charge: voids a visit that was wrong.
pub(crate) async fn void(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(entry): Form<VoidEntry>,
) -> Page {
    let id: Id = parsed(&id)?;
    match followup::void(&site.app, &session.scope, id, &entry.reason).await {
        Ok(record) => Ok(Redirect::to(&format!("/followup/records/{record}?done=voided")).into_response()),
        Err(error @ (Error::NotFound | Error::Forbidden)) => Err(error.into()),
        Err(error) => {
            let (problems, refusal) = stands_in_the_way(&session, error)?;
            let told: Vec<String> =
                problems.iter().map(|problem| super::problem_text(session.language, problem)).collect();
            let problem = if refusal.is_empty() { told.join(" ") } else { refusal };
            let seen = followup::look(&site.app, &session.scope, id).await?;
            let drawn = shown(&site, &session, &seen, entry.reason, problem).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn)
        }
    }
}
