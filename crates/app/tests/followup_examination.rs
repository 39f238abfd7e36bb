//! The yearly examination with its day and list, records of before the day was kept, and looking for a record by name or number.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common::{self, number};
use crate::followup::{code, day, desk, managed, morning, take};
use app::{
    App,
    followup::{
        self, StepFields, check, clock,
        examination::{self, ExaminationFields},
        list::{self, Filter},
    },
    id::Id,
    p,
};
use rules::followup::examination::{Answer, Item};

fn done() -> ExaminationFields {
    ExaminationFields {
        answer: "done".into(),
        person_agrees: Some(true),
        results: [("blood_pressure".to_owned(), "normal".to_owned())].into(),
        values: [("systolic".to_owned(), "126".to_owned())].into(),
        ..ExaminationFields::default()
    }
}

async fn due(app: &App, record: Id) -> Option<jiff::civil::Date> {
    let sql = "SELECT examination_due_on FROM smd_record WHERE home = $1 AND id = $2";
    app.db
        .opt::<(Option<jiff::civil::Date>,)>(sql, p![record.home_number(), record])
        .await
        .unwrap()
        .unwrap()
        .0
}

both!(the_yearly_examination_has_its_day_and_its_list, |app| {
    let desk = desk(app).await;
    let record = managed(app, &desk, 1).await;
    assert_eq!(due(app, record).await, Some(day("2027-03-02")), "a year after management began");
    let now = app.at(morning("2026-05-04"));
    let asked = ExaminationFields { person_agrees: None, ..done() };
    let refused = examination::record(&now, &desk.town, record, &asked).await.unwrap_err();
    assert_eq!(code(refused), "examination_not_agreed");
    let wrong = ExaminationFields {
        results: [("height".to_owned(), "normal".to_owned())].into(),
        values: [("systolic".to_owned(), "1260".to_owned())].into(),
        ..done()
    };
    let wrong = examination::record(&now, &desk.town, record, &wrong).await.unwrap_err();
    assert_eq!(
        code(wrong),
        "result.height:unknown_choice value.systolic:number_range result.blood_pressure:required result.general:required"
    );
    let invited = ExaminationFields { answer: "invited".into(), ..ExaminationFields::default() };
    examination::record(&app.at(morning("2026-05-03")), &desk.county, record, &invited).await.unwrap();
    assert_eq!(due(app, record).await, Some(day("2027-03-02")), "an invitation answers nothing");
    assert_eq!(
        code(examination::record(&now, &desk.hospital, record, &done()).await.unwrap_err()),
        "smd_not_yours"
    );
    let made = examination::record(&now, &desk.town, record, &done()).await.unwrap();
    assert_eq!(due(app, record).await, Some(day("2027-05-04")));
    let found = examination::of_record(&now, &desk.town, record).await.unwrap();
    let one = &found.made[0];
    assert_eq!((one.answer, one.values["systolic"], one.missing.len()), (Answer::Done, 1260, 6));
    assert!(one.items.contains_key(&Item::BloodPressure));
    // Who is overdue stands on the list of what is due, and on that of records.
    let late = app.at(morning("2027-06-01"));
    let list = list::examinations(&late, &desk.town, None).await.unwrap();
    assert_eq!((list.lines.len(), list.overdue), (1, 1));
    let overdue = Filter { examination: true, ..Filter::default() };
    assert_eq!(list::page(&late, &desk.county, &overdue).await.unwrap().total, 1);
    assert_eq!(list::examinations(&late, &desk.other, None).await.unwrap().lines.len(), 0);
    // Voided, the year is open again; a refusal closes it.
    assert_eq!(
        code(examination::void(&late, &desk.town, record, made, " ").await.unwrap_err()),
        "reason:required"
    );
    examination::void(&late, &desk.town, record, made, "录错").await.unwrap();
    assert_eq!(due(app, record).await, Some(day("2027-03-02")));
    let no = ExaminationFields {
        answer: "refused".into(),
        note: "不愿抽血".into(),
        ..ExaminationFields::default()
    };
    examination::record(&late, &desk.town, record, &no).await.unwrap();
    assert_eq!(due(app, record).await, Some(day("2028-06-01")));
    // Rows that were written before the day was kept are filled by the clock.
    let forget = "UPDATE smd_record SET examination_due_on = NULL WHERE home = $1 AND id = $2";
    app.db.run(forget, p![record.home_number(), record]).await.unwrap();
    assert_eq!(check::check(&late).await.unwrap().drifted, [record]);
    clock::escalate(&late).await.unwrap();
    assert_eq!(check::check(&late).await.unwrap().drifted, []);
    // Without consent nobody is examined.
    let refuse = StepFields { step: "disagree".into(), note: "不同意".into(), ..StepFields::default() };
    take(&late, &desk.town, record, refuse).await.unwrap();
    assert_eq!(due(app, record).await, None);
});

both!(a_record_is_found_by_name_and_number_in_scope, |app| {
    let desk = desk(app).await;
    let record = managed(app, &desk, 1).await;
    managed(app, &desk, 2).await;
    let now = app.at(morning("2026-03-03"));
    let find = async |who: &app::scope::Scope, words: &str, filter: Filter| {
        let found = followup::search(&now, who, words, &filter).await.unwrap();
        found.lines.into_iter().map(|line| line.id).collect::<Vec<_>>()
    };
    let own = number("1980-02-03", 1);
    let tail = own[own.len() - 4..].to_owned();
    let (view, all) = (followup::show(&now, &desk.town, record).await.unwrap(), Filter::default());
    for words in [own.as_str(), &tail, &record.to_string(), &view.person.to_string()] {
        assert_eq!(find(&desk.town, words, all.clone()).await, [record], "{words}");
        assert_eq!(find(&desk.other, words, all.clone()).await, [], "{words}");
    }
    for words in ["王小明", "wangxm", "wxm", "小明"] {
        let expected = if words == "wangxm" { 0 } else { 2 };
        assert_eq!(find(&desk.county, words, all.clone()).await.len(), expected, "{words}");
    }
    assert_eq!(find(&desk.county, "李", all).await, []);
    let overdue = Filter { overdue: true, ..Filter::default() };
    assert_eq!(find(&desk.county, "王小明", overdue).await, [], "the filter holds for what is found");
});
