//! A cluster on this machine to try out. In: `shop-the-look` beside this program, a feed. Out: PostgreSQL, storage, three replicas and two
//! workers behind HAProxy, until the program is ended.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use stl_cluster::balancer::Balancer;
use stl_cluster::ports::free_port;
use stl_cluster::{ObjectStorage, Postgres, Process};

/// Servers behind the balancer.
const REPLICAS: usize = 3;

/// Workers.
const WORKERS: usize = 2;

fn main() -> Result<()> {
    let mut args = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(feed), Some(port), None) = (args.next(), args.next(), args.next()) else {
        bail!("expected a feed and the port of the balancer: cluster FEED PORT");
    };
    let port = port.to_str().and_then(|port| port.parse().ok()).context("expected a port")?;
    let program = std::env::current_exe()?.with_file_name("shop-the-look");
    ensure!(program.is_file(), "{} is missing: build it first", program.display());
    let Some(postgres) = Postgres::start_or_skip()? else { bail!("a cluster needs PostgreSQL") };
    let (storage, folder) = (ObjectStorage::start()?, tempfile::tempdir()?);
    let run = |words: &[&str]| {
        let mut command = Command::new(&program);
        command.args(words).env("SHOP_THE_LOOK_CATALOGUE", postgres.address());
        command.env("SHOP_THE_LOOK_OBJECTS", storage.address()).envs(storage.environment());
        if std::env::var_os("RUST_LOG").is_none() {
            // The balancer asks each server twice a second.
            command.env("RUST_LOG", "warn,stl_server::cluster=info,stl_server::follow=info");
        }
        command
    };
    let _workers: Vec<Process> = (0..WORKERS).map(|_| Ok(Process(run(&["worker"]).spawn()?))).collect::<Result<_>>()?;
    let cache = |name: &str| folder.path().join(name);
    let imported = run(&["catalogue", "import", "--only-workers", "--job-pictures", "16", "--cache"])
        .arg(cache("importer"))
        .arg(&feed)
        .status()?;
    ensure!(imported.code().is_some_and(|code| code != 1), "the feed {} was not imported", feed.display());
    let ports: Vec<u16> = (0..REPLICAS).map(|_| free_port()).collect::<std::io::Result<_>>()?;
    let _replicas: Vec<Process> = ports
        .iter()
        .enumerate()
        .map(|(number, port)| {
            let port = port.to_string();
            let mut command = run(&["serve", "--port", &port, "--cache"]);
            Ok(Process(command.arg(cache(&format!("replica-{number}"))).spawn()?))
        })
        .collect::<Result<_>>()?;
    let Some(balancer) = Balancer::start_or_skip(port, &ports)? else { bail!("a cluster needs HAProxy") };
    println!("\nthe shop is at {}", balancer.origin());
    println!("its replicas are at the ports {ports:?}; another command, for instance a change of prices:\n");
    print_environment(&postgres, &storage, folder.path());
    println!("  {} catalogue update CHANGES.jsonl\n\nctrl-c ends all of it", program.display());
    // All parts end with their variables.
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(tokio::signal::ctrl_c())?;
    Ok(())
}

/// What a shell needs to join; the passwords are those of this run.
fn print_environment(postgres: &Postgres, storage: &ObjectStorage, folder: &Path) {
    println!("  export SHOP_THE_LOOK_CATALOGUE='{}'", postgres.address());
    println!("  export SHOP_THE_LOOK_OBJECTS='{}'", storage.address());
    for (name, value) in storage.environment() {
        println!("  export {name}='{value}'");
    }
    println!("  export SHOP_THE_LOOK_CACHE='{}'", folder.join("yours").display());
}
