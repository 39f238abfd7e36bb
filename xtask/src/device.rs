//! `cargo xtask device`: the rules of the follow-up and of sessions as the module that phones run without a network.
//!
//! The module lies in the repository, so that nothing but Rust's usual target is needed to build the program. Beside it stands
//! from what it was made; a test fails when that has changed.

use crate::{repository, target, test::machine, vendor::fingerprint};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// The module, and what stands beside it.
const MODULE: &str = "crates/web/assets/device/rules.wasm";
const NOTE: &str = "crates/web/assets/device/rules.toml";
/// Rust's name for what browsers run.
const TARGET: &str = "wasm32-unknown-unknown";
/// Bytes of the module at most: an old phone loads it once, over a slow network.
const MOST_BYTES: usize = 800_000;

/// What the module is made of, files and folders. Tests in them do not count.
const SOURCES: [&str; 20] = [
    "crates/device/Cargo.toml",
    "crates/device/src",
    "crates/rules/src/care/attendance.rs",
    "crates/rules/src/care/noted.rs",
    "crates/rules/src/care/plan.rs",
    "crates/rules/src/care/session.rs",
    "crates/rules/src/care/table.rs",
    "crates/rules/src/clock.rs",
    "crates/rules/src/embedded.rs",
    "crates/rules/src/refusal.rs",
    "crates/rules/src/offline/merge.rs",
    "crates/rules/src/followup/class.rs",
    "crates/rules/src/followup/coded.rs",
    "crates/rules/src/followup/next_visit.rs",
    "crates/rules/src/followup/risk.rs",
    "crates/rules/src/followup/table.rs",
    "crates/rules/src/followup/visit.rs",
    "crates/rules/src/followup/visit/answer.rs",
    "crates/rules/src/followup/visit/check.rs",
    "data/followup.toml",
];

/// What to do with the module.
#[derive(clap::Args)]
pub struct Options {
    /// Only say whether it is as new as the rules; builds nothing.
    #[arg(long)]
    check: bool,
}

/// What the module was made from.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    /// Digest of the sources.
    sources: String,
    /// Digest of the module.
    module: String,
    /// Its bytes.
    bytes: usize,
    /// The compiler.
    rustc: String,
}

/// Builds the module, or looks whether it is new enough.
///
/// # Errors
/// The target is missing, the module does not build, is too large, or is older than the rules.
pub fn run(options: &Options) -> Result<ExitCode> {
    let root = repository::root()?;
    if !options.check {
        build(&root)?;
    }
    check(&root)?;
    println!("{MODULE} is as new as the rules");
    Ok(ExitCode::SUCCESS)
}

fn build(root: &Path) -> Result<()> {
    let arguments = ["build", "--package", "device", "--lib", "--profile", "device", "--target", TARGET];
    let mut command = Command::new(machine::cargo());
    command.args(arguments).current_dir(root).env("CARGO_ENCODED_RUSTFLAGS", without_places(root)?);
    let status = command.status().context("cannot start cargo")?;
    if !status.success() {
        bail!("the module was not built; where the target is missing: rustup target add {TARGET}");
    }
    let built = target(root).join(TARGET).join("device/device.wasm");
    let module = std::fs::read(&built).with_context(|| format!("cannot read {}", built.display()))?;
    if module.len() > MOST_BYTES {
        bail!("the module has {} bytes, more than {MOST_BYTES}", module.len());
    }
    let rustc = Command::new("rustc").arg("--version").output().context("cannot start rustc")?;
    let note = Note {
        sources: sources(root)?,
        module: fingerprint(&module),
        bytes: module.len(),
        rustc: String::from_utf8_lossy(&rustc.stdout).trim().to_owned(),
    };
    std::fs::write(root.join(MODULE), &module)?;
    let head = "# Written by `cargo xtask device`: what rules.wasm was made from.\n";
    std::fs::write(root.join(NOTE), head.to_owned() + &toml::to_string(&note)?)?;
    println!("{MODULE}: {} bytes", module.len());
    Ok(())
}

/// Options of the compiler by which the module holds no folder of the machine that made it: sources stand in `crates/…`.
fn without_places(root: &Path) -> Result<String> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let sources = home.context("neither CARGO_HOME nor HOME is set")?.join("registry/src");
    let mut places = vec![root.to_owned()];
    for registry in
        std::fs::read_dir(&sources).with_context(|| format!("cannot read {}", sources.display()))?
    {
        places.push(registry?.path());
    }
    let options = places.iter().map(|place| format!("--remap-path-prefix={}=crates", place.display()));
    Ok(options.collect::<Vec<_>>().join("\u{1f}"))
}

/// Fails where the module is not what the note says, or the rules changed since.
fn check(root: &Path) -> Result<()> {
    let note: Note = toml::from_str(&std::fs::read_to_string(root.join(NOTE))?)?;
    let module = std::fs::read(root.join(MODULE))?;
    if fingerprint(&module) != note.module || module.len() != note.bytes {
        bail!("{MODULE} is not the one that {NOTE} tells of: cargo xtask device");
    }
    if sources(root)? != note.sources {
        bail!("{MODULE} is older than the rules: cargo xtask device");
    }
    Ok(())
}

/// A digest of all sources, up to the tests in them.
fn sources(root: &Path) -> Result<String> {
    let mut all = Vec::new();
    for path in repository::files(root)? {
        let name = path.to_string_lossy().replace('\\', "/");
        if !SOURCES.iter().any(|source| name == *source || name.starts_with(&format!("{source}/"))) {
            continue;
        }
        let text = std::fs::read_to_string(root.join(&path))?;
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for part in [name.as_str(), code] {
            all.extend_from_slice(part.as_bytes());
            all.push(0);
        }
    }
    Ok(fingerprint(&all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_of_phones_is_as_new_as_the_rules() {
        check(&repository::root().unwrap()).unwrap();
    }

    #[test]
    fn every_source_is_there() {
        let root = repository::root().unwrap();
        for source in SOURCES {
            assert!(root.join(source).exists(), "{source}");
        }
    }
}
