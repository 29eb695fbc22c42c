//! Small feeds of every format, and what is made of them.

use super::*;

fn feed(lines: &[&str]) -> (tempfile::TempDir, Vec<FeedRow>, Vec<RowProblem>) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.png"), b"").expect("written");
    std::fs::write(folder.path().join(PRODUCTS_FILE), lines.join("\n")).expect("written");
    let Feed { rows, problems, .. } = read(folder.path(), &FeedOptions::default()).expect("a feed");
    (folder, rows, problems)
}

const GOOD: &str = r#"{"id": 17, "title": "Linen shirt", "link": "https://shop.example/17", "image_link": "a.png",
        "price": "19.95 EUR", "availability": "in stock"}"#;

#[test]
fn a_line_becomes_a_row_with_its_category_guessed() {
    let (_folder, rows, problems) = feed(&["", &GOOD.replace('\n', " ")]);
    assert_eq!(problems, []);
    assert_eq!((rows[0].line, rows[0].id.as_str(), rows[0].category), (2, "17", Some(Category::Shirts)));
    assert_eq!((rows[0].price.amount_minor, rows[0].availability), (1995, Availability::InStock));
}

#[test]
fn each_fault_names_its_line_and_field() {
    let good = GOOD.replace('\n', " ");
    let (_folder, rows, problems) = feed(&[
        &good,
        &good,
        "not JSON",
        "[1]",
        &good.replace("17,", "18,").replace("19.95 EUR", "1,995 EUR"),
        &good.replace("17,", "19,").replace("a.png", "../a.png"),
        &good.replace("17,", "20,").replace("a.png", "ftp://cdn.example/a.png"),
        &good.replace("17,", "21,").replace("a.png", "b.png"),
        &good.replace("17,", "22,").replace("https://", "javascript:"),
        &good.replace("17,", "23,").replace("Linen shirt", "Rain coat"),
        &good.replace("17,", "24,").replace("in stock", "soon"),
        &good.replace("17,", "[],"),
        &good.replace("17,", "25,").replace("a.png", "/etc/passwd"),
    ]);
    assert_eq!(rows.len(), 1);
    let faults: Vec<_> = problems.iter().map(|problem| (problem.line, problem.field)).collect();
    let expected = [
        (2, "id"),
        (3, "line"),
        (4, "line"),
        (5, "price"),
        (6, "image_link"),
        (7, "image_link"),
        (8, "image_link"),
        (9, "link"),
        (10, "category"),
        (11, "availability"),
        (12, "id"),
        (13, "image_link"),
    ];
    assert_eq!(faults, expected);
}

#[test]
fn a_picture_may_be_a_path_or_an_address() {
    let good = GOOD.replace('\n', " ");
    let address = "https://cdn.example/a.png?size=800";
    let (folder, rows, problems) = feed(&[&good, &good.replace("17,", "18,").replace("a.png", address)]);
    assert_eq!(problems, []);
    assert_eq!(rows[0].picture, PictureSource::File(folder.path().join("a.png")));
    assert_eq!(rows[1].picture, PictureSource::Address(address.to_owned()));
}

fn read_bytes(name: &str, bytes: &[u8], options: &FeedOptions) -> Result<Feed, FeedError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("written");
    read(&path, options)
}

fn read_text(name: &str, text: &str, options: &FeedOptions) -> Result<(Vec<FeedRow>, Vec<RowProblem>), FeedError> {
    read_bytes(name, text.as_bytes(), options).map(|feed| (feed.rows, feed.problems))
}

/// As Google's own examples are written: a namespace, CDATA, entities, nested prices, a plain and a `g:` title.
const RSS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0">
  <channel>
    <title>A shop</title><link>https://shop.example</link>
    <item>
      <title>not this one</title>
      <g:title>Wickelkleid &quot;Anna&quot; &amp; G&#252;te</g:title>
      <g:id>sku 1</g:id>
      <g:description><![CDATA[<p>Viscose &amp; silk</p>]]></g:description>
      <link>https://shop.example/p/1?a=1&amp;b=2</link>
      <g:image_link>https://cdn.example/1.jpg</g:image_link>
      <g:additional_image_link>https://cdn.example/1b.jpg</g:additional_image_link>
      <g:shipping><g:country>DE</g:country><g:price>4.95 EUR</g:price></g:shipping>
      <g:price>89.95 EUR</g:price><g:sale_price>59.95 EUR</g:sale_price>
      <g:availability>in stock</g:availability>
      <g:google_product_category>2271</g:google_product_category>
      <g:brand>Example</g:brand><g:color>Navy/White</g:color><g:gender>female</g:gender>
    </item>
    <item>
      <g:id>sku 2</g:id><title>Boots</title><link>https://shop.example/p/2</link>
      <g:image_link>https://cdn.example/2.jpg</g:image_link><g:price>9 EUR</g:price>
      <g:availability>preorder</g:availability>
    </item>
  </channel>
