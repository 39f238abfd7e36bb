//! The record of a visit as it is sent: flat fields with the numbers of the printed form, read into the types of the rules.
//! Pages and programs send the same ones. What is left out is not asked twice: the class and the next day follow from the rules
//! where they are empty.

use super::{LONGEST, SHORT};
use crate::error::{Error, Problem, Result};
use jiff::civil::Date;
use rules::followup::{
    Class, Function, Incident, Insight, Physical, RiskGrade, Symptoms,
    visit::{
        Adherence, AdverseReport, Danger, Death, DeathCause, Drug, Effect, Found, Hospitalisation, LockUp,
        LostReason, Mode, Quality, Referral, Rehabilitation, Symptom, Visit,
    },
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Lines of drugs at most.
pub const MOST_DRUGS: usize = 12;
/// Incidents of one visit at most.
pub const MOST_INCIDENTS: usize = 12;
/// Most times a day.
const MOST_TIMES: u8 = 12;
/// Most milligrams at a time.
const MOST_DOSE: f64 = 4000.0;

/// A line of drugs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DrugFields {
    /// Name.
    pub name: String,
    /// Times a day; nothing for a long-acting injection.
    pub times_a_day: Option<u8>,
    /// Milligrams each time.
    pub dose_mg: f64,
}

/// The fields of form 8.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs)]
pub struct VisitFields {
    pub on: Option<Date>,
    pub interviewed: String,
    pub mode: Option<u8>,
    pub lost: Option<u8>,
    pub death_on: Option<Date>,
    pub death_cause: Option<String>,
    pub death_source: String,
    pub risk: Option<u8>,
    /// Left out where nothing is written: a program of before incidents were kept reads the form, too.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub risk_reason: String,
    pub symptoms: Vec<u8>,
    pub symptom_level: Option<u8>,
    pub insight: Option<u8>,
    pub sleep: Option<u8>,
    pub diet: Option<u8>,
    pub self_care: Option<u8>,
    pub housework: Option<u8>,
    pub work: Option<u8>,
    pub learning: Option<u8>,
    pub social: Option<u8>,
    pub danger_none: bool,
    pub minor: u16,
    pub trouble: u16,
    pub harm: u16,
    pub other_harm: u16,
    pub self_harm: u16,
    pub suicide_attempt: u16,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub incidents: Vec<Incident>,
    pub lock_up: Option<u8>,
    pub hospitalisation: Option<u8>,
    pub last_discharge: Option<Date>,
    pub laboratory: Option<bool>,
    pub physical: Option<String>,
    pub other_abnormality: bool,
    pub adherence: Option<u8>,
    pub adverse_reaction: Option<u8>,
    pub adverse_severe: bool,
    pub effect: Option<u8>,
    pub referred: Option<bool>,
    pub referral_reason: String,
    pub referral_to: String,
    pub emergency_record: bool,
    pub drugs: Vec<DrugFields>,
    pub guidance: Vec<DrugFields>,
    pub rehabilitation: Vec<u8>,
    pub class: Option<u8>,
    pub override_reason: String,
    pub next_on: Option<Date>,
    pub doctor: String,
}

/// Collects what is wrong while fields are read.
#[derive(Default)]
struct Reading(Vec<Problem>);

impl Reading {
    fn code<C, T>(&mut self, field: &str, code: Option<C>, of: impl Fn(C) -> Option<T>) -> Option<T> {
        let read = of(code?);
        if read.is_none() {
            self.0.push(Problem::new(field, "unknown_choice"));
        }
        read
    }

    fn codes<T: Ord>(&mut self, field: &str, codes: &[u8], of: impl Fn(u8) -> Option<T>) -> BTreeSet<T> {
        codes.iter().filter_map(|code| self.code(field, Some(*code), &of)).collect()
    }

    fn line(&mut self, field: &str, text: &str, longest: usize) -> String {
        let text = text.trim();
        if text.chars().count() > longest {
            let values = vec![longest.to_string()];
            self.0.push(Problem { field: field.to_owned(), code: "too_long".to_owned(), values });
        }
        if text.chars().any(|c| c.is_control() && c != '\n' && c != '\r') {
            self.0.push(Problem::new(field, "control_character"));
        }
        text.to_owned()
    }

    fn drugs(&mut self, field: &str, lines: &[DrugFields]) -> Vec<Drug> {
        if lines.len() > MOST_DRUGS {
            let values = vec![MOST_DRUGS.to_string()];
            self.0.push(Problem { field: field.to_owned(), code: "too_many".to_owned(), values });
        }
        lines.iter().take(MOST_DRUGS).filter_map(|line| self.drug(field, line)).collect()
    }

