//! Somebody at work: changes of user, commands, and what the page of a case shows.

use anyhow::{Context, Result, ensure};
use e2e::{Account, Browser};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// What the page of a case must show.
pub struct Stand<'a> {
    /// The word beside the person's name.
    pub state: &'a str,
    /// The step of the seven that is marked as the present one.
    pub step: &'a str,
    /// What the running clock is for.
    pub clock: &'a str,
    /// The latest event of the time line.
    pub latest: &'a str,
}

/// What the page of a case shows.
#[derive(Debug, Deserialize)]
pub struct Shown {
    /// The word beside the person's name.
    pub state: String,
    /// The present step; empty where there is none.
    pub step: String,
    /// The steps marked as done.
    pub done: Vec<String>,
    /// Headline of the running clock; empty where none runs.
    pub clock: String,
    /// The time line, latest first.
    pub events: Vec<String>,
}

/// Reads [`Shown`] from the page.
const READ: &str = "
    const text = (selector) => document.querySelector(selector)?.innerText.trim() ?? '';
    const texts = (selector) => [...document.querySelectorAll(selector)].map((e) => e.innerText.trim());
    return {
        state: text('main h1 .badge'), step: text('.stepper li.now b'), done: texts('.stepper li.done b'),
        clock: text('.clock strong'), events: texts('.timeline2 li strong'),
    };";

/// A person at work.
pub struct Clerk<'a> {
    /// The browser in front of the person.
    pub browser: &'a Browser,
}

impl<'a> Clerk<'a> {
    /// At this browser.
    pub fn new(browser: &'a Browser) -> Self {
        Self { browser }
    }

    /// Whoever was signed in signs out; the next one signs in.
    pub async fn take_over(&self, account: &Account) -> Result<()> {
        if self.has(".me form").await? {
            self.browser.click_at(".me form button").await?;
            for _ in 0..50 {
                if !self.has(".me form").await? {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            ensure!(!self.has(".me form").await?, "still signed in after signing out");
        }
        self.browser.sign_in_as(account).await
    }

    async fn has(&self, selector: &str) -> Result<bool> {
        let script = "return document.querySelector(arguments[0]) !== null";
        Ok(self.browser.run(script, vec![json!(selector)]).await? == json!(true))
    }

    /// The text of the first element of a CSS selector.
    pub async fn text_at(&self, selector: &str) -> Result<String> {
        let script = "return document.querySelector(arguments[0])?.innerText";
        let found = self.browser.run(script, vec![json!(selector)]).await?;
        let text = found.as_str().with_context(|| format!("nothing at {selector}"))?;
        Ok(text.trim().to_owned())
    }

    /// The path of the case that is shown.
    pub async fn case(&self) -> Result<String> {
        let path = self.browser.path().await?;
        Ok(path.split('?').next().unwrap_or_default().to_owned())
    }

    /// Finds a case in the work list by what the person types, and begins what is to be done.
    pub async fn open_from_work_list(&self, words: &str, label: &str) -> Result<()> {
        self.browser.goto("/work-list").await?;
        self.browser.run("document.querySelector('main form.filter [name=q]').focus()", vec![]).await?;
        self.browser.press(words).await?;
        self.browser.click_at("main form.filter button[type=submit]").await?;
        self.browser.click_beside(words, label).await
    }

    /// Chooses a command on the page of the case.
    pub async fn act(&self, command: &str) -> Result<()> {
        self.browser.click_at(&format!("main a[href$='/{command}']")).await
    }

    /// Sends the form of a command.
    pub async fn hand_in(&self) -> Result<()> {
        self.browser.click_at("main form[data-once] button.btn-primary[type=submit]").await
    }

    /// Chooses one of a list or of radio buttons, whichever the page has.
    pub async fn pick(&self, name: &str, value: &str) -> Result<()> {
        if self.has(&format!("select[name={name:?}]")).await? {
            self.browser.select(name, value).await
        } else {
            self.tick(name, value).await
        }
    }

    /// Scrolls to a box as a person does, at once rather than smoothly, and ticks it.
    pub async fn tick(&self, name: &str, value: &str) -> Result<()> {
        let script = "[...document.getElementsByName(arguments[0])].find((e) => e.value === arguments[1])
            ?.scrollIntoView({ behavior: 'instant', block: 'center' })";
        self.browser.run(script, vec![json!(name), json!(value)]).await?;
        self.browser.choose(name, value).await
    }

    /// Writes a name under a paper and confirms it as the signature.
    pub async fn sign(&self, name: &str, signature: &str) -> Result<()> {
        self.browser.fill(name, signature).await?;
        self.tick(&format!("{name}.tick"), "yes").await
    }

    /// The day so many days after today, in China.
    pub async fn day(&self, after: i64) -> Result<String> {
        let script =
            "return new Date(Date.now() + 8 * 3600e3 + arguments[0] * 86400e3).toISOString().slice(0, 10)";
        let day = self.browser.run(script, vec![json!(after)]).await?;
        Ok(day.as_str().context("the browser tells no day")?.to_owned())
    }

    /// What the page of the case shows.
    pub async fn shown(&self) -> Result<Shown> {
        Ok(serde_json::from_value(self.browser.run(READ, vec![]).await?)?)
    }

    /// Waits until the page says that the command is done, and compares what it shows then.
    pub async fn expect(&self, command: &str, stand: &Stand<'_>) -> Result<()> {
        self.browser.see(&format!("已完成：{command}")).await?;
        let shown = self.shown().await?;
        let found = (shown.state.as_str(), shown.step.as_str(), shown.events.first().map(String::as_str));
        let expected = (stand.state, stand.step, Some(stand.latest));
        ensure!(found == expected, "after {command}: {found:?} instead of {expected:?}; {shown:?}");
        let clock = &shown.clock;
        let runs = clock.starts_with(&format!("{}：", stand.clock)) && clock.contains("个工作日");
        ensure!(runs, "after {command}: the clock says {clock:?}, not {:?}; {shown:?}", stand.clock);
        Ok(())
    }

    /// The path of the first entry of a list such as `cases`; none where the list is empty.
    pub async fn first_of(&self, kind: &str) -> Result<Option<String>> {
        let script = "const entry = new RegExp('^/' + arguments[0] + '/[0-9a-f-]{36}$');
            return [...document.querySelectorAll('main a[href]')].map((a) => a.getAttribute('href')).find((p) => entry.test(p)) ?? null";
        let found = self.browser.run(script, vec![json!(kind)]).await?;
        Ok(found.as_str().map(str::to_owned))
    }

    /// Notes every fault of the page: not answered well, accessibility, overflow, errors of the console.
    pub async fn look(&self, place: &str, faults: &mut Vec<String>) -> Result<()> {
        let script = "return performance.getEntriesByType('navigation')[0].responseStatus";
        let status = self.browser.run(script, vec![]).await?;
        if status != Value::from(200) {
            faults.push(format!("{place}: status {status}"));
        }
        for found in [
            self.browser.expect_no_axe_violations().await,
            self.browser.expect_no_overflow().await,
            self.browser.expect_no_console_errors().await,
        ] {
            if let Err(error) = found {
                faults.push(format!("{place}: {error:#}"));
            }
        }
        Ok(())
    }
}
