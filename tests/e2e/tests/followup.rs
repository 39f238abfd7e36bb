//! A township doctor with a phone: a report card is entered, taken up and agreed to, a visit is made with class and next day shown
//! before it is saved, a wrong one is voided, and an emergency runs its clocks. The county sees the record.

use crate::start;
use anyhow::Result;
use e2e::{Browser, Clerk, Language, Screen, Server};

/// Enters a report card; the page of the record is open afterwards.
async fn enter(browser: &Browser, clerk: &Clerk<'_>, village: &str) -> Result<()> {
    browser.goto("/followup/records/new").await?;
    browser.expect_well_made().await?;
    browser.choose("source", "report_card").await?;
    browser.fill("name", start::ADULT.name).await?;
    browser.fill("number", start::ADULT.number).await?;
    browser.click("新建档案").await?;
    browser.see("有些内容需要更正").await?;
    browser.expect_told().await?;
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
async fn a_township_doctor_makes_a_visit_on_a_phone() -> Result<()> {
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
    visit(&browser, &record).await?;
    emergency(&browser, &record).await?;
    consent(&browser, &clerk, &record).await?;
    county(&server, &record).await
}

/// A visit at which risk is high: nothing is saved before a referral is named.
async fn visit(browser: &Browser, record: &str) -> Result<()> {
    browser.goto(&format!("{record}/visit")).await?;
    browser.expect_well_made().await?;
    for (name, value) in
        [("mode", "2"), ("risk", "3"), ("symptom_level", "1"), ("insight", "2"), ("adherence", "4")]
    {
        browser.choose(name, value).await?;
    }
    browser.click("查看分类和下次日期").await?;
    browser.see("危险性 3 级及以上").await?;
    browser.expect_told().await?;
    browser.choose("referred", "true").await?;
    browser.fill("referral_reason", "复发").await?;
    browser.fill("referral_to", "市精神卫生中心").await?;
    browser.click("查看分类和下次日期").await?;
    browser.see("立即转诊").await?;
    browser.click("保存随访").await?;
    browser.see("随访已保存").await?;
    browser.see("不稳定").await?;
    browser.expect_well_made().await?;
    browser.click_at("#visits a[href^='/followup/visits/']").await?;
    browser.see("市精神卫生中心").await?;
    browser.expect_well_made().await?;
    browser.fill("reason", "填错了危险性").await?;
    browser.click_at("#void button").await?;
    browser.see("随访已作废").await
}

async fn emergency(browser: &Browser, record: &str) -> Result<()> {
    browser.goto(&format!("{record}/emergency")).await?;
    browser.expect_well_made().await?;
    browser.choose("trigger", "relapse").await?;
    browser.choose("risk", "3").await?;
    browser.fill("words", "情绪激动、摔砸物品").await?;
    browser.click_at(".acts button.btn-primary").await?;
    browser.see("告知公安机关").await?;
    browser.expect_well_made().await?;
    browser.select("outcome", "on_site").await?;
    browser.click_at("#handled button").await?;
    browser.see("登记查看").await?;
    browser.expect_well_made().await
}

/// The guardian signs form 11; the emergency that waited for it has its consent, and the paper can be printed.
async fn consent(browser: &Browser, clerk: &Clerk<'_>, record: &str) -> Result<()> {
    let emergency = clerk.place().await?;
    browser.see("签署知情同意书").await?;
    browser.goto(&format!("{record}/papers/emergency_consent")).await?;
    browser.expect_well_made().await?;
    browser.click_at(".acts button.btn-primary").await?;
    browser.see("有些内容需要更正").await?;
    browser.expect_told().await?;
    browser.fill("emergency_consent.occurred_on", &clerk.day(0).await?).await?;
    browser.fill("emergency_consent.signed_on", &clerk.day(0).await?).await?;
    browser.fill("emergency_consent.signed_by", "王父").await?;
    for (name, value) in [
        ("emergency_reasons", "relapse"),
        ("measures", "1"),
        ("risks_explained", "true"),
        ("emergency_consent", "agree"),
        ("signed_relation", "guardian"),
    ] {
        clerk.pick(&format!("emergency_consent.{name}"), value).await?;
    }
    browser.click_at(".acts button.btn-primary").await?;
    browser.see("表单已保存").await?;
    browser.click_at("#papers a[href^='/followup/papers/']").await?;
    browser.see("王父").await?;
    browser.expect_well_made().await?;
    browser.goto(&emergency).await?;
    browser.see_no("签署知情同意书").await
}

/// The county's health side sees the record at a desk, in English.
async fn county(server: &Server, record: &str) -> Result<()> {
    let browser = Browser::open(&server.address, Screen::Desk, Language::English).await?;
    Clerk::new(&browser).take_over(server.named("health")?).await?;
    browser.goto("/followup").await?;
    browser.see("Emergencies that are not over").await?;
    browser.expect_well_made().await?;
    browser.goto("/followup/records").await?;
    browser.expect_well_made().await?;
    browser.goto(record).await?;
    browser.see(start::ADULT.name).await?;
    browser.expect_well_made().await
}
