//! Searches with rules, compared with a plain reference: every article scored, added to, sorted. A random catalogue from a fixed seed.

use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;
use stl_server::catalogue::features::{self, Features};
use stl_server::catalogue::rules::stored;
use stl_server::catalogue::store::Published;
use stl_server::catalogue::{Article, CatalogueOptions, RuleChoice, Rules, Store};
use stl_server::matching::Device;
use stl_server::networks::models::Models;
use stl_server::pipeline::search::{SearchEngine, SearchParams};
use stl_types::wire::Availability;
use stl_types::{Category, Price};

use crate::dice::Dice;
use crate::support::{ON_PROCESSOR, models};

const ARTICLES: usize = 2400;
const BRANDS: [&str; 5] = ["Acme", "Müller", "Nordlicht", "Atelier", ""];

/// Largest difference of a score: a sum in float32 in another order.
const TOLERANCE: f32 = 1e-3;

fn article(number: usize, dice: &mut Dice) -> Article {
    let availability = if dice.below(4) == 0 { Availability::OutOfStock } else { Availability::InStock };
    Article {
        group: String::new(),
        variants: Vec::new(),
        id: format!("{number:05}"),
        title: "Drawn".to_owned(),
        description: String::new(),
        link: "https://shop.example/article".to_owned(),
        price: Price { amount_minor: 500 + dice.below(20_000) as u64, currency: "EUR".to_owned() },
        sale: None,
        availability,
        brand: BRANDS[dice.below(BRANDS.len())].to_owned(),
        color: String::new(),
        gender: String::new(),
        product_type: String::new(),
        age_group: String::new(),
        material: String::new(),
        pattern: String::new(),
        labels: [("season".to_owned(), format!("S{}", dice.below(6)))].into(),
        category: Category::ALL[dice.below(8)],
        category_predicted: false,
        picture_sha256: stl_server::digest::Digest::of(&number.to_le_bytes()),
        further_pictures: Vec::new(),
    }
}

/// Writes a catalogue of random articles with random features.
fn write_catalogue(folder: &Path, models: &Models) -> Vec<Article> {
    let mut dice = Dice(4711);
    let articles: Vec<Article> = (0..ARTICLES).map(|number| article(number, &mut dice)).collect();
    let width = models.match_weights().expect("weights").width;
    let values = (0..ARTICLES * width).map(|_| dice.number()).collect();
    let ids = articles.iter().map(|article| article.id.clone()).collect();
    std::fs::create_dir_all(folder).expect("a folder");
    let features = Features::new(models.fashion_dna_sha256(), 1, width, ids, values);
    features::write(&folder.join("features-1.bin"), &features).expect("written");
    let published = Published { version: 1, features_file: "features-1.bin".to_owned(), adaptation: None };
    Store::create(folder).and_then(|mut store| store.publish(&published, &articles)).expect("published");
    articles
}

enum Effect {
    Pin(usize),
    Add(f32),
    Exclude,
}

/// A rule as the reference understands it.
struct Rule {
    effect: Effect,
    fits: Fits,
    ids: Vec<String>,
    variant: &'static str,
    from: Timestamp,
    until: Timestamp,
}

fn day(day: usize) -> Timestamp {
    format!("2026-11-{day:02}T00:00:00Z").parse().expect("a day")
}

type Fits = Box<dyn Fn(&Article) -> bool>;

