//! Saved looks, on this device and nowhere else. In: what was sent. Out: [`SavedLook`]s, the newest first.
//!
//! Each look is one entry of the browser's cache storage: what was sent, byte for byte, or of what numbers were sent, and when. Their addresses are
//! names only and are never requested from the server.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Date, Object, Reflect, Uint8Array};
use serde::{Deserialize, Serialize};
use stl_types::Layer;
use stl_types::worker::{CutoutTimings, GarmentOutline, Subject};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, Cache, CacheStorage, Request, Response};

use crate::browser::{ObjectUrl, bytes_of};
use crate::state::{Cutout, Focus};

/// Looks that are saved: two rows on a desktop.
const MOST_LOOKS: usize = 12;

/// Bytes of all looks together: a cutout takes 0.1 MB, one of noise 1.2 MB.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Name of the cache; not one of those that the service worker clears (`shop-the-look-…`).
const CACHE: &str = "shop-the-look.looks";

/// Prefix of the entries' addresses; a number follows.
const ADDRESS: &str = "/kept-looks/";

thread_local! {
    /// Counts how often all looks were deleted: a look whose writing began before must not be saved after.
    static FORGOTTEN: Cell<u32> = const { Cell::new(0) };
}

/// A look that was searched for.
#[derive(Clone)]
pub(crate) struct SavedLook {
    /// Key of its entry.
    pub(crate) key: String,
    /// When it was last searched for, in milliseconds since 1970.
    pub(crate) date_ms: f64,
    /// What of it was searched for.
    pub(crate) focus: Focus,
    /// What was sent, or what its numbers were sent of. The photo is not saved, so its mask is empty.
    pub(crate) cutout: Cutout,
    /// Whether numbers were sent in its place.
    pub(crate) by_numbers: bool,
    bytes: usize,
}

/// What is saved beside the two pictures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Words {
    date_ms: f64,
    /// Of the garment that was searched for.
    #[serde(default)]
    layer: Option<Layer>,
    hides_person: bool,
    /// Whether numbers were sent in place of the cutout.
    #[serde(default)]
    by_numbers: bool,
    /// Whether it is a garment that nobody wears.
    #[serde(default)]
    is_garment: bool,
    width: u32,
    height: u32,
    coverage: f64,
    #[serde(default)]
    other_worn_share: f64,
    garments: Vec<GarmentOutline>,
}

/// A key for the next look.
pub(crate) fn new_key() -> String {
    format!("{ADDRESS}{:.0}", Date::now())
}

/// The number in a key, for the browser's history.
pub(crate) fn number_of(key: &str) -> Option<&str> {
    key.strip_prefix(ADDRESS)
}

/// The key with this number, if it is one.
pub(crate) fn key_of(number: &str) -> Option<String> {
    let is_number = !number.is_empty() && number.len() <= 20 && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("{ADDRESS}{number}"))
}

/// One saved look, if it is still there.
pub(crate) async fn look(key: &str) -> Option<SavedLook> {
    read(&cache().await.ok()?, key).await
}

/// All saved looks, the newest first; none if the browser saves nothing.
pub(crate) async fn looks() -> Vec<SavedLook> {
    match read_all().await {
        Ok(mut looks) => {
            looks.sort_by(|a, b| b.date_ms.total_cmp(&a.date_ms));
            looks
        }
        Err(_) => Vec::new(),
    }
}

/// Saves what was sent under a key, replaces what was there, and deletes the oldest looks beyond the bounds. A browser that
/// refuses saves nothing; if all looks are deleted meanwhile, nothing of this one is left. `by_numbers`: numbers were sent in its place.
pub(crate) async fn save(key: String, sent: Cutout, focus: Focus, by_numbers: bool) {
    let forgotten = FORGOTTEN.get();
    if write(&key, &sent, focus, by_numbers, || FORGOTTEN.get() == forgotten).await.is_err() {
        return;
    }
    if FORGOTTEN.get() != forgotten {
        return forget(&key).await;
    }
    let looks = looks().await;
    let most = kept_of(looks.iter().map(|look| look.bytes));
    for look in looks.into_iter().skip(most) {
        forget(&look.key).await;
    }
}

/// Deletes one look.
pub(crate) async fn forget(key: &str) {
    if let Ok(cache) = cache().await {
        let _ = JsFuture::from(cache.delete_with_str(key)).await;
    }
}

/// Deletes all looks, and those that are just being written.
pub(crate) async fn forget_all() {
    FORGOTTEN.set(FORGOTTEN.get().wrapping_add(1));
    if let Some(storage) = storage() {
        let _ = JsFuture::from(storage.delete(CACHE)).await;
    }
}

/// How many of the looks, the newest first, are within the bounds.
fn kept_of(bytes: impl Iterator<Item = usize>) -> usize {
    let all_until = bytes.take(MOST_LOOKS).scan(0, |all, bytes| {
        *all += bytes;
        Some(*all)
    });
    all_until.take_while(|&all| all <= MOST_BYTES).count()
}

/// Three files in one: the length of each, 32 bits little-endian, then each.
fn packed(files: [&[u8]; 3]) -> Vec<u8> {
    let lengths = files.iter().flat_map(|file| (file.len() as u32).to_le_bytes());
    lengths.chain(files.concat()).collect()
}

