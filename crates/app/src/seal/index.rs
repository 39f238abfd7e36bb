//! The key of the blind indexes: keyed digests by which an exact value is found.
//!
//! It is chosen once, with the key file: claims, keys of persons and fingerprints of rows stand by it, and not all of
//! them can be computed again from what is stored (`docs/decisions/0010-keys-in-an-envelope.md`).

use crate::error::{Error, Result};
use hmac::{Hmac, KeyInit, Mac};

/// How a blind index is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexAlgorithm {
    /// HMAC-SHA-256 (RFC 2104, FIPS 180-4).
    HmacSha256,
    /// HMAC-SM3 (GB/T 32905), commercial cryptography.
    HmacSm3,
}

impl IndexAlgorithm {
    /// Its name in the key file.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            IndexAlgorithm::HmacSha256 => "hmac-sha256",
            IndexAlgorithm::HmacSm3 => "hmac-sm3",
        }
    }

    /// The algorithm of a name.
    pub(super) fn from_code(code: &str) -> Option<IndexAlgorithm> {
        [IndexAlgorithm::HmacSha256, IndexAlgorithm::HmacSm3].into_iter().find(|one| one.code() == code)
    }
}

/// The key, ready to compute.
#[derive(Clone)]
pub(super) enum IndexKey {
    Sha256(Hmac<sha2::Sha256>),
    Sm3(Hmac<sm3::Sm3>),
}

impl IndexKey {
    pub(super) fn new(algorithm: IndexAlgorithm, key: &[u8]) -> Result<IndexKey> {
        let wrong = |_| Error::broken("the index key has another length");
        Ok(match algorithm {
            IndexAlgorithm::HmacSha256 => IndexKey::Sha256(Hmac::new_from_slice(key).map_err(wrong)?),
            IndexAlgorithm::HmacSm3 => IndexKey::Sm3(Hmac::new_from_slice(key).map_err(wrong)?),
        })
    }

    pub(super) fn algorithm(&self) -> IndexAlgorithm {
        match self {
            IndexKey::Sha256(_) => IndexAlgorithm::HmacSha256,
            IndexKey::Sm3(_) => IndexAlgorithm::HmacSm3,
        }
    }

    /// The whole digest, 32 bytes, of the parts one after the other.
    pub(super) fn digest(&self, parts: &[&[u8]]) -> [u8; 32] {
        match self {
            IndexKey::Sha256(keyed) => over(keyed.clone(), parts),
            IndexKey::Sm3(keyed) => over(keyed.clone(), parts),
        }
    }
}

fn over<M: Mac<OutputSize = aes_gcm::aead::consts::U32>>(mut keyed: M, parts: &[&[u8]]) -> [u8; 32] {
    for part in parts {
        keyed.update(part);
    }
    keyed.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex;
    use sm3::{Digest, Sm3};

    #[test]
    fn sm3_is_the_digest_of_gb_t_32905() {
        for (text, digest) in [
            ("abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
            ("", "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"),
        ] {
            assert_eq!(hex::write(&Sm3::digest(text)), digest, "{text}");
        }
    }

    #[test]
    fn keyed_digests_are_as_published() {
        for (algorithm, key, text, digest) in [
            // GB/T 32905 with RFC 2104, computed with openssl.
            (
                IndexAlgorithm::HmacSm3,
                "key",
                "abc",
                "28e63256e7c5a087b1f073265dc53092163f7b82729735d06f28f10af9d52393",
            ),
            // RFC 4231, case 2.
            (
                IndexAlgorithm::HmacSha256,
                "Jefe",
                "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
        ] {
            let key = IndexKey::new(algorithm, key.as_bytes()).unwrap();
            let (first, second) = text.split_at(2);
            assert_eq!(hex::write(&key.digest(&[first.as_bytes(), second.as_bytes()])), digest);
            assert_eq!(IndexAlgorithm::from_code(key.algorithm().code()), Some(algorithm));
        }
    }
}