    fn incidents(&mut self, field: &str, told: &[Incident]) -> Vec<Incident> {
        if told.len() > MOST_INCIDENTS {
            let values = vec![MOST_INCIDENTS.to_string()];
            self.0.push(Problem { field: field.to_owned(), code: "too_many".to_owned(), values });
        }
        if !told.iter().all(Incident::is_told) {
            self.0.push(Problem::new(field, "incident_line"));
        }
        told.iter().take(MOST_INCIDENTS).cloned().collect()
    }

    fn drug(&mut self, field: &str, line: &DrugFields) -> Option<Drug> {
        let name = self.line(field, &line.name, SHORT);
        let times = line.times_a_day.is_none_or(|times| (1..=MOST_TIMES).contains(&times));
        let dose = micrograms(line.dose_mg);
        match dose {
            Some(dose_micrograms) if !name.is_empty() && times => {
                Some(Drug { name, times_a_day: line.times_a_day, dose_micrograms })
            }
            _ => {
                self.0.push(Problem::new(field, "drug_line"));
                None
            }
        }
    }
}

/// Milligrams as they are stored; nothing where it is no dose.
fn micrograms(milligrams: f64) -> Option<u32> {
    let fits = milligrams.is_finite() && milligrams > 0.0 && milligrams <= MOST_DOSE;
    // Written out and read back, since a float is not simply cut down to a whole number.
    fits.then(|| format!("{:.0}", milligrams * 1000.0).parse().ok()).flatten().filter(|dose| *dose > 0)
}

/// A dose in milligrams.
#[must_use]
pub fn milligrams(micrograms: u32) -> f64 {
    f64::from(micrograms) / 1000.0
}

fn physical(code: &str) -> Option<Physical> {
    serde_json::from_value(code.into()).ok()
}

fn cause(code: &str) -> Option<DeathCause> {
    serde_json::from_value(code.into()).ok()
}

impl VisitFields {
    /// The visit that the fields tell.
    ///
    /// # Errors
    /// Every field that cannot be read.
    pub fn read(&self, doctor: &str) -> Result<Visit> {
        let mut reading = Reading::default();
        if self.on.is_none() {
            reading.0.push(Problem::new("on", "required"));
        }
        let death = self.death(&mut reading);
        let found = self.found(&mut reading);
        let named = reading.line("doctor", &self.doctor, SHORT);
        let visit = Visit {
            on: self.on.unwrap_or_default(),
            interviewed: reading.line("interviewed", &self.interviewed, SHORT),
            mode: reading.code("mode", self.mode, Mode::of_code),
            face_to_face: None,
            lost: reading.code("lost", self.lost, LostReason::of_code),
            death,
            found,
            class: reading.code("class", self.class, Class::of_code),
            override_reason: reading.line("override_reason", &self.override_reason, LONGEST),
            next_on: self.next_on,
            doctor: if named.is_empty() { doctor.to_owned() } else { named },
        };
        if reading.0.is_empty() { Ok(visit) } else { Err(Error::Invalid(reading.0)) }
    }

    fn death(&self, reading: &mut Reading) -> Option<Death> {
        let cause = reading.code("death_cause", self.death_cause.as_deref(), cause);
        let source = reading.line("death_source", &self.death_source, SHORT);
        match (self.death_on, cause) {
            (Some(on), Some(cause)) => {
                if source.is_empty() {
                    reading.0.push(Problem::new("death_source", "required"));
                }
                Some(Death { on, cause, source })
            }
            (None, None) => None,
            (None, Some(_)) => {
                reading.0.push(Problem::new("death_on", "required"));
                None
            }
            (Some(_), None) => {
                reading.0.push(Problem::new("death_cause", "required"));
                None
            }
        }
    }

