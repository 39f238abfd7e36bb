//! Encrypted columns and the blind indexes beside them.
//!
//! Identity numbers, phones, addresses and forms are stored sealed: the number of the key, a random nonce, the content
//! with its tag. Keys are renewed while the program serves: data keys live in the table `data_key`, wrapped by a master
//! key of the key file; the one with the highest number seals, the others open what they sealed. Beside a sealed column
//! stands a keyed digest by which an exact value is found.

mod cipher;
mod columns;
mod derive;
pub(crate) mod file;
mod index;
mod recipient;
mod reseal;
mod ring;
mod rotate;
mod stream;

pub use cipher::Algorithm;
pub use columns::{COLUMNS, Sealed};
pub use index::IndexAlgorithm;
pub use recipient::{Recipient, RecipientKey};
pub use reseal::{JOB, Progress, finish as reseal};
pub use rotate::{DataKey, Forgotten, Status, forget, rewrap, rotate, status};
pub use stream::{Fault, Openers};

pub(crate) use columns::samples;
pub(crate) use reseal::portion;
pub(crate) use stream::{Opener, Sealer};

use crate::{
    db::Db,
    error::{Error, Result},
    p,
};
use file::Secrets;
use index::IndexKey;
use jiff::Timestamp;
use ring::Ring;
use std::{path::Path, sync::Arc};

/// The keys of this installation. Clones share them.
#[derive(Clone)]
pub struct Keys {
    ring: Arc<Ring>,
    index: IndexKey,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// From 64 secret bytes, as key files once held them: 32 to seal, 32 to index.
    ///
    /// # Errors
    /// The secret has another length.
    pub fn from_secret(secret: &[u8]) -> Result<Keys> {
        Keys::of(Secrets::from_64_bytes(secret)?, None)
    }

    fn of(secrets: Secrets, path: Option<&Path>) -> Result<Keys> {
        let index = secrets.index()?;
        Ok(Keys { ring: Arc::new(Ring::new(secrets, path.map(Path::to_owned))?), index })
    }

    /// Reads the key file; where there is none, makes one that only its owner can read.
    ///
    /// # Errors
    /// The file cannot be read or written, others than its owner may read it, or it is no key file.
    pub fn open(path: &Path) -> Result<Keys> {
        match Keys::read(path)? {
            Some(keys) => Ok(keys),
            None => Keys::make(path, false),
        }
    }

    /// Reads the key file; none where there is none.
    ///
    /// # Errors
    /// As [`Keys::open`].
    pub fn read(path: &Path) -> Result<Option<Keys>> {
        file::read(path)?.map(|secrets| Keys::of(secrets, Some(path))).transpose()
    }

    /// Makes a key file that only its owner can read; `commercial` chooses SM4 and SM3 for everything in it.
    ///
    /// # Errors
    /// There is such a file, or it cannot be written.
    pub fn make(path: &Path, commercial: bool) -> Result<Keys> {
        let secrets = Secrets::random(commercial)?;
        file::create(path, &secrets)?;
        Keys::of(secrets, Some(path))
    }

    /// Adds a new master key to the key file and returns its version; without an algorithm it wraps as the one before
    /// it. What older ones wrapped opens as before.
    ///
    /// # Errors
    /// There is no such file, or it cannot be written.
    pub fn add_master(path: &Path, algorithm: Option<Algorithm>) -> Result<u32> {
        let secrets = file::read(path)?.ok_or_else(|| Error::broken("there is no key file"))?;
        let (version, secrets) = secrets.with_master(algorithm)?;
        file::replace(path, &secrets)?;
        Ok(version)
    }

    /// Takes the data keys from the database; a new database gets its first one.
    ///
    /// # Errors
    /// The key file is not the one of this database, or the database is gone.
    pub(crate) async fn attach(&self, db: &Db) -> Result<()> {
        if ring::rows(db).await?.is_empty() {
            self.begin(db).await?;
        }
        self.ring.attach(db, &ring::rows(db).await?)
    }

    /// Stores the first data key: what sealed so far, or a random one where nothing is sealed yet.
    async fn begin(&self, db: &Db) -> Result<()> {
        let secrets = self.ring.secrets();
        for sql in columns::samples() {
            let Some((sealed,)) = db.opt::<(Vec<u8>,)>(&sql, p![]).await? else { continue };
            if secrets.first.is_none() || self.unseal_bytes(&sealed).is_err() {
                return Err(Error::broken("the keys do not open what is stored: this is another key file"));
            }
        }
        let (version, master) = secrets.newest()?;
        let (algorithm, key) = match &secrets.first {
            Some(first) => (Algorithm::Aes256GcmSiv, first.clone()),
            None => (master.algorithm, random_bytes(master.algorithm.key_bytes())?),
        };
        let wrapped = master.wrap(&ring::bound(1, algorithm), &key)?;
        // Several instances may start at once: the first one's key is everybody's.
        let sql = "INSERT INTO data_key (number, algorithm, wrapped, master_version, created_at)
            VALUES (1, $1, $2, $3, $4) ON CONFLICT (number) DO NOTHING";
        db.run(sql, p![algorithm.code(), wrapped, version, Timestamp::now()]).await?;
        Ok(())
    }

