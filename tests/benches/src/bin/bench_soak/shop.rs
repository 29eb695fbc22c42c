//! The shop that changes its catalogue. In: the demo's feed. Out: a catalogue whose products all have one price at a time.

use std::fs;
use std::io::Write as _;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use stl_tests::{binaries, root};

/// Of so many changes the last is an import.
const IMPORT_EACH: u64 = 5;

/// Currency of all prices.
const CURRENCY: &str = "EUR";

/// Longest time from a command's end until every server's answer has the new price.
const SERVED_WITHIN: Duration = Duration::from_secs(10);

/// A shop with one price, which changes.
pub(crate) struct Shop {
    feed: PathBuf,
    catalogue: PathBuf,
    rows: Vec<Value>,
    /// The last price that a command was told, in whole units; the first is 1.
    price: AtomicU64,
    /// When each price's command had ended.
    ended: Mutex<Vec<(Instant, u64)>>,
    changes: AtomicU64,
    imports: AtomicU64,
}

impl Shop {
    /// Imports the demo's feed with the first price.
    pub(crate) fn new(scratch: &Path) -> Result<Self> {
        let demo = root().join("target/demo/feed");
        let feed = scratch.join("feed");
        // Not a link: a feed's pictures lie in its folder.
        fs::create_dir_all(feed.join("images"))?;
        for entry in fs::read_dir(demo.join("images"))? {
            let entry = entry?;
            fs::copy(entry.path(), feed.join("images").join(entry.file_name()))?;
        }
        let text = fs::read_to_string(demo.join("products.jsonl")).context("there is no demo's feed")?;
        let rows: Vec<Value> = text
            .lines()
            .map(|line| {
                let mut row: Value = serde_json::from_str(line)?;
                // Sizes have prices of their own, and what is sold out comes later than what changes put back into stock.
                row.as_object_mut().context("a row is no object")?.remove("variants");
                row["availability"] = "in_stock".into();
                Ok(row)
            })
            .collect::<Result<_>>()?;
        let shop = Self {
            feed,
            catalogue: scratch.join("catalogue"),
            rows,
            price: AtomicU64::new(1),
            ended: Mutex::default(),
            changes: AtomicU64::default(),
            imports: AtomicU64::default(),
        };
        shop.import(1)?;
        Ok(shop)
    }

    pub(crate) fn catalogue(&self) -> &Path {
        &self.catalogue
    }

    /// The ids of all products.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().filter_map(|row| row["id"].as_str())
    }

    /// The prices that may be served to who has asked at a moment and has the answer now, in minor units.
    pub(crate) fn prices(&self, asked: Instant) -> RangeInclusive<u64> {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let served = ended.iter().rev().find(|(ended, _)| *ended + SERVED_WITHIN <= asked);
        let least = served.map_or(1, |(_, price)| *price);
        least * 100..=self.price.load(Ordering::SeqCst) * 100
    }

    /// Changes of prices, and imports, so far.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.changes.load(Ordering::Relaxed), self.imports.load(Ordering::Relaxed))
    }

    /// Changes all prices again and again, by update or import.
    pub(crate) fn keep_changing(&self, every: Duration, stop: &AtomicBool) -> Result<()> {
        let mut next = Instant::now() + every;
        for change in 1_u64.. {
            while Instant::now() < next {
                if stop.load(Ordering::Relaxed) {
                    return Ok(());
                }
                std::thread::sleep(Duration::from_millis(100));
            }
            next = Instant::now() + every;
            // Before the command: a server may serve it before the command has ended.
            let price = self.price.fetch_add(1, Ordering::SeqCst) + 1;
            if change.is_multiple_of(IMPORT_EACH) {
                self.import(price)?;
                self.imports.fetch_add(1, Ordering::Relaxed);
            } else {
                self.update(price)?;
                self.changes.fetch_add(1, Ordering::Relaxed);
            }
            self.ended.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), price));
        }
        Ok(())
    }

    fn import(&self, price: u64) -> Result<()> {
        let mut list = fs::File::create(self.feed.join("products.jsonl"))?;
        for row in &self.rows {
            let mut row = row.clone();
            row["price"] = format!("{price}.00 {CURRENCY}").into();
            writeln!(list, "{row}")?;
        }
        self.run(&["import", &self.feed.display().to_string(), "--device", "cpu"])
    }

    fn update(&self, price: u64) -> Result<()> {
        let file = self.feed.join("changes.tsv");
        let rows: String = self.ids().map(|id| format!("{id}\t{price}.00 {CURRENCY}\tin_stock\n")).collect();
        fs::write(&file, format!("id\tprice\tavailability\n{rows}"))?;
        self.run(&["update", &file.display().to_string()])
    }

    fn run(&self, arguments: &[&str]) -> Result<()> {
        let output = Command::new(binaries().join("shop-the-look"))
            .arg("catalogue")
            .args(arguments)
            .arg("--catalogue")
            .arg(&self.catalogue)
            .current_dir(root())
            .stdout(Stdio::null())
            .output()?;
        ensure!(output.status.success(), "catalogue {}: {}", arguments[0], String::from_utf8_lossy(&output.stderr));
        Ok(())
    }
}
