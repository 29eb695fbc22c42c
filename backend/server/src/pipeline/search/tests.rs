//! Searches whose graphics processor is lost in the middle of them.

use std::sync::mpsc;

use stl_types::wire::Packed;

use super::*;
use crate::catalogue::Store;
use crate::catalogue::article::tests::article;
use crate::catalogue::features::{self, Features};
use crate::catalogue::store::Published;
use crate::matching::Device;
use crate::matching::gpu::fixtures::is_available;

/// Enough for a pass of some length.
const ARTICLES: usize = 4000;

/// Searches that two visitors make again and again.
const SEARCHES: usize = 4;

/// Numbers in −1..1, others for each seed.
fn numbers(seed: usize, count: usize) -> Vec<f32> {
    (0..count).map(|at| ((at * 7919 + at / 97 * 131 + seed * 104_729) % 2003) as f32 / 1001.0 - 1.0).collect()
}

/// A catalogue of articles of all categories.
fn write_catalogue(folder: &Path, models: &Models) {
    let articles: Vec<Article> = (0..ARTICLES)
        .map(|number| Article { category: Category::ALL[number % 8], ..article(&format!("{number:05}")) })
        .collect();
    let width = models.match_weights().expect("weights").width;
    let ids = articles.iter().map(|article| article.id.clone()).collect();
    let features = Features::new(models.fashion_dna_sha256(), 1, width, ids, numbers(1, ARTICLES * width));
    features::write(&folder.join("features-1.bin"), &features).expect("written");
    let published = Published { version: 1, features_file: "features-1.bin".to_owned(), adaptation: None };
    Store::create(folder).and_then(|mut store| store.publish(&published, &articles)).expect("published");
}

/// The products and scores of a visitor's cards, by category.
fn cards(engine: &SearchEngine, search: &NumbersSearch) -> Vec<(Category, Vec<(String, f32)>)> {
    let params = SearchParams::plain(Vec::new(), 20);
    let found = engine.search_numbers(search, Subject::Person, &params).expect("an answer");
    let of_row = |cards: &[stl_types::wire::Card]| {
        cards.iter().map(|card| (card.product.id.clone(), card.score)).collect::<Vec<_>>()
    };
    found.categories.iter().map(|row| (row.category, of_row(&row.cards))).collect()
}

#[test]
fn a_graphics_processor_that_is_lost_in_the_middle_of_searches_changes_no_card() {
    if !is_available() {
        return;
    }
    let models = Models::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")).expect("networks");
    let folder = tempfile::tempdir().expect("a folder");
    write_catalogue(folder.path(), &models);
    let loaded = |device| {
        SearchEngine::load(&models, folder.path(), CatalogueOptions { threads: 2, device }).expect("a catalogue")
    };
    let (on_gpu, by_processor) = (loaded(Device::Gpu(None)), loaded(Device::Cpu));
    let names = [&on_gpu, &by_processor].map(|engine| engine.catalogue.matcher.engine_name().into_owned());
    assert_ne!(names[0], names[1]);
    let width = 8 * 128;
    let searches: Vec<NumbersSearch> = (0..SEARCHES)
        .map(|seed| NumbersSearch {
            network: models.query_sha256().to_owned(),
            width: 90,
            height: 120,
            whole: Packed::of(&numbers(seed + 2, width)),
            garments: Vec::new(),
            article: None,
        })
        .collect();
    let expected: Vec<_> = searches.iter().map(|search| cards(&by_processor, search)).collect();
    assert!(!expected[0].is_empty() && expected[0] != expected[1]);
    std::thread::scope(|scope| {
        let (answered, first) = mpsc::channel();
        let (on_gpu, searches, expected) = (&on_gpu, &searches, &expected);
        for _ in 0..2 {
            let answered = answered.clone();
            scope.spawn(move || {
                for round in 0..10 {
                    for (search, expected) in searches.iter().zip(expected) {
                        assert_eq!(cards(on_gpu, search), *expected, "round {round}");
                        // Nobody listens after the first ones.
                        let _ = answered.send(());
                    }
                }
            });
        }
        first.recv().expect("an answer by the device");
        on_gpu.catalogue.matcher.lose_device();
    });
    assert_eq!(cards(&on_gpu, &searches[0]), expected[0], "and later");
}
