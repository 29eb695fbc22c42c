//! `networks`: loads all networks of a folder as the server does. In: a folder. Out: a line for each, or why one does not fit.

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use stl_server::config::ModelsArgs;
use stl_types::manifest::NetworkSpec;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    models: ModelsArgs,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let models = super::inputs::open_models(&args.models)?;
    let mut stdout = io::stdout().lock();
    let mut say = |name: &str, spec: &NetworkSpec, by: &str| {
        let NetworkSpec { file, input, output, .. } = spec;
        writeln!(stdout, "{name}: {file}, {input:?} → {output:?}{by}")
    };
    let segmenter = models.segmenter().context("the segmenter does not fit")?;
    let spec = segmenter.spec();
    let logits = segmenter.logits(&vec![0.0; spec.input.iter().product()]).context("the segmenter does not run")?;
    ensure!(
        logits.iter().all(|logit| logit.is_finite()),
        "the segmenter does not run: expected finite logits of a grey picture"
    );
    say("segmenter", spec, &format!(", by {}", segmenter.engine()))?;
    say("products", models.fashion_dna()?.spec(), "")?;
    say("query", models.query_encoder()?.spec(), "")?;
    models.match_weights()?;
    models.category_head()?;
    models.garment_head()?;
    Ok(ExitCode::SUCCESS)
}
