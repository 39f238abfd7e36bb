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
