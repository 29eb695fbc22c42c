//! Searches by numbers through HAProxy. In: numbers of servers. Out: a line for each: searches a second, and what one costs server and balancer.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use stl_benches::search;
use stl_cluster::ports::free_port;
use stl_cluster::{Balancer, Process};
use ureq::Agent;

use crate::setup::{Setup, processor_s, processors_s, wait_for};

/// Clients for each server, each of which waits for an answer before it asks again.
const CLIENTS: usize = 4;

/// Options.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Numbers of servers
    #[arg(long, value_delimiter = ',', default_value = "1,2,4")]
    servers: Vec<usize>,
    /// Articles
    #[arg(long, default_value_t = 10_000)]
    articles: usize,
    /// Seconds of each load
    #[arg(long, default_value_t = 20)]
    seconds: u64,
}

pub(crate) fn run(args: &Args, setup: impl Fn() -> Result<Setup>) -> Result<()> {
    let [cutout, regions] = search::segmented_look()?;
    let sent = search::numbers(&cutout, &regions)?;
    let setup = setup()?;
    setup.fill(args.articles)?;
    for &servers in &args.servers {
        println!("{}", measure(servers, Duration::from_secs(args.seconds), &sent, &setup)?);
    }
    Ok(())
}

fn measure(count: usize, time: Duration, sent: &search::Body, setup: &Setup) -> Result<String> {
    let ports = (0..count).map(|_| free_port()).collect::<std::io::Result<Vec<u16>>>()?;
    // One thread searches and one passes over the articles: a server of one core.
    let started = ports.iter().enumerate().map(|(number, port)| {
        let (port, cache) = (port.to_string(), format!("replica-{number}"));
        let words = ["serve", "--host", "127.0.0.1", "--port", &port, "--cache", &cache];
        setup.command(&words).args(["--workers", "1", "--match-threads", "1"]).spawn().map(Process)
    });
    let servers = started.collect::<std::io::Result<Vec<Process>>>()?;
    for port in &ports {
        wait_for(&format!("http://127.0.0.1:{port}/readyz"), "ready")?;
    }
    let balancer = Balancer::start_or_skip(0, &ports)?.context("HAProxy is needed")?;
    wait_for(&format!("{}/readyz", balancer.origin()), "ready")?;

    let spent = || anyhow::Ok((processors_s(servers.iter().map(|server| &server.0))?, processor_s(balancer.id())?));
    let address = format!("{}/api/v1/search?limit=10", balancer.origin());
    let latencies_ms = Mutex::new(Vec::new());
    let (before, begin) = (spent()?, Instant::now());
    std::thread::scope(|scope| {
        let clients: Vec<_> =
            (0..CLIENTS * count).map(|_| scope.spawn(|| ask(&address, sent, begin + time, &latencies_ms))).collect();
        clients.into_iter().try_for_each(|client| client.join().expect("no panic"))
    })?;
    let (elapsed_s, after) = (begin.elapsed().as_secs_f64(), spent()?);
    let mut latencies_ms = latencies_ms.into_inner().expect("no panic");
    latencies_ms.sort_unstable_by(f64::total_cmp);
    let searches = latencies_ms.len();
    let percentile = |percent: usize| latencies_ms.get(searches * percent / 100).copied().unwrap_or(f64::NAN);
    let each_ms = |seconds: f64| seconds * 1e3 / searches as f64;
    Ok(format!(
        "{count} servers: {:.0} searches a second, median {:.1} ms, 99 % {:.1} ms; a search takes {:.2} ms of a server's processor and {:.3} ms \
         of HAProxy's",
        searches as f64 / elapsed_s,
        percentile(50),
        percentile(99),
        each_ms(after.0 - before.0),
        each_ms(after.1 - before.1),
    ))
}

/// Searches until `end`, and checks each answer.
fn ask(address: &str, sent: &search::Body, end: Instant, latencies_ms: &Mutex<Vec<f64>>) -> Result<()> {
    let agent = Agent::new_with_defaults();
    while Instant::now() < end {
        let begin = Instant::now();
        let mut answer = agent.post(address).content_type(&sent.content_type).send(&sent.bytes)?;
        let text = answer.body_mut().read_to_string()?;
        ensure!(text.contains("\"cards\":[{"), "expected cards, got {text}");
        latencies_ms.lock().expect("no panic").push(begin.elapsed().as_secs_f64() * 1e3);
    }
    Ok(())
}
