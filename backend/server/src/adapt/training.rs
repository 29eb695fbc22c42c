//! Learns a [`Correction`]. In: pairs to learn from and pairs that say when to stop. Out: the match that was best on these.

use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

use super::batches::BatchSource;
use super::correction::Correction;
use super::loss::{Batch, loss, loss_and_gradient};
use crate::matching::MatchWeights;

/// Seed of everything random.
pub const SEED: u64 = 7;

/// Steps between two looks at the validation pairs, at least an epoch.
const STEPS_OF_ROUND: usize = 20;
/// Most rounds.
const ROUNDS: usize = 60;
/// Rounds without a better loss on the validation pairs, after which it ends.
const PATIENCE: usize = 8;
/// Articles that a validation pair is compared with.
const VALIDATION_CANDIDATES: usize = 512;

/// Validation pairs that are looked at after each round: their loss is within .02 of that of all.
const VALIDATION_PAIRS: usize = 1000;
/// Shares of the way from the shipped match to the learnt one. The average of both is often better than either (Wortsman et al., *Robust
/// fine-tuning of zero-shot models*, CVPR 2022), most of all after few pictures.
const SHARES: [f32; 4] = [0.25, 0.5, 0.75, 1.0];

/// How much a step of Adam (Kingma and Ba, 2015) moves a number of the maps, and of what is added to the match.
const RATE_OF_MAPS: f32 = 5e-4;
const RATE_OF_MATCH: f32 = 2e-4;
/// How fast numbers go back to the start, in each step and for each unit of the rate (Loshchilov and Hutter, 2019).
const DECAY: f32 = 1.0;
const MOMENTUM: f32 = 0.9;
const SECOND_MOMENTUM: f32 = 0.999;
const EPSILON: f32 = 1e-8;

/// What was learnt.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The match that was best on the validation pairs; the start if none was better.
    pub weights: MatchWeights,
    /// Rounds that were done.
    pub rounds: usize,
    /// The round of the best match; 0 is the start.
    pub best_round: usize,
    /// Its share of the way from the start to what was learnt; 0 is the start.
    pub share: f32,
    /// The validation pairs' loss at the start, and of the best match.
    pub validation_loss: [f64; 2],
}

/// How far training is.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// From 1.
    pub round: usize,
    /// Mean loss of the round's batches.
    pub training_loss: f64,
    /// Of the validation pairs after it, at the best share.
    pub validation_loss: f64,
}

/// Learns from `training` until `validation` gains no longer, or for at most `limit`. Deterministic unless the limit ends it. Calls
/// `progress` after each round.
#[must_use]
pub fn train(
    start: &MatchWeights,
    training: &BatchSource<'_>,
    validation: &BatchSource<'_>,
    limit: Duration,
    mut progress: impl FnMut(Round),
) -> Trained {
    let end = Instant::now() + limit;
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let fixed = validation.fixed(VALIDATION_PAIRS, VALIDATION_CANDIDATES, &mut rng);
    let at_start = mean_loss(start, &fixed);
    let mut trained =
        Trained { weights: start.clone(), rounds: 0, best_round: 0, share: 0.0, validation_loss: [at_start, at_start] };
    let mut correction = Correction::none(start.hidden, start.width, SEED);
    let mut adam = Adam::new(&correction);
    for round in 1..=ROUNDS {
        let (mut sum, mut steps) = (0.0, 0);
        while steps < STEPS_OF_ROUND {
            let batches = training.epoch(&mut rng);
            if batches.is_empty() || Instant::now() >= end {
                return trained;
            }
            for batch in &batches {
                let (loss, of_match) = loss_and_gradient(&correction.applied(start), batch);
                adam.step(&mut correction, &of_match, start);
                sum += loss;
                steps += 1;
            }
        }
        let learnt = correction.applied(start);
        trained.rounds = round;
        let mut validation_loss = f64::INFINITY;
        for share in SHARES {
            let weights = between(start, &learnt, share);
            let loss = mean_loss(&weights, &fixed);
            validation_loss = validation_loss.min(loss);
            if loss < trained.validation_loss[1] {
                (trained.weights, trained.best_round, trained.share) = (weights, round, share);
                trained.validation_loss[1] = loss;
            }
        }
        progress(Round { round, training_loss: sum / steps as f64, validation_loss });
        if round - trained.best_round >= PATIENCE {
            break;
        }
    }
    trained
}

/// The match at a share of the way from one to another.
fn between(start: &MatchWeights, end: &MatchWeights, share: f32) -> MatchWeights {
    let mix =
        |start: &[f32], end: &[f32]| start.iter().zip(end).map(|(start, end)| start + share * (end - start)).collect();
    let (u, v) = (mix(&start.u, &end.u), mix(&start.v, &end.v));
    MatchWeights {
        hidden: start.hidden,
        width: start.width,
        u,
        v,
        b: mix(&start.b, &end.b),
        w2: mix(&start.w2, &end.w2),
    }
}

