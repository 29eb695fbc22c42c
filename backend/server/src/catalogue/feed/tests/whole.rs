//! A feed is read to its end, and one bad row costs that row.

use super::*;

fn item(id: &str, title: &str) -> String {
    format!(
        "<item><g:id>{id}</g:id><g:title>{title}</g:title><g:link>https://shop.example/p?id={id}&color=red</g:link>\
         <g:image_link>https://cdn.example/{id}.jpg</g:image_link><g:price>19.95 EUR</g:price>\
         <g:availability>in_stock</g:availability></item>\n"
    )
}

fn rss(items: &[String]) -> String {
    let head = "<?xml version=\"1.0\"?>\n<rss version=\"2.0\" xmlns:g=\"http://base.google.com/ns/1.0\"><channel>\n";
    format!("{head}{}</channel></rss>\n", items.concat())
}

#[test]
fn an_xml_that_ends_before_its_root_does_is_refused() {
    let whole = rss(&[item("1", "Red dress"), item("2", "Red dress")]);
    let (rows, problems) = read_text("feed.xml", &whole, &FeedOptions::default()).expect("a feed");
    assert_eq!((rows.len(), problems.len()), (2, 0));
    let ends =
        [whole.find("<item><g:id>2").expect("an item"), whole.find("</channel>").expect("an end"), whole.len() - 7];
    for end in ends {
        let error = read_text("feed.xml", &whole[..end], &FeedOptions::default()).expect_err("cut off").to_string();
        assert!(error.contains("</rss>") && error.contains("cut off"), "{error}");
    }
    let atom = "<feed xmlns:g='http://base.google.com/ns/1.0'><entry><g:id>1</g:id></entry>";
    let error = read_text("feed.atom", atom, &FeedOptions::default()).expect_err("cut off").to_string();
    assert!(error.contains("</feed>"), "{error}");
}

#[test]
fn rows_of_text_that_break_off_are_refused() {
    let good = GOOD.replace('\n', " ").replace("a.png", "https://cdn.example/a.png");
    let table = "id\ttitle\tlink\timage_link\tprice\tavailability\n\
        1\tJeans\thttps://shop.example/1\thttps://cdn.example/1.jpg\t49.95 EUR\tin stock\n\
        2\tJeans\thttps://shop.example/2\thttps://cdn.example/2.jpg";
    let shopify = "Handle,Title,Variant Price,Image Src\na,Linen shirt,9,https://cdn.example/a.jpg\nb,Linen sh";
    let lines = format!("{good}\n{}", &good[..40]);
    for (name, text) in [("feed.jsonl", lines.as_str()), ("feed.tsv", table), ("products.csv", shopify)] {
        let error = read_text(name, text, &euros()).expect_err(name).to_string();
        assert!(error.contains("cut off"), "{error}");
    }
    // A line that is no JSON, but ends, costs itself.
    let (rows, problems) = read_text("feed.jsonl", &format!("{lines}\n"), &FeedOptions::default()).expect("a feed");
    assert_eq!((rows.len(), problems.len()), (1, 1));
    let packed = gzip::tests::packed(good.as_bytes());
    assert_eq!(read_bytes("feed.jsonl.gz", &packed, &FeedOptions::default()).expect("a feed").rows.len(), 1);
    let error = read_bytes("feed.jsonl.gz", &packed[..packed.len() - 9], &FeedOptions::default()).expect_err("cut off");
    assert!(error.to_string().contains("cut off"), "{error}");
}

#[test]
fn bad_markup_costs_its_item_and_a_bare_ampersand_nothing() {
    let broken = ["Size <10 dress", "Two<br>lines", "A </b> dress", "<![CDATA[open", "Dress <!-- open"];
    let mut items = vec![item("a", "Dress by M&S Black"), item("b", "R&D; dress &#xZZ; &")];
    for (number, title) in broken.into_iter().enumerate() {
        items.push(item(&format!("x{number}"), title));
        items.push(item(&format!("y{number}"), "Red dress"));
    }
    let (rows, problems) = read_text("feed.xml", &rss(&items), &FeedOptions::default()).expect("a feed");
    let ids: Vec<_> = rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "y0", "y1", "y2", "y3", "y4"]);
    assert_eq!((rows[0].title.as_str(), rows[1].title.as_str()), ("Dress by M&S Black", "R&D; dress &#xZZ; &"));
    assert_eq!(rows[0].link, "https://shop.example/p?id=a&color=red");
    assert_eq!(rows[6].price.amount_minor, 1995, "the namespace is known after an error");
    let found: Vec<_> = problems.iter().map(|problem| (problem.line, problem.field)).collect();
    assert_eq!(found, [(5, "line"), (7, "line"), (9, "line"), (11, "line"), (13, "line")]);
    assert!(problems[0].to_string().contains("expected well-formed XML"), "{}", problems[0]);
    // The end of the document is still looked for.
    let cut = rss(&items).replace("</channel></rss>", "");
    assert!(read_text("feed.xml", &cut, &FeedOptions::default()).is_err());
}

#[test]
fn what_is_no_feed_is_named() {
    for (bytes, expected) in [
        (&b"PK\x03\x04..."[..], "a zip archive or an Excel workbook"),
        (b"BZh91AY", "bunzip2"),
        (b"\x28\xB5\x2F\xFD..", "unzstd"),
    ] {
        let error = read_bytes("feed.csv", bytes, &FeedOptions::default()).expect_err("no feed").to_string();
        assert!(error.contains(expected), "{error}");
    }
    let error =
        read(Path::new("https://shop.example/feed.xml"), &FeedOptions::default()).expect_err("an address").to_string();
    assert!(error.contains("download the feed first"), "{error}");
}
