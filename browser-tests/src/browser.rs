//! Browser with one session.

use std::ops::Deref;
use std::time::Duration;

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep, timeout};

use super::driver::{Driver, skip};

/// Longest wait for what a page should show.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// Time between two looks at a page.
const POLL_INTERVAL: Duration = Duration::from_millis(25);

/// Chromium with a new profile. It ends when it is dropped. An alert of a page fails the next command.
pub struct Browser {
    // Dropped in this order.
    client: Client,
    _driver: Driver,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser, or returns `None` if none is installed.
    ///
    /// # Panics
    ///
    /// If it does not start, or is not installed and `TOOLS` is `required`.
    pub async fn start() -> Option<Self> {
        Self::with_preferences(json!({})).await
    }

    /// Starts a browser that runs no script, or returns `None` if none is installed.
    ///
    /// # Panics
    ///
    /// As [`Browser::start`] does.
    pub async fn without_scripts() -> Option<Self> {
        Self::with_preferences(json!({"profile.managed_default_content_settings.javascript": 2})).await
    }

    async fn with_preferences(preferences: Value) -> Option<Self> {
        let driver = Driver::start()?;
        let profile = TempDir::new().expect("a folder");
        let profile_argument = format!("--user-data-dir={}", profile.path().display());
        let arguments = [
            "--headless=new",
            // The sandbox of Chromium needs more than a container allows, and its pages are ours.
            "--no-sandbox",
            "--disable-gpu",
            // `/dev/shm` of a container is small.
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            // It would outlive the process group.
            "--disable-breakpad",
            "--window-size=1280,900",
            &profile_argument,
        ];
        let capabilities = json!({
            "unhandledPromptBehavior": "dismiss and notify",
            "goog:chromeOptions": {"args": arguments, "prefs": preferences},
        });
        let Value::Object(capabilities) = capabilities else { unreachable!("an object") };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let connecting = builder.capabilities(capabilities).connect(driver.url());
        let client = timeout(Duration::from_secs(60), connecting).await.expect("a browser within a minute");
        match client {
            Ok(client) => Some(Self { client, _driver: driver, _profile: profile }),
            Err(error) if error.to_string().contains("cannot find Chrome binary") => {
                skip("chromedriver finds no browser: install chromium");
                None
            }
            Err(error) => panic!("the browser does not start: {error}"),
        }
    }

    /// Opens a page.
    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// Waits for an element, by a selector of CSS.
    pub async fn element(&self, selector: &str) -> Element {
        self.find(Locator::Css(selector)).await
    }

    /// Waits for a page whose body has this `data-screen`.
    pub async fn screen(&self, name: &str) {
        self.element(&format!("body[data-screen='{name}']")).await;
    }

    /// Waits for a button or a summary with this text, and clicks it.
    pub async fn press(&self, text: &str) {
        let path = format!("//*[self::button or self::summary][normalize-space()='{text}']");
        self.click_at(Locator::XPath(&path)).await;
    }

    /// Waits for an element, and clicks it.
    pub async fn click(&self, selector: &str) {
        self.click_at(Locator::Css(selector)).await;
    }

    /// Waits for a field, and types a text in place of what it holds.
    pub async fn fill(&self, selector: &str, text: &str) {
        let field = self.element(selector).await;
        field.clear().await.expect("a field that can be edited");
        field.send_keys(text).await.expect("a field that takes text");
    }

    /// Waits for an option of a list, and chooses it.
    pub async fn choose(&self, list: &str, option: &str) {
        let path = format!(".//option[normalize-space()='{option}']");
        self.until(&format!("the option `{option}`"), async || {
            let list = present(self.client.find(Locator::Css(list)).await)?;
            present(present(list.find(Locator::XPath(&path)).await)?.click().await)
        })
        .await;
    }

    /// Presses the keys of a text, wherever the focus is.
    pub async fn type_keys(&self, keys: &str) {
        let pressed = keys.chars().flat_map(|value| [KeyAction::Down { value }, KeyAction::Up { value }]);
        let sequence = pressed.fold(KeyActions::new("keyboard".into()), KeyActions::then);
        self.client.perform_actions(sequence).await.expect("a keyboard");
    }

    /// Runs the body of a function in the page, and returns its result: `null` if the page goes away meanwhile.
    pub async fn run(&self, script: &str) -> Value {
        present(self.client.execute(script, Vec::new()).await).unwrap_or_default()
    }

    /// Returns what the page shows as text.
    pub async fn text(&self) -> String {
        let text = self.run("return document.body?.innerText").await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the page shows a text.
    pub async fn shows(&self, text: &str) {
        self.until(&format!("the text `{text}`"), async || self.text().await.contains(text).then_some(())).await;
    }

    /// Waits for a window besides this one, and goes there.
    pub async fn other_window(&self) {
        let here = self.client.window().await.expect("a window");
        let other = self
            .until("another window", async || {
                let windows = self.client.windows().await.expect("windows");
                windows.into_iter().find(|window| *window != here)
            })
            .await;
        self.client.switch_to_window(other).await.expect("the window is there");
    }

    /// Waits until a condition gives a value.
    ///
    /// # Panics
    ///
    /// If it takes too long: with what was awaited, and what the page shows instead.
    pub async fn until<T>(&self, awaited: &str, condition: impl AsyncFn() -> Option<T>) -> T {
        let deadline = Instant::now() + LONGEST_WAIT;
        loop {
            if let Some(value) = condition().await {
                return value;
            }
            if Instant::now() > deadline {
                let url = self.client.current_url().await.map(String::from).unwrap_or_default();
                panic!("{url} has not come to {awaited}, but shows: {}", self.text().await);
            }
            sleep(POLL_INTERVAL).await;
        }
    }

    async fn find(&self, locator: Locator<'_>) -> Element {
        self.until(&format!("{locator:?}"), async || present(self.client.find(locator).await)).await
    }

    async fn click_at(&self, locator: Locator<'_>) {
        self.until(&format!("{locator:?}, clickable"), async || {
            let element = present(self.client.find(locator).await)?;
            match element.click().await {
                // The click has closed it.
                Err(error) if error.is_no_such_window() => Some(()),
                clicked => present(clicked),
            }
        })
        .await;
    }
}

impl Deref for Browser {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// Returns what a command has found, or `None` if it is not there yet, or goes away with its page.
///
/// # Panics
///
/// If the page has shown an alert.
fn present<T>(outcome: Result<T, CmdError>) -> Option<T> {
    match outcome {
        Err(error) if error.is_unexpected_alert_open() => panic!("the page has shown an alert: {error}"),
        outcome => outcome.ok(),
    }
}
