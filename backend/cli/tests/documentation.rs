//! The documentation names what exists: flags, files, tests.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Pages whose paths and test names are checked; the others name files of users, too.
const MAPS: [&str; 5] = ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "docs/privacy.md", "docs/security.md"];

/// Endings of files that a code map names.
const SOURCES: [&str; 3] = [".rs", ".py", ".js"];

/// Folders without sources.
const SKIPPED: [&str; 5] = ["target", "dist", "node_modules", "runs", "cache"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The repository's files of text.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let name = entry.file_name().expect("a name").to_string_lossy();
        if name.starts_with('.') || SKIPPED.contains(&&*name) {
            continue;
        }
        if entry.is_dir() {
            found.extend(files(&entry));
        } else if SOURCES.iter().chain(&[".md"]).any(|ending| name.ends_with(ending)) {
            found.push(entry);
        }
    }
    found
}

/// The texts between backticks, outside code blocks.
fn code_spans(page: &str) -> Vec<&str> {
    let outside = page.split("```").step_by(2);
    outside.flat_map(|text| text.lines()).flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

/// The commands and flags that the program's help lists below a command.
fn help(command: &[&str]) -> (Vec<String>, Vec<String>) {
    let output = Command::new(env!("CARGO_BIN_EXE_shop-the-look")).args(command).arg("--help").output();
    let text = String::from_utf8(output.expect("the program runs").stdout).expect("UTF-8");
    let (mut commands, mut flags, mut is_list) = (Vec::new(), Vec::new(), false);
    for line in text.lines() {
        if line == "Commands:" || line.is_empty() {
            is_list = !line.is_empty();
        } else if is_list && line.starts_with("  ") && !line.starts_with("   ") {
            commands.extend(line.split_whitespace().next().filter(|name| *name != "help").map(str::to_owned));
        }
        let option = line.trim_start().trim_start_matches("-h, ").trim_start_matches("-V, ");
        if line.starts_with("  ") && option.starts_with("--") {
            flags.extend(option.split([' ', '=', '[']).next().map(str::to_owned));
        }
    }
    (commands, flags)
}

/// The text below the heading that names a command, up to the next command's.
fn section<'a>(page: &'a str, command: &str) -> &'a str {
    let named = |heading: &str| heading.contains(&format!("`{command} ")) || heading.contains(&format!("`{command}`"));
    let mut sections = page.split("\n## ").flat_map(|part| part.split("\n### "));
    sections.find(|text| named(text.lines().next().unwrap_or_default())).unwrap_or_else(|| panic!("no `{command}`"))
}

fn check_command(page: &str, command: &[&str]) {
    let (commands, flags) = help(command);
    if !command.is_empty() && commands.is_empty() {
        let text = section(page, &command.join(" "));
        // Those of all commands are at the page's begin.
        let is_of_all = |flag: &str| ["--help", "--version", "--config", "--log-format"].contains(&flag);
        for flag in flags.iter().filter(|flag| !is_of_all(flag)) {
            let is_there = ['`', ' ', '['].iter().any(|end| text.contains(&format!("`{flag}{end}")));
            assert!(is_there, "{command:?}: {flag}");
        }
    }
    for name in &commands {
        check_command(page, &[command, &[name]].concat());
    }
}

#[test]
fn every_command_and_flag_is_documented() {
    let page = read(&root().join("docs/cli.md"));
    assert!(help(&[]).0.len() >= 4, "the program's commands");
    check_command(&page, &[]);
    for flag in ["--config", "--log-format"] {
        assert!(page.contains(&format!("`{flag} ")), "{flag}");
    }
}

#[test]
fn links_lead_to_files() {
    for path in files(&root()).iter().filter(|path| path.extension().is_some_and(|ending| ending == "md")) {
        let page = read(path);
        for target in page.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target) {
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains("://") {
                let folder = path.parent().expect("a folder");
                assert!(folder.join(file).exists(), "{}: {target}", path.display());
            }
        }
    }
}

#[test]
fn the_tests_and_files_that_are_named_exist() {
    let files = files(&root());
    let sources = files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    let functions: HashSet<String> = sources
        .flat_map(|path| {
            let text = read(path);
            let names = text.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next()).map(str::to_owned);
            names.collect::<Vec<_>>()
        })
        .collect();
    for name in MAPS {
        let page = read(&root().join(name));
        for span in code_spans(&page) {
            let is_test =
                span.matches('_').count() >= 3 && span.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            assert!(!is_test || functions.contains(span) || is_upper(span), "{name}: there is no test `{span}`");
            let is_file = SOURCES.iter().any(|ending| span.ends_with(ending)) && !span.contains(['{', ' ', 'N']);
            let exists = || files.iter().any(|path| path.ends_with(span));
            assert!(!is_file || exists() || span == "name.rs" || span == "mod.rs", "{name}: there is no file `{span}`");
        }
    }
}

/// Names of environment variables.
fn is_upper(name: &str) -> bool {
    !name.bytes().any(|byte| byte.is_ascii_lowercase())
}
