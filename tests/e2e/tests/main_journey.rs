//! The main journey of a person through the program, in one browser, as the people do it whose turn it is.

#[path = "main_journey/lists.rs"]
mod lists;

use crate::engine::Place;
use anyhow::Result;
use e2e::{Browser, Clerk, Language, Screen, Server, papers, stand};

const PEOPLE: [&str; 4] = ["--people", "200", "--seed", "7"];

#[tokio::test]
async fn a_person_is_led_from_the_departments_lists_to_the_end_of_the_return_visits() -> Result<()> {
    journey(Server::start(&PEOPLE)?).await
}

#[tokio::test]
async fn the_same_on_postgres() -> Result<()> {
    let Some(place) = Place::on_postgres().await else { return Ok(()) };
    journey(Server::start_on(&place.address, &PEOPLE)?).await?;
    place.end().await;
    Ok(())
}

async fn journey(server: Server) -> Result<()> {
    let browser = Browser::open(&server.address, Screen::Desk, Language::Chinese).await?;
    let story = Story { clerk: Clerk::new(&browser), server: &server };

    story.the_departments_lists_become_one_register().await?;
    let case = story.the_committee_applies().await?;
    let (number, institution) = story.the_desk_registers_and_refers().await?;
    story.the_institution_accepts_without_knowing_the_name(&number, &institution).await?;
    story.care_is_assessed_agreed_and_begun(&institution).await?;
    story.care_is_evaluated_and_closed(&case, &institution).await?;
    story.return_visits_follow_and_end(&institution).await?;
    story.who_filed_and_the_register_know_the_end(&case).await
}

/// One browser at which the people of a county take turns.
struct Story<'a> {
    clerk: Clerk<'a>,
    server: &'a Server,
}

