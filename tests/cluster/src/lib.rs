//! PostgreSQL and object storage on loopback, for tests and for trying things out. In: programs of the system. Out: running servers, which
//! end when they are dropped.

pub mod balancer;
pub mod clock;
pub mod cpu_share;
pub mod objects;
pub mod ports;
pub mod postgres;
mod process;

pub use balancer::Balancer;
pub use cpu_share::CpuShare;
pub use objects::ObjectStorage;
pub use postgres::Postgres;
pub use process::Process;
