//! Accounts: opened at the counter, taken over with a code; and the log of all that is done with accounts and data.
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
        self, NewAccount, NewToken, admin,
        client::{self, Holder},
        guardianship::{self, Ground},
    },
    audit::{self, Filter},
    id::Id,
    person::{self, Entrant},
    scope::{Area, Scope},
};
use common::{
    COUNTY, VILLAGE, number, somebody,
    staff::{PASSWORD, code, staff},
    worker,
};
use jiff::ToSpan;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use rules::account::{Grant, Purpose, Role};
use std::collections::BTreeSet;

async fn person(app: &App, name: &str, sequence: u32) -> Id {
    let entrant = Entrant {
        name: name.to_owned(),
        number: Some(number("1980-02-03", sequence)),
        division: VILLAGE,
        ..Entrant::default()
    };
    let mut tx = app.db.begin().await.unwrap();
    let id = person::register(app, &mut tx, &worker(), &entrant).await.unwrap();
    tx.commit().await.unwrap();
    id
}

fn own() -> Holder {
    Holder { holder: "self".to_owned(), papers_seen: true, ..Holder::default() }
}

fn guardian(name: &str) -> Holder {
    let ground =
        Ground { basis: "capacity".to_owned(), paper: "（2025）测0101民特1号".to_owned(), until: None };
    Holder { holder: "guardian".to_owned(), name: name.to_owned(), papers_seen: true, ground }
}

both!(an_account_is_opened_at_the_counter_and_taken_over_once, |app| {
    let client = person(app, "王小明", 11).await;
    let handed = client::open(app, &worker(), client, &own()).await.unwrap();
    assert!(handed.username.starts_with('u') && handed.code.len() == 11, "{handed:?}");
    let early = account::sign_in(app, &handed.username, &handed.code).await.unwrap_err();
    assert_eq!(code(&early), "forbidden", "the code is no password");
    let weak = client::take_over(app, &handed.username, &handed.code, "short", None).await.unwrap_err();
    assert_eq!(code(&weak), "password");
    // People write a code as they read it.
    let written = handed.code.to_lowercase().replace('-', " ");
    let (account, secret) = client::take_over(app, &handed.username, &written, PASSWORD, None).await.unwrap();
    assert_eq!(
        (account.role.as_str(), account.person_id, account.name.as_str()),
        ("client", Some(client), "王小明")
    );
    assert_eq!(account::of_session(app, &secret).await.unwrap().id, account.id);
    let twice = client::take_over(app, &handed.username, &handed.code, PASSWORD, None).await.unwrap_err();
    assert_eq!(code(&twice), "forbidden", "a code is used once");
    let (signed_in, _) = account::sign_in(app, &handed.username, PASSWORD).await.unwrap();
    let scope = signed_in.scope().unwrap();
    assert_eq!(person::get(app, &scope, client).await.unwrap().id, client, "the own record");
    let other = person(app, "李秀英", 13).await;
    assert!(matches!(person::get(app, &scope, other).await, Err(Error::NotFound)));

    // Lost: a new code ends the old password.
    let again = client::renew(app, &worker(), client, account.id).await.unwrap();
    assert_eq!(again.username, handed.username);
    assert_eq!(code(&account::sign_in(app, &handed.username, PASSWORD).await.unwrap_err()), "forbidden");
    assert!(account::of_session(app, &secret).await.is_err());
    client::take_over(app, &again.username, &again.code, "Another-2026", None).await.unwrap();
    client::end(app, &worker(), client, account.id).await.unwrap();
    assert_eq!(code(&account::sign_in(app, &again.username, "Another-2026").await.unwrap_err()), "forbidden");
    let all = client::of_person(app, &worker(), client).await.unwrap();
    assert!(all.len() == 1 && all[0].ended_at.is_some(), "{all:?}");
    let clear: Vec<(i64,)> = app
        .db
        .all(
            "SELECT COUNT(*) /* whole: a test counts */ FROM audit WHERE subject_id = $1 AND purpose = 'administration'",
            app::p![client],
        )
        .await
        .unwrap();
    assert_eq!(clear[0].0, 3, "opened, renewed, ended");
});

