//! Photo after photo, the worker's memory stays as it is: WebAssembly's memory never shrinks, so what leaks is kept until the tab is closed.
#![cfg(target_arch = "wasm32")]

use stl_types::worker::CutoutParams;
use stl_types::{Manifest, Size};
use stl_vision::Segmenter;
use stl_worker::frame::Frame;
use stl_worker::scene::Scene;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

const PHOTOS: usize = 200;

/// Photos after which everything has been needed once, in all three sizes.
const FIRST: usize = 6;

/// Gives the browser a turn: its driver takes a page that does not answer for 30 s for dead.
async fn breathe() {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        let set_timeout = js_sys::Reflect::get(&js_sys::global(), &"setTimeout".into()).expect("a property");
        set_timeout.unchecked_into::<js_sys::Function>().call1(&js_sys::global(), &resolve).expect("a timer");
    });
    JsFuture::from(promise).await.expect("the timer ends");
}

#[wasm_bindgen_test]
async fn two_hundred_photos_take_no_more_memory_than_the_first_ones() {
    let manifest = Manifest::parse(include_str!("../../../models/manifest.toml")).expect("a manifest");
    let onnx = include_bytes!("../../../models/street2fashion.onnx");
    let network = separable::pack(onnx).expect("the network packs");
    let segmenter = Segmenter::new(network, &manifest.street2fashion).expect("the manifest's network");
    let look = image::load_from_memory(include_bytes!("../../../tests/fixtures/parity/look.png")).expect("a PNG");
    let mut first = 0;
    for photo in 0..PHOTOS {
        let side = [320, 480, 640][photo % 3];
        let picture = look.resize(side, side, image::imageops::FilterType::Triangle).into_rgba8();
        let size = Size { width: picture.width(), height: picture.height() };
        let frame = Frame::new(size, picture.into_raw()).expect("four bytes a pixel");
        let scene = Scene::of(frame, &segmenter).expect("the network runs");
        let (_, person) = scene.current().expect("somebody is in the look");
        let cutout = person.cutout(CutoutParams::default(), None).expect("a cut-out");
        assert!(cutout.coverage > 0.05, "photo {photo}: {}", cutout.coverage);
        if photo % 20 == 0 {
            breathe().await;
        }
        if photo == FIRST {
            first = core::arch::wasm32::memory_size(0);
        }
    }
    let last = core::arch::wasm32::memory_size(0);
    console_log!("{} kB after {FIRST} photos, {} kB after {PHOTOS}", first * 64, last * 64);
    assert_eq!(last, first, "pages of 64 kB");
}
