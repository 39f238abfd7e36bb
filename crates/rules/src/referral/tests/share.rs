//! What of a case leaves to a department's program, and when it stops.

use super::fixture::*;
use crate::referral::State::*;
use crate::referral::*;
use crate::share::{Kind, Released, ShareRule, Stage};

fn released(story: &Story, basis: &str, kinds: &[Kind]) -> Option<Released> {
    let rule = ShareRule::embedded().unwrap();
    rule.released(story.case(), COUNTY, (rule.basis(basis).unwrap(), kinds), story.today)
}

fn by_consent(story: &Story) -> Option<Released> {
    released(story, "consent_departments", &Kind::ALL)
}

fn by_duty(story: &Story) -> Option<Released> {
    released(story, "mental_health_information", &Kind::ALL)
}

#[test]
fn each_state_gives_what_the_consent_says_and_no_more() {
    for (state, expected) in [
        (Draft, None),
        (Submitted, None),
        (Supplement, None),
        (Rejected, None),
        (Registered, Some((Stage::NotBegun, None))),
        (Referred, Some((Stage::NotBegun, None))),
        (Accepted, Some((Stage::NotBegun, Some(id(HOUSE))))),
        (InService, Some((Stage::Begun, Some(id(HOUSE))))),
        (Suspended, Some((Stage::Begun, Some(id(HOUSE))))),
        (Closed, Some((Stage::Ended, Some(id(HOUSE))))),
        (Withdrawn, None),
        (Transferred, None),
    ] {
        let story = up_to(state);
        let found = by_consent(&story);
        let told = found.as_ref().map(|released| (released.service.unwrap(), released.institution));
        assert_eq!(told, expected, "{state:?}");
        if let Some(released) = found {
            let mut fields: Vec<String> =
                serde_json::to_value(&released).unwrap().as_object().unwrap().keys().cloned().collect();
            fields.retain(|field| !["need_registered", "service", "institution"].contains(&field.as_str()));
            assert!(fields.is_empty(), "{fields:?}");
        }
    }
}

#[test]
fn a_duty_gives_no_institution_and_asks_for_no_consent() {
    let without =
        up_to(InService).act(client(), Command::WithdrawConsent { purposes: vec![Purpose::Departments] });
    assert_eq!(by_consent(&without), None, "a consent taken back stops what rests on it");
    let given = by_duty(&without).unwrap();
    assert_eq!((given.service, given.institution), (Some(Stage::Begun), None));
    let only_need = released(&up_to(InService), "consent_departments", &[Kind::NeedRegistered]).unwrap();
    assert_eq!(only_need, Released { need_registered: Some(true), service: None, institution: None });
}

#[test]
fn what_stops_it() {
    let served = || up_to(InService);
    let (source, cause) = ("family".to_owned(), "disease".to_owned());
    let dead = served();
    let death = Command::Death { on: dead.today, source, cause };
    for (name, story) in [
        ("death", dead.act(case_manager(), death)),
        (
            "registration taken back",
            served().act(client(), Command::WithdrawConsent { purposes: vec![Purpose::Registration] }),
        ),
        ("everything taken back", served().act(client(), Command::WithdrawConsent { purposes: vec![] })),
        ("the case left the county", up_to(Transferred)),
    ] {
        assert_eq!(by_consent(&story), None, "{name}");
        assert_eq!(by_duty(&story), None, "{name}");
    }
    // The consent runs out by itself.
    let story = served();
    let until = story.case().consents.iter().find(|c| c.purpose == Purpose::Departments).unwrap().until;
    let last = story.on(until.unwrap());
    assert!(by_consent(&last).is_some(), "on its last day it holds");
    assert_eq!(by_consent(&last.after_days(1)), None);
    // Another county's program learns nothing.
    let rule = ShareRule::embedded().unwrap();
    let terms = (rule.basis("consent_departments").unwrap(), &Kind::ALL[..]);
    let story = served();
    assert_eq!(rule.released(story.case(), OTHER_COUNTY, terms, story.today), None);
}
