//! Signing in in two steps, as somebody with a telephone does.

use anyhow::Result;
use e2e::{Browser, Clerk, Language, Screen, Server};
use std::time::{SystemTime, UNIX_EPOCH};
use totp_rs::{Builder, Secret, Totp};

/// Seconds of a step of time (RFC 6238).
const STEP: u64 = 30;

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// The telephone's code; `ahead` steps after the present one.
fn code(phone: &Totp, ahead: u64) -> String {
    phone.generate(now() + ahead * STEP).to_string()
}

/// The page that is shown is usable by everyone, in its language, without sideways scrolling.
async fn well_made(browser: &Browser) -> Result<()> {
    browser.expect_translated().await?;
    browser.expect_well_made().await
}

/// Gives username and password and waits for the step behind them.
async fn password(browser: &Browser, server: &Server, username: &str, step: &str) -> Result<()> {
    browser.sign_in_as(server.named(username)?).await?;
    assert!(browser.path().await?.starts_with(step), "{}", browser.path().await?);
    Ok(())
}

async fn journey(screen: Screen, language: Language, username: &str) -> Result<()> {
    let server = Server::start_asking(&["--people", "200", "--seed", "7"], &["--require-second-factor"])?;
    let browser = Browser::open(&server.address, screen, language).await?;
    browser.bring_axe().await?;
    let clerk = Clerk::new(&browser);

    password(&browser, &server, username, "/sign-in/enrol").await?;
    well_made(&browser).await?;
    browser.goto("/account").await?;
    assert!(browser.path().await?.starts_with("/sign-in/enrol"), "nothing else is reached");
    let written = clerk.text_at("#written").await?;
    let phone = Builder::new()
        .with_secret(Secret::try_from_base32(written.replace(' ', "")).unwrap())
        .build()
        .unwrap();
    browser.fill("code", "000 000").await?;
    browser.click_at("form[action='/sign-in/enrol']:not([data-passkey]) [type=submit]").await?;
    clerk.wait_for("a wrong code is told", "#problem").await?;
    browser.expect_told().await?;
    browser.fill("code", &code(&phone, 0)).await?;
    browser.click_at("form[action='/sign-in/enrol']:not([data-passkey]) [type=submit]").await?;
    clerk.wait_for("recovery codes", ".codes li").await?;
    well_made(&browser).await?;
    let paper = clerk.texts_at(".codes code").await?;
    assert_eq!(paper.len(), 10);
    browser.click_at("main a.btn-primary").await?;
    clerk.wait_for("the signed-in part", ".me form").await?;

    browser.click_at(".me form button").await?;
    clerk.wait_for("signed out", "form [name=password]").await?;
    password(&browser, &server, username, "/sign-in/code").await?;
    well_made(&browser).await?;
    // The code of the next step: that of the present one was taken when the app was set up.
    browser.fill("code", &code(&phone, 1)).await?;
    browser.click_at("form[action='/sign-in/code'] [type=submit]").await?;
    clerk.wait_for("the signed-in part", ".me form").await?;
    browser.goto("/account").await?;
    well_made(&browser).await?;

    browser.click_at(".me form button").await?;
    clerk.wait_for("signed out", "form [name=password]").await?;
    password(&browser, &server, username, "/sign-in/code").await?;
    browser.fill("code", &paper[0]).await?;
    browser.click_at("form[action='/sign-in/code'] [type=submit]").await?;
    clerk.wait_for("the signed-in part", ".me form").await?;

    browser.click_at(".me form button").await?;
    clerk.wait_for("signed out", "form [name=password]").await?;
    password(&browser, &server, username, "/sign-in/code").await?;
    browser.fill("code", &paper[0]).await?;
    browser.click_at("form[action='/sign-in/code'] [type=submit]").await?;
    clerk.wait_for("a recovery code lets in once", "#problem").await?;
    browser.click_at("form[action='/sign-out'] button").await?;
    clerk.wait_for("signed out", "form [name=password]").await
}

#[tokio::test]
async fn a_worker_sets_an_authenticator_up_and_signs_in_with_it_and_without() -> Result<()> {
    journey(Screen::Desk, Language::Chinese, "referral").await
}

#[tokio::test]
async fn an_administrator_does_the_same_on_a_phone_in_english() -> Result<()> {
    journey(Screen::Phone, Language::English, "administrator").await
}

#[tokio::test]
async fn a_password_that_somebody_else_set_is_changed_at_the_first_sign_in() -> Result<()> {
    let server = Server::start_asking(&["--people", "200", "--seed", "7"], &["--passwords-age"])?;
    let browser = Browser::open(&server.address, Screen::Phone, Language::Chinese).await?;
    browser.bring_axe().await?;
    let clerk = Clerk::new(&browser);
    password(&browser, &server, "doctor", "/sign-in/password").await?;
    well_made(&browser).await?;
    browser.fill("password", "Bridge-2026-new").await?;
    browser.fill("again", "Bridge-2026-new").await?;
    browser.click_at("form[action='/sign-in/password'] [type=submit]").await?;
    clerk.wait_for("the signed-in part", ".me form").await
}
