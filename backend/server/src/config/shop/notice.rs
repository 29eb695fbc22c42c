//! The shop's own words in place of the paragraph for its privacy notice. In: a table of the settings. Out: a checked [`Notice`].

use std::collections::BTreeMap;

use serde::Deserialize;

use super::address::page_address;

/// Characters of a text: about three pages.
const MAX_CHARS: usize = 10_000;

/// Where the notice is, or leads away from.
const NOTICE_PATH: &str = "/privacy/notice";

/// Languages of the page.
const LANGUAGES: [&str; 3] = ["en", "de", "fr"];

/// What stands at `/privacy/notice`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notice {
    /// The shop's own texts by language. A language without one has this program's.
    pub texts: BTreeMap<String, String>,
    /// The shop's own page, to which visitors are sent instead.
    pub address: Option<String>,
}

/// The table, unchecked: languages with their texts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NoticeTable {
    address: Option<String>,
    #[serde(flatten)]
    texts: BTreeMap<String, String>,
}

/// Why a notice is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// A language that the page does not have.
    #[error("expected address or a language of the page (en, de, fr), got {0:?}")]
    Language(String),
    /// Empty or too long.
    #[error("{language}: expected 1 to {MAX_CHARS} characters, got {received}")]
    Text {
        /// Its language.
        language: String,
        /// Its characters.
        received: usize,
    },
    /// Not an address of a page.
    #[error("address: expected an address such as https://shop.example/privacy, or a path such as /privacy, got {0:?}")]
    Address(String),
    /// It would lead to itself.
    #[error("address: expected another page than {NOTICE_PATH}, which leads to it")]
    Itself,
}

impl NoticeTable {
    /// Checks texts and address.
    pub(super) fn checked(self) -> Result<Notice, NoticeError> {
        for (language, text) in &self.texts {
            if !LANGUAGES.contains(&language.as_str()) {
                return Err(NoticeError::Language(language.clone()));
            }
            let received = text.trim().chars().count();
            if !(1..=MAX_CHARS).contains(&received) {
                return Err(NoticeError::Text { language: language.clone(), received });
            }
        }
        let address = self.address.map(page_address).transpose().map_err(NoticeError::Address)?;
        let is_itself = |address: &String| address.split(['?', '#']).next() == Some(NOTICE_PATH);
        if address.as_ref().is_some_and(is_itself) {
            return Err(NoticeError::Itself);
        }
        Ok(Notice { texts: self.texts, address })
    }
}
