//! `catalogue stats --events`: what was counted of the events of shoppers.

use std::io::{Result, Write};
use std::path::Path;
use std::process::ExitCode;

use stl_server::http::events::stored_stats;
use stl_types::wire::{EventCounts, EventStats, NamedCounts};

/// Lines of each list; `--json` prints all that are told apart.
const MAX_LINES: usize = 24;

/// Prints what was counted in the last `hours`, this one among them. A running server writes every few seconds.
///
/// # Errors
/// When there is no catalogue, or its database fails.
pub(super) fn print(catalogue: &Path, hours: u32, as_json: bool) -> anyhow::Result<ExitCode> {
    let stats = stored_stats(catalogue, hours)?;
    let mut stdout = std::io::stdout().lock();
    if as_json {
        // Only a server knows whether it counts.
        let mut object = serde_json::to_value(&stats)?;
        object.as_object_mut().map(|object| object.remove("counting"));
        writeln!(stdout, "{object}")?;
    } else {
        tables(&mut stdout, &stats, hours)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn tables(out: &mut impl Write, stats: &EventStats, hours: u32) -> Result<()> {
    writeln!(out, "last {hours} hours")?;
    writeln!(out, "{:>10}{:>10}{:>10}", "shown", "opened", "basket")?;
    line(out, stats.total, "in all")?;
    for (heading, list, without) in [
        ("hour (UTC), the last ones", &stats.hours[stats.hours.len().saturating_sub(MAX_LINES)..], ""),
        ("position in the row", &stats.positions, "without a position"),
        ("rule", &stats.rules, "without a rule"),
        ("variant", &stats.variants, "without a variant"),
        ("product", &stats.products, "others"),
    ] {
        // One nameless line says nothing that the first line does not.
        if list.iter().all(|named| named.name.is_empty()) {
            continue;
        }
        writeln!(out, "{heading}")?;
        for NamedCounts { name, counts } in list.iter().take(MAX_LINES) {
            line(out, *counts, if name.is_empty() { without } else { name })?;
        }
    }
    Ok(())
}

fn line(out: &mut impl Write, EventCounts { shown, opened, basket }: EventCounts, name: &str) -> Result<()> {
    writeln!(out, "{shown:>10}{opened:>10}{basket:>10}  {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_have_their_headings_and_nameless_ones_are_left_out() {
        let counts = EventCounts { shown: 10, opened: 2, basket: 1 };
        let named = |name: &str| vec![NamedCounts { name: name.to_owned(), counts }];
        let stats = EventStats {
            total: counts,
            hours: named("2026-11-27T23:00:00Z"),
            rules: named(""),
            variants: [named(""), named("red")].concat(),
            ..EventStats::default()
        };
        let mut out = Vec::new();
        tables(&mut out, &stats, 24).expect("written");
        let expected = "last 24 hours
     shown    opened    basket
        10         2         1  in all
hour (UTC), the last ones
        10         2         1  2026-11-27T23:00:00Z
variant
        10         2         1  without a variant
        10         2         1  red
";
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }
}
