//! The nation's divisions as an installation knows them, unpacked when they are first asked for: many commands ask for none.

use crate::error::{Error, Result};
use divisions::{Change, Divisions};
use jiff::civil::Date;
use std::{
    ops::Deref,
    sync::{Arc, OnceLock},
};

/// The embedded edition with the changes of the installation laid over it.
#[derive(Debug)]
pub struct Nation {
    changes: Vec<Change>,
    on: Date,
    whole: OnceLock<Arc<Divisions>>,
}

impl Nation {
    /// With changes, as things stand on a day.
    pub(crate) fn new(changes: Vec<Change>, on: Date) -> Nation {
        Nation { changes, on, whole: OnceLock::new() }
    }

    /// Unpacks the divisions now.
    ///
    /// # Errors
    /// The file in the program is damaged; a test reads it.
    pub fn ready(&self) -> Result<()> {
        self.whole().map(|_| ())
    }

    fn whole(&self) -> Result<&Arc<Divisions>> {
        if let Some(whole) = self.whole.get() {
            return Ok(whole);
        }
        let embedded = embedded()?;
        let whole = if self.changes.is_empty() {
            embedded
        } else {
            Arc::new(embedded.with_changes(&self.changes, self.on))
        };
        Ok(self.whole.get_or_init(|| whole))
    }
}

impl Deref for Nation {
    type Target = Divisions;

    /// Where the file is damaged, which [`Nation::ready`] tells before anything is served, there are no divisions.
    fn deref(&self) -> &Divisions {
        static NONE: OnceLock<Divisions> = OnceLock::new();
        match self.whole() {
            Ok(whole) => whole,
            Err(error) => {
                tracing::error!(error.cause = %error, "divisions");
                NONE.get_or_init(Divisions::none)
            }
        }
    }
}

/// The edition of the program never changes: every installation of a process shares it.
fn embedded() -> Result<Arc<Divisions>> {
    static UNPACKED: OnceLock<Arc<Divisions>> = OnceLock::new();
    if let Some(divisions) = UNPACKED.get() {
        return Ok(Arc::clone(divisions));
    }
    let divisions = Arc::new(Divisions::embedded().map_err(Error::broken)?);
    Ok(Arc::clone(UNPACKED.get_or_init(|| divisions)))
}
