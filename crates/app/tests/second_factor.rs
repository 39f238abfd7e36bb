//! The second factor: set up, shown once for each code, lost, reset; passwords that age; and that no sequence of tries lets
//! anybody in without a fresh code.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{
    App,
    account::{self, NewToken, admin, factor, own},
    p,
    scope::Scope,
};
use common::{
    COUNTY, TestApp,
    staff::{PASSWORD, code, staff},
};
use jiff::{SignedDuration, Timestamp};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use rules::account::{Grant, Role, SignInPolicy, Step};
use sha2::Digest;
use totp_rs::{Builder, Secret};

/// A telephone: the codes of a secret.
struct Phone(String);

impl Phone {
    fn code(&self, at: Timestamp) -> String {
        let secret = Secret::try_from_base32(self.0.replace(' ', "")).unwrap();
        let totp = Builder::new().with_secret(secret).build().unwrap();
        totp.generate(u64::try_from(at.as_second()).unwrap()).to_string()
    }

    /// A code that is not the right one for minutes around.
    fn wrong(&self, at: Timestamp) -> String {
        let near: Vec<String> = (-9..10).map(|n| self.code(at + SignedDuration::from_secs(30 * n))).collect();
        (0..).map(|n| format!("{n:06}")).find(|code| !near.contains(code)).unwrap()
    }
}

fn later(app: &App, seconds: i64) -> App {
    app.at(app.now() + SignedDuration::from_secs(seconds))
}

/// At an instant that the test moves on itself.
fn morning(app: &App) -> App {
    app.at("2026-03-02T01:00:00Z".parse().unwrap())
}

/// Sets an authenticator up in a new session; the telephone, the recovery codes and the session.
async fn enrolled(app: &App, scope: &Scope, username: &str) -> (Phone, Vec<String>, String) {
    let (account, secret) = account::sign_in(app, username, PASSWORD).await.unwrap();
    factor::begin(app, scope, &secret, PASSWORD).await.unwrap();
    let shown = factor::enrolment(app, &account, &secret).await.unwrap().unwrap();
    let phone = Phone(shown.written);
    let done = factor::complete(app, scope, &secret, &phone.code(app.now())).await.unwrap();
    (phone, done.codes, secret)
}

async fn waits_for(app: &App, secret: &str) -> Option<Step> {
    account::sitting(app, secret).await.unwrap().awaits
}

both!(a_second_factor_is_set_up_and_asked_for_at_each_sign_in, |app| {
    let app = &morning(app);
    let clerk = staff(app, "clerk", Role::ReferralWorker, COUNTY).await;
    let (account, here) = account::sign_in(app, "clerk", PASSWORD).await.unwrap();
    let (_, elsewhere) = account::sign_in(app, "clerk", PASSWORD).await.unwrap();
    assert_eq!(code(&factor::begin(app, &clerk, &here, "Wrong-2026").await.unwrap_err()), "present");
    factor::begin(app, &clerk, &here, PASSWORD).await.unwrap();
    let shown = factor::enrolment(app, &account, &here).await.unwrap().unwrap();
    assert!(factor::enrolment(app, &account, &elsewhere).await.unwrap().is_none(), "shown to one session");
    let phone = Phone(shown.written.clone());
    assert!(shown.address.contains(&shown.written.replace(' ', "")), "{}", shown.address);
    let strange = factor::complete(app, &clerk, &elsewhere, &phone.code(app.now())).await.unwrap_err();
    assert_eq!(code(&strange), "not_found", "completed by the session that began");
    let wrong = factor::complete(app, &clerk, &here, &phone.wrong(app.now())).await.unwrap_err();
    assert_eq!(code(&wrong), "code");
    assert!(factor::own(app, &clerk).await.unwrap().is_none(), "not before its first code");
    let done = factor::complete(app, &clerk, &here, &phone.code(app.now())).await.unwrap();
    assert_eq!(done.codes.len(), usize::from(app.tables.limits.second_factor.recovery_codes));
    assert!(
        account::of_session(app, &here).await.is_ok() && account::of_session(app, &elsewhere).await.is_err()
    );
    assert_eq!(code(&factor::begin(app, &clerk, &here, PASSWORD).await.unwrap_err()), "factor_exists");

    let (_, half) = account::sign_in(app, "clerk", PASSWORD).await.unwrap();
    assert_eq!(waits_for(app, &half).await, Some(Step::Code));
    assert!(account::of_session(app, &half).await.is_err(), "half open is not open");
    assert!(own::sessions(app, &clerk, &here).await.unwrap().iter().all(|session| session.current));
    let replayed = factor::show_code(app, &half, &phone.code(app.now()), None).await.unwrap_err();
    assert_eq!(code(&replayed), "forbidden", "the first code was taken when it was set up");
    let app = &later(app, 30);
    let open = factor::show_code(app, &half, &phone.code(app.now()), None).await.unwrap();
    assert!(account::of_session(app, &open).await.is_ok());
    assert!(account::sitting(app, &half).await.is_err(), "another session takes its place");
    let (_, again) = account::sign_in(app, "clerk", PASSWORD).await.unwrap();
    let replayed = factor::show_code(app, &again, &phone.code(app.now()), None).await.unwrap_err();
    assert_eq!(code(&replayed), "forbidden", "a code is taken once");
    let stored: Vec<(Vec<u8>,)> =
        app.db.all("SELECT secret FROM authenticator /* whole: a test looks */", p![]).await.unwrap();
    let clear = Secret::try_from_base32(phone.0.replace(' ', "")).unwrap();
    assert!(!stored[0].0.windows(20).any(|bytes| bytes == clear.as_bytes()), "sealed at rest");
});

