//! Somebody at work: changes of user, commands, and what the page of a case shows.

use crate::{Account, Browser, Program};
use anyhow::{Context, Result, ensure};
use fantoccini::error::CmdError;
use serde::Deserialize;
use serde_json::{Value, json};

/// What the page of a case must show.
#[derive(Clone, Copy, Debug)]
pub struct Stand<'a> {
    /// The word beside the person's name.
    pub state: &'a str,
    /// The step of the seven that is marked as the present one; empty where the course is over.
    pub step: &'a str,
    /// What the running clock is for; empty where none runs.
    pub clock: &'a str,
    /// The latest event of the time line.
    pub latest: &'a str,
}

/// What the page of a case shows after a step: state, the present step of seven, the clock, the latest event.
#[must_use]
pub fn stand<'a>(state: &'a str, step: &'a str, clock: &'a str, latest: &'a str) -> Stand<'a> {
    Stand { state, step, clock, latest }
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

/// The button that sends the form of a page.
const SEND: &str = "main form[data-once] button.btn-primary[type=submit]";

/// A person at work.
#[derive(Clone, Copy, Debug)]
pub struct Clerk<'a> {
    /// The browser in front of the person.
    pub browser: &'a Browser,
}

impl<'a> Clerk<'a> {
    /// At this browser.
    #[must_use]
    pub fn new(browser: &'a Browser) -> Self {
        Self { browser }
    }

    /// Whoever was signed in signs out; the next one signs in.
    ///
    /// # Errors
    /// When either is refused.
    pub async fn take_over(&self, account: &Account) -> Result<()> {
        if self.has(".me form").await? {
            self.browser.click_at(".me form button").await?;
            self.wait_for("sign out", "form [name=password]").await?;
        }
        self.browser.sign_in_as(account).await
    }

    /// Sits down where somebody has signed in already: quicker than to sign in on the page.
    ///
    /// # Errors
    /// When the sign-in is refused.
    pub async fn sit_down(&self, program: &Program, account: &Account) -> Result<()> {
        let (name, value) = program.sign_in(account).await?;
        let cookie = json!({ "name": name, "value": value, "url": self.browser.site() });
        self.browser.devtools("Network.setCookie", cookie).await?;
        Ok(())
    }

