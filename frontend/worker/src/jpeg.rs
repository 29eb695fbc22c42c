//! What a JPEG file says about its picture. In: the file's first bytes. Out: a [`JpegHead`] of a picture that can be decoded at a part of its
//! size and read as it is stored.
//!
//! A browser applies orientation and colour profile when it draws a picture. Stored pixels have neither applied, so this reads both: a picture
//! with another profile than sRGB is left to the browser. (ITU-T T.81, annex B; EXIF 2.32, 4.5 and 4.6; ICC.1:2022, 7 and annex B.4.)

use stl_types::Size;

use crate::frame::Orientation;

/// Bytes in which the head is expected: previews, EXIF, XMP and colour profile of a camera's photo have less than this.
pub const HEAD_BYTES: usize = 256 * 1024;

/// Colour components of a picture in colour; pictures in grey and for print are left to the browser.
const COMPONENTS: u8 = 3;

/// EXIF's tag of the orientation, and its type, a 16-bit number.
const ORIENTATION: [u16; 2] = [0x0112, 3];

/// Descriptions of profiles that are sRGB: those of HP and ICC, of GIMP and Little CMS, and two that are made small (`c2`, `uRGB`).
/// A part of the text does not suffice: `Display P3 Gamut with sRGB Transfer` has another gamut, `GIMP built-in Linear sRGB` other steps.
const SRGB_NAMES: [&str; 8] = [
    "sRGB",
    "sRGB IEC61966-2.1",
    "sRGB IEC61966-2-1 black scaled",
    "sRGB built-in",
    "GIMP built-in sRGB",
    "sRGB2014",
    "c2",
    "uRGB",
];

/// Bytes that a description may have; names of sRGB have less than half of it.
const NAME_BYTES: usize = 128;

/// Size and orientation of a JPEG's picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JpegHead {
    /// Columns and rows as stored.
    pub size: Size,
    /// How the stored picture is to be shown.
    pub orientation: Orientation,
}

impl JpegHead {
    /// Reads the head of a file; `None` if it is no JPEG in colour with 8 bits, if its colours are not sRGB's, or if two parts of it may
    /// contradict each other.
    #[must_use]
    pub fn read(file: &[u8]) -> Option<Self> {
        let mut rest = file.strip_prefix(&[0xFF, 0xD8])?;
        let (mut size, mut orientation, mut has_profile) = (None, None, false);
        loop {
            let [0xFF, code, ..] = *rest else { return None };
            // A fill byte.
            if code == 0xFF {
                rest = &rest[1..];
                continue;
            }
            let length = usize::from(number(rest.get(2..4)?));
            let segment = rest.get(4..2 + length)?;
            rest = &rest[2 + length..];
            match code {
                // EXIF, and a fill byte that browsers do not read.
                0xE1 if segment.starts_with(b"Exif\0") => {
                    if orientation.is_some() {
                        return None;
                    }
                    orientation = Some(orientation_of(segment.get(6..)?)?);
                }
                0xE2 if segment.starts_with(b"ICC_PROFILE\0") => {
                    if has_profile || !is_srgb(segment.get(12..)?) {
                        return None;
                    }
                    has_profile = true;
                }
                // Huffman-coded: baseline, extended, progressive.
                0xC0..=0xC2 => {
                    let &[8, h1, h2, w1, w2, COMPONENTS, ..] = segment else { return None };
                    let [height, width] = [[h1, h2], [w1, w2]].map(|side| u32::from(u16::from_be_bytes(side)));
                    if size.replace(Size { width, height }).is_some() {
                        return None;
                    }
                }
                // Pixels, the first of them: orientation and profile may also be between frame and these.
                0xDA => {
                    let size = size.filter(|size| size.area() > 0)?;
                    return Some(Self { size, orientation: orientation.unwrap_or_default() });
                }
                // Tables and comments; anything else comes later or is not known.
                0xC4 | 0xDB | 0xDD | 0xE0..=0xEF | 0xFE => {}
                _ => return None,
            }
        }
    }
}

