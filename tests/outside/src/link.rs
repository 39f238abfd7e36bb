//! Lists, settings and models of the linkage engine.

use crate::text;
use linkage::{Config, Job, Model, Output, PEOPLE, run};
use std::{io::Write, path::PathBuf, sync::LazyLock};

static PEOPLE_SETTINGS: LazyLock<Option<Config>> = LazyLock::new(|| Config::from_toml(PEOPLE).ok());

/// Settings that are accepted can be worked with.
pub(crate) fn settings(bytes: &[u8]) {
    let written = text(bytes);
    let Ok(config) = Config::from_toml(&written) else { return };
    let columns = config.columns();
    assert!(!columns.is_empty());
    for column in &columns {
        assert!(!config.clone().without(column).columns().contains(column));
    }
    compared(&Model::prior(&config, 1_000).ok());
}

/// A model that is accepted can be worked with.
pub(crate) fn model(bytes: &[u8]) {
    compared(&serde_json::from_slice(bytes).ok());
}

fn compared(model: &Option<Model>) {
    let Some(model) = model else { return };
    let record = model.record(|column| Some(if column.len() % 2 == 0 { "王小明" } else { "1990-05-06" }));
    let other = model.record(|column| (column.len() % 3 > 0).then_some("19900506 wang"));
    for (one, two) in [(&record, &record), (&record, &other), (&other, &other)] {
        let scored = model.score(one, two);
        let probability = scored.probability;
        assert!((0.0..=1.0).contains(&probability), "{probability}");
        assert!((scored.probability - model.score(two, one).probability).abs() < 1e-9, "both ways alike");
        assert_eq!(model.keys(one), model.keys(one));
    }
}

/// A list as it comes: who is found is in the list, and each pair once.
pub(crate) fn list(bytes: &[u8]) {
    let (Some(config), Ok(mut file)) = (PEOPLE_SETTINGS.clone(), tempfile::NamedTempFile::new()) else {
        return;
    };
    let bytes = bytes.get(..4_096).unwrap_or(bytes);
    if file.write_all(bytes).is_err() {
        return;
    }
    let job = Job { left: file.path(), right: None, config, without: Vec::new(), model: None };
    let mut pairs = Vec::new();
    let mut output = Output { pairs: &mut pairs, pairs_path: PathBuf::new(), explanation: None };
    let Ok((summary, _)) = run(&job, &mut output) else { return };
    let most = summary.left_records * summary.left_records.saturating_sub(1) / 2;
    assert!(usize::try_from(summary.pairs_written).is_ok_and(|written| written <= most));
    assert!(summary.pairs_written <= summary.pairs_compared);
    assert!((0.0..=1.0).contains(&summary.match_share), "{}", summary.match_share);
}
