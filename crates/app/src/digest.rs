//! Digests that say which algorithm made them.

use sha2::Digest;

/// What makes a digest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// SHA-256 (FIPS 180-4).
    #[default]
    Sha256,
    /// SM3 (GB/T 32905-2016), where commercial cryptography is asked for (GB/T 39786-2021).
    Sm3,
}

/// A digest: the number of its algorithm, then 32 bytes.
pub type Hash = [u8; 33];

/// Stands before the first of a chain.
pub const START: Hash = [0; 33];

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Algorithm; 2] = [Algorithm::Sha256, Algorithm::Sm3];

    /// Its number, the first byte of its digests; never changed.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Algorithm::Sha256 => 1,
            Algorithm::Sm3 => 2,
        }
    }

    /// The algorithm of a number.
    #[must_use]
    pub fn numbered(number: u8) -> Option<Algorithm> {
        Algorithm::ALL.into_iter().find(|algorithm| algorithm.number() == number)
    }

    /// Its name in settings and on the command line.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Algorithm::Sha256 => "sha-256",
            Algorithm::Sm3 => "sm3",
        }
    }

    /// The algorithm of a name.
    #[must_use]
    pub fn parse(code: &str) -> Option<Algorithm> {
        Algorithm::ALL.into_iter().find(|algorithm| algorithm.code() == code)
    }

    /// The digest of the parts, one after the other.
    #[must_use]
    pub fn hash(self, parts: &[&[u8]]) -> Hash {
        let digest: [u8; 32] = match self {
            Algorithm::Sha256 => over::<sha2::Sha256>(parts),
            Algorithm::Sm3 => over::<sm3::Sm3>(parts),
        };
        let mut hash = START;
        if let Some((first, rest)) = hash.split_first_mut() {
            *first = self.number();
            rest.copy_from_slice(&digest);
        }
        hash
    }
}

fn over<D: Digest>(parts: &[&[u8]]) -> [u8; 32]
where
    sha2::digest::Output<D>: Into<[u8; 32]>,
{
    let mut digest = D::new();
    for part in parts {
        digest.update(part);
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_samples_of_the_standards() {
        for (algorithm, text, expected) in [
            (Algorithm::Sm3, "abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
            (Algorithm::Sm3, "", "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"),
            (Algorithm::Sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (Algorithm::Sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ] {
            let expected = format!("{:02x}{expected}", algorithm.number());
            assert_eq!(
                crate::hex::write(&algorithm.hash(&[text.as_bytes()])),
                expected,
                "{algorithm:?} {text}"
            );
        }
        assert_eq!(Algorithm::Sm3.hash(&[b"a", b"", b"bc"]), Algorithm::Sm3.hash(&[b"abc"]));
    }

    #[test]
    fn numbers_and_names_lead_back() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::numbered(algorithm.number()), Some(algorithm));
            assert_eq!(Algorithm::parse(algorithm.code()), Some(algorithm));
            assert_ne!(algorithm.number(), START[0]);
        }
        assert_eq!(Algorithm::numbered(0), None);
        assert_eq!(Algorithm::parse("md5"), None);
    }
}
