//! The page's files and the headers of every answer.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use stl_server::config::{Config, Notice, Shop};
use stl_server::http::app::app;
use stl_server::http::state::AppState;
use tempfile::TempDir;

use crate::requests::{Answer, call, get, loading_app};

const SCRIPT: &str = "\nimport init from '/stl-frontend-0123456789abcdef.js';\nawait init();\n";

fn page() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, content: &[u8]| {
        let path = folder.path().join("dist").join(name);
        std::fs::create_dir_all(path.parent().expect("in a folder")).expect("a folder");
        std::fs::write(path, content).expect("written");
    };
    write("index.html", format!("<!doctype html><script type=\"module\">{SCRIPT}</script>").as_bytes());
    write("stl-frontend-0123456789abcdef.js", b"plain");
    write("stl-frontend-0123456789abcdef.js.br", b"brotli");
    write("stl-frontend-0123456789abcdef.js.gz", b"gzip");
    write("stl-frontend-0123456789abcdef_bg.wasm", b"\0asm");
    write("segmenter/segmenter.json", b"{}");
    write("segmenter/street2fashion-0011223344556677.bin", b"network");
    write("app.webmanifest", b"{}");
    write("service-worker.js", b"worker");
    std::fs::write(folder.path().join("secret.txt"), b"secret").expect("written");
    folder
}

async fn send(page: &TempDir, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    call(loading_app(&page.path().join("dist")), request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn files_have_their_media_type_and_are_kept_by_their_hash() {
    let page = page();
    let (forever, ask_again) = ("public, max-age=31536000, immutable", "no-cache");
    for (path, media_type, caching) in [
        ("/stl-frontend-0123456789abcdef.js", "text/javascript", forever),
        ("/stl-frontend-0123456789abcdef_bg.wasm", "application/wasm", forever),
        ("/segmenter/street2fashion-0011223344556677.bin", "application/octet-stream", forever),
        ("/segmenter/segmenter.json", "application/json", ask_again),
        ("/app.webmanifest", "application/manifest+json", ask_again),
        ("/service-worker.js", "text/javascript", ask_again),
        ("/index.html", "text/html", ask_again),
        ("/", "text/html", ask_again),
    ] {
        let answer = send(&page, path, &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!((answer.header("content-type"), answer.header("cache-control")), (media_type, caching), "{path}");
    }
}

#[tokio::test]
async fn copies_compressed_beforehand_are_preferred() {
    let page = page();
    let path = "/stl-frontend-0123456789abcdef.js";
    for (accepted, encoding, body) in [("gzip, br", "br", "brotli"), ("gzip", "gzip", "gzip"), ("", "", "plain")] {
        let answer = send(&page, path, &[("accept-encoding", accepted)]).await;
        assert_eq!((answer.header("content-encoding"), &answer.body[..]), (encoding, body.as_bytes()));
        assert_eq!((answer.header("content-type"), answer.header("vary")), ("text/javascript", "accept-encoding"));
    }
}

#[tokio::test]
async fn only_navigations_fall_back_to_the_page() {
    let page = page();
    let html = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    let answer = send(&page, "/looks/42", &html).await;
    assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::OK, "no-cache"));
    assert!(answer.body.starts_with(b"<!doctype html>"));
    assert_eq!(send(&page, "/looks/42.js", &[("accept", "*/*")]).await.problem().0, 404);
    assert_eq!(send(&page, "/api/v1/nothing", &html).await.problem().0, 404);
}

#[tokio::test]
async fn a_photo_that_was_shared_with_nobody_is_not_read() {
    let page = page();
    let read = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&read);
    let photo = futures_util::stream::repeat_with(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok::<_, std::io::Error>(Bytes::from_static(&[7; 1024]))
    });
    let request = Request::post("/share").header("content-type", "multipart/form-data; boundary=x");
    let request = request.body(Body::from_stream(photo)).expect("a request");
    let answer = call(loading_app(&page.path().join("dist")), request).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/?shared=missed"));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(read.load(Ordering::Relaxed), 0, "pieces of an endless body");
    assert_eq!(send(&page, "/share", &[("accept", "text/html")]).await.status, StatusCode::OK, "the page");
}

#[tokio::test]
async fn no_path_leads_out_of_the_folder() {
    let page = page();
    for path in
        ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/segmenter/../../secret.txt", "//etc/passwd"]
    {
        let answer = send(&page, path, &[]).await;
        assert!(!answer.status.is_success(), "{path}: {:?}", answer.body);
    }
}

#[tokio::test]
async fn every_answer_carries_the_policy_with_the_pages_own_script() {
    use base64::Engine as _;
    use sha2::Digest as _;

    let page = page();
    let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(SCRIPT));
    for path in ["/", "/nothing.js", "/api/v1/nothing", "/readyz", "/healthz", "/api/v1/openapi.json"] {
        let answer = send(&page, path, &[]).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'sha256-"), "{policy}");
        assert!(policy.contains(&format!("'sha256-{hash}'")), "{policy}");
        assert!(!policy.contains("'unsafe-eval'") && !policy.contains("unsafe-inline"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("permissions-policy"), "camera=(self), geolocation=(), microphone=()");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
    }
}

#[tokio::test]
async fn a_missing_page_is_a_problem_not_a_crash() {
    let answer = get(loading_app(std::path::Path::new("no-page")), "/").await;
    assert_eq!(answer.problem(), (404, "not-found".to_owned()));
}

