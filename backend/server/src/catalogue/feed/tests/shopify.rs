//! Shopify's export.

use super::*;

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
    assert_eq!(feed.problem(9, RowFault::Missing { field: "image_link" }).field, "Image Src");
    let error = read_text("products.csv", "URL handle,Title,Price\n", &euros()).expect_err("no feed").to_string();
    assert!(error.contains("are missing: Image Src or Product image URL"), "{error}");
}
