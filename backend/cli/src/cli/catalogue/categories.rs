//! `catalogue categories`: how products got their categories, of the last import or of a feed.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use stl_server::catalogue::categories::CategoryCount;
use stl_server::catalogue::feed;
use stl_server::catalogue::{Store, UnknownMarket};
use stl_server::config::CatalogueArgs;

use super::feed_args::FeedArgs;
use super::market_args::MarketArgs;

/// Characters of a classification and of an example that a line has room for.
const SHOWN_CHARS: usize = 60;

#[derive(Args)]
pub(in crate::cli) struct CategoriesArgs {
    /// A feed, to see what its import would do; nothing is fetched or written [default: the last import]
    feed: Option<PathBuf>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    market: MarketArgs,
    #[command(flatten)]
    options: FeedArgs,
    #[command(flatten)]
    catalogue: CatalogueArgs,
}

pub(super) fn run(args: &CategoriesArgs) -> anyhow::Result<ExitCode> {
    let counts = match &args.feed {
        None => {
            let opened = super::super::place::reading(&args.catalogue)?;
            let store = Store::open(opened.folder())?;
            let known = store.markets()?;
            let market = args.market.name();
            let unknown = || UnknownMarket { received: market.to_owned(), known: known.clone() };
            let is_known = market.is_empty() || known.iter().any(|name| name == market);
            anyhow::ensure!(is_known, unknown());
            // Without a name it is the first one's.
            let first = || known.first().map_or("", String::as_str);
            store.category_counts(if market.is_empty() { first() } else { market })?
        }
        Some(path) => {
            let feed = feed::read(path, &args.options.options()?)?;
            super::left_out::list_hints(&feed.hints);
            let mut tally = feed.categories;
            for row in &feed.rows {
                tally.count(row.classification(), row.decided_by.clone(), row.category, &row.title);
            }
            tally.counts()
        }
    };
    let mut stdout = BufWriter::new(std::io::stdout().lock());
    if args.json {
        for kind in &counts {
            writeln!(stdout, "{}", json(kind, args.feed.is_some()))?;
        }
    } else {
        lines(&mut stdout, &counts, args.feed.is_some())?;
    }
    stdout.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The category as it is printed. Of a feed that is only read, pictures have not decided yet.
fn category(kind: &CategoryCount, is_only_read: bool) -> &'static str {
    match kind.category {
        Some(category) => category.as_str(),
        None if is_only_read && kind.by.name() == "picture" => "by picture",
        None => "left out",
    }
}

fn json(kind: &CategoryCount, is_only_read: bool) -> serde_json::Value {
    let mut object = serde_json::json!({
        "count": kind.count, "category": kind.category, "decided_by": kind.by.name(), "classification": kind.classification,
        "example": kind.example,
    });
    if !kind.by.pattern().is_empty() {
        object["pattern"] = kind.by.pattern().into();
    }
    if kind.category.is_none() {
        object["left_out"] = (category(kind, is_only_read) == "left out").into();
    }
    object
}

fn lines(out: &mut impl Write, counts: &[CategoryCount], is_only_read: bool) -> std::io::Result<()> {
    let shown = |text: &str| -> String {
        let mut shown: String = text.chars().take(SHOWN_CHARS).collect();
        if text.chars().nth(SHOWN_CHARS).is_some() {
            shown.push('…');
        }
        shown
    };
    for kind in counts {
        let (count, category, by) = (kind.count, category(kind, is_only_read), kind.by.name());
        let classification = if kind.classification.is_empty() { "–" } else { &kind.classification };
        write!(out, "{count:>8}  {category:<10}  {by:<7}  {}", shown(classification))?;
        if !kind.by.pattern().is_empty() {
            write!(out, "  [{}]", shown(kind.by.pattern()))?;
        }
        writeln!(out, "  e.g. {}", shown(&kind.example))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use stl_server::catalogue::categories::DecidedBy;
    use stl_types::Category;

    use super::*;

    fn kind(by: DecidedBy, category: Option<Category>, classification: &str) -> CategoryCount {
        let (classification, example) = (classification.to_owned(), "Anna".to_owned());
        CategoryCount { classification, by, category, count: 12, example }
    }

    #[test]
    fn a_line_says_what_decided() {
        let counts = [
            kind(DecidedBy::Table("strick".to_owned()), Some(Category::Jumpers), "Damen > Strick"),
            kind(DecidedBy::Words, None, "Schuhe"),
            kind(DecidedBy::Picture, None, ""),
        ];
        let mut out = Vec::new();
        lines(&mut out, &counts, true).expect("written");
        let expected = "      12  jumpers     table    Damen > Strick  [strick]  e.g. Anna
      12  left out    words    Schuhe  e.g. Anna
      12  by picture  picture  –  e.g. Anna
";
        assert_eq!(String::from_utf8_lossy(&out), expected);
        let object = json(&counts[0], false);
        assert_eq!((&object["category"], &object["pattern"]), (&"jumpers".into(), &"strick".into()));
        let left_out = |kind, is_only_read| json(kind, is_only_read)["left_out"].clone();
        assert_eq!((left_out(&counts[2], false), left_out(&counts[2], true)), (true.into(), false.into()));
    }
}
