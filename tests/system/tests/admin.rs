//! The administration's page: token, views, keyboard, sizes, and feeds' texts that would like to be more.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use stl_tests::{Browser, Server, WornShop};

const TOKEN: &str = "sixteen-or-more-characters";

/// The rules of WCAG 2.2 up to level AA, and axe-core's own best practices.
const RULES: &str = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']";

/// A market whose name would be an element, if it were not shown as a text.
const HOSTILE: &str = "<img src=x onerror=hacked=1>";

/// Words in tables that are on more than one line.
const BROKEN_WORDS: &str = r"
    const broken = [];
    for (const cell of document.querySelectorAll('th, td')) {
        const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) for (const word of texts.currentNode.data.matchAll(/[\p{L}\p{N}]+/gu)) {
            const range = document.createRange();
            range.setStart(texts.currentNode, word.index);
            range.setEnd(texts.currentNode, word.index + word[0].length);
            if (range.getClientRects().length > 1) broken.push(word[0]);
        }
    }
    return broken";

async fn axe_finds_nothing(browser: &Browser, axe: &str, state: &str) -> Result<()> {
    browser.run(&format!("{axe}; return null")).await?;
    let run = format!(
        "window.axeResult = null;
        axe.run(document, {{runOnly: {RULES}}}).then(result => window.axeResult = result.violations.map(violation =>
            violation.id + ': ' + violation.nodes.map(node => node.target + ' ' + node.failureSummary).join(' | ')));
        return null"
    );
    browser.run(&run).await?;
    let violations = browser.wait_for("return window.axeResult", "axe-core's result").await?;
    anyhow::ensure!(violations == Value::Array(Vec::new()), "{state}: {violations:#}");
    Ok(())
}

/// Waits until a view is there.
async fn view(browser: &Browser, heading: &str) -> Result<()> {
    let there = format!(
        "const main = document.querySelector('main');
        return main?.querySelector('h1')?.textContent === '{heading}' && !main.hasAttribute('aria-busy') || null"
    );
    browser.wait_for(&there, heading).await.map(drop)
}

/// Types into the focused element.
async fn type_text(browser: &Browser, text: &str) -> Result<()> {
    browser.devtools("Input.insertText", json!({ "text": text })).await.map(drop)
}

async fn press(browser: &Browser, key: &str, code: u32) -> Result<()> {
    for kind in ["keyDown", "keyUp"] {
        let mut event = json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
        if kind == "keyDown" && key == "Enter" {
            event["text"] = "\r".into();
        }
        browser.devtools("Input.dispatchKeyEvent", event).await?;
    }
    Ok(())
}

