//! If no field of a feed implies a category, the category is predicted from the picture.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use garment_renderer::{Catalogue, render_product};
use image::{Rgb, RgbImage};
use stl_server::catalogue::Store;
use stl_server::catalogue::import::{ImportOptions, import};
use stl_server::networks::models::Models;
use stl_tests::{binaries, root};
use stl_types::Category;

/// Drawn products of each category. The category head was not trained on this seed.
const OF_EACH: usize = 3;
const SEED: u64 = 4711;

fn silent_line(id: &str) -> String {
    serde_json::json!({
        "id": id, "title": format!("Anna {id}"), "link": "https://shop.example/p", "image_link": format!("{id}.jpg"),
        "price": "19.95 EUR", "availability": "in_stock",
    })
    .to_string()
}

#[test]
fn silent_words_leave_the_category_to_the_picture() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let products = Catalogue::new(SEED, OF_EACH * Category::ALL.len());
    let mut lines = Vec::new();
    for index in 0..products.len() {
        render_product(&products.product(index)).save(folder.path().join(format!("{index}.jpg")))?;
        lines.push(silent_line(&index.to_string()));
    }
    // A picture of a blue plate.
    let plate = RgbImage::from_fn(300, 400, |x, y| {
        let is_plate = x.abs_diff(150).pow(2) + y.abs_diff(200).pow(2) < 120 * 120;
        if is_plate { Rgb([30, 60, 160]) } else { Rgb([255; 3]) }
    });
    plate.save(folder.path().join("plate.jpg"))?;
    lines.push(silent_line("plate"));
    fs::write(folder.path().join("products.jsonl"), lines.join("\n"))?;

    let catalogue = folder.path().join("catalogue");
    let options = ImportOptions { threads: 2, ..ImportOptions::default() };
    let models = Models::open(&root().join("models"))?;
    let report = import(folder.path(), &catalogue, &models, &options, |_, _| {})?;
    let (_, articles) = Store::open(&catalogue)?.read()?;
    assert_eq!(report.predicted, articles.len());
    let mut right = 0;
    for article in &articles {
        assert!(article.category_predicted, "{} is marked", article.id);
        let index: usize = article.id.parse()?;
        let expected = Category::ALL[index % Category::ALL.len()];
        right += usize::from(article.category == expected);
        println!("{}: {} expected, {} predicted", article.title, expected, article.category);
    }
    assert!(right * 10 >= articles.len() * 9, "{right} of {} are right", articles.len());
    assert!(articles.len() * 4 >= products.len(), "{} of {} are probable enough", articles.len(), products.len());
    let left_out: Vec<_> = report.left_out.iter().map(|problem| (problem.line, problem.field)).collect();

    // The export marks predicted categories, and the import accepts them.
    let (out, again) = (folder.path().join("out"), folder.path().join("again"));
    let export = Command::new(binaries().join("shop-the-look"))
        .args(["catalogue", "export"])
        .args([out.as_os_str(), "--catalogue".as_ref(), catalogue.as_os_str()])
        .status()?;
    assert!(export.success(), "{export}");
    import(&out, &again, &models, &options, |_, _| {})?;
    let exported = |catalogue: &Path| -> Result<Vec<(String, Category, bool)>> {
        let (_, articles) = Store::open(catalogue)?.read()?;
        let exported = articles.into_iter().map(|article| (article.id, article.category, article.category_predicted));
        Ok(exported.collect())
    };
    assert_eq!(exported(&again)?, exported(&catalogue)?);
    assert!(left_out.contains(&(products.len() + 1, "category")), "a plate is not a garment: {left_out:?}");
    Ok(())
}