both!(who_opens_accounts_and_for_whom, |app| {
    let client = person(app, "王小明", 11).await;
    for (role, allowed) in [
        (Role::ReferralWorker, true),
        (Role::CivilAffairsOfficer, true),
        (Role::HealthOfficer, false),
        (Role::Committee, false),
        (Role::Doctor, false),
        (Role::Administrator, false),
        (Role::SecurityAdministrator, false),
        (Role::Client, false),
    ] {
        let found = client::of_person(app, &somebody(role), client).await;
        assert_eq!(found.is_ok(), allowed, "{role:?}");
    }
    let far = Scope { area: Area::of(110_000_000_000), division: 110_000_000_000, ..worker() };
    assert_eq!(code(&client::open(app, &far, client, &own()).await.unwrap_err()), "not_found");
    let nobody = Holder { papers_seen: false, ..guardian(" ") };
    let wrong = client::open(app, &worker(), client, &nobody).await.unwrap_err();
    assert_eq!(code(&wrong), "name papers_seen", "everything that is wrong, at once");
    client::open(app, &worker(), client, &own()).await.unwrap();
    let twice = client::open(app, &worker(), client, &own()).await.unwrap_err();
    assert_eq!(code(&twice), "account_exists");
    let family = client::open(app, &worker(), client, &guardian("王监护")).await.unwrap();
    let (account, _) = client::take_over(app, &family.username, &family.code, PASSWORD, None).await.unwrap();
    assert_eq!((account.name.as_str(), account.person_id), ("王监护", Some(client)));
    let other = person(app, "李秀英", 13).await;
    assert_eq!(code(&client::end(app, &worker(), other, account.id).await.unwrap_err()), "not_found");
});

/// Opens a guardian's account on a ground and takes it over; its username.
async fn guardian_on(app: &App, person: Id, basis: &str, until: Option<jiff::civil::Date>) -> (Id, String) {
    let ground = Ground { basis: basis.to_owned(), paper: "本人同意书 2026-03-02".to_owned(), until };
    let handed =
        client::open(app, &worker(), person, &Holder { ground, ..guardian("王监护") }).await.unwrap();
    let (account, _) = client::take_over(app, &handed.username, &handed.code, PASSWORD, None).await.unwrap();
    (account.id, handed.username)
}

both!(nobody_is_let_in_beside_a_competent_adult_without_that_persons_consent, |app| {
    let adult = person(app, "王小明", 11).await;
    let today = rules::clock::china_date(app.now());
    let ground = |basis: &str, paper: &str, until| {
        let ground = Ground { basis: basis.to_owned(), paper: paper.to_owned(), until };
        Holder { ground, ..guardian("王监护") }
    };
    for (holder, fields) in [
        (ground("", "", None), "basis"),
        (ground("kin", "户口簿", None), "basis"),
        (ground("minor", "户口簿", None), "basis"),
        (ground("capacity", "", None), "paper"),
        (ground("consent", "同意", None), "paper"),
        (ground("consent", "本人同意书", today.yesterday().ok()), "until"),
    ] {
        let refused = client::open(app, &worker(), adult, &holder).await.unwrap_err();
        assert_eq!(code(&refused), fields, "{holder:?}");
    }
    let (_, username) = guardian_on(app, adult, "consent", Some(today)).await;
    let (_, secret) = account::sign_in(app, &username, PASSWORD).await.unwrap();
    assert!(account::of_session(app, &secret).await.is_ok());
    let token =
        account::new_token(app, account::of_session(app, &secret).await.unwrap().id, "t", 9).await.unwrap();
    let tomorrow = app.at(app.now() + 24.hours());
    assert_eq!(code(&account::of_token(&tomorrow, &token).await.unwrap_err()), "not_found");
    assert_eq!(code(&account::sign_in(&tomorrow, &username, PASSWORD).await.unwrap_err()), "forbidden");
    // What was opened before there were grounds lets nobody in either.
    app.db.run("UPDATE account_code /* whole: a test */ SET basis = NULL", vec![]).await.unwrap();
    assert_eq!(code(&account::of_session(app, &secret).await.unwrap_err()), "not_found");
});

