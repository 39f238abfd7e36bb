//! Further steps for a trial of an upgrade: a debug build takes them from the folder that `XINQIAO_TEST_STEPS` names, so that
//! one build is the older program and, with the folder, the newer one. Files are called as in `migrations/`; their first
//! line is a comment with the phase, such as `-- contract since 9001`. A release knows nothing of it.

use super::{Phase, STEPS, Step};
use std::{path::Path, sync::LazyLock};

const FOLDER: &str = "XINQIAO_TEST_STEPS";

pub(super) fn steps() -> &'static [Step] {
    static ALL: LazyLock<Vec<Step>> = LazyLock::new(|| {
        let further = std::env::var_os(FOLDER).map(|folder| read(Path::new(&folder))).unwrap_or_default();
        let own = STEPS.iter().map(|s| Step { number: s.number, name: s.name, text: s.text, phase: s.phase });
        let mut all: Vec<Step> = own.chain(further).collect();
        all.sort_by_key(|step| step.number);
        all
    });
    &ALL
}

fn read(folder: &Path) -> Vec<Step> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| step(&file.path())).collect()
}

fn step(file: &Path) -> Option<Step> {
    let name = file.file_name()?.to_str()?.strip_suffix(".sql")?.to_owned();
    let number = name.split('_').next()?.parse().ok()?;
    let text = std::fs::read_to_string(file).ok()?;
    let words: Vec<&str> = text.lines().next()?.trim_start_matches("--").split_whitespace().collect();
    let phase = Phase::read(&words, number)?;
    // Read once, for as long as the program lives.
    Some(Step {
        number,
        phase,
        name: Box::leak(name.into_boxed_str()),
        text: Box::leak(text.into_boxed_str()),
    })
}
