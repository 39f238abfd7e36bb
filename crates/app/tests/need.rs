//! Counting of need: the figures always equal a recount, whatever is imported, merged, parted and taken back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{App, Error, id::Id, import, link, need, person::search::search, scope::Scope};
use common::{
    COUNTY, VILLAGE, VILLAGE_ELSEWHERE, csv, number, somebody, take, take_as, take_back_as, worker, worker_of,
};
use jiff::civil::date;
use proptest::prelude::*;
use rules::account::Role;

both!(the_four_cut_downs_each_count_within_the_one_before, |app| {
    let rows = [
        // at home, need, suitable, consented
        ["是", "是", "是", "是"],
        ["是", "是", "是", "否"],
        ["是", "是", "否", "是"],
        ["是", "否", "是", "是"],
        ["否", "是", "是", "是"],
        ["", "", "", ""],
    ];
    let (village, other) = (VILLAGE.to_string(), (VILLAGE + 1_000).to_string());
    let mut all = vec![
        ["姓名", "身份证号", "区划代码", "是否居家", "康复需求", "是否适合社区康复", "是否同意"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for (i, facts) in rows.iter().enumerate() {
        let place = if i < 4 { &village } else { &other };
        let mut row =
            vec!["测试人".to_owned(), number("1980-02-03", 10 + u32::try_from(i).unwrap()), place.clone()];
        row.extend(facts.iter().map(|f| (*f).to_owned()));
        all.push(row);
    }
    let all: Vec<Vec<&str>> = all.iter().map(|r| r.iter().map(String::as_str).collect()).collect();
    let all: Vec<&[&str]> = all.iter().map(Vec::as_slice).collect();
    take(app, "smd", "卫健局", &csv(&all)).await;
    let counts = need::count(app, &worker(), COUNTY).await.unwrap();
    let t = counts.total;
    assert_eq!((t.persons, t.at_home, t.assessed, t.suitable, t.consented), (6, 4, 3, 2, 1));
    assert_eq!(counts.parts.iter().map(|p| p.persons).collect::<Vec<_>>(), [4, 2]);
    let town = need::count(app, &worker(), counts.parts[0].division).await.unwrap();
    assert_eq!((town.parts.len(), town.parts[0].division), (1, VILLAGE));
    assert_eq!(need::count(app, &worker(), VILLAGE).await.unwrap().total.persons, 4);
    let nation = need::count(app, &app::scope::Scope::system(), 0).await.unwrap();
    assert_eq!((nation.parts.len(), nation.parts[0].division), (1, 310_000_000_000));
    // A county by village has the same persons as by town, and a town has its own.
    let villages = need::count_by_village(app, &worker(), COUNTY).await.unwrap();
    assert_eq!(villages.total, counts.total);
    let parts: Vec<(i64, i64)> = villages.parts.iter().map(|p| (p.division, p.persons)).collect();
    assert_eq!(parts, [(VILLAGE, 4), (VILLAGE + 1_000, 2)]);
    let town = need::count_by_village(app, &worker(), counts.parts[0].division).await.unwrap();
    assert_eq!((town.parts.len(), town.total.persons), (1, 4));
    let by_town = villages.by_town();
    assert_eq!(by_town.iter().map(|town| town.total).collect::<Vec<_>>(), counts.parts);
    let whole = need::count_by_village(app, &app::scope::Scope::system(), 310_000_000_000).await;
    assert!(matches!(whole, Err(Error::Invalid(_))), "a province has too many villages for one answer");
});

both!(a_finding_speaks_before_a_list_and_the_newest_before_older_ones, |app| {
    let village = VILLAGE.to_string();
    let n = number("1980-02-03", 11);
    take(
        app,
        "smd",
        "卫健局",
        &csv(&[&["姓名", "身份证号", "区划代码", "是否居家"], &["测试人", &n, &village, "否"]]),
    )
    .await;
    let id = search(app, &worker(), &n, None).await.unwrap().persons[0].id;
    let at_home = async || need::count(app, &worker(), COUNTY).await.unwrap().total.at_home;
    assert_eq!(at_home().await, 0);
    need::record(app, &worker(), id, "lives_at_home", true, date(2026, 3, 1)).await.unwrap();
    assert_eq!(at_home().await, 1);
    need::record(app, &worker(), id, "lives_at_home", false, date(2026, 2, 1)).await.unwrap();
    assert_eq!(at_home().await, 1, "an older finding that is written down later changes nothing");
    need::record(app, &worker(), id, "lives_at_home", false, date(2026, 4, 1)).await.unwrap();
    assert_eq!(at_home().await, 0);
    assert!(need::recount(app).await.unwrap().is_empty());
    let unknown = need::record(app, &worker(), id, "height", true, date(2026, 1, 1)).await;
    assert!(matches!(unknown, Err(Error::Invalid(_))));
    let ahead = need::record(app, &worker(), id, "suitable", true, date(2999, 1, 1)).await;
    assert!(matches!(ahead, Err(Error::Invalid(_))));
});

both!(a_county_sees_its_own_figures_only, |app| {
    assert!(matches!(need::count(app, &worker(), 110_000_000_000).await, Err(Error::NotFound)));
    assert!(matches!(need::count(app, &worker(), 310_000_000_000).await, Err(Error::NotFound)));
    assert!(matches!(need::count(app, &somebody(Role::Committee), COUNTY).await, Err(Error::Forbidden)));
});

#[derive(Debug, Clone)]
enum Step {
    Import { kind: bool, rows: Vec<(u8, u8, bool)> },
    TakeBack(usize),
    Merge(u8, u8),
    Part(u8),
    Unlink(u8),
    Find(u8, usize, bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (any::<bool>(), proptest::collection::vec((0..8_u8, 0..3_u8, any::<bool>()), 1..5))
            .prop_map(|(kind, rows)| Step::Import { kind, rows }),
        1 => (0..8_usize).prop_map(Step::TakeBack),
        2 => (0..8_u8, 0..8_u8).prop_map(|(a, b)| Step::Merge(a, b)),
        1 => (0..8_u8).prop_map(Step::Part),
        1 => (0..8_u8).prop_map(Step::Unlink),
        1 => (0..8_u8, 0..4_usize, any::<bool>()).prop_map(|(p, f, v)| Step::Find(p, f, v)),
    ];
    proptest::collection::vec(step, 1..12)
}

/// Two villages of one county, and one of another.
const PLACES: [i64; 3] = [VILLAGE, VILLAGE + 1, VILLAGE_ELSEWHERE];

fn everywhere() -> Scope {
    worker_of(0)
}

fn who(person: u8) -> String {
    number("1980-02-03", 10 + u32::from(person))
}

async fn find(app: &App, person: u8) -> Option<Id> {
    search(app, &everywhere(), &who(person), None).await.unwrap().persons.first().map(|p| p.id)
}

async fn take_step(app: &App, step: &Step, imports: &mut Vec<Id>) {
    match step {
        Step::Import { kind, rows } => {
            let mut text = "姓名,身份证号,残疾人证号,区划代码,是否居家\n".to_owned();
            for (person, place, home) in rows {
                let n = who(*person);
                let home = if *home { "是" } else { "否" };
                text.push_str(&format!("测试人,{n},{n}62,{},{home}\n", PLACES[usize::from(*place)]));
            }
            let (kind, sender) = if *kind { ("smd", "卫健局") } else { ("dpf", "残联") };
            imports.push(take_as(app, &everywhere(), (kind, sender), text.as_bytes()).await.0);
        }
        Step::TakeBack(which) => {
            if let Some(id) = imports.get(*which).copied()
                && import::get(app, &everywhere(), id).await.unwrap().state == "done"
            {
                take_back_as(app, &everywhere(), id).await;
            }
        }
        Step::Merge(a, b) => {
            if let (Some(a), Some(b)) = (find(app, *a).await, find(app, *b).await) {
                let merged = link::merge(app, &everywhere(), a, b).await;
                assert!(matches!(merged, Ok(_) | Err(Error::Refused(_))), "{merged:?}");
            }
        }
        Step::Part(person) => {
            let Some(id) = find(app, *person).await else { return };
            let members = app::person::timeline(app, &everywhere(), id).await.unwrap().members;
            if let Some(member) = members.first() {
                link::unmerge(app, &everywhere(), member.id).await.unwrap();
            }
        }
        Step::Unlink(person) => {
            let Some(id) = find(app, *person).await else { return };
            let records = app::person::timeline(app, &everywhere(), id).await.unwrap().records;
            if let Some(record) = records.iter().find(|r| r.ended_at.is_none()) {
                let parted = link::unlink(app, &everywhere(), record.id).await;
                assert!(matches!(parted, Ok(_) | Err(Error::Refused(_))), "{parted:?}");
            }
        }
        Step::Find(person, fact, value) => {
            if let Some(id) = find(app, *person).await {
                need::record(app, &everywhere(), id, need::FACTS[*fact], *value, date(2026, 1, 1))
                    .await
                    .unwrap();
            }
        }
    }
}

#[test]
fn figures_equal_a_recount_and_keys_follow_after_any_history() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    proptest!(ProptestConfig::with_cases(12), |(history in steps())| {
        runtime.block_on(async {
            let postgres = common::TestApp::on_postgres().await;
            for app in std::iter::once(common::TestApp::on_sqlite().await).chain(postgres) {
                let mut imports = Vec::new();
                for step in &history {
                    take_step(&app, step, &mut imports).await;
                    let drift = need::recount(&app).await.unwrap();
                    assert!(drift.is_empty(), "{step:?}: {drift:?}");
                    assert_eq!(app::person::astray(&app).await.unwrap(), 0, "{step:?}");
                }
                // Everything taken back, nobody is left in the registers.
                for id in imports.iter().rev() {
                    if import::get(&app, &everywhere(), *id).await.unwrap().state == "done" {
                        take_back_as(&app, &everywhere(), *id).await;
                    }
                }
                assert!(need::recount(&app).await.unwrap().is_empty());
                let left = need::count(&app, &everywhere(), 0).await.unwrap().total;
                assert_eq!((left.persons, left.health, left.dpf, left.at_home), (0, 0, 0, 0));
                app.end().await;
            }
        });
    });
}
