//! The table of transitions: from which states, by which roles, with which forms and fields.
//!
//! T1–T31 follow the seven steps of the Measures (2023); where the Measures leave a move open, the row is a local
//! default. What else must be true stands beside the decision of each transition.

use super::command_name::CommandName;
use super::state::State;
use crate::account::Role;
use crate::form::FormCode;
use crate::reason::Category;

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// Number of the transition, or of the rule behind the command.
    pub rule: &'static str,
    /// The command.
    pub name: CommandName,
    /// States from which it is possible.
    pub from: &'static [State],
    /// Roles that may do it.
    pub roles: &'static [Role],
    /// Forms handed in with it.
    pub forms: &'static [FormCode],
    /// Fields of its data.
    pub fields: &'static [&'static str],
    /// Category of its reason code.
    pub reason: Option<Category>,
    /// The step that moves the case on in the ordinary course.
    pub primary: bool,
}

use CommandName as C;
use FormCode::{F1, F3, F4, F5, F6, F7, F8, F9, F10, F11, F12, F13};
use Role::{
    Assessor, AssistingSubject, CaseManager, CivilAffairsOfficer, Client, Committee, Doctor, DpfOfficer,
    InstitutionManager, ReferralWorker, System,
};
use State::{
    Accepted, Agreed, Assessed, Closed, Closing, Draft, Ended, Hospital, InService, Referred, Registered,
    Rejected, Submitted, Supplement, Suspended, Waiting,
};

/// Who may file: the person, those who help, a doctor, and the referral worker for a person at the counter.
const FILERS: &[Role] = &[Client, AssistingSubject, Committee, DpfOfficer, Doctor, ReferralWorker];
const SENDERS: &[Role] = &[Client, AssistingSubject, Committee, DpfOfficer, Doctor];
const OPEN: &[State] = &[
    Draft, Submitted, Supplement, Registered, Referred, Waiting, Accepted, Assessed, Agreed, InService,
    Suspended, Hospital, Closing,
];
const OPEN_AND_CLOSED: &[State] = &[
    Draft, Submitted, Supplement, Registered, Referred, Waiting, Accepted, Assessed, Agreed, InService,
    Suspended, Hospital, Closing, Closed,
];
const SENT: &[State] = &[
    Submitted, Supplement, Registered, Referred, Waiting, Accepted, Assessed, Agreed, InService, Suspended,
    Hospital, Closing, Closed,
];
const WITH_INSTITUTION: &[State] =
    &[Accepted, Assessed, Agreed, InService, Suspended, Hospital, Closing, Closed];
const OFFERED_OR_ACCEPTED: &[State] =
    &[Referred, Accepted, Assessed, Agreed, InService, Suspended, Hospital, Closing, Closed];
const BEFORE_AGREEMENT: &[State] =
    &[Draft, Submitted, Supplement, Registered, Waiting, Referred, Accepted, Assessed];
const CANCELLABLE: &[State] = &[Registered, Waiting, Referred, Accepted, Assessed];
const TRANSFERABLE: &[State] =
    &[Registered, Waiting, Referred, Accepted, Assessed, Agreed, InService, Suspended];

/// A row without forms, fields and reason.
const fn row(
    rule: &'static str,
    name: CommandName,
    from: &'static [State],
    roles: &'static [Role],
) -> Transition {
    Transition { rule, name, from, roles, forms: &[], fields: &[], reason: None, primary: false }
}

impl Transition {
    const fn main(mut self) -> Self {
        self.primary = true;
        self
    }

    const fn forms(mut self, forms: &'static [FormCode]) -> Self {
        self.forms = forms;
        self
    }

    const fn fields(mut self, fields: &'static [&'static str]) -> Self {
        self.fields = fields;
        self
    }

    const fn reason(mut self, category: Category) -> Self {
        self.reason = Some(category);
        self
    }
}

