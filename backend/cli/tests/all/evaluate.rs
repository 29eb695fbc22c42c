//! Measuring the networks on a drawn test set, through the command line.

use std::path::Path;
use std::process::{Command, Output};

use garment_renderer::{Catalogue, DrawnLook, render_product};
use image::{GrayImage, ImageFormat, Luma, Rgb, RgbImage};
use serde_json::{Value, json};
use stl_types::{Category, Class};

use crate::program::text;
use crate::support::{encoded, models, png, rectangle};

const PHOTO: (u32, u32) = (96, 128);

/// A head, a red shirt and blue trousers before grey, and their label map.
fn look(shirt: [u8; 3]) -> (RgbImage, GrayImage) {
    let (mut photo, mut labels) =
        (RgbImage::from_pixel(PHOTO.0, PHOTO.1, Rgb([128; 3])), GrayImage::new(PHOTO.0, PHOTO.1));
    for (class, colour, columns, rows) in [
        (Class::Skin, [220, 180, 150], 40..56, 8..26),
        (Class::Shirts, shirt, 28..68, 26..70),
        (Class::Trousers, [20, 40, 190], 34..62, 70..124),
    ] {
        for (x, y) in columns.flat_map(|x| rows.clone().map(move |y| (x, y))) {
            photo.put_pixel(x, y, Rgb(colour));
            labels.put_pixel(x, y, Luma([class as u8]));
        }
    }
    (photo, labels)
}

/// Twelve shirts and twelve trousers of different colours, and three looks of which two wear known articles.
fn write_set(folder: &Path, kind: &str) {
    let head = json!({"name": "drawn", "about": "Rectangles", "kind": kind});
    std::fs::write(folder.join("testset.json"), head.to_string()).expect("written");
    let (mut articles, mut queries) = (Vec::new(), Vec::new());
    for index in 0..12_u8 {
        let shade = 20 * index;
        for (category, colour) in [(Category::Shirts, [shade, 20, 30]), (Category::Trousers, [20, shade, 190])] {
            let (id, image) = (format!("{category}-{index}"), format!("{category}-{index}.png"));
            std::fs::write(folder.join(&image), png(&rectangle(60, 80, colour))).expect("written");
            let article = json!({"id": id, "image": image, "category": category, "gender": ""});
            articles.push(article.to_string());
        }
    }
    for (index, article) in [Some("shirts-10"), Some("shirts-0"), None].into_iter().enumerate() {
        let (photo, labels) = look(if index == 0 { [200, 20, 30] } else { [0, 20, 30] });
        let (photo_name, labels_name) = (format!("q{index}.jpg"), format!("q{index}.png"));
        std::fs::write(folder.join(&photo_name), encoded(&photo.into(), ImageFormat::Jpeg)).expect("written");
        std::fs::write(folder.join(&labels_name), png(&labels.into())).expect("written");
        let garments = json!([
            {"category": "shirts", "article": article}, {"category": "trousers", "article": "trousers-2"},
        ]);
        let slices = json!({"light": if index == 0 { "bright" } else { "dark" }});
        let query = json!({
            "id": format!("q{index}"), "photo": photo_name, "labels": labels_name, "garments": garments,
            "slices": slices,
        });
        queries.push(query.to_string());
    }
    std::fs::write(folder.join("articles.jsonl"), articles.join("\n")).expect("written");
    std::fs::write(folder.join("queries.jsonl"), queries.join("\n")).expect("written");
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    Command::new(env!("CARGO_BIN_EXE_shop-the-look"))
        .current_dir(folder)
        .env("SHOP_THE_LOOK_MODELS", models)
        .arg("evaluate")
        .args(arguments)
        .output()
        .expect("the program runs")
}

fn written(folder: &Path, name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join(name)).expect("a file")).expect("JSON")
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// The row of a method and a kind of query.
fn row<'a>(set: &'a Value, method: &str, query: Option<&str>) -> &'a Value {
    let rows = set["rows"].as_array().expect("rows");
    rows.iter().find(|row| row["method"] == method && row["query"] == json!(query)).expect(method)
}

