//! Searches by numbers through HAProxy. In: numbers of servers. Out: a line for each: searches a second, and what one costs server and balancer.
//!
//! Servers that share the cores of one machine with their clients tell nothing of how many searches more servers answer. With a share of a core
//! each they do: every server has the same processor, whatever their number, and clients and HAProxy have the rest.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use stl_benches::search;
use stl_cluster::Balancer;
use stl_cluster::ports::free_port;
use ureq::Agent;

use crate::setup::{First, Limited, Setup, check_share, processor_s, processors_s, share_words, wait_for};

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
    /// How much of a core each server gets, such as 0.25, by a control group of Linux; without it they share the machine
    #[arg(long, value_name = "SHARE")]
    cpu_share: Option<f64>,
}

pub(crate) fn run(args: &Args, setup: impl Fn() -> Result<Setup>) -> Result<()> {
    check_share(args.cpu_share, args.servers.iter().copied().max().unwrap_or(0))?;
    let [cutout, regions] = search::segmented_look()?;
    let sent = search::numbers(&cutout, &regions)?;
    let setup = setup()?;
    setup.fill(args.articles, |_| {})?;
    let mut first = First::default();
    for &servers in &args.servers {
        println!("{}", measure(servers, args, &sent, &setup, &mut first)?);
    }
    Ok(())
}

fn measure(count: usize, args: &Args, sent: &search::Body, setup: &Setup, first: &mut First) -> Result<String> {
    let time = Duration::from_secs(args.seconds);
    let ports = (0..count).map(|_| free_port()).collect::<std::io::Result<Vec<u16>>>()?;
    // One thread searches and one passes over the articles: a server of one core.
    let started = ports.iter().enumerate().map(|(number, port)| {
        let (port, cache) = (port.to_string(), format!("replica-{number}"));
        let words = ["serve", "--host", "127.0.0.1", "--port", &port, "--cache", &cache];
        let words = [&words[..], &["--workers", "1", "--match-threads", "1"]].concat();
        setup.start_limited(&words, args.cpu_share)
    });
    let servers = started.collect::<Result<Vec<Limited>>>()?;
    for port in &ports {
        wait_for(&format!("http://127.0.0.1:{port}/readyz"), "ready")?;
    }
    let balancer = Balancer::start_or_skip(0, &ports)?.context("HAProxy is needed")?;
    wait_for(&format!("{}/readyz", balancer.origin()), "ready")?;

    let spent = || anyhow::Ok((processors_s(&servers)?, processor_s(balancer.id())?));
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
    let (rate, of_servers_s) = (searches as f64 / elapsed_s, after.0 - before.0);
    Ok(format!(
        "{count} servers: {rate:.0} searches a second{}, median {:.1} ms, 99 % {:.1} ms; a search takes {:.2} ms of a server's processor{} and {:.3} ms \
         of HAProxy's",
        first.words(count, rate),
        percentile(50),
        percentile(99),
        each_ms(of_servers_s),
        share_words(args.cpu_share, count, of_servers_s, elapsed_s),
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
