//! What is the same in several formats: detection, encodings, currencies, availabilities, sizes.

use super::*;

#[test]
fn a_broken_file_is_refused_whole_with_its_line() {
    for (name, text, expected) in [
        ("feed.xml", RSS.split_once("<g:shipping>").expect("its middle").0, "the end of the file"),
        ("feed.xml", &RSS[..RSS.len() / 2], "expected XML"),
        ("feed.xml", "<rss><channel></wrong></rss>", "expected XML"),
        ("feed.xml", "<html><body/></html>", "expected items"),
        ("feed.tsv", "id,title\n1,2", "format google-csv"),
        ("feed.csv", "Handle,Title\n1,2", "--currency"),
        ("feed.csv", "# a\nname,title\n1,2", "feed.csv:2 cannot be read: expected the headings id"),
        ("feed", "id,title\n1,2", "--format"),
    ] {
        let error = read_text(name, text, &FeedOptions::default()).expect_err("no feed").to_string();
        assert!(error.contains(expected) && error.contains(name), "{error}");
    }
    let error = read_text("feed.jsonl", "", &FeedOptions::default()).expect("an empty feed");
    assert_eq!(error, (vec![], vec![]));
}

#[test]
fn a_csv_is_told_by_its_headings() {
    let meta = "# ref_application_id 1\n\n\
        id,title,link,image_link,availability,price,google_product_category\n\
        1,\"Linen \"\"Anna\"\" shirt\",https://shop.example/1,https://cdn.example/1.jpg,in stock,1049.00 EUR,1604,\n";
    for text in [meta.to_owned(), meta.replace(',', ";"), meta.replace("1049.00 EUR", "\"1,049.00 EUR\"")] {
        let (rows, problems) = read_text("feed.csv", &text, &FeedOptions::default()).expect("a feed");
        assert_eq!(problems, []);
        let row = &rows[0];
        assert_eq!((row.line, row.title.as_str(), row.price.amount_minor), (4, "Linen \"Anna\" shirt", 104_900));
    }
    let shopify = "Handle;Title;Variant Price;Image Src\nshirt;Linen shirt;39,95;https://cdn.example/a.jpg\n";
    let (rows, problems) = read_text("products.csv", shopify, &euros()).expect("a feed");
    assert_eq!(problems, []);
    assert_eq!((rows[0].id.as_str(), rows[0].price.amount_minor), ("shirt", 3995));
}

