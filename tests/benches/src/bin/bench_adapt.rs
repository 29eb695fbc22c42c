//! What adapting a match to a shop's pictures gains, and what it costs. In: a catalogue whose products have further pictures. Out: a line
//! for each measurement.
//!
//! Half of the products with a wearer, by a hash of their id, are learnt from; the other half is measured. Times and memory are of
//! repeated pairs with a little noise.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Parser;
use stl_server::adapt::batches::BatchSource;
use stl_server::adapt::evaluation::Opened;
use stl_server::adapt::gain::{DEPTH, Gain};
use stl_server::adapt::pairs::{Gallery, Pair, View};
use stl_server::adapt::ranks::{Figures, Way, ranks};
use stl_server::adapt::training::{Trained, train};
use stl_server::digest::Digest;
use stl_server::matching::MatchWeights;
use stl_server::networks::models::Models;
use stl_server::parallel::available_threads;
use stl_types::Category;

/// Pairs of a category that is measured alone, at least.
const LEAST_MEASURED: usize = 30;

#[derive(Parser)]
struct Args {
    /// Folder of the catalogue
    #[arg(long)]
    catalogue: PathBuf,
    /// Folder of the networks
    #[arg(long, default_value = "models")]
    models: PathBuf,
    /// Numbers of products that are learnt from; 18 of 100 of them say when to stop
    #[arg(long, value_delimiter = ',', default_value = "50,100,200,400")]
    products: Vec<usize>,
    /// Share of the products whose pictures are swapped with another's
    #[arg(long, default_value_t = 0.0)]
    swapped: f64,
    /// Also learn from all products but those of a category, and measure that category, for each
    #[arg(long)]
    without_categories: bool,
    /// Also measure time and memory with as many pictures
    #[arg(long, value_delimiter = ',')]
    pictures: Vec<usize>,
    /// The longest time to learn, in seconds
    #[arg(long, default_value_t = 300)]
    limit_s: u64,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let models = Models::open(&args.models)?;
    let shipped = models.match_weights()?;
    let opened = Opened::of(&args.catalogue, &models, available_threads(), |done, total| {
        if done % 100 == 0 {
            eprintln!("{done} of {total} pictures");
        }
    })?;
    let gallery = opened.gallery();
    let limit = Duration::from_secs(args.limit_s);
    let hash = |article: usize| *Digest::of(format!("half: {}", opened.articles[article].id).as_bytes()).as_bytes();
    let (mut learnt, mut measured): (Vec<&Pair>, Vec<&Pair>) =
        opened.pairs.iter().partition(|pair| hash(pair.article)[0] % 2 == 0);
    // Products of equal hash order stay together; the order does not depend on the number.
    learnt.sort_by_key(|pair| (hash(pair.article), pair.article));
    measured.sort_by_key(|pair| pair.article);
    let measured: Vec<Pair> = measured.into_iter().cloned().collect();
    let before = ranks(&measured, &gallery, Way::Match(&shipped));
    println!("{} pairs measured, {} to learn from", measured.len(), learnt.len());
    figures("shipped", &measured, &gallery, &shipped, None);
    println!("cosine: {}", line(&measured, &ranks(&measured, &gallery, Way::Cosine), None));
    let learning =
        Learning { shipped: &shipped, gallery: &gallery, groups: &opened.shown.groups, measured: &measured, limit };
    for &products in &args.products {
        let products_of: Vec<&[&Pair]> = learnt.chunk_by(|a, b| a.article == b.article).take(products).collect();
        let (name, weights) = learning.learn(&products_of, args.swapped);
        figures(&name, &measured, &gallery, &weights, Some(&before));
    }
    for category in Category::ALL.into_iter().filter(|_| args.without_categories) {
        let is_of = |pair: &Pair| gallery.categories[pair.article] == category;
        let own: Vec<usize> = (0..measured.len()).filter(|&at| is_of(&measured[at])).collect();
        let others: Vec<&[&Pair]> =
            learnt.chunk_by(|a, b| a.article == b.article).filter(|pairs| !is_of(pairs[0])).collect();
        if own.len() < LEAST_MEASURED {
            continue;
        }
        let (name, weights) = learning.learn(&others, args.swapped);
        let (pairs, before): (Vec<Pair>, Vec<usize>) = own.iter().map(|&at| (measured[at].clone(), before[at])).unzip();
        figures(&format!("{category} measured, not learnt from; {name}"), &pairs, &gallery, &weights, Some(&before));
    }
    for &pictures in &args.pictures {
        time(pictures, &opened, &shipped, limit);
    }
    Ok(())
}

/// What is learnt with, beside the products.
struct Learning<'a> {
    shipped: &'a MatchWeights,
    gallery: &'a Gallery<'a>,
    groups: &'a [usize],
    measured: &'a [Pair],
    limit: Duration,
}