/// The orientation in EXIF's TIFF structure, upright where it has none; `None` if it is damaged, not defined, or there twice.
fn orientation_of(tiff: &[u8]) -> Option<Orientation> {
    let little_endian = match tiff.get(..4)? {
        b"II\x2A\0" => true,
        b"MM\0\x2A" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = tiff.get(at..at.checked_add(2)?)?;
        Some(if little_endian { number(bytes).swap_bytes() } else { number(bytes) })
    };
    let long = |at: usize| {
        let [first, second] = [short(at)?, short(at.checked_add(2)?)?].map(usize::from);
        Some(if little_endian { (second << 16) | first } else { (first << 16) | second })
    };
    let directory = long(4)?;
    let mut orientation = None;
    for entry in 0..usize::from(short(directory)?) {
        let at = directory.checked_add(2 + 12 * entry)?;
        if short(at)? == ORIENTATION[0] {
            // One number, once: of anything else browsers read different things.
            if short(at + 2)? != ORIENTATION[1] || long(at + 4)? != 1 || orientation.is_some() {
                return None;
            }
            orientation = Some(Orientation::of_tag(short(at + 8)?)?);
        }
    }
    Some(orientation.unwrap_or_default())
}

/// Whether a profile, the only part of it (`1, 1, profile`), is described as one of [`SRGB_NAMES`], in each of its languages.
fn is_srgb(part: &[u8]) -> bool {
    let names = part.strip_prefix(&[1, 1]).and_then(descriptions).unwrap_or_default();
    !names.is_empty() && names.iter().all(|name| SRGB_NAMES.contains(&name.as_str()))
}

/// The texts of a profile's tag `desc`: one in ASCII (second version) or one in UTF-16 for each language (fourth).
fn descriptions(profile: &[u8]) -> Option<Vec<String>> {
    // Behind a header of 128 bytes are the number of tags, and of each its name, its position and its length.
    let tags = long(profile, 128)?;
    let tag = profile[132..].chunks_exact(12).take(tags).find(|tag| tag.starts_with(b"desc"))?;
    let tag = part(profile, long(tag, 4)?, long(tag, 8)?)?;
    // Many records may name one long text.
    let name = |start: usize, length: usize| if length <= NAME_BYTES { part(tag, start, length) } else { None };
    if tag.starts_with(b"desc") {
        let text = name(12, long(tag, 8)?)?;
        return Some(vec![String::from_utf8(text.strip_suffix(b"\0").unwrap_or(text).to_vec()).ok()?]);
    }
    if !tag.starts_with(b"mluc") {
        return None;
    }
    // The number of records and their length, then of each its language, the text's length and its position.
    let records = part(tag, 16, long(tag, 8)?.checked_mul(12)?)?;
    let text = |record: &[u8]| {
        let units: Vec<u16> = name(long(record, 8)?, long(record, 4)?)?.chunks(2).map(number).collect();
        String::from_utf16(units.strip_suffix(&[0]).unwrap_or(&units)).ok()
    };
    (long(tag, 12)? == 12).then(|| records.chunks_exact(12).map(text).collect())?
}

/// So many bytes from a position on.
fn part(bytes: &[u8], start: usize, length: usize) -> Option<&[u8]> {
    bytes.get(start..start.checked_add(length)?)
}

/// The four bytes at a position, the highest first.
fn long(bytes: &[u8], at: usize) -> Option<usize> {
    Some(part(bytes, at, 4)?.iter().fold(0, |number, &byte| (number << 8) | usize::from(byte)))
}

