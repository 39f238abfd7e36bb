//! Further secrets out of the installation's own, each for one use.

use super::Keys;
use hmac::Mac;

impl Keys {
    /// A secret for one use: HMAC-SHA-256 over a zero byte and the use's name. What is indexed begins with the name of
    /// its kind, so no blind index is ever a part of it.
    pub(crate) fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut digest = self.index.clone();
        digest.update(&[0]);
        digest.update(purpose.as_bytes());
        digest.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_depends_on_the_key_file_and_on_its_use() {
        let keys = Keys::from_secret(&(0..64).collect::<Vec<u8>>()).unwrap();
        let others = Keys::from_secret(&(1..65).collect::<Vec<u8>>()).unwrap();
        assert_eq!(keys.derive("one use"), keys.derive("one use"));
        assert_ne!(keys.derive("one use"), keys.derive("another use"));
        assert_ne!(keys.derive("one use"), others.derive("one use"));
        assert_ne!(keys.derive("phone")[..16], keys.index("phone", "")[..]);
    }
}