both!(a_recovery_code_lets_in_once, |app| {
    let app = &morning(app);
    let clerk = staff(app, "clerk", Role::ReferralWorker, COUNTY).await;
    let (_, codes, _) = enrolled(app, &clerk, "clerk").await;
    let half = async || account::sign_in(app, "clerk", PASSWORD).await.unwrap().1;
    let written = codes[0].to_lowercase().replace('-', " ");
    let open = factor::show_code(app, &half().await, &written, None).await.unwrap();
    assert!(account::of_session(app, &open).await.is_ok());
    let twice = factor::show_code(app, &half().await, &codes[0], None).await.unwrap_err();
    assert_eq!(code(&twice), "forbidden");
    let left = factor::own(app, &clerk).await.unwrap().unwrap().codes_left;
    assert_eq!(usize::try_from(left).unwrap(), codes.len() - 1);
    assert_eq!(code(&factor::renew_codes(app, &clerk, "Wrong-2026").await.unwrap_err()), "present");
    let fresh = factor::renew_codes(app, &clerk, PASSWORD).await.unwrap();
    let old = factor::show_code(app, &half().await, &codes[1], None).await.unwrap_err();
    assert_eq!(code(&old), "forbidden", "the old ones ended");
    factor::show_code(app, &half().await, &fresh[1], None).await.unwrap();
    let other = staff(app, "neighbour", Role::ReferralWorker, COUNTY).await;
    enrolled(app, &other, "neighbour").await;
    let (_, theirs) = account::sign_in(app, "neighbour", PASSWORD).await.unwrap();
    let foreign = factor::show_code(app, &theirs, &fresh[2], None).await.unwrap_err();
    assert_eq!(code(&foreign), "forbidden", "somebody else's");
});

both!(a_known_password_buys_no_further_guesses_at_the_code, |app| {
    let app = &morning(app);
    let clerk = staff(app, "clerk", Role::ReferralWorker, COUNTY).await;
    let (phone, _, _) = enrolled(app, &clerk, "clerk").await;
    let app = &later(app, 60);
    for _ in 0..app.tables.limits.failures {
        let (_, half) = account::sign_in(app, "clerk", PASSWORD).await.unwrap();
        let wrong = factor::show_code(app, &half, &phone.wrong(app.now()), None).await.unwrap_err();
        assert_eq!(code(&wrong), "forbidden");
    }
    assert_eq!(code(&account::sign_in(app, "clerk", PASSWORD).await.unwrap_err()), "busy");
    let chief = staff(app, "chief", Role::SecurityAdministrator, COUNTY).await;
    admin::unlock(app, &chief, clerk.account).await.unwrap();
    let (_, half) = account::sign_in(app, "clerk", PASSWORD).await.unwrap();
    for _ in 0..app.tables.limits.failures {
        let wrong = factor::show_code(app, &half, &phone.wrong(app.now()), None).await.unwrap_err();
        assert_eq!(code(&wrong), "forbidden");
    }
    let locked = factor::show_code(app, &half, &phone.code(app.now()), None).await.unwrap_err();
    assert_eq!(code(&locked), "busy", "the right code does not open a locked account");
});

