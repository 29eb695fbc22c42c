//! A catalogue of several machines, with a real PostgreSQL and a real S3 server on loopback.

mod copy;
mod faults;
mod import;
mod load;
mod machines;
mod refused;
mod updates;
