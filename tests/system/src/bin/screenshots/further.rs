//! Views that no document shows, at a phone's size. In: a folder. Out: in it, for each colour scheme, cards whose dots tell of a second picture
//! (`phone-SCHEME-dots.png`), the same after a swipe (`swiped`), and an answer without a part of the shop (`part`).

use std::path::Path;

use anyhow::Result;
use stl_tests::{Browser, Server, WornShop};

use crate::view::{SCHEMES, View};

const TOKEN: &str = "a-token-of-the-screenshots";

/// Takes all views.
///
/// # Errors
/// When networks, the client or the demo's catalogue are missing.
pub(crate) async fn take(folder: &Path) -> Result<()> {
    let shop = WornShop::import()?;
    let whole = Server::start_with(&["--catalogue", &shop.catalogue()])?;
    let shard = Server::start_with(&["--shard", "1/2", "--shard-token", TOKEN])?;
    // Nobody listens at the second part's address.
    let shards = format!("{} http://127.0.0.1:1", shard.origin);
    let front = Server::start_with(&["--shards", &shards, "--shard-token", TOKEN])?;
    for (scheme, number) in SCHEMES {
        let args =
            ["--window-size=390,844", "--hide-scrollbars", &format!("--blink-settings=preferredColorScheme={number}")];
        let browser = Browser::with_args(args.map(str::to_owned).to_vec()).await?;
        browser.become_phone().await?;
        browser.prefer_touch().await?;
        let view = View { browser, prefix: format!("phone-{scheme}"), folder: folder.to_owned() };
        second_pictures(&view, &whole, &shop).await?;
        part_missing(&view, &front).await?;
        view.browser.close().await?;
    }
    Ok(())
}

/// The similar products of one, among which some have a second picture.
async fn second_pictures(view: &View, server: &Server, shop: &WornShop) -> Result<()> {
    let (worn, another) = shop.worn_and_another()?;
    let browser = &view.browser;
    browser.open(&format!("{}/?product={}", server.origin, another.id)).await?;
    browser.results().await?;
    let frame = format!("[data-product-id='{}'] .card__picture", worn.id);
    browser.run(&format!("document.querySelector(\"{frame}\").scrollIntoView({{block: 'center'}})")).await?;
    view.take("dots").await?;
    browser.swipe_left(&frame, 120).await?;
    let is_second = format!(
        "const frame = document.querySelector(\"{frame}\");
        const second = frame.querySelector('.card__second');
        return Math.abs(frame.scrollLeft - frame.clientWidth) <= 1 && second.complete && second.naturalWidth ? true : null"
    );
    browser.wait_for(&is_second, "the second picture").await?;
    view.take("swiped").await
}

/// The line that says that products are missing.
async fn part_missing(view: &View, front: &Server) -> Result<()> {
    view.browser.search_sample(&front.origin).await?;
    view.browser.find("part").await?;
    view.browser.run("document.querySelector('[data-testid=part]').scrollIntoView({block: 'center'})").await?;
    view.take("part").await
}
