//! Small workspaces that each break one rule of `deny.toml`, and one that breaks none: a check that lets everything through
//! would look like one that finds nothing.

use super::command;
use crate::test::machine;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;
use std::process::Command;

/// What a workspace depends on, and what must be said of it; nothing where all is well.
struct Case {
    name: &'static str,
    licence: &'static str,
    from_git: bool,
    said: Option<&'static str>,
}

const CASES: [Case; 4] = [
    Case { name: "good", licence: "MIT", from_git: false, said: None },
    Case { name: "good", licence: "GPL-3.0-only", from_git: false, said: Some("error[rejected]") },
    Case { name: "openssl-sys", licence: "MIT", from_git: false, said: Some("error[banned]") },
    Case { name: "good", licence: "MIT", from_git: true, said: Some("error[source-not-allowed]") },
];

/// Shows that cargo-deny sees what `deny.toml` forbids.
///
/// # Errors
/// It does not.
pub(super) fn of(deny: &Path, root: &Path) -> Result<()> {
    let git = machine::find_on_path("git").is_some();
    for case in CASES.iter().filter(|case| git || !case.from_git) {
        let folder = tempfile::tempdir().context("cannot make a folder")?;
        write(case, folder.path())?;
        let own = folder.path().join("own");
        fs::copy(root.join("deny.toml"), own.join("deny.toml"))?;
        let output = command(deny, &own).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        let as_it_must = match case.said {
            Some(wanted) => !output.status.success() && said.contains(wanted),
            None => output.status.success(),
        };
        if !as_it_must {
            bail!(
                "cargo-deny does not judge as deny.toml says: {} under {}{} gave {}\n{said}",
                case.name,
                case.licence,
                if case.from_git { " from a repository" } else { "" },
                output.status
            );
        }
    }
    if !git {
        println!("xtask: without git it is not shown that a foreign repository would be seen");
    }
    Ok(())
}

/// A workspace `own` that depends on the crate of the case.
fn write(case: &Case, folder: &Path) -> Result<()> {
    let Case { name, licence, .. } = case;
    let package = |name: &str, licence: &str, rest: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2024\"\nlicense = \"{licence}\"\n{rest}\n[workspace]\n"
        )
    };
    let other = folder.join("other");
    let from = if case.from_git {
        format!("git = \"file://{}\"", other.display())
    } else {
        "path = \"../other\"".to_owned()
    };
    let dependency = format!("publish = false\n[dependencies]\n\"{name}\" = {{ version = \"1\", {from} }}");
    for (folder, manifest) in [
        (&other, package(name, licence, "")),
        (&folder.join("own"), package("own", "Apache-2.0", &dependency)),
    ] {
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("src/lib.rs"), "")?;
        fs::write(folder.join("Cargo.toml"), manifest)?;
    }
    if case.from_git {
        let run = |arguments: &[&str]| {
            machine::must(
                Command::new("git")
                    .args(["-c", "user.name=x", "-c", "user.email=x@x"])
                    .args(arguments)
                    .current_dir(&other),
            )
        };
        run(&["init", "--quiet"])?;
        run(&["add", "."])?;
        run(&["commit", "--quiet", "--message", "x"])?;
    }
    let mut lock = Command::new(machine::cargo());
    lock.args(["generate-lockfile", "--quiet", "--manifest-path"]).arg(folder.join("own/Cargo.toml"));
    if !case.from_git {
        lock.arg("--offline");
    }
    machine::must(&mut lock)
}
