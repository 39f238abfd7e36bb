//! Sessions without a network: a case manager's telephone on a round of visits, with the line to the site cut and mended. All persons are
//! invented.

use anyhow::{Result, ensure};
use e2e::{Browser, Clerk, Language, Line, Program, Screen, Server};
use serde_json::{Value, json};
use std::time::Duration;

const PIN: &str = "482915";
/// An hour at which nobody in the demonstration is anywhere.
const START: &str = "04:40";

/// A case manager's telephone.
struct Road<'a> {
    browser: &'a Browser,
    clerk: Clerk<'a>,
}

impl Road<'_> {
    async fn shows(&self, view: &str) -> Result<()> {
        self.clerk.wait_for(view, &format!("body[data-shown={view}]")).await
    }

    async fn well_made(&self) -> Result<()> {
        self.browser.expect_translated().await?;
        self.browser.expect_no_overflow().await?;
        self.browser.expect_no_axe_violations().await
    }

    /// Types into a field as the page is told of it, whatever way the browser has to enter hours and days.
    async fn types(&self, selector: &str, value: &str) -> Result<()> {
        let script = "const field = document.querySelector(arguments[0]);
            field.value = arguments[1];
            field.dispatchEvent(new Event('input', { bubbles: true }));
            return field.value";
        let found = self.browser.run(script, vec![json!(selector), json!(value)]).await?;
        ensure!(found == json!(value), "{selector} is {found}");
        Ok(())
    }

    async fn register(&self) -> Result<()> {
        self.browser.goto("/device").await?;
        self.shows("register").await?;
        self.well_made().await?;
        self.types("#device-name", "工作手机").await?;
        self.types("#new-pin", PIN).await?;
        self.types("#new-pin-again", PIN).await?;
        self.browser.click_at("#register-form [type=submit]").await?;
        self.shows("home").await?;
        self.browser.click_at("[data-tab=all]").await?;
        self.clerk.wait_for("the caseload", "article.client").await?;
        self.kept().await
    }

    /// Waits until the phone keeps the page.
    async fn kept(&self) -> Result<()> {
        for _ in 0..100 {
            let script = "const done = arguments[0];
                caches.keys().then(async (names) => {
                    const cache = names.length && (await caches.open(names[0]));
                    const whole = cache && (await cache.match('/device?lang=en')) && (await cache.match('/language'));
                    done(Boolean(navigator.serviceWorker.controller && whole));
                });";
            if self.browser.client().execute_async(script, vec![]).await? == json!(true) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        anyhow::bail!("the phone does not keep the page")
    }

    async fn opens(&self) -> Result<()> {
        self.browser.goto("/device").await?;
        self.shows("closed").await?;
        self.types("#pin", PIN).await?;
        self.browser.click_at("#open-form [type=submit]").await?;
        self.shows("home").await
    }

    async fn begins(&self, case: &str) -> Result<()> {
        self.browser.click_at("[data-tab=all]").await?;
        self.browser.click_at(&format!("[data-client='{case}'] [data-put=act]")).await?;
        self.shows("session").await
    }

    async fn waits_for_queue(&self, count: &str) -> Result<()> {
        let mut found = String::new();
        for _ in 0..100 {
            self.browser.click_at("[data-tab=queue]").await?;
            found = self.clerk.text_at("[data-count=queue]").await?;
            if found == count {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let cards = self.clerk.texts_at("article.waiting").await?;
        anyhow::bail!("{found} wait, not {count}: {cards:?}")
    }

    /// One of the clients on the phone, this one where it is among them.
    async fn client(&self, wanted: &str) -> Result<String> {
        let script =
            "return [...document.querySelectorAll('[data-client]')].map((card) => card.dataset.client)";
        // The list is drawn anew when the caseload has come, and a notice of it may have moved the tab away from the first click.
        for _ in 0..100 {
            self.browser.click_at("[data-tab=all]").await?;
            let found: Vec<String> = serde_json::from_value(self.browser.run(script, vec![]).await?)?;
            if let Some(known) = found.iter().find(|case| *case == wanted).or_else(|| found.first()) {
                return Ok(known.clone());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        anyhow::bail!("nobody is on the phone")
    }
}

/// How often a session that began at an instant stands with a case on the site.
fn stands(list: &Value, starts: &str) -> usize {
    let sessions = list.get("sessions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    sessions.iter().filter(|one| one.get("starts_at").and_then(Value::as_str) == Some(starts)).count()
}

async fn on_the_road(language: Language) -> Result<()> {
    let server = Server::start(&["--people", "200", "--seed", "7"])?;
    let program = Program::of(&server)?;
    let (keeper, case) = program.somebody_with(&server, "case_manager", "in_service").await?;
    let line = Line::to(&server.address).await?;
    let browser = Browser::open(&line.address, Screen::Phone, language).await?;
    let road = Road { browser: &browser, clerk: Clerk::new(&browser) };
    road.clerk.sit_down(&program, keeper).await?;
    road.register().await?;
    road.well_made().await?;
    let case = road.client(&case).await?;
    let yesterday = rules::clock::china_date(jiff::Timestamp::now()).yesterday()?;
    let starts: jiff::Timestamp = format!("{yesterday}T{START}:00+08:00").parse()?;
    let sessions = format!("/api/v1/cases/{case}/sessions");
    ensure!(stands(&program.get(keeper, &sessions).await?, &starts.to_string()) == 0);

    // No network: the page comes from the phone, and the number opens it.
    line.cut();
    road.opens().await?;
    road.begins(&case).await?;
    road.well_made().await?;
    // The page is closed in the middle: what was written is there again.
    road.types("#s-start", START).await?;
    road.clerk.wait_for("the draft", "#session-draft:not(:empty)").await?;
    road.opens().await?;
    road.begins(&case).await?;
    let kept = browser.run("return document.querySelector('#s-start').value", vec![]).await?;
    ensure!(kept == json!(START), "the draft is lost: {kept}");
    // What does not fit is named by the rules before anything is kept.
    road.types("#s-minutes", "5").await?;
    browser.click_at("#session-form [type=submit]").await?;
    road.clerk.wait_for("what is wrong", "#session-summary:not([hidden]) li").await?;
    road.well_made().await?;
    for (selector, value) in [
        ("#s-on", yesterday.to_string().as_str()),
        ("#s-minutes", "20"),
        ("#s-service", "S4"),
        ("#s-way", "W2"),
        ("#s-done", "一起做饭"),
        ("#s-leader_reason", "本地安排"),
    ] {
        road.types(selector, value).await?;
    }
    // A home visit asks whether the address is right.
    road.clerk.wait_for("the least record of a home visit", "#s-fields-address").await?;
    road.types("#s-fields-address", "same").await?;
    browser.click_at("#session-form [name=place][value=home]").await?;
    browser.click_at("#session-form [type=submit]").await?;
    road.shows("home").await?;
    road.waits_for_queue("1").await?;
    road.well_made().await?;
    // It waits although the page is opened anew, and nothing has come yet.
    road.opens().await?;
    road.waits_for_queue("1").await?;
    ensure!(stands(&program.get(keeper, &sessions).await?, &starts.to_string()) == 0);

    line.mend();
    browser.click_at("#send").await?;
    road.waits_for_queue("0").await?;
    ensure!(stands(&program.get(keeper, &sessions).await?, &starts.to_string()) == 1, "it stands once");
    Ok(())
}

#[tokio::test]
async fn a_case_manager_records_a_session_where_there_is_no_network() -> Result<()> {
    on_the_road(Language::Chinese).await
}

#[tokio::test]
async fn a_session_without_a_network_in_english() -> Result<()> {
    on_the_road(Language::English).await
}
