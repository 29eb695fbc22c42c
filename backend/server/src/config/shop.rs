//! What a shop calls itself and how its page looks. In: a TOML file, and the files that it names. Out: a checked [`Shop`].

use std::path::{Path, PathBuf};

use serde::Deserialize;

use self::accent::{Accent, AccentError, NotLegible, SchemeColours};
use self::address::page_address;
use self::logo::LogoError;
use self::picture::{PictureFrame, PictureFrameError};
use super::origin::{Origin, OriginError};
use crate::files::read_text_bounded;

mod accent;
mod address;
mod logo;
mod notice;
mod picture;

pub use logo::Logo;
pub use notice::{Notice, NoticeError};

/// The page's head has room for this many characters on a phone.
const MAX_NAME_CHARS: usize = 40;

/// Bytes of a file: the shop's words in a few languages.
const MAX_BYTES: u64 = 1 << 20;

/// A shop's settings; without a file those of the demo.
#[derive(Clone, Debug, PartialEq)]
pub struct Shop {
    /// Its name, in place of this program's.
    pub name: Option<String>,
    /// Its logo, in place of its name.
    pub logo: Option<Logo>,
    /// The page's colours.
    pub accent: Option<Accent>,
    /// The page's public origin, for canonical addresses.
    pub address: Option<Origin>,
    /// The shop's own privacy page.
    pub privacy: Option<String>,
    /// Its own words at `/privacy/notice`.
    pub notice: Notice,
    /// The frames of product pictures.
    pub picture: PictureFrame,
    /// Whether in a row products in stock come before others of the same rank class.
    pub in_stock_first: bool,
    /// Whether searches by numbers alone are accepted, and no pictures. A flag sets it, no file.
    pub only_numbers: bool,
}

impl Default for Shop {
    fn default() -> Self {
        Self {
            name: None,
            logo: None,
            accent: None,
            address: None,
            privacy: None,
            notice: Notice::default(),
            picture: PictureFrame::default(),
            in_stock_first: true,
            only_numbers: false,
        }
    }
}

/// Why a shop's settings are refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShopError {
    /// The file cannot be read.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// Not TOML, or an unknown key.
    #[error("{0}")]
    Malformed(String),
    /// Empty, too long, or with line breaks.
    #[error("name: expected 1 to {MAX_NAME_CHARS} characters on one line, got {0:?}")]
    Name(String),
    /// The logo cannot be used.
    // Not a source: its text is in the message already.
    #[error("logo: {0}")]
    Logo(LogoError),
    /// Not a colour.
    #[error("accent: {0}")]
    Accent(AccentError),
    /// Not an origin.
    #[error("address: {0}")]
    Address(OriginError),
    /// Not an address of a page.
    #[error("privacy: expected an address such as https://shop.example/privacy, or a path such as /privacy, got {0:?}")]
    Privacy(String),
    /// No notice.
    #[error("notice: {0}")]
    Notice(NoticeError),
    /// No frame for pictures.
    #[error("picture: {0}")]
    Picture(PictureFrameError),
}

/// The file, unchecked.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ShopFile {
    name: Option<String>,
    logo: Option<PathBuf>,
    accent: Option<String>,
    address: Option<String>,
    privacy: Option<String>,
    in_stock_first: Option<bool>,
    notice: notice::NoticeTable,
    picture: picture::PictureTable,
}

impl Shop {
    /// Reads the settings of a file. Paths in it are relative to its folder.
    ///
    /// # Errors
    /// See [`ShopError`].
    pub fn read(path: &Path) -> Result<Self, ShopError> {
        let text = read_text_bounded(path, MAX_BYTES).map_err(|error| ShopError::Unreadable(error.to_string()))?;
        Self::parse(&text, path.parent().unwrap_or(Path::new("")))
    }

    /// The table `[shop]` of a text that has others too, so that errors name its lines.
    pub(super) fn of_settings(text: &str, folder: &Path) -> Result<Self, ShopError> {
        #[derive(Deserialize)]
        struct Settings {
            shop: ShopFile,
        }
        let settings: Settings = toml::from_str(text).map_err(malformed)?;
        Self::checked(settings.shop, folder)
    }

    fn parse(text: &str, folder: &Path) -> Result<Self, ShopError> {
        Self::checked(toml::from_str(text).map_err(malformed)?, folder)
    }

    fn checked(file: ShopFile, folder: &Path) -> Result<Self, ShopError> {
        let accent = file.accent.map(|accent| Accent::parse(&accent)).transpose().map_err(ShopError::Accent)?;
        let logo = file.logo.map(|logo| Logo::read(&folder.join(logo))).transpose().map_err(ShopError::Logo)?;
        Ok(Self {
            name: file.name.map(name).transpose()?,
            logo,
            accent,
            address: file.address.map(|text| text.parse()).transpose().map_err(ShopError::Address)?,
            privacy: file.privacy.map(page_address).transpose().map_err(ShopError::Privacy)?,
            notice: file.notice.checked().map_err(ShopError::Notice)?,
            picture: file.picture.checked().map_err(ShopError::Picture)?,
            in_stock_first: file.in_stock_first.unwrap_or(Self::default().in_stock_first),
            only_numbers: false,
        })
    }

