//! What a person does on a page: go, click, fill, choose, read.

use crate::browser::Browser;
use crate::server::Account;
use anyhow::{Context, Result};
use fantoccini::Locator;
use serde_json::{Value, json};
use std::path::Path;

const CLICKABLE: &str = include_str!("scripts/clickable.js");
const FIELD: &str = include_str!("scripts/field.js");
const CHOICE: &str = include_str!("scripts/choice.js");

impl Browser {
    /// Opens a page of the site by its path, such as `/people`.
    ///
    /// # Errors
    /// When the site does not answer.
    pub async fn goto(&self, path: &str) -> Result<()> {
        let address = format!("{}{path}", self.site());
        self.client().goto(&address).await.with_context(|| format!("cannot open {address}"))
    }

    /// The path and query of the page that is shown.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn path(&self) -> Result<String> {
        let url = self.client().current_url().await?;
        Ok(url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path())))
    }

    /// The text that can be seen on the page.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn text(&self) -> Result<String> {
        let text = self.run("return document.body ? document.body.innerText : ''", vec![]).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Signs in on the page `/sign-in` and waits until another page is shown.
    ///
    /// # Errors
    /// When the sign-in is refused or the page has not the fields `username` and `password`.
    pub async fn sign_in(&self, username: &str, password: &str) -> Result<()> {
        if self.client().current_url().await?.path() != "/sign-in" {
            self.goto("/sign-in").await?;
        }
        self.fill("username", username).await?;
        self.fill("password", password).await?;
        self.click_at("form:has([name=password]) [type=submit]").await?;
        self.until(&format!("sign in as {username}"), async || {
            Ok((self.client().current_url().await?.path() != "/sign-in").then_some(()))
        })
        .await
    }

    /// Signs in with an account of the demonstration.
    ///
    /// # Errors
    /// As [`Browser::sign_in`].
    pub async fn sign_in_as(&self, account: &Account) -> Result<()> {
        self.sign_in(&account.username, &account.password).await
    }

    /// Clicks the button, link, tab or label with this text; an exact text wins over one that contains it.
    ///
    /// # Errors
    /// When there is none that can be used.
    pub async fn click(&self, label: &str) -> Result<()> {
        self.click_label(&format!("click {label:?}"), vec![json!(label), Value::Null]).await
    }

    /// Clicks the button or link with this text in the row, card or form that also contains `beside`.
    ///
    /// # Errors
    /// When there is none that can be used.
    pub async fn click_beside(&self, beside: &str, label: &str) -> Result<()> {
        self.click_label(&format!("click {label:?} beside {beside:?}"), vec![json!(label), json!(beside)])
            .await
    }

    async fn click_label(&self, step: &str, arguments: Vec<Value>) -> Result<()> {
        self.until(step, async || {
            let found = self.run(CLICKABLE, arguments.clone()).await?;
            match self.element(&found) {
                Some(element) => element.click().await.map(Some),
                None => Ok(None),
            }
        })
        .await
    }

    /// Clicks the first element of a CSS selector.
    ///
    /// # Errors
    /// When there is none that can be clicked.
    pub async fn click_at(&self, selector: &str) -> Result<()> {
        let script = "const found = document.querySelector(arguments[0]);
            found?.scrollIntoView({ behavior: 'instant', block: 'center' });
            return found";
        self.until(&format!("click at {selector}"), async || {
            let found = self.run(script, vec![json!(selector)]).await?;
            match self.element(&found) {
                Some(element) => element.click().await.map(Some),
                None => Ok(None),
            }
        })
        .await
    }

    /// Fills the visible field of this name in place of what it held. Dates are given as `2026-11-21`. The text
    /// comes in one piece, as from an input method for Chinese.
    ///
    /// # Errors
    /// When there is no such field that can be filled.
    pub async fn fill(&self, name: &str, value: &str) -> Result<()> {
        self.until(&format!("fill {name}"), async || {
            let found = self.run(FIELD, vec![json!(name), json!(value)]).await?;
            match found.get(1).and_then(Value::as_str) {
                Some("type") => {
                    self.devtools("Input.insertText", json!({ "text": value })).await?;
                }
                Some("set") => {}
                _ => return Ok(None),
            }
            Ok(Some(()))
        })
        .await
    }

    /// Chooses an option of the select of this name, by its value or else by its text.
    ///
    /// # Errors
    /// When there is no such select or option.
    pub async fn select(&self, name: &str, option: &str) -> Result<()> {
        self.until(&format!("select {option:?} in {name}"), async || {
            let found = self.run(FIELD, vec![json!(name), Value::Null]).await?;
            let Some(field) = found.get(0).and_then(|field| self.element(field)) else {
                return Ok(None);
            };
            match field.select_by_value(option).await {
                Ok(()) => Ok(Some(())),
                Err(_) => field.select_by_label(option).await.map(Some),
            }
        })
        .await
    }

    /// Chooses the radio button or ticks the check box of this name and value (`on` where it has none), with the
    /// mouse.
    ///
    /// # Errors
    /// When there is none, something lies over it, or it does not stay chosen.
    pub async fn choose(&self, name: &str, value: &str) -> Result<()> {
        let look = async || self.run(CHOICE, vec![json!(name), json!(value)]).await;
        self.until(&format!("choose {name}={value}"), async || {
            let found = look().await?;
            if found.get(0).and_then(Value::as_bool) == Some(true) {
                return Ok(Some(()));
            }
            let (Some(x), Some(y)) = (found.get(1), found.get(2)) else { return Ok(None) };
            for kind in ["mousePressed", "mouseReleased"] {
                let click = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
                self.devtools("Input.dispatchMouseEvent", click).await?;
            }
            Ok((look().await?.get(0).and_then(Value::as_bool) == Some(true)).then_some(()))
        })
        .await
    }

    /// Puts a file into the file field of this name.
    ///
    /// # Errors
    /// When the file does not exist or there is no such field.
    pub async fn attach(&self, name: &str, file: &Path) -> Result<()> {
        let file = file.canonicalize().with_context(|| format!("no file {}", file.display()))?;
        let selector = format!("input[type=file][name={name:?}]");
        self.until(&format!("attach {} to {name}", file.display()), async || {
            let field = self.client().find(Locator::Css(&selector)).await?;
            field.send_keys(&file.to_string_lossy()).await.map(Some)
        })
        .await
    }

    /// Types into what has the focus, for instance `/` or [`fantoccini::key::Key`] as text.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn press(&self, keys: &str) -> Result<()> {
        Ok(self.client().active_element().await?.send_keys(keys).await?)
    }

    /// Waits until the text can be seen; spaces, line breaks and letter case do not count.
    ///
    /// # Errors
    /// When it does not appear; the message shows the page.
    pub async fn see(&self, text: &str) -> Result<()> {
        self.until_seen(&format!("see {text:?}"), text, true).await
    }

    /// Waits until the text can no longer be seen.
    ///
    /// # Errors
    /// When it stays; the message shows the page.
    pub async fn see_no(&self, text: &str) -> Result<()> {
        self.until_seen(&format!("see no {text:?}"), text, false).await
    }

    async fn until_seen(&self, step: &str, text: &str, expected: bool) -> Result<()> {
        let wanted = plain(text);
        self.until(step, async || {
            let page = self.run("return document.body ? document.body.innerText : ''", vec![]).await?;
            Ok((plain(page.as_str().unwrap_or_default()).contains(&wanted) == expected).then_some(()))
        })
        .await
    }
}

/// Text as a reader takes it: style sheets turn letters into capitals, layout breaks lines.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
