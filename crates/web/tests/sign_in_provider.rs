//! Signing in by another identity provider, against one that runs in the test and can be wrong in every way that must not count.
//! All persons are invented.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

use crate::common;
#[path = "common/issuer.rs"]
mod issuer;

use app::{App, id::Id, p};
use axum::{
    Router,
    body::Body,
    http::{Response, StatusCode},
};
use common::{
    visitor::Visitor,
    world::{PASSWORD, World},
};
use issuer::{Algorithm, CLIENT, Flaw, Issuer, SECRET};
use jiff::SignedDuration;
use rules::account::{
    Role, SignInPolicy,
    provider::{Mapping, UnknownPerson},
};
use serde_json::{Value, json};
use web::{ClaimNames, Provider, ProviderSettings, Settings};

/// The credit code of the world's institution, and the number of a division of the county.
const CREDIT_CODE: &str = "91310115MA1K35TX0A";
const TOWN: &str = "310115110";

fn settings(issuer: &Issuer, mapping: Mapping) -> ProviderSettings {
    let by_roles = !mapping.roles.is_empty();
    ProviderSettings {
        issuer: issuer.address.clone(),
        client_id: CLIENT.to_owned(),
        client_secret: SECRET.to_owned(),
        redirect_origin: "https://xinqiao.example".to_owned(),
        label: ("政务身份".to_owned(), "Government identity".to_owned()),
        scopes: vec!["profile".to_owned()],
        claims: ClaimNames {
            subject: "sub".to_owned(),
            name: "name".to_owned(),
            organisation: by_roles.then(|| "org".to_owned()),
            division: by_roles.then(|| "area".to_owned()),
            roles: by_roles.then(|| "groups".to_owned()),
        },
        mapping,
        ..ProviderSettings::default()
    }
}

/// Roles kept at the provider.
fn mapped(unknown: UnknownPerson, powers: &[Role]) -> Mapping {
    let roles = [
        ("worker", Role::ReferralWorker),
        ("officer", Role::CivilAffairsOfficer),
        ("keeper", Role::CaseManager),
        ("manager", Role::InstitutionManager),
        ("admin", Role::Administrator),
        ("auditor", Role::Auditor),
    ];
    Mapping {
        roles: roles.into_iter().map(|(value, role)| (value.to_owned(), role)).collect(),
        powers: powers.to_vec(),
        unknown,
        second_factor: vec!["otp".to_owned()],
    }
}

/// A site that knows the provider.
fn site(app: &App, issuer: &Issuer, mapping: Mapping) -> Router {
    let provider = Some(Provider::new(settings(issuer, mapping)).unwrap());
    web::site_with(app.clone(), Settings { provider, ..Settings::default() })
}

/// What a browser does at the provider's side.
trait AtProvider {
    /// Leaves for the provider; its address.
    async fn leaves(&mut self, next: &str) -> String;

    /// Signs in by the provider, and comes to where it leads.
    async fn comes_by(&mut self, issuer: &Issuer, claims: Value) -> String {
        self.comes_with(issuer, claims, Flaw::None).await
    }

    async fn comes_with(&mut self, issuer: &Issuer, claims: Value, flaw: Flaw) -> String;

    fn signed_in(&self) -> bool;
}

impl AtProvider for Visitor {
    async fn leaves(&mut self, next: &str) -> String {
        let answer = self.answer("POST", "/sign-in/provider", &[("next", next)]).await;
        address(&answer)
    }

    async fn comes_with(&mut self, issuer: &Issuer, claims: Value, flaw: Flaw) -> String {
        let address = self.leaves("/work-list").await;
        let back = issuer.agrees(&address, claims, flaw);
        let answer = self.get(&back).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        answer.location
    }

    fn signed_in(&self) -> bool {
        self.cookies.contains_key("xinqiao_session")
    }
}

/// Where the page leads.
fn address(answer: &Response<Body>) -> String {
    assert_eq!(answer.status(), StatusCode::OK, "{:?}", answer.headers());
    let refresh = answer.headers()["refresh"].to_str().unwrap();
    refresh.strip_prefix("0; url=").unwrap().to_owned()
}

