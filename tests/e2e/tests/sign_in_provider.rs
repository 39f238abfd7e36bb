//! Signing in by another identity provider, as somebody with a browser does: linked, signed out, signed in, declined.

#[path = "../../../crates/web/tests/common/issuer.rs"]
mod issuer;

use anyhow::Result;
use e2e::{Browser, Clerk, Language, Screen, Server};
use issuer::{CLIENT, Issuer, SECRET};
use serde_json::json;
use std::{net::TcpListener, os::unix::fs::PermissionsExt, path::Path};

/// What the operator writes down.
fn written(issuer: &Issuer, origin: &str, folder: &Path) -> String {
    let secret = folder.join("secret");
    std::fs::write(&secret, SECRET).unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    let text = format!(
        "issuer = {:?}\nclient_id = {CLIENT:?}\nclient_secret_file = \"secret\"\nredirect_origin = {origin:?}\n\
         [label]\nzh-CN = \"政务统一身份认证\"\nen = \"Government identity\"\n[claims]\n",
        issuer.address
    );
    let path = folder.join("provider.toml");
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// An address that was free a moment ago.
fn free() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

async fn well_made(browser: &Browser) -> Result<()> {
    browser.expect_translated().await?;
    browser.expect_well_made().await
}

async fn journey(screen: Screen, language: Language, username: &str) -> Result<()> {
    let issuer = Issuer::start().await;
    issuer.person(json!({"sub": "4711", "name": "赵试"}));
    let (folder, listen) = (tempfile::tempdir()?, free());
    let file = written(&issuer, &format!("http://{listen}"), folder.path());
    let county = ["--people", "200", "--seed", "7"];
    let server = Server::start_at(&listen, &county, &["--identity-provider", &file])?;
    let browser = Browser::open(&server.address, screen, language).await?;
    browser.bring_axe().await?;
    let clerk = Clerk::new(&browser);

    // Nobody is known by that name yet.
    browser.goto("/sign-in").await?;
    well_made(&browser).await?;
    browser.click_at("form[action='/sign-in/provider'] button").await?;
    browser.click_at("#agree").await?;
    clerk.wait_for("why nobody was signed in", "#problem").await?;
    well_made(&browser).await?;

    // With the password, the own account is linked.
    browser.sign_in_as(server.named(username)?).await?;
    clerk.wait_for("the signed-in part", ".me form").await?;
    browser.goto("/account").await?;
    // Several forms of this page ask for the present password.
    let fill = "document.querySelector('#link-present').value = arguments[0]";
    browser.run(fill, vec![json!(server.named(username)?.password)]).await?;
    browser.click_at("form[action='/account/provider/link'] [type=submit]").await?;
    browser.click_at("#agree").await?;
    clerk.wait_for("that it is linked", "#provider .badge.good").await?;
    well_made(&browser).await?;

    // Signed out and in again without a password.
    browser.click_at(".me form button").await?;
    clerk.wait_for("signed out", "form [name=password]").await?;
    browser.click_at("form[action='/sign-in/provider'] button").await?;
    browser.click_at("#decline").await?;
    clerk.wait_for("that it was cancelled", "#problem").await?;
    browser.click_at("form[action='/sign-in/provider'] button").await?;
    browser.click_at("#agree").await?;
    clerk.wait_for("the signed-in part", ".me form").await?;
    assert!(!browser.client().current_url().await?.as_str().contains("code="), "the code is left behind");
    browser.goto("/account").await?;
    well_made(&browser).await
}

#[tokio::test]
async fn a_worker_links_the_own_account_and_signs_in_by_it() -> Result<()> {
    journey(Screen::Desk, Language::Chinese, "referral").await
}

#[tokio::test]
async fn a_doctor_does_the_same_on_a_phone_in_english() -> Result<()> {
    journey(Screen::Phone, Language::English, "doctor").await
}
