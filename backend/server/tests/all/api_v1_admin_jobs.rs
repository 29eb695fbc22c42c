//! `/api/v1/admin/jobs/{id}`: jobs outlive the server, can be cancelled, and leave prices alone.

use std::path::Path;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::StatusCode;
use stl_server::catalogue::Store;
use stl_types::wire::{EditResult, ImportJob, JobState};

use crate::api_v1_admin::{TOKEN, administered, ended, send, server};
use crate::support::{PRODUCTS, line};

/// A host that accepts connections and never answers; its address.
async fn silent_host() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            open.push(stream);
        }
    });
    address
}

/// Starts an import that hangs at its first picture.
async fn hanging(app: &Router) -> ImportJob {
    let host = silent_host().await;
    let lines: Vec<String> =
        (0..PRODUCTS).map(|number| line(&number.to_string(), &format!("{host}/{number}.png"), "shirts")).collect();
    let answer = send(app, "POST", "feeds?format=jsonl", Some(TOKEN), lines.join("\n") + "\n").await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{:?}", answer.body);
    answer.json()
}

fn uploads(root: &Path) -> usize {
    std::fs::read_dir(root.join("catalogue/uploads")).map_or(0, Iterator::count)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_job_is_told_after_a_restart_and_its_number_is_not_used_again() {
    let (root, before) = administered();
    let failed = send(&before, "POST", "feeds?format=jsonl", Some(TOKEN), "{}\n").await.json::<ImportJob>();
    let failed = ended(&before, failed.id).await;
    assert_eq!(uploads(root.path()), 0, "an upload goes with its job");
    // What a server that is killed leaves: a job that is running, and its upload.
    let store = Store::open(&root.path().join("catalogue")).expect("a database");
    let killed = store.add_job(&ImportJob::default(), 0, 32).expect("stored");
    std::fs::create_dir_all(root.path().join("catalogue/uploads/feed-x")).expect("a folder");
    drop(before);
    let after = server(&root);
    assert_eq!(uploads(root.path()), 0);
    let job: ImportJob = send(&after, "GET", &format!("jobs/{killed}"), Some(TOKEN), "").await.json();
    assert_eq!((job.id, job.state), (killed, JobState::Interrupted));
    assert!(job.problems[0].contains("send the feed again"), "{job:?}");
    let job: ImportJob = send(&after, "GET", &format!("jobs/{}", failed.id), Some(TOKEN), "").await.json();
    assert_eq!(job, failed);
    let next = send(&after, "POST", "feeds?format=jsonl", Some(TOKEN), "{}\n").await.json::<ImportJob>();
    assert_eq!(next.id, killed + 1);
    ended(&after, next.id).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_an_import_runs_prices_change_and_it_can_be_cancelled() {
    let (root, server) = administered();
    let job = hanging(&server).await;
    let begin = Instant::now();
    let changes = "id\tprice\nskirts-a\t5 EUR\n";
    let answer = send(&server, "PATCH", "products?format=google-tsv", Some(TOKEN), changes).await;
    assert_eq!((answer.status, answer.json::<EditResult>().edited), (StatusCode::OK, 1));
    let answer = send(&server, "DELETE", "products/tops-a", Some(TOKEN), "").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());

    let place = format!("jobs/{}", job.id);
    assert_eq!((job.waiting_for.as_str(), job.waiting_s), ("", None), "it has just begun");
    let waits = loop {
        let job: ImportJob = send(&server, "GET", &place, Some(TOKEN), "").await.json();
        if !job.waiting_for.is_empty() {
            break job;
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "{job:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert!(waits.waiting_for == "127.0.0.1" && waits.waiting_s.is_some_and(|waiting_s| waiting_s >= 10), "{waits:?}");
    let all: Vec<ImportJob> = send(&server, "GET", "jobs", Some(TOKEN), "").await.json();
    assert_eq!(all[0].waiting_for, "127.0.0.1");

    assert_eq!(send(&server, "DELETE", &place, Some(TOKEN), "").await.status, StatusCode::ACCEPTED);
    // The pictures that are being fetched take their time limit; no further one is begun.
    let job = loop {
        let job: ImportJob = send(&server, "GET", &place, Some(TOKEN), "").await.json();
        if job.state != JobState::Running {
            break job;
        }
        assert!(begin.elapsed() < Duration::from_secs(90));
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert_eq!((job.state, job.waiting_for.as_str()), (JobState::Cancelled, ""));
    assert_eq!(send(&server, "DELETE", &place, Some(TOKEN), "").await.problem(), (409, "job-ended".to_owned()));
    assert_eq!(send(&server, "DELETE", "jobs/99", Some(TOKEN), "").await.problem().0, 404);
    let (_, articles) = Store::open(&root.path().join("catalogue")).and_then(|mut store| store.read()).expect("read");
    assert_eq!(articles.len(), PRODUCTS - 1);
}