    /// The page's style sheet: custom properties for what is set; empty if nothing is.
    #[must_use]
    pub fn style_sheet(&self) -> String {
        let frame = self.picture.custom_properties();
        let mut css = String::new();
        match &self.accent {
            Some(accent) => {
                let [light, dark] = [accent.light, accent.dark].map(SchemeColours::custom_properties);
                let mark = accent.light.accent;
                css.push_str(&format!(":root{{{light}--stl-mark:{mark};{frame}}}\n"));
                css.push_str(&format!("@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"));
            }
            None if !frame.is_empty() => css.push_str(&format!(":root{{{frame}}}\n")),
            None => {}
        }
        css
    }

    /// What was changed of the settings, as sentences for the operator.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.accent.iter().flat_map(|accent| accent.changed()).map(|change: NotLegible| change.to_string()).collect()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn malformed(error: toml::de::Error) -> ShopError {
    ShopError::Malformed(error.to_string().trim_end().to_owned())
}

fn name(text: String) -> Result<String, ShopError> {
    let trimmed = text.trim();
    let is_fitting = (1..=MAX_NAME_CHARS).contains(&trimmed.chars().count()) && !trimmed.contains(char::is_control);
    if is_fitting { Ok(trimmed.to_owned()) } else { Err(ShopError::Name(text)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Shop, ShopError> {
        Shop::parse(text, Path::new("nowhere"))
    }

    #[test]
    fn settings_are_read_and_an_empty_file_is_the_demos() {
        assert_eq!(parse(""), Ok(Shop::default()));
        assert_eq!(Shop::default().style_sheet(), "");
        let text = "name = \" Muster & Söhne \"\naccent = \"#0a5c36\"\naddress = \"https://look.example\"\n\
                    privacy = \"/privacy\"\nin_stock_first = false\n[notice]\nde = \"Wir suchen.\"\naddress = \"/privacy\"\n[picture]\naspect_ratio = \"1:1\"\nfit = \"cover\"";
        let shop = parse(text).expect("settings");
        assert_eq!(shop.name.as_deref(), Some("Muster & Söhne"));
        assert_eq!(shop.address.as_ref().map(ToString::to_string).as_deref(), Some("https://look.example"));
        assert_eq!(shop.notice.texts.get("de").map(String::as_str), Some("Wir suchen."));
        assert_eq!(shop.notice.address.as_deref(), Some("/privacy"));
        assert!(!shop.in_stock_first && shop.notes().is_empty(), "{:?}", shop.notes());
        let css = shop.style_sheet();
        assert!(css.contains("--stl-accent:#0a5c36;") && css.contains("--stl-picture-ratio:1/1;"), "{css}");
        assert!(css.contains("--stl-picture-fit:cover;") && css.contains("prefers-color-scheme:dark"), "{css}");
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_what_was_expected() {
        for (text, expected) in [
            ("colour = \"#123456\"", "unknown field `colour`"),
            ("name = \"\"", "name: expected 1 to 40 characters"),
            ("name = \"a\\nb\"", "name: expected 1 to 40 characters"),
            ("accent = \"blue\"", "accent: expected a colour such as #2b3fd6"),
            ("address = \"https://look.example/page\"", "address: expected an origin"),
            ("privacy = \"javascript:alert(1)\"", "privacy: expected an address"),
            ("privacy = \"//elsewhere.example\"", "privacy: expected an address"),
            ("logo = \"logo.gif\"", "logo: expected a file that ends with .svg, .png, .webp or .jpg"),
            ("logo = \"logo.svg\"", "logo: nowhere/logo.svg cannot be read"),
            ("[notice]\nit = \"Ciao\"", "notice: expected address or a language of the page (en, de, fr), got \"it\""),
            ("[notice]\nde = \" \"", "notice: de: expected 1 to 10000 characters, got 0"),
            ("[notice]\naddress = \"shop.example\"", "notice: address: expected an address"),
            ("[notice]\naddress = \"/privacy/notice#look\"", "notice: address: expected another page"),
            ("[picture]\naspect_ratio = \"3x4\"", "picture: expected an aspect ratio such as 3:4"),
            ("[picture]\naspect_ratio = \"9:1\"", "picture: expected an aspect ratio such as 3:4"),
            ("[picture]\nfit = \"fill\"", "picture: expected contain or cover"),
        ] {
            let message = parse(text).expect_err(text).to_string();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
