//! Signing in with a passkey, as somebody with a reader of fingerprints does.

use anyhow::Result;
use e2e::{Authenticator, Browser, Clerk, Language, Screen, Server};
use fantoccini::Locator;

const PEOPLE: [&str; 4] = ["--people", "200", "--seed", "7"];
/// The button that asks the device.
const ASK: &str = "form[data-passkey] [type=submit]";

/// A browser of some years ago, which leaves the written form of keys to the page.
const OLDER: &str = "delete PublicKeyCredential.parseCreationOptionsFromJSON;
    delete PublicKeyCredential.parseRequestOptionsFromJSON; delete PublicKeyCredential.prototype.toJSON;";
/// A browser that knows no passkeys.
const WITHOUT: &str = "delete window.PublicKeyCredential;";

/// The page that is shown is usable by everyone, in its language, without sideways scrolling.
async fn well_made(browser: &Browser) -> Result<()> {
    browser.expect_translated().await?;
    browser.expect_well_made().await
}

/// Types into the field of this selector.
async fn type_at(browser: &Browser, selector: &str, text: &str) -> Result<()> {
    let field = browser.client().wait().for_element(Locator::Css(selector)).await?;
    Ok(field.send_keys(text).await?)
}

async fn sign_out(clerk: &Clerk<'_>) -> Result<()> {
    clerk.browser.click_at(".me form button").await?;
    clerk.wait_for("signed out", "form [name=password]").await
}

/// Gives the password, lets the device fail once, and signs in with it.
async fn sign_in_by_passkey(
    (browser, device): (&Browser, &Authenticator<'_>),
    (server, username): (&Server, &str),
) -> Result<()> {
    let clerk = Clerk::new(browser);
    browser.sign_in_as(server.named(username)?).await?;
    assert!(browser.path().await?.starts_with("/sign-in/code"), "{}", browser.path().await?);
    well_made(browser).await?;
    device.knows_its_holder(false).await?;
    browser.click_at(ASK).await?;
    clerk.wait_for("the device does not know its holder", "[data-told=cancelled]:not([hidden])").await?;
    well_made(browser).await?;
    device.knows_its_holder(true).await?;
    browser.click_at(ASK).await?;
    clerk.wait_for("the signed-in part", ".me form").await
}

/// Sets a passkey up on the own account's page, signs out, and signs in with it.
async fn by_choice(screen: Screen, language: Language, username: &str) -> Result<()> {
    let server = Server::start(&PEOPLE)?;
    let browser = Browser::open(&server.named_address(), screen, language).await?;
    browser.bring_axe().await?;
    if screen == Screen::Phone {
        browser.before_each_page(OLDER).await?;
    }
    let device = browser.with_authenticator().await?;
    let clerk = Clerk::new(&browser);
    let account = server.named(username)?;
    browser.sign_in_as(account).await?;
    browser.goto("/account").await?;
    well_made(&browser).await?;
    browser.click_at("details:has(#passkey-present) summary").await?;
    type_at(&browser, "#passkey-present", &account.password).await?;
    browser.click_at("form[action='/account/passkeys/begin'] [type=submit]").await?;
    clerk.wait_for("the form of a passkey", "form[data-passkey=create] [type=submit]:enabled").await?;
    well_made(&browser).await?;
    browser.fill("name", "1").await?;
    browser.click_at(ASK).await?;
    clerk.wait_for("recovery codes", ".codes li").await?;
    well_made(&browser).await?;
    assert_eq!((clerk.texts_at(".codes code").await?.len(), device.passkeys().await?), (10, 1));
    browser.click_at("main a.btn-primary").await?;
    clerk.wait_for("the passkey in its list", "[data-passkey-line]").await?;
    well_made(&browser).await?;
    sign_out(&clerk).await?;

    sign_in_by_passkey((&browser, &device), (&server, username)).await?;
    browser.goto("/account").await?;
    well_made(&browser).await?;
    browser.click_at("[data-passkey-line] summary").await?;
    type_at(&browser, "[data-passkey-line] [name=present]", &account.password).await?;
    browser.click_at("[data-passkey-line] [type=submit]").await?;
    clerk.wait_for("the account without it", "[role=status]").await?;
    assert!(!clerk.has("[data-passkey-line]").await?);
    sign_out(&clerk).await?;
    browser.sign_in_as(account).await?;
    clerk.wait_for("the signed-in part", ".me form").await
}

/// A role must use a passkey: whoever has none is led to one, and to nothing else.
async fn by_duty(screen: Screen, language: Language, username: &str, role: &str) -> Result<()> {
    let server = Server::start_asking(&PEOPLE, &["--passkey-for", role])?;
    let browser = Browser::open(&server.named_address(), screen, language).await?;
    browser.bring_axe().await?;
    let device = browser.with_authenticator().await?;
    let clerk = Clerk::new(&browser);
    browser.sign_in_as(server.named(username)?).await?;
    assert!(browser.path().await?.starts_with("/sign-in/enrol"), "{}", browser.path().await?);
    well_made(&browser).await?;
    assert!(!clerk.has("#written").await?, "an app is not enough");
    browser.fill("name", "1").await?;
    browser.click_at(ASK).await?;
    clerk.wait_for("recovery codes", ".codes li").await?;
    browser.click_at("main a.btn-primary").await?;
    clerk.wait_for("the signed-in part", ".me form").await?;
    sign_out(&clerk).await?;
    sign_in_by_passkey((&browser, &device), (&server, username)).await
}

#[tokio::test]
async fn a_doctor_sets_a_passkey_up_and_signs_in_with_it() -> Result<()> {
    by_choice(Screen::Desk, Language::Chinese, "doctor").await
}

#[tokio::test]
async fn a_referral_worker_does_the_same_on_an_older_phone_in_english() -> Result<()> {
    by_choice(Screen::Phone, Language::English, "referral").await
}

#[tokio::test]
async fn an_auditor_who_must_use_a_passkey_is_led_to_it() -> Result<()> {
    by_duty(Screen::Desk, Language::English, "auditor", "auditor").await
}

#[tokio::test]
async fn an_administrator_who_must_use_a_passkey_is_led_to_it_on_a_phone() -> Result<()> {
    by_duty(Screen::Phone, Language::Chinese, "administrator", "administrator").await
}

/// An address in numbers, and a browser without passkeys: the page says what to do.
#[tokio::test]
async fn where_passkeys_cannot_be_used_the_page_says_what_to_do() -> Result<()> {
    let server = Server::start_asking(&PEOPLE, &["--require-second-factor"])?;
    for language in [Language::Chinese, Language::English] {
        let browser = Browser::open(&server.address, Screen::Phone, language).await?;
        browser.bring_axe().await?;
        let clerk = Clerk::new(&browser);
        browser.sign_in_as(server.named("referral")?).await?;
        clerk.wait_for("where it works", "[data-told=address]:not([hidden])").await?;
        assert!(clerk.text_at("[data-told=address]").await?.contains(&server.named_address()));
        assert!(clerk.has("form[data-passkey] [type=submit]:disabled").await?);
        assert!(clerk.has("#written").await?, "the app is the way out");
        well_made(&browser).await?;
        let browser = Browser::open(&server.named_address(), Screen::Desk, language).await?;
        browser.bring_axe().await?;
        browser.before_each_page(WITHOUT).await?;
        browser.sign_in_as(server.named("referral")?).await?;
        Clerk::new(&browser).wait_for("what to do", "[data-told=unsupported]:not([hidden])").await?;
        well_made(&browser).await?;
    }
    Ok(())
}
