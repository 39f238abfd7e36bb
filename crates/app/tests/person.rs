//! Finding persons, what each role sees of them, and what is recorded of the looking.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{Error, audit::Purpose, db, person, person::Entrant, person::search::search};
use common::{
    COUNTY, VILLAGE, VILLAGE_ELSEWHERE, csv, number, somebody, take, take_as, take_back_as, worker, worker_of,
};
use rules::account::Role;

async fn fill(app: &app::App) {
    let village = VILLAGE.to_string();
    let numbers: Vec<String> = (1..=6).map(|i| number("1980-02-03", i * 7)).collect();
    let bytes = csv(&[
        &["姓名", "身份证号", "区划代码", "联系电话"],
        &["王小明", &numbers[0], &village, "13900001234"],
        &["王小红", &numbers[1], &village, "13900005678"],
        &["欧阳小明", &numbers[2], &village, ""],
        &["仇英", &numbers[3], &village, ""],
        &["阿布都拉·买买提", &numbers[4], &village, ""],
        &["张伟", &numbers[5], &village, ""],
    ]);
    take(app, "smd", "卫健局", &bytes).await;
}

async fn names(app: &app::App, words: &str) -> Vec<String> {
    let found = search(app, &worker(), words, None).await.unwrap().persons;
    let mut names: Vec<String> = found.into_iter().map(|p| p.name).collect();
    names.sort();
    names
}

both!(persons_are_found_by_characters_pinyin_initials_and_tails, |app| {
    fill(app).await;
    let first = number("1980-02-03", 7);
    for (words, expected) in [
        ("王小", vec!["王小明", "王小红"]),
        ("小明", vec!["欧阳小明", "王小明"]),
        ("wangxiao", vec!["王小明", "王小红"]),
        ("wxm", vec!["王小明"]),
        ("wx", vec!["王小明", "王小红"]),
        ("qiuying", vec!["仇英"]),
        ("OuYang", vec!["欧阳小明"]),
        ("1234", vec!["王小明"]),
        ("13900005678", vec!["王小红"]),
        ("5678", vec!["王小红"]),
        (&first[14..], vec!["王小明"]),
        (&first[10..], vec!["王小明"]),
        (&first, vec!["王小明"]),
        ("买买提", vec!["阿布都拉·买买提"]),
        ("无此人", vec![]),
        ("9", vec![]),
        ("", vec![]),
        ("%", vec![]),
    ] {
        assert_eq!(names(app, words).await, expected, "{words}");
    }
});

both!(a_role_without_sight_of_identity_sees_masks, |app| {
    fill(app).await;
    let full = search(app, &worker(), "王小明", None).await.unwrap().persons.remove(0);
    assert_eq!(full.name, "王小明");
    assert!(full.number.as_deref().unwrap().contains('•'), "numbers are masked in lists for everybody");
    let masked =
        search(app, &somebody(Role::CivilAffairsOfficer), "王小明", None).await.unwrap().persons.remove(0);
    assert_eq!((masked.name.as_str(), masked.masked), ("王*", true));
    assert_eq!(masked.born_on, Some(jiff::civil::date(1980, 1, 1)));
    let purpose = Purpose::Supervision;
    let shown = person::reveal(app, &somebody(Role::CivilAffairsOfficer), masked.id, purpose).await.unwrap();
    assert_eq!((shown.name.as_str(), shown.number), ("王小明", Some(number("1980-02-03", 7))));
    let refused = person::reveal(app, &somebody(Role::HealthOfficer), masked.id, purpose).await;
    assert!(matches!(refused, Err(Error::Forbidden)));
});

both!(outside_the_scope_nobody_is_found, |app| {
    fill(app).await;
    let id = search(app, &worker(), "王小明", None).await.unwrap().persons[0].id;
    let mut elsewhere = worker();
    elsewhere.area = app::scope::Area::of(110_101_000_000);
    for scope in [elsewhere, somebody(Role::DpfOfficer), somebody(Role::Committee), somebody(Role::Doctor)] {
        assert!(search(app, &scope, "王小明", None).await.unwrap().persons.is_empty(), "{:?}", scope.role);
        assert!(search(app, &scope, &number("1980-02-03", 7), None).await.unwrap().persons.is_empty());
        assert!(matches!(person::get(app, &scope, id).await, Err(Error::NotFound)));
        assert!(matches!(person::timeline(app, &scope, id).await, Err(Error::NotFound)));
        assert!(person::list(app, &scope, None).await.unwrap().is_empty());
    }
});

