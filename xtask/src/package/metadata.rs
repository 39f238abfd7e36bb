//! What the package is, from the Cargo.toml of the program.

use anyhow::{Context, Result};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The package.
pub struct Metadata {
    pub version: String,
    description: String,
    deb: Deb,
    pub assets: Vec<Asset>,
    /// Files that a person may have changed: an upgrade asks before it replaces them.
    pub settings: Vec<String>,
    /// What runs when it is installed and taken away.
    pub scripts: Vec<PathBuf>,
}

/// One file of it.
pub struct Asset {
    pub from: PathBuf,
    pub to: PathBuf,
    pub mode: u32,
    pub is_program: bool,
}

#[derive(Deserialize)]
struct Manifest {
    package: Package,
}

#[derive(Deserialize)]
struct Package {
    description: String,
    metadata: Tables,
}

#[derive(Deserialize)]
struct Tables {
    deb: Deb,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Deb {
    maintainer: String,
    depends: String,
    section: String,
    priority: String,
    extended_description: String,
    conf_files: Vec<String>,
    maintainer_scripts: PathBuf,
    assets: Vec<(PathBuf, PathBuf, String)>,
}

#[derive(Deserialize)]
struct Workspace {
    workspace: WorkspaceTables,
}

#[derive(Deserialize)]
struct WorkspaceTables {
    package: WorkspacePackage,
}

#[derive(Deserialize)]
struct WorkspacePackage {
    version: String,
}

impl Metadata {
    /// Reads it.
    ///
    /// # Errors
    /// The file is not as it should be.
    pub fn read(root: &Path) -> Result<Metadata> {
        let folder = root.join("crates/xinqiao");
        let manifest: Manifest = toml::from_str(&std::fs::read_to_string(folder.join("Cargo.toml"))?)?;
        let workspace: Workspace = toml::from_str(&std::fs::read_to_string(root.join("Cargo.toml"))?)?;
        let Package { description, metadata: Tables { deb } } = manifest.package;
        let assets = deb.assets.iter().map(|asset| Asset::of(asset, &folder)).collect::<Result<_>>()?;
        let mut scripts: Vec<PathBuf> = std::fs::read_dir(folder.join(&deb.maintainer_scripts))?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<_>>()?;
        scripts.sort();
        let version = format!("{}-1", workspace.workspace.package.version);
        let settings = deb.conf_files.clone();
        Ok(Metadata { version, description, deb, assets, settings, scripts })
    }

    /// The file `control`.
    pub fn control(&self, architecture: &str, library: &str, bytes: u64) -> String {
        let Deb { maintainer, depends, section, priority, extended_description, .. } = &self.deb;
        let (version, size) = (&self.version, bytes.div_ceil(1024));
        let short = self.description.trim_end_matches('.');
        let depends = depends.replace("$auto", library);
        format!(
            "Package: xinqiao\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: {maintainer}\n\
             Installed-Size: {size}\nDepends: {depends}\nSection: {section}\nPriority: {priority}\n\
             Description: {short}\n {}\n",
            wrapped(extended_description)
        )
    }
}

impl Asset {
    fn of((from, to, bits): &(PathBuf, PathBuf, String), folder: &Path) -> Result<Asset> {
        let mode = u32::from_str_radix(bits, 8).with_context(|| format!("{bits} are no rights"))?;
        let is_program = from.starts_with("target");
        Ok(Asset { from: folder.join(from), to: to.clone(), mode, is_program })
    }
}

/// Lines of eighty characters at most, each but the first behind a space.
fn wrapped(text: &str) -> String {
    let mut out = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        if length > 0 && length + word.len() > 78 {
            out.push_str("\n ");
            length = 0;
        } else if length > 0 {
            out.push(' ');
        }
        out.push_str(word);
        length += word.len() + 1;
    }
    out
}

/// The C library that a program needs, by the latest version of a symbol of it that the program names.
pub fn library_of(program: &[u8]) -> String {
    const NAME: &[u8] = b"GLIBC_2.";
    let versions = program.windows(NAME.len() + 2).filter_map(|part| {
        let digits: String = part
            .strip_prefix(NAME)?
            .iter()
            .map(|byte| char::from(*byte))
            .take_while(char::is_ascii_digit)
            .collect();
        digits.parse::<u32>().ok()
    });
    match versions.max() {
        Some(latest) => format!("libc6 (>= 2.{latest}), libgcc-s1"),
        None => "libc6, libgcc-s1".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_latest_symbol_says_which_library() {
        for (program, expected) in [
            (&b"..GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.9\0"[..], "libc6 (>= 2.34), libgcc-s1"),
            (b"GLIBC_PRIVATE\0", "libc6, libgcc-s1"),
        ] {
            assert_eq!(library_of(program), expected);
        }
    }

    #[test]
    fn every_file_of_the_package_is_there_and_settings_are_among_them() {
        let root = crate::repository::root().unwrap();
        let metadata = Metadata::read(&root).unwrap();
        for asset in metadata.assets.iter().filter(|asset| !asset.is_program) {
            assert!(asset.from.is_file(), "{}", asset.from.display());
        }
        for path in &metadata.settings {
            let inside = Path::new(path.trim_start_matches('/'));
            assert!(metadata.assets.iter().any(|asset| asset.to == inside), "{path}");
        }
        let names: Vec<_> =
            metadata.scripts.iter().filter_map(|script| script.file_name()?.to_str()).collect();
        assert_eq!(names, ["postinst", "postrm", "prerm"]);
    }

    #[test]
    fn long_texts_are_wrapped_as_dpkg_wants_them() {
        let text = wrapped(&"word ".repeat(40));
        assert!(text.lines().all(|line| line.len() <= 80), "{text}");
        assert!(text.lines().skip(1).all(|line| line.starts_with(' ')), "{text}");
    }
}
