//! What the page of a command is drawn from: the case as its reader sees it, its forms, the choices, the forms to fill in.

use super::{
    command_form::Choices,
    known::{CareKnown, Known},
    words,
};
use crate::{Site, failure::Failure, form::Posted, session::Session};
use app::{
    Error,
    followup::ForCase,
    id::Id,
    referral::{self as cases, CaseView, FormView, directory},
};
use rules::{
    account::Role,
    form::FormCode,
    referral::{CommandName, State as CaseState, Transition, transition},
};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

/// Everything that a command's page is drawn from.
pub(super) struct Desk {
    pub id: Id,
    pub row: &'static Transition,
    pub view: CaseView,
    pub forms: Vec<FormView>,
    pub institution: String,
    pub choices: Choices,
    /// Forms that this page asks for.
    pub asked: Vec<FormCode>,
    /// Plan and sessions, where the reader sees them.
    pub care: Option<CareKnown>,
    /// What the follow-up of severe mental disorders shares, beside an assessment.
    pub shared: ForCase,
}

impl Desk {
    /// The address of the page.
    pub(super) fn place(&self) -> String {
        let form = self.asked.first().filter(|_| self.row.name == CommandName::StoreForm);
        let query = form.map(|code| format!("?form={}", words::code(code))).unwrap_or_default();
        format!("/cases/{}/do/{}{query}", self.id, self.row.name.code())
    }
}

/// Forms that are stored without moving the case.
pub(super) const STORABLE: [FormCode; 5] =
    [FormCode::F4, FormCode::F5, FormCode::F7, FormCode::F8, FormCode::F9];

/// The forms of a command, some of which depend on what was chosen.
pub(super) fn forms_of(
    row: &Transition,
    view: &CaseView,
    role: Role,
    form: Option<&str>,
    posted: Option<&Posted>,
) -> Vec<FormCode> {
    let mut forms = row.forms.to_vec();
    match row.name {
        // Civil affairs decides on the closure that the case manager signed, and signs no form of the institution's.
        CommandName::ApproveClosure | CommandName::DischargeNotSuitable
            if role == Role::CivilAffairsOfficer =>
        {
            forms.clear();
        }
        CommandName::StoreForm => {
            forms.extend(STORABLE.into_iter().filter(|code| Some(words::code(code).as_str()) == form));
        }
        CommandName::StageEvaluation => {
            let decision = posted.and_then(|posted| posted.get("F8.decision"));
            if matches!(decision, Some("adjust" | "intensify")) {
                forms.push(FormCode::F5);
            }
        }
        CommandName::Resubmit => {
            forms.push(FormCode::F1);
            if view.case.missing.iter().any(|item| item == "F12") {
                forms.push(FormCode::F12);
            }
        }
        // The assessor's finding needs no slip; the worker's back-slip says what is offered instead.
        CommandName::NotSuitable => forms.clear(),
        _ => {}
    }
    forms
}

/// Commands that decide on what plan and sessions came to.
pub(super) fn beside_figures(name: CommandName) -> bool {
    use CommandName::{ApproveClosure, ProposeClosure, RefuseClosure, ReturnVisit, StageEvaluation};
    matches!(name, StageEvaluation | ProposeClosure | ApproveClosure | RefuseClosure | ReturnVisit)
}

/// Whether the page shows plan and sessions, or begins a form with them.
fn needs_care(name: CommandName, asked: &[FormCode]) -> bool {
    beside_figures(name)
        || asked.iter().any(|code| matches!(code, FormCode::F5 | FormCode::F8 | FormCode::F10))
}

/// What the page of a command needs, within the reader's scope.
pub(super) async fn desk(
    site: &Site,
    session: &Session,
    id: Id,
    name: CommandName,
    form: Option<&str>,
    posted: Option<&Posted>,
) -> Result<Desk, Failure> {
    let row = transition(name).ok_or(Error::NotFound)?;
    let (app, scope) = (&site.app, &session.scope);
    let view = cases::view(app, scope, id).await?;
    let mut forms = cases::forms(app, scope, id).await?;
    if name == CommandName::Resubmit && view.case.state == CaseState::Supplement {
        // Before the stored ones: the filer supplies a whole application, with the health fields it wrote itself.
        forms.splice(0..0, own_application(site, session, id).await?);
    }
    let named: Vec<Uuid> = view.case.institution.into_iter().collect();
    let institution = directory::organisation_names(app, &named).await?.into_values().next();
    let institution = institution.unwrap_or_default();
    let asked = forms_of(row, &view, scope.role, form, posted);
    let care = if needs_care(name, &asked) { CareKnown::of(site, session, id).await? } else { None };
    let shared = match asked.contains(&FormCode::F4) {
        true => app::followup::for_case(app, scope, id).await?,
        false => ForCase::default(),
    };
    let known = Known {
        app,
        session,
        view: &view,
        forms: &forms,
        institution: institution.clone(),
        care: care.as_ref(),
        shared,
    };
    let choices = Choices::load(&known, row).await?;
    Ok(Desk { id, row, view, forms, institution, choices, asked, care, shared })
}

/// The application that the reader filed, as forms of the case.
async fn own_application(site: &Site, session: &Session, id: Id) -> Result<Vec<FormView>, Failure> {
    let draft = match cases::draft(&site.app, &session.scope, id).await {
        Ok(draft) => draft,
        Err(Error::Forbidden) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let form = |code: FormCode, data: Map<String, Json>| FormView {
        id,
        code: words::code(&code),
        form_version: 1,
        data,
        written_by: String::new(),
        at: draft.case.changed,
    };
    Ok(vec![form(FormCode::F1, draft.form.clone()), form(FormCode::F12, draft.consent.clone())])
}
