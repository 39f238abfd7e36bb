//! The program under test, serving its demonstration.

use crate::{browser::output_folder, county};
use anyhow::{Context, Result, anyhow, bail};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long the demonstration may take to make its people and listen.
const PATIENCE: Duration = Duration::from_secs(180);

/// An account of the demonstration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// What the person may do.
    pub role: String,
    /// Name to sign in with.
    pub username: String,
    /// Password to sign in with.
    pub password: String,
    /// Bearer token for the JSON API.
    #[serde(default, deserialize_with = "text")]
    pub api_token: String,
    /// The organisation the person works for; empty where there is none.
    #[serde(default, deserialize_with = "text")]
    pub organisation: String,
    /// The division the person is responsible for; empty where there is none.
    #[serde(default, deserialize_with = "text")]
    pub division: String,
}

/// A running demonstration with its own data folder. Dropping it ends it and deletes the folder.
#[derive(Debug)]
pub struct Server {
    /// Where it listens, such as `http://127.0.0.1:40123`.
    pub address: String,
    /// The accounts one can sign in with.
    pub accounts: Vec<Account>,
    child: Child,
    _data: tempfile::TempDir,
}

impl Server {
    /// Starts `xinqiao demo` on a free port with these further arguments, such as `["--people", "300"]`. The
    /// demonstration is made once for all tests; each has a copy of its own.
    ///
    /// The program is the one named by the variable `XINQIAO_BIN`, else it is built first.
    ///
    /// # Errors
    /// When the program cannot be built, ends, or does not listen in time; the message carries its log.
    pub fn start(arguments: &[&str]) -> Result<Self> {
        Self::start_asking(arguments, &[])
    }

    /// The same with options of the server itself, such as `["--require-second-factor"]`.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_asking(arguments: &[&str], options: &[&str]) -> Result<Self> {
        Self::start_at("127.0.0.1:0", arguments, options)
    }

    /// The same at an address that is known before, such as the one that an identity provider sends people back to.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_at(listen: &str, arguments: &[&str], options: &[&str]) -> Result<Self> {
        let program = program()?;
        let data = tempfile::Builder::new().prefix("xinqiao-data-").tempdir()?;
        county::copy(program, arguments, data.path())?;
        let mut command = Command::new(program);
        command.args(["demo", "--json", "--limits", "off", "--listen", listen, "--data"]).arg(data.path());
        command.args(options);
        Self::launch(command, data, PATIENCE)
    }

    /// The same on an empty database of a PostgreSQL server.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_on(database: &str, arguments: &[&str]) -> Result<Self> {
        let data = tempfile::Builder::new().prefix("xinqiao-data-").tempdir()?;
        let mut command = Command::new(program()?);
        command.args([
            "demo",
            "--json",
            "--limits",
            "off",
            "--listen",
            "127.0.0.1:0",
            "--database",
            database,
            "--data",
        ]);
        command.arg(data.path()).args(arguments);
        Self::launch(command, data, PATIENCE)
    }

    /// The same place by the name of this machine, which passkeys need: `http://localhost:40123`.
    #[must_use]
    pub fn named_address(&self) -> String {
        self.address.replace("127.0.0.1", "localhost")
    }

    /// Whoever has this username.
    ///
    /// # Errors
    /// When nobody has it.
    pub fn named(&self, username: &str) -> Result<&Account> {
        let found = self.accounts.iter().find(|account| account.username == username);
        found.with_context(|| format!("nobody is {username}"))
    }

    /// Whoever has this role at the organisation of this name.
    ///
    /// # Errors
    /// When nobody has it.
    pub fn at(&self, organisation: &str, role: &str) -> Result<&Account> {
        let fits = |account: &&Account| account.role == role && account.organisation == organisation;
        self.accounts.iter().find(fits).with_context(|| format!("{organisation} has no {role}"))
    }

    /// The first account of a role.
    ///
    /// # Errors
    /// When no account has it; the message names the roles there are.
    pub fn account(&self, role: &str) -> Result<&Account> {
        let roles =
            || self.accounts.iter().map(|account| account.role.as_str()).collect::<Vec<_>>().join(", ");
        self.accounts
            .iter()
            .find(|account| account.role == role)
            .ok_or_else(|| anyhow!("no account has the role {role:?}; there are: {}", roles()))
    }

    fn launch(mut command: Command, data: tempfile::TempDir, patience: Duration) -> Result<Self> {
        std::fs::create_dir_all(output_folder())?;
        let name =
            data.path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let log = output_folder().join(format!("{name}.log"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(&log)?);
        let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        let output = child.stdout.take().context("the program has no output")?;
        // From here on every way out ends the process.
        let mut server = Self { address: String::new(), accounts: Vec::new(), child, _data: data };
        server.read_announcements(&lines(output), patience).map_err(|error| {
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            anyhow!("{command:?}: {error:#}\n{log}")
        })?;
        Ok(server)
    }

    /// Reads one JSON object a line: the accounts, then where it listens.
    fn read_announcements(&mut self, lines: &Receiver<String>, patience: Duration) -> Result<()> {
        let begun = Instant::now();
        while self.address.is_empty() {
            let line = match lines.recv_timeout(patience.saturating_sub(begun.elapsed())) {
                Ok(line) => line,
                Err(RecvTimeoutError::Timeout) => bail!("does not listen after {patience:?}"),
                Err(RecvTimeoutError::Disconnected) => bail!("ended before it listened"),
            };
            let value: Value = serde_json::from_str(&line).with_context(|| format!("no JSON: {line}"))?;
            if let Some(address) = value.get("listening") {
                self.address = address.as_str().context("the address is no text")?.to_owned();
            } else {
                let account = serde_json::from_value(value).with_context(|| format!("no account: {line}"))?;
                self.accounts.push(account);
            }
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The lines of a program's output. Read to the end, so that the program never blocks on a full pipe.
fn lines(output: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // Nobody listens any more once the address is known.
            sender.send(line).ok();
        }
    });
    receiver
}

