//! Filing an application in one go: draft, consent and submission are one transaction, so that nothing is half
//! filed.

use super::{Order, Outcome, Written, check_forms, perform_in, record_no};
use crate::{
    App, atomic,
    error::{Error, Result},
    id::Id,
    idempotency::Once,
    p,
    scope::Scope,
};
use jiff::civil::Date;
use rules::{
    account::Role,
    form::FormCode,
    referral::{Command, Filing, Purpose, Signer},
};

/// Consent as given with the application; form F12 goes with it.
#[derive(Debug, Clone)]
pub struct GivenConsent {
    /// One tick per purpose is one separate consent.
    pub purposes: Vec<Purpose>,
    /// Who signed.
    pub signer: Signer,
    /// Last day, when the consent is limited.
    pub until: Option<Date>,
}

/// An application as it comes in.
#[derive(Debug, Clone)]
pub struct Application {
    /// Where, for whom, what for.
    pub filing: Filing,
    /// Forms handed in: F1 and, with a consent, F12.
    pub forms: Vec<Written>,
    /// Consent.
    pub consent: Option<GivenConsent>,
    /// Send it at once; otherwise it stays a draft.
    pub submit: bool,
}

/// The referral office of a county: its civil-affairs authority (Measures 2023 art. 2: civil affairs leads).
///
/// # Errors
/// The database is gone.
pub async fn office_of(app: &App, county: i64) -> Result<Option<Id>> {
    let sql = "SELECT id FROM organisation WHERE kind = 'civil_affairs' AND division = $1 AND ended_at IS NULL
        ORDER BY id";
    Ok(app.db.opt::<(Id,)>(sql, p![county]).await?.map(|(id,)| id))
}

/// Files an application.
///
/// # Errors
/// The rules refuse one of the steps; fields are wrong; the key was used for another application.
pub async fn file(
    app: &App,
    scope: &Scope,
    application: &Application,
    once: Option<&Once>,
) -> Result<Outcome> {
    complete_enough(app, scope, application)?;
    let outcome = atomic!(app.db, tx => {
        if let Some(once) = once && let Some(first) = once.take(tx, scope, app.now()).await? {
            return Ok(first);
        }
        let mut outcome: Option<Outcome> = None;
        for order in orders(application) {
            let id = outcome.as_ref().map(|outcome| outcome.id);
            outcome = Some(perform_in(app, tx, scope, id, &order).await?);
        }
        let outcome = outcome.ok_or_else(|| Error::broken("an application without a step"))?;
        if let Some(once) = once {
            once.keep(tx, scope, &outcome).await?;
        }
        Ok(outcome)
    });
    if let Err(error) = &outcome {
        record_no(app, scope, None, "file", error).await?;
    }
    outcome
}

fn orders(application: &Application) -> Vec<Order> {
    let save = Command::Save(Box::new(application.filing.clone()));
    let with_consent = application.consent.is_some();
    let (consent_forms, forms): (Vec<Written>, Vec<Written>) =
        application.forms.iter().cloned().partition(|form| with_consent && form.code == FormCode::F12);
    let mut orders = vec![Order { forms, ..Order::plain(save) }];
    if let Some(given) = &application.consent {
        let (purposes, signer, until) = (given.purposes.clone(), given.signer.clone(), given.until);
        let command = Command::RecordConsent { purposes, signer, until };
        orders.push(Order { forms: consent_forms, ..Order::plain(command) });
    }
    if application.submit {
        orders.push(Order::plain(Command::Submit));
    }
    orders
}

/// A draft may have gaps. What is sent may not, and all gaps are told at once; only the lead of another subject,
/// who has no consent yet, comes with name, telephone and division alone (local default).
fn complete_enough(app: &App, scope: &Scope, application: &Application) -> Result<()> {
    let assists = matches!(scope.role, Role::AssistingSubject | Role::Committee | Role::DpfOfficer);
    if !application.submit || (assists && application.consent.is_none()) {
        return Ok(());
    }
    if !application.forms.iter().any(|form| form.code == FormCode::F1) {
        return Err(Error::invalid("forms.F1", "required"));
    }
    let checked = check_forms(app, &application.forms, app.now())?;
    if checked.problems.is_empty() { Ok(()) } else { Err(Error::Invalid(checked.problems)) }
}
