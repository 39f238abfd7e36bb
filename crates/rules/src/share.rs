//! Shares (对外共享): a connector through which a department's program takes of cases, continuously, what its basis allows and
//! nothing else (`data/share.toml`).
//!
//! Nothing is provided before its impact assessment (Personal Information Protection Law art. 55 and 56), and only under an
//! agreement (Regulations on Network Data Security art. 12). The basis is the person's separate consent (art. 23, 29) or a
//! duty by law, which is named as such and never shown as a consent.

use crate::embedded::DataError;
use crate::referral::{Case, Purpose, State as CaseState};
use crate::refusal::Refusal;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const FILE: &str = "data/share.toml";
const TEXT: &str = include_str!("../../../data/share.toml");

/// A kind of data that a share carries. There is no kind for notes, drugs or sessions: they are never shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// That the need is registered.
    NeedRegistered,
    /// Whether a service began or ended.
    ServiceStage,
    /// With which institution.
    Institution,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 3] = [Kind::NeedRegistered, Kind::ServiceStage, Kind::Institution];

    /// The code that is stored and shown by the catalogue.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Kind::NeedRegistered => "need_registered",
            Kind::ServiceStage => "service_stage",
            Kind::Institution => "institution",
        }
    }

    /// The kind of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Where a share stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Written down; nothing leaves.
    Drafted,
    /// Records leave.
    Open,
    /// Nothing leaves but that something is to be deleted.
    Suspended,
    /// Over for good.
    Ended,
}

impl State {
    /// All states.
    pub const ALL: [State; 4] = [State::Drafted, State::Open, State::Suspended, State::Ended];

    /// The code that is stored and shown by the catalogue.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            State::Drafted => "drafted",
            State::Open => "open",
            State::Suspended => "suspended",
            State::Ended => "ended",
        }
    }

    /// The state of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// What an impact assessment concludes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// Lawful, necessary, and the risk is small.
    Acceptable,
    /// The same with the measures named.
    WithMeasures,
    /// It may not be shared.
    NotAcceptable,
}

impl Conclusion {
    /// All conclusions.
    pub const ALL: [Conclusion; 3] =
        [Conclusion::Acceptable, Conclusion::WithMeasures, Conclusion::NotAcceptable];

    /// The code that is stored and shown by the catalogue.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Conclusion::Acceptable => "acceptable",
            Conclusion::WithMeasures => "with_measures",
            Conclusion::NotAcceptable => "not_acceptable",
        }
    }

    /// The conclusion of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Conclusion> {
        Conclusion::ALL.into_iter().find(|conclusion| conclusion.code() == code)
    }
}

/// An impact assessment as far as the rules need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// What it concludes.
    pub conclusion: Conclusion,
    /// The kinds of data that were assessed.
    pub kinds: Vec<Kind>,
    /// Concluded on this day.
    pub concluded_on: Date,
    /// The last day before it is to be reviewed.
    pub review_due_on: Date,
}

/// A share as far as the rules need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Where it stands.
    pub state: State,
    /// Kind of the recipient organisation.
    pub recipient: String,
    /// Code of its basis.
    pub basis: String,
    /// What is given.
    pub kinds: Vec<Kind>,
    /// Day of the agreement, where it has a number.
    pub agreed_on: Option<Date>,
    /// The latest assessment.
    pub assessment: Option<Assessment>,
    /// Who proposed to open it.
    pub proposed_by: Option<Uuid>,
}

/// On what a share may rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// Code.
    pub code: String,
    /// The purpose of the consent; none where it is a duty by law.
    pub purpose: Option<Purpose>,
    /// Kinds of organisations that may receive on this basis.
    pub recipients: Vec<String>,
    /// What it allows.
    pub kinds: Vec<Kind>,
    /// By which law, in Chinese.
    pub law_zh: String,
    /// By which law, in English.
    pub law_en: String,
}

