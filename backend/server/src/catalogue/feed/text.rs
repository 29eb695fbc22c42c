//! A file becomes text. In: bytes. Out: text without a byte order mark.
//!
//! UTF-8; UTF-16, as spreadsheets save "Unicode text"; and of XML the encoding that it declares.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::error::Unreadable;

/// Bytes among which an XML declaration is looked for: the longest one in use has some 60.
const DECLARATION_BYTES: usize = 200;

pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    let (encoding, bytes) = match (Encoding::for_bom(bytes), bytes) {
        (Some((encoding, length)), bytes) => (encoding, &bytes[length..]),
        // Every feed begins with an ASCII character.
        (None, [1..=255, 0, ..]) => (UTF_16LE, bytes),
        (None, [0, 1..=255, ..]) => (UTF_16BE, bytes),
        (None, bytes) => (declared(bytes).unwrap_or(UTF_8), bytes),
    };
    if encoding == UTF_8 {
        return std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
            let line = bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count() + 1;
            let remedy = "save it as UTF-8 (a spreadsheet's \"CSV UTF-8\") or convert it, such as by `iconv -f WINDOWS-1252 -t UTF-8`";
            Unreadable { line, reason: format!("expected UTF-8, got other bytes: {remedy}") }
        });
    }
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
    text.ok_or_else(|| {
        let reason = format!("expected {}, which the file says it is in, got other bytes", encoding.name());
        Unreadable { line: 1, reason }
    })
}

/// The encoding in `<?xml version="1.0" encoding="ISO-8859-1"?>`.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = bytes.get(..DECLARATION_BYTES.min(bytes.len()))?;
    let start: String = start.iter().map(|&byte| char::from(byte)).collect();
    let (declaration, _) = start.strip_prefix("<?xml")?.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let label = value.trim_start().strip_prefix('=')?.trim_start();
    let label = label.strip_prefix(['"', '\''])?.split(['"', '\'']).next()?;
    // The declaration was read as ASCII, so the text is not UTF-16: some programs declare UTF-16 and write UTF-8.
    Encoding::for_label(label.as_bytes()).filter(|&encoding| encoding != UTF_16LE && encoding != UTF_16BE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_is_read_with_and_without_its_mark() {
        let text = "id\tprice\n1\t5 €\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (mark, bytes) in [(&[0xFF, 0xFE][..], &little), (&[0xFE, 0xFF], &big), (&[], &little), (&[], &big)] {
            assert_eq!(decode(&[mark, bytes].concat()).as_deref(), Ok(text));
        }
        assert_eq!(decode(b"\xEF\xBB\xBFid").as_deref(), Ok("id"));
    }

    #[test]
    fn an_xml_is_read_in_the_encoding_that_it_declares() {
        for (declared, letter, expected) in [
            ("ISO-8859-1", &b"\xFC"[..], "ü"),
            ("windows-1252", b"\x80", "€"),
            ("utf-8", "ü".as_bytes(), "ü"),
            ("utf-16", "ü".as_bytes(), "ü"),
            ("Shift_JIS", b"\x83\x5A", "セ"),
        ] {
            let start = format!("<?xml version='1.0' encoding = '{declared}'?><a>");
            let text = decode(&[start.as_bytes(), letter].concat()).map(Cow::into_owned);
            assert_eq!(text, Ok(format!("{start}{expected}")), "{declared}");
        }
    }

    #[test]
    fn other_bytes_are_refused_with_their_line_and_the_remedy() {
        let Unreadable { line, reason } = decode(b"id,title\n1,R\xF6cke\n").expect_err("no UTF-8");
        assert!(line == 2 && reason.contains("iconv"), "{line}: {reason}");
        assert!(decode(b"<?xml version='1.0' encoding='Shift_JIS'?>\xFF\xFF").is_err());
    }
}
