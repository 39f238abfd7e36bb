//! Passkeys: set up, shown, refused in each way in which they can be, taken away; and that a role may have to use one. All
//! persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;

use app::{
    App, Error,
    account::{
        self, admin, factor, own,
        passkey::{self, NewPasskey, RelyingParty},
    },
    audit, p,
    scope::Scope,
};
use common::{
    COUNTY,
    authenticator::{Authenticator, ORIGIN},
    staff::{PASSWORD, code, staff},
};
use jiff::SignedDuration;
use rules::account::{Role, SignInPolicy, Step};
use totp_rs::{Builder, Secret};

/// The site at its address, at an instant that the test moves on itself.
fn site(app: &App) -> App {
    let party = RelyingParty::new(ORIGIN, SignedDuration::from_mins(5)).unwrap();
    app.at("2026-03-02T01:00:00Z".parse().unwrap()).reached_at(party)
}

fn later(app: &App, seconds: i64) -> App {
    app.at(app.now() + SignedDuration::from_secs(seconds))
}

fn named(name: &str, answer: String) -> NewPasskey {
    NewPasskey { name: name.to_owned(), answer }
}

async fn sign_in(app: &App, username: &str) -> String {
    account::sign_in(app, username, PASSWORD).await.unwrap().1
}

async fn waits_for(app: &App, secret: &str) -> Option<Step> {
    account::sitting(app, secret).await.unwrap().awaits
}

/// Sets a passkey of the device up in an open session; the recovery codes.
async fn set_up(app: &App, scope: &Scope, secret: &str, device: &mut Authenticator) -> Vec<String> {
    passkey::begin(app, scope, secret, PASSWORD).await.unwrap();
    let options = passkey::begun(app, scope, secret).await.unwrap().unwrap();
    let made = named("office computer", device.make(&options));
    passkey::complete(app, scope, secret, &made).await.unwrap().codes
}

/// Somebody with a passkey, and the recovery codes.
async fn with_passkey(app: &App, username: &str) -> (Scope, Authenticator, Vec<String>) {
    let scope = staff(app, username, Role::ReferralWorker, COUNTY).await;
    let secret = sign_in(app, username).await;
    let mut device = Authenticator::new(username);
    let codes = set_up(app, &scope, &secret, &mut device).await;
    (scope, device, codes)
}

async fn options(app: &App, secret: &str) -> String {
    passkey::ask(app, secret).await.unwrap().unwrap()
}

/// Signs in with what the device shows.
async fn shown(app: &App, username: &str, device: &mut Authenticator) -> Result<String, Error> {
    let half = sign_in(app, username).await;
    let answer = device.show(&options(app, &half).await);
    passkey::show(app, &half, &answer, None).await
}

/// Why the passkeys of an account were refused, by word: what happens at one instant has no order.
async fn reasons(app: &App, scope: &Scope) -> Vec<String> {
    let events = own::events(app, scope).await.unwrap();
    let refused = events.iter().filter(|event| event.action == "passkey_refused");
    let mut reasons: Vec<String> =
        refused.map(|event| event.detail["because"].as_str().unwrap().to_owned()).collect();
    reasons.sort();
    reasons
}

async fn failures(app: &App, scope: &Scope) -> i64 {
    let sql = "SELECT failed_sign_ins FROM account WHERE id = $1";
    app.db.opt::<(i64,)>(sql, p![scope.account]).await.unwrap().unwrap().0
}

