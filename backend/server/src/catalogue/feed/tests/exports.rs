//! Exports of shop systems and spreadsheets.

use super::*;

const WOO: &str = "ID,Type,SKU,Name,Published,\"Is featured?\",\"Visibility in catalog\",\"Short description\",Description,\"In stock?\",\
    \"Sale price\",\"Regular price\",Categories,Images,Parent,\"Attribute 1 name\",\"Attribute 1 value(s)\"\n\
    1,simple,shirt,Linen shirt,1,0,visible,,<p>Soft</p>,1,29.95,39.95,\"Clothing, Clothing > Shirts\",\
        \"https://cdn.example/1.jpg, https://cdn.example/1b.jpg\",,Color,White\n\
    2,variable,tee,V-Neck T-Shirt,1,1,visible,Short,,1,,,Clothing > Tshirts,https://cdn.example/2.jpg,,Color,\"Blue, Red\"\n\
    3,variation,tee-red,V-Neck T-Shirt - Red,1,0,visible,,,0,,20,,https://cdn.example/3.jpg,tee,Color,Red\n\
    4,variation,tee-blue,V-Neck T-Shirt - Blue,1,0,visible,,,1,15,18,,,id:2,Color,Blue\n\
    5,simple,draft,Draft shirt,-1,0,visible,,,1,,10,Shirts,https://cdn.example/5.jpg,,,\n\
    6,grouped,set,Shirt set,1,0,visible,,,1,,,Shirts,https://cdn.example/6.jpg,,,\n\
    7,simple,gone,Gone shirt,1,0,visible,,,0,,10,Shirts,https://cdn.example/7.jpg,,,\n";

#[test]
fn woocommerces_export_is_read_with_its_variants() {
    let feed = read_bytes("wc-product-export.csv", WOO.as_bytes(), &euros()).expect("a feed");
    assert_eq!(feed.problems, []);
    assert_eq!((feed.hidden, feed.rows.len()), (2, 3));
    let shirt = &feed.rows[0];
    assert_eq!((shirt.line, shirt.id.as_str(), shirt.link.as_str()), (2, "1", "https://shop.example/?p=1"));
    assert_eq!(shirt.picture, PictureSource::Address("https://cdn.example/1.jpg".to_owned()));
    assert_eq!((shirt.price.amount_minor, shirt.sale.as_ref().map(|sale| sale.amount_minor)), (3995, Some(2995)));
    assert_eq!((shirt.product_type.as_str(), shirt.category), ("Clothing > Shirts", Some(Category::Shirts)));
    assert_eq!((shirt.color.as_str(), shirt.description.as_str()), ("White", "Soft"));
    let tee = &feed.rows[1];
    assert_eq!((tee.id.as_str(), tee.availability, tee.color.as_str()), ("2", Availability::InStock, "Blue/Red"));
    assert_eq!((tee.price.amount_minor, tee.sale.as_ref().map(|sale| sale.amount_minor)), (1800, Some(1500)));
    assert_eq!((tee.description.as_str(), tee.category), ("Short", Some(Category::TShirts)));
    assert_eq!(feed.rows[2].availability, Availability::OutOfStock);

    let error = read_text("export.csv", WOO, &FeedOptions::default()).expect_err("no currency").to_string();
    assert!(
        error.contains("WooCommerce's export does not say the currency: expected the option --currency"),
        "{error}"
    );
    let german = WOO
        .replace("Type,SKU,Name,Published", "Typ,Artikelnummer,Name,Veröffentlicht")
        .replace("\"Regular price\",Categories,Images", "\"Regulärer Preis\",Kategorien,Bilder");
    assert_eq!(read_bytes("export.csv", german.as_bytes(), &euros()).expect("a feed").rows.len(), 3);
}

#[test]
fn a_variation_of_any_size_stands_for_all_sizes_of_its_product() {
    let text = "ID,Type,SKU,Name,Published,In stock?,Regular price,Categories,Images,Parent,Attribute 1 name,Attribute 1 value(s),\
        Attribute 2 name,Attribute 2 value(s)\n\
        1,variable,tee,V-Neck T-Shirt,1,1,,Tshirts,https://cdn.example/1.jpg,,Size,\"S, M\",Color,\"Blue, Red\"\n\
        2,variation,,V-Neck T-Shirt,1,1,20,,,tee,Size,,Color,Blue\n\
        3,variation,,V-Neck T-Shirt,1,0,22,,,tee,Size,M,Color,Red\n";
    let feed = read_bytes("export.csv", text.as_bytes(), &euros()).expect("a feed");
    let sizes: Vec<(&str, &str, u64)> =
        (feed.rows[0].variants.iter()).map(|size| (&*size.id, &*size.size, size.amount_minor)).collect();
    assert_eq!(sizes, [("2", "S", 2000), ("2", "M", 2000), ("3", "M", 2200)]);
}

