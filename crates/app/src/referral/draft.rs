//! The application: one form becomes a draft, the consent in it, and where wished the submission, all or nothing.

use super::{
    Order, Outcome, Written, check_forms, directory, load, perform_as, perform_once, record_no, save, view,
};
use crate::{
    App, atomic,
    audit::{self, Entry, Purpose as Why},
    error::{Error, Result},
    id::Id,
    idempotency::Once,
    scope::Scope,
};
use rules::{
    account::{Deed, OnBehalfOf, Role, Subject},
    division::{DivisionCode, Level},
    form::FormCode,
    referral::{Case, Command, Filing, Item, Package, Purpose, Signer, State},
};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

/// What an applicant hands in.
#[derive(Debug, Clone, Default)]
pub struct Application {
    /// Form F1.
    pub form: Map<String, Json>,
    /// Form F12; empty where no consent was asked yet.
    pub consent: Map<String, Json>,
    /// Institutions the person would like, best first.
    pub preferences: Vec<Uuid>,
}

/// An application that may still be changed.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The case.
    pub case: Case,
    /// Its version.
    pub version: i64,
    /// Form F1 as last saved.
    pub form: Map<String, Json>,
    /// Form F12 as last saved.
    pub consent: Map<String, Json>,
}

/// An application of the caller's own filing, to go on with: a draft, or one that papers are asked for. The read
/// is in the log before it is shown.
///
/// # Errors
/// There is none in scope, or it was sent already.
pub async fn draft(app: &App, scope: &Scope, id: Id) -> Result<Draft> {
    let mut tx = app.db.begin().await?;
    let case = load(&mut tx, scope, id).await?;
    let open = matches!(case.state, State::Draft | State::Supplement);
    if !open || !scope.role.may(Deed::Change, Subject::Application) {
        return Err(Error::Forbidden);
    }
    let form = view::latest_form(app, &mut tx, id, FormCode::F1).await?.unwrap_or_default();
    let consent = view::latest_form(app, &mut tx, id, FormCode::F12).await?.unwrap_or_default();
    audit::record_in(&mut tx, scope, Entry::read(Why::Referral, "application", id), app.now());
    tx.commit().await?;
    Ok(Draft { version: save::number(case.version), case, form, consent })
}

/// Saves an application, and submits it where wished. Consent in form F12 is recorded on submission.
///
/// # Errors
/// The place of residence is missing or has no referral office; the rules refuse; it changed meanwhile.
pub async fn apply_for(
    app: &App,
    scope: &Scope,
    id: Option<Id>,
    expected: Option<i64>,
    application: &Application,
    submit: bool,
) -> Result<Outcome> {
    apply_once(app, scope, (id, expected), application, submit, None).await
}

/// As [`apply_for`] on a case at a version; an application that comes again under the same key gets the first answer
/// and opens nothing.
///
/// # Errors
/// As [`apply_for`]; the key was used for another application; fields of an application that is sent are missing.
pub async fn apply_once(
    app: &App,
    scope: &Scope,
    (id, expected): (Option<Id>, Option<i64>),
    application: &Application,
    submit: bool,
    once: Option<&Once>,
) -> Result<Outcome> {
    if submit {
        complete_enough(app, scope, application)?;
    }
    let filing = filing(app, application).await?;
    let actor = match scope.role {
        Role::Client => scope.actor(),
        _ => scope.actor_for(principal(text(&application.form, "applicant_relation"))),
    };
    let outcome = atomic!(app.db, tx => {
        if let Some(once) = once && let Some(first) = once.take(tx, scope, app.now()).await? {
            return Ok(first);
        }
        let beside = id.unwrap_or_else(|| Id::in_division(filing.division, app.now()));
        let written = |code, data: &Map<String, Json>| Written::new(app, code, data.clone(), beside);
        let mut forms = vec![written(FormCode::F1, &application.form)];
        let consent = consent(&application.consent).filter(|_| submit);
        if consent.is_none() && !application.consent.is_empty() {
            forms.push(written(FormCode::F12, &application.consent));
        }
        let save = Order { command: Command::Save(Box::new(filing.clone())), forms, expected };
        let mut outcome = perform_as(app, tx, scope, &actor, id, &save).await?;
        let case = Some(outcome.id);
        if let Some(command) = consent {
            let forms = vec![written(FormCode::F12, &application.consent)];
            outcome = perform_as(app, tx, scope, &actor, case, &Order { command, forms, expected: None }).await?;
        }
        if submit {
            outcome = perform_as(app, tx, scope, &actor, case, &Order::plain(Command::Submit)).await?;
        }
        if let Some(once) = once {
            once.keep(tx, scope, &outcome).await?;
        }
        Ok(outcome)
    });
    if let Err(error) = &outcome {
        record_no(app, scope, id, "apply", error).await?;
    }
    outcome
}

