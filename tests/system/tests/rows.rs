//! Rows of garments: their names, the choice of one of their categories, the garment that the visitor chose.

use anyhow::Result;
use serde_json::json;
use stl_tests::{Browser, Recorder, Server};
use stl_types::wire::paths;

/// Changes the first row of each answer: its garment is likely of two categories and looks like a coat, and each second card is of
/// the second category.
const TWO_CATEGORIES: &str = "const ask = window.fetch;
    window.fetch = async (url, options) => {
        const response = await ask(url, options);
        const inTurn = (product, at) => { product.category = at % 2 ? 'tops' : 't-shirts'; };
        if (String(url).includes('/api/v1/products?')) {
            const products = await response.json();
            products.forEach(inTurn);
            return new Response(JSON.stringify(products));
        }
        if (!String(url).includes('/api/v1/search')) return response;
        const answer = await response.json();
        const row = answer.categories[0];
        row.category = 't-shirts';
        row.likely = [{category: 't-shirts', probability: 0.6}, {category: 'tops', probability: 0.35}];
        row.garment.outerwear = true;
        row.cards.forEach(inTurn);
        return new Response(JSON.stringify(answer), {status: response.status});
    };";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_of_two_categories_says_so_and_can_be_narrowed() -> Result<()> {
    let server = Server::start()?;
    let browser = Browser::start(None).await?;
    browser.open(&server.origin).await?;
    browser.find("sample").await?;
    browser.run(TWO_CATEGORIES).await?;
    browser.run("document.querySelector('[data-testid=sample]').click()").await?;
    browser.results().await?;
    let shown = "const row = document.querySelector('[data-testid=category]');
        return [row.querySelector('h3').textContent, row.querySelector('.category__head p').textContent,
            [...row.querySelectorAll('[data-testid=narrow]')].map(choice => [choice.textContent, choice.ariaPressed]),
            row.querySelector('[data-testid=outerwear]').textContent.includes('coat'),
            row.querySelectorAll('[data-testid=card]').length]";
    let all = json!([["All", "true"], ["T-shirts", "false"], ["Tops", "false"]]);
    assert_eq!(browser.run(shown).await?, json!(["T-shirts and tops", "50 pieces", all, true, 10]));
    let ids = "return [...document.querySelector('[data-testid=category]').querySelectorAll('[data-testid=card]')]
        .map(card => card.dataset.productId)";
    let before: Vec<String> = serde_json::from_value(browser.run(ids).await?)?;
    browser.run("document.querySelector('[data-only=tops]').click()").await?;
    let narrowed = json!([["All", "false"], ["T-shirts", "false"], ["Tops", "true"]]);
    let narrowed = json!(["T-shirts and tops", "25 pieces", narrowed, true, 10]);
    let settled = format!(
        "const seen = (() => {{ {shown} }})();
        return seen[1] === '25 pieces' ? seen : null"
    );
    assert_eq!(browser.wait_for(&settled, "the cards of all of the row").await?, narrowed);
    let after: Vec<String> = serde_json::from_value(browser.run(ids).await?)?;
    let expected: Vec<&String> = before.iter().skip(1).step_by(2).collect();
    assert_eq!(after.iter().take(5).collect::<Vec<_>>(), expected, "in the same order, without the others");
    browser.run("document.querySelector('[data-only=all]').click()").await?;
    assert_eq!(browser.run(ids).await?, json!(before));
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_chosen_garment_comes_first_without_another_search() -> Result<()> {
    let server = Server::start()?;
    let recorder = Recorder::start().await?;
    let browser = Browser::start(Some(&recorder)).await?;
    browser.search_sample(&server.origin).await?;
    let searches = || recorder.requests().iter().filter(|request| request.uri.path() == paths::SEARCH).count();
    assert_eq!(searches(), 1);
    let names =
        "return [...document.querySelectorAll('.results > [data-testid=category] h3')].map(name => name.textContent)";
    let before: Vec<String> = serde_json::from_value(browser.run(names).await?)?;
    assert!(before.len() > 1, "the look has several garments: {before:?}");
    let last = before.last().cloned().unwrap_or_default();
    let press = format!(
        "const chip = [...document.querySelectorAll('[data-testid=garment]')].find(chip => chip.textContent === {});
        chip.click();
        return chip.textContent",
        json!(last)
    );
    assert_eq!(browser.run(&press).await?, json!(last), "a garment is called as its row");
    let settled = format!("if (document.querySelector('[aria-busy=true]')) return null; {names}");
    let after: Vec<String> = serde_json::from_value(browser.wait_for(&settled, "the rows").await?)?;
    let mut expected = before.clone();
    expected.rotate_right(1);
    assert_eq!(after, expected);
    assert_eq!(searches(), 1, "the answer has all garments");
    browser.close().await
}
