//! Copies, new servers and changes of prices. In: sizes of catalogues. Out: a line for each.

use std::time::Instant;

use anyhow::Result;
use stl_cluster::Process;
use stl_cluster::ports::free_port;

use crate::setup::{Setup, run as run_command, timed, wait_for};

/// Options.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Sizes of catalogues
    #[arg(long, value_delimiter = ',', default_value = "1000,100000")]
    articles: Vec<usize>,
    /// Changes of prices
    #[arg(long, default_value_t = 7)]
    changes: usize,
}

pub(crate) fn run(args: &Args, setup: impl Fn() -> Result<Setup>) -> Result<()> {
    for &count in &args.articles {
        measure(count, args.changes, &setup()?)?;
    }
    Ok(())
}

fn measure(count: usize, changes: usize, setup: &Setup) -> Result<()> {
    let copy_s = setup.fill(count)?;
    let port = free_port()?.to_string();
    let begin = Instant::now();
    let serve = ["serve", "--host", "127.0.0.1", "--port", &port, "--cache", "replica"];
    let _server = Process(setup.command(&serve).spawn()?);
    let product = format!("http://127.0.0.1:{port}/api/v1/products/000000007");
    wait_for(&format!("{product}/similar"), "\"cards\"")?;
    let first_answer_s = begin.elapsed().as_secs_f64();

    let (mut commands, mut served) = (Vec::new(), Vec::new());
    for number in 0..=changes {
        let file = setup.folder.path().join("changes.jsonl");
        std::fs::write(&file, format!("{{\"id\":\"000000007\",\"price\":\"{}.00 EUR\"}}", 100 + number))?;
        let update = ["catalogue", "update", "--cache", "importer"];
        let command_s = timed(|| run_command(setup.command(&update).arg(&file)))?;
        let begin = Instant::now();
        wait_for(&product, &format!("\"amount_minor\":{}00,", 100 + number))?;
        // The first one fills the cache.
        if number > 0 {
            commands.push(command_s);
            served.push(begin.elapsed().as_secs_f64());
        }
    }
    println!(
        "{count} articles: copied in {copy_s:.1} s; a new server's first answer after {first_answer_s:.2} s; a price changed in {}, served after \
         another {} (median, longest of {changes})",
        figures(commands),
        figures(served),
    );
    Ok(())
}

/// Median and longest in seconds.
fn figures(mut values: Vec<f64>) -> String {
    values.sort_unstable_by(f64::total_cmp);
    let median = values.get(values.len() / 2).copied().unwrap_or(f64::NAN);
    format!("{median:.2} s, {:.2} s", values.last().copied().unwrap_or(f64::NAN))
}