async fn account(app: &App, username: &str) -> Id {
    let sql = "SELECT id FROM account WHERE username = $1";
    let found: Option<(Id,)> = app.db.opt(sql, p![username]).await.unwrap();
    found.unwrap().0
}

/// Links an account with what the provider calls its holder, as a security administrator does.
async fn link(world: &World, site: &Router, username: &str, subject: &str) {
    let mut security = Visitor::with(site, &world.cookies["security_administrator"]);
    let path = format!("/administration/accounts/{}/provider", account(&world.app, username).await);
    let answer = security.post(&format!("{path}/link"), &[("subject", subject)]).await;
    assert_eq!(answer.location, path, "{}", answer.text);
}

/// What the log says about sign-ins that were refused, the latest first.
async fn refusals(app: &App) -> Vec<String> {
    let sql = "SELECT detail FROM audit /* whole: a test */ WHERE action = 'sign_in_refused' ORDER BY at DESC, id DESC";
    let found: Vec<(Value,)> = app.db.all(sql, p![]).await.unwrap();
    found.into_iter().map(|(detail,)| detail["because"].as_str().unwrap_or_default().to_owned()).collect()
}

on_both!(a_linked_person_signs_in_and_lands_where_they_wished, World, |world| {
    let issuer = Issuer::start().await;
    let site = site(&world.app, &issuer, Mapping::default());
    let mut visitor = Visitor::new(&site);
    visitor.get("/sign-in?lang=en").await.has("Sign in with Government identity");
    visitor.get("/sign-in?lang=zh-CN").await.has("使用政务身份登录");
    assert_eq!(visitor.comes_by(&issuer, json!({"sub": "4711"})).await, "/sign-in?told=provider_unknown");
    assert!(!visitor.signed_in());
    visitor.get("/sign-in?told=provider_unknown&lang=en").await.has("no account here opens with it");
    assert_eq!(refusals(&world.app).await[0], "provider_unknown");

    link(world, &site, "referral_worker", "4711").await;
    for algorithm in [Algorithm::Rs256, Algorithm::Es256] {
        issuer.sign_with(algorithm);
        let mut visitor = Visitor::new(&site);
        let address = visitor.leaves("/cases?state=registered").await;
        assert!(visitor.cookies["xinqiao_provider"].len() == 64);
        let back = issuer.agrees(&address, json!({"sub": "4711"}), Flaw::None);
        let answer = visitor.get(&back).await;
        assert_eq!(answer.location, "/cases?state=registered", "{algorithm:?}");
        assert!(!visitor.cookies.contains_key("xinqiao_provider"), "the cookie has done its work");
        visitor.get("/account?lang=en").await.has("Linked since").has("Last sign-in by it");
        assert_eq!(visitor.get(&back).await.location, "/sign-in?told=provider_expired", "taken once");
    }
    for elsewhere in ["//evil.example", "https://evil.example", "/\\evil.example", ""] {
        let mut visitor = Visitor::new(&site);
        let address = visitor.leaves(elsewhere).await;
        let back = issuer.agrees(&address, json!({"sub": "4711"}), Flaw::None);
        assert_eq!(visitor.get(&back).await.location, "/", "{elsewhere}");
    }
    // Nothing of what the provider calls people, nor of what binds a sign-in, stands in the clear.
    let hidden: Vec<(Vec<u8>,)> =
        world.app.db.all("SELECT subject_hash FROM external_identity", p![]).await.unwrap();
    assert!(hidden.iter().all(|(hash,)| !hash.windows(4).any(|bytes| bytes == b"4711")));
});

