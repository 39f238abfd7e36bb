//! The texts that people agree to are those whose digests stand beside them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use rules::consent::ConsentTexts;
use sha2::Digest;

#[test]
fn each_text_has_the_digest_of_what_is_signed() {
    for text in ConsentTexts::embedded().unwrap().all() {
        let digest = sha2::Sha256::digest(text.signed().as_bytes());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            text.digest, digest,
            "{:?} {}: a changed text is a new version",
            text.purpose, text.version
        );
    }
}