/// A draft may have gaps. What is sent may not, and all gaps are told at once; only the lead of another subject,
/// who has no consent yet, comes with name, telephone and division alone (local default).
fn complete_enough(app: &App, scope: &Scope, application: &Application) -> Result<()> {
    let assists = matches!(scope.role, Role::AssistingSubject | Role::Committee | Role::DpfOfficer);
    let agreed = consent(&application.consent).is_some();
    if assists && !agreed {
        return Ok(());
    }
    let nowhere = Id::in_division(0, app.now());
    let written = |code, data: &Map<String, Json>| Written::new(app, code, data.clone(), nowhere);
    let mut forms = vec![written(FormCode::F1, &application.form)];
    if agreed || !application.consent.is_empty() {
        forms.push(written(FormCode::F12, &application.consent));
    }
    let checked = check_forms(app, &forms, app.now())?;
    if checked.problems.is_empty() { Ok(()) } else { Err(Error::Invalid(checked.problems)) }
}

/// Carries a command out as the agent of somebody who is related to the person served in this way.
///
/// # Errors
/// As [`super::perform`].
pub async fn perform_for(app: &App, scope: &Scope, relation: &str, id: Id, order: &Order) -> Result<Outcome> {
    perform_once(app, scope, &scope.actor_for(principal(relation)), Some(id), order, None).await
}

/// Somebody who is related to the person served in this way, as the principal of an agent.
#[must_use]
pub fn principal(relation: &str) -> OnBehalfOf {
    let relation = if relation.is_empty() { "self" } else { relation };
    OnBehalfOf { account: None, relation: relation.to_owned(), evidence: None }
}

fn text<'f>(form: &'f Map<String, Json>, key: &str) -> &'f str {
    form.get(key).and_then(Json::as_str).map(str::trim).unwrap_or_default()
}

/// What the rules decide on, read from the form: where the person lives, what is asked for.
async fn filing(app: &App, application: &Application) -> Result<Filing> {
    let form = &application.form;
    let wrong = |code| Error::invalid("division", code);
    let written = text(form, "division");
    if written.is_empty() {
        return Err(wrong("required"));
    }
    let division = DivisionCode::parse(written).map_err(|_| wrong("division_invalid"))?;
    let county = division.at(Level::County).number();
    let office = directory::office_of(app, county).await?.ok_or_else(|| wrong("no_office"))?;
    let needs = form.get("needs").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let item = |code: &Json| code.as_str().map(|code| Item { service: code.to_owned(), from: None });
    Ok(Filing {
        person: None,
        county,
        division: division.number(),
        office: office.0,
        package: Package { items: needs.iter().filter_map(item).collect() },
        preferences: application.preferences.clone(),
    })
}

/// The command that records the consent of a form F12; none where no purpose is agreed to.
pub fn consent(form: &Map<String, Json>) -> Option<Command> {
    let agreed = |purpose: &Purpose| {
        let key = serde_json::to_value(purpose).ok()?;
        form.get(key.as_str()?)?.as_bool().filter(|yes| *yes)
    };
    let purposes: Vec<Purpose> =
        Purpose::ALL.into_iter().filter(|purpose| agreed(purpose).is_some()).collect();
    if purposes.is_empty() {
        return None;
    }
    Some(Command::RecordConsent { purposes, signer: signer(form)?, until: text(form, "until").parse().ok() })
}

/// Who signs a form F12.
pub fn signer(form: &Map<String, Json>) -> Option<Signer> {
    let capacity = serde_json::from_value(form.get("capacity")?.clone()).ok()?;
    let guardian = form.get("guardian_basis").and_then(|basis| serde_json::from_value(basis.clone()).ok());
    let own_word = form.get("own_word").and_then(|word| serde_json::from_value(word.clone()).ok());
    Some(Signer { capacity, guardian, own_word })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rules::referral::{Capacity, GuardianBasis, OwnWord};

    fn form(value: Json) -> Map<String, Json> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn each_tick_is_one_consent() {
        let written = form(serde_json::json!({
            "registration": true, "institution": true, "departments": false, "capacity": "limited",
            "guardian_basis": "spouse", "own_word": "agrees", "until": "2027-01-31"
        }));
        let expected = Command::RecordConsent {
            purposes: vec![Purpose::Registration, Purpose::Institution],
            signer: Signer {
                capacity: Capacity::Limited,
                guardian: Some(GuardianBasis::Spouse),
                own_word: Some(OwnWord::Agrees),
            },
            until: Some(jiff::civil::date(2027, 1, 31)),
        };
        assert_eq!(consent(&written), Some(expected));
    }

    #[test]
    fn without_a_tick_there_is_no_consent() {
        assert_eq!(consent(&form(serde_json::json!({ "registration": false, "capacity": "full" }))), None);
        assert_eq!(consent(&Map::new()), None);
    }
}
