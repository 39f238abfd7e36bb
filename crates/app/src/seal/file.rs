//! The key file: master keys, which wrap the data keys in the database, and the key of the blind indexes.
//!
//! ```text
//! # Comments begin so.
//! xinqiao-keys 1
//! master 1 aes-256-gcm-siv 3f…
//! master 2 sm4-gcm 9a…
//! index hmac-sha256 88…
//! first 77…
//! ```
//!
//! `first` is the key with number 1 of installations whose key file once held 64 bytes: 32 to seal, 32 to index. Such a
//! file is still read.

use super::{
    cipher::{Algorithm, Cipher},
    index::{IndexAlgorithm, IndexKey},
    random_bytes,
};
use crate::{
    error::{Error, Result},
    hex,
};
use std::{collections::BTreeMap, fmt::Write as _, io::Write as _, path::Path};

/// First word of the file and number of its format.
const HEAD: &str = "xinqiao-keys 1";
const COMMENT: &str =
    "# Keys of an installation of Xinqiao. Without this file its data is lost; who has it and the
# database can read everything. Keep a copy apart from the database. See docs/operate.md.
";
/// Bytes of the key of the blind indexes.
const INDEX_BYTES: usize = 32;

/// A key that wraps data keys.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Master {
    pub(super) algorithm: Algorithm,
    key: Vec<u8>,
}

impl Master {
    fn random(algorithm: Algorithm) -> Result<Master> {
        Ok(Master { algorithm, key: random_bytes(algorithm.key_bytes())? })
    }

    /// Wraps a data key; what it is bound to must be the same to unwrap it.
    pub(super) fn wrap(&self, bound: &str, key: &[u8]) -> Result<Vec<u8>> {
        Cipher::new(self.algorithm, &self.key)?.seal(&[], bound.as_bytes(), key)
    }

    /// The data key; none where it was wrapped by another master key, or altered.
    pub(super) fn unwrap(&self, bound: &str, wrapped: &[u8]) -> Option<Vec<u8>> {
        Cipher::new(self.algorithm, &self.key).ok()?.open(bound.as_bytes(), wrapped)
    }
}

/// What the file holds.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secrets {
    pub(super) masters: BTreeMap<u32, Master>,
    index: (IndexAlgorithm, Vec<u8>),
    /// Key number 1 of an installation that began without wrapped keys.
    pub(super) first: Option<Vec<u8>>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

impl Secrets {
    /// New random ones: AES and SHA-256, or commercial cryptography throughout.
    pub(super) fn random(commercial: bool) -> Result<Secrets> {
        let (seals, indexes) = match commercial {
            false => (Algorithm::Aes256GcmSiv, IndexAlgorithm::HmacSha256),
            true => (Algorithm::Sm4Gcm, IndexAlgorithm::HmacSm3),
        };
        let masters = BTreeMap::from([(1, Master::random(seals)?)]);
        Ok(Secrets { masters, index: (indexes, random_bytes(INDEX_BYTES)?), first: None })
    }

    /// From 64 secret bytes: 32 to seal, 32 to index. Its master key is derived from the first half.
    pub(super) fn from_64_bytes(secret: &[u8]) -> Result<Secrets> {
        let wrong = || Error::broken("a key file without heading must hold 64 bytes");
        let (seal, index) = secret.split_at_checked(INDEX_BYTES).ok_or_else(wrong)?;
        if index.len() != INDEX_BYTES {
            return Err(wrong());
        }
        let derived = IndexKey::new(IndexAlgorithm::HmacSha256, seal)?.digest(&[b"master key 1"]);
        let master = Master { algorithm: Algorithm::Aes256GcmSiv, key: derived.to_vec() };
        Ok(Secrets {
            masters: BTreeMap::from([(1, master)]),
            index: (IndexAlgorithm::HmacSha256, index.to_vec()),
            first: Some(seal.to_vec()),
        })
    }

