//! Scales for programs: the library, what a case is due for, results with their client-made identifiers.

use super::words::{self, code};
use crate::{
    Site,
    api::{
        cursor,
        problem::{ApiFailure, ProblemDocument},
        request::{self, Asked, Body},
    },
    session::Caller,
};
use app::{
    id::Id,
    scale::{self, Given, NewResult, PAGE, Recorded, Take, library},
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jiff::Timestamp;
use rules::{
    account::Role,
    scale::{Mode, Rater},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A scale of the library.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ScaleDocument {
    /// Identifier, such as `phq-9`.
    id: String,
    /// Version in use.
    version: String,
    /// Title in Chinese.
    zh: String,
    /// Title in English.
    en: String,
    /// It is offered in the caller's area.
    offered: bool,
    /// It came with a file and is not part of the program.
    imported: bool,
    /// The whole definition as `docs/scales.md` tells; only of a single scale.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    definition: Option<Value>,
}

impl ScaleDocument {
    fn new(one: &library::Listed) -> ScaleDocument {
        let definition = one.scale.definition();
        ScaleDocument {
            id: definition.id.clone(),
            version: definition.version.clone(),
            zh: definition.title.zh.clone(),
            en: definition.title.en.clone(),
            offered: one.offered,
            imported: one.imported.is_some(),
            definition: None,
        }
    }
}

/// The library.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ScaleList {
    /// Scales by their identifiers.
    scales: Vec<ScaleDocument>,
}

/// A file that was taken into the library.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TakenDocument {
    /// Identifier of the scale.
    id: String,
    /// Its version.
    version: String,
    /// The same version with the same contents was there before.
    known: bool,
}

/// Whether a scale is offered.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfferBody {
    /// It is offered in the caller's area.
    offered: bool,
}

/// A scale that a case is due for.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RoundDocument {
    /// Identifier of the scale.
    scale: String,
    /// `baseline`, `stage` or `closing`.
    occasion: String,
    /// By which day.
    #[schema(format = Date)]
    due_on: String,
    /// Day of the last result.
    #[schema(format = Date)]
    last_on: Option<String>,
    /// It is near enough to be done now.
    now: bool,
    /// The caller may record it.
    may_record: bool,
}

/// What a case is due for.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RoundList {
    /// Those due first first.
    rounds: Vec<RoundDocument>,
    /// Identifiers of scales that the caller may record at any time.
    may_record: Vec<String>,
}

/// That a result was taken back.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct VoidDocument {
    /// `wrong_person`, `wrong_entry`, `wrong_scale` or `not_valid`.
    reason: String,
    /// Why, in words.
    words: String,
    /// By whom.
    by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// A result.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ResultDocument {
    /// Identifier.
    id: String,
    /// The case.
    case: String,
    /// Identifier of the scale.
    scale: String,
    /// Version of its definition.
    version: String,
    /// `baseline`, `stage`, `closing`, or nothing.
    occasion: Option<String>,
    /// What was entered: `answers`, `total` (the total alone), or `text`.
    entered: String,
    /// Answers in the order of the items, null where one is missing; absent where the total was entered alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<Vec<Option<i32>>>,
    /// The finding, where it is written as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// The total; a decimal is a text.
    #[schema(value_type = Option<String>)]
    total: Option<Value>,
    /// Code of its band.
    band: Option<String>,
    /// What was found, `prorated`, `incomplete`, and flags of what must not wait. Of a total entered alone: `unjudged`, where single
    /// items must not wait and could not be judged, and `band_by_total`, where they may put it into another band.
    flags: Vec<String>,
    /// The gravest level of what must not wait, 1 to 4.
    level: Option<u8>,
    /// What is to be done now, where something must not wait; only of a single result.
    steps: Vec<StepDocument>,
    /// `own`, `proxy`, `interviewer`, `trained`, `doctor`, `staff`.
    rater: String,
    /// `screen`, `paper`, `interview`, `telephone`.
    mode: String,
    /// Who recorded it.
    by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// It was taken back and counts no more.
    voided: Option<VoidDocument>,
    /// Computed again from its answers it is the same; nothing where its definition is not there any more.
    agrees: Option<bool>,
    /// What was missing of the training that the scale asks of whoever rates: `old`, `none`, or `elsewhere` (a doctor, whose hospital
    /// keeps it); only of a single result.
    #[serde(skip_serializing_if = "Option::is_none")]
    rater_training: Option<String>,
}

