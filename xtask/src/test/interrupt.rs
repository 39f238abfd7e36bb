//! Ctrl-C and termination: the running step is stopped with all it started, then the cleaning up happens.

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a step may take to end after it was asked to.
const PATIENCE: Duration = Duration::from_secs(10);

/// Knows whether someone asked this run to stop.
pub struct Interrupt {
    asked: Arc<AtomicBool>,
}

impl Interrupt {
    /// From now on the signals that end a run no longer end this process at once.
    pub fn watch() -> Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&asked)).context("cannot watch for signals")?;
        }
        Ok(Self { asked })
    }

    /// Fails when someone asked to stop.
    pub fn check(&self) -> Result<()> {
        if self.asked.load(Ordering::Relaxed) {
            bail!("interrupted");
        }
        Ok(())
    }

    /// Runs a command in a process group of its own; when asked to stop, ends that whole group.
    pub fn run(&self, command: &mut Command) -> Result<ExitStatus> {
        self.check()?;
        let mut child =
            command.process_group(0).spawn().with_context(|| format!("cannot start {command:?}"))?;
        loop {
            if let Some(status) = child.try_wait()? {
                self.check()?;
                return Ok(status);
            }
            if self.check().is_err() {
                end(&mut child)?;
                bail!("interrupted");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Asks the group of `child` to end, and makes it when it does not.
fn end(child: &mut Child) -> Result<()> {
    let group =
        i32::try_from(child.id()).ok().and_then(Pid::from_raw).context("a process without a number")?;
    // The group may be gone between the look and the signal; waiting below settles both cases.
    kill_process_group(group, Signal::TERM).ok();
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if child.try_wait()?.is_some() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    kill_process_group(group, Signal::KILL).ok();
    child.wait()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn the_status_of_a_command_is_handed_on() {
        let interrupt = Interrupt { asked: Arc::default() };
        assert!(interrupt.run(&mut shell("exit 0")).unwrap().success());
        assert_eq!(interrupt.run(&mut shell("exit 3")).unwrap().code(), Some(3));
    }

    #[test]
    fn an_interrupt_ends_the_command_and_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let note = folder.path().join("child");
        let interrupt = Interrupt { asked: Arc::default() };
        let asked = Arc::clone(&interrupt.asked);
        let written = note.clone();
        let stop = std::thread::spawn(move || {
            while std::fs::read_to_string(&written).unwrap_or_default().trim().is_empty() {
                std::thread::sleep(Duration::from_millis(10));
            }
            asked.store(true, Ordering::Relaxed);
        });
        let begun = Instant::now();
        let outcome = interrupt.run(&mut shell(&format!("sleep 300 & echo $! > {}; wait", note.display())));
        stop.join().unwrap();
        assert_eq!(outcome.unwrap_err().to_string(), "interrupted");
        assert!(begun.elapsed() < Duration::from_secs(60));
        let child = std::fs::read_to_string(&note).unwrap();
        let gone = || {
            // An orphan that nobody has waited for yet is dead all the same: state Z.
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
            stat.is_empty() || stat.contains(") Z ")
        };
        for _ in 0..100 {
            if gone() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the child still runs");
    }
}
