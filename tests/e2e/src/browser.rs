//! A browser with a screen and a language, and what every step on a page has in common: waiting and failing.

use crate::driver::{Driver, INSTALL};
use anyhow::{Context, Result, anyhow};
use fantoccini::elements::{Element, ElementRef};
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use url::{ParseError, Url};

/// How long a step waits for the page.
const PATIENCE: Duration = Duration::from_secs(10);
/// Characters of visible text that a failure shows.
const EXCERPT: usize = 3000;
/// The key under which WebDriver hands over an element (W3C WebDriver §12, web element identifier).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// What the person sits in front of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// A desktop screen, 1280 × 900 pixels.
    Desk,
    /// A phone with touch, 390 × 844 pixels.
    Phone,
}

impl Screen {
    /// Width and height in CSS pixels.
    #[must_use]
    pub fn size(self) -> (u32, u32) {
        match self {
            Self::Desk => (1280, 900),
            Self::Phone => (390, 844),
        }
    }
}

/// The language that the browser asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese
    Chinese,
    /// English
    English,
}

impl Language {
    /// The language tag (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }
}

/// An open browser on one site. Dropping it closes it.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    site: String,
    screen: Screen,
    patience: Duration,
    // The order matters: the driver ends the browser before the profile is deleted under it.
    _driver: Driver,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Opens a browser that shows pages of `site`, such as `http://127.0.0.1:8080`.
    ///
    /// The programs are `chromedriver` and `chromium`, or those named by the variables `CHROMEDRIVER` and
    /// `CHROMIUM`.
    ///
    /// # Errors
    /// When Chromium or its driver is missing or does not start; the message says how to install them.
    pub async fn open(site: &str, screen: Screen, language: Language) -> Result<Self> {
        let profile = tempfile::Builder::new().prefix("xinqiao-browser-").tempdir()?;
        let mut driver = Driver::start(&program("CHROMEDRIVER", "chromedriver"))?;
        let Value::Object(capabilities) = capabilities(screen, language, profile.path()) else {
            return Err(anyhow!("capabilities are an object"));
        };
        let mut connector = HttpConnector::new();
        // Commands are small and many; each would wait for the acknowledgement of the one before.
        connector.set_nodelay(true);
        let client = ClientBuilder::new(connector)
            .capabilities(capabilities)
            .connect(&driver.address())
            .await
            .with_context(|| format!("Chromium did not open: {INSTALL}"))?;
        driver.owns(client.session_id().await?);
        // The driver closes the session; the client must not try the same when its runtime is gone.
        client.persist().await?;
        let site = site.trim_end_matches('/').to_owned();
        Ok(Self { client, site, screen, patience: PATIENCE, _driver: driver, _profile: profile })
    }

    /// The same browser with another patience, for tests that expect a step to fail.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The WebDriver client, for what has no step of its own.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The screen it was opened with.
    #[must_use]
    pub fn screen(&self) -> Screen {
        self.screen
    }

    /// The address of the site it was opened on.
    #[must_use]
    pub fn site(&self) -> &str {
        &self.site
    }

    /// Runs a script in the page and returns what it returns. The site's content-security-policy does not
    /// concern it.
    ///
    /// # Errors
    /// When the script throws.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Result<Value, CmdError> {
        self.client.execute(script, arguments).await
    }

    /// Gives the browser itself a command, as its developer tools do (Chrome DevTools Protocol).
    pub(crate) async fn devtools(&self, command: &'static str, parameters: Value) -> Result<Value, CmdError> {
        self.client.issue_cmd(DevTools { command, parameters }).await
    }

    /// The element that a script found.
    pub(crate) fn element(&self, value: &Value) -> Option<Element> {
        let id = value.get(ELEMENT)?.as_str()?;
        Some(Element::from_element_id(self.client.clone(), ElementRef::from(id.to_owned())))
    }

    /// Tries a step again and again until it yields something. A page in the midst of a change answers with
    /// all kinds of errors, so an error only means: not yet.
    pub(crate) async fn until<T>(
        &self,
        step: &str,
        attempt: impl AsyncFn() -> Result<Option<T>, CmdError>,
    ) -> Result<T> {
        let begun = Instant::now();
        let mut pause = Duration::from_millis(5);
        loop {
            let obstacle = match attempt().await {
                Ok(Some(value)) => {
                    return Ok(value);
                }
                Ok(None) => None,
                Err(error) => Some(error),
            };
            if begun.elapsed() >= self.patience {
                let why = obstacle.map_or_else(String::new, |error| format!(" ({error})"));
                return Err(self.failure(&format!("{step}: not within {:?}{why}", self.patience)).await);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }

    /// A failure with all that one wants to know: where the browser was, what it showed, a picture of it.
    pub(crate) async fn failure(&self, what: &str) -> anyhow::Error {
        let address =
            self.client.current_url().await.map_or_else(|error| error.to_string(), |url| url.to_string());
        let title = self.client.title().await.unwrap_or_default();
        let text = self.text().await.unwrap_or_else(|error| error.to_string());
        let excerpt: String = text.chars().take(EXCERPT).collect();
        let picture = match self.picture().await {
            Ok(path) => path.display().to_string(),
            Err(error) => format!("none: {error:#}"),
        };
        anyhow!("{what}\n  address: {address}\n  title:   {title}\n  picture: {picture}\n  text:\n{excerpt}")
    }

    /// Takes a picture of the visible part of the page, named after the running test, and returns its path.
    ///
    /// # Errors
    /// When the browser gives no picture or the file cannot be written.
    pub async fn picture(&self) -> Result<PathBuf> {
        static TAKEN: AtomicUsize = AtomicUsize::new(1);
        let number = TAKEN.fetch_add(1, Ordering::Relaxed);
        let current = std::thread::current();
        let test: String = current.name().unwrap_or("test").replace(|c: char| !c.is_alphanumeric(), "_");
        let folder = output_folder();
        std::fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{test}-{}-{number}.png", std::process::id()));
        std::fs::write(&path, self.client.screenshot().await?)?;
        Ok(path)
    }
}

/// ChromeDriver's own command for the protocol of the developer tools; WebDriver has none.
#[derive(Debug)]
struct DevTools {
    command: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, ParseError> {
        base_url.join(&format!("session/{}/goog/cdp/execute", session_id.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "cmd": self.command, "params": self.parameters }).to_string()))
    }
}

