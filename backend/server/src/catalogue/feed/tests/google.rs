//! Google Merchant's formats.

use super::*;

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
fn a_link_of_very_many_attributes_is_read_in_little_time() {
    // Where each attribute is compared with each, the time grows with the square of their number.
    let attributes: String = (0..400_000).map(|number| format!(" a{number}=\"\"")).collect();
    let atom = format!(
        r#"<feed xmlns:g="http://base.google.com/ns/1.0"><entry><g:id>7</g:id><title>Leinenhemd</title>
            <link{attributes} href="https://shop.example/7"/><g:image_link>https://cdn.example/7.png</g:image_link>
            <g:price>12 EUR</g:price><g:availability>in stock</g:availability></entry></feed>"#
    );
    let (rows, problems) = read_text("feed", &atom, &FeedOptions::default()).expect("a feed");
    assert_eq!((rows[0].link.as_str(), problems.len()), ("https://shop.example/7", 0));
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
fn entities_that_a_feed_defines_stay_as_they_are_written() {
    let define = |name: &str, of: &str| format!("<!ENTITY {name} \"{}\">", format!("&{of};").repeat(10));
    let defined: String =
        [("a", "x"), ("b", "a"), ("c", "b"), ("d", "c"), ("e", "d"), ("f", "e"), ("g", "f"), ("h", "g")]
            .map(|(name, of)| define(name, of))
            .concat();
    let bomb =
        RSS.replacen("<rss", &format!("<!DOCTYPE rss [{defined}<!ENTITY file SYSTEM \"file:///etc/passwd\">]><rss"), 1);
    let bomb = bomb.replacen("Wickelkleid", "Kleid &h; &file;", 1);
    let (rows, _) = read_text("feed.xml", &bomb, &FeedOptions::default()).expect("a feed");
    assert!(rows[0].title.starts_with("Kleid &h; &file; "), "{}", rows[0].title);
}
