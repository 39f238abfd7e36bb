//! The ciphers that seal, and what a sealed value looks like: the key's number, a random nonce, then the content with
//! its tag. The number is authenticated with the content.

use super::random_bytes;
use crate::error::{Error, Result};
use aes_gcm::{Aes256Gcm, AesGcm, aead::consts::U12};
use aes_gcm_siv::{
    Aes256GcmSiv, KeyInit, Nonce,
    aead::{Aead, Payload},
};

/// SM4 (GB/T 32907) in Galois/Counter mode, as RFC 8998 uses it.
type Sm4Gcm = AesGcm<sm4::Sm4, U12>;

/// Bytes of a nonce, the same for every algorithm.
const NONCE: usize = 12;

/// How a key seals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// AES-256-GCM-SIV (RFC 8452): a nonce that comes twice shows only that two texts are equal.
    Aes256GcmSiv,
    /// AES-256-GCM (NIST SP 800-38D): at most 2³² values under one key.
    Aes256Gcm,
    /// SM4-GCM (GB/T 32907, RFC 8998), commercial cryptography; at most 2³² values under one key.
    Sm4Gcm,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Algorithm; 3] = [Algorithm::Aes256GcmSiv, Algorithm::Aes256Gcm, Algorithm::Sm4Gcm];

    /// Its name in the key file, in the table `data_key` and on the command line.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Algorithm::Aes256GcmSiv => "aes-256-gcm-siv",
            Algorithm::Aes256Gcm => "aes-256-gcm",
            Algorithm::Sm4Gcm => "sm4-gcm",
        }
    }

    /// The algorithm of a name.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Algorithm> {
        Algorithm::ALL.into_iter().find(|algorithm| algorithm.code() == code)
    }

    /// Bytes of a key.
    #[must_use]
    pub fn key_bytes(self) -> usize {
        match self {
            Algorithm::Aes256GcmSiv | Algorithm::Aes256Gcm => 32,
            Algorithm::Sm4Gcm => 16,
        }
    }
}

/// One key, ready to seal and open.
#[derive(Clone)]
pub(super) enum Cipher {
    Siv(Box<Aes256GcmSiv>),
    Gcm(Box<Aes256Gcm>),
    Sm4(Box<Sm4Gcm>),
}

impl Cipher {
    /// From the bytes of a key.
    ///
    /// # Errors
    /// The key has another length than its algorithm's.
    pub(super) fn new(algorithm: Algorithm, key: &[u8]) -> Result<Cipher> {
        let wrong = |_| Error::broken(format!("a key of {} has another length", algorithm.code()));
        Ok(match algorithm {
            Algorithm::Aes256GcmSiv => {
                Cipher::Siv(Box::new(Aes256GcmSiv::new_from_slice(key).map_err(wrong)?))
            }
            Algorithm::Aes256Gcm => Cipher::Gcm(Box::new(Aes256Gcm::new_from_slice(key).map_err(wrong)?)),
            Algorithm::Sm4Gcm => Cipher::Sm4(Box::new(Sm4Gcm::new_from_slice(key).map_err(wrong)?)),
        })
    }

    /// Nonce and sealed content, behind `prefix`; `bound` is authenticated with them.
    ///
    /// # Errors
    /// The content is beyond 64 GiB, or the random source fails.
    pub(super) fn seal(&self, prefix: &[u8], bound: &[u8], content: &[u8]) -> Result<Vec<u8>> {
        let nonce = random_bytes(NONCE)?;
        let sealed = self.encrypt(&nonce, Payload { msg: content, aad: bound })?;
        Ok([prefix, nonce.as_slice(), sealed.as_slice()].concat())
    }

    fn encrypt(&self, nonce: &[u8], payload: Payload<'_, '_>) -> Result<Vec<u8>> {
        let nonce = Nonce::try_from(nonce).map_err(Error::broken)?;
        let sealed = match self {
            Cipher::Siv(cipher) => cipher.encrypt(&nonce, payload),
            Cipher::Gcm(cipher) => cipher.encrypt(&nonce, payload),
            Cipher::Sm4(cipher) => cipher.encrypt(&nonce, payload),
        };
        sealed.map_err(|_| Error::broken("cannot seal"))
    }

    /// The content of what [`Cipher::seal`] made; none where it was altered, or made with another key.
    pub(super) fn open(&self, bound: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, body) = sealed.split_at_checked(NONCE)?;
        let nonce = Nonce::try_from(nonce).ok()?;
        let payload = Payload { msg: body, aad: bound };
        match self {
            Cipher::Siv(cipher) => cipher.decrypt(&nonce, payload),
            Cipher::Gcm(cipher) => cipher.decrypt(&nonce, payload),
            Cipher::Sm4(cipher) => cipher.decrypt(&nonce, payload),
        }
        .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex;
    use sm4::cipher::{Block, BlockCipherEncrypt};

    fn bytes(text: &str) -> Vec<u8> {
        hex::read(text).unwrap()
    }

    /// Key, nonce, associated data, content, sealed content and tag, as published.
    fn holds(algorithm: Algorithm, [key, nonce, bound, content, sealed]: [&str; 5]) {
        let cipher = Cipher::new(algorithm, &bytes(key)).unwrap();
        let (content, bound) = (bytes(content), bytes(bound));
        let found = cipher.encrypt(&bytes(nonce), Payload { msg: &content, aad: &bound }).unwrap();
        assert_eq!(hex::write(&found), sealed);
        let stored = [bytes(nonce), found].concat();
        assert_eq!(cipher.open(&bound, &stored).unwrap(), content);
    }

    #[test]
    fn sm4_is_the_block_cipher_of_gb_t_32907() {
        let key = bytes("0123456789abcdeffedcba9876543210");
        let mut block = Block::<sm4::Sm4>::try_from(key.as_slice()).unwrap();
        sm4::Sm4::new_from_slice(&key).unwrap().encrypt_block(&mut block);
        assert_eq!(hex::write(&block), "681edf34d206965e86b3e94f536e4246");
    }

    #[test]
    fn sm4_gcm_seals_as_rfc_8998_a_1_says() {
        holds(
            Algorithm::Sm4Gcm,
            [
                "0123456789abcdeffedcba9876543210",
                "00001234567800000000abcd",
                "feedfacedeadbeeffeedfacedeadbeefabaddad2",
                "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddddeeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
                "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d83de3541e4c2b58177e065a9bf7b62ec",
            ],
        );
    }

    #[test]
    fn aes_256_gcm_seals_as_test_case_16_of_its_specification_says() {
        holds(
            Algorithm::Aes256Gcm,
            [
                "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
                "cafebabefacedbaddecaf888",
                "feedfacedeadbeeffeedfacedeadbeefabaddad2",
                "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
                "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b",
            ],
        );
    }

    #[test]
    fn aes_256_gcm_siv_seals_as_rfc_8452_c_2_says() {
        holds(
            Algorithm::Aes256GcmSiv,
            [
                "0100000000000000000000000000000000000000000000000000000000000000",
                "030000000000000000000000",
                "",
                "0100000000000000",
                "c2ef328e5c71c83b843122130f7364b761e0b97427e3df28",
            ],
        );
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_code(algorithm.code()), Some(algorithm));
            assert!(Cipher::new(algorithm, &vec![1; algorithm.key_bytes()]).is_ok());
            assert!(Cipher::new(algorithm, &vec![1; algorithm.key_bytes() + 1]).is_err());
        }
        assert_eq!(Algorithm::from_code("des"), None);
    }
}
