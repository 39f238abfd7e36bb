//! `/api/v1/smd-records/{id}/support`, `/api/v1/smd-payments`, `/api/v1/smd-guardians`: the money of the register for programs.

use super::{guardians, payments};
use crate::{
    Site,
    address::parsed,
    api::{
        problem::{ApiFailure, ProblemDocument},
        request::{self, Body},
    },
    followup::api::{day, given},
    session::Caller,
};
use app::{
    Error,
    followup::support::{self, Act, GuardianLine, Payment, SupportFields, Supports, Taken},
};
use axum::{
    Json,
    extract::{Path, State},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A part in a programme, or a guardian's agreement.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdSupportPart {
    id: String,
    /// `free_medication`, `admission_subsidy`, `guardian`
    programme: String,
    begun_on: String,
    ended_on: Option<String>,
    /// `refused`, `moved`, `died`, `excluded`, `other`
    end_reason: Option<String>,
    local_rule: bool,
    note: String,
    end_note: String,
    /// Guardian, duties and reviews
    #[schema(value_type = Option<Object>)]
    agreement: Option<Value>,
    /// The twelve months of this year: `full`, `unmet`, `not_reviewed`, `not_in_force`
    months: Option<Vec<String>>,
    review_due_on: Option<String>,
    by: String,
    /// To be sent with the next act
    version: i64,
}

impl From<&Taken> for SmdSupportPart {
    fn from(taken: &Taken) -> Self {
        let [note, end_note] = taken.notes.clone();
        SmdSupportPart {
            id: taken.id.to_string(),
            programme: taken.programme.code().to_owned(),
            begun_on: taken.begun_on.to_string(),
            ended_on: taken.ended.as_ref().map(|(on, _)| on.to_string()),
            end_reason: taken.ended.as_ref().map(|(_, why)| why.clone()),
            local_rule: taken.local_rule,
            note,
            end_note,
            agreement: taken.agreement.as_ref().and_then(|one| serde_json::to_value(one).ok()),
            months: taken.months.map(|months| months.map(|month| month.code().to_owned()).to_vec()),
            review_due_on: day(taken.review_due_on),
            by: taken.by.clone(),
            version: taken.version,
        }
    }
}

/// A payment.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdPayment {
    id: String,
    record: String,
    /// Name of the person, in lists
    name: String,
    division: i64,
    /// `free_medication`, `admission_subsidy`, `guardian`
    programme: String,
    /// The year for which it counts
    year: i64,
    from: String,
    until: String,
    amount_fen: u64,
    payer: String,
    drug: Option<String>,
    quantity: Option<String>,
    cost_fen: Option<u64>,
    /// The guardian, and the account
    payee: String,
    account: String,
    months: Option<u64>,
    incidents: Option<u16>,
    note: String,
    by: String,
    at: String,
    voided_at: Option<String>,
    void_reason: Option<String>,
}

impl From<&Payment> for SmdPayment {
    fn from(payment: &Payment) -> Self {
        SmdPayment {
            id: payment.id.to_string(),
            record: payment.record.to_string(),
            name: payment.name.clone(),
            division: payment.division,
            programme: payment.programme.code().to_owned(),
            year: payment.year,
            from: payment.period.0.to_string(),
            until: payment.period.1.to_string(),
            amount_fen: payment.amount.0,
            payer: payment.payer.clone(),
            drug: payment.drug.as_ref().map(|(drug, _)| drug.clone()),
            quantity: payment.drug.as_ref().map(|(_, quantity)| quantity.clone()),
            cost_fen: payment.cost.map(|cost| cost.0),
            payee: payment.payee.0.clone(),
            account: payment.payee.1.clone(),
            months: payment.months.map(|(months, _)| months),
            incidents: payment.months.map(|(_, incidents)| incidents),
            note: payment.note.clone(),
            by: payment.by.0.clone(),
            at: payment.by.1.to_string(),
            voided_at: payment.voided.as_ref().map(|(at, ..)| at.to_string()),
            void_reason: payment.voided.as_ref().map(|(_, _, why)| why.clone()),
        }
    }
}

