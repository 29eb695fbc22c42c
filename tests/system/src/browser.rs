//! Headless Chromium or Firefox, or WebKit. In: clicks and files. Out: what the page shows.

mod driver;
mod pointer;

use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use axum::body::Bytes;
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use image::RgbImage;
use serde_json::{Value, json};
use tokio::sync::{Mutex, OwnedMutexGuard};

use self::driver::Driver;
use crate::Recorder;

/// Longest wait for anything on the page. The first search includes download, compilation and warm-up.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Allows one browser at a time in a process: on a small machine two would slow each other down.
static ONE_AT_A_TIME: LazyLock<Arc<Mutex<()>>> = LazyLock::new(Arc::default);

/// A browser with one page. Close it with [`Browser::close`].
#[derive(Debug)]
pub struct Browser {
    client: Client,
    driver: Driver,
    _profile: tempfile::TempDir,
    _turn: OwnedMutexGuard<()>,
}

/// The speed of an emulated network.
#[derive(Clone, Copy, Debug)]
pub struct NetworkSpeed {
    /// Least time from a request to the first byte of its response.
    pub latency_ms: u32,
    /// Downloaded bytes per second.
    pub down_bytes_s: u32,
    /// Uploaded bytes per second.
    pub up_bytes_s: u32,
}

/// Waits until no other test of this process has a browser.
async fn turn() -> OwnedMutexGuard<()> {
    Arc::clone(&ONE_AT_A_TIME).lock_owned().await
}

