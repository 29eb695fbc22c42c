//! Takes the screenshots in `docs/`, at a phone's and a desktop's size, light and dark: `docs/SIZE-SCHEME-VIEW.png`. Views are the steps from
//! photo to product, the choices before a search, and the elements of a product's page.
//!
//! `cargo run --package stl-tests --bin screenshots` after `cargo xtask build`. With a folder (`-- target/screenshots`) it takes the views that no
//! document shows, into this folder.

mod further;
mod product_page;
mod view;

use std::path::{Path, PathBuf};

use anyhow::Result;
use image::ImageFormat;
use stl_tests::{Browser, Server, encoded, pair, product, root};

use product_page::ProductPages;
use view::{SCHEMES, View};

/// Name, width and height of a window.
const SIZES: [(&str, u32, u32); 2] = [("phone", 390, 844), ("desktop", 1440, 900)];

const CHOOSE_NUMBERS: &str = "document.querySelector('[data-testid=send-numbers]').click()";

const NUMBERS_ARE_KNOWN: &str =
    "return document.querySelector('[data-testid=numbers]')?.textContent.match(/[0-9]{3}/) ? true : null";

#[tokio::main]
async fn main() -> Result<()> {
    if let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) {
        std::fs::create_dir_all(&folder)?;
        return further::take(&folder).await;
    }
    let server = Server::start()?;
    let product_pages = ProductPages::start().await?;
    let docs = root().join("docs");
    std::fs::create_dir_all(&docs)?;
    let photos = tempfile::tempdir()?;
    let [people, garment] = [("people.png", pair()), ("garment.png", product().0)].map(|(name, picture)| {
        let file = photos.path().join(name);
        encoded(picture, ImageFormat::Png).and_then(|png| Ok(std::fs::write(&file, png)?)).map(|()| file)
    });
    let (people, garment) = (people?, garment?);
    for (size, width, height) in SIZES {
        for (scheme, number) in SCHEMES {
            let browser = Browser::with_args(vec![
                format!("--window-size={width},{height}"),
                format!("--blink-settings=preferredColorScheme={number}"),
                "--hide-scrollbars".to_owned(),
            ])
            .await?;
            let view = View { browser, prefix: format!("{size}-{scheme}"), folder: docs.clone() };
            view.photo_to_product(&server.origin).await?;
            view.choices(&server.origin, &people, &garment).await?;
            view.product_page("similar", &product_pages.similar).await?;
            view.product_page("outfit", &product_pages.outfit).await?;
            view.browser.close().await?;
        }
    }
    Ok(())
}

impl View {
    async fn photo_to_product(&self, origin: &str) -> Result<()> {
        let browser = &self.browser;
        browser.open(origin).await?;
        browser.find("sample").await?;
        self.take("start").await?;
        browser.run("document.querySelectorAll('[data-testid=sample]')[0].click()").await?;
        browser.find("send").await?;
        self.take("review").await?;
        // What the receipt says if only numbers are sent, and back.
        browser.run(CHOOSE_NUMBERS).await?;
        browser.wait_for(NUMBERS_ARE_KNOWN, "the numbers").await?;
        browser.run("document.querySelector('[data-testid=receipt]').scrollIntoView({block: 'nearest'})").await?;
        self.take("numbers").await?;
        browser.run(CHOOSE_NUMBERS).await?;
        browser.results().await?;
        browser.run("document.querySelector('[data-testid=category]').scrollIntoView()").await?;
        self.take("results").await?;
        browser.run("document.querySelector('[data-testid=more-like-this]').click()").await?;
        browser.find("product-picture").await?;
        browser.results().await?;
        self.take("product").await
    }

    /// What the page asks before it cuts anything out: whom of several people, and whether a garment alone.
    async fn choices(&self, origin: &str, people: &Path, garment: &Path) -> Result<()> {
        let browser = &self.browser;
        browser.open(origin).await?;
        browser.choose(people).await?;
        browser.find("who").await?;
        self.take("people").await?;
        browser.open(origin).await?;
        browser.choose(garment).await?;
        browser.find("take-thing").await?;
        browser.run("document.querySelector('[data-testid=take-thing]').scrollIntoView({block: 'nearest'})").await?;
        self.take("garment").await
    }

    /// A shop's page with an element of the widget.
    async fn product_page(&self, name: &str, address: &str) -> Result<()> {
        self.browser.open(address).await?;
        self.browser.wait_for(product_page::IS_LOADED, name).await?;
        self.browser.run(product_page::SHOW).await?;
        self.take(name).await
    }
}
