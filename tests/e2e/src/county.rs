//! The demonstration's county, made once and copied for each test.

use crate::browser::output_folder;
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

/// A county made longer ago is made anew: its cases are so many days before the present.
const FRESH: Duration = Duration::from_secs(3600);
/// Written last: a folder with it holds a whole county.
const WHOLE: &str = "whole";

/// Copies the county that this program makes of these arguments into a folder. Tests that need the same at the same
/// time wait for the one that makes it.
///
/// # Errors
/// When the program fails, or the files cannot be copied.
pub(crate) fn copy(program: &Path, arguments: &[&str], to: &Path) -> Result<()> {
    let made = place(program, arguments)?;
    let parent = made.parent().context("a folder among others")?;
    fs::create_dir_all(parent)?;
    let lock = File::create(parent.join("lock"))?;
    lock.lock()?;
    if !is_fresh(&made) {
        clear(parent)?;
        make(program, arguments, &made)?;
    }
    copy_folder(&made, to)
}

/// Where the county lies; another program or other arguments make another county.
fn place(program: &Path, arguments: &[&str]) -> Result<PathBuf> {
    let file = fs::metadata(program).with_context(|| format!("no program {}", program.display()))?;
    let mut hasher = DefaultHasher::new();
    (program, file.len(), file.modified()?, arguments).hash(&mut hasher);
    Ok(output_folder().join("counties").join(format!("{:016x}", hasher.finish())))
}

fn is_fresh(folder: &Path) -> bool {
    let made = fs::metadata(folder.join(WHOLE)).and_then(|file| file.modified());
    made.is_ok_and(|made| SystemTime::now().duration_since(made).is_ok_and(|age| age < FRESH))
}

/// Removes counties of earlier programs. Nobody copies from them while the lock is held.
fn clear(parent: &Path) -> Result<()> {
    for entry in fs::read_dir(parent)? {
        let path = entry?.path();
        if path.is_dir() {
            fs::remove_dir_all(path)?;
        }
    }
    Ok(())
}

fn make(program: &Path, arguments: &[&str], folder: &Path) -> Result<()> {
    let mut command = Command::new(program);
    command.args(["demo", "--json", "--no-serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder);
    command.args(arguments).stdin(Stdio::null());
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} ended with {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(fs::write(folder.join(WHOLE), "")?)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let copy = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir(&copy)?;
            copy_folder(&entry.path(), &copy)?;
        } else {
            fs::copy(entry.path(), copy)?;
        }
    }
    Ok(())
}
