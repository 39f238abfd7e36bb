//! A case manager with a telephone: what waits on the board is recorded by tapping names, and the way from the board to the saved record
//! is counted and timed; then plan, crisis card and calendar.

use anyhow::Result;
use e2e::{Browser, Clerk, Language, Program, Screen, Server};
use std::time::Instant;

#[tokio::test]
async fn a_group_of_twelve_is_recorded_on_a_telephone_with_fourteen_taps() -> Result<()> {
    let server = Server::start(&["--people", "200", "--seed", "7"])?;
    let program = Program::of(&server)?;
    let (keeper, case) = program.somebody_with(&server, "case_manager", "in_service").await?;
    let browser = Browser::open(&server.address, Screen::Phone, Language::Chinese).await?;
    let clerk = Clerk::new(&browser);
    clerk.sit_down(&program, keeper).await?;
    browser.goto("/care").await?;
    browser.see("待记录").await?;
    browser.expect_well_made().await?;
    let begun = Instant::now();
    let mut taps = 1;
    clerk.wait_for("what is to be recorded", ".notes .btn-primary").await?;
    browser.click_at(".notes .btn-primary").await?;
    browser.see("谁到了").await?;
    let opened = begun.elapsed();
    // The look at the page is not part of the work.
    browser.expect_well_made().await?;
    let names = clerk.texts_at(".tap legend").await?;
    assert_eq!(names.len(), 12, "the demonstration has a group of twelve: {names:?}");
    let begun = Instant::now();
    for at in 1..=names.len() {
        browser.click_at(&format!(".taps > li:nth-child({at}) .check:first-child")).await?;
        taps += 1;
    }
    browser.click("保存记录").await?;
    taps += 1;
    browser.see("已保存").await?;
    let seconds = (opened + begun.elapsed()).as_secs_f64();
    println!("session for a group of {}: {taps} taps, {seconds:.1} s", names.len());
    assert_eq!(taps, 14, "one for each name, one to open and one to save");
    browser.expect_well_made().await?;
    for place in ["plan", "plan/new", "crisis-card"] {
        browser.goto(&format!("/cases/{case}/{place}")).await?;
        browser.expect_found().await?;
        browser.expect_well_made().await?;
    }
    for place in ["/care/calendar", "/care/sessions/new"] {
        browser.goto(place).await?;
        browser.expect_found().await?;
        browser.expect_well_made().await?;
    }
    Ok(())
}
