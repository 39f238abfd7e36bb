//! What does not fit together in the record of a visit. All of it is told at once, as codes with the fields that they
//! concern; the texts are in the catalogue under `visit_fault.CODE`.

use super::{Adherence, AdverseReport, Effect, Hospitalisation, Mode, Visit};
use crate::followup::class::{Class, Incomplete, classify};
use crate::followup::next_visit;
use crate::followup::risk::settle;
use crate::followup::table::FollowupRules;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultCode {
    /// The visit lies in the future.
    VisitInFuture,
    /// It is not said how the visit was made.
    ModeMissing,
    /// The doctor is not named.
    DoctorMissing,
    /// By telephone, and yet called face to face.
    PhoneIsNotFaceToFace,
    /// Made in the hospital, and the person is in none.
    NotInHospital,
    /// The person was not met, and yet something was found.
    LostWithFindings,
    /// The person was not met, and the next try is not on the day of the retry.
    LostNextDate,
    /// The person died, and yet there is more.
    DeathWithMore,
    /// The death lies after the visit.
    DeathAfterVisit,
    /// Drugs are taken, and there is no line of them.
    DrugLineMissing,
    /// There are lines of drugs, and none are said to be taken.
    DrugsNotTaken,
    /// There are lines of drugs, and none are needed.
    DrugsNotNeeded,
    /// Reactions or effect are *not applicable*, and drugs are taken.
    NotApplicableThoughTaken,
    /// Dangerous behaviour is *none* and counted.
    DangerNoneAndCounted,
    /// An incident lies after the visit.
    IncidentAfterVisit,
    /// Self-harm is told and not counted.
    SelfHarmNotCounted,
    /// The grade of risk is lower than what happened amounts to, and nobody says why.
    RiskBelowIncidents,
    /// Risk, symptoms or insight is missing: the visit has no class and is not valid.
    FindingsMissing,
    /// The class is missing.
    ClassMissing,
    /// The class is another than that of the table, and nobody says why.
    ClassDiffers,
    /// Risk 3 or higher with neither a referral nor a record of an emergency.
    DangerWithoutReferral,
    /// A referral without its reason or its place.
    ReferralIncomplete,
    /// An earlier hospital stay without the day of the discharge.
    DischargeDateMissing,
    /// The discharge lies after the visit.
    DischargeAfterVisit,
    /// The next visit has no day.
    NextDateMissing,
    /// The next visit is not after this one.
    NextDateNotAfterVisit,
    /// The next visit is later than the rule allows.
    NextDateTooLate,
}

impl FaultCode {
    /// All codes.
    pub const ALL: [FaultCode; 27] = [
        FaultCode::VisitInFuture,
        FaultCode::ModeMissing,
        FaultCode::DoctorMissing,
        FaultCode::PhoneIsNotFaceToFace,
        FaultCode::NotInHospital,
        FaultCode::LostWithFindings,
        FaultCode::LostNextDate,
        FaultCode::DeathWithMore,
        FaultCode::DeathAfterVisit,
        FaultCode::DrugLineMissing,
        FaultCode::DrugsNotTaken,
        FaultCode::DrugsNotNeeded,
        FaultCode::NotApplicableThoughTaken,
        FaultCode::DangerNoneAndCounted,
        FaultCode::IncidentAfterVisit,
        FaultCode::SelfHarmNotCounted,
        FaultCode::RiskBelowIncidents,
        FaultCode::FindingsMissing,
        FaultCode::ClassMissing,
        FaultCode::ClassDiffers,
        FaultCode::DangerWithoutReferral,
        FaultCode::ReferralIncomplete,
        FaultCode::DischargeDateMissing,
        FaultCode::DischargeAfterVisit,
        FaultCode::NextDateMissing,
        FaultCode::NextDateNotAfterVisit,
        FaultCode::NextDateTooLate,
    ];

    /// The code as stored and sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            FaultCode::VisitInFuture => "visit_in_future",
            FaultCode::ModeMissing => "mode_missing",
            FaultCode::DoctorMissing => "doctor_missing",
            FaultCode::PhoneIsNotFaceToFace => "phone_is_not_face_to_face",
            FaultCode::NotInHospital => "not_in_hospital",
            FaultCode::LostWithFindings => "lost_with_findings",
            FaultCode::LostNextDate => "lost_next_date",
            FaultCode::DeathWithMore => "death_with_more",
            FaultCode::DeathAfterVisit => "death_after_visit",
            FaultCode::DrugLineMissing => "drug_line_missing",
            FaultCode::DrugsNotTaken => "drugs_not_taken",
            FaultCode::DrugsNotNeeded => "drugs_not_needed",
            FaultCode::NotApplicableThoughTaken => "not_applicable_though_taken",
            FaultCode::DangerNoneAndCounted => "danger_none_and_counted",
            FaultCode::IncidentAfterVisit => "incident_after_visit",
            FaultCode::SelfHarmNotCounted => "self_harm_not_counted",
            FaultCode::RiskBelowIncidents => "risk_below_incidents",
            FaultCode::FindingsMissing => "findings_missing",
            FaultCode::ClassMissing => "class_missing",
            FaultCode::ClassDiffers => "class_differs",
            FaultCode::DangerWithoutReferral => "danger_without_referral",
            FaultCode::ReferralIncomplete => "referral_incomplete",
            FaultCode::DischargeDateMissing => "discharge_date_missing",
            FaultCode::DischargeAfterVisit => "discharge_after_visit",
            FaultCode::NextDateMissing => "next_date_missing",
            FaultCode::NextDateNotAfterVisit => "next_date_not_after_visit",
            FaultCode::NextDateTooLate => "next_date_too_late",
        }
    }
}

