//! Who a bearer token is. In: a request's token. Out: an [`Access`], or why there is none.
//!
//! A hash of argon2 takes time and memory, so that strangers must not make the server compute many: a token of the file is looked up by the part of
//! it that is no secret, its hash is computed until it was right once, and computations have a rate.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::config::AdminToken;
use crate::errors::with_sources;
use crate::files::followed::{Followed, Stamp};
use crate::http::bucket::Bucket;
use crate::parallel::locked;
use crate::tokens::{ENVIRONMENT, Scope, Token, TokenEntry, TokenFile, matches};

/// Hashes that may be computed at once, and in a second from then on: an eighth of a core.
const HASHES: u32 = 8;
const HASHES_PER_S: f64 = 4.0;

/// How often the file is looked at.
const FILE_INTERVAL: Duration = Duration::from_secs(1);

/// Whose token a request carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    /// The token's name.
    pub(crate) name: String,
    scopes: Vec<Scope>,
}

impl Access {
    /// Whether the token may do something.
    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}

/// Why a token opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    /// It is none, was removed, or has expired.
    Unknown,
    /// Too many tokens that were not seen before have come.
    TooMany,
}

/// All tokens of an administration.
#[derive(Debug, Default)]
pub struct Keyring {
    /// The one of the environment, which may do everything.
    environment: Option<AdminToken>,
    file: Option<PathBuf>,
    state: Mutex<State>,
    /// One hash at a time: 19 MiB.
    hashing: Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    looked: Option<Instant>,
    /// The file that the tokens are of.
    followed: Followed<Option<Stamp>>,
    tokens: Vec<Known>,
    hashes: Option<Bucket>,
}

/// A token of the file.
#[derive(Debug)]
struct Known {
    entry: TokenEntry,
    /// The SHA-256 of its text, once it was right.
    right: Option<[u8; 32]>,
}

impl From<AdminToken> for Keyring {
    fn from(token: AdminToken) -> Self {
        Self::new(Some(token), None)
    }
}

impl Keyring {
    /// The token of the environment and those of a file.
    #[must_use]
    pub fn new(environment: Option<AdminToken>, file: Option<&Path>) -> Self {
        Self { environment, file: file.map(ToOwned::to_owned), ..Self::default() }
    }

    /// Whose token it is.
    pub(crate) async fn access(self: &Arc<Self>, text: &str) -> Result<Access, Denied> {
        if self.environment.as_ref().is_some_and(|token| token.matches(text)) {
            return Ok(Access { name: ENVIRONMENT.to_owned(), scopes: Scope::ALL.to_vec() });
        }
        let token = Token::parse(text).ok_or(Denied::Unknown)?;
        let digest: [u8; 32] = Sha256::digest(text).into();
        let entry = {
            let mut state = locked(&self.state);
            self.look(&mut state);
            let known = state.tokens.iter().find(|known| known.entry.id == token.id).ok_or(Denied::Unknown)?;
            if known.entry.expires.is_some_and(|end| end <= Timestamp::now()) {
                return Err(Denied::Unknown);
            }
            if let Some(right) = &known.right {
                let is_right = bool::from(right.ct_eq(&digest));
                return if is_right { Ok(access(&known.entry)) } else { Err(Denied::Unknown) };
            }
            let entry = known.entry.clone();
            let now = Instant::now();
            let hashes = state.hashes.get_or_insert_with(|| Bucket::full(HASHES, HASHES_PER_S, now));
            if !hashes.take(now) {
                return Err(Denied::TooMany);
            }
            entry
        };
        let (keyring, hash) = (Arc::clone(self), entry.hash.clone());
        let compare = move || {
            let _one = locked(&keyring.hashing);
            matches(&token.text, &hash)
        };
        if !tokio::task::spawn_blocking(compare).await.unwrap_or(false) {
            return Err(Denied::Unknown);
        }
        let mut state = locked(&self.state);
        if let Some(known) = state.tokens.iter_mut().find(|known| known.entry == entry) {
            known.right = Some(digest);
        }
        Ok(access(&entry))
    }