both!(a_passkey_is_set_up_and_asked_for_at_each_sign_in, |app| {
    let app = &site(app);
    let clerk = staff(app, "clerk", Role::ReferralWorker, COUNTY).await;
    let (here, elsewhere) = (sign_in(app, "clerk").await, sign_in(app, "clerk").await);
    assert!(passkey::begun(app, &clerk, &here).await.unwrap().is_none(), "not before the password");
    assert_eq!(code(&passkey::begin(app, &clerk, &here, "Wrong-2026").await.unwrap_err()), "present");
    passkey::begin(app, &clerk, &here, PASSWORD).await.unwrap();
    let asked = passkey::begun(app, &clerk, &here).await.unwrap().unwrap();
    assert!(passkey::begun(app, &clerk, &elsewhere).await.unwrap().is_none(), "shown to one session");
    assert!(asked.contains("\"name\":\"clerk\"") && !asked.contains("clerk员"), "{asked}");
    let mut device = Authenticator::new("clerk");
    let answer = device.make(&asked);
    let strange = passkey::complete(app, &clerk, &elsewhere, &named("x", answer.clone())).await.unwrap_err();
    assert_eq!(code(&strange), "passkey", "completed by the session that began");
    for wrong in [String::new(), "x".repeat(61)] {
        let unnamed =
            passkey::complete(app, &clerk, &here, &named(&wrong, answer.clone())).await.unwrap_err();
        assert_eq!(code(&unnamed), "name", "told before the question is used up");
    }
    let done = passkey::complete(app, &clerk, &here, &named(" blue key ", answer.clone())).await.unwrap();
    assert_eq!(done.codes.len(), usize::from(app.tables.limits.second_factor.recovery_codes));
    assert!(account::of_session(app, &here).await.is_ok());
    assert!(account::of_session(app, &elsewhere).await.is_err(), "it was opened without it");
    let again = passkey::complete(app, &clerk, &here, &named("twice", answer)).await.unwrap_err();
    assert_eq!(code(&again), "passkey", "a question is answered once");

    let half = sign_in(app, "clerk").await;
    assert_eq!(waits_for(app, &half).await, Some(Step::Code));
    assert!(account::of_session(app, &half).await.is_err(), "half open is not open");
    let app = &later(app, 60);
    let answer = device.show(&options(app, &half).await);
    let open = passkey::show(app, &half, &answer, None).await.unwrap();
    assert!(account::of_session(app, &open).await.is_ok());
    assert!(account::sitting(app, &half).await.is_err(), "another session takes its place");
    let held = factor::own(app, &clerk).await.unwrap().unwrap();
    assert_eq!((held.passkeys.len(), held.app_at), (1, None));
    assert_eq!((held.passkeys[0].name.as_str(), held.passkeys[0].used_at), ("blue key", Some(app.now())));
    let stored: Vec<(Vec<u8>,)> =
        app.db.all("SELECT credential FROM passkey /* whole: a test looks */", p![]).await.unwrap();
    assert!(!stored[0].0.windows(7).any(|bytes| bytes == b"counter"), "sealed at rest");
});

both!(further_factors_of_any_kind_bring_no_further_codes_and_the_last_one_takes_them_along, |app| {
    let app = &site(app);
    let (clerk, mut device, codes) = with_passkey(app, "clerk").await;
    let open = shown(app, "clerk", &mut device).await.unwrap();
    assert!(set_up(app, &clerk, &open, &mut Authenticator::new("drawer")).await.is_empty());
    factor::begin(app, &clerk, &open, PASSWORD).await.unwrap();
    let account = account::get(app, clerk.account).await.unwrap();
    let phone = factor::enrolment(app, &account, &open).await.unwrap().unwrap().written;
    let secret = Secret::try_from_base32(phone.replace(' ', "")).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    let now = |app: &App| totp.generate(u64::try_from(app.now().as_second()).unwrap()).to_string();
    assert!(factor::complete(app, &clerk, &open, &now(app)).await.unwrap().codes.is_empty());

    let app = &later(app, 60);
    let half = sign_in(app, "clerk").await;
    let by_code = factor::show_code(app, &half, &now(app), None).await.unwrap();
    assert!(account::of_session(app, &by_code).await.is_ok(), "either kind opens");
    let half = sign_in(app, "clerk").await;
    let by_paper = factor::show_code(app, &half, &codes[0], None).await.unwrap();
    let held = factor::own(app, &clerk).await.unwrap().unwrap();
    assert_eq!(held.codes_left, i64::try_from(codes.len()).unwrap() - 1);

    factor::remove(app, &clerk, &by_paper, PASSWORD).await.unwrap();
    for key in &held.passkeys {
        assert!(factor::own(app, &clerk).await.unwrap().unwrap().codes_left > 0);
        passkey::remove(app, &clerk, &by_paper, PASSWORD, key.id).await.unwrap();
    }
    assert!(factor::own(app, &clerk).await.unwrap().is_none());
    let left = app
        .db
        .opt::<(i64,)>("SELECT COUNT(*) FROM recovery_code WHERE account_id = $1", p![clerk.account])
        .await
        .unwrap();
    assert_eq!(left, Some((0,)), "paper alone is no second factor");
    let gone = passkey::remove(app, &clerk, &by_paper, PASSWORD, held.passkeys[0].id).await.unwrap_err();
    assert_eq!(code(&gone), "not_found");
    assert_eq!(waits_for(app, &by_paper).await, None, "nothing is required of this role");
});