#[test]
fn a_small_file_of_any_sizes_takes_little_memory() {
    let head = "ID,Type,SKU,Name,Published,In stock?,Regular price,Categories,Images,Parent,Attribute 1 name,Attribute 1 value(s)\n";
    let sizes = (0..300).map(|size| size.to_string()).collect::<Vec<_>>().join(", ");
    let product = format!("1,variable,tee,Tee,1,1,,Tshirts,https://cdn.example/1.jpg,,Size,\"{sizes}\"\n");
    let variations: String = (2..2002).map(|id| format!("{id},variation,,Tee,1,1,20,,,tee,,\n")).collect();
    let text = [head, &product, &variations].concat();
    let raw = crate::catalogue::feed::woocommerce::rows(&text, &euros()).expect("a feed");
    let sizes = raw.rows.first().and_then(|row| row.as_ref().ok()).map(|row| row.variants.len());
    // 666 variations of 300 sizes, and 1334 without a size.
    assert_eq!(sizes, Some(666 * 300 + 1334));
    let hint = "1334 variations of any size stand without a size: a file of this length may list 200000";
    assert_eq!(raw.hints, [hint]);
}

#[test]
fn a_product_of_very_many_colours_is_read_in_little_time() {
    // Where each colour is compared with each, the time grows with the square of their number.
    let head = "ID,Type,SKU,Name,Published,In stock?,Regular price,Categories,Images,Parent,Attribute 1 name,Attribute 1 value(s)\n\
        1,variable,tee,Tee,1,1,,Tshirts,https://cdn.example/1.jpg,,,\n";
    let line = |id: usize| format!("{id},variation,,Tee,1,1,20,,https://cdn.example/{id}.jpg,tee,Color,colour {id}\n");
    let text = head.to_owned() + &(2..20_002).map(line).collect::<String>();
    let feed = read_bytes("export.csv", text.as_bytes(), &euros()).expect("a feed");
    assert_eq!((feed.rows.len(), feed.rows[0].id.as_str(), feed.problems.len()), (20_000, "1/colour 2", 0));
}

#[test]
fn shopifys_metafields_are_found_by_their_keys_in_any_language() {
    for (color, gender) in [("Color", "Target gender"), ("Farbe", "Zielgeschlecht"), ("Couleur", "Sexe cible")] {
        let table = format!(
            "Handle,Title,Variant Price,Image Src,{color} (product.metafields.shopify.color-pattern),\
             {gender} (product.metafields.shopify.target-gender)\n\
             linen-shirt,Linen shirt,39.95,https://cdn.example/a.jpg,navy; white,Female\n"
        );
        let (rows, problems) = read_text("products.csv", &table, &euros()).expect("a feed");
        assert_eq!(problems, []);
        assert_eq!((rows[0].color.as_str(), rows[0].gender.as_str()), ("navy/white", "female"), "{color}");
    }
}

#[test]
fn a_shopify_variant_with_a_bad_price_costs_itself() {
    let table = "Handle,Title,Variant Price,Image Src\n\
        a,Linen shirt,0.00,https://cdn.example/a.jpg\na,,39.95,\na,,soon,\n\
        b,Linen shirt,0,https://cdn.example/b.jpg\n";
    let (rows, problems) = read_text("products.csv", table, &euros()).expect("a feed");
    assert_eq!((rows.len(), rows[0].price.amount_minor), (1, 3995));
    assert_eq!((problems.len(), problems[0].line, problems[0].field), (1, 5, "Variant Price"));
}

#[test]
fn spreadsheets_first_line_and_metas_names_are_read() {
    let row = "1;Red dress;https://shop.example/1;https://cdn.example/1.jpg;19.95 EUR;in stock\n";
    for head in [
        "sep=;\nid;title;link;image_link;price;availability\n",
        "id;title;link;image[0].url;price;availability\n",
        "\"# Required | an id; such as the SKU\";# Required\nid;title;link;image_link;price;availability\n",
    ] {
        let (rows, problems) = read_text("feed.csv", &format!("{head}{row}"), &FeedOptions::default()).expect("a feed");
        assert_eq!((rows.len(), problems.len()), (1, 0), "{head}");
        assert_eq!(rows[0].picture, PictureSource::Address("https://cdn.example/1.jpg".to_owned()));
    }
}