/// Something that does not fit, with the fields that it concerns and the day that would.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What.
    pub code: FaultCode,
    /// Where.
    pub fields: Vec<&'static str>,
    /// The day that the rule gives, where it gives one.
    pub day: Option<Date>,
}

/// What must be known of the time before a visit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Class of the last visit.
    pub class: Option<Class>,
    /// Day of the last visit at which the person was met; a phone may leave it out.
    #[serde(default)]
    pub on: Option<Date>,
}

/// Everything that does not fit in a record.
#[must_use]
pub fn check(visit: &Visit, before: Before, today: Date, rules: &FollowupRules) -> Vec<Fault> {
    let mut checking = Checking { visit, rules, faults: Vec::new() };
    checking.head(today);
    if visit.death.is_some() {
        checking.death();
    } else if visit.lost.is_some() {
        checking.lost();
    } else {
        checking.drugs();
        checking.found();
        checking.incidents(before);
        checking.hospital();
        checking.class_and_next(before);
    }
    checking.faults
}

struct Checking<'a> {
    visit: &'a Visit,
    rules: &'a FollowupRules,
    faults: Vec<Fault>,
}

impl Checking<'_> {
    fn require(&mut self, fits: bool, code: FaultCode, fields: &[&'static str]) {
        self.require_day(fits, code, fields, None);
    }

    fn require_day(&mut self, fits: bool, code: FaultCode, fields: &[&'static str], day: Option<Date>) {
        if !fits {
            self.faults.push(Fault { code, fields: fields.to_vec(), day });
        }
    }

    fn head(&mut self, today: Date) {
        let visit = self.visit;
        self.require(visit.on <= today, FaultCode::VisitInFuture, &["on"]);
        let tried = visit.lost.is_some() || visit.death.is_some();
        self.require(visit.mode.is_some() || tried, FaultCode::ModeMissing, &["mode"]);
        self.require(!visit.doctor.trim().is_empty(), FaultCode::DoctorMissing, &["doctor"]);
        let claimed = visit.mode == Some(Mode::Phone) && visit.face_to_face == Some(true);
        self.require(!claimed, FaultCode::PhoneIsNotFaceToFace, &["mode", "face_to_face"]);
    }

    /// What else was written beside a death or a miss.
    fn more(&self) -> Vec<&'static str> {
        let mut more = self.visit.found.filled();
        if self.visit.class.is_some() {
            more.push("class");
        }
        more
    }

    /// With a death there is nothing else.
    fn death(&mut self) {
        let visit = self.visit;
        let mut more = self.more();
        if visit.lost.is_some() {
            more.insert(0, "lost");
        }
        if visit.next_on.is_some() {
            more.push("next_on");
        }
        self.require(more.is_empty(), FaultCode::DeathWithMore, &more);
        let after = visit.death.as_ref().is_some_and(|death| death.on > visit.on);
        self.require(!after, FaultCode::DeathAfterVisit, &["death", "on"]);
    }

    /// Whoever was not met is tried again two weeks later, and nothing was found.
    fn lost(&mut self) {
        let more = self.more();
        self.require(more.is_empty(), FaultCode::LostWithFindings, &more);
        let retry = self.rules.terms.retry.after(self.visit.on);
        let fits = self.visit.next_on == Some(retry);
        self.require_day(fits, FaultCode::LostNextDate, &["next_on"], Some(retry));
    }

    fn drugs(&mut self) {
        let found = &self.visit.found;
        let lines = !found.drugs.is_empty();
        match found.adherence {
            Some(Adherence::Regular | Adherence::Intermittent) => {
                self.require(lines, FaultCode::DrugLineMissing, &["adherence", "drugs"]);
            }
            Some(Adherence::NotTaken) | None => {
                self.require(!lines, FaultCode::DrugsNotTaken, &["adherence", "drugs"]);
            }
            Some(Adherence::NotNeeded) => {
                self.require(!lines, FaultCode::DrugsNotNeeded, &["adherence", "drugs"]);
            }
        }
        let nothing_taken = matches!(found.adherence, Some(Adherence::NotTaken | Adherence::NotNeeded));
        let fits = nothing_taken || found.adverse_reaction != Some(AdverseReport::NotApplicable);
        self.require(fits, FaultCode::NotApplicableThoughTaken, &["adverse_reaction", "adherence"]);
        let fits = nothing_taken || found.effect != Some(Effect::NotApplicable);
        self.require(fits, FaultCode::NotApplicableThoughTaken, &["effect", "adherence"]);
    }

    fn found(&mut self) {
        let found = &self.visit.found;
        let contradicts = found.danger.none && found.danger.any();
        self.require(!contradicts, FaultCode::DangerNoneAndCounted, &["danger"]);
        let referred = found.referral.as_ref().filter(|referral| referral.made);
        let dangerous = found.risk.is_some_and(|risk| risk.is_dangerous());
        self.require(
            !dangerous || referred.is_some() || found.emergency_record,
            FaultCode::DangerWithoutReferral,
            &["risk", "referral", "emergency_record"],
        );
        let whole = referred.is_none_or(|to| !to.reason.trim().is_empty() && !to.to.trim().is_empty());
        self.require(whole, FaultCode::ReferralIncomplete, &["referral"]);
    }

    /// What happened one by one, beside the counts and the grade (National Basic Public Health Service Norms, third edition: the grade
    /// is the highest since the last visit, and self-harm is grade 4). A record that tells no incident is as before they were kept.
    fn incidents(&mut self, before: Before) {
        let visit = self.visit;
        let found = &visit.found;
        let after = found.incidents.iter().any(|incident| incident.on > visit.on);
        self.require(!after, FaultCode::IncidentAfterVisit, &["incidents", "on"]);
        let mut since = found.incidents.iter().filter(|incident| incident.is_since(before.on, visit.on));
        let harmed = since.any(|incident| incident.self_harm);
        let counted = found.danger.self_harm > 0 || found.danger.suicide_attempt > 0;
        let fields = ["self_harm", "suicide_attempt", "incidents"];
        self.require(!harmed || counted, FaultCode::SelfHarmNotCounted, &fields);
        if let Some((assessed, set)) = visit.assessed(before).zip(found.risk) {
            let settled = settle(assessed, set, &found.risk_reason).is_ok();
            self.require(settled, FaultCode::RiskBelowIncidents, &["risk", "risk_reason"]);
        }
    }

    fn hospital(&mut self) {
        let visit = self.visit;
        let found = &visit.found;
        let fits = visit.mode != Some(Mode::Hospital) || visit.is_in_hospital();
        self.require(fits, FaultCode::NotInHospital, &["mode", "hospitalisation"]);
        let earlier = found.hospitalisation == Some(Hospitalisation::Earlier);
        let known = !earlier || found.last_discharge.is_some();
        self.require(known, FaultCode::DischargeDateMissing, &["last_discharge", "hospitalisation"]);
        let after = found.last_discharge.is_some_and(|day| day > visit.on);
        self.require(!after, FaultCode::DischargeAfterVisit, &["last_discharge", "on"]);
    }

    /// The class is that of the table, or the record says why not; the next visit follows from it. While the person is in
    /// hospital the interval rests, and a visit without findings has no class.
    fn class_and_next(&mut self, before: Before) {
        let visit = self.visit;
        match classify(&visit.found.findings()) {
            Err(missing) if !visit.is_in_hospital() => {
                self.require(false, FaultCode::FindingsMissing, &missing_fields(missing));
            }
            Err(_) => {}
            Ok(computed) => match visit.class {
                None => self.require(false, FaultCode::ClassMissing, &["class"]),
                Some(class) => {
                    let fits = class == computed.class || !visit.override_reason.trim().is_empty();
                    self.require(fits, FaultCode::ClassDiffers, &["class", "override_reason"]);
                    self.next(class, before);
                }
            },
        }
    }

    fn next(&mut self, class: Class, before: Before) {
        let visit = self.visit;
        if visit.is_in_hospital() {
            return;
        }
        let course = next_visit::course(class, before.class, visit.found.effect, self.rules);
        let latest = next_visit::latest(visit.on, course, self.rules);
        match visit.next_on {
            None => self.require_day(false, FaultCode::NextDateMissing, &["next_on"], Some(latest)),
            Some(next) => {
                self.require(next > visit.on, FaultCode::NextDateNotAfterVisit, &["next_on", "on"]);
                let fits = next <= latest;
                self.require_day(fits, FaultCode::NextDateTooLate, &["next_on"], Some(latest));
            }
        }
    }
}

fn missing_fields(missing: Incomplete) -> Vec<&'static str> {
    [("risk", missing.risk), ("symptom_level", missing.symptoms), ("insight", missing.insight)]
        .into_iter()
        .filter(|(_, is_missing)| *is_missing)
        .map(|(name, _)| name)
        .collect()
}