fn from_env(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

/// The cards that the page shows for one category.
#[derive(Clone, Debug)]
pub struct ShownCategory {
    /// The category's name.
    pub category: String,
    /// Product ids, best first.
    pub products: Vec<String>,
}

impl Browser {
    /// Starts Chromium (`CHROMIUM` and `CHROMEDRIVER`, else from PATH). If there is a `recorder`, all traffic goes through it.
    ///
    /// # Errors
    /// When browser or driver cannot be started.
    pub async fn start(recorder: Option<&Recorder>) -> Result<Self> {
        let mut args = vec!["--window-size=1280,900".to_owned()];
        args.extend(recorder.into_iter().flat_map(Recorder::browser_args));
        Self::with_args(args).await
    }

    /// Starts headless Chromium with further arguments.
    ///
    /// # Errors
    /// When browser or driver cannot be started.
    pub async fn with_args(mut args: Vec<String>) -> Result<Self> {
        let profile = tempfile::tempdir()?;
        args.extend(
            [
                "--headless",
                // With smooth scrolling, a click would miss the element.
                "--force-prefers-reduced-motion",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ]
            .map(str::to_owned),
        );
        args.push(format!("--user-data-dir={}", profile.path().display()));
        let capabilities = json!({
            "goog:chromeOptions": {
                "args": args,
                "binary": from_env("CHROMIUM", "/usr/bin/chromium"),
                // Debian's start page is a search engine, whose traffic would be recorded too.
                "prefs": { "session": { "restore_on_startup": 4, "startup_urls": ["about:blank"] } },
            },
        });
        let turn = turn().await;
        let driver = Driver::start(&from_env("CHROMEDRIVER", "chromedriver")).await?;
        Self::drive(driver, capabilities, profile, turn).await
    }

    /// Starts Firefox (`FIREFOX` and `GECKODRIVER`, else from PATH). A test must call [`Browser::close`] even if it fails: only the driver
    /// can end Firefox.
    ///
    /// # Errors
    /// When browser or driver cannot be started.
    pub async fn firefox() -> Result<Self> {
        let profile = tempfile::tempdir()?;
        let capabilities = json!({
            "moz:firefoxOptions": {
                "args": ["-headless", "--width=1280", "--height=900", "-profile", profile.path()],
                "binary": from_env("FIREFOX", "/usr/bin/firefox-esr"),
                "prefs": { "ui.prefersReducedMotion": 1 },
            },
        });
        let turn = turn().await;
        let driver = Driver::start(&from_env("GECKODRIVER", "geckodriver")).await?;
        Self::drive(driver, capabilities, profile, turn).await
    }

    /// Starts WebKitGTK's small browser, which has the engine of Safari (`WEBKIT` and `WEBKITDRIVER`), on a screen of its own.
    ///
    /// # Errors
    /// When browser, driver or screen cannot be started.
    pub async fn webkit() -> Result<Self> {
        let profile = tempfile::tempdir()?;
        let program = std::env::var("WEBKIT").context("WEBKIT names WebKit's browser: `cargo xtask setup` gets it")?;
        let capabilities = json!({ "webkitgtk:browserOptions": { "binary": program, "args": ["--automation"] } });
        let turn = turn().await;
        let driver = Driver::start_webkit(&from_env("WEBKITDRIVER", "WebKitWebDriver"), profile.path()).await?;
        Self::drive(driver, capabilities, profile, turn).await
    }

    /// Starts a browser with these capabilities through its driver.
    async fn drive(
        driver: Driver,
        capabilities: Value,
        profile: tempfile::TempDir,
        turn: OwnedMutexGuard<()>,
    ) -> Result<Self> {
        let Value::Object(capabilities) = capabilities else { bail!("capabilities are an object") };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver.url)
            .await
            .context("the driver starts no browser")?;
        Ok(Self { client, driver, _profile: profile, _turn: turn })
    }

    /// Opens a page.
    ///
    /// # Errors
    /// When it does not load.
    pub async fn open(&self, url: &str) -> Result<()> {
        // As in a new tab: in this one the page would show its last results again. A blank page has no storage.
        let fresh = "try { sessionStorage.clear(); history.replaceState(null, '') } catch {}";
        self.client.execute(fresh, Vec::new()).await?;
        Ok(self.client.goto(url).await?)
    }

    /// Opens the page of a server and searches with its first sample look; returns once the results are shown.
    ///
    /// # Errors
    /// When the page does not load or shows no results in time.
    pub async fn search_sample(&self, origin: &str) -> Result<()> {
        self.open(origin).await?;
        self.find("sample").await?;
        self.run("document.querySelector('[data-testid=sample]').click()").await?;
        self.results().await.map(drop)
    }

    /// Waits for the element with this `data-testid`.
    ///
    /// # Errors
    /// When it does not appear in time.
    pub async fn find(&self, test_id: &str) -> Result<Element> {
        let selector = format!("[data-testid={test_id}]");
        self.client
            .wait()
            .at_most(TIMEOUT)
            .for_element(Locator::Css(&selector))
            .await
            .with_context(|| format!("the page never showed {test_id}"))
    }

    /// Chooses a file, as a visitor does in the file dialog.
    ///
    /// # Errors
    /// When the page has no file input.
    pub async fn choose(&self, file: &Path) -> Result<()> {
        let input = self.find("file-input").await?;
        Ok(input.send_keys(&file.display().to_string()).await?)
    }

    /// Waits until the page shows results, and returns them in the page's order. If the page first shows the review, confirms it.
    ///
    /// # Errors
    /// When the page shows an error, or nothing in time.
    pub async fn results(&self) -> Result<Vec<ShownCategory>> {
        let script = "document.querySelector('[data-testid=send]')?.click();
            const error = document.querySelector('[data-testid=error]');
            if (error) return {error: error.dataset.code + ': ' + error.textContent};
            const status = document.querySelector('[data-testid=progress]');
            const found = [...document.querySelectorAll('[data-testid=category]')];
            if (status || !found.length || document.querySelector('[aria-busy=true]')) return null;
            return {categories: found.map(category => [category.dataset.category,
                [...category.querySelectorAll('[data-testid=card]')].map(card => card.dataset.productId)])};";
        let shown = self.wait_for(script, "results").await?;
        if let Some(error) = shown["error"].as_str() {
            bail!("the page shows an error: {error}");
        }
        let categories: Vec<(String, Vec<String>)> = serde_json::from_value(shown["categories"].clone())?;
        Ok(categories.into_iter().map(|(category, products)| ShownCategory { category, products }).collect())
    }

    /// Waits until the page shows an error; returns its code and its text.
    ///
    /// # Errors
    /// When none appears in time.
    pub async fn error(&self) -> Result<(String, String)> {
        let error = self.find("error").await?;
        let code = error.attr("data-code").await?.context("the error has no code")?;
        Ok((code, error.text().await?))
    }

    /// The pixels of a loaded `img` with this `data-testid`, at its natural size.
    ///
    /// # Errors
    /// When it does not load in time.
    pub async fn picture(&self, test_id: &str) -> Result<RgbImage> {
        let script = format!(
            "const img = document.querySelector('img[data-testid={test_id}]');
            if (!img || !img.complete || !img.naturalWidth) return null;
            const canvas = document.createElement('canvas');
            canvas.width = img.naturalWidth;
            canvas.height = img.naturalHeight;
            canvas.getContext('2d').drawImage(img, 0, 0);
            const {{data}} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            let bytes = '';
            for (let i = 0; i < data.length; i += 4) bytes += String.fromCharCode(data[i], data[i + 1], data[i + 2]);
            return [canvas.width, canvas.height, [...bytes].map(c => c.charCodeAt(0).toString(16).padStart(2, '0')).join('')];"
        );
        let shown = self.wait_for(&script, test_id).await?;
        let (width, height, hex): (u32, u32, String) = serde_json::from_value(shown)?;
        let bytes =
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16)).collect::<Result<_, _>>()?;
        RgbImage::from_raw(width, height, bytes).context("the picture's bytes do not fit its size")
    }

    /// Runs a script in the page and returns its value.
    ///
    /// # Errors
    /// When the script throws.
    pub async fn run(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// Sends keys to the focused element.
    ///
    /// # Errors
    /// When no element has the focus.
    pub async fn press(&self, keys: &str) -> Result<()> {
        Ok(self.client.active_element().await?.send_keys(keys).await?)
    }

    /// Runs a command of the Chrome DevTools Protocol.
    ///
    /// # Errors
    /// When the browser refuses it. Only Chromium has this protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Result<Value> {
        let session = self.client.session_id().await?.context("a session")?;
        let body = json!({ "cmd": command, "params": parameters }).to_string();
        let request = axum::http::Request::post(format!("{}/session/{session}/goog/cdp/execute", self.driver.url))
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))?;
        let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http();
        let (head, body) = client.request(request).await?.into_parts();
        let response: Value = serde_json::from_slice(&body.collect().await?.to_bytes())?;
        anyhow::ensure!(head.status.is_success(), "{command}: {response}");
        Ok(response["value"].clone())
    }

    /// Limits the network of page and workers to this speed; `None` removes the limit.
    ///
    /// # Errors
    /// When the browser refuses it.
    pub async fn throttle(&self, speed: Option<NetworkSpeed>) -> Result<()> {
        // -1 means no limit.
        let [latency_ms, down, up] =
            speed.map_or([0, -1, -1], |NetworkSpeed { latency_ms, down_bytes_s, up_bytes_s }| {
                [latency_ms, down_bytes_s, up_bytes_s].map(i64::from)
            });
        self.devtools("Network.enable", json!({})).await?;
        let conditions =
            json!({ "offline": false, "latency": latency_ms, "downloadThroughput": down, "uploadThroughput": up });
        self.devtools("Network.emulateNetworkConditions", conditions).await.map(drop)
    }

    /// A screenshot of the window, as a PNG file.
    ///
    /// # Errors
    /// When the browser does not respond.
    pub async fn screenshot(&self) -> Result<Vec<u8>> {
        Ok(self.client.screenshot().await?)
    }

    /// Closes the browser.
    ///
    /// # Errors
    /// When it has ended already.
    pub async fn close(self) -> Result<()> {
        Ok(self.client.close().await?)
    }

    /// Runs a script repeatedly until it returns something other than null.
    ///
    /// # Errors
    /// When it throws, or returns only null in time.
    pub async fn wait_for(&self, script: &str, what: &str) -> Result<Value> {
        let deadline = tokio::time::Instant::now() + TIMEOUT;
        while tokio::time::Instant::now() < deadline {
            let value = self.run(script).await?;
            if !value.is_null() {
                return Ok(value);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("the page never showed {what}; its text: {}", self.run("return document.body.innerText").await?)
    }
}
