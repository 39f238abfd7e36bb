//! The package in a folder that stands for a machine: installed by dpkg, its unit verified, its program started as the unit
//! starts it, installed again as by an upgrade, removed and purged.

use crate::test::machine;
use anyhow::{Context, Result, bail, ensure};
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// Tries a package.
///
/// # Errors
/// Something is not as it should be; the message says what.
pub fn of(package: &Path, root: &Path) -> Result<()> {
    ensure!(machine::is_root(), "dpkg installs as root alone, also into a folder");
    let folder = tempfile::tempdir_in(crate::target(root))?;
    let place = Place(folder.path().to_owned());
    std::fs::create_dir_all(place.at("var/lib/dpkg"))?;
    for file in ["status", "available"] {
        std::fs::write(place.at("var/lib/dpkg").join(file), "")?;
    }
    place.dpkg(&["--install"], package)?;
    let settings = place.at("etc/xinqiao/options.toml");
    ensure!(place.at("usr/bin/xinqiao").is_file() && settings.is_file(), "files are missing");
    place.unit()?;
    place.started()?;
    // What a person changed stays when the package is installed again.
    let changed = format!("{}\n# changed\n", std::fs::read_to_string(&settings)?);
    std::fs::write(&settings, &changed)?;
    place.dpkg(&["--force-confold", "--install"], package)?;
    ensure!(std::fs::read_to_string(&settings)? == changed, "an upgrade replaced what a person had changed");
    let data = place.at("var/lib/xinqiao");
    std::fs::write(data.join("xinqiao.sqlite"), "data")?;
    place.dpkg(&["--remove"], Path::new("xinqiao"))?;
    ensure!(
        !place.at("usr/bin/xinqiao").exists() && settings.is_file(),
        "a removal leaves the settings alone"
    );
    place.dpkg(&["--purge"], Path::new("xinqiao"))?;
    ensure!(!settings.exists() && data.join("xinqiao.sqlite").is_file(), "a purge leaves the data alone");
    place.dpkg(&["--install"], package)?;
    std::fs::write(data.join("delete-at-purge"), "")?;
    place.dpkg(&["--purge"], Path::new("xinqiao"))?;
    ensure!(!data.exists(), "a purge takes the data where that was asked for");
    println!("xtask: installed, verified, started, installed again, removed and purged");
    above_this_machine(package)
}

/// The same with a user of its own, in layers above the files of this machine, where it lets one have such.
fn above_this_machine(package: &Path) -> Result<()> {
    let mut unshare = Command::new("unshare");
    unshare.args(["--mount", "sh", "-c", include_str!("machine.sh"), "sh"]).arg(package);
    let status = unshare.stdin(Stdio::null()).status().context("unshare")?;
    match status.code() {
        Some(0) => println!("xtask: the user was made, and the program worked as that user"),
        Some(77) => {
            println!("xtask: not tried with a user of its own: no layers above this machine can be had")
        }
        _ => bail!("with a user of its own it ended with {status}"),
    }
    Ok(())
}

struct Place(PathBuf);

impl Place {
    fn at(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }

    fn dpkg(&self, order: &[&str], what: &Path) -> Result<()> {
        let mut dpkg = Command::new("dpkg");
        dpkg.arg(format!("--root={}", self.0.display()));
        // The folder has no shell and no library: scripts run outside and are told where it is.
        dpkg.args(["--force-script-chrootless", "--force-depends", "--log=/dev/null"]).args(order).arg(what);
        machine::must(dpkg.stdin(Stdio::null()))
    }

    /// systemd finds nothing wrong with the unit, and the hardening is what it was.
    fn unit(&self) -> Result<()> {
        if !machine::on_path("systemd-analyze") {
            println!("xtask: the unit was not verified: there is no systemd-analyze");
            return Ok(());
        }
        let folder = self.at("usr/lib/systemd/system");
        // The program is sought where the package will put it.
        let text = std::fs::read_to_string(folder.join("xinqiao.service"))?;
        let here = text.replace("/usr/bin/xinqiao", &self.at("usr/bin/xinqiao").display().to_string());
        let copy = tempfile::tempdir()?;
        let unit = copy.path().join("xinqiao.service");
        std::fs::write(&unit, here)?;
        std::fs::copy(folder.join("xinqiao.socket"), copy.path().join("xinqiao.socket"))?;
        let mut verify = Command::new("systemd-analyze");
        verify
            .args(["verify", "--man=no", "--recursive-errors=no"])
            .arg(&unit)
            .arg(copy.path().join("xinqiao.socket"));
        let told = verify.output().context("systemd-analyze verify")?;
        let said = String::from_utf8_lossy(&told.stderr).into_owned();
        ensure!(
            told.status.success() && !said.contains("xinqiao."),
            "the unit is not as systemd wants it:\n{said}"
        );
        let mut security = Command::new("systemd-analyze");
        security.args(["security", "--offline=true", "--no-pager", "--threshold=20"]).arg(&unit);
        let told = security.output().context("systemd-analyze security")?;
        let said = String::from_utf8_lossy(&told.stdout).into_owned();
        ensure!(told.status.success(), "the unit is exposed more than 2.0 of 10:\n{said}");
        println!("xtask: {}", said.lines().last().unwrap_or_default());
        Ok(())
    }

    /// The program starts as the unit starts it, with its settings but for the place, and ends when it is told to.
    fn started(&self) -> Result<()> {
        let text = std::fs::read_to_string(self.at("etc/xinqiao/options.toml"))?;
        let data = self.at("var/lib/xinqiao").display().to_string();
        let text = text.replace("/var/lib/xinqiao", &data).replace("127.0.0.1:8080", "127.0.0.1:0");
        let options = self.at("options.toml");
        std::fs::write(&options, text)?;
        let mut command = Command::new(self.at("usr/bin/xinqiao"));
        command.arg("serve").env("XINQIAO_OPTIONS", &options).current_dir(self.at("var/lib/xinqiao"));
        command.args(["--drain", "0s"]).env_clear().env("XINQIAO_OPTIONS", &options);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let outcome = answered(&mut child);
        if outcome.is_err() {
            child.kill().ok();
        }
        let status = child.wait()?;
        outcome?;
        ensure!(status.success(), "told to stop, it ended with {status}");
        std::fs::remove_file(options)?;
        Ok(())
    }
}

fn answered(child: &mut Child) -> Result<()> {
    let mut line = String::new();
    BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
    let address = line.trim().strip_prefix("http://").context("it did not say where it listens")?;
    let mut stream = std::net::TcpStream::connect(address)?;
    std::io::Write::write_all(&mut stream, b"GET /readyz HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer)?;
    ensure!(answer.starts_with("HTTP/1.0 200") && answer.ends_with("ok"), "it is not ready: {answer}");
    machine::must(Command::new("kill").args(["-TERM", &child.id().to_string()]))
}
