//! Tokens of the administration: named, each with what it may do and its end. In: a file, and tokens of requests. Out: whose token it is.
//!
//! The file holds hashes only. A token is shown once, when it is made.

use std::fmt;
use std::str::FromStr;

mod file;
mod secret;

pub(crate) use file::ENVIRONMENT;
pub use file::{Limits, TokenEntry, TokenFile, TokenFileError};
pub(crate) use secret::{Token, matches};

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// See products, imports, rules and counted events, and try rules.
    Read,
    /// Import feeds, change prices and stock, delete products, cancel imports.
    Catalogue,
    /// Store and remove the shop's rules.
    Rules,
}

/// A scope that there is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a scope of read, catalogue and rules, got {0:?}")]
pub struct UnknownScope(pub String);

impl Scope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Read, Self::Catalogue, Self::Rules];

    /// Its name in files and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Catalogue => "catalogue",
            Self::Rules => "rules",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text).ok_or_else(|| UnknownScope(text.to_owned()))
    }
}
