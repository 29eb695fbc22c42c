//! A shop's page with the widget, on its own origin. In: the backend's origin. Out: the page's address.
//!
//! Its content security policy is exactly the one that `docs/widget.md` requires for what the page has. Its style sheet sets what style sheets of shops set.

use std::net::SocketAddr;

use anyhow::Result;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;

/// Path of the picture of a sample look.
const LOOK: &str = "/look.jpg";

/// A running shop.
#[derive(Clone, Debug)]
pub struct Shop {
    /// Its address, e.g. `http://127.0.0.1:40123`.
    pub origin: String,
}

#[derive(Clone)]
struct Pages {
    backend: String,
    look: Vec<u8>,
}

impl Shop {
    /// Starts a shop whose pages show the widget of `backend` and the picture `look`, a JPEG.
    ///
    /// # Errors
    /// When the listener has no address.
    pub async fn start(listener: tokio::net::TcpListener, backend: &str, look: Vec<u8>) -> Result<Self> {
        let address: SocketAddr = listener.local_addr()?;
        let app = Router::new()
            .route("/shop.css", get(async || ([(header::CONTENT_TYPE, "text/css")], STYLE)))
            .route("/shop.js", get(async || ([(header::CONTENT_TYPE, "text/javascript")], SCRIPT)))
            .route(LOOK, get(async |State(pages): State<Pages>| ([(header::CONTENT_TYPE, "image/jpeg")], pages.look)))
            .route("/{page}", get(page))
            .with_state(Pages { backend: backend.to_owned(), look });
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { origin: format!("http://{address}") })
    }
}

/// `/inline.html`, `/numbers.html`, `/asking.html`, `/dialog.html`, `/two.html`, `/empty.html`, and `/outfit.html?ID` and `/similar.html?ID` for a product.
async fn page(
    State(Pages { backend, .. }): State<Pages>,
    Path(page): Path<String>,
    RawQuery(product): RawQuery,
) -> Response {
    let product = product.unwrap_or_default();
    let widgets = match page.as_str() {
        "inline.html" => {
            format!("<shop-the-look id='first' api='{backend}' consent='given' lang='en'></shop-the-look>")
        }
        "numbers.html" => {
            format!("<shop-the-look id='first' api='{backend}' consent='given' lang='en' send='numbers'></shop-the-look>")
        }
        "asking.html" => format!("<shop-the-look id='first' api='{backend}' theme='dark'></shop-the-look>"),
        "dialog.html" => {
            "<shop-the-look id='first' mode='dialog' consent='given'>Find it in a photo</shop-the-look>".to_owned()
        }
        "two.html" => "<shop-the-look id='first' consent='given'></shop-the-look>
            <shop-the-look id='second' lang='fr' consent='given' categories='skirts, trousers' limit='3'></shop-the-look>"
            .to_owned(),
        "outfit.html" => {
            format!("<shop-the-look-outfit id='first' product='{product}' lang='de'></shop-the-look-outfit>")
        }
        "similar.html" => {
            // The variant counts from the first card on.
            format!(
                "<shop-the-look-similar id='first' product='{product}' lang='de' variant='below the price'></shop-the-look-similar>"
            )
        }
        "empty.html" => String::new(),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let html = format!(
        "<!doctype html><html lang='en'><head><title>A shop</title>
        <meta name='viewport' content='width=device-width, initial-scale=1'><link rel='stylesheet' href='/shop.css'>
        <link rel='icon' href='data:,'><script src='/shop.js'></script>
        <script type='module' src='{backend}/widget.js'></script></head>
        <body><h1>A shop</h1><main id='page'><img id='look' src='{LOOK}' alt=''>{widgets}</main></body></html>"
    );
    // The elements of a product's page need less than the search.
    let search = if ["outfit.html", "similar.html"].contains(&page.as_str()) {
        ["", ""]
    } else {
        [" 'wasm-unsafe-eval'; worker-src blob:", " blob:"]
    };
    let [programs, blobs] = search;
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self' {backend}{programs}; \
         connect-src {backend}; img-src 'self' data:{blobs} {backend}; base-uri 'none'; form-action 'none'"
    );
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response()
}

/// A style sheet that changes everything that it can reach.
const STYLE: &str = "
html { font-size: 5px; --accent: #ff0000; --ink: #ff0000; }
body { margin: 40px; color: #ff0000; letter-spacing: 4px; text-transform: uppercase; text-align: right; }
* { color: #ff0000 !important; line-height: 3 !important; }
.button, .card, .root, button, h1 { background: #ff0000 !important; border-radius: 0 !important; font-size: 40px !important; }
#look { width: 120px; }
shop-the-look { --stl-accent: #00806a; }
shop-the-look::part(card-title) { text-decoration: underline; }
";

/// Records the widget's events, policy violations and globals, from before the widget starts.
const SCRIPT: &str = "
window.shop = { events: [], violations: [], globals: null };
document.addEventListener('securitypolicyviolation', event =>
    window.shop.violations.push(`${event.effectiveDirective}: ${event.blockedURI} ${event.sourceFile}`));
for (const name of ['ready', 'consent', 'segmented', 'results', 'product-click', 'error'])
    document.addEventListener(`stl-${name}`, event => {
        const {id} = event.target;
        window.shop.events.push({name: event.type, id, cancelable: event.cancelable, composed: event.composed,
            detail: JSON.parse(JSON.stringify(event.detail))});
        if (event.type === 'stl-product-click') event.preventDefault();
    });
window.shop.globals = Object.getOwnPropertyNames(window);
";