/// Mean loss of all pairs.
fn mean_loss(weights: &MatchWeights, batches: &[Batch<'_>]) -> f64 {
    let pairs: usize = batches.iter().map(|batch| batch.queries.len()).sum();
    let sum: f64 = batches.iter().map(|batch| loss(weights, batch) * batch.queries.len() as f64).sum();
    sum / pairs.max(1) as f64
}

/// Adam with decay towards the correction at the start.
struct Adam {
    start: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
    steps: i32,
}

impl Adam {
    fn new(start: &Correction) -> Self {
        let zeros = vec![0.0; start.numbers.len()];
        Self { start: start.numbers.clone(), first: zeros.clone(), second: zeros, steps: 0 }
    }

    fn step(&mut self, correction: &mut Correction, of_match: &MatchWeights, start: &MatchWeights) {
        let gradient = correction.gradient(start, of_match);
        self.steps += 1;
        let (first_bias, second_bias) = (1.0 - MOMENTUM.powi(self.steps), 1.0 - SECOND_MOMENTUM.powi(self.steps));
        let maps = correction.maps_at();
        let moments = self.first.iter_mut().zip(&mut self.second).zip(&self.start);
        for (at, ((number, of), ((first, second), start))) in
            correction.numbers.iter_mut().zip(gradient).zip(moments).enumerate()
        {
            *first = MOMENTUM * *first + (1.0 - MOMENTUM) * of;
            *second = SECOND_MOMENTUM * *second + (1.0 - SECOND_MOMENTUM) * of * of;
            let rate = if at < maps { RATE_OF_MATCH } else { RATE_OF_MAPS };
            let step = *first / first_bias / ((*second / second_bias).sqrt() + EPSILON);
            *number -= rate * (step + DECAY * (*number - start));
        }
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::RngCore as _;
    use stl_types::Category;

    use super::*;
    use crate::adapt::pairs::{Gallery, Pair, View};
    use crate::adapt::ranks::{Way, ranks};
    use crate::digest::Digest;

    const WIDTH: usize = 8;

    fn noise(seed: u64, count: usize) -> Vec<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..count).map(|_| rng.next_u32() as f32 / u32::MAX as f32 * 2.0 - 1.0).collect()
    }

    /// The match of the shipped form: −Σ |f(I) − f(A)|.
    fn distance() -> MatchWeights {
        let one = |row: usize, column: usize| f32::from(u8::from(row % WIDTH == column));
        let sign = |row: usize| if row < WIDTH { 1.0 } else { -1.0 };
        let u: Vec<f32> = (0..2 * WIDTH * WIDTH).map(|at| sign(at / WIDTH) * one(at / WIDTH, at % WIDTH)).collect();
        let v = u.iter().map(|number| -number).collect();
        MatchWeights { hidden: 2 * WIDTH, width: WIDTH, u, v, b: vec![0.0; 2 * WIDTH], w2: vec![-2.0; 2 * WIDTH] }
    }

    #[test]
    fn what_a_shop_does_differently_is_learnt_and_held_out_articles_are_found() {
        let values = noise(1, 400 * WIDTH);
        let gallery = Gallery {
            categories: vec![Category::Tops; 400],
            features: values.chunks_exact(WIDTH).collect(),
            titles: (0_u32..400).map(|at| Digest::of(&at.to_le_bytes())).collect(),
        };
        // This shop's photos exchange two directions of f(I) and move a third.
        let query = |article: usize| {
            let mut query = gallery.features[article].to_vec();
            query.swap(0, 1);
            query[2] += 0.8;
            query.iter().zip(noise(article as u64, WIDTH)).map(|(number, noise)| number + 0.1 * noise).collect()
        };
        let pairs: Vec<Pair> =
            (0..400).map(|article| Pair { article, view: View::Person, query: query(article) }).collect();
        let groups: Vec<usize> = (0..400).collect();
        let source = |articles: std::ops::Range<usize>, candidates: std::ops::Range<usize>| {
            let pairs: Vec<&Pair> = pairs[articles].iter().collect();
            BatchSource::new(&pairs, &gallery, &groups, move |article| candidates.contains(&article))
        };
        let start = distance();
        let (training, validation) = (source(0..250, 0..250), source(250..320, 0..320));
        let learn = |limit_s: u64| train(&start, &training, &validation, Duration::from_secs(limit_s), |_| {});
        let trained = learn(3600);
        assert!(trained.best_round > 0 && trained.share > 0.0 && trained.rounds >= trained.best_round);
        let within = |weights: &MatchWeights| {
            let ranks = ranks(&pairs[320..], &gallery, Way::Match(weights));
            ranks.iter().filter(|rank| **rank <= 10).count()
        };
        let (before, after) = (within(&start), within(&trained.weights));
        assert!(after > before, "{before} of 80 held-out articles before, {after} after");
        assert_eq!(learn(3600).weights, trained.weights, "deterministic");
        let stopped = learn(0);
        assert_eq!((stopped.rounds, stopped.weights == start), (0, true), "no time, no change");
    }

    #[test]
    fn the_average_is_between() {
        let (start, end) = (distance(), MatchWeights { b: vec![1.0; 2 * WIDTH], ..distance() });
        assert_eq!((between(&start, &end, 0.25).b[3], between(&start, &end, 0.25).u), (0.25, start.u.clone()));
        assert_eq!(between(&start, &end, 1.0), end);
    }
}
