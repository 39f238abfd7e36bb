//! `cargo xtask vendor`: the browser libraries kept in the repository, as listed in `versions.toml`.

mod sprite;

use crate::repository;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

const LIST: &str = "crates/web/assets/vendor/versions.toml";
/// Heads the part of the list that this command writes.
const FINGERPRINTS: &str = "[sha256]\n";

/// What to do with the vendored libraries.
#[derive(clap::Args)]
pub struct Options {
    /// Only compare the files with their fingerprints; no network.
    #[arg(long)]
    check: bool,
    /// Take over files whose fingerprint is new or has changed (after changing a version or a list).
    #[arg(long, conflicts_with = "check")]
    accept: bool,
}

/// The list of libraries.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    library: Vec<Library>,
    /// SHA-256 of each vendored file, by its path in the repository.
    sha256: BTreeMap<String, String>,
}

/// One npm package and what is taken from it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Library {
    package: String,
    version: String,
    licence: String,
    folder: String,
    /// Path in the package to name in the folder.
    files: BTreeMap<String, String>,
    /// Files in the folder that do not come from the package.
    #[serde(default)]
    kept: Vec<String>,
    sprite: Option<sprite::Sprite>,
}

/// Vendored files by their path in the repository.
type Files = BTreeMap<String, Vec<u8>>;