    fn found(&self, reading: &mut Reading) -> Found {
        let function = [
            ("self_care", self.self_care),
            ("housework", self.housework),
            ("work", self.work),
            ("learning", self.learning),
            ("social", self.social),
        ]
        .map(|(field, code)| reading.code(field, code, Function::of_code));
        let referral = self.referred.map(|made| Referral {
            made,
            reason: reading.line("referral_reason", &self.referral_reason, LONGEST),
            to: reading.line("referral_to", &self.referral_to, LONGEST),
        });
        Found {
            risk: reading.code("risk", self.risk, RiskGrade::of_code),
            risk_reason: reading.line("risk_reason", &self.risk_reason, LONGEST),
            symptoms: reading.codes("symptoms", &self.symptoms, Symptom::of_code),
            symptom_level: reading.code("symptom_level", self.symptom_level, Symptoms::of_code),
            insight: reading.code("insight", self.insight, Insight::of_code),
            sleep: reading.code("sleep", self.sleep, Quality::of_code),
            diet: reading.code("diet", self.diet, Quality::of_code),
            function,
            danger: Danger {
                none: self.danger_none,
                minor: self.minor,
                trouble: self.trouble,
                harm: self.harm,
                other: self.other_harm,
                self_harm: self.self_harm,
                suicide_attempt: self.suicide_attempt,
            },
            incidents: reading.incidents("incidents", &self.incidents),
            lock_up: reading.code("lock_up", self.lock_up, LockUp::of_code),
            hospitalisation: reading.code("hospitalisation", self.hospitalisation, Hospitalisation::of_code),
            last_discharge: self.last_discharge,
            laboratory: self.laboratory,
            physical: reading.code("physical", self.physical.as_deref(), physical),
            other_abnormality: self.other_abnormality,
            adherence: reading.code("adherence", self.adherence, Adherence::of_code),
            adverse_reaction: reading.code("adverse_reaction", self.adverse_reaction, AdverseReport::of_code),
            adverse_severe: self.adverse_severe,
            effect: reading.code("effect", self.effect, Effect::of_code),
            referral,
            emergency_record: self.emergency_record,
            drugs: reading.drugs("drugs", &self.drugs),
            guidance: reading.drugs("guidance", &self.guidance),
            rehabilitation: reading.codes("rehabilitation", &self.rehabilitation, Rehabilitation::of_code),
        }
    }

    /// The fields that tell a visit.
    #[must_use]
    pub fn of(visit: &Visit) -> VisitFields {
        let found = &visit.found;
        let [self_care, housework, work, learning, social] =
            found.function.map(|item| item.map(Function::code));
        let code = |value: serde_json::Result<serde_json::Value>| {
            value.ok().and_then(|value| value.as_str().map(str::to_owned))
        };
        let drug = |drug: &Drug| DrugFields {
            name: drug.name.clone(),
            times_a_day: drug.times_a_day,
            dose_mg: milligrams(drug.dose_micrograms),
        };
        let referral = found.referral.clone();
        VisitFields {
            on: Some(visit.on),
            interviewed: visit.interviewed.clone(),
            mode: visit.mode.map(Mode::code),
            lost: visit.lost.map(LostReason::code),
            death_on: visit.death.as_ref().map(|death| death.on),
            death_cause: visit.death.as_ref().and_then(|death| code(serde_json::to_value(death.cause))),
            death_source: visit.death.as_ref().map(|death| death.source.clone()).unwrap_or_default(),
            risk: found.risk.map(RiskGrade::code),
            risk_reason: found.risk_reason.clone(),
            symptoms: found.symptoms.iter().map(|symptom| symptom.code()).collect(),
            symptom_level: found.symptom_level.map(Symptoms::code),
            insight: found.insight.map(Insight::code),
            sleep: found.sleep.map(Quality::code),
            diet: found.diet.map(Quality::code),
            self_care,
            housework,
            work,
            learning,
            social,
            danger_none: found.danger.none,
            minor: found.danger.minor,
            trouble: found.danger.trouble,
            harm: found.danger.harm,
            other_harm: found.danger.other,
            self_harm: found.danger.self_harm,
            suicide_attempt: found.danger.suicide_attempt,
            incidents: found.incidents.clone(),
            lock_up: found.lock_up.map(LockUp::code),
            hospitalisation: found.hospitalisation.map(Hospitalisation::code),
            last_discharge: found.last_discharge,
            laboratory: found.laboratory,
            physical: found.physical.and_then(|physical| code(serde_json::to_value(physical))),
            other_abnormality: found.other_abnormality,
            adherence: found.adherence.map(Adherence::code),
            adverse_reaction: found.adverse_reaction.map(AdverseReport::code),
            adverse_severe: found.adverse_severe,
            effect: found.effect.map(Effect::code),
            referred: referral.as_ref().map(|referral| referral.made),
            referral_reason: referral.as_ref().map(|referral| referral.reason.clone()).unwrap_or_default(),
            referral_to: referral.map(|referral| referral.to).unwrap_or_default(),
            emergency_record: found.emergency_record,
            drugs: found.drugs.iter().map(drug).collect(),
            guidance: found.guidance.iter().map(drug).collect(),
            rehabilitation: found.rehabilitation.iter().map(|one| one.code()).collect(),
            class: visit.class.map(Class::code),
            override_reason: visit.override_reason.clone(),
            next_on: visit.next_on,
            doctor: visit.doctor.clone(),
        }
    }

