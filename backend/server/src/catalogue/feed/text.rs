//! A file becomes text. In: bytes. Out: [`Decoded`], without a byte order mark.
//!
//! UTF-8; UTF-16, as spreadsheets save "Unicode text"; of XML the encoding that it declares; and of separated text that is none of these
//! Windows-1252, as spreadsheets save "CSV" in Western Europe and America.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::error::Unreadable;

/// Bytes among which an XML declaration is looked for: the longest one in use has some 60.
const DECLARATION_BYTES: usize = 200;

/// Bytes that stand for nothing in Windows-1252. Encodings of DOS and of Japan use them often.
const UNUSED: [u8; 5] = [0x81, 0x8D, 0x8F, 0x90, 0x9D];

/// What an import or a change says of a text that was read as Windows-1252.
pub(super) const GUESSED: &str = "the file is not UTF-8: it was read as Windows-1252. If letters look wrong, save it as UTF-8 (a spreadsheet's \"CSV UTF-8\")";

/// A file's text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    /// If nothing names the encoding and it is not UTF-8, the text was read as Windows-1252. That is usual for separated text; a file of
    /// any other format is refused, for this reason.
    pub(super) refusal: Option<Unreadable>,
}

/// Decodes a file as a whole: the text takes at most three times its bytes, and no memory of its own if it is UTF-8.
///
/// # Errors
/// When the bytes are not what a byte order mark or a declaration says, or in no encoding that is known.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded<'_>, Unreadable> {
    let bom = Encoding::for_bom(bytes);
    let label = declared(bytes);
    let (encoding, bytes) = match (bom, bytes) {
        (Some((encoding, length)), bytes) => (encoding, &bytes[length..]),
        // Every feed begins with an ASCII character.
        (None, [1..=255, 0, ..]) => (UTF_16LE, bytes),
        (None, [0, 1..=255, ..]) => (UTF_16BE, bytes),
        (None, bytes) => (label.as_deref().and_then(known).unwrap_or(UTF_8), bytes),
    };
    if encoding != UTF_8 {
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
        return text.map(|text| Decoded { text, refusal: None }).ok_or_else(|| {
            let reason = format!("expected {}, which the file says it is in, got other bytes", encoding.name());
            Unreadable { line: 1, reason }
        });
    }
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(Decoded { text: Cow::Borrowed(text), refusal: None }),
        Err(error) => error,
    };
    let line = bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count() + 1;
    let remedy =
        "save it as UTF-8 (a spreadsheet's \"CSV UTF-8\") or convert it, such as by `iconv -f WINDOWS-1252 -t UTF-8`";
    let reason = match &label {
        Some(label) if known(label).is_none() => {
            format!(
                "expected UTF-8 or another encoding that browsers know, got {label:?}, which the file says it is in: {remedy}"
            )
        }
        _ => format!("expected UTF-8, got other bytes: {remedy}"),
    };
    let refusal = Unreadable { line, reason };
    // Only the end of the bytes is wrong, amid a letter: a file that was cut.
    let is_cut = error.error_len().is_none();
    if bom.is_some() || label.is_some() || is_cut || !may_be_windows_1252(bytes) {
        return Err(refusal);
    }
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
    Ok(Decoded { text, refusal: Some(refusal) })
}

/// The encoding's name in `<?xml version="1.0" encoding="ISO-8859-1"?>`.
fn declared(bytes: &[u8]) -> Option<String> {
    let start = bytes.get(..DECLARATION_BYTES.min(bytes.len()))?;
    let start: String = start.iter().map(|&byte| char::from(byte)).collect();
    let (declaration, _) = start.strip_prefix("<?xml")?.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let label = value.trim_start().strip_prefix('=')?.trim_start();
    label.strip_prefix(['"', '\''])?.split(['"', '\'']).next().map(str::to_owned)
}

/// The encoding that a declaration names, as browsers read it: ISO-8859-1 is Windows-1252.
fn known(label: &str) -> Option<&'static Encoding> {
    let encoding = Encoding::for_label_no_replacement(label.as_bytes())?;
    // The declaration was read as ASCII, so the text is not UTF-16: some programs declare UTF-16 and write UTF-8.
    Some(if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding })
}

