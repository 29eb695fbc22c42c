//! What people wear with a product: the API's answer for a drawn shop whose products have pictures of people.

use anyhow::{Context as _, Result};
use stl_tests::{Server, WornShop};
use stl_types::Layer;
use stl_types::wire::ProductLooks;

fn looks(server: &Server, id: &str, parameters: &str) -> Result<ProductLooks> {
    let (status, body) = server.get(&format!("/api/v1/products/{id}/looks{parameters}"))?;
    anyhow::ensure!(status == 200, "{status}: {}", String::from_utf8_lossy(&body));
    Ok(serde_json::from_slice(&body)?)
}

#[test]
fn a_products_looks_are_of_the_garments_beside_it() -> Result<()> {
    let shop = WornShop::import()?;
    let server = Server::start_with(&["--catalogue", &shop.catalogue()])?;
    let (mut with_others, mut with_look, mut beside, mut found) = (0, 0, 0, 0);
    for worn in &shop.outfits {
        for product in worn {
            let answer = looks(&server, &product.id, "")?;
            assert_eq!(answer, looks(&server, &product.id, "")?, "the same again");
            let is_replaced = |layer: Layer| {
                let is_whole = |layer| layer == Layer::Whole;
                layer == product.category.layer()
                    || layer != Layer::Outer
                        && product.category.layer() != Layer::Outer
                        && is_whole(layer) != is_whole(product.category.layer())
            };
            let others: Vec<&str> =
                worn.iter().filter(|other| !is_replaced(other.category.layer())).map(|other| &*other.id).collect();
            with_others += usize::from(!others.is_empty());
            let Some(look) = answer.looks.first() else {
                println!("{}: no look, beside {others:?}", product.title);
                continue;
            };
            with_look += 1;
            beside += others.len();
            // The first further picture is flat: it shows nobody.
            assert!(look.picture.starts_with(&format!("/api/v1/images/{}/2?v=", product.id)), "{}", look.picture);
            assert!(!look.categories.is_empty() && answer.looks.len() == 1);
            for row in &look.categories {
                let layer = row.garment.context("a garment")?.layer;
                assert!(!is_replaced(layer), "{layer} beside {}", product.category);
                assert!((1..=12).contains(&row.cards.len()) && row.further.is_empty(), "{} cards", row.cards.len());
                assert!(row.cards.iter().all(|card| card.product.id != product.id), "not the product itself");
            }
            let first_three = look.categories.iter().flat_map(|row| row.cards.iter().take(3));
            let near: Vec<&str> = first_three.map(|card| &*card.product.id).collect();
            let found_here = others.iter().filter(|id| near.contains(id)).count();
            println!("{}: {found_here} of {others:?}", product.title);
            found += found_here;
            let one = looks(&server, &product.id, "?limit=1")?;
            assert!(one.looks[0].categories.iter().all(|row| row.cards.len() == 1));
        }
    }
    println!("{with_look} of {with_others} products have a look");
    println!("{found} of {beside} products that are worn beside another are among the first three of a row");
    // A person of whom the segmenter is not sure is no look.
    assert!(with_look >= 4 && 2 * with_look >= with_others, "{with_look} of {with_others}");
    assert!(3 * found >= 2 * beside, "{found} of {beside}");
    assert_eq!(looks(&server, &shop.alone.id, "")?.looks, Vec::new(), "nobody wears it");
    Ok(())
}
