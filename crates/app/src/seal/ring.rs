//! The data keys of a running program: unwrapped from the table `data_key`, read anew where an unknown number is met and
//! often enough that nobody seals for long with a key that another instance has replaced.

use super::{
    cipher::{Algorithm, Cipher},
    file::{self, Secrets},
};
use crate::{
    db::Db,
    error::{Error, Result},
    p,
};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, Instant},
};

/// Nobody seals by a table that was read longer ago than this. What `keys forget` waits for is far longer.
pub(super) const FRESH: Duration = Duration::from_secs(300);

/// A row of the table.
pub(super) struct Wrapped {
    pub(super) number: i64,
    pub(super) algorithm: String,
    pub(super) wrapped: Vec<u8>,
    pub(super) master_version: i64,
}
crate::row!(Wrapped { number, algorithm, wrapped, master_version });

const ALL: &str = "SELECT number, algorithm, wrapped, master_version FROM data_key ORDER BY number";

/// All wrapped keys.
pub(super) async fn rows(db: &Db) -> Result<Vec<Wrapped>> {
    Ok(db.all(ALL, p![]).await?)
}

/// What the wrapped form of a key is bound to.
pub(super) fn bound(number: i64, algorithm: Algorithm) -> String {
    format!("xinqiao data key {number} {}", algorithm.code())
}

/// The keys as they were read last.
pub(super) struct Held {
    ciphers: BTreeMap<u8, Cipher>,
    read_at: Instant,
}

impl Held {
    pub(super) fn cipher(&self, number: u8) -> Option<&Cipher> {
        self.ciphers.get(&number)
    }

    /// The key that seals: the one with the highest number.
    pub(super) fn newest(&self) -> Option<(u8, &Cipher)> {
        self.ciphers.last_key_value().map(|(number, cipher)| (*number, cipher))
    }
}

/// The keys of one installation, shared by all who seal and open.
pub(super) struct Ring {
    secrets: RwLock<Secrets>,
    /// Where the secrets are read anew when a data key was wrapped by a master key that was added since.
    path: Option<PathBuf>,
    held: RwLock<Arc<Held>>,
    database: RwLock<Option<Db>>,
    /// Held while the table is read for somebody who waits, so that only one asks.
    asking: Mutex<()>,
}

impl Ring {
    /// Before a database is attached only the key that stands in the file itself is known.
    pub(super) fn new(secrets: Secrets, path: Option<PathBuf>) -> Result<Ring> {
        let held = hold(&secrets, &[])?;
        Ok(Ring {
            secrets: RwLock::new(secrets),
            path,
            held: RwLock::new(Arc::new(held)),
            database: RwLock::new(None),
            asking: Mutex::new(()),
        })
    }

    pub(super) fn held(&self) -> Arc<Held> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn secrets(&self) -> Secrets {
        self.secrets.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on the keys are those of this database.
    pub(super) fn attach(&self, db: &Db, rows: &[Wrapped]) -> Result<()> {
        self.take(rows)?;
        *self.database.write().unwrap_or_else(PoisonError::into_inner) = Some(db.clone());
        Ok(())
    }

    /// Replaces the keys by what the table says.
    ///
    /// # Errors
    /// A key was wrapped by a master key that the key file does not hold; then the keys stay as they were.
    pub(super) fn take(&self, rows: &[Wrapped]) -> Result<()> {
        let secrets = self.secrets();
        let held = match (hold(&secrets, rows), &self.path) {
            (Err(error), Some(path)) => {
                let now = file::read(path)?.filter(|now| *now != secrets).ok_or(error)?;
                let held = hold(&now, rows)?;
                *self.secrets.write().unwrap_or_else(PoisonError::into_inner) = now;
                held
            }
            (held, _) => held?,
        };
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(held);
        Ok(())
    }

    /// As if the table had been read too long ago to seal by it.
    #[cfg(test)]
    pub(super) fn grow_old(&self) {
        let mut held = self.held.write().unwrap();
        let read_at = Instant::now().checked_sub(FRESH).unwrap();
        *held = Arc::new(Held { ciphers: held.ciphers.clone(), read_at });
    }

    /// The keys, read from the table not long ago.
    pub(super) fn fresh(&self) -> Result<Arc<Held>> {
        let held = self.held();
        if held.read_at.elapsed() < FRESH {
            return Ok(held);
        }
        self.ask(&held)
    }

    /// The keys, read from the table after `known` was; the same where no database is attached.
    ///
    /// Sealing is done in the middle of work that cannot wait asynchronously, some of it on threads of no runtime: the
    /// table is read over a connection and on a thread of its own. That happens once for each new key.
    ///
    /// # Errors
    /// The database is gone, or a key cannot be unwrapped.
    pub(super) fn ask(&self, known: &Arc<Held>) -> Result<Arc<Held>> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(database) = database else { return Ok(self.held()) };
        let _one: MutexGuard<'_, ()> = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.held();
        if !Arc::ptr_eq(&now, known) {
            return Ok(now);
        }
        let reading = std::thread::spawn(move || -> Result<Vec<Wrapped>> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(Error::broken)?;
            runtime.block_on(async { rows(&database.apart().await?).await })
        });
        let rows = reading.join().map_err(|_| Error::broken("the data keys could not be read"))??;
        self.take(&rows)?;
        Ok(self.held())
    }
}

fn hold(secrets: &Secrets, rows: &[Wrapped]) -> Result<Held> {
    let mut ciphers = BTreeMap::new();
    if let Some(first) = &secrets.first {
        ciphers.insert(1, Cipher::new(Algorithm::Aes256GcmSiv, first)?);
    }
    for row in rows {
        let number = u8::try_from(row.number).map_err(Error::broken)?;
        let (algorithm, key) = unwrap(secrets, row)?;
        ciphers.insert(number, Cipher::new(algorithm, &key)?);
    }
    Ok(Held { ciphers, read_at: Instant::now() })
}

/// A key of the table as it is.
///
/// # Errors
/// It was wrapped by a master key that the key file does not hold.
pub(super) fn unwrap(secrets: &Secrets, row: &Wrapped) -> Result<(Algorithm, Vec<u8>)> {
    let (number, version) = (row.number, row.master_version);
    let unknown =
        || Error::broken(format!("data key {number} has an algorithm that this program does not know"));
    let algorithm = Algorithm::from_code(&row.algorithm).ok_or_else(unknown)?;
    let master = u32::try_from(version).ok().and_then(|version| secrets.masters.get(&version));
    let key = master.and_then(|master| master.unwrap(&bound(number, algorithm), &row.wrapped));
    let key = key.ok_or_else(|| {
        Error::broken(format!(
            "the key file does not open data key {number}, wrapped by master key {version}: this is another key file"
        ))
    })?;
    Ok((algorithm, key))
}