/// Two bytes, the higher first.
fn number(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |number, &byte| (number << 8) | u16::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns 1200, rows 1600, 8 bits, three components.
    const FRAME: [u8; 19] = [0xFF, 0xC0, 0, 17, 8, 6, 64, 4, 176, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];

    /// The start of a scan of all three, as in a baseline file.
    const SCAN: [u8; 14] = [0xFF, 0xDA, 0, 12, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0];

    fn segment(code: u8, bytes: &[u8]) -> Vec<u8> {
        [&[0xFF, code], &u16::try_from(bytes.len() + 2).expect("short").to_be_bytes()[..], bytes].concat()
    }

    fn file(parts: &[&[u8]]) -> Vec<u8> {
        [&[0xFF, 0xD8], &parts.concat()[..], &FRAME, &SCAN].concat()
    }

    /// EXIF with one other entry before the orientation.
    fn exif(tag: u16, little_endian: bool) -> Vec<u8> {
        let short = |value: u16| if little_endian { value.to_le_bytes() } else { value.to_be_bytes() };
        let long = |value: u32| if little_endian { value.to_le_bytes() } else { value.to_be_bytes() };
        let entry = |name: u16, value: u16| [&short(name)[..], &short(3), &long(1), &short(value), &[0, 0]].concat();
        let order: &[u8] = if little_endian { b"II" } else { b"MM" };
        let tiff = [order, &short(42), &long(8), &short(2), &entry(0x0100, 7), &entry(0x0112, tag), &long(0)].concat();
        segment(0xE1, &[b"Exif\0\0", &tiff[..]].concat())
    }

    fn profile(name: &[u8]) -> Vec<u8> {
        let mut profile = vec![0; 128];
        let tags = [&2_u32.to_be_bytes()[..], b"cprt", &[0, 0, 0, 156, 0, 0, 0, 4], b"desc", &[0, 0, 0, 160, 0, 0, 0]]
            .concat();
        profile.extend(tags);
        profile.push(u8::try_from(name.len()).expect("short"));
        profile.extend(b"sRGB");
        profile.extend(name);
        segment(0xE2, &[b"ICC_PROFILE\0\x01\x01", &profile[..]].concat())
    }

    /// The tag `desc` of a profile's second version.
    fn in_ascii(name: &str) -> Vec<u8> {
        [b"desc\0\0\0\0\0\0\0", &[u8::try_from(name.len() + 1).expect("short")][..], name.as_bytes(), b"\0"].concat()
    }

    /// That of the fourth: the same language again for each name.
    fn in_utf16(names: &[&str]) -> Vec<u8> {
        let long = |value: usize| u32::try_from(value).expect("short").to_be_bytes();
        let (mut records, mut texts) = (Vec::new(), Vec::new());
        for name in names {
            let text: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
            records.push([b"enUS", &long(text.len())[..], &long(16 + 12 * names.len() + texts.len())].concat());
            texts.extend(text);
        }
        [b"mluc\0\0\0\0", &long(names.len())[..], &long(12), &records.concat(), &texts].concat()
    }

    #[test]
    fn size_and_orientation_are_read_in_both_byte_orders() {
        let size = Size { width: 1200, height: 1600 };
        let jfif = segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
        let read = JpegHead::read(&file(&[&jfif, &[0xFF]]));
        assert_eq!(read, Some(JpegHead { size, orientation: Orientation::Upright }));
        for little_endian in [false, true] {
            for tag in 1..=8 {
                let head = JpegHead::read(&file(&[&exif(tag, little_endian)])).expect("a head");
                assert_eq!((head.size, head.orientation as u16), (size, tag));
            }
            assert_eq!(JpegHead::read(&file(&[&exif(9, little_endian)])), None);
        }
    }

    #[test]
    fn exif_is_read_whatever_its_fill_byte_is() {
        for fill in [0, 1, 0xFF] {
            let mut exif = exif(6, false);
            assert_eq!(&exif[..10], b"\xFF\xE1\0\x2EExif\0\0");
            exif[9] = fill;
            let head = JpegHead::read(&file(&[&exif])).expect("a head");
            assert_eq!(head.orientation, Orientation::TurnedOnce, "fill byte {fill}");
        }
        assert_eq!(JpegHead::read(&file(&[&segment(0xE1, b"Exif\0")])), None, "cut off");
        assert!(JpegHead::read(&file(&[&segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0")])).is_some(), "XMP");
    }

    #[test]
    fn an_orientation_that_is_not_one_number_once_is_left_to_the_browser() {
        for little_endian in [false, true] {
            let whole = exif(6, little_endian);
            // Behind marker, length, name, header and number of entries are two entries of 12 bytes: tag, type, count, value.
            let (first, second) = (20, 32);
            let change = |at: usize, value: &[u8]| {
                let mut changed = whole.clone();
                changed[at..at + value.len()].copy_from_slice(value);
                JpegHead::read(&file(&[&changed]))
            };
            assert!(change(second, &whole[second..second + 12]).is_some());
            assert_eq!(change(first, &whole[second..second + 12]), None, "the same twice");
            for count in [0_u32, 2, 65_537] {
                let count = if little_endian { count.to_le_bytes() } else { count.to_be_bytes() };
                assert_eq!(change(second + 4, &count), None, "count {count:?}");
            }
            for kind in [1_u16, 4] {
                let kind = if little_endian { kind.to_le_bytes() } else { kind.to_be_bytes() };
                assert_eq!(change(second + 2, &kind), None, "type {kind:?}");
            }
        }
    }

    #[test]
    fn a_profile_that_is_not_srgb_is_left_to_the_browser() {
        let others = [
            "Display P3",
            "DCI-P3 D65 Gamut with sRGB Transfer",
            "Display P3 Gamut with sRGB Transfer",
            "Rec2020 Gamut with sRGB Transfer",
            "sRGB EOTF with DCI-P3 Color Gamut",
            "GIMP built-in Linear sRGB",
            "srgb",
            "",
        ];
        for name in SRGB_NAMES.into_iter().chain(others) {
            for desc in [in_ascii(name), in_utf16(&[name]), in_utf16(&["sRGB", name])] {
                let is_read = JpegHead::read(&file(&[&profile(&desc)])).is_some();
                assert_eq!(is_read, SRGB_NAMES.contains(&name), "{name}: {}", desc.escape_ascii());
            }
        }
        for (desc, is_read) in [
            (&b"desc\0\0\0\0\0\0\0\x05sRGB\0"[..], true),
            (&b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0cenUS\0\0\0\x08\0\0\0\x1c\0s\0R\0G\0B"[..], true),
            (&b"desc\0\0\0\0\0\0\0\x0bDisplay P3\0"[..], false),
        ] {
            assert_eq!(JpegHead::read(&file(&[&profile(desc)])).is_some(), is_read, "{}", desc.escape_ascii());
        }
        let longer = [b"desc\0\0\0\0\0\0\0\x06", &in_ascii("sRGB")[12..]].concat();
        for desc in [&b"text\0\0\0\0sRGB\0"[..], &longer, &in_utf16(&[])] {
            assert_eq!(JpegHead::read(&file(&[&profile(desc)])), None, "{}", desc.escape_ascii());
        }
        let parts = segment(0xE2, b"ICC_PROFILE\0\x01\x02sRGB");
        assert_eq!(JpegHead::read(&file(&[&parts])), None, "the first of two parts");
        assert!(JpegHead::read(&file(&[&segment(0xE2, b"MPF\0")])).is_some(), "further pictures, no profile");
    }

    #[test]
    fn orientation_and_profile_are_read_up_to_the_pixels() {
        let read = |parts: &[&[u8]]| JpegHead::read(&[&[0xFF, 0xD8], &parts.concat()[..]].concat());
        let p3 = profile(&in_ascii("Display P3"));
        let head = read(&[&FRAME, &exif(6, false), &profile(&in_ascii("sRGB")), &SCAN]).expect("a head");
        assert_eq!(head, JpegHead { size: Size { width: 1200, height: 1600 }, orientation: Orientation::TurnedOnce });
        assert_eq!(read(&[&FRAME, &p3, &SCAN]), None, "another profile behind the frame");
        assert_eq!(read(&[&exif(6, false), &FRAME, &exif(1, false), &SCAN]), None, "another orientation");
        assert!(read(&[&FRAME, &SCAN, &p3]).is_some(), "what comes after the first scan's start is not read");
        assert_eq!(read(&[&FRAME, &FRAME, &SCAN]), None, "two frames");
        assert_eq!(read(&[&SCAN]), None, "no frame");
        assert_eq!(read(&[&FRAME, &[0xFF, 0xD9]]), None, "no pixels");
    }

    #[test]
    fn what_is_contradictory_cut_off_or_of_another_kind_is_left_to_the_browser() {
        assert_eq!(JpegHead::read(&file(&[&exif(6, true), &exif(1, true)])), None, "two orientations");
        let srgb = profile(&in_ascii("sRGB"));
        assert_eq!(JpegHead::read(&file(&[&srgb, &srgb])), None, "two profiles");
        let whole = file(&[&exif(6, false), &srgb]);
        for length in 0..whole.len() {
            assert_eq!(JpegHead::read(&whole[..length]), None, "{length} bytes");
        }
        let change = |at: usize, value: u8| {
            let mut changed = file(&[]);
            changed[2 + at] = value;
            JpegHead::read(&changed)
        };
        assert_eq!(change(1, 0xC9), None, "arithmetic coding");
        assert_eq!(change(4, 12), None, "12 bits");
        assert_eq!(change(9, 1), None, "grey");
        assert_eq!(change(9, 4), None, "for print");
        assert_eq!(JpegHead::read(b"\x89PNG\r\n\x1a\n"), None);
    }
}