/// Refreshes or checks the vendored libraries.
///
/// # Errors
/// When a file does not match its fingerprint, or a package cannot be fetched or lacks what is listed.
pub fn run(options: &Options) -> Result<ExitCode> {
    let root = repository::root()?;
    if options.check {
        let faults = check(&root)?;
        for fault in &faults {
            println!("{fault}");
        }
        println!("xtask: vendored files: {}", if faults.is_empty() { "as listed" } else { "not as listed" });
        return Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    refresh(&root, options.accept)?;
    Ok(ExitCode::SUCCESS)
}

fn read(root: &Path) -> Result<(List, String)> {
    let text = std::fs::read_to_string(root.join(LIST)).with_context(|| format!("cannot read {LIST}"))?;
    let list = toml::from_str(&text).with_context(|| format!("cannot understand {LIST}"))?;
    Ok((list, text))
}

/// What is wrong with the vendored files: missing, changed, not listed, or without a licence.
fn check(root: &Path) -> Result<Vec<String>> {
    let (list, _) = read(root)?;
    let mut faults = Vec::new();
    for (path, expected) in &list.sha256 {
        match std::fs::read(root.join(path)) {
            Ok(bytes) if fingerprint(&bytes) == *expected => {}
            Ok(_) => faults.push(format!("{path}: changed; restore it or run `cargo xtask vendor`")),
            Err(error) => faults.push(format!("{path}: {error}")),
        }
    }
    for library in &list.library {
        let licensed = library.outputs().any(|path| path.ends_with("/LICENSE"));
        if !licensed {
            faults.push(format!("{}: no LICENSE file is listed ({})", library.package, library.licence));
        }
        for path in library.outputs().filter(|path| !list.sha256.contains_key(path)) {
            faults.push(format!("{path}: has no fingerprint; run `cargo xtask vendor --accept`"));
        }
        for entry in std::fs::read_dir(root.join(&library.folder)).into_iter().flatten() {
            let path = format!("{}/{}", library.folder, entry?.file_name().to_string_lossy());
            if !library.outputs().any(|output| output == path) {
                faults.push(format!("{path}: belongs to no listed library"));
            }
        }
    }
    Ok(faults)
}

impl Library {
    /// The paths in the repository of all its files.
    fn outputs(&self) -> impl Iterator<Item = String> {
        let sprite = self.sprite.iter().map(|sprite| &sprite.file);
        self.files.values().chain(&self.kept).chain(sprite).map(|name| format!("{}/{name}", self.folder))
    }

    /// Fetches the package and takes from it what is listed.
    fn fetch(&self, root: &Path) -> Result<Files> {
        let folder = tempfile::tempdir()?;
        let package = unpack(&format!("{}@{}", self.package, self.version), folder.path())?;
        let mut files = Files::new();
        for (from, name) in &self.files {
            let bytes = std::fs::read(package.join(from))
                .with_context(|| format!("{} has no {from}", self.package))?;
            files.insert(format!("{}/{name}", self.folder), bytes);
        }
        for name in &self.kept {
            let path = format!("{}/{name}", self.folder);
            let bytes = std::fs::read(root.join(&path)).with_context(|| format!("cannot read {path}"))?;
            files.insert(path, bytes);
        }
        if let Some(sprite) = &self.sprite {
            files.insert(format!("{}/{}", self.folder, sprite.file), sprite.draw(&package)?.into_bytes());
        }
        Ok(files)
    }
}

/// Fetches an npm package through npm's own client and unpacks it; npm checks the registry's integrity hash.
fn unpack(package: &str, folder: &Path) -> Result<PathBuf> {
    let output = Command::new("npm")
        .args(["pack", "--silent", package, "--pack-destination"])
        .arg(folder)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start npm (Debian package: npm)")?;
    let name = String::from_utf8(output.stdout)?;
    if !output.status.success() {
        bail!("npm pack {package} ended with {}", output.status);
    }
    let name = name.lines().last().context("npm pack printed no file name")?.trim();
    let tar = Command::new("tar").arg("-xzf").arg(folder.join(name)).arg("-C").arg(folder).status()?;
    if !tar.success() {
        bail!("tar could not unpack {name}");
    }
    Ok(folder.join("package"))
}

/// Fetches everything first, then writes; a package that changed under its version number is refused.
fn refresh(root: &Path, accept: bool) -> Result<()> {
    let (list, text) = read(root)?;
    let mut files = Files::new();
    for library in &list.library {
        println!("xtask: {} {}", library.package, library.version);
        files.extend(library.fetch(root)?);
    }
    let prints: BTreeMap<String, String> =
        files.iter().map(|(path, bytes)| (path.clone(), fingerprint(bytes))).collect();
    let changed: Vec<&str> = prints
        .iter()
        .filter(|(path, print)| list.sha256.get(*path) != Some(print))
        .map(|(path, _)| path.as_str())
        .collect();
    if !changed.is_empty() && !accept {
        bail!("not as listed, nothing was written: {}; if that is meant, add --accept", changed.join(", "));
    }
    for (path, bytes) in &files {
        let path = root.join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    for path in list.sha256.keys().filter(|path| !files.contains_key(*path)) {
        println!("xtask: no longer listed, deleted: {path}");
        std::fs::remove_file(root.join(path)).ok();
    }
    std::fs::write(root.join(LIST), with_fingerprints(&text, &prints)?)?;
    println!("xtask: {} files, {} changed", files.len(), changed.len());
    Ok(())
}

/// The list with its last part replaced.
fn with_fingerprints(text: &str, prints: &BTreeMap<String, String>) -> Result<String> {
    let end = text.find(&format!("\n{FINGERPRINTS}")).context("the list has no part [sha256]")?;
    let mut text = String::from(text.get(..=end).unwrap_or_default());
    text.push_str(FINGERPRINTS);
    for (path, print) in prints {
        writeln!(text, "\"{path}\" = \"{print}\"")?;
    }
    Ok(text)
}

/// The SHA-256 digest of bytes, in hexadecimal digits.
pub fn fingerprint(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendored_files_are_those_listed() {
        assert_eq!(check(&repository::root().unwrap()).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_changed_a_missing_and_a_stray_file_are_faults() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("crates/web/assets/vendor");
        std::fs::create_dir_all(folder.join("bridge")).unwrap();
        let print = fingerprint(b"good");
        std::fs::write(
            folder.join("versions.toml"),
            format!(
                "[[library]]\npackage = \"bridge\"\nversion = \"1\"\nlicence = \"MIT\"\n\
                 folder = \"crates/web/assets/vendor/bridge\"\nfiles = {{ \"a\" = \"a.js\", \"b\" = \"b.js\", \"c\" = \"c.js\" }}\n\
                 [sha256]\n\"crates/web/assets/vendor/bridge/a.js\" = \"{print}\"\n\
                 \"crates/web/assets/vendor/bridge/b.js\" = \"{print}\"\n"
            ),
        )
        .unwrap();
        std::fs::write(folder.join("bridge/a.js"), "bad").unwrap();
        std::fs::write(folder.join("bridge/d.js"), "stray").unwrap();
        let faults = check(root.path()).unwrap().join("\n");
        for expected in [
            "a.js: changed",
            "b.js: No such file",
            "no LICENSE",
            "c.js: has no fingerprint",
            "d.js: belongs to no",
        ] {
            assert!(faults.contains(expected), "{expected} is missing in:\n{faults}");
        }
        std::fs::write(folder.join("bridge/a.js"), "good").unwrap();
        assert!(!check(root.path()).unwrap().join("\n").contains("a.js: changed"));
    }

    #[test]
    fn new_fingerprints_leave_the_list_above_them_alone() {
        let prints = BTreeMap::from([(String::from("a.js"), String::from("00"))]);
        let text = with_fingerprints("# why\nx = 1\n\n[sha256]\n\"old\" = \"ff\"\n", &prints).unwrap();
        assert_eq!(text, "# why\nx = 1\n\n[sha256]\n\"a.js\" = \"00\"\n");
    }
}
