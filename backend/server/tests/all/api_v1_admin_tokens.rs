//! Named tokens of the administration: each does what it is for, and what it changed is noted.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::Value;
use stl_server::audit::{self, AuditEntry};
use stl_server::config::{AdminToken, Config};
use stl_server::http::admin::{Admin, Keyring};
use stl_server::http::app::app;
use stl_server::http::state::AppState;
use stl_server::tokens::{Scope, TokenFile};
use stl_types::wire::{ImportJob, paths};
use tempfile::TempDir;

use crate::api_v1_admin::{TOKEN, administered, ended, send};
use crate::requests::{Answer, call, get};
use crate::support::models;

/// A server with a token for each scope, in the order of [`Scope::ALL`].
fn with_tokens() -> (TempDir, Router, [String; 3]) {
    let (root, _) = administered();
    let (catalogue, path) = (root.path().join("catalogue"), root.path().join("tokens.toml"));
    let mut file = TokenFile::default();
    let tokens = Scope::ALL.map(|scope| file.add(scope.as_str(), &[scope], None).expect("added"));
    file.write(&path).expect("written");
    let config = Config::for_testing(&catalogue, std::path::Path::new("no-page"));
    let keys = Keyring::new(Some(AdminToken::new(TOKEN)), Some(&path));
    let admin = Admin::new(keys, &catalogue, models(), true);
    let state = AppState::new(&config).expect("threads").with_admin(admin);
    let server = app(&config, state);
    (root, server, tokens)
}

fn noted(root: &TempDir) -> Vec<AuditEntry> {
    let mut entries = Vec::new();
    let each = |entry| {
        entries.push(entry);
        Ok(())
    };
    audit::read(&root.path().join("catalogue"), each).expect("read");
    entries
}

async fn put_rules(server: &Router, token: &str, text: &str) -> Answer {
    let request = Request::put("/api/v1/admin/rules")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/toml")
        .header("x-request-id", "the-request");
    call(server.clone(), request.body(Body::from(text.to_owned())).expect("a request")).await
}

const RULES: &str = "[[rule]]\nname = \"no tops\"\naction = \"exclude\"\ncategory = [\"tops\"]\n";

#[tokio::test]
async fn a_token_does_what_its_scope_says_and_nothing_else() {
    let (_root, server, [read, catalogue, rules]) = with_tokens();
    let changes = "id\tprice\nskirts-a\t5 EUR\n";
    for (token, expected) in [(&read, [200, 403, 403]), (&catalogue, [403, 200, 403]), (&rules, [403, 403, 200])] {
        let seen = send(&server, "GET", "catalogue", Some(token), "").await;
        let changed = send(&server, "PATCH", "products?format=google-tsv", Some(token), changes).await;
        let stored = put_rules(&server, token, RULES).await;
        assert_eq!([&seen, &changed, &stored].map(|answer| answer.status.as_u16()), expected);
        for answer in [seen, changed, stored].iter().filter(|answer| answer.status == StatusCode::FORBIDDEN) {
            assert_eq!(answer.problem(), (403, "missing-scope".to_owned()));
        }
    }
    // The token of the environment does everything.
    assert_eq!(send(&server, "GET", "catalogue", Some(TOKEN), "").await.status, StatusCode::OK);
    assert_eq!(put_rules(&server, TOKEN, RULES).await.status, StatusCode::OK);
    let wrong = format!("{}0", &read[..read.len() - 1]);
    let wrong = if wrong == read { format!("{}1", &read[..read.len() - 1]) } else { wrong };
    assert_eq!(send(&server, "GET", "catalogue", Some(&wrong), "").await.problem(), (401, "unauthorised".to_owned()));
}