    /// What the next form begins with: what seldom changes from one visit to the next. What was found is asked anew each time.
    #[must_use]
    pub fn carried(&self) -> VisitFields {
        VisitFields {
            interviewed: self.interviewed.clone(),
            lock_up: self.lock_up,
            hospitalisation: self.hospitalisation.filter(|stay| *stay != 1),
            last_discharge: self.last_discharge,
            adherence: self.adherence,
            drugs: self.drugs.clone(),
            guidance: self.guidance.clone(),
            rehabilitation: self.rehabilitation.clone(),
            ..VisitFields::default()
        }
    }
}

/// The name under which the form knows the field that a fault of the rules is about.
pub(super) fn field_of(fault: &str) -> &str {
    match fault {
        "danger" => "danger_none",
        "death" => "death_on",
        "referral" => "referred",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_dose_is_kept_to_the_microgram() {
        for (milligrams, kept) in [
            (0.5, Some(500)),
            (2.0, Some(2000)),
            (0.001, Some(1)),
            (4000.0, Some(4_000_000)),
            (0.0, None),
            (-1.0, None),
            (4000.1, None),
            (f64::NAN, None),
            (0.0001, None),
        ] {
            assert_eq!(micrograms(milligrams), kept, "{milligrams}");
        }
    }

    fn threats() -> Incident {
        Incident {
            on: jiff::civil::date(2026, 3, 1),
            threats: true,
            smashing: None,
            against_person: false,
            self_harm: false,
            weapon: false,
            arson_or_explosion: false,
        }
    }

    #[test]
    fn everything_that_cannot_be_read_is_told_at_once() {
        let fields = VisitFields {
            mode: Some(9),
            risk: Some(6),
            symptoms: vec![1, 13],
            physical: Some("odd".to_owned()),
            death_cause: Some("heart".to_owned()),
            drugs: vec![DrugFields { name: "奥氮平".to_owned(), times_a_day: Some(1), dose_mg: 0.0 }],
            override_reason: "长".repeat(LONGEST + 1),
            incidents: vec![Incident { threats: false, ..threats() }],
            ..VisitFields::default()
        };
        let Err(Error::Invalid(problems)) = fields.read("医生") else { panic!("all is wrong") };
        let told: Vec<(&str, &str)> = problems.iter().map(|p| (p.field.as_str(), p.code.as_str())).collect();
        assert_eq!(
            told,
            [
                ("on", "required"),
                ("death_on", "required"),
                ("risk", "unknown_choice"),
                ("symptoms", "unknown_choice"),
                ("incidents", "incident_line"),
                ("physical", "unknown_choice"),
                ("drugs", "drug_line"),
                ("mode", "unknown_choice"),
                ("override_reason", "too_long"),
            ]
        );
    }

    proptest! {
        #[test]
        fn what_was_read_is_told_again(
            codes in proptest::collection::vec(proptest::option::of(1_u8..=3), 10),
            risk in proptest::option::of(0_u8..=5),
            symptoms in proptest::collection::btree_set(1_u8..=12, 0..5),
            counts in proptest::collection::vec(0_u16..4, 6),
            dose in 1_u32..4_000_000,
            referred in proptest::option::of(any::<bool>()),
            incidents in 0_usize..3,
        ) {
            let fields = VisitFields {
                on: Some(jiff::civil::date(2026, 3, 2)),
                doctor: "医生".to_owned(),
                risk,
                symptoms: symptoms.into_iter().collect(),
                insight: codes[0], sleep: codes[1], diet: codes[2], self_care: codes[3], housework: codes[4],
                work: codes[5], learning: codes[6], social: codes[7], lock_up: codes[8], adherence: codes[9],
                minor: counts[0], trouble: counts[1], harm: counts[2], other_harm: counts[3], self_harm: counts[4],
                suicide_attempt: counts[5],
                drugs: vec![DrugFields { name: "氯氮平".to_owned(), times_a_day: Some(2), dose_mg: milligrams(dose) }],
                referred,
                incidents: vec![threats(); incidents],
                risk_reason: if incidents > 0 { "误报".to_owned() } else { String::new() },
                ..VisitFields::default()
            };
            prop_assert_eq!(VisitFields::of(&fields.read("").unwrap()), fields);
        }
    }
}
