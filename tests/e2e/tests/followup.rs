//! A township doctor with a phone: a report card is entered, what is missing is told, and the record is taken up and agreed to.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[allow(dead_code)]
#[path = "side_ways/start.rs"]
mod start;

use anyhow::Result;
use e2e::{Browser, Clerk, Language, Screen};

/// Enters a report card; the page of the record is open afterwards.
async fn enter(browser: &Browser, clerk: &Clerk<'_>, village: &str) -> Result<()> {
    browser.goto("/followup/records/new").await?;
    browser.expect_well_made().await?;
    browser.choose("source", "report_card").await?;
    browser.fill("name", start::ADULT.name).await?;
    browser.fill("number", start::ADULT.number).await?;
    browser.click("新建档案").await?;
    browser.see("有些内容需要更正").await?;
    // The browser notes an answer of 422 as well.
    assert!(browser.expect_no_console_errors().await.is_err());
    browser.expect_well_made().await?;
    browser.fill("division.q", village).await?;
    clerk.wait_for("the village", &format!("input[name=\"division\"][value=\"{village}\"]")).await?;
    browser.choose("division", village).await?;
    browser.select("disorder", "01").await?;
    browser.fill("diagnosed_on", &clerk.day(-2).await?).await?;
    browser.click_at(".acts button.btn-primary").await?;
    browser.see("已建档").await
}

/// The one step that the record page offers first.
async fn step(browser: &Browser, label: &str) -> Result<()> {
    browser.click_at("#owed a.btn-primary").await?;
    browser.see(label).await?;
    browser.expect_well_made().await?;
    browser.click_at(".acts button.btn-primary").await?;
    browser.see("已登记").await
}

#[tokio::test]
async fn a_township_doctor_takes_a_record_up_on_a_phone() -> Result<()> {
    let (server, _) = start::county()?;
    let village = server.named("committee")?.division.clone();
    let browser = Browser::open(&server.address, Screen::Phone, Language::Chinese).await?;
    let clerk = Clerk::new(&browser);
    clerk.take_over(server.named("town.doctor")?).await?;
    browser.goto("/followup").await?;
    browser.expect_well_made().await?;
    enter(&browser, &clerk, &village).await?;
    browser.see(start::ADULT.name).await?;
    browser.expect_well_made().await?;
    let record = clerk.place().await?.split('?').next().unwrap_or_default().to_owned();
    step(&browser, "接收建档").await?;
    // From now on visits come first; consent is a step of its own.
    browser.goto(&format!("{record}/do/agree")).await?;
    browser.click_at(".acts button.btn-primary").await?;
    browser.see("在管").await?;
    Ok(())
}
