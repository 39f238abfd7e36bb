//! An exchange of programs on the database of a whole nation.

use super::load::{code, passes};
use crate::{repository, test::machine};
use anyhow::Result;
use std::{
    path::PathBuf,
    process::{Command, ExitCode},
};

/// What `bench/national/run.py --folder` keeps. It is the newer program's afterwards, so that no other opens it.
#[derive(clap::Args)]
pub struct Nation {
    /// As `xinqiao serve --database` takes it.
    #[arg(long)]
    database: String,
    /// Its key file.
    #[arg(long)]
    keys: PathBuf,
}

impl Nation {
    /// Starts a newer program beside an older one under load, stops the older one, and counts what was acknowledged.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn upgrade(&self) -> Result<ExitCode> {
        let mut trial = Command::new(machine::cargo());
        trial.current_dir(repository::root()?);
        trial
            .env("XINQIAO_TEST_NATION", &self.database)
            .env("XINQIAO_TEST_NATION_KEYS", self.keys.canonicalize()?);
        trial.args([
            "test",
            "--workspace",
            "--test",
            "all",
            "--",
            "--ignored",
            "--nocapture",
            "with_a_whole_nation",
        ]);
        Ok(code(passes(&mut trial)?))
    }
}
