//! Whole runs on generated lists with known truth, and what must hold for every run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod synthetic;

use linkage::{Config, Job, Model, Output, PEOPLE, Summary};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use synthetic::{Dice, HEADER, Line, Lists, lists};

type Pairs = BTreeMap<(String, String), f64>;

fn write(path: &Path, lines: &[Line]) {
    let mut writer = csv::Writer::from_path(path).unwrap();
    writer.write_record(HEADER).unwrap();
    lines.iter().for_each(|line| writer.write_record(line).unwrap());
    writer.flush().unwrap();
}

fn run(config: &Config, left: &[Line], right: Option<&[Line]>, without: &[&str]) -> (Pairs, Summary, Model) {
    let folder = tempfile::tempdir().unwrap();
    let (left_path, right_path) = (folder.path().join("left.csv"), folder.path().join("right.csv"));
    write(&left_path, left);
    if let Some(right) = right {
        write(&right_path, right);
    }
    let without = without.iter().map(|column| (*column).to_owned()).collect();
    let right = right.map(|_| right_path.as_path());
    let job = Job { left: &left_path, right, config: config.clone(), without, model: None };
    let mut written = Vec::new();
    let mut output = Output { pairs: &mut written, pairs_path: "pairs.csv".into(), explanation: None };
    let (summary, model) = linkage::run(&job, &mut output).unwrap();
    let mut reader = csv::Reader::from_reader(written.as_slice());
    let pairs = reader.deserialize::<(String, String, f64)>().map(|row| {
        let (left, right, probability) = row.unwrap();
        ((left, right), probability)
    });
    (pairs.collect(), summary, model)
}

fn f1(pairs: &Pairs, truth: &[(String, String)]) -> f64 {
    let truth: BTreeSet<_> = truth.iter().collect();
    let hits = pairs.keys().filter(|pair| truth.contains(pair)).count();
    let count = |n: usize| f64::from(u32::try_from(n).unwrap());
    2.0 * count(hits) / (count(pairs.len()) + count(truth.len()))
}

fn people() -> Config {
    Config::from_toml(PEOPLE).unwrap()
}

#[test]
fn lists_with_slips_are_linked_with_and_without_numbers() {
    for (records, seed, without, at_least) in [
        (2000, 1, None, 0.99),
        (2000, 2, None, 0.99),
        (2000, 1, Some("identity_number"), 0.985),
        (2000, 2, Some("identity_number"), 0.985),
        (150, 3, None, 0.97),
        (150, 3, Some("identity_number"), 0.97),
    ] {
        let Lists { left, right, truth } = lists(records, seed);
        let without: Vec<&str> = without.into_iter().collect();
        let (pairs, ..) = run(&people(), &left, Some(&right), &without);
        let f1 = f1(&pairs, &truth);
        assert!(f1 >= at_least, "{records} records, seed {seed}, without {without:?}: F1 {f1}");
    }
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let Lists { mut left, mut right, .. } = lists(600, 4);
    let mut config = people();
    config.one_to_one = true;
    let (straight, ..) = run(&config, &left, Some(&right), &[]);
    left.reverse();
    let half = right.len() / 2;
    right.rotate_left(half);
    let (shuffled, ..) = run(&config, &left, Some(&right), &[]);
    assert_eq!(straight, shuffled);
    assert!(straight.len() > 300);
}

#[test]
fn one_to_one_uses_each_record_once_and_decides_ties_by_id() {
    let line = |id: &str| {
        let mut line = vec![id.to_owned()];
        line.extend(lists(20, 5).left[0][1..].iter().cloned());
        line
    };
    let Lists { mut left, mut right, .. } = lists(200, 5);
    left.extend([line("Lx"), line("Lw")]);
    right.extend([line("Rx"), line("Ry"), line("Rz")]);
    let mut config = people();
    let (all, ..) = run(&config, &left, Some(&right), &[]);
    assert!(all.contains_key(&("Lx".to_owned(), "Rz".to_owned())));
    config.one_to_one = true;
    let (pairs, ..) = run(&config, &left, Some(&right), &[]);
    let lefts: BTreeSet<_> = pairs.keys().map(|(left, _)| left).collect();
    let rights: BTreeSet<_> = pairs.keys().map(|(_, right)| right).collect();
    assert_eq!((lefts.len(), rights.len()), (pairs.len(), pairs.len()));
    assert!(pairs.keys().all(|pair| all.contains_key(pair)));
    let same: Vec<_> = pairs.keys().filter(|(left, _)| left == "Lx" || left == "Lw").collect();
    assert_eq!(same, [&("Lw".to_owned(), "Rx".to_owned()), &("Lx".to_owned(), "Ry".to_owned())]);
}

#[test]
fn duplicates_within_one_list_are_found_once_each() {
    let Lists { left, right, truth } = lists(400, 6);
    let together: Vec<Line> = left.into_iter().chain(right).collect();
    let (pairs, summary, _) = run(&people(), &together, None, &[]);
    assert!(f1(&pairs, &truth) >= 0.97, "{}", f1(&pairs, &truth));
    assert_eq!(summary.right_records, None);
    assert!(pairs.keys().all(|(one, other)| !pairs.contains_key(&(other.clone(), one.clone()))));
}

#[test]
fn equal_records_always_meet() {
    let Lists { left, .. } = lists(300, 7);
    let copies: Vec<Line> =
        left.iter().map(|line| [vec![format!("copy of {}", line[0])], line[1..].to_vec()].concat()).collect();
    let (pairs, ..) = run(&people(), &left, Some(&copies), &[]);
    for line in &left {
        let pair = (line[0].clone(), format!("copy of {}", line[0]));
        assert!(pairs.get(&pair).is_some_and(|probability| *probability > 0.9), "{line:?}");
    }
}

