//! Security headers of every answer. In: the page's HTML. Out: the headers.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// Headers of every answer, whatever its status.
///
/// The content security policy allows this server's files and WebAssembly. It allows the inline scripts of `index_html`
/// (the program's start-up module) by their hashes, and no others. Only this page itself may use the camera.
#[must_use]
pub fn security_headers(index_html: &str) -> HeaderMap {
    let hashes: String =
        inline_scripts(index_html).into_iter().map(|script| format!(" '{}'", sha256_of(script))).collect();
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{hashes}; worker-src 'self'; connect-src 'self'; \
         img-src 'self' blob: data:; style-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    );
    let mut headers = HeaderMap::new();
    // The policy is ASCII by construction.
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("permissions-policy"), "camera=(self), geolocation=(), microphone=()"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
}

fn sha256_of(script: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(script)))
}

/// The texts of the `script` elements without `src`, unchanged: browsers hash every byte of them.
fn inline_scripts(html: &str) -> Vec<&str> {
    let (mut scripts, mut at) = (Vec::new(), 0);
    // ASCII case folding keeps byte positions.
    let folded = html.to_ascii_lowercase();
    while let Some(start) = folded[at..].find("<script").map(|found| at + found) {
        let Some(open) = folded[start..].find('>').map(|found| start + found + 1) else { break };
        let Some(close) = folded[open..].find("</script").map(|found| open + found) else { break };
        let attributes = &folded[start + "<script".len()..open - 1];
        let has_source = attributes.split_ascii_whitespace().any(|attribute| attribute.starts_with("src="));
        if !has_source && close > open {
            scripts.push(&html[open..close]);
        }
        at = close;
    }
    scripts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_allowed_by_hash_and_nothing_else_is() {
        let html = "<html><SCRIPT type=\"module\">alert('Hello, world.');</SCRIPT><script src=/a.js></script>\
                    <script>\n2</script></html>";
        assert_eq!(inline_scripts(html), ["alert('Hello, world.');", "\n2"]);
        let headers = security_headers(html);
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().expect("ASCII");
        // The example of the Content Security Policy specification.
        assert!(policy.contains("'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"), "{policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
    }
}
