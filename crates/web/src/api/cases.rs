//! `/api/v1/cases`: lists, applications, one case with its actions, forms and shortlist.

use super::{
    cursor,
    document::{Action, ActionList, CaseDocument, CaseList, CaseSummary, FormList},
    problem::{ApiFailure, ProblemDocument},
    request::{self, Asked, Body},
};
use crate::{Site, session::Caller};
use app::{
    Error,
    id::Id,
    referral::{self, Application, Filter, Outcome, PAGE},
};
use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rules::{
    division::DivisionCode,
    form::FormCode,
    referral::{CommandName, State as CaseState},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Which cases.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CaseQuery {
    /// State code.
    state: Option<String>,
    /// Past their deadline.
    #[serde(default)]
    overdue: bool,
    /// Name, initials, or number.
    words: Option<String>,
    /// Residence within this division (2, 4, 6, 9 or 12 digits).
    division: Option<String>,
    /// Institution offered to or in charge.
    #[param(value_type = Option<String>)]
    institution: Option<Uuid>,
    /// `next` of the page before.
    after: Option<String>,
    /// Rows at most, 1 to 50.
    limit: Option<i64>,
}

impl CaseQuery {
    fn filter(&self) -> Result<Filter, ApiFailure> {
        if let Some(state) = &self.state
            && serde_json::from_value::<CaseState>(Value::String(state.clone())).is_err()
        {
            let allowed = CaseState::ALL.iter().map(super::document::code).collect();
            let problem = ProblemDocument::invalid("state", "unknown_choice");
            return Err(ProblemDocument { allowed, ..problem }.into());
        }
        let division = self.division.as_deref().map(DivisionCode::parse).transpose();
        let division = division.map_err(|_| ProblemDocument::invalid("division", "division_invalid"))?;
        Ok(Filter {
            state: self.state.clone(),
            division: division.map(DivisionCode::number),
            institution: self.institution.map(Id),
            overdue: self.overdue,
            words: self.words.clone(),
            after: self.after.as_deref().map(cursor::read).transpose()?,
        })
    }
}

/// Programs: cases in the caller's scope, latest change first.
#[utoipa::path(get, path = "/api/v1/cases", tag = "cases", params(CaseQuery), responses(
    (status = 200, body = CaseList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn list(
    State(site): State<Site>,
    caller: Caller,
    Asked(asked): Asked<CaseQuery>,
) -> Result<Json<CaseList>, ApiFailure> {
    let now = site.app.now();
    let limit = usize::try_from(asked.limit.unwrap_or(PAGE).clamp(1, PAGE)).unwrap_or(1);
    let mut rows = referral::cases(&site.app, &caller.scope, &asked.filter()?).await?;
    let full = rows.len() > limit || i64::try_from(rows.len()).unwrap_or(PAGE) == PAGE;
    rows.truncate(limit);
    let next = rows.last().filter(|_| full).map(|row| cursor::write((row.changed_at, row.id)));
    let cases = rows.into_iter().map(|row| CaseSummary::new(&caller.scope, row, now)).collect();
    Ok(Json(CaseList { cases, next }))
}

/// Forms by code: `{"F1": {"name": "…"}}`.
pub(crate) type Forms = BTreeMap<FormCode, Map<String, Value>>;

/// An application.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApplicationEntry {
    /// `F1`, the application itself, and `F12`, the consent, whose ticks are recorded on submission. Place of
    /// residence, office and package are read from F1.
    #[schema(value_type = Object, example = json!({"F1": {"name": "…", "division": "310115110001"}}))]
    forms: Forms,
    /// Institutions the person would like, best first.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    preferences: Vec<Uuid>,
    /// Send it at once; otherwise it stays a draft.
    #[serde(default)]
    submit: bool,
}

/// What became of a command.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct OutcomeDocument {
    /// The case.
    pub id: String,
    /// Its version now.
    pub version: i64,
    /// Its state now.
    pub state: String,
    /// Its receipt number, once submitted.
    pub receipt: Option<String>,
    /// Its registration number, once registered.
    pub registration: Option<String>,
}

