//! Import and search on a graphics processor, emulated or not.

use std::path::Path;

use axum::http::StatusCode;
use stl_server::catalogue::CatalogueOptions;
use stl_server::catalogue::import::import;
use stl_server::config::Config;
use stl_server::http::app::app;
use stl_server::http::state::AppState;
use stl_server::matching::Device;
use stl_server::pipeline::search::SearchEngine;
use stl_types::wire::SearchResponse;

use crate::requests::{post, ready_app};
use crate::support::{GREEN, RED, SHOP, line, models, options, png, rectangle};

const ON_GPU: Device = Device::Gpu(None);

/// Largest difference between two devices' scores.
const TOLERANCE: f32 = 1e-2;

#[tokio::test]
async fn a_graphics_processor_imports_and_gives_the_processors_cards() {
    let models = match models().without_garment_head().on_device(ON_GPU) {
        Ok(models) => models,
        Err(reason) => {
            assert!(std::env::var_os("STL_GPU_REQUIRED").is_none(), "STL_GPU_REQUIRED is set: {reason}");
            eprintln!("SKIPPED: {reason} (Debian: mesa-vulkan-drivers)");
            return;
        }
    };
    let options_on_gpu = CatalogueOptions { threads: 2, device: ON_GPU };
    let search = async |app| -> SearchResponse {
        let answer = post(app, "/api/v1/search", "image/png", png(&rectangle(300, 400, RED))).await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
        answer.json()
    };
    let served = |catalogue: &Path| {
        let config = Config::for_testing(catalogue, Path::new("no-page"));
        let state = AppState::new(&config).expect("threads");
        state.set_engine(SearchEngine::load(&models, catalogue, options_on_gpu).expect("loaded"));
        app(&config, state)
    };

    let (received, expected) = (search(served(&SHOP.catalogue())).await, search(ready_app()).await);
    assert_eq!(received.categories.len(), expected.categories.len());
    for (received, expected) in received.categories.iter().zip(&expected.categories) {
        assert_eq!(received.category, expected.category);
        for (received, expected) in received.cards.iter().zip(&expected.cards) {
            assert_eq!(received.product.id, expected.product.id);
            assert!((received.score - expected.score).abs() <= TOLERANCE, "{} {}", received.score, expected.score);
        }
    }

    let folder = tempfile::tempdir().expect("a folder");
    let (feed, catalogue) = (folder.path().join("feed"), folder.path().join("catalogue"));
    std::fs::create_dir_all(feed.join("images")).expect("a folder");
    for (name, colour) in [("red", RED), ("green", GREEN)] {
        std::fs::write(feed.join(format!("images/{name}.png")), png(&rectangle(120, 160, colour))).expect("written");
    }
    let lines = ["red", "green"].map(|name| line(name, &format!("images/{name}.png"), "tops"));
    std::fs::write(feed.join("products.jsonl"), lines.join("\n")).expect("written");
    let report = import(&feed, &catalogue, &models, &options(), |_, _| {}).expect("imported");
    assert_eq!((report.imported, report.encoded), (2, 2));
    assert_eq!(search(served(&catalogue)).await.categories[0].cards[0].product.id, "red");
}
