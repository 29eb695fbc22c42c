//! How often one client may search.

use std::net::IpAddr;
use std::num::NonZero;
use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, Request};
use stl_server::config::{ClientLimit, Config};
use stl_server::http::app::app;
use stl_server::http::clients::Peer;
use stl_server::metrics::Recorder;

use crate::requests::{Answer, STATE, call};
use crate::support::{RED, SHOP, png, rectangle};

fn limited(header: Option<&'static str>) -> Router {
    let mut config = Config::for_testing(&SHOP.catalogue(), Path::new("no-page"));
    let searches_per_minute = NonZero::new(2).expect("a number");
    config.client_limit = Some(ClientLimit { searches_per_minute, header: header.map(HeaderName::from_static) });
    // With other origins, routes lie deeper.
    config.allowed_origins = vec!["https://shop.example".parse().expect("an origin")];
    app(&config, STATE.clone())
}

async fn search(app: &Router, peer: &str, forwarded: &str) -> Answer {
    let mut request =
        Request::post("/api/v1/search").header("content-type", "image/png").header("x-forwarded-for", forwarded);
    let peer: IpAddr = peer.parse().expect("an address");
    request.extensions_mut().expect("a request").insert(Peer(peer));
    call(app.clone(), request.body(Body::from(png(&rectangle(60, 80, RED)))).expect("a request")).await
}

#[tokio::test]
async fn a_client_that_searches_too_often_gets_429_and_others_are_answered() {
    let recorder = Recorder::start().expect("a recorder");
    let app = limited(None);
    for expected in [200, 200, 429] {
        assert_eq!(search(&app, "192.0.2.1", "203.0.113.1").await.status.as_u16(), expected);
    }
    let refused = search(&app, "192.0.2.1", "203.0.113.2").await;
    assert_eq!(refused.problem(), (429, "too-many-searches".to_owned()));
    assert_eq!(refused.header("retry-after"), "60");
    assert_eq!(search(&app, "192.0.2.2", "203.0.113.1").await.status.as_u16(), 200);
    let request = Request::get("/healthz").body(Body::empty()).expect("a request");
    assert_eq!(call(app, request).await.status.as_u16(), 200);
    let text = recorder.text();
    assert!(text.contains(r#"{route="/api/v1/search",method="POST",status="429"}"#), "{text}");
}

#[tokio::test]
async fn behind_a_proxy_its_header_names_the_client() {
    let app = limited(Some("x-forwarded-for"));
    for (forwarded, expected) in [
        ("203.0.113.1", 200),
        ("1.1.1.1, 203.0.113.1", 200),
        ("9.9.9.9, 203.0.113.1", 429),
        ("203.0.113.1, 203.0.113.2", 200),
    ] {
        assert_eq!(search(&app, "127.0.0.1", forwarded).await.status.as_u16(), expected, "{forwarded}");
    }
}
