//! The page's requests. In: the cutout. Out: the cards, or why there are none.
//!
//! [`search`] has a body, the cutout with the outline of its garments, or numbers of them. The only other request with one is
//! [`send_events`], if the server counts events.

use std::time::Duration;

use js_sys::{Promise, Reflect};
use leptos::prelude::{TimeoutHandle, set_timeout_with_handle};
use leptos::task::spawn_local;
use percent_encoding::utf8_percent_encode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use stl_types::Price;
use stl_types::wire::{
    Availability, FacetCounts, Problem, Product, SampleLook, SearchResponse, SegmenterFiles, ShopEvents, parts, paths,
};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, AbortSignal, Blob, FormData, Headers, ReferrerPolicy, RequestCache, RequestCredentials,
    RequestInit, Response,
};

use crate::browser::{next_task, now_ms};
use crate::failure::{Failure, Fault, Retry};
use crate::filters::ESCAPED;
use crate::server;
use crate::state::{Answer, Cutout, Numbers};

/// A search takes well below a second, but sending a megabyte over a slow phone network takes most of a minute.
const SEARCH_TIMEOUT: Duration = Duration::from_secs(60);

/// Lists and sample pictures: a slow phone network carries them within this.
const FILE_TIMEOUT_MS: u32 = 30_000;

const JSON: &str = "application/json";

/// No answer, or an unexpected one.
#[derive(Debug)]
pub(crate) struct Unanswered;

/// A search that is being sent: stopped when it takes too long, or dropped. What was not sent by then never is.
pub(crate) struct Sending {
    controller: AbortController,
    timer: Option<TimeoutHandle>,
}

impl Sending {
    /// Starts the time limit; none if the browser has no `AbortController`.
    pub(crate) fn begin() -> Option<Self> {
        let controller = AbortController::new().ok()?;
        let late = controller.clone();
        let timer = set_timeout_with_handle(move || late.abort(), SEARCH_TIMEOUT).ok();
        Some(Self { controller, timer })
    }

    /// Aborted when the search is stopped.
    pub(crate) fn signal(&self) -> AbortSignal {
        self.controller.signal()
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        if let Some(timer) = self.timer {
            timer.clear();
        }
        self.controller.abort();
    }
}

/// What a search sends.
pub(crate) enum Sent<'a> {
    /// The cutout and the outline of its garments.
    Cutout(&'a Cutout),
    /// Numbers of them.
    Numbers(&'a Numbers),
}

/// Sends a cutout or its numbers and reads the cards; `query` is the address's, without its question mark.
///
/// # Errors
/// When it is stopped, or the server does not answer, is busy, or refuses the picture.
pub(crate) async fn search(sent: Sent<'_>, query: &str, stop: Option<AbortSignal>) -> Result<Answer, Failure> {
    let started = now_ms();
    let unreachable = |_| Failure::unreachable(Retry::Search);
    let response = post(&with_query(paths::SEARCH, query), sent, stop.as_ref()).await.map_err(unreachable)?;
    answer(answered(&response).await?, started).await
}

/// The products that are most similar to one; `query` as for [`search`].
///
/// # Errors
/// When the server does not answer or is busy, or the shop has no such product.
pub(crate) async fn similar(id: &str, query: &str) -> Result<Answer, Failure> {
    let started = now_ms();
    let url = with_query(&format!("{}/{}", product_url(id), paths::SIMILAR), query);
    answer(get_answer(&url).await?, started).await
}

/// A size of a product with its own page in the shop; of [`stl_types::wire::Variant`] what is shown.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Size {
    #[serde(default)]
    pub(crate) size: String,
    #[serde(default)]
    pub(crate) size_system: String,
    pub(crate) link: String,
    pub(crate) price: Price,
    pub(crate) availability: Availability,
}

/// Of a [`stl_types::wire::WholeProduct`] its sizes.
#[derive(Deserialize)]
struct Sizes {
    #[serde(default)]
    variants: Vec<Size>,
}

/// One product.
///
/// # Errors
/// When the server does not answer, or the shop has no such product.
pub(crate) async fn product(id: &str) -> Result<Product, Failure> {
    let mut product: Product = get_answer(&product_url(id)).await?;
    with_addresses(&mut product);
    Ok(product)
}

