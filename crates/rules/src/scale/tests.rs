//! The scales that are part of the programme, and what holds of any scale.

use super::*;

mod change;
mod entered;
mod faults;
mod properties;
mod protocol;
mod questionnaire;
mod vectors;

fn scale(id: &str) -> Scale {
    embedded(id).unwrap().unwrap_or_else(|| panic!("{id}"))
}

/// Answers as they are typed: nothing between commas is a missing answer.
fn answers(text: &str) -> Vec<Option<i32>> {
    text.split(',').map(|cell| (!cell.is_empty()).then(|| cell.parse().unwrap())).collect()
}

/// The same answer to every item that must be answered.
fn all(scale: &Scale, answer: i32) -> Vec<Option<i32>> {
    vec![Some(answer); *scale.answers().start()]
}

fn shown(outcome: &Outcome<'_>) -> (String, String, Vec<String>) {
    let total = outcome.total.map_or("-".to_owned(), |total| total.to_string());
    let band = outcome.band.map_or("-".to_owned(), |band| band.code.clone());
    (total, band, outcome.flags().into_iter().map(str::to_owned).collect())
}

#[test]
fn every_file_is_sound_and_none_is_forgotten() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/scales");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut names: Vec<String> =
        files.map(|file| file.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    let mut known: Vec<String> = SCALES.iter().map(|(id, _)| (*id).to_owned()).collect();
    names.sort();
    known.sort();
    assert_eq!(names, known);
    for (id, _) in SCALES {
        let scale = scale(id);
        let read: Definition =
            serde_json::from_str(&serde_json::to_string(scale.definition()).unwrap()).unwrap();
        assert_eq!(&read, scale.definition(), "{id} is written and read as itself");
    }
    assert_eq!(embedded("phq-8"), Ok(None));
}

/// The codes that were read on pages of LOINC, scale by scale: of the panel, of the total, and of the items in their order.
type Codes = (&'static str, Option<&'static str>, Option<&'static str>, &'static [Option<&'static str>]);

const LOINC: [Codes; 5] = [
    (
        "phq-9",
        Some("44249-1"),
        Some("44261-6"),
        &[
            Some("44250-9"),
            Some("44255-8"),
            Some("44259-0"),
            Some("44254-1"),
            Some("44251-7"),
            Some("44258-2"),
            Some("44252-5"),
            Some("44253-3"),
            Some("44260-8"),
            // The function item, read at LOINC 69722-7.
            Some("69722-7"),
        ],
    ),
    ("phq-2", None, None, &[Some("44250-9"), Some("44255-8")]),
    (
        "gad-7",
        None,
        Some("70274-6"),
        &[
            Some("69725-0"),
            Some("68509-9"),
            Some("69733-4"),
            Some("69734-2"),
            Some("69735-9"),
            Some("69689-8"),
            Some("69736-7"),
        ],
    ),
    ("phq-15", None, Some("70273-8"), &[None; 15]),
    ("audit-c", None, Some("75626-2"), &[None, Some("68519-8"), Some("68520-6")]),
];

/// The answers of PHQ and GAD, from "not at all" on.
const ANSWERS: [(i32, Option<&str>); 4] =
    [(0, Some("LA6568-5")), (1, Some("LA6569-3")), (2, Some("LA6570-1")), (3, Some("LA6571-9"))];

#[test]
fn codes_of_loinc_are_those_that_were_read_there() {
    for (id, panel, total, items) in LOINC {
        let scale = scale(id);
        let definition = scale.definition();
        let found = definition.loinc.as_ref();
        assert_eq!(found.and_then(|one| one.panel.as_deref()), panel, "{id}");
        assert_eq!(found.and_then(|one| one.total.as_deref()), total, "{id}");
        let found: Vec<Option<&str>> = definition.items.iter().map(|item| item.loinc.as_deref()).collect();
        assert_eq!(found, items, "{id}");
    }
    for id in ["phq-9", "phq-2", "gad-7"] {
        let scale = scale(id);
        let options = &scale.definition().options;
        let found: Vec<(i32, Option<&str>)> =
            options.iter().map(|option| (option.value, option.loinc.as_deref())).collect();
        assert_eq!(found, ANSWERS, "{id}");
    }
}

/// A code from memory alone stands in no file: a wrong one would say of a result that it is another.
#[test]
fn no_other_scale_names_a_code_of_loinc() {
    for (id, text) in SCALES {
        let known = LOINC.iter().any(|(known, ..)| known == id);
        assert_eq!(text.contains("loinc\""), known, "{id}");
        for unverified in ["55758-7", "69737-5", "71354-5", "68518-0"] {
            assert!(!text.contains(unverified), "{unverified} in {id}");
        }
    }
}

#[test]
fn ranges_are_those_of_a_form_on_which_every_item_applies() {
    let rows = [
        ("phq-9", "0–27"),
        ("k10", "10–50"),
        ("whodas-12", "0.00–100.00"),
        ("psp", "1–100"),
        ("sdss", "0–20"),
        ("bprs", "18–126"),
        ("adl", "14–56"),
        ("iadl", "8–32"),
        ("c-ssrs", "0–3"),
        ("local-daily-living", "14–56"),
    ];
    for (id, expected) in rows {
        let (low, high) = scale(id).range().unwrap();
        assert_eq!(format!("{low}–{high}"), expected, "{id}");
    }
    assert_eq!(scale("local-mental-status").range(), None);
    assert_eq!(scale("bprs").span().map(|(low, _)| low), Some(Figure::whole(0)), "items may be left out");
}

/// Item texts stand only where the licence is free; labels keep to their language.
#[test]
fn texts_stand_only_where_they_may() {
    let chinese = |text: &str| text.chars().any(crate::name::is_han);
    for (id, _) in SCALES {
        let scale = scale(id);
        let definition = scale.definition();
        let with_texts = definition.items.iter().any(|item| item.zh.is_some() || item.en.is_some());
        assert_eq!(with_texts, ["phq-2", "phq-9", "gad-7", "phq-15"].contains(id), "{id}");
        let mut texts = vec![
            (definition.licence.text.zh.clone(), definition.licence.text.en.clone()),
            (definition.source.zh.clone(), definition.source.en.clone()),
            (definition.title.zh.clone(), definition.title.en.clone()),
        ];
        let bands = definition.scores.iter().flat_map(|score| &score.bands);
        texts.extend(bands.map(|band| (band.zh.clone(), band.en.clone())));
        texts.extend(definition.findings.iter().map(|finding| (finding.zh.clone(), finding.en.clone())));
        texts.extend(definition.options.iter().map(|option| (option.zh.clone(), option.en.clone())));
        for item in &definition.items {
            texts.extend(item.zh.clone().zip(item.en.clone()));
        }
        for (zh, en) in texts {
            assert!(chinese(&zh) && !chinese(&en), "{id}: {zh} {en}");
        }
    }
}