/// A step that follows from answers that must not wait.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct StepDocument {
    /// Code of the action.
    action: String,
    /// `platform`, `rater`, `case_manager`, `doctor`, `referral_worker`.
    by: String,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    due_at: Timestamp,
    /// A task was given for it.
    task: bool,
}

impl ResultDocument {
    fn new(one: Recorded) -> ResultDocument {
        let entered = words::entered_code(&one.given).to_owned();
        let (answers, text) = match one.given {
            Given::Answers(answers) => (Some(answers), None),
            Given::Total(_) => (None, None),
            Given::Text(text) => (None, Some(text)),
        };
        ResultDocument {
            id: one.id.to_string(),
            case: one.referral.to_string(),
            entered,
            answers,
            text,
            scale: one.scale,
            version: one.version,
            occasion: one.occasion,
            total: one.total.and_then(|total| serde_json::to_value(total).ok()),
            band: one.band,
            flags: one.flags,
            level: one.level,
            steps: Vec::new(),
            rater: code(&one.rater),
            mode: code(&one.mode),
            by: one.by,
            at: one.at,
            voided: one.voided.map(|voided| VoidDocument {
                reason: voided.reason,
                words: voided.words,
                by: voided.by,
                at: voided.at,
            }),
            agrees: one.agrees,
            rater_training: None,
        }
    }

    /// With what is to be done now.
    async fn whole(site: &Site, caller: &Caller, one: Recorded) -> Result<ResultDocument, ApiFailure> {
        let alarm = scale::alarm(&site.app, &caller.scope, &one).await?;
        let step = |step: scale::Step| StepDocument {
            action: step.action.code,
            by: code(&step.action.by),
            due_at: step.due_at,
            task: step.is_task,
        };
        let steps = alarm.map(|alarm| alarm.steps).unwrap_or_default();
        // How the staff is trained is not for the person.
        let untrained = match caller.scope.role {
            Role::Client => None,
            _ => scale::untrained(&site.app, &one).await?,
        };
        Ok(ResultDocument {
            steps: steps.into_iter().map(step).collect(),
            rater_training: untrained.map(|untrained| untrained.code().to_owned()),
            ..ResultDocument::new(one)
        })
    }
}

/// Results.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ResultList {
    /// The latest first.
    results: Vec<ResultDocument>,
    /// Pass as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Which page.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ResultQuery {
    /// `next` of the page before.
    after: Option<String>,
}

/// A result to be recorded.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResultBody {
    /// A UUID that the sender makes for this result. Sent again with it, the same result is answered and none is added, however
    /// much later.
    id: Option<String>,
    /// Identifier of the scale.
    scale: String,
    /// Answers in the order of the items, null where one is missing.
    answers: Option<Vec<Option<i32>>>,
    /// The total alone, where the scale allows it.
    total: Option<i64>,
    /// The finding, where it is written as text.
    text: Option<String>,
    /// `own`, `proxy`, `interviewer`, `trained`, `doctor`, `staff`.
    rater: String,
    /// `screen`, `paper`, `interview`, `telephone`.
    mode: String,
    /// Language of the form: `zh-CN` (the default) or `en`.
    language: Option<String>,
    /// How long it took.
    seconds: Option<u32>,
    /// The guardian agreed before, as is needed below fourteen.
    #[serde(default)]
    guardian_agreed: bool,
}

/// Why a result is taken back.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VoidBody {
    /// `wrong_person`, `wrong_entry`, `wrong_scale` or `not_valid`.
    reason: String,
    /// In words.
    words: String,
}