</rss>"#;

#[test]
fn googles_xml_is_read_item_by_item() {
    let (rows, problems) = read_text("feed.xml", RSS, &FeedOptions::default()).expect("a feed");
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!((row.line, row.id.as_str(), row.category), (5, "sku 1", Some(Category::Dresses)));
    assert_eq!(row.title, "Wickelkleid \"Anna\" & Güte");
    assert_eq!(row.link, "https://shop.example/p/1?a=1&b=2");
    assert_eq!((row.price.amount_minor, row.description.as_str()), (8995, "Viscose & silk"));
    assert_eq!(row.sale, Some(Sale { amount_minor: 5995, from: None, until: None }));
    assert_eq!(row.picture, PictureSource::Address("https://cdn.example/1.jpg".to_owned()));
    let found: Vec<_> = problems.iter().map(|problem| (problem.line, problem.field)).collect();
    assert_eq!(found, [(19, "category")]);
    assert!(problems[0].to_string().starts_with("feed.xml:19: category: expected"), "{}", problems[0]);
}

#[test]
fn an_atom_feed_has_its_links_in_attributes() {
    let atom = r#"<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><title>A shop</title>
            <entry><g:id>7</g:id><title>Leinenhemd</title><summary>Weit</summary>
            <link href="https://shop.example/7?x=1&amp;y=2" rel="alternate"/><g:image_link>https://cdn.example/7.png</g:image_link>
            <g:price>1299.50 JPY</g:price><g:availability>backorder</g:availability></entry></feed>"#;
    let (rows, problems) = read_text("feed", atom, &FeedOptions::default()).expect("a feed");
    assert_eq!((rows.len(), problems.len()), (0, 1), "a yen has no cents: {problems:?}");
    let (rows, _) = read_text("feed", &atom.replace("1299.50", "1299.00"), &FeedOptions::default()).expect("a feed");
    assert_eq!((rows[0].link.as_str(), rows[0].category), ("https://shop.example/7?x=1&y=2", Some(Category::Shirts)));
    assert_eq!((rows[0].description.as_str(), rows[0].price.amount_minor), ("Weit", 1299));
}

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
fn googles_table_is_read_by_its_headings() {
    let table = "id\ttitle\tlink\timage link\tprice\tavailability\tproduct type\n\
        1\t15\" Jeans, \"slim\"\thttps://shop.example/1\thttps://cdn.example/1.jpg\t49.95 USD\tin_stock\tMen > Jeans\n\
        \n\
        2\tJeans\tshop.example/2\thttps://cdn.example/2.jpg\t49.95 USD\tin_stock\n\
        3\tJeans\thttps://shop.example/3\thttps://cdn.example/3.jpg\t49.95 USD\tin_stock\tJeans\tmore\n";
    let (rows, problems) = read_text("feed.txt", table, &FeedOptions::default()).expect("a feed");
    assert_eq!(
        (rows.len(), rows[0].title.as_str(), rows[0].category),
        (1, "15\" Jeans, \"slim\"", Some(Category::Trousers))
    );
    let found: Vec<_> = problems.iter().map(|problem| (problem.line, problem.field)).collect();
    assert_eq!(found, [(4, "link"), (5, "line")]);
}