both!(the_person_takes_back_what_a_guardians_access_rests_on, |app| {
    let adult = person(app, "王小明", 11).await;
    let handed = client::open(app, &worker(), adult, &own()).await.unwrap();
    let (account, _) = client::take_over(app, &handed.username, &handed.code, PASSWORD, None).await.unwrap();
    let mine = account.scope().unwrap();
    let (by_consent, username) = guardian_on(app, adult, "consent", None).await;
    let (by_finding, _) = guardian_on(app, adult, "capacity", None).await;
    let guardians = guardianship::mine(app, &mine).await.unwrap();
    assert_eq!(guardians.iter().map(|one| one.account).collect::<Vec<_>>(), [by_consent, by_finding]);
    let theirs = account::get(app, by_consent).await.unwrap().scope().unwrap();
    for (who, account) in [(&mine, by_finding), (&theirs, by_consent), (&theirs, by_finding)] {
        assert_eq!(code(&guardianship::take_back(app, who, account).await.unwrap_err()), "not_found");
    }
    guardianship::take_back(app, &mine, by_consent).await.unwrap();
    assert_eq!(code(&account::sign_in(app, &username, PASSWORD).await.unwrap_err()), "forbidden");
    assert_eq!(guardianship::mine(app, &mine).await.unwrap().len(), 1);
});

both!(a_minors_guardian_is_let_in_until_the_eighteenth_birthday, |app| {
    let entrant = Entrant {
        name: "王小朋".to_owned(),
        number: Some(number("2012-02-03", 12)),
        division: VILLAGE,
        ..Entrant::default()
    };
    let mut tx = app.db.begin().await.unwrap();
    let child = person::register(app, &mut tx, &worker(), &entrant).await.unwrap();
    tx.commit().await.unwrap();
    let now = "2026-03-02T09:00:00+08:00".parse().unwrap();
    let (account, _) = guardian_on(&app.at(now), child, "minor", None).await;
    let account = account::get(app, account).await.unwrap();
    assert_eq!(account.basis_until, Some(jiff::civil::date(2030, 2, 2)));
    assert!(account.opens(jiff::civil::date(2030, 2, 2)) && !account.opens(jiff::civil::date(2030, 2, 3)));
});

both!(two_clerks_at_once_open_one_account, |app| {
    let client = person(app, "王小明", 11).await;
    let (holder, clerk) = (own(), worker());
    let (one, other) =
        tokio::join!(client::open(app, &clerk, client, &holder), client::open(app, &clerk, client, &holder));
    let no = [one, other].into_iter().filter_map(Result::err).map(|error| code(&error)).collect::<Vec<_>>();
    assert_eq!(no, ["account_exists"]);
});

both!(a_code_ends_after_its_days_and_guesses_lock_the_account, |app| {
    let client = person(app, "王小明", 11).await;
    let handed = client::open(app, &worker(), client, &own()).await.unwrap();
    let days = i64::from(app.tables.limits.code_days);
    let later = app.at(app.now() + (days * 24 + 1).hours());
    let late = client::take_over(&later, &handed.username, &handed.code, PASSWORD, None).await.unwrap_err();
    assert_eq!(code(&late), "forbidden");
    for _ in 0..4 {
        let guess =
            client::take_over(app, &handed.username, "AAAAA-AAAAA", PASSWORD, None).await.unwrap_err();
        assert_eq!(code(&guess), "forbidden");
    }
    let locked = client::take_over(app, &handed.username, &handed.code, PASSWORD, None).await.unwrap_err();
    assert_eq!(code(&locked), "busy");
});

