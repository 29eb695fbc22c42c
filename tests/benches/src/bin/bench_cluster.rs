//! What a cluster takes on one machine. In: a catalogue, which is mixed to any size. Out: a line for each size: seconds to copy it to
//! PostgreSQL and object storage, until a new server's first answer, for a change of prices, and until a server serves it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Parser;
use stl_benches::catalogue::write_mixed;
use stl_cluster::ports::free_port;
use stl_cluster::{ObjectStorage, Postgres, Process};
use stl_server::networks::models::Models;

/// Longest wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(600);

#[derive(Parser)]
struct Args {
    /// Folder of the catalogue
    #[arg(long)]
    catalogue: PathBuf,
    /// Folder of the networks
    #[arg(long, default_value = "models")]
    models: PathBuf,
    /// The program `shop-the-look` [default: beside this one]
    #[arg(long)]
    program: Option<PathBuf>,
    /// Sizes of catalogues
    #[arg(long, value_delimiter = ',', default_value = "1000,100000")]
    articles: Vec<usize>,
    /// Changes of prices
    #[arg(long, default_value_t = 7)]
    changes: usize,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let models = Models::open(&args.models)?;
    let program = match &args.program {
        Some(program) => program.clone(),
        None => std::env::current_exe()?.with_file_name("shop-the-look"),
    };
    for &count in &args.articles {
        let folder = tempfile::tempdir()?;
        write_mixed(&args.catalogue, &models, count, &made(&folder.path().join("catalogue"))?, |_| {})?;
        made(&folder.path().join("catalogue/images"))?;
        measure(count, &args, &program, folder.path())?;
    }
    Ok(())
}

fn made(folder: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    Ok(folder.to_owned())
}

fn measure(count: usize, args: &Args, program: &Path, folder: &Path) -> Result<()> {
    let Some(postgres) = Postgres::start_or_skip()? else { bail!("PostgreSQL is needed") };
    let storage = ObjectStorage::start()?;
    let command = |words: &[&str]| {
        let mut command = Command::new(program);
        command.args(words).env("SHOP_THE_LOOK_CATALOGUE", postgres.address()).env("SHOP_THE_LOOK_DEVICE", "cpu");
        command.env("SHOP_THE_LOOK_OBJECTS", storage.address()).envs(storage.environment());
        command.env("SHOP_THE_LOOK_MODELS", &args.models).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let catalogue = folder.join("catalogue");
    let copy_s = timed(|| run(command(&["catalogue", "copy"]).arg(&catalogue).arg(postgres.address())))?;

    let port = free_port()?.to_string();
    let begin = Instant::now();
    let serve = ["serve", "--host", "127.0.0.1", "--port", &port, "--cache"];
    let _server = Process(command(&serve).arg(folder.join("replica")).spawn()?);
    let product = format!("http://127.0.0.1:{port}/api/v1/products/000000007");
    wait_for(&format!("{product}/similar"), "\"cards\"")?;
    let first_answer_s = begin.elapsed().as_secs_f64();

    let (mut commands, mut served) = (Vec::new(), Vec::new());
    for number in 0..=args.changes {
        let changes = folder.join("changes.jsonl");
        std::fs::write(&changes, format!("{{\"id\":\"000000007\",\"price\":\"{}.00 EUR\"}}", 100 + number))?;
        let update = ["catalogue", "update", "--cache"];
        let command_s = timed(|| run(command(&update).arg(folder.join("importer")).arg(&changes)))?;
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
         another {} (median, longest of {})",
        figures(commands),
        figures(served),
        args.changes
    );
    Ok(())
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status()?;
    ensure!(status.success(), "{command:?} failed");
    Ok(())
}

fn timed(work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let begin = Instant::now();
    work()?;
    Ok(begin.elapsed().as_secs_f64())
}

/// Asks until an answer has a text.
fn wait_for(address: &str, text: &str) -> Result<()> {
    let begin = Instant::now();
    let (host, path) = address.strip_prefix("http://").and_then(|rest| rest.split_once('/')).context("an address")?;
    while begin.elapsed() < TIMEOUT {
        if get(host, path).is_ok_and(|answer| answer.contains(text)) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    bail!("{address}: expected {text:?}")
}

fn get(host: &str, path: &str) -> std::io::Result<String> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(host)?;
    write!(stream, "GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Median and longest in seconds.
fn figures(mut values: Vec<f64>) -> String {
    values.sort_unstable_by(f64::total_cmp);
    let median = values.get(values.len() / 2).copied().unwrap_or(f64::NAN);
    format!("{median:.2} s, {:.2} s", values.last().copied().unwrap_or(f64::NAN))
}
