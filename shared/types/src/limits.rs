//! Every bound that page and server agree on, each with its reason.

/// Cards returned for a category, at most and by default: the top 50 of the paper's product list.
pub const MAX_CARDS_PER_CATEGORY: usize = 50;

/// Bytes of a picture file that a visitor may choose. Phones' 48-megapixel JPEGs stay below 25 MB.
pub const MAX_PHOTO_BYTES: u64 = 40 * 1024 * 1024;

/// Pixels of a picture file that a visitor may choose: 50 megapixels are the largest that phones save by default,
/// and decode to 200 MB of RGBA, about what a phone's browser tab survives.
pub const MAX_PHOTO_PIXELS: u64 = 50_000_000;

/// Long side in pixels to which a photo is scaled before any work: more shows no more on a phone's screen.
pub const MAX_WORK_SIDE: u32 = 1600;

/// Long side in pixels of the cut-out that is sent: three times what the query encoder looks at, so that a later
/// crop to one garment still has detail.
pub const MAX_CUTOUT_SIDE: u32 = 640;

/// Bytes of a search request's body. A 640-pixel PNG of noise takes 1.2 MB.
pub const MAX_UPLOAD_BYTES: usize = 4 * 1024 * 1024;

/// Bytes of the regions that come with a cut-out. A map at the segmenter's resolution takes some 2 KB, one at the pixels of
/// the largest cut-out some 50.
pub const MAX_REGIONS_BYTES: usize = 256 * 1024;

/// Pixels of an uploaded cut-out, or of one side times the other in a catalogue's picture as the server decodes it.
pub const MAX_UPLOAD_PIXELS: u64 = 4_000_000;

/// Pixels of a product picture that an import decodes: shops keep originals of up to 6000 × 8000.
pub const MAX_PRODUCT_PIXELS: u64 = 50_000_000;