/// All sizes of a product.
///
/// # Errors
/// When they cannot be fetched or read.
pub(crate) async fn sizes(id: &str) -> Result<Vec<Size>, Unanswered> {
    let Sizes { variants } = get_json(&product_url(id)).await?;
    Ok(variants)
}

/// Some products, in the order of their ids, without those that the shop has no longer.
///
/// # Errors
/// When they cannot be fetched or read.
pub(crate) async fn products(ids: &[String]) -> Result<Vec<Product>, Unanswered> {
    let ids: Vec<String> = ids.iter().map(|id| format!("id={}", utf8_percent_encode(id, &ESCAPED))).collect();
    let mut products: Vec<Product> = get_json(&with_query(paths::PRODUCTS, &ids.join("&"))).await?;
    products.iter_mut().for_each(with_addresses);
    Ok(products)
}

/// What products can be filtered by.
///
/// # Errors
/// When it cannot be fetched or read.
pub(crate) async fn facets() -> Result<FacetCounts, Unanswered> {
    get_json(paths::FACETS).await
}

/// The segmenter's files.
///
/// # Errors
/// When the list cannot be fetched or read.
pub(crate) async fn segmenter_files() -> Result<SegmenterFiles, Unanswered> {
    get_json(paths::SEGMENTER).await
}

/// The sample looks.
///
/// # Errors
/// When the list cannot be fetched or read.
pub(crate) async fn samples() -> Result<Vec<SampleLook>, Unanswered> {
    let samples: Vec<SampleLook> = get_json(paths::SAMPLES).await?;
    let whole = |sample: SampleLook| {
        let [image, thumbnail] = [&sample.image, &sample.thumbnail].map(|url| server::address(url));
        SampleLook { image, thumbnail, ..sample }
    };
    Ok(samples.into_iter().map(whole).collect())
}

/// A sample look's picture.
///
/// # Errors
/// When it cannot be fetched.
pub(crate) async fn sample_picture(url: &str) -> Result<Blob, Unanswered> {
    let response = get(url).await?;
    let blob = response.blob().map_err(|_| Unanswered)?;
    JsFuture::from(blob).await.ok().and_then(|blob| blob.dyn_into().ok()).ok_or(Unanswered)
}

/// Sends events for the shop's counts, also while the page is being left. Nobody waits for an answer: what cannot be sent is not counted.
pub(crate) fn send_events(events: &ShopEvents) {
    let send = || -> Result<Promise, JsValue> {
        let headers = Headers::new()?;
        headers.set("content-type", JSON)?;
        let request = anonymous_post();
        request.set_headers(&headers);
        request.set_body(&serde_json::to_string(events).unwrap_or_default().into());
        Reflect::set(&request, &"keepalive".into(), &JsValue::TRUE)?;
        let window = web_sys::window().ok_or(JsValue::NULL)?;
        Ok(window.fetch_with_str_and_init(&server::address(paths::EVENTS), &request))
    };
    if let Ok(sent) = send() {
        spawn_local(async move {
            let _ = JsFuture::from(sent).await;
        });
    }
}

fn product_url(id: &str) -> String {
    format!("{}/{}", paths::PRODUCTS, utf8_percent_encode(id, &ESCAPED))
}

/// Makes the addresses of a product's pictures absolute.
fn with_addresses(product: &mut Product) {
    for url in std::iter::once(&mut product.image_url).chain(&mut product.further_pictures) {
        *url = server::address(url);
    }
}

/// The answer with absolute addresses of its pictures. Parsing hundreds of cards is one task; the page renders them in
/// another one.
async fn answer(mut response: SearchResponse, started: f64) -> Result<Answer, Failure> {
    for card in response.categories.iter_mut().flat_map(|category| &mut category.cards) {
        with_addresses(&mut card.product);
    }
    let round_trip_ms = now_ms() - started;
    next_task().await;
    Ok(Answer { response, round_trip_ms })
}

fn with_query(path: &str, query: &str) -> String {
    let separator = if query.is_empty() { "" } else { "?" };
    format!("{path}{separator}{query}")
}

/// The answer to a `GET` for a product.
async fn get_answer<T: DeserializeOwned>(url: &str) -> Result<T, Failure> {
    let request = RequestInit::new();
    request.set_signal(Some(&AbortSignal::timeout_with_u32(FILE_TIMEOUT_MS)));
    let response = fetch(url, &request).await.map_err(|_| Failure::unreachable(Retry::Search))?;
    if response.status() == 404 {
        return Err(Failure::of_photo(Fault::Gone));
    }
    answered(&response).await
}