/// Who is found by a name in Pudong, in Shanghai, in Dongcheng and in the whole country.
async fn found_in(app: &app::App, words: &str) -> [usize; 4] {
    let mut found = [0; 4];
    let areas = [COUNTY, 310_000_000_000, 110_101_000_000, 0];
    for (at, area) in areas.into_iter().enumerate() {
        found[at] = search(app, &worker_of(area), words, None).await.unwrap().persons.len();
    }
    assert_eq!(person::astray(app).await.unwrap(), 0);
    found
}

both!(who_moves_is_found_where_they_live_now_and_nowhere_else, |app| {
    fill(app).await;
    let (here, there) = ([1, 1, 0, 1], [0, 0, 1, 1]);
    assert_eq!(found_in(app, "买买提").await, here);
    let list = |name: &str, village: i64| {
        let (number, village) = (number("1980-02-03", 35), village.to_string());
        let certificate = format!("{number}62");
        csv(&[&["姓名", "身份证号", "残疾人证号", "区划代码"], &[name, &number, &certificate, &village]])
    };
    let nation = worker_of(0);
    let moved = list("阿布都拉·买买提", VILLAGE_ELSEWHERE);
    let (moved, _) = take_as(app, &nation, ("dpf", "残联"), &moved).await;
    for words in ["买买提", "阿布都拉", "abu"] {
        assert_eq!(found_in(app, words).await, there, "{words}");
    }
    // Names that a record said before lead to its person for ever, wherever that lives.
    take_as(app, &nation, ("dpf", "残联"), &list("阿布都拉", VILLAGE_ELSEWHERE)).await;
    assert_eq!(found_in(app, "maimaiti").await, there);
    take_back_as(app, &nation, moved).await;
    assert_eq!(found_in(app, "阿布都拉").await, there, "the later list speaks still");
});

both!(who_is_merged_is_found_where_the_other_lives_until_they_are_parted, |app| {
    fill(app).await;
    let nation = worker_of(0);
    let list = csv(&[
        &["姓名", "性别", "出生日期", "区划代码"],
        &["司徒静", "女", "1980-02-03", &VILLAGE_ELSEWHERE.to_string()],
    ]);
    take_as(app, &nation, ("smd", "东城"), &list).await;
    let (here, there) = ([1, 1, 0, 1], [0, 0, 1, 1]);
    assert_eq!((found_in(app, "situjing").await, found_in(app, "仇英").await), (there, here));
    let find = async |words: &str| search(app, &nation, words, None).await.unwrap().persons[0].id;
    let (head, member) = (find("仇英").await, find("司徒静").await);
    assert_eq!(app::link::merge(app, &nation, head, member).await.unwrap(), head);
    assert_eq!((found_in(app, "situjing").await, found_in(app, "仇英").await), (here, here));
    app::link::unmerge(app, &nation, member).await.unwrap();
    assert_eq!((found_in(app, "situjing").await, found_in(app, "仇英").await), (there, here));
});

both!(every_read_is_recorded, |app| {
    fill(app).await;
    let count = async || {
        let rows: Vec<(i64,)> = app
            .db
            .all(
                "SELECT COUNT(*) /* whole: a test counts */ FROM audit WHERE subject_kind = 'person'",
                Vec::<db::Value>::new(),
            )
            .await
            .unwrap();
        rows[0].0
    };
    let before = count().await;
    let id = search(app, &worker(), "王小明", None).await.unwrap().persons[0].id;
    person::get(app, &worker(), id).await.unwrap();
    person::timeline(app, &worker(), id).await.unwrap();
    person::reveal(app, &worker(), id, Purpose::Care).await.unwrap();
    person::list(app, &worker(), None).await.unwrap();
    assert_eq!(count().await, before + 5);
});