/// What the caller may do now.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdSupportOffer {
    /// `enter`, `give`, `sign`, `review`, `end`, `void`
    act: String,
    /// The programme, agreement or payment that it is done to
    of: Option<String>,
}

/// The money of a record.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdSupportDocument {
    parts: Vec<SmdSupportPart>,
    payments: Vec<SmdPayment>,
    actions: Vec<SmdSupportOffer>,
}

fn document(found: &Supports) -> SmdSupportDocument {
    let offer = |(act, of): &(Act, Option<app::id::Id>)| SmdSupportOffer {
        act: act.code().to_owned(),
        of: of.map(|of| of.to_string()),
    };
    SmdSupportDocument {
        parts: found.taken.iter().map(SmdSupportPart::from).collect(),
        payments: found.payments.iter().map(SmdPayment::from).collect(),
        actions: found.offers.iter().map(offer).collect(),
    }
}

/// Programs of doctors and of the county's health side: programmes, guardian's agreement and payments of a record.
#[utoipa::path(
    get, path = "/api/v1/smd-records/{id}/support", tag = "follow-up",
    params(("id" = String, Path, description = "Identifier of the record")),
    responses(
        (status = 200, body = SmdSupportDocument),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument)
    ),
    security(("token" = []))
)]
pub(crate) async fn show(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<SmdSupportDocument>, ApiFailure> {
    Ok(Json(document(&support::of_record(&site.app, &caller.scope, parsed(&id)?).await?)))
}

/// An act upon the money of a record.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SmdSupportAct {
    /// `enter`, `give`, `sign`, `review`, `end`, `void`
    act: String,
    /// The programme, agreement or payment that it is done to; not for `enter` and `sign`
    of: Option<String>,
    /// Version of the programme or agreement that the caller saw
    version: Option<i64>,
    /// Day; today where it is empty
    #[serde(default)]
    on: String,
    /// `enter`: `free_medication`, `admission_subsidy`
    #[serde(default)]
    programme: String,
    /// `enter`: a local rule names the person, whatever the means; needs a note
    #[serde(default)]
    local_rule: bool,
    /// `give`
    #[serde(default)]
    drug: String,
    /// `give`
    #[serde(default)]
    quantity: String,
    /// `give`: first day
    #[serde(default)]
    from: String,
    /// `give`: last day
    #[serde(default)]
    until: String,
    /// `give`: what it cost, in yuan: `126.50`
    #[serde(default)]
    cost: String,
    /// `give`
    #[serde(default)]
    payer: String,
    /// `sign`
    #[serde(default)]
    guardian_name: String,
    /// `sign`
    #[serde(default)]
    guardian_relation: String,
    /// `sign`
    #[serde(default)]
    guardian_phone: String,
    /// `sign`: account to which it is paid
    #[serde(default)]
    account: String,
    /// `sign`: the guardian got the handbook
    #[serde(default)]
    handbook: bool,
    /// `sign`: codes of `data/subsidies.toml`
    #[serde(default)]
    duties: Vec<String>,
    /// `review`: duties that were not fulfilled
    #[serde(default)]
    unmet: Vec<String>,
    /// In words
    #[serde(default)]
    note: String,
}

/// What became of an act.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdSupportDone {
    /// The programme, agreement or payment
    id: String,
    /// `give`: what is paid
    amount_fen: Option<u64>,
}