/// Programs: the library of scales as it stands in the caller's area.
#[utoipa::path(get, path = "/api/v1/scales", tag = "scales", operation_id = "scales", responses(
    (status = 200, body = ScaleList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn list(State(site): State<Site>, caller: Caller) -> Result<Json<ScaleList>, ApiFailure> {
    let all = library::list(&site.app, &caller.scope).await?;
    Ok(Json(ScaleList { scales: all.iter().map(ScaleDocument::new).collect() }))
}

/// Programs: one scale with its definition.
#[utoipa::path(get, path = "/api/v1/scales/{scale}", tag = "scales", operation_id = "scale", params(("scale" = String, Path)), responses(
    (status = 200, body = ScaleDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn show(
    State(site): State<Site>,
    caller: Caller,
    Path(scale): Path<String>,
) -> Result<Json<ScaleDocument>, ApiFailure> {
    let whole = library::show(&site.app, &caller.scope, &scale).await?;
    let definition = serde_json::to_value(whole.listed.scale.definition()).map_err(app::Error::from)?;
    Ok(Json(ScaleDocument { definition: Some(definition), ..ScaleDocument::new(&whole.listed) }))
}

/// Programs of the administrator: takes a scale into the library; the body is a definition of our own or a FHIR R4 Questionnaire.
#[utoipa::path(post, path = "/api/v1/scales", tag = "scales", operation_id = "import_scale", request_body = Object, responses(
    (status = 201, body = TakenDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn import(
    State(site): State<Site>,
    caller: Caller,
    body: Body<Value>,
) -> Result<(StatusCode, Json<TakenDocument>), ApiFailure> {
    let taken = library::import(&site.app, &caller.scope, "questionnaire.json", &body.bytes).await?;
    let status = if taken.known { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(TakenDocument { id: taken.scale, version: taken.version, known: taken.known })))
}

/// Programs of the administrator: offers a scale in the area, or does so no more.
#[utoipa::path(post, path = "/api/v1/scales/{scale}/offer", tag = "scales", operation_id = "offer_scale",
    params(("scale" = String, Path)), request_body = OfferBody, responses(
    (status = 200, body = ScaleDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn offer(
    State(site): State<Site>,
    caller: Caller,
    Path(scale): Path<String>,
    body: Body<OfferBody>,
) -> Result<Json<ScaleDocument>, ApiFailure> {
    library::offer(&site.app, &caller.scope, &scale, body.value.offered).await?;
    let whole = library::show(&site.app, &caller.scope, &scale).await?;
    Ok(Json(ScaleDocument::new(&whole.listed)))
}

/// Programs: what a case is due for, and which scales the caller may record. The read is logged.
#[utoipa::path(get, path = "/api/v1/cases/{id}/scales", tag = "scales", operation_id = "scales_due", params(("id" = String, Path)), responses(
    (status = 200, body = RoundList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn rounds(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<RoundList>, ApiFailure> {
    let found = scale::rounds(&site.app, &caller.scope, request::id(&id)?).await?;
    let round = |round: scale::Round| RoundDocument {
        scale: round.scale.definition().id.clone(),
        occasion: round.occasion.code().to_owned(),
        due_on: round.due_on.to_string(),
        last_on: round.last.map(|day| day.to_string()),
        now: round.now,
        may_record: !round.for_others,
    };
    let offered = found.offered.iter().map(|scale| scale.definition().id.clone());
    Ok(Json(RoundList {
        rounds: found.rounds.into_iter().map(round).collect(),
        may_record: offered.collect(),
    }))
}

/// Programs: results of a case, the latest first. The read is logged.
#[utoipa::path(get, path = "/api/v1/cases/{id}/results", tag = "scales", operation_id = "results",
    params(("id" = String, Path), ResultQuery), responses(
    (status = 200, body = ResultList),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn results(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    Asked(asked): Asked<ResultQuery>,
) -> Result<Json<ResultList>, ApiFailure> {
    let after = asked.after.as_deref().map(cursor::read).transpose()?;
    let found = scale::page_of_case(&site.app, &caller.scope, request::id(&id)?, after).await?;
    let full = i64::try_from(found.len()).unwrap_or(0) == PAGE;
    let next = found.last().filter(|_| full).map(|last| cursor::write((last.at, last.id)));
    Ok(Json(ResultList { results: found.into_iter().map(ResultDocument::new).collect(), next }))
}

/// Programs: one result, with what is to be done where something in it must not wait. The read is logged.
#[utoipa::path(get, path = "/api/v1/cases/{id}/results/{result}", tag = "scales", operation_id = "result",
    params(("id" = String, Path), ("result" = String, Path)), responses(
    (status = 200, body = ResultDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn result(
    State(site): State<Site>,
    caller: Caller,
    Path((id, result)): Path<(String, String)>,
) -> Result<Json<ResultDocument>, ApiFailure> {
    let one = scale::one(&site.app, &caller.scope, request::id(&id)?, request::id(&result)?).await?;
    Ok(Json(ResultDocument::whole(&site, &caller, one).await?))
}

/// Programs of who rates: records a result. The total is computed here. Tasks are given where something must not wait.
#[utoipa::path(post, path = "/api/v1/cases/{id}/results", tag = "scales", operation_id = "record_result",
    params(("id" = String, Path)), request_body = ResultBody, responses(
    (status = 201, body = ResultDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn record(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<ResultBody>,
) -> Result<(StatusCode, Json<ResultDocument>), ApiFailure> {
    let id = request::id(&id)?;
    let new = new_result(body.value)?;
    let one = scale::record(&site.app, &caller.scope, id, &new).await?;
    Ok((StatusCode::CREATED, Json(ResultDocument::whole(&site, &caller, one).await?)))
}

fn new_result(body: ResultBody) -> Result<NewResult, ApiFailure> {
    let wrong = |field: &str, code: &str| ApiFailure::from(ProblemDocument::invalid(field, code));
    let given = match (body.answers, body.total, body.text) {
        (Some(answers), None, None) => Given::Answers(answers),
        (None, Some(total), None) => Given::Total(total),
        (None, None, Some(text)) => Given::Text(text),
        (None, None, None) => return Err(wrong("answers", "required")),
        (_, Some(_), _) => return Err(wrong("total", "answers_or_total")),
        (_, None, Some(_)) => return Err(wrong("text", "answers_or_total")),
    };
    let made = match body.id.as_deref().map(str::parse::<Id>) {
        Some(Err(_)) => return Err(wrong("id", "wrong_kind")),
        made => made.and_then(Result::ok),
    };
    let rater: Rater = chosen(&body.rater).ok_or_else(|| wrong("rater", "unknown_choice"))?;
    let mode: Mode = chosen(&body.mode).ok_or_else(|| wrong("mode", "unknown_choice"))?;
    Ok(NewResult {
        scale: body.scale,
        given,
        rater,
        mode,
        language: body.language.unwrap_or_else(|| "zh-CN".to_owned()),
        seconds: body.seconds,
        made,
        guardian_agreed: body.guardian_agreed,
    })
}

/// The value of a code.
fn chosen<T: serde::de::DeserializeOwned>(code: &str) -> Option<T> {
    serde_json::from_value(Value::from(code)).ok()
}

/// Programs of who recorded it, or of the same house: takes a result back with a reason. It stays readable and counts no more.
#[utoipa::path(post, path = "/api/v1/cases/{id}/results/{result}/void", tag = "scales", operation_id = "void_result",
    params(("id" = String, Path), ("result" = String, Path)), request_body = VoidBody, responses(
    (status = 200, body = ResultDocument),
    (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
))]
pub(crate) async fn void(
    State(site): State<Site>,
    caller: Caller,
    Path((id, result)): Path<(String, String)>,
    body: Body<VoidBody>,
) -> Result<Json<ResultDocument>, ApiFailure> {
    let VoidBody { reason, words } = body.value;
    let take = Take { reason, words };
    let (id, result) = (request::id(&id)?, request::id(&result)?);
    let one = scale::void(&site.app, &caller.scope, id, result, &take).await?;
    Ok(Json(ResultDocument::new(one)))
}
