//! Papers that are owed: the card that came on paper, the card after another diagnosis, the questionnaire of a clue.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common::{self, VILLAGE};
use crate::followup::{card, code, day, desk, managed, morning, step};
use app::{
    App,
    followup::{
        self, Opening, ProfileFields, check, list,
        paper::{self, Fields},
    },
    id::Id,
    scope::Scope,
};
use rules::followup::{owed::What, paper::PaperKind};
use serde_json::{Value, json};

async fn owed(app: &App, who: &Scope, record: Id) -> Vec<(What, String)> {
    let view = followup::show(app, who, record).await.unwrap();
    view.owed.iter().map(|owed| (owed.what, owed.by.to_string())).collect()
}

fn due(rows: &[(What, &str)]) -> Vec<(What, String)> {
    rows.iter().map(|(what, by)| (*what, (*by).to_owned())).collect()
}

fn object(value: Value) -> Fields {
    value.as_object().unwrap().clone()
}

/// A whole card of a disorder; who it is about is known.
fn whole(disorder: &str, icd10: &str, diagnosed_on: &str, reported_on: &str) -> Fields {
    object(
        json!({ "report_type": "2", "visit_type": "2", "visit_number": "Z2026001", "ethnicity": "汉族", "household": "1",
        "contact": "王父", "contact_relation": "父亲", "phone": "13800138000", "division": VILLAGE.to_string(),
        "address": "测试路1号", "education": "6", "marriage": "1", "occupation": "4", "family_history": "2",
        "onset_on": "2019-06-01", "onset_accuracy": "month", "treated": true, "first_treatment_on": "2019-06-20",
        "admissions": 1, "lock_up": "1", "danger": ["none"], "past_risk": "0", "sent_by": ["2"], "hospital": "示例医院",
        "diagnosed_on": diagnosed_on, "disorder": disorder, "icd10": icd10, "consent": "agree", "consent_on": "2026-03-02",
        "no_drugs": false, "drugs": [{ "name": "奥氮平", "night": 10 }], "doctor": "李医生", "department": "精神科",
        "doctor_phone": "021-58880000", "reported_on": reported_on }),
    )
}

async fn write(app: &App, who: &Scope, record: Id, kind: PaperKind, fields: Fields) {
    let sent = paper::Sent { kind, version: None, replaces: None, fields };
    paper::write(app, who, record, &sent).await.unwrap();
}

both!(a_card_that_came_on_paper_is_entered_within_five_working_days, |app| {
    let desk = desk(app).await;
    let now = app.at(morning("2026-03-04"));
    let on = |received_on: &str| Opening { received_on: received_on.into(), ..card(1) };
    let early = followup::open(&now, &desk.town, &on("2026-03-01")).await.unwrap_err();
    assert_eq!(code(early), "received_on:received_before_written");
    let record = followup::open(&now, &desk.town, &on("2026-03-03")).await.unwrap();
    let expected = due(&[(What::Receipt, "2026-03-04"), (What::PaperEntry, "2026-03-10")]);
    assert_eq!(owed(&now, &desk.town, record).await, expected);
    step(&now, &desk.town, record, "receive").await.unwrap();
    let lines = list::due(&now, &desk.county, None).await.unwrap().lines;
    assert_eq!(lines[0].due, Some((day("2026-03-10"), What::PaperEntry)));
    assert_eq!(check::check(&now).await.unwrap().drifted, []);
    let fields = whole("01", "F20.0", "2026-02-27", "2026-03-04");
    write(&now, &desk.town, record, PaperKind::ReportCard, fields).await;
    assert_eq!(owed(&now, &desk.town, record).await, due(&[(What::FirstVisit, "2026-03-18")]));
    assert_eq!(check::check(&now).await.unwrap().drifted, []);
});

both!(another_diagnosis_asks_for_another_card, |app| {
    let desk = desk(app).await;
    let record = managed(app, &desk, 1).await;
    let now = app.at(morning("2026-03-10"));
    let known = ProfileFields::of(&followup::show(&now, &desk.town, record).await.unwrap().profile);
    let other = ProfileFields { disorder: "04".into(), diagnosed_on: "2026-03-09".into(), ..known.clone() };
    let first_visit = (What::FirstVisit, "2026-03-16");
    let both = due(&[first_visit, (What::Correction, "2026-03-23")]);
    // Ten working days from the other diagnosis; back at what was reported nothing is owed.
    followup::change_profile(&now, &desk.town, record, None, &other).await.unwrap();
    assert_eq!(owed(&now, &desk.hospital, record).await, both);
    followup::change_profile(&now, &desk.town, record, None, &known).await.unwrap();
    assert_eq!(owed(&now, &desk.hospital, record).await, due(&[first_visit]));
    followup::change_profile(&now, &desk.town, record, None, &other).await.unwrap();
    // Whatever else is changed on top of it leaves the day as it is.
    let guardian = ProfileFields { guardian_name: "王大".into(), ..other };
    followup::change_profile(&now, &desk.town, record, None, &guardian).await.unwrap();
    assert_eq!(owed(&now, &desk.hospital, record).await, both);
    assert_eq!(check::check(&now).await.unwrap().drifted, []);
    let fields = whole("04", "F31.0", "2026-03-09", "2026-03-10");
    write(&now, &desk.hospital, record, PaperKind::ReportCard, fields).await;
    assert_eq!(owed(&now, &desk.hospital, record).await, due(&[first_visit]));
    assert_eq!(check::check(&now).await.unwrap().drifted, []);
});

both!(a_clue_is_surveyed_each_quarter_until_it_is_reviewed, |app| {
    let desk = desk(app).await;
    let now = app.at(morning("2026-03-02"));
    let clue = Opening { source: "clue".into(), profile: ProfileFields::default(), ..card(1) };
    let record = followup::open(&now, &desk.town, &clue).await.unwrap();
    assert_eq!(owed(&now, &desk.town, record).await, due(&[(What::ClueSurvey, "2026-06-02")]));
    let later = app.at(morning("2026-05-20"));
    let fields = json!({ "informant_kind": "3", "informant": "赵主任", "signs": ["3", "6"], "doctor": "周医生",
        "reported_on": "2026-05-20" });
    write(&later, &desk.town, record, PaperKind::ClueSurvey, object(fields)).await;
    assert_eq!(owed(&later, &desk.town, record).await, due(&[(What::ClueSurvey, "2026-08-20")]));
    assert_eq!(check::check(&later).await.unwrap().drifted, []);
    step(&later, &desk.county, record, "review").await.unwrap();
    assert_eq!(owed(&later, &desk.town, record).await, due(&[]));
    assert_eq!(check::check(&later).await.unwrap().drifted, []);
});
