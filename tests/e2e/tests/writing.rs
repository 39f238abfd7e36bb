//! Writing on a long form: what was not sent is not lost.

use anyhow::Result;
use e2e::{Browser, Clerk, Language, Screen, Server};

/// The value of a field as the person sees it.
async fn value(browser: &Browser, name: &str) -> Result<String> {
    let script = "return document.getElementsByName(arguments[0])[0]?.value ?? ''";
    let found = browser.run(script, vec![name.into()]).await?;
    Ok(found.as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_half_filled_application_is_found_again_after_the_browser_was_closed() -> Result<()> {
    let server = Server::start(&["--people", "200", "--seed", "7"])?;
    let committee = server.named("committee")?;
    let browser = Browser::open(&server.address, Screen::Phone, Language::Chinese).await?;
    browser.sign_in_as(committee).await?;
    browser.goto("/cases/new").await?;
    browser.fill("F1.name", "桥半写").await?;
    browser.fill("F1.address", "桥头路 9 号").await?;
    browser.choose("F1.sex", "female").await?;
    // Longer than the pause in writing after which the page keeps what stands on it.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    browser.see("已自动保存").await?;
    drop(browser);

    // Another browser, as after a restart of the machine: it knows nothing of the first one.
    let browser = Browser::open(&server.address, Screen::Desk, Language::Chinese).await?;
    browser.sign_in_as(committee).await?;
    browser.goto("/cases/new").await?;
    assert_eq!(value(&browser, "F1.name").await?, "桥半写");
    assert_eq!(value(&browser, "F1.address").await?, "桥头路 9 号");
    assert!(Clerk::new(&browser).has("[name='F1.sex'][value=female]:checked").await?);

    // Nobody else finds it, and who does not want it begins anew.
    let clerk = Clerk::new(&browser);
    clerk.take_over(server.named("committee2")?).await?;
    browser.goto("/cases/new").await?;
    assert_eq!(value(&browser, "F1.name").await?, "");
    clerk.take_over(committee).await?;
    browser.goto("/cases/new").await?;
    browser.click_at("form[action='/unsent/discard'] button").await?;
    browser.see_no("已恢复您").await?;
    assert_eq!(value(&browser, "F1.name").await?, "");
    Ok(())
}