both!(who_needs_a_second_factor_is_led_to_one_and_reaches_nothing_before, |app| {
    let asked = SignInPolicy { second_factor: true, ..SignInPolicy::default() };
    let app = &morning(app).asking(asked);
    staff(app, "clerk", Role::ReferralWorker, COUNTY).await;
    staff(app, "doctor", Role::Doctor, COUNTY).await;
    let (_, open) = account::sign_in(app, "doctor", PASSWORD).await.unwrap();
    assert_eq!(waits_for(app, &open).await, None);
    let (_, half) = account::sign_in(app, "clerk", PASSWORD).await.unwrap();
    assert_eq!(waits_for(app, &half).await, Some(Step::Enrol));
    assert!(account::of_session(app, &half).await.is_err());
    let shown = factor::begin_waiting(app, &half).await.unwrap();
    assert_eq!(
        factor::begin_waiting(app, &half).await.unwrap(),
        shown,
        "the same when the page is drawn again"
    );
    let phone = Phone(shown.written);
    let (_, rival) = account::sign_in(app, "clerk", PASSWORD).await.unwrap();
    let strange = factor::complete_waiting(app, &rival, &phone.code(app.now()), None).await.unwrap_err();
    assert_eq!(code(&strange), "not_found", "another session's");
    let done = factor::complete_waiting(app, &half, &phone.code(app.now()), None).await.unwrap();
    let open = done.secret.unwrap();
    let clerk = account::of_session(app, &open).await.unwrap().scope().unwrap();
    assert!(account::sitting(app, &rival).await.is_err() && account::sitting(app, &half).await.is_err());

    // Who takes it away is led to the next one at once.
    factor::remove(app, &clerk, &open, PASSWORD).await.unwrap();
    assert_eq!(waits_for(app, &open).await, Some(Step::Enrol));
    let minutes = i64::from(app.tables.limits.second_factor.half_open_minutes);
    assert!(
        account::sitting(&later(app, minutes * 60 + 1), &open).await.is_err(),
        "it does not wait for ever"
    );
});

both!(a_lost_factor_is_reset_by_somebody_else_and_the_holder_sees_it, |app| {
    let app = &morning(app);
    let clerk = staff(app, "clerk", Role::ReferralWorker, COUNTY).await;
    let chief = staff(app, "chief", Role::SecurityAdministrator, COUNTY).await;
    let (_, _, session) = enrolled(app, &clerk, "clerk").await;
    let (_, half) = account::sign_in(app, "clerk", PASSWORD).await.unwrap();
    for (scope, expected) in [
        (&staff(app, "system", Role::Administrator, COUNTY).await, "forbidden"),
        (&staff(app, "auditor", Role::Auditor, COUNTY).await, "forbidden"),
        (&clerk, "forbidden"),
        (&staff(app, "far", Role::SecurityAdministrator, 110_101_000_000).await, "not_found"),
    ] {
        let refused = admin::reset_factor(app, scope, clerk.account).await.unwrap_err();
        assert_eq!(code(&refused), expected, "{:?}", scope.role);
    }
    let own = admin::reset_factor(app, &chief, chief.account).await.unwrap_err();
    assert_eq!(code(&own), "own_account");
    admin::reset_factor(app, &chief, clerk.account).await.unwrap();
    assert_eq!(code(&admin::reset_factor(app, &chief, clerk.account).await.unwrap_err()), "no_factor");
    assert!(account::of_session(app, &session).await.is_err() && account::sitting(app, &half).await.is_err());
    let (_, open) = account::sign_in(app, "clerk", PASSWORD).await.unwrap();
    assert_eq!(waits_for(app, &open).await, None, "nothing is asked for that is gone");
    let events = own::events(app, &clerk).await.unwrap();
    let reset = events.iter().find(|event| event.action == "reset_factor").unwrap();
    assert_eq!((reset.role.as_str(), reset.own), ("security_administrator", false));
    assert_eq!(reset.organisation.as_deref(), Some("chief"));
    let of_others = own::events(app, &chief).await.unwrap();
    assert!(of_others.iter().all(|event| event.action != "reset_factor"), "{of_others:?}");
});

/// The operator at the command line.
fn admin_of_the_nation() -> Scope {
    Scope { role: Role::SecurityAdministrator, ..Scope::system() }
}

both!(nobody_does_anything_to_the_own_account_as_its_keeper, |app| {
    let chief = staff(app, "chief", Role::SecurityAdministrator, COUNTY).await;
    let other = staff(app, "other", Role::SecurityAdministrator, COUNTY).await;
    let own = chief.account;
    let own_token = NewToken { label: "own".to_owned(), days: 1, grant: Grant::everything() };
    for refused in [
        admin::end(app, &chief, own).await.unwrap_err(),
        admin::restore(app, &chief, own).await.unwrap_err(),
        admin::unlock(app, &chief, own).await.unwrap_err(),
        admin::set_password(app, &chief, own, "Another-2026").await.unwrap_err(),
        admin::reset_factor(app, &chief, own).await.unwrap_err(),
        admin::new_token(app, &chief, own, &own_token).await.unwrap_err(),
        admin::revoke_tokens(app, &chief, own, None).await.unwrap_err(),
    ] {
        assert_eq!(code(&refused), "own_account");
    }
    admin::unlock(app, &other, own).await.unwrap();
    admin::end(app, &other, own).await.unwrap();
    let vacant = async || admin::vacant_powers(app).await.unwrap();
    assert_eq!(vacant().await, [Role::Auditor, Role::Administrator]);
    admin::end(app, &admin_of_the_nation(), other.account).await.unwrap();
    assert_eq!(vacant().await, [Role::Auditor, Role::Administrator, Role::SecurityAdministrator]);
    admin::restore(app, &admin_of_the_nation(), own).await.unwrap();
});