on_both!(an_answer_that_does_not_hold_signs_in_nobody, World, |world| {
    let issuer = Issuer::start().await;
    let site = site(&world.app, &issuer, Mapping::default());
    link(world, &site, "referral_worker", "4711").await;
    let claims = || json!({"sub": "4711"});
    for algorithm in [Algorithm::Rs256, Algorithm::Es256] {
        issuer.sign_with(algorithm);
        for flaw in [
            Flaw::Nonce,
            Flaw::NoNonce,
            Flaw::Audience,
            Flaw::FurtherAudience,
            Flaw::Issuer,
            Flaw::Expired,
            Flaw::Unsigned,
            Flaw::SignedWithSecret,
            Flaw::ForeignKey,
            Flaw::AlteredClaims,
        ] {
            let mut visitor = Visitor::new(&site);
            let to = visitor.comes_with(&issuer, claims(), flaw).await;
            assert_eq!(to, "/sign-in?told=provider_wrong", "{flaw:?} {algorithm:?}");
            assert!(!visitor.signed_in(), "{flaw:?}");
        }
        assert_eq!(
            Visitor::new(&site).comes_by(&issuer, claims()).await,
            "/work-list",
            "the same without a flaw"
        );
    }
    let mut visitor = Visitor::new(&site);
    assert_eq!(visitor.comes_by(&issuer, json!({"sub": ["a", "b"]})).await, "/sign-in?told=provider_wrong");
    let told = visitor.get("/sign-in?told=provider_wrong&lang=en").await;
    told.has("did not pass the checks").lacks("raw words").has("name=\"password\"");
    for made_up in ["anything", "%3Cb%3E", "provider_told.broken"] {
        Visitor::new(&site).get(&format!("/sign-in?told={made_up}")).await.lacks("role=\"alert\"");
    }
});

on_both!(a_state_counts_once_in_its_browser_and_for_minutes, World, |world| {
    let issuer = Issuer::start().await;
    let site = site(&world.app, &issuer, Mapping::default());
    link(world, &site, "referral_worker", "4711").await;
    let expired = "/sign-in?told=provider_expired";
    let mut victim = Visitor::new(&site);
    let address = victim.leaves("/").await;
    let back = issuer.agrees(&address, json!({"sub": "4711"}), Flaw::None);
    // Another browser, with a sign-in of its own under way or none.
    let mut other = Visitor::new(&site);
    assert_eq!(other.get(&back).await.location, expired);
    other.leaves("/").await;
    assert_eq!(other.get(&back).await.location, expired);
    assert!(!other.signed_in());
    for made_up in ["/sign-in/provider/return", "/sign-in/provider/return?code=a&state=b"] {
        let mut victim = victim.clone();
        assert_eq!(victim.get(made_up).await.location, expired, "{made_up}");
    }
    let mut twice = victim.clone();
    assert_eq!(victim.get(&back).await.location, "/");
    assert_eq!(twice.get(&back).await.location, expired, "it was taken");
    assert!(!twice.signed_in());

    let mut slow = Visitor::new(&site);
    let address = slow.leaves("/").await;
    let back = issuer.agrees(&address, json!({"sub": "4711"}), Flaw::None);
    let later = world.app.at(world.app.now() + SignedDuration::from_mins(11));
    let mut slow = Visitor { site: self::site(&later, &issuer, Mapping::default()), ..slow };
    assert_eq!(slow.get(&back).await.location, expired, "after ten minutes");
    // Whoever begins another one clears away what nobody came back for.
    slow.leaves("/").await;
    let left: Option<(i64,)> = world.app.db.opt("SELECT COUNT(*) FROM pending_sign_in", p![]).await.unwrap();
    assert_eq!(left, Some((1,)));
});

