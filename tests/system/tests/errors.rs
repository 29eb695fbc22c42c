//! The error messages for bad files and for a missing server.

use std::collections::HashSet;

use anyhow::Result;
use image::{GrayImage, ImageFormat};
use stl_tests::{Browser, Server, encoded, look};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_bad_file_gets_its_own_clear_message() -> Result<()> {
    let server = Server::start()?;
    let browser = Browser::start(None).await?;
    let folder = tempfile::tempdir()?;
    let huge = encoded(GrayImage::new(10_000, 6_000), ImageFormat::Png)?;
    let whole = encoded(look(), ImageFormat::Jpeg)?;
    let cases: [(&str, &[u8], &str, &str); 4] = [
        ("notes.txt", b"Buy milk. Buy a coat.", "not-a-picture", "JPEG"),
        ("cut.jpg", &whole[..whole.len() / 2], "truncated", "cut short"),
        ("huge.png", &huge, "too-many-pixels", "50 megapixel"),
        ("empty.jpg", b"", "empty", "empty"),
    ];
    let mut texts = HashSet::new();
    for (name, bytes, code, words) in cases {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes)?;
        browser.open(&server.origin).await?;
        browser.choose(&file).await?;
        let (shown, text) = browser.error().await?;
        println!("{name}: {text:?}");
        assert_eq!(shown, code, "{name}: {text}");
        assert!(text.to_lowercase().contains(&words.to_lowercase()), "{name}: {text:?} should contain {words:?}");
        assert!(texts.insert(text), "{name} has its own message");
    }
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_server_is_said_and_a_retry_finds_it_alive_again() -> Result<()> {
    let mut server = Server::start()?;
    let browser = Browser::start(None).await?;
    let file = tempfile::Builder::new().suffix(".jpg").tempfile()?;
    std::fs::write(file.path(), encoded(look(), ImageFormat::Jpeg)?)?;
    browser.open(&server.origin).await?;
    // Search once first, so that page, worker and network are loaded.
    browser.choose(file.path()).await?;
    browser.results().await?;
    server.kill()?;
    browser.choose(file.path()).await?;
    browser.find("send").await?.click().await?;
    let (code, text) = browser.error().await?;
    println!("dead server: {text:?}");
    assert_eq!(code, "server-unreachable", "{text}");
    server.restart()?;
    browser.find("retry").await?.click().await?;
    assert!(!browser.results().await?.is_empty(), "the retry searches");
    let focused = browser.run("return document.activeElement?.id").await?;
    assert_eq!(focused, "results-heading", "the pressed button is gone: the focus moves to the results");
    browser.close().await
}