impl Story<'_> {
    /// Health, the federation and civil affairs send their lists; the person on two is one person of the register.
    async fn the_departments_lists_become_one_register(&self) -> Result<()> {
        let (clerk, server) = (self.clerk, self.server);
        let (committee, desk) = (server.named("committee")?, server.named("referral")?);
        clerk.take_over(server.named("health")?).await?;
        lists::send(&clerk, &lists::health(committee)?).await?;
        lists::take_in(&clerk, &lists::Found { rows: 2, new: 2, linked: 0, pairs: 0 }).await?;
        clerk.take_over(server.named("dpf")?).await?;
        lists::send(&clerk, &lists::dpf(committee)?).await?;
        lists::take_in(&clerk, &lists::Found { rows: 2, new: 1, linked: 1, pairs: 1 }).await?;
        clerk.take_over(server.named("civil.affairs")?).await?;
        lists::send(&clerk, &lists::civil_affairs(committee)?).await?;
        lists::take_in_institutions(&clerk, 1).await?;
        clerk.browser.goto("/institutions").await?;
        clerk.browser.see(lists::INSTITUTION).await?;
        clerk.take_over(desk).await?;
        assert_eq!(lists::registers(&clerk, papers::NAME).await?, [["卫健名册", "残联名册"]]);

        // Of somebody else the lists say different things; a person compares and decides.
        assert_eq!(lists::registers(&clerk, lists::SECOND).await?.len(), 2, "two entries of one person");
        lists::decide_that_they_are_one(&clerk, lists::SECOND).await?;
        assert_eq!(lists::registers(&clerk, lists::SECOND).await?, [["卫健名册", "残联名册"]]);
        Ok(())
    }

    /// The village committee files for the person, with the person's consent. Returns the
    /// path of the case.
    async fn the_committee_applies(&self) -> Result<String> {
        let (clerk, server, browser) = (self.clerk, self.server, self.clerk.browser);
        let committee = server.named("committee")?;
        clerk.take_over(committee).await?;
        browser.click("新建申请").await?;
        browser.see("提交后 5 个工作日内完成初核登记").await?;
        papers::application(&clerk, committee).await?;
        browser.click("提交申请").await?;
        clerk.expect("提交申请", stand("已申请", "登记", "初核登记", "提交申请")).await?;
        clerk.place().await
    }

    /// The case is registered and offered to the best fit. Returns its number and the institution.
    async fn the_desk_registers_and_refers(&self) -> Result<(String, String)> {
        let (clerk, server, browser) = (self.clerk, self.server, self.clerk.browser);
        let desk = server.named("referral")?;
        // The referral worker finds it in the work list and registers it.
        clerk.take_over(desk).await?;
        clerk.open_from_work_list(papers::NAME, "登记").await?;
        papers::eligibility(&clerk).await?;
        clerk.hand_in().await?;
        clerk.expect("登记", stand("已登记", "转介", "转介", "初核登记")).await?;
        let crumbs = clerk.text_at("nav.crumbs").await?;
        let number = crumbs.rsplit('/').next().unwrap_or_default().trim();
        assert!(number.starts_with('D'), "registration number {number:?}");

        // The first of the shortlist is offered the case; the person was asked.
        clerk.act("refer").await?;
        let chosen = clerk.text_at(".candidates li:has(input:checked) label.check strong").await?;
        let first = clerk.text_at(".candidates li:first-child label.check strong").await?;
        assert_eq!(chosen, first, "the best fit is chosen beforehand");
        clerk.tick("person_asked", "yes").await?;
        clerk.tick("F3.sender.tick", "yes").await?;
        clerk.hand_in().await?;
        clerk.expect("转介", stand("已转介", "转介", "机构答复", "转介至机构")).await?;
        browser.see(&first).await?;
        Ok((number.to_owned(), first))
    }

    /// The manager sees no name before the institution accepts, and names a case manager.
    async fn the_institution_accepts_without_knowing_the_name(
        &self,
        number: &str,
        institution: &str,
    ) -> Result<()> {
        let (clerk, server, browser) = (self.clerk, self.server, self.clerk.browser);
        let manager = server.at(institution, "institution_manager")?;
        clerk.take_over(manager).await?;
        clerk.open_from_work_list(number, "接收").await?;
        browser.see_no(papers::NAME).await?;
        browser.click_at("main input[type=radio][name=case_manager]").await?;
        clerk.hand_in().await?;
        clerk.expect("接收", stand("已接收", "评估", "综合评估", "机构接收")).await?;
        browser.see(papers::NAME).await?;
        Ok(())
    }

    /// Assessment, plan with agreement, first session.
    async fn care_is_assessed_agreed_and_begun(&self, institution: &str) -> Result<()> {
        let (clerk, server) = (self.clerk, self.server);
        let assessor = server.at(institution, "assessor")?;
        clerk.take_over(assessor).await?;
        clerk.open_from_work_list(papers::NAME, "评估").await?;
        papers::assessment(&clerk).await?;
        clerk.hand_in().await?;
        clerk.expect("提交综合评估", stand("已评估", "评估", "计划与签约", "完成综合评估")).await?;

        let case_manager = server.at(institution, "case_manager")?;
        clerk.take_over(case_manager).await?;
        clerk.open_from_work_list(papers::NAME, "签约").await?;
        papers::plan(&clerk).await?;
        papers::agreement(&clerk).await?;
        clerk.hand_in().await?;
        clerk.expect("签订计划与协议", stand("已签约", "服务", "首次服务", "签订计划与协议")).await?;
        clerk.act("first_session").await?;
        papers::session(&clerk).await?;
        clerk.hand_in().await?;
        clerk.expect("记录首次服务", stand("服务中", "服务", "阶段评估", "首次服务")).await?;
        Ok(())
    }

    /// The evaluation says "close"; the case manager proposes it and another person decides.
    async fn care_is_evaluated_and_closed(&self, case: &str, institution: &str) -> Result<()> {
        let (clerk, server, browser) = (self.clerk, self.server, self.clerk.browser);
        let case_manager = server.at(institution, "case_manager")?;
        clerk.take_over(server.at(institution, "assessor")?).await?;
        browser.goto(case).await?;
        clerk.act("stage_evaluation").await?;
        papers::evaluation(&clerk).await?;
        clerk.hand_in().await?;
        clerk.expect("阶段性评估", stand("服务中", "服务", "阶段评估", "阶段性评估")).await?;
        clerk.take_over(case_manager).await?;
        browser.goto(case).await?;
        clerk.act("propose_closure").await?;
        papers::closure(&clerk).await?;
        clerk.hand_in().await?;
        clerk.expect("拟结案", stand("拟结案", "结案回访", "结案审核", "拟结案")).await?;
        clerk.take_over(server.at(institution, "institution_manager")?).await?;
        clerk.open_from_work_list(papers::NAME, "审核").await?;
        papers::approval(&clerk).await?;
        clerk.hand_in().await?;
        clerk.expect("同意结案", stand("已结案", "结案回访", "回访", "结案")).await?;
        Ok(())
    }

    /// One return visit; then the person wishes no more of them.
    async fn return_visits_follow_and_end(&self, institution: &str) -> Result<()> {
        let (clerk, server) = (self.clerk, self.server);
        clerk.take_over(server.at(institution, "case_manager")?).await?;
        clerk.open_from_work_list(papers::NAME, "回访").await?;
        papers::visit(&clerk).await?;
        clerk.hand_in().await?;
        clerk.expect("记录回访", stand("已结案", "结案回访", "回访", "回访")).await?;
        clerk.act("end").await?;
        clerk.pick("reason", "Z2").await?;
        clerk.hand_in().await?;
        clerk.expect("终止", stand("终止", "", "", "终止")).await?;
        let shown = clerk.shown().await?;
        assert_eq!(shown.done, ["申请", "登记", "转介", "评估", "服务", "阶段评估", "结案回访"]);
        assert_eq!(shown.events, COURSE[..10], "over, the institution sees nothing of before it was asked");
        Ok(())
    }

    /// Whoever filed learns the end; the register knows the person from three sources.
    async fn who_filed_and_the_register_know_the_end(&self, case: &str) -> Result<()> {
        let (clerk, server, browser) = (self.clerk, self.server, self.clerk.browser);
        clerk.take_over(server.named("committee")?).await?;
        browser.goto(case).await?;
        assert_eq!(clerk.shown().await?.state, "终止");
        clerk.take_over(server.named("referral")?).await?;
        browser.goto(case).await?;
        assert_eq!(clerk.shown().await?.events, COURSE);
        assert_eq!(lists::registers(&clerk, papers::NAME).await?, [["卫健名册", "残联名册", "已申请"]]);
        Ok(())
    }
}

/// The time line at the end, latest first.
const COURSE: [&str; 14] = [
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
    "签署知情同意",
    "建立个案",
];