impl Learning<'_> {
    /// Learns from the pairs of some products, of which the first ones say when to stop: what was done, and the weights.
    fn learn(&self, products: &[&[&Pair]], swapped_share: f64) -> (String, MatchWeights) {
        let validation = products.len() * 18 / 100;
        let [validating, training] = [&products[..validation], &products[validation..]].map(|of| of.concat());
        let training = swapped(&training, swapped_share);
        let validating = swapped(&validating, swapped_share);
        let (training, validating): (Vec<&Pair>, Vec<&Pair>) = (training.iter().collect(), validating.iter().collect());
        let is_measured = |article: usize| self.measured.binary_search_by_key(&article, |pair| pair.article).is_ok();
        let is_candidate = |article: usize| !is_measured(article);
        let training = BatchSource::new(&training, self.gallery, self.groups, is_candidate);
        let validation = BatchSource::new(&validating, self.gallery, self.groups, is_candidate);
        let start = Instant::now();
        let Trained { weights, rounds, best_round, share, validation_loss } =
            train(self.shipped, &training, &validation, self.limit, |_| {});
        let name = format!(
            "{} products, {swapped_share} swapped: {rounds} rounds, best {best_round} at {share}, validation {:.3} → {:.3}, {:.1} s",
            products.len(),
            validation_loss[0],
            validation_loss[1],
            start.elapsed().as_secs_f64()
        );
        (name, weights)
    }
}

/// Gives a share of the products the pictures of the next one.
fn swapped(pairs: &[&Pair], share: f64) -> Vec<Pair> {
    let articles: Vec<usize> = pairs.chunk_by(|a, b| a.article == b.article).map(|pairs| pairs[0].article).collect();
    let count = (articles.len() as f64 * share) as usize;
    let other = |article: usize| {
        let place = articles.iter().position(|known| *known == article).filter(|place| *place < count);
        place.map_or(article, |place| articles[(place + 1) % count.max(1)])
    };
    pairs.iter().map(|pair| Pair { article: other(pair.article), ..(*pair).clone() }).collect()
}

fn figures(name: &str, pairs: &[Pair], gallery: &Gallery<'_>, weights: &MatchWeights, before: Option<&[usize]>) {
    println!("{name}\n  {}", line(pairs, &ranks(pairs, gallery, Way::Match(weights)), before));
}

/// Top-1, top-10 and top-50 of each view, and the gain.
fn line(pairs: &[Pair], ranks: &[usize], before: Option<&[usize]>) -> String {
    let of_view = |view: View| {
        let of: Vec<usize> = (0..pairs.len()).filter(|&pair| pairs[pair].view == view).collect();
        let chosen = |values: &[usize]| of.iter().map(|&pair| values[pair]).collect::<Vec<usize>>();
        let figures = Figures::of(chosen(ranks))?;
        let groups: Vec<usize> = of.iter().map(|&pair| pairs[pair].article).collect();
        let gain = before.and_then(|before| Gain::of(&groups, &chosen(before), &chosen(ranks)));
        let gain = gain.map_or_else(String::new, |gain| {
            format!(" (top-{DEPTH} {:+.3}, {:+.3} to {:+.3})", gain.value, gain.low, gain.high)
        });
        let Figures { top_1, top_10, top_50, .. } = figures;
        Some(format!("{view:?} {} {:.3} / {:.3} / {:.3}{gain}", of.len(), top_1.value, top_10.value, top_50.value))
    };
    [View::Person, View::Garment].into_iter().filter_map(of_view).collect::<Vec<_>>().join("; ")
}

/// How long it takes with many pictures: the catalogue's pairs again and again, each copy with articles of its own.
fn time(pictures: usize, opened: &Opened, start: &MatchWeights, limit: Duration) {
    let people = opened.pairs.iter().filter(|pair| pair.view == View::Person).count();
    let copies = pictures.div_ceil(people.max(1));
    let known = opened.gallery();
    let noisy = |values: &[f32], copy: usize| -> Vec<f32> {
        let noise = |at: usize| ((at * 7919 + copy * 104_729) % 1000) as f32 / 1000.0 - 0.5;
        values.iter().enumerate().map(|(at, value)| value + 0.1 * noise(at)).collect()
    };
    let count = known.features.len();
    let features: Vec<Vec<f32>> = (0..copies)
        .flat_map(|copy| known.features.iter().map(move |feature| noisy(feature, copy)).collect::<Vec<_>>())
        .collect();
    let gallery = Gallery {
        categories: (0..copies * count).map(|article| known.categories[article % count]).collect(),
        features: features.iter().map(|feature| &feature[..]).collect(),
        titles: (0..copies * count).map(|article| Digest::of(&article.to_le_bytes())).collect(),
    };
    let pairs: Vec<Pair> = (0..copies)
        .flat_map(|copy| opened.pairs.iter().map(move |pair| (copy, pair)))
        .map(|(copy, pair)| Pair {
            article: pair.article + copy * count,
            query: noisy(&pair.query, copy),
            view: pair.view,
        })
        .collect();
    let groups: Vec<usize> = (0..copies * count).collect();
    let (validating, training): (Vec<&Pair>, Vec<&Pair>) = pairs.iter().partition(|pair| pair.article % 7 == 0);
    let begin = Instant::now();
    let training = BatchSource::new(&training, &gallery, &groups, |_| true);
    let validation = BatchSource::new(&validating, &gallery, &groups, |_| true);
    let Trained { rounds, .. } = train(start, &training, &validation, limit, |_| {});
    let learnt_s = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let held_out: Vec<Pair> = validating.into_iter().cloned().collect();
    let ranked = ranks(&held_out, &gallery, Way::Match(start));
    let measured_s = begin.elapsed().as_secs_f64();
    let peak = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = peak.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default().to_owned();
    println!(
        "{} pictures of {} articles, {} pairs: {rounds} rounds in {learnt_s:.1} s, {} pairs ranked in {measured_s:.1} s; {peak}",
        people * copies,
        gallery.features.len(),
        pairs.len(),
        ranked.len()
    );
}
