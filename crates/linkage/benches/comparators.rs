//! Time of the comparators on texts as they occur in department lists. `cargo bench -p linkage`.

use divan::{Bencher, black_box};
use linkage::distance::{dice, edits, jaro_winkler, jaro_winkler_ascii};
use linkage::{Config, Model, PEOPLE};

fn main() {
    divan::main();
}

#[divan::bench]
fn jaro_winkler_of_ascii() -> f64 {
    jaro_winkler_ascii(black_box(b"salkauskas crescent"), black_box(b"salkauskis cresent"))
}

#[divan::bench]
fn jaro_winkler_of_any_letters() -> f64 {
    jaro_winkler(black_box(b"salkauskas crescent"), black_box(b"salkauskis cresent"))
}

#[divan::bench]
fn edits_of_similar_numbers() -> Option<usize> {
    edits(black_box(b"99999919490501001x"), black_box(b"99999919490510001x"), 2, true)
}

#[divan::bench]
fn edits_of_other_numbers() -> Option<usize> {
    edits(black_box(b"99999919490501001x"), black_box(b"999999197711230029"), 2, true)
}

#[divan::bench]
fn dice_of_letter_pairs() -> f64 {
    dice(black_box(&[1, 3, 5, 7, 9, 11, 13, 15]), black_box(&[1, 2, 5, 7, 8, 11, 13, 14]))
}

#[divan::bench]
fn score_of_two_persons(bencher: Bencher<'_, '_>) {
    let model = Config::from_toml(PEOPLE).and_then(|config| Model::prior(&config, 100_000));
    let Ok(model) = model else { return };
    let cells = |number, name, born| {
        move |column: &str| match column {
            "identity_number" => Some(number),
            "name" => Some(name),
            "birth_date" => Some(born),
            _ => None,
        }
    };
    let one = model.record(cells("99999919490501001x", "王小明", "1949-05-01"));
    let other = model.record(cells("99999919490510001x", "王晓明", "1949-05-10"));
    bencher.bench(|| model.score(black_box(&one), black_box(&other)).probability);
}
