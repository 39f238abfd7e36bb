//! Cuts the framework's style sheet down to what the pages use: a sixth of it, which a telephone on a slow line loads in a second less.

#[path = "src/assets/used.rs"]
mod used;

use std::{
    collections::BTreeSet,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

const SHEET: &str = "assets/vendor/tabler/tabler.min.css";
/// Where classes are named: pages, what fills them, scripts.
const SOURCES: [(&str, &str); 3] = [("templates", "html"), ("src", "rs"), ("assets", "js")];

fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, ending, found)?;
        } else if path.extension().is_some_and(|found| found == ending) {
            found.push(path);
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut files = Vec::new();
    for (folder, ending) in SOURCES {
        println!("cargo::rerun-if-changed={folder}");
        collect(Path::new(folder), ending, &mut files)?;
    }
    println!("cargo::rerun-if-changed=build.rs");
    let texts = files.iter().map(fs::read_to_string).collect::<Result<Vec<String>, _>>()?;
    let words: BTreeSet<&str> = texts.iter().flat_map(|text| used::words(text)).collect();
    let sheet = used::used(&fs::read_to_string(SHEET)?, &words);
    fs::write(Path::new(&std::env::var("OUT_DIR")?).join("tabler.css"), sheet)?;
    Ok(())
}
