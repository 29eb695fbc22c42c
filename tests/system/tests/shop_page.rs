//! The page with a shop's settings and a catalogue of its own: name, logo, colour, sample looks, titles and the privacy page.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::json;
use stl_tests::{Browser, Server, root};

/// A folder with settings, a logo, and the demo's catalogue without its looks.
fn shop() -> Result<(tempfile::TempDir, String, String)> {
    let folder = tempfile::tempdir()?;
    let settings = "name = \"Muster Moden\"\nlogo = \"logo.svg\"\naccent = \"#ffe600\"\n\
                    [picture]\naspect_ratio = \"1:1\"\nfit = \"cover\"\n";
    let logo = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 40 10\"><path d=\"M0 0h40v10H0z\"/></svg>";
    std::fs::write(folder.path().join("shop.toml"), settings)?;
    std::fs::write(folder.path().join("logo.svg"), logo)?;
    let catalogue = folder.path().join("catalogue");
    copied(&root().join("target/demo/catalogue"), &catalogue)?;
    let settings = folder.path().join("shop.toml").display().to_string();
    let catalogue = catalogue.display().to_string();
    Ok((folder, settings, catalogue))
}

/// Copies a catalogue's database and features, and links to its pictures; no looks.
fn copied(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to.join("images"))?;
    for folder in ["", "images"] {
        for entry in std::fs::read_dir(from.join(folder))? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                let place = to.join(folder).join(entry.file_name());
                std::fs::hard_link(entry.path(), &place).or_else(|_| std::fs::copy(entry.path(), &place).map(drop))?;
            }
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shops_page_has_its_name_logo_colour_and_no_drawn_looks() -> Result<()> {
    let (_folder, settings, catalogue) = shop()?;
    let server = Server::start_with(&["--shop", &settings, "--catalogue", &catalogue])?;
    for size in ["390,844", "1440,900"] {
        let browser = Browser::with_args(vec![format!("--window-size={size}")]).await?;
        browser.open(&server.origin).await?;
        browser.find("drop-zone").await?;
        let logo = "const logo = document.querySelector('.wordmark img');
            return logo?.complete && logo.naturalWidth ? [logo.alt, logo.getBoundingClientRect().height > 20] : null";
        assert_eq!(browser.wait_for(logo, "the logo").await?, json!(["Muster Moden", true]));
        assert_eq!(browser.run("return document.title").await?, "Muster Moden");
        let alone =
            "return document.querySelector('.hero--alone') ? document.querySelectorAll('.sample').length : null";
        assert_eq!(browser.wait_for(alone, "the page without looks").await?, 0);
        // The shop's yellow is no colour for text on white: a darker one is used.
        let contrast = "const button = getComputedStyle(document.querySelector('.drop-zone .button'));
            const luminance = colour => colour.match(/\\d+/g).slice(0, 3).map(channel => channel / 255)
                .map(channel => channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4)
                .reduce((sum, channel, at) => sum + [0.2126, 0.7152, 0.0722][at] * channel, 0);
            const [a, b] = [luminance(button.color), luminance(button.backgroundColor)];
            return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), button.backgroundColor]";
        let (contrast, colour): (f64, String) = serde_json::from_value(browser.run(contrast).await?)?;
        println!("{size}: button {colour}, contrast {contrast:.1}");
        let channels: Vec<u16> = colour.split(|letter: char| !letter.is_ascii_digit()).flat_map(str::parse).collect();
        assert!(contrast >= 4.5 && channels[0] > 3 * channels[2] && channels[1] > 3 * channels[2], "{colour}");

        let link = browser.find("privacy").await?.attr("href").await?.context("a link")?;
        browser.open(&format!("{}{link}", server.origin)).await?;
        let heading = browser.run("return document.querySelector('h1').textContent").await?;
        assert_eq!(heading, "Privacy");
        let styled = browser.run("return getComputedStyle(document.body).maxWidth").await?;
        assert_ne!(styled, "none", "the policy lets its style sheet in");
        browser.open(&format!("{}/privacy/notice", server.origin)).await?;
        let languages = "return [...document.querySelectorAll('section')].map(section => [section.lang, section.textContent.length > 500])";
        assert_eq!(browser.run(languages).await?, json!([["en", true], ["de", true], ["fr", true]]));
        let text = browser.run("return document.body.textContent").await?;
        assert!(
            text.as_str().is_some_and(|text| !text.contains("counted") && !text.contains("We count")),
            "no events are counted"
        );
        browser.close().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn product_pictures_have_the_shops_frames() -> Result<()> {
    let (_folder, settings, catalogue) = shop()?;
    let server = Server::start_with(&["--shop", &settings, "--catalogue", &catalogue])?;
    let browser = Browser::start(None).await?;
    browser.open(&format!("{}/?product=atl-1-000090", server.origin)).await?;
    browser.results().await?;
    let frame = "const picture = document.querySelector('.card__picture img');
        const {width, height} = picture.getBoundingClientRect();
        return [Math.abs(width - height) < 1, getComputedStyle(picture).objectFit]";
    assert_eq!(browser.run(frame).await?, json!([true, "cover"]));
    browser.close().await
}