    /// Reads the file again if it has changed. Of one that cannot be read no token is valid.
    fn look(&self, state: &mut State) {
        let Some(file) = &self.file else { return };
        if state.looked.is_some_and(|looked| looked.elapsed() < FILE_INTERVAL) {
            return;
        }
        state.looked = Some(Instant::now());
        let stamp = Stamp::of(file);
        if !state.followed.is_due(&stamp) {
            return;
        }
        let tokens = match TokenFile::read(file) {
            Ok(read) => {
                state.followed.note_used(stamp);
                read.tokens
            }
            Err(error) => {
                let reason = with_sources(&error);
                if state.followed.note_refused(&reason) {
                    tracing::error!("tokens of the administration: {reason}: none of them is accepted");
                }
                Vec::new()
            }
        };
        let mut former = std::mem::take(&mut state.tokens);
        let known = |entry: TokenEntry| {
            let right =
                former.iter_mut().find(|known| known.entry.hash == entry.hash).and_then(|known| known.right.take());
            Known { entry, right }
        };
        state.tokens = tokens.into_iter().map(known).collect();
    }
}

fn access(entry: &TokenEntry) -> Access {
    Access { name: entry.name.clone(), scopes: entry.scopes.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &Path, end: Option<&str>) -> (PathBuf, String) {
        let path = folder.join("tokens.toml");
        let mut file = TokenFile::default();
        let end = end.map(|end| end.parse().expect("a time"));
        let text = file.add("erp", &[Scope::Catalogue], end).expect("added");
        file.write(&path).expect("written");
        (path, text)
    }

    /// The same keyring a second later.
    fn later(keyring: &Keyring) {
        locked(&keyring.state).looked = None;
    }

    #[tokio::test]
    async fn each_token_opens_what_it_is_for_until_it_is_removed_or_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, text) = file(folder.path(), Some("2100-01-01T00:00:00Z"));
        let keyring = Arc::new(Keyring::new(Some(AdminToken::new("sixteen-or-more-characters")), Some(&path)));
        let environment = keyring.access("sixteen-or-more-characters").await.expect("all");
        assert!(Scope::ALL.into_iter().all(|scope| environment.may(scope)));
        // By its hash, and then by what is known of it.
        for _ in 0..2 {
            let access = keyring.access(&text).await.expect("known");
            assert_eq!(
                (access.name.as_str(), access.may(Scope::Catalogue), access.may(Scope::Rules)),
                ("erp", true, false)
            );
        }
        assert_eq!(keyring.access("").await, Err(Denied::Unknown));
        assert_eq!(keyring.access(&Token::random().text).await, Err(Denied::Unknown));

        let mut tokens = TokenFile::read(&path).expect("read");
        tokens.remove("erp").expect("removed");
        tokens.write(&path).expect("written");
        later(&keyring);
        assert_eq!(keyring.access(&text).await, Err(Denied::Unknown));
        // A file that is damaged opens nothing.
        std::fs::write(&path, "[[token]]").expect("written");
        later(&keyring);
        assert_eq!(keyring.access(&text).await, Err(Denied::Unknown));

        let (path, text) = file(folder.path(), Some("2020-01-01T00:00:00Z"));
        let keyring = Arc::new(Keyring::new(None, Some(&path)));
        assert_eq!(keyring.access(&text).await, Err(Denied::Unknown), "it has expired");
    }

    #[tokio::test]
    async fn guesses_cost_strangers_hashes_and_the_server_few() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, text) = file(folder.path(), None);
        let keyring = Arc::new(Keyring::new(None, Some(&path)));
        let last = if text.ends_with('0') { "1" } else { "0" };
        let guess = format!("{}{last}", &text[..text.len() - 1]);
        let unknown = Token::random().text;
        // Names that are none take no hash at all.
        for _ in 0..1000 {
            assert_eq!(keyring.access(&unknown).await, Err(Denied::Unknown));
        }
        assert!(locked(&keyring.state).hashes.is_none());
        let mut refused = 0;
        for _ in 0..200 {
            refused += usize::from(keyring.access(&guess).await == Err(Denied::TooMany));
        }
        assert!(refused > 100, "{refused}");
        // Once the token was right, wrong ones are told apart without a hash, and it stays open.
        locked(&keyring.state).hashes = None;
        assert!(keyring.access(&text).await.is_ok());
        locked(&keyring.state).hashes = Some(Bucket::full(0, 0.0, Instant::now()));
        assert_eq!(keyring.access(&guess).await, Err(Denied::Unknown));
        assert!(keyring.access(&text).await.is_ok());
    }
}