/// Where pictures and logs go: `target/e2e`.
pub(crate) fn output_folder() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"), PathBuf::from);
    target.join("e2e")
}

fn program(variable: &str, name: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| name.to_owned())
}

/// What the driver is asked for (see the ChromeDriver documentation, "Capabilities").
fn capabilities(screen: Screen, language: Language, profile: &Path) -> Value {
    let (width, height) = screen.size();
    let phone = screen == Screen::Phone;
    let tag = language.tag();
    let mut options = json!({
        "args": [
            "--headless=new",
            // Chromium's sandbox needs rights that root in a container lacks; only our own pages are opened.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-extensions",
            "--disable-features=Translate,OptimizationHints,MediaRouter,PaintHolding",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            format!("--lang={tag}"),
            format!("--window-size={width},{height}"),
            format!("--user-data-dir={}", profile.display()),
        ],
        "prefs": { "intl.accept_languages": tag, "credentials_enable_service": false },
        // Fixes the size of the page itself; the size of a window includes its frame.
        "mobileEmulation": {
            "deviceMetrics": {
                "width": width, "height": height, "pixelRatio": 1.0, "mobile": phone, "touch": phone,
            }
        },
    });
    if let (Ok(chromium), Some(options)) = (std::env::var("CHROMIUM"), options.as_object_mut()) {
        options.insert(String::from("binary"), Value::String(chromium));
    }
    json!({
        "browserName": "chrome",
        "goog:chromeOptions": options,
        "goog:loggingPrefs": { "browser": "ALL" },
    })
}