async fn actions(app: &App, scope: &Scope, filter: &Filter) -> Vec<String> {
    let lines = audit::page(app, scope, filter).await.unwrap();
    lines.into_iter().map(|line| line.action).collect()
}

both!(a_new_password_needs_the_present_one_and_ends_the_other_sessions, |app| {
    let clerk = staff(app, "clerk", Role::ReferralWorker, COUNTY).await;
    let (_, here) = account::sign_in(app, "clerk", PASSWORD).await.unwrap();
    let (_, elsewhere) = account::sign_in(app, "clerk", PASSWORD).await.unwrap();
    let (_, other) = {
        staff(app, "neighbour", Role::ReferralWorker, COUNTY).await;
        account::sign_in(app, "neighbour", PASSWORD).await.unwrap()
    };
    for (present, new, expected) in [
        ("Wrong-2026", "Another-2026", "present"),
        (PASSWORD, "short", "password"),
        (PASSWORD, PASSWORD, "password"),
    ] {
        let refused = account::own::change_password(app, &clerk, &here, present, new).await.unwrap_err();
        assert_eq!(code(&refused), expected, "{new}");
    }
    assert!(account::of_session(app, &elsewhere).await.is_ok(), "nothing has changed");
    account::own::change_password(app, &clerk, &here, PASSWORD, "Another-2026").await.unwrap();
    assert!(account::of_session(app, &here).await.is_ok());
    assert!(account::of_session(app, &elsewhere).await.is_err());
    assert!(account::of_session(app, &other).await.is_ok(), "somebody else's stays");
    assert!(account::sign_in(app, "clerk", PASSWORD).await.is_err());
    assert!(account::sign_in(app, "clerk", "Another-2026").await.is_ok());
});

both!(the_last_passwords_do_not_come_back, |app| {
    let clerk = staff(app, "clerk", Role::ReferralWorker, COUNTY).await;
    let words = |number: u32| format!("Bridge-{number}");
    let mut present = PASSWORD.to_owned();
    for day in 1..=5 {
        let app = app.at(app.now() + jiff::SignedDuration::from_hours(24 * i64::from(day)));
        account::own::change_password(&app, &clerk, "", &present, &words(2020 + day)).await.unwrap();
        present = words(2020 + day);
    }
    let app = app.at(app.now() + jiff::SignedDuration::from_hours(240));
    for number in 2021..=2025 {
        let refused =
            account::own::change_password(&app, &clerk, "", &present, &words(number)).await.unwrap_err();
        assert_eq!(code(&refused), "password", "{number}");
    }
    account::own::change_password(&app, &clerk, "", &present, PASSWORD).await.unwrap();
});

both!(too_many_wrong_words_lock_the_change_of_a_password_too, |app| {
    let clerk = staff(app, "clerk", Role::ReferralWorker, COUNTY).await;
    for _ in 0..app.tables.limits.failures {
        assert!(account::own::change_password(app, &clerk, "", "Wrong-2026", "Another-2026").await.is_err());
    }
    let locked = account::own::change_password(app, &clerk, "", PASSWORD, "Another-2026").await.unwrap_err();
    assert_eq!(code(&locked), "busy");
});

