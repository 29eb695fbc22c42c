//! Further pictures in every format.

use super::*;

/// The places of a row's further pictures, without the host's address.
fn names(row: &FeedRow) -> Vec<String> {
    let name = |picture: &PictureSource| match picture {
        PictureSource::Address(address) => address.replace("https://cdn.example/", ""),
        PictureSource::File(path) => path.file_name().expect("a name").to_string_lossy().into_owned(),
        PictureSource::Data(_) | PictureSource::Stored(_) => picture.to_string(),
    };
    row.further_pictures.iter().map(name).collect()
}

#[test]
fn every_format_has_its_way_to_write_further_pictures() {
    let repeated = RSS.replace(
        "</g:additional_image_link>",
        "</g:additional_image_link><g:additional_image_link>https://cdn.example/1c.jpg</g:additional_image_link>\
         <g:lifestyle_image_link>https://cdn.example/1d.jpg</g:lifestyle_image_link><lifestyle_image_link>x</lifestyle_image_link>",
    );
    let head = "id\ttitle\tlink\timage_link\tprice\tavailability";
    let cells = "1\tLinen shirt\thttps://shop.example/1\thttps://cdn.example/1.jpg\t9 EUR\tin_stock";
    let google = format!(
        "{head}\tadditional image link\tadditional_image_link\tlifestyle_image_link\n\
         {cells}\thttps://cdn.example/1b.jpg,https://cdn.example/1c.jpg\t\thttps://cdn.example/1d.jpg\n"
    );
    let meta = format!("{head}\timage[1].url\timage[2].url\timage[10]\timage[1].tag[0]\n{cells}\thttps://cdn.example/1b.jpg\thttps://cdn.example/1c.jpg\thttps://cdn.example/1d.jpg\tx\n")
        .replace('\t', ",");
    let shopify = "Handle,Title,Variant Price,Image Src,Image Position\n\
        a,Linen shirt,9,https://cdn.example/1d.jpg,4\na,,,https://cdn.example/1b.jpg,2\n\
        a,,,https://cdn.example/1.jpg,1\na,,,https://cdn.example/1c.jpg,3\n";
    let woo = "ID,Type,Name,Regular price,Images\n\
        1,simple,Linen shirt,9,\"https://cdn.example/1.jpg, https://cdn.example/1b.jpg, https://cdn.example/1c.jpg,https://cdn.example/1d.jpg\"\n";
    let rest =
        r#""title": "Linen shirt", "link": "https://shop.example/17", "price": "9 EUR", "availability": "in stock"}"#;
    let json = format!(
        r#"{{"id": 1, "image_link": "https://cdn.example/1.jpg", "additional_image_link": ["https://cdn.example/1b.jpg", {{"url": "https://cdn.example/1c.jpg"}}], "lifestyle_image_link": "https://cdn.example/1d.jpg", {rest}"#
    );
    let list = format!(
        r#"{{"id": 1, "image": [{{"url": "https://cdn.example/1.jpg"}}, {{"url": "https://cdn.example/1b.jpg"}}, "https://cdn.example/1c.jpg", "https://cdn.example/1d.jpg"], {rest}"#
    );
    for (name, text) in [
        ("feed.xml", repeated.as_str()),
        ("feed.tsv", &google),
        ("feed.csv", &meta),
        ("products.csv", shopify),
        ("woo.csv", woo),
        ("feed.jsonl", &json),
        ("list.jsonl", &list),
    ] {
        let feed = read_bytes(name, text.as_bytes(), &euros()).expect(name);
        assert_eq!(
            (&feed.dropped, names(&feed.rows[0])),
            (&vec![], vec!["1b.jpg".into(), "1c.jpg".into(), "1d.jpg".into()]),
            "{name}"
        );
        assert_eq!(feed.rows[0].picture, PictureSource::Address("https://cdn.example/1.jpg".to_owned()), "{name}");
    }
}

#[test]
fn further_pictures_are_bounded_each_once_and_a_faulty_one_costs_only_itself() {
    let row = |further: &serde_json::Value| {
        let mut row: serde_json::Value = serde_json::from_str(GOOD).expect("a row");
        row["image_link"] = "https://cdn.example/0.jpg".into();
        row["additional_image_link"] = further.clone();
        read_bytes("feed.jsonl", row.to_string().as_bytes(), &FeedOptions::default()).expect("a feed")
    };
    let numbered =
        |count: usize| -> Vec<String> { (0..count).map(|at| format!("https://cdn.example/{at}.jpg")).collect() };
    let feed = row(&numbered(5000).into());
    assert_eq!((names(&feed.rows[0]), feed.dropped.len()), ((1..=10).map(|at| format!("{at}.jpg")).collect(), 0));
    assert_eq!(feed.hints, ["1 row with more than 10 further pictures: the first 10 are read"]);
    let exact = row(&numbered(11).into());
    assert_eq!((exact.rows[0].further_pictures.len(), exact.hints), (10, Vec::new()));

    let feed = row(&serde_json::json!([
        "ftp://x/1.jpg",
        "https://cdn.example/1.jpg",
        "../1.jpg",
        "https://cdn.example/1.jpg#a",
        7,
        ""
    ]));
    assert_eq!((names(&feed.rows[0]), feed.problems.len()), (vec!["1.jpg".to_owned()], 0));
    let notes: Vec<String> = feed.dropped.iter().map(ToString::to_string).collect();
    assert!(
        notes.len() == 2
            && notes.iter().all(|note| note.contains("additional_image_link: the product has no such further picture")),
        "{notes:?}"
    );
    let feed = row(&serde_json::json!({"a": 1}));
    assert_eq!((feed.rows.len(), feed.dropped[0].field), (1, "additional_image_link"));
}

#[test]
fn sizes_of_a_product_share_their_further_pictures() {
    let size = |id: &str, further: &str| {
        format!(
            "{id}\tLinen shirt\thttps://shop.example/1\thttps://cdn.example/1.jpg\t9 EUR\tin_stock\tg\thttps://cdn.example/{further}.jpg\n"
        )
    };
    let head = "id\ttitle\tlink\timage_link\tprice\tavailability\titem_group_id\tadditional_image_link\n";
    let text = [head, &size("s", "1b"), &size("m", "1c"), &size("l", "1b")].concat();
    let (rows, _) = read_text("feed.tsv", &text, &FeedOptions::default()).expect("a feed");
    assert_eq!((rows.len(), names(&rows[0])), (1, vec!["1b.jpg".to_owned(), "1c.jpg".to_owned()]));
}