/// Random conditions: ids, if they are by ids; as text; and as the reference understands them.
fn conditions(is_pin: bool, dice: &mut Dice) -> (Vec<String>, String, Fits) {
    match if is_pin { 0 } else { dice.below(4) } {
        0 => {
            let count = if is_pin { 3 } else { 30 };
            let ids: Vec<String> = (0..count).map(|_| format!("{:05}", dice.below(ARTICLES))).collect();
            let wanted = ids.clone();
            (ids.clone(), format!("id = {ids:?}\n"), Box::new(move |article| wanted.contains(&article.id)))
        }
        1 => {
            let (brand, category) = (BRANDS[dice.below(4)], Category::ALL[dice.below(8)]);
            let text = format!("brand = {:?}\ncategory = \"{category}\"\n", brand.to_uppercase());
            let fits = move |article: &Article| article.brand == brand && article.category == category;
            (Vec::new(), text, Box::new(fits))
        }
        2 => {
            let season = format!("S{}", dice.below(6));
            let text = format!("label = {{ season = \"{season}\" }}\nin_stock = false\n");
            let fits = move |article: &Article| {
                article.labels["season"] == season && article.availability == Availability::OutOfStock
            };
            (Vec::new(), text, Box::new(fits))
        }
        _ => {
            let lowest = dice.below(20_000) as u64;
            let text = format!("price_min = {lowest}\nprice_max = {}\ncurrency = \"EUR\"\n", lowest + 900);
            let fits = move |article: &Article| (lowest..=lowest + 900).contains(&article.price.amount_minor);
            (Vec::new(), text, Box::new(fits))
        }
    }
}

/// Random rules, as text and as the reference understands them.
fn rules() -> (String, Vec<Rule>) {
    let (mut dice, mut text, mut rules) = (Dice(815), String::new(), Vec::new());
    for number in 0..60 {
        let action = ["boost", "bury", "exclude", "pin"][[0, 0, 0, 1, 1, 2, 3][number % 7]];
        let (ids, fields, fits) = conditions(action == "pin", &mut dice);
        let by = (1 + dice.below(40)) as f32 / 8.0;
        let effect = match action {
            "pin" => Effect::Pin(1 + dice.below(12)),
            "exclude" => Effect::Exclude,
            "boost" => Effect::Add(by),
            _ => Effect::Add(-by),
        };
        let more = match effect {
            Effect::Pin(position) => format!("position = {position}\n"),
            Effect::Add(by) => format!("by = {}\n", by.abs()),
            Effect::Exclude => String::new(),
        };
        let variant = ["", "", "", "a", "b"][dice.below(5)];
        let (from, until) = (dice.below(9), 12 + dice.below(9));
        let (from, until) = (day(1 + from), day(until));
        let variant_field = if variant.is_empty() { String::new() } else { format!("variant = \"{variant}\"\n") };
        write!(
            text,
            "[[rule]]\nname = \"{number}\"\naction = \"{action}\"\n{fields}{more}{variant_field}from = {from}\nuntil = {until}\n"
        )
        .expect("written to memory");
        rules.push(Rule { effect, fits, ids, variant, from, until });
    }
    (text, rules)
}

/// What is similar to an article: every other one of its category, by score; at most `limit`.
fn by_reference(
    engine: &SearchEngine,
    (articles, rules): (&[Article], &[Rule]),
    itself: usize,
    (choice, now, limit): (&RuleChoice, Timestamp, usize),
) -> Vec<(String, f32)> {
    let category = articles[itself].category;
    let feature = engine.catalogue.feature(&articles[itself].id).expect("a feature");
    let scores = engine.catalogue.matcher.exact_scores(|_| feature);
    let is_chosen = |rule: &&Rule| {
        let is_of_variant = rule.variant.is_empty() || !choice.off && rule.variant == choice.variant;
        let is_kept = !choice.off || matches!(rule.effect, Effect::Exclude);
        is_of_variant && is_kept && rule.from <= now && now < rule.until
    };
    let acting: Vec<&Rule> = rules.iter().filter(is_chosen).collect();
    let is_excluded =
        |article: &Article| acting.iter().any(|rule| matches!(rule.effect, Effect::Exclude) && (rule.fits)(article));
    let added = |article: &Article| -> f32 {
        acting
            .iter()
            .map(|rule| if let (Effect::Add(by), true) = (&rule.effect, (rule.fits)(article)) { *by } else { 0.0 })
            .sum()
    };
    let mut all: Vec<(usize, f32)> = (0..articles.len())
        .filter(|&number| articles[number].category == category && number != itself && !is_excluded(&articles[number]))
        .map(|number| (number, scores[number] + added(&articles[number])))
        .collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut pins: Vec<(usize, usize)> = Vec::new();
    for rule in &acting {
        let Effect::Pin(first) = rule.effect else { continue };
        for (position, id) in (first..).zip(&rule.ids) {
            let number: usize = id.parse().expect("a number");
            if !pins.iter().any(|(_, known)| *known == number) && !is_excluded(&articles[number]) {
                pins.push((position, number));
            }
        }
    }
    pins.sort_by_key(|(position, _)| *position);
    let mut pinned = Vec::new();
    for (position, number) in pins {
        if let Some(at) = all.iter().position(|(known, _)| *known == number) {
            pinned.push((position, all.remove(at)));
        }
    }
    let mut free = 0;
    for (position, pinned) in pinned {
        // Below what is pinned already.
        let place = free.max(position - 1).min(all.len());
        all.insert(place, pinned);
        free = place + 1;
    }
    all.truncate(limit);
    all.into_iter().map(|(number, score)| (articles[number].id.clone(), score)).collect()
}