both!(a_passkey_is_refused_where_anything_about_it_is_wrong, |app| {
    let app = &site(app);
    let (clerk, mut device, _) = with_passkey(app, "clerk").await;
    let (other, mut foreign, _) = with_passkey(app, "neighbour").await;

    let mut lured = device.clone();
    lured.origin = "https://xinqiao.example.cn.lure.example".to_owned();
    assert_eq!(code(&shown(app, "clerk", &mut lured).await.unwrap_err()), "forbidden", "another site");
    assert_eq!(reasons(app, &clerk).await, ["passkey_origin"]);
    assert_eq!(code(&shown(app, "clerk", &mut foreign).await.unwrap_err()), "forbidden", "another's passkey");
    let mut unlooked = device.clone();
    unlooked.verifies = false;
    assert_eq!(code(&shown(app, "clerk", &mut unlooked).await.unwrap_err()), "forbidden", "nobody looked");
    let half = sign_in(app, "clerk").await;
    options(app, &half).await;
    for nonsense in ["", "{}", &"[".repeat(40_000)] {
        let refused = passkey::show(app, &half, nonsense, None).await.unwrap_err();
        assert!(matches!(code(&refused).as_str(), "forbidden" | "passkey_expired"), "{refused}");
    }
    assert_eq!(
        reasons(app, &clerk).await,
        [
            "passkey_expired",
            "passkey_expired",
            "passkey_origin",
            "passkey_unfit",
            "passkey_unknown",
            "passkey_unverified"
        ]
    );
    assert_eq!(failures(app, &clerk).await, 4, "what was wrong counts, what was late does not");
    assert_eq!(failures(app, &other).await, 0);
    let open = shown(app, "clerk", &mut device).await.unwrap();
    assert!(account::of_session(app, &open).await.is_ok());
    assert_eq!(failures(app, &clerk).await, 0, "forgotten once a session is open");
});

both!(a_question_is_answered_once_in_its_own_session_and_in_time, |app| {
    let app = &site(app);
    let (clerk, mut device, _) = with_passkey(app, "clerk").await;
    let (half, rival) = (sign_in(app, "clerk").await, sign_in(app, "clerk").await);
    let answer = device.show(&options(app, &half).await);
    options(app, &rival).await;
    let elsewhere = passkey::show(app, &rival, &answer, None).await.unwrap_err();
    assert_eq!(code(&elsewhere), "forbidden", "the question of another session");
    let spent = passkey::show(app, &rival, &answer, None).await.unwrap_err();
    assert_eq!(code(&spent), "passkey_expired");
    passkey::show(app, &half, &answer, None).await.unwrap();
    let replayed = passkey::show(app, &half, &answer, None).await.unwrap_err();
    assert_eq!(code(&replayed), "not_found", "its session was replaced");
    let half = sign_in(app, "clerk").await;
    options(app, &half).await;
    let replayed = passkey::show(app, &half, &answer, None).await.unwrap_err();
    assert_eq!(code(&replayed), "forbidden", "a recorded answer fits no further question");
    let first = options(app, &half).await;
    let second = options(app, &half).await;
    let stale = passkey::show(app, &half, &device.show(&first), None).await.unwrap_err();
    assert_eq!(code(&stale), "forbidden", "the later question took the place of the first");
    assert_ne!(first, second);

    let minutes = i64::from(app.tables.limits.second_factor.challenge_minutes);
    let before = reasons(app, &clerk).await.len();
    let asked = options(app, &half).await;
    let late = &later(app, minutes * 60 + 1);
    let refused = passkey::show(late, &half, &device.show(&asked), None).await.unwrap_err();
    assert_eq!(code(&refused), "passkey_expired");
    assert_eq!(reasons(app, &clerk).await.len(), before + 1);
    let asked = options(late, &half).await;
    passkey::show(&later(late, minutes * 60 - 1), &half, &device.show(&asked), None).await.unwrap();

    let open = shown(app, "clerk", &mut device).await.unwrap();
    passkey::begin(app, &clerk, &open, PASSWORD).await.unwrap();
    let asked = passkey::begun(app, &clerk, &open).await.unwrap().unwrap();
    let made = named("late", Authenticator::new("late").make(&asked));
    assert!(passkey::begun(late, &clerk, &open).await.unwrap().is_none());
    assert_eq!(code(&passkey::complete(late, &clerk, &open, &made).await.unwrap_err()), "passkey");
});