/// Programs of whoever is in charge and of the county: enters a programme, gives, signs, reviews, ends, voids a payment.
#[utoipa::path(
    post, path = "/api/v1/smd-records/{id}/support", tag = "follow-up",
    params(("id" = String, Path, description = "Identifier of the record")),
    request_body = SmdSupportAct,
    responses(
        (status = 200, body = SmdSupportDone),
        (status = 401, body = ProblemDocument),
        (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument, description = "Refused by a rule, or changed meanwhile"),
        (status = 422, body = ProblemDocument, description = "Fields are wrong")
    ),
    security(("token" = []))
)]
pub(crate) async fn act(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<String>,
    Body { value: sent, .. }: Body<SmdSupportAct>,
) -> Result<Json<SmdSupportDone>, ApiFailure> {
    let fields = SupportFields {
        act: sent.act,
        of: given("of", sent.of.as_deref())?,
        version: sent.version,
        on: sent.on,
        programme: sent.programme,
        local_rule: sent.local_rule,
        drug: sent.drug,
        quantity: sent.quantity,
        from: sent.from,
        until: sent.until,
        cost: sent.cost,
        payer: sent.payer,
        guardian_name: sent.guardian_name,
        guardian_relation: sent.guardian_relation,
        guardian_phone: sent.guardian_phone,
        account: sent.account,
        handbook: sent.handbook,
        duties: sent.duties,
        unmet: sent.unmet,
        note: sent.note,
    };
    let done = support::act(&site.app, &caller.scope, parsed(&id)?, &fields).await?;
    Ok(Json(SmdSupportDone { id: done.id.to_string(), amount_fen: done.amount.map(|fen| fen.0) }))
}

/// A page of payments with the sum of all that the filter finds.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdPaymentPage {
    items: Vec<SmdPayment>,
    /// Pass as `after` for the next page
    next: Option<String>,
    /// How many there are that count
    total: i64,
    /// Persons for whom they were
    persons: i64,
    /// Their sum; what was voided is not in it
    sum_fen: u64,
}

/// Programs of doctors and of the county's health side: what was paid in a year in the caller's scope, the latest first.
#[utoipa::path(
    get, path = "/api/v1/smd-payments", tag = "follow-up",
    params(
        ("year" = Option<String>, Query, description = "Year; the present one where it is left out"),
        ("programme" = Option<String>, Query, description = "`free_medication`, `admission_subsidy`, `guardian`"),
        ("division" = Option<String>, Query, description = "Township or village"),
        ("voided" = Option<String>, Query, description = "1: also what was voided"),
        ("after" = Option<String>, Query, description = "`next` of the page before")
    ),
    responses(
        (status = 200, body = SmdPaymentPage),
        (status = 401, body = ProblemDocument),
        (status = 403, body = ProblemDocument)
    ),
    security(("token" = []))
)]
pub(crate) async fn payments(
    State(site): State<Site>,
    caller: Caller,
    request::Asked(asked): request::Asked<payments::Asked>,
) -> Result<Json<SmdPaymentPage>, ApiFailure> {
    let found = support::payments(&site.app, &caller.scope, &asked.filter(&site)?).await?;
    Ok(Json(SmdPaymentPage {
        items: found.lines.iter().map(SmdPayment::from).collect(),
        next: found.next.map(|id| id.to_string()),
        total: found.total,
        persons: found.persons,
        sum_fen: found.sum.0,
    }))
}

/// A guardian's agreement in a year.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdGuardianLine {
    id: String,
    record: String,
    name: String,
    division: i64,
    guardian: String,
    from: String,
    until: Option<String>,
    review_due_on: Option<String>,
    /// `full`, `unmet`, `not_reviewed`, `not_in_force`, from January to December
    months: Vec<String>,
    full_months: usize,
    incidents: u16,
    /// What it is worth by the rule of the region, so far
    worth_fen: Option<u64>,
    /// Why it is worth nothing, or cannot be settled yet
    refusal: Option<String>,
    paid_fen: Option<u64>,
}

