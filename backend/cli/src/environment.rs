//! Environment variables of the command line. In: a command. Out: the same, for which an empty variable is as good as none.
//!
//! Files for containers set variables that have no value (`SHOP_THE_LOOK_PORT=`); a number or a folder cannot be read from them.

use clap::builder::Resettable;
use clap::{Arg, Command};

/// The command without the variables that are empty now, and its subcommands likewise.
pub(crate) fn without_empty(command: Command) -> Command {
    command.mut_args(without_empty_variable).mut_subcommands(without_empty)
}

fn without_empty_variable(arg: Arg) -> Arg {
    let variable = arg.get_env().and_then(std::env::var_os);
    let is_empty = variable.is_some_and(|value| value.to_string_lossy().trim().is_empty());
    if is_empty { arg.env(Resettable::Reset) } else { arg }
}
