//! `worker`: prepares pictures for imports of other machines.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use stl_server::catalogue::import::ImportOptions;
use stl_server::cluster::objects::Objects;
use stl_server::cluster::worker::{WorkerOptions, work};
use stl_server::config::{CatalogueArgs, DeviceArgs, ModelsArgs, Place};
use stl_server::parallel::{StopFlag, available_threads};

use super::catalogue::fetch_args::FetchArgs;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Pictures in work at once [default: 6 more than cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: Option<u16>,
    /// Seconds after which another worker takes the job of one that was killed
    #[arg(long, env = "SHOP_THE_LOOK_LEASE", value_name = "SECONDS", default_value_t = WorkerOptions::LEASE.as_secs(),
        value_parser = clap::value_parser!(u64).range(1..=3600))]
    lease: u64,
    /// Also fetch pictures from addresses of this machine and of private networks
    #[arg(long)]
    allow_private_addresses: bool,
    #[command(flatten)]
    fetch: FetchArgs,
    #[command(flatten)]
    catalogue: CatalogueArgs,
    #[command(flatten)]
    models: ModelsArgs,
    #[command(flatten)]
    device: DeviceArgs,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Place::Cluster(address) = args.catalogue.place()? else {
        bail!("expected --catalogue postgres://…: a catalogue in a folder needs no workers");
    };
    let models = super::inputs::open_models(&args.models)?.on_device(args.device.device)?;
    let objects = Objects::open(&address.objects)?;
    objects.check()?;
    let (cores, workers) = (available_threads(), args.workers.map(usize::from));
    let import = ImportOptions {
        threads: workers.map_or(cores, |workers| workers.min(cores)),
        workers: workers.unwrap_or(cores + ImportOptions::WAITING_WORKERS),
        private_addresses_allowed: args.allow_private_addresses,
        fetch: args.fetch.options()?,
        ..ImportOptions::default()
    };
    let options = WorkerOptions { import, lease: Duration::from_secs(args.lease) };
    // It ends with its process: what it has not finished, another worker does.
    work(&address.record, &objects, &models, &options, &StopFlag::default())?;
    Ok(ExitCode::SUCCESS)
}
