//! The token that fronts and shards share. In: a flag's text. Out: a [`ShardToken`], which is never printed.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The secret with which a front asks shards.
#[derive(Clone, PartialEq, Eq)]
pub struct ShardToken(String);

/// Not a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected at least {} letters, digits or punctuation of ASCII without spaces", ShardToken::MIN_CHARS)]
pub struct ShardTokenError;

impl ShardToken {
    /// The fewest characters: sixteen random ones are not guessed.
    pub const MIN_CHARS: usize = 16;

    /// Checks a token, without the line break with which the file of a secret ends.
    ///
    /// # Errors
    /// When it is too short, or no header of a request can carry it.
    pub fn checked(text: &str) -> Result<Self, ShardTokenError> {
        let text = text.trim();
        let is_token = text.len() >= Self::MIN_CHARS && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_token.then(|| Self(text.to_owned())).ok_or(ShardTokenError)
    }

    /// The header `Authorization` of a front's requests.
    #[must_use]
    pub fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// Whether a header `Authorization` has it, compared in constant time.
    #[must_use]
    pub fn is_in(&self, header: &str) -> bool {
        let digest = |text: &str| -> [u8; 32] { Sha256::digest(text).into() };
        digest(header).ct_eq(&digest(&self.header())).into()
    }
}

impl fmt::Debug for ShardToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShardToken")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_is_the_token_and_it_is_never_printed() {
        let token = ShardToken::checked("0123456789abcdef\n").expect("a token");
        assert!(token.is_in("Bearer 0123456789abcdef"));
        assert!(!token.is_in("Bearer 0123456789abcdeg") && !token.is_in("") && !token.is_in("0123456789abcdef"));
        assert_eq!(format!("{token:?}"), "ShardToken");
        for text in ["", "short", "0123456789 abcdef", "sehrgeheimesTökenxx"] {
            assert_eq!(ShardToken::checked(text), Err(ShardTokenError), "{text:?}");
        }
    }
}
