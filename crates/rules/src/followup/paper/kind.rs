//! Which papers there are: their numbers in the work norm of 2018, who writes each, and in which state of the record.

use crate::{
    Refusal,
    followup::{
        desk::{Deed, Ties, is_visited},
        register::{Record, State},
    },
};
use serde::{Deserialize, Serialize};

/// The rule behind every refusal here.
const RULE: &str = "SMD-PAPER";

/// Which paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperKind {
    /// Clue questionnaire, form 1.
    ClueSurvey,
    /// Review of a clue, form 2.
    ClueReview,
    /// Report card of onset, form 3.
    ReportCard,
    /// Discharge slip, form 4.
    DischargeSlip,
    /// Consent to community management, form 5.
    ManagementConsent,
    /// Personal basic information, form 6.
    BasicInformation,
    /// Personal-information supplement, form 7.
    Supplement,
    /// Exchange of information with others, form 9.
    InformationExchange,
    /// Consent to emergency handling, form 11.
    EmergencyConsent,
    /// Survey of an incident, form 13.
    IncidentSurvey,
}

impl PaperKind {
    /// All of them, by their numbers.
    pub const ALL: [PaperKind; 10] = [
        PaperKind::ClueSurvey,
        PaperKind::ClueReview,
        PaperKind::ReportCard,
        PaperKind::DischargeSlip,
        PaperKind::ManagementConsent,
        PaperKind::BasicInformation,
        PaperKind::Supplement,
        PaperKind::InformationExchange,
        PaperKind::EmergencyConsent,
        PaperKind::IncidentSurvey,
    ];

    /// The code as stored and sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            PaperKind::ClueSurvey => "clue_survey",
            PaperKind::ClueReview => "clue_review",
            PaperKind::ReportCard => "report_card",
            PaperKind::DischargeSlip => "discharge_slip",
            PaperKind::ManagementConsent => "management_consent",
            PaperKind::BasicInformation => "basic_information",
            PaperKind::Supplement => "supplement",
            PaperKind::InformationExchange => "information_exchange",
            PaperKind::EmergencyConsent => "emergency_consent",
            PaperKind::IncidentSurvey => "incident_survey",
        }
    }

    /// The kind of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<PaperKind> {
        PaperKind::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The number of the form in the work norm of 2018.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            PaperKind::ClueSurvey => 1,
            PaperKind::ClueReview => 2,
            PaperKind::ReportCard => 3,
            PaperKind::DischargeSlip => 4,
            PaperKind::ManagementConsent => 5,
            PaperKind::BasicInformation => 6,
            PaperKind::Supplement => 7,
            PaperKind::InformationExchange => 9,
            PaperKind::EmergencyConsent => 11,
            PaperKind::IncidentSurvey => 13,
        }
    }

    /// Whether one version follows another, as of a person's card; the others are written for each discharge, exchange, emergency or
    /// incident.
    #[must_use]
    pub fn is_one(self) -> bool {
        use PaperKind::{DischargeSlip, EmergencyConsent, IncidentSurvey, InformationExchange};
        !matches!(self, DischargeSlip | InformationExchange | EmergencyConsent | IncidentSurvey)
    }

    /// Whether the file of a person who is in the register is whole only with it (forms 3, 5, 6, 7; visits, form 8, are beside).
    #[must_use]
    pub fn is_of_file(self) -> bool {
        use PaperKind::{BasicInformation, ManagementConsent, ReportCard, Supplement};
        matches!(self, ReportCard | ManagementConsent | BasicInformation | Supplement)
    }

    /// Whether a record may be opened by it.
    #[must_use]
    pub fn opens(self) -> bool {
        matches!(self, PaperKind::ReportCard | PaperKind::DischargeSlip)
    }

    /// Whether somebody who stands so to the record may write it now. Card and slip come from the institution that diagnosed or
    /// discharged; what comes on paper is entered by primary care or the county (2013 Measures). A clue is written down by whoever
    /// follows it and reviewed by the county; consent is asked for by who is in charge; the other papers are part of the file that
    /// primary care keeps.
    ///
    /// # Errors
    /// Somebody else writes it, or not in this state.
    pub fn permit(self, record: &Record, ties: Ties) -> Result<(), Refusal> {
        let own = match self {
            // A reviewed clue is reported by the step, which is for the hospital and the county.
            PaperKind::ReportCard if record.state == State::Reviewed => ties.reporter || ties.county,
            PaperKind::ReportCard | PaperKind::DischargeSlip => ties.reporter || ties.keeps(),
            PaperKind::ClueReview => ties.county,
            PaperKind::ManagementConsent => ties.in_charge,
            PaperKind::EmergencyConsent => ties.in_charge || ties.reporter,
            PaperKind::ClueSurvey
            | PaperKind::BasicInformation
            | PaperKind::Supplement
            | PaperKind::InformationExchange
            | PaperKind::IncidentSurvey => ties.keeps(),
        };
        if !own {
            return Err(Refusal::new(RULE, "smd_not_yours").with("deed", self.code()));
        }
        let is_clue = matches!(record.state, State::Clue | State::Reviewed);
        let fits = match self {
            PaperKind::ClueSurvey | PaperKind::ClueReview => is_clue,
            PaperKind::ReportCard => !matches!(record.state, State::Clue | State::Excluded),
            PaperKind::DischargeSlip => !is_clue && record.state != State::Excluded,
            PaperKind::ManagementConsent => {
                matches!(record.state, State::Received | State::Managed | State::RegisteredOnly)
            }
            PaperKind::BasicInformation | PaperKind::Supplement => is_visited(record),
            PaperKind::EmergencyConsent => Deed::Emergency.fits(record),
            PaperKind::InformationExchange | PaperKind::IncidentSurvey => record.state != State::Excluded,
        };
        if fits { Ok(()) } else { Err(Refusal::new(RULE, "wrong_state").with("state", record.state.code())) }
    }

    /// File name and text of the definition that is part of the programme.
    pub(super) fn file(self) -> (&'static str, &'static str) {
        macro_rules! sheet {
            ($file:literal) => {
                (concat!("data/papers/", $file), include_str!(concat!("../../../../../data/papers/", $file)))
            };
        }
        match self {
            PaperKind::ClueSurvey => sheet!("clue_survey.toml"),
            PaperKind::ClueReview => sheet!("clue_review.toml"),
            PaperKind::ReportCard => sheet!("report_card.toml"),
            PaperKind::DischargeSlip => sheet!("discharge_slip.toml"),
            PaperKind::ManagementConsent => sheet!("management_consent.toml"),
            PaperKind::BasicInformation => sheet!("basic_information.toml"),
            PaperKind::Supplement => sheet!("supplement.toml"),
            PaperKind::InformationExchange => sheet!("information_exchange.toml"),
            PaperKind::EmergencyConsent => sheet!("emergency_consent.toml"),
            PaperKind::IncidentSurvey => sheet!("incident_survey.toml"),
        }
    }
}
