//! The signature under a checkpoint: Ed25519 (RFC 8032), its key derived from the installation's key file.

use crate::seal::Keys;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

/// What the secret is for; part of its derivation.
const PURPOSE: &str = "xinqiao audit checkpoint signature 1";

fn key(keys: &Keys) -> SigningKey {
    SigningKey::from_bytes(&keys.derive(PURPOSE))
}

/// The public key that belongs to an installation's key file.
#[must_use]
pub(super) fn public_key(keys: &Keys) -> Vec<u8> {
    key(keys).verifying_key().to_bytes().to_vec()
}

/// Signs a statement.
#[must_use]
pub(super) fn sign(keys: &Keys, statement: &[u8]) -> Vec<u8> {
    key(keys).sign(statement).to_bytes().to_vec()
}

/// Whether a signature fits the statement and the public key.
#[must_use]
pub(super) fn fits(public_key: &[u8], statement: &[u8], signature: &[u8]) -> bool {
    let (Ok(public_key), Ok(signature)) = (public_key.try_into(), Signature::from_slice(signature)) else {
        return false;
    };
    VerifyingKey::from_bytes(public_key).is_ok_and(|key| key.verify_strict(statement, &signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_fits_its_statement_and_key_alone() {
        let keys = |first: u8| Keys::from_secret(&(first..first + 64).collect::<Vec<u8>>()).unwrap();
        let signature = sign(&keys(0), b"statement");
        let public = public_key(&keys(0));
        assert!(fits(&public, b"statement", &signature));
        assert!(!fits(&public, b"statement.", &signature));
        assert!(!fits(&public_key(&keys(1)), b"statement", &signature));
        assert!(!fits(&public[1..], b"statement", &signature));
        for byte in 0..signature.len() {
            let mut altered = signature.clone();
            altered[byte] ^= 1;
            assert!(!fits(&public, b"statement", &altered), "byte {byte}");
        }
    }
}