impl From<&GuardianLine> for SmdGuardianLine {
    fn from(line: &GuardianLine) -> Self {
        let refused = line.worth.as_ref().err().or(line.not_yet.as_ref());
        SmdGuardianLine {
            id: line.id.to_string(),
            record: line.record.to_string(),
            name: line.name.clone(),
            division: line.division,
            guardian: line.guardian.clone(),
            from: line.period.0.to_string(),
            until: day(line.period.1),
            review_due_on: day(line.review_due_on),
            months: line.months.map(|month| month.code().to_owned()).to_vec(),
            full_months: line.full(),
            incidents: line.incidents,
            worth_fen: line.worth.as_ref().ok().map(|fen| fen.0),
            refusal: refused.filter(|_| line.paid.is_none()).map(|refusal| refusal.code.clone()),
            paid_fen: line.paid.map(|fen| fen.0),
        }
    }
}

/// A page of agreements.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdGuardianPage {
    items: Vec<SmdGuardianLine>,
    /// Pass as `after` for the next page
    next: Option<String>,
}

/// Programs of doctors and of the county's health side: the guardians' agreements that held in a year, with what each is worth.
#[utoipa::path(
    get, path = "/api/v1/smd-guardians", tag = "follow-up",
    params(
        ("year" = Option<String>, Query, description = "Year; the present one where it is left out"),
        ("division" = Option<String>, Query, description = "Township or village"),
        ("review" = Option<String>, Query, description = "1: only agreements whose review is overdue"),
        ("after" = Option<String>, Query, description = "`next` of the page before")
    ),
    responses(
        (status = 200, body = SmdGuardianPage),
        (status = 401, body = ProblemDocument),
        (status = 403, body = ProblemDocument)
    ),
    security(("token" = []))
)]
pub(crate) async fn guardians(
    State(site): State<Site>,
    caller: Caller,
    request::Asked(asked): request::Asked<guardians::Asked>,
) -> Result<Json<SmdGuardianPage>, ApiFailure> {
    let found = support::guardians(&site.app, &caller.scope, &asked.read(&site)?).await?;
    Ok(Json(SmdGuardianPage {
        items: found.lines.iter().map(SmdGuardianLine::from).collect(),
        next: found.next.map(|id| id.to_string()),
    }))
}

/// A year to be settled.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SmdSettlement {
    year: i16,
    /// Township or village; the whole scope where it is left out
    division: Option<i64>,
    /// Who pays
    payer: String,
    /// `more` of the answer before
    after: Option<String>,
}

/// What became of a settlement.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SmdSettled {
    /// Agreements that were paid now
    paid: usize,
    sum_fen: u64,
    /// Why others were not: code and how many
    refused: BTreeMap<String, usize>,
    /// There are more: send this as `after` to go on
    #[serde(skip_serializing_if = "Option::is_none")]
    more: Option<String>,
}

/// Programs of the county's health side: settles a year for every agreement that was not paid for it yet; again it finds what was paid.
#[utoipa::path(
    post, path = "/api/v1/smd-guardians", tag = "follow-up",
    request_body = SmdSettlement,
    responses(
        (status = 200, body = SmdSettled),
        (status = 401, body = ProblemDocument),
        (status = 409, body = ProblemDocument, description = "Refused by a rule"),
        (status = 422, body = ProblemDocument, description = "Fields are wrong")
    ),
    security(("token" = []))
)]
pub(crate) async fn settle(
    State(site): State<Site>,
    caller: Caller,
    Body { value: sent, .. }: Body<SmdSettlement>,
) -> Result<Json<SmdSettled>, ApiFailure> {
    if sent.division.is_some_and(|division| rules::division::DivisionCode::new(division).is_err()) {
        return Err(Error::invalid("division", "division_unknown").into());
    }
    let after = sent.after.as_deref().map(str::parse).transpose();
    let after = after.map_err(|_| Error::invalid("after", "unknown_choice"))?;
    let asked =
        support::Asked { year: sent.year, division: sent.division, after, ..support::Asked::default() };
    let settled = support::settle(&site.app, &caller.scope, &asked, &sent.payer).await?;
    Ok(Json(SmdSettled {
        paid: settled.paid,
        sum_fen: settled.sum.0,
        refused: settled.refused,
        more: settled.more.map(|last| last.to_string()),
    }))
}
