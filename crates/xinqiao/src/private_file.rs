//! Files that hold a secret: read only where nobody but their owner may.

use anyhow::{Context, Result, bail};
use std::path::Path;

/// The text of a file that only its owner may read.
///
/// # Errors
/// It cannot be read, or others may.
pub fn read(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path).context("cannot be read")?;
    if others_may_read(path)? {
        let shown = path.display();
        bail!("others than its owner may read {shown}: run `chmod 600 {shown}`");
    }
    Ok(text)
}

/// Makes a file that only its owner may read; one that is there stays as it is.
///
/// # Errors
/// There is such a file, or it cannot be written.
pub fn create(path: &Path, content: &[u8]) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).context("cannot be made")?;
    std::io::Write::write_all(&mut file, content).context("cannot be written")?;
    file.sync_all().context("cannot be written")
}

#[cfg(unix)]
fn others_may_read(path: &Path) -> Result<bool> {
    let found = std::fs::metadata(path).context("cannot be read")?;
    Ok(std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o077 != 0)
}

#[cfg(not(unix))]
fn others_may_read(_: &Path) -> Result<bool> {
    Ok(false)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_that_others_may_read_is_refused_with_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        assert!(read(&path).is_err(), "there is none");
        std::fs::write(&path, "s3cret\n").unwrap();
        for (mode, fits) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false), (0o660, false)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let found = read(&path);
            assert_eq!(found.is_ok(), fits, "{mode:o}");
            if let Err(error) = found {
                assert!(error.to_string().contains("chmod 600"), "{error}");
            }
        }
    }
}
