//! What is searched for stands sealed in addresses. All persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{Error, id::Id, search};
use common::{TestApp, somebody};
use jiff::SignedDuration;
use proptest::prelude::*;
use rules::account::Role;

fn ended<T: std::fmt::Debug>(outcome: Result<T, Error>) -> bool {
    matches!(&outcome, Err(Error::Refused(refusal)) if refusal.code == "ended")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_are_read_back_by_who_searched_and_by_nobody_else() {
    let app = TestApp::on_sqlite().await;
    let own = somebody(Role::ReferralWorker);
    let mut other = somebody(Role::ReferralWorker);
    other.account = Id(uuid::Uuid::from_u128(7));
    let strategy = "\\PC{1,40}";
    let config = ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() };
    proptest::test_runner::TestRunner::new(config)
        .run(&(strategy, any::<prop::sample::Index>(), 1_u8..=255), |(words, at, change)| {
            let hidden = search::hide(&app, &own, &words).unwrap();
            prop_assert_eq!(search::words(&app, &own, &hidden).unwrap(), words.trim());
            if !hidden.is_empty() {
                prop_assert!(!hidden.contains(words.trim()) || words.trim().len() < 6);
                prop_assert!(ended(search::words(&app, &other, &hidden)));
                let mut bytes: Vec<u8> = (0..hidden.len())
                    .step_by(2)
                    .map(|i| u8::from_str_radix(&hidden[i..i + 2], 16).unwrap())
                    .collect();
                let at = at.index(bytes.len());
                bytes[at] ^= change;
                let altered: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                prop_assert!(ended(search::words(&app, &own, &altered)), "byte {}", at);
            }
            Ok(())
        })
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_ends_with_the_longest_session() {
    let app = TestApp::on_sqlite().await;
    let own = somebody(Role::ReferralWorker);
    let begun = app.now();
    let hidden = search::hide(&app.at(begun), &own, "990101199001011230").unwrap();
    let hours = i64::from(app.tables.limits.session_hours);
    let last = app.at(begun + SignedDuration::from_hours(hours) - SignedDuration::from_secs(1));
    assert_eq!(search::words(&last, &own, &hidden).unwrap(), "990101199001011230");
    assert!(ended(search::words(&app.at(begun + SignedDuration::from_hours(hours)), &own, &hidden)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_search_shows_nothing_instead_of_everything() {
    let app = TestApp::on_sqlite().await;
    let own = somebody(Role::ReferralWorker);
    assert_eq!(search::words(&app, &own, "").unwrap(), "");
    assert_eq!(search::hide(&app, &own, "  ").unwrap(), "");
    for address in ["x", "0", "00", "FF", "zs", "心", &"ab".repeat(40)] {
        assert!(ended(search::words(&app, &own, address)), "{address}");
    }
    let long = "赵".repeat(5000);
    let hidden = search::hide(&app, &own, &long).unwrap();
    assert_eq!(search::words(&app, &own, &hidden).unwrap().chars().count(), search::MOST_CHARACTERS);
}
