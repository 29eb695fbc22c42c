//! A catalogue of several machines, with a real PostgreSQL and a real S3 server on loopback.

mod adapt;
mod administration;
mod clocks;
mod copy;
mod emptied;
mod faults;
mod feeds;
mod former_networks;
mod host;
mod import;
mod load;
pub(crate) mod machines;
mod metrics;
mod migrate;
mod networks;
mod refused;
mod shards;
mod silent;
mod updates;
mod upgrade;
