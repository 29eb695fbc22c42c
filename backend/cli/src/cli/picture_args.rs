//! How pictures are fetched and encoded, by an import or a worker. In: flags. Out: [`ImportOptions`].

use std::time::Duration;

use clap::Args;
use stl_server::catalogue::import::ImportOptions;
use stl_server::cluster::worker::WorkerOptions;
use stl_server::config::values::number;
use stl_server::parallel::available_threads;

use super::fetch_args::FetchArgs;

#[derive(Args)]
pub(super) struct PictureArgs {
    /// Pictures in work at once: as many as there are cores are computed, the others are fetched and stored meanwhile [default: 6 more
    /// than cores]
    #[arg(long, value_name = "N", value_parser = number::<u16>(1, 256))]
    workers: Option<u16>,
    /// Of a catalogue in PostgreSQL: seconds after which another worker takes the job of one that was killed
    #[arg(long, env = "SHOP_THE_LOOK_LEASE", value_name = "SECONDS", default_value_t = WorkerOptions::LEASE.as_secs(),
        value_parser = number::<u64>(1, 3600))]
    lease: u64,
    /// Also fetch pictures from addresses of this machine and of private networks
    #[arg(long)]
    allow_private_addresses: bool,
    #[command(flatten)]
    fetch: FetchArgs,
}

impl PictureArgs {
    /// Options of an import of which nothing but its pictures is told.
    ///
    /// # Errors
    /// When a header cannot be sent; with the flag.
    pub(super) fn options(&self) -> anyhow::Result<ImportOptions> {
        let (cores, workers) = (available_threads(), self.workers.map(usize::from));
        Ok(ImportOptions {
            threads: workers.map_or(cores, |workers| workers.min(cores)),
            workers: workers.unwrap_or(cores + ImportOptions::WAITING_WORKERS),
            private_addresses_allowed: self.allow_private_addresses,
            fetch: self.fetch.options()?,
            ..ImportOptions::default()
        })
    }

    /// After this time another worker takes a job.
    pub(super) const fn lease(&self) -> Duration {
        Duration::from_secs(self.lease)
    }
}
