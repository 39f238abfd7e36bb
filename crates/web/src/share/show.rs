//! `/shares/{id}`: one share with its assessments and its history, and what may be done with it.

use super::{EntryForm, Line, basis, entry_form, entry_of, kinds, line, refused};
use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    due::minute,
    failure::Failure,
    language::Language,
    library::{Fields, refusal_text},
    session::Session,
    shell::Shell,
};
use app::{
    Error,
    id::Id,
    share::{self, AssessmentEntry, AssessmentRow, Past, Share, ShareEntry, Whole},
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
    clock::china_date,
    share::{Conclusion, State as Stand},
};
use serde::Deserialize;

struct AssessmentView {
    number: String,
    facts: Vec<(String, String)>,
}

struct PastView {
    at: String,
    what: String,
    who: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "share/show.html")]
struct ShowPage {
    shell: Shell,
    line: Line,
    version: i64,
    done: String,
    problems: Vec<String>,
    facts: Vec<(String, String)>,
    /// What stands in the way of opening; empty where nothing does.
    obstacle: String,
    /// Somebody proposed to open it and a second person is to confirm.
    proposed: bool,
    proposes: bool,
    confirms: bool,
    suspends: bool,
    writes: bool,
    assessments: Vec<AssessmentView>,
    conclusions: Vec<(&'static str, String)>,
    assessment: AssessmentEntry,
    assessment_hint: String,
    form: EntryForm,
    past: Vec<PastView>,
}

/// What the page is told by the one before.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    done: String,
}

/// What was typed before it was refused.
#[derive(Default)]
struct Typed {
    share: Option<ShareEntry>,
    assessment: AssessmentEntry,
}

/// Civil affairs, supervisors: one share.
pub(crate) async fn show(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    page(&draw(&site, &session, parsed(&id)?, (Typed::default(), Vec::new()), &asked.done).await?)
}

async fn draw(
    site: &Site,
    session: &Session,
    id: Id,
    (typed, problems): (Typed, Vec<String>),
    done: &str,
) -> Result<ShowPage, Failure> {
    let (language, role) = (session.language, session.scope.role);
    let whole = share::show(&site.app, &session.scope, id).await?;
    let (rule, today, terms) = (&site.app.tables.shares, china_date(site.app.now()), whole.share.terms());
    let closed = matches!(whole.share.state, Stand::Drafted | Stand::Suspended);
    let obstacle = rule.may_leave(&terms, today).err().filter(|_| closed);
    let standing = whole.share.state != Stand::Ended;
    let writes = role.may(Deed::Change, Subject::Share) && standing;
    let known = EVENTS.into_iter().find(|known| *known == done);
    let months = rule.review_months.to_string();
    let entry = typed.share.unwrap_or_else(|| entry(&whole.share));
    Ok(ShowPage {
        shell: session.shell(&whole.share.recipient_name),
        line: line(site, language, &whole.share),
        version: whole.share.version,
        done: known.map(|known| language.code("share_event", known)).unwrap_or_default(),
        problems,
        facts: facts(site, language, &whole),
        proposed: whole.share.proposed_by.is_some() && closed,
        proposes: writes && closed && obstacle.is_none() && whole.share.proposed_by.is_none(),
        confirms: role.may(Deed::Change, Subject::ShareDecision)
            && rule.confirm(&terms, session.scope.account.0, today).is_ok(),
        obstacle: obstacle.map(|refusal| refusal_text(language, &refusal)).unwrap_or_default(),
        suspends: writes && whole.share.state == Stand::Open,
        writes,
        assessments: whole.assessments.iter().map(|one| assessment(language, one)).collect(),
        conclusions: Conclusion::ALL
            .map(|c| (c.code(), language.code("share_conclusion", c.code())))
            .to_vec(),
        assessment: typed.assessment,
        assessment_hint: language.with("share.assessment_hint", &[("months", &months)]),
        form: entry_form(site, language, &entry),
        past: whole.past.iter().map(|one| past(language, one)).collect(),
    })
}

/// What can have been done.
const EVENTS: [&str; 7] = ["drafted", "changed", "assessed", "proposed", "opened", "suspended", "ended"];

fn entry(share: &Share) -> ShareEntry {
    ShareEntry {
        recipient: share.recipient.to_string(),
        basis: share.basis.clone(),
        kinds: share.kinds.iter().map(|kind| kind.code().to_owned()).collect(),
        agreement: share.agreement.clone(),
        agreed_on: share.agreed_on.map(|day| day.to_string()).unwrap_or_default(),
    }
}

