//! The page's files and the headers of every answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
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