both!(a_count_that_goes_back_is_refused_told_and_logged, |app| {
    let app = &site(app);
    let (clerk, mut device, codes) = with_passkey(app, "clerk").await;
    let mut copy = device.clone();
    shown(app, "clerk", &mut device).await.unwrap();
    shown(app, "clerk", &mut device).await.unwrap();
    for _ in 0..2 {
        assert_eq!(code(&shown(app, "clerk", &mut copy).await.unwrap_err()), "passkey_counter");
    }
    assert_eq!(reasons(app, &clerk).await, ["passkey_counter", "passkey_counter"]);
    let auditor = staff(app, "auditor", Role::Auditor, COUNTY).await;
    let wanted = audit::Filter { action: "passkey_refused".to_owned(), ..audit::Filter::default() };
    assert_eq!(audit::page(app, &auditor, &wanted).await.unwrap().len(), 2);
    assert_eq!(failures(app, &clerk).await, 2);

    // Two that were asked before either answered: the later count wins, the earlier one is a copy's.
    let (one, two) = (sign_in(app, "clerk").await, sign_in(app, "clerk").await);
    let (first, second) = (options(app, &one).await, options(app, &two).await);
    let (earlier, later_one) = (device.show(&first), device.show(&second));
    passkey::show(app, &two, &later_one, None).await.unwrap();
    assert_eq!(code(&passkey::show(app, &one, &earlier, None).await.unwrap_err()), "passkey_counter");
    let half = sign_in(app, "clerk").await;
    let by_paper = factor::show_code(app, &half, &codes[0], None).await.unwrap();
    let held = factor::own(app, &clerk).await.unwrap().unwrap().passkeys;
    passkey::remove(app, &clerk, &by_paper, PASSWORD, held[0].id).await.unwrap();

    let mut synchronised = Authenticator::new("synchronised");
    synchronised.count = None;
    set_up(app, &clerk, &by_paper, &mut synchronised).await;
    for _ in 0..3 {
        shown(app, "clerk", &mut synchronised).await.unwrap();
    }
});

