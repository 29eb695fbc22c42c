//! Copies, new servers and changes of prices. In: sizes of catalogues. Out: a line for each.

use std::time::Instant;

use anyhow::Result;
use stl_cluster::Process;
use stl_cluster::ports::free_port;

use crate::setup::{Memory, Setup, memory, run_measured, wait_for};

/// Options.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Sizes of catalogues
    #[arg(long, value_delimiter = ',', default_value = "1000,100000")]
    articles: Vec<usize>,
    /// Changes of prices
    #[arg(long, default_value_t = 7)]
    changes: usize,
    /// Leave out the articles' sizes, of which the demo's have six each
    #[arg(long)]
    without_sizes: bool,
}

pub(crate) fn run(args: &Args, setup: impl Fn() -> Result<Setup>) -> Result<()> {
    for &count in &args.articles {
        measure(count, args, &setup()?)?;
    }
    Ok(())
}

fn measure(count: usize, args: &Args, setup: &Setup) -> Result<()> {
    let copy_s = setup.fill(count, |article| {
        if args.without_sizes {
            article.variants.clear();
        }
    })?;
    // A million articles take minutes, which these lines divide.
    eprintln!("{count} articles: copied in {copy_s:.1} s");
    let port = free_port()?.to_string();
    let product = format!("http://127.0.0.1:{port}/api/v1/products/000000007");
    let serve = || -> Result<(Process, f64)> {
        let begin = Instant::now();
        let words = ["serve", "--host", "127.0.0.1", "--port", &port, "--cache", "replica"];
        let server = Process(setup.command(&words).spawn()?);
        wait_for(&format!("{product}/similar"), "\"cards\"")?;
        Ok((server, begin.elapsed().as_secs_f64()))
    };
    let (server, without_cache_s) = serve()?;
    eprintln!("{count} articles: a new server's first answer after {without_cache_s:.2} s");
    drop(server);
    let (server, with_cache_s) = serve()?;
    let loaded = memory(server.0.id())?;

    let (mut commands, mut served, mut of_command_mb) = (Vec::new(), Vec::new(), 0.0_f64);
    for number in 0..=args.changes {
        let file = setup.folder.path().join("changes.jsonl");
        std::fs::write(&file, format!("{{\"id\":\"000000007\",\"price\":\"{}.00 EUR\"}}", 100 + number))?;
        let update = ["catalogue", "update", "--cache", "importer"];
        let (command_s, command_mb) = run_measured(setup.command(&update).arg(&file))?;
        let begin = Instant::now();
        wait_for(&product, &format!("\"amount_minor\":{}00,", 100 + number))?;
        // The first one fills the cache.
        if number > 0 {
            commands.push(command_s);
            served.push(begin.elapsed().as_secs_f64());
        }
        of_command_mb = of_command_mb.max(command_mb);
    }
    let Memory { all_mb, mapped_mb, .. } = loaded;
    let changed = memory(server.0.id())?;
    println!(
        "{count} articles: copied in {copy_s:.1} s; a new server's first answer after {without_cache_s:.2} s, with a cache {with_cache_s:.2} s; it then has \
         {all_mb:.0} MB, {mapped_mb:.0} MB of them of mapped files, and {:.0} MB at most while versions change; a price changed in {} by a command with \
         {of_command_mb:.0} MB, served after another {} (median, longest of {})",
        changed.most_mb,
        figures(commands),
        figures(served),
        args.changes,
    );
    Ok(())
}

/// Median and longest in seconds.
fn figures(mut values: Vec<f64>) -> String {
    values.sort_unstable_by(f64::total_cmp);
    let median = values.get(values.len() / 2).copied().unwrap_or(f64::NAN);
    format!("{median:.2} s, {:.2} s", values.last().copied().unwrap_or(f64::NAN))
}
