//! Names of commands, for lists of what may be done.

use serde::{Deserialize, Serialize};

use super::command::Command;

macro_rules! names {
    ($($name:ident $pattern:tt = $code:literal,)+) => {
        /// The name of a command without its data.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[allow(missing_docs, reason = "each name is documented at the command")]
        pub enum CommandName { $($name,)+ }

        impl CommandName {
            /// All names.
            pub const ALL: &'static [CommandName] = &[$(CommandName::$name,)+];

            /// The name as written in requests and events.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(CommandName::$name => $code,)+ }
            }
        }

        impl Command {
            /// The name of the command.
            #[must_use]
            pub fn name(&self) -> CommandName {
                match self { $(Command::$name $pattern => CommandName::$name,)+ }
            }
        }
    };
}

names! {
    Save (..) = "save",
    Submit {} = "submit",
    AskSupplement { .. } = "ask_supplement",
    Resubmit { .. } = "resubmit",
    ProposeRejection { .. } = "propose_rejection",
    ConfirmRejection { .. } = "confirm_rejection",
    Object { .. } = "object",
    UpholdObjection {} = "uphold_objection",
    DismissObjection { .. } = "dismiss_objection",
    Register (..) = "register",
    Refer { .. } = "refer",
    Queue { .. } = "queue",
    PlaceFree { .. } = "place_free",
    Decline { .. } = "decline",
    RecallSilent {} = "recall_silent",
    InstitutionUnlisted { .. } = "institution_unlisted",
    Accept { .. } = "accept",
    Assess { .. } = "assess",
    NotSuitable { .. } = "not_suitable",
    Agree { .. } = "agree",
    FirstSession { .. } = "first_session",
    StageEvaluation { .. } = "stage_evaluation",
    Suspend { .. } = "suspend",
    Resume {} = "resume",
    SuspensionOver {} = "suspension_over",
    ReturnToHospital (..) = "return_to_hospital",
    ConfirmHospital { .. } = "confirm_hospital",
    Discharge { .. } = "discharge",
    DischargeNotSuitable { .. } = "discharge_not_suitable",
    ProposeClosure { .. } = "propose_closure",
    ApproveClosure { .. } = "approve_closure",
    RefuseClosure { .. } = "refuse_closure",
    ProposeTransfer { .. } = "propose_transfer",
    ConfirmTransfer {} = "confirm_transfer",
    RefuseTransfer { .. } = "refuse_transfer",
    Withdraw {} = "withdraw",
    Cancel { .. } = "cancel",
    RecordContactAttempt { .. } = "record_contact_attempt",
    ReturnVisit { .. } = "return_visit",
    ReEnter { .. } = "re_enter",
    End { .. } = "end",
    EndAfterVisits {} = "end_after_visits",
    Death { .. } = "death",
    RecordConsent { .. } = "record_consent",
    WithdrawConsent { .. } = "withdraw_consent",
    AcknowledgeFeedback {} = "acknowledge_feedback",
    RecordCapacity { .. } = "record_capacity",
    AskAgain {} = "ask_again",
    RecordWord { .. } = "record_word",
    RenewAgreement { .. } = "renew_agreement",
    StoreForm {} = "store_form",
    ChangeCaseManager { .. } = "change_case_manager",
    AddSource (..) = "add_source",
    ChildEnded { .. } = "child_ended",
    ExpireSupplement {} = "expire_supplement",
    ExpireDraft {} = "expire_draft",
}
