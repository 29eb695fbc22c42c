//! Keeps a server busy for an hour as a shop does, with everything that goes wrong meanwhile. In: the demo's feed and a drawn look. Out: a
//! table of what was answered, memory and file handles over time; a failure if an answer is wrong.
//!
//! Searches, similar products and pictures come at a fixed share of what the server answers at best. Beside them prices change, feeds are
//! imported, clients hang up and send what is no request. All products have one price at a time, so an answer of two versions is seen.

mod answers;
mod samples;
mod server;
mod shop;
mod trouble;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Parser;

use crate::answers::Visitors;
use crate::samples::Samples;
use crate::server::Server;
use crate::shop::Shop;

/// The measurement of what the server answers at best.
const BEST: Duration = Duration::from_secs(10);

#[derive(Parser)]
#[command(about = "Keeps a server busy, with everything that goes wrong meanwhile")]
struct Args {
    /// Minutes
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=1440))]
    minutes: u64,
    /// Percent of what the server answers at best
    #[arg(long, default_value_t = 80, value_parser = clap::value_parser!(u32).range(1..=100))]
    percent: u32,
    /// Seconds between two changes of all prices; every fifth time the feed is imported instead
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    change_every: u64,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let scratch = tempfile::tempdir()?;
    let shop = Arc::new(Shop::new(scratch.path())?);
    let server = Server::start(scratch.path(), shop.catalogue())?;
    let visitors = Arc::new(Visitors::new(&server, Arc::clone(&shop))?);
    let best = visitors.best(BEST)?;
    let rate = best * f64::from(args.percent) / 100.0;
    println!("At best {best:.0} requests a second; {rate:.0} a second for {} minutes.\n", args.minutes);

    let stop = Arc::new(AtomicBool::new(false));
    let end = Instant::now() + Duration::from_secs(60 * args.minutes);
    let samples = std::thread::scope(|scope| -> Result<Samples> {
        let running = scope.spawn(|| visitors.keep_coming(rate, &stop));
        let changing = scope.spawn(|| shop.keep_changing(Duration::from_secs(args.change_every), &stop));
        let rude = scope.spawn(|| trouble::keep_troubling(&server.address, &stop));
        let samples = Samples::take(&server, &visitors, end);
        // Visitors are still there when the server is told to end.
        let ended = server.terminate();
        stop.store(true, Ordering::Relaxed);
        let outcomes = [running.join(), changing.join(), rude.join()];
        for outcome in outcomes {
            outcome.map_err(|_| anyhow::anyhow!("a thread of the benchmark panicked"))??;
        }
        ended?;
        samples
    })?;
    samples.print();
    let (changes, imports) = shop.counts();
    println!("\n{changes} changes of all prices, {imports} imports; {}", visitors.told());
    let lines = server.log()?;
    ensure!(!lines.contains("panicked"), "the server panicked: {lines}");
    visitors.check()?;
    samples.check()
}
