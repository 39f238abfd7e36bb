//! The ways beside the main journey, each from where it leaves it: papers that are missing, institutions that decline,
//! a waiting list, a hospital and back, another county, a person who withdraws, a death.

use crate::start;
use anyhow::Result;
use e2e::{Browser, Clerk, Language, Screen, Server, papers, stand};

async fn desk(server: &Server) -> Result<Browser> {
    Browser::open(&server.address, Screen::Desk, Language::Chinese).await
}

/// Where the persons live, unless it matters.
fn village(server: &Server) -> Result<&str> {
    Ok(server.named("committee")?.division.as_str())
}

#[tokio::test]
async fn missing_papers_are_asked_for_and_come() -> Result<()> {
    let (server, program) = start::county()?;
    let case = start::submitted(&server, &program, &start::ADULT, village(&server)?).await?;
    let browser = desk(&server).await?;
    let clerk = Clerk::new(&browser);

    clerk.take_over(server.named("referral")?).await?;
    browser.goto(&format!("/cases/{case}")).await?;
    clerk.act("ask_supplement").await?;
    clerk.tick("items", "address").await?;
    clerk.hand_in().await?;
    clerk.expect("要求补正", stand("待补正", "登记", "补正材料", "一次性告知补正")).await?;

    clerk.take_over(server.named("doctor")?).await?;
    clerk.open_from_work_list(start::ADULT.name, "补正").await?;
    browser.fill("F1.address", "桥头路 9 号 2 室").await?;
    clerk.tick("answered", "address").await?;
    clerk.sign("F1.signature", start::ADULT.name).await?;
    clerk.hand_in().await?;
    clerk.expect("补正并提交", stand("已申请", "登记", "初核登记", "补正后再次提交")).await?;
    browser.see("桥头路 9 号 2 室").await
}

#[tokio::test]
async fn after_two_declines_civil_affairs_decides() -> Result<()> {
    let (server, program) = start::county()?;
    // Two institutions serve the villages around the second one.
    let near = server.named("manager2")?.division.as_str();
    let case = start::registered(&server, &program, &start::ADULT, near).await?;
    let page = format!("/cases/{case}");
    let number = program.text(server.named("referral")?, &case, "number").await?;
    let browser = desk(&server).await?;
    let clerk = Clerk::new(&browser);
    let worker = server.named("referral")?;

    let mut declined = Vec::new();
    for _ in 0..2 {
        clerk.take_over(worker).await?;
        browser.goto(&page).await?;
        clerk.act("refer").await?;
        let first = clerk.text_at(".candidates li:first-child label.check strong").await?;
        assert!(!declined.contains(&first), "{first} declined before");
        clerk.tick("person_asked", "yes").await?;
        clerk.tick("F3.sender.tick", "yes").await?;
        clerk.hand_in().await?;
        clerk.expect("转介", stand("已转介", "转介", "机构答复", "转介至机构")).await?;

        clerk.take_over(server.at(&first, "institution_manager")?).await?;
        browser.goto(&page).await?;
        clerk.act("decline").await?;
        clerk.pick("reason", "D3").await?;
        clerk.hand_in().await?;
        // Who declined sees the case no more and goes on at the work list.
        browser.see("已完成：不接收").await?;
        assert_eq!(clerk.place().await?, "/work-list");
        declined.push(first);
    }

    clerk.take_over(worker).await?;
    browser.goto(&page).await?;
    clerk.expect_stand(stand("已登记", "转介", "转介", "机构未接收")).await?;
    for institution in &declined {
        browser.see(institution).await?;
    }
    assert!(!clerk.has("main a[href$='/refer']").await?, "the worker may no longer choose");

    clerk.take_over(server.named("civil.affairs")?).await?;
    browser.click_beside("两家机构未接收，请决定去向", &number).await?;
    clerk.act("queue").await?;
    clerk.pick("reason", "Q2").await?;
    clerk.pick("priority", "1").await?;
    clerk.hand_in().await?;
    clerk.expect("列入轮候", stand("轮候", "转介", "", "进入轮候")).await
}

#[tokio::test]
async fn who_fits_nowhere_is_put_on_the_waiting_list() -> Result<()> {
    let (server, program) = start::county()?;
    start::registered(&server, &program, &start::OLD, village(&server)?).await?;
    let browser = desk(&server).await?;
    let clerk = Clerk::new(&browser);

    clerk.take_over(server.named("referral")?).await?;
    clerk.open_from_work_list(start::OLD.name, "转介").await?;
    browser.click("列入轮候").await?;
    clerk.pick("reason", "Q2").await?;
    clerk.pick("priority", "1").await?;
    clerk.hand_in().await?;
    clerk.expect("列入轮候", stand("轮候", "转介", "", "进入轮候")).await?;
    browser.goto("/work-list?tab=waiting").await?;
    browser.see(start::OLD.name).await
}

