//! Searches of many machines, drawn. In: times of one search, and how many machines. Out: how long searches take at each load.
//!
//! Searches come at random (Poisson). Each asks one replica of each shard, in turns; a replica does one search after the other, so a search
//! waits for those before it. It ends when the slowest shard has answered and the front has merged. What is assumed: a pass takes as long as the
//! articles of a part divided by cores; times scatter as logarithms of normal numbers do; fronts have cores enough; queries of one moment
//! do not share a pass, though servers let them, so that real ones do better under load. A machine that is away is asked first by its share
//! of searches, as long as fronts do not remember it: they wait for the deadline, then ask the next replica.

use anyhow::{Result, ensure};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Articles of the catalogue
    #[arg(long, default_value_t = 1_000_000_000)]
    articles: u64,
    /// Shards
    #[arg(long, default_value_t = 50)]
    shards: usize,
    /// Replicas of each shard
    #[arg(long, default_value_t = 2)]
    replicas: usize,
    /// Cores of each replica
    #[arg(long, default_value_t = 16)]
    cores: u32,
    /// Core milliseconds of a pass over a million articles: `measure` at one thread
    #[arg(long)]
    pass_ms: f64,
    /// Milliseconds of a search in a shard beside its pass: scoring again, writing the answer
    #[arg(long)]
    answer_ms: f64,
    /// Milliseconds in which a front reads one shard's answer
    #[arg(long)]
    read_ms: f64,
    /// Milliseconds in which a front merges one shard's answer
    #[arg(long)]
    merge_ms: f64,
    /// Milliseconds there and back in the network
    #[arg(long, default_value_t = 0.5)]
    network_ms: f64,
    /// Standard deviation of the logarithm of each time
    #[arg(long, default_value_t = 0.15)]
    scatter: f64,
    /// Replicas that are away, each of another shard
    #[arg(long, default_value_t = 0)]
    away: usize,
    /// Searches of which one finds that a machine is away: others are told by fronts that remember it for two seconds
    #[arg(long, default_value_t = 100)]
    remembered: u32,
    /// Milliseconds until the next replica is asked
    #[arg(long, default_value_t = 1000.0)]
    deadline_ms: f64,
    /// Searches of each load
    #[arg(long, default_value_t = 20_000)]
    searches: usize,
    /// Parts of the capacity at which searches come
    #[arg(long, value_delimiter = ',', default_value = "0.1,0.3,0.5,0.7,0.8,0.9")]
    loads: Vec<f64>,
}

pub(super) fn run(args: &Args) -> Result<()> {
    ensure!(args.shards > 0 && args.replicas > 0 && args.cores > 0, "expected machines");
    ensure!(
        args.away == 0 || (args.away <= args.shards && args.replicas > 1),
        "expected another replica of what is away"
    );
    let of_part = args.articles as f64 / 1e6 / args.shards as f64;
    let service_ms = of_part * args.pass_ms / f64::from(args.cores) + args.answer_ms;
    let front_ms = args.shards as f64 * (args.read_ms + args.merge_ms);
    let capacity = args.replicas as f64 * 1000.0 / service_ms;
    println!(
        "{} articles, {} shards of {:.1} million, {} replicas each, {} cores a replica, {} of them away",
        args.articles, args.shards, of_part, args.replicas, args.cores, args.away
    );
    println!(
        "a shard's pass and answer {service_ms:.1} ms; a front's reading and merging {front_ms:.1} ms; {:.1} GB for the match of a part; at most \
         {capacity:.0} searches a second",
        of_part * 1e6 * 256.0 / 1e9
    );
    println!("| searches a second | load | median ms | 90 % ms | 99 % ms | 99.9 % ms |\n|---|---|---|---|---|---|");
    for &load in &args.loads {
        let mut ms = searches(args, (service_ms, front_ms), capacity * load);
        ms.sort_unstable_by(f64::total_cmp);
        let at = |part: f64| ms[((ms.len() - 1) as f64 * part) as usize];
        println!(
            "| {:.0} | {:.0} % | {:.0} | {:.0} | {:.0} | {:.0} |",
            capacity * load,
            load * 100.0,
            at(0.5),
            at(0.9),
            at(0.99),
            at(0.999)
        );
    }
    Ok(())
}

/// How long each search takes, in milliseconds.
fn searches(args: &Args, (service_ms, front_ms): (f64, f64), per_s: f64) -> Vec<f64> {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut free = vec![vec![0.0_f64; args.replicas]; args.shards];
    let (mut now_ms, mut taken) = (0.0, Vec::with_capacity(args.searches));
    for number in 0..args.searches {
        now_ms += -dice.part().ln() * 1000.0 / per_s;
        let mut ended_ms = now_ms;
        for (shard, free) in free.iter_mut().enumerate() {
            let (mut replica, mut asked_ms) = (number % args.replicas, now_ms + args.network_ms / 2.0);
            if shard < args.away && replica == 0 {
                replica = 1;
                if (number as u32 / args.replicas as u32).is_multiple_of(args.remembered) {
                    asked_ms += args.deadline_ms;
                }
            }
            let end_ms = free[replica].max(asked_ms) + service_ms * dice.scatter(args.scatter);
            free[replica] = end_ms;
            ended_ms = f64::max(ended_ms, end_ms + args.network_ms / 2.0);
        }
        taken.push(ended_ms + front_ms * dice.scatter(args.scatter) - now_ms);
    }
    taken
}

/// Numbers that look random (xorshift; Marsaglia, 2003).
struct Dice(u64);

impl Dice {
    /// Above 0, at most 1.
    fn part(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// Around 1: e to a normal number (Box and Muller, 1958).
    fn scatter(&mut self, deviation: f64) -> f64 {
        let (a, b) = (self.part(), self.part());
        ((-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos() * deviation).exp()
    }
}
