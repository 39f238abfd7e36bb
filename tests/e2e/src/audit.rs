//! What must hold for every page: usable by everyone, no sideways scrolling, no error in the console.

use crate::browser::Browser;
use anyhow::{Result, bail};
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt::Write;
use url::{ParseError, Url};

const AXE: &str = include_str!("../vendor/axe.min.js");
const RUN_AXE: &str = include_str!("scripts/axe.js");
const UNTRANSLATED: &str = include_str!("scripts/untranslated.js");
const OVERFLOW: &str = include_str!("scripts/overflow.js");

/// A rule of axe that the page breaks.
#[derive(Debug, Deserialize)]
struct Violation {
    rule: String,
    impact: Option<String>,
    help: String,
    nodes: Vec<Node>,
}

/// Where it breaks it.
#[derive(Debug, Deserialize)]
struct Node {
    at: String,
    html: String,
    why: String,
}

impl Browser {
    /// All that must hold for every page.
    ///
    /// # Errors
    /// When the page breaks a rule of accessibility, is wider than the screen, or the console shows an error.
    pub async fn expect_well_made(&self) -> Result<()> {
        self.expect_no_console_errors().await?;
        self.expect_no_overflow().await?;
        self.expect_no_axe_violations().await
    }

    /// A form is shown again with what is to be mended. The browser notes such an answer among its errors, and no other one;
    /// otherwise the page is well made.
    ///
    /// # Errors
    /// As [`Browser::expect_well_made`], and when no form was answered so.
    pub async fn expect_told(&self) -> Result<()> {
        let errors = self.console_errors().await?;
        if errors.is_empty() || errors.iter().any(|error| !error.contains("a status of 422")) {
            return Err(self.failure(&format!("not told of mistakes alone: {errors:?}")).await);
        }
        self.expect_no_overflow().await?;
        self.expect_no_axe_violations().await
    }

    /// Gives axe-core to every page that is opened from now on: quicker than to each when it is asked.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn bring_axe(&self) -> Result<()> {
        self.before_each_page(AXE).await
    }

    /// Runs a script in every page that is opened from now on, before the page's own.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn before_each_page(&self, script: &str) -> Result<()> {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await?;
        Ok(())
    }

    /// axe-core finds nothing to complain of (its rules for WCAG 2.0 to 2.2, A and AA, and its best practices).
    ///
    /// # Errors
    /// Names each broken rule with the elements that break it.
    pub async fn expect_no_axe_violations(&self) -> Result<()> {
        let loaded = self.run("return typeof window.axe !== 'undefined'", vec![]).await?;
        if loaded != json!(true) {
            self.run(AXE, vec![]).await?;
        }
        let mut answer = self.client().execute_async(RUN_AXE, vec![]).await?;
        if let Some(error) = answer.get("error") {
            bail!("axe could not run: {error}");
        }
        let violations = answer.get_mut("violations").map(Value::take).unwrap_or_default();
        let violations: Vec<Violation> = serde_json::from_value(violations)?;
        if violations.is_empty() {
            return Ok(());
        }
        Err(self.failure(&report(&violations)?).await)
    }

    /// Nothing sticks out of the screen to the right.
    ///
    /// # Errors
    /// Names the elements that do.
    pub async fn expect_no_overflow(&self) -> Result<()> {
        let (width, _) = self.screen().size();
        let found = self.run(OVERFLOW, vec![json!(width)]).await?;
        let found: Vec<String> = serde_json::from_value(found)?;
        if found.is_empty() {
            return Ok(());
        }
        Err(self.failure(&format!("sideways scrolling: {}", found.join("\n  "))).await)
    }

    /// The page was answered well.
    ///
    /// # Errors
    /// Tells the status.
    pub async fn expect_found(&self) -> Result<()> {
        let script = "return performance.getEntriesByType('navigation')[0].responseStatus";
        let status = self.run(script, vec![]).await?;
        if status == json!(200) {
            return Ok(());
        }
        Err(self.failure(&format!("status {status}")).await)
    }

    /// The page speaks the language that it says it speaks: headings, labels, buttons and hints have no words of the
    /// other language and no codes of the program.
    ///
    /// # Errors
    /// Names what does.
    pub async fn expect_translated(&self) -> Result<()> {
        let found: Vec<String> = serde_json::from_value(self.run(UNTRANSLATED, vec![]).await?)?;
        if found.is_empty() {
            return Ok(());
        }
        Err(self.failure(&format!("not translated:\n  {}", found.join("\n  "))).await)
    }

    /// The browser's console has shown no error since it was last asked: no failed script, no missing file, no
    /// breach of the content-security-policy.
    ///
    /// # Errors
    /// Repeats the errors.
    pub async fn expect_no_console_errors(&self) -> Result<()> {
        let errors = self.console_errors().await?;
        if errors.is_empty() {
            return Ok(());
        }
        Err(self.failure(&format!("errors in the console:\n  {}", errors.join("\n  "))).await)
    }

    /// The errors since the log was last asked for.
    async fn console_errors(&self) -> Result<Vec<String>> {
        let entries = self.console().await?;
        let severe =
            entries.iter().filter(|entry| entry.get("level").and_then(Value::as_str) == Some("SEVERE"));
        Ok(severe.filter_map(|entry| Some(entry.get("message")?.as_str()?.to_owned())).collect())
    }

    /// Takes the entries out of the browser's log.
    async fn console(&self) -> Result<Vec<Value>, CmdError> {
        let entries = self.client().issue_cmd(BrowserLog).await?;
        Ok(entries.as_array().cloned().unwrap_or_default())
    }
}

/// ChromeDriver's own command for the log of the console; WebDriver has none.
#[derive(Debug)]
struct BrowserLog;

impl WebDriverCompatibleCommand for BrowserLog {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, ParseError> {
        base_url.join(&format!("session/{}/se/log", session_id.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}

fn report(violations: &[Violation]) -> Result<String> {
    let mut report = format!("{} rules of accessibility broken:", violations.len());
    for Violation { rule, impact, help, nodes } in violations {
        write!(report, "\n  {rule} ({}): {help}", impact.as_deref().unwrap_or("minor"))?;
        for Node { at, html, why } in nodes {
            write!(report, "\n    {at}\n      {html}\n      {why}")?;
        }
    }
    Ok(report)
}
