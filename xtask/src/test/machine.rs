//! What the tests need of the machine, and how a Debian machine gets it: only what is missing, through apt.

use anyhow::{Context, Result, bail};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Something the tests need.
#[derive(Clone, Copy)]
pub struct Need {
    /// What it is called in messages.
    pub what: &'static str,
    /// Whether it is there.
    pub present: fn() -> bool,
    /// The Debian packages that bring it.
    pub packages: &'static [&'static str],
}

/// For the crates that bring C sources (SQLite) and for linking.
pub const COMPILER: [Need; 1] =
    [Need { what: "a C compiler (cc)", present: || on_path("cc"), packages: &["gcc", "libc6-dev"] }];

/// For the tests that run on both databases.
pub const DATABASE: [Need; 1] = [Need {
    what: "a PostgreSQL server",
    present: || postgres_programs().is_some(),
    packages: &["postgresql"],
}];

/// For the trial on a slow disk.
pub const TRACER: [Need; 1] = [Need { what: "strace", present: || on_path("strace"), packages: &["strace"] }];

/// For the tests that drive a browser.
pub const BROWSER: [Need; 3] = [
    Need { what: "Chromium", present: || on_path("chromium"), packages: &["chromium"] },
    Need {
        what: "the WebDriver of Chromium",
        present: || on_path("chromedriver"),
        packages: &["chromium-driver"],
    },
    Need { what: "a font with Chinese characters", present: has_chinese_font, packages: &["fonts-noto-cjk"] },
];

/// Installs the packages of the needs that are not met. Makes no network call when all are met.
///
/// # Errors
/// When something is missing and apt is absent, not permitted or fails; the message names what to install.
pub fn ensure(needs: &[Need]) -> Result<()> {
    let missing: Vec<&Need> = needs.iter().filter(|need| !(need.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let whats = missing.iter().map(|need| need.what).collect::<Vec<_>>().join(", ");
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages).copied().collect();
    let list = packages.join(" ");
    println!("xtask: missing: {whats}; installing {list}");
    if !on_path("apt-get") {
        bail!(
            "the tests need {whats}; this machine has no apt-get, install them its own way (Debian: {list})"
        );
    }
    let by_hand = format!("the tests need {whats}; install by hand: apt-get install {list}");
    must(apt_get()?.args(["update", "-q"])).context(by_hand.clone())?;
    must(apt_get()?.args(["install", "-y", "-q", "--no-install-recommends"]).args(&packages))
        .context(by_hand)?;
    for need in missing {
        if !(need.present)() {
            bail!("{} is still not found after installing {}", need.what, need.packages.join(" "));
        }
    }
    Ok(())
}

/// apt-get as root or through sudo, which may ask for a password only where someone sits at a terminal.
fn apt_get() -> Result<Command> {
    let quiet = ["DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "Dpkg::Use-Pty=0"];
    let mut command = if is_root() {
        Command::new("env")
    } else if on_path("sudo") {
        let mut command = Command::new("sudo");
        if !std::io::stdin().is_terminal() {
            command.arg("-n");
        }
        command.arg("env");
        command
    } else {
        bail!("neither root nor sudo");
    };
    command.args(quiet);
    Ok(command)
}

/// Adds rustfmt and clippy where the toolchain was installed without them.
pub fn ensure_rust_components() -> Result<()> {
    let works = |tool: &str| succeeds(Command::new(cargo()).args([tool, "--version"]));
    let missing: Vec<&str> = [("fmt", "rustfmt"), ("clippy", "clippy")]
        .into_iter()
        .filter(|(tool, _)| !works(tool))
        .map(|t| t.1)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("xtask: adding {} to the toolchain", missing.join(" and "));
    must(Command::new("rustup").args(["component", "add"]).args(&missing))
        .context("format and lint need rustfmt and clippy; add them to your Rust")
}

/// Cargo as it was called, so that a pinned toolchain stays the same.
pub fn cargo() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

/// Runs a command to its end, output and all, and fails when it does.
///
/// # Errors
/// The command cannot be started, or fails.
pub fn must(command: &mut Command) -> Result<()> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => bail!("{command:?} ended with {status}"),
        Err(error) => bail!("{command:?} could not be started: {error}"),
    }
}

/// Whether the nextest runner is there; without it `cargo test` does.
pub fn has_nextest() -> bool {
    succeeds(Command::new(cargo()).args(["nextest", "--version"]))
}

/// The folder with `initdb`, `pg_ctl` and `postgres` of the newest PostgreSQL, 15 or later.
///
/// Debian keeps servers of several versions side by side below /usr/lib/postgresql, off the path.
pub fn postgres_programs() -> Option<PathBuf> {
    let debian =
        std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        });
    let newest = debian.filter(|(version, bin)| *version >= 15 && has_server(bin)).max().map(|(_, bin)| bin);
    newest.or_else(|| {
        let initdb = find_on_path("initdb")?.canonicalize().ok()?;
        initdb.parent().filter(|bin| has_server(bin)).map(Path::to_path_buf)
    })
}

fn has_server(bin: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres"].iter().all(|program| bin.join(program).is_file())
}

/// Whether this process is root: PostgreSQL refuses to run as root, apt demands it.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn has_chinese_font() -> bool {
    let listed = Command::new("fc-list").args([":lang=zh-cn", "family"]).stderr(Stdio::null()).output();
    match listed {
        Ok(output) => !output.stdout.is_empty(),
        // Without fontconfig's own tool look for the files of the package.
        Err(_) => Path::new("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").is_file(),
    }
}

pub fn on_path(program: &str) -> bool {
    find_on_path(program).is_some()
}

/// A program as the shell would find it.
pub fn find_on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Whether a command ends well; what it prints is not shown.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_installed_when_nothing_is_missing() {
        let met = Need { what: "air", present: || true, packages: &["no-such-package"] };
        assert!(ensure(&[met]).is_ok());
    }

    #[test]
    fn programs_are_found_on_the_path() {
        assert!(on_path("sh"));
        assert!(!on_path("no-such-program"));
    }
}