    /// Whether the page has such an element.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn has(&self, selector: &str) -> Result<bool, CmdError> {
        let script = "return document.querySelector(arguments[0]) !== null";
        Ok(self.browser.run(script, vec![json!(selector)]).await? == json!(true))
    }

    /// Waits until the page has such an element.
    ///
    /// # Errors
    /// When it does not appear.
    pub async fn wait_for(&self, step: &str, selector: &str) -> Result<()> {
        self.browser.until(step, async || Ok(self.has(selector).await?.then_some(()))).await
    }

    /// The text of the first element of a CSS selector.
    ///
    /// # Errors
    /// When there is none.
    pub async fn text_at(&self, selector: &str) -> Result<String> {
        let script = "return document.querySelector(arguments[0])?.innerText";
        let found = self.browser.run(script, vec![json!(selector)]).await?;
        let text = found.as_str().with_context(|| format!("nothing at {selector}"))?;
        Ok(text.trim().to_owned())
    }

    /// The texts of all elements of a CSS selector.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn texts_at(&self, selector: &str) -> Result<Vec<String>> {
        let script =
            "return [...document.querySelectorAll(arguments[0])].map((element) => element.innerText.trim())";
        Ok(serde_json::from_value(self.browser.run(script, vec![json!(selector)]).await?)?)
    }

    /// The path of the page that is shown, without its query.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn place(&self) -> Result<String> {
        let path = self.browser.path().await?;
        Ok(path.split('?').next().unwrap_or_default().to_owned())
    }

    /// Looks in the own work list for what the person types.
    ///
    /// # Errors
    /// When the list has no filter.
    pub async fn filter_work_list(&self, words: &str) -> Result<()> {
        self.search("/work-list", words).await
    }

    /// Looks in a list for what the person types.
    ///
    /// # Errors
    /// When the list has no search.
    pub async fn search(&self, list: &str, words: &str) -> Result<()> {
        if self.place().await? != list {
            self.browser.goto(list).await?;
        }
        // The search box of the frame has the same name.
        let form = "main form[action='/search']";
        self.browser.run(&format!("document.querySelector(\"{form} [name=q]\").focus()"), vec![]).await?;
        self.browser.press(words).await?;
        self.browser.click_at(&format!("{form} button[type=submit]")).await
    }

    /// Finds a case in the own work list by what the person types, and begins what is to be done.
    ///
    /// # Errors
    /// When the case is not there with this action.
    pub async fn open_from_work_list(&self, words: &str, label: &str) -> Result<()> {
        self.filter_work_list(words).await?;
        self.browser.click_beside(words, label).await
    }

    /// Chooses a command on the page of the case.
    ///
    /// # Errors
    /// When the page does not offer it.
    pub async fn act(&self, command: &str) -> Result<()> {
        self.browser.click_at(&format!("main a[href$='/{command}']")).await
    }

    /// Sends the form of a command.
    ///
    /// # Errors
    /// When the page has no such form.
    pub async fn hand_in(&self) -> Result<()> {
        self.browser.click_at(SEND).await
    }

    /// Sends the form of a command and confirms that it is meant.
    ///
    /// # Errors
    /// When the page does not ask.
    pub async fn hand_in_and_confirm(&self) -> Result<()> {
        self.browser.click_at(SEND).await?;
        self.browser
            .until("answer the question", async || self.browser.client().accept_alert().await.map(Some))
            .await
    }

    /// Chooses one of a list or of radio buttons, whichever the page has.
    ///
    /// # Errors
    /// When there is no such choice.
    pub async fn pick(&self, name: &str, value: &str) -> Result<()> {
        if self.has(&format!("select[name={name:?}]")).await? {
            self.browser.select(name, value).await
        } else {
            self.browser.choose(name, value).await
        }
    }

    /// Ticks a box.
    ///
    /// # Errors
    /// When there is none.
    pub async fn tick(&self, name: &str, value: &str) -> Result<()> {
        self.browser.choose(name, value).await
    }

    /// Writes a name under a paper and confirms it as the signature.
    ///
    /// # Errors
    /// When the paper is not signed there.
    pub async fn sign(&self, name: &str, signature: &str) -> Result<()> {
        self.browser.fill(name, signature).await?;
        self.tick(&format!("{name}.tick"), "yes").await
    }

    /// The day so many days after today, in China.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn day(&self, after: i64) -> Result<String> {
        let script =
            "return new Date(Date.now() + 8 * 3600e3 + arguments[0] * 86400e3).toISOString().slice(0, 10)";
        let day = self.browser.run(script, vec![json!(after)]).await?;
        Ok(day.as_str().context("the browser tells no day")?.to_owned())
    }

    /// What the page of the case shows.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn shown(&self) -> Result<Shown> {
        Ok(serde_json::from_value(self.browser.run(READ, vec![]).await?)?)
    }

    /// Waits until the page says that the command is done, and compares what it shows then.
    ///
    /// # Errors
    /// When the page shows anything else.
    pub async fn expect(&self, command: &str, stand: Stand<'_>) -> Result<()> {
        self.browser.see(&format!("已完成：{command}")).await?;
        self.expect_stand(stand).await.with_context(|| format!("after {command}"))
    }

    /// Compares what the page of the case shows.
    ///
    /// # Errors
    /// When it shows anything else.
    pub async fn expect_stand(&self, stand: Stand<'_>) -> Result<()> {
        let shown = self.shown().await?;
        let found = (shown.state.as_str(), shown.step.as_str(), shown.events.first().map(String::as_str));
        let expected = (stand.state, stand.step, Some(stand.latest));
        ensure!(found == expected, "{found:?} instead of {expected:?}; {shown:?}");
        let clock = shown.clock.as_str();
        let runs =
            clock.split('：').next() == Some(stand.clock) && clock.is_empty() == stand.clock.is_empty();
        ensure!(runs, "the clock says {clock:?}, not {:?}; {shown:?}", stand.clock);
        Ok(())
    }

    /// The path of the first entry of the list that is shown, such as `/people`.
    ///
    /// # Errors
    /// When the list is empty.
    pub async fn first_of(&self, list: &str) -> Result<String> {
        let script = "const entry = new RegExp('^' + arguments[0] + '/[0-9a-f-]{36}$');
            return [...document.querySelectorAll('main a[href]')].map((a) => a.getAttribute('href'))
                .find((path) => entry.test(path)) ?? null";
        let found: Value = self.browser.run(script, vec![json!(list)]).await?;
        Ok(found.as_str().with_context(|| format!("{list} is empty"))?.to_owned())
    }
}
