//! The administration's bearer token. In: a flag's text. Out: an [`AdminToken`], of which only the hash is kept.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

/// The SHA-256 of a bearer token.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminToken([u8; 32]);

impl AdminToken {
    /// The fewest characters of a token: sixteen random ones are not guessed.
    pub const MIN_CHARS: usize = 16;

    /// Hashes a token.
    #[must_use]
    pub fn new(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }

    /// Whether this is the token, compared in constant time.
    #[must_use]
    pub fn matches(&self, token: &str) -> bool {
        self.0.ct_eq(&Self::new(token).0).into()
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_is_the_token_and_it_is_never_printed() {
        let token = AdminToken::new("a-long-and-secret-token");
        assert!(token.matches("a-long-and-secret-token"));
        assert!(!token.matches("a-long-and-secret-tokem") && !token.matches(""));
        assert_eq!(format!("{token:?}"), "AdminToken");
    }
}
