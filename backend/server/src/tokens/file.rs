//! The file of the tokens, TOML. In: a path. Out: a [`TokenFile`], which `shop-the-look token` changes.

use std::collections::HashSet;
use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Write as _};
#[cfg(unix)]
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::secret::{Token, is_own};
use super::{Scope, UnknownScope};
use crate::files::{self, TargetError, folder_of, without_path};

/// Bounds of a file.
#[derive(Clone, Copy, Debug)]
pub struct Limits;

impl Limits {
    /// Tokens of a file: a few for each system and person of a shop.
    pub const TOKENS: usize = 64;
    /// Characters of a name.
    pub const NAME: usize = 40;
    /// Bytes of a file, several times what [`Self::TOKENS`] take.
    const BYTES: u64 = 64 * 1024;
}

/// What the file begins with.
const HEADING: &str = "# Tokens of the administration: hashes only. Written by `shop-the-look token`; a server reads it again when it changes.\n";

/// The name of the token in `SHOP_THE_LOOK_ADMIN_TOKEN`, which no other one has.
pub(crate) const ENVIRONMENT: &str = "environment";

/// A token of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenEntry {
    /// The part of its text that names it.
    pub id: String,
    /// Who uses it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created: Timestamp,
    /// From when on it is refused, if ever.
    pub expires: Option<Timestamp>,
    /// Its hash.
    pub(crate) hash: String,
}

/// All tokens, in the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenFile {
    /// The tokens.
    pub tokens: Vec<TokenEntry>,
}

/// Why a file cannot be used or changed.
#[derive(Debug, thiserror::Error)]
pub enum TokenFileError {
    /// It cannot be read or written.
    #[error("{} cannot be used", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// Something else is there.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// Another command changes it.
    #[error("another command is changing {}: try again", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// It is longer than it can be.
    #[error("{}: expected at most {} kB, got {received} bytes", path.display(), Limits::BYTES / 1024)]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        received: u64,
    },
    /// It is not what `shop-the-look token` writes.
    #[error("{}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What was expected.
        reason: String,
    },
    /// The name cannot be given.
    #[error("expected a name of 1 to {most} letters, digits, `.`, `-` or `_`, other than \"environment\", got {0:?}", most = Limits::NAME)]
    Name(String),
    /// The name is taken.
    #[error("there is a token {0:?} already: remove it first, or choose another name")]
    Taken(String),
    /// No token has the name.
    #[error("there is no token {0:?}")]
    Unknown(String),
    /// It could do nothing.
    #[error("expected at least one scope of read, catalogue and rules, got none")]
    NoScope,
    /// There are enough.
    #[error("expected at most {} tokens: remove some first", Limits::TOKENS)]
    TooMany,
    /// The hash cannot be computed.
    #[error("the token cannot be hashed: {0}")]
    Hash(String),
}

/// The file as it is written.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    token: Vec<WrittenToken>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenToken {
    name: String,
    id: String,
    scopes: Vec<String>,
    created: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    hash: String,
}