/// The answer to a command, with the version as `ETag`.
pub(crate) fn answer(status: StatusCode, outcome: &Outcome) -> Response {
    let document = OutcomeDocument {
        id: outcome.id.to_string(),
        version: outcome.version,
        state: super::document::code(&outcome.state),
        receipt: outcome.receipt.clone(),
        registration: outcome.registration.clone(),
    };
    let mut response = (status, Json(document)).into_response();
    tag(&mut response, outcome.version);
    response
}

fn tag(response: &mut Response, version: i64) {
    if let Ok(value) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, value);
    }
}

/// Programs of those who file applications: begins a draft and, with `submit`, sends it in the same transaction.
#[utoipa::path(post, path = "/api/v1/cases", tag = "cases", request_body = ApplicationEntry,
    params(("Idempotency-Key" = Option<String>, Header, description = "the same key gets the first answer for a day")),
    responses(
    (status = 201, body = OutcomeDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn file(
    State(site): State<Site>,
    caller: Caller,
    headers: HeaderMap,
    body: Body<ApplicationEntry>,
) -> Result<Response, ApiFailure> {
    let once = request::once(&headers, "/api/v1/cases", &body.bytes)?;
    let ApplicationEntry { mut forms, preferences, submit } = body.value;
    let form = forms.remove(&FormCode::F1).ok_or_else(|| ProblemDocument::invalid("forms.F1", "required"))?;
    let consent = forms.remove(&FormCode::F12).unwrap_or_default();
    if let Some(other) = forms.keys().next() {
        let field = format!("forms.{}", super::document::code(other));
        return Err(ProblemDocument::invalid(&field, "unknown_field").into());
    }
    let application = Application { form, consent, preferences };
    let new = (None, None);
    let outcome =
        referral::apply_once(&site.app, &caller.scope, new, &application, submit, once.as_ref()).await?;
    let mut response = answer(StatusCode::CREATED, &outcome);
    if let Ok(place) = HeaderValue::from_str(&format!("/api/v1/cases/{}", outcome.id)) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// Programs: one case as the caller may see it. The read is logged.
#[utoipa::path(get, path = "/api/v1/cases/{id}", tag = "cases", params(("id" = String, Path)), responses(
    (status = 200, body = CaseDocument, headers(("ETag" = String, description = "version of the case"))),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn show(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiFailure> {
    let view = referral::view(&site.app, &caller.scope, request::id(&id)?).await?;
    let version = view.row.version;
    let turn = referral::next_actor(&site.app, &caller.scope, &view).await?;
    let document = CaseDocument::new(&caller.scope, view, turn, site.app.now())?;
    let mut response = Json(document).into_response();
    tag(&mut response, version);
    Ok(response)
}

/// Programs: what the caller may do with the case now, and what stands in the way of the rest.
#[utoipa::path(get, path = "/api/v1/cases/{id}/actions", tag = "cases", params(("id" = String, Path)), responses(
    (status = 200, body = ActionList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn actions(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ActionList>, ApiFailure> {
    let today = rules::clock::china_date(site.app.now());
    let (app, scope, id) = (&site.app, &caller.scope, request::id(&id)?);
    let offers = referral::alone(app, scope, id, referral::actions(app, scope, id)).await?;
    let reasons = &site.app.tables.reasons;
    let actions = offers.into_iter().map(|offer| Action::new(offer, reasons, today)).collect();
    Ok(Json(ActionList { actions }))
}

/// Programs: the stored forms that the caller may open, latest first. The read is logged.
#[utoipa::path(get, path = "/api/v1/cases/{id}/forms", tag = "cases", params(("id" = String, Path)), responses(
    (status = 200, body = FormList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn forms(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<FormList>, ApiFailure> {
    let (app, scope, id) = (&site.app, &caller.scope, request::id(&id)?);
    let forms = referral::alone(app, scope, id, referral::forms(app, scope, id)).await?;
    Ok(Json(FormList { forms: forms.into_iter().map(Into::into).collect() }))
}

/// Which decision.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DecisionQuery {
    /// Name of the command: `confirm_rejection`, `uphold_objection`, `dismiss_objection`, `approve_closure`,
    /// `refuse_closure` or `discharge_not_suitable`.
    command: String,
}

/// Programs of those who open forms for a stated purpose only: the latest forms that the decision is about, where the
/// caller may take it now. The decision is the purpose, and the read is logged with it. Whoever sees the forms of the
/// case anyway finds them at `…/forms`, and none here.
#[utoipa::path(get, path = "/api/v1/cases/{id}/forms-to-decide", tag = "cases",
    params(("id" = String, Path), DecisionQuery), responses(
    (status = 200, body = FormList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn forms_to_decide(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    Asked(asked): Asked<DecisionQuery>,
) -> Result<Json<FormList>, ApiFailure> {
    let id = request::id(&id)?;
    let decisions =
        || CommandName::ALL.iter().copied().filter(|name| !referral::decided_on(*name).is_empty());
    let Some(name) = decisions().find(|name| name.code() == asked.command) else {
        let allowed = decisions().map(|name| name.code().to_owned()).collect();
        let problem = ProblemDocument::invalid("command", "unknown_choice");
        return Err(ProblemDocument { allowed, ..problem }.into());
    };
    let offers = referral::actions(&site.app, &caller.scope, id).await?;
    let offer = offers.into_iter().find(|offer| offer.command == name).ok_or(Error::Forbidden)?;
    if let Some(refusal) = offer.refusal {
        return Err(Error::Refused(refusal).into());
    }
    let forms = referral::forms_to_decide(&site.app, &caller.scope, id, name).await?;
    Ok(Json(FormList { forms: forms.into_iter().map(Into::into).collect() }))
}

/// An institution on the shortlist.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct CandidateDocument {
    /// Identifier.
    institution: String,
    /// Name.
    name: String,
    /// Sum of the points.
    score: i64,
    /// Points by what was looked at.
    points: BTreeMap<String, i64>,
}

/// An institution that does not fit.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ExcludedDocument {
    /// Identifier.
    institution: String,
    /// Name.
    name: String,
    /// Code of the refusal.
    why: String,
    /// Until when, for a cool-down.
    until: Option<String>,
}

/// Institutions that fit, best first, and those that do not.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ShortlistDocument {
    /// Best first.
    candidates: Vec<CandidateDocument>,
    /// Not fitting.
    excluded: Vec<ExcludedDocument>,
}

/// Programs of the county: the institutions that fit, ranked and explained.
#[utoipa::path(get, path = "/api/v1/cases/{id}/shortlist", tag = "cases", params(("id" = String, Path)),
    responses(
    (status = 200, body = ShortlistDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn shortlist(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ShortlistDocument>, ApiFailure> {
    let (app, scope, id) = (&site.app, &caller.scope, request::id(&id)?);
    let list = referral::alone(app, scope, id, referral::shortlist(app, scope, id)).await?;
    let ids: Vec<Uuid> = list.candidates.iter().map(|fits| fits.institution).collect();
    let others = list.excluded.iter().map(|excluded| excluded.institution);
    let ids: Vec<Uuid> = ids.into_iter().chain(others).collect();
    let names = referral::directory::organisation_names(&site.app, &ids).await?;
    let name = |id: &Uuid| names.get(id).cloned().unwrap_or_default();
    let candidate = |fits: &rules::referral::Candidate| CandidateDocument {
        institution: fits.institution.to_string(),
        name: name(&fits.institution),
        score: fits.score,
        points: fits.points.iter().map(|p| (super::document::code(&p.criterion), p.points)).collect(),
    };
    let excluded = |left: &rules::referral::Excluded| ExcludedDocument {
        institution: left.institution.to_string(),
        name: name(&left.institution),
        why: left.why.code().to_owned(),
        until: left.until.map(|day| day.to_string()),
    };
    Ok(Json(ShortlistDocument {
        candidates: list.candidates.iter().map(candidate).collect(),
        excluded: list.excluded.iter().map(excluded).collect(),
    }))
}