fn facts(site: &Site, language: Language, whole: &Whole) -> Vec<(String, String)> {
    let share = &whole.share;
    let none = || language.text("share.none").into_owned();
    let agreement = match share.agreed_on {
        Some(day) => format!("{} · {day}", share.agreement),
        None => none(),
    };
    let opened = share.opened_at.map_or_else(none, minute);
    let years = site.app.tables.shares.keep_years.to_string();
    let receipt = share.receipt_at.map_or_else(none, |at| {
        let number = share.receipt_number.to_string();
        language.with("share.receipt_at", &[("number", &number), ("at", &minute(at))])
    });
    [
        ("share_field.recipient", share.recipient_name.clone()),
        ("share_field.basis", basis(site, language, &share.basis)),
        ("share_field.kinds", kinds(language, &share.kinds)),
        ("share_field.agreement", agreement),
        ("share.opened", opened),
        ("share.last_read", share.read_at.map_or_else(none, minute)),
        ("share.receipt", receipt),
        ("share.subjects", whole.subjects.to_string()),
        ("share.kept", language.with("share.keep_years", &[("years", &years)])),
    ]
    .into_iter()
    .map(|(key, value)| (language.text(key).into_owned(), value))
    .collect()
}

fn assessment(language: Language, one: &AssessmentRow) -> AssessmentView {
    let facts = [
        ("share_field.conclusion", language.code("share_conclusion", one.conclusion.code())),
        ("share_field.concluded_on", one.concluded_on.to_string()),
        ("share_field.concluded_by", one.concluded_by.clone()),
        ("share_field.kinds", kinds(language, &one.kinds)),
        ("share_field.measures", one.measures.clone()),
        ("share_field.review_due_on", one.review_due_on.to_string()),
        ("share.recorded", format!("{} · {}", one.recorded_by, minute(one.recorded_at))),
    ];
    let facts = facts.into_iter().map(|(key, value)| (language.text(key).into_owned(), value)).collect();
    AssessmentView { number: one.number.clone(), facts }
}

fn past(language: Language, one: &Past) -> PastView {
    let by_itself = one.name.is_empty();
    PastView {
        at: minute(one.at),
        what: language.code("share_event", &one.event),
        who: if by_itself { language.text("share.by_itself").into_owned() } else { one.name.clone() },
        reason: if by_itself { language.code("refusal", &one.reason) } else { one.reason.clone() },
    }
}

async fn answered(
    site: &Site,
    session: &Session,
    id: Id,
    done: Result<&'static str, Error>,
    typed: Typed,
) -> Page {
    match done {
        Ok(event) => Ok(Redirect::to(&format!("/shares/{id}?done={event}")).into_response()),
        Err(error) => {
            let (status, problems): (StatusCode, _) = refused(session.language, error)?;
            page_with(status, &draw(site, session, id, (typed, problems), "").await?)
        }
    }
}

/// Civil affairs: changes what is given, on which basis and under which agreement.
pub(crate) async fn change(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let (id, fields) = (parsed(&id)?, Fields(sent));
    let entry = entry_of(&fields);
    let done = share::change(&site.app, &session.scope, id, fields.version(), &entry).await;
    let typed = Typed { share: Some(entry), ..Typed::default() };
    answered(&site, &session, id, done.map(|()| "changed"), typed).await
}

/// Civil affairs: writes an impact assessment down.
pub(crate) async fn assess(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let (id, fields) = (parsed(&id)?, Fields(sent));
    let entry = AssessmentEntry {
        number: fields.one("number"),
        concluded_on: fields.one("concluded_on"),
        concluded_by: fields.one("concluded_by"),
        conclusion: fields.one("conclusion"),
        measures: fields.one("measures"),
        review_due_on: fields.one("review_due_on"),
    };
    let done = share::assess(&site.app, &session.scope, id, &entry).await;
    let typed = Typed { assessment: entry, ..Typed::default() };
    answered(&site, &session, id, done.map(|()| "assessed"), typed).await
}

/// Civil affairs: proposes to open a share, suspends or ends it.
pub(crate) async fn act(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let (id, fields) = (parsed(&id)?, Fields(sent));
    let (app, scope, version, reason) = (&site.app, &session.scope, fields.version(), fields.one("reason"));
    let done = match fields.one("name").as_str() {
        "propose" => share::propose(app, scope, id, version).await.map(|()| "proposed"),
        "suspend" => share::suspend(app, scope, id, version, &reason).await.map(|()| "suspended"),
        "end" => share::end(app, scope, id, version, &reason).await.map(|()| "ended"),
        _ => Err(Error::NotFound),
    };
    answered(&site, &session, id, done, Typed::default()).await
}

/// A second person of civil affairs, or the supervisor: opens it.
pub(crate) async fn confirm(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let (id, fields) = (parsed(&id)?, Fields(sent));
    let done = share::confirm(&site.app, &session.scope, id, fields.version()).await;
    answered(&site, &session, id, done.map(|()| "opened"), Typed::default()).await
}
