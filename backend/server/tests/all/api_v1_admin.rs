//! `/api/v1/admin/…`.

use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use stl_server::catalogue::Store;
use stl_server::catalogue::import::import;
use stl_server::config::{AdminToken, Config};
use stl_server::http::admin::Admin;
use stl_server::http::app::app;
use stl_server::http::state::AppState;
use stl_types::wire::{CatalogueStats, EditResult, ImportJob, JobState};
use tempfile::TempDir;

use crate::requests::{Answer, call, ready_app};
use crate::support::{PRODUCTS, RED, line, models, options, png, rectangle, write_feed};

pub(crate) const TOKEN: &str = "sixteen-or-more-characters";

/// An administered server over a catalogue of its own.
pub(crate) fn administered() -> (TempDir, Router) {
    let root = tempfile::tempdir().expect("a folder");
    write_feed(&root.path().join("feed"));
    let catalogue = root.path().join("catalogue");
    import(&root.path().join("feed"), &catalogue, &models(), &options(), |_, _| {}).expect("imported");
    let server = server(&root);
    (root, server)
}

/// The server over the catalogue of a folder, as after a restart.
pub(crate) fn server(root: &TempDir) -> Router {
    server_with(root, |_| {})
}

/// The same with another configuration.
pub(crate) fn server_with(root: &TempDir, configure: impl FnOnce(&mut Config)) -> Router {
    let catalogue = root.path().join("catalogue");
    let mut config = Config::for_testing(&catalogue, Path::new("no-page"));
    configure(&mut config);
    let admin = Admin::new(AdminToken::new(TOKEN), &catalogue, models(), true);
    let state = AppState::new(&config).expect("threads").with_admin(admin);
    app(&config, state)
}

/// The job when it has ended.
pub(crate) async fn ended(server: &Router, id: u64) -> ImportJob {
    for _ in 0..600 {
        let job: ImportJob = send(server, "GET", &format!("jobs/{id}"), Some(TOKEN), "").await.json();
        if job.state != JobState::Running {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("job {id} does not end");
}

pub(crate) async fn send(app: &Router, method: &str, path: &str, token: Option<&str>, body: impl Into<Body>) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("/api/v1/admin/{path}"));
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    call(app.clone(), request.body(body.into()).expect("a request")).await
}

#[tokio::test]
async fn nobody_without_the_token_sees_anything() {
    let (_root, server) = administered();
    for token in [None, Some(""), Some("sixteen-or-more-characterz")] {
        let answer = send(&server, "GET", "catalogue", token, "").await;
        assert_eq!(answer.problem(), (401, "unauthorised".to_owned()));
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    let answer = send(&server, "DELETE", "products/tops-a", None, "").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    // A server without a token has no administration.
    assert_eq!(send(&ready_app(), "GET", "catalogue", Some(TOKEN), "").await.problem().0, 404);
}

#[tokio::test]
async fn prices_change_and_products_go() {
    let (root, server) = administered();
    let changes = "id\tprice\nskirts-a\t5 EUR\nnobody\t5 EUR\ntops-a\tfree\n";
    let answer = send(&server, "PATCH", "products?format=google-tsv", Some(TOKEN), changes).await;
    let result: EditResult = answer.json();
    assert_eq!((result.edited, result.left_out), (1, 2));
    assert!(result.problems[0].starts_with("feed:4: price: "), "{:?}", result.problems);
    let answer = send(&server, "DELETE", "products/tops-a", Some(TOKEN), "").await;
    assert_eq!((answer.status, answer.json::<EditResult>().edited), (StatusCode::OK, 1));
    assert_eq!(send(&server, "DELETE", "products/tops-a", Some(TOKEN), "").await.problem().0, 404);
    let (published, products) =
        Store::open(&root.path().join("catalogue")).and_then(|mut store| store.read()).expect("read");
    assert_eq!((published.version, products.len()), (3, PRODUCTS - 1));
    let skirt = products.iter().find(|article| article.id == "skirts-a").expect("a skirt");
    assert_eq!(skirt.price.amount_minor, 500);
    let stats: CatalogueStats = send(&server, "GET", "catalogue", Some(TOKEN), "").await.json();
    assert_eq!((stats.published_version, stats.served_version), (Some(3), None));
    for (path, code) in [("products", "bad-parameter"), ("products?format=csv", "bad-parameter")] {
        let answer = send(&server, "PATCH", path, Some(TOKEN), changes).await;
        assert_eq!(answer.problem(), (400, code.to_owned()));
    }
    let answer = send(&server, "PATCH", "products?format=google-xml", Some(TOKEN), changes).await;
    assert_eq!(answer.problem(), (400, "bad-feed".to_owned()));
    // The sign of the euro in Windows-1252.
    let changes = b"id;price\ntops-b;7 \x80\n".to_vec();
    let answer = send(&server, "PATCH", "products?format=google-csv", Some(TOKEN), changes).await;
    let result: EditResult = answer.json();
    assert!(result.edited == 1 && result.notes[0].contains("it was read as Windows-1252"), "{result:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_uploaded_feed_is_imported_by_a_job() {
    let (root, server) = administered();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    let picture = png(&rectangle(90, 120, RED));
    // Slow enough that the second upload comes while the first is imported.
    let slowly = move || async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        picture
    };
    let host = Router::new().route("/a.png", axum::routing::get(slowly));
    tokio::spawn(async move { axum::serve(listener, host).await });

    let lines = [line("new", &format!("{origin}/a.png"), "shirts"), line("lost", "images/a.png", "shirts")];
    let feed = lines.join("\n");
    // One product for two dozen: only if it is meant.
    let refused = send(&server, "POST", "feeds?format=jsonl", Some(TOKEN), feed.clone()).await;
    let refused = ended(&server, refused.json::<ImportJob>().id).await;
    assert!(refused.state == JobState::Failed && refused.problems[0].contains("force=true"), "{refused:?}");
    let answer = send(&server, "POST", "feeds?format=jsonl&force=true", Some(TOKEN), feed.clone()).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{:?}", answer.body);
    let place = answer.header("location").trim_start_matches("/api/v1/admin/").to_owned();
    let busy = send(&server, "POST", "feeds?format=jsonl", Some(TOKEN), feed).await;
    assert_eq!((busy.problem(), busy.header("retry-after")), ((409, "import-running".to_owned()), "10"));
    let job: ImportJob = answer.json();
    assert_eq!(place, format!("jobs/{}", job.id));
    let job = ended(&server, job.id).await;
    assert_eq!((job.state, job.imported, job.left_out), (JobState::Done, 1, 1), "{job:?}");
    assert!(job.problems[0].starts_with("feed:2: image_link: "), "{:?}", job.problems);
    let (_, products) = Store::open(&root.path().join("catalogue")).and_then(|mut store| store.read()).expect("read");
    assert_eq!(products.iter().map(|article| &article.id).collect::<Vec<_>>(), ["new"]);
    assert_eq!(send(&server, "GET", "jobs/99", Some(TOKEN), "").await.problem().0, 404);
    // A feed of nothing leaves the catalogue as it is, and its job says why.
    let answer = send(&server, "POST", "feeds?format=jsonl", Some(TOKEN), "{}").await;
    let id = answer.json::<ImportJob>().id;
    let job = ended(&server, id).await;
    assert_eq!(job.state, JobState::Failed);
    assert!(job.problems[0].contains("the catalogue stays as it was"), "{job:?}");
    assert_eq!((job.left_out, job.problems.len()), (1, 2), "the row's reason is told as well");
    assert!(job.problems[1].starts_with("feed:1: id: "), "{job:?}");
}
