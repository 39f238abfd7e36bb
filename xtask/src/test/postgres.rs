//! A PostgreSQL cluster that lives as long as one test run.

mod harm;

use super::machine;
use anyhow::{Context, Result, bail};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Settings for speed, not for safety: the data is thrown away, so nothing waits for a disk. Two hundred
/// connections, because each test opens a small pool of its own; and locks for several that divide all tables at once.
const SETTINGS: &str = "\
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 200
max_locks_per_transaction = 256
";

/// A running cluster in a folder of its own; dropping it stops the server and deletes the folder.
pub struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    kept: bool,
}

impl Cluster {
    /// Creates and starts a cluster on a free port of the loopback interface.
    ///
    /// # Errors
    /// When PostgreSQL is missing or does not start; the message carries the server's log.
    pub fn start() -> Result<Self> {
        Cluster::start_with(|_| String::new())
    }

    /// The same with further settings, which may name the folder of the cluster; it has a folder `archive`.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub fn start_with(further: impl Fn(&Path) -> String) -> Result<Self> {
        let mut cluster = Cluster::empty()?;
        cluster.create(&further(&cluster.folder))?;
        cluster.launch_somewhere()?;
        Ok(cluster)
    }

    /// The same with its data below a folder in which everybody may write.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub fn start_in(folder: &Path, further: &str) -> Result<Self> {
        let mut cluster = Cluster::empty_in(folder)?;
        cluster.create(further)?;
        cluster.launch_somewhere()?;
        Ok(cluster)
    }

    fn empty() -> Result<Self> {
        Cluster::empty_in(Path::new("/tmp"))
    }

    fn empty_in(folder: &Path) -> Result<Self> {
        let programs =
            machine::postgres_programs().context("no PostgreSQL server of version 15 or later found")?;
        let folder = output(as_owner("mktemp").arg("-d").arg(folder.join("xinqiao-postgres.XXXXXX")))?;
        let folder = PathBuf::from(folder.trim());
        output(as_owner("mkdir").arg(folder.join("archive")))?;
        Ok(Self { programs, folder, port: 0, kept: false })
    }

    fn launch_somewhere(&mut self) -> Result<()> {
        // Between finding a free port and taking it someone else may: try again with another.
        for _ in 0..3 {
            self.port = free_port()?;
            if self.launch()? {
                return Ok(());
            }
        }
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        bail!("PostgreSQL does not start:\n{log}")
    }

    /// A base backup of this cluster, as one that is not started.
    ///
    /// # Errors
    /// When it cannot be taken.
    pub fn base_backup(&self) -> Result<Self> {
        let copy = Cluster::empty()?;
        let port = self.port.to_string();
        let place = ["-h", "127.0.0.1", "-p", &port, "-U", "postgres", "--checkpoint=fast", "-D"];
        output(as_owner(self.programs.join("pg_basebackup")).args(place).arg(copy.data()))?;
        Ok(copy)
    }

    /// Starts a base backup, which then recovers as these settings say.
    ///
    /// # Errors
    /// When it does not start.
    pub fn recover(&mut self, settings: &str) -> Result<()> {
        let signal = self.data().join("recovery.signal");
        output(as_owner("touch").arg(&signal))?;
        self.set(settings)?;
        self.launch_somewhere()
    }

    /// Stops the server in an orderly way.
    ///
    /// # Errors
    /// When it does not stop.
    pub fn stop(&self) -> Result<()> {
        let mut command = as_owner(self.programs.join("pg_ctl"));
        output(command.arg("-D").arg(self.data()).args(["-w", "-m", "fast", "stop"])).map(|_| ())
    }

    /// What the server answers.
    ///
    /// # Errors
    /// When the statement fails.
    pub fn ask(&self, sql: &str) -> Result<String> {
        output(as_owner(self.programs.join("psql")).args([
            "-X",
            "-q",
            "-t",
            "-A",
            "-d",
            &self.url(),
            "-c",
            sql,
        ]))
    }

    /// Asks until the answer is true.
    ///
    /// # Errors
    /// When it is not after a minute, or the statement fails.
    pub fn wait_for(&self, sql: &str) -> Result<()> {
        for _ in 0..240 {
            if self.ask(sql)?.trim() == "t" {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(250));
        }
        bail!("{sql} did not become true")
    }

    /// The port at which it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where everything of the cluster is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The address of the maintenance database, from which tests create their own.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Leaves the server running; returns the command that stops and deletes it.
    pub fn keep(mut self) -> String {
        self.kept = true;
        let command = format!("{} && rm -r {}", shown(&self.stopping()), self.folder.display());
        command
    }

    fn create(&self, further: &str) -> Result<()> {
        let data = self.data();
        // Trust is safe here: the server listens on loopback only and holds nothing but synthetic rows.
        // Locale C sorts by code point, as SQLite does.
        output(
            as_owner(self.programs.join("initdb"))
                .args([
                    "--auth=trust",
                    "--username=postgres",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--no-sync",
                    "-D",
                ])
                .arg(&data),
        )?;
        self.set(&format!("{SETTINGS}{further}"))
    }

    /// Adds settings to those of the cluster.
    fn set(&self, further: &str) -> Result<()> {
        let file = self.data().join("postgresql.conf");
        let mut settings = std::fs::read_to_string(&file)?;
        settings.push_str(further);
        std::fs::write(&file, settings).with_context(|| format!("cannot write {}", file.display()))
    }

    fn launch(&self) -> Result<bool> {
        let place =
            format!("-c listen_addresses=127.0.0.1 -c port={} -k {}", self.port, self.folder.display());
        let mut command = as_owner(self.programs.join("pg_ctl"));
        command.arg("-D").arg(self.data()).arg("-l").arg(self.folder.join("log"));
        command.args(["-w", "-t", "60", "-o", &place, "start"]);
        // Not captured: the server would inherit the pipe and keep it open.
        Ok(command.stdout(Stdio::null()).stderr(Stdio::null()).status()?.success())
    }

    fn stopping(&self) -> Command {
        let mut command = as_owner(self.programs.join("pg_ctl"));
        command.arg("-D").arg(self.data()).args(["-w", "-m", "immediate", "stop"]);
        command
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        // Nothing to stop when it never started; the folder goes in any case.
        self.stopping().stdout(Stdio::null()).stderr(Stdio::null()).status().ok();
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            eprintln!("xtask: {} could not be deleted: {error}", self.folder.display());
        }
    }
}

/// A command as the user who owns the cluster: this one, or `postgres` where this one is root, because the
/// server refuses to run as root.
fn as_owner(program: impl AsRef<Path>) -> Command {
    let mut command = if machine::is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program.as_ref());
        command
    } else {
        Command::new(program.as_ref())
    };
    // The other user may not enter the folder we stand in.
    command.current_dir("/").stdin(Stdio::null());
    command
}

/// What a command prints, or a failure with what it complained of.
fn output(command: &mut Command) -> Result<String> {
    let Output { status, stdout, stderr } =
        command.output().with_context(|| format!("cannot start {command:?}"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}:\n{}", String::from_utf8_lossy(&stderr));
    }
    Ok(String::from_utf8_lossy(&stdout).into_owned())
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
