//! `catalogue rules`: the shop's rules are checked and stored, or printed.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use clap::Args;
use jiff::Timestamp;
use stl_server::catalogue::Rules;
use stl_server::catalogue::rules::{MAX_RULES_BYTES, report, stored};
use stl_server::config::CatalogueArgs;
use stl_server::files::read_text_bounded;
use stl_types::wire::{ReportedRule, RuleAction, RuleState, RulesReport};

use super::super::noted::Change;
use super::super::place::{changing, reading};

/// Exit status of rules that meet nothing or contradict each other.
const WITH_PROBLEMS: u8 = 2;

#[derive(Args)]
pub(in crate::cli) struct RulesArgs {
    /// A file of rules, TOML [default: print the stored ones]
    rules: Option<PathBuf>,
    /// Remove the stored rules
    #[arg(long, conflicts_with = "rules")]
    clear: bool,
    /// Only check the rules; the stored ones stay
    #[arg(long, requires = "rules")]
    dry_run: bool,
    /// One JSON object, as the API answers
    #[arg(long, conflicts_with = "clear")]
    json: bool,
    #[command(flatten)]
    catalogue: CatalogueArgs,
}

impl RulesArgs {
    /// What it changes; nothing if it only checks or prints.
    pub(super) fn change(&self) -> Option<Change> {
        match (self.clear, &self.rules) {
            (true, _) => Change::of("catalogue rules --clear", &self.catalogue),
            (false, Some(_)) if !self.dry_run => Change::of("catalogue rules", &self.catalogue),
            (false, _) => None,
        }
    }
}

pub(super) fn run(args: &RulesArgs) -> anyhow::Result<ExitCode> {
    if args.clear {
        let were_there = changing(&args.catalogue, |folder| Ok(stored::clear(folder)?))?;
        writeln!(std::io::stdout(), "{}", if were_there { "the rules are removed" } else { "there are no rules" })?;
        return Ok(ExitCode::SUCCESS);
    }
    let report = match &args.rules {
        None => {
            let opened = reading(&args.catalogue)?;
            report::of_folder(&stored::read(opened.folder())?.rules, opened.folder(), Timestamp::now())?
        }
        Some(path) => {
            let text = read(path)?;
            let rules = Rules::from_toml(&text).with_context(|| path.display().to_string())?;
            if args.dry_run {
                report::of_folder(&rules, existing(reading(&args.catalogue)?.folder())?, Timestamp::now())?
            } else {
                changing(&args.catalogue, |folder| {
                    let report = report::of_folder(&rules, existing(folder)?, Timestamp::now())?;
                    stored::write(folder, rules, &text)?;
                    Ok(report)
                })?
            }
        }
    };
    let mut stdout = BufWriter::new(std::io::stdout().lock());
    if args.json {
        serde_json::to_writer(&mut stdout, &report)?;
        writeln!(stdout)?;
    } else {
        lines(&mut stdout, &report)?;
    }
    stdout.flush()?;
    for problem in &report.problems {
        eprintln!("note: {problem}");
    }
    Ok(if report.problem_count == 0 { ExitCode::SUCCESS } else { ExitCode::from(WITH_PROBLEMS) })
}

/// A folder, if it is there: a misspelt one would get rules that nobody follows.
fn existing(folder: &Path) -> anyhow::Result<&Path> {
    ensure!(folder.is_dir(), "expected the folder of a catalogue, got {}, which is none", folder.display());
    Ok(folder)
}

fn read(path: &Path) -> anyhow::Result<String> {
    read_text_bounded(path, MAX_RULES_BYTES as u64).with_context(|| format!("{} cannot be read", path.display()))
}

fn lines(out: &mut impl Write, report: &RulesReport) -> std::io::Result<()> {
    if report.rules.is_empty() {
        return writeln!(out, "there are no rules");
    }
    for ReportedRule { rule, products, state } in &report.rules {
        let action = match (rule.action, rule.position, rule.by) {
            (RuleAction::Pin, Some(position), _) => format!("pin to {position}"),
            (RuleAction::Boost, _, by) => format!("boost by {}", by.unwrap_or(1.0)),
            (RuleAction::Bury, _, by) => format!("bury by {}", by.unwrap_or(1.0)),
            (RuleAction::Exclude, ..) => "exclude".to_owned(),
            (RuleAction::Pin, None, _) => "pin".to_owned(),
        };
        let state = match state {
            RuleState::Active => "active",
            RuleState::Waiting => "waiting",
            RuleState::Ended => "ended",
        };
        write!(out, "{products:>8}  {state:<7}  {action:<12}  {}", rule.name)?;
        for (word, text) in [("market", &rule.market), ("variant", &rule.variant)] {
            if !text.is_empty() {
                write!(out, "  [{word} {text}]")?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}
