//! A share with a department, from the draft over the impact assessment and the second person to what the recipient's program
//! reads, and back out of it when the person takes the consent back; a research project from asking to its file and its end.

use crate::start;
use anyhow::Result;
use e2e::{Browser, Clerk, Language, Program, Screen, Server};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

async fn desk(server: &Server) -> Result<Browser> {
    Browser::open(&server.address, Screen::Desk, Language::Chinese).await
}

/// Everything in the stream, by reference.
async fn stream(server: &Server, program: &Program, id: &str) -> Result<BTreeMap<String, Value>> {
    let (mut after, mut all) = (0, BTreeMap::new());
    loop {
        let path = format!("/api/v1/shares/{id}/records?after={after}");
        let page = program.get(server.named("dpf")?, &path).await?;
        for record in page["records"].as_array().unwrap() {
            all.insert(record["reference"].as_str().unwrap().to_owned(), record.clone());
        }
        after = page["next"].as_i64().unwrap();
        if page["more"] == json!(false) {
            return Ok(all);
        }
    }
}

/// The same once the background clock has placed the cases of the county.
async fn filled(server: &Server, program: &Program, id: &str) -> Result<BTreeMap<String, Value>> {
    let mut last = BTreeMap::new();
    for _ in 0..60 {
        let now = stream(server, program, id).await?;
        if !now.is_empty() && now.len() == last.len() {
            return Ok(now);
        }
        last = now;
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    anyhow::bail!("nothing was placed in the stream")
}

#[tokio::test]
async fn a_share_opens_with_an_assessment_and_a_second_person() -> Result<()> {
    let (server, program) = start::county()?;
    let federation = server.named("dpf")?;
    let browser = desk(&server).await?;
    let clerk = Clerk::new(&browser);
    clerk.take_over(server.named("civil.affairs")?).await?;
    browser.goto("/shares").await?;
    browser.see("无影响评估").await?;
    browser.expect_well_made().await?;
    browser.goto("/shares/new").await?;
    browser.select("recipient", &federation.organisation).await?;
    browser.choose("basis", "consent_departments").await?;
    browser.choose("kinds", "need_registered").await?;
    browser.fill("agreement", "合成共享〔2〕号").await?;
    browser.fill("agreed_on", &clerk.day(-3).await?).await?;
    browser.click("保存草稿").await?;
    browser.see("没有个人信息保护影响评估").await?;
    browser.expect_well_made().await?;
    browser.fill("number", "PIA-2").await?;
    browser.fill("concluded_by", "信息安全组").await?;
    browser.fill("concluded_on", &clerk.day(-1).await?).await?;
    browser.fill("review_due_on", &clerk.day(200).await?).await?;
    browser.choose("conclusion", "acceptable").await?;
    browser.fill("measures", "只提供是否登记，专线传输，双方留存记录").await?;
    browser.click("登记").await?;
    browser.see("已登记影响评估").await?;
    browser.click("提请开通").await?;
    browser.see("等待第二人确认").await?;
    let share = clerk.place().await?;

    let second = desk(&server).await?;
    Clerk::new(&second).take_over(server.named("civil.affairs2")?).await?;
    second.goto(&share).await?;
    second.click("确认开通").await?;
    second.see("已开通").await?;
    second.expect_well_made().await?;

    // A case that is registered from now on stands in the stream; taken back, it is a bare reference in the next answer.
    let id = share.trim_start_matches("/shares/").to_owned();
    let before = filled(&server, &program, &id).await?;
    let village = server.named("committee")?.division.clone();
    let case = start::registered(&server, &program, &start::ADULT, &village).await?;
    let after = stream(&server, &program, &id).await?;
    let new: Vec<&String> = after.keys().filter(|reference| !before.contains_key(*reference)).collect();
    assert_eq!(new.len(), 1, "{after:?}");
    assert_eq!(after[new[0]]["need_registered"], json!(true));
    let taken = json!({ "purposes": ["departments"] });
    program.act(server.named("referral")?, &case, "withdraw_consent", taken).await?;
    let gone = stream(&server, &program, &id).await?;
    assert_eq!(gone[new[0]]["act"], json!("withdrawn"));
    browser.goto(&format!("/cases/{case}/consent")).await?;
    browser.see("通知对方删除").await?;

    browser.goto(&share).await?;
    browser.fill("reason", "例行检查暂停").await?;
    browser.click("暂停").await?;
    browser.see("已暂停").await?;
    browser.see("例行检查暂停").await
}

#[tokio::test]
async fn a_research_project_gets_its_file_and_ends() -> Result<()> {
    let (server, _) = start::county()?;
    let browser = desk(&server).await?;
    let clerk = Clerk::new(&browser);
    clerk.take_over(server.named("referral")?).await?;
    browser.goto("/research").await?;
    browser.expect_well_made().await?;
    browser.fill("title", "职业康复效果").await?;
    browser.fill("institution", "合成大学").await?;
    browser.fill("ethics_number", "伦审 9 号").await?;
    browser.fill("ethics_on", &clerk.day(-9).await?).await?;
    browser.fill("agreement", "数据 9 号").await?;
    browser.fill("agreed_on", &clerk.day(-5).await?).await?;
    browser.fill("until_on", &clerk.day(90).await?).await?;
    browser.fill("purpose", "比较职业康复开始的时间与转回医院的次数，需要性别和日期").await?;
    browser.choose("fields", "sex").await?;
    browser.choose("fields", "served_from").await?;
    browser.click("提交申请").await?;
    browser.see("等待第二人审批").await?;
    let project = clerk.place().await?;

    let second = desk(&server).await?;
    Clerk::new(&second).take_over(server.named("civil.affairs")?).await?;
    second.goto(&project).await?;
    second.click("同意").await?;
    second.see("已同意").await?;
    second.expect_well_made().await?;

    browser.goto(&project).await?;
    browser.click("CSV").await?;
    // The file leaves in the background of this page.
    tokio::time::sleep(Duration::from_secs(3)).await;
    browser.goto(&project).await?;
    browser.see("略去").await?;
    browser.expect_well_made().await?;
    // Ending it asks first, in the browser's own window, and destroys the key: asked without it here.
    browser.run("document.querySelector('form[action$=\"/end\"]').submit()", vec![]).await?;
    browser.see("密钥已销毁").await?;
    browser.see_no("XLSX").await
}
