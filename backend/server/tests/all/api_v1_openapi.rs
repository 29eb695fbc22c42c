//! `GET /api/v1/openapi.json`.

use std::path::Path;

use stl_server::config::Config;
use stl_server::http::app::app;
use stl_types::wire::paths;

use crate::requests::{STATE, get, ready_app};
use crate::support::{SHOP, models};

#[tokio::test]
async fn the_description_lists_the_paths_that_are_served() {
    let answer = get(ready_app(), paths::OPENAPI).await;
    assert_eq!(answer.header("content-type"), "application/json");
    let description: serde_json::Value = answer.json();
    let described = description["paths"].as_object().expect("paths");
    let mut operations: Vec<String> = described
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().into_iter().flatten().map(move |(method, _)| format!("{method} {path}"))
        })
        .collect();
    operations.sort();
    insta::assert_json_snapshot!(operations, @r#"
    [
      "delete /api/v1/admin/jobs/{id}",
      "delete /api/v1/admin/products/{id}",
      "delete /api/v1/admin/rules",
      "get /api/v1/admin/catalogue",
      "get /api/v1/admin/events",
      "get /api/v1/admin/feeds",
      "get /api/v1/admin/jobs",
      "get /api/v1/admin/jobs/{id}",
      "get /api/v1/admin/products",
      "get /api/v1/admin/products/{id}",
      "get /api/v1/admin/rules",
      "get /api/v1/facets",
      "get /api/v1/images/{id}",
      "get /api/v1/images/{id}/{number}",
      "get /api/v1/products",
      "get /api/v1/products/{id}",
      "get /api/v1/products/{id}/looks",
      "get /api/v1/products/{id}/similar",
      "get /healthz",
      "get /readyz",
      "patch /api/v1/admin/products",
      "post /api/v1/admin/feeds",
      "post /api/v1/admin/preview",
      "post /api/v1/events",
      "post /api/v1/search",
      "put /api/v1/admin/rules"
    ]
    "#);
    let shared = [
        paths::SEARCH.to_owned(),
        paths::PRODUCTS.to_owned(),
        format!("{}/{{id}}", paths::PRODUCTS),
        format!("{}/{{id}}/{}", paths::PRODUCTS, paths::SIMILAR),
        format!("{}/{{id}}/{}", paths::PRODUCTS, paths::LOOKS),
        paths::EVENTS.to_owned(),
        paths::FACETS.to_owned(),
        format!("{}/{{id}}", paths::PRODUCT_IMAGES),
        format!("{}/{{id}}/{{number}}", paths::PRODUCT_IMAGES),
        paths::HEALTHZ.to_owned(),
        paths::READYZ.to_owned(),
    ];
    for path in shared {
        assert!(described.contains_key(&path), "{path}");
    }
    let filters = ["gender", "color", "brand", "price_min", "price_max", "currency", "in_stock"];
    let similar = format!("{}/{{id}}/{}", paths::PRODUCTS, paths::SIMILAR);
    for operation in [&description["paths"][paths::SEARCH]["post"], &description["paths"][&similar]["get"]] {
        let parameters = operation["parameters"].as_array().expect("parameters");
        for filter in filters {
            let is_it = |parameter: &&serde_json::Value| parameter["name"] == filter;
            let parameter = parameters.iter().find(is_it).unwrap_or_else(|| panic!("{filter} is described"));
            assert_eq!((&parameter["in"], &parameter["required"]), (&"query".into(), &false.into()), "{parameter}");
            assert!(parameter["description"].as_str().is_some_and(|words| !words.is_empty()), "{parameter}");
        }
    }
    let bodies = description["paths"][paths::SEARCH]["post"]["requestBody"]["content"].as_object().expect("bodies");
    assert!(bodies.contains_key("image/png") && bodies.contains_key("multipart/form-data"), "{bodies:?}");
    for schema in [
        "SearchForm",
        "SeenGarment",
        "LikelyCategory",
        "Layer",
        "SearchResponse",
        "Card",
        "Product",
        "FacetCounts",
        "Problem",
        "Category",
    ] {
        assert!(description["components"]["schemas"].get(schema).is_some(), "{schema}");
    }
}

#[tokio::test]
async fn the_description_says_what_the_networks_are_for() {
    let config = Config::for_testing(&SHOP.catalogue(), Path::new("no-page"));
    let terms = models().terms().to_owned();
    let description: serde_json::Value =
        get(app(&config, STATE.clone().with_terms(&terms)), paths::OPENAPI).await.json();
    let about = description["info"]["description"].as_str().expect("a description");
    assert!(about.starts_with("Visual search") && about.ends_with(&format!("\n\n{terms}")), "{about}");
    assert!(terms.contains("research and demonstration"), "{terms}");
}

#[tokio::test]
async fn every_path_and_parameter_of_the_description_is_documented() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api.md");
    let page = std::fs::read_to_string(page).expect("docs/api.md");
    let description: serde_json::Value = get(ready_app(), paths::OPENAPI).await.json();
    for (path, item) in description["paths"].as_object().expect("paths") {
        assert!(page.contains(path), "{path}");
        for (method, operation) in item.as_object().expect("operations") {
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let name = parameter["name"].as_str().expect("a name");
                let is_documented = ["`", "{", "?"].iter().any(|before| page.contains(&format!("{before}{name}")));
                assert!(is_documented, "{method} {path}: {name}");
            }
        }
    }
}

#[tokio::test]
async fn failures_are_described_as_ranges_of_problem_details() {
    let description: serde_json::Value = get(ready_app(), paths::OPENAPI).await.json();
    let search = &description["paths"][paths::SEARCH]["post"];
    let statuses: Vec<&str> = search["responses"].as_object().expect("responses").keys().map(String::as_str).collect();
    assert_eq!(statuses, ["200", "4XX", "5XX"]);
    let schema = &search["responses"]["4XX"]["content"]["application/problem+json"]["schema"]["$ref"];
    assert_eq!(schema, "#/components/schemas/Problem");
    let similar = &description["paths"][&format!("{}/{{id}}/{}", paths::PRODUCTS, paths::SIMILAR)]["get"];
    let names = similar["parameters"].as_array().expect("parameters").iter().map(|parameter| &parameter["name"]);
    assert!(
        !names.into_iter().any(|name| name == "category" || name == "subject"),
        "a product of a category is searched with"
    );
}

#[tokio::test]
async fn every_path_is_documented() {
    let description: serde_json::Value = get(ready_app(), paths::OPENAPI).await.json();
    let page = include_str!("../../../../docs/api.md");
    for (path, item) in description["paths"].as_object().expect("paths") {
        for method in item.as_object().into_iter().flatten().map(|(method, _)| method.to_uppercase()) {
            let request = format!("`{method} {path}");
            assert!(page.contains(&format!("{request}`")) || page.contains(&format!("{request}?")), "{request}");
        }
    }
}
