//! Validators of answers that browsers keep. In: an answer's content. Out: its entity tag, and whether a client has it.

use axum::http::{HeaderMap, header};

/// Whether the client's `If-None-Match` names this entity tag, quotes included: the answer is then 304.
pub(super) fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    headers.get(header::IF_NONE_MATCH).is_some_and(|known| names(known.as_bytes(), etag.as_bytes()))
}

/// Whether a list of entity tags names this one, weakly compared (RFC 9110, 13.1.2).
fn names(list: &[u8], etag: &[u8]) -> bool {
    list.split(|&byte| byte == b',')
        .map(<[u8]>::trim_ascii)
        .any(|tag| tag == b"*" || tag.strip_prefix(b"W/").unwrap_or(tag) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_tags_is_compared_weakly() {
        for (list, is_named) in
            [("\"a\"", true), ("\"b\", W/\"a\"", true), ("*", true), ("\"b\"", false), ("a", false), ("", false)]
        {
            assert_eq!(names(list.as_bytes(), b"\"a\""), is_named, "{list}");
        }
    }
}
