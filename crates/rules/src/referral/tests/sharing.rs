//! On which basis something is given to others.

use super::fixture::*;
use crate::referral::State::*;
use crate::referral::sharing::{Given, SharingBasis, shared};
use crate::referral::*;

fn bases(story: &Story) -> Vec<(Given, SharingBasis)> {
    let found = story.effects.iter().filter_map(|effect| shared(effect, story.case(), story.today));
    found.map(|(given, _, basis)| (given, basis)).collect()
}

#[test]
fn what_is_given_to_others_has_its_basis() {
    let offered = up_to(Registered).act(worker(), refer_to(HOUSE));
    assert_eq!(bases(&offered), [(Given::ReferralSlip, SharingBasis::Consent(Purpose::Institution))]);
    let moved = up_to(Registered)
        .act(worker(), Command::ProposeTransfer { county: OTHER_COUNTY, office: id(OTHER_OFFICE) });
    assert!(bases(&moved).contains(&(Given::TransferRequest, SharingBasis::Consent(Purpose::FileTransfer))));
}

#[test]
fn an_emergency_is_no_consent_and_a_plain_return_is_no_emergency() {
    let back = |trigger| {
        Command::ReturnToHospital(Box::new(HospitalRequest {
            triggers: vec![trigger],
            risk_grade: 1,
            danger_to_others: false,
            hospital: id(HOSPITAL),
        }))
    };
    let urgent = bases(&up_to(InService).act(case_manager(), back(Trigger::Suicidal)));
    assert!(
        urgent.iter().all(|(_, basis)| *basis == SharingBasis::Emergency) && urgent.len() > 1,
        "{urgent:?}"
    );
    let shares = |purposes: &[Purpose]| {
        let story = up_to(InService).act(client(), consent(purposes));
        bases(&story.act(case_manager(), back(Trigger::StoppedDrugs)))
    };
    assert_eq!(
        shares(&[Purpose::Departments]),
        [(Given::HospitalSlip, SharingBasis::Consent(Purpose::Departments))]
    );
    let without = up_to(InService);
    let given = without.case().has_consent(Purpose::Departments, without.today);
    let without = match given {
        true => without.act(client(), Command::WithdrawConsent { purposes: vec![Purpose::Departments] }),
        false => without,
    };
    let plain = bases(&without.act(case_manager(), back(Trigger::StoppedDrugs)));
    assert_eq!(plain, [(Given::HospitalSlip, SharingBasis::LegalDuty)]);
}
