//! `search`: for photos on the disk, what browser and server do together.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use image::RgbImage;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use stl_server::catalogue::filter::Filter;
use stl_server::catalogue::{CatalogueOptions, Market, RuleChoice};
use stl_server::config::values::number;
use stl_server::config::{CatalogueArgs, DeviceArgs, ModelsArgs};
use stl_server::matching::{Hit, Hits};
use stl_server::parallel::{available_threads, for_each_in_order};
use stl_server::pipeline::cutout::{Taken, bounded_cutout, taken_from_photo};
use stl_server::pipeline::look::Look;
use stl_server::pipeline::rows::Row;
use stl_server::pipeline::search::{SearchEngine, SearchParams};
use stl_types::limits::MAX_CARDS_PER_CATEGORY;
use stl_types::wire::{LikelyCategory, SeenGarment};
use stl_types::{Category, MAX_PEOPLE};
use stl_vision::Segmenter;

use super::catalogue::MarketArgs;
use super::inputs::read_picture;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Photos: JPEG, PNG or WebP
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
    /// One JSON object a photo, in their order: {"path", "rows": [{"category", "likely": [{"category", "probability"}, …], "garment":
    /// {"left", "top", "width", "height", "share", "layer", "outerwear"}, "products": [{"id", "score"}, …]}, …]}, boxes in pixels of the
    /// cutout. Also "categories": {"shirts": [{"id", "score"}, …], …} and "garments": {"shirts": {"left", …}, …}, the rows by category
    #[arg(long)]
    json: bool,
    /// The most products in each row
    #[arg(long, value_name = "N", default_value_t = MAX_CARDS_PER_CATEGORY as u32, value_parser = number::<u32>(1, u64::from(u32::MAX)))]
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
    /// Of several people, search with this one, counted from the left; otherwise with the largest
    #[arg(long, value_name = "N", conflicts_with = "segmented", value_parser = number::<u8>(1, MAX_PEOPLE as u64))]
    who: Option<u8>,
    /// Whether the shop's rules apply; what is excluded in all variants stays excluded
    #[arg(long, value_enum, default_value_t)]
    rules: RulesSwitch,
    /// The variant of an A/B test, whose rules apply as well
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    variant: String,
    #[command(flatten)]
    market: MarketArgs,
    #[command(flatten)]
    catalogue: CatalogueArgs,
    #[command(flatten)]
    models: ModelsArgs,
    #[command(flatten)]
    device: DeviceArgs,
}

/// Whether rules apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum RulesSwitch {
    /// All but those of other variants.
    #[default]
    On,
    /// None that pin, boost or bury.
    Off,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let models = super::inputs::open_models(&args.models)?.on_device(args.device.device)?;
    let options = CatalogueOptions { threads: available_threads(), device: args.device.device };
    let opened = super::place::reading(&args.catalogue)?;
    let engine = SearchEngine::load(&models, opened.folder(), options)?;
    let segmenter = if args.segmented { None } else { Some(models.segmenter()?) };
    // Before the photos: an unknown one fails at once.
    let market = engine.catalogue.market(args.market.name())?;
    let params = SearchParams {
        market: args.market.name().to_owned(),
        categories: args.category.clone(),
        filter: Filter::default(),
        limit: args.limit as usize,
        further: 0,
        less_like: Vec::new(),
        in_stock_first: false,
        rules: RuleChoice { off: args.rules == RulesSwitch::Off, variant: args.variant.clone() },
    };

    let (mut stdout, mut any_failed) = (io::stdout().lock(), false);
    let search = |path: &PathBuf| rows(path, segmenter.as_ref(), args, &engine, &params);
    for_each_in_order(&args.images, available_threads(), search, |index, outcome| {
        let path = &args.images[index];
        any_failed |= outcome.is_err();
        match (outcome, args.json) {
            (outcome, true) => json_line(&mut stdout, path, &outcome, &engine),
            (Ok(rows), false) => table(&mut stdout, path, &rows, market),
            (Err(error), false) => {
                eprintln!("{}: {error:#}", path.display());
                Ok(())
            }
        }
    })?;
    Ok(if any_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn rows(
    path: &Path,
    segmenter: Option<&Segmenter>,
    args: &Args,
    engine: &SearchEngine,
    params: &SearchParams,
) -> anyhow::Result<Vec<Row>> {
    let picture = read_picture(path)?;
    let look = match segmenter {
        Some(segmenter) => taken(path, segmenter, picture, args.who)?,
        None => Look::person(bounded_cutout(picture)?),
    };
    let look = if args.person { look.without_garments() } else { look };
    Ok(engine.rows(&look, params)?)
}

/// The person or garment that is searched with.
fn taken(path: &Path, segmenter: &Segmenter, picture: RgbImage, who: Option<u8>) -> anyhow::Result<Look> {
    match taken_from_photo(segmenter, picture, who.map(|who| usize::from(who) - 1))? {
        Taken::Look { look, people } => {
            match who {
                Some(who) if usize::from(who) > people => bail!("expected person {who}, but {people} are seen"),
                None if people > 1 => {
                    eprintln!(
                        "{}: {people} people; the largest is searched with (--who N for another)",
                        path.display()
                    );
                }
                _ => {}
            }
            Ok(look)
        }
        Taken::Nothing(cause) => bail!("neither a person nor a garment is seen: {}", cause.in_words()),
    }
}

#[derive(Serialize)]
struct Line<'a> {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<RowLine<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    categories: Option<Categories<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    garments: Option<BTreeMap<Category, SeenGarment>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Serialize)]
struct RowLine<'a> {
    category: Category,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    likely: &'a [LikelyCategory],
    #[serde(skip_serializing_if = "Option::is_none")]
    garment: Option<SeenGarment>,
    products: Vec<Article<'a>>,
}