async fn sign_in(browser: &Browser, token: &str) -> Result<()> {
    browser.wait_for("return document.activeElement?.type === 'password' || null", "the token's field").await?;
    type_text(browser, token).await?;
    press(browser, "Enter", 13).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_opens_all_views_at_all_sizes_and_nothing_in_them_is_more_than_text() -> Result<()> {
    let shop = WornShop::import()?;
    shop.import_market(HOSTILE, "CHF", 2)?;
    let server = Server::start_with(&["--catalogue", &shop.catalogue(), "--admin-token", TOKEN, "--events"])?;
    let path = std::env::var("AXE").context("AXE names no axe.min.js: `cargo xtask test` sets it")?;
    let axe = std::fs::read_to_string(path)?;
    for (size, width) in [("390,844", 390), ("1440,900", 1440)] {
        for scheme in [0, 1] {
            let flags =
                vec![format!("--window-size={size}"), format!("--blink-settings=preferredColorScheme={scheme}")];
            let browser = Browser::with_args(flags).await?;
            if width < 500 {
                let phone = json!({ "width": width, "height": 844, "deviceScaleFactor": 2, "mobile": true });
                browser.devtools("Emulation.setDeviceMetricsOverride", phone).await?;
            }
            let name = format!("{width} {}", ["dark", "light"][scheme]);
            browser.open(&format!("{}/admin", server.origin)).await?;
            sign_in(&browser, TOKEN).await?;
            view(&browser, "Feeds").await?;
            import_with_a_fault(&browser).await?;
            for (fragment, heading) in
                [("feeds", "Feeds"), ("products", "Products"), ("rules", "Rules"), ("events", "Events")]
            {
                browser.run(&format!("location.hash = '{fragment}'")).await?;
                view(&browser, heading).await?;
                if heading == "Feeds" {
                    let faults = "const details = document.querySelector('main article details');
                        details.open = true;
                        return [details.querySelector('summary').textContent, details.querySelectorAll('li')[1].textContent]";
                    let [summary, fault]: [String; 2] = serde_json::from_value(browser.run(faults).await?)?;
                    assert_eq!(summary, "Faults (2)", "why the import failed, and its row");
                    assert!(fault.contains(":1: price: ") && fault.contains(HOSTILE), "{fault}");
                }
                if heading == "Products" {
                    see_a_product(&browser, &shop.alone.id).await?;
                }
                if heading == "Rules" {
                    try_rules(&browser, &shop.alone.id).await?;
                    keep_what_is_written(&browser).await?;
                }
                assert_eq!(browser.run(BROKEN_WORDS).await?, json!([]), "{heading} at {name} breaks words");
                let wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
                assert_eq!(browser.run(wide).await?, 0, "{heading} at {name} is wider than the screen");
                axe_finds_nothing(&browser, &axe, &format!("{heading} at {name}")).await?;
                if let Some(folder) = std::env::var_os("SCREENSHOTS") {
                    let file = std::path::Path::new(&folder).join(format!("admin {fragment} {name}.png"));
                    std::fs::write(file, browser.screenshot().await?)?;
                }
            }
            assert_eq!(browser.run("return typeof hacked").await?, "undefined", "strangers' text ran");
            let shown = "return [...document.querySelectorAll('header option')].map(option => option.textContent)";
            assert_eq!(browser.run(shown).await?, json!(["(no market)", HOSTILE]));
            browser.close().await?;
        }
    }
    Ok(())
}

/// Sends a feed whose only row has a fault, and waits for the end of its import.
async fn import_with_a_fault(browser: &Browser) -> Result<()> {
    let send = format!(
        "window.ended = null;
        (async () => {{
            const headers = {{ authorization: `Bearer ${{sessionStorage.getItem('stl-admin-token')}}` }};
            const row = {{ id: 'x', title: 'x', link: 'https://shop.example/x', image_link: 'https://shop.example/x.jpg',
                price: '{HOSTILE}', availability: 'in_stock', category: 'shirts' }};
            const path = '/api/v1/admin/feeds?format=jsonl&market=new';
            await fetch(path, {{ method: 'POST', headers, body: JSON.stringify(row) }});
            do {{
                await new Promise(resolve => setTimeout(resolve, 100));
                [window.job] = await (await fetch('/api/v1/admin/jobs', {{ headers }})).json();
            }} while (window.job.state === 'running');
            window.ended = window.job.state;
        }})()"
    );
    browser.run(&send).await?;
    assert_eq!(browser.wait_for("return window.ended", "the import's end").await?, "failed");
    Ok(())
}

/// Finds a product by the keyboard and looks at it.
async fn see_a_product(browser: &Browser, id: &str) -> Result<()> {
    browser.run("document.querySelector('input[type=search]').focus()").await?;
    type_text(browser, id).await?;
    press(browser, "Enter", 13).await?;
    let found = "const button = document.querySelector('tbody button'); if (!button) return null; button.focus(); return button.textContent";
    assert_eq!(browser.wait_for(found, "the product").await?, id);
    press(browser, "Enter", 13).await?;
    let seen = "const panel = document.querySelector('main article');
        const images = [...(panel?.querySelectorAll('.cards img') ?? [])];
        return images.length && images.every(image => image.complete && image.naturalWidth) ? images.length : null";
    assert_eq!(browser.wait_for(seen, "its neighbours").await?, 5, "the others of its category");
    let focused = "return document.activeElement.querySelector('h2') !== null";
    assert_eq!(browser.run(focused).await?, true, "the focus is where the product is shown");
    Ok(())
}

/// Previews rules on a product, then stores them.
async fn try_rules(browser: &Browser, id: &str) -> Result<()> {
    let rules = "[[rule]]\nname = \"<b>the dear ones</b>\"\naction = \"boost\"\nby = 50\nprice_min = 8000\n";
    let fill = format!(
        "document.querySelector('textarea').value = {rules:?};
        document.querySelector('input[type=text]').value = '{id}';
        [...document.querySelectorAll('button')].find(button => button.textContent === 'Preview').click()"
    );
    browser.run(&fill).await?;
    let tried = "const [before, after] = document.querySelectorAll('.pair > section');
        const count = (part) => part?.querySelectorAll('.card').length ?? 0;
        return count(before) && count(before) === count(after) ? count(after) : null";
    assert_eq!(browser.wait_for(tried, "before and after").await?, 5);
    let moved = "return [...document.querySelectorAll('.pair > section:last-child .card')].map(card =>
        [...card.querySelectorAll('.card__note')].map(note => note.textContent))";
    let moved: Vec<Vec<String>> = serde_json::from_value(browser.run(moved).await?)?;
    let boosted = |notes: &Vec<String>| notes.iter().any(|note| note == "<b>the dear ones</b>: +50");
    assert!(boosted(&moved[0]) && !boosted(&moved[4]), "{moved:?}");
    browser
        .run(
            "[...document.querySelectorAll('button')].find(button => button.textContent === 'Store the rules').click()",
        )
        .await?;
    let stored = "const said = document.querySelector('[role=status]')?.textContent ?? '';
        return said.startsWith('The rules are stored') && document.querySelector('tbody th')?.textContent || null";
    assert_eq!(browser.wait_for(stored, "the stored rules").await?, "<b>the dear ones</b>");
    Ok(())
}

