//! A scale filled in on a phone: item by item, what was left out is asked about, what must not wait stands first with what to do now, the
//! task is on the work list, and the outcome shows the course.

use crate::start;
use anyhow::Result;
use e2e::{Browser, Clerk, Language, Screen};

/// Answers to PHQ-9; the eighth is left out, the ninth must not wait.
const ANSWERS: [(usize, &str); 8] =
    [(1, "2"), (2, "2"), (3, "1"), (4, "1"), (5, "0"), (6, "1"), (7, "1"), (9, "2")];

#[tokio::test]
async fn a_case_manager_fills_a_scale_in_on_a_phone_and_is_told_what_to_do_now() -> Result<()> {
    let (server, program) = start::county()?;
    let (keeper, case) = program.somebody_with(&server, "case_manager", "in_service").await?;
    let case = format!("/cases/{case}");
    let browser = Browser::open(&server.address, Screen::Phone, Language::Chinese).await?;
    Clerk::new(&browser).take_over(keeper).await?;
    browser.goto(&case).await?;
    browser.click("应做量表与结果").await?;
    browser.see("量表是筛查和评估工具，不是诊断").await?;
    browser.expect_well_made().await?;

    browser.goto(&format!("{case}/scales/phq-9")).await?;
    browser.expect_well_made().await?;
    for (item, answer) in ANSWERS {
        browser.choose(&format!("item.phq9-{item}"), answer).await?;
    }
    browser.click("保存结果").await?;
    browser.see("第 8 题：未回答").await?;
    browser.expect_told().await?;
    browser.choose("item.phq9-8", "0").await?;
    browser.click("保存结果").await?;
    browser.see("需要立即处理").await?;
    browser.see("拨打心理援助热线 12356").await?;
    browser.see("立即回拨,确认安全").await?;
    browser.see("已生成任务").await?;
    browser.see("筛查结果不是诊断").await?;
    browser.expect_well_made().await?;

    browser.goto("/work-list").await?;
    browser.see("立即回拨，确认本人安全").await?;
    browser.goto(&format!("{case}/outcome")).await?;
    browser.see("近十二个月").await?;
    browser.expect_well_made().await?;
    browser.goto(&format!("{case}/outcome?lang=en")).await?;
    browser.see("What the service came to").await?;
    browser.expect_well_made().await
}

#[tokio::test]
async fn an_administrator_looks_over_the_library() -> Result<()> {
    let (server, _) = start::county()?;
    let browser = Browser::open(&server.address, Screen::Desk, Language::Chinese).await?;
    Clerk::new(&browser).take_over(server.account("administrator")?).await?;
    browser.goto("/administration").await?;
    browser.click("量表库").await?;
    browser.expect_well_made().await?;
    browser.goto("/scales/gad-7").await?;
    browser.click("不再提供").await?;
    browser.see("已更新提供范围").await?;
    browser.see("未提供").await?;
    browser.expect_well_made().await?;
    browser.click("在本地区提供").await
}
