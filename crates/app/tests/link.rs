//! Possible doubles, decisions on them, and how everything that was joined comes apart again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{App, Error, id::Id, link, link::Verdict, need, person, person::search::search};
use common::{COUNTY, VILLAGE, csv, number, somebody, take, take_back, worker};
use rules::account::Role;

/// Health writes the number, the federation of the same person a mistyped one cannot be; so a second list of health
/// lacks the number.
async fn two_lists(app: &App) -> (Id, Id) {
    let village = VILLAGE.to_string();
    let number = number("1980-02-03", 11);
    let head = ["姓名", "身份证号", "性别", "出生日期", "区划代码", "联系电话"];
    let known = csv(&[&head, &["欧阳小明", &number, "", "", &village, "13900001234"]]);
    take(app, "smd", "卫健局", &known).await;
    let other = csv(&[&head, &["欧阳晓明", "", "男", "1980-02-03", &village, "13900001234"]]);
    let (_, summary) = take(app, "smd", "医院", &other).await;
    assert_eq!((summary.new, summary.pairs), (1, 1), "not linked by itself, but put before a clerk");
    let pair = link::queue(app, &worker(), "open", None).await.unwrap().remove(0);
    (pair.left_id, pair.right_id)
}

async fn total(app: &App) -> i64 {
    need::count(app, &worker(), COUNTY).await.unwrap().total.persons
}

async fn sound(app: &App) {
    assert!(need::recount(app).await.unwrap().is_empty());
}

