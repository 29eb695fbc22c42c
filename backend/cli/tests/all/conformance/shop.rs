//! A small shop with all that a catalogue keeps: sizes, colours, further pictures, labels, sales, markets, rules. In: a folder. Out: the
//! shop's files in it.

use std::fs;

use image::DynamicImage;
use serde_json::{Value, json};

use crate::cluster::machines::Machines;
use crate::support::{BLUE, GREEN, RED, png, rectangle};

const TAN: [u8; 3] = [200, 170, 90];
const GREY: [u8; 3] = [90, 90, 95];

/// Changes of prices and stock by the id of a product, of a size, of a group, and of nobody.
const PRICES: &str = "id\tprice\tavailability\n\
    shirts-a\t19.00 EUR\t\ns-36\t18.00 EUR\tout of stock\nsized\t\tbackorder\nnobody\t1 EUR\t\n";

/// Rules of all kinds, one of them of a market.
const RULES: &str = r#"# ours
[[rule]]
name = "first"
action = "pin"
position = 1
id = "shirts-b"
market = "ch"

[[rule]]
name = "red"
action = "boost"
by = 1.0
color = "red"

[[rule]]
name = "recalled"
action = "exclude"
id = "tops-b"
"#;

/// Writes feeds, changes, rules and the table of categories.
pub(super) fn write(machines: &Machines) {
    let file = |name: &str, text: &str| fs::write(machines.at(name), text).expect("written");
    let all = all();
    write_feed(machines, "shop", &all);
    write_feed(machines, "few", &all[..4]);
    let other_ids = all.iter().cloned().map(|mut row| {
        if let Some(id) = row["id"].as_str().filter(|id| id.starts_with("tops")) {
            row["id"] = format!("{id}-2").into();
        }
        row
    });
    write_feed(machines, "renumbered", &other_ids.collect::<Vec<_>>());
    let swiss = [
        row("shirts-b", "Chemise b", "green.png", "35.00 CHF", "shirts"),
        row("shirts-d", "Chemise d", "grey.png", "55.00 CHF", "shirts"),
        row("skirts-a", "Jupe a", "grey.png", "45.00 CHF", "skirts"),
    ];
    write_feed(machines, "ch", &swiss);
    write_feed(machines, "fr", &[row("x", "Robe x", "tan.png", "99.00 EUR", "dresses")]);
    file("table.txt", "Strick → jumpers\nOutlet → none\n");
    file("prices.tsv", PRICES);
    file("nothing.jsonl", r#"{"id": "nobody", "price": "1 EUR"}"#);
    file("sale.jsonl", r#"{"id": "tops-b", "price": "16 EUR", "sale_price": "9.50 EUR"}"#);
    file("ch.jsonl", r#"{"id": "shirts-b", "price": "33 CHF"}"#);
    file("euros.jsonl", r#"{"id": "skirts-a", "price": "45 EUR"}"#);
    file("francs.jsonl", r#"{"id": "skirts-a", "price": "45 CHF"}"#);
    file("rules.toml", RULES);
    file("plain.toml", "[[rule]]\nname = \"recalled\"\naction = \"exclude\"\nid = \"tops-b\"\n");
    file("odd.toml", "[[rule]]\nname = \"x\"\naction = \"exclude\"\nid = \"nobody\"\n");
    file("wrong.toml", "[[rule]]\nname = \"x\"\naction = \"exclude\"\n");
    file("feeds.toml", "[[feed]]\nurl = \"https://shop.example/feed.xml\"\nevery = \"1 h\"\n");
}

/// The shop's products. `green.png` is a product's picture and a further one of another; `tan.png` and `tan-again.png` are the same file.
fn all() -> Vec<Value> {
    let with = |mut row: Value, more: Value| {
        for (name, value) in more.as_object().into_iter().flatten() {
            row[name] = value.clone();
        }
        row
    };
    let sized = |id: &str, picture: &str, color: &str, size: &str| {
        let more = json!({"item_group_id": "sized", "color": color, "size": size, "size_system": "EU"});
        with(row(id, &format!("Skirt {size}"), picture, "20.00 EUR", "skirts"), more)
    };
    let told = |id: &str, title: &str, picture: &str, product_type: &str| {
        let mut row = with(row(id, title, picture, "50.00 EUR", ""), json!({ "product_type": product_type }));
        row.as_object_mut().map(|row| row.remove("category"));
        row
    };
    vec![
        with(
            row("shirts-a", "Shirt a", "red.png", "20.00 EUR", "shirts"),
            json!({"additional_image_link": ["worn.png", "green.png"]}),
        ),
        with(row("shirts-b", "Shirt b", "green.png", "30.00 EUR", "shirts"), json!({"color": "green"})),
        with(
            row("shirts-c", "Shirt c", "blue.png", "40.00 EUR", "shirts"),
            json!({"color": "navy/white", "availability": "out_of_stock"}),
        ),
        row("skirts-a", "Skirt a", "grey.png", "25.00 EUR", "skirts"),
        row("tops-a", "Top a", "red.png", "15.00 EUR", "tops"),
        row("tops-b", "Top b", "tan.png", "16.00 EUR", "tops"),
        row("tops/c ü", "Top c", "blue.png", "17.00 EUR", "tops"),
        told("knit", "Anna", "tan-again.png", "Damen > Strick"),
        told("outlet", "Kleid Dora", "tan.png", "Outlet"),
        told("boots", "Stiefel Eva", "tan.png", "Schuhe"),
        with(sized("s-36", "red.png", "red", "36"), json!({"gtin": "4006381333931"})),
        with(
            sized("s-38", "red.png", "red", "38"),
            json!({"sale_price": "15.00 EUR", "sale_price_effective_date": "2020-01-01T00:00Z/2999-01-01T00:00Z"}),
        ),
        sized("b-36", "blue.png", "blue", "36"),
    ]
}

fn row(id: &str, title: &str, picture: &str, price: &str, category: &str) -> Value {
    json!({
        "id": id, "title": title, "description": "Drawn", "link": format!("https://shop.example/{id}"), "image_link": picture,
        "price": price, "availability": "in_stock", "brand": "Atelier", "color": "red", "gender": "Unisex",
        "product_type": "Clothing", "category": category, "age_group": "adult", "material": "cotton/linen", "pattern": "plain",
        "custom_label_2": "AW26", "Season": "AW26",
    })
}

fn write_feed(machines: &Machines, name: &str, rows: &[Value]) {
    let folder = machines.at(name);
    fs::create_dir(&folder).expect("a folder");
    let pictures: [(&str, DynamicImage); 7] = [
        ("red.png", rectangle(90, 120, RED)),
        ("green.png", rectangle(120, 160, GREEN)),
        ("blue.png", rectangle(90, 120, BLUE)),
        ("grey.png", rectangle(100, 130, GREY)),
        ("worn.png", rectangle(300, 400, RED)),
        ("tan.png", rectangle(100, 140, TAN)),
        ("tan-again.png", rectangle(100, 140, TAN)),
    ];
    for (name, picture) in pictures {
        fs::write(folder.join(name), png(&picture)).expect("written");
    }
    let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
    fs::write(folder.join("products.jsonl"), lines.join("\n") + "\n").expect("written");
}
