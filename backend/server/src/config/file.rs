//! One file for all settings of a server. In: a TOML file. Out: a [`ConfigFile`]: values of flags by their names, and tables.
//!
//! What a key may be and hold is known to the command line, which takes these values as its defaults.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::files::read_text_bounded;

/// Bytes of a file: the rest of its settings, and the shop's words in a few languages.
const MAX_BYTES: u64 = 1 << 20;

/// Tables that are the settings of the shop's page; see [`Shop`](super::Shop).
const SHOP: &str = "shop";

/// Tables that are the scheduled feeds; see [`ScheduledFeeds`](super::ScheduledFeeds).
const FEEDS: [&str; 2] = ["feed", "fetch"];

/// The flag that names a file of them.
const FEEDS_FILE: &str = "feeds";

/// What a file says, not compared with flags yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConfigFile {
    /// Values by the names of flags, with `_` for `-`; those of a list one after the other.
    pub values: Vec<(String, Vec<String>)>,
    /// What else the file holds.
    pub tables: ConfigTables,
    /// The folder from which paths in the file lead.
    pub folder: PathBuf,
}

/// The tables of a file. Each is the file's whole text, so that errors name its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigTables {
    /// The text, if it has the settings of the shop's page, in place of those in a file of their own.
    pub shop: Option<String>,
    /// The text, if it has scheduled feeds, in place of those in a file of their own.
    pub feeds: Option<String>,
    /// The file.
    pub file: PathBuf,
    /// The folder from which paths in the tables lead.
    pub folder: PathBuf,
}

/// Why a file is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigFileError {
    /// The file cannot be read.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// Not TOML.
    #[error("{0}")]
    Malformed(String),
    /// A file is named, and its contents are there too.
    #[error("expected either {key} = FILE or {table}, got both")]
    Both {
        /// The key of the file.
        key: &'static str,
        /// Its contents.
        table: &'static str,
    },
    /// A value that no flag takes.
    #[error("{key}: expected a text, a number, true or false, or a list of texts, got {received}")]
    Value {
        /// The key.
        key: String,
        /// The kind of value.
        received: &'static str,
    },
}

impl ConfigFile {
    /// Reads a file.
    ///
    /// # Errors
    /// See [`ConfigFileError`].
    pub fn read(path: &Path) -> Result<Self, ConfigFileError> {
        let text =
            read_text_bounded(path, MAX_BYTES).map_err(|error| ConfigFileError::Unreadable(error.to_string()))?;
        Self::parse(&text, path)
    }

    /// Reads the text of a file, whose paths lead from its folder.
    ///
    /// # Errors
    /// See [`ConfigFileError`].
    pub fn parse(text: &str, file: &Path) -> Result<Self, ConfigFileError> {
        let folder = file.parent().unwrap_or(Path::new(""));
        let mut table: Table = text.parse().map_err(|error: toml::de::Error| malformed(&error, text))?;
        // A file's name is a text; then it is the flag's.
        let shop = match table.remove(SHOP) {
            Some(Value::Table(_)) => Some(text.to_owned()),
            Some(other) => {
                table.insert(SHOP.to_owned(), other);
                None
            }
            None => None,
        };
        let feeds: Vec<Value> = FEEDS.into_iter().filter_map(|name| table.remove(name)).collect();
        if !feeds.is_empty() && table.contains_key(FEEDS_FILE) {
            return Err(ConfigFileError::Both { key: FEEDS_FILE, table: "[[feed]] and [fetch]" });
        }
        let feeds = (!feeds.is_empty()).then(|| text.to_owned());
        let values = table.into_iter().map(|(key, value)| Ok((key.clone(), texts(&key, value)?)));
        let tables = ConfigTables { shop, feeds, file: file.to_owned(), folder: folder.to_owned() };
        Ok(Self { values: values.collect::<Result<_, ConfigFileError>>()?, tables, folder: folder.to_owned() })
    }
}

fn malformed(error: &toml::de::Error, text: &str) -> ConfigFileError {
    // TOML sees one key twice.
    let key = error.span().and_then(|span| text.get(span)).unwrap_or_default();
    if error.message().contains("duplicate key") && key.trim_matches(['[', ']', '"', ' ']) == SHOP {
        return ConfigFileError::Both { key: SHOP, table: "a table [shop]" };
    }
    ConfigFileError::Malformed(error.to_string().trim_end().to_owned())
}

/// A value as a command line would have it.
fn texts(key: &str, value: Value) -> Result<Vec<String>, ConfigFileError> {
    let of = |value: Value| match value {
        Value::String(text) => Ok(text),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(number.to_string()),
        Value::Boolean(is_so) => Ok(is_so.to_string()),
        other => Err(ConfigFileError::Value { key: key.to_owned(), received: kind(&other) }),
    };
    match value {
        Value::Array(values) => values.into_iter().map(of).collect(),
        value => Ok(vec![of(value)?]),
    }
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Table(_) => "a table",
        Value::Array(_) => "a list",
        Value::Datetime(_) => "a moment",
        Value::String(_) | Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => "a value",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ConfigFile, ConfigFileError> {
        ConfigFile::parse(text, Path::new("/etc/shop/shop.toml"))
    }

    #[test]
    fn values_and_tables_are_parted() {
        let file = parse(
            "port = 81\nevents = true\nallow_origin = [\"https://a.example\", \"https://b.example\"]\n\
             [shop]\nname = \"A\"\n[shop.notice]\nde = \"x\"\n[[feed]]\nurl = \"https://a.example\"\n[fetch]\nconnections = 2\n",
        )
        .expect("a file");
        let value = |key: &str, texts: &[&str]| (key.to_owned(), texts.iter().map(|text| (*text).to_owned()).collect());
        let mut values = file.values;
        values.sort();
        let expected = [
            value("allow_origin", &["https://a.example", "https://b.example"]),
            value("events", &["true"]),
            value("port", &["81"]),
        ];
        assert_eq!(values, expected);
        let shop: Table = file.tables.shop.expect("a shop").parse().expect("TOML");
        assert_eq!((shop["shop"]["name"].as_str(), shop["shop"]["notice"]["de"].as_str()), (Some("A"), Some("x")));
        let feeds: Table = file.tables.feeds.expect("feeds").parse().expect("TOML");
        assert_eq!(feeds["feed"][0]["url"].as_str(), Some("https://a.example"));
        assert_eq!(file.folder, Path::new("/etc/shop"));
        let named = parse("shop = \"shop.toml\"").expect("a file");
        assert_eq!((named.values, named.tables.shop), (vec![value("shop", &["shop.toml"])], None));
    }

    #[test]
    fn what_no_flag_takes_is_refused() {
        for (text, expected) in [
            ("port = ", "TOML parse error"),
            ("port = 1\nport = 2", "duplicate key"),
            ("[server]\nport = 1", "server: expected a text, a number, true or false, or a list of texts, got a table"),
            ("port = [[1]]", "port: expected a text"),
            ("shop = \"shop.toml\"\n[shop]\nname = \"A\"", "expected either shop = FILE or a table [shop], got both"),
            (
                "feeds = \"feeds.toml\"\n[fetch]\nconnections = 1",
                "expected either feeds = FILE or [[feed]] and [fetch], got both",
            ),
        ] {
            let message = parse(text).expect_err(text).to_string();
            assert!(message.contains(expected), "{text}: {message}");
        }
        assert!(matches!(ConfigFile::read(Path::new("/nowhere.toml")), Err(ConfigFileError::Unreadable(_))));
    }
}
