//! The process between the tests and Chromium: `chromedriver`, one for each browser.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// What to do when the browser is missing.
pub(crate) const INSTALL: &str = "browser tests need Chromium and its driver; `cargo xtask test` installs them on Debian (chromium, chromium-driver)";

/// A running chromedriver; dropping it closes its browser and ends it.
#[derive(Debug)]
pub(crate) struct Driver {
    child: Child,
    port: u16,
    session: Option<String>,
}

impl Driver {
    /// Starts `program` (chromedriver) on a free port that it chooses itself. It ends where somebody else takes the same
    /// number on the other kind of address (IPv4, IPv6) in that moment: then it is started again.
    ///
    /// # Errors
    /// When it is missing or does not start.
    pub(crate) fn start(program: &str) -> Result<Self> {
        for _ in 0..3 {
            if let Ok(driver) = Driver::start_once(program) {
                return Ok(driver);
            }
        }
        Driver::start_once(program)
    }

    fn start_once(program: &str) -> Result<Self> {
        let mut child = Command::new(program)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {program}: {INSTALL}"))?;
        let output = child.stdout.take().context("chromedriver has no output")?;
        // From here on every way out ends the process.
        let mut driver = Self { child, port: 0, session: None };
        let mut output = BufReader::new(output);
        driver.port =
            announced_port(&mut output).with_context(|| format!("{program} did not start: {INSTALL}"))?;
        // Read on, so that the driver never blocks on a full pipe.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        Ok(driver)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Names the browser session that is to be closed at the end.
    pub(crate) fn owns(&mut self, session: Option<String>) {
        self.session = session;
    }

    /// Closes the browser. Written by hand because a drop cannot await and may run after the runtime is gone.
    fn close_session(&self) -> Result<()> {
        let Some(session) = &self.session else { return Ok(()) };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let port = self.port;
        write!(
            stream,
            "DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
        )?;
        // The answer comes when the browser has ended.
        stream.read_exact(&mut [0; 12])?;
        Ok(())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Err(error) = self.close_session() {
            eprintln!("the browser was not closed in order: {error:#}");
        }
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Reads `… started successfully on port N.`
fn announced_port(output: &mut impl BufRead) -> Result<u16> {
    let mut line = String::new();
    while output.read_line(&mut line)? > 0 {
        if let Some((_, port)) = line.split_once("successfully on port ") {
            return port.trim().trim_end_matches('.').parse().with_context(|| format!("no port in {line:?}"));
        }
        line.clear();
    }
    bail!("it ended without naming its port")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_driver_says_how_to_get_it() {
        let message = format!("{:#}", Driver::start("no-such-chromedriver").unwrap_err());
        assert!(message.contains("cargo xtask test"), "{message}");
        let message = format!("{:#}", Driver::start("true").unwrap_err());
        assert!(message.contains("cargo xtask test"), "{message}");
    }

    #[test]
    fn the_port_is_read_from_the_announcement() {
        let announcement =
            "Starting ChromeDriver 150\nChromeDriver was started successfully on port 40123.\n";
        assert_eq!(announced_port(&mut announcement.as_bytes()).unwrap(), 40123);
        assert!(announced_port(&mut "Starting\n".as_bytes()).is_err());
    }
}
