//! Pictures that stand in the feed itself, as `data:` URLs.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::*;

/// PNG's first bytes: a row is read without a look at the picture.
const PNG: &str = "data:image/png;base64,iVBORw0KGgo=";

fn file_of(picture: &PictureSource) -> &[u8] {
    match picture {
        PictureSource::Data(picture) => picture.file(),
        other => panic!("expected a data: URL, got {other}"),
    }
}

#[test]
fn every_format_of_google_and_meta_has_room_for_them() {
    // Longer than any other text may be.
    let file: Vec<u8> = (0..1_500_000_u32).map(|at| (at * 31 % 251) as u8).collect();
    let base64 = BASE64_STANDARD.encode(&file);
    let picture = format!("data:image/jpeg;base64,{base64}");
    let further = "data:image/png,%89PNG";
    let json = serde_json::json!({
        "id": "1", "title": "Linen shirt", "link": "https://shop.example/1", "image_link": picture, "price": "9 EUR",
        "availability": "in_stock", "additional_image_link": [further, "https://cdn.example/1b.jpg"],
    });
    let lines: Vec<&str> = base64.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    let xml = RSS.replace("https://cdn.example/1.jpg", &format!("data:image/jpeg;base64,\n{}\n", lines.join("\n")));
    let xml = xml.replace("https://cdn.example/1b.jpg", &format!("{further},https://cdn.example/1b.jpg"));
    let table = |quote: &str, separator: &str| {
        let quoted = |text: &str| format!("{quote}{text}{quote}");
        let (picture, further) = (quoted(&picture), quoted(&format!("{further}, https://cdn.example/1b.jpg")));
        let cells = ["1", "Linen shirt", "https://shop.example/1", &picture, "9 EUR", "in_stock", &further];
        let names = ["id", "title", "link", "image_link", "price", "availability", "additional_image_link"];
        format!("{}\n{}\n", names.join(separator), cells.join(separator))
    };
    for (name, text) in [
        ("feed.jsonl", &json.to_string()),
        ("feed.xml", &xml),
        ("feed.tsv", &table("", "\t")),
        ("feed.csv", &table("\"", ",")),
        ("semicolons.csv", &table("\"", ";")),
    ] {
        let feed = read_bytes(name, text.as_bytes(), &FeedOptions::default()).expect(name);
        assert_eq!(feed.dropped, [], "{name}");
        let row = &feed.rows[0];
        assert!(file_of(&row.picture) == file, "{name}");
        let [first, second] = &row.further_pictures[..] else { panic!("{name}: {row:?}") };
        assert_eq!(file_of(first), b"\x89PNG", "{name}");
        assert_eq!(*second, PictureSource::Address("https://cdn.example/1b.jpg".to_owned()), "{name}");
    }
}

#[test]
fn a_bad_one_is_reported_by_its_beginning_and_costs_what_a_bad_address_does() {
    let good = GOOD.replace('\n', " ");
    let row = |id: &str, picture: &str, more: &str| {
        good.replace("17,", &format!("\"{id}\",")).replace("a.png", picture).replace('}', more) + "}\n"
    };
    let long = format!("data:image/png;base64,{}?", "A".repeat(50_000));
    let bad = format!(r#", "additional_image_link": ["data:image/png;base64", "{PNG}"]"#);
    let text = [row("bad", &long, ""), row("none", "data:", ""), row("further", PNG, &bad), row("twice", PNG, "")];
    let feed = read_bytes("feed.jsonl", text.concat().as_bytes(), &FeedOptions::default()).expect("a feed");
    let ids: Vec<&str> = feed.rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids, ["further", "twice"]);
    assert_eq!(feed.rows[0].picture, feed.rows[1].picture);
    // That of the title is no further one.
    assert_eq!(feed.rows[0].further_pictures, []);
    let problems: Vec<String> = feed.problems.iter().map(ToString::to_string).collect();
    let expected = [
        format!(
            "feed.jsonl:1: image_link: expected base64 behind the comma (Invalid symbol 63, offset 50000.), got {:?}",
            &long[..80]
        ),
        "feed.jsonl:2: image_link: expected data:TYPE;base64, and the picture behind the comma, got \"data:\""
            .to_owned(),
    ];
    assert_eq!(problems, expected);
    let notes: Vec<String> = feed.dropped.iter().map(ToString::to_string).collect();
    assert!(
        notes.len() == 1 && notes[0].starts_with("feed.jsonl:3: additional_image_link: the product has no such"),
        "{notes:?}"
    );
}

#[test]
fn variants_share_the_picture_of_their_parent() {
    let text = format!(
        "id;parent_sku;sku;parentage;title;link;image_link;price;availability;color;size\n\
         1;;shirt;parent;Linen shirt;https://shop.example/1;\"{PNG}\";;;;\n\
         2;shirt;a;child;;;;20 EUR;in stock;white;S\n\
         3;shirt;b;child;;;;22 EUR;in stock;navy;M\n"
    );
    let feed = read_bytes("export.csv", text.as_bytes(), &FeedOptions::default()).expect("a feed");
    let [white, navy] = &feed.rows[..] else { panic!("{feed:?}") };
    assert_eq!(file_of(&white.picture), b"\x89PNG\r\n\x1A\n");
    assert!(std::ptr::eq(file_of(&white.picture), file_of(&navy.picture)), "one copy in memory");
}

#[test]
fn colours_of_an_export_share_the_further_pictures() {
    let table = format!(
        "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Image,Image Src,Image Position\n\
         shirt,Linen shirt,Color,White,w,39,https://cdn.example/w.jpg,https://cdn.example/w.jpg,1\n\
         shirt,,,Navy,n,39,https://cdn.example/n.jpg,\"{PNG}\",2\n"
    );
    let feed = read_bytes("products.csv", table.as_bytes(), &euros()).expect("a feed");
    let [white, navy] = &feed.rows[..] else { panic!("{feed:?}") };
    let [white, navy] = [white, navy].map(|row| file_of(&row.further_pictures[0]));
    assert!(std::ptr::eq(white, navy), "one copy in memory");
}

#[test]
fn a_long_description_of_an_xml_is_cut_and_not_lost() {
    let long = format!("<![CDATA[{}]]>", "<p>Soft cotton. </p>".repeat(8000));
    let xml = RSS.replace("<![CDATA[<p>Viscose &amp; silk</p>]]>", &long);
    let feed = read_bytes("feed.xml", xml.as_bytes(), &FeedOptions::default()).expect("a feed");
    assert!(feed.rows[0].description.starts_with("Soft cotton."), "{:.80}", feed.rows[0].description);
    assert_eq!((feed.rows[0].description.chars().count() <= 10_000, feed.dropped[0].field), (true, "description"));
}