impl TokenFile {
    /// Reads a file; one that does not exist has no tokens.
    ///
    /// # Errors
    /// When it cannot be read or is not what this program writes.
    pub fn read(path: &Path) -> Result<Self, TokenFileError> {
        let io = |source| TokenFileError::Io { path: path.to_owned(), source };
        // A pipe would wait, and a device may have no end.
        let target = files::target(path)?;
        let file = match File::open(target) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(io(error)),
        };
        let received = file.metadata().map_err(io)?.len();
        if received > Limits::BYTES {
            return Err(TokenFileError::TooLong { path: path.to_owned(), received });
        }
        let mut text = String::new();
        file.take(Limits::BYTES).read_to_string(&mut text).map_err(io)?;
        Self::parse(&text).map_err(|reason| TokenFileError::Malformed { path: path.to_owned(), reason })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let written: Written = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        let tokens: Vec<TokenEntry> = written.token.into_iter().map(entry).collect::<Result<_, _>>()?;
        let names: HashSet<&str> = tokens.iter().flat_map(|token| [token.name.as_str(), token.id.as_str()]).collect();
        if tokens.len() > Limits::TOKENS || names.len() != 2 * tokens.len() {
            return Err(format!("expected at most {} tokens with names and ids of their own", Limits::TOKENS));
        }
        Ok(Self { tokens })
    }

    /// Changes a file, of which nobody else changes anything meanwhile. Nothing is written if `work` fails.
    ///
    /// # Errors
    /// Those of `work`; when another command changes the file, or it cannot be read or written.
    pub fn change<T, E: From<TokenFileError>>(
        path: &Path,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut lock = files::target(path).map_err(TokenFileError::from)?.into_os_string();
        lock.push(".lock");
        let io = |source| TokenFileError::Io { path: path.to_owned(), source };
        let lock = File::create(lock).map_err(io)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => TokenFileError::Busy { path: path.to_owned() },
            TryLockError::Error(source) => io(source),
        })?;
        let mut tokens = Self::read(path)?;
        let done = work(&mut tokens)?;
        tokens.write(path)?;
        Ok(done)
    }

    /// Writes it whole or not at all. Only its owner may read a new one; who owns and may read one that is there stays.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), TokenFileError> {
        let written = |token: &TokenEntry| WrittenToken {
            name: token.name.clone(),
            id: token.id.clone(),
            scopes: token.scopes.iter().map(ToString::to_string).collect(),
            created: token.created.to_string(),
            expires: token.expires.as_ref().map(ToString::to_string),
            hash: token.hash.clone(),
        };
        let written = Written { token: self.tokens.iter().map(written).collect() };
        let text = toml::to_string(&written).map_err(io::Error::other);
        let target = files::target(path)?;
        let write = |text: String| {
            // Made for its owner alone.
            let mut file = tempfile::NamedTempFile::new_in(folder_of(&target)).map_err(without_path)?;
            file.write_all(HEADING.as_bytes())?;
            file.write_all(text.as_bytes())?;
            if let Ok(former) = target.metadata() {
                // A server that may read the former one has to read this one.
                #[cfg(unix)]
                std::os::unix::fs::fchown(file.as_file(), Some(former.uid()), Some(former.gid()))?;
                file.as_file().set_permissions(former.permissions())?;
            }
            file.as_file().sync_all()?;
            file.persist(&target).map(|_| ()).map_err(|error| error.error)
        };
        text.and_then(write).map_err(|source| TokenFileError::Io { path: path.to_owned(), source })
    }

    /// Adds a token; returns its text, which is nowhere else.
    ///
    /// # Errors
    /// When the name is none or taken, there is no scope, or there are enough tokens.
    pub fn add(&mut self, name: &str, scopes: &[Scope], expires: Option<Timestamp>) -> Result<String, TokenFileError> {
        if !is_name(name) {
            return Err(TokenFileError::Name(name.to_owned()));
        }
        if self.tokens.iter().any(|token| token.name == name) {
            return Err(TokenFileError::Taken(name.to_owned()));
        }
        if self.tokens.len() >= Limits::TOKENS {
            return Err(TokenFileError::TooMany);
        }
        let mut scopes = scopes.to_vec();
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            return Err(TokenFileError::NoScope);
        }
        let token = Token::random();
        let hash = token.hash().map_err(TokenFileError::Hash)?;
        let created = Timestamp::now();
        self.tokens.push(TokenEntry { id: token.id, name: name.to_owned(), scopes, created, expires, hash });
        Ok(token.text)
    }

    /// Removes a token.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn remove(&mut self, name: &str) -> Result<(), TokenFileError> {
        let place = self.tokens.iter().position(|token| token.name == name);
        let place = place.ok_or_else(|| TokenFileError::Unknown(name.to_owned()))?;
        self.tokens.remove(place);
        Ok(())
    }
}

fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (1..=Limits::NAME).contains(&name.len()) && name.bytes().all(is_plain) && name != ENVIRONMENT
}

