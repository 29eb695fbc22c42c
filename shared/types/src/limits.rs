//! The limits that page and server share, each with its reason.

/// Largest and default number of cards for a category: the paper evaluates the top 50.
pub const MAX_CARDS_PER_CATEGORY: usize = 50;

/// Largest picture file that a visitor may choose. JPEGs of 48 megapixels from phones have less than 25 MB.
pub const MAX_PHOTO_BYTES: u64 = 40 * 1024 * 1024;

/// Most pixels of a picture file that a visitor may choose. 50 megapixels are the most that phones save by default. They decode to
/// 200 MB of RGBA, about the most that a browser tab on a phone can hold.
pub const MAX_PHOTO_PIXELS: u64 = 50_000_000;

/// Long side, in pixels, to which a photo is scaled first. A phone's screen shows no more.
pub const MAX_WORK_SIDE: u32 = 1600;

/// Long side, in pixels, of the cutout that is sent: three times the query encoder's input, so that a crop to one garment still has
/// detail.
pub const MAX_CUTOUT_SIDE: u32 = 640;

/// Largest body of a search request. A 640-pixel PNG of noise has 1.2 MB.
pub const MAX_UPLOAD_BYTES: usize = 4 * 1024 * 1024;

/// Largest regions PNG of a cutout. A map at the segmenter's resolution has about 2 KB, one at the resolution of the largest cutout
/// about 50 KB.
pub const MAX_REGIONS_BYTES: usize = 256 * 1024;

/// Most pixels of an uploaded cutout, and of a catalogue picture as the server decodes it.
pub const MAX_UPLOAD_PIXELS: u64 = 4_000_000;

/// Most pixels of a product picture that an import decodes. Shops keep originals of up to 6000 × 8000.
pub const MAX_PRODUCT_PIXELS: u64 = 50_000_000;