both!(long_answers_come_in_pages_without_gaps_or_doubles, |app| {
    let village = VILLAGE.to_string();
    let mut rows: Vec<Vec<String>> = vec![["姓名", "身份证号", "区划代码"].map(str::to_owned).to_vec()];
    for i in 0..130 {
        rows.push(vec!["陈静".to_owned(), number("1985-05-05", 100 + i), village.clone()]);
    }
    let rows: Vec<Vec<&str>> = rows.iter().map(|r| r.iter().map(String::as_str).collect()).collect();
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    take(app, "smd", "卫健局", &csv(&rows)).await;
    for words in ["chenjing", "陈静", "cj"] {
        let (mut seen, mut after, mut pages) = (std::collections::BTreeSet::new(), None, 0);
        loop {
            let page = search(app, &worker(), words, after.as_deref()).await.unwrap();
            seen.extend(page.persons.iter().map(|p| p.id));
            pages += 1;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 130, "{words}");
        assert!(pages >= 3, "{words}");
    }
});

both!(an_application_finds_who_is_registered_and_registers_who_is_not, |app| {
    fill(app).await;
    let register = async |entrant: Entrant| {
        let mut tx = app.db.begin().await.unwrap();
        let id = person::register(app, &mut tx, &worker(), &entrant).await?;
        tx.commit().await.unwrap();
        Ok::<_, Error>(id)
    };
    let known = search(app, &worker(), "王小明", None).await.unwrap().persons[0].id;
    let entrant = Entrant {
        name: "王小明".to_owned(),
        number: Some(number("1980-02-03", 7)),
        division: VILLAGE,
        ..Entrant::default()
    };
    assert_eq!(register(entrant.clone()).await.unwrap(), known);
    let found = person::get(app, &worker(), known).await.unwrap();
    assert!(found.in_health && found.in_application);
    let new =
        Entrant { name: "新人甲".to_owned(), number: Some(number("2001-01-01", 9)), ..entrant.clone() };
    let new = register(new).await.unwrap();
    assert!(person::get(app, &worker(), new).await.unwrap().in_application);
    assert_eq!(names(app, "新人").await, ["新人甲"]);
    let wrong = Entrant {
        name: " ".to_owned(),
        number: Some("1".to_owned()),
        phone: Some("x".to_owned()),
        ..Entrant::default()
    };
    match register(wrong).await {
        Err(Error::Invalid(problems)) => assert_eq!(problems.len(), 4, "{problems:?}"),
        other => panic!("{other:?}"),
    }
    assert!(app::need::recount(app).await.unwrap().is_empty());
});

both!(a_person_entered_by_hand_raises_the_pairs_to_decide_at_once, |app| {
    fill(app).await;
    let twin = |written: Option<String>, name: &str| Entrant {
        name: name.to_owned(),
        number: written,
        sex: Some("male".to_owned()),
        born_on: Some(jiff::civil::date(1988, 8, 8)),
        phone: Some("13911112222".to_owned()),
        division: VILLAGE,
        ..Entrant::default()
    };
    let register = async |entrant: Entrant| {
        let mut tx = app.db.begin().await.unwrap();
        let id = person::register(app, &mut tx, &worker(), &entrant).await.unwrap();
        tx.commit().await.unwrap();
        id
    };
    let open = async || app::link::queue(app, &worker(), "open", None).await.unwrap();
    let before = open().await.len();
    let numbered = Some(number("1988-08-08", 1));
    let first = register(twin(numbered.clone(), "司徒小明")).await;
    assert_eq!(open().await.len(), before, "nobody resembles the first");
    let second = register(twin(None, "司徒晓明")).await;
    let pairs = open().await;
    assert_eq!(pairs.len(), before + 1);
    assert!(pairs.iter().any(|p| [p.left_id, p.right_id].iter().all(|id| [first, second].contains(id))));
    // The same number again joins by itself and raises nothing new.
    assert_eq!(register(twin(numbered, "司徒小明")).await, first);
    assert_eq!(open().await.len(), before + 1);
    // What is rolled back leaves no pair behind.
    let mut tx = app.db.begin().await.unwrap();
    person::register(app, &mut tx, &worker(), &twin(None, "司徒小茗")).await.unwrap();
    drop(tx);
    assert_eq!(open().await.len(), before + 1);
});
