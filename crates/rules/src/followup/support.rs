//! Free medication (免费服药) and the admission subsidy (住院补助): who is entitled, how much, and when it ends.
//!
//! Entitled is who is registered, managed and poor, or whom a local rule names. Amounts are local: `data/subsidies.toml`.

use super::register::{Record, State};
use super::subsidy::{Fen, SubsidyTable, SupportLimits};
use crate::Refusal;
use crate::clock::Mark;
use crate::division::DivisionCode;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The rule behind every refusal here.
const RULE: &str = "SMD-SUPPORT";

/// A programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupportKind {
    /// Free medication.
    FreeMedication,
    /// Admission subsidy.
    AdmissionSubsidy,
}

impl SupportKind {
    /// Both.
    pub const ALL: [SupportKind; 2] = [SupportKind::FreeMedication, SupportKind::AdmissionSubsidy];

    /// The code as stored and sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            SupportKind::FreeMedication => "free_medication",
            SupportKind::AdmissionSubsidy => "admission_subsidy",
        }
    }

    /// The programme of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<SupportKind> {
        SupportKind::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// The rule of a region for a programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupportRule {
    /// Programme.
    pub kind: SupportKind,
    /// Region; none for the whole country.
    pub region: Option<DivisionCode>,
    /// Whether the person must be managed.
    pub managed: bool,
    /// Whether the person must be poor.
    pub poor: bool,
    /// What share of the cost is paid.
    pub percent: u16,
    /// At a time at most; none where the region sets no limit.
    pub cap_once_fen: Option<Fen>,
    /// In a year at most; none where the region sets no limit.
    pub cap_year_fen: Option<Fen>,
    /// Official or default.
    pub mark: Mark,
    /// Source in Chinese.
    pub source_zh: String,
    /// Source in English.
    pub source_en: String,
    /// First day in force.
    pub effective_from: Date,
}

/// What was given to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Programme.
    pub kind: SupportKind,
    /// Drug and how much of it, for free medication.
    pub drug: Option<(String, String)>,
    /// First day.
    pub from: Date,
    /// Last day.
    pub until: Date,
    /// Amount.
    pub amount: Fen,
    /// Who paid.
    pub payer: String,
}

/// Somebody who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applicant {
    /// The record in the register.
    pub record: Record,
    /// Economy 1, poor; none where it was not asked.
    pub poor: Option<bool>,
    /// A local rule names the person, whatever the means.
    pub local_rule: bool,
    /// The person refused the help.
    pub refused: bool,
}

/// Why a support ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// The person refused it, or community management.
    Refused,
    /// The person moved.
    Moved,
    /// The person died.
    Died,
    /// The diagnosis was excluded.
    Excluded,
}

impl Stop {
    /// The code as stored and sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Stop::Refused => "refused",
            Stop::Moved => "moved",
            Stop::Died => "died",
            Stop::Excluded => "excluded",
        }
    }
}

/// Why a support that was given ends now; none while it goes on.
#[must_use]
pub fn stop(applicant: &Applicant) -> Option<Stop> {
    match applicant.record.state {
        State::Deceased => Some(Stop::Died),
        State::Moved => Some(Stop::Moved),
        State::RegisteredOnly => Some(Stop::Refused),
        State::Excluded => Some(Stop::Excluded),
        _ if applicant.refused => Some(Stop::Refused),
        _ => None,
    }
}

/// Whether somebody is entitled.
///
/// # Errors
/// A refusal that names what stands in the way.
pub fn entitled(rule: &SupportRule, applicant: &Applicant) -> Result<(), Refusal> {
    let no = |code: &str| Err(Refusal::new(RULE, code));
    let record = &applicant.record;
    // In hospital or lost for a while one stays managed.
    let managed = record.agreed == Some(true);
    match stop(applicant) {
        Some(Stop::Died) => no("deceased"),
        Some(Stop::Moved) => no("moved"),
        Some(Stop::Refused) => no("declined_by_person"),
        Some(Stop::Excluded) => no("not_registered"),
        None if !record.is_registered() => no("not_registered"),
        None if rule.managed && !managed => no("not_managed"),
        None if rule.poor && applicant.poor != Some(true) && !applicant.local_rule => no("not_poor"),
        None => Ok(()),
    }
}

/// Whether something was given already: the same drug for a day that was supplied before, or a day in hospital that was paid
/// before. Nobody is paid twice.
#[must_use]
pub fn given_twice(now: &Given, earlier: &[Given]) -> bool {
    let drug = |given: &Given| given.drug.as_ref().map(|(name, _)| name.trim().to_lowercase());
    earlier.iter().any(|one| {
        one.kind == now.kind && one.from <= now.until && now.from <= one.until && drug(one) == drug(now)
    })
}

/// Why a gift cannot reach so far, with what the reason names: drugs are given for a time that somebody still follows, and days in
/// hospital are paid once they have been.
#[must_use]
pub fn unfit_end(
    kind: SupportKind,
    (from, until): (Date, Date),
    today: Date,
    limits: &SupportLimits,
) -> Option<(&'static str, String)> {
    let last = from.saturating_add(jiff::Span::new().days(i32::from(limits.supply_days) - 1));
    match kind {
        SupportKind::FreeMedication => {
            (until > last).then(|| ("supply_too_long", limits.supply_days.to_string()))
        }
        SupportKind::AdmissionSubsidy => (until > today).then(|| ("date_future", String::new())),
    }
}

/// How much of a cost is paid, when so much was paid in the year before it.
#[must_use]
pub fn payable(rule: &SupportRule, cost: Fen, paid_this_year: Fen) -> Fen {
    let share = cost.share(u64::from(rule.percent.min(100)), 100);
    let once = rule.cap_once_fen.map_or(share, |cap| share.min(cap));
    rule.cap_year_fen.map_or(once, |cap| once.min(cap.less(paid_this_year)))
}

impl SubsidyTable {
    /// The rule of a programme at a place on a day: that of the narrowest region, and of its rules the latest that has begun.
    #[must_use]
    pub fn support(&self, kind: SupportKind, place: DivisionCode, on: Date) -> Option<&SupportRule> {
        let here = |rule: &&SupportRule| rule.region.is_none_or(|region| region.contains(place));
        self.supports
            .iter()
            .filter(|rule| rule.kind == kind && rule.effective_from <= on)
            .filter(here)
            .max_by_key(|rule| (rule.region.map(DivisionCode::level), rule.effective_from))
    }
}
