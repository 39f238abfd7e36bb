//! `/cases/{id}/refer`: the institutions that fit, best first and why; the person's wish decides.

use super::{act::meanwhile, known::Known, timeline, words};
use crate::{
    Site,
    address::parsed,
    answer::{Page, page as plain, page_with},
    division,
    failure::Failure,
    form::{Control, Kind, Posted, Told},
    session::Session,
    shell::Shell,
};
use app::{
    Error, Problem,
    id::Id,
    referral::{self as cases, CaseView, Order, Written, directory},
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::{
    form::FormCode,
    referral::{Command, CommandName, Criterion, Point},
};
use serde_json::Value as Json;
use uuid::Uuid;

struct Candidate {
    id: String,
    name: String,
    place: String,
    places: String,
    services: String,
    why: Vec<String>,
    wished: bool,
    chosen: bool,
    then: String,
}

struct Excluded {
    name: String,
    why: String,
}

#[derive(Template)]
#[template(path = "referral/choose.html")]
struct ChoosePage {
    shell: Shell,
    id: String,
    who: String,
    about: String,
    package: Vec<String>,
    version: i64,
    candidates: Vec<Candidate>,
    excluded: Vec<Excluded>,
    reason: Control,
    sender: Control,
    asked: bool,
    told: Vec<Told>,
    refusal: String,
    blocked: bool,
    meanwhile: Vec<timeline::Happened>,
}

#[derive(Default)]
struct Again<'a> {
    posted: Option<&'a Posted>,
    problems: Vec<Problem>,
    refusal: String,
    meanwhile: Vec<timeline::Happened>,
}

/// Referral worker and civil affairs: the choice.
pub(crate) async fn show(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let id = parsed(&id)?;
    let view = cases::view(&site.app, &session.scope, id).await?;
    plain(&draw(&site, &session, id, &view, Again::default()).await?)
}

async fn draw(
    site: &Site,
    session: &Session,
    id: Id,
    view: &CaseView,
    again: Again<'_>,
) -> Result<ChoosePage, Failure> {
    let (app, language) = (&site.app, session.language);
    let list = cases::shortlist(app, &session.scope, id).await?;
    let ids: Vec<Uuid> = list
        .candidates
        .iter()
        .map(|candidate| candidate.institution)
        .chain(list.excluded.iter().map(|excluded| excluded.institution))
        .collect();
    let places = directory::places(app, &ids).await?;
    let name = |id: Uuid| places.get(&id).map(|place| place.name.clone()).unwrap_or_default();
    let offers = cases::actions(app, &session.scope, id).await?;
    let offer = offers.iter().find(|offer| offer.command == CommandName::Refer);
    let blocked = match offer {
        Some(offer) => offer.refusal.as_ref().map(|why| words::refusal(session, app, why)),
        None => {
            let state = language.code("state", &view.row.state);
            Some(language.refusal("case_refusal", "wrong_state", &[("state", &state)]))
        }
    };
    let first = list.candidates.first().map(|candidate| candidate.institution.to_string());
    let sent = |name: &str| again.posted.and_then(|posted| posted.get(name));
    let chosen = sent("institution").map(str::to_owned).or(first).unwrap_or_default();
    let candidates = list.candidates.iter().map(|candidate| {
        let id = candidate.institution.to_string();
        let place = places.get(&candidate.institution);
        let wished = candidate.points.iter().any(|p| p.criterion == Criterion::Preference && p.points > 0);
        Candidate {
            name: name(candidate.institution),
            place: place.map(|place| division::short(app, place.division)).unwrap_or_default(),
            places: place
                .map(|place| format!("{} / {}", place.free.max(0), place.contracted))
                .unwrap_or_default(),
            services: place.map(|place| services(site, session, &place.services)).unwrap_or_default(),
            why: candidate.points.iter().filter_map(|point| why(session, point)).collect(),
            wished,
            chosen: chosen == id,
            then: sent(&format!("then.{id}")).unwrap_or_default().to_owned(),
            id,
        }
    });
    let reason = |excluded: &rules::referral::Excluded| {
        let mut refusal = excluded.why.by("T8");
        if let Some(until) = excluded.until {
            refusal = refusal.with("until", until);
        }
        Excluded { name: name(excluded.institution), why: words::refusal(session, app, &refusal) }
    };
    let (reason_control, sender) = slip_controls(session, &again);
    let mut told: Vec<Told> = [&reason_control, &sender]
        .into_iter()
        .filter(|control| !control.problem.is_empty())
        .map(|control| Told { at: control.id(), text: format!("{} · {}", control.label, control.problem) })
        .collect();
    for problem in again.problems.iter().filter(|problem| problem.field == "institution") {
        told.push(Told { at: "candidates".to_owned(), text: language.code("form_problem", &problem.code) });
    }
    Ok(ChoosePage {
        shell: session.shell(&language.text("choose.title")),
        id: id.to_string(),
        who: words::who(language, &view.row),
        about: words::about(app, language, &view.row),
        package: words::package(app, language, &view.case),
        version: view.row.version,
        candidates: candidates.collect(),
        excluded: list.excluded.iter().map(reason).collect(),
        reason: reason_control,
        sender,
        asked: sent("person_asked").is_some(),
        told,
        blocked: blocked.is_some() && again.posted.is_none(),
        refusal: if again.refusal.is_empty() { blocked.unwrap_or_default() } else { again.refusal },
        meanwhile: again.meanwhile,
    })
}