async fn answered<T: DeserializeOwned>(response: &Response) -> Result<T, Failure> {
    let body = text(response).await.map_err(|_| Failure::unreachable(Retry::Search))?;
    if !response.ok() {
        return Err(refusal(response.status(), &body));
    }
    serde_json::from_str(&body).map_err(|_| refusal(response.status(), ""))
}

fn refusal(status: u16, body: &str) -> Failure {
    let problem: Option<Problem> = serde_json::from_str(body).ok();
    match problem.as_ref().map(|problem| &*problem.code) {
        // The shop has other networks by now.
        Some("other-network") => return Failure::new(Fault::Outdated, Retry::Reload),
        Some("only-numbers") => return Failure::new(Fault::OnlyNumbers, Retry::SendNumbers),
        _ => {}
    }
    let (fault, retry) = match status {
        429 | 503 => (Fault::Busy, Retry::Search),
        408 => (Fault::Slow, Retry::Search),
        // The same picture would be refused again.
        400..=499 => (Fault::Refused, Retry::ChooseAnother),
        // A gateway answers for a server that does not.
        502 | 504 => return Failure::unreachable(Retry::Search),
        _ => (Fault::Server, Retry::Search),
    };
    let detail = problem.map(|problem| problem.detail).filter(|detail| !detail.is_empty());
    Failure { detail, ..Failure::new(fault, retry) }
}

async fn post(url: &str, sent: Sent<'_>, stop: Option<&AbortSignal>) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    headers.set("accept", JSON)?;
    let request = anonymous_post();
    match sent {
        Sent::Cutout(cutout) => {
            let form = FormData::new()?;
            form.append_with_blob(parts::CUTOUT, &cutout.png)?;
            form.append_with_blob(parts::REGIONS, &cutout.regions)?;
            request.set_body(&form);
        }
        Sent::Numbers(numbers) => {
            headers.set("content-type", JSON)?;
            request.set_body(&numbers.body.as_str().into());
        }
    }
    request.set_headers(&headers);
    request.set_signal(stop);
    fetch(url, &request).await
}

/// A `POST` that carries nothing that identifies the visitor.
fn anonymous_post() -> RequestInit {
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_cache(RequestCache::NoStore);
    request.set_credentials(RequestCredentials::Omit);
    request.set_referrer_policy(ReferrerPolicy::NoReferrer);
    request
}

async fn get_json<T: DeserializeOwned>(url: &str) -> Result<T, Unanswered> {
    let body = text(&get(url).await?).await.map_err(|_| Unanswered)?;
    serde_json::from_str(&body).map_err(|_| Unanswered)
}

async fn get(url: &str) -> Result<Response, Unanswered> {
    let request = RequestInit::new();
    request.set_signal(Some(&AbortSignal::timeout_with_u32(FILE_TIMEOUT_MS)));
    fetch(url, &request).await.ok().filter(Response::ok).ok_or(Unanswered)
}

async fn fetch(url: &str, request: &RequestInit) -> Result<Response, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let mut url = server::address(url);
    if url.contains(paths::API) {
        url = server::in_market(url);
    }
    JsFuture::from(window.fetch_with_str_and_init(&url, request)).await?.dyn_into()
}

async fn text(response: &Response) -> Result<String, JsValue> {
    Ok(JsFuture::from(response.text()?).await?.as_string().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_detail_is_kept_and_a_page_of_html_is_not() {
        let problem = r#"{"type":"/problems/picture-too-large","title":"Picture too large","status":413,
            "detail":"The picture has 9 megapixels.","code":"picture-too-large"}"#;
        let failure = refusal(413, problem);
        assert_eq!((failure.fault, failure.retry), (Fault::Refused, Retry::ChooseAnother));
        assert_eq!(failure.detail.as_deref(), Some("The picture has 9 megapixels."));
        assert_eq!(refusal(408, "").retry, Retry::Search);
        assert_eq!(refusal(500, "<html>nginx</html>").detail, None);
    }

    #[test]
    fn a_full_queue_is_busy_and_a_dead_server_behind_a_gateway_is_unreachable() {
        assert_eq!(refusal(429, "").fault, Fault::Busy);
        assert_eq!(refusal(503, "").fault, Fault::Busy);
        assert_eq!(refusal(502, "").fault, Fault::Unreachable);
    }
}