#[test]
fn prices_without_a_currency_take_the_given_one_in_every_format() {
    let good = GOOD.replace('\n', " ").replace("a.png", "https://cdn.example/a.png");
    let table = "id\ttitle\tlink\timage_link\tprice\tavailability\n\
        1\tJeans\thttps://shop.example/1\thttps://cdn.example/1.jpg\t49.95\tin stock\n";
    for (name, text) in [
        ("feed.jsonl", good.replace("\"19.95 EUR\"", "49.95")),
        ("feed.xml", RSS.replace("89.95 EUR", "49.95").replace("59.95 EUR", "39.95")),
        ("feed.tsv", table.to_owned()),
    ] {
        let (rows, _) = read_text(name, &text, &euros()).expect("a feed");
        assert_eq!(rows[0].price.to_string(), "49.95 EUR", "{name}");
        let (rows, problems) = read_text(name, &text, &FeedOptions::default()).expect("a feed");
        assert!(rows.is_empty() && problems[0].field == "price", "{name}: {problems:?}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("stock.tsv");
    std::fs::write(&path, "id\tprice\n1\t49,95\n").expect("written");
    let changes = read_changes(&path, &euros()).expect("changes").changes;
    let price = changes[0].price.as_ref().expect("a price");
    assert_eq!(price.to_string(), "49.95 EUR");
    assert!(currency("euro").is_err() && currency("eur").is_ok_and(|code| code == "EUR"));
}

#[test]
fn availabilities_of_older_feeds_and_of_schema_org_are_known() {
    let good = GOOD.replace('\n', " ").replace("a.png", "https://cdn.example/a.png");
    for (text, expected) in [
        ("available for order", Availability::InStock),
        ("limited availability", Availability::InStock),
        ("in stock online", Availability::InStock),
        ("https://schema.org/InStock", Availability::InStock),
        ("http://schema.org/SoldOut", Availability::OutOfStock),
        ("discontinued", Availability::OutOfStock),
        ("Sold Out", Availability::OutOfStock),
        ("https://schema.org/PreOrder", Availability::Preorder),
        ("back-order", Availability::Backorder),
    ] {
        let (rows, _) =
            read_text("feed.jsonl", &good.replace("in stock", text), &FeedOptions::default()).expect("a feed");
        assert_eq!(rows.first().map(|row| row.availability), Some(expected), "{text}");
    }
}

#[test]
fn sizes_with_one_picture_are_one_product() {
    let row = |id: &str, group: &str, picture: &str, price: &str, stock: &str| {
        format!(
            r#"{{"id": "{id}", "item_group_id": "{group}", "title": "Jeans, size {id}", "link": "https://shop.example/{id}",
            "image_link": "https://cdn.example/{picture}", {price}, "availability": "{stock}"}}"#
        )
        .replace('\n', " ")
    };
    let lines = [
        row("36", "jeans", "blue.jpg", r#""price": "29.50 EUR""#, "out of stock"),
        row("38", "jeans", "blue.jpg", r#""price": "25 EUR", "sale_price": "20 EUR""#, "preorder"),
        row("40", "jeans", "blue.jpg", r#""price": "27 EUR", "sale_price": "10 EUR""#, "in stock"),
        row("41", "jeans", "red.jpg", r#""price": "20 EUR""#, "in stock"),
        row("42", "jeans", "blue.jpg", r#""price": "5 USD""#, "in stock"),
        row("43", "", "blue.jpg", r#""price": "5 EUR""#, "in stock"),
        row("44", "", "blue.jpg", r#""price": "5 EUR""#, "in stock"),
        row("36", "jeans", "blue.jpg", r#""price": "1 EUR""#, "in stock"),
    ];
    let feed = read_bytes("feed.jsonl", lines.join("\n").as_bytes(), &FeedOptions::default()).expect("a feed");
    let ids: Vec<_> = feed.rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!((ids, feed.merged), (vec!["36", "41", "42", "43", "44"], 2));
    let jeans = &feed.rows[0];
    assert_eq!((jeans.title.as_str(), jeans.line), ("Jeans, size 36", 1));
    assert_eq!((jeans.price.amount_minor, jeans.sale.as_ref().map(|sale| sale.amount_minor)), (2500, Some(2000)));
    assert_eq!(jeans.availability, Availability::InStock);
    assert_eq!(feed.problems.len(), 1, "an id that is there already: {:?}", feed.problems);
}

#[test]
fn an_xml_in_latin_1_and_a_table_in_utf_16_are_read() {
    let declared = RSS.replace("UTF-8", "ISO-8859-1").replace("G&#252;te", "Güte");
    let bytes: Vec<u8> = declared.chars().map(|letter| u8::try_from(letter).expect("Latin 1")).collect();
    let feed = read_bytes("feed.xml", &bytes, &FeedOptions::default()).expect("a feed");
    assert_eq!(feed.rows[0].title, "Wickelkleid \"Anna\" & Güte");
    let table = "\u{FEFF}id\ttitle\tlink\timage_link\tprice\tavailability\r\n\
        1\tRöcke\thttps://shop.example/1\thttps://cdn.example/1.jpg\t49.95 EUR\tin stock\r\n";
    let bytes: Vec<u8> = table.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let feed = read_bytes("feed.txt", &bytes, &FeedOptions::default()).expect("a feed");
    assert_eq!((feed.rows[0].title.as_str(), feed.rows[0].category), ("Röcke", Some(Category::Skirts)));
}

#[test]
fn a_table_that_a_spreadsheet_saved_in_windows_1252_is_read_with_a_note() {
    let bytes = |text: &str| encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    let table = "id;title;link;image_link;price;availability\r\n\
        RÖCK-1;Röcke „Zoë“ – größer;https://shop.example/rö;https://cdn.example/1.jpg;1.249,95 €;in stock\r\n";
    let shopify = "Handle,Title,Variant Price,Image Src,Option1 Name,Option1 Value\n\
        röcke,Röcke,49.95,https://cdn.example/1.jpg,Größe,38\n";
    let woo = "ID,Typ,Artikelnummer,Name,Veröffentlicht,Regulärer Preis,Kategorien,Bilder\n\
        1,simple,s,Röcke,1,\"49,95\",Damen > Röcke,https://cdn.example/1.jpg\n";
    for (name, text, id, title, price) in [
        ("feed.csv", table, "RÖCK-1", "Röcke „Zoë“ – größer", "1249.95 EUR"),
        ("feed.tsv", &table.replace(';', "\t"), "RÖCK-1", "Röcke „Zoë“ – größer", "1249.95 EUR"),
        ("shopify.csv", shopify, "röcke", "Röcke", "49.95 EUR"),
        ("woo.csv", woo, "1", "Röcke", "49.95 EUR"),
    ] {
        let feed = read_bytes(name, &bytes(text), &euros()).expect(name);
        assert_eq!((feed.hints.as_slice(), feed.problems.len()), (&[text::GUESSED.to_owned()][..], 0), "{name}");
        let row = &feed.rows[0];
        assert_eq!((row.id.as_str(), row.title.as_str(), row.price.to_string().as_str()), (id, title, price), "{name}");
        assert_eq!(row.category, Some(Category::Skirts), "{name}");
        assert!(read_bytes(name, text.as_bytes(), &euros()).expect(name).hints.is_empty(), "{name}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("stock.csv");
    std::fs::write(&path, bytes("id;price\nRÖCK-1;5 €\n")).expect("written");
    let FeedChanges { changes, hints, .. } = read_changes(&path, &FeedOptions::default()).expect("changes");
    assert_eq!(hints, [text::GUESSED]);
    assert_eq!(
        (changes[0].id.as_str(), changes[0].price.as_ref().map(ToString::to_string)),
        ("RÖCK-1", Some("5.00 EUR".to_owned()))
    );

    // Formats of programs are UTF-8, unless an XML declares another encoding.
    let json = GOOD.replace('\n', " ").replace("Linen shirt", "Röcke");
    let undeclared = RSS.replace(" encoding=\"UTF-8\"", "").replace("G&#252;te", "Güte");
    for (name, text, line) in [("feed.jsonl", &json, 1), ("feed.xml", &undeclared, 7)] {
        let error = read_bytes(name, &bytes(text), &FeedOptions::default()).expect_err(name).to_string();
        assert!(error.contains(&format!("{name}:{line} ")) && error.contains("expected UTF-8"), "{error}");
    }
    let declared = RSS.replace("UTF-8", "windows-1252").replace("G&#252;te", "Güte").replace("89.95 EUR", "89,95 €");
    let feed = read_bytes("feed.xml", &bytes(&declared), &FeedOptions::default()).expect("a feed");
    assert_eq!((feed.rows[0].title.as_str(), feed.hints.len()), ("Wickelkleid \"Anna\" & Güte", 0));
    assert_eq!(feed.rows[0].price.to_string(), "89.95 EUR");
}