both!(a_password_is_asked_for_when_it_is_due, |app| {
    let aging = SignInPolicy { passwords_age: true, ..SignInPolicy::default() };
    let app = &morning(app).asking(aging);
    let clerk = staff(app, "clerk", Role::ReferralWorker, COUNTY).await;
    let (_, half) = account::sign_in(app, "clerk", PASSWORD).await.unwrap();
    assert_eq!(waits_for(app, &half).await, Some(Step::Password), "somebody else set it");
    for (new, expected) in [("short", "password"), (PASSWORD, "password")] {
        let refused = account::set_due_password(app, &half, new, None).await.unwrap_err();
        assert_eq!(code(&refused), expected, "{new}");
    }
    let open = account::set_due_password(app, &half, "Bridge-2026", None).await.unwrap();
    let twice = account::set_due_password(app, &open, "River-2026", None).await.unwrap_err();
    assert_eq!(code(&twice), "not_found", "an open session waits for nothing");
    let day = 24 * 3600;
    for (days, left) in [(79, None), (80, Some(10)), (89, Some(1))] {
        let app = &later(app, days * day);
        let (_, secret) = account::sign_in(app, "clerk", "Bridge-2026").await.unwrap();
        let sitting = account::sitting(app, &secret).await.unwrap();
        assert_eq!((sitting.awaits, sitting.password_days), (None, left), "{days}");
    }
    let app = &later(app, 90 * day);
    let (_, half) = account::sign_in(app, "clerk", "Bridge-2026").await.unwrap();
    assert_eq!(waits_for(app, &half).await, Some(Step::Password));
    account::set_due_password(app, &half, "River-2026", None).await.unwrap();
    let chief = staff(app, "chief", Role::SecurityAdministrator, COUNTY).await;
    admin::set_password(app, &chief, clerk.account, "Tree-2026-x").await.unwrap();
    let (_, half) = account::sign_in(app, "clerk", "Tree-2026-x").await.unwrap();
    assert_eq!(waits_for(app, &half).await, Some(Step::Password), "known to somebody else");
    let silent = app.asking(SignInPolicy::default());
    let (_, open) = account::sign_in(&silent, "clerk", "Tree-2026-x").await.unwrap();
    assert_eq!(waits_for(&silent, &open).await, None, "where the operator does not ask for it");
});

/// A session that waits for a code, without the password: hashing it each time would take longer than the test.
async fn half_open(app: &App, scope: &Scope, number: usize) -> String {
    let secret = format!("half-open-{number}");
    let hash = sha2::Sha256::digest(secret.as_bytes()).to_vec();
    let sql = "INSERT INTO session (token_hash, account_id, created_at, seen_at, awaits)
        VALUES ($1, $2, $3, $3, 'code')";
    app.db.run(sql, p![hash, scope.account, app.now()]).await.unwrap();
    let sql = "UPDATE account SET failed_sign_ins = 0, locked_until = NULL WHERE id = $1";
    app.db.run(sql, p![scope.account]).await.unwrap();
    secret
}

/// Whatever is tried in whatever order, a code opens where it is of the present step or one beside it and later than all
/// that were taken, and nowhere else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_sequence_of_tries_opens_a_session_without_a_fresh_code() {
    let test = TestApp::on_sqlite().await;
    let app = morning(&test.app);
    let clerk = staff(&app, "clerk", Role::ReferralWorker, COUNTY).await;
    let (phone, _, _) = enrolled(&app, &clerk, "clerk").await;
    let (mut now, mut number) = (app.now(), 0);
    let mut last = now.as_second() / 30;
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 40, failure_persistence: None, ..Default::default() });
    let tries = prop::collection::vec((0_i64..100, -4_i64..5), 1..12);
    for _ in 0..40 {
        let tries = tries.new_tree(&mut runner).unwrap().current();
        for (seconds, away) in &tries {
            now += SignedDuration::from_secs(*seconds);
            number += 1;
            let app = app.at(now);
            let half = half_open(&app, &clerk, number).await;
            let step = now.as_second() / 30 + away;
            let shown = phone.code(Timestamp::from_second(step * 30).unwrap());
            let opened = factor::show_code(&app, &half, &shown, None).await;
            assert_eq!(opened.is_ok(), away.abs() <= 1 && step > last, "{step} after {last}: {tries:?}");
            if let Ok(secret) = opened {
                last = step;
                assert!(account::of_session(&app, &secret).await.is_ok());
            }
            assert!(account::of_session(&app, &half).await.is_err());
        }
    }
    test.end().await;
}