/// What the slip needs and nobody knows yet: why, and the sender's signature.
fn slip_controls(session: &Session, again: &Again<'_>) -> (Control, Control) {
    let language = session.language;
    let problem = |name: &str| {
        let found = again.problems.iter().find(|problem| problem.field == name);
        found.map(|problem| language.code("form_problem", &problem.code)).unwrap_or_default()
    };
    let sent = |name: &str| again.posted.and_then(|posted| posted.get(name)).map(str::to_owned);
    let mut reason =
        Control::new(language, Kind::Long, "F3.reason", &language.text("choose.reason")).required();
    reason.value = sent("F3.reason").unwrap_or_else(|| language.text("choose.reason_usual").into_owned());
    reason.problem = problem("F3.reason");
    let mut sender =
        Control::new(language, Kind::Signature, "F3.sender", &language.text("choose.sender")).required();
    sender.value = sent("F3.sender").unwrap_or_else(|| session.account.name.clone());
    sender.ticked = sent("F3.sender.tick").is_some();
    sender.problem = problem("F3.sender");
    (reason, sender)
}

fn services(site: &Site, session: &Session, codes: &Json) -> String {
    let codes = codes.as_array().into_iter().flatten().filter_map(Json::as_str);
    let names: Vec<String> = codes.map(|code| words::service(&site.app, session.language, code)).collect();
    names.join(session.language.text("form.comma").as_ref())
}

/// A point of the ranking in words; what gave no points is not said.
fn why(session: &Session, point: &Point) -> Option<String> {
    if point.points <= 0 {
        return None;
    }
    let code = words::code(&point.criterion);
    let key = match point.criterion {
        Criterion::Distance => format!("criterion.distance_{}", point.value),
        _ => format!("criterion.{code}"),
    };
    Some(session.language.with(&key, &[("value", &point.value.to_string())]))
}

/// Referral worker and civil affairs: offers the case.
pub(crate) async fn refer(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(posted): Form<Posted>,
) -> Page {
    let id = parsed(&id)?;
    let view = cases::view(&site.app, &session.scope, id).await?;
    let outcome = match order(&site, &session, id, &view, &posted).await {
        Ok(order) => cases::perform(&site.app, &session.scope, Some(id), &order).await,
        Err(error) => Err(error),
    };
    let mut again = Again { posted: Some(&posted), ..Again::default() };
    let status = match outcome {
        Ok(_) => return Ok(Redirect::to(&format!("/cases/{id}?done=refer")).into_response()),
        Err(Error::Invalid(problems)) => {
            again.problems = problems;
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Err(Error::Refused(refusal)) => {
            again.refusal = words::refusal(&session, &site.app, &refusal);
            StatusCode::CONFLICT
        }
        Err(Error::Changed { expected, .. }) => {
            again.meanwhile = meanwhile(&site, &session, id, expected).await?;
            StatusCode::CONFLICT
        }
        Err(other) => return Err(other.into()),
    };
    page_with(status, &draw(&site, &session, id, &view, again).await?)
}

/// The command with its slip F3, which is filled from the case.
async fn order(
    site: &Site,
    session: &Session,
    id: Id,
    view: &CaseView,
    posted: &Posted,
) -> Result<Order, Error> {
    let app = &site.app;
    let chosen: Option<Uuid> = posted.get("institution").and_then(|text| text.parse().ok());
    let institution = chosen.ok_or_else(|| Error::invalid("institution", "required"))?;
    let forms = cases::forms(app, &session.scope, id).await?;
    let known = Known {
        app,
        session,
        view,
        forms: &forms,
        institution: String::new(),
        care: None,
        shared: app::followup::ForCase::default(),
    };
    let mut slip = known.beginning(FormCode::F3);
    let definition = app.tables.form(FormCode::F3)?;
    let written = posted.form(definition, "F3");
    for key in ["reason", "sender"] {
        if let Some(value) = written.get(key) {
            slip.insert(key.to_owned(), value.clone());
        }
    }
    // Who may not open the application learns nothing of it here: the slip is filled in behind the page.
    if !slip.contains_key("disorder_group")
        && let Some(group) = cases::slip_disorder(app, &session.scope, id).await?
    {
        slip.insert("disorder_group".to_owned(), group.into());
    }
    let name = directory::organisation_names(app, &[institution]).await?.remove(&institution);
    slip.insert("to_organisation".to_owned(), name.unwrap_or_default().into());
    let today = rules::clock::china_date(app.now());
    let problems = super::act::checked(definition, "F3", &slip, today);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let command = Command::Refer {
        institution,
        person_asked: posted.get("person_asked").is_some(),
        agreed_order: agreed_order(posted, institution),
    };
    let expected = posted.version();
    Ok(Order { command, forms: vec![Written::new(app, FormCode::F3, slip, id)], expected })
}

/// The institutions in the order that the person agreed to; the chosen one is the first.
fn agreed_order(posted: &Posted, first: Uuid) -> Vec<Uuid> {
    let ranked = posted.0.iter().filter_map(|(name, rank)| {
        let id: Uuid = name.strip_prefix("then.")?.parse().ok()?;
        Some((rank.trim().parse::<u16>().ok()?, id))
    });
    let mut ranked: Vec<(u16, Uuid)> = ranked.filter(|(_, id)| *id != first).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    std::iter::once(first).chain(ranked.into_iter().map(|(_, id)| id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_one_leads_the_order_agreed_to() {
        let [a, b, c] = [1, 2, 3].map(Uuid::from_u128);
        let pairs = [(b, "3"), (c, "2"), (a, "1")].map(|(id, rank)| (format!("then.{id}"), rank.to_owned()));
        assert_eq!(agreed_order(&Posted(pairs.to_vec()), a), [a, c, b]);
        assert_eq!(agreed_order(&Posted::default(), a), [a]);
    }
}
