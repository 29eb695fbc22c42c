//! A limit on how often something may happen, as a bucket of tokens. In: moments. Out: whether it may happen then.

use std::time::Instant;

/// Holds a number of tokens at most, and gains some each second.
#[derive(Debug)]
pub(super) struct Bucket {
    most: f64,
    per_s: f64,
    tokens: f64,
    /// When `tokens` was right.
    at: Instant,
}

impl Bucket {
    /// A full bucket.
    pub(super) fn full(most: u32, per_s: f64, now: Instant) -> Self {
        Self { most: most.into(), per_s, tokens: most.into(), at: now }
    }

    /// Takes a token, if there is one.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * self.per_s;
        self.tokens = (self.tokens + gained).min(self.most);
        self.at = self.at.max(now);
        let has_one = self.tokens >= 1.0;
        if has_one {
            self.tokens -= 1.0;
        }
        has_one
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_and_then_the_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::full(3, 2.0, start);
        let taken =
            |bucket: &mut Bucket, ms| (0..10).filter(|_| bucket.take(start + Duration::from_millis(ms))).count();
        assert_eq!(taken(&mut bucket, 0), 3);
        assert_eq!(taken(&mut bucket, 400), 0);
        assert_eq!(taken(&mut bucket, 500), 1);
        assert_eq!(taken(&mut bucket, 1500), 2);
        assert_eq!(taken(&mut bucket, 60_000), 3, "no more than it holds");
        assert_eq!(taken(&mut bucket, 0), 0, "a moment before gives nothing");
    }
}