both!(a_passkey_belongs_to_one_account_and_ends_when_it_is_taken_away, |app| {
    let app = &site(app);
    let (clerk, mut device, _) = with_passkey(app, "clerk").await;
    let other = staff(app, "neighbour", Role::ReferralWorker, COUNTY).await;
    let theirs = sign_in(app, "neighbour").await;
    passkey::begin(app, &other, &theirs, PASSWORD).await.unwrap();
    let asked = passkey::begun(app, &other, &theirs).await.unwrap().unwrap();
    let taken = named("mine now", Authenticator::new("clerk").make(&asked));
    assert_eq!(code(&passkey::complete(app, &other, &theirs, &taken).await.unwrap_err()), "passkey");
    assert!(factor::own(app, &other).await.unwrap().is_none(), "nothing is half set up");
    let mut strayed = Authenticator::new("strayed");
    strayed.origin = "https://elsewhere.example".to_owned();
    passkey::begin(app, &other, &theirs, PASSWORD).await.unwrap();
    let asked = passkey::begun(app, &other, &theirs).await.unwrap().unwrap();
    let made = named("strayed", strayed.make(&asked));
    assert_eq!(code(&passkey::complete(app, &other, &theirs, &made).await.unwrap_err()), "passkey");
    assert_eq!(reasons(app, &other).await, ["passkey_origin"]);

    let held = factor::own(app, &clerk).await.unwrap().unwrap().passkeys;
    let not_theirs = passkey::remove(app, &other, &theirs, PASSWORD, held[0].id).await.unwrap_err();
    assert_eq!(code(&not_theirs), "not_found");
    let half = sign_in(app, "clerk").await;
    let open = shown(app, "clerk", &mut device).await.unwrap();
    set_up(app, &clerk, &open, &mut Authenticator::new("drawer")).await;
    assert!(account::sitting(app, &half).await.is_err(), "half a sign-in ends with the others");
    let half = sign_in(app, "clerk").await;
    let answer = device.show(&options(app, &half).await);
    let wrong = passkey::remove(app, &clerk, &open, "Wrong-2026", held[0].id).await.unwrap_err();
    assert_eq!(code(&wrong), "present");
    // Taken away between question and answer, by an operator at the database: the session is still there.
    app.db.run("DELETE FROM passkey WHERE id = $1", p![held[0].id]).await.unwrap();
    assert_eq!(code(&passkey::show(app, &half, &answer, None).await.unwrap_err()), "forbidden");
    assert_eq!(reasons(app, &clerk).await, ["passkey_unknown"]);

    let most = usize::from(app.tables.limits.second_factor.passkeys);
    for number in 1..most {
        set_up(app, &clerk, &open, &mut Authenticator::new(&format!("key {number}"))).await;
    }
    assert_eq!(code(&passkey::begin(app, &clerk, &open, PASSWORD).await.unwrap_err()), "passkeys_full");
});

both!(failures_lock_the_account_and_a_lock_takes_no_passkey, |app| {
    let app = &site(app);
    let (clerk, mut device, _) = with_passkey(app, "clerk").await;
    let half = sign_in(app, "clerk").await;
    let mut lured = device.clone();
    lured.origin = "https://lure.example".to_owned();
    for _ in 0..app.tables.limits.failures {
        let answer = lured.show(&options(app, &half).await);
        assert_eq!(code(&passkey::show(app, &half, &answer, None).await.unwrap_err()), "forbidden");
    }
    let answer = device.show(&options(app, &half).await);
    let locked = passkey::show(app, &half, &answer, None).await.unwrap_err();
    assert_eq!(code(&locked), "busy", "the right one does not open a locked account");
    assert_eq!(code(&account::sign_in(app, "clerk", PASSWORD).await.unwrap_err()), "busy");
    let chief = staff(app, "chief", Role::SecurityAdministrator, COUNTY).await;
    admin::unlock(app, &chief, clerk.account).await.unwrap();
    shown(app, "clerk", &mut device).await.unwrap();
});

both!(a_reset_takes_passkeys_too_and_the_list_shows_them, |app| {
    let app = &site(app);
    let (clerk, mut device, codes) = with_passkey(app, "clerk").await;
    let chief = staff(app, "chief", Role::SecurityAdministrator, COUNTY).await;
    let listed = async || admin::kept(app, &chief, "clerk", "").await.unwrap().remove(0);
    assert_eq!((listed().await.app_at, listed().await.passkeys), (None, 1));
    let half = sign_in(app, "clerk").await;
    let answer = device.show(&options(app, &half).await);
    admin::reset_factor(app, &chief, clerk.account).await.unwrap();
    assert_eq!(listed().await.passkeys, 0);
    assert_eq!(code(&passkey::show(app, &half, &answer, None).await.unwrap_err()), "not_found");
    let open = sign_in(app, "clerk").await;
    assert_eq!(waits_for(app, &open).await, None);
    set_up(app, &clerk, &open, &mut device).await;
    let half = sign_in(app, "clerk").await;
    let old = factor::show_code(app, &half, &codes[1], None).await.unwrap_err();
    assert_eq!(code(&old), "forbidden", "the recovery codes went with the reset");
});