/// A page as it could have been built, and settings of a shop.
fn shop_app(state: stl_server::http::state::AppState, dist: &std::path::Path) -> axum::Router {
    let logo = dist.join("logo.svg");
    std::fs::write(&logo, "<svg xmlns=\"http://www.w3.org/2000/svg\"/>").expect("written");
    let settings = dist.join("shop.toml");
    let text =
        "name = \"Muster <Moden>\"\nlogo = \"logo.svg\"\naccent = \"#0a5c36\"\naddress = \"https://look.example\"\n";
    std::fs::write(&settings, text).expect("written");
    std::fs::write(dist.join("manifest.webmanifest"), "{\"name\":\"Shop the look\"}").expect("written");
    let html = "<!doctype html><html><head><title>Shop the look</title></head><body></body></html>";
    std::fs::write(dist.join("index.html"), html).expect("written");
    let shop = stl_server::config::Shop::read(&settings).expect("settings");
    let config = stl_server::config::Config {
        shop,
        ..stl_server::config::Config::for_testing(&crate::support::SHOP.catalogue(), dist)
    };
    stl_server::http::app::app(&config, state)
}

#[tokio::test]
async fn a_products_address_names_it_in_the_head_for_those_who_run_no_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = || shop_app(crate::requests::STATE.clone(), folder.path());
    let path = stl_types::wire::product_page("tops/c ü", "Article tops/c ü");
    for link in [path.as_str(), "/?product=tops%2Fc+%C3%BC", "/products/tops%2Fc%20%C3%BC/another-name"] {
        let answer = get(app(), link).await;
        let html = String::from_utf8(answer.body.to_vec()).expect("text");
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "text/html"), "{link}");
        assert!(html.contains("<title>Article tops/c ü – Muster &lt;Moden&gt;</title>"), "{html}");
        assert!(html.contains(&format!("<link rel=\"canonical\" href=\"https://look.example{path}\">")), "{html}");
        assert!(html.contains("<meta property=\"og:image\" content=\"https://look.example/api/v1/images/"), "{html}");
        let known = Request::get(link).header("if-none-match", answer.header("etag"));
        let again = call(app(), known.body(Body::empty()).expect("a request")).await;
        assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    }
    let gone = get(app(), "/products/nothing/of-this-name").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert!(gone.body.starts_with(b"<!doctype html>"), "the page says so");
}

#[tokio::test]
async fn the_shops_files_are_served_and_kept_by_their_version() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = || shop_app(crate::requests::STATE.clone(), folder.path());
    let html = String::from_utf8(get(app(), "/").await.body.to_vec()).expect("text");
    let style =
        html.split("rel=\"stylesheet\" href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a link");
    let sheet = get(app(), style).await;
    assert_eq!(sheet.header("content-type"), "text/css; charset=utf-8");
    assert!(
        sheet.header("cache-control").contains("immutable") && sheet.body.starts_with(b":root{--stl-accent:#0a5c36;")
    );
    let logo = html.split("\"logo\":\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a logo");
    let picture = get(app(), logo).await;
    assert_eq!((picture.header("content-type"), picture.status), ("image/svg+xml", StatusCode::OK));
    assert_eq!(get(app(), "/shop-logo?v=another").await.header("cache-control"), "no-cache");
    let manifest: serde_json::Value = get(app(), "/manifest.webmanifest").await.json();
    assert_eq!(manifest["name"], "Muster <Moden>");
}

#[tokio::test]
async fn the_looks_of_a_catalogue_are_listed_and_none_without_the_folder() {
    let none = get(crate::requests::ready_app(), "/samples/samples.json").await;
    assert_eq!((none.header("cache-control"), &none.body[..]), ("no-cache", &b"[]"[..]));
    assert_eq!(get(crate::requests::ready_app(), "/samples/look.jpeg").await.problem().0, 404);
}

#[tokio::test]
async fn the_paragraph_for_the_shops_privacy_notice_is_the_shops_own_if_it_has_one() {
    let page = page();
    let section = "<section lang=\"de\" id=\"de\"><p>Suche</p><!--counts--><p>Wir zählen</p><!--/counts--></section>";
    let file = page.path().join("dist/privacy-notice.html");
    assert_eq!(send(&page, "/privacy/notice", &[]).await.status, StatusCode::NOT_FOUND);
    std::fs::write(file, format!("<!doctype html>{section}")).expect("written");
    let answer = async |notice: Notice, events| {
        let config = Config::for_testing(Path::new("no-catalogue"), &page.path().join("dist"));
        let config = Config { shop: Shop { notice, ..Shop::default() }, events, ..config };
        get(app(&config, AppState::new(&config).expect("threads")), "/privacy/notice").await
    };
    let text = async |notice, events| {
        let answer = answer(notice, events).await;
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "text/html"));
        String::from_utf8(answer.body.to_vec()).expect("UTF-8")
    };
    let open = "<!doctype html><section lang=\"de\" id=\"de\">";
    assert_eq!(text(Notice::default(), false).await, format!("{open}<p>Suche</p></section>"));
    assert!(text(Notice::default(), true).await.contains("<p>Wir zählen</p>"));
    let own = Notice { texts: [("de".to_owned(), "Unser Text".to_owned())].into(), address: None };
    assert_eq!(text(own, true).await, format!("{open}<p>Unser Text</p></section>"));
    let elsewhere = Notice { address: Some("https://shop.example/privacy#look".to_owned()), ..Notice::default() };
    let answer = answer(elsewhere, false).await;
    let location = answer.header("location");
    assert_eq!((answer.status, location), (StatusCode::TEMPORARY_REDIRECT, "https://shop.example/privacy#look"));
}

#[tokio::test]
async fn the_privacy_page_has_an_address_of_its_own() {
    let page = page();
    std::fs::write(page.path().join("dist/privacy.html"), "<!doctype html>What is sent").expect("written");
    let answer = send(&page, "/privacy", &[]).await;
    assert_eq!((answer.status, &answer.body[..]), (StatusCode::OK, &b"<!doctype html>What is sent"[..]));
    assert_eq!(answer.header("content-type"), "text/html");
}
