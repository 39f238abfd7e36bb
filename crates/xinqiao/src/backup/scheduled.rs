//! Backups that `xinqiao serve` takes by itself: one instance at a time where several share a database, each verified by
//! a trial restore, those beyond their time deleted.

use super::{Held, read_recipients};
use crate::{
    doctor::{self, Verdict},
    open::operator,
};
use anyhow::{Context, Result, bail};
use app::{
    App,
    backup::{self, Good, Keep, Order},
    seal::{Keys, Recipient},
};
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// What `xinqiao serve` is told about backups.
#[derive(Debug, Clone, Args)]
pub struct BackupSettings {
    /// Take backups by itself and put them into this folder.
    #[arg(long, env = "XINQIAO_BACKUP_TO", value_name = "DIR")]
    backup_to: Option<PathBuf>,
    /// The time from one to the next, such as 24h or 90m.
    #[arg(
        long,
        env = "XINQIAO_BACKUP_EVERY",
        value_name = "TIME",
        default_value = "24h",
        requires = "backup_to"
    )]
    backup_every: SignedDuration,
    /// Of how many days, weeks and months the latest one is kept; the others are deleted.
    #[arg(
        long,
        env = "XINQIAO_BACKUP_KEEP",
        value_name = "KEEP",
        default_value = "7d,4w,12m",
        requires = "backup_to"
    )]
    backup_keep: Keep,
    /// Whoever holds the key of this file opens the backups, too; several may be given.
    #[arg(
        long,
        env = "XINQIAO_BACKUP_RECIPIENT",
        value_name = "FILE",
        value_delimiter = ',',
        requires = "backup_to"
    )]
    backup_recipient: Vec<PathBuf>,
}

/// Backups more often than this would leave no time for anything else.
const LEAST: SignedDuration = SignedDuration::from_secs(1);
/// How often it is asked whether one is due, at most.
const LOOK: Duration = Duration::from_secs(60);
/// How often whoever takes one gives a sign of life.
const SIGN: Duration = Duration::from_secs(300);
/// What a killed program left unfinished is deleted after this.
const FORGOTTEN: Duration = Duration::from_secs(24 * 3_600);

/// What is to be done, read once at the start.
pub struct Schedule {
    folder: PathBuf,
    every: SignedDuration,
    keep: Keep,
    recipients: Vec<Recipient>,
    keys: PathBuf,
}

impl BackupSettings {
    /// The schedule; none where no folder is named.
    ///
    /// # Errors
    /// A recipient's file or the folder cannot be used, or the time is too short.
    pub fn schedule(&self, keys: &Path) -> Result<Option<Schedule>> {
        let named = self.backup_to.clone().filter(|folder| !folder.as_os_str().is_empty());
        let Some(folder) = named else { return Ok(None) };
        if self.backup_every < LEAST {
            bail!("--backup-every is shorter than a second");
        }
        std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let recipients = read_recipients(&self.backup_recipient)?;
        let (every, keep, keys) = (self.backup_every, self.backup_keep, keys.to_owned());
        Ok(Some(Schedule { folder, every, keep, recipients, keys }))
    }
}

impl Schedule {
    /// Takes backups as they come due, until it is dropped.
    pub async fn run(self, app: App) {
        if let Err(error) = backup::begun(&app, self.every).await {
            tracing::error!(error = %error, "backup");
        }
        let every = Duration::try_from(self.every).unwrap_or(LOOK);
        let mut looks = tokio::time::interval(LOOK.min(every));
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            match backup::claim(&app, self.every).await {
                Ok(false) => {}
                Ok(true) => self.turn(&app).await,
                Err(error) => tracing::error!(error = %error, "backup"),
            }
        }
    }

    async fn turn(&self, app: &App) {
        let alive = async {
            loop {
                tokio::time::sleep(SIGN).await;
                if let Err(error) = backup::renew(app).await {
                    tracing::error!(error = %error, "backup");
                }
            }
        };
        let taken = tokio::select! {
            taken = self.take(app) => taken,
            () = alive => return,
        };
        let noted = match taken {
            Ok(good) => {
                tracing::info!(file = good.file, bytes = good.bytes, seconds = good.seconds, "backup");
                backup::succeeded(app, good).await
            }
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "backup");
                backup::failed(app, &format!("{error:#}")).await
            }
        };
        if let Err(error) = noted {
            tracing::error!(error = %error, "backup");
        }
    }

    async fn take(&self, app: &App) -> Result<Good> {
        let at = app.now();
        let keys = Keys::read(&self.keys)?.with_context(|| format!("there is no {}", self.keys.display()))?;
        let order =
            Order { folder: &self.folder, keys: &keys, recipients: &self.recipients, key_file: None, at };
        let written = backup::write(&app.db, order, &|_| ()).await?;
        let rows = written.summary.rows();
        backup::note(&app.db, &operator(), "backup", rows).await?;
        let held = Held::of(&self.keys, None)?;
        if let Err(error) = verify(&written.file, &held).await {
            // It shall not be counted among the good ones, and is kept to be looked at.
            let aside = written.file.with_extension("failed");
            std::fs::rename(&written.file, &aside).ok();
            return Err(error.context(format!("{} did not stand its trial", aside.display())));
        }
        self.tidy()?;
        let file = written.file.display().to_string();
        let seconds = Timestamp::now().duration_since(at).as_secs();
        Ok(Good { at, file, bytes: written.bytes, rows, seconds })
    }

    /// Deletes backups beyond their time, and what a killed program left unfinished.
    fn tidy(&self) -> Result<()> {
        let mut taken = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            if let Some(at) = backup::taken(name) {
                taken.push((at, entry.path()));
            } else if name.starts_with(".xinqiao-") && name.ends_with(".partial") {
                let age = entry.metadata()?.modified()?.elapsed().unwrap_or_default();
                if age > FORGOTTEN {
                    std::fs::remove_file(entry.path())?;
                }
            }
        }
        let instants: Vec<Timestamp> = taken.iter().map(|(at, _)| *at).collect();
        let kept = backup::kept(&instants, self.keep);
        for (_, path) in taken.iter().filter(|(at, _)| !kept.contains(at)) {
            std::fs::remove_file(path).with_context(|| path.display().to_string())?;
            tracing::info!(file = %path.display(), "a backup beyond its time was deleted");
        }
        Ok(())
    }
}

/// Restores it for a trial and looks at everything.
async fn verify(file: &Path, held: &Held) -> Result<()> {
    let trial = backup::trial(file, held.openers(), &|_| ()).await?;
    let app = trial.app.as_ref().context("the key file is missing")?;
    let findings = doctor::inside(app, true).await;
    match findings.iter().find(|finding| finding.verdict == Verdict::Ill) {
        Some(ill) => bail!("{}", ill.line()),
        None => Ok(()),
    }
}
