//! Whether somebody in follow-up may be proposed for community rehabilitation, and who learns of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;
use crate::followup::{desk, managed, morning, sent, stable, step};

use app::{
    Error,
    followup::{self, VisitFields, rehabilitation},
    p,
};
use rules::followup::rehabilitation::Obstacle;

both!(who_is_in_charge_learns_whether_somebody_may_be_proposed, |app| {
    let desk = desk(app).await;
    let record = managed(app, &desk, 41).await;
    let now = app.at(morning("2026-03-10"));
    let reads = async || {
        let sql = "SELECT COUNT(*) /* whole: a test counts */ FROM audit WHERE subject_kind = 'person' AND action = 'read'";
        app.db.opt::<(i64,)>(sql, p![]).await.unwrap().unwrap().0
    };
    let earlier = reads().await;
    let before = rehabilitation::of_record(&now, &desk.town, record).await.unwrap();
    assert_eq!((before.obstacles, before.may_apply), (vec![Obstacle::NotAssessed], false));
    followup::record(&now, &desk.town, &sent(record, None, stable("2026-03-10"))).await.unwrap();
    for (who, files) in [(&desk.town, true), (&desk.hospital, false), (&desk.county, false)] {
        let found = rehabilitation::of_record(&now, who, record).await.unwrap();
        assert_eq!((found.obstacles, found.may_apply), (vec![], files), "{:?}", who.role);
        assert_eq!(found.open, None);
    }
    let elsewhere = rehabilitation::of_record(&now, &desk.other, record).await;
    assert!(matches!(elsewhere, Err(Error::NotFound)), "{elsewhere:?}");
    // That there is a case is a read of its own in the log, of whoever is told.
    assert_eq!(reads().await - earlier, 2, "before and after the visit, for the township alone");
    // The visit is current for three months.
    let later = app.at(morning("2026-06-11"));
    let found = rehabilitation::of_record(&later, &desk.town, record).await.unwrap();
    assert_eq!(found.obstacles, [Obstacle::AssessedLongAgo]);
});

both!(the_medical_route_goes_before, |app| {
    let desk = desk(app).await;
    let record = managed(app, &desk, 42).await;
    let now = app.at(morning("2026-03-10"));
    let ill = VisitFields { symptom_level: Some(2), ..stable("2026-03-10") };
    followup::record(&now, &desk.town, &sent(record, None, ill)).await.unwrap();
    let found = rehabilitation::of_record(&now, &desk.town, record).await.unwrap();
    assert_eq!(found.obstacles, [Obstacle::Unstable]);
    let next = app.at(morning("2026-03-20"));
    let violent = VisitFields {
        risk: Some(3),
        referred: Some(true),
        referral_reason: "病情波动".into(),
        referral_to: "示例医院".into(),
        ..stable("2026-03-20")
    };
    followup::record(&next, &desk.town, &sent(record, None, violent)).await.unwrap();
    let found = rehabilitation::of_record(&next, &desk.town, record).await.unwrap();
    assert_eq!(found.obstacles, [Obstacle::Risk, Obstacle::Unstable]);
    step(&next, &desk.town, record, "admit").await.unwrap();
    let found = rehabilitation::of_record(&next, &desk.town, record).await.unwrap();
    assert_eq!((found.obstacles, found.may_apply), (vec![Obstacle::InHospital], false));
});
