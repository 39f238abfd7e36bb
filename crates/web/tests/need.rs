//! The figures of need for programs: a county by town and by village. All persons are invented.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use crate::common::{self, COUNTY, VILLAGE};
use axum::http::StatusCode;

both!(a_county_is_counted_by_village_for_programs, |county| {
    // Figures by village and their sum by town, as a list that is taken in leaves them.
    let (town, one) = (VILLAGE / 1_000 * 1_000, 1_i64);
    for (sql, place) in [
        ("INSERT INTO tally (indicator, division, count) VALUES ('persons', $1, $2)", VILLAGE),
        ("INSERT INTO tally_town (indicator, town, count) VALUES ('persons', $1, $2)", town),
    ] {
        county.app.db.run(sql, app::p![place, one]).await.unwrap();
    }
    let path = format!("/api/v1/counts?division={COUNTY}");
    let towns = county.get("worker", &path).await;
    assert_eq!(towns.status, StatusCode::OK, "{}", towns.json);
    assert_eq!(towns.json["total"]["persons"], 1, "{}", towns.json);
    let villages = county.get("worker", &format!("{path}&by=village")).await;
    assert_eq!(villages.status, StatusCode::OK, "{}", villages.json);
    assert_eq!(villages.json["total"], towns.json["total"]);
    assert_eq!(villages.json["parts"][0]["division"], VILLAGE, "{}", villages.json);
    let unknown = county.get("worker", &format!("{path}&by=moon")).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", unknown.json);
    assert_eq!(unknown.fields(), ["by"]);
});
