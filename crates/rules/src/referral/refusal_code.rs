//! Codes of refusals: each row is the code as stored and shown, and when it is given.

use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal,)+) => {
        /// Why a command was refused. The texts are in the catalogue under `refusal.CODE`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum RefusalCode { $($(#[doc = $doc])+ $name,)+ }

        impl RefusalCode {
            /// All codes.
            pub const ALL: &'static [RefusalCode] = &[$(RefusalCode::$name,)+];

            /// The code as stored and shown.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(RefusalCode::$name => $code,)+ }
            }
        }
    };
}

codes! {
    /// The case is not in a state from which this is possible.
    WrongState = "wrong_state",
    /// The role may not do this.
    WrongRole = "wrong_role",
    /// The case belongs to somebody else.
    NotYourCase = "not_your_case",
    /// The case lies outside the caller's area.
    OutOfArea = "out_of_area",
    /// Another person must do this (second signature, first decider, sole provider).
    SamePerson = "same_person",
    /// A case exists already, or does not exist yet.
    CaseExists = "case_exists",
    /// There is no case.
    NoCase = "no_case",
    /// A form is missing.
    FormMissing = "form_missing",
    /// A form is not complete.
    FormIncomplete = "form_incomplete",
    /// A form is not signed by all who must.
    FormUnsigned = "form_unsigned",
    /// A form is too old.
    FormTooOld = "form_too_old",
    /// The assessment does not say so.
    OutcomeDiffers = "outcome_differs",
    /// The identity number is not valid.
    IdentityNumberInvalid = "identity_number_invalid",
    /// The identity was not verified.
    IdentityNotVerified = "identity_not_verified",
    /// Consent is missing or has run out.
    ConsentMissing = "consent_missing",
    /// A person with full capacity decides alone.
    GuardianNotAllowed = "guardian_not_allowed",
    /// A guardian must sign.
    GuardianNeeded = "guardian_needed",
    /// Nothing is recorded that makes the person's capacity what the paper says.
    CapacityNotRecorded = "capacity_not_recorded",
    /// The finding lacks a source, who found it, or its days are not in order.
    FindingInvalid = "finding_invalid",
    /// The person's own word is missing beside the guardian's signature.
    OwnWordMissing = "own_word_missing",
    /// The person's own yes is needed beside the guardian's.
    OwnWordNeeded = "own_word_needed",
    /// Nobody may consent to this for the person.
    NobodyMayConsent = "nobody_may_consent",
    /// No consent is to be asked again.
    NothingToAsk = "nothing_to_ask",
    /// The disorder is outside the scope.
    OutOfScope = "out_of_scope",
    /// Does not live at home in the area.
    NotAtHome = "not_at_home",
    /// Has no rehabilitation need.
    NoNeed = "no_need",
    /// Something speaks against community rehabilitation; the medical route is open.
    MedicalRoute = "medical_route",
    /// The risk grade is below the one that the follow-up shares, and no reason is given.
    RiskBelowShared = "risk_below_shared",
    /// Another case of the same person is open.
    OtherOpenCase = "other_open_case",
    /// Nothing is listed as missing.
    ItemsMissing = "items_missing",
    /// Not all items were answered.
    ItemsUnanswered = "items_unanswered",
    /// Papers were asked for as often or as long as allowed.
    SupplementLimit = "supplement_limit",
    /// The reason code is unknown, of the wrong kind, or not in force.
    ReasonUnknown = "reason_unknown",
    /// A proposal must come first.
    NotProposed = "not_proposed",
    /// A proposal is pending already.
    AlreadyProposed = "already_proposed",
    /// The notice was not sent.
    NoticeNotSent = "notice_not_sent",
    /// The term has run out.
    TermOver = "term_over",
    /// The term has not run out yet.
    TermNotOver = "term_not_over",
    /// An objection was answered already.
    AlreadyAnswered = "already_answered",
    /// No objection is pending.
    NoObjection = "no_objection",
    /// The person was not asked.
    PersonNotAsked = "person_not_asked",
    /// The institution is unknown.
    InstitutionUnknown = "institution_unknown",
    /// The institution is not listed.
    NotListed = "not_listed",
    /// The institution is listed.
    StillListed = "still_listed",
    /// The institution does not serve the area.
    AreaNotServed = "area_not_served",
    /// The institution does not admit the disorder group.
    DisorderNotServed = "disorder_not_served",
    /// The institution does not admit the age.
    AgeNotServed = "age_not_served",
    /// The institution offers none of the services asked for.
    ServiceNotOffered = "service_not_offered",
    /// No free place.
    NoFreePlace = "no_free_place",
    /// The institution is cooling down for this person.
    CoolingDown = "cooling_down",
    /// After two declines civil affairs decides.
    CivilAffairsDecides = "civil_affairs_decides",
    /// The order agreed to names another institution first.
    NotNextInOrder = "not_next_in_order",
    /// A suitable institution has a free place.
    InstitutionFits = "institution_fits",
    /// The account is not a case manager of the institution.
    NotACaseManager = "not_a_case_manager",
    /// Not every item has one answer.
    AnswersIncomplete = "answers_incomplete",
    /// No item is accepted: decline instead.
    NothingAccepted = "nothing_accepted",
    /// A date is out of range.
    DateInvalid = "date_invalid",
    /// A number is out of range.
    ValueInvalid = "value_invalid",
    /// The suspension is too long.
    TooLong = "too_long",
    /// A re-assessment must come first.
    ReassessmentNeeded = "reassessment_needed",
    /// No ground is named.
    TriggerMissing = "trigger_missing",
    /// The stay is not long enough.
    StayTooShort = "stay_too_short",
    /// Too few tries, or on too few days.
    ContactsMissing = "contacts_missing",
    /// A final evaluation must come first.
    EvaluationMissing = "evaluation_missing",
    /// The client was not told.
    ClientNotTold = "client_not_told",
    /// The follow-up plan is missing.
    FollowUpPlanMissing = "follow_up_plan_missing",
    /// A part of the package is still going on elsewhere.
    ChildrenOpen = "children_open",
    /// Consent was taken back: the closure cannot be refused.
    ConsentWithdrawn = "consent_withdrawn",
    /// Return visits are still to be done.
    VisitsOutstanding = "visits_outstanding",
    /// No feedback was sent to this account.
    NoFeedback = "no_feedback",
    /// Nothing to take back.
    NothingToWithdraw = "nothing_to_withdraw",
    /// Only from the destination.
    NotDestination = "not_destination",
    /// The agreement is missing or has run out.
    AgreementMissing = "agreement_missing",
    /// The person refuses, and decides alone.
    PersonRefuses = "person_refuses",
    /// There is no other case to join.
    NoOtherCase = "no_other_case",
    /// The caller acts on nobody's behalf.
    NotOnBehalf = "not_on_behalf",
    /// The procedure of the library does not allow this now.
    DefenceOpen = "defence_open",
    /// Two different organisations must approve.
    SameOrganisation = "same_organisation",
}

impl RefusalCode {
    /// A refusal by a rule: a transition (T1–T31), an invariant (I1–I7), an eligibility rule (E1–E5) or a
    /// clock (K1–K13).
    #[must_use]
    pub fn by(self, rule: &str) -> Refusal {
        Refusal::new(rule, self.code())
    }
}

impl PartialEq<RefusalCode> for Refusal {
    fn eq(&self, code: &RefusalCode) -> bool {
        self.code == code.code()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_the_stored_name() {
        for code in RefusalCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.code());
        }
    }
}
