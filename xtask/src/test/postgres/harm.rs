//! What trials do to a cluster: it is killed, stopped, frozen, and has a replica that takes over.

use super::{Cluster, as_owner, output};
use anyhow::{Context, Result, bail};
use std::{thread::sleep, time::Duration};

impl Cluster {
    /// Kills the server (SIGKILL: it can finish nothing) and starts it again.
    ///
    /// # Errors
    /// When it does not start.
    pub fn kill(&self) -> Result<()> {
        let server = self.server()?;
        self.signal("-9", &[server])?;
        self.start_again()
    }

    /// Kills the server and all its processes at once, as a machine that loses its power does.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill_all(&self) -> Result<()> {
        self.signal("-9", &self.processes()?)
    }

    /// Stops the server at once, in the middle of whatever it does.
    ///
    /// # Errors
    /// When it does not stop.
    pub fn stop_at_once(&self) -> Result<()> {
        output(&mut self.stopping()).map(|_| ())
    }

    /// Starts the server after it was killed or stopped.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_again(&self) -> Result<()> {
        // It does not start before the last of its processes has noticed.
        for _ in 0..50 {
            if self.launch()? {
                return Ok(());
            }
            sleep(Duration::from_millis(200));
        }
        bail!("PostgreSQL does not start again")
    }

    /// The same, once; whether it did.
    ///
    /// # Errors
    /// When the command is missing.
    pub fn start_once(&self) -> Result<bool> {
        self.launch()
    }

    /// Whether the server runs.
    pub fn runs(&self) -> bool {
        let mut status = as_owner(self.programs.join("pg_ctl"));
        output(status.arg("-D").arg(self.data()).arg("status")).is_ok()
    }

    /// Lets the server stand still: it takes connections and answers nobody.
    ///
    /// # Errors
    /// When it does not run.
    pub fn freeze(&self) -> Result<()> {
        self.signal("-STOP", &self.processes()?)
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// When it does not run.
    pub fn thaw(&self) -> Result<()> {
        self.signal("-CONT", &self.processes()?)
    }

    /// The server and all its processes.
    ///
    /// # Errors
    /// When it does not run.
    pub fn processes(&self) -> Result<Vec<u32>> {
        let server = self.server()?;
        let others = output(as_owner("pgrep").args(["-P", &server.to_string()]))?;
        let others: Vec<u32> = others.lines().filter_map(|line| line.trim().parse().ok()).collect();
        Ok([vec![server], others].concat())
    }

    fn server(&self) -> Result<u32> {
        let pid = std::fs::read_to_string(self.data().join("postmaster.pid"))?;
        pid.lines().next().and_then(|line| line.trim().parse().ok()).context("postmaster.pid is empty")
    }

    /// Some of its processes may be gone in the same moment.
    fn signal(&self, signal: &str, processes: &[u32]) -> Result<()> {
        let mut kill = as_owner("kill");
        kill.arg(signal).args(processes.iter().map(u32::to_string));
        kill.output().map(|_| ()).with_context(|| format!("cannot start {kill:?}"))
    }

    /// A running replica of this cluster, at this port where one is given.
    ///
    /// # Errors
    /// When it cannot be made or does not start.
    pub fn replica(&self, port: Option<u16>) -> Result<Cluster> {
        let mut replica = self.base_backup()?;
        output(as_owner("touch").arg(replica.data().join("standby.signal")))?;
        replica.set(&format!("primary_conninfo = 'host=127.0.0.1 port={} user=postgres'\n", self.port))?;
        match port {
            Some(port) => {
                replica.port = port;
                replica.start_again()?;
            }
            None => replica.launch_somewhere()?,
        }
        Ok(replica)
    }
}
