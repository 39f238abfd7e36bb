//! Reports: who is reported, by when, what does not fit on the card, and when the first visit is due.
//!
//! Terms are in working days by the calendar (Measures for Reporting, 2013; `data/followup.toml`).

use super::table::FollowupRules;
use crate::calendar::{Calendar, Due};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Why a person is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// Report type 1: has endangered others or may do so, whatever the diagnosis (Mental Health Law art. 30(2)(2)).
    EndangersOthers,
    /// Report type 2: one of the six severe mental disorders.
    SevereDisorder,
}

/// Why a person is reported; none who is neither. `severe` comes from `data/disorders.toml`.
#[must_use]
pub fn ground(severe: bool, endangers_others: bool) -> Option<Ground> {
    if endangers_others {
        Some(Ground::EndangersOthers)
    } else if severe {
        Some(Ground::SevereDisorder)
    } else {
        None
    }
}

/// A paper or step with a term in working days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paper {
    /// Report card, form 3, after the diagnosis.
    OnsetReport,
    /// Entry of a report that came on paper.
    PaperEntry,
    /// Discharge slip, form 4, after the discharge.
    DischargeSlip,
    /// Primary care takes up what came.
    Receipt,
    /// Correction after another diagnosis (Mental Health Law art. 35).
    Correction,
    /// Acceptance of a move.
    MoveAcceptance,
}

impl Paper {
    /// All of them.
    pub const ALL: [Paper; 6] = [
        Paper::OnsetReport,
        Paper::PaperEntry,
        Paper::DischargeSlip,
        Paper::Receipt,
        Paper::Correction,
        Paper::MoveAcceptance,
    ];

    /// By which day it is due, from the day that starts its term.
    #[must_use]
    pub fn due(self, from: Date, rules: &FollowupRules, calendar: &Calendar) -> Due {
        let terms = &rules.terms;
        let days = match self {
            Paper::OnsetReport => terms.onset_report,
            Paper::PaperEntry => terms.paper_entry,
            Paper::DischargeSlip => terms.discharge_slip,
            Paper::Receipt => terms.receipt,
            Paper::Correction => terms.correction,
            Paper::MoveAcceptance => terms.move_acceptance,
        };
        calendar.after_working_days(from, days)
    }
}

/// The last day of the first visit after registration, discharge or moving in: two weeks, or ten working days where that is
/// earlier.
#[must_use]
pub fn first_visit_due(from: Date, rules: &FollowupRules, calendar: &Calendar) -> Due {
    let worked = calendar.after_working_days(from, rules.terms.first_visit_working_days);
    let plain = rules.terms.first_visit.after(from);
    if plain <= worked.date { Due { date: plain, provisional: false } } else { worked }
}

/// How exactly a day is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Accuracy {
    /// To the day.
    Day,
    /// To the month.
    Month,
    /// To the year.
    Year,
}

/// A day of long ago, with its accuracy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Day; where only month or year is known, any day of it.
    pub on: Date,
    /// Accuracy.
    pub accuracy: Accuracy,
}

impl About {
    /// The earliest day that it may be.
    #[must_use]
    pub fn earliest(self) -> Date {
        match self.accuracy {
            Accuracy::Day => self.on,
            Accuracy::Month => self.on.first_of_month(),
            Accuracy::Year => self.on.first_of_year(),
        }
    }

    /// The latest day that it may be.
    #[must_use]
    pub fn latest(self) -> Date {
        match self.accuracy {
            Accuracy::Day => self.on,
            Accuracy::Month => self.on.last_of_month(),
            Accuracy::Year => self.on.last_of_year(),
        }
    }
}

/// A report card as far as its parts must fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Ground.
    pub ground: Ground,
    /// Birth.
    pub born: Date,
    /// First onset.
    pub onset: About,
    /// First treatment, of whoever was treated.
    pub first_treatment: Option<About>,
    /// Diagnosis.
    pub diagnosed: Date,
    /// Informed consent; for whoever endangers others it is taken as given unless it is refused.
    pub consent: Option<bool>,
    /// Day of the consent.
    pub consented: Option<Date>,
    /// The doctor says that no drugs are needed.
    pub no_drugs_needed: bool,
    /// Lines of drugs.
    pub drug_lines: u16,
    /// The box *no dangerous behaviour* of the past.
    pub danger_none: bool,
    /// Dangerous behaviour of the past, counted.
    pub danger_count: u16,
}

/// What does not fit on a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardFault {
    /// Onset before birth.
    OnsetBeforeBirth,
    /// Treatment before onset.
    TreatmentBeforeOnset,
    /// Diagnosis before onset.
    DiagnosisBeforeOnset,
    /// Diagnosis before the first treatment.
    DiagnosisBeforeTreatment,
    /// Diagnosis in the future.
    DiagnosisInFuture,
    /// Consent in the future.
    ConsentInFuture,
    /// Nobody asked for consent.
    ConsentMissing,
    /// Drugs, although none are needed.
    DrugsNotNeeded,
    /// No drugs, although they are needed.
    DrugsMissing,
    /// Dangerous behaviour is *none* and counted.
    DangerNoneAndCounted,
}

impl Card {
    /// The consent that holds: what was said, and for report type 1 *agreed* where nothing was.
    #[must_use]
    pub fn consent(&self) -> Option<bool> {
        self.consent.or((self.ground == Ground::EndangersOthers).then_some(true))
    }

    /// Everything that does not fit: birth, onset, first treatment, diagnosis and today follow one another.
    #[must_use]
    pub fn faults(&self, today: Date) -> Vec<CardFault> {
        let treated = self.first_treatment;
        let checks = [
            (self.onset.latest() < self.born, CardFault::OnsetBeforeBirth),
            (
                treated.is_some_and(|treated| treated.latest() < self.onset.earliest()),
                CardFault::TreatmentBeforeOnset,
            ),
            (self.diagnosed < self.onset.earliest(), CardFault::DiagnosisBeforeOnset),
            (
                treated.is_some_and(|treated| self.diagnosed < treated.earliest()),
                CardFault::DiagnosisBeforeTreatment,
            ),
            (self.diagnosed > today, CardFault::DiagnosisInFuture),
            (self.consented.is_some_and(|day| day > today), CardFault::ConsentInFuture),
            (self.consent().is_none(), CardFault::ConsentMissing),
            (self.no_drugs_needed && self.drug_lines > 0, CardFault::DrugsNotNeeded),
            (!self.no_drugs_needed && self.drug_lines == 0, CardFault::DrugsMissing),
            (self.danger_none && self.danger_count > 0, CardFault::DangerNoneAndCounted),
        ];
        checks.into_iter().filter(|(fault, _)| *fault).map(|(_, fault)| fault).collect()
    }
}
