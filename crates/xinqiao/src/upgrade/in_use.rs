//! Whether other programs have a database open, found without disturbing them.

use app::db::{Error, Snapshot};
use rustix::{
    fs::{FlockOperation, fcntl_lock},
    io::Errno,
};
use std::{fs::File, io::ErrorKind};

/// Whether others have it open.
pub(super) enum InUse {
    /// Nobody has.
    Nobody,
    /// These have.
    By(String),
    /// It cannot be found out.
    Unknown(String),
}

/// Asked before this program opens the database itself.
pub(super) async fn of(address: &str) -> InUse {
    if let Some(path) = address.strip_prefix("sqlite:") {
        return file(path);
    }
    match Snapshot::alone(address).await {
        Ok(_) => InUse::Nobody,
        Err(Error::InUse(who)) => InUse::By(who),
        Err(error) => InUse::Unknown(error.to_string()),
    }
}

/// Who has a file of SQLite open holds a lock on the index of its journal, which is a file beside it.
fn file(path: &str) -> InUse {
    let index = match File::options().read(true).write(true).open(format!("{path}-shm")) {
        Ok(index) => index,
        Err(error) if error.kind() == ErrorKind::NotFound => return InUse::Nobody,
        Err(error) => return InUse::Unknown(error.to_string()),
    };
    match fcntl_lock(&index, FlockOperation::NonBlockingLockExclusive) {
        // Closing the file gives the lock up.
        Ok(()) => InUse::Nobody,
        Err(Errno::AGAIN | Errno::ACCESS) => InUse::By("another program has the file open".to_owned()),
        Err(error) => InUse::Unknown(error.to_string()),
    }
}