/// Whether bytes that are not UTF-8 may be Windows-1252. A file in UTF-8 with a damaged byte is not: read so, each of its umlauts would be
/// two wrong letters, and ids would be others. In text of Windows-1252, what looks like a letter of UTF-8 is rare.
fn may_be_windows_1252(bytes: &[u8]) -> bool {
    let (mut letters, mut broken) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        letters += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    broken > letters && !bytes.iter().any(|byte| UNUSED.contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of a file that is in no doubt.
    fn text(bytes: &[u8]) -> Result<String, Unreadable> {
        decode(bytes).map(|decoded| {
            assert_eq!(decoded.refusal, None);
            decoded.text.into_owned()
        })
    }

    #[test]
    fn utf_16_is_read_with_and_without_its_mark() {
        let text = "id\tprice\n1\t5 €\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (mark, bytes) in [(&[0xFF, 0xFE][..], &little), (&[0xFE, 0xFF], &big), (&[], &little), (&[], &big)] {
            assert_eq!(self::text(&[mark, bytes].concat()).as_deref(), Ok(text));
        }
        assert_eq!(self::text(b"\xEF\xBB\xBFid").as_deref(), Ok("id"));
    }

    #[test]
    fn an_xml_is_read_in_the_encoding_that_it_declares() {
        for (declared, letter, expected) in [
            ("ISO-8859-1", &b"\xFC"[..], "ü"),
            ("windows-1252", b"\x80", "€"),
            ("utf-8", "ü".as_bytes(), "ü"),
            ("utf-16", "ü".as_bytes(), "ü"),
            ("Shift_JIS", b"\x83\x5A", "セ"),
            ("utf8mb4", "ü".as_bytes(), "ü"),
        ] {
            let start = format!("<?xml version='1.0' encoding = '{declared}'?><a>");
            assert_eq!(text(&[start.as_bytes(), letter].concat()), Ok(format!("{start}{expected}")), "{declared}");
        }
    }

    #[test]
    fn other_bytes_are_refused_with_their_line_and_the_remedy() {
        let decoded = decode(b"id,title\n1,R\xF6cke\n").expect("only if it is separated text");
        let Unreadable { line, reason } = decoded.refusal.expect("no UTF-8");
        assert!(line == 2 && reason.contains("iconv"), "{line}: {reason}");
        assert!(decode(b"<?xml version='1.0' encoding='Shift_JIS'?>\xFF\xFF").is_err());
        for label in ["EBCDIC-DE", "hz-gb-2312"] {
            let file = [format!("<?xml version='1.0' encoding='{label}'?>\n").as_bytes(), b"\xFC"].concat();
            let Unreadable { line, reason } = decode(&file).expect_err(label);
            assert!(line == 2 && reason.contains(&format!("got {label:?}")), "{line}: {reason}");
        }
    }

    #[test]
    fn what_nothing_names_and_is_not_utf_8_is_windows_1252() {
        let text = "id;price\n„RÖCK“ – 1;5 €\n";
        let (bytes, ..) = WINDOWS_1252.encode(text);
        let decoded = decode(&bytes).expect("a text");
        assert!(decoded.text == text && decoded.refusal.is_some(), "{decoded:?}");
    }

    #[test]
    fn a_damaged_utf_8_and_other_old_encodings_are_not_taken_for_windows_1252() {
        let damaged = ["id;title\n1;Röcke größer\n2;R".as_bytes(), b"\xC3", b"cke\n"].concat();
        let with_mark = b"\xEF\xBB\xBFid;R\xF6cke";
        let cut = b"id;title\n1;Jacke gr\xC3";
        // DOS (code page 850), Mac OS Roman, Shift JIS.
        let others: [&[u8]; 6] = [&damaged, with_mark, cut, b"R\x94cke gr\x81n", b"R\x9Acke \x81", b"\x83\x5A\x81\x5B"];
        for bytes in others {
            let Unreadable { reason, .. } = decode(bytes).expect_err("refused");
            assert!(reason.starts_with("expected UTF-8, got other bytes"), "{reason}");
        }
        let Unreadable { line, .. } = decode(&damaged).expect_err("refused");
        assert_eq!(line, 3);
    }
}
