//! The management group of a township: members upon the version that was seen, meetings, cases with the risk grade alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;
use crate::followup::{code, desk, managed, morning, sent, stable, take};
use app::{
    Error,
    followup::{
        self, StepFields, VisitFields,
        group::{self, CaseFields, MeetingFields, MemberFields},
    },
    scope::{Area, Scope},
};
use rules::followup::{
    RiskGrade,
    group::{Ground, Office},
    register::Recipient,
};

const TOWN: i64 = 310_115_110_000;

fn member(office: &str) -> MemberFields {
    MemberFields {
        office: office.into(),
        name: "陆明远".into(),
        phone: "13900000101".into(),
        ..MemberFields::default()
    }
}

both!(a_group_has_members_meetings_and_the_cases_that_were_handed_to_it, |app| {
    let desk = desk(app).await;
    let record = managed(app, &desk, 1).await;
    let lost = managed(app, &desk, 2).await;
    let now = app.at(morning("2026-03-10"));
    let case = |act: &str| CaseFields { act: act.into(), note: "说明".into(), ..CaseFields::default() };
    let hand = group::act(&now, &desk.town, record, &case("hand")).await.unwrap_err();
    assert_eq!(code(hand), "no_ground_for_group", "managed and not dangerous");
    let danger = VisitFields {
        risk: Some(3),
        referred: Some(true),
        referral_reason: "复发".into(),
        referral_to: "医院".into(),
        ..stable("2026-03-10")
    };
    followup::record(&now, &desk.town, &sent(record, None, danger)).await.unwrap();
    assert_eq!(code(group::act(&now, &desk.town, record, &case("close")).await.unwrap_err()), "no_open_case");
    assert_eq!(
        code(group::act(&now, &desk.hospital, record, &case("hand")).await.unwrap_err()),
        "smd_not_yours"
    );
    group::act(&now, &desk.town, record, &case("hand")).await.unwrap();
    assert_eq!(
        code(group::act(&now, &desk.town, record, &case("hand")).await.unwrap_err()),
        "handed_already"
    );
    // The note that the group was told in writing opens the case of whoever is lost.
    let lose = StepFields { step: "lose".into(), lost: Some(3), ..StepFields::default() };
    take(&now, &desk.town, lost, lose).await.unwrap();
    let view = followup::show(&now, &desk.town, lost).await.unwrap();
    let of = view.to_tell.iter().find(|(_, who)| *who == Recipient::ManagementGroup).unwrap().0;
    followup::told(&now, &desk.town, lost, of, Recipient::ManagementGroup, "书面").await.unwrap();
    let shown = group::show(&now, &desk.county, TOWN).await.unwrap();
    let grounds: Vec<Ground> = shown.cases.iter().map(|case| case.ground).collect();
    assert!(grounds.contains(&Ground::Risk) && grounds.contains(&Ground::Lost), "{grounds:?}");
    let dangerous = shown.cases.iter().find(|case| case.record == record).unwrap();
    assert_eq!(dangerous.risk, RiskGrade::of_code(3));
    // Members upon the version that was seen.
    assert_eq!((shown.version, shown.unfilled.len()), (0, 5));
    assert_eq!(
        code(
            group::meet(
                &now,
                &desk.town,
                TOWN,
                &MeetingFields { came: vec!["leader".into()], note: "x".into(), ..MeetingFields::default() }
            )
            .await
            .unwrap_err()
        ),
        "no_group_yet"
    );
    let wrong = [member("mayor"), MemberFields { name: String::new(), ..member("police") }];
    let wrong = group::change(&now, &desk.town, TOWN, 0, ("小组", &wrong)).await.unwrap_err();
    assert_eq!(code(wrong), "members.1.office:unknown_choice members.2.name:required");
    let all: Vec<MemberFields> = Office::NEEDED.map(|office| member(office.code())).to_vec();
    group::change(&now, &desk.town, TOWN, 0, ("小组", &all[..4])).await.unwrap();
    let stale = group::change(&now, &desk.county, TOWN, 0, ("小组", &all)).await.unwrap_err();
    assert!(matches!(stale, Error::Changed { expected: 0, found: 1 }));
    let towns = group::townships(&now, &desk.county, None).await.unwrap();
    let line =
        |towns: &group::Townships| towns.lines.iter().find(|line| line.division == TOWN).cloned().unwrap();
    assert_eq!((towns.with_group, line(&towns).complete, line(&towns).open), (1, false, 2));
    group::change(&now, &desk.county, TOWN, 1, ("小组", &all)).await.unwrap();
    let met = MeetingFields {
        came: vec!["leader".into(), "police".into()],
        note: "商定".into(),
        ..MeetingFields::default()
    };
    group::meet(&now, &desk.town, TOWN, &met).await.unwrap();
    group::act(&now, &desk.town, record, &case("measure")).await.unwrap();
    group::act(&now, &desk.county, record, &case("close")).await.unwrap();
    let towns = group::townships(&now, &desk.town, None).await.unwrap();
    assert_eq!((towns.lines.len(), line(&towns).complete, line(&towns).open), (1, true, 1));
    // Above the county its parts are shown, and one of them is chosen.
    let province = TOWN / 10_000_000_000 * 10_000_000_000;
    let province = Scope { division: province, area: Area::of(province), ..desk.county.clone() };
    let above = group::townships(&now, &province, None).await.unwrap();
    let county = desk.county.division;
    let part = above.districts.iter().find(|one| one.division == county).unwrap();
    assert_eq!((above.lines.len(), part.with_group, part.open, above.with_group), (0, 1, 1, 1));
    let chosen = group::townships(&now, &province, Some(county)).await.unwrap();
    assert_eq!((chosen.lines.len(), chosen.with_group), (part.townships, 1));
    let outside = group::townships(&now, &desk.county, Some(province.division)).await;
    assert!(matches!(outside, Err(Error::NotFound)), "not beyond one's own area");
    let shown = group::show(&now, &desk.town, TOWN).await.unwrap();
    assert_eq!((shown.meetings.len(), shown.meetings[0].came.len(), shown.unfilled.len()), (1, 2, 0));
    assert_eq!(shown.cases.iter().find(|case| case.record == record).unwrap().measures.len(), 3);
    assert!(matches!(group::show(&now, &desk.other, TOWN).await, Err(Error::NotFound)), "another township");
    assert!(matches!(group::show(&now, &desk.hospital, TOWN).await, Err(Error::NotFound)));
});
