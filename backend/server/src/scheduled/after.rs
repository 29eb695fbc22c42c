//! What follows of a feed that was due. In: an [`Outcome`]. Out: the feed's state, and when it is due again.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use stl_types::wire::{FeedOutcome, FeedState};

use crate::catalogue::fetch::Validators;
use crate::config::ScheduledFeed;
use crate::digest::Digest;

/// The wait after a first failure; it doubles with each further one, up to the time from one fetch to the next.
const FIRST_WAIT: Duration = Duration::from_secs(5 * 60);

/// The wait while another import runs.
const BUSY_WAIT: Duration = Duration::from_secs(60);

/// What came of a feed that was due.
pub(super) struct Outcome {
    pub(super) outcome: FeedOutcome,
    pub(super) problems: Vec<String>,
    /// What is known of it, if it is the catalogue now.
    pub(super) imported: Option<Imported>,
    /// The wait that a failure asks for.
    pub(super) is_busy: bool,
}

/// A feed that is the catalogue now.
pub(super) struct Imported {
    pub(super) validators: Validators,
    pub(super) sha256: Digest,
    pub(super) products: usize,
    pub(super) left_out: usize,
}

impl Outcome {
    pub(super) const fn without_import(outcome: FeedOutcome, problems: Vec<String>) -> Self {
        Self { outcome, problems, imported: None, is_busy: false }
    }
}

/// The state of a feed after what came of it at a moment, and when it is due again.
pub(super) fn after(
    feed: &ScheduledFeed,
    known: FeedState,
    outcome: Outcome,
    now: Timestamp,
) -> (FeedState, Timestamp) {
    let Outcome { outcome, problems, imported, is_busy } = outcome;
    let is_failure = outcome == FeedOutcome::Failed;
    let failures = if is_failure { known.failures.saturating_add(1) } else { 0 };
    let wait = match failures {
        _ if is_busy => BUSY_WAIT.min(feed.every),
        0 => feed.every,
        failures => FIRST_WAIT.saturating_mul(1 << (failures - 1).min(16)).min(feed.every),
    };
    let next = later(now, wait);
    let state = FeedState {
        outcome,
        failures,
        last_try: now.to_string(),
        next_try: next.to_string(),
        problems: match (outcome, known.outcome) {
            // An unchanged feed has the faults that it had.
            (FeedOutcome::Unchanged, FeedOutcome::Imported | FeedOutcome::Unchanged) => known.problems.clone(),
            _ => problems,
        },
        ..known
    };
    let state = match imported {
        None if outcome == FeedOutcome::Unchanged => FeedState { last_good: now.to_string(), ..state },
        None => state,
        Some(Imported { validators: Validators { etag, last_modified }, sha256, products, left_out }) => FeedState {
            last_good: now.to_string(),
            last_import: now.to_string(),
            products,
            left_out,
            etag,
            last_modified,
            sha256: sha256.to_string(),
            ..state
        },
    };
    (state, next)
}

/// An outcome for a log.
pub(super) const fn words(outcome: FeedOutcome) -> &'static str {
    match outcome {
        FeedOutcome::Imported => "imported",
        FeedOutcome::Unchanged => "unchanged",
        FeedOutcome::HeldBack => "held back",
        FeedOutcome::Failed => "failed",
    }
}

/// An outcome for metrics.
pub(super) const fn label(outcome: FeedOutcome) -> &'static str {
    match outcome {
        FeedOutcome::HeldBack => "held_back",
        other => words(other),
    }
}

/// A moment after another one.
pub(super) fn later(now: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// The time from now to a moment; none if that has passed.
pub(super) fn wait_until(moment: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(moment.duration_since(now)).unwrap_or_default()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::catalogue::feed::FeedOptions;

    /// A feed that is fetched each hour.
    pub(in crate::scheduled) fn feed() -> ScheduledFeed {
        ScheduledFeed {
            url: "https://shop.example/feed.XML.gz?key=secret".to_owned(),
            market: "de".to_owned(),
            every: Duration::from_secs(3600),
            max_drop_percent: 25,
            options: FeedOptions::default(),
        }
    }

    #[test]
    fn after_failures_the_next_try_comes_sooner_but_ever_later() {
        let now: Timestamp = "2026-11-27T00:00:00Z".parse().expect("a moment");
        let (mut state, mut waits_s) = (FeedState::default(), Vec::new());
        for _ in 0..6 {
            let next;
            (state, next) =
                after(&feed(), state, Outcome::without_import(FeedOutcome::Failed, vec!["no".to_owned()]), now);
            waits_s.push(next.duration_since(now).as_secs());
        }
        assert_eq!(waits_s, [300, 600, 1200, 2400, 3600, 3600]);
        assert_eq!((state.failures, state.problems.len(), state.last_good.as_str()), (6, 1, ""));
        let (state, next) = after(&feed(), state, Outcome::without_import(FeedOutcome::HeldBack, Vec::new()), now);
        assert_eq!((state.failures, next.duration_since(now).as_secs()), (0, 3600), "another feed may come by then");
        let busy = Outcome { is_busy: true, ..Outcome::without_import(FeedOutcome::Failed, Vec::new()) };
        assert_eq!(after(&feed(), state, busy, now).1.duration_since(now).as_secs(), 60);
    }
}
