//! `/cases/{id}/contact`: how the person may be reached: ways, hours, who calls, how the call begins. The same stands above
//! everything that is to be told and before a contact is written down; `/api/v1/cases/{id}/contact`.

use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    api::{
        problem::{ApiFailure, ProblemDocument},
        request::{self, Body},
    },
    due::minute,
    language::Language,
    session::{Caller, Session},
    shell::Shell,
};
use app::{
    Error,
    contact::{self, Shown},
    id::Id,
};
use askama::Template;
use axum::{
    Form, Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use jiff::civil::Time;
use rules::{
    account::{Deed, Subject},
    contact::{ContactRules, ContactWay},
};
use serde::{Deserialize, Serialize};

/// What stands before a contact.
pub(crate) struct Card {
    /// Label and value of what the person said.
    pub facts: Vec<(String, String)>,
    /// The present is not within the hours that the person named.
    pub wrong_time: bool,
    /// The ways that are safe, by code.
    pub ways: Vec<&'static str>,
    /// The reader may change it.
    pub may_change: bool,
}

impl Card {
    /// The card of a case for a reader; none where the reader has nothing to do with it.
    pub(crate) async fn of(site: &Site, session: &Session, case: Id) -> Result<Option<Card>, Error> {
        if !session.scope.role.may(Deed::Read, Subject::Contact) {
            return Ok(None);
        }
        let found = match contact::of_case(&site.app, &session.scope, case).await {
            Ok(found) => found,
            Err(Error::Forbidden) => return Ok(None),
            Err(error) => return Err(error),
        };
        let may_change = session.scope.role.may(Deed::Change, Subject::Contact);
        Ok(Some(match found {
            Some(shown) => Card::new(session.language, &shown, may_change),
            None => Card { facts: Vec::new(), wrong_time: false, ways: Vec::new(), may_change },
        }))
    }

    /// Whether one of these ways is safe; where nobody said, each may be tried with care.
    pub(crate) fn is_safe(&self, ways: &[ContactWay]) -> bool {
        self.ways.is_empty() || ways.iter().any(|way| self.ways.contains(&way.code()))
    }

    fn new(language: Language, shown: &Shown, may_change: bool) -> Card {
        let rules = &shown.rules;
        let text = |key: &str| language.text(key).into_owned();
        let comma = language.text("form.comma");
        let ways: Vec<String> =
            rules.ways.iter().map(|way| language.code("contact_way", way.code())).collect();
        let said = [minute(shown.at), shown.by.clone()].join(" · ");
        let facts = [
            ("contact.ways", ways.join(&comma)),
            ("contact.hours", hours(language, rules)),
            ("contact.callers", rules.callers.clone()),
            ("contact.opening", rules.opening.clone()),
            ("contact.never", rules.never.clone()),
            ("contact.said", said),
        ];
        Card {
            facts: facts
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(key, value)| (text(key), value))
                .collect(),
            wrong_time: !shown.is_time,
            ways: rules.ways.iter().map(|way| way.code()).collect(),
            may_change,
        }
    }
}

