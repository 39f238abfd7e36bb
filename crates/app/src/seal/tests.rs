//! Properties of sealed values, for each algorithm and key.

use super::*;
use crate::hex;
use proptest::prelude::*;
use ring::Wrapped;

fn old() -> Vec<u8> {
    (0..64).collect()
}

fn keys() -> Keys {
    Keys::from_secret(&old()).unwrap()
}

/// Keys whose data keys have these numbers and algorithms; each key is made of its number.
fn ring(numbers: &[(i64, Algorithm)]) -> Keys {
    let keys = keys();
    let secrets = keys.ring.secrets();
    let (version, master) = secrets.newest().unwrap();
    let wrapped = |(number, algorithm): &(i64, Algorithm)| Wrapped {
        number: *number,
        algorithm: algorithm.code().to_owned(),
        wrapped: master
            .wrap(
                &ring::bound(*number, *algorithm),
                &vec![u8::try_from(*number).unwrap(); algorithm.key_bytes()],
            )
            .unwrap(),
        master_version: i64::from(version),
    };
    keys.ring.take(&numbers.iter().map(wrapped).collect::<Vec<_>>()).unwrap();
    keys
}

fn algorithm() -> impl Strategy<Value = Algorithm> {
    proptest::sample::select(&Algorithm::ALL)
}

proptest! {
    #[test]
    fn what_is_sealed_opens_again_and_differs_each_time(
        text in ".{0,80}", algorithm in algorithm(), number in 2..=255_i64,
    ) {
        let keys = ring(&[(number, algorithm)]);
        let (a, b) = (keys.seal(&text).unwrap(), keys.seal(&text).unwrap());
        prop_assert_eq!(i64::from(a[0]), number);
        prop_assert_ne!(&a, &b);
        prop_assert_eq!(keys.unseal(&a).unwrap(), text);
    }

    #[test]
    fn any_altered_byte_is_found(
        content in proptest::collection::vec(any::<u8>(), 0..60), algorithm in algorithm(),
        at in any::<proptest::sample::Index>(), bits in 1..=255_u8,
    ) {
        let keys = ring(&[(2, algorithm), (3, algorithm)]);
        let mut altered = keys.seal_bytes(&content).unwrap();
        let at = at.index(altered.len());
        altered[at] ^= bits;
        prop_assert!(keys.unseal_bytes(&altered).is_err(), "byte {}", at);
        prop_assert!(keys.unseal_bytes(&altered[..at]).is_err(), "cut at {}", at);
    }

    #[test]
    fn a_value_of_one_number_never_opens_under_another(
        content in proptest::collection::vec(any::<u8>(), 0..60), first in algorithm(), second in algorithm(),
    ) {
        let mut sealed = ring(&[(2, first)]).seal_bytes(&content).unwrap();
        let both = ring(&[(2, first), (3, second)]);
        prop_assert_eq!(both.unseal_bytes(&sealed).unwrap(), content);
        sealed[0] = 3;
        prop_assert!(both.unseal_bytes(&sealed).is_err());
    }
}

#[test]
fn the_number_is_bound_also_where_two_numbers_have_the_same_key() {
    for algorithm in Algorithm::ALL {
        let cipher = cipher::Cipher::new(algorithm, &vec![7; algorithm.key_bytes()]).unwrap();
        let sealed = cipher.seal(&[], &[2], b"text").unwrap();
        assert_eq!(cipher.open(&[2], &sealed).unwrap(), b"text");
        assert_eq!(cipher.open(&[3], &sealed), None, "{algorithm:?}");
    }
}

/// Sealed by the program before data keys were wrapped, with the key straight from the file of 64 bytes.
const BEFORE: &str =
    "01000102030405060708090a0b236081a0eaf3ce2c5da29053b5b0c6e3c21a9b94215d1bdb6caac9d89ad5e034e532";

#[test]
fn what_was_sealed_before_keys_were_wrapped_opens() {
    let before = hex::read(BEFORE).unwrap();
    assert_eq!(keys().unseal(&before).unwrap(), "990101199001011230");
    let later = ring(&[(1, Algorithm::Sm4Gcm), (2, Algorithm::Sm4Gcm)]);
    assert!(later.unseal(&before).is_err(), "the table's key 1 is another one here");
    assert_eq!(ring(&[(2, Algorithm::Sm4Gcm)]).unseal(&before).unwrap(), "990101199001011230");
}

#[test]
fn the_index_is_what_it_was_and_depends_on_kind_and_value() {
    assert_eq!(hex::write(&keys().index("phone", "13800000000")), "10c365495595204c5fb354b9049e43f2");
    assert_ne!(keys().index("phone", "1"), keys().index("identity_number", "1"));
    assert_ne!(keys().index("phone", "1"), keys().index("phone", "2"));
    let commercial = Keys::of(Secrets::random(true).unwrap(), None).unwrap();
    assert_eq!(commercial.index("phone", "1").len(), 16);
    assert_eq!(commercial.index_algorithm(), IndexAlgorithm::HmacSm3);
}

#[test]
fn a_key_wrapped_by_another_master_key_is_refused_and_the_keys_stay() {
    let keys = ring(&[(2, Algorithm::Aes256Gcm)]);
    let sealed = keys.seal("text").unwrap();
    let secrets = Secrets::random(false).unwrap();
    let wrapped = secrets.newest().unwrap().1.wrap(&ring::bound(3, Algorithm::Aes256Gcm), &[3; 32]).unwrap();
    for master_version in [1, 2] {
        let row = Wrapped {
            number: 3,
            algorithm: "aes-256-gcm".to_owned(),
            wrapped: wrapped.clone(),
            master_version,
        };
        let told = keys.ring.take(&[row]).unwrap_err().to_string();
        assert!(told.contains("another key file"), "{told}");
    }
    assert_eq!((keys.newest().unwrap(), keys.unseal(&sealed).unwrap().as_str()), (2, "text"));
}

#[test]
fn without_a_database_a_new_key_file_seals_nothing() {
    let keys = Keys::of(Secrets::random(false).unwrap(), None).unwrap();
    assert!(keys.seal("text").unwrap_err().to_string().contains("no database"));
}

#[tokio::test]
async fn nobody_seals_for_long_with_a_key_that_was_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("test.db").display());
    let open = async || crate::App::new(Db::open(&address).await.unwrap(), keys()).await.unwrap();
    let (server, other) = (open().await, open().await);
    rotate(&other, &crate::scope::Scope::system(), None).await.unwrap();
    assert_eq!(server.keys.seal("text").unwrap()[0], 1, "it has not heard of the new key yet");
    server.keys.ring.grow_old();
    assert_eq!(server.keys.seal("text").unwrap()[0], 2);
    let sealed = server.keys.seal("text").unwrap();
    // Without its table a server that may be behind seals nothing, and still opens.
    server.db.run("DELETE FROM data_key", p![]).await.unwrap();
    server
        .db
        .run(
            "INSERT INTO data_key VALUES (9, 'aes-256-gcm', $1, 1, $2, NULL)",
            p![&[0_u8; 60][..], Timestamp::now()],
        )
        .await
        .unwrap();
    server.keys.ring.grow_old();
    assert!(server.keys.seal("text").is_err());
    assert_eq!(server.keys.unseal(&sealed).unwrap(), "text");
}