    /// Reads the data keys anew, so that what is sealed from now on is sealed with the newest.
    ///
    /// # Errors
    /// The database is gone, or a key was wrapped by a master key that the key file does not hold.
    pub async fn refresh(&self, db: &Db) -> Result<()> {
        self.ring.take(&ring::rows(db).await?)
    }

    /// Whether these are the keys of this database: they open its data keys. Nothing is changed.
    ///
    /// # Errors
    /// They are not, or the database is gone.
    pub async fn fit(&self, db: &Db) -> Result<()> {
        if !crate::migrate::has_table(db, "data_key").await? {
            return Ok(());
        }
        self.ring.take(&ring::rows(db).await?)
    }

    /// The same keys for another database: data keys are that database's own.
    ///
    /// # Errors
    /// The key file holds no usable key.
    pub(crate) fn apart(&self) -> Result<Keys> {
        Keys::of(self.ring.secrets(), None)
    }

    /// How the newest master key seals: so does what is sealed apart from the database.
    pub(crate) fn sealing(&self) -> Result<Algorithm> {
        Ok(self.ring.secrets().newest()?.1.algorithm)
    }

    /// The number of the key that seals now.
    ///
    /// # Errors
    /// No database is attached and the key file holds no data key.
    pub fn newest(&self) -> Result<u8> {
        self.ring.held().newest().map(|(number, _)| number).ok_or_else(no_key)
    }

    /// Seals a text; the same text gives another result each time.
    ///
    /// # Errors
    /// The data keys cannot be read, or the cipher refuses (a text beyond 64 GiB).
    pub fn seal(&self, text: &str) -> Result<Vec<u8>> {
        self.seal_bytes(text.as_bytes())
    }

    /// Seals bytes, as [`Keys::seal`].
    ///
    /// # Errors
    /// As [`Keys::seal`].
    pub fn seal_bytes(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let held = self.ring.fresh()?;
        let (number, cipher) = held.newest().ok_or_else(no_key)?;
        cipher.seal(&[number], &[number], bytes)
    }

    /// Opens a sealed text.
    ///
    /// # Errors
    /// The bytes were altered, or sealed with another key.
    pub fn unseal(&self, sealed: &[u8]) -> Result<String> {
        let text = self.unseal_bytes(sealed)?;
        String::from_utf8(text).map_err(|_| Error::broken("a sealed value is no text"))
    }

    /// Opens sealed bytes, as [`Keys::unseal`]. Where the number of the key is unknown, another instance may have made
    /// a new one: the table is read.
    ///
    /// # Errors
    /// As [`Keys::unseal`].
    pub fn unseal_bytes(&self, sealed: &[u8]) -> Result<Vec<u8>> {
        let wrong = || Error::broken("a sealed value cannot be opened with this installation's key");
        let (number, rest) = sealed.split_first().ok_or_else(wrong)?;
        let mut held = self.ring.held();
        if held.cipher(*number).is_none() {
            held = self.ring.ask(&held)?;
        }
        held.cipher(*number).and_then(|cipher| cipher.open(&[*number], rest)).ok_or_else(wrong)
    }

    /// The blind index of a value of one kind ("identity_number", "phone", …): 16 bytes.
    #[must_use]
    pub fn index(&self, kind: &str, value: &str) -> Vec<u8> {
        let whole = self.index.digest(&[kind.as_bytes(), &[0], value.as_bytes()]);
        whole.iter().take(16).copied().collect()
    }

    /// How blind indexes are computed.
    #[must_use]
    pub fn index_algorithm(&self) -> IndexAlgorithm {
        self.index.algorithm()
    }
}

fn no_key() -> Error {
    Error::broken("there is no data key yet: no database is attached")
}

/// Bytes from the operating system's random source.
///
/// # Errors
/// The source fails.
pub fn random_bytes(count: usize) -> Result<Vec<u8>> {
    let mut out = vec![0; count];
    getrandom::fill(&mut out).map_err(|e| Error::broken(e.to_string()))?;
    Ok(out)
}

#[cfg(test)]
mod tests;
