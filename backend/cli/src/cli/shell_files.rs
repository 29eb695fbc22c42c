//! What packages hold beside the program: completions for shells, and pages of the manual. In: a shell or a folder. Out: text or files.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use clap::Command;
use clap_complete::Shell;

#[derive(clap::Args)]
pub(super) struct CompletionsArgs {
    /// The shell that asks for them
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

#[derive(clap::Args)]
pub(super) struct ManualArgs {
    /// Folder for the pages; it is made
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Prints a shell's completions.
///
/// # Errors
/// When they cannot be written.
pub(super) fn completions(args: &CompletionsArgs, mut command: Command) -> anyhow::Result<ExitCode> {
    let name = command.get_name().to_owned();
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut text);
    std::io::stdout().lock().write_all(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a page for each command.
///
/// # Errors
/// When the folder cannot be written.
pub(super) fn manual(args: &ManualArgs, command: Command) -> anyhow::Result<ExitCode> {
    let folder = args.folder.display();
    ensure!(!args.folder.exists() || args.folder.is_dir(), "{folder} is a file: expected a folder for the pages");
    std::fs::create_dir_all(&args.folder).with_context(|| format!("{folder} cannot be made"))?;
    // Commands have their whole names once all are built, without `help`, which needs no page.
    let mut command = command.disable_help_subcommand(true);
    command.build();
    clap_mangen::generate_to(with_usage(command), &args.folder)
        .with_context(|| format!("{folder} cannot be written"))?;
    Ok(ExitCode::SUCCESS)
}

/// A command and those below it, whose synopsis has the program's own usage if they need an option: `--scope <SCOPE>`, where pages else have
/// `<--scope>`.
fn with_usage(mut command: Command) -> Command {
    if command.get_arguments().any(|arg| arg.is_required_set() && !arg.is_positional()) {
        let usage = command.render_usage().to_string();
        command = command.override_usage(usage.trim_start_matches("Usage: ").to_owned());
    }
    command.mut_subcommands(with_usage)
}
