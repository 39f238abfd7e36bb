//! The report of unusual access. All persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{
    Error,
    audit::{self, Entry, Purpose, Unusual},
    id::Id,
    p,
};
use common::{COUNTY, County, morning};
use jiff::{SignedDuration, Timestamp, civil::Date};

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// Reads of so many different records from an instant on, a minute apart at most.
async fn reads(county: &County, who: &str, from: Timestamp, count: i64) {
    let scope = county.scope(who).await;
    for n in 0..count {
        let at = from + SignedDuration::from_secs(n * 30);
        let entry = Entry::read(Purpose::Referral, "person", Id::in_division(COUNTY, at));
        audit::record(&county.app.db, &scope, entry, at).await.unwrap();
    }
}

async fn report(county: &County, who: &str, from: &str, until: &str) -> app::Result<Vec<Unusual>> {
    let scope = county.scope(who).await;
    audit::unusual(&county.app.at(county.at), &scope, day(from), day(until)).await
}

/// Day, account and kind.
fn told(found: &[Unusual]) -> Vec<String> {
    let line = |one: &Unusual| format!("{} {} {}", one.on, one.username, one.finding.kind.code());
    found.iter().map(line).collect()
}

both!(each_kind_is_found_on_its_day_and_named_with_its_figure, |county| {
    // A usual January: ten records a day each.
    for date in ["2026-01-12", "2026-01-13", "2026-01-14"] {
        for who in ["worker", "second worker"] {
            reads(county, who, morning(date), 10).await;
        }
    }
    // Tuesday: far more than usual; Wednesday: within an hour; Thursday in the evening; Saturday.
    reads(county, "worker", morning("2026-02-03"), 60).await;
    reads(county, "second worker", morning("2026-02-03"), 40).await;
    reads(county, "doctor", morning("2026-02-04"), 61).await;
    reads(county, "officer", morning("2026-02-05") + SignedDuration::from_hours(12), 11).await;
    reads(county, "officer", morning("2026-02-07"), 10).await;
    let scope = county.scope("helper").await;
    for n in 0..11 {
        let at = morning("2026-02-06") + SignedDuration::from_secs(n);
        let entry = Entry { action: "refused", ..Entry::listed(Purpose::Administration, "page", 0) };
        audit::record(&county.app.db, &scope, entry, at).await.unwrap();
        let entry = Entry { action: "export", ..Entry::listed(Purpose::Referral, "referral", 5) };
        audit::record(&county.app.db, &scope, entry, at).await.unwrap();
    }
    let found = report(county, "auditor", "2026-02-01", "2026-02-28").await.unwrap();
    assert_eq!(
        told(&found),
        [
            "2026-02-06 helper refusals",
            "2026-02-06 helper exports",
            "2026-02-05 officer off_hours",
            "2026-02-04 doctor many_in_hour",
            "2026-02-03 worker many_for_oneself",
            "2026-02-03 worker many_for_peers",
        ]
    );
    let many = &found[4].finding;
    assert_eq!((many.found, many.limit), (60, 40));
    let quiet = report(county, "auditor", "2026-01-12", "2026-01-14").await.unwrap();
    assert!(quiet.is_empty(), "{:?}", told(&quiet));
});

both!(own_names_ended_cases_and_emergencies_are_named, |county| {
    let case = county.at_state(1, "in_service").await;
    let id: Id = case.parse().unwrap();
    let sql = "UPDATE account SET name = '测试甲' WHERE id = $1";
    county.app.db.run(sql, p![county.ids["second worker"]]).await.unwrap();
    county.on("2026-03-03");
    for who in ["worker", "second worker"] {
        county.case(who, &case).await;
    }
    let found = report(county, "auditor", "2026-03-03", "2026-03-03").await.unwrap();
    assert_eq!(told(&found), ["2026-03-03 second worker own_name"]);
    let sql = "UPDATE referral SET state = 'ended' WHERE home = $1 AND id = $2";
    county.app.db.run(sql, p![id.home_number(), id]).await.unwrap();
    for (date, expected) in [("2026-03-20", 0), ("2026-04-10", 1)] {
        county.on(date);
        county.case("worker", &case).await;
        let found = report(county, "auditor", date, date).await.unwrap();
        let ended: Vec<String> =
            told(&found).into_iter().filter(|line| line.ends_with("after_end")).collect();
        assert_eq!(ended.len(), expected, "{date}: {ended:?}");
    }
    let number = county.case("worker", &case).await["number"].as_str().unwrap().to_owned();
    let request = app::emergency_access::Request {
        number,
        reason: "患者在急诊科意识不清,需了解用药史与既往风险".to_owned(),
        basis: "emergency".to_owned(),
    };
    let scope = county.scope("health officer").await;
    app::emergency_access::open(&county.app.at(county.at), &scope, &request).await.unwrap();
    let found = report(county, "auditor", "2026-04-10", "2026-04-10").await.unwrap();
    assert!(told(&found).contains(&"2026-04-10 health officer emergency".to_owned()), "{:?}", told(&found));
    let shown = format!("{found:?}");
    assert!(!shown.contains(&case) && !shown.contains("意识不清"), "no content: {shown}");
});

both!(the_report_is_for_auditors_of_the_area_and_of_bounded_length, |county| {
    county.organisation("far office", "civil_affairs", common::ELSEWHERE).await;
    county.account("far auditor", "auditor", "far office").await;
    reads(county, "doctor", morning("2026-02-04"), 61).await;
    assert_eq!(report(county, "auditor", "2026-02-04", "2026-02-04").await.unwrap().len(), 1);
    assert!(report(county, "far auditor", "2026-02-04", "2026-02-04").await.unwrap().is_empty());
    for who in ["client", "worker", "administrator", "supervisor"] {
        let answer = report(county, who, "2026-02-04", "2026-02-04").await;
        assert!(matches!(answer, Err(Error::Forbidden)), "{who}");
    }
    for (from, until) in
        [("2026-02-04", "2026-02-03"), ("2025-01-01", "2026-02-04"), ("2026-01-01", "2026-04-03")]
    {
        let answer = report(county, "auditor", from, until).await;
        assert!(matches!(answer, Err(Error::Invalid(_))), "{from} {until}");
    }
});
