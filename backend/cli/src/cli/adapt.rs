//! `adapt`: the match learns from the shop's own pictures. In: a catalogue. Out: a table on stdout, and a version of the catalogue.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use stl_server::adapt::adaptation::SplitSize;
use stl_server::adapt::gain::DEPTH;
use stl_server::adapt::training::Round;
use stl_server::adapt::{self, AdaptOptions, Adaptation, Outcome};
use stl_server::cluster::pull::Extent;
use stl_server::config::values::number;
use stl_server::config::{CatalogueArgs, ModelsArgs};
use stl_server::counted::counted;
use stl_server::parallel::available_threads;

use super::noted::Change;
use super::place::{changing, reading_with};
use super::{inputs, pairs_table};

/// Exit status if the match stays as it is.
const UNCHANGED: u8 = 2;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The longest time to learn, in minutes; encoding pictures is apart
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = number::<u16>(1, 1440))]
    minutes: u16,
    /// Only learn, measure and print: nothing is published
    #[arg(long)]
    dry_run: bool,
    /// Go back to the match that served before the last adaptation
    #[arg(long, conflicts_with_all = ["dry_run", "json"])]
    undo: bool,
    /// Also write all figures with their intervals
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(flatten)]
    catalogue: CatalogueArgs,
    #[command(flatten)]
    models: ModelsArgs,
}

impl Args {
    /// What it changes; nothing if it only measures.
    pub(super) fn change(&self) -> Option<Change> {
        let action = if self.undo { "adapt --undo" } else { "adapt" };
        if self.dry_run { None } else { Change::of(action, &self.catalogue) }
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let models = inputs::open_models(&args.models)?;
    let mut stdout = std::io::stdout().lock();
    if args.undo {
        let undone = changing(&args.catalogue, |folder| Ok(adapt::undo(folder, &models)?))?;
        let Some((version, adapted)) = undone else {
            writeln!(stdout, "the shipped match serves already: nothing was changed")?;
            return Ok(ExitCode::from(UNCHANGED));
        };
        let served = adapted.map_or_else(
            || "the shipped match".to_owned(),
            |adapted| format!("the match that was adapted in version {}", adapted.version),
        );
        writeln!(stdout, "{served} serves from version {version} on")?;
        return Ok(ExitCode::SUCCESS);
    }
    let options = AdaptOptions {
        limit: Duration::from_secs(60 * u64::from(args.minutes)),
        is_dry_run: args.dry_run,
        threads: available_threads(),
    };
    let learnt = |Round { round, training_loss, validation_loss }: Round| {
        eprintln!("round {round}: loss {training_loss:.4}, of validation pairs {validation_loss:.4}");
    };
    let (mut adaptation, stored) = {
        // Only this command uses the folder meanwhile; nobody waits for it.
        let opened = reading_with(&args.catalogue, Extent::WithPictures)?;
        adapt::learn(opened.folder(), &models, options, inputs::pictures_progress(), learnt)?
    };
    if let Some(stored) = stored {
        adaptation.outcome = changing(&args.catalogue, |folder| Ok(adapt::publish(folder, &stored)?))?;
    }
    stdout.write_all(report(&adaptation).as_bytes())?;
    if let Some(path) = &args.json {
        std::fs::write(path, serde_json::to_vec_pretty(&adaptation)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(match adaptation.outcome {
        Outcome::Published { .. } | Outcome::WouldBePublished => ExitCode::SUCCESS,
        _ => ExitCode::from(UNCHANGED),
    })
}

fn report(adaptation: &Adaptation) -> String {
    let mut text = pairs_table::found(&adaptation.found);
    let splits = [
        ("learnt from", adaptation.training),
        ("to know when to stop", adaptation.validation),
        ("held out", adaptation.held_out),
    ];
    let splits = splits.map(|(use_of, SplitSize { articles, pairs })| {
        let (articles, pairs) = (counted(articles, "product"), counted(pairs, "query"));
        format!("{articles} {use_of} ({pairs})")
    });
    text.push_str(&format!("{}\n", splits.join(", ")));
    if let Some(table) = &adaptation.table {
        let [rounds, best] = adaptation.rounds;
        text.push_str(&format!(
            "{rounds} rounds in {:.1} s, the best one is {best}, at {} of the way from the shipped match\n\n",
            adaptation.training_s,
            pairs_table::share(f64::from(adaptation.share))
        ));
        text.push_str(&format!("Held-out products:\n{}\n", pairs_table::text(table)));
    }
    let gain = adaptation.gain.map_or_else(String::new, |gain| {
        let signed = |value: f64| format!("{}{}", if value < 0.0 { '−' } else { '+' }, pairs_table::share(value.abs()));
        format!("top-{DEPTH} {} ({} to {})", signed(gain.value), signed(gain.low), signed(gain.high))
    });
    let says = match adaptation.outcome {
        Outcome::Published { version } => format!("{gain}: the adapted match serves from version {version} on"),
        Outcome::WouldBePublished => format!("{gain}: the adapted match would serve; nothing was changed"),
        Outcome::TooFew { articles, needed } => format!(
            "too few products with a wearer (those of a category that share a picture count once): expected at least {needed}, got {articles}; to tell a gain of a few hundredths from chance takes \
             about {USEFUL_ARTICLES}. Nothing was changed"
        ),
        Outcome::NoGain => format!(
            "{gain}: no gain beyond chance. More products with a wearer tell smaller gains: there are {}, and about {USEFUL_ARTICLES} tell one \
             of a few hundredths. Nothing was changed",
            adaptation.found.worn.values().sum::<usize>()
        ),
        Outcome::WorseIn { category } => {
            format!("{gain}, but {category} are found worse beyond chance. Nothing was changed")
        }
        Outcome::NotBetterThanServed => {
            format!("{gain} over the shipped match, but not over the one that serves. Nothing was changed")
        }
    };
    text.push_str(&says);
    text.push('\n');
    text
}

/// Products with a wearer of which 15 %, with two queries each, have an interval of about ± .05 at a top-10 of .85.
const USEFUL_ARTICLES: usize = 1000;
