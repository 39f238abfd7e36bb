//! What happens to the cases of the demonstration: each script is a course, its steps days apart, and then so many
//! days of rest until now. Long rests leave cases overdue.

/// Who files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filer {
    /// A committee, for somebody of its village where one is known.
    Committee,
    /// A doctor of the psychiatric hospital.
    Hospital,
    /// A doctor of the township health centre.
    HealthCentre,
    /// The disabled persons' federation.
    Dpf,
    /// A social organisation.
    Assisting,
    /// The person.
    Client,
}

/// Whom a course is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// Between 25 and 62: every institution serves them.
    Working,
    /// Over 76: no institution of the demonstration serves them.
    Old,
}

/// One step of a course: a command of one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the steps are the commands of the rules by the same names")]
pub enum Step {
    Save,
    SaveLead,
    Consent,
    Submit,
    AskSupplement,
    Resubmit,
    ProposeRejection,
    ConfirmRejection,
    Object,
    Register,
    Queue,
    Refer,
    Decline(&'static str),
    Accept,
    AcceptInPart,
    Assess,
    AssessNotSuitable,
    FindNotSuitable,
    ConfirmNotSuitable,
    Agree,
    FirstSession,
    Evaluate(&'static str),
    Suspend,
    Resume,
    ReturnToHospital(u8),
    ConfirmHospital,
    Discharge,
    ProposeClosure,
    ApproveClosure,
    Acknowledge,
    Visit,
    EndFollowUp,
    ReEnter,
    WithdrawConsent,
    ContactAttempt,
    Cancel,
    ProposeTransfer,
    ConfirmTransfer,
    Death,
}

/// A course that several cases take.
#[derive(Debug, Clone, Copy)]
pub struct Script {
    /// Who files.
    pub filer: Filer,
    /// Whom it is about.
    pub age: Age,
    /// The parts of the course, one after the other.
    pub parts: &'static [&'static [(i64, Step)]],
    /// One case for each: days since the last step.
    pub rests: &'static [i64],
}

use Age::{Old, Working};
use Filer::{Assisting, Client, Committee, Dpf, HealthCentre, Hospital};
use Step::{
    Accept, AcceptInPart, Acknowledge, Agree, ApproveClosure, AskSupplement, Assess, AssessNotSuitable,
    Cancel, ConfirmHospital, ConfirmNotSuitable, ConfirmRejection, ConfirmTransfer, Consent, ContactAttempt,
    Death, Decline, Discharge, EndFollowUp, Evaluate, FindNotSuitable, FirstSession, Object, ProposeClosure,
    ProposeRejection, ProposeTransfer, Queue, ReEnter, Refer, Register, Resubmit, Resume, ReturnToHospital,
    Save, SaveLead, Submit, Suspend, Visit, WithdrawConsent,
};

/// Days from one step to the next, and the step.
type Part = &'static [(i64, Step)];

const APPLY: Part = &[(0, Save), (0, Consent), (0, Submit)];
const REGISTER: Part = &[(2, Register)];
const REFER: Part = &[(2, Refer)];
const ACCEPT: Part = &[(1, Accept)];
const ASSESS: Part = &[(6, Assess)];
const AGREE: Part = &[(3, Agree)];
const BEGIN: Part = &[(5, FirstSession)];
const GOOD_END: Part = &[(85, Evaluate("close")), (5, ProposeClosure)];
const CLOSE: Part = &[(2, ApproveClosure)];

const fn script(filer: Filer, parts: &'static [Part], rests: &'static [i64]) -> Script {
    Script { filer, age: Working, parts, rests }
}

/// All courses.
pub const SCRIPTS: &[Script] = &[
    script(Committee, &[&[(0, Save)]], &[2, 5]),
    script(Assisting, &[&[(0, SaveLead), (0, Submit)]], &[1, 3]),
    script(Committee, &[APPLY], &[0, 1, 4, 10]),
    script(Hospital, &[APPLY], &[1]),
    script(Dpf, &[APPLY], &[2]),
    script(Committee, &[APPLY, &[(2, AskSupplement)]], &[3]),
    script(Dpf, &[APPLY, &[(2, AskSupplement)]], &[30]),
    script(Committee, &[APPLY, &[(2, AskSupplement), (4, Resubmit)]], &[1]),
    script(HealthCentre, &[APPLY, &[(2, ProposeRejection)]], &[1]),
    script(Committee, &[APPLY, &[(2, ProposeRejection), (1, ConfirmRejection)]], &[12]),
    script(Committee, &[APPLY, &[(2, ProposeRejection), (1, ConfirmRejection), (4, Object)]], &[6]),
    script(Committee, &[APPLY, REGISTER], &[0, 2, 12]),
    Script { filer: HealthCentre, age: Old, parts: &[APPLY, REGISTER, &[(2, Queue)]], rests: &[15, 45] },
    script(Hospital, &[APPLY, REGISTER, REFER], &[0, 1, 9]),
    script(Committee, &[APPLY, REGISTER, REFER, &[(1, Decline("D3"))]], &[1]),
    script(Dpf, &[APPLY, REGISTER, REFER, &[(1, Decline("D1")), (1, Refer), (1, Decline("D3"))]], &[1]),
    script(Committee, &[APPLY, REGISTER, REFER, ACCEPT], &[2, 25]),
    script(Dpf, &[APPLY, REGISTER, REFER, &[(1, AcceptInPart)]], &[4]),
    script(Hospital, &[APPLY, REGISTER, REFER, ACCEPT, ASSESS], &[1, 14]),
    script(
        Committee,
        &[APPLY, REGISTER, REFER, ACCEPT, &[(6, AssessNotSuitable), (1, FindNotSuitable)]],
        &[2],
    ),
    script(
        Dpf,
        &[
            APPLY,
            REGISTER,
            REFER,
            ACCEPT,
            &[(6, AssessNotSuitable), (1, FindNotSuitable), (1, ConfirmNotSuitable)],
        ],
        &[20],
    ),
    script(Hospital, &[APPLY, REGISTER, REFER, ACCEPT, ASSESS, AGREE], &[3, 25]),
    script(Committee, &[APPLY, REGISTER, REFER, ACCEPT, ASSESS, AGREE, BEGIN], &[5, 30, 62, 78, 125]),
    script(Client, &[APPLY, REGISTER, REFER, ACCEPT, ASSESS, AGREE, BEGIN], &[40]),
    script(
        Hospital,
        &[APPLY, REGISTER, REFER, ACCEPT, ASSESS, AGREE, BEGIN, &[(88, Evaluate("continue"))]],
        &[10, 60],
    ),
    // A year: eleven months since the first session.
    script(
        Committee,
        &[
            APPLY,
            REGISTER,
            REFER,
            ACCEPT,
            ASSESS,
            AGREE,
            BEGIN,
            &[(88, Evaluate("continue")), (90, Evaluate("continue")), (90, Evaluate("continue"))],
        ],
        &[6, 66],
    ),
    script(Dpf, &[APPLY, REGISTER, REFER, ACCEPT, ASSESS, AGREE, BEGIN, &[(40, Suspend)]], &[12]),
    script(
        Committee,
        &[APPLY, REGISTER, REFER, ACCEPT, ASSESS, AGREE, BEGIN, &[(40, Suspend), (20, Resume)]],
        &[8],
    ),
    script(
        Committee,
        &[APPLY, REGISTER, REFER, ACCEPT, ASSESS, AGREE, BEGIN, &[(35, ReturnToHospital(3))]],
        &[0, 3],
    ),
    script(
        Hospital,
        &[
            APPLY,
            REGISTER,
            REFER,
            ACCEPT,
            ASSESS,
            AGREE,
            BEGIN,
            &[(35, ReturnToHospital(2)), (0, ConfirmHospital)],
        ],
        &[20],
    ),
    script(
        HealthCentre,
        &[
            APPLY,
            REGISTER,
            REFER,
            ACCEPT,
            ASSESS,
            AGREE,
            BEGIN,
            &[(35, ReturnToHospital(2)), (0, ConfirmHospital), (25, Discharge)],
        ],
        &[4],
    ),
    script(Committee, &[APPLY, REGISTER, REFER, ACCEPT, ASSESS, AGREE, BEGIN, GOOD_END], &[2, 14]),
    script(Committee, &[APPLY, REGISTER, REFER, ACCEPT, ASSESS, AGREE, BEGIN, GOOD_END, CLOSE], &[8, 45]),
    script(
        Hospital,
        &[
            APPLY,
            REGISTER,
            REFER,
            ACCEPT,
            ASSESS,
            AGREE,
            BEGIN,
            GOOD_END,
            CLOSE,
            &[(2, Acknowledge), (28, Visit)],
        ],
        &[20],
    ),
    script(
        Dpf,
        &[
            APPLY,
            REGISTER,
            REFER,
            ACCEPT,
            ASSESS,
            AGREE,
            BEGIN,
            GOOD_END,
            CLOSE,
            &[(30, Visit), (10, EndFollowUp)],
        ],
        &[15],
    ),
    script(
        Committee,
        &[APPLY, REGISTER, REFER, ACCEPT, ASSESS, AGREE, BEGIN, GOOD_END, CLOSE, &[(60, ReEnter)]],
        &[1],
    ),
    script(Dpf, &[APPLY, REGISTER, REFER, ACCEPT, ASSESS, AGREE, BEGIN, &[(30, Death)]], &[25]),
    script(Committee, &[APPLY, REGISTER, &[(1, WithdrawConsent)]], &[9]),
    script(
        Assisting,
        &[APPLY, REGISTER, &[(3, ContactAttempt), (4, ContactAttempt), (6, ContactAttempt), (1, Cancel)]],
        &[20],
    ),
    script(Committee, &[APPLY, REGISTER, &[(1, ProposeTransfer)]], &[2]),
    script(HealthCentre, &[APPLY, REGISTER, &[(1, ProposeTransfer), (2, ConfirmTransfer)]], &[16]),
];

impl Script {
    /// All steps with the days since the one before.
    pub fn steps(&self) -> impl Iterator<Item = (i64, Step)> {
        self.parts.iter().flat_map(|part| part.iter().copied())
    }

    /// Days from the first step to the last.
    pub fn days(&self) -> i64 {
        self.steps().map(|(days, _)| days).sum()
    }

    /// Whether the person agrees to an application in it.
    pub fn applies(&self) -> bool {
        self.steps().any(|(_, step)| step == Step::Consent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_course_begins_with_an_application_and_fits_into_the_time_shown() {
        for script in SCRIPTS {
            let first = script.steps().next().map(|(_, step)| step);
            assert!(matches!(first, Some(Save | SaveLead)), "{script:?}");
            for rest in script.rests {
                assert!(script.days() + rest < super::super::DAYS, "{script:?}");
            }
        }
    }
}
