//! Further secrets out of the installation's own, each for one use.

use super::Keys;
impl Keys {
    /// A secret for one use: the keyed digest of the blind indexes over a zero byte and the use's name. What is indexed begins with the name of
    /// its kind, so no blind index is ever a part of it.
    pub(crate) fn derive(&self, purpose: &str) -> [u8; 32] {
        self.index.digest(&[&[0], purpose.as_bytes()])
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