fn engine(folder: &Path, models: &Models, options: CatalogueOptions) -> SearchEngine {
    SearchEngine::load(models, folder, options).expect("a catalogue")
}

fn found(engine: &SearchEngine, id: &str, params: &SearchParams, now: Timestamp) -> Vec<(String, f32)> {
    let article = engine.catalogue.find(id).expect("an article");
    let answer = engine.similar_at(article, params, now).expect("an answer");
    let further = |row: &stl_types::wire::CategoryCards| -> Vec<(String, f32)> {
        let cards = row.cards.iter().map(|card| (card.product.id.clone(), card.score));
        cards.chain(row.further.iter().map(|card| (card.id.clone(), card.score))).collect()
    };
    answer.categories.iter().flat_map(further).collect()
}

#[test]
fn searches_with_rules_are_those_of_a_plain_reference_on_both_devices() {
    let root = tempfile::tempdir().expect("a folder");
    let (folder, models) = (root.path().join("catalogue"), models());
    let articles = write_catalogue(&folder, &models);
    let (text, rules) = rules();
    stored::write(&folder, Rules::from_toml(&text).expect("rules"), &text).expect("written");
    let on_processor = engine(&folder, &models, ON_PROCESSOR);
    let on_gpu = SearchEngine::load(&models, &folder, CatalogueOptions { threads: 2, device: Device::Gpu(None) });
    if let Err(reason) = &on_gpu {
        assert!(std::env::var_os("STL_GPU_REQUIRED").is_none(), "STL_GPU_REQUIRED is set: {reason}");
        eprintln!("SKIPPED on a graphics processor: {reason} (Debian: mesa-vulkan-drivers)");
    }
    let choice = |variant: &str| RuleChoice { off: false, variant: variant.to_owned() };
    let choices = [choice(""), choice("a"), choice("b"), choice("unknown"), RuleChoice::off()];
    let mut moved = 0;
    for (turn, now) in [day(1), day(9), day(10), day(13), day(25)].into_iter().enumerate() {
        for (number, choice) in choices.iter().enumerate() {
            let itself = 37 * turn + 211 * number;
            let id = &articles[itself].id;
            let (limit, further) = [(50, 0), (10, 40), (7, 3)][(turn + number) % 3];
            let params = SearchParams { rules: choice.clone(), limit, further, ..SearchParams::plain(Vec::new(), 50) };
            let expected = by_reference(&on_processor, (&articles, &rules), itself, (choice, now, limit + further));
            let received = found(&on_processor, id, &params, now);
            let ids = |list: &[(String, f32)]| list.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>();
            assert_eq!(ids(&received), ids(&expected), "{id} at {now} with {choice:?}");
            for ((_, a), (_, b)) in received.iter().zip(&expected) {
                assert!((a - b).abs() <= TOLERANCE, "{a} {b}");
            }
            // Also where what was found is kept.
            assert_eq!(found(&on_processor, id, &params, now), received);
            if let Ok(on_gpu) = &on_gpu {
                assert_eq!(found(on_gpu, id, &params, now), received);
            }
            let plain = by_reference(&on_processor, (&articles, &[]), itself, (choice, now, limit + further));
            moved += usize::from(ids(&plain) != ids(&expected));
        }
    }
    assert!(moved >= 12, "rules moved something in {moved} of 25 searches");
}