both!(sessions_and_tokens_are_listed_and_ended_by_their_own_account_alone, |app| {
    let clerk = staff(app, "clerk", Role::ReferralWorker, COUNTY).await;
    let other = staff(app, "neighbour", Role::ReferralWorker, COUNTY).await;
    let (_, here) = account::sign_in(app, "clerk", PASSWORD).await.unwrap();
    let (_, elsewhere) = account::sign_in(app, "clerk", PASSWORD).await.unwrap();
    let secret = account::new_token(app, clerk.account, "figures", 30).await.unwrap();
    let sessions = account::own::sessions(app, &clerk, &here).await.unwrap();
    assert_eq!(sessions.iter().filter(|session| session.current).count(), 1);
    let away = sessions.iter().find(|session| !session.current).unwrap();
    let token = account::own::tokens(app, &clerk).await.unwrap().remove(0);
    assert_eq!(token.label, "figures");

    assert_eq!(code(&account::own::end_session(app, &other, &away.handle).await.unwrap_err()), "not_found");
    assert_eq!(code(&account::own::revoke_token(app, &other, token.id).await.unwrap_err()), "not_found");
    assert!(
        account::of_session(app, &elsewhere).await.is_ok() && account::of_token(app, &secret).await.is_ok()
    );

    account::own::end_session(app, &clerk, &away.handle).await.unwrap();
    account::own::revoke_token(app, &clerk, token.id).await.unwrap();
    assert!(
        account::of_session(app, &elsewhere).await.is_err() && account::of_token(app, &secret).await.is_err()
    );
    assert!(account::own::tokens(app, &clerk).await.unwrap().is_empty());
    account::sign_in(app, "clerk", PASSWORD).await.unwrap();
    assert_eq!(account::own::end_other_sessions(app, &clerk, &here).await.unwrap(), 1);
    assert!(account::of_session(app, &here).await.is_ok());
});

both!(the_log_tells_who_did_what_and_no_contents, |app| {
    let auditor = staff(app, "auditor", Role::Auditor, COUNTY).await;
    let clerk = staff(app, "clerk", Role::ReferralWorker, COUNTY).await;
    let far = staff(app, "far", Role::ReferralWorker, 110_101_000_000).await;
    let administrator = staff(app, "chief", Role::SecurityAdministrator, COUNTY).await;
    let client = person(app, "王小明", 11).await;
    assert!(account::sign_in(app, "clerk", "wrong").await.is_err());
    let (_, secret) = account::sign_in(app, "clerk", PASSWORD).await.unwrap();
    account::sign_out(app, &secret).await.unwrap();
    assert!(account::sign_in(app, "nobody-at-all", PASSWORD).await.is_err());
    person::get(app, &clerk, client).await.unwrap();
    app::referral::cases(app, &clerk, &app::referral::Filter::default()).await.unwrap();
    app::referral::cases(app, &far, &app::referral::Filter::default()).await.unwrap();
    admin::set_password(app, &administrator, clerk.account, "Another-2026").await.unwrap();
    admin::end(app, &administrator, clerk.account).await.unwrap();

    let of = |actor: &str| Filter { actor: actor.to_owned(), ..Filter::default() };
    assert_eq!(actions(app, &auditor, &of("clerk")).await, ["list", "read", "sign_out", "sign_in"]);
    assert_eq!(actions(app, &auditor, &of("chief员")).await, ["end", "set_password"]);
    assert_eq!(actions(app, &auditor, &of("far")).await, [""; 0], "another county's staff");
    assert_eq!(actions(app, &auditor, &of("nobody-at-all")).await, [""; 0]);
    let of_action = |action: &str| Filter { action: action.to_owned(), ..Filter::default() };
    let refused = audit::page(app, &auditor, &of_action("sign_in_refused")).await.unwrap();
    assert_eq!(refused.len(), 1, "of the own area's accounts: {refused:?}");
    assert_eq!(audit::said(&refused[0].detail), "because=password");
    let about = Filter { subject: client.to_string(), ..Filter::default() };
    let lines = audit::page(app, &auditor, &about).await.unwrap();
    assert!(lines.iter().any(|line| line.action == "read" && line.username.as_deref() == Some("clerk")));
    let whole =
        serde_json::to_string(&audit::export(app, &auditor, &Filter::default()).await.unwrap()).unwrap();
    for content in ["王小明", &number("1980-02-03", 11), "nobody-at-all", "wrong", PASSWORD] {
        assert!(!whole.contains(content), "{content} stands in the log");
    }
    assert!(whole.contains("\"audit\""), "looking is logged, too");

    // By day, and page by page without a gap.
    let today = rules::clock::china_date(app.now());
    let from =
        |days: i64| Filter { from: Some(today.checked_add(days.days()).unwrap()), ..Filter::default() };
    let until =
        |days: i64| Filter { until: Some(today.checked_add(days.days()).unwrap()), ..Filter::default() };
    assert!(
        !actions(app, &auditor, &from(0)).await.is_empty()
            && !actions(app, &auditor, &until(0)).await.is_empty()
    );
    assert!(
        actions(app, &auditor, &from(1)).await.is_empty()
            && actions(app, &auditor, &until(-1)).await.is_empty()
    );
    let first = audit::page(app, &auditor, &of("clerk")).await.unwrap();
    let rest = Filter { after: Some((first[1].at, first[1].id)), ..of("clerk") };
    assert_eq!(actions(app, &auditor, &rest).await, ["sign_out", "sign_in"]);
    for role in [
        Role::ReferralWorker,
        Role::CivilAffairsOfficer,
        Role::Administrator,
        Role::SecurityAdministrator,
        Role::Supervisor,
    ] {
        let kept = audit::page(app, &somebody(role), &Filter::default()).await;
        assert!(matches!(kept, Err(Error::Forbidden)), "{role:?}");
    }
});

