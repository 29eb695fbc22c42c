//! The administration's bearer token. In: a flag's text. Out: an [`AdminToken`], of which only the hash is kept.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

/// The SHA-256 of a bearer token.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminToken([u8; 32]);

/// Why a token cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It can be guessed.
    #[error("expected at least {} characters, got {received}", AdminToken::MIN_CHARS)]
    Short {
        /// Its characters.
        received: usize,
    },
    /// No request can carry it.
    #[error("expected letters, digits and punctuation of ASCII without spaces, got others")]
    Unprintable,
}

impl AdminToken {
    /// The fewest characters of a token: sixteen random ones are not guessed.
    pub const MIN_CHARS: usize = 16;

    /// Hashes a token, without the line break with which the file of a secret ends.
    #[must_use]
    pub fn new(token: &str) -> Self {
        Self(Sha256::digest(token.trim()).into())
    }

    /// Checks the token of a flag or a variable; none if there is only white space.
    ///
    /// # Errors
    /// When it is too short, or holds what no header of a request can carry.
    pub fn checked(token: &str) -> Result<Option<Self>, TokenError> {
        let token = token.trim();
        if token.is_empty() {
            return Ok(None);
        }
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TokenError::Unprintable);
        }
        let received = token.chars().count();
        if received < Self::MIN_CHARS { Err(TokenError::Short { received }) } else { Ok(Some(Self::new(token))) }
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

    #[test]
    fn a_secrets_line_break_is_no_part_of_the_token() {
        for text in ["averysecrettoken1234\n", " averysecrettoken1234\r\n"] {
            let token = AdminToken::checked(text).expect("accepted").expect("a token");
            assert!(token.matches("averysecrettoken1234"));
        }
        for text in ["", "\n", "  "] {
            assert_eq!(AdminToken::checked(text), Ok(None));
        }
        assert_eq!(AdminToken::checked("short\n"), Err(TokenError::Short { received: 5 }));
        for text in ["a very secret token", "averysecret\ntoken1234", "sehrgeheimesTökenxx"] {
            assert_eq!(AdminToken::checked(text), Err(TokenError::Unprintable), "{text:?}");
        }
    }
}
