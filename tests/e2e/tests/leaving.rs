//! A case manager goes on leave, and later for good: the work goes to a colleague and nothing stays without an owner.

use crate::start;
use anyhow::{Context, Result};
use e2e::{Account, Browser, Clerk, Language, Screen};

const PASSWORD: &str = "Leave-Bridge-2026";

#[tokio::test]
async fn work_goes_to_a_colleague_for_a_time_and_for_good() -> Result<()> {
    let (server, program) = start::county()?;
    let (leaving, case) = program.somebody_with(&server, "case_manager", "in_service").await?;
    let administrator = server.account("security_administrator")?;
    let browser = Browser::open(&server.address, Screen::Desk, Language::Chinese).await?;
    let clerk = Clerk::new(&browser);

    // A second case manager in the same house.
    clerk.take_over(administrator).await?;
    browser.goto("/administration").await?;
    browser.fill("username", "case.manager.second").await?;
    browser.fill("name", "代班员").await?;
    browser.select("role", "case_manager").await?;
    browser.select("organisation", &leaving.organisation).await?;
    browser.fill("password", PASSWORD).await?;
    browser.click("添加").await?;
    clerk.search("/administration", "case.manager.second").await?;
    browser.see("代班员").await?;
    let colleague = Account {
        username: "case.manager.second".to_owned(),
        password: PASSWORD.to_owned(),
        ..leaving.clone()
    };

    let outside = Browser::open(&server.address, Screen::Desk, Language::Chinese).await?;
    Clerk::new(&outside).take_over(&colleague).await?;
    outside.goto(&format!("/cases/{case}")).await?;
    outside.see("没有找到").await?;

    clerk.take_over(leaving).await?;
    browser.goto("/account").await?;
    browser.expect_well_made().await?;
    browser.select("to", "代班员").await?;
    browser.fill("from_on", &clerk.day(0).await?).await?;
    browser.fill("until_on", &clerk.day(7).await?).await?;
    browser.click("委托").await?;
    browser.see("由代班员代办").await?;

    clerk.take_over(&colleague).await?;
    browser.goto(&format!("/cases/{case}")).await?;
    browser.see_no("没有找到").await?;
    assert!(clerk.has("main .stepper").await?, "the colleague sees the case");

    // For good: the administrator sees how much there is, names the colleague, and the account ends.
    clerk.take_over(administrator).await?;
    clerk.search("/administration", &leaving.username).await?;
    browser.click("更改").await?;
    browser.click("停用账号").await?;
    browser.see("负责的个案").await?;
    browser.expect_well_made().await?;
    browser.select("to", "代班员").await?;
    browser.click("停用账号").await?;
    browser.see("恢复").await?;

    clerk.take_over(&colleague).await?;
    browser.goto(&format!("/cases/{case}")).await?;
    assert!(clerk.has("main .stepper").await?, "it is the colleague's now");
    let answer = program.get(leaving, "/api/v1/cases").await;
    answer.err().context("the token of the ended account is worth nothing").map(|_| ())
}
