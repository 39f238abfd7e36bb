//! Checkpoints: the ends of all chains at one instant, signed, each with the hash of the one before. A copy that is
//! kept elsewhere shows whether the log up to it was rewritten or cut off.

use super::{CHAIN, sign, whole_microseconds};
use crate::{
    App, atomic,
    db::{
        Tx, Value,
        chain::{self, Head},
    },
    digest::Algorithm,
    error::Result,
    hex, p, row,
    seal::Keys,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The checkpoints' own chain ends in the table of ends, under a home that no record has.
pub(super) const HOME: i64 = -1;

/// The columns of a [`Checkpoint`], and where they come from.
pub(super) const SELECT: &str =
    "SELECT number, at, heads, previous, signature, public_key FROM audit_checkpoint";

/// Begins what is signed.
const LABEL: &str = "xinqiao audit checkpoint 1";

/// A signed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// 1, 2, 3, …
    pub number: i64,
    /// When it was made.
    pub at: Timestamp,
    /// The end of each chain, homes ascending: `home:number:hash`, parted by a space.
    pub heads: String,
    /// The hash of the checkpoint before.
    #[serde(serialize_with = "write_hex", deserialize_with = "read_hex")]
    pub previous: Vec<u8>,
    /// Ed25519 over everything else.
    #[serde(serialize_with = "write_hex", deserialize_with = "read_hex")]
    pub signature: Vec<u8>,
    /// The key that it fits.
    #[serde(serialize_with = "write_hex", deserialize_with = "read_hex")]
    pub public_key: Vec<u8>,
}
row!(Checkpoint { number, at, heads, previous, signature, public_key });

fn write_hex<S: Serializer>(bytes: &[u8], to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(&hex::write(bytes))
}

fn read_hex<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Vec<u8>, D::Error> {
    let text = String::deserialize(from)?;
    hex::read_exact(&text).ok_or_else(|| D::Error::custom("not hexadecimal digits"))
}

/// The end of one chain in a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Point {
    pub(super) home: i64,
    pub(super) number: i64,
    pub(super) hash: Vec<u8>,
}
row!(Point { home, number, hash });

impl Checkpoint {
    /// Reads one that was kept as a file.
    ///
    /// # Errors
    /// The file is none.
    pub fn read(file: &[u8]) -> serde_json::Result<Checkpoint> {
        serde_json::from_slice(file)
    }

    /// What is signed.
    fn statement(&self) -> Vec<u8> {
        let values: Vec<Value> = p![
            self.number,
            self.at,
            self.heads.as_str(),
            self.previous.as_slice(),
            self.public_key.as_slice()
        ];
        chain::canonical(LABEL, &values)
    }

    fn sign(&mut self, keys: &Keys) {
        self.public_key = sign::public_key(keys);
        self.signature = sign::sign(keys, &self.statement());
    }

    /// Whether the signature fits what it stands under, and the key beside it.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        sign::fits(&self.public_key, &self.statement(), &self.signature)
    }

    /// Its hash, which the next one carries.
    pub(super) fn hash(&self, algorithm: Algorithm) -> Vec<u8> {
        algorithm.hash(&[&self.statement(), &self.signature]).to_vec()
    }

    /// The ends that it names; none where the text is no such list.
    pub(crate) fn points(&self) -> Option<Vec<Point>> {
        points_of(&self.heads)
    }
}

/// The entries that a list names; none where the text is no such list.
pub(super) fn points_of(text: &str) -> Option<Vec<Point>> {
    let point = |text: &str| {
        let mut parts = text.split(':');
        let (home, number, hash) = (parts.next()?, parts.next()?, parts.next()?);
        let point =
            Point { home: home.parse().ok()?, number: number.parse().ok()?, hash: hex::read_exact(hash)? };
        parts.next().is_none().then_some(point)
    };
    text.split(' ').filter(|text| !text.is_empty()).map(point).collect()
}

/// The text that names them.
pub(crate) fn listed(points: &[Point]) -> String {
    let each = points.iter().map(|p| format!("{}:{}:{}", p.home, p.number, hex::write(&p.hash)));
    each.collect::<Vec<_>>().join(" ")
}

/// Makes a checkpoint where there are entries since the last one; on several instances one of them makes it.
///
/// # Errors
/// The database is gone.
pub async fn checkpoint(app: &App) -> Result<Option<Checkpoint>> {
    make(app, SignedDuration::ZERO).await
}

/// The same, where the last one is older than `data/audit.toml` says.
///
/// # Errors
/// The database is gone.
pub async fn checkpoint_when_due(app: &App) -> Result<Option<Checkpoint>> {
    let age = SignedDuration::from_mins(i64::from(app.tables.keeping.checkpoint_minutes));
    if latest(app).await?.is_some_and(|last| !is_old(&last, app.now(), age)) {
        return Ok(None);
    }
    make(app, age).await
}

/// Whether a checkpoint has this age; one that lies ahead was made before the machine's clock was put back.
fn is_old(last: &Checkpoint, now: Timestamp, age: SignedDuration) -> bool {
    last.at > now || now.duration_since(last.at) >= age
}

/// The latest checkpoint.
///
/// # Errors
/// The database is gone.
pub async fn latest(app: &App) -> Result<Option<Checkpoint>> {
    Ok(app.db.opt(&format!("{SELECT} ORDER BY number DESC LIMIT 1"), p![]).await?)
}

/// The checkpoint of a number.
pub(super) async fn of_number(app: &App, number: i64) -> Result<Option<Checkpoint>> {
    Ok(app.db.opt(&format!("{SELECT} WHERE number = $1"), p![number]).await?)
}

async fn make(app: &App, age: SignedDuration) -> Result<Option<Checkpoint>> {
    let at = whole_microseconds(app.now());
    atomic!(app.db, tx => {
        // Whoever holds this end makes the checkpoint; the others find it made.
        let head = chain::lock(tx, &CHAIN, &[HOME]).await?.pop().map_or_else(Head::start, |(_, head)| head);
        let last = numbered(tx, head.number).await?;
        let heads = listed(&ends(tx).await?);
        let idle = match &last {
            Some(last) => last.heads == heads || !is_old(last, at, age),
            None => heads.is_empty(),
        };
        if idle {
            return Ok(None);
        }
        let number = head.number.saturating_add(1);
        let mut new = Checkpoint { number, at, heads, previous: head.hash, signature: Vec::new(), public_key: Vec::new() };
        new.sign(&app.keys);
        let sql = "INSERT INTO audit_checkpoint (number, at, heads, previous, signature, public_key)
            VALUES ($1, $2, $3, $4, $5, $6)";
        let Checkpoint { heads, previous, signature, public_key, .. } = new.clone();
        tx.run(sql, p![number, at, heads, previous, signature, public_key]).await?;
        let head = Head { number, hash: new.hash(app.db.algorithm()) };
        chain::save(tx, &CHAIN, &[(HOME, head)]).await?;
        Ok(Some(new))
    })
}

async fn numbered(tx: &mut Tx, number: i64) -> Result<Option<Checkpoint>> {
    Ok(tx.opt(&format!("{SELECT} WHERE number = $1"), p![number]).await?)
}

/// The ends of all chains, as they stand together in one statement.
async fn ends(tx: &mut Tx) -> Result<Vec<Point>> {
    let sql = "SELECT home, number, hash FROM audit_head WHERE home >= 0 AND number > 0 ORDER BY home";
    Ok(tx.all(sql, p![]).await?)
}
