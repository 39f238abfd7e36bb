//! What comes from outside, read by the program's own readers: for tests that send them anything (`tests/outside`, and
//! `fuzz`). Nothing else uses this. Most give what was read, written again, and nothing where it is refused.

use crate::{
    account::totp,
    audit::{self, Checkpoint},
    import::read,
    person::search,
    seal::{Keys, Opener, Openers, RecipientKey, Sealer, file::Secrets},
};
use jiff::Timestamp;
use rules::account::Limits;
use std::io::{Read, Write};

/// Rows of a list, at most so many; else the code of the refusal.
///
/// # Errors
/// The file is no list.
pub fn rows(file: &[u8], most: usize) -> Result<Vec<Vec<String>>, &'static str> {
    let mut rows = Vec::new();
    let read = read::rows(file, |number, cells| {
        assert_eq!(usize::try_from(number).ok(), Some(rows.len() + 1), "rows are counted as they come");
        rows.push(cells);
        rows.len() < most
    });
    read.map(|_| rows).map_err(|reason| reason.0)
}

/// A key file.
#[must_use]
pub fn key_file(file: &[u8]) -> Option<String> {
    Secrets::parse(file).ok().map(|secrets| secrets.text())
}

/// A sealed file with its last chunk, as the fixed keys of the tests open it.
#[must_use]
pub fn sealed_file(file: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let keys = Keys::from_secret(&[7; 64]).ok()?;
    let openers = Openers { keys: Some(&keys), recipient: None };
    let (mut opener, mut content) = (Opener::begin(file, openers).ok()?, Vec::new());
    opener.read_to_end(&mut content).ok()?;
    Some((content, opener.end().ok()?))
}

/// The same content sealed anew.
#[must_use]
pub fn seal_file(content: &[u8], last: &[u8]) -> Option<Vec<u8>> {
    let mut sealer = Sealer::begin(Vec::new(), &Keys::from_secret(&[7; 64]).ok()?, &[]).ok()?;
    sealer.write_all(content).ok()?;
    sealer.end(last).ok()
}

/// The file of a backup recipient's key.
#[must_use]
pub fn backup_key(text: &str) -> Option<String> {
    Some(RecipientKey::parse(text).ok()?.file())
}

/// A checkpoint of the log that was kept as a file, and the ends of chains that it names.
#[must_use]
pub fn checkpoint(file: &[u8]) -> Option<(Checkpoint, Option<String>)> {
    let read = Checkpoint::read(file).ok()?;
    let points = read.points().map(|points| audit::checkpoint::listed(&points));
    Some((read, points))
}

/// The step of time that a one-time code belongs to.
#[must_use]
pub fn one_time_code(code: &str, second: i64) -> Option<i64> {
    let rule = Limits::embedded().ok()?.second_factor;
    let now = Timestamp::from_second(second).ok()?;
    totp::step_of(&rule, b"12345678901234567890", code, now).ok()?
}

/// The intervals of keys in which the register is searched for some words.
///
/// # Panics
/// Never: the secret has its length.
#[must_use]
pub fn search(words: &str) -> Vec<(String, String)> {
    let Ok(keys) = Keys::from_secret(&[7; 64]) else { return Vec::new() };
    search::probes(&keys, words).into_iter().map(|probe| (probe.from, probe.below)).collect()
}
