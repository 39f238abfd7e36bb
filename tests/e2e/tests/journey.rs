//! The main journey of a person through the program, and every main page of every role, in a browser.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

#[path = "journey/desk.rs"]
mod desk;
#[path = "journey/papers.rs"]
mod papers;

use anyhow::{Context, Result};
use desk::{Clerk, Stand};
use e2e::{Account, Browser, Language, Screen, Server};

/// The same small county for every test.
const COUNTY: [&str; 4] = ["--people", "200", "--seed", "7"];

fn username<'a>(server: &'a Server, username: &str) -> Result<&'a Account> {
    let found = server.accounts.iter().find(|account| account.username == username);
    found.with_context(|| format!("nobody is {username}"))
}

/// Whoever has this role at the organisation of this name.
fn at<'a>(server: &'a Server, organisation: &str, role: &str) -> Result<&'a Account> {
    let found = server.accounts.iter().find(|a| a.role == role && a.organisation == organisation);
    found.with_context(|| format!("{organisation} has no {role}"))
}

/// What the page of a case shows after a step: state, the present step of seven, the clock, the latest event.
fn stand<'a>(state: &'a str, step: &'a str, clock: &'a str, latest: &'a str) -> Stand<'a> {
    Stand { state, step, clock, latest }
}

#[tokio::test]
async fn a_person_is_led_from_the_application_to_the_end_of_the_return_visits() -> Result<()> {
    let server = Server::start(&COUNTY)?;
    let browser = Browser::open(&server.address, Screen::Desk, Language::Chinese).await?;
    let clerk = Clerk::new(&browser);

    // The village committee files for the person, with the person's consent.
    let committee = username(&server, "committee")?;
    clerk.take_over(committee).await?;
    browser.click("新建申请").await?;
    browser.see("提交后 5 个工作日内完成初核登记").await?;
    papers::application(&clerk, committee).await?;
    browser.click("提交申请").await?;
    clerk.expect("提交申请", &stand("已申请", "登记", "初核登记", "提交申请")).await?;
    let case = clerk.case().await?;

    // The referral worker finds it in the work list and registers it.
    clerk.take_over(username(&server, "referral")?).await?;
    clerk.open_from_work_list(papers::NAME, "登记").await?;
    papers::eligibility(&clerk).await?;
    clerk.hand_in().await?;
    clerk.expect("登记", &stand("已登记", "转介", "转介", "初核登记")).await?;
    let number = clerk.text_at("nav.crumbs").await?;
    let number = number.rsplit('/').next().unwrap_or_default().trim().to_owned();
    assert!(number.starts_with('D'), "registration number {number:?}");

    // The first of the shortlist is offered the case; the person was asked.
    clerk.act("refer").await?;
    let chosen = clerk.text_at(".candidates li:has(input:checked) label.check strong").await?;
    let first = clerk.text_at(".candidates li:first-child label.check strong").await?;
    assert_eq!(chosen, first, "the best fit is chosen beforehand");
    clerk.tick("person_asked", "yes").await?;
    clerk.tick("F3.sender.tick", "yes").await?;
    clerk.hand_in().await?;
    clerk.expect("转介", &stand("已转介", "转介", "机构答复", "转介至机构")).await?;
    browser.see(&first).await?;

    // The manager sees no name before the institution accepts, and names a case manager.
    clerk.take_over(at(&server, &first, "institution_manager")?).await?;
    clerk.open_from_work_list(&number, "接收").await?;
    browser.see_no(papers::NAME).await?;
    browser.click_at("main input[type=radio][name=case_manager]").await?;
    clerk.hand_in().await?;
    clerk.expect("接收", &stand("已接收", "评估", "综合评估", "机构接收")).await?;
    browser.see(papers::NAME).await?;

    // Assessment, plan with agreement, first session.
    clerk.take_over(at(&server, &first, "assessor")?).await?;
    clerk.open_from_work_list(papers::NAME, "评估").await?;
    papers::assessment(&clerk).await?;
    clerk.hand_in().await?;
    clerk.expect("提交综合评估", &stand("已评估", "评估", "计划与签约", "完成综合评估")).await?;

    let case_manager = at(&server, &first, "case_manager")?;
    clerk.take_over(case_manager).await?;
    clerk.open_from_work_list(papers::NAME, "签约").await?;
    papers::plan(&clerk).await?;
    papers::agreement(&clerk).await?;
    clerk.hand_in().await?;
    clerk.expect("签订计划与协议", &stand("已签约", "服务", "首次服务", "签订计划与协议")).await?;
    clerk.act("first_session").await?;
    papers::session(&clerk).await?;
    clerk.hand_in().await?;
    clerk.expect("记录首次服务", &stand("服务中", "服务", "阶段评估", "首次服务")).await?;

    // The evaluation says "close"; the case manager proposes it and another person decides.
    clerk.take_over(at(&server, &first, "assessor")?).await?;
    browser.goto(&case).await?;
    clerk.act("stage_evaluation").await?;
    papers::evaluation(&clerk).await?;
    clerk.hand_in().await?;
    clerk.expect("阶段性评估", &stand("服务中", "服务", "阶段评估", "阶段性评估")).await?;
    clerk.take_over(case_manager).await?;
    browser.goto(&case).await?;
    clerk.act("propose_closure").await?;
    papers::closure(&clerk).await?;
    clerk.hand_in().await?;
    clerk.expect("拟结案", &stand("拟结案", "结案回访", "结案审核", "拟结案")).await?;
    clerk.take_over(at(&server, &first, "institution_manager")?).await?;
    clerk.open_from_work_list(papers::NAME, "审核").await?;
    papers::approval(&clerk).await?;
    clerk.hand_in().await?;
    clerk.expect("同意结案", &stand("已结案", "结案回访", "回访", "结案")).await?;

    // One return visit; then the person wishes no more of them.
    clerk.take_over(case_manager).await?;
    clerk.open_from_work_list(papers::NAME, "回访").await?;
    papers::visit(&clerk).await?;
    clerk.hand_in().await?;
    clerk.expect("记录回访", &stand("已结案", "结案回访", "回访", "回访")).await?;
    clerk.act("end").await?;
    clerk.pick("reason", "Z2").await?;
    clerk.hand_in().await?;
    browser.see("已完成：终止").await?;
    let shown = clerk.shown().await?;
    assert_eq!((shown.state.as_str(), shown.step.as_str(), shown.clock.as_str()), ("终止", "", ""));
    assert_eq!(shown.done, ["申请", "登记", "转介", "评估", "服务", "阶段评估", "结案回访"]);
    assert_eq!(
        shown.events,
        [
            "终止",
            "回访",
            "结案",
            "拟结案",
            "阶段性评估",
            "首次服务",
            "签订计划与协议",
            "完成综合评估",
            "机构接收",
            "转介至机构",
            "初核登记",
            "提交申请",
        ],
        "of the events that move the case"
    );
    Ok(())
}

