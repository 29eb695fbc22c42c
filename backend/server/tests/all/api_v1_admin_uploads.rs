//! Bodies of `/api/v1/admin/feeds` and `/api/v1/admin/products`: compressed, in forms, slow, too large.

use std::io::Write as _;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::{StreamExt as _, stream};
use stl_types::wire::{EditResult, Problem};

use crate::api_v1_admin::{TOKEN, administered, server_with};
use crate::requests::{Answer, call};

const CHANGES: &str = "id\tprice\nskirts-a\t5 EUR\n";

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).expect("written to memory");
    encoder.finish().expect("finished")
}

async fn change(server: &Router, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    let mut request = Request::builder().method("PATCH").uri("/api/v1/admin/products?format=google-tsv");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.header("authorization", format!("Bearer {TOKEN}"));
    call(server.clone(), request.body(body.into()).expect("a request")).await
}

#[tokio::test]
async fn a_compressed_body_is_unpacked_and_other_encodings_are_refused_by_name() {
    let (root, server) = administered();
    for headers in [&[("content-encoding", "gzip")][..], &[("content-encoding", "x-gzip")], &[]] {
        let answer = change(&server, headers, packed(CHANGES)).await;
        assert_eq!((answer.status, answer.json::<EditResult>().edited), (StatusCode::OK, 1), "{headers:?}");
    }
    let answer = change(&server, &[("content-encoding", "br")], CHANGES).await;
    assert_eq!(answer.problem(), (415, "unsupported-encoding".to_owned()));
    assert!(answer.json::<Problem>().detail.contains("\"br\""), "{:?}", answer.body);
    let whole = packed(CHANGES);
    let answer = change(&server, &[("content-encoding", "gzip")], whole[..whole.len() - 8].to_vec()).await;
    assert_eq!(answer.problem(), (400, "bad-feed".to_owned()));
    assert!(answer.json::<Problem>().detail.contains("cut off"), "{:?}", answer.body);
    let answer = change(&server, &[("content-encoding", "gzip")], CHANGES).await;
    assert_eq!(answer.problem(), (400, "bad-feed".to_owned()));
    let answer = change(&server, &[], "").await;
    assert_eq!(answer.problem(), (400, "bad-feed".to_owned()));
    assert!(answer.json::<Problem>().detail.contains("got nothing"), "{:?}", answer.body);
    // No place of the server is told, and no upload stays.
    let answer = change(&server, &[], "nonsense").await;
    let detail = answer.json::<Problem>().detail;
    assert!(detail.contains("feed:1") && !detail.contains("uploads"), "{detail}");
    assert_eq!(std::fs::read_dir(root.path().join("catalogue/uploads")).expect("a folder").count(), 0);
}

#[tokio::test]
async fn a_form_with_the_feed_as_a_file_is_read() {
    let (_root, server) = administered();
    let form = |part: &str, text: &str| {
        format!(
            "--x\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--x\r\nContent-Disposition: form-data; {part}\r\n\
             Content-Type: text/plain\r\n\r\n{text}\r\n--x--\r\n"
        )
    };
    let headers = [("content-type", "multipart/form-data; boundary=x")];
    let answer = change(&server, &headers, form("name=\"file\"; filename=\"changes.tsv\"", CHANGES)).await;
    assert_eq!((answer.status, answer.json::<EditResult>().edited), (StatusCode::OK, 1));
    // More than a search may have.
    let long = format!("{CHANGES}{}", "nobody\t5 EUR\n".repeat(400_000));
    let answer = change(&server, &headers, form("name=\"feed\"", &long)).await;
    assert_eq!((answer.status, answer.json::<EditResult>().left_out), (StatusCode::OK, 1));
    let answer = change(&server, &headers, form("name=\"other\"", CHANGES)).await;
    assert_eq!(answer.problem(), (400, "bad-feed".to_owned()));
    assert_eq!(change(&server, &headers, "--x\r\nhalf").await.problem().0, 400);
}

#[tokio::test]
async fn a_feed_may_take_longer_than_other_requests() {
    let root = tempfile::tempdir().expect("a folder");
    let server = server_with(&root, |config| config.request_timeout = Duration::from_millis(300));
    let parts = stream::unfold(0, |number| async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        (number < 10).then(|| (Ok::<_, std::io::Error>(Bytes::from("nobody\t5 EUR\n")), number + 1))
    });
    let head = stream::once(async { Ok(Bytes::from("id\tprice\n")) });
    let answer = change(&server, &[], Body::from_stream(head.chain(parts))).await;
    // It was read to its end: there is only no catalogue.
    assert_eq!(answer.problem(), (500, "internal".to_owned()));
}
