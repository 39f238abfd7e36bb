//! Encrypted columns and the blind indexes beside them.
//!
//! Identity numbers, phones and addresses are stored sealed (AES-256-GCM-SIV, the key's number first, a random
//! nonce after it). Beside them stands a keyed digest (HMAC-SHA-256) by which an exact value is found.

mod derive;

use crate::error::{Error, Result};
use aes_gcm_siv::{
    Aes256GcmSiv, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use hmac::Mac;
use std::{io::Write, path::Path};

type Digest = hmac::Hmac<sha2::Sha256>;
/// Number of the key in force; stored with each value so that keys can be renewed.
const KEY_NUMBER: u8 = 1;

/// The keys of this installation.
#[derive(Clone)]
pub struct Keys {
    cipher: Aes256GcmSiv,
    index: Digest,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// From 64 secret bytes: 32 to seal, 32 to index.
    ///
    /// # Errors
    /// The secret has another length.
    pub fn from_secret(secret: &[u8]) -> Result<Keys> {
        let wrong = || Error::broken("the key file must hold 64 bytes");
        if secret.len() != 64 {
            return Err(wrong());
        }
        let (seal, index) = secret.split_at(32);
        Ok(Keys {
            cipher: Aes256GcmSiv::new_from_slice(seal).map_err(|_| wrong())?,
            index: <Digest as KeyInit>::new_from_slice(index).map_err(|_| wrong())?,
        })
    }

    /// Reads the key file; where there is none, makes one that only its owner can read.
    ///
    /// # Errors
    /// The file cannot be read or written, or has another length.
    pub fn open(path: &Path) -> Result<Keys> {
        match std::fs::read(path) {
            Ok(secret) => Keys::from_secret(&secret),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let secret = random_bytes(64)?;
                let mut options = std::fs::OpenOptions::new();
                options.write(true).create_new(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                let mut file = options.open(path).map_err(Error::broken)?;
                file.write_all(&secret).and_then(|()| file.sync_all()).map_err(Error::broken)?;
                Keys::from_secret(&secret)
            }
            Err(e) => Err(Error::broken(e)),
        }
    }

    /// Seals a text; the same text gives another result each time.
    ///
    /// # Errors
    /// The cipher refuses (a text beyond 64 GiB).
    pub fn seal(&self, text: &str) -> Result<Vec<u8>> {
        self.seal_bytes(text.as_bytes())
    }

    /// Seals bytes, as [`Keys::seal`].
    ///
    /// # Errors
    /// As [`Keys::seal`].
    pub fn seal_bytes(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let nonce = random_bytes(12)?;
        let nonce_ref = Nonce::try_from(nonce.as_slice()).map_err(Error::broken)?;
        let payload = Payload { msg: bytes, aad: &[KEY_NUMBER] };
        let sealed = self.cipher.encrypt(&nonce_ref, payload).map_err(|_| Error::broken("cannot seal"))?;
        Ok([&[KEY_NUMBER], nonce.as_slice(), sealed.as_slice()].concat())
    }

    /// Opens a sealed text.
    ///
    /// # Errors
    /// The bytes were altered, or sealed with another key.
    pub fn unseal(&self, sealed: &[u8]) -> Result<String> {
        let text = self.unseal_bytes(sealed)?;
        String::from_utf8(text).map_err(|_| Error::broken("a sealed value is no text"))
    }

    /// Opens sealed bytes, as [`Keys::unseal`].
    ///
    /// # Errors
    /// As [`Keys::unseal`].
    pub fn unseal_bytes(&self, sealed: &[u8]) -> Result<Vec<u8>> {
        let wrong = || Error::broken("a sealed value cannot be opened with this installation's key");
        let (number, rest) = sealed.split_first().ok_or_else(wrong)?;
        let (nonce, body) = rest.split_at_checked(12).ok_or_else(wrong)?;
        let nonce = Nonce::try_from(nonce).map_err(|_| wrong())?;
        self.cipher.decrypt(&nonce, Payload { msg: body, aad: &[*number] }).map_err(|_| wrong())
    }

    /// The blind index of a value of one kind ("identity_number", "phone", …): 16 bytes.
    #[must_use]
    pub fn index(&self, kind: &str, value: &str) -> Vec<u8> {
        let mut digest = self.index.clone();
        digest.update(kind.as_bytes());
        digest.update(&[0]);
        digest.update(value.as_bytes());
        digest.finalize().into_bytes().iter().take(16).copied().collect()
    }
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
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::from_secret(&(0..64).collect::<Vec<u8>>()).unwrap()
    }

    #[test]
    fn a_sealed_text_opens_again_and_differs_each_time() {
        let (a, b) = (keys().seal("990101199001011230").unwrap(), keys().seal("990101199001011230").unwrap());
        assert_ne!(a, b);
        assert_eq!(keys().unseal(&a).unwrap(), "990101199001011230");
    }

    #[test]
    fn any_altered_byte_is_found() {
        let sealed = keys().seal("13800000000").unwrap();
        for i in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[i] ^= 1;
            assert!(keys().unseal(&altered).is_err(), "byte {i}");
        }
    }

    #[test]
    fn the_index_depends_on_kind_and_value() {
        assert_eq!(keys().index("phone", "1"), keys().index("phone", "1"));
        assert_ne!(keys().index("phone", "1"), keys().index("identity_number", "1"));
        assert_ne!(keys().index("phone", "1"), keys().index("phone", "2"));
    }
}