#[tokio::test]
async fn a_person_in_service_goes_to_hospital_and_comes_back() -> Result<()> {
    let (server, program) = start::county()?;
    let (case_manager, case) = program.somebody_under(&server, "case_manager", "in_service", "K7").await?;
    let number = program.text(case_manager, &case, "number").await?;
    let doctor = server.named("doctor")?;
    let browser = desk(&server).await?;
    let clerk = Clerk::new(&browser);

    clerk.take_over(case_manager).await?;
    browser.goto(&format!("/cases/{case}")).await?;
    clerk.act("return_to_hospital").await?;
    papers::to_hospital(&clerk, doctor).await?;
    clerk.hand_in().await?;
    clerk.expect("转回医院", stand("服务中", "服务", "确认转回医院", "提出转回医院")).await?;

    clerk.take_over(doctor).await?;
    browser.click_beside("确认转回医院", &number).await?;
    clerk.act("confirm_hospital").await?;
    clerk.hand_in().await?;
    clerk.expect("确认医院接收", stand("转回医院", "服务", "", "医院确认接收")).await?;
    clerk.act("discharge").await?;
    papers::from_hospital(&clerk).await?;
    clerk.hand_in().await?;
    // The hospital is done with the case; the institution goes on.
    browser.see("已完成：出院，继续康复").await?;
    clerk.take_over(case_manager).await?;
    browser.goto(&format!("/cases/{case}")).await?;
    clerk.expect_stand(stand("已接收", "评估", "出院后评估", "出院，继续康复")).await
}

#[tokio::test]
async fn a_person_who_moves_is_taken_over_by_the_other_county() -> Result<()> {
    let (server, program) = start::county()?;
    let case = start::registered(&server, &program, &start::ADULT, village(&server)?).await?;
    let (here, there) = (server.named("referral")?, server.named("referral.city")?);
    let browser = desk(&server).await?;
    let clerk = Clerk::new(&browser);

    clerk.take_over(here).await?;
    browser.goto(&format!("/cases/{case}")).await?;
    clerk.act("propose_transfer").await?;
    browser.fill("county.q", "长兴县").await?;
    clerk.tick("county", &there.division).await?;
    clerk.hand_in().await?;
    clerk.expect("转出至外县区", stand("已登记", "转介", "转介", "提出转出")).await?;

    clerk.take_over(there).await?;
    browser.click_beside("答复转入请求", start::ADULT.name).await?;
    clerk.act("confirm_transfer").await?;
    clerk.hand_in().await?;
    browser.see("已完成：接收转入").await?;
    // Nothing is asked twice: the new case is registered already.
    clerk.open_from_work_list(start::ADULT.name, "转介").await?;
    browser.see("选择机构").await?;

    clerk.take_over(here).await?;
    browser.goto(&format!("/cases/{case}")).await?;
    clerk.expect_stand(stand("转出", "", "", "转出至外县区")).await
}

#[tokio::test]
async fn a_person_withdraws_the_application() -> Result<()> {
    let (server, program) = start::county()?;
    let client = server.named("client")?;
    let (application, consent) = start::own_forms(&start::ADULT, village(&server)?);
    let case = program.apply(client, application, consent).await?;
    let browser = desk(&server).await?;
    let clerk = Clerk::new(&browser);

    clerk.take_over(client).await?;
    browser.goto(&format!("/cases/{case}")).await?;
    clerk.act("withdraw").await?;
    browser.see("不需要理由。以后可以再次申请。").await?;
    clerk.hand_in_and_confirm().await?;
    clerk.expect("撤回", stand("撤回", "", "", "本人撤回")).await
}

#[tokio::test]
async fn a_death_ends_the_case() -> Result<()> {
    let (server, program) = start::county()?;
    let (case_manager, case) = program.somebody_under(&server, "case_manager", "in_service", "K7").await?;
    let browser = desk(&server).await?;
    let clerk = Clerk::new(&browser);

    clerk.take_over(case_manager).await?;
    browser.goto(&format!("/cases/{case}")).await?;
    clerk.act("death").await?;
    clerk.pick("source", "family").await?;
    clerk.pick("cause", "disease").await?;
    clerk.hand_in_and_confirm().await?;
    clerk.expect("登记死亡", stand("终止", "", "", "终止")).await?;
    assert_eq!(clerk.shown().await?.events[1], "死亡");
    Ok(())
}
