//! A record outside the own scope, opened in an emergency: the reason first, then read only with the time that is left on
//! every page, ended by its opener, judged by a second person, seen by the auditor without contents.

use crate::start;
use anyhow::Result;
use e2e::{Browser, Clerk, Language, Screen, Server};

const REASON: &str = "患者在急诊科意识不清,需了解用药史与既往风险";

async fn desk(server: &Server) -> Result<Browser> {
    Browser::open(&server.address, Screen::Desk, Language::Chinese).await
}

/// Asks for a record with a reason.
async fn ask(browser: &Browser, number: &str, reason: &str) -> Result<()> {
    browser.goto("/emergency-access").await?;
    browser.fill("number", number).await?;
    browser.select("basis", "emergency").await?;
    browser.fill("reason", reason).await?;
    browser.click("记录理由并查阅").await
}

#[tokio::test]
async fn a_record_is_opened_with_a_reason_and_judged() -> Result<()> {
    let (server, program) = start::county()?;
    let village = server.named("committee")?.division.clone();
    let case = start::registered(&server, &program, &start::ADULT, &village).await?;
    let number = program.text(server.named("referral")?, &case, "number").await?;
    let browser = desk(&server).await?;
    let clerk = Clerk::new(&browser);

    clerk.take_over(server.account("health_officer")?).await?;
    browser.goto("/emergency-access").await?;
    browser.expect_well_made().await?;
    ask(&browser, &number, REASON).await?;
    browser.see(start::ADULT.name).await?;
    browser.see("只读").await?;
    browser.see("还剩 240 分钟").await?;
    browser.expect_well_made().await?;
    let look = clerk.place().await?;
    // The bar is on every page, and the ordinary way stays closed.
    browser.goto(&format!("/cases/{case}")).await?;
    browser.see("您的角色不能进行此操作").await?;
    browser.goto("/need").await?;
    browser.see("紧急查阅进行中").await?;
    browser.click("结束查阅").await?;
    browser.see("已结束查阅").await?;
    browser.see_no("紧急查阅进行中").await?;
    browser.goto(&look).await?;
    browser.see("没有找到").await?;
    // Nothing is told before the reason, and nothing of a part of a number.
    ask(&browser, &number, "急").await?;
    browser.see("理由至少 20 个字").await?;
    browser.see_no(start::ADULT.name).await?;
    ask(&browser, "999999199503021", REASON).await?;
    browser.see("没有查到此号码").await?;
    judged(&server, &number).await
}

/// A second person judges; the auditor sees that it happened.
async fn judged(server: &Server, number: &str) -> Result<()> {
    let browser = desk(server).await?;
    Clerk::new(&browser).take_over(server.account("civil_affairs_officer")?).await?;
    browser.see("1 项紧急查阅等待您复核").await?;
    browser.goto("/emergency-access").await?;
    browser.expect_well_made().await?;
    browser.click_at("#to-judge a.btn").await?;
    browser.see(REASON).await?;
    browser.see(number).await?;
    browser.expect_well_made().await?;
    browser.choose("verdict", "not_justified").await?;
    browser.click("提交结论").await?;
    browser.see("认定不合理时请写明原因").await?;
    browser.choose("verdict", "justified").await?;
    browser.click("提交结论").await?;
    browser.see("复核结论已记录").await?;
    browser.see_no("等待您复核").await?;

    let browser = desk(server).await?;
    Clerk::new(&browser).take_over(server.account("auditor")?).await?;
    browser.goto("/emergency-access").await?;
    browser.see("合理").await?;
    for content in [start::ADULT.name, REASON, number] {
        browser.see_no(content).await?;
    }
    browser.expect_well_made().await?;
    browser.goto("/audit/unusual").await?;
    browser.see("异常访问报告").await?;
    browser.expect_well_made().await
}

#[tokio::test]
async fn an_administrator_learns_why_and_what_another_role_brings() -> Result<()> {
    let (server, program) = start::county()?;
    let village = server.named("committee")?.division.clone();
    let case = start::registered(&server, &program, &start::ADULT, &village).await?;
    let number = program.text(server.named("referral")?, &case, "number").await?;
    let browser = desk(&server).await?;
    let clerk = Clerk::new(&browser);
    clerk.take_over(server.account("security_administrator")?).await?;
    browser.goto("/administration/access").await?;
    for (account, words) in
        [("referral", "可以打开此个案"), ("doctor", "可以打开此个案"), ("committee", "不能打开此个案")]
    {
        browser.fill("account", account).await?;
        browser.fill("record", &number).await?;
        browser.click("核查").await?;
        browser.see(words).await?;
        browser.see_no(start::ADULT.name).await?;
    }
    browser.expect_well_made().await?;
    clerk.search("/administration", "referral").await?;
    browser.click("更改").await?;
    browser.click("变更角色或单位").await?;
    browser.select("role", "civil_affairs_officer").await?;
    browser.click("先看变化").await?;
    browser.see("新增权限").await?;
    browser.expect_well_made().await?;
    browser.click("确认变更").await?;
    browser.see("核查访问权限").await?;
    browser.goto("/administration/access").await?;
    browser.fill("record", &number).await?;
    browser.fill("account", "nobody").await?;
    browser.click("核查").await?;
    browser.see("没有此用户名的工作账号").await
}
