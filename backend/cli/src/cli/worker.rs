//! `worker`: prepares pictures for imports of other machines.

use std::process::ExitCode;

use anyhow::bail;
use stl_server::cluster::objects::Objects;
use stl_server::cluster::worker::{WorkerOptions, work};
use stl_server::config::{CatalogueArgs, DeviceArgs, ModelsArgs, Place};
use stl_server::parallel::StopFlag;

use super::picture_args::PictureArgs;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    pictures: PictureArgs,
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
    let options = WorkerOptions { import: args.pictures.options()?, lease: args.pictures.lease() };
    // It ends with its process: what it has not finished, another worker does.
    work(&address.record, &objects, &models, &options, &StopFlag::default())?;
    Ok(ExitCode::SUCCESS)
}