fn entry(written: WrittenToken) -> Result<TokenEntry, String> {
    let WrittenToken { name, id, scopes, created, expires, hash } = written;
    let time = |text: &str| text.parse::<Timestamp>().map_err(|error| format!("token {name:?}: {error}"));
    let scopes = scopes.iter().map(|scope| scope.parse()).collect::<Result<Vec<Scope>, UnknownScope>>();
    let scopes = scopes.map_err(|error| format!("token {name:?}: {error}"))?;
    if !is_name(&name) {
        return Err(TokenFileError::Name(name).to_string());
    }
    if !is_own(&hash) {
        return Err(format!("token {name:?}: expected a hash as `shop-the-look token add` writes it, got another one"));
    }
    let (created, expires) = (time(&created)?, expires.as_deref().map(time).transpose()?);
    Ok(TokenEntry { id, name, scopes, created, expires, hash })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_holds_no_secret() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tokens.toml");
        assert_eq!(TokenFile::read(&path).expect("none"), TokenFile::default());
        let mut file = TokenFile::default();
        let end: Timestamp = "2030-01-01T00:00:00Z".parse().expect("a time");
        let secret = file.add("erp", &[Scope::Rules, Scope::Catalogue, Scope::Rules], Some(end)).expect("added");
        file.add("anna", &[Scope::Read], None).expect("added");
        file.write(&path).expect("written");
        let text = std::fs::read_to_string(&path).expect("read");
        assert!(!text.contains(&secret[17..]), "{text}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o077, 0);
        }
        let mut read = TokenFile::read(&path).expect("read");
        assert_eq!(read, file);
        assert_eq!(
            (read.tokens[0].scopes.as_slice(), read.tokens[0].expires),
            (&[Scope::Catalogue, Scope::Rules][..], Some(end))
        );
        read.remove("erp").expect("removed");
        assert_eq!(read.tokens.len(), 1);
        assert!(matches!(read.remove("erp"), Err(TokenFileError::Unknown(_))));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_stays_and_a_link_keeps_its_file_and_a_file_its_permissions() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};

        let folder = tempfile::tempdir().expect("a folder");
        for name in ["/dev/null", "."] {
            assert!(TokenFile::read(Path::new(name)).is_err(), "{name}");
            assert!(TokenFile::default().write(Path::new(name)).is_err(), "{name}");
        }
        assert!(!Path::new("/dev/null").is_file());
        let (path, link) = (folder.path().join("tokens.toml"), folder.path().join("link"));
        std::fs::write(&path, "").expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("set");
        symlink("tokens.toml", &link).expect("a link");
        TokenFile::change(&link, |file| file.add("erp", &[Scope::Read], None)).expect("added");
        assert!(link.is_symlink());
        assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o640);
        assert_eq!(TokenFile::read(&path).expect("read").tokens.len(), 1);
    }

    #[test]
    fn two_changes_at_once_lose_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tokens.toml");
        TokenFile::change(&path, |file| {
            let second = TokenFile::change(&path, |file| file.add("second", &[Scope::Read], None));
            assert!(matches!(second, Err(TokenFileError::Busy { .. })));
            file.add("first", &[Scope::Read], None)
        })
        .expect("added");
        TokenFile::change(&path, |file| file.add("second", &[Scope::Read], None)).expect("added");
        assert_eq!(TokenFile::read(&path).expect("read").tokens.len(), 2);
        let failed = TokenFile::change(&path, |file| {
            file.remove("first")?;
            file.remove("nobody")
        });
        assert!(matches!(failed, Err(TokenFileError::Unknown(_))));
        assert_eq!(TokenFile::read(&path).expect("read").tokens.len(), 2, "nothing is written after a failure");
    }

    #[test]
    fn names_are_plain_and_given_once_and_a_file_has_its_bounds() {
        let mut file = TokenFile::default();
        for name in ["", "a b", "ä", "environment", &"a".repeat(41)] {
            assert!(matches!(file.add(name, &[Scope::Read], None), Err(TokenFileError::Name(_))), "{name}");
        }
        assert!(matches!(file.add("erp", &[], None), Err(TokenFileError::NoScope)));
        file.add("erp", &[Scope::Read], None).expect("added");
        assert!(matches!(file.add("erp", &[Scope::Read], None), Err(TokenFileError::Taken(_))));
        let entry = file.tokens[0].clone();
        file.tokens =
            (0..Limits::TOKENS).map(|index| TokenEntry { name: index.to_string(), ..entry.clone() }).collect();
        assert!(matches!(file.add("more", &[Scope::Read], None), Err(TokenFileError::TooMany)));
    }

    #[test]
    fn a_file_that_was_changed_by_hand_is_refused_with_its_reason() {
        let mut file = TokenFile::default();
        file.add("erp", &[Scope::Read], None).expect("added");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tokens.toml");
        file.write(&path).expect("written");
        let text = std::fs::read_to_string(&path).expect("read");
        for (from, to, expected) in [
            ("\"read\"", "\"all\"", "expected a scope of read, catalogue and rules, got \"all\""),
            ("m=19456", "m=1945600", "expected a hash as `shop-the-look token add` writes it"),
            ("created = \"2", "created = \"x2", "token \"erp\": "),
            ("name = \"erp\"", "name = \"e r p\"", "expected a name"),
            ("name =", "nom =", "unknown field"),
        ] {
            let error = TokenFile::parse(&text.replace(from, to)).expect_err(to);
            assert!(error.contains(expected), "{to}: {error}");
        }
        let twice = format!("{text}\n{}", &text[HEADING.len()..]);
        assert!(TokenFile::parse(&twice).is_err());
        std::fs::write(&path, " ".repeat(70_000)).expect("written");
        assert!(matches!(TokenFile::read(&path), Err(TokenFileError::TooLong { received: 70_000, .. })));
    }
}
