//! Values of flags. In: texts. Out: numbers, switches and addresses, or what was expected; the command line adds what was received.

use std::net::SocketAddr;
use std::num::NonZero;

use clap::builder::{BoolishValueParser, TypedValueParser as _, ValueParser};

/// Reads whole numbers from `least` to `most`.
pub fn number<T: TryFrom<u64>>(
    least: u64,
    most: u64,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    move |text| {
        let number = text.parse::<u64>().ok().filter(|number| (least..=most).contains(number));
        number
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| format!("expected a number from {least} to {most}"))
    }
}

/// Reads how often something may happen.
pub(super) fn at_least_once(text: &str) -> Result<NonZero<u32>, String> {
    text.parse().map_err(|_| format!("expected a number from 1 to {}", u32::MAX))
}

/// Reads a share.
pub(super) fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "expected a number from 0 to 1, such as 0.1".to_owned())
}

/// Reads an address to listen on.
pub(super) fn listening(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "expected an address and a port, such as 127.0.0.1:9464 or [::1]:9464".to_owned())
}

/// Reads a switch, in any of the words that clap knows for it.
pub(super) fn switch() -> ValueParser {
    ValueParser::new(|text: &str| {
        let parsed = BoolishValueParser::new().parse_ref(&clap::Command::new(""), None, text.as_ref());
        parsed.map_err(|_| "expected true or false".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_expected_is_said() {
        assert_eq!(number::<u16>(0, 65_535)("80"), Ok(80));
        for text in ["-1", "65536", "many", ""] {
            assert_eq!(number::<u16>(0, 65_535)(text), Err("expected a number from 0 to 65535".to_owned()), "{text}");
        }
        assert_eq!(at_least_once("0"), Err("expected a number from 1 to 4294967295".to_owned()));
        assert_eq!((share("0"), share("0.25"), share("1")), (Ok(0.0), Ok(0.25), Ok(1.0)));
        for text in ["-0.1", "1.1", "NaN", "inf", "10%", ""] {
            assert_eq!(share(text), Err("expected a number from 0 to 1, such as 0.1".to_owned()), "{text}");
        }
        assert!(listening("[::1]:80").is_ok() && listening("localhost").is_err() && listening("9464").is_err());
    }
}