#[test]
fn retrieval_prints_a_table_and_writes_every_figure() {
    let folder = tempfile::tempdir().expect("a folder");
    write_set(folder.path(), "retrieval");
    let output = run(folder.path(), &["retrieval", ".", "--json", "figures.json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let table = text(&output.stdout);
    assert!(table.starts_with("drawn: 3 photos, 6 garments, 24 articles\nRectangles\n"), "{table}");
    for line in ["match, garment ", "match, person, no segmentation ", "colour oracle ", "top-10 by light"] {
        assert!(table.contains(line), "{line} in\n{table}");
    }
    assert!(text(&output.stderr).contains("left out: the rows of ImageNet features"), "{}", text(&output.stderr));

    let figures = written(folder.path(), "figures.json");
    assert_eq!(keys(&figures), ["intervals", "networks", "same_colour_delta_e", "sets"]);
    let files: Vec<String> = models().sha256_by_file().into_keys().map(str::to_owned).collect();
    assert_eq!(keys(&figures["networks"]), files);
    assert!(files.len() >= 5 && files.contains(&"fashion2shop-match.safetensors".to_owned()), "{files:?}");
    let set = &figures["sets"][0];
    assert_eq!(keys(set), ["about", "articles", "garments", "name", "queries", "rows"]);
    assert_eq!(set["rows"].as_array().expect("rows").len(), 4 + 1 + 3 + 3 + 2 + 1);
    let histogram = row(set, "histogram", Some("garment-true"));
    assert_eq!(keys(histogram), ["all", "by_category", "by_slice", "method", "query"]);
    assert_eq!(
        keys(&histogram["all"]),
        [
            "category_precision_10",
            "delta_e",
            "delta_e_random",
            "delta_e_ratio",
            "found",
            "garments",
            "mean_rank",
            "median_rank",
            "same_colour",
            "top_1",
            "top_10",
            "top_1_percent",
            "top_20",
            "top_5",
            "top_50",
            "with_article"
        ]
    );
    assert_eq!(keys(&histogram["all"]["top_1"]), ["high", "low", "value"]);
    assert_eq!((&histogram["all"]["garments"], &histogram["all"]["with_article"]), (&json!(6), &json!(5)));
    assert_eq!(histogram["by_slice"]["light"]["dark"]["garments"], 4);
    // The label map shows the very colours of the articles: the oracle finds all of them.
    let oracle = row(set, "colour-oracle", None);
    assert_eq!((&oracle["all"]["top_1"]["value"], &oracle["all"]["mean_rank"]["value"]), (&json!(1.0), &json!(1.0)));
    let random = row(set, "random", None);
    assert_eq!(random["all"]["mean_rank"]["value"], 6.5);
    assert_eq!(random["by_category"]["shirts"]["top_1"]["value"], 0.0833);
    assert_eq!(row(set, "match", Some("garment-true"))["all"]["found"]["value"], 1.0);
}

#[test]
fn a_second_run_gives_the_same_figures_and_rows_can_be_chosen() {
    let folder = tempfile::tempdir().expect("a folder");
    write_set(folder.path(), "retrieval");
    let chosen = ["retrieval", ".", "--mode", "person", "--method", "match", "--method", "random", "--limit", "2"];
    for json in ["first.json", "second.json"] {
        let output = run(folder.path(), &[&chosen[..], &["--json", json]].concat());
        assert!(output.status.success() && !text(&output.stderr).contains("ImageNet"), "{}", text(&output.stderr));
    }
    let figures = written(folder.path(), "first.json");
    assert_eq!(figures, written(folder.path(), "second.json"));
    assert_eq!(figures["sets"][0]["rows"].as_array().expect("rows").len(), 2);
    assert_eq!(figures["sets"][0]["queries"], 2);
}

#[test]
fn segmentation_is_compared_with_label_maps() {
    let folder = tempfile::tempdir().expect("a folder");
    write_set(folder.path(), "segmentation");
    let output = run(folder.path(), &["segmentation", ".", "--json", "figures.json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("light: dark"), "{}", text(&output.stdout));
    let figures = written(folder.path(), "figures.json");
    let set = &figures["sets"][0];
    assert_eq!(keys(set), ["about", "all", "by_slice", "name", "threads"]);
    assert_eq!(
        keys(&set["all"]),
        [
            "boundary_f",
            "boundary_f_worst_tenth",
            "class_iou",
            "foreground_iou",
            "foreground_iou_worst_tenth",
            "garment_iou",
            "iou_by_class",
            "median_ms",
            "photos"
        ]
    );
    let iou = set["all"]["foreground_iou"]["value"].as_f64().expect("a number");
    assert!((0.0..=1.0).contains(&iou), "{iou}");
    assert!(set["all"]["iou_by_class"]["trousers"].is_object());
}

#[test]
fn the_whole_way_is_measured_from_the_photo_to_the_row() {
    let folder = tempfile::tempdir().expect("a folder");
    write_set(folder.path(), "retrieval");
    let output = run(folder.path(), &["way", ".", "--categories", "predicted", "--json", "figures.json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let table = text(&output.stdout);
    let first = "drawn: 3 photos, 5 garments, 24 articles of predicted categories\nRectangles\n";
    assert!(table.starts_with(first), "{table}");
    assert!(table.contains("free top-10") && table.contains("trousers (3)"), "{table}");
    let figures = written(folder.path(), "figures.json");
    let set = &figures["sets"][0];
    assert_eq!(
        keys(set),
        ["about", "all", "article_categories", "articles", "by_category", "name", "photos", "rows_per_photo"]
    );
    assert_eq!(keys(&set["all"]), ["category_free", "found", "garments", "in_row", "row", "weak_below"]);
    assert_eq!(keys(&set["all"]["row"]), ["top_1", "top_10", "top_50"]);
    let articles: u64 = set["articles"].as_object().expect("categories").values().filter_map(Value::as_u64).sum();
    assert_eq!((articles, &set["article_categories"], &set["all"]["garments"]), (24, &json!("predicted"), &json!(5)));
    let share = |name: &str| set["all"][name]["value"].as_f64().expect("a share");
    assert!(share("in_row") <= share("found") && share("found") <= 1.0);
    // Without label maps it is not known which row is the worn garment's.
    let queries = std::fs::read_to_string(folder.path().join("queries.jsonl")).expect("a file");
    let without: Vec<String> = (0..3).map(|index| format!(r#""labels":"q{index}.png","#)).collect();
    let queries = without.iter().fold(queries, |queries, labels| queries.replace(labels, ""));
    std::fs::write(folder.path().join("queries.jsonl"), queries).expect("written");
    let output = run(folder.path(), &["way", "."]);
    let said = text(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains("expected labels, got none"), "{said}");
}

/// Drawn people who wear some of 240 products.
fn write_people(folder: &Path, people: usize) {
    let catalogue = Catalogue::new(9, 240);
    let head = json!({"name": "people", "about": "Drawn", "kind": "retrieval"});
    std::fs::write(folder.join("testset.json"), head.to_string()).expect("written");
    let article = |at: usize| {
        let product = catalogue.product(at);
        let image = format!("{}.jpg", product.id);
        let file = encoded(&render_product(&product).into(), ImageFormat::Jpeg);
        std::fs::write(folder.join(&image), file).expect("written");
        json!({"id": product.id, "image": image, "category": product.category, "gender": ""}).to_string()
    };
    let query = |number: usize| {
        let look = DrawnLook::new(3, number, &catalogue);
        let picture = look.render();
        let (photo, labels) = (format!("{}.jpg", look.id()), format!("{}.png", look.id()));
        std::fs::write(folder.join(&photo), encoded(&picture.image.into(), ImageFormat::Jpeg)).expect("written");
        std::fs::write(folder.join(&labels), png(&picture.labels.into())).expect("written");
        let worn = look.products().iter().map(|product| json!({"category": product.category, "article": product.id}));
        let garments: Vec<Value> = worn.collect();
        json!({"id": look.id(), "photo": photo, "labels": labels, "garments": garments}).to_string()
    };
    let articles: Vec<String> = (0..240).map(article).collect();
    let queries: Vec<String> = (0..people).map(query).collect();
    std::fs::write(folder.join("articles.jsonl"), articles.join("\n")).expect("written");
    std::fs::write(folder.join("queries.jsonl"), queries.join("\n")).expect("written");
}

#[test]
fn numbers_find_the_articles_of_the_cut_out_from_the_photo_on() {
    let folder = tempfile::tempdir().expect("a folder");
    write_people(folder.path(), 6);
    let output = run(folder.path(), &["way", ".", "--numbers", "--json", "figures.json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let table = text(&output.stdout);
    assert!(table.contains("\nby numbers ") && table.contains("Δ top-10"), "{table}");
    let set = &written(folder.path(), "figures.json")["sets"][0];
    let by_numbers = &set["by_numbers"];
    assert_eq!(
        keys(by_numbers),
        ["common", "garment_rows", "lowest_common", "other_common", "other_rows", "row", "row_difference"]
    );
    assert!(by_numbers["garment_rows"].as_u64().expect("a count") >= 6, "{by_numbers}");
    let value = |of: &Value| of["value"].as_f64().expect("a share");
    assert!(value(&by_numbers["common"]) >= 0.98 && value(&by_numbers["other_common"]) >= 0.98, "{by_numbers}");
    // Each figure is rounded to four decimals.
    for depth in ["top_1", "top_10", "top_50"] {
        let difference = value(&by_numbers["row"][depth]) - value(&set["all"]["row"][depth]);
        assert!((difference - value(&by_numbers["row_difference"][depth])).abs() < 2e-4, "{depth}: {by_numbers}");
    }
}

#[test]
fn garments_are_compared_with_label_maps() {
    let folder = tempfile::tempdir().expect("a folder");
    write_set(folder.path(), "segmentation");
    let output = run(folder.path(), &["garments", ".", "--limit", "2", "--json", "figures.json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with("drawn: 2 photos\nRectangles\n"), "{}", text(&output.stdout));
    let set = &written(folder.path(), "figures.json")["sets"][0];
    assert_eq!(set["worn"]["value"], 2.0, "a shirt and trousers");
    let mean = |name: &str| set[name]["value"].as_f64().expect("a mean");
    assert!((mean("rows") - mean("spurious") - (mean("worn") - mean("missed"))).abs() < 1e-9, "{set}");
}

#[test]
fn a_sheet_is_a_jpeg_with_a_block_for_each_photo() {
    let folder = tempfile::tempdir().expect("a folder");
    write_set(folder.path(), "retrieval");
    let output = run(folder.path(), &["sheet", ".", "--out", "sheet.jpg", "--count", "3"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let file = std::fs::read(folder.path().join("sheet.jpg")).expect("a file");
    assert_eq!(image::guess_format(&file).expect("a picture"), ImageFormat::Jpeg);
    let sheet = image::load_from_memory(&file).expect("a picture");
    assert!(sheet.width() > 2000 && sheet.height() > 800, "{}×{}", sheet.width(), sheet.height());
}

#[test]
fn damaged_test_sets_are_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    write_set(folder.path(), "retrieval");
    for (arguments, expected) in [
        (&["segmentation", "."][..], "is a test set for Retrieval: expected one for Segmentation"),
        (&["retrieval", "nowhere"], "testset.json cannot be read"),
        (&["retrieval", ".", "--method", "imagenet"], "give --imagenet FILE.onnx"),
    ] {
        let output = run(folder.path(), arguments);
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(1) && said.contains(expected), "expected {expected}, got {said}");
    }
    let labels = GrayImage::from_pixel(PHOTO.0, PHOTO.1 + 1, Luma([3]));
    std::fs::write(folder.path().join("q1.png"), png(&labels.into())).expect("written");
    let output = run(folder.path(), &["retrieval", "."]);
    let said = text(&output.stderr);
    assert!(said.contains("q1.png cannot be measured") && said.contains("expected 96×128 pixels"), "{said}");
}