/// The program under test; built at most once in a process.
fn program() -> Result<&'static Path> {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| match std::env::var_os("XINQIAO_BIN") {
        Some(path) => Ok(PathBuf::from(path)),
        None => build().map_err(|error| format!("{error:#}")),
    });
    program.as_deref().map_err(|error| anyhow!("{error}"))
}

fn build() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let output = Command::new(cargo)
        .args([
            "build",
            "--package",
            "xinqiao",
            "--bin",
            "xinqiao",
            "--message-format",
            "json-render-diagnostics",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    if !output.status.success() {
        bail!("cargo build --package xinqiao ended with {}", output.status);
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let executable = messages.lines().rev().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        message.get("executable")?.as_str().map(PathBuf::from)
    });
    executable.context("cargo named no program")
}

/// Text, a number as text, or nothing.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch(script: &str, patience: Duration) -> Result<Server> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Server::launch(command, tempfile::tempdir().unwrap(), patience)
    }

    #[test]
    fn accounts_and_address_are_read_from_the_announcements() {
        let server = launch(
            r#"echo '{"role":"doctor","username":"a","password":"b","api_token":"c","organisation":null,"division":110101}'
               echo '{"listening":"http://127.0.0.1:1"}'
               exec sleep 300"#,
            PATIENCE,
        )
        .unwrap();
        assert_eq!(server.address, "http://127.0.0.1:1");
        let doctor = server.account("doctor").unwrap();
        assert_eq!((doctor.organisation.as_str(), doctor.division.as_str()), ("", "110101"));
        assert!(server.account("pilot").unwrap_err().to_string().contains("there are: doctor"));

        let process = PathBuf::from(format!("/proc/{}", server.child.id()));
        let data = server._data.path().to_owned();
        assert!(process.exists() && data.exists());
        drop(server);
        assert!(!process.exists() && !data.exists());
    }

    #[test]
    fn a_program_that_fails_shows_its_log() {
        for (script, patience, expected) in [
            ("echo no such county >&2; exit 1", PATIENCE, "no such county"),
            ("echo hello; exec sleep 300", PATIENCE, "no JSON: hello"),
            ("exec sleep 300", Duration::from_millis(200), "does not listen"),
        ] {
            let message = launch(script, patience).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
