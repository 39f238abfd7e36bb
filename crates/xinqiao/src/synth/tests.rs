//! The county, its persons and its lists.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

fn written(people: u64, seed: u64, encoding: Encoding) -> (tempfile::TempDir, Written) {
    let folder = tempfile::tempdir().unwrap();
    let population = population(people, seed, None, None).unwrap();
    let errors = Errors::embedded().unwrap();
    let files = Files { folder: folder.path(), encoding, spreadsheet: true, errors: &errors };
    let written = write(&population, &files, &|_| ()).unwrap();
    (folder, written)
}

fn rows(folder: &tempfile::TempDir, file: &str) -> Vec<Vec<String>> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).from_path(folder.path().join(file)).unwrap();
    reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn column(rows: &[Vec<String>], headings: &[&str]) -> Vec<String> {
    let place = rows[0].iter().position(|h| headings.contains(&h.as_str())).unwrap();
    rows[1..].iter().map(|row| row[place].clone()).collect()
}

const NUMBERS: [&str; 5] = ["身份证号", "证件号码", "公民身份号码", "身份证号码", "居民身份证号"];

#[test]
fn the_same_seed_writes_the_same_files() {
    let ((a, _), (b, _), (c, _)) =
        (written(500, 7, Encoding::Utf8), written(500, 7, Encoding::Utf8), written(500, 8, Encoding::Utf8));
    for file in FILES.into_iter().filter(|f| f.ends_with(".csv")) {
        assert_eq!(rows(&a, file), rows(&b, file), "{file}");
        let empty_of_chance = file.contains("truth");
        assert!(empty_of_chance || rows(&a, file) != rows(&c, file), "{file} is the same for another seed");
    }
}

#[test]
fn the_truth_names_every_row_once() {
    let (folder, _) = written(2000, 1, Encoding::Utf8);
    let truth = rows(&folder, "synthetic-truth.csv");
    for (source, file) in [("health", "synthetic-health.csv"), ("dpf", "synthetic-dpf.csv")] {
        let list = rows(&folder, file);
        let own: Vec<&Vec<String>> = truth.iter().filter(|row| row[0] == source).collect();
        assert_eq!(own.len(), list.len() - 1);
        for (line, row) in own.iter().zip(&list[1..]) {
            assert_eq!(line[2], row[0], "{source}");
        }
        let places: Vec<String> = (1..list.len()).map(|n| n.to_string()).collect();
        assert_eq!(own.iter().map(|row| row[1].clone()).collect::<Vec<_>>(), places);
    }
}

#[test]
fn persons_of_two_rows_share_number_and_birth_date_where_both_are_right() {
    let (folder, _) = written(2000, 1, Encoding::Utf8);
    let today = jiff::civil::date(2026, 1, 1);
    let mut numbers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let truth = rows(&folder, "synthetic-truth.csv");
    let person: BTreeMap<&str, &str> =
        truth[1..].iter().map(|row| (row[2].as_str(), row[3].as_str())).collect();
    for file in ["synthetic-health.csv", "synthetic-dpf.csv"] {
        let list = rows(&folder, file);
        for (row, number) in list[1..].iter().zip(column(&list, &NUMBERS)) {
            if let Ok(reading) = rules::identity_number::check(&number, today) {
                let known = numbers.entry(person[row[0].as_str()].to_owned()).or_default();
                known.insert(reading.number.as_str().to_owned());
            }
        }
    }
    assert!(numbers.values().all(|known| known.len() == 1));
    let all: BTreeSet<&String> = numbers.values().flatten().collect();
    assert_eq!(all.len(), numbers.len(), "two persons share a number");
    assert!(all.iter().all(|number| number.starts_with("99")));
}

#[test]
fn numbers_go_wrong_as_often_as_the_data_file_says() {
    let (folder, _) = written(20_000, 3, Encoding::Utf8);
    let today = jiff::civil::date(2026, 1, 1);
    let list = rows(&folder, "synthetic-health.csv");
    let numbers = column(&list, &NUMBERS);
    let share = |count: usize| {
        100.0 * f64::from(u32::try_from(count).unwrap()) / f64::from(u32::try_from(numbers.len()).unwrap())
    };
    let missing = share(numbers.iter().filter(|n| n.is_empty()).count());
    let wrong = numbers.iter().filter(|n| !n.is_empty());
    let wrong = share(wrong.filter(|n| rules::identity_number::check(n, today).is_err()).count());
    let old = share(numbers.iter().filter(|n| n.chars().count() == 15).count());
    assert!((3.5..4.5).contains(&missing), "{missing} % missing");
    assert!((2.5..3.5).contains(&wrong), "{wrong} % wrong");
    assert!((1.3..2.3).contains(&old), "{old} % of the first generation");
}

#[test]
fn the_lists_overlap_and_every_certificate_is_psychiatric() {
    let population = population(10_000, 1, None, None).unwrap();
    let persons: Vec<Person> = (0..population.people).map(|n| population.person(n)).collect();
    let both = persons.iter().filter(|p| p.in_health && p.in_dpf).count();
    assert!((4300..4700).contains(&both), "{both} on both lists");
    assert!(persons.iter().all(|p| p.in_health || p.in_dpf));
    let today = population.settings().as_of;
    for person in &persons {
        let found = rules::disability_certificate::check(&person.certificate, today).unwrap();
        assert!(found.is_psychiatric() || person.multiple_disability);
        let age = rules::identity_number::age_on(person.born_on, today);
        assert!((18..=90).contains(&age), "{age}");
    }
}

#[test]
fn gb18030_holds_the_same_rows() {
    let (plain, _) = written(300, 5, Encoding::Utf8);
    let (coded, _) = written(300, 5, Encoding::Gb18030);
    let bytes = std::fs::read(coded.path().join("synthetic-health.csv")).unwrap();
    assert!(std::str::from_utf8(&bytes).is_err());
    let (text, _, failed) = encoding_rs::GB18030.decode(&bytes);
    assert!(!failed);
    assert_eq!(text, std::fs::read_to_string(plain.path().join("synthetic-health.csv")).unwrap());
}

#[test]
fn institutions_and_talents_pass_their_checks_and_are_nobody_on_the_lists() {
    let population = population(3000, 1, None, None).unwrap();
    let institutions = population.institutions();
    assert_eq!(institutions.len(), 12);
    let codes: BTreeSet<&String> = institutions.iter().map(|i| &i.credit_code).collect();
    let names: BTreeSet<&String> = institutions.iter().map(|i| &i.name).collect();
    assert_eq!((codes.len(), names.len()), (12, 12));
    let divisions = Divisions::embedded().unwrap();
    for institution in &institutions {
        assert!(rules::credit_code::check(&institution.credit_code).is_ok());
        let code = rules::division::DivisionCode::new(institution.division).unwrap();
        assert!(divisions.exists(code));
        assert!(institution.services.len() >= 7 && institution.places > 0);
    }
    let people: BTreeSet<String> = (0..3000).map(|n| population.person(n).identity_number).collect();
    let talents = population.talents(institutions.len());
    assert_eq!(talents.len(), 48);
    assert!(talents.iter().all(|t| !people.contains(&t.identity_number)));
}

#[test]
fn a_place_that_is_no_county_is_refused() {
    for division in [330_500_000_000, 330_523_001_000, 1, 999_999_000_000] {
        assert!(population(10, 1, Some(division), None).is_err(), "{division}");
    }
    assert!(population(number::MOST_PEOPLE + 1, 1, None, None).is_err());
}