#[derive(Template)]
#[template(path = "referral/contact.html")]
struct ContactPage {
    shell: Shell,
    id: String,
    ways: Vec<(&'static str, String, bool)>,
    from: String,
    until: String,
    weekdays_only: bool,
    callers: String,
    opening: String,
    never: String,
    problems: Vec<String>,
}

fn drawn(session: &Session, id: Id, rules: &ContactRules, problems: Vec<String>) -> ContactPage {
    let language = session.language;
    ContactPage {
        shell: session.shell(&language.text("contact.title")),
        id: id.to_string(),
        ways: ContactWay::ALL
            .into_iter()
            .map(|way| (way.code(), language.code("contact_way", way.code()), rules.ways.contains(&way)))
            .collect(),
        from: hour(rules.from).unwrap_or_default(),
        until: hour(rules.until).unwrap_or_default(),
        weekdays_only: rules.weekdays_only,
        callers: rules.callers.clone(),
        opening: rules.opening.clone(),
        never: rules.never.clone(),
        problems,
    }
}

/// When somebody may be reached, in words.
pub(crate) fn hours(language: Language, rules: &ContactRules) -> String {
    let hours = match (hour(rules.from), hour(rules.until)) {
        (None, None) => language.text("contact.any_hour").into_owned(),
        (from, until) => format!("{}–{}", from.unwrap_or_default(), until.unwrap_or_default()),
    };
    let days = rules.weekdays_only.then(|| language.text("contact.weekdays_only").into_owned());
    [Some(hours), days].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// An hour as it is written.
fn hour(time: Option<Time>) -> Option<String> {
    time.map(|time| time.strftime("%H:%M").to_string())
}

/// The person, a guardian who decides, the case manager, the referral desk: the form of the rules.
pub(crate) async fn show(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let id = parsed(&id)?;
    let found = contact::of_case(&site.app, &session.scope, id).await?;
    page(&drawn(&session, id, &found.map(|shown| shown.rules).unwrap_or_default(), Vec::new()))
}

/// The same: writes them down.
pub(crate) async fn save(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(posted): Form<crate::form::Posted>,
) -> Page {
    let id = parsed(&id)?;
    let text = |key: &str| posted.get(key).unwrap_or_default().trim().to_owned();
    let hour = |key: &str| posted.get(key).and_then(|hour| hour.parse::<Time>().ok());
    let rules = ContactRules {
        ways: posted.all("ways").filter_map(ContactWay::of_code).collect(),
        from: hour("from"),
        until: hour("until"),
        weekdays_only: posted.get("weekdays_only").is_some(),
        callers: text("callers"),
        opening: text("opening"),
        never: text("never"),
    };
    match contact::save(&site.app, &session.scope, id, &rules).await {
        Ok(()) => Ok(Redirect::to(&format!("/cases/{id}#contact")).into_response()),
        Err(Error::Invalid(problems)) => {
            let language = session.language;
            let told = problems.iter().map(|problem| {
                let field = language.code("contact", &problem.field);
                language.pair(&field, &language.problem(&problem.code, &problem.values))
            });
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn(&session, id, &rules, told.collect()))
        }
        Err(error) => Err(error.into()),
    }
}

/// How a person may be reached.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactDocument {
    /// `phone`, `text`, `letter`, `home`, `institution`, `video`; one at least.
    ways: Vec<String>,
    /// From which hour on, `18:00`.
    #[serde(default)]
    from: Option<String>,
    /// Until which hour.
    #[serde(default)]
    until: Option<String>,
    /// Only from Monday to Friday.
    #[serde(default)]
    weekdays_only: bool,
    /// Who may call.
    #[serde(default)]
    callers: String,
    /// How the caller begins.
    #[serde(default)]
    opening: String,
    /// What must not be said, or to whom.
    #[serde(default)]
    never: String,
}

/// The rules, where somebody said them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ContactAnswer {
    /// `null` where nobody said how the person may be reached.
    contact: Option<ContactDocument>,
    /// The present is within the hours that the person named.
    is_time: bool,
}

/// Programs of those who reach the person: how. The read is logged.
#[utoipa::path(get, path = "/api/v1/cases/{id}/contact", tag = "cases", params(("id" = String, Path)), responses(
    (status = 200, body = ContactAnswer),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn api_show(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ContactAnswer>, ApiFailure> {
    let found = contact::of_case(&site.app, &caller.scope, request::id(&id)?).await?;
    let is_time = found.as_ref().is_none_or(|shown| shown.is_time);
    let contact = found.map(|Shown { rules, .. }| ContactDocument {
        ways: rules.ways.iter().map(|way| way.code().to_owned()).collect(),
        from: hour(rules.from),
        until: hour(rules.until),
        weekdays_only: rules.weekdays_only,
        callers: rules.callers,
        opening: rules.opening,
        never: rules.never,
    });
    Ok(Json(ContactAnswer { contact, is_time }))
}

/// Programs of the person, a guardian who decides, the case manager, the referral desk: writes the rules down.
#[utoipa::path(post, path = "/api/v1/cases/{id}/contact", tag = "cases", params(("id" = String, Path)),
    request_body = ContactDocument, responses(
    (status = 204),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn api_save(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<ContactDocument>,
) -> Result<StatusCode, ApiFailure> {
    let said = body.value;
    let hour = |field: &str, hour: Option<&String>| -> Result<Option<Time>, ApiFailure> {
        let parsed = hour.map(|hour| hour.parse::<Time>()).transpose();
        parsed.map_err(|_| ProblemDocument::invalid(field, "wrong_kind").into())
    };
    let known = said.ways.iter().map(|way| ContactWay::of_code(way)).collect::<Option<Vec<_>>>();
    let rules = ContactRules {
        ways: known.ok_or_else(|| ProblemDocument::invalid("ways", "unknown_choice"))?,
        from: hour("from", said.from.as_ref())?,
        until: hour("until", said.until.as_ref())?,
        weekdays_only: said.weekdays_only,
        callers: said.callers,
        opening: said.opening,
        never: said.never,
    };
    contact::save(&site.app, &caller.scope, request::id(&id)?, &rules).await?;
    Ok(StatusCode::NO_CONTENT)
}
