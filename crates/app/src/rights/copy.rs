//! The copy of one's own data as a file that people and programs read (Personal Information Protection Law art. 45): who one
//! is, one's cases with their forms and files, what happened, what was agreed to, to whom it was given, and how one was contacted before.

use super::{Request, sealed};
use crate::{
    App,
    audit::{self, Entry, Purpose},
    care,
    error::{Error, Result},
    id::Id,
    outreach, person,
    referral::{self, Filter, FormView, consent_sheet},
    scale,
    scope::Scope,
};
use jiff::civil::Date;
use rules::{account::Role, clock::china_date, form::FormCode, rights::Outcome};
use serde_json::{Value as Json, json};

/// Until which day the caller may fetch the copy that a request granted.
pub(super) fn until(app: &App, scope: &Scope, request: &Request) -> Option<Date> {
    let granted = request.kind == "copy" && request.outcome.as_deref() == Some(Outcome::Granted.code());
    let answered = request.answered_at.filter(|_| granted && scope.role == Role::Client)?;
    let days = jiff::Span::new().days(i32::from(app.tables.rights.copy_days));
    let last = china_date(answered).saturating_add(days);
    Some(last).filter(|last| china_date(app.now()) <= *last)
}

/// The file of a granted request. That it was taken is in the log.
///
/// # Errors
/// There is no such request of the caller's, it was not granted, or its days are over.
pub async fn file(app: &App, scope: &Scope, id: Id) -> Result<Json> {
    let found = sealed(app, scope, id).await?;
    until(app, scope, &found.request).ok_or(Error::NotFound)?;
    let mut cases = Vec::new();
    for row in referral::cases(app, scope, &Filter::default()).await? {
        cases.push(case(app, scope, row.id).await?);
    }
    let (who, reached) = match scope.person {
        Some(own) => (who(app, scope, own).await?, outreach::of_person(app, own).await?),
        None => (Json::Null, Vec::new()),
    };
    let entry = Entry {
        purpose: Purpose::Referral,
        action: "export",
        subject_kind: "rights_request",
        subject: found.subject,
        detail: json!({ "rows": cases.len() }),
    };
    audit::record(&app.db, scope, entry, app.now()).await?;
    Ok(json!({ "made_at": app.now(), "person": who, "cases": cases, "reached": reached }))
}

/// What the register holds of the caller's own person, whole.
async fn who(app: &App, scope: &Scope, own: Id) -> Result<Json> {
    let stored = person::stored(app, scope, own).await?;
    let whole = stored.shown(app, person::Shows::All)?;
    Ok(json!({
        "name": whole.name, "sex": whole.sex, "born_on": whole.born_on, "identity_number": whole.number,
        "telephone": whole.phone, "residence": whole.division, "household_registration": whole.registered_division,
        "in_health_register": whole.in_health, "in_federation_register": whole.in_dpf,
    }))
}

async fn case(app: &App, scope: &Scope, id: Id) -> Result<Json> {
    let sheet = consent_sheet::sheet(app, scope, id).await?;
    let forms = referral::forms(app, scope, id).await?;
    let moments = referral::moments(app, scope, id).await?;
    let results = scale::of_case(app, scope, id).await?;
    let plans = care::plans(app, scope, id).await?;
    let (files, _) = care::attachments(app, scope, id).await?;
    // The files themselves are fetched where the person sees them.
    let files: Vec<Json> = files
        .iter()
        .map(|file| {
            json!({ "title": file.title, "kind": file.kind, "media": file.media, "size": file.size, "consent": file.consent,
                "by": file.by, "at": file.at, "voided": file.voided.is_some(), "address": format!("/cases/{id}/files/{}", file.id) })
        })
        .collect();
    let happened: Vec<Json> = moments
        .iter()
        .map(|moment| {
            json!({ "at": moment.at, "event": moment.name, "by": moment.actor, "from": moment.from, "to": moment.to,
                "reason": moment.reason, "rule": moment.rule })
        })
        .collect();
    Ok(json!({
        "number": sheet.view.row.number, "state": sheet.view.row.state, "institution": sheet.view.row.institution,
        "consents": sheet.view.case.consents, "shared": sheet.shared, "capacity_finding": sheet.finding,
        "plans": plans.versions, "goal_values": plans.values, "sessions": sessions(app, scope, id).await?,
        "forms": forms.iter().map(|form| written(app, form)).collect::<Vec<_>>(), "happened": happened,
        "scale_results": results, "files": files,
    }))
}

/// All sessions of a case, the latest first, page by page.
async fn sessions(app: &App, scope: &Scope, id: Id) -> Result<Vec<Json>> {
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let page = care::of_case(app, scope, id, before).await?;
        let Some(last) = page.last() else { return Ok(all) };
        before = Some((last.starts, last.id));
        all.extend(page.iter().map(|row| {
            json!({ "state": row.state, "service": row.service, "way": row.way, "from": row.starts, "until": row.ends,
                "presence": row.presence })
        }));
    }
}

/// A form with the names of its fields in both languages.
fn written(app: &App, form: &FormView) -> Json {
    let code = FormCode::ALL.into_iter().find(|code| format!("{code:?}") == form.code);
    let definition = code.and_then(|code| app.tables.form(code).ok());
    let field = |(key, value): (&String, &Json)| {
        let known = definition.and_then(|form| form.fields().find(|field| field.key == *key));
        let named = |name: fn(&rules::form::Field) -> &String| known.map(name);
        json!({ "field": key, "zh": named(|field| &field.zh), "en": named(|field| &field.en), "value": value })
    };
    json!({
        "code": form.code, "zh": definition.map(|form| &form.title_zh), "en": definition.map(|form| &form.title_en),
        "written_by": form.written_by, "at": form.at, "fields": form.data.iter().map(field).collect::<Vec<_>>(),
    })
}
