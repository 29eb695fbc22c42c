//! Measures how fast a catalogue is matched, beside faiss and usearch on as many numbers in the same run. In: a catalogue, photos
//! of looks, a Python with the peers. Out: a table, or JSON.
//!
//! Each article is between two real ones of its category; the queries are real ([`shop`]). On the processor, the engine, the peers
//! and a plain read of as many bytes take turns, so that other load on the machine affects all of them ([`cpu`]). A graphics
//! processor is measured without peers, by its own clock ([`gpu`]).

use anyhow::Result;
use clap::Parser as _;
use stl_server::matching::Device;

use args::Args;
use shop::Shop;

mod args;
mod cpu;
mod gpu;
mod peers;
mod recall;
mod shop;
mod timing;

fn main() -> Result<()> {
    let args = Args::parse();
    let shop = Shop::open(&args.models, &args.catalogue, &args.photos)?;
    if args.device == Device::Cpu { cpu::run(&args, &shop) } else { gpu::run(&args, &shop) }
}
