//! The program through its command line, with the repository's networks and a catalogue of drawn rectangles. One file for
//! each command.

#[cfg(feature = "evaluate")]
mod adapt;
mod audit;
mod authorities;
mod catalogue_categories;
mod catalogue_edit;
mod catalogue_import;
mod catalogue_markets;
mod catalogue_migrate;
mod catalogue_rules;
mod catalogue_sale;
#[cfg(unix)]
mod clock_jumps;
#[cfg(unix)]
mod cluster;
mod command_line;
#[cfg(unix)]
mod conformance;
mod deploy;
#[cfg(feature = "evaluate")]
mod evaluate;
mod export_import;
mod import_killed;
mod log_contents;
#[cfg(unix)]
mod machine_faults;
mod operate;
mod photo_cases;
mod program;
mod released;
mod served;
mod settings;
#[cfg(unix)]
mod sockets;
#[cfg(unix)]
mod stopped;
#[path = "../../../server/tests/all/support.rs"]
mod support;
mod tls;
mod tokens;
#[cfg(unix)]
mod traces;