    /// What a file says.
    ///
    /// # Errors
    /// It is neither a key file of this format nor one of 64 bytes; the line is named, never its content.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Secrets> {
        match std::str::from_utf8(bytes) {
            Ok(text) if text.lines().any(|line| line == HEAD) => Secrets::parse_text(text),
            _ => Secrets::from_64_bytes(bytes),
        }
    }

    fn parse_text(text: &str) -> Result<Secrets> {
        let (mut masters, mut index, mut first) = (BTreeMap::new(), None, None);
        for (at, line) in (1_usize..).zip(text.lines()) {
            let wrong = || Error::broken(format!("line {at} of the key file cannot be understood"));
            let words: Vec<&str> = line.split_whitespace().collect();
            let new = match *words.as_slice() {
                [] => true,
                [word, ..] if word.starts_with('#') => true,
                ["xinqiao-keys", "1"] => true,
                ["master", version, algorithm, key] => {
                    let algorithm = Algorithm::from_code(algorithm).ok_or_else(wrong)?;
                    let key = key_of(key, algorithm.key_bytes()).ok_or_else(wrong)?;
                    let version = version.parse().map_err(|_| wrong())?;
                    masters.insert(version, Master { algorithm, key }).is_none()
                }
                ["index", algorithm, key] => {
                    let algorithm = IndexAlgorithm::from_code(algorithm).ok_or_else(wrong)?;
                    index.replace((algorithm, key_of(key, INDEX_BYTES).ok_or_else(wrong)?)).is_none()
                }
                ["first", key] => first.replace(key_of(key, 32).ok_or_else(wrong)?).is_none(),
                _ => false,
            };
            if !new {
                return Err(wrong());
            }
        }
        let index = index.ok_or_else(|| Error::broken("the key file holds no index key"))?;
        if masters.is_empty() {
            return Err(Error::broken("the key file holds no master key"));
        }
        Ok(Secrets { masters, index, first })
    }

    /// As it stands in the file.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("{COMMENT}{HEAD}\n");
        for (version, master) in &self.masters {
            let (algorithm, key) = (master.algorithm.code(), hex::write(&master.key));
            let _ = writeln!(text, "master {version} {algorithm} {key}");
        }
        let _ = writeln!(text, "index {} {}", self.index.0.code(), hex::write(&self.index.1));
        if let Some(first) = &self.first {
            let _ = writeln!(text, "first {}", hex::write(first));
        }
        text
    }

    pub(super) fn index(&self) -> Result<IndexKey> {
        IndexKey::new(self.index.0, &self.index.1)
    }

    /// The newest master key and its version.
    pub(super) fn newest(&self) -> Result<(u32, &Master)> {
        let newest = self.masters.last_key_value().map(|(version, master)| (*version, master));
        newest.ok_or_else(|| Error::broken("the key file holds no master key"))
    }

    /// The same with one more master key, and its version.
    pub(super) fn with_master(mut self, algorithm: Option<Algorithm>) -> Result<(u32, Secrets)> {
        let (last, before) = self.newest()?;
        let version = last.checked_add(1).ok_or_else(|| Error::broken("too many master keys"))?;
        let master = Master::random(algorithm.unwrap_or(before.algorithm))?;
        self.masters.insert(version, master);
        Ok((version, self))
    }
}

fn key_of(digits: &str, bytes: usize) -> Option<Vec<u8>> {
    hex::read(digits).filter(|key| key.len() == bytes)
}

/// Reads a key file; none where there is no such file.
///
/// # Errors
/// Others than its owner may read it, or it is no key file.
pub(super) fn read(path: &Path) -> Result<Option<Secrets>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::broken(error)),
    };
    private(path)?;
    Secrets::parse(&bytes).map(Some)
}

/// Whether only its owner may read the file.
#[cfg(unix)]
fn private(path: &Path) -> Result<()> {
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(path).map_err(Error::broken)?.permissions(),
    );
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let shown = path.display();
    Err(Error::broken(format!("others than its owner may read {shown}: run `chmod 600 {shown}`")))
}