both!(a_client_sees_who_looked_at_the_own_data_and_nothing_else, |app| {
    let clerk = staff(app, "clerk", Role::ReferralWorker, COUNTY).await;
    let (client, other) = (person(app, "王小明", 11).await, person(app, "李秀英", 13).await);
    person::get(app, &clerk, client).await.unwrap();
    person::get(app, &clerk, other).await.unwrap();
    let handed = client::open(app, &clerk, client, &own()).await.unwrap();
    let (account, _) = client::take_over(app, &handed.username, &handed.code, PASSWORD, None).await.unwrap();
    let scope = account.scope().unwrap();
    assert_eq!(actions(app, &scope, &Filter::default()).await, ["open_account", "read"]);
    let auditor = staff(app, "auditor", Role::Auditor, COUNTY).await;
    let log = serde_json::to_string(&audit::page(app, &auditor, &Filter::default()).await.unwrap()).unwrap();
    assert!(log.contains(&handed.username) && !log.contains("王小明"), "a client's name is content: {log}");
    let named = Filter { actor: "王小明".to_owned(), ..Filter::default() };
    assert!(audit::page(app, &auditor, &named).await.unwrap().is_empty());
    let sly = Filter { subject: other.to_string(), actor: "clerk".to_owned(), ..Filter::default() };
    assert_eq!(actions(app, &scope, &sly).await, ["open_account", "read"], "only the own, whatever is asked");
});

both!(clients_are_the_counters_and_no_administrators, |app| {
    let chief = staff(app, "chief", Role::SecurityAdministrator, COUNTY).await;
    let client = person(app, "王小明", 11).await;
    let handed = client::open(app, &worker(), client, &own()).await.unwrap();
    client::take_over(app, &handed.username, &handed.code, PASSWORD, None).await.unwrap();
    for words in ["", "王小明", &handed.username] {
        let listed = admin::accounts(app, &chief, words, "").await.unwrap();
        assert!(listed.iter().all(|account| account.role != "client"), "{words}: {listed:?}");
    }
    let password = admin::set_password(app, &chief, handed.account, "Another-2026").await;
    assert_eq!(code(&password.unwrap_err()), "client_account");
    let everything = NewToken { label: "program".to_owned(), days: 1, grant: Grant::everything() };
    let token = admin::new_token(app, &chief, handed.account, &everything).await;
    assert_eq!(code(&token.unwrap_err()), "client_account");
    account::sign_in(app, &handed.username, PASSWORD).await.unwrap();
});