#[test]
fn a_shopify_product_is_all_lines_of_its_handle() {
    let old = "Handle,Title,Body (HTML),Vendor,Type,Published,Option1 Name,Option1 Value,Variant Inventory Qty,\
        Variant Inventory Policy,Variant Price,Image Src,Image Position,Status\n\
        linen-shirt,Linen shirt,\"<p>Soft,\nwide</p>\",Example,Shirts,true,Color,White,0,deny,39.95,https://cdn.example/b.jpg,2,active\n\
        linen-shirt,,,,,,,Sand,3,deny,34.95,https://cdn.example/a.jpg,1,\n\
        linen-shirt,,,,,,,,,,,https://cdn.example/c.jpg,3,\n\
        draft-skirt,Skirt,,Example,Skirts,true,,,1,deny,10,https://cdn.example/d.jpg,1,draft\n\
        odd-top,Top,,Example,Tops,true,,,1,deny,ten,https://cdn.example/e.jpg,1,active\n";
    let options = euros();
    let (rows, problems) = read_text("products.csv", old, &options).expect("a feed");
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!((row.id.as_str(), row.link.as_str()), ("linen-shirt", "https://shop.example/products/linen-shirt"));
    assert_eq!((row.price.amount_minor, row.availability), (3495, Availability::InStock));
    assert_eq!((row.color.as_str(), row.brand.as_str()), ("White/Sand", "Example"));
    assert_eq!(row.picture, PictureSource::Address("https://cdn.example/a.jpg".to_owned()));
    assert_eq!((row.description.as_str(), row.category), ("Soft, wide", Some(Category::Shirts)));
    let found: Vec<_> = problems.iter().map(|problem| (problem.line, problem.field)).collect();
    assert_eq!(found, [(7, "Variant Price")]);

    let new = "Title,URL handle,Description,Vendor,Type,Published on online store,Status,Option1 name,Option1 value,\
        Price,Inventory tracker,Inventory quantity,Continue selling when out of stock,Product image URL,Image position\n\
        Wide trousers,wide-trousers,,Example,Trousers,TRUE,Active,Size,M,59,shopify,0,DENY,https://cdn.example/f.jpg,1\n";
    let (rows, problems) = read_text("products.csv", new, &options).expect("a feed");
    assert_eq!(problems, []);
    assert_eq!((rows[0].availability, rows[0].color.as_str()), (Availability::OutOfStock, ""));
}

/// What Shopify's export leaves out.
fn euros() -> FeedOptions {
    FeedOptions {
        currency: Some("EUR".to_owned()),
        shop_url: Some("https://shop.example/".to_owned()),
        ..FeedOptions::default()
    }
}