/// The main pages of the roles: username, what the sign-in leads to, and the pages.
const ROUNDS: [(&str, &[&str]); 13] = [
    ("committee", &["/work-list", "/cases", "/cases/new"]),
    ("client", &["/work-list", "/cases"]),
    ("assisting", &["/work-list", "/cases"]),
    ("doctor", &["/work-list", "/cases", "/institutions"]),
    (
        "referral",
        &["/work-list", "/people", "/cases", "/institutions", "/talent", "/need", "/imports", "/review"],
    ),
    (
        "civil.affairs",
        &["/work-list", "/people", "/cases", "/institutions", "/talent", "/need", "/imports", "/review"],
    ),
    ("health", &["/work-list", "/people", "/institutions", "/need", "/imports"]),
    ("dpf", &["/work-list", "/people", "/need", "/imports"]),
    ("manager1", &["/work-list", "/cases", "/institutions", "/talent"]),
    ("case.manager1", &["/work-list", "/cases"]),
    ("assessor1", &["/work-list", "/cases"]),
    ("supervisor", &["/work-list", "/institutions", "/need"]),
    ("administrator", &["/work-list", "/administration"]),
];

/// Walks every main page of every role, and the first case and the first person of the lists; gathers all faults,
/// so that one run tells them all.
async fn walk(screen: Screen, language: Language) -> Result<()> {
    let server = Server::start(&COUNTY)?;
    let browser = Browser::open(&server.address, screen, language).await?;
    let clerk = Clerk::new(&browser);
    let mut faults = Vec::new();
    browser.goto("/sign-in").await?;
    clerk.look("sign-in", &mut faults).await?;
    for (name, pages) in ROUNDS {
        clerk.take_over(username(&server, name)?).await?;
        for page in pages {
            browser.goto(page).await?;
            clerk.look(&format!("{name} at {page}"), &mut faults).await?;
            for kind in ["cases", "people", "institutions", "talent", "imports", "review"] {
                if *page != format!("/{kind}") {
                    continue;
                }
                if let Some(first) = clerk.first_of(kind).await? {
                    browser.goto(&first).await?;
                    clerk.look(&format!("{name} at the first of {page}, {first}"), &mut faults).await?;
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} pages have faults:\n{}", faults.len(), faults.join("\n"));
    Ok(())
}

#[tokio::test]
async fn every_main_page_is_well_made_on_a_phone_in_english() -> Result<()> {
    walk(Screen::Phone, Language::English).await
}

#[tokio::test]
async fn every_main_page_is_well_made_at_a_desk_in_chinese() -> Result<()> {
    walk(Screen::Desk, Language::Chinese).await
}
