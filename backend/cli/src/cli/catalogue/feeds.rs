//! What `catalogue stats` prints of the feeds that a server fetches by itself. In: their states. Out: lines.

use std::io::{Result, Write};

use stl_server::counted::counted;
use stl_types::wire::{FeedOutcome, FeedState};

/// Problems of a feed that are printed; the administration's API has a hundred.
const MAX_PROBLEMS: usize = 5;

pub(super) fn lines(out: &mut impl Write, feeds: &[FeedState]) -> Result<()> {
    for feed in feeds {
        let outcome = match feed.outcome {
            _ if !feed.running_since.is_empty() => &format!("is fetched and imported since {}", feed.running_since),
            FeedOutcome::Imported => "imported",
            FeedOutcome::Unchanged => "unchanged",
            FeedOutcome::HeldBack => "held back, the former one serves",
            FeedOutcome::Failed => "failed, the former one serves",
        };
        let moment = |text: &str| if text.is_empty() { "never".to_owned() } else { text.to_owned() };
        let market = if feed.market.is_empty() { String::new() } else { format!(" [market {}]", feed.market) };
        writeln!(out, "feed {}{market}: {outcome}", feed.url)?;
        writeln!(
            out,
            "  tried {}, good {}, imported {}",
            moment(&feed.last_try),
            moment(&feed.last_good),
            moment(&feed.last_import)
        )?;
        writeln!(
            out,
            "  {}, {} left out, next try {}",
            counted(feed.products, "product"),
            counted(feed.left_out, "row"),
            moment(&feed.next_try)
        )?;
        for problem in feed.problems.iter().take(MAX_PROBLEMS) {
            writeln!(out, "  {problem}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_that_is_held_back_says_why() {
        let feed = FeedState {
            url: "https://shop.example/feed.xml".to_owned(),
            market: "de".to_owned(),
            outcome: FeedOutcome::HeldBack,
            last_try: "2026-11-27T03:00:00Z".to_owned(),
            last_good: "2026-11-27T02:00:00Z".to_owned(),
            next_try: "2026-11-27T04:00:00Z".to_owned(),
            products: 9,
            problems: vec!["the feed would leave 2 of 9 products".to_owned()],
            ..FeedState::default()
        };
        let mut out = Vec::new();
        lines(&mut out, &[feed]).expect("written");
        let expected = "feed https://shop.example/feed.xml [market de]: held back, the former one serves
  tried 2026-11-27T03:00:00Z, good 2026-11-27T02:00:00Z, imported never
  9 products, 0 rows left out, next try 2026-11-27T04:00:00Z
  the feed would leave 2 of 9 products
";
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }
}