/// Writes rules that are refused, goes elsewhere and comes back, and takes the stored ones again.
async fn keep_what_is_written(browser: &Browser) -> Result<()> {
    let write = "const text = document.querySelector('textarea');
        text.value = '[[rule]]\\nname = 1';
        text.dispatchEvent(new Event('input'));
        [...document.querySelectorAll('button')].find(button => button.textContent === 'Store the rules').click()";
    browser.run(write).await?;
    let refused = "return document.querySelector('[role=alert]')?.textContent || null";
    let reason = browser.wait_for(refused, "why it is refused").await?;
    assert!(reason.as_str().is_some_and(|reason| reason.contains("name: expected a text")), "{reason}");
    let table = "return document.querySelector('tbody th')?.textContent";
    assert_eq!(browser.run(table).await?, "<b>the dear ones</b>", "the rules in force are still shown");
    let written = "return document.querySelector('textarea')?.value ?? null";
    browser.run("location.hash = 'feeds'").await?;
    view(browser, "Feeds").await?;
    browser.run("location.hash = 'rules'").await?;
    view(browser, "Rules").await?;
    assert_eq!(browser.run(written).await?, "[[rule]]\nname = 1", "another view");
    let other = "const market = document.querySelector('header select');
        market.selectedIndex = 1;
        document.querySelector('textarea').remove();
        market.dispatchEvent(new Event('change'))";
    browser.run(other).await?;
    assert_eq!(browser.wait_for(written, "the view of the other market").await?, "[[rule]]\nname = 1");
    let again = "[...document.querySelectorAll('button')].find(button => button.textContent.startsWith('Take the stored')).click();
        const leaving = new Event('beforeunload', { cancelable: true });
        return [window.dispatchEvent(leaving), document.querySelector('textarea').value.includes('dear ones')]";
    assert_eq!(browser.run(again).await?, json!([true, true]), "the stored text, and nothing is asked on leaving");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_token_opens_nothing_and_the_right_one_stays_in_its_tab() -> Result<()> {
    let shop = WornShop::import()?;
    let server = Server::start_with(&["--catalogue", &shop.catalogue(), "--admin-token", TOKEN])?;
    let browser = Browser::start(None).await?;
    browser.open(&format!("{}/admin", server.origin)).await?;
    sign_in(&browser, "sixteen-or-more-characterz").await?;
    let said = "return document.querySelector('[role=alert]').textContent || null";
    assert_eq!(browser.wait_for(said, "why").await?, "This is not the administration's token.");
    assert_eq!(
        browser.run("return [sessionStorage.length, document.activeElement.type]").await?,
        json!([0, "password"])
    );
    browser.run("document.activeElement.value = ''").await?;
    sign_in(&browser, TOKEN).await?;
    view(&browser, "Feeds").await?;
    let kept = "return [sessionStorage.length, localStorage.length, document.cookie]";
    assert_eq!(browser.run(kept).await?, json!([1, 0, ""]));
    browser.open(&format!("{}/admin#events", server.origin)).await?;
    view(&browser, "Events").await?;
    // Every view is reached by the keyboard: the skip link, then the links.
    let order = "return [...document.querySelectorAll('a, button, select, input, summary')].slice(0, 6).map(each => each.textContent)";
    let expected = json!(["Skip to the content", "Feeds", "Products", "Rules", "Events", "Sign out"]);
    assert_eq!(browser.run(order).await?, expected);
    browser
        .run("[...document.querySelectorAll('button')].find(button => button.textContent === 'Sign out').click()")
        .await?;
    browser.wait_for("return document.activeElement?.type === 'password' || null", "the token's field").await?;
    assert_eq!(browser.run("return sessionStorage.length").await?, 0);
    browser.close().await
}