/// The table, in the order of the transitions.
pub const TRANSITIONS: &[Transition] = &[
    row("T1", C::Save, &[Draft], FILERS).fields(&["person", "county", "division", "office", "package"]),
    row("T1", C::ExpireDraft, &[Draft], &[System]),
    row("T2", C::Submit, &[Draft], FILERS).forms(&[F1]).main(),
    row("T3", C::AskSupplement, &[Submitted], &[ReferralWorker]).fields(&["items"]),
    row("T4", C::Resubmit, &[Supplement], FILERS).fields(&["answered"]).main(),
    row("T5", C::ExpireSupplement, &[Supplement], &[System]),
    row("T6", C::ProposeRejection, &[Submitted], &[ReferralWorker])
        .fields(&["reason"])
        .reason(Category::Rejection),
    row("T6", C::ConfirmRejection, &[Submitted], &[CivilAffairsOfficer]).fields(&["notice_sent"]),
    row("T6b", C::Object, &[Rejected], SENDERS).forms(&[F13]).fields(&["document"]),
    row("T6b", C::UpholdObjection, &[Rejected], &[CivilAffairsOfficer]),
    row("T6b", C::DismissObjection, &[Rejected], &[CivilAffairsOfficer])
        .fields(&["reason"])
        .reason(Category::Rejection),
    row("T7", C::Register, &[Submitted], &[ReferralWorker])
        .fields(&["identity_verified", "ground", "lives_at_home", "has_need", "suitable", "package"])
        .main(),
    row("T8", C::Refer, &[Registered], &[ReferralWorker, CivilAffairsOfficer, System])
        .forms(&[F3])
        .fields(&["institution", "person_asked", "agreed_order"])
        .main(),
    row("T9", C::Queue, &[Registered], &[ReferralWorker, CivilAffairsOfficer])
        .fields(&["reason", "priority"])
        .reason(Category::Queue),
    row("T10", C::PlaceFree, &[Waiting], &[System]).fields(&["institution"]),
    row("T11", C::Decline, &[Referred], &[InstitutionManager]).fields(&["reason"]).reason(Category::Decline),
    row("T12", C::RecallSilent, &[Referred], &[System]),
    row("T12", C::InstitutionUnlisted, OFFERED_OR_ACCEPTED, &[System]).fields(&["institution", "notice"]),
    row("T13", C::Accept, &[Referred], &[InstitutionManager]).fields(&["case_manager", "answers"]).main(),
    row("T14", C::Assess, &[Accepted], &[Assessor]).forms(&[F4]).fields(&["risk_grade", "services"]).main(),
    row("T15", C::NotSuitable, &[Assessed], &[Assessor, ReferralWorker])
        .forms(&[F3])
        .fields(&["reason", "alternative"])
        .reason(Category::NotSuitable),
    row("T16", C::Agree, &[Assessed], &[CaseManager]).forms(&[F5, F6]).fields(&["signer", "until"]).main(),
    row("T17", C::FirstSession, &[Agreed], &[CaseManager]).forms(&[F7]).fields(&["session", "on"]).main(),
    row("T18", C::StageEvaluation, &[InService], &[Assessor]).forms(&[F8]).fields(&["decision"]).main(),
    row("T19", C::Suspend, &[InService], &[CaseManager]).fields(&["reason", "until"]).reason(Category::Pause),
    row("T20", C::Resume, &[Suspended], &[CaseManager]).main(),
    row("T19", C::SuspensionOver, &[Suspended], &[System]),
    row("T21", C::ReturnToHospital, &[Accepted, Assessed, Agreed, InService, Suspended], &[CaseManager])
        .forms(&[F9])
        .fields(&["triggers", "risk_grade", "danger_to_others", "hospital"]),
    row("T21", C::ConfirmHospital, &[Accepted, Assessed, Agreed, InService, Suspended], &[Doctor])
        .fields(&["on"])
        .main(),
    row("T22", C::Discharge, &[Hospital], &[Doctor]).forms(&[F9]).fields(&["on"]).main(),
    row("T23", C::DischargeNotSuitable, &[Hospital], &[CaseManager, CivilAffairsOfficer])
        .forms(&[F10])
        .fields(&["long_stay"]),
    row("T24", C::ProposeClosure, &[Agreed, InService, Suspended], &[CaseManager])
        .forms(&[F10])
        .fields(&["reason"])
        .reason(Category::Closure),
    row("T25", C::ApproveClosure, &[Closing], &[InstitutionManager, CivilAffairsOfficer])
        .forms(&[F10])
        .fields(&["client_told", "follow_up_plan"])
        .main(),
    row("T25b", C::RefuseClosure, &[Closing], &[InstitutionManager, CivilAffairsOfficer])
        .fields(&["reason"])
        .reason(Category::Refused),
    row("T26", C::ProposeTransfer, TRANSFERABLE, &[ReferralWorker]).fields(&["county", "office"]),
    row("T26", C::ConfirmTransfer, TRANSFERABLE, &[ReferralWorker]),
    row("T26", C::RefuseTransfer, TRANSFERABLE, &[ReferralWorker])
        .fields(&["reason"])
        .reason(Category::Refused),
    row("T27", C::Withdraw, BEFORE_AGREEMENT, &[Client]),
    row("T27b", C::Cancel, CANCELLABLE, &[ReferralWorker]).fields(&["reason"]).reason(Category::Cancel),
    row("T27b", C::RecordContactAttempt, SENT, &[ReferralWorker, CaseManager, Committee])
        .fields(&["on", "way", "reached"]),
    row("T28", C::ReturnVisit, &[Closed], &[CaseManager]).forms(&[F11]).fields(&["on", "action"]).main(),
    row("T29", C::ReEnter, &[Closed], &[Client, Doctor, CaseManager])
        .forms(&[F12])
        .fields(&["needs", "signer"]),
    row("T30", C::End, &[Closed], &[CaseManager]).fields(&["reason"]).reason(Category::End),
    row("T30", C::EndAfterVisits, &[Closed], &[System]),
    row("T31", C::Death, OPEN_AND_CLOSED, &[CaseManager, ReferralWorker, Doctor, System])
        .fields(&["on", "source", "cause"]),
    row(
        "E4",
        C::RecordConsent,
        OPEN_AND_CLOSED,
        &[Client, AssistingSubject, Committee, DpfOfficer, Doctor, ReferralWorker, CaseManager],
    )
    .forms(&[F12])
    .fields(&["purposes", "signer", "until"]),
    row("I7", C::WithdrawConsent, &State::ALL, &[Client, ReferralWorker, CaseManager, System])
        .fields(&["purposes"]),
    // Who has seen the paper: the county's desk and doctors. Neither kin nor the institution that serves.
    row("E4", C::RecordCapacity, SENT, &[ReferralWorker, Doctor])
        .fields(&["capacity", "basis", "assessor", "on", "until"]),
    row("E4", C::AskAgain, OPEN_AND_CLOSED, &[System]),
    row("E4", C::RecordWord, OPEN_AND_CLOSED, &[Client, Committee, Doctor, ReferralWorker, CaseManager])
        .fields(&["word"]),
    row("T25", C::AcknowledgeFeedback, &[Closed, Ended], FILERS),
    row("I4", C::RenewAgreement, &[Agreed, InService, Suspended], &[CaseManager])
        .forms(&[F6])
        .fields(&["signer", "until"]),
    row(
        "I3",
        C::StoreForm,
        OPEN_AND_CLOSED,
        &[Client, Doctor, ReferralWorker, InstitutionManager, CaseManager, Assessor],
    ),
    row("T13", C::ChangeCaseManager, WITH_INSTITUTION, &[InstitutionManager, System])
        .fields(&["case_manager"]),
    row("I1", C::AddSource, OPEN, &[System]),
    row("T25", C::ChildEnded, &State::ALL, &[System]).fields(&["child"]),
];

/// The row of a command.
#[must_use]
pub fn transition(name: CommandName) -> Option<&'static Transition> {
    TRANSITIONS.iter().find(|row| row.name == name)
}