impl<'a> RowLine<'a> {
    fn of(row: &'a Row, engine: &'a SearchEngine) -> Self {
        let Row { category, likely, garment, best, .. } = row;
        Self { category: *category, likely, garment: *garment, products: articles(best, engine) }
    }
}

/// Category → its products, searched with the first garment that is likely of it. In the order of the rows.
struct Categories<'a>(Vec<&'a Hits>, &'a SearchEngine);

#[derive(Serialize)]
struct Article<'a> {
    id: &'a str,
    score: f32,
}

impl Serialize for Categories<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|hits| (hits.category, articles(&hits.best, self.1))))
    }
}

impl<'a> Categories<'a> {
    fn of(rows: &'a [Row], engine: &'a SearchEngine) -> Self {
        let mut by_category: Vec<&Hits> = Vec::new();
        for hits in rows.iter().flat_map(|row| &row.hits) {
            if by_category.iter().all(|known| known.category != hits.category) {
                by_category.push(hits);
            }
        }
        Self(by_category, engine)
    }
}

fn articles<'a>(hits: &[Hit], engine: &'a SearchEngine) -> Vec<Article<'a>> {
    let article = |hit: &Hit| Some(Article { id: &engine.catalogue.get(hit.article)?.id, score: hit.score });
    hits.iter().filter_map(article).collect()
}

/// Most probable category → garment; of several garments of one category, the first row's.
fn garments(rows: &[Row]) -> BTreeMap<Category, SeenGarment> {
    rows.iter().rev().filter_map(|row| Some((row.category, row.garment?))).collect()
}

fn json_line(
    out: &mut impl Write,
    path: &Path,
    outcome: &anyhow::Result<Vec<Row>>,
    engine: &SearchEngine,
) -> io::Result<()> {
    let rows = outcome.as_deref().ok();
    let line = Line {
        path: path.display().to_string(),
        rows: rows.map(|rows| rows.iter().map(|row| RowLine::of(row, engine)).collect()),
        categories: rows.map(|rows| Categories::of(rows, engine)),
        garments: rows.map(garments),
        error: outcome.as_ref().err().map(|error| format!("{error:#}")),
    };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")?;
    out.flush()
}

fn table(out: &mut impl Write, path: &Path, rows: &[Row], market: &Market) -> io::Result<()> {
    let now = Timestamp::now();
    writeln!(out, "{}", path.display())?;
    for row in rows {
        match row.garment {
            Some(SeenGarment { left, top, width, height, share, outerwear, .. }) => {
                let percent = share * 100.0;
                let place = format!("{percent:.0} % of the person, {width}×{height} at {left}, {top}");
                writeln!(out, "  {}{}: {place}", if outerwear { "outerwear, as " } else { "" }, names(&row.likely))?;
            }
            None => writeln!(out, "  {}", row.category)?,
        }
        for (rank, hit) in row.best.iter().enumerate() {
            let Some(article) = market.get(hit.article) else { continue };
            let (id, price, title) = (&article.id, article.price_at(now).to_string(), &article.title);
            writeln!(out, "    {:>3}  {:>8.3}  {id:16}  {price:>12}  {title}", rank + 1, hit.score)?;
        }
    }
    Ok(())
}

/// `t-shirts (62 %), tops (31 %)`.
fn names(likely: &[LikelyCategory]) -> String {
    let name = |likely: &LikelyCategory| format!("{} ({:.0} %)", likely.category, likely.probability * 100.0);
    likely.iter().map(name).collect::<Vec<_>>().join(", ")
}