#[test]
fn a_shopify_stock_runs_out_only_where_it_is_counted() {
    for (tracker, quantity, policy, expected) in [
        ("", "0", "deny", Availability::InStock),
        ("", "", "deny", Availability::InStock),
        ("shopify", "", "deny", Availability::InStock),
        ("shopify", "0", "deny", Availability::OutOfStock),
        ("shopify", "-2", "deny", Availability::OutOfStock),
        ("shopify", "0", "continue", Availability::InStock),
        ("shopify", "1", "deny", Availability::InStock),
    ] {
        let table = format!(
            "Handle,Title,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Image Src\n\
            linen-shirt,Linen shirt,{tracker},{quantity},{policy},39.95,https://cdn.example/a.jpg\n"
        );
        let (rows, problems) = read_text("products.csv", &table, &euros()).expect("a feed");
        assert_eq!(problems, []);
        assert_eq!(rows[0].availability, expected, "{tracker:?} {quantity:?} {policy:?}");
    }
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
    let (changes, _) = read_changes(&path, &euros()).expect("changes");
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
fn entities_in_titles_become_letters() {
    let good = GOOD.replace('\n', " ").replace("a.png", "https://cdn.example/a.png");
    for (text, expected) in [
        ("Caf&eacute; shirt", "Café shirt"),
        ("Women&#39;s &#x201c;Anna&#x201d; shirt", "Women's “Anna” shirt"),
        ("M&S shirt; R&amp;D", "M&S shirt; R&D"),
        ("&bogus; shirt &", "&bogus; shirt &"),
    ] {
        let (rows, _) =
            read_text("feed.jsonl", &good.replace("Linen shirt", text), &FeedOptions::default()).expect("a feed");
        assert_eq!(rows.first().map(|row| row.title.as_str()), Some(expected));
    }
}

#[test]
fn the_folder_of_a_bare_file_name_is_the_present_one() {
    assert_eq!(folder_of(Path::new("feed.jsonl")), Path::new("."));
    assert_eq!(folder_of(Path::new("shop/feed.jsonl")), Path::new("shop"));
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
fn missing_columns_are_refused_once_and_misspelt_ones_named() {
    let table = "id\ttitle\tlink\timage_lnk\tprice\tcolour\n1\tJeans\thttps://a\thttps://b\t1 EUR\tblue\n";
    let error = read_text("feed.tsv", table, &FeedOptions::default()).expect_err("no feed").to_string();
    assert!(error.contains("each of image_link, availability, got none") && error.contains("feed.tsv:1"), "{error}");
    assert!(error.contains("\"image_lnk\" is not read: did you mean \"image_link\"?"), "{error}");
    let table = table
        .replace("image_lnk", "image_link")
        .replace("colour", "colour\tavailability")
        .replace("blue", "blue\tin stock");
    let feed = read_bytes("feed.tsv", table.as_bytes(), &FeedOptions::default()).expect("a feed");
    assert_eq!(feed.rows.len(), 1);
    assert_eq!(feed.hints, ["the column \"colour\" is not read: did you mean \"color\"?"]);
}

#[test]
fn quoted_fields_of_a_tab_separated_feed_are_unquoted() {
    let table = "id\ttitle\tlink\timage_link\tprice\tavailability\tdescription\n\
        1\t\"Jeans, \"\"slim\"\"\"\thttps://shop.example/1\thttps://cdn.example/1.jpg\t49.95 USD\tin_stock\t\"Two\nlines\"\n\
        2\t15\" Jeans\thttps://shop.example/2\thttps://cdn.example/2.jpg\t49.95 USD\tin_stock\t\"Roma\" jeans\n\
        3\t\"Jeans\thttps://shop.example/3\thttps://cdn.example/3.jpg\tfree\tin_stock\t\n";
    let (rows, problems) = read_text("feed.txt", table, &FeedOptions::default()).expect("a feed");
    let found: Vec<_> = rows.iter().map(|row| (row.line, row.title.as_str(), row.description.as_str())).collect();
    assert_eq!(found, [(2, "Jeans, \"slim\"", "Two\nlines"), (4, "15\" Jeans", "\"Roma\" jeans")]);
    assert_eq!((problems.len(), problems[0].line, problems[0].field), (1, 5, "price"));
}

#[test]
fn lines_of_a_shopify_export_are_right_with_windows_line_ends() {
    let table = "Handle,Title,Body (HTML),Variant Price,Image Src\r\n\
        a,Linen shirt,\"two\r\nlines\",39.95,https://cdn.example/a.jpg\r\n\
        b,Linen shirt,,free,https://cdn.example/a.jpg\r\n";
    let (rows, problems) = read_text("products.csv", table, &euros()).expect("a feed");
    assert_eq!((rows[0].line, problems[0].line), (2, 4));
}

#[test]
fn hidden_products_of_shopify_are_counted_and_rows_without_a_handle_refused() {
    let table = "Handle,Title,Variant Price,Image Src,Status,Published,Gift Card\n\
        a,Linen shirt,39.95,https://cdn.example/a.jpg,active,true,false\n\
        ,Linen skirt,39.95,https://cdn.example/a.jpg,active,true,false\n\
        ,,,https://cdn.example/a.jpg,,,\n\
        b,Linen shirt,39.95,https://cdn.example/a.jpg,draft,true,false\n\
        c,Linen shirt,39.95,https://cdn.example/a.jpg,archived,true,false\n\
        d,Linen shirt,39.95,https://cdn.example/a.jpg,active,FALSE,false\n\
        e,Voucher,39.95,https://cdn.example/a.jpg,active,true,TRUE\n\
        f,Linen shirt,39.95,ftp://cdn.example/a.jpg,active,true,\n";
    let feed = read_bytes("products.csv", table.as_bytes(), &euros()).expect("a feed");
    assert_eq!((feed.rows.len(), feed.hidden), (1, 4));
    let found: Vec<_> = feed.problems.iter().map(|problem| (problem.line, problem.field)).collect();
    assert_eq!(found, [(3, "Handle"), (9, "Image Src")], "as Shopify calls them");
    assert_eq!(feed.field("image_link"), "Image Src");
    let error = read_text("products.csv", "URL handle,Title,Price\n", &euros()).expect_err("no feed").to_string();
    assert!(error.contains("are missing: Image Src or Product image URL"), "{error}");
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