both!(a_token_says_what_it_is_for, |app| {
    let chief = staff(app, "chief", Role::SecurityAdministrator, COUNTY).await;
    let clerk = staff(app, "clerk", Role::ReferralWorker, COUNTY).await;
    let new = |label: &str, days: i64, purposes: &[Purpose], changes: bool| NewToken {
        label: label.to_owned(),
        days,
        grant: Grant { purposes: purposes.to_vec(), changes },
    };
    for (wrong, fields) in [
        (new("", 30, &[Purpose::Referral], false), "label"),
        (new("figures", 0, &[], true), "days purposes"),
        (new("figures", 367, &[Purpose::Statistics], true), "days"),
        (new("figures", 30, &[Purpose::Audit, Purpose::Statistics], true), "purposes"),
    ] {
        let refused = admin::new_token(app, &chief, clerk.account, &wrong).await.unwrap_err();
        assert_eq!(code(&refused), fields);
    }
    let made = new("figures", 30, &[Purpose::Statistics, Purpose::Referral], false);
    let secret = admin::new_token(app, &chief, clerk.account, &made).await.unwrap();
    let program = account::program(app, &secret).await.unwrap();
    assert_eq!(program.account.id, clerk.account);
    assert_eq!(program.grant.purposes, [Purpose::Referral, Purpose::Statistics], "in the order of the rules");
    assert!(!program.grant.changes);
    let listed = account::own::tokens(app, &clerk).await.unwrap();
    assert_eq!((listed[0].purposes.as_str(), listed[0].changes), ("referral,statistics", false));
    let later = app.at(app.now() + jiff::SignedDuration::from_hours(24 * 31));
    assert!(account::program(&later, &secret).await.is_err(), "it has ended");
    // What an older program left without a purpose opens nothing.
    app.db.run("UPDATE api_token SET purposes = NULL, changes = NULL", app::p![]).await.unwrap();
    let program = account::program(app, &secret).await.unwrap();
    assert!(program.grant.purposes.is_empty() && !program.grant.changes);
});

/// Whatever is added, ended and given back in whatever order: nobody of an organisation holds two of the three powers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_sequence_of_acts_puts_two_powers_into_one_hand() {
    const ROLES: [Role; 4] =
        [Role::Administrator, Role::SecurityAdministrator, Role::Auditor, Role::ReferralWorker];
    let test = common::TestApp::on_sqlite().await;
    let app = &test.app;
    let chief = staff(app, "chief", Role::SecurityAdministrator, COUNTY).await;
    let house = staff(app, "house", Role::Doctor, COUNTY).await.organisation;
    let acts = prop::collection::vec((0_usize..4, 0_usize..2, 0_usize..4), 4..10);
    let mut runner =
        TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() });
    let (mut made, mut number): (Vec<Id>, u32) = (Vec::new(), 0);
    for _ in 0..12 {
        let acts = acts.new_tree(&mut runner).unwrap().current();
        for (act, name, role) in &acts {
            let done = match act {
                0 | 1 => {
                    number += 1;
                    let new = NewAccount {
                        username: format!("n{number:04}"),
                        name: ["王一", "李二"][*name].to_owned(),
                        password: PASSWORD.to_owned(),
                        role: ROLES[*role].code().to_owned(),
                        organisation: house,
                        division: None,
                        person: None,
                    };
                    admin::add(app, &chief, &new).await.map(|id| made.push(id))
                }
                _ if made.is_empty() => continue,
                2 => admin::end(app, &chief, made[(name * 4 + role) % made.len()]).await,
                _ => admin::restore(app, &chief, made[(name * 4 + role) % made.len()]).await,
            };
            assert!(done.as_ref().err().is_none_or(|error| code(error) == "powers_apart"), "{done:?}");
            let held = "SELECT name, role FROM account /* whole: a test looks */ WHERE ended_at IS NULL
                AND organisation_id = $1";
            let held: Vec<(String, String)> = app.db.all(held, app::p![house]).await.unwrap();
            for person in ["王一", "李二"] {
                let own = held.iter().filter(|(name, _)| name == person);
                let powers: BTreeSet<_> =
                    own.filter_map(|(_, role)| Role::of_code(role).and_then(Role::power)).collect();
                assert!(powers.len() <= 1, "{person} holds {powers:?} after {acts:?}");
            }
        }
    }
    test.end().await;
}