on_both!(who_declines_or_finds_the_provider_down_comes_in_by_password, World, |world| {
    let issuer = Issuer::start().await;
    let site = site(&world.app, &issuer, Mapping::default());
    let mut visitor = Visitor::new(&site);
    for (error, told) in [("access_denied", "provider_denied"), ("server_error", "provider_wrong")] {
        let address = visitor.leaves("/").await;
        let state = address.split("state=").nth(1).unwrap().split('&').next().unwrap();
        let path = format!(
            "/sign-in/provider/return?error={error}&error_description=%3Cb%3Eraw%20words&state={state}"
        );
        let answer = visitor.get(&path).await;
        assert_eq!(answer.location, format!("/sign-in?told={told}"));
        visitor.get(&answer.location).await.lacks("raw words").has("role=\"alert\"");
    }
    issuer.stop();
    // What it said about itself is known still; a code cannot be redeemed any more.
    let address = visitor.leaves("/").await;
    let back = issuer.agrees(&address, json!({"sub": "4711"}), Flaw::None);
    assert_eq!(visitor.get(&back).await.location, "/sign-in?told=provider_down");
    let mut fresh = Visitor::new(&self::site(&world.app, &issuer, Mapping::default()));
    let answer = fresh.post("/sign-in/provider", &[]).await;
    assert_eq!(answer.location, "/sign-in?told=provider_down");
    fresh.get("/sign-in?told=provider_down&lang=en").await.has("Government identity cannot be reached now");
    let entered = fresh.post("/sign-in", &[("username", "referral_worker"), ("password", PASSWORD)]).await;
    assert_eq!((entered.status, entered.location.as_str()), (StatusCode::SEE_OTHER, "/"));

    let mut without = Visitor::new(&web::site(world.app.clone()));
    without.get("/sign-in").await.lacks("/sign-in/provider");
    for path in ["/sign-in/provider", "/account/provider/link", "/account/provider/unlink"] {
        let mut visitor = Visitor::with(&without.site, &world.cookies["referral_worker"]);
        assert_eq!(
            visitor.post(path, &[("present", PASSWORD)]).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    assert_eq!(without.get("/sign-in/provider/return?code=a&state=b").await.status, StatusCode::NOT_FOUND);
});

on_both!(a_key_that_was_renewed_is_asked_for_once_more, World, |world| {
    let issuer = Issuer::start().await;
    issuer.sign_with(Algorithm::Es256);
    let site = site(&world.app, &issuer, Mapping::default());
    link(world, &site, "referral_worker", "4711").await;
    let person = || json!({"sub": "4711"});
    for _ in 0..3 {
        assert_eq!(Visitor::new(&site).comes_by(&issuer, person()).await, "/work-list");
    }
    assert_eq!(issuer.asked_for_keys(), 1, "kept for some minutes");
    issuer.renew_key("second");
    assert_eq!(Visitor::new(&site).comes_by(&issuer, person()).await, "/work-list");
    assert_eq!(issuer.asked_for_keys(), 2);
    // Another key under the same name.
    issuer.renew_key("second");
    assert_eq!(Visitor::new(&site).comes_by(&issuer, person()).await, "/work-list");
    assert_eq!(issuer.asked_for_keys(), 3);
});

on_both!(an_unknown_person_gets_an_account_only_from_claims_that_are_written_down, World, |world| {
    let issuer = Issuer::start().await;
    let refusing = site(&world.app, &issuer, mapped(UnknownPerson::Refuse, &[]));
    let making = site(&world.app, &issuer, mapped(UnknownPerson::Provision, &[Role::Auditor]));
    let worker = |sub: &str, name: &str| json!({"sub": sub, "name": name, "groups": ["x", "keeper"], "org": CREDIT_CODE});
    let unknown = "/sign-in?told=provider_unknown";
    assert_eq!(Visitor::new(&refusing).comes_by(&issuer, worker("1", "孙试")).await, unknown);
    let with = |name: &str, value: Value| {
        let mut claims = worker("2", "李试");
        claims[name] = value;
        claims
    };
    for (claims, told) in [
        (with("groups", json!([])), "provider_no_role"),
        (with("groups", json!(["keeper", "manager"])), "provider_roles_contradict"),
        (with("groups", json!("admin")), "provider_power"),
        (with("org", Value::Null), "provider_no_organisation"),
        (with("org", json!("91310115MA1K35TX0B")), "provider_no_organisation"),
        (with("area", json!("310101")), "provider_area"),
        (with("name", json!("")), "provider_no_name"),
        (with("name", json!("测试case_manager")), "provider_same_name"),
    ] {
        let mut visitor = Visitor::new(&making);
        let to = visitor.comes_by(&issuer, claims).await;
        assert_eq!(to, format!("/sign-in?told={told}"));
        assert!(!visitor.signed_in());
        visitor.get(&format!("{to}&lang=en")).await.has("role=\"alert\"").has("Government identity");
        assert_eq!(refusals(&world.app).await[0], told);
    }
    let mut visitor = Visitor::new(&making);
    assert_eq!(visitor.comes_by(&issuer, with("area", json!(TOWN))).await, "/work-list");
    visitor.get("/account?lang=en").await.has("Account made from the identity provider");
    let sql = "SELECT a.id, a.role, a.division, a.name FROM account a
        JOIN external_identity e ON e.account_id = a.id WHERE a.username LIKE 'p-%'";
    let made: Vec<(Id, String, i64, String)> = world.app.db.all(sql, p![]).await.unwrap();
    assert_eq!(made.len(), 1);
    let (id, role, division, name) = &made[0];
    assert_eq!((role.as_str(), *division, name.as_str()), ("case_manager", 310_115_110_000, "李试"));
    assert_eq!(
        Visitor::new(&making).comes_by(&issuer, with("area", json!(TOWN))).await,
        "/work-list",
        "the same one"
    );
    let again: Vec<(Id, String, i64, String)> = world.app.db.all(sql, p![]).await.unwrap();
    assert_eq!(again.len(), 1);
    let by: Option<(String,)> = world
        .app
        .db
        .opt("SELECT role FROM audit WHERE action = 'provision' AND subject_id = $1", p![*id])
        .await
        .unwrap();
    assert_eq!(by.unwrap().0, "system");
    // A power that is named, and the same person's second one.
    let auditor = json!({"sub": "9", "name": "周试", "groups": "auditor", "org": CREDIT_CODE});
    assert_eq!(Visitor::new(&making).comes_by(&issuer, auditor).await, "/work-list");
});

on_both!(a_role_that_changed_at_the_provider_is_applied_and_ends_what_was_open, World, |world| {
    let issuer = Issuer::start().await;
    let site = site(&world.app, &issuer, mapped(UnknownPerson::Refuse, &[]));
    link(world, &site, "case_manager", "4711").await;
    let id = account(&world.app, "case_manager").await;
    let claims = |groups: Value| json!({"sub": "4711", "groups": groups, "org": CREDIT_CODE});
    let mut before = Visitor::new(&site);
    assert_eq!(before.comes_by(&issuer, claims(json!(["keeper"]))).await, "/work-list");
    let token = app::account::new_token(&world.app, id, "test", 1).await.unwrap();
    // The same again changes nothing.
    assert_eq!(Visitor::new(&site).comes_by(&issuer, claims(json!(["keeper"]))).await, "/work-list");
    assert_eq!(before.get("/account").await.status, StatusCode::OK);
    for (groups, told) in [
        (json!(["keeper", "manager"]), "provider_roles_contradict"),
        (json!([]), "provider_no_role"),
        (json!(["admin"]), "provider_power"),
    ] {
        let to = Visitor::new(&site).comes_by(&issuer, claims(groups)).await;
        assert_eq!(to, format!("/sign-in?told={told}"));
    }
    assert_eq!(before.get("/account").await.status, StatusCode::OK, "a refusal ends nothing");

    let mut after = Visitor::new(&site);
    assert_eq!(after.comes_by(&issuer, claims(json!(["manager"]))).await, "/work-list");
    assert!(before.get("/account").await.location.starts_with("/sign-in"), "what was open has ended");
    assert!(app::account::of_token(&world.app, &token).await.is_err(), "so have tokens");
    let found = app::account::get(&world.app, id).await.unwrap();
    assert_eq!(found.role, "institution_manager");
    after.get("/account?lang=en").await.has("Role or organisation changed by the identity provider");
    let by: Option<(String,)> = world
        .app
        .db
        .opt("SELECT role FROM audit WHERE action = 'provider_change' AND subject_id = $1", p![id])
        .await
        .unwrap();
    assert_eq!(by.unwrap().0, "system");
});

on_both!(no_power_follows_another, World, |world| {
    let issuer = Issuer::start().await;
    let powers = [Role::Auditor, Role::Administrator];
    let site = site(&world.app, &issuer, mapped(UnknownPerson::Provision, &powers));
    link(world, &site, "administrator", "4711").await;
    let sql = "SELECT organisation_id, name FROM account WHERE username = 'administrator'";
    let (platform, name): (Id, String) = world.app.db.opt(sql, p![]).await.unwrap().unwrap();
    let claims = |sub: &str, groups: &str, name: &str| json!({"sub": sub, "name": name, "groups": groups, "org": platform.to_string()});
    assert_eq!(Visitor::new(&site).comes_by(&issuer, claims("4711", "admin", &name)).await, "/work-list");
    for (sub, groups) in [("4711", "auditor"), ("4712", "auditor")] {
        let mut visitor = Visitor::new(&site);
        let to = visitor.comes_by(&issuer, claims(sub, groups, &name)).await;
        assert!(!visitor.signed_in(), "{sub} {groups}");
        // The second is refused before: somebody of that name is there.
        let told = if sub == "4711" { "powers_apart" } else { "provider_same_name" };
        assert_eq!(to, format!("/sign-in?told={told}"));
    }
});

on_both!(clients_ended_and_locked_accounts_do_not_come_in_this_way, World, |world| {
    let issuer = Issuer::start().await;
    let site = site(&world.app, &issuer, Mapping::default());
    let app = &world.app;
    link(world, &site, "doctor", "4711").await;
    let person = || json!({"sub": "4711"});
    let id = account(app, "doctor").await;
    for (sql, told) in [
        ("UPDATE account SET locked_until = $1 WHERE id = $2", "locked"),
        ("UPDATE account SET locked_until = NULL, ended_at = $1 WHERE id = $2", "provider_unknown"),
        (
            "UPDATE account SET ended_at = NULL, role = 'client', created_at = $1 WHERE id = $2",
            "provider_unknown",
        ),
    ] {
        app.db.run(sql, p![app.now() + SignedDuration::from_mins(5), id]).await.unwrap();
        let mut visitor = Visitor::new(&site);
        assert_eq!(visitor.comes_by(&issuer, person()).await, format!("/sign-in?told={told}"));
        assert!(!visitor.signed_in());
    }
    let mut client = Visitor::with(&site, &world.cookies["client"]);
    client.get("/account").await.lacks("/account/provider/link");
    let answer = client.post("/account/provider/link", &[("present", PASSWORD)]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.text);
    let id = account(app, "client").await;
    let mut security = Visitor::with(&site, &world.cookies["security_administrator"]);
    let path = format!("/administration/accounts/{id}/provider/link");
    assert_eq!(security.post(&path, &[("subject", "5")]).await.status, StatusCode::CONFLICT);
});

on_both!(everybody_links_and_unlinks_the_own_account_with_the_password, World, |world| {
    let issuer = Issuer::start().await;
    let site = site(&world.app, &issuer, Mapping::default());
    let mut doctor = Visitor::with(&site, &world.cookies["doctor"]);
    let wrong = doctor.post("/account/provider/link", &[("present", "Wrong-2026-x")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let leaves = async |visitor: &mut Visitor| {
        address(&visitor.answer("POST", "/account/provider/link", &[("present", PASSWORD)]).await)
    };
    // In a browser where somebody else is signed in meanwhile, nothing is linked.
    let to = leaves(&mut doctor).await;
    let back = issuer.agrees(&to, json!({"sub": "4711"}), Flaw::None);
    let mut swapped = doctor.clone();
    let worker = world.cookies["referral_worker"].split_once('=').unwrap().1.to_owned();
    swapped.cookies.insert("xinqiao_session".to_owned(), worker);
    assert_eq!(swapped.get(&back).await.location, "/sign-in?told=provider_expired");
    assert_eq!(
        Visitor::new(&site).comes_by(&issuer, json!({"sub": "4711"})).await,
        "/sign-in?told=provider_unknown"
    );

    let to = leaves(&mut doctor).await;
    let back = issuer.agrees(&to, json!({"sub": "4711"}), Flaw::None);
    assert_eq!(doctor.get(&back).await.location, "/account?done=linked");
    doctor
        .get("/account?done=linked&lang=en")
        .await
        .has("Linked: you can sign in with it")
        .has("Linked with the identity");
    assert_eq!(Visitor::new(&site).comes_by(&issuer, json!({"sub": "4711"})).await, "/work-list");
    // One account each.
    let mut officer = Visitor::with(&site, &world.cookies["dpf_officer"]);
    let to = leaves(&mut officer).await;
    let back = issuer.agrees(&to, json!({"sub": "4711"}), Flaw::None);
    assert_eq!(officer.get(&back).await.location, "/account?told=provider_linked_elsewhere");
    officer.get("/account?told=provider_linked_elsewhere&lang=en").await.has("linked with another account");
    let to = leaves(&mut doctor).await;
    let back = issuer.agrees(&to, json!({"sub": "4712"}), Flaw::None);
    assert_eq!(doctor.get(&back).await.location, "/account?told=provider_linked_already");

    let mut elsewhere = Visitor::new(&site);
    elsewhere.comes_by(&issuer, json!({"sub": "4711"})).await;
    let wrong = doctor.post("/account/provider/unlink", &[("present", "Wrong-2026-x")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let unlinked = doctor.post("/account/provider/unlink", &[("present", PASSWORD)]).await;
    assert_eq!(unlinked.location, "/account?done=unlinked", "{}", unlinked.text);
    assert!(elsewhere.get("/account").await.location.starts_with("/sign-in"), "other sessions end");
    assert_eq!(doctor.get("/account").await.status, StatusCode::OK);
    assert_eq!(
        Visitor::new(&site).comes_by(&issuer, json!({"sub": "4711"})).await,
        "/sign-in?told=provider_unknown"
    );
});

on_both!(a_security_administrator_links_and_unlinks_and_the_holder_sees_it, World, |world| {
    let issuer = Issuer::start().await;
    let site = site(&world.app, &issuer, Mapping::default());
    let mut security = Visitor::with(&site, &world.cookies["security_administrator"]);
    let id = account(&world.app, "doctor").await;
    let path = format!("/administration/accounts/{id}/provider");
    security.get("/administration?q=doctor").await.has(&path);
    security.get(&format!("{path}?lang=en")).await.has("Not linked yet");
    for wrong in ["", " ", &"x".repeat(256)] {
        let answer = security.post(&format!("{path}/link"), &[("subject", wrong)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    link(world, &site, "doctor", "4711").await;
    let twice = security.post(&format!("{path}/link"), &[("subject", "4712")]).await;
    assert_eq!(twice.status, StatusCode::CONFLICT);
    let mut doctor = Visitor::new(&site);
    assert_eq!(doctor.comes_by(&issuer, json!({"sub": "4711"})).await, "/work-list");
    doctor
        .get("/account?lang=en")
        .await
        .has("Linked with the identity provider")
        .has("Security administrator");
    security.get(&format!("{path}?lang=en")).await.has("Linked since").has("Last sign-in by it");
    assert_eq!(security.post(&format!("{path}/unlink"), &[]).await.location, path);
    assert!(doctor.get("/account").await.location.starts_with("/sign-in"), "sessions end");
    assert_eq!(security.post(&format!("{path}/unlink"), &[]).await.status, StatusCode::NOT_FOUND);
    // Nobody does it to the own account this way.
    let own = account(&world.app, "security_administrator").await;
    let answer =
        security.post(&format!("/administration/accounts/{own}/provider/link"), &[("subject", "5")]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
});

on_both!(the_own_second_factor_follows_unless_the_providers_counts, World, |world| {
    let issuer = Issuer::start().await;
    let policy = SignInPolicy { second_factor: true, passwords_age: true, ..SignInPolicy::default() };
    let app = world.app.asking(policy);
    let mapping = Mapping { second_factor: vec!["otp".to_owned()], ..Mapping::default() };
    let site = site(&app, &issuer, mapping);
    let open = self::site(&world.app, &issuer, Mapping::default());
    link(world, &open, "referral_worker", "4711").await;
    for (amr, expected) in [
        (json!(["pwd"]), "/sign-in/enrol?next=/account"),
        (json!(["pwd", "otp"]), ""),
        (Value::Null, "/sign-in/enrol?next=/account"),
    ] {
        let mut visitor = Visitor::new(&site);
        let to = visitor.comes_by(&issuer, json!({"sub": "4711", "amr": amr})).await;
        assert_eq!(to, "/work-list");
        let page = visitor.get("/account").await;
        assert_eq!(page.location, expected, "{amr}");
    }
});
