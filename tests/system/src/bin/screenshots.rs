//! Takes the screenshots in `docs/`: phone and desktop, light and dark, before and after a search.
//!
//! `cargo run --package stl-tests --bin screenshots` after `cargo xtask build`.

use std::time::Duration;

use anyhow::Result;
use stl_tests::{Browser, Server, root};

/// Name, width and height of a window.
const SIZES: [(&str, u32, u32); 2] = [("phone", 390, 844), ("desktop", 1440, 900)];

/// Name and Blink's number of a colour scheme.
const SCHEMES: [(&str, u32); 2] = [("light", 1), ("dark", 0)];

const CHOOSE_NUMBERS: &str = "document.querySelector('[data-testid=send-numbers]').click()";

const NUMBERS_ARE_KNOWN: &str =
    "return document.querySelector('[data-testid=numbers]')?.textContent.match(/[0-9]{3}/) ? true : null";

#[tokio::main]
async fn main() -> Result<()> {
    let server = Server::start()?;
    let docs = root().join("docs");
    std::fs::create_dir_all(&docs)?;
    for (size, width, height) in SIZES {
        for (scheme, number) in SCHEMES {
            let browser = Browser::with_args(vec![
                format!("--window-size={width},{height}"),
                format!("--blink-settings=preferredColorScheme={number}"),
                "--hide-scrollbars".to_owned(),
            ])
            .await?;
            browser.open(&server.origin).await?;
            browser.find("sample").await?;
            settle().await;
            std::fs::write(docs.join(format!("{size}-{scheme}-start.png")), browser.screenshot().await?)?;
            browser.run("document.querySelectorAll('[data-testid=sample]')[0].click()").await?;
            browser.find("send").await?;
            settle().await;
            std::fs::write(docs.join(format!("{size}-{scheme}-review.png")), browser.screenshot().await?)?;
            // What the receipt says if only numbers are sent, and back.
            browser.run(CHOOSE_NUMBERS).await?;
            browser.wait_for(NUMBERS_ARE_KNOWN, "the numbers").await?;
            browser.run("document.querySelector('[data-testid=receipt]').scrollIntoView({block: 'nearest'})").await?;
            settle().await;
            std::fs::write(docs.join(format!("{size}-{scheme}-numbers.png")), browser.screenshot().await?)?;
            browser.run(CHOOSE_NUMBERS).await?;
            browser.results().await?;
            settle().await;
            std::fs::write(docs.join(format!("{size}-{scheme}.png")), browser.screenshot().await?)?;
            browser.run("document.querySelector('[data-testid=category]').scrollIntoView()").await?;
            settle().await;
            std::fs::write(docs.join(format!("{size}-{scheme}-results.png")), browser.screenshot().await?)?;
            browser.close().await?;
        }
    }
    Ok(())
}

/// Waits until pictures are loaded and transitions have ended.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(1200)).await;
}