both!(a_role_that_must_use_a_passkey_cannot_go_on_with_a_code, |app| {
    let plain = &site(app);
    let clerk = staff(plain, "clerk", Role::ReferralWorker, COUNTY).await;
    let account = account::get(plain, clerk.account).await.unwrap();
    let here = sign_in(plain, "clerk").await;
    factor::begin(plain, &clerk, &here, PASSWORD).await.unwrap();
    let phone = factor::enrolment(plain, &account, &here).await.unwrap().unwrap().written;
    let secret = Secret::try_from_base32(phone.replace(' ', "")).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    let now = |app: &App| totp.generate(u64::try_from(app.now().as_second()).unwrap()).to_string();
    let codes = factor::complete(plain, &clerk, &here, &now(plain)).await.unwrap().codes;

    // The role must use one from now on: the last code of the app leads to the first passkey, and nowhere else.
    let app = &later(plain, 60)
        .asking(SignInPolicy { passkey_for: vec![Role::ReferralWorker], ..SignInPolicy::default() });
    let half = sign_in(app, "clerk").await;
    let half = factor::show_code(app, &half, &now(app), None).await.unwrap();
    assert_eq!(waits_for(app, &half).await, Some(Step::Enrol));
    assert!(account::of_session(app, &half).await.is_err());
    assert_eq!(
        code(&factor::begin_waiting(app, &half).await.unwrap_err()),
        "not_found",
        "no app in its place"
    );
    let by_app = factor::complete_waiting(app, &half, &now(app), None).await.unwrap_err();
    assert_eq!(code(&by_app), "not_found");
    let mut device = Authenticator::new("clerk");
    let asked = passkey::begin_waiting(app, &half).await.unwrap().unwrap();
    assert_eq!(passkey::begin_waiting(app, &half).await.unwrap().unwrap(), asked, "drawn again");
    let made = named("blue key", device.make(&asked));
    let done = passkey::complete_waiting(app, &half, &made, None).await.unwrap();
    assert!(done.codes.is_empty(), "it has recovery codes");
    let open = done.secret.unwrap();
    assert!(account::of_session(app, &open).await.is_ok());

    let app = &later(app, 60);
    let half = sign_in(app, "clerk").await;
    let held = factor::choices(app, &half, Step::Code).await.unwrap();
    assert!(held.app && held.passkey && !held.takes_app());
    let refused = factor::show_code(app, &half, &now(app), None).await.unwrap_err();
    assert_eq!(code(&refused), "forbidden", "a fresh code of the app is not enough");
    let by_paper = factor::show_code(app, &half, &codes[0], None).await.unwrap();
    assert!(account::of_session(app, &by_paper).await.is_ok(), "a recovery code lets in once");
    let open = shown(app, "clerk", &mut device).await.unwrap();
    let key = factor::own(app, &clerk).await.unwrap().unwrap().passkeys.remove(0);
    passkey::remove(app, &clerk, &open, PASSWORD, key.id).await.unwrap();
    assert_eq!(waits_for(app, &open).await, Some(Step::Enrol), "the next one at once");

    // Who has no factor at all is led straight to a passkey.
    staff(app, "newcomer", Role::ReferralWorker, COUNTY).await;
    let half = sign_in(app, "newcomer").await;
    assert_eq!(waits_for(app, &half).await, Some(Step::Enrol));
    let asked = passkey::begin_waiting(app, &half).await.unwrap().unwrap();
    let made = named("key", Authenticator::new("newcomer").make(&asked));
    let done = passkey::complete_waiting(app, &half, &made, None).await.unwrap();
    assert_eq!(done.codes.len(), codes.len(), "its first factor");
});

both!(without_an_address_passkeys_are_not_offered_and_recovery_codes_still_let_in, |app| {
    let named_site = &site(app);
    let (clerk, _, codes) = with_passkey(named_site, "clerk").await;
    let app = &app.at(named_site.now());
    assert!(passkey::are_offered(named_site) && !passkey::are_offered(app));
    let half = sign_in(app, "clerk").await;
    assert_eq!(
        waits_for(app, &half).await,
        Some(Step::Code),
        "a passkey that cannot be shown still protects"
    );
    assert!(passkey::ask(app, &half).await.unwrap().is_none());
    let open = factor::show_code(app, &half, &codes[0], None).await.unwrap();
    assert_eq!(
        code(&passkey::begin(app, &clerk, &open, PASSWORD).await.unwrap_err()),
        "passkeys_not_offered"
    );
});
