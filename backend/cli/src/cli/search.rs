//! `search`: for photos on the disk, what browser and server do together.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use stl_server::catalogue::CatalogueOptions;
use stl_server::catalogue::filter::Filter;
use stl_server::config::{CatalogueArgs, DeviceArgs, ModelsArgs};
use stl_server::matching::Hits;
use stl_server::parallel::{available_threads, for_each_in_order};
use stl_server::pipeline::cutout::{bounded_cutout, look_from_photo};
use stl_server::pipeline::look::Look;
use stl_server::pipeline::search::{SearchEngine, SearchParams};
use stl_types::Category;
use stl_types::limits::MAX_CARDS_PER_CATEGORY;
use stl_types::wire::SeenGarment;
use stl_vision::Segmenter;

use super::inputs::read_picture;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Photos: JPEG, PNG or WebP
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
    /// One JSON object a photo, in their order: {"path", "categories": {"shirts": [{"id", "score"}, …], …}, "garments":
    /// {"shirts": {"left", "top", "width", "height", "share"}, …}}, boxes in pixels of the cutout
    #[arg(long)]
    json: bool,
    /// The most products for each category
    #[arg(long, value_name = "N", default_value_t = MAX_CARDS_PER_CATEGORY as u32, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Search this category only; may be given several times
    #[arg(long)]
    category: Vec<Category>,
    /// The images are cutouts on white already; each is searched as a whole
    #[arg(long)]
    segmented: bool,
    /// Search every category with the whole person, not with the garments seen
    #[arg(long)]
    person: bool,
    #[command(flatten)]
    catalogue: CatalogueArgs,
    #[command(flatten)]
    models: ModelsArgs,
    #[command(flatten)]
    device: DeviceArgs,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let models = super::inputs::open_models(&args.models)?;
    let options = CatalogueOptions { threads: available_threads(), device: args.device.device };
    let engine = SearchEngine::load(&models, &args.catalogue.catalogue, options)?;
    let segmenter = if args.segmented { None } else { Some(models.segmenter()?) };
    let params =
        SearchParams { categories: args.category.clone(), filter: Filter::default(), limit: args.limit as usize };

    let (mut stdout, mut any_failed) = (io::stdout().lock(), false);
    let search = |path: &PathBuf| found(path, segmenter.as_ref(), args.person, &engine, &params);
    for_each_in_order(&args.images, available_threads(), search, |index, outcome| {
        let path = &args.images[index];
        any_failed |= outcome.is_err();
        match (outcome, args.json) {
            (outcome, true) => json_line(&mut stdout, path, &outcome, &engine),
            (Ok(found), false) => table(&mut stdout, path, &found, &engine),
            (Err(error), false) => {
                eprintln!("{}: {error:#}", path.display());
                Ok(())
            }
        }
    })?;
    Ok(if any_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// A photo's look and its hits.
struct Found {
    look: Look,
    hits: Vec<Hits>,
}

fn found(
    path: &Path,
    segmenter: Option<&Segmenter>,
    whole_person: bool,
    engine: &SearchEngine,
    params: &SearchParams,
) -> anyhow::Result<Found> {
    let picture = read_picture(path)?;
    let look = match segmenter {
        Some(segmenter) => look_from_photo(segmenter, picture)?,
        None => Look::person(bounded_cutout(picture)?),
    };
    let look = if whole_person { look.without_garments() } else { look };
    let hits = engine.hits(&look, params)?;
    Ok(Found { look, hits })
}

#[derive(Serialize)]
struct Line<'a> {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    categories: Option<Categories<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    garments: Option<BTreeMap<Category, SeenGarment>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Category → products, in the order of the hits.
struct Categories<'a>(&'a [Hits], &'a SearchEngine);

#[derive(Serialize)]
struct Article<'a> {
    id: &'a str,
    score: f32,
}

impl Serialize for Categories<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|hits| (hits.category, articles(hits, self.1).collect::<Vec<_>>())))
    }
}

fn articles<'a>(hits: &'a Hits, engine: &'a SearchEngine) -> impl Iterator<Item = Article<'a>> {
    hits.best.iter().filter_map(|hit| Some(Article { id: &engine.catalogue.get(hit.article)?.id, score: hit.score }))
}

fn json_line(
    out: &mut impl Write,
    path: &Path,
    outcome: &anyhow::Result<Found>,
    engine: &SearchEngine,
) -> io::Result<()> {
    let line = Line {
        path: path.display().to_string(),
        categories: outcome.as_ref().ok().map(|found| Categories(&found.hits, engine)),
        garments: outcome.as_ref().ok().map(|found| {
            let seen = |category| Some((category, found.look.seen(category)?));
            Category::ALL.into_iter().filter_map(seen).collect()
        }),
        error: outcome.as_ref().err().map(|error| format!("{error:#}")),
    };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")?;
    out.flush()
}

fn table(out: &mut impl Write, path: &Path, found: &Found, engine: &SearchEngine) -> io::Result<()> {
    let now = Timestamp::now();
    writeln!(out, "{}", path.display())?;
    for hits in &found.hits {
        match found.look.seen(hits.category) {
            Some(SeenGarment { left, top, width, height, share }) => {
                let percent = share * 100.0;
                writeln!(out, "  {}: {percent:.0} % of the person, {width}×{height} at {left}, {top}", hits.category)?;
            }
            None => writeln!(out, "  {}", hits.category)?,
        }
        for (rank, hit) in hits.best.iter().enumerate() {
            let Some(article) = engine.catalogue.get(hit.article) else { continue };
            let (id, price, title) = (&article.id, article.price_at(now).to_string(), &article.title);
            writeln!(out, "    {:>3}  {:>8.3}  {id:16}  {price:>12}  {title}", rank + 1, hit.score)?;
        }
    }
    Ok(())
}