fn unpacked(bytes: &[u8]) -> Option<[&[u8]; 3]> {
    let (head, mut rest) = bytes.split_at_checked(12)?;
    let mut files = [&[][..]; 3];
    for (file, length) in files.iter_mut().zip(head.as_chunks::<4>().0) {
        (*file, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    }
    rest.is_empty().then_some(files)
}

/// Writes a look, if it is still `wanted` once everything is ready.
async fn write(
    key: &str,
    sent: &Cutout,
    focus: Focus,
    by_numbers: bool,
    wanted: impl Fn() -> bool,
) -> Result<(), JsValue> {
    let layer = match focus {
        Focus::Garment(layer) => Some(layer),
        // Of a marked part only the part was sent.
        Focus::Everything | Focus::Part(_) => None,
    };
    let words = Words {
        date_ms: Date::now(),
        layer,
        hides_person: sent.hides_person,
        by_numbers,
        is_garment: sent.subject == Subject::Garment,
        width: sent.width,
        height: sent.height,
        coverage: sent.coverage,
        other_worn_share: sent.other_worn_share,
        garments: sent.garments.clone(),
    };
    let words = serde_json::to_vec(&words).map_err(|_| JsValue::NULL)?;
    let (png, regions) = (bytes_of(&sent.png).await?, bytes_of(&sent.regions).await?);
    let body = Uint8Array::from(&packed([&words, &png, &regions])[..]);
    let response = Response::new_with_opt_js_u8_array(Some(&body))?;
    let cache = cache().await?;
    if !wanted() {
        return Err(JsValue::UNDEFINED);
    }
    JsFuture::from(cache.put_with_str(key, &response)).await?;
    Ok(())
}

async fn read_all() -> Result<Vec<SavedLook>, JsValue> {
    let cache = cache().await?;
    let requests: Array = JsFuture::from(cache.keys()).await?.dyn_into()?;
    let mut looks = Vec::new();
    for request in requests.iter() {
        let address = request.dyn_into::<Request>()?.url();
        let Some(number) = address.rsplit_once(ADDRESS).map(|(_, number)| number) else { continue };
        let key = format!("{ADDRESS}{number}");
        match read(&cache, &key).await {
            Some(look) => looks.push(look),
            // Of an earlier version of this page, or damaged.
            None => drop(JsFuture::from(cache.delete_with_str(&key)).await),
        }
    }
    Ok(looks)
}

async fn read(cache: &Cache, key: &str) -> Option<SavedLook> {
    let response: Response = JsFuture::from(cache.match_with_str(key)).await.ok()?.dyn_into().ok()?;
    let body = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
    let bytes = Uint8Array::new(&body).to_vec();
    let [words, png, regions] = unpacked(&bytes)?;
    let Words {
        date_ms,
        layer,
        hides_person,
        by_numbers,
        is_garment,
        width,
        height,
        coverage,
        other_worn_share,
        garments,
    } = serde_json::from_slice(words).ok()?;
    let (png, regions) = (png_blob(png).ok()?, png_blob(regions).ok()?);
    let url = Rc::new(ObjectUrl::new(&png));
    let (mask, timings) = (Uint8Array::new_with_length(0), CutoutTimings::default());
    Some(SavedLook {
        key: key.to_owned(),
        date_ms,
        focus: layer.map_or(Focus::Everything, Focus::Garment),
        by_numbers,
        cutout: Cutout {
            png,
            regions,
            mask,
            url,
            width,
            height,
            coverage,
            // Nothing can be removed from it any more.
            face_share: 0.0,
            other_worn_share,
            subject: if is_garment { Subject::Garment } else { Subject::Person(0) },
            people: Vec::new(),
            turns: None,
            garments,
            timings,
            hides_person,
            can_hide_person: true,
        },
        bytes: bytes.len(),
    })
}

fn png_blob(png: &[u8]) -> Result<Blob, JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type("image/png");
    Blob::new_with_u8_array_sequence_and_options(&Array::of1(&Uint8Array::from(png)), &options)
}

async fn cache() -> Result<Cache, JsValue> {
    let storage = storage().ok_or(JsValue::UNDEFINED)?;
    JsFuture::from(storage.open(CACHE)).await?.dyn_into()
}

/// Browsers have none on pages that came unencrypted, and some refuse it to private windows.
fn storage() -> Option<CacheStorage> {
    let window: Object = web_sys::window()?.into();
    Reflect::get(&window, &"caches".into()).ok()?.dyn_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_files_are_packed_into_one_and_damage_is_noticed() {
        let files: [&[u8]; 3] = [b"words", b"", b"a picture"];
        let bytes = packed(files);
        assert_eq!(unpacked(&bytes), Some(files));
        for end in 0..bytes.len() {
            assert_eq!(unpacked(&bytes[..end]), None, "{end} bytes");
        }
        assert_eq!(unpacked(&[&bytes[..], b"more"].concat()), None);
    }

    #[test]
    fn a_key_has_a_number_and_nothing_else_names_a_look() {
        let key = key_of("1732800000000").expect("a number");
        assert_eq!(number_of(&key), Some("1732800000000"));
        for wrong in ["", "12a", "../x", "1/2", "123456789012345678901"] {
            assert_eq!(key_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_newest_looks_stay_within_the_bounds() {
        assert_eq!(kept_of(std::iter::repeat_n(100_000, 30)), MOST_LOOKS);
        assert_eq!(kept_of(std::iter::repeat_n(3 * 1024 * 1024, 30)), 2);
        assert_eq!(kept_of([MOST_BYTES + 1, 1].into_iter()), 0);
    }
}
