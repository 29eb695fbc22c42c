//! Sizes and colours: rows of one group, parents, and the options of exports.

use super::*;
use crate::catalogue::variant::Variant;

/// A tab-separated feed with these columns after those that every product needs, and a row for each id.
fn table(columns: &str, rows: &[(&str, &str)]) -> Feed {
    let mut text = format!("id\ttitle\tlink\timage_link\tprice\tavailability\t{columns}\n");
    for (id, more) in rows {
        text.push_str(&format!(
            "{id}\tLinen shirt\thttps://shop.example/{id}\thttps://cdn.example/{id}.jpg\t20 EUR\tin_stock\t{more}\n"
        ));
    }
    read_bytes("feed.tsv", text.as_bytes(), &FeedOptions::default()).expect("a feed")
}

/// Each row's id, colour, and sizes with their ids.
fn articles(feed: &Feed) -> Vec<(&str, &str, Vec<String>)> {
    let size = |variant: &Variant| format!("{}={}", variant.id, variant.size);
    feed.rows.iter().map(|row| (row.id.as_str(), row.color.as_str(), row.variants.iter().map(size).collect())).collect()
}

fn sizes(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn rows_of_one_group_and_colour_are_one_article_whatever_their_pictures_are_called() {
    let rows = [
        ("w-s", "shirt\twhite\tS\tEU\t4006381333931"),
        ("n-m", "shirt\tNavy\tM\tEU\t"),
        ("w-m", "shirt\tWhite\tM\tEU\t"),
        ("n-l", "shirt\tnavy\tL\tEU\t"),
        ("one", "other\tnavy\tone size\t\t"),
        ("plain", "\tnavy\t\t\t"),
    ];
    let feed = table("item_group_id\tcolor\tsize\tsize_system\tgtin", &rows);
    let expected = [
        ("w-s", "white", sizes(&["w-s=S", "w-m=M"])),
        ("n-m", "Navy", sizes(&["n-m=M", "n-l=L"])),
        ("one", "navy", sizes(&["one=one size"])),
        ("plain", "navy", sizes(&[])),
    ];
    assert_eq!((articles(&feed), feed.merged, feed.problems.len()), (expected.to_vec(), 2, 0));
    let first = &feed.rows[0].variants[0];
    assert_eq!((&*first.size_system, &*first.gtin, &*first.link), ("EU", "4006381333931", "https://shop.example/w-s"));
    assert_eq!(feed.rows[0].group, "shirt");
}

#[test]
fn what_google_lets_differ_within_a_group_parts_articles() {
    let rows = [
        ("a", "g\twhite\tdots\tmale\tS"),
        ("b", "g\twhite\tstripes\tmale\tS"),
        ("c", "g\twhite\tdots\tfemale\tS"),
        ("d", "g\twhite\tDots\tmale\tM"),
        ("e", "g\twhite\t\t\tL"),
    ];
    let feed = table("item_group_id\tcolor\tpattern\tgender\tsize", &rows);
    let found: Vec<(&str, usize)> = feed.rows.iter().map(|row| (row.id.as_str(), row.variants.len())).collect();
    assert_eq!(found, [("a", 3), ("b", 1), ("c", 1)]);
}

#[test]
fn a_title_loses_the_size_of_a_row_in_a_group() {
    let line = |id: &str, group: &str| {
        format!(
            r#"{{"id": "{id}", "title": "Linen shirt - {id}", "link": "https://shop.example/{id}", "size": "{id}",
            "image_link": "https://cdn.example/1.jpg", "price": "9 EUR", "availability": "in stock"{group}}}"#
        )
        .replace('\n', " ")
    };
    let text = [line("M", r#", "item_group_id": "g""#), line("L", "")].join("\n");
    let (rows, _) = read_text("feed.jsonl", &text, &FeedOptions::default()).expect("a feed");
    assert_eq!((rows[0].title.as_str(), rows[1].title.as_str()), ("Linen shirt", "Linen shirt - L"));
}

#[test]
fn a_parent_that_repeats_its_variants_is_no_article() {
    // As Google's feeds from shop systems: the parent's id is the group's, and it has no size.
    let rows = [
        ("shirt", "\twhite\t"),
        ("s", "shirt\twhite\tS"),
        ("m", "shirt\twhite\tM"),
        // Here the group is called after its first variant.
        ("top-s", "top-s\tred\tS"),
        ("top-m", "top-s\tred\tM"),
        // Nothing is left of this one but the parent.
        ("skirt", "\tred\t"),
    ];
    let feed = table("item_group_id\tcolor\tsize", &rows);
    let expected = [
        ("s", "white", sizes(&["s=S", "m=M"])),
        ("top-s", "red", sizes(&["top-s=S", "top-m=M"])),
        ("skirt", "red", sizes(&[])),
    ];
    assert_eq!((articles(&feed), feed.merged), (expected.to_vec(), 3));
}

#[test]
fn exports_that_name_the_parent_by_its_sku_are_understood_and_variants_take_its_texts() {
    let text = "id;sku;parent_sku;parentage;title;link;image_link;price;availability;color;size;brand\n\
        1;shirt;;parent;Linen shirt;https://shop.example/1;https://cdn.example/1.jpg;;;;;Example\n\
        2;shirt-s;shirt;child;;;https://cdn.example/2.jpg;20 EUR;in stock;white;S;\n\
        3;shirt-m;shirt;child;;;;22 EUR;out of stock;white;M;\n\
        4;tie;nothing;child;Linen skirt;https://shop.example/4;https://cdn.example/4.jpg;9 EUR;in stock;white;;\n\
        5;dress;;parent;Dress;https://shop.example/5;https://cdn.example/5.jpg;;;;;Example\n";
    let feed = read_bytes("export.csv", text.as_bytes(), &FeedOptions::default()).expect("a feed");
    let expected = [("2", "white", sizes(&["2=S", "3=M"])), ("4", "white", sizes(&[]))];
    assert_eq!((articles(&feed), feed.merged), (expected.to_vec(), 2), "{:?}", feed.problems);
    let shirt = &feed.rows[0];
    assert_eq!((&*shirt.title, &*shirt.brand, &*shirt.link), ("Linen shirt", "Example", "https://shop.example/1"));
    assert_eq!((shirt.price.amount_minor, shirt.availability), (2000, Availability::InStock));
    // A parent without variants lacks what a product needs, which is told.
    let problems: Vec<(usize, &str)> = feed.problems.iter().map(|problem| (problem.line, problem.field)).collect();
    assert_eq!(problems, [(6, "price")]);
}

#[test]
fn a_list_of_variants_is_read_and_a_faulty_one_costs_itself() {
    let row = |variants: &str| {
        GOOD.replace('\n', " ").replace("a.png", "https://cdn.example/a.png").replace('}', ", \"variants\": ")
            + variants
            + "}\n"
    };
    let text = row(
        r#"[{"id": "s", "size": "S", "price": "18 EUR", "sale_price": "15 EUR", "availability": "in_stock"},
        {"id": "m", "size": "M", "price": "soon", "availability": "in_stock"},
        {"id": 7, "size": 38, "size_system": "EU", "price": "25 EUR", "availability": "preorder", "link": "https://shop.example/7"},
        {"size": "L", "price": "9 USD", "availability": "in_stock"}]"#,
    )
    .replace("\n  ", " ");
    let feed = read_bytes("feed.jsonl", text.as_bytes(), &FeedOptions::default()).expect("a feed");
    let [shirt] = &feed.rows[..] else { panic!("{feed:?}") };
    assert_eq!(articles(&feed), [("17", "", sizes(&["s=S", "7=38"]))]);
    assert_eq!((shirt.price.amount_minor, shirt.sale.as_ref().map(|sale| sale.amount_minor)), (1800, Some(1500)));
    let links: Vec<&str> = shirt.variants.iter().map(|variant| variant.link.as_str()).collect();
    assert_eq!(links, ["https://shop.example/17", "https://shop.example/7"]);
    let dropped: Vec<&str> = feed.dropped.iter().map(|note| note.field).collect();
    assert_eq!(dropped, ["price", "variants"]);
    let text = row(r#"[{"size": "S", "price": "0 EUR", "availability": "in_stock"}]"#);
    let feed = read_bytes("feed.jsonl", text.as_bytes(), &FeedOptions::default()).expect("a feed");
    assert_eq!((feed.rows.len(), feed.problems.len(), feed.problems[0].field), (0, 1, "price"));
}

#[test]
fn shopifys_options_are_sizes_and_colours() {
    let table = "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Price,\
        Variant Compare At Price,Variant Inventory Tracker,Variant Inventory Qty,Variant Barcode,Variant Image,Image Src,Image Position\n\
        shirt,Linen shirt,Farbe,Weiß,Größe,S,w-s,39.95,,shopify,0,4006381333931,https://cdn.example/w.jpg,https://cdn.example/w.jpg,1\n\
        shirt,,,Weiß,,M,w-m,39.95,59.95,shopify,2,,https://cdn.example/w.jpg,https://cdn.example/n.jpg,2\n\
        shirt,,,Navy,,S,n-s,44.95,,shopify,1,,https://cdn.example/n.jpg,https://cdn.example/all.jpg,3\n\
        jeans,Jeans,Waist,32,Length,34,,59,,,,,,https://cdn.example/j.jpg,1\n\
        top,Top,Color,Red,Size,M,,19,,,,,,https://cdn.example/t.jpg,1\n\
        top,,,Blue,,M,,19,,,,,,,\n\
        bag,Skirt,Title,Default Title,,,,19,,,,,,https://cdn.example/s.jpg,1\n";
    let feed = read_bytes("products.csv", table.as_bytes(), &euros()).expect("a feed");
    let expected = [
        ("shirt/Weiß", "Weiß", sizes(&["w-s=S", "w-m=M"])),
        ("shirt/Navy", "Navy", sizes(&["n-s=S"])),
        ("jeans", "", sizes(&["=32/34"])),
        // No picture tells its colours apart.
        ("top", "Red/Blue", sizes(&["=M", "=M"])),
        ("bag", "", sizes(&["="])),
    ];
    assert_eq!((articles(&feed), feed.problems.len()), (expected.to_vec(), 0));
    let [white, navy, ..] = &feed.rows[..] else { panic!("{feed:?}") };
    assert_eq!((white.group.as_str(), white.link.as_str()), ("shirt", "https://shop.example/products/shirt"));
    let address = |picture: &str| PictureSource::Address(format!("https://cdn.example/{picture}.jpg"));
    assert_eq!((&white.picture, &white.further_pictures), (&address("w"), &vec![address("all")]));
    assert_eq!((&navy.picture, &navy.further_pictures), (&address("n"), &vec![address("all")]));
    // Only M can be bought; it is reduced from its compare-at price.
    assert_eq!((white.price.amount_minor, white.sale.as_ref().map(|sale| sale.amount_minor)), (5995, Some(3995)));
    assert_eq!(
        (white.variants[0].gtin.as_str(), white.variants[0].availability),
        ("4006381333931", Availability::OutOfStock)
    );
}

#[test]
fn woocommerces_variations_are_sizes_and_colours() {
    let head = "ID,Type,SKU,Name,Published,In stock?,Sale price,Regular price,Categories,Images,Parent,\
        Attribute 1 name,Attribute 1 value(s),Attribute 2 name,Attribute 2 value(s)\n";
    let lines = "2,variable,tee,Tee,1,1,,,Tshirts,\"https://cdn.example/b.jpg, https://cdn.example/r.jpg, https://cdn.example/x.jpg\",,Color,\"Blue, Red\",Size,\"S, M\"\n\
        3,variation,tee-bs,Tee,1,1,,20,,https://cdn.example/b.jpg,tee,Color,Blue,Size,S\n\
        4,variation,tee-bm,Tee,1,0,,20,,,tee,Color,Blue,Size,M\n\
        5,variation,tee-rs,Tee,1,1,15,22,,https://cdn.example/r.jpg,id:2,Color,Red,Size,S\n\
        6,simple,top,Top,1,1,,9,Tops,https://cdn.example/t.jpg,,Size,\"S, M\",,\n";
    let feed = read_bytes("wc.csv", format!("{head}{lines}").as_bytes(), &euros()).expect("a feed");
    let expected = [
        ("2/Blue", "Blue", sizes(&["3=S", "4=M"])),
        ("2/Red", "Red", sizes(&["5=S"])),
        ("6", "", sizes(&["6=S", "6=M"])),
    ];
    assert_eq!((articles(&feed), feed.problems.len()), (expected.to_vec(), 0), "{:?}", feed.problems);
    let red = &feed.rows[1];
    assert_eq!((red.group.as_str(), red.link.as_str()), ("2", "https://shop.example/?p=2"));
    assert_eq!(red.sale.as_ref().map(|sale| sale.amount_minor), Some(1500));
    let further: Vec<String> = red.further_pictures.iter().map(ToString::to_string).collect();
    assert_eq!(further, ["https://cdn.example/x.jpg"]);
}

#[test]
fn a_size_takes_the_offer_of_its_row_and_what_is_no_list_of_sizes_is_told() {
    let row = |variants: &str| {
        GOOD.replace('\n', " ").replace("a.png", "https://cdn.example/a.png").replace('}', ", \"variants\": ")
            + variants
            + "}\n"
    };
    let read =
        |variants: &str| read_bytes("feed.jsonl", row(variants).as_bytes(), &FeedOptions::default()).expect("a feed");
    let feed = read(
        r#"[{"id": "s", "size": "S"}, {"size": "M", "availability": "preorder"}, {"size": "L", "price": "9 EUR"}, "XL"]"#,
    );
    let found: Vec<(&str, u64, Availability)> = (feed.rows[0].variants.iter())
        .map(|variant| (&*variant.size, variant.amount_minor, variant.availability))
        .collect();
    let expected =
        [("S", 1995, Availability::InStock), ("M", 1995, Availability::Preorder), ("L", 900, Availability::InStock)];
    assert_eq!(found, expected);
    assert_eq!(feed.dropped[0].fault.to_string(), "expected an object for each size, got a text");
    let feed = read(r#""S, M""#);
    assert_eq!((feed.rows.len(), feed.rows[0].variants.len()), (1, 0));
    assert_eq!(feed.dropped[0].to_string(), "feed.jsonl:1: variants: expected a list of objects, got a text");
}

#[test]
fn a_group_of_very_many_articles_is_read_in_little_time() {
    // Some feeds have one group for all of their rows. Where each is compared with each article, the time grows with the square of their number.
    let rows: Vec<(String, String)> =
        (0..20_000).map(|number| (format!("i{number}"), format!("all\tcolour {}\tS", number / 2))).collect();
    let rows: Vec<(&str, &str)> = rows.iter().map(|(id, more)| (id.as_str(), more.as_str())).collect();
    let feed = table("item_group_id\tcolor\tsize", &rows);
    assert_eq!((feed.rows.len(), feed.merged, feed.rows[1].variants.len()), (10_000, 10_000, 2));
}

#[test]
fn sizes_without_room_are_told() {
    let ids: Vec<String> = (0..=Variant::MOST).map(|number| format!("i{number}")).collect();
    let rows: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), "g\twhite\tS")).collect();
    let feed = table("item_group_id\tcolor\tsize", &rows);
    assert_eq!((feed.rows.len(), feed.rows[0].variants.len()), (1, Variant::MOST));
    assert_eq!(feed.hints, ["1 sizes are left out: an article has at most 200"]);
    // A row may list its sizes in far more letters than one size may have.
    let list = |sizes: usize| (0..sizes).map(|size| format!("size {size}")).collect::<Vec<_>>().join(", ");
    let (few, many) = (list(40), list(Variant::MOST + 1));
    let long = format!("S, {}, M", "x".repeat(101));
    let feed = table("size", &[("a", &few), ("b", &many), ("c", &long)]);
    let sizes: Vec<usize> = feed.rows.iter().map(|row| row.variants.len()).collect();
    assert_eq!(sizes, [40, Variant::MOST, 2]);
    let notes: Vec<(usize, &str)> = feed.dropped.iter().map(|note| (note.line, note.field)).collect();
    assert_eq!(notes, [(3, "variants"), (4, "size")]);
}
