//! What a person agreed to on a case: for which purpose, to whom, when, to which version of the text; what was given to others
//! and on which basis; and what goes on by law whatever is agreed to.

use super::{CaseView, sharing, view};
use crate::{
    App,
    audit::{self, Entry},
    error::{Error, Result},
    id::Id,
    scope::Scope,
};
use jiff::civil::Date;
use rules::{
    account::{Content, Deed, Sight, Subject},
    capacity::{Finding, Group},
    clock::china_date,
    consent::{ConsentText, LegalDuty},
    referral::{Consent, Purpose, disclosure::Extent, disclosure::Part},
};

/// How a consent stands today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Never given.
    NotGiven,
    /// Given and valid.
    Valid,
    /// Valid, but the person is to be asked again.
    AskAgain,
    /// Run out.
    RunOut,
    /// Taken back.
    TakenBack,
}

/// One purpose.
#[derive(Debug, Clone)]
pub struct Line {
    /// The purpose.
    pub purpose: Purpose,
    /// How it stands.
    pub standing: Standing,
    /// The consent as last given, if ever.
    pub given: Option<Consent>,
    /// The text that was agreed to, or the one in force where nothing was.
    pub text: Option<ConsentText>,
    /// The service cannot go on without it.
    pub essential: bool,
}

/// The consents of a case.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The case as the reader sees it.
    pub view: CaseView,
    /// One line for each purpose.
    pub lines: Vec<Line>,
    /// What was given to others, latest first.
    pub shared: Vec<sharing::Shared>,
    /// What goes on by law.
    pub duties: Vec<LegalDuty>,
    /// What was found of the person's capacity.
    pub finding: Option<Finding>,
    /// How the person decides today.
    pub group: Group,
}

/// To whom something is given in an emergency or in hospital: that is health.
const OF_HEALTH: [&str; 4] = ["hospital", "primary_doctor", "guardian", "police"];

/// The consents of a case in scope; the read is in the log before it is shown.
///
/// # Errors
/// There is no such case in scope, or the caller's role or its stage has nothing to do with consents.
pub async fn sheet(app: &App, scope: &Scope, id: Id) -> Result<Sheet> {
    scope.permit(Deed::Read, Subject::Consent)?;
    let view = view::view(app, scope, id).await?;
    if view.extent(scope, Part::Identity) == Extent::Nothing {
        return Err(Error::Forbidden);
    }
    let entry = Entry {
        detail: serde_json::json!({ "fields": ["consents"] }),
        ..Entry::read(super::list::purpose(scope), "referral", id)
    };
    audit::record(&app.db, scope, entry, app.now()).await?;
    let (today, case) = (china_date(app.now()), &view.case);
    let lines = Purpose::ALL.into_iter().map(|purpose| line(app, case, purpose, today)).collect();
    let mut shared = sharing::of_case(app, id).await?;
    let health = scope.role.sight(Content::Health) == Sight::Scope;
    shared.retain(|given| health || !OF_HEALTH.contains(&given.party.as_str()));
    let age = super::person::age(app, id).await?;
    let group = app.tables.capacity.group(age, case.finding.as_ref(), today);
    Ok(Sheet {
        lines,
        shared,
        duties: app.tables.consent.duties.clone(),
        finding: case.finding.clone().filter(|_| health),
        group,
        view,
    })
}

fn line(app: &App, case: &rules::referral::Case, purpose: Purpose, today: Date) -> Line {
    let texts = &app.tables.consent;
    let of_purpose = || case.consents.iter().filter(|given| given.purpose == purpose);
    let given =
        of_purpose().find(|given| given.withdrawn.is_none()).or_else(|| of_purpose().next_back()).cloned();
    let standing = match &given {
        None => Standing::NotGiven,
        Some(given) if given.withdrawn.is_some() => Standing::TakenBack,
        Some(given) if !given.is_valid(today) => Standing::RunOut,
        Some(given) if given.asked.is_some() || given.is_outdated(texts, today) => Standing::AskAgain,
        Some(given) if given.ask_on.is_some_and(|day| day <= today) => Standing::AskAgain,
        Some(_) => Standing::Valid,
    };
    let version = given.as_ref().and_then(|given| texts.version(purpose, given.version));
    let text = version.or_else(|| texts.in_force(purpose, today)).cloned();
    Line { purpose, standing, given, text, essential: purpose.is_essential(case.state) }
}