impl Basis {
    /// What it is called where things given are registered: a consent or a duty, never one for the other.
    #[must_use]
    pub fn label(&self) -> &'static str {
        if self.purpose.is_some() { "consent" } else { "legal_duty" }
    }
}

/// How far the service has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Not begun.
    NotBegun,
    /// Begun and going on.
    Begun,
    /// Ended.
    Ended,
}

/// What leaves of a case. What the share does not carry is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// That the need is registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub need_registered: Option<bool>,
    /// Whether a service began or ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Stage>,
    /// The institution in charge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub institution: Option<Uuid>,
}

/// The rules of shares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShareRule {
    /// First day in use.
    pub effective_from: Date,
    /// Months after which an assessment is reviewed at the latest.
    pub review_months: u16,
    /// Days before it on which civil affairs is reminded.
    pub remind_days: u16,
    /// Years for which what proves a share is kept.
    pub keep_years: u16,
    /// Entries of one page.
    pub page_rows: u16,
    /// Characters of a reason at least.
    pub reason_characters: u16,
    /// Characters of the measures of an assessment at least.
    pub measures_characters: u16,
    /// On what a share may rest.
    #[serde(rename = "basis")]
    pub bases: Vec<Basis>,
}

impl ShareRule {
    /// The rules that are part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        toml::from_str(TEXT).map_err(|fault| DataError::new(FILE, fault))
    }

    /// The basis of a code.
    #[must_use]
    pub fn basis(&self, code: &str) -> Option<&Basis> {
        self.bases.iter().find(|basis| basis.code == code)
    }

    /// Whether a share of these kinds to such an organisation may rest on the basis.
    ///
    /// # Errors
    /// There is no such basis, it is not for this recipient, or it does not carry a kind; nothing is to be given.
    pub fn fits(&self, share: &Share) -> Result<&Basis, Refusal> {
        let basis = self.basis(&share.basis).ok_or_else(|| Refusal::new("SH2", "share_no_basis"))?;
        if !basis.recipients.contains(&share.recipient) {
            return Err(Refusal::new("SH2", "share_recipient_not_allowed"));
        }
        if share.kinds.is_empty() {
            return Err(Refusal::new("SH2", "share_no_kinds"));
        }
        if share.kinds.iter().any(|kind| !basis.kinds.contains(kind)) {
            return Err(Refusal::new("SH2", "share_kind_not_allowed"));
        }
        Ok(basis)
    }

    /// What stands in the way of records leaving under this share on a day, whoever wants it: no impact assessment, one that
    /// says no, is to be reviewed or did not look at a kind of data; no agreement (art. 55, 56; Regulations art. 12).
    ///
    /// # Errors
    /// The first of these.
    pub fn may_leave(&self, share: &Share, today: Date) -> Result<(), Refusal> {
        self.fits(share)?;
        let no = |code: &str| Err(Refusal::new("PIPL55", code));
        let Some(assessment) = share.assessment.as_ref().filter(|one| one.concluded_on <= today) else {
            return Err(Refusal::new("PIPL55", "share_no_assessment"));
        };
        if assessment.conclusion == Conclusion::NotAcceptable {
            return no("share_assessment_negative");
        }
        if assessment.review_due_on < today {
            return no("share_assessment_overdue");
        }
        if share.kinds.iter().any(|kind| !assessment.kinds.contains(kind)) {
            return no("share_kind_not_assessed");
        }
        if share.agreed_on.is_none_or(|day| day > today) {
            return Err(Refusal::new("NDS12", "share_no_agreement"));
        }
        Ok(())
    }

    /// Proposes to open it, for a second person to confirm.
    ///
    /// # Errors
    /// It is open or ended, or something stands in the way.
    pub fn propose(&self, share: &Share, today: Date) -> Result<(), Refusal> {
        match share.state {
            State::Ended => Err(Refusal::new("SH3", "share_ended")),
            State::Open => Err(Refusal::new("SH3", "share_open_already")),
            State::Drafted | State::Suspended => self.may_leave(share, today),
        }
    }

    /// Opens it: a second person confirms what somebody else proposed.
    ///
    /// # Errors
    /// As [`ShareRule::propose`]; nobody proposed it, or the same person did.
    pub fn confirm(&self, share: &Share, by: Uuid, today: Date) -> Result<(), Refusal> {
        self.propose(share, today)?;
        match share.proposed_by {
            None => Err(Refusal::new("SH3", "share_not_proposed")),
            Some(proposer) if proposer == by => Err(Refusal::new("SH3", "share_own_proposal")),
            Some(_) => Ok(()),
        }
    }

    /// Suspends it: anybody in charge, at once.
    ///
    /// # Errors
    /// It is not open.
    pub fn suspend(&self, share: &Share) -> Result<(), Refusal> {
        if share.state == State::Open { Ok(()) } else { Err(Refusal::new("SH3", "share_not_open")) }
    }

    /// Whether it can still be changed, assessed or ended.
    ///
    /// # Errors
    /// It has ended.
    pub fn still_stands(&self, share: &Share) -> Result<(), Refusal> {
        if share.state == State::Ended { Err(Refusal::new("SH3", "share_ended")) } else { Ok(()) }
    }

    /// Why an open share closes by itself on a day: the code of what stands in its way by now.
    #[must_use]
    pub fn closes(&self, share: &Share, today: Date) -> Option<String> {
        let no = self.may_leave(share, today).err();
        no.filter(|_| share.state == State::Open).map(|refusal| refusal.code)
    }

    /// The last day on which an assessment may stand without a review.
    #[must_use]
    pub fn review_by(&self, concluded_on: Date) -> Date {
        concluded_on.saturating_add(jiff::Span::new().months(i32::from(self.review_months)))
    }

    /// From this day on the review is on the list of civil affairs.
    #[must_use]
    pub fn remind_on(&self, review_due_on: Date) -> Date {
        review_due_on.saturating_sub(jiff::Span::new().days(i32::from(self.remind_days)))
    }

    /// What of a case may leave on a basis to the program of a county's recipient on a day; nothing where the person did not
    /// agree or took it back, died, is of another county by now, or was never registered or is out of sight.
    #[must_use]
    pub fn released(
        &self,
        case: &Case,
        county: i64,
        (basis, kinds): (&Basis, &[Kind]),
        today: Date,
    ) -> Option<Released> {
        let agreed = match basis.purpose {
            Some(purpose) => case.has_consent(purpose, today),
            None => true,
        };
        if !agreed || !is_of_county(case, county) {
            return None;
        }
        let carries = |kind: Kind| kinds.contains(&kind) && basis.kinds.contains(&kind);
        Some(Released {
            need_registered: carries(Kind::NeedRegistered).then_some(true),
            service: carries(Kind::ServiceStage).then(|| stage(case)),
            institution: case.institution.filter(|_| carries(Kind::Institution)),
        })
    }
}

/// Whether a case is registered with the county and neither left it nor came out of sight. Who took the consent to
/// registration back is out of sight in every state and on every basis (art. 15).
fn is_of_county(case: &Case, county: i64) -> bool {
    let registration = case.consents.iter().rfind(|given| given.purpose == Purpose::Registration);
    let taken_back = registration.is_some_and(|given| given.withdrawn.is_some());
    let left = matches!(case.state, CaseState::Transferred | CaseState::Withdrawn);
    let never = matches!(
        case.state,
        CaseState::Draft
            | CaseState::Submitted
            | CaseState::Supplement
            | CaseState::Lapsed
            | CaseState::Rejected
    );
    case.registration.is_some()
        && case.died.is_none()
        && case.filing.county == county
        && !taken_back
        && !left
        && !never
}

fn stage(case: &Case) -> Stage {
    let over = matches!(case.state, CaseState::Closed | CaseState::Ended);
    match case.service_since {
        None => Stage::NotBegun,
        Some(_) if over => Stage::Ended,
        Some(_) => Stage::Begun,
    }
}

#[cfg(test)]
mod tests;