#[tokio::test]
async fn guesses_of_a_tokens_secret_are_refused_before_they_cost_time() {
    let (_root, server, [_, catalogue, _]) = with_tokens();
    let guess = format!("{}{}", &catalogue[..catalogue.len() - 64], "0".repeat(64));
    let mut codes = Vec::new();
    for _ in 0..60 {
        codes.push(send(&server, "GET", "catalogue", Some(&guess), "").await);
    }
    let refused = codes.iter().find(|answer| answer.status == StatusCode::TOO_MANY_REQUESTS).expect("too many");
    assert_eq!((refused.problem().1, refused.header("retry-after")), ("too-many-tokens".to_owned(), "2"));
    // Others go on.
    assert_eq!(send(&server, "GET", "catalogue", Some(TOKEN), "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn every_change_is_noted_with_who_what_and_outcome_and_no_secret() {
    let (root, server, [read, catalogue, rules]) = with_tokens();
    assert_eq!(put_rules(&server, &rules, RULES).await.status, StatusCode::OK);
    assert_eq!(put_rules(&server, &rules, "rule = 1").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(send(&server, "DELETE", "products/tops-a", Some(&read), "").await.status, StatusCode::FORBIDDEN);
    assert_eq!(send(&server, "DELETE", "products/tops-a", Some(&catalogue), "").await.status, StatusCode::OK);
    // What only reads, or is by nobody, is not noted.
    assert_eq!(send(&server, "GET", "rules", Some(&read), "").await.status, StatusCode::OK);
    assert_eq!(send(&server, "DELETE", "rules", Some("wrong"), "").await.status, StatusCode::UNAUTHORIZED);
    let answer = send(&server, "POST", "feeds?format=jsonl", Some(TOKEN), "{}").await;
    let job = answer.json::<ImportJob>().id;
    ended(&server, job).await;

    let entries = noted(&root);
    let told: Vec<_> = entries
        .iter()
        .map(|entry| (entry.token.as_str(), entry.action.as_str(), entry.outcome.as_str(), entry.status, entry.job))
        .collect();
    let expected = [
        ("rules", "rules.store", "done", Some(200), None),
        ("rules", "rules.store", "refused", Some(400), None),
        ("read", "product.delete", "refused", Some(403), None),
        ("catalogue", "product.delete", "done", Some(200), None),
        ("environment", "feed.import", "done", Some(202), Some(job)),
        ("", "import.ended", "failed", None, Some(job)),
    ];
    // The import may end before its begin is noted.
    let mut sorted = told.clone();
    sorted[4..].sort_by_key(|entry| std::cmp::Reverse(entry.0.len()));
    assert_eq!(sorted, expected, "{told:?}");
    assert_eq!((entries[0].path.as_str(), entries[0].request_id.as_str()), ("/api/v1/admin/rules", "the-request"));
    assert_eq!(entries[3].path, "/api/v1/admin/products/tops-a");
    assert!(entries.iter().all(|entry| entry.time.ends_with('Z')), "{entries:?}");
    let file = std::fs::read_to_string(root.path().join("catalogue/audit.jsonl")).expect("a log");
    for secret in [&read, &catalogue, &rules] {
        assert!(!file.contains(&secret[17..]), "{file}");
    }
    assert!(!file.contains(TOKEN) && !file.contains("no tops"), "{file}");
}

#[tokio::test]
async fn every_operation_of_the_administration_has_a_scope() {
    let (_root, server, [read, ..]) = with_tokens();
    let description: Value = get(server.clone(), paths::OPENAPI).await.json();
    let mut refused = 0;
    for (path, item) in description["paths"].as_object().expect("paths") {
        let Some(path) = path.strip_prefix("/api/v1/admin/") else { continue };
        for method in item.as_object().expect("operations").keys() {
            let path = path.replace("{id}", "7");
            let answer = send(&server, &method.to_uppercase(), &path, Some(&read), "").await;
            // Nothing is closed for want of a scope of its own.
            assert_ne!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            let is_read = method == "get" || path == "preview";
            assert_eq!(answer.status == StatusCode::FORBIDDEN, !is_read, "{method} {path}: {:?}", answer.body);
            refused += usize::from(!is_read);
        }
    }
    assert!(refused >= 6, "{refused}");
}