#[cfg(not(unix))]
fn private(_: &Path) -> Result<()> {
    Ok(())
}

/// Writes a key file where there is none.
///
/// # Errors
/// There is one, or the folder cannot be written.
pub(super) fn create(path: &Path, secrets: &Secrets) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(Error::broken)?;
    file.write_all(secrets.text().as_bytes()).and_then(|()| file.sync_all()).map_err(Error::broken)?;
    sync_folder(path)
}

/// The name of a file is on disk only when its folder is.
fn sync_folder(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::broken)
}

/// Puts another content in the place of a key file at once: whoever reads it, and a power failure, finds the old one or
/// the new one whole.
///
/// # Errors
/// The folder cannot be written.
pub(super) fn replace(path: &Path, secrets: &Secrets) -> Result<()> {
    let beside = path.with_extension(format!("new-{}", hex::write(&random_bytes(4)?)));
    create(&beside, secrets)?;
    std::fs::rename(&beside, path).map_err(Error::broken)?;
    sync_folder(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn old() -> Vec<u8> {
        (0..64).collect()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let plain = Secrets::random(false).unwrap();
        let commercial = Secrets::random(true).unwrap();
        let (version, more) = Secrets::parse(&old()).unwrap().with_master(Some(Algorithm::Sm4Gcm)).unwrap();
        assert_eq!((version, more.newest().unwrap().0), (2, 2));
        assert_eq!(commercial.index().unwrap().algorithm(), IndexAlgorithm::HmacSm3);
        for secrets in [plain, commercial, more] {
            assert!(Secrets::parse(secrets.text().as_bytes()).unwrap() == secrets);
        }
    }

    #[test]
    fn the_file_of_64_bytes_is_still_read() {
        let secrets = Secrets::parse(&old()).unwrap();
        assert_eq!(secrets.first.as_deref(), Some(&old()[..32]));
        assert!(secrets == Secrets::parse(secrets.text().as_bytes()).unwrap());
        let wrapped = secrets.masters[&1].wrap("data key 2", b"key").unwrap();
        assert_eq!(
            Secrets::parse(&old()).unwrap().masters[&1].unwrap("data key 2", &wrapped).unwrap(),
            b"key"
        );
        assert_eq!(secrets.masters[&1].unwrap("data key 3", &wrapped), None);
    }

    #[test]
    fn what_is_no_key_file_is_refused_and_not_shown() {
        let whole = Secrets::random(false).unwrap().text();
        let master = whole.lines().find(|line| line.starts_with("master")).unwrap().to_owned();
        let short = whole.replace(&master, &master[..master.len() - 2]);
        let twice = format!("{whole}{master}\n");
        let odd = format!("{whole}other 1\n");
        let headless = whole.replace(HEAD, "xinqiao-keys 2");
        for (text, says) in [
            (short.as_str(), "line 4"),
            (&twice, "line 6"),
            (&odd, "line 6"),
            (&headless, "64 bytes"),
            ("", "64 bytes"),
            ("xinqiao-keys 1\n", "index key"),
        ] {
            let told = Secrets::parse(text.as_bytes()).unwrap_err().to_string();
            assert!(told.contains(says), "{told}");
            assert!(!told.contains(&master[30..]), "{told}");
        }
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.keys");
        assert!(read(&path).unwrap().is_none());
        create(&path, &Secrets::random(false).unwrap()).unwrap();
        assert!(create(&path, &Secrets::random(false).unwrap()).is_err(), "a key file is never overwritten");
        let (_, more) = read(&path).unwrap().unwrap().with_master(None).unwrap();
        replace(&path, &more).unwrap();
        assert!(read(&path).unwrap().unwrap() == more);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
        #[cfg(unix)]
        for mode in [0o640, 0o604, 0o620] {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let told = read(&path).unwrap_err().to_string();
            assert!(told.contains("chmod 600"), "{told}");
        }
    }
}
