//! The harness itself, tried on a site of a few pages whose faults are known.

use anyhow::Result;
use e2e::{Browser, Language, Screen};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The same strict policy as the product's: no script or style within the page.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'";

const SIGN_IN: &str = r#"<h1>Sign in</h1><form action="/home">
    <label>Name <input name="username" value="old" required></label>
    <label>Password <input name="password" type="password" required></label>
    <button type="submit">Sign in</button></form>"#;

const FORM: &str = r#"<h1>Form</h1>
    <form action="/answer">
    <label>Name <input name="name"></label>
    <label>Born <input name="born" type="date"></label>
    <label>Kind <select name="kind"><option value="1">One</option><option value="2">Two</option></select></label>
    <label>Note <textarea name="note"></textarea></label>
    <label><input type="radio" name="sex" value="f"> female</label>
    <label><input type="checkbox" name="agreed"> agreed</label>
    <button type="submit" disabled>Send it</button><button type="submit">Send</button></form>
    <table><tr><td>张三</td><td><a href="/answer?who=zhang">Open</a></td></tr>
    <tr><td>李四</td><td><a href="/answer?who=li">Open</a></td></tr></table>"#;

/// What the site answers: status, kind, body.
fn answer(path: &str, language: &str) -> (u16, &'static str, String) {
    let page = |body: &str| {
        let head =
            r#"<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">"#;
        let style = r#"<link rel="stylesheet" href="/style.css"><link rel="icon" href="data:,">"#;
        let html = format!(
            "<!doctype html><html lang=en><head>{head}<title>Bridge</title>{style}</head><body><main>{body}</main></body></html>"
        );
        (200, "text/html", html)
    };
    match path.split('?').next().unwrap() {
        "/style.css" => (
            200,
            "text/css",
            ".wide{width:600px} .capital{text-transform:uppercase} td,a,button{padding:16px}".into(),
        ),
        "/late.js" => (
            200,
            "text/javascript",
            "setTimeout(() => document.getElementById('late').textContent = '桥 is ready', 500)".into(),
        ),
        "/good" => page(r#"<h1 class="capital">Work list</h1><p>Nothing is due.</p>"#),
        "/language" => page(&format!("<h1>Language</h1><p>asked for {language}</p>")),
        "/no-alt" => {
            page(r#"<h1>Picture</h1><img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=">"#)
        }
        "/wide" => page(r#"<h1>Wide</h1><p class="wide" id="plank">A plank.</p>"#),
        "/late" => page(r#"<h1>Late</h1><p id="late">wait</p><script src="/late.js"></script>"#),
        "/missing-script" => page(r#"<h1>Script</h1><script src="/gone.js"></script>"#),
        "/inline-script" => page("<h1>Script</h1><script>document.title = 'changed'</script>"),
        "/sign-in" => page(SIGN_IN),
        "/form" => page(FORM),
        "/home" | "/answer" => page(&format!("<h1>Answer</h1><p>{}</p>", path.replace('&', "&amp;"))),
        _ => (404, "text/plain", String::new()),
    }
}

async fn serve(mut stream: TcpStream) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut part = [0; 4096];
        let read = stream.read(&mut part).await?;
        if read == 0 {
            return Ok(());
        }
        request.extend_from_slice(&part[..read]);
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let path = request.split(' ').nth(1).unwrap_or("/");
    let language = request
        .lines()
        .find_map(|line| line.to_lowercase().strip_prefix("accept-language: ").map(String::from));
    let (status, kind, body) = answer(path, &language.unwrap_or_default());
    let head = format!(
        "HTTP/1.1 {status} -\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nContent-Security-Policy: {POLICY}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await
}

/// Serves the site until the test ends; returns its address.
async fn site() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    Ok(address)
}

async fn open(screen: Screen, language: Language) -> Result<Browser> {
    Browser::open(&site().await?, screen, language).await
}

#[tokio::test]
async fn a_good_page_passes_at_both_sizes() -> Result<()> {
    for screen in [Screen::Desk, Screen::Phone] {
        let browser = open(screen, Language::English).await?;
        browser.goto("/good").await?;
        browser.see("Work list").await?;
        browser.expect_well_made().await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_screen_has_the_size_and_the_touch_of_the_device() -> Result<()> {
    for (screen, width, height, touch) in [(Screen::Desk, 1280, 900, false), (Screen::Phone, 390, 844, true)]
    {
        let browser = open(screen, Language::English).await?;
        browser.goto("/good").await?;
        let found = browser
            .run("return [innerWidth, innerHeight, matchMedia('(pointer: coarse)').matches]", vec![])
            .await?;
        assert_eq!(found, serde_json::json!([width, height, touch]));
    }
    Ok(())
}

#[tokio::test]
async fn the_browser_asks_for_its_language() -> Result<()> {
    for (language, asked) in [(Language::Chinese, "asked for zh-cn"), (Language::English, "asked for en")] {
        let browser = open(Screen::Desk, language).await?;
        browser.goto("/language").await?;
        browser.see(asked).await?;
        assert_eq!(browser.run("return navigator.language", vec![]).await?, language.tag());
    }
    Ok(())
}

#[tokio::test]
async fn an_image_without_alternative_text_is_a_violation() -> Result<()> {
    let browser = open(Screen::Desk, Language::English).await?;
    browser.goto("/no-alt").await?;
    browser.expect_no_overflow().await?;
    browser.expect_no_console_errors().await?;
    let message = browser.expect_no_axe_violations().await.unwrap_err().to_string();
    assert!(message.contains("image-alt (critical)") && message.contains("<img src="), "{message}");
    Ok(())
}

#[tokio::test]
async fn what_is_wider_than_a_phone_overflows_there_only() -> Result<()> {
    let desk = open(Screen::Desk, Language::English).await?;
    desk.goto("/wide").await?;
    desk.expect_no_overflow().await?;
    let phone = open(Screen::Phone, Language::English).await?;
    phone.goto("/wide").await?;
    let message = phone.expect_no_overflow().await.unwrap_err().to_string();
    assert!(message.contains("p#plank.wide reaches"), "{message}");
    Ok(())
}

#[tokio::test]
async fn errors_in_the_console_are_found_once() -> Result<()> {
    let browser = open(Screen::Desk, Language::English).await?;
    for (path, expected) in [("/missing-script", "gone.js"), ("/inline-script", "Content Security Policy")] {
        browser.goto(path).await?;
        browser.see("Script").await?;
        let message = browser.expect_no_console_errors().await.unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
        browser.expect_no_console_errors().await?;
    }
    Ok(())
}

#[tokio::test]
async fn signing_in_ends_on_another_page() -> Result<()> {
    let browser = open(Screen::Phone, Language::English).await?;
    browser.sign_in("wang", "a bridge").await?;
    assert_eq!(browser.path().await?, "/home?username=wang&password=a+bridge");
    Ok(())
}

#[tokio::test]
async fn a_form_is_filled_as_a_person_does() -> Result<()> {
    let browser = open(Screen::Desk, Language::Chinese).await?;
    browser.goto("/form").await?;
    browser.fill("name", "first").await?;
    browser.fill("name", "Li").await?;
    browser.fill("born", "1990-02-28").await?;
    browser.select("kind", "Two").await?;
    browser.fill("note", "calm").await?;
    browser.choose("sex", "f").await?;
    browser.choose("agreed", "on").await?;
    browser.click("Send").await?;
    browser.see("answer?name=Li&born=1990-02-28&kind=2&note=calm&sex=f&agreed=on").await?;
    browser.goto("/form").await?;
    browser.click_beside("李四", "Open").await?;
    browser.see("who=li").await
}

#[tokio::test]
async fn seeing_waits_and_fails_with_the_page() -> Result<()> {
    let browser = open(Screen::Desk, Language::English).await?;
    browser.goto("/late").await?;
    browser.see("桥 is ready").await?;
    browser.see_no("wait").await?;

    let browser = browser.with_patience(Duration::from_millis(300));
    let message = browser.see("a ferry").await.unwrap_err().to_string();
    for expected in ["see \"a ferry\"", "/late", "Bridge", "桥 is ready"] {
        assert!(message.contains(expected), "{expected} is missing in: {message}");
    }
    let picture = message.lines().find_map(|line| line.trim().strip_prefix("picture: ")).unwrap();
    assert!(std::fs::read(picture)?.starts_with(b"\x89PNG"));
    assert!(browser.click("Board the ferry").await.is_err());
    assert!(browser.fill("ferry", "x").await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_closed_browser_leaves_nothing_running() -> Result<()> {
    let browser = open(Screen::Desk, Language::English).await?;
    let profile =
        browser.client().capabilities().unwrap()["chrome"]["userDataDir"].as_str().unwrap().to_owned();
    let running = || {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        processes
            .filter(|p| std::fs::read_to_string(p.path().join("cmdline")).is_ok_and(|c| c.contains(&profile)))
            .count()
    };
    assert!(running() > 0);
    drop(browser);
    for _ in 0..100 {
        if running() == 0 {
            assert!(!std::path::Path::new(&profile).exists());
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} processes of {profile} still run", running());
}
