//! `cargo xtask package`: the Debian package of the program, laid out as `[package.metadata.deb]` of its Cargo.toml says and
//! built by dpkg-deb. `--try` installs, upgrades, removes and purges it in a folder that stands for a machine.

mod metadata;
mod trial;

use crate::{
    repository,
    test::machine::{self, Need},
};
use anyhow::{Context, Result};
use clap::Args;
use metadata::Metadata;
use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// What is to be built.
#[derive(Args)]
pub struct Options {
    /// Take this program instead of building one.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Try the package afterwards; as root.
    #[arg(long = "try")]
    trial: bool,
}

const TOOLS: [Need; 1] =
    [Need { what: "dpkg-deb", present: || machine::on_path("dpkg-deb"), packages: &["dpkg"] }];

/// Builds the package.
///
/// # Errors
/// The program cannot be built, a file is missing, or the trial finds something wrong.
pub fn run(options: &Options) -> Result<ExitCode> {
    machine::ensure(&TOOLS)?;
    let root = repository::root()?;
    let program = match &options.program {
        Some(program) => program.clone(),
        None => built(&root)?,
    };
    let metadata = Metadata::read(&root)?;
    let package = pack(&root, &metadata, &program)?;
    println!("{}", package.display());
    if options.trial {
        trial::of(&package, &root)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn built(root: &Path) -> Result<PathBuf> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root).args(["build", "--locked", "--release", "--package", "xinqiao"]);
    machine::must(&mut cargo)?;
    Ok(crate::target(root).join("release/xinqiao"))
}

fn pack(root: &Path, metadata: &Metadata, program: &Path) -> Result<PathBuf> {
    let target = crate::target(root).join("debian");
    std::fs::create_dir_all(&target)?;
    // Folders of a package can be entered by everybody, unlike those of a temporary folder.
    let staging = tempfile::Builder::new().permissions(mode(0o755)).tempdir_in(&target)?;
    let mut bytes = 0;
    for asset in &metadata.assets {
        let from = if asset.is_program { program.to_owned() } else { asset.from.clone() };
        let to = staging.path().join(&asset.to);
        bytes += put(&from, &to, asset.mode)?;
    }
    let control = staging.path().join("DEBIAN");
    std::fs::create_dir_all(&control)?;
    let needs = metadata::library_of(&std::fs::read(program)?);
    std::fs::write(control.join("control"), metadata.control(&architecture()?, &needs, bytes))?;
    let settings: String = metadata.settings.iter().map(|path| format!("{path}\n")).collect();
    std::fs::write(control.join("conffiles"), settings)?;
    for script in &metadata.scripts {
        let name = script.file_name().context("a script without a name")?;
        put(script, &control.join(name), 0o755)?;
    }
    let sums =
        "find . -type f -not -path './DEBIAN/*' -printf '%P\\0' | sort -z | xargs -0 md5sum > DEBIAN/md5sums";
    machine::must(Command::new("sh").args(["-c", sums]).current_dir(staging.path()))?;
    let package = target.join(format!("xinqiao_{}_{}.deb", metadata.version, architecture()?));
    let mut build = Command::new("dpkg-deb");
    build.args(["--root-owner-group", "--build"]).arg(staging.path()).arg(&package);
    machine::must(&mut build)?;
    Ok(package)
}

/// Copies a file; returns its length.
fn put(from: &Path, to: &Path, bits: u32) -> Result<u64> {
    let told = || format!("{} to {}", from.display(), to.display());
    std::fs::create_dir_all(to.parent().context("a file has a folder")?).with_context(told)?;
    let bytes = std::fs::copy(from, to).with_context(told)?;
    std::fs::set_permissions(to, mode(bits)).with_context(told)?;
    Ok(bytes)
}

fn mode(bits: u32) -> std::fs::Permissions {
    std::fs::Permissions::from_mode(bits)
}

fn architecture() -> Result<String> {
    let output = Command::new("dpkg").arg("--print-architecture").output().context("dpkg")?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
