//! The clock of the server jumps under load, by a small library that comes before the C library (`clock.c`): the clock of the
//! machine stays as it is.

use super::load::{DURABLE, code, passes, trial};
use crate::test::{POSTGRES, machine, postgres::Cluster};
use anyhow::{Context, Result};
use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// Puts the server's clock hours and days forward and back under load, on both databases.
///
/// # Errors
/// When the machine cannot be set up, or something that was acknowledged is missing or there twice.
pub fn run() -> Result<ExitCode> {
    machine::ensure(&[machine::COMPILER, machine::DATABASE].concat())?;
    let folder = tempfile::tempdir()?;
    let library = library(folder.path())?;
    let cluster = Cluster::start_with(|_| DURABLE.to_owned())?;
    let mut trial = trial("a_clock_that_jumps_under_load_loses_nothing_and_doubles_nothing")?;
    Ok(code(passes(trial.env(POSTGRES, cluster.url()).env("XINQIAO_TEST_CLOCK", library))?))
}

/// Makes the library in a folder.
fn library(folder: &Path) -> Result<PathBuf> {
    let (source, library) = (folder.join("clock.c"), folder.join("clock.so"));
    std::fs::write(&source, include_str!("clock.c"))?;
    let mut compiler = Command::new("cc");
    compiler.args(["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-o"]);
    machine::must(compiler.arg(&library).arg(&source)).context("the library that moves the clock")?;
    Ok(library)
}
