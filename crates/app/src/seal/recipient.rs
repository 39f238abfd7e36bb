//! Whom a file is sealed for besides the installation: a pair of keys (X25519, RFC 7748). Who seals needs the public
//! half alone, so that the half that opens can lie in a safe.

use super::random_bytes;
use crate::{
    error::{Error, Result},
    hex,
};
use hmac::{Hmac, KeyInit, Mac};
use std::path::Path;
use x25519_dalek::{PublicKey, StaticSecret};

/// Begins the file of a secret half, and that of a public half.
const SECRET: &str = "xinqiao-backup-key 1";
const PUBLIC: &str = "xinqiao-backup-recipient 1";

/// The public half: enough to seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient(PublicKey);

/// The secret half: opens.
#[derive(Clone)]
pub struct RecipientKey(StaticSecret);

impl std::fmt::Debug for RecipientKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecipientKey(…)")
    }
}

/// What both sides come to know, and what the other one needs for it.
pub(super) struct Opened {
    pub(super) secret: [u8; 32],
    pub(super) recipient: String,
    pub(super) ephemeral: String,
}

impl Recipient {
    /// Its digits.
    #[must_use]
    pub fn text(&self) -> String {
        hex::write(self.0.as_bytes())
    }

    /// Reads the file of a public half, or the public half from the file of a secret one.
    ///
    /// # Errors
    /// The file cannot be read, or is none.
    pub fn read(path: &Path) -> Result<Recipient> {
        let text = std::fs::read_to_string(path).map_err(Error::broken)?;
        let digits = named(&text, PUBLIC, "recipient").or_else(|| named(&text, SECRET, "recipient"));
        let bytes = digits.and_then(|digits| <[u8; 32]>::try_from(digits).ok());
        bytes
            .map(|bytes| Recipient(PublicKey::from(bytes)))
            .ok_or_else(|| Error::broken("this is no file of a backup recipient"))
    }

    /// As it stands in its file.
    #[must_use]
    pub fn file(&self) -> String {
        format!("{PUBLIC}\nrecipient {}\n", self.text())
    }

    /// A secret that the recipient alone finds again.
    pub(super) fn agree(&self) -> Result<Opened> {
        let own = StaticSecret::from(bytes()?);
        let ephemeral = PublicKey::from(&own);
        let secret = mixed(&own, &self.0, &ephemeral, &self.0)?;
        Ok(Opened { secret, recipient: self.text(), ephemeral: hex::write(ephemeral.as_bytes()) })
    }
}

impl RecipientKey {
    /// A new one.
    ///
    /// # Errors
    /// The random source fails.
    pub fn random() -> Result<RecipientKey> {
        Ok(RecipientKey(StaticSecret::from(bytes()?)))
    }

    /// Its public half.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        Recipient(PublicKey::from(&self.0))
    }

    /// What a file says.
    ///
    /// # Errors
    /// It is no file of a backup key.
    pub fn parse(text: &str) -> Result<RecipientKey> {
        let bytes = named(text, SECRET, "secret").and_then(|digits| <[u8; 32]>::try_from(digits).ok());
        bytes
            .map(|bytes| RecipientKey(StaticSecret::from(bytes)))
            .ok_or_else(|| Error::broken("this is no file of a backup key"))
    }

    /// As it stands in its file.
    #[must_use]
    pub fn file(&self) -> String {
        let comment =
            "# Opens the backups of an installation of Xinqiao. Keep it apart from them and from the server.";
        let (secret, public) = (hex::write(self.0.as_bytes()), self.recipient().text());
        format!("{comment}\n{SECRET}\nsecret {secret}\nrecipient {public}\n")
    }

    /// The secret that was agreed on by somebody who then forgot it.
    pub(super) fn agreed(&self, ephemeral: &str) -> Option<[u8; 32]> {
        let bytes = <[u8; 32]>::try_from(hex::read(ephemeral)?).ok()?;
        let ephemeral = PublicKey::from(bytes);
        mixed(&self.0, &ephemeral, &ephemeral, &self.recipient().0).ok()
    }
}

fn bytes() -> Result<[u8; 32]> {
    <[u8; 32]>::try_from(random_bytes(32)?).map_err(|_| Error::broken("the random source fails"))
}

/// HMAC-SHA-256 by the shared point over both public keys.
fn mixed(
    own: &StaticSecret,
    other: &PublicKey,
    ephemeral: &PublicKey,
    recipient: &PublicKey,
) -> Result<[u8; 32]> {
    let shared = own.diffie_hellman(other);
    if !shared.was_contributory() {
        return Err(Error::broken("the backup recipient is no usable key"));
    }
    let mut keyed = Hmac::<sha2::Sha256>::new_from_slice(shared.as_bytes()).map_err(Error::broken)?;
    for part in [b"xinqiao backup recipient".as_slice(), ephemeral.as_bytes(), recipient.as_bytes()] {
        keyed.update(part);
    }
    Ok(keyed.finalize().into_bytes().into())
}

/// The digits behind a name in a file that begins like this.
fn named(text: &str, head: &str, name: &str) -> Option<Vec<u8>> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#') && !line.is_empty());
    if lines.next()? != head {
        return None;
    }
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).and_then(hex::read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_as_they_are_written() {
        let key = RecipientKey::random().unwrap();
        let again = RecipientKey::parse(&key.file()).unwrap();
        assert_eq!(again.recipient(), key.recipient());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recipient");
        for text in [key.file(), key.recipient().file()] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(Recipient::read(&path).unwrap(), key.recipient());
        }
        assert!(RecipientKey::parse(&key.recipient().file()).is_err(), "it holds no secret");
    }

    #[test]
    fn a_point_that_gives_everybody_the_same_secret_is_refused() {
        assert!(Recipient(PublicKey::from([0; 32])).agree().is_err());
    }
}