#[test]
fn a_large_block_is_left_to_the_other_rules_and_reported() {
    let Lists { left, right, truth } = lists(600, 8);
    let mut config = people();
    config.block.push(linkage::Rule { on: vec![linkage::Part::whole("sex")], any_order: false });
    config.largest_block = 20_000;
    let (pairs, summary, _) = run(&config, &left, Some(&right), &[]);
    let report = summary.rules.iter().find(|rule| rule.rule == "sex").unwrap();
    assert_eq!((report.pairs, report.blocks_left_out), (0, 2));
    assert!(summary.pairs_compared < 50_000);
    assert!(f1(&pairs, &truth) >= 0.98);
}

#[test]
fn scoring_one_by_one_gives_what_the_run_wrote() {
    let Lists { left, right, .. } = lists(500, 9);
    let (pairs, _, model) = run(&people(), &left, Some(&right), &[]);
    let stored = serde_json::to_string(&model).unwrap();
    let model: Model = serde_json::from_str(&stored).unwrap();
    let record = |lines: &[Line], id: &str| {
        let line = lines.iter().find(|line| line[0] == id).unwrap().clone();
        let cell = |column: &str| {
            let at = HEADER.iter().position(|header| *header == column)?;
            line.get(at).map(String::as_str)
        };
        model.record(cell)
    };
    for ((left_id, right_id), probability) in &pairs {
        let (a, b) = (record(&left, left_id), record(&right, right_id));
        let scored = model.score(&a, &b);
        assert!((scored.probability - probability).abs() < 1e-6, "{left_id} {right_id} {scored:?}");
        assert_eq!(scored.probability.to_bits(), model.score(&b, &a).probability.to_bits());
        let (keys, others) = (model.keys(&a), model.keys(&b));
        assert!(keys.iter().any(|key| others.contains(key)), "{keys:?} {others:?}");
    }
}

#[test]
fn learnt_shares_sum_to_one_and_better_levels_never_weigh_less() {
    for (records, seed) in [(3, 1), (40, 2), (900, 3)] {
        let Lists { left, right, .. } = lists(records, seed);
        let (_, summary, _) = run(&people(), &left, Some(&right), &[]);
        for weights in &summary.weights {
            let sum = |share: fn(&linkage::LevelWeight) -> f64| weights.levels.iter().map(share).sum::<f64>();
            assert!((sum(|level| level.matches) - 1.0).abs() < 1e-9, "{weights:?}");
            assert!((sum(|level| level.others) - 1.0).abs() < 1e-9, "{weights:?}");
            assert!(weights.levels.windows(2).all(|pair| pair[0].bits >= pair[1].bits - 1e-9), "{weights:?}");
        }
    }
}

#[test]
fn the_shipped_model_judges_a_pair_before_any_list_is_seen() {
    let model = Model::prior(&people(), 10_000).unwrap();
    let record = |cells: [&'static str; 5]| {
        let columns = ["identity_number", "name", "sex", "birth_date", "phone"];
        model.record(move |column| columns.iter().position(|name| *name == column).map(|at| cells[at]))
    };
    let known = record(["999901194905010018", "王小明", "男", "1949-05-01", "13900000001"]);
    for (other, likely) in [
        (["999901194905010018", "王小明", "男", "1949-05-01", "13900000001"], true),
        (["999901194905010081", "王小明", "男", "1949-05-01", ""], true),
        (["", "王晓明", "男", "1949-01-05", "13900000001"], true),
        (["", "王小明", "男", "", ""], false),
        (["999902197007070027", "王小明", "女", "1970-07-07", ""], false),
        (["", "", "", "", ""], false),
    ] {
        let scored = model.score(&known, &record(other));
        assert_eq!(scored.probability >= 0.5, likely, "{other:?}: {scored:?}");
        assert_eq!(scored.evidence.len(), 7);
    }
}

#[test]
fn damaged_models_and_odd_records_are_refused_or_survived() {
    let model = Model::prior(&people(), 100).unwrap();
    let stored = serde_json::to_string(&model).unwrap();
    let damaged = stored.replacen("\"exact\"", "\"exactly\"", 1).replacen(
        "day_and_month_swapped\",\"matches",
        "x\",\"matches",
        1,
    );
    assert!(serde_json::from_str::<Model>(&damaged).is_err());
    // A file may hold anything where a share or a number of bits should stand.
    for (place, value, good) in [
        ("/match_share", 0.25, true),
        ("/match_share", 0.0, false),
        ("/match_share", 1.5, false),
        ("/weights/0/levels/0/matches", -1.0, false),
        ("/weights/0/levels/0/others", 2.0, false),
        ("/weights/0/rare", 0.0, false),
        ("/config/threshold", 7.0, false),
    ] {
        let mut model: serde_json::Value = serde_json::from_str(&stored).unwrap();
        if let Some(found) = model.pointer_mut(place) {
            *found = value.into();
        } else {
            model["weights"][0]["rare"] = value.into();
        }
        assert_eq!(serde_json::from_value::<Model>(model).is_ok(), good, "{place} {value}");
    }
    let mut dice = Dice(11);
    for _ in 0..500 {
        let cells: Vec<String> = (0..7)
            .map(|_| {
                (0..dice.below(30))
                    .filter_map(|_| char::from_u32(u32::try_from(dice.below(0x2_ffff)).unwrap()))
                    .collect()
            })
            .collect();
        let record = model
            .record(|column| HEADER.iter().position(|name| *name == column).map(|at| cells[at - 1].as_str()));
        let scored = model.score(&record, &record);
        assert!((0.0..=1.0).contains(&scored.probability));
        model.keys(&record).iter().for_each(|key| assert!(!key.value.is_empty()));
    }
}
