//! What somebody writes on the long forms of the follow-up outlives a closed window, another's change and a step that is not
//! possible any more. All persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common::{self, County, forms, papers};
use crate::followup::{managed, settle};
use axum::http::StatusCode;
use rules::followup::paper::PaperKind;
use serde_json::json;

/// The address under which a page is kept.
fn keep(place: &str) -> String {
    let escaped = place.replace('/', "%2F").replace('?', "%3F").replace('=', "%3D").replace('&', "%26");
    format!("/unsent?place={escaped}")
}

const STILL: &str = "仍在下面";

both!(a_half_written_paper_stands_there_again_until_it_is_sent, |county| {
    settle(county).await;
    let (record, version) = managed(county, 8).await;
    let mut doctor = county.browser("town doctor").await;
    let (kind, fields) = papers::supplement();
    let path = format!("/followup/records/{record}/papers/{}", kind.code());
    let form = doctor.get(&format!("{path}?lang=zh-CN")).await;
    assert!(form.text.contains(&format!("data-keep=\"{path}\"")), "{}", form.text);
    let version = version.to_string();
    let half = [("version", version.as_str()), ("supplement.committee_contact", "写到一半的主任")];
    assert_eq!(doctor.post(&keep(&path), &half).await.status, StatusCode::NO_CONTENT);
    let again = doctor.get(&path).await;
    assert!(again.text.contains("写到一半的主任") && again.text.contains("尚未提交的内容"), "{}", again.text);

    // Another page changed the record meanwhile: whoever sends what was kept is told once, and loses nothing.
    let events = format!("/api/v1/smd-records/{record}/events");
    let taken = county.post("town doctor", &events, &[], &json!({ "step": "admit" })).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.json);
    let again = doctor.get(&path).await;
    assert!(again.text.contains(&format!("name=\"version\" value=\"{version}\"")), "{}", again.text);
    let typed = papers::typed(kind, &fields, &[]);
    let typed: Vec<(&str, &str)> =
        typed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let sent = [&[("version", version.as_str())], typed.as_slice()].concat();
    let told = doctor.post(&path, &sent).await;
    assert!(told.status == 422 && told.text.contains("赵主任"), "{}", told.text);
    let saved = doctor.post(&path, &typed).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let blank = doctor.get(&path).await;
    assert!(!blank.text.contains("尚未提交的内容") && blank.text.contains("赵主任"), "it was sent");
});

both!(a_half_written_record_examination_and_emergency_stand_there_again, |county| {
    settle(county).await;
    let (record, _) = managed(county, 8).await;
    let mut doctor = county.browser("town doctor").await;
    let village = common::VILLAGE.to_string();
    let number = forms::identity_number(9);
    let pages = [
        ("/followup/records/new?person=&paper=report_card".to_owned(), "report_card.name"),
        ("/followup/records/new?person=&paper=".to_owned(), "name"),
        (format!("/followup/records/{record}/examinations/new"), "note"),
        (format!("/followup/records/{record}/emergency"), "words"),
    ];
    for (place, field) in &pages {
        let page = doctor.get(place).await;
        let shown = format!("data-keep=\"{}\"", place.replace('&', "&#38;"));
        assert!(page.text.contains(&shown), "{place} {}", page.text);
        assert_eq!(doctor.post(&keep(place), &[(field, "写到一半")]).await.status, StatusCode::NO_CONTENT);
        assert!(doctor.get(place).await.text.contains("写到一半"), "{place}");
    }
    // Sent, or not wanted any more, it is forgotten.
    let card = [
        ("source", "report_card"),
        ("on", "2026-03-02"),
        ("name", "钱新建"),
        ("number", number.as_str()),
        ("division", village.as_str()),
        ("disorder", "01"),
        ("diagnosed_on", "2026-02-27"),
    ];
    let invited = [("on", "2026-03-02"), ("answer", "invited")];
    let begun = [("trigger", "relapse"), ("began_at", "2026-03-02T08:00"), ("risk", "1"), ("words", "复发")];
    let sent: [&[(&str, &str)]; 3] = [&card, &invited, &begun];
    for ((place, _), fields) in pages[1..].iter().zip(sent) {
        let to = place.split('?').next().unwrap();
        let answer = doctor.post(to, fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{place} {}", answer.text);
        assert!(!doctor.get(place).await.text.contains("写到一半"), "{place}");
    }
    let (card, _) = &pages[0];
    let answer = doctor.post("/unsent/discard", &[("place", card)]).await;
    assert_eq!((answer.status, &answer.location), (StatusCode::SEE_OTHER, card));
    assert!(!doctor.get(card).await.text.contains("写到一半"));
});

/// Who writes a form that is not possible any more is told so, and still has the words, without a button to send them.
async fn has_its_words(county: &County, path: &str, fields: &[(&str, &str)]) {
    let mut doctor = county.browser("town doctor").await;
    let typed = [&[("version", "1")], fields].concat();
    let told = doctor.post(&format!("{path}?lang=zh-CN"), &typed).await;
    assert_eq!(told.status, 422, "{path} {}", told.text);
    assert!(told.text.contains(STILL) && told.text.contains("写到一半"), "{path} {}", told.text);
    assert!(!told.text.contains("name=\"do\""), "{path} {}", told.text);
    // Whoever only comes to it finds no field.
    let blank = doctor.get(path).await;
    assert!(!blank.text.contains(STILL) && !blank.text.contains("<fieldset"), "{path} {}", blank.text);
}

both!(what_is_not_possible_any_more_leaves_the_words_to_their_writer, |county| {
    settle(county).await;
    let (record, _) = managed(county, 8).await;
    let events = format!("/api/v1/smd-records/{record}/events");
    let dead = json!({ "step": "die", "death_cause": "heart", "death_source": "家属" });
    let taken = county.post("town doctor", &events, &[], &dead).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.json);
    let of = format!("/followup/records/{record}");
    let consent = PaperKind::ManagementConsent.code();
    let explained = format!("{consent}.consent_by");
    let pages = [
        ("visit", ("referral_reason", "写到一半")),
        ("examinations/new", ("note", "写到一半")),
        ("emergency", ("words", "写到一半")),
        ("do/disagree", ("note", "写到一半")),
        (&format!("papers/{consent}"), (explained.as_str(), "写到一半")),
    ];
    for (page, field) in pages {
        has_its_words(county, &format!("{of}/{page}"), &[("on", "2026-03-02"), field]).await;
    }
});