both!(a_probable_double_waits_for_a_clerk_with_its_reasons, |app| {
    two_lists(app).await;
    let pair = link::queue(app, &worker(), "open", None).await.unwrap().remove(0);
    assert!(pair.probability > 0.5 && pair.probability <= 1.0);
    let columns: Vec<&str> = pair.explanation["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["column"].as_str().unwrap())
        .collect();
    assert!(columns.contains(&"name") && columns.contains(&"birth_date"), "{columns:?}");
    let today = person::today(app.now());
    assert!(pair.due_on > today);
    let side = link::side_by_side(app, &worker(), pair.id).await.unwrap();
    assert_ne!(side.left.id, side.right.id);
    link::take(app, &worker(), pair.id, pair.version).await.unwrap();
    assert!(matches!(link::take(app, &worker(), pair.id, pair.version).await, Err(Error::Changed { .. })));
});

both!(the_queue_says_whom_each_pair_is_about_and_that_it_was_read_is_recorded, |app| {
    two_lists(app).await;
    let officer = somebody(Role::CivilAffairsOfficer);
    for (scope, name) in [(worker(), "欧阳小明"), (officer.clone(), "欧阳*")] {
        let found = link::listed(app, &scope, "open", None).await.unwrap().remove(0);
        let sides = [&found.left, &found.right];
        assert!(sides.iter().any(|side| side.person.name == name), "{:?}", sides.map(|s| &s.person.name));
        assert!(sides.iter().all(|side| side.person.born_on.is_some() && side.person.division == VILLAGE));
        let senders: Vec<&str> = sides.iter().flat_map(|side| &side.senders).map(String::as_str).collect();
        assert!(senders.contains(&"卫健局") && senders.contains(&"医院"), "{senders:?}");
        assert!(found.owner.is_none() && found.pair.created_at <= app.now());
        let sql =
            "SELECT detail FROM audit WHERE account_id = $1 AND action = 'list' AND subject_kind = 'pair'";
        let logged: Vec<(serde_json::Value,)> = app.db.all(sql, app::p![scope.account]).await.unwrap();
        assert_eq!(logged, [(serde_json::json!({"rows": 1}),)]);
    }
    let born = link::listed(app, &officer, "open", None).await.unwrap()[0].left.person.born_on;
    assert_eq!(born.unwrap().to_string(), "1980-01-01", "who sees no identity sees the year");
    let last = link::listed(app, &worker(), "open", None).await.unwrap().remove(0).pair;
    assert!(link::listed(app, &worker(), "open", Some((last.due_on, last.id))).await.unwrap().is_empty());
    let elsewhere = app::scope::Scope { area: app::scope::Area::of(310_101_000_000), ..worker() };
    assert!(link::listed(app, &elsewhere, "open", None).await.unwrap().is_empty());
    for role in [Role::Doctor, Role::HealthOfficer, Role::Auditor] {
        let refused = link::listed(app, &somebody(role), "open", None).await;
        assert!(matches!(refused, Err(Error::Forbidden)), "{role:?}");
    }
    link::decide(app, &worker(), last.id, last.version, Verdict::Same).await.unwrap();
    let joined = link::listed(app, &worker(), "same", None).await.unwrap().remove(0);
    assert_ne!(joined.left.person.id, joined.right.person.id, "each side as it was registered");
});

both!(same_joins_and_undo_parts_exactly, |app| {
    let (left, right) = two_lists(app).await;
    let before =
        [person::get(app, &worker(), left).await.unwrap(), person::get(app, &worker(), right).await.unwrap()];
    assert_eq!(total(app).await, 2);
    let pair = link::queue(app, &worker(), "open", None).await.unwrap().remove(0);
    link::decide(app, &worker(), pair.id, pair.version, Verdict::Same).await.unwrap();
    assert_eq!(total(app).await, 1);
    sound(app).await;
    let head = person::get(app, &worker(), left).await.unwrap().id;
    assert_eq!(
        person::get(app, &worker(), right).await.unwrap().id,
        head,
        "the old identifier finds the person"
    );
    let timeline = person::timeline(app, &worker(), right).await.unwrap();
    assert_eq!((timeline.records.len(), timeline.members.len()), (2, 1));
    assert!(timeline.events.iter().any(|e| e.kind == "merged"));
    let late = link::decide(app, &worker(), pair.id, pair.version, Verdict::Different).await;
    assert!(matches!(late, Err(Error::Changed { .. })), "the second officer is told");
    let pair = link::queue(app, &worker(), "same", None).await.unwrap().remove(0);
    link::undo(app, &worker(), pair.id, pair.version).await.unwrap();
    assert_eq!(total(app).await, 2);
    sound(app).await;
    for old in before {
        let now = person::get(app, &worker(), old.id).await.unwrap();
        let shown = |p: &person::Person| {
            (p.id, p.name.clone(), p.born_on, p.number.clone(), p.phone.clone(), p.division)
        };
        assert_eq!(shown(&now), shown(&old));
        assert_eq!(person::timeline(app, &worker(), old.id).await.unwrap().records.len(), 1);
    }
    assert_eq!(link::queue(app, &worker(), "open", None).await.unwrap().len(), 1);
});

both!(a_merge_is_taken_back_on_the_persons_page_too, |app| {
    two_lists(app).await;
    let pair = link::queue(app, &worker(), "open", None).await.unwrap().remove(0);
    link::decide(app, &worker(), pair.id, pair.version, Verdict::Same).await.unwrap();
    let member = link::queue(app, &worker(), "same", None).await.unwrap()[0].joined.unwrap();
    link::unmerge(app, &worker(), member).await.unwrap();
    assert_eq!(total(app).await, 2);
    assert_eq!(link::queue(app, &worker(), "open", None).await.unwrap().len(), 1, "the pair is open again");
    let again = link::unmerge(app, &worker(), member).await;
    assert!(matches!(again, Err(Error::Refused(r)) if r.code == "not_merged"));
});

both!(different_stays_different_when_the_lists_come_again, |app| {
    two_lists(app).await;
    let pair = link::queue(app, &worker(), "open", None).await.unwrap().remove(0);
    link::decide(app, &worker(), pair.id, pair.version, Verdict::Different).await.unwrap();
    let (found, other) = (pair.left_id, pair.right_id);
    let mut tx = app.db.begin().await.unwrap();
    link::compare(app, &mut tx, found).await.unwrap();
    link::compare(app, &mut tx, other).await.unwrap();
    tx.commit().await.unwrap();
    assert!(link::queue(app, &worker(), "open", None).await.unwrap().is_empty());
    assert_eq!(total(app).await, 2);
});

both!(chains_of_merges_come_apart_in_any_order, |app| {
    let village = VILLAGE.to_string();
    let numbers: Vec<String> = (1..=4).map(|i| number("1970-01-01", i * 11)).collect();
    let mut rows = vec![vec!["姓名".to_owned(), "身份证号".to_owned(), "区划代码".to_owned()]];
    for (i, n) in numbers.iter().enumerate() {
        rows.push(vec![format!("测试{}", ["甲", "乙", "丙", "丁"][i]), n.clone(), village.clone()]);
    }
    let rows: Vec<Vec<&str>> = rows.iter().map(|r| r.iter().map(String::as_str).collect()).collect();
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    take(app, "smd", "卫健局", &csv(&rows)).await;
    let mut ids = Vec::new();
    for n in &numbers {
        ids.push(search(app, &worker(), n, None).await.unwrap().persons[0].id);
    }
    // Two pairs, then the pairs with each other.
    let a = link::merge(app, &worker(), ids[0], ids[1]).await.unwrap();
    let b = link::merge(app, &worker(), ids[2], ids[3]).await.unwrap();
    let top = link::merge(app, &worker(), a, b).await.unwrap();
    assert!(
        matches!(link::merge(app, &worker(), ids[1], ids[3]).await, Err(Error::Refused(r)) if r.code == "already_one")
    );
    for n in &numbers {
        assert_eq!(
            search(app, &worker(), n, None).await.unwrap().persons[0].id,
            top,
            "every old number finds the person"
        );
    }
    assert_eq!(total(app).await, 1);
    sound(app).await;
    // The inner merge of the joined pair first, then the outer.
    let inner = if b == ids[2] { ids[3] } else { ids[2] };
    link::unmerge(app, &worker(), inner).await.unwrap();
    assert_eq!(total(app).await, 2);
    sound(app).await;
    let lower = if top == a { b } else { a };
    link::unmerge(app, &worker(), lower).await.unwrap();
    assert_eq!(total(app).await, 3);
    sound(app).await;
    let (left, right) = (
        person::get(app, &worker(), ids[0]).await.unwrap().id,
        person::get(app, &worker(), ids[1]).await.unwrap().id,
    );
    assert_eq!(left, right, "the first pair is still one");
});

both!(a_wrongly_linked_record_gets_a_person_of_its_own, |app| {
    let village = VILLAGE.to_string();
    let number = number("1980-02-03", 11);
    let certificate = format!("{number}62");
    let health = csv(&[&["姓名", "身份证号", "区划代码"], &["王小明", &number, &village]]);
    let dpf = csv(&[&["姓名", "残疾人证号", "区划代码"], &["赵大力", &certificate, &village]]);
    take(app, "smd", "卫健局", &health).await;
    take(app, "dpf", "残联", &dpf).await;
    assert_eq!(total(app).await, 1);
    let id = search(app, &worker(), &number, None).await.unwrap().persons[0].id;
    let record = person::timeline(app, &worker(), id)
        .await
        .unwrap()
        .records
        .into_iter()
        .find(|r| r.kind == "dpf")
        .unwrap();
    let new = link::unlink(app, &worker(), record.id).await.unwrap();
    assert_eq!(total(app).await, 2);
    sound(app).await;
    assert_eq!(person::get(app, &worker(), new).await.unwrap().name, "赵大力");
    assert!(!person::get(app, &worker(), id).await.unwrap().in_dpf);
    let (_, again) = take(app, "dpf", "残联", &dpf).await;
    assert_eq!(
        (again.unchanged, again.new, again.linked),
        (1, 0, 0),
        "the sender's next list keeps them apart"
    );
    let only = person::timeline(app, &worker(), id).await.unwrap().records[0].id;
    assert!(
        matches!(link::unlink(app, &worker(), only).await, Err(Error::Refused(r)) if r.code == "only_record")
    );
});

both!(an_import_taken_back_under_a_merge_leaves_the_rest, |app| {
    let village = VILLAGE.to_string();
    let (a, b) = (number("1980-02-03", 11), number("1981-02-03", 12));
    let list = |name: &str, n: &str| csv(&[&["姓名", "身份证号", "区划代码"], &[name, n, &village]]);
    take(app, "smd", "卫健局", &list("王小明", &a)).await;
    let (second, _) = take(app, "smd", "医院", &list("王小名", &b)).await;
    let id = async |n: &str| search(app, &worker(), n, None).await.unwrap().persons[0].id;
    let (left, right) = (id(&a).await, id(&b).await);
    let head = link::merge(app, &worker(), left, right).await.unwrap();
    take_back(app, second).await;
    assert_eq!(total(app).await, 1);
    sound(app).await;
    assert_eq!(id(&b).await, head, "the number still finds the person");
    let member = if head == left { right } else { left };
    link::unmerge(app, &worker(), member).await.unwrap();
    assert_eq!(total(app).await, 1);
    sound(app).await;
});

both!(who_may_not_decide_sees_no_queue, |app| {
    let (left, right) = two_lists(app).await;
    for role in [Role::HealthOfficer, Role::DpfOfficer, Role::Committee, Role::Doctor, Role::Administrator] {
        assert!(
            matches!(link::queue(app, &somebody(role), "open", None).await, Err(Error::Forbidden)),
            "{role:?}"
        );
        assert!(matches!(link::merge(app, &somebody(role), left, right).await, Err(Error::Forbidden)));
    }
    let mut elsewhere = worker();
    elsewhere.area = app::scope::Area::of(110_101_000_000);
    assert!(link::queue(app, &elsewhere, "open", None).await.unwrap().is_empty());
    assert!(matches!(link::merge(app, &elsewhere, left, right).await, Err(Error::NotFound)));
});

both!(who_opened_a_pair_stands_in_the_log_of_both_persons, |app| {
    two_lists(app).await;
    let clerk = worker();
    let pair = link::queue(app, &clerk, "open", None).await.unwrap().remove(0);
    link::side_by_side(app, &clerk, pair.id).await.unwrap();
    let of = async |action: &str, subject: Id| {
        let sql = "SELECT subject_kind, detail FROM audit WHERE action = $1 AND subject_id = $2";
        app.db.all::<(String, serde_json::Value)>(sql, app::p![action, subject]).await.unwrap()
    };
    for (person, other) in [(pair.left_id, pair.right_id), (pair.right_id, pair.left_id)] {
        let read = of("read", person).await;
        assert_eq!(read.len(), 1, "{read:?}");
        assert_eq!(read[0].0, "person");
        assert!(!read[0].1.to_string().contains(&other.to_string()), "nothing of the other: {read:?}");
    }
    link::take(app, &clerk, pair.id, pair.version).await.unwrap();
    assert!(link::take(app, &clerk, pair.id, pair.version).await.is_err());
    assert_eq!(of("take", pair.id).await.len(), 1, "who took it on, once");
});
