//! What users of Xinqiao can do: load, ask the rules, save, record. The only crate that knows SQL.

pub mod account;
pub mod agreed;
pub mod audit;
pub mod backup;
pub mod bulk;
pub mod care;
pub mod catalogue;
mod closed;
pub mod cluster;
pub mod conference;
pub mod contact;
pub mod db;
pub mod device;
pub mod digest;
pub mod division;
pub mod doctor;
pub mod emergency_access;
mod entry;
mod error;
pub mod export;
pub mod followup;
pub mod hex;
pub mod id;
pub mod idempotency;
pub mod import;
pub mod institution;
pub mod job;
pub mod link;
pub mod migrate;
pub mod need;
pub mod outcome;
pub mod outreach;
#[doc(hidden)]
pub mod outside;
mod paging;
pub mod person;
pub mod question;
pub mod referral;
pub mod reminder;
pub mod research;
pub mod rights;
pub mod scale;
pub mod scope;
pub mod seal;
pub mod search;
pub mod server;
pub mod share;
pub mod supervision;
pub mod tables;
pub mod talent;
pub mod trace;
pub mod workforce;

pub use error::{Error, Problem, Result};

use account::passkey::RelyingParty;
use jiff::Timestamp;
use rules::account::SignInPolicy;
use std::sync::Arc;

/// An installation: its database, its keys, its data files. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub db: db::Db,
    /// The keys of sealed columns.
    pub keys: Arc<seal::Keys>,
    /// All divisions of the country.
    pub divisions: Arc<division::Nation>,
    /// Working days, clocks, reasons, forms.
    pub tables: Arc<tables::Tables>,
    /// What the operator asks of everybody who signs in.
    pub sign_in_policy: Arc<SignInPolicy>,
    /// The site as passkeys know it; nothing where the operator named no address: then they are not offered.
    pub relying_party: Option<Arc<RelyingParty>>,
    /// Which waiting cases were tried lately.
    tried: Arc<referral::Tried>,
    /// A fixed present, for the demonstration's past and for tests.
    fixed_now: Option<Timestamp>,
}

impl App {
    /// Puts an installation together and brings its schema up to date.
    ///
    /// # Errors
    /// The schema is newer than this program, the keys are those of another installation, or the database is gone.
    pub async fn new(db: db::Db, keys: seal::Keys) -> Result<App> {
        migrate::run(&db).await?;
        keys.attach(&db).await?;
        db.digest_with(audit::algorithm(&db).await?);
        Ok(App {
            divisions: divisions(&db).await?,
            db,
            keys: Arc::new(keys),
            tables: Arc::new(tables::Tables::embedded()?),
            sign_in_policy: Arc::default(),
            relying_party: None,
            tried: Arc::default(),
            fixed_now: None,
        })
    }

    /// The same installation where the operator asks this of everybody who signs in.
    #[must_use]
    pub fn asking(&self, policy: SignInPolicy) -> App {
        App { sign_in_policy: Arc::new(policy), ..self.clone() }
    }

    /// The same installation where people reach it at this address.
    #[must_use]
    pub fn reached_at(&self, party: RelyingParty) -> App {
        App { relying_party: Some(Arc::new(party)), ..self.clone() }
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.fixed_now.unwrap_or_else(Timestamp::now)
    }

    /// The same installation at another instant: actions taken through it carry that time.
    #[must_use]
    pub fn at(&self, instant: Timestamp) -> App {
        App { fixed_now: Some(instant), ..self.clone() }
    }
}

/// The nation's divisions as they stand today: the embedded edition with the changes that the installation knows.
async fn divisions(db: &db::Db) -> Result<Arc<division::Nation>> {
    let today = rules::clock::china_date(Timestamp::now());
    Ok(Arc::new(division::Nation::new(division::stored_changes(db).await?, today)))
}
